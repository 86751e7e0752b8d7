//! `rye tools`: programs that belong to no project.

use clap::Subcommand;

use crate::context::Context;
use crate::exit::Exit;

pub(crate) mod install;
mod list;
pub(crate) mod run;
pub(crate) mod uninstall;
mod upgrade;

/// Install, upgrade and list programs that belong to no project, or only run them
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Install(Box<install::Args>),
    List(list::Args),
    Run(run::Args),
    Uninstall(uninstall::Args),
    Upgrade(upgrade::Args),
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    match &args.command {
        Command::Install(args) => install::run(ctx, args),
        Command::List(args) => list::run(ctx, args),
        Command::Run(args) => run::run(ctx, args),
        Command::Uninstall(args) => uninstall::run(ctx, args),
        Command::Upgrade(args) => upgrade::run(ctx, args),
    }
}
