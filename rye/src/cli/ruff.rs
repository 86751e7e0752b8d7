//! What `rye lint` and `rye fmt` share.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::Context as _;

use crate::checks::ruff::{self, Scope, Task};
use crate::cli::args::{AccessArgs, MembersArgs};
use crate::cli::tell;
use crate::context::Context;
use crate::exit::Exit;
use crate::process;
use crate::sync::{Freshness, Options, Workbench};

#[derive(Debug, clap::Args)]
pub(crate) struct RuffArgs {
    /// What to look at instead of the project
    #[arg(value_name = "PATHS")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    members: MembersArgs,
    /// Install nothing, also if the project's own ruff is missing
    #[arg(long)]
    no_sync: bool,
    #[command(flatten)]
    access: AccessArgs,
    /// Arguments for ruff
    #[arg(last = true, value_name = "ARGS")]
    arguments: Vec<OsString>,
}

pub(crate) fn run(ctx: &Context<'_>, args: &RuffArgs, task: Task) -> anyhow::Result<Exit> {
    let workspace = match args.members.workspace(ctx) {
        Ok(workspace) => Some(workspace),
        Err(error) if !error.is_outside() => return Err(error.into()),
        Err(error) if args.paths.is_empty() => {
            return Err(error).context("no paths are named, and this is no project");
        }
        Err(_) => None, // paths need no project around them
    };
    let mut bench = workspace.map(|workspace| Workbench::new(ctx, workspace));
    let options = Options { access: args.access.access(), ..Options::default() };
    let freshness = if args.no_sync { Freshness::AsItIs } else { Freshness::Current };
    let scope = match &bench {
        Some(bench) if args.paths.is_empty() => {
            Scope::projects(&bench.workspace, &args.members.members(&bench.workspace)?)
        }
        _ => Scope::paths(&args.paths),
    };
    let (program, report) = ruff::find(ctx, bench.as_mut(), freshness, &options)?;
    if let (Some(report), Some(bench)) = (report, &bench) {
        tell::prepared(ctx, &report, bench);
    }
    let workspace = bench.as_ref().map(|bench| &bench.workspace);
    let mut command = ruff::command(ctx, &program, workspace, task, &scope, &args.arguments);
    ctx.ui.detail(process::display(&command));
    Ok(process::exec(&mut command)?.into())
}
