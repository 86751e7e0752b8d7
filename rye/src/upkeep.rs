//! Toolchains in the long run: moved to newer patches, removed when nothing needs them.

use std::fmt;
use std::path::PathBuf;

use crate::config;
use crate::context::Context;
use crate::error::Hint;
use crate::http::Network;
use crate::packaging::PackageName;
use crate::toolchain::fetch::fetch_offer;
use crate::toolchain::{self, Kind, Request, Toolchain, Toolchains, pin};
use crate::tools::{self, Tool};
use crate::venv;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("`{toolchain}` is in use by {}", list(by))]
    InUse { toolchain: String, by: Vec<User> },
    #[error("Rye installed no `{0}`")]
    NotInstalled(Request),
    #[error(transparent)]
    Toolchain(#[from] toolchain::Error),
    #[error(transparent)]
    Tools(#[from] tools::Error),
    #[error(transparent)]
    Venv(#[from] venv::Error),
    #[error(transparent)]
    Config(#[from] config::Error),
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        match self {
            Self::InUse { by, .. } => {
                let all_tools = by.iter().all(User::is_tool);
                let way = if all_tools {
                    "uninstall them, or install them with another Python"
                } else {
                    "delete them, or pin another Python there and `rye sync`"
                };
                Some(format!("{way}; `--force` removes it anyway"))
            }
            Self::NotInstalled(request) => Some(format!("`rye fetch {request}` does")),
            Self::Toolchain(error) => error.hint(),
            Self::Tools(error) => error.hint(),
            Self::Venv(error) => error.hint(),
            Self::Config(error) => error.hint(),
        }
    }
}

/// What a toolchain is needed for.
#[derive(Debug)]
pub(crate) enum User {
    Environment(PathBuf),
    Tool(PackageName),
}

impl User {
    fn is_tool(&self) -> bool {
        matches!(self, Self::Tool(_))
    }
}

impl fmt::Display for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment(path) => write!(f, "`{}`", path.display()),
            Self::Tool(name) => write!(f, "the tool `{name}`"),
        }
    }
}

fn list(users: &[User]) -> String {
    users.iter().map(User::to_string).collect::<Vec<_>>().join(", ")
}

/// Returns what needs a toolchain.
fn users(ctx: &Context<'_>, toolchain: &Toolchain) -> Result<Vec<User>, Error> {
    let environments = venv::users(&ctx.env, toolchain)?.into_iter().map(User::Environment);
    let tools = Tool::using(&ctx.env, toolchain)?.into_iter().map(|tool| User::Tool(tool.name));
    Ok(environments.chain(tools).collect())
}

/// Removes a toolchain by its name or a part of it, and returns its name and what it was. One that
/// environments use is removed by force only.
pub(crate) fn remove(
    ctx: &Context<'_>,
    toolchains: &Toolchains<'_>,
    name: &str,
    force: bool,
) -> Result<(String, Kind), Error> {
    let name = toolchains.entry_name(name)?;
    let toolchain = toolchains.named()?.into_iter().find(|toolchain| toolchain.name == name);
    if let Some(toolchain) = toolchain.filter(|_| !force) {
        let by = users(ctx, &toolchain)?;
        if !by.is_empty() {
            return Err(Error::InUse { toolchain: name, by });
        }
    }
    let kind = toolchains.remove(&name)?;
    Ok((name, kind))
}

/// Fetches the newest patches of what Rye installed, and removes the old ones that nothing needs;
/// tells of each.
pub(crate) fn upgrade(
    ctx: &Context<'_>,
    toolchains: &Toolchains<'_>,
    request: Option<Request>,
    is_dry_run: bool,
) -> Result<(), Error> {
    let mut installed = toolchains.named()?;
    installed.retain(|toolchain| {
        let is_asked = request.as_ref().is_none_or(|asked| asked.admits(&toolchain.interpreter));
        toolchain.kind == Kind::Installed && is_asked
    });
    if let (true, Some(request)) = (installed.is_empty(), request) {
        return Err(Error::NotInstalled(request));
    }
    for (old, newer) in toolchains.with_newer(installed)? {
        let Some(offer) = newer else {
            ctx.ui.status("newest", &old.name);
            continue;
        };
        if is_dry_run {
            ctx.ui.status("would fetch", format_args!("{} → {}", old.name, offer.python));
            continue;
        }
        let new = fetch_offer(ctx, toolchains, offer, Network::Online)?;
        retire(ctx, toolchains, &old, &new)?;
    }
    Ok(())
}

/// Removes a toolchain that another one follows, if nothing needs it; else tells what does.
fn retire(
    ctx: &Context<'_>,
    toolchains: &Toolchains<'_>,
    old: &Toolchain,
    new: &Toolchain,
) -> Result<(), Error> {
    let naming = naming(ctx, old)?;
    for path in &naming {
        ctx.ui.warn(format_args!("`{}` still names {}", path.display(), old.name));
    }
    for tool in tools::move_to(ctx, old, new)? {
        ctx.ui.status("relinked", format_args!("{} to {}", tool.name, new.name));
    }
    let users = users(ctx, old)?;
    for user in &users {
        ctx.ui.warn(format_args!("{user} still uses {}", old.name));
    }
    let name = &old.name;
    if users.is_empty() && naming.is_empty() {
        toolchains.remove(name)?;
        ctx.ui.status("upgraded", format_args!("{name} → {}", new.name));
    } else {
        let then = format!("`rye toolchain remove {name}`");
        let message = "change the pins with `rye pin`, make the environments anew with `rye sync --force` and the tools with `rye install --force`";
        ctx.ui.status("kept", format_args!("{name}; {message}, then {then}"));
    }
    Ok(())
}

/// Returns the files that name exactly this toolchain: pins of this directory and of projects known
/// to Rye, and the settings.
fn naming(ctx: &Context<'_>, toolchain: &Toolchain) -> Result<Vec<PathBuf>, Error> {
    let is_exact = |request: &Request| {
        request.release().is_some_and(|release| release.len() == 3)
            && request.admits(&toolchain.interpreter)
    };
    let known = venv::known(&ctx.env)?;
    let roots = known.iter().filter_map(|venv| venv.path().parent());
    let mut files = Vec::new();
    for root in roots.chain([ctx.env.working_directory()]) {
        // a pin that cannot be read names nothing
        if let Ok(Some(pin::Pin { path, request: Some(request) })) = pin::find(root)
            && is_exact(&request)
        {
            files.push(path);
        }
    }
    let default = ctx.config()?.default.toolchain.as_deref();
    if default.and_then(|text| text.parse().ok()).as_ref().is_some_and(is_exact) {
        files.push(ctx.env.config_file());
    }
    files.sort();
    files.dedup();
    Ok(files)
}
