//! The vocabulary of Python packaging: names (PEP 503), versions and specifiers (PEP 440),
//! requirements and markers (PEP 508). Parses and prints; does no I/O.

use std::convert::Infallible;
use std::fmt;
use std::path::Path;

pub(crate) use pep440_rs::{
    Operator, Version, VersionSpecifier, VersionSpecifiers, VersionSpecifiersParseError,
};
pub(crate) use pep508_rs::{ExtraName, PackageName, VersionOrUrl};

/// A requirement as PEP 508 defines it.
pub(crate) type Requirement = pep508_rs::Requirement<RequirementUrl>;

/// The URL of a direct reference, kept as it was written: `${NAME}` in it stays for the engine to
/// expand, so that a lockfile holds on another machine.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct RequirementUrl(String);

impl RequirementUrl {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequirementUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl pep508_rs::Pep508Url for RequirementUrl {
    type Err = Infallible;

    fn parse_url(url: &str, _working_dir: Option<&Path>) -> Result<Self, Self::Err> {
        Ok(Self::new(url))
    }
}

/// Returns the smallest release that the specifiers admit, as far as a bound names it.
///
/// `>=3.9,<4` has `3.9`; `~=3.10` and `==3.11.*` have theirs; `!=3.9` and `<4` have none.
pub(crate) fn lower_bound(specifiers: &VersionSpecifiers) -> Option<Version> {
    let bound = |specifier: &VersionSpecifier| match specifier.operator() {
        Operator::Equal
        | Operator::EqualStar
        | Operator::ExactEqual
        | Operator::GreaterThan
        | Operator::GreaterThanEqual
        | Operator::TildeEqual => Some(specifier.version().clone()),
        Operator::NotEqual
        | Operator::NotEqualStar
        | Operator::LessThan
        | Operator::LessThanEqual => None,
    };
    specifiers.iter().filter_map(bound).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lower_bound_is_the_strictest_one() {
        #[track_caller]
        fn check(specifiers: &str, expected: Option<&str>) {
            let specifiers: VersionSpecifiers = specifiers.parse().unwrap();
            let bound = lower_bound(&specifiers).map(|version| version.to_string());
            assert_eq!(bound.as_deref(), expected);
        }
        check(">=3.9,<4", Some("3.9"));
        check(">=3.9,>=3.10.2", Some("3.10.2"));
        check("~=3.10", Some("3.10"));
        check("==3.11.*", Some("3.11"));
        check(">3.11", Some("3.11"));
        check("<4", None);
        check("!=3.9.1", None);
        check("", None);
    }

    #[test]
    fn a_requirement_keeps_variables_in_its_url() {
        let text = "foo @ file:///${PROJECT_ROOT}/libs/foo";
        assert_eq!(text.parse::<Requirement>().unwrap().to_string(), text);
    }
}
