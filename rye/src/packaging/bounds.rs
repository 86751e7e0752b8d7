//! The bounds on versions that a requirement states, as text: loosened, and raised to other versions.
//!
//! Only versions are replaced; name, extras, marker and all white space stay as somebody wrote them.

use crate::packaging::{Operator, Version, VersionSpecifier};

/// The bounds of a requirement (PEP 508), and the text around them.
#[derive(Debug)]
pub(crate) struct Bounds<'a> {
    /// The name, extras, and an opening parenthesis
    before: &'a str,
    clauses: Vec<Clause<'a>>,
    /// A closing parenthesis, and the marker
    after: &'a str,
}

/// One bound, such as `>= 1.0`, and its text.
#[derive(Debug)]
struct Clause<'a> {
    text: &'a str,
    specifier: VersionSpecifier,
}

impl<'a> Bounds<'a> {
    /// Finds the bounds in the text of a requirement; none if there are none, or they cannot be read.
    pub(crate) fn find(text: &'a str) -> Option<Self> {
        let is_name = |part: char| part.is_ascii_alphanumeric() || "-_.".contains(part);
        let skip = |at: usize| text.len() - text[at..].trim_start().len();
        let mut at = skip(0);
        at = skip(at + text[at..].find(|part| !is_name(part))?);
        if text[at..].starts_with('[') {
            at = skip(at + text[at..].find(']')? + 1);
        }
        let end = if text[at..].starts_with('(') {
            at += 1;
            text[at..].find(')')?
        } else {
            text[at..].find(';').unwrap_or(text.len() - at)
        };
        let list = text[at..at + end].trim_end();
        let clauses =
            list.split(',').map(|text| Some(Clause { text, specifier: text.parse().ok()? }));
        Some(Self {
            before: &text[..at],
            clauses: clauses.collect::<Option<_>>()?,
            after: &text[at + list.len()..],
        })
    }

    /// Returns the bounds alone.
    pub(crate) fn specifiers(&self) -> String {
        let clauses = self.clauses.iter().map(|clause| clause.text.trim());
        clauses.collect::<Vec<_>>().join(",")
    }

    /// Returns the requirement with everything let in that is newer: without upper bounds, and with lower ones in the
    /// place of equality. What is excluded stays so.
    pub(crate) fn loosened(&self) -> String {
        let clauses = self.clauses.iter().filter_map(Clause::loosened);
        let clauses = clauses.collect::<Vec<_>>().join(",");
        let (before, after) = match self.before.strip_suffix('(') {
            // there may be a space before the other one
            Some(before) => (before, self.after.trim_start().trim_start_matches(')')),
            None => (self.before, self.after),
        };
        format!("{before}{clauses}{after}")
    }

    /// Returns the requirement with bounds that the newest versions meet; none if they are those already.
    ///
    /// `lowest` and `newest` differ where another version is the newest one for another platform. Lower bounds go
    /// up to the one, upper bounds let in the other.
    pub(crate) fn raised(&self, lowest: &Version, newest: &Version) -> Option<String> {
        let clauses: Vec<_> =
            self.clauses.iter().map(|clause| clause.raised(lowest, newest)).collect();
        let is_raised = clauses.iter().any(Option::is_some);
        let texts = self.clauses.iter().zip(clauses);
        let texts: Vec<_> = texts
            .map(|(clause, raised)| raised.unwrap_or_else(|| clause.text.to_owned()))
            .collect();
        let raised = format!("{}{}{}", self.before, texts.join(","), self.after);
        let meets = Bounds::find(&raised).is_some_and(|bounds| bounds.meet(lowest));
        (is_raised && meets).then_some(raised)
    }

    /// Tells whether a version is within all bounds.
    fn meet(&self, version: &Version) -> bool {
        self.clauses.iter().all(|clause| clause.specifier.contains(version))
    }
}

impl Clause<'_> {
    /// Tells whether the bound is more than one on versions: a build of somebody's own, or a text.
    fn is_fixed(&self) -> bool {
        let version = self.specifier.version();
        *self.specifier.operator() == Operator::ExactEqual || version.is_local()
    }

    fn loosened(&self) -> Option<String> {
        let version = self.specifier.version();
        match self.specifier.operator() {
            _ if self.is_fixed() => Some(self.text.trim().to_owned()),
            Operator::Equal | Operator::EqualStar | Operator::TildeEqual => {
                Some(format!(">={version}"))
            }
            Operator::LessThan | Operator::LessThanEqual => None,
            _ => Some(self.text.trim().to_owned()),
        }
    }

    /// Returns the text of a bound with other versions; none if it stays.
    fn raised(&self, lowest: &Version, newest: &Version) -> Option<String> {
        let bound = self.specifier.version();
        let length = bound.release().len();
        // an order has no place for local versions
        let [lower, upper] = [lowest, newest].map(|version| version.clone().without_local());
        let is_newer = lower > *bound && !self.is_fixed();
        let (operator, version) = match self.specifier.operator() {
            // what comes right before a version nobody can say, so that `>` cannot stay
            Operator::GreaterThanEqual | Operator::GreaterThan if is_newer => {
                (">=", lower.to_string())
            }
            Operator::Equal if is_newer && !self.specifier.contains(lowest) => {
                ("==", lowest.to_string())
            }
            Operator::EqualStar if is_newer && !self.specifier.contains(lowest) => {
                ("==", format!("{}.*", cut(lowest, length)))
            }
            Operator::TildeEqual if is_newer => {
                let is_whole = lower.any_prerelease();
                let raised = if is_whole { padded(lower, length) } else { cut(&lower, length) };
                if raised <= *bound {
                    return None;
                }
                ("~=", raised.to_string())
            }
            Operator::LessThan if !self.specifier.contains(newest) => {
                ("<", next(newest, bound).to_string())
            }
            Operator::LessThanEqual if upper > *bound => ("<=", upper.to_string()),
            _ => return None,
        };
        let is_sign = |part: char| part.is_whitespace() || "<>=~!".contains(part);
        let start = self.text.find(|part| !is_sign(part))?;
        let sign = self.text[..start].trim();
        let sign = self.text[..start].replacen(sign, operator, 1);
        let end = &self.text[self.text.trim_end().len()..];
        Some(format!("{sign}{version}{end}"))
    }
}

/// Returns the release of a version with as many numbers.
fn cut(version: &Version, length: usize) -> Version {
    let release = version.release().iter().copied().chain(std::iter::repeat(0)).take(length);
    Version::new(release).with_epoch(version.epoch())
}

/// Returns a version whose release has at least as many numbers.
fn padded(version: Version, length: usize) -> Version {
    let length = length.max(version.release().len());
    let release = version.release().iter().copied().chain(std::iter::repeat(0)).take(length);
    let release: Vec<_> = release.collect();
    version.with_release(release)
}

/// Returns the first version that an upper bound excludes which lets in a version, of the same kind as another
/// bound: for 3.4.1 and `2` that is `4`, for `2.5` it is `3.5`, for `2.0` it is `4.0`.
fn next(version: &Version, bound: &Version) -> Version {
    let numbers = bound.release();
    let place = numbers.iter().rposition(|number| *number != 0).unwrap_or(0);
    let mut release = cut(version, place + 1).release().to_vec();
    if let Some(last) = release.last_mut() {
        *last = last.saturating_add(1);
    }
    release.resize(numbers.len(), 0);
    // `<2.dev0` lets in no pre-release of 2
    Version::new(release).with_epoch(version.epoch()).with_pre(bound.pre()).with_dev(bound.dev())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packaging::Requirement;

    #[track_caller]
    fn check(text: &str, version: &str, expected: &str) {
        let version: Version = version.parse().unwrap();
        let bounds = Bounds::find(text).unwrap();
        let raised = bounds.raised(&version, &version);
        assert_eq!(raised.as_deref().unwrap_or(text), expected);
        // what is raised is as high as it gets
        let raised = raised.unwrap_or_else(|| text.to_owned());
        assert!(raised.parse::<Requirement>().is_ok(), "{raised}");
        assert_eq!(Bounds::find(&raised).unwrap().raised(&version, &version), None);
    }

    #[test]
    fn each_operator_goes_up_in_its_style() {
        check("a>=1.2", "3.4.1", "a>=3.4.1");
        check("a>1.2", "3.4.1", "a>=3.4.1");
        check("a==1.2.3", "3.4", "a==3.4");
        check("a==1", "3.4.1", "a==3.4.1");
        check("a==1.*", "3.4.1", "a==3.*");
        check("a==1.2.*", "3.4.1", "a==3.4.*");
        check("a==1.2.3.*", "3.4", "a==3.4.0.*");
        check("a~=1.2", "3.4.1", "a~=3.4");
        check("a~=1.2.3", "3.4.1.9", "a~=3.4.1");
        check("a~=1.2.3", "3.4", "a~=3.4.0");
        check("a<2", "3.4.1", "a<4");
        check("a<2.0", "3.4.1", "a<4.0");
        check("a<2.5", "3.4.1", "a<3.5");
        check("a<0.5", "0.7.2", "a<0.8");
        check("a<0.5", "1", "a<1.1");
        check("a<2.0.0.dev0", "3.4.1", "a<4.0.0.dev0");
        check("a<2a0", "2.0", "a<3a0");
        check("a<=1.5", "3.4.1", "a<=3.4.1");
        check("a<2024", "2026.1.2", "a<2027");
    }

    #[test]
    fn bounds_go_up_together() {
        check("a>=1,<2", "3.4.1", "a>=3.4.1,<4");
        check("a>=1.2,<2", "1.9", "a>=1.9,<2");
        check("a>=1.2,<=1.9", "3", "a>=3,<=3");
        check("a~=1.2,<1.5", "3.4.1", "a~=3.4,<3.5");
        check("a>=1,==1.*", "3.4.1", "a>=3.4.1,==3.*");
        check("a>=1,!=2.0,!=3.0.*", "3.4.1", "a>=3.4.1,!=2.0,!=3.0.*");
    }

    #[test]
    fn what_meets_the_newest_version_stays() {
        for (text, version) in [
            ("a>=3.4.1", "3.4.1"),
            ("a>=3.4", "3.4.0"),
            ("a<4", "3.4.1"),
            ("a==3.*", "3.4.1"),
            ("a==3.4", "3.4.0"),
            ("a~=3.4", "3.4.9"),
            ("a!=1", "3"),
            ("a===1", "3"),
            ("a==1.0+cpu", "3"),
            ("a>=4", "3"),
            ("a==4.0", "3"),
        ] {
            check(text, version, text);
        }
    }

    #[test]
    fn versions_of_all_kinds_are_bounds() {
        check("a>=1", "2!1.0", "a>=2!1.0");
        check("a<2", "2!1.0", "a<2!2");
        check("a~=1.0", "2!1.5", "a~=2!1.5");
        check("a>=1.0b1", "2.0rc1", "a>=2.0rc1");
        check("a~=1.0", "2.0.1rc1", "a~=2.0.1rc1");
        check("a~=1.0.0", "2rc1", "a~=2.0.0rc1");
        check("a==1.*", "2.0rc1", "a==2.*");
        check("a<2", "2.0rc1", "a<3");
        check("a>=1", "2.0.post1", "a>=2.0.post1");
        check("a~=1.0", "2.3.post1", "a~=2.3");
        check("a>=1", "2.0+cpu", "a>=2.0");
        check("a==1", "2.0+cpu", "a==2.0+cpu");
        check("a>=1,<2", "2.0+cpu", "a>=2.0,<3");
    }

    #[test]
    fn the_rest_of_the_text_stays() {
        check(
            "Some_Name[x, y] >= 1.2 , < 2 ; os_name == 'nt'",
            "3",
            "Some_Name[x, y] >= 3 , < 4 ; os_name == 'nt'",
        );
        check(" a (>=1, <2); python_version<'3'", "3", " a (>=3, <4); python_version<'3'");
        check("a.b-c>1;os_name=='nt'", "3", "a.b-c>=3;os_name=='nt'");
        check("a>= 1.0 ", "3", "a>= 3 ");
    }

    #[test]
    fn platforms_may_have_their_own_newest_version() {
        #[track_caller]
        fn check(text: &str, expected: Option<&str>) {
            let [lowest, newest] = ["1.24", "2.1"].map(|version| version.parse().unwrap());
            let raised = Bounds::find(text).unwrap().raised(&lowest, &newest);
            assert_eq!(raised.as_deref(), expected);
        }
        check("a>=1.20,<2", Some("a>=1.24,<3"));
        check("a>=1.20", Some("a>=1.24"));
        check("a<2", Some("a<3"));
        check("a==1.20", Some("a==1.24"));
        check("a~=1.20", Some("a~=1.24"));
        check("a>=1.24,<3", None);
    }

    #[test]
    fn not_every_requirement_has_bounds() {
        for text in [
            "",
            "a",
            "a ; os_name == 'nt'",
            "a[x]",
            "a @ https://h/a>=1",
            "a==${V}",
            "a>=1,",
            "a[x",
            "a(>=1",
        ] {
            assert!(Bounds::find(text).is_none(), "{text}");
        }
    }

    #[test]
    fn loosened_bounds_let_in_what_is_newer() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            let loosened = Bounds::find(text).unwrap().loosened();
            assert_eq!(loosened, expected);
            assert!(loosened.parse::<Requirement>().is_ok(), "{loosened}");
        }
        check("a>=1.2,<2,!=1.5", "a>=1.2,!=1.5");
        check("a<2", "a");
        check("a (<2) ; os_name == 'nt'", "a  ; os_name == 'nt'");
        check("a[x] (>1, <=2)", "a[x] >1");
        check("a ( >1, <=2 )", "a >1");
        check("a (<2 ); os_name == 'nt'", "a ; os_name == 'nt'");
        check("a==1.*", "a>=1");
        check("a==1.0rc1", "a>=1.0rc1");
        check("a~=1.2.3 ; os_name == 'nt'", "a>=1.2.3 ; os_name == 'nt'");
        check("a===1", "a===1");
        check("a==1.0+cpu", "a==1.0+cpu");
    }

    #[test]
    fn bounds_are_told_in_short() {
        assert_eq!(Bounds::find("a [x] (>= 1, <2 )").unwrap().specifiers(), ">= 1,<2");
    }
}
