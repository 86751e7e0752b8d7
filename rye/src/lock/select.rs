//! A part of a lockfile: what of it some projects and groups need.

use std::collections::{BTreeMap, BTreeSet};

use crate::lock::resolver::{editable_line, selected_extras, unfolded};
use crate::lock::{Entry, Lockfile};
use crate::packaging::{PackageName, Requirement};
use crate::selection::{self, Parts, Selection};
use crate::workspace::Workspace;

/// Returns the part of a lockfile that is selected.
///
/// An entry belongs to it when something selected leads there by what entries are needed by. Which
/// extra needs an entry is in no lockfile, so that all extras of what belongs to it do.
pub(crate) fn select(
    workspace: &Workspace,
    mut lockfile: Lockfile,
    selection: &Selection,
) -> Lockfile {
    let names: BTreeMap<String, Option<PackageName>> = workspace
        .members()
        .map(|member| (editable_line(&workspace.place(member)), member.manifest().name()))
        .collect();
    if !is_all(workspace, selection) {
        retain(workspace, &mut lockfile, selection, &names);
    }
    if selection.parts == Parts::Dependencies {
        lockfile.entries.retain(|entry| !names.contains_key(&entry.requirement));
    }
    lockfile
}

/// Tells whether a selection is all that its lockfile has.
fn is_all(workspace: &Workspace, selection: &Selection) -> bool {
    let has_all_groups = || {
        let mut groups = workspace.members().flat_map(|member| {
            let manifest = member.manifest();
            let dev =
                (!manifest.rye().dev_dependencies.is_empty()).then_some(selection::DEVELOPMENT);
            manifest.dependency_groups.keys().map(String::as_str).chain(dev)
        });
        groups.all(|group| selection.has_named(group))
    };
    selection.members.is_empty()
        && selection.parts != Parts::Nothing
        && (!selection.has_groups() || has_all_groups())
}

fn retain(
    workspace: &Workspace,
    lockfile: &mut Lockfile,
    selection: &Selection,
    names: &BTreeMap<String, Option<PackageName>>,
) {
    let name_of =
        |entry: &Entry| entry.name().or_else(|| names.get(&entry.requirement).cloned().flatten());
    let needing = |entry: &Entry| -> Vec<PackageName> {
        entry.via.iter().filter_map(|via| via.parse().ok()).collect()
    };
    let mut needs = Needs::new();
    let mut known = BTreeSet::new();
    for entry in &lockfile.entries {
        let Some(name) = name_of(entry) else { continue };
        for via in needing(entry) {
            needs.entry(via).or_default().insert(name.clone());
        }
        known.insert(name);
    }
    let mut reached = roots(workspace, lockfile, selection);
    follow(&needs, &mut reached);
    // only its build knows the name of such a project: it is what entries are needed by and no entry is
    let has_nameless = names.values().any(Option::is_none);
    let is_needed = |entry: &Entry| {
        name_of(entry).is_none() && needing(entry).iter().any(|via| reached.contains(via))
    };
    let is_reached = lockfile.entries.iter().any(is_needed) || !reached.is_subset(&known);
    let is_everybody = selection.members.is_empty() && selection.parts != Parts::Nothing;
    let takes_nameless = has_nameless && (is_everybody || is_reached);
    if takes_nameless {
        reached.extend(needs.keys().filter(|name| !known.contains(name)).cloned());
        follow(&needs, &mut reached);
    }
    lockfile
        .entries
        .retain(|entry| name_of(entry).map_or(takes_nameless, |name| reached.contains(&name)));
    for entry in &mut lockfile.entries {
        entry.via.retain(|via| via.parse().is_ok_and(|via| reached.contains(&via)));
    }
}

/// What each name needs.
type Needs = BTreeMap<PackageName, BTreeSet<PackageName>>;

/// Adds what those need that are there.
fn follow(needs: &Needs, reached: &mut BTreeSet<PackageName>) {
    let mut waiting: Vec<_> = reached.iter().cloned().collect();
    while let Some(name) = waiting.pop() {
        for needed in needs.get(&name).into_iter().flatten() {
            if reached.insert(needed.clone()) {
                waiting.push(needed.clone());
            }
        }
    }
}

/// Returns the names that a selection begins with.
fn roots(
    workspace: &Workspace,
    lockfile: &Lockfile,
    selection: &Selection,
) -> BTreeSet<PackageName> {
    // what the lockfile remembers was checked when it was made
    let extras = selected_extras(workspace, &lockfile.options).unwrap_or_default();
    let mut roots = BTreeSet::new();
    for (index, member) in workspace.members().enumerate() {
        if !selection.has_member(member) {
            continue;
        }
        let manifest = member.manifest();
        let mut texts = Vec::new();
        if selection.parts != Parts::Nothing {
            texts.extend_from_slice(manifest.dependencies());
            if member.is_virtual() {
                let extras = extras.get(index).into_iter().flatten();
                texts.extend(extras.flat_map(|extra| manifest.extra(extra)).cloned());
            } else {
                roots.extend(manifest.name());
            }
        }
        if selection.has_named(selection::DEVELOPMENT) {
            texts.extend_from_slice(&manifest.rye().dev_dependencies);
        }
        for group in manifest.dependency_groups.keys().filter(|group| selection.has_named(group)) {
            texts.extend(manifest.group(group).expect("groups were checked when read"));
        }
        let requirements = unfolded(workspace, member, &texts);
        let requirements = requirements.iter().filter_map(|text| text.parse::<Requirement>().ok());
        roots.extend(requirements.map(|requirement| requirement.name));
    }
    roots
}
