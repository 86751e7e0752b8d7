//! The engines: the pinned uv and ruff, and how they become programs on this machine.
//!
//! The first of these has it: a variable with a path, Rye's home, this binary (feature `bundled`),
//! the index. What an engine is told to do is the business of other modules.

use std::fmt;
use std::fs::File;
use std::io::{Cursor, Read, Seek};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::archive::{self, Unpacked};
use crate::config::Config;
use crate::context::Context;
use crate::env::Env;
use crate::error::Hint;
use crate::fs;
use crate::http::{self, Expected, Network};
use crate::index::{self, Indexes};
use crate::platform::engine_target;
use crate::sys;

/// The pins: version, and wheel by target. Written by rye-devtools.
const PINS: &str = include_str!("../data/engines.toml");

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("`{variable}` names `{path}`, which is no program", path = path.display())]
    NoProgram { variable: &'static str, path: PathBuf },
    #[error("{engine} {} is not offered for this platform ({target})", engine.version())]
    NoWheel { engine: Engine, target: &'static str },
    #[error("{engine} {} is not there yet, and it cannot be fetched offline", engine.version())]
    Offline { engine: Engine },
    #[error("cannot fetch {engine} {}", engine.version())]
    Fetch { engine: Engine, source: http::Error },
    #[error("cannot fetch {engine} {}", engine.version())]
    Index { engine: Engine, source: index::Error },
    #[error("cannot unpack {engine} {}", engine.version())]
    Unpack { engine: Engine, source: archive::Error },
    #[error(transparent)]
    Config(#[from] crate::config::Error),
    #[error(transparent)]
    Fs(#[from] fs::Error),
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NoProgram { variable, .. } => {
                Some(format!("unset `{variable}`, or give it the path of the program"))
            }
            Self::NoWheel { engine, .. } => {
                Some(format!("build {engine} yourself and name it with `{}`", engine.variable()))
            }
            Self::Offline { engine } => Some(format!(
                "run the command once without `--offline`, or name a copy with `{}`",
                engine.variable()
            )),
            // the cause has one
            Self::Fetch { .. } | Self::Index { .. } => None,
            Self::Unpack { .. } => Some("make room on the disk and try again".to_owned()),
            Self::Config(error) => error.hint(),
            Self::Fs(error) => error.hint(),
        }
    }
}

/// A program that Rye delegates to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    /// Resolves, installs, builds
    Uv,
    /// Lints and formats
    Ruff,
}

/// Where an engine comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A path in a variable, trusted
    Variable(PathBuf),
    /// Unpacked in Rye's home
    Home(PathBuf),
    /// Inside this binary, not yet unpacked
    Bundled,
    /// Nowhere yet
    Index,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(path) | Self::Home(path) => path.display().fmt(f),
            Self::Bundled => f.write_str("bundled, to be unpacked when needed"),
            Self::Index => f.write_str("to be fetched from the index when needed"),
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One engine's part of `data/engines.toml`.
#[derive(Debug, Deserialize)]
struct Pin {
    wheels: std::collections::BTreeMap<String, Wheel>,
}

#[derive(Debug, Deserialize)]
struct Wheel {
    file: String,
    sha256: String,
    size: u64,
}

/// What is known of an unpacked program; stands beside it.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    size: u64,
    sha256: String,
}

impl Engine {
    pub(crate) const ALL: [Self; 2] = [Self::Uv, Self::Ruff];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Uv => "uv",
            Self::Ruff => "ruff",
        }
    }

    /// Returns the pinned version.
    pub(crate) fn version(self) -> &'static str {
        match self {
            Self::Uv => env!("RYE_UV_VERSION"),
            Self::Ruff => env!("RYE_RUFF_VERSION"),
        }
    }

    /// Returns the variable that names another program to use.
    pub(crate) fn variable(self) -> &'static str {
        match self {
            Self::Uv => "RYE_UV",
            Self::Ruff => "RYE_RUFF",
        }
    }

    #[cfg_attr(
        not(feature = "bundled"),
        expect(clippy::unused_self, reason = "no wheel is in here")
    )]
    fn bundled(self) -> Option<&'static [u8]> {
        #[cfg(feature = "bundled")]
        let wheel: Option<&'static [u8]> = Some(match self {
            Self::Uv => include_bytes!(env!("RYE_BUNDLED_UV")),
            Self::Ruff => include_bytes!(env!("RYE_BUNDLED_RUFF")),
        });
        #[cfg(not(feature = "bundled"))]
        let wheel = None;
        wheel
    }

    fn directory(self, env: &Env) -> PathBuf {
        env.home().join(self.name()).join(self.version())
    }

    fn program_name(self) -> String {
        format!("{}{}", self.name(), std::env::consts::EXE_SUFFIX)
    }

    /// Tells where the engine comes from; starts and fetches nothing.
    pub(crate) fn origin(self, env: &Env) -> Origin {
        if let Some(path) = env.var_os(self.variable()) {
            return Origin::Variable(env.working_directory().join(path));
        }
        match self.find_installed(env) {
            Some(path) => Origin::Home(path),
            None if self.bundled().is_some() => Origin::Bundled,
            None => Origin::Index,
        }
    }

    /// Returns the program in Rye's home if it is whole, by its recorded size.
    fn find_installed(self, env: &Env) -> Option<PathBuf> {
        let directory = self.directory(env);
        let program = directory.join(self.program_name());
        let record = fs::read_text(&directory.join("record.json")).ok()?;
        let record: Record = serde_json::from_str(&record).ok()?;
        let size = program.metadata().ok()?.len();
        (size == record.size && sys::is_executable(&program)).then_some(program)
    }

    /// Returns the program; unpacks or fetches it first where that is needed.
    pub(crate) fn ensure(self, ctx: &Context<'_>, network: Network) -> Result<PathBuf, Error> {
        match self.origin(&ctx.env) {
            Origin::Variable(path) if sys::is_executable(&path) => Ok(path),
            Origin::Variable(path) => Err(Error::NoProgram { variable: self.variable(), path }),
            Origin::Home(path) => Ok(path),
            Origin::Bundled | Origin::Index => self.install(ctx, network),
        }
    }

    fn install(self, ctx: &Context<'_>, network: Network) -> Result<PathBuf, Error> {
        let lock = ctx.env.locks().join(format!("{self}.lock"));
        let _lock = fs::lock(&lock, || {
            ctx.ui.status("waiting", format_args!("for another rye that installs {self}"));
        })?;
        if let Some(path) = self.find_installed(&ctx.env) {
            return Ok(path); // the other one did it
        }
        let target = self.directory(&ctx.env);
        let staging = fs::Staging::beside(&target)?;
        if let Some(wheel) = self.bundled() {
            self.unpack(Cursor::new(wheel), staging.path())?;
        } else if network == Network::Offline {
            return Err(Error::Offline { engine: self });
        } else {
            let wheel = self.fetch(ctx, ctx.config()?)?;
            self.unpack(wheel, staging.path())?;
        }
        staging.commit()?;
        Ok(target.join(self.program_name()))
    }

    /// Fetches the wheel from the user's index and checks it.
    fn fetch(self, ctx: &Context<'_>, config: &Config) -> Result<File, Error> {
        let mut pins: Pins = toml_edit::de::from_str(PINS).expect("a test reads engines.toml");
        let pin = match self {
            Self::Uv => &mut pins.uv,
            Self::Ruff => &mut pins.ruff,
        };
        let target = engine_target();
        let wheel = pin.wheels.remove(target).ok_or(Error::NoWheel { engine: self, target })?;
        ctx.ui.status("fetching", format_args!("{self} {}", self.version()));
        let index_failed = |source| Error::Index { engine: self, source };
        let fetch_failed = |source| Error::Fetch { engine: self, source };
        let indexes = Indexes::new(&ctx.env, ctx.env.home(), &[], &config.sources);
        let indexes = indexes.map_err(index_failed)?;
        let client = ctx.client(config, &indexes.trusted_hosts).map_err(fetch_failed)?;
        let url = indexes.locate(&client, self.name(), &wheel.file).map_err(index_failed)?;
        let mut file = fs::temporary_file(ctx.env.home())?;
        let expected = Expected { sha256: &wheel.sha256, size: wheel.size };
        client.download(ctx.ui, &url, expected, &mut file).map_err(fetch_failed)?;
        Ok(file)
    }

    /// Unpacks the program of a wheel into a directory, and its record beside it.
    fn unpack(self, wheel: impl Read + Seek, directory: &Path) -> Result<(), Error> {
        let name = self.program_name();
        let program = directory.join(&name);
        let mut file = fs::create(&program)?;
        let unpacked = archive::unpack_wheel_script(wheel, &name, &mut file);
        let Unpacked { size, sha256 } =
            unpacked.map_err(|source| Error::Unpack { engine: self, source })?;
        fs::make_executable(&program)?;
        let record = serde_json::to_string(&Record { size, sha256 }).expect("a record is JSON");
        Ok(fs::write(&directory.join("record.json"), record)?)
    }
}

#[derive(Debug, Deserialize)]
struct Pins {
    uv: Pin,
    ruff: Pin,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_engines_are_pinned_for_this_platform() {
        let pins: Pins = toml_edit::de::from_str(PINS).unwrap();
        for pin in [pins.uv, pins.ruff] {
            let wheel = &pin.wheels[engine_target()];
            assert_eq!(wheel.sha256.len(), 64);
        }
    }
}
