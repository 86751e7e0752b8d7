//! `rye tools run`, and `rye x`, its short form

use crate::support::{TestContext, rye_snapshot};

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
