//! Tools: programs of distributions that belong to no project, installed for good or only run.
//!
//! One that is installed has an environment in `RYE_HOME/tools`, and links to its scripts among the shims. What is
//! only run is in the cache.

use std::path::PathBuf;

use crate::config;
use crate::context::Context;
use crate::env::Env;
use crate::error::{Hint, closest};
use crate::fs;
use crate::index::{self, Indexes};
use crate::isolated;
use crate::packaging::PackageName;
use crate::project;
use crate::sys;
use crate::toolchain::{self, Toolchain};
use crate::uv::{self, Access, Change};
use crate::venv::{self, Distribution, Venv};

mod asked;
mod install;
mod links;
mod record;
mod run;

pub(crate) use asked::{Asked, Error as AskedError};
pub(crate) use install::{
    Installed, Options, Source, Upgraded, install, move_to, uninstall, upgrade, url_of,
};
pub(crate) use links::{Links, Reason, bare};
pub(crate) use record::Record;
pub(crate) use run::Run;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("`{distribution}` has no program `{program}`; {}", list(programs))]
    NoProgram { distribution: PackageName, program: String, programs: Vec<String> },
    #[error("`{name} {version}` is installed already")]
    Installed { name: PackageName, version: String },
    #[error("no tool is called `{name}`")]
    NotInstalled { name: PackageName, closest: Option<String>, owner: Option<PackageName> },
    #[error("the script `{script}` of `{name}` is one of the tool `{owner}` already")]
    Taken { script: String, name: PackageName, owner: PackageName },
    #[error("the script `{script}` cannot be linked: `{}` is there, and of no tool", entry.display())]
    InTheWay { script: String, entry: PathBuf },
    #[error("`{tool}` does not bring `{name}`")]
    NoDependency { name: PackageName, tool: PackageName, closest: Option<String> },
    #[error("nothing of `{name}` was installed: its marker does not hold here")]
    NotPart { name: PackageName },
    #[error("the record of the tool `{name}` in `{}` cannot be read", path.display())]
    Record { name: PackageName, path: PathBuf, source: serde_json::Error },
    #[error("`{}` holds no Python project", .0.display())]
    NoProject(PathBuf),
    #[error("`{}` is neither a directory nor a wheel nor an sdist", .0.display())]
    NoDistribution(PathBuf),
    #[error("what is at `{0}` does not say what it is called")]
    Unnamed(String),
    #[error(transparent)]
    Asked(#[from] AskedError),
    #[error(transparent)]
    Config(#[from] config::Error),
    #[error(transparent)]
    Index(#[from] index::Error),
    #[error(transparent)]
    Project(#[from] project::Error),
    #[error(transparent)]
    Toolchain(#[from] toolchain::Error),
    #[error(transparent)]
    Venv(#[from] venv::Error),
    #[error(transparent)]
    Isolated(#[from] isolated::Error),
    #[error(transparent)]
    Fs(#[from] fs::Error),
}

fn list(programs: &[String]) -> String {
    if programs.is_empty() {
        "it has none".to_owned()
    } else {
        format!("it has {}", programs.join(", "))
    }
}

impl Error {
    fn no_dependency(name: &PackageName, tool: &PackageName, known: &[PackageName]) -> Self {
        let closest = closest(name.as_ref(), known.iter().map(AsRef::as_ref)).map(str::to_owned);
        Self::NoDependency { name: name.clone(), tool: tool.clone(), closest }
    }
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        let text = match self {
            Self::NoProgram { distribution, program, programs } => {
                let closest = closest(program, programs.iter().map(String::as_str));
                let program = closest.or(programs.first().map(String::as_str))?;
                return Some(format!("run it with `rye x --from {distribution} {program}`"));
            }
            Self::Installed { name, .. } => {
                return Some(format!(
                    "bring it to its newest version with `rye tools upgrade {name}`, or install it anew with `--force`"
                ));
            }
            Self::NotInstalled { owner: Some(owner), .. } => {
                return Some(format!("there is a script of that name, of the tool `{owner}`"));
            }
            Self::NotInstalled { closest: Some(closest), .. }
            | Self::NoDependency { closest: Some(closest), .. } => {
                return Some(format!("did you mean `{closest}`?"));
            }
            Self::NotInstalled { .. } => "`rye tools list` lists what there is",
            Self::Taken { owner, .. } => {
                return Some(format!(
                    "uninstall it with `rye uninstall {owner}`, or take the script over with `--force`"
                ));
            }
            Self::InTheWay { .. } => "move it away",
            Self::NoDependency { closest: None, .. } => {
                "add what is to come along with `--extra-requirement`"
            }
            Self::NotPart { .. } => {
                "take the marker away, or choose another Python with `--python`"
            }
            Self::Record { name, .. } => {
                return Some(format!("install it anew with `rye install {name}`"));
            }
            Self::NoProject(_) => "name a directory with a `pyproject.toml`",
            Self::NoDistribution(_) => "name a directory, a wheel or an sdist",
            Self::Unnamed(_) => "give it its name, as in `rye install NAME --url URL`",
            Self::Isolated(isolated::Error::Resolve(uv::Error::Unsolvable(text)))
                if text.contains("Python version") =>
            {
                "choose another Python with `--python`"
            }
            Self::Asked(error) => return error.hint(),
            Self::Config(error) => return error.hint(),
            Self::Index(error) => return error.hint(),
            Self::Project(error) => return error.hint(),
            Self::Toolchain(error) => return error.hint(),
            Self::Venv(error) => return error.hint(),
            Self::Isolated(error) => return error.hint(),
            Self::Fs(error) => return error.hint(),
        };
        Some(text.to_owned())
    }
}

/// Returns the sources of what belongs to no project.
fn indexes(ctx: &Context<'_>) -> Result<Indexes, Error> {
    Ok(Indexes::new(&ctx.env, ctx.env.home(), &[], &ctx.config()?.sources)?)
}

/// A tool's place in Rye's home.
#[derive(Clone, Debug)]
pub(crate) struct Tool {
    pub(crate) name: PackageName,
    pub(crate) venv: Venv,
}

impl Tool {
    fn new(env: &Env, name: &PackageName) -> Self {
        let venv = Venv::new(env.tools().join(name.to_string()));
        Self { name: name.clone(), venv }
    }

    /// Returns the installed tools by name.
    ///
    /// What is no environment is none, whoever put it there.
    pub(crate) fn all(env: &Env) -> Result<Vec<Self>, Error> {
        let names = fs::directories(&env.tools())?;
        let names =
            names.iter().filter_map(|name| name.to_str()).filter(|name| !name.starts_with('.'));
        let tools = names.filter_map(|text| {
            let name: PackageName = text.parse().ok()?;
            let venv = Venv::new(env.tools().join(text));
            Some(Self { name, venv })
        });
        Ok(tools.filter(Self::is_there).collect())
    }

    /// Returns the tools that run with a toolchain.
    pub(crate) fn using(env: &Env, toolchain: &Toolchain) -> Result<Vec<Self>, Error> {
        let mut tools = Self::all(env)?;
        tools.retain(|tool| tool.venv.is_made_with(toolchain));
        Ok(tools)
    }

    /// Returns an installed tool, if there is one of this name.
    pub(crate) fn find(env: &Env, name: &PackageName) -> Result<Option<Self>, Error> {
        Ok(Self::all(env)?.into_iter().find(|tool| tool.name == *name))
    }

    /// Returns an installed tool.
    pub(crate) fn load(env: &Env, name: &PackageName) -> Result<Self, Error> {
        let all = Self::all(env)?;
        if let Some(tool) = all.iter().find(|tool| tool.name == *name) {
            return Ok(tool.clone());
        }
        let owner = links::owner_of(env, name.as_ref());
        let closest = closest(name.as_ref(), all.iter().map(|tool| tool.name.as_ref()));
        let closest = closest.map(str::to_owned);
        Err(Error::NotInstalled { name: name.clone(), closest, owner })
    }

    fn is_there(&self) -> bool {
        let path = self.venv.path();
        fs::exists(&path.join("pyvenv.cfg"))
            || self.venv.marker().is_ok_and(|marker| marker.is_some())
            || Record::is_in(path)
    }

    /// Takes the lock that keeps other ryes from tools and their scripts, removes what killed ones left, and puts back
    /// what they had moved aside.
    fn lock(ctx: &Context<'_>) -> Result<fs::Lock, Error> {
        let waiting = || ctx.ui.status("waiting", "for another rye that changes tools");
        let lock = fs::lock(&ctx.env.tools_lock(), waiting)?;
        let tools = ctx.env.tools();
        for name in fs::Staging::unfinished(&tools)? {
            fs::Staging::clear(&tools.join(name))?;
        }
        Ok(lock)
    }

    /// Returns the distribution that the tool is, if its environment has it.
    pub(crate) fn distribution(&self) -> Result<Option<Distribution>, Error> {
        let found = match self.venv.installed() {
            Err(venv::Error::Missing(_)) => return Ok(None),
            found => found?.distributions,
        };
        Ok(found.into_iter().find(|found| found.name == self.name))
    }

    /// Returns the names of the tool's scripts that are linked, sorted.
    pub(crate) fn scripts(&self, env: &Env) -> Result<Vec<String>, Error> {
        links::linked(env, self)
    }

    /// Returns the tool's scripts that another program is found before, and that one.
    pub(crate) fn hidden(&self, env: &Env) -> Result<Vec<(String, PathBuf)>, Error> {
        let shims = env.shims();
        let found = |script: &String| {
            let directories = env.search_path();
            let mut programs =
                directories.iter().flat_map(|directory| sys::programs(directory, bare(script)));
            programs.find(|program| sys::is_executable(program) || program.parent() == Some(&shims))
        };
        let is_ours = |program: &PathBuf| {
            let directory = program.parent().unwrap_or(program);
            same_file::is_same_file(directory, &shims).unwrap_or(false)
        };
        let scripts = self.scripts(env)?.into_iter();
        let hidden = scripts.filter_map(|script| Some((found(&script)?, script)));
        Ok(hidden
            .filter(|(program, _)| !is_ours(program))
            .map(|(program, script)| (script, program))
            .collect())
    }

    /// Returns why the tool cannot work, as far as that shows without running it.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        if !self.venv.python().is_file() {
            Some("its Python is gone")
        } else if !self.venv.marker().is_ok_and(|marker| marker.is_some()) {
            Some("its marker cannot be read")
        } else if !self.distribution().is_ok_and(|own| own.is_some()) {
            Some("its distribution is gone")
        } else if Record::load(&self.name, &self.venv).is_err() {
            Some("its record cannot be read")
        } else {
            None
        }
    }

    /// Returns the change that brings the tool to its newest version, if there is a newer one.
    pub(crate) fn newer(&self, ctx: &Context<'_>, access: Access) -> Result<Option<Change>, Error> {
        match upgrade(ctx, &self.name, access, true)? {
            Upgraded::Planned(changes) => Ok(changes.into_iter().rfind(|change| {
                change.name == self.name.as_ref() && change.action == uv::Action::Installed
            })),
            Upgraded::Newest { .. } | Upgraded::Done(_) => Ok(None),
        }
    }
}
