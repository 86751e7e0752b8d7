//! The files that an upload is made of.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use fast_glob::glob_match;

use crate::fs;
use crate::packaging::{DistributionFile, PackageName, Version};

use super::Error;

/// A project whose distributions are wanted.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) name: PackageName,
    pub(crate) version: Version,
}

/// Distributions in a directory.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) files: Vec<PathBuf>,
    /// How many others are there
    pub(crate) others: usize,
}

/// Returns the distributions of projects in a directory, at the versions that these have now; each has to have one.
pub(crate) fn built(directory: &Path, projects: &[Wanted]) -> Result<Found, Error> {
    let present: Vec<_> = fs::list(directory)?
        .into_iter()
        .filter_map(|path| {
            let file = DistributionFile::parse(path.file_name()?.to_str()?)?;
            path.is_file().then_some((path, file))
        })
        .collect();
    let mut files = Vec::new();
    for Wanted { name, version } in projects {
        let of_project = present.iter().filter(|(_, file)| file.name == *name);
        let (current, others): (Vec<_>, Vec<_>) =
            of_project.partition(|(_, file)| file.version == *version);
        if current.is_empty() {
            let others: BTreeSet<_> = others.iter().map(|(_, file)| file.version.clone()).collect();
            return Err(Error::NotBuilt {
                name: name.clone(),
                version: version.clone(),
                directory: directory.to_owned(),
                others: others.into_iter().collect(),
            });
        }
        files.extend(current.into_iter().map(|(path, _)| path.clone()));
    }
    let others = present.len() - files.len();
    Ok(Found { files: with_attestations(&files)?, others })
}

/// Returns the distributions that paths name or patterns match.
pub(crate) fn named(directory: &Path, patterns: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    for pattern in patterns {
        let path = directory.join(pattern);
        if path.is_dir() {
            return Err(Error::NoDistribution(pattern.clone()));
        }
        if path.is_file() {
            if !is_distribution(&path) {
                return Err(Error::NoDistribution(pattern.clone()));
            }
            files.push(path);
            continue;
        }
        let matches = expand(&path)?;
        if matches.is_empty() {
            return Err(Error::NoFile(pattern.clone()));
        }
        let distributions: Vec<_> =
            matches.into_iter().filter(|path| path.is_file() && is_distribution(path)).collect();
        if distributions.is_empty() {
            return Err(Error::NoDistribution(pattern.clone()));
        }
        files.extend(distributions);
    }
    let mut seen = BTreeSet::new();
    files.retain(|path| seen.insert(path.clone()));
    with_attestations(&files)
}

fn is_distribution(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| DistributionFile::parse(name).is_some())
}

/// Adds what vouches for each file beside it (PEP 740).
fn with_attestations(files: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let mut all = files.to_vec();
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let beside = fs::list(file.parent().unwrap_or(Path::new(".")))?;
        all.extend(beside.into_iter().filter(|path| {
            let other = path.file_name().unwrap_or_default().to_string_lossy();
            let kind = other.strip_prefix(&*name).and_then(|rest| rest.strip_prefix('.'));
            kind.is_some_and(|kind| kind.ends_with(".attestation"))
        }));
    }
    Ok(all)
}

/// Returns what a pattern matches, part by part, sorted.
fn expand(pattern: &Path) -> Result<Vec<PathBuf>, fs::Error> {
    let mut paths = vec![PathBuf::new()];
    for part in pattern.components() {
        let text = part.as_os_str().to_string_lossy();
        let is_literal =
            !matches!(part, Component::Normal(_)) || !text.contains(['*', '?', '[', '{']);
        let mut next = Vec::new();
        for path in paths {
            let literal = path.join(part);
            if is_literal || fs::exists(&literal) {
                next.extend(fs::exists(&literal).then_some(literal));
                continue;
            }
            if !path.is_dir() {
                continue;
            }
            let matches = |path: &PathBuf| {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                // as in a shell
                glob_match(&*text, &*name) && (text.starts_with('.') || !name.starts_with('.'))
            };
            next.extend(fs::list(&path)?.into_iter().filter(matches));
        }
        paths = next;
    }
    Ok(paths)
}
