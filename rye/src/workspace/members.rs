//! Which directories below a workspace's root are members of it: `tool.rye.workspace.members` and `exclude`.
//!
//! A glob is held against the path of a directory from the root, with `/` between its parts: `*` and `?`
//! stay within one part, `**` crosses them, `[…]` and `{a,b}` work.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use fast_glob::{glob_match, validate};

use crate::error::Hint;
use crate::fs;
use crate::project::{MANIFEST, WorkspaceTable};

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
}

/// What is below a root.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Paths of directories with a manifest, from the root, which is none of them
    pub(super) directories: BTreeSet<PathBuf>,
    /// Globs that match no project
    pub(super) idle: Vec<String>,
}

impl Globs {
    pub(super) fn new(table: &WorkspaceTable) -> Result<Self, Error> {
        let everything = || vec!["**".to_owned()];
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
    pub(super) fn have(&self, directory: &Path) -> bool {
        let path = slashed(directory);
        self.members.iter().any(|glob| glob.matches(&path)) && !self.exclude(&path)
    }

    /// Tells whether a directory, or one that it is in, is excluded.
    pub(super) fn exclude(&self, path: &str) -> bool {
        let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
        let mut ancestors = ends.map(|end| &path[..end]);
        ancestors.any(|path| self.exclude.iter().any(|glob| glob_match(&glob.pattern, path)))
    }

    /// Looks for the members below a root.
    pub(super) fn find(&self, root: &Path) -> Result<Found, Error> {
        let mut found = Found::default();
        for glob in &self.members {
            let mut directories = BTreeSet::new();
            if glob.is_literal() {
                let directory = PathBuf::from(&glob.pattern);
                glob.check_literal(&root.join(&directory))?;
                directories.insert(directory);
            } else {
                glob.walk(root, &mut directories)?;
                if directories.is_empty() && glob.pattern != "**" {
                    found.idle.push(glob.text.clone());
                }
            }
            found.directories.append(&mut directories);
        }
        // the root is a member whatever the globs say
        found.directories.retain(|path| path != Path::new("") && !self.exclude(&slashed(path)));
        Ok(found)
    }
}

impl Glob {
    fn parse(key: &'static str, text: &str) -> Result<Self, Error> {
        let outside = || Error::Outside { key, text: text.to_owned() };
        validate(text).map_err(|error| {
            let (text, reason) = (text.to_owned(), error.to_string());
            Error::Glob { key, text, reason }
        })?;
        let mut parts = Vec::new();
        for component in Path::new(text).components() {
            match component {
                Component::Normal(part) => parts.push(part.to_string_lossy()),
                Component::CurDir => {}
                Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                    return Err(outside());
                }
            }
        }
        Ok(Self { text: text.to_owned(), pattern: parts.join("/") })
    }

    fn is_literal(&self) -> bool {
        is_literal(&self.pattern)
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

    /// Returns the leading parts that are names, and the glob that follows them.
    fn split(&self) -> (&str, &str) {
        let names = self.pattern.split('/').take_while(|part| is_literal(part));
        let length = names.map(|name| name.len() + 1).sum::<usize>().min(self.pattern.len());
        (self.pattern[..length].trim_end_matches('/'), &self.pattern[length..])
    }

    fn matches(&self, path: &str) -> bool {
        let (base, _) = self.split();
        let below = path.strip_prefix(base).unwrap_or_default();
        glob_match(&self.pattern, path) && !below.split('/').any(is_passed_over)
    }

    /// Adds the directories with a manifest that the glob matches.
    fn walk(&self, root: &Path, found: &mut BTreeSet<PathBuf>) -> Result<(), Error> {
        let (base, rest) = self.split();
        // braces may hold parts of different numbers
        let is_bounded = !rest.contains("**") && !rest.contains('{');
        let depth = is_bounded.then(|| rest.split('/').count());
        visit(root, Path::new(base), depth, &mut |path| {
            if glob_match(&self.pattern, slashed(path)) && root.join(path).join(MANIFEST).is_file()
            {
                found.insert(path.to_owned());
            }
        })
    }
}

/// Calls `enter` for every directory below `base`, down to a depth.
fn visit(
    root: &Path,
    base: &Path,
    depth: Option<usize>,
    enter: &mut impl FnMut(&Path),
) -> Result<(), Error> {
    if depth == Some(0) {
        return Ok(());
    }
    // environments hold copies of other people's projects
    if depth.is_none() && root.join(base).join("pyvenv.cfg").exists() {
        return Ok(());
    }
    for name in fs::directories(&root.join(base))? {
        if !is_passed_over(&name.to_string_lossy()) {
            let path = base.join(&name);
            // a link may lead anywhere, back to here too
            if depth.is_none() && root.join(&path).is_symlink() {
                continue;
            }
            enter(&path);
            visit(root, &path, depth.map(|depth| depth - 1), enter)?;
        }
    }
    Ok(())
}

/// Tells whether globs look past a directory of this name.
fn is_passed_over(name: &str) -> bool {
    name.starts_with('.') || name == "node_modules" || name == "__pycache__"
}

fn is_literal(text: &str) -> bool {
    !text.contains(['*', '?', '[', '{', '\\', '!'])
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
            assert_eq!(globs(members, exclude).unwrap().have(Path::new(path)), expected, "{path}");
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
