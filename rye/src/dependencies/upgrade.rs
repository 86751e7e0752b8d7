//! Raising the bounds of requirements to the newest versions that go together.
//!
//! With their upper bounds taken away all requirements are resolved as one. What the resolver picks is what the bounds
//! are raised to, so that the edited manifests can always be locked.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, Serializer};

use crate::context::Context;
use crate::dependencies::{Error, Follow, Followed, write};
use crate::error::closest;
use crate::lock::{self, Kind, Locks, Request};
use crate::packaging::{
    Bounds, ExtraName, MarkerEnvironment, PackageName, Requirement, Version, VersionOrUrl,
};
use crate::project::edit::List;
use crate::project::{GroupEntry, Project, Strategy};
use crate::sync::{self, Options, Workbench};
use crate::uv::{Action, Change, Upgrade};
use crate::workspace::Workspace;

/// Which requirements are to be raised.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wish {
    /// Those with these names; none stands for all
    pub(crate) names: Vec<PackageName>,
    /// Those of these members; none stands for all
    pub(crate) members: Vec<PackageName>,
}

/// A distribution that is locked otherwise, as `rye upgrade --dry-run --format json` tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Locked {
    name: String,
    /// Several with commas between them; null for one that is new
    before: Option<String>,
    /// Null for one that goes
    after: Option<String>,
}

/// A requirement whose bounds go up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Raise {
    pub(crate) name: PackageName,
    /// The project by its name
    pub(crate) project: String,
    #[serde(serialize_with = "key")]
    pub(crate) list: List,
    /// The bounds as they are
    pub(crate) before: String,
    pub(crate) after: String,
}

/// What raising would come to; nothing of it is written.
pub(crate) struct Plan<'a> {
    /// The workspace with its manifests edited
    pub(crate) bench: Workbench<'a>,
    pub(crate) raises: Vec<Raise>,
    pub(crate) locks: Locks,
    /// Projects and their extras that cannot be had all at once, so that what only they need stays as it is
    pub(crate) apart: Vec<String>,
}

impl Wish {
    /// Tells whether a requirement of a project is meant, which is none on a project of one's own.
    fn has(&self, workspace: &Workspace, name: &PackageName) -> bool {
        (self.names.is_empty() || self.names.contains(name)) && workspace.member(name).is_none()
    }

    fn has_member(&self, project: &Project) -> bool {
        self.members.is_empty()
            || project.manifest().name().is_some_and(|name| self.members.contains(&name))
    }

    /// Returns the requirements that are meant, with the lists that they stand in.
    fn requirements<'w>(
        &'w self,
        workspace: &'w Workspace,
    ) -> impl Iterator<Item = (List, &'w str, Requirement)> {
        let members = workspace.members().filter(|member| self.has_member(member));
        let texts = members
            .flat_map(lists)
            .flat_map(|(list, texts)| texts.into_iter().map(move |text| (list.clone(), text)));
        texts.filter_map(|(list, text)| {
            let requirement: Requirement = text.parse().ok()?;
            self.has(workspace, &requirement.name).then_some((list, text, requirement))
        })
    }

    /// Fails for a name that nobody asks for, and for a member that does not exist.
    fn check(&self, bench: &Workbench<'_>) -> Result<(), Error> {
        let workspace = &bench.workspace;
        for name in &self.members {
            workspace.named(name)?;
        }
        let everything = Self { names: Vec::new(), members: self.members.clone() };
        let known: BTreeSet<_> = everything
            .requirements(workspace)
            .map(|(_, _, requirement)| requirement.name)
            .collect();
        for name in &self.names {
            if workspace.member(name).is_some() {
                return Err(Error::Own(name.clone()));
            }
            if !known.contains(name) {
                let closest = closest(name.as_ref(), known.iter().map(AsRef::as_ref));
                // a lockfile that cannot be read is told when it matters
                let locked = bench.lockfile(Kind::Development).unwrap_or_default();
                let is_it = |entry: &lock::Entry| entry.name().as_ref() == Some(name);
                return Err(Error::NotAskedFor {
                    name: name.clone(),
                    members: self.members.clone(),
                    is_locked: locked.entries.iter().any(is_it),
                    closest: closest.map(str::to_owned),
                });
            }
        }
        Ok(())
    }
}

impl<'a> Plan<'a> {
    /// Finds out what can be raised.
    pub(crate) fn new(
        ctx: &'a Context<'a>,
        bench: &Workbench<'a>,
        wish: &Wish,
        options: &Options,
    ) -> Result<Self, Error> {
        let workspace = &bench.workspace;
        wish.check(bench)?;
        let upgrade = if wish.names.is_empty() && wish.members.is_empty() {
            Upgrade::All
        } else {
            let names = wish.requirements(workspace).map(|(_, _, requirement)| requirement.name);
            Upgrade::Packages(names.collect::<BTreeSet<_>>().into_iter().collect())
        };
        let request = Request { upgrade, ..options.lock.clone() };
        let (newest, apart) = newest(ctx, bench, wish, &request, options)?;
        let mut raises = Vec::new();
        let edited = workspace.edited_everywhere(|project, document| {
            if !wish.has_member(project) {
                return Ok(());
            }
            for (list, _) in lists(project) {
                document.rewrite_requirements(&list, |text| {
                    let requirement: Requirement = text.parse().ok()?;
                    let name = requirement.name.clone();
                    let bounds = Bounds::find(text).filter(|_| wish.has(workspace, &name))?;
                    let (lowest, highest) = newest.versions(&requirement)?;
                    let new = bounds.raised(&lowest, &highest)?;
                    raises.push(Raise {
                        name,
                        project: project.display_name(),
                        list: list.clone(),
                        before: bounds.specifiers(),
                        after: Bounds::find(&new)?.specifiers(),
                    });
                    Some(new)
                })?;
            }
            Ok(())
        })?;
        let bench = Workbench::new(ctx, edited);
        let locks = bench.resolve(&request, options.access)?;
        Ok(Self { bench, raises, locks, apart })
    }

    /// Returns what would be locked otherwise than now.
    pub(crate) fn lock_changes(&self) -> Vec<Locked> {
        let before = self.bench.lockfile(Kind::Development).unwrap_or_default();
        let mut by_name: BTreeMap<String, Locked> = BTreeMap::new();
        for Change { name, version, action } in self.locks.development.changes_since(&before) {
            let locked =
                by_name.entry(name.clone()).or_insert(Locked { name, ..Locked::default() });
            match action {
                Action::Uninstalled => locked.before = Some(version),
                Action::Installed | Action::Reinstalled => locked.after = Some(version),
            }
        }
        by_name.into_values().collect()
    }

    /// Tells whether everything is as new as it can be.
    pub(crate) fn is_idle(&self) -> bool {
        self.raises.is_empty() && self.locks.outdated(self.bench.workspace.directory()).is_empty()
    }

    /// Writes the manifests and their lockfiles, then brings the environment to them. Should that fail, they stay.
    pub(crate) fn apply(&self, follow: Follow, options: &Options) -> Result<Followed, Error> {
        write(&self.bench, &self.locks, follow, options)
    }
}

fn key<S: Serializer>(list: &List, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&list.key())
}

/// The newest versions that go together.
struct Newest {
    locks: Locks,
    /// Where they were looked for, unless they hold everywhere
    environment: Option<MarkerEnvironment>,
}

impl Newest {
    /// Returns the lowest and the highest of what a requirement may bring, on whichever platform; none if it brings
    /// nothing.
    fn versions(&self, requirement: &Requirement) -> Option<(Version, Version)> {
        let marker = &requirement.marker;
        if self.environment.as_ref().is_some_and(|environment| !marker.evaluate(environment, &[])) {
            return None;
        }
        let locked = self.locks.development.entries.iter().filter_map(lock::Entry::parsed);
        let mut versions = Vec::new();
        for locked in locked.filter(|locked| locked.name == requirement.name) {
            if let Some(VersionOrUrl::VersionSpecifier(specifiers)) = &locked.version_or_url
                && !locked.marker.is_disjoint(marker)
            {
                versions.extend(specifiers.first().map(|specifier| specifier.version().clone()));
            }
        }
        Some((versions.iter().min()?.clone(), versions.iter().max()?.clone()))
    }
}

/// Resolves with the bounds loosened; returns also which extras had to be left out.
fn newest<'a>(
    ctx: &'a Context<'a>,
    bench: &Workbench<'a>,
    wish: &Wish,
    request: &Request,
    options: &Options,
) -> Result<(Newest, Vec<String>), Error> {
    let workspace = &bench.workspace;
    let loosened = workspace.edited_everywhere(|project, document| {
        if !wish.has_member(project) {
            return Ok(());
        }
        for (list, _) in lists(project) {
            document.rewrite_requirements(&list, |text| {
                let name = text.parse::<Requirement>().ok()?.name;
                let bounds = Bounds::find(text).filter(|_| wish.has(workspace, &name))?;
                Some(bounds.loosened())
            })?;
        }
        Ok(())
    })?;
    let loosened = Workbench::new(ctx, loosened);
    let request = Request { strategy: Some(Strategy::Highest), ..request.clone() };
    // most extras are not locked, and their bounds go up all the same
    let extras: BTreeSet<String> = wish
        .requirements(workspace)
        .filter_map(|(list, text, _)| match list {
            List::Optional(extra) => Bounds::find(text).map(|_| extra.to_string()),
            _ => None,
        })
        .collect();
    let mut apart = Vec::new();
    let everything = Request { features: Vec::new(), all_features: true, ..request.clone() };
    let locks = if extras.is_empty() {
        loosened.resolve(&request, options.access)?
    } else {
        match loosened.resolve(&everything, options.access) {
            Err(sync::Error::Lock { source: lock::Error::Resolve { .. }, .. }) => {
                apart.extend(extras);
                loosened.resolve(&request, options.access)?
            }
            resolved => resolved?,
        }
    };
    let environment = if locks.development.options.universal {
        None
    } else {
        Some(bench.interpreter(options.access)?.python.marker_environment())
    };
    Ok((Newest { locks, environment }, apart))
}

/// Returns the lists of a project whose requirements are bounded, with their texts.
fn lists(project: &Project) -> Vec<(List, Vec<&str>)> {
    let manifest = project.manifest();
    let mut lists = vec![
        (List::Regular, manifest.dependencies().iter().map(String::as_str).collect()),
        (List::Dev, manifest.rye().dev_dependencies.iter().map(String::as_str).collect()),
    ];
    for (extra, texts) in manifest.project.iter().flat_map(|table| &table.optional_dependencies) {
        if let Ok(extra) = extra.parse::<ExtraName>() {
            lists.push((List::Optional(extra), texts.iter().map(String::as_str).collect()));
        }
    }
    for (group, entries) in &manifest.dependency_groups {
        let texts = entries.iter().filter_map(|entry| match entry {
            GroupEntry::Requirement(text) => Some(text.as_str()),
            GroupEntry::Include { .. } => None,
        });
        if let Ok(group) = group.parse::<ExtraName>() {
            lists.push((List::Group(group), texts.collect()));
        }
    }
    lists
}
