//! `rye toolchain`: the Pythons that Rye knows.

use std::path::PathBuf;

use clap::Subcommand;
use serde::Serialize;

use crate::cli::format::Format;
use crate::context::Context;
use crate::exit::Exit;
use crate::toolchain::{Kind, Toolchain, Toolchains};

/// List the Pythons that Rye knows, register one, or remove one
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(List),
    Register(Register),
    Remove(Remove),
}

/// List Pythons: those in Rye's home, then those that it found on the system
#[derive(Debug, clap::Args)]
struct List {
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
    name: String,
    /// Remove it even if it is in use
    // of no effect before there are tools, which can be users
    #[arg(short, long, hide = true)]
    force: bool,
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    let toolchains = Toolchains::new(&ctx.env, ctx.config()?.toolchain.preference);
    match &args.command {
        Command::List(args) => list(ctx, &toolchains, args)?,
        Command::Register(args) => {
            let Toolchain { name, interpreter, .. } =
                toolchains.register(&args.path, args.name.as_deref())?;
            let message = format_args!("{name} ({})", interpreter.path.display());
            ctx.ui.status("registered", message);
        }
        Command::Remove(args) => match toolchains.remove(&args.name)? {
            (name, Kind::Installed) => ctx.ui.status("removed", name),
            (name, Kind::Registered | Kind::Discovered) => {
                ctx.ui.status("forgot", format_args!("{name}; the interpreter stays where it is"));
            }
        },
    }
    Ok(Exit::Success)
}

/// An entry of the list as programs read it.
#[derive(Serialize)]
struct Entry {
    name: String,
    path: String,
    kind: String,
}

impl From<Toolchain> for Entry {
    fn from(toolchain: Toolchain) -> Self {
        Self {
            name: toolchain.name,
            path: toolchain.interpreter.path.display().to_string(),
            kind: toolchain.kind.to_string(),
        }
    }
}

fn list(ctx: &Context<'_>, toolchains: &Toolchains<'_>, args: &List) -> anyhow::Result<()> {
    let known = toolchains.list()?;
    if args.format == Some(Format::Json) {
        let entries: Vec<_> = known.into_iter().map(Entry::from).collect();
        ctx.ui.data_json(&entries)?;
        return Ok(());
    }
    if known.is_empty() {
        ctx.ui.warn("no Python is known; name one with `rye toolchain register PATH`");
    }
    for Toolchain { name, kind, interpreter } in known {
        let path = interpreter.path.display();
        match kind {
            Kind::Installed | Kind::Registered => ctx.ui.data(format_args!("{name} ({path})"))?,
            Kind::Discovered => ctx.ui.data(format_args!("{name} ({path}) {kind}"))?,
        }
    }
    Ok(())
}
