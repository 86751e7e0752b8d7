//! `rye sync`

use std::path::{Path, PathBuf};

use crate::cli::args::{AccessArgs, LockArgs, PyprojectArgs, SelectionArgs};
use crate::cli::tell;
use crate::context::Context;
use crate::exit::Exit;
use crate::export;
use crate::fs;
use crate::sync::{self, Locking, Options, Workbench};
use crate::uv::Pylock;

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
    #[arg(long, conflicts_with_all = ["update", "update_all", "reset"])]
    locked: bool,
    /// Install this `pylock.toml` (PEP 751), whoever made it, instead of the lockfiles; `--group` and
    /// `--features` are its own then
    #[arg(long, value_name = "PATH", conflicts_with_all = ["locked", "no_lock", "package", "all", "no_dev", "all_groups", "no_group", "only_group", "only_deps"])]
    from: Option<PathBuf>,
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

/// Returns the foreign lockfile that is to be installed.
fn pylock(ctx: &Context<'_>, args: &Args, path: &Path) -> anyhow::Result<Pylock> {
    anyhow::ensure!(
        export::is_name_of_pylock(path),
        "`{}` is not called `pylock.toml` or `pylock.NAME.toml`, as PEP 751 wants it",
        path.display()
    );
    let extras =
        args.lock.request().features.iter().map(|extra| extra.parse()).collect::<Result<_, _>>()?;
    let path = fs::canonical(&ctx.env.working_directory().join(path))?;
    Ok(Pylock { path, groups: args.selection.groups().to_vec(), extras })
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    let survey = args.pyproject.survey(ctx)?;
    let pylock = args.from.as_ref().map(|path| pylock(ctx, args, path)).transpose()?;
    let mut lock = args.lock.request();
    if pylock.is_some() {
        lock.features.clear(); // they are the file's
    }
    let options = Options {
        lock,
        locking: match (args.locked, args.no_lock || pylock.is_some()) {
            (true, _) => Locking::Locked,
            (_, true) => Locking::Skip,
            (false, false) => Locking::Update,
        },
        selection: pylock.is_none().then(|| args.selection.selection()),
        pylock,
        force: args.force,
        is_dry_run: args.dry_run,
        access: args.access.access(),
    };
    anyhow::ensure!(
        options.locking != Locking::Skip || options.lock.is_default(),
        "options of the lockfiles have no effect with `--no-lock` and `--from`"
    );
    if sync::is_done(ctx, &survey, &options) {
        tell::in_sync(ctx, survey.root());
        return Ok(Exit::Success);
    }
    let mut bench = Workbench::new(ctx, survey.workspace(ctx.ui)?);
    let report = bench.sync(&options)?;
    tell::synced(ctx, &report, &bench);
    Ok(Exit::Success)
}
