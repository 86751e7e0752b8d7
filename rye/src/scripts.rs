//! Project scripts: what `[tool.rye.scripts]` defines, and the commands that come of it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::env::{self, Env};
use crate::error::{Hint, closest};
use crate::fs;
use crate::process;
use crate::project::Project;
use crate::sys;
use crate::venv::Venv;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("`tool.rye.scripts.{name}` cannot be understood: {reason}")]
    Definition { name: String, reason: String },
    #[error(
        "nothing called `{name}` can be run: it is no script of the project, no program of its environment and no `.py` file"
    )]
    Unknown { name: String, closest: Option<String> },
    #[error("the chain `{chain}` cannot be run")]
    Chain { chain: String, source: Box<Self> },
    #[error("the script `{0}` runs itself")]
    Cycle(String),
    #[error("the script `{0}` is a chain, which takes no arguments")]
    ChainArguments(String),
    #[error(
        "the program `{program}` of the script `{name}` is neither in the environment nor on `PATH`"
    )]
    NoProgram { name: String, program: String },
    #[error("the script `{name}` cannot be run")]
    EnvFile { name: String, source: env::Error },
}

impl Error {
    /// Returns the error as the cause of a chain's.
    pub(crate) fn in_chain(self, chain: &str) -> Self {
        Self::Chain { chain: chain.to_owned(), source: Box::new(self) }
    }
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Definition { .. } => Some(
                "write a command as text or list, or a table with `cmd`, `call` or `chain`"
                    .to_owned(),
            ),
            Self::Unknown { closest: Some(closest), .. } => {
                Some(format!("did you mean `{closest}`? `rye run` lists what there is"))
            }
            Self::Unknown { closest: None, .. } => Some(
                "`rye run` lists what there is; `rye add` brings the programs of a distribution"
                    .to_owned(),
            ),
            Self::Chain { source, .. } => source.hint(),
            Self::Cycle(_) => Some("take it out of its own chain".to_owned()),
            Self::ChainArguments(_) => Some("run the steps one by one".to_owned()),
            Self::NoProgram { .. } => {
                Some("install it, or add what brings it with `rye add`".to_owned())
            }
            Self::EnvFile { .. } => None, // the cause has one
        }
    }
}

/// A script's definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Script {
    /// A program and its arguments, in an environment
    Command { words: Vec<String>, setting: Setting },
    /// A module, or a function of one
    Call { entry: Entry, setting: Setting },
    /// Commands to run one after the other
    Chain(Vec<Vec<String>>),
}

/// Returns the keys of a definition that mean nothing; what a chain runs has its own variables.
pub(crate) fn unknown_keys(definition: &Value) -> Vec<&str> {
    let Value::Object(table) = definition else { return Vec::new() };
    let known: &[&str] =
        if table.contains_key("chain") { &["chain"] } else { &["call", "cmd", "env", "env-file"] };
    table.keys().map(String::as_str).filter(|key| !known.contains(key)).collect()
}

/// Variables for a script.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) variables: Vec<(String, String)>,
    /// Relative to the project's root; its variables win
    pub(crate) file: Option<PathBuf>,
}

/// What `call` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// `package.module`
    Module(String),
    /// `package.module:function` or `package.module:function(1, "a")`
    Function { module: String, call: String },
}

impl Script {
    /// Reads the definition of the script `name`.
    pub(crate) fn parse(name: &str, definition: &Value) -> Result<Self, Error> {
        let failed = |reason: String| Error::Definition { name: name.to_owned(), reason };
        let Value::Object(table) = definition else {
            let words = words(definition).map_err(failed)?;
            return Ok(Self::Command { words, setting: Setting::default() });
        };
        // of several the first counts, as in Rye 0.44
        if let Some(entry) = table.get("call") {
            let entry = entry.as_str().ok_or_else(|| failed("`call` is no text".to_owned()))?;
            let entry = parse_entry(entry).map_err(failed)?;
            return Ok(Self::Call { entry, setting: Setting::parse(table).map_err(failed)? });
        }
        if let Some(chain) = table.get("chain") {
            let steps = chain.as_array().ok_or_else(|| failed("`chain` is no list".to_owned()))?;
            let steps = steps.iter().map(words).collect::<Result<_, _>>().map_err(failed)?;
            return Ok(Self::Chain(steps));
        }
        let command = table.get("cmd");
        let command =
            command.ok_or_else(|| failed("it has none of `cmd`, `call` and `chain`".to_owned()))?;
        let words = words(command).map_err(failed)?;
        Ok(Self::Command { words, setting: Setting::parse(table).map_err(failed)? })
    }

    /// Returns the definition as one line for a reader.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Command { words, setting } => setting.describe(&join(words)),
            Self::Call { entry: Entry::Module(module), setting } => setting.describe(module),
            Self::Call { entry: Entry::Function { module, call }, setting } => {
                setting.describe(&format!("{module}:{call}"))
            }
            Self::Chain(steps) => {
                let steps: Vec<_> = steps.iter().map(|step| format!("[{}]", join(step))).collect();
                format!("chain: {}", steps.join(", "))
            }
        }
    }
}

impl Setting {
    fn parse(table: &serde_json::Map<String, Value>) -> Result<Self, String> {
        let mut setting = Self::default();
        if let Some(variables) = table.get("env") {
            let variables = variables.as_object().ok_or("`env` is no table")?;
            for (name, value) in variables {
                let value = scalar(value).ok_or_else(|| format!("`env.{name}` is no text"))?;
                setting.variables.push((name.clone(), value));
            }
        }
        if let Some(file) = table.get("env-file") {
            setting.file = Some(file.as_str().ok_or("`env-file` is no text")?.into());
        }
        Ok(setting)
    }

    fn describe(&self, command: &str) -> String {
        let quoted = |value: &String| process::quoted(value.as_ref());
        let variables =
            self.variables.iter().map(|(name, value)| format!("{name}={} ", quoted(value)));
        let mut text: String = variables.collect();
        text.push_str(command);
        if let Some(file) = &self.file {
            return format!("{text} (env-file: {})", file.display());
        }
        text
    }
}

fn join(words: &[String]) -> String {
    words.iter().map(|word| process::quoted(word.as_ref())).collect::<Vec<_>>().join(" ")
}

/// Returns the words of a command given as text, as a POSIX shell would split it, or as a list.
fn words(value: &Value) -> Result<Vec<String>, String> {
    let words = match value {
        Value::String(text) => {
            shlex::split(text).ok_or_else(|| format!("the quotes in `{text}` do not match"))?
        }
        Value::Array(values) => values
            .iter()
            .map(|value| scalar(value).ok_or_else(|| format!("`{value}` is no argument")))
            .collect::<Result<_, _>>()?,
        _ => return Err(format!("`{value}` is no command")),
    };
    if words.is_empty() { Err("the command is empty".to_owned()) } else { Ok(words) }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn parse_entry(text: &str) -> Result<Entry, String> {
    let Some((module, call)) = text.split_once(':') else {
        return match text {
            "" => Err("`call` is empty".to_owned()),
            module => Ok(Entry::Module(module.to_owned())),
        };
    };
    if module.is_empty() || call.is_empty() {
        return Err(format!("`{text}` lacks the module or the function"));
    }
    let call = if call.contains('(') { call.to_owned() } else { format!("{call}()") };
    Ok(Entry::Function { module: module.to_owned(), call })
}

/// Something that can be run.
#[derive(Debug)]
pub(crate) enum Runnable {
    Command(Command),
    /// Steps to run while they succeed
    Chain(Vec<Step>),
}

/// What a chain runs: a name that stands for no other chain, and its arguments.
///
/// What it stands for is looked up when its turn comes: a step before it may install the program
/// or write the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    name: String,
    arguments: Vec<OsString>,
}

/// Finds what a name stands for in a project.
pub(crate) struct Runner<'a> {
    env: &'a Env,
    project: &'a Project,
    venv: &'a Venv,
}

impl<'a> Runner<'a> {
    pub(crate) fn new(env: &'a Env, project: &'a Project, venv: &'a Venv) -> Self {
        Self { env, project, venv }
    }

    /// Returns what a name and its arguments run: a script of the project, else a program of the
    /// environment, else a Python file.
    pub(crate) fn find(&self, name: &str, arguments: &[OsString]) -> Result<Runnable, Error> {
        let mut steps = Vec::new();
        let is_chain = self.collect(name, arguments, &mut Vec::new(), &mut steps)?;
        match steps.as_slice() {
            [step] if !is_chain => Ok(Runnable::Command(self.command_of(step)?)),
            _ => Ok(Runnable::Chain(steps)),
        }
    }

    /// Returns the command of a step.
    pub(crate) fn command_of(&self, step: &Step) -> Result<Command, Error> {
        let Step { name, arguments } = step;
        if let Some(script) = self.script(name)? {
            return self.script_command(name, &script, arguments);
        }
        let command = self.installed(name).or_else(|| self.python_file(name));
        let mut command = command.ok_or_else(|| self.unknown(name))?;
        command.args(arguments);
        Ok(command)
    }

    /// Returns the command of a program of the environment, whatever script has its name.
    pub(crate) fn installed(&self, name: &str) -> Option<Command> {
        self.venv.find_program(name).map(|program| self.command(&program))
    }

    fn script(&self, name: &str) -> Result<Option<Script>, Error> {
        let definition = self.project.manifest().rye().scripts.get(name);
        definition.map(|definition| Script::parse(name, definition)).transpose()
    }

    /// Adds the steps that a name stands for; tells whether it is a chain.
    fn collect(
        &self,
        name: &str,
        arguments: &[OsString],
        path: &mut Vec<String>,
        found: &mut Vec<Step>,
    ) -> Result<bool, Error> {
        let Some(Script::Chain(steps)) = self.script(name)? else {
            found.push(Step { name: name.to_owned(), arguments: arguments.to_vec() });
            return Ok(false);
        };
        if !arguments.is_empty() {
            return Err(Error::ChainArguments(name.to_owned()));
        }
        if path.iter().any(|outer| outer == name) {
            return Err(Error::Cycle(name.to_owned()));
        }
        path.push(name.to_owned());
        for step in steps {
            let (name, arguments) = step.split_first().expect("a command is not empty");
            let arguments: Vec<_> = arguments.iter().map(OsString::from).collect();
            self.collect(name, &arguments, path, found)?;
        }
        path.pop();
        Ok(true)
    }

    fn script_command(
        &self,
        name: &str,
        script: &Script,
        arguments: &[OsString],
    ) -> Result<Command, Error> {
        let (mut command, setting) = match script {
            Script::Command { words, setting } => {
                let (program, words) = words.split_first().expect("a command is not empty");
                let mut command = self.command(&self.program(name, program)?);
                command.args(words);
                (command, setting)
            }
            Script::Call { entry, setting } => {
                let mut command = self.command(&self.venv.python());
                match entry {
                    Entry::Module(module) => command.args(["-m", module]),
                    Entry::Function { module, call } => {
                        let code = format!("import sys, {module} as _1; sys.exit(_1.{call})");
                        command.args(["-c", &code])
                    }
                };
                (command, setting)
            }
            Script::Chain(_) => unreachable!("a chain is no command"),
        };
        command.args(arguments).envs(setting.variables.iter().map(|(name, value)| (name, value)));
        if let Some(file) = &setting.file {
            let variables = env::read_env_file(&self.project.root().join(file));
            let failed = |source| Error::EnvFile { name: name.to_owned(), source };
            command.envs(variables.map_err(failed)?);
        }
        Ok(command)
    }

    /// Returns the path of a script's program: of the environment, else on `PATH`.
    fn program(&self, name: &str, program: &str) -> Result<PathBuf, Error> {
        if let Some(path) = self.venv.find_program(program) {
            return Ok(path);
        }
        let search_path = self.env.search_path_with(&self.venv.programs());
        let found = which::which_in(program, Some(search_path), self.env.working_directory());
        let failed = |_| Error::NoProgram { name: name.to_owned(), program: program.to_owned() };
        found.map_err(failed)
    }

    fn python_file(&self, name: &str) -> Option<Command> {
        let path = self.env.working_directory().join(name);
        let is_python = path.extension().is_some_and(|extension| extension == "py");
        (is_python && path.is_file()).then(|| {
            let mut command = self.command(&self.venv.python());
            command.arg(name);
            command
        })
    }

    fn command(&self, program: &Path) -> Command {
        self.venv.command(self.env, program)
    }

    fn unknown(&self, name: &str) -> Error {
        let scripts = self.project.manifest().rye().scripts.keys().cloned();
        let names: Vec<_> = scripts.chain(self.programs()).collect();
        Error::Unknown {
            name: name.to_owned(),
            closest: closest(name, names.iter().map(String::as_str)).map(str::to_owned),
        }
    }

    /// Returns the names of the environment's programs, sorted.
    pub(crate) fn programs(&self) -> Vec<String> {
        let paths = fs::list(&self.venv.programs()).unwrap_or_default().into_iter();
        let programs = paths.filter(|path| sys::is_executable(path)).filter_map(|path| {
            let name = if cfg!(windows) { path.file_stem()? } else { path.file_name()? };
            Some(name.to_str()?.to_owned())
        });
        let mut names: Vec<_> = programs.filter(|name| !name.starts_with("activate")).collect();
        names.sort();
        names.dedup();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(toml: &str) -> Result<Script, String> {
        let table: Value = toml_edit::de::from_str(&format!("x = {toml}")).unwrap();
        Script::parse("x", &table["x"]).map_err(|error| error.to_string())
    }

    #[test]
    fn definitions_are_described() {
        #[track_caller]
        fn check(toml: &str, expected: &str) {
            assert_eq!(parse(toml).unwrap().describe(), expected);
        }
        check("'python -c \"print(1)\"'", "python -c 'print(1)'");
        check(r#"["echo", "a b", 3, true]"#, "echo 'a b' 3 true");
        check(r#"{ cmd = "serve", env = { B = "1", A = 2 } }"#, "B=1 A=2 serve");
        check(r#"{ cmd = "serve", env-file = ".env" }"#, "serve (env-file: .env)");
        check(r#"{ call = "http.server" }"#, "http.server");
        check(r#"{ call = "builtins:print('hi')" }"#, "builtins:print('hi')");
        check(r#"{ call = "pkg:main", env = { A = "x y" } }"#, "A='x y' pkg:main()");
        check(
            r#"{ chain = ["lint --fix", ["test", "a b"]] }"#,
            "chain: [lint --fix], [test 'a b']",
        );
    }

    #[test]
    fn keys_that_mean_nothing_are_found() {
        let unknown = |toml: &str| {
            let table: Value = toml_edit::de::from_str(&format!("x = {toml}")).unwrap();
            unknown_keys(&table["x"]).join(" ")
        };
        assert_eq!(unknown("{ cmd = 'a', envfile = 'b', help = 'c' }"), "envfile help");
        assert_eq!(unknown("{ chain = ['a'], env = {} }"), "env");
        assert_eq!(unknown("{ call = 'a', env-file = 'b' }"), "");
        assert_eq!(unknown("'a'"), "");
    }

    #[test]
    fn what_is_no_definition_is_told() {
        #[track_caller]
        fn check(toml: &str, reason: &str) {
            let expected = format!("`tool.rye.scripts.x` cannot be understood: {reason}");
            assert_eq!(parse(toml).unwrap_err(), expected);
        }
        check("3", "`3` is no command");
        check("''", "the command is empty");
        check("'a \"b'", "the quotes in `a \"b` do not match");
        check("{ env = {} }", "it has none of `cmd`, `call` and `chain`");
        check("{ chain = 'a' }", "`chain` is no list");
        check("{ chain = [''] }", "the command is empty");
        check("{ call = ':main' }", "`:main` lacks the module or the function");
        check("{ cmd = 'a', env = { A = [] } }", "`env.A` is no text");
    }
}
