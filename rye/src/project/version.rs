//! The version of a project, as far as its files state it.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::error::Hint;
use crate::fs;
use crate::packaging::{Bump, BumpError, Version, bump};

use super::manifest;
use super::{Error as ProjectError, Project};

/// Why a version cannot be changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the version of `{name}` is dynamic: its build makes it up")]
    Dynamic { name: String, file: Option<PathBuf> },
    #[error("`{name}` has no version")]
    Missing { name: String },
    #[error("the version of `{name}` cannot be raised")]
    Bump { name: String, source: BumpError },
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Dynamic { file: Some(file), .. } => {
                Some(format!("edit `{}`, which it comes from", file.display()))
            }
            Self::Dynamic { file: None, .. } => Some(
                "change what its build backend reads it from, such as a tag of the repository"
                    .to_owned(),
            ),
            Self::Missing { .. } => Some(
                "set one with `rye version 0.1.0`, or name a member that has one with `--package`"
                    .to_owned(),
            ),
            Self::Bump { source: BumpError::Stable(_), .. } => {
                Some("raise it with `--bump patch`, `minor` or `major`".to_owned())
            }
            Self::Bump { source: BumpError::TooLarge(_), .. } => None,
        }
    }
}

/// What becomes of a version.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change<'a> {
    Set(&'a Version),
    Bump(&'a [Bump]),
}

/// A project with another version, which is not written before [`Project::save`].
#[derive(Debug)]
pub(crate) struct Changed {
    pub(crate) project: Project,
    /// None where there was none, or none that could be read
    pub(crate) before: Option<Version>,
    pub(crate) after: Version,
}

/// Where the version of a project comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stated {
    /// `project.version`
    Static(Version),
    /// A build makes it up.
    Dynamic(Dynamic),
    Missing,
}

/// A version that a build makes up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dynamic {
    /// The file that it is read from, where the manifest names it
    pub(crate) file: Option<PathBuf>,
    /// What the build will say, where that is certain without one
    pub(crate) version: Option<Version>,
}

impl Project {
    /// Returns what the files of the project say about its version; nothing is built.
    pub(crate) fn stated_version(&self) -> Result<Stated, ProjectError> {
        let manifest = self.manifest();
        let failed = |source| ProjectError::Manifest { path: self.path().to_owned(), source };
        let text = manifest.project.as_ref().and_then(|project| project.version.as_deref());
        if manifest.is_dynamic("version") {
            return match text {
                Some(_) => Err(failed(manifest::Error::TwoVersions)),
                None => Ok(Stated::Dynamic(self.dynamic_version())),
            };
        }
        if let Some(text) = text {
            let version = text.parse::<Version>();
            let version = version.expect("it was checked when the manifest was read");
            return Ok(Stated::Static(version));
        }
        if manifest.project.is_none() && !self.is_virtual() {
            let files = ["setup.cfg", "setup.py"].map(|name| self.root().join(name));
            let has_version =
                |path: &PathBuf| fs::read_text(path).is_ok_and(|text| text.contains("version"));
            let file = files.into_iter().find(has_version);
            return Ok(Stated::Dynamic(Dynamic { file, version: None }));
        }
        Ok(Stated::Missing)
    }

    /// Returns the project with another version; one that a build makes up cannot be changed here.
    pub(crate) fn with_version(&self, change: Change<'_>) -> Result<Changed, ProjectError> {
        let name = self.display_name();
        let stated = match (self.stated_version(), change) {
            // what cannot be read is what may be set
            (Err(_), Change::Set(_)) if !self.manifest().is_dynamic("version") => Stated::Missing,
            (stated, _) => stated?,
        };
        let before = match stated {
            Stated::Static(version) => Some(version),
            Stated::Dynamic(Dynamic { file, .. }) => {
                return Err(Error::Dynamic { name, file }.into());
            }
            Stated::Missing => None,
        };
        let after = match (change, &before) {
            (Change::Set(version), _) => version.clone(),
            (Change::Bump(steps), Some(before)) => {
                bump(before, steps).map_err(|source| Error::Bump { name, source })?
            }
            (Change::Bump(_), None) => return Err(Error::Missing { name }.into()),
        };
        let (project, ()) = self.edited(|document| document.set_version(&after.to_string()))?;
        Ok(Changed { project, before, after })
    }

    fn dynamic_version(&self) -> Dynamic {
        let tool = &self.manifest().tool;
        let root = self.root();
        match self.manifest().build_backend() {
            Some("hatchling.build") => {
                tool.hatch.as_ref().map(|table| of_hatch(root, table)).unwrap_or_default()
            }
            Some("flit_core.buildapi") => {
                let named = tool.flit.as_ref().and_then(|table| text(table, &["module", "name"]));
                let name = self.manifest().name();
                let name = name.map(|name| name.as_dist_info_name().into_owned());
                let module = named.map(str::to_owned).or(name);
                let file = module.and_then(|module| file_of_module(root, &module));
                Dynamic { file, version: None }
            }
            Some("pdm.backend") => {
                let path = tool.pdm.as_ref().and_then(|table| text(table, &["version", "path"]));
                Dynamic { file: path.map(|path| root.join(path)), version: None }
            }
            // without a backend it is setuptools, too
            None | Some("setuptools.build_meta") => {
                let table = tool.setuptools.as_ref();
                let setting = table.and_then(|table| value(table, &["dynamic", "version"]));
                setting.map(|setting| of_setuptools(root, setting)).unwrap_or_default()
            }
            Some(_) => Dynamic::default(),
        }
    }
}

/// Reads what hatchling does: a line of the file at `path` that assigns a text to `__version__` or `VERSION`.
fn of_hatch(root: &Path, table: &Value) -> Dynamic {
    let setting = |name| text(table, &["version", name]);
    let Some(path) = setting("path").map(|path| root.join(path)) else {
        return Dynamic::default();
    };
    let is_plain = setting("source").is_none_or(|source| source == "regex")
        && setting("pattern").is_none()
        && value(table, &["metadata", "hooks"]).is_none()
        // it has the last word
        && !fs::exists(&root.join("hatch.toml"));
    let version = fs::read_text(&path).ok().filter(|_| is_plain);
    let version = version.and_then(|text| text.lines().find_map(assigned)?.parse().ok());
    Dynamic { file: Some(path), version }
}

/// Returns the text that a line assigns to `__version__` or `VERSION`, as hatchling's pattern has it.
fn assigned(line: &str) -> Option<&str> {
    let after = |name: &str| {
        let head = line.get(..name.len())?;
        head.eq_ignore_ascii_case(name).then(|| &line[name.len()..])
    };
    let rest = after("__version__").or_else(|| after("version"))?;
    let annotated = rest.strip_prefix(' ').unwrap_or(rest).strip_prefix(':');
    let annotated = annotated.map(|rest| rest.strip_prefix(' ').unwrap_or(rest));
    let rest = annotated.and_then(|rest| rest.strip_prefix("str")).unwrap_or(rest);
    let rest = rest.trim_start_matches(' ').strip_prefix('=')?.trim_start_matches(' ');
    let quote = rest.chars().next().filter(|quote| ['"', '\''].contains(quote))?;
    let (text, _) = rest[1..].split_once(quote)?;
    Some(text.strip_prefix(['v', 'V']).unwrap_or(text))
}

/// Reads what setuptools does of a `file`; an `attr` is the attribute of a module, which may compute it.
fn of_setuptools(root: &Path, setting: &Value) -> Dynamic {
    if let Some(attribute) = text(setting, &["attr"]) {
        let module = attribute.rsplit_once('.').map_or(attribute, |(module, _)| module);
        return Dynamic { file: file_of_module(root, module), version: None };
    }
    let file = match value(setting, &["file"]) {
        Some(Value::String(file)) => Some(file),
        Some(Value::Array(files)) if files.len() == 1 => match &files[0] {
            Value::String(file) => Some(file),
            _ => None,
        },
        Some(_) | None => None,
    };
    let Some(path) = file.map(|file| root.join(file)) else { return Dynamic::default() };
    let has_setup = fs::exists(&root.join("setup.py"));
    let text = fs::read_text(&path).ok().filter(|_| !has_setup);
    let version = text.and_then(|text| text.trim().parse().ok());
    Dynamic { file: Some(path), version }
}

/// Finds the file of a module, beside the manifest or in `src`.
fn file_of_module(root: &Path, module: &str) -> Option<PathBuf> {
    let module = module.replace('.', "/");
    let bases = [root.to_owned(), root.join("src")];
    let mut files = bases.iter().flat_map(|base| {
        [base.join(&module).join("__init__.py"), base.join(format!("{module}.py"))]
    });
    files.find(|path| path.is_file())
}

fn value<'a>(table: &'a Value, keys: &[&str]) -> Option<&'a Value> {
    keys.iter().try_fold(table, |table, key| table.get(key))
}

fn text<'a>(table: &'a Value, keys: &[&str]) -> Option<&'a str> {
    value(table, keys)?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_hatchling_would_read_is_read() {
        #[track_caller]
        fn check(line: &str, expected: Option<&str>) {
            assert_eq!(assigned(line), expected, "{line}");
        }
        check("__version__ = \"1.2.3\"", Some("1.2.3"));
        check("__version__='v1.2.3'  # why", Some("1.2.3"));
        check("VERSION: str = \"1\"", Some("1"));
        check("__version__ : str=\"1\"", Some("1"));
        check("version = \"1\"", Some("1"));
        check("    __version__ = \"1\"", None);
        check("__version__ = '1\"", None);
        check("__version__ = make(\"1\")", None);
        check("__version__: Final = \"1\"", None);
        check("__version_info__ = \"1\"", None);
        check("verzion = \"1\"", None);
        check("é", None);
    }
}
