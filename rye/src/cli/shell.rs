//! `rye shell`, which is no more

use std::ffi::OsString;

use crate::context::Context;
use crate::exit::Exit;
use crate::process;
use crate::sync::Workbench;
use crate::workspace::Workspace;

/// Tell how to activate the environment
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Anything: it is not looked at
    #[arg(hide = true, trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<OsString>,
}

pub(crate) fn run(ctx: &Context<'_>, _: &Args) -> anyhow::Result<Exit> {
    let bench = Workbench::new(ctx, Workspace::load(&ctx.env, ctx.ui, None)?);
    let programs = bench.venv.programs();
    let activate = |name: &str| process::quoted(programs.join(name).as_os_str());
    ctx.ui.error(
        "there is no `rye shell` any more: a shell inside of another one is easily forgotten",
    );
    ctx.ui.hint("run programs of the environment with `rye run COMMAND`");
    if bench.venv.python().is_file() {
        let command = if cfg!(windows) {
            activate("activate.ps1")
        } else {
            match ctx.env.var("SHELL").and_then(|shell| shell.rsplit('/').next()) {
                Some("fish") => format!("source {}", activate("activate.fish")),
                Some("csh" | "tcsh") => format!("source {}", activate("activate.csh")),
                Some("nu") => format!("overlay use {}", activate("activate.nu")),
                _ => format!(". {}", activate("activate")),
            }
        };
        ctx.ui.hint(format_args!("or activate it in this shell, until `deactivate`: {command}"));
    } else {
        ctx.ui.hint("there is no environment yet: make it with `rye sync`");
    }
    Ok(Exit::Failure)
}
