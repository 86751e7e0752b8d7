//! All settings with the values that are in force, and where each comes from.

use serde_json::{Map, Value as Json};

use super::Error;
use super::edit::{self, Key};
use crate::env::{Env, Variable};
use crate::http::redacted_text;
use crate::ui::masked;

/// A setting that Rye knows.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(crate) key: &'static str,
    /// Null if nothing is set and there is no default
    pub(crate) value: Json,
    pub(crate) default: Json,
    pub(crate) origin: Origin,
}

/// Where the value of a setting comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Default,
    File,
    Variable(&'static str),
}

impl Origin {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::File => "config.toml",
            Self::Variable(name) => name,
        }
    }
}

/// Returns all settings, sorted by key. What may be secret in a value is masked.
pub(crate) fn settings(env: &Env) -> Result<Vec<Setting>, Error> {
    let keys: Vec<Key> = edit::KNOWN.keys().map(|key| key.parse()).collect::<Result<_, _>>()?;
    let stored = edit::find(env, &keys)?;
    let settings = edit::KNOWN.iter().map(|(key, default)| {
        let mut by_variable = Variable::ALL.iter().filter(|known| known.setting == Some(key));
        let (value, origin) =
            if let Some((name, value)) = by_variable.find_map(|known| known.find(env)) {
                (Json::from(value), Origin::Variable(name))
            } else if let Some(value) = &stored[key] {
                (value.to_json(), Origin::File)
            } else {
                (default.clone(), Origin::Default)
            };
        Setting { key, value: without_secrets(key, value), default: default.clone(), origin }
    });
    Ok(settings.collect())
}

/// A variable, or several that are for the same, with the values of those that are set.
#[derive(Debug)]
pub(crate) struct Surrounding {
    pub(crate) variable: &'static Variable,
    pub(crate) values: Map<String, Json>,
}

/// Returns the variables that Rye reads. What may be secret in a value is masked.
pub(crate) fn surroundings(env: &Env) -> Vec<Surrounding> {
    let surrounding = |variable: &'static Variable| {
        let value = |name: &&str| {
            let value = env.var_os(name)?.to_string_lossy();
            Some(((*name).to_owned(), without_secrets(name, value.into())))
        };
        Surrounding { variable, values: variable.names.iter().filter_map(value).collect() }
    };
    Variable::ALL.iter().map(surrounding).collect()
}

fn without_secrets(name: &str, value: Json) -> Json {
    match value {
        Json::String(text) => {
            let name = name.to_ascii_lowercase();
            let is_about = |words: &[&str]| words.iter().any(|word| name.contains(word));
            if is_about(&["password", "secret", "token"]) {
                "****".into()
            } else if is_about(&["proxy", "url", "index", "mirror", "repository"])
                && may_have_credentials(&text)
            {
                redacted_text(&text).into()
            } else {
                masked(&text).into()
            }
        }
        Json::Array(values) => {
            values.into_iter().map(|value| without_secrets(name, value)).collect()
        }
        Json::Object(table) => table
            .into_iter()
            .map(|(key, value)| {
                let value = without_secrets(&key, value);
                (key, value)
            })
            .collect(),
        Json::Null | Json::Bool(_) | Json::Number(_) => value,
    }
}

/// Tells whether what is meant as a URL may have a password in it: that of a proxy does without a scheme.
fn may_have_credentials(text: &str) -> bool {
    let is_url = text.contains("://");
    is_url || text.rsplit_once('@').is_some_and(|(before, _)| before.contains(':'))
}

/// Returns a value as TOML writes it in a line; `?` for none.
pub(crate) fn inline(value: &Json) -> String {
    match value {
        Json::Null => "?".to_owned(),
        Json::Array(values) => {
            format!("[{}]", values.iter().map(inline).collect::<Vec<_>>().join(", "))
        }
        Json::Object(table) => {
            let pairs = table.iter().map(|(key, value)| format!("{key} = {}", inline(value)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
        Json::Bool(_) | Json::Number(_) | Json::String(_) => value.to_string(),
    }
}
