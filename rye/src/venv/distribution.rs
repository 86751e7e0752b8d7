//! What is installed in an environment, read from the metadata that installers leave: no interpreter is started.

use std::path::{Component, Path, PathBuf};

use crate::fs;
use crate::packaging::PackageName;
use crate::sys;
use crate::venv::{Error, Venv};

/// A distribution in an environment, by its `*.dist-info` (PEP 376, PEP 427).
#[derive(Clone, Debug)]
pub(crate) struct Distribution {
    pub(crate) name: PackageName,
    pub(crate) version: String,
    /// Its metadata
    directory: PathBuf,
}

impl Venv {
    /// Returns the distributions in the environment, by name.
    pub(crate) fn distributions(&self) -> Result<Vec<Distribution>, Error> {
        let entries = fs::list(&self.site_packages()?)?;
        let mut found: Vec<_> = entries.into_iter().filter_map(Distribution::at).collect();
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }
}

impl Distribution {
    fn at(directory: PathBuf) -> Option<Self> {
        let stem = directory.file_name()?.to_str()?.strip_suffix(".dist-info")?;
        let (name, version) = stem.split_once('-')?;
        Some(Self { name: name.parse().ok()?, version: version.to_owned(), directory })
    }

    /// Returns the names of the files among an environment's programs that belong to the distribution and can be
    /// run, sorted.
    pub(crate) fn programs(&self, venv: &Venv) -> Result<Vec<String>, Error> {
        let text = fs::find_text(&self.directory.join("RECORD"))?.unwrap_or_default();
        let site_packages = self.directory.parent().unwrap_or(Path::new("."));
        let programs = venv.programs();
        let mut names: Vec<_> = text
            .lines()
            .map(|line| normal(&site_packages.join(first_field(line))))
            .filter(|path| path.parent() == Some(&programs) && sys::is_executable(path))
            .filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()))
            .collect();
        names.sort();
        names.dedup();
        Ok(names)
    }
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
