//! Rye, a cargo-inspired project manager for Python.
//!
//! One function is for others, [`run`]; ARCHITECTURE.md shows the modules behind it.

use std::ffi::OsString;
use std::process::ExitCode;

use crate::context::Context;
use crate::env::Env;
use crate::exit::Exit;
use crate::ui::Ui;

mod archive;
mod build;
mod checks;
mod cli;
mod config;
mod context;
mod dependencies;
mod doctor;
mod engine;
mod env;
mod error;
mod exit;
mod export;
mod fs;
mod graph;
mod http;
mod index;
mod installation;
mod isolated;
mod lock;
mod outdated;
mod packaging;
mod platform;
mod process;
mod project;
mod publish;
mod scripts;
mod selection;
mod selfupdate;
mod shims;
mod standalone;
mod sync;
mod sys;
mod template;
mod toolchain;
mod tools;
mod ui;
mod upkeep;
mod uv;
mod venv;
mod workspace;

/// Runs Rye with a command line, the program's name first, and returns the status to end with.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let ui = Ui::stdio();
    match dispatch(&ui, args.into_iter().collect()) {
        Ok(exit) => exit.into(),
        Err(error) => cli::report(&ui, &error).into(),
    }
}

fn dispatch(ui: &Ui, args: Vec<OsString>) -> anyhow::Result<Exit> {
    // a shim is this program under another name; nothing of its command line is Rye's
    if let Some(shim) = shims::detect(&args) {
        return cli::shim::run(&Context::new(Env::capture(None)?, ui), &shim);
    }
    // a shell asks what can follow
    if let Some(shell) = cli::complete::asking() {
        cli::complete::answer(ui, shell, &args)?;
        return Ok(Exit::Success);
    }
    cli::run(ui, args)
}
