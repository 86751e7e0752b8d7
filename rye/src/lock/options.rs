//! The options that a lockfile was made with, remembered in its header.

use std::fmt::{self, Write as _};

use serde_json::Value;

use crate::packaging::PackageName;
use crate::project::RyeTable;
use crate::uv::Upgrade;

/// What was asked for on the command line.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) upgrade: Upgrade,
    /// Names that must be locked, because somebody asked for their newest versions
    pub(crate) updated: Vec<PackageName>,
    pub(crate) pre: bool,
    pub(crate) features: Vec<String>,
    pub(crate) all_features: bool,
    pub(crate) with_sources: bool,
    pub(crate) generate_hashes: bool,
    pub(crate) universal: bool,
    /// Forget what the header remembers
    pub(crate) reset: bool,
}

impl Request {
    /// Tells whether nothing was asked for that the last time was not.
    pub(crate) fn is_default(&self) -> bool {
        self.upgrade == Upgrade::None
            && self.features.is_empty()
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
}

/// The options of a lockfile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) pre: bool,
    pub(crate) features: Vec<String>,
    pub(crate) all_features: bool,
    pub(crate) with_sources: bool,
    pub(crate) generate_hashes: bool,
    pub(crate) universal: bool,
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
        }
    }

    /// Takes an option from its line of a header.
    ///
    /// An option of another Rye is none of ours; a value that is no JSON of the right type is an
    /// error.
    pub(super) fn read(&mut self, name: &str, json: &str) -> Result<(), String> {
        let failed = || format!("`{json}` is no value for `{name}`");
        let value: Value = serde_json::from_str(json).map_err(|_| failed())?;
        let place = match name {
            "pre" => &mut self.pre,
            "all-features" => &mut self.all_features,
            "with-sources" => &mut self.with_sources,
            "generate-hashes" => &mut self.generate_hashes,
            "universal" => &mut self.universal,
            "features" => {
                self.features = serde_json::from_value(value).map_err(|_| failed())?;
                return Ok(());
            }
            _ => return Ok(()),
        };
        *place = value.as_bool().ok_or_else(failed)?;
        Ok(())
    }
}

impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let features = Value::from(self.features.clone());
        let mut text = format!("{INTRODUCTION}\n#   pre: {}\n#   features: {features}\n", self.pre);
        for (name, value) in [
            ("all-features", self.all_features),
            ("with-sources", self.with_sources),
            ("generate-hashes", self.generate_hashes),
            ("universal", self.universal),
        ] {
            writeln!(text, "#   {name}: {value}")?;
        }
        f.write_str(&text)
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
        }
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
