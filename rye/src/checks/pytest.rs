//! pytest, of the project's environment.

use std::ffi::OsString;
use std::process::Command;

use crate::checks::{Error, asked_for, locked};
use crate::env::Env;
use crate::packaging::{PackageName, Requirement};
use crate::project::Project;
use crate::scripts::Runner;
use crate::sync::{Freshness, Workbench};
use crate::ui::Verbosity;
use crate::workspace::Workspace;

/// The status with which pytest tells that it found no tests.
pub(crate) const NO_TESTS: i32 = 5;

const PYTEST: &str = "pytest";

/// How pytest is to be run.
#[derive(Debug)]
pub(crate) struct Options<'a> {
    /// Let through what tests print
    pub(crate) no_capture: bool,
    pub(crate) verbosity: Verbosity,
    /// Arguments of the user's own
    pub(crate) arguments: &'a [OsString],
}

/// Fails if nothing would bring pytest, as far as that can be seen without locking.
pub(crate) fn expect(bench: &Workbench<'_>, freshness: Freshness) -> Result<(), Error> {
    // a plugin needs it, and may be what brings it
    let is_asked_for = || asked_for(&bench.workspace).any(|name| name.as_ref().contains(PYTEST));
    // what is there and not locked would be gone before it is run
    let stays = bench.venv.find_program(PYTEST).is_some() && !bench.follows(freshness)?;
    if stays || is_asked_for() || !locked(&bench.workspace, &pytest())?.is_empty() {
        Ok(())
    } else {
        Err(nowhere(&bench.workspace))
    }
}

/// Returns the error that nothing brings pytest, with the extra that would.
fn nowhere(workspace: &Workspace) -> Error {
    let names_it = |text: &String| {
        text.parse::<Requirement>().is_ok_and(|asked| asked.name.as_ref() == PYTEST)
    };
    let extra = workspace.members().find_map(|member| {
        let extras = &member.manifest().project.as_ref()?.optional_dependencies;
        let (extra, _) = extras.iter().find(|(_, texts)| texts.iter().any(names_it))?;
        let is_root = member.path() == workspace.root().path();
        let owner = member.manifest().name().filter(|_| !is_root);
        Some(owner.map_or_else(|| extra.clone(), |owner| format!("{owner}/{extra}")))
    });
    Error::NoPytest { name: workspace.root().display_name(), extra }
}

fn pytest() -> PackageName {
    PYTEST.parse().expect("it is a name")
}

/// Returns the command that tests one project of the workspace, in the project's directory.
pub(crate) fn command(
    env: &Env,
    bench: &Workbench<'_>,
    member: &Project,
    options: &Options<'_>,
) -> Result<Command, Error> {
    let runner = Runner::new(env, member, &bench.venv);
    let Some(mut command) = runner.installed(PYTEST) else {
        let is_locked = !locked(&bench.workspace, &pytest())?.is_empty();
        return Err(if is_locked {
            Error::NotInstalled(bench.venv.path().to_owned())
        } else {
            nowhere(&bench.workspace)
        });
    };
    let directory = member.root();
    command.current_dir(directory).arg("--rootdir").arg(directory);
    let others = bench.workspace.members().map(Project::root);
    for other in others.filter(|other| *other != directory && other.starts_with(directory)) {
        command.arg("--ignore").arg(other);
    }
    if options.no_capture {
        command.arg("--capture=no");
    }
    match options.verbosity {
        Verbosity::Verbose => _ = command.arg("-v"),
        Verbosity::Quiet | Verbosity::Silent => _ = command.arg("-q"),
        Verbosity::Normal => {}
    }
    // what the user says comes last, and wins
    command.args(options.arguments);
    Ok(command)
}
