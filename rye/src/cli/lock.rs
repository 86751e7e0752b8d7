//! `rye lock`

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::cli::args::{AccessArgs, LockArgs, PyprojectArgs};
use crate::cli::tell;
use crate::context::Context;
use crate::exit::Exit;
use crate::standalone::Standalone;
use crate::sync::{self, Workbench};

/// Write the lockfiles, and install nothing; or the lockfile of a script
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
    /// Lock what this script asks for, which stands alone (PEP 723), in FILE.lock
    #[arg(long, value_name = "FILE", conflicts_with_all = ["features", "all_features", "pyproject"])]
    script: Option<PathBuf>,
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    if let Some(path) = &args.script {
        return lock_script(ctx, args, path);
    }
    let survey = args.pyproject.survey(ctx)?;
    let request = args.lock.request();
    if request.is_default() && sync::current(ctx, &survey).is_some() {
        ctx.ui.status("current", "the lockfiles are what the manifest asks for");
        return Ok(Exit::Success);
    }
    let mut bench = Workbench::new(ctx, survey.workspace(ctx.ui)?);
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

fn lock_script(ctx: &Context<'_>, args: &Args, path: &Path) -> anyhow::Result<Exit> {
    let mut script = Standalone::open(ctx, path)?;
    let mut relock = script.relock(&args.lock.request(), args.access.access())?;
    if args.check {
        relock.check().context("the lockfile is stale")?;
        tell::script_current(ctx, &script);
    } else if args.dry_run {
        match relock.differences() {
            Some(lines) => {
                ctx.ui.status("would lock", script.lockfile_name());
                lines.into_iter().try_for_each(|line| ctx.ui.data(line))?;
            }
            None => tell::script_current(ctx, &script),
        }
    } else {
        tell::script_relocked(ctx, &script, relock.write()?.as_deref());
    }
    Ok(Exit::Success)
}
