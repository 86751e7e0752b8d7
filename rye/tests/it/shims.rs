//! `python` and `python3`: rye under another name

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail the test")]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};

use crate::support::*;

/// Prints where Python believes to be, and its arguments.
const TELL: &str = "import sys; print(sys.executable, sys.argv[1:])";

/// Returns a world with shims and neither an index nor a project.
fn world() -> TestContext {
    with_shims(TestContext::builder().without_index().build())
}

fn with_shims(mut cx: TestContext) -> TestContext {
    let shims = cx.rye_home().join("shims");
    fs::create_dir_all(&shims).unwrap();
    copy_rye(&shims.join("rye"));
    for name in ["python", "python3"] {
        symlink("rye", shims.join(name)).unwrap();
    }
    let path = search_path(&cx, &[&shims]);
    cx.set_env("PATH", path);
    cx
}

/// Puts rye somewhere, as a file that is not the same as any other.
fn copy_rye(path: &Path) {
    fs::copy(env!("CARGO_BIN_EXE_rye"), path).unwrap();
}

/// Returns a `PATH` of some directories and that with the programs of the machine.
fn search_path(cx: &TestContext, first: &[&Path]) -> std::ffi::OsString {
    let bin = cx.root().join("bin");
    std::env::join_paths(first.iter().copied().chain([bin.as_path()])).unwrap()
}

fn shim(cx: &TestContext) -> PathBuf {
    cx.rye_home().join("shims").join("python")
}

/// Prepares a call of `python` as a shell would find it.
fn python<A: AsRef<OsStr>>(cx: &TestContext, args: impl IntoIterator<Item = A>) -> Run {
    cx.program(shim(cx), args)
}

fn write_program(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Writes a program that stands for somebody's Python, and tells how it was called.
fn write_fake(path: &Path) {
    write_program(path, "#!/bin/sh\necho \"fake $0\" \"$@\"\n");
}

/// Writes a managed project that has nothing to install.
fn write_managed(cx: &TestContext) {
    cx.write(
        "pyproject.toml",
        "[project]\nname = \"demo\"\nversion = \"1\"\nrequires-python = \">=3.9\"\n\n\
         [tool.rye]\nmanaged = true\nvirtual = true\n",
    );
}

fn in_environment(cx: &TestContext, arguments: &str) -> String {
    format!("{} {arguments}\n", cx.path(".venv/bin/python").display())
}

fn set_boolean(cx: &TestContext, key: &str) {
    cx.rye(["config", "--set-bool", &format!("{key}=true")]).succeed();
}

#[test]
fn a_project_runs_its_environment_and_makes_it_first() {
    let cx = world();
    write_managed(&cx);
    let output = python(&cx, ["-c", TELL, "a"]).succeed();
    assert_eq!(output.stdout, in_environment(&cx, "['a']"));
    assert!(output.stderr.contains("created"), "{}", output.stderr);
    assert!(cx.exists("requirements-dev.lock"));
    cx.write("src/deep/x", "");
    let output = python(&cx, ["-c", TELL]).current_dir(cx.path("src/deep")).succeed();
    assert_eq!(output.stdout, in_environment(&cx, "[]"));
    assert_eq!(output.stderr, "");
    let python3 = cx.rye_home().join("shims").join("python3");
    let output = cx.program(python3, ["-c", TELL]).succeed();
    assert_eq!(output.stdout, in_environment(&cx, "[]").replace("/python ", "/python3 "));
}

#[test]
fn an_environment_is_made_from_the_lockfile_as_it_is() {
    let cx = with_shims(TestContext::new());
    cx.write_project("demo", &["click==8.1.7"]);
    cx.rye(["lock"]).succeed();
    let lockfile = cx.read("requirements-dev.lock");
    cx.write_project("demo", &["click==8.1.7", "blinker"]);
    let code = "import click, sys; print(sys.stdin.read())";
    let output = python(&cx, ["-c", code]).input("from stdin").succeed();
    assert_eq!(output.stdout, "from stdin\n");
    assert_eq!(cx.read("requirements-dev.lock"), lockfile);
    assert_eq!(cx.installed(), ["click==8.1.7", "demo==0.1.0"]);
    // what a sync left out is nothing to a shim
    let output = python(&cx, ["-c", "import blinker"]).fail(1);
    assert!(output.stderr.starts_with("Traceback"), "{}", output.stderr);
}

#[test]
fn an_environment_that_is_there_is_run_without_a_look_at_anything_else() {
    let mut cx = world();
    write_managed(&cx);
    cx.rye(["sync"]).succeed();
    cx.set_env("RYE_UV", cx.root().join("bin").join("false"));
    let manifest = cx.read("pyproject.toml");
    cx.write("pyproject.toml", manifest.replace("virtual", "unknown-key = 1\nvirtual"));
    fs::remove_file(cx.path("requirements-dev.lock")).unwrap();
    let before = cx.fingerprint();
    rye_snapshot!(python(&cx, ["-S", "-c", "print(1)"]), @r"
    exit: 0
    ----- stdout -----
    1
    ----- stderr -----
    ");
    assert_eq!(cx.fingerprint(), before);
}

#[test]
fn arguments_pass_untouched() {
    let cx = world();
    write_managed(&cx);
    cx.rye(["sync"]).succeed();
    let output = python(&cx, ["-c", TELL, "", "a b", "--help", "--version", "+3.99", "*", "é"]);
    let expected = in_environment(&cx, "['', 'a b', '--help', '--version', '+3.99', '*', 'é']");
    assert_eq!(output.succeed().stdout, expected);
    let version = format!("Python {}\n", cx.python().version);
    assert_eq!(python(&cx, ["--version"]).succeed().stdout, version);
    let output = python(&cx, ["--help"]).succeed();
    assert!(output.stdout.starts_with("usage: /"), "{}", output.stdout);
    let code = "import os, sys; print(os.fsencode(sys.argv[1]))";
    let odd = std::os::unix::ffi::OsStrExt::from_bytes(b"\xff\n");
    let args: [&OsStr; 3] = ["-c".as_ref(), code.as_ref(), odd];
    assert_eq!(python(&cx, args).succeed().stdout, "b'\\xff\\n'\n");
}

#[test]
fn the_environment_s_variables_pass_untouched() {
    let cx = world();
    write_managed(&cx);
    cx.rye(["sync"]).succeed();
    let code = "import os; print(sorted(os.environ.items()))";
    let direct = cx.venv("python", ["-c", code]).env("VIRTUAL_ENV", "/x").succeed().stdout;
    let shimmed = python(&cx, ["-c", code]).env("VIRTUAL_ENV", "/x").succeed().stdout;
    assert_eq!(shimmed, direct);
}

#[test]
fn status_signals_and_descriptors_are_the_program_s() {
    let cx = world();
    write_managed(&cx);
    cx.rye(["sync"]).succeed();
    python(&cx, ["-c", "raise SystemExit(42)"]).fail(42);
    let output = python(&cx, ["-c", "import os; os.kill(os.getpid(), 9)"]).run();
    assert_eq!(output.status.signal(), Some(9));
    let code = "import pathlib, time; pathlib.Path('started').touch(); time.sleep(60)";
    let status = python(&cx, ["-c", code]).terminate_when(|| cx.exists("started"));
    assert_eq!(status.signal(), Some(15));
    let script = "exec \"$0\" -c 'import os; os.write(7, b\"seven\")' 7>seven";
    cx.program("/bin/sh", ["-c".as_ref(), script.as_ref(), shim(&cx).as_os_str()]).succeed();
    assert_eq!(cx.read("seven"), "seven");
}

#[test]
fn a_missing_environment_is_not_made_if_that_is_forbidden() {
    let cx = world();
    write_managed(&cx);
    let before = cx.fingerprint();
    rye_snapshot!(python(&cx, ["-V"]).env("RYE_NO_SYNC", "1"), @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/.venv` has no interpreter, and `RYE_NO_SYNC` forbids to make one
    hint: make it with `rye sync`
    ");
    assert_eq!(cx.fingerprint(), before);
    cx.rye(["sync"]).succeed();
    python(&cx, ["-V"]).env("RYE_NO_SYNC", "1").succeed();
    fs::remove_file(cx.path(".venv/bin/python")).unwrap();
    python(&cx, ["-V"]).env("RYE_NO_SYNC", "1").fail(1);
    let output = python(&cx, ["-V"]).env("RYE_NO_SYNC", "0").succeed();
    assert!(output.stderr.contains("created"), "{}", output.stderr);
}

#[test]
fn an_environment_without_its_interpreter_is_repaired() {
    let cx = world();
    write_managed(&cx);
    cx.rye(["sync"]).succeed();
    let link = cx.path(".venv/bin/python");
    fs::remove_file(&link).unwrap();
    symlink("/nowhere/python3", &link).unwrap();
    let output = python(&cx, ["-c", TELL]).succeed();
    assert_eq!(output.stdout, in_environment(&cx, "[]"));
    assert!(output.stderr.contains("created"), "{}", output.stderr);
    assert_eq!(python(&cx, ["-c", TELL]).succeed().stderr, "");
}

#[test]
fn an_environment_follows_the_pin() {
    let cx = with_shims(TestContext::builder().without_index().pythons(2).build());
    let Some((newer, older)) = cx.two_pythons() else { return };
    write_managed(&cx);
    cx.write(".python-version", &newer.version);
    let tell = ["-c", "import platform; print(platform.python_version())"];
    assert_eq!(python(&cx, tell).succeed().stdout, format!("{}\n", newer.version));
    cx.write(".python-version", older.minor());
    let output = python(&cx, tell).succeed();
    assert_eq!(output.stdout, format!("{}\n", older.version));
    assert!(output.stderr.contains("created"), "{}", output.stderr);
    assert_eq!(python(&cx, tell).succeed().stderr, "");
    // forbidden to make another, it is run as it is
    cx.write(".python-version", &newer.version);
    let output = python(&cx, tell).env("RYE_NO_SYNC", "1").succeed();
    assert_eq!(output.stdout, format!("{}\n", older.version));
    cx.write(".python-version", newer.path.to_str().unwrap());
    assert_eq!(python(&cx, tell).succeed().stdout, format!("{}\n", newer.version));
    assert_eq!(python(&cx, tell).succeed().stderr, "");
    // without a pin nothing is compared
    fs::remove_file(cx.path(".python-version")).unwrap();
    cx.write("pyproject.toml", cx.read("pyproject.toml").replace(">=3.9", "<3"));
    assert_eq!(python(&cx, tell).succeed().stderr, "");
}

#[test]
fn a_pin_that_nobody_can_meet_leaves_the_environment_alone() {
    let cx = world();
    write_managed(&cx);
    cx.rye(["sync"]).succeed();
    cx.write(".python-version", "3.98\n");
    let before = cx.fingerprint();
    let output = python(&cx, ["-V"]).fail(1);
    let message = format!(
        "error: no Python is known that is `3.98`, as `{}` asks",
        cx.path(".python-version").display()
    );
    assert!(output.stderr.starts_with(&message), "{}", output.stderr);
    assert!(output.stderr.contains("\nhint: "), "{}", output.stderr);
    cx.write(".python-version", "3.x\n");
    let output = python(&cx, ["-V"]).fail(1);
    assert!(output.stderr.contains("pins no Python"), "{}", output.stderr);
    cx.write(".python-version", "3.98\n");
    assert_eq!(cx.fingerprint(), before);
}

#[test]
fn an_environment_of_somebody_else_is_run_as_it_is() {
    let cx = world();
    write_managed(&cx);
    cx.program(&cx.python().path, ["-m", "venv", "--without-pip", ".venv"]).succeed();
    cx.write(".python-version", "3.98");
    let output = python(&cx, ["-c", TELL]).succeed();
    assert_eq!((output.stdout, output.stderr), (in_environment(&cx, "[]"), String::new()));
    for name in ["python", "python3"] {
        fs::remove_file(cx.path(".venv/bin").join(name)).unwrap();
    }
    rye_snapshot!(python(&cx, ["-V"]), @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/.venv` has no interpreter that works, and Rye does not change it
    hint: replace it with `rye sync --force`
    ");
}

#[test]
fn a_moved_environment_runs() {
    let cx = world();
    write_managed(&cx);
    cx.rye(["sync"]).succeed();
    let moved = cx.root().join("moved");
    fs::rename(cx.project(), &moved).unwrap();
    let output = python(&cx, ["-c", TELL]).current_dir(&moved).succeed();
    assert_eq!(output.stdout, format!("{} []\n", moved.join(".venv/bin/python").display()));
    assert_eq!(output.stderr, "");
}

#[test]
fn a_project_that_rye_does_not_manage_gets_no_environment() {
    let cx = world();
    set_boolean(&cx, "behavior.global-python");
    cx.write("pyproject.toml", "[project]\nname = \"demo\"\ndependencies = 3\n[tool.rye]\n");
    let fake = cx.root().join("bin").join("python");
    write_fake(&fake);
    let output = python(&cx, ["a"]).succeed();
    assert_eq!(output.stdout, format!("fake {} a\n", fake.display()));
    fs::remove_file(fake).unwrap();
    rye_snapshot!(python(&cx, ["a"]), @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no `python` on `PATH` but Rye's shims
    hint: make the project's environment with `rye sync`
    ");
    assert_eq!(cx.tree(), "pyproject.toml");
    cx.program(&cx.python().path, ["-m", "venv", "--without-pip", ".venv"]).succeed();
    assert_eq!(python(&cx, ["-c", TELL]).succeed().stdout, in_environment(&cx, "[]"));
}

#[test]
fn all_projects_can_be_managed() {
    let cx = world();
    set_boolean(&cx, "behavior.force-rye-managed");
    cx.write(
        "pyproject.toml",
        "[project]\nname = \"demo\"\nversion = \"1\"\n[tool.rye]\nvirtual = true\n",
    );
    assert_eq!(python(&cx, ["-c", TELL]).succeed().stdout, in_environment(&cx, "[]"));
}

#[test]
fn outside_of_projects_the_next_on_the_path_runs() {
    let cx = world();
    let (own, other) = (cx.rye_home().join("shims"), cx.root().join("other"));
    let link = cx.root().join("link-to-shims");
    symlink(&own, &link).unwrap();
    write_fake(&other.join("python"));
    write_fake(&other.join("python3"));
    let path = search_path(&cx, &[&own, &link, &own, Path::new("."), &other]);
    let output = python(&cx, ["a", "b c", ""]).env("PATH", &path).succeed();
    assert_eq!(output.stdout, format!("fake {} a b c \n", other.join("python").display()));
    let output = cx.program(link.join("python3"), ["-V"]).env("PATH", &path).succeed();
    assert_eq!(output.stdout, format!("fake {} -V\n", other.join("python3").display()));
    // Debian has no `python`
    fs::remove_file(other.join("python")).unwrap();
    let output = python(&cx, ["a"]).env("PATH", &path).succeed();
    assert_eq!(output.stdout, format!("fake {} a\n", other.join("python3").display()));
    fs::set_permissions(other.join("python3"), fs::Permissions::from_mode(0o644)).unwrap();
    rye_snapshot!(python(&cx, ["a"]).env("PATH", &path), @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no `python` on `PATH` but Rye's shims
    hint: let Rye choose one: `rye config --set-bool behavior.global-python=true`
    ");
    python(&cx, ["a"]).env("PATH", "").fail(1);
    python(&cx, ["a"]).env_remove("PATH").fail(1);
}

#[test]
fn two_homes_and_copies_do_not_ask_each_other_for_ever() {
    let cx = world();
    let (own, second) = (cx.rye_home().join("shims"), cx.root().join("second/shims"));
    let (copy, fake) = (cx.root().join("copy"), cx.root().join("fake"));
    fs::create_dir_all(&second).unwrap();
    fs::create_dir_all(&copy).unwrap();
    copy_rye(&second.join("rye"));
    symlink("rye", second.join("python")).unwrap();
    copy_rye(&copy.join("python"));
    fs::hard_link(copy.join("python"), copy.join("python3")).unwrap();
    let path = search_path(&cx, &[&second, &own, &copy, &own]);
    let message = "error: there is no `python` on `PATH` but Rye's shims\n";
    let output = python(&cx, ["a"]).env("PATH", &path).fail(1);
    assert!(output.stderr.starts_with(message), "{}", output.stderr);
    write_fake(&fake.join("python"));
    let path = search_path(&cx, &[&second, &own, &copy, &own, &fake]);
    for start in [&own, &second, &copy] {
        let output = cx.program(start.join("python"), ["a"]).env("PATH", &path).succeed();
        assert_eq!(output.stdout, format!("fake {} a\n", fake.join("python").display()));
    }
    // to ask them what they are leads nowhere either
    set_boolean(&cx, "behavior.global-python");
    let output = python(&cx, ["-c", TELL]).env("PATH", &path).succeed();
    assert!(output.stdout.contains("python"), "{}", output.stdout);
    let output = cx.rye(["toolchain", "list"]).env("PATH", &path).succeed();
    assert!(!output.stdout.contains("second"), "{}", output.stdout);
    assert!(!output.stdout.contains("copy"), "{}", output.stdout);
}

#[test]
fn a_script_that_comes_back_is_left_behind() {
    let cx = world();
    let (own, manager, fake) =
        (cx.rye_home().join("shims"), cx.root().join("manager"), cx.root().join("fake"));
    // a version manager that is told to take what `PATH` has
    write_program(&manager.join("python"), "#!/bin/sh\necho managed\nexec python \"$@\"\n");
    let path = search_path(&cx, &[&own, &manager]);
    let output = python(&cx, ["a"]).env("PATH", &path).fail(1);
    let rounds = output.stdout;
    assert!((1..20).any(|times| rounds == "managed\n".repeat(times)), "{rounds}");
    write_fake(&fake.join("python"));
    let path = search_path(&cx, &[&own, &manager, &fake]);
    let output = python(&cx, ["a"]).env("PATH", &path).succeed();
    assert_eq!(output.stdout, format!("{rounds}fake {} a\n", fake.join("python").display()));
    // and so is one in the place of an environment's interpreter
    cx.write("pyproject.toml", "");
    write_program(&cx.path(".venv/bin/python"), "#!/bin/sh\nexec python \"$@\"\n");
    rye_snapshot!(python(&cx, ["a"]).env("PATH", &path), @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/.venv/bin/python` leads back to the shim that was to run it
    hint: put an interpreter in its place
    ");
    fs::remove_file(cx.path(".venv/bin/python")).unwrap();
    symlink(shim(&cx), cx.path(".venv/bin/python")).unwrap();
    python(&cx, ["a"]).env("PATH", &path).fail(1);
}

#[test]
fn what_a_version_manager_chose_is_chosen_again() {
    let cx = world();
    let (manager, fake) = (cx.root().join("manager"), cx.root().join("fake"));
    let real = cx.python().path.display().to_string();
    let script = format!("#!/bin/sh\necho managed\nexec '{real}' \"$@\"\n");
    write_program(&manager.join("python"), &script);
    write_fake(&fake.join("python"));
    let path = search_path(&cx, &[&cx.rye_home().join("shims"), &manager, &fake]);
    let code = "import os; os.execvp('python', ['python', '-c', 'print(2)'])";
    let output = python(&cx, ["-c", code]).env("PATH", &path).succeed();
    assert_eq!(output.stdout, "managed\nmanaged\n2\n");
}

#[test]
fn a_python_may_become_python_again() {
    let cx = world();
    let other = cx.root().join("other");
    fs::create_dir_all(&other).unwrap();
    symlink(&cx.python().path, other.join("python")).unwrap();
    let path = search_path(&cx, &[&cx.rye_home().join("shims"), &other]);
    let code = "import os, sys\nn = int(sys.argv[1])\nprint(n, flush=True)\n\
                n and os.execvp('python', ['python', '-c', sys.orig_argv[2], str(n - 1)])";
    let code = code.replace("sys.orig_argv[2]", "os.environ['CODE']");
    let run = python(&cx, ["-c", &code, "3"]).env("CODE", &code).env("PATH", &path);
    assert_eq!(run.succeed().stdout, "3\n2\n1\n0\n");
    let code = "import subprocess, sys; print(subprocess.check_output(['python', '-V']))";
    let output = python(&cx, ["-c", code]).env("PATH", &path).succeed();
    assert_eq!(output.stdout, format!("b'Python {}\\n'\n", cx.python().version));
}

#[test]
fn global_python_is_a_toolchain() {
    let cx = with_shims(TestContext::builder().without_index().pythons(2).build());
    let Some((newer, older)) = cx.two_pythons() else { return };
    set_boolean(&cx, "behavior.global-python");
    let version = |python: &str| format!("Python {python}\n");
    assert_eq!(python(&cx, ["-V"]).succeed().stdout, version(&newer.version));
    cx.rye(["config", "--set", &format!("default.toolchain={}", older.minor())]).succeed();
    assert_eq!(python(&cx, ["-V"]).succeed().stdout, version(&older.version));
    fs::write(cx.root().join(".python-version"), newer.minor()).unwrap();
    assert_eq!(python(&cx, ["-V"]).succeed().stdout, version(&newer.version));
    let output = python(&cx, ["-c", "import sys; print(sys.prefix != sys.base_prefix)"]).succeed();
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("False\n", ""));
}

#[test]
fn a_removed_toolchain_is_told() {
    let cx = world();
    set_boolean(&cx, "behavior.global-python");
    cx.write(".python-version", "cpython@3.98.1\n");
    let entry = cx.rye_home().join("py").join("cpython@3.98.1");
    fs::create_dir_all(entry.parent().unwrap()).unwrap();
    symlink("/nowhere/python3", &entry).unwrap();
    let output = python(&cx, ["-V"]).fail(1);
    let message = "error: no Python is known that is `3.98.1`, as `";
    assert!(output.stderr.starts_with(message), "{}", output.stderr);
    assert!(output.stderr.contains("\nhint: "), "{}", output.stderr);
    assert_eq!(output.stdout, "");
}

#[test]
fn a_request_is_for_a_toolchain_inside_and_outside_of_projects() {
    let cx = with_shims(TestContext::builder().without_index().pythons(2).build());
    let Some((_, older)) = cx.two_pythons() else { return };
    let request = format!("+{}", older.minor());
    let code = "import platform, sys; print(platform.python_version(), sys.argv[1:], sys.prefix == sys.base_prefix)";
    let expected = format!("{} ['+3'] True\n", older.version);
    assert_eq!(python(&cx, [&request, "-c", code, "+3"]).succeed().stdout, expected);
    write_managed(&cx);
    assert_eq!(python(&cx, [&request, "-c", code, "+3"]).succeed().stdout, expected);
    assert!(!cx.exists(".venv"));
    let output = python(&cx, ["+3.98", "-V"]).fail(1);
    assert!(
        output.stderr.starts_with("error: no Python is known that is `3.98`"),
        "{}",
        output.stderr
    );
    for bad in ["+", "+3.x", "+cython"] {
        let output = python(&cx, [bad, "-V"]).fail(1);
        let message = format!("error: `{}` is no request for a Python", &bad[1..]);
        assert!(output.stderr.starts_with(&message), "{}", output.stderr);
        assert!(output.stderr.contains("\nhint: "), "{}", output.stderr);
    }
}

#[test]
fn an_activated_environment_wins_if_it_is_to() {
    let cx = world();
    write_managed(&cx);
    cx.rye(["sync"]).succeed();
    let active = cx.root().join("active");
    let args = ["-m", "venv", "--without-pip"].map(OsStr::new);
    cx.program(&cx.python().path, args.into_iter().chain([active.as_os_str()])).succeed();
    let tell = |venv: &Path| python(&cx, ["-c", TELL]).env("VIRTUAL_ENV", venv).succeed().stdout;
    let activated = format!("{} []\n", active.join("bin/python").display());
    assert_eq!(tell(&active), in_environment(&cx, "[]"));
    set_boolean(&cx, "behavior.prefer-activated-venv");
    assert_eq!(tell(&active), activated);
    assert_eq!(tell(&cx.root().join("nothing")), in_environment(&cx, "[]"));
    fs::remove_file(cx.path("pyproject.toml")).unwrap();
    assert_eq!(tell(&active), activated);
    let request = format!("+{}", cx.python().version);
    let code = "import sys; print(sys.prefix == sys.base_prefix)";
    let run = python(&cx, [&request, "-c", code]).env("VIRTUAL_ENV", &active);
    assert_eq!(run.succeed().stdout, "True\n");
}

#[test]
fn what_cannot_be_read_is_told_with_its_place() {
    let cx = world();
    write_fake(&cx.root().join("bin").join("python"));
    let config = cx.rye_home().join("config.toml");
    fs::write(&config, "[behavior]\nglobal-python = 1\n").unwrap();
    rye_snapshot!(python(&cx, ["-V"]), @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[HOME]/config.toml` cannot be understood
    caused by: TOML parse error at line 2, column 17
      |
    2 | global-python = 1
      |                 ^
    invalid type: integer `1`, expected a boolean
    hint: correct the line in an editor, or take the key away
    ");
    cx.rye(["--version"]).succeed();
    // a key of another version is nothing that whoever calls `python` could mend
    fs::write(&config, "[behavior]\nunknown = 1\n").unwrap();
    assert_eq!(python(&cx, ["-V"]).succeed().stderr, "");
    cx.write("pyproject.toml", "[tool.rye\n");
    let output = python(&cx, ["-V"]).fail(1);
    let start = format!("error: `{}` cannot be understood\n", cx.path("pyproject.toml").display());
    assert!(output.stderr.starts_with(&start), "{}", output.stderr);
    assert!(output.stderr.ends_with("hint: correct the line in an editor\n"), "{}", output.stderr);
    cx.write("pyproject.toml", "[tool.rye]\nmanaged = \"yes\"\n");
    python(&cx, ["-V"]).fail(1);
    assert_eq!(cx.tree(), "pyproject.toml");
}

#[test]
fn a_build_that_calls_a_shim_does_not_wait_for_itself() {
    let cx = world();
    cx.write(
        "pyproject.toml",
        "[project]\nname = \"demo\"\ndynamic = [\"version\"]\n\
         [build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n\
         [tool.rye]\nmanaged = true\n",
    );
    let backend = format!(
        "import subprocess\ndef prepare_metadata_for_build_wheel(directory, settings=None):\n    \
         raise RuntimeError(f'it ended with {{subprocess.call([{:?}, \"-V\"])}}')\n\
         prepare_metadata_for_build_editable = prepare_metadata_for_build_wheel\n",
        shim(&cx)
    );
    cx.write("backend.py", backend);
    let output = python(&cx, ["-V"]).fail(1);
    assert!(output.stderr.contains("it ended with 0"), "{}", output.stderr);
}

#[test]
fn an_environment_that_is_half_done_is_completed() {
    let cx = with_shims(TestContext::new());
    cx.write_project("demo", &["click"]);
    cx.rye(["sync"]).succeed();
    let marker = cx.read(".venv/rye-venv.json").replace("\"synced\"", "\"changing\"");
    cx.write(".venv/rye-venv.json", &marker);
    let output = python(&cx, ["-c", "import click; print(1)"]).succeed();
    assert_eq!(output.stdout, "1\n");
    let output = python(&cx, ["-c", "import click; print(1)"]).succeed();
    assert_eq!(output.stderr, "");
    // where that cannot be done it runs as it is, and says so
    cx.write(".venv/rye-venv.json", &marker);
    fs::write(cx.path("requirements-dev.lock"), "click==99\n").unwrap();
    let output = python(&cx, ["-c", "import click; print(1)"]).succeed();
    assert_eq!(output.stdout, "1\n");
    assert!(output.stderr.contains("warning: the environment is half done"), "{}", output.stderr);
}

#[test]
fn a_first_call_that_fails_leaves_no_environment() {
    let cx = with_shims(TestContext::new());
    cx.write_project("demo", &["click"]);
    cx.rye(["lock"]).succeed();
    cx.index().fail("/*", Fault::Status(503));
    for _ in 0..2 {
        python(&cx, ["-c", "print(1)"]).fail(1);
        assert!(!cx.exists(".venv"));
    }
    cx.index().heal();
    let output = python(&cx, ["-c", "import click; print(1)"]).succeed();
    assert_eq!(output.stdout, "1\n");
}

#[test]
fn a_python_that_is_gone_is_told_in_any_project() {
    let cx = world();
    cx.write("pyproject.toml", "[project]\nname = \"demo\"\nversion = \"1\"\n");
    cx.write(".venv/pyvenv.cfg", "home = /nowhere\n");
    let output = python(&cx, ["-c", "print(1)"]).fail(1);
    assert!(output.stderr.contains("has no interpreter that works"), "{}", output.stderr);
}

#[test]
fn a_script_that_starts_python_anew_comes_to_an_end() {
    let cx = world();
    write_managed(&cx);
    cx.rye(["sync"]).succeed();
    fs::remove_file(cx.path(".venv/bin/python")).unwrap();
    let script = cx.path(".venv/bin/python");
    fs::write(&script, "#!/bin/sh\npython \"$@\"\n").unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let output = python(&cx, ["-c", "print(1)"]).run();
    assert!(!output.status.success());
    assert!(output.stderr.contains("leads back to the shim"), "{}", output.stderr);
}

#[test]
fn two_calls_at_once_make_one_environment() {
    let cx = with_shims(TestContext::new());
    cx.write_project("demo", &["click"]);
    let outputs: Vec<_> = std::thread::scope(|scope| {
        let call = || python(&cx, ["-c", "import click; print(1)"]).run();
        let calls: Vec<_> = (0..4).map(|_| scope.spawn(call)).collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    for output in &outputs {
        assert_eq!(output.stdout, "1\n", "{}", output.stderr);
    }
    let made = outputs.iter().filter(|output| output.stderr.contains("created")).count();
    assert_eq!(made, 1);
}
