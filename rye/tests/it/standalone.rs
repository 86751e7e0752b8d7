//! Scripts that stand alone (PEP 723): run, edited, locked and started.

use crate::support::TestContext;

mod bad_input;
mod edit;
mod elsewhere;
mod init;
mod lock;
mod run;

/// Writes a script with this metadata, each line a comment, and this code.
fn write_script(cx: &TestContext, name: &str, metadata: &str, code: &str) {
    let lines = metadata.lines().map(|line| format!("# {line}\n"));
    let block: String = lines.collect();
    cx.write(name, format!("# /// script\n{block}# ///\n{code}"));
}

/// Returns a world without a project.
fn world() -> TestContext {
    TestContext::new()
}

/// Returns how many environments were made for scripts.
fn environments(cx: &TestContext) -> usize {
    let folder = cx.rye_home().join("cache").join("environments");
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}
