//! `rye make-req`

use std::fs;

use crate::support::*;

fn world() -> TestContext {
    TestContext::builder().without_index().without_python().build()
}

#[test]
fn requirements_are_written_as_pep_508_has_them() {
    let cx = world();
    let check = |args: &[&str], expected: &str| {
        let output = cx.rye(["make-req"].iter().chain(args)).succeed();
        assert_eq!((output.stdout.as_str(), output.stderr.as_str()), (expected, ""), "{args:?}");
    };
    check(&[], "");
    check(&["--features", "a"], "");
    check(
        &["Flask", "Demo_Lib >= 1 , <2;python_version<'3.9'"],
        "Flask\nDemo_Lib>=1, <2 ; python_version<'3.9'\n",
    );
    check(&["a[x]>=1", "B", "--features", "y,x"], "a[x,y]>=1\nB[y,x]\n");
    check(&["X", "--git", "https://example.org/x"], "X @ git+https://example.org/x\n");
    check(
        &["x", "--git", "git+ssh://git@example.org/x", "--tag", "v1"],
        "x @ git+ssh://git@example.org/x@v1\n",
    );
    check(
        &["x", "--git", "git@example.org:a/x.git", "--branch", "main"],
        "x @ git+ssh://git@example.org/a/x.git@main\n",
    );
    check(
        &["x", "--git", "https://example.org/x", "--rev", "abc"],
        "x @ git+https://example.org/x@abc\n",
    );
    check(
        &["x", "y; os_name == 'nt'", "--url", "https://example.org/x.zip"],
        "x @ https://example.org/x.zip\ny @ https://example.org/x.zip ; os_name == 'nt'\n",
    );
    check(&["git @ https://git.example.org/git.zip"], "git @ https://git.example.org/git.zip\n");
}

#[test]
fn a_path_is_written_by_where_the_project_is() {
    let cx = world();
    fs::create_dir_all(cx.path("libs/a b")).unwrap();
    rye_snapshot!(cx, ["make-req", "lib", "--path", "libs/a b"], @"
    exit: 0
    ----- stdout -----
    lib @ file://[ROOT]/project/libs/a%20b
    ----- stderr -----
    ");
    let manifest = "[project]\nname = \"demo\"\nversion = \"1\"\n[tool.rye]\nvirtual = true\n";
    cx.write("pyproject.toml", manifest);
    rye_snapshot!(cx, ["make-req", "Lib", "--path", "libs/a b"], @"
    exit: 0
    ----- stdout -----
    Lib @ file:///${PROJECT_ROOT}/libs/a%20b
    ----- stderr -----
    ");
    rye_snapshot!(cx, ["make-req", "lib", "--absolute", "--path", "libs/a b"], @"
    exit: 0
    ----- stdout -----
    lib @ file://[ROOT]/project/libs/a%20b
    ----- stderr -----
    ");
    rye_snapshot!(cx.rye(["make-req", "lib", "--path", "../a b"]).current_dir(cx.path("libs/a b")), @"
    exit: 0
    ----- stdout -----
    lib @ file:///${PROJECT_ROOT}/libs/a%20b
    ----- stderr -----
    ");
    rye_snapshot!(cx, ["make-req", "lib", "--path", ".."], @"
    exit: 0
    ----- stdout -----
    lib @ file://[ROOT]
    ----- stderr -----
    ");
    // also that of a member
    cx.write("pyproject.toml", format!("{manifest}[tool.rye.workspace]\n"));
    cx.write("libs/a b/pyproject.toml", "[project]\nname = \"lib\"\nversion = \"1\"\n");
    rye_snapshot!(cx, ["make-req", "lib", "--path", "libs/a b"], @"
    exit: 0
    ----- stdout -----
    lib @ file:///${PROJECT_ROOT}/libs/a%20b
    ----- stderr -----
    ");
    let backend =
        "[build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n";
    cx.write("pyproject.toml", format!("{manifest}{backend}"));
    rye_snapshot!(cx, ["make-req", "lib", "--path", "libs/a b"], @"
    exit: 0
    ----- stdout -----
    lib @ file://[ROOT]/project/libs/a%20b
    ----- stderr -----
    ");
}

#[test]
fn what_is_no_requirement_is_refused() {
    let cx = world();
    rye_snapshot!(cx, ["make-req", "a", "=1"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `=1` is no requirement: Expected package name starting with an alphanumeric character, found `=`
    hint: write it as in `flask`, `flask[async]>=3,<4` or `tomli; python_version < '3.11'`
    ");
    rye_snapshot!(cx, ["make-req", "a->=1"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `a->=1` is no requirement: a name ends with a letter or a digit, and `a-` does not
    hint: write it as in `flask`, `flask[async]>=3,<4` or `tomli; python_version < '3.11'`
    ");
    rye_snapshot!(cx, ["make-req", "a==1", "--url", "https://example.org/x.zip"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `a` has a version or a URL already
    ");
    rye_snapshot!(cx, ["make-req", "a", "--path", "nowhere"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot find `[ROOT]/project/nowhere`
    caused by: No such file or directory (os error 2)
    ");
    cx.rye(["make-req", "a", "--tag", "v1"]).fail(2);
    cx.rye(["make-req", "a", "--absolute"]).fail(2);
    cx.write("pyproject.toml", "[project\n");
    cx.rye(["make-req", "a"]).succeed();
    cx.rye(["make-req", "a", "--path", "."]).fail(1);
}
