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
            match bench.repair()? {
                Some(report) => tell::synced(ctx, &report, &bench),
                None if bench.is_half_done() => {
                    ctx.ui.warn("the environment was left half done; `rye sync` completes it");
                }
                None => {}
            }
            shims::command_in(ctx, shim, &bench.venv)?
        }
    };
    Ok(process::exec(&mut command)?.into())
}
