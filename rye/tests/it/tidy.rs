//! Rules of the source that no compiler knows.

#![expect(clippy::unwrap_used, reason = "a file that cannot be read fails the test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The modules in order: each may use only those before it.
const MODULES: &[&str] = &[
    "error",
    "exit",
    "packaging",
    "platform",
    "env",
    "sys",
    "fs",
    "process",
    "ui",
    "http",
    "archive",
    "index",
    "config",
    "project",
    "workspace",
    "selection",
    "context",
    "toolchain",
    "engine",
    "uv",
    "venv",
    "lock",
    "sync",
    "build",
    "isolated",
    "publish",
    "export",
    "graph",
    "outdated",
    "dependencies",
    "standalone",
    "scripts",
    "checks",
    "shims",
    "tools",
    "upkeep",
    "installation",
    "selfupdate",
    "template",
    "doctor",
    "cli",
];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Returns all Rust files below a directory, sorted.
pub(crate) fn rust_files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Returns the module of the top level that a file belongs to.
fn module_of(path: &Path) -> String {
    let relative = path.strip_prefix(source()).unwrap();
    let first = relative.components().next().unwrap().as_os_str().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

fn rank(module: &str) -> Option<usize> {
    MODULES.iter().position(|known| *known == module)
}

/// Returns the part of a file that is not its unit tests.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap()
}

#[test]
fn modules_use_only_those_before_them() {
    let mut wrong = Vec::new();
    for path in rust_files(&source()) {
        let module = module_of(&path);
        if matches!(module.as_str(), "lib" | "main") {
            continue;
        }
        let own = rank(&module)
            .unwrap_or_else(|| panic!("{} belongs to no listed module", path.display()));
        let text = fs::read_to_string(&path).unwrap();
        for (number, line) in without_tests(&text).lines().enumerate() {
            let code = line.split("//").next().unwrap();
            for used in code.split("crate::").skip(1) {
                let name: String = used
                    .chars()
                    .take_while(|part| part.is_alphanumeric() || *part == '_')
                    .collect();
                // `exit` explains a child's status, which the system has the words for
                let is_exempt = module == "exit" && name == "sys";
                if !is_exempt && rank(&name).is_none_or(|rank| rank > own) {
                    wrong.push(format!("{}:{}: {line}", path.display(), number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "uses that point the wrong way:\n{}", wrong.join("\n"));
}

#[test]
fn uses_name_one_module_each() {
    for path in rust_files(&source()) {
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains("use crate::{"), "{}", path.display());
        assert!(path.file_name().unwrap() != "mod.rs", "{}", path.display());
    }
}

#[test]
fn every_listed_module_exists() {
    let modules: BTreeSet<_> = rust_files(&source()).iter().map(|path| module_of(path)).collect();
    let listed: BTreeSet<_> = MODULES
        .iter()
        .map(|module| (*module).to_owned())
        .chain(["lib", "main"].map(str::to_owned))
        .collect();
    assert_eq!(modules, listed);
}

#[test]
fn the_map_of_the_architecture_has_the_modules_in_their_order() {
    let text = fs::read_to_string(source().join("../../ARCHITECTURE.md")).unwrap();
    let table = text.split("| module | what it is for |\n").nth(1).unwrap();
    let rows = table.lines().skip(1).take_while(|line| line.starts_with('|'));
    let names = rows.flat_map(|row| row.split('|').nth(1).unwrap().split(',')).map(str::trim);
    let expected: Vec<_> = MODULES.iter().map(|module| format!("`{module}`")).collect();
    assert_eq!(names.collect::<Vec<_>>(), expected);
}

#[test]
fn the_changelog_says_each_thing_once() {
    let text = fs::read_to_string(source().join("../../CHANGELOG.md")).unwrap();
    let mut said = BTreeSet::new();
    for line in text.lines().filter(|line| line.starts_with("- ")) {
        assert!(said.insert(line), "{line}");
    }
}

#[test]
fn every_file_opens_with_what_it_is_for() {
    for path in rust_files(&source()) {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//! "), "{}", path.display());
    }
}

#[test]
fn every_test_file_is_part_of_the_test_binary() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join("it");
    let main = fs::read_to_string(tests.join("main.rs")).unwrap();
    for entry in fs::read_dir(&tests).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let is_module =
            path.extension().is_some_and(|extension| extension == "rs") && name != "main";
        assert!(!is_module || main.contains(&format!("mod {name};")), "{name} is not in main.rs");
    }
}
