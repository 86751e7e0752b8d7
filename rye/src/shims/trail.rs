//! The way of a process from shim to shim, so that it never walks in a circle.
//!
//! On Unix a shim becomes what it stands for, and that may be a shim again: one of another home, a
//! copy, a script of a version manager that looks for `python` on `PATH`. So each leaves a note for
//! those that the same process becomes. Where a process cannot become another, the note is for the
//! children.

use std::cell::OnceCell;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Error;
use crate::env::{self, Env};
use crate::fs;
use crate::process;
use crate::toolchain;

/// The variable with the process's id and the programs that it was, separated as in `PATH`.
const VARIABLE: &str = "RYE_SHIM_PASSED";

pub(super) struct Trail<'a> {
    env: &'a Env,
    own: OnceCell<PathBuf>,
    passed: Vec<PathBuf>,
}

impl<'a> Trail<'a> {
    pub(super) fn read(env: &'a Env) -> Self {
        let passed = env.var_os(VARIABLE).map(passed).unwrap_or_default();
        Self { env, own: OnceCell::new(), passed }
    }

    fn own(&self) -> Result<&Path, Error> {
        if let Some(own) = self.own.get() {
            return Ok(own);
        }
        let own = self.env.program()?;
        Ok(self.own.get_or_init(|| own))
    }

    /// Tells whether this process is the program, or was it before.
    pub(super) fn has(&self, program: &Path) -> Result<bool, Error> {
        Ok(is_same(self.own()?, program) || self.passed.iter().any(|old| is_same(old, program)))
    }

    /// Returns the command that runs a program which nothing is known of.
    pub(super) fn goes_on(&self, program: &Path, arguments: &[OsString]) -> Result<Command, Error> {
        let mut passed = self.passed.clone();
        passed.push(self.own()?.to_owned());
        // an interpreter may well become `python` anew, anything else is on its way to one
        if !toolchain::is_interpreter(program) {
            passed.push(program.to_owned());
        }
        let mut command = process::successor(program);
        command.args(arguments).env(VARIABLE, note(&passed)?);
        Ok(command)
    }

    /// Returns the command that runs an interpreter.
    pub(super) fn ends_at(&self, program: &Path, arguments: &[OsString]) -> Result<Command, Error> {
        // where the system does not tell what this program is, an interpreter is taken for one
        if self.has(program).unwrap_or(false) {
            return Err(Error::LeadsBack(program.to_owned()));
        }
        if !toolchain::is_interpreter(program) {
            return self.goes_on(program, arguments);
        }
        let mut command = process::successor(program);
        command.args(arguments);
        Ok(command)
    }
}

fn is_same(left: &Path, right: &Path) -> bool {
    let canonical = |path| fs::canonical(path).ok();
    // a program need not be readable
    same_file::is_same_file(left, right).unwrap_or_else(|_| canonical(left) == canonical(right))
}

/// Returns the programs of a note that is for this process.
fn passed(note: &std::ffi::OsStr) -> Vec<PathBuf> {
    let mut parts = env::split_paths(note);
    let id = parts.next().unwrap_or_default();
    let is_own = cfg!(windows) || id.as_os_str() == std::process::id().to_string().as_str();
    parts.filter(|_| is_own).collect()
}

fn note(passed: &[PathBuf]) -> Result<OsString, Error> {
    let id = PathBuf::from(std::process::id().to_string());
    let mut parts = vec![id];
    for path in passed {
        if !parts.contains(path) {
            parts.push(path.clone());
        }
    }
    env::join_paths(&parts).map_err(Error::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_for_the_process_that_wrote_it() {
        let paths = ["/a/rye", "/b c/rye", "/a/rye"].map(PathBuf::from);
        let written = note(&paths).unwrap();
        assert_eq!(passed(&written), paths[..2]);
        if cfg!(unix) {
            assert_eq!(passed("1:/a/rye".as_ref()), [] as [PathBuf; 0]);
            assert!(note(&[PathBuf::from("/a:b/rye")]).is_err());
        }
        assert_eq!(passed("".as_ref()), [] as [PathBuf; 0]);
    }
}
