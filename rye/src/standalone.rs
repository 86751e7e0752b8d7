//! Scripts that stand alone (PEP 723): their requirements are edited, locked and installed, apart from any
//! project that they may lie in.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config;
use crate::context::Context;
use crate::dependencies::{self, Addition};
use crate::env::{self, Env};
use crate::error::Hint;
use crate::fs;
use crate::http::{self, Redacted, Unprotected};
use crate::index::{self, Indexes};
use crate::isolated::{self, Recipe};
use crate::lock::{self, Choices, Lockfile, Request, login};
use crate::packaging::{DependencyOperator, PackageName};
use crate::process;
use crate::project::edit::{self, Document, List};
use crate::project::{self, ScriptFile};
use crate::sync::Locking;
use crate::sys;
use crate::toolchain::{self, Toolchains, Wanted, pin};
use crate::uv::{self, Access, Change, Uv};
use crate::venv::Venv;
use crate::workspace::Workspace;

mod origin;

pub(crate) use origin::Origin;

/// What the name of a script's lockfile has at its end.
const LOCK_SUFFIX: &str = ".lock";

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("there is no file `{}`", .0.display())]
    NotFound(PathBuf),
    #[error("`{}` has no metadata that say what it needs", .0.display())]
    NoMetadata(PathBuf),
    #[error("`{name}` is not among the dependencies of `{}`", path.display())]
    NotListed { path: PathBuf, name: PackageName },
    #[error("cannot lock `{name}`")]
    Lock { name: String, source: lock::Error },
    #[error("cannot install what `{name}` needs")]
    Install { name: String, source: isolated::Error },
    #[error("the lockfile `{}` cannot be understood", path.display())]
    Lockfile { path: PathBuf, source: lock::FileError },
    #[error("`{}` is a lockfile of another tool", .0.display())]
    OtherLockfile(PathBuf),
    #[error("`{}` is missing", lockfile_of(.0).display())]
    Missing(PathBuf),
    #[error("`{}` is not what the script asks for{}", lockfile_of(path).display(), lock::lines(changes))]
    Stale { path: PathBuf, changes: Vec<String> },
    #[error("a script that is no file here has no lockfile")]
    NoLockfile,
    #[error(transparent)]
    Unprotected(#[from] Unprotected),
    #[error("`{0}` is locked with hashes, and what `--with` brings has none")]
    WithoutHash(String),
    #[error("`{0}` answers with a page for a browser, and no script")]
    Page(Redacted),
    #[error("`{0}` was never fetched, and the network is not to be used")]
    NotFetched(Redacted),
    #[error("cannot read the script from standard input")]
    Input(#[source] std::io::Error),
    #[error(transparent)]
    Dependencies(#[from] dependencies::Error),
    #[error(transparent)]
    Env(#[from] env::Error),
    #[error(transparent)]
    Config(#[from] config::Error),
    #[error(transparent)]
    Index(#[from] index::Error),
    #[error(transparent)]
    Http(#[from] http::Error),
    #[error(transparent)]
    Project(#[from] project::Error),
    #[error(transparent)]
    Toolchain(#[from] toolchain::Error),
    #[error(transparent)]
    Uv(#[from] uv::Error),
    #[error(transparent)]
    Fs(#[from] fs::Error),
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        let quoted = |path: &Path| process::quoted(path.as_os_str());
        match self {
            Self::NoMetadata(path) => {
                Some(format!("add what it needs with `rye add --script {} NAME`", quoted(path)))
            }
            Self::NotFound(path) if path.to_string_lossy().contains("://") => {
                Some("name a path, or a URL that begins with `https://`".to_owned())
            }
            Self::NotFound(path) => {
                Some(format!("start it with `rye init --standalone {}`", quoted(path)))
            }
            Self::Lockfile { .. } => {
                Some("correct the line, or delete the file and lock the script again".to_owned())
            }
            Self::OtherLockfile(path) => {
                let name = path.file_name().unwrap_or_default().display();
                Some(format!("move `{name}` away, or run the script with the tool that made it"))
            }
            Self::Missing(path) | Self::Stale { path, .. } => {
                Some(format!("make it with `rye lock --script {}`", quoted(path)))
            }
            Self::NoLockfile => Some("leave `--locked` away, or save the script".to_owned()),
            Self::Unprotected(_) => {
                Some("use `https://`, or download and read it first".to_owned())
            }
            Self::Page(_) => Some("name the URL of the bare file".to_owned()),
            Self::WithoutHash(_) => Some("add it to the script with `rye add --script`".to_owned()),
            Self::NotFetched(_) => Some("run it once without `--offline`".to_owned()),
            // the cause has one, or there is none
            Self::Lock { .. } | Self::Install { .. } | Self::NotListed { .. } | Self::Input(_) => {
                None
            }
            Self::Dependencies(error) => error.hint(),
            Self::Env(error) => error.hint(),
            Self::Config(error) => error.hint(),
            Self::Index(error) => error.hint(),
            Self::Http(error) => error.hint(),
            Self::Project(error) => error.hint(),
            Self::Toolchain(error) => error.hint(),
            Self::Uv(error) => error.hint(),
            Self::Fs(error) => error.hint(),
        }
    }
}

/// Returns the path of a script's lockfile.
fn lockfile_of(script: &Path) -> PathBuf {
    let mut name = script.file_name().unwrap_or_default().to_owned();
    name.push(LOCK_SUFFIX);
    script.with_file_name(name)
}

/// How a script is to be run.
#[derive(Debug)]
pub(crate) struct Wish {
    /// What is installed beside what the script asks for
    pub(crate) with: Vec<Addition>,
    pub(crate) python: Option<toolchain::Request>,
    pub(crate) locking: Locking,
    pub(crate) access: Access,
}

/// An environment for a script.
#[derive(Debug)]
pub(crate) struct Environment {
    pub(crate) venv: Venv,
    /// What is locked otherwise than before, if the lockfile was made anew
    pub(crate) relocked: Option<Vec<Change>>,
}

/// What became of a script's metadata.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The requirements as they were written, or taken away
    pub(crate) requirements: Vec<String>,
    /// What is locked otherwise than before, if the lockfile was made anew
    pub(crate) relocked: Option<Vec<Change>>,
}

/// A script with all that is needed to lock it and to make its environment.
pub(crate) struct Standalone<'a> {
    ctx: &'a Context<'a>,
    script: ScriptFile,
    /// Whether it is a file of the user's, which can have a lockfile and a pin
    is_file: bool,
    /// What it asks for, as that of a project would be
    workspace: Workspace,
    indexes: OnceCell<Indexes>,
}

impl<'a> Standalone<'a> {
    /// Opens the script in a file.
    pub(crate) fn open(ctx: &'a Context<'a>, path: &Path) -> Result<Self, Error> {
        let script = load(&ctx.env, path)?;
        script.warn(ctx.ui);
        Ok(Self::new(ctx, script, true))
    }

    fn new(ctx: &'a Context<'a>, script: ScriptFile, is_file: bool) -> Self {
        let workspace = Workspace::of_one(Arc::clone(script.project()));
        Self { ctx, script, is_file, workspace, indexes: OnceCell::new() }
    }

    /// Returns what the script asks for, as that of a project would be.
    pub(crate) fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// Returns the name of the script, for a reader.
    pub(crate) fn name(&self) -> String {
        self.script.name()
    }

    /// Returns the name of its lockfile, for a reader.
    pub(crate) fn lockfile_name(&self) -> String {
        self.name() + LOCK_SUFFIX
    }

    /// Takes the lock that keeps other ryes from the script, and reads again what one of them changed.
    fn guard(&mut self) -> Result<fs::Lock, Error> {
        let Context { env, ui, .. } = self.ctx;
        let path = self.script.path().to_owned();
        let name = fs::sha256(&sys::path_bytes(&path));
        let lock = fs::lock(&env.locks().join(format!("script-{}.lock", &name[..32])), || {
            ui.status("waiting", "for another rye that works on this script");
        })?;
        *self = Self::new(self.ctx, ScriptFile::load(&path)?, self.is_file);
        Ok(lock)
    }

    /// Fails for a script that says nothing of what it needs.
    fn refuse_without_metadata(&self) -> Result<(), Error> {
        if self.script.has_metadata() {
            Ok(())
        } else {
            Err(Error::NoMetadata(self.script.path().to_owned()))
        }
    }

    /// Returns the sources in force.
    fn indexes(&self) -> Result<&Indexes, Error> {
        if let Some(indexes) = self.indexes.get() {
            return Ok(indexes);
        }
        let sources = &self.script.project().manifest().rye().sources;
        let config = &self.ctx.config()?.sources;
        let indexes = Indexes::new(&self.ctx.env, self.workspace.directory(), sources, config)?;
        Ok(self.indexes.get_or_init(|| indexes))
    }

    /// Returns the Python that the script is to be run with.
    fn wanted(&self, python: Option<&toolchain::Request>) -> Result<Wanted, Error> {
        let requires_python = self.workspace.requires_python();
        if let Some(request) = python {
            return Ok(Wanted { request: request.clone(), requires_python, pin: None });
        }
        let directory = self.is_file.then(|| self.workspace.directory());
        Ok(pin::of_script(directory, requires_python, self.ctx.config()?)?)
    }

    /// Reads the lockfile, if there is one.
    fn lockfile(&self) -> Result<Option<Lockfile>, Error> {
        if !self.is_file {
            return Ok(None);
        }
        let path = lockfile_of(self.script.path());
        // nothing at all is what an interrupted copy leaves, and no lockfile
        let text = fs::find_text(&path)?.filter(|text| !text.trim().is_empty());
        // uv gives the same name to a file of TOML, which requirements never are
        let is_toml = |text: &String| {
            text.parse::<toml_edit::DocumentMut>().is_ok_and(|toml| !toml.is_empty())
        };
        if text.as_ref().is_some_and(is_toml) {
            return Err(Error::OtherLockfile(path));
        }
        let parsed = text.map(|text| text.parse()).transpose();
        parsed.map_err(|source| Error::Lockfile { path, source })
    }

    /// Makes the lockfile in memory.
    fn resolve(
        &self,
        present: Option<&Lockfile>,
        request: &Request,
        access: Access,
    ) -> Result<Lockfile, Error> {
        let toolchains = Toolchains::new(&self.ctx.env, self.ctx.config()?.toolchain.preference);
        let toolchain = toolchains.ensure(self.ctx, &self.wanted(None)?, access.network)?;
        let uv = Uv::new(self.ctx, self.indexes()?, access)?;
        let interpreter = &toolchain.interpreter.path;
        lock::resolve_script(&uv, &self.workspace, interpreter, request, present)
            .map_err(|source| Error::Lock { name: self.name(), source })
    }

    /// Makes the lockfile in memory, for the caller to compare or to write.
    pub(crate) fn relock(&mut self, request: &Request, access: Access) -> Result<Relock, Error> {
        let guard = self.guard()?;
        self.refuse_without_metadata()?;
        let before = self.lockfile()?;
        let after = self.resolve(before.as_ref(), request, access)?;
        Ok(Relock { script: self.script.path().to_owned(), before, after, _guard: guard })
    }

    /// Returns the environment that the script is to be run in. The lockfile, if there is one, is brought to
    /// what the script asks for.
    pub(crate) fn environment(&mut self, wish: &Wish) -> Result<Environment, Error> {
        let is_locked = wish.locking == Locking::Locked;
        if is_locked && !self.is_file {
            return Err(Error::NoLockfile);
        }
        if is_locked {
            self.refuse_without_metadata()?;
        }
        // what is beside a script that asks for nothing is no lockfile of it
        let lockfile = if self.script.has_metadata() { self.lockfile()? } else { None };
        let Some(lockfile) = lockfile else {
            if is_locked {
                return Err(Error::Missing(self.script.path().to_owned()));
            }
            let venv = self.install(None, wish)?;
            return Ok(Environment { venv, relocked: None });
        };
        let has_hashes = lockfile.entries.iter().any(|entry| !entry.hashes.is_empty());
        if has_hashes && !wish.with.is_empty() {
            return Err(Error::WithoutHash(self.name()));
        }
        if let Some(venv) = self.find(&lockfile, wish)? {
            return Ok(Environment { venv, relocked: None });
        }
        let mut relock = self.relock(&Request::default(), wish.access)?;
        let relocked = match wish.locking {
            Locking::Locked => {
                relock.check()?;
                None
            }
            Locking::Update | Locking::Skip => relock.write()?,
        };
        let venv = self.install(Some(&relock.after), wish)?;
        Ok(Environment { venv, relocked })
    }

    /// Returns the environment that was made for the script as it is and for this lockfile, which was found to be what
    /// the script asks for then. Starts no process.
    fn find(&self, lockfile: &Lockfile, wish: &Wish) -> Result<Option<Venv>, Error> {
        let options =
            lock::Options::of_script(&self.workspace, &Request::default(), Some(lockfile));
        let sources = if options.with_sources { self.indexes()?.lines() } else { Vec::new() };
        if lockfile.options != options || lockfile.sources != sources {
            return Ok(None);
        }
        let recipe = self.recipe(Some(lockfile), wish)?;
        recipe.find(self.ctx).map_err(|source| self.install_failed(source))
    }

    fn install(&self, lockfile: Option<&Lockfile>, wish: &Wish) -> Result<Venv, Error> {
        let name = self.name();
        // a line break in it would begin a setting in `pyvenv.cfg`
        let prompt = name.strip_suffix(".py").unwrap_or(&name).replace(char::is_control, " ");
        let venv = self.recipe(lockfile, wish)?.ensure(self.ctx, &prompt);
        venv.map_err(|source| self.install_failed(source))
    }

    fn install_failed(&self, source: isolated::Error) -> Error {
        Error::Install { name: self.name(), source }
    }

    fn recipe(&self, lockfile: Option<&Lockfile>, wish: &Wish) -> Result<Recipe<'_>, Error> {
        let mut requirements = self.script.project().manifest().dependencies().to_vec();
        let mut locked = None;
        if let Some(lockfile) = lockfile {
            // the sources go by another way, which knows whose they are
            let mut lockfile = Lockfile { sources: Vec::new(), ..lockfile.clone() };
            login::restore(&self.workspace, &mut lockfile);
            if wish.with.is_empty() {
                locked = Some(lockfile.to_string());
            } else {
                requirements.extend(lockfile.pins().lines().map(str::to_owned));
            }
        }
        requirements.extend(wish.with.iter().map(ToString::to_string));
        let options = lock::Options::of_script(&self.workspace, &Request::default(), lockfile);
        Ok(Recipe {
            requirements,
            locked,
            wanted: self.wanted(wish.python.as_ref())?,
            indexes: self.indexes()?,
            choices: Choices::of(self.script.project().manifest().rye()),
            pre_releases: options.pre,
            directory: self.workspace.directory(),
            is_refreshed: false,
            access: wish.access,
        })
    }

    /// Adds requirements; those without a version get one by resolving.
    pub(crate) fn add(
        &mut self,
        additions: &[Addition],
        operator: DependencyOperator,
        request: &Request,
        locking: Locking,
        access: Access,
    ) -> Result<Outcome, Error> {
        let _guard = self.guard()?;
        let present = self.lockfile()?;
        let is_open = |addition: &&Addition| addition.requirement.version_or_url.is_none();
        let open =
            additions.iter().filter(is_open).map(|addition| addition.requirement.name.clone());
        // what gets a version gets the newest one, whatever was locked
        let request = Request { unlocked: open.collect(), ..request.clone() };
        let edited = |additions: &[Addition]| {
            let texts = additions.iter().map(ToString::to_string);
            self.edited(|document| {
                let mut texts = texts.into_iter();
                texts.try_for_each(|text| document.add_requirement(&List::Script, &text).map(drop))
            })
        };
        let asked = edited(additions)?;
        let lockfile = asked.resolve(present.as_ref(), &request, access)?;
        let mut settled = additions.to_vec();
        let is_settled = dependencies::settle(&mut settled, operator, &lockfile, |_| false)?;
        let edited = edited(&settled)?;
        let lockfile = if is_settled {
            lockfile
        } else {
            edited.resolve(present.as_ref(), &request, access)?
        };
        let texts = settled.iter().map(ToString::to_string).collect();
        edited.conclude(texts, present.as_ref(), &lockfile, locking)
    }

    /// Removes requirements by name; the script has to ask for every one.
    pub(crate) fn remove(
        &mut self,
        names: &[PackageName],
        request: &Request,
        locking: Locking,
        access: Access,
    ) -> Result<Outcome, Error> {
        let _guard = self.guard()?;
        self.refuse_without_metadata()?;
        let present = self.lockfile()?;
        let mut removed = Vec::new();
        let edited = self.edited(|document| {
            for name in names {
                removed.push(document.remove_requirement(&List::Script, name)?);
            }
            Ok(())
        })?;
        let missing = names.iter().zip(&removed).find(|(_, removed)| removed.is_empty());
        if let Some((name, _)) = missing {
            let path = self.script.path().to_owned();
            return Err(Error::NotListed { path, name: name.clone() });
        }
        let lockfile = edited.resolve(present.as_ref(), request, access)?;
        edited.conclude(removed.concat(), present.as_ref(), &lockfile, locking)
    }

    fn edited(
        &self,
        edit: impl FnOnce(&mut Document) -> Result<(), edit::Error>,
    ) -> Result<Self, Error> {
        let (script, ()) = self.script.edited(edit)?;
        Ok(Self::new(self.ctx, script, self.is_file))
    }

    /// Writes the edited script, and its lockfile if it had one; both or neither.
    fn conclude(
        &self,
        requirements: Vec<String>,
        before: Option<&Lockfile>,
        after: &Lockfile,
        locking: Locking,
    ) -> Result<Outcome, Error> {
        if let Some(before) = before.filter(|before| locking == Locking::Locked && *before != after)
        {
            return Err(dependencies::Error::Locked(before.differences(after)).into());
        }
        self.script.save()?;
        let relocked = match before {
            Some(_) => write(self.script.path(), before, after),
            None => Ok(None),
        };
        if relocked.is_err() {
            self.script.restore()?;
        }
        Ok(Outcome { requirements, relocked: relocked? })
    }
}

/// Reads a file that is named by its path from the working directory.
fn load(env: &Env, path: &Path) -> Result<ScriptFile, Error> {
    let absolute = env.working_directory().join(path);
    if fs::exists(&absolute) {
        Ok(ScriptFile::load(&absolute)?)
    } else {
        Err(Error::NotFound(path.to_owned()))
    }
}

/// Writes the lockfile of a script if it says something else; returns what is locked otherwise than before.
fn write(
    script: &Path,
    before: Option<&Lockfile>,
    after: &Lockfile,
) -> Result<Option<Vec<Change>>, Error> {
    if before == Some(after) {
        return Ok(None);
    }
    let name = process::quoted(script.file_name().unwrap_or_default());
    // a line break in it would begin a requirement
    let name = if name.contains(char::is_control) { "FILE".to_owned() } else { name };
    let text = after.text_for(&format!("`rye lock --script {name}`"));
    fs::write(&lockfile_of(script), text)?;
    Ok(Some(before.map(|before| after.changes_since(before)).unwrap_or_default()))
}

/// A lockfile as it is and as it is to be. Other ryes are kept from it meanwhile.
#[derive(Debug)]
pub(crate) struct Relock {
    script: PathBuf,
    before: Option<Lockfile>,
    after: Lockfile,
    _guard: fs::Lock,
}

impl Relock {
    /// Fails unless the file says exactly what it is to say.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match &self.before {
            None => Err(Error::Missing(self.script.clone())),
            Some(before) if *before == self.after => Ok(()),
            Some(before) => {
                let changes = before.differences(&self.after);
                Err(Error::Stale { path: self.script.clone(), changes })
            }
        }
    }

    /// Returns what would have to change, a line each; none if nothing.
    pub(crate) fn differences(&self) -> Option<Vec<String>> {
        let before = self.before.as_ref();
        let differs = before != Some(&self.after);
        differs.then(|| before.cloned().unwrap_or_default().differences(&self.after))
    }

    /// Writes the file if it says something else; returns what is locked otherwise than before.
    pub(crate) fn write(&mut self) -> Result<Option<Vec<Change>>, Error> {
        write(&self.script, self.before.as_ref(), &self.after)
    }
}
