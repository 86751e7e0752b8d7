//! `rye run` of what is no file here

use super::world;
use crate::support::{Distribution, rye_snapshot};

const SCRIPT: &str = "# /// script\n# dependencies = [\"idna<3\"]\n# ///\nimport idna, sys\nprint(idna.__version__, sys.argv[1:])\n";

#[test]
fn a_script_comes_from_standard_input() {
    let cx = world();
    rye_snapshot!(cx.rye(["run", "-", "a b", "-x"]).input(SCRIPT), @"
    exit: 0
    ----- stdout -----
    2.10 ['a b', '-x']
    ----- stderr -----
    ");
    rye_snapshot!(cx.rye(["run", "-"]).input("import sys, os\nprint(sys.argv, __name__, sys.path[0])\n"), @"
    exit: 0
    ----- stdout -----
    ['-'] __main__ 
    ----- stderr -----
    ");
    // in a project, too, and without a lockfile
    cx.write_project("demo", &[]);
    cx.rye(["run", "-"]).input(SCRIPT).succeed();
    assert!(!cx.exists(".venv"));
    rye_snapshot!(cx.rye(["run", "--locked", "-"]).input(SCRIPT), @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: a script that is no file here has no lockfile
    hint: leave `--locked` away, or save the script
    ");
    // nothing to run is nothing wrong
    cx.rye(["run", "-"]).succeed();
}

#[test]
fn a_script_comes_from_a_url() {
    let cx = world();
    cx.index().publish(Distribution::raw("tool-1.0.py", SCRIPT));
    let url = cx.index().file_url("tool-1.0.py");
    rye_snapshot!(cx, ["run", "--offline", &url], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[FILES]/tool-1.0.py` was never fetched, and the network is not to be used
    hint: run it once without `--offline`
    ");
    rye_snapshot!(cx, ["run", &url, "a", "-b"], @"
    exit: 0
    ----- stdout -----
    2.10 ['a', '-b']
    ----- stderr -----
    ");
    // what was fetched last will do offline
    cx.index().withdraw("tool", "1.0.py");
    cx.rye(["run", "--offline", &url]).env("RYE_UV", "/nowhere").succeed();
    rye_snapshot!(cx, ["run", &url], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[FILES]/tool-1.0.py` answers 404 Not Found
    hint: check the URL of the index or mirror
    ");
    cx.index()
        .publish(Distribution::raw("tool-1.0.py", "import sys; print('new', sys.argv[0][-11:])\n"));
    rye_snapshot!(cx, ["run", &url], @"
    exit: 0
    ----- stdout -----
    new tool-1.0.py
    ----- stderr -----
    ");
}

#[test]
fn what_is_too_large_for_a_script_is_not_fetched() {
    let cx = world();
    let comment = "#".repeat(10 * 1024 * 1024 - 1) + "\n";
    cx.index().publish(Distribution::raw("tool-1.0.py", comment.clone()));
    cx.index().publish(Distribution::raw("tool-2.0.py", comment + "\n"));
    cx.rye(["run", &cx.index().file_url("tool-1.0.py")]).succeed();
    rye_snapshot!(cx, ["run", &cx.index().file_url("tool-2.0.py")], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[FILES]/tool-2.0.py` is larger than 10485760 bytes
    hint: check that the URL is the one that you mean
    ");
}

#[test]
fn what_could_be_changed_on_the_way_is_refused() {
    let cx = world();
    rye_snapshot!(cx, ["run", "http://me:pw@example.org/tool.py"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `http://****@example.org/tool.py` is not encrypted, and whoever is on the way could change what comes
    hint: use `https://`, or download and read it first
    ");
    let url = cx.index().file_url("moved.py");
    cx.index().redirect("moved.py", "http://example.org/tool.py");
    rye_snapshot!(cx, ["run", &url], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot reach `[FILES]/moved.py`
    caused by: error following redirect
    caused by: `http://example.org/tool.py` is not encrypted, and whoever is on the way could change what comes
    hint: name a URL that does not lead there
    ");
    cx.index().redirect("moved.py", &cx.index().file_url("tool-1.0.py"));
    cx.index().publish(Distribution::raw("tool-1.0.py", "print('found')\n"));
    assert_eq!(cx.rye(["run", &url]).succeed().stdout, "found\n");
    let page = format!("{}/idna/", cx.index().url());
    rye_snapshot!(cx, ["run", &page], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[INDEX]/idna/` answers with a page for a browser, and no script
    hint: name the URL of the bare file
    ");
    cx.rye(["run", "https://example.org/tool.py"]).fail(1);
}
