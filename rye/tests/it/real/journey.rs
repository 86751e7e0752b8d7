//! From an empty directory to a program that others run: a library and an app, made, checked, built, published, installed.

use std::fs;

use super::reaching;
use crate::support::*;

const ROOT: &str = "\
[project]
name = \"shop\"
version = \"0.1.0\"
requires-python = \">=3.9\"

[tool.rye]
managed = true
virtual = true
universal = true

[tool.rye.workspace]
members = [\"libs/*\", \"apps/*\"]
";

const LIBRARY: &str = "\
import click


def greeting(name: str) -> str:
    return click.style(f'Good day, {name}!')
";

const TEST: &str = "\
import os

from greetings import greeting


def test_it_greets_by_name() -> None:
    assert 'Ada' in greeting('Ada')
";

const APP: &str = "\
import sys

from greetings import greeting


def main() -> int:
    print(greeting(sys.argv[1]))
    return 0
";

#[test]
fn a_workspace_goes_all_the_way_to_those_who_run_it() {
    let index = Index::new().with_uploader("__token__", "journey-token");
    let cx = reaching(TestContext::builder().index(index.with_cache_control("no-cache")).build());
    let shelf = cx.index();
    fs::create_dir_all(cx.rye_home()).unwrap();
    let source = format!(
        "[[sources]]\nname = \"shelf\"\nurl = \"{}\"\npublish-url = \"{}\"\n",
        shelf.url(),
        shelf.upload_url()
    );
    fs::write(cx.rye_home().join("config.toml"), source).unwrap();

    cx.write("pyproject.toml", ROOT);
    cx.rye(["new", "libs/greetings", "--lib"]).succeed();
    cx.rye(["new", "apps/hello", "--script"]).succeed();
    cx.rye(["add", "--package", "greetings", "click"]).succeed();
    cx.rye(["add", "--package", "hello", "greetings"]).succeed();
    cx.rye(["add", "--dev", "pytest"]).succeed();
    cx.write("libs/greetings/src/greetings/__init__.py", LIBRARY);
    cx.write("libs/greetings/tests/test_greetings.py", TEST);
    cx.write("apps/hello/src/hello/__init__.py", APP);
    let ran = cx.rye(["run", "hello", "Ada"]).succeed();
    assert!(ran.stdout.contains("Good day, Ada!"), "{}", ran.stdout);

    let tested = cx.rye(["test", "--package", "greetings"]).succeed();
    assert!(tested.stdout.contains("1 passed"), "{}", tested.stdout);
    // the test imports what it does not use, and the quotes are not what ruff writes
    assert!(cx.rye(["lint", "--all"]).fail(1).stdout.contains("F401"));
    assert!(cx.rye(["fmt", "--all", "--check"]).fail(1).stdout.contains("__init__.py"));
    cx.rye(["lint", "--all", "--fix"]).succeed();
    cx.rye(["fmt", "--all"]).succeed();
    cx.rye(["lint", "--all"]).succeed();
    cx.rye(["fmt", "--all", "--check"]).succeed();
    assert!(!cx.read("libs/greetings/tests/test_greetings.py").contains("import os"));
    assert!(cx.read("libs/greetings/src/greetings/__init__.py").contains("f\"Good day"));

    cx.rye(["version", "--all", "--bump", "minor"]).succeed();
    let versions = cx.rye(["version", "--all"]).succeed().stdout;
    assert!(versions.contains("hello 0.2.0") && versions.contains("greetings 0.2.0"), "{versions}");
    let why = cx.rye(["why", "click"]).succeed().stdout;
    assert!(why.contains("hello") && why.contains("greetings"), "{why}");
    assert_eq!(cx.rye(["build", "--all"]).succeed().stdout.lines().count(), 4);

    let publish = ["publish", "--all", "--repository", "shelf", "--yes"];
    cx.rye(publish).env("RYE_PUBLISH_TOKEN", "another-token").fail(1);
    assert!(shelf.files_of("hello").is_empty());
    let published = cx.rye(publish).env("RYE_PUBLISH_TOKEN", "journey-token").succeed();
    assert!(!published.stderr.contains("journey-token"), "{}", published.stderr);
    for name in ["greetings", "hello"] {
        let files = [format!("{name}-0.2.0-py3-none-any.whl"), format!("{name}-0.2.0.tar.gz")];
        assert_eq!(shelf.files_of(name), files);
    }

    // somebody else, who has nothing but the indexes
    let elsewhere = cx.root().join("somebody else");
    fs::create_dir(&elsewhere).unwrap();
    let ran = cx.rye(["x", "hello", "Grace"]).current_dir(&elsewhere).succeed();
    assert!(ran.stdout.contains("Good day, Grace!"), "{}", ran.stdout);
    cx.rye(["install", "hello"]).current_dir(&elsewhere).succeed();
    let listed = cx.rye(["tools", "list", "-v"]).current_dir(&elsewhere).succeed();
    assert!(listed.stdout.starts_with("hello 0.2.0 ("), "{}", listed.stdout);
    assert!(cx.rye_home().join("shims").join(exe("hello")).exists());
}
