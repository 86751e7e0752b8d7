//! Resolving: what the engine is asked, and the lockfile that its answer becomes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use toml_edit::{Array, DocumentMut, Item, Table, value};

use crate::error::closest;
use crate::fs;
use crate::index::Indexes;
use crate::lock::options::Choices;
use crate::lock::{Error, Kind, Lockfile, Options, Request, login};
use crate::packaging::{ExtraName, PackageName, Requirement, lower_bound};
use crate::project::{MANIFEST, Project, ProjectTable};
use crate::uv::{self, Resolution, Scope, Upgrade, Uv};
use crate::workspace::Workspace;

/// One workspace's resolutions, which differ in what is asked for.
pub(super) struct Resolver<'a> {
    uv: &'a Uv<'a>,
    workspace: &'a Workspace,
    interpreter: &'a Path,
    request: &'a Request,
    options: Options,
    scope: Scope,
    excluded: Vec<Requirement>,
    editables: Vec<Editable>,
    production: Vec<String>,
    /// What is asked for beside that in development
    development: Vec<String>,
}

/// A project as a requirement of the lockfile.
struct Editable {
    name: Option<PackageName>,
    /// As it stands in the lockfile
    line: String,
    /// As it is given to the resolver
    given: String,
    /// As the resolver prints it: without extras
    printed: String,
    /// Where it is, from the root
    place: String,
    /// The manifest to resolve from, where the project's own would need a build
    metadata: Option<String>,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(
        uv: &'a Uv<'a>,
        workspace: &'a Workspace,
        interpreter: &'a Path,
        request: &'a Request,
        options: Options,
    ) -> Result<Self, Error> {
        let excluded = workspace.members().flat_map(|member| {
            let texts = &member.manifest().rye().excluded_dependencies;
            texts.iter().map(|text| {
                text.parse().map_err(|error: pep508_rs::Pep508Error<_>| Error::Excluded {
                    text: text.clone(),
                    reason: error.message.to_string(),
                })
            })
        });
        let excluded = excluded.collect::<Result<_, _>>()?;
        refuse_choices_of_members(workspace)?;
        let extras = selected_extras(workspace, &options)?;
        let scope = scope(workspace, &options);
        let mut editables = Vec::new();
        let mut production = Lines::default();
        for (member, extras) in workspace.members().zip(&extras) {
            let manifest = member.manifest();
            production.extend(unfolded(workspace, member, manifest.dependencies()));
            if member.is_virtual() {
                let extras = extras.iter().flat_map(|extra| manifest.extra(extra));
                let texts: Vec<_> = extras.cloned().collect();
                production.extend(unfolded(workspace, member, &texts));
            } else {
                editables.push(editable(workspace, member, extras)?);
            }
        }
        let mut development = Lines { seen: production.seen.clone(), lines: Vec::new() };
        for member in workspace.members() {
            let texts = member.manifest().development_dependencies();
            development.extend(unfolded(workspace, member, &texts));
        }
        Ok(Self {
            uv,
            workspace,
            interpreter,
            request,
            options,
            scope,
            excluded,
            editables,
            production: production.lines,
            development: development.lines,
        })
    }

    /// Tells whether development asks for anything that production does not.
    pub(super) fn has_development(&self) -> bool {
        !self.development.is_empty()
    }

    /// Returns what is asked for, one requirement a line.
    fn requirements(&self, kind: Kind) -> String {
        let development: &[String] = match kind {
            Kind::Production => &[],
            Kind::Development => &self.development,
        };
        let editables = self.editables.iter().map(|editable| &editable.given);
        let lines = editables.chain(&self.production).chain(development);
        lines.flat_map(|line| [line, "\n"]).collect()
    }

    /// Writes the metadata of the projects that need no build, each at its place.
    fn write_metadata(&self, directory: &Path) -> Result<(), fs::Error> {
        for editable in &self.editables {
            let Some(metadata) = &editable.metadata else { continue };
            let place = directory.join(&editable.place);
            fs::create_directory(&place)?;
            fs::write_new(&place.join(MANIFEST), metadata)?;
        }
        Ok(())
    }

    pub(super) fn resolve(
        &self,
        kind: Kind,
        preferred: Option<&Lockfile>,
        constraints: Option<&Lockfile>,
    ) -> Result<Lockfile, Error> {
        let directory = fs::filled_directory(|directory| self.write_metadata(directory))?;
        let built = self.editables.iter().filter(|editable| editable.metadata.is_none());
        let refreshed: Vec<_> =
            built.clone().filter_map(|editable| editable.name.clone()).collect();
        let refreshes_all = built.clone().any(|editable| editable.name.is_none());
        let Choices { exclude_newer, strategy, .. } = &self.options.choices;
        // those in the options have no credentials any more
        let rye = self.workspace.root().manifest().rye();
        let anchored = |texts: &[String]| -> Vec<String> {
            texts.iter().map(|text| anchored(text, ".")).collect()
        };
        // what development settled is settled
        let upgrade = if constraints.is_some() { &Upgrade::None } else { &self.request.upgrade };
        let unlocked: &[PackageName] =
            if constraints.is_some() { &[] } else { &self.request.unlocked };
        let preferences = preferred.map(|lockfile| lockfile.pins_but_for(unlocked));
        let constraints = constraints.map(Lockfile::pins);
        let resolution = Resolution {
            directory: directory.path(),
            project_root: self.workspace.directory(),
            requirements: &self.requirements(kind),
            locked: constraints.as_deref(),
            constraints: &anchored(&rye.constraints),
            overrides: &anchored(&rye.overrides),
            exclude_newer: exclude_newer.as_ref(),
            strategy: *strategy,
            preferences: &preferences.unwrap_or_default(),
            interpreter: self.interpreter,
            scope: self.scope.clone(),
            pre_releases: self.options.pre,
            hashes: self.options.generate_hashes,
            upgrade,
            refreshed: &refreshed,
            refreshes_all,
        };
        let what = match kind {
            Kind::Production => "locking",
            Kind::Development => "locking (dev)",
        };
        let text = self.uv.resolve(&resolution, what).map_err(|source| {
            let background = match &source {
                uv::Error::Unsolvable(text) => background(self.workspace, self.uv.indexes(), text),
                _ => Vec::new(),
            };
            Error::Resolve { source, background }
        })?;
        let mut lockfile: Lockfile = text.parse().map_err(Error::Resolved)?;
        lockfile.options = self.options.clone();
        if self.options.with_sources {
            lockfile.sources = self.uv.indexes().lines();
        }
        let lines: BTreeMap<&str, &str> = self
            .editables
            .iter()
            .map(|editable| (editable.printed.as_str(), editable.line.as_str()))
            .collect();
        for entry in &mut lockfile.entries {
            entry.requirement = login::without(&entry.requirement);
            if let Some(line) = lines.get(entry.requirement.as_str()) {
                (*line).clone_into(&mut entry.requirement);
            }
            if self.excluded.iter().any(|excluded| entry.is(excluded)) {
                entry.exclude();
            }
        }
        // the resolver sorts them by what it was given, which is a path for those that it has to build
        let editables = lockfile.entries.iter().take_while(|entry| entry.name().is_none()).count();
        lockfile.entries[..editables].sort_by(|a, b| a.requirement.cmp(&b.requirement));
        Ok(lockfile)
    }
}

/// Fails for a constraint or an override on a member, whose version is the one that it has, and for the
/// exclusion of one.
fn refuse_choices_of_members(workspace: &Workspace) -> Result<(), Error> {
    let rye = workspace.root().manifest().rye();
    let excluded = workspace
        .members()
        .map(|member| ("excluded-dependencies", &member.manifest().rye().excluded_dependencies));
    let choices = [("constraints", &rye.constraints), ("overrides", &rye.overrides)];
    for (key, texts) in choices.into_iter().chain(excluded) {
        for text in texts {
            let requirement = text.parse::<Requirement>().ok();
            if requirement.is_some_and(|requirement| workspace.member(&requirement.name).is_some())
            {
                return Err(Error::ChoiceOfMember { key, text: text.clone() });
            }
        }
    }
    Ok(())
}

/// Returns where a lockfile with these options has to hold.
pub(crate) fn scope(workspace: &Workspace, options: &Options) -> Scope {
    if options.universal {
        let bound = lower_bound(&workspace.requires_python());
        Scope::Universal { lower_bound: bound.map(|version| version.to_string()) }
    } else {
        Scope::Interpreter
    }
}

/// Lines without repetitions, in the order of their first appearance.
#[derive(Default)]
struct Lines {
    seen: BTreeSet<String>,
    lines: Vec<String>,
}

impl Lines {
    fn extend(&mut self, lines: impl IntoIterator<Item = String>) {
        for line in lines {
            if self.seen.insert(line.clone()) {
                self.lines.push(line);
            }
        }
    }
}

fn editable(
    workspace: &Workspace,
    project: &Project,
    extras: &BTreeSet<String>,
) -> Result<Editable, Error> {
    let extras = match extras.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => String::new(),
        extras => format!("[{}]", extras.join(",")),
    };
    let place = workspace.place(project);
    let line = editable_line(&place);
    let manifest = project.manifest();
    let name = manifest.name();
    match &manifest.project {
        Some(table) if !manifest.needs_build() => {
            let metadata = Some(static_metadata(workspace, project, table)?);
            let given = format!("{line}{extras}");
            Ok(Editable { name, given, printed: line.clone(), line, place, metadata })
        }
        _ => {
            let url = url::Url::from_directory_path(project.root()).expect("a root is absolute");
            let printed = format!("-e {}", url.as_str().trim_end_matches('/'));
            let given = format!("{printed}{extras}");
            Ok(Editable { name, line, given, printed, place, metadata: None })
        }
    }
}

/// Returns the line of a lockfile that stands for the project at a place.
pub(crate) fn editable_line(place: &str) -> String {
    // as a URL has it, but for the slashes (RFC 3986)
    let escaped = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    format!("-e file:{}", place.bytes().map(escaped).collect::<String>())
}

/// Returns a manifest of what the resolver has to know of a project, so that it builds nothing.
fn static_metadata(
    workspace: &Workspace,
    project: &Project,
    source: &ProjectTable,
) -> Result<String, Error> {
    let name = source.name.as_ref().ok_or_else(|| Error::NoName(project.path().to_owned()))?;
    let array =
        |texts: &[String]| -> Array { unfolded(workspace, project, texts).into_iter().collect() };
    let mut table = Table::new();
    table["name"] = value(name);
    // the version of an editable is in no lockfile
    table["version"] = value(source.version.as_deref().unwrap_or("0"));
    if let Some(requires_python) = &source.requires_python {
        table["requires-python"] = value(requires_python);
    }
    table["dependencies"] = value(array(&source.dependencies));
    let mut extras = Table::new();
    for (extra, requirements) in &source.optional_dependencies {
        extras[extra] = value(array(requirements));
    }
    table["optional-dependencies"] = Item::Table(extras);
    let mut document = DocumentMut::new();
    document["project"] = Item::Table(table);
    // whatever lies above the temporary directory is no workspace of uv's that this is a part of
    let mut uv = Table::new();
    uv["managed"] = value(false);
    let mut tool = Table::new();
    tool.set_implicit(true);
    tool["uv"] = Item::Table(uv);
    document["tool"] = Item::Table(tool);
    Ok(document.to_string())
}

/// Returns the requirements of a project as they hold for the workspace as a whole.
///
/// Where they name a member, that is meant, whatever its version and wherever it would come from else.
/// A virtual one is nothing that could be installed: what it requires stands in its place. Relative
/// paths start from the root.
pub(super) fn unfolded(workspace: &Workspace, owner: &Project, texts: &[String]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut seen = BTreeSet::new();
    unfold(workspace, owner, texts, &mut seen, &mut lines);
    lines
}

fn unfold(
    workspace: &Workspace,
    owner: &Project,
    texts: &[String],
    seen: &mut BTreeSet<(PackageName, Option<ExtraName>)>,
    lines: &mut Vec<String>,
) {
    for text in texts {
        let named = text.parse::<Requirement>().ok();
        let Some((requirement, member)) = named.and_then(|requirement| {
            let member = workspace.member(&requirement.name)?;
            Some((requirement, member))
        }) else {
            lines.push(anchored(text, &workspace.place(owner)));
            continue;
        };
        let Requirement { name, extras, marker, .. } = requirement;
        if !member.is_virtual() {
            let extras: Vec<_> = extras.iter().map(ToString::to_string).collect();
            let extras =
                if extras.is_empty() { String::new() } else { format!("[{}]", extras.join(",")) };
            let marker = marker.contents().map(|marker| format!(" ; {marker}"));
            lines.push(format!("{name}{extras}{}", marker.unwrap_or_default()));
            continue;
        }
        let manifest = member.manifest();
        // its own requirements are there already
        if member.path() != owner.path() && seen.insert((name.clone(), None)) {
            unfold(workspace, member, manifest.dependencies(), seen, lines);
        }
        for extra in extras {
            let texts: Vec<_> = manifest.extra(extra.as_ref()).cloned().collect();
            if seen.insert((name.clone(), Some(extra))) {
                unfold(workspace, member, &texts, seen, lines);
            }
        }
    }
}

/// Returns a requirement with a relative path anchored in the root: it is resolved elsewhere.
fn anchored(text: &str, place: &str) -> String {
    let Some((name, path)) = text.split_once("file:") else { return text.to_owned() };
    if !name.trim_end().ends_with('@') || path.starts_with('/') {
        return text.to_owned();
    }
    let line = editable_line(place);
    let place = match line.trim_start_matches("-e file:") {
        "." => "",
        place => &format!("{place}/"),
    };
    format!("{name}file:///${{PROJECT_ROOT}}/{place}{path}")
}

/// Returns for each member the names of the extras that the options select, as its manifest spells them.
pub(crate) fn selected_extras(
    workspace: &Workspace,
    options: &Options,
) -> Result<Vec<BTreeSet<String>>, Error> {
    let known = |project: &Project| -> Vec<String> {
        let tables = project.manifest().project.iter();
        tables.flat_map(|table| table.optional_dependencies.keys().cloned()).collect()
    };
    if options.all_features {
        return Ok(workspace.members().map(|member| known(member).into_iter().collect()).collect());
    }
    let mut selected = vec![BTreeSet::new(); workspace.members().len()];
    for feature in &options.features {
        // `name/extra` tells members apart
        let (owner, extra) = match feature.split_once('/') {
            None => (workspace.root(), feature.as_str()),
            Some(("", _) | (_, "")) => return Err(Error::Feature(feature.clone())),
            Some((owner, extra)) => {
                let name = owner.parse::<PackageName>().ok();
                let member = name.and_then(|name| workspace.member(&name));
                let names = workspace.members().filter_map(|member| member.manifest().name());
                let names: Vec<_> = names.map(|name| name.to_string()).collect();
                let closest = closest(owner, names.iter().map(String::as_str)).map(str::to_owned);
                let (owner, feature) = (owner.to_owned(), extra.to_owned());
                let unknown = || Error::UnknownOwner { owner, extra: feature, closest };
                (member.ok_or_else(unknown)?, extra)
            }
        };
        let manifest = owner.manifest();
        let extras = known(owner);
        let normalized = |name: &str| name.parse::<ExtraName>().ok();
        let found = extras.iter().find(|name| normalized(name) == normalized(extra)).cloned();
        // only a build knows those that the manifest does not state
        let is_stated = manifest.project.is_some() && !manifest.is_dynamic("optional-dependencies");
        let is_dynamic = !is_stated && !owner.is_virtual();
        let found = found.or_else(|| is_dynamic.then(|| extra.to_owned()));
        let found = found.ok_or_else(|| Error::UnknownExtra {
            owner: format!("`{}`", owner.display_name()),
            extra: extra.to_owned(),
            extras,
            others: workspace
                .members()
                .filter(|member| {
                    !feature.contains('/') && member.manifest().extra(extra).next().is_some()
                })
                .filter_map(|member| Some(format!("`{}/{extra}`", member.manifest().name()?)))
                .collect(),
        })?;
        let index = workspace.members().position(|member| member.path() == owner.path());
        selected[index.expect("it is a member")].insert(found);
    }
    Ok(selected)
}

/// Returns what manifests add to an explanation of the engine: who asks for what it names, and what is to
/// come from one source alone.
fn background(workspace: &Workspace, indexes: &Indexes, explanation: &str) -> Vec<String> {
    let is_part = |part: char| part.is_ascii_alphanumeric() || matches!(part, '-' | '_' | '.');
    let words: BTreeSet<_> = explanation.split(|part| !is_part(part)).collect();
    let mut askers = Vec::new();
    for member in workspace.members() {
        for (list, texts) in member.manifest().lists() {
            // where else would somebody look first
            if !workspace.is_shared() && list == "project.dependencies" {
                continue;
            }
            for text in texts {
                let Ok(requirement) = text.parse::<Requirement>() else { continue };
                if words.contains(requirement.name.as_ref()) {
                    let owner = if workspace.is_shared() {
                        format!(" of `{}`", member.display_name())
                    } else {
                        String::new()
                    };
                    askers.push(format!("`{text}` stands in `{list}`{owner}"));
                }
            }
        }
    }
    // a page of names explains nothing
    askers.truncate(8);
    let pinned = indexes.pinned.iter().flat_map(|pinned| {
        let named = pinned.packages.iter().filter(|name| words.contains(name.as_ref()));
        named.map(|name| format!("`{name}` comes from the source `{}` alone", pinned.name))
    });
    askers.extend(pinned);
    askers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_start_from_the_root() {
        assert_eq!(anchored("a @ file:libs/a", "."), "a @ file:///${PROJECT_ROOT}/libs/a");
        assert_eq!(
            anchored("a @ file:../a", "my libs/b"),
            "a @ file:///${PROJECT_ROOT}/my%20libs/b/../a"
        );
        assert_eq!(anchored("a @ file:///opt/a", "b"), "a @ file:///opt/a");
        assert_eq!(anchored("a>=1", "b"), "a>=1");
    }
}
