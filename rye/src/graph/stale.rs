//! Whether a lockfile is what the manifests ask for, as far as that can be seen without resolving.

use std::collections::BTreeSet;

use crate::graph::build::lists;
use crate::graph::{Graph, NodeKind};
use crate::lock::{self, Lockfile, Options, Request, login};
use crate::packaging::{PackageName, Requirement, VersionOrUrl};
use crate::project::Project;
use crate::workspace::Workspace;

/// Returns why a lockfile is not what the manifests ask for; none if nothing is to be seen.
pub(super) fn reason(workspace: &Workspace, lockfile: &Lockfile, graph: &Graph) -> Option<String> {
    let rye = workspace.root().manifest().rye();
    if Options::new(rye, &Request::default(), Some(&lockfile.options)) != lockfile.options {
        return Some("settings of `tool.rye` are not those that it was locked with".to_owned());
    }
    projects(workspace, lockfile)
        .or_else(|| requirements(workspace, lockfile, graph))
        .or_else(|| left_over(workspace, graph))
}

/// Looks for projects that came or went.
fn projects(workspace: &Workspace, lockfile: &Lockfile) -> Option<String> {
    let locked: BTreeSet<_> = lockfile.entries.iter().map(|it| it.requirement.as_str()).collect();
    let mut members = BTreeSet::new();
    for member in workspace.members() {
        let line = lock::editable_line(&workspace.place(member));
        if !member.is_virtual() && !locked.contains(line.as_str()) {
            return Some(format!("the project `{}` is not locked", member.display_name()));
        }
        members.insert(line);
    }
    let mut entries = locked.iter().filter_map(|line| Some((line, line.strip_prefix("-e file:")?)));
    let gone = entries.find(|(line, _)| !members.contains(**line));
    gone.map(|(_, place)| format!("the project in `{place}` is locked, and there is none"))
}

/// Looks for requirements that nothing is locked for.
fn requirements(workspace: &Workspace, lockfile: &Lockfile, graph: &Graph) -> Option<String> {
    let name = |text: &String| Some(text.parse::<Requirement>().ok()?.name);
    let overridden: BTreeSet<PackageName> =
        workspace.root().manifest().rye().overrides.iter().filter_map(name).collect();
    for list in lists(workspace, lockfile, graph.kind).iter().filter(|list| list.is_locked) {
        for text in &list.texts {
            let Ok(requirement) = text.parse::<Requirement>() else { continue };
            let is_other = workspace.member(&requirement.name).is_some()
                || overridden.contains(&requirement.name);
            if !is_other && !is_locked(graph, &requirement) {
                let owner = if workspace.is_shared() {
                    format!(" of `{}`", list.member.display_name())
                } else {
                    String::new()
                };
                let text = login::without(text);
                return Some(format!("nothing is locked for `{text}` in `{}`{owner}", list.key));
            }
        }
    }
    None
}

fn is_locked(graph: &Graph, requirement: &Requirement) -> bool {
    if !requirement.marker.is_true() {
        return true; // it may not hold where it was locked
    }
    let ids = graph.by_name.get(&requirement.name).into_iter().flatten();
    let mut nodes = ids.map(|id| graph.node(*id)).filter(|node| node.kind != NodeKind::Absent);
    let Some(VersionOrUrl::VersionSpecifier(specifiers)) = &requirement.version_or_url else {
        return nodes.next().is_some();
    };
    nodes.any(|node| {
        let version = node.version().and_then(|version| version.parse().ok());
        version.is_none_or(|version| specifiers.contains(&version))
    })
}

/// Looks for who needed something and is gone, and for what a project needed and does not ask for any more.
fn left_over(workspace: &Workspace, graph: &Graph) -> Option<String> {
    // such a project may go by any name
    let has_nameless = workspace.members().any(|member| member.manifest().name().is_none());
    let gone = graph.nodes.iter().find(|node| node.kind == NodeKind::Absent);
    if let Some(node) = gone.filter(|_| !has_nameless) {
        return Some(format!("what `{}` needs is locked, and it is not", node.name));
    }
    // what a virtual member asks for is locked as if those asked for it who need that
    let has_virtual = workspace.members().any(Project::is_virtual);
    if has_virtual && workspace.is_shared() {
        return None;
    }
    for edge in graph.edges.iter().filter(|edge| edge.is_annotated && edge.asked.is_empty()) {
        let Some(member) = workspace.members().nth(edge.from) else { continue };
        let manifest = member.manifest();
        let is_stated = manifest.project.is_some()
            && !["dependencies", "optional-dependencies"].iter().any(|it| manifest.is_dynamic(it));
        if is_stated {
            let (name, owner) = (&graph.node(edge.to).name, member.display_name());
            return Some(format!("`{name}` is locked for `{owner}`, which does not ask for it"));
        }
    }
    None
}
