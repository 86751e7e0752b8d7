//! `config.toml` in Rye's home: typed to read, lossless to edit.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use clap::builder::PossibleValue;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::SeqAccessDeserializer;
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use toml_edit::{DocumentMut, TomlError};

use crate::env::Env;
use crate::error::Hint;
use crate::fs;
use crate::index::Source;
use crate::packaging::{self, BuildSystem, DependencyOperator, Version, VersionSpecifiers};
use crate::process;
use crate::ui::Ui;

pub(crate) mod edit;
pub(crate) mod schema;
pub(crate) mod settings;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("`{}` is not TOML", path.display())]
    Syntax { path: PathBuf, source: TomlError },
    #[error("`{}` cannot be understood", path.display())]
    Value { path: PathBuf, source: toml_edit::de::Error },
    #[error(transparent)]
    Edit(#[from] edit::Error),
    #[error(transparent)]
    Fs(#[from] fs::Error),
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Syntax { .. } | Self::Value { .. } => {
                Some("correct the line in an editor, or take the key away".to_owned())
            }
            Self::Edit(error) => error.hint(),
            Self::Fs(error) => error.hint(),
        }
    }
}

// The comments of the fields are what the reference and the schemas say about the settings.

/// The settings of a user. Serialized, the defaults say which keys there are, and of which type.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case", expecting = "a table")]
#[schemars(deny_unknown_fields, description = "Settings of Rye for a user")]
pub(crate) struct Config {
    pub(crate) default: Defaults,
    pub(crate) proxy: Proxy,
    pub(crate) behavior: Behavior,
    pub(crate) toolchain: Toolchain,
    pub(crate) update: Update,
    /// Where distributions come from, after the sources of a project
    #[serde(serialize_with = "no_sources")]
    pub(crate) sources: Vec<Source>,
    /// Commands of the user's own, by their names: text as a shell would split it, or a list of words
    #[schemars(schema_with = "aliases")]
    pub(crate) alias: BTreeMap<String, Alias>,
}

/// The words that stand in the place of a command's name: a command, with arguments and options.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Alias(pub(crate) Vec<String>);

impl<'de> Deserialize<'de> for Alias {
    /// Reads a text, split as a POSIX shell would, or a list of words.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Words;

        impl<'de> Visitor<'de> for Words {
            type Value = Vec<String>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a list of words")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
                let unmatched = || E::custom(format_args!("the quotes in `{text}` do not match"));
                shlex::split(text).ok_or_else(unmatched)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, words: A) -> Result<Self::Value, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(words))
            }
        }

        let words = deserializer.deserialize_any(Words)?;
        if words.is_empty() {
            return Err(D::Error::custom("an alias stands for one word at least"));
        }
        Ok(Self(words))
    }
}

impl fmt::Display for Alias {
    /// Writes the words as a shell would read them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.0.iter().map(|word| process::quoted(word.as_ref()));
        f.write_str(&words.collect::<Vec<_>>().join(" "))
    }
}

/// What commands assume when nothing else is said.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case", expecting = "a table")]
#[schemars(deny_unknown_fields)]
pub(crate) struct Defaults {
    /// What `rye init` writes as `requires-python`; a bare version stands for it and all that follow
    #[serde(deserialize_with = "requires_python")]
    #[schemars(with = "String")]
    pub(crate) requires_python: VersionSpecifiers,
    /// The request for a Python where neither a pin nor `requires-python` says anything, and for `rye init`
    pub(crate) toolchain: Option<String>,
    /// What builds the projects that `rye init` starts
    #[serde(deserialize_with = "choice")]
    #[schemars(schema_with = "choices::<BuildSystem>")]
    pub(crate) build_system: BuildSystem,
    /// The licence of the projects that `rye init` starts, as an SPDX expression
    pub(crate) license: Option<String>,
    /// The author of the projects that `rye init` starts, as `Name <email>`; what git knows if it is not set
    pub(crate) author: Option<String>,
    /// How `rye add` bounds the version that it finds
    // the second spelling is one that Rye 0.44 reads too
    #[serde(alias = "dependency_operator", deserialize_with = "choice")]
    #[schemars(schema_with = "choices::<DependencyOperator>")]
    pub(crate) dependency_operator: DependencyOperator,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            requires_python: ">=3.9".parse().expect("it is a specifier"),
            toolchain: None,
            build_system: BuildSystem::default(),
            license: None,
            author: None,
            dependency_operator: DependencyOperator::default(),
        }
    }
}

/// What stands between this machine and others.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case", expecting = "a table")]
#[schemars(deny_unknown_fields)]
pub(crate) struct Proxy {
    /// The URL of the proxy for `http://`
    pub(crate) http: Option<String>,
    /// The URL of the proxy for `https://`
    pub(crate) https: Option<String>,
}

/// What commands do or leave.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case", expecting = "a table")]
#[schemars(deny_unknown_fields)]
pub(crate) struct Behavior {
    /// To the shims all projects are `managed`
    #[serde(alias = "force_rye_managed")]
    pub(crate) force_rye_managed: bool,
    /// Outside of projects the shims run a toolchain of Rye's choice
    pub(crate) global_python: bool,
    /// The shims run the environment that `VIRTUAL_ENV` names, if there is one
    pub(crate) prefer_activated_venv: bool,
    /// Sync after `rye add` and `rye remove`, and before `rye run`
    pub(crate) autosync: bool,
    /// Mark new environments to be left out by cloud storage
    pub(crate) venv_mark_sync_ignore: bool,
    /// Keep what a fetched toolchain was built from, where its archive has it
    pub(crate) fetch_with_build_info: bool,
    /// Of no effect; Rye 0.44 knew it
    #[schemars(extend("deprecated" = true))]
    pub(crate) use_uv: bool,
}

impl Default for Behavior {
    fn default() -> Self {
        Self {
            force_rye_managed: false,
            global_python: false,
            prefer_activated_venv: false,
            autosync: true,
            venv_mark_sync_ignore: true,
            fetch_with_build_info: false,
            use_uv: true,
        }
    }
}

/// Which Pythons there are.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case", expecting = "a table")]
#[schemars(deny_unknown_fields)]
pub(crate) struct Toolchain {
    /// Which interpreters may satisfy a request
    pub(crate) preference: Preference,
    /// A URL or a directory that toolchains are fetched from instead of where the catalog says
    pub(crate) mirror: Option<String>,
}

/// Where newer versions of Rye are.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case", expecting = "a table")]
#[schemars(deny_unknown_fields)]
pub(crate) struct Update {
    /// A URL or a directory that has releases, for `rye self update`
    pub(crate) url: Option<String>,
    /// The URL of a git repository, for `rye self update` with `--tag`, `--rev` or `--branch`
    pub(crate) repository: Option<String>,
}

/// Which interpreters may satisfy a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Preference {
    /// What Rye installed, else what was registered, else what the system has
    #[default]
    Any,
    /// What Rye installed
    OnlyManaged,
    /// What was registered, else what the system has
    OnlySystem,
}

impl Config {
    /// Reads the settings; without a file they are the defaults. Unknown keys are warned of.
    pub(crate) fn load(env: &Env, ui: &Ui) -> Result<Self, Error> {
        let path = env.config_file();
        Self::read(env, |key| {
            ui.warn(format_args!("unknown key `{key}` in `{}`", path.display()));
        })
    }

    /// Reads the settings like [`Self::load`], and hands on the keys that are unknown.
    pub(crate) fn read(env: &Env, mut on_unknown: impl FnMut(String)) -> Result<Self, Error> {
        let path = env.config_file();
        let Some(text) = fs::find_text(&path)? else { return Ok(Self::default()) };
        let failed = |source| Error::Value { path: path.clone(), source };
        let deserializer = toml_edit::de::Deserializer::parse(&text).map_err(failed)?;
        serde_ignored::deserialize(deserializer, |key| {
            // serde_ignored marks what may be absent
            on_unknown(key.to_string().replace(".?", ""));
        })
        .map_err(failed)
    }
}

/// Sources are never written from here, and may hold secrets.
fn no_sources<S: Serializer>(_: &[Source], serializer: S) -> Result<S::Ok, S::Error> {
    [(); 0].serialize(serializer)
}

fn requires_python<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<VersionSpecifiers, D::Error> {
    let text = String::deserialize(deserializer)?;
    let text = text.trim();
    let is_version = text.parse::<Version>().is_ok();
    let specifiers = if is_version { format!(">={text}") } else { text.to_owned() };
    specifiers.parse().map_err(|error| D::Error::custom(packaging::reason(&error)))
}

/// Reads a value of those that the command line has for the same choice.
fn choice<'de, D: Deserializer<'de>, T: ValueEnum>(deserializer: D) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    T::from_str(&text, false).map_err(|_| {
        let values = T::value_variants().iter().filter_map(T::to_possible_value);
        // `>=` says more in a file than `greater-than-equal`
        let shortest = |value: PossibleValue| {
            let name = value.get_name_and_aliases().min_by_key(|name| name.len());
            format!("`{}`", name.unwrap_or_default())
        };
        let names = values.map(shortest).collect::<Vec<_>>().join(", ");
        D::Error::custom(format_args!("unknown variant `{text}`, expected one of {names}"))
    })
}

/// Returns the schema of the aliases, which [`Alias`] reads.
fn aliases(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "additionalProperties": {
            "anyOf": [
                { "type": "string", "minLength": 1 },
                { "type": "array", "items": { "type": "string" }, "minItems": 1 },
            ]
        }
    })
}

/// Returns the schema of a choice: every spelling that [`choice`] reads.
fn choices<T: ValueEnum>(_: &mut SchemaGenerator) -> Schema {
    let values = T::value_variants().iter().filter_map(T::to_possible_value);
    let names = values
        .flat_map(|value| value.get_name_and_aliases().map(str::to_owned).collect::<Vec<_>>());
    json_schema!({ "type": "string", "enum": names.collect::<Vec<_>>() })
}

/// Reads the settings' file for editing; an absent one is empty.
pub(crate) fn document(path: &Path) -> Result<DocumentMut, Error> {
    let text = fs::find_text(path)?.unwrap_or_default();
    text.parse().map_err(|source| Error::Syntax { path: path.to_owned(), source })
}
