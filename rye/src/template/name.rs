//! The names of a new project: what it is called, and what is imported of it.

use deunicode::deunicode_with_tofu;

const KEYWORDS: &str = "and as assert async await break class continue def del elif else except finally \
    for from global if import in is lambda nonlocal not or pass raise return try while with yield";

/// The public top-level modules of Python's standard library, of 3.9 and later.
const STANDARD_LIBRARY: &str = include_str!("../../data/stdlib-modules.txt");

/// Returns a text in lower case and ASCII, all but letters and digits turned into single `-`;
/// `None` if no letter or digit is left.
pub(super) fn slug(text: &str) -> Option<String> {
    let ascii = deunicode_with_tofu(text, "-").to_ascii_lowercase();
    let words = ascii.split(|part: char| !part.is_ascii_alphanumeric());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    (!words.is_empty()).then(|| words.join("-"))
}

/// Returns the name of the module of a project that nobody called otherwise.
pub(super) fn usual_module(project: &str) -> String {
    project.to_ascii_lowercase().replace(['-', '.'], "_")
}

/// Returns the name of the module of a project: one that Python can import and does not find
/// elsewhere first.
pub(super) fn module(project: &str) -> String {
    let name = usual_module(project);
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        return format!("_{name}");
    }
    let taken = [KEYWORDS, STANDARD_LIBRARY].into_iter().flat_map(str::split_whitespace);
    if taken.into_iter().any(|word| word == name) { name + "_" } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs() {
        #[track_caller]
        fn check(text: &str, expected: Option<&str>) {
            assert_eq!(slug(text).as_deref(), expected);
        }
        check("my-project", Some("my-project"));
        check("My_Project.x", Some("my-project-x"));
        check("  Größe!  ", Some("grosse"));
        check("日本", Some("ri-ben"));
        check("3d", Some("3d"));
        check("a\u{fffd}b", Some("a-b"));
        check("--", None);
        check("", None);
    }

    #[test]
    fn modules() {
        #[track_caller]
        fn check(project: &str, expected: &str) {
            assert_eq!(module(project), expected);
        }
        check("my-project", "my_project");
        check("Zope.Interface", "zope_interface");
        check("3d-plot", "_3d_plot");
        check("class", "class_");
        check("json", "json_");
        check("jsonx", "jsonx");
    }
}
