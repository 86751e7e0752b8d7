//! Who needs what, read from a lockfile and the manifests. Starts no process, and resolves nothing.
//!
//! A lockfile says by its annotations which distribution needs which. What a member asks for is in its
//! manifest; what a distribution asks for, word by word, is in its metadata if it is installed, and nowhere
//! else.

use std::collections::{HashMap, HashSet};

use crate::error::{Hint, closest};
use crate::lock::{Kind, Lockfile};
use crate::packaging::PackageName;
use crate::project::Project;
use crate::selection::{self, Parts, Selection};
use crate::sync::{self, Workbench};
use crate::workspace::Workspace;

mod asked;
mod build;
mod node;
mod paths;
mod stale;
mod tree;

pub(crate) use asked::{Asked, Askers};
pub(crate) use node::{Described, Node, NodeKind};
pub(crate) use paths::Path;
pub(crate) use tree::{Direction, View};

use build::Builder;

/// The key of the list that everybody is given
const DEPENDENCIES: &str = "project.dependencies";

/// The key of Rye's own list for those who work on a project
const DEVELOPMENT: &str = "tool.rye.dev-dependencies";

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("`{name}` is not locked in `{}`", kind.file_name())]
    NotLocked { name: PackageName, kind: Kind, reason: Option<String>, closest: Option<String> },
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NotLocked { reason: Some(reason), .. } => Some(reason.clone()),
            Self::NotLocked { closest, .. } => {
                closest.as_ref().map(|closest| format!("did you mean `{closest}`?"))
            }
        }
    }
}

/// A project or a distribution, by its place in the graph.
pub(crate) type Id = usize;
/// That one needs another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Edge {
    pub(crate) from: Id,
    pub(crate) to: Id,
    /// The lockfile says so.
    is_annotated: bool,
    /// What the manifest of a member asks for
    asked: Vec<InManifest>,
}

/// A requirement of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InManifest {
    /// The key of the list: `project.dependencies`
    pub(crate) list: String,
    pub(crate) text: String,
}

impl InManifest {
    /// Tells whether whoever installs the project gets it too.
    fn is_production(&self) -> bool {
        is_production(&self.list)
    }
}

fn is_production(list: &str) -> bool {
    list.starts_with("project.")
}

impl Edge {
    /// Tells whether whoever installs the one gets the other.
    pub(crate) fn is_production(&self) -> bool {
        self.is_annotated || self.asked.iter().any(InManifest::is_production)
    }
}

/// What is locked, and why.
#[derive(Debug)]
pub(crate) struct Graph {
    pub(crate) kind: Kind,
    nodes: Vec<Node>,
    edges: Vec<Edge>,
    /// The edges from each node, sorted by the names at their other ends
    needs: Vec<Vec<usize>>,
    /// The edges to each node
    needed_by: Vec<Vec<usize>>,
    by_name: HashMap<PackageName, Vec<Id>>,
    /// The members that were selected, in order
    roots: Vec<Id>,
    /// Of each member the lists of its manifest that were selected
    lists: Vec<HashSet<String>>,
    /// What the selected members come to need, and they themselves
    reached: Vec<bool>,
    /// The lockfile says what needs what.
    is_annotated: bool,
    /// Why the lockfile is not what the manifests ask for, if it can be seen that it is not
    pub(crate) stale: Option<String>,
    /// What manifests ask for and nothing is locked for
    unlocked: Vec<(PackageName, String)>,
}

impl Graph {
    /// Reads what is locked of a selection.
    pub(crate) fn load(bench: &Workbench<'_>, selection: &Selection) -> Result<Self, sync::Error> {
        let workspace = &bench.workspace;
        selection.check(workspace)?;
        let kind = Kind::of(selection);
        let lockfile = bench.lockfile(kind)?;
        Ok(Self::new(workspace, kind, &lockfile, selection))
    }

    fn new(workspace: &Workspace, kind: Kind, lockfile: &Lockfile, selection: &Selection) -> Self {
        let mut builder = Builder::new(workspace, kind, lockfile);
        builder.add_annotations(workspace, lockfile);
        builder.add_manifests(workspace, lockfile);
        let mut graph = builder.finish();
        graph.is_annotated |= graph.unexplained().is_empty();
        graph.stale = stale::reason(workspace, lockfile, &graph);
        graph.select(workspace, selection);
        graph
    }

    fn select(&mut self, workspace: &Workspace, selection: &Selection) {
        for (id, member) in workspace.members().enumerate() {
            let is_root = selection.has_member(member);
            if is_root {
                self.roots.push(id);
            }
            let is_selected = |list: &str| is_root && list_is_selected(member, list, selection);
            let lists = member.manifest().lists().into_iter().map(|(list, _)| list);
            self.lists.push(lists.filter(|list| is_selected(list)).collect());
        }
        self.reached = self.reached();
    }

    pub(crate) fn node(&self, id: Id) -> &Node {
        &self.nodes[id]
    }

    /// Returns where a tree of what was selected begins: with the members, or with what they need.
    pub(crate) fn beginnings(&self, parts: Parts) -> Vec<Id> {
        let needs = |id: Id| self.needs(id, true).map(|edge| edge.to);
        let mut beginnings: Vec<_> = match parts {
            Parts::Everything => return self.roots.clone(),
            Parts::Nothing => {
                let roots = self.roots.iter().copied();
                return roots.filter(|root| needs(*root).next().is_some()).collect();
            }
            Parts::Dependencies => self.roots.iter().flat_map(|root| needs(*root)).collect(),
        };
        beginnings.retain(|id| !self.nodes[*id].is_member());
        beginnings.sort_by_key(|id| &self.nodes[*id].line);
        beginnings.dedup();
        beginnings
    }

    /// Returns what of the selection is locked and needs nothing itself.
    pub(crate) fn leaves(&self) -> Vec<Id> {
        let is_leaf = |id: &Id| self.reached[*id] && self.needs[*id].is_empty();
        self.locked().filter(is_leaf).collect()
    }

    /// Tells whether it can be known what distributions need; else only what manifests ask for is.
    pub(crate) fn is_annotated(&self) -> bool {
        self.is_annotated
    }

    /// Returns what is locked under a name: several where platforms differ.
    pub(crate) fn named(&self, name: &PackageName) -> Result<&[Id], Error> {
        let found = self.by_name.get(name).map(Vec::as_slice).unwrap_or_default();
        if found.iter().any(|id| self.nodes[*id].kind != NodeKind::Absent) {
            return Ok(found);
        }
        let mut asked = self.unlocked.iter().filter(|(unlocked, _)| unlocked == name);
        let names = self.by_name.keys().map(AsRef::as_ref);
        Err(Error::NotLocked {
            closest: closest(name.as_ref(), names).map(str::to_owned),
            reason: asked.next().map(|(_, reason)| reason.clone()),
            kind: self.kind,
            name: name.clone(),
        })
    }

    /// Returns what a node needs. As a root a member that was selected needs what is in its selected lists;
    /// whoever depends on it is given no more than what it needs to be installed.
    pub(crate) fn needs(&self, id: Id, as_root: bool) -> impl Iterator<Item = &Edge> {
        let is_root = as_root && self.roots.binary_search(&id).is_ok();
        let edges = self.needs[id].iter().map(|edge| &self.edges[*edge]);
        edges
            .filter(move |edge| if is_root { self.is_selected(edge) } else { edge.is_production() })
    }

    /// Returns what of the selection needs a node.
    pub(crate) fn needed_by(&self, id: Id) -> impl Iterator<Item = &Edge> {
        let edges = self.needed_by[id].iter().map(|edge| &self.edges[*edge]);
        edges.filter(|edge| {
            self.reached[edge.from] && (edge.is_production() || self.is_selected(edge))
        })
    }

    /// Tells whether an edge belongs to what was selected of a member.
    fn is_selected(&self, edge: &Edge) -> bool {
        let Some(lists) = self.lists.get(edge.from) else { return edge.is_production() };
        (edge.is_annotated && lists.contains(DEPENDENCIES))
            || edge.asked.iter().any(|asked| lists.contains(&asked.list))
    }

    /// Tells whether an edge is from a selected member to something that was selected of it.
    fn is_beginning(&self, edge: &Edge) -> bool {
        self.roots.binary_search(&edge.from).is_ok() && self.is_selected(edge)
    }

    /// Returns what was asked for by an edge, as far as it was selected.
    pub(crate) fn asked<'g>(&'g self, edge: &'g Edge) -> impl Iterator<Item = &'g InManifest> {
        edge.asked.iter().filter(|asked| {
            asked.is_production()
                || self.lists.get(edge.from).is_some_and(|lists| lists.contains(&asked.list))
        })
    }

    fn reached(&self) -> Vec<bool> {
        let mut reached = vec![false; self.nodes.len()];
        let mut waiting = Vec::new();
        for root in &self.roots {
            waiting.extend(self.needs(*root, true).map(|edge| edge.to));
        }
        while let Some(id) = waiting.pop() {
            if !std::mem::replace(&mut reached[id], true) {
                waiting.extend(self.needs(id, false).map(|edge| edge.to));
            }
        }
        for root in &self.roots {
            reached[*root] = true;
        }
        reached
    }

    /// Returns what is locked and nothing is known to need.
    pub(crate) fn unexplained(&self) -> Vec<Id> {
        let mut reached = vec![false; self.nodes.len()];
        let mut follow = |from: Id| {
            let mut waiting = vec![from];
            let was_reached = reached[from];
            while let Some(id) = waiting.pop() {
                if !std::mem::replace(&mut reached[id], true) {
                    waiting.extend(self.needs[id].iter().map(|edge| self.edges[*edge].to));
                }
            }
            was_reached
        };
        let members = self.nodes.iter().take_while(|node| node.is_member()).count();
        for member in 0..members {
            follow(member);
        }
        // those first that are at the top of what is left; then what is left are circles
        let tops = (members..self.nodes.len()).filter(|id| self.needed_by[*id].is_empty());
        let ids: Vec<_> = tops.chain(members..self.nodes.len()).collect();
        ids.into_iter().filter(|id| !follow(*id)).collect()
    }

    /// Returns what is locked, members left out.
    fn locked(&self) -> impl Iterator<Item = Id> {
        let ids = self.nodes.iter().enumerate();
        ids.filter(|(_, node)| matches!(node.kind, NodeKind::Locked { .. })).map(|(id, _)| id)
    }

    /// Returns what of the selection is locked in a version of an index, and installed.
    pub(crate) fn versions(&self) -> impl Iterator<Item = Id> {
        self.locked().filter(|id| {
            let node = &self.nodes[*id];
            let is_excluded = matches!(node.kind, NodeKind::Locked { is_excluded: true, .. });
            self.reached[*id] && node.version().is_some() && !is_excluded
        })
    }
}

fn list_is_selected(member: &Project, list: &str, selection: &Selection) -> bool {
    if is_production(list) {
        return selection.parts != Parts::Nothing;
    }
    if list == DEVELOPMENT {
        return selection.has_named(selection::DEVELOPMENT);
    }
    let Some(group) = list.strip_prefix("dependency-groups.") else { return false };
    let manifest = member.manifest();
    let selected = manifest.dependency_groups.keys().filter(|name| selection.has_named(name));
    selected.into_iter().any(|name| manifest.group_includes(name, group))
}

/// Returns why a lockfile is not what the manifests ask for, if it can be seen that it is not.
pub(crate) fn stale(workspace: &Workspace, kind: Kind, lockfile: &Lockfile) -> Option<String> {
    Graph::new(workspace, kind, lockfile, &Selection::default()).stale
}
