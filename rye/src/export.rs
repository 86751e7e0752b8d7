//! Lockfiles in the form that other installers read: hash-pinned requirements, and `pylock.toml` (PEP 751).
//!
//! What is written has what the projects need, and not the projects themselves: a directory has no hash, and
//! an installer that checks hashes takes nothing without one.

use std::fmt;
use std::path::Path;

use toml_edit::{ArrayOfTables, DocumentMut, Item, TableLike};

use crate::error::Hint;
use crate::fs;
use crate::lock::{self, Entry, Kind, Lockfile, Relocked, Request};
use crate::selection::{self, Selection};
use crate::sync::{self, Locking, Workbench};
use crate::uv::{self, Access, Pins};

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("cannot export `{name}`")]
    Engine { name: String, source: uv::Error },
    #[error("the hashes of the engine cannot be understood")]
    Hashes(#[source] lock::FileError),
    #[error("the engine's lockfile cannot be understood")]
    Pylock(#[source] toml_edit::TomlError),
    #[error("the index has none of the files of `{0}` that are locked")]
    OtherFiles(String),
    #[error("the index has no hash of `{0}`")]
    NoHash(String),
    #[error(transparent)]
    Selection(#[from] selection::Error),
    #[error(transparent)]
    Sync(#[from] sync::Error),
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Engine { .. } | Self::Hashes(_) | Self::Pylock(_) => None, // the cause has one
            Self::OtherFiles(_) => Some(
                "find out who changed them; `rye lock --update NAME` locks them as they are now"
                    .to_owned(),
            ),
            Self::NoHash(_) => Some("export without hashes: `--no-hashes`".to_owned()),
            Self::Selection(error) => error.hint(),
            Self::Sync(error) => error.hint(),
        }
    }
}

/// The form of what is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// pip's requirements
    Requirements,
    /// PEP 751
    Pylock,
}

/// Tells whether a file has a name that PEP 751 reserves.
pub(crate) fn is_name_of_pylock(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let Some(stem) = name.strip_suffix(".toml") else { return false };
    stem == "pylock"
        || stem.strip_prefix("pylock.").is_some_and(|name| !name.is_empty() && !name.contains('.'))
}

/// What to export.
#[derive(Debug)]
pub(crate) struct Options<'a> {
    pub(crate) format: Format,
    /// The directory that relative paths start from
    pub(crate) base: &'a Path,
    pub(crate) selection: Selection,
    /// Extras beside those that are locked
    pub(crate) request: Request,
    pub(crate) has_hashes: bool,
    pub(crate) locking: Locking,
    pub(crate) access: Access,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Exported {
    pub(crate) text: String,
    /// What had to be locked first
    pub(crate) locked: Relocked,
    /// Requirements that no installer takes which checks hashes
    pub(crate) without_hashes: Vec<String>,
}

/// Exports what is locked; what is stale is locked first.
pub(crate) fn export(bench: &mut Workbench<'_>, options: &Options<'_>) -> Result<Exported, Error> {
    let Options { selection, request, access, .. } = options;
    selection.check(&bench.workspace)?;
    let kind = Kind::of(selection);
    let mut locked = Relocked::default();
    if !bench.is_current() {
        let _guard = bench.guard()?;
        let locks = bench.lock(options.locking, &Request::default(), *access)?;
        locked = locks.map(|locks| bench.write(&locks)).transpose()?.unwrap_or_default();
    }
    let mut lockfile = bench.lockfile(kind)?;
    if !request.is_default() && !lockfile.options.all_features {
        // those of the lockfile too: somebody wanted them there
        let mut request = request.clone();
        request.features.extend(lockfile.options.features.iter().cloned());
        lockfile = bench.resolve(&request, *access)?.get(kind).clone();
    }
    let mut lockfile = lock::select(&bench.workspace, lockfile, selection);
    lockfile.entries.retain(|entry| !entry.is_excluded && !entry.requirement.starts_with("-e "));
    let mut without_hashes = Vec::new();
    let text = match options.format {
        Format::Pylock => restricted(&ask(bench, &lockfile, options)?, &lockfile)?,
        Format::Requirements if options.has_hashes => {
            let has_no_file = lockfile.entries.iter().filter(|entry| !has_file(entry));
            without_hashes.extend(has_no_file.map(|entry| entry.requirement.clone()));
            if lockfile.entries.iter().any(|entry| has_file(entry) && entry.hashes.is_empty()) {
                let text = ask(bench, &lockfile, options)?;
                fill(&mut lockfile, &text.parse().map_err(Error::Hashes)?)?;
            }
            Requirements(&lockfile).to_string()
        }
        Format::Requirements => {
            lockfile.entries.iter_mut().for_each(|entry| entry.hashes.clear());
            Requirements(&lockfile).to_string()
        }
    };
    Ok(Exported { text, locked, without_hashes })
}

/// Asks the engine for what a lockfile does not say of its files.
fn ask(bench: &Workbench<'_>, lockfile: &Lockfile, options: &Options<'_>) -> Result<String, Error> {
    let interpreter = bench.interpreter(options.access)?;
    let directory = fs::temporary_directory().map_err(sync::Error::from)?;
    let mut with_logins = lockfile.clone();
    lock::login::restore(&bench.workspace, &mut with_logins);
    let pins = Pins {
        directory: directory.path(),
        base: options.base,
        root: bench.workspace.directory(),
        requirements: &with_logins.pins(),
        interpreter: &interpreter.path,
        scope: lock::scope(&bench.workspace, &lockfile.options),
        exclude_newer: lockfile.options.choices.exclude_newer.as_ref(),
    };
    let uv = bench.uv(options.access)?;
    let text = match options.format {
        Format::Requirements => uv.hashes(&pins),
        Format::Pylock => uv.pylock(&pins),
    };
    let name = bench.workspace.root().display_name();
    let text = text.map_err(|source| Error::Engine { name, source })?;
    // pages of pinned distributions have them in their links
    Ok(lock::login::without(&text))
}

/// Returns a `pylock.toml` without the files whose hashes are not the locked ones, where hashes are locked.
fn restricted(text: &str, lockfile: &Lockfile) -> Result<String, Error> {
    let mut document: DocumentMut = text.parse().map_err(Error::Pylock)?;
    let packages = document.get_mut("packages").and_then(Item::as_array_of_tables_mut);
    for package in packages.into_iter().flat_map(ArrayOfTables::iter_mut) {
        let name = package.get("name").and_then(Item::as_str).unwrap_or_default().to_owned();
        let version = package.get("version").and_then(Item::as_str).unwrap_or_default();
        let pin = format!("{name}=={version}");
        let is_it = |entry: &&Entry| entry.requirement.split(" ;").next() == Some(pin.as_str());
        let Some(locked) = lockfile.entries.iter().find(is_it) else { continue };
        if locked.hashes.is_empty() {
            continue;
        }
        let is_locked = |file: &dyn TableLike| {
            let hash = file.get("hashes").and_then(|hashes| hashes.get("sha256")?.as_str());
            hash.is_some_and(|hash| locked.hashes.contains(&format!("sha256:{hash}")))
        };
        if package.get("sdist").and_then(Item::as_table_like).is_some_and(|file| !is_locked(file)) {
            package.remove("sdist");
        }
        if let Some(wheels) = package.get_mut("wheels").and_then(Item::as_array_mut) {
            wheels.retain(|wheel| wheel.as_inline_table().is_some_and(|file| is_locked(file)));
            if wheels.is_empty() {
                package.remove("wheels");
            }
        }
        if !package.contains_key("sdist") && !package.contains_key("wheels") {
            return Err(Error::OtherFiles(pin));
        }
    }
    Ok(document.to_string())
}

/// Tells whether an entry is a file, which has a hash, and not a directory or a repository.
fn has_file(entry: &Entry) -> bool {
    let Some((_, url)) = entry.requirement.split_once(" @ ") else { return true };
    let url = url.split([' ', '#', '?']).next().unwrap_or_default();
    let endings = [".whl", ".gz", ".zip", ".bz2", ".xz", ".tgz"];
    match url.split_once(':') {
        Some(("http" | "https", _)) => true,
        Some(("file", path)) => endings.iter().any(|ending| path.ends_with(ending)),
        _ => false,
    }
}

fn fill(lockfile: &mut Lockfile, known: &Lockfile) -> Result<(), Error> {
    let key = |entry: &Entry| {
        let requirement = entry.requirement.split(" ;").next().unwrap_or_default();
        requirement.to_owned()
    };
    let open = lockfile.entries.iter_mut().filter(|entry| entry.hashes.is_empty());
    for entry in open.filter(|entry| has_file(entry)) {
        let found = known.entries.iter().find(|known| key(known) == key(entry));
        entry.hashes = found.map(|known| known.hashes.clone()).unwrap_or_default();
        if entry.hashes.is_empty() {
            return Err(Error::NoHash(entry.requirement.clone()));
        }
    }
    Ok(())
}

/// A lockfile as a file that is installed from and never locked again.
struct Requirements<'a>(&'a Lockfile);

impl fmt::Display for Requirements<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# made by `rye export`; what it is made from are the lockfiles\n")?;
        self.0.write_body(f)
    }
}
