//! The options that a lockfile was made with, remembered in its header.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::lock::{Lockfile, login};
use crate::packaging::PackageName;
use crate::project::{Cutoff, RyeTable, Strategy};
use crate::uv::Upgrade;
use crate::workspace::Workspace;

/// What was asked for on the command line.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) upgrade: Upgrade,
    /// Names whose locked versions are forgotten, without asking their sources again what they have
    pub(crate) unlocked: Vec<PackageName>,
    /// Names that must be locked, because somebody asked for their newest versions
    pub(crate) updated: Vec<PackageName>,
    pub(crate) pre: bool,
    pub(crate) features: Vec<String>,
    pub(crate) all_features: bool,
    pub(crate) with_sources: bool,
    pub(crate) generate_hashes: bool,
    pub(crate) universal: bool,
    /// Which versions to take, whatever the manifest says
    pub(crate) strategy: Option<Strategy>,
    /// Forget what the header remembers
    pub(crate) reset: bool,
}

impl Request {
    /// Tells whether nothing was asked for that the last time was not.
    pub(crate) fn is_default(&self) -> bool {
        self.upgrade == Upgrade::None
            && self.unlocked.is_empty()
            && self.features.is_empty()
            && self.strategy.is_none()
            && ![
                self.pre,
                self.all_features,
                self.with_sources,
                self.generate_hashes,
                self.universal,
                self.reset,
            ]
            .contains(&true)
    }

    /// Tells whether a distribution may come in another version than the locked one.
    pub(crate) fn frees(&self, name: &PackageName) -> bool {
        self.upgrade.has(name) || self.unlocked.contains(name)
    }
}

/// The options of a lockfile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Options {
    pub(crate) pre: bool,
    pub(crate) features: Vec<String>,
    pub(crate) all_features: bool,
    pub(crate) with_sources: bool,
    pub(crate) generate_hashes: bool,
    pub(crate) universal: bool,
    /// What the manifest says of the versions, recorded for those who read the lockfile
    #[serde(flatten)]
    pub(crate) choices: Choices,
}

/// Settings of a manifest that decide about versions, as the header records them where they are set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Choices {
    pub(crate) constraints: Vec<String>,
    pub(crate) overrides: Vec<String>,
    pub(crate) exclude_newer: Option<Cutoff>,
    #[serde(rename = "resolution")]
    pub(crate) strategy: Strategy,
}

impl Choices {
    /// Returns what a manifest says, with the credentials that it may have in URLs.
    pub(crate) fn of(manifest: &RyeTable) -> Self {
        Self {
            constraints: manifest.constraints.clone(),
            overrides: manifest.overrides.clone(),
            exclude_newer: manifest.exclude_newer.clone(),
            strategy: manifest.resolution,
        }
    }

    /// Returns what a header may record, which others read too.
    fn without_credentials(self) -> Self {
        let without = |texts: Vec<String>| texts.iter().map(|text| login::without(text)).collect();
        Self { constraints: without(self.constraints), overrides: without(self.overrides), ..self }
    }
}

/// The line of a header that the options follow.
pub(super) const INTRODUCTION: &str = "# last locked with the following flags:";

impl Options {
    /// Combines the manifest's settings, the command line and what is remembered: once switched
    /// on, an option stays on until `--reset`. Features that are named replace remembered ones.
    pub(crate) fn new(manifest: &RyeTable, request: &Request, remembered: Option<&Self>) -> Self {
        let nothing = Self::default();
        let remembered = remembered.filter(|_| !request.reset).unwrap_or(&nothing);
        let is_named = !request.features.is_empty();
        let all_features = request.all_features || (remembered.all_features && !is_named);
        let mut features = if is_named { &request.features } else { &remembered.features }.clone();
        features.sort();
        features.dedup();
        if all_features {
            features.clear();
        }
        Self {
            pre: request.pre || remembered.pre,
            features,
            all_features,
            with_sources: request.with_sources
                || manifest.lock_with_sources
                || remembered.with_sources,
            generate_hashes: request.generate_hashes
                || manifest.generate_hashes
                || remembered.generate_hashes,
            universal: request.universal || manifest.universal || remembered.universal,
            choices: Choices {
                strategy: request.strategy.unwrap_or(manifest.resolution),
                ..Choices::of(manifest).without_credentials()
            },
        }
    }

    /// Returns the options of a script's lockfile.
    pub(crate) fn of_script(
        workspace: &Workspace,
        request: &Request,
        present: Option<&Lockfile>,
    ) -> Self {
        let remembered = present.map(|lockfile| &lockfile.options);
        Self::new(workspace.root().manifest().rye(), request, remembered)
    }

    /// Takes an option from its line of a header.
    ///
    /// What this Rye does not know was written by a newer one, and to leave it out would change what is
    /// locked.
    pub(super) fn read(&mut self, name: &str, json: &str) -> Result<(), String> {
        fn parse<T: DeserializeOwned>(name: &str, json: &str) -> Result<T, String> {
            serde_json::from_str(json).map_err(|_| format!("`{json}` is no value for `{name}`"))
        }
        match name {
            "pre" => self.pre = parse(name, json)?,
            "features" => self.features = parse(name, json)?,
            "all-features" => self.all_features = parse(name, json)?,
            "with-sources" => self.with_sources = parse(name, json)?,
            "generate-hashes" => self.generate_hashes = parse(name, json)?,
            "universal" => self.universal = parse(name, json)?,
            "constraints" => self.choices.constraints = parse(name, json)?,
            "overrides" => self.choices.overrides = parse(name, json)?,
            "exclude-newer" => self.choices.exclude_newer = parse(name, json)?,
            "resolution" => self.choices.strategy = parse(name, json)?,
            _ => {
                return Err(format!(
                    "this Rye knows no option `{name}`; a newer one wrote the file"
                ));
            }
        }
        Ok(())
    }
}

impl fmt::Display for Options {
    /// Writes the header. The first six options are those of Rye 0.44, which wrote them always.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Choices { constraints, overrides, exclude_newer, strategy } = &self.choices;
        let set = |is_set: bool, value: Value| is_set.then_some(value);
        let options = [
            ("pre", Some(json!(self.pre))),
            ("features", Some(json!(self.features))),
            ("all-features", Some(json!(self.all_features))),
            ("with-sources", Some(json!(self.with_sources))),
            ("generate-hashes", Some(json!(self.generate_hashes))),
            ("universal", Some(json!(self.universal))),
            ("constraints", set(!constraints.is_empty(), json!(constraints))),
            ("overrides", set(!overrides.is_empty(), json!(overrides))),
            ("exclude-newer", exclude_newer.as_ref().map(|value| json!(value))),
            ("resolution", set(*strategy != Strategy::default(), json!(strategy))),
        ];
        writeln!(f, "{INTRODUCTION}")?;
        for (name, value) in options {
            if let Some(value) = value {
                writeln!(f, "#   {name}: {value}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on() -> Options {
        Options {
            pre: true,
            features: vec!["a".to_owned()],
            all_features: false,
            with_sources: true,
            generate_hashes: true,
            universal: true,
            choices: Choices::default(),
        }
    }

    #[test]
    fn what_the_manifest_chooses_is_recorded_and_not_remembered() {
        let table = RyeTable {
            constraints: vec!["a<2".to_owned()],
            exclude_newer: Some("7 days".parse().unwrap()),
            resolution: Strategy::LowestDirect,
            ..RyeTable::default()
        };
        let options = Options::new(&table, &Request::default(), None);
        let text = options.to_string();
        assert!(text.ends_with(
            "#   constraints: [\"a<2\"]\n#   exclude-newer: \"7 days\"\n#   resolution: \"lowest-direct\"\n"
        ));
        let mut read = Options::default();
        for line in text.lines().skip(1) {
            let (name, json) = line.trim_start_matches("#   ").split_once(": ").unwrap();
            read.read(name, json).unwrap();
        }
        assert_eq!(read, options);
        let reset = Options::new(&RyeTable::default(), &Request::default(), Some(&options));
        assert_eq!(reset.choices, Choices::default());
    }

    #[test]
    fn options_stay_on_until_reset() {
        let table = RyeTable::default();
        assert_eq!(Options::new(&table, &Request::default(), Some(&on())), on());
        let reset = Request { reset: true, ..Request::default() };
        assert_eq!(Options::new(&table, &reset, Some(&on())), Options::default());
    }

    #[test]
    fn named_features_replace_remembered_ones() {
        let table = RyeTable::default();
        let features = vec!["c".to_owned(), "b".to_owned(), "c".to_owned()];
        let request = Request { features, ..Request::default() };
        let remembered = Options { all_features: true, features: Vec::new(), ..on() };
        let options = Options::new(&table, &request, Some(&remembered));
        assert_eq!(options.features, ["b", "c"]);
        assert!(!options.all_features);
        let request = Request { all_features: true, ..request };
        assert_eq!(Options::new(&table, &request, None).features, [] as [String; 0]);
    }
}
