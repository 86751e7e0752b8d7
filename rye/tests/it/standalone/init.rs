//! `rye init --standalone`

use super::world;
use crate::support::rye_snapshot;

#[test]
fn a_script_is_started() {
    let cx = world();
    rye_snapshot!(cx, ["init", "--standalone", "tool.py"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        created script `tool.py`
           next `rye add --script tool.py NAME` for what it needs, `rye run tool.py` to run it
    ");
    insta::assert_snapshot!(cx.read("tool.py"), @r#"
    # /// script
    # requires-python = ">=3.9"
    # dependencies = []
    # ///


    def main():
        print("Hello from tool.py!")


    if __name__ == "__main__":
        main()
    "#);
    assert_eq!(cx.rye(["run", "tool.py"]).succeed().stdout, "Hello from tool.py!\n");
    assert_eq!(cx.tree(), "tool.py");
    rye_snapshot!(cx, ["init", "--standalone", "tool.py"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/tool.py` has metadata already
    hint: add what it needs with `rye add --script [ROOT]/project/tool.py NAME`
    ");
}

#[test]
fn requirements_and_pythons_are_written() {
    let cx = world();
    cx.write("requirements.txt", "flask>=2 # web\n-r more.txt\n");
    cx.write("more.txt", "tqdm; os_name == \"nt\"\n");
    cx.rye(["init", "--standalone", "new/a b", "--min-py", "3.10", "-r", "requirements.txt"])
        .succeed();
    insta::assert_snapshot!(cx.read("new/a b"), @r#"
    # /// script
    # requires-python = ">=3.10"
    # dependencies = [
    #     "flask>=2",
    #     "tqdm ; os_name == 'nt'",
    # ]
    # ///


    def main():
        print("Hello from a b!")


    if __name__ == "__main__":
        main()
    "#);
    let minor = cx.python().minor();
    cx.rye(["init", "--standalone", "x.py", "--py", minor]).succeed();
    assert!(cx.read("x.py").contains(&format!("# requires-python = \">={minor}\"\n")));
    rye_snapshot!(cx, ["init", "--standalone", "y.py", "--py", "3.9", "--min-py", "3.10"], @r#"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: Python 3.9, which `--py` asks for, contradicts `requires-python = ">=3.10"`
    hint: change one of them with `--py` or `--min-py`
    "#);
    assert!(!cx.exists("y.py"));
}

#[test]
fn a_file_that_is_there_keeps_its_code() {
    let cx = world();
    cx.write("tool.py", "#!/usr/bin/env python\nprint('old')\n");
    rye_snapshot!(cx, ["init", "--standalone", "tool.py"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        changed `tool.py` says what it needs now
           next `rye add --script tool.py NAME` for what it needs, `rye run tool.py` to run it
    ");
    insta::assert_snapshot!(cx.read("tool.py"), @r#"
    #!/usr/bin/env python
    # /// script
    # requires-python = ">=3.9"
    # dependencies = []
    # ///

    print('old')
    "#);
    assert_eq!(cx.rye(["run", "tool.py"]).succeed().stdout, "old\n");
}

#[test]
fn what_is_no_script_is_refused() {
    let cx = world();
    rye_snapshot!(cx, ["init", "--standalone"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: name the file of the script, as in `rye init --standalone script.py`
    ");
    rye_snapshot!(cx, ["init", "--standalone", "--lib", "x.py"], @"
    exit: 2
    ----- stdout -----
    ----- stderr -----
    error: the argument '--standalone' cannot be used with '--lib'

    Usage: rye init --standalone <PATH>

    For more information, try '--help'.
    ");
    cx.write("folder/file", "");
    rye_snapshot!(cx, ["init", "--standalone", "folder"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot read `[ROOT]/project/folder`
    caused by: Is a directory (os error 21)
    hint: move the directory away: a file is to be there
    ");
    cx.write("half.py", "# /// script\nprint()\n");
    rye_snapshot!(cx, ["init", "--standalone", "half.py"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/half.py` cannot be understood
    caused by: the block of metadata that begins in line 1 has no end
    hint: close it with the line `# ///`; each line in between begins with `# `
    ");
    rye_snapshot!(cx, ["init", "--standalone", "x.py", "-r", "missing.txt"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot read `[ROOT]/project/missing.txt`
    caused by: No such file or directory (os error 2)
    ");
    assert!(!cx.exists("x.py"));
}
