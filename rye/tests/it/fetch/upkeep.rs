//! What fetched toolchains are for: projects that live on them, `toolchain list`, `remove` and `upgrade`.

use super::*;

#[test]
fn an_upgrade_keeps_what_the_settings_name() {
    let mirror = mirror_of(&["3.12.90", "3.12.91"]);
    let cx = world(&mirror);
    cx.rye(["fetch", "3.12.90"]).succeed();
    cx.rye(["config", "--set", "default.toolchain=3.12.90"]).succeed();
    let output = cx.rye(["toolchain", "upgrade"]).succeed();
    assert!(output.stderr.contains("config.toml` still names"), "{}", output.stderr);
    assert_eq!(installed(&cx), ["cpython@3.12.90", NAME]);
}

#[test]
fn an_upgrade_keeps_what_the_pin_of_this_directory_names() {
    let mirror = mirror_of(&["3.12.90", "3.12.91"]);
    let cx = world(&mirror);
    cx.rye(["fetch", "3.12.90"]).succeed();
    cx.write(".python-version", "3.12.90\n");
    let output = cx.rye(["toolchain", "upgrade"]).succeed();
    assert!(output.stderr.contains("still names cpython@3.12.90"), "{}", output.stderr);
    assert_eq!(installed(&cx), ["cpython@3.12.90", NAME]);
}

#[test]
fn list_shows_what_can_be_downloaded() {
    let mirror = Mirror::new()
        .with(Fake::new("3.12.91"))
        .with(Fake::new("3.13.91"))
        .with(Fake::new("3.13.91").variant("freethreaded"))
        .with(Fake::new("3.10.91").family("pypy"))
        .with(Fake::new("3.14.91").build().platform("s390x-linux-gnu"))
        .serve();
    let cx = world(&mirror);
    cx.rye(["config", "--set", "toolchain.preference=only-managed"]).succeed();
    fetches(&cx, "3.12");
    rye_snapshot!(cx, ["toolchain", "list", "--include-downloadable"], @r"
    exit: 0
    ----- stdout -----
    cpython@3.12.91 ([HOME]/py/cpython@3.12.91/bin/python3)
    cpython@3.13.91 (downloadable)
    cpython@3.13.91+freethreaded (downloadable)
    pypy@3.10.91 (downloadable)
    ----- stderr -----
    ");
    let output = cx.rye(["toolchain", "list", "--include-downloadable", "--format", "json"]);
    let entries: Vec<serde_json::Value> = serde_json::from_str(&output.succeed().stdout).unwrap();
    assert_eq!(entries.len(), 4);
    for entry in entries {
        let is_installed = entry["name"] == NAME;
        assert_eq!(entry["path"].is_string(), is_installed, "{entry}");
        assert_eq!(entry["downloadable"] == true, !is_installed, "{entry}");
    }
    assert_eq!(mirror.requests().len(), 1);
    let output = cx.rye(["toolchain", "list"]).succeed();
    assert_eq!(output.stdout.lines().count(), 1);
}

#[test]
fn what_is_missing_is_fetched() {
    let mirror = mirror_of(&["3.12.91"]);
    let mut cx = TestContext::builder().build();
    mirror.name_to(&mut cx);
    cx.write_project("demo", &[]);
    cx.write(".python-version", "3.12.91\n");
    let before = cx.fingerprint();
    // offline, and where only the system's Pythons will do, it is not
    let output = cx.rye(["sync", "--offline"]).fail(1);
    assert!(output.stderr.contains("rye fetch"), "{}", output.stderr);
    cx.rye(["config", "--set", "toolchain.preference=only-system"]).succeed();
    cx.rye(["sync"]).fail(1);
    cx.rye(["config", "--unset", "toolchain.preference"]).succeed();
    assert_eq!(mirror.requests().len(), 0);
    assert_eq!(installed(&cx), [""; 0]);
    mirror.fail("/mirror/*", Fault::Status(404));
    cx.rye(["sync"]).fail(1);
    assert_eq!(cx.fingerprint(), before);
    mirror.heal();
    // the engine cannot do anything with a fake one, which is not the matter here
    let output = cx.rye(["sync"]).fail(1);
    assert!(output.stderr.contains(&format!("fetching {NAME}")), "{}", output.stderr);
    assert_eq!(installed(&cx), [NAME]);
    let output = cx.rye(["pin", "3.12.91"]).succeed();
    assert!(output.stderr.contains(NAME), "{}", output.stderr);
}

#[test]
fn pin_knows_what_can_be_fetched() {
    let mirror = mirror_of(&["3.12.91"]);
    let cx = world(&mirror);
    cx.rye(["config", "--set", "toolchain.preference=only-managed"]).succeed();
    cx.rye(["pin", "3.12"]).succeed();
    assert_eq!(cx.read(".python-version"), "3.12.91\n");
    assert_eq!(mirror.requests().len(), 0);
    assert_eq!(installed(&cx), [""; 0]);
}

/// Returns a world with index and engine that has no Python but a real one on a mirror, and that one's name.
fn managed_world() -> Option<(TestContext, RunningMirror, String)> {
    let real = relocatable()?;
    let version = &real.python.version;
    let bytes = real.archive.clone();
    let build = Build::new(["cpython", version, "plain"], "install_only", Format::TarGz, bytes);
    let name = build.name.clone();
    let mirror = Mirror::new().with(build).serve();
    let mut cx = TestContext::builder().without_python().build();
    mirror.name_to(&mut cx);
    cx.rye(["config", "--set", "toolchain.preference=only-managed"]).succeed();
    Some((cx, mirror, name))
}

/// Expects the environment's interpreter to be that of a toolchain.
#[track_caller]
fn is_made_of(cx: &TestContext, name: &str) {
    let code = "import ssl, sys; print(sys.base_prefix)";
    let output = cx.rye(["run", "python", "-c", code]).succeed();
    let expected = entry(cx, name).canonicalize().unwrap();
    assert_eq!(Path::new(output.stdout.trim()).canonicalize().unwrap(), expected);
}

#[test]
fn a_project_lives_on_what_was_fetched() {
    let Some((cx, mirror, name)) = managed_world() else { return };
    cx.rye(["fetch", "3"]).succeed();
    assert_eq!(installed(&cx), [name.as_str()]);
    cx.rye(["init", "--name", "demo"]).succeed();
    cx.rye(["add", "flask"]).succeed();
    cx.rye(["sync"]).succeed();
    assert!(cx.installed().contains(&"flask==3.0.0".to_owned()));
    is_made_of(&cx, &name);
    let code = "import flask; print(flask.__version__)";
    let output = cx.rye(["run", "python", "-c", code]).succeed();
    assert_eq!(output.stdout, "3.0.0\n");
    assert_eq!(mirror.requests_for(&name).len(), 1);
}

#[test]
fn environments_know_where_tcl_is() {
    let Some((cx, _mirror, name)) = managed_world() else { return };
    cx.rye(["fetch", "3"]).succeed();
    for scripts in ["tcl8.6", "tk8.6"] {
        fs::create_dir_all(entry(&cx, &name).join("lib").join(scripts)).unwrap();
    }
    cx.write_project("demo", &[]);
    let code = "import os; print(os.environ['TCL_LIBRARY'], os.environ['TK_LIBRARY'])";
    let output = cx.rye(["run", "python", "-c", code]).succeed();
    let library = entry(&cx, &name).canonicalize().unwrap().join("lib");
    let expected = ["tcl8.6", "tk8.6"].map(|scripts| library.join(scripts).display().to_string());
    assert_eq!(output.stdout.trim(), expected.join(" "));
}

#[test]
fn a_project_gets_the_python_that_it_lacks() {
    for args in [["sync", "-q", "-f"], ["add", "tqdm", "click"], ["run", "python", "-V"]] {
        let Some((cx, mirror, name)) = managed_world() else { return };
        cx.write_project("demo", &[]);
        let output = cx.rye(args).succeed();
        let told = format!("fetching {name}");
        assert_eq!(output.stderr.contains(&told), !args.contains(&"-q"), "{}", output.stderr);
        assert_eq!(installed(&cx), [name.as_str()]);
        is_made_of(&cx, &name);
        assert_eq!(mirror.requests_for(&name).len(), 1);
    }
}

#[test]
fn a_toolchain_in_use_is_not_removed() {
    let Some((mut cx, _mirror, name)) = managed_world() else { return };
    cx.write_project("demo", &[]);
    cx.rye(["sync"]).succeed();
    cx.mask(&name, "[NAME]");
    rye_snapshot!(cx, ["toolchain", "remove", &name], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[NAME]` is in use by `[ROOT]/project/.venv`
    hint: delete them, or pin another Python there and `rye sync`; `--force` removes it anyway
    ");
    is_made_of(&cx, &name);
    let project = cx.project().to_owned();
    fs::rename(cx.path(".venv"), cx.root().join("away")).unwrap();
    fs::rename(cx.root().join("away"), project.join(".venv")).unwrap();
    cx.rye(["toolchain", "remove", &name]).fail(1);
    cx.rye(["toolchain", "remove", &name, "--force"]).succeed();
    assert_eq!(installed(&cx), [""; 0]);
    // what lacks its Python gets it again
    is_made_of(&cx, &name);
    fs::remove_dir_all(cx.path(".venv")).unwrap();
    cx.rye(["toolchain", "remove", &name]).succeed();
}

#[test]
fn upgrade_moves_to_the_newest_patch() {
    let mirror = mirror_of(&["3.12.91", "3.13.91"]);
    let mut cx = world(&mirror);
    cx.rye(["fetch", "3.12", "3.13"]).succeed();
    rye_snapshot!(cx, ["toolchain", "upgrade"], @r"
    exit: 0
    ----- stdout -----
    ----- stderr -----
         newest cpython@3.12.91
         newest cpython@3.13.91
    ");
    mirror.publish(Fake::new("3.12.92"));
    mirror.publish(Fake::new("3.12.93"));
    mirror.publish(Fake::new("3.13.92"));
    cx.write("pyproject.toml", "[project]\nname = \"demo\"\nrequires-python = \">=3.9\"\n");
    rye_snapshot!(cx, ["toolchain", "upgrade", "3.12"], @r"
    exit: 0
    ----- stdout -----
    ----- stderr -----
       fetching cpython@3.12.93
      installed cpython@3.12.93 ([HOME]/py/cpython@3.12.93/bin/python3)
       upgraded cpython@3.12.91 → cpython@3.12.93
    ");
    works(&cx, "cpython@3.12.93");
    assert!(!installed(&cx).contains(&"cpython@3.13.92".to_owned()));
    rye_snapshot!(cx, ["toolchain", "upgrade"], @r"
    exit: 0
    ----- stdout -----
    ----- stderr -----
         newest cpython@3.12.93
       fetching cpython@3.13.92
      installed cpython@3.13.92 ([HOME]/py/cpython@3.13.92/bin/python3)
       upgraded cpython@3.13.91 → cpython@3.13.92
    ");
    works(&cx, "cpython@3.13.92");
    cx.set_env("RYE_TOOLCHAIN_MIRROR", "http://127.0.0.1:9/");
    cx.rye(["toolchain", "upgrade"]).succeed();
    cx.rye(["toolchain", "upgrade", "3.9"]).fail(1);
}

/// Returns the world of a tool that runs with what was fetched, and that one's name.
fn world_with_tool() -> Option<(TestContext, RunningMirror, String)> {
    let (cx, mirror, name) = managed_world()?;
    cx.rye(["install", "tool-demo"]).succeed();
    Some((cx, mirror, name))
}

#[test]
fn the_python_of_a_tool_is_not_removed() {
    let Some((mut cx, _mirror, name)) = world_with_tool() else { return };
    cx.mask(&name, "[NAME]");
    rye_snapshot!(cx, ["toolchain", "remove", &name], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[NAME]` is in use by the tool `tool-demo`
    hint: uninstall them, or install them with another Python; `--force` removes it anyway
    ");
    cx.write_project("demo", &[]);
    cx.rye(["sync"]).succeed();
    rye_snapshot!(cx, ["toolchain", "remove", &name], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[NAME]` is in use by `[ROOT]/project/.venv`, the tool `tool-demo`
    hint: delete them, or pin another Python there and `rye sync`; `--force` removes it anyway
    ");
    cx.rye(["toolchain", "remove", &name, "--force"]).succeed();
    let listed = cx.rye(["tools", "list"]).succeed().stdout;
    assert_eq!(listed, "tool-demo (broken: its Python is gone)\n");
    // an upgrade fetches it again
    cx.rye(["tools", "upgrade", "tool-demo"]).succeed();
    assert_eq!(installed(&cx), [name.as_str()]);
    let output = cx.program(cx.rye_home().join("shims/tool-demo"), ["a"]).succeed();
    assert_eq!(output.stdout, "tool-demo a\n");
}

#[test]
fn tools_go_along_with_an_upgrade() {
    let Some((mut cx, mirror, name)) = world_with_tool() else { return };
    let minor = name.rsplit_once('.').unwrap().0;
    let newer = format!("{minor}.91");
    cx.mask(&name, "[NAME]");
    cx.mask(&newer, "[NEWER]");
    mirror.publish(Fake::new(newer.trim_start_matches("cpython@")));
    rye_snapshot!(cx, ["toolchain", "upgrade"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
       fetching [NEWER]
      installed [NEWER] ([HOME]/py/[NEWER]/bin/python3)
       relinked tool-demo to [NEWER]
       upgraded [NAME] → [NEWER]
    ");
    assert_eq!(installed(&cx), [newer.as_str()]);
    let tool = cx.rye_home().join("tools/tool-demo");
    let bin = entry(&cx, &newer).join("bin");
    for python in ["python", "python3"] {
        let program = fs::canonicalize(tool.join("bin").join(python)).unwrap();
        assert_eq!(program, fs::canonicalize(bin.join("python3")).unwrap());
    }
    let config = fs::read_to_string(tool.join("pyvenv.cfg")).unwrap();
    let home = fs::canonicalize(&bin).unwrap();
    assert!(config.contains(&format!("home = {}\n", home.display())), "{config}");
    let version = newer.trim_start_matches("cpython@");
    assert!(config.contains(&format!("version_info = {version}\n")), "{config}");
    let listed = cx.rye(["tools", "list", "-v"]).succeed().stdout;
    assert_eq!(listed, format!("tool-demo 1.0.0 ({newer})\n"));
}

#[test]
fn a_tool_that_asks_for_one_patch_keeps_it() {
    let Some((mut cx, mirror, name)) = managed_world() else { return };
    cx.rye(["install", "tool-demo", "-p", &name]).succeed();
    let minor = name.rsplit_once('.').unwrap().0;
    let newer = format!("{minor}.91");
    cx.mask(&name, "[NAME]");
    cx.mask(&newer, "[NEWER]");
    mirror.publish(Fake::new(newer.trim_start_matches("cpython@")));
    rye_snapshot!(cx, ["toolchain", "upgrade"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
       fetching [NEWER]
      installed [NEWER] ([HOME]/py/[NEWER]/bin/python3)
    warning: the tool `tool-demo` still uses [NAME]
           kept [NAME]; change the pins with `rye pin`, make the environments anew with `rye sync --force` and the tools with `rye install --force`, then `rye toolchain remove [NAME]`
    ");
    assert_eq!(installed(&cx), [name.as_str(), newer.as_str()]);
    let output = cx.program(cx.rye_home().join("shims/tool-demo"), ["a"]).succeed();
    assert_eq!(output.stdout, "tool-demo a\n");
}
