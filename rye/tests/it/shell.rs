//! `rye shell`

use crate::support::*;

#[cfg(unix)]
#[test]
fn it_tells_how_to_activate_the_environment() {
    let cx = TestContext::builder().without_index().project("a b").build();
    let manifest = "[project]\nname = \"demo\"\nversion = \"1\"\n[tool.rye]\nvirtual = true\n";
    cx.write("pyproject.toml", manifest);
    rye_snapshot!(cx, ["shell"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no `rye shell` any more: a shell inside of another one is easily forgotten
    hint: run programs of the environment with `rye run COMMAND`
    hint: there is no environment yet: make it with `rye sync`
    ");
    cx.rye(["sync"]).succeed();
    rye_snapshot!(cx.rye(["shell", "--allow-nested"]).env("SHELL", "/bin/zsh"), @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no `rye shell` any more: a shell inside of another one is easily forgotten
    hint: run programs of the environment with `rye run COMMAND`
    hint: or activate it in this shell, until `deactivate`: . '[ROOT]/a b/.venv/bin/activate'
    ");
    rye_snapshot!(cx.rye(["shell"]).env("SHELL", "/usr/bin/fish"), @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no `rye shell` any more: a shell inside of another one is easily forgotten
    hint: run programs of the environment with `rye run COMMAND`
    hint: or activate it in this shell, until `deactivate`: source '[ROOT]/a b/.venv/bin/activate.fish'
    ");
    let help = cx.rye(["--help"]).succeed().stdout;
    assert!(!help.contains("shell"), "{help}");
}

#[test]
fn without_a_project_there_is_none() {
    let cx = TestContext::builder().without_index().build();
    let output = cx.rye(["shell"]).fail(1);
    assert!(output.stderr.contains("there is no `pyproject.toml`"), "{}", output.stderr);
}
