//! The licence of a new project: an SPDX expression, and the texts of what it names.

use std::fmt;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use spdx::identifiers::{EXCEPTIONS, LICENSES};
use spdx::{Expression, ParseMode};

use crate::error::closest;
use crate::template::author::Author;

/// The forms in which texts leave room for a year and a holder. Those of the GNU licences are part
/// of an instruction and stay.
const PLACEHOLDERS: [&str; 9] = [
    "<year> <copyright holders>",
    "<year> <copyright holder>",
    "<year> <owner>",
    "<YEAR> <COPYRIGHT HOLDERS>",
    "<YEAR> <COPYRIGHT HOLDER>",
    "<YEAR> <OWNER>",
    "<YEAR> <HOLDERS>",
    "[yyyy] [name of copyright owner]",
    "YEAR by AUTHOR EMAIL",
];

/// A licence as an SPDX expression (PEP 639); `MIT`, `MIT OR Apache-2.0`.
#[derive(Clone, Debug)]
pub(crate) struct License(Expression);

/// A text that is no SPDX expression.
#[derive(Debug, thiserror::Error)]
#[error("`{text}` is no SPDX licence expression: {reason}{}", closest.map(|id| format!("; did you mean `{id}`?")).unwrap_or_default())]
pub(crate) struct Error {
    text: String,
    reason: String,
    closest: Option<&'static str>,
}

impl FromStr for License {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // deprecated identifiers are still legal, and in the settings of many
        let mode = ParseMode { allow_deprecated: true, ..ParseMode::STRICT };
        let expression = Expression::parse_mode(text.trim(), mode).map_err(|error| {
            use spdx::error::Reason::{UnknownException, UnknownLicense, UnknownTerm};
            let unknown = matches!(error.reason, UnknownTerm | UnknownLicense | UnknownException);
            let term = error.original.get(error.span.clone()).filter(|_| unknown);
            let reason = error.reason.to_string();
            let names = LICENSES.iter().map(|license| license.name);
            let names = names.chain(EXCEPTIONS.iter().map(|exception| exception.name));
            let closest = term.and_then(|term| closest(term, names));
            Error { text: text.to_owned(), reason, closest }
        })?;
        Ok(Self(expression))
    }
}

impl fmt::Display for License {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl License {
    /// Returns the licence that somebody meant who knew no SPDX; `Apache License, Version 2.0`.
    pub(super) fn recognize(text: &str) -> Option<Self> {
        let squashed = squash(text);
        let known = LICENSES.iter().find(|license| {
            squash(license.name) == squashed || squash(license.full_name) == squashed
        });
        text.parse().ok().or_else(|| known?.name.parse().ok())
    }

    /// Returns the names and contents of the files with the texts.
    pub(super) fn files(&self, author: Option<&Author>) -> Vec<(String, String)> {
        let mut texts: Vec<(&str, &str)> = Vec::new();
        for requirement in self.0.requirements().map(|requirement| &requirement.req) {
            texts.extend(requirement.license.id().map(|id| (id.name, id.text())));
            let exception = requirement.addition.as_ref().and_then(spdx::AdditionItem::id);
            texts.extend(exception.map(|id| (id.name, id.text())));
        }
        texts.sort_unstable();
        texts.dedup();
        let holder = author.and_then(|author| author.name.as_deref());
        let only = texts.len() == 1;
        let file = |(id, text): (&str, &str)| {
            let name = if only { "LICENSE.txt".to_owned() } else { format!("LICENSE-{id}.txt") };
            let text = holder.map_or_else(|| text.to_owned(), |holder| signed(text, holder));
            (name, text.trim_end().to_owned() + "\n")
        };
        texts.into_iter().map(file).collect()
    }
}

/// Returns what stays of a name when spelling does not count.
fn squash(name: &str) -> String {
    let name = name.to_ascii_lowercase().replace("license", "").replace("version", "");
    name.trim_start_matches("the ").chars().filter(char::is_ascii_alphanumeric).collect()
}

/// Returns a text with year and holder put in the place that it leaves for them.
fn signed(text: &str, holder: &str) -> String {
    let year = this_year();
    let found = PLACEHOLDERS.iter().find(|form| text.contains(**form));
    found
        .map_or_else(|| text.to_owned(), |form| text.replacen(form, &format!("{year} {holder}"), 1))
}

/// Returns the current year (UTC).
fn this_year() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut days = now.as_secs() / (24 * 60 * 60);
    let mut year = 1970;
    loop {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = if leap { 366 } else { 365 };
        if days < length {
            return year;
        }
        days -= length;
        year += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(license: &str, author: Option<&str>) -> Vec<(String, String)> {
        let author = author.and_then(|name| Author::new(Some(name.to_owned()), None));
        license.parse::<License>().unwrap().files(author.as_ref())
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            let error = text.parse::<License>().unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("`{text}` is no SPDX licence expression: {expected}")
            );
        }
        check("MTI", "unknown term; did you mean `MIT`?");
        check("mit", "unknown term; did you mean `MIT`?");
        check("Apache-2", "unknown term; did you mean `Apache-2.0`?");
        check("MIT OR BSD-3-Clauses", "unknown term; did you mean `BSD-3-Clause`?");
        check("Proprietary-and-secret", "unknown term");
        check("Foo", "unknown term");
        check("", "empty expression");
    }

    #[test]
    fn loose_names_are_recognized() {
        #[track_caller]
        fn check(text: &str, expected: Option<&str>) {
            let found = License::recognize(text).map(|license| license.to_string());
            assert_eq!(found.as_deref(), expected);
        }
        check("MIT", Some("MIT"));
        check("MIT License", Some("MIT"));
        check("The MIT License", Some("MIT"));
        check("Apache License, Version 2.0", Some("Apache-2.0"));
        check("BSD 3-Clause", Some("BSD-3-Clause"));
        check("MPL 2.0", Some("MPL-2.0"));
        check("BSD", None);
        check("Copyright me", None);
    }

    #[test]
    fn texts_are_signed() {
        #[track_caller]
        fn check(license: &str, expected: &str) {
            let files = files(license, Some("A. Writer"));
            let expected = expected.replace("YEAR", &this_year().to_string());
            assert!(files[0].1.contains(&expected), "{}", files[0].1);
        }
        check("MIT", "Copyright (c) YEAR A. Writer\n");
        check("BSD-3-Clause", "Copyright (c) YEAR A. Writer.");
        check("ISC", "Copyright YEAR A. Writer");
        check("Apache-2.0", "Copyright YEAR A. Writer");
        check("0BSD", "Copyright (C) YEAR A. Writer\n");
        check("GPL-3.0-only", "<year>  <name of author>");
    }

    #[test]
    fn every_licence_of_an_expression_has_its_file() {
        #[track_caller]
        fn check(license: &str, expected: &[&str]) {
            let names: Vec<_> = files(license, None).into_iter().map(|(name, _)| name).collect();
            assert_eq!(names, expected);
        }
        check("MIT", &["LICENSE.txt"]);
        check("GPL-3.0", &["LICENSE.txt"]);
        check("MIT OR Apache-2.0", &["LICENSE-Apache-2.0.txt", "LICENSE-MIT.txt"]);
        check(
            "Apache-2.0 WITH LLVM-exception",
            &["LICENSE-Apache-2.0.txt", "LICENSE-LLVM-exception.txt"],
        );
        check("LicenseRef-Mine", &[]);
    }
}
