//! `rye tools run`, and `rye x`, its short form

use std::fs;

use super::{formatter, names, program, world};
use crate::support::{Index, TestContext, Wheel, exe, rye_snapshot};

#[test]
fn a_program_runs_without_being_installed() {
    let cx = TestContext::new();
    rye_snapshot!(cx, ["tools", "run", "tool-demo", "a", "-b", "--help"], @"
    exit: 0
    ----- stdout -----
    tool-demo a -b --help
    ----- stderr -----
    ");
    rye_snapshot!(cx, ["x", "tool-demo@1.0.0", "-q"], @"
    exit: 0
    ----- stdout -----
    tool-demo -q
    ----- stderr -----
    ");
    assert!(!cx.rye_home().join("tools").exists());
    // nothing has to be resolved or installed any more
    let run = cx.rye(["x", "tool-demo", "again"]).env("RYE_UV", "/nowhere");
    rye_snapshot!(run, @"
    exit: 0
    ----- stdout -----
    tool-demo again
    ----- stderr -----
    ");
}

#[test]
fn the_installed_tool_runs_if_it_is_what_is_asked_for() {
    let cx = world(&["1.0", "2.0"]);
    let said = |args: &[&str]| cx.rye(["x"]).args(args).succeed().stdout;
    cx.rye(["install", "formatter==1.0"]).succeed();
    assert_eq!(said(&["--from", "formatter", "format"]), "formatter 1.0\n");
    assert_eq!(said(&["--from", "formatter<2", "format", "a"]), "formatter 1.0 a\n");
    assert!(!cx.rye_home().join("cache").join("environments").exists());
    assert_eq!(said(&["--from", "formatter>1", "format"]), "formatter 2.0\n");
    assert_eq!(said(&["--from", "formatter@latest", "format"]), "formatter 2.0\n");
    assert_eq!(said(&["--from", "formatter[color]", "format"]), "formatter 2.0\n");
    // one that is broken does not
    fs::remove_file(program(&cx, "formatter", "python")).unwrap();
    assert_eq!(said(&["--from", "formatter", "format"]), "formatter 2.0\n");
}

#[test]
fn latest_looks_for_the_newest() {
    let cx = world(&["1.0"]);
    let said = |from: &str| cx.rye(["x", "--from", from, "format"]).succeed().stdout;
    assert_eq!(said("formatter"), "formatter 1.0\n");
    cx.index().publish(formatter("2.0"));
    assert_eq!(said("formatter"), "formatter 1.0\n");
    assert_eq!(said("formatter@latest"), "formatter 2.0\n");
    // from then on that is what the name alone stands for
    assert_eq!(said("formatter"), "formatter 2.0\n");
    assert_eq!(said("formatter@1.0"), "formatter 1.0\n");
    assert_eq!(said("formatter@latest"), "formatter 2.0\n");
}

#[test]
fn a_broken_environment_is_made_anew() {
    let cx = world(&["1.0"]);
    cx.rye(["x", "--from", "formatter", "format"]).succeed();
    let environments = cx.rye_home().join("cache").join("environments");
    let environment = environments.join(&names(environments.clone())[0]);
    let python =
        environment.join(if cfg!(windows) { "Scripts" } else { "bin" }).join(exe("python"));
    fs::remove_file(&python).unwrap();
    cx.rye(["x", "--from", "formatter", "format"]).succeed();
    assert!(python.exists());
    assert_eq!(names(environments).len(), 1);
}

#[test]
fn who_names_no_program_is_told_which_there_are() {
    let cx = world(&["1.0"]);
    rye_snapshot!(cx, ["x", "formatter"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot run `formatter`
    caused by: `formatter` has no program `formatter`; it has format, format-all
    hint: run it with `rye x --from formatter format`
    ");
    rye_snapshot!(cx, ["x", "--from", "formatter", "formt"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot run `formt`
    caused by: `formatter` has no program `formt`; it has format, format-all
    hint: run it with `rye x --from formatter format`
    ");
    rye_snapshot!(cx, ["x", "colorama"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot run `colorama`
    caused by: `colorama` has no program `colorama`; it has none
    ");
    rye_snapshot!(cx, ["x", "nothing"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot run `nothing`
    caused by: the requirements cannot be resolved
    caused by: No solution found when resolving dependencies
      cause: Because nothing was not found in the package registry and you require nothing, we can conclude that your requirements are unsatisfiable.
    ");
    rye_snapshot!(cx, ["x", "format er"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `format er` names no tool: Expected one of `@`, `(`, `<`, `=`, `>`, `~`, `!`, `;`, found `e`
    hint: write it as in `ruff`, `ruff@0.9.6`, `ruff@latest` or `'ruff>=0.9,<1'`
    ");
    rye_snapshot!(cx, ["x", "formatter@next"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `formatter@next` names no tool: `next` is neither a version nor `latest`
    hint: write it as in `ruff`, `ruff@0.9.6`, `ruff@latest` or `'ruff>=0.9,<1'`
    ");
    rye_snapshot!(cx, ["x"], @"
    exit: 2
    ----- stdout -----
    ----- stderr -----
    error: the following required arguments were not provided:
      <NAME>...

    Usage: rye x <NAME>...

    For more information, try '--help'.
    ");
    rye_snapshot!(cx, ["x", "--from", "../nothing", "format"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot find `[ROOT]/project/../nothing`
    caused by: No such file or directory (os error 2)
    ");
    rye_snapshot!(cx, ["x", "./nothing"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot find `[ROOT]/project/nothing`
    caused by: No such file or directory (os error 2)
    ");
    rye_snapshot!(cx, ["x", "git+https://example.org/formatter"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `git+https://example.org/formatter` is no name of a program; give that too: `--from git+https://example.org/formatter PROGRAM`
    ");
    rye_snapshot!(cx, ["x", "--offline", "--from", "formatter[color]", "format"], @"
    exit: 0
    ----- stdout -----
    formatter 1.0
    ----- stderr -----
    ");
}

#[test]
fn programs_of_dependencies_and_plugins_run_too() {
    let cx = world(&["1.0"]);
    let output = cx.rye(["x", "--from", "formatter", "lib"]).succeed();
    assert_eq!(output.stdout, "library\n");
    let output = cx.rye(["x", "--with", "formatter", "--from", "library", "format", "x"]).succeed();
    assert_eq!(output.stdout, "formatter 1.0 x\n");
}

#[test]
fn names_need_no_capitals_and_no_underscores() {
    let cx = world(&["1.0"]);
    let output = cx.rye(["x", "--from", "Formatter", "Format_All", "x"]).succeed();
    assert_eq!(output.stdout, "formatter 1.0 x\n");
}

#[test]
fn another_python_is_proposed_where_this_one_will_not_do() {
    let new = Wheel::new("new", "1.0").requires_python(">=3.99");
    let cx = TestContext::builder().index(Index::new().with(new)).build();
    for args in [["x", "new"], ["install", "new"]] {
        let output = cx.rye(args).fail(1);
        let hint = "hint: choose another Python with `--python`\n";
        assert!(output.stderr.ends_with(hint), "{}", output.stderr);
    }
}

#[test]
fn the_status_of_the_program_is_passed_on() {
    let failing = Wheel::new("failing", "1.0")
        .entry_point("Failing", "failing:main")
        .module("failing/__init__.py", "def main():\n    raise SystemExit(7)\n");
    let cx = TestContext::builder().index(Index::new().with(failing)).build();
    rye_snapshot!(cx, ["x", "Failing"], @"
    exit: 7
    ----- stdout -----
    ----- stderr -----
    ");
}

#[test]
fn a_program_runs_with_the_python_that_is_asked_for() {
    let version = "import platform\n\n\ndef main():\n    print(platform.python_version())\n";
    let teller = Wheel::new("teller", "1.0")
        .entry_point("teller", "teller:main")
        .module("teller/__init__.py", version);
    let cx = TestContext::builder().index(Index::new().with(teller)).pythons(2).build();
    let Some((newer, older)) = cx.two_pythons() else { return };
    let said = |args: &[&str]| cx.rye(["x"]).args(args).succeed().stdout;
    assert_eq!(said(&["teller"]), format!("{}\n", newer.version));
    assert_eq!(said(&["-p", older.minor(), "teller"]), format!("{}\n", older.version));
    // the one that is installed runs, unless another Python is asked for
    cx.rye(["install", "teller", "-p", older.minor()]).succeed();
    assert_eq!(said(&["teller"]), format!("{}\n", older.version));
    assert_eq!(said(&["-p", newer.minor(), "teller"]), format!("{}\n", newer.version));
}

#[test]
fn two_runs_at_once_share_an_environment() {
    let cx = world(&["1.0"]);
    std::thread::scope(|scope| {
        let run = || cx.rye(["x", "--from", "formatter", "format"]).succeed().stdout;
        let runs = [0; 3].map(|_| scope.spawn(run));
        for run in runs {
            assert_eq!(run.join().unwrap(), "formatter 1.0\n");
        }
    });
    assert_eq!(names(cx.rye_home().join("cache").join("environments")).len(), 1);
}

#[test]
fn a_killed_run_leaves_no_half_of_an_environment() {
    let cx = world(&["1.0"]);
    let environments = cx.rye_home().join("cache").join("environments");
    for milliseconds in [40, 120, 200, 280, 360] {
        let time = std::time::Duration::from_millis(milliseconds);
        cx.rye(["x", "--from", "formatter", "format"]).with_children().kill_after(time);
    }
    let output = cx.rye(["x", "--from", "formatter", "format"]).succeed();
    assert_eq!(output.stdout, "formatter 1.0\n");
    assert_eq!(names(environments).len(), 1);
}
