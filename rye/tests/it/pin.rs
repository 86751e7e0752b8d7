//! `rye pin`

use crate::support::*;

/// Returns a world for commands that need neither an index nor an engine.
fn world() -> TestContext {
    TestContext::builder().without_index().without_engine().build()
}

fn requires(specifiers: &str) -> String {
    format!("[project]\nname = \"demo\" # here\nrequires-python = \"{specifiers}\" # why\n")
}

#[test]
fn pin_writes_the_exact_version() {
    let cx = world();
    cx.write("pyproject.toml", requires(">=3.9"));
    let request = cx.python().minor().to_owned();
    rye_snapshot!(cx, ["pin", &request], @r"
    exit: 0
    ----- stdout -----
    ----- stderr -----
         pinned cpython@[PYTHON] in [ROOT]/project/.python-version
    ");
    assert_eq!(cx.read(".python-version"), format!("{}\n", cx.python().version));
    assert_eq!(cx.read("pyproject.toml"), requires(">=3.9"));
}

#[test]
fn pin_writes_beside_the_manifest() {
    let cx = world();
    cx.write("pyproject.toml", requires(">=3.9"));
    cx.write("src/x.py", "");
    cx.rye(["pin", "3"]).current_dir(cx.path("src")).succeed();
    assert_eq!(cx.read(".python-version"), format!("{}\n", cx.python().version));
    cx.write("other/pyproject.toml", requires(">=3.9"));
    cx.rye(["pin", "3", "--pyproject", "other/pyproject.toml"]).succeed();
    assert!(cx.exists("other/.python-version"));
}

#[test]
fn pin_works_without_a_project() {
    let cx = world();
    cx.rye(["pin", "3"]).succeed();
    assert_eq!(cx.tree(), ".python-version");
}

#[test]
fn a_relaxed_pin_is_the_request() {
    let cx = world();
    rye_snapshot!(cx, ["pin", "--relaxed", "cpython@3.98"], @r"
    exit: 0
    ----- stdout -----
    ----- stderr -----
         pinned 3.98 in [ROOT]/project/.python-version
    ");
    assert_eq!(cx.read(".python-version"), "3.98\n");
    cx.rye(["pin", "--relaxed", "PyPy3.98"]).succeed();
    assert_eq!(cx.read(".python-version"), "pypy@3.98\n");
}

#[test]
fn only_versions_are_pinned_as_they_are() {
    let cx = world();
    for request in [">=3.9,<3.98", "latest", "pypy", "mine@", "/usr/bin/python3"] {
        let output = cx.rye(["pin", "--relaxed", request]).fail(1);
        assert!(output.stderr.contains("names no version"), "{}", output.stderr);
    }
    assert_eq!(cx.tree(), "");
}

#[test]
fn what_cannot_be_pinned_is_an_error() {
    let cx = world();
    cx.write("pyproject.toml", requires(">=3.99"));
    let before = cx.fingerprint();
    let output = cx.rye(["pin", "3.x"]).fail(1);
    let message = "error: `3.x` is no request for a Python: `3.x` is no version\nhint: ";
    assert!(output.stderr.starts_with(message), "{}", output.stderr);
    let output = cx.rye(["pin", "3.98"]).fail(1);
    assert!(output.stderr.starts_with("error: no Python is known that is `3.98`"));
    rye_snapshot!(cx, ["pin", "3", "--pyproject", "missing.toml"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot find `[ROOT]/project/missing.toml`
    caused by: No such file or directory (os error 2)
    ");
    assert_eq!(cx.fingerprint(), before);
}

#[test]
fn a_lower_bound_makes_way_for_the_pin() {
    let cx = world();
    cx.write("pyproject.toml", requires(">= 3.99, < 4"));
    let minor = cx.python().minor().to_owned();
    let output = cx.rye(["pin", &format!("cpython@{minor}")]).succeed();
    assert_eq!(output.stdout, "");
    let set = format!("set requires-python = \">= {minor}, < 4\" (was \">= 3.99, < 4\")");
    assert!(output.stderr.contains(&set), "{}", output.stderr);
    assert_eq!(cx.read("pyproject.toml"), requires(&format!(">= {minor}, < 4")));
    assert_eq!(cx.read(".python-version"), format!("{}\n", cx.python().version));
}

#[test]
fn a_relaxed_pin_moves_the_lower_bound_too() {
    let cx = world();
    cx.write("pyproject.toml", requires("~=3.99"));
    cx.rye(["pin", "--relaxed", "pypy@3.98"]).succeed();
    assert_eq!(cx.read("pyproject.toml"), requires("~=3.98"));
}

#[test]
fn an_upper_bound_stays_and_refuses_the_pin() {
    let cx = world();
    cx.write("pyproject.toml", requires(">=2.7, <3"));
    let before = cx.fingerprint();
    rye_snapshot!(cx, ["pin", &cx.python().version], @r#"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `requires-python = ">=2.7, <3"` has `<3`, which excludes `[PYTHON]`
    hint: change `requires-python`, or leave it as it is with `--no-update-requires-python`
    "#);
    assert_eq!(cx.fingerprint(), before);
    rye_snapshot!(cx, ["pin", &cx.python().version, "--no-update-requires-python"], @r#"
    exit: 0
    ----- stdout -----
    ----- stderr -----
         pinned cpython@[PYTHON] in [ROOT]/project/.python-version
    warning: `requires-python = ">=2.7, <3"` excludes this Python
    "#);
    assert_eq!(cx.read("pyproject.toml"), requires(">=2.7, <3"));
    assert_eq!(cx.read(".python-version"), format!("{}\n", cx.python().version));
}

#[test]
fn a_pin_that_nobody_can_meet_is_named() {
    let mut cx = TestContext::builder().build();
    cx.write("pyproject.toml", requires(">=3.9"));
    cx.write("../.python-version", "mine@3.98\n");
    let known = cx.rye(["toolchain", "list", "--format", "json"]).succeed().stdout;
    let known: Vec<serde_json::Value> = serde_json::from_str(&known).unwrap();
    let known: Vec<_> = known.iter().map(|entry| entry["name"].as_str().unwrap()).collect();
    cx.mask(known.join(", "), "[KNOWN]");
    rye_snapshot!(cx, ["sync"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: no Python is known that is `mine@3.98`, as `[ROOT]/.python-version` asks, and meets `>=3.9`; in `[HOME]/py` and on the system are [KNOWN]
    hint: install one with your system's tools or pyenv, or name one that is there: `rye toolchain register PATH`; or change the pin with `rye pin`
    ");
    rye_snapshot!(cx, ["init", "new"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: no Python is known that is `mine@3.98`, as `[ROOT]/.python-version` asks; in `[HOME]/py` and on the system are [KNOWN]
    hint: install one with your system's tools or pyenv, or name one that is there: `rye toolchain register PATH`; or change the pin with `rye pin`
    ");
    cx.rye(["config", "--set", "toolchain.preference=only-managed"]).succeed();
    rye_snapshot!(cx, ["sync"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: no Python is known that is `mine@3.98`, as `[ROOT]/.python-version` asks, and meets `>=3.9`; in `[HOME]/py` and on the system is none that may be used
    hint: `toolchain.preference` leaves out what Rye did not install; let it in with `rye config --unset toolchain.preference`; or change the pin with `rye pin`
    ");
    cx.rye(["config", "--set", "toolchain.preference=only-system"]).succeed();
    rye_snapshot!(cx, ["sync"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: no Python is known that is `mine@3.98`, as `[ROOT]/.python-version` asks, and meets `>=3.9`; in `[HOME]/py` and on the system are [KNOWN]
    hint: `toolchain.preference` leaves out what Rye installed; install one with your system's tools or pyenv, or name one that is there: `rye toolchain register PATH`; or change the pin with `rye pin`
    ");
}

#[test]
fn a_pin_without_a_version_is_refused() {
    let cx = world();
    cx.write("pyproject.toml", requires(">=3.9"));
    cx.write(".python-version", "my-env\n");
    let output = cx.rye(["init", "new"]).fail(1);
    let message = "error: `[ROOT]/project/.python-version` pins no Python\n\
                   caused by: `my-env` is no request for a Python: it has no version\nhint: ask as";
    assert!(cx.masked(&output.stderr).starts_with(message), "{}", output.stderr);
}

#[cfg(unix)]
#[test]
fn a_path_is_pinned_from_the_directory_of_the_file() {
    let cx = world();
    cx.write("pyproject.toml", requires(">=3.9"));
    std::os::unix::fs::symlink(&cx.python().path, cx.path("here")).unwrap();
    cx.write(".python-version", "./here\n");
    cx.write("src/x.py", "");
    let output = cx.rye(["show"]).current_dir(cx.path("src")).succeed();
    let line = format!("target python: {} and >=3.9\n", cx.path("here").display());
    assert!(output.stdout.replace("/./", "/").contains(&line), "{}", output.stdout);
}

#[test]
fn pin_takes_what_the_project_can_do_with() {
    let cx = TestContext::builder().without_index().without_engine().pythons(2).build();
    let Some((newer, older)) = cx.two_pythons() else { return };
    cx.write("pyproject.toml", requires(&format!(">=3.8,<{}", newer.minor())));
    cx.rye(["pin", "3"]).succeed();
    assert_eq!(cx.read(".python-version"), format!("{}\n", older.version));
}

#[test]
fn pin_keeps_the_comments_of_its_file() {
    let cx = world();
    cx.write(".python-version", "# of the team\n\n3.97 # until June\n3.96\n");
    cx.rye(["pin", "--relaxed", "3.98"]).succeed();
    assert_eq!(cx.read(".python-version"), "# of the team\n\n3.98 # until June\n3.96\n");
}

#[test]
fn a_pin_that_cannot_be_written_leaves_the_manifest_alone() {
    let cx = world();
    cx.write("pyproject.toml", requires(">=3.99"));
    std::fs::create_dir(cx.path(".python-version")).unwrap();
    let before = cx.fingerprint();
    cx.rye(["pin", "--relaxed", "3.98"]).fail(1);
    assert_eq!(cx.fingerprint(), before);
    std::fs::remove_dir(cx.path(".python-version")).unwrap();
    cx.write(".python-version", "3.97\n");
    let mut permissions = std::fs::metadata(cx.path(".python-version")).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(cx.path(".python-version"), permissions).unwrap();
    let before = cx.fingerprint();
    cx.rye(["pin", "--relaxed", "3.98"]).fail(1);
    assert_eq!(cx.fingerprint(), before);
}
