//! Input that is wrong: a clear error, status 1, and nothing changed.

#![expect(clippy::unwrap_used, reason = "what a helper cannot do fails the test")]

use std::fs;

use crate::support::*;

/// Commands that need a project, and the arguments that they need.
const PROJECT_COMMANDS: [&[&str]; 10] = [
    &["add", "idna"],
    &["build"],
    &["list"],
    &["lock"],
    &["publish"],
    &["remove", "idna"],
    &["run"],
    &["show"],
    &["sync"],
    &["version"],
];

/// Runs rye, which must fail with status 1, answer nothing and change nothing.
#[track_caller]
fn refused(cx: &TestContext, run: Run) -> Output {
    let before = cx.fingerprint();
    let output = run.fail(1);
    assert_eq!(cx.fingerprint(), before, "{}", output.snapshot());
    assert_eq!(output.stdout, "");
    assert!(output.stderr.lines().any(|line| line.starts_with("error: ")), "{}", output.stderr);
    assert!(!output.stderr.contains("panicked"), "{}", output.stderr);
    output
}

fn write_config(cx: &TestContext, text: &str) {
    fs::create_dir_all(cx.rye_home()).unwrap();
    fs::write(cx.rye_home().join("config.toml"), text).unwrap();
}

fn write_virtual(cx: &TestContext, rest: &str) {
    let manifest = format!(
        "[project]\nname = \"demo\"\nversion = \"0.1.0\"\ndependencies = []\n\n[tool.rye]\nvirtual = true\n{rest}"
    );
    cx.write("pyproject.toml", manifest);
}

#[test]
fn without_a_project_there_is_nothing_to_do() {
    let cx = TestContext::new();
    for args in PROJECT_COMMANDS {
        let output = refused(&cx, cx.rye(args));
        assert!(output.stderr.contains("hint: "), "{args:?}: {}", output.stderr);
    }
    rye_snapshot!(cx, ["sync"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no `pyproject.toml` in `[ROOT]/project` or above it
    hint: start a project with `rye init`
    ");
    // a directory of that name is none
    fs::create_dir(cx.path("pyproject.toml")).unwrap();
    refused(&cx, cx.rye(["sync"]));
}

#[test]
fn a_manifest_that_is_not_there_is_named() {
    let cx = TestContext::new();
    for args in PROJECT_COMMANDS {
        let run = |path: &str| cx.rye(args.iter().chain(&["--pyproject", path]));
        if args[0] == "run" {
            continue; // what follows its options is for the program
        }
        assert!(refused(&cx, run("nowhere/x.toml")).stderr.contains("nowhere/x.toml"));
    }
    rye_snapshot!(cx, ["sync", "--pyproject", "nowhere/pyproject.toml"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot find `[ROOT]/project/nowhere/pyproject.toml`
    caused by: No such file or directory (os error 2)
    ");
    rye_snapshot!(cx, ["run", "--pyproject", "."], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project` is a directory
    hint: name the file: `--pyproject [ROOT]/project/pyproject.toml`
    ");
    cx.write("file", "");
    rye_snapshot!(cx, ["sync", "--pyproject", "file/pyproject.toml"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot find `[ROOT]/project/file/pyproject.toml`
    caused by: Not a directory (os error 20)
    hint: move the file away that is in the place of a directory
    ");
}

#[test]
fn toml_that_does_not_parse_is_shown() {
    let cx = TestContext::new();
    cx.write("pyproject.toml", "[project]\nname = \"demo\"\nversion = 1.0.0  # no text\n");
    for args in PROJECT_COMMANDS {
        let output = refused(&cx, cx.rye(args));
        for part in ["pyproject.toml", "line 3", "column", "version = 1.0.0  # no text"] {
            assert!(output.stderr.contains(part), "{args:?} {part}: {}", output.stderr);
        }
    }
    rye_snapshot!(cx, ["sync"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/pyproject.toml` cannot be understood
    caused by: TOML parse error at line 3, column 14
      |
    3 | version = 1.0.0  # no text
      |              ^^
    invalid float, expected nothing
    hint: correct the line in an editor
    ");
    for text in ["\u{0}", "[", "[project\n", "a = 1\na = 2\n", "x = \"\n", "[a]\n[a]\n"] {
        cx.write("pyproject.toml", text);
        assert!(refused(&cx, cx.rye(["sync"])).stderr.contains("line "), "{text:?}");
    }
    cx.write("pyproject.toml", b"[project]\nname = \"\xff\"\n");
    rye_snapshot!(cx, ["sync"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot read `[ROOT]/project/pyproject.toml`
    caused by: stream did not contain valid UTF-8
    hint: save it as UTF-8
    ");
}

#[test]
fn wrong_types_are_named_with_their_line() {
    #[track_caller]
    fn check(cx: &TestContext, key: &str, value: &str) {
        cx.write(
            "pyproject.toml",
            format!("[project]\nname = \"demo\"\n\n[tool.rye]\n{key} = {value}\n"),
        );
        let output = refused(cx, cx.rye(["sync"]));
        let shown = format!("{key} = {value}");
        for part in ["pyproject.toml", "line 5", shown.as_str()] {
            assert!(output.stderr.contains(part), "{shown}: {part}: {}", output.stderr);
        }
    }
    let cx = TestContext::new();
    for key in ["managed", "virtual", "universal", "generate-hashes", "lock-with-sources"] {
        for value in ["1", "\"true\"", "[]", "{}"] {
            check(&cx, key, value);
        }
    }
    for key in ["dev-dependencies", "excluded-dependencies"] {
        for value in ["1", "\"idna\"", "true", "[1]", "{ idna = \"*\" }"] {
            check(&cx, key, value);
        }
    }
    for value in ["1", "\"x\"", "true", "[1]", "[{}]", "[{ name = \"x\" }]", "[{ url = \"x\" }]"] {
        check(&cx, "sources", value);
    }
    check(&cx, "sources", "[{ name = \"x\", url = \"u\", type = \"other\" }]");
    check(&cx, "sources", "[{ name = \"x\", url = \"u\", verify-ssl = \"no\" }]");
    for value in ["1", "\"x\"", "[]"] {
        check(&cx, "scripts", value);
    }
    cx.write("pyproject.toml", "[project]\nname = \"demo\"\n\n[tool]\nrye = 1\n");
    rye_snapshot!(cx, ["sync"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/pyproject.toml` cannot be understood
    caused by: TOML parse error at line 5, column 7
      |
    5 | rye = 1
      |       ^
    invalid type: integer `1`, expected a table
    hint: correct the line in an editor
    ");
    write_virtual(&cx, "managed = \"yes\"\n");
    rye_snapshot!(cx, ["sync"], @r#"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/pyproject.toml` cannot be understood
    caused by: TOML parse error at line 8, column 11
      |
    8 | managed = "yes"
      |           ^^^^^
    invalid type: string "yes", expected a boolean
    hint: correct the line in an editor
    "#);
}

#[test]
fn no_type_of_ours_is_named() {
    let cx = TestContext::new();
    for text in [
        "project = 1\n",
        "build-system = 1\n",
        "tool = 1\n",
        "dependency-groups = 1\n",
        "[dependency-groups]\na = [1]\n",
        "[dependency-groups]\na = [{ include = \"b\" }]\n",
        "[tool.rye]\nsources = [1]\n",
        "[project]\noptional-dependencies = 1\n",
    ] {
        cx.write("pyproject.toml", text);
        let output = refused(&cx, cx.rye(["lock"]));
        for word in ["struct", "enum", "variant", "Rye", "Vec"] {
            assert!(!output.stderr.contains(word), "{word}: {}", output.stderr);
        }
    }
    write_virtual(&cx, "");
    for text in
        ["default = 1\n", "proxy = 1\n", "behavior = 1\n", "toolchain = 1\n", "sources = [1]\n"]
    {
        write_config(&cx, text);
        let output = refused(&cx, cx.rye(["lock"]));
        for word in ["struct", "enum", "variant"] {
            assert!(!output.stderr.contains(word), "{word}: {}", output.stderr);
        }
    }
}

#[test]
fn wrong_values_are_named_with_their_key() {
    #[track_caller]
    fn check(cx: &TestContext, manifest: &str, key: &str) {
        cx.write("pyproject.toml", manifest);
        let output = refused(cx, cx.rye(["lock"]));
        assert!(output.stderr.contains(key), "{manifest}: {}", output.stderr);
        assert!(output.stderr.contains("pyproject.toml"), "{}", output.stderr);
    }
    let cx = TestContext::new();
    let project = "[project]\nname = \"demo\"\nversion = \"1\"\n";
    check(&cx, "[project]\nname = \"de mo\"\n", "project.name");
    check(&cx, "[project]\nname = \"demo\"\nversion = \"one\"\n", "project.version");
    check(&cx, &format!("{project}requires-python = \"3.x\"\n"), "project.requires-python");
    check(&cx, &format!("{project}dependencies = [\"a b\"]\n"), "project.dependencies");
    check(
        &cx,
        &format!("{project}[project.optional-dependencies]\nweb = [\"a b\"]\n"),
        "project.optional-dependencies.web",
    );
    check(&cx, &format!("{project}[tool.rye]\ndev-dependencies = [\"=1\"]\n"), "dev-dependencies");
    check(
        &cx,
        &format!("{project}[tool.rye]\nexcluded-dependencies = [\"=1\"]\n"),
        "excluded-dependencies",
    );
    check(
        &cx,
        &format!("{project}[dependency-groups]\ndocs = [\"=1\"]\n"),
        "dependency-groups.docs",
    );
    write_virtual(&cx, "sources = [{ name = \"mine\", url = \"nowhere\" }]\n");
    assert!(refused(&cx, cx.rye(["lock"])).stderr.contains("source `mine`"));
}

#[test]
fn an_unknown_key_is_warned_of_once() {
    let cx = TestContext::new();
    write_virtual(&cx, "managd = true\n[tool.other]\nx = 1\n");
    write_config(&cx, "[behavior]\nautosink = true\n");
    for args in
        [&["sync"][..], &["sync"], &["show"], &["lock"], &["add", "idna"], &["remove", "idna"]]
    {
        let output = cx.rye(args).succeed();
        let warnings: Vec<_> =
            output.stderr.lines().filter(|line| line.starts_with("warning: ")).collect();
        assert_eq!(warnings.len(), 2, "{args:?}: {}", output.stderr);
        assert!(output.stderr.contains("`tool.rye.managd`"), "{}", output.stderr);
        assert!(output.stderr.contains("`behavior.autosink`"), "{}", output.stderr);
    }
    // quiet hides no warnings
    assert!(cx.rye(["sync", "-q"]).succeed().stderr.contains("managd"));
}

#[test]
fn a_broken_configuration_stops_what_needs_it() {
    let cx = TestContext::new();
    write_virtual(&cx, "");
    for text in ["[behavior\n", "behavior = 1\n", "[behavior]\nautosync = \"no\"\n", "\u{0}"] {
        write_config(&cx, text);
        // to list what is there needs no setting, nor does it to find that there is nothing to build
        let needs_none = |args: &&[&str]| ["build", "list", "run", "version"].contains(&args[0]);
        let commands = PROJECT_COMMANDS.into_iter().filter(|args| !needs_none(args));
        for args in commands.chain([&["toolchain", "list"][..]]) {
            let output = refused(&cx, cx.rye(args));
            assert!(output.stderr.contains("config.toml"), "{args:?}: {}", output.stderr);
            assert!(output.stderr.contains("line "), "{args:?}: {}", output.stderr);
        }
        cx.rye(["--version"]).succeed();
        cx.rye(["--help"]).succeed();
        cx.rye(["sync", "--help"]).succeed();
        let output = cx.rye(["config", "--show-path"]).succeed();
        assert!(output.stdout.trim().ends_with("config.toml"), "{}", output.stdout);
    }
    write_config(&cx, "[behavior]\nautosync = \"no\"\n");
    rye_snapshot!(cx, ["sync"], @r#"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[HOME]/config.toml` cannot be understood
    caused by: TOML parse error at line 2, column 12
      |
    2 | autosync = "no"
      |            ^^^^
    invalid type: string "no", expected a boolean
    hint: correct the line in an editor, or take the key away
    "#);
    fs::remove_file(cx.rye_home().join("config.toml")).unwrap();
    fs::create_dir(cx.rye_home().join("config.toml")).unwrap();
    rye_snapshot!(cx, ["sync"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot read `[HOME]/config.toml`
    caused by: Is a directory (os error 21)
    hint: move the directory away: a file is to be there
    ");
}

#[test]
fn a_lockfile_that_cannot_be_read_is_named() {
    let cx = TestContext::new();
    write_virtual(&cx, "");
    fs::create_dir(cx.path("requirements.lock")).unwrap();
    rye_snapshot!(cx, ["sync"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot lock `demo`
    caused by: cannot read `[ROOT]/project/requirements.lock`
    caused by: Is a directory (os error 21)
    hint: move the directory away: a file is to be there
    ");
    assert!(!cx.exists(".venv"));
    fs::remove_dir(cx.path("requirements.lock")).unwrap();
    cx.write("requirements.lock", b"idna==\xff\n");
    refused(&cx, cx.rye(["sync"]));
    rye_snapshot!(cx, ["sync"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot lock `demo`
    caused by: cannot read `[ROOT]/project/requirements.lock`
    caused by: stream did not contain valid UTF-8
    hint: save it as UTF-8
    ");
}

#[test]
fn a_merge_in_a_lockfile_is_to_be_settled() {
    let cx = TestContext::new();
    write_virtual(&cx, "");
    cx.write("requirements.lock", "<<<<<<< HEAD\nidna==3.4\n=======\nidna==2.10\n>>>>>>> theirs\n");
    refused(&cx, cx.rye(["sync"]));
    rye_snapshot!(cx, ["sync"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot lock `demo`
    caused by: the lockfile `[ROOT]/project/requirements.lock` cannot be understood
    caused by: line 1: `<<<<<<< HEAD`: a conflict marker of git
    hint: settle the merge, or delete the file and run `rye lock`
    ");
}

#[test]
#[cfg(unix)]
fn a_directory_that_cannot_be_written_changes_nothing() {
    use std::os::unix::fs::PermissionsExt as _;

    let cx = TestContext::new();
    write_virtual(&cx, "");
    let set_mode = |mode| {
        fs::set_permissions(cx.project(), fs::Permissions::from_mode(mode)).unwrap();
    };
    set_mode(0o555);
    if fs::write(cx.path("probe"), "").is_ok() {
        fs::remove_file(cx.path("probe")).unwrap();
        set_mode(0o755); // root writes everywhere
        return;
    }
    refused(&cx, cx.rye(["sync"]));
    let output = refused(&cx, cx.rye(["add", "--no-sync", "idna"]));
    assert!(output.stderr.contains("hint: "), "{}", output.stderr);
    set_mode(0o755);
}

#[test]
#[cfg(unix)]
fn a_manifest_that_is_read_only_is_not_replaced() {
    use std::os::unix::fs::PermissionsExt as _;

    let cx = TestContext::new();
    write_virtual(&cx, "");
    let read_only = fs::Permissions::from_mode(0o444);
    fs::set_permissions(cx.path("pyproject.toml"), read_only).unwrap();
    refused(&cx, cx.rye(["add", "--no-sync", "idna"]));
    rye_snapshot!(cx, ["add", "--no-sync", "idna"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing was added
    caused by: cannot write `[ROOT]/project/pyproject.toml`
    caused by: permission denied
    hint: check who may read and write there
    ");
}

#[test]
fn a_home_that_is_a_file_is_named() {
    let cx = TestContext::new();
    write_virtual(&cx, "");
    fs::write(cx.rye_home(), "a file").unwrap();
    refused(&cx, cx.rye(["sync"]));
    refused(&cx, cx.rye(["add", "idna"]));
    rye_snapshot!(cx, ["sync"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot create the directory `[HOME]/locks`
    caused by: Not a directory (os error 20)
    hint: move the file away that is in the place of a directory
    ");
    cx.rye(["--version"]).succeed();
    assert_eq!(fs::read_to_string(cx.rye_home()).unwrap(), "a file");
}

#[test]
#[cfg(unix)]
fn a_home_that_cannot_be_written_is_named() {
    // a link that leads nowhere can be written by nobody
    let cx = TestContext::new();
    write_virtual(&cx, "");
    std::os::unix::fs::symlink("/proc/nowhere/rye", cx.rye_home()).unwrap();
    let output = refused(&cx, cx.rye(["sync"]));
    assert!(output.stderr.contains(&*cx.rye_home().to_string_lossy()), "{}", output.stderr);
}

#[test]
fn a_relative_home_starts_from_the_working_directory_and_an_empty_one_is_none() {
    let cx = TestContext::new();
    write_virtual(&cx, "");
    cx.rye(["sync", "-q"]).env("RYE_HOME", "my home").succeed();
    assert!(cx.exists("my home/locks"));
    assert!(!cx.home().join(".rye").exists());
    cx.rye(["sync", "-q", "--force"]).env("RYE_HOME", "").succeed();
    assert!(cx.home().join(".rye").join("locks").exists());
    assert!(!cx.rye_home().exists());
}

#[test]
fn without_a_home_the_user_is_asked_for_one() {
    let cx = TestContext::new();
    write_virtual(&cx, "");
    let run = |args: &[&str]| cx.rye(args).env_remove("HOME").env_remove("USERPROFILE");
    run(&["sync", "-q"]).succeed();
    // the system may know the user's home without the variable
    let output = run(&["show"]).env_remove("RYE_HOME").run();
    assert!(output.status.success() || output.stderr.contains("RYE_HOME"), "{}", output.snapshot());
    run(&["show"]).env("HOME", "").succeed();
}

#[test]
#[cfg(unix)]
fn a_working_directory_that_is_gone_is_told() {
    let cx = TestContext::new();
    let gone = cx.path("gone");
    fs::create_dir(&gone).unwrap();
    let script = "rm -r \"$PWD\"; exec \"$0\" \"$@\"";
    let rye = env!("CARGO_BIN_EXE_rye");
    let run = |command: &str| {
        fs::create_dir_all(&gone).unwrap();
        cx.program("sh", ["-c", script, rye, command]).current_dir(&gone)
    };
    run("sync").fail(1);
    rye_snapshot!(run("sync"), @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the working directory cannot be determined
    caused by: No such file or directory (os error 2)
    hint: change to a directory that exists
    ");
    let output = run("--version").run();
    assert!(!output.stderr.contains("panicked"), "{}", output.stderr);
}

#[test]
#[cfg(target_os = "linux")]
fn paths_that_are_not_utf_8_work_or_are_named() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    let cx = TestContext::builder().project(OsStr::from_bytes(b"pro\xffject")).build();
    write_virtual(&cx, "");
    for args in
        [&["sync"][..], &["add", "idna"], &["run", "python", "-c", "import idna"], &["list"]]
    {
        let output = cx.rye(args).run();
        assert!(!output.stderr.contains("panicked"), "{args:?}: {}", output.stderr);
        if !output.status.success() {
            assert_eq!(output.status.code(), Some(1), "{}", output.stderr);
            assert!(output.stderr.contains("pro\u{fffd}ject"), "{args:?}: {}", output.stderr);
        }
    }
    let cx = TestContext::new();
    write_virtual(&cx, "");
    let name = OsStr::from_bytes(b"\xff");
    for args in [&[OsStr::new("run"), name][..], &[OsStr::new("add"), name], &[name]] {
        let output = cx.rye(args).run();
        assert!(!output.status.success());
        assert!(!output.stderr.contains("panicked"), "{args:?}: {}", output.stderr);
    }
    // arguments of a program may be anything
    let code = "import os, sys; print(os.fsencode(sys.argv[1]))";
    let args = ["run", "python", "-c", code].map(OsStr::new);
    let output = cx.rye(args.into_iter().chain([name])).succeed();
    assert_eq!(output.stdout.trim(), "b'\\xff'");
}

#[test]
fn a_reader_that_has_seen_enough_is_not_bothered() {
    let cx = TestContext::new();
    write_virtual(&cx, "scripts = { hello = \"python\" }\n");
    cx.rye(["add", "-q", "idna"]).succeed();
    for args in [
        &["--version"][..],
        &["--help"],
        &["sync", "--help"],
        &["show"],
        &["list"],
        &["run"],
        &["run", "--list", "--format", "json"],
        &["toolchain", "list"],
        &["toolchain", "list", "--format", "json"],
        &["config", "--show-path"],
        &["config", "--get", "default.toolchain"],
    ] {
        let output = cx.rye(args).run_with_closed_stdout();
        assert_eq!(output.stderr, "", "{args:?}");
        assert_eq!(output.status.code(), Some(1), "{args:?}");
    }
    cx.write("pyproject.toml", cx.read("pyproject.toml").replace("idna>=3.4", "tqdm"));
    let output = cx.rye(["lock", "--dry-run"]).run_with_closed_stdout();
    assert!(!output.stderr.contains("panicked"), "{}", output.stderr);
    // what answers nothing does its work all the same
    let output = cx.rye(["sync"]).run_with_closed_stdout();
    assert!(output.status.success(), "{}", output.stderr);
    assert_eq!(cx.installed(), ["tqdm==4.66.1"]);
}

#[test]
fn usage_errors_name_the_argument() {
    let cx = TestContext::new();
    write_virtual(&cx, "");
    let before = cx.fingerprint();
    for (args, named) in [
        (&["--nonsense"][..], "--nonsense"),
        (&["sync", "--nonsense"], "--nonsense"),
        (&["sync", "extra"], "extra"),
        (&["sync", "--pyproject"], "--pyproject"),
        (&["sync", "--locked", "--no-lock"], "--no-lock"),
        (&["lock", "--check", "--dry-run"], "--dry-run"),
        (&["run", "--no-sync", "--locked"], "--locked"),
        (&["run", "--format", "yaml"], "yaml"),
        (&["sync", "-q", "-v"], "--verbose"),
        (&["-q", "-v", "sync"], "--verbose"),
        (&["-q", "sync", "-v"], "--verbose"),
        (&["sync", "--keyring-provider", "none"], "none"),
        (&["lock", "--update", "a b"], "--update"),
        (&["-V"], "-V"),
        (&["sy"], "sy"),
    ] {
        let output = cx.rye(args).fail(2);
        assert!(output.stderr.contains(named), "{args:?}: {}", output.stderr);
        assert_eq!(output.stdout, "", "{args:?}");
    }
    assert_eq!(cx.fingerprint(), before);
    let output = cx.rye(["sinc"]).fail(2);
    assert!(output.stderr.contains("did you mean `rye sync`?"));
    rye_snapshot!(cx, ["sync", "--lokked"], @r"
    exit: 2
    ----- stdout -----
    ----- stderr -----
    error: unexpected argument '--lokked' found

      tip: a similar argument exists: '--locked'

    Usage: rye sync --locked

    For more information, try '--help'.
    ");
}

#[test]
fn without_a_command_help_is_told() {
    let cx = TestContext::new();
    let output = cx.rye([""; 0]).fail(2);
    assert_eq!(output.stdout, "");
    for word in ["Usage", "sync", "add", "run"] {
        assert!(output.stderr.contains(word), "{}", output.stderr);
    }
    for group in ["toolchain", "config"] {
        let output = cx.rye([group]).fail(2);
        assert_eq!(output.stdout, "");
        assert!(output.stderr.contains("Usage"), "{}", output.stderr);
    }
    // asked for, help is an answer
    let output = cx.rye(["--help"]).succeed();
    assert!(output.stdout.contains("Usage") && output.stderr.is_empty());
}

#[test]
fn quiet_says_nothing_but_errors() {
    let cx = TestContext::new();
    write_virtual(&cx, "");
    for args in [
        &["add", "-q", "idna"][..],
        &["remove", "-q", "idna"],
        &["lock", "-q"],
        &["sync", "-q"],
        &["sync", "-q", "--force"],
        &["-q", "run", "python", "-c", ""],
    ] {
        let output = cx.rye(args).succeed();
        assert_eq!((output.stdout, output.stderr), (String::new(), String::new()), "{args:?}");
    }
    let output = cx.rye(["remove", "-q", "idna"]).fail(1);
    assert!(output.stderr.contains("error: "), "{}", output.stderr);
    // an answer is no talk
    assert!(cx.rye(["-q", "show"]).succeed().stdout.contains("project: demo"));
}

#[test]
fn a_pipe_gets_no_escape_codes() {
    let cx = TestContext::new();
    write_virtual(&cx, "");
    for args in [
        &["add", "-v", "idna"][..],
        &["sync", "--nonsense"],
        &["remove", "x"],
        &["--help"],
        &["show"],
    ] {
        for (name, value) in [("NO_COLOR", ""), ("NO_COLOR", "1"), ("TERM", "xterm-256color")] {
            let output = cx.rye(args).env(name, value).run();
            assert!(!(output.stdout + &output.stderr).contains('\u{1b}'), "{args:?} {name}");
        }
    }
}

#[test]
fn variables_from_a_file_must_be_readable() {
    let cx = TestContext::new();
    write_virtual(&cx, "");
    refused(&cx, cx.rye(["--env-file", "nowhere.env", "show"]));
    rye_snapshot!(cx, ["--env-file", "nowhere.env", "show"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot read the environment file `[ROOT]/project/nowhere.env`
    caused by: No such file or directory (os error 2)
    hint: create the file, or correct its name
    ");
    cx.write(".env", "A=1\nB = \"open\n");
    refused(&cx, cx.rye(["--env-file", ".env", "show"]));
    rye_snapshot!(cx, ["--env-file", ".env", "show"], @r#"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: line 2 of `[ROOT]/project/.env` sets no variable
    hint: write it as `NAME=value`, with quotes around a value with spaces
    "#);
    // what is wrong may be a secret
    for line in ["T=hush hush", "T = hush hush # x", "hush", "T='hush", "hush # x", "T=\"hush\nx"] {
        cx.write(".env", format!("A=1\n\n{line}\nhushed=1\n"));
        let output = cx.rye(["--env-file", ".env", "show"]).fail(1);
        assert!(output.stderr.starts_with("error: line 3 of"), "{line}: {}", output.stderr);
        assert!(!output.stderr.contains("hush"), "{}", output.stderr);
    }
    // without a command there is nothing to do with them
    cx.write(".env", "A=1\n");
    cx.rye(["--env-file", ".env"]).fail(2);
}

#[cfg(target_os = "linux")]
#[test]
fn only_a_reader_that_has_seen_enough_is_told_nothing() {
    let cx = TestContext::new();
    let script = "exec \"$0\" config --show-path >/dev/full";
    let output = cx.program("/bin/sh", ["-c", script, env!("CARGO_BIN_EXE_rye")]).fail(1);
    assert!(output.stderr.starts_with("error: cannot write to stdout\ncaused by: No space left"));
}

#[cfg(unix)]
#[test]
fn help_needs_no_working_directory() {
    let cx = TestContext::new();
    let script = "/bin/mkdir gone && cd gone && /bin/rmdir ../gone && exec \"$0\" \"$1\"";
    let run = |flag| cx.program("/bin/sh", ["-c", script, env!("CARGO_BIN_EXE_rye"), flag]);
    assert!(run("--help").succeed().stdout.contains("Usage: rye"));
    let output = run("--version").fail(1);
    assert!(output.stderr.starts_with("error: the working directory cannot be determined\n"));
}

#[test]
fn what_is_wrong_in_the_project_table_has_its_own_hint() {
    let cx = TestContext::new();
    cx.write("pyproject.toml", "[project]\nname = \"my project\"\nversion = \"1\"\n");
    let output = refused(&cx, cx.rye(["sync"]));
    assert!(
        output
            .stderr
            .ends_with("\nhint: use letters, digits, `-`, `_` and `.`, as in `my-project`\n")
    );
    cx.write(
        "pyproject.toml",
        "[project]\nname = \"x\"\nversion = \"1\"\nrequires-python = \"3.9\"\n",
    );
    rye_snapshot!(cx, ["sync"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/pyproject.toml` cannot be understood
    caused by: `project.requires-python` holds `3.9`: Unexpected end of version specifier, expected operator
    hint: write it as in `>=3.9`
    ");
    cx.write("pyproject.toml", "[tool.rye]\n");
    refused(&cx, cx.rye(["add", "idna"]));
    rye_snapshot!(cx, ["add", "idna"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing was added
    caused by: `[ROOT]/project/pyproject.toml` cannot be edited
    caused by: there is no `[project]` table
    hint: add `[project]` with a `name` and a `version` to the file
    ");
}

#[test]
fn a_python_that_nothing_meets_is_told_with_a_way_out() {
    let cx = TestContext::new();
    write_virtual(&cx, "");
    let manifest =
        cx.read("pyproject.toml").replace("version", "requires-python = \">=3.99\"\nversion");
    cx.write("pyproject.toml", manifest);
    let output = refused(&cx, cx.rye(["sync"]));
    assert!(output.stderr.contains("3.99"), "{}", output.stderr);
    assert!(output.stderr.contains(&cx.python().name()), "{}", output.stderr);
    assert!(output.stderr.contains("hint: "), "{}", output.stderr);
    let output = refused(&cx, cx.rye(["add", "idna"]));
    assert!(output.stderr.contains("3.99"), "{}", output.stderr);
}
