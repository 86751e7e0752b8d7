//! `rye remove`

use std::path::PathBuf;

use anyhow::Context as _;

use crate::cli::args::{AccessArgs, CommonLockArgs, FollowArgs, ProjectArgs, TargetArgs};
use crate::cli::complete::Names;
use crate::cli::tell;
use crate::context::Context;
use crate::dependencies::{self, Addition, Reach};
use crate::exit::Exit;
use crate::standalone::Standalone;
use crate::sync::{Locking, Options};

/// Remove requirements from the project, and uninstall what nothing needs any more; or from a script
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to remove, by name
    #[arg(required = true, value_name = "NAME", add = Names::Requirement)]
    requirements: Vec<String>,
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    follow: FollowArgs,
    /// Fail if the lockfiles would change
    #[arg(long)]
    locked: bool,
    #[command(flatten)]
    lock: CommonLockArgs,
    #[command(flatten)]
    access: AccessArgs,
    #[command(flatten)]
    project: ProjectArgs,
    /// Remove from what this script asks for, which stands alone (PEP 723)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["dev", "excluded", "optional", "group", "sync", "no_sync", "package", "pyproject"])]
    script: Option<PathBuf>,
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    let additions = args.requirements.iter().map(|text| text.parse());
    let listed: Vec<Addition> = additions.collect::<Result<_, _>>()?;
    let names: Vec<_> = listed.into_iter().map(|addition| addition.requirement.name).collect();
    let locking = if args.locked { Locking::Locked } else { Locking::Update };
    if let Some(path) = &args.script {
        let mut script = Standalone::open(ctx, path)?;
        let removed = script.remove(&names, &args.lock.request(), locking, args.access.access());
        tell::script_changed(ctx, "removed", &script, &removed.context("nothing was removed")?);
        return Ok(Exit::Success);
    }
    let workspace = args.project.workspace(ctx)?;
    let options = Options {
        lock: args.lock.request(),
        locking,
        access: args.access.access(),
        ..Options::default()
    };
    let target = args.target.target();
    let follow = args.follow.follow(ctx.config()?);
    let reach = Reach { target: &target, follow, options: &options };
    let (bench, outcome) =
        dependencies::remove(ctx, workspace, &names, reach).context("nothing was removed")?;
    tell::changed(ctx, "removed", &outcome, &bench);
    outcome.report.transpose().context(tell::BEHIND)?;
    Ok(Exit::Success)
}
