//! Bringing an environment to its lockfiles, and the lockfiles to their manifests.
//!
//! What was done is recorded in the environment, so that the next time nothing is done twice.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::config;
use crate::context::Context;
use crate::error::Hint;
use crate::fs;
use crate::index::{self, Indexes};
use crate::lock::{self, Kind, Locks, Relocked};
use crate::packaging::ExtraName;
use crate::project::{self, Project};
use crate::selection::{self, Selection};
use crate::toolchain::{self, Interpreter, Toolchain, Toolchains, Wanted, pin};
use crate::uv::{self, Access, Action, Change, Installation, Pylock, Uv};
use crate::venv::{self, Owner, Record, State, Synced, Venv};
use crate::workspace::{self, Survey, Workspace};

mod agreement;
mod inputs;
mod pylock;

use agreement::Agreement;
pub(crate) use inputs::local_path;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("`{}` is not named `pyproject.toml`, which installing from it needs", .0.display())]
    ManifestName(PathBuf),
    #[error("cannot lock `{name}`")]
    Lock { name: String, source: lock::Error },
    #[error(transparent)]
    Lockfile(lock::Error),
    #[error("cannot install the requirements of `{name}`")]
    Install { name: String, source: uv::Error },
    #[error("`{}` is missing", .0.display())]
    NoLockfile(PathBuf),
    #[error("`{}` is no lockfile of PEP 751", path.display())]
    Pylock { path: PathBuf, source: toml_edit::de::Error },
    #[error("`{}` has no {kind} `{name}`", path.display())]
    NotInPylock { path: PathBuf, kind: &'static str, name: ExtraName, closest: Option<String> },
    #[error(transparent)]
    Config(#[from] config::Error),
    #[error(transparent)]
    Index(#[from] index::Error),
    #[error(transparent)]
    Project(#[from] project::Error),
    #[error("what was synced last cannot be installed any more")]
    Kept(#[source] selection::Error),
    #[error(transparent)]
    Selection(#[from] selection::Error),
    #[error(transparent)]
    Workspace(#[from] workspace::Error),
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
            Self::ManifestName(_) => Some("rename it".to_owned()),
            Self::Pylock { .. } => {
                Some("correct the line, or let who made the file do it again".to_owned())
            }
            Self::NotInPylock { closest, .. } => {
                closest.as_ref().map(|closest| format!("did you mean `{closest}`?"))
            }
            Self::NoLockfile(_) => Some("make it with `rye lock`".to_owned()),
            Self::Kept(_) => {
                Some("bring everything with `rye sync`, or another part of it".to_owned())
            }
            Self::Lock { .. } | Self::Install { .. } => None, // the cause has one
            Self::Lockfile(error) => error.hint(),
            Self::Config(error) => error.hint(),
            Self::Index(error) => error.hint(),
            Self::Project(error) => error.hint(),
            Self::Selection(error) => error.hint(),
            Self::Workspace(error) => error.hint(),
            Self::Toolchain(error) => error.hint(),
            Self::Uv(error) => error.hint(),
            Self::Venv(error) => error.hint(),
            Self::Fs(error) => error.hint(),
        }
    }
}

/// How to sync.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(crate) lock: lock::Request,
    pub(crate) locking: Locking,
    /// What to install; none keeps to what was installed last
    pub(crate) selection: Option<Selection>,
    /// Install this lockfile of another kind instead of Rye's
    pub(crate) pylock: Option<Pylock>,
    /// Make the environment anew, also in the place of one that is not Rye's
    pub(crate) force: bool,
    /// Only find out what would change
    pub(crate) is_dry_run: bool,
    pub(crate) access: Access,
}

/// What may become of the lockfiles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Locking {
    /// They are brought to the manifest.
    #[default]
    Update,
    /// They must agree with the manifest as they are.
    Locked,
    /// They are installed from without a look at the manifest.
    Skip,
}

/// What an environment is brought to.
enum Content {
    Lockfile(lock::Lockfile),
    Pylock(Pylock),
}

impl Content {
    /// Returns what an empty environment would be given, whatever the platform.
    fn installations(&self, workspace: &Workspace) -> Result<Vec<Change>, Error> {
        if let Self::Pylock(pylock) = self {
            return pylock::installations(pylock);
        }
        let members = workspace.members().filter(|member| self.has(&workspace.place(member)));
        let projects = members.filter_map(|member| {
            let table = member.manifest().project.as_ref()?;
            let version = table.version.clone().unwrap_or_default();
            Some(Change { name: table.name.clone()?, version, action: Action::Installed })
        });
        let Self::Lockfile(lockfile) = self else { return Ok(projects.collect()) };
        Ok(projects.chain(lockfile.installations()).collect())
    }

    /// Tells whether the project at a place is installed.
    fn has(&self, place: &str) -> bool {
        let Self::Lockfile(lockfile) = self else { return false };
        let line = lock::editable_line(place);
        lockfile.entries.iter().any(|entry| entry.requirement == line)
    }
}

/// Keeps other ryes from a project and from its environment.
#[derive(Debug)]
pub(crate) struct Guard {
    _project: fs::Lock,
    /// That of an environment outside of the project, which others may use
    _venv: Option<fs::Lock>,
}

/// How fresh an environment has to be for a program to be run in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Freshness {
    Current,
    AsItIs,
}

/// What a sync did, or would have done.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// Nothing had to be looked at.
    pub(crate) was_current: bool,
    /// It was found out what would have to be done, and nothing was.
    pub(crate) is_dry: bool,
    /// The toolchain of an environment that was made
    pub(crate) created: Option<Toolchain>,
    pub(crate) locked: Vec<Kind>,
    pub(crate) changes: Vec<Change>,
}

/// Returns the environment of a workspace if it is what the last sync left, and everything that decided about it
/// the same. Starts no process, and understands no manifest that it can do without; any doubt is a no.
pub(crate) fn current(ctx: &Context<'_>, survey: &Survey) -> Option<Venv> {
    judged(ctx, survey).map(|(venv, _)| venv)
}

/// Returns the environment that is [`current`], and what the last sync asked for.
fn judged(ctx: &Context<'_>, survey: &Survey) -> Option<(Venv, Selection)> {
    check_name(survey.current()).ok()?;
    let venv = venv_of(ctx, survey.root());
    let State::Own(marker) = venv.state().ok()? else { return None };
    if venv.was_moved(&marker) {
        return None;
    }
    let Some(Record::Synced(synced)) = marker.record else { return None };
    if !synced.is_locked {
        return None;
    }
    let indexes = indexes_of(ctx, survey.root()).ok()?;
    let declared = inputs::declared(&ctx.env, survey, ctx.config().ok()?, &indexes).ok()?;
    let inputs = inputs::with_lockfiles(&declared, &ctx.env, survey.root().root()).ok()?;
    // it takes the longest, and is seldom what changed
    let is_as_left = || venv.contents().is_ok_and(|contents| contents == synced.contents);
    (inputs == synced.inputs && is_as_left()).then_some((venv, synced.selection))
}

/// Tells whether a sync would find that there is nothing to do.
pub(crate) fn is_done(ctx: &Context<'_>, survey: &Survey, options: &Options) -> bool {
    let Options { lock, locking, selection, pylock, force, .. } = options;
    if *force || !lock.is_default() || *locking == Locking::Skip || pylock.is_some() {
        return false;
    }
    let is_wanted = |last| selection.as_ref().is_none_or(|selection| *selection == last);
    judged(ctx, survey).is_some_and(|(_, last)| is_wanted(last))
}

/// Fails for a file that the engine would not find: it reads `pyproject.toml`.
fn check_name(project: &Project) -> Result<(), Error> {
    let path = project.path();
    if path.file_name().is_some_and(|name| name == project::MANIFEST) {
        Ok(())
    } else {
        Err(Error::ManifestName(path.to_owned()))
    }
}

/// Returns the sources in force in a workspace with this root.
fn indexes_of(ctx: &Context<'_>, root: &Project) -> Result<Indexes, Error> {
    let sources = &root.manifest().rye().sources;
    Ok(Indexes::new(&ctx.env, root.root(), sources, &ctx.config()?.sources)?)
}

/// A workspace with all that is needed to lock and sync it.
pub(crate) struct Workbench<'a> {
    ctx: &'a Context<'a>,
    pub(crate) workspace: Workspace,
    /// The sources in force; what needs none of them does without the variables that they name
    indexes: OnceCell<Indexes>,
    pub(crate) venv: Venv,
    /// The environment is made anew, so that its Python does not count
    is_replaced: bool,
    /// The digest of what lockfiles are made from, taken before they were
    declared: OnceCell<String>,
}

impl<'a> Workbench<'a> {
    pub(crate) fn new(ctx: &'a Context<'a>, workspace: Workspace) -> Self {
        let venv = venv_of(ctx, workspace.root());
        let (indexes, declared) = (OnceCell::new(), OnceCell::new());
        Self { ctx, workspace, indexes, venv, is_replaced: false, declared }
    }

    /// Returns the project that is worked on.
    pub(crate) fn project(&self) -> &Project {
        self.workspace.current()
    }

    /// Returns uv, which is fetched first where it is missing.
    pub(crate) fn uv(&self, access: Access) -> Result<Uv<'_>, Error> {
        Ok(Uv::new(self.ctx, self.indexes()?, access)?)
    }

    /// Returns the sources in force.
    pub(crate) fn indexes(&self) -> Result<&Indexes, Error> {
        if let Some(indexes) = self.indexes.get() {
            return Ok(indexes);
        }
        let indexes = indexes_of(self.ctx, self.workspace.root())?;
        Ok(self.indexes.get_or_init(|| indexes))
    }

    /// Takes the locks that keep other ryes from this project and its environment, and reads again what
    /// one of them changed.
    pub(crate) fn guard(&mut self) -> Result<Guard, Error> {
        let Context { env, ui, .. } = self.ctx;
        let project = loop {
            let directory = self.workspace.directory().to_owned();
            let lock = self.workspace.guard(env, ui)?;
            if self.workspace.directory() == directory {
                break lock;
            }
            // it belongs to another workspace now, which has a lock of its own
        };
        self.venv = venv_of(self.ctx, self.workspace.root());
        self.indexes = OnceCell::new();
        self.declared = OnceCell::new();
        let path = self.venv.path();
        let is_outside = !path.starts_with(self.workspace.directory());
        let venv = is_outside.then(|| workspace::lock(env, ui, path));
        Ok(Guard { _project: project, _venv: venv.transpose()? })
    }

    /// Tells whether the environment is what the last sync left, and everything that decided
    /// about it the same. Starts no process; any doubt is a no.
    pub(crate) fn is_current(&self) -> bool {
        current(self.ctx, &self.workspace.survey()).is_some()
    }

    /// Fails for a file that the engine would not find: it reads `pyproject.toml`.
    pub(crate) fn check_name(&self) -> Result<(), Error> {
        check_name(self.project())
    }

    fn inputs(&self) -> Result<String, Error> {
        let declared = self.declared()?;
        Ok(inputs::with_lockfiles(declared, &self.ctx.env, self.workspace.directory())?)
    }

    /// Returns the digest of what lockfiles are made from, as it was when first asked for: what is
    /// edited while Rye works is seen the next time.
    fn declared(&self) -> Result<&str, Error> {
        if let Some(declared) = self.declared.get() {
            return Ok(declared);
        }
        let Self { ctx, workspace, .. } = self;
        let survey = workspace.survey();
        let declared = inputs::declared(&ctx.env, &survey, ctx.config()?, self.indexes()?)?;
        Ok(self.declared.get_or_init(|| declared))
    }

    fn lock_failed(&self) -> impl Fn(lock::Error) -> Error + use<> {
        let name = self.workspace.root().display_name();
        move |source| Error::Lock { name: name.clone(), source }
    }

    /// Returns the Python that the project is to be run with.
    pub(crate) fn wanted(&self) -> Result<Wanted, Error> {
        Ok(pin::of_all(&self.workspace, self.ctx.config()?)?)
    }

    /// Returns the environment's interpreter, or the one that it would get.
    pub(crate) fn interpreter(&self, access: Access) -> Result<Interpreter, Error> {
        let toolchains = Toolchains::new(&self.ctx.env, self.ctx.config()?.toolchain.preference);
        let wanted = self.wanted()?;
        match self.usable(&toolchains, &wanted) {
            Some(interpreter) => Ok(interpreter),
            None => Ok(toolchains.ensure(self.ctx, &wanted, access.network)?.interpreter),
        }
    }

    /// Returns the environment's interpreter if the environment goes on with it.
    fn usable(&self, toolchains: &Toolchains<'_>, wanted: &Wanted) -> Option<Interpreter> {
        let marker = self.venv.marker().ok()??;
        let is_kept = !self.is_replaced && !self.venv.was_moved(&marker);
        is_kept.then(|| self.venv.fitting(toolchains, wanted)).flatten()
    }

    /// Makes the lockfiles in memory as far as they may change; none if they are taken as they are.
    pub(crate) fn lock(
        &self,
        locking: Locking,
        request: &lock::Request,
        access: Access,
    ) -> Result<Option<Locks>, Error> {
        if locking == Locking::Skip {
            return Ok(None);
        }
        let locks = self.resolve(request, access)?;
        if locking == Locking::Locked {
            locks.check(self.workspace.directory()).map_err(self.lock_failed())?;
        }
        Ok(Some(locks))
    }

    /// Reads a lockfile.
    pub(crate) fn lockfile(&self, kind: Kind) -> Result<lock::Lockfile, Error> {
        let directory = self.workspace.directory();
        let found = kind.find(directory).map_err(Error::Lockfile)?;
        found.ok_or_else(|| Error::NoLockfile(kind.path(directory)))
    }

    /// Makes the lockfiles in memory.
    pub(crate) fn resolve(&self, request: &lock::Request, access: Access) -> Result<Locks, Error> {
        self.declared()?;
        self.check_name()?;
        let interpreter = self.interpreter(access)?;
        let uv = self.uv(access)?;
        lock::resolve(&uv, &self.workspace, &interpreter.path, request).map_err(self.lock_failed())
    }

    /// Brings the lockfiles to the manifest and the environment to the lockfiles.
    pub(crate) fn sync(&mut self, options: &Options) -> Result<Report, Error> {
        if is_done(self.ctx, &self.workspace.survey(), options) {
            return Ok(Report { was_current: true, ..Report::default() });
        }
        let _guard = self.guard()?;
        if is_done(self.ctx, &self.workspace.survey(), options) {
            // the rye that held the lock did it
            return Ok(Report { was_current: true, ..Report::default() });
        }
        let is_new = matches!(self.refuse_foreign(options)?, State::Missing);
        self.is_replaced = options.force;
        let report = self.lock_and_install(options, is_new);
        if report.is_err() && is_new {
            self.discard_half_done();
        }
        report
    }

    fn lock_and_install(&self, options: &Options, is_new: bool) -> Result<Report, Error> {
        let mut failure = None;
        if is_new && self.agrees(options)? {
            match self.install(None, options) {
                Ok(report) => return Ok(report),
                Err(error) => failure = Some(error),
            }
        }
        let locks = self.lock(options.locking, &options.lock, options.access)?;
        // unless something was withdrawn that is locked, it would fail in the same way again
        let is_same = |locks: &Locks| locks.outdated(self.workspace.directory()).is_empty();
        match failure {
            Some(error) if locks.as_ref().is_none_or(is_same) => Err(error),
            _ => self.install(locks.as_ref(), options),
        }
    }

    /// Tells whether the lockfiles are known to be what a sync with these options would make.
    fn agrees(&self, options: &Options) -> Result<bool, Error> {
        let Options { lock, locking, force, is_dry_run, access, .. } = options;
        if *locking == Locking::Skip || !lock.is_default() || *force || *is_dry_run {
            return Ok(false);
        }
        // what is wrong with them is told by who needs them
        let Ok(inputs) = self.inputs() else { return Ok(false) };
        let agreement = Agreement::find(&self.ctx.env, self.workspace.directory(), &inputs);
        match agreement {
            Some(agreement) => Ok(agreement.is_for(&self.interpreter(*access)?)),
            None => Ok(false),
        }
    }

    /// Takes away an environment that was to be made and is not whole: without its distributions it would pass for one
    /// from now on. One behind a link stays there, and is known for what it is.
    fn discard_half_done(&self) {
        if self.is_half_done() && !self.venv.path().is_symlink() {
            // what failed before is what has to be told
            drop(fs::Staging::discard(self.venv.path()));
        }
    }

    /// Writes lockfiles and brings the environment to them, or to those that are there.
    ///
    /// The caller holds the guard.
    pub(crate) fn install(
        &self,
        locks: Option<&Locks>,
        options: &Options,
    ) -> Result<Report, Error> {
        self.declared()?;
        self.check_name()?;
        let toolchains = Toolchains::new(&self.ctx.env, self.ctx.config()?.toolchain.preference);
        let wanted = self.wanted()?;
        self.refuse_foreign(options)?;
        let (selection, content) = if let Some(pylock) = &options.pylock {
            pylock::check(pylock)?;
            let selection = options.selection.clone();
            let selection = selection.unwrap_or_else(|| self.venv.last_selection());
            (selection, Content::Pylock(pylock.clone()))
        } else {
            let selection = self.selection(options)?;
            let lockfile = self.selected(locks, &selection)?;
            (selection, Content::Lockfile(lockfile))
        };
        let (interpreter, toolchain) = if let Some(interpreter) = self.usable(&toolchains, &wanted)
        {
            (interpreter, None)
        } else {
            let toolchain = toolchains.ensure(self.ctx, &wanted, options.access.network)?;
            (toolchain.interpreter.clone(), Some(toolchain))
        };
        let uv = self.uv(options.access)?;
        let mut built = inputs::built(&self.workspace)?;
        built.retain(|place, _| content.has(place));
        let plan = self.plan(&built, toolchain.is_some())?;
        if options.is_dry_run {
            let locked =
                locks.map(|locks| locks.outdated(self.workspace.directory())).unwrap_or_default();
            let plan = Installation { is_dry_run: true, ..plan };
            let changes = match &toolchain {
                None => self.bring(&uv, &content, &plan)?,
                Some(_) => content.installations(&self.workspace)?,
            };
            let created = toolchain;
            return Ok(Report { is_dry: true, created, locked, changes, ..Report::default() });
        }
        fs::Staging::clear(self.venv.path())?;
        self.venv.remember(&self.ctx.env)?;
        let directory = self.workspace.directory();
        if let Some(toolchain) = &toolchain {
            let name = self.workspace.root().display_name();
            let owner = Owner { directory, name: &name };
            self.venv.create(self.ctx, &uv, toolchain, owner, &selection)?;
            toolchains.take_over(toolchain, &self.venv.python());
        }
        let locked = match locks {
            Some(locks) => self.write(locks)?.files,
            None => Vec::new(),
        };
        let inputs = self.inputs()?;
        let changes = self.change(&uv, &content, &selection, &plan)?;
        let env = &self.ctx.env;
        let agreement = match locks {
            Some(_) => Some(Agreement::remember(env, directory, &inputs, &interpreter)),
            None => Agreement::find(env, directory, &inputs),
        };
        let is_locked = matches!(content, Content::Lockfile(_))
            && agreement.is_some_and(|agreement| agreement.is_for(&interpreter));
        let contents = self.venv.contents()?;
        let synced = Synced { inputs, contents, is_locked, selection, built };
        self.venv.set_record(directory, Some(Record::Synced(synced)))?;
        Ok(Report { created: toolchain, locked, changes, ..Report::default() })
    }

    /// Returns how the environment is brought to what it shall be, going by what is known of it.
    fn plan(&self, built: &BTreeMap<String, String>, is_new: bool) -> Result<Installation, Error> {
        let record = self.venv.marker()?.and_then(|marker| marker.record);
        // uv takes a distribution for whole as long as its metadata are there: what somebody else
        // changed, or a killed rye left half done, is installed anew
        let known = match &record {
            Some(Record::Synced(synced)) => {
                let contents = self.venv.contents();
                Some(synced).filter(|_| contents.is_ok_and(|contents| contents == synced.contents))
            }
            Some(Record::Changing { .. }) | None => None,
        };
        let mut plan =
            Installation { is_anew: known.is_none() && !is_new, ..Installation::default() };
        for member in self.workspace.members() {
            let place = self.workspace.place(member);
            let Some(now) = built.get(&place) else { continue };
            // of a project uv sees only whether its manifest changed; what it made of one that says all itself
            // before this environment knew of it, it may take
            let is_as_built = match known.and_then(|known| known.built.get(&place)) {
                Some(before) => before == now,
                None => !inputs::is_dynamic(member),
            };
            if is_as_built {
                continue;
            }
            if let Some(name) = member.manifest().name() {
                plan.rebuilt.push(name);
            } else {
                // a name that only a build knows cannot be said before
                plan.is_anew = true;
                plan.is_refreshed = true;
            }
        }
        Ok(plan)
    }

    /// Brings the environment to its content; until it is there, its marker says so.
    fn change(
        &self,
        uv: &Uv<'_>,
        content: &Content,
        selection: &Selection,
        plan: &Installation,
    ) -> Result<Vec<Change>, Error> {
        let directory = self.workspace.directory();
        let record = self.venv.marker()?.and_then(|marker| marker.record);
        let contents = self.venv.contents()?;
        let changing = Record::Changing { selection: selection.clone() };
        self.venv.set_record(directory, Some(changing))?;
        let changes = self.bring(uv, content, plan);
        if changes.is_err() && self.venv.contents().is_ok_and(|now| now == contents) {
            self.venv.set_record(directory, record)?; // it failed before it touched anything
        }
        changes
    }

    /// Makes the environment if it has no working interpreter or not the wanted one; none if it
    /// stays as it is.
    ///
    /// What is installed then comes from the lockfile, without a look at the manifest; a lockfile
    /// that is missing is made.
    pub(crate) fn repair(&mut self) -> Result<Option<Report>, Error> {
        let _guard = self.guard()?;
        let toolchains = Toolchains::new(&self.ctx.env, self.ctx.config()?.toolchain.preference);
        let was_fitting = self.venv.fitting(&toolchains, &self.wanted()?).is_some();
        if was_fitting && !self.is_half_done() {
            return Ok(None); // the rye that held the lock did it
        }
        let options = Options::default();
        self.refuse_foreign(&options)?;
        let kind = Kind::of(&self.venv.last_selection());
        let is_locked = fs::exists(&kind.path(self.workspace.directory()));
        let locks =
            if is_locked { None } else { Some(self.resolve(&options.lock, options.access)?) };
        let report = self.install(locks.as_ref(), &options);
        if report.is_err() && !was_fitting {
            self.discard_half_done();
        }
        report.map(Some)
    }

    /// Tells whether somebody was interrupted who changed the environment.
    pub(crate) fn is_half_done(&self) -> bool {
        let marker = self.venv.marker().ok().flatten();
        marker.is_some_and(|marker| matches!(marker.record, Some(Record::Changing { .. })))
    }

    /// Makes the environment ready to run a program in; none if it is taken as it is.
    ///
    /// A project without `[tool.rye]` and an environment that is not Rye's are never changed.
    pub(crate) fn prepare(
        &mut self,
        freshness: Freshness,
        options: &Options,
    ) -> Result<Option<Report>, Error> {
        if self.follows(freshness)? {
            return self.sync(options).map(Some);
        }
        if matches!(self.venv.state()?, State::Missing) {
            return Err(venv::Error::Missing(self.venv.path().to_owned()).into());
        }
        Ok(None)
    }

    /// Tells whether the environment is brought to the lockfiles before a program is run in it.
    pub(crate) fn follows(&self, freshness: Freshness) -> Result<bool, Error> {
        let state = self.venv.state()?;
        let has_table = |project: &Project| project.manifest().tool.rye.is_some();
        let is_ours = has_table(self.workspace.root()) && !matches!(state, State::Foreign);
        if matches!(state, State::Foreign) && self.venv.has_broken_marker() {
            let error = venv::Error::BrokenMarker(self.venv.path().to_owned());
            self.ctx.ui.warn(format_args!("{error}: it is used as it is"));
        }
        if !is_ours || freshness == Freshness::AsItIs {
            return Ok(false);
        }
        Ok(self.ctx.config()?.behavior.autosync || matches!(state, State::Missing))
    }

    /// Returns the sources in force, one a line, without their credentials.
    pub(crate) fn source_lines(&self) -> Result<Vec<String>, Error> {
        Ok(self.indexes()?.lines())
    }

    /// Returns what the lockfiles say otherwise than these.
    pub(crate) fn differences(&self, locks: &Locks) -> Result<Vec<String>, Error> {
        let directory = self.workspace.directory();
        let mut differences = Vec::new();
        for kind in locks.outdated(directory) {
            let present = kind.find(directory).map_err(self.lock_failed())?.unwrap_or_default();
            differences.push(format!("{}:", kind.file_name()));
            differences.extend(present.differences(locks.get(kind)));
        }
        Ok(differences)
    }

    /// Writes the lockfiles that say something else than these.
    pub(crate) fn write(&self, locks: &Locks) -> Result<Relocked, Error> {
        locks.write(self.workspace.directory()).map_err(self.lock_failed())
    }

    /// Looks at the environment, and fails if it is not Rye's and not to be replaced.
    pub(crate) fn refuse_foreign(&self, options: &Options) -> Result<State, Error> {
        self.venv.refuse_misplaced(self.workspace.members().map(Project::root))?;
        let state = self.venv.state()?;
        if matches!(state, State::Foreign) && !options.force {
            let path = self.venv.path().to_owned();
            let is_broken = self.venv.has_broken_marker();
            let error = if is_broken { venv::Error::BrokenMarker } else { venv::Error::Foreign };
            return Err(error(path).into());
        }
        if let State::Own(marker) = &state
            && !options.force
        {
            self.venv.refuse_taken(marker, self.workspace.directory())?;
        }
        Ok(state)
    }

    /// Returns what of the workspace is to be installed, and fails if there is no such thing.
    pub(crate) fn selection(&self, options: &Options) -> Result<Selection, Error> {
        if let Some(selection) = &options.selection {
            selection.check(&self.workspace)?;
            return Ok(selection.clone());
        }
        let last = self.venv.last_selection();
        last.check(&self.workspace).map_err(Error::Kept)?;
        Ok(last)
    }

    /// Returns what is to be installed.
    fn selected(
        &self,
        locks: Option<&Locks>,
        selection: &Selection,
    ) -> Result<lock::Lockfile, Error> {
        let kind = Kind::of(selection);
        let lockfile = match locks {
            Some(locks) => locks.get(kind).clone(),
            None => self.lockfile(kind)?,
        };
        Ok(lock::select(&self.workspace, lockfile, selection))
    }

    fn bring(
        &self,
        uv: &Uv<'_>,
        content: &Content,
        plan: &Installation,
    ) -> Result<Vec<Change>, Error> {
        let (python, root) = (self.venv.python(), self.workspace.directory());
        let changes = match content {
            Content::Lockfile(lockfile) => {
                // the sources go by another way, which knows whose they are
                let mut lockfile = lock::Lockfile { sources: Vec::new(), ..lockfile.clone() };
                lock::login::restore(&self.workspace, &mut lockfile);
                let (name, text) = ("requirements.txt", lockfile.to_string());
                let directory =
                    fs::filled_directory(|path| fs::write_new(&path.join(name), &text))?;
                uv.sync(&python, &directory.path().join(name), root, plan)
            }
            Content::Pylock(pylock) => uv.sync_pylock(&python, pylock, root, plan),
        };
        let name = self.workspace.root().display_name();
        changes.map_err(|source| Error::Install { name, source })
    }
}

/// Returns the place of the environment of a workspace with this root.
fn venv_of(ctx: &Context<'_>, root: &Project) -> Venv {
    Venv::of(&ctx.env, root.root(), root.manifest().rye().venv.as_deref())
}
