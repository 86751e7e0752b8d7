//! Scripts that stand alone: Python files that say in a comment what they need (PEP 723).
//!
//! What the comment says is read as the manifest of a project that has nothing of its own to install.

use std::path::{Path, PathBuf};
use std::str::Utf8Error;
use std::sync::Arc;

use serde::Deserialize;

use crate::error::Hint;
use crate::fs;
use crate::index::Source;
use crate::project::edit::{self, Document};
use crate::project::manifest::{self, Manifest, Tool, check_requirements, check_requires_python};
use crate::project::{Cutoff, Error, ManifestFile, Project, ProjectTable, RyeTable, Strategy};
use crate::ui::Ui;

mod block;

use block::{Block, Found};

/// A block of metadata (PEP 723) that cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BlockError {
    #[error("lines {first} and {second} both begin a block of metadata")]
    Several { first: usize, second: usize },
    #[error("the block of metadata that begins in line {line} has no end")]
    Unclosed { line: usize },
    #[error("its block of metadata is not UTF-8")]
    Encoding(#[source] Utf8Error),
}

impl Hint for BlockError {
    fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Several { .. } => "make one of them",
            Self::Unclosed { .. } => {
                "close it with the line `# ///`; each line in between begins with `# `"
            }
            Self::Encoding(_) => "save the file as UTF-8",
        };
        Some(text.to_owned())
    }
}

/// The block of metadata, as TOML.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case", expecting = "a table")]
struct Metadata {
    requires_python: Option<String>,
    dependencies: Vec<String>,
    tool: Tools,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "a table")]
struct Tools {
    rye: Settings,
}

/// `[tool.rye]` of a script.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case", expecting = "a table")]
struct Settings {
    /// A script goes from machine to machine, and so does its lockfile
    universal: Option<bool>,
    generate_hashes: bool,
    lock_with_sources: bool,
    sources: Vec<Source>,
    constraints: Vec<String>,
    overrides: Vec<String>,
    exclude_newer: Option<Cutoff>,
    resolution: Strategy,
}

impl Metadata {
    fn check(&self) -> Result<(), manifest::Error> {
        check_requires_python("requires-python", self.requires_python.as_deref())?;
        check_requirements("dependencies", &self.dependencies)?;
        check_requirements("tool.rye.constraints", &self.tool.rye.constraints)?;
        check_requirements("tool.rye.overrides", &self.tool.rye.overrides)
    }

    /// Returns the manifest that says the same of a project.
    fn into_manifest(self) -> Manifest {
        let Self { requires_python, dependencies, tool: Tools { rye: settings } } = self;
        let rye = RyeTable {
            r#virtual: true,
            universal: settings.universal.unwrap_or(true),
            generate_hashes: settings.generate_hashes,
            lock_with_sources: settings.lock_with_sources,
            sources: settings.sources,
            constraints: settings.constraints,
            overrides: settings.overrides,
            exclude_newer: settings.exclude_newer,
            resolution: settings.resolution,
            ..RyeTable::default()
        };
        Manifest {
            project: Some(ProjectTable {
                requires_python,
                dependencies,
                ..ProjectTable::default()
            }),
            tool: Tool { rye: Some(rye), ..Tool::default() },
            ..Manifest::default()
        }
    }
}

/// A Python file that may have a block of metadata.
#[derive(Clone, Debug)]
pub(crate) struct ScriptFile {
    bytes: Vec<u8>,
    /// The bytes on disk that an edit started from
    base: Option<Vec<u8>>,
    block: Option<Block>,
    /// The line where a block begins that has no end
    unclosed: Option<usize>,
    project: Arc<Project>,
}

impl ScriptFile {
    /// Reads the file at an absolute path.
    pub(crate) fn load(path: &Path) -> Result<Self, Error> {
        // a link to a script is another name for it, as for Python: what is beside the file counts
        let path = fs::canonical(path)?;
        let bytes = fs::read(&path)?;
        Self::parse(path, bytes)
    }

    /// Reads what is, or could be, the content of the file at an absolute path.
    pub(crate) fn parse(path: PathBuf, bytes: Vec<u8>) -> Result<Self, Error> {
        let failed = |source| Error::Block { path: path.clone(), source };
        let (block, unclosed) = match block::find(&bytes) {
            Found::Nothing => (None, None),
            Found::One(block) => (Some(block), None),
            Found::Unclosed { line } => (None, Some(line)),
            Found::Several { first, second } => {
                return Err(failed(BlockError::Several { first, second }));
            }
        };
        let text = match &block {
            Some(block) => {
                block::text(&bytes, block).map_err(|error| failed(BlockError::Encoding(error)))?
            }
            None => String::new(),
        };
        let first_line = block.as_ref().map_or(0, |block| block.line);
        let project = Arc::new(parse_metadata(path, text, first_line)?);
        Ok(Self { bytes, base: None, block, unclosed, project })
    }

    pub(crate) fn path(&self) -> &Path {
        self.project.path()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the name of the file, for a reader.
    pub(crate) fn name(&self) -> String {
        self.path().file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    pub(crate) fn has_metadata(&self) -> bool {
        self.block.is_some()
    }

    /// Returns what the metadata say, as a project that has nothing of its own.
    pub(crate) fn project(&self) -> &Arc<Project> {
        &self.project
    }

    /// Warns of what counts for nothing.
    pub(crate) fn warn(&self, ui: &Ui) {
        if let Some(line) = self.unclosed {
            ui.warn(format_args!(
                "the block of metadata in `{}`, line {line}, has no end, and counts for nothing",
                self.path().display()
            ));
        }
        self.project.warn_of_unknown_keys(ui);
    }

    /// Returns the file with its metadata edited, which is not written before [`Self::save`]. One without metadata
    /// gets some.
    pub(crate) fn edited<T>(
        &self,
        edit: impl FnOnce(&mut Document) -> Result<T, edit::Error>,
    ) -> Result<(Self, T), Error> {
        self.refuse_unclosed()?;
        let path = self.path().to_owned();
        let text = self.project.file().text();
        let mut document =
            Document::parse(text).map_err(|source| Error::Syntax { path: path.clone(), source })?;
        let result =
            edit(&mut document).map_err(|source| Error::Edit { path: path.clone(), source })?;
        let after = document.to_text();
        let bytes = match &self.block {
            Some(block) => block::replaced(&self.bytes, block, text, &after),
            None => block::inserted(&self.bytes, &after),
        };
        let mut edited = Self::parse(path, bytes)?;
        edited.base = Some(self.base.as_ref().unwrap_or(&self.bytes).clone());
        Ok((edited, result))
    }

    /// Returns the file, which has none, with metadata; nothing is written.
    pub(crate) fn with_metadata(&self, text: &str) -> Result<Self, Error> {
        self.refuse_unclosed()?;
        let script = Self::parse(self.path().to_owned(), block::inserted(&self.bytes, text))?;
        Ok(Self { base: Some(self.bytes.clone()), ..script })
    }

    /// Fails for a file with half a block: what would be added beside it is not what was meant.
    fn refuse_unclosed(&self) -> Result<(), Error> {
        let Some(line) = self.unclosed else { return Ok(()) };
        let path = self.path().to_owned();
        Err(Error::Block { path, source: BlockError::Unclosed { line } })
    }

    /// Writes the edited file, unless an editor was there in the meantime.
    pub(crate) fn save(&self) -> Result<(), Error> {
        let path = self.path();
        if let Some(base) = &self.base
            && fs::read(path)? != *base
        {
            return Err(Error::Changed(path.to_owned()));
        }
        Ok(fs::write(path, &self.bytes)?)
    }

    /// Puts back the file that the edit started from.
    pub(crate) fn restore(&self) -> Result<(), Error> {
        match &self.base {
            Some(base) => Ok(fs::write(self.path(), base)?),
            None => Ok(()),
        }
    }
}

/// Reads a block's text; its first line follows the line `first_line` of the file.
fn parse_metadata(path: PathBuf, text: String, first_line: usize) -> Result<Project, Error> {
    let mut unknown_keys = Vec::new();
    let mut read = |text: &str| -> Result<Metadata, toml_edit::de::Error> {
        let deserializer = toml_edit::de::Deserializer::parse(text)?;
        serde_ignored::deserialize(deserializer, |key| {
            // serde_ignored marks what may be absent
            let key = key.to_string().replace(".?", "");
            // other tools have tables of their own
            if !key.starts_with("tool.") || key.starts_with("tool.rye.") {
                unknown_keys.push(key);
            }
        })
    };
    let metadata = match read(&text) {
        Ok(metadata) => metadata,
        Err(error) => {
            // the line that is told is to be that of the file
            let source = read(&("\n".repeat(first_line) + &text)).err().unwrap_or(error);
            return Err(Error::Value { path, source });
        }
    };
    metadata.check().map_err(|source| Error::Manifest { path: path.clone(), source })?;
    let manifest = metadata.into_manifest();
    let file = Arc::new(ManifestFile { path, text });
    Ok(Project { file, base: None, manifest, unknown_keys })
}
