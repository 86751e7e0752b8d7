//! Rye's own installation: the program and its shims in the home, and the line of a profile that
//! puts them on `PATH`.
//!
//! What to install and to remove is decided by the caller, and nothing is fetched.

use std::path::{Path, PathBuf};

use crate::env::Env;
use crate::error::Hint;
use crate::fs;
use crate::process;
use crate::shims;
use crate::sys;

/// What `self uninstall` deletes; settings and credentials stay.
///
/// `self` and `pip-tools` are of Rye 0.44.
const DELETED: [&str; 10] =
    ["shims", "self", "py", "pip-tools", "uv", "ruff", "tools", "cache", "environments", "locks"];

/// What is staged beside this name in the home, by an update
pub(crate) const UPDATE: &str = "update";

/// The file with the shell's commands, in the home
const ENV_FILE: &str = "env";

/// The file of the user that a login shell reads
const PROFILE: &str = ".profile";

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("`{}` is no directory for Rye alone", .0.display())]
    SharedHome(PathBuf),
    #[error("`{}` cannot be on `PATH`", .0.display())]
    Unsuitable(PathBuf),
    #[error("there is no home directory with a `{PROFILE}`")]
    NoProfile,
    #[error(transparent)]
    Env(#[from] crate::env::Error),
    #[error(transparent)]
    Fs(#[from] fs::Error),
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        match self {
            Self::SharedHome(_) | Self::Unsuitable(_) => {
                Some("set `RYE_HOME` to another directory".to_owned())
            }
            Self::NoProfile => {
                Some("set `HOME`, or leave `PATH` to yourself: `--no-modify-path`".to_owned())
            }
            Self::Env(error) => error.hint(),
            Self::Fs(error) => error.hint(),
        }
    }
}

/// The installation in Rye's home, there or not.
pub(crate) struct Installation<'a> {
    env: &'a Env,
}

impl<'a> Installation<'a> {
    /// Returns the place of the installation; fails for a home in which more than Rye lives.
    pub(crate) fn new(env: &'a Env) -> Result<Self, Error> {
        let home = env.home();
        let is_user =
            |user: &Path| user == home || same_file::is_same_file(user, home).unwrap_or(false);
        let is_shared = home.parent().is_none()
            || env.user_home().is_some_and(|user| user.ancestors().any(is_user));
        if is_shared { Err(Error::SharedHome(home.to_owned())) } else { Ok(Self { env }) }
    }

    /// Tells whether the shims are on `PATH` already.
    pub(crate) fn is_on_path(&self) -> bool {
        let shims = self.env.shims();
        let is_shims = |entry: &PathBuf| {
            *entry == shims || same_file::is_same_file(entry, &shims).unwrap_or(false)
        };
        self.env.search_path().iter().any(is_shims)
    }

    /// Tells whether a program is the one that was put in place here, and not a link to another.
    pub(crate) fn has(&self, program: &Path) -> bool {
        let own = self.program();
        !own.is_symlink() && same_file::is_same_file(program, own).unwrap_or(false)
    }

    /// Tells whether there is a program in its place.
    pub(crate) fn is_there(&self) -> bool {
        self.program().is_file()
    }

    fn program(&self) -> PathBuf {
        self.env.shims().join(format!("rye{}", std::env::consts::EXE_SUFFIX))
    }

    /// Puts this program and its shims in their place, with the shell's commands, and returns the names of the first.
    pub(crate) fn install(&self) -> Result<Vec<String>, Error> {
        let names = self.put(&self.env.program()?)?;
        if cfg!(unix) {
            fs::write(&self.env.home().join(ENV_FILE), self.shell_commands())?;
        }
        Ok(names)
    }

    /// Puts a program and its shims in their place, and returns their names.
    pub(crate) fn put(&self, own: &Path) -> Result<Vec<String>, Error> {
        let directory = self.env.shims();
        let joined = crate::env::join_paths(std::slice::from_ref(&directory));
        if joined.is_err() || directory.to_str().is_none() {
            return Err(Error::Unsuitable(directory));
        }
        let _lock = self.lock()?;
        fs::create_directory(&directory)?;
        fs::clear_unfinished(&directory)?;
        let suffix = std::env::consts::EXE_SUFFIX;
        let mut names = vec![format!("rye{suffix}")];
        let program = self.program();
        if !same_file::is_same_file(own, &program).unwrap_or(false) {
            fs::copy_program(own, &program)?;
        }
        names.extend(shims::Name::ALL.iter().map(|name| format!("{name}{suffix}")));
        for name in &names[1..] {
            fs::link_program(&program, &directory.join(name))?;
        }
        Ok(names)
    }

    fn lock(&self) -> Result<fs::Lock, Error> {
        // nobody holds it for longer than a copy takes
        Ok(fs::lock(&self.env.shims_lock(), || {})?)
    }

    /// Returns what a shell has to do to find the shims first.
    fn shell_commands(&self) -> String {
        let (export, home) = if self.env.var_os("RYE_HOME").is_some() {
            let home = process::quoted(self.env.home().as_os_str());
            (format!("export RYE_HOME={home}\n"), "$RYE_HOME")
        } else {
            (String::new(), "$HOME/.rye")
        };
        format!(
            "# Puts the shims of Rye first on PATH. Written by `rye self install`.\n\
             {export}case \":$PATH:\" in\n\
             \x20   *\":{home}/shims:\"*) ;;\n\
             \x20   *) export PATH=\"{home}/shims:$PATH\" ;;\n\
             esac\n"
        )
    }

    /// Returns the line of a profile that reads the shell's commands.
    pub(crate) fn profile_line(&self) -> String {
        let file = self.env.home().join(ENV_FILE);
        let below_home = self.env.user_home().and_then(|home| file.strip_prefix(home).ok());
        match below_home {
            Some(below) => format!(". \"$HOME/{}\"", escaped(below)),
            None => format!(". \"{}\"", escaped(&file)),
        }
    }

    /// Returns the profile, in the user's home.
    pub(crate) fn profile(&self) -> Result<PathBuf, Error> {
        Ok(self.env.user_home().ok_or(Error::NoProfile)?.join(PROFILE))
    }

    /// Returns the files that a shell of this machine reads and the profile is not for, as a user
    /// would write them.
    pub(crate) fn other_profiles(&self) -> Vec<&'static str> {
        let Some(home) = self.env.user_home() else { return Vec::new() };
        let of_bash = ["~/.bash_profile", "~/.bash_login"];
        let is_there = |path: &&str| fs::exists(&home.join(&path[2..]));
        let of_bash = of_bash.into_iter().find(is_there);
        of_bash.into_iter().chain(self.has_shell("zsh").then_some("~/.zprofile")).collect()
    }

    /// Tells whether a shell can be found by its name.
    pub(crate) fn has_shell(&self, name: &str) -> bool {
        let directories = self.env.search_path();
        directories.iter().any(|directory| sys::is_executable(&directory.join(name)))
    }

    /// Fails if no line could be added to the profile.
    pub(crate) fn check_profile(&self) -> Result<(), Error> {
        let path = self.profile()?;
        fs::find(&path)?;
        Ok(fs::check_writable(&path)?)
    }

    /// Adds the line to the profile; tells whether it was missing.
    pub(crate) fn add_to_profile(&self) -> Result<bool, Error> {
        let path = self.profile()?;
        let text = fs::find(&path)?.unwrap_or_default();
        let added = with_line(&text, self.profile_line().as_bytes());
        if let Some(added) = &added {
            fs::write(&path, added)?;
        }
        Ok(added.is_some())
    }

    /// Takes the line out of the profile; tells whether it was there.
    pub(crate) fn remove_from_profile(&self) -> Result<bool, Error> {
        let Ok(path) = self.profile() else { return Ok(false) };
        let text = fs::find(&path)?.unwrap_or_default();
        let left = without_line(&text, self.profile_line().as_bytes());
        let was_there = left.len() != text.len();
        if was_there {
            fs::write(&path, left)?;
        }
        Ok(was_there)
    }

    /// Returns what `self uninstall` would delete; nothing where Rye was never installed.
    pub(crate) fn contents(&self) -> Vec<PathBuf> {
        let signs = ["shims/rye", "shims/rye.exe", "self", "uv"];
        if !signs.iter().any(|sign| fs::exists(&self.env.home().join(sign))) {
            return Vec::new();
        }
        let paths = DELETED.map(|name| self.env.home().join(name));
        paths.into_iter().filter(|path| fs::exists(path)).collect()
    }

    /// Deletes the installation and all that Rye keeps for itself.
    ///
    /// The shell's commands are emptied, as a profile that was edited by hand may read them.
    pub(crate) fn uninstall(&self) -> Result<(), Error> {
        let lock = self.lock()?;
        let locks = self.env.locks();
        let commands = self.env.home().join(ENV_FILE);
        let is_own = |text: Vec<u8>| text.windows(6).any(|word| word == b"/shims");
        if commands.is_file() && fs::find(&commands)?.is_some_and(is_own) {
            fs::write(&commands, "")?;
        }
        for path in self.contents().iter().filter(|path| **path != locks) {
            fs::remove(path)?;
        }
        // what an update left that was killed
        fs::Staging::clear(&self.env.home().join(UPDATE))?;
        drop(lock);
        Ok(fs::remove(&locks)?)
    }
}

/// Returns a path for double quotes of a POSIX shell.
fn escaped(path: &Path) -> String {
    let text = path.to_string_lossy();
    text.chars()
        .flat_map(|part| r#"$`"\"#.contains(part).then_some('\\').into_iter().chain([part]))
        .collect()
}

/// Returns a text with a line at its end; none if it has that line.
fn with_line(text: &[u8], line: &[u8]) -> Option<Vec<u8>> {
    if text.split(|byte| *byte == b'\n').any(|known| known.trim_ascii() == line) {
        return None;
    }
    let mut text = text.to_vec();
    if !text.is_empty() && !text.ends_with(b"\n") {
        text.push(b'\n');
    }
    text.extend_from_slice(line);
    text.push(b'\n');
    Some(text)
}

/// Returns a text without a line.
fn without_line(text: &[u8], line: &[u8]) -> Vec<u8> {
    let lines = text.split_inclusive(|byte| *byte == b'\n');
    lines.filter(|known| known.trim_ascii() != line).flatten().copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_added_once_and_taken_out() {
        #[track_caller]
        fn check(before: &str, with: &str, without: &str) {
            let line = b". \"$HOME/.rye/env\"";
            let added = with_line(before.as_bytes(), line);
            let added = added.unwrap_or_else(|| before.as_bytes().to_vec());
            assert_eq!(String::from_utf8_lossy(&added), with);
            assert_eq!(String::from_utf8_lossy(&without_line(&added, line)), without);
        }
        let line = ". \"$HOME/.rye/env\"\n";
        check("", line, "");
        check("a\nb\n", &format!("a\nb\n{line}"), "a\nb\n");
        check("a", &format!("a\n{line}"), "a\n");
        check(&format!("a\n  {line}b\n"), &format!("a\n  {line}b\n"), "a\nb\n");
        check("# . \"$HOME/.rye/env\"\n", &format!("# {line}{line}"), &format!("# {line}"));
    }

    #[test]
    fn what_a_shell_would_read_otherwise_is_escaped() {
        assert_eq!(escaped(Path::new("/a b/$x`\"\\'/é")), "/a b/\\$x\\`\\\"\\\\'/é");
    }
}
