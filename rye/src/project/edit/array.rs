//! How the entries of an array lie in the text, and the splices that insert or remove one.

use std::ops::Range;

use toml_edit::Array;

use super::text::{
    Splice, array_of, comment_start, indent_unit, indentation, line_break, line_end, line_ending,
    line_start, span,
};

/// An array's text, cut into the pieces of its entries.
pub(super) struct Layout<'a> {
    text: &'a str,
    /// What is between the brackets
    inner: Range<usize>,
    entries: Vec<Entry>,
}

/// A piece: `[head, tail)` covers an entry and what belongs to it. Pieces follow without a gap.
struct Entry {
    /// End of the piece before; white space and comment lines lie between here and the value
    head: usize,
    value: Range<usize>,
    comma: Option<usize>,
    /// Behind the comma and a comment on its line, at the line ending if nothing else follows
    tail: usize,
}

impl<'a> Layout<'a> {
    pub(super) fn of(text: &'a str, array: &Array) -> Self {
        let brackets = span(array.span());
        let inner = brackets.start + 1..brackets.end - 1;
        let values: Vec<_> = array.iter().map(|value| span(value.span())).collect();
        let mut head = tail_of(text, inner.start);
        let mut entries = Vec::with_capacity(values.len());
        for (index, value) in values.iter().enumerate() {
            let limit = values.get(index + 1).map_or(inner.end, |next| next.start);
            let comma = find_comma(&text[value.end..limit]).map(|comma| value.end + comma);
            let tail = tail_of(text, comma.map_or(value.end, |comma| comma + 1));
            entries.push(Entry { head, value: value.clone(), comma, tail });
            head = tail;
        }
        Self { text, inner, entries }
    }

    pub(super) fn span(&self, index: usize) -> Range<usize> {
        self.entries[index].value.clone()
    }

    /// Inserts a value, already quoted, before the entry at `index`, or behind the last one.
    ///
    /// It stands as its neighbor does, on the same line or on its own. `inline` says that the array
    /// lies in an inline table, where an empty one stays on its line.
    pub(super) fn insert(&self, index: usize, value: &str, inline: bool) -> Vec<Splice> {
        let Some(first) = self.entries.first() else {
            return vec![self.fill(value, inline)];
        };
        if index == 0 && !self.begins_line(first) {
            return vec![Splice::insert(
                first.value.start,
                format!("{value},{}", self.separator(1)),
            )];
        }
        let separator = self.separator(index);
        let Some(previous) = index.checked_sub(1).map(|index| &self.entries[index]) else {
            let top = comment_start(self.text, first.head, first.value.start);
            return vec![Splice::insert(
                line_break(self.text, top),
                format!("{separator}{value},"),
            )];
        };
        if previous.comma.is_some() {
            return vec![Splice::insert(previous.tail, format!("{separator}{value},"))];
        }
        let comma = Splice::insert(previous.value.end, ",".to_owned());
        vec![comma, Splice::insert(previous.tail, format!("{separator}{value}"))]
    }

    /// Removes the entry at `index`; an array without entries and comments becomes `[]`.
    pub(super) fn remove(&self, index: usize) -> Vec<Splice> {
        let entry = &self.entries[index];
        let next = self.entries.get(index + 1);
        if let Some(next) = next
            && self.head(next).trim().is_empty()
            && (!self.begins_line(next) || index == 0 && !self.begins_line(entry))
        {
            // The next entry moves up to where this one stood on its line.
            return vec![Splice::delete(entry.value.start..next.value.start)];
        }
        let start = self.cut(index);
        let kept = [self.inner.start..start, entry.tail..self.inner.end];
        if self.entries.len() == 1
            && kept.iter().all(|range| !self.text[range.clone()].contains('#'))
        {
            return vec![Splice::delete(self.inner.clone())];
        }
        let cut = Splice::delete(start..entry.tail);
        // Without a comma behind the last entry there is none behind the one that becomes the last.
        let comma = index.checked_sub(1).and_then(|index| self.entries[index].comma);
        match comma {
            Some(comma) if next.is_none() && entry.comma.is_none() => {
                vec![Splice::delete(comma..comma + 1), cut]
            }
            _ => vec![cut],
        }
    }

    /// Returns where the removal of an entry begins that is the last one on its line.
    fn cut(&self, index: usize) -> usize {
        let entry = &self.entries[index];
        if !self.begins_line(entry) {
            return entry.head;
        }
        let heads_more = self.entries.get(index + 1).is_some_and(|next| {
            let head = self.head(next);
            head.trim().is_empty() && head.matches('\n').count() == 1
        });
        let first_line = if heads_more {
            line_start(self.text, entry.value.start)
        } else {
            comment_start(self.text, entry.head, entry.value.start)
        };
        let cut = line_break(self.text, first_line);
        // A bracket behind the entry must not move up into a comment.
        let above =
            index.checked_sub(1).map_or(self.inner.start, |index| self.entries[index].value.end);
        let has_bracket = line_end(self.text, entry.tail) != entry.tail;
        if has_bracket && self.text[above..cut].contains('#') { entry.value.start } else { cut }
    }

    /// Puts the first value into an array without any, behind its comments.
    fn fill(&self, value: &str, inline: bool) -> Splice {
        let outer = indentation(self.text, self.inner.start);
        let comments = self.text[self.inner.clone()].trim_end();
        if comments.is_empty() {
            let brackets = self.inner.start - 1..self.inner.end + 1;
            return Splice {
                range: brackets,
                text: array_of(value, self.text, (!inline).then_some(outer)),
            };
        }
        let (eol, unit) = (line_ending(self.text), indent_unit(self.text));
        Splice::insert(self.inner.start + comments.len(), format!("{eol}{outer}{unit}{value},"))
    }

    /// Returns what stands before the entry at `index`, or would before one behind the last.
    fn separator(&self, index: usize) -> String {
        let last = self.entries.len() - 1;
        let model = &self.entries[index.min(last)];
        let eol = line_ending(self.text);
        if self.begins_line(model) {
            return format!("{eol}{}", indentation(self.text, model.value.start));
        }
        if index > last && self.text[model.value.end..model.tail].contains('#') {
            let outer = indentation(self.text, self.inner.start);
            return format!("{eol}{outer}{}", indent_unit(self.text));
        }
        // What is before the first entry is the padding of the bracket.
        if index.min(last) == 0 { " ".to_owned() } else { self.head(model).to_owned() }
    }

    fn head(&self, entry: &Entry) -> &str {
        &self.text[entry.head..entry.value.start]
    }

    fn begins_line(&self, entry: &Entry) -> bool {
        self.head(entry).contains('\n')
    }
}

/// Returns the end of a piece whose last token ends at `at`.
fn tail_of(text: &str, at: usize) -> usize {
    let end = line_end(text, at);
    let rest = text[at..end].trim_start_matches([' ', '\t']);
    if rest.is_empty() || rest.starts_with('#') { end } else { at }
}

/// Finds the comma in what lies between two entries, past comments.
fn find_comma(gap: &str) -> Option<usize> {
    let mut in_comment = false;
    gap.find(|char| {
        match char {
            '#' => in_comment = true,
            '\n' => in_comment = false,
            _ => {}
        }
        char == ',' && !in_comment
    })
}
