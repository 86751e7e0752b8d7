//! `rye show`

use std::fmt;

use serde::Serialize;

use crate::cli::args::ProjectArgs;
use crate::cli::format::Format;
use crate::cli::list;
use crate::context::Context;
use crate::exit::Exit;
use crate::sync::{self, Workbench};
use crate::toolchain::Toolchains;

/// Show the project: where it is, which Python it uses, where its distributions come from
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// List what is installed; the command is `rye list`
    #[arg(long, hide = true)]
    installed_deps: bool,
    /// The format of the answer
    #[arg(long, value_enum)]
    format: Option<Format>,
    #[command(flatten)]
    project: ProjectArgs,
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    let bench = Workbench::new(ctx, args.project.workspace(ctx)?);
    if args.installed_deps {
        ctx.ui.warn("`rye show --installed-deps` is `rye list` now");
        return list::show(ctx, &bench, args.format);
    }
    let shown = Shown::new(ctx, &bench)?;
    if args.format.is_some() {
        ctx.ui.data_json(&shown)?;
    } else {
        ctx.ui.data_text(&shown.to_string())?;
    }
    Ok(Exit::Success)
}

/// A project, as `rye show --format json` tells it.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Shown {
    schema: u32,
    name: Option<String>,
    path: String,
    venv: String,
    /// The Python that the project is to be run with; none if what asks for it cannot be read
    target_python: Option<String>,
    /// The Python that the environment has
    venv_python: Option<String>,
    /// The Python that the environment was made with
    synced_python: Option<String>,
    r#virtual: bool,
    workspace: Option<ShownWorkspace>,
    /// Options of pip; none if a source cannot be read
    sources: Option<Vec<String>>,
}

#[derive(Serialize)]
struct ShownWorkspace {
    directory: String,
    members: Vec<ShownMember>,
}

#[derive(Serialize)]
struct ShownMember {
    name: String,
    path: String,
}

impl Shown {
    /// Gathers what there is to tell; what cannot be read is warned of.
    fn new(ctx: &Context<'_>, bench: &Workbench<'_>) -> anyhow::Result<Self> {
        let (workspace, project) = (&bench.workspace, bench.project());
        let toolchains = Toolchains::new(&ctx.env, ctx.config()?.toolchain.preference);
        let found = toolchains.probe(&bench.venv.python());
        let shared = workspace.is_shared().then(|| ShownWorkspace {
            directory: workspace.directory().display().to_string(),
            members: workspace
                .members()
                .map(|member| ShownMember {
                    name: member.display_name(),
                    path: workspace.place(member),
                })
                .collect(),
        });
        let warn = |error: sync::Error| {
            ctx.ui.warn(format_args!("{:#}", anyhow::Error::from(error)));
        };
        Ok(Self {
            schema: 1,
            name: project.manifest().project.as_ref().and_then(|table| table.name.clone()),
            path: project.root().display().to_string(),
            venv: bench.venv.path().display().to_string(),
            target_python: bench.wanted().map_err(warn).ok().map(|wanted| wanted.to_string()),
            venv_python: found.map(|interpreter| interpreter.python.to_string()),
            synced_python: bench.venv.marker()?.map(|marker| marker.python),
            r#virtual: project.is_virtual(),
            workspace: shared,
            sources: bench.source_lines().map_err(warn).ok(),
        })
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "project: {}", self.name.as_deref().unwrap_or("(without a name)"))?;
        writeln!(f, "path: {}", self.path)?;
        writeln!(f, "venv: {}", self.venv)?;
        if let Some(python) = &self.target_python {
            writeln!(f, "target python: {python}")?;
        }
        if let Some(python) = &self.venv_python {
            writeln!(f, "venv python: {python}")?;
        }
        if let Some(python) = &self.synced_python
            && self.synced_python != self.venv_python
        {
            writeln!(f, "last synced venv python: {python}")?;
        }
        writeln!(f, "virtual: {}", self.r#virtual)?;
        if let Some(ShownWorkspace { directory, members }) = &self.workspace {
            writeln!(f, "workspace: {directory}")?;
            writeln!(f, "  members:")?;
            for ShownMember { name, path } in members {
                let place = if path == "." { "." } else { &format!("./{path}") };
                writeln!(f, "    {name} ({place})")?;
            }
        }
        writeln!(f, "configured sources:")?;
        self.sources.iter().flatten().try_for_each(|line| writeln!(f, "  {line}"))
    }
}
