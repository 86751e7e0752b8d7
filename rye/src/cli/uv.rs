//! `rye uv`

use std::ffi::OsString;

use clap::ValueHint;

use crate::context::Context;
use crate::exit::Exit;
use crate::index::Indexes;
use crate::process;
use crate::project;
use crate::sync::Workbench;
use crate::uv::{Access, Uv};
use crate::workspace::{self, Workspace};

/// Run the pinned uv with arguments of your own, on the indexes in force
///
/// What it does is its own affair: Rye notices a changed environment at the next sync.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The arguments of uv
    #[arg(value_name = "ARGS", trailing_var_arg = true, allow_hyphen_values = true, value_hint = ValueHint::AnyPath)]
    args: Vec<OsString>,
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    let mut command = match Workspace::load(&ctx.env, ctx.ui, None) {
        Ok(workspace) => {
            let bench = Workbench::new(ctx, workspace);
            let mut command = bench.uv(Access::default())?.passthrough(&args.args);
            command.env("VIRTUAL_ENV", bench.venv.path());
            command
        }
        Err(workspace::Error::Project(project::Error::NotFound(_))) => {
            let sources = &ctx.config()?.sources;
            let indexes = Indexes::new(&ctx.env, ctx.env.working_directory(), &[], sources)?;
            Uv::new(ctx, &indexes, Access::default())?.passthrough(&args.args)
        }
        Err(error) => return Err(error.into()),
    };
    Ok(process::exec(&mut command)?.into())
}
