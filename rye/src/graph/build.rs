//! How a graph is put together: from the annotations of a lockfile, then from the lists of the manifests.

use std::collections::HashMap;

use crate::graph::{DEVELOPMENT, Edge, Graph, Id, InManifest, Node, NodeKind, is_production};
use crate::lock::{self, Kind, Lockfile, login};
use crate::packaging::{PackageName, Requirement, VersionOrUrl};
use crate::project::Project;
use crate::workspace::Workspace;

/// A list of requirements in the manifest of a member.
pub(super) struct List<'w> {
    id: Id,
    pub(super) member: &'w Project,
    /// The keys that lead to it
    pub(super) key: String,
    pub(super) texts: Vec<&'w String>,
    /// It belongs to what is locked; an extra only does if somebody asked for it.
    pub(super) is_locked: bool,
}

/// Returns the lists of all members that may have come into a lockfile.
pub(super) fn lists<'w>(
    workspace: &'w Workspace,
    lockfile: &Lockfile,
    kind: Kind,
) -> Vec<List<'w>> {
    // what the lockfile remembers was checked when it was made
    let extras = lock::selected_extras(workspace, &lockfile.options).unwrap_or_default();
    let mut lists = Vec::new();
    for (id, member) in workspace.members().enumerate() {
        for (key, texts) in member.manifest().lists() {
            // nobody is given for a constraint or an override
            let is_choice = key.starts_with("tool.rye.") && key != DEVELOPMENT;
            if is_choice || (kind == Kind::Production && !is_production(&key)) {
                continue;
            }
            let extra = key.strip_prefix("project.optional-dependencies.");
            let is_locked = extra
                .is_none_or(|extra| extras.get(id).is_some_and(|chosen| chosen.contains(extra)));
            lists.push(List { id, member, key, texts, is_locked });
        }
    }
    lists
}

/// A graph that is being put together.
pub(super) struct Builder {
    graph: Graph,
    by_ends: HashMap<(Id, Id), usize>,
    /// The node of each entry of the lockfile
    of_entries: Vec<Id>,
}

impl Builder {
    pub(super) fn new(workspace: &Workspace, kind: Kind, lockfile: &Lockfile) -> Self {
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
    pub(super) fn add_annotations(&mut self, workspace: &Workspace, lockfile: &Lockfile) {
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
    pub(super) fn add_manifests(&mut self, workspace: &Workspace, lockfile: &Lockfile) {
        for list in lists(workspace, lockfile, self.graph.kind) {
            for text in &list.texts {
                if let Ok(requirement) = text.parse::<Requirement>() {
                    self.add_requirement(&list, text, &requirement);
                }
            }
        }
        let excluded =
            workspace.members().flat_map(|it| &it.manifest().rye().excluded_dependencies);
        for requirement in excluded.filter_map(|text| text.parse::<Requirement>().ok()) {
            let reason = "`tool.rye.excluded-dependencies` excludes it, and nothing needs it";
            self.graph.unlocked.push((requirement.name, reason.to_owned()));
        }
    }

    fn add_requirement(&mut self, list: &List<'_>, text: &str, requirement: &Requirement) {
        let id = list.id;
        let found = self.admitted(requirement);
        if found.is_empty() && list.is_locked {
            let reason = format!(
                "`{}` asks for it in `{}`, with `{}`; either that does not hold where it was locked, or the lockfile is stale",
                list.member.display_name(),
                list.key,
                login::without(text)
            );
            self.graph.unlocked.push((requirement.name.clone(), reason));
        }
        for to in found.into_iter().filter(|to| *to != id) {
            let edge = self.by_ends.get(&(id, to)).map(|edge| &self.graph.edges[*edge]);
            // which extra needs it the lockfile does not say: one that another member asked for
            let is_needed = edge.is_some_and(|edge| edge.is_annotated && edge.asked.is_empty());
            if list.is_locked || is_needed {
                let asked = InManifest { list: list.key.clone(), text: login::without(text) };
                self.edge(id, to).asked.push(asked);
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

    pub(super) fn finish(self) -> Graph {
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
