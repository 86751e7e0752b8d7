//! `rye list`

use crate::support::*;

#[test]
fn list_prints_what_is_installed() {
    let cx = TestContext::new();
    cx.write_project("demo", &["anyio"]);
    cx.rye(["sync"]).succeed();
    let before = cx.fingerprint();
    rye_snapshot!(cx, ["list"], @r"
    exit: 0
    ----- stdout -----
    anyio==4.0.0
    -e file://[ROOT]/project
    idna==3.4
    sniffio==1.3.0
    ----- stderr -----
    ");
    assert_eq!(cx.fingerprint(), before);
    // what is there counts, not what is locked
    cx.write_project("demo", &[]);
    let output = cx.rye(["list"]).current_dir(cx.path("src")).succeed();
    assert!(output.stdout.contains("anyio==4.0.0\n"), "{}", output.stdout);
    let output = cx.rye(["list"]).run_with_closed_stdout();
    assert_eq!(output.stderr, "");
}

#[test]
fn without_an_environment_list_makes_none() {
    let cx = TestContext::builder().without_engine().build();
    cx.write_project("demo", &["anyio"]);
    let before = cx.fingerprint();
    rye_snapshot!(cx, ["list"], @r"
    exit: 0
    ----- stdout -----
    ----- stderr -----
    warning: there is no environment yet; make it with `rye sync`
    ");
    assert_eq!(cx.fingerprint(), before);
}

#[test]
fn list_reads_an_environment_of_somebody_else() {
    let cx = TestContext::new();
    cx.write("pyproject.toml", "[project]\nname = \"demo\"\nversion = \"1\"\n");
    cx.uv(["venv", "--quiet", "--python", &cx.python().version]).succeed();
    cx.uv(["pip", "install", "--quiet", "tqdm"]).succeed();
    let before = cx.fingerprint();
    rye_snapshot!(cx, ["list"], @r"
    exit: 0
    ----- stdout -----
    tqdm==4.66.1
    ----- stderr -----
    ");
    assert_eq!(cx.fingerprint(), before);
}

#[test]
fn list_needs_a_project() {
    let cx = TestContext::builder().without_engine().build();
    let output = cx.rye(["list"]).fail(1);
    assert!(output.stderr.starts_with("error: there is no `pyproject.toml`"), "{}", output.stderr);
}
