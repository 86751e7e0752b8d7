//! Where the environment is: `tool.rye.venv` and `RYE_VENV`.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "what a helper cannot do fails the test")]

use std::path::{Path, PathBuf};

use super::{write_member, write_root};
use crate::support::{Run, TestContext, rye_snapshot};

/// Returns a world with a member, and with this line in the root's `[tool.rye]`.
fn world(line: &str) -> TestContext {
    let cx = TestContext::new();
    write_root(&cx, &["libs/*"]);
    let manifest = cx.read("pyproject.toml");
    cx.write(
        "pyproject.toml",
        manifest.replace("virtual = true", &format!("virtual = true\n{line}")),
    );
    write_member(&cx, "libs/core", "core", &["idna"]);
    cx
}

/// Returns where Python believes to be, with what the members need.
fn prefix(run: impl Fn(&[&str]) -> Run) -> PathBuf {
    let output = run(&["-c", "import core, idna, sys; print(sys.prefix)"]).succeed();
    PathBuf::from(output.stdout.trim())
}

/// Returns a shim.
pub(super) fn shim(cx: &TestContext) -> PathBuf {
    let path = cx.root().join("python");
    if !path.is_symlink() {
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_rye"), &path).unwrap();
    }
    path
}

/// Expects the environment at a place, whoever looks for it.
#[track_caller]
fn check(cx: &TestContext, with: &[(&str, &Path)], expected: &Path) {
    let with = |run: Run| with.iter().fold(run, |run, (key, value)| run.env(key, value));
    for directory in ["libs/core", "."] {
        let at = |run: Run| with(run.current_dir(cx.path(directory)));
        at(cx.rye(["sync"])).succeed();
        assert!(expected.join("rye-venv.json").is_file(), "{}", expected.display());
        let run = |args: &[&str]| at(cx.rye(["run", "python"].iter().chain(args)));
        assert_eq!(prefix(run), expected, "run in {directory}");
        let run = |args: &[&str]| at(cx.program(shim(cx), args));
        assert_eq!(prefix(run), expected, "shim in {directory}");
        let shown = at(cx.rye(["show"])).succeed().stdout;
        assert!(shown.contains(&format!("venv: {}\n", expected.display())), "{shown}");
        let listed = at(cx.rye(["list"])).succeed().stdout;
        assert!(listed.contains("idna==3.4"), "{listed}");
        let output = at(cx.rye(["sync"])).succeed();
        assert_eq!(output.stderr.trim(), "in sync root");
    }
}

#[test]
fn the_root_may_say_where_the_environment_is() {
    let cx = world("venv = \"build/./env/\"");
    check(&cx, &[], &cx.path("build/env"));
    assert!(!cx.exists(".venv") && !cx.exists("libs/core/build"));
}

#[test]
fn the_environment_may_be_outside_the_project() {
    let cx = world("venv = \"../out side/env\"");
    let place = cx.path("../out side/env");
    rye_snapshot!(cx.rye(["sync"]).current_dir(cx.path("libs/core")), @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        created [ROOT]/out side/env (cpython@[PYTHON], discovered: [ROOT]/bin/python[PYTHON-MINOR])
         locked requirements.lock
         locked requirements-dev.lock
          added core 0.1.0
          added idna 3.4
    ");
    assert!(place.join("rye-venv.json").is_file());
    rye_snapshot!(cx, ["sync"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        in sync root
    ");
    let real = std::fs::canonicalize(&place).unwrap();
    let run = |args: &[&str]| cx.rye(["run", "python"].iter().chain(args));
    assert_eq!(std::fs::canonicalize(prefix(run)).unwrap(), real);
    let run = |args: &[&str]| cx.program(shim(&cx), args).current_dir(cx.path("libs/core"));
    assert_eq!(std::fs::canonicalize(prefix(run)).unwrap(), real);
}

#[test]
fn the_shims_run_the_environment_of_all_and_make_it_first() {
    let cx = world("");
    let at = |directory: &str, args: &[&str]| {
        cx.program(shim(&cx), args).current_dir(cx.path(directory))
    };
    for directory in ["libs/core/src", "libs"] {
        assert_eq!(prefix(|args| at(directory, args)), cx.path(".venv"), "{directory}");
    }
    assert!(cx.exists("requirements-dev.lock") && !cx.exists("libs/core/.venv"));
    check(&cx, &[], &cx.path(".venv"));
}

#[test]
fn an_absolute_place_may_be_said() {
    let cx = world("");
    let place = cx.root().join("elsewhere");
    let manifest = cx.read("pyproject.toml");
    cx.write(
        "pyproject.toml",
        manifest.replace("virtual = true", &format!("virtual = true\nvenv = {place:?}")),
    );
    check(&cx, &[], &place);
    assert!(!cx.exists(".venv"));
}

#[test]
fn a_variable_says_where_the_environment_is_this_time() {
    let cx = world("venv = \"env\"");
    check(&cx, &[], &cx.path("env"));
    let other = cx.root().join("other");
    check(&cx, &[("RYE_VENV", &other)], &other);
    // a relative one starts from the root, wherever rye is called
    check(&cx, &[("RYE_VENV", Path::new(".venv-3"))], &cx.path(".venv-3"));
    // both are in sync
    check(&cx, &[], &cx.path("env"));
    rye_snapshot!(cx.rye(["run", "python", "-c", ""]).env("RYE_VENV", "").current_dir(cx.path("libs/core")), @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
    ");
}

#[test]
fn each_environment_has_what_was_asked_of_it() {
    let cx = world("");
    cx.rye(["sync"]).succeed();
    cx.rye(["sync", "--only-deps"]).env("RYE_VENV", ".venv-ci").succeed();
    assert_eq!(cx.installed(), ["core==0.1.0", "idna==3.4"]);
    let listed = cx.rye(["list"]).env("RYE_VENV", ".venv-ci").succeed().stdout;
    assert_eq!(listed, "idna==3.4\n");
    // an edit makes both stale
    write_member(&cx, "libs/core", "core", &["tqdm"]);
    cx.rye(["run", "python", "-c", ""]).env("RYE_VENV", ".venv-ci").succeed();
    let listed = cx.rye(["list"]).env("RYE_VENV", ".venv-ci").succeed().stdout;
    assert_eq!(listed, "tqdm==4.66.1\n");
    assert_eq!(cx.installed(), ["core==0.1.0", "idna==3.4"]);
    rye_snapshot!(cx, ["sync"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
          added tqdm 4.66.1
        removed idna 3.4
    ");
}

#[test]
fn the_place_of_an_environment_may_change() {
    let cx = world("venv = \"env\"");
    cx.rye(["sync"]).succeed();
    let manifest = cx.read("pyproject.toml");
    cx.write("pyproject.toml", manifest.replace("venv = \"env\"\n", ""));
    rye_snapshot!(cx.rye(["run", "python", "-c", ""]).current_dir(cx.path("libs/core")), @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        created [ROOT]/project/.venv (cpython@[PYTHON], discovered: [ROOT]/bin/python[PYTHON-MINOR])
          added core 0.1.0
          added idna 3.4
    ");
}

#[test]
fn what_is_no_environment_at_the_place_is_left_alone() {
    let cx = world("venv = \"env\"");
    cx.write("env/mine", "");
    let before = cx.fingerprint();
    rye_snapshot!(cx, ["sync"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/env` holds something else than a virtual environment
    hint: name another place with `tool.rye.venv` or `RYE_VENV`
    ");
    rye_snapshot!(cx, ["sync", "--force"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/env` holds something else than a virtual environment
    hint: name another place with `tool.rye.venv` or `RYE_VENV`
    ");
    assert_eq!(cx.fingerprint(), before);
    // an environment of somebody else is replaced as in the usual place
    cx.write("env/pyvenv.cfg", "");
    rye_snapshot!(cx, ["sync"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/env` is a virtual environment that Rye did not make
    hint: replace it with `rye sync --force`
    ");
    cx.rye(["sync", "--force"]).succeed();
    assert!(!cx.exists("env/mine"));
    std::fs::remove_dir_all(cx.path("env")).unwrap();
    cx.write("env", "");
    rye_snapshot!(cx, ["sync", "--force"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/env` is no directory
    hint: move it away or delete it
    ");
}

#[test]
fn no_project_is_ever_replaced_by_an_environment() {
    let cx = world("");
    cx.rye(["lock"]).succeed();
    std::fs::write(cx.root().join("pyvenv.cfg"), "").unwrap();
    cx.write("libs/pyvenv.cfg", "");
    let before = cx.fingerprint();
    rye_snapshot!(cx.rye(["sync", "--force"]).env("RYE_VENV", "."), @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project` is to be the virtual environment, and a project is in it
    hint: name another place with `tool.rye.venv` or `RYE_VENV`
    ");
    for place in ["..", "../", "libs", "libs/core", "libs/core/..", "missing/..", "/"] {
        let output = cx.rye(["sync", "--force"]).env("RYE_VENV", place).fail(1);
        assert!(output.stderr.contains("a project is in it"), "{place}: {}", output.stderr);
        cx.rye(["add", "tqdm"]).env("RYE_VENV", place).fail(1);
        cx.rye(["run", "python", "-c", ""]).env("RYE_VENV", place).run();
        cx.program(shim(&cx), ["-c", ""]).env("RYE_VENV", place).run();
    }
    assert_eq!(cx.fingerprint(), before);
}

#[test]
fn the_place_that_a_member_says_counts_for_nothing() {
    let cx = world("");
    let manifest = cx.read("libs/core/pyproject.toml");
    cx.write("libs/core/pyproject.toml", manifest + "\n[tool.rye]\nvenv = \"env\"\n");
    rye_snapshot!(cx.rye(["sync"]).current_dir(cx.path("libs/core")), @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
    warning: `tool.rye.venv` in `[ROOT]/project/libs/core/pyproject.toml` counts for nothing: the workspace's root decides
        created [ROOT]/project/.venv (cpython@[PYTHON], discovered: [ROOT]/bin/python[PYTHON-MINOR])
         locked requirements.lock
         locked requirements-dev.lock
          added core 0.1.0
          added idna 3.4
    ");
    assert!(cx.exists(".venv") && !cx.exists("env") && !cx.exists("libs/core/env"));
}
