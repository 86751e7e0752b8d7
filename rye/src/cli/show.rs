//! `rye show`

use crate::cli::args::ProjectArgs;
use crate::cli::list;
use crate::context::Context;
use crate::exit::Exit;
use crate::sync::Workbench;
use crate::toolchain::Toolchains;

/// Show the project: where it is, which Python it uses, where its distributions come from
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// List what is installed; the command is `rye list`
    #[arg(long, hide = true)]
    installed_deps: bool,
    #[command(flatten)]
    project: ProjectArgs,
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    let bench = Workbench::new(ctx, args.project.workspace(ctx)?);
    if args.installed_deps {
        ctx.ui.warn("`rye show --installed-deps` is `rye list` now");
        return list::show(ctx, &bench);
    }
    let (workspace, project) = (&bench.workspace, bench.project());
    let manifest = project.manifest();
    let toolchains = Toolchains::new(&ctx.env, ctx.config()?.toolchain.preference);
    let name = manifest.project.as_ref().and_then(|project| project.name.as_deref());
    ctx.ui.data(format_args!("project: {}", name.unwrap_or("(without a name)")))?;
    ctx.ui.data(format_args!("path: {}", project.root().display()))?;
    ctx.ui.data(format_args!("venv: {}", bench.venv.path().display()))?;
    match bench.wanted() {
        Ok(wanted) => ctx.ui.data(format_args!("target python: {wanted}"))?,
        Err(error) => ctx.ui.warn(format_args!("{:#}", anyhow::Error::from(error))),
    }
    let found =
        toolchains.probe(&bench.venv.python()).map(|interpreter| interpreter.python.to_string());
    if let Some(found) = &found {
        ctx.ui.data(format_args!("venv python: {found}"))?;
    }
    if let Some(marker) = bench.venv.marker()?
        && Some(&marker.python) != found.as_ref()
    {
        ctx.ui.data(format_args!("last synced venv python: {}", marker.python))?;
    }
    ctx.ui.data(format_args!("virtual: {}", project.is_virtual()))?;
    if workspace.is_shared() {
        ctx.ui.data(format_args!("workspace: {}", workspace.directory().display()))?;
        ctx.ui.data("  members:")?;
        for member in workspace.members() {
            let (name, place) = (member.display_name(), workspace.place(member));
            let place = if place == "." { place } else { format!("./{place}") };
            ctx.ui.data(format_args!("    {name} ({place})"))?;
        }
    }
    ctx.ui.data("configured sources:")?;
    match bench.source_lines() {
        Ok(lines) => lines.iter().try_for_each(|line| ctx.ui.data(format_args!("  {line}")))?,
        Err(error) => ctx.ui.warn(format_args!("{:#}", anyhow::Error::from(error))),
    }
    Ok(Exit::Success)
}
