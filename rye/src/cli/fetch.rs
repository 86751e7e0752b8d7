//! `rye fetch`: Pythons from the catalog, a URL or a file.

use std::path::PathBuf;

use crate::cli::complete::Names;
use crate::cli::report::report;
use crate::context::Context;
use crate::exit::Exit;
use crate::http::Network;
use crate::packaging::VersionSpecifiers;
use crate::project;
use crate::toolchain::fetch::{self, BuildInfo, Options, What};
use crate::toolchain::{Toolchains, pin};
use crate::workspace::{self, Workspace};

/// Fetch Pythons; without a name the one that the project asks for
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A Python, such as `3.12`, `pypy@3.10` or `3.13t`, or the URL or path of an archive
    #[arg(value_name = "PYTHON", add = Names::Python)]
    whats: Vec<String>,
    /// Fetch it again if it is there
    #[arg(short, long)]
    force: bool,
    /// Unpack it to this directory instead of Rye's home; no project will find it there
    #[arg(long, value_name = "DIR")]
    target_path: Option<PathBuf>,
    /// Keep what the Python was built from; an archive without it will not do
    #[arg(long, conflicts_with = "no_build_info")]
    build_info: bool,
    /// Drop what the Python was built from, also if `behavior.fetch-with-build-info` is on
    #[arg(long)]
    no_build_info: bool,
    /// Take it from a URL or a directory that mirrors the releases
    #[arg(long, value_name = "URL|DIR")]
    mirror: Option<String>,
    /// Stay off the network
    #[arg(long)]
    offline: bool,
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    let config = ctx.config()?;
    let whats: Vec<What> = match args.whats.as_slice() {
        [] => vec![what_is_asked_for(ctx)?],
        whats => whats.iter().map(|text| text.parse()).collect::<Result<_, _>>()?,
    };
    anyhow::ensure!(
        args.target_path.is_none() || whats.len() == 1,
        "one directory has room for one Python: `--target-path` goes with one name"
    );
    let options = Options {
        force: args.force,
        target: args.target_path.clone(),
        build_info: match (args.build_info, args.no_build_info) {
            (true, _) => BuildInfo::Require,
            (false, false) if config.behavior.fetch_with_build_info => BuildInfo::Keep,
            (false, _) => BuildInfo::Drop,
        },
        mirror: args.mirror.clone(),
        network: if args.offline { Network::Offline } else { Network::Online },
    };
    let toolchains = Toolchains::new(&ctx.env, config.toolchain.preference);
    let errors = fetch::fetch(ctx, &toolchains, &whats, &options)?;
    let failed = !errors.is_empty();
    for error in errors {
        report(ctx.ui, &error.into());
    }
    Ok(if failed { Exit::Failure } else { Exit::Success })
}

/// Returns what the project asks for, or this directory.
fn what_is_asked_for(ctx: &Context<'_>) -> anyhow::Result<What> {
    let config = ctx.config()?;
    let wanted = match Workspace::load(&ctx.env, ctx.ui, None) {
        Ok(workspace) => pin::of_all(&workspace, config)?,
        Err(workspace::Error::Project(project::Error::NotFound(_))) => {
            pin::wanted(ctx.env.working_directory(), VersionSpecifiers::empty(), config)?
        }
        Err(error) => return Err(error.into()),
    };
    Ok(What::Wanted(Box::new(wanted)))
}
