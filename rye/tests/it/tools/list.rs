//! `rye tools list`, also of what Rye 0.44 installed

use std::fs;

use super::{formatter, place, program, shim, world};
use crate::support::{TestContext, Wheel, rye_snapshot};

#[test]
fn tools_are_listed_by_name() {
    let cx = world(&["1.0"]);
    rye_snapshot!(cx, ["tools", "list"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
    ");
    cx.rye(["install", "library"]).succeed();
    cx.rye(["install", "formatter[color]<2", "-p", "3"]).succeed();
    // neither is one of them
    fs::create_dir(place(&cx, "stray")).unwrap();
    fs::write(place(&cx, "file"), "").unwrap();
    rye_snapshot!(cx, ["tools", "list"], @"
    exit: 0
    ----- stdout -----
    formatter
    library
    ----- stderr -----
    ");
    rye_snapshot!(cx, ["tools", "list", "-s"], @"
    exit: 0
    ----- stdout -----
    formatter
      format
      format-all
    library
      lib
    ----- stderr -----
    ");
    rye_snapshot!(cx, ["tools", "list", "-v"], @"
    exit: 0
    ----- stdout -----
    formatter 1.0 (cpython@[PYTHON])
    library 1.0 (cpython@[PYTHON])
    ----- stderr -----
    ");
    rye_snapshot!(cx, ["tools", "list", "--include-version", "--include-scripts"], @"
    exit: 0
    ----- stdout -----
    formatter 1.0 (cpython@[PYTHON])
      format
      format-all
    library 1.0 (cpython@[PYTHON])
      lib
    ----- stderr -----
    ");
    rye_snapshot!(cx, ["tools", "list", "--format", "json"], @r#"
    exit: 0
    ----- stdout -----
    {
      "schema": 1,
      "tools": [
        {
          "name": "formatter",
          "version": "1.0",
          "python": "cpython@[PYTHON]",
          "requirement": "formatter[color]<2",
          "scripts": [
            "format",
            "format-all"
          ],
          "broken": null
        },
        {
          "name": "library",
          "version": "1.0",
          "python": "cpython@[PYTHON]",
          "requirement": "library",
          "scripts": [
            "lib"
          ],
          "broken": null
        }
      ]
    }
    ----- stderr -----
    "#);
}

#[test]
fn a_broken_tool_is_listed_as_such() {
    let cx = world(&["1.0"]);
    cx.rye(["install", "library"]).succeed();
    cx.rye(["install", "formatter"]).succeed();
    fs::remove_file(program(&cx, "formatter", "python")).unwrap();
    fs::write(place(&cx, "library").join("rye-tool.json"), "{").unwrap();
    rye_snapshot!(cx, ["tools", "list", "-v"], @"
    exit: 0
    ----- stdout -----
    formatter 1.0 (cpython@[PYTHON]) (broken: its Python is gone)
    library 1.0 (cpython@[PYTHON]) (broken: its record cannot be read)
    ----- stderr -----
    ");
    rye_snapshot!(cx, ["tools", "upgrade", "library"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot upgrade `library`
    caused by: the record of the tool `library` in `[HOME]/tools/library/rye-tool.json` cannot be read
    caused by: EOF while parsing an object at line 1 column 1
    hint: install it anew with `rye install library`
    ");
    cx.rye(["install", "library"]).succeed();
    fs::write(place(&cx, "library").join("rye-venv.json"), "{").unwrap();
    let listed = cx.rye(["tools", "list"]).succeed().stdout;
    assert!(listed.ends_with("library (broken: its marker cannot be read)\n"), "{listed}");
    cx.rye(["tools", "upgrade", "library"]).succeed();
    cx.rye(["tools", "upgrade", "formatter"]).succeed();
    assert_eq!(cx.program(shim(&cx, "format"), [""; 0]).succeed().stdout, "formatter 1.0\n");
}

#[test]
#[cfg(unix)]
fn a_list_starts_no_program() {
    use std::os::unix::fs::PermissionsExt;
    let cx = world(&["1.0"]);
    cx.rye(["install", "formatter"]).succeed();
    let (python, sign) = (program(&cx, "formatter", "python"), cx.path("started"));
    fs::remove_file(&python).unwrap();
    fs::write(&python, format!("#!/bin/sh\ntouch {}\n", sign.display())).unwrap();
    fs::set_permissions(&python, PermissionsExt::from_mode(0o755)).unwrap();
    let run = cx.rye(["tools", "list", "-v", "-s", "--format", "json"]).env("RYE_UV", "/nowhere");
    assert!(run.succeed().stdout.contains("\"broken\": null"));
    assert!(!sign.exists());
}

#[test]
fn what_has_a_newer_version_is_told() {
    let cx = world(&["1.0", "2.0"]);
    cx.rye(["install", "formatter==1.0"]).succeed();
    cx.rye(["install", "library"]).succeed();
    rye_snapshot!(cx, ["tools", "list", "--outdated"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
    ");
    cx.rye(["install", "--force", "formatter<2"]).succeed();
    rye_snapshot!(cx, ["tools", "list", "--outdated"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
    ");
    cx.rye(["install", "--force", "formatter==1.*"]).succeed();
    cx.index().publish(super::formatter("1.1"));
    rye_snapshot!(cx, ["tools", "list", "--outdated"], @"
    exit: 0
    ----- stdout -----
    formatter 1.0 → 1.1
    ----- stderr -----
    ");
    rye_snapshot!(cx, ["tools", "list", "--outdated", "--format", "json", "-q"], @r#"
    exit: 0
    ----- stdout -----
    {
      "schema": 1,
      "tools": [
        {
          "name": "formatter",
          "version": "1.0",
          "python": "cpython@[PYTHON]",
          "requirement": "formatter==1.*",
          "scripts": [
            "format",
            "format-all"
          ],
          "broken": null,
          "latest": "1.1"
        }
      ]
    }
    ----- stderr -----
    "#);
}

#[test]
fn what_cannot_be_looked_up_is_told_and_the_rest_is_listed() {
    let cx = world(&["1.0"]);
    cx.rye(["install", "formatter"]).succeed();
    cx.rye(["install", "library"]).succeed();
    cx.index().publish(super::formatter("1.1"));
    fs::write(place(&cx, "library").join("rye-tool.json"), "{\"requirement\": \"library==9\"}")
        .unwrap();
    rye_snapshot!(cx, ["tools", "list", "--outdated"], @"
    exit: 1
    ----- stdout -----
    formatter 1.0 → 1.1
    ----- stderr -----
    error: cannot look for newer versions of `library`
    caused by: the requirements cannot be resolved
    caused by: No solution found when resolving dependencies
      cause: Because there is no version of library==9 and you require library==9, we can conclude that your requirements are unsatisfiable.
    ");
    fs::remove_dir_all(place(&cx, "library")).unwrap();
    rye_snapshot!(cx, ["tools", "list", "--outdated", "--offline"], @"
    exit: 0
    ----- stdout -----
    formatter 1.0 → 1.1
    ----- stderr -----
    ");
}

/// Makes a tool as Rye 0.44 left it: an environment with a marker, and links.
#[cfg(unix)]
fn write_old_tool(cx: &TestContext, name: &str, requirement: &str, script: &str) {
    let venv = place(cx, name);
    let python = &cx.python().path;
    let args = ["venv", "-q", "--no-project", "--no-config", "--python"];
    cx.uv(args).args([python, &venv]).succeed();
    let args = ["pip", "install", "-q", "--no-config", requirement, "--python"];
    cx.uv(args).args([program(cx, name, "python")]).succeed();
    let marker = format!("{{\"python\": \"{}\", \"venv_path\": null}}", cx.python().name());
    fs::write(venv.join("rye-venv.json"), marker).unwrap();
    fs::create_dir_all(cx.rye_home().join("shims")).unwrap();
    std::os::unix::fs::symlink(program(cx, name, script), shim(cx, script)).unwrap();
}

#[test]
#[cfg(unix)]
fn tools_of_rye_0_44_are_listed_run_upgraded_and_uninstalled() {
    let cx = world(&["1.0", "2.0"]);
    write_old_tool(&cx, "formatter", "formatter==1.0", "format");
    rye_snapshot!(cx, ["tools", "list", "-v", "-s"], @"
    exit: 0
    ----- stdout -----
    formatter 1.0 (cpython@[PYTHON])
      format
    ----- stderr -----
    ");
    rye_snapshot!(cx, ["x", "--from", "formatter", "format"], @"
    exit: 0
    ----- stdout -----
    formatter 1.0
    ----- stderr -----
    ");
    rye_snapshot!(cx, ["tools", "upgrade", "formatter", "--dry-run"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
    would upgrade formatter 1.0 → 2.0
    ");
    rye_snapshot!(cx, ["tools", "upgrade", "formatter"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
       upgraded formatter 1.0 → 2.0
         linked format-all
    ");
    assert_eq!(cx.program(shim(&cx, "format"), [""; 0]).succeed().stdout, "formatter 2.0\n");
    write_old_tool(&cx, "library", "library", "lib");
    rye_snapshot!(cx, ["uninstall", "library"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
    uninstalled library
       unlinked lib
    ");
    assert!(!shim(&cx, "lib").is_symlink());
}

#[test]
#[cfg(unix)]
fn an_upgrade_of_a_tool_of_rye_0_44_loses_nothing() {
    let cx = world(&["1.0"]);
    write_old_tool(&cx, "formatter", "formatter==1.0", "format");
    let args = ["pip", "install", "-q", "--no-config", "colorama", "--python"];
    cx.uv(args).args([program(&cx, "formatter", "python")]).succeed();
    cx.index().publish(formatter("2.0"));
    cx.rye(["tools", "upgrade", "formatter"]).succeed();
    cx.program(program(&cx, "formatter", "python"), ["-c", "import colorama"]).succeed();
    // the index may have another one of the name
    let url = cx.index().file_url("library-1.0-py3-none-any.whl");
    write_old_tool(&cx, "library", &format!("library @ {url}"), "lib");
    cx.index().publish(Wheel::new("library", "2.0"));
    cx.rye(["tools", "upgrade", "library"]).succeed();
    rye_snapshot!(cx, ["tools", "upgrade", "library"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
         newest library 1.0 (as `library @ [FILES]/library-1.0-py3-none-any.whl`)
    ");
}
