//! `rye lint` and `rye fmt`

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::support::*;

/// Prints what it was called with.
const RUFF: &str = "#!/bin/sh\nprintf '%s:' \"$NAME\"\nprintf ' <%s>' \"$@\"\nprintf '\\n  in %s\\n  cache [%s]\\n' \"$PWD\" \"$RUFF_CACHE_DIR\"\n\
                    exit ${RUFF_STATUS:-0}\n";

/// Returns a world whose pinned ruff is a stand-in.
fn world() -> TestContext {
    world_with(Index::standard())
}

fn world_with(index: Index) -> TestContext {
    let mut cx = TestContext::builder().index(index).build();
    let ruff = cx.root().join("bin").join("engine-ruff");
    write_program(&ruff, &RUFF.replace("$NAME", "engine"));
    cx.set_env("RYE_RUFF", &ruff);
    cx
}

fn write_program(path: &Path, text: &str) {
    fs::write(path, text).expect("the directory is there");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("it is ours");
}

/// A ruff as a project has it.
fn ruff(version: &str) -> Distribution {
    let code = format!(
        "import os, sys\n\n\ndef main():\n    print('project {version}:', *sys.argv[1:])\n    \
         print('  cache', os.environ['RUFF_CACHE_DIR'])\n"
    );
    Wheel::new("ruff", version)
        .entry_point("ruff", "ruff:main")
        .module("ruff/__init__.py", code)
        .build()
}

fn write_project(cx: &TestContext, place: &str, name: &str, more: &str) {
    let manifest = format!(
        "[project]\nname = \"{name}\"\nversion = \"1\"\nrequires-python = \">=3.9\"\n\n[tool.rye]\n{more}"
    );
    cx.write(PathBuf::from(place).join("pyproject.toml"), manifest);
}

/// Returns a world with a workspace whose root is a project of its own.
fn workspace(more: &str) -> TestContext {
    let cx = world();
    write_project(&cx, ".", "root", &format!("{more}\n[tool.rye.workspace]\n"));
    write_project(&cx, "libs/z [1], {a}", "alpha", "");
    write_project(&cx, "app", "beta", "");
    cx
}

#[test]
fn the_pinned_ruff_does_it_without_an_environment() {
    let cx = world();
    write_project(&cx, ".", "demo", "");
    rye_snapshot!(cx, ["lint"], @"
    exit: 0
    ----- stdout -----
    engine: <check> <--> <[ROOT]/project>
      in [ROOT]/project
      cache [[ROOT]/project/.ruff_cache]
    ----- stderr -----
    ");
    rye_snapshot!(cx, ["fmt"], @"
    exit: 0
    ----- stdout -----
    engine: <format> <--> <[ROOT]/project>
      in [ROOT]/project
      cache [[ROOT]/project/.ruff_cache]
    ----- stderr -----
    ");
    rye_snapshot!(cx, ["check", "--fix", "-q", "--", "--select", "E 1"], @"
    exit: 0
    ----- stdout -----
    engine: <check> <--fix> <--quiet> <--select> <E 1> <--> <[ROOT]/project>
      in [ROOT]/project
      cache [[ROOT]/project/.ruff_cache]
    ----- stderr -----
    ");
    rye_snapshot!(cx, ["format", "--check", "a.py", "b c.py"], @"
    exit: 0
    ----- stdout -----
    engine: <format> <--check> <--> <a.py> <b c.py>
      in [ROOT]/project
      cache [[ROOT]/project/.ruff_cache]
    ----- stderr -----
    ");
    let output = cx.rye(["-v", "lint"]).succeed();
    assert!(output.stdout.starts_with("engine: <check> <--verbose> <-->"), "{}", output.stdout);
    assert!(!cx.exists(".venv") && !cx.exists("requirements.lock"));
    let output = cx.rye(["fmt", "--check"]).env("RUFF_STATUS", "7").fail(7);
    assert_eq!(output.stderr, "");
    let output = cx.rye(["lint"]).env("RUFF_CACHE_DIR", "/elsewhere").succeed();
    assert!(output.stdout.contains("  cache [/elsewhere]\n"), "{}", output.stdout);
}

#[test]
fn a_project_of_a_workspace_is_looked_at_alone() {
    let cx = workspace("");
    rye_snapshot!(cx, ["lint"], @r#"
    exit: 0
    ----- stdout -----
    engine: <check> <--config> <extend-exclude = ["[ROOT]/project/app", "[ROOT]/project/libs/z [[]1[]], [{]a[}]"]> <--> <[ROOT]/project>
      in [ROOT]/project
      cache [[ROOT]/project/.ruff_cache]
    ----- stderr -----
    "#);
    rye_snapshot!(cx, ["fmt", "--all"], @"
    exit: 0
    ----- stdout -----
    engine: <format> <--> <[ROOT]/project/libs/z [1], {a}> <[ROOT]/project/app> <[ROOT]/project>
      in [ROOT]/project
      cache [[ROOT]/project/.ruff_cache]
    ----- stderr -----
    ");
    rye_snapshot!(cx, ["lint", "-p", "Beta", "-p", "alpha"], @"
    exit: 0
    ----- stdout -----
    engine: <check> <--> <[ROOT]/project/libs/z [1], {a}> <[ROOT]/project/app>
      in [ROOT]/project
      cache [[ROOT]/project/.ruff_cache]
    ----- stderr -----
    ");
    rye_snapshot!(cx.rye(["lint"]).current_dir(cx.path("app")), @"
    exit: 0
    ----- stdout -----
    engine: <check> <--> <[ROOT]/project/app>
      in [ROOT]/project/app
      cache [[ROOT]/project/.ruff_cache]
    ----- stderr -----
    ");
    rye_snapshot!(cx, ["fmt", "--pyproject", "app/pyproject.toml"], @"
    exit: 0
    ----- stdout -----
    engine: <format> <--> <[ROOT]/project/app>
      in [ROOT]/project
      cache [[ROOT]/project/.ruff_cache]
    ----- stderr -----
    ");
    rye_snapshot!(cx, ["lint", "-p", "betta"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the workspace has no member `betta`
    hint: did you mean `beta`?
    ");
    // paths say all
    cx.rye(["lint", "-p", "betta", "x.py"]).succeed();
    // a virtual root has nothing of its own
    let cx = workspace("virtual = true");
    rye_snapshot!(cx, ["lint"], @"
    exit: 0
    ----- stdout -----
    engine: <check> <--> <[ROOT]/project>
      in [ROOT]/project
      cache [[ROOT]/project/.ruff_cache]
    ----- stderr -----
    ");
}

#[test]
fn paths_need_no_project() {
    let cx = world();
    rye_snapshot!(cx, ["lint", "a.py"], @"
    exit: 0
    ----- stdout -----
    engine: <check> <--> <a.py>
      in [ROOT]/project
      cache []
    ----- stderr -----
    ");
    rye_snapshot!(cx, ["fmt"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: no paths are named, and this is no project
    caused by: there is no `pyproject.toml` in `[ROOT]/project` or above it
    hint: start a project with `rye init`
    ");
    rye_snapshot!(cx, ["fmt", "--pyproject", "nowhere/pyproject.toml", "a.py"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot find `[ROOT]/project/nowhere/pyproject.toml`
    caused by: No such file or directory (os error 2)
    ");
    cx.write("pyproject.toml", "[project\n");
    let output = cx.rye(["lint", "a.py"]).fail(1);
    assert!(output.stderr.contains("cannot be understood"), "{}", output.stderr);
}

#[test]
fn the_ruff_that_the_project_has_locked_does_it() {
    let index = Index::standard().with(ruff("0.1.0")).with(ruff("0.2.0"));
    let cx = world_with(index);
    write_project(&cx, ".", "demo", "virtual = true\ndev-dependencies = [\"ruff<0.2\"]\n");
    rye_snapshot!(cx, ["lint", "a.py"], @"
    exit: 0
    ----- stdout -----
    project 0.1.0: check -- a.py
      cache [ROOT]/project/.ruff_cache
    ----- stderr -----
        created [ROOT]/project/.venv (cpython@[PYTHON], discovered: [ROOT]/bin/python[PYTHON-MINOR])
         locked requirements.lock
         locked requirements-dev.lock
          added ruff 0.1.0
    ");
    rye_snapshot!(cx, ["lint", "a.py"], @"
    exit: 0
    ----- stdout -----
    project 0.1.0: check -- a.py
      cache [ROOT]/project/.ruff_cache
    ----- stderr -----
    ");
    // what else changed can wait
    write_project(&cx, ".", "demo", "virtual = true\ndev-dependencies = [\"ruff\", \"idna\"]\n");
    let output = cx.rye(["fmt", "--offline"]).succeed();
    assert!(output.stdout.starts_with("project 0.1.0: format"), "{}", output.stdout);
    cx.rye(["lock", "--update", "ruff"]).succeed();
    // somebody else locked another one
    rye_snapshot!(cx, ["lint", "--no-sync", "a.py"], @"
    exit: 0
    ----- stdout -----
    engine: <check> <--> <a.py>
      in [ROOT]/project
      cache [[ROOT]/project/.ruff_cache]
    ----- stderr -----
    warning: the project's own ruff is not in `[ROOT]/project/.venv`, so that Rye's is used; `rye sync` brings it
    ");
    rye_snapshot!(cx, ["lint", "a.py"], @"
    exit: 0
    ----- stdout -----
    project 0.2.0: check -- a.py
      cache [ROOT]/project/.ruff_cache
    ----- stderr -----
          added idna 3.4
       upgraded ruff 0.1.0 → 0.2.0
    ");
    cx.rye(["sync", "--no-dev"]).succeed();
    rye_snapshot!(cx, ["lint", "a.py"], @"
    exit: 0
    ----- stdout -----
    engine: <check> <--> <a.py>
      in [ROOT]/project
      cache [[ROOT]/project/.ruff_cache]
    ----- stderr -----
    warning: the project's own ruff is not in `[ROOT]/project/.venv`, so that Rye's is used; `rye sync` brings it
    ");
}

#[test]
fn a_lockfile_in_the_middle_of_a_merge_names_no_ruff() {
    let cx = world_with(Index::standard().with(ruff("0.1.0")));
    write_project(&cx, ".", "demo", "virtual = true\ndev-dependencies = [\"ruff\"]\n");
    cx.write("requirements-dev.lock", "<<<<<<< HEAD\n");
    rye_snapshot!(cx, ["lint"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the lockfile `[ROOT]/project/requirements-dev.lock` cannot be understood
    caused by: line 1: `<<<<<<< HEAD`: a conflict marker of git
    hint: settle the merge, or delete the file and run `rye lock`
    ");
}

#[test]
fn without_a_network_the_engine_must_be_there() {
    let cx = TestContext::builder().without_index().without_engine().build();
    write_project(&cx, ".", "demo", "");
    let output = cx.rye(["lint", "--offline"]).fail(1);
    insta::assert_snapshot!(output.snapshot().replace(pinned_ruff(), "[RUFF]"), @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: ruff [RUFF] is not there yet, and it cannot be fetched offline
    hint: run the command once without `--offline`, or name a copy with `RYE_RUFF`
    ");
}

#[test]
fn the_real_ruff_understands_what_it_is_told() {
    let Some(ruff) = real_ruff() else { return };
    let mut cx = workspace("");
    cx.set_env("RYE_RUFF", ruff);
    let manifest = cx.read("pyproject.toml");
    cx.write(
        "pyproject.toml",
        format!("{manifest}\n[tool.ruff]\nextend-exclude = [\"generated.py\"]\n"),
    );
    let files = ["a.py", "generated.py", "app/a.py", "libs/z [1], {a}/a.py", "libs/z 1, {a}/a.py"];
    let check = |args: &[&str], expected: &[&str]| {
        for file in files {
            cx.write(file, "import os\nx = {  }\n");
        }
        cx.rye(args.iter().copied()).run();
        let is_changed = |file: &&str| cx.read(file) != "import os\nx = {  }\n";
        let changed: Vec<_> = files.into_iter().filter(is_changed).collect();
        assert_eq!(changed, expected, "{args:?}");
    };
    let all = ["a.py", "app/a.py", "libs/z [1], {a}/a.py", "libs/z 1, {a}/a.py"];
    check(&["fmt"], &["a.py", "libs/z 1, {a}/a.py"]);
    check(&["lint", "--fix"], &["a.py", "libs/z 1, {a}/a.py"]);
    check(&["fmt", "--all"], &all);
    check(&["lint", "--fix", "-a"], &all);
    check(&["fmt", "-p", "alpha"], &["libs/z [1], {a}/a.py"]);
    check(&["fmt", "--check"], &[]);
    check(&["fmt", "app/a.py", "generated.py"], &["generated.py", "app/a.py"]);
    cx.rye(["fmt", "--check"]).fail(1);
    cx.rye(["lint", "--", "--no-such-flag"]).fail(2);
    assert!(cx.exists(".ruff_cache") && !cx.exists("app/.ruff_cache"));
}

fn pinned_ruff() -> &'static str {
    let text = include_str!("../../data/engines.toml");
    let (_, ruff) = text.split_once("[ruff]").expect("it is pinned");
    ruff.split('"').nth(1).expect("its version comes first")
}
