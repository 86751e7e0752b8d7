//! What the errors of all modules share: hints, and the name that somebody meant.

/// What a user can do about an error.
///
/// The report of an error prints the hints of the whole chain after its causes.
pub(crate) trait Hint {
    /// Returns the next step in the imperative, without a full stop.
    fn hint(&self) -> Option<String>;
}

/// Returns the name that somebody probably meant who wrote a text; none if none is like it.
pub(crate) fn closest<'a>(text: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = text.to_ascii_lowercase();
    let ranked = names.into_iter().map(|name| {
        let name_in_lower = name.to_ascii_lowercase();
        let same_beginning = lower.chars().next() == name_in_lower.chars().next();
        (strsim::osa_distance(&lower, &name_in_lower), !same_beginning, name)
    });
    let (distance, _, name) = ranked.min()?;
    // with more than a third of it changed it is another word
    (distance <= (text.len() / 3).max(1)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_likely_names_are_proposed() {
        #[track_caller]
        fn check(text: &str, expected: Option<&str>) {
            assert_eq!(closest(text, ["test", "tset-all", "Lint", "FBM"]), expected);
        }
        check("tets", Some("test"));
        check("TEST", Some("test"));
        check("lin", Some("Lint"));
        check("Foo", None);
        check("", None);
    }
}
