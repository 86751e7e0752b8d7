//! `rye tools`: programs that belong to no project.

use clap::Subcommand;

use crate::context::Context;
use crate::exit::Exit;

pub(crate) mod run;

/// Install programs that belong to no project, or only run them
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Args),
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    match &args.command {
        Command::Run(args) => run::run(ctx, args),
    }
}
