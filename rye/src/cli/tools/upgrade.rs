//! `rye tools upgrade`

use anyhow::Context as _;

use crate::cli::args::{self, AccessArgs};
use crate::cli::report::report;
use crate::cli::tell;
use crate::cli::tools::install::tell_links;
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
    #[arg(required_unless_present = "all", value_parser = args::name::<PackageName>, value_name = "NAME")]
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
    let tools = if args.all {
        Tool::all(&ctx.env)?
    } else {
        args.names.iter().map(|name| Tool::load(&ctx.env, name)).collect::<Result<_, _>>()?
    };
    if tools.is_empty() {
        ctx.ui.warn("no tool is installed");
    }
    let mut exit = Exit::Success;
    for Tool { name, .. } in &tools {
        // it may be gone by now
        let upgraded = Tool::load(&ctx.env, name)
            .and_then(|tool| tools::upgrade(ctx, &tool, args.access.access(), args.dry_run));
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
            let Installed { links, changes, .. } = &**installed;
            if !tell::tool_changes(ctx, changes, false) {
                ctx.ui.status("made anew", name);
            }
            if changes.is_empty() {
                return;
            }
            tell_links(ctx, name, links);
        }
    }
}
