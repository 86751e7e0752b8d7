//! `rye tools`, and `rye install`, `rye uninstall`, `rye x`
//!
//! An entry of the shims is a link on Unix, and a file of commands on Windows.

#![expect(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

mod install;
mod list;
mod run;
mod sources;
mod uninstall;
mod upgrade;

use std::fs;
use std::path::PathBuf;

use crate::support::{Distribution, Index, TestContext, Wheel, exe};

/// A tool with two programs, which needs a library with a program.
fn formatter(version: &str) -> Distribution {
    let main =
        format!("import sys\n\n\ndef main():\n    print(\"formatter {version}\", *sys.argv[1:])\n");
    Wheel::new("Formatter", version)
        .requires("library>=1")
        .extra("color", "colorama")
        .entry_point("format", "formatter:main")
        .entry_point("format-all", "formatter:main")
        .module("formatter/__init__.py", main)
        .build()
}

/// An index with versions of a tool, and what they need.
fn index(versions: &[&str]) -> Index {
    let hello = "def main():\n    print(\"library\")\n";
    let library = Wheel::new("library", "1.0")
        .entry_point("lib", "library:main")
        .module("library/__init__.py", hello);
    let index = Index::new().with(library).with(Wheel::new("colorama", "0.4.6"));
    versions.iter().fold(index, |index, version| index.with(formatter(version)))
}

/// A world with that tool in the index.
fn world(versions: &[&str]) -> TestContext {
    let mut cx =
        TestContext::builder().index(index(versions).with_cache_control("no-cache")).build();
    // as `rye self install` leaves it
    let path = [cx.rye_home().join("shims"), cx.root().join("bin")];
    cx.set_env("PATH", std::env::join_paths(path).unwrap());
    cx
}

/// Returns where a program of a tool is to be found.
fn shim(cx: &TestContext, name: &str) -> PathBuf {
    let name = if cfg!(windows) { format!("{name}.cmd") } else { name.to_owned() };
    cx.rye_home().join("shims").join(name)
}

/// Returns the directory of a tool.
fn place(cx: &TestContext, name: &str) -> PathBuf {
    cx.rye_home().join("tools").join(name)
}

/// Returns a program in the environment of a tool.
fn program(cx: &TestContext, tool: &str, name: &str) -> PathBuf {
    place(cx, tool).join(if cfg!(windows) { "Scripts" } else { "bin" }).join(exe(name))
}

/// Returns the names in a directory, sorted.
fn names(directory: PathBuf) -> Vec<String> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
