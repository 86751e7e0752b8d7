//! `rye pin`: the Python of a project, or of a directory.

use std::sync::Arc;

use crate::cli::args::PyprojectArgs;
use crate::cli::complete::Names;
use crate::context::Context;
use crate::exit::Exit;
use crate::packaging::VersionSpecifiers;
use crate::project::{self, Project};
use crate::toolchain::pin::Edited;
use crate::toolchain::{Request, Toolchains, Wanted, pin, widen};
use crate::workspace::{self, Workspace};

/// Pin the Python of the project, or of this directory
///
/// Writes `.python-version`. If the project's `requires-python` has a lower bound that the Python
/// is below, that is lowered.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The Python, such as `3.12`, `cpython@3.12.1` or `pypy@3.10`
    #[arg(add = Names::Python)]
    request: String,
    /// Pin the version as it was asked for, such as `3.12`, not the exact one that it means today
    #[arg(long)]
    relaxed: bool,
    /// Leave `requires-python` as it is
    #[arg(long)]
    no_update_requires_python: bool,
    #[command(flatten)]
    pyproject: PyprojectArgs,
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    let request: Request = args.request.parse()?;
    let mut workspace = match args.pyproject.workspace(ctx) {
        Err(workspace::Error::Project(project::Error::NotFound(_))) => None,
        result => Some(result?),
    };
    let _guard =
        workspace.as_mut().map(|workspace| workspace.guard(&ctx.env, ctx.ui)).transpose()?;
    let requires = workspace.as_ref().map(Workspace::requires_python);
    // the environment is the workspace's, and so is its Python
    let project = workspace.as_ref().map(Workspace::root);
    let requires = requires.unwrap_or_else(VersionSpecifiers::empty);
    let (name, pin) = if args.relaxed {
        (request.to_string(), pin::relaxed(request)?)
    } else {
        let toolchains = Toolchains::new(&ctx.env, ctx.config()?.toolchain.preference);
        let wanted = Wanted { request, requires_python: requires.clone(), pin: None };
        let python = pin::python(&toolchains, wanted)?;
        (python.to_string(), python.pin())
    };
    let edited = match project {
        Some(project) if !args.no_update_requires_python => widened(project, &pin)?,
        _ => None,
    };
    let root = project.map_or(ctx.env.working_directory(), Project::root);
    let path = pin::write(root, &pin, edited.as_ref())?;
    ctx.ui.status("pinned", format_args!("{name} in {}", path.display()));
    if let Some(Edited { from, to }) = &edited {
        let (was, text) = (requires_python(from), requires_python(to));
        let message = format_args!("requires-python = \"{text}\" (was \"{was}\")");
        ctx.ui.status("set", message);
    }
    let workspace = workspace.as_ref().map(|workspace| match &edited {
        Some(Edited { to, .. }) => workspace.with_root(Arc::clone(to)),
        None => workspace.clone(),
    });
    if let Some(bounds) = workspace.and_then(|workspace| excluding(&workspace, &pin)) {
        ctx.ui.warn(format_args!("{bounds} excludes this Python"));
    }
    Ok(Exit::Success)
}

/// Returns the `requires-python` that excludes a pin, and whose it is; none if the pin suits all.
fn excluding(workspace: &Workspace, pin: &Request) -> Option<String> {
    let requires = workspace.requires_python();
    if !pin::contradicts(pin, &requires) {
        return None;
    }
    let members = workspace.members().filter(|_| workspace.is_shared()).filter_map(|member| {
        let requires = member.manifest().requires_python();
        let excludes = pin::contradicts(pin, &requires);
        excludes.then(|| format!("`{}` ({requires})", member.display_name()))
    });
    let members: Vec<_> = members.collect();
    Some(if members.is_empty() {
        format!("`requires-python = \"{requires}\"`")
    } else {
        format!("`requires-python` of {}", members.join(", "))
    })
}

/// Returns the project with a `requires-python` that lets the pin in; none if it does already.
fn widened<'a>(project: &'a Project, pin: &Request) -> anyhow::Result<Option<Edited<'a>>> {
    let Some(text) = widen::widened(requires_python(project), pin)? else {
        return Ok(None);
    };
    let (to, ()) = project.edited(|document| document.set_requires_python(&text))?;
    Ok(Some(Edited { from: project, to: Arc::new(to) }))
}

fn requires_python(project: &Project) -> &str {
    let table = project.manifest().project.as_ref();
    table.and_then(|table| table.requires_python.as_deref()).unwrap_or_default()
}
