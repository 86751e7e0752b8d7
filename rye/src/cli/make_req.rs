//! `rye make-req`

use crate::cli::args::ReferenceArgs;
use crate::context::Context;
use crate::dependencies::Addition;
use crate::exit::Exit;

/// Write requirements as `pyproject.toml` has them (PEP 508)
///
/// Nothing is looked up: one line is printed for each, with what the flags say put into all of them.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to write, as in `flask` or `'flask>=3'`
    #[arg(value_name = "REQUIREMENT")]
    requirements: Vec<String>,
    #[command(flatten)]
    reference: ReferenceArgs,
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    let parsed = args.requirements.iter().map(|text| text.parse());
    let mut additions = parsed.collect::<Result<Vec<Addition>, _>>()?;
    if !additions.is_empty() {
        args.reference.apply_to_each(ctx, &mut additions)?;
    }
    for addition in additions {
        ctx.ui.data(addition.as_spelled())?;
    }
    Ok(Exit::Success)
}
