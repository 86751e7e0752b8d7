//! What `RECORD` says of a distribution: its files (PEP 376).

use std::path::{Component, Path, PathBuf};

use crate::fs;
use crate::sys;
use crate::venv::Venv;

/// Returns the names of the files among an environment's programs that a `RECORD` has and that can be run, sorted.
pub(super) fn programs(record: &Path, venv: &Venv) -> Result<Vec<String>, fs::Error> {
    let text = fs::find_text(record)?.unwrap_or_default();
    // what it names starts beside the directory that it is in
    let base = record.ancestors().nth(2).unwrap_or(Path::new("."));
    // Rye's home may have `..` in it
    let programs = normal(&venv.programs());
    let mut names: Vec<_> = text
        .lines()
        .map(|line| normal(&base.join(first_field(line))))
        .filter(|path| path.parent() == Some(&programs) && sys::is_executable(path))
        .filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    names.dedup();
    Ok(names)
}

/// Returns the first field of a line of CSV.
fn first_field(line: &str) -> String {
    let Some(quoted) = line.strip_prefix('"') else {
        return line.split(',').next().unwrap_or_default().to_owned();
    };
    // a quote inside is written twice
    let mut field = String::new();
    let mut rest = quoted;
    while let Some((before, after)) = rest.split_once('"') {
        field.push_str(before);
        match after.strip_prefix('"') {
            Some(after) => {
                field.push('"');
                rest = after;
            }
            None => break,
        }
    }
    field
}

/// Returns a path without `..`, by its text alone.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                normal.pop();
            }
            Component::CurDir => {}
            component => normal.push(component),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_field_of_a_line_may_be_quoted() {
        #[track_caller]
        fn check(line: &str, expected: &str) {
            assert_eq!(first_field(line), expected);
        }
        check("../../../bin/demo,sha256=x,10", "../../../bin/demo");
        check("demo.py,,", "demo.py");
        check("\"a,b.py\",,", "a,b.py");
        check("\"a\"\"b\",,", "a\"b");
        check("", "");
    }
}
