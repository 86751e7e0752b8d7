//! Attempts to fool the record of what an environment is in sync with.
//!
//! A stale "in sync" is the worst that Rye can say. So everything here is done with bytecode writing on, and each change
//! must be noticed: an engine that fails makes a command that has to do work fail.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot do its work fails the test, and is no `#[test]` function itself"
)]

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::*;

mod environment;
mod inputs;

/// Returns a world with a synced project, whose modules have been imported, so that bytecode lies everywhere.
fn synced(requirements: &[&str], more: &str) -> TestContext {
    let cx = TestContext::new();
    sync_with(&cx, requirements, more);
    cx
}

fn sync_with(cx: &TestContext, requirements: &[&str], more: &str) {
    cx.write_project("demo", requirements);
    cx.write("pyproject.toml", cx.read("pyproject.toml") + more);
    cx.rye(["sync"]).succeed();
    import(cx);
    check_is_current(cx);
}

/// Imports the project and what it needs, and some of Python's own modules.
fn import(cx: &TestContext) {
    let code = "import demo, json, pkgutil\n\
                for module in pkgutil.iter_modules():\n\
                \x20   if 'site-packages' in module.module_finder.path: __import__(module.name)";
    cx.venv("python", ["-c", code]).succeed();
    assert!(cx.exists("src/demo/__pycache__"));
}

/// Runs rye with an engine that fails.
fn blind<const N: usize>(cx: &TestContext, args: [&str; N]) -> Output {
    cx.rye(args).env("RYE_UV", cx.root().join("bin").join("false")).run()
}

#[track_caller]
fn check_is_current(cx: &TestContext) {
    for output in [
        blind(cx, ["sync"]),
        blind(cx, ["run", "python", "-c", ""]),
        blind(cx, ["lock", "--check"]),
    ] {
        assert!(output.status.success(), "{}", output.snapshot());
    }
}

/// Expects that every command sees that something has to be done.
#[track_caller]
fn check_is_noticed(cx: &TestContext) {
    for output in [
        blind(cx, ["sync"]),
        blind(cx, ["run", "python", "-c", ""]),
        blind(cx, ["lock", "--check"]),
    ] {
        assert!(!output.status.success(), "not noticed\n{}", output.snapshot());
    }
}

/// Expects that a sync makes everything right again, and that its record holds.
#[track_caller]
fn check_is_mended(cx: &TestContext, installed: &[&str]) {
    cx.rye(["run", "python", "-c", "import demo"]).succeed();
    assert_eq!(cx.installed(), installed);
    check_is_current(cx);
}

fn site_packages(cx: &TestContext) -> PathBuf {
    let mut versions = fs::read_dir(cx.path(".venv/lib")).unwrap();
    versions.next().unwrap().unwrap().path().join("site-packages")
}

/// Replaces a text in a file in place, so that size and modification time stay.
#[track_caller]
fn replace_unseen(path: &Path, from: &str, to: &str) {
    assert_eq!(from.len(), to.len());
    let time = fs::metadata(path).unwrap().modified().unwrap();
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(path, text.replace(from, to)).unwrap();
    fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
}
