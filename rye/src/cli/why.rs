//! `rye why`

use std::fmt::Write as _;

use serde::Serialize;

use crate::cli::args::{AskersArgs, PyprojectArgs, name};
use crate::cli::complete::Names;
use crate::cli::format::Format;
use crate::cli::tell;
use crate::context::Context;
use crate::exit::Exit;
use crate::graph::{Asked, Askers, Described, Graph, Path};
use crate::packaging::PackageName;
use crate::sync::Workbench;

/// How many paths are told where nothing else is said.
const USUAL_COUNT: usize = 20;

/// How many paths are walked only to be counted.
const MOST_COUNTED: usize = 10_000;

/// Tell who needs a distribution: every path from a member to it, the shortest first
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The distribution, or a member that others need
    #[arg(value_parser = name::<PackageName>, add = Names::Distribution)]
    name: PackageName,
    /// Tell all paths, however many there are
    #[arg(long)]
    all: bool,
    /// The format of the answer
    #[arg(long, value_enum)]
    format: Option<Format>,
    #[command(flatten)]
    askers: AskersArgs,
    #[command(flatten)]
    pyproject: PyprojectArgs,
}

/// The answer, as `rye why --format json` gives it.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Why<'g> {
    schema: u32,
    lockfile: &'static str,
    annotated: bool,
    locked: Vec<Described<'g>>,
    paths: Vec<Vec<Step<'g>>>,
    paths_left_out: Option<u64>,
}

/// A node on the way, and what the one before it asked for.
#[derive(Serialize)]
struct Step<'g> {
    id: &'g str,
    name: &'g str,
    version: Option<&'g str>,
    requirements: Vec<Asked>,
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    let bench = Workbench::new(ctx, args.pyproject.workspace(ctx)?);
    let graph = Graph::load(&bench, &args.askers.selection())?;
    tell::doubts(ctx, &graph);
    let targets = graph.named(&args.name)?;
    let mut all = graph.paths(targets);
    let count = if args.all { usize::MAX } else { USUAL_COUNT };
    let paths: Vec<_> = all.by_ref().take(count).collect();
    let left_out = if paths.len() < count {
        Some(0)
    } else {
        let total = graph.count_paths(targets);
        total.map(|total| total - paths.len() as u64).or_else(|| {
            let rest = all.take(MOST_COUNTED).count();
            (rest < MOST_COUNTED).then_some(rest as u64)
        })
    };
    let is_member = targets.iter().any(|id| graph.node(*id).is_member());
    let is_unexplained = || targets.iter().any(|id| graph.unexplained().contains(id));
    anyhow::ensure!(
        !paths.is_empty() || is_member || is_unexplained(),
        "`{}` is locked, and nothing of what was selected needs it",
        args.name
    );
    let askers = Askers::new(&graph, &bench.venv);
    if args.format.is_some() {
        let answer = Why {
            schema: 1,
            lockfile: graph.kind.file_name(),
            annotated: graph.is_annotated(),
            locked: targets.iter().map(|id| graph.node(*id).into()).collect(),
            paths: paths.iter().map(|path| steps(&graph, &askers, path)).collect(),
            paths_left_out: left_out,
        };
        ctx.ui.data_json(&answer)?;
    } else if paths.is_empty() {
        for id in targets {
            let node = graph.node(*id);
            let who = if node.is_member() {
                "no other member needs it"
            } else {
                "nothing is known to need it"
            };
            ctx.ui.data(format_args!("{node}: {who}"))?;
        }
    } else {
        let mut text = String::new();
        for (index, path) in paths.iter().enumerate() {
            if index > 0 {
                text.push('\n');
            }
            write_path(&mut text, &steps(&graph, &askers, path), &graph, path);
        }
        match left_out {
            Some(0) => {}
            Some(more) => {
                let paths = if more == 1 { "path" } else { "paths" };
                writeln!(text, "\n{more} more {paths}: `--all` tells them")
                    .expect("it is a string");
            }
            None => {
                writeln!(text, "\nmore than {MOST_COUNTED} more paths: `--all` tells them")
                    .expect("it is a string");
            }
        }
        ctx.ui.data_text(&text)?;
    }
    if askers.lacks_some() {
        ctx.ui.hint(
            "what a distribution asks for is known when it is installed as locked: `rye sync`",
        );
    }
    Ok(Exit::Success)
}

fn steps<'g>(graph: &'g Graph, askers: &Askers<'_>, path: &Path<'g>) -> Vec<Step<'g>> {
    let first = path.0.first().map(|edge| (edge.from, Vec::new()));
    let others = path.0.iter().map(|edge| (edge.to, askers.asked(edge)));
    let step = |(id, requirements)| {
        let node = graph.node(id);
        Step { id: &node.line, name: &node.name, version: node.version(), requirements }
    };
    first.into_iter().chain(others).map(step).collect()
}

fn write_path(text: &mut String, steps: &[Step<'_>], graph: &Graph, path: &Path<'_>) {
    let ids = path.0.first().map(|edge| edge.from).into_iter();
    let ids = ids.chain(path.0.iter().map(|edge| edge.to));
    for (depth, (step, id)) in steps.iter().zip(ids).enumerate() {
        let node = graph.node(id);
        let Some(indent) = depth.checked_sub(1) else {
            writeln!(text, "{node}").expect("it is a string");
            continue;
        };
        let asked = step.requirements.iter().map(|Asked { text, list, .. }| match list {
            Some(list) => format!("`{text}` in `{list}`"),
            None => format!("`{text}`"),
        });
        let asked: Vec<_> = asked.collect();
        let asked =
            if asked.is_empty() { "requirement not known".to_owned() } else { asked.join(", ") };
        writeln!(text, "{}└── {node} ({asked})", "    ".repeat(indent)).expect("it is a string");
    }
}
