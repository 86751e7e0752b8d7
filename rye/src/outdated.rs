//! What is locked that is not the newest.
//!
//! There are two answers to what is newer: what an update of the lockfiles would take, and the newest that the
//! index has. The engine gives both, since it alone knows what it would take of an index: the first by
//! a resolution that prefers nothing, the second by one of bare names, in which nothing needs
//! anything and so nothing holds another back. Nothing is written.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::error::Hint;
use crate::fs;
use crate::graph::{self, Edge, Graph, Id};
use crate::lock::{self, Lockfile, Options as LockOptions, Request};
use crate::packaging::{PackageName, Version, VersionOrUrl};
use crate::sync::{self, Workbench};
use crate::uv::{self, Access, Pins, Upgrade};

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("`{0}` is not locked in a version of an index, or not by what was selected")]
    NoVersion(PackageName),
    #[error("cannot find out what the newest versions are")]
    Newest(#[source] uv::Error),
    #[error("the newest versions cannot be understood")]
    Versions(#[source] lock::FileError),
    #[error(transparent)]
    Graph(#[from] graph::Error),
    #[error(transparent)]
    Sync(#[from] Box<sync::Error>),
    #[error(transparent)]
    Fs(#[from] fs::Error),
}

impl From<sync::Error> for Error {
    fn from(error: sync::Error) -> Self {
        Self::Sync(Box::new(error))
    }
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        match self {
            // the causes have one
            Self::NoVersion(_) | Self::Newest(_) | Self::Versions(_) => None,
            Self::Graph(error) => error.hint(),
            Self::Sync(error) => error.hint(),
            Self::Fs(error) => error.hint(),
        }
    }
}

/// What to look at.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// These alone; none stands for all
    pub(crate) names: Vec<PackageName>,
    /// Also what no manifest names
    pub(crate) is_transitive: bool,
    /// Also pre-releases
    pub(crate) pre: bool,
    pub(crate) access: Access,
}

/// A distribution that is not the newest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Outdated {
    pub(crate) name: String,
    /// What is locked; several where platforms differ
    pub(crate) current: Vec<Version>,
    /// What an update would lock; none if it would not be needed any more
    pub(crate) wanted: Vec<Version>,
    /// The newest that the index has
    pub(crate) latest: Version,
    /// A manifest names it.
    pub(crate) direct: bool,
    /// Who names it
    pub(crate) requirements: Vec<Named>,
    /// The distributions that need it
    pub(crate) needed_by: Vec<String>,
}

/// A requirement of a manifest, and whose that is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Named {
    pub(crate) member: String,
    pub(crate) list: String,
    pub(crate) text: String,
}

/// Versions by the names of distributions, the newest last
type Versions = BTreeMap<PackageName, BTreeSet<Version>>;

/// Returns what is not the newest, sorted by name.
pub(crate) fn find(
    bench: &Workbench<'_>,
    graph: &Graph,
    options: &Options,
) -> Result<Vec<Outdated>, Error> {
    let mut locked: BTreeMap<PackageName, Vec<Id>> = BTreeMap::new();
    for id in graph.versions() {
        if let Ok(name) = graph.node(id).name.parse() {
            locked.entry(name).or_default().push(id);
        }
    }
    for name in &options.names {
        graph.named(name)?;
        if !locked.contains_key(name) {
            return Err(Error::NoVersion(name.clone()));
        }
    }
    locked.retain(|name, ids| {
        if options.names.is_empty() {
            options.is_transitive || ids.iter().any(|id| named(graph, *id).next().is_some())
        } else {
            options.names.contains(name)
        }
    });
    if locked.is_empty() {
        return Ok(Vec::new());
    }
    let request = Request { upgrade: Upgrade::All, ..Request::default() };
    let updated = bench.resolve(&request, options.access)?;
    let updated = updated.get(graph.kind);
    let (wanted, newest) = (versions(updated), newest(bench, locked.keys(), updated, options)?);
    let outdated = locked.into_iter().filter_map(|(name, ids)| {
        let of = |versions: &Versions| versions.get(&name).cloned().unwrap_or_default();
        let current: BTreeSet<Version> =
            ids.iter().filter_map(|id| graph.node(*id).version()?.parse().ok()).collect();
        let wanted = of(&wanted);
        // a requirement may ask for a pre-release, or for a version that was taken back
        let latest = of(&newest).into_iter().chain(wanted.iter().cloned()).max()?;
        if current == wanted && current.last() >= Some(&latest) {
            return None;
        }
        let mut requirements = Vec::new();
        for named in ids.iter().flat_map(|id| named(graph, *id)) {
            // one requirement may have been locked in several versions
            if !requirements.contains(&named) {
                requirements.push(named);
            }
        }
        let needing = ids.iter().flat_map(|id| graph.needed_by(*id)).map(|edge| edge.from);
        let needing = needing.map(|id| graph.node(id)).filter(|node| !node.is_member());
        let needing: BTreeSet<_> = needing.map(|node| node.name.clone()).collect();
        Some(Outdated {
            name: name.to_string(),
            current: current.into_iter().collect(),
            wanted: wanted.into_iter().collect(),
            latest,
            direct: !requirements.is_empty(),
            requirements,
            needed_by: needing.into_iter().collect(),
        })
    });
    Ok(outdated.collect())
}

/// Returns the requirements of manifests that a distribution is locked for.
fn named(graph: &Graph, id: Id) -> impl Iterator<Item = Named> {
    let of_members = graph.needed_by(id).filter(|edge| graph.node(edge.from).is_member());
    of_members.flat_map(|edge: &Edge| {
        let asked = graph.asked(edge);
        asked.map(|asked| Named {
            member: graph.node(edge.from).name.clone(),
            list: asked.list.clone(),
            text: asked.text.clone(),
        })
    })
}

fn versions(lockfile: &Lockfile) -> Versions {
    let mut versions = Versions::new();
    for requirement in lockfile.entries.iter().filter_map(lock::Entry::parsed) {
        if let Some(VersionOrUrl::VersionSpecifier(specifiers)) = &requirement.version_or_url
            && let Some(specifier) = specifiers.first()
        {
            versions.entry(requirement.name).or_default().insert(specifier.version().clone());
        }
    }
    versions
}

/// Asks for the newest versions of distributions, whatever the requirements say.
fn newest<'n>(
    bench: &Workbench<'_>,
    names: impl Iterator<Item = &'n PackageName>,
    updated: &Lockfile,
    options: &Options,
) -> Result<Versions, Error> {
    let LockOptions { pre, choices, .. } = &updated.options;
    let directory = fs::temporary_directory()?;
    let pins = Pins {
        directory: directory.path(),
        base: directory.path(),
        root: bench.workspace.directory(),
        requirements: &names.flat_map(|name| [name.as_ref(), "\n"]).collect::<String>(),
        interpreter: &bench.interpreter(options.access)?.path,
        scope: lock::scope(&bench.workspace, &updated.options),
        exclude_newer: choices.exclude_newer.as_ref(),
    };
    let uv = bench.uv(options.access)?;
    // what the lockfiles may take is not to be missing here
    let text = uv.newest(&pins, options.pre || *pre).map_err(Error::Newest)?;
    Ok(versions(&text.parse().map_err(Error::Versions)?))
}
