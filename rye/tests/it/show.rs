//! `rye show`

use std::fs;

use crate::support::*;

#[test]
fn show_tells_of_a_project_without_touching_it() {
    let cx = TestContext::new();
    cx.write_project("demo", &["idna"]);
    let before = cx.fingerprint();
    rye_snapshot!(cx, ["show"], @r"
    exit: 0
    ----- stdout -----
    project: demo
    path: [ROOT]/project
    venv: [ROOT]/project/.venv
    target python: >=3.9
    virtual: false
    configured sources:
      --index-url [INDEX]
    ----- stderr -----
    ");
    assert_eq!(cx.fingerprint(), before);
    cx.rye(["sync"]).succeed();
    let before = cx.fingerprint();
    let run = cx.rye(["show"]).env("RYE_UV", cx.root().join("bin/false"));
    rye_snapshot!(run, @r"
    exit: 0
    ----- stdout -----
    project: demo
    path: [ROOT]/project
    venv: [ROOT]/project/.venv
    target python: >=3.9
    venv python: cpython@[PYTHON]
    virtual: false
    configured sources:
      --index-url [INDEX]
    ----- stderr -----
    ");
    assert_eq!(cx.fingerprint(), before);
}

#[test]
fn show_tells_of_a_pin_and_of_what_was_synced_last() {
    let cx = TestContext::builder().pythons(2).build();
    let Some((_, older)) = cx.two_pythons() else { return };
    cx.write("pyproject.toml", "[tool.rye]\nvirtual = true\n");
    cx.rye(["sync"]).succeed();
    cx.write(".python-version", older.minor());
    let output = cx.rye(["show"]).succeed();
    let lines = format!(
        "\ntarget python: {}\nvenv python: {}\nvirtual: true\n",
        older.minor(),
        cx.python().name()
    );
    assert!(output.stdout.contains(&lines), "{}", output.stdout);
    let marker = cx.read(".venv/rye-venv.json");
    cx.write(".venv/rye-venv.json", marker.replace(&cx.python().name(), "cpython@3.6.0"));
    let output = cx.rye(["show"]).succeed();
    assert!(
        output.stdout.contains("\nlast synced venv python: cpython@3.6.0\n"),
        "{}",
        output.stdout
    );
}

#[test]
fn show_lists_the_sources_without_credentials() {
    let cx = TestContext::new();
    cx.write(
        "pyproject.toml",
        "[project]\nname = \"demo\"\nversion = \"1\"\n[tool.rye]\nvirtual = true\n\
         [[tool.rye.sources]]\nname = \"extra\"\nurl = \"https://me:s3cret@extra.invalid/simple\"\n\
         [[tool.rye.sources]]\nname = \"more\"\nurl = \"https://more.invalid/simple\"\n\
         username = \"me\"\npassword = \"s3cret\"\nverify-ssl = false\n\
         [[tool.rye.sources]]\nname = \"links\"\nurl = \"https://links.invalid/\"\ntype = \"find-links\"\n",
    );
    fs::create_dir_all(cx.rye_home()).unwrap();
    let config = "[[sources]]\nname = \"default\"\nurl = \"https://mirror.invalid/simple\"\n\
                  [[sources]]\nname = \"extra\"\nurl = \"https://hidden.invalid/\"\n";
    fs::write(cx.rye_home().join("config.toml"), config).unwrap();
    rye_snapshot!(cx, ["show"], @r"
    exit: 0
    ----- stdout -----
    project: demo
    path: [ROOT]/project
    venv: [ROOT]/project/.venv
    target python: latest
    virtual: true
    configured sources:
      --index-url https://mirror.invalid/simple
      --extra-index-url https://extra.invalid/simple
      --extra-index-url https://more.invalid/simple
      --find-links https://links.invalid/
      --trusted-host more.invalid
    ----- stderr -----
    ");
}

#[test]
fn show_tells_what_is_wrong_with_the_sources_and_the_pin() {
    let cx = TestContext::builder().without_engine().build();
    let manifest = "[project]\nname = \"demo\"\nversion = \"1\"\nrequires-python = \">=3.9\"\n";
    let source = "[[tool.rye.sources]]\nname = \"extra\"\nurl = \"https://${NO_SUCH}/simple\"\n";
    cx.write("pyproject.toml", format!("{manifest}{source}"));
    rye_snapshot!(cx, ["show"], @"
    exit: 0
    ----- stdout -----
    project: demo
    path: [ROOT]/project
    venv: [ROOT]/project/.venv
    target python: >=3.9
    virtual: false
    configured sources:
    ----- stderr -----
    warning: the URL of the source `extra` names the variable `NO_SUCH`, which is not set
    ");
    cx.write("pyproject.toml", manifest);
    cx.write(".python-version", "3.8\n");
    rye_snapshot!(cx, ["show"], @r#"
    exit: 0
    ----- stdout -----
    project: demo
    path: [ROOT]/project
    venv: [ROOT]/project/.venv
    virtual: false
    configured sources:
      --index-url [INDEX]
    ----- stderr -----
    warning: the Python that `[ROOT]/project/.python-version` asks for, `3.8`, contradicts `requires-python = ">=3.9"`
    "#);
}

#[test]
fn show_answers_as_json() {
    let cx = TestContext::builder().without_engine().build();
    cx.write_project("demo", &["idna"]);
    rye_snapshot!(cx, ["show", "--format", "json"], @r#"
    exit: 0
    ----- stdout -----
    {
      "schema": 1,
      "name": "demo",
      "path": "[ROOT]/project",
      "venv": "[ROOT]/project/.venv",
      "target-python": ">=3.9",
      "venv-python": null,
      "synced-python": null,
      "virtual": false,
      "workspace": null,
      "sources": [
        "--index-url [INDEX]"
      ]
    }
    ----- stderr -----
    "#);
    cx.write("pyproject.toml", "[tool.rye]\nvirtual = true\nworkspace = {}\n");
    cx.write("libs/a/pyproject.toml", "[project]\nname = \"a\"\nversion = \"1\"\n");
    cx.write(".python-version", "nonsense\n");
    rye_snapshot!(cx, ["show", "--format", "json"], @r#"
    exit: 0
    ----- stdout -----
    {
      "schema": 1,
      "name": null,
      "path": "[ROOT]/project",
      "venv": "[ROOT]/project/.venv",
      "target-python": null,
      "venv-python": null,
      "synced-python": null,
      "virtual": true,
      "workspace": {
        "directory": "[ROOT]/project",
        "members": [
          {
            "name": "project",
            "path": "."
          },
          {
            "name": "a",
            "path": "libs/a"
          }
        ]
      },
      "sources": [
        "--index-url [INDEX]"
      ]
    }
    ----- stderr -----
    warning: `[ROOT]/project/.python-version` pins no Python: `nonsense` is no request for a Python: it has no version
    "#);
}

#[test]
fn show_needs_a_project_and_can_be_told_which() {
    let cx = TestContext::builder().without_engine().build();
    rye_snapshot!(cx, ["show"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no `pyproject.toml` in `[ROOT]/project` or above it
    hint: start a project with `rye init`
    ");
    cx.write("other/pyproject.toml", "[project]\nname = \"other\"\nversion = \"1\"\n");
    let output = cx.rye(["show", "--pyproject", "other/pyproject.toml"]).succeed();
    assert!(output.stdout.starts_with("project: other\n"), "{}", output.stdout);
    let output = cx.rye(["show", "--pyproject", "other"]).fail(1);
    assert!(output.stderr.contains("is a directory"), "{}", output.stderr);
    let output = cx.rye(["show", "--pyproject", "other/pyproject.toml"]).run_with_closed_stdout();
    assert_eq!(output.stderr, "");
}

#[test]
fn the_old_flag_for_what_is_installed_still_lists_it() {
    let cx = TestContext::new();
    cx.write_project("demo", &["idna"]);
    cx.rye(["sync"]).succeed();
    rye_snapshot!(cx, ["show", "--installed-deps"], @r"
    exit: 0
    ----- stdout -----
    -e file://[ROOT]/project
    idna==3.4
    ----- stderr -----
    warning: `rye show --installed-deps` is `rye list` now
    ");
}
