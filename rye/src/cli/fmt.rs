//! `rye fmt`

use crate::checks::ruff::Task;
use crate::cli::ruff::{self, RuffArgs};
use crate::context::Context;
use crate::exit::Exit;

/// Format the project's code with ruff
///
/// It is the ruff that the project has locked, else the one that Rye brings. Without paths the project's directory is
/// formatted, without those of other members of the workspace below it; a virtual root stands for the whole workspace.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Fail if something is not formatted, and change nothing
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    ruff: RuffArgs,
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    ruff::run(ctx, &args.ruff, Task::Format { check: args.check })
}
