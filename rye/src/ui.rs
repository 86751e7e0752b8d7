//! Talking to the user: which stream, which color, how much.
//!
//! stdout carries the answer that was asked for, stderr all that Rye says about its work.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeSet;
use std::fmt::{self, Display};
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::time::Duration;

use clap::ValueEnum;
use clap::builder::StyledStr;
use console::{Style, Term};
use dialoguer::MultiSelect;
use dialoguer::theme::ColorfulTheme;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::error::Hint;
use crate::sys;

/// How much Rye tells about its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verbosity {
    /// Nothing but errors, as long as Rye stands in for another program
    Silent,
    Quiet,
    Normal,
    Verbose,
}

/// When texts are colored; `Auto` is on a terminal, unless `NO_COLOR` and its like say otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

impl Color {
    /// Tells whether colors are on; none if that is to be found out.
    pub(crate) fn is_on(self) -> Option<bool> {
        match self {
            Self::Auto => None,
            Self::Always => Some(true),
            Self::Never => Some(false),
        }
    }
}

/// How a judgement is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    Doubtful,
    Bad,
    Neutral,
}

/// The answer could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write to stdout")]
pub(crate) struct Error(#[from] io::Error);

impl Error {
    /// Tells whether the reader closed its end, as one does who has seen enough.
    pub(crate) fn is_closed(&self) -> bool {
        self.0.kind() == io::ErrorKind::BrokenPipe
    }
}

/// A question got no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfirmError {
    #[error("there is no terminal to ask on: {question}")]
    NoTerminal { question: String, flags: &'static str },
    #[error("the answer cannot be read")]
    Unreadable(#[from] io::Error),
}

impl Hint for ConfirmError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NoTerminal { flags, .. } => Some(format!("answer with {flags}")),
            Self::Unreadable(_) => None,
        }
    }
}

/// Returns a text with what may be secret in it replaced: the credentials of URLs, and the value of a key
/// `password` in a piece of TOML.
pub(crate) fn masked(text: &str) -> String {
    let is_end = |part: char| part.is_whitespace() || "/?#\"'`<>()[]".contains(part);
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        let authority = &after[..after.find(is_end).unwrap_or(after.len())];
        masked.push_str(before);
        masked.push_str("://");
        rest = match authority.rfind('@') {
            // the account of git's own protocols is no secret
            Some(at) if &authority[..at] != "git" => {
                masked.push_str("****");
                &after[at..]
            }
            _ => after,
        };
    }
    masked.push_str(rest);
    if !masked.contains("password") {
        return masked;
    }
    let lines = masked.split('\n').map(|line| {
        let key = line.find("password").map(|start| start + "password".len());
        match key.filter(|key| line[*key..].trim_start().starts_with('=')) {
            Some(key) => format!("{} = ****", &line[..key]),
            None => line.to_owned(),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The user's end of the streams.
#[derive(Debug)]
pub(crate) struct Ui {
    verbosity: Cell<Verbosity>,
    /// stderr is a terminal that takes colors and moving text.
    terminal: bool,
    /// What moves below the lines
    bars: OnceCell<MultiProgress>,
    /// The warnings that were told
    warned: RefCell<BTreeSet<String>>,
}

#[expect(clippy::unused_self, reason = "the streams are the value's, by rule if not by field")]
impl Ui {
    /// Returns the streams of this process.
    pub(crate) fn stdio() -> Self {
        Self {
            verbosity: Cell::new(Verbosity::Normal),
            terminal: io::stderr().is_terminal(),
            bars: OnceCell::new(),
            warned: RefCell::default(),
        }
    }

    pub(crate) fn set_verbosity(&self, verbosity: Verbosity) {
        self.verbosity.set(verbosity);
    }

    pub(crate) fn verbosity(&self) -> Verbosity {
        self.verbosity.get()
    }

    /// Switches colors on or off for both streams, whatever they lead to.
    pub(crate) fn set_colors(&self, is_on: bool) {
        console::set_colors_enabled(is_on);
        console::set_colors_enabled_stderr(is_on);
    }

    /// Prints a line of the answer that was asked for.
    pub(crate) fn data(&self, line: impl Display) -> Result<(), Error> {
        Ok(writeln!(io::stdout(), "{line}")?)
    }

    /// Prints a line of the answer that begins with a word of judgement.
    pub(crate) fn judgement(
        &self,
        tone: Tone,
        word: &str,
        line: impl Display,
    ) -> Result<(), Error> {
        let style = match tone {
            Tone::Good => Style::new().green(),
            Tone::Doubtful => Style::new().yellow(),
            Tone::Bad => Style::new().red(),
            Tone::Neutral => Style::new().dim(),
        };
        self.data(format_args!("{} {line}", style.bold().apply_to(format_args!("{word:4}"))))
    }

    /// Prints an answer that has its own line ends.
    pub(crate) fn data_text(&self, text: &str) -> Result<(), Error> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        Ok(stdout.flush()?)
    }

    /// Prints an answer as indented JSON.
    pub(crate) fn data_json(&self, value: &impl serde::Serialize) -> Result<(), Error> {
        self.data(serde_json::to_string_pretty(value).map_err(io::Error::from)?)
    }

    /// Tells what was done, a verb first.
    pub(crate) fn status(&self, verb: &str, message: impl Display) {
        if self.verbosity() >= Verbosity::Normal {
            let style = Style::new().for_stderr().green().bold();
            self.line(format_args!("{} {message}", style.apply_to(format_args!("{verb:>11}"))));
        }
    }

    /// Tells what is of interest with `--verbose` only.
    pub(crate) fn detail(&self, message: impl Display) {
        if self.verbosity() >= Verbosity::Verbose {
            self.line(format_args!("{}", Style::new().for_stderr().dim().apply_to(message)));
        }
    }

    /// Tells of something that is probably not as the user wants it, once.
    pub(crate) fn warn(&self, message: impl Display) {
        let message = message.to_string();
        if self.verbosity() > Verbosity::Silent && self.warned.borrow_mut().insert(message.clone())
        {
            self.labelled("warning:", &Style::new().yellow(), message);
        }
    }

    /// Tells that a command failed.
    pub(crate) fn error(&self, message: impl Display) {
        self.labelled("error:", &Style::new().red(), message);
    }

    /// Tells what an error comes from.
    pub(crate) fn cause(&self, message: impl Display) {
        self.labelled("caused by:", &Style::new().red(), message);
    }

    /// Tells what can be done about an error.
    pub(crate) fn hint(&self, message: impl Display) {
        self.labelled("hint:", &Style::new().cyan(), message);
    }

    /// Tells how a command is used to a user who named none.
    pub(crate) fn usage(&self, help: &StyledStr) {
        self.line(Help { text: help, is_colored: console::colors_enabled_stderr() });
    }

    /// Tells what the parser of the command line has to say: help is an answer, a usage error is none.
    pub(crate) fn parser(&self, error: &clap::Error) -> Result<(), Error> {
        let text = &error.render();
        if error.use_stderr() {
            let text = Help { text, is_colored: console::colors_enabled_stderr() };
            // when stderr is gone there is nobody left to tell
            drop(write!(io::stderr(), "{text}"));
            return Ok(());
        }
        let text = Help { text, is_colored: console::colors_enabled() };
        self.data_text(&text.to_string())
    }

    fn labelled(&self, label: &str, style: &Style, message: impl Display) {
        let style = style.clone().for_stderr().bold();
        self.line(format_args!("{} {message}", style.apply_to(label)));
    }

    /// Prints a line on stderr, whose secrets stay here: it may end in somebody's log.
    fn line(&self, line: impl Display) {
        let line = masked(&line.to_string());
        // when stderr is gone there is nobody left to tell
        let print = || drop(writeln!(io::stderr(), "{line}"));
        match self.bars.get() {
            Some(bars) => bars.suspend(print),
            None => print(),
        }
    }

    /// Tells whether there is a terminal to ask on.
    pub(crate) fn can_ask(&self) -> bool {
        self.terminal && io::stdin().is_terminal()
    }

    /// Asks a question until it is answered, and returns whether with yes.
    ///
    /// Without a terminal it is an error that names the flags which answer.
    pub(crate) fn confirm(
        &self,
        question: impl Display,
        flags: &'static str,
    ) -> Result<bool, ConfirmError> {
        self.expect_terminal(&question, flags)?;
        let style = Style::new().for_stderr().bold();
        loop {
            write!(io::stderr(), "{} [y/n] ", style.apply_to(&question))?;
            let mut answer = String::new();
            if io::stdin().lock().read_line(&mut answer)? == 0 {
                self.line(""); // the terminal was closed with no answer, which is none
                return Ok(false);
            }
            match answer.trim().to_lowercase().as_str() {
                "y" | "yes" => return Ok(true),
                "n" | "no" => return Ok(false),
                _ => {} // an answer that commits to nothing is none
            }
        }
    }

    /// Fails if there is no terminal to ask on, naming the flags which answer.
    pub(crate) fn expect_terminal(
        &self,
        question: impl Display,
        flags: &'static str,
    ) -> Result<(), ConfirmError> {
        if self.can_ask() {
            return Ok(());
        }
        Err(ConfirmError::NoTerminal { question: question.to_string(), flags })
    }

    /// Lets the user choose some of several texts on the terminal, and returns their places; none if the question
    /// was refused.
    pub(crate) fn choose(
        &self,
        question: &str,
        texts: &[impl Display],
    ) -> Result<Option<Vec<usize>>, ConfirmError> {
        let theme = ColorfulTheme::default();
        let terminal = Term::stderr();
        let select = MultiSelect::with_theme(&theme).with_prompt(question).items(texts);
        // the cursor is hidden meanwhile; if it cannot be shown there is no terminal any more
        sys::before_interrupt(|| drop(Term::stderr().show_cursor()))?;
        match select.report(false).interact_on_opt(&terminal) {
            Err(dialoguer::Error::IO(error)) if error.kind() == io::ErrorKind::Interrupted => {
                terminal.show_cursor()?;
                Ok(None)
            }
            Err(dialoguer::Error::IO(error)) => Err(error.into()),
            Ok(chosen) => Ok(chosen),
        }
    }

    /// Asks for something that is not shown, and returns it.
    ///
    /// Without a terminal it is an error that names the flags which answer.
    pub(crate) fn secret(
        &self,
        question: impl Display,
        flags: &'static str,
    ) -> Result<String, ConfirmError> {
        self.expect_terminal(&question, flags)?;
        let style = Style::new().for_stderr().bold();
        write!(io::stderr(), "{} ", style.apply_to(format_args!("{question}:")))?;
        Ok(Term::stderr().read_secure_line()?.trim().to_owned())
    }

    /// Shows that something is under way until the value is dropped; on a terminal only.
    pub(crate) fn progress(&self, message: impl Display) -> Progress {
        let progress = self.bar("{spinner:.green} {wide_msg}");
        progress.message(message);
        if !progress.0.is_hidden() {
            progress.0.enable_steady_tick(Duration::from_millis(100));
        }
        progress
    }

    /// Shows how much of a download is there until the value is dropped; on a terminal only.
    pub(crate) fn download(&self, name: impl Display) -> Progress {
        let progress = self.bar("{spinner:.green} {msg} {bytes} ({bytes_per_sec})");
        progress.message(name);
        progress
    }

    fn bar(&self, template: &str) -> Progress {
        if !self.terminal || self.verbosity() <= Verbosity::Quiet {
            return Progress(ProgressBar::hidden());
        }
        let bars = self.bars.get_or_init(MultiProgress::new);
        Progress(bars.add(ProgressBar::no_length().with_style(style(template))))
    }
}

/// A text of the parser of the command line.
struct Help<'a> {
    text: &'a StyledStr,
    is_colored: bool,
}

impl Display for Help<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_colored { self.text.ansi().fmt(f) } else { self.text.fmt(f) }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the template is correct")
}

/// Something under way, as shown on a terminal.
#[derive(Debug)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn message(&self, message: impl Display) {
        self.0.set_message(message.to_string());
    }

    /// Says how many bytes there will be, if that is known.
    pub(crate) fn length(&self, bytes: Option<u64>) {
        if let Some(bytes) = bytes {
            self.0.set_length(bytes);
            self.0.set_style(style(
                "{msg} {wide_bar:.green} {bytes}/{total_bytes} ({bytes_per_sec}, {eta})",
            ));
        }
    }

    pub(crate) fn advance(&self, bytes: usize) {
        self.0.inc(bytes as u64);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            assert_eq!(masked(text), expected);
        }
        check("added a @ http://me:pw@host/a.whl", "added a @ http://****@host/a.whl");
        check(
            "`git+https://token@host/x@v1`, `http://b:c@d`",
            "`git+https://****@host/x@v1`, `http://****@d`",
        );
        check("git+ssh://git@host/x", "git+ssh://git@host/x");
        check("http://host/x@1 a@b", "http://host/x@1 a@b");
        check("file:///opt/a@1", "file:///opt/a@1");
        check("http://me:p@ss@host", "http://****@host");
        check("18 | password = \"pw\" oops\n   | ^", "18 | password = ****\n   | ^");
        check("18 | password=[\"pw\"]", "18 | password = ****");
        check("set `username` and `password`", "set `username` and `password`");
    }
}
