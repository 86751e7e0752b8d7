//! A project: its `pyproject.toml` (PEP 621), typed to read and lossless to edit.

use std::path::{Path, PathBuf};

use crate::env::Env;
use crate::error::Hint;
use crate::fs;
use crate::sys;
use crate::ui::Ui;

pub(crate) mod edit;
mod manifest;

pub(crate) use manifest::{GroupEntry, Manifest, ProjectTable, RyeTable};

/// The file that makes a directory a project.
pub(crate) const MANIFEST: &str = "pyproject.toml";

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("there is no `pyproject.toml` in `{}` or above it", .0.display())]
    NotFound(PathBuf),
    #[error("`{}` is a directory", .0.display())]
    Directory(PathBuf),
    #[error("`{}` is not TOML", path.display())]
    Syntax { path: PathBuf, source: toml_edit::TomlError },
    #[error("`{}` cannot be understood", path.display())]
    Value { path: PathBuf, source: toml_edit::de::Error },
    #[error("`{}` cannot be understood", path.display())]
    Manifest { path: PathBuf, source: manifest::Error },
    #[error("`{}` was changed by somebody else in the meantime", .0.display())]
    Changed(PathBuf),
    #[error("`{}` cannot be edited", path.display())]
    Edit { path: PathBuf, source: edit::Error },
    #[error(transparent)]
    Fs(#[from] fs::Error),
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NotFound(_) => Some("start a project with `rye init`".to_owned()),
            Self::Directory(path) => {
                Some(format!("name the file: `--pyproject {}`", path.join(MANIFEST).display()))
            }
            Self::Syntax { .. } | Self::Value { .. } => {
                Some("correct the line in an editor".to_owned())
            }
            Self::Changed(_) => Some("nothing was written; run the command again".to_owned()),
            Self::Manifest { source, .. } => source.hint(),
            Self::Edit { source, .. } => source.hint(),
            Self::Fs(error) => error.hint(),
        }
    }
}

/// A project on disk, read once.
#[derive(Debug)]
pub(crate) struct Project {
    path: PathBuf,
    text: String,
    /// The text on disk that an edit started from
    base: Option<String>,
    manifest: Manifest,
}

impl Project {
    /// Loads `file`, else the nearest `pyproject.toml` in the working directory or above it.
    pub(crate) fn load(env: &Env, ui: &Ui, file: Option<&Path>) -> Result<Self, Error> {
        let path = match file {
            Some(file) => {
                let path = env.working_directory().join(file);
                if path.is_dir() {
                    return Err(Error::Directory(fs::canonical(&path)?));
                }
                // the directory decides what the project is, also where the file is a link
                fs::canonical(&path)?;
                let name = path.file_name().unwrap_or_default();
                fs::canonical(path.parent().unwrap_or(&path))?.join(name)
            }
            None => find(env.working_directory())
                .ok_or_else(|| Error::NotFound(env.working_directory().to_owned()))?,
        };
        let text = fs::read_text(&path)?;
        let shown = path.clone();
        Self::parse(path, text, |key| {
            ui.warn(format_args!("unknown key `{key}` in `{}`", shown.display()));
        })
    }

    /// Takes the lock that keeps other ryes from this project, and reads the project again if one
    /// of them changed it.
    pub(crate) fn guard(&mut self, env: &Env, ui: &Ui) -> Result<fs::Lock, Error> {
        let name = fs::sha256(&sys::path_bytes(self.root()));
        let path = env.locks().join(format!("{}.lock", &name[..32]));
        let lock = fs::lock(&path, || {
            ui.status("waiting", "for another rye that works on this project");
        })?;
        fs::clear_unfinished(self.root())?;
        let text = fs::read_text(&self.path)?;
        if text != self.text {
            *self = Self::parse(self.path.clone(), text, |_| {})?;
        }
        Ok(lock)
    }

    fn parse(
        path: PathBuf,
        text: String,
        mut on_unknown_key: impl FnMut(&str),
    ) -> Result<Self, Error> {
        let failed = |source| Error::Value { path: path.clone(), source };
        let deserializer =
            toml_edit::de::Deserializer::parse(without_mark(&text)).map_err(failed)?;
        let manifest: Manifest = serde_ignored::deserialize(deserializer, |key| {
            // serde_ignored marks what may be absent
            let key = key.to_string().replace(".?", "");
            if key.starts_with("tool.rye.") {
                on_unknown_key(&key);
            }
        })
        .map_err(failed)?;
        manifest.check().map_err(|source| Error::Manifest { path: path.clone(), source })?;
        Ok(Self { path, text, base: None, manifest })
    }

    /// Returns the path of the manifest.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the directory that the manifest is in.
    pub(crate) fn root(&self) -> &Path {
        self.path.parent().expect("a file is in a directory")
    }

    pub(crate) fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Tells whether nothing of the project itself can be installed, only what it needs.
    pub(crate) fn is_virtual(&self) -> bool {
        let manifest = &self.manifest;
        let has_setup =
            || ["setup.py", "setup.cfg"].iter().any(|name| self.root().join(name).is_file());
        manifest.rye().r#virtual
            || (manifest.project.is_none() && manifest.build_system.is_none() && !has_setup())
    }

    /// Returns the text of the manifest.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Returns the name for a reader: the project's, else that of its directory.
    pub(crate) fn display_name(&self) -> String {
        self.manifest.project.as_ref().and_then(|project| project.name.clone()).unwrap_or_else(
            || self.root().file_name().unwrap_or_default().to_string_lossy().into_owned(),
        )
    }

    /// Returns the URL of a directory or a file for a direct reference.
    ///
    /// Inside the project it starts from `${PROJECT_ROOT}`, so that it holds on other machines;
    /// hatchling knows no such variable.
    pub(crate) fn file_reference(&self, path: &Path, absolute: bool) -> String {
        let url =
            |path: &Path| url::Url::from_file_path(path).expect("the path is absolute").to_string();
        let backend = self.manifest.build_system.as_ref();
        let backend = backend.and_then(|system| system.build_backend.as_deref());
        let inside = fs::canonical(self.root())
            .ok()
            .filter(|_| !absolute && backend != Some("hatchling.build"));
        match inside.as_ref().and_then(|root| path.strip_prefix(root).ok().map(|_| url(root))) {
            Some(root) => url(path).replacen(&root, "file:///${PROJECT_ROOT}", 1),
            None => url(path),
        }
    }

    /// Returns every requirement of the manifest as written.
    pub(crate) fn requirement_texts(&self) -> Vec<&str> {
        let manifest = &self.manifest;
        let mut texts: Vec<&str> = Vec::new();
        texts.extend(manifest.dependencies().iter().map(String::as_str));
        if let Some(project) = &manifest.project {
            texts.extend(project.optional_dependencies.values().flatten().map(String::as_str));
        }
        texts.extend(manifest.rye().dev_dependencies.iter().map(String::as_str));
        texts.extend(manifest.dependency_groups.values().flatten().filter_map(
            |entry| match entry {
                GroupEntry::Requirement(text) => Some(text.as_str()),
                GroupEntry::Include { .. } => None,
            },
        ));
        texts
    }

    /// Returns the project with its manifest edited, which is not written before [`Self::save`].
    pub(crate) fn edited<T>(
        &self,
        edit: impl FnOnce(&mut edit::Document) -> Result<T, edit::Error>,
    ) -> Result<(Self, T), Error> {
        let syntax = |source| Error::Syntax { path: self.path.clone(), source };
        let mut document = edit::Document::parse(&self.text).map_err(syntax)?;
        let result = edit(&mut document)
            .map_err(|source| Error::Edit { path: self.path.clone(), source })?;
        let mut edited = Self::parse(self.path.clone(), document.to_text(), |_| {})?;
        edited.base = Some(self.base.as_ref().unwrap_or(&self.text).clone());
        Ok((edited, result))
    }

    /// Writes the edited manifest, unless an editor was there in the meantime.
    pub(crate) fn save(&self) -> Result<(), Error> {
        if let Some(base) = &self.base
            && fs::read_text(&self.path)? != *base
        {
            return Err(Error::Changed(self.path.clone()));
        }
        Ok(fs::write(&self.path, &self.text)?)
    }

    /// Puts back the manifest that the edit started from.
    pub(crate) fn restore(&self) -> Result<(), Error> {
        match &self.base {
            Some(base) => Ok(fs::write(&self.path, base)?),
            None => Ok(()),
        }
    }
}

/// Tells whether a manifest has `tool.rye.managed`, without a look at what else it says.
pub(crate) fn is_managed(path: &Path) -> Result<bool, Error> {
    let text = fs::read_text(path)?;
    manifest::is_managed(without_mark(&text))
        .map_err(|source| Error::Value { path: path.to_owned(), source })
}

/// Returns a text without its byte order mark: that is no part of TOML, yet some editors write one.
fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// Returns the nearest manifest in `directory` or above it.
pub(crate) fn find(directory: &Path) -> Option<PathBuf> {
    directory.ancestors().map(|directory| directory.join(MANIFEST)).find(|path| path.is_file())
}
