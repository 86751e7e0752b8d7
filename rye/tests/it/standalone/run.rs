//! `rye run` of a file

use std::fs;

use super::{environments, world, write_script};
use crate::support::{TestContext, rye_snapshot};

/// Code that prints its arguments.
const ECHO: &str = "import sys; print(sys.argv)\n";

#[test]
fn a_script_gets_what_it_asks_for() {
    let cx = world();
    write_script(
        &cx,
        "tool.py",
        "dependencies = [\n    \"idna<3\",\n]",
        "import idna, sys\nprint(idna.__version__, sys.argv, __file__)\n",
    );
    rye_snapshot!(cx, ["run", "tool.py", "a b", "--locked", "-q"], @"
    exit: 0
    ----- stdout -----
    2.10 ['tool.py', 'a b', '--locked', '-q'] [ROOT]/project/tool.py
    ----- stderr -----
    ");
    // nothing is left beside it
    assert_eq!(cx.tree(), "tool.py");
    // from elsewhere, as it is named there
    let other = cx.root().join("tmp");
    let run = cx.rye(["run", "../project/tool.py"]).current_dir(other);
    rye_snapshot!(run, @"
    exit: 0
    ----- stdout -----
    2.10 ['../project/tool.py'] [ROOT]/tmp/../project/tool.py
    ----- stderr -----
    ");
}

#[test]
fn a_second_run_asks_nobody() {
    let cx = world();
    write_script(&cx, "tool.py", "dependencies = [\"idna\"]", "import idna\n");
    cx.rye(["run", "tool.py"]).succeed();
    cx.index().clear_requests();
    let answers = || fs::read_to_string(cx.rye_home().join("cache/interpreters.json")).unwrap();
    let before = answers();
    let run = cx.rye(["run", "tool.py"]).env("RYE_UV", "/nowhere");
    run.succeed();
    // neither the index nor an interpreter was asked anything
    assert!(cx.index().requests().is_empty());
    assert_eq!(answers(), before);
    // other code asks for nothing new
    write_script(&cx, "other.py", "dependencies = [\"idna\"]", "import idna; print('other')\n");
    cx.rye(["run", "other.py"]).env("RYE_UV", "/nowhere").succeed();
    assert_eq!(environments(&cx), 1);
    // other requirements do
    write_script(
        &cx,
        "other.py",
        "dependencies = [\"idna<3\"]",
        "import idna; print(idna.__version__)\n",
    );
    assert_eq!(cx.rye(["run", "other.py"]).succeed().stdout, "2.10\n");
    assert_eq!(environments(&cx), 2);
}

#[test]
fn the_project_around_has_no_say() {
    let cx = world();
    cx.write_project("demo", &["urllib3"]);
    write_script(
        &cx,
        "tool.py",
        "dependencies = [\"idna\"]",
        "import idna\ntry:\n    import urllib3\nexcept ImportError:\n    print('alone')\n",
    );
    assert_eq!(cx.rye(["run", "tool.py"]).succeed().stdout, "alone\n");
    assert!(!cx.exists(".venv") && !cx.exists("requirements.lock"));
    // one that is broken neither
    cx.write("pyproject.toml", "[project\n");
    assert_eq!(cx.rye(["run", "tool.py"]).succeed().stdout, "alone\n");
}

#[test]
fn a_project_that_is_named_has_one() {
    let cx = world();
    cx.write_project("demo", &["urllib3"]);
    write_script(&cx, "tool.py", "dependencies = [\"idna\"]", "import urllib3\nprint('inside')\n");
    let run = cx.rye(["run", "--package", "demo", "tool.py"]);
    assert_eq!(run.succeed().stdout, "inside\n");
}

#[test]
fn a_file_that_says_nothing_runs_in_the_project() {
    let cx = world();
    cx.write_project("demo", &["idna"]);
    cx.write("plain.py", "import idna, demo; print('plain')\n");
    assert_eq!(cx.rye(["run", "plain.py"]).succeed().stdout, "plain\n");
    // apart from it, if that is asked for
    let code = "try:\n    import demo\nexcept ImportError:\n    print('alone')\n";
    cx.write("plain", code);
    assert_eq!(cx.rye(["run", "--script", "plain"]).succeed().stdout, "alone\n");
}

#[test]
fn a_file_that_says_nothing_needs_no_project() {
    let cx = world();
    cx.write("plain.py", ECHO);
    rye_snapshot!(cx, ["run", "plain.py", "-x"], @"
    exit: 0
    ----- stdout -----
    ['plain.py', '-x']
    ----- stderr -----
    ");
    cx.write("bytes.py", b"# coding: latin-1\nprint(ascii('\xe9'))\n");
    assert_eq!(cx.rye(["run", "bytes.py"]).succeed().stdout, "'\\xe9'\n");
}

#[test]
fn a_name_that_begins_like_an_option_is_a_name() {
    let cx = world();
    cx.write("-v.py", ECHO);
    assert_eq!(cx.rye(["run", "--", "-v.py", "-x"]).succeed().stdout, "['./-v.py', '-x']\n");
}

#[test]
#[cfg(unix)]
fn a_name_sets_nothing_in_the_environment() {
    let cx = world();
    let name = "tool\ninclude-system-site-packages = true\n.py";
    cx.write(name, "import sys; print(open(sys.prefix + '/pyvenv.cfg').read())");
    let settings = cx.rye(["run", name]).succeed().stdout;
    let set = |line: &str| settings.lines().filter(|found| *found == line).count();
    assert_eq!(set("include-system-site-packages = false"), 1, "{settings}");
    assert_eq!(set("include-system-site-packages = true"), 0, "{settings}");
}

#[test]
fn what_is_locked_with_hashes_takes_nothing_along_without() {
    let cx = world();
    write_script(&cx, "tool.py", "dependencies = [\"idna\"]", "import idna\n");
    cx.rye(["lock", "--generate-hashes", "--script", "tool.py"]).succeed();
    cx.rye(["run", "tool.py"]).succeed();
    rye_snapshot!(cx, ["run", "--with", "urllib3", "tool.py"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `tool.py` is locked with hashes, and what `--with` brings has none
    hint: add it to the script with `rye add --script`
    ");
}

#[test]
fn more_can_be_asked_for_on_the_command_line() {
    let cx = world();
    write_script(
        &cx,
        "tool.py",
        "dependencies = [\"idna\"]",
        "import idna, urllib3\nprint(idna.__version__)\n",
    );
    cx.rye(["run", "tool.py"]).fail(1);
    let args = ["run", "--with", "urllib3", "--with", "idna<3", "tool.py"];
    assert_eq!(cx.rye(args).succeed().stdout, "2.10\n");
    assert_eq!(cx.rye(args).env("RYE_UV", "/nowhere").succeed().stdout, "2.10\n");
    // what is locked stays
    cx.rye(["lock", "--script", "tool.py"]).succeed();
    let args = ["run", "--with", "urllib3", "tool.py"];
    assert_eq!(cx.rye(args).succeed().stdout, "3.4\n");
    assert_eq!(cx.rye(args).env("RYE_UV", "/nowhere").succeed().stdout, "3.4\n");
    rye_snapshot!(cx, ["run", "--with", "idna<3", "tool.py"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot install what `tool.py` needs
    caused by: the requirements cannot be resolved
    caused by: No solution found when resolving dependencies
      cause: Because you require idna==3.4 and idna<3, we can conclude that your requirements are unsatisfiable.
    ");
}

#[test]
fn the_python_is_one_that_the_script_can_do_with() {
    let cx = TestContext::builder().pythons(2).build();
    let Some((newer, older)) = cx.two_pythons() else { return };
    let (newer, older) = (newer.minor(), older.minor());
    let code = "import sys; print('%d.%d' % sys.version_info[:2])\n";
    write_script(&cx, "tool.py", "dependencies = []", code);
    write_script(&cx, "old.py", &format!("requires-python = \"<{newer}\""), code);
    write_script(&cx, "new.py", &format!("requires-python = \">={newer}\""), code);
    let run = |args: &[&str]| cx.rye(["run"].iter().chain(args)).succeed().stdout.trim().to_owned();
    assert_eq!(run(&["tool.py"]), newer);
    assert_eq!(run(&["old.py"]), older);
    assert_eq!(run(&["--python", older, "tool.py"]), older);
    // a pin counts where it can
    cx.write(".python-version", older);
    assert_eq!(run(&["tool.py"]), older);
    assert_eq!(run(&["new.py"]), newer);
    fs::remove_file(cx.path(".python-version")).unwrap();
    assert_eq!(run(&["tool.py"]), newer);
    cx.rye(["run", "--python", older, "new.py"]).fail(1);
}

#[test]
fn settings_are_those_of_a_project() {
    let cx = TestContext::builder().without_index().build();
    let index = crate::support::Index::standard().serve();
    let metadata = format!(
        "dependencies = [\"anyio\"]\n\n[tool.rye]\nsources = [{{ name = \"default\", url = \"{}\" }}]\n\
         constraints = [\"idna<3\"]\nunknown = 1\n\n[tool.other]\nkey = 1",
        index.url()
    );
    write_script(&cx, "tool.py", &metadata, "import idna; print(idna.__version__)\n");
    rye_snapshot!(cx, ["run", "tool.py"], @"
    exit: 0
    ----- stdout -----
    2.10
    ----- stderr -----
    warning: unknown key `tool.rye.unknown` in `[ROOT]/project/tool.py`
    ");
}

#[test]
fn paths_start_from_the_script() {
    let cx = world();
    cx.write("libs/mine/pyproject.toml", "[project]\nname = \"mine\"\nversion = \"1\"\n[build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n");
    cx.write("libs/mine/mine/__init__.py", "NAME = 'mine'\n");
    write_script(
        &cx,
        "scripts/tool.py",
        "dependencies = [\"mine @ file:../libs/mine\"]",
        "import mine; print(mine.NAME)\n",
    );
    let output = cx.rye(["run", "scripts/tool.py"]).succeed();
    assert_eq!(output.stdout, "mine\n");
    // nothing is done twice, also with a lockfile
    cx.rye(["run", "scripts/tool.py"]).env("RYE_UV", "/nowhere").succeed();
    cx.rye(["lock", "--script", "scripts/tool.py"]).succeed();
    cx.rye(["run", "scripts/tool.py"]).succeed();
    cx.rye(["run", "scripts/tool.py"]).env("RYE_UV", "/nowhere").succeed();
    // what is on this machine may have changed
    cx.write("libs/mine/mine/__init__.py", "NAME = 'yours'\n");
    assert_eq!(cx.rye(["run", "scripts/tool.py"]).succeed().stdout, "yours\n");
}

#[cfg(unix)]
#[test]
fn a_script_runs_by_its_first_line() {
    use std::os::unix::fs::PermissionsExt;

    let cx = world();
    // a first line has no quotes for a space that another place may have in it
    let rye = cx.root().join("bin/rye");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_rye"), &rye).unwrap();
    let rye = rye.display();
    let path = cx.path("my tool");
    cx.write(
        "my tool",
        format!("#!/usr/bin/env -S {rye} run --script\n# /// script\n# dependencies = [\"idna\"]\n# ///\nimport idna, sys\nprint(sys.argv[1:])\n"),
    );
    fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    let output = cx.program(&path, ["a b", "-q", "--version"]).succeed();
    assert_eq!(output.stdout, "['a b', '-q', '--version']\n");
    // an edit leaves it a program
    cx.rye(["add", "--script", "my tool", "urllib3"]).succeed();
    cx.program(&path, ["x"]).succeed();
}

#[test]
fn the_status_is_that_of_the_script() {
    let cx = world();
    write_script(&cx, "tool.py", "", "raise SystemExit(7)\n");
    cx.rye(["run", "tool.py"]).fail(7);
}

#[test]
fn killed_halfway_it_is_done_again() {
    let cx = world();
    write_script(
        &cx,
        "tool.py",
        "dependencies = [\"flask\"]",
        "import flask, blinker; print('ran')\n",
    );
    let folder = cx.rye_home().join("cache").join("environments");
    let count = || fs::read_dir(&folder).map_or(0, Iterator::count);
    cx.rye(["run", "tool.py"]).kill_when(|| count() > 0);
    assert_eq!(cx.rye(["run", "tool.py"]).succeed().stdout, "ran\n");
}
