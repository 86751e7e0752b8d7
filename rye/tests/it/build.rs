//! `rye build`

#![expect(clippy::unwrap_used, reason = "what a helper cannot do fails the test")]

use std::fs;
use std::io::Read as _;

use crate::support::*;
use crate::workspace::{append, write_member, write_root};

/// Returns the names of the files in a directory of the project, sorted.
fn files(cx: &TestContext, directory: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(cx.path(directory)) else { return Vec::new() };
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

/// Returns the text of a file in a wheel.
fn in_wheel(cx: &TestContext, wheel: &str, path: &str) -> String {
    let file = fs::File::open(cx.path(wheel)).unwrap();
    let mut archive = zip::ZipArchive::new(file).unwrap();
    let mut text = String::new();
    archive.by_name(path).unwrap().read_to_string(&mut text).unwrap();
    text
}

/// Writes a workspace of a virtual root and two members, of which the first by name needs the second.
fn workspace() -> TestContext {
    let cx = TestContext::new();
    write_root(&cx, &["core", "app"]);
    write_member(&cx, "core", "core", &[]);
    write_member(&cx, "app", "app", &["core"]);
    cx
}

#[test]
fn both_kinds_are_built_and_their_files_printed() {
    let cx = TestContext::new();
    cx.write_project("demo", &["idna"]);
    rye_snapshot!(cx, ["build"], @"
    exit: 0
    ----- stdout -----
    [ROOT]/project/dist/demo-0.1.0.tar.gz
    [ROOT]/project/dist/demo-0.1.0-py3-none-any.whl
    ----- stderr -----
       building demo
    ");
    assert_eq!(files(&cx, "dist"), ["demo-0.1.0-py3-none-any.whl", "demo-0.1.0.tar.gz"]);
    assert!(!cx.exists(".venv") && !cx.exists("requirements.lock"));
    let metadata =
        in_wheel(&cx, "dist/demo-0.1.0-py3-none-any.whl", "demo-0.1.0.dist-info/METADATA");
    assert!(metadata.contains("Requires-Dist: idna\n"), "{metadata}");
}

#[test]
fn one_kind_can_be_built_and_elsewhere() {
    let cx = TestContext::new();
    cx.write_project("demo", &[]);
    rye_snapshot!(cx, ["build", "--wheel", "--format", "json"], @r#"
    exit: 0
    ----- stdout -----
    {
      "schema": 1,
      "distributions": [
        {
          "name": "demo",
          "version": "0.1.0",
          "kind": "wheel",
          "path": "[ROOT]/project/dist/demo-0.1.0-py3-none-any.whl"
        }
      ]
    }
    ----- stderr -----
       building demo
    "#);
    rye_snapshot!(cx, ["build", "--sdist", "--out", "out put/[1]", "-q"], @"
    exit: 0
    ----- stdout -----
    [ROOT]/project/out put/[1]/demo-0.1.0.tar.gz
    ----- stderr -----
    ");
    cx.write("sub/x", "");
    rye_snapshot!(cx.rye(["build", "--sdist", "--wheel", "-o", "here"]).current_dir(cx.path("sub")), @"
    exit: 0
    ----- stdout -----
    [ROOT]/project/sub/here/demo-0.1.0.tar.gz
    [ROOT]/project/sub/here/demo-0.1.0-py3-none-any.whl
    ----- stderr -----
       building demo
    ");
    assert_eq!(files(&cx, "dist"), ["demo-0.1.0-py3-none-any.whl"]);
}

#[test]
fn the_backend_that_comes_with_the_engine_builds() {
    let cx = TestContext::builder().without_index().build();
    cx.write("src/demo/__init__.py", "X = 1\n");
    cx.write(
        "pyproject.toml",
        "[project]\nname = \"demo\"\nversion = \"1.0\"\ndependencies = [\"idna>=3\"]\n\n\
         [build-system]\nrequires = [\"uv_build>=0.13,<0.14\"]\nbuild-backend = \"uv_build\"\n",
    );
    rye_snapshot!(cx, ["build", "--offline"], @"
    exit: 0
    ----- stdout -----
    [ROOT]/project/dist/demo-1.0.tar.gz
    [ROOT]/project/dist/demo-1.0-py3-none-any.whl
    ----- stderr -----
       building demo
    ");
    assert_eq!(in_wheel(&cx, "dist/demo-1.0-py3-none-any.whl", "demo/__init__.py"), "X = 1\n");
}

#[test]
fn members_are_built_after_those_that_they_need() {
    let cx = workspace();
    rye_snapshot!(cx, ["build", "--all", "--wheel"], @"
    exit: 0
    ----- stdout -----
    [ROOT]/project/dist/core-0.1.0-py3-none-any.whl
    [ROOT]/project/dist/app-0.1.0-py3-none-any.whl
    ----- stderr -----
        skipped root, which is virtual
       building core
       building app
    ");
    rye_snapshot!(cx.rye(["build", "--sdist", "--out", "."]).current_dir(cx.path("app")), @"
    exit: 0
    ----- stdout -----
    [ROOT]/project/app/app-0.1.0.tar.gz
    ----- stderr -----
       building app
    ");
    rye_snapshot!(cx, ["build", "-p", "Core", "--sdist"], @"
    exit: 0
    ----- stdout -----
    [ROOT]/project/dist/core-0.1.0.tar.gz
    ----- stderr -----
       building core
    ");
    assert_eq!(files(&cx, "core"), ["pyproject.toml", "src"]);
}

#[test]
fn a_build_may_need_a_member() {
    let cx = workspace();
    // an index that has one of that name is not asked
    cx.index().publish(Wheel::new("core", "9.0"));
    cx.write("core/src/core/__init__.py", "from hatchling.build import *\n");
    let manifest = cx.read("core/pyproject.toml");
    cx.write(
        "core/pyproject.toml",
        manifest.replace("dependencies = []", "dependencies = [\"helper\"]"),
    );
    write_member(&cx, "helper", "helper", &[]);
    write_root(&cx, &["core", "app", "helper"]);
    let manifest = cx.read("app/pyproject.toml");
    let manifest = manifest.replace("[\"hatchling\"]", "[\"hatchling\", \"core\"]");
    cx.write("app/pyproject.toml", manifest.replace("hatchling.build", "core"));
    rye_snapshot!(cx, ["build", "-p", "app"], @"
    exit: 0
    ----- stdout -----
    [ROOT]/project/dist/app-0.1.0.tar.gz
    [ROOT]/project/dist/app-0.1.0-py3-none-any.whl
    ----- stderr -----
       building app
    ");
    assert_eq!(files(&cx, "dist"), ["app-0.1.0-py3-none-any.whl", "app-0.1.0.tar.gz"]);
    // what needs itself by way of others cannot begin
    let manifest = cx.read("core/pyproject.toml");
    cx.write(
        "core/pyproject.toml",
        manifest.replace("[\"hatchling\"]", "[\"hatchling\", \"app\"]"),
    );
    rye_snapshot!(cx, ["build", "--all"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
        skipped root, which is virtual
       building helper
       building core
    error: members need each other to be built: `core` → `app` → `core`
    hint: take one of them out of `build-system.requires`
    ");
}

#[test]
fn what_is_virtual_is_said_and_alone_an_error() {
    let cx = workspace();
    rye_snapshot!(cx, ["build"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
        skipped root, which is virtual
    error: there is nothing to build: what is meant is virtual
    hint: build all members with `--all`, or some with `--package`
    ");
    rye_snapshot!(cx, ["build", "-p", "root", "-p", "core", "--wheel"], @"
    exit: 0
    ----- stdout -----
    [ROOT]/project/dist/core-0.1.0-py3-none-any.whl
    ----- stderr -----
        skipped root, which is virtual
       building core
    ");
    rye_snapshot!(cx, ["build", "-p", "cor"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the workspace has no member `cor`
    hint: did you mean `core`?
    ");
}

#[test]
fn clean_removes_old_distributions_of_what_was_built_and_nothing_else() {
    let cx = workspace();
    cx.write("dist/core-0.0.9.tar.gz", "");
    cx.write("dist/core-0.0.9-py3-none-any.whl", "");
    cx.write("dist/app-0.0.9.tar.gz", "");
    cx.write("dist/notes.txt", "");
    cx.write("dist/core-0.0.1.zip/x", "");
    cx.write(
        "core/pyproject.toml",
        cx.read("core/pyproject.toml") + "\n[tool.stand-in]\nfail = \"no\"\n",
    );
    let before = cx.fingerprint();
    cx.rye(["build", "-p", "core", "--clean"]).fail(1);
    assert_eq!(cx.fingerprint(), before);
    write_member(&cx, "core", "core", &[]);
    rye_snapshot!(cx, ["build", "-p", "core", "--clean", "--wheel"], @"
    exit: 0
    ----- stdout -----
    [ROOT]/project/dist/core-0.1.0-py3-none-any.whl
    ----- stderr -----
       building core
        removed [ROOT]/project/dist/core-0.0.9-py3-none-any.whl
        removed [ROOT]/project/dist/core-0.0.9.tar.gz
    ");
    assert_eq!(
        files(&cx, "dist"),
        ["app-0.0.9.tar.gz", "core-0.0.1.zip", "core-0.1.0-py3-none-any.whl", "notes.txt"]
    );
}

#[test]
fn a_build_that_fails_leaves_nothing() {
    let cx = workspace();
    append(&cx, "app/pyproject.toml", "\n[tool.stand-in]\nfail = \"no luck\"\n");
    let before = cx.fingerprint();
    let output = cx.rye(["build", "--all"]).fail(1);
    assert_eq!(output.stdout, "");
    assert!(output.stderr.contains("error: cannot build `app`\n"), "{}", output.stderr);
    assert!(output.stderr.contains("\ncaused by: the build failed\n"), "{}", output.stderr);
    assert!(output.stderr.contains("RuntimeError: no luck"), "{}", output.stderr);
    assert!(!output.stderr.contains("--no-config"), "{}", output.stderr);
    assert_eq!(cx.fingerprint(), before);
}

#[test]
fn a_killed_build_leaves_nothing_in_its_place() {
    let cx = TestContext::new();
    cx.write_project("demo", &[]);
    append(&cx, "pyproject.toml", "\n[tool.stand-in]\ndelay = 3\n");
    cx.write("dist/demo-0.0.9.tar.gz", "");
    let before = cx.fingerprint();
    let run = cx.rye(["build", "--clean"]).with_children();
    assert_eq!(run.kill_after(std::time::Duration::from_millis(1500)), Ended::Killed);
    assert_eq!(cx.fingerprint(), before);
    cx.write_project("demo", &[]);
    cx.rye(["build", "--clean"]).succeed();
    assert_eq!(files(&cx, "dist"), ["demo-0.1.0-py3-none-any.whl", "demo-0.1.0.tar.gz"]);
}

#[test]
fn what_a_build_needs_comes_from_the_sources_in_force() {
    let index = Index::new().with(Wheel::backend("hatchling", "1.18.0", "hatchling.build"));
    let index = index.with_login("me", "secret").serve();
    let mut cx = TestContext::builder().without_index().build();
    cx.mask(index.host(), "[PRIVATE]");
    cx.write_project("demo", &[]);
    let url = index.url();
    append(
        &cx,
        "pyproject.toml",
        &format!(
            "\n[[tool.rye.sources]]\nname = \"default\"\nurl = \"{url}\"\nusername = \"me\"\npassword = \"secret\"\n"
        ),
    );
    let output = cx.rye(["build", "--sdist", "--verbose"]).succeed();
    assert!(!output.stderr.contains("secret"), "{}", output.stderr);
    // nothing that is newer than the project allows
    append(&cx, "pyproject.toml", "\n[tool.rye]\nexclude-newer = \"2020-01-01\"\n");
    let manifest = cx.read("pyproject.toml");
    cx.write(
        "pyproject.toml",
        manifest.replace("\n[tool.rye]\nmanaged = true\ndev-dependencies = []\n", ""),
    );
    let output = cx.rye(["build"]).fail(1);
    assert!(output.stderr.contains("hatchling"), "{}", output.stderr);
}

#[test]
fn without_a_network_it_is_said() {
    let cx = TestContext::builder().without_index().build();
    cx.write_project("demo", &[]);
    let output = cx.rye(["build", "--offline"]).fail(1);
    assert!(output.stderr.contains("error: cannot build `demo`"), "{}", output.stderr);
    assert!(output.stderr.contains("network"), "{}", output.stderr);
    assert!(!cx.exists("dist"));
    let mut cx = TestContext::builder().without_index().build();
    cx.set_env("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple");
    cx.write_project("demo", &[]);
    let output = cx.rye(["build"]).fail(1);
    assert!(output.stderr.contains("hint: check the network"), "{}", output.stderr);
}

#[test]
fn what_cannot_be_built_is_refused_before_anything_else() {
    let cx = TestContext::new();
    rye_snapshot!(cx, ["build"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no `pyproject.toml` in `[ROOT]/project` or above it
    hint: start a project with `rye init`
    ");
    cx.write_project("demo", &[]);
    cx.write("other.toml", cx.read("pyproject.toml"));
    rye_snapshot!(cx, ["build", "--pyproject", "other.toml"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/other.toml` is not named `pyproject.toml`, which installing from it needs
    hint: rename it
    ");
    cx.write("dist", "");
    rye_snapshot!(cx, ["build"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/dist` is no directory
    hint: move it away, or name another place with `--out`
    ");
    rye_snapshot!(cx, ["build", "--format", "text"], @"
    exit: 2
    ----- stdout -----
    ----- stderr -----
    error: invalid value 'text' for '--format <FORMAT>'
      [possible values: json]

    For more information, try '--help'.
    ");
}

#[cfg(unix)]
#[test]
fn a_directory_that_must_not_be_written_is_found_before_the_build() {
    use std::os::unix::fs::PermissionsExt as _;

    let cx = TestContext::builder().without_index().build();
    cx.write_project("demo", &[]);
    fs::create_dir(cx.path("dist")).unwrap();
    fs::set_permissions(cx.path("dist"), fs::Permissions::from_mode(0o555)).unwrap();
    rye_snapshot!(cx, ["build"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot write `[ROOT]/project/dist`
    caused by: permission denied
    hint: check who may read and write there
    ");
    fs::set_permissions(cx.path("dist"), fs::Permissions::from_mode(0o755)).unwrap();
}
