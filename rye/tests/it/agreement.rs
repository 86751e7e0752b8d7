//! Attempts to fool what outlives an environment: that lockfiles agree with what they are made from.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot do its work fails the test, and is no `#[test]` function itself"
)]

use std::fs;

use crate::support::*;

/// Returns a world with a project that was synced, and whose environment is gone.
fn gone(requirements: &[&str]) -> TestContext {
    let cx = TestContext::builder().index(Index::standard().with_cache_control("no-cache")).build();
    cx.write_project("demo", requirements);
    cx.rye(["sync"]).succeed();
    remove_environment(&cx);
    cx
}

fn remove_environment(cx: &TestContext) {
    fs::remove_dir_all(cx.path(".venv")).unwrap();
}

/// Makes the environment anew, and tells whether the engine was asked for a resolution.
#[track_caller]
fn resolves(cx: &TestContext) -> bool {
    let output = cx.rye(["sync", "-v"]).succeed();
    assert!(output.stderr.contains(" pip sync "), "{}", output.stderr);
    output.stderr.contains(" pip compile ")
}

#[test]
fn lockfiles_that_agree_are_not_made_anew_with_the_environment() {
    let cx = gone(&["idna"]);
    let lockfiles = [cx.read("requirements.lock"), cx.read("requirements-dev.lock")];
    assert!(!resolves(&cx));
    assert_eq!(cx.installed(), ["demo==0.1.0", "idna==3.4"]);
    assert_eq!([cx.read("requirements.lock"), cx.read("requirements-dev.lock")], lockfiles);
    // what was known is recorded as if it had been found out
    cx.rye(["lock", "--check"]).env("RYE_UV", cx.root().join("bin").join("false")).succeed();
    remove_environment(&cx);
    cx.rye(["sync", "--locked"]).succeed();
    remove_environment(&cx);
    cx.rye(["run", "python", "-c", "import demo, idna"]).succeed();
    // who asks for other options, or for the environment to be made anew in all respects, wants to know
    remove_environment(&cx);
    let output = cx.rye(["sync", "-v", "--update-all"]).succeed();
    assert!(output.stderr.contains(" pip compile "));
    let output = cx.rye(["sync", "-v", "--force"]).succeed();
    assert!(output.stderr.contains(" pip compile "));
}

#[test]
fn what_decides_about_lockfiles_is_noticed_without_an_environment() {
    let cx = gone(&["idna"]);
    cx.write("pyproject.toml", cx.read("pyproject.toml").replace("idna", "idna<4"));
    assert!(resolves(&cx));

    remove_environment(&cx);
    assert!(!resolves(&cx));
    remove_environment(&cx);
    let lockfile = cx.read("requirements-dev.lock");
    cx.write("requirements-dev.lock", lockfile.replace("idna==3.4", "idna==2.10"));
    assert!(resolves(&cx));

    remove_environment(&cx);
    fs::remove_file(cx.path("requirements.lock")).unwrap();
    assert!(resolves(&cx));
    assert!(cx.exists("requirements.lock"));

    remove_environment(&cx);
    let other = Index::standard().serve();
    let mut cx = cx;
    cx.set_env("UV_DEFAULT_INDEX", other.url());
    assert!(resolves(&cx));
}

#[test]
fn what_was_installed_from_lockfiles_alone_says_nothing_of_them() {
    let cx = TestContext::new();
    cx.write_project("demo", &["idna"]);
    cx.rye(["lock"]).succeed();
    cx.rye(["sync", "--no-lock"]).succeed();
    remove_environment(&cx);
    assert!(resolves(&cx));
}

#[test]
fn a_locked_version_that_was_withdrawn_is_replaced_without_an_environment() {
    let mut cx = gone(&["idna"]);
    cx.index().withdraw("idna", "3.4");
    cx.set_env("UV_CACHE_DIR", cx.root().join("empty-cache"));
    cx.rye(["sync"]).succeed();
    assert_eq!(cx.installed(), ["demo==0.1.0", "idna==2.10"]);
    assert_eq!(cx.locked("requirements.lock"), ["-e file:.", "idna==2.10"]);
}

#[test]
fn an_agreement_that_cannot_be_read_is_none() {
    let cx = gone(&["idna"]);
    let directory = cx.rye_home().join("cache").join("agreements");
    for entry in fs::read_dir(directory).unwrap() {
        fs::write(entry.unwrap().path(), b"\xff\0").unwrap();
    }
    assert!(resolves(&cx));
}
