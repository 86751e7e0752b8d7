//! Until when distributions may have been uploaded to be taken: a date, a moment, or an age.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use toml_edit::Datetime;

/// A limit of the age of distributions.
///
/// ```text
/// cutoff = date | date "T" time ( "Z" | offset ) | number unit
/// unit   = "hour" | "day" | "week", and their plurals
/// ```
///
/// A date is the whole day in UTC; a moment is one of RFC 3339. An age counts from the moment it is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "String")]
pub(crate) struct Cutoff {
    text: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Date,
    Moment(Timestamp),
    Age,
}

/// A cutoff in a file: as a text, or as a date of TOML.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a date, a moment, or an age in quotes such as \"7 days\"")]
enum Written {
    Text(String),
    Datetime(Datetime),
}

/// A text that is no cutoff.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` is neither a date such as `2026-01-31`, nor a moment such as `2026-01-31T12:00:00Z`, nor an age such as `7 days`"
)]
pub(crate) struct Error(String);

impl Cutoff {
    /// Returns what the engine understands alike on every machine: of a bare date it would take the day
    /// of the local time zone.
    pub(crate) fn argument(&self) -> String {
        match self.kind {
            Kind::Date => format!("{}T23:59:59.999999999Z", self.text),
            Kind::Moment(moment) => moment.to_string(),
            Kind::Age => self.text.clone(),
        }
    }
}

impl FromStr for Cutoff {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let kind = if is_age(text) {
            Kind::Age
        } else if text.len() == "2026-01-31".len() && text.parse::<Date>().is_ok() {
            Kind::Date
        } else if let Ok(moment) = text.parse() {
            Kind::Moment(moment)
        } else {
            return Err(Error(text.to_owned()));
        };
        Ok(Self { text: text.to_owned(), kind })
    }
}

impl fmt::Display for Cutoff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl TryFrom<Written> for Cutoff {
    type Error = Error;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        match written {
            Written::Text(text) => text.parse(),
            Written::Datetime(datetime) => datetime.to_string().parse(),
        }
    }
}

impl From<Cutoff> for String {
    fn from(cutoff: Cutoff) -> Self {
        cutoff.text
    }
}

fn is_age(text: &str) -> bool {
    let Some((number, unit)) = text.split_once(' ') else { return false };
    let is_number = number.parse::<u16>().is_ok() && !number.starts_with('+');
    let units = ["hour", "hours", "day", "days", "week", "weeks"];
    is_number && units.contains(&unit.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cutoffs_are_dates_moments_and_ages() {
        #[track_caller]
        fn check(text: &str, argument: &str) {
            let cutoff: Cutoff = text.parse().unwrap();
            assert_eq!(cutoff.argument(), argument);
            assert_eq!(cutoff.to_string().parse::<Cutoff>().unwrap(), cutoff);
        }
        check("2026-01-31", "2026-01-31T23:59:59.999999999Z");
        check("2024-02-29", "2024-02-29T23:59:59.999999999Z");
        check("2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z");
        check("2026-01-31T12:00:00.5+02:00", "2026-01-31T10:00:00.5Z");
        check("7 days", "7 days");
        check(" 1 week ", "1 week");
        check("36 hours", "36 hours");
    }

    #[test]
    fn dates_of_toml_are_cutoffs() {
        #[derive(Debug, Deserialize)]
        struct Table {
            cutoff: Cutoff,
        }
        #[track_caller]
        fn check(toml: &str, expected: Option<&str>) {
            let table = toml_edit::de::from_str::<Table>(&format!("cutoff = {toml}"));
            let cutoff = table.ok().map(|table| table.cutoff);
            assert_eq!(cutoff, expected.map(|text| text.parse().unwrap()));
        }
        check("2026-01-31", Some("2026-01-31"));
        check("2026-01-31T12:00:00Z", Some("2026-01-31T12:00:00Z"));
        check("2026-01-31 12:00:00.5+02:00", Some("2026-01-31T12:00:00.5+02:00"));
        check("\"7 days\"", Some("7 days"));
        check("2026-01-31T12:00:00", None); // of which place?
        check("12:00:00", None);
        check("7", None);
        check("{ days = 7 }", None);
    }

    #[test]
    fn what_is_no_cutoff_is_refused() {
        #[track_caller]
        fn check(text: &str) {
            assert!(text.parse::<Cutoff>().is_err(), "{text}");
        }
        check("");
        check("yesterday");
        check("2026-13-01");
        check("2026-02-29");
        check("2026-1-1");
        check("2026-01-31T12:00:00");
        check("2026-01-31T25:00:00Z");
        check("2026-01-31T12:00:00.Z");
        check("1 month");
        check("-7 days");
        check("seven days");
        check("7days");
        check("ä026-01-01");
    }
}
