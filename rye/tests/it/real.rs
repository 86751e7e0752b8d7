//! Projects of other people, which use Rye: their sdists from the user's index, unpacked.
//!
//! Needs a network, and the feature `test-real-index`.

#![expect(clippy::unwrap_used, reason = "what a helper cannot do fails the test")]

use std::env;
use std::fs::{self, File};

use flate2::read::GzDecoder;
use serde_json::Value;

use crate::support::*;

mod journey;

/// What says how to reach the index of the user.
const OUTER: [&str; 12] = [
    "ALL_PROXY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "PIP_INDEX_URL",
    "SSL_CERT_FILE",
    "UV_DEFAULT_INDEX",
    "UV_INDEX_URL",
    "all_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];

/// Returns a world that reaches the user's index, and whose project is an sdist.
fn world(name: &str, version: &str) -> TestContext {
    world_with(name, version, 1)
}

/// Returns a world from which the user's index can be reached.
fn reaching(mut cx: TestContext) -> TestContext {
    for variable in OUTER {
        cx.set_env(variable, env::var_os(variable).unwrap_or_default());
    }
    cx.set_env("UV_HTTP_RETRIES", "3");
    cx
}

fn world_with(name: &str, version: &str, pythons: usize) -> TestContext {
    let stem = format!("{name}-{version}");
    let builder = TestContext::builder().without_index().project(&stem).pythons(pythons);
    let cx = reaching(builder.build());
    let sdist = fetch(name, &format!("{stem}.tar.gz")).unwrap();
    tar::Archive::new(GzDecoder::new(File::open(sdist).unwrap())).unpack(cx.root()).unwrap();
    cx
}

fn check(name: &str, version: &str) {
    let cx = world(name, version);
    cx.rye(["sync"]).succeed();
    let code = format!("import {name}; print({name}.__version__)");
    assert_eq!(cx.venv("python", ["-c", &code]).succeed().stdout.trim(), version);
    assert!(cx.installed().contains(&format!("{name}=={version}")));

    let original = cx.read("pyproject.toml");
    let manifest: toml_edit::DocumentMut = original.parse().unwrap();
    let scripts = manifest["tool"]["rye"]["scripts"].as_table().unwrap();
    let listing = cx.rye(["run", "--list", "--format", "json"]).succeed().stdout;
    let listing: Value = serde_json::from_str(&listing).unwrap();
    let listed = listing["commands"].as_array().unwrap().iter();
    let mut listed: Vec<_> = listed
        .filter(|entry| entry["kind"] == "script")
        .map(|entry| entry["name"].as_str().unwrap())
        .collect();
    listed.sort_unstable();
    let mut expected: Vec<_> = scripts.iter().map(|(script, _)| script).collect();
    expected.sort_unstable();
    assert_eq!(listed, expected);
    assert!(expected.contains(&"format"));
    let text = cx.rye(["run"]).succeed().stdout;
    for script in &expected {
        assert!(text.lines().any(|line| line.starts_with(&format!("{script} ("))), "{text}");
    }

    // The second of its steps needs a file that the sdist lacks: the first has been there, the third is not run.
    let mut steps = scripts["format"]["chain"].as_array().unwrap().iter();
    let step = steps.next().unwrap().as_str().unwrap();
    cx.rye(["run", step]).succeed();
    let first = cx.rye(["run", step]).succeed();
    let alone = cx.rye(["run", steps.next().unwrap().as_str().unwrap()]).run();
    assert!(!alone.status.success());
    let output = cx.rye(["run", "format"]).run();
    assert_eq!(output.status.code(), alone.status.code(), "{}", output.snapshot());
    assert_eq!(output.stdout, first.stdout.clone() + &alone.stdout);
    assert!(output.stderr.starts_with(&first.stderr), "{}", output.stderr);
    assert!(output.stderr.contains("`format` stopped at `"), "{}", output.stderr);

    let chain = "[tool.rye.scripts]\nof-the-test = { chain = [\"python -c 'print(1)'\", \"python -c 'print(2)'\"] }\n";
    let with_chain = original.replace("[tool.rye.scripts]\n", chain);
    assert_ne!(with_chain, original);
    cx.write("pyproject.toml", &with_chain);
    assert_eq!(cx.rye(["run", "of-the-test"]).succeed().stdout, "1\n2\n");
    cx.rye(["lock", "--check"]).succeed();

    cx.rye(["add", "-q", "pyjokes"]).succeed();
    let added = cx.read("pyproject.toml");
    let lines = added.lines().filter(|line| line.contains("pyjokes"));
    assert_eq!(lines.count(), 1);
    // a last entry without a comma gets one
    let rest = added.lines().filter(|line| !line.contains("pyjokes"));
    let rest: Vec<_> = rest.map(|line| line.trim_end_matches(',')).collect();
    let lines: Vec<_> = with_chain.lines().map(|line| line.trim_end_matches(',')).collect();
    assert_eq!(rest, lines);
    cx.rye(["run", "python", "-c", "import pyjokes"]).succeed();
    cx.rye(["remove", "-q", "pyjokes"]).succeed();
    assert_eq!(cx.read("pyproject.toml"), with_chain);
    cx.rye(["lock", "--check"]).succeed();
    assert!(fs::read_dir(cx.root().join("tmp")).unwrap().next().is_none());
}

#[test]
fn openai_syncs_and_runs() {
    check("openai", "1.30.0");
}

#[test]
fn anthropic_syncs_and_runs() {
    check("anthropic", "0.30.0");
}

/// Locks and syncs a project with lockfiles of 0.44, on one Python and then on another.
fn check_on_two_pythons(name: &str, version: &str) {
    let cx = world_with(name, version, 2);
    let Some((newer, older)) = cx.two_pythons() else { return };
    for python in [older.version.clone(), newer.version.clone()] {
        cx.rye(["pin", &python]).succeed();
        cx.rye(["lock"]).succeed();
        // for development some of them have to be compiled, which a test's world cannot
        cx.rye(["sync", "--no-dev"]).succeed();
        cx.rye(["lock", "--check"]).succeed();
        let code = format!("import sys, {name}; print(sys.version.split()[0], {name}.__version__)");
        let output = cx.rye(["run", "--locked", "python", "-c", &code]).succeed();
        assert_eq!(output.stdout.trim(), format!("{python} {version}"));
    }
}

#[test]
fn groq_locks_on_another_python() {
    check_on_two_pythons("groq", "0.31.1");
}

#[test]
fn lithic_locks_on_another_python() {
    check_on_two_pythons("lithic", "0.107.0");
}

#[test]
fn hishel_locks_on_another_python() {
    check_on_two_pythons("hishel", "0.0.33");
}

/// Returns the pins in a text of requirements, sorted.
fn pins(text: &str) -> Vec<String> {
    let is_pin = |line: &&str| line.contains("==") && !line.starts_with(['#', ' ']);
    let mut pins: Vec<_> = text.lines().filter(is_pin).map(str::to_owned).collect();
    pins.sort();
    pins
}

#[test]
fn versions_are_those_that_plain_uv_chooses() {
    for requirements in [
        &["flask"][..],
        &["fastapi[standard]", "sqlalchemy>=2,<3", "alembic"],
        &["django<5", "celery[redis]", "psycopg[binary]"],
        &["jupyterlab", "pandas", "matplotlib"],
        &["boto3", "requests[socks]", "urllib3<2"],
    ] {
        let cx = reaching(TestContext::builder().without_index().build());
        cx.write_project("demo", requirements);
        cx.rye(["lock"]).succeed();
        cx.write("requirements.txt", requirements.join("\n"));
        let python = cx.python().path.clone();
        let compile = ["pip", "compile", "-q", "--no-header", "--no-annotate", "requirements.txt"];
        let plain = cx.uv(compile).args(["--python".as_ref(), python.as_os_str()]).succeed();
        assert_eq!(pins(&cx.read("requirements.lock")), pins(&plain.stdout), "{requirements:?}");
        cx.rye(["lock", "--universal", "--update-all"]).succeed();
        let universal = ["--universal", "--python-version", "3.9"];
        let plain = cx.uv(compile).args(universal).succeed();
        assert_eq!(pins(&cx.read("requirements.lock")), pins(&plain.stdout), "{requirements:?}");
    }
}
