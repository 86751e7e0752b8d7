//! Extras that are locked with a workspace.

use super::{append, entries, write_member, write_root};
use crate::support::{TestContext, rye_snapshot};

/// Returns a world with extras of the root, of a member and of a virtual one.
fn world() -> TestContext {
    let cx = TestContext::new();
    cx.write_project("demo", &["idna"]);
    append(
        &cx,
        "pyproject.toml",
        "\n[tool.rye.workspace]\nmembers = [\"*\"]\n\n\
         [project.optional-dependencies]\nfast = [\"tqdm\"]\n",
    );
    write_member(&cx, "web", "web", &["click"]);
    append(
        &cx,
        "web/pyproject.toml",
        "\n[project.optional-dependencies]\nAsync_IO = [\"anyio\"]\nfast = [\"urllib3\"]\n",
    );
    cx.write(
        "bundle/pyproject.toml",
        "[project]\nname = \"bundle\"\nversion = \"1\"\n\n\
         [project.optional-dependencies]\nfast = [\"blinker\"]\n\n[tool.rye]\nvirtual = true\n",
    );
    cx
}

/// Returns the line of the lockfiles that says which extras are in them.
fn remembered(cx: &TestContext) -> String {
    let text = cx.read("requirements.lock");
    text.lines().filter(|line| line.contains("features")).collect::<Vec<_>>().join("\n")
}

#[test]
fn an_extra_belongs_to_who_is_named_before_it() {
    let cx = world();
    cx.rye(["lock", "--features", "fast"]).succeed();
    insta::assert_snapshot!(entries(&cx, "requirements.lock"), @"
    -e file:.
    -e file:web
    click==8.1.7
        # via web
    idna==3.4
        # via demo
    tqdm==4.66.1
        # via demo
    ");
    insta::assert_snapshot!(remembered(&cx), @r#"
    #   features: ["fast"]
    #   all-features: false
    "#);
    cx.rye(["lock", "--features", "web/async-io,Bundle/fast"]).succeed();
    insta::assert_snapshot!(entries(&cx, "requirements.lock"), @"
    -e file:.
    -e file:web
    anyio==4.0.0
        # via web
    blinker==1.7.0
    click==8.1.7
        # via web
    idna==3.4
        # via anyio
        # via demo
    sniffio==1.3.0
        # via anyio
    ");
    insta::assert_snapshot!(remembered(&cx), @r#"
    #   features: ["Bundle/fast","web/async-io"]
    #   all-features: false
    "#);
    // it stays, and from everywhere
    rye_snapshot!(cx.rye(["lock"]).current_dir(cx.path("web")), @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        current the lockfiles are what the manifest asks for
    ");
    cx.rye(["sync"]).current_dir(cx.path("web")).succeed();
    assert!(cx.installed().contains(&"anyio==4.0.0".to_owned()));
    rye_snapshot!(cx, ["lock", "--check"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        current the lockfiles are what the manifest asks for
    ");
    cx.rye(["lock", "--features", "demo/fast, web/fast", "--features", "web/async_io"]).succeed();
    insta::assert_snapshot!(entries(&cx, "requirements.lock"), @"
    -e file:.
    -e file:web
    anyio==4.0.0
        # via web
    click==8.1.7
        # via web
    idna==3.4
        # via anyio
        # via demo
    sniffio==1.3.0
        # via anyio
    tqdm==4.66.1
        # via demo
    urllib3==2.1.0
        # via web
    ");
    cx.rye(["lock", "--reset"]).succeed();
    insta::assert_snapshot!(entries(&cx, "requirements.lock"), @"
    -e file:.
    -e file:web
    click==8.1.7
        # via web
    idna==3.4
        # via demo
    ");
}

#[test]
fn an_extra_without_an_owner_is_the_root_s() {
    let cx = world();
    cx.rye(["lock", "--features", "fast"]).current_dir(cx.path("web")).succeed();
    let entries = entries(&cx, "requirements.lock");
    assert!(entries.contains("tqdm") && !entries.contains("urllib3"), "{entries}");
}

#[test]
fn all_extras_are_those_of_all() {
    let cx = world();
    cx.rye(["lock", "--all-features"]).current_dir(cx.path("web")).succeed();
    insta::assert_snapshot!(entries(&cx, "requirements.lock"), @"
    -e file:.
    -e file:web
    anyio==4.0.0
        # via web
    blinker==1.7.0
    click==8.1.7
        # via web
    idna==3.4
        # via anyio
        # via demo
    sniffio==1.3.0
        # via anyio
    tqdm==4.66.1
        # via demo
    urllib3==2.1.0
        # via web
    ");
    insta::assert_snapshot!(remembered(&cx), @"
    #   features: []
    #   all-features: true
    ");
    cx.rye(["sync", "-p", "bundle"]).succeed();
    assert_eq!(cx.installed(), ["blinker==1.7.0"]);
    cx.rye(["sync", "-p", "web"]).succeed();
    assert_eq!(
        cx.installed(),
        [
            "anyio==4.0.0",
            "click==8.1.7",
            "idna==3.4",
            "sniffio==1.3.0",
            "urllib3==2.1.0",
            "web==0.1.0"
        ]
    );
    // an extra that is new is among them
    append(&cx, "web/pyproject.toml", "more = [\"itsdangerous\"]\n");
    cx.rye(["lock"]).succeed();
    assert!(entries(&cx, "requirements.lock").contains("itsdangerous"));
}

#[test]
fn owners_and_extras_that_do_not_exist_are_told() {
    let cx = world();
    let before = cx.fingerprint();
    rye_snapshot!(cx, ["lock", "--features", "wep/fast"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot lock `demo`
    caused by: `fast` is to be an extra of `wep`, and there is no such project
    hint: did you mean `web`?
    ");
    rye_snapshot!(cx, ["lock", "--features", "zzzzz/fast"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot lock `demo`
    caused by: `fast` is to be an extra of `zzzzz`, and there is no such project
    hint: if the lockfiles remember it, forget it with `rye lock --reset`
    ");
    rye_snapshot!(cx, ["lock", "--features", "web/async"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot lock `demo`
    caused by: `web` has no extra `async`; it has Async_IO, fast
    hint: if the lockfiles remember it, forget it with `rye lock --reset`
    ");
    rye_snapshot!(cx, ["lock", "--features", "async-io"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot lock `demo`
    caused by: `demo` has no extra `async-io`; it has fast
    hint: name its owner: `web/async-io`
    ");
    rye_snapshot!(cx, ["lock", "--features", "bundle/fasd"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot lock `demo`
    caused by: `bundle` has no extra `fasd`; it has fast
    hint: did you mean `fast`?
    ");
    assert_eq!(cx.fingerprint(), before);
}

#[test]
fn a_remembered_extra_that_is_gone_is_told() {
    let cx = world();
    cx.rye(["sync", "--features", "web/fast"]).succeed();
    let manifest = cx.read("web/pyproject.toml");
    cx.write("web/pyproject.toml", manifest.replace("\nfast =", "\nslow ="));
    rye_snapshot!(cx, ["sync"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot lock `demo`
    caused by: `web` has no extra `fast`; it has Async_IO, slow
    hint: if the lockfiles remember it, forget it with `rye lock --reset`
    ");
    cx.rye(["sync", "--reset"]).succeed();
    cx.rye(["sync", "--features", "web/slow"]).succeed();
    std::fs::remove_dir_all(cx.path("web")).unwrap();
    rye_snapshot!(cx, ["sync"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot lock `demo`
    caused by: `slow` is to be an extra of `web`, and there is no such project
    hint: if the lockfiles remember it, forget it with `rye lock --reset`
    ");
}

#[test]
fn a_virtual_root_has_extras_too() {
    let cx = TestContext::new();
    write_root(&cx, &["*"]);
    append(&cx, "pyproject.toml", "\n[project.optional-dependencies]\nx = [\"tqdm\"]\n");
    write_member(&cx, "web", "web", &[]);
    cx.rye(["lock", "--features", "x"]).succeed();
    insta::assert_snapshot!(entries(&cx, "requirements.lock"), @"
    -e file:web
    tqdm==4.66.1
    ");
}

#[test]
fn an_extra_of_a_member_is_added_to() {
    let cx = world();
    rye_snapshot!(cx, ["add", "-p", "web", "--optional", "async-io", "tqdm"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
          added tqdm>=4.66.1 (optional (async-io) dependency of `web`)
         locked requirements.lock
         locked requirements-dev.lock
        created [ROOT]/project/.venv (cpython@[PYTHON], discovered: [ROOT]/bin/python[PYTHON-MINOR])
          added click 8.1.7
          added demo 0.1.0
          added idna 3.4
          added web 0.1.0
    ");
    rye_snapshot!(cx.rye(["add", "--optional", "new", "blinker"]).current_dir(cx.path("web")), @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
          added blinker>=1.7.0 (optional (new) dependency of `web`)
        in sync demo
    ");
    insta::assert_snapshot!(cx.read("web/pyproject.toml"), @r#"
    [project]
    name = "web"
    version = "0.1.0"
    requires-python = ">=3.9"
    dependencies = ["click"]

    [build-system]
    requires = ["hatchling"]
    build-backend = "hatchling.build"

    [tool.hatch.build.targets.wheel]
    packages = ["src/web"]

    [project.optional-dependencies]
    Async_IO = ["anyio", "tqdm>=4.66.1"]
    fast = ["urllib3"]
    new = [
        "blinker>=1.7.0",
    ]
    "#);
    cx.rye(["lock", "--features", "web/Async-IO"]).succeed();
    cx.rye(["add", "-p", "web", "--optional", "async-io", "itsdangerous"]).succeed();
    insta::assert_snapshot!(entries(&cx, "requirements.lock"), @"
    -e file:.
    -e file:web
    anyio==4.0.0
        # via web
    click==8.1.7
        # via web
    idna==3.4
        # via anyio
        # via demo
    itsdangerous==2.1.2
        # via web
    sniffio==1.3.0
        # via anyio
    tqdm==4.66.1
        # via web
    ");
    rye_snapshot!(cx, ["remove", "-p", "web", "--optional", "Async.IO", "tqdm", "anyio"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        removed tqdm>=4.66.1 (optional (async-io) dependency of `web`)
        removed anyio (optional (async-io) dependency of `web`)
         locked requirements.lock
         locked requirements-dev.lock
        removed anyio 4.0.0
        removed sniffio 1.3.0
        removed tqdm 4.66.1
    ");
}
