//! The command line: one file per command, and the report of an error.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{
    CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum as _, ValueHint,
};

use crate::context::Context;
use crate::env::Env;
use crate::exit::Exit;
use crate::process;
use crate::ui::{Color, Ui, Verbosity};

mod add;
mod args;
mod build;
pub(crate) mod complete;
mod config;
mod deferred;
mod doctor;
mod export;
mod external;
mod fetch;
mod fmt;
mod format;
mod init;
mod lint;
mod list;
mod lock;
mod make_req;
mod manual;
mod metadata;
mod new;
mod outdated;
mod pin;
mod publish;
mod remove;
mod report;
mod ruff;
mod run;
mod rye_self;
mod rye_version;
mod shell;
pub(crate) mod shim;
mod show;
mod sync;
mod tell;
mod test;
mod toolchain;
mod tools;
mod tree;
mod upgrade;
mod uv;
mod version;
mod why;

use deferred::Deferred;
pub(crate) use report::report;

/// A cargo-inspired project manager for Python
#[derive(Debug, Parser)]
#[command(name = "rye", disable_version_flag = true, arg_required_else_help = false)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// The name of the command, if it is one of Rye's own
    #[arg(skip)]
    name: Option<String>,
    /// Load variables from a file; those that are set already keep their value
    #[arg(long, value_name = "PATH")]
    env_file: Vec<PathBuf>,
    /// Show the version of Rye and of its engines
    #[arg(long)]
    version: bool,
    /// List all commands, aliases and programs `rye-NAME` included
    #[arg(long)]
    list: bool,
    /// Work as if started in this directory
    #[arg(short = 'C', value_name = "DIR", global = true, value_hint = ValueHint::DirPath)]
    working_directory: Option<PathBuf>,
    /// When to use colors
    #[arg(long, global = true, value_enum, value_name = "WHEN")]
    color: Option<Color>,
    /// Say nothing but errors, warnings and answers
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Say more
    #[arg(short, long, global = true)]
    verbose: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Add(Deferred<add::Args>),
    Build(Deferred<build::Args>),
    Config(Deferred<config::Args>),
    Doctor(Deferred<doctor::Args>),
    Export(Deferred<export::Args>),
    Fetch(Deferred<fetch::Args>),
    #[command(alias = "format")]
    Fmt(Deferred<fmt::Args>),
    Init(Deferred<init::Args>),
    Install(Deferred<tools::install::Args>),
    #[command(alias = "check")]
    Lint(Deferred<lint::Args>),
    List(Deferred<list::Args>),
    Lock(Deferred<lock::Args>),
    MakeReq(Deferred<make_req::Args>),
    Metadata(Deferred<metadata::Args>),
    New(Deferred<new::Args>),
    Outdated(Deferred<outdated::Args>),
    Pin(Deferred<pin::Args>),
    Publish(Deferred<publish::Args>),
    Remove(Deferred<remove::Args>),
    Run(Deferred<run::Args>),
    #[command(name = "self")]
    RyeSelf(Deferred<rye_self::Args>),
    #[command(hide = true)]
    Shell(Deferred<shell::Args>),
    Show(Deferred<show::Args>),
    Sync(Deferred<sync::Args>),
    Test(Deferred<test::Args>),
    Toolchain(Deferred<toolchain::Args>),
    Tools(Deferred<tools::Args>),
    Tree(Deferred<tree::Args>),
    Uninstall(Deferred<tools::uninstall::Args>),
    Upgrade(Deferred<upgrade::Args>),
    Uv(Deferred<uv::Args>),
    Version(Deferred<version::Args>),
    Why(Deferred<why::Args>),
    X(Deferred<tools::run::Args>),
    /// An alias, or a program `rye-NAME`
    #[command(external_subcommand)]
    External(Vec<OsString>),
}

/// Runs a command line, the program's name first.
pub(crate) fn run(ui: &Ui, mut args: Vec<OsString>) -> anyhow::Result<Exit> {
    let mut aliases = Vec::new();
    let mut known: Option<(Option<PathBuf>, Context<'_>)> = None;
    loop {
        let cli = match Cli::parse(&args) {
            Ok(cli) => cli,
            Err(error) => match external::asked_about(&args) {
                Some(name) => return external::help(&Context::new(Env::capture(None)?, ui), name),
                None => return told(ui, &args, &error),
            },
        };
        // an alias may name a directory to work in, too
        let mut ctx = match known.take() {
            Some((directory, ctx)) if directory == cli.working_directory => ctx,
            _ => Context::new(Env::capture(cli.working_directory.as_deref())?, ui),
        };
        cli.set_up(&mut ctx)?;
        let Some(words) = cli.external() else { return cli.run(ctx) };
        let (name, arguments) = words.split_first().expect("a command has a name");
        match external::find(&ctx, name)? {
            external::Meaning::Alias(words_of_alias) => {
                let name = name.to_string_lossy().into_owned();
                anyhow::ensure!(
                    !aliases.contains(&name),
                    "the alias `{name}` in `{}` leads back to itself",
                    ctx.env.config_file().display()
                );
                aliases.push(name);
                let before = &args[..args.len() - words.len()];
                args = [before, &words_of_alias, arguments].concat();
                known = Some((cli.working_directory, ctx));
            }
            external::Meaning::Program(program) => {
                let mut command = external::command(&ctx, &program, arguments)?;
                return Ok(process::exec(&mut command)?.into());
            }
            external::Meaning::Unknown => return external::refuse(&ctx, name),
        }
    }
}

/// Tells what the parser has to say, colored as the user wants it: that is not parsed then.
fn told(ui: &Ui, args: &[OsString], error: &clap::Error) -> anyhow::Result<Exit> {
    let words = args.iter().map(|word| word.to_string_lossy()).take_while(|word| word != "--");
    let words: Vec<_> = words.collect();
    let followed = words.windows(2).filter(|pair| pair[0] == "--color").map(|pair| &*pair[1]);
    let joined = words.iter().filter_map(|word| word.strip_prefix("--color="));
    let color = followed.chain(joined).find_map(|text| Color::from_str(text, false).ok());
    if let Some(is_on) = color.and_then(Color::is_on) {
        ui.set_colors(is_on);
    }
    ui.parser(error)?;
    Ok(if error.use_stderr() { Exit::Usage } else { Exit::Success })
}

impl Cli {
    /// Returns all commands with all their flags; `command` knows those of a command once it was named.
    fn whole_command() -> clap::Command {
        let mut command = Self::command();
        command.build();
        command
    }

    fn parse(args: &[OsString]) -> Result<Self, clap::Error> {
        // never freed: that would take longer than all else that is done with it
        let command = Box::leak(Box::new(Self::command()));
        // what has to be told is told of the whole
        let matches = command
            .try_get_matches_from_mut(args)
            .or_else(|_| Self::whole_command().try_get_matches_from(args))?;
        let mut cli = Self::from_arg_matches(&matches)?;
        if !matches!(cli.command, Some(Command::External(_))) {
            cli.name = matches.subcommand_name().map(str::to_owned);
        }
        if cli.quiet && cli.verbose {
            // clap sees no conflict between a flag before the command and one after it
            let message = "the argument '--quiet' cannot be used with '--verbose'";
            return Err(Self::whole_command().error(ErrorKind::ArgumentConflict, message));
        }
        Ok(cli)
    }

    /// Returns the words of a command that is none of Rye's own.
    fn external(&self) -> Option<&[OsString]> {
        match &self.command {
            Some(Command::External(words)) if !self.version && !self.list => Some(words),
            _ => None,
        }
    }

    /// Does what the options say that hold for all commands.
    fn set_up(&self, ctx: &mut Context<'_>) -> anyhow::Result<()> {
        if self.quiet {
            ctx.ui.set_verbosity(Verbosity::Quiet);
        } else if self.verbose {
            ctx.ui.set_verbosity(Verbosity::Verbose);
        }
        if let Some(is_on) = self.color.and_then(Color::is_on) {
            ctx.ui.set_colors(is_on);
            ctx.env.set_colors(is_on);
        }
        // a program that nobody named needs none
        let is_needed = self.command.is_some() || self.version || self.list;
        for path in self.env_file.iter().filter(|_| is_needed) {
            ctx.env.load_file(path)?;
        }
        Ok(())
    }

    /// Runs the command.
    fn run(self, mut ctx: Context<'_>) -> anyhow::Result<Exit> {
        let is_bare = !(self.quiet || self.verbose) && self.env_file.is_empty();
        ctx.command = self.name;
        let ctx = &ctx;
        if self.version {
            return rye_version::show_rye(ctx);
        }
        if self.list {
            return external::list(ctx);
        }
        match self.command {
            None if is_bare && rye_self::is_to_be_installed(ctx) => rye_self::auto_install(ctx),
            None => {
                ctx.ui.usage(&Self::whole_command().render_help());
                Ok(Exit::Usage)
            }
            Some(Command::Add(args)) => add::run(ctx, &args.0),
            Some(Command::Build(args)) => build::run(ctx, &args.0),
            Some(Command::Config(args)) => config::run(ctx, &args.0),
            Some(Command::Doctor(args)) => doctor::run(ctx, &args.0),
            Some(Command::Export(args)) => export::run(ctx, &args.0),
            Some(Command::Fetch(args)) => fetch::run(ctx, &args.0),
            Some(Command::Fmt(args)) => fmt::run(ctx, &args.0),
            Some(Command::Init(args)) => init::run(ctx, *args.0),
            Some(Command::Install(args)) => tools::install::run(ctx, &args.0),
            Some(Command::Lint(args)) => lint::run(ctx, &args.0),
            Some(Command::List(args)) => list::run(ctx, &args.0),
            Some(Command::Lock(args)) => lock::run(ctx, &args.0),
            Some(Command::MakeReq(args)) => make_req::run(ctx, &args.0),
            Some(Command::Metadata(args)) => metadata::run(ctx, &args.0),
            Some(Command::New(args)) => new::run(ctx, *args.0),
            Some(Command::Outdated(args)) => outdated::run(ctx, &args.0),
            Some(Command::Pin(args)) => pin::run(ctx, &args.0),
            Some(Command::Publish(args)) => publish::run(ctx, &args.0),
            Some(Command::Remove(args)) => remove::run(ctx, &args.0),
            Some(Command::Run(args)) => run::run(ctx, &args.0),
            Some(Command::RyeSelf(args)) => rye_self::run(ctx, &args.0),
            Some(Command::Shell(args)) => shell::run(ctx, &args.0),
            Some(Command::Show(args)) => show::run(ctx, &args.0),
            Some(Command::Sync(args)) => sync::run(ctx, &args.0),
            Some(Command::Test(args)) => test::run(ctx, &args.0),
            Some(Command::Toolchain(args)) => toolchain::run(ctx, &args.0),
            Some(Command::Tools(args)) => tools::run(ctx, &args.0),
            Some(Command::Tree(args)) => tree::run(ctx, &args.0),
            Some(Command::Uninstall(args)) => tools::uninstall::run(ctx, &args.0),
            Some(Command::Upgrade(args)) => upgrade::run(ctx, &args.0),
            Some(Command::Uv(args)) => uv::run(ctx, &args.0),
            Some(Command::Version(args)) => version::run(ctx, &args.0),
            Some(Command::Why(args)) => why::run(ctx, &args.0),
            Some(Command::X(args)) => tools::run::run(ctx, &args.0),
            Some(Command::External(_)) => unreachable!("it was looked up before"),
        }
    }
}
