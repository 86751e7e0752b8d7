//! `rye toolchain`

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail the test")]

use std::path::Path;

use crate::support::*;

/// A program that does not answer as a Python. That of the tests themselves would not do: a build that replaces it
/// meanwhile takes its name away.
const NO_PYTHON: &str = env!("CARGO_BIN_EXE_rye");

/// Returns a world for commands that need neither an index nor an engine.
fn world() -> TestContext {
    TestContext::builder().without_index().without_engine().build()
}

/// Returns the names in the list that stand for this interpreter.
fn names_of(cx: &TestContext, interpreter: &Path) -> Vec<String> {
    let output = cx.rye(["toolchain", "list", "--format", "json"]).succeed();
    let entries: Vec<serde_json::Value> = serde_json::from_str(&output.stdout).unwrap();
    let real = interpreter.canonicalize().unwrap();
    let same = |path: &str| Path::new(path).canonicalize().unwrap() == real;
    let found = entries.iter().filter(|entry| same(entry["path"].as_str().unwrap()));
    found.map(|entry| entry["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn toolchain_alone_shows_the_help() {
    let cx = world();
    let output = cx.rye(["toolchain"]).fail(2);
    assert_eq!(output.stdout, "");
    assert!(output.stderr.contains("Usage: rye toolchain"), "{}", output.stderr);
}

#[test]
fn list_names_what_is_on_the_path() {
    let cx = world();
    let output = cx.rye(["toolchain", "list"]).succeed();
    let name = cx.python().name();
    let line = output.stdout.lines().next().unwrap();
    assert!(line.starts_with(&format!("{name} (")), "{line}");
    assert!(line.ends_with(") discovered"), "{line}");
    assert_eq!(output.stderr, "");
}

#[test]
fn list_as_json_has_name_path_and_kind() {
    let cx = world();
    let output = cx.rye(["toolchain", "list", "--format", "json"]).succeed();
    let entries: Vec<serde_json::Value> = serde_json::from_str(&output.stdout).unwrap();
    for entry in &entries {
        let keys: Vec<_> = entry.as_object().unwrap().keys().collect();
        let mut sorted = keys.clone();
        sorted.sort();
        assert_eq!(sorted, ["kind", "name", "path"]);
        assert!(Path::new(entry["path"].as_str().unwrap()).is_absolute());
    }
    assert_eq!(entries[0]["name"], cx.python().name());
    assert_eq!(entries[0]["kind"], "discovered");
}

#[test]
fn an_empty_list_is_said() {
    let cx = TestContext::builder().without_index().without_engine().without_python().build();
    cx.rye(["config", "--set", "toolchain.preference=only-managed"]).succeed();
    rye_snapshot!(cx, ["toolchain", "list"], @r"
    exit: 0
    ----- stdout -----
    ----- stderr -----
    warning: no Python is known; get one with `rye fetch`
    ");
    rye_snapshot!(cx, ["toolchain", "list", "--format", "json"], @r"
    exit: 0
    ----- stdout -----
    []
    ----- stderr -----
    ");
}

#[test]
fn what_does_not_work_is_passed_over_quietly() {
    let cx = world();
    let good = cx.rye(["toolchain", "list"]).succeed().stdout;
    let bad = cx.root().join("bin").join(if cfg!(windows) { "python3.exe" } else { "python3.98" });
    std::fs::copy(NO_PYTHON, bad).unwrap();
    let output = cx.rye(["toolchain", "list"]).succeed();
    assert_eq!(output.stdout, good);
    assert_eq!(output.stderr, "");
}

#[test]
fn register_and_remove() {
    let mut cx = world();
    let path = cx.python().path.clone();
    cx.mask(&path, "[PYTHON-PATH]");
    rye_snapshot!(cx.rye(["toolchain".as_ref(), "register".as_ref(), path.as_os_str()]), @r"
    exit: 0
    ----- stdout -----
    ----- stderr -----
     registered cpython@[PYTHON] ([PYTHON-PATH])
    ");
    let output = cx.rye(["toolchain", "list"]).succeed();
    let line = format!("{} ({})", cx.python().name(), path.display());
    assert_eq!(output.stdout.lines().next(), Some(line.as_str()));
    // once more is no error
    cx.rye(["toolchain".as_ref(), "register".as_ref(), path.as_os_str()]).succeed();
    let version = cx.python().version.clone();
    rye_snapshot!(cx, ["toolchain", "remove", &version], @r"
    exit: 0
    ----- stdout -----
    ----- stderr -----
         forgot cpython@[PYTHON]; the interpreter stays where it is
    ");
    assert!(path.exists());
    rye_snapshot!(cx, ["toolchain", "remove", &version], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[PYTHON]` belongs to the system: Rye found it and did not install it
    hint: remove it with the tool that installed it
    ");
}

#[test]
fn a_name_of_its_own_hides_no_other() {
    let cx = world();
    let path = cx.python().path.clone();
    let args = ["toolchain", "register", "--name", "mine"].map(std::ffi::OsStr::new);
    cx.rye(args.into_iter().chain([path.as_os_str()])).succeed();
    let version = &cx.python().version;
    assert_eq!(names_of(&cx, &path), [format!("mine@{version}"), format!("cpython@{version}")]);
    cx.rye(["pin", version]).succeed();
    assert_eq!(cx.read(".python-version"), format!("{version}\n"));
    cx.rye(["pin", "mine@3"]).succeed();
    assert_eq!(cx.read(".python-version"), format!("mine@{version}\n"));
    cx.rye(["toolchain", "remove", "mine"]).succeed();
    assert_eq!(names_of(&cx, &path), [format!("cpython@{version}")]);
}

#[test]
fn a_name_that_cannot_be_asked_for_is_refused() {
    let cx = world();
    let path = cx.python().path.clone();
    for name in ["my-x86", "python", "my-linux", "Mine", "a/b", "a b", ".hidden", ""] {
        let args = ["toolchain", "register", "--name", name].map(std::ffi::OsStr::new);
        let output = cx.rye(args.into_iter().chain([path.as_os_str()])).fail(1);
        let message =
            format!("error: `{name}` is no name for a toolchain\nhint: use small letters");
        assert!(output.stderr.starts_with(&message), "{}", output.stderr);
    }
    assert!(!cx.rye_home().join("py").exists());
}

#[test]
fn a_name_in_use_is_not_given_again() {
    let cx = TestContext::builder().without_index().without_engine().pythons(2).build();
    let Some((newer, older)) = cx.two_pythons() else { return };
    let entry = cx.rye_home().join("py").join(newer.name());
    std::fs::create_dir_all(entry.parent().unwrap()).unwrap();
    // as Rye 0.44 does where it cannot make links
    std::fs::write(&entry, older.path.to_string_lossy().as_bytes()).unwrap();
    let run = cx.rye(["toolchain".as_ref(), "register".as_ref(), newer.path.as_os_str()]);
    rye_snapshot!(run, @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `cpython@[PYTHON]` is in use already, for `[PYTHON-PATH-2]`
    hint: remove that toolchain first, or choose another name with `rye toolchain register --name`
    ");
}

#[test]
fn what_is_no_python_is_not_registered() {
    let cx = world();
    rye_snapshot!(cx, ["toolchain", "register", "missing"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no file `[ROOT]/project/missing`
    hint: name the program, as in `/usr/bin/python3`
    ");
    let output = cx.rye(["toolchain", "register", NO_PYTHON]).fail(1);
    assert!(output.stderr.contains("does not answer as a Python"), "{}", output.stderr);
    assert!(!cx.rye_home().join("py").exists());
}

#[cfg(unix)]
#[test]
fn a_relative_path_is_registered_as_the_absolute_one() {
    let cx = world();
    let link = cx.path("here");
    std::os::unix::fs::symlink(&cx.python().path, &link).unwrap();
    cx.rye(["toolchain", "register", "./here"]).succeed();
    let entry = cx.rye_home().join("py").join(cx.python().name());
    assert_eq!(entry.read_link().unwrap().canonicalize().unwrap(), link.canonicalize().unwrap());
    assert!(entry.read_link().unwrap().is_absolute());
}

#[cfg(unix)]
#[test]
fn a_dangling_reference_is_not_listed_and_can_be_removed() {
    let cx = world();
    let entry = cx.rye_home().join("py").join("cpython@3.99.0");
    std::fs::create_dir_all(entry.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink("/nowhere/python3", &entry).unwrap();
    let output = cx.rye(["toolchain", "list"]).succeed();
    assert!(!output.stdout.contains("3.99"), "{}", output.stdout);
    cx.rye(["toolchain", "remove", "3.99.0"]).succeed();
    assert!(entry.symlink_metadata().is_err());
}

#[cfg(unix)]
#[test]
fn an_installed_toolchain_is_deleted_with_all_that_is_in_it() {
    let cx = world();
    let entry = cx.rye_home().join("py").join("cpython@3.99.0");
    std::fs::create_dir_all(entry.join("bin")).unwrap();
    std::os::unix::fs::symlink(&cx.python().path, entry.join("bin/python3")).unwrap();
    rye_snapshot!(cx, ["toolchain", "remove", "cpython@3.99.0"], @r"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        removed cpython@3.99.0
    ");
    assert!(!entry.exists());
    assert!(cx.python().path.exists());
}

#[test]
fn a_staged_toolchain_is_none() {
    let cx = world();
    let bin = cx.rye_home().join("py/.cpython@3.99.0.staged-x/bin");
    std::fs::create_dir_all(&bin).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(&cx.python().path, bin.join("python3")).unwrap();
    let output = cx.rye(["toolchain", "list"]).succeed();
    assert!(!output.stdout.contains("3.99"), "{}", output.stdout);
}

#[cfg(unix)]
#[test]
fn an_active_virtual_environment_hides_no_python() {
    let cx = world();
    cx.program(&cx.python().path, ["-m", "venv", "--without-pip", "active"]).succeed();
    let path = std::env::join_paths([cx.path("active/bin"), cx.root().join("bin")]).unwrap();
    let output = cx.rye(["toolchain", "list"]).env("PATH", path).succeed();
    let name = cx.python().name();
    assert!(output.stdout.lines().any(|line| line.starts_with(&format!("{name} ("))));
    assert!(!output.stdout.contains("active"), "{}", output.stdout);
    rye_snapshot!(cx, ["toolchain", "register", "active/bin/python"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/active/bin/python` belongs to a virtual environment
    hint: register the interpreter that it was made with
    ");
}
