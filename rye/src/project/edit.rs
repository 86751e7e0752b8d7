//! Edits of `pyproject.toml`, or of the metadata of a script, that change what was asked and nothing else.
//!
//! The text of the file is the truth. The tree that is parsed from it only says where things are;
//! an edit splices the text and parses the result again. So comments, order, quoting and line
//! endings of the rest cannot change. Nothing here reads or writes a file, and the text of a
//! requirement is the caller's choice.

mod array;
mod place;
mod text;

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use toml_edit::{Array, Item, TomlError, Value};

use crate::error::Hint;
use crate::packaging::{ExtraName, PackageName, Requirement};

use self::array::Layout;
use self::place::Place;
use self::text::{Splice, array_of, quote, span};

/// A parsed `pyproject.toml` and the text it was parsed from.
#[derive(Debug)]
pub(crate) struct Document {
    toml: toml_edit::Document<String>,
}

/// A list of requirements in a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum List {
    /// `project.dependencies`
    Regular,
    /// `tool.rye.dev-dependencies`
    Dev,
    /// `tool.rye.excluded-dependencies`
    Excluded,
    /// `project.optional-dependencies.<extra>`
    Optional(ExtraName),
    /// `dependencies` of the metadata of a script (PEP 723)
    Script,
    /// `dependency-groups.<name>` (PEP 735), whose names are normalized like those of extras
    Group(ExtraName),
}

/// What adding a requirement did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Added {
    New,
    /// It took the place of this text.
    Replaced(String),
    /// The list had this very text.
    Unchanged,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("`{text}` is not a requirement: {reason}")]
    Requirement { text: String, reason: String },
    #[error("there is no `[project]` table")]
    NoProject,
    #[error("`{key}` is of type {found}, expected {expected}")]
    Type { key: String, found: &'static str, expected: &'static str },
    #[error("the edit would leave a manifest that cannot be read")]
    Unreadable(#[source] TomlError),
}

impl Document {
    pub(crate) fn parse(text: &str) -> Result<Self, TomlError> {
        Ok(Self { toml: toml_edit::Document::parse(text.to_owned())? })
    }

    /// Returns the text, byte for byte the one that was parsed where nothing was edited.
    pub(crate) fn to_text(&self) -> String {
        self.text().to_owned()
    }

    /// Returns the requirements of a list as they are written; a list that is missing has none.
    #[cfg(test)]
    fn requirements(&self, list: &List) -> Result<Vec<&str>, Error> {
        let path = self.path_of(list)?;
        match Place::find(self.toml.as_item(), &path)? {
            Place::Found { item, .. } => {
                texts(list, &path, item).map(|(_, texts)| texts.into_iter().flatten().collect())
            }
            Place::Missing(_) => Ok(Vec::new()),
        }
    }

    /// Adds a requirement (PEP 508), in its place if the list is sorted by name, else at the end.
    ///
    /// It replaces the first entry with the same name and marker. A lone entry of that name is also
    /// replaced if it or the new one has no marker: one that holds everywhere cannot be half of a
    /// split by environment.
    pub(crate) fn add_requirement(&mut self, list: &List, text: &str) -> Result<Added, Error> {
        let new = Requirement::from_str(text).map_err(|err| Error::Requirement {
            text: text.to_owned(),
            reason: err.message.to_string(),
        })?;
        let path = self.path_of(list)?;
        let (item, inline) = match Place::find(self.toml.as_item(), &path)? {
            Place::Found { item, inline } => (item, inline),
            Place::Missing(gap) => {
                let value = quote(text, "");
                let splice = gap.fill(self.text(), |outer| array_of(&value, self.text(), outer))?;
                self.apply(vec![splice])?;
                return Ok(Added::New);
            }
        };
        let (array, texts) = texts(list, &path, item)?;
        let entries = parse(&texts);
        let layout = Layout::of(self.text(), array);
        if let Some(old) = replaced_by(&new, &entries) {
            if old.text == text {
                return Ok(Added::Unchanged);
            }
            let replaced = old.text.to_owned();
            let splice = self.replace(layout.span(old.index), text);
            self.apply(vec![splice])?;
            return Ok(Added::Replaced(replaced));
        }
        // An entry that holds a quote had no choice, so it says nothing about the list's style.
        let model = entries.iter().rfind(|entry| !entry.text.contains(['"', '\'']));
        let like = model.map_or("", |model| &self.text()[layout.span(model.index)]);
        let index = position(&new, &entries).unwrap_or(texts.len());
        let splices = layout.insert(index, &quote(text, like), inline);
        self.apply(splices)?;
        Ok(Added::New)
    }

    /// Rewrites the requirements of a list for which there is another text, each in its place.
    pub(crate) fn rewrite_requirements(
        &mut self,
        list: &List,
        mut rewrite: impl FnMut(&str) -> Option<String>,
    ) -> Result<(), Error> {
        let path = self.path_of(list)?;
        let Place::Found { item, .. } = Place::find(self.toml.as_item(), &path)? else {
            return Ok(());
        };
        let (array, texts) = texts(list, &path, item)?;
        let layout = Layout::of(self.text(), array);
        let splices = texts.into_iter().enumerate().filter_map(|(index, text)| {
            let text = rewrite(text?)?;
            Some(self.replace(layout.span(index), &text))
        });
        self.apply(splices.collect())
    }

    /// Removes every entry of that name and returns their texts, none if there was no such entry.
    ///
    /// A comment at the end of an entry's line goes with it. Comment lines directly above head all
    /// entries up to the next comment or blank line: they go with the last of those, or stay.
    pub(crate) fn remove_requirement(
        &mut self,
        list: &List,
        name: &PackageName,
    ) -> Result<Vec<String>, Error> {
        let mut removed = Vec::new();
        loop {
            let path = self.path_of(list)?;
            let Place::Found { item, .. } = Place::find(self.toml.as_item(), &path)? else {
                return Ok(removed);
            };
            let (array, texts) = texts(list, &path, item)?;
            let Some(entry) =
                parse(&texts).into_iter().find(|entry| entry.requirement.name == *name)
            else {
                return Ok(removed);
            };
            removed.push(entry.text.to_owned());
            let splices = Layout::of(self.text(), array).remove(entry.index);
            self.apply(splices)?;
        }
    }

    /// Adds a glob to `tool.rye.workspace.members`, at the end.
    pub(crate) fn add_member(&mut self, glob: &str) -> Result<(), Error> {
        let path = ["tool", "rye", "workspace", "members"];
        let splices = match Place::find(self.toml.as_item(), &path)? {
            Place::Found { item, inline } => {
                let array = item.as_array();
                let array =
                    array.ok_or_else(|| Error::of_type(&path, item.type_name(), "array"))?;
                let layout = Layout::of(self.text(), array);
                let last = array.len().checked_sub(1);
                let like = last.map_or("", |last| &self.text()[layout.span(last)]);
                layout.insert(array.len(), &quote(glob, like), inline)
            }
            Place::Missing(gap) => {
                let value = quote(glob, "");
                vec![gap.fill(self.text(), |outer| array_of(&value, self.text(), outer))?]
            }
        };
        self.apply(splices)
    }

    /// Sets `project.requires-python`.
    pub(crate) fn set_requires_python(&mut self, specifiers: &str) -> Result<(), Error> {
        self.set_string(&["project", "requires-python"], specifiers)
    }

    /// Sets `project.version`.
    pub(crate) fn set_version(&mut self, version: &str) -> Result<(), Error> {
        self.set_string(&["project", "version"], version)
    }

    /// Sets the string at a path of keys, at least a table and its key; missing tables are created.
    ///
    /// `[project]` is not: without a name it would be invalid (PEP 621).
    fn set_string(&mut self, path: &[&str], value: &str) -> Result<(), Error> {
        debug_assert!(path.len() > 1);
        let splice = match Place::find(self.toml.as_item(), path)? {
            Place::Found { item, .. } => match item.as_str() {
                Some(old) if old == value => return Ok(()),
                Some(_) => self.replace(span(item.span()), value),
                None => return Err(Error::of_type(path, item.type_name(), "string")),
            },
            Place::Missing(gap) => gap.fill(self.text(), |_| quote(value, ""))?,
        };
        self.apply(vec![splice])
    }

    fn text(&self) -> &str {
        self.toml.raw()
    }

    /// Replaces a string by one in the same style.
    fn replace(&self, range: Range<usize>, value: &str) -> Splice {
        let text = quote(value, &self.text()[range.clone()]);
        Splice { range, text }
    }

    /// Returns the keys that lead to a list, an extra or a group as the manifest spells it.
    fn path_of<'a>(&'a self, list: &'a List) -> Result<Vec<&'a str>, Error> {
        let (mut path, name) = match list {
            List::Regular => return Ok(vec!["project", "dependencies"]),
            List::Script => return Ok(vec!["dependencies"]),
            List::Dev => return Ok(vec!["tool", "rye", "dev-dependencies"]),
            List::Excluded => return Ok(vec!["tool", "rye", "excluded-dependencies"]),
            List::Optional(name) => (vec!["project", "optional-dependencies"], name),
            List::Group(name) => (vec!["dependency-groups"], name),
        };
        let spelling = match Place::find(self.toml.as_item(), &path)? {
            Place::Found { item, .. } => item.as_table_like().and_then(|table| {
                let mut keys = table.iter().map(|(key, _)| key);
                keys.find(|key| ExtraName::from_str(key).is_ok_and(|key| key == *name))
            }),
            Place::Missing(_) => None,
        };
        path.push(spelling.unwrap_or(name.as_ref()));
        Ok(path)
    }

    /// Applies splices, given in the order of the text and not overlapping, or changes nothing.
    fn apply(&mut self, splices: Vec<Splice>) -> Result<(), Error> {
        let mut text = self.text().to_owned();
        for splice in splices.into_iter().rev() {
            text.replace_range(splice.range, &splice.text);
        }
        self.toml = toml_edit::Document::parse(text).map_err(Error::Unreadable)?;
        Ok(())
    }
}

impl List {
    /// Returns the keys that lead to the list, an extra's or a group's name normalized.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::Regular => "project.dependencies".to_owned(),
            Self::Script => "dependencies".to_owned(),
            Self::Dev => "tool.rye.dev-dependencies".to_owned(),
            Self::Excluded => "tool.rye.excluded-dependencies".to_owned(),
            Self::Optional(extra) => format!("project.optional-dependencies.{extra}"),
            Self::Group(name) => format!("dependency-groups.{name}"),
        }
    }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Regular => f.write_str("regular"),
            Self::Script => f.write_str("script"),
            Self::Dev => f.write_str("dev"),
            Self::Excluded => f.write_str("excluded"),
            Self::Optional(extra) => write!(f, "optional ({extra})"),
            Self::Group(name) => write!(f, "group {name}"),
        }
    }
}

impl Error {
    fn of_type(path: &[&str], found: &'static str, expected: &'static str) -> Self {
        Self::Type { key: path.join("."), found, expected }
    }
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Requirement { .. } => {
                Some("write it as PEP 508 has it: `name[extra]>=1.0; marker`".to_owned())
            }
            Self::NoProject => {
                Some("add `[project]` with a `name` and a `version` to the file".to_owned())
            }
            Self::Type { .. } | Self::Unreadable(_) => None,
        }
    }
}

/// Returns the array of a list and the text of each entry, none where a group is included.
fn texts<'a>(
    list: &List,
    path: &[&str],
    item: &'a Item,
) -> Result<(&'a Array, Vec<Option<&'a str>>), Error> {
    let array = item.as_array().ok_or_else(|| Error::of_type(path, item.type_name(), "array"))?;
    let text_of = |(index, value): (usize, &'a Value)| match value {
        Value::String(text) => Ok(Some(text.value().as_str())),
        Value::InlineTable(_) if matches!(list, List::Group(_)) => Ok(None),
        _ => {
            let key = format!("{}[{index}]", path.join("."));
            Err(Error::of_type(&[&key], value.type_name(), "string"))
        }
    };
    let texts: Result<_, _> = array.iter().enumerate().map(text_of).collect();
    Ok((array, texts?))
}

/// An entry of an array that is a requirement.
struct Entry<'a> {
    index: usize,
    text: &'a str,
    requirement: Requirement,
}

/// Returns the entries that parse; others, such as `${NAME}==1`, match nothing.
fn parse<'a>(texts: &[Option<&'a str>]) -> Vec<Entry<'a>> {
    let entry = |(index, text): (usize, Option<&'a str>)| {
        let requirement = text?.parse().ok()?;
        Some(Entry { index, text: text?, requirement })
    };
    texts.iter().copied().enumerate().filter_map(entry).collect()
}

/// Returns the entry that a new requirement takes the place of.
fn replaced_by<'a, 'b>(new: &Requirement, entries: &'b [Entry<'a>]) -> Option<&'b Entry<'a>> {
    let same_name: Vec<_> =
        entries.iter().filter(|entry| entry.requirement.name == new.name).collect();
    let same_marker = same_name.iter().find(|entry| entry.requirement.marker == new.marker);
    match (same_marker, &same_name[..]) {
        (Some(entry), _) => Some(entry),
        (None, [only]) if new.marker.is_true() || only.requirement.marker.is_true() => Some(only),
        (None, _) => None,
    }
}

/// Returns where a new requirement goes in a list of two or more that is sorted by name.
fn position(new: &Requirement, entries: &[Entry]) -> Option<usize> {
    let (Some(last), true) = (entries.last(), entries.len() > 1) else {
        return None;
    };
    let next = entries.iter().find(|entry| entry.requirement.name > new.name);
    let index = next.map_or(last.index + 1, |next| next.index);
    entries.is_sorted_by_key(|entry| &entry.requirement.name).then_some(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGULAR: List = List::Regular;

    fn extra(name: &str) -> List {
        List::Optional(name.parse().unwrap())
    }

    fn group(name: &str) -> List {
        List::Group(name.parse().unwrap())
    }

    /// Reads a diff in full context, indented by eight: the manifest before and the one after.
    fn sides(diff: &str) -> (String, String) {
        let (mut before, mut after) = (String::new(), String::new());
        for line in diff.trim_start_matches('\n').trim_end_matches(' ').lines() {
            let line = line.strip_prefix("        ").unwrap_or(line);
            let (sign, text) = line.split_at_checked(1).unwrap_or((" ", ""));
            for (side, other) in [(&mut before, "+"), (&mut after, "-")] {
                if sign != other {
                    side.push_str(text);
                    side.push('\n');
                }
            }
        }
        (before, after)
    }

    /// Checks an edit by its diff: as written, with Windows line endings, behind a BOM, and without
    /// a final newline.
    #[track_caller]
    fn check(edit: impl Fn(&mut Document), diff: &str) {
        let (before, after) = sides(diff);
        let chomp = |text: &str| text.strip_suffix('\n').unwrap_or(text).to_owned();
        let mut variants = vec![
            (before.clone(), after.clone()),
            (format!("\u{feff}{before}"), format!("\u{feff}{after}")),
        ];
        if !before.is_empty() {
            let windows = |text: &str| text.replace('\n', "\r\n");
            variants.push((windows(&before), windows(&after)));
        }
        // A table at the end is written with its newline, whatever the end was like.
        if !after.starts_with(&before) {
            variants.push((chomp(&before), chomp(&after)));
        }
        for (before, after) in variants {
            let mut document = Document::parse(&before).unwrap();
            assert_eq!(document.to_text(), before);
            edit(&mut document);
            assert_eq!(document.text(), after);
        }
    }

    /// `check` in a form that lets the diff follow the edit, and that rustfmt leaves alone.
    macro_rules! diff {
        ($edit:expr => $diff:expr) => {
            check($edit, $diff)
        };
    }

    fn add(list: &List, requirement: &str) -> impl Fn(&mut Document) {
        move |document| {
            assert_eq!(document.add_requirement(list, requirement).unwrap(), Added::New);
            assert!(document.requirements(list).unwrap().contains(&requirement));
        }
    }

    fn replace(old: &str, requirement: &str) -> impl Fn(&mut Document) {
        move |document| {
            let added = document.add_requirement(&REGULAR, requirement).unwrap();
            assert_eq!(added, Added::Replaced(old.to_owned()));
        }
    }

    fn remove(list: &List, name: &str) -> impl Fn(&mut Document) {
        move |document| {
            let name = name.parse().unwrap();
            let parse = |text: &str| Some(Requirement::from_str(text).ok()?.name);
            let texts: Vec<_> =
                document.requirements(list).unwrap().into_iter().map(str::to_owned).collect();
            let (hits, rest): (Vec<_>, Vec<_>) =
                texts.into_iter().partition(|text| parse(text).as_ref() == Some(&name));
            assert_eq!(document.remove_requirement(list, &name).unwrap(), hits);
            assert_eq!(document.requirements(list).unwrap(), rest);
        }
    }

    fn set(path: &[&str], value: &str) -> impl Fn(&mut Document) {
        move |document| document.set_string(path, value).unwrap()
    }

    #[track_caller]
    fn fails(list: &List, requirement: &str, text: &str, message: &str) {
        let mut document = Document::parse(text).unwrap();
        let err = document.add_requirement(list, requirement).unwrap_err();
        assert_eq!(err.to_string(), message);
        assert_eq!(document.text(), text);
    }

    #[test]
    fn members_go_to_the_end() {
        let member = |document: &mut Document| document.add_member("libs/c").unwrap();
        diff!(member => r#"
         [tool.rye.workspace]
        -members = ["app", 'libs/*']
        +members = ["app", 'libs/*', 'libs/c']
        "#);
        diff!(member => r#"
         [tool.rye.workspace]
         members = [
             "app", # first
        +    "libs/c",
         ]
        "#);
        diff!(member => r#"
         [tool.rye.workspace]
         exclude = ["old"]
        +members = [
        +    "libs/c",
        +]
        "#);
    }

    #[test]
    fn requirements_of_a_script_stand_outside_of_tables() {
        let script = List::Script;
        diff!(add(&script, "x") => r#"
         requires-python = ">=3.9"
        +dependencies = [
        +    "x",
        +]
        
         # about y
         [tool.y]
         a = 1
        "#);
        diff!(add(&script, "x") => r#"
         # about the whole

        +dependencies = [
        +    "x",
        +]
        +
         # about y
         [tool.y.z]
         a = 1
        "#);
        diff!(add(&script, "x") => r#"
        +dependencies = [
        +    "x",
        +]
        "#);
        diff!(add(&script, "x") => r#"
         # only this
        +dependencies = [
        +    "x",
        +]
        "#);
        diff!(add(&script, "x") => r#"
        -dependencies = ["a"]
        +dependencies = ["a", "x"]
         [project]
         dependencies = ["b"]
        "#);
        diff!(remove(&script, "x") => r#"
        -dependencies = ["a", "x"]
        +dependencies = ["a"]
        "#);
    }

    #[test]
    fn a_list_in_one_line_stays_in_one_line() {
        for (before, after) in [
            (r#"["a"]"#, r#"["a", "x"]"#),
            (r#"["z", "a"]"#, r#"["z", "a", "x"]"#),
            (r#"["z","a"]"#, r#"["z","a","x"]"#),
            (r#"[ "z", "a" ]"#, r#"[ "z", "a", "x" ]"#),
            (r#"[ "a" ]"#, r#"[ "a", "x" ]"#),
            (r#"["a",]"#, r#"["a", "x",]"#),
            (r#"[ "z", "a", ]"#, r#"[ "z", "a", "x", ]"#),
            (r#"["a"] # end"#, r#"["a", "x"] # end"#),
            (r"['z', 'a']", r"['z', 'a', 'x']"),
            // A literal string that needed to be one says nothing about the others.
            (r#"["z", 'a; os_name == "nt"']"#, r#"["z", 'a; os_name == "nt"', "x"]"#),
            (r#"['a; os_name == "nt"']"#, r#"['a; os_name == "nt"', "x"]"#),
            // Sorted by name: in between, before, behind.
            (r#"["a", "z"]"#, r#"["a", "x", "z"]"#),
            (r#"["a","z"]"#, r#"["a","x","z"]"#),
            (r#"[ "y", "Z" ]"#, r#"[ "x", "y", "Z" ]"#),
            (r#"["a", "b"]"#, r#"["a", "b", "x"]"#),
            (r#"["a", "${X}", "z"]"#, r#"["a", "${X}", "x", "z"]"#),
            (r#"["a", "b", "${X}"]"#, r#"["a", "b", "x", "${X}"]"#),
        ] {
            let diff = format!(" [project]\n-dependencies = {before}\n+dependencies = {after}\n");
            check(add(&REGULAR, "x"), &diff);
        }
    }

    #[test]
    fn removal_from_one_line() {
        for (before, after) in [
            (r#"["x"]"#, "[]"),
            (r#"[ "x" ]"#, "[]"),
            (r#"[ "x", ]"#, "[]"),
            (r#"["x", "b"]"#, r#"["b"]"#),
            (r#"["a", "x", "b"]"#, r#"["a", "b"]"#),
            (r#"["a", "x"]"#, r#"["a"]"#),
            (r#"[ "a", "x" ]"#, r#"[ "a" ]"#),
            (r#"["a","x","b",]"#, r#"["a","b",]"#),
            (r#"["a", "x",]"#, r#"["a",]"#),
            (r#"[ "x", "a", ]  # end"#, r#"[ "a", ]  # end"#),
            (r#"["x#y @ https://z/#f", "a"]"#, r#"["x#y @ https://z/#f", "a"]"#),
        ] {
            let diff = format!(" [project]\n-dependencies = {before}\n+dependencies = {after}\n");
            check(remove(&REGULAR, "x"), &diff);
        }
    }

    #[test]
    fn addition_to_lines() {
        diff!(add(&REGULAR, "x") => r#"
         [project]
         dependencies = [
             "b>=1",  # why b
             # why a
             "a",  # why not
        +    "x",
             # the end
         ]
         name = "p"
        "#);
        // Without a trailing comma there is none afterwards.
        diff!(add(&REGULAR, "x") => r#"
         [project]
         dependencies = [
             "b",
        -    "a"  # note
        +    "a",  # note
        +    "x"
         ]
        "#);
        diff!(add(&REGULAR, "x") => "
         [project]
         dependencies = [
         \t'b',
         \t'a',
        +\t'x',
         ]
        ");
        diff!(add(&REGULAR, "x") => r#"
         [project]
         dependencies = ["b",
        -                "a"]
        +                "a",
        +                "x"]
        "#);
        diff!(add(&REGULAR, "x") => r#"
         [project]
         dependencies = ["a", # note
        +    "x",
         ]
        "#);
        diff!(add(&REGULAR, "x") => r#"
         [project]
         dependencies = [
             "d", "c",
        -    "b", "a",
        +    "b", "a", "x",
         ]
        "#);
    }

    #[test]
    fn addition_to_sorted_lines() {
        diff!(add(&REGULAR, "m") => r#"
         [project]
         dependencies = [
             "A",  # first
        +    "m",
             # about z
             "z",
         ]
        "#);
        diff!(add(&REGULAR, "m") => r#"
         [project]
         dependencies = [  # sorted
             # Keep sorted.

        +    "m",
             # about n
             # and more
             "n",
             "z",
         ]
        "#);
        diff!(add(&REGULAR, "z[e]==1.*; os_name == 'nt'") => r#"
         [project]
         dependencies = [
             "a",
        -    "n"
        +    "n",
        +    "z[e]==1.*; os_name == 'nt'"
             # end
         ]
        "#);
        diff!(add(&REGULAR, "a") => r#"
         [project]
        -dependencies = ["b",
        +dependencies = ["a",
        +                "b",
                         "c"]
        "#);
        diff!(add(&group("dev"), "m") => r#"
         [dependency-groups]
         dev = [
             {include-group = "test"},
             "a",
        +    "m",
             "z",
         ]
        "#);
    }

    #[test]
    fn a_marker_is_quoted_without_escapes_where_it_can_be() {
        diff!(add(&REGULAR, r#"x; os_name == "nt""#) => r#"
         [project]
         dependencies = [
             "a",
        +    'x; os_name == "nt"',
         ]
        "#);
        diff!(add(&REGULAR, "x; os_name == 'nt'") => r#"
         [project]
         dependencies = [
             'a',
        +    "x; os_name == 'nt'",
         ]
        "#);
        diff!(add(&REGULAR, r#"x; os_name == "nt" and extra == 'y'"#) => r#"
         [project]
         dependencies = [
             "a",
        +    "x; os_name == \"nt\" and extra == 'y'",
         ]
        "#);
    }

    #[test]
    fn an_empty_list_gets_lines() {
        diff!(add(&REGULAR, "x") => r#"
         [project]
        -dependencies = []  # none
        +dependencies = [
        +    "x",
        +]  # none
        "#);
        diff!(add(&REGULAR, "x") => r#"
         [project]
         dependencies = [
             # nothing, yet
        +    "x",
         ]
        "#);
        diff!(add(&REGULAR, "x") => r#"
         [project]
         dependencies = [ # none
        +    "x",
         ]
        "#);
        // The indentation is that of another array.
        diff!(add(&REGULAR, "x") => r#"
         [project]
         keywords = [
           "k",
         ]
        -dependencies = [ ]
        +dependencies = [
        +  "x",
        +]
        "#);
        diff!(add(&extra("web"), "x") => r#"
         [project]
        -optional-dependencies = { web = [], db = [] }
        +optional-dependencies = { web = ["x"], db = [] }
        "#);
    }

    #[test]
    fn a_replaced_entry_keeps_its_place() {
        diff!(replace("Ruamel_Yaml", "ruamel-yaml>=0.18") => r#"
         [project]
         dependencies = [
             # about yaml
        -    'Ruamel_Yaml',  # note
        +    'ruamel-yaml>=0.18',  # note
             "ruamel.yaml; os_name == 'nt'",
         ]
        "#);
        diff!(replace("x; os_name=='nt'", r#"x>=2; os_name == "nt""#) => r#"
         [project]
        -dependencies = ["x", "x; os_name=='nt'"]
        +dependencies = ["x", 'x>=2; os_name == "nt"']
        "#);
        // A lone entry is no half of a split when one of the two holds everywhere.
        diff!(replace("x; os_name == 'nt'", "x>=2") => r#"
         [project]
        -dependencies = ["x; os_name == 'nt'"]
        +dependencies = ["x>=2"]
        "#);
        diff!(replace("x[e]~=1.0", "x; os_name == 'nt'") => r#"
         [project]
        -dependencies = ["x[e]~=1.0", "a"]
        +dependencies = ["x; os_name == 'nt'", "a"]
        "#);
        diff!(replace("x @ file:///${PROJECT_ROOT}/x", "x==2") => r#"
         [project]
        -dependencies = [ "x @ file:///${PROJECT_ROOT}/x" ]
        +dependencies = [ "x==2" ]
        "#);
        diff!(replace("x @ ${WHEELS}/x.whl", "x @ https://h/x.zip#a=0 ; os_name == 'nt'") => r#"
         [project]
        -dependencies = ["""x @ ${WHEELS}/x.whl"""]
        +dependencies = ["x @ https://h/x.zip#a=0 ; os_name == 'nt'"]
        "#);
    }

    #[test]
    fn rewritten_entries_keep_their_places() {
        let rewrite = |list: List| {
            move |document: &mut Document| {
                let newer = |text: &str| text.contains(">=1").then(|| text.replace(">=1", ">=2"));
                document.rewrite_requirements(&list, newer).unwrap();
            }
        };
        diff!(rewrite(REGULAR) => r#"
         [project]
         dependencies = [
             # about x
        -    "x>=1",  # note
        -    'y>=1; os_name == "nt"', "z>1",
        +    "x>=2",  # note
        +    'y>=2; os_name == "nt"', "z>1",
         ]
        "#);
        diff!(rewrite(group("test")) => r#"
         [dependency-groups]
         dev = ["x>=1"]
        -Test = [{include-group = "dev"}, "x>=1"]
        +Test = [{include-group = "dev"}, "x>=2"]
        "#);
        check(rewrite(extra("e")), " [project]\n dependencies = ['x>=1']\n");
    }

    #[test]
    fn another_marker_is_another_entry() {
        diff!(add(&REGULAR, "x>=2; python_version >= '3.9'") => r#"
         [project]
         dependencies = [
             "z",
             "x<2; python_version < '3.9'",
        +    "x>=2; python_version >= '3.9'",
         ]
        "#);
        diff!(add(&REGULAR, "x") => r#"
         [project]
        -dependencies = ["x; os_name == 'nt'", "x; os_name == 'posix'", "z"]
        +dependencies = ["x; os_name == 'nt'", "x; os_name == 'posix'", "x", "z"]
        "#);
    }

    #[test]
    fn the_same_text_changes_nothing() {
        let adds_nothing = |document: &mut Document| {
            let added = document.add_requirement(&REGULAR, "x").unwrap();
            assert_eq!(added, Added::Unchanged);
        };
        check(adds_nothing, " [project]\n dependencies = ['''x''' ,\"x\"]\n");
        check(set(&["project", "name"], "x"), " project = {name = 'x'}\n");
        check(remove(&REGULAR, "x"), " [project]\n dependencies = [ 'y', '${X}x', 'x==${V}' ]\n");
        check(remove(&REGULAR, "x"), " [tool.x]\n");
        check(remove(&extra("e"), "x"), " [project]\n");
    }

    #[test]
    fn removal_of_lines() {
        diff!(remove(&REGULAR, "a") => r#"
         [project]
         dependencies = [
        -    "A>=1",  # why a
             "b",
             # end
         ]
        "#);
        diff!(remove(&REGULAR, "b") => r#"
         [project]
         dependencies = [
             "a",  # why a
        -    "b",
             "c",  # why c
         ]
        "#);
        diff!(remove(&REGULAR, "c") => r#"
         [project]
         dependencies = [  # open
        -    "b",  # why b
        -    "c"  # why c
        +    "b"  # why b
             # end
         ]
        "#);
        diff!(remove(&REGULAR, "a") => r#"
         [project]
        -dependencies = [
        -    "a",
        -]
        +dependencies = []
        "#);
        diff!(remove(&REGULAR, "a") => r#"
         [project]
         dependencies = [
        -    "a",
             # "commented-out",
         ]
        "#);
        diff!(remove(&REGULAR, "ruamel.yaml") => r#"
         [project]
         dependencies = [
        -    "Ruamel_Yaml[e]",
             "${RUAMEL}",
        -    "ruamel-yaml; os_name == 'nt'",
             "ruamel",
         ]
        "#);
        diff!(remove(&REGULAR, "a") => r#"
         [project]
        -dependencies = ["a",  # why a
        -                "b",
        +dependencies = ["b",
                         "c"]
        "#);
        diff!(remove(&REGULAR, "c") => r#"
         [project]
         dependencies = ["a",
        -                "b",
        -                "c"]
        +                "b"]
        "#);
        diff!(remove(&REGULAR, "a") => r#"
         [project]
         dependencies = [
        -    "a", "b",
        +    "b",
             "c",
         ]
        "#);
        diff!(remove(&REGULAR, "b") => r#"
         [project]
         dependencies = [ "a"
        -               , "b"
                        , "c"
                        ]
        "#);
        diff!(remove(&group("Dev.Tools"), "a") => r#"
         [dependency-groups]
         dev_tools = [
             {include-group = "a"},
        -    "a",
         ]
        "#);
    }

    #[test]
    fn comment_lines_go_with_the_last_entry_that_they_head() {
        diff!(remove(&REGULAR, "b") => r#"
         [project]
         dependencies = [
             # about a
             "a",
        -    # about b
        -    # and more
        -    "b",
             # about c
             "c",
         ]
        "#);
        diff!(remove(&REGULAR, "a") => r#"
         [project]
         dependencies = [
             # web
        -    "a",
             "b",
         ]
        "#);
        diff!(remove(&REGULAR, "a") => r#"
         [project]
         dependencies = [
             # Section

        -    "a",
             # about b
             "b",
         ]
        "#);
        diff!(remove(&REGULAR, "a") => r#"
         [project]
        -dependencies = [
        -    # about a
        -    "a",
        -]
        +dependencies = []
        "#);
    }

    #[test]
    fn missing_lists_are_lines_of_their_table() {
        diff!(add(&REGULAR, "x") => r#"
         # top
         [project]  # head
         name = "p"
         urls.home = "h" # home
        +dependencies = [
        +    "x",
        +]

         # about scripts
         [project.scripts]
         a = "b"
        "#);
        diff!(add(&REGULAR, "x") => "
         [project]
        +dependencies = [
        +    \"x\",
        +]
        ");
        diff!(add(&List::Dev, "x") => r#"
         [tool.rye]
           managed = true
        +  dev-dependencies = [
        +      "x",
        +  ]
         # more
         [tool.rye.scripts]
        "#);
        diff!(add(&extra("Web_2"), "x") => r#"
         [project.optional-dependencies]
         web = [
         	"a",
         ]
        +web-2 = [
        +	"x",
        +]
        "#);
        diff!(set(&["project", "version"], "1") => r#"
         [project]
         description = """
         # not a comment
         """
        +version = "1"
        "#);
    }

    #[test]
    fn missing_tables_follow_their_family() {
        diff!(add(&List::Dev, "x") => r#"
         [project]
         name = "p"
         # the end
        +
        +[tool.rye]
        +dev-dependencies = [
        +    "x",
        +]
        "#);
        diff!(add(&List::Excluded, "x") => r#"
         [[tool.uv.index]]
         url = "u"

         [tool.black]
         # line-length = 100

        +[tool.rye]
        +excluded-dependencies = [
        +    "x",
        +]
        +
         # about groups
         # and more
         [dependency-groups]
        "#);
        diff!(add(&extra("Web"), "x") => r#"
         [project]
         name = "p"

         [project.scripts]
         s = """
         # m:f"""
        +
        +[project.optional-dependencies]
        +web = [
        +    "x",
        +]
        +
         [build-system]
        "#);
        diff!(add(&List::Dev, "x") => r#"
         [tool.rye.scripts]
         a = "b"

        +[tool.rye]
        +dev-dependencies = [
        +    "x",
        +]
        +
         [tool.black]
        "#);
        diff!(add(&group("docs"), "x") => r#"
        +[dependency-groups]
        +docs = [
        +    "x",
        +]
        "#);
        // A blank line that is there is enough.
        diff!(set(&["tool", "a.b", "c"], "d") => r#"
         [project]

        +[tool."a.b"]
        +c = "d"
        "#);
    }

    #[test]
    fn dotted_keys_stay_dotted() {
        diff!(add(&REGULAR, "x") => r#"
         # top
         project.name = "p"
         project.version = "1" # one
        +project.dependencies = [
        +    "x",
        +]
         build-system.requires = []

         [tool.rye]
        "#);
        diff!(add(&extra("web"), "x") => r#"
         project.name = "p"
        +project.optional-dependencies.web = [
        +    "x",
        +]
        "#);
        diff!(add(&extra("web"), "x") => r#"
         [project]
         optional-dependencies.db = ["a"]
        +optional-dependencies.web = [
        +    "x",
        +]
         name = "p"
        "#);
        diff!(add(&List::Dev, "x") => r#"
         [tool]
         rye.managed = true
        +rye.dev-dependencies = [
        +    "x",
        +]
         black = {}
        "#);
        diff!(add(&REGULAR, "x") => r#"
        -project.dependencies = ["a"]
        +project.dependencies = ["a", "x"]
        "#);
    }

    #[test]
    fn inline_tables_stay_inline() {
        for (before, after) in [
            (
                "tool = { rye = { a = 1 } }",
                r#"tool = { rye = { a = 1, dev-dependencies = ["x"] } }"#,
            ),
            ("tool = {rye = {a = 1}}", r#"tool = {rye = {a = 1, dev-dependencies = ["x"]}}"#),
            ("tool = { rye = {} }", r#"tool = { rye = { dev-dependencies = ["x"] } }"#),
            ("tool = { }", r#"tool = { rye.dev-dependencies = ["x"] }"#),
            (
                "tool = { rye.a = 1, b = 2 }",
                r#"tool = { rye.a = 1, rye.dev-dependencies = ["x"], b = 2 }"#,
            ),
            (
                "tool.rye = { a = [ 1 ] } # c",
                r#"tool.rye = { a = [ 1 ], dev-dependencies = ["x"] } # c"#,
            ),
        ] {
            check(add(&List::Dev, "x"), &format!("-{before}\n+{after}\n"));
        }
    }

    #[test]
    fn strings_keep_their_quotes() {
        diff!(set(&["project", "version"], "2") => r"
         [project]
        -version = '1' # one
        +version = '2' # one
        ");
        let pin = |document: &mut Document| document.set_requires_python(">=3.9").unwrap();
        diff!(pin => r#"
        -project = { requires-python = ">=3.8" }
        +project = { requires-python = ">=3.9" }
        "#);
        assert_eq!(quote("a\tb\\'\"\u{7f}", "'"), r#""a\u0009b\\'\"\u007F""#);
    }

    #[test]
    fn mixed_line_endings_stay() {
        let before = "[project]\r\ndependencies = [\r\n    \"b\",\n    \"a\"]\r\nname = 'p'\n\r\n";
        let mut document = Document::parse(before).unwrap();
        document.add_requirement(&REGULAR, "c").unwrap();
        let after = before.replace("\"a\"", "\"a\",\r\n    \"c\"");
        assert_eq!(document.text(), after);
        document.remove_requirement(&REGULAR, &"c".parse().unwrap()).unwrap();
        assert_eq!(document.text(), before);
    }

    /// Returns every array that some pieces allow. A comment `N` belongs to the entry `N`.
    fn layouts(names: &[&str]) -> Vec<String> {
        let opens = ["", " ", "\n    ", " #open\n    ", "\n    #top\n\n    #0\n\t"];
        let gaps = [",", " , ", ",\n    ", " #N\n    , ", ", #N\n    #M\n    ", "\n#N\n,\n\n  "];
        let closes = ["", " ", ", ", "\n", ",\n", " #N\n", ", #N\n    #end\n  ", "\n#N\n,\n#end\n"];
        let mut heads: Vec<_> = opens.iter().map(|open| format!("[{open}'{}'", names[0])).collect();
        for (index, name) in names.iter().enumerate().skip(1) {
            let gaps = gaps.map(|gap| {
                let gap = gap.replace('N', &(index - 1).to_string());
                gap.replace('M', &index.to_string()) + "'" + name + "'"
            });
            heads = heads
                .iter()
                .flat_map(|head| gaps.each_ref().map(|gap| format!("{head}{gap}")))
                .collect();
        }
        let closes = closes.map(|close| close.replace('N', &(names.len() - 1).to_string()));
        heads
            .iter()
            .flat_map(|head| closes.each_ref().map(|close| format!("{head}{close}]")))
            .collect()
    }

    fn comments(text: &str) -> Vec<&str> {
        text.lines().filter_map(|line| Some(line.split_once('#')?.1)).collect()
    }

    #[test]
    fn every_layout_keeps_the_comments_of_others() {
        for names in [&["b"][..], &["b", "d"], &["d", "b"], &["b", "d", "f"]] {
            for array in layouts(names) {
                let before = format!("[project]\ndependencies = {array}\nname = 'p'\n");
                for name in ["a", "c", "e", "g"] {
                    let mut document = Document::parse(&before).unwrap();
                    document.add_requirement(&REGULAR, name).unwrap();
                    assert_eq!(comments(document.text()), comments(&before), "{before}");
                    let mut texts = document.requirements(&REGULAR).unwrap();
                    if names.is_sorted() && names.len() > 1 {
                        assert!(texts.is_sorted(), "{before}");
                    } else {
                        assert_eq!(texts.last(), Some(&name), "{before}");
                    }
                    texts.retain(|text| *text != name);
                    assert_eq!(texts, names, "{before}");
                    remove(&REGULAR, name)(&mut document);
                    assert_eq!(document.text(), before);
                }
                for (index, name) in names.iter().enumerate() {
                    let mut document = Document::parse(&before).unwrap();
                    remove(&REGULAR, name)(&mut document);
                    let own = index.to_string();
                    let others = |text| {
                        comments(text)
                            .into_iter()
                            .filter(|comment| *comment != own)
                            .collect::<Vec<_>>()
                    };
                    assert_eq!(
                        others(document.text()),
                        others(&before),
                        "without {name}: {before}"
                    );
                }
            }
        }
    }

    /// Returns the dotted keys of all values, with the values.
    fn flat(item: &Item, path: &str) -> Vec<String> {
        match item {
            Item::ArrayOfTables(tables) => {
                let tables = tables.iter().map(|table| Item::Table(table.clone())).enumerate();
                tables.flat_map(|(index, table)| flat(&table, &format!("{path}.{index}"))).collect()
            }
            _ => match item.as_table_like() {
                Some(table) => table
                    .iter()
                    .flat_map(|(key, item)| flat(item, &format!("{path}.{key}")))
                    .collect(),
                None => vec![format!("{path} = {}", item.to_string().trim())],
            },
        }
    }

    #[test]
    fn every_mix_of_tables_keeps_its_values() {
        let parts = [
            "[project]\n# c\nname = 'p'\n\n",
            "[project.scripts]\na = \"\"\"\n[b]\n\"\"\"",
            "[project.optional-dependencies]\nother = []",
            "# about tool\n[tool]\nfirst = 1\nrye.virtual = true",
            "[[tool.rye.sources]]\nname = 'one'\n[[tool.rye.sources]]\nname = 'two'",
            "\n[tool.rye.scripts]\na = { cmd = 'b' }",
            "# about black\n  [tool.black]\n  x = 1",
            "[dependency-groups]",
            "# the end",
        ];
        let lists = [List::Regular, List::Dev, List::Excluded, extra("web"), group("docs")];
        for choice in 0..1 << parts.len() {
            let chosen = (0..parts.len()).filter(|index| choice & 1 << index != 0);
            let mut chosen: Vec<_> = chosen.map(|index| parts[index]).collect();
            for _ in 0..2 {
                chosen.reverse();
                let before = chosen.join("\n");
                let Ok(mut document) = Document::parse(&before) else {
                    continue;
                };
                let mut expected = flat(document.toml.clone().into_mut().as_item(), "");
                for list in &lists {
                    match document.add_requirement(list, "x") {
                        Ok(_) => {
                            let path = document.path_of(list).unwrap().join(".");
                            expected.push(format!(".{path} = [\n    \"x\",\n]"));
                        }
                        Err(err) => assert!(
                            matches!(err, Error::NoProject) && !before.contains("[project]")
                        ),
                    }
                }
                let mut found = flat(document.toml.clone().into_mut().as_item(), "");
                found.sort();
                expected.sort();
                assert_eq!(found, expected, "{before}");
                let mut lines = document.text().lines();
                assert!(before.lines().all(|line| lines.any(|other| other == line)), "{before}");
            }
        }
    }

    const LIBRARY: &str = r#"# Copyright The Authors

[build-system]
requires = ["hatchling>=1.26", "hatch-vcs"]
build-backend = "hatchling.build"

[project]
name = "grid-mapper"
dynamic = ["version"]
description = """
Maps grids.
[not a table]
# not a comment"""
readme = { file = "README.md", content-type = "text/markdown" }
requires-python = ">=3.9"   # as long as numpy does
authors = [
    { name = "A. Uthor", email = "a@example.org" },
    { name = "B. Uthor" },
]
classifiers = [
  "Programming Language :: Python :: 3",
  "Typing :: Typed",
]
dependencies = [
    # Numbers
    "numpy>=1.26; python_version < '3.13'",
    "numpy>=2.1; python_version >= '3.13'",  # first with wheels
    "scipy>=1.11",

    # Files
    # (all of them optional one day)
    'Ruamel_Yaml>=0.18 ; platform_python_implementation == "CPython"',
    "h5py",
    "grid-core @ file:///${PROJECT_ROOT}/packages/core", # member
]

[project.optional-dependencies]
plot = ["matplotlib>=3.8", "cartopy"]
all = ["grid-mapper[plot,web]"]
web = [ "flask[async]>=3,<4",
        "gunicorn; os_name != 'nt'" ]

[project.scripts]
grid-mapper = "grid_mapper.cli:main"

[dependency-groups]
test = ["pytest>=8", "pytest-cov"]
docs = [
	"furo",
	"sphinx>=7",
]
dev = [{include-group = "test"}, {include-group = "docs"}, "ruff"]

[tool.rye]
managed = true
dev-dependencies = []

[[tool.rye.sources]]
name = "internal"
url = "https://${HOST}/simple"

[tool.rye.scripts]
lint = { cmd = ["ruff", "check"], env = { A = "1" } }

# --- other tools ---

[tool.hatch.build.targets.wheel]
packages = ["src/grid_mapper"]

[[tool.mypy.overrides]]
module = ["h5py.*"]
ignore_missing_imports = true
"#;

    const APPLICATION: &str = r#"
project = { name = "app", version = "0.1", dependencies = [ "fastapi" , "uvicorn" ] }

tool.rye.virtual = true
tool.rye.dev-dependencies = [ 'mypy' # types
  , 'types-requests' # more types
  ]

[dependency-groups]
Lint_Tools = [
  "ruff"
]"#;

    /// Returns how many lines of the second text are between those that both begin and end with.
    fn changed_lines(before: &str, after: &str) -> usize {
        let (before, after): (Vec<_>, Vec<_>) = (before.lines().collect(), after.lines().collect());
        let same = |pairs: &mut dyn Iterator<Item = (&&str, &&str)>| {
            pairs.take_while(|(a, b)| a == b).count()
        };
        let head = same(&mut before.iter().zip(&after));
        let tail = same(&mut before[head..].iter().rev().zip(after[head..].iter().rev()));
        after.len() - head - tail
    }

    /// Adds to and removes from lists of a manifest, in three lines at most, and there and back.
    #[track_caller]
    fn tour(text: &str, lists: &[List]) {
        for text in [text.to_owned(), text.replace('\n', "\r\n")] {
            for list in lists {
                let document = Document::parse(&text).unwrap();
                let names = document.requirements(list).unwrap().into_iter();
                for name in names.map(|text| Requirement::from_str(text).unwrap().name) {
                    let mut document = Document::parse(&text).unwrap();
                    remove(list, name.as_ref())(&mut document);
                    assert!(changed_lines(document.text(), &text) <= 3, "{}", document.text());
                }
                for name in ["aaa", "mmm", "zzz"] {
                    let mut document = Document::parse(&text).unwrap();
                    add(list, name)(&mut document);
                    assert!(changed_lines(&text, document.text()) <= 3, "{}", document.text());
                    remove(list, name)(&mut document);
                    assert_eq!(document.text(), text);
                }
            }
        }
    }

    #[test]
    fn tour_of_a_library() {
        let lists = [
            extra("plot"),
            extra("web"),
            extra("all"),
            group("test"),
            group("docs"),
            group("dev"),
            List::Regular,
            List::Dev,
        ];
        tour(LIBRARY, &lists);
    }

    #[test]
    fn tour_of_an_application() {
        tour(APPLICATION, &[List::Dev, group("lint-tools"), List::Regular]);
    }

    #[test]
    fn a_missing_newline_at_the_end_is_no_obstacle() {
        for (list, before, after) in [
            (REGULAR, "[project]", "[project]\ndependencies = [\n    \"x\",\n]"),
            (
                List::Dev,
                "[project]",
                "[project]\n\n[tool.rye]\ndev-dependencies = [\n    \"x\",\n]\n",
            ),
            (List::Dev, "# c", "# c\n\n[tool.rye]\ndev-dependencies = [\n    \"x\",\n]\n"),
        ] {
            let mut document = Document::parse(before).unwrap();
            add(&list, "x")(&mut document);
            assert_eq!(document.text(), after);
        }
    }

    #[test]
    fn lists_have_names() {
        let lists = [List::Regular, List::Dev, List::Excluded, extra("Web"), group("Docs")];
        assert_eq!(
            lists.map(|list| list.to_string()),
            ["regular", "dev", "excluded", "optional (web)", "group docs"]
        );
    }

    #[test]
    fn what_is_not_a_list_is_an_error() {
        let no_project = "there is no `[project]` table";
        fails(&REGULAR, "x", "", no_project);
        fails(&extra("e"), "x", "[project.scripts]\n", no_project);
        fails(
            &REGULAR,
            "x",
            "[project]\ndependencies = 'a'",
            "`project.dependencies` is of type string, expected array",
        );
        fails(
            &REGULAR,
            "x",
            "[project]\ndependencies = ['a', 1]",
            "`project.dependencies[1]` is of type integer, expected string",
        );
        fails(
            &REGULAR,
            "x",
            "[project]\ndependencies = [{include-group = 'a'}]",
            "`project.dependencies[0]` is of type inline table, expected string",
        );
        fails(
            &List::Dev,
            "x",
            "[[tool.rye]]",
            "`tool.rye` is of type array of tables, expected table",
        );
        fails(
            &group("g"),
            "x",
            "dependency-groups = 1",
            "`dependency-groups` is of type integer, expected table",
        );
        fails(
            &REGULAR,
            "x y",
            "[project]",
            "`x y` is not a requirement: Expected one of `@`, `(`, `<`, `=`, `>`, `~`, `!`, `;`, \
             found `y`",
        );
        let mut document = Document::parse("project.version = 1").unwrap();
        let err = document.set_string(&["project", "version"], "1").unwrap_err();
        assert_eq!(err.to_string(), "`project.version` is of type integer, expected string");
    }
}
