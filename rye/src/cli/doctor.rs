//! `rye doctor`

use std::path::PathBuf;

use crate::cli::external;
use crate::cli::format::Format;
use crate::context::Context;
use crate::doctor::{self, Examination, Level};
use crate::exit::Exit;
use crate::http::Network;
use crate::ui::Tone;

/// Look for what is wrong, and tell what cures it
///
/// Looks at Rye's home, settings and engines, at PATH and the shims, at proxies, certificates and the index, and at the
/// project: its Python, environment and lockfiles. Nothing is changed. The status is 1 if something fails.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print the findings in a form for programs
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Stay off the network: the index is not asked
    #[arg(long)]
    offline: bool,
    /// Use this `pyproject.toml` instead of the nearest one
    #[arg(long, value_name = "PATH")]
    pyproject: Option<PathBuf>,
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    let commands: Vec<_> = external::names().into_iter().collect();
    let examination = Examination {
        manifest: args.pyproject.as_deref(),
        network: if args.offline { Network::Offline } else { Network::Online },
        commands: &commands,
    };
    let findings = doctor::examine(&ctx.env, ctx.ui, examination);
    let has_failed = findings.iter().any(|finding| finding.level == Level::Fail);
    if args.format == Some(Format::Json) {
        let status = if has_failed { Level::Fail } else { Level::Ok };
        let answer = serde_json::json!({ "schema": 1, "status": status, "findings": findings });
        ctx.ui.data_json(&answer)?;
    } else {
        for finding in findings {
            let tone = match finding.level {
                Level::Ok => Tone::Good,
                Level::Warn => Tone::Doubtful,
                Level::Fail => Tone::Bad,
                Level::Skip => Tone::Neutral,
            };
            let cure = finding.cure.map(|cure| format!("; {cure}")).unwrap_or_default();
            let text = format!("{:12} {}{cure}", finding.check, finding.message);
            ctx.ui.judgement(tone, finding.level.as_str(), text)?;
        }
    }
    Ok(if has_failed { Exit::Failure } else { Exit::Success })
}
