//! `rye tools upgrade`

use std::collections::BTreeSet;

use anyhow::Context as _;

use crate::cli::args::{self, AccessArgs};
use crate::cli::complete::Names;
use crate::cli::report::report;
use crate::cli::tell;
use crate::cli::tools::install::{listed, tell_links};
use crate::context::Context;
use crate::exit::Exit;
use crate::packaging::PackageName;
use crate::tools::{self, Installed, Tool, Upgraded};

/// Bring tools to the newest version that they were asked for as
///
/// A tool keeps its Python as long as that works.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The tools, as `rye tools list` names them
    #[arg(required_unless_present = "all", value_parser = args::name::<PackageName>, value_name = "NAME", add = Names::Tool)]
    names: Vec<PackageName>,
    /// All tools
    #[arg(short, long, conflicts_with = "names")]
    all: bool,
    /// Tell what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    access: AccessArgs,
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    let names = if args.all {
        Tool::all(&ctx.env)?.into_iter().map(|tool| tool.name).collect()
    } else {
        args.names.iter().cloned().collect::<BTreeSet<_>>()
    };
    if names.is_empty() {
        ctx.ui.warn("no tool is installed");
    }
    if !args.all {
        names.iter().try_for_each(|name| Tool::load(&ctx.env, name).map(drop))?;
    }
    let mut exit = Exit::Success;
    for name in &names {
        let upgraded = tools::upgrade(ctx, name, args.access.access(), args.dry_run);
        match upgraded.with_context(|| format!("cannot upgrade `{name}`")) {
            Ok(upgraded) => tell_upgraded(ctx, name, &upgraded),
            Err(error) => exit = report(ctx.ui, &error),
        }
    }
    Ok(exit)
}

fn tell_upgraded(ctx: &Context<'_>, name: &PackageName, upgraded: &Upgraded) {
    match upgraded {
        Upgraded::Newest { version, requirement } if *requirement == name.to_string() => {
            ctx.ui.status("newest", format_args!("{name} {version}"));
        }
        Upgraded::Newest { version, requirement } => {
            ctx.ui.status("newest", format_args!("{name} {version} (as `{requirement}`)"));
        }
        Upgraded::Planned(changes) => {
            if !tell::tool_changes(ctx, changes, true) {
                ctx.ui.status("would make", format_args!("{name} anew"));
            }
        }
        Upgraded::Done(installed) => {
            let Installed { linked, links, changes, .. } = &**installed;
            if !tell::tool_changes(ctx, changes, false) {
                ctx.ui.status("made anew", name);
            }
            let new: Vec<_> =
                links.scripts.iter().filter(|script| !linked.contains(script)).collect();
            if !new.is_empty() {
                ctx.ui.status("linked", listed(new));
            }
            tell_links(ctx, installed);
        }
    }
}
