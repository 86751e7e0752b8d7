//! `rye upgrade`

use anyhow::Context as _;
use serde_json::json;

use crate::cli::args::{AccessArgs, CommonLockArgs, FollowArgs, PyprojectArgs, name};
use crate::cli::complete::Names;
use crate::cli::format::Format;
use crate::cli::tell;
use crate::context::Context;
use crate::dependencies::{Follow, Plan, Wish};
use crate::exit::Exit;
use crate::packaging::PackageName;
use crate::sync::{Options, Workbench};

/// Raise the bounds of requirements to the newest versions
///
/// Manifests, lockfiles and environment follow. Upper bounds that are in the way go up in the style in which they are
/// written: `>=1.2,<2` becomes `>=3.4.1,<4`. To get newer versions within the bounds instead, use `rye lock --update`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to raise, by name; without names everything that the projects ask for
    #[arg(value_parser = name::<PackageName>, value_name = "NAME", add = Names::Requirement)]
    names: Vec<PackageName>,
    /// Choose from what can be raised
    #[arg(short, long)]
    interactive: bool,
    /// Tell what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// The format of what would change
    #[arg(long, value_enum, requires = "dry_run")]
    format: Option<Format>,
    /// Raise only what this member of the workspace asks for
    #[arg(short, long, value_parser = name::<PackageName>, value_name = "NAME", add = Names::Member)]
    package: Vec<PackageName>,
    #[command(flatten)]
    follow: FollowArgs,
    #[command(flatten)]
    lock: CommonLockArgs,
    #[command(flatten)]
    access: AccessArgs,
    #[command(flatten)]
    pyproject: PyprojectArgs,
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    const FAILED: &str = "nothing was upgraded";
    let mut bench = Workbench::new(ctx, args.pyproject.workspace(ctx)?);
    let follow = args.follow.follow(ctx.config()?);
    let options =
        Options { lock: args.lock.request(), access: args.access.access(), ..Options::default() };
    let mut wish = Wish { names: args.names.clone(), members: args.package.clone() };
    let refuse_foreign = |bench: &Workbench<'_>| -> anyhow::Result<()> {
        if follow == Follow::Sync && !args.dry_run {
            bench.refuse_foreign(&options)?;
        }
        Ok(())
    };
    if args.interactive {
        let flags = "the names of what to raise, or without `--interactive`";
        ctx.ui.expect_terminal("what is to be raised?", flags)?;
        refuse_foreign(&bench)?;
        let plan = Plan::new(ctx, &bench, &wish, &options).context(FAILED)?;
        if !plan.raises.is_empty() {
            let Some(names) = choose(ctx, &plan)? else { return Ok(Exit::Child(130)) };
            anyhow::ensure!(!names.is_empty(), "nothing was chosen");
            wish.names = names;
        }
    }
    let _guard = bench.guard()?;
    refuse_foreign(&bench)?;
    let plan = Plan::new(ctx, &bench, &wish, &options).context(FAILED)?;
    tell::apart(ctx, &plan);
    if args.format.is_some() {
        let changes = plan.lock_changes();
        ctx.ui.data_json(&json!({ "schema": 1, "raised": plan.raises, "locked": changes }))?;
        return Ok(Exit::Success);
    }
    if plan.is_idle() {
        ctx.ui.status("current", "the bounds are those of the newest versions that go together");
    }
    if args.dry_run {
        if !plan.is_idle() {
            tell::to_raise(ctx, &plan)?;
        }
        return Ok(Exit::Success);
    }
    if plan.is_idle() && (follow == Follow::LockOnly || plan.bench.is_current()) {
        return Ok(Exit::Success);
    }
    let followed = plan.apply(follow, &options).context(FAILED)?;
    tell::raised(ctx, &plan, &followed);
    followed.report.transpose().context(tell::BEHIND)?;
    Ok(Exit::Success)
}

/// Lets the user choose from what can be raised, by name; none if he wants to be left alone.
fn choose(ctx: &Context<'_>, plan: &Plan<'_>) -> anyhow::Result<Option<Vec<PackageName>>> {
    let mut choices: Vec<(PackageName, String)> = Vec::new();
    for raise in &plan.raises {
        let change = format!("{} → {}", raise.before, raise.after);
        match choices.iter_mut().find(|(name, _)| *name == raise.name) {
            Some((_, text)) if text.ends_with(&change) => {}
            Some((_, text)) => *text = format!("{text}, {change}"),
            None => choices.push((raise.name.clone(), format!("{} {change}", raise.name))),
        }
    }
    choices.sort();
    let texts: Vec<_> = choices.iter().map(|(_, text)| text).collect();
    let chosen = ctx.ui.choose("What is to be raised? (space chooses, enter goes on)", &texts)?;
    let names = |chosen: Vec<usize>| chosen.into_iter().map(|index| choices[index].0.clone());
    Ok(chosen.map(|chosen| names(chosen).collect()))
}
