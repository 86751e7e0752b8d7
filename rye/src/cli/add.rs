//! `rye add`

use std::path::PathBuf;

use anyhow::Context as _;

use crate::cli::args::{
    AccessArgs, CommonLockArgs, FollowArgs, ProjectArgs, ReferenceArgs, TargetArgs,
};
use crate::cli::tell;
use crate::context::Context;
use crate::dependencies::{self, Addition, Reach};
use crate::exit::Exit;
use crate::packaging::DependencyOperator;
use crate::standalone::Standalone;
use crate::sync::{Locking, Options};

/// Add requirements to the project, and install them; or to a script
///
/// A requirement without a version gets the newest one that goes with the others.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to add, as in `flask`, `'flask[async]>=3,<4'` or `'tomli; python_version < "3.11"'`
    #[arg(required = true, value_name = "REQUIREMENT")]
    requirements: Vec<String>,
    #[command(flatten)]
    reference: ReferenceArgs,
    #[command(flatten)]
    target: TargetArgs,
    /// How to bound the version that is found
    #[arg(long, value_enum, value_name = "OPERATOR")]
    pin: Option<DependencyOperator>,
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
    /// Add to what this script asks for, which stands alone (PEP 723)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["dev", "excluded", "optional", "group", "sync", "no_sync", "package", "pyproject"])]
    script: Option<PathBuf>,
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    let parsed = args.requirements.iter().map(|text| text.parse());
    let mut additions = parsed.collect::<Result<Vec<Addition>, _>>()?;
    let operator = args.pin.unwrap_or(ctx.config()?.default.dependency_operator);
    let locking = if args.locked { Locking::Locked } else { Locking::Update };
    if let Some(path) = &args.script {
        let mut script = Standalone::open(ctx, path)?;
        args.reference.apply(&ctx.env, script.workspace(), &mut additions)?;
        let (request, access) = (args.lock.request(), args.access.access());
        let added = script.add(&additions, operator, &request, locking, access);
        tell::script_changed(ctx, "added", &script, &added.context("nothing was added")?);
        return Ok(Exit::Success);
    }
    let workspace = args.project.workspace(ctx)?;
    args.reference.apply(&ctx.env, &workspace, &mut additions)?;
    let options = Options {
        lock: args.lock.request(),
        locking,
        access: args.access.access(),
        ..Options::default()
    };
    let target = args.target.target();
    let follow = args.follow.follow(ctx.config()?);
    let reach = Reach { target: &target, follow, options: &options };
    let (bench, outcome) = dependencies::add(ctx, workspace, &additions, operator, reach)
        .context("nothing was added")?;
    tell::changed(ctx, "added", &outcome, &bench);
    outcome.report.transpose().context(tell::BEHIND)?;
    Ok(Exit::Success)
}
