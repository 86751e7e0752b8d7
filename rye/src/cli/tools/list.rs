//! `rye tools list`

use anyhow::Context as _;
use serde::Serialize;

use crate::cli::args::AccessArgs;
use crate::cli::format::Format;
use crate::cli::report::report;
use crate::context::Context;
use crate::exit::Exit;
use crate::lock::login;
use crate::tools::{Record, Tool, bare};
use crate::ui::Verbosity;

/// List the installed tools
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// List the programs of each tool
    #[arg(short = 's', long)]
    include_scripts: bool,
    /// Tell the version of each tool, and its Python; so does `-v`
    #[arg(long)]
    include_version: bool,
    /// Only those that have a newer version, and which
    #[arg(long)]
    outdated: bool,
    /// Print the list in a form for programs
    #[arg(long, value_enum)]
    format: Option<Format>,
    #[command(flatten)]
    access: AccessArgs,
}

/// A tool as programs read it.
#[derive(Serialize)]
struct Listed {
    name: String,
    version: Option<String>,
    python: Option<String>,
    requirement: Option<String>,
    scripts: Vec<String>,
    /// Why it cannot work
    broken: Option<&'static str>,
    /// The newest version that its requirement allows, with `--outdated`
    #[serde(skip_serializing_if = "Option::is_none")]
    latest: Option<String>,
}

impl Listed {
    fn new(ctx: &Context<'_>, tool: &Tool) -> anyhow::Result<Self> {
        // what cannot be read is told as broken
        let record = Record::load(&tool.name, &tool.venv).ok();
        let scripts = tool.scripts(&ctx.env)?;
        Ok(Self {
            name: tool.name.to_string(),
            version: tool.distribution().ok().flatten().map(|own| own.version.to_string()),
            python: tool.venv.marker().ok().flatten().map(|marker| marker.python),
            requirement: record.map(|record| login::without(&record.requirement)),
            scripts: scripts.iter().map(|script| bare(script).to_owned()).collect(),
            broken: tool.fault(),
            latest: None,
        })
    }
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    let mut listed = Vec::new();
    let mut exit = Exit::Success;
    for tool in Tool::all(&ctx.env)? {
        let mut entry = Listed::new(ctx, &tool)?;
        if args.outdated {
            if let Some(reason) = entry.broken {
                ctx.ui.warn(format_args!("`{}` is broken, and not looked up: {reason}", tool.name));
                continue;
            }
            let newer = tool.newer(ctx, args.access.access());
            match newer
                .with_context(|| format!("cannot look for newer versions of `{}`", tool.name))
            {
                Ok(Some(change)) => entry.latest = Some(change.version),
                Ok(None) => continue,
                Err(error) => {
                    exit = report(ctx.ui, &error);
                    continue;
                }
            }
        }
        listed.push(entry);
    }
    if args.format.is_some() {
        ctx.ui.data_json(&serde_json::json!({ "schema": 1, "tools": listed }))?;
        return Ok(exit);
    }
    let with_version = args.include_version || ctx.ui.verbosity() == Verbosity::Verbose;
    for entry in listed {
        ctx.ui.data(line(&entry, with_version))?;
        for script in entry.scripts.iter().filter(|_| args.include_scripts) {
            ctx.ui.data(format_args!("  {script}"))?;
        }
    }
    Ok(exit)
}

fn line(entry: &Listed, with_version: bool) -> String {
    let Listed { name, version, python, broken, latest, .. } = entry;
    let version = version.as_deref().unwrap_or("?");
    let mut line = name.clone();
    if with_version || latest.is_some() {
        line = format!("{line} {version}");
    }
    if let Some(latest) = latest {
        line = format!("{line} → {latest}");
    }
    if with_version {
        line = format!("{line} ({})", python.as_deref().unwrap_or("?"));
    }
    match broken {
        Some(broken) => format!("{line} (broken: {broken})"),
        None => line,
    }
}
