//! `rye new`

use std::fs;

use crate::support::*;

#[test]
fn new_starts_a_project_in_a_directory_of_its_own() {
    let cx = TestContext::builder().without_index().build();
    rye_snapshot!(cx, ["new", "my demo"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        created project `my-demo` in `my demo`
           next `cd 'my demo'`, `rye add NAME` for what it needs, `rye sync` to install it
    ");
    insta::assert_snapshot!(cx.tree(), @"
    my demo/
    my demo/.git/
    my demo/.gitignore
    my demo/.python-version
    my demo/README.md
    my demo/pyproject.toml
    my demo/src/
    my demo/src/my_demo/
    my demo/src/my_demo/__init__.py
    ");
    fs::create_dir(cx.path("empty")).unwrap();
    cx.rye(["new", "empty", "--script", "--no-readme", "--name", "other"]).succeed();
    assert!(cx.exists("empty/src/other/__main__.py"), "{}", cx.tree());
    cx.rye(["new", "deep/virtual", "--virtual", "--private"]).succeed();
    assert!(!cx.exists("deep/virtual/src"));
    fs::create_dir(cx.path("here")).unwrap();
    cx.rye(["-C", "here", "new", "."]).succeed();
    assert!(cx.exists("here/src/here/__init__.py"));
}

#[test]
fn what_is_there_stays_as_it_is() {
    let cx = TestContext::builder().without_index().build();
    cx.write("full/notes", "mine");
    cx.write("project/pyproject.toml", "");
    cx.write("file", "");
    let before = cx.fingerprint();
    rye_snapshot!(cx, ["new", "full"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `full` is there already, and something is in it
    hint: make a project of what is there with `rye init full`
    ");
    rye_snapshot!(cx, ["new", "project"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/project/pyproject.toml` exists already
    hint: it is a project already: add to it with `rye add`
    ");
    rye_snapshot!(cx, ["new", "file"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/file` is not a directory
    hint: name a directory, or a path where there is nothing yet
    ");
    cx.rye(["new"]).fail(2);
    cx.rye(["new", "--lib"]).fail(2);
    cx.rye(["new", "a", "--lib", "--script"]).fail(2);
    cx.rye(["new", "a", "b"]).fail(2);
    cx.rye(["new", "a", "--py", "3.99", "--offline"]).fail(1);
    assert_eq!(cx.fingerprint(), before);
}

#[test]
fn a_new_project_can_join_the_workspace_above() {
    let cx = TestContext::builder().without_index().build();
    cx.write(
        "pyproject.toml",
        "[project]\nname = \"all\"\nversion = \"1\"\n\n[tool.rye]\nvirtual = true\nworkspace = { members = [\"libs/*\"] }\n",
    );
    let output = cx.rye(["new", "libs/one"]).succeed();
    assert!(output.stderr.contains("joined the workspace `all`"), "{}", output.stderr);
    cx.rye(["new", "app", "--member"]).succeed();
    assert!(cx.read("pyproject.toml").contains("members = [\"libs/*\", \"app\"]"));
    cx.rye(["new", "other", "--no-member"]).succeed();
    assert!(!cx.read("pyproject.toml").contains("other"));
    let output = cx.rye(["new", "third"]).succeed();
    assert!(output.stderr.contains("make it one with `--member`"), "{}", output.stderr);
}
