//! Programs that are run without being installed for good.

use std::path::PathBuf;

use crate::context::Context;
use crate::isolated::Recipe;
use crate::lock::Choices;
use crate::packaging::{PackageName, Requirement, VersionOrUrl};
use crate::toolchain::{Request, Toolchains, pin};
use crate::tools::links::bare;
use crate::tools::{Asked, Error, Record, Tool, indexes};
use crate::uv::Access;
use crate::venv::{Distribution, Venv};

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

impl Run {
    /// Returns the program: of the installed tool if that is what is asked for, else of an environment in the cache,
    /// which is made where it is missing.
    pub(crate) fn program(&self, ctx: &Context<'_>) -> Result<PathBuf, Error> {
        let venv = match self.installed(ctx)? {
            Some(venv) => venv,
            None => self.cached(ctx)?,
        };
        find_program(&venv, &self.from.requirement.name, &self.program)
    }

    fn cached(&self, ctx: &Context<'_>) -> Result<Venv, Error> {
        let indexes = indexes(ctx)?;
        let request = match &self.python {
            Some(request) => request.clone(),
            None => pin::preferred(ctx.config()?)?,
        };
        let requirements = std::iter::once(&self.from.requirement).chain(&self.with);
        let recipe = Recipe {
            requirements: requirements.map(ToString::to_string).collect(),
            locked: None,
            wanted: request.into(),
            indexes: &indexes,
            choices: Choices::default(),
            pre_releases: self.pre_releases,
            directory: ctx.env.working_directory(),
            is_refreshed: self.from.is_latest,
            access: self.access,
        };
        Ok(recipe.ensure(ctx, self.from.requirement.name.as_ref())?)
    }

    /// Returns the environment of the installed tool if it has what is asked for.
    fn installed(&self, ctx: &Context<'_>) -> Result<Option<Venv>, Error> {
        let asked = &self.from.requirement;
        if self.from.is_latest || !self.with.is_empty() {
            return Ok(None);
        }
        let Some(tool) = Tool::find(&ctx.env, &asked.name)? else { return Ok(None) };
        let (Some(distribution), Ok(record)) =
            (tool.distribution()?, Record::load(&tool.name, &tool.venv))
        else {
            return Ok(None); // it is broken
        };
        let is_version = match &asked.version_or_url {
            None => true,
            Some(VersionOrUrl::VersionSpecifier(specifiers)) => {
                specifiers.contains(&distribution.version)
            }
            Some(VersionOrUrl::Url(_)) => false,
        };
        let extras = record.extras();
        let has_extras = asked.extras.iter().all(|extra| extras.contains(extra));
        let toolchains = Toolchains::new(&ctx.env, ctx.config()?.toolchain.preference);
        let interpreter = match &self.python {
            Some(request) => tool.venv.fitting(&toolchains, &request.clone().into()),
            None => tool.venv.working(&toolchains),
        };
        Ok((is_version && has_extras && interpreter.is_some()).then_some(tool.venv))
    }
}

/// Returns a program of a distribution, or of one that it needs.
fn find_program(venv: &Venv, name: &PackageName, program: &str) -> Result<PathBuf, Error> {
    let distributions = venv.installed()?.distributions;
    let (own, others): (Vec<_>, Vec<_>) =
        distributions.iter().partition(|distribution| distribution.name == *name);
    let programs = |of: &[&Distribution]| -> Result<Vec<String>, Error> {
        let found = of.iter().map(|distribution| distribution.programs(venv));
        Ok(found.collect::<Result<Vec<_>, _>>()?.concat())
    };
    let own = programs(&own)?;
    let is_it = |file: &&String| *file == program || bare(file) == program;
    // as with names of distributions, `Pre_Commit` will do for `pre-commit`
    let name_of = |text: &str| text.parse::<PackageName>().ok();
    let is_like =
        |file: &&String| name_of(program).is_some() && name_of(bare(file)) == name_of(program);
    let mut found = own.iter().find(is_it).or_else(|| own.iter().find(is_like)).cloned();
    if found.is_none() {
        found = programs(&others)?.iter().find(is_it).cloned();
    }
    found.map(|file| venv.programs().join(file)).ok_or_else(|| Error::NoProgram {
        distribution: name.clone(),
        program: program.to_owned(),
        programs: own.iter().map(|file| bare(file).to_owned()).collect(),
    })
}
