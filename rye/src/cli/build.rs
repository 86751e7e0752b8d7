//! `rye build`

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::build::{self, Builder, Built};
use crate::cli::args::{AccessArgs, MembersArgs};
use crate::cli::format::Format;
use crate::context::Context;
use crate::exit::Exit;
use crate::fs;
use crate::packaging::DistributionKind;
use crate::sync::Workbench;
use crate::uv::Kinds;
use crate::workspace;

/// Build an sdist and a wheel of the project
///
/// Members of a workspace are built after those that they need. Without `--sdist` and `--wheel` both are
/// built, the wheel from the sdist. The files are printed.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Build an sdist
    #[arg(long)]
    sdist: bool,
    /// Build a wheel
    #[arg(long)]
    wheel: bool,
    /// The directory for what is built [default: `dist` beside the lockfiles]
    #[arg(short, long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// Remove other distributions of the same projects from the directory afterwards
    #[arg(short, long)]
    clean: bool,
    /// The format of the answer
    #[arg(long, value_enum)]
    format: Option<Format>,
    #[command(flatten)]
    members: MembersArgs,
    #[command(flatten)]
    access: AccessArgs,
}

/// A distribution, as `rye build --format json` tells it.
#[derive(Serialize)]
struct Told<'a> {
    name: String,
    version: String,
    kind: DistributionKind,
    path: &'a Path,
}

impl<'a> Told<'a> {
    fn of(Built { path, file }: &'a Built) -> Self {
        let (name, version) = (file.name.to_string(), file.version.to_string());
        Self { name, version, kind: file.kind, path }
    }
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    let bench = Workbench::new(ctx, args.members.workspace(ctx)?);
    let workspace = &bench.workspace;
    let members = args.members.members(workspace)?;
    let projects = members.into_iter().filter(|member| {
        let is_virtual = member.is_virtual();
        if is_virtual {
            let name = member.display_name();
            ctx.ui.status("skipped", format_args!("{name}, which is virtual"));
        }
        !is_virtual
    });
    let projects = build::in_order(workspace, &projects.collect::<Vec<_>>());
    if projects.is_empty() {
        return Err(build::Error::AllVirtual.into());
    }
    let output = match &args.out {
        // `.` says nothing in a path that is printed
        Some(path) => ctx.env.working_directory().join(path).components().collect(),
        None => workspace.directory().join("dist"),
    };
    // a long build for nothing is worse than a short look
    fs::check_writable(&output)?;
    if fs::exists(&output) && !output.is_dir() {
        return Err(build::Error::NoDirectory(output).into());
    }
    let kinds = match (args.sdist, args.wheel) {
        (true, false) => Kinds::Sdist,
        (false, true) => Kinds::Wheel,
        (true, true) | (false, false) => Kinds::Both,
    };
    let _lock = workspace::lock(&ctx.env, ctx.ui, &output)?;
    let mut builder = Builder::new(&bench, args.access.access())?;
    let mut built = Vec::new();
    for project in projects {
        ctx.ui.status("building", project.display_name());
        built.extend(builder.build(project, kinds)?);
    }
    let placed = build::place(built, &output, args.clean)?;
    for path in &placed.removed {
        ctx.ui.status("removed", path.display());
    }
    if args.format.is_some() {
        let distributions: Vec<_> = placed.distributions.iter().map(Told::of).collect();
        let answer = serde_json::json!({ "schema": 1, "distributions": distributions });
        ctx.ui.data_json(&answer)?;
        return Ok(Exit::Success);
    }
    for built in &placed.distributions {
        ctx.ui.data(built.path.display())?;
    }
    Ok(Exit::Success)
}
