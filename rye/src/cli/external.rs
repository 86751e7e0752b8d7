//! Commands that are none of Rye's own: aliases in `config.toml`, and programs `rye-NAME` on `PATH`.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::CommandFactory as _;

use crate::cli::Cli;
use crate::context::Context;
use crate::env::Env;
use crate::error::closest;
use crate::exit::Exit;
use crate::fs;
use crate::process;
use crate::sys;

/// How the names of programs begin that are commands
const PREFIX: &str = "rye-";

/// The variable in which such a program finds the path of this one.
const PROGRAM: &str = "RYE";

/// What a name stands for that is no command of Rye's own.
pub(super) enum Meaning {
    Alias(Vec<OsString>),
    Program(PathBuf),
    Unknown,
}

/// Finds what a name stands for.
pub(super) fn find(ctx: &Context<'_>, name: &OsStr) -> anyhow::Result<Meaning> {
    let Some(name) = name.to_str() else { return Ok(Meaning::Unknown) };
    if let Some(alias) = ctx.config()?.alias.get(name) {
        return Ok(Meaning::Alias(alias.0.iter().map(OsString::from).collect()));
    }
    // a path would lead out of the directories
    let is_name = !name.is_empty() && !name.contains(['/', '\\']);
    let find = || process::find(&ctx.env, &format!("{PREFIX}{name}"));
    let program = is_name.then(find).flatten();
    Ok(program.map_or(Meaning::Unknown, Meaning::Program))
}

/// Returns the command that runs such a program.
pub(super) fn command(
    ctx: &Context<'_>,
    program: &Path,
    arguments: &[OsString],
) -> anyhow::Result<Command> {
    let mut command = process::command(&ctx.env, program);
    command.args(arguments).env(PROGRAM, ctx.env.program()?);
    Ok(command)
}

/// Returns the command that `rye help` is asked about; it is none of Rye's own if that does not know it.
pub(super) fn asked_about(args: &[OsString]) -> Option<&OsStr> {
    match args {
        [_, help, name] if help == "help" && !names().contains(&*name.to_string_lossy()) => {
            Some(name)
        }
        _ => None,
    }
}

/// Tells what a command is that is none of Rye's own.
pub(super) fn help(ctx: &Context<'_>, name: &OsStr) -> anyhow::Result<Exit> {
    match find(ctx, name)? {
        Meaning::Alias(_) => {
            let name = name.to_string_lossy();
            let alias = &ctx.config()?.alias[&*name];
            ctx.ui.data(format_args!("`rye {name}` is an alias of `rye {alias}`"))?;
            Ok(Exit::Success)
        }
        Meaning::Program(program) => {
            Ok(process::exec(&mut command(ctx, &program, &["--help".into()])?)?.into())
        }
        Meaning::Unknown => refuse(ctx, name),
    }
}

/// Tells that a name stands for nothing, and what was probably meant.
pub(super) fn refuse(ctx: &Context<'_>, name: &OsStr) -> anyhow::Result<Exit> {
    let name = name.to_string_lossy();
    let own = own();
    let (aliases, programs) = (&ctx.config()?.alias, programs(&ctx.env));
    let names = own.keys().chain(aliases.keys()).chain(programs.keys());
    ctx.ui.error(format_args!("there is no command `{name}`"));
    ctx.ui.hint(match closest(&name, names.map(String::as_str)) {
        Some(closest) => format!("did you mean `rye {closest}`? `rye --list` shows all commands"),
        None => "`rye --list` shows all commands".to_owned(),
    });
    Ok(Exit::Usage)
}

/// Prints all commands, sorted, and what they are.
pub(super) fn list(ctx: &Context<'_>) -> anyhow::Result<Exit> {
    let mut listed = own();
    for (name, path) in programs(&ctx.env) {
        listed.entry(name).or_insert_with(|| path.display().to_string());
    }
    let own = names();
    for (name, alias) in &ctx.config()?.alias {
        if own.contains(name) {
            ctx.warn_of_shadowed_alias(name);
        } else {
            listed.insert(name.clone(), format!("alias: {alias}"));
        }
    }
    let width = listed.keys().map(|name| name.chars().count()).max().unwrap_or_default();
    for (name, what) in listed {
        ctx.ui.data(format_args!("{name:width$}  {what}"))?;
    }
    Ok(Exit::Success)
}

/// Returns the names of Rye's own commands, the second ones included.
pub(super) fn names() -> BTreeSet<String> {
    let cli = Cli::command();
    let names = cli
        .get_subcommands()
        .flat_map(|command| std::iter::once(command.get_name()).chain(command.get_all_aliases()));
    // the parser's own
    names.chain(["help"]).map(str::to_owned).collect()
}

/// Returns the commands of Rye's own, with what they do.
fn own() -> BTreeMap<String, String> {
    let cli = Cli::whole_command();
    let shown = cli.get_subcommands().filter(|command| !command.is_hide_set());
    let told = |command: &clap::Command| {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        (command.get_name().to_owned(), about)
    };
    shown.map(told).collect()
}

/// Returns the programs on `PATH` that are commands, by their names; of several the first.
pub(super) fn programs(env: &Env) -> BTreeMap<String, PathBuf> {
    let mut programs = BTreeMap::new();
    // one that cannot be read has nothing to run in it either
    let paths = env.search_path().into_iter().flat_map(|path| fs::list(&path).unwrap_or_default());
    for path in paths {
        let stem = if cfg!(windows) { path.file_stem() } else { path.file_name() };
        let name = stem.and_then(OsStr::to_str).and_then(|name| name.strip_prefix(PREFIX));
        if let Some(name) = name.filter(|name| !name.is_empty() && sys::is_executable(&path)) {
            programs.entry(name.to_owned()).or_insert(path);
        }
    }
    programs
}
