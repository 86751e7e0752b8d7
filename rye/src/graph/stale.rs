//! Whether a lockfile is what the manifests ask for, as far as that can be seen without resolving.

use std::collections::BTreeSet;

use crate::graph::{Graph, NodeKind, is_production};
use crate::lock::{self, Kind, Lockfile, Options, Request};
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
    let extras = lock::selected_extras(workspace, &lockfile.options).unwrap_or_default();
    let name = |text: &String| Some(text.parse::<Requirement>().ok()?.name);
    let overridden: BTreeSet<PackageName> =
        workspace.root().manifest().rye().overrides.iter().filter_map(name).collect();
    for (index, member) in workspace.members().enumerate() {
        for (list, texts) in member.manifest().lists() {
            let extra = list.strip_prefix("project.optional-dependencies.");
            let is_chosen = extra
                .is_none_or(|extra| extras.get(index).is_some_and(|chosen| chosen.contains(extra)));
            let is_left_out = graph.kind == Kind::Production && !is_production(&list);
            let is_other = list.starts_with("tool.rye.") && list != "tool.rye.dev-dependencies";
            if !is_chosen || is_left_out || is_other {
                continue;
            }
            for text in texts {
                let Ok(requirement) = text.parse::<Requirement>() else { continue };
                if workspace.member(&requirement.name).is_none()
                    && !overridden.contains(&requirement.name)
                    && !is_locked(graph, &requirement)
                {
                    let owner = if workspace.is_shared() {
                        format!(" of `{}`", member.display_name())
                    } else {
                        String::new()
                    };
                    return Some(format!("nothing is locked for `{text}` in `{list}`{owner}"));
                }
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

/// Looks for what a project needed, and its manifest does not name any more.
fn left_over(workspace: &Workspace, graph: &Graph) -> Option<String> {
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
