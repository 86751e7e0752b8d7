//! `rye self completion`, and the answers to shells that ask what can follow.

use std::env;
use std::fs;
use std::path::PathBuf;

use crate::support::*;

const SHELLS: [&str; 6] = ["bash", "elvish", "fish", "nushell", "powershell", "zsh"];

/// Returns a world without an index, an engine and a Python.
fn world() -> TestContext {
    TestContext::builder().without_index().without_engine().without_python().build()
}

/// Returns what bash would offer for the last of these words. That must be all that rye says, and change nothing.
#[track_caller]
fn offered(cx: &TestContext, words: &[&str]) -> Vec<String> {
    let before = (cx.fingerprint(), TestContext::fingerprint_of(&cx.rye_home()));
    let index = words.len().to_string();
    let run = cx.rye(["--", "rye"].iter().chain(words));
    let run = run.env("_RYE_COMPLETE", "bash").env("_CLAP_IFS", "\n");
    let output = run.env("_CLAP_COMPLETE_INDEX", index).succeed();
    assert_eq!(output.stderr, "");
    assert_eq!((cx.fingerprint(), TestContext::fingerprint_of(&cx.rye_home())), before);
    output.stdout.lines().map(str::to_owned).collect()
}

/// Returns a shell of this machine.
fn shell(name: &str) -> Option<PathBuf> {
    let paths = env::split_paths(&env::var_os("PATH")?).collect::<Vec<_>>();
    paths.iter().map(|path| path.join(name)).find(|path| path.is_file())
}

const MANIFEST: &str = r#"
[project]
name = "Demo"
version = "1"
dependencies = ["Flask>=3", "idna ; python_version < '3'"]
optional-dependencies = { web = ["uvicorn"] }

[dependency-groups]
docs = ["mkdocs"]

[tool.rye]
dev-dependencies = ["pytest"]
workspace = { members = ["libs/*"] }

[tool.rye.scripts]
serve = "python -m http.server"
stop = { chain = ["x"] }
"two words" = "x"
"#;

fn write_project(cx: &TestContext) {
    cx.write("pyproject.toml", MANIFEST);
    cx.write(
        "libs/one/pyproject.toml",
        "[project]\nname = \"lib-one\"\nversion = \"1\"\n[tool.rye.scripts]\nsing = \"x\"\n",
    );
    cx.write("script.py", "");
    cx.write("notes.txt", "");
}

#[test]
fn every_shell_has_a_script() {
    let cx = world();
    for name in SHELLS {
        let script = cx.rye(["self", "completion", "--shell", name]).succeed();
        assert!(script.stdout.contains("rye"), "{name}: {}", script.stdout);
        assert_eq!(script.stderr, "");
        let positional = cx.rye(["self", "completion", name]).succeed();
        assert_eq!(positional.stdout, script.stdout);
    }
    let bash = cx.rye(["self", "completion"]).succeed().stdout;
    assert_eq!(bash, cx.rye(["self", "completion", "-s", "bash"]).succeed().stdout);
    cx.rye(["self", "completion", "-s", "cmd"]).fail(2);
    cx.rye(["self", "completion", "-s", "bash", "zsh"]).fail(2);
}

#[test]
fn scripts_are_in_the_language_of_their_shell() {
    let cx = world();
    for name in ["bash", "zsh", "fish"] {
        let Some(shell) = shell(name) else { continue };
        let script = cx.rye(["self", "completion", "-s", name]).succeed().stdout;
        cx.write("script", script);
        cx.program(shell, ["-n", "script"]).succeed();
    }
}

#[test]
#[cfg(unix)]
fn bash_completes_with_its_script() {
    let cx = world();
    let Some(bash) = shell("bash") else { return };
    write_project(&cx);
    let program = env!("CARGO_BIN_EXE_rye");
    // no shell is trusted with a space
    if !program.contains(' ') {
        let script = cx.rye(["self", "completion"]).succeed().stdout;
        // it names the very program that is tested: there is no other on `PATH`
        assert!(script.contains(program), "{script}");
        cx.write("script", script);
        let ask = "source ./script; COMP_WORDS=(rye run s); COMP_CWORD=2; _clap_complete_rye rye s run; printf '%s,' \"${COMPREPLY[@]}\"";
        let output = cx.program(&bash, ["-c", ask]).succeed();
        assert_eq!(output.stdout, "serve,stop,script.py,");
    }
    std::os::unix::fs::symlink(program, cx.root().join("bin/rye")).unwrap();
    let script = cx.rye(["self", "completion"]).succeed().stdout;
    assert!(script.contains("\"rye\" --"), "{script}");
    let ask = "eval \"$(rye self completion)\"; COMP_WORDS=(rye sync -p ''); COMP_CWORD=3; _clap_complete_rye rye '' -p; printf '%s,' \"${COMPREPLY[@]}\"";
    let output = cx.program(&bash, ["-c", ask]).succeed();
    assert_eq!(output.stdout, "demo,lib-one,");
}

#[test]
fn every_command_has_a_manual_page() {
    let cx = world();
    let output = cx.rye(["self", "man", "a b/man1"]).succeed();
    let pages: Vec<_> = fs::read_dir(cx.path("a b/man1")).unwrap().collect();
    assert!(output.stderr.ends_with(&format!("wrote {} pages to a b/man1\n", pages.len())));
    let listed = cx.rye(["--list"]).succeed().stdout;
    let commands = listed.lines().map(|line| line.split(' ').next().unwrap());
    for command in commands.filter(|command| *command != "help") {
        let page = cx.read(format!("a b/man1/rye-{command}.1"));
        assert!(page.contains(&format!(".TH rye-{command} 1")), "{page}");
        assert!(page.contains(".SH SYNOPSIS"), "{page}");
    }
    assert!(cx.exists("a b/man1/rye.1"));
    assert!(cx.read("a b/man1/rye-toolchain-list.1").contains("include\\-downloadable"));
    // to write them again is to replace them
    cx.rye(["self", "man", "a b/man1"]).succeed();
    cx.write("file", "");
    cx.rye(["self", "man", "file"]).fail(1);
    cx.rye(["self", "man"]).fail(2);
}

#[test]
fn all_commands_are_known() {
    let cx = world();
    let listed = cx.rye(["--list"]).succeed().stdout;
    let commands: Vec<_> = listed.lines().map(|line| line.split(' ').next().unwrap()).collect();
    let offered_at_first = offered(&cx, &[""]);
    let nushell = cx.rye(["self", "completion", "nushell"]).succeed().stdout;
    for command in commands {
        assert!(offered_at_first.iter().any(|name| name == command), "{command}");
        assert!(nushell.contains(&format!("export extern \"rye {command}\" [")), "{command}");
    }
    assert!(nushell.contains("export extern \"rye toolchain list\" ["), "{nushell}");
    assert_eq!(offered(&cx, &["toolchain", "re"]), ["register", "remove"]);
    assert_eq!(offered(&cx, &["sync", "--all-g"]), ["--all-groups"]);
    assert_eq!(offered(&cx, &["--color", "a"]), ["auto", "always"]);
    assert_eq!(offered(&cx, &["add", "--pin", "til"]), ["tilde-equal"]);
}

#[test]
fn names_of_the_project_are_known() {
    let cx = world();
    write_project(&cx);
    cx.write("requirements-dev.lock", "-e file:.\nflask==3.0.0\njinja2==3.1.2\n    # via flask\n");
    assert_eq!(offered(&cx, &["run", "s"]), ["serve", "stop", "script.py"]);
    assert_eq!(offered(&cx, &["run", "serve", "n"]), ["notes.txt"]);
    assert_eq!(offered(&cx, &["run", "-p", ""])[..2], ["demo", "lib-one"]);
    assert_eq!(offered(&cx, &["sync", "--package", "li"]), ["lib-one"]);
    assert_eq!(offered(&cx, &["sync", "--package=li"]), ["--package=lib-one"]);
    let required = ["flask", "idna", "mkdocs", "pytest", "uvicorn"];
    assert_eq!(offered(&cx, &["remove", ""])[..5], required);
    assert_eq!(offered(&cx, &["remove", "idna", "m"]), ["mkdocs"]);
    assert_eq!(offered(&cx, &["lock", "--update", "j"]), ["jinja2"]);
    assert_eq!(offered(&cx, &["add", "--group", ""])[..1], ["docs"]);
    assert_eq!(offered(&cx, &["lock", "--features", "w"]), ["web"]);
    assert_eq!(offered(&cx, &["config", "--get", "default.b"]), ["default.build-system"]);
}

#[test]
fn names_are_those_of_the_project_that_is_meant() {
    let cx = world();
    write_project(&cx);
    cx.write(
        "other dir/pyproject.toml",
        "[project]\nname = \"other\"\nversion = \"1\"\n[tool.rye.scripts]\nsail = \"x\"\n",
    );
    assert_eq!(offered(&cx, &["-C", "libs/one", "run", "s"]), ["sing"]);
    assert_eq!(offered(&cx, &["-Clibs/one", "run", "s"]), ["sing"]);
    assert_eq!(offered(&cx, &["run", "-C", "other dir", "s"]), ["sail"]);
    assert_eq!(offered(&cx, &["run", "--pyproject", "other dir/pyproject.toml", "sa"]), ["sail"]);
    assert_eq!(offered(&cx, &["run", "--pyproject=other dir/pyproject.toml", "sa"]), ["sail"]);
    assert!(offered(&cx, &["-C", "nowhere", "run", "s"]).is_empty());
    assert_eq!(offered(&cx, &["run", "--pyproject", "li"]), ["libs/"]);
    // what is being typed leads nowhere yet
    assert_eq!(offered(&cx, &["-C", "li"]), ["libs/"]);
    assert_eq!(offered(&cx, &["-C", "libs/"]), ["libs/one/"]);
}

#[test]
#[cfg(unix)]
fn programs_of_the_environment_are_known() {
    use std::os::unix::fs::PermissionsExt as _;

    let cx = world();
    write_project(&cx);
    cx.write(".venv/bin/flask", "");
    fs::set_permissions(cx.path(".venv/bin/flask"), fs::Permissions::from_mode(0o755)).unwrap();
    cx.write(".venv/bin/fnone", "");
    assert_eq!(offered(&cx, &["run", "f"]), ["flask"]);
}

#[test]
fn toolchains_are_known() {
    let cx = world();
    fs::create_dir_all(cx.rye_home().join("py/cpython@3.12.99")).unwrap();
    fs::create_dir_all(cx.rye_home().join("py/.staged@1")).unwrap();
    assert_eq!(offered(&cx, &["toolchain", "remove", ""])[0], "cpython@3.12.99");
    for words in
        [&["pin", ""][..], &["fetch", ""], &["init", "--py", ""], &["toolchain", "fetch", ""]]
    {
        let names = offered(&cx, words);
        for name in ["3.12", "3.13", "pypy@3.10", "cpython@3.12.99"] {
            assert!(names.iter().any(|offered| offered == name), "{words:?} {name}: {names:?}");
        }
    }
    assert_eq!(offered(&cx, &["toolchain", "remove", "."]), [""; 0]);
}

#[test]
#[cfg(unix)]
fn commands_of_the_user_are_known() {
    let cx = world();
    fs::create_dir_all(cx.rye_home()).unwrap();
    let config = cx.rye_home().join("config.toml");
    fs::write(&config, "[alias]\nship = 'run'\nshow = 'sync'\nunknown-key-too = 'a'\n[x]\n")
        .unwrap();
    std::os::unix::fs::symlink("/bin/sh", cx.root().join("bin/rye-shout")).unwrap();
    assert_eq!(offered(&cx, &["sh"]), ["ship", "show", "shout"]);
    cx.write("notes.txt", "");
    assert_eq!(offered(&cx, &["shout", "n"]), ["notes.txt"]);
    assert_eq!(offered(&cx, &["ship", "--no-s"]), ["--no-sync"]);
    fs::write(&config, "not toml").unwrap();
    assert_eq!(offered(&cx, &["sh"]), ["show", "shout"]);
}

#[test]
fn what_is_broken_has_no_names_and_no_errors() {
    let cx = world();
    for manifest in
        ["", "not toml", "[project]\nname = 3\n", "[tool.rye]\nworkspace = { members = ['['] }\n"]
    {
        cx.write("pyproject.toml", manifest);
        assert_eq!(offered(&cx, &["run", "s"]), [""; 0]);
        assert_eq!(offered(&cx, &["sync", "--package", "s"]), [""; 0]);
        assert_eq!(offered(&cx, &["remove", "s"]), [""; 0]);
    }
    fs::remove_file(cx.path("pyproject.toml")).unwrap();
    assert_eq!(offered(&cx, &["run", "s"]), [""; 0]);
    cx.write("pyproject.toml", MANIFEST);
    cx.write("requirements-dev.lock", "<<<<<<< a\n");
    assert_eq!(offered(&cx, &["lock", "--update", "f"]), [""; 0]);
    fs::create_dir_all(cx.rye_home()).unwrap();
    fs::write(cx.rye_home().join("py"), "no directory").unwrap();
    assert_eq!(offered(&cx, &["toolchain", "remove", "c"]), [""; 0]);
    assert!(offered(&cx, &["show", "too", "many", ""]).iter().any(|word| word == "--pyproject"));
    // without a home, and with words that are none
    let run = cx.rye(["--", "rye", "run", "s"]).env("_RYE_COMPLETE", "fish");
    let output = run.env_remove("RYE_HOME").env_remove("HOME").succeed();
    assert_eq!(output.stderr, "");
    for args in [&["--"][..], &[]] {
        let output = cx.rye(args).env("_RYE_COMPLETE", "zsh").succeed();
        assert_eq!((output.stdout, output.stderr), (String::new(), String::new()));
    }
    let run = cx.rye(["--", "rye", "run"]).env("_RYE_COMPLETE", "bash");
    assert_eq!(run.env("_CLAP_COMPLETE_INDEX", "99").succeed().stdout, "");
}

#[test]
fn other_shells_ask_in_the_same_way() {
    let cx = world();
    write_project(&cx);
    for shell in ["fish", "powershell", "elvish", "zsh"] {
        let run = cx.rye(["--", "rye", "run", "st"]).env("_RYE_COMPLETE", shell);
        let output = run.env("_CLAP_COMPLETE_INDEX", "2").env("_CLAP_IFS", "\n").succeed();
        assert_eq!(output.stdout.trim_end(), "stop", "{shell}");
    }
    // whatever else the variable says is not for Rye
    for value in ["", "0", "cmd", "nushell "] {
        cx.rye(["--version"]).env("_RYE_COMPLETE", value).succeed();
        assert!(cx.rye(["show"]).env("_RYE_COMPLETE", value).run().stderr.is_empty());
    }
}
