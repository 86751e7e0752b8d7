//! Projects and distributions, as lockfiles and manifests know them.

use std::fmt;

use serde::Serialize;

use crate::lock::{self, Entry, login};
use crate::project::Project;
use crate::workspace::Workspace;

/// A project or a distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    /// The normalized name, or what a reader calls a project that has none
    pub(crate) name: String,
    /// The line of a lockfile that stands for it, without credentials; unlike that of any other
    pub(crate) line: String,
    pub(crate) kind: NodeKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NodeKind {
    Member {
        /// Its directory, from the root
        place: String,
        /// None where a build has to be asked
        version: Option<String>,
        /// Whether readers have to be told where it is
        is_shared: bool,
    },
    Locked {
        /// None for a line that somebody wrote who does not pin
        pin: Option<Pin>,
        /// Where it is installed (PEP 508)
        marker: Option<String>,
        is_excluded: bool,
    },
    /// An annotation names it, and no entry
    Absent,
}

/// What holds a distribution to what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pin {
    Version(String),
    /// Where it comes from
    Url(String),
}

impl Node {
    pub(crate) fn is_member(&self) -> bool {
        matches!(self.kind, NodeKind::Member { .. })
    }

    pub(crate) fn version(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Member { version, .. } => version.as_deref(),
            NodeKind::Locked { pin: Some(Pin::Version(version)), .. } => Some(version),
            NodeKind::Locked { .. } | NodeKind::Absent => None,
        }
    }

    pub(crate) fn of_member(workspace: &Workspace, member: &Project) -> Self {
        let (place, manifest) = (workspace.place(member), member.manifest());
        let name = manifest.name().map(|name| name.to_string());
        let version = manifest.project.as_ref().and_then(|table| table.version.clone());
        Self {
            name: name.unwrap_or_else(|| member.display_name()),
            line: lock::editable_line(&place),
            kind: NodeKind::Member { place, version, is_shared: workspace.is_shared() },
        }
    }

    /// Returns what an entry of a lockfile stands for, unless that is a member.
    pub(crate) fn of_entry(entry: &Entry) -> Self {
        let line = login::without(&entry.requirement);
        let (pin, marker) = match line.split_once(" ;") {
            Some((pin, marker)) => (pin.trim_end(), Some(marker.trim().to_owned())),
            None => (line.as_str(), None),
        };
        let (name, pin) = match (entry.name(), pin.split_once(" @ "), pin.split_once("==")) {
            // the place of a project that is no member any more
            (None, ..) => {
                let place = pin.trim_start_matches("-e ");
                let name = place.rsplit(['/', ':']).next().unwrap_or_default();
                (name.to_owned(), Some(Pin::Url(place.to_owned())))
            }
            (Some(name), Some((_, url)), _) => {
                (name.to_string(), Some(Pin::Url(url.trim().to_owned())))
            }
            (Some(name), None, Some((_, version))) => {
                let version = version.trim_start_matches('=').trim();
                (name.to_string(), Some(Pin::Version(version.to_owned())))
            }
            (Some(name), None, None) => (name.to_string(), None),
        };
        Self { name, kind: NodeKind::Locked { pin, marker, is_excluded: entry.is_excluded }, line }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        match &self.kind {
            NodeKind::Member { place, version, is_shared } => {
                if let Some(version) = version {
                    write!(f, " v{version}")?;
                }
                if *is_shared {
                    write!(f, " ({place})")?;
                }
                Ok(())
            }
            NodeKind::Locked { pin, marker, is_excluded } => {
                match pin {
                    Some(Pin::Version(version)) => write!(f, " v{version}")?,
                    Some(Pin::Url(url)) => write!(f, " ({url})")?,
                    None => {}
                }
                if let Some(marker) = marker {
                    write!(f, " ; {marker}")?;
                }
                if *is_excluded {
                    write!(f, " (excluded)")?;
                }
                Ok(())
            }
            NodeKind::Absent => write!(f, " (not locked)"),
        }
    }
}

/// A node, as answers in JSON tell it.
#[derive(Serialize)]
pub(crate) struct Described<'a> {
    id: &'a str,
    name: &'a str,
    version: Option<&'a str>,
    url: Option<&'a str>,
    marker: Option<&'a str>,
    /// The directory of a member from the root
    member: Option<&'a str>,
    locked: bool,
    excluded: bool,
}

impl<'a> From<&'a Node> for Described<'a> {
    fn from(node: &'a Node) -> Self {
        let (mut url, mut found_marker, mut member) = (None, None, None);
        let mut excluded = false;
        match &node.kind {
            NodeKind::Member { place, .. } => member = Some(place.as_str()),
            NodeKind::Locked { pin, marker, is_excluded } => {
                if let Some(Pin::Url(place)) = pin {
                    url = Some(place.as_str());
                }
                found_marker = marker.as_deref();
                excluded = *is_excluded;
            }
            NodeKind::Absent => {}
        }
        Self {
            id: &node.line,
            name: &node.name,
            version: node.version(),
            url,
            marker: found_marker,
            member,
            locked: node.kind != NodeKind::Absent,
            excluded,
        }
    }
}
#[cfg(test)]
mod tests {
    use super::*;
    use crate::lock::Lockfile;

    #[test]
    fn lines_of_a_lockfile_are_told_for_a_reader() {
        #[track_caller]
        fn check(line: &str, name: &str, told: &str) {
            let lockfile: Lockfile = format!("{line}\n").parse().unwrap();
            let node = Node::of_entry(&lockfile.entries[0]);
            assert_eq!((node.name.as_str(), node.to_string().as_str()), (name, told));
        }
        check("Idna==3.4", "idna", "idna v3.4");
        check("idna===3.4", "idna", "idna v3.4");
        check("idna[all]==3.4 ; os_name == 'nt'", "idna", "idna v3.4 ; os_name == 'nt'");
        check("# idna==3.4 (excluded)", "idna", "idna v3.4 (excluded)");
        check("a @ https://me:pw@host/a.whl?x==1", "a", "a (https://host/a.whl?x==1)");
        check(
            "a @ file:///${PROJECT_ROOT}/a ; os_name == 'nt'",
            "a",
            "a (file:///${PROJECT_ROOT}/a) ; os_name == 'nt'",
        );
        check("a>=1", "a", "a");
        check("-e file:libs/gone", "gone", "gone (file:libs/gone)");
    }
}
