//! A project: its `pyproject.toml` (PEP 621), or the metadata of a script (PEP 723), typed to read and lossless
//! to edit.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::env::Env;
use crate::error::Hint;
use crate::fs;
use crate::ui::Ui;

mod cutoff;
pub(crate) mod edit;
mod manifest;
pub(crate) mod schema;
mod script_file;
pub(crate) mod version;

pub(crate) use cutoff::Cutoff;
pub(crate) use manifest::{
    GroupEntry, Manifest, Outline, ProjectTable, RyeTable, Strategy, WorkspaceTable,
};
pub(crate) use script_file::ScriptFile;
pub(crate) use version::Stated;

use script_file::BlockError;

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
    #[error("`{}` cannot be understood", path.display())]
    Block { path: PathBuf, source: BlockError },
    #[error("`{}` was changed by somebody else in the meantime", .0.display())]
    Changed(PathBuf),
    #[error("`{}` cannot be edited", path.display())]
    Edit { path: PathBuf, source: edit::Error },
    #[error(transparent)]
    Version(#[from] version::Error),
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
            Self::Block { source, .. } => source.hint(),
            Self::Edit { source, .. } => source.hint(),
            Self::Version(error) => error.hint(),
            Self::Fs(error) => error.hint(),
        }
    }
}

/// A manifest on disk, read once and not understood yet.
#[derive(Debug)]
pub(crate) struct ManifestFile {
    path: PathBuf,
    text: String,
}

impl ManifestFile {
    pub(crate) fn read(path: PathBuf) -> Result<Self, Error> {
        let text = fs::read_text(&path)?;
        Ok(Self { path, text })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the directory that the manifest is in.
    pub(crate) fn root(&self) -> &Path {
        self.path.parent().expect("a file is in a directory")
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

/// A project on disk, whose manifest is understood.
#[derive(Debug)]
pub(crate) struct Project {
    file: Arc<ManifestFile>,
    /// The text on disk that an edit started from
    base: Option<String>,
    manifest: Manifest,
    /// Keys of `tool.rye` that mean nothing
    unknown_keys: Vec<String>,
}

impl Project {
    /// Loads `file`, else the nearest `pyproject.toml` in the working directory or above it.
    pub(crate) fn load(env: &Env, file: Option<&Path>) -> Result<Self, Error> {
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
        Self::open(path)
    }

    /// Opens the project of the manifest at an absolute path.
    pub(crate) fn open(path: PathBuf) -> Result<Self, Error> {
        Self::parse(Arc::new(ManifestFile::read(path)?))
    }

    /// Reads what a manifest says.
    pub(crate) fn parse(file: Arc<ManifestFile>) -> Result<Self, Error> {
        let ManifestFile { path, text } = &*file;
        let failed = |source| Error::Value { path: path.clone(), source };
        let deserializer =
            toml_edit::de::Deserializer::parse(without_mark(text)).map_err(failed)?;
        let mut unknown_keys = Vec::new();
        let manifest: Manifest = serde_ignored::deserialize(deserializer, |key| {
            // serde_ignored marks what may be absent
            let key = key.to_string().replace(".?", "");
            if key.starts_with("tool.rye.") {
                unknown_keys.push(key);
            }
        })
        .map_err(failed)?;
        manifest.check().map_err(|source| Error::Manifest { path: path.clone(), source })?;
        Ok(Self { file, base: None, manifest, unknown_keys })
    }

    pub(crate) fn warn_of_unknown_keys(&self, ui: &Ui) {
        for key in &self.unknown_keys {
            ui.warn(format_args!("unknown key `{key}` in `{}`", self.path().display()));
        }
    }

    /// Returns the path of the manifest.
    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }

    /// Returns the directory that the manifest is in.
    pub(crate) fn root(&self) -> &Path {
        self.file.root()
    }

    /// Returns the manifest as it was read.
    pub(crate) fn file(&self) -> &Arc<ManifestFile> {
        &self.file
    }

    pub(crate) fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Tells whether other projects are members of a workspace that this one is the root of.
    pub(crate) fn is_workspace(&self) -> bool {
        self.manifest.rye().workspace.is_some()
    }

    /// Tells whether nothing of the project itself can be installed, only what it needs.
    pub(crate) fn is_virtual(&self) -> bool {
        let manifest = &self.manifest;
        let has_setup =
            || ["setup.py", "setup.cfg"].iter().any(|name| self.root().join(name).is_file());
        manifest.rye().r#virtual
            || (manifest.project.is_none() && manifest.build_system.is_none() && !has_setup())
    }

    /// Returns the name for a reader: the project's, else that of its directory.
    pub(crate) fn display_name(&self) -> String {
        self.manifest.project.as_ref().and_then(|project| project.name.clone()).unwrap_or_else(
            || self.root().file_name().unwrap_or_default().to_string_lossy().into_owned(),
        )
    }

    /// Returns the project with its manifest edited, which is not written before [`Self::save`].
    pub(crate) fn edited<T>(
        &self,
        edit: impl FnOnce(&mut edit::Document) -> Result<T, edit::Error>,
    ) -> Result<(Self, T), Error> {
        let ManifestFile { path, text } = &*self.file;
        let syntax = |source| Error::Syntax { path: path.clone(), source };
        let mut document = edit::Document::parse(text).map_err(syntax)?;
        let result =
            edit(&mut document).map_err(|source| Error::Edit { path: path.clone(), source })?;
        let file = ManifestFile { path: path.clone(), text: document.to_text() };
        let mut edited = Self::parse(Arc::new(file))?;
        edited.base = Some(self.base.as_ref().unwrap_or(text).clone());
        Ok((edited, result))
    }

    /// Tells whether there is an edit to write.
    pub(crate) fn is_edited(&self) -> bool {
        self.base.as_ref().is_some_and(|base| *base != self.file.text)
    }

    /// Writes the edited manifest, unless an editor was there in the meantime.
    pub(crate) fn save(&self) -> Result<(), Error> {
        self.check_unchanged()?;
        Ok(fs::write(self.path(), self.file.text())?)
    }

    /// Fails if the manifest is not the one that the edit started from.
    pub(crate) fn check_unchanged(&self) -> Result<(), Error> {
        match &self.base {
            Some(base) if fs::read_text(self.path())? != *base => {
                Err(Error::Changed(self.path().to_owned()))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Puts back the manifest that the edit started from, unless somebody else wrote it since the edit was.
    pub(crate) fn restore(&self) -> Result<(), Error> {
        match &self.base {
            Some(base) if fs::read_text(self.path())? == self.file.text => {
                Ok(fs::write(self.path(), base)?)
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// Reads of the text of a manifest only where its project belongs.
pub(crate) fn outline(path: &Path, text: &str) -> Result<Outline, Error> {
    Outline::parse(without_mark(text))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_else_wrote_is_not_taken_back() {
        let directory = fs::temporary_directory().unwrap();
        let path = directory.path().join(MANIFEST);
        let read = || fs::read_text(&path).unwrap();
        fs::write(&path, "[project]\nname = \"demo\"\nversion = \"1\"\n").unwrap();
        let before = read();
        let project = Project::open(path.clone()).unwrap();
        let (edited, ()) = project.edited(|document| document.set_version("2")).unwrap();
        edited.save().unwrap();
        edited.restore().unwrap();
        assert_eq!(read(), before);
        edited.save().unwrap();
        let after = read() + "# a note\n";
        fs::write(&path, &after).unwrap();
        edited.restore().unwrap();
        assert_eq!(read(), after);
    }
}
