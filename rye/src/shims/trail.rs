//! The way from shim to shim, so that it has an end.
//!
//! What a shim passes to may be a shim again: one of another home, a copy, or a version manager that
//! looks for `python` on `PATH`. So each leaves a note in a variable. Other ryes that the same process
//! was already are passed over at once; other programs only when it has come by more often than
//! anybody does on purpose. Descendants count on, so that nothing starts itself for ever.

use std::cell::OnceCell;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Error;
use crate::env::{self, Env};
use crate::fs;
use crate::process;
use crate::toolchain;

/// The variable with the count, the process's id, and the ryes that it was, separated as in `PATH`.
const VARIABLE: &str = "RYE_SHIM_PASSED";

/// How often a process may come by before it is offered the next program, then the one after that.
const PATIENCE: usize = 8;

/// How often a process and its forebears may come by.
const LIMIT: usize = 100;

pub(super) struct Trail<'a> {
    env: &'a Env,
    own: OnceCell<PathBuf>,
    note: Note,
}

/// What the variable says.
#[derive(Debug, Default, PartialEq, Eq)]
struct Note {
    count: usize,
    /// It was left by this very process
    is_own: bool,
    /// The ryes that this process was
    ryes: Vec<PathBuf>,
}

impl<'a> Trail<'a> {
    pub(super) fn read(env: &'a Env) -> Self {
        let note = env.var_os(VARIABLE).map(Note::read).unwrap_or_default();
        Self { env, own: OnceCell::new(), note }
    }

    fn own(&self) -> Result<&Path, Error> {
        if let Some(own) = self.own.get() {
            return Ok(own);
        }
        let own = self.env.program()?;
        Ok(self.own.get_or_init(|| own))
    }

    /// Tells whether this process is the program, or was it as another rye.
    pub(super) fn has(&self, program: &Path) -> Result<bool, Error> {
        Ok(is_same(self.own()?, program) || self.note.ryes.iter().any(|rye| is_same(rye, program)))
    }

    /// Returns how many programs have had their turn without finding an interpreter.
    pub(super) fn tried(&self) -> usize {
        if self.note.is_own { self.note.count.saturating_sub(PATIENCE) } else { 0 }
    }

    /// Returns the command that runs a program which nothing is known of.
    pub(super) fn goes_on(&self, program: &Path, arguments: &[OsString]) -> Result<Command, Error> {
        if self.note.count >= LIMIT {
            return Err(Error::LeadsBack(program.to_owned()));
        }
        let mut ryes = self.note.ryes.clone();
        ryes.push(self.own()?.to_owned());
        let note = Note { count: self.note.count + 1, is_own: true, ryes };
        let mut command = process::successor(program);
        command.args(arguments).env(VARIABLE, note.write());
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

impl Note {
    /// Reads the variable; what cannot be read says nothing.
    fn read(text: &OsStr) -> Self {
        let mut parts = env::split_paths(text);
        let mut number = || parts.next()?.to_str()?.parse::<usize>().ok();
        let (Some(count), Some(id)) = (number(), number()) else { return Self::default() };
        let is_own = u32::try_from(id).is_ok_and(|id| id == std::process::id());
        // where a process cannot become another, the note is for the children
        let ryes = parts.filter(|_| is_own || cfg!(windows)).collect();
        Self { count, is_own, ryes }
    }

    fn write(&self) -> OsString {
        let numbers = [self.count.to_string(), std::process::id().to_string()].map(PathBuf::from);
        let mut parts = numbers.to_vec();
        for path in &self.ryes {
            // one with the separator in it cannot be noted: the count has to do
            if !parts.contains(path) && env::join_paths(std::slice::from_ref(path)).is_ok() {
                parts.push(path.clone());
            }
        }
        env::join_paths(&parts).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_for_the_process_that_wrote_it() {
        let ryes = ["/a/rye", "/b c/rye"].map(PathBuf::from).to_vec();
        let note = Note { count: 3, is_own: true, ryes };
        assert_eq!(Note::read(&note.write()), note);
        for (text, count) in [("", 0), ("x", 0), ("3", 0)] {
            assert_eq!(Note::read(text.as_ref()), Note { count, ..Note::default() });
        }
        if cfg!(unix) {
            let other = Note { count: 3, is_own: false, ryes: Vec::new() };
            assert_eq!(Note::read("3:1:/a/rye".as_ref()), other);
            let odd = Note { count: 1, is_own: true, ryes: vec!["/a:b/rye".into()] };
            assert_eq!(Note::read(&odd.write()), Note { ryes: Vec::new(), ..odd });
        }
    }
}
