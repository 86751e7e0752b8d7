//! The command line: one file per command, and the report of an error.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::context::Context;
use crate::exit::Exit;
use crate::ui::{self, Verbosity};

mod add;
mod args;
mod config;
mod export;
mod fetch;
mod format;
mod init;
mod list;
mod lock;
mod pin;
mod remove;
mod report;
mod run;
mod rye_self;
pub(crate) mod shim;
mod show;
mod sync;
mod tell;
mod toolchain;
mod uv;
mod version;

pub(crate) use report::report;

/// A cargo-inspired project manager for Python
#[derive(Debug, Parser)]
#[command(name = "rye", disable_version_flag = true, arg_required_else_help = false)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// Load variables from a file; those that are set already keep their value
    #[arg(long, value_name = "PATH")]
    env_file: Vec<PathBuf>,
    /// Show the version of Rye and of its engines
    #[arg(long)]
    version: bool,
    /// Say nothing but errors, warnings and answers
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Say more
    #[arg(short, long, global = true)]
    verbose: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Add(add::Args),
    Config(config::Args),
    Export(export::Args),
    Fetch(fetch::Args),
    Init(Box<init::Args>),
    List(list::Args),
    Lock(lock::Args),
    Pin(pin::Args),
    Remove(remove::Args),
    Run(run::Args),
    #[command(name = "self")]
    RyeSelf(rye_self::Args),
    Show(show::Args),
    Sync(sync::Args),
    Toolchain(toolchain::Args),
    Uv(uv::Args),
}

impl Cli {
    /// Runs the command.
    pub(crate) fn run(self, mut ctx: Context<'_>) -> anyhow::Result<Exit> {
        if self.quiet && self.verbose {
            // clap sees no conflict between a flag before the command and one after it
            let message = "the argument '--quiet' cannot be used with '--verbose'";
            let mut command = <Self as clap::CommandFactory>::command();
            let error = command.error(clap::error::ErrorKind::ArgumentConflict, message);
            error.print().map_err(ui::Error::from)?;
            return Ok(Exit::Usage);
        }
        if self.quiet {
            ctx.ui.set_verbosity(Verbosity::Quiet);
        } else if self.verbose {
            ctx.ui.set_verbosity(Verbosity::Verbose);
        }
        for path in &self.env_file {
            ctx.env.load_file(path)?;
        }
        if self.version {
            return version::show_rye(&ctx);
        }
        match self.command {
            None => {
                let help = <Self as clap::CommandFactory>::command().render_help();
                ctx.ui.usage(help);
                Ok(Exit::Usage)
            }
            Some(Command::Add(args)) => add::run(&ctx, &args),
            Some(Command::Config(args)) => config::run(&ctx, &args),
            Some(Command::Export(args)) => export::run(&ctx, &args),
            Some(Command::Fetch(args)) => fetch::run(&ctx, &args),
            Some(Command::Init(args)) => init::run(&ctx, *args),
            Some(Command::List(args)) => list::run(&ctx, &args),
            Some(Command::Lock(args)) => lock::run(&ctx, &args),
            Some(Command::Pin(args)) => pin::run(&ctx, &args),
            Some(Command::Remove(args)) => remove::run(&ctx, &args),
            Some(Command::Run(args)) => run::run(&ctx, &args),
            Some(Command::RyeSelf(args)) => rye_self::run(&ctx, &args),
            Some(Command::Show(args)) => show::run(&ctx, &args),
            Some(Command::Sync(args)) => sync::run(&ctx, &args),
            Some(Command::Toolchain(args)) => toolchain::run(&ctx, &args),
            Some(Command::Uv(args)) => uv::run(&ctx, &args),
        }
    }
}
