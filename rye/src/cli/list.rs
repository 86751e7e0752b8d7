//! `rye list`

use crate::cli::args::PyprojectArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::sync::Workbench;
use crate::uv::Access;

/// List what is installed in the environment
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    pyproject: PyprojectArgs,
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    show(ctx, &Workbench::new(ctx, args.pyproject.workspace(ctx)?))
}

pub(crate) fn show(ctx: &Context<'_>, bench: &Workbench<'_>) -> anyhow::Result<Exit> {
    let python = bench.venv.python();
    if python.is_file() {
        let listed = bench.uv(Access::default())?.freeze(&python)?;
        ctx.ui.data_text(&listed)?;
    } else {
        ctx.ui.warn("there is no environment yet; make it with `rye sync`");
    }
    Ok(Exit::Success)
}
