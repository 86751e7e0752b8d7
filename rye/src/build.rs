//! Building distributions: sdists and wheels of members, by whatever builds them (PEP 517).
//!
//! What is built lies in a temporary directory until all of it is there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::error::Hint;
use crate::fs;
use crate::packaging::{self, DistributionFile, DistributionKind, PackageName, Version};
use crate::project::{self, Project, Stated};
use crate::sync::{self, Workbench};
use crate::toolchain::Interpreter;
use crate::uv::{self, Access, Kinds, Uv};
use crate::workspace::Workspace;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("cannot build `{name}`")]
    Build { name: String, source: uv::Error },
    #[error("members need each other to be built: {0}")]
    Circle(String),
    #[error("there is nothing to build: what is meant is virtual")]
    AllVirtual,
    #[error("`{}` is no directory", .0.display())]
    NoDirectory(PathBuf),
    #[error("the build of `{0}` left no distribution")]
    Nothing(String),
    #[error(transparent)]
    Project(#[from] project::Error),
    #[error(transparent)]
    Sync(#[from] sync::Error),
    #[error(transparent)]
    Fs(#[from] fs::Error),
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Build { .. } => None, // the cause has one
            Self::Circle(_) => Some("take one of them out of `build-system.requires`".to_owned()),
            Self::AllVirtual => {
                Some("build all members with `--all`, or some with `--package`".to_owned())
            }
            Self::NoDirectory(_) => {
                Some("move it away, or name another place with `--out`".to_owned())
            }
            Self::Nothing(_) => Some("look at its build backend".to_owned()),
            Self::Project(error) => error.hint(),
            Self::Sync(error) => error.hint(),
            Self::Fs(error) => error.hint(),
        }
    }
}

/// A distribution that was built.
#[derive(Clone, Debug)]
pub(crate) struct Built {
    pub(crate) path: PathBuf,
    pub(crate) file: DistributionFile,
}

/// Builds projects of a workspace, one after another.
pub(crate) struct Builder<'a> {
    bench: &'a Workbench<'a>,
    uv: Uv<'a>,
    interpreter: Interpreter,
    staging: TempDir,
    builds: usize,
    /// The wheels of members that were built
    wheels: BTreeMap<PackageName, PathBuf>,
    /// The members whose builds have begun and not ended: each is needed by the one before it
    under_way: Vec<PackageName>,
}

impl<'a> Builder<'a> {
    pub(crate) fn new(bench: &'a Workbench<'a>, access: Access) -> Result<Self, Error> {
        bench.check_name()?;
        Ok(Self {
            bench,
            interpreter: bench.interpreter(access)?,
            uv: bench.uv(access)?,
            staging: fs::temporary_directory()?,
            builds: 0,
            wheels: BTreeMap::new(),
            under_way: Vec::new(),
        })
    }

    /// Builds a project, and before it the members that its build needs. Returns what is wanted of the project,
    /// in a directory that lives as long as the builder.
    pub(crate) fn build(&mut self, project: &Project, kinds: Kinds) -> Result<Vec<Built>, Error> {
        let name = project.manifest().name();
        self.under_way.extend(name.clone());
        let constraints = self.members_for(project)?;
        if name.is_some() {
            self.under_way.pop();
        }
        self.builds += 1;
        let output = self.staging.path().join(self.builds.to_string());
        fs::create_directory(&output)?;
        let root = self.bench.workspace.root().manifest().rye();
        let build = uv::Build {
            source: project.root(),
            output: &output,
            kinds,
            interpreter: &self.interpreter.path,
            constraints: &constraints,
            exclude_newer: root.exclude_newer.as_ref(),
        };
        let display_name = project.display_name();
        let failed = |source| Error::Build { name: display_name.clone(), source };
        self.uv.build(&build, &format!("building {display_name}")).map_err(failed)?;
        let mut files: Vec<_> = fs::list(&output)?
            .into_iter()
            .filter_map(|path| {
                let file = DistributionFile::parse(path.file_name()?.to_str()?)?;
                Some(Built { path, file })
            })
            .collect();
        if files.is_empty() {
            return Err(Error::Nothing(display_name));
        }
        // the sdist is made first
        files.sort_by_key(|built| built.file.kind == DistributionKind::Wheel);
        let wheel = files.iter().find(|built| built.file.kind == DistributionKind::Wheel);
        if let (Some(name), Some(wheel)) = (name, wheel) {
            self.wheels.insert(name, wheel.path.clone());
        }
        Ok(files)
    }

    /// Returns the version of a project. What only a build knows is asked of one.
    pub(crate) fn version(&mut self, project: &Project) -> Result<Version, Error> {
        // an sdist has it as well, and compiles nothing
        let built = self.build(project, Kinds::Sdist)?;
        Ok(built.into_iter().next().expect("there is one at least").file.version)
    }

    /// Builds the members that the build of a project needs, and returns the constraints that put them there.
    fn members_for(&mut self, project: &Project) -> Result<Vec<String>, Error> {
        let workspace = &self.bench.workspace;
        let mut constraints = Vec::new();
        for name in needed_to_build(workspace, project) {
            if self.under_way.contains(&name) {
                let names = self.under_way.iter().chain([&name]);
                let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
                return Err(Error::Circle(names.join(" → ")));
            }
            let wheel = if let Some(wheel) = self.wheels.get(&name) {
                wheel.clone()
            } else {
                let member = workspace.member(&name).expect("it is a member");
                let built = self.build(member, Kinds::Wheel)?;
                built.into_iter().next().expect("there is one at least").path
            };
            let url = url::Url::from_file_path(wheel).expect("the path is absolute");
            constraints.push(format!("{name} @ {url}"));
        }
        Ok(constraints)
    }
}

/// Returns the version of a project, which a build is asked for if its files do not say it for certain; none if
/// it has none.
pub(crate) fn version(
    bench: &Workbench<'_>,
    project: &Project,
    access: Access,
) -> Result<Option<Version>, Error> {
    match project.stated_version()? {
        Stated::Static(version) => Ok(Some(version)),
        Stated::Dynamic(dynamic) => match dynamic.version {
            Some(version) => Ok(Some(version)),
            None => Builder::new(bench, access)?.version(project).map(Some),
        },
        Stated::Missing => Ok(None),
    }
}

/// Sorts projects so that each comes after those that it needs, as far as there is such an order.
pub(crate) fn in_order<'w>(workspace: &'w Workspace, projects: &[&'w Project]) -> Vec<&'w Project> {
    fn visit<'w>(
        workspace: &'w Workspace,
        project: &'w Project,
        seen: &mut BTreeSet<&'w Path>,
        order: &mut Vec<&'w Project>,
    ) {
        if !seen.insert(project.path()) {
            return;
        }
        let manifest = project.manifest();
        let tables = manifest.project.iter();
        let extras = tables.flat_map(|table| table.optional_dependencies.values().flatten());
        let texts = build_requirements(project).iter().chain(manifest.dependencies()).chain(extras);
        for member in members_in(workspace, texts) {
            visit(workspace, member, seen, order);
        }
        order.push(project);
    }
    let (mut seen, mut order) = (BTreeSet::new(), Vec::new());
    for project in projects {
        visit(workspace, project, &mut seen, &mut order);
    }
    order.retain(|project| projects.iter().any(|wanted| wanted.path() == project.path()));
    order
}

/// Returns the members that the build of a project needs, with those that they need to run.
fn needed_to_build(workspace: &Workspace, project: &Project) -> BTreeSet<PackageName> {
    let mut needed = BTreeSet::new();
    let mut found: Vec<_> = members_in(workspace, build_requirements(project)).collect();
    // what builds itself takes an older release of itself
    found.retain(|member| member.path() != project.path());
    while let Some(member) = found.pop() {
        if member.manifest().name().is_some_and(|name| needed.insert(name)) {
            found.extend(members_in(workspace, member.manifest().dependencies()));
        }
    }
    needed
}

fn build_requirements(project: &Project) -> &[String] {
    project.manifest().build_system.as_ref().map_or(&[], |system| &system.requires)
}

/// Returns the members that can be built among those that requirements name. What cannot be read is the
/// engine's to refuse.
fn members_in<'w>(
    workspace: &'w Workspace,
    texts: impl IntoIterator<Item = &'w String>,
) -> impl Iterator<Item = &'w Project> {
    let requirements = texts.into_iter().filter_map(|text| packaging::requirement(text).ok());
    let members = requirements.filter_map(|requirement| workspace.member(&requirement.name));
    members.filter(|member| !member.is_virtual())
}

/// What became of a directory of distributions.
#[derive(Debug, Default)]
pub(crate) struct Placed {
    pub(crate) distributions: Vec<Built>,
    pub(crate) removed: Vec<PathBuf>,
}

/// Puts what was built into a directory, each file whole or not at all. The caller holds the directory's lock.
///
/// With `clean` the other distributions of the same names go, and nothing else.
pub(crate) fn place(built: Vec<Built>, output: &Path, clean: bool) -> Result<Placed, fs::Error> {
    fs::create_directory(output)?;
    fs::clear_unfinished(output)?;
    let mut placed = Placed::default();
    for Built { path, file } in built {
        let target = output.join(path.file_name().expect("it is a file"));
        fs::move_file(&path, &target)?;
        placed.distributions.push(Built { path: target, file });
    }
    if clean {
        for path in fs::list(output)? {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let Some(file) = DistributionFile::parse(name) else { continue };
            let is_own = placed.distributions.iter().any(|built| built.file.name == file.name);
            let is_new = placed.distributions.iter().any(|built| built.path == path);
            if is_own && !is_new && !path.is_dir() {
                fs::remove(&path)?;
                placed.removed.push(path);
            }
        }
    }
    Ok(placed)
}
