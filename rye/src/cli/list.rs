//! `rye list`

use serde::Serialize;

use crate::cli::args::PyprojectArgs;
use crate::cli::format::Format;
use crate::context::Context;
use crate::exit::Exit;
use crate::sync::Workbench;
use crate::venv::{Contents, Distribution, Origin, State};

/// List what is installed in the environment
///
/// What of it is not the newest is told by `rye outdated`, and who needs it by `rye tree`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The format of the list
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// What pip has for this is a command of its own
    #[arg(long, hide = true)]
    outdated: bool,
    #[command(flatten)]
    pyproject: PyprojectArgs,
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    anyhow::ensure!(!args.outdated, "what is not the newest is told by `rye outdated`");
    show(ctx, &Workbench::new(ctx, args.pyproject.workspace(ctx)?), args.format)
}

/// A distribution, as `rye list --format json` tells it.
#[derive(Serialize)]
struct Listed {
    name: String,
    version: String,
    /// Where its sources are, for one that is installed from there
    editable: Option<String>,
    /// Where it came from, if not from an index
    url: Option<String>,
}

impl From<Distribution> for Listed {
    fn from(installed: Distribution) -> Self {
        let (editable, url) = match installed.origin {
            Origin::Index => (None, None),
            Origin::Url(url) => (None, Some(url)),
            Origin::Editable(place) => (Some(place), None),
        };
        let (name, version) = (installed.name.to_string(), installed.version.to_string());
        Self { name, version, editable, url }
    }
}

pub(crate) fn show(
    ctx: &Context<'_>,
    bench: &Workbench<'_>,
    format: Option<Format>,
) -> anyhow::Result<Exit> {
    let contents = match bench.venv.state()? {
        State::Missing => {
            ctx.ui.warn("there is no environment yet; make it with `rye sync`");
            Contents::default()
        }
        State::Foreign | State::Own(_) => bench.venv.installed()?,
    };
    for path in &contents.unreadable {
        let path = path.display();
        ctx.ui.warn(format_args!("`{path}` is left out: what it stands for cannot be read"));
    }
    if format.is_some() {
        let listed: Vec<_> = contents.distributions.into_iter().map(Listed::from).collect();
        ctx.ui.data_json(&serde_json::json!({ "schema": 1, "distributions": listed }))?;
    } else {
        let lines = contents.distributions.iter().map(|installed| format!("{installed}\n"));
        ctx.ui.data_text(&lines.collect::<String>())?;
    }
    Ok(Exit::Success)
}
