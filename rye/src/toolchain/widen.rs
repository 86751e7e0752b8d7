//! `requires-python`, widened to let a pin in.
//!
//! Works on the text, clause by clause: what does not shut the pin out stays as it was written.

use crate::error::Hint;
use crate::packaging::{Operator, Version, VersionSpecifier, VersionSpecifiers};
use crate::toolchain::Request;
use crate::toolchain::pin::contradicts;

/// The specifiers shut a pin out for good: it is too late for them, or excluded by name.
#[derive(Debug, thiserror::Error)]
#[error("`requires-python = \"{requires}\"` has `{clause}`, which excludes `{pin}`")]
pub(crate) struct Error {
    requires: String,
    clause: String,
    pin: Request,
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        Some(
            "change `requires-python`, or leave it as it is with `--no-update-requires-python`"
                .to_owned(),
        )
    }
}

/// Returns the specifiers with lower bounds that let the pin in, or `None` if they do already.
///
/// A bound that is too high is lowered to the pin's `MAJOR.MINOR`. Upper bounds stay.
pub(crate) fn widened(requires: &str, pin: &Request) -> Result<Option<String>, Error> {
    let mut clauses: Vec<String> = Vec::new();
    for clause in requires.split(',') {
        let failed = || Error {
            requires: requires.to_owned(),
            clause: clause.trim().to_owned(),
            pin: pin.clone(),
        };
        let admitting = match clause.parse::<VersionSpecifier>() {
            Ok(specifier) if shuts_out(&specifier, pin) => {
                lowered(clause, &specifier, pin).ok_or_else(failed)?
            }
            // what is no specifier was refused when the manifest was read, but for an empty text
            Ok(_) | Err(_) => vec![clause.to_owned()],
        };
        for clause in admitting {
            if !clauses.iter().any(|known| known.trim() == clause.trim()) {
                clauses.push(clause);
            }
        }
    }
    let widened = clauses.join(",");
    Ok((widened != requires).then_some(widened))
}

fn shuts_out(specifier: &VersionSpecifier, pin: &Request) -> bool {
    contradicts(pin, &VersionSpecifiers::from_iter([specifier.clone()]))
}

/// Returns the clauses to be there instead of one that shuts the pin out; none if the pin is not
/// below it.
fn lowered(clause: &str, specifier: &VersionSpecifier, pin: &Request) -> Option<Vec<String>> {
    let pinned = pin.release()?;
    let bound = &pinned[..pinned.len().min(2)];
    let required = specifier.version().release();
    let is_below = Version::new(pinned) < specifier.version().only_release();
    let indent = &clause[..clause.len() - clause.trim_start().len()];
    let after_operator = clause.trim().trim_start_matches(['<', '>', '=', '!', '~']);
    let gap = &after_operator[..after_operator.len() - after_operator.trim_start().len()];
    let clause = |operator: &str, release: &[u64]| {
        format!("{indent}{operator}{gap}{}", Version::new(release))
    };
    let lower = clause(">=", bound);
    // of two clauses that come from one the second is set off as the user does
    let with_upper = |upper: String| {
        let separator = if indent.is_empty() && !gap.is_empty() { " " } else { "" };
        Some(vec![lower.clone(), format!("{separator}{upper}")])
    };
    match specifier.operator() {
        Operator::GreaterThan | Operator::GreaterThanEqual => Some(vec![lower]),
        Operator::TildeEqual if is_below => match (required, bound) {
            ([major, _], [pinned_major, _]) if major == pinned_major => {
                Some(vec![clause("~=", bound)])
            }
            _ => with_upper(clause("<", &following(&required[..required.len() - 1]))),
        },
        Operator::EqualStar if is_below => with_upper(clause("<", &following(required))),
        Operator::Equal | Operator::ExactEqual if is_below => with_upper(clause("<=", required)),
        Operator::TildeEqual
        | Operator::EqualStar
        | Operator::Equal
        | Operator::ExactEqual
        | Operator::NotEqual
        | Operator::NotEqualStar
        | Operator::LessThan
        | Operator::LessThanEqual => None,
    }
}

/// Returns the first release after all that begin with this one.
fn following(release: &[u64]) -> Vec<u64> {
    let mut next = release.to_vec();
    if let Some(last) = next.last_mut() {
        *last += 1;
    }
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_shuts_the_pin_out_is_widened() {
        #[track_caller]
        fn check(requires: &str, pin: &str, expected: &str) {
            let pin = pin.parse().unwrap();
            let widened = widened(requires, &pin).unwrap();
            assert_eq!(widened.as_deref().unwrap_or(requires), expected, "{requires} and {pin}");
            assert!(!contradicts(&pin, &expected.parse().unwrap()));
        }
        // nothing to do
        check("", "3.8.18", "");
        check(">=3.9", "3.12.1", ">=3.9");
        check(">=3.9, <4", "3.12", ">=3.9, <4");
        check(">=3.12.4", "3.12", ">=3.12.4");
        check(">=3.9", "3", ">=3.9");
        check(">3.12", "3.12", ">3.12");
        // lower bounds
        check(">=3.9", "3.8.18", ">=3.8");
        check(">= 3.12, < 4", "3.11.7", ">= 3.11, < 4");
        check("<4,>=3.12", "3.11", "<4,>=3.11");
        check(">=3.12.4", "3.12.1", ">=3.12");
        check(">3.12.1", "3.12.1", ">=3.12");
        check(">3.12", "3.11.7", ">=3.11");
        check(">=3.11,>=3.12.2,!=3.12.0", "3.10.13", ">=3.10,!=3.12.0");
        check(">=4", "3", ">=3");
        check(">=3.15", "3.14.0rc1", ">=3.14");
        check(">=3.11", "pypy@3.10.14", ">=3.10");
        // compatible releases
        check("~=3.12", "3.11.7", "~=3.11");
        check("~= 3.12", "3.11", "~= 3.11");
        check("~=3.12.2", "3.12.1", ">=3.12,<3.13");
        check("~= 3.12.2", "3.11.7", ">= 3.11, < 3.13");
        check("~=3.12", "2.7.18", ">=2.7,<4");
        check("~=3.9", "3", "~=3.9");
        // exact ones
        check("==3.12.*", "3.11.7", ">=3.11,<3.13");
        check("==3.12.1", "3.11.7", ">=3.11,<=3.12.1");
        check("!=3.9.0, ==3.12.*", "3.11.7", "!=3.9.0, >=3.11, <3.13");
    }

    #[test]
    fn what_excludes_the_pin_otherwise_is_an_error() {
        #[track_caller]
        fn check(requires: &str, pin: &str, clause: &str) {
            let error = widened(requires, &pin.parse().unwrap()).unwrap_err();
            assert_eq!(error.clause, clause);
        }
        check(">=3.9, <3.12", "3.12.1", "<3.12");
        check("<=3.11", "3.12", "<=3.11");
        check(">=3.9,!=3.11.*", "3.11.7", "!=3.11.*");
        check("!=3.11.7", "3.11.7", "!=3.11.7");
        check("~=3.11.2", "3.12.1", "~=3.11.2");
        check("==3.11.*", "3.12.1", "==3.11.*");
        check("==3.11.7", "3.11.8", "==3.11.7");
        check(">=3.9,<4", "4", "<4");
    }
}
