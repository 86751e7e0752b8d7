//! What a `pylock.toml` (PEP 751) says, as far as it has to be known before the engine reads it.

use serde::Deserialize;

use crate::error::closest;
use crate::fs;
use crate::packaging::ExtraName;
use crate::sync::Error;
use crate::uv::{Action, Change, Pylock};

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", expecting = "a table")]
struct File {
    packages: Vec<Package>,
    #[serde(default)]
    extras: Vec<ExtraName>,
    #[serde(default)]
    dependency_groups: Vec<ExtraName>,
}

#[derive(Deserialize)]
#[serde(expecting = "a table")]
struct Package {
    name: String,
    #[serde(default)]
    version: String,
}

fn load(pylock: &Pylock) -> Result<File, Error> {
    let path = pylock.path.clone();
    toml_edit::de::from_str(&fs::read_text(&path)?).map_err(|source| Error::Pylock { path, source })
}

/// Fails for a file that cannot be read, and for groups and extras that it does not have: an installer would
/// leave them out without a word.
pub(super) fn check(pylock: &Pylock) -> Result<(), Error> {
    let file = load(pylock)?;
    let wanted = [
        ("group", &pylock.groups, &file.dependency_groups),
        ("extra", &pylock.extras, &file.extras),
    ];
    for (kind, names, known) in wanted {
        if let Some(name) = names.iter().find(|name| !known.contains(name)) {
            let known = known.iter().map(AsRef::as_ref);
            let closest = closest(name.as_ref(), known).map(str::to_owned);
            let (path, name) = (pylock.path.clone(), name.clone());
            return Err(Error::NotInPylock { path, kind, name, closest });
        }
    }
    Ok(())
}

/// Returns what an empty environment would be given, whatever the platform.
pub(super) fn installations(pylock: &Pylock) -> Result<Vec<Change>, Error> {
    let packages = load(pylock)?.packages.into_iter();
    let installed = |Package { name, version }| Change { name, version, action: Action::Installed };
    Ok(packages.map(installed).collect())
}
