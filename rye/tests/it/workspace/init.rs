//! `rye init` below a workspace.

use super::{write_member, write_root, write_workspace};
use crate::support::{TestContext, rye_snapshot};

/// Types these keys on a terminal of its own, and returns what that shows.
const TERMINAL: &str = "
import os, pty, sys
child, terminal = pty.fork()
if child == 0:
    os.execv(sys.argv[2], sys.argv[2:])
keys = sys.argv[1].encode()
shown = b''
while True:
    try:
        part = os.read(terminal, 1024)
    except OSError:
        break
    if not part:
        break
    shown += part
    if keys and b'[y/n]' in shown: # what is typed before would be echoed into the question
        os.write(terminal, keys)
        keys = b''
status = os.waitpid(child, 0)[1]
print(shown.decode())
sys.exit(os.WEXITSTATUS(status))
";

#[test]
fn what_a_glob_matches_joins() {
    let cx = TestContext::new();
    write_root(&cx, &["libs/*"]);
    let manifest = cx.read("pyproject.toml");
    cx.write("libs/README", "");
    rye_snapshot!(cx.rye(["init", "core"]).current_dir(cx.path("libs")), @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        created project `core` in `core`
         joined the workspace `root`
           next `cd core`, `rye add NAME` for what it needs, `rye sync` to install it
    ");
    assert_eq!(cx.read("pyproject.toml"), manifest);
    // the workspace has its Python, and its repository if it wants one
    assert!(!cx.exists("libs/core/.python-version") && !cx.exists("libs/core/.git"));
    rye_snapshot!(cx, ["init", "--member", "--virtual", "libs/bundle"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        created project `bundle` in `libs/bundle`
         joined the workspace `root`
           next `cd libs/bundle`, `rye add NAME` for what it needs, `rye sync` to install it
    ");
    assert_eq!(cx.read("pyproject.toml"), manifest);
    cx.rye(["add", "core"]).current_dir(cx.path("libs/bundle")).succeed();
    cx.rye(["run", "python", "-c", "import core"]).succeed();
    assert_eq!(cx.installed(), ["core==0.1.0"]);
}

#[test]
fn without_globs_everything_below_joins() {
    let cx = TestContext::new();
    write_workspace(&cx, "exclude = [\"vendored\"]\n");
    let manifest = cx.read("pyproject.toml");
    cx.rye(["init", "deep/er/core"]).succeed();
    assert_eq!(cx.read("pyproject.toml"), manifest);
    // what is excluded has nothing to do with it
    rye_snapshot!(cx, ["init", "vendored/one"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        created project `one` in `vendored/one`
           next `cd vendored/one`, `rye add NAME` for what it needs, `rye sync` to install it
    ");
    rye_snapshot!(cx, ["init", "--member", "vendored/two"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no workspace above that it could be a member of
    ");
    assert!(!cx.exists("vendored/two"));
}

#[test]
fn a_member_is_put_into_the_list_as_it_is_written() {
    let cx = TestContext::new();
    write_workspace(&cx, "members = [\n  'libs/*', # all of them\n  \"app\"\n]\n# the end\n");
    write_member(&cx, "app", "app", &[]);
    cx.rye(["init", "--member", "my tools/gen", "--name", "gen"]).succeed();
    insta::assert_snapshot!(cx.read("pyproject.toml"), @r#"
    [project]
    name = "root"
    version = "0.1.0"
    requires-python = ">=3.9"

    [tool.rye]
    managed = true
    virtual = true

    [tool.rye.workspace]
    members = [
      'libs/*', # all of them
      "app",
      "my tools/gen"
    ]
    # the end
    "#);
    cx.rye(["sync"]).succeed();
    assert_eq!(cx.installed(), ["app==0.1.0", "gen==0.1.0"]);
    // a member's directory leads to the workspace that it is in
    rye_snapshot!(cx.rye(["init", "--member", "sub"]).current_dir(cx.path("app")), @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        created project `sub` in `sub`
         joined the workspace `root`
           next `cd sub`, `rye add NAME` for what it needs, `rye sync` to install it
    ");
    assert!(cx.read("pyproject.toml").contains("\"app/sub\""));
}

#[test]
fn whoever_was_a_member_without_a_list_stays_one() {
    let cx = TestContext::new();
    write_workspace(&cx, "exclude = [\"old\"]\n");
    write_member(&cx, "libs/core", "core", &[]);
    cx.rye(["init", "--member", ".tools/gen"]).succeed();
    let manifest = cx.read("pyproject.toml");
    let (_, table) = manifest.split_once("[tool.rye.workspace]\n").unwrap();
    insta::assert_snapshot!(table, @r#"
    exclude = ["old"]
    members = [
        "**",
        ".tools/gen",
    ]
    "#);
    cx.rye(["sync"]).succeed();
    assert_eq!(cx.installed(), ["core==0.1.0", "gen==0.1.0"]);
}

#[test]
#[cfg(unix)]
fn a_member_may_have_a_name_that_looks_like_a_glob() {
    let cx = TestContext::new();
    write_root(&cx, &[]);
    for (place, name) in [("x[a]", "one"), ("{y}/*b?", "two"), ("!z", "three"), (r"back\n", "four")]
    {
        let output = cx.rye(["init", "--member", place, "--name", name]).succeed();
        assert!(output.stderr.contains("joined"), "{}", output.stderr);
    }
    let output = cx.rye(["sync"]).succeed();
    assert!(!output.stderr.contains("warning"), "{}", output.stderr);
    assert_eq!(cx.installed(), ["four==0.1.0", "one==0.1.0", "three==0.1.0", "two==0.1.0"]);
    let output = cx.rye(["sync"]).current_dir(cx.path("{y}/*b?")).succeed();
    assert_eq!(output.stderr.trim(), "in sync root");
}

#[test]
fn a_missing_member_can_be_started() {
    let cx = TestContext::new();
    write_root(&cx, &["libs/core"]);
    cx.rye(["sync"]).fail(1);
    rye_snapshot!(cx, ["init", "libs/core"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        created project `core` in `libs/core`
         joined the workspace `root`
           next `cd libs/core`, `rye add NAME` for what it needs, `rye sync` to install it
    ");
    cx.rye(["sync"]).succeed();
    assert_eq!(cx.installed(), ["core==0.1.0"]);
}

#[test]
fn without_a_terminal_nobody_is_asked() {
    let cx = TestContext::new();
    write_root(&cx, &["libs/*"]);
    let manifest = cx.read("pyproject.toml");
    let output = cx.rye(["init", "other"]).input("y\n").succeed();
    assert!(output.stderr.contains("it is no member of the workspace `root`"), "{}", output.stderr);
    let output = cx.rye(["init", "--no-member", "another"]).succeed();
    assert!(!output.stderr.contains("warning"), "{}", output.stderr);
    assert_eq!(cx.read("pyproject.toml"), manifest);
    cx.rye(["show"]).current_dir(cx.path("other")).succeed();
    // it is on its own, with a Python of its own
    assert!(cx.exists("other/.python-version"));
}

#[test]
#[cfg(unix)]
fn on_a_terminal_the_user_is_asked() {
    let cx = TestContext::new();
    write_root(&cx, &["libs/*"]);
    let rye = env!("CARGO_BIN_EXE_rye");
    let python = &cx.python().path;
    for (place, keys, joins) in [
        ("yes", "y\n", true),
        ("no", "n\n", false),
        ("doubtful", "\nmaybe\nYes\n", true),
        ("silent", "\x04", false),
    ] {
        let manifest = cx.read("pyproject.toml");
        let output = cx.program(python, ["-c", TERMINAL, keys, rye, "init", place]).succeed();
        let question = "make it a member of the workspace `root`? [y/n]";
        assert!(output.stdout.contains(question), "{}", output.stdout);
        assert_eq!(cx.read("pyproject.toml") != manifest, joins, "{place}");
        assert_eq!(cx.read("pyproject.toml").contains(&format!("\"{place}\"")), joins, "{place}");
        assert!(cx.exists(format!("{place}/pyproject.toml")));
    }
    for args in [["--no-member", "a"], ["--member", "b"], ["--no-pin", "libs/c"]] {
        let output =
            cx.program(python, ["-c", TERMINAL, "", rye, "init"].iter().chain(&args)).succeed();
        assert!(!output.stdout.contains("[y/n]"), "{}", output.stdout);
    }
}

#[test]
fn nobody_joins_where_there_is_no_workspace() {
    let cx = TestContext::new();
    rye_snapshot!(cx, ["init", "--member", "core"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no workspace above that it could be a member of
    ");
    assert!(!cx.exists("core"));
    rye_snapshot!(cx, ["init", "--member", "--no-member", "core"], @"
    exit: 2
    ----- stdout -----
    ----- stderr -----
    error: the argument '--member' cannot be used with '--no-member'

    Usage: rye init --member <PATH>

    For more information, try '--help'.
    ");
    cx.write_project("demo", &[]);
    rye_snapshot!(cx, ["init", "--member", "core"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no workspace above that it could be a member of
    ");
    assert!(!cx.exists("core"));
}

#[test]
fn a_new_member_may_not_have_the_name_of_another() {
    let cx = TestContext::new();
    write_root(&cx, &["libs/*"]);
    write_member(&cx, "libs/core", "core", &[]);
    let before = cx.fingerprint();
    rye_snapshot!(cx, ["init", "libs/other", "--name", "Core"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the workspace has a project `core` already, in `libs/core`
    hint: give this one another name with `--name`
    ");
    rye_snapshot!(cx, ["init", "--member", "tools/root"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the workspace has a project `root` already, in `.`
    hint: give this one another name with `--name`
    ");
    assert_eq!(cx.fingerprint(), before);
    cx.rye(["init", "--no-member", "tools/core"]).succeed();
    cx.rye(["init", "libs/other"]).succeed();
    cx.rye(["sync"]).succeed();
}

#[test]
#[cfg(unix)]
fn a_root_that_must_not_be_written_keeps_members_from_being_started() {
    use std::os::unix::fs::PermissionsExt as _;

    let cx = TestContext::new();
    write_root(&cx, &["libs/*"]);
    let set_mode = |mode| {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(cx.path("pyproject.toml"), permissions).expect("it is ours");
    };
    set_mode(0o444);
    let before = cx.fingerprint();
    rye_snapshot!(cx, ["init", "--member", "tools/gen"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot write `[ROOT]/project/pyproject.toml`
    caused by: permission denied
    hint: check who may read and write there
    ");
    assert_eq!(cx.fingerprint(), before);
    // what a glob has needs no list
    cx.rye(["init", "libs/core"]).succeed();
    set_mode(0o644);
    cx.rye(["init", "--member", "tools/gen"]).succeed();
    cx.rye(["sync"]).succeed();
    assert_eq!(cx.installed(), ["core==0.1.0", "gen==0.1.0"]);
}

#[test]
fn the_python_of_a_member_is_that_of_all() {
    let cx = TestContext::new();
    write_root(&cx, &["libs/*"]);
    let before = cx.fingerprint();
    rye_snapshot!(cx, ["init", "--member", "--py", "3.10", "tools/gen"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `--py` has no say in a member: it runs on the Python of its workspace
    hint: leave it out, and pin that with `rye pin 3.10`
    ");
    cx.rye(["init", "--py", "3.10", "libs/core"]).fail(1);
    assert_eq!(cx.fingerprint(), before);
}

#[test]
fn a_new_member_does_not_narrow_the_pythons_of_all() {
    let cx = TestContext::new();
    let init = |root: &str, args: &[&str]| {
        write_root(&cx, &["libs/*"]);
        cx.write(
            "pyproject.toml",
            cx.read("pyproject.toml").replace("requires-python = \">=3.9\"\n", root),
        );
        cx.rye(["init"].iter().chain(args).chain(&["libs/core"])).succeed();
        let manifest = cx.read("libs/core/pyproject.toml");
        std::fs::remove_dir_all(cx.path("libs/core")).expect("it was there");
        let line = manifest.lines().find_map(|line| line.strip_prefix("requires-python = "));
        line.expect("it has that").trim_matches('"').to_owned()
    };
    cx.write(".python-version", format!("{}\n", cx.python().version));
    assert_eq!(init("requires-python = \">=3.8.1, <4\"\n", &[]), ">=3.8.1");
    assert_eq!(init("requires-python = \"==3.8.*\"\n", &[]), ">=3.8");
    assert_eq!(init("requires-python = \">=3.8\"\n", &["--min-py", "3.11"]), ">=3.11");
    assert_eq!(init("", &[]), ">=3.9");
    cx.write(".python-version", "3.8.18\n");
    assert_eq!(init("", &[]), ">=3.8");
    write_member(&cx, "libs/other", "other", &[]);
    cx.write(
        "libs/other/pyproject.toml",
        "[project]\nname = \"other\"\nrequires-python = \">=3.7\"\n",
    );
    assert_eq!(init("", &[]), ">=3.7");
}
