//! The scripts of tools among the shims: whose they are, and how they come and go.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::env::Env;
use crate::fs;
use crate::packaging::PackageName;
use crate::shims;
use crate::tools::{Error, Record, Tool};
use crate::venv::Venv;

/// What becomes of the shims when a tool is installed.
#[derive(Debug, Default)]
pub(crate) struct Links {
    /// The names of the scripts that are linked
    pub(crate) scripts: Vec<String>,
    /// Those that were another tool's before
    pub(crate) taken: Vec<(String, PackageName)>,
    /// Those that are not linked
    pub(crate) left: Vec<(String, Reason)>,
    /// The scripts of dependencies that nobody asked for
    pub(crate) others: Vec<(PackageName, Vec<String>)>,
}

/// Why a script is not linked.
#[derive(Debug)]
pub(crate) enum Reason {
    /// Rye itself needs the name
    Reserved,
    /// Another tool has one of the name
    Taken(PackageName),
    /// A file is there that is of no tool
    InTheWay(PathBuf),
}

/// What is done about scripts whose names are in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Conflict {
    /// They are an error
    Refuse,
    /// What is another tool's is taken over; what is of no tool is an error
    TakeOver,
    /// They are not linked
    Leave,
}

impl Links {
    /// Works out what is linked when an environment becomes a tool's; fails if that is not possible.
    pub(super) fn plan(
        env: &Env,
        tool: &Tool,
        made: &Venv,
        record: &Record,
        conflict: Conflict,
    ) -> Result<Self, Error> {
        let distributions = made.installed()?.distributions;
        let names: Vec<_> = distributions.iter().map(|found| found.name.clone()).collect();
        if !names.contains(&tool.name) {
            return Err(Error::NotPart { name: tool.name.clone() });
        }
        let unknown = record.include_deps.iter().find(|name| !names.contains(name));
        if let Some(name) = unknown {
            return Err(Error::no_dependency(name, &tool.name, &names));
        }
        let mut links = Self::default();
        let mut scripts = BTreeSet::new();
        for distribution in &distributions {
            let programs = distribution.programs(made)?;
            if distribution.name == tool.name || record.include_deps.contains(&distribution.name) {
                scripts.extend(programs);
            } else if !programs.is_empty() {
                links.others.push((distribution.name.clone(), programs));
            }
        }
        for script in scripts {
            links.add(env, tool, script, conflict)?;
        }
        Ok(links)
    }

    fn add(
        &mut self,
        env: &Env,
        tool: &Tool,
        script: String,
        conflict: Conflict,
    ) -> Result<(), Error> {
        if is_reserved(&script) {
            self.left.push((script, Reason::Reserved));
            return Ok(());
        }
        let entry = env.shims().join(entry_name(&script));
        match Owner::of(env, &entry) {
            Owner::Nobody => {}
            Owner::Tool(owner) if owner == tool.name => {}
            Owner::Tool(owner) => match conflict {
                Conflict::Refuse => {
                    return Err(Error::Taken { script, name: tool.name.clone(), owner });
                }
                Conflict::TakeOver => self.taken.push((script.clone(), owner)),
                Conflict::Leave => {
                    self.left.push((script, Reason::Taken(owner)));
                    return Ok(());
                }
            },
            Owner::Other if conflict == Conflict::Leave => {
                self.left.push((script, Reason::InTheWay(entry)));
                return Ok(());
            }
            Owner::Other => return Err(Error::InTheWay { script, entry }),
        }
        self.scripts.push(script);
        Ok(())
    }

    /// Links the scripts, and removes links of the tool that are none of them.
    pub(super) fn apply(&self, env: &Env, tool: &Tool) -> Result<(), Error> {
        let shims = env.shims();
        let _lock = fs::lock(&env.shims_lock(), || {})?;
        fs::create_directory(&shims)?;
        fs::clear_unfinished(&shims)?;
        for script in &self.scripts {
            let entry = shims.join(entry_name(script));
            if cfg!(windows) {
                // a launcher looks for its interpreter beside itself, and so it must not be copied
                let text = format!("@\"%~dp0..\\tools\\{}\\Scripts\\{script}\" %*\r\n", tool.name);
                fs::write(&entry, text)?;
            } else {
                fs::replace_link(&tool.venv.programs().join(script), &entry)?;
            }
        }
        for entry in fs::list(&shims)? {
            // Rye 0.44 gave them other names on Windows
            let is_meant = |script: &String| entry == shims.join(entry_name(script));
            let is_of_tool = tool_of(env, &entry).is_some_and(|(name, _)| name == tool.name);
            if is_of_tool && !self.scripts.iter().any(is_meant) {
                fs::remove(&entry)?;
            }
        }
        Ok(())
    }
}

/// Whose an entry of the shims is.
enum Owner {
    /// Nothing is there, or the link of a tool that is gone
    Nobody,
    Tool(PackageName),
    Other,
}

impl Owner {
    fn of(env: &Env, entry: &Path) -> Self {
        if !fs::exists(entry) {
            return Self::Nobody;
        }
        match tool_of(env, entry) {
            Some((name, _)) if Tool::new(env, &name).is_there() => Self::Tool(name),
            Some(_) => Self::Nobody,
            None => Self::Other,
        }
    }
}

/// Returns the tool that an entry of the shims leads into, and the script's name in it.
fn tool_of(env: &Env, entry: &Path) -> Option<(PackageName, String)> {
    let program = target(entry)?;
    let script = program.file_name()?.to_str()?.to_owned();
    let environment = program.parent()?.parent()?;
    let tools = environment.parent()?;
    let is_ours =
        tools == env.tools() || same_file::is_same_file(tools, env.tools()).unwrap_or(false);
    let name = environment.file_name()?.to_str()?.parse().ok()?;
    is_ours.then_some((name, script))
}

/// Returns what an entry of the shims runs, if it is a link.
fn target(entry: &Path) -> Option<PathBuf> {
    let directory = entry.parent()?;
    if let Ok(target) = entry.read_link() {
        return Some(directory.join(target));
    }
    if !cfg!(windows) {
        return None;
    }
    let text = fs::read_text(entry).ok()?;
    let path = text.strip_prefix("@\"%~dp0..\\")?.split('"').next()?;
    Some(directory.parent()?.join(path))
}

/// Returns the scripts of a tool that are linked, sorted.
pub(super) fn linked(env: &Env, tool: &Tool) -> Result<Vec<String>, Error> {
    let entries = fs::list(&env.shims())?;
    let scripts = entries.iter().filter_map(|entry| tool_of(env, entry));
    Ok(scripts.filter(|(name, _)| *name == tool.name).map(|(_, script)| script).collect())
}

/// Returns the tool that a script among the shims is of.
pub(super) fn owner_of(env: &Env, script: &str) -> Option<PackageName> {
    let entries = fs::list(&env.shims()).ok()?;
    let mut owned = entries.iter().filter_map(|entry| tool_of(env, entry));
    owned.find(|(_, known)| bare(known) == script).map(|(name, _)| name)
}

/// Removes all links of a tool.
pub(super) fn remove(env: &Env, tool: &Tool) -> Result<Vec<String>, Error> {
    let scripts = linked(env, tool)?;
    Links::default().apply(env, tool)?;
    Ok(scripts)
}

/// Returns a script's name as it is typed.
pub(crate) fn bare(script: &str) -> &str {
    if cfg!(windows) { script.strip_suffix(".exe").unwrap_or(script) } else { script }
}

fn entry_name(script: &str) -> String {
    if cfg!(windows) { format!("{}.cmd", bare(script)) } else { script.to_owned() }
}

/// Tells whether Rye itself needs a script's name among its shims.
fn is_reserved(script: &str) -> bool {
    let name = bare(script);
    let own = shims::Name::ALL.iter().map(|name| name.as_str()).chain(["rye"]);
    own.into_iter().any(|own| name == own || (cfg!(windows) && name.eq_ignore_ascii_case(own)))
}
