//! `rye lint`

use crate::checks::ruff::Task;
use crate::cli::ruff::{self, RuffArgs};
use crate::context::Context;
use crate::exit::Exit;

/// Look for mistakes in the project's code with ruff
///
/// It is the ruff that the project has locked, else the one that Rye brings. Without paths the project's directory is
/// looked at, without those of other members of the workspace below it; a virtual root stands for the whole workspace.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Correct what can be corrected
    #[arg(long)]
    fix: bool,
    #[command(flatten)]
    ruff: RuffArgs,
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    ruff::run(ctx, &args.ruff, Task::Lint { fix: args.fix })
}
