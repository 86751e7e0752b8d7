//! What is wrong with an installation, its surroundings and a project, and what cures it.
//!
//! Looks and changes nothing. What it is about to judge may be broken in any way: that is a finding, and
//! never an error.

use std::error::Error;
use std::path::Path;

use serde::Serialize;

use crate::config::Config;
use crate::context::Context;
use crate::env::Env;
use crate::error::Hint;
use crate::http::Network;
use crate::ui::{self, Ui};

mod installation;
mod network;
mod project;

/// How it stands with something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    Ok,
    /// It works, and perhaps not as somebody wants it
    Warn,
    /// Commands that need it fail, or a secret lies open
    Fail,
    /// It was not looked at
    Skip,
}

impl Level {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Skip => "skip",
        }
    }
}

/// What there is to say about something, in one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// What was looked at
    pub(crate) check: &'static str,
    pub(crate) level: Level,
    pub(crate) message: String,
    /// What to do about it, as a hint says it
    pub(crate) cure: Option<String>,
}

/// Findings about one thing after the other.
#[derive(Debug, Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, check: &'static str, level: Level, message: impl Into<String>) {
        let message = ui::masked(&message.into());
        self.0.push(Finding { check, level, message, cure: None });
    }

    fn add_with_cure(
        &mut self,
        check: &'static str,
        level: Level,
        message: impl Into<String>,
        cure: impl Into<String>,
    ) {
        self.add(check, level, message);
        let last = self.0.last_mut().expect("it was added");
        last.cure = Some(ui::masked(&cure.into()));
    }

    /// Adds an error with its causes, and its hint as the cure.
    fn add_error<E: Error + Hint>(&mut self, check: &'static str, level: Level, error: &E) {
        self.add(check, level, told(error));
        let last = self.0.last_mut().expect("it was added");
        last.cure = error.hint().map(|hint| ui::masked(&hint));
    }
}

/// Returns an error with its causes in one line. Of a long text the beginning and the end count.
fn told(error: &dyn Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        for line in lines.next().into_iter().chain(lines.next_back()) {
            if !parts.iter().any(|part| part == line) {
                parts.push(line.to_owned());
            }
        }
        next = error.source();
    }
    parts.join(": ")
}

/// What to look at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Examination<'a> {
    /// The manifest, if it is not the nearest one
    pub(crate) manifest: Option<&'a Path>,
    pub(crate) network: Network,
    /// The names of Rye's own commands, which no alias can have
    pub(crate) commands: &'a [String],
}

/// Looks at everything, and returns what there is to say.
pub(crate) fn examine(env: &Env, ui: &Ui, examination: Examination<'_>) -> Vec<Finding> {
    let mut findings = Findings::default();
    let config = installation::config(env, examination.commands, &mut findings);
    // with settings that cannot be read the rest is judged as if there were none
    let ctx = Context::with_config(env.clone(), ui, config.unwrap_or_default());
    installation::examine(&ctx, &mut findings);
    network::examine(&ctx, &mut findings);
    project::examine(&ctx, examination, &mut findings);
    findings.0
}

/// Returns the settings of a context that was made with them.
fn config_of<'a>(ctx: &'a Context<'_>) -> &'a Config {
    ctx.config().expect("it was made with them")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Told(&'static str, #[source] Option<Box<Told>>);

    #[test]
    fn an_error_is_told_in_one_line() {
        #[track_caller]
        fn check(error: &Told, expected: &str) {
            assert_eq!(told(error), expected);
        }
        check(&Told("a", None), "a");
        check(&Told("a", Some(Box::new(Told("b", None)))), "a: b");
        check(&Told("a", Some(Box::new(Told("a", None)))), "a");
        check(
            &Told("error at line 3\n  |\n3 | x\n  |\nno value\n", None),
            "error at line 3: no value",
        );
    }
}
