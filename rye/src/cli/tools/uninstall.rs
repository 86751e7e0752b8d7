//! `rye tools uninstall`, or `rye uninstall`

use crate::cli::args;
use crate::context::Context;
use crate::exit::Exit;
use crate::packaging::PackageName;
use crate::tools::{self, Tool, bare};

/// Uninstall tools
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The tools, as `rye tools list` names them
    #[arg(required = true, value_parser = args::name::<PackageName>, value_name = "NAME")]
    names: Vec<PackageName>,
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    let tools = args.names.iter().map(|name| Tool::load(&ctx.env, name));
    for tool in tools.collect::<Result<Vec<_>, _>>()? {
        let scripts = tools::uninstall(ctx, &tool)?;
        ctx.ui.status("uninstalled", &tool.name);
        if !scripts.is_empty() {
            let scripts: Vec<_> = scripts.iter().map(|script| bare(script)).collect();
            ctx.ui.status("unlinked", scripts.join(", "));
        }
    }
    Ok(Exit::Success)
}
