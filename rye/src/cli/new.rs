//! `rye new`: starts a project in a directory of its own.

use std::path::PathBuf;

use clap::ValueHint;

use crate::cli::init::{self, Flags};
use crate::context::Context;
use crate::exit::Exit;
use crate::template;

/// Start a project in a new directory
///
/// To make a project of what is there, use `rye init`.
// unlike `init` it starts no script
#[derive(Debug, clap::Args)]
#[command(mut_arg("py", |arg| arg.help("Python to pin")))]
pub(crate) struct Args {
    /// Directory of the project, where nothing is yet
    #[arg(value_hint = ValueHint::DirPath)]
    path: PathBuf,
    #[command(flatten)]
    flags: Flags,
}

pub(crate) fn run(ctx: &Context<'_>, args: Args) -> anyhow::Result<Exit> {
    template::refuse_occupied(&ctx.env, &args.path)?;
    init::start(ctx, args.path, args.flags)
}
