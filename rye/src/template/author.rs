//! Who writes a new project.

use std::path::Path;

use serde::Serialize;

use crate::env::Env;
use crate::process;

/// An author, as `pyproject.toml` has it; a name or an address at least.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Author {
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
}

impl Author {
    /// Returns the author of these parts; an empty part is none.
    pub(super) fn new(name: Option<String>, email: Option<String>) -> Option<Self> {
        let full = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let (name, email) = (full(name), full(email));
        (name.is_some() || email.is_some()).then_some(Self { name, email })
    }

    /// Returns the author that `default.author` names, its missing parts taken from git, as seen
    /// from a directory. Without a name there is none.
    pub(super) fn find(env: &Env, directory: &Path, default: Option<&str>) -> Option<Self> {
        let (name, email) = default.map(split).unwrap_or_default();
        let name = name.or_else(|| git(env, directory, "user.name"))?;
        let email = email.or_else(|| git(env, directory, "user.email"));
        Self::new(Some(name), email)
    }
}

/// Splits `Name <email>`.
fn split(text: &str) -> (Option<String>, Option<String>) {
    let full = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    match text.trim().strip_suffix('>').and_then(|text| text.split_once('<')) {
        Some((name, email)) => (full(name), full(email)),
        None => (full(text), None),
    }
}

/// Returns a setting of git; none without git.
fn git(env: &Env, directory: &Path, key: &str) -> Option<String> {
    let mut command = process::command(env, Path::new("git"));
    command.args(["config", "--get", key]).current_dir(directory);
    // git ends with 1 where the key is not set
    let text = process::output(&mut command).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authors_are_split() {
        #[track_caller]
        fn check(text: &str, name: Option<&str>, email: Option<&str>) {
            let (found_name, found_email) = split(text);
            assert_eq!((found_name.as_deref(), found_email.as_deref()), (name, email));
        }
        check("A. Writer <a@example.org>", Some("A. Writer"), Some("a@example.org"));
        check("A. Writer", Some("A. Writer"), None);
        check("<a@example.org>", None, Some("a@example.org"));
        check("A. Writer <>", Some("A. Writer"), None);
        check("", None, None);
    }
}
