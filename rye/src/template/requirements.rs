//! Requirements files, as pip reads them: what of them can be dependencies of a project.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use pep508_rs::Pep508Error;

use crate::fs;
use crate::packaging::{self, Requirement, RequirementUrl};
use crate::template::Error;

/// One line of a requirements file.
#[derive(Debug, PartialEq, Eq)]
enum Line {
    Requirement(Box<Requirement>),
    /// `-r`: another file, as it is written
    File(String),
    /// `-c`: what others may not exceed is no dependency
    Constraints,
}

/// Returns the requirements of a file and of those that it names, in order.
pub(super) fn load(path: &Path) -> Result<Vec<Requirement>, Error> {
    let mut requirements = Vec::new();
    collect(path, &mut HashSet::new(), &mut requirements)?;
    Ok(requirements)
}

fn collect(
    path: &Path,
    visited: &mut HashSet<PathBuf>,
    requirements: &mut Vec<Requirement>,
) -> Result<(), Error> {
    let text = fs::read_text(path)?;
    if !visited.insert(fs::canonical(path)?) {
        return Ok(());
    }
    for (number, line) in logical_lines(&text) {
        let failed = |reason| Error::Line { path: path.to_owned(), line: number, reason };
        match parse(&line).map_err(failed)? {
            Line::Requirement(requirement) => requirements.push(*requirement),
            Line::File(name) => {
                let directory = path.parent().unwrap_or(Path::new(""));
                collect(&directory.join(name), visited, requirements)?;
            }
            Line::Constraints => {}
        }
    }
    Ok(())
}

/// Returns the lines that say something, continued ones joined, without comments, each with the
/// number of its first. A comment ends its line: a backslash in it continues nothing.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let (number, before) = open.take().unwrap_or((index + 1, String::new()));
        let line = without_comment(line);
        match line.strip_suffix('\\') {
            Some(line) => open = Some((number, before + line)),
            None => lines.push((number, before + line)),
        }
    }
    lines.extend(open);
    let trimmed = lines.into_iter().map(|(number, line)| (number, line.trim().to_owned()));
    trimmed.filter(|(_, line)| !line.is_empty()).collect()
}

/// Returns a line up to its comment, which begins the line or follows a space.
fn without_comment(line: &str) -> &str {
    let starts_comment = |&(at, _): &(usize, &str)| {
        at == 0 || line[..at].ends_with(|before: char| before.is_whitespace())
    };
    let comment = line.match_indices('#').find(starts_comment);
    &line[..comment.map_or(line.len(), |(at, _)| at)]
}

fn parse(line: &str) -> Result<Line, String> {
    for (short, long) in [("-r", "--requirement"), ("-c", "--constraint")] {
        let value = line.strip_prefix(long).filter(|rest| rest.starts_with(['=', ' ', '\t']));
        let value = value.or_else(|| line.strip_prefix(short));
        if let Some(value) = value {
            let name = value.trim_start_matches('=').trim();
            return match (short, name) {
                (_, "") => Err(format!("`{line}` names no file")),
                ("-r", name) => Ok(Line::File(name.to_owned())),
                _ => Ok(Line::Constraints),
            };
        }
    }
    if line.starts_with('-') {
        return Err(format!("`{line}` is an option for pip, and no dependency"));
    }
    let (requirement, options) = line.split_once(" --").unwrap_or((line, ""));
    if !options.is_empty() && !options.split(" --").all(|option| option.starts_with("hash")) {
        return Err(format!("`--{options}` is an option for pip that a dependency cannot have"));
    }
    let parsed = packaging::requirement(requirement).map_err(|error| {
        let (text, reason) = (requirement.trim(), refusal(requirement, &error));
        format!("`{text}` is no requirement: {reason}")
    })?;
    Ok(Line::Requirement(Box::new(parsed)))
}

/// Returns why a text is no requirement.
pub(super) fn refusal(text: &str, error: &Pep508Error<RequirementUrl>) -> String {
    let text = text.trim();
    if text.starts_with(['.', '/', '~']) || text.contains('\\') {
        "it is a path, and a dependency needs a name".to_owned()
    } else if text.contains("://") && !text.contains('@') {
        format!("it has no name: write `NAME @ {text}`")
    } else {
        packaging::reason(&error.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined_and_bared_of_comments() {
        let text = "\u{feff}# all\nflask # web\n\nclick==8.1.7 \\\n    --hash=sha256:aa \\\r\n    \
                    --hash=sha256:bb\na @ https://h/a.whl#x\n\
                    # not \\\nb # nor \\\nc \\\n  # but\nd\nlast \\";
        let expected = [
            (2, "flask"),
            (4, "click==8.1.7     --hash=sha256:aa     --hash=sha256:bb"),
            (7, "a @ https://h/a.whl#x"),
            (9, "b"),
            (10, "c"),
            (12, "d"),
            (13, "last"),
        ];
        let lines = logical_lines(text);
        let lines: Vec<_> = lines.iter().map(|(number, line)| (*number, line.as_str())).collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn lines_are_understood() {
        #[track_caller]
        fn check(line: &str, expected: &str) {
            let requirement = Box::new(expected.parse().unwrap());
            assert_eq!(parse(line).unwrap(), Line::Requirement(requirement));
        }
        check("Flask[async] >= 2, <4", "flask[async]>=2,<4");
        check("click==8.1.7 --hash=sha256:aa --hash=sha256:bb", "click==8.1.7");
        check("tomli; python_version<'3.11'", "tomli; python_version < '3.11'");
        check("a @ git+https://h/a.git@main", "a @ git+https://h/a.git@main");
        assert_eq!(parse("-c limits.txt").unwrap(), Line::Constraints);
        for line in
            ["-r more.txt", "-rmore.txt", "--requirement more.txt", "--requirement=more.txt"]
        {
            assert_eq!(parse(line).unwrap(), Line::File("more.txt".to_owned()));
        }
    }

    #[test]
    fn what_is_no_dependency_is_refused() {
        #[track_caller]
        fn check(line: &str, expected: &str) {
            assert_eq!(parse(line).unwrap_err(), expected);
        }
        check("-e .", "`-e .` is an option for pip, and no dependency");
        check(
            "--index-url https://h",
            "`--index-url https://h` is an option for pip, and no dependency",
        );
        check("-r", "`-r` names no file");
        check(
            "./local",
            "`./local` is no requirement: it is a path, and a dependency needs a name",
        );
        check(
            "https://h/a.whl",
            "`https://h/a.whl` is no requirement: it has no name: write `NAME @ https://h/a.whl`",
        );
        check("flask --pre", "`--pre` is an option for pip that a dependency cannot have");
        check(
            "flask >> 2",
            "`flask >> 2` is no requirement: no such comparison operator \">>\", must be one of ~= == != <= >= < > ===",
        );
    }
}
