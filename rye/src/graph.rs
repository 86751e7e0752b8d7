//! Who needs what, read from a lockfile and the manifests. Starts no process, and resolves nothing.
//!
//! A lockfile says by its annotations which distribution needs which. What a member asks for is in its
//! manifest; what a distribution asks for, word by word, is in its metadata if it is installed, and nowhere
//! else.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;

use serde::Serialize;

use crate::error::{Hint, closest};
use crate::lock::{self, Entry, Kind, Lockfile, login};
use crate::packaging::{PackageName, Requirement, VersionOrUrl};
use crate::project::Project;
use crate::selection::{self, Parts, Selection};
use crate::sync::{self, Workbench};
use crate::workspace::Workspace;

mod asked;
mod paths;
mod stale;
mod tree;

pub(crate) use asked::{Asked, Askers};
pub(crate) use paths::Path;
pub(crate) use tree::{Direction, View};

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
        let excluded = excluded(workspace).into_iter();
        graph.unlocked.extend(excluded.map(|name| {
            let reason = "`tool.rye.excluded-dependencies` excludes it, and nothing needs it";
            (name, reason.to_owned())
        }));
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
        (edge.is_annotated && lists.contains("project.dependencies"))
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

impl Node {
    pub(crate) fn is_member(&self) -> bool {
        matches!(self.kind, NodeKind::Member { .. })
    }
}

fn list_is_selected(member: &Project, list: &str, selection: &Selection) -> bool {
    if is_production(list) {
        return selection.parts != Parts::Nothing;
    }
    if list == "tool.rye.dev-dependencies" {
        return selection.has_named(selection::DEVELOPMENT);
    }
    let Some(group) = list.strip_prefix("dependency-groups.") else { return false };
    let manifest = member.manifest();
    let selected = manifest.dependency_groups.keys().filter(|name| selection.has_named(name));
    selected.into_iter().any(|name| manifest.group_includes(name, group))
}

/// A graph that is being put together.
struct Builder {
    graph: Graph,
    by_ends: HashMap<(Id, Id), usize>,
    /// The node of each entry of the lockfile
    of_entries: Vec<Id>,
}

impl Builder {
    fn new(workspace: &Workspace, kind: Kind, lockfile: &Lockfile) -> Self {
        let mut nodes: Vec<_> =
            workspace.members().map(|member| Node::of_member(workspace, member)).collect();
        let mut by_name: HashMap<PackageName, Vec<Id>> = HashMap::new();
        for (id, member) in workspace.members().enumerate() {
            by_name.extend(member.manifest().name().map(|name| (name, vec![id])));
        }
        let members: HashMap<String, Id> =
            nodes.iter().enumerate().map(|(id, node)| (node.line.clone(), id)).collect();
        let mut of_entries = Vec::with_capacity(lockfile.entries.len());
        for entry in &lockfile.entries {
            if let Some(id) = members.get(&entry.requirement) {
                of_entries.push(*id);
                continue;
            }
            let id = nodes.len();
            nodes.push(Node::of_entry(entry));
            of_entries.push(id);
            if let Some(name) = entry.name() {
                by_name.entry(name).or_default().push(id);
            }
        }
        let graph = Graph {
            kind,
            nodes,
            edges: Vec::new(),
            needs: Vec::new(),
            needed_by: Vec::new(),
            by_name,
            roots: Vec::new(),
            lists: Vec::new(),
            reached: Vec::new(),
            is_annotated: false,
            stale: None,
            unlocked: Vec::new(),
        };
        Self { graph, by_ends: HashMap::new(), of_entries }
    }

    fn edge(&mut self, from: Id, to: Id) -> &mut Edge {
        let edges = &mut self.graph.edges;
        let index = *self.by_ends.entry((from, to)).or_insert_with(|| {
            edges.push(Edge { from, to, is_annotated: false, asked: Vec::new() });
            edges.len() - 1
        });
        &mut edges[index]
    }

    /// Adds what the lockfile says.
    fn add_annotations(&mut self, workspace: &Workspace, lockfile: &Lockfile) {
        // only its build knows the name of such a project
        let mut nameless = workspace
            .members()
            .enumerate()
            .filter(|(_, member)| member.manifest().name().is_none());
        let nameless = nameless.next().map(|(id, _)| id).filter(|_| nameless.next().is_none());
        let mut names: HashMap<&str, Option<PackageName>> = HashMap::new();
        for (index, entry) in lockfile.entries.iter().enumerate() {
            let to = self.of_entries[index];
            for via in &entry.via {
                self.graph.is_annotated = true;
                let name = names.entry(via).or_insert_with(|| {
                    // others tell extras, too
                    via.split('[').next().and_then(|name| name.parse().ok())
                });
                let Some(name) = name.as_ref() else { continue };
                let known = self.graph.by_name.get(name).cloned();
                let known = known.or_else(|| nameless.map(|id| vec![id]));
                for from in known.unwrap_or_else(|| vec![self.absent(name)]) {
                    // one that needs an extra of its own needs nobody else
                    if from != to && self.can_meet(from, to) {
                        self.edge(from, to).is_annotated = true;
                    }
                }
            }
        }
    }

    fn absent(&mut self, name: &PackageName) -> Id {
        let (id, text) = (self.graph.nodes.len(), name.to_string());
        let node = Node { name: text.clone(), line: text, kind: NodeKind::Absent };
        self.graph.nodes.push(node);
        self.graph.by_name.insert(name.clone(), vec![id]);
        id
    }

    /// Tells whether both are installed anywhere at once.
    fn can_meet(&self, from: Id, to: Id) -> bool {
        let is_one_of_many = |id: Id| {
            let node = &self.graph.nodes[id];
            let ids = node.name.parse().ok().and_then(|name| self.graph.by_name.get(&name));
            ids.is_some_and(|ids| ids.len() > 1)
        };
        // the markers of those that are there but once explain nothing
        let (Some(one), Some(other)) = (self.marker(from), self.marker(to)) else { return true };
        if !is_one_of_many(from) && !is_one_of_many(to) {
            return true;
        }
        let parsed = |marker: &str| format!("x ; {marker}").parse::<Requirement>().ok();
        match (parsed(one), parsed(other)) {
            (Some(one), Some(other)) => !one.marker.is_disjoint(&other.marker),
            _ => true,
        }
    }

    fn marker(&self, id: Id) -> Option<&str> {
        match &self.graph.nodes[id].kind {
            NodeKind::Locked { marker, .. } => marker.as_deref(),
            NodeKind::Member { .. } | NodeKind::Absent => None,
        }
    }

    /// Adds what manifests ask for.
    fn add_manifests(&mut self, workspace: &Workspace, lockfile: &Lockfile) {
        // what the lockfile remembers was checked when it was made
        let extras = lock::selected_extras(workspace, &lockfile.options).unwrap_or_default();
        for (id, member) in workspace.members().enumerate() {
            for (list, texts) in member.manifest().lists() {
                if list.starts_with("tool.rye.") && list != "tool.rye.dev-dependencies" {
                    continue; // nobody is given for these
                }
                let extra = list.strip_prefix("project.optional-dependencies.");
                let is_chosen = extra.is_none_or(|extra| {
                    extras.get(id).is_some_and(|chosen| chosen.contains(extra))
                });
                let is_left_out = self.graph.kind == Kind::Production && !is_production(&list);
                for text in texts {
                    let Ok(requirement) = text.parse::<Requirement>() else { continue };
                    let found = self.admitted(&requirement);
                    if found.is_empty() && is_chosen && !is_left_out {
                        self.graph.unlocked.push((
                            requirement.name.clone(),
                            format!(
                                "`{}` asks for it in `{list}`, with `{text}`; either that does not hold where it was locked, or the lockfile is stale",
                                member.display_name()
                            ),
                        ));
                    }
                    for to in found.into_iter().filter(|to| *to != id && !is_left_out) {
                        let key = (id, to);
                        let is_needed_for_it = || {
                            // which extra needs it the lockfile does not say: one that was asked for by another
                            let edge = self.by_ends.get(&key).map(|edge| &self.graph.edges[*edge]);
                            edge.is_some_and(|edge| edge.is_annotated && edge.asked.is_empty())
                        };
                        if is_chosen || is_needed_for_it() {
                            let asked =
                                InManifest { list: list.clone(), text: login::without(text) };
                            self.edge(id, to).asked.push(asked);
                        }
                    }
                }
            }
        }
    }

    /// Returns what is locked for a requirement: of several under its name those that it admits.
    fn admitted(&self, requirement: &Requirement) -> Vec<Id> {
        let known = self.graph.by_name.get(&requirement.name).into_iter().flatten();
        let ids: Vec<_> =
            known.filter(|id| self.graph.nodes[**id].kind != NodeKind::Absent).collect();
        let admits = |id: Id| match &requirement.version_or_url {
            Some(VersionOrUrl::VersionSpecifier(specifiers)) => {
                let version = self.graph.nodes[id].version().and_then(|text| text.parse().ok());
                version.is_none_or(|version| specifiers.contains(&version))
            }
            Some(VersionOrUrl::Url(_)) | None => true,
        };
        let applies = |id: Id| {
            let marker = self.marker(id).map(|marker| format!("x ; {marker}"));
            let marker = marker.and_then(|text| text.parse::<Requirement>().ok());
            marker.is_none_or(|locked| !locked.marker.is_disjoint(&requirement.marker))
        };
        let mut found = ids.clone();
        found.retain(|id| admits(**id) && applies(**id));
        // an override may have the last word, and the lockfile be stale
        let found = if found.is_empty() && requirement.marker.is_true() { ids } else { found };
        found.into_iter().copied().collect()
    }

    fn finish(self) -> Graph {
        let mut graph = self.graph;
        graph.needs = vec![Vec::new(); graph.nodes.len()];
        graph.needed_by = vec![Vec::new(); graph.nodes.len()];
        for (index, edge) in graph.edges.iter().enumerate() {
            graph.needs[edge.from].push(index);
            graph.needed_by[edge.to].push(index);
        }
        let Graph { nodes, edges, needs, needed_by, .. } = &mut graph;
        let key = |id: Id| (nodes[id].name.as_str(), nodes[id].line.as_str());
        for list in needs {
            list.sort_by_key(|edge| key(edges[*edge].to));
        }
        for list in needed_by {
            list.sort_by_key(|edge| key(edges[*edge].from));
        }
        graph
    }
}

/// Returns why a lockfile is not what the manifests ask for, if it can be seen that it is not.
pub(crate) fn stale(workspace: &Workspace, kind: Kind, lockfile: &Lockfile) -> Option<String> {
    Graph::new(workspace, kind, lockfile, &Selection::default()).stale
}

/// Returns the names that members exclude.
fn excluded(workspace: &Workspace) -> BTreeSet<PackageName> {
    let texts = workspace.members().flat_map(|it| &it.manifest().rye().excluded_dependencies);
    texts.filter_map(|text| Some(text.parse::<Requirement>().ok()?.name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
