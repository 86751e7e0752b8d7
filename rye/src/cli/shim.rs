//! `python` and `python3`: this program under another name.

use crate::cli::tell;
use crate::context::Context;
use crate::exit::Exit;
use crate::process;
use crate::shims::{self, Shim, Target};
use crate::ui::Verbosity;

/// Runs the interpreter that a shim stands for; on Unix this process becomes it.
pub(crate) fn run(ctx: &Context<'_>, shim: &Shim) -> anyhow::Result<Exit> {
    // whoever calls `python` wants nothing of Rye, as long as nothing is wrong
    ctx.ui.set_verbosity(Verbosity::Silent);
    let mut command = match shims::find(ctx, shim)? {
        Target::Program(command) => command,
        Target::Unready(mut bench) => {
            ctx.ui.set_verbosity(Verbosity::Normal);
            match bench.repair() {
                Ok(Some(report)) => tell::synced(ctx, &report, &bench),
                Ok(None) => {} // somebody else did it
                // better what an interrupted sync left than nothing
                Err(error) if bench.is_half_done() => {
                    ctx.ui.warn(format_args!("the environment is half done: {error}"));
                    ctx.ui.hint("complete it with `rye sync`");
                }
                Err(error) => return Err(error.into()),
            }
            shims::command_in(ctx, shim, &bench.venv)?
        }
    };
    Ok(process::exec(&mut command)?.into())
}
