//! What an older project says of itself: `setup.py`, `setup.cfg`, requirements files.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::context::Context;
use crate::fs;
use crate::packaging::{self, ExtraName, PackageName, Requirement, Version, VersionSpecifiers};
use crate::process;
use crate::template::author::Author;
use crate::template::{Error, Plan, name, requirements, setup_cfg};
use crate::toolchain::Toolchain;

const RUNNER: &str = include_str!("../../data/setup_py.py");

/// How long a `setup.py` may take.
const SECONDS: &str = "30";

/// Larger files of a project are not copied for its `setup.py`: they are data.
const LARGEST: u64 = 1 << 20;

/// Requirements by the name of what is required, in normalized form.
#[derive(Debug, Default)]
pub(super) struct Requirements(BTreeMap<PackageName, Vec<Requirement>>);

/// Everything that was found.
#[derive(Debug, Default)]
pub(super) struct Imported {
    pub(super) name: Option<String>,
    pub(super) version: Option<Version>,
    pub(super) description: Option<String>,
    pub(super) author: Option<Author>,
    pub(super) license: Option<String>,
    pub(super) requires_python: Option<VersionSpecifiers>,
    pub(super) dependencies: Requirements,
    pub(super) dev_dependencies: Requirements,
    pub(super) extras: BTreeMap<ExtraName, Requirements>,
    /// The objects behind programs by the programs' names
    pub(super) scripts: BTreeMap<String, String>,
    /// What the files say beyond that: key and file
    left_out: Vec<(String, &'static str)>,
}

/// The arguments of setuptools' `setup()` that there is a use for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Metadata {
    pub(super) name: Option<String>,
    pub(super) version: Option<String>,
    pub(super) description: Option<String>,
    pub(super) author: Option<String>,
    pub(super) author_email: Option<String>,
    pub(super) license: Option<String>,
    pub(super) python_requires: Option<String>,
    pub(super) install_requires: Vec<String>,
    /// Lines like `name = module:function` by group
    pub(super) entry_points: BTreeMap<String, Vec<String>>,
    pub(super) extras_require: BTreeMap<String, Vec<String>>,
    /// Arguments that say something there is no use for
    pub(super) left_out: Vec<String>,
}

impl Requirements {
    /// Adds requirements; those of names that have some already replace them, or give way.
    fn merge(&mut self, requirements: Vec<Requirement>, replace: bool) {
        let mut added = BTreeMap::<_, Vec<_>>::new();
        for requirement in requirements {
            let same = added.entry(requirement.name.clone()).or_default();
            // several with different markers are one dependency
            if !same.contains(&requirement) {
                same.push(requirement);
            }
        }
        for (name, requirements) in added {
            if replace || !self.0.contains_key(&name) {
                self.0.insert(name, requirements);
            }
        }
    }

    /// Returns the requirements as text, sorted by name.
    pub(super) fn texts(&self) -> Vec<String> {
        self.0.values().flatten().map(ToString::to_string).collect()
    }
}

impl Imported {
    /// Reads what there is. A `setup.py` needs the Python that `python` chooses.
    pub(super) fn load(
        ctx: &Context<'_>,
        root: &Path,
        plan: &Plan,
        python: impl FnOnce() -> Result<Toolchain, Error>,
    ) -> Result<Self, Error> {
        let mut imported = Self::default();
        if root.join("setup.py").is_file() {
            let metadata = run_setup_py(ctx, root, &python()?)?;
            imported.add("setup.py", metadata)?;
        }
        imported.add("setup.cfg", setup_cfg::load(root, ctx.ui)?)?;
        for (key, file) in &imported.left_out {
            ctx.ui.warn(format_args!(
                "`{key}` of `{file}` is left out: add to `pyproject.toml` what is still needed"
            ));
        }
        let lists = [
            (&plan.requirements, &mut imported.dependencies),
            (&plan.dev_requirements, &mut imported.dev_dependencies),
        ];
        for (files, list) in lists {
            for file in files {
                let path = ctx.env.working_directory().join(file);
                list.merge(requirements::load(&path)?, false);
            }
        }
        Ok(imported)
    }

    /// Adds what a file says; earlier files decide, but for requirements.
    fn add(&mut self, file: &'static str, metadata: Metadata) -> Result<(), Error> {
        let failed = |key, text: &str, reason: &dyn std::fmt::Display| {
            let (text, reason) = (text.to_owned(), packaging::reason(reason));
            Error::Metadata { file, key, text, reason }
        };
        let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        if let Some(text) = filled(metadata.name).filter(|_| self.name.is_none()) {
            // a published name stays as it is
            let is_name = text.parse::<PackageName>().is_ok();
            let name = if is_name { Some(text.clone()) } else { name::slug(&text) };
            self.name = Some(name.ok_or_else(|| failed("name", &text, &"it is no name"))?);
        }
        if let Some(text) = filled(metadata.version).filter(|_| self.version.is_none()) {
            let version = text.trim().parse().map_err(|error| failed("version", &text, &error))?;
            self.version = Some(version);
        }
        if let Some(text) = filled(metadata.python_requires)
            && self.requires_python.is_none()
        {
            let parsed = text.parse().map_err(|error| failed("python_requires", &text, &error))?;
            self.requires_python = Some(parsed);
        }
        if let Some(text) = filled(metadata.description).filter(|_| self.description.is_none()) {
            self.description = Some(text.split_whitespace().collect::<Vec<_>>().join(" "));
        }
        self.license = self.license.take().or(filled(metadata.license));
        if self.author.is_none() {
            self.author = Author::new(metadata.author, metadata.author_email);
        }
        let parse = |key, texts: &[String]| -> Result<Vec<Requirement>, Error> {
            let refused = |text, error| failed(key, text, &requirements::refusal(text, &error));
            let parse = |text| packaging::requirement(text).map_err(|error| refused(text, error));
            texts.iter().map(|text| parse(text)).collect()
        };
        self.dependencies.merge(parse("install_requires", &metadata.install_requires)?, true);
        self.left_out.extend(metadata.left_out.into_iter().map(|key| (key, file)));
        for (extra, texts) in &metadata.extras_require {
            match extra.parse::<ExtraName>() {
                Ok(name) => {
                    let requirements = parse("extras_require", texts)?;
                    self.extras.entry(name).or_default().merge(requirements, true);
                }
                // such as `:python_version < "3"`, which is how markers were written once
                Err(_) => self.left_out.push((format!("extras_require[{extra}]"), file)),
            }
        }
        for (group, lines) in metadata.entry_points {
            if group != "console_scripts" {
                self.left_out.push((format!("entry_points[{group}]"), file));
                continue;
            }
            for line in lines {
                let (name, object) = line
                    .split_once('=')
                    .ok_or_else(|| failed("entry_points", &line, &"it has no `=`"))?;
                let name = name.trim().to_owned();
                self.scripts.entry(name).or_insert_with(|| object.trim().to_owned());
            }
        }
        Ok(())
    }
}

/// Runs `setup.py` in a copy of its directory, with a stand-in for setuptools, and returns what it
/// calls `setup()` with.
fn run_setup_py(ctx: &Context<'_>, root: &Path, python: &Toolchain) -> Result<Metadata, Error> {
    let temporary = fs::temporary_directory()?;
    let [copy, runner, answer] =
        ["project", "run_setup_py.py", "answer.json"].map(|name| temporary.path().join(name));
    copy_project(root, &copy)?;
    fs::write(&runner, RUNNER)?;
    let path = root.join("setup.py");
    let (script, name) = (path.display(), &python.name);
    ctx.ui.status("running", format_args!("`{script}` with {name}, to import what it says"));
    let mut command = process::command(&ctx.env, &python.interpreter.path);
    command.args(["-I", "-B", "-X", "utf8"]).args([&runner, &copy, &answer]).arg(SECONDS);
    let failed = |source| Error::SetupPy { path: path.clone(), source };
    process::output(command.current_dir(&copy)).map_err(failed)?;
    let text = fs::read_text(&answer)?;
    Ok(serde_json::from_str(&text).expect("the runner writes this type"))
}

/// Copies what a `setup.py` may read: no hidden directories, no environments, no large files.
fn copy_project(from: &Path, to: &Path) -> Result<(), Error> {
    fs::create_directory(to)?;
    for path in fs::list(from)? {
        let file_name = path.file_name().unwrap_or_default();
        let target = to.join(file_name);
        if path.is_dir() {
            let name = file_name.to_string_lossy();
            let is_left_out = name.starts_with('.')
                || path.is_symlink()
                || ["__pycache__", "build", "dist", "node_modules"].contains(&&*name)
                || path.join("pyvenv.cfg").exists();
            if !is_left_out {
                copy_project(&path, &target)?;
            }
        } else if path.metadata().is_ok_and(|file| file.is_file() && file.len() <= LARGEST) {
            fs::write(&target, fs::read(&path)?)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_requirements_replace_or_give_way() {
        let parse = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        let mut requirements = Requirements::default();
        requirements.merge(parse(&["b>=1", "A.x", "b; python_version<'3.10'", "b>=1"]), true);
        requirements.merge(parse(&["a-x>=2"]), true);
        requirements.merge(parse(&["b>=3", "c"]), false);
        let expected = ["a-x>=2", "b>=1", "b ; python_full_version < '3.10'", "c"];
        assert_eq!(requirements.texts(), expected);
    }

    #[test]
    fn what_an_older_project_says_wrong_is_told() {
        #[track_caller]
        fn check(metadata: Metadata, expected: &str) {
            let error = Imported::default().add("setup.cfg", metadata).unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
        let text = |text: &str| Some(text.to_owned());
        let name = Metadata { name: text("!"), ..Metadata::default() };
        check(name, "`name` in `setup.cfg` holds `!`: it is no name");
        let version = Metadata { version: text("one"), ..Metadata::default() };
        check(
            version,
            "`version` in `setup.cfg` holds `one`: expected version to start with a number, but no leading ASCII digits were found",
        );
        let python_requires = Metadata { python_requires: text("3.9"), ..Metadata::default() };
        check(
            python_requires,
            "`python_requires` in `setup.cfg` holds `3.9`: Unexpected end of version specifier, expected operator",
        );
        let requirement =
            Metadata { install_requires: vec!["a b".to_owned()], ..Metadata::default() };
        check(
            requirement,
            "`install_requires` in `setup.cfg` holds `a b`: Expected one of `@`, `(`, `<`, `=`, `>`, `~`, `!`, `;`, found `b`",
        );
    }
}
