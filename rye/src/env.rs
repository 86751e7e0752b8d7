//! A snapshot of the process: variables, working directory, Rye's home and the paths under it.
//!
//! The only module that asks `std::env`. Rye never changes its own environment: what a child shall
//! see is taken from here and given to it.

#![expect(clippy::disallowed_methods, reason = "this is the module that asks the process")]

use std::collections::BTreeMap;
use std::env::JoinPathsError;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::Hint;

mod variables;

pub(crate) use variables::Variable;

/// The variable that keeps shims from making environments.
pub(crate) const NO_SYNC: &str = "RYE_NO_SYNC";

/// The variable by which the script of a shell asks for completions, with the name of the shell.
pub(crate) const COMPLETE: &str = "_RYE_COMPLETE";

/// The surroundings that this process was started in.
#[derive(Clone, Debug)]
pub(crate) struct Env {
    variables: BTreeMap<OsString, OsString>,
    working_directory: PathBuf,
    user_home: Option<PathBuf>,
    home: PathBuf,
}

/// Why the surroundings cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the working directory cannot be determined")]
    WorkingDirectory(#[source] io::Error),
    #[error("cannot work in the directory `{}`", path.display())]
    Directory { path: PathBuf, source: io::Error },
    #[error("there is no home directory to keep Rye's files in")]
    NoHome,
    #[error("the file of this program cannot be determined")]
    Program(#[source] io::Error),
    #[error("a path cannot be handed on in a variable")]
    Separator(#[source] JoinPathsError),
    #[error("cannot read the environment file `{}`", path.display())]
    EnvFile { path: PathBuf, source: io::Error },
    // the line itself may hold a secret
    #[error("line {line} of `{}` sets no variable", path.display())]
    EnvLine { path: PathBuf, line: usize },
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Program(_) => Some("mount `/proc` where the system has one".to_owned()),
            Self::Separator(_) => {
                Some("put it into a directory whose name has no separator of paths".to_owned())
            }
            Self::WorkingDirectory(_) => Some("change to a directory that exists".to_owned()),
            Self::Directory { .. } => Some("name one that exists with `-C`".to_owned()),
            Self::NoHome => {
                Some("set `HOME`, or `RYE_HOME` to a directory of your choice".to_owned())
            }
            Self::EnvFile { .. } => Some("create the file, or correct its name".to_owned()),
            Self::EnvLine { .. } => {
                Some("write it as `NAME=value`, with quotes around a value with spaces".to_owned())
            }
        }
    }
}

impl Env {
    /// Returns the surroundings as they are now, or as if this process was started in another directory,
    /// where it is from then on.
    pub(crate) fn capture(directory: Option<&Path>) -> Result<Self, Error> {
        if let Some(path) = directory {
            let failed = |source| Error::Directory { path: path.to_owned(), source };
            std::env::set_current_dir(path).map_err(failed)?;
        }
        let mut variables: BTreeMap<_, _> = std::env::vars_os().collect();
        let working_directory = std::env::current_dir().map_err(Error::WorkingDirectory)?;
        if directory.is_some() && cfg!(unix) {
            // who started it in another directory would have left this behind
            variables.insert("PWD".into(), working_directory.clone().into());
        }
        let user_home = std::env::home_dir().filter(|path| !path.as_os_str().is_empty());
        // an empty variable counts as unset, as everywhere in POSIX's path variables
        let home = match variables.get(OsStr::new("RYE_HOME")).filter(|value| !value.is_empty()) {
            Some(home) => working_directory.join(home),
            None => user_home.as_ref().ok_or(Error::NoHome)?.join(".rye"),
        };
        Ok(Self { variables, working_directory, user_home, home })
    }

    /// Adds the variables of a dotenv file; those that exist already keep their value.
    pub(crate) fn load_file(&mut self, path: &Path) -> Result<(), Error> {
        for (name, value) in read_env_file(&self.working_directory.join(path))? {
            self.variables.entry(name.into()).or_insert_with(|| value.into());
        }
        Ok(())
    }

    /// Switches the colors of programs that are started on or off, by the variables that they look at.
    pub(crate) fn set_colors(&mut self, is_on: bool) {
        let (on, off) = (["CLICOLOR_FORCE", "FORCE_COLOR"].as_slice(), ["NO_COLOR"].as_slice());
        let (set, unset) = if is_on { (on, off) } else { (off, on) };
        self.variables.retain(|name, _| !unset.iter().any(|unset| name == unset));
        self.variables.extend(set.iter().map(|name| (name.into(), "1".into())));
    }

    /// Returns a variable that is set and not empty.
    pub(crate) fn var_os(&self, name: &str) -> Option<&OsStr> {
        let value = if cfg!(windows) {
            // names of variables have no case there
            let same = |key: &OsString| key.eq_ignore_ascii_case(name);
            self.variables.iter().find_map(|(key, value)| same(key).then_some(value))
        } else {
            self.variables.get(OsStr::new(name))
        };
        value.map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// Returns a variable that is set, not empty and text.
    pub(crate) fn var(&self, name: &str) -> Option<&str> {
        self.var_os(name).and_then(OsStr::to_str)
    }

    /// Returns all variables, sorted by name.
    pub(crate) fn vars(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.variables.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }

    /// Returns the directories of `PATH` in order; relative ones are taken from the working directory.
    pub(crate) fn search_path(&self) -> Vec<PathBuf> {
        // an empty entry is the working directory, an empty variable is none
        let entries = self.var_os("PATH").into_iter().flat_map(split_paths);
        entries.map(|entry| self.working_directory.join(entry)).collect()
    }

    /// Returns the value of a `PATH` with one directory put first.
    pub(crate) fn search_path_with(&self, first: &Path) -> OsString {
        let path = self.var_os("PATH").unwrap_or_default();
        let entries = std::iter::once(first.to_owned()).chain(std::env::split_paths(path));
        // an entry with the separator in it cannot be expressed: leave it out
        std::env::join_paths(entries).unwrap_or_else(|_| path.to_owned())
    }

    /// Returns the file of this program, with links resolved where the system does so.
    #[expect(clippy::unused_self, reason = "it is part of the surroundings, if rarely asked for")]
    pub(crate) fn program(&self) -> Result<PathBuf, Error> {
        std::env::current_exe().map_err(Error::Program)
    }

    pub(crate) fn working_directory(&self) -> &Path {
        &self.working_directory
    }

    /// Returns the home directory of the user, if there is one.
    pub(crate) fn user_home(&self) -> Option<&Path> {
        self.user_home.as_deref()
    }

    /// Returns Rye's home: `RYE_HOME`, else `.rye` in the user's.
    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    pub(crate) fn config_file(&self) -> PathBuf {
        self.home.join("config.toml")
    }

    /// Returns the file of what uploads are allowed with.
    pub(crate) fn credentials(&self) -> PathBuf {
        self.home.join("credentials")
    }

    /// Returns the directory of installed and registered toolchains.
    pub(crate) fn toolchains(&self) -> PathBuf {
        self.home.join("py")
    }

    /// Returns the directory of the shims.
    pub(crate) fn shims(&self) -> PathBuf {
        self.home.join("shims")
    }

    /// Returns the directory of the environments of installed tools.
    pub(crate) fn tools(&self) -> PathBuf {
        self.home.join("tools")
    }

    /// Returns the lock of the shims, which is held for a moment only.
    pub(crate) fn shims_lock(&self) -> PathBuf {
        self.locks().join("installation.lock")
    }

    /// Returns the lock of the tools.
    pub(crate) fn tools_lock(&self) -> PathBuf {
        self.locks().join("tools.lock")
    }

    /// Returns the directory of what Rye remembers and can find out again.
    pub(crate) fn cache(&self) -> PathBuf {
        self.home.join("cache")
    }

    /// Returns the directory that has a file for each environment that Rye made, with its path.
    pub(crate) fn environments(&self) -> PathBuf {
        self.home.join("environments")
    }

    /// Returns the directory of the locks of projects.
    pub(crate) fn locks(&self) -> PathBuf {
        self.home.join("locks")
    }
}

/// Returns the name of the shell that asks for completions, before anything else is looked at.
pub(crate) fn completing_shell() -> Option<OsString> {
    std::env::var_os(COMPLETE)
}

/// Returns the paths of a variable like `PATH`.
pub(crate) fn split_paths(value: &OsStr) -> impl Iterator<Item = PathBuf> {
    std::env::split_paths(value)
}

/// Returns paths as a variable like `PATH` has them.
pub(crate) fn join_paths(paths: &[PathBuf]) -> Result<OsString, Error> {
    std::env::join_paths(paths).map_err(Error::Separator)
}

/// Reads the pairs of a dotenv file in order.
pub(crate) fn read_env_file(path: &Path) -> Result<Vec<(String, String)>, Error> {
    let unreadable = |source| Error::EnvFile { path: path.to_owned(), source };
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    let failed = |error| match error {
        dotenvy::Error::LineParse(wrong, _) => {
            Error::EnvLine { path: path.to_owned(), line: line_number(&text, &wrong) }
        }
        dotenvy::Error::Io(source) => unreadable(source),
        // no other is there when a file is read, but the type is open
        error => unreadable(io::Error::other(error)),
    };
    dotenvy::from_read_iter(text.as_bytes()).collect::<Result<_, _>>().map_err(failed)
}

/// Returns the number of the first line that is, or sets a variable to, what the parser stumbled over: that has no
/// comment behind it.
fn line_number(text: &str, wrong: &str) -> usize {
    let wrong = wrong.lines().next().unwrap_or_default().trim();
    let find = |is_it: &dyn Fn(&str) -> bool| {
        let value = |line: &str| line.split_once('=').is_some_and(|(_, value)| is_it(value.trim()));
        text.lines().position(|line| is_it(line.trim()) || value(line))
    };
    let found = find(&|part| part == wrong).or_else(|| find(&|part| part.starts_with(wrong)));
    found.unwrap_or_default() + 1
}
