//! `rye self update`: another Rye in the place of this one.

use std::cmp::Ordering;

use serde_json::json;

use crate::cli::format::Format;
use crate::context::Context;
use crate::exit::Exit;
use crate::http::Network;
use crate::packaging::Version;
use crate::selfupdate::{self, CURRENT, Releases, Revision, Target, Wanted};

/// Bring Rye to its newest release, or to another
///
/// Releases come from the URL or the directory that `--from`, the variable `RYE_UPDATE_URL` or the setting
/// `update.url` names. A release is checked by its sha256, and tried, before it takes the place of this program.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The release to bring it to; an older one, too
    #[arg(long, value_name = "VERSION", default_value = "latest")]
    version: Wanted,
    /// Where releases are; with `--tag`, `--rev` or `--branch` the URL of the repository
    #[arg(long, value_name = "URL|DIR")]
    from: Option<String>,
    /// Only tell what would be done
    #[arg(long, visible_alias = "dry-run")]
    check: bool,
    /// Have cargo build this tag of the repository
    #[arg(long, conflicts_with_all = ["rev", "branch", "version", "check", "offline"])]
    tag: Option<String>,
    /// Have cargo build this revision of the repository
    #[arg(long, conflicts_with_all = ["branch", "version", "check", "offline"])]
    rev: Option<String>,
    /// Have cargo build this branch of the repository
    #[arg(long, conflicts_with_all = ["version", "check", "offline"])]
    branch: Option<String>,
    /// Do it also if this is that release already, or was not installed by `rye self install`
    #[arg(short, long)]
    force: bool,
    /// Stay off the network: releases are in a directory
    #[arg(long)]
    offline: bool,
    /// Print what would be done in a form for programs
    #[arg(long, requires = "check")]
    format: Option<Format>,
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    if args.check {
        return check(ctx, args);
    }
    let target = Target::find(&ctx.env, args.force)?;
    let candidate = if let Some(revision) = args.revision() {
        selfupdate::build(ctx, args.from.as_deref(), revision)?
    } else {
        let releases = args.releases(ctx)?;
        let name = releases.name_of(&args.version)?;
        let verdict = Verdict::of(&args.version, &name)?;
        if !(args.force || matches!(verdict, Verdict::Update)) {
            ctx.ui.status("current", verdict.describe(&name));
            return Ok(Exit::Success);
        }
        releases.fetch(&name)?
    };
    target.replace(&candidate)?;
    let (old, new) = (CURRENT, &candidate.version);
    ctx.ui.status("updated", format_args!("rye {old} → {new} ({})", target.path().display()));
    Ok(Exit::Success)
}

impl Args {
    fn releases<'a>(&self, ctx: &'a Context<'a>) -> Result<Releases<'a>, selfupdate::Error> {
        let network = if self.offline { Network::Offline } else { Network::Online };
        Releases::find(ctx, self.from.as_deref(), network)
    }

    fn revision(&self) -> Option<Revision<'_>> {
        let tag = self.tag.as_deref().map(Revision::Tag);
        tag.or(self.rev.as_deref().map(Revision::Commit))
            .or(self.branch.as_deref().map(Revision::Branch))
    }
}

/// What is to be done about a release.
enum Verdict {
    Update,
    Current,
    /// This program is newer than the newest release
    Ahead,
}

impl Verdict {
    fn of(wanted: &Wanted, name: &str) -> anyhow::Result<Self> {
        let (current, found) = (CURRENT.parse::<Version>()?, name.parse()?);
        Ok(match current.cmp(&found) {
            Ordering::Equal => Self::Current,
            Ordering::Greater if *wanted == Wanted::Newest => Self::Ahead,
            Ordering::Greater | Ordering::Less => Self::Update,
        })
    }

    fn describe(&self, name: &str) -> String {
        match self {
            Self::Update => format!("rye {name} would take the place of {CURRENT}"),
            Self::Current => format!("this is rye {name} already"),
            Self::Ahead => format!("this is rye {CURRENT}, newer than the newest release {name}"),
        }
    }
}

fn check(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    let releases = args.releases(ctx)?;
    let name = releases.name_of(&args.version)?;
    let verdict = if args.force { Verdict::Update } else { Verdict::of(&args.version, &name)? };
    if args.format == Some(Format::Json) {
        ctx.ui.data_json(&json!({
            "schema": 1,
            "current": CURRENT,
            "found": name,
            "update": matches!(verdict, Verdict::Update),
            "from": releases.place(),
        }))?;
    } else {
        ctx.ui.data(verdict.describe(&name))?;
    }
    Ok(Exit::Success)
}
