//! What cannot be done with a script

use super::{world, write_script};
use crate::support::rye_snapshot;

#[test]
fn blocks_that_cannot_be_read_are_told_with_their_place() {
    let cx = world();
    write_script(&cx, "toml.py", "dependencies = [\n  idna\n]", "");
    rye_snapshot!(cx, ["run", "toml.py"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/toml.py` cannot be understood
    caused by: TOML parse error at line 3, column 3
      |
    3 |   idna
      |   ^^^^
    invalid float, expected `inf`
    hint: correct the line in an editor
    ");
    write_script(&cx, "type.py", "\ndependencies = \"idna\"", "");
    rye_snapshot!(cx, ["run", "type.py"], @r#"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/type.py` cannot be understood
    caused by: TOML parse error at line 3, column 16
      |
    3 | dependencies = "idna"
      |                ^^^^^^
    invalid type: string "idna", expected a sequence
    hint: correct the line in an editor
    "#);
    write_script(&cx, "text.py", "dependencies = [\"idna >> 2\"]", "");
    rye_snapshot!(cx, ["run", "text.py"], @r#"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/text.py` cannot be understood
    caused by: `dependencies` holds `idna >> 2`: no such comparison operator ">>", must be one of ~= == != <= >= < > ===
    hint: write it as PEP 508 has it: `name[extra]>=1.0; marker`
    "#);
    write_script(&cx, "python.py", "requires-python = \"3.9\"", "");
    rye_snapshot!(cx, ["run", "python.py"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/python.py` cannot be understood
    caused by: `requires-python` holds `3.9`: Unexpected end of version specifier, expected operator
    hint: write it as in `>=3.9`
    ");
    cx.write("two.py", "# /// script\n# ///\n\n# /// script\n# ///\n");
    rye_snapshot!(cx, ["run", "two.py"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/two.py` cannot be understood
    caused by: lines 1 and 4 both begin a block of metadata
    hint: make one of them
    ");
    cx.write("bytes.py", b"# /// script\n# # \xff\n# ///\n");
    rye_snapshot!(cx, ["run", "bytes.py"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/bytes.py` cannot be understood
    caused by: its block of metadata is not UTF-8
    caused by: invalid utf-8 sequence of 1 bytes from index 4
    hint: save the file as UTF-8
    ");
}

#[test]
fn half_a_block_counts_for_nothing() {
    let cx = world();
    cx.write("half.py", "# /// script\n# dependencies = [\"idna\"]\nprint('ran')\n");
    rye_snapshot!(cx, ["run", "half.py"], @"
    exit: 0
    ----- stdout -----
    ran
    ----- stderr -----
    warning: the block of metadata in `[ROOT]/project/half.py`, line 1, has no end, and counts for nothing
    ");
    rye_snapshot!(cx, ["add", "--script", "half.py", "idna"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    warning: the block of metadata in `[ROOT]/project/half.py`, line 1, has no end, and counts for nothing
    error: nothing was added
    caused by: `[ROOT]/project/half.py` cannot be understood
    caused by: the block of metadata that begins in line 1 has no end
    hint: close it with the line `# ///`; each line in between begins with `# `
    ");
    write_script(&cx, "unknown.py", "dependancies = [\"idna\"]", "");
    rye_snapshot!(cx, ["run", "unknown.py"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
    warning: unknown key `dependancies` in `[ROOT]/project/unknown.py`
    ");
}

#[test]
fn files_that_are_not_there_are_told() {
    let cx = world();
    rye_snapshot!(cx, ["run", "missing.py"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no file `missing.py`
    hint: start it with `rye init --standalone missing.py`
    ");
    rye_snapshot!(cx, ["run", "file:///missing.py"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no file `file:///missing.py`
    hint: name a path, or a URL that begins with `https://`
    ");
    rye_snapshot!(cx, ["run", "--script", "missing"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no file `missing`
    hint: start it with `rye init --standalone missing`
    ");
    rye_snapshot!(cx, ["add", "--script", "missing.py", "idna"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no file `missing.py`
    hint: start it with `rye init --standalone missing.py`
    ");
    rye_snapshot!(cx, ["lock", "--script", "nowhere/missing.py"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no file `nowhere/missing.py`
    hint: start it with `rye init --standalone nowhere/missing.py`
    ");
    cx.write("folder.py/file", "");
    rye_snapshot!(cx, ["run", "folder.py"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot read `[ROOT]/project/folder.py`
    caused by: Is a directory (os error 21)
    hint: move the directory away: a file is to be there
    ");
}

#[test]
fn scripts_without_metadata_have_nothing_to_lock() {
    let cx = world();
    cx.write("plain.py", "");
    rye_snapshot!(cx, ["lock", "--script", "plain.py"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/plain.py` has no metadata that say what it needs
    hint: add what it needs with `rye add --script [ROOT]/project/plain.py NAME`
    ");
    rye_snapshot!(cx, ["remove", "--script", "plain.py", "idna"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing was removed
    caused by: `[ROOT]/project/plain.py` has no metadata that say what it needs
    hint: add what it needs with `rye add --script [ROOT]/project/plain.py NAME`
    ");
    rye_snapshot!(cx, ["run", "--locked", "plain.py"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/plain.py` has no metadata that say what it needs
    hint: add what it needs with `rye add --script [ROOT]/project/plain.py NAME`
    ");
    // what looks like a lockfile beside it is another program's
    cx.write("plain.py.lock", "{\"process\": 1}");
    cx.rye(["run", "plain.py"]).succeed();
}

#[test]
fn flags_of_projects_and_of_scripts_do_not_mix() {
    let cx = world();
    write_script(&cx, "tool.py", "", "");
    for args in [
        ["add", "--dev", "--script", "tool.py", "idna"],
        ["add", "--sync", "--script", "tool.py", "idna"],
        ["add", "--pyproject=x", "--script", "tool.py", "idna"],
        ["remove", "--package=x", "--script", "tool.py", "idna"],
        ["lock", "--all-features", "--script", "tool.py", "-q"],
    ] {
        cx.rye(args).fail(2);
    }
    rye_snapshot!(cx, ["run", "--no-sync", "tool.py"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `--no-sync` is for projects: a script has no environment of its own to keep
    ");
    cx.write_project("demo", &[]);
    rye_snapshot!(cx, ["run", "--with", "idna", "python"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `--with` is for scripts that stand alone; a file is run as one with `--script`
    ");
    rye_snapshot!(cx, ["run", "--script"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `--script` needs the name of a script
    ");
    rye_snapshot!(cx, ["run", "--with", "a b", "tool.py"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `a b` is no requirement: Expected one of `@`, `(`, `<`, `=`, `>`, `~`, `!`, `;`, found `b`
    hint: write it as in `flask`, `flask[async]>=3,<4` or `tomli; python_version < '3.11'`
    ");
}

#[test]
fn lockfiles_that_cannot_be_read_are_told() {
    let cx = world();
    write_script(&cx, "tool.py", "dependencies = [\"idna\"]", "");
    cx.write("tool.py.lock", "idna==\n");
    rye_snapshot!(cx, ["run", "tool.py"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the lockfile `[ROOT]/project/tool.py.lock` cannot be understood
    caused by: line 1: `idna==`: Unexpected end of version specifier, expected version
    hint: correct the line, or delete the file and lock the script again
    ");
    cx.write("tool.py.lock", "version = 1\n\n[[package]]\nname = \"idna\"\n");
    rye_snapshot!(cx, ["run", "tool.py"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/tool.py.lock` is a lockfile of another tool
    hint: move `tool.py.lock` away, or run the script with the tool that made it
    ");
    cx.write("tool.py.lock", "");
    cx.rye(["lock", "--script", "tool.py"]).succeed();
    rye_snapshot!(cx, ["lock", "--script", "tool.py", "--update", "idan"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot lock `tool.py`
    caused by: nothing called `idan` is locked that could be updated
    hint: did you mean `idna`?
    ");
}

#[test]
fn without_a_network_it_is_said() {
    let cx = world();
    write_script(&cx, "tool.py", "dependencies = [\"idna\"]", "");
    rye_snapshot!(cx, ["run", "--offline", "tool.py"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot install what `tool.py` needs
    caused by: the requirements cannot be resolved
    caused by: No solution found when resolving dependencies
      cause: Because idna was not found in the cache and you require idna, we can conclude that your requirements are unsatisfiable.

    hint: Packages were unavailable because the network was disabled. When the network is disabled, registry packages may only be read from the cache.
    ");
    rye_snapshot!(cx, ["add", "--offline", "--script", "tool.py", "urllib3"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing was added
    caused by: cannot lock `tool.py`
    caused by: the requirements cannot be resolved
    caused by: No solution found when resolving dependencies
      cause: Because idna was not found in the cache and you require idna, we can conclude that your requirements are unsatisfiable.

    hint: Packages were unavailable because the network was disabled. When the network is disabled, registry packages may only be read from the cache.
    ");
    assert!(!cx.read("tool.py").contains("urllib3"));
}

#[cfg(unix)]
#[test]
fn a_script_that_must_not_be_written_stays() {
    use std::os::unix::fs::PermissionsExt;

    let cx = world();
    write_script(&cx, "tool.py", "dependencies = []", "");
    std::fs::set_permissions(cx.path("tool.py"), PermissionsExt::from_mode(0o444)).unwrap();
    rye_snapshot!(cx, ["add", "--script", "tool.py", "idna"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing was added
    caused by: cannot write `[ROOT]/project/tool.py`
    caused by: permission denied
    hint: check who may read and write there
    ");
    // nor does half of the two files
    std::fs::set_permissions(cx.path("tool.py"), PermissionsExt::from_mode(0o644)).unwrap();
    cx.rye(["lock", "--script", "tool.py"]).succeed();
    std::fs::set_permissions(cx.path("tool.py.lock"), PermissionsExt::from_mode(0o444)).unwrap();
    let before = cx.fingerprint();
    rye_snapshot!(cx, ["add", "--script", "tool.py", "idna"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing was added
    caused by: cannot write `[ROOT]/project/tool.py.lock`
    caused by: permission denied
    hint: check who may read and write there
    ");
    assert_eq!(cx.fingerprint(), before);
}
