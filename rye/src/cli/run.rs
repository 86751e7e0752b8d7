//! `rye run`

use std::ffi::OsString;

use serde::Serialize;

use crate::cli::args::{FreshArgs, ProjectArgs};
use crate::cli::complete::Names;
use crate::cli::format::Format;
use crate::cli::tell;
use crate::context::Context;
use crate::exit::Exit;
use crate::process;
use crate::project::Project;
use crate::scripts::{self, Runnable, Runner, Script};
use crate::standalone::{Origin, Wish};
use crate::sync::{self, Freshness, Options, Workbench};
use crate::toolchain::Request;
use crate::venv::Venv;
use crate::workspace::Survey;

/// Run a script of the project, a program of its environment, or a Python file
///
/// The lockfiles and the environment are brought up to date first if something changed. A Python file that says what it
/// needs (PEP 723) is run apart from the project, and so is one at a URL or, as `-`, from standard input. Everything
/// after COMMAND is passed on to it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// List what can be run
    #[arg(short, long)]
    list: bool,
    /// The format of the list
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Run the file COMMAND as a script that stands alone, whatever it is called
    #[arg(long, conflicts_with_all = ["list", "no_sync", "package", "pyproject"])]
    script: bool,
    /// Install this too, for a script that stands alone
    #[arg(long, value_name = "REQUIREMENT")]
    with: Vec<String>,
    /// The Python for a script that stands alone, such as `3.12`
    #[arg(long, value_name = "REQUEST", add = Names::Python)]
    python: Option<Request>,
    #[command(flatten)]
    fresh: FreshArgs,
    #[command(flatten)]
    project: ProjectArgs,
    /// What to run, and its arguments
    #[arg(value_name = "COMMAND", trailing_var_arg = true, add = Names::Runnable)]
    command: Vec<OsString>,
}

impl Args {
    /// Returns the script that is to be run apart from any project, if COMMAND is one.
    fn standalone(&self, ctx: &Context<'_>) -> anyhow::Result<Option<Origin>> {
        let command = self.command.first().filter(|_| !self.list);
        let origin = match command {
            Some(name) if self.script => Some(Origin::of(name)),
            Some(name) if !self.project.is_named() => Origin::find(&ctx.env, name)?,
            _ => None,
        };
        let is_project = origin.is_none();
        let idle = [("--script", self.script), ("--with", !self.with.is_empty())];
        let idle = idle.into_iter().chain([("--python", self.python.is_some())]);
        if let Some((flag, _)) = idle.filter(|_| is_project).find(|(_, is_set)| *is_set) {
            anyhow::ensure!(command.is_some(), "`{flag}` needs the name of a script");
            anyhow::bail!(
                "`{flag}` is for scripts that stand alone; a file is run as one with `--script`"
            );
        }
        Ok(origin)
    }
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    if let Some(origin) = args.standalone(ctx)? {
        return run_standalone(ctx, args, &origin);
    }
    let survey = args.project.survey(ctx)?;
    let Some((name, arguments)) = args.command.split_first().filter(|_| !args.list) else {
        return list(ctx, &Workbench::new(ctx, survey.workspace(ctx.ui)?), args.format);
    };
    anyhow::ensure!(args.format.is_none(), "`--format` is for the list of what can be run");
    let name = name.to_str().ok_or_else(|| {
        anyhow::anyhow!("`{}` is not UTF-8, and no script has such a name", name.display())
    })?;
    let venv = match args.fresh.freshness() {
        Freshness::AsItIs => None,
        Freshness::Current => sync::current(ctx, &survey),
    };
    let venv = match venv {
        Some(venv) => venv,
        None => prepared(ctx, args, &survey)?,
    };
    let runner = Runner::new(&ctx.env, survey.current(), &venv);
    warn_of_unknown_keys(ctx, survey.current(), |script| script == name);
    match runner.find(name, arguments)? {
        Runnable::Command(mut command) => Ok(process::exec(&mut command)?.into()),
        Runnable::Chain(steps) => {
            for step in &steps {
                let mut command = runner.command_of(step).map_err(|error| error.in_chain(name))?;
                ctx.ui.detail(process::display(&command));
                let status = process::status(&mut command)?;
                if !status.success() {
                    let step = process::display(&command);
                    ctx.ui.error(format_args!("`{name}` stopped at `{step}` ({status})"));
                    return Ok(status.into());
                }
            }
            Ok(Exit::Success)
        }
    }
}

fn run_standalone(ctx: &Context<'_>, args: &Args, origin: &Origin) -> anyhow::Result<Exit> {
    anyhow::ensure!(
        args.fresh.freshness() == Freshness::Current,
        "`--no-sync` is for projects: a script has no environment of its own to keep"
    );
    anyhow::ensure!(args.format.is_none(), "`--format` is for the list of what can be run");
    let Options { locking, access, .. } = args.fresh.options();
    let wish = Wish {
        with: args.with.iter().map(|text| text.parse()).collect::<Result<_, _>>()?,
        python: args.python.clone(),
        locking,
        access,
    };
    let (mut script, launch) = origin.open(ctx, wish.access.network)?;
    let environment = script.environment(&wish)?;
    if environment.relocked.is_some() {
        tell::script_relocked(ctx, &script, environment.relocked.as_deref());
    }
    let arguments = args.command.get(1..).unwrap_or_default();
    let mut command = launch.command(&ctx.env, &script, &environment.venv, arguments)?;
    Ok(process::exec(&mut command)?.into())
}

/// Makes the environment ready, and tells what was done for that.
fn prepared(ctx: &Context<'_>, args: &Args, survey: &Survey) -> anyhow::Result<Venv> {
    let mut bench = Workbench::new(ctx, survey.workspace(ctx.ui)?);
    let report = bench.prepare(args.fresh.freshness(), &args.fresh.options())?;
    if let Some(report) = report {
        tell::prepared(ctx, &report, &bench);
    }
    Ok(bench.venv)
}

fn warn_of_unknown_keys(ctx: &Context<'_>, project: &Project, of: impl Fn(&str) -> bool) {
    for (name, definition) in &project.manifest().rye().scripts {
        for key in scripts::unknown_keys(definition).iter().filter(|_| of(name)) {
            ctx.ui.warn(format_args!("unknown key `{key}` in `tool.rye.scripts.{name}`"));
        }
    }
}

/// One thing that can be run, as `rye run --format json` tells it.
#[derive(Serialize)]
struct Listed {
    name: String,
    /// `script` or `program`
    kind: &'static str,
    /// The definition of a script on one line; null for a program
    command: Option<String>,
}

fn list(ctx: &Context<'_>, bench: &Workbench<'_>, format: Option<Format>) -> anyhow::Result<Exit> {
    let mut listed = Vec::new();
    warn_of_unknown_keys(ctx, bench.project(), |_| true);
    for (name, definition) in &bench.project().manifest().rye().scripts {
        match Script::parse(name, definition) {
            Ok(script) => {
                let (name, command) = (name.clone(), Some(script.describe()));
                listed.push(Listed { name, kind: "script", command });
            }
            Err(error) => ctx.ui.warn(error),
        }
    }
    for name in Runner::new(&ctx.env, bench.project(), &bench.venv).programs() {
        if !listed.iter().any(|script| script.name == name) {
            listed.push(Listed { name, kind: "program", command: None });
        }
    }
    listed.sort_by_cached_key(|entry| (entry.name.to_lowercase(), entry.name.clone()));
    if format.is_some() {
        let answer = serde_json::json!({ "schema": 1, "commands": listed });
        ctx.ui.data_json(&answer)?;
        return Ok(Exit::Success);
    }
    for Listed { name, command, .. } in listed {
        match command {
            Some(command) => ctx.ui.data(format_args!("{name} ({command})"))?,
            None => ctx.ui.data(name)?,
        }
    }
    Ok(Exit::Success)
}
