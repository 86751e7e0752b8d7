//! ruff: the one that the project has locked, else the pinned engine.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use toml_edit::Array;

use crate::checks::{Error, asked_for, locked};
use crate::context::Context;
use crate::engine::Engine;
use crate::packaging::{PackageName, Requirement, VersionOrUrl};
use crate::process;
use crate::project::Project;
use crate::sync::{self, Freshness, Options, Report, Workbench};
use crate::ui::Verbosity;
use crate::venv;
use crate::workspace::Workspace;

const RUFF: &str = "ruff";

/// Where ruff keeps what it knows of files that have not changed.
const CACHE: &str = "RUFF_CACHE_DIR";

/// What ruff is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    Lint { fix: bool },
    Format { check: bool },
}

impl Task {
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Lint { fix: false } => &["check"],
            Self::Lint { fix: true } => &["check", "--fix"],
            Self::Format { check: false } => &["format"],
            Self::Format { check: true } => &["format", "--check"],
        }
    }
}

/// What ruff is to look at.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Scope {
    paths: Vec<PathBuf>,
    /// What lies below the paths and is somebody else's
    excluded: Vec<PathBuf>,
}

impl Scope {
    /// Returns files and directories as they are named.
    pub(crate) fn paths(paths: &[PathBuf]) -> Self {
        Self { paths: paths.to_vec(), excluded: Vec::new() }
    }

    /// Returns projects of a workspace without the others that lie below them.
    ///
    /// A virtual root has nothing of its own: it stands for the whole workspace.
    pub(crate) fn projects(workspace: &Workspace, members: &[&Project]) -> Self {
        let is_selected =
            |project: &Project| members.iter().any(|member| member.path() == project.path());
        let root = workspace.root();
        let is_everything = is_selected(root) && root.is_virtual();
        let is_below = |project: &Project| {
            members.iter().any(|member| project.root().starts_with(member.root()))
        };
        let others = workspace
            .members()
            .filter(|other| !is_everything && !is_selected(other) && is_below(other));
        Self {
            paths: members.iter().map(|member| member.root().to_owned()).collect(),
            excluded: others.map(|other| other.root().to_owned()).collect(),
        }
    }
}

/// Finds ruff; tells too what was synced to have it.
///
/// What is installed in the locked version is taken without a look at anything else: to format a file costs no
/// resolution.
pub(crate) fn find(
    ctx: &Context<'_>,
    bench: Option<&mut Workbench<'_>>,
    freshness: Freshness,
    options: &Options,
) -> Result<(PathBuf, Option<Report>), Error> {
    let mut report = None;
    if let Some(bench) = bench {
        let mut own = find_own(bench)?;
        let is_wanted = || asked_for(&bench.workspace).any(|name| name.as_ref() == RUFF);
        if matches!(own, Own::Absent) || (matches!(own, Own::NotLocked) && is_wanted()) {
            // an environment that is to be taken as it is need not be there
            if freshness == Freshness::Current {
                report = match bench.prepare(freshness, options) {
                    // there is none, and none of Rye's is to be made
                    Err(sync::Error::Venv(venv::Error::Missing(_))) => None,
                    prepared => prepared?,
                };
                own = find_own(bench)?;
            }
            if !matches!(own, Own::Installed(_)) {
                ctx.ui.warn(format_args!(
                    "the project's own ruff is not in `{}`, so that Rye's is used; `rye sync` brings it",
                    bench.venv.path().display(),
                ));
            }
        }
        if let Own::Installed(program) = own {
            return Ok((program, report));
        }
    }
    Ok((Engine::Ruff.ensure(ctx, options.access.network)?, report))
}

/// The ruff of a project.
enum Own {
    NotLocked,
    /// It is locked, and the environment has none or another one.
    Absent,
    Installed(PathBuf),
}

fn find_own(bench: &Workbench<'_>) -> Result<Own, Error> {
    let ruff: PackageName = RUFF.parse().expect("it is a name");
    let locked = locked(&bench.workspace, &ruff)?;
    if locked.is_empty() {
        return Ok(Own::NotLocked);
    }
    let is_installed = |locked: &Requirement| match &locked.version_or_url {
        Some(VersionOrUrl::VersionSpecifier(specifiers)) => {
            specifiers.iter().all(|specifier| bench.venv.has(&ruff, specifier.version()))
        }
        // which version that is only its build knows
        Some(VersionOrUrl::Url(_)) | None => true,
    };
    let program = bench.venv.find_program(RUFF).filter(|_| locked.iter().any(is_installed));
    Ok(program.map_or(Own::Absent, Own::Installed))
}

/// Returns the command that runs ruff.
pub(crate) fn command(
    ctx: &Context<'_>,
    program: &Path,
    workspace: Option<&Workspace>,
    task: Task,
    scope: &Scope,
    arguments: &[OsString],
) -> Command {
    let mut command = process::command(&ctx.env, program);
    if let Some(workspace) = workspace
        && ctx.env.var_os(CACHE).is_none()
    {
        command.env(CACHE, workspace.directory().join(".ruff_cache"));
    }
    command.args(task.arguments());
    match ctx.ui.verbosity() {
        Verbosity::Verbose => _ = command.arg("--verbose"),
        Verbosity::Quiet | Verbosity::Silent => _ = command.arg("--quiet"),
        Verbosity::Normal => {}
    }
    if !scope.excluded.is_empty() {
        // ruff adds it to what its configuration excludes; the flag for that is younger
        let patterns: Array = scope.excluded.iter().map(|path| pattern(path)).collect();
        command.arg("--config").arg(format!("extend-exclude = {patterns}"));
    }
    command.args(arguments).arg("--").args(&scope.paths);
    command
}

/// Returns the glob that matches one path.
fn pattern(path: &Path) -> String {
    let mut pattern = String::new();
    for letter in path.to_string_lossy().chars() {
        match letter {
            '*' | '?' | '[' | ']' | '{' | '}' => pattern.extend(['[', letter, ']']),
            _ => pattern.push(letter),
        }
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_its_path_alone() {
        #[track_caller]
        fn check(path: &str, expected: &str) {
            assert_eq!(pattern(Path::new(path)), expected);
        }
        check("/a/b", "/a/b");
        check("/a b/[c], {d}?*", "/a b/[[]c[]], [{]d[}][?][*]");
    }
}
