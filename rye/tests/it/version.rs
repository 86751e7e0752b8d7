//! `rye version`

#![expect(clippy::unwrap_used, reason = "what a helper cannot do fails the test")]

use crate::support::*;
use crate::workspace::{write_member, write_root};

/// Writes a project whose version a build makes up.
fn write_dynamic(cx: &TestContext, backend: &str, settings: &str) {
    let requires = backend.split('.').next().unwrap();
    cx.write(
        "pyproject.toml",
        format!(
            "[project]\nname = \"demo\"\ndynamic = [\"version\"]\n\n\
             [build-system]\nrequires = [\"{requires}\"]\nbuild-backend = \"{backend}\"\n\n{settings}"
        ),
    );
}

fn version(cx: &TestContext) -> String {
    cx.rye(["version"]).succeed().stdout.trim_end().to_owned()
}

/// Writes a workspace of a virtual root and two members.
fn workspace() -> TestContext {
    let cx = TestContext::new();
    write_root(&cx, &["core", "app"]);
    write_member(&cx, "core", "core", &[]);
    write_member(&cx, "app", "app", &["core"]);
    cx
}

#[test]
fn the_version_is_shown_and_nothing_changes() {
    let cx = TestContext::new();
    cx.write_project("demo", &[]);
    let before = cx.fingerprint();
    rye_snapshot!(cx, ["version"], @"
    exit: 0
    ----- stdout -----
    0.1.0
    ----- stderr -----
    ");
    rye_snapshot!(cx, ["version", "--format", "json"], @r#"
    exit: 0
    ----- stdout -----
    {
      "schema": 1,
      "projects": [
        {
          "name": "demo",
          "path": "[ROOT]/project/pyproject.toml",
          "version": "0.1.0",
          "previous": null,
          "dynamic": false
        }
      ]
    }
    ----- stderr -----
    "#);
    rye_snapshot!(cx, ["version", "--bump", "minor", "--dry-run"], @"
    exit: 0
    ----- stdout -----
    0.2.0
    ----- stderr -----
      would set demo 0.2.0 (was 0.1.0)
    ");
    assert_eq!(cx.fingerprint(), before);
    // it is as normal as in a file's name
    cx.write("pyproject.toml", "[project]\nname = \"demo\"\nversion = \"v1.0-RC1\"\n");
    assert_eq!(version(&cx), "1.0rc1");
}

#[test]
fn a_version_is_set_and_all_else_stays() {
    let cx = TestContext::new();
    cx.write("pyproject.toml", "[project]\nname = 'demo' # mine\nversion = '0.1.0' # the first\n\n[tool.x]\nversion = '7'\n");
    rye_snapshot!(cx, ["version", "v2.0-rc1"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
            set demo 2.0rc1 (was 0.1.0)
    ");
    insta::assert_snapshot!(cx.read("pyproject.toml"), @"
    [project]
    name = 'demo' # mine
    version = '2.0rc1' # the first

    [tool.x]
    version = '7'
    ");
    rye_snapshot!(cx, ["version", "2.0rc1"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
      unchanged demo 2.0rc1
    ");
    rye_snapshot!(cx, ["version", "--bump", "stable", "--format", "json"], @r#"
    exit: 0
    ----- stdout -----
    {
      "schema": 1,
      "projects": [
        {
          "name": "demo",
          "path": "[ROOT]/project/pyproject.toml",
          "version": "2.0",
          "previous": "2.0rc1",
          "dynamic": false
        }
      ]
    }
    ----- stderr -----
            set demo 2.0 (was 2.0rc1)
    "#);
    assert_eq!(version(&cx), "2.0");
}

#[test]
fn a_version_is_raised_as_often_as_it_is_said() {
    let cx = TestContext::new();
    cx.write_project("demo", &[]);
    rye_snapshot!(cx, ["version", "--bump", "patch"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
            set demo 0.1.1 (was 0.1.0)
    ");
    rye_snapshot!(cx, ["version", "-b", "minor", "-b", "beta"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
            set demo 0.2.0b1 (was 0.1.1)
    ");
    cx.rye(["version", "--bump", "minor"]).succeed();
    assert_eq!(version(&cx), "0.2.0");
    rye_snapshot!(cx, ["version", "--bump", "stable"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the version of `demo` cannot be raised
    caused by: `0.2.0` is stable already
    hint: raise it with `--bump patch`, `minor` or `major`
    ");
    assert_eq!(version(&cx), "0.2.0");
}

#[test]
fn what_is_no_version_is_refused() {
    let cx = TestContext::new();
    cx.write_project("demo", &[]);
    let before = cx.fingerprint();
    rye_snapshot!(cx, ["version", "one"], @"
    exit: 2
    ----- stdout -----
    ----- stderr -----
    error: invalid value 'one' for '[VERSION]': expected version to start with a number, but no leading ASCII digits were found

    For more information, try '--help'.
    ");
    rye_snapshot!(cx, ["version", "1.0", "--bump", "patch"], @"
    exit: 2
    ----- stdout -----
    ----- stderr -----
    error: the argument '[VERSION]' cannot be used with '--bump <BUMP>'

    Usage: rye version <VERSION>

    For more information, try '--help'.
    ");
    rye_snapshot!(cx, ["version", "--bump", "huge"], @"
    exit: 2
    ----- stdout -----
    ----- stderr -----
    error: invalid value 'huge' for '--bump <BUMP>'
      [possible values: major, minor, patch, stable, pre, alpha, beta, rc, post, dev]

    For more information, try '--help'.
    ");
    assert_eq!(cx.fingerprint(), before);
    cx.write("pyproject.toml", "[project]\nname = \"demo\"\nversion = \"one\"\n");
    rye_snapshot!(cx, ["version"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/pyproject.toml` cannot be understood
    caused by: `project.version` holds `one`: expected version to start with a number, but no leading ASCII digits were found
    hint: write it as in `1.0.0`
    ");
    cx.rye(["version", "--bump", "patch"]).fail(1);
    cx.rye(["version", "1.0"]).fail(1);
}

#[test]
fn a_project_without_a_version_is_told_how_to_set_one() {
    let cx = TestContext::new();
    let manifest = "[project]\nname = \"demo\"\ndependencies = []\n";
    cx.write("pyproject.toml", manifest);
    rye_snapshot!(cx, ["version"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `demo` has no version
    hint: set one with `rye version 0.1.0`, or name a member that has one with `--package`
    ");
    rye_snapshot!(cx, ["version", "--bump", "minor"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `demo` has no version
    hint: set one with `rye version 0.1.0`, or name a member that has one with `--package`
    ");
    assert_eq!(cx.read("pyproject.toml"), manifest);
    cx.rye(["version", "0.1.0"]).succeed();
    assert_eq!(cx.read("pyproject.toml"), format!("{manifest}version = \"0.1.0\"\n"));
    cx.write("pyproject.toml", "[tool.rye]\nvirtual = true\n");
    rye_snapshot!(cx, ["version", "0.1.0"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/pyproject.toml` cannot be edited
    caused by: there is no `[project]` table
    hint: add `[project]` with a `name` and a `version` to the file
    ");
    rye_snapshot!(cx.rye(["version"]).current_dir(cx.root()), @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no `pyproject.toml` in `[ROOT]` or above it
    hint: start a project with `rye init`
    ");
}

#[test]
fn a_dynamic_version_that_is_plain_is_read_without_a_build() {
    let cx = TestContext::builder().without_index().without_engine().build();
    let hatch = "[tool.hatch.version]\npath = \"src/demo/about.py\"\n";
    write_dynamic(&cx, "hatchling.build", hatch);
    cx.write("src/demo/about.py", "import sys\n\n__version__ = '1.4'\n");
    rye_snapshot!(cx, ["version"], @"
    exit: 0
    ----- stdout -----
    1.4
    ----- stderr -----
    ");
    write_dynamic(
        &cx,
        "setuptools.build_meta",
        "[tool.setuptools.dynamic]\nversion = { file = \"VERSION\" }\n",
    );
    cx.write("VERSION", "2.5\n");
    assert_eq!(version(&cx), "2.5");
    assert!(!cx.rye_home().exists(), "no engine was needed");
}

#[test]
fn another_dynamic_version_is_asked_of_the_build() {
    let cx = TestContext::new();
    let setting = "[tool.setuptools.dynamic]\nversion = { attr = \"demo.number\" }\n";
    write_dynamic(&cx, "setuptools.build_meta", setting);
    cx.write("src/demo/__init__.py", "version = '3.1.4'\n");
    let before = cx.fingerprint();
    rye_snapshot!(cx, ["version"], @"
    exit: 0
    ----- stdout -----
    3.1.4
    ----- stderr -----
    ");
    // no cache stands between
    cx.write("src/demo/__init__.py", "version = '3.1.5'\n");
    rye_snapshot!(cx, ["version", "--format", "json"], @r#"
    exit: 0
    ----- stdout -----
    {
      "schema": 1,
      "projects": [
        {
          "name": "demo",
          "path": "[ROOT]/project/pyproject.toml",
          "version": "3.1.5",
          "previous": null,
          "dynamic": true
        }
      ]
    }
    ----- stderr -----
    "#);
    cx.write("src/demo/__init__.py", "version = '3.1.4'\n");
    assert_eq!(cx.fingerprint(), before);
    // a project of the old kind
    cx.write(
        "pyproject.toml",
        "[build-system]\nrequires = [\"setuptools\"]\nbuild-backend = \"setuptools.build_meta\"\n",
    );
    cx.write("setup.cfg", "[metadata]\nname = demo\nversion = 4.0\n");
    assert_eq!(version(&cx), "4.0");
    rye_snapshot!(cx, ["version", "5.0"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the version of `project` is dynamic: its build makes it up
    hint: edit `[ROOT]/project/setup.cfg`, which it comes from
    ");
}

#[test]
fn a_build_that_fails_or_cannot_begin_is_told() {
    let cx = TestContext::new();
    write_dynamic(&cx, "hatchling.build", "[tool.stand-in]\nfail = \"no tag\"\n");
    let output = cx.rye(["version"]).fail(1);
    assert!(output.stderr.starts_with("error: cannot build `demo`\n"), "{}", output.stderr);
    assert!(output.stderr.contains("no tag"), "{}", output.stderr);
    let cx = TestContext::new();
    write_dynamic(&cx, "hatchling.build", "");
    let output = cx.rye(["version", "--offline"]).fail(1);
    assert!(output.stderr.contains("network"), "{}", output.stderr);
}

#[test]
fn a_dynamic_version_is_not_set() {
    let cx = TestContext::new();
    write_dynamic(
        &cx,
        "hatchling.build",
        "[tool.hatch.version]\npath = \"src/demo/__init__.py\"\n",
    );
    cx.write("src/demo/__init__.py", "__version__ = '1.0'\n");
    let before = cx.fingerprint();
    rye_snapshot!(cx, ["version", "1.1"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the version of `demo` is dynamic: its build makes it up
    hint: edit `[ROOT]/project/src/demo/__init__.py`, which it comes from
    ");
    write_dynamic(
        &cx,
        "setuptools.build_meta",
        "[tool.setuptools.dynamic]\nversion = { attr = \"demo.__version__\" }\n",
    );
    rye_snapshot!(cx, ["version", "--bump", "patch"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the version of `demo` is dynamic: its build makes it up
    hint: edit `[ROOT]/project/src/demo/__init__.py`, which it comes from
    ");
    write_dynamic(&cx, "flit_core.buildapi", "");
    rye_snapshot!(cx, ["version", "--bump", "patch"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the version of `demo` is dynamic: its build makes it up
    hint: edit `[ROOT]/project/src/demo/__init__.py`, which it comes from
    ");
    write_dynamic(&cx, "hatchling.build", "[tool.hatch.version]\nsource = \"vcs\"\n");
    rye_snapshot!(cx, ["version", "--bump", "patch", "--dry-run"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the version of `demo` is dynamic: its build makes it up
    hint: change what its build backend reads it from, such as a tag of the repository
    ");
    cx.write(
        "pyproject.toml",
        "[project]\nname = \"demo\"\nversion = \"1.0\"\ndynamic = [\"version\"]\n",
    );
    rye_snapshot!(cx, ["version"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/pyproject.toml` cannot be understood
    caused by: `project.version` is there, and yet in `project.dynamic`
    hint: take one of the two away
    ");
    cx.rye(["version", "1.1"]).fail(1);
    write_dynamic(
        &cx,
        "hatchling.build",
        "[tool.hatch.version]\npath = \"src/demo/__init__.py\"\n",
    );
    assert_eq!(cx.fingerprint(), before);
}

#[test]
fn members_are_shown_and_raised_together() {
    let cx = workspace();
    rye_snapshot!(cx, ["version", "--all"], @"
    exit: 0
    ----- stdout -----
    app 0.1.0
    core 0.1.0
    root 0.1.0
    ----- stderr -----
    ");
    rye_snapshot!(cx, ["version", "-p", "App"], @"
    exit: 0
    ----- stdout -----
    0.1.0
    ----- stderr -----
    ");
    rye_snapshot!(cx, ["version", "-p", "core", "--bump", "major"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
            set core 1.0.0 (was 0.1.0)
    ");
    rye_snapshot!(cx, ["version", "--all", "--bump", "minor"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
            set app 0.2.0 (was 0.1.0)
            set core 1.1.0 (was 1.0.0)
            set root 0.2.0 (was 0.1.0)
    ");
    rye_snapshot!(cx, ["version", "-p", "coer"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the workspace has no member `coer`
    hint: did you mean `core`?
    ");
    assert_eq!(version(&cx), "0.2.0");
    assert_eq!(cx.rye(["version"]).current_dir(cx.path("core")).succeed().stdout, "1.1.0\n");
}

#[test]
fn all_versions_are_raised_or_none() {
    let cx = workspace();
    let manifest = cx.read("core/pyproject.toml");
    cx.write(
        "core/pyproject.toml",
        manifest.replace("version = \"0.1.0\"", "dynamic = [\"version\"]"),
    );
    let before = cx.fingerprint();
    rye_snapshot!(cx, ["version", "--all", "--bump", "minor"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the version of `core` is dynamic: its build makes it up
    hint: change what its build backend reads it from, such as a tag of the repository
    ");
    assert_eq!(cx.fingerprint(), before);
    // what has no version and is nothing to release is left out
    cx.write("core/pyproject.toml", "[project]\nname = \"core\"\n\n[tool.rye]\nvirtual = true\n");
    rye_snapshot!(cx, ["version", "--all", "--bump", "minor"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        skipped core, which is virtual and has no version
            set app 0.2.0 (was 0.1.0)
            set root 0.2.0 (was 0.1.0)
    ");
    rye_snapshot!(cx, ["version", "--all"], @"
    exit: 0
    ----- stdout -----
    app 0.2.0
    core (no version)
    root 0.2.0
    ----- stderr -----
    ");
}

#[test]
fn what_was_locked_and_synced_before_follows() {
    let cx = TestContext::new();
    cx.write_project("demo", &["idna"]);
    cx.rye(["sync"]).succeed();
    cx.rye(["version", "--bump", "minor"]).succeed();
    cx.rye(["lock", "--check"]).succeed();
    rye_snapshot!(cx, ["sync"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
       upgraded demo 0.1.0 → 0.2.0
    ");
}

#[cfg(unix)]
#[test]
fn a_manifest_that_must_not_be_written_stays() {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    let cx = workspace();
    fs::set_permissions(cx.path("core/pyproject.toml"), fs::Permissions::from_mode(0o444)).unwrap();
    let before = cx.fingerprint();
    rye_snapshot!(cx, ["version", "--all", "--bump", "minor"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot write `[ROOT]/project/core/pyproject.toml`
    caused by: permission denied
    hint: check who may read and write there
    ");
    assert_eq!(cx.fingerprint(), before);
}
