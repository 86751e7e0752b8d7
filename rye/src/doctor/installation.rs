//! Rye itself: its home, settings, shims and engines, and what `PATH` leads to.

use std::path::Path;

use super::{Findings, Level, told};
use crate::config::Config;
use crate::context::Context;
use crate::engine::{Engine, Origin};
use crate::env::Env;
use crate::error::Hint as _;
use crate::fs;
use crate::installation::Installation;
use crate::process;
use crate::shims;
use crate::sys;

/// Looks at the settings, and returns them if they can be read.
pub(super) fn config(env: &Env, commands: &[String], findings: &mut Findings) -> Option<Config> {
    const CHECK: &str = "config";
    let path = env.config_file();
    let shown = path.display();
    let mut unknown = Vec::new();
    let config = match Config::read(env, |key| unknown.push(key)) {
        Ok(config) => config,
        Err(error) => {
            findings.add_error(CHECK, Level::Fail, &error);
            return None;
        }
    };
    for key in &unknown {
        let cure = if key.starts_with("sources.") {
            "correct it in an editor, or take it away".to_owned()
        } else {
            let key = process::quoted(key.as_ref());
            format!("correct it, or take it away with `rye config --unset {key}`")
        };
        let message = format!("`{shown}` has the key `{key}`, which Rye does not know");
        findings.add_with_cure(CHECK, Level::Warn, message, cure);
    }
    for name in config.alias.keys().filter(|name| commands.contains(name)) {
        let message = format!("the alias `{name}` counts for nothing: `rye {name}` is a command");
        let cure = format!("take it away with `rye config --unset alias.{name}`");
        findings.add_with_cure(CHECK, Level::Warn, message, cure);
    }
    if unknown.is_empty() {
        let message = if fs::exists(&path) {
            format!("{shown}")
        } else {
            "there is no `config.toml`: the defaults hold".to_owned()
        };
        findings.add(CHECK, Level::Ok, message);
    }
    Some(config)
}

pub(super) fn examine(ctx: &Context<'_>, findings: &mut Findings) {
    home(&ctx.env, findings);
    credentials(&ctx.env, findings);
    shims(&ctx.env, findings);
    for engine in Engine::ALL {
        examine_engine(&ctx.env, engine, findings);
    }
    match process::find(&ctx.env, "git") {
        Some(path) => findings.add("git", Level::Ok, path.display().to_string()),
        None => findings.add_with_cure(
            "git",
            Level::Warn,
            "it is not on `PATH`: requirements from git repositories cannot be installed",
            "install it with your system's tools",
        ),
    }
}

fn home(env: &Env, findings: &mut Findings) {
    const CHECK: &str = "home";
    let home = env.home();
    let shown = home.display();
    let existing = home.ancestors().find(|path| fs::exists(path)).unwrap_or(home);
    // a file without a name leaves no trace
    match fs::temporary_file_in(existing) {
        Ok(_) if existing == home => findings.add(CHECK, Level::Ok, format!("{shown}")),
        Ok(_) => findings.add(CHECK, Level::Ok, format!("{shown}, to be made when it is needed")),
        Err(error) => findings.add_with_cure(
            CHECK,
            Level::Fail,
            format!("nothing can be written to `{shown}`: {}", told(&error)),
            "let this user write there, or set `RYE_HOME` to another directory",
        ),
    }
}

/// Looks whether others can read what is secret.
fn credentials(env: &Env, findings: &mut Findings) {
    secret(&env.credentials(), findings);
    // settings that cannot be read are judged elsewhere
    let settings = fs::find_text(&env.config_file()).ok().flatten().unwrap_or_default();
    if settings.contains("password") {
        secret(&env.config_file(), findings);
    }
}

fn secret(path: &Path, findings: &mut Findings) {
    const CHECK: &str = "credentials";
    match fs::is_open_to_others(path) {
        Ok(None) => {}
        Ok(Some(false)) => {
            let message = format!("its owner alone can read `{}`", path.display());
            findings.add(CHECK, Level::Ok, message);
        }
        Ok(Some(true)) => findings.add_with_cure(
            CHECK,
            Level::Fail,
            format!("others can read `{}`", path.display()),
            format!("say `chmod 600 {}`", process::quoted(path.as_os_str())),
        ),
        Err(error) => findings.add_error(CHECK, Level::Fail, &error),
    }
}

fn is_same(one: &Path, other: &Path) -> bool {
    same_file::is_same_file(one, other).unwrap_or(false)
}

/// Looks at the shims, and at what comes before them on `PATH`.
fn shims(env: &Env, findings: &mut Findings) {
    const CHECK: &str = "shims";
    const INSTALL: &str = "bring them up to date with `rye self install`";
    let directory = env.shims();
    let suffix = std::env::consts::EXE_SUFFIX;
    let installed = directory.join(format!("rye{suffix}"));
    if !fs::exists(&installed) {
        let message = "there are none: `python` is not Rye's";
        findings.add_with_cure(CHECK, Level::Skip, message, "install them with `rye self install`");
        path_of_rye(env, findings);
        return;
    }
    let mut is_fine = true;
    if !is_this_program(env, &installed) {
        is_fine = false;
        let message = format!("`{}` is another Rye than this one", installed.display());
        findings.add_with_cure(CHECK, Level::Warn, message, INSTALL);
    }
    for name in shims::Name::ALL {
        let shim = directory.join(format!("{name}{suffix}"));
        if !is_same(&shim, &installed) && !is_copy(&shim, &installed) {
            is_fine = false;
            let what =
                if fs::exists(&shim) { "is none of this installation" } else { "is missing" };
            let message = format!("the shim `{}` {what}", shim.display());
            findings.add_with_cure(CHECK, Level::Warn, message, INSTALL);
        }
    }
    // what a tool left behind that is gone
    for path in fs::list(&directory).unwrap_or_default() {
        let is_known = shims::Name::ALL.iter().any(|name| path.ends_with(name.as_str()));
        if !path.exists() && !is_known {
            is_fine = false;
            let message = format!("the shim `{}` leads nowhere", path.display());
            let cure = format!("say `rm {}`", process::quoted(path.as_os_str()));
            findings.add_with_cure(CHECK, Level::Warn, message, cure);
        }
    }
    if is_fine {
        findings.add(CHECK, Level::Ok, directory.display().to_string());
    }
    path_of_rye(env, findings);
    path_of_python(env, findings);
}

/// Tells whether a file is this program, as far as its size says so.
fn is_this_program(env: &Env, path: &Path) -> bool {
    env.program().is_ok_and(|own| is_same(&own, path) || is_copy(&own, path))
}

/// Tells whether two files are the same, as far as their sizes say so.
fn is_copy(one: &Path, other: &Path) -> bool {
    let size = |path: &Path| path.metadata().ok().map(|file| file.len());
    size(one).is_some() && size(one) == size(other)
}

fn path_of_rye(env: &Env, findings: &mut Findings) {
    const CHECK: &str = "path";
    let Ok(own) = env.program() else { return };
    match process::find(env, "rye") {
        Some(found) if !is_same(&found, &own) && !is_this_program(env, &found) => findings
            .add_with_cure(
                CHECK,
                Level::Warn,
                format!("`rye` is `{}`, and this one is `{}`", found.display(), own.display()),
                "put the directory of the one that you want first on `PATH`, or delete the other",
            ),
        Some(found) => findings.add(CHECK, Level::Ok, format!("`rye` is `{}`", found.display())),
        None => findings.add_with_cure(
            CHECK,
            Level::Warn,
            format!("`{}` is not on `PATH`", own.display()),
            "put it there with `rye self install`",
        ),
    }
}

/// Looks for a `python` that comes before the shim.
fn path_of_python(env: &Env, findings: &mut Findings) {
    const CHECK: &str = "path";
    let Ok(installation) = Installation::new(env) else { return };
    let first = "put the shims first on `PATH`";
    let cure = if cfg!(unix) {
        format!("{first}: say `{}` at the end of the shell's profile", installation.profile_line())
    } else {
        first.to_owned()
    };
    if !installation.is_on_path() {
        let message = format!("the shims in `{}` are not on `PATH`", env.shims().display());
        findings.add_with_cure(CHECK, Level::Warn, message, cure);
        return;
    }
    let activated = env.var_os("VIRTUAL_ENV").map(|path| Path::new(path).join(sys::VENV_BIN));
    for name in shims::Name::ALL {
        let Some(found) = process::find(env, name.as_str()) else { continue };
        let directory = found.parent().unwrap_or(&found);
        let is_activated = activated.as_ref().is_some_and(|path| is_same(path, directory));
        if is_same(directory, &env.shims()) {
            findings.add(CHECK, Level::Ok, format!("`{name}` is `{}`", found.display()));
        } else if is_activated {
            let message = format!("`{name}` is that of the activated environment");
            findings.add(CHECK, Level::Ok, message);
        } else {
            let message = format!("`{name}` is `{}`, before the shim", found.display());
            findings.add_with_cure(CHECK, Level::Warn, message, &*cure);
        }
    }
}

/// Looks whether an engine is there, runs, and is the pinned one.
fn examine_engine(env: &Env, engine: Engine, findings: &mut Findings) {
    let (check, version) = (engine.name(), engine.version());
    let origin = engine.origin(env);
    let (program, cure) = match &origin {
        Origin::Variable(path) => {
            let variable = engine.variable();
            (path, format!("say `unset {variable}`, or give it the path of another program"))
        }
        Origin::Home(path) => {
            let directory = path.parent().unwrap_or(path);
            let command = format!("rm -r {}", process::quoted(directory.as_os_str()));
            (path, format!("let it be fetched again: say `{command}`"))
        }
        Origin::Bundled | Origin::Index => {
            findings.add(check, Level::Ok, format!("{version}, {origin}"));
            return;
        }
    };
    if !sys::is_executable(program) {
        let message = format!("`{}` is no program", program.display());
        findings.add_with_cure(check, Level::Fail, message, cure);
        return;
    }
    let answer = process::output(process::command(env, program).arg("--version"));
    let answered = answer.map(|text| text.split_whitespace().nth(1).map(str::to_owned));
    let shown = program.display();
    match answered {
        Ok(Some(found)) if found == version => {
            findings.add(check, Level::Ok, format!("{version}, {shown}"));
        }
        Ok(Some(found)) => {
            let message = format!("`{shown}` is {found}, and the pinned version is {version}");
            findings.add_with_cure(check, Level::Warn, message, cure);
        }
        Ok(None) => {
            let message = format!("`{shown}` does not tell its version");
            findings.add_with_cure(check, Level::Fail, message, cure);
        }
        Err(error) => {
            let message = format!("`{shown}` does not run: {}", told(&error));
            let cure = error.hint().unwrap_or(cure);
            findings.add_with_cure(check, Level::Fail, message, cure);
        }
    }
}
