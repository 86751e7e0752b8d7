//! The directory that an archive is unpacked into. Whatever the entries say, nothing gets out.
//!
//! Symbolic links are made last, so that nothing is ever written through one, and then judged as
//! the file system sees them: it knows which names it takes for the same.

use std::collections::{BTreeMap, HashSet};
use std::fs::FileTimes;
use std::io::{ErrorKind, Read, Write as _};
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use super::{Error, Limits, copy};
use crate::fs;

#[derive(Debug)]
pub(super) struct Tree<'a> {
    root: &'a Path,
    limits: Limits,
    entries: u64,
    size: u64,
    /// Those that were made; nothing replaces one
    directories: HashSet<PathBuf>,
    /// Links that are still to be made, with their targets
    links: BTreeMap<PathBuf, PathBuf>,
    buffer: Vec<u8>,
}

/// What an archive says about a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attributes {
    pub(super) size: u64,
    pub(super) mode: u32,
    pub(super) modified: Option<SystemTime>,
}

impl Error {
    pub(super) fn refused(entry: &Path, reason: &'static str) -> Self {
        // such a name may be long, or made to play tricks on a terminal
        let shown = entry.to_string_lossy();
        let shown = shown.chars().take(200).map(|part| if part.is_control() { '?' } else { part });
        Self::Refused { entry: shown.collect(), reason }
    }
}

impl<'a> Tree<'a> {
    pub(super) fn new(root: &'a Path, limits: Limits) -> Self {
        Self {
            root,
            limits,
            entries: 0,
            size: 0,
            directories: HashSet::from([PathBuf::new()]),
            links: BTreeMap::new(),
            buffer: vec![0; 64 * 1024],
        }
    }

    pub(super) fn root(&self) -> &'a Path {
        self.root
    }

    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    /// Counts an entry of any kind, or a directory that is made for one.
    pub(super) fn count(&mut self) -> Result<(), Error> {
        self.entries += 1;
        if self.entries > self.limits.entries {
            return Err(Error::TooMany(self.limits.entries));
        }
        Ok(())
    }

    /// Makes a directory; what is above all others is left out.
    pub(super) fn directory(&mut self, name: &Path) -> Result<(), Error> {
        self.make_directory(name, &stripped(name)?)
    }

    /// Writes a file, in the place of one with the same name.
    pub(super) fn file(
        &mut self,
        name: &Path,
        attributes: Attributes,
        content: impl Read,
    ) -> Result<(), Error> {
        let Attributes { size, mode, modified } = attributes;
        let left = self.limits.size - self.size;
        if size > left {
            return Err(Error::TooLarge(self.limits.size));
        }
        self.size += size;
        let path = self.root.join(self.place(name)?);
        let mut file = replacing(&path, || fs::create_with_mode(&path, mode & 0o777))?;
        let failed = |error| Error::Fs(fs::Error::new("write", &path, error));
        copy(content, size, &mut self.buffer, |bytes| file.write_all(bytes).map_err(failed))?;
        if let Some(modified) = modified {
            // bytecode is valid for the time that its source was modified
            file.set_times(FileTimes::new().set_modified(modified)).map_err(failed)?;
        }
        Ok(())
    }

    /// Gives a file that was unpacked before another name.
    pub(super) fn hard_link(&mut self, name: &Path, target: &Path) -> Result<(), Error> {
        let target = self.root.join(
            stripped(target).map_err(|_| Error::refused(name, "is a link out of its directory"))?,
        );
        if !target.symlink_metadata().is_ok_and(|target| target.is_file()) {
            return Err(Error::refused(name, "is a link to no file before it"));
        }
        let path = self.root.join(self.place(name)?);
        Ok(replacing(&path, || fs::hard_link(&target, &path))?)
    }

    /// Notes a symbolic link.
    pub(super) fn symlink(&mut self, name: &Path, target: &Path) -> Result<(), Error> {
        let place = self.place(name)?;
        if self.directories.contains(&place) {
            return Err(Error::refused(name, "is a link in the place of a directory"));
        }
        // by components: Windows takes only its own separator in a link
        let target: PathBuf = target.components().collect();
        let mut leads_to = place.parent().unwrap_or(Path::new("")).to_owned();
        let is_inside = target.components().all(|component| match component {
            Component::Normal(part) => {
                leads_to.push(part);
                true
            }
            Component::CurDir => true,
            Component::ParentDir => leads_to.pop(),
            Component::RootDir | Component::Prefix(_) => false,
        });
        if !is_inside || !is_usable(&target) {
            return Err(Error::refused(name, "is a link out of its directory"));
        }
        self.links.insert(place, target);
        Ok(())
    }

    /// Makes the links. The tree must not be used if one of them is refused.
    pub(super) fn finish(self) -> Result<(), Error> {
        for (place, target) in &self.links {
            let path = self.root.join(place);
            replacing(&path, || fs::symlink(target, &path))?;
        }
        // `..` of a directory that is a link is not where it seems to be
        for (place, target) in &self.links {
            let mut passed = self.root.join(place);
            passed.pop();
            let mut components = target.components();
            components.next_back();
            for component in components {
                passed.push(component);
                if passed.is_symlink() {
                    return Err(Error::refused(place, "is a link that leads through another"));
                }
            }
        }
        Ok(())
    }

    /// Returns the path inside for what is no directory, and makes the directory that it is in.
    fn place(&mut self, name: &Path) -> Result<PathBuf, Error> {
        let place = stripped(name)?;
        let Some(parent) = place.parent() else {
            return Err(Error::refused(name, "is in no directory"));
        };
        self.make_directory(name, parent)?;
        self.links.remove(&place);
        Ok(place)
    }

    fn make_directory(&mut self, entry: &Path, place: &Path) -> Result<(), Error> {
        if self.directories.contains(place) {
            return Ok(());
        }
        if let Some(parent) = place.parent() {
            self.make_directory(entry, parent)?;
        }
        if self.links.contains_key(place) {
            return Err(Error::refused(entry, "leads through a link"));
        }
        self.count()?;
        fs::create_directory_in(&self.root.join(place))?;
        self.directories.insert(place.to_owned());
        Ok(())
    }
}

/// Makes something, if need be in the place of a file or a link.
fn replacing<T>(
    path: &Path,
    mut make: impl FnMut() -> Result<T, fs::Error>,
) -> Result<T, fs::Error> {
    match make() {
        Err(error) if error.kind() == ErrorKind::AlreadyExists && !path.is_dir() => {
            fs::remove(path)?;
            make()
        }
        result => result,
    }
}

/// Returns the path without its first component, which is empty if it has no other.
fn stripped(name: &Path) -> Result<PathBuf, Error> {
    let mut parts = Vec::new();
    for component in name.components() {
        match component {
            Component::Normal(part) => parts.push(part),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                return Err(Error::refused(name, "leads out of its directory"));
            }
        }
    }
    if !is_usable(name) {
        return Err(Error::refused(name, "has a name that no file should have"));
    }
    Ok(parts.into_iter().skip(1).collect())
}

/// Tells whether a path is one that any system takes, and takes literally.
fn is_usable(path: &Path) -> bool {
    /// The longest path on macOS
    const LONGEST: usize = 1024;
    let is_literal = |part: &str| !part.contains(':') && !part.ends_with(['.', ' ']);
    path.as_os_str().len() <= LONGEST
        && path.components().all(|component| {
            let Component::Normal(part) = component else { return true };
            let part = part.to_string_lossy();
            // Windows drops dots at the end, and has streams behind a colon
            !part.contains(char::is_control) && (!cfg!(windows) || is_literal(&part))
        })
}
