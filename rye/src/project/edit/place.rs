//! Where a key is, or where it would be written: on a line, in a new table, or within braces.

use toml_edit::{Item, Key, RawString, Table};

use super::Error;
use super::text::{Splice, comment_start, indentation, line_end, line_ending, span};

/// What a path of keys leads to.
pub(super) enum Place<'a, 'p> {
    /// An item; `inline` says that it lies within the braces of an inline table.
    Found {
        item: &'a Item,
        inline: bool,
    },
    Missing(Gap<'a, 'p>),
}

/// The end of the way to a key that is missing.
pub(super) struct Gap<'a, 'p> {
    root: &'a Item,
    path: &'p [&'p str],
    /// The deepest table that exists, and how many keys lead to it
    table: &'a Item,
    depth: usize,
    /// The table whose header or braces the keys are written below: `table`, or one above it if
    /// `table` exists by dotted keys only
    host: &'a Item,
    host_depth: usize,
}

impl<'a, 'p> Place<'a, 'p> {
    pub(super) fn find(root: &'a Item, path: &'p [&'p str]) -> Result<Self, Error> {
        let (mut item, mut host, mut host_depth) = (root, root, 0);
        for (depth, key) in path.iter().enumerate() {
            let table = item
                .as_table_like()
                .ok_or_else(|| Error::of_type(&path[..depth], item.type_name(), "table"))?;
            if !table.is_dotted() {
                (host, host_depth) = (item, depth);
            }
            let Some(next) = table.get(key) else {
                return Ok(Self::Missing(Gap { root, path, table: item, depth, host, host_depth }));
            };
            item = next;
        }
        Ok(Self::Found { item, inline: host.is_value() })
    }
}

impl Gap<'_, '_> {
    /// Writes the key, and the tables it needs. The value is made for the indentation of its line,
    /// or for none in an inline table.
    pub(super) fn fill(
        &self,
        text: &str,
        value: impl Fn(Option<&str>) -> String,
    ) -> Result<Splice, Error> {
        if self.host.is_value() {
            return Ok(self.fill_braces(text, &value(None)));
        }
        if self.path.len() == 1 {
            return Ok(self.fill_root(text, value));
        }
        let has_header = self.table.as_table().is_some_and(|table| !table.is_implicit());
        let is_last_key = self.path.len() - self.depth == 1;
        if self.depth > self.host_depth || has_header && is_last_key {
            return Ok(self.fill_body(text, value));
        }
        if self.path[0] == "project" && (self.depth == 0 || !has_header && self.depth == 1) {
            return Err(Error::NoProject);
        }
        Ok(self.fill_table(text, value))
    }

    /// A pair behind the last one of the table.
    fn fill_braces(&self, text: &str, value: &str) -> Splice {
        let key = keys(&self.path[self.host_depth..]);
        if let Some((_, end)) = self.last_value() {
            return Splice::insert(end, format!(", {key} = {value}"));
        }
        let start = span(self.host.span()).start + 1;
        let padding = text[start..].len() - text[start..].trim_start_matches([' ', '\t']).len();
        Splice { range: start..start + padding, text: format!(" {key} = {value} ") }
    }

    /// A line behind the last value outside of tables, else one above all tables and the comments that head
    /// the first of them.
    fn fill_root(&self, text: &str, value: impl Fn(Option<&str>) -> String) -> Splice {
        if self.last_value().is_some() {
            return self.fill_body(text, value);
        }
        let eol = line_ending(text);
        let pair = format!("{} = {}{eol}", keys(self.path), value(Some("")));
        let header = |table: &Table| span(table.span()).start;
        let root = self.root.as_table_like().into_iter();
        let tables = root.flat_map(|root| root.iter().flat_map(|(_, item)| headers(item)));
        let first = tables.min_by_key(|table| header(table));
        let Some(first) = first else {
            let ends_line = text.is_empty() || text.ends_with(['\n', '\u{feff}']);
            let break_before = if ends_line { "" } else { eol };
            return Splice::insert(text.len(), format!("{break_before}{pair}"));
        };
        Splice::insert(comment_start(text, 0, header(first)), format!("{pair}{eol}"))
    }

    /// A line behind the last value, or behind the header.
    fn fill_body(&self, text: &str, value: impl Fn(Option<&str>) -> String) -> Splice {
        let (start, end) = self.last_value().unwrap_or_else(|| {
            let header = span(self.table.span());
            (header.start, header.end)
        });
        let (eol, indent) = (line_ending(text), indentation(text, start));
        let (key, value) = (keys(&self.path[self.host_depth..]), value(Some(indent)));
        Splice::insert(line_end(text, end), format!("{eol}{indent}{key} = {value}"))
    }

    /// A table behind the tables that lie in the same one, else behind all; the comment lines above
    /// the header that follows stay with it.
    fn fill_table(&self, text: &str, value: impl Fn(Option<&str>) -> String) -> Splice {
        let start = |table: &&Table| span(table.span()).start;
        let last = headers(self.table).iter().map(start).max().unwrap_or(0);
        let next =
            headers(self.root).into_iter().filter(|table| start(table) > last).min_by_key(start);
        let at = next.map_or(text.len(), |next| {
            let header = span(next.span()).start;
            let above = next.decor().prefix().and_then(RawString::span);
            comment_start(text, above.map_or(header, |above| above.start), header)
        });
        let (eol, before) = (line_ending(text), &text[..at]);
        let content = before.trim_end_matches([' ', '\t', '\r', '\n', '\u{feff}']).len();
        let breaks = if content == 0 { 2 } else { before[content..].matches('\n').count() };
        let (lead, trail) =
            (eol.repeat(2usize.saturating_sub(breaks)), if next.is_some() { eol } else { "" });
        let (header, key) = self.path.split_at(self.path.len() - 1);
        let (header, key, value) = (keys(header), keys(key), value(Some("")));
        Splice::insert(at, format!("{lead}[{header}]{eol}{key} = {value}{eol}{trail}"))
    }

    /// Returns where the last value in the table's own body begins (with its key) and ends.
    fn last_value(&self) -> Option<(usize, usize)> {
        let values = self.table.as_table_like()?.get_values();
        let spans = values
            .into_iter()
            .map(|(keys, value)| (span(keys[0].span()).start, span(value.span()).end));
        spans.max_by_key(|(_, end)| *end)
    }
}

/// Returns a path in TOML's dotted form.
fn keys(path: &[&str]) -> String {
    let keys: Vec<_> = path.iter().map(|key| Key::new(*key).display_repr().into_owned()).collect();
    keys.join(".")
}

/// Returns the tables that have a header, from the given one down.
fn headers(item: &Item) -> Vec<&Table> {
    let mut found: Vec<_> = match item {
        Item::Table(table) => vec![table],
        Item::ArrayOfTables(tables) => tables.iter().collect(),
        Item::None | Item::Value(_) => Vec::new(),
    };
    for table in found.clone() {
        found.extend(table.iter().flat_map(|(_, item)| headers(item)));
    }
    found.retain(|table| !table.is_implicit());
    found
}
