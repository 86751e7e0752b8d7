//! Projects of other people, which use Rye: their sdists from the user's index, unpacked.
//!
//! Needs a network, and the feature `test-real-index`.

#![expect(clippy::unwrap_used, reason = "what a helper cannot do fails the test")]

use std::env;
use std::fs::{self, File};

use flate2::read::GzDecoder;
use serde_json::Value;

use crate::support::*;

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
    let stem = format!("{name}-{version}");
    let mut cx = TestContext::builder().without_index().project(&stem).build();
    for variable in OUTER {
        cx.set_env(variable, env::var_os(variable).unwrap_or_default());
    }
    cx.set_env("UV_HTTP_RETRIES", "3");
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
