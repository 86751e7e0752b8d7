//! Settings by their dotted keys: what `config.toml` holds under them, and changes to it.
//!
//! Knows which keys there are and leaves the rest of the file as it is. What a setting means is
//! for those who read the typed [`Config`].

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use serde::Deserialize as _;
use serde_json::{Number, Value as Json};
use toml_edit::{Decor, DocumentMut, InlineTable, Item, RawString, Table, TableLike, Value};

use super::Config;
use crate::env::Env;
use crate::error::{Hint, closest};
use crate::fs;

/// The keys that [`Config`] reads, each with its default; a text without one has `null`.
pub(super) static KNOWN: LazyLock<BTreeMap<String, Json>> = LazyLock::new(|| {
    let defaults = serde_json::to_value(Config::default()).expect("it has nothing odd");
    let Json::Object(sections) = defaults else { unreachable!("a struct is an object") };
    let keys = sections.into_iter().flat_map(|(section, value)| match value {
        Json::Object(keys) => {
            keys.into_iter().map(|(key, value)| (format!("{section}.{key}"), value)).collect()
        }
        value => vec![(section, value)],
    });
    keys.collect()
});

/// Returns the keys of all settings.
pub(crate) fn known() -> impl Iterator<Item = &'static str> {
    KNOWN.keys().map(String::as_str)
}

/// Spellings of Rye 0.44 that are the same settings, and what they are called now.
const LEGACY: [(&str, &str); 2] = [
    ("behavior.force_rye_managed", "behavior.force-rye-managed"),
    ("default.dependency_operator", "default.dependency-operator"),
];

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("`{text}` is no key")]
    Key { text: String },
    #[error("`{text}` is no assignment to a key")]
    Assignment { text: String },
    #[error("`{text}` is no {kind}, so `{key}` cannot be set to it")]
    Value { key: Key, text: String, kind: &'static str },
    #[error("`{table}` is no table, so `{key}` cannot be set below it")]
    NoTable { key: Key, table: Key },
    #[error("`{key}` is a table, so it cannot be set to a value")]
    Table { key: Key },
    #[error("`{key}` cannot be set to `{value}`: {reason}")]
    Type { key: Key, value: Stored, reason: String, hint: Option<&'static str> },
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Key { .. } => {
                "separate its parts by dots, as in `behavior.autosync`; quote a part with a dot in it"
                    .to_owned()
            }
            Self::Assignment { .. } => "write it as `KEY=VALUE`".to_owned(),
            Self::Value { kind, .. } if *kind == BOOLEAN => "write `true` or `false`".to_owned(),
            Self::Value { .. } => "write a whole number in decimal digits".to_owned(),
            Self::NoTable { table, .. } if table.is_known() => return None,
            Self::NoTable { table, .. } => format!("take it away first, with `--unset {table}`"),
            Self::Table { key } => match key.below().next() {
                Some(below) => format!("set a key in it, such as `{below}`"),
                None => format!("set a key in it, or take it away first, with `--unset {key}`"),
            },
            Self::Type { hint, .. } => return hint.map(str::to_owned),
        })
    }
}

const BOOLEAN: &str = "boolean";

/// The path of a setting.
///
/// Its parts are separated by dots and quoted where they have to be, as in TOML:
/// `behavior.autosync`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key(Vec<String>);

impl FromStr for Key {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts =
            toml_edit::Key::parse(text).map_err(|_| Error::Key { text: text.to_owned() })?;
        Ok(Self(parts.iter().map(|part| part.get().to_owned()).collect()))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.0.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { "." })?;
            f.write_str(&quoted(part))?;
        }
        Ok(())
    }
}

impl Key {
    fn split_last(&self) -> (&str, &[String]) {
        let (last, tables) = self.0.split_last().expect("a key has a part");
        (last, tables)
    }

    /// Returns the known keys of the table that this key names.
    fn below(&self) -> impl Iterator<Item = &'static str> {
        let table = format!("{self}.");
        known().filter(move |key| key.starts_with(&table))
    }

    /// Returns the keys of the tables that this key is in, the outermost first.
    fn above(&self) -> impl Iterator<Item = Self> {
        let (_, tables) = self.split_last();
        (1..=tables.len()).map(|depth| Self(tables[..depth].to_vec()))
    }

    /// Returns the same setting as it was, or will be, spelled by another version of Rye.
    fn other_spelling(&self) -> Option<Self> {
        let text = self.to_string();
        let other = LEGACY.iter().find_map(|(old, new)| match &text {
            text if text == old => Some(new),
            text if text == new => Some(old),
            _ => None,
        });
        other.map(|other| other.parse().expect("the constant is a key"))
    }

    fn is_known(&self) -> bool {
        let is_alias = matches!(self.0.as_slice(), [table, _] if table == "alias");
        is_alias || self.default().is_some()
    }

    /// Returns the default of a known key.
    fn default(&self) -> Option<&'static Json> {
        let under = |key: &Self| KNOWN.get(&key.to_string());
        under(self).or_else(|| under(&self.other_spelling()?))
    }

    /// Returns the known key that was probably meant: one with this name, in whichever table, or one
    /// that is written like it.
    fn nearest_known(&self) -> Option<&'static str> {
        let name = |key: &'static str| key.rsplit('.').next().unwrap_or_default();
        let (last, _) = self.split_last();
        let by_name = closest(last, known().map(name));
        let by_name = by_name.and_then(|nearest| known().find(|key| name(key) == nearest));
        by_name.or_else(|| closest(&self.to_string(), known()))
    }
}

/// A value as it is stored. Prints as on the command line: a text without quotes, all else in one
/// line of TOML.
#[derive(Clone, Debug)]
pub(crate) struct Stored(Item);

impl Stored {
    pub(crate) fn to_json(&self) -> Json {
        json(&self.0)
    }
}

impl fmt::Display for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_str() {
            Some(text) => f.write_str(text),
            None => f.write_str(&inline(&self.0)),
        }
    }
}

/// Returns what is stored under some keys; defaults do not count.
pub(crate) fn find(
    env: &Env,
    keys: &[Key],
) -> Result<BTreeMap<String, Option<Stored>>, super::Error> {
    let document = super::document(&env.config_file())?;
    let stored = |key: &Key| lookup(document.as_item(), &spelled(&document, key)).cloned();
    Ok(keys.iter().map(|key| (key.to_string(), stored(key).map(Stored))).collect())
}

/// A change to one setting.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Set(Key, Value),
    Unset(Key),
}

impl Change {
    /// Reads `KEY=TEXT`.
    pub(crate) fn set_text(assignment: &str) -> Result<Self, Error> {
        let (key, text) = split(assignment)?;
        Ok(Self::Set(key, text.into()))
    }

    /// Reads `KEY=INTEGER`.
    pub(crate) fn set_integer(assignment: &str) -> Result<Self, Error> {
        Self::set_parsed::<i64>(assignment, "integer")
    }

    /// Reads `KEY=true` or `KEY=false`.
    pub(crate) fn set_boolean(assignment: &str) -> Result<Self, Error> {
        Self::set_parsed::<bool>(assignment, BOOLEAN)
    }

    /// Reads `KEY`.
    pub(crate) fn unset(key: &str) -> Result<Self, Error> {
        key.parse().map(Self::Unset)
    }

    fn set_parsed<T: FromStr + Into<Value>>(
        assignment: &str,
        kind: &'static str,
    ) -> Result<Self, Error> {
        let (key, text) = split(assignment)?;
        match text.parse::<T>() {
            Ok(value) => Ok(Self::Set(key, value.into())),
            Err(_) => Err(Error::Value { key, text: text.to_owned(), kind }),
        }
    }
}

fn split(assignment: &str) -> Result<(Key, &str), Error> {
    let (key, value) = assignment
        .split_once('=')
        .ok_or_else(|| Error::Assignment { text: assignment.to_owned() })?;
    Ok((key.parse()?, value))
}

/// What the user should know of a change that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Remark {
    UnknownKey { key: Key, nearest: Option<&'static str> },
    NotSet { key: Key },
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownKey { key, nearest: None } => write!(f, "Rye knows no key `{key}`"),
            Self::UnknownKey { key, nearest: Some(nearest) } => {
                write!(f, "Rye knows no key `{key}`; the nearest that it knows is `{nearest}`")
            }
            Self::NotSet { key } => write!(f, "`{key}` was not set"),
        }
    }
}

/// Makes all the changes in `config.toml`, or none; creates the file if it is to hold something.
pub(crate) fn change(env: &Env, changes: &[Change]) -> Result<Vec<Remark>, super::Error> {
    // the lock is a file too, and a refused change shall leave none: look before taking it
    changed(env, changes)?;
    // others hold it for no longer than a write takes, so nobody is told of the wait
    let _lock = fs::lock(&env.locks().join("config.lock"), || {})?;
    let Changed { before, after, remarks } = changed(env, changes)?;
    if after != before {
        fs::write(&env.config_file(), after)?;
    }
    Ok(remarks)
}

struct Changed {
    before: String,
    after: String,
    remarks: Vec<Remark>,
}

fn changed(env: &Env, changes: &[Change]) -> Result<Changed, super::Error> {
    let path = env.config_file();
    let before = fs::find_text(&path)?.unwrap_or_default();
    let syntax = |source| super::Error::Syntax { path: path.clone(), source };
    let mut document: DocumentMut = before.parse().map_err(syntax)?;
    let remarks = apply(&mut document, changes)?;
    let mut after = document.to_string();
    if before.contains("\r\n") {
        // the parser turns all line ends into plain ones
        after = after.replace("\r\n", "\n").replace('\n', "\r\n");
    }
    toml_edit::de::from_str::<Config>(&after)
        .map_err(|source| super::Error::Value { path: path.clone(), source })?;
    Ok(Changed { before, after, remarks })
}

fn apply(document: &mut DocumentMut, changes: &[Change]) -> Result<Vec<Remark>, Error> {
    let mut remarks = Vec::new();
    for change in changes {
        match change {
            Change::Set(key, value) => {
                check(key, value)?;
                if !key.is_known() {
                    let nearest = key.nearest_known();
                    remarks.push(Remark::UnknownKey { key: key.clone(), nearest });
                }
                let key = spelled(document, key);
                let is_first = lookup(document.as_item(), &Key(vec![key.0[0].clone()])).is_none();
                set(document, &key, value.clone())?;
                if is_first {
                    put_below_comments(document, &key);
                }
            }
            Change::Unset(key) => {
                if !unset(document, &spelled(document, key)) {
                    remarks.push(Remark::NotSet { key: key.clone() });
                }
            }
        }
    }
    Ok(remarks)
}

/// Checks that [`Config`] takes a value for a key, whatever else the file holds.
fn check(key: &Key, value: &Value) -> Result<(), Error> {
    if key.below().next().is_some() {
        return Err(Error::Table { key: key.clone() });
    }
    if let Some(table) = key.above().find(Key::is_known) {
        let key = key.clone();
        return Err(Error::NoTable { key, table });
    }
    let mut document = DocumentMut::new();
    set(&mut document, key, value.clone()).expect("nothing is in the way in an empty document");
    let result = Config::deserialize(toml_edit::de::Deserializer::from(document));
    result.map(drop).map_err(|error| Error::Type {
        key: key.clone(),
        value: Stored(Item::Value(value.clone())),
        reason: error.message().to_owned(),
        hint: match key.default() {
            Some(Json::Bool(_)) if !value.is_bool() => Some("set it with `--set-bool`"),
            Some(Json::Null | Json::String(_)) if !value.is_str() => Some("set it with `--set`"),
            Some(Json::Array(_)) => Some("edit the file that `rye config --show-path` names"),
            _ => None,
        },
    })
}

/// Returns the key in the spelling that the document has it in.
fn spelled(document: &DocumentMut, key: &Key) -> Key {
    let is_there = |key: &Key| lookup(document.as_item(), key).is_some();
    let other = key.other_spelling().filter(|_| !is_there(key));
    other.filter(is_there).unwrap_or_else(|| key.clone())
}

fn lookup<'a>(root: &'a Item, key: &Key) -> Option<&'a Item> {
    key.0.iter().try_fold(root, |table, part| table.as_table_like()?.get(part))
}

fn set(document: &mut DocumentMut, key: &Key, mut value: Value) -> Result<(), Error> {
    let (last, tables) = key.split_last();
    let mut table: &mut dyn TableLike = document.as_table_mut();
    let mut is_inline = false;
    for (depth, part) in tables.iter().enumerate() {
        let item =
            table.entry(part).or_insert_with(|| empty_table(is_inline, depth + 1 < tables.len()));
        is_inline = item.is_inline_table();
        table = item.as_table_like_mut().ok_or_else(|| Error::NoTable {
            key: key.clone(),
            table: Key(tables[..=depth].to_vec()),
        })?;
    }
    match table.get_mut(last) {
        Some(Item::Value(existing)) if !existing.is_inline_table() => {
            // a comment behind the value stays
            let decor = existing.decor().clone();
            *existing = value;
            *existing.decor_mut() = decor;
        }
        None | Some(Item::None) => {
            let previous = table.iter_mut().last();
            let previous = previous.and_then(|(_, item)| item.as_value_mut());
            if let Some(previous) = previous.filter(|_| is_inline) {
                // the space before the brace goes with the last value
                let decor = previous.decor_mut();
                let space = decor.suffix().cloned().unwrap_or_default();
                decor.set_suffix("");
                value.decor_mut().set_suffix(space);
            }
            table.insert(last, Item::Value(value));
        }
        Some(_) => return Err(Error::Table { key: key.clone() }),
    }
    Ok(())
}

/// Puts a new table below the comments at the end of the file, which belong to what is above.
fn put_below_comments(document: &mut DocumentMut, key: &Key) {
    let (_, tables) = key.split_last();
    let comments = document.trailing().as_str().unwrap_or_default().to_owned();
    let table = tables
        .iter()
        .try_fold(document.as_item_mut(), |table, part| table.as_table_like_mut()?.get_mut(part));
    if let Some(Item::Table(table)) = table
        && !tables.is_empty()
        && !comments.is_empty()
    {
        table.decor_mut().set_prefix(format!("{comments}\n"));
        document.set_trailing("");
    }
}

/// Returns a table to be put into another, which may be an inline one. An implicit one has no
/// header of its own.
fn empty_table(is_inline: bool, is_implicit: bool) -> Item {
    if is_inline {
        return Item::Value(InlineTable::new().into());
    }
    let mut table = Table::new();
    table.set_implicit(is_implicit);
    Item::Table(table)
}

/// Takes a key away; tells whether it was there.
fn unset(document: &mut DocumentMut, key: &Key) -> bool {
    let (last, tables) = key.split_last();
    let mut table: &mut dyn TableLike = document.as_table_mut();
    for part in tables {
        match table.get_mut(part).and_then(Item::as_table_like_mut) {
            Some(below) => table = below,
            None => return false,
        }
    }
    if table.remove(last).is_none() {
        return false;
    }
    // a table that it leaves empty goes too
    let is_done = tables.is_empty() || !is_bare(document, tables);
    is_done || unset(document, &Key(tables.to_vec()))
}

/// Tells whether a table is empty and no comment would go with it.
fn is_bare(document: &DocumentMut, table: &[String]) -> bool {
    let is_blank = |text: Option<&RawString>| {
        text.and_then(RawString::as_str).is_none_or(|text| text.trim().is_empty())
    };
    let is_undecorated = |decor: &Decor| is_blank(decor.prefix()) && is_blank(decor.suffix());
    let Some(item) = lookup(document.as_item(), &Key(table.to_vec())) else { return false };
    item.as_table_like().is_some_and(TableLike::is_empty)
        && match item {
            Item::Table(table) => is_undecorated(table.decor()),
            Item::Value(value) => is_undecorated(value.decor()),
            Item::None | Item::ArrayOfTables(_) => false,
        }
}

/// Returns an item as one line of TOML.
fn inline(item: &Item) -> String {
    match item {
        Item::None => String::new(),
        Item::Value(Value::Array(array)) => {
            bracketed(array.iter().map(|value| inline(&value.clone().into())))
        }
        Item::Value(Value::String(text)) => quoted_text(text.value()),
        Item::Value(Value::Integer(number)) => number.value().to_string(),
        Item::Value(value) if !value.is_inline_table() => {
            value.clone().decorated("", "").to_string()
        }
        Item::ArrayOfTables(tables) => {
            bracketed(tables.iter().map(|table| inline(&Item::Table(table.clone()))))
        }
        Item::Table(_) | Item::Value(_) => {
            let table = item.as_table_like().into_iter();
            let pairs = table.flat_map(|table| {
                table.iter().map(|(key, item)| format!("{} = {}", quoted(key), inline(item)))
            });
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
    }
}

fn bracketed(values: impl Iterator<Item = String>) -> String {
    format!("[{}]", values.collect::<Vec<_>>().join(", "))
}

/// Returns a key as TOML has it, in quotes if need be.
fn quoted(key: &str) -> String {
    toml_edit::Key::new(key).display_repr().into_owned()
}

/// Returns a text as TOML has it, in one line.
fn quoted_text(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    if quoted.contains('\n') {
        // JSON's escapes are among those of TOML
        return Json::from(text).to_string();
    }
    quoted
}

fn json(item: &Item) -> Json {
    match item {
        Item::None => Json::Null,
        Item::Value(Value::String(text)) => text.value().as_str().into(),
        Item::Value(Value::Integer(number)) => (*number.value()).into(),
        // JSON has no infinity
        Item::Value(Value::Float(number)) => {
            Number::from_f64(*number.value()).map_or(Json::Null, Json::Number)
        }
        Item::Value(Value::Boolean(answer)) => (*answer.value()).into(),
        Item::Value(Value::Datetime(time)) => time.value().to_string().into(),
        Item::Value(Value::Array(array)) => {
            array.iter().map(|value| json(&value.clone().into())).collect()
        }
        Item::ArrayOfTables(tables) => {
            tables.iter().map(|table| json(&Item::Table(table.clone()))).collect()
        }
        Item::Table(_) | Item::Value(Value::InlineTable(_)) => {
            let table = item.as_table_like().into_iter();
            table
                .flat_map(|table| table.iter().map(|(key, item)| (key.to_owned(), json(item))))
                .collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_spellings_are_those_of_known_keys() {
        for (old, new) in LEGACY {
            let key: Key = old.parse().unwrap();
            assert!(key.is_known() && KNOWN.contains_key(new) && !KNOWN.contains_key(old));
        }
    }

    #[track_caller]
    fn edited(text: &str, changes: &[Result<Change, Error>]) -> Result<String, Error> {
        let mut document: DocumentMut = text.parse().unwrap();
        let changes: Vec<_> =
            changes.iter().map(|change| change.as_ref().unwrap().clone()).collect();
        apply(&mut document, &changes)?;
        Ok(document.to_string())
    }

    #[test]
    fn only_what_was_asked_for_changes() {
        #[track_caller]
        fn check(text: &str, change: Result<Change, Error>, expected: &str) {
            assert_eq!(edited(text, &[change]).unwrap(), expected);
        }
        let license = || Change::set_text("default.license=MIT");
        check("", license(), "[default]\nlicense = \"MIT\"\n");
        check("# top\n", license(), "# top\n\n[default]\nlicense = \"MIT\"\n");
        check(
            "# top\n[default] # h\n  license   =  'X' # why\n# end\n",
            license(),
            "# top\n[default] # h\n  license   =  \"MIT\" # why\n# end\n",
        );
        check(
            "default.author = \"A\"\n\n[proxy]\n",
            license(),
            "default.author = \"A\"\ndefault.license = \"MIT\"\n\n[proxy]\n",
        );
        check(
            "default = { author = \"A\" } # c\n",
            license(),
            "default = { author = \"A\", license = \"MIT\" } # c\n",
        );
        check("", Change::set_integer("a.b.c=-5"), "[a.b]\nc = -5\n");
        check("", Change::set_text("a.\"b.c\"=x=y"), "[a]\n\"b.c\" = \"x=y\"\n");
        check(
            "[behavior]\nforce_rye_managed = false\n",
            Change::set_boolean("behavior.force-rye-managed=true"),
            "[behavior]\nforce_rye_managed = true\n",
        );
        check(
            "[default]\n# of the licence\nlicense = \"X\"\n# of the author\nauthor = \"A\"\n",
            Change::unset("default.license"),
            "[default]\n# of the author\nauthor = \"A\"\n",
        );
        check("[default]\n", Change::unset("zz.y.x"), "[default]\n");
        // what it empties goes with it, but for comments
        let unset_license = || Change::unset("default.license");
        check("[default]\nlicense = \"X\"\n[proxy]\n", unset_license(), "[proxy]\n");
        check("default = { license = \"X\" }\n", unset_license(), "");
        check("[a.b]\nc = 1\n", Change::unset("a.b.c"), "");
        check("[a]\n[a.b]\nc = 1\n", Change::unset("a.b.c"), "");
        check("[a]\nx = 1\n[a.b]\nc = 1\n", Change::unset("a.b.c"), "[a]\nx = 1\n");
        check("[default] # h\nlicense = \"X\"\n", unset_license(), "[default] # h\n");
        check("# h\n[default]\nlicense = \"X\"\n", unset_license(), "# h\n[default]\n");
        check("default = { license = \"X\" } # h\n", unset_license(), "default = {} # h\n");
        check("[default]\nlicense = \"X\"\n# end\n", unset_license(), "# end\n");
        check("[proxy]\nhttp = \"x\"\n[default]\n", Change::unset("proxy"), "[default]\n");
    }

    #[test]
    fn what_cannot_be_set_is_refused() {
        #[track_caller]
        fn check(text: &str, change: Result<Change, Error>, expected: &str, hint: Option<&str>) {
            let error = change.and_then(|change| edited(text, &[Ok(change)])).unwrap_err();
            assert_eq!(error.to_string(), expected);
            assert_eq!(error.hint().as_deref(), hint);
        }
        check(
            "",
            Change::set_text("behavior.autosync=true"),
            "`behavior.autosync` cannot be set to `true`: \
             invalid type: string \"true\", expected a boolean",
            Some("set it with `--set-bool`"),
        );
        check(
            "",
            Change::set_boolean("default.license=true"),
            "`default.license` cannot be set to `true`: \
             invalid type: boolean `true`, expected a string",
            Some("set it with `--set`"),
        );
        check(
            "",
            Change::set_text("toolchain.preference=mine"),
            "`toolchain.preference` cannot be set to `mine`: \
             unknown variant `mine`, expected one of `any`, `only-managed`, `only-system`",
            None,
        );
        check(
            "",
            Change::set_boolean("toolchain.preference=true"),
            "`toolchain.preference` cannot be set to `true`: wanted string or table",
            Some("set it with `--set`"),
        );
        check(
            "",
            Change::set_text("sources=x"),
            "`sources` cannot be set to `x`: invalid type: string \"x\", expected a sequence",
            Some("edit the file that `rye config --show-path` names"),
        );
        check(
            "",
            Change::set_text("default=x"),
            "`default` is a table, so it cannot be set to a value",
            Some("set a key in it, such as `default.author`"),
        );
        check(
            "[mine]\n",
            Change::set_text("mine=x"),
            "`mine` is a table, so it cannot be set to a value",
            Some("set a key in it, or take it away first, with `--unset mine`"),
        );
        check(
            "",
            Change::set_text("sources.url=x"),
            "`sources` is no table, so `sources.url` cannot be set below it",
            None,
        );
        check(
            "mine = 5\n",
            Change::set_text("mine.x.y=x"),
            "`mine` is no table, so `mine.x.y` cannot be set below it",
            Some("take it away first, with `--unset mine`"),
        );
        check(
            "",
            Change::set_boolean("behavior.autosync=yes"),
            "`yes` is no boolean, so `behavior.autosync` cannot be set to it",
            Some("write `true` or `false`"),
        );
        check(
            "",
            Change::set_integer("a=1.5"),
            "`1.5` is no integer, so `a` cannot be set to it",
            Some("write a whole number in decimal digits"),
        );
        check(
            "",
            Change::set_text("a.b"),
            "`a.b` is no assignment to a key",
            Some("write it as `KEY=VALUE`"),
        );
        check(
            "",
            Change::set_text("a..b=1"),
            "`a..b` is no key",
            Some(
                "separate its parts by dots, as in `behavior.autosync`; quote a part with a dot in it",
            ),
        );
    }

    #[test]
    fn values_print_in_one_line() {
        #[track_caller]
        fn check(text: &str, expected: &str, expected_json: &str) {
            let document: DocumentMut = text.parse().unwrap();
            let stored =
                Stored(lookup(document.as_item(), &Key(vec!["a".to_owned()])).unwrap().clone());
            assert_eq!(stored.to_string(), expected);
            assert_eq!(stored.to_json().to_string(), expected_json);
        }
        check("a = 'x \"y\"'", "x \"y\"", r#""x \"y\"""#);
        check("a = 0x10", "16", "16");
        check("a = 1.50 # c", "1.50", "1.5");
        check("a = inf", "inf", "null");
        check("a = false", "false", "false");
        check("a = 2024-01-02", "2024-01-02", "\"2024-01-02\"");
        check("a = [1, # c\n 'b', ['c']]", "[1, \"b\", [\"c\"]]", r#"[1,"b",["c"]]"#);
        check(
            "a = {  b.c = 1, \"d e\" = 'x' }",
            "{b = {c = 1}, \"d e\" = \"x\"}",
            r#"{"b":{"c":1},"d e":"x"}"#,
        );
        check("[a]\nb = 1\n[a.c]\n", "{b = 1, c = {}}", r#"{"b":1,"c":{}}"#);
        check("[[a]]\nb = 1\n[[a]]\n", "[{b = 1}, {}]", r#"[{"b":1},{}]"#);
        check("a = [\"\"\"x\ny\"\"\"]", "[\"x\\ny\"]", r#"["x\ny"]"#);
    }

    #[test]
    fn the_nearest_key_is_the_one_with_the_fewest_changes() {
        #[track_caller]
        fn check(key: &str, expected: &str) {
            let key: Key = key.parse().unwrap();
            assert!(!key.is_known());
            assert_eq!(key.nearest_known(), Some(expected).filter(|key| !key.is_empty()));
        }
        check("default.toolchian", "default.toolchain");
        check("behaviour.autosync", "behavior.autosync");
        check("autosync", "behavior.autosync");
        check("default.autosync", "behavior.autosync");
        check("source", "sources");
        check("proxy.htps", "proxy.https");
        check("mine.x", "");
        check("proxy.foo", "");
    }
}
