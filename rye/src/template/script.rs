//! A script that stands alone, or metadata for one that is there (PEP 723).

use std::path::PathBuf;

use crate::context::Context;
use crate::fs;
use crate::packaging::VersionSpecifiers;
use crate::project::ScriptFile;
use crate::project::edit::List;
use crate::template::python::{at_least, minor};
use crate::template::{Error, requirements};
use crate::toolchain::{Request, Toolchains, Wanted, pin};

/// What the user wants of a script.
#[derive(Debug)]
pub(crate) struct ScriptPlan {
    /// From the working directory
    pub(crate) path: PathBuf,
    pub(crate) python: Option<Request>,
    pub(crate) requires_python: Option<VersionSpecifiers>,
    pub(crate) requirements: Vec<PathBuf>,
}

/// Creates a script, or gives one metadata that has none; returns whether it is new.
pub(crate) fn create_script(ctx: &Context<'_>, plan: &ScriptPlan) -> Result<bool, Error> {
    let directory = ctx.env.working_directory();
    let path = directory.join(&plan.path);
    let is_new = !fs::exists(&path);
    let script = if is_new {
        let name = plan.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        ScriptFile::parse(path, body(&name).into_bytes())?
    } else {
        ScriptFile::load(&path)?
    };
    if script.has_metadata() {
        return Err(Error::HasMetadata(script.path().to_owned()));
    }
    let requires = requires_python(ctx, plan)?;
    let files = plan.requirements.iter().map(|file| requirements::load(&directory.join(file)));
    let listed = files.collect::<Result<Vec<_>, _>>()?.concat();
    let text = format!("requires-python = \"{requires}\"\ndependencies = []\n");
    let (script, ()) = script.with_metadata(&text)?.edited(|document| {
        let texts = listed.iter().map(ToString::to_string);
        texts.into_iter().try_for_each(|text| {
            let added = document.add_requirement(&List::Script, &text);
            added.map(drop)
        })
    })?;
    if is_new {
        fs::write(script.path(), script.bytes())?;
    } else {
        script.save()?;
    }
    Ok(is_new)
}

fn body(name: &str) -> String {
    // a text of JSON is one of Python, too
    let greeting = serde_json::Value::from(format!("Hello from {name}!"));
    format!(
        "\n\ndef main():\n    print({greeting})\n\n\nif __name__ == \"__main__\":\n    main()\n"
    )
}

/// Returns the Pythons that the script is for.
fn requires_python(ctx: &Context<'_>, plan: &ScriptPlan) -> Result<VersionSpecifiers, Error> {
    let config = ctx.config()?;
    let Some(request) = &plan.python else {
        return Ok(plan
            .requires_python
            .clone()
            .unwrap_or_else(|| config.default.requires_python.clone()));
    };
    let toolchains = Toolchains::new(&ctx.env, config.toolchain.preference);
    if let Some(requires) = plan.requires_python.clone() {
        if pin::contradicts(request, &requires) {
            let (python, by) = (request.to_string(), "`--py`".to_owned());
            return Err(Error::Contradiction { python, by, requires: requires.to_string() });
        }
        return Ok(requires);
    }
    // one that nobody has is nothing to ask for
    let python = toolchains.find_python(&Wanted::from(request.clone()))?;
    let release = python.version.only_release();
    Ok(minor(request).unwrap_or_else(|| at_least(release.release().iter().take(2).copied())))
}
