//! Which directories below a workspace's root are members of it: `tool.rye.workspace.members` and `exclude`.
//!
//! A glob is held against the path of a directory from the root, with `/` between its parts: `*` and `?`
//! stay within one part, `**` crosses them, `[…]` and `{a,b}` work, `\` takes the meaning of what follows.
//!
//! The leading parts without wildcards are taken as they are. What wildcards stand for is looked at
//! more closely: some names are passed over, and so is what is in an environment, or behind a link
//! that `**` would have to follow.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use fast_glob::{glob_match, validate};

use crate::error::Hint;
use crate::fs;
use crate::project::{MANIFEST, WorkspaceTable};

/// The glob that stands in the place of a list that is missing.
pub(super) const EVERYTHING: &str = "**";

/// Why the members of a workspace cannot be told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("`tool.rye.workspace.{key}` holds `{text}`: {reason}")]
    Glob { key: &'static str, text: String, reason: String },
    #[error(
        "`tool.rye.workspace.{key}` holds `{text}`, which leads out of the workspace's directory"
    )]
    Outside { key: &'static str, text: String },
    #[error("`tool.rye.workspace.members` names `{text}`, which is a file")]
    File { text: String },
    #[error("`tool.rye.workspace.members` names `{text}`, and there is no `{MANIFEST}` in it")]
    NoProject { text: String },
    #[error(transparent)]
    Fs(#[from] fs::Error),
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Glob { .. } => Some("write it as in `libs/*` or `apps/{web,cli}`".to_owned()),
            Self::Outside { .. } => {
                Some("move the project below the root, or depend on it by its path".to_owned())
            }
            Self::File { .. } => Some("name the directory of a project".to_owned()),
            Self::NoProject { text } => Some(format!(
                "start a project there with `rye init {text}`, or take `{text}` out of the list"
            )),
            Self::Fs(error) => error.hint(),
        }
    }
}

/// The globs of a workspace.
#[derive(Debug)]
pub(super) struct Globs {
    members: Vec<Glob>,
    exclude: Vec<Glob>,
}

#[derive(Debug)]
struct Glob {
    /// As it is written
    text: String,
    /// What is held against paths
    pattern: String,
    /// The directory that the leading parts without wildcards name
    base: String,
    /// How many parts may follow those; none for any number
    depth: Option<usize>,
}

/// What is below a root.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Paths of directories with a manifest, from the root, which is none of them; and the first glob
    /// that finds each, but for the one that finds everything
    pub(super) directories: BTreeMap<PathBuf, Option<String>>,
    /// Globs that match no project
    pub(super) idle: Vec<String>,
}

impl Found {
    /// Returns the directories that lead to one with a manifest, and have not been found themselves.
    pub(super) fn on_the_way(&self) -> BTreeSet<&Path> {
        let above = self.directories.keys().flat_map(|path| path.ancestors().skip(1));
        let mut above: BTreeSet<_> = above.collect();
        above.retain(|path| *path != Path::new("") && !self.directories.contains_key(*path));
        above
    }

    /// Drops what is in these directories, and they themselves. Returns the globs that lead there, each once
    /// for each directory.
    pub(super) fn leave(&mut self, left: &[PathBuf]) -> BTreeSet<(String, PathBuf)> {
        let mut leading = BTreeSet::new();
        self.directories.retain(|path, glob| {
            let left = left.iter().find(|left| path.starts_with(left));
            if let (Some(left), Some(glob)) = (left, glob) {
                leading.insert((glob.clone(), left.clone()));
            }
            left.is_none()
        });
        leading
    }
}

impl Globs {
    pub(super) fn new(table: &WorkspaceTable) -> Result<Self, Error> {
        let everything = || vec![EVERYTHING.to_owned()];
        let members = table.members.clone().unwrap_or_else(everything);
        let parse = |key, texts: &[String]| -> Result<Vec<Glob>, Error> {
            texts.iter().map(|text| Glob::parse(key, text)).collect()
        };
        Ok(Self {
            members: parse("members", &members)?,
            exclude: parse("exclude", &table.exclude)?,
        })
    }

    /// Tells whether a directory is a member's, given its path from the root.
    pub(super) fn have(&self, root: &Path, directory: &Path) -> bool {
        let path = slashed(directory);
        self.members.iter().any(|glob| glob.has(root, &path)) && !self.exclude(&path)
    }

    /// Tells whether a directory, or one that it is in, is excluded.
    pub(super) fn exclude(&self, path: &str) -> bool {
        let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
        let mut ancestors = ends.map(|end| &path[..end]);
        ancestors.any(|path| self.exclude.iter().any(|glob| glob_match(&glob.pattern, path)))
    }

    /// Looks for the members below a root.
    pub(super) fn find(&self, root: &Path) -> Result<Found, Error> {
        let mut idle = Vec::new();
        let mut directories = Vec::new();
        for glob in &self.members {
            let before = directories.len();
            let text = (glob.pattern != EVERYTHING).then_some(&glob.text);
            let mut enter = |directory| directories.push((directory, text.cloned()));
            if glob.is_literal() {
                let directory = PathBuf::from(&glob.base);
                glob.check_literal(&root.join(&directory))?;
                enter(directory);
            } else {
                glob.walk(root)?.into_iter().for_each(enter);
            }
            if directories.len() == before {
                idle.extend(text.cloned());
            }
        }
        // one glob finds them sorted, which leaves next to nothing to do for a thousand
        directories.sort_by(|(one, _), (other, _)| one.cmp(other));
        directories.dedup_by(|(path, glob), (first, first_glob)| {
            let is_same = path == first;
            if is_same && first_glob.is_none() {
                *first_glob = glob.take();
            }
            is_same
        });
        // the root is a member whatever the globs say
        directories.retain(|(path, _)| path != Path::new("") && !self.exclude(&slashed(path)));
        Ok(Found { directories: directories.into_iter().collect(), idle })
    }
}

impl Glob {
    fn parse(key: &'static str, text: &str) -> Result<Self, Error> {
        validate(text).map_err(|error| {
            let (text, reason) = (text.to_owned(), error.to_string());
            Error::Glob { key, text, reason }
        })?;
        let is_inside = |part| matches!(part, Component::Normal(_) | Component::CurDir);
        if !Path::new(text).components().all(is_inside) {
            return Err(Error::Outside { key, text: text.to_owned() });
        }
        let is_name = |part: &&str| !part.is_empty() && *part != ".";
        let parts: Vec<_> = text.split('/').filter(is_name).collect();
        let names: Vec<_> = parts.iter().map_while(|part| name(part)).collect();
        // braces may hold parts of different numbers, but not of more
        let depth = parts.len() - names.len();
        let pattern = parts.join("/");
        Ok(Self {
            text: text.to_owned(),
            depth: (!pattern.contains("**")).then_some(depth),
            pattern,
            base: names.join("/"),
        })
    }

    fn is_literal(&self) -> bool {
        self.depth == Some(0)
    }

    fn is_recursive(&self) -> bool {
        self.depth.is_none()
    }

    fn check_literal(&self, directory: &Path) -> Result<(), Error> {
        let text = self.text.clone();
        if directory.is_file() {
            return Err(Error::File { text });
        }
        if !directory.join(MANIFEST).is_file() {
            return Err(Error::NoProject { text });
        }
        Ok(())
    }

    /// Tells whether a directory is one that the glob finds if it has a manifest, given its path from the root.
    fn has(&self, root: &Path, path: &str) -> bool {
        if self.is_literal() {
            return path == self.base;
        }
        let below = if self.base.is_empty() {
            Some(path)
        } else {
            path.strip_prefix(&self.base).and_then(|below| below.strip_prefix('/'))
        };
        let Some(below) = below.filter(|_| glob_match(&self.pattern, path)) else { return false };
        let (base, directory) = (root.join(&self.base), root.join(path));
        let steps = || directory.ancestors().take_while(|step| *step != base);
        !below.split('/').any(is_passed_over)
            && !steps().skip(1).any(is_environment)
            && !steps().any(|step| self.is_recursive() && step.is_symlink())
    }

    /// Returns the directories with a manifest that the glob matches, sorted.
    fn walk(&self, root: &Path) -> Result<Vec<PathBuf>, Error> {
        let mut matched = Vec::new();
        self.visit(root, Path::new(&self.base), self.depth, &mut |path| {
            if glob_match(&self.pattern, slashed(path)) {
                matched.push(path.to_owned());
            }
        })?;
        let have =
            fs::in_parallel(&matched, fs::LOOKS, |path| root.join(path).join(MANIFEST).is_file());
        let found = matched.into_iter().zip(have).filter(|(_, has_manifest)| *has_manifest);
        Ok(found.map(|(path, _)| path).collect())
    }

    /// Calls `enter` for every directory below `base`, down to a depth.
    fn visit(
        &self,
        root: &Path,
        base: &Path,
        depth: Option<usize>,
        enter: &mut impl FnMut(&Path),
    ) -> Result<(), Error> {
        let depth = depth.map(|depth| depth.saturating_sub(1));
        for name in fs::directories(&root.join(base))? {
            let path = base.join(&name);
            let directory = root.join(&path);
            // a link may lead anywhere, back to here too
            if is_passed_over(&name.to_string_lossy())
                || self.is_recursive() && directory.is_symlink()
            {
                continue;
            }
            enter(&path);
            if depth != Some(0) && !is_environment(&directory) {
                self.visit(root, &path, depth, enter)?;
            }
        }
        Ok(())
    }
}

/// Returns the name that a part of a glob stands for; none if it has wildcards.
fn name(part: &str) -> Option<String> {
    let mut characters = part.chars();
    let mut name = String::new();
    while let Some(character) = characters.next() {
        name.push(match character {
            // letters stand for something else then
            '\\' => characters.next().filter(|next| !next.is_ascii_alphanumeric())?,
            '*' | '?' | '[' | '{' | '!' => return None,
            character => character,
        });
    }
    Some(name)
}

/// Returns the glob that matches a path and nothing else.
pub(super) fn escaped(path: &str) -> String {
    let escape = |character| {
        let is_special = matches!(character, '*' | '?' | '[' | ']' | '{' | '}' | '!' | '\\');
        is_special.then_some('\\').into_iter().chain([character])
    };
    path.chars().flat_map(escape).collect()
}

/// Tells whether globs look past a directory of this name.
fn is_passed_over(name: &str) -> bool {
    name.starts_with('.') || name == "node_modules" || name == "__pycache__"
}

/// Tells whether a directory holds copies of other people's projects.
fn is_environment(directory: &Path) -> bool {
    directory.join("pyvenv.cfg").exists()
}

/// Returns a relative path with `/` between its parts.
pub(super) fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn globs(members: Option<&[&str]>, exclude: &[&str]) -> Result<Globs, Error> {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let table = WorkspaceTable { members: members.map(owned), exclude: owned(exclude) };
        Globs::new(&table)
    }

    #[test]
    fn globs_say_who_is_a_member() {
        #[track_caller]
        fn check(members: Option<&[&str]>, exclude: &[&str], path: &str, expected: bool) {
            let globs = globs(members, exclude).unwrap();
            assert_eq!(globs.have(Path::new("missing"), Path::new(path)), expected, "{path}");
        }
        check(Some(&["libs/*"]), &[], "libs/a", true);
        check(Some(&["libs/*"]), &[], "libs/a/b", false);
        check(Some(&["./libs/*/"]), &[], "libs/a", true);
        check(Some(&["libs/*"]), &[], "libs/.hidden", false);
        check(Some(&[".hidden/*"]), &[], ".hidden/a", true);
        check(Some(&["**/a"]), &[], "x/y/a", true);
        check(Some(&["**/a"]), &[], "x/.y/a", false);
        check(Some(&["{libs,apps/web}/*"]), &[], "apps/web/b", true);
        check(Some(&["lib[ab]"]), &[], "liba", true);
        check(Some(&["a", "b"]), &[], "b", true);
        check(Some(&[]), &[], "a", false);
        check(None, &[], "a/b/c", true);
        check(None, &[], "node_modules/a", false);
        check(None, &["a/b"], "a/b/c", false);
        check(None, &["*/old"], "a/old", false);
        check(Some(&["libs/*"]), &["libs/x*"], "libs/xy", false);
        check(Some(&["libs/*"]), &["libs/x*"], "libs/y", true);
        check(Some(&["libs/**"]), &[], "libs/a/b", true);
        check(Some(&["libs/**"]), &[], "libs", false);
        check(Some(&[r"a\*"]), &[], "a*", true);
        check(Some(&[r"a\*"]), &[], "ab", false);
        check(Some(&[r"a\[b\]/*"]), &[], "a[b]/c", true);
        check(Some(&["*"]), &[r"a\[b\]"], "a[b]", false);
    }

    #[test]
    fn an_escaped_path_matches_itself_alone() {
        #[track_caller]
        fn check(path: &str, expected: &str) {
            assert_eq!(escaped(path), expected);
            let globs = globs(Some(&[expected]), &[]).unwrap();
            assert!(globs.members[0].is_literal() && glob_match(expected, path));
            assert!(globs.have(Path::new("missing"), Path::new(path)));
        }
        check("my libs/core", "my libs/core");
        check("x[a]/{b,c}", r"x\[a\]/\{b,c\}");
        check("!a*/b?", r"\!a\*/b\?");
        #[cfg(not(windows))]
        check(r"a\b", r"a\\b");
    }

    #[test]
    fn what_is_no_glob_is_refused() {
        #[track_caller]
        fn check(member: &str, expected: &str) {
            let error = globs(Some(&[member]), &[]).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        check("libs/[a", "holds `libs/[a`: ");
        check("{a,b", "holds `{a,b`: ");
        check("../other", "leads out");
        check("libs/../../other", "leads out");
        check("/libs/*", "leads out");
    }
}
