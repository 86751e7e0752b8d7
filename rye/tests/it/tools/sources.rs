//! Tools that come from a directory, a file, a URL, or a git repository

use std::fs;

use super::{formatter, place, shim, world};
use crate::support::{TestContext, Wheel, rye_snapshot};

/// Writes a project with a program, and returns its directory.
fn write_project(cx: &TestContext, directory: &str) {
    cx.write(
        format!("{directory}/pyproject.toml"),
        "[project]\nname = \"My.Tool\"\nversion = \"1.0\"\nscripts = { my-tool = \"my_tool:main\" }\n\
         [build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n",
    );
    write_module(cx, directory, "one");
}

fn write_module(cx: &TestContext, directory: &str, text: &str) {
    let module = format!("def main():\n    print(\"{text}\")\n");
    cx.write(format!("{directory}/src/my_tool/__init__.py"), module);
}

#[test]
fn a_directory_is_built_and_installed() {
    let cx = TestContext::new();
    write_project(&cx, "my tool");
    rye_snapshot!(cx, ["install", "./my tool"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
      installed my-tool 1.0 (cpython@[PYTHON], discovered: [ROOT]/bin/python[PYTHON-MINOR])
         linked my-tool
    warning: `[HOME]/shims` is not on `PATH`; `rye self install` puts it there
    ");
    assert_eq!(cx.program(shim(&cx, "my-tool"), [""; 0]).succeed().stdout, "one\n");
    // it is not the directory that runs
    write_module(&cx, "my tool", "two");
    assert_eq!(cx.program(shim(&cx, "my-tool"), [""; 0]).succeed().stdout, "one\n");
    cx.rye(["tools", "upgrade", "my-tool"]).succeed();
    assert_eq!(cx.program(shim(&cx, "my-tool"), [""; 0]).succeed().stdout, "two\n");
    write_module(&cx, "my tool", "three");
    cx.rye(["install", "--force", "my-tool", "--path", "my tool", "--absolute"]).succeed();
    assert_eq!(cx.program(shim(&cx, "my-tool"), [""; 0]).succeed().stdout, "three\n");
    write_module(&cx, "my tool", "four");
    let output = cx.rye(["x", "--from", "./my tool", "my-tool"]).succeed();
    assert_eq!(output.stdout, "four\n");
    write_module(&cx, "my tool", "five");
    let output = cx.rye(["x", "--from", "my tool/", "my-tool"]).succeed();
    assert_eq!(output.stdout, "five\n");
}

#[test]
fn a_name_is_no_path_even_if_there_is_one() {
    let cx = world(&["1.0"]);
    fs::create_dir(cx.path("formatter")).unwrap();
    cx.rye(["install", "formatter"]).succeed();
    rye_snapshot!(cx, ["install", "./formatter"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/formatter` holds no Python project
    hint: name a directory with a `pyproject.toml`
    ");
    rye_snapshot!(cx, ["install", "./nothing"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot find `[ROOT]/project/nothing`
    caused by: No such file or directory (os error 2)
    ");
    cx.write("notes.txt", "");
    rye_snapshot!(cx, ["install", "./notes.txt"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/notes.txt` is neither a directory nor a wheel nor an sdist
    hint: name a directory, a wheel or an sdist
    ");
}

#[test]
fn a_wheel_is_installed_by_its_path_or_its_url() {
    let cx = world(&["1.0"]);
    let wheel = formatter("3.0");
    cx.write(&wheel.filename, &wheel.bytes);
    cx.rye(["install", &wheel.filename]).succeed();
    assert_eq!(cx.program(shim(&cx, "format"), [""; 0]).succeed().stdout, "formatter 3.0\n");
    let url = cx.index().file_url("formatter-1.0-py3-none-any.whl");
    cx.rye(["install", "--force", &url]).succeed();
    assert_eq!(cx.program(shim(&cx, "format"), [""; 0]).succeed().stdout, "formatter 1.0\n");
    cx.rye(["install", "--force", "--url", &url]).succeed();
    cx.rye(["install", "--force", "formatter", "--url", &url]).succeed();
    cx.rye(["install", "--force", &format!("formatter[color] @ {url}")]).succeed();
    rye_snapshot!(cx, ["tools", "list", "--format", "json"], @r#"
    exit: 0
    ----- stdout -----
    {
      "schema": 1,
      "tools": [
        {
          "name": "formatter",
          "version": "1.0",
          "python": "cpython@[PYTHON]",
          "requirement": "formatter[color] @ [FILES]/formatter-1.0-py3-none-any.whl",
          "scripts": [
            "format",
            "format-all"
          ],
          "broken": null
        }
      ]
    }
    ----- stderr -----
    "#);
}

#[test]
fn what_says_its_name_only_when_it_is_built_is_installed() {
    let cx = TestContext::new();
    write_project(&cx, "repository");
    let git = |args: &[&str]| {
        cx.program("git", args).current_dir(cx.path("repository")).succeed();
    };
    cx.set_git_author("Ada", "ada@example.com");
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "one"]);
    git(&["tag", "v1"]);
    write_module(&cx, "repository", "two");
    git(&["commit", "-q", "-a", "-m", "two"]);
    let url = format!("file://{}", cx.path("repository").display());
    cx.rye(["install", "--git", &url, "--tag", "v1"]).succeed();
    assert_eq!(cx.program(shim(&cx, "my-tool"), [""; 0]).succeed().stdout, "one\n");
    cx.rye(["install", "my-tool", "--force", "--git", &url]).succeed();
    assert_eq!(cx.program(shim(&cx, "my-tool"), [""; 0]).succeed().stdout, "two\n");
    rye_snapshot!(cx, ["tools", "upgrade", "my-tool"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
      made anew my-tool
    ");
    write_module(&cx, "repository", "three");
    git(&["commit", "-q", "-a", "-m", "three"]);
    cx.rye(["tools", "upgrade", "my-tool"]).succeed();
    assert_eq!(cx.program(shim(&cx, "my-tool"), [""; 0]).succeed().stdout, "three\n");
}

#[test]
#[cfg(unix)]
fn the_password_of_a_url_is_for_the_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let cx = world(&["1.0"]);
    let url = cx.index().file_url("formatter-1.0-py3-none-any.whl");
    let url = url.replacen("://", "://ada:secret@", 1);
    let output = cx.rye(["install", "-v", "formatter", "--url", &url]).succeed();
    assert!(!output.stderr.contains("secret"), "{}", output.stderr);
    let mut with_secret = Vec::new();
    let mut directories = vec![place(&cx, "formatter")];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.is_symlink() {
                directories.push(path);
            } else if path.is_file()
                && String::from_utf8_lossy(&fs::read(&path).unwrap()).contains("secret")
            {
                with_secret.push(path);
            }
        }
    }
    for path in &with_secret {
        let mode = path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", path.display());
    }
    assert_eq!(with_secret.len(), 1, "{with_secret:?}");
    let listed = cx.rye(["tools", "list", "--format", "json"]).succeed();
    assert!(!listed.stdout.contains("secret"), "{}", listed.stdout);
}

#[test]
fn sources_of_the_settings_are_used() {
    let cx = TestContext::builder().without_index().build();
    let index = crate::support::Index::new().with(
        Wheel::new("inner", "1.0")
            .entry_point("inner", "inner:main")
            .module("inner/__init__.py", "def main():\n    print(1)\n"),
    );
    let index = index.serve();
    fs::create_dir_all(cx.rye_home()).unwrap();
    let text = format!("[[sources]]\nname = \"default\"\nurl = \"{}\"\n", index.url());
    fs::write(cx.rye_home().join("config.toml"), text).unwrap();
    cx.rye(["install", "inner"]).succeed();
    assert_eq!(cx.program(shim(&cx, "inner"), [""; 0]).succeed().stdout, "1\n");
}

#[test]
fn offline_the_cache_must_do() {
    let cx = world(&["1.0"]);
    cx.rye(["x", "--from", "formatter@1.0", "format"]).succeed();
    cx.rye(["install", "formatter", "--offline"]).succeed();
    cx.rye(["install", "formatter", "--offline", "--force"]).succeed();
    cx.rye(["tools", "upgrade", "formatter", "--offline"]).succeed();
    cx.rye(["x", "--offline", "--from", "formatter@latest", "format"]).succeed();
    write_project(&cx, "here");
    let output = cx.rye(["install", "./here", "--offline"]).fail(1);
    assert!(output.stderr.contains("hint: leave `--offline` away"), "{}", output.stderr);
}
