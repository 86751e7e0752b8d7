//! Shims: this program under the name of an interpreter, and what it then stands for.
//!
//! Looks for the program, and never changes anything: an environment that has to be made first is
//! handed back to be made.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::config;
use crate::context::Context;
use crate::env::{self, NO_SYNC};
use crate::error::Hint;
use crate::fs;
use crate::packaging::VersionSpecifiers;
use crate::project;
use crate::sync::{self, Workbench};
use crate::sys;
use crate::toolchain::{self, Python, Request, RequestError, Toolchains, Wanted, pin};
use crate::venv::{self, Marker, Record, State, Venv};
use crate::workspace::{self, Site, Workspace};

mod trail;

use trail::Trail;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("a shim is no interpreter itself")]
    Asked,
    #[error("`{}` has no interpreter, and `{NO_SYNC}` forbids to make one", .0.display())]
    NoSync(PathBuf),
    #[error("`{}` has no interpreter that works, and Rye does not change it", .0.display())]
    NoInterpreter(PathBuf),
    #[error("`{}` leads back to the shim that was to run it", .0.display())]
    LeadsBack(PathBuf),
    #[error("there is no `{name}` on `PATH` but Rye's shims")]
    NotFound { name: Name, is_in_project: bool },
    #[error(transparent)]
    Request(#[from] RequestError),
    #[error(transparent)]
    Env(#[from] env::Error),
    #[error(transparent)]
    Config(#[from] config::Error),
    #[error(transparent)]
    Workspace(#[from] workspace::Error),
    #[error(transparent)]
    Toolchain(#[from] toolchain::Error),
    #[error(transparent)]
    Venv(#[from] venv::Error),
    #[error(transparent)]
    Sync(#[from] sync::Error),
    #[error(transparent)]
    Fs(#[from] fs::Error),
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Asked => "name the interpreter that it stands for",
            Self::NoSync(_) => "make it with `rye sync`",
            Self::NoInterpreter(_) => "replace it with `rye sync --force`",
            Self::LeadsBack(_) => "put an interpreter in its place",
            Self::NotFound { is_in_project: true, .. } => {
                "make the project's environment with `rye sync`"
            }
            Self::NotFound { is_in_project: false, .. } => {
                "let Rye choose one: `rye config --set-bool behavior.global-python=true`"
            }
            Self::Request(error) => return error.hint(),
            Self::Env(error) => return error.hint(),
            Self::Config(error) => return error.hint(),
            Self::Workspace(error) => return error.hint(),
            Self::Toolchain(error) => return error.hint(),
            Self::Venv(error) => return error.hint(),
            Self::Sync(error) => return error.hint(),
            Self::Fs(error) => return error.hint(),
        };
        Some(text.to_owned())
    }
}

/// The name of an interpreter that this program can be started under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    Python,
    Python3,
    /// Windows' interpreter without a console
    PythonW,
}

impl Name {
    /// The names that there are shims for.
    pub(crate) const ALL: &[Self] = if cfg!(windows) {
        &[Self::Python, Self::Python3, Self::PythonW]
    } else {
        &[Self::Python, Self::Python3]
    };

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::Python3 => "python3",
            Self::PythonW => "pythonw",
        }
    }

    fn from_file_name(name: &str) -> Option<Self> {
        let lower = name.to_ascii_lowercase();
        let name = if cfg!(windows) { lower.strip_suffix(".exe").unwrap_or(&lower) } else { name };
        Self::ALL.iter().copied().find(|known| known.as_str() == name)
    }

    /// Returns the names to look for, the best first.
    ///
    /// Debian has no `python`, and Windows no `python3`.
    fn substitutes(self) -> &'static [Self] {
        match self {
            Self::Python => &[Self::Python, Self::Python3],
            Self::Python3 if cfg!(windows) => &[Self::Python3, Self::Python],
            Self::Python3 => &[Self::Python3],
            Self::PythonW => &[Self::PythonW],
        }
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A call of this program under the name of an interpreter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shim {
    name: Name,
    arguments: Vec<OsString>,
}

/// Returns the shim that a command line is a call of; none if it is one of `rye`.
pub(crate) fn detect(args: &[OsString]) -> Option<Shim> {
    let (program, arguments) = args.split_first()?;
    let name = Path::new(program).file_name()?.to_str()?;
    Some(Shim { name: Name::from_file_name(name)?, arguments: arguments.to_vec() })
}

/// What a shim stands for.
pub(crate) enum Target<'a> {
    /// A program that is there
    Program(Command),
    /// The environment of a project, to be made or repaired first
    Unready(Box<Workbench<'a>>),
}

/// Finds what a shim stands for.
pub(crate) fn find<'a>(ctx: &'a Context<'a>, shim: &Shim) -> Result<Target<'a>, Error> {
    Call { ctx, shim, trail: Trail::read(&ctx.env) }.find()
}

/// Returns the command that runs a shim's call in an environment that was made for it.
pub(crate) fn command_in(ctx: &Context<'_>, shim: &Shim, venv: &Venv) -> Result<Command, Error> {
    let call = Call { ctx, shim, trail: Trail::read(&ctx.env) };
    let program = call.program_of(venv);
    call.command(&program.ok_or_else(|| venv::Error::Missing(venv.path().to_owned()))?)
}

/// A call of a shim, in its surroundings.
struct Call<'a, 's> {
    ctx: &'a Context<'a>,
    shim: &'s Shim,
    trail: Trail<'a>,
}

impl<'a> Call<'a, '_> {
    fn find(&self) -> Result<Target<'a>, Error> {
        let Self { ctx, shim, .. } = self;
        if ctx.env.var_os(toolchain::ASKED).is_some() {
            return Err(Error::Asked); // to look for an interpreter now would ask for ever
        }
        let config = ctx.config()?;
        if let Some(request) = shim.request() {
            return self.toolchain(&request?.into());
        }
        if config.behavior.prefer_activated_venv
            && let Some(path) = ctx.env.var_os("VIRTUAL_ENV")
            && let Some(program) =
                self.program_of(&Venv::new(ctx.env.working_directory().join(path)))
        {
            return self.program(&program);
        }
        let directory = ctx.env.working_directory();
        match project::find(directory) {
            Some(manifest) => self.in_project(&manifest),
            None if config.behavior.global_python => {
                self.toolchain(&pin::wanted(directory, VersionSpecifiers::empty(), config)?)
            }
            None => self.next_on_path(false),
        }
    }

    fn in_project(&self, manifest: &Path) -> Result<Target<'a>, Error> {
        let ctx = self.ctx;
        let Site { directory: root, is_managed, venv } = workspace::site(manifest)?;
        let venv = Venv::of(&ctx.env, &root, venv.as_deref());
        let program = self.program_of(&venv);
        if !is_managed && !ctx.config()?.behavior.force_rye_managed {
            return match (venv.state(), program) {
                (_, Some(program)) => self.program(&program),
                // to run another Python would hide that this one is gone
                (Ok(State::Own(_) | State::Foreign), None) => {
                    Err(Error::NoInterpreter(venv.path().to_owned()))
                }
                (Ok(State::Missing) | Err(_), None) => self.next_on_path(true),
            };
        }
        match (venv.state()?, program) {
            (State::Foreign, Some(program)) => self.program(&program),
            (State::Foreign, None) => Err(Error::NoInterpreter(venv.path().to_owned())),
            // somebody who may not change the environment runs it as it is
            (_, program) if ctx.env.var(NO_SYNC).is_some_and(|value| value != "0") => {
                self.program(&program.ok_or_else(|| Error::NoSync(venv.path().to_owned()))?)
            }
            (State::Own(marker), Some(program)) if is_ready(&venv, &marker, &root)? => {
                self.program(&program)
            }
            (State::Missing | State::Own(_), _) => {
                let workspace = Workspace::load(&ctx.env, ctx.ui, None)?;
                Ok(Target::Unready(Box::new(Workbench::new(ctx, workspace))))
            }
        }
    }

    fn toolchain(&self, wanted: &Wanted) -> Result<Target<'a>, Error> {
        let Self { ctx, shim, .. } = self;
        let toolchains = Toolchains::new(&ctx.env, ctx.config()?.toolchain.preference);
        let interpreter = toolchains.find(wanted)?.interpreter.path;
        let windowless = interpreter.with_file_name("pythonw.exe");
        if shim.name == Name::PythonW && windowless.is_file() {
            return self.program(&windowless);
        }
        self.program(&interpreter)
    }

    /// Returns the interpreter of an environment, by the name that was called if it has that.
    fn program_of(&self, venv: &Venv) -> Option<PathBuf> {
        venv.find_program(self.shim.name.as_str()).or_else(|| venv.find_program("python"))
    }

    fn next_on_path(&self, is_in_project: bool) -> Result<Target<'a>, Error> {
        let Self { ctx, shim, trail } = self;
        let directories = ctx.env.search_path();
        let candidates = shim.name.substitutes().iter().flat_map(|name| {
            directories.iter().flat_map(|directory| sys::programs(directory, name.as_str()))
        });
        // what Windows puts there opens the store
        let is_stub = |path: &Path| {
            cfg!(windows)
                && path
                    .components()
                    .any(|part| part.as_os_str().eq_ignore_ascii_case("WindowsApps"))
        };
        let mut tried = trail.tried();
        for program in candidates {
            if sys::is_executable(&program) && !is_stub(&program) && !trail.has(&program)? {
                if tried == 0 {
                    return Ok(Target::Program(trail.goes_on(&program, &shim.arguments)?));
                }
                tried -= 1;
            }
        }
        Err(Error::NotFound { name: shim.name, is_in_project })
    }

    fn program(&self, program: &Path) -> Result<Target<'a>, Error> {
        self.command(program).map(Target::Program)
    }

    fn command(&self, program: &Path) -> Result<Command, Error> {
        let arguments = match self.shim.request() {
            Some(_) => &self.shim.arguments[1..],
            None => &self.shim.arguments[..],
        };
        self.trail.ends_at(program, arguments)
    }
}

impl Shim {
    /// Returns what the first argument asks for in `python +3.12 …`.
    fn request(&self) -> Option<Result<Request, RequestError>> {
        let first = self.arguments.first()?.to_string_lossy();
        Some(first.strip_prefix('+')?.parse())
    }
}

/// Tells whether an environment is neither being made nor of another Python than the pinned one.
fn is_ready(venv: &Venv, marker: &Marker, root: &Path) -> Result<bool, Error> {
    if matches!(marker.record, Some(Record::Changing { .. })) {
        return Ok(false);
    }
    let Some(request) = pin::find(root)?.and_then(|pin| pin.request) else { return Ok(true) };
    Ok(match request {
        Request::Path(path) => same_file::is_same_file(path, venv.python()).unwrap_or(false),
        Request::Properties(properties) => {
            Python::from_name(&marker.python).is_some_and(|python| properties.admit(&python))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(texts: &[&str]) -> Vec<OsString> {
        texts.iter().map(OsString::from).collect()
    }

    #[test]
    fn the_base_name_decides() {
        #[track_caller]
        fn check(program: &str, expected: Option<Name>) {
            let shim = detect(&args(&[program, "--help"]));
            assert_eq!(shim.map(|shim| shim.name), expected, "{program}");
        }
        check("python", Some(Name::Python));
        check("/home/me/.rye/shims/python3", Some(Name::Python3));
        check("./python", Some(Name::Python));
        check("rye", None);
        check("/python/rye", None);
        check("python3.12", None);
        check("ipython", None);
        check("", None);
        check("Python", cfg!(windows).then_some(Name::Python));
        check("python.exe", cfg!(windows).then_some(Name::Python));
        check("PYTHON3.EXE", cfg!(windows).then_some(Name::Python3));
        check("pythonw", cfg!(windows).then_some(Name::PythonW));
        assert_eq!(detect(&[]), None);
    }

    #[test]
    fn only_the_first_argument_requests() {
        #[track_caller]
        fn check(arguments: &[&str], expected: Option<&str>) {
            let shim = Shim { name: Name::Python, arguments: args(arguments) };
            let request = shim.request().map(|request| request.unwrap().to_string());
            assert_eq!(request.as_deref(), expected);
        }
        check(&["+3.12", "-V"], Some("3.12"));
        check(&["+pypy@3.10"], Some("pypy@3.10"));
        check(&["-V", "+3.12"], None);
        check(&["-c", "+3"], None);
        check(&[""], None);
        check(&[], None);
    }
}
