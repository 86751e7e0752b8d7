//! What the machine has that the tests borrow: the engine, interpreters, and a few programs.
//!
//! Only here does the outer environment count; a test's own world has none of it.

use std::collections::BTreeSet;
use std::env;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, OnceLock};

use serde_json::Value;

use super::wheel::Distribution;

/// The binary under test.
pub(crate) const RYE: &str = env!("CARGO_BIN_EXE_rye");

const PINS: &str = include_str!("../../../data/engines.toml");

/// The oldest `CPython` that the tests run with, as the minor version of Python 3.
const OLDEST: u32 = 9;

/// What scripts and programs may expect of any Unix; console scripts of a relocatable environment need `realpath`.
const PROGRAMS: [&str; 26] = [
    "basename", "cat", "chmod", "cp", "dirname", "echo", "env", "false", "git", "grep", "head",
    "kill", "ln", "ls", "mkdir", "mv", "pwd", "readlink", "realpath", "rm", "sed", "sh", "sleep",
    "touch", "true", "uname",
];

/// The uv that rye pins.
#[derive(Clone, Debug)]
pub(crate) struct Engine {
    pub(crate) path: PathBuf,
    pub(crate) version: String,
}

/// A `CPython` of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Python {
    /// All of it: `3.12.1`.
    pub(crate) version: String,
    pub(crate) path: PathBuf,
}

impl Python {
    /// Returns the version without its last part: `3.12`.
    pub(crate) fn minor(&self) -> &str {
        self.version.rsplit_once('.').unwrap().0
    }

    /// Returns what rye calls it: `cpython@3.12.1`.
    pub(crate) fn name(&self) -> String {
        format!("cpython@{}", self.version)
    }

    fn from_listing(entry: &Value) -> Option<(u32, u32, Self)> {
        let executable = entry["path"].as_str()?;
        let version = entry["name"].as_str()?.strip_prefix("cpython@")?;
        let (minor, patch) = version.strip_prefix("3.")?.split_once('.')?;
        let python = Self { version: version.to_owned(), path: executable.into() };
        Some((minor.parse().ok()?, patch.parse().ok()?, python))
    }
}

/// Returns the pinned uv. The first call in a target directory lets rye fetch it, with the settings of the user.
pub(crate) fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Result<Engine, String>> = OnceLock::new();
    let result = ENGINE.get_or_init(|| {
        let answer = outer_rye(&["uv", "--", "--version"])?;
        let version = answer.split_whitespace().nth(1).unwrap_or_default();
        let path = match env::var_os("RYE_UV") {
            Some(path) => std::path::absolute(path).map_err(|error| error.to_string())?,
            None => home().join("uv").join(version).join(exe("uv")),
        };
        if !path.is_file() {
            return Err(format!(
                "`rye uv` answered `{answer}`, but left nothing at `{}`",
                path.display()
            ));
        }
        let version = version.to_owned();
        Ok(Engine { path, version })
    });
    result.as_ref().unwrap_or_else(|error| {
        panic!("the tests need uv, and rye cannot get it (set RYE_UV to one, or make an index reachable): {error}")
    })
}

/// Returns the wheel that the pinned uv is in. The first call in a target directory fetches it, with the settings of
/// the user; where that fails it says so on stderr, and the test should return.
pub(crate) fn engine_wheel() -> Option<&'static Distribution> {
    static WHEEL: OnceLock<Result<Distribution, String>> = OnceLock::new();
    let result = WHEEL.get_or_init(|| {
        let name = engine_wheel_name();
        let bytes = fs::read(fetch("uv", &name)?).map_err(|error| error.to_string())?;
        Ok(Distribution::raw(&name, bytes))
    });
    #[expect(
        clippy::print_stderr,
        reason = "a test that proves nothing here must not look like one that does"
    )]
    result.as_ref().map_err(|error| eprintln!("skipped: no wheel of uv can be had: {error}")).ok()
}

/// Returns the file name of the wheel that the pinned uv is in.
pub(crate) fn engine_wheel_name() -> String {
    let pins: toml_edit::DocumentMut = PINS.parse().unwrap();
    let target = env!("RYE_TARGET").replace("windows-gnu", "windows-msvc");
    pins["uv"]["wheels"][target.as_str()]["file"].as_str().unwrap().to_owned()
}

/// Returns the pinned ruff. The first call in a target directory lets rye fetch it, with the settings of the user; where
/// that fails it says so on stderr, and the test should return.
#[cfg(unix)]
pub(crate) fn real_ruff() -> Option<&'static PathBuf> {
    static RUFF: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let result = RUFF.get_or_init(|| {
        // an empty file has no mistakes
        outer_rye(&["lint", "it.lock"])?;
        if let Some(path) = env::var_os("RYE_RUFF") {
            return std::path::absolute(path).map_err(|error| error.to_string());
        }
        let pins: toml_edit::DocumentMut = PINS.parse().unwrap();
        let version = pins["ruff"]["version"].as_str().unwrap();
        Ok(home().join("ruff").join(version).join(exe("ruff")))
    });
    #[expect(
        clippy::print_stderr,
        reason = "a test that proves nothing here must not look like one that does"
    )]
    result.as_ref().map_err(|error| eprintln!("skipped: no ruff can be had: {error}")).ok()
}

/// Fetches a file of a project from the index of the user, once in a target directory, and returns where it is.
pub(crate) fn fetch(project: &str, name: &str) -> Result<PathBuf, String> {
    let folder = home().join("fetched");
    let path = folder.join(name);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/support/fetch.py");
    let variables = ["UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"];
    let index = variables.iter().find_map(|name| env::var(name).ok().filter(|url| !url.is_empty()));
    let index = index
        .unwrap_or_else(|| include_str!("../../../data/default-index.txt").trim_end().to_owned());
    let python = pythons().first().unwrap();
    let run = || -> std::io::Result<_> {
        fs::create_dir_all(&folder)?;
        let lock = File::create(folder.join("it.lock"))?;
        lock.lock()?;
        if path.is_file() {
            return Ok(None);
        }
        let mut command = Command::new(&python.path);
        command.arg(script).args([&index, project, name]).arg(&path);
        command.output().map(Some)
    };
    match run().map_err(|error| error.to_string())? {
        Some(output) if !output.status.success() => {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
        Some(_) | None => Ok(path),
    }
}

/// Returns every `CPython` that rye finds on this machine and the tests can use, the newest of each minor version,
/// newest first. There is at least one.
pub(crate) fn pythons() -> &'static [Python] {
    static PYTHONS: OnceLock<Result<Vec<Python>, String>> = OnceLock::new();
    let result = PYTHONS.get_or_init(|| {
        let answer = outer_rye(&["toolchain", "list", "--format", "json"])?;
        let listing: Value =
            serde_json::from_str(&answer).map_err(|error| format!("{error}: {answer}"))?;
        let entries = listing.as_array().ok_or("the listing is not an array")?;
        let mut found: Vec<_> = entries.iter().filter_map(Python::from_listing).collect();
        found.retain(|(minor, ..)| *minor >= OLDEST);
        found.sort_by_key(|(minor, patch, _)| (*minor, *patch));
        found.reverse();
        let mut seen = BTreeSet::new();
        found.retain(|(minor, ..)| seen.insert(*minor));
        if found.is_empty() {
            return Err(format!("it found none: {answer}"));
        }
        Ok(found.into_iter().map(|(_, _, python)| python).collect())
    });
    result.as_ref().unwrap_or_else(|error| {
        panic!(
            "the tests need a CPython 3.{OLDEST} or newer that `rye toolchain list` finds; {error}"
        )
    })
}

/// A toolchain that works wherever it is unpacked.
#[derive(Clone, Debug)]
pub(crate) struct Relocatable {
    /// What it was made from.
    pub(crate) python: Python,
    /// A tar.gz with one directory, and `bin/python3` in it.
    pub(crate) archive: Arc<[u8]>,
}

/// Returns a real toolchain, made of the newest interpreter of the machine that can be moved. The first call in a target
/// directory makes it; where there is no such interpreter it says so on stderr, and the test should return.
pub(crate) fn relocatable() -> Option<&'static Relocatable> {
    static FOUND: OnceLock<Result<Relocatable, String>> = OnceLock::new();
    let result = FOUND.get_or_init(|| {
        let mut reasons = Vec::new();
        for python in pythons() {
            match relocated(python) {
                Ok(path) => {
                    let archive = fs::read(path).map_err(|error| error.to_string())?.into();
                    return Ok(Relocatable { python: python.clone(), archive });
                }
                Err(reason) => reasons.push(format!("{}: {reason}", python.path.display())),
            }
        }
        Err(reasons.join("\n"))
    });
    #[expect(
        clippy::print_stderr,
        reason = "a test that proves nothing here must not look like one that does"
    )]
    result.as_ref().map_err(|error| eprintln!("skipped: no interpreter can be moved: {error}")).ok()
}

/// Makes an archive of an interpreter, once in a target directory, and returns where it is.
fn relocated(python: &Python) -> Result<PathBuf, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/support/relocate.py");
    let folder = home().join("relocated");
    let run = || -> std::io::Result<_> {
        let file = fs::canonicalize(&python.path)?;
        let metadata = fs::metadata(&file)?;
        let mut hasher = DefaultHasher::new();
        (include_str!("relocate.py"), &file, metadata.len(), metadata.modified()?)
            .hash(&mut hasher);
        let name = format!("{}-{:016x}.tar.gz", python.version, hasher.finish());
        let path = folder.join(name);
        fs::create_dir_all(&folder)?;
        let lock = File::create(folder.join("it.lock"))?;
        lock.lock()?;
        if path.is_file() {
            return Ok((path, None));
        }
        let mut command = Command::new(&python.path);
        command.args(["-I".as_ref(), "-B".as_ref(), script.as_os_str(), path.as_os_str()]);
        Ok((path, Some(command.output()?)))
    };
    match run().map_err(|error| error.to_string())? {
        (_, Some(output)) if !output.status.success() => {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
        (path, _) => Ok(path),
    }
}

/// Returns the programs that a test's `PATH` offers.
pub(crate) fn programs() -> &'static [PathBuf] {
    static FOUND: OnceLock<Vec<PathBuf>> = OnceLock::new();
    FOUND.get_or_init(|| {
        let path = env::var_os("PATH").unwrap_or_default();
        let folders: Vec<_> = env::split_paths(&path).collect();
        let find = |name: &&str| {
            let mut candidates = folders.iter().map(|folder| folder.join(exe(name)));
            candidates.find(|candidate| candidate.is_file())
        };
        PROGRAMS.iter().filter_map(find).collect()
    })
}

/// Returns the file name of a program on this platform.
pub(crate) fn exe(name: &str) -> String {
    format!("{name}{}", env::consts::EXE_SUFFIX)
}

/// Returns the rye home that all test processes of a target directory share, for nothing but what this file does.
fn home() -> PathBuf {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
    scratch.parent().unwrap_or(scratch).join("it-home")
}

/// Runs rye in the outer environment, but with its own home and only one at a time, and returns its standard output.
fn outer_rye(args: &[&str]) -> Result<String, String> {
    let run = || -> std::io::Result<_> {
        let home = home();
        fs::create_dir_all(&home)?;
        let lock = File::create(home.join("it.lock"))?;
        lock.lock()?;
        Command::new(RYE).args(args).current_dir(&home).env("RYE_HOME", &home).output()
    };
    let output = run().map_err(|error| format!("{RYE}: {error}"))?;
    let (stdout, stderr) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.success() {
        Ok(stdout.trim().to_owned())
    } else {
        Err(format!("`rye {}` ended with {}: {stdout}{stderr}", args.join(" "), output.status))
    }
}
