//! The reference pages: they are made from what rye says about itself, and these tests fail where they differ.
//!
//! `INSTA_UPDATE=always cargo test --test it -- reference` writes them.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail the test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::*;

mod help;

use help::Help;

/// Returns a world for commands that need neither an index nor an engine nor a Python.
fn world() -> TestContext {
    TestContext::builder().without_index().without_engine().without_python().build()
}

/// Returns the directory of the pages.
fn pages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/pages/reference")
}

/// Tells whether the pages are to be written, and not only compared.
fn is_update() -> bool {
    std::env::var_os("INSTA_UPDATE").is_some_and(|value| value == "always")
}

/// Compares a directory, or some files of it, with what they should be; writes them if that is asked for.
fn compare(expected: &BTreeMap<PathBuf, String>, there: &[PathBuf]) {
    let mut wrong = Vec::new();
    for (path, text) in expected {
        if fs::read_to_string(path).is_ok_and(|found| found == *text) {
            continue;
        }
        if is_update() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        } else {
            wrong.push(path);
        }
    }
    for path in there.iter().filter(|path| !expected.contains_key(*path)) {
        if is_update() {
            fs::remove_file(path).unwrap();
        } else {
            wrong.push(path);
        }
    }
    assert!(
        wrong.is_empty(),
        "not what this rye says: {wrong:#?}\n\
         write them with `INSTA_UPDATE=always cargo test --test it -- reference`"
    );
}

fn files_in(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// Returns what `rye help` prints about a command and all below it, itself first.
fn helps(cx: &TestContext, command: &[String]) -> Vec<Help> {
    let width = "100000"; // a line ends where a paragraph does
    let ask = |args: Vec<&str>| cx.rye(args).env("COLUMNS", width).succeed().stdout;
    let words = command.iter().map(String::as_str);
    let text = ask(["help"].into_iter().chain(words.clone()).collect());
    if !command.is_empty() {
        assert_eq!(text, ask(words.chain(["--help"]).collect()), "`--help` says something else");
    }
    let help = Help::parse(command, &text);
    let below = help.commands();
    let below = below.iter().flat_map(|name| helps(cx, &[command, &[name.clone()]].concat()));
    let below: Vec<_> = below.collect();
    [help].into_iter().chain(below).collect()
}

#[test]
fn pages_of_commands_say_what_help_says() {
    let cx = world();
    let all = helps(&cx, &[]);
    let (root, commands) = all.split_first().unwrap();
    let directory = pages().join("commands");
    let mut expected = BTreeMap::new();
    for help in commands {
        let page: &mut String =
            expected.entry(directory.join(format!("{}.md", help.path[0]))).or_default();
        if !page.is_empty() {
            page.push('\n');
        }
        page.push_str(&help.page(root));
    }
    let there = files_in(&directory);
    expected.insert(pages().join("commands.md"), help::index(root, commands));
    compare(&expected, &there);
}
