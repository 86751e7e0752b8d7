//! `setup.cfg`, as Python's configparser reads it, and what setuptools finds in it.

use std::collections::BTreeMap;
use std::path::Path;

use crate::fs;
use crate::packaging;
use crate::template::Error;
use crate::template::import::Metadata;
use crate::ui::Ui;

/// The values by section and key; the lines of one are parted by `\n`.
type Sections = BTreeMap<String, BTreeMap<String, String>>;

/// Returns what the file in a directory says of the project; nothing where there is no file.
pub(super) fn load(root: &Path, ui: &Ui) -> Result<Metadata, Error> {
    let path = root.join("setup.cfg");
    let Some(text) = fs::find_text(&path)? else {
        return Ok(Metadata::default());
    };
    let sections = parse(&text).map_err(|(line, reason)| Error::Line { path, line, reason })?;
    let text = |section: &str, key: &str| -> Result<Option<String>, Error> {
        let value = sections.get(section).and_then(|keys| keys.get(key));
        let Some(value) = value.filter(|value| !value.is_empty()) else {
            return Ok(None);
        };
        if let Some(files) = value.strip_prefix("file:") {
            let names = files.split([',', '\n']).map(str::trim).filter(|name| !name.is_empty());
            let texts = names.map(|name| fs::read_text(&root.join(name)));
            let texts = texts.collect::<Result<Vec<_>, _>>()?;
            return Ok(Some(texts.join("\n").trim().to_owned()));
        }
        if value.starts_with("attr:") {
            ui.warn(format_args!(
                "`{key}` of `setup.cfg` is left out: `{value}` is code to be run"
            ));
            return Ok(None);
        }
        Ok(Some(value.clone()))
    };
    let lists = |section: &str| -> BTreeMap<String, Vec<String>> {
        let keys = sections.get(section).into_iter().flatten();
        keys.map(|(key, value)| (key.clone(), list(value))).collect()
    };
    let unused = ["ext_modules", "scripts", "entry_points"].into_iter();
    let has = |key: &&str| sections.get("options").is_some_and(|keys| keys.contains_key(*key));
    Ok(Metadata {
        name: text("metadata", "name")?,
        version: text("metadata", "version")?,
        description: text("metadata", "description")?,
        author: text("metadata", "author")?,
        author_email: text("metadata", "author_email")?,
        license: text("metadata", "license")?,
        python_requires: text("options", "python_requires")?,
        install_requires: list(&text("options", "install_requires")?.unwrap_or_default()),
        entry_points: lists("options.entry_points"),
        extras_require: lists("options.extras_require"),
        left_out: unused.filter(has).map(str::to_owned).collect(),
    })
}

/// Returns the entries of a list: one a line, or in one line between semicolons.
fn list(value: &str) -> Vec<String> {
    let is_one = !value.contains('\n') && packaging::requirement(value).is_ok();
    let parts: Vec<_> = match value {
        _ if is_one => vec![value],
        _ if value.contains('\n') => value.lines().collect(),
        _ => value.split(';').collect(),
    };
    let parts = parts.into_iter().map(str::trim);
    parts.filter(|part| !part.is_empty() && !part.starts_with('#')).map(str::to_owned).collect()
}

/// Reads the sections; an error is the number of a line and what is wrong with it.
fn parse(text: &str) -> Result<Sections, (usize, String)> {
    let mut sections = Sections::new();
    let mut section: Option<String> = None;
    // the key that a deeper line continues, and how deep it is
    let mut open: Option<(String, usize)> = None;
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let failed = |reason: &str| (index + 1, format!("`{}` {reason}", line.trim()));
        let content = line.trim();
        if content.is_empty() || content.starts_with(['#', ';']) {
            continue;
        }
        let depth = line.len() - line.trim_start().len();
        if let (Some(section), Some((key, key_depth))) = (&section, &open)
            && depth > *key_depth
        {
            let value =
                sections.entry(section.clone()).or_default().entry(key.clone()).or_default();
            value.push('\n');
            value.push_str(content);
            continue;
        }
        if let Some(name) = content.strip_prefix('[') {
            let name = name.rsplit_once(']').ok_or_else(|| failed("has no `]`"))?.0;
            section = Some(name.to_owned());
            open = None;
            continue;
        }
        let name = section.clone().ok_or_else(|| failed("is in no section"))?;
        let at = content.find(['=', ':']).ok_or_else(|| failed("has neither `=` nor `:`"))?;
        // setuptools takes `author-email` for `author_email`
        let key = content[..at].trim().to_ascii_lowercase().replace('-', "_");
        let value = content[at + 1..].trim().to_owned();
        sections.entry(name).or_default().insert(key.clone(), value);
        open = Some((key, depth));
    }
    Ok(sections)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_read() {
        let text = "\u{feff}# all\n[metadata]\nname = my-tool\n; not this\nAuthor-Email: a@b.c\n\
                    description =\n    one\n\n    # inside\n    two = 2\n[options]\r\n\
                    install_requires =\r\n  flask>=2\r\n\n[flake8]\n  ignore=E1\n";
        let sections = parse(text).unwrap();
        let metadata = &sections["metadata"];
        assert_eq!(metadata["name"], "my-tool");
        assert_eq!(metadata["author_email"], "a@b.c");
        assert_eq!(metadata["description"], "\none\ntwo = 2");
        assert_eq!(sections["options"]["install_requires"], "\nflask>=2");
        assert_eq!(sections["flake8"]["ignore"], "E1");
    }

    #[test]
    fn a_line_that_says_nothing_is_told() {
        #[track_caller]
        fn check(text: &str, line: usize, reason: &str) {
            assert_eq!(parse(text).unwrap_err(), (line, reason.to_owned()));
        }
        check("name = x", 1, "`name = x` is in no section");
        check("[a]\n\nname", 3, "`name` has neither `=` nor `:`");
        check("[a\n", 1, "`[a` has no `]`");
    }

    #[test]
    fn lists_are_lines_or_parted_by_semicolons() {
        #[track_caller]
        fn check(value: &str, expected: &[&str]) {
            assert_eq!(list(value), expected);
        }
        check(
            "\nflask>=2\n# no\ntomli; python_version<'3.11'",
            &["flask>=2", "tomli; python_version<'3.11'"],
        );
        check("flask; click", &["flask", "click"]);
        check("tomli; python_version<'3.11'", &["tomli; python_version<'3.11'"]);
        check("", &[]);
    }
}
