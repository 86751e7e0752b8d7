//! `rye tools install`, or `rye install`

use std::fs;

use super::{index, names, place, program, shim, world};
use crate::support::{Ended, Index, TestContext, Wheel, rye_snapshot};

#[test]
fn a_tool_is_installed_and_found_by_the_names_of_its_programs() {
    let cx = world(&["1.0", "2.0"]);
    rye_snapshot!(cx, ["install", "Formatter"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
      installed formatter 2.0 (cpython@[PYTHON], discovered: [ROOT]/bin/python[PYTHON-MINOR])
         linked format, format-all
    ");
    let output = cx.program(shim(&cx, "format"), ["a", "b c"]).succeed();
    assert_eq!(output.stdout, "formatter 2.0 a b c\n");
    assert!(!shim(&cx, "lib").exists());
    assert_eq!(names(cx.rye_home().join("tools")), ["formatter"]);
    // the project in whose directory it happens has no part in it
    assert_eq!(names(cx.project().to_owned()), [] as [String; 0]);
    rye_snapshot!(cx, ["install", "formatter"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot install `formatter`
    caused by: `formatter 2.0` is installed already
    hint: bring it to its newest version with `rye tools upgrade formatter`, or install it anew with `--force`
    ");
    rye_snapshot!(cx, ["tools", "install", "-q", "--force", "formatter@1.0"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
    ");
    assert_eq!(cx.program(shim(&cx, "format"), [""; 0]).succeed().stdout, "formatter 1.0\n");
}

#[test]
fn extras_plugins_and_programs_of_dependencies_come_along() {
    let cx = world(&["1.0"]);
    let args = ["install", "formatter", "--features", "color", "--include-dep", "Library"];
    rye_snapshot!(cx.rye(args).args(["--extra-requirement", "plugin"]), @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot install `formatter`
    caused by: the requirements cannot be resolved
    caused by: No solution found when resolving dependencies
      cause: Because plugin was not found in the package registry and you require plugin, we can conclude that your requirements are unsatisfiable.
    ");
    assert_eq!(names(cx.rye_home().join("tools")), [] as [String; 0]);
    rye_snapshot!(cx.rye(args).args(["--extra-requirement", "colorama<1"]), @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
      installed formatter 1.0 (cpython@[PYTHON], discovered: [ROOT]/bin/python[PYTHON-MINOR])
         linked format, format-all, lib
    ");
    assert_eq!(cx.program(shim(&cx, "lib"), [""; 0]).succeed().stdout, "library\n");
    rye_snapshot!(cx, ["install", "--force", "formatter", "--include-dep", "libary"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot install `formatter`
    caused by: `formatter` does not bring `libary`
    hint: did you mean `library`?
    ");
    // it failed, so that all is as it was
    assert!(shim(&cx, "lib").exists());
    let output = cx.rye(["install", "--force", "formatter", "-v"]).succeed();
    let told = "not linked: lib of library (link with `--include-dep library`)";
    assert!(output.stderr.contains(told), "{}", output.stderr);
    assert!(!shim(&cx, "lib").exists());
}

#[test]
fn what_fails_leaves_the_old_tool_in_its_place() {
    let cx = world(&["1.0"]);
    cx.rye(["install", "formatter"]).succeed();
    rye_snapshot!(cx, ["install", "--force", "formatter==9"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot install `formatter`
    caused by: the requirements cannot be resolved
    caused by: No solution found when resolving dependencies
      cause: Because there is no version of formatter==9 and you require formatter==9, we can conclude that your requirements are unsatisfiable.
    ");
    let output = cx.rye(["install", "--force", "formatter", "-p", "3.99"]).fail(1);
    assert!(output.stderr.contains("no Python is known that is `3.99`"), "{}", output.stderr);
    assert_eq!(cx.program(shim(&cx, "format"), [""; 0]).succeed().stdout, "formatter 1.0\n");
    assert_eq!(names(cx.rye_home().join("tools")), ["formatter"]);
}

#[test]
fn programs_of_other_tools_are_taken_over_by_force_only() {
    let other = Wheel::new("other", "1.0")
        .entry_point("format", "other:main")
        .entry_point("unformat", "other:main")
        .module("other/__init__.py", "def main():\n    print(\"other\")\n");
    let cx = TestContext::builder().index(index(&["1.0"]).with(other)).build();
    cx.rye(["install", "formatter"]).succeed();
    rye_snapshot!(cx, ["install", "other"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot install `other`
    caused by: the script `format` of `other` is one of the tool `formatter` already
    hint: uninstall it with `rye uninstall formatter`, or take the script over with `--force`
    ");
    assert!(!place(&cx, "other").exists());
    assert!(!shim(&cx, "unformat").exists());
    rye_snapshot!(cx, ["install", "other", "--force"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
      installed other 1.0 (cpython@[PYTHON], discovered: [ROOT]/bin/python[PYTHON-MINOR])
         linked format, unformat
      took over format from the tool formatter
    warning: `[HOME]/shims` is not on `PATH`; `rye self install` puts it there
    ");
    assert_eq!(cx.program(shim(&cx, "format"), [""; 0]).succeed().stdout, "other\n");
    // what was taken over is the other's now, and stays
    cx.rye(["install", "formatter"]).fail(1);
    fs::remove_file(program(&cx, "formatter", "python")).unwrap();
    rye_snapshot!(cx, ["tools", "upgrade", "formatter"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
      made anew formatter
    warning: `format` is not linked: the tool `other` has one of that name
    ");
    assert_eq!(cx.program(shim(&cx, "format"), [""; 0]).succeed().stdout, "other\n");
    rye_snapshot!(cx, ["uninstall", "formatter"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
    uninstalled formatter
       unlinked format-all
    ");
    assert_eq!(cx.program(shim(&cx, "format"), [""; 0]).succeed().stdout, "other\n");
}

#[test]
fn what_is_no_tool_among_the_shims_is_never_replaced() {
    let cx = world(&["1.0"]);
    fs::create_dir_all(cx.rye_home().join("shims")).unwrap();
    fs::write(shim(&cx, "format"), "mine").unwrap();
    rye_snapshot!(cx, ["install", "formatter"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot install `formatter`
    caused by: the script `format` cannot be linked: `[HOME]/shims/format` is there, and of no tool
    hint: move it away
    ");
    rye_snapshot!(cx, ["install", "formatter", "--force"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot install `formatter`
    caused by: the script `format` cannot be linked: `[HOME]/shims/format` is there, and of no tool
    hint: move it away
    ");
    assert_eq!(fs::read_to_string(shim(&cx, "format")).unwrap(), "mine");
    assert!(!place(&cx, "formatter").exists());
}

#[test]
fn the_names_of_ryes_own_programs_are_reserved() {
    let snake = Wheel::new("snake", "1.0")
        .entry_point("rye", "snake:main")
        .entry_point("snake", "snake:main")
        .module("snake/__init__.py", "def main():\n    print(\"snake\")\n");
    let cx = TestContext::builder().index(Index::new().with(snake)).build();
    rye_snapshot!(cx, ["install", "snake", "--force"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
      installed snake 1.0 (cpython@[PYTHON], discovered: [ROOT]/bin/python[PYTHON-MINOR])
         linked snake
    warning: `rye` is not linked: the name is Rye's own
    warning: `[HOME]/shims` is not on `PATH`; `rye self install` puts it there
    ");
    assert_eq!(names(cx.rye_home().join("shims")).len(), 1);
}

#[test]
fn a_tool_without_programs_is_warned_of() {
    let cx = TestContext::builder()
        .index(index(&["1.0"]).with(Wheel::new("suite", "1.0").requires("formatter")))
        .build();
    rye_snapshot!(cx, ["install", "suite"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
      installed suite 1.0 (cpython@[PYTHON], discovered: [ROOT]/bin/python[PYTHON-MINOR])
    warning: `suite` has no programs
     not linked format, format-all of formatter (link with `--include-dep formatter`)
     not linked lib of library (link with `--include-dep library`)
    warning: `[HOME]/shims` is not on `PATH`; `rye self install` puts it there
    ");
}

#[test]
fn bad_input_installs_nothing() {
    let cx = world(&["1.0"]);
    rye_snapshot!(cx, ["install"], @"
    exit: 2
    ----- stdout -----
    ----- stderr -----
    error: the following required arguments were not provided:
      <REQUIREMENT>

    Usage: rye install <REQUIREMENT>

    For more information, try '--help'.
    ");
    rye_snapshot!(cx, ["install", "formatter>"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `formatter>` names no tool: Unexpected end of version specifier, expected version
    hint: write it as in `ruff`, `ruff@0.9.6`, `ruff@latest` or `'ruff>=0.9,<1'`
    ");
    rye_snapshot!(cx, ["install", "formater"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot install `formater`
    caused by: the requirements cannot be resolved
    caused by: No solution found when resolving dependencies
      cause: Because formater was not found in the package registry and you require formater, we can conclude that your requirements are unsatisfiable.
    ");
    rye_snapshot!(cx, ["install", "formatter", "other"], @"
    exit: 2
    ----- stdout -----
    ----- stderr -----
    error: unexpected argument 'other' found

    Usage: rye install [OPTIONS] [REQUIREMENT]

    For more information, try '--help'.
    ");
    rye_snapshot!(cx, ["install", "formatter; python_version < '3'"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot install `formatter`
    caused by: nothing of `formatter` was installed: its marker does not hold here
    hint: take the marker away, or choose another Python with `--python`
    ");
    let output = cx.rye(["install", "formatter", "--python", "snake"]).fail(1);
    let told = "`snake` is no request for a Python: it has no version";
    assert!(output.stderr.contains(told), "{}", output.stderr);
    rye_snapshot!(cx, ["install", "formatter==1", "--path", "."], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `formatter` has a version or a URL already
    ");
    rye_snapshot!(cx, ["install", "formatter", "--offline"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot install `formatter`
    caused by: the requirements cannot be resolved
    caused by: No solution found when resolving dependencies
      cause: Because formatter was not found in the cache and you require formatter, we can conclude that your requirements are unsatisfiable.

    hint: Packages were unavailable because the network was disabled. When the network is disabled, registry packages may only be read from the cache.
    ");
    assert_eq!(names(cx.rye_home().join("tools")), [] as [String; 0]);
    assert_eq!(names(cx.rye_home().join("shims")), [] as [String; 0]);
}

#[test]
fn without_an_index_the_error_says_so() {
    let cx = TestContext::builder().without_index().build();
    let output = cx.rye(["install", "formatter"]).env("UV_HTTP_RETRIES", "0").fail(1);
    assert!(output.stderr.contains("hint: check the network"), "{}", output.stderr);
}

#[test]
#[cfg(unix)]
fn without_permission_nothing_is_half_done() {
    use std::os::unix::fs::PermissionsExt;
    let cx = world(&["1.0"]);
    cx.rye(["tools", "list"]).succeed();
    let shims = cx.rye_home().join("shims");
    fs::create_dir_all(&shims).unwrap();
    let set = |mode| fs::set_permissions(&shims, PermissionsExt::from_mode(mode)).unwrap();
    set(0o555);
    let is_root = fs::write(shims.join("probe"), "").is_ok();
    if is_root {
        fs::remove_file(shims.join("probe")).unwrap();
    } else {
        cx.rye(["install", "formatter"]).fail(1);
    }
    set(0o755);
    // what was not linked is linked then
    cx.rye(["install", "formatter"]).succeed();
    assert_eq!(cx.program(shim(&cx, "format"), [""; 0]).succeed().stdout, "formatter 1.0\n");
}

#[test]
fn a_broken_tool_is_installed_without_force() {
    let cx = world(&["1.0"]);
    cx.rye(["install", "formatter"]).succeed();
    fs::remove_file(shim(&cx, "format-all")).unwrap();
    cx.rye(["install", "formatter"]).succeed();
    assert!(shim(&cx, "format-all").exists());
    fs::remove_file(program(&cx, "formatter", "python")).unwrap();
    cx.rye(["install", "formatter"]).succeed();
    assert_eq!(cx.program(shim(&cx, "format"), [""; 0]).succeed().stdout, "formatter 1.0\n");
    cx.rye(["install", "formatter"]).fail(1);
}

#[test]
fn a_killed_installation_leaves_the_old_tool_or_the_new_one() {
    let cx = world(&["1.0", "2.0"]);
    cx.rye(["install", "formatter==1.0"]).succeed();
    for milliseconds in [50, 150, 250, 350, 450, 600] {
        let time = std::time::Duration::from_millis(milliseconds);
        let ended = cx.rye(["install", "formatter", "--force"]).with_children().kill_after(time);
        let said = cx.program(shim(&cx, "format"), [""; 0]).succeed().stdout;
        assert!(said == "formatter 1.0\n" || said == "formatter 2.0\n", "{said}");
        if matches!(ended, Ended::Finished(_)) {
            break;
        }
    }
    cx.rye(["install", "formatter", "--force"]).succeed();
    assert_eq!(names(cx.rye_home().join("tools")), ["formatter"]);
    assert_eq!(cx.program(shim(&cx, "format"), [""; 0]).succeed().stdout, "formatter 2.0\n");
}

#[test]
fn two_installations_at_once_wait_for_each_other() {
    let cx = world(&["1.0"]);
    let outputs = std::thread::scope(|scope| {
        let runs = [0, 1].map(|_| scope.spawn(|| cx.rye(["install", "formatter"]).run()));
        runs.map(|run| run.join().unwrap())
    });
    let done = outputs.iter().filter(|output| output.status.success()).count();
    assert_eq!(done, 1, "{outputs:?}");
    assert_eq!(cx.program(shim(&cx, "format"), [""; 0]).succeed().stdout, "formatter 1.0\n");
}

#[test]
fn who_cannot_find_what_was_installed_is_told_why() {
    let cx = TestContext::new();
    rye_snapshot!(cx, ["install", "tool-demo"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
      installed tool-demo 1.0.0 (cpython@[PYTHON], discovered: [ROOT]/bin/python[PYTHON-MINOR])
         linked tool-demo
    warning: `[HOME]/shims` is not on `PATH`; `rye self install` puts it there
    ");
}

#[test]
fn the_python_that_is_asked_for_runs_it() {
    let cx = TestContext::builder().index(index(&["1.0"])).pythons(2).build();
    let Some((_, older)) = cx.two_pythons() else { return };
    cx.rye(["install", "formatter", "-p", older.minor()]).succeed();
    let listed = cx.rye(["tools", "list", "-v"]).succeed().stdout;
    assert_eq!(listed, format!("formatter 1.0 ({})\n", older.name()));
    let (name, path) = (older.name(), older.path.clone());
    cx.rye(["config", "--set", &format!("default.toolchain={name}")]).succeed();
    cx.rye(["install", "library"]).succeed();
    let listed = cx.rye(["tools", "list", "--include-version"]).succeed().stdout;
    assert!(listed.ends_with(&format!("library 1.0 ({name})\n")), "{listed}");
    // a path is the same from every directory
    cx.rye(["install", "--force", "formatter", "-p"]).args([path]).succeed();
}

#[test]
#[cfg(unix)]
fn what_hides_a_program_is_told() {
    let mut cx = world(&["1.0"]);
    let path = [cx.root().join("bin"), cx.rye_home().join("shims")];
    cx.set_env("PATH", std::env::join_paths(path).unwrap());
    let program = cx.root().join("bin").join("format");
    fs::write(&program, "#!/bin/sh\n").unwrap();
    cx.program("chmod", ["+x"]).args([&program]).succeed();
    rye_snapshot!(cx, ["install", "formatter"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
      installed formatter 1.0 (cpython@[PYTHON], discovered: [ROOT]/bin/python[PYTHON-MINOR])
         linked format, format-all
    warning: `format` is `[ROOT]/bin/format`, which comes first on `PATH`
    ");
}

#[test]
fn what_a_killed_rye_moved_aside_comes_back_with_the_next_change() {
    let cx = world(&["1.0"]);
    cx.rye(["install", "formatter"]).succeed();
    let left = place(&cx, ".formatter.staged-x");
    fs::create_dir(&left).unwrap();
    fs::rename(place(&cx, "formatter"), left.join("old")).unwrap();
    cx.rye(["install", "library"]).succeed();
    assert_eq!(names(cx.rye_home().join("tools")), ["formatter", "library"]);
    assert_eq!(cx.program(shim(&cx, "format"), [""; 0]).succeed().stdout, "formatter 1.0\n");
}

#[test]
fn a_home_that_is_named_by_a_detour_has_the_same_programs() {
    let cx = world(&["1.0"]);
    let home = cx.root().join("tmp").join("..").join("rye-home");
    cx.rye(["install", "formatter"]).env("RYE_HOME", &home).succeed();
    assert!(shim(&cx, "format").exists());
    let run = cx.rye(["x", "--from", "library", "lib"]).env("RYE_HOME", &home);
    assert_eq!(run.succeed().stdout, "library\n");
}
