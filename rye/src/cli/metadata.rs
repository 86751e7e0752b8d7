//! `rye metadata`

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::cli::args::PyprojectArgs;
use crate::cli::format::Format;
use crate::context::Context;
use crate::exit::Exit;
use crate::graph::{self, Described, Node};
use crate::index::{Indexes, Place};
use crate::lock::{self, Kind, Lockfile, Options, login};
use crate::project::Project;
use crate::scripts::Script;
use crate::sync::Workbench;
use crate::toolchain::pin;
use crate::venv::State;
use crate::workspace::Workspace;

/// Tell programs of the workspace: its members, lockfiles, environment, Python and sources, as JSON
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The format of the answer, which is this one always
    #[arg(long, value_enum)]
    format: Option<Format>,
    #[command(flatten)]
    pyproject: PyprojectArgs,
}

/// The answer.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Metadata<'a> {
    schema: u32,
    rye: &'static str,
    root: String,
    is_workspace: bool,
    current: String,
    members: Vec<Member>,
    lockfiles: Vec<Locked<'a>>,
    environment: Environment,
    python: Wanted,
    /// None if one of them cannot be read
    sources: Option<Vec<Place<'a>>>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Member {
    name: Option<String>,
    version: Option<String>,
    /// The fields of `[project]` that a build has to be asked for
    dynamic: Vec<String>,
    /// From the root
    path: String,
    manifest: String,
    requires_python: Option<String>,
    managed: bool,
    r#virtual: bool,
    build_backend: Option<String>,
    /// Requirements by the key of the list that they stand in
    dependencies: Map<String, Value>,
    scripts: Vec<DefinedScript>,
}

#[derive(Serialize)]
struct DefinedScript {
    name: String,
    /// The definition on one line; none if it cannot be read
    command: Option<String>,
}

/// A lockfile.
#[derive(Serialize)]
struct Locked<'a> {
    path: String,
    /// `production` or `development`
    kind: &'static str,
    stale: Option<String>,
    options: &'a Options,
    sources: Vec<String>,
    entries: Vec<Entry<'a>>,
}

/// What a lockfile has.
#[derive(Serialize)]
struct Entry<'a> {
    #[serde(flatten)]
    node: Described<'a>,
    via: &'a [String],
    hashes: &'a [String],
}

#[derive(Serialize)]
struct Environment {
    path: String,
    state: &'static str,
    /// The Python that it was made with, if Rye made it
    python: Option<String>,
}

/// The Python that the projects are to be run with.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Wanted {
    /// None if it cannot be read
    request: Option<String>,
    requires_python: Option<String>,
    pin: Option<Pin>,
}

#[derive(Serialize)]
struct Pin {
    path: String,
    request: Option<String>,
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    let Args { format: None | Some(Format::Json), pyproject } = args;
    let bench = Workbench::new(ctx, pyproject.workspace(ctx)?);
    let workspace = &bench.workspace;
    let mut lockfiles = Vec::new();
    for kind in Kind::ALL {
        if let Some(lockfile) = kind.find(workspace.directory())? {
            let nodes = nodes(workspace, &lockfile);
            lockfiles.push((kind, lockfile, nodes));
        }
    }
    let sources = bench.indexes().map_err(|error| warn(ctx, error)).ok();
    let metadata = Metadata {
        schema: 1,
        rye: env!("CARGO_PKG_VERSION"),
        root: workspace.directory().display().to_string(),
        is_workspace: workspace.is_shared(),
        current: workspace.place(workspace.current()),
        members: workspace.members().map(|member| of_member(ctx, workspace, member)).collect(),
        lockfiles: lockfiles
            .iter()
            .map(|(kind, lockfile, nodes)| locked(workspace, *kind, lockfile, nodes))
            .collect(),
        environment: environment(&bench)?,
        python: python(ctx, &bench),
        sources: sources.map(Indexes::described),
    };
    ctx.ui.data_json(&metadata)?;
    Ok(Exit::Success)
}

fn warn(ctx: &Context<'_>, error: impl Into<anyhow::Error>) {
    ctx.ui.warn(format_args!("{:#}", error.into()));
}

fn of_member(ctx: &Context<'_>, workspace: &Workspace, member: &Project) -> Member {
    let manifest = member.manifest();
    let table = manifest.project.as_ref();
    let rye = manifest.rye();
    let excluded = rye.excluded_dependencies.iter().collect();
    let excluded = ("tool.rye.excluded-dependencies".to_owned(), excluded);
    let lists = manifest.lists().into_iter().chain([excluded]);
    let lists = lists
        .filter(|(_, texts)| !texts.is_empty())
        .map(|(list, texts)| (list, texts.into_iter().map(|text| login::without(text)).collect()));
    let scripts = rye.scripts.iter().map(|(name, definition)| {
        let script = Script::parse(name, definition).map_err(|error| warn(ctx, error)).ok();
        DefinedScript {
            name: name.clone(),
            command: script.map(|script| login::without(&script.describe())),
        }
    });
    let backend = manifest.build_system.as_ref().and_then(|system| system.build_backend.clone());
    Member {
        name: manifest.name().map(|name| name.to_string()),
        version: table.and_then(|table| table.version.clone()),
        dynamic: table.map(|table| table.dynamic.clone()).unwrap_or_default(),
        path: workspace.place(member),
        manifest: member.path().display().to_string(),
        requires_python: table.and_then(|table| table.requires_python.clone()),
        managed: rye.managed,
        r#virtual: member.is_virtual(),
        build_backend: backend,
        dependencies: lists.collect(),
        scripts: scripts.collect(),
    }
}

/// Returns what the entries of a lockfile stand for.
fn nodes(workspace: &Workspace, lockfile: &Lockfile) -> Vec<Node> {
    let members: HashMap<_, _> = workspace
        .members()
        .map(|member| Node::of_member(workspace, member))
        .map(|node| (node.line.clone(), node))
        .collect();
    let node = |entry: &lock::Entry| {
        members.get(&entry.requirement).cloned().unwrap_or_else(|| Node::of_entry(entry))
    };
    lockfile.entries.iter().map(node).collect()
}

fn locked<'a>(
    workspace: &Workspace,
    kind: Kind,
    lockfile: &'a Lockfile,
    nodes: &'a [Node],
) -> Locked<'a> {
    let entries = nodes.iter().zip(&lockfile.entries).map(|(node, entry)| Entry {
        node: node.into(),
        via: &entry.via,
        hashes: &entry.hashes,
    });
    let sources = lockfile.sources.iter().map(|line| login::without(line));
    Locked {
        path: kind.path(workspace.directory()).display().to_string(),
        kind: match kind {
            Kind::Production => "production",
            Kind::Development => "development",
        },
        stale: graph::stale(workspace, kind, lockfile),
        options: &lockfile.options,
        sources: sources.collect(),
        entries: entries.collect(),
    }
}

fn environment(bench: &Workbench<'_>) -> anyhow::Result<Environment> {
    let (state, marker) = match bench.venv.state()? {
        State::Missing => ("missing", None),
        State::Foreign => ("foreign", None),
        State::Own(marker) => {
            let state = match marker.synced() {
                _ if bench.is_half_done() => "changing",
                Some(_) if bench.is_current() => "current",
                Some(_) | None => "stale",
            };
            (state, Some(marker))
        }
    };
    let path = bench.venv.path().display().to_string();
    Ok(Environment { path, state, python: marker.map(|marker| marker.python) })
}

fn python(ctx: &Context<'_>, bench: &Workbench<'_>) -> Wanted {
    let pin = pin::find(bench.workspace.directory()).ok().flatten();
    let requires_python = bench.workspace.requires_python();
    Wanted {
        request: bench.wanted().map_err(|error| warn(ctx, error)).ok().map(|it| it.to_string()),
        requires_python: (!requires_python.is_empty()).then(|| requires_python.to_string()),
        pin: pin.map(|pin| Pin {
            path: pin.path.display().to_string(),
            request: pin.request.map(|request| request.to_string()),
        }),
    }
}
