//! The vocabulary of Python packaging: names (PEP 503), versions and specifiers (PEP 440),
//! requirements and markers (PEP 508). Parses and prints; does no I/O.

use std::convert::Infallible;
use std::fmt;
use std::path::Path;

use serde::Serialize;

mod bounds;
mod bump;

pub(crate) use bounds::Bounds;
pub(crate) use bump::{Bump, BumpError, bump};
pub(crate) use pep440_rs::{
    Operator, Version, VersionSpecifier, VersionSpecifiers, VersionSpecifiersParseError,
};
pub(crate) use pep508_rs::{
    ExtraName, MarkerEnvironment, MarkerEnvironmentBuilder, PackageName, VersionOrUrl,
};
use pep508_rs::{Pep508Error, Pep508ErrorSource};

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

/// Reads a requirement that somebody wrote: what comes from outside is read with this.
///
/// The parser panics at a name that does not end with a letter or a digit, which this refuses.
pub(crate) fn requirement(text: &str) -> Result<Requirement, Pep508Error<RequirementUrl>> {
    let is_part = |part: char| part.is_ascii_alphanumeric() || "-_.".contains(part);
    let leading = |text: &str| {
        let text = text.trim_start();
        text[..text.find(|part| !is_part(part)).unwrap_or(text.len())].to_owned()
    };
    let name = leading(text);
    let rest = text.trim_start()[name.len()..].trim_start();
    let extras = rest.strip_prefix('[').and_then(|extras| extras.split(']').next());
    let extras = extras.into_iter().flat_map(|extras| extras.split(',')).map(leading);
    let mut names = std::iter::once(name).chain(extras);
    if let Some(name) = names.find(|name| name.ends_with(['-', '_', '.'])) {
        let reason = format!("a name ends with a letter or a digit, and `{name}` does not");
        return Err(Pep508Error {
            message: Pep508ErrorSource::String(reason),
            start: 0,
            len: text.len(),
            input: text.to_owned(),
        });
    }
    text.parse()
}

/// How the versions of new requirements are bounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum, Serialize)]
pub(crate) enum DependencyOperator {
    #[value(aliases = ["exact", "==", "eq"])]
    #[serde(rename = "==")]
    Equal,
    #[value(aliases = ["tilde", "compatible", "~="])]
    #[serde(rename = "~=")]
    TildeEqual,
    #[default]
    #[value(aliases = [">=", "ge", "gte"])]
    #[serde(rename = ">=")]
    GreaterThanEqual,
}

impl DependencyOperator {
    /// Returns the specifier that this version satisfies.
    ///
    /// A local version is equal to nothing but itself, and `~=` needs two release numbers.
    pub(crate) fn specifier(self, version: &Version) -> VersionSpecifier {
        let operator = match self {
            _ if version.is_local() => Operator::Equal,
            Self::Equal => Operator::Equal,
            Self::TildeEqual if version.release().len() > 1 => Operator::TildeEqual,
            Self::TildeEqual | Self::GreaterThanEqual => Operator::GreaterThanEqual,
        };
        VersionSpecifier::from_version(operator, version.clone())
            .expect("each of these operators takes such a version")
    }
}

/// A build backend (PEP 517) that projects can be started with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum BuildSystem {
    #[default]
    Hatchling,
    Setuptools,
    Flit,
    Pdm,
    /// For extension modules in Rust
    Maturin,
    #[value(alias = "uv_build")]
    Uv,
}

/// Returns the name of the distribution that a file is, by the file's name (PEP 427, PEP 625); none if it is
/// neither a wheel nor an sdist.
pub(crate) fn distribution_of(file_name: &str) -> Option<PackageName> {
    let name = if let Some(stem) = file_name.strip_suffix(".whl") {
        stem.split('-').next()?
    } else {
        let endings = [".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tgz"];
        let stem = endings.iter().find_map(|ending| file_name.strip_suffix(ending))?;
        // names of old sdists may have hyphens
        stem.rsplit_once('-')?.0
    };
    name.parse().ok()
}

/// What a file is that can be uploaded to an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DistributionKind {
    Sdist,
    Wheel,
}

/// The name of a file that is a distribution (PEP 427, PEP 625), in parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DistributionFile {
    pub(crate) name: PackageName,
    pub(crate) version: Version,
    pub(crate) kind: DistributionKind,
}

impl DistributionFile {
    /// Returns the parts of a file's name; none if it is not one that indexes take.
    pub(crate) fn parse(file_name: &str) -> Option<Self> {
        let (name, version, kind) = if let Some(stem) = file_name.strip_suffix(".whl") {
            let parts: Vec<_> = stem.split('-').collect();
            let (5 | 6, [name, version, ..]) = (parts.len(), parts.as_slice()) else { return None };
            (*name, *version, DistributionKind::Wheel)
        } else {
            let endings = [".tar.gz", ".zip"];
            let stem = endings.iter().find_map(|ending| file_name.strip_suffix(ending))?;
            let (name, version) = stem.rsplit_once('-')?;
            (name, version, DistributionKind::Sdist)
        };
        Some(Self { name: name.parse().ok()?, version: version.parse().ok()?, kind })
    }
}

/// Returns why a text could not be parsed, without the picture of the text that some parsers add.
pub(crate) fn reason(error: &dyn fmt::Display) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    let line = line.strip_prefix("Failed to parse version: ").unwrap_or(line);
    line.trim_end_matches(':').to_owned()
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
    fn files_tell_their_distribution() {
        #[track_caller]
        fn check(file_name: &str, expected: Option<&str>) {
            let expected = expected.map(|name| name.parse().unwrap());
            assert_eq!(distribution_of(file_name), expected);
        }
        check("Demo_Lib-1.0-py3-none-any.whl", Some("demo-lib"));
        check("torch-2.0%2Bcpu-cp311-cp311-linux_x86_64.whl", Some("torch"));
        check("demo_lib-1.0.tar.gz", Some("demo-lib"));
        check("demo-lib-1.0.zip", Some("demo-lib"));
        check("demo.exe", None);
        check("index.html", None);
        check("", None);
    }

    #[test]
    fn names_end_with_a_letter_or_a_digit() {
        for text in [
            "a_>=1",
            "a-",
            " a. [x]",
            "a_ @ file:///x",
            "a-;os_name=='nt'",
            "a[x_]",
            "a[x, y- ]>=1",
            "a[x_",
            "a[x_ y]",
            "-",
        ] {
            assert!(requirement(text).is_err(), "{text}");
        }
        for text in ["a_b>=1", "a [x-y, z] @ file:///x_", "a>=1; os_name == 'x_'", "a", "a[]"] {
            assert!(requirement(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn files_tell_what_they_are() {
        #[track_caller]
        fn check(file_name: &str, expected: Option<(&str, &str, DistributionKind)>) {
            let expected = expected.map(|(name, version, kind)| DistributionFile {
                name: name.parse().unwrap(),
                version: version.parse().unwrap(),
                kind,
            });
            assert_eq!(DistributionFile::parse(file_name), expected);
        }
        let wheel = DistributionKind::Wheel;
        check("Demo_Lib-1.0-py3-none-any.whl", Some(("demo-lib", "1.0", wheel)));
        check(
            "demo-1!1.0a1.post2.dev3+local.1-7-py3-none-any.whl",
            Some(("demo", "1!1.0a1.post2.dev3+local.1", wheel)),
        );
        check("demo_lib-1.0rc1.tar.gz", Some(("demo-lib", "1.0rc1", DistributionKind::Sdist)));
        check("demo-lib-1.0.zip", Some(("demo-lib", "1.0", DistributionKind::Sdist)));
        check("demo-1.0.whl", None);
        check("demo-x-py3-none-any.whl", None);
        check("demo-1.0.tar.bz2", None);
        check("demo.tar.gz", None);
        check(".gitignore", None);
    }

    #[test]
    fn a_bound_admits_its_version() {
        #[track_caller]
        fn check(operator: DependencyOperator, version: &str, expected: &str) {
            assert_eq!(operator.specifier(&version.parse().unwrap()).to_string(), expected);
        }
        check(DependencyOperator::GreaterThanEqual, "1.0", ">=1.0");
        check(DependencyOperator::GreaterThanEqual, "1.0+cpu", "==1.0+cpu");
        check(DependencyOperator::Equal, "1.0", "==1.0");
        check(DependencyOperator::TildeEqual, "1.0", "~=1.0");
        check(DependencyOperator::TildeEqual, "1", ">=1");
    }

    #[test]
    fn a_requirement_keeps_variables_in_its_url() {
        let text = "foo @ file:///${PROJECT_ROOT}/libs/foo";
        assert_eq!(text.parse::<Requirement>().unwrap().to_string(), text);
    }
}
