//! Updates of Rye itself: a release from a directory or a server, or what cargo builds from a repository.
//!
//! A release is looked at, checked, and tried before it takes the place of the program that is there, and that
//! one comes back if the new one does not run in its place. Where there are releases nobody but the user knows.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;

use url::Url;

use crate::archive;
use crate::context::Context;
use crate::env::Env;
use crate::error::Hint;
use crate::fs;
use crate::http::{self, Client, Network};
use crate::installation::{self, Installation};
use crate::packaging::{self, Version};
use crate::platform::Platform;
use crate::process;

/// The variable that says where releases are.
const URL_VARIABLE: &str = "RYE_UPDATE_URL";

/// The variable that says where the repository is.
const REPOSITORY_VARIABLE: &str = "RYE_UPDATE_REPOSITORY";

/// The file beside the releases with the version of the newest one.
const NEWEST: &str = "latest";

/// The most bytes that a program may have, packed or not.
const LARGEST_PROGRAM: u64 = 1 << 30;

/// The most bytes of a file with a word or two in it.
const LARGEST_NOTE: u64 = 4096;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("nothing says where releases of Rye are")]
    NoPlace,
    #[error("nothing says where the repository of Rye is")]
    NoRepository,
    #[error("`{0}` is no place of releases")]
    Place(String),
    #[error(
        "the URL of the repository has credentials in it, which others on this machine could see"
    )]
    Credentials,
    #[error("`{}` was not put there by `rye self install`", .0.display())]
    Foreign(PathBuf),
    #[error("`{0}` is not to be asked offline")]
    Offline(String),
    #[error("`{place}` has no file `{NEWEST}` that tells the newest release")]
    NoNewest { place: String },
    #[error("`{NEWEST}` in `{place}` holds no version")]
    Newest { place: String },
    #[error("`{place}` has no release {version} for this platform, {}", Platform::CURRENT)]
    NoRelease { place: String, version: String },
    #[error("the release {version} cannot be checked: `{file}` is not there")]
    NoDigest { version: String, file: String },
    #[error("`{0}` holds no sha256")]
    Digest(String),
    #[error("cannot unpack the release {version}")]
    Unpack { version: String, source: archive::Error },
    #[error("the new program does not run")]
    DoesNotRun(#[source] process::Error),
    #[error("the new program calls itself `rye {actual}`, which is not `rye {expected}`")]
    OtherVersion { expected: String, actual: String },
    #[error("the new program calls itself `{0}`, which is no rye")]
    NoRye(String),
    #[error("the new program is refused, and nothing was replaced")]
    Refused(#[source] Box<Self>),
    #[error("the new program is refused, and the old one is back in its place")]
    PutBack(#[source] Box<Self>),
    #[error("cargo cannot build it")]
    Cargo(#[source] process::Error),
    #[error("cargo did not build it ({0})")]
    NotBuilt(std::process::ExitStatus),
    #[error(transparent)]
    Http(#[from] http::Error),
    #[error(transparent)]
    Config(#[from] crate::config::Error),
    #[error(transparent)]
    Env(#[from] crate::env::Error),
    #[error(transparent)]
    Installation(#[from] installation::Error),
    #[error(transparent)]
    Fs(#[from] fs::Error),
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        let text = match self {
            Self::NoPlace => {
                "name a directory or a URL with `--from`, or once for all: `rye config --set update.url=…`"
            }
            Self::NoRepository => {
                "name its URL with `--from`, or once for all: `rye config --set update.repository=…`"
            }
            Self::Place(_) => "name a directory, or a URL that begins with `https://` or `http://`",
            Self::Credentials => "take them out; git asks its credential helpers for them",
            Self::Foreign(_) => {
                "update it the way it was installed, or say `rye self install` to have one of your own; \
                 `--force` replaces it all the same"
            }
            Self::Offline(_) => "take `--offline` away, or name a directory with `--from`",
            Self::NoNewest { .. } | Self::Newest { .. } => {
                "check the place, or say which release you want with `--version`"
            }
            Self::NoRelease { .. } => "check the place and the version",
            Self::NoDigest { .. } | Self::Digest(_) => {
                "a release has a file with its sha256 beside it, as `sha256sum` writes it"
            }
            Self::DoesNotRun(_) | Self::OtherVersion { .. } | Self::NoRye(_) => {
                "whoever offers these releases has to know"
            }
            Self::Cargo(_) => "install Rust, or update from a release",
            Self::NotBuilt(_) | Self::Unpack { .. } => return None,
            Self::Refused(source) | Self::PutBack(source) => return source.hint(),
            Self::Http(error) => return error.hint(),
            Self::Config(error) => return error.hint(),
            Self::Env(error) => return error.hint(),
            Self::Installation(error) => return error.hint(),
            Self::Fs(error) => return error.hint(),
        };
        Some(text.to_owned())
    }
}

/// The release that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    Newest,
    /// As it was written, which is what its directory is called
    Version(String),
}

impl FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == NEWEST {
            return Ok(Self::Newest);
        }
        text.parse::<Version>().map_err(|error| packaging::reason(&error))?;
        Ok(Self::Version(text.to_owned()))
    }
}

/// A state of the repository.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Revision<'a> {
    Tag(&'a str),
    Commit(&'a str),
    Branch(&'a str),
}

/// A program that can take the place of this one.
#[derive(Debug)]
pub(crate) struct Candidate {
    /// As it tells it itself
    pub(crate) version: String,
    program: PathBuf,
    staging: fs::Staging,
    _lock: fs::Lock,
}

/// The version of this program
pub(crate) const CURRENT: &str = env!("CARGO_PKG_VERSION");

/// A directory, or a place on a server, that has releases.
///
/// ```text
/// latest                              the version of the newest release
/// 1.2.3/rye-x86_64-linux.gz           a program, packed by gzip
/// 1.2.3/rye-x86_64-linux.gz.sha256    the SHA-256 of that file, then anything
/// 1.2.3/rye-x86_64-windows.exe        on Windows it is not packed
/// ```
pub(crate) struct Releases<'a> {
    ctx: &'a Context<'a>,
    base: Url,
    client: Client,
}

impl<'a> Releases<'a> {
    /// Finds the place: what is given, else what the variable or the setting says.
    pub(crate) fn find(
        ctx: &'a Context<'a>,
        given: Option<&str>,
        network: Network,
    ) -> Result<Self, Error> {
        let given = given.or_else(|| ctx.env.var(URL_VARIABLE));
        let config = ctx.config()?;
        // a path in a file starts from where the file is
        let (text, directory) = match (given, config.update.url.as_deref()) {
            (Some(text), _) => (text, ctx.env.working_directory()),
            (None, Some(text)) => (text, ctx.env.home()),
            (None, None) => return Err(Error::NoPlace),
        };
        let base = http::base(text, directory);
        let base = base.ok_or_else(|| Error::Place(http::redacted_text(text)))?;
        if network == Network::Offline && base.scheme() != "file" {
            return Err(Error::Offline(shown(&base)));
        }
        if base.scheme() != "file" && !http::is_protected(&base) {
            ctx.ui.warn(format_args!(
                "what comes from `{}` can be changed on its way, and its sha256 with it: use `https://`",
                shown(&base)
            ));
        }
        Ok(Self { ctx, client: ctx.client(config, &[])?, base })
    }

    /// Returns the place without what may be secret in it.
    pub(crate) fn place(&self) -> String {
        shown(&self.base)
    }

    /// Returns what the version of a release is called here.
    pub(crate) fn name_of(&self, wanted: &Wanted) -> Result<String, Error> {
        if let Wanted::Version(name) = wanted {
            return Ok(name.clone());
        }
        let text = self.note(&self.url(NEWEST)).map_err(|source| match source {
            source if source.is_absence() => Error::NoNewest { place: self.place() },
            source => source.into(),
        })?;
        let name = text.trim();
        let is_version = name.parse::<Version>().is_ok();
        is_version.then(|| name.to_owned()).ok_or_else(|| Error::Newest { place: self.place() })
    }

    /// Fetches a release, checks it, and tries whether it runs here.
    pub(crate) fn fetch(&self, name: &str) -> Result<Candidate, Error> {
        let ctx = self.ctx;
        let is_packed = !cfg!(windows);
        let Platform { os, arch } = Platform::CURRENT;
        let asset = format!("rye-{arch}-{os}{}", if is_packed { ".gz" } else { ".exe" });
        let url = self.url(&format!("{name}/{asset}"));
        let no_release = |source: http::Error| match source {
            source if source.is_absence() => {
                Error::NoRelease { place: self.place(), version: name.to_owned() }
            }
            source => source.into(),
        };
        let progress = ctx.ui.download(format_args!("rye {name}"));
        let mut download = self.client.open(&url, &progress).map_err(no_release)?;
        let digest_url = self.url(&format!("{name}/{asset}.sha256"));
        let digest = self.note(&digest_url).map_err(|source| match source {
            source if source.is_absence() => {
                Error::NoDigest { version: name.to_owned(), file: shown(&digest_url) }
            }
            source => source.into(),
        })?;
        let digest = digest.split_whitespace().next().and_then(fs::parse_sha256);
        let digest = digest.ok_or_else(|| Error::Digest(shown(&digest_url)))?;
        ctx.ui.status("fetching", format_args!("rye {name}"));
        ctx.ui.detail(format_args!("from {}", shown(&url)));
        let (staging, lock) = stage(ctx)?;
        let fetched = staging.path().join(&asset);
        let mut file = fs::create(&fetched)?;
        download.copy_to(&mut file, LARGEST_PROGRAM)?;
        download.verify(&digest)?;
        drop(file);
        let program = if is_packed {
            let program = staging.path().join("rye");
            let mut file = fs::create(&program)?;
            let unpacked = archive::unpack_gzip(fs::open(&fetched)?, LARGEST_PROGRAM, &mut file);
            unpacked.map_err(|source| Error::Unpack { version: name.to_owned(), source })?;
            program
        } else {
            fetched
        };
        let version = try_out(&ctx.env, staging.path(), &program)?;
        if version.parse::<Version>() != name.parse::<Version>() {
            let source = Error::OtherVersion { expected: name.to_owned(), actual: version };
            return Err(Error::Refused(Box::new(source)));
        }
        Ok(Candidate { version, program, staging, _lock: lock })
    }

    fn url(&self, path: &str) -> Url {
        self.base.join(path).expect("versions and names of files are paths")
    }

    /// Returns the text of a small file.
    fn note(&self, url: &Url) -> Result<String, http::Error> {
        let progress = self.ctx.ui.download("");
        let mut text = Vec::new();
        self.client.open(url, &progress)?.copy_to(&mut text, LARGEST_NOTE)?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }
}

/// Returns a place as a user would write it, without what may be secret in it.
fn shown(url: &Url) -> String {
    match url.to_file_path() {
        Ok(path) if url.scheme() == "file" => path.display().to_string(),
        Ok(_) | Err(()) => http::Redacted::from(url).to_string(),
    }
}

/// Has cargo build a state of the repository, and tries whether the program runs here.
pub(crate) fn build(
    ctx: &Context<'_>,
    repository: Option<&str>,
    revision: Revision<'_>,
) -> Result<Candidate, Error> {
    let configured = ctx.config()?.update.repository.as_deref();
    let repository = repository.or_else(|| ctx.env.var(REPOSITORY_VARIABLE)).or(configured);
    let repository = repository.ok_or(Error::NoRepository)?;
    let has_credentials = |url: &Url| {
        url.password().is_some()
            || matches!(url.scheme(), "http" | "https") && !url.username().is_empty()
    };
    if repository.parse().is_ok_and(|url| has_credentials(&url)) {
        return Err(Error::Credentials);
    }
    let (staging, lock) = stage(ctx)?;
    let root = staging.path().join("built");
    let mut cargo = process::command(&ctx.env, Path::new("cargo"));
    cargo.args(["install", "--locked", "--git", repository]);
    match revision {
        Revision::Tag(tag) => cargo.args(["--tag", tag]),
        Revision::Commit(commit) => cargo.args(["--rev", commit]),
        Revision::Branch(branch) => cargo.args(["--branch", branch]),
    };
    cargo.arg("--root").arg(&root).arg("rye");
    ctx.ui.status("building", process::display(&cargo));
    let status = process::status(&mut cargo).map_err(Error::Cargo)?;
    if !status.success() {
        return Err(Error::NotBuilt(status));
    }
    let program = root.join("bin").join(format!("rye{}", std::env::consts::EXE_SUFFIX));
    let version = try_out(&ctx.env, staging.path(), &program)?;
    Ok(Candidate { version, program, staging, _lock: lock })
}

/// Makes room for a new program. Whoever else updates at the same time waits.
fn stage(ctx: &Context<'_>) -> Result<(fs::Staging, fs::Lock), Error> {
    let lock = fs::lock(&ctx.env.locks().join("update.lock"), || {
        ctx.ui.status("waiting", "for another rye that updates itself");
    })?;
    Ok((fs::Staging::beside(&ctx.env.home().join(installation::UPDATE))?, lock))
}

/// Asks a program for its version, in a home of its own.
fn try_out(env: &Env, directory: &Path, program: &Path) -> Result<String, Error> {
    fs::make_executable(program)?;
    let mut command = process::command(env, program);
    command.env("RYE_HOME", directory.join("home"));
    ask_version(command).map_err(|source| Error::Refused(Box::new(source)))
}

fn ask_version(mut program: Command) -> Result<String, Error> {
    let answer = process::output(program.arg("--version")).map_err(Error::DoesNotRun)?;
    let line = answer.lines().next().unwrap_or_default();
    let version = line.strip_prefix("rye ").map(str::trim);
    let version = version.filter(|version| version.parse::<Version>().is_ok());
    version.map(str::to_owned).ok_or_else(|| Error::NoRye(line.to_owned()))
}

/// The program that is running, which another may take the place of.
pub(crate) struct Target<'a> {
    env: &'a Env,
    program: PathBuf,
    /// None if Rye did not install it
    installation: Option<Installation<'a>>,
}

impl<'a> Target<'a> {
    /// Finds the program; one that `rye self install` did not install has to be asked for.
    pub(crate) fn find(env: &'a Env, is_forced: bool) -> Result<Self, Error> {
        let mut program = env.program()?;
        if program.is_symlink() {
            program = fs::canonical(&program)?; // a link stays, and leads to the new one
        }
        let installation = Installation::new(env).ok().filter(|known| known.has(&program));
        if installation.is_none() && !is_forced {
            return Err(Error::Foreign(program));
        }
        Ok(Self { env, program, installation })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.program
    }

    /// Puts a new program in the place of this one. If it does not run there, this one comes back.
    pub(crate) fn replace(&self, candidate: &Candidate) -> Result<(), Error> {
        fs::check_writable(&self.program)?;
        let old = candidate.staging.path().join("old");
        fs::copy_program(&self.program, &old)?;
        let put = self.put(&candidate.program);
        let tried = put.and_then(|()| ask_version(process::command(self.env, &self.program)));
        let Err(source) = tried else { return Ok(()) };
        self.put_back(&old)?;
        Err(Error::PutBack(Box::new(source)))
    }

    fn put_back(&self, old: &Path) -> Result<(), Error> {
        // a rename needs no room on the disk
        fs::rename(old, &self.program).or_else(|_| fs::copy_program(old, &self.program))?;
        if let Some(installation) = &self.installation {
            installation.put(&self.program)?; // where links are copies they are anew, too
        }
        Ok(())
    }

    fn put(&self, program: &Path) -> Result<(), Error> {
        match &self.installation {
            Some(installation) => installation.put(program).map(drop).map_err(Error::from),
            None => Ok(fs::copy_program(program, &self.program)?),
        }
    }
}
