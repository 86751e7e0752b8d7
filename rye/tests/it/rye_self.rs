//! `rye self`

#![cfg(unix)]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use crate::support::*;

/// Returns a world without an index, an engine and a network.
fn world() -> TestContext {
    TestContext::builder().without_index().without_engine().build()
}

fn profile(cx: &TestContext) -> String {
    fs::read_to_string(cx.home().join(".profile")).unwrap_or_default()
}

/// Starts a login shell and returns what a command prints there.
fn in_a_login_shell(cx: &TestContext, command: &str) -> String {
    let script = format!(". \"$HOME/.profile\"; {command}");
    cx.program("/bin/sh", ["-c", &script]).succeed().stdout
}

#[test]
fn install_puts_program_shims_and_path_in_place() {
    let cx = world();
    fs::write(cx.home().join(".profile"), "# mine").unwrap();
    rye_snapshot!(cx, ["self", "install", "--yes"], @r#"
    exit: 0
    ----- stdout -----
    ----- stderr -----
      installed `rye`, `python`, `python3` in [HOME]/shims
            set behavior.global-python=true
          added `. "[HOME]/env"` to [ROOT]/home/.profile
    hint: log in again, or say `. "[HOME]/env"` in this shell
    "#);
    let shims = cx.rye_home().join("shims");
    assert_eq!(profile(&cx), format!("# mine\n. \"{}/env\"\n", cx.rye_home().display()));
    for name in ["python", "python3"] {
        assert_eq!(fs::read_link(shims.join(name)).unwrap(), Path::new("rye"));
    }
    let mode = fs::metadata(shims.join("rye")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o755);
    let found = in_a_login_shell(&cx, "command -v rye; command -v python");
    assert_eq!(found, format!("{0}/rye\n{0}/python\n", shims.display()));
    let version = format!("Python {}\n", cx.python().version);
    assert_eq!(in_a_login_shell(&cx, "python -V"), version);
}

#[test]
fn to_install_again_refreshes_the_shims_and_changes_nothing_else() {
    let cx = world();
    let path = cx.python().path.to_str().unwrap().to_owned();
    let install = ["self", "install", "--yes", "--toolchain", &path];
    cx.rye(install).succeed();
    let (before, text) = (TestContext::fingerprint_of(&cx.rye_home()), profile(&cx));
    // as Rye 0.44 left it
    let shims = cx.rye_home().join("shims");
    fs::remove_file(shims.join("python")).unwrap();
    fs::write(shims.join("python"), "old").unwrap();
    fs::write(shims.join("rye"), "old").unwrap();
    // and a process that was killed
    fs::write(shims.join(".rye-unfinished-1"), "half").unwrap();
    cx.rye(install).succeed();
    assert_eq!(TestContext::fingerprint_of(&cx.rye_home()), before);
    assert_eq!(profile(&cx), text);
    // and from its own place
    cx.program(shims.join("rye"), install).succeed();
    assert_eq!(TestContext::fingerprint_of(&cx.rye_home()), before);
}

#[test]
fn a_link_to_a_program_of_somebody_else_is_replaced_and_not_followed() {
    let cx = world();
    let shims = cx.rye_home().join("shims");
    fs::create_dir_all(&shims).unwrap();
    cx.write("build/rye", "mine");
    symlink(cx.path("build/rye"), shims.join("rye")).unwrap();
    cx.rye(["self", "install", "--yes"]).succeed();
    assert_eq!(cx.read("build/rye"), "mine");
    cx.program(shims.join("rye"), ["--version"]).succeed();
}

#[test]
fn the_default_home_is_written_as_such() {
    let cx = TestContext::builder().without_index().without_engine().build();
    let output = cx.rye(["self", "install", "--yes"]).env_remove("RYE_HOME").succeed();
    assert!(output.stderr.contains("added `. \"$HOME/.rye/env\"` to "), "{}", output.stderr);
    assert_eq!(profile(&cx), ". \"$HOME/.rye/env\"\n");
    let env = fs::read_to_string(cx.home().join(".rye/env")).unwrap();
    assert!(!env.contains("RYE_HOME"), "{env}");
    let moved = cx.root().join("moved home");
    fs::rename(cx.home(), &moved).unwrap();
    let script = ". \"$HOME/.profile\"; . \"$HOME/.profile\"; echo \"$PATH\"";
    let output = cx.program("/bin/sh", ["-c", script]).env("HOME", &moved).succeed();
    let expected =
        format!("{}:{}\n", moved.join(".rye/shims").display(), cx.root().join("bin").display());
    assert_eq!(output.stdout, expected);
}

#[test]
fn a_home_with_odd_characters_works() {
    let mut cx = world();
    let home = cx.root().join("it's \"$my\" `home`");
    cx.set_env("RYE_HOME", &home);
    cx.rye(["self", "install", "--yes"]).succeed();
    let found =
        cx.program("/bin/sh", ["-c", ". \"$HOME/.profile\"; command -v rye; echo \"$RYE_HOME\""]);
    let found = found.env_remove("RYE_HOME").succeed().stdout;
    assert_eq!(found, format!("{0}/shims/rye\n{0}\n", home.display()));
    cx.set_env("RYE_HOME", cx.root().join("a:b"));
    let output = cx.rye(["self", "install", "--yes"]).fail(1);
    assert!(output.stderr.contains("cannot be on `PATH`"), "{}", output.stderr);
    assert!(!cx.root().join("a:b").exists());
}

#[test]
fn settings_are_set_once_and_kept() {
    let cx = world();
    let get = |key: &str| cx.rye(["config", "--get", key]).succeed().stdout;
    cx.rye(["config", "--set-bool", "behavior.global-python=false"]).succeed();
    cx.rye(["self", "install", "--yes", "--toolchain-version", "3.98"]).succeed();
    assert_eq!(get("behavior.global-python"), "false\n");
    assert_eq!(get("default.toolchain"), "3.98\n");
    cx.rye(["config", "--unset", "behavior.global-python"]).succeed();
    let output = cx.rye(["self", "install", "-y"]).env("RYE_TOOLCHAIN_VERSION", "3.97").succeed();
    assert!(
        output.stderr.contains("warning: no Python is known that is `3.97`"),
        "{}",
        output.stderr
    );
    assert_eq!(get("behavior.global-python"), "true\n");
    assert_eq!(get("default.toolchain"), "3.97\n");
}

#[test]
fn what_cannot_be_installed_leaves_nothing() {
    let cx = world();
    cx.rye(["self", "install", "--yes", "--toolchain-version", "3.x"]).fail(2);
    let output = cx.rye(["self", "install", "-y"]).env("RYE_TOOLCHAIN_VERSION", "3.x").fail(1);
    assert!(output.stderr.starts_with("error: `RYE_TOOLCHAIN_VERSION` asks for no Python\n"));
    cx.rye(["self", "install", "--yes", "--toolchain", "/nowhere/python"]).fail(1);
    cx.rye(["self", "install", "--modify-path", "--no-modify-path"]).fail(2);
    assert!(!cx.rye_home().join("shims").exists());
    assert_eq!(profile(&cx), "");
    let config = cx.rye_home().join("config.toml");
    fs::create_dir_all(cx.rye_home()).unwrap();
    fs::write(config, "not toml").unwrap();
    cx.rye(["self", "install", "--yes"]).fail(1);
    assert!(!cx.rye_home().join("shims").exists());
}

#[test]
fn without_a_terminal_the_flag_is_named() {
    let cx = world();
    rye_snapshot!(cx, ["self", "install"], @r#"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no terminal to ask on: Install Rye [VERSION] into [HOME]/shims?
    hint: answer with `--yes`
    "#);
    rye_snapshot!(cx, ["self", "install", "--no-modify-path"], @r#"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no terminal to ask on: Install Rye [VERSION] into [HOME]/shims?
    hint: answer with `--yes`
    "#);
    assert!(!cx.rye_home().exists());
    cx.rye(["self", "install", "--yes", "--no-modify-path"]).succeed();
    assert_eq!(profile(&cx), "");
    rye_snapshot!(cx, ["self", "uninstall"], @r#"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no terminal to ask on: Delete `shims`, `locks` in [HOME]? Environments of projects that need them will not work any more.
    hint: answer with `--yes`
    "#);
    assert!(cx.rye_home().join("shims/rye").exists());
}

#[test]
fn answers_on_a_terminal_decide() {
    let cx = world();
    let shown = cx.on_a_terminal(&["self", "install"], &[("[y/n]", "no\n")]);
    assert!(shown.ends_with("error: nothing was installed, as you wished\nexit: 1\n"), "{shown}");
    assert!(!cx.rye_home().exists());
    let shown = cx.on_a_terminal(
        &["self", "install"],
        &[
            ("[y/n]", "y\n"),
            ("[y/n]", "\n"),
            ("[y/n]", "x\n"),
            ("[y/n]", "n\n"),
            ("[y/n]", "YES\n"),
        ],
    );
    assert!(shown.ends_with("exit: 0\n"), "{shown}");
    assert!(profile(&cx).contains("/env\""));
    assert_eq!(cx.rye(["config", "--get", "behavior.global-python"]).succeed().stdout, "?\n");
    let shown = cx.on_a_terminal(&["self", "uninstall"], &[("[y/n]", "n\n")]);
    assert!(shown.ends_with("exit: 0\n"), "{shown}");
    assert!(cx.rye_home().join("shims/rye").exists());
    let shown = cx.on_a_terminal(&["self", "uninstall"], &[("[y/n]", "yes\n")]);
    assert!(shown.ends_with("exit: 0\n"), "{shown}");
    assert!(!cx.rye_home().join("shims").exists());
}

#[test]
fn rye_alone_offers_its_installation_on_a_terminal() {
    let mut cx = world();
    // nobody to ask
    let output = cx.rye([] as [&str; 0]).fail(2);
    assert!(output.stderr.contains("Usage: rye"), "{}", output.stderr);
    let shown = cx.on_a_terminal(&[], &[("[y/n]", "n\n")]);
    assert!(shown.contains("hint: this rye is not installed yet; `rye --help`"), "{shown}");
    assert!(shown.ends_with("error: nothing was installed, as you wished\nexit: 1\n"), "{shown}");
    assert!(!cx.rye_home().exists());
    // with a flag it is help that is wanted
    assert!(cx.on_a_terminal(&["-v"], &[]).ends_with("exit: 2\n"));
    cx.set_env("RYE_NO_AUTO_INSTALL", "1");
    assert!(cx.on_a_terminal(&[], &[]).ends_with("exit: 2\n"));
    cx.set_env("RYE_NO_AUTO_INSTALL", "0");
    let shown = cx.on_a_terminal(&[], &[("[y/n]", "y\n"), ("[y/n]", "n\n")]);
    assert!(shown.ends_with("exit: 0\n"), "{shown}");
    assert!(cx.rye_home().join("shims/rye").exists());
    assert!(profile(&cx).contains("/env\""), "without a question");
    assert!(cx.on_a_terminal(&[], &[]).ends_with("exit: 2\n"), "it is there now");
}

#[test]
fn uninstall_leaves_settings_and_what_is_not_rye_s() {
    let cx = world();
    fs::write(cx.home().join(".profile"), "# mine\n").unwrap();
    let path = cx.python().path.to_str().unwrap().to_owned();
    cx.rye(["self", "install", "--yes", "--toolchain", &path]).succeed();
    let home = cx.rye_home();
    for file in ["uv/1/uv", "ruff/1/ruff", "self/x", "tools/flask/x", "credentials", "mine"] {
        fs::create_dir_all(home.join(file).parent().unwrap()).unwrap();
        fs::write(home.join(file), "").unwrap();
    }
    symlink("../tools/flask/x", home.join("shims/flask")).unwrap();
    rye_snapshot!(cx, ["self", "uninstall", "--yes"], @r#"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        removed `shims`, `self`, `py`, `uv`, `ruff`, `tools`, `cache`, `locks` in [HOME]
        removed `. "[HOME]/env"` from [ROOT]/home/.profile
    "#);
    let mut left: Vec<_> =
        fs::read_dir(&home).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["config.toml", "credentials", "env", "mine"].map(OsStr::new));
    assert_eq!(fs::read_to_string(home.join("env")).unwrap(), "");
    assert_eq!(profile(&cx), "# mine\n");
    assert!(cx.python().path.exists());
    rye_snapshot!(cx, ["self", "uninstall", "--yes"], @r#"
    exit: 0
    ----- stdout -----
    ----- stderr -----
    warning: there is nothing of Rye in [HOME]
    "#);
    // and from its own place
    cx.rye(["self", "install", "--yes"]).succeed();
    cx.program(home.join("shims/rye"), ["self", "uninstall", "--yes"]).succeed();
    assert!(!home.join("shims").exists());
}

#[test]
fn a_home_with_more_than_rye_in_it_is_refused() {
    let mut cx = world();
    let home = cx.home();
    cx.set_env("RYE_HOME", &home);
    fs::create_dir_all(home.join("tools")).unwrap();
    for command in ["install", "uninstall"] {
        let output = cx.rye(["self", command, "--yes"]).fail(1);
        assert!(output.stderr.contains("is no directory for Rye alone"), "{}", output.stderr);
    }
    assert!(home.join("tools").exists());
}
