//! `rye tools upgrade`

use std::fs;

use super::{formatter, index, place, shim, world};
use crate::support::{TestContext, Wheel, rye_snapshot};

#[test]
fn tools_come_to_the_newest_that_was_asked_for() {
    let cx = world(&["1.0"]);
    cx.rye(["install", "formatter<3", "--include-dep", "library"]).succeed();
    rye_snapshot!(cx, ["tools", "upgrade", "formatter"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
         newest formatter 1.0 (as `formatter<3`)
    ");
    cx.index().publish(formatter("2.0"));
    cx.index().publish(formatter("3.0"));
    rye_snapshot!(cx, ["tools", "upgrade", "formatter", "--dry-run"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
    would upgrade formatter 1.0 → 2.0
    ");
    assert_eq!(cx.program(shim(&cx, "format"), [""; 0]).succeed().stdout, "formatter 1.0\n");
    rye_snapshot!(cx, ["tools", "upgrade", "--all"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
       upgraded formatter 1.0 → 2.0
    ");
    assert_eq!(cx.program(shim(&cx, "format"), [""; 0]).succeed().stdout, "formatter 2.0\n");
    assert!(shim(&cx, "lib").exists());
    rye_snapshot!(cx, ["tools", "upgrade", "--all"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
         newest formatter 2.0 (as `formatter<3`)
    ");
    // what it needs has newer versions as well
    cx.index().publish(Wheel::new("library", "1.5"));
    rye_snapshot!(cx, ["tools", "upgrade", "formatter"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
       upgraded library 1.0 → 1.5
       unlinked lib
    ");
    assert!(!shim(&cx, "lib").exists());
}

#[test]
fn programs_come_and_go_with_versions() {
    let cx = world(&["1.0"]);
    cx.rye(["install", "formatter"]).succeed();
    let main = "def main():\n    print(\"formatter 2.0\")\n";
    let newer = Wheel::new("formatter", "2.0")
        .entry_point("format", "formatter:main")
        .entry_point("check", "formatter:main")
        .entry_point("test", "formatter:main")
        .module("formatter/__init__.py", main);
    cx.index().publish(newer);
    fs::write(shim(&cx, "test"), "mine").unwrap();
    rye_snapshot!(cx, ["tools", "upgrade", "formatter"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        removed library 1.0
       upgraded formatter 1.0 → 2.0
         linked check
       unlinked format-all
    warning: `test` is not linked: `[HOME]/shims/test` is there, and of no tool
    ");
    assert_eq!(cx.program(shim(&cx, "check"), [""; 0]).succeed().stdout, "formatter 2.0\n");
    assert_eq!(fs::read_to_string(shim(&cx, "test")).unwrap(), "mine");
    assert!(!shim(&cx, "format-all").exists());
}

#[test]
fn one_that_cannot_be_upgraded_does_not_keep_the_others_from_it() {
    let cx = world(&["1.0"]);
    cx.rye(["install", "formatter"]).succeed();
    cx.rye(["install", "library==1.0"]).succeed();
    cx.index().publish(Wheel::new("formatter", "2.0").requires("nothing"));
    cx.index().publish(formatter("1.1"));
    let record = place(&cx, "formatter").join("rye-tool.json");
    fs::write(record, "{\"requirement\": \"formatter==2\"}").unwrap();
    rye_snapshot!(cx, ["tools", "upgrade", "--all"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot upgrade `formatter`
    caused by: the requirements cannot be resolved
    caused by: No solution found when resolving dependencies
      cause: Because nothing was not found in the package registry and formatter>=2.0 depends on nothing, we can conclude that formatter>=2.0 cannot be used.
             And because you require formatter==2, we can conclude that your requirements are unsatisfiable.
         newest library 1.0 (as `library==1.0`)
    ");
    assert_eq!(cx.program(shim(&cx, "format"), [""; 0]).succeed().stdout, "formatter 1.0\n");
}

#[test]
fn a_tool_keeps_its_python() {
    let cx = TestContext::builder()
        .index(index(&["1.0"]).with_cache_control("no-cache"))
        .pythons(2)
        .build();
    let Some((newer, older)) = cx.two_pythons() else { return };
    cx.rye(["install", "formatter", "-p", older.minor()]).succeed();
    cx.rye(["install", "library"]).succeed();
    cx.index().publish(formatter("2.0"));
    cx.rye(["tools", "upgrade", "--all"]).succeed();
    let expected = format!("formatter 2.0 ({})\nlibrary 1.0 ({})\n", older.name(), newer.name());
    assert_eq!(cx.rye(["tools", "list", "-v"]).succeed().stdout, expected);
}

#[test]
fn who_names_no_tool_is_asked_for_one() {
    let cx = world(&["1.0"]);
    rye_snapshot!(cx, ["tools", "upgrade"], @"
    exit: 2
    ----- stdout -----
    ----- stderr -----
    error: the following required arguments were not provided:
      <NAME>...

    Usage: rye tools upgrade <NAME>...

    For more information, try '--help'.
    ");
    rye_snapshot!(cx, ["tools", "upgrade", "--all"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
    warning: no tool is installed
    ");
    rye_snapshot!(cx, ["tools", "upgrade", "formatter"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: no tool is called `formatter`
    hint: `rye tools list` lists what there is
    ");
    rye_snapshot!(cx, ["tools", "upgrade", "formatter", "--all"], @"
    exit: 2
    ----- stdout -----
    ----- stderr -----
    error: the argument '[NAME]...' cannot be used with '--all'

    Usage: rye tools upgrade <NAME>...

    For more information, try '--help'.
    ");
    let output = cx.rye(["tools"]).fail(2);
    assert_eq!(output.stdout, "");
    assert!(output.stderr.contains("Usage: rye tools"), "{}", output.stderr);
}

#[test]
fn links_that_are_missing_come_back() {
    let cx = world(&["1.0"]);
    cx.rye(["install", "formatter"]).succeed();
    // as a rye that was killed before it linked anything leaves it
    fs::remove_file(shim(&cx, "format")).unwrap();
    rye_snapshot!(cx, ["tools", "upgrade", "formatter", "--dry-run"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
     would make formatter anew
    ");
    rye_snapshot!(cx, ["tools", "upgrade", "formatter"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
      made anew formatter
         linked format
    ");
    assert_eq!(cx.program(shim(&cx, "format"), [""; 0]).succeed().stdout, "formatter 1.0\n");
    // what is newer is told all the same
    fs::remove_file(shim(&cx, "format")).unwrap();
    cx.index().publish(formatter("2.0"));
    let output = cx.rye(["tools", "list", "--outdated"]).succeed();
    assert_eq!(output.stdout, "formatter 1.0 → 2.0\n");
}
