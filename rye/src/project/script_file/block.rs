//! The block of metadata in a Python file (PEP 723): where it is, what it says, and how it is replaced.
//!
//! Only bytes are looked at: the rest of the file may be in any encoding that has ASCII in it.

use std::ops::Range;
use std::str::{self, Utf8Error};

/// The last line of a block, as of every block.
const END: &[u8] = b"# ///";

const MARK: &[u8] = b"\xef\xbb\xbf";

/// Where the lines of a block are, those at its ends left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) content: Range<usize>,
    /// The number of the line that the block begins with
    pub(super) line: usize,
}

/// What a file has of blocks with the metadata of a script.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    One(Block),
    /// A beginning without an end, which counts as nothing
    Unclosed {
        line: usize,
    },
    Several {
        first: usize,
        second: usize,
    },
}

/// A line of a file.
struct Line<'a> {
    start: usize,
    end: usize,
    /// Without its line ending
    text: &'a [u8],
}

/// Finds the block of the type `script`.
///
/// ```text
/// block   = begin *content end
/// begin   = "# /// " 1*(letter / digit / "-")
/// content = "#" / "# " text
/// end     = "# ///"
/// ```
///
/// Of several ends in one run of comments the last one counts. Blocks of other types are nobody's business.
pub(super) fn find(bytes: &[u8]) -> Found {
    if !contains(bytes, b"# /// script") {
        return Found::Nothing; // most files have none, and some are large
    }
    let lines = lines(bytes);
    let mut found = Found::Nothing;
    let mut index = 0;
    while let Some(line) = lines.get(index) {
        index += 1;
        let Some(kind) = line.text.strip_prefix(b"# /// ").filter(|kind| is_type(kind)) else {
            continue;
        };
        let run = lines[index..].iter().take_while(|line| is_content(line.text)).count();
        let end = lines[index..index + run].iter().rposition(|line| line.text == END);
        let is_script = kind == b"script";
        match (end, found) {
            (Some(end), Found::One(first)) if is_script => {
                debug_assert!(first.line < index && end < run);
                return Found::Several { first: first.line, second: index };
            }
            (Some(end), _) if is_script => {
                let content = lines[index].start..lines[index + end].start;
                found = Found::One(Block { content, line: index });
            }
            (None, Found::Nothing) if is_script => found = Found::Unclosed { line: index },
            (_, before) => found = before,
        }
        index += end.map_or(0, |end| end + 1);
    }
    found
}

/// Returns what the lines of a block say, with their line endings.
pub(super) fn text(bytes: &[u8], block: &Block) -> Result<String, Utf8Error> {
    let mut text = String::new();
    for line in str::from_utf8(&bytes[block.content.clone()])?.split_inclusive('\n') {
        let line = line.strip_prefix('#').expect("it is a comment");
        text.push_str(line.strip_prefix(' ').unwrap_or(line));
    }
    Ok(text)
}

/// Returns the file with another text in its block; what of the lines stays the same is not touched.
pub(super) fn replaced(bytes: &[u8], block: &Block, before: &str, after: &str) -> Vec<u8> {
    let content = &bytes[block.content.clone()];
    let raw: Vec<_> = content.split_inclusive(|byte| *byte == b'\n').collect();
    let (old, new): (Vec<_>, Vec<_>) =
        (before.split_inclusive('\n').collect(), after.split_inclusive('\n').collect());
    let same = |(a, b): &(&&str, &&str)| a == b;
    let head = old.iter().zip(&new).take_while(same).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(same).count();
    let mut replaced = bytes[..block.content.start].to_vec();
    replaced.extend(raw[..head].concat());
    let eol = line_ending(bytes);
    replaced.extend(comments(&new[head..new.len() - tail].concat(), eol).bytes());
    replaced.extend(raw[raw.len() - tail..].concat());
    replaced.extend(&bytes[block.content.end..]);
    replaced
}

/// Returns the file with a block that it did not have: at its top, below the lines that have to be first.
pub(super) fn inserted(bytes: &[u8], text: &str) -> Vec<u8> {
    let start = if bytes.starts_with(MARK) { MARK.len() } else { 0 };
    let eol = line_ending(bytes);
    let lines = lines(bytes);
    let shebang = usize::from(lines.first().is_some_and(|line| line.text.starts_with(b"#!")));
    // an encoding counts in the first two lines only (PEP 263)
    let encoding = lines.iter().take(2).rposition(|line| names_encoding(line.text));
    let top = encoding.map_or(shebang, |index| index + 1).max(shebang);
    let at = top.checked_sub(1).map_or(start, |last| lines[last].end);
    let mut inserted = bytes[..at].to_vec();
    if at > start && !inserted.ends_with(b"\n") {
        inserted.extend(eol.bytes());
    }
    let comments = comments(&text.replace("\r\n", "\n").replace('\n', eol), eol);
    inserted.extend(format!("# /// script{eol}{comments}# ///{eol}").bytes());
    // a comment right below would be part of the block, and code looks better apart
    if lines.get(top).is_some_and(|next| !next.text.is_empty()) {
        inserted.extend(eol.bytes());
    }
    inserted.extend(&bytes[at..]);
    inserted
}

/// Returns lines as comments; the last one gets the line ending that it may lack.
fn comments(text: &str, eol: &str) -> String {
    let comment = |line: &str| {
        let content = line.trim_end_matches(['\r', '\n']);
        let eol = if content.len() == line.len() { eol } else { &line[content.len()..] };
        let space = if content.is_empty() { "" } else { " " };
        format!("#{space}{content}{eol}")
    };
    text.split_inclusive('\n').map(comment).collect()
}

fn lines(bytes: &[u8]) -> Vec<Line<'_>> {
    let mut end = 0;
    let mut lines = Vec::new();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let start = end;
        end += line.len();
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        let text = text.strip_prefix(MARK).filter(|_| start == 0).unwrap_or(text);
        lines.push(Line { start, end, text });
    }
    lines
}

/// Returns the line ending that most lines have.
fn line_ending(bytes: &[u8]) -> &'static str {
    let lines = bytes.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n"));
    let (windows, others): (Vec<_>, Vec<_>) = lines.partition(|line| line.ends_with(b"\r\n"));
    if windows.len() > others.len() { "\r\n" } else { "\n" }
}

fn is_type(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
}

fn is_content(line: &[u8]) -> bool {
    line == b"#" || line.starts_with(b"# ")
}

fn names_encoding(line: &[u8]) -> bool {
    let is_comment = line.trim_ascii_start().starts_with(b"#");
    is_comment && (contains(line, b"coding:") || contains(line, b"coding="))
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Files of lines that may make a block.
    fn files() -> impl Strategy<Value = String> {
        let texts =
            vec!["# /// script", "# ///", "#", "# ", "# a = 1", "#a", "a", "", "# /// b", "#!/a"];
        let ends = proptest::sample::select(vec!["\n", "\r\n"]);
        let lines = proptest::collection::vec((proptest::sample::select(texts), ends), 0..12);
        lines.prop_map(|lines| lines.into_iter().flat_map(|(line, end)| [line, end]).collect())
    }

    proptest! {
        #[test]
        fn what_is_not_edited_stays(file in files(), added in "[a-z]{0,3}\n?") {
            let bytes = file.as_bytes();
            match find(bytes) {
                Found::One(block) => {
                    let before = text(bytes, &block).unwrap();
                    prop_assert_eq!(&replaced(bytes, &block, &before, &before), bytes);
                    let after = before.clone() + &added;
                    let edited = replaced(bytes, &block, &before, &after);
                    let Found::One(block) = find(&edited) else { panic!("{edited:?}") };
                    let end = if added.is_empty() || added.ends_with('\n') { "" } else { "\n" };
                    let read = text(&edited, &block).unwrap().replace("\r\n", "\n");
                    prop_assert_eq!(read, (after + end).replace("\r\n", "\n"));
                }
                Found::Nothing => {
                    let edited = inserted(bytes, &format!("{added}\n"));
                    let Found::One(_) = find(&edited) else { panic!("{edited:?}") };
                }
                Found::Unclosed { .. } | Found::Several { .. } => {}
            }
        }
    }

    #[track_caller]
    fn check(file: &str, expected: Option<&str>) {
        for file in [file.to_owned(), file.replace('\n', "\r\n"), format!("\u{feff}{file}")] {
            let found = find(file.as_bytes());
            let text = match &found {
                Found::One(block) => Some(text(file.as_bytes(), block).unwrap()),
                Found::Nothing | Found::Unclosed { .. } => None,
                Found::Several { .. } => panic!("{found:?}"),
            };
            assert_eq!(text.map(|text| text.replace('\r', "")).as_deref(), expected, "{file}");
        }
    }

    #[test]
    fn a_block_is_found() {
        check("# /// script\n# a = 1\n#\n#  b\n# ///\n", Some("a = 1\n\n b\n"));
        check("#!/x\n\"\"\"doc\"\"\"\n# /// script\n# a = 1\n# ///\nx = 1\n", Some("a = 1\n"));
        check("# /// script\n# ///", Some(""));
        check("# /// script\n# a\n# ///\n# not of it\n", Some("a\n"));
        // the end of the run of comments is the end of the block
        check("# /// script\n# a\n# ///\n# b\n# ///\n", Some("a\n///\nb\n"));
        check("# /// other\n# /// script\n# ///\n", None);
        check("# /// other-1\n# ///\n\n# /// script\n# a\n# ///\n", Some("a\n"));
        check("# /// <other>\n# /// script\n# a\n# ///\n", Some("a\n"));
    }

    #[test]
    fn what_is_no_block_is_none() {
        check("", None);
        check("print()\n", None);
        check("# /// script\n", None);
        check("# /// script\n# a\n\n# ///\n", None);
        check("# /// script\n#a\n# ///\n", None);
        check("# /// script\n# a\n# /// \n", None);
        check("# /// script \n# a\n# ///\n", None);
        check("#  /// script\n# a\n# ///\n", None);
        check(" # /// script\n # a\n # ///\n", None);
        check("# /// Script\n# a\n# ///\n", None);
        let unclosed = find(b"x\n# /// script\n# a\n");
        assert_eq!(unclosed, Found::Unclosed { line: 2 });
        let two = "# /// script\n# ///\n\n# /// script\n# ///\n";
        assert_eq!(find(two.as_bytes()), Found::Several { first: 1, second: 4 });
        // one that is not closed makes no second one
        let open = "# /// script\n# ///\n\n# /// script\n";
        assert!(matches!(find(open.as_bytes()), Found::One(_)));
    }

    #[test]
    fn other_bytes_stay() {
        let file = b"\xe9\n# /// script\r\n# \r\n# a\r\n#\n# b\n# ///\n\xff";
        let Found::One(block) = find(file) else { panic!() };
        let before = text(file, &block).unwrap();
        assert_eq!(replaced(file, &block, &before, &before), file);
        let after = before.replace("a\r\n", "a\r\nc\r\n\r\n");
        let expected = b"\xe9\n# /// script\r\n# \r\n# a\r\n# c\r\n#\r\n#\n# b\n# ///\n\xff";
        assert_eq!(replaced(file, &block, &before, &after), expected);
        let after = before.replace("b\n", "d");
        let expected = b"\xe9\n# /// script\r\n# \r\n# a\r\n#\n# d\n# ///\n\xff";
        assert_eq!(replaced(file, &block, &before, &after), expected);
    }

    #[test]
    fn a_block_is_inserted_below_what_has_to_be_first() {
        #[track_caller]
        fn check(file: &str, expected: &str) {
            let windows = |text: &str| text.replace('\n', "\r\n");
            let inserted = |file: &str| {
                let file = inserted(file.as_bytes(), "a = 1\n");
                assert!(matches!(find(&file), Found::One(_)));
                String::from_utf8(file).unwrap()
            };
            assert_eq!(inserted(file), expected);
            assert_eq!(inserted(&format!("\u{feff}{file}")), format!("\u{feff}{expected}"));
            if file.contains('\n') {
                assert_eq!(inserted(&windows(file)), windows(expected));
            }
        }
        let block = "# /// script\n# a = 1\n# ///\n";
        check("", block);
        check("print()\n", &format!("{block}\nprint()\n"));
        check("\nprint()\n", &format!("{block}\nprint()\n"));
        check("# text\n", &format!("{block}\n# text\n"));
        check("#!/x\nprint()\n", &format!("#!/x\n{block}\nprint()\n"));
        check("#!/x", &format!("#!/x\n{block}"));
        check("# coding: x\nprint()\n", &format!("# coding: x\n{block}\nprint()\n"));
        check(
            "#!/x\n# vim: encoding=x :\n\nx\n",
            &format!("#!/x\n# vim: encoding=x :\n{block}\nx\n"),
        );
        check("x = 1\n\n# coding: x\n", &format!("{block}\nx = 1\n\n# coding: x\n"));
    }
}
