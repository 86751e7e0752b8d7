//! What checks a project: pytest and ruff. Which of them, for which projects, with which arguments.
//!
//! Commands are made here, and run elsewhere.

use std::path::PathBuf;

use crate::engine;
use crate::error::Hint;
use crate::lock::{self, Kind};
use crate::packaging::{PackageName, Requirement};
use crate::sync;
use crate::workspace::Workspace;

pub(crate) mod pytest;
pub(crate) mod ruff;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("`{name}` has no pytest")]
    NoPytest {
        name: String,
        /// An extra, as it is asked for, that would bring it
        extra: Option<String>,
    },
    #[error("pytest is not in the environment `{}`", .0.display())]
    NotInstalled(PathBuf),
    #[error(transparent)]
    Engine(#[from] engine::Error),
    #[error(transparent)]
    Lock(#[from] lock::Error),
    #[error(transparent)]
    Sync(#[from] sync::Error),
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NoPytest { extra: Some(extra), .. } => Some(format!(
                "it stands in an extra: bring that with `rye sync --features {extra}`"
            )),
            Self::NoPytest { extra: None, .. } => {
                Some("add it with `rye add --dev pytest`".to_owned())
            }
            Self::NotInstalled(_) => Some("bring all that is locked with `rye sync`".to_owned()),
            Self::Engine(error) => error.hint(),
            Self::Lock(error) => error.hint(),
            Self::Sync(error) => error.hint(),
        }
    }
}

/// Returns what is locked under a name and to be installed.
fn locked(workspace: &Workspace, name: &PackageName) -> Result<Vec<Requirement>, lock::Error> {
    for kind in [Kind::Development, Kind::Production] {
        if let Some(lockfile) = kind.find(workspace.directory())? {
            let entries = lockfile.entries.iter().filter(|entry| !entry.is_excluded);
            let parsed = entries.filter_map(lock::Entry::parsed);
            return Ok(parsed.filter(|requirement| requirement.name == *name).collect());
        }
    }
    Ok(Vec::new())
}

/// Returns the names that the projects of a workspace ask for, those of extras left out.
fn asked_for(workspace: &Workspace) -> impl Iterator<Item = PackageName> {
    let texts = workspace.members().flat_map(|member| {
        let manifest = member.manifest();
        [manifest.dependencies().to_vec(), manifest.development_dependencies()].concat()
    });
    texts.filter_map(|text| Some(text.parse::<Requirement>().ok()?.name))
}
