//! `rye why`

use std::fmt::Write as _;

use crate::support::*;

/// An application and a library of its own, locked and installed.
fn workspace() -> TestContext {
    let cx = TestContext::new();
    cx.write(
        "pyproject.toml",
        "[project]\nname = \"app\"\nversion = \"1.0\"\nrequires-python = \">=3.9\"\n\
         dependencies = [\"lib>=0.1\", \"anyio>=4\"]\n\
         [dependency-groups]\ntest = [\"idna\"]\n\
         [tool.rye]\nvirtual = true\ndev-dependencies = [\"flask\", \"idna<4\"]\n\
         excluded-dependencies = [\"itsdangerous\", \"tqdm\"]\nworkspace = {}\n",
    );
    cx.write(
        "libs/lib/pyproject.toml",
        "[project]\nname = \"lib\"\nversion = \"0.1\"\nrequires-python = \">=3.9\"\n\
         dependencies = [\"idna<3.5\", \"colorama; sys_platform == 'win32'\"]\n\
         [build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n",
    );
    cx.write("libs/lib/src/lib/__init__.py", "");
    cx.rye(["lock"]).succeed();
    cx
}

#[test]
fn why_tells_every_path_with_the_requirements_that_asked() {
    let mut cx = workspace();
    let before = cx.fingerprint();
    rye_snapshot!(cx, ["why", "idna"], @"
    exit: 0
    ----- stdout -----
    app v1.0 (.)
    └── idna v3.4 (`idna<4` in `tool.rye.dev-dependencies`, `idna` in `dependency-groups.test`)

    lib v0.1 (libs/lib)
    └── idna v3.4 (`idna<3.5` in `project.dependencies`)

    app v1.0 (.)
    └── anyio v4.0.0 (`anyio>=4` in `project.dependencies`)
        └── idna v3.4 (requirement not known)

    app v1.0 (.)
    └── lib v0.1 (libs/lib) (`lib>=0.1` in `project.dependencies`)
        └── idna v3.4 (`idna<3.5` in `project.dependencies`)
    ----- stderr -----
    hint: what a distribution asks for is known when it is installed as locked: `rye sync`
    ");
    assert_eq!(cx.fingerprint(), before);
    // what is installed knows what it asks for
    cx.rye(["sync"]).succeed();
    cx.set_env("RYE_UV", cx.root().join("no engine"));
    rye_snapshot!(cx, ["why", "MarkupSafe"], @"
    exit: 0
    ----- stdout -----
    app v1.0 (.)
    └── flask v3.0.0 (`flask` in `tool.rye.dev-dependencies`)
        └── jinja2 v3.1.2 (`Jinja2>=3.1.2`)
            └── markupsafe v2.1.3 (`MarkupSafe>=2.0`)

    app v1.0 (.)
    └── flask v3.0.0 (`flask` in `tool.rye.dev-dependencies`)
        └── werkzeug v3.0.1 (`Werkzeug>=3.0.0`)
            └── markupsafe v2.1.3 (`MarkupSafe>=2.1.1`)
    ----- stderr -----
    ");
    rye_snapshot!(cx, ["why", "itsdangerous"], @"
    exit: 0
    ----- stdout -----
    app v1.0 (.)
    └── flask v3.0.0 (`flask` in `tool.rye.dev-dependencies`)
        └── itsdangerous v2.1.2 (excluded) (`itsdangerous>=2.1.2`)
    ----- stderr -----
    ");
    rye_snapshot!(cx, ["why", "idna", "--no-dev", "--package", "app"], @"
    exit: 0
    ----- stdout -----
    app v1.0 (.)
    └── anyio v4.0.0 (`anyio>=4` in `project.dependencies`)
        └── idna v3.4 (`idna>=2.8`)

    app v1.0 (.)
    └── lib v0.1 (libs/lib) (`lib>=0.1` in `project.dependencies`)
        └── idna v3.4 (`idna<3.5` in `project.dependencies`)
    ----- stderr -----
    ");
}

#[test]
fn members_are_needed_by_members() {
    let cx = workspace();
    rye_snapshot!(cx, ["why", "lib", "--format", "json"], @r#"
    exit: 0
    ----- stdout -----
    {
      "schema": 1,
      "lockfile": "requirements-dev.lock",
      "annotated": true,
      "locked": [
        {
          "id": "-e file:libs/lib",
          "name": "lib",
          "version": "0.1",
          "url": null,
          "marker": null,
          "member": "libs/lib",
          "locked": true,
          "excluded": false
        }
      ],
      "paths": [
        [
          {
            "id": "-e file:.",
            "name": "app",
            "version": "1.0",
            "requirements": []
          },
          {
            "id": "-e file:libs/lib",
            "name": "lib",
            "version": "0.1",
            "requirements": [
              {
                "text": "lib>=0.1",
                "source": "manifest",
                "list": "project.dependencies"
              }
            ]
          }
        ]
      ],
      "paths-left-out": 0
    }
    ----- stderr -----
    "#);
    rye_snapshot!(cx, ["why", "app"], @"
    exit: 0
    ----- stdout -----
    app v1.0 (.): no other member needs it
    ----- stderr -----
    ");
}

#[test]
fn what_is_installed_in_another_version_says_nothing() {
    let cx = workspace();
    cx.rye(["sync"]).succeed();
    let lockfile = cx.read("requirements-dev.lock");
    cx.write("requirements-dev.lock", lockfile.replace("anyio==4.0.0", "anyio==4.1.0"));
    let output = cx.rye(["why", "sniffio"]).succeed();
    assert!(output.stdout.contains("sniffio v1.3.0 (requirement not known)"), "{}", output.stdout);
    assert!(output.stderr.contains("hint: what a distribution asks for"), "{}", output.stderr);
}

#[test]
fn what_only_a_build_knows_is_known_of_what_was_built() {
    let cx = TestContext::builder().without_engine().build();
    let manifest = "[project]\nname = \"demo\"\nversion = \"1\"\ndynamic = [\"dependencies\"]\n";
    cx.write("pyproject.toml", manifest);
    cx.write("requirements-dev.lock", "-e file:.\nidna==3.4\n    # via demo\n");
    let output = cx.rye(["why", "idna"]).succeed();
    assert!(output.stdout.contains("idna v3.4 (requirement not known)"), "{}", output.stdout);
    let metadata = "Metadata-Version: 2.1\nName: demo\nVersion: 1\nRequires-Dist: idna>=3; extra == 'x'\n\
                    Requires-Dist: Idna (>=2)\n";
    let directory = if cfg!(windows) { "Lib" } else { "lib/python3.9" };
    cx.write(format!(".venv/{directory}/site-packages/demo-1.dist-info/METADATA"), metadata);
    let output = cx.rye(["why", "idna"]).succeed();
    assert!(output.stdout.contains("idna v3.4 (`Idna (>=2)`)"), "{}", output.stdout);
    assert_eq!(output.stderr, "");
}

#[test]
fn why_says_why_not() {
    let cx = workspace();
    rye_snapshot!(cx, ["why", "anyi"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `anyi` is not locked in `requirements-dev.lock`
    hint: did you mean `anyio`?
    ");
    rye_snapshot!(cx, ["why", "tqdm"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `tqdm` is not locked in `requirements-dev.lock`
    hint: `tool.rye.excluded-dependencies` excludes it, and nothing needs it
    ");
    rye_snapshot!(cx, ["why", "colorama"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `colorama` is not locked in `requirements-dev.lock`
    hint: `lib` asks for it in `project.dependencies`, with `colorama; sys_platform == 'win32'`; either that does not hold where it was locked, or the lockfile is stale
    ");
    rye_snapshot!(cx, ["why", "flask", "--package", "lib"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `flask` is locked, and nothing of what was selected needs it
    ");
    rye_snapshot!(cx, ["why", "flask", "--package", "nobody"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the workspace has no member `nobody`
    hint: it has app, lib
    ");
    rye_snapshot!(cx, ["why", "no name"], @r#"
    exit: 2
    ----- stdout -----
    ----- stderr -----
    error: invalid value 'no name' for '<NAME>': Not a valid package or extra name: "no name". Names must start and end with a letter or digit and may only contain -, _, ., and alphanumeric characters.

    For more information, try '--help'.
    "#);
    rye_snapshot!(cx, ["why"], @"
    exit: 2
    ----- stdout -----
    ----- stderr -----
    error: the following required arguments were not provided:
      <NAME>

    Usage: rye why <NAME>

    For more information, try '--help'.
    ");
    let cx = TestContext::builder().without_engine().build();
    rye_snapshot!(cx, ["why", "idna"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no `pyproject.toml` in `[ROOT]/project` or above it
    hint: start a project with `rye init`
    ");
    cx.write_project("demo", &["anyio"]);
    rye_snapshot!(cx, ["why", "idna"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/requirements-dev.lock` is missing
    hint: make it with `rye lock`
    ");
    cx.write("requirements-dev.lock", "-e file:.\nanyio==4.0.0\nidna==3.4\n");
    rye_snapshot!(cx, ["why", "idna"], @"
    exit: 0
    ----- stdout -----
    idna v3.4: nothing is known to need it
    ----- stderr -----
    warning: `requirements-dev.lock` does not say what needs what; `rye lock` writes it anew
    ");
}

#[test]
fn thousands_of_paths_are_counted_and_not_told() {
    let cx = TestContext::builder().without_engine().build();
    cx.write_project("demo", &["l0-0"]);
    // ten layers of three, each of which needs all of the next layer: 3^9 paths to one of the last
    let mut lockfile = "-e file:.\nl0-0==1\n    # via demo\n".to_owned();
    for layer in 1..=10 {
        for number in 0..3 {
            writeln!(lockfile, "l{layer}-{number}==1").unwrap();
            for needing in 0..3 {
                if layer > 1 || needing == 0 {
                    writeln!(lockfile, "    # via l{}-{needing}", layer - 1).unwrap();
                }
            }
        }
    }
    cx.write("requirements-dev.lock", &lockfile);
    let output = cx.rye(["why", "l10-1"]).succeed();
    assert_eq!(output.stdout.matches("demo v0.1.0\n").count(), 20);
    assert!(
        output.stdout.ends_with("\n19663 more paths: `--all` tells them\n"),
        "{}",
        output.stdout
    );
    let output = cx.rye(["why", "l10-1", "--all"]).succeed();
    assert_eq!(output.stdout.matches("demo v0.1.0\n").count(), 19683);
    assert!(!output.stdout.contains("more paths"));
    // they cannot be counted without walking them where some need each other
    cx.write(
        "requirements-dev.lock",
        format!("{lockfile}    # via l10-2\nback==1\n    # via l10-2\n")
            .replace("l0-0==1\n", "l0-0==1\n    # via back\n"),
    );
    let output = cx.rye(["why", "l10-2", "--format", "json"]).succeed();
    let answer: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(answer["paths-left-out"], serde_json::Value::Null);
    assert_eq!(answer["paths"].as_array().unwrap().len(), 20);
    let output = cx.rye(["why", "l10-2"]).succeed();
    assert!(output.stdout.ends_with("more than 10000 more paths: `--all` tells them\n"));
    let output = cx.rye(["why", "l3-0"]).succeed();
    assert_eq!(output.stdout.matches("demo v0.1.0\n").count(), 9, "{}", output.stdout);
}
