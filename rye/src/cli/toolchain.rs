//! `rye toolchain`: the Pythons that Rye knows.

use std::path::PathBuf;

use clap::Subcommand;
use serde::Serialize;

use crate::cli::complete::Names;
use crate::cli::fetch;
use crate::cli::format::Format;
use crate::context::Context;
use crate::exit::Exit;
use crate::toolchain::{Kind, Toolchain, Toolchains};
use crate::upkeep;

/// List the Pythons that Rye knows; fetch, upgrade, register or remove one
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Fetch(fetch::Args),
    List(List),
    Register(Register),
    Remove(Remove),
    Upgrade(Upgrade),
}

/// List Pythons: those in Rye's home, then those that it found on the system
#[derive(Debug, clap::Args)]
struct List {
    /// Include those that can be fetched
    #[arg(long)]
    include_downloadable: bool,
    /// Print the list in a form for programs
    #[arg(long, value_enum)]
    format: Option<Format>,
}

/// Give a Python a name, to be used before those that are found on the system
#[derive(Debug, clap::Args)]
struct Register {
    /// The interpreter, such as `/opt/python/bin/python3`
    path: PathBuf,
    /// Call it NAME@VERSION instead of naming it after its implementation
    #[arg(short, long)]
    name: Option<String>,
}

/// Delete a Python that Rye installed, or forget a registered one
#[derive(Debug, clap::Args)]
struct Remove {
    /// What `rye toolchain list` calls it, such as `cpython@3.12.1`; less will do where it is clear
    #[arg(add = Names::Toolchain)]
    name: String,
    /// Remove it even if environments of projects use it
    #[arg(short, long)]
    force: bool,
}

/// Fetch the newest patches of the Pythons that Rye installed
///
/// An old one goes when no environment that Rye knows uses it and no pin names it.
#[derive(Debug, clap::Args)]
struct Upgrade {
    /// Only those that are this, such as `3.12`
    #[arg(add = Names::Toolchain)]
    request: Option<String>,
    /// Only tell what would be fetched
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    let toolchains = Toolchains::new(&ctx.env, ctx.config()?.toolchain.preference);
    match &args.command {
        Command::Fetch(args) => return fetch::run(ctx, args),
        Command::List(args) => list(ctx, &toolchains, args)?,
        Command::Register(args) => {
            let Toolchain { name, interpreter, .. } =
                toolchains.register(&args.path, args.name.as_deref())?;
            let message = format_args!("{name} ({})", interpreter.path.display());
            ctx.ui.status("registered", message);
        }
        Command::Remove(args) => match upkeep::remove(ctx, &toolchains, &args.name, args.force)? {
            (name, Kind::Installed) => ctx.ui.status("removed", name),
            (name, Kind::Registered | Kind::Discovered) => {
                ctx.ui.status("forgot", format_args!("{name}; the interpreter stays where it is"));
            }
        },
        Command::Upgrade(args) => {
            let request = args.request.as_deref().map(str::parse).transpose()?;
            upkeep::upgrade(ctx, &toolchains, request, args.dry_run)?;
        }
    }
    Ok(Exit::Success)
}

/// An entry of the list as programs read it.
#[derive(Serialize)]
struct Entry {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    kind: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    downloadable: bool,
}

impl From<Toolchain> for Entry {
    fn from(toolchain: Toolchain) -> Self {
        Self {
            name: toolchain.name,
            path: Some(toolchain.interpreter.path.display().to_string()),
            kind: toolchain.kind.to_string(),
            downloadable: false,
        }
    }
}

fn list(ctx: &Context<'_>, toolchains: &Toolchains<'_>, args: &List) -> anyhow::Result<()> {
    let known = toolchains.list()?;
    let mut offered =
        if args.include_downloadable { toolchains.downloadable()? } else { Vec::new() };
    offered.retain(|name| !known.iter().any(|known| known.name == *name));
    if args.format == Some(Format::Json) {
        let downloadable =
            |name| Entry { name, path: None, kind: "downloadable".to_owned(), downloadable: true };
        let entries: Vec<_> = known
            .into_iter()
            .map(Entry::from)
            .chain(offered.into_iter().map(downloadable))
            .collect();
        ctx.ui.data_json(&entries)?;
        return Ok(());
    }
    if known.is_empty() && offered.is_empty() {
        ctx.ui.warn("no Python is known; get one with `rye fetch`");
    }
    for Toolchain { name, kind, interpreter } in known {
        let path = interpreter.path.display();
        match kind {
            Kind::Installed | Kind::Registered => ctx.ui.data(format_args!("{name} ({path})"))?,
            Kind::Discovered => ctx.ui.data(format_args!("{name} ({path}) {kind}"))?,
        }
    }
    for name in offered {
        ctx.ui.data(format_args!("{name} (downloadable)"))?;
    }
    Ok(())
}
