//! Lockfiles: what they hold, and how they are made from a manifest.
//!
//! Development is resolved first and production with its versions, so that production is always a
//! part of development. Nothing is installed here.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use toml_edit::{Array, DocumentMut, Item, Table, value};

use crate::error::Hint;
use crate::fs;
use crate::packaging::{ExtraName, PackageName, Requirement, lower_bound};
use crate::project::{Manifest, Project, ProjectTable};
use crate::uv::{self, Resolution, Scope, Upgrade, Uv};
use crate::venv::Mode;

mod file;
mod options;

pub(crate) use file::{Entry, Lockfile};
pub(crate) use options::{Options, Request};

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the lockfile `{}` cannot be understood", path.display())]
    File { path: PathBuf, source: file::Error },
    #[error("`{}` is missing", .0.display())]
    Missing(PathBuf),
    #[error("`{}` is not what the manifest asks for{}", path.display(), lines(changes))]
    Stale { path: PathBuf, changes: Vec<String> },
    #[error("the project has no extra `{extra}`; {}", known(extras))]
    UnknownExtra { extra: String, extras: Vec<String> },
    #[error("`tool.rye.excluded-dependencies` holds `{text}`: {reason}")]
    Excluded { text: String, reason: String },
    #[error("`project.name` is missing in `{}`", .0.display())]
    NoName(PathBuf),
    #[error("nothing called `{0}` is locked that could be updated")]
    NotLocked(PackageName),
    #[error("the requirements cannot be resolved")]
    Resolve(#[source] uv::Error),
    #[error("uv's resolution cannot be understood")]
    Resolved(#[source] file::Error),
    #[error(transparent)]
    Fs(#[from] fs::Error),
}

fn lines(changes: &[String]) -> String {
    changes.iter().flat_map(|change| ["\n    ", change]).collect()
}

fn known(extras: &[String]) -> String {
    if extras.is_empty() {
        "it has none".to_owned()
    } else {
        format!("it has {}", extras.join(", "))
    }
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        match self {
            Self::File { .. } => {
                Some("correct the line, or delete the file and run `rye lock`".to_owned())
            }
            Self::Missing(_) | Self::Stale { .. } => Some("make it with `rye lock`".to_owned()),
            Self::NoName(_) => Some("add `name = \"…\"` to its `[project]`".to_owned()),
            Self::Excluded { .. } => Some("write it as PEP 508 has it".to_owned()),
            Self::Resolve(error) => error.hint(),
            Self::Fs(error) => error.hint(),
            Self::UnknownExtra { .. } => {
                Some("if the lockfiles remember it, forget it with `rye lock --reset`".to_owned())
            }
            Self::NotLocked(_) | Self::Resolved(_) => None,
        }
    }
}

/// Which of a project's two lockfiles is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Production,
    Development,
}

impl Kind {
    pub(crate) const ALL: [Self; 2] = [Self::Production, Self::Development];

    /// Returns the lockfile that is installed from.
    pub(crate) fn of(mode: Mode) -> Self {
        match mode {
            Mode::Development => Self::Development,
            Mode::Production => Self::Production,
        }
    }

    /// Returns the path of a project's lockfile.
    pub(crate) fn path(self, project: &Project) -> PathBuf {
        project.root().join(match self {
            Self::Production => "requirements.lock",
            Self::Development => "requirements-dev.lock",
        })
    }

    /// Reads a project's lockfile, if it has one.
    pub(crate) fn find(self, project: &Project) -> Result<Option<Lockfile>, Error> {
        let path = self.path(project);
        let text = fs::find_text(&path)?;
        let parse = |text: String| text.parse();
        text.map(parse).transpose().map_err(|source| Error::File { path, source })
    }
}

/// The two lockfiles of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Locks {
    pub(crate) production: Lockfile,
    pub(crate) development: Lockfile,
}

impl Locks {
    pub(crate) fn get(&self, kind: Kind) -> &Lockfile {
        match kind {
            Kind::Production => &self.production,
            Kind::Development => &self.development,
        }
    }

    /// Returns which of the files say something else, or nothing; form alone does not count.
    pub(crate) fn outdated(&self, project: &Project) -> Vec<Kind> {
        // what cannot be understood is replaced: it was refused before if it mattered
        let says_other =
            |kind: &Kind| kind.find(project).ok().flatten().as_ref() != Some(self.get(*kind));
        Kind::ALL.into_iter().filter(says_other).collect()
    }

    /// Writes the files that say something else; returns which.
    pub(crate) fn write(&self, project: &Project) -> Result<Vec<Kind>, Error> {
        let outdated = self.outdated(project);
        for kind in &outdated {
            fs::check_writable(&kind.path(project))?; // both or neither
        }
        for kind in &outdated {
            fs::write(&kind.path(project), self.get(*kind).to_string())?;
        }
        Ok(outdated)
    }

    /// Fails unless the files say exactly this.
    pub(crate) fn check(&self, project: &Project) -> Result<(), Error> {
        for kind in Kind::ALL {
            let path = kind.path(project);
            let Some(found) = kind.find(project)? else { return Err(Error::Missing(path)) };
            let expected = self.get(kind);
            if found != *expected {
                return Err(Error::Stale { path, changes: found.differences(expected) });
            }
        }
        Ok(())
    }
}

/// Makes the lockfiles of a project in memory.
///
/// The versions of the present ones are preferred, so that nothing moves without a reason.
pub(crate) fn resolve(
    uv: &Uv<'_>,
    project: &Project,
    interpreter: &Path,
    request: &Request,
) -> Result<Locks, Error> {
    let present_production = Kind::Production.find(project)?;
    let present_development = Kind::Development.find(project)?;
    // production's versions and options are better than none while there is no other lockfile
    let preferred = present_development.as_ref().or(present_production.as_ref());
    let remembered = preferred.map(|lockfile| &lockfile.options);
    let options = Options::new(project.manifest().rye(), request, remembered);
    let resolver = Resolver::new(uv, project, interpreter, request, options)?;
    let development = resolver.resolve(Kind::Development, preferred, None)?;
    let lockfiles = present_development.iter().chain(&present_production).chain([&development]);
    let locked: BTreeSet<_> =
        lockfiles.flat_map(|lockfile| &lockfile.entries).filter_map(Entry::name).collect();
    if let Some(name) = request.updated.iter().find(|name| !locked.contains(name)) {
        return Err(Error::NotLocked(name.clone()));
    }
    // Rye 0.44 resolved the two apart; such lockfiles stay while nothing else changes
    if let Some(present) = &present_production
        && present_development.as_ref() == Some(&development)
        && !present.is_within(&development)
        && request.upgrade == Upgrade::None
    {
        let apart = resolver.resolve(Kind::Production, Some(present), None)?;
        if apart == *present {
            return Ok(Locks { production: apart, development });
        }
    }
    if resolver.requirements(Kind::Production) == resolver.requirements(Kind::Development) {
        return Ok(Locks { production: development.clone(), development });
    }
    let production = resolver.resolve(Kind::Production, Some(&development), Some(&development))?;
    Ok(Locks { production, development })
}

/// One project's resolutions, which differ in what is asked for.
struct Resolver<'a> {
    uv: &'a Uv<'a>,
    project: &'a Project,
    interpreter: &'a Path,
    upgrade: &'a Upgrade,
    options: Options,
    scope: Scope,
    excluded: Vec<Requirement>,
    /// The line that stands for the project itself, if anything does
    editable: Option<Editable>,
    /// The selected extras of a project that nothing stands for, as requirements of its own
    own_extras: Vec<String>,
}

/// The project as a requirement of its own lockfile.
struct Editable {
    /// As it stands in the lockfile
    line: String,
    /// As it is given to the resolver
    given: String,
    /// As the resolver prints it: without extras
    printed: String,
    /// The manifest to resolve from, where the project's own would need a build
    metadata: Option<String>,
}

impl<'a> Resolver<'a> {
    fn new(
        uv: &'a Uv<'a>,
        project: &'a Project,
        interpreter: &'a Path,
        request: &'a Request,
        options: Options,
    ) -> Result<Self, Error> {
        let manifest = project.manifest();
        let excluded = manifest.rye().excluded_dependencies.iter().map(|text| {
            text.parse().map_err(|error: pep508_rs::Pep508Error<_>| Error::Excluded {
                text: text.clone(),
                reason: error.message.to_string(),
            })
        });
        let excluded = excluded.collect::<Result<_, _>>()?;
        let extras = selected_extras(project, &options)?;
        let editable = (!project.is_virtual()).then(|| editable(project, &extras)).transpose()?;
        let scope = if options.universal {
            let bound = lower_bound(&manifest.requires_python());
            Scope::Universal { lower_bound: bound.map(|version| version.to_string()) }
        } else {
            Scope::Interpreter
        };
        let upgrade = &request.upgrade;
        let own = manifest.name().map(|name| name.to_string()).unwrap_or_default();
        let own_extras = extras.iter().map(|extra| format!("{own}[{extra}]")).collect();
        Ok(Self {
            uv,
            project,
            interpreter,
            upgrade,
            options,
            scope,
            excluded,
            editable,
            own_extras,
        })
    }

    /// Returns what is asked for, one requirement a line.
    fn requirements(&self, kind: Kind) -> String {
        let manifest = self.project.manifest();
        let mut texts = manifest.dependencies().to_vec();
        if kind == Kind::Development {
            texts.extend_from_slice(&manifest.rye().dev_dependencies);
            for group in manifest.dependency_groups.keys() {
                texts.extend(manifest.group(group).expect("groups were checked when read"));
            }
        }
        let texts = match &self.editable {
            Some(editable) => [vec![editable.given.clone()], texts].concat(),
            None => expanded(manifest, [self.own_extras.clone(), texts].concat()),
        };
        texts.iter().flat_map(|text| [anchored(text), "\n".to_owned()]).collect()
    }

    fn resolve(
        &self,
        kind: Kind,
        preferred: Option<&Lockfile>,
        constraints: Option<&Lockfile>,
    ) -> Result<Lockfile, Error> {
        let directory = fs::temporary_directory()?;
        if let Some(metadata) =
            self.editable.as_ref().and_then(|editable| editable.metadata.as_ref())
        {
            fs::write(&directory.path().join(crate::project::MANIFEST), metadata)?;
        }
        let preferences = preferred.map(Lockfile::pins).unwrap_or_default();
        let constraints = constraints.map(Lockfile::pins);
        let resolution = Resolution {
            directory: directory.path(),
            project_root: self.project.root(),
            requirements: &self.requirements(kind),
            constraints: constraints.as_deref(),
            preferences: &preferences,
            interpreter: self.interpreter,
            scope: self.scope.clone(),
            pre_releases: self.options.pre,
            hashes: self.options.generate_hashes,
            // what development settled is settled
            upgrade: if constraints.is_some() { &Upgrade::None } else { self.upgrade },
            refreshed: self
                .editable
                .as_ref()
                .filter(|editable| editable.metadata.is_none())
                .and_then(|_| self.project.manifest().name()),
        };
        let what = match kind {
            Kind::Production => "locking",
            Kind::Development => "locking (dev)",
        };
        let text = self.uv.resolve(&resolution, what).map_err(Error::Resolve)?;
        let mut lockfile: Lockfile = text.parse().map_err(Error::Resolved)?;
        lockfile.options = self.options.clone();
        if self.options.with_sources {
            lockfile.sources = self.uv.indexes().lines();
        }
        for entry in &mut lockfile.entries {
            if let Some(editable) = &self.editable
                && entry.requirement == editable.printed
            {
                entry.requirement.clone_from(&editable.line);
            }
            if self.excluded.iter().any(|excluded| entry.is(excluded)) {
                entry.exclude();
            }
        }
        Ok(lockfile)
    }
}

fn editable(project: &Project, extras: &BTreeSet<String>) -> Result<Editable, Error> {
    let extras = match extras.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => String::new(),
        extras => format!("[{}]", extras.join(",")),
    };
    let line = "-e file:.".to_owned();
    let manifest = project.manifest();
    let needs_build = ["name", "dependencies", "optional-dependencies"];
    let needs_build = needs_build.iter().any(|key| manifest.is_dynamic(key));
    match &manifest.project {
        Some(table) if !needs_build => {
            let metadata = Some(static_metadata(project, table)?);
            Ok(Editable { given: format!("{line}{extras}"), printed: line.clone(), line, metadata })
        }
        _ => {
            let url = url::Url::from_directory_path(project.root()).expect("a root is absolute");
            let printed = format!("-e {}", url.as_str().trim_end_matches('/'));
            Ok(Editable { line, given: format!("{printed}{extras}"), printed, metadata: None })
        }
    }
}

/// Returns a manifest of what the resolver has to know of a project, so that it builds nothing.
fn static_metadata(project: &Project, source: &ProjectTable) -> Result<String, Error> {
    let name = source.name.as_ref().ok_or_else(|| Error::NoName(project.path().to_owned()))?;
    let array = |texts: &[String]| texts.iter().map(|text| anchored(text)).collect::<Array>();
    let mut table = Table::new();
    table["name"] = value(name);
    // the version of an editable is in no lockfile
    table["version"] = value(source.version.as_deref().unwrap_or("0"));
    if let Some(requires_python) = &source.requires_python {
        table["requires-python"] = value(requires_python);
    }
    table["dependencies"] = value(array(&source.dependencies));
    let mut extras = Table::new();
    for (extra, requirements) in &source.optional_dependencies {
        extras[extra] = value(array(requirements));
    }
    table["optional-dependencies"] = Item::Table(extras);
    let mut document = DocumentMut::new();
    document["project"] = Item::Table(table);
    Ok(document.to_string())
}

/// Returns a requirement with a relative path anchored in the project: it is resolved elsewhere.
fn anchored(text: &str) -> String {
    let Some((name, path)) = text.split_once("file:") else { return text.to_owned() };
    if !name.trim_end().ends_with('@') || path.starts_with('/') {
        return text.to_owned();
    }
    format!("{name}file:///${{PROJECT_ROOT}}/{path}")
}

/// Returns the names of the extras that the options select, as the manifest spells them.
fn selected_extras(project: &Project, options: &Options) -> Result<BTreeSet<String>, Error> {
    let manifest = project.manifest();
    let known = manifest.project.iter().flat_map(|table| table.optional_dependencies.keys());
    let all = || known.clone().cloned();
    if options.all_features {
        return Ok(all().collect());
    }
    // only a build knows those that the manifest does not state
    let is_stated = manifest.project.is_some() && !manifest.is_dynamic("optional-dependencies");
    let is_dynamic = !is_stated && !project.is_virtual();
    let mut selected = BTreeSet::new();
    for feature in &options.features {
        // `name/extra` is how the members of a workspace are told apart
        let (owner, extra) = match feature.split_once('/') {
            Some((owner, extra)) => (Some(owner.parse::<PackageName>().ok()), extra),
            None => (None, feature.as_str()),
        };
        if owner.is_some_and(|owner| owner.is_none() || owner != manifest.name()) {
            return Err(Error::UnknownExtra { extra: feature.clone(), extras: all().collect() });
        }
        let normalized = |name: &str| name.parse::<ExtraName>().ok();
        let found = all().find(|name| normalized(name) == normalized(extra));
        let found = found.or_else(|| is_dynamic.then(|| extra.to_owned()));
        selected.insert(found.ok_or_else(|| Error::UnknownExtra {
            extra: extra.to_owned(),
            extras: all().collect(),
        })?);
    }
    Ok(selected)
}

/// Returns requirements of a project that is never installed itself: where they name the project,
/// those of its extras stand in their place.
fn expanded(manifest: &Manifest, texts: impl IntoIterator<Item = String>) -> Vec<String> {
    let own = manifest.name();
    let empty = BTreeMap::new();
    let extras = manifest.project.as_ref().map_or(&empty, |project| &project.optional_dependencies);
    let mut waiting: VecDeque<String> = texts.into_iter().collect();
    let mut seen = BTreeSet::new();
    let mut requirements = Vec::new();
    while let Some(text) = waiting.pop_front() {
        let requirement = text.parse::<Requirement>().ok();
        match requirement.filter(|requirement| Some(&requirement.name) == own.as_ref()) {
            None => requirements.push(text),
            Some(requirement) => {
                let named =
                    requirement.extras.into_iter().filter(|extra| seen.insert(extra.clone()));
                for extra in named {
                    let is_extra =
                        |name: &String| name.parse::<ExtraName>().is_ok_and(|name| name == extra);
                    let found = extras.iter().filter(|(name, _)| is_extra(name));
                    waiting.extend(found.flat_map(|(_, texts)| texts.clone()));
                }
            }
        }
    }
    requirements
}

/// Returns what a `sync` installs of a development lockfile, as a lockfile: the project, its
/// requirements and those of its development, but no other groups.
///
/// An entry belongs to it when a root leads there by what entries are needed by. Which extra
/// needs an entry is in no lockfile, so that all extras of what belongs to it do.
pub(crate) fn select(project: &Project, lockfile: Lockfile) -> Lockfile {
    let manifest = project.manifest();
    let is_dev = |group: &str| group.parse::<ExtraName>().is_ok_and(|name| name.as_ref() == "dev");
    if manifest.dependency_groups.keys().all(|group| is_dev(group)) {
        return lockfile;
    }
    let mut texts = manifest.dependencies().to_vec();
    texts.extend_from_slice(&manifest.rye().dev_dependencies);
    for group in manifest.dependency_groups.keys().filter(|group| is_dev(group)) {
        texts.extend(manifest.group(group).expect("groups were checked when read"));
    }
    if project.is_virtual() {
        let extras = selected_extras(project, &lockfile.options).unwrap_or_default();
        let own = manifest.name().map(|name| name.to_string()).unwrap_or_default();
        texts.extend(extras.iter().map(|extra| format!("{own}[{extra}]")));
        texts = expanded(manifest, texts);
    }
    let requirements = texts.iter().filter_map(|text| text.parse::<Requirement>().ok());
    let mut reached: BTreeSet<_> = requirements.map(|requirement| requirement.name).collect();
    // the project itself is what entries are needed by and no entry is
    let entries: BTreeSet<_> = lockfile.entries.iter().filter_map(Entry::name).collect();
    let needing = lockfile.entries.iter().flat_map(|entry| &entry.via);
    let needing = needing.filter_map(|via| via.parse::<PackageName>().ok());
    reached.extend(needing.filter(|via| !entries.contains(via)));
    let mut waiting: Vec<PackageName> = reached.iter().cloned().collect();
    while let Some(name) = waiting.pop() {
        for entry in &lockfile.entries {
            let Some(entry_name) = entry.name() else { continue };
            if !reached.contains(&entry_name) && entry.is_needed_by(&name) {
                reached.insert(entry_name.clone());
                waiting.push(entry_name);
            }
        }
    }
    let mut selected = lockfile;
    selected.entries.retain(|entry| entry.name().is_none_or(|name| reached.contains(&name)));
    selected
}
