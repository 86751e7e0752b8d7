//! `rye lock`

use anyhow::Context as _;

use crate::cli::args::{AccessArgs, LockArgs, PyprojectArgs};
use crate::cli::tell;
use crate::context::Context;
use crate::exit::Exit;
use crate::sync::Workbench;

/// Write the lockfiles, and install nothing
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Fail if the lockfiles are not what the manifest asks for, and change nothing
    #[arg(long, visible_alias = "locked")]
    check: bool,
    /// Tell what would change, and change nothing
    #[arg(long, conflicts_with = "check")]
    dry_run: bool,
    #[command(flatten)]
    lock: LockArgs,
    #[command(flatten)]
    access: AccessArgs,
    #[command(flatten)]
    pyproject: PyprojectArgs,
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    let mut bench = Workbench::new(ctx, args.pyproject.workspace(ctx)?);
    let request = args.lock.request();
    if request.is_default() && bench.is_current() {
        ctx.ui.status("current", "the lockfiles are what the manifest asks for");
        return Ok(Exit::Success);
    }
    let _guard = bench.guard()?;
    let locks = bench.resolve(&request, args.access.access())?;
    if args.check {
        locks.check(bench.workspace.directory()).context("the lockfiles are stale")?;
        ctx.ui.status("current", "the lockfiles are what the manifest asks for");
    } else if args.dry_run {
        tell::lock_differences(ctx, &locks, bench.workspace.directory())?;
    } else {
        let written = locks.write(bench.workspace.directory())?;
        tell::relocked(ctx, &written);
    }
    Ok(Exit::Success)
}
