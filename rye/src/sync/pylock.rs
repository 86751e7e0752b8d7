//! What a `pylock.toml` (PEP 751) says, as far as it is told before the engine reads it.

use std::path::Path;

use serde::Deserialize;

use crate::fs;
use crate::sync::Error;
use crate::uv::{Action, Change};

#[derive(Deserialize)]
#[serde(expecting = "a table")]
struct File {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
#[serde(expecting = "a table")]
struct Package {
    name: String,
    #[serde(default)]
    version: String,
}

/// Returns what an empty environment would be given, whatever the platform.
pub(super) fn installations(path: &Path) -> Result<Vec<Change>, Error> {
    let text = fs::read_text(path)?;
    let file: File = toml_edit::de::from_str(&text)
        .map_err(|source| Error::Pylock { path: path.to_owned(), source })?;
    let packages = file.packages.into_iter();
    let installed = |Package { name, version }| Change { name, version, action: Action::Installed };
    Ok(packages.map(installed).collect())
}
