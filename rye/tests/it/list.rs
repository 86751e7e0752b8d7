//! `rye list`

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot do its work fails the test, and is no `#[test]` function itself"
)]

use std::fs;
use std::path::PathBuf;

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
fn list_goes_by_the_files_also_where_nothing_runs() {
    let cx = TestContext::new();
    cx.write_project("demo", &["anyio"]);
    cx.rye(["sync"]).succeed();
    let python = cx.path(".venv").join(if cfg!(windows) { "Scripts" } else { "bin" });
    fs::remove_file(python.join(exe("python"))).unwrap();
    assert!(cx.rye(["list"]).succeed().stdout.contains("anyio==4.0.0\n"));
    fs::remove_dir_all(cx.path(".venv")).unwrap();
    cx.write(".venv", "");
    let output = cx.rye(["list"]).fail(1);
    assert!(output.stderr.contains("is no directory"), "{}", output.stderr);
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

fn site_packages(cx: &TestContext) -> PathBuf {
    let mut versions = fs::read_dir(cx.path(".venv/lib")).unwrap();
    versions.next().unwrap().unwrap().path().join("site-packages")
}

/// Writes what an installer leaves of a distribution.
fn install(cx: &TestContext, directory: &str, direct_url: Option<&str>) {
    let site_packages = site_packages(cx);
    let (name, version) = directory.trim_end_matches(".dist-info").split_once('-').unwrap();
    let metadata = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n");
    cx.write(site_packages.join(directory).join("METADATA"), metadata);
    if let Some(text) = direct_url {
        cx.write(site_packages.join(directory).join("direct_url.json"), text);
    }
}

#[test]
fn list_says_what_the_engine_would() {
    let cx = TestContext::new();
    cx.write("pyproject.toml", "[project]\nname = \"demo\"\nversion = \"1\"\n");
    cx.uv(["venv", "--quiet", "--python", &cx.python().version]).succeed();
    for name in ["Demo_Lib-01.0", "post-1.0.post1", "epoch-1!2.0", "local-1.0+cpu", "demo.x-2"] {
        install(&cx, &format!("{name}.dist-info"), None);
    }
    for (name, direct_url) in [
        ("file", r#"{"url":"https://me:pw@host.invalid/c-1.0.whl","archive_info":{"hash":"x"}}"#),
        ("part", r#"{"url":"https://host.invalid/i.zip","archive_info":{},"subdirectory":"sub"}"#),
        ("folder", r#"{"url":"file:///opt/f","dir_info":{}}"#),
        ("editable", r#"{"url":"file:///opt/my%20e","dir_info":{"editable":true}}"#),
        (
            "commit",
            r#"{"url":"https://host.invalid/x.git","vcs_info":{"vcs":"git","commit_id":"abc","requested_revision":"main"},"subdirectory":"a/b"}"#,
        ),
        (
            "branch",
            r#"{"url":"ssh://git@host.invalid/x","vcs_info":{"vcs":"git","requested_revision":"main"}}"#,
        ),
        (
            "token",
            r#"{"url":"https://tok@host.invalid/x","vcs_info":{"vcs":"git","commit_id":"abc"}}"#,
        ),
    ] {
        install(&cx, &format!("{name}-1.0.dist-info"), Some(direct_url));
    }
    // two that should not be there both
    install(&cx, "twice-2.0.dist-info", None);
    install(&cx, "twice-1.0.dist-info", None);
    // what no installer of today leaves
    let site_packages = site_packages(&cx);
    let metadata = |name: &str| format!("Metadata-Version: 1.0\nName: {name}\nVersion: 4.5\n");
    cx.write(site_packages.join("egg1-1.5-py3.9.egg-info/PKG-INFO"), metadata("egg1"));
    cx.write(site_packages.join("egg2.egg-info/PKG-INFO"), metadata("egg2"));
    cx.write(site_packages.join("egg3-3.5.egg-info"), metadata("egg3"));
    cx.write(site_packages.join("egg4.egg-info"), metadata("egg4"));
    cx.write("linked/linked.egg-info/PKG-INFO", metadata("linked"));
    cx.write(site_packages.join("linked.egg-link"), format!("{}\n.", cx.path("linked").display()));
    // what is none
    cx.write(site_packages.join("plain-1.0.dist-info"), "");
    cx.write(site_packages.join("package.py"), "");
    install(&cx, "~oved-1.0.dist-info", None);
    let expected = cx.uv(["pip", "freeze", "--quiet", "--python", ".venv"]).succeed().stdout;
    assert_eq!(expected.lines().count(), 19, "{expected}");
    let output = cx.rye(["list"]).env("RYE_UV", cx.root().join("bin/false")).succeed();
    assert_eq!(output.stdout, expected);
    assert_eq!(output.stderr, "");
}

#[test]
fn list_answers_as_json() {
    let cx = TestContext::new();
    cx.write_project("demo", &["idna"]);
    cx.rye(["sync"]).succeed();
    install(&cx, "direct-1.0.dist-info", Some(r#"{"url":"https://host.invalid/d.whl"}"#));
    rye_snapshot!(cx, ["list", "--format", "json"], @r#"
    exit: 0
    ----- stdout -----
    {
      "schema": 1,
      "distributions": [
        {
          "name": "demo",
          "version": "0.1.0",
          "editable": "file://[ROOT]/project",
          "url": null
        },
        {
          "name": "direct",
          "version": "1.0",
          "editable": null,
          "url": "https://host.invalid/d.whl"
        },
        {
          "name": "idna",
          "version": "3.4",
          "editable": null,
          "url": null
        }
      ]
    }
    ----- stderr -----
    "#);
    let cx = TestContext::builder().without_engine().build();
    cx.write_project("demo", &[]);
    rye_snapshot!(cx, ["list", "--format", "json"], @r#"
    exit: 0
    ----- stdout -----
    {
      "schema": 1,
      "distributions": []
    }
    ----- stderr -----
    warning: there is no environment yet; make it with `rye sync`
    "#);
}

#[test]
fn list_leaves_out_what_cannot_be_read_and_says_so() {
    let cx = TestContext::new();
    cx.write_project("demo", &["idna"]);
    cx.rye(["sync"]).succeed();
    install(&cx, "bad-version.dist-info", None);
    install(&cx, "direct-1.0.dist-info", Some("no JSON"));
    rye_snapshot!(cx, ["list"], @"
    exit: 0
    ----- stdout -----
    -e file://[ROOT]/project
    idna==3.4
    ----- stderr -----
    warning: `[ROOT]/project/.venv/lib/python[PYTHON-MINOR]/site-packages/bad-version.dist-info` is left out: what it stands for cannot be read
    warning: `[ROOT]/project/.venv/lib/python[PYTHON-MINOR]/site-packages/direct-1.0.dist-info` is left out: what it stands for cannot be read
    ");
    rye_snapshot!(cx, ["list", "--format", "yaml"], @"
    exit: 2
    ----- stdout -----
    ----- stderr -----
    error: invalid value 'yaml' for '--format <FORMAT>'
      [possible values: json]

    For more information, try '--help'.
    ");
}

#[test]
fn list_is_not_led_astray_by_what_another_python_left() {
    let cx = TestContext::new();
    cx.write_project("demo", &["idna"]);
    cx.rye(["sync"]).succeed();
    cx.write(".venv/lib/python3.1/site-packages/old-1.0.dist-info/METADATA", "");
    let output = cx.rye(["list"]).succeed();
    assert!(output.stdout.contains("idna==3.4\n"), "{}", output.stdout);
    assert!(!output.stdout.contains("old"), "{}", output.stdout);
}

#[test]
fn list_needs_a_project() {
    let cx = TestContext::builder().without_engine().build();
    let output = cx.rye(["list", "--outdated"]).fail(1);
    assert_eq!(output.stderr, "error: what is not the newest is told by `rye outdated`\n");
    let output = cx.rye(["list"]).fail(1);
    assert!(output.stderr.starts_with("error: there is no `pyproject.toml`"), "{}", output.stderr);
}
