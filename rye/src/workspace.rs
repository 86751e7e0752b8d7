//! Workspaces: projects that share lockfiles and an environment.
//!
//! A project that belongs to no workspace is one by itself, so that nobody else has to tell the two apart.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::env::Env;
use crate::error::{Hint, closest};
use crate::fs;
use crate::packaging::{PackageName, Version, VersionSpecifiers, lower_bound};
use crate::project::{self, MANIFEST, ManifestFile, Outline, Project, WorkspaceTable, edit};
use crate::sys;
use crate::ui::Ui;

mod members;

use members::{EVERYTHING, Found, Globs, escaped, slashed};

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("`{}` cannot be understood", path.display())]
    Members { path: PathBuf, source: members::Error },
    #[error("two members of the workspace are called `{name}`: `{first}` and `{second}`")]
    SameName { name: PackageName, first: String, second: String },
    #[error("the workspace has no member `{name}`")]
    UnknownMember { name: PackageName, closest: Option<String>, known: Vec<String> },
    #[error(transparent)]
    Project(#[from] project::Error),
    #[error(transparent)]
    Fs(#[from] fs::Error),
}

impl Error {
    /// Tells whether there is no project to work on.
    pub(crate) fn is_outside(&self) -> bool {
        matches!(self, Self::Project(project::Error::NotFound(_)))
    }
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Members { source, .. } => source.hint(),
            Self::SameName { second, .. } => Some(format!(
                "rename one of them, or leave `{second}` out with `tool.rye.workspace.exclude`"
            )),
            Self::UnknownMember { closest: Some(closest), .. } => {
                Some(format!("did you mean `{closest}`?"))
            }
            Self::UnknownMember { known, .. } => Some(match known.as_slice() {
                [] => "give the project a name in `[project]`".to_owned(),
                known => format!("it has {}", known.join(", ")),
            }),
            Self::Project(error) => error.hint(),
            Self::Fs(error) => error.hint(),
        }
    }
}

/// Projects that share lockfiles and an environment, and one of them that is worked on.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    /// The root first, then the others sorted by path
    members: Vec<Arc<Project>>,
    current: usize,
    names: BTreeMap<PackageName, usize>,
}

impl Workspace {
    /// Loads the workspace of the project whose manifest is `file`, else of the nearest one in the working
    /// directory or above it. What is odd in its manifests is warned of.
    pub(crate) fn load(env: &Env, ui: &Ui, file: Option<&Path>) -> Result<Self, Error> {
        Survey::load(env, ui, file)?.workspace(ui)
    }

    /// Returns the workspace of what belongs to no other project, such as a script.
    pub(crate) fn of_one(project: Arc<Project>) -> Self {
        Self { members: vec![project], current: 0, names: BTreeMap::new() }
    }

    fn new(members: Vec<Arc<Project>>, current: &Project) -> Result<Self, Error> {
        let index = members.iter().position(|member| member.path() == current.path());
        let current = index.expect("it is among the members");
        let workspace = Self { members, current, names: BTreeMap::new() };
        let mut names: BTreeMap<PackageName, usize> = BTreeMap::new();
        for (index, member) in workspace.members.iter().enumerate() {
            let Some(name) = member.manifest().name() else { continue };
            if let Some(first) = names.insert(name.clone(), index) {
                let [first, second] =
                    [first, index].map(|index| workspace.place(&workspace.members[index]));
                return Err(Error::SameName { name, first, second });
            }
        }
        Ok(Self { names, ..workspace })
    }

    /// Takes the lock that keeps other ryes from this workspace, and reads again what one of them changed.
    pub(crate) fn guard(&mut self, env: &Env, ui: &Ui) -> Result<fs::Lock, Error> {
        let lock = lock(env, ui, self.directory())?;
        for project in [self.root(), self.current()] {
            fs::clear_unfinished(project.root())?;
        }
        let file = Arc::new(ManifestFile::read(self.current().path().to_owned())?);
        let current = understood(&file, &self.by_path())?;
        *self = Survey::around(current, |_, _, _| {})?.understood(&self.by_path())?;
        Ok(lock)
    }

    fn by_path(&self) -> BTreeMap<&Path, &Arc<Project>> {
        self.members.iter().map(|member| (member.path(), member)).collect()
    }

    /// Returns the manifests as they were read.
    pub(crate) fn survey(&self) -> Survey {
        Survey {
            root: Arc::clone(&self.members[0]),
            current: Arc::clone(&self.members[self.current]),
            files: self.members.iter().map(|member| Arc::clone(member.file())).collect(),
        }
    }

    /// Returns the directory with the lockfiles.
    pub(crate) fn directory(&self) -> &Path {
        self.root().root()
    }

    /// Returns the project whose settings hold for all.
    pub(crate) fn root(&self) -> &Project {
        &self.members[0]
    }

    /// Returns the project that is worked on.
    pub(crate) fn current(&self) -> &Project {
        &self.members[self.current]
    }

    /// Returns all projects, the root first.
    pub(crate) fn members(&self) -> impl ExactSizeIterator<Item = &Project> {
        self.members.iter().map(|member| &**member)
    }

    /// Tells whether this is more than a project on its own.
    pub(crate) fn is_shared(&self) -> bool {
        self.root().is_workspace()
    }

    /// Returns a member by its name.
    pub(crate) fn member(&self, name: &PackageName) -> Option<&Project> {
        self.names.get(name).map(|index| &*self.members[*index])
    }

    /// Returns a member by its name, or an error that tells the nearest one.
    pub(crate) fn named(&self, name: &PackageName) -> Result<&Project, Error> {
        Ok(&self.members[self.index(name)?])
    }

    /// Returns the workspace with another member to work on.
    pub(crate) fn at(self, name: &PackageName) -> Result<Self, Error> {
        Ok(Self { current: self.index(name)?, ..self })
    }

    fn index(&self, name: &PackageName) -> Result<usize, Error> {
        self.names.get(name).copied().ok_or_else(|| {
            let names = self.names.keys().map(AsRef::as_ref);
            let closest = closest(name.as_ref(), names).map(str::to_owned);
            let known = self.names.keys().map(ToString::to_string).take(10).collect();
            Error::UnknownMember { name: name.clone(), closest, known }
        })
    }

    /// Returns the path of a member's directory from the root, with `/` between its parts and `.` for the root.
    pub(crate) fn place(&self, member: &Project) -> String {
        let path = member.root().strip_prefix(self.directory()).expect("members are below");
        if path == Path::new("") { ".".to_owned() } else { slashed(path) }
    }

    /// Returns the Pythons that all members can do with.
    pub(crate) fn requires_python(&self) -> VersionSpecifiers {
        let mut specifiers: Vec<_> = self
            .members()
            .flat_map(|member| member.manifest().requires_python().to_vec())
            .collect();
        specifiers
            .sort_by_cached_key(|specifier| (specifier.version().clone(), specifier.to_string()));
        specifiers.dedup();
        specifiers.into_iter().collect()
    }

    /// Returns the URL of a directory or a file for a direct reference in the project that is worked on.
    ///
    /// Inside the workspace it starts from `${PROJECT_ROOT}`, so that it holds on other machines;
    /// hatchling knows no such variable.
    pub(crate) fn file_reference(&self, path: &Path, absolute: bool) -> String {
        let backend = self.current().manifest().build_system.as_ref();
        let backend = backend.and_then(|system| system.build_backend.as_deref());
        let inside = fs::canonical(self.directory())
            .ok()
            .filter(|_| !absolute && backend != Some("hatchling.build"));
        let root = inside.filter(|root| path.starts_with(root)).map(|root| file_url(&root));
        match root {
            Some(root) => file_url(path).replacen(&root, "file:///${PROJECT_ROOT}", 1),
            None => file_url(path),
        }
    }

    /// Returns the workspace with the manifest that is worked on edited; nothing is written.
    pub(crate) fn edited<T>(
        &self,
        edit: impl FnOnce(&mut edit::Document) -> Result<T, edit::Error>,
    ) -> Result<(Self, T), Error> {
        let (project, result) = self.current().edited(edit)?;
        let mut members = self.members.clone();
        members[self.current] = Arc::new(project);
        let current = Arc::clone(&members[self.current]);
        Ok((Self::new(members, &current)?, result))
    }

    /// Returns the workspace with the manifests of all members edited; nothing is written.
    pub(crate) fn edited_everywhere(
        &self,
        mut edit: impl FnMut(&Project, &mut edit::Document) -> Result<(), edit::Error>,
    ) -> Result<Self, Error> {
        let mut members = Vec::with_capacity(self.members.len());
        for member in &self.members {
            let (edited, ()) = member.edited(|document| edit(member, document))?;
            let is_edited = edited.file().text() != member.file().text();
            members.push(if is_edited { Arc::new(edited) } else { Arc::clone(member) });
        }
        let current = Arc::clone(&members[self.current]);
        Self::new(members, &current)
    }

    /// Writes the manifests that were edited, all or none.
    pub(crate) fn save(&self) -> Result<(), Error> {
        let edited: Vec<_> = self.members().filter(|member| member.is_edited()).collect();
        for project in &edited {
            project.check_unchanged()?;
            fs::check_writable(project.path())?;
        }
        for (index, project) in edited.iter().enumerate() {
            if let Err(error) = project.save() {
                edited[..index].iter().try_for_each(|project| project.restore())?;
                return Err(error.into());
            }
        }
        Ok(())
    }

    /// Puts back the manifests that the edits started from.
    pub(crate) fn restore(&self) -> Result<(), Error> {
        let mut edited = self.members().filter(|member| member.is_edited());
        Ok(edited.try_for_each(Project::restore)?)
    }

    /// Returns the workspace with the root's manifest edited.
    pub(crate) fn with_root(&self, root: Arc<Project>) -> Self {
        let mut workspace = self.clone();
        workspace.members[0] = root;
        workspace
    }

    /// Warns of settings that only the root of a workspace has a say in.
    fn warn_of_idle_settings(&self, ui: &Ui) {
        for member in self.members().skip(1) {
            for key in member.manifest().rye().settings_of_a_root() {
                let path = member.path().display();
                ui.warn(format_args!(
                    "`tool.rye.{key}` in `{path}` counts for nothing: the workspace's root decides"
                ));
            }
        }
    }
}

/// The manifests of a workspace, of which only two are understood: what it takes to tell that nothing has
/// changed since all of them were.
#[derive(Clone, Debug)]
pub(crate) struct Survey {
    root: Arc<Project>,
    current: Arc<Project>,
    /// The root's first, then the others sorted by path
    files: Vec<Arc<ManifestFile>>,
}

impl Survey {
    /// Reads the manifests of the workspace that the project of `file` belongs to, else the nearest one in the
    /// working directory or above it. What is odd in those that are understood is warned of.
    pub(crate) fn load(env: &Env, ui: &Ui, file: Option<&Path>) -> Result<Self, Error> {
        let project = Arc::new(Project::load(env, file)?);
        let survey = Self::around(project, |path, glob, odd| {
            let text = format!("`{glob}` of `tool.rye.workspace.members` in `{}`", path.display());
            match odd {
                Odd::Idle => ui.warn(format_args!("{text} matches no project")),
                Odd::Inner(place) => ui.warn(format_args!(
                    "{text} leads into the workspace in `{place}`, whose members are its own"
                )),
            }
        })?;
        for project in [&survey.root, &survey.current] {
            project.warn_of_unknown_keys(ui);
        }
        Ok(survey)
    }

    /// Finds the manifests of the workspace that a project belongs to.
    fn around(
        current: Arc<Project>,
        on_odd_glob: impl Fn(&Path, &str, Odd),
    ) -> Result<Self, Error> {
        let alone = |current: Arc<Project>| {
            let files = vec![Arc::clone(current.file())];
            Self { root: Arc::clone(&current), current, files }
        };
        let Some((path, globs)) = root_of(&current)? else { return Ok(alone(current)) };
        let root = path.parent().expect("a file is in a directory");
        let failed = |source| Error::Members { path: path.clone(), source };
        let mut found = globs.find(root).map_err(failed)?;
        for glob in &found.idle {
            on_odd_glob(&path, glob, Odd::Idle);
        }
        // a workspace within this one has members of its own
        let leave = |found: &mut Found, inner: &[PathBuf]| {
            for (glob, inner) in found.leave(inner) {
                on_odd_glob(&path, &glob, Odd::Inner(slashed(&inner)));
            }
        };
        let inner = roots_on_the_way(root, &found)?;
        leave(&mut found, &inner);
        let paths = found.directories.keys().map(|directory| root.join(directory).join(MANIFEST));
        let paths: Vec<_> = std::iter::once(path.clone()).chain(paths).collect();
        let mut files = read_all(&paths, &current)?;
        let below =
            |file: &ManifestFile| file.root().strip_prefix(root).expect("it is below").to_owned();
        let mut inner = Vec::new();
        for file in files.iter().skip(1) {
            if is_root(file.path(), file.text())? {
                inner.push(below(file));
            }
        }
        if !inner.is_empty() {
            leave(&mut found, &inner);
            files
                .retain(|file| file.root() == root || found.directories.contains_key(&below(file)));
        }
        if !files.iter().any(|file| file.path() == current.path()) {
            return Ok(alone(current));
        }
        let root = if files[0].path() == current.path() {
            Arc::clone(&current)
        } else {
            Arc::new(Project::parse(Arc::clone(&files[0]))?)
        };
        Ok(Self { root, current, files })
    }

    /// Returns the project whose settings hold for all.
    pub(crate) fn root(&self) -> &Project {
        &self.root
    }

    /// Returns the project that is worked on.
    pub(crate) fn current(&self) -> &Project {
        &self.current
    }

    /// Returns the manifests, the root's first, with the project of each that is understood.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&Arc<ManifestFile>, Option<&Project>)> {
        self.files.iter().map(|file| {
            let projects = [&self.root, &self.current];
            (
                file,
                projects
                    .into_iter()
                    .find(|project| Arc::ptr_eq(project.file(), file))
                    .map(|project| &**project),
            )
        })
    }

    /// Returns the workspace, all of it understood. What is odd in its manifests is warned of.
    pub(crate) fn workspace(&self, ui: &Ui) -> Result<Workspace, Error> {
        let workspace = self.understood(&BTreeMap::new())?;
        for project in &workspace.members {
            project.warn_of_unknown_keys(ui);
        }
        workspace.warn_of_idle_settings(ui);
        Ok(workspace)
    }

    /// Understands the manifests, but for those that say what they did when they were understood before.
    fn understood(&self, known: &BTreeMap<&Path, &Arc<Project>>) -> Result<Workspace, Error> {
        /// How many manifests are worth a thread
        const UNDERSTOOD: usize = 16;
        let mut known = known.clone();
        known.extend([&self.root, &self.current].map(|project| (project.path(), project)));
        let members = fs::in_parallel(&self.files, UNDERSTOOD, |file| understood(file, &known));
        Workspace::new(members.into_iter().collect::<Result<_, _>>()?, &self.current)
    }
}

/// Understands a manifest, unless it says what it did when it was understood before.
fn understood(
    file: &Arc<ManifestFile>,
    known: &BTreeMap<&Path, &Arc<Project>>,
) -> Result<Arc<Project>, project::Error> {
    match known.get(file.path()) {
        Some(project) if project.file().text() == file.text() => Ok(Arc::clone(project)),
        Some(_) | None => Project::parse(Arc::clone(file)).map(Arc::new),
    }
}

/// What is odd about a glob.
enum Odd {
    /// It matches no project.
    Idle,
    /// It matches a project in another workspace, whose root is here.
    Inner(String),
}

/// Returns the URL of a file or a directory, by its absolute path.
pub(crate) fn file_url(path: &Path) -> String {
    url::Url::from_file_path(path).expect("the path is absolute").to_string()
}

/// Takes the lock that keeps other ryes from the workspace with this root, or from the environment here.
pub(crate) fn lock(env: &Env, ui: &Ui, directory: &Path) -> Result<fs::Lock, Error> {
    let name = fs::sha256(&sys::path_bytes(directory));
    let lock = fs::lock(&env.locks().join(format!("{}.lock", &name[..32])), || {
        ui.status("waiting", "for another rye that works on this project");
    });
    Ok(lock?)
}

/// The root of a workspace, of which no more is read than who its members are.
struct Root {
    path: PathBuf,
    outline: Outline,
    globs: Globs,
}

impl Root {
    fn directory(&self) -> &Path {
        self.path.parent().expect("a file is in a directory")
    }

    /// Tells whether a directory below is a member's.
    fn has(&self, directory: &Path) -> bool {
        let below = directory.strip_prefix(self.directory()).expect("it is below");
        self.globs.have(self.directory(), below)
    }
}

/// Returns the manifest of the workspace that a project belongs to, with its globs; none for one on its own.
fn root_of(project: &Project) -> Result<Option<(PathBuf, Globs)>, Error> {
    if let Some(table) = &project.manifest().rye().workspace {
        return Ok(Some((project.path().to_owned(), globs_of(project.path(), table)?)));
    }
    if project.path().file_name().is_none_or(|name| name != MANIFEST) {
        return Ok(None);
    }
    Ok(root_above(project.root())?.map(|Root { path, globs, .. }| (path, globs)))
}

/// Finds the nearest workspace above a directory, if the directory is a member's.
fn root_above(directory: &Path) -> Result<Option<Root>, Error> {
    Ok(nearest_root(directory)?.filter(|root| root.has(directory)))
}

/// Finds the nearest workspace above a directory, whoever its members are.
fn nearest_root(directory: &Path) -> Result<Option<Root>, Error> {
    for above in directory.ancestors().skip(1) {
        if let Some(root) = root_in(above)? {
            return Ok(Some(root));
        }
    }
    Ok(None)
}

/// Returns the root of a workspace that a directory is.
///
/// A manifest that is broken is an error only if it may be one.
fn root_in(directory: &Path) -> Result<Option<Root>, Error> {
    let path = directory.join(MANIFEST);
    // a file that nobody may read is nobody's workspace
    let Ok(Some(text)) = fs::find_text(&path) else { return Ok(None) };
    let Some(outline) = outline_of_root(&path, &text)? else { return Ok(None) };
    let Some(table) = &outline.workspace else { return Ok(None) };
    let globs = globs_of(&path, table)?;
    Ok(Some(Root { path, outline, globs }))
}

/// Tells whether a manifest makes its directory the root of a workspace.
fn is_root(path: &Path, text: &str) -> Result<bool, Error> {
    Ok(outline_of_root(path, text)?.is_some_and(|outline| outline.workspace.is_some()))
}

/// Reads the outline of what may be the root of a workspace.
fn outline_of_root(path: &Path, text: &str) -> Result<Option<Outline>, Error> {
    // others have workspaces, too, and templates of manifests are no TOML
    let may_be = ["rye", "workspace"].iter().all(|word| text.contains(word));
    Ok(may_be.then(|| project::outline(path, text)).transpose()?)
}

/// Returns the directories that lead to a project, from this root, and are the roots of other workspaces.
fn roots_on_the_way(root: &Path, found: &Found) -> Result<Vec<PathBuf>, Error> {
    let mut roots = Vec::new();
    for directory in found.on_the_way() {
        if root_in(&root.join(directory))?.is_some() {
            roots.push(directory.to_owned());
        }
    }
    Ok(roots)
}

fn globs_of(path: &Path, table: &WorkspaceTable) -> Result<Globs, Error> {
    Globs::new(table).map_err(|source| Error::Members { path: path.to_owned(), source })
}

/// A workspace above a directory where there is no project yet.
#[derive(Debug)]
pub(crate) struct Above {
    root: Arc<Project>,
    /// The directory from the root
    place: String,
    /// The globs have the directory already.
    pub(crate) is_member: bool,
}

impl Above {
    /// Finds the nearest workspace above a directory, unless it excludes that.
    pub(crate) fn find(directory: &Path) -> Result<Option<Self>, Error> {
        let Some(Root { path, globs, .. }) = nearest_root(directory)? else { return Ok(None) };
        let root = Arc::new(Project::open(path)?);
        let below = directory.strip_prefix(root.root()).expect("it is below");
        let place = slashed(below);
        if globs.exclude(&place) {
            return Ok(None);
        }
        Ok(Some(Self { is_member: globs.have(root.root(), below), root, place }))
    }

    /// Returns the name of the workspace for a reader.
    pub(crate) fn name(&self) -> String {
        self.root.display_name()
    }

    /// Takes the lock that keeps other ryes from the workspace, and looks again; none if it is gone, or excludes
    /// the directory now.
    pub(crate) fn guarded(self, env: &Env, ui: &Ui) -> Result<Option<(Self, fs::Lock)>, Error> {
        let lock = lock(env, ui, self.root.root())?;
        fs::clear_unfinished(self.root.root())?;
        let found = Self::find(&self.root.root().join(&self.place))?;
        let found = found.filter(|found| found.root.path() == self.root.path());
        Ok(found.map(|found| (found, lock)))
    }

    /// Returns the names of the members and where they are, if all of them can be read.
    pub(crate) fn names(&self) -> BTreeMap<PackageName, String> {
        let Some(workspace) = self.workspace() else { return BTreeMap::new() };
        let members = workspace.members();
        members
            .filter_map(|member| Some((member.manifest().name()?, workspace.place(member))))
            .collect()
    }

    /// Returns the oldest Python that the root is for, else the oldest one that all members are for.
    pub(crate) fn oldest_python(&self) -> Option<Version> {
        lower_bound(&self.root.manifest().requires_python())
            .or_else(|| lower_bound(&self.workspace()?.requires_python()))
    }

    fn workspace(&self) -> Option<Workspace> {
        // what is wrong there is told when it matters
        let survey = Survey::around(Arc::clone(&self.root), |_, _, _| {}).ok()?;
        survey.understood(&BTreeMap::new()).ok()
    }

    /// Returns the manifest of the root with the directory among the members, which is not written yet; none if
    /// it is among them already. Fails for one that must not be written.
    pub(crate) fn joined(&self) -> Result<Option<Project>, Error> {
        if self.is_member {
            return Ok(None);
        }
        fs::check_writable(self.root.path())?;
        let table = self.root.manifest().rye().workspace.as_ref();
        // a list that is missing stands for all that is there now
        let everything = table.is_some_and(|table| table.members.is_none()).then_some(EVERYTHING);
        let place = escaped(&self.place);
        let (root, ()) = self.root.edited(|document| {
            everything
                .into_iter()
                .chain([place.as_str()])
                .try_for_each(|glob| document.add_member(glob))
        })?;
        Ok(Some(root))
    }
}

/// What a shim has to know of the project that it is called in.
#[derive(Debug)]
pub(crate) struct Site {
    /// The directory with the lockfiles
    pub(crate) directory: PathBuf,
    pub(crate) is_managed: bool,
    /// Where the environment is, from the directory, if the manifest says so
    pub(crate) venv: Option<PathBuf>,
}

/// Returns where the project of a manifest has its environment; looks at no other member.
pub(crate) fn site(manifest: &Path) -> Result<Site, Error> {
    let text = fs::read_text(manifest)?;
    let own = project::outline(manifest, &text)?;
    let directory = manifest.parent().expect("a file is in a directory");
    let (path, outline) = match &own.workspace {
        Some(_) => (manifest.to_owned(), own),
        None => match root_above(directory)? {
            Some(Root { path, outline, .. }) => (path, outline),
            None => (manifest.to_owned(), own),
        },
    };
    Ok(Site {
        directory: path.parent().expect("a file is in a directory").to_owned(),
        is_managed: outline.managed,
        venv: outline.venv,
    })
}

/// Reads manifests; of the project that is worked on it is known already.
fn read_all(paths: &[PathBuf], current: &Project) -> Result<Vec<Arc<ManifestFile>>, Error> {
    let files = fs::in_parallel(paths, fs::READS, |path| {
        if path == current.path() {
            return Ok(Arc::clone(current.file()));
        }
        ManifestFile::read(path.clone()).map(Arc::new)
    });
    Ok(files.into_iter().collect::<Result<_, _>>()?)
}
