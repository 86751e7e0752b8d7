//! What Rye reads of a `pyproject.toml`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::Hint;
use crate::index::Source;
use crate::packaging::{
    self, ExtraName, PackageName, Version, VersionSpecifiers, VersionSpecifiersParseError,
};
use crate::project::Cutoff;
use crate::project::schema;

/// A value that has the right type and yet cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("`{key}` holds `{text}`: {reason}")]
    Text { key: String, text: String, reason: String },
    #[error("`dependency-groups.{group}` includes `{missing}`, which does not exist")]
    MissingGroup { group: String, missing: String },
    #[error("`dependency-groups` includes itself: {0}")]
    GroupCycle(String),
    #[error("`project.version` is there, and yet in `project.dynamic`")]
    TwoVersions,
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Text { key, .. } if key.ends_with("requires-python") => {
                Some("write it as in `>=3.9`".to_owned())
            }
            Self::Text { key, .. } if key == "project.name" => {
                Some("use letters, digits, `-`, `_` and `.`, as in `my-project`".to_owned())
            }
            Self::Text { key, .. } if key == "project.version" => {
                Some("write it as in `1.0.0`".to_owned())
            }
            Self::Text { .. } => {
                Some("write it as PEP 508 has it: `name[extra]>=1.0; marker`".to_owned())
            }
            Self::MissingGroup { missing, .. } => Some(format!("add the group `{missing}`")),
            Self::TwoVersions => Some("take one of the two away".to_owned()),
            Self::GroupCycle(_) => Some("take one of the `include-group` entries away".to_owned()),
        }
    }
}

/// A `pyproject.toml`, as far as Rye has a use for it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", expecting = "a table")]
pub(crate) struct Manifest {
    pub(crate) project: Option<ProjectTable>,
    pub(crate) build_system: Option<BuildSystem>,
    #[serde(default)]
    pub(crate) dependency_groups: BTreeMap<String, Vec<GroupEntry>>,
    #[serde(default)]
    pub(crate) tool: Tool,
}

/// `[project]` (PEP 621).
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", expecting = "a table")]
pub(crate) struct ProjectTable {
    pub(crate) name: Option<String>,
    pub(crate) version: Option<String>,
    #[serde(default)]
    pub(crate) dynamic: Vec<String>,
    pub(crate) requires_python: Option<String>,
    #[serde(default)]
    pub(crate) dependencies: Vec<String>,
    #[serde(default)]
    pub(crate) optional_dependencies: BTreeMap<String, Vec<String>>,
}

/// `[build-system]` (PEP 518).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", expecting = "a table")]
pub(crate) struct BuildSystem {
    #[serde(default)]
    pub(crate) requires: Vec<String>,
    pub(crate) build_backend: Option<String>,
}

/// An entry of a dependency group (PEP 735).
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a requirement or a table with `include-group`")]
pub(crate) enum GroupEntry {
    Requirement(String),
    Include {
        #[serde(rename = "include-group")]
        group: String,
    },
}

/// `[tool]`, as far as it concerns Rye or tells which files are behind dynamic metadata.
#[derive(Debug, Default, Deserialize)]
#[serde(expecting = "a table")]
pub(crate) struct Tool {
    pub(crate) rye: Option<RyeTable>,
    pub(crate) hatch: Option<Value>,
    pub(crate) setuptools: Option<Value>,
    pub(crate) flit: Option<Value>,
    pub(crate) pdm: Option<Value>,
}

/// What of a manifest has to be known before anything else of it: where its project belongs.
#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "a table")]
pub(crate) struct Outline {
    pub(crate) managed: bool,
    pub(crate) venv: Option<PathBuf>,
    pub(crate) workspace: Option<WorkspaceTable>,
}

impl Outline {
    /// Reads the text of a manifest; of what else it says only that it is TOML.
    pub(super) fn parse(text: &str) -> Result<Self, toml_edit::de::Error> {
        #[derive(Default, Deserialize)]
        #[serde(default, expecting = "a table")]
        struct Manifest {
            tool: Tool,
        }
        #[derive(Default, Deserialize)]
        #[serde(default, expecting = "a table")]
        struct Tool {
            rye: Outline,
        }
        toml_edit::de::from_str(text).map(|manifest: Manifest| manifest.tool.rye)
    }
}

// The comments of the fields are what the reference and the schema say about the keys.

/// The projects that are members of this workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, expecting = "a table")]
#[schemars(deny_unknown_fields)]
pub(crate) struct WorkspaceTable {
    /// Globs of the directories of members; without them every project below is one
    pub(crate) members: Option<Vec<String>>,
    /// Globs of directories that are no members, nor is anything below them
    pub(crate) exclude: Vec<String>,
}

/// `[tool.rye]`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case", expecting = "a table")]
#[schemars(deny_unknown_fields, description = "What Rye is told in a `pyproject.toml`")]
pub(crate) struct RyeTable {
    /// The shims make the environment of the project, and keep to its pin
    pub(crate) managed: bool,
    /// The project itself is never installed, only what it needs
    pub(crate) r#virtual: bool,
    /// Requirements for development (PEP 508)
    pub(crate) dev_dependencies: Vec<String>,
    /// Requirements that are never installed, whoever asks for them
    pub(crate) excluded_dependencies: Vec<String>,
    /// Lockfiles hold on every platform
    pub(crate) universal: bool,
    /// Lockfiles have hashes
    pub(crate) generate_hashes: bool,
    /// Lockfiles have the sources
    pub(crate) lock_with_sources: bool,
    /// Where distributions come from, before the sources of `config.toml`
    #[schemars(extend("default" = []))]
    pub(crate) sources: Vec<Source>,
    /// What `rye run NAME` runs
    // the definitions are read when a script is looked up; see `scripts`
    #[schemars(schema_with = "schema::scripts")]
    pub(crate) scripts: BTreeMap<String, Value>,
    pub(crate) workspace: Option<WorkspaceTable>,
    /// Where the environment is, from the directory with the lockfiles; `.venv` if it is not set
    pub(crate) venv: Option<PathBuf>,
    /// Requirements that hold for whoever asks for these distributions, and that nobody is given for
    pub(crate) constraints: Vec<String>,
    /// Requirements that stand in the place of all others of their names
    pub(crate) overrides: Vec<String>,
    /// Distributions that were uploaded later do not exist: a date, a moment, or an age such as `7 days`
    #[schemars(with = "Option<String>")]
    pub(crate) exclude_newer: Option<Cutoff>,
    /// Which of the versions that would do is taken
    pub(crate) resolution: Strategy,
}

/// Which of the versions that would do is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Strategy {
    /// The highest
    #[default]
    Highest,
    /// The lowest of what the manifests name, the highest of what that needs
    LowestDirect,
}

impl RyeTable {
    /// Returns the keys here that only the root of a workspace has a say in. Those that 0.44 wrote into
    /// every project are left out.
    pub(crate) fn settings_of_a_root(&self) -> Vec<&'static str> {
        let settings = [
            ("sources", !self.sources.is_empty()),
            ("venv", self.venv.is_some()),
            ("constraints", !self.constraints.is_empty()),
            ("overrides", !self.overrides.is_empty()),
            ("exclude-newer", self.exclude_newer.is_some()),
            ("resolution", self.resolution != Strategy::default()),
        ];
        settings.into_iter().filter_map(|(key, is_set)| is_set.then_some(key)).collect()
    }
}

static NO_RYE_TABLE: std::sync::LazyLock<RyeTable> = std::sync::LazyLock::new(RyeTable::default);

impl Manifest {
    /// Returns `[tool.rye]`, an empty one if there is none.
    pub(crate) fn rye(&self) -> &RyeTable {
        self.tool.rye.as_ref().unwrap_or(&NO_RYE_TABLE)
    }

    /// Returns the name in normalized form; none if there is none or it is no name.
    pub(crate) fn name(&self) -> Option<PackageName> {
        self.project.as_ref()?.name.as_ref()?.parse().ok()
    }

    /// Tells whether a build must be asked for a field of `[project]`.
    pub(crate) fn is_dynamic(&self, field: &str) -> bool {
        self.project
            .as_ref()
            .is_some_and(|project| project.dynamic.iter().any(|name| name == field))
    }

    /// Returns the object that builds, as `build-backend` names it.
    pub(crate) fn build_backend(&self) -> Option<&str> {
        self.build_system.as_ref()?.build_backend.as_deref()
    }

    /// Tells whether only a build knows what the project is called and requires.
    pub(crate) fn needs_build(&self) -> bool {
        let fields = ["name", "dependencies", "optional-dependencies"];
        self.project.is_none() || fields.iter().any(|field| self.is_dynamic(field))
    }

    /// Returns `requires-python`, which admits everything when it is absent.
    pub(crate) fn requires_python(&self) -> VersionSpecifiers {
        let text = self.project.as_ref().and_then(|project| project.requires_python.as_deref());
        parse_requires_python(text.unwrap_or_default())
            .expect("it was checked when the manifest was read")
    }

    /// Returns `project.dependencies` as written.
    pub(crate) fn dependencies(&self) -> &[String] {
        self.project.as_ref().map_or(&[], |project| &project.dependencies)
    }

    /// Returns the requirements of an extra, by any spelling of its name (PEP 685).
    pub(crate) fn extra(&self, name: &str) -> impl Iterator<Item = &String> {
        let normalized = |name: &str| name.parse::<ExtraName>().ok();
        let wanted = normalized(name);
        let extras = self.project.iter().flat_map(|table| &table.optional_dependencies);
        extras.filter(move |(extra, _)| normalized(extra) == wanted).flat_map(|(_, texts)| texts)
    }

    /// Returns what is required for development: the dev dependencies and every group.
    pub(crate) fn development_dependencies(&self) -> Vec<String> {
        let mut texts = self.rye().dev_dependencies.clone();
        for group in self.dependency_groups.keys() {
            texts.extend(self.group(group).expect("groups were checked when read"));
        }
        texts
    }

    /// Returns every list of requirements with the keys that lead to it, includes of groups left out.
    pub(crate) fn lists(&self) -> Vec<(String, Vec<&String>)> {
        let mut lists =
            vec![("project.dependencies".to_owned(), self.dependencies().iter().collect())];
        if let Some(project) = &self.project {
            for (extra, texts) in &project.optional_dependencies {
                let key = format!("project.optional-dependencies.{extra}");
                lists.push((key, texts.iter().collect()));
            }
        }
        let rye = self.rye();
        lists.push(("tool.rye.dev-dependencies".to_owned(), rye.dev_dependencies.iter().collect()));
        for (group, entries) in &self.dependency_groups {
            let texts = entries.iter().filter_map(|entry| match entry {
                GroupEntry::Requirement(text) => Some(text),
                GroupEntry::Include { .. } => None,
            });
            lists.push((format!("dependency-groups.{group}"), texts.collect()));
        }
        lists.push(("tool.rye.constraints".to_owned(), rye.constraints.iter().collect()));
        lists.push(("tool.rye.overrides".to_owned(), rye.overrides.iter().collect()));
        lists
    }

    /// Returns the requirements of a group, those of included groups in their places (PEP 735).
    pub(crate) fn group(&self, name: &str) -> Result<Vec<String>, Error> {
        let mut requirements = Vec::new();
        self.collect_group(name, &mut Vec::new(), &mut requirements)?;
        Ok(requirements)
    }

    /// Tells whether a group is another one, or includes it.
    pub(crate) fn group_includes(&self, name: &str, other: &str) -> bool {
        let normalized = |name: &str| name.parse::<ExtraName>().ok();
        if name == other || normalized(name) == normalized(other) {
            return true;
        }
        let found =
            self.dependency_groups.iter().find(|(key, _)| normalized(key) == normalized(name));
        // they do not go round in circles: that was checked when they were read
        found.is_some_and(|(_, entries)| {
            entries.iter().any(|entry| match entry {
                GroupEntry::Requirement(_) => false,
                GroupEntry::Include { group } => self.group_includes(group, other),
            })
        })
    }

    fn collect_group<'a>(
        &'a self,
        name: &'a str,
        path: &mut Vec<&'a str>,
        requirements: &mut Vec<String>,
    ) -> Result<(), Error> {
        if path.contains(&name) {
            path.push(name);
            return Err(Error::GroupCycle(path.join(" → ")));
        }
        let normalized = |name: &str| name.parse::<ExtraName>().ok();
        let found = self
            .dependency_groups
            .iter()
            .find(|(key, _)| *key == name || normalized(key) == normalized(name));
        let entries = found.map(|(_, entries)| entries).ok_or_else(|| Error::MissingGroup {
            group: path.last().unwrap_or(&name).to_string(),
            missing: name.to_owned(),
        })?;
        path.push(name);
        for entry in entries {
            match entry {
                GroupEntry::Requirement(text) => requirements.push(text.clone()),
                GroupEntry::Include { group } => self.collect_group(group, path, requirements)?,
            }
        }
        path.pop();
        Ok(())
    }

    /// Checks what the types cannot.
    pub(super) fn check(&self) -> Result<(), Error> {
        if let Some(project) = &self.project {
            check_requires_python("project.requires-python", project.requires_python.as_deref())?;
            if let Some(name) = &project.name {
                name.parse::<PackageName>()
                    .map_err(|error| unreadable("project.name", name, error))?;
            }
            if let Some(version) = &project.version {
                let reason = |error| packaging::reason(&error);
                let parsed = version.parse::<Version>().map_err(reason);
                parsed.map_err(|reason| unreadable("project.version", version, reason))?;
            }
            check_requirements("project.dependencies", &project.dependencies)?;
            for (extra, requirements) in &project.optional_dependencies {
                let key = format!("project.optional-dependencies.{extra}");
                check_requirements(&key, requirements)?;
            }
        }
        let rye = self.rye();
        check_requirements("tool.rye.dev-dependencies", &rye.dev_dependencies)?;
        check_requirements("tool.rye.excluded-dependencies", &rye.excluded_dependencies)?;
        check_requirements("tool.rye.constraints", &rye.constraints)?;
        check_requirements("tool.rye.overrides", &rye.overrides)?;
        for name in self.dependency_groups.keys() {
            check_requirements(&format!("dependency-groups.{name}"), &self.group(name)?)?;
        }
        Ok(())
    }
}

/// Parses specifiers; a comma after the last one is common, and ignored by others too.
fn parse_requires_python(text: &str) -> Result<VersionSpecifiers, VersionSpecifiersParseError> {
    text.trim().trim_end_matches(',').parse()
}

/// Fails for what is no specifier; none is one that admits everything.
pub(super) fn check_requires_python(key: &str, text: Option<&str>) -> Result<(), Error> {
    let text = text.unwrap_or_default();
    let parsed = parse_requires_python(text);
    parsed.map(drop).map_err(|error| unreadable(key, text, packaging::reason(&error)))
}

pub(super) fn check_requirements(key: &str, requirements: &[String]) -> Result<(), Error> {
    for text in requirements {
        packaging::requirement(text).map_err(|error| unreadable(key, text, error.message))?;
    }
    Ok(())
}

pub(super) fn unreadable(key: &str, text: &str, reason: impl std::fmt::Display) -> Error {
    Error::Text { key: key.to_owned(), text: text.to_owned(), reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(text: &str) -> Manifest {
        toml_edit::de::from_str(text).unwrap()
    }

    #[test]
    fn groups_include_groups() {
        let manifest = manifest(
            r#"
            [dependency-groups]
            test = ["pytest"]
            Lint_Tools = ["ruff"]
            all = [{ include-group = "test" }, "tox", { include-group = "lint-tools" }]
            "#,
        );
        assert_eq!(manifest.group("all").unwrap(), ["pytest", "tox", "ruff"]);
        assert!(manifest.group_includes("all", "lint-tools"));
        assert!(!manifest.group_includes("test", "all"));
        manifest.check().unwrap();
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            assert_eq!(manifest(text).check().unwrap_err().to_string(), expected);
        }
        check(
            "[dependency-groups]\na = [{ include-group = \"b\" }]\nb = [{ include-group = \"a\" }]",
            "`dependency-groups` includes itself: a → b → a",
        );
        check(
            "[dependency-groups]\na = [{ include-group = \"c\" }]",
            "`dependency-groups.a` includes `c`, which does not exist",
        );
        check(
            "[project]\nrequires-python = \"3.9\"",
            "`project.requires-python` holds `3.9`: Unexpected end of version specifier, expected \
             operator",
        );
        check(
            "[project]\nname = \"x y\"",
            "`project.name` holds `x y`: Not a valid package or extra name: \"x y\". Names must \
             start and end with a letter or digit and may only contain -, _, ., and alphanumeric \
             characters.",
        );
    }
}
