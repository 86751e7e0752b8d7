//! Virtual environments: made, judged, and the marker that says whose they are and what they were
//! last brought to.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::context::Context;
use crate::env::Env;
use crate::error::Hint;
use crate::fs;
use crate::packaging::{PackageName, Version};
use crate::process;
use crate::project::MANIFEST;
use crate::selection::Selection;
use crate::sys;
use crate::toolchain::{Interpreter, Kind, Request, Toolchain, Toolchains, Wanted};
use crate::uv::{self, Uv};

mod distribution;
mod skeleton;

pub(crate) use distribution::{Contents, Distribution, Origin};

/// The directory of an environment where nothing else is said.
const DIRECTORY: &str = ".venv";

/// The variable that says where a project's environment is.
const VARIABLE: &str = "RYE_VENV";

/// The file that makes an environment Rye's own.
const MARKER: &str = "rye-venv.json";

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("`{}` is no directory", .0.display())]
    NotADirectory(PathBuf),
    #[error("`{}` is to be the virtual environment, and a project is in it", .0.display())]
    Around(PathBuf),
    #[error("`{}` holds something else than a virtual environment", .0.display())]
    Occupied(PathBuf),
    #[error("`{}` is a virtual environment that Rye did not make", .0.display())]
    Foreign(PathBuf),
    #[error("the `{MARKER}` of the virtual environment `{}` cannot be read", .0.display())]
    BrokenMarker(PathBuf),
    #[error("`{}` is the virtual environment of `{}`", path.display(), owner.display())]
    Taken { path: PathBuf, owner: PathBuf },
    #[error("there is no virtual environment `{}`", .0.display())]
    Missing(PathBuf),
    #[error(transparent)]
    Uv(#[from] uv::Error),
    #[error(transparent)]
    Config(#[from] crate::config::Error),
    #[error(transparent)]
    Fs(#[from] fs::Error),
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NotADirectory(_) => Some("move it away or delete it".to_owned()),
            Self::Around(_) | Self::Occupied(_) => {
                Some("name another place with `tool.rye.venv` or `RYE_VENV`".to_owned())
            }
            Self::Taken { .. } => Some(
                "name another place with `RYE_VENV` or `tool.rye.venv`, or take it with `rye sync --force`"
                    .to_owned(),
            ),
            Self::Foreign(_) => Some("replace it with `rye sync --force`".to_owned()),
            Self::BrokenMarker(_) => {
                Some("make the environment anew with `rye sync --force`".to_owned())
            }
            Self::Missing(_) => Some("make it with `rye sync`".to_owned()),
            Self::Uv(error) => error.hint(),
            Self::Config(error) => error.hint(),
            Self::Fs(error) => error.hint(),
        }
    }
}

/// `rye-venv.json`: makes an environment Rye's own.
///
/// Rye 0.44 knows the first two keys and ignores the rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Marker {
    /// The name of the toolchain: `cpython@3.12.1`
    pub(crate) python: String,
    /// The absolute path the environment was made at
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) venv_path: Option<PathBuf>,
    /// The directory of the project that the environment is for
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) project: Option<PathBuf>,
    /// What is in the environment, as far as that is known
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient")]
    pub(crate) record: Option<Record>,
}

/// What a marker says of the content of an environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub(crate) enum Record {
    /// It is being brought to this, or whoever did so was killed
    Changing { selection: Selection },
    /// It was brought to something
    Synced(Synced),
}

impl Marker {
    /// Returns what the environment was last brought to, if it was left in peace since.
    pub(crate) fn synced(&self) -> Option<&Synced> {
        match &self.record {
            Some(Record::Synced(synced)) => Some(synced),
            Some(Record::Changing { .. }) | None => None,
        }
    }

    /// Returns what was last asked to be installed.
    pub(crate) fn selection(&self) -> Option<&Selection> {
        match &self.record {
            Some(Record::Synced(synced)) => Some(&synced.selection),
            Some(Record::Changing { selection }) => Some(selection),
            None => None,
        }
    }
}

/// What an environment was last brought to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Synced {
    /// The digest of everything that decided what is in it
    pub(crate) inputs: String,
    /// The digest of what proves that it is still in there
    pub(crate) contents: String,
    /// The lockfiles are known to be what the manifests ask for, with the Python that is in it
    pub(crate) is_locked: bool,
    pub(crate) selection: Selection,
    /// The projects in it by their places, with the digest of what the engine does not look at: where the sources are,
    /// and what a build reads that makes up metadata
    #[serde(default)]
    pub(crate) built: BTreeMap<String, String>,
}

/// Reads a record of another shape as none: the environment is then looked at in full.
fn lenient<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Record>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).ok())
}

/// The project that an environment is made for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owner<'a> {
    pub(crate) directory: &'a Path,
    /// What the prompt of an activated environment shows
    pub(crate) name: &'a str,
}

/// What is at the place of an environment.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "one is made in the life of the process")]
pub(crate) enum State {
    Missing,
    /// An environment that somebody else made
    Foreign,
    /// Rye's own
    Own(Marker),
}

/// The place of an environment.
#[derive(Clone, Debug)]
pub(crate) struct Venv {
    path: PathBuf,
}

impl Venv {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Returns the place of a project's environment: what `RYE_VENV` says, else the manifest's `tool.rye.venv`,
    /// else `.venv`, from the directory with the lockfiles.
    pub(crate) fn of(env: &Env, directory: &Path, setting: Option<&Path>) -> Self {
        let place = env.var_os(VARIABLE).map(Path::new).or(setting);
        // what a shell would have done, had it seen it
        let at_home = place.and_then(|place| place.strip_prefix("~").ok());
        let base = env.user_home().filter(|_| at_home.is_some()).unwrap_or(directory);
        let place = at_home.or(place).unwrap_or(Path::new(DIRECTORY));
        // the same before the directories on the way exist and after
        let mut path = PathBuf::new();
        for component in base.join(place).components() {
            match component {
                Component::ParentDir => {
                    path.pop();
                }
                component => path.push(component),
            }
        }
        Self::new(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the directory of the environment's programs.
    pub(crate) fn programs(&self) -> PathBuf {
        self.path.join(sys::VENV_BIN)
    }

    /// Returns the environment's interpreter.
    pub(crate) fn python(&self) -> PathBuf {
        self.programs().join(format!("python{}", std::env::consts::EXE_SUFFIX))
    }

    /// Returns a command that finds the environment active.
    pub(crate) fn command(&self, env: &Env, program: &Path) -> Command {
        let mut command = process::command(env, program);
        command
            .env("VIRTUAL_ENV", &self.path)
            .env("PATH", env.search_path_with(&self.programs()))
            .env_remove("PYTHONHOME");
        command
    }

    /// Returns a program of the environment by its bare name.
    pub(crate) fn find_program(&self, name: &str) -> Option<PathBuf> {
        let is_name =
            !name.is_empty() && !name.contains(['/', '\\']) && name != "." && name != "..";
        let suffixes: &[&str] = if cfg!(windows) { &["", ".exe", ".cmd", ".bat"] } else { &[""] };
        suffixes
            .iter()
            .filter(|_| is_name)
            .map(|suffix| self.programs().join(format!("{name}{suffix}")))
            .find(|path| sys::is_executable(path))
    }

    /// Looks at what is there.
    pub(crate) fn state(&self) -> Result<State, Error> {
        if !self.path.is_dir() {
            return if fs::exists(&self.path) && !self.path.is_symlink() {
                Err(Error::NotADirectory(self.path.clone()))
            } else {
                Ok(State::Missing)
            };
        }
        if let Some(marker) = self.marker()? {
            return Ok(State::Own(marker));
        }
        let is_empty = fs::list(&self.path)?.is_empty();
        Ok(if is_empty { State::Missing } else { State::Foreign })
    }

    /// Fails if the place is one that must never be replaced: it was named by mistake.
    pub(crate) fn refuse_misplaced<'a>(
        &self,
        mut projects: impl Iterator<Item = &'a Path>,
    ) -> Result<(), Error> {
        let real = |path: &Path| fs::canonical(path).unwrap_or_else(|_| path.to_owned());
        let place = real(&self.path);
        if self.path.file_name().is_none() || projects.any(|path| real(path).starts_with(&place)) {
            return Err(Error::Around(self.path.clone()));
        }
        // one whose making was broken off has not all of them
        let signs = [self.path.join("pyvenv.cfg"), self.path.join(MARKER), self.python()];
        if matches!(self.state()?, State::Foreign) && !signs.iter().any(|sign| fs::exists(sign)) {
            return Err(Error::Occupied(self.path.clone()));
        }
        Ok(())
    }

    /// Tells whether there is a marker, and it cannot be read.
    pub(crate) fn has_broken_marker(&self) -> bool {
        fs::exists(&self.path.join(MARKER)) && matches!(self.marker(), Ok(None) | Err(_))
    }

    /// Reads the marker; one that cannot be read is none.
    pub(crate) fn marker(&self) -> Result<Option<Marker>, Error> {
        let content = fs::find(&self.path.join(MARKER))?;
        Ok(content.and_then(|content| serde_json::from_slice(&content).ok()))
    }

    /// Returns what was last asked to be installed.
    pub(crate) fn last_selection(&self) -> Selection {
        let marker = self.marker().ok().flatten();
        marker.and_then(|marker| marker.selection().cloned()).unwrap_or_default()
    }

    fn write_marker(directory: &Path, marker: &Marker) -> Result<(), Error> {
        let mut text = serde_json::to_string_pretty(marker).expect("a marker is JSON");
        text.push('\n');
        Ok(fs::write(&directory.join(MARKER), text)?)
    }

    /// Writes the record of the environment's content, and which project it is for.
    pub(crate) fn set_record(&self, project: &Path, record: Option<Record>) -> Result<(), Error> {
        let marker = self.marker()?.ok_or_else(|| Error::Foreign(self.path.clone()))?;
        let project = Some(project.to_owned());
        Self::write_marker(&self.path, &Marker { project, record, ..marker })
    }

    /// Fails for an environment that another project uses.
    pub(crate) fn refuse_taken(&self, marker: &Marker, project: &Path) -> Result<(), Error> {
        let Some(owner) = &marker.project else { return Ok(()) };
        // one that was moved or copied is nobody's
        let is_used = !self.was_moved(marker) && owner.join(MANIFEST).is_file();
        if is_used && !same_file::is_same_file(owner, project).unwrap_or(false) {
            return Err(Error::Taken { path: self.path.clone(), owner: owner.clone() });
        }
        Ok(())
    }

    /// Returns the environment's interpreter if it works and is what is wanted.
    pub(crate) fn fitting(
        &self,
        toolchains: &Toolchains<'_>,
        wanted: &Wanted,
    ) -> Option<Interpreter> {
        let interpreter = self.working(toolchains)?;
        let is_wanted = match &wanted.request {
            Request::Path(path) => same_file::is_same_file(path, self.python()).unwrap_or(false),
            Request::Properties(_) => wanted.admits(&interpreter),
        };
        is_wanted.then_some(interpreter)
    }

    /// Returns the environment's interpreter if it works, whatever it is.
    pub(crate) fn working(&self, toolchains: &Toolchains<'_>) -> Option<Interpreter> {
        let mut interpreter = toolchains.probe(&self.python())?;
        let is_there =
            interpreter.is_venv && self.is_made_for(&interpreter) && self.site_packages().is_ok();
        // it says `cpython` of itself, whatever name it was registered under
        if let Some((family, _)) = self.marker().ok().flatten()?.python.split_once('@') {
            family.clone_into(&mut interpreter.python.family);
        }
        is_there.then_some(interpreter)
    }

    /// Tells whether the environment is of this minor version.
    ///
    /// The link to an interpreter may come to lead to another one, which would see no distribution;
    /// without `pyvenv.cfg` an interpreter is not even in the environment.
    fn is_made_for(&self, interpreter: &Interpreter) -> bool {
        if !self.path.join("pyvenv.cfg").is_file() {
            return false;
        }
        let made_for = self.setting("version_info").or_else(|| self.setting("version"));
        let release = interpreter.python.version.release();
        made_for.is_none_or(|version| {
            let numbers = version.split('.').take(2).map(|number| number.parse::<u64>().ok());
            numbers.eq(release.iter().take(2).copied().map(Some))
        })
    }

    /// Returns a value of `pyvenv.cfg` (PEP 405).
    fn setting(&self, name: &str) -> Option<String> {
        let config = fs::find_text(&self.path.join("pyvenv.cfg")).ok().flatten()?;
        let mut settings = config.lines().filter_map(|line| line.split_once('='));
        settings.find_map(|(key, value)| (key.trim() == name).then(|| value.trim().to_owned()))
    }

    /// Tells whether the environment was made at another place.
    pub(crate) fn was_moved(&self, marker: &Marker) -> bool {
        let made_at = marker.venv_path.as_deref();
        made_at.is_some_and(|made_at| {
            made_at != self.path && !same_file::is_same_file(made_at, &self.path).unwrap_or(false)
        })
    }

    /// Tells whether the environment was made with a toolchain.
    pub(crate) fn is_made_with(&self, toolchain: &Toolchain) -> bool {
        let Ok(Some(marker)) = self.marker() else { return false };
        let base = self.setting("home").and_then(|home| fs::canonical(Path::new(&home)).ok());
        let program = fs::canonical(&toolchain.interpreter.path).ok();
        let is_there =
            base.is_some() && base.as_deref() == program.as_deref().and_then(Path::parent);
        marker.python == toolchain.name && is_there
    }

    /// Lets the environment go on with another patch of its Python, where that is.
    pub(crate) fn move_to(&self, toolchain: &Toolchain) -> Result<(), Error> {
        let program = &toolchain.interpreter.path;
        // elsewhere the programs are copies that read `pyvenv.cfg`
        for entry in fs::list(&self.programs())? {
            if entry.read_link().is_ok_and(|target| target.is_absolute()) {
                fs::replace_link(program, &entry)?;
            }
        }
        let home = fs::canonical(program)?;
        let home = home.parent().unwrap_or(Path::new("/")).display().to_string();
        let version = toolchain.interpreter.python.version.to_string();
        let path = self.path.join("pyvenv.cfg");
        let config = fs::read_text(&path)?;
        let lines = config.lines().map(|line| match line.split('=').next().map(str::trim) {
            Some("home") => format!("home = {home}\n"),
            Some(name @ ("version" | "version_info")) => format!("{name} = {version}\n"),
            _ => format!("{line}\n"),
        });
        let config = lines.collect::<Vec<_>>().concat();
        fs::write(&path, config)?;
        let marker = self.marker()?.ok_or_else(|| Error::Foreign(self.path.clone()))?;
        Self::write_marker(&self.path, &Marker { python: toolchain.name.clone(), ..marker })
    }

    /// Remembers where the environment is, for those who want to know what uses a toolchain.
    pub(crate) fn remember(&self, env: &Env) -> Result<(), Error> {
        let path = sys::path_bytes(&self.path);
        let entry = env.environments().join(&fs::sha256(&path)[..32]);
        if fs::exists(&entry) {
            return Ok(());
        }
        Ok(fs::write(&entry, path)?)
    }

    /// Makes the environment in the place of whatever is there, whole or not at all.
    pub(crate) fn create(
        &self,
        ctx: &Context<'_>,
        uv: &Uv<'_>,
        toolchain: &Toolchain,
        owner: Owner<'_>,
        selection: &Selection,
    ) -> Result<(), Error> {
        let staging = fs::Staging::beside(&self.path)?;
        let made = Self::new(staging.path().to_owned());
        made.fill(ctx, uv, toolchain, owner.name)?;
        let marker = Marker {
            python: toolchain.name.clone(),
            venv_path: Some(self.path.clone()),
            project: Some(owner.directory.to_owned()),
            record: Some(Record::Changing { selection: selection.clone() }),
        };
        Self::write_marker(staging.path(), &marker)?;
        Ok(staging.commit()?)
    }

    /// Makes the environment of no project in the place of whatever is there, with all that `finish` puts into it,
    /// whole or not at all.
    pub(crate) fn create_whole<E: From<Error>>(
        &self,
        ctx: &Context<'_>,
        uv: &Uv<'_>,
        toolchain: &Toolchain,
        prompt: &str,
        finish: impl FnOnce(&Self) -> Result<(), E>,
    ) -> Result<(), E> {
        let staging = fs::Staging::beside(&self.path).map_err(Error::from)?;
        let made = Self::new(staging.path().to_owned());
        made.fill(ctx, uv, toolchain, prompt)?;
        let marker = Marker {
            python: toolchain.name.clone(),
            venv_path: Some(self.path.clone()),
            project: None,
            record: None,
        };
        Self::write_marker(staging.path(), &marker)?;
        finish(&made)?;
        Ok(staging.commit().map_err(Error::from)?)
    }

    /// Makes an environment of an empty directory.
    fn fill(
        &self,
        ctx: &Context<'_>,
        uv: &Uv<'_>,
        toolchain: &Toolchain,
        prompt: &str,
    ) -> Result<(), Error> {
        skeleton::make(&ctx.env, uv, &toolchain.interpreter, &self.path, prompt)?;
        if ctx.config()?.behavior.venv_mark_sync_ignore
            && let Err(error) = sys::exclude_from_cloud_sync(&self.path)
        {
            // many file systems have no room for such a mark
            ctx.ui.detail(format_args!("the environment is not marked for cloud storage: {error}"));
        }
        if toolchain.kind == Kind::Installed {
            self.point_to_tcl(&toolchain.interpreter)?;
        }
        Ok(())
    }

    /// Tells Tcl and Tk where their scripts are, for a relocated Python that has them beside it:
    /// from an environment they would be looked for where it was built. Builds since 2025 do without.
    fn point_to_tcl(&self, interpreter: &Interpreter) -> Result<(), Error> {
        if cfg!(windows) {
            return Ok(());
        }
        let program = fs::canonical(&interpreter.path)?;
        let Some(library) = program.parent().and_then(|bin| Some(bin.parent()?.join("lib"))) else {
            return Ok(());
        };
        let scripts: Vec<_> =
            fs::list(&library)?.into_iter().filter(|path| path.is_dir()).collect();
        let mut statements = vec!["import os, sys".to_owned()];
        for (prefix, variable) in [("tcl8", "TCL_LIBRARY"), ("tk8", "TK_LIBRARY")] {
            let names = scripts.iter().filter_map(|path| path.file_name()?.to_str());
            if let Some(name) = names.filter(|name| name.starts_with(prefix)).max() {
                let path = format!("os.path.join(sys.base_prefix, 'lib', '{name}')");
                statements.push(format!("os.environ.setdefault('{variable}', {path})"));
            }
        }
        if statements.len() > 1 {
            let text = statements.join("; ") + "\n";
            fs::write(&self.site_packages()?.join("_tcl-init.pth"), text)?;
        }
        Ok(())
    }

    /// Returns the directory that distributions are installed to.
    fn site_packages(&self) -> Result<PathBuf, Error> {
        if cfg!(windows) {
            return Ok(self.path.join("Lib").join("site-packages"));
        }
        let versions = fs::list(&self.path.join("lib"))?;
        let found = versions.into_iter().map(|version| version.join("site-packages"));
        let mut found: Vec<_> = found.filter(|path| path.is_dir()).collect();
        if found.len() > 1
            && let Some(version) = self.setting("version_info").or_else(|| self.setting("version"))
        {
            // those of another Python may have been left behind
            let minor = version.split('.').take(2).collect::<Vec<_>>().join(".");
            let is_own = |path: &PathBuf| {
                let directory = path.parent().and_then(Path::file_name).unwrap_or_default();
                directory.to_string_lossy().trim_matches(char::is_alphabetic) == minor
            };
            found.sort_by_key(|path| !is_own(path));
        }
        found.into_iter().next().ok_or_else(|| Error::Missing(self.path.clone()))
    }

    /// Tells whether a distribution is installed in a version, by the name of its metadata (PEP 427, PEP 503).
    pub(crate) fn has(&self, name: &PackageName, version: &Version) -> bool {
        let Ok(entries) = self.site_packages().and_then(|path| Ok(fs::list(&path)?)) else {
            return false;
        };
        let is_it = |path: &PathBuf| {
            let stem = path.file_name()?.to_str()?.strip_suffix(".dist-info")?;
            let (found, number) = stem.split_once('-')?;
            let is_it = found.parse::<PackageName>().ok()? == *name;
            Some(is_it && number.parse::<Version>().ok()? == *version)
        };
        entries.iter().any(|path| is_it(path) == Some(true))
    }

    /// Returns a digest of what proves that the environment is as it was left.
    ///
    /// That are the names in site-packages and among the programs, the stamps of `*.dist-info`,
    /// `pyvenv.cfg` and the interpreter, and what `*.pth` say. Not covered are edits inside an
    /// installed package. `__pycache__` is left out: any import may create it.
    pub(crate) fn contents(&self) -> Result<String, Error> {
        let mut digest = Sha256::new();
        for path in [self.path.join("pyvenv.cfg"), self.python()] {
            digest_name(&mut digest, &path);
            digest.update(stamp(&path)?);
        }
        for path in fs::list(&self.programs())? {
            digest_name(&mut digest, &path);
        }
        let mut paths = fs::list(&self.site_packages()?)?;
        paths.retain(|path| path.file_name().is_some_and(|name| name != "__pycache__"));
        for (path, proof) in
            paths.iter().zip(fs::in_parallel(&paths, fs::LOOKS, |path| proof(path)))
        {
            digest_name(&mut digest, path);
            let proof = proof?;
            digest.update(proof.len().to_le_bytes());
            digest.update(proof);
        }
        Ok(fs::hexadecimal(&digest.finalize()))
    }
}

/// Returns the environments that Rye remembers and that are still there.
pub(crate) fn known(env: &Env) -> Result<Vec<Venv>, Error> {
    let mut known = Vec::new();
    for entry in fs::list(&env.environments())? {
        // one that is being written has a name like `.x`, and another rye may take it away
        let is_entry =
            entry.file_name().is_some_and(|name| !name.to_string_lossy().starts_with('.'));
        if let Some(path) = fs::find(&entry)?.filter(|_| is_entry) {
            let venv = Venv::new(sys::path_from_bytes(path));
            if fs::exists(&venv.path.join(MARKER)) {
                known.push(venv);
            }
        }
    }
    Ok(known)
}

/// Returns the environments that Rye remembers and that were made with a toolchain.
pub(crate) fn users(env: &Env, toolchain: &Toolchain) -> Result<Vec<PathBuf>, Error> {
    let users = known(env)?.into_iter().filter(|venv| venv.is_made_with(toolchain));
    Ok(users.map(|venv| venv.path).collect())
}

/// Returns what proves that what has this name in site-packages is as it was left.
fn proof(path: &Path) -> Result<Vec<u8>, fs::Error> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("dist-info" | "egg-link" | "egg-info") => stamp(path),
        // shared with uv's cache as a hard link, it changes its stamp when others do
        Some("pth") => fs::read(path),
        _ => Ok(Vec::new()),
    }
}

fn digest_name(digest: &mut Sha256, path: &Path) {
    digest.update(sys::path_bytes(path));
    digest.update([0]);
}

fn stamp(path: &Path) -> Result<Vec<u8>, fs::Error> {
    let parts = fs::stamp(path)?.unwrap_or_default();
    Ok(parts.into_iter().flat_map(u64::to_le_bytes).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_reads_back_as_written() {
        let synced = Synced {
            inputs: "1".to_owned(),
            contents: "2".to_owned(),
            is_locked: true,
            selection: Selection { all_groups: true, ..Selection::default() },
            built: BTreeMap::from([("libs/a".to_owned(), "3".to_owned())]),
        };
        let changing = Record::Changing { selection: Selection::default() };
        for record in [Some(Record::Synced(synced)), Some(changing), None] {
            let python = "cpython@3.12.1".to_owned();
            let (venv_path, project) = (Some("/x/.venv".into()), Some("/x".into()));
            let marker = Marker { python, venv_path, project, record };
            let text = serde_json::to_string(&marker).unwrap();
            assert_eq!(serde_json::from_str::<Marker>(&text).unwrap(), marker);
        }
    }

    #[test]
    fn a_record_of_another_rye_is_none() {
        let text = r#"{"python": "cpython@3.12.1", "venv_path": null, "record": {"state": "x"}}"#;
        let marker: Marker = serde_json::from_str(text).unwrap();
        assert_eq!(marker.record, None);
    }
}
