//! `rye sync`

use crate::cli::args::{AccessArgs, LockArgs, PyprojectArgs, SelectionArgs};
use crate::cli::tell;
use crate::context::Context;
use crate::exit::Exit;
use crate::sync::{Locking, Options, Workbench};

/// Bring the lockfiles to the manifest, and the environment to the lockfiles
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Make the environment anew, also in the place of one that Rye did not make
    #[arg(short, long)]
    force: bool,
    /// Install from the lockfiles as they are, without a look at the manifest
    #[arg(long, conflicts_with = "locked")]
    no_lock: bool,
    /// Fail if the lockfiles are not what the manifest asks for
    #[arg(long)]
    locked: bool,
    /// Tell what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    lock: LockArgs,
    #[command(flatten)]
    access: AccessArgs,
    #[command(flatten)]
    pyproject: PyprojectArgs,
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    let mut bench = Workbench::new(ctx, args.pyproject.workspace(ctx)?)?;
    let options = Options {
        lock: args.lock.request(),
        locking: match (args.locked, args.no_lock) {
            (true, _) => Locking::Locked,
            (_, true) => Locking::Skip,
            (false, false) => Locking::Update,
        },
        selection: Some(args.selection.selection()),
        force: args.force,
        is_dry_run: args.dry_run,
        access: args.access.access(),
    };
    anyhow::ensure!(
        options.locking != Locking::Skip || options.lock.is_default(),
        "options of the lockfile have no effect with `--no-lock`"
    );
    let report = bench.sync(&options)?;
    tell::synced(ctx, &report, &bench);
    Ok(Exit::Success)
}
