//! Environments that belong to no project: requirements are resolved for an interpreter, and installed
//! whole or not at all.
//!
//! Those in the cache are found again by a digest of what they are made of, without a process. What is
//! to stay is made in the same way in a place of its own.

use std::path::Path;

use serde_json::json;

use crate::config;
use crate::context::Context;
use crate::error::Hint;
use crate::fs;
use crate::http::Network;
use crate::index::Indexes;
use crate::lock::{self, Choices, Lockfile, login};
use crate::packaging::{self, PackageName};
use crate::platform::Platform;
use crate::toolchain::{self, Request, Toolchain, Toolchains, Wanted};
use crate::uv::{self, Access, Change, Installation, Resolution, Scope, Upgrade, Uv};
use crate::venv::{self, Venv};

mod local;

use local::is_local;

/// The file of an environment with the state of what in it is from this machine.
const LOCAL: &str = "rye-local.txt";

/// The file of an environment that says what is in it, in the format of a lockfile.
const LOCKED: &str = "rye-requirements.txt";

/// Changes whenever an environment of before would not do any more.
const SCHEMA: u32 = 1;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the requirements cannot be resolved")]
    Resolve(#[source] uv::Error),
    #[error("the requirements cannot be installed")]
    Install(#[source] uv::Error),
    #[error("what the requirements were resolved to cannot be understood")]
    Resolved(#[source] lock::FileError),
    #[error(transparent)]
    Config(#[from] config::Error),
    #[error(transparent)]
    Toolchain(#[from] toolchain::Error),
    #[error(transparent)]
    Uv(#[from] uv::Error),
    #[error(transparent)]
    Venv(#[from] venv::Error),
    #[error(transparent)]
    Fs(#[from] fs::Error),
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Resolve(_) | Self::Install(_) | Self::Resolved(_) => None, // the cause has one
            Self::Config(error) => error.hint(),
            Self::Toolchain(error) => error.hint(),
            Self::Uv(error) => error.hint(),
            Self::Venv(error) => error.hint(),
            Self::Fs(error) => error.hint(),
        }
    }
}

/// What an environment is made of.
#[derive(Debug)]
pub(crate) struct Recipe<'a> {
    /// What is installed, a requirement each, as pip reads them
    pub(crate) requirements: Vec<String>,
    /// What that was resolved to before, in the format of a lockfile; it is installed as it is
    pub(crate) locked: Option<String>,
    pub(crate) wanted: Wanted,
    pub(crate) indexes: &'a Indexes,
    /// What else is said of the versions
    pub(crate) choices: Choices,
    pub(crate) pre_releases: bool,
    /// The directory that relative paths start from, and that `${PROJECT_ROOT}` stands for
    pub(crate) directory: &'a Path,
    /// Look at the indexes again, whatever is known of them
    pub(crate) is_refreshed: bool,
    pub(crate) access: Access,
}

/// A recipe's requirements resolved, for the interpreter that they were resolved for.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(crate) toolchain: Toolchain,
    /// In the format of a lockfile, with the credentials of URLs
    text: String,
}

impl Resolved {
    /// Returns what is installed, and what it is needed for.
    pub(crate) fn lockfile(&self) -> Result<Lockfile, Error> {
        login::without(&self.text).parse().map_err(Error::Resolved)
    }

    /// Tells whether an environment is made of it, as far as that can be known.
    pub(crate) fn is_in(&self, venv: &Venv) -> Result<bool, Error> {
        Ok(!is_local(&self.text) && self.changes(venv)?.is_empty())
    }

    /// Returns what an environment would get that it has not, and lose.
    pub(crate) fn changes(&self, venv: &Venv) -> Result<Vec<Change>, Error> {
        let before = if let Some(text) = fs::find_text(&venv.path().join(LOCKED))? {
            text
        } else {
            let found = venv.installed()?.distributions;
            let pins = found.iter().map(|one| format!("{}=={}", one.name, one.version));
            pins.collect::<Vec<_>>().join("\n")
        };
        let before = before.parse().map_err(Error::Resolved)?;
        Ok(self.lockfile()?.changes_since(&before))
    }
}

/// Returns the names of what is on this machine: it may have changed, and uv's cache would not know.
fn local_names<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<PackageName> {
    let local = lines.filter(|line| is_local(line));
    local.filter_map(|line| Some(packaging::requirement(line).ok()?.name)).collect()
}

impl Recipe<'_> {
    /// Returns the environment of the recipe in the cache, which is made if it is not there or broken.
    ///
    /// One that is there is taken as it is, unless the recipe is to be refreshed or names what changed on this machine.
    pub(crate) fn ensure(&self, ctx: &Context<'_>, name: &str) -> Result<Venv, Error> {
        if let Some(venv) = self.find(ctx)? {
            return Ok(venv);
        }
        let digest = self.digest(ctx)?;
        let venv = Self::place(ctx, &digest);
        let lock = ctx.env.locks().join(format!("environment-{digest}.lock"));
        let waiting = || ctx.ui.status("waiting", "for another rye that installs the same");
        let _lock = fs::lock(&lock, waiting)?;
        if let Some(venv) = self.find(ctx)? {
            return Ok(venv); // the rye that held the lock did it
        }
        let resolved = self.resolve(ctx, Some(&venv))?;
        if !(self.fits(ctx, &venv)? && resolved.is_in(&venv)?) {
            self.install(ctx, &resolved, &venv, name, |_| Ok::<_, Error>(()))?;
            // asked what it is now, it need not be asked the next time
            self.fits(ctx, &venv)?;
        }
        Ok(venv)
    }

    /// Returns the environment of the recipe in the cache, if it is there and what it was made of is as it was then.
    /// Starts no process.
    pub(crate) fn find(&self, ctx: &Context<'_>) -> Result<Option<Venv>, Error> {
        let venv = Self::place(ctx, &self.digest(ctx)?);
        let is_as_before = !self.is_refreshed && self.has_local_state(ctx, &venv)?;
        Ok((is_as_before && self.fits(ctx, &venv)?).then_some(venv))
    }

    /// Tells whether what an environment has of this machine is as it was when it was installed.
    fn has_local_state(&self, ctx: &Context<'_>, venv: &Venv) -> Result<bool, Error> {
        if !self.is_local() {
            return Ok(true);
        }
        let Some(before) = fs::find_text(&venv.path().join(LOCAL))? else { return Ok(false) };
        let locked = fs::find_text(&venv.path().join(LOCKED))?.unwrap_or_default();
        Ok(self.local_state(ctx, &locked)? == Some(before))
    }

    /// Returns the state of what is asked for and locked, as far as it is on this machine.
    fn local_state(&self, ctx: &Context<'_>, locked: &str) -> Result<Option<String>, Error> {
        let lines = self.requirements.iter().map(String::as_str).chain(locked.lines());
        Ok(local::state(&ctx.env, self.directory, lines)?)
    }

    fn place(ctx: &Context<'_>, digest: &str) -> Venv {
        Venv::new(ctx.env.cache().join("environments").join(digest))
    }

    /// Tells whether uv's cache is not to be believed; offline there is nothing else.
    fn asks_again(&self) -> bool {
        self.is_refreshed && self.access.network == Network::Online
    }

    fn is_local(&self) -> bool {
        let mut texts = self.requirements.iter().chain(&self.locked);
        texts.any(|text| is_local(text))
    }

    /// Tells whether an environment has an interpreter that works and is what the recipe wants.
    pub(crate) fn fits(&self, ctx: &Context<'_>, venv: &Venv) -> Result<bool, Error> {
        let toolchains = Toolchains::new(&ctx.env, ctx.config()?.toolchain.preference);
        Ok(venv.fitting(&toolchains, &self.wanted).is_some())
    }

    /// Returns the digest of all that decides what an environment is.
    fn digest(&self, ctx: &Context<'_>) -> Result<String, Error> {
        let Wanted { request, requires_python, .. } = &self.wanted;
        let request = match request {
            Request::Path(path) => ctx.env.working_directory().join(path).display().to_string(),
            Request::Properties(_) => request.to_string(),
        };
        let Choices { constraints, overrides, exclude_newer, strategy } = &self.choices;
        let inputs = json!({
            "schema": SCHEMA,
            "platform": [Platform::CURRENT.os, Platform::CURRENT.arch],
            "requirements": self.requirements,
            "locked": self.locked,
            "python": request,
            "requires-python": requires_python.to_string(),
            "preference": ctx.config()?.toolchain.preference,
            "sources": self.indexes.lines(),
            "constraints": constraints,
            "overrides": overrides,
            "exclude-newer": exclude_newer,
            "resolution": strategy,
            "pre": self.pre_releases,
            "directory": self.is_local().then_some(self.directory),
        });
        Ok(fs::sha256(inputs.to_string().as_bytes())[..32].to_owned())
    }

    /// Resolves the recipe for the interpreter that the environment of before has, if it will do, else for the
    /// preferred one, which is fetched if it is missing.
    pub(crate) fn resolve(
        &self,
        ctx: &Context<'_>,
        before: Option<&Venv>,
    ) -> Result<Resolved, Error> {
        let toolchain = self.toolchain(ctx, before)?;
        if let Some(locked) = &self.locked {
            return Ok(Resolved { toolchain, text: locked.clone() });
        }
        let requirements: String = self.requirements.iter().flat_map(|text| [text, "\n"]).collect();
        let resolution = Resolution {
            directory: self.directory,
            project_root: self.directory,
            requirements: &requirements,
            locked: None,
            constraints: &self.choices.constraints,
            overrides: &self.choices.overrides,
            exclude_newer: self.choices.exclude_newer.as_ref(),
            strategy: self.choices.strategy,
            preferences: "",
            interpreter: &toolchain.interpreter.path,
            scope: Scope::Interpreter,
            pre_releases: self.pre_releases,
            hashes: false,
            upgrade: &Upgrade::None,
            refreshed: &local_names(self.requirements.iter().map(String::as_str)),
            refreshes_all: self.asks_again(),
        };
        let uv = Uv::new(ctx, self.indexes, self.access)?;
        let text = uv.resolve(&resolution, "resolving").map_err(Error::Resolve)?;
        Ok(Resolved { toolchain, text })
    }

    fn toolchain(&self, ctx: &Context<'_>, before: Option<&Venv>) -> Result<Toolchain, Error> {
        let toolchains = Toolchains::new(&ctx.env, ctx.config()?.toolchain.preference);
        // that there is a newer one is no reason to change
        let present = before.and_then(|venv| venv.fitting(&toolchains, &self.wanted));
        if let (Some(interpreter), Request::Properties(_)) = (present, &self.wanted.request)
            && let Ok(found) = toolchains.find(&interpreter.python.pin().into())
        {
            return Ok(found);
        }
        Ok(toolchains.ensure(ctx, &self.wanted, self.access.network)?)
    }

    /// Makes an environment of what was resolved, in the place of whatever is there; `finish` sees it before it is
    /// put there, and can refuse it.
    ///
    /// The caller holds the lock that guards the place.
    pub(crate) fn install<E: From<Error> + From<venv::Error>>(
        &self,
        ctx: &Context<'_>,
        resolved: &Resolved,
        venv: &Venv,
        name: &str,
        finish: impl FnOnce(&Venv) -> Result<(), E>,
    ) -> Result<(), E> {
        let uv = Uv::new(ctx, self.indexes, self.access).map_err(Error::from)?;
        venv.create_whole(ctx, &uv, &resolved.toolchain, name, |made| {
            self.fill(ctx, &uv, resolved, made)?;
            finish(made)
        })
    }

    fn fill(
        &self,
        ctx: &Context<'_>,
        uv: &Uv<'_>,
        resolved: &Resolved,
        venv: &Venv,
    ) -> Result<(), Error> {
        // what is edited meanwhile is seen the next time
        let pins = resolved.lockfile()?.pins();
        let state = self.local_state(ctx, &pins)?;
        let files = fs::temporary_directory()?;
        let path = files.path().join("requirements.txt");
        fs::write_new(&path, &resolved.text)?;
        let installation = Installation {
            is_refreshed: self.asks_again(),
            rebuilt: local_names(resolved.text.lines()),
            ..Installation::default()
        };
        uv.sync(&venv.python(), &path, self.directory, &installation).map_err(Error::Install)?;
        if let Some(state) = state.filter(|_| self.is_local()) {
            fs::write(&venv.path().join(LOCAL), state)?;
        }
        Ok(fs::write(&venv.path().join(LOCKED), pins)?)
    }
}
