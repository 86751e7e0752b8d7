//! `rye version`

use std::path::PathBuf;

use serde::Serialize;

use crate::build;
use crate::cli::args::{AccessArgs, MembersArgs};
use crate::cli::format::Format;
use crate::context::Context;
use crate::exit::Exit;
use crate::fs;
use crate::packaging::{self, Bump, Version};
use crate::project::Stated;
use crate::project::version::{self, Change, Changed};
use crate::sync::Workbench;

/// Show the version of the project, or change it
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The version to set; without it the current one is shown
    #[arg(conflicts_with = "bump", value_parser = parse)]
    version: Option<Version>,
    /// Raise a part of the version; several are raised one after another
    #[arg(short, long, value_enum)]
    bump: Vec<Bump>,
    /// Show what the version would be, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// The format of the answer
    #[arg(long, value_enum)]
    format: Option<Format>,
    #[command(flatten)]
    members: MembersArgs,
    #[command(flatten)]
    access: AccessArgs,
}

fn parse(text: &str) -> Result<Version, String> {
    text.parse().map_err(|error| packaging::reason(&error))
}

/// A project and its version, as `rye version --format json` tells them.
#[derive(Debug, Serialize)]
struct Told {
    name: String,
    path: PathBuf,
    version: Option<String>,
    /// What it was before, where it was changed or would be
    previous: Option<String>,
    #[serde(rename = "dynamic")]
    is_dynamic: bool,
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    let change = match (&args.version, args.bump.as_slice()) {
        (Some(version), _) => Some(Change::Set(version)),
        (None, []) => None,
        (None, steps) => Some(Change::Bump(steps)),
    };
    let told = match change {
        Some(change) => changed(ctx, args, change)?,
        None => shown(ctx, args)?,
    };
    if args.format.is_some() {
        ctx.ui.data_json(&serde_json::json!({ "schema": 1, "projects": told }))?;
        return Ok(Exit::Success);
    }
    if change.is_some() && !args.dry_run {
        return Ok(Exit::Success); // it was told
    }
    match told.as_slice() {
        [Told { version: Some(version), .. }] => ctx.ui.data(version)?,
        [Told { name, version: None, .. }] => {
            return Err(version::Error::Missing { name: name.clone() }.into());
        }
        told => {
            for Told { name, version, .. } in told {
                let version = version.as_deref().unwrap_or("(no version)");
                ctx.ui.data(format_args!("{name} {version}"))?;
            }
        }
    }
    Ok(Exit::Success)
}

fn shown(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Vec<Told>> {
    let bench = Workbench::new(ctx, args.members.workspace(ctx)?);
    let mut told = Vec::new();
    for member in args.members.members(&bench.workspace)? {
        let version = build::version(&bench, member, args.access.access())?;
        told.push(Told {
            name: member.display_name(),
            path: member.path().to_owned(),
            version: version.map(|version| version.to_string()),
            previous: None,
            is_dynamic: matches!(member.stated_version()?, Stated::Dynamic(_)),
        });
    }
    Ok(told)
}

/// Changes the versions, or finds out what they would be.
fn changed(ctx: &Context<'_>, args: &Args, change: Change<'_>) -> anyhow::Result<Vec<Told>> {
    let mut workspace = args.members.workspace(ctx)?;
    let _lock = if args.dry_run { None } else { Some(workspace.guard(&ctx.env, ctx.ui)?) };
    let members = args.members.members(&workspace)?;
    let is_one = members.len() == 1;
    let mut projects = Vec::new();
    for member in members {
        let has_none = matches!(member.stated_version(), Ok(Stated::Missing));
        if !is_one && member.is_virtual() && has_none {
            let name = member.display_name();
            ctx.ui.status("skipped", format_args!("{name}, which is virtual and has no version"));
            continue;
        }
        let changed = member.with_version(change)?;
        fs::check_writable(member.path())?;
        projects.push((member, changed));
    }
    let mut told = Vec::new();
    for (member, Changed { project, before, after }) in projects {
        let name = member.display_name();
        let verb = match (member.file().text() == project.file().text(), args.dry_run) {
            (true, _) => "unchanged",
            (false, true) => "would set",
            (false, false) => {
                project.save()?;
                "set"
            }
        };
        match before.as_ref().filter(|before| **before != after) {
            Some(before) => ctx.ui.status(verb, format_args!("{name} {after} (was {before})")),
            None => ctx.ui.status(verb, format_args!("{name} {after}")),
        }
        told.push(Told {
            name,
            path: member.path().to_owned(),
            version: Some(after.to_string()),
            previous: before.map(|before| before.to_string()),
            is_dynamic: false,
        });
    }
    Ok(told)
}
