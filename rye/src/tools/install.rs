//! Installing tools for good, and bringing them to what is newest.

use std::path::{Path, PathBuf};

use url::Url;

use crate::context::Context;
use crate::fs;
use crate::isolated::{Recipe, Resolved};
use crate::lock::Entry;
use crate::packaging::{PackageName, RequirementUrl, VersionOrUrl, distribution_of};
use crate::project::{MANIFEST, Project};
use crate::toolchain::{Request, Toolchain, Toolchains};
use crate::tools::links::Conflict;
use crate::tools::{Asked, Error, Links, Record, Tool, indexes, links};
use crate::uv::{Access, Action, Change};
use crate::venv::Distribution;

/// How a tool is installed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// Also in the place of what is there, and with scripts that are other tools'
    pub(crate) force: bool,
    pub(crate) access: Access,
}

/// What became of a tool.
#[derive(Debug)]
pub(crate) struct Installed {
    pub(crate) tool: Tool,
    pub(crate) version: String,
    pub(crate) toolchain: Toolchain,
    /// The scripts that were linked before
    pub(crate) linked: Vec<String>,
    pub(crate) links: Links,
    /// What is in its environment otherwise than before
    pub(crate) changes: Vec<Change>,
}

/// What an upgrade did with a tool.
#[derive(Debug)]
pub(crate) enum Upgraded {
    /// It is as new as its requirement allows
    Newest {
        version: String,
        requirement: String,
    },
    Done(Box<Installed>),
    /// What would change
    Planned(Vec<Change>),
}

/// What names a requirement: text, or something that has to be looked at first.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    Named(Asked),
    /// An absolute path
    Path(PathBuf),
    Url(String),
}

impl Source {
    /// Reads what a user typed: a requirement, `NAME@VERSION`, a URL, or a path, which has a separator in it or is
    /// called like a distribution's file.
    pub(crate) fn parse(ctx: &Context<'_>, text: &str) -> Result<Self, Error> {
        let is_url = text.contains("://") && !text.contains([' ', ';']) && !is_named(text);
        if is_url {
            return Ok(Self::Url(text.to_owned()));
        }
        let path = ctx.env.working_directory().join(text);
        let has_separator = text.contains('/') || (cfg!(windows) && text.contains('\\'));
        let looks_like_path = has_separator || text == "." || text == "..";
        let is_file = distribution_of(text).is_some() && path.is_file();
        if !text.contains("://") && !is_named(text) && (looks_like_path || is_file) {
            let path: PathBuf = path.components().collect();
            return Ok(Self::Path(fs::canonical(&path)?));
        }
        Ok(Self::Named(text.parse()?))
    }

    /// Returns what is asked for; what has no name yet is asked for it.
    pub(crate) fn asked(
        self,
        ctx: &Context<'_>,
        python: Option<&Request>,
        access: Access,
    ) -> Result<Asked, Error> {
        let (name, url) = match self {
            Self::Named(asked) => return Ok(asked),
            Self::Path(path) => (name_at(&path)?, url_of(&path)),
            Self::Url(url) => (name_in(&url), url),
        };
        let name = match name {
            Some(name) => name,
            None => resolved_name(ctx, &url, python, access)?,
        };
        let mut asked: Asked = name.to_string().parse()?;
        let url = RequirementUrl::new(url);
        asked.requirement.version_or_url = Some(VersionOrUrl::Url(url));
        Ok(asked)
    }
}

/// Tells whether a name stands before a URL (PEP 508).
fn is_named(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, url)| {
        let name = name.split('[').next().unwrap_or_default().trim();
        name.parse::<PackageName>().is_ok()
            && (url.contains("://") || url.trim().starts_with("file:"))
    })
}

/// Returns the URL of a file or directory.
pub(crate) fn url_of(path: &Path) -> String {
    Url::from_file_path(path).expect("the path is absolute").to_string()
}

/// Returns the name of what a file or a directory is, as far as it says so.
fn name_at(path: &Path) -> Result<Option<PackageName>, Error> {
    if path.is_dir() {
        let manifest = path.join(MANIFEST);
        if !manifest.is_file() {
            let has_setup = ["setup.py", "setup.cfg"].iter().any(|name| path.join(name).is_file());
            return if has_setup { Ok(None) } else { Err(Error::NoProject(path.to_owned())) };
        }
        return Ok(Project::open(manifest)?.manifest().name());
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    distribution_of(&name).map(Some).ok_or_else(|| Error::NoDistribution(path.to_owned()))
}

/// Returns the name of the wheel that a URL is of.
fn name_in(url: &str) -> Option<PackageName> {
    let file = url.split(['?', '#']).next()?.rsplit('/').next()?;
    // what an archive of sources is called is up to the host
    Path::new(file).extension().filter(|extension| *extension == "whl")?;
    distribution_of(file)
}

/// Returns the name of what is at a URL, which is built for it if need be.
fn resolved_name(
    ctx: &Context<'_>,
    url: &str,
    python: Option<&Request>,
    access: Access,
) -> Result<PackageName, Error> {
    let python = python.map(Request::to_string);
    let record = Record { python, ..Record::new(url.to_owned()) };
    let indexes = indexes(ctx)?;
    let recipe = record.recipe(ctx, &indexes, access, true)?;
    let resolved = recipe.resolve(ctx, None)?;
    let lockfile = resolved.lockfile()?;
    // nothing else is asked for, so that it alone has no annotation of another
    let is_asked_for = |via: &Vec<String>| via.iter().all(|via| via.starts_with("-r "));
    let entry = lockfile
        .entries
        .iter()
        .find(|entry| entry.requirement.contains(" @ ") && is_asked_for(&entry.via));
    entry.and_then(Entry::name).ok_or_else(|| Error::Unnamed(url.to_owned()))
}

/// Installs a tool.
///
/// What is there stays until the new one is whole and can have its scripts.
pub(crate) fn install(
    ctx: &Context<'_>,
    name: &PackageName,
    record: &Record,
    options: Options,
) -> Result<Installed, Error> {
    let tool = Tool::new(&ctx.env, name);
    let refuse_installed = || {
        if !options.force && tool.is_complete(ctx)? {
            let version =
                tool.distribution()?.map(|own| own.version.to_string()).unwrap_or_default();
            return Err(Error::Installed { name: name.clone(), version });
        }
        Ok(())
    };
    refuse_installed()?;
    let _lock = Tool::lock(ctx)?;
    refuse_installed()?;
    let indexes = indexes(ctx)?;
    let recipe = record.recipe(ctx, &indexes, options.access, options.force)?;
    let resolved = recipe.resolve(ctx, None)?;
    let conflict = if options.force { Conflict::TakeOver } else { Conflict::Refuse };
    put(ctx, &tool, record, &recipe, &resolved, conflict)
}

/// Makes a tool of what was resolved. The caller holds the lock.
fn put(
    ctx: &Context<'_>,
    tool: &Tool,
    record: &Record,
    recipe: &Recipe<'_>,
    resolved: &Resolved,
    conflict: Conflict,
) -> Result<Installed, Error> {
    let linked = links::linked(&ctx.env, tool)?;
    let before = tool.venv.installed().unwrap_or_default().distributions;
    let mut links = Links::default();
    recipe.install(ctx, resolved, &tool.venv, tool.name.as_ref(), |made| {
        links = Links::plan(&ctx.env, tool, made, record, conflict)?;
        record.write(made)
    })?;
    links.apply(&ctx.env, tool)?;
    let after = tool.venv.installed()?.distributions;
    let own = after.iter().find(|found| found.name == tool.name);
    Ok(Installed {
        tool: tool.clone(),
        version: own.map(|own| own.version.to_string()).unwrap_or_default(),
        toolchain: resolved.toolchain.clone(),
        linked,
        links,
        changes: changes(&before, &after),
    })
}

/// Returns what is installed otherwise than before.
fn changes(before: &[Distribution], after: &[Distribution]) -> Vec<Change> {
    let change = |of: &Distribution, action| Change {
        name: of.name.to_string(),
        version: of.version.to_string(),
        action,
    };
    let is_in = |all: &[Distribution], one: &Distribution| {
        all.iter().any(|other| other.name == one.name && other.version == one.version)
    };
    let gone = before.iter().filter(|one| !is_in(after, one));
    let come = after.iter().filter(|one| !is_in(before, one));
    gone.map(|one| change(one, Action::Uninstalled))
        .chain(come.map(|one| change(one, Action::Installed)))
        .collect()
}

/// Brings a tool to the newest that its requirement allows, or finds out what that would change.
pub(crate) fn upgrade(
    ctx: &Context<'_>,
    name: &PackageName,
    access: Access,
    is_dry_run: bool,
) -> Result<Upgraded, Error> {
    let _lock = Tool::lock(ctx)?;
    let tool = Tool::load(&ctx.env, name)?;
    let record = Record::load(&tool.name, &tool.venv)?;
    let indexes = indexes(ctx)?;
    let recipe = record.recipe(ctx, &indexes, access, true)?;
    let resolved = recipe.resolve(ctx, Some(&tool.venv))?;
    let works = recipe.fits(ctx, &tool.venv)? && tool.is_complete(ctx)?;
    if works && resolved.is_in(&tool.venv)? {
        let version = tool.distribution()?.map(|own| own.version.to_string()).unwrap_or_default();
        return Ok(Upgraded::Newest { version, requirement: record.requirement });
    }
    if is_dry_run {
        let is_whole = tool.fault().is_none();
        let changes = if is_whole { resolved.changes(&tool.venv)? } else { Vec::new() };
        return Ok(Upgraded::Planned(changes));
    }
    // whoever took a script over meant it
    let installed = put(ctx, &tool, &record, &recipe, &resolved, Conflict::Leave)?;
    Ok(Upgraded::Done(Box::new(installed)))
}

/// Lets the tools of a toolchain go on with another patch of it, and returns them; one that was asked for with
/// exactly the old one stays with that.
pub(crate) fn move_to(
    ctx: &Context<'_>,
    old: &Toolchain,
    new: &Toolchain,
) -> Result<Vec<Tool>, Error> {
    let _lock = Tool::lock(ctx)?;
    let mut moved = Vec::new();
    for tool in Tool::using(&ctx.env, old)? {
        let wanted = Record::load(&tool.name, &tool.venv).and_then(|record| record.wanted(ctx));
        if wanted.is_ok_and(|wanted| wanted.admits(&new.interpreter)) {
            tool.venv.move_to(new)?;
            moved.push(tool);
        }
    }
    Ok(moved)
}

/// Removes a tool and its scripts; returns the names of those.
pub(crate) fn uninstall(ctx: &Context<'_>, name: &PackageName) -> Result<Vec<String>, Error> {
    let _lock = Tool::lock(ctx)?;
    let tool = Tool::load(&ctx.env, name)?;
    let scripts = links::remove(&ctx.env, &tool)?;
    fs::Staging::discard(tool.venv.path())?;
    Ok(scripts)
}

impl Tool {
    /// Tells whether the tool works, and none of its scripts is missing.
    fn is_complete(&self, ctx: &Context<'_>) -> Result<bool, Error> {
        let toolchains = Toolchains::new(&ctx.env, ctx.config()?.toolchain.preference);
        let works = self.venv.working(&toolchains).is_some() && self.fault().is_none();
        let Ok(record) = Record::load(&self.name, &self.venv) else { return Ok(false) };
        if !works {
            return Ok(false);
        }
        let links = Links::plan(&ctx.env, self, &self.venv, &record, Conflict::Leave);
        let linked = links::linked(&ctx.env, self)?;
        Ok(links.is_ok_and(|links| links.scripts.iter().all(|script| linked.contains(script))))
    }
}
