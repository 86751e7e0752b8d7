//! Child processes: started with an environment of Rye's choice, their status checked.

#![expect(clippy::disallowed_methods, reason = "this is the module that checks the status")]

use std::ffi::OsStr;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;

use crate::env::Env;
use crate::error::Hint;
use crate::sys;

/// How many of the last lines of a failed child are told.
const TOLD_LINES: usize = 60;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("cannot start `{program}`")]
    Start { program: String, source: io::Error },
    #[error("`{command}` failed ({status}){}", indented(stderr))]
    Failed { command: String, status: ExitStatus, stderr: String },
    #[error("`{command}` printed something that cannot be understood")]
    Unreadable { command: String },
}

impl Error {
    /// Tells whether it may be due to the moment, and says nothing of the program.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Start { source, .. } => matches!(
                source.kind(),
                io::ErrorKind::ExecutableFileBusy
                    | io::ErrorKind::Interrupted
                    | io::ErrorKind::OutOfMemory
                    | io::ErrorKind::ResourceBusy
                    | io::ErrorKind::WouldBlock
            ),
            // it was killed, as systems do that run out of memory
            Self::Failed { status, .. } => status.code().is_none(),
            Self::Unreadable { .. } => false,
        }
    }
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        None
    }
}

/// Returns the last lines of what a child said, each on a line of its own below a message.
pub(crate) fn indented(text: &str) -> String {
    let lines: Vec<_> = text.lines().collect();
    let told = &lines[lines.len().saturating_sub(TOLD_LINES)..];
    told.iter().flat_map(|line| ["\n    ", line]).collect()
}

/// Returns the first program of a name on `PATH`.
pub(crate) fn find(env: &Env, name: &str) -> Option<PathBuf> {
    let directories = env.search_path();
    let mut programs = directories.iter().flat_map(|directory| sys::programs(directory, name));
    programs.find(|path| sys::is_executable(path))
}

/// Returns a command with the variables of `env` and no others.
pub(crate) fn command(env: &Env, program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().envs(env.vars());
    command
}

/// Returns a command with the variables of this process as they are, for what takes its place.
pub(crate) fn successor(program: &Path) -> Command {
    Command::new(program)
}

/// Runs a command and returns what it printed on stdout; a status other than 0 is an error.
pub(crate) fn output(command: &mut Command) -> Result<String, Error> {
    output_with(command, |_| {})
}

/// Runs a command like [`output`] and hands on each line of its stderr as it comes.
pub(crate) fn output_with(
    command: &mut Command,
    mut on_line: impl FnMut(&str),
) -> Result<String, Error> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let program = program(command);
    let start_failed = |source| Error::Start { program: program.clone(), source };
    let mut child = sys::spawn_bound(command).map_err(start_failed)?;
    let mut stdout = child.stdout.take().expect("stdout is piped");
    let stderr = child.stderr.take().expect("stderr is piped");
    let reader = thread::spawn(move || {
        let mut bytes = Vec::new();
        stdout.read_to_end(&mut bytes).map(|_| bytes)
    });
    let mut told = String::new();
    for line in BufReader::new(stderr).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        on_line(&line);
        told.push_str(&line);
        told.push('\n');
    }
    let status = child.wait().map_err(start_failed)?;
    let bytes = reader.join().expect("the reader does not panic").map_err(start_failed)?;
    if !status.success() {
        return Err(Error::Failed { command: display(command), status, stderr: told });
    }
    String::from_utf8(bytes).map_err(|_| Error::Unreadable { command: display(command) })
}

/// Runs a command on this process's own streams and returns its status; signals are passed on.
pub(crate) fn status(command: &mut Command) -> Result<ExitStatus, Error> {
    sys::status(command).map_err(|source| Error::Start { program: program(command), source })
}

/// Notices from when it was made that this process is told to end, which does not end it any more.
///
/// It is for who runs several commands one after the other: those pass it on to the one that runs.
#[derive(Debug)]
pub(crate) struct Interruption(sys::Interruption);

impl Interruption {
    pub(crate) fn watch() -> io::Result<Self> {
        sys::Interruption::watch().map(Self)
    }

    pub(crate) fn has_come(&self) -> bool {
        self.0.has_come()
    }
}

/// Replaces this process by the command where the system can, else runs it.
pub(crate) fn exec(command: &mut Command) -> Result<ExitStatus, Error> {
    sys::exec(command).map_err(|source| Error::Start { program: program(command), source })
}

fn program(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}

/// Returns the command line as a shell would read it.
pub(crate) fn display(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(quoted).collect::<Vec<_>>().join(" ")
}

/// Returns one argument as a shell would read it.
pub(crate) fn quoted(argument: &OsStr) -> String {
    let text = argument.to_string_lossy();
    match shlex::try_quote(&text) {
        Ok(quoted) => quoted.into_owned(),
        Err(_) => text.into_owned(), // it holds a NUL, which no argument can
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_was_killed_may_work_the_next_time() {
        #[track_caller]
        fn check(script: &str, expected: bool) {
            let error = output(Command::new("/bin/sh").args(["-c", script])).unwrap_err();
            assert_eq!(error.is_passing(), expected, "{error}");
        }
        check("kill -9 $$", true);
        check("exit 1", false);
        check("printf '\\377'", false);
        let error = output(&mut Command::new("/nowhere/program")).unwrap_err();
        assert!(!error.is_passing());
    }
}
