//! Environments that are written down again instead of being made by the engine.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot do its work fails the test, and is no `#[test]` function itself"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::support::*;

/// Syncs, and tells whether the engine was asked to make an environment.
#[track_caller]
fn makes(cx: &TestContext) -> bool {
    cx.rye(["sync", "-v"]).succeed().stderr.contains(" venv --no-project ")
}

fn remove_environment(cx: &TestContext) {
    fs::remove_dir_all(cx.path(".venv")).unwrap();
}

fn skeletons(cx: &TestContext) -> Vec<PathBuf> {
    let directory = cx.rye_home().join("cache").join("skeletons");
    fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// Returns what is in the environment, with the texts of its files.
fn environment(cx: &TestContext) -> Vec<(String, String)> {
    let output = std::process::Command::new("find")
        .args([
            ".venv",
            "-mindepth",
            "1",
            "-not",
            "-name",
            "rye-venv.json",
            "-not",
            "-name",
            ".lock",
            "-printf",
            "%y %m %p %l\n",
        ])
        .current_dir(cx.path("."))
        .output()
        .unwrap();
    let mut lines: Vec<_> =
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    lines.sort();
    let text = |line: &String| {
        let path = line.split(' ').nth(2).unwrap();
        if line.starts_with('f') {
            fs::read_to_string(cx.path(path)).unwrap()
        } else {
            String::new()
        }
    };
    lines.iter().map(|line| (line.clone(), text(line))).collect()
}

fn virtual_project(cx: &TestContext, name: &str) {
    let table = "[tool.rye]\nmanaged = true\nvirtual = true\n";
    let project =
        format!("[project]\nname = \"{name}\"\nversion = \"1\"\ndependencies = []\n\n{table}");
    cx.write("pyproject.toml", project);
}

#[test]
#[cfg(target_os = "linux")]
fn a_written_environment_is_as_the_engine_makes_it() {
    let cx = TestContext::new();
    virtual_project(&cx, "demo");
    assert!(makes(&cx));
    remove_environment(&cx);
    assert!(!makes(&cx));
    let written = environment(&cx);
    assert!(written.iter().any(|(line, text)| {
        line.contains("bin/activate ") && text.contains("VIRTUAL_ENV_PROMPT=\"demo\"")
    }));
    // the engine itself, told what Rye tells it
    let python = fs::read_link(cx.path(".venv/bin/python")).unwrap();
    remove_environment(&cx);
    let command =
        "uv -- venv -q --no-config --no-project --relocatable --prompt=demo .venv --python";
    let python = python.to_str().unwrap();
    cx.rye(command.split(' ').chain([python])).succeed();
    let made = environment(&cx);
    let names = |entries: &[(String, String)]| -> Vec<String> {
        entries.iter().map(|(line, _)| line.clone()).collect()
    };
    assert_eq!(names(&written), names(&made));
    for ((line, written), (_, made)) in written.iter().zip(&made) {
        assert!(written == made, "{line}");
    }
}

#[test]
fn projects_have_their_own_prompts() {
    let cx = TestContext::new();
    virtual_project(&cx, "first");
    assert!(makes(&cx));
    remove_environment(&cx);
    virtual_project(&cx, "second");
    assert!(!makes(&cx));
    assert!(cx.read(".venv/pyvenv.cfg").contains("prompt = second\n"));
    assert!(!cx.read(".venv/bin/activate").contains("first"));
}

#[test]
fn a_prompt_that_shells_would_have_to_quote_is_left_to_the_engine() {
    let cx = TestContext::new();
    cx.write("pyproject.toml", "[tool.rye]\nmanaged = true\nvirtual = true\n");
    cx.rye(["sync"]).succeed();
    let odd = cx.root().join("an \"odd\" name");
    fs::create_dir(&odd).unwrap();
    fs::copy(cx.path("pyproject.toml"), odd.join("pyproject.toml")).unwrap();
    for _ in 0..2 {
        let output = cx.rye(["sync", "-v"]).current_dir(&odd).succeed();
        assert!(output.stderr.contains(" venv --no-project "), "{}", output.stderr);
        fs::remove_dir_all(odd.join(".venv")).unwrap();
    }
}

#[test]
fn a_skeleton_that_is_no_more_of_use_is_made_anew() {
    let cx = TestContext::new();
    virtual_project(&cx, "demo");
    assert!(makes(&cx));
    let [path] = skeletons(&cx).try_into().unwrap();
    for broken in ["", "{}", "\u{0}"] {
        fs::write(&path, broken).unwrap();
        remove_environment(&cx);
        assert!(makes(&cx), "{broken:?}");
        cx.rye(["run", "python", "-c", ""]).succeed();
    }
}

#[test]
fn the_interpreter_of_a_new_environment_says_what_is_remembered_of_it() {
    let cx = TestContext::new();
    virtual_project(&cx, "demo");
    cx.rye(["sync"]).succeed();
    let file = cx.rye_home().join("cache").join("interpreters.json");
    let python = cx.path(".venv/bin/python").to_str().unwrap().to_owned();
    let remembered = || -> serde_json::Value {
        let text = fs::read_to_string(&file).unwrap();
        let answers: serde_json::Value = serde_json::from_str(&text).unwrap();
        answers["by_path"][&python].clone()
    };
    let taken_over = remembered();
    assert_eq!(taken_over["answer"]["is_venv"], true);
    fs::remove_file(&file).unwrap();
    cx.write("pyproject.toml", cx.read("pyproject.toml") + "\n");
    cx.rye(["lock"]).succeed();
    assert_eq!(remembered(), taken_over);
}

/// A link of a version manager goes on to decide which Python it is.
#[test]
fn an_interpreter_that_decides_by_itself_what_it_is_is_asked_each_time() {
    let cx = TestContext::builder().pythons(2).build();
    let Some((newer, older)) = cx.two_pythons() else { return };
    let wrapper = cx.root().join("wrapper");
    let lead_to = |path: &Path| {
        fs::write(&wrapper, format!("#!/bin/sh\nexec '{}' \"$@\"\n", path.display())).unwrap();
        fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755)).unwrap();
    };
    lead_to(&older.path);
    virtual_project(&cx, "demo");
    cx.rye(["toolchain", "register", "--name", "mine", wrapper.to_str().unwrap()]).succeed();
    for python in [older, newer] {
        lead_to(&python.path);
        cx.write(".python-version", format!("mine@{}\n", python.version));
        if cx.exists(".venv") {
            remove_environment(&cx);
        }
        let output = cx.rye(["sync", "--force", "-v"]).succeed();
        assert!(output.stderr.contains(" venv --no-project "), "{}", output.stderr);
        let code = "import platform; print(platform.python_version())";
        let output = cx.venv("python", ["-c", code]).succeed();
        assert_eq!(output.stdout.trim(), python.version);
    }
}
