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
    for flag in ["--update-all", "--force"] {
        remove_environment(&cx);
        let output = cx.rye(["sync", "-v", flag]).succeed();
        assert!(output.stderr.contains(" pip compile "), "{flag}");
    }
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

/// A plain lockfile holds for one Python: one that was made with another agrees with nothing.
#[test]
fn an_environment_with_another_python_than_its_lockfiles_were_made_with_is_noticed() {
    let cx = TestContext::builder().pythons(2).build();
    let Some((newer, older)) = cx.two_pythons() else { return };
    let bound = format!("idna; python_full_version >= '{}'", newer.version);
    let table = "[tool.rye]\nmanaged = true\nvirtual = true\n";
    cx.write(
        "pyproject.toml",
        format!(
            "[project]\nname = \"demo\"\nversion = \"1\"\ndependencies = [\"{bound}\"]\n\n{table}"
        ),
    );
    cx.rye(["toolchain", "register", older.path.to_str().unwrap()]).succeed();
    cx.rye(["sync"]).succeed();
    assert_eq!(cx.locked("requirements.lock"), [""; 0]);
    cx.rye(["toolchain", "register", newer.path.to_str().unwrap()]).succeed();
    cx.rye(["sync", "--force", "--locked"]).fail(1);
    cx.rye(["sync", "--force"]).succeed();
    assert_eq!(cx.installed(), ["idna==3.4"]);
    cx.rye(["lock", "--check"]).succeed();
    remove_environment(&cx);
    cx.rye(["sync"]).succeed();
    assert_eq!(cx.installed(), ["idna==3.4"]);
    cx.rye(["lock", "--check"]).succeed();
}

#[test]
fn a_cache_that_cannot_be_written_to_costs_time_and_nothing_else() {
    let cx = TestContext::new();
    for name in ["agreements", "skeletons"] {
        fs::create_dir_all(cx.rye_home().join("cache")).unwrap();
        fs::write(cx.rye_home().join("cache").join(name), "in the way").unwrap();
    }
    cx.write_project("demo", &["idna"]);
    cx.rye(["sync"]).succeed();
    let nothing = cx.root().join("bin").join("false");
    cx.rye(["run", "python", "-c", ""]).env("RYE_UV", nothing).succeed();
    remove_environment(&cx);
    assert!(resolves(&cx));
    assert_eq!(cx.installed(), ["demo==0.1.0", "idna==3.4"]);
}

#[test]
#[cfg(unix)]
fn what_was_there_before_a_sync_that_fails_stays() {
    let cx = gone(&["idna"]);
    let elsewhere = cx.root().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, cx.path(".venv")).unwrap();
    cx.rye(["sync", "--dry-run", "--group", "nope"]).fail(1);
    cx.rye(["sync", "--group", "nope"]).fail(1);
    assert_eq!(fs::read_link(cx.path(".venv")).unwrap(), elsewhere);
    cx.index().withdraw("idna", "3.4");
    let cache = cx.root().join("empty-cache");
    cx.rye(["sync"]).env("UV_CACHE_DIR", cache).succeed();
    assert_eq!(fs::read_link(cx.path(".venv")).unwrap(), elsewhere);
    assert_eq!(cx.installed(), ["demo==0.1.0", "idna==2.10"]);
}

#[test]
fn what_cannot_be_installed_is_told_and_leaves_nothing() {
    let mut cx = gone(&["idna"]);
    cx.set_env("UV_CACHE_DIR", cx.root().join("empty-cache"));
    let output = cx.rye(["sync", "--offline"]).fail(1);
    assert!(output.stderr.contains("the network was disabled"), "{}", output.stderr);
    assert!(!cx.exists(".venv"));
    cx.rye(["sync"]).succeed();
    assert_eq!(cx.installed(), ["demo==0.1.0", "idna==3.4"]);
}
