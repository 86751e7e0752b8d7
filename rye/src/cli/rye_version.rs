//! `rye --version`

use crate::context::Context;
use crate::engine::Engine;
use crate::exit::Exit;
use crate::fs;
use crate::platform::Platform;

/// Prints the version of Rye, and of its engines with where each comes from.
pub(crate) fn show_rye(ctx: &Context<'_>) -> anyhow::Result<Exit> {
    ctx.ui.data(format_args!("rye {}", env!("CARGO_PKG_VERSION")))?;
    ctx.ui.data(format_args!("commit: {}", env!("RYE_COMMIT")))?;
    ctx.ui.data(format_args!("platform: {}", Platform::CURRENT))?;
    ctx.ui.data(format_args!("symlink support: {}", fs::has_symlinks()))?;
    for engine in Engine::ALL {
        let origin = engine.origin(&ctx.env);
        ctx.ui.data(format_args!("{engine}: {} ({origin})", engine.version()))?;
    }
    Ok(Exit::Success)
}
