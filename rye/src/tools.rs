//! Tools: programs of distributions that belong to no project, installed for good or only run.
//!
//! What is installed for good has an environment in `RYE_HOME/tools`. What a command is told to say is not told
//! here.

use std::path::PathBuf;

use crate::config;
use crate::context::Context;
use crate::error::{Hint, closest};
use crate::fs;
use crate::index::{self, Indexes};
use crate::isolated::{self, Recipe};
use crate::lock::Choices;
use crate::packaging::{PackageName, Requirement};
use crate::toolchain::{self, Request, pin};
use crate::uv::Access;
use crate::venv::{self, Distribution, Venv};

mod asked;

pub(crate) use asked::{Asked, Error as AskedError};

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("`{distribution}` has no program `{program}`; {}", list(programs))]
    NoProgram { distribution: PackageName, program: String, programs: Vec<String> },
    #[error(transparent)]
    Asked(#[from] AskedError),
    #[error(transparent)]
    Config(#[from] config::Error),
    #[error(transparent)]
    Index(#[from] index::Error),
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

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NoProgram { distribution, program, programs } => {
                let closest = closest(program, programs.iter().map(String::as_str));
                let program = closest.or(programs.first().map(String::as_str))?;
                Some(format!("run it with `rye x --from {distribution} {program}`"))
            }
            Self::Asked(error) => error.hint(),
            Self::Config(error) => error.hint(),
            Self::Index(error) => error.hint(),
            Self::Toolchain(error) => error.hint(),
            Self::Venv(error) => error.hint(),
            Self::Isolated(error) => error.hint(),
            Self::Fs(error) => error.hint(),
        }
    }
}

/// What is to be run.
#[derive(Debug)]
pub(crate) struct Run {
    /// The name of the program
    pub(crate) program: String,
    /// What it is a program of
    pub(crate) from: Asked,
    /// What else is installed with it
    pub(crate) with: Vec<Requirement>,
    pub(crate) python: Option<Request>,
    pub(crate) pre_releases: bool,
    pub(crate) access: Access,
}

/// Returns a program of a tool, which is installed to the cache where it is missing.
pub(crate) fn program(ctx: &Context<'_>, run: &Run) -> Result<PathBuf, Error> {
    let config = ctx.config()?;
    let indexes = Indexes::new(&ctx.env, ctx.env.home(), &[], &config.sources)?;
    let request = match &run.python {
        Some(request) => request.clone(),
        None => pin::preferred(config)?,
    };
    let name = &run.from.requirement.name;
    let requirements = std::iter::once(&run.from.requirement).chain(&run.with);
    let recipe = Recipe {
        requirements: requirements.map(ToString::to_string).collect(),
        locked: None,
        wanted: request.into(),
        indexes: &indexes,
        choices: Choices::default(),
        pre_releases: run.pre_releases,
        directory: ctx.env.working_directory(),
        is_refreshed: run.from.is_latest,
        access: run.access,
    };
    let venv = recipe.ensure(ctx, name.as_ref())?;
    find_program(&venv, name, &run.program)
}

/// Returns a program of a distribution, or of one that it needs.
fn find_program(venv: &Venv, name: &PackageName, program: &str) -> Result<PathBuf, Error> {
    let distributions = venv.distributions()?;
    let of = |distribution: &Distribution| distribution.programs(venv);
    let bare = |file: &String| match file.rsplit_once('.') {
        Some((stem, "exe")) if cfg!(windows) => stem.to_owned(),
        _ => file.clone(),
    };
    let mut programs = Vec::new();
    // its own come first
    let (own, others): (Vec<_>, Vec<_>) =
        distributions.iter().partition(|distribution| distribution.name == *name);
    for distribution in own.iter().chain(&others) {
        let files = of(distribution)?;
        if let Some(file) = files.iter().find(|file| *file == program || bare(file) == program) {
            return Ok(venv.programs().join(file));
        }
        if distribution.name == *name {
            programs.extend(files.iter().map(bare));
        }
    }
    let (distribution, program) = (name.clone(), program.to_owned());
    Err(Error::NoProgram { distribution, program, programs })
}
