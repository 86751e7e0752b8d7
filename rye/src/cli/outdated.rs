//! `rye outdated`

use crate::cli::args::{AccessArgs, AskersArgs, PyprojectArgs, name};
use crate::cli::complete::Names;
use crate::cli::format::Format;
use crate::cli::tell;
use crate::context::Context;
use crate::exit::Exit;
use crate::graph::Graph;
use crate::outdated::{self, Named, Options, Outdated};
use crate::packaging::{PackageName, Version};
use crate::sync::Workbench;

/// How many of those that need a distribution are told to a reader.
const MOST_TOLD: usize = 5;

/// Tell what is locked that is not the newest: what an update would take, and what the index has
///
/// Nothing is changed: `rye lock --update-all` takes what is wanted, and what is newer than that the
/// requirements rule out.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Look at these distributions alone
    #[arg(value_name = "NAME", value_parser = name::<PackageName>, add = Names::Distribution)]
    names: Vec<PackageName>,
    /// Look at all that is locked, and not only at what manifests name
    #[arg(long)]
    all: bool,
    /// Count pre-releases among the latest
    #[arg(long)]
    pre: bool,
    /// End with status 1 if something is outdated
    #[arg(long)]
    check: bool,
    /// The format of the answer
    #[arg(long, value_enum)]
    format: Option<Format>,
    #[command(flatten)]
    askers: AskersArgs,
    #[command(flatten)]
    access: AccessArgs,
    #[command(flatten)]
    pyproject: PyprojectArgs,
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    let bench = Workbench::new(ctx, args.pyproject.workspace(ctx)?);
    let graph = Graph::load(&bench, &args.askers.selection())?;
    tell::doubts(ctx, &graph);
    let options = Options {
        names: args.names.clone(),
        is_transitive: args.all,
        pre: args.pre,
        access: args.access.access(),
    };
    let outdated = outdated::find(&bench, &graph, &options)?;
    if args.format.is_some() {
        ctx.ui.data_json(&serde_json::json!({ "schema": 1, "outdated": outdated }))?;
    } else if outdated.is_empty() {
        let is_direct = args.names.is_empty() && !args.all;
        let what = if is_direct { "what the manifests name" } else { "what is locked" };
        ctx.ui.status("current", format_args!("{what} is the newest"));
    } else {
        ctx.ui.data_text(&table(&outdated, bench.workspace.is_shared()))?;
    }
    Ok(if args.check && !outdated.is_empty() { Exit::Failure } else { Exit::Success })
}

fn table(outdated: &[Outdated], is_shared: bool) -> String {
    let versions = |versions: &[Version]| match versions {
        [] => "-".to_owned(),
        versions => versions.iter().map(Version::to_string).collect::<Vec<_>>().join(", "),
    };
    let mut rows = vec![["name", "current", "wanted", "latest", "asked for by"].map(str::to_owned)];
    for Outdated { name, current, wanted, latest, requirements, needed_by, .. } in outdated {
        let mut row = [name.clone(), versions(current), versions(wanted), latest.to_string()];
        let named = requirements.iter().map(|Named { member, list, text }| {
            let owner = if is_shared { format!(" of `{member}`") } else { String::new() };
            format!("`{text}` in `{list}`{owner}")
        });
        let needed = (!needed_by.is_empty()).then(|| {
            let (told, rest) = needed_by.split_at(needed_by.len().min(MOST_TOLD));
            let more =
                if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
            format!("{}{more}", told.join(", "))
        });
        let asked: Vec<_> = named.chain(needed).collect();
        let nobody = asked.is_empty().then(String::new);
        for asked in asked.into_iter().chain(nobody) {
            let [name, current, wanted, latest] = std::mem::take(&mut row);
            rows.push([name, current, wanted, latest, asked]);
        }
    }
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or_default();
    let widths = [0, 1, 2, 3].map(width);
    let line = |row: &[String; 5]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}  "));
        format!("{}{}\n", cells.collect::<String>(), row[4])
    };
    rows.iter().map(line).collect()
}
