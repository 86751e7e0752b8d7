//! `rye tools uninstall`, or `rye uninstall`

use super::{names, place, shim, world};
use crate::support::rye_snapshot;

#[test]
fn a_tool_and_its_programs_are_removed() {
    let cx = world(&["1.0"]);
    cx.rye(["install", "formatter"]).succeed();
    cx.rye(["install", "library"]).succeed();
    rye_snapshot!(cx, ["uninstall", "Formatter"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
    uninstalled formatter
       unlinked format, format-all
    ");
    assert!(!place(&cx, "formatter").exists());
    assert!(!shim(&cx, "format").exists());
    assert!(shim(&cx, "lib").exists());
    rye_snapshot!(cx, ["tools", "uninstall", "-q", "library", "Library"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
    ");
    assert_eq!(names(cx.rye_home().join("tools")), [] as [String; 0]);
    assert_eq!(names(cx.rye_home().join("shims")), [] as [String; 0]);
}

#[test]
fn what_is_not_installed_is_an_error() {
    let cx = world(&["1.0"]);
    rye_snapshot!(cx, ["uninstall", "formatter"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: no tool is called `formatter`
    hint: `rye tools list` lists what there is
    ");
    cx.rye(["install", "formatter"]).succeed();
    rye_snapshot!(cx, ["uninstall", "formattr"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: no tool is called `formattr`
    hint: did you mean `formatter`?
    ");
    rye_snapshot!(cx, ["uninstall", "format-all"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: no tool is called `format-all`
    hint: there is a script of that name, of the tool `formatter`
    ");
    rye_snapshot!(cx, ["uninstall", "formatter", "library"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: no tool is called `library`
    hint: `rye tools list` lists what there is
    ");
    rye_snapshot!(cx, ["uninstall"], @"
    exit: 2
    ----- stdout -----
    ----- stderr -----
    error: the following required arguments were not provided:
      <NAME>...

    Usage: rye uninstall <NAME>...

    For more information, try '--help'.
    ");
    rye_snapshot!(cx, ["uninstall", "../shims"], @r#"
    exit: 2
    ----- stdout -----
    ----- stderr -----
    error: invalid value '../shims' for '<NAME>...': Not a valid package or extra name: "../shims". Names must start and end with a letter or digit and may only contain -, _, ., and alphanumeric characters.

    For more information, try '--help'.
    "#);
    assert!(shim(&cx, "format").exists());
}
