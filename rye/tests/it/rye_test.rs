//! `rye test`

use std::fs;

use crate::support::*;

/// Tells what it was called with, on standard output, and ends with the status in a file `status` here.
const PYTEST: &str = r#"
import os, pathlib, sys


def main():
    print(*(argument or "''" for argument in sys.argv[1:]))
    print("  in", os.getcwd())
    print("  with", os.environ.get("VIRTUAL_ENV"), os.environ["PATH"].split(os.pathsep)[0])
    status = pathlib.Path("status")
    return int(status.read_text()) if status.exists() else 0
"#;

fn pytest(version: &str) -> Distribution {
    Wheel::new("pytest", version)
        .entry_point("pytest", "pytest:main")
        .module("pytest/__init__.py", PYTEST)
        .build()
}

fn index() -> Index {
    Index::standard()
        .with(pytest("8.0.0"))
        .with(Wheel::new("pytest-plugin", "1.0").requires("pytest"))
        .with(Wheel::new("kit", "1.0").requires("pytest"))
}

/// Returns a world with one virtual project that has these development dependencies.
fn world(dev: &str) -> TestContext {
    let cx = TestContext::builder().index(index()).build();
    write_project(&cx, dev);
    cx
}

fn write_project(cx: &TestContext, dev: &str) {
    cx.write(
        "pyproject.toml",
        format!(
            "[project]\nname = \"demo\"\nversion = \"1\"\nrequires-python = \">=3.9\"\n\n\
             [tool.rye]\nvirtual = true\ndev-dependencies = [{dev}]\n\n[tool.rye.scripts]\ntest = \"echo script\"\n"
        ),
    );
}

/// Returns a world with a workspace: a root and two members, one of them with spaces in its path.
fn workspace() -> TestContext {
    let cx = world("\"pytest\"");
    let manifest = cx.read("pyproject.toml");
    cx.write("pyproject.toml", format!("{manifest}\n[tool.rye.workspace]\n"));
    for (place, name) in [("libs/z [1]", "alpha"), ("app", "beta")] {
        let manifest =
            format!("[project]\nname = \"{name}\"\nversion = \"1\"\n[tool.rye]\nvirtual = true\n");
        cx.write(format!("{place}/pyproject.toml"), manifest);
    }
    cx.rye(["sync"]).succeed();
    cx
}

#[test]
fn the_environment_is_made_and_pytest_run_in_it() {
    let cx = world("\"pytest\"");
    rye_snapshot!(cx, ["test", "-s", "--", "-k", "a b", "--", ""], @"
    exit: 0
    ----- stdout -----
    --rootdir [ROOT]/project --capture=no -k a b -- ''
      in [ROOT]/project
      with [ROOT]/project/.venv [ROOT]/project/.venv/bin
    ----- stderr -----
        created [ROOT]/project/.venv (cpython@[PYTHON], discovered: [ROOT]/bin/python[PYTHON-MINOR])
         locked requirements.lock
         locked requirements-dev.lock
          added pytest 8.0.0
        testing demo
    ");
    rye_snapshot!(cx, ["test"], @"
    exit: 0
    ----- stdout -----
    --rootdir [ROOT]/project
      in [ROOT]/project
      with [ROOT]/project/.venv [ROOT]/project/.venv/bin
    ----- stderr -----
        testing demo
    ");
    // a script of that name is something else
    assert_eq!(cx.rye(["run", "-q", "test"]).succeed().stdout, "script\n");
}

#[test]
fn verbosity_is_pytests_too() {
    let cx = world("\"pytest\"");
    cx.rye(["sync"]).succeed();
    let first = |args: &[&str]| {
        let output = cx.rye(args).succeed();
        (output.stdout.lines().next().unwrap().to_owned(), output.stderr)
    };
    let (stdout, stderr) = first(&["test", "-q"]);
    assert!(stdout.ends_with(" -q") && stderr.is_empty(), "{stdout}\n{stderr}");
    let (stdout, stderr) = first(&["-v", "test"]);
    assert!(stdout.ends_with(" -v") && stderr.contains("pytest --rootdir"), "{stdout}\n{stderr}");
    let output = cx.rye(["test", "-q", "-v"]).fail(2);
    assert!(output.stderr.contains("cannot be used with"), "{}", output.stderr);
}

#[test]
fn what_changed_is_brought_first() {
    let cx = world("\"pytest\"");
    cx.rye(["sync"]).succeed();
    write_project(&cx, "\"pytest\", \"idna\"");
    rye_snapshot!(cx, ["test", "--locked"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot lock `demo`
    caused by: `[ROOT]/project/requirements-dev.lock` is not what the manifest asks for
        + idna==3.4
    hint: make it with `rye lock`
    ");
    cx.rye(["test", "--no-sync"]).succeed();
    assert!(!cx.read("requirements-dev.lock").contains("idna"));
    cx.rye(["test", "--pre"]).succeed();
    assert!(cx.installed().contains(&"idna==3.4".to_owned()));
    assert!(cx.read("requirements-dev.lock").contains("pre: true"));
    rye_snapshot!(cx, ["test", "--no-sync", "--pre"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `--no-sync` locks nothing, and `--pre`, `--with-sources` and `--generate-hashes` are about that
    ");
    rye_snapshot!(cx, ["test", "--no-sync", "--locked"], @"
    exit: 2
    ----- stdout -----
    ----- stderr -----
    error: the argument '--no-sync' cannot be used with '--locked'

    Usage: rye test --no-sync [-- <ARGS>...]

    For more information, try '--help'.
    ");
}

#[test]
fn without_pytest_it_says_how_to_have_it() {
    let cx = world("");
    let before = TestContext::fingerprint_of(cx.project());
    rye_snapshot!(cx, ["test"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `demo` has no pytest
    hint: add it with `rye add --dev pytest`
    ");
    rye_snapshot!(cx, ["test", "--offline"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `demo` has no pytest
    hint: add it with `rye add --dev pytest`
    ");
    assert_eq!(TestContext::fingerprint_of(cx.project()), before);
    let manifest = cx.read("pyproject.toml");
    let extra =
        "requires-python = \">=3.9\"\noptional-dependencies = { check = [\"pytest>=7\"] }\n";
    cx.write("pyproject.toml", manifest.replace("requires-python = \">=3.9\"\n", extra));
    rye_snapshot!(cx, ["test"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `demo` has no pytest
    hint: it stands in an extra: bring that with `rye sync --features check`
    ");
    cx.rye(["sync", "--features", "check"]).succeed();
    cx.rye(["test"]).succeed();
}

#[test]
fn what_brings_pytest_need_not_be_called_pytest() {
    let cx = world("\"pytest-plugin\"");
    cx.rye(["test"]).succeed();
    let cx = world("\"kit\"");
    cx.rye(["lock"]).succeed();
    cx.rye(["test"]).succeed();
}

#[test]
fn pytest_that_was_left_out_is_told() {
    let cx = world("\"pytest\"");
    cx.rye(["sync", "--no-dev"]).succeed();
    rye_snapshot!(cx, ["test"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: pytest is not in the environment `[ROOT]/project/.venv`
    hint: bring all that is locked with `rye sync`
    ");
    cx.rye(["config", "--set-bool", "behavior.autosync=false"]).succeed();
    cx.rye(["sync"]).succeed();
    cx.rye(["test"]).succeed();
}

#[test]
fn pytest_that_somebody_put_there_is_not_the_project_s() {
    let cx = world("");
    cx.rye(["sync"]).succeed();
    let venv = cx.path(".venv");
    cx.uv(["pip", "install", "pytest", "--python"]).args([&venv]).succeed();
    rye_snapshot!(cx, ["test", "--no-sync"], @"
    exit: 0
    ----- stdout -----
    --rootdir [ROOT]/project
      in [ROOT]/project
      with [ROOT]/project/.venv [ROOT]/project/.venv/bin
    ----- stderr -----
        testing demo
    ");
    rye_snapshot!(cx, ["test"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `demo` has no pytest
    hint: add it with `rye add --dev pytest`
    ");
}

#[test]
fn each_member_is_tested_in_its_directory() {
    let cx = workspace();
    rye_snapshot!(cx, ["test"], @"
    exit: 0
    ----- stdout -----
    --rootdir [ROOT]/project --ignore [ROOT]/project/app --ignore [ROOT]/project/libs/z [1]
      in [ROOT]/project
      with [ROOT]/project/.venv [ROOT]/project/.venv/bin
    ----- stderr -----
        testing demo (.)
    ");
    rye_snapshot!(cx, ["test", "--all"], @"
    exit: 0
    ----- stdout -----
    --rootdir [ROOT]/project/libs/z [1]
      in [ROOT]/project/libs/z [1]
      with [ROOT]/project/.venv [ROOT]/project/.venv/bin
    --rootdir [ROOT]/project/app
      in [ROOT]/project/app
      with [ROOT]/project/.venv [ROOT]/project/.venv/bin
    --rootdir [ROOT]/project --ignore [ROOT]/project/app --ignore [ROOT]/project/libs/z [1]
      in [ROOT]/project
      with [ROOT]/project/.venv [ROOT]/project/.venv/bin
    ----- stderr -----
        testing alpha (libs/z [1])
        testing beta (app)
        testing demo (.)
    ");
    rye_snapshot!(cx, ["test", "-p", "beta", "-p", "Alpha", "-q"], @"
    exit: 0
    ----- stdout -----
    --rootdir [ROOT]/project/libs/z [1] -q
      in [ROOT]/project/libs/z [1]
      with [ROOT]/project/.venv [ROOT]/project/.venv/bin
    --rootdir [ROOT]/project/app -q
      in [ROOT]/project/app
      with [ROOT]/project/.venv [ROOT]/project/.venv/bin
    ----- stderr -----
    ");
    let output = cx.rye(["test", "-q"]).current_dir(cx.path("app")).succeed();
    assert!(output.stdout.contains("project/app\n"), "{}", output.stdout);
    let output = cx.rye(["test", "-q", "--pyproject", "app/pyproject.toml"]).succeed();
    assert!(output.stdout.contains("project/app\n"), "{}", output.stdout);
    rye_snapshot!(cx, ["test", "-p", "gamma"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the workspace has no member `gamma`
    hint: it has alpha, beta, demo
    ");
    cx.rye(["test", "-a", "-p", "beta"]).fail(2);
}

#[test]
fn all_projects_run_and_a_failure_is_the_status() {
    let cx = workspace();
    cx.write("libs/z [1]/status", "5");
    cx.write("app/status", "3");
    cx.write("status", "1");
    let output = cx.rye(["test", "--all"]).fail(3);
    assert_eq!(output.stdout.lines().count(), 9);
    fs::remove_file(cx.path("app/status")).unwrap();
    fs::remove_file(cx.path("status")).unwrap();
    let output = cx.rye(["test", "--all"]).fail(5);
    assert_eq!(output.stdout.lines().count(), 9);
    fs::remove_file(cx.path("libs/z [1]/status")).unwrap();
    cx.rye(["test", "--all"]).succeed();
}

#[test]
fn no_tests_are_explained() {
    let cx = workspace();
    cx.write("status", "5");
    rye_snapshot!(cx, ["test"], @"
    exit: 5
    ----- stdout -----
    --rootdir [ROOT]/project --ignore [ROOT]/project/app --ignore [ROOT]/project/libs/z [1]
      in [ROOT]/project
      with [ROOT]/project/.venv [ROOT]/project/.venv/bin
    ----- stderr -----
        testing demo (.)
    warning: pytest found no tests in `demo` (status 5): they are in files named `test_*.py` or `*_test.py`
    hint: the other projects of the workspace are tested with `rye test --all`
    ");
    rye_snapshot!(cx, ["test", "-p", "demo", "--", "-k", "x"], @"
    exit: 5
    ----- stdout -----
    --rootdir [ROOT]/project --ignore [ROOT]/project/app --ignore [ROOT]/project/libs/z [1] -k x
      in [ROOT]/project
      with [ROOT]/project/.venv [ROOT]/project/.venv/bin
    ----- stderr -----
        testing demo (.)
    warning: pytest found no tests in `demo` (status 5): they are in files named `test_*.py` or `*_test.py`, and your arguments may leave them out
    hint: the other projects of the workspace are tested with `rye test --all`
    ");
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_all() {
    let cx = workspace();
    let sleeper = "#!/bin/sh\necho started >> ../../started\ntrap 'exit 2' INT TERM\necho asleep >&2\n\
                   while :; do sleep 0.05; done\n";
    let program = cx.path(".venv/bin/pytest");
    fs::write(&program, sleeper).unwrap();
    let status = cx
        .rye(["test", "--all", "--no-sync"])
        .terminate_when(|| cx.root().join("project/started").exists());
    assert_eq!(status.code(), Some(2));
    assert_eq!(cx.read("started"), "started\n");
}

#[test]
fn outside_of_a_project_there_is_nothing_to_test() {
    let cx = TestContext::builder().without_index().build();
    rye_snapshot!(cx, ["test"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no `pyproject.toml` in `[ROOT]/project` or above it
    hint: start a project with `rye init`
    ");
    cx.write("pyproject.toml", "[project\n");
    let output = cx.rye(["test"]).fail(1);
    assert!(output.stderr.contains("cannot be understood"), "{}", output.stderr);
}
