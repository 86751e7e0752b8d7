//! `rye tools uninstall`, or `rye uninstall`

use std::collections::BTreeSet;

use crate::cli::args;
use crate::cli::complete::Names;
use crate::cli::tools::install::listed;
use crate::context::Context;
use crate::exit::Exit;
use crate::packaging::PackageName;
use crate::tools::{self, Tool};

/// Uninstall tools
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The tools, as `rye tools list` names them
    #[arg(required = true, value_parser = args::name::<PackageName>, value_name = "NAME", add = Names::Tool)]
    names: Vec<PackageName>,
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    let names: BTreeSet<_> = args.names.iter().collect();
    for name in &names {
        Tool::load(&ctx.env, name)?; // all or none
    }
    for name in names {
        let scripts = tools::uninstall(ctx, name)?;
        ctx.ui.status("uninstalled", name);
        if !scripts.is_empty() {
            ctx.ui.status("unlinked", listed(&scripts));
        }
    }
    Ok(Exit::Success)
}
