//! Toolchains: the Pythons that Rye can use, how they are asked for, found, registered, removed.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::archive;
use crate::config::{self, Preference};
use crate::context::Context;
use crate::env::Env;
use crate::error::Hint;
use crate::fs;
use crate::http::{self, Network};
use crate::packaging::{MarkerEnvironment, MarkerEnvironmentBuilder, Version, VersionSpecifiers};
use crate::platform::Platform;
use crate::process;
use crate::project;
use crate::sys;

pub(crate) mod catalog;
mod discover;
pub(crate) mod fetch;
pub(crate) mod pin;
mod probe;
mod request;
pub(crate) mod widen;

pub(crate) use discover::is_interpreter;
pub(crate) use probe::{ASKED, Interpreter};
pub(crate) use request::{Error as RequestError, Request};

use catalog::{Catalog, Offer};
use probe::Prober;
use request::{Properties, Variant, VersionRequest};

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(
        "no Python is known that is {}; in `{}` and on the system {}",
        wanted.told(), looked_in.display(), known_list(known)
    )]
    NoMatch {
        wanted: Box<Wanted>,
        looked_in: PathBuf,
        known: Vec<String>,
        preference: Preference,
        offered: Offered,
    },
    #[error("`{path}` does not answer as a Python", path = path.display())]
    NoInterpreter { path: PathBuf, source: process::Error },
    #[error("there is no file `{}`", .0.display())]
    NoFile(PathBuf),
    #[error("`{}` belongs to a virtual environment", .0.display())]
    VirtualEnvironment(PathBuf),
    #[error("`{name}` is no name for a toolchain")]
    Name { name: String },
    #[error("`{name}` is in use already, for `{path}`", path = path.display())]
    NameInUse { name: String, path: PathBuf },
    #[error("no toolchain is called `{name}`")]
    NotInstalled { name: String },
    #[error("`{request}` is the name of several toolchains: {}", names.join(", "))]
    Ambiguous { request: String, names: Vec<String> },
    #[error("`{name}` belongs to the system: Rye found it and did not install it")]
    System { name: String },
    #[error("`{request}` names no version, so it cannot be pinned as it is")]
    NoVersion { request: Request },
    #[error("`{}` pins no Python", path.display())]
    Pin { path: PathBuf, source: RequestError },
    #[error("the Python that `{}` asks for, `{request}`, contradicts `requires-python = \"{requires}\"`", pin.display())]
    Contradiction { pin: PathBuf, request: Request, requires: VersionSpecifiers },
    #[error("there is no Python that all members of the workspace can do with: {}", .0.join(", "))]
    NoCommonPython(Vec<String>),
    #[error("the catalog has no `{wanted}`")]
    NotOffered { wanted: String, near: Option<String> },
    #[error("the catalog has no `{wanted}` with build information")]
    NoBuildInfo { wanted: String },
    #[error("`{name}` has no build information in it")]
    NoBuildInfoInside { name: String },
    #[error("`{wanted}` does not run on this machine")]
    Foreign { wanted: String },
    #[error("`{name}` is not there yet, and it cannot be fetched offline")]
    Offline { name: String },
    #[error("cannot fetch `{name}`")]
    Fetch { name: String, source: http::Error },
    #[error("cannot unpack `{name}`")]
    Unpack { name: String, source: archive::Error },
    #[error("`{name}` has no interpreter in it")]
    Incomplete { name: String },
    #[error("`{name}` does not run on this machine")]
    DoesNotRun { name: String, source: process::Error },
    #[error("what is called `{name}` holds `{found}`")]
    Mismatch { name: String, found: String },
    #[error("there is no archive `{}`", .0.display())]
    NoArchive(PathBuf),
    #[error("`{url}` is neither an http(s) URL nor that of a file")]
    NoUrl { url: String },
    #[error("nothing says what `{url}` must be")]
    NoDigest { url: String },
    #[error("`{}` {reason}", path.display())]
    Target { path: PathBuf, reason: &'static str },
    #[error("`{mirror}` is no mirror: neither an http(s) URL nor a directory")]
    Mirror { mirror: String },
    #[error("the catalog that `RYE_TOOLCHAIN_CATALOG` names cannot be read")]
    CatalogFile(#[source] fs::Error),
    #[error("line {line} of `{}` is no row of a catalog", path.display())]
    Catalog { path: PathBuf, line: usize },
    #[error("`default.toolchain` in `config.toml` asks for no Python")]
    Default(#[source] RequestError),
    #[error(transparent)]
    Request(#[from] RequestError),
    #[error(transparent)]
    Config(#[from] config::Error),
    #[error(transparent)]
    Http(#[from] http::Error),
    #[error(transparent)]
    Project(#[from] project::Error),
    #[error(transparent)]
    Fs(#[from] fs::Error),
}

fn known_list(known: &[String]) -> String {
    if known.is_empty() {
        "is none that may be used".to_owned()
    } else {
        format!("are {}", known.join(", "))
    }
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        let text = match self {
            Self::NoMatch { wanted, preference, offered, .. } => {
                return Some(way_out(wanted, *preference, offered));
            }
            Self::NotOffered { near: Some(near), .. } => {
                return Some(format!("the nearest is `rye fetch {near}`"));
            }
            Self::NotOffered { near: None, .. } => {
                "see `rye toolchain list --include-downloadable`"
            }
            Self::NoBuildInfo { .. } | Self::NoBuildInfoInside { .. } => {
                "leave `--build-info` away, or ask for a debug build, as in `3.13+debug`: those have it"
            }
            Self::Foreign { .. } => "name a directory for it with `--target-path`",
            Self::Offline { name } => {
                return Some(format!("run `rye fetch {name}` where there is a network"));
            }
            Self::Fetch {
                source: http::Error::Unreachable { .. } | http::Error::Status { .. },
                ..
            } => {
                "take it from a mirror: `toolchain.mirror`, `RYE_TOOLCHAIN_MIRROR`, \
                 `rye fetch --mirror`"
            }
            Self::Fetch { .. } | Self::Unpack { .. } => return None, // the cause has one
            Self::NoArchive(_) | Self::NoUrl { .. } => {
                "check the path, or ask for a version, as in `rye fetch 3.12`"
            }
            Self::Incomplete { .. } => "an archive needs `bin/python3` in its one directory",
            Self::DoesNotRun { .. } => {
                "it may need libraries that are missing here; see what it says above"
            }
            Self::Mismatch { .. } => "the catalog, or the mirror, is wrong: name another one",
            Self::NoDigest { .. } => {
                "append `#sha256=…` to the URL, or download the file and name its path"
            }
            Self::Target { reason: "exists", .. } => "replace it with `--force`",
            Self::Target { .. } => "name another directory with `--target-path`",
            Self::Mirror { .. } => "correct `toolchain.mirror` or what overrides it",
            Self::Catalog { .. } | Self::CatalogFile(_) => {
                "correct the file, or unset `RYE_TOOLCHAIN_CATALOG`"
            }
            Self::NoInterpreter { .. } | Self::NoFile(_) => {
                "name the program, as in `/usr/bin/python3`"
            }
            Self::VirtualEnvironment(_) => "register the interpreter that it was made with",
            Self::Name { .. } => {
                "use small letters, digits, `-`, `_` and `.`; `python` and what ends like `-x86` \
                 would be asked for as something else"
            }
            Self::NameInUse { .. } => {
                "remove that toolchain first, or choose another name with `rye toolchain register --name`"
            }
            Self::NotInstalled { .. } => "see `rye toolchain list`",
            Self::Ambiguous { .. } => "name one of them",
            Self::System { .. } => "remove it with the tool that installed it",
            Self::Contradiction { .. } => "change one of them; `rye pin` keeps them in step",
            Self::NoCommonPython(_) => {
                "change `requires-python` of one of them, or leave it out of the workspace"
            }
            Self::Pin { source, .. } | Self::Default(source) | Self::Request(source) => {
                return source.hint();
            }
            Self::NoVersion { .. } => {
                "leave `--relaxed` away to pin the version that it stands for today"
            }
            Self::Project(error) => return error.hint(),
            Self::Config(error) => return error.hint(),
            Self::Http(error) => return error.hint(),
            Self::Fs(error) => return error.hint(),
        };
        Some(text.to_owned())
    }
}

/// What the catalog has instead of what is missing.
#[derive(Debug)]
pub(crate) enum Offered {
    /// What is wanted
    Match(Box<Offer>),
    /// Something like it, by name
    Near(String),
    Nothing,
}

/// Returns what can be done where no toolchain is what is wanted.
fn way_out(wanted: &Wanted, preference: Preference, offered: &Offered) -> String {
    let pin = if wanted.pin.is_some() { "; or change the pin with `rye pin`" } else { "" };
    match offered {
        Offered::Match(offer) => return format!("get it with `rye fetch {}`", offer.python),
        Offered::Near(name) => return format!("the nearest is `rye fetch {name}`{pin}"),
        Offered::Nothing => {}
    }
    let left_out = match preference {
        Preference::Any => "",
        Preference::OnlySystem => "`toolchain.preference` leaves out what Rye installed; ",
        Preference::OnlyManaged => "`toolchain.preference` leaves out what Rye did not install; ",
    };
    let next = match preference {
        Preference::OnlyManaged => "let it in with `rye config --unset toolchain.preference`",
        Preference::Any | Preference::OnlySystem => {
            "install one with your system's tools or pyenv, or name one that is there: \
             `rye toolchain register PATH`"
        }
    };
    format!("{left_out}{next}{pin}")
}

/// How a toolchain came to be known; the earlier kind is preferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Unpacked in Rye's home
    Installed,
    /// Somewhere else, and named to Rye
    Registered,
    /// Found on the system
    Discovered,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Installed => "installed",
            Self::Registered => "registered",
            Self::Discovered => "discovered",
        })
    }
}

/// What a Python is, wherever it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Python {
    /// `cpython`, `pypy`, or the name it was registered under
    pub(crate) family: String,
    pub(crate) version: Version,
    pub(crate) arch: String,
    pub(crate) os: String,
    pub(crate) variant: Variant,
}

impl Python {
    /// Returns the request for exactly this Python.
    pub(crate) fn pin(&self) -> Request {
        let Self { family, arch, os, version, variant } = self;
        let is_foreign_os = os != Platform::CURRENT.os;
        let is_foreign = is_foreign_os || arch != Platform::CURRENT.arch;
        Request::Properties(Properties {
            family: family.clone(),
            arch: is_foreign.then(|| arch.clone()),
            os: is_foreign_os.then(|| os.clone()),
            libc: None,
            version: if version.is_stable() {
                VersionRequest::Prefix(version.release().to_vec())
            } else {
                VersionRequest::Exact(version.clone())
            },
            variant: *variant,
        })
    }

    /// Returns what markers see of this Python (PEP 508), as far as Rye knows it: not the system's release.
    pub(crate) fn marker_environment(&self) -> MarkerEnvironment {
        let version = self.version.to_string();
        let minor = self.version.release().iter().take(2).map(ToString::to_string);
        let minor = minor.collect::<Vec<_>>().join(".");
        let (name, implementation) =
            if self.family == "pypy" { ("pypy", "PyPy") } else { ("cpython", "CPython") };
        let (sys_platform, system) = match self.os.as_str() {
            "linux" => ("linux", "Linux"),
            "macos" => ("darwin", "Darwin"),
            "windows" => ("win32", "Windows"),
            other => (other, other),
        };
        let builder = MarkerEnvironmentBuilder {
            implementation_name: name,
            implementation_version: &version,
            os_name: if self.os == "windows" { "nt" } else { "posix" },
            platform_machine: &self.arch,
            platform_python_implementation: implementation,
            platform_release: "",
            platform_system: system,
            platform_version: "",
            python_full_version: &version,
            python_version: &minor,
            sys_platform,
        };
        builder.try_into().expect("its versions are versions")
    }

    /// Returns the Python that a toolchain's name stands for; none if it is no such name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        let Ok(Request::Properties(named)) = name.parse() else { return None };
        let version = match named.version {
            VersionRequest::Prefix(release) => Version::new(release),
            VersionRequest::Exact(version) => version,
            VersionRequest::Any | VersionRequest::Specifiers(_) => return None,
        };
        let Properties { family, arch, os, variant, .. } = named;
        let arch = arch.unwrap_or_else(|| Platform::CURRENT.arch.to_owned());
        let os = os.unwrap_or_else(|| Platform::CURRENT.os.to_owned());
        Some(Self { family, version, arch, os, variant })
    }

    /// The newest first; final versions before others.
    fn order(&self) -> impl Ord + use<> {
        let version = self.version.clone();
        (!version.is_stable(), Reverse(version), self.variant)
    }
}

impl fmt::Display for Python {
    /// Writes the name that a toolchain has when nobody gives it another: `cpython@3.12.1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { family, arch, os, version, variant } = self;
        let is_foreign_os = os != Platform::CURRENT.os;
        write!(f, "{family}")?;
        if is_foreign_os || arch != Platform::CURRENT.arch {
            write!(f, "-{arch}")?;
        }
        if is_foreign_os {
            write!(f, "-{os}")?;
        }
        write!(f, "@{version}{variant}")
    }
}

/// A Python that can be used.
#[derive(Clone, Debug)]
pub(crate) struct Toolchain {
    /// What it is called: `cpython@3.12.1`
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) interpreter: Interpreter,
}

impl Toolchain {
    fn discovered(interpreter: Interpreter) -> Self {
        Self { name: interpreter.python.to_string(), kind: Kind::Discovered, interpreter }
    }
}

/// All toolchains there are.
#[derive(Debug)]
pub(crate) struct Toolchains<'a> {
    env: &'a Env,
    preference: Preference,
    prober: Prober<'a>,
}

impl<'a> Toolchains<'a> {
    pub(crate) fn new(env: &'a Env, preference: Preference) -> Self {
        Self { env, preference, prober: Prober::new(env) }
    }

    /// Returns all toolchains: by kind, then the newest first.
    pub(crate) fn list(&self) -> Result<Vec<Toolchain>, Error> {
        let mut all = self.named()?;
        if self.preference != Preference::OnlyManaged {
            all.extend(self.discovered());
        }
        Ok(self.by_preference(all))
    }

    /// Returns those of some toolchains that may be used: by kind, then the newest first.
    fn by_preference(&self, mut all: Vec<Toolchain>) -> Vec<Toolchain> {
        all.retain(|toolchain| match self.preference {
            Preference::Any => true,
            Preference::OnlyManaged => toolchain.kind == Kind::Installed,
            Preference::OnlySystem => toolchain.kind != Kind::Installed,
        });
        all.sort_by_cached_key(|toolchain| (toolchain.kind, toolchain.interpreter.python.order()));
        // an interpreter that was registered is on the system as well
        let mut seen = std::collections::HashSet::new();
        all.retain(|toolchain| {
            let path = &toolchain.interpreter.path;
            let path = fs::canonical(path).unwrap_or_else(|_| path.clone());
            // under a name of its own it is asked for differently
            seen.insert((path, toolchain.interpreter.python.family.clone()))
        });
        all
    }

    /// Returns the preferred toolchain that is what is wanted.
    pub(crate) fn find(&self, wanted: &Wanted) -> Result<Toolchain, Error> {
        if let Request::Path(path) = &wanted.request {
            return self.at(&self.env.working_directory().join(path));
        }
        let is_wanted = |toolchain: &&Toolchain| wanted.admits(&toolchain.interpreter);
        // what has a name is preferred: where that will do, the system is not searched
        let named = self.by_preference(self.named()?);
        if let Some(found) = named.iter().find(is_wanted) {
            return Ok(found.clone());
        }
        let all = self.list()?;
        let found = all.iter().find(is_wanted);
        if let Some(found) = found {
            return Ok(found.clone());
        }
        Err(Error::NoMatch {
            wanted: Box::new(wanted.clone()),
            looked_in: self.env.toolchains(),
            known: all.into_iter().map(|toolchain| toolchain.name).collect(),
            preference: self.preference,
            offered: self.offered(wanted)?,
        })
    }

    /// Looks for what is wanted in the catalog, unless only what is on the system will do.
    fn offered(&self, wanted: &Wanted) -> Result<Offered, Error> {
        if self.preference == Preference::OnlySystem {
            return Ok(Offered::Nothing);
        }
        let catalog = Catalog::load(self.env)?;
        let found = catalog.find(wanted).filter(|offer| catalog.runs_here(offer));
        Ok(match (found, catalog.find_near(wanted)) {
            (Some(offer), _) => Offered::Match(Box::new(offer.clone())),
            (None, Some(near)) if catalog.runs_here(near) => Offered::Near(near.request()),
            (None, _) => Offered::Nothing,
        })
    }

    /// Returns what the preferred toolchain is, or would be once it is fetched.
    pub(crate) fn find_python(&self, wanted: &Wanted) -> Result<Python, Error> {
        match self.find(wanted) {
            Err(Error::NoMatch { offered: Offered::Match(offer), .. }) => Ok(offer.python),
            found => Ok(found?.interpreter.python),
        }
    }

    /// Returns the preferred toolchain that is what is wanted; one that is missing is fetched.
    pub(crate) fn ensure(
        &self,
        ctx: &Context<'_>,
        wanted: &Wanted,
        network: Network,
    ) -> Result<Toolchain, Error> {
        match self.find(wanted) {
            Err(Error::NoMatch { offered: Offered::Match(offer), .. }) => {
                fetch::fetch_offer(ctx, self, *offer, network)
            }
            found => found,
        }
    }

    /// Returns the interpreter at a path as a toolchain.
    pub(crate) fn at(&self, path: &Path) -> Result<Toolchain, Error> {
        if !path.is_file() {
            return Err(Error::NoFile(path.to_owned()));
        }
        let failed = |source| Error::NoInterpreter { path: path.to_owned(), source };
        let known = self.prober.probe(path);
        let interpreter = known.map_or_else(|| self.prober.ask_now(path), Ok).map_err(failed)?;
        if interpreter.is_venv {
            return Err(Error::VirtualEnvironment(path.to_owned()));
        }
        Ok(Toolchain::discovered(interpreter))
    }

    /// Remembers the interpreter at a path under a name of its own, or as `NAME@VERSION`.
    ///
    /// To register the same interpreter twice is no error. The path is kept as given: a link of a
    /// version manager goes on to decide.
    pub(crate) fn register(&self, path: &Path, name: Option<&str>) -> Result<Toolchain, Error> {
        let path = self.env.working_directory().join(path);
        let mut toolchain = self.at(&path)?;
        if let Some(family) = name {
            let Python { version, variant, .. } = &toolchain.interpreter.python;
            toolchain.name = format!("{family}@{version}{variant}");
            if family.starts_with('.') || !is_asked_for_as(&toolchain.name, family) {
                return Err(Error::Name { name: family.to_owned() });
            }
        }
        toolchain.kind = Kind::Registered;
        let directory = self.env.toolchains();
        let _lock = self.lock()?;
        fs::create_directory(&directory)?;
        let entry = directory.join(&toolchain.name);
        if let Some(known) = executable(&entry) {
            if known == path {
                return Ok(toolchain);
            }
            return Err(Error::NameInUse { name: toolchain.name, path: known });
        }
        if fs::exists(&entry) {
            fs::remove(&entry)?; // a reference to what is gone
        }
        match fs::symlink(&path, &entry) {
            // where links are a privilege a file with the path does as well
            Err(error) if cfg!(windows) && error.kind() != ErrorKind::AlreadyExists => {
                fs::write(&entry, path.to_string_lossy().as_bytes())?;
            }
            result => result?,
        }
        Ok(toolchain)
    }

    /// Returns the name of the entry in Rye's home that is meant by a name or a part of one.
    pub(crate) fn entry_name(&self, name: &str) -> Result<String, Error> {
        let entries = fs::list(&self.env.toolchains())?;
        let name_of_entry =
            |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // the exact name removes a dangling reference too
        let exact = [name.to_owned(), format!("cpython@{name}")];
        let mut matching: Vec<_> = entries
            .iter()
            .map(|path| name_of_entry(path))
            .filter(|entry| exact.contains(entry))
            .collect();
        if matching.is_empty() {
            // here a name will do without a version
            let family = || format!("{name}@").parse();
            let request: Request = name.parse().or_else(|error| family().map_err(|_| error))?;
            let named = self.named()?.into_iter();
            let named = named.filter(|toolchain| request.admits(&toolchain.interpreter));
            matching = named.map(|toolchain| toolchain.name).collect();
            if matching.is_empty()
                && self.discovered().iter().any(|found| request.admits(&found.interpreter))
            {
                return Err(Error::System { name: name.to_owned() });
            }
        }
        match matching.as_slice() {
            [] => Err(Error::NotInstalled { name: name.to_owned() }),
            [name] => Ok(name.clone()),
            _ => Err(Error::Ambiguous { request: name.to_owned(), names: matching }),
        }
    }

    /// Forgets a registered toolchain, or deletes an installed one; returns which it was.
    pub(crate) fn remove(&self, entry_name: &str) -> Result<Kind, Error> {
        let _lock = self.lock()?;
        let entry = self.env.toolchains().join(entry_name);
        if entry.symlink_metadata().is_ok_and(|entry| entry.is_dir()) {
            fs::Staging::discard(&entry)?;
            return Ok(Kind::Installed);
        }
        if !fs::exists(&entry) {
            return Err(Error::NotInstalled { name: entry_name.to_owned() }); // another rye was faster
        }
        fs::remove(&entry)?;
        Ok(Kind::Registered)
    }

    /// Takes the lock that a change of the named toolchains needs. Nothing is downloaded under it, so
    /// nobody is told of the wait.
    fn lock(&self) -> Result<fs::Lock, Error> {
        Ok(fs::lock(&self.env.locks().join("toolchains.lock"), || {})?)
    }

    /// Returns what Rye's home has a name for.
    pub(crate) fn named(&self) -> Result<Vec<Toolchain>, Error> {
        let mut named = Vec::new();
        for entry in fs::list(&self.env.toolchains())? {
            let name = entry.file_name().and_then(|name| name.to_str());
            // a staged directory is none yet
            let is_name = |name: &&str| name.contains('@') && !name.starts_with('.');
            let Some(name) = name.filter(is_name) else { continue };
            // what does not answer here is asked each time: it may lack something for now
            let ask =
                |path: &PathBuf| self.prober.probe(path).or_else(|| self.prober.ask_now(path).ok());
            let interpreter = executable(&entry).as_ref().and_then(ask);
            if let Some(mut interpreter) = interpreter {
                let kind = if entry.is_dir() { Kind::Installed } else { Kind::Registered };
                // what it is called decides what it is asked for as
                if let Ok(Request::Properties(named)) = name.parse() {
                    interpreter.python.family = named.family;
                    interpreter.python.variant = named.variant;
                }
                named.push(Toolchain { name: name.to_owned(), kind, interpreter });
            }
        }
        Ok(named)
    }

    /// Returns toolchains, each with the newest patch of it that the catalog has, if it is newer.
    pub(crate) fn with_newer(
        &self,
        toolchains: Vec<Toolchain>,
    ) -> Result<Vec<(Toolchain, Option<Offer>)>, Error> {
        let catalog = Catalog::load(self.env)?;
        let newer = |toolchain: Toolchain| {
            let offer = catalog.find_newer(&toolchain.interpreter.python).cloned();
            (toolchain, offer)
        };
        Ok(toolchains.into_iter().map(newer).collect())
    }

    /// Returns the names of what can be downloaded for this machine, the best first in each family.
    pub(crate) fn downloadable(&self) -> Result<Vec<String>, Error> {
        let catalog = Catalog::load(self.env)?;
        let mut pythons: Vec<_> = catalog.for_this_machine().map(|offer| &offer.python).collect();
        pythons.sort_by_key(|python| &python.family);
        Ok(pythons.into_iter().map(Python::to_string).collect())
    }

    /// Returns requests for the minor versions that can be downloaded for this machine: `3.12`, `pypy@3.10`.
    pub(crate) fn minor_versions(&self) -> Result<BTreeSet<String>, Error> {
        let catalog = Catalog::load(self.env)?;
        let offers = catalog.for_this_machine().filter(|offer| !offer.python.variant.debug);
        let request = |offer: &Offer| {
            let Python { family, version, variant, .. } = &offer.python;
            let [major, minor, ..] = version.release() else { return None };
            let family = if family == "cpython" { String::new() } else { format!("{family}@") };
            Some(format!("{family}{major}.{minor}{variant}"))
        };
        Ok(offers.filter_map(request).collect())
    }

    /// Returns what the system has.
    fn discovered(&self) -> Vec<Toolchain> {
        let candidates = discover::candidates(self.env).into_iter();
        let interpreters = candidates.filter_map(|path| self.prober.probe(&path));
        let usable = interpreters.filter(|interpreter| !interpreter.is_venv);
        usable.map(Toolchain::discovered).collect()
    }

    /// Remembers what the interpreter of an environment would say that was just made with a toolchain.
    pub(crate) fn take_over(&self, toolchain: &Toolchain, python: &Path) {
        self.prober.take_over(&toolchain.interpreter, python);
    }

    /// Returns what an interpreter says of itself; none if it does not answer.
    pub(crate) fn probe(&self, path: &Path) -> Option<Interpreter> {
        self.prober.probe(path)
    }
}

/// Tells whether a request for a toolchain's name is one for this family, on this platform.
fn is_asked_for_as(name: &str, family: &str) -> bool {
    match name.parse() {
        Ok(Request::Properties(asked)) => {
            asked.family == family && asked.arch.is_none() && asked.os.is_none()
        }
        Ok(Request::Path(_)) | Err(_) => false,
    }
}

/// Returns the interpreter that an entry of `RYE_HOME/py` stands for.
///
/// A link or an executable is one, a text file holds the path of one, a directory has one inside.
fn executable(entry: &Path) -> Option<PathBuf> {
    if entry.is_dir() {
        let name = if cfg!(windows) { "python.exe" } else { "python3" };
        let places = ["install/bin", "install", "bin", "."];
        return places
            .map(|place| entry.join(place).join(name))
            .into_iter()
            .find(|path| path.is_file());
    }
    if let Ok(target) = entry.read_link() {
        let target = entry.parent()?.join(target);
        return target.is_file().then_some(target);
    }
    if sys::is_executable(entry) {
        return Some(entry.to_owned());
    }
    let text = fs::read_text(entry).ok()?;
    let path = PathBuf::from(text.trim_end());
    path.is_file().then_some(path)
}

/// The Python that is wanted, and who wants it.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) request: Request,
    /// The versions that the project can do with
    pub(crate) requires_python: VersionSpecifiers,
    /// The file that the request stands in
    pub(crate) pin: Option<PathBuf>,
}

impl Wanted {
    /// Returns a part of a sentence that says what is wanted, and where.
    fn told(&self) -> String {
        let Self { request, requires_python, pin } = self;
        if pin.is_none() && *request == Request::any() && !requires_python.is_empty() {
            return format!("`{requires_python}`");
        }
        let asks = pin.as_ref().map(|path| format!(", as `{}` asks", path.display()));
        let asks = asks.unwrap_or_default();
        let meets = match (requires_python.is_empty(), pin) {
            (true, _) => String::new(),
            (false, None) => format!(" and meets `{requires_python}`"),
            (false, Some(_)) => format!(", and meets `{requires_python}`"),
        };
        format!("`{request}`{asks}{meets}")
    }

    /// Tells whether an interpreter will do.
    pub(crate) fn admits(&self, interpreter: &Interpreter) -> bool {
        self.request.admits(interpreter)
            && self.requires_python.contains(&interpreter.python.version.only_release())
    }
}

impl From<Request> for Wanted {
    fn from(request: Request) -> Self {
        Self { request, requires_python: VersionSpecifiers::empty(), pin: None }
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.requires_python.is_empty() {
            self.request.fmt(f)
        } else if self.request == Request::any() {
            self.requires_python.fmt(f)
        } else {
            write!(f, "{} and {}", self.request, self.requires_python)
        }
    }
}
