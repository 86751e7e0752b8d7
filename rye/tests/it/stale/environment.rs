//! The environment itself, and its record: what somebody else did to them.

use std::fs;

use super::*;

#[test]
fn imports_and_builds_make_nothing_stale() {
    let cx = synced(&["anyio"], "");
    cx.write("src/demo/new.py", "");
    cx.write("README.md", "");
    cx.write("src/demo.egg-info/PKG-INFO", "");
    cx.venv("python", ["-c", "import demo.new"]).succeed();
    fs::create_dir(site_packages(&cx).join("__pycache__")).unwrap();
    check_is_current(&cx);
}

#[test]
fn an_installation_behind_ones_back_is_noticed() {
    let cx = synced(&["idna<3"], "");
    let python = cx.path(".venv/bin/python");
    for requirement in ["tqdm", "idna>3"] {
        let python = python.to_str().unwrap();
        cx.uv(["pip", "install", "--quiet", "--python", python, requirement]).succeed();
        check_is_noticed_by_sync(&cx);
        check_is_mended(&cx, &["demo==0.1.0", "idna==2.10"]);
    }
    let python = python.to_str().unwrap();
    cx.uv(["pip", "uninstall", "--quiet", "--python", python, "idna"]).succeed();
    check_is_noticed_by_sync(&cx);
    check_is_mended(&cx, &["demo==0.1.0", "idna==2.10"]);
}

/// Expects that `sync` and `run` see that something has to be done to the environment.
#[track_caller]
fn check_is_noticed_by_sync(cx: &TestContext) {
    for output in [blind(cx, ["sync"]), blind(cx, ["run", "python", "-c", ""])] {
        assert!(!output.status.success(), "not noticed\n{}", output.snapshot());
    }
}

#[test]
fn missing_metadata_is_noticed() {
    let cx = synced(&["idna"], "");
    fs::remove_dir_all(site_packages(&cx).join("idna-3.4.dist-info")).unwrap();
    check_is_noticed_by_sync(&cx);
    check_is_mended(&cx, &["demo==0.1.0", "idna==3.4"]);
}

#[test]
fn a_missing_module_is_noticed_and_installed_again() {
    let cx = synced(&["anyio"], "");
    fs::remove_dir_all(site_packages(&cx).join("idna")).unwrap();
    check_is_noticed_by_sync(&cx);
    check_is_mended(&cx, &["anyio==4.0.0", "demo==0.1.0", "idna==3.4", "sniffio==1.3.0"]);
    cx.venv("python", ["-c", "import idna; idna.__version__"]).succeed();
}

#[test]
fn a_missing_program_is_noticed_and_installed_again() {
    let cx = synced(&["tool-demo"], "");
    fs::remove_file(cx.path(".venv/bin/tool-demo")).unwrap();
    check_is_noticed_by_sync(&cx);
    check_is_mended(&cx, &["demo==0.1.0", "tool-demo==1.0.0"]);
    assert_eq!(cx.venv("tool-demo", ["x"]).succeed().stdout, "tool-demo x\n");
}

#[test]
fn an_edited_path_file_is_noticed_and_mended() {
    let cx = synced(&["idna"], "");
    let path = site_packages(&cx).join("_demo.pth");
    let source = cx.path("src").to_string_lossy().into_owned();
    replace_unseen(&path, &source, &"x".repeat(source.len()));
    check_is_noticed_by_sync(&cx);
    check_is_mended(&cx, &["demo==0.1.0", "idna==3.4"]);
    fs::remove_file(&path).unwrap();
    check_is_noticed_by_sync(&cx);
    check_is_mended(&cx, &["demo==0.1.0", "idna==3.4"]);
    fs::write(path.with_file_name("stray.pth"), "/tmp\n").unwrap();
    check_is_noticed_by_sync(&cx);
}

#[test]
#[cfg(unix)]
fn another_interpreter_in_the_environment_is_noticed() {
    let cx = TestContext::builder().pythons(2).build();
    let Some((_, older)) = cx.two_pythons() else { return };
    sync_with(&cx, &["idna"], "");
    // what a link of the system does when the system is upgraded
    fs::remove_file(cx.path(".venv/bin/python")).unwrap();
    std::os::unix::fs::symlink(&older.path, cx.path(".venv/bin/python")).unwrap();
    check_is_noticed_by_sync(&cx);
    check_is_mended(&cx, &["demo==0.1.0", "idna==3.4"]);
    let code = "import demo, idna, sys; print(sys.prefix)";
    let prefix = cx.venv("python", ["-c", code]).succeed().stdout;
    assert_eq!(prefix.trim(), cx.path(".venv").to_str().unwrap());
    assert_eq!(fs::read_dir(cx.path(".venv/lib")).unwrap().count(), 1);
    cx.uv(["pip", "uninstall", "--quiet", "--python", ".venv/bin/python", "idna"]).succeed();
    check_is_noticed_by_sync(&cx);
}

#[test]
#[cfg(unix)]
fn an_interpreter_that_is_gone_is_noticed() {
    let cx = synced(&["idna"], "");
    fs::remove_file(cx.path(".venv/bin/python")).unwrap();
    std::os::unix::fs::symlink("/nowhere/python3", cx.path(".venv/bin/python")).unwrap();
    check_is_noticed_by_sync(&cx);
    check_is_mended(&cx, &["demo==0.1.0", "idna==3.4"]);
}

#[test]
fn an_edited_configuration_of_the_environment_is_noticed() {
    let cx = synced(&["idna"], "");
    let config = cx.read(".venv/pyvenv.cfg");
    let edited = config.replace("packages = false", "packages = true");
    assert_ne!(config, edited);
    cx.write(".venv/pyvenv.cfg", edited);
    check_is_noticed_by_sync(&cx);
}

#[test]
fn a_moved_or_copied_environment_is_noticed() {
    let cx = synced(&["idna"], "");
    let moved = cx.root().join("moved");
    fs::rename(cx.project(), &moved).unwrap();
    let run = || cx.rye(["sync"]).current_dir(&moved);
    assert!(!run().env("RYE_UV", cx.root().join("bin/false")).run().status.success());
    fs::rename(&moved, cx.project()).unwrap();
    check_is_current(&cx);
    // the environment of another project
    fs::create_dir(&moved).unwrap();
    cx.program("cp", ["-R", ".venv", "pyproject.toml", "src", "../moved"]).succeed();
    assert!(!run().env("RYE_UV", cx.root().join("bin/false")).run().status.success());
}

#[test]
fn a_record_that_cannot_be_read_counts_for_nothing() {
    let cx = synced(&["idna"], "");
    let marker: serde_json::Value = serde_json::from_str(&cx.read(".venv/rye-venv.json")).unwrap();
    let record = &marker["record"];
    assert_eq!(record["state"], "synced");
    let with = |key: &str, value: serde_json::Value| {
        let mut record = record.clone();
        record[key] = value;
        record
    };
    let records = [
        serde_json::Value::Null,
        serde_json::json!({ "schema": 99 }),
        serde_json::json!("yes"),
        serde_json::json!({ "state": "changing" }),
        with("state", "another".into()),
        with("mode", "another".into()),
        with("inputs", "00".into()),
        with("contents", "00".into()),
        with("contents", 1.into()),
    ];
    for record in records {
        let mut marker = marker.clone();
        marker["record"] = record.clone();
        cx.write(".venv/rye-venv.json", marker.to_string());
        let output = blind(&cx, ["sync"]);
        assert!(!output.status.success(), "{record}");
        cx.rye(["sync"]).succeed();
        check_is_current(&cx);
    }
}

#[test]
fn a_sync_of_another_kind_is_noticed() {
    let cx = synced(&["idna"], "[dependency-groups]\ndev = [\"tqdm\"]\n");
    let args: [&[&str]; 7] = [
        &["sync", "--no-dev"],
        &["sync", "--force"],
        &["sync", "--pre"],
        &["sync", "--universal"],
        &["sync", "--update-all"],
        &["sync", "--features", "x"],
        &["sync", "--no-lock"],
    ];
    for args in args {
        let output = cx.rye(args).env("RYE_UV", cx.root().join("bin/false")).run();
        assert!(!output.status.success(), "{args:?}");
    }
}

#[test]
fn a_project_that_only_a_build_can_name_is_built_again() {
    let cx = TestContext::new();
    let setup = |version: &str| format!("[metadata]\nname = demo\nversion = {version}\n");
    cx.write("setup.cfg", setup("1"));
    cx.write("setup.py", "import setuptools\n\nsetuptools.setup()\n");
    cx.write("src/demo/__init__.py", "");
    let manifest = "[tool.rye]\n[build-system]\nrequires = [\"setuptools\"]\n\
                    build-backend = \"setuptools.build_meta\"\n";
    cx.write("pyproject.toml", manifest);
    cx.rye(["sync"]).succeed();
    assert_eq!(cx.installed(), ["demo==1"]);
    cx.write("setup.cfg", setup("2"));
    cx.rye(["sync"]).succeed();
    assert_eq!(cx.installed(), ["demo==2"]);
}

#[test]
fn a_version_that_changed_while_the_project_was_left_out_is_installed_later() {
    let cx = TestContext::new();
    cx.write_project("demo", &["idna"]);
    let manifest =
        cx.read("pyproject.toml").replace("version = \"0.1.0\"", "dynamic = [\"version\"]");
    let hatch = "\n[tool.hatch.version]\npath = \"src/demo/__init__.py\"\n";
    cx.write("pyproject.toml", manifest + hatch);
    let version =
        |number: &str| cx.write("src/demo/__init__.py", format!("__version__ = \"{number}\"\n"));
    version("1.0");
    cx.rye(["sync"]).succeed();
    assert_eq!(cx.installed(), ["demo==1.0", "idna==3.4"]);
    version("2.0");
    cx.rye(["sync", "--only-deps"]).succeed();
    assert_eq!(cx.installed(), ["idna==3.4"]);
    cx.rye(["sync"]).succeed();
    assert_eq!(cx.installed(), ["demo==2.0", "idna==3.4"]);
    // what is built again in another version is told
    version("3.0");
    rye_snapshot!(cx, ["sync", "--dry-run"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        in sync demo
    ");
    rye_snapshot!(cx, ["sync"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
       upgraded demo 2.0 → 3.0
    ");
    rye_snapshot!(cx, ["sync"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        in sync demo
    ");
}

#[test]
fn a_dry_run_knows_of_a_damaged_environment() {
    let cx = TestContext::new();
    cx.write_project("demo", &["idna"]);
    cx.rye(["sync"]).succeed();
    let site_packages = cx.rye([
        "run",
        "python",
        "-c",
        "import idna, os; print(os.path.dirname(os.path.dirname(idna.__file__)))",
    ]);
    let site_packages = std::path::PathBuf::from(site_packages.succeed().stdout.trim());
    std::fs::remove_dir_all(site_packages.join("idna")).unwrap();
    let output = cx.rye(["sync", "--dry-run"]).succeed();
    assert!(output.stderr.contains("would reinstall"), "{}", output.stderr);
    assert!(!site_packages.join("idna").exists());
}

#[test]
fn an_environment_of_another_project_is_left_to_it() {
    let cx = TestContext::new();
    cx.write_project("demo", &["idna"]);
    cx.rye(["sync"]).succeed();
    let venv = cx.path(".venv");
    cx.write(
        "other/pyproject.toml",
        "[project]\nname = \"other\"\nversion = \"1\"\n\n[tool.rye]\nvirtual = true\n",
    );
    let other = |args: &[&str]| cx.rye(args).current_dir(cx.path("other")).env("RYE_VENV", &venv);
    let output = other(&["sync"]).fail(1);
    assert!(output.stderr.contains("is the virtual environment of"), "{}", output.stderr);
    other(&["run", "python", "-c", ""]).fail(1);
    assert_eq!(cx.installed(), ["demo==0.1.0", "idna==3.4"]);
    other(&["sync", "--force"]).succeed();
    assert_eq!(cx.installed(), [""; 0]);
}

#[test]
fn a_marker_that_is_no_text_is_told() {
    let cx = TestContext::new();
    cx.write_project("demo", &[]);
    cx.rye(["sync"]).succeed();
    cx.write(".venv/rye-venv.json", b"\xff");
    let output = cx.rye(["sync"]).fail(1);
    assert!(output.stderr.contains("cannot be read"), "{}", output.stderr);
    cx.rye(["sync", "--force"]).succeed();
    cx.rye(["sync"]).succeed();
}
