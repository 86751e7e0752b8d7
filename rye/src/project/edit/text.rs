//! Text of TOML: its lines, quotes and indentation, and replacements of its pieces.

use std::ops::Range;

/// Returns a TOML string, quoted like another one unless only the other style needs no escapes.
pub(super) fn quote(text: &str, like: &str) -> String {
    let has_control = text.contains(char::is_control);
    let is_literal = !has_control && !text.contains('\'');
    let is_basic = !has_control && !text.contains(['"', '\\']);
    if is_literal && (like.starts_with('\'') || !is_basic) {
        return format!("'{text}'");
    }
    let escape = |char: char| match char {
        '"' | '\\' => format!("\\{char}"),
        _ if char.is_control() => format!("\\u{:04X}", u32::from(char)),
        _ => char.to_string(),
    };
    format!("\"{}\"", text.chars().map(escape).collect::<String>())
}

/// Returns an array of one entry: on a line of its own below one indented by `outer`, else in line.
pub(super) fn array_of(value: &str, text: &str, outer: Option<&str>) -> String {
    let Some(outer) = outer else {
        return format!("[{value}]");
    };
    let (eol, unit) = (line_ending(text), indent_unit(text));
    format!("[{eol}{outer}{unit}{value},{eol}{outer}]")
}

/// A replacement of a piece of the text.
pub(super) struct Splice {
    pub(super) range: Range<usize>,
    pub(super) text: String,
}

impl Splice {
    pub(super) fn insert(at: usize, text: String) -> Self {
        Self { range: at..at, text }
    }

    pub(super) fn delete(range: Range<usize>) -> Self {
        Self { range, text: String::new() }
    }
}

/// Returns the line ending that most lines have.
pub(super) fn line_ending(text: &str) -> &'static str {
    let windows = text.matches("\r\n").count();
    if windows * 2 > text.matches('\n').count() { "\r\n" } else { "\n" }
}

/// Returns the indentation of the first array that shows one, else four spaces.
pub(super) fn indent_unit(text: &str) -> &str {
    (text.lines().zip(text.lines().skip(1)))
        .filter(|(line, _)| indentation(line, 0).is_empty() && line.trim_end().ends_with('['))
        .map(|(_, next)| indentation(next, 0))
        .find(|indent| !indent.is_empty())
        .unwrap_or("    ")
}

/// Returns the white space that the line at `at` begins with.
pub(super) fn indentation(text: &str, at: usize) -> &str {
    let line = &text[line_start(text, at)..];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// Returns where the line at `at` begins.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

/// Returns where the line at `at` ends, before its line ending.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    let end = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
    if text[at..end].ends_with('\r') { end - 1 } else { end }
}

/// Returns where the comment lines directly above the line at `at` begin, at `floor` or behind.
pub(super) fn comment_start(text: &str, floor: usize, at: usize) -> usize {
    let mut start = line_start(text, at);
    while start > floor {
        let above = line_start(text, start - 1);
        let is_comment = text[above..].trim_start_matches([' ', '\t']).starts_with('#');
        if above < floor || !is_comment {
            break;
        }
        start = above;
    }
    start
}

/// Returns where the line ending above a line begins.
pub(super) fn line_break(text: &str, line_start: usize) -> usize {
    let above = &text[..line_start];
    above.strip_suffix("\r\n").or(above.strip_suffix('\n')).unwrap_or(above).len()
}

/// Returns the span of what was parsed: only what is made or changed in the tree has none.
pub(super) fn span(span: Option<Range<usize>>) -> Range<usize> {
    span.expect("the tree is as it was parsed")
}
