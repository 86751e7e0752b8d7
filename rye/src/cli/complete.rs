//! Completions: the scripts that shells read, and the answers when those ask for what goes on.
//!
//! An answer reads files and nothing else: it starts no process, stays off the network, and says nothing but
//! what can follow. What cannot be read has no names.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::builder::ArgExt;
use clap::{Arg, Command, CommandFactory as _, ValueEnum, ValueHint};
use clap_complete::CompletionCandidate;
use clap_complete::engine::{ArgValueCompleter, PathCompleter, ValueCompleter};
use clap_complete::env::{Bash, Elvish, EnvCompleter, Fish, Powershell, Zsh};
use clap_complete_nushell::Nushell;

use crate::cli::{Cli, external};
use crate::config::edit;
use crate::context::Context;
use crate::env::{self, Env};
use crate::fs;
use crate::lock;
use crate::packaging::Requirement;
use crate::process;
use crate::project::Project;
use crate::scripts::Runner;
use crate::sync::Workbench;
use crate::toolchain::Toolchains;
use crate::ui::{self, Ui, Verbosity};
use crate::workspace::Workspace;

/// The variable in which some shells tell which of the words is to be completed.
const INDEX: &str = "_CLAP_COMPLETE_INDEX";

/// A shell that has completions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    #[default]
    Bash,
    Elvish,
    Fish,
    Nushell,
    Powershell,
    Zsh,
}

impl Shell {
    /// Returns what asks this program for completions; none for a shell that gets them all beforehand.
    fn adapter(self) -> Option<&'static dyn EnvCompleter> {
        Some(match self {
            Self::Bash => &Bash,
            Self::Elvish => &Elvish,
            Self::Fish => &Fish,
            Self::Nushell => return None,
            Self::Powershell => &Powershell,
            Self::Zsh => &Zsh,
        })
    }
}

/// Returns the script that makes a shell complete `rye`.
pub(crate) fn script(env: &Env, shell: Shell) -> io::Result<String> {
    let mut cli = Cli::whole_command();
    let mut script = Vec::new();
    match shell.adapter() {
        Some(adapter) => {
            let name = called(env);
            adapter.write_registration(env::COMPLETE, "rye", "rye", &name, &mut script)?;
        }
        None => clap_complete::generate(Nushell, &mut cli, "rye", &mut script),
    }
    String::from_utf8(script).map_err(io::Error::other)
}

/// Returns how the script is to call this program: by its name where that leads here, else by its path.
fn called(env: &Env) -> String {
    const NAME: &str = "rye";
    let found = process::find(env, NAME);
    let program = env.program().unwrap_or_else(|_| NAME.into());
    if found.is_some_and(|found| same_file::is_same_file(found, &program).unwrap_or(false)) {
        return NAME.to_owned();
    }
    // each shell has other rules for what has to be quoted
    let is_plain =
        |text: &str| text.chars().all(|part| part.is_alphanumeric() || "/._-+".contains(part));
    program.to_str().filter(|path| is_plain(path)).unwrap_or(NAME).to_owned()
}

/// Returns the shell that asks for completions; none if this is no such call.
pub(crate) fn asking() -> Option<Shell> {
    Shell::from_str(env::completing_shell()?.to_str()?, false).ok()
}

/// Answers a shell, whose command line follows `--`.
pub(crate) fn answer(ui: &Ui, shell: Shell, args: &[OsString]) -> Result<(), ui::Error> {
    let start = args.iter().position(|word| word == "--");
    let words = start.map(|start| args[start + 1..].to_vec()).filter(|words| !words.is_empty());
    let (Some(adapter), Some(words)) = (shell.adapter(), words) else { return Ok(()) };
    let Some(place) = Place::of(&words).map(Arc::new) else { return Ok(()) };
    let cli = place.command.as_deref().and_then(only).unwrap_or_else(|| {
        let cli = place.with(|ctx| Some(with_others(ctx, Cli::whole_command())));
        cli.unwrap_or_else(Cli::whole_command)
    });
    let mut cli = with_names(cli, &place);
    let (mut answer, directory) = (Vec::new(), place.env.working_directory());
    match adapter.write_complete(&mut cli, words, Some(directory), &mut answer) {
        Ok(()) => ui.data_text(&String::from_utf8_lossy(&answer)),
        Err(_) => Ok(()), // nothing can follow there
    }
}

/// What the values of an argument are names of: `#[arg(add = Names::Member)]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    /// Scripts of the project, programs of its environment and Python files; what follows are files
    Runnable,
    Member,
    /// What the manifests require
    Requirement,
    /// What is locked
    Distribution,
    Extra,
    Group,
    /// Toolchains in Rye's home
    Toolchain,
    /// Those, and what can be asked for
    Python,
    /// Tools that are installed
    Tool,
    Setting,
}

impl ArgExt for Names {}

/// Returns a command whose arguments know the names that are there.
fn with_names(command: Command, place: &Arc<Place>) -> Command {
    let command = command.mut_args(|arg| match arg.get::<Names>().copied() {
        Some(names) => {
            let place = Arc::clone(place);
            arg.add(ArgValueCompleter::new(Completer { names, place }))
        }
        None => arg,
    });
    command.mut_subcommands(|command| with_names(command, place))
}

struct Completer {
    names: Names,
    place: Arc<Place>,
}

impl ValueCompleter for Completer {
    fn complete(&self, current: &OsStr) -> Vec<CompletionCandidate> {
        let files = PathCompleter::any().current_dir(self.place.env.working_directory());
        if self.names == Names::Runnable && self.place.is_running {
            return files.complete(current);
        }
        let names = self.place.with(|ctx| self.place.names(ctx, self.names)).unwrap_or_default();
        let current_text = current.to_string_lossy();
        // one with a space in it would be two words to bash
        let is_odd = |part: char| part.is_whitespace() || part.is_control();
        let is_word = |name: &String| !name.contains(is_odd);
        let names =
            names.into_iter().filter(|name| is_word(name) && name.starts_with(&*current_text));
        let mut found: Vec<_> = names.map(CompletionCandidate::new).collect();
        if self.names == Names::Runnable && !current.is_empty() {
            let is_python = |path: &Path| {
                path.is_dir() || path.extension().is_some_and(|extension| extension == "py")
            };
            found.extend(files.filter(is_python).complete(current));
        }
        found
    }
}

/// Returns all of one command of Rye's own, and of the others no more than their names; none if it is no such command.
fn only(name: &str) -> Option<Command> {
    let cli = Cli::command();
    let name = cli.find_subcommand(name)?.get_name().to_owned();
    let mut cli = cli.mut_subcommands(|command| {
        if command.get_name() == name {
            return command;
        }
        Command::new(kept(command.get_name()))
    });
    cli.build();
    Some(cli)
}

/// Where names are looked for.
struct Place {
    env: Env,
    pyproject: Option<PathBuf>,
    /// The command that is named already
    command: Option<String>,
    /// What `rye run` is to run is named already
    is_running: bool,
}

impl Place {
    /// Returns the place that a command line is about; none if there is no such directory.
    fn of(words: &[OsString]) -> Option<Self> {
        let start = Env::capture(None).ok()?;
        let index = start.var(INDEX).and_then(|index| index.parse().ok());
        // what is being typed leads nowhere yet
        let before = &words[..index.unwrap_or(usize::MAX).min(words.len() - 1)];
        let value = |name: &str, short: bool| {
            before.iter().enumerate().find_map(|(index, word)| {
                if word == name {
                    return before.get(index + 1).cloned();
                }
                let rest = word.to_str()?.strip_prefix(name)?;
                let rest = if short { rest } else { rest.strip_prefix('=')? };
                Some(OsString::from(rest)).filter(|rest| !rest.is_empty())
            })
        };
        let env = match value("-C", true).filter(|path| !path.is_empty()) {
            Some(path) => Env::capture(Some(Path::new(&path))).ok()?,
            None => start,
        };
        let parsed = Cli::command().ignore_errors(true).try_get_matches_from(before);
        let parsed = parsed.ok();
        let subcommand = parsed.as_ref().and_then(|parsed| parsed.subcommand());
        let is_running = match subcommand {
            Some(("run", parsed)) => parsed.get_many::<OsString>("command").is_some(),
            _ => false,
        };
        let command = subcommand.map(|(name, _)| name.to_owned());
        let pyproject = value("--pyproject", false).map(PathBuf::from);
        Some(Self { env, pyproject, command, is_running })
    }

    /// Returns what can be found out in silence; nothing of what cannot be read.
    fn with<T>(&self, find: impl FnOnce(&Context<'_>) -> Option<T>) -> Option<T> {
        let ui = Ui::stdio();
        ui.set_verbosity(Verbosity::Silent);
        find(&Context::new(self.env.clone(), &ui))
    }

    fn names(&self, ctx: &Context<'_>, names: Names) -> Option<BTreeSet<String>> {
        let workspace = || Workspace::load(&ctx.env, ctx.ui, self.pyproject.as_deref()).ok();
        let of_members = |of: fn(&Project) -> Vec<String>| -> Option<BTreeSet<String>> {
            Some(workspace()?.members().flat_map(of).collect())
        };
        match names {
            Names::Runnable => Some(runnable(ctx, workspace()?)),
            Names::Member => of_members(|project| {
                project.manifest().name().iter().map(ToString::to_string).collect()
            }),
            Names::Requirement => of_members(requirements),
            Names::Distribution => {
                let workspace = workspace()?;
                let kinds = lock::Kind::ALL.into_iter();
                let lockfiles = kinds.filter_map(|kind| kind.find(workspace.directory()).ok()?);
                let entries = lockfiles.flat_map(|lockfile| lockfile.entries);
                Some(
                    entries.filter_map(|entry| entry.name()).map(|name| name.to_string()).collect(),
                )
            }
            Names::Extra => of_members(|project| {
                let table = project.manifest().project.iter();
                table.flat_map(|table| table.optional_dependencies.keys().cloned()).collect()
            }),
            Names::Group => {
                of_members(|project| project.manifest().dependency_groups.keys().cloned().collect())
            }
            Names::Toolchain => Some(entries(&ctx.env.toolchains(), |name| name.contains('@'))),
            Names::Python => {
                let preference = ctx.config().map(|config| config.toolchain.preference);
                let toolchains = Toolchains::new(&ctx.env, preference.unwrap_or_default());
                let mut names = entries(&ctx.env.toolchains(), |name| name.contains('@'));
                names.extend(toolchains.minor_versions().unwrap_or_default());
                Some(names)
            }
            Names::Tool => Some(entries(&ctx.env.tools(), |_| true)),
            Names::Setting => Some(edit::known().map(str::to_owned).collect()),
        }
    }
}

fn runnable(ctx: &Context<'_>, workspace: Workspace) -> BTreeSet<String> {
    let bench = Workbench::new(ctx, workspace);
    let scripts = bench.project().manifest().rye().scripts.keys().cloned();
    scripts.chain(Runner::new(&ctx.env, bench.project(), &bench.venv).programs()).collect()
}

/// Returns the names of what a project requires, in whichever list.
fn requirements(project: &Project) -> Vec<String> {
    let lists = project.manifest().lists();
    let excluded = project.manifest().rye().excluded_dependencies.iter();
    let texts = lists.into_iter().flat_map(|(_, texts)| texts).chain(excluded);
    texts.filter_map(|text| Some(text.parse::<Requirement>().ok()?.name.to_string())).collect()
}

/// Returns a command that has those that are none of Rye's own, too.
fn with_others(ctx: &Context<'_>, mut cli: Command) -> Command {
    let own = external::names();
    let files = |name: &str, about: String| {
        let files = Arg::new("files").num_args(0..).value_hint(ValueHint::AnyPath);
        Command::new(kept(name)).about(about).arg(files)
    };
    let aliases = ctx.config().ok().map(|config| &config.alias).into_iter().flatten();
    let mut others = BTreeMap::new();
    for (name, program) in external::programs(&ctx.env) {
        others.insert(name.clone(), files(&name, program.display().to_string()));
    }
    for (name, alias) in aliases {
        let about = format!("alias: {alias}");
        let (first, rest) = alias.0.split_first().expect("an alias stands for a word");
        let is_all_there = rest.iter().all(|word| word.starts_with('-'));
        let command = cli.find_subcommand(first).filter(|_| is_all_there);
        let command = command.map(|command| command.clone().name(kept(name)).about(about.clone()));
        others.insert(name.clone(), command.unwrap_or_else(|| files(name, about)));
    }
    for (_, command) in others.into_iter().filter(|(name, _)| !own.contains(name)) {
        cli = cli.subcommand(command);
    }
    cli
}

/// Returns a name that lives as long as the process, as clap wants it: that ends with the answer.
fn kept(name: &str) -> &'static str {
    name.to_owned().leak()
}

/// Returns the names in a directory that are like this.
fn entries(directory: &Path, is_like: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let paths = fs::list(directory).unwrap_or_default();
    let names = paths.iter().filter_map(|path| path.file_name()?.to_str());
    names.filter(|name| !name.starts_with('.') && is_like(name)).map(str::to_owned).collect()
}
