//! `rye tools install`, or `rye install`

use anyhow::Context as _;

use crate::cli::args::{self, AccessArgs, ReferenceArgs};
use crate::cli::complete::Names;
use crate::cli::tell;
use crate::context::Context;
use crate::exit::Exit;
use crate::installation::Installation;
use crate::packaging::PackageName;
use crate::toolchain::Request;
use crate::tools::{self, Installed, Links, Options, Reason, Record, Source, Tool, bare};

/// Install programs that belong to no project
///
/// Each tool has an environment of its own; its programs are linked to from the directory of the shims.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to install, as in `ruff`, `ruff@0.9.6`, `'black[d]>=24'`, a directory, a wheel, or a URL
    #[arg(value_name = "REQUIREMENT", required_unless_present_any = ["git", "url", "path"])]
    requirement: Option<String>,
    #[command(flatten)]
    reference: ReferenceArgs,
    /// Link the programs of this dependency too
    #[arg(long, value_parser = args::name::<PackageName>, value_name = "NAME")]
    include_dep: Vec<PackageName>,
    /// Install this too, as a plugin
    #[arg(long, value_name = "REQUIREMENT")]
    extra_requirement: Vec<String>,
    /// The Python to run it with, such as `3.12`
    #[arg(short, long, add = Names::Python)]
    python: Option<String>,
    /// Install it anew if it is there, and take over programs of other tools
    #[arg(short, long)]
    force: bool,
    /// Allow pre-releases
    #[arg(long)]
    pre: bool,
    #[command(flatten)]
    access: AccessArgs,
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    let access = args.access.access();
    let python = args.python.as_deref().map(|text| python(ctx, text)).transpose()?;
    let text = args.requirement.as_deref();
    let requirement = args.reference.requirement(ctx, text, python.as_ref(), access)?;
    let extra = args.extra_requirement.iter().map(|text| {
        let asked = Source::parse(ctx, text)?.asked(ctx, python.as_ref(), access)?;
        Ok(asked.requirement.to_string())
    });
    let record = Record {
        requirement: requirement.to_string(),
        extra_requirements: extra.collect::<Result<_, tools::Error>>()?,
        include_deps: args.include_dep.clone(),
        python: python.as_ref().map(Request::to_string),
        pre_releases: args.pre,
    };
    let options = Options { force: args.force, access };
    let name = &requirement.name;
    let installed = tools::install(ctx, name, &record, options)
        .with_context(|| format!("cannot install `{name}`"))?;
    tell_installed(ctx, &installed);
    warn_of_path(ctx, &installed.tool)?;
    Ok(Exit::Success)
}

/// Reads the Python that is asked for; one that is a path is the same from every directory.
pub(super) fn python(ctx: &Context<'_>, text: &str) -> anyhow::Result<Request> {
    Ok(match text.parse()? {
        Request::Path(path) => Request::Path(ctx.env.working_directory().join(path)),
        request @ Request::Properties(_) => request,
    })
}

fn tell_installed(ctx: &Context<'_>, installed: &Installed) {
    let Installed { tool: Tool { name, .. }, version, toolchain, links, .. } = installed;
    let toolchain = tell::toolchain(toolchain);
    ctx.ui.status("installed", format_args!("{name} {version} ({toolchain})"));
    if links.scripts.is_empty() && links.left.is_empty() {
        ctx.ui.warn(format_args!("`{name}` has no programs"));
    }
    if !links.scripts.is_empty() {
        ctx.ui.status("linked", listed(&links.scripts));
    }
    tell_links(ctx, installed);
}

/// Returns the names of programs as they are typed.
pub(super) fn listed<'a>(scripts: impl IntoIterator<Item = &'a String>) -> String {
    scripts.into_iter().map(|file| bare(file)).collect::<Vec<_>>().join(", ")
}

/// Tells which programs of a tool are not linked, or not any more.
pub(super) fn tell_links(ctx: &Context<'_>, installed: &Installed) {
    let Installed { linked, links: Links { scripts, taken, left, others }, .. } = installed;
    let gone: Vec<_> = linked.iter().filter(|script| !scripts.contains(script)).collect();
    if !gone.is_empty() {
        ctx.ui.status("unlinked", listed(gone));
    }
    for (script, owner) in taken {
        ctx.ui.status("took over", format_args!("{} from the tool {owner}", bare(script)));
    }
    for (script, reason) in left {
        let reason = match reason {
            Reason::Reserved => "the name is Rye's own".to_owned(),
            Reason::Taken(owner) => format!("the tool `{owner}` has one of that name"),
            Reason::InTheWay(path) => format!("`{}` is there, and of no tool", path.display()),
        };
        ctx.ui.warn(format_args!("`{}` is not linked: {reason}", bare(script)));
    }
    for (name, programs) in others {
        let message =
            format_args!("{} of {name} (link with `--include-dep {name}`)", listed(programs));
        if scripts.is_empty() {
            ctx.ui.status("not linked", message);
        } else {
            ctx.ui.detail(format_args!("not linked: {message}"));
        }
    }
}

/// Warns if the programs of a tool cannot be found by their names.
fn warn_of_path(ctx: &Context<'_>, tool: &Tool) -> anyhow::Result<()> {
    let shims = ctx.env.shims();
    let is_on_path = Installation::new(&ctx.env).map(|installation| installation.is_on_path());
    if !is_on_path.unwrap_or(true) {
        let shims = shims.display();
        ctx.ui.warn(format_args!("`{shims}` is not on `PATH`; `rye self install` puts it there"));
        return Ok(());
    }
    for (script, program) in tool.hidden(&ctx.env)? {
        let (script, program) = (bare(&script), program.display());
        let message = format_args!("`{script}` is `{program}`, which comes first on `PATH`");
        ctx.ui.warn(message);
    }
    Ok(())
}
