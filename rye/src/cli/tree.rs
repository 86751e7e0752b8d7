//! `rye tree`

use serde::Serialize;

use crate::cli::args::{PyprojectArgs, SelectionArgs, name};
use crate::cli::complete::Names;
use crate::cli::tell;
use crate::context::Context;
use crate::exit::Exit;
use crate::graph::{Asked, Askers, Described, Direction, Graph, View};
use crate::packaging::PackageName;
use crate::selection::{Parts, Selection};
use crate::sync::Workbench;

/// Show what needs what, as it is locked
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Begin with these members or distributions instead of the members
    #[arg(value_name = "NAME", value_parser = name::<PackageName>, add = Names::Distribution)]
    names: Vec<PackageName>,
    /// Show what needs NAME; without one, what needs those that need nothing themselves
    #[arg(short, long)]
    invert: bool,
    /// Go no further than this from where it begins
    #[arg(long, value_name = "NUMBER")]
    depth: Option<usize>,
    /// Show what is below a distribution wherever that comes
    #[arg(long)]
    no_dedupe: bool,
    /// The format of the answer
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    pyproject: PyprojectArgs,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    #[default]
    Text,
    Json,
    /// Graphviz
    Dot,
    Mermaid,
}

/// The answer, as `rye tree --format json` gives it.
#[derive(Serialize)]
struct Tree<'g> {
    schema: u32,
    lockfile: &'static str,
    annotated: bool,
    roots: Vec<&'g str>,
    nodes: Vec<Described<'g>>,
    edges: Vec<Needed<'g>>,
}

/// That one node needs another.
#[derive(Serialize)]
struct Needed<'g> {
    from: &'g str,
    to: &'g str,
    requirements: Vec<Asked>,
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    let bench = Workbench::new(ctx, args.pyproject.workspace(ctx)?);
    let selection = args.selection.selection();
    let graph = Graph::load(&bench, &selection)?;
    tell::doubts(ctx, &graph);
    let view = view(&graph, &selection, args)?;
    match args.format {
        Format::Text => view.write(&mut |text| ctx.ui.data_text(text))?,
        Format::Json => ctx.ui.data_json(&tree(&view, &bench))?,
        Format::Dot => ctx.ui.data_text(&view.dot())?,
        Format::Mermaid => ctx.ui.data_text(&view.mermaid())?,
    }
    Ok(Exit::Success)
}

fn view<'g>(graph: &'g Graph, selection: &Selection, args: &Args) -> anyhow::Result<View<'g>> {
    let (depth, dedupe) = (args.depth, !args.no_dedupe);
    let direction = if args.invert { Direction::NeededBy } else { Direction::Needs };
    let (mut roots, mut unexplained) = (Vec::new(), Vec::new());
    if args.names.is_empty() {
        roots = match direction {
            Direction::Needs => graph.beginnings(selection.parts),
            Direction::NeededBy => graph.leaves(),
        };
        if !args.invert && selection.members.is_empty() && selection.parts != Parts::Nothing {
            unexplained = graph.unexplained();
        }
    }
    for name in &args.names {
        let found = graph.named(name)?.iter().filter(|id| !roots.contains(*id));
        roots.extend(found.copied().collect::<Vec<_>>());
    }
    Ok(View { graph, roots, unexplained, direction, depth, dedupe })
}

fn tree<'g>(view: &View<'g>, bench: &Workbench<'_>) -> Tree<'g> {
    let graph = view.graph;
    let askers = Askers::new(graph, &bench.venv);
    let (nodes, edges) = view.part();
    let id = |id| graph.node(id).line.as_str();
    let needed = edges.into_iter().map(|edge| Needed {
        from: id(edge.from),
        to: id(edge.to),
        requirements: askers.asked(edge),
    });
    Tree {
        schema: 1,
        lockfile: graph.kind.file_name(),
        annotated: graph.is_annotated(),
        roots: view.roots.iter().map(|root| id(*root)).collect(),
        nodes: nodes.into_iter().map(|id| graph.node(id).into()).collect(),
        edges: needed.collect(),
    }
}
