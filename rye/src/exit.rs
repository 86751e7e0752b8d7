//! How the process ends.

use std::process::{ExitCode, ExitStatus};

/// The outcome of a command that did not fail with an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Status 0
    Success,
    /// Status 1, after the command itself has said why
    Failure,
    /// Status 2: what was typed is no command
    Usage,
    /// The status of the program that the command ran
    Child(u8),
}

impl From<ExitStatus> for Exit {
    /// A child that was ended by a signal counts as 128 and the signal's number, as in a shell.
    fn from(status: ExitStatus) -> Self {
        let code = status.code().or_else(|| crate::sys::signal(status).map(|signal| 128 + signal));
        match code {
            Some(0) => Self::Success,
            Some(code) => Self::Child(u8::try_from(code).unwrap_or(1)),
            None => Self::Failure,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Success => Self::SUCCESS,
            Exit::Failure => Self::FAILURE,
            Exit::Usage => Self::from(2),
            Exit::Child(code) => Self::from(code),
        }
    }
}
