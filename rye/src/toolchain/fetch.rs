//! Fetching toolchains: from the catalog, a URL or a file, into Rye's home or to another place.
//!
//! An archive is unpacked while it arrives, into staging; only when its digest is right and its
//! interpreter has answered does it take the place of what was there.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::mpsc;
use std::thread;

use url::Url;

use crate::archive;
use crate::context::Context;
use crate::fs;
use crate::http::{self, Client, Download, Network};
use crate::toolchain::catalog::{Catalog, Offer};
use crate::toolchain::{
    Error, Interpreter, Kind, Python, Request, RequestError, Toolchain, Toolchains, Wanted,
    executable,
};
use crate::ui::Progress;

/// The variable that names a mirror.
const MIRROR_VARIABLE: &str = "RYE_TOOLCHAIN_MIRROR";

/// The file that tells a directory which Rye unpacked a Python to from all others.
const MARKER: &str = ".rye-toolchain";

/// The most bytes that an archive may have.
const LARGEST_ARCHIVE: u64 = 4 << 30;

/// What to fetch: an archive at a URL or in a file, else what the catalog has for a request.
#[derive(Clone, Debug)]
pub(crate) enum What {
    Url(Url),
    File(PathBuf),
    Wanted(Box<Wanted>),
}

impl FromStr for What {
    type Err = RequestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let (true, Ok(url)) = (text.contains("://"), text.parse()) {
            return Ok(Self::Url(url));
        }
        let is_file = text.contains(['/', '\\'])
            || [".tar", ".gz", ".zst", ".bz2", ".tgz", ".zip"]
                .iter()
                .any(|end| text.ends_with(end));
        if is_file {
            return Ok(Self::File(text.into()));
        }
        let request: Request = text.parse()?;
        Ok(Self::Wanted(Box::new(request.into())))
    }
}

/// How to fetch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    /// Fetch what is there already, too
    pub(crate) force: bool,
    /// The directory to unpack to instead of Rye's home
    pub(crate) target: Option<PathBuf>,
    pub(crate) build_info: BuildInfo,
    /// A URL, or a directory
    pub(crate) mirror: Option<String>,
    pub(crate) network: Network,
}

/// What becomes of what a Python was built from, where an archive has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum BuildInfo {
    #[default]
    Drop,
    Keep,
    /// An archive without it will not do
    Require,
}

/// Fetches all of these, in parallel, and tells of each that is done; returns what went wrong.
pub(crate) fn fetch(
    ctx: &Context<'_>,
    toolchains: &Toolchains<'_>,
    whats: &[What],
    options: &Options,
) -> Result<Vec<Error>, Error> {
    let catalog = Catalog::load(&ctx.env)?;
    let mirror = mirror(ctx, options.mirror.as_deref())?;
    // by name, in the order in which every rye takes the locks: none waits for another in a circle
    let mut plans = BTreeMap::new();
    let mut errors = Vec::new();
    for what in whats {
        match toolchains.plan(ctx, &catalog, mirror.as_ref(), what, options) {
            Ok(Planned::Present(toolchain)) => tell_present(ctx, &toolchain),
            Ok(Planned::Archive(archive)) => {
                plans.insert(archive.lock_name(), archive);
            }
            Err(error) => errors.push(error),
        }
    }
    let (_, failed) = toolchains.fetch_all(ctx, plans.into_values().collect(), options)?;
    errors.extend(failed);
    Ok(errors)
}

/// Fetches an offer of the catalog into Rye's home, because something needs it.
pub(crate) fn fetch_offer(
    ctx: &Context<'_>,
    toolchains: &Toolchains<'_>,
    offer: Offer,
    network: Network,
) -> Result<Toolchain, Error> {
    let options = Options { network, ..Options::default() };
    let archive = Archive::of_offer(offer, mirror(ctx, None)?.as_ref())?;
    let (mut done, mut failed) = toolchains.fetch_all(ctx, vec![archive], &options)?;
    match failed.pop() {
        Some(error) => Err(error),
        None => Ok(done.pop().expect("one was fetched, or present, and none failed")),
    }
}

fn tell_present(ctx: &Context<'_>, toolchain: &Toolchain) {
    let path = toolchain.interpreter.path.display();
    ctx.ui.status("present", format_args!("{} ({path})", toolchain.name));
}

/// Returns the URL that takes the place of the catalog's bases, if there is one.
fn mirror(ctx: &Context<'_>, flag: Option<&str>) -> Result<Option<Url>, Error> {
    let config = ctx.config()?;
    let text = flag.or_else(|| ctx.env.var(MIRROR_VARIABLE)).or(config.toolchain.mirror.as_deref());
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let refused = || Error::Mirror { mirror: http::redacted_text(text) };
    let url = if text.contains("://") {
        format!("{}/", text.trim_end_matches('/')).parse().ok()
    } else {
        let directory = ctx.env.working_directory().join(text);
        Url::from_directory_path(&directory).ok().filter(|_| directory.is_dir())
    };
    let url: Url = url.ok_or_else(refused)?;
    if matches!(url.scheme(), "http" | "https" | "file") { Ok(Some(url)) } else { Err(refused()) }
}

/// What is to be done for one thing to fetch.
enum Planned {
    Present(Toolchain),
    Archive(Archive),
}

/// An archive to fetch.
#[derive(Debug)]
struct Archive {
    /// What it is called in messages
    name: String,
    url: Url,
    /// None for a file that the user named
    sha256: Option<String>,
    /// What it must hold, if that is known
    python: Option<Python>,
    /// The interpreter can be asked
    runs_here: bool,
}

impl Archive {
    fn of_offer(offer: Offer, mirror: Option<&Url>) -> Result<Self, Error> {
        let url = match mirror {
            Some(mirror) => mirror
                .join(&offer.location)
                .map_err(|_| Error::Mirror { mirror: http::Redacted::from(mirror).to_string() })?,
            None => offer.url,
        };
        Ok(Self {
            name: offer.python.to_string(),
            url,
            sha256: Some(offer.sha256),
            python: Some(offer.python),
            runs_here: true,
        })
    }

    /// Returns a name that is the same for all who fetch the same.
    fn lock_name(&self) -> String {
        match &self.python {
            Some(python) => python.to_string(),
            None => format!("archive-{}", &fs::sha256(self.url.as_str().as_bytes())[..16]),
        }
    }

    /// Downloads and unpacks the archive at the same time.
    fn unpack(&self, client: &Client, progress: &Progress, directory: &Path) -> Result<(), Error> {
        let failed = |source| Error::Fetch { name: self.name.clone(), source };
        let mut download = client.open(&self.url, progress).map_err(failed)?;
        let unpacked = archive::unpack(&mut download, directory);
        let unpacked = match unpacked {
            Err(archive::Error::Source(error)) => Err(match error.downcast() {
                Ok(source) => return Err(failed(source)),
                Err(error) => archive::Error::Source(error),
            }),
            unpacked => unpacked,
        };
        if let Some(sha256) = &self.sha256 {
            // a file that is not the expected one is no archive that cannot be read
            if unpacked.is_ok() || drain(&mut download) {
                download.verify(sha256).map_err(failed)?;
            }
        }
        unpacked.map_err(|source| Error::Unpack { name: self.name.clone(), source })
    }
}

/// Reads what is left; tells whether that was all.
fn drain(download: &mut Download<'_>) -> bool {
    let mut rest = io::Read::take(download, LARGEST_ARCHIVE);
    io::copy(&mut rest, &mut io::sink()).is_ok_and(|size| size < LARGEST_ARCHIVE)
}

/// An archive on its way, with the locks and directories that it needs.
struct Job {
    archive: Archive,
    staging: fs::Staging,
    progress: Progress,
    _lock: fs::Lock,
}

impl Toolchains<'_> {
    fn plan(
        &self,
        ctx: &Context<'_>,
        catalog: &Catalog,
        mirror: Option<&Url>,
        what: &What,
        options: &Options,
    ) -> Result<Planned, Error> {
        let (url, name) = match what {
            What::Wanted(wanted) => {
                return self.plan_wanted(ctx, catalog, mirror, wanted, options);
            }
            What::Url(url) => (url.clone(), None),
            What::File(path) => {
                let path = ctx.env.working_directory().join(path);
                let url = Url::from_file_path(&path).ok().filter(|_| path.is_file());
                let name = path.display().to_string();
                (url.ok_or(Error::NoArchive(path))?, Some(name))
            }
        };
        let redacted = http::Redacted::from(&url).to_string();
        match url.scheme() {
            "http" | "https" => {}
            "file" if url.to_file_path().is_ok_and(|path| path.is_file()) => {}
            _ => return Err(Error::NoUrl { url: redacted }),
        }
        let mut bare = url.clone();
        bare.set_fragment(None);
        let file = bare.path_segments().and_then(|mut parts| parts.next_back());
        let known = file.and_then(|file| catalog.find_file(file));
        let stated = url.fragment().and_then(|fragment| fragment.strip_prefix("sha256="));
        let sha256 = stated.map(str::to_ascii_lowercase);
        let sha256 = sha256.or_else(|| known.map(|offer| offer.sha256.clone()));
        if sha256.is_none() && bare.scheme() != "file" {
            return Err(Error::NoDigest { url: redacted });
        }
        let name = name.unwrap_or_else(|| http::Redacted::from(&bare).to_string());
        Ok(Planned::Archive(Archive { name, url: bare, sha256, python: None, runs_here: true }))
    }

    fn plan_wanted(
        &self,
        ctx: &Context<'_>,
        catalog: &Catalog,
        mirror: Option<&Url>,
        wanted: &Wanted,
        options: &Options,
    ) -> Result<Planned, Error> {
        if options.target.is_none() && !options.force {
            let mut installed = self.named()?;
            installed.retain(|toolchain| toolchain.kind == Kind::Installed);
            installed.sort_by_cached_key(|toolchain| toolchain.interpreter.python.order());
            let found = installed.into_iter().find(|known| wanted.admits(&known.interpreter));
            if let Some(found) = found {
                if fs::Staging::has_leftovers(&ctx.env.toolchains().join(&found.name))? {
                    let _lock = lock(ctx, &found.name)?;
                    self.clear_leftovers(&found.name)?;
                }
                return Ok(Planned::Present(found));
            }
        }
        let needs_build_info = options.build_info == BuildInfo::Require;
        let is_enough = |offer: &&Offer| !needs_build_info || offer.has_build_info();
        let Some(offer) = catalog.matching(wanted).find(is_enough) else {
            if catalog.find(wanted).is_some() {
                return Err(Error::NoBuildInfo { wanted: wanted.to_string() });
            }
            let near = catalog.find_near(wanted).map(|offer| offer.python.to_string());
            return Err(Error::NotOffered { wanted: wanted.to_string(), near });
        };
        let runs_here = catalog.runs_here(offer);
        if !runs_here && options.target.is_none() {
            return Err(Error::Foreign { wanted: wanted.to_string() });
        }
        let archive = Archive::of_offer(offer.clone(), mirror)?;
        Ok(Planned::Archive(Archive { runs_here, ..archive }))
    }

    /// Fetches archives in parallel; returns what was fetched or found present, and what failed.
    fn fetch_all(
        &self,
        ctx: &Context<'_>,
        archives: Vec<Archive>,
        options: &Options,
    ) -> Result<(Vec<Toolchain>, Vec<Error>), Error> {
        let (mut done, mut errors, mut jobs) = (Vec::new(), Vec::new(), Vec::new());
        for archive in archives {
            match self.begin(ctx, archive, options) {
                Ok(Begun::Present(toolchain)) => {
                    tell_present(ctx, &toolchain);
                    done.push(toolchain);
                }
                Ok(Begun::Job(job)) => jobs.push(job),
                Err(error) => errors.push(error),
            }
        }
        if jobs.is_empty() {
            return Ok((done, errors));
        }
        let client = ctx.client(ctx.config()?, &[])?;
        thread::scope(|scope| {
            let (sender, receiver) = mpsc::channel();
            for job in jobs {
                let (client, sender) = (&client, sender.clone());
                scope.spawn(move || {
                    let unpacked = job.archive.unpack(client, &job.progress, job.staging.path());
                    // the receiver goes only when all senders have
                    drop(sender.send((job, unpacked)));
                });
            }
            drop(sender);
            for (job, unpacked) in receiver {
                match unpacked.and_then(|()| self.finish(ctx, job, options)) {
                    Ok(toolchain) => done.extend(toolchain),
                    Err(error) => errors.push(error),
                }
            }
        });
        Ok((done, errors))
    }

    /// Takes the lock of an archive and makes room for what is in it.
    fn begin(
        &self,
        ctx: &Context<'_>,
        archive: Archive,
        options: &Options,
    ) -> Result<Begun, Error> {
        let name = archive.lock_name();
        let lock = lock(ctx, &name)?;
        let target = if let Some(target) = &options.target {
            checked_target(ctx, target, options.force)?
        } else {
            let target = ctx.env.toolchains().join(&name);
            self.clear_leftovers(&name)?;
            if let Some(known) = self.replaced(&target, options)? {
                return Ok(Begun::Present(known));
            }
            target
        };
        if options.network == Network::Offline && archive.url.scheme() != "file" {
            return Err(Error::Offline { name: archive.name });
        }
        let staging = {
            let _lock = self.lock()?;
            fs::Staging::beside(&target)?
        };
        ctx.ui.status("fetching", &archive.name);
        ctx.ui.detail(format_args!("from {}", http::Redacted::from(&archive.url)));
        let progress = ctx.ui.download(&archive.name);
        Ok(Begun::Job(Job { archive, staging, progress, _lock: lock }))
    }

    /// Removes what a killed rye left beside a toolchain. The caller holds the toolchain's lock.
    fn clear_leftovers(&self, name: &str) -> Result<(), Error> {
        let _changing = self.lock()?;
        Ok(fs::Staging::clear(&self.env.toolchains().join(name))?)
    }

    /// Returns the toolchain that is there already and is to stay.
    fn replaced(&self, target: &Path, options: &Options) -> Result<Option<Toolchain>, Error> {
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let known = self.named()?.into_iter().find(|known| known.name == name);
        match known {
            Some(known) if !options.force => Ok(Some(known)),
            Some(Toolchain { name, kind: Kind::Registered, interpreter }) => {
                Err(Error::NameInUse { name, path: interpreter.path })
            }
            Some(_) | None => Ok(None),
        }
    }

    /// Puts what was unpacked in its place, if it is what it should be. What has no place in Rye's
    /// home is no toolchain of Rye's.
    fn finish(
        &self,
        ctx: &Context<'_>,
        job: Job,
        options: &Options,
    ) -> Result<Option<Toolchain>, Error> {
        let Job { archive, staging, progress, _lock } = job;
        drop(progress);
        let root = staging.path();
        let is_full = root.join("install").is_dir() && root.join("build").is_dir();
        let part = Path::new(if is_full && options.build_info == BuildInfo::Drop {
            "install"
        } else {
            ""
        });
        if options.build_info == BuildInfo::Require && !root.join("build").is_dir() {
            return Err(Error::NoBuildInfoInside { name: archive.name });
        }
        let root = root.join(part);
        let program = executable(&root);
        let program = program.ok_or_else(|| Error::Incomplete { name: archive.name.clone() })?;
        let interpreter = if archive.runs_here {
            Some(self.try_out(&archive, &program)?)
        } else {
            ctx.ui.warn(format_args!("{} is for another platform and was not tried", archive.name));
            None
        };
        let inside = program.strip_prefix(&root).expect("it was found there").to_owned();
        let _changing = self.lock()?;
        if let Some(target) = &options.target {
            // somebody may have put something there meanwhile
            let target = checked_target(ctx, target, options.force)?;
            fs::write(&root.join(MARKER), format!("{}\n", archive.name))?;
            staging.commit_part(part, &target)?;
            ctx.ui.status("unpacked", format_args!("{} ({})", archive.name, target.display()));
            return Ok(None);
        }
        let interpreter = interpreter.ok_or(Error::Incomplete { name: archive.name })?;
        let name = interpreter.python.to_string();
        let target = ctx.env.toolchains().join(&name);
        if let Some(known) = self.replaced(&target, options)? {
            tell_present(ctx, &known);
            return Ok(Some(known));
        }
        staging.commit_part(part, &target)?;
        let interpreter = Interpreter { path: target.join(inside), ..interpreter };
        ctx.ui.status("installed", format_args!("{name} ({})", interpreter.path.display()));
        Ok(Some(Toolchain { name, kind: Kind::Installed, interpreter }))
    }

    /// Asks a staged interpreter what it is, which must be what was promised.
    fn try_out(&self, archive: &Archive, program: &Path) -> Result<Interpreter, Error> {
        let name = || archive.name.clone();
        let interpreter = self.prober.ask_now(program);
        let interpreter =
            interpreter.map_err(|source| Error::DoesNotRun { name: name(), source })?;
        if interpreter.is_venv {
            let found = format!("a virtual environment of {}", interpreter.python);
            return Err(Error::Mismatch { name: name(), found });
        }
        match &archive.python {
            Some(python) if *python != interpreter.python => {
                Err(Error::Mismatch { name: name(), found: interpreter.python.to_string() })
            }
            Some(_) | None => Ok(interpreter),
        }
    }
}

/// Takes the lock of what is called so, which whoever fetches it holds.
fn lock(ctx: &Context<'_>, name: &str) -> Result<fs::Lock, Error> {
    let path = ctx.env.locks().join(format!("toolchain-{name}.lock"));
    Ok(fs::lock(&path, || {
        ctx.ui.status("waiting", format_args!("for another rye that fetches {name}"));
    })?)
}

/// What became of the intention to fetch an archive.
enum Begun {
    Present(Toolchain),
    Job(Job),
}

/// Returns the directory that a target is, links followed. Fails for one that must not be replaced: a
/// file, or a directory that Rye did not unpack a Python to, since a home can look like a Python.
fn checked_target(ctx: &Context<'_>, target: &Path, force: bool) -> Result<PathBuf, Error> {
    let target = ctx.env.working_directory().join(target);
    let refused = |reason| Err(Error::Target { path: target.clone(), reason });
    if !fs::exists(&target) {
        return Ok(target);
    }
    if !target.is_dir() {
        return refused("is no directory");
    }
    if !force {
        return refused("exists");
    }
    if fs::list(&target)?.is_empty() || target.join(MARKER).is_file() {
        Ok(fs::canonical(&target)?)
    } else {
        refused("holds something that Rye did not put there")
    }
}
