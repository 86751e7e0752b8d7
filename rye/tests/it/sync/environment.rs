//! The environment: where it is, whose it is, and for which Python.

use super::*;

#[test]
#[cfg(unix)]
fn a_linked_environment_stays_linked() {
    let cx = TestContext::new();
    cx.write_project("demo", &["idna"]);
    cx.rye(["sync"]).succeed();
    let elsewhere = cx.root().join("elsewhere");
    fs::rename(cx.path(".venv"), &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, cx.path(".venv")).unwrap();
    let check = || {
        assert_eq!(fs::read_link(cx.path(".venv")).unwrap(), elsewhere);
        assert_eq!(cx.installed(), ["demo==0.1.0", "idna==3.4"]);
        cx.venv("python", ["-c", "import demo, idna"]).succeed();
        assert_eq!(cx.tree().matches("venv").count(), 1, "{}", cx.tree());
        let left = fs::read_dir(cx.root()).unwrap().map(|entry| entry.unwrap().file_name());
        let left: Vec<_> =
            left.filter(|name| name.display().to_string().contains("staged")).collect();
        assert!(left.is_empty(), "{left:?}");
    };
    cx.rye(["sync"]).succeed();
    check();
    fs::write(elsewhere.join("old"), "").unwrap();
    cx.rye(["sync", "--force"]).succeed();
    check();
    assert!(!elsewhere.join("old").exists());
    cx.rye(["sync"]).env("RYE_UV", failing_engine(&cx)).succeed();
}

#[test]
fn an_environment_of_somebody_else_is_refused() {
    let cx = TestContext::new();
    write_virtual(&cx, &["idna"], "");
    let path = &cx.python().path;
    cx.program(path, ["-m", "venv", "--without-pip", ".venv"]).succeed();
    let before = cx.fingerprint();
    rye_snapshot!(cx, ["sync"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/.venv` is a virtual environment that Rye did not make
    hint: replace it with `rye sync --force`
    ");
    rye_snapshot!(cx, ["sync", "--dry-run"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/.venv` is a virtual environment that Rye did not make
    hint: replace it with `rye sync --force`
    ");
    cx.rye(["sync", "--no-lock"]).fail(1);
    assert_eq!(cx.fingerprint(), before);
    rye_snapshot!(cx, ["sync", "--force"], @r"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        created [ROOT]/project/.venv (cpython@[PYTHON], discovered: [ROOT]/bin/python[PYTHON-MINOR])
         locked requirements.lock
         locked requirements-dev.lock
          added idna 3.4
    ");
    assert_eq!(cx.installed(), ["idna==3.4"]);
    cx.rye(["sync"]).env("RYE_UV", failing_engine(&cx)).succeed();
}

#[test]
fn a_file_in_the_place_of_the_environment_is_left_alone() {
    let cx = TestContext::new();
    write_virtual(&cx, &["idna"], "");
    cx.write(".venv", "mine\n");
    let before = cx.fingerprint();
    rye_snapshot!(cx, ["sync"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/.venv` is no directory
    hint: move it away or delete it
    ");
    cx.rye(["sync", "--dry-run"]).fail(1);
    cx.rye(["run", "python"]).fail(1);
    assert_eq!(cx.fingerprint(), before);
}

#[test]
fn an_empty_directory_becomes_the_environment() {
    let cx = TestContext::new();
    write_virtual(&cx, &["idna"], "");
    fs::create_dir(cx.path(".venv")).unwrap();
    cx.rye(["sync"]).succeed();
    assert_eq!(cx.installed(), ["idna==3.4"]);
}

#[test]
fn a_half_deleted_environment_is_made_anew() {
    let cx = TestContext::new();
    write_virtual(&cx, &["idna"], "");
    cx.rye(["sync"]).succeed();
    let halves: [&dyn Fn(); 5] = [
        &|| fs::remove_dir_all(cx.path(".venv/bin")).unwrap(),
        &|| fs::remove_dir_all(site_packages(&cx)).unwrap(),
        &|| fs::remove_dir_all(cx.path(".venv/lib")).unwrap(),
        &|| fs::remove_file(cx.path(".venv/pyvenv.cfg")).unwrap(),
        &|| fs::remove_file(cx.path(".venv/bin/python")).unwrap(),
    ];
    for (at, delete) in halves.iter().enumerate() {
        delete();
        let output = cx.rye(["run", "python", "-c", "import idna"]).run();
        assert!(output.status.success(), "{at}: {}", output.snapshot());
        assert_eq!(cx.installed(), ["idna==3.4"], "{at}");
        let prefix = cx.venv("python", ["-c", "import sys; print(sys.prefix)"]).succeed().stdout;
        assert_eq!(prefix.trim(), cx.path(".venv").to_str().unwrap(), "{at}");
        cx.rye(["sync"]).env("RYE_UV", failing_engine(&cx)).succeed();
    }
}

#[test]
fn without_its_marker_an_environment_is_foreign() {
    let cx = TestContext::new();
    write_virtual(&cx, &["idna"], "");
    cx.rye(["sync"]).succeed();
    let marker = cx.read(".venv/rye-venv.json");
    for broken in ["", "{", "[]", "{\"venv_path\": null}", "{\"python\": 3}"] {
        cx.write(".venv/rye-venv.json", broken);
        let output = cx.rye(["sync"]).fail(1);
        assert!(output.stderr.contains("`rye-venv.json` of the"), "{broken}: {}", output.stderr);
        let output = cx.rye(["run", "python", "-c", "import idna"]).succeed();
        assert!(output.stderr.contains("it is used as it is"), "{broken}: {}", output.stderr);
    }
    cx.write(".venv/rye-venv.json", marker);
    cx.rye(["sync"]).succeed();
    fs::remove_file(cx.path(".venv/rye-venv.json")).unwrap();
    let output = cx.rye(["sync"]).fail(1);
    assert!(output.stderr.contains("that Rye did not make"), "{}", output.stderr);
    let output = cx.rye(["run", "python", "-c", "import idna"]).succeed();
    assert_eq!(output.stderr, "");
}

#[test]
fn a_directory_that_is_no_environment_is_never_replaced() {
    let cx = TestContext::new();
    write_virtual(&cx, &["idna"], "");
    cx.write(".venv/notes/mine", "");
    let before = cx.fingerprint();
    for args in [&["sync"][..], &["sync", "--force"], &["add", "tqdm"]] {
        let output = cx.rye(args).fail(1);
        assert!(output.stderr.contains("holds something else"), "{}", output.stderr);
        assert_eq!(cx.fingerprint(), before);
    }
}

#[test]
fn an_environment_of_rye_0_44_is_taken_over() {
    let cx = TestContext::new();
    write_virtual(&cx, &["idna"], "");
    let version = cx.python().version.clone();
    cx.uv(["venv", "--quiet", "--python", &version]).succeed();
    let path = cx.path(".venv");
    let marker = serde_json::json!({ "python": cx.python().name(), "venv_path": path });
    cx.write(".venv/rye-venv.json", serde_json::to_string_pretty(&marker).unwrap());
    cx.write(".venv/stays", "");
    cx.rye(["sync"]).succeed();
    assert!(cx.exists(".venv/stays"));
    assert_eq!(cx.installed(), ["idna==3.4"]);
}

#[test]
fn a_moved_project_gets_a_new_environment() {
    let cx = TestContext::new();
    cx.write_project("demo", &["tool-demo"]);
    cx.rye(["sync"]).succeed();
    let moved = cx.root().join("moved");
    fs::rename(cx.project(), &moved).unwrap();
    fs::create_dir(cx.project()).unwrap();
    let output = cx.rye(["sync"]).current_dir(&moved).succeed();
    assert!(output.stderr.contains("created"), "{}", output.stderr);
    let code = "import demo; print(demo.__file__)";
    let file = cx.rye(["run", "python", "-c", code]).current_dir(&moved).succeed().stdout;
    assert!(file.starts_with(moved.to_str().unwrap()), "{file}");
    // a copy is another project
    let copy = cx.root().join("copy");
    cx.program("cp", [Path::new("-R"), &moved, &copy]).succeed();
    let output = cx.rye(["run", "python", "-c", code]).current_dir(&copy).succeed();
    assert!(output.stdout.starts_with(copy.to_str().unwrap()), "{}", output.stdout);
    let file = cx.rye(["run", "python", "-c", code]).current_dir(&moved).succeed().stdout;
    assert!(file.starts_with(moved.to_str().unwrap()), "{file}");
}

#[test]
fn a_changed_pin_makes_the_environment_anew() {
    let cx = TestContext::builder().pythons(2).build();
    let Some((newer, older)) = cx.two_pythons() else { return };
    write_virtual(&cx, &["idna"], "");
    cx.rye(["sync"]).succeed();
    assert_eq!(venv_version(&cx), newer.version);
    cx.write(".python-version", &older.version);
    cx.rye(["run", "python", "-c", ""]).succeed();
    assert_eq!(venv_version(&cx), older.version);
    cx.write(".python-version", newer.minor());
    rye_snapshot!(cx, ["sync"], @r"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        created [ROOT]/project/.venv (cpython@[PYTHON], discovered: [ROOT]/bin/python[PYTHON-MINOR])
          added idna 3.4
    ");
    assert_eq!(venv_version(&cx), newer.version);
    assert_eq!(cx.installed(), ["idna==3.4"]);
    // a pin that the environment satisfies already changes nothing
    cx.write(".python-version", "3\n");
    cx.write(".venv/stays", "");
    rye_snapshot!(cx, ["sync"], @r"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        in sync demo
    ");
    assert!(cx.exists(".venv/stays"));
}

#[test]
#[cfg(unix)]
fn a_newer_python_that_appears_changes_nothing() {
    let cx = TestContext::builder().pythons(2).build();
    let Some((newer, older)) = cx.two_pythons() else { return };
    write_virtual(&cx, &["idna"], "");
    let path = older.path.to_str().unwrap();
    cx.rye(["toolchain", "register", path]).succeed();
    cx.rye(["sync"]).succeed();
    // registered ones come first
    assert_eq!(venv_version(&cx), older.version);
    cx.rye(["toolchain", "register", newer.path.to_str().unwrap()]).succeed();
    cx.write(".venv/stays", "");
    write_virtual(&cx, &["idna", "tqdm"], "");
    cx.rye(["sync"]).succeed();
    assert_eq!(venv_version(&cx), older.version);
    assert!(cx.exists(".venv/stays"));
}

#[test]
fn a_pin_by_a_name_of_ones_own_keeps_its_environment() {
    let cx = TestContext::new();
    write_virtual(&cx, &["idna"], "");
    let path = cx.python().path.to_str().unwrap();
    cx.rye(["toolchain", "register", "--name", "mine", path]).succeed();
    cx.write(".python-version", format!("mine@{}\n", cx.python().version));
    cx.rye(["sync"]).succeed();
    cx.write(".venv/stays", "");
    write_virtual(&cx, &["idna", "tqdm"], "");
    cx.rye(["sync"]).succeed();
    assert_eq!(cx.installed(), ["idna==3.4", "tqdm==4.66.1"]);
    assert!(cx.exists(".venv/stays"));
}

#[test]
fn a_python_that_nobody_has_is_told_with_those_that_are_known() {
    let cx = TestContext::new();
    write_virtual(&cx, &["idna"], "");
    let manifest = cx.read("pyproject.toml").replace(">=3.9", ">=3.99");
    cx.write("pyproject.toml", manifest);
    let before = cx.fingerprint();
    let output = cx.rye(["sync"]).fail(1);
    let looked =
        "error: no Python is known that is `>=3.99`; in `[HOME]/py` and on the system are ";
    assert!(cx.masked(&output.stderr).starts_with(looked), "{}", output.stderr);
    assert!(output.stderr.contains(&cx.python().name()), "{}", output.stderr);
    assert!(output.stderr.contains("\nhint: install one"), "{}", output.stderr);
    assert!(output.stderr.contains("`rye toolchain register PATH`"), "{}", output.stderr);
    assert_eq!(cx.fingerprint(), before);
}

#[test]
fn a_pin_against_requires_python_is_told() {
    let cx = TestContext::new();
    write_virtual(&cx, &["idna"], "");
    cx.write(".python-version", "3.8\n");
    let before = cx.fingerprint();
    rye_snapshot!(cx, ["sync"], @r#"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the Python that `[ROOT]/project/.python-version` asks for, `3.8`, contradicts `requires-python = ">=3.9"`
    hint: change one of them; `rye pin` keeps them in step
    "#);
    assert_eq!(cx.fingerprint(), before);
}
