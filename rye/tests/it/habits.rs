//! What users of cargo expect of every command: `-C`, `--color`, `--offline`, `--locked`, aliases and programs `rye-NAME`.

#![expect(clippy::unwrap_used, reason = "what a helper cannot do fails the test")]

use std::fs;

use crate::support::*;

fn configure(cx: &TestContext, text: &str) {
    fs::create_dir_all(cx.rye_home()).unwrap();
    fs::write(cx.rye_home().join("config.toml"), text).unwrap();
}

/// Puts a script on `PATH`.
#[cfg(unix)]
fn write_program(cx: &TestContext, name: &str, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;

    let path = cx.root().join("bin").join(name);
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

const VIRTUAL: &str = "[project]\nname = \"demo\"\nversion = \"0.1.0\"\ndependencies = []\n\n[tool.rye]\nvirtual = true\n";

#[test]
fn a_directory_to_work_in_goes_before_and_after_the_command() {
    let cx = TestContext::builder().without_index().build();
    cx.write("a b/pyproject.toml", VIRTUAL);
    cx.write("a b/vars", "X=1\n");
    for args in [["-C", "a b", "show"], ["show", "-C", "a b"]] {
        let shown = cx.rye(args).succeed().stdout;
        assert!(shown.contains(&format!("path: {}\n", cx.path("a b").display())), "{shown}");
    }
    // other paths start there, too
    cx.rye(["-C", "a b", "--env-file", "vars", "show"]).succeed();
    cx.rye(["-C", "a b", "show", "--pyproject", "pyproject.toml"]).succeed();
    cx.rye(["--env-file", "vars", "show", "-C", "a b"]).succeed();
    cx.rye(["init", "new", "-C", "a b", "--virtual"]).succeed();
    assert!(cx.exists("a b/new/pyproject.toml"));
}

#[test]
#[cfg(unix)]
fn programs_start_in_the_directory_to_work_in() {
    let cx = TestContext::builder().without_index().build();
    fs::create_dir(cx.path("sub")).unwrap();
    write_program(&cx, "rye-where", "pwd; echo \"$PWD\"");
    let place = cx.path("sub").display().to_string();
    let found = cx.rye(["-C", "sub", "where"]).env("PWD", cx.project()).succeed().stdout;
    assert_eq!(found, format!("{place}\n{place}\n"));
}

#[test]
fn what_follows_a_program_is_the_program_s() {
    let cx = TestContext::builder().without_index().build();
    cx.write("sub/pyproject.toml", VIRTUAL);
    let code = "import os, sys; print(os.getcwd(), sys.argv[1:])";
    let run = ["run", "-C", "sub", "python", "-c", code, "-C", "x", "--color", "never", "-q"];
    let output = cx.rye(run).succeed();
    let place = cx.path("sub").display().to_string();
    assert_eq!(output.stdout, format!("{place} ['-C', 'x', '--color', 'never', '-q']\n"));
}

#[test]
fn a_directory_that_is_none_is_refused() {
    let cx = TestContext::builder().without_index().build();
    rye_snapshot!(cx, ["-C", "nowhere", "show"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot work in the directory `nowhere`
    caused by: No such file or directory (os error 2)
    hint: name one that exists with `-C`
    ");
    cx.write("file", "");
    cx.rye(["show", "-C", "file"]).fail(1);
    cx.rye(["show", "-C"]).fail(2);
}

#[test]
fn colors_are_for_those_who_want_them() {
    let cx = TestContext::builder().without_index().build();
    let is_colored = |args: &[&str], variables: &[(&str, &str)]| {
        let run = cx.rye(args);
        let run = variables.iter().fold(run, |run, (name, value)| run.env(name, value));
        let output = run.run();
        let text = if output.stdout.is_empty() { output.stderr } else { output.stdout };
        assert!(!text.is_empty());
        text.contains('\u{1b}')
    };
    // help, a usage error, an error of rye's own, and one command more
    for args in
        [&["--help"][..], &["sync", "--nothing"], &["show"], &[], &["nothing"], &["help", "run"]]
    {
        let with = |color: &[&'static str]| [color, args].concat();
        assert!(!is_colored(args, &[]), "{args:?}");
        assert!(!is_colored(&with(&["--color", "auto"]), &[]), "{args:?}");
        assert!(is_colored(&with(&["--color", "always"]), &[]), "{args:?}");
        assert!(is_colored(&with(&["--color=always"]), &[("NO_COLOR", "1")]), "{args:?}");
        assert!(is_colored(args, &[("CLICOLOR_FORCE", "1")]), "{args:?}");
        assert!(!is_colored(&with(&["--color=never"]), &[("CLICOLOR_FORCE", "1")]), "{args:?}");
    }
    assert!(is_colored(&["show", "--color", "always"], &[]));
    assert!(!is_colored(&["show", "--", "--color", "always"], &[]));
    cx.rye(["--color", "pink", "show"]).fail(2);
}

#[test]
#[cfg(unix)]
fn programs_are_told_of_colors() {
    let cx = TestContext::builder().without_index().build();
    write_program(&cx, "rye-colors", "echo \"$NO_COLOR/$CLICOLOR_FORCE/$FORCE_COLOR\"");
    let told = |args: &[&str]| cx.rye(args).env("NO_COLOR", "yes").succeed().stdout;
    assert_eq!(told(&["colors"]), "yes//\n");
    assert_eq!(told(&["--color=always", "colors"]), "/1/1\n");
    assert_eq!(told(&["--color=never", "colors"]), "1//\n");
}

#[test]
fn the_engine_is_understood_with_colors() {
    let cx = TestContext::new();
    cx.write_project("demo", &["flask"]);
    let output = cx.rye(["--color=always", "sync"]).succeed();
    assert!(output.stderr.contains("flask 3.0.0\n"), "{}", output.stderr);
    cx.rye(["--color=always", "lock", "--check"]).succeed();
    let output = cx.rye(["--color=always", "add", "no-such-thing"]).fail(1);
    assert!(output.stderr.contains("no-such-thing"), "{}", output.stderr);
}

#[test]
fn options_without_a_command_show_the_help() {
    let cx = TestContext::builder().without_index().build();
    for args in [&["--env-file", "nowhere"][..], &["-q"], &["--color", "never"], &["-C", "."]] {
        let output = cx.rye(args).fail(2);
        assert!(output.stderr.contains("Usage: rye [OPTIONS] [COMMAND]"), "{}", output.stderr);
        assert_eq!(output.stdout, "");
    }
    cx.rye(["--env-file", "nowhere", "--version"]).fail(1);
    let output = cx.rye(["help", "toolchain", "list"]).succeed();
    assert!(output.stdout.contains("--include-downloadable"), "{}", output.stdout);
}

#[test]
fn an_alias_stands_for_its_words() {
    let cx = TestContext::builder().without_index().build();
    cx.write("pyproject.toml", VIRTUAL);
    configure(
        &cx,
        "[alias]\ns = \"show\"\nwhere = ['show', '--pyproject', 'a b/pyproject.toml']\nv = '-v s'\nelsewhere = '-C \"a b\" s'\n",
    );
    let renamed = VIRTUAL.replace("demo", "other");
    cx.write("a b/pyproject.toml", renamed);
    let project = |args: &[&str]| {
        let shown = cx.rye(args).succeed().stdout;
        shown.lines().next().unwrap().to_owned()
    };
    assert_eq!(project(&["s"]), "project: demo");
    assert_eq!(project(&["-C", "a b", "s"]), "project: other");
    assert_eq!(project(&["where"]), "project: other");
    assert_eq!(project(&["elsewhere"]), "project: other");
    assert_eq!(project(&["v"]), "project: demo");
    assert_eq!(project(&["--quiet", "s", "--pyproject", "a b/pyproject.toml"]), "project: other");
    cx.rye(["-q", "v"]).fail(2);
    cx.rye(["s", "--nothing"]).fail(2);
}

#[test]
fn an_alias_that_leads_nowhere_is_told() {
    let cx = TestContext::builder().without_index().build();
    configure(&cx, "[alias]\na = 'b'\nb = ['c', 'x']\nc = 'a'\nd = 'nothing-at-all'\n");
    rye_snapshot!(cx, ["a"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the alias `a` in `[HOME]/config.toml` leads back to itself
    ");
    rye_snapshot!(cx, ["d"], @"
    exit: 2
    ----- stdout -----
    ----- stderr -----
    error: there is no command `nothing-at-all`
    hint: `rye --list` shows all commands
    ");
    for (alias, text) in [
        ("''", "one word"),
        ("[]", "one word"),
        ("3", "a text or a list"),
        ("'\"x'", "quotes"),
        ("[3]", "expected a string"),
    ] {
        configure(&cx, &format!("[alias]\nxx = {alias}\n"));
        let output = cx.rye(["xx"]).fail(1);
        assert!(output.stderr.contains(text), "{alias}: {}", output.stderr);
        assert!(output.stderr.contains("config.toml"), "{}", output.stderr);
    }
}

#[test]
fn an_alias_hides_no_command() {
    let cx = TestContext::builder().without_index().build();
    cx.write("pyproject.toml", VIRTUAL);
    configure(&cx, "[alias]\nshow = 'toolchain list'\nxx = 'show'\n");
    let warning = format!(
        "warning: the alias `show` in `{}` counts for nothing: `rye show` is a command\n",
        cx.rye_home().join("config.toml").display()
    );
    for args in [["show"], ["xx"], ["--list"]] {
        let output = cx.rye(args).succeed();
        assert!(output.stdout.starts_with(if args == ["--list"] {
            "add "
        } else {
            "project: demo\n"
        }));
        assert_eq!(output.stderr, warning);
    }
    // an alias that hides nothing is none of these
    configure(&cx, "[alias]\nxx = 'show'\n");
    assert_eq!(cx.rye(["--list", "xx"]).succeed().stderr, "");
}

#[test]
fn aliases_are_set_like_other_settings() {
    let cx = TestContext::builder().without_index().build();
    let output = cx.rye(["config", "--set", "alias.t=toolchain list"]).succeed();
    assert_eq!(output.stderr, "");
    assert_eq!(cx.rye(["config", "--get", "alias.t"]).succeed().stdout, "toolchain list\n");
    cx.rye(["t"]).succeed();
    let output = cx.rye(["config", "--set", "alias.sync=lock"]).succeed();
    assert!(output.stderr.contains("the alias `sync`"), "{}", output.stderr);
    cx.rye(["config", "--set", "alias.u="]).fail(1);
    cx.rye(["config", "--set", "alias.t.u=x"]).fail(1);
    cx.rye(["config", "--set", "alias=x"]).fail(1);
    cx.rye(["config", "--unset", "alias.t"]).succeed();
    cx.rye(["t"]).fail(2);
}

#[test]
#[cfg(unix)]
fn a_program_on_path_is_a_command() {
    let cx = TestContext::builder().without_index().build();
    write_program(&cx, "rye-hello", "echo \"$RYE\"; printf '%s,' \"$@\"; exit 7");
    let output = cx.rye(["-q", "hello", "a b", "--help", "-C", "x", ""]).fail(7);
    let rye = env!("CARGO_BIN_EXE_rye");
    assert_eq!(output.stdout, format!("{rye}\na b,--help,-C,x,,"));
    assert_eq!(output.stderr, "");
    // nothing of it is Rye's own, and nothing of Rye's own it
    write_program(&cx, "rye-show", "echo no");
    cx.rye(["show"]).fail(1);
    configure(&cx, "[alias]\nhi = 'hello --loud'\nhello = 'hi'\n");
    assert!(cx.rye(["hi", "x"]).fail(1).stderr.contains("leads back"));
    configure(&cx, "[alias]\nhi = 'hello --loud'\n");
    assert_eq!(cx.rye(["hi", "x"]).fail(7).stdout, format!("{rye}\n--loud,x,"));
    // a variable of an environment file reaches it
    cx.write("vars", "A=1");
    write_program(&cx, "rye-var", "echo $A");
    assert_eq!(cx.rye(["--env-file", "vars", "var"]).succeed().stdout, "1\n");
    // the path of a program is no command
    cx.write("x/rye-y", "");
    cx.rye(["../bin/rye-hello"]).fail(2);
    cx.rye(["x/../hello"]).fail(2);
    cx.rye([""]).fail(2);
}

#[test]
#[cfg(unix)]
fn all_commands_are_listed_and_the_nearest_is_named() {
    let cx = TestContext::builder().without_index().build();
    write_program(&cx, "rye-hello", "");
    write_program(&cx, "rye-sync", "");
    fs::write(cx.root().join("bin/rye-text"), "").unwrap();
    configure(&cx, "[alias]\nship = ['run', 'a b']\n");
    let listed = cx.rye(["--list"]).succeed().stdout;
    let lines: Vec<_> = listed.lines().collect();
    let names: Vec<_> = lines.iter().map(|line| line.split(' ').next().unwrap()).collect();
    assert!(names.is_sorted(), "{listed}");
    assert!(!names.contains(&"text"), "{listed}");
    let line = |name: &str| *lines.iter().find(|line| line.starts_with(name)).unwrap();
    assert!(line("hello ").ends_with("/bin/rye-hello"), "{listed}");
    assert!(line("ship ").ends_with("  alias: run 'a b'"), "{listed}");
    assert!(line("sync ").contains("Bring the lockfiles"), "{listed}");
    rye_snapshot!(cx, ["sycn"], @"
    exit: 2
    ----- stdout -----
    ----- stderr -----
    error: there is no command `sycn`
    hint: did you mean `rye sync`? `rye --list` shows all commands
    ");
    rye_snapshot!(cx, ["helo", "--x"], @"
    exit: 2
    ----- stdout -----
    ----- stderr -----
    error: there is no command `helo`
    hint: did you mean `rye hello`? `rye --list` shows all commands
    ");
    rye_snapshot!(cx, ["shipp"], @"
    exit: 2
    ----- stdout -----
    ----- stderr -----
    error: there is no command `shipp`
    hint: did you mean `rye ship`? `rye --list` shows all commands
    ");
    rye_snapshot!(cx, ["quite-something-else"], @"
    exit: 2
    ----- stdout -----
    ----- stderr -----
    error: there is no command `quite-something-else`
    hint: `rye --list` shows all commands
    ");
    rye_snapshot!(cx, ["help", "sycn"], @"
    exit: 2
    ----- stdout -----
    ----- stderr -----
    error: there is no command `sycn`
    hint: did you mean `rye sync`? `rye --list` shows all commands
    ");
    rye_snapshot!(cx, ["help", "ship"], @"
    exit: 0
    ----- stdout -----
    `rye ship` is an alias of `rye run 'a b'`
    ----- stderr -----
    ");
    write_program(&cx, "rye-hello", "echo \"help: $*\"");
    assert_eq!(cx.rye(["help", "hello"]).succeed().stdout, "help: --help\n");
    // nothing is read for a command that is Rye's own
    configure(&cx, "not toml");
    cx.rye(["pin", "--help"]).succeed();
    let output = cx.rye(["sycn"]).fail(1);
    assert!(output.stderr.contains("config.toml` cannot be understood"), "{}", output.stderr);
}
