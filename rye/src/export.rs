//! Lockfiles in the form that other installers read: hash-pinned requirements, and `pylock.toml` (PEP 751).
//!
//! What is written has what the projects need, and not the projects themselves: a directory has no hash, and
//! an installer that checks hashes takes nothing without one.

use std::fmt;
use std::path::Path;

use crate::error::Hint;
use crate::fs;
use crate::lock::{self, Entry, Kind, Lockfile, Relocked, Request};
use crate::selection::{self, Selection};
use crate::sync::{self, Workbench};
use crate::uv::{self, Access, Pins};

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("cannot export `{name}`")]
    Engine { name: String, source: uv::Error },
    #[error("the hashes of the engine cannot be understood")]
    Hashes(#[source] lock::FileError),
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
            Self::Engine { .. } | Self::Hashes(_) => None, // the cause has one
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
    /// Fail if the lockfiles are not what the manifests ask for
    pub(crate) is_locked: bool,
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
    let _guard = bench.guard()?;
    let kind = Kind::of(selection);
    let locked = if options.is_locked {
        bench.check(*access)?;
        Relocked::default()
    } else {
        bench.update(*access)?
    };
    let mut lockfile = bench.lockfile(kind)?;
    if !request.is_default() && !lockfile.options.all_features {
        // those of the lockfile too: somebody wanted them there
        let mut request = request.clone();
        request.features.extend(lockfile.options.features.iter().cloned());
        lockfile = bench.resolve(&request, *access)?.get(kind).clone();
    }
    let mut lockfile = lock::select(&bench.workspace, lockfile, selection);
    lockfile.entries.retain(|entry| !entry.is_excluded && !entry.requirement.starts_with("-e "));
    let exported = |text, without_hashes| Exported { text, locked, without_hashes };
    let without_hashes = lockfile.entries.iter().filter(|entry| !has_file(entry));
    let without_hashes: Vec<_> = without_hashes.map(|entry| entry.requirement.clone()).collect();
    match options.format {
        Format::Pylock => {
            let text = ask(bench, &lockfile, options)?;
            Ok(exported(text, without_hashes))
        }
        Format::Requirements if options.has_hashes => {
            if lockfile.entries.iter().any(|entry| has_file(entry) && entry.hashes.is_empty()) {
                let text = ask(bench, &lockfile, options)?;
                let known: Lockfile = text.parse().map_err(Error::Hashes)?;
                fill(&mut lockfile, &known)?;
            }
            Ok(exported(Requirements(&lockfile).to_string(), without_hashes))
        }
        Format::Requirements => {
            lockfile.entries.iter_mut().for_each(|entry| entry.hashes.clear());
            Ok(exported(Requirements(&lockfile).to_string(), Vec::new()))
        }
    }
}

/// Asks the engine for what a lockfile does not say of its files.
fn ask(bench: &Workbench<'_>, lockfile: &Lockfile, options: &Options<'_>) -> Result<String, Error> {
    let interpreter = bench.interpreter(options.access)?;
    let directory = fs::temporary_directory().map_err(sync::Error::from)?;
    let pins = Pins {
        directory: directory.path(),
        base: options.base,
        root: bench.workspace.directory(),
        requirements: &lockfile.pins(),
        interpreter: &interpreter.path,
        scope: lock::scope(&bench.workspace, &lockfile.options),
    };
    let uv = bench.uv(options.access)?;
    let text = match options.format {
        Format::Requirements => uv.hashes(&pins),
        Format::Pylock => uv.pylock(&pins),
    };
    let name = bench.workspace.root().display_name();
    text.map_err(|source| Error::Engine { name, source })
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
    for entry in lockfile.entries.iter_mut().filter(|entry| has_file(entry)) {
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
