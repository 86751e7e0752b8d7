//! Asking interpreters what they are, once: the answer is remembered until the file changes.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::env::Env;
use crate::fs;
use crate::process;
use crate::toolchain::Python;
use crate::toolchain::request::Variant;

const SCRIPT: &str = include_str!("probe.py");

/// The variable by which an interpreter can see that it is only asked what it is.
///
/// Rye's shims, of whatever home, are none: they would look for an interpreter and ask in turn.
pub(crate) const ASKED: &str = "RYE_SHIM_ASKED";

/// Changes whenever the script's answer has another shape.
const SCHEMA: u32 = 2;

/// An interpreter and what it says of itself.
#[derive(Clone, Debug)]
pub(crate) struct Interpreter {
    /// The absolute path it was found at, links not followed
    pub(crate) path: PathBuf,
    pub(crate) python: Python,
    /// It belongs to a virtual environment.
    pub(crate) is_venv: bool,
}

/// The answers of interpreters, as they are kept in `cache/interpreters.json`.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Answers {
    schema: u32,
    by_path: BTreeMap<PathBuf, Remembered>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Remembered {
    stamp: [u64; 4],
    /// None for a file that is no working interpreter
    answer: Option<Answer>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Answer {
    family: String,
    version: String,
    arch: String,
    os: String,
    free_threaded: bool,
    debug: bool,
    is_venv: bool,
}

impl Answer {
    fn interpreter(self, path: &Path) -> Option<Interpreter> {
        Some(Interpreter {
            path: path.to_owned(),
            python: Python {
                version: self.version.parse().ok()?,
                family: self.family,
                arch: self.arch,
                os: self.os,
                variant: Variant { free_threaded: self.free_threaded, debug: self.debug },
            },
            is_venv: self.is_venv,
        })
    }
}

/// Asks interpreters, or remembers what they said.
#[derive(Debug)]
pub(crate) struct Prober<'a> {
    env: &'a Env,
    answers: RefCell<Answers>,
    is_changed: Cell<bool>,
}

impl<'a> Prober<'a> {
    pub(crate) fn new(env: &'a Env) -> Self {
        // what cannot be read is found out again
        let text = fs::find_text(&file(env)).ok().flatten().unwrap_or_default();
        let answers = serde_json::from_str(&text).ok();
        let answers = answers.filter(|answers: &Answers| answers.schema == SCHEMA);
        let answers = answers.unwrap_or(Answers { schema: SCHEMA, ..Answers::default() });
        Self { env, answers: RefCell::new(answers), is_changed: Cell::new(false) }
    }

    /// Returns the interpreter at an absolute path; none if nothing there answers as one.
    pub(crate) fn probe(&self, path: &Path) -> Option<Interpreter> {
        let stamp = fs::stamp(path).ok().flatten()?;
        let mut answers = self.answers.borrow_mut();
        let known = answers.by_path.get(path).filter(|known| known.stamp == stamp);
        let answer = if let Some(known) = known {
            known.answer.clone()
        } else {
            let answer = match self.ask(path) {
                Ok(answer) => Some(answer),
                Err(error) if error.is_passing() => return None,
                Err(_) => None,
            };
            let remembered = Remembered { stamp, answer: answer.clone() };
            answers.by_path.insert(path.to_owned(), remembered);
            self.is_changed.set(true);
            answer
        };
        answer?.interpreter(path)
    }

    /// Takes what an interpreter said for the answer of that of an environment which was just made with it, if they
    /// are the same program.
    pub(crate) fn take_over(&self, interpreter: &Interpreter, python: &Path) {
        let Ok(Some(stamp)) = fs::stamp(python) else { return };
        let mut answers = self.answers.borrow_mut();
        let said = answers.by_path.get(&interpreter.path).filter(|known| known.stamp == stamp);
        let Some(answer) = said.and_then(|known| known.answer.clone()) else { return };
        let answer = Some(Answer { is_venv: true, ..answer });
        answers.by_path.insert(python.to_owned(), Remembered { stamp, answer });
        self.is_changed.set(true);
    }

    /// Asks an interpreter, and tells why there is no answer.
    pub(crate) fn ask_now(&self, path: &Path) -> Result<Interpreter, process::Error> {
        let answer = self.ask(path)?;
        let unreadable = || process::Error::Unreadable { command: path.display().to_string() };
        answer.interpreter(path).ok_or_else(unreadable)
    }

    fn ask(&self, path: &Path) -> Result<Answer, process::Error> {
        let mut command = process::command(self.env, path);
        // in isolated mode neither the variables nor the directory of the user have a say
        command.args(["-I", "-B", "-c", SCRIPT]).env(ASKED, "1");
        // neither the script nor what another program makes of it is for the user's eyes
        let text = process::output(&mut command).map_err(|error| match error {
            process::Error::Failed { status, stderr, .. } => {
                let first = stderr.lines().next().unwrap_or_default();
                let stderr = if first.len() > 200 { String::new() } else { first.to_owned() };
                process::Error::Failed { command: path.display().to_string(), status, stderr }
            }
            error => error,
        })?;
        serde_json::from_str(&text)
            .map_err(|_| process::Error::Unreadable { command: path.display().to_string() })
    }
}

impl Drop for Prober<'_> {
    fn drop(&mut self) {
        if self.is_changed.get() {
            let mut answers = self.answers.borrow_mut();
            answers.by_path.retain(|path, _| path.exists());
            if let Ok(text) = serde_json::to_string(&*answers) {
                // a home that cannot be written to costs time and nothing else
                drop(fs::write(&file(self.env), text));
            }
        }
    }
}

fn file(env: &Env) -> PathBuf {
    env.cache().join("interpreters.json")
}
