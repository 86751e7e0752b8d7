//! What of a workspace is wanted in an environment or a file: members, parts of them, groups.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::error::{Hint, closest};
use crate::packaging::{ExtraName, PackageName};
use crate::project::Project;
use crate::workspace::{self, Workspace};

/// The group of those who work on a project.
pub(crate) const DEVELOPMENT: &str = "dev";

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("there is no group `{group}`{}", in_others(owners))]
    UnknownGroup {
        group: ExtraName,
        /// Projects that have it and are not selected
        owners: Vec<String>,
        closest: Option<String>,
        known: Vec<String>,
    },
    #[error(transparent)]
    Workspace(#[from] workspace::Error),
}

fn in_others(owners: &[String]) -> String {
    if owners.is_empty() {
        return String::new();
    }
    format!(" in what is selected, but in {}", owners.join(", "))
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownGroup { owners, .. } if !owners.is_empty() => {
                Some("select that project too, with `--package`".to_owned())
            }
            Self::UnknownGroup { closest: Some(closest), .. } => {
                Some(format!("did you mean `{closest}`?"))
            }
            Self::UnknownGroup { group, known, .. } if known.is_empty() => {
                Some(format!("make it with `rye add --group {group} NAME`"))
            }
            Self::UnknownGroup { known, .. } => Some(format!("there are {}", known.join(", "))),
            Self::Workspace(error) => error.hint(),
        }
    }
}

/// What of a workspace is installed or exported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Selection {
    /// Members by their names; none stands for all
    pub(crate) members: BTreeSet<PackageName>,
    pub(crate) parts: Parts,
    /// Groups (PEP 735); `dev` stands for `tool.rye.dev-dependencies` too
    pub(crate) groups: BTreeSet<ExtraName>,
    /// Every group but those of `without`
    pub(crate) all_groups: bool,
    pub(crate) without: BTreeSet<ExtraName>,
}

/// What of the members themselves is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Parts {
    #[default]
    Everything,
    /// What they need, and not they themselves
    Dependencies,
    /// Neither
    Nothing,
}

impl Default for Selection {
    /// Everything that somebody wants who works on the projects.
    fn default() -> Self {
        Self {
            members: BTreeSet::new(),
            parts: Parts::Everything,
            groups: BTreeSet::from([development()]),
            all_groups: false,
            without: BTreeSet::new(),
        }
    }
}

impl Selection {
    pub(crate) fn nothing() -> Self {
        Self { parts: Parts::Nothing, groups: BTreeSet::new(), ..Self::default() }
    }

    /// Tells whether anything beside the projects and what they need is selected.
    pub(crate) fn has_groups(&self) -> bool {
        self.all_groups || self.groups.iter().any(|group| self.has(group))
    }

    fn has(&self, group: &ExtraName) -> bool {
        (self.all_groups || self.groups.contains(group)) && !self.without.contains(group)
    }

    /// Tells whether a group is selected, by any spelling of its name.
    pub(crate) fn has_named(&self, group: &str) -> bool {
        group.parse().is_ok_and(|group| self.has(&group))
    }

    pub(crate) fn has_member(&self, member: &Project) -> bool {
        self.members.is_empty()
            || member.manifest().name().is_some_and(|name| self.members.contains(&name))
    }

    /// Fails for a member or a group that does not exist.
    pub(crate) fn check(&self, workspace: &Workspace) -> Result<(), Error> {
        for name in &self.members {
            workspace.named(name)?;
        }
        let selected = workspace.members().filter(|member| self.has_member(member));
        let known: BTreeSet<&str> = selected
            .flat_map(|member| member.manifest().dependency_groups.keys().map(String::as_str))
            .collect();
        let is_known = |group: &ExtraName| {
            let is_it = |name: &&str| name.parse().is_ok_and(|name: ExtraName| name == *group);
            *group == development() || known.iter().any(is_it)
        };
        match self.groups.union(&self.without).find(|group| !is_known(group)) {
            None => Ok(()),
            Some(group) => Err(Error::UnknownGroup {
                owners: workspace
                    .members()
                    .filter(|member| member.manifest().group(group.as_ref()).is_ok())
                    .map(Project::display_name)
                    .collect(),
                group: group.clone(),
                closest: closest(group.as_ref(), known.iter().copied()).map(str::to_owned),
                known: known.into_iter().map(str::to_owned).collect(),
            }),
        }
    }
}

/// Returns the name of that group.
pub(crate) fn development() -> ExtraName {
    DEVELOPMENT.parse().expect("it is a name")
}
