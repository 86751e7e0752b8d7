//! Adding and removing requirements of a project: manifest, lockfiles and environment in step.
//!
//! Everything is worked out in memory first. What cannot be resolved changes nothing.

use std::fmt;
use std::str::FromStr;

use crate::context::Context;
use crate::error::Hint;
use crate::lock::{self, Lockfile, Locks, Relocked, Request};
use crate::packaging::{
    self, DependencyOperator, ExtraName, PackageName, Requirement, Version, VersionOrUrl,
};
use crate::project::edit::{Added, List};
use crate::project::{self, Project};
use crate::sync::{self, Locking, Options, Report, Workbench};
use crate::workspace::{self, Workspace};

mod upgrade;

pub(crate) use upgrade::{Plan, Raise, Wish};

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("`{text}` is no requirement: {reason}")]
    Requirement { text: String, reason: String },
    #[error("`{0}` is not among the {1} dependencies")]
    NotListed(PackageName, String),
    #[error("`{0}` is the project itself")]
    Itself(PackageName),
    #[error("{} asks for `{name}`", nobody(members))]
    NotAskedFor {
        name: PackageName,
        /// The projects that were looked at; none stands for all
        members: Vec<PackageName>,
        /// Something else needs it.
        is_locked: bool,
        closest: Option<String>,
    },
    #[error("`{0}` is a project of your own: it has no newer version than the one that is there")]
    Own(PackageName),
    #[error("`{0}` was not resolved: its marker holds nowhere that the project is for")]
    NotResolved(PackageName),
    #[error(
        "`project.dynamic` names `{0}`: the build backend makes it up, and what is added there counts for nothing"
    )]
    Dynamic(&'static str),
    #[error("the lockfiles would change{}", lock::lines(.0))]
    Locked(Vec<String>),
    #[error(transparent)]
    Project(#[from] project::Error),
    #[error(transparent)]
    Workspace(#[from] workspace::Error),
    #[error(transparent)]
    Sync(#[from] sync::Error),
}

fn nobody(members: &[PackageName]) -> String {
    let names: Vec<_> = members.iter().map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "nothing".to_owned() } else { format!("nothing in {}", names.join(", ")) }
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Requirement { .. } => Some(
                "write it as in `flask`, `flask[async]>=3,<4` or `tomli; python_version < '3.11'`"
                    .to_owned(),
            ),
            Self::NotListed(..) => Some(
                "name the list with `--dev`, `--optional`, `--group` or `--excluded`".to_owned(),
            ),
            Self::NotAskedFor { name, is_locked: true, .. } => Some(format!(
                "others need it, and say in which versions; `rye lock --update {name}` brings the newest of those"
            )),
            Self::NotAskedFor { closest: Some(closest), .. } => {
                Some(format!("did you mean `{closest}`?"))
            }
            Self::NotAskedFor { name, .. } => Some(format!("add it with `rye add {name}`")),
            Self::Own(name) => {
                Some(format!("what it asks for is raised with `rye upgrade --package {name}`"))
            }
            Self::Itself(name) => {
                Some(format!("it needs itself only with extras, as in `{name}[EXTRA]`"))
            }
            Self::NotResolved(_) => Some(
                "give it a version, as in `name>=1.0; marker`, to add it all the same".to_owned(),
            ),
            Self::Dynamic(key) => {
                Some(format!("add it where the backend reads it, or take `{key}` out of the list"))
            }
            Self::Locked(_) => Some("leave `--locked` away to let them".to_owned()),
            Self::Project(error) => error.hint(),
            Self::Workspace(error) => error.hint(),
            Self::Sync(error) => error.hint(),
        }
    }
}

/// A list of the manifest, as a command names it.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// A list by its place
    List(List),
    /// The dev dependencies, in whichever of their two places the project keeps them
    Development,
}

impl Target {
    /// Returns the list: for development the one that has one of the names, else the one that is
    /// not empty, else `tool.rye.dev-dependencies`.
    fn list(&self, project: &Project, names: &[PackageName]) -> List {
        if let Self::List(list) = self {
            return list.clone();
        }
        let group = || List::Group("dev".parse().expect("`dev` is a name"));
        let manifest = project.manifest();
        let in_group = manifest.group("dev").unwrap_or_default();
        let in_rye = &manifest.rye().dev_dependencies;
        let has_name = |texts: &[String]| {
            let parsed = texts.iter().filter_map(|text| text.parse::<Requirement>().ok());
            parsed.into_iter().any(|requirement| names.contains(&requirement.name))
        };
        if has_name(in_rye) {
            List::Dev
        } else if has_name(&in_group) || (in_rye.is_empty() && !in_group.is_empty()) {
            group()
        } else {
            List::Dev
        }
    }
}

/// Whether the environment follows at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Follow {
    Sync,
    LockOnly,
}

/// What became of the manifest and the environment.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) list: List,
    /// The requirements as they were written, or taken away
    pub(crate) requirements: Vec<String>,
    pub(crate) locked: Relocked,
    /// What became of the environment, if it was to follow
    pub(crate) report: Option<Result<Report, sync::Error>>,
}

/// A requirement to add: parsed, and its name and its marker as they were typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Addition {
    pub(crate) requirement: Requirement,
    spelling: String,
    marker: Option<String>,
}

impl Addition {
    /// Returns the requirement with its name as it was typed.
    pub(crate) fn as_spelled(&self) -> String {
        let name = self.requirement.name.as_ref();
        self.to_string().replacen(name, &self.spelling, 1)
    }
}

impl FromStr for Addition {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let failed = |error: pep508_rs::Pep508Error<_>| Error::Requirement {
            text: text.to_owned(),
            reason: error.message.to_string(),
        };
        let requirement = packaging::requirement(text).map_err(failed)?;
        // in a URL a semicolon is a marker's only after a space (PEP 508)
        let separator = match requirement.version_or_url {
            Some(VersionOrUrl::Url(_)) => " ;",
            _ => ";",
        };
        let marker = text.split_once(separator).map(|(_, marker)| marker.trim().to_owned());
        let is_part = |part: char| part.is_ascii_alphanumeric() || "-_.".contains(part);
        let text = text.trim_start();
        let end = text.find(|part| !is_part(part)).unwrap_or(text.len());
        Ok(Self { requirement, spelling: text[..end].to_owned(), marker })
    }
}

impl fmt::Display for Addition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Requirement { name, extras, version_or_url, .. } = &self.requirement;
        write!(f, "{name}")?;
        if !extras.is_empty() {
            let extras: Vec<_> = extras.iter().map(ToString::to_string).collect();
            write!(f, "[{}]", extras.join(","))?;
        }
        match version_or_url {
            Some(VersionOrUrl::VersionSpecifier(specifiers)) => write!(f, "{specifiers}")?,
            Some(VersionOrUrl::Url(url)) => write!(f, " @ {url}")?,
            None => {}
        }
        match &self.marker {
            Some(marker) => write!(f, " ; {marker}"),
            None => Ok(()),
        }
    }
}

/// Where a change goes and how far it reaches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reach<'a> {
    pub(crate) target: &'a Target,
    pub(crate) follow: Follow,
    pub(crate) options: &'a Options,
}

impl Reach<'_> {
    /// Fails if the change reaches an environment that is not Rye's.
    fn refuse_foreign(&self, bench: &Workbench<'_>) -> Result<(), Error> {
        if self.follow == Follow::Sync {
            bench.refuse_foreign(self.options)?;
        }
        Ok(())
    }
}

/// Adds requirements to a list; those without a version get one by resolving.
pub(crate) fn add<'a>(
    ctx: &'a Context<'a>,
    workspace: Workspace,
    additions: &[Addition],
    operator: DependencyOperator,
    reach: Reach<'_>,
) -> Result<(Workbench<'a>, Outcome), Error> {
    let Reach { target, options, .. } = reach;
    let mut bench = Workbench::new(ctx, workspace);
    let _guard = bench.guard()?;
    reach.refuse_foreign(&bench)?;
    let names: Vec<_> =
        additions.iter().map(|addition| addition.requirement.name.clone()).collect();
    let list = target.list(bench.project(), &names);
    refuse_dynamic(bench.project(), &list)?;
    let mut additions = additions.to_vec();
    for addition in &mut additions {
        bound_to_member(&bench.workspace, &mut addition.requirement, operator);
    }
    let own = bench.project().manifest().name();
    let is_itself = |requirement: &Requirement| {
        Some(&requirement.name) == own.as_ref() && requirement.extras.is_empty()
    };
    if let Some(addition) = additions.iter().find(|addition| is_itself(&addition.requirement)) {
        return Err(Error::Itself(addition.requirement.name.clone()));
    }
    let is_open = |addition: &&Addition| {
        let Requirement { name, version_or_url, .. } = &addition.requirement;
        version_or_url.is_none() && bench.workspace.member(name).is_none()
    };
    let open = additions.iter().filter(is_open).map(|addition| addition.requirement.name.clone());
    // what gets a version gets the newest one, whatever was locked
    let request = Request { unlocked: open.collect(), ..options.lock.clone() };
    let edited = |additions: &[Addition]| -> Result<Workbench<'a>, Error> {
        let (workspace, _) = bench.workspace.edited(|document| {
            let add = |addition: &Addition| document.add_requirement(&list, &addition.to_string());
            additions.iter().map(add).collect::<Result<Vec<Added>, _>>()
        })?;
        Ok(Workbench::new(ctx, workspace))
    };
    let asked = edited(&additions)?;
    let locks = asked.resolve(&request, options.access)?;
    // what is excluded is looked for nowhere: it need not even exist
    if list == List::Excluded {
        return conclude(
            asked,
            list,
            additions.iter().map(ToString::to_string).collect(),
            &locks,
            reach,
        );
    }
    let probed = match &list {
        List::Optional(extra) => probe(&asked, &locks, extra, &request, options)?,
        _ => None,
    };
    let mut settled = additions.clone();
    let is_member = |name: &PackageName| bench.workspace.member(name).is_some();
    let locked = &probed.as_ref().unwrap_or(&locks).development;
    let is_settled = settle(&mut settled, operator, locked, is_member)?;
    let bench = edited(&settled)?;
    let locks = if is_settled { locks } else { bench.resolve(&request, options.access)? };
    conclude(bench, list, settled.iter().map(ToString::to_string).collect(), &locks, reach)
}

/// Bounds a requirement on another member of the workspace by the version that this has, for those who
/// take it from an index once. In the workspace nobody looks at it.
fn bound_to_member(
    workspace: &Workspace,
    requirement: &mut Requirement,
    operator: DependencyOperator,
) {
    let Some(member) = workspace.member(&requirement.name) else { return };
    if requirement.version_or_url.is_some() || member.path() == workspace.current().path() {
        return;
    }
    let table = member.manifest().project.as_ref();
    let version = table.and_then(|table| table.version.as_ref()?.parse::<Version>().ok());
    requirement.version_or_url =
        version.map(|version| VersionOrUrl::VersionSpecifier(operator.specifier(&version).into()));
}

/// Fails for a list that the build backend makes up (PEP 621).
fn refuse_dynamic(project: &Project, list: &List) -> Result<(), Error> {
    let key = match list {
        List::Regular => "dependencies",
        List::Optional(_) => "optional-dependencies",
        List::Script | List::Dev | List::Excluded | List::Group(_) => return Ok(()),
    };
    if project.manifest().is_dynamic(key) { Err(Error::Dynamic(key)) } else { Ok(()) }
}

/// Resolves with an extra that the lockfiles leave out; none if they have it.
fn probe(
    bench: &Workbench<'_>,
    locks: &Locks,
    extra: &ExtraName,
    request: &Request,
    options: &Options,
) -> Result<Option<Locks>, Error> {
    let locked = &locks.development.options;
    // an extra without an owner is the root's
    let (own, root) = (bench.project(), bench.workspace.root());
    let is_it = |feature: &String| {
        let (owner, name) = match feature.split_once('/') {
            Some((owner, name)) => (owner.parse().ok(), name),
            None => (root.manifest().name(), feature.as_str()),
        };
        owner == own.manifest().name() && name.parse::<ExtraName>().is_ok_and(|name| name == *extra)
    };
    if locked.all_features || locked.features.iter().any(is_it) {
        return Ok(None);
    }
    let mut features = locked.features.clone();
    let owner = own.manifest().name().filter(|_| own.path() != root.path());
    features.push(owner.map_or_else(|| extra.to_string(), |owner| format!("{owner}/{extra}")));
    let request = Request { features, ..request.clone() };
    Ok(Some(bench.resolve(&request, options.access)?))
}

/// Removes requirements from a list by name; every one has to be in it.
pub(crate) fn remove<'a>(
    ctx: &'a Context<'a>,
    workspace: Workspace,
    names: &[PackageName],
    reach: Reach<'_>,
) -> Result<(Workbench<'a>, Outcome), Error> {
    let Reach { target, options, .. } = reach;
    let mut bench = Workbench::new(ctx, workspace);
    let _guard = bench.guard()?;
    reach.refuse_foreign(&bench)?;
    let list = target.list(bench.project(), names);
    let (edited, removed) = bench.workspace.edited(|document| {
        let remove = |name: &PackageName| document.remove_requirement(&list, name);
        names.iter().map(remove).collect::<Result<Vec<_>, _>>()
    })?;
    let missing = names.iter().zip(&removed).find(|(_, removed)| removed.is_empty());
    if let Some((name, _)) = missing {
        return Err(Error::NotListed(name.clone(), list.to_string()));
    }
    let bench = Workbench::new(ctx, edited);
    let locks = bench.resolve(&options.lock, options.access)?;
    conclude(bench, list, removed.concat(), &locks, reach)
}

/// Writes the manifest and its lockfiles, then brings the environment to them. Should that fail, they stay.
fn conclude<'a>(
    bench: Workbench<'a>,
    list: List,
    requirements: Vec<String>,
    locks: &Locks,
    reach: Reach<'_>,
) -> Result<(Workbench<'a>, Outcome), Error> {
    if reach.options.locking == Locking::Locked {
        let changes = bench.differences(locks)?;
        if !changes.is_empty() {
            return Err(Error::Locked(changes));
        }
    }
    let Followed { locked, report } = write(&bench, locks, reach.follow, reach.options)?;
    Ok((bench, Outcome { list, requirements, locked, report }))
}

/// What became of the lockfiles, and of the environment if it was to follow.
#[derive(Debug)]
pub(crate) struct Followed {
    pub(crate) locked: Relocked,
    pub(crate) report: Option<Result<Report, sync::Error>>,
}

fn write(
    bench: &Workbench<'_>,
    locks: &Locks,
    follow: Follow,
    options: &Options,
) -> Result<Followed, Error> {
    if follow == Follow::Sync {
        bench.selection(options)?;
    }
    bench.workspace.save()?;
    let locked = bench.write(locks);
    if locked.is_err() {
        bench.workspace.restore()?;
    }
    let locked = locked?;
    let report = match follow {
        Follow::Sync => Some(bench.install(Some(locks), options)),
        Follow::LockOnly => None,
    };
    Ok(Followed { locked, report })
}

/// Bounds requirements without a version by the one that they are locked at, but for those that have none; tells
/// whether all that is locked meets them then.
pub(crate) fn settle(
    additions: &mut [Addition],
    operator: DependencyOperator,
    locked: &Lockfile,
    has_none: impl Fn(&PackageName) -> bool,
) -> Result<bool, Error> {
    let mut is_settled = true;
    for addition in additions {
        let requirement = &mut addition.requirement;
        if requirement.version_or_url.is_some() || has_none(&requirement.name) {
            continue;
        }
        let versions = versions(locked, &requirement.name);
        // a lower bound must let in the version of every platform
        let version = match operator {
            DependencyOperator::GreaterThanEqual => versions.iter().min(),
            DependencyOperator::Equal | DependencyOperator::TildeEqual => versions.iter().max(),
        };
        let version = version.ok_or_else(|| Error::NotResolved(requirement.name.clone()))?;
        let specifier = operator.specifier(version);
        is_settled &= versions.iter().all(|version| specifier.contains(version));
        requirement.version_or_url = Some(VersionOrUrl::VersionSpecifier(specifier.into()));
    }
    Ok(is_settled)
}

/// Returns the versions that a distribution is locked at, on whichever platform.
fn versions(lockfile: &Lockfile, name: &PackageName) -> Vec<Version> {
    let entries = lockfile.entries.iter().filter_map(lock::Entry::parsed);
    let named = entries.filter(|locked| locked.name == *name);
    let version = |locked: Requirement| match locked.version_or_url? {
        VersionOrUrl::VersionSpecifier(specifiers) => Some(specifiers.first()?.version().clone()),
        VersionOrUrl::Url(_) => None,
    };
    named.filter_map(version).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_addition_keeps_its_marker_as_typed() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            assert_eq!(text.parse::<Addition>().unwrap().to_string(), expected);
        }
        check("Flask", "flask");
        check("flask [dotenv, async]==3.0", "flask[dotenv,async]==3.0");
        check("a>=1,<2;python_version>\"3.8\"", "a>=1, <2 ; python_version>\"3.8\"");
        check(
            "a @ https://index.invalid/a;b.whl ; os_name == 'nt'",
            "a @ https://index.invalid/a;b.whl ; os_name == 'nt'",
        );
    }
}
