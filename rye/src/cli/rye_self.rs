//! `rye self`: Rye's own installation.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Subcommand, ValueHint};

use crate::cli::complete::{self, Names, Shell};
use crate::cli::manual;
use crate::config::edit::{self, Change, Key};
use crate::context::Context;
use crate::error::Hint as _;
use crate::exit::Exit;
use crate::fs;
use crate::installation::Installation;
use crate::toolchain::{Request, Toolchain, Toolchains};

mod update;

/// The setting that an installation decides about
const GLOBAL_PYTHON: &str = "behavior.global-python";

/// The variable that keeps `rye` alone from offering the installation
const NO_AUTO_INSTALL: &str = "RYE_NO_AUTO_INSTALL";

/// Install Rye's program and shims for this user, update or remove them
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Completion(Completion),
    Install(Install),
    Man(Man),
    Uninstall(Uninstall),
    Update(update::Args),
}

/// Put this program and the shims `python` and `python3` into Rye's home, and that on PATH
///
/// To do so again brings them up to date.
#[derive(Debug, Default, clap::Args)]
struct Install {
    /// Ask nothing: install, let `python` outside projects be Rye's choice, and change PATH
    #[arg(short, long)]
    yes: bool,
    /// Put the shims on PATH by a line in `~/.profile`, without a question
    #[arg(long, conflicts_with = "no_modify_path")]
    modify_path: bool,
    /// Leave PATH alone
    #[arg(long)]
    no_modify_path: bool,
    /// Register this interpreter; else the one in the variable `RYE_TOOLCHAIN`
    #[arg(long, value_name = "PATH")]
    toolchain: Option<PathBuf>,
    /// Make this the setting `default.toolchain`; else what is in `RYE_TOOLCHAIN_VERSION`
    #[arg(long, value_name = "REQUEST", add = Names::Python)]
    toolchain_version: Option<Request>,
}

/// Print the script that makes a shell complete commands, options and names
#[derive(Debug, clap::Args)]
struct Completion {
    /// The shell [default: bash]
    #[arg(value_enum, value_name = "SHELL")]
    name: Option<Shell>,
    /// The same
    #[arg(short, long, value_enum, conflicts_with = "name")]
    shell: Option<Shell>,
}

/// Write the manual pages, one a command
#[derive(Debug, clap::Args)]
struct Man {
    /// The directory, such as `~/.local/share/man/man1`; it is made if it is not there
    #[arg(value_hint = ValueHint::DirPath)]
    directory: PathBuf,
}

/// Remove Rye's program and shims, its toolchains, tools and engines; settings stay
#[derive(Debug, clap::Args)]
struct Uninstall {
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    match &args.command {
        Command::Completion(args) => {
            let shell = args.shell.or(args.name).unwrap_or_default();
            ctx.ui.data_text(&complete::script(&ctx.env, shell)?)?;
            Ok(Exit::Success)
        }
        Command::Install(args) => install(ctx, args),
        Command::Man(args) => {
            let directory = ctx.env.working_directory().join(&args.directory);
            let pages = manual::pages()?;
            fs::create_directory(&directory)?;
            for (name, text) in &pages {
                fs::write(&directory.join(name), text)?;
            }
            let message = format_args!("{} pages to {}", pages.len(), args.directory.display());
            ctx.ui.status("wrote", message);
            Ok(Exit::Success)
        }
        Command::Uninstall(args) => uninstall(ctx, args),
        Command::Update(args) => update::run(ctx, args),
    }
}

/// What the user wants of an installation.
struct Decisions {
    is_global: bool,
    modifies_path: bool,
}

fn install(ctx: &Context<'_>, args: &Install) -> anyhow::Result<Exit> {
    let installation = Installation::new(&ctx.env)?;
    let request = args.request(ctx)?;
    let Some(Decisions { is_global, modifies_path }) = decide(ctx, args, &installation)? else {
        ctx.ui.error("nothing was installed, as you wished");
        return Ok(Exit::Failure);
    };
    if modifies_path {
        installation.check_profile()?;
    }
    let toolchains = Toolchains::new(&ctx.env, ctx.config()?.toolchain.preference);
    match args.toolchain(ctx).map(|path| toolchains.register(&path, None)) {
        Some(Ok(Toolchain { name, interpreter, .. })) => {
            ctx.ui.status("registered", format_args!("{name} ({})", interpreter.path.display()));
        }
        // a variable that stands in a profile must not keep the shims from being brought up to date
        Some(Err(error)) if args.toolchain.is_none() => {
            ctx.ui.warn(format_args!("`RYE_TOOLCHAIN`: {error}"));
        }
        Some(Err(error)) => return Err(error.into()),
        None => {}
    }
    let names = installation.install()?.join("`, `");
    ctx.ui.status("installed", format_args!("`{names}` in {}", ctx.env.shims().display()));
    let global = is_global.then(|| format!("{GLOBAL_PYTHON}=true"));
    let default = request.as_ref().map(|request| format!("default.toolchain={request}"));
    let global_change = global.iter().map(|setting| Change::set_boolean(setting));
    let default_change = default.iter().map(|setting| Change::set_text(setting));
    let changes: Vec<_> = global_change.chain(default_change).collect::<Result<_, _>>()?;
    edit::change(&ctx.env, &changes)?;
    for setting in global.iter().chain(&default) {
        ctx.ui.status("set", setting);
    }
    if let Some(Err(error)) = request.map(|request| toolchains.find(&request.into())) {
        ctx.ui.warn(&error); // it can be fetched later
        if let Some(hint) = error.hint() {
            ctx.ui.hint(hint);
        }
    }
    if modifies_path && installation.add_to_profile()? {
        let (line, profile) = (installation.profile_line(), installation.profile()?);
        ctx.ui.status("added", format_args!("`{line}` to {}", profile.display()));
    }
    if !installation.is_on_path() {
        tell_path(ctx, &installation, modifies_path);
    }
    Ok(Exit::Success)
}

/// Tells whether `rye` alone is to offer the installation: it is not installed, and there is somebody to ask.
pub(crate) fn is_to_be_installed(ctx: &Context<'_>) -> bool {
    let is_forbidden = ctx.env.var(NO_AUTO_INSTALL) == Some("1");
    let is_installed = Installation::new(&ctx.env).map_or(true, |place| place.is_there());
    !is_forbidden && !is_installed && ctx.ui.can_ask()
}

/// Offers the installation.
pub(crate) fn auto_install(ctx: &Context<'_>) -> anyhow::Result<Exit> {
    let is_on_path = Installation::new(&ctx.env)?.is_on_path();
    ctx.ui.hint(format_args!(
        "this rye is not installed yet; `rye --help` tells what it does, `{NO_AUTO_INSTALL}=1` keeps it from asking"
    ));
    install(ctx, &Install { modify_path: !is_on_path, ..Install::default() })
}

impl Install {
    fn toolchain(&self, ctx: &Context<'_>) -> Option<PathBuf> {
        let variable = || ctx.env.var_os("RYE_TOOLCHAIN").map(PathBuf::from);
        self.toolchain.clone().or_else(variable)
    }

    fn request(&self, ctx: &Context<'_>) -> anyhow::Result<Option<Request>> {
        const VARIABLE: &str = "RYE_TOOLCHAIN_VERSION";
        if self.toolchain_version.is_some() {
            return Ok(self.toolchain_version.clone());
        }
        let request = ctx.env.var(VARIABLE).map(str::parse).transpose();
        request.with_context(|| format!("`{VARIABLE}` asks for no Python"))
    }
}

/// Finds out what the user wants, before anything is changed; none if it is nothing.
fn decide(
    ctx: &Context<'_>,
    args: &Install,
    installation: &Installation<'_>,
) -> anyhow::Result<Option<Decisions>> {
    const YES: &str = "`--yes`";
    let key: Key = GLOBAL_PYTHON.parse()?;
    let is_unset = edit::find(&ctx.env, &[key])?.values().all(Option::is_none);
    let shims = ctx.env.shims();
    let question = format!("Install Rye {} into {}?", env!("CARGO_PKG_VERSION"), shims.display());
    if !args.yes && !ctx.ui.confirm(question, YES)? {
        return Ok(None);
    }
    let question = "Shall plain `python` outside of projects be one that Rye chooses?";
    let is_global = is_unset && (args.yes || ctx.ui.confirm(question, YES)?);
    // on Windows it is the registry that would have to be changed
    let can_modify = cfg!(unix) && !args.no_modify_path;
    let modifies_path = if args.modify_path || !can_modify || installation.is_on_path() {
        args.modify_path && can_modify
    } else {
        let line = installation.profile_line();
        let question =
            format!("Put it on PATH, with `{line}` in {}?", installation.profile()?.display());
        args.yes || ctx.ui.confirm(question, "`--modify-path` or `--no-modify-path`")?
    };
    Ok(Some(Decisions { is_global, modifies_path }))
}

/// Tells what is left to do until the shims are found.
fn tell_path(ctx: &Context<'_>, installation: &Installation<'_>, is_in_profile: bool) {
    let shims = ctx.env.shims();
    if !cfg!(unix) {
        ctx.ui.hint(format_args!("put `{}` first on PATH", shims.display()));
        return;
    }
    let line = installation.profile_line();
    if is_in_profile {
        ctx.ui.hint(format_args!("log in again, or say `{line}` in this shell"));
    } else {
        ctx.ui.hint(format_args!("say `{line}` in each shell, or put it into its profile"));
    }
    for file in installation.other_profiles() {
        ctx.ui
            .hint(format_args!("`{file}` is read instead of `~/.profile`: put the line there too"));
    }
    if installation.has_shell("fish") {
        let shims = shims.display();
        ctx.ui
            .hint(format_args!("in fish say `fish_add_path --path \"{shims}\"` in `config.fish`"));
    }
}

fn uninstall(ctx: &Context<'_>, args: &Uninstall) -> anyhow::Result<Exit> {
    let installation = Installation::new(&ctx.env)?;
    let home = ctx.env.home().display();
    let contents = installation.contents();
    let names = contents.iter().filter_map(|path| path.file_name());
    let names: Vec<_> = names.map(|name| format!("`{}`", name.display())).collect();
    let names = names.join(", ");
    let question = if contents.is_empty() {
        format!("There is nothing of Rye in {home}. Take its line out of the profile?")
    } else {
        format!(
            "Delete {names} in {home}? Environments of projects that need them will not work any more."
        )
    };
    if !args.yes && !ctx.ui.confirm(question, "`--yes`")? {
        ctx.ui.warn("nothing was removed, as you wished");
        return Ok(Exit::Success);
    }
    if contents.is_empty() {
        ctx.ui.warn(format_args!("there is nothing of Rye in {home}"));
    } else {
        installation.uninstall()?;
        ctx.ui.status("removed", format_args!("{names} in {home}"));
    }
    if cfg!(unix) && installation.remove_from_profile()? {
        let (line, profile) = (installation.profile_line(), installation.profile()?);
        ctx.ui.status("removed", format_args!("`{line}` from {}", profile.display()));
    }
    Ok(Exit::Success)
}
