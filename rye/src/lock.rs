//! Lockfiles: what they hold, and how they are made from manifests.
//!
//! Development is resolved first and production with its versions, so that production is always a
//! part of development. Nothing is installed here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::error::{Hint, closest};
use crate::fs;
use crate::packaging::{PackageName, Requirement};
use crate::selection::Selection;
use crate::uv::{self, Change, Upgrade, Uv};
use crate::workspace::Workspace;

mod file;
pub(crate) mod login;
mod options;
mod resolver;
mod select;

pub(crate) use file::{Entry, Error as FileError, Lockfile};
pub(crate) use options::{Choices, Options, Request};
pub(crate) use select::select;

pub(crate) use resolver::{editable_line, scope, selected_extras};

use resolver::Resolver;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the lockfile `{}` cannot be understood", path.display())]
    File { path: PathBuf, source: file::Error },
    #[error("`{}` is missing", .0.display())]
    Missing(PathBuf),
    #[error("`{}` is not what the manifest asks for{}", path.display(), lines(changes))]
    Stale { path: PathBuf, changes: Vec<String> },
    #[error("{owner} has no extra `{extra}`; {}", known(extras))]
    UnknownExtra { owner: String, extra: String, extras: Vec<String>, others: Vec<String> },
    #[error("`{0}` is no extra")]
    Feature(String),
    #[error("`{extra}` is to be an extra of `{owner}`, and there is no such project")]
    UnknownOwner { owner: String, extra: String, closest: Option<String> },
    #[error("`tool.rye.excluded-dependencies` holds `{text}`: {reason}")]
    Excluded { text: String, reason: String },
    #[error("`tool.rye.{key}` holds `{text}`, which is a project of your own")]
    ChoiceOfMember { key: &'static str, text: String },
    #[error("`project.name` is missing in `{}`", .0.display())]
    NoName(PathBuf),
    #[error(
        "`{name}` was the project in `{place}`, which is no member any more, and would come from an index now"
    )]
    LostMember { name: PackageName, place: String },
    #[error("the index has other files for `{requirement}` than are locked: none has {}", hashes.join(", "))]
    OtherFiles { requirement: String, name: PackageName, hashes: Vec<String> },
    #[error("nothing called `{name}` is locked that could be updated")]
    NotLocked { name: PackageName, closest: Option<String> },
    #[error("the requirements cannot be resolved")]
    Resolve { source: uv::Error, background: Vec<String> },
    #[error("uv's resolution cannot be understood")]
    Resolved(#[source] file::Error),
    #[error(transparent)]
    Fs(#[from] fs::Error),
}

/// Returns lines as the end of a message.
pub(crate) fn lines(changes: &[String]) -> String {
    changes.iter().flat_map(|change| ["\n    ", change]).collect()
}

fn known(names: &[String]) -> String {
    if names.is_empty() { "it has none".to_owned() } else { format!("it has {}", names.join(", ")) }
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        let meant = |name: &str| format!("did you mean `{name}`?");
        let forget =
            || "if the lockfiles remember it, forget it with `rye lock --reset`".to_owned();
        match self {
            Self::File { source, .. } if source.is_conflict() => Some(
                "settle the merge, or delete the file and run `rye lock`".to_owned(),
            ),
            Self::File { .. } => Some(
                "correct the line, or delete the file and run `rye lock`; versions of other lines are kept if you correct it"
                    .to_owned(),
            ),
            Self::Missing(_) | Self::Stale { .. } => Some("make it with `rye lock`".to_owned()),
            Self::NoName(_) => Some("add `name = \"…\"` to its `[project]`".to_owned()),
            Self::ChoiceOfMember { .. } => {
                Some("take it out: the project is installed as its manifest says".to_owned())
            }
            Self::Excluded { .. } => Some("write it as PEP 508 has it".to_owned()),
            Self::Resolve { source, background } => {
                source.hint().or_else(|| (!background.is_empty()).then(|| background.join("; ")))
            }
            Self::Fs(error) => error.hint(),
            Self::UnknownExtra { others, .. } if !others.is_empty() => {
                Some(format!("name its owner: {}", others.join(" or ")))
            }
            Self::UnknownExtra { extra, extras, .. } => {
                let closest = closest(extra, extras.iter().map(String::as_str));
                Some(closest.map_or_else(forget, meant))
            }
            Self::Feature(_) => Some("write `EXTRA`, or `PROJECT/EXTRA`".to_owned()),
            Self::UnknownOwner { closest, .. } => {
                Some(closest.as_deref().map_or_else(forget, meant))
            }
            Self::NotLocked { closest, .. } => closest.as_deref().map(meant),
            Self::LostMember { name, .. } => Some(format!(
                "bring the project back; or take it from an index, if that is meant, with `rye lock --update {name}`"
            )),
            Self::OtherFiles { name, .. } => Some(format!(
                "find out who changed them; to lock them as they are now, say `rye lock --update {name}`"
            )),
            Self::Resolved(_) => None,
        }
    }
}

/// Which of a workspace's two lockfiles is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Production,
    Development,
}

impl Kind {
    pub(crate) const ALL: [Self; 2] = [Self::Production, Self::Development];

    /// Returns the lockfile that has what is selected.
    pub(crate) fn of(selection: &Selection) -> Self {
        if selection.has_groups() { Self::Development } else { Self::Production }
    }

    /// Returns the path of the lockfile in a workspace's directory.
    pub(crate) fn path(self, directory: &Path) -> PathBuf {
        directory.join(self.file_name())
    }

    pub(crate) fn file_name(self) -> &'static str {
        match self {
            Self::Production => "requirements.lock",
            Self::Development => "requirements-dev.lock",
        }
    }

    /// Reads the lockfile in a workspace's directory, if there is one.
    pub(crate) fn find(self, directory: &Path) -> Result<Option<Lockfile>, Error> {
        let path = self.path(directory);
        // nothing at all is what an interrupted copy leaves, and no lockfile
        let text = fs::find_text(&path)?.filter(|text| !text.trim().is_empty());
        let parse = |text: String| text.parse();
        text.map(parse).transpose().map_err(|source| Error::File { path, source })
    }
}

/// What became of the lockfiles when they were written.
#[derive(Debug, Default)]
pub(crate) struct Relocked {
    /// The files that had to change
    pub(crate) files: Vec<Kind>,
    /// What is locked otherwise than before; nothing where nothing was locked
    pub(crate) changes: Vec<Change>,
}

/// The two lockfiles of a workspace.
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
    pub(crate) fn outdated(&self, directory: &Path) -> Vec<Kind> {
        // what cannot be understood is replaced: it was refused before if it mattered
        let says_other =
            |kind: &Kind| kind.find(directory).ok().flatten().as_ref() != Some(self.get(*kind));
        Kind::ALL.into_iter().filter(says_other).collect()
    }

    /// Writes the files that say something else.
    pub(crate) fn write(&self, directory: &Path) -> Result<Relocked, Error> {
        let files = self.outdated(directory);
        for kind in &files {
            fs::check_writable(&kind.path(directory))?; // both or neither
        }
        let before = Kind::Development.find(directory).ok().flatten();
        let changes = before.map(|before| self.development.changes_since(&before));
        for kind in &files {
            fs::write(&kind.path(directory), self.get(*kind).to_string())?;
        }
        Ok(Relocked { files, changes: changes.unwrap_or_default() })
    }

    /// Fails unless the files say exactly this.
    pub(crate) fn check(&self, directory: &Path) -> Result<(), Error> {
        for kind in Kind::ALL {
            let path = kind.path(directory);
            let Some(found) = kind.find(directory)? else { return Err(Error::Missing(path)) };
            let expected = self.get(kind);
            if found != *expected {
                return Err(Error::Stale { path, changes: found.differences(expected) });
            }
        }
        Ok(())
    }
}

/// Makes the lockfiles of a workspace in memory.
///
/// The versions of the present ones are preferred, so that nothing moves without a reason.
pub(crate) fn resolve(
    uv: &Uv<'_>,
    workspace: &Workspace,
    interpreter: &Path,
    request: &Request,
) -> Result<Locks, Error> {
    let present_production = Kind::Production.find(workspace.directory())?;
    let present_development = Kind::Development.find(workspace.directory())?;
    // production's versions and options are better than none while there is no other lockfile
    let preferred = present_development.as_ref().or(present_production.as_ref());
    let remembered = preferred.map(|lockfile| &lockfile.options);
    let options = Options::new(workspace.root().manifest().rye(), request, remembered);
    // uv takes what is preferred before it looks at its strategy
    let is_other_strategy =
        remembered.is_some_and(|before| before.choices.strategy != options.choices.strategy);
    let preferred = preferred.filter(|_| !is_other_strategy);
    let resolver = Resolver::new(uv, workspace, interpreter, request, options)?;
    let mut development = resolver.resolve(Kind::Development, preferred, None)?;
    if let Some(before) = present_development.as_ref().or(present_production.as_ref()) {
        refuse_lost_members(workspace, before, &development, request)?;
        keep_hashes(before, &mut development, request)?;
    }
    let lockfiles = present_development.iter().chain(&present_production).chain([&development]);
    refuse_unlocked(lockfiles, request)?;
    // Rye 0.44 resolved the two apart; such lockfiles stay while nothing else changes
    if let Some(present) = &present_production
        && present_development.as_ref() == Some(&development)
        && !present.is_within(&development)
        && request.upgrade == Upgrade::None
        && request.unlocked.is_empty()
    {
        let apart = resolver.resolve(Kind::Production, Some(present), None)?;
        if apart == *present {
            return Ok(Locks { production: apart, development });
        }
    }
    if !resolver.has_development() {
        return Ok(Locks { production: development.clone(), development });
    }
    let mut production =
        resolver.resolve(Kind::Production, Some(&development), Some(&development))?;
    keep_hashes(&development, &mut production, &Request::default())?;
    Ok(Locks { production, development })
}

/// Makes the one lockfile of a script in memory; the versions of the present one are preferred.
pub(crate) fn resolve_script(
    uv: &Uv<'_>,
    workspace: &Workspace,
    interpreter: &Path,
    request: &Request,
    present: Option<&Lockfile>,
) -> Result<Lockfile, Error> {
    let options = Options::of_script(workspace, request, present);
    let is_same_strategy =
        |lockfile: &&Lockfile| lockfile.options.choices.strategy == options.choices.strategy;
    let preferred = present.filter(is_same_strategy);
    let resolver = Resolver::new(uv, workspace, interpreter, request, options)?;
    let mut lockfile = resolver.resolve(Kind::Production, preferred, None)?;
    if let Some(before) = present {
        keep_hashes(before, &mut lockfile, request)?;
    }
    refuse_unlocked(present.into_iter().chain([&lockfile]), request)?;
    Ok(lockfile)
}

/// Fails if something is to be updated that none of the lockfiles has.
fn refuse_unlocked<'a>(
    lockfiles: impl Iterator<Item = &'a Lockfile>,
    request: &Request,
) -> Result<(), Error> {
    let locked: BTreeSet<_> =
        lockfiles.flat_map(|lockfile| &lockfile.entries).filter_map(Entry::name).collect();
    let Some(name) = request.updated.iter().find(|name| !locked.contains(name)) else {
        return Ok(());
    };
    let closest = closest(name.as_ref(), locked.iter().map(AsRef::as_ref)).map(str::to_owned);
    Err(Error::NotLocked { name: name.clone(), closest })
}

/// Fails if a name was a member when the lockfile was made, and comes from an index now.
///
/// A lockfile does not say what its projects are called. What comes new, and is asked for by who needed a
/// project that is gone, can have been that project.
fn refuse_lost_members(
    workspace: &Workspace,
    before: &Lockfile,
    after: &Lockfile,
    request: &Request,
) -> Result<(), Error> {
    let lines: BTreeSet<_> =
        workspace.members().map(|member| editable_line(&workspace.place(member))).collect();
    let is_lost = |entry: &&Entry| {
        entry.requirement.starts_with("-e file:") && !lines.contains(&entry.requirement)
    };
    let lost: Vec<_> = before.entries.iter().filter(is_lost).collect();
    if lost.is_empty() {
        return Ok(());
    }
    let locked: BTreeSet<_> = before.entries.iter().filter_map(Entry::name).collect();
    // what a virtual project asks for has no annotation
    let texts = workspace.members().filter(|member| member.is_virtual()).flat_map(|member| {
        let manifest = member.manifest();
        [manifest.dependencies().to_vec(), manifest.development_dependencies()].concat()
    });
    let unannotated: BTreeSet<_> =
        texts.filter_map(|text| Some(text.parse::<Requirement>().ok()?.name)).collect();
    for entry in &after.entries {
        let is_new = |name: &PackageName| !locked.contains(name) && !request.frees(name);
        let Some(name) = entry.name().filter(is_new) else { continue };
        let is_it = |lost: &&&Entry| {
            unannotated.contains(&name) || lost.via.iter().any(|via| entry.via.contains(via))
        };
        if let Some(lost) = lost.iter().find(is_it) {
            let place = lost.requirement.trim_start_matches("-e file:").to_owned();
            return Err(Error::LostMember { name, place });
        }
    }
    Ok(())
}

/// Keeps the hashes of what is locked as before: files that an index got since change nothing. Fails if it has
/// one of them no more.
fn keep_hashes(before: &Lockfile, after: &mut Lockfile, request: &Request) -> Result<(), Error> {
    if before.options.choices != after.options.choices {
        return Ok(()); // with another cutoff there are other files
    }
    let known: BTreeMap<&str, &Entry> =
        before.entries.iter().map(|entry| (entry.requirement.as_str(), entry)).collect();
    for entry in &mut after.entries {
        let Some(name) = entry.name().filter(|name| !request.frees(name)) else { continue };
        let Some(locked) = known.get(entry.requirement.as_str()) else { continue };
        if entry.hashes.is_empty() || locked.hashes.is_empty() {
            continue; // they are wanted now, or were before
        }
        let gone = locked.hashes.iter().filter(|hash| !entry.hashes.contains(hash));
        let hashes: Vec<_> = gone.cloned().collect();
        if !hashes.is_empty() {
            let requirement = entry.requirement.clone();
            return Err(Error::OtherFiles { requirement, name, hashes });
        }
        entry.hashes.clone_from(&locked.hashes);
    }
    Ok(())
}
