//! What a new project is made of: decides about its name, Python, licence and files, then writes them.
//!
//! Installs nothing and resolves nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::config::{self, Defaults};
use crate::context::Context;
use crate::env::Env;
use crate::error::Hint;
use crate::fs;
use crate::http::Network;
use crate::packaging::{BuildSystem, PackageName, VersionSpecifiers};
use crate::process;
use crate::project::{self, Project};
use crate::toolchain::{self, Request};
use crate::ui::Ui;
use crate::workspace::{self, Above};

mod author;
mod build_system;
mod import;
mod license;
mod name;
mod python;
mod render;
mod requirements;
mod script;
mod setup_cfg;

pub(crate) use license::License;
pub(crate) use script::{ScriptPlan, create_script};

use author::Author;
use import::Imported;
use python::Pythons;

/// Files that describe a project, the preferred one first.
const READMES: [&str; 3] = ["README.md", "README.rst", "README.txt"];

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("`{}` exists already", .0.display())]
    Exists(PathBuf),
    #[error("`{}` is not a directory", .0.display())]
    NotDirectory(PathBuf),
    #[error("`{}` is there already, and something is in it", .0.display())]
    Occupied(PathBuf),
    #[error("`{}` has metadata already", .0.display())]
    HasMetadata(PathBuf),
    #[error("`{0}` has no letter or digit that a name could be made of")]
    Name(String),
    #[error("`--py` has no say in a member: it runs on the Python of its workspace")]
    MemberPython(Request),
    #[error("the workspace has a project `{name}` already, in `{place}`")]
    Taken { name: String, place: String },
    #[error("`default.license` in `config.toml` names no licence")]
    Setting(#[source] license::Error),
    #[error("a script is written in Python, and maturin builds extension modules in Rust")]
    ScriptInRust,
    #[error("Python {python}, which {by} asks for, contradicts `requires-python = \"{requires}\"`")]
    Contradiction { python: String, by: String, requires: String },
    #[error("`{}` pins {pinned} already, which is not what `--py` asks for", path.display())]
    Pinned { path: PathBuf, pinned: String },
    #[error("`{}`, line {line}: {reason}", path.display())]
    Line { path: PathBuf, line: usize, reason: String },
    #[error("`{key}` in `{file}` holds `{text}`: {reason}")]
    Metadata { file: &'static str, key: &'static str, text: String, reason: String },
    #[error("cannot import `{}`", path.display())]
    SetupPy { path: PathBuf, source: process::Error },
    #[error(transparent)]
    Config(#[from] config::Error),
    #[error(transparent)]
    Project(#[from] project::Error),
    #[error(transparent)]
    Workspace(#[from] workspace::Error),
    #[error(transparent)]
    Toolchain(#[from] toolchain::Error),
    #[error(transparent)]
    Fs(#[from] fs::Error),
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Exists(_) => "it is a project already: add to it with `rye add`",
            Self::Occupied(path) => {
                let path = process::quoted(path.as_os_str());
                return Some(format!("make a project of what is there with `rye init {path}`"));
            }
            Self::HasMetadata(path) => {
                let path = process::quoted(path.as_os_str());
                return Some(format!("add what it needs with `rye add --script {path} NAME`"));
            }
            Self::NotDirectory(_) => "name a directory, or a path where there is nothing yet",
            Self::Name(_) => "name the project with `--name`, with a letter or a digit in it",
            Self::MemberPython(request) => {
                return Some(format!("leave it out, and pin that with `rye pin {request}`"));
            }
            Self::Taken { .. } => "give this one another name with `--name`",
            Self::Setting(_) => "correct it with `rye config`",
            Self::ScriptInRust => "choose another with `--build-system`, or start a library",
            Self::Contradiction { .. } => "change one of them with `--py` or `--min-py`",
            Self::Pinned { .. } => "leave `--py` out, or remove the file",
            Self::Line { .. } => "correct the line, or leave the file out",
            Self::Metadata { .. } => "correct it, or leave what is there alone with `--no-import`",
            Self::SetupPy { .. } => "leave it alone with `--no-import`",
            Self::Config(error) => return error.hint(),
            Self::Project(error) => return error.hint(),
            Self::Workspace(error) => return error.hint(),
            Self::Toolchain(error) => return error.hint(),
            Self::Fs(error) => return error.hint(),
        };
        Some(text.to_owned())
    }
}

/// What a project consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// A package to be imported
    Library,
    /// A package with a program
    Script,
    /// No package: a place for dependencies and tasks
    Virtual,
}

/// What the user wants; what is `None` is decided by older files, settings and defaults.
#[derive(Debug)]
pub(crate) struct Plan {
    /// From the working directory
    pub(crate) path: PathBuf,
    pub(crate) kind: Kind,
    pub(crate) name: Option<String>,
    pub(crate) python: Option<Request>,
    pub(crate) requires_python: Option<VersionSpecifiers>,
    pub(crate) build_system: Option<BuildSystem>,
    pub(crate) license: Option<License>,
    pub(crate) private: bool,
    pub(crate) writes_readme: bool,
    pub(crate) writes_pin: bool,
    /// What the project becomes a member of; the caller holds its lock. The Python is that of all then, and
    /// so is the repository.
    pub(crate) workspace: Option<Above>,
    /// Whether `setup.py`, `setup.cfg` and the requirements files are read
    pub(crate) imports: bool,
    pub(crate) requirements: Vec<PathBuf>,
    pub(crate) dev_requirements: Vec<PathBuf>,
    /// Whether a Python that has to run `setup.py` may be fetched
    pub(crate) network: Network,
}

/// A project that was created.
#[derive(Debug)]
pub(crate) struct Created {
    pub(crate) root: PathBuf,
    pub(crate) name: String,
}

/// A project that is decided on, before anything of it is written.
#[derive(Serialize)]
struct Blueprint {
    name: String,
    module: String,
    /// The module's name is not the one that backends expect for the project's.
    module_is_unusual: bool,
    kind: Kind,
    build_system: Option<BuildSystem>,
    version: String,
    description: String,
    dependencies: Vec<String>,
    dev_dependencies: Vec<String>,
    optional_dependencies: BTreeMap<String, Vec<String>>,
    scripts: BTreeMap<String, String>,
    requires_python: String,
    /// The text of the pin, if one is to be written
    pin: Option<String>,
    #[serde(skip)]
    license: Option<License>,
    writes_license: bool,
    has_license_file: bool,
    readme: Option<String>,
    writes_readme: bool,
    writes_gitignore: bool,
    private: bool,
    writes_sources: bool,
    #[serde(skip)]
    starts_repository: bool,
    /// There is `src/<module>`, or will be.
    has_package: bool,
}

/// Creates a project. Everything is checked first: an error leaves nothing behind.
pub(crate) fn create(ctx: &Context<'_>, plan: &Plan) -> Result<Created, Error> {
    let root = locate(&ctx.env, &plan.path)?;
    if let (Some(_), Some(request)) = (&plan.workspace, &plan.python) {
        return Err(Error::MemberPython(request.clone()));
    }
    let joined = plan.workspace.as_ref().map(Above::joined).transpose()?.flatten();
    let defaults = &ctx.config()?.default;
    let build_system = build_system(plan, defaults)?;
    let pythons = Pythons::new(ctx, &root, plan)?;
    let mut imported = Imported::default();
    if plan.imports {
        let python = || pythons.ensure(ctx, plan.requires_python.as_ref(), plan.network);
        imported = Imported::load(ctx, &root, plan, python)?;
    }
    let python = pythons.decide(ctx.ui, plan, &imported, defaults)?;
    let author = imported.author.take();
    let blueprint = blueprint(ctx, plan, &root, imported, build_system, python)?;
    write(ctx, &root, &blueprint, author, joined.as_ref())?;
    let name = blueprint.name;
    Ok(Created { root, name })
}

fn blueprint(
    ctx: &Context<'_>,
    plan: &Plan,
    root: &Path,
    imported: Imported,
    build_system: Option<BuildSystem>,
    (requires_python, pin): (VersionSpecifiers, Option<String>),
) -> Result<Blueprint, Error> {
    let exists = |name: &str| fs::exists(&root.join(name));
    let is_old = imported.name.is_some() || exists("setup.py");
    let name = project_name(plan, imported.name, root)?;
    let taken = plan.workspace.as_ref().map(Above::names).unwrap_or_default();
    if let Some(place) = name.parse().ok().and_then(|name: PackageName| taken.get(&name)) {
        return Err(Error::Taken { name, place: place.clone() });
    }
    let module = name::module(&name);
    let module_is_unusual = module != name::usual_module(&name);
    if module_is_unusual && plan.kind != Kind::Virtual {
        ctx.ui.warn(format_args!(
            "the module is called `{module}`: `{name}` is taken by Python, or no name for one"
        ));
    }

    let places = [format!("src/{module}"), module.clone(), format!("{module}.py")];
    let has_module = places.iter().any(|place| exists(place));
    let has_crate = build_system == Some(BuildSystem::Maturin) && exists("Cargo.toml");
    let has_sources = is_old || has_module || has_crate || exists("src") || exists("python");
    let writes_sources = plan.kind != Kind::Virtual && !has_sources;
    if plan.kind != Kind::Virtual && has_sources && !has_module && !has_crate {
        ctx.ui.warn(format_args!("there is no `src/{module}` yet, and building needs it"));
    }

    let mut scripts = imported.scripts;
    match plan.kind {
        Kind::Library => {}
        Kind::Script => {
            scripts.entry(name.clone()).or_insert_with(|| format!("{module}:main"));
        }
        Kind::Virtual if scripts.is_empty() => {}
        Kind::Virtual => {
            scripts.clear();
            ctx.ui.warn(
                "`entry_points[console_scripts]` is left out: a virtual project has no programs",
            );
        }
    }

    let license = license(ctx.ui, plan, imported.license.as_deref(), &ctx.config()?.default)?;
    let texts = files_like(root, &["LICENSE", "LICENCE", "COPYING"])?;
    // what was imported has its text somewhere, under whatever name
    let writes_license = (plan.license.is_some() || imported.license.is_none())
        && texts.is_empty()
        && license.as_ref().is_some_and(|license| !license.files(None).is_empty());
    let has_text = writes_license || texts.iter().any(|name| name.starts_with("LICENSE"));
    let readme = READMES.into_iter().find(|name| exists(name));
    let writes_readme = plan.writes_readme && readme.is_none();
    let readme = readme.or(writes_readme.then_some(READMES[0]));
    Ok(Blueprint {
        kind: plan.kind,
        build_system,
        version: imported.version.map_or_else(|| "0.1.0".to_owned(), |version| version.to_string()),
        description: imported.description.unwrap_or("Add your description here".to_owned()),
        dependencies: imported.dependencies.texts(),
        dev_dependencies: imported.dev_dependencies.texts(),
        optional_dependencies: imported
            .extras
            .into_iter()
            .map(|(extra, requirements)| (extra.to_string(), requirements.texts()))
            .collect(),
        scripts,
        requires_python: requires_python.to_string(),
        pin,
        has_license_file: license.is_some() && has_text,
        license,
        writes_license,
        readme: readme.map(str::to_owned),
        writes_readme,
        writes_gitignore: !exists(".gitignore"),
        private: plan.private,
        writes_sources,
        starts_repository: plan.workspace.is_none(),
        has_package: writes_sources || exists(&places[0]),
        module,
        module_is_unusual,
        name,
    })
}

/// Returns the directory of the project, in which there may be everything but a manifest.
pub(crate) fn locate(env: &Env, path: &Path) -> Result<PathBuf, Error> {
    let path = env.working_directory().join(path);
    let existing = path.ancestors().find(|path| path.exists()).unwrap_or(&path);
    if !existing.is_dir() {
        return Err(Error::NotDirectory(existing.to_owned()));
    }
    let rest = path.strip_prefix(existing).expect("it is an ancestor");
    let root: PathBuf = fs::canonical(existing)?.join(rest).components().collect();
    let manifest = root.join(project::MANIFEST);
    if fs::exists(&manifest) { Err(Error::Exists(manifest)) } else { Ok(root) }
}

/// Fails for a directory that something is in.
pub(crate) fn refuse_occupied(env: &Env, path: &Path) -> Result<(), Error> {
    let root = locate(env, path)?;
    if fs::list(&root)?.is_empty() { Ok(()) } else { Err(Error::Occupied(path.to_owned())) }
}

fn build_system(plan: &Plan, defaults: &Defaults) -> Result<Option<BuildSystem>, Error> {
    if plan.kind == Kind::Virtual {
        return Ok(None);
    }
    match plan.build_system.unwrap_or(defaults.build_system) {
        BuildSystem::Maturin if plan.kind == Kind::Script => Err(Error::ScriptInRust),
        system => Ok(Some(system)),
    }
}

fn project_name(plan: &Plan, imported: Option<String>, root: &Path) -> Result<String, Error> {
    if let Some(text) = &plan.name {
        return name::slug(text).ok_or_else(|| Error::Name(text.clone()));
    }
    let directory = || name::slug(&root.file_name()?.to_string_lossy());
    Ok(imported.or_else(directory).unwrap_or_else(|| "unknown".to_owned()))
}

fn license(
    ui: &Ui,
    plan: &Plan,
    imported: Option<&str>,
    defaults: &Defaults,
) -> Result<Option<License>, Error> {
    match (&plan.license, imported, &defaults.license) {
        (Some(license), ..) => Ok(Some(license.clone())),
        (None, Some(text), _) => {
            let license = License::recognize(text);
            if license.is_none() {
                let text = text.lines().next().unwrap_or_default();
                ui.warn(format_args!(
                    "the licence `{text}` is left out: name one with `--license`"
                ));
            }
            Ok(license)
        }
        (None, None, Some(text)) => text.parse().map(Some).map_err(Error::Setting),
        (None, None, None) => Ok(None),
    }
}

/// Returns the names in a directory that begin like this.
fn files_like(directory: &Path, prefixes: &[&str]) -> Result<Vec<String>, Error> {
    let names = fs::list(directory)?.into_iter();
    let names = names.filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
    Ok(names.filter(|name| prefixes.iter().any(|prefix| name.starts_with(prefix))).collect())
}

/// Writes everything. The files are prepared in a directory of their own and moved to their places
/// at the end, the manifest last: what was killed halfway can be done again. The workspace that it joins is
/// told when all is there, so that nobody misses a member.
fn write(
    ctx: &Context<'_>,
    root: &Path,
    blueprint: &Blueprint,
    author: Option<Author>,
    joined: Option<&Project>,
) -> Result<(), Error> {
    let defaults = &ctx.config()?.default;
    let mut undo = Undo(Vec::new());
    if let Some(first) = root.ancestors().take_while(|path| !fs::exists(path)).last() {
        undo.0.push(first.to_owned());
    }
    fs::create_directory(root)?;
    let is_in_repository = || root.ancestors().any(|path| fs::exists(&path.join(".git")));
    if blueprint.starts_repository && !is_in_repository() {
        undo.0.push(root.join(".git"));
        start_repository(&ctx.env, ctx.ui, root);
    }
    // asked now, since settings of git may depend on where the repository is
    let find = || Author::find(&ctx.env, root, defaults.author.as_deref());
    let author = author.or_else(find);
    let staging = fs::Staging::beside(&root.join("project"))?;
    let mut entries: Vec<PathBuf> = Vec::new();
    for (path, content) in render::files(blueprint, author.as_ref()) {
        fs::write(&staging.path().join(&path), content)?;
        let entry = Path::new(&path).components().take(1).collect();
        if !entries.contains(&entry) {
            entries.push(entry);
        }
    }
    for entry in entries {
        let target = root.join(&entry);
        fs::rename(&staging.path().join(entry), &target)?;
        undo.0.push(target);
    }
    if let Some(joined) = joined {
        joined.save()?;
    }
    undo.0.clear();
    Ok(())
}

/// Makes a repository of a directory that is not in one.
fn start_repository(env: &Env, ui: &Ui, root: &Path) {
    let mut command = process::command(env, Path::new("git"));
    match process::output(command.args(["init", "--quiet"]).current_dir(root)) {
        // a machine without git is fine
        Ok(_) | Err(process::Error::Start { .. }) => {}
        Err(error) => ui.warn(format_args!("there is no repository: {error}")),
    }
}

/// What is removed again unless all is well.
struct Undo(Vec<PathBuf>);

impl Drop for Undo {
    fn drop(&mut self) {
        for path in self.0.iter().rev().filter(|path| fs::exists(path)) {
            // the error that is told is the one that led here
            drop(fs::remove(path));
        }
    }
}
