//! One run of a program in a test's world, and what came of it.

use std::ffi::OsStr;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::snapshot::Masks;

/// How long the children of a killed process may take to end.
const PATIENCE: Duration = Duration::from_mins(1);

/// A program about to be run.
#[derive(Debug)]
pub(crate) struct Run {
    command: Command,
    masks: Masks,
    input: Vec<u8>,
    with_children: bool,
}

impl Run {
    pub(crate) fn new(command: Command, masks: Masks) -> Self {
        Self { command, masks, input: Vec::new(), with_children: false }
    }

    /// Adds arguments.
    #[must_use]
    pub(crate) fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.command.args(args);
        self
    }

    #[must_use]
    pub(crate) fn env(mut self, key: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(key, value);
        self
    }

    #[must_use]
    pub(crate) fn env_remove(mut self, key: &str) -> Self {
        self.command.env_remove(key);
        self
    }

    /// Runs it in another directory than that of the project.
    #[must_use]
    pub(crate) fn current_dir(mut self, path: impl AsRef<Path>) -> Self {
        self.command.current_dir(path);
        self
    }

    /// Gives it something to read; without this its standard input is empty.
    #[must_use]
    pub(crate) fn input(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.input = text.into();
        self
    }

    /// Makes a kill hit the processes that it started, too, like a power cut.
    #[must_use]
    pub(crate) fn with_children(mut self) -> Self {
        self.with_children = true;
        self
    }

    pub(crate) fn run(mut self) -> Output {
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = self.start();
        let output = child.wait_with_output().unwrap();
        Output {
            status: output.status,
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            masks: self.masks,
        }
    }

    /// Runs it, and acts once its standard error has said something; it fails if that is never said.
    #[cfg(unix)]
    #[track_caller]
    pub(crate) fn run_and_when_told(mut self, text: &str, act: impl FnOnce()) -> Output {
        use std::io::{BufRead as _, BufReader, Read as _};

        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.start();
        let mut reader = BufReader::new(child.stderr.take().unwrap());
        let mut stderr = String::new();
        while !stderr.contains(text) {
            let length = reader.read_line(&mut stderr).unwrap();
            assert!(length > 0, "it does not say `{text}`:\n{stderr}");
        }
        act();
        reader.read_to_string(&mut stderr).unwrap();
        let output = child.wait_with_output().unwrap();
        Output {
            status: output.status,
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr,
            masks: self.masks,
        }
    }

    /// Runs it and expects success.
    #[track_caller]
    pub(crate) fn succeed(self) -> Output {
        let text = format!("{:?}", self.command);
        let output = self.run();
        assert!(output.status.success(), "{text}\n{}", output.snapshot());
        output
    }

    /// Runs it and expects this exit status.
    #[track_caller]
    pub(crate) fn fail(self, code: i32) -> Output {
        let text = format!("{:?}", self.command);
        let output = self.run();
        assert_eq!(output.status.code(), Some(code), "{text}\n{}", output.snapshot());
        output
    }

    /// Runs it, and returns the masked output for a snapshot.
    pub(crate) fn snapshot(self) -> String {
        self.run().snapshot()
    }

    /// Runs it with a standard output that nobody reads any more.
    pub(crate) fn run_with_closed_stdout(mut self) -> Output {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        self.command.stdout(writer).stderr(Stdio::piped());
        let child = self.start();
        // The command keeps its copy of the writing end, which does not matter: nobody reads.
        let output = child.wait_with_output().unwrap();
        Output {
            status: output.status,
            stdout: String::new(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            masks: self.masks,
        }
    }

    /// Runs it and kills it (SIGKILL) when this time has passed, unless it has finished by then.
    pub(crate) fn kill_after(self, time: Duration) -> Ended {
        let start = Instant::now();
        self.kill_when(|| start.elapsed() >= time)
    }

    /// Runs it and kills it (SIGKILL) as soon as the condition holds, unless it has finished by then; say, a file is
    /// there. Returns only when the processes that it started are gone, too, so that nothing works on behind the test.
    pub(crate) fn kill_when(mut self, mut condition: impl FnMut() -> bool) -> Ended {
        self.command.stdout(Stdio::null()).stderr(Stdio::null());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut self.command, 0);
        let mut child = self.start();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break Some(status);
            }
            if condition() {
                if self.with_children {
                    signal_group(&child, "KILL");
                }
                child.kill().unwrap();
                break None;
            }
            thread::sleep(Duration::from_micros(200));
        };
        let killed = child.wait().unwrap();
        let start = Instant::now();
        while group_lives(&child) {
            assert!(start.elapsed() < PATIENCE, "a process outlives rye");
            thread::sleep(Duration::from_millis(5));
        }
        match status {
            Some(status) => Ended::Finished(status),
            // It may have finished between the last look and the kill.
            None if killed.code().is_some() && cfg!(unix) => Ended::Finished(killed),
            None => Ended::Killed,
        }
    }

    /// Runs it and asks it to end (SIGTERM) as soon as the condition holds, as a supervisor does: it alone, and politely.
    #[cfg(unix)]
    #[track_caller]
    pub(crate) fn terminate_when(mut self, mut condition: impl FnMut() -> bool) -> ExitStatus {
        self.command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = self.start();
        let start = Instant::now();
        while !condition() {
            assert_eq!(child.try_wait().unwrap(), None, "it ended too early");
            assert!(start.elapsed() < PATIENCE, "nothing happens");
            thread::sleep(Duration::from_millis(1));
        }
        assert!(signal(&child.id().to_string(), "TERM"));
        child.wait().unwrap()
    }

    fn start(&mut self) -> Child {
        let piped = !self.input.is_empty();
        self.command.stdin(if piped { Stdio::piped() } else { Stdio::null() });
        let mut child = loop {
            match self.command.spawn() {
                Ok(child) => break child,
                // another test forked while this one's copy of a program was open for writing; its exec
                // closes it
                Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => {
                    thread::sleep(Duration::from_millis(1));
                }
                Err(error) => panic!("{:?}: {error}", self.command),
            }
        };
        if let Some(mut stdin) = child.stdin.take() {
            // A program need not read what it is given.
            drop(stdin.write_all(&self.input));
        }
        child
    }
}

/// Returns whether a process of the child's group is still at work.
fn group_lives(child: &Child) -> bool {
    if !cfg!(target_os = "linux") {
        return signal_group(child, "0");
    }
    // A container may have no init that reaps orphans: a zombie gets signals for ever, but works no more.
    let works_in_group = |stat: &str| {
        let (_, fields) = stat.rsplit_once(')')?;
        let mut fields = fields.split_whitespace();
        let (state, group) = (fields.next()?, fields.nth(1)?);
        Some(group == child.id().to_string() && !["Z", "X"].contains(&state))
    };
    fs::read_dir("/proc").unwrap().any(|entry| {
        // A process may be gone by now.
        let stat = fs::read_to_string(entry.unwrap().path().join("stat"));
        stat.is_ok_and(|stat| works_in_group(&stat) == Some(true))
    })
}

/// Sends a signal to a child's process group, and returns whether there is one.
fn signal_group(child: &Child, name: &str) -> bool {
    signal(&format!("-{}", child.id()), name)
}

/// Sends a signal to a process, or with a minus to a process group, and returns whether there is one.
pub(crate) fn signal(process: &str, name: &str) -> bool {
    let script = "kill -s \"$0\" -- \"$1\" 2> /dev/null";
    cfg!(unix)
        && Command::new("/bin/sh").args(["-c", script, name, process]).status().unwrap().success()
}

/// How a run ended that was to be killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Killed,
    Finished(ExitStatus),
}

/// What came of a run.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    masks: Masks,
}

impl Output {
    /// Returns status and both streams, masked.
    pub(crate) fn snapshot(&self) -> String {
        let code = self.status.code();
        let code = code.map_or_else(|| self.status.to_string(), |code| code.to_string());
        let stdout = ended(self.masks.apply(&self.stdout));
        let stderr = ended(self.masks.apply(&self.stderr));
        format!("exit: {code}\n----- stdout -----\n{stdout}----- stderr -----\n{stderr}")
    }
}

/// Makes a missing end of the last line visible.
fn ended(text: String) -> String {
    if text.is_empty() || text.ends_with('\n') { text } else { text + "[no end of line]\n" }
}
