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
use crate::env::Env;
use crate::fs;
use crate::http::{self, Client, Download, Network};
use crate::sys;
use crate::toolchain::catalog::{Catalog, Offer};
use crate::toolchain::{
    Error, Interpreter, Kind, Python, Request, Toolchain, Toolchains, Wanted, executable,
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
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.contains("://") {
            let url = text.parse().map_err(|_| Error::NoUrl { url: http::redacted_text(text) })?;
            return Ok(Self::Url(url));
        }
        let ends = [".tar", ".gz", ".zst", ".bz2", ".tgz", ".zip"];
        if text.contains(['/', '\\']) || ends.iter().any(|end| text.ends_with(end)) {
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
    // by name, in the order in which every rye takes the locks: none waits for another in a circle
    let mut plans = BTreeMap::new();
    let mut errors = Vec::new();
    for what in whats {
        match toolchains.plan(ctx, &catalog, what, options) {
            Ok(Planned::Present(toolchain)) => tell_present(ctx, &toolchain),
            Ok(Planned::Archive(archive)) => {
                plans.insert(archive.id(), archive);
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
    let archive = Archive::of_offer(ctx, offer, &options)?;
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
    let given = flag.or_else(|| ctx.env.var(MIRROR_VARIABLE));
    let configured = ctx.config()?.toolchain.mirror.as_deref();
    // a path in a file starts from where the file is
    let (text, base) = match (given, configured) {
        (Some(text), _) => (text, ctx.env.working_directory()),
        (None, Some(text)) if !text.is_empty() => (text, ctx.env.home()),
        (None, _) => return Ok(None),
    };
    let refused = || Error::Mirror { mirror: http::redacted_text(text) };
    http::base(text, base).map(Some).ok_or_else(refused)
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
    fn of_offer(ctx: &Context<'_>, offer: Offer, options: &Options) -> Result<Self, Error> {
        let url = match mirror(ctx, options.mirror.as_deref())? {
            Some(mirror) => mirror
                .join(&offer.location)
                .map_err(|_| Error::Mirror { mirror: http::Redacted::from(&mirror).to_string() })?,
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

    /// Returns the archive at a URL; the catalog may know what is in a file of this name.
    fn at(url: Url, name: String, sha256: Option<String>, catalog: &Catalog) -> Self {
        let file = url.path_segments().and_then(|mut parts| parts.next_back());
        let known = file.and_then(|file| catalog.find_file(file));
        let sha256 = sha256.or_else(|| known.map(|offer| offer.sha256.clone()));
        let runs_here = known.is_none_or(|offer| catalog.runs_here(offer));
        Self { name, url, sha256, python: None, runs_here }
    }

    /// Returns a name that is the same for all who fetch the same.
    fn id(&self) -> String {
        match &self.python {
            Some(python) => python.to_string(),
            None => format!("archive-{}", digest(self.url.as_str().as_bytes())),
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
        what: &What,
        options: &Options,
    ) -> Result<Planned, Error> {
        match what {
            What::Wanted(wanted) => self.plan_wanted(ctx, catalog, wanted, options),
            What::Url(url) => {
                let mut bare = url.clone();
                bare.set_fragment(None);
                let name = http::Redacted::from(&bare).to_string();
                match bare.scheme() {
                    "http" | "https" => {}
                    "file" if bare.to_file_path().is_ok_and(|path| path.is_file()) => {}
                    _ => return Err(Error::NoUrl { url: name }),
                }
                let stated = url.fragment().and_then(|fragment| fragment.strip_prefix("sha256="));
                let refused = || Error::NoDigest { url: name.clone() };
                let stated =
                    stated.map(|text| fs::parse_sha256(text).ok_or_else(refused)).transpose()?;
                let archive = Archive::at(bare, name, stated, catalog);
                if archive.sha256.is_none() && archive.url.scheme() != "file" {
                    return Err(Error::NoDigest { url: archive.name });
                }
                Ok(Planned::Archive(archive))
            }
            What::File(path) => {
                let path = ctx.env.working_directory().join(path);
                let url = Url::from_file_path(&path).ok().filter(|_| path.is_file());
                let name = path.display().to_string();
                let url = url.ok_or(Error::NoArchive(path))?;
                Ok(Planned::Archive(Archive::at(url, name, None, catalog)))
            }
        }
    }

    fn plan_wanted(
        &self,
        ctx: &Context<'_>,
        catalog: &Catalog,
        wanted: &Wanted,
        options: &Options,
    ) -> Result<Planned, Error> {
        if matches!(wanted.request, Request::Path(_)) {
            return Ok(Planned::Present(self.find(wanted)?));
        }
        if options.target.is_none() && !options.force {
            let mut installed = self.named()?;
            installed.retain(|known| {
                known.kind == Kind::Installed
                    && wanted.admits(&known.interpreter)
                    && self.has_enough(&known.name, options)
            });
            installed.sort_by_cached_key(|toolchain| toolchain.interpreter.python.order());
            if let Some(found) = installed.into_iter().next() {
                self.clear_leftovers(None)?;
                return Ok(Planned::Present(found));
            }
        }
        let needs_build_info = options.build_info == BuildInfo::Require;
        let is_enough = |offer: &&Offer| !needs_build_info || offer.has_build_info();
        let told = wanted.to_string();
        let Some(offer) = catalog.matching(wanted).find(is_enough) else {
            if catalog.find(wanted).is_some() {
                return Err(Error::NoBuildInfo { wanted: told });
            }
            let near = catalog.find_near(wanted);
            let near = near.filter(|offer| options.target.is_some() || catalog.runs_here(offer));
            return Err(Error::NotOffered { wanted: told, near: near.map(Offer::request) });
        };
        let runs_here = catalog.runs_here(offer);
        if !runs_here && options.target.is_none() {
            return Err(Error::Foreign { wanted: told });
        }
        let archive = Archive::of_offer(ctx, offer.clone(), options)?;
        Ok(Planned::Archive(Archive { runs_here, ..archive }))
    }

    /// Tells whether an installed toolchain has all that is asked for.
    fn has_enough(&self, name: &str, options: &Options) -> bool {
        let build = self.env.toolchains().join(name).join("build");
        options.build_info != BuildInfo::Require || build.is_dir()
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
        let client = match ctx.client(ctx.config()?, &[]) {
            Ok(client) => client,
            Err(error) => {
                errors.push(error.into());
                return Ok((done, errors));
            }
        };
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
        let id = archive.id();
        let (target, lock_name) = match &options.target {
            Some(target) => {
                let target = checked_target(ctx, target, options.force)?;
                let lock_name = format!("target-{}", digest(&sys::path_bytes(&target)));
                (target, lock_name)
            }
            None => (ctx.env.toolchains().join(&id), id),
        };
        let lock = fs::lock(&lock_path(&ctx.env, &lock_name), || {
            ctx.ui.status("waiting", format_args!("for another rye that fetches {}", archive.name));
        })?;
        if options.target.is_some() {
            checked_target(ctx, &target, options.force)?; // the other one may have filled it
        } else {
            self.clear_leftovers(Some(&lock_name))?;
            if let Some(known) = self.replaced(&target, options)? {
                return Ok(Begun::Present(known));
            }
        }
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

    /// Removes what killed ryes left beside toolchains, and puts back what they had moved aside.
    /// `held` is the toolchain whose lock the caller has; those that others hold are left alone.
    fn clear_leftovers(&self, held: Option<&str>) -> Result<(), Error> {
        let directory = self.env.toolchains();
        let names = fs::Staging::unfinished(&directory)?;
        if names.is_empty() {
            return Ok(());
        }
        let _changing = self.lock()?;
        for name in names {
            let is_held = held == Some(name.as_str());
            let lock = if is_held { None } else { fs::try_lock(&lock_path(self.env, &name))? };
            if is_held || lock.is_some() {
                fs::Staging::clear(&directory.join(&name))?;
            }
        }
        Ok(())
    }

    /// Returns the toolchain that is there already and is to stay.
    ///
    /// What is no directory was registered, whether it answers or not, and is never replaced.
    fn replaced(&self, target: &Path, options: &Options) -> Result<Option<Toolchain>, Error> {
        let Ok(entry) = target.symlink_metadata() else { return Ok(None) };
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let known = self.named()?.into_iter().find(|known| known.name == name);
        match known {
            Some(known) if !options.force && self.has_enough(&name, options) => Ok(Some(known)),
            Some(_) | None if entry.is_dir() => Ok(None),
            known => {
                let path = known.map_or_else(|| target.to_owned(), |known| known.interpreter.path);
                Err(Error::NameInUse { name: name.into_owned(), path })
            }
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

/// Returns the lock that whoever fetches what is called so holds.
fn lock_path(env: &Env, name: &str) -> PathBuf {
    env.locks().join(format!("toolchain-{name}.lock"))
}

fn digest(bytes: &[u8]) -> String {
    fs::sha256(bytes)[..16].to_owned()
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
