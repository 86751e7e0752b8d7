//! Makes output comparable: what differs between two runs or two machines becomes a mark like `[ROOT]`.

use super::outer::{Python, pythons};

/// Texts to be replaced, with what by.
#[derive(Clone, Debug, Default)]
pub(crate) struct Masks(Vec<(String, String)>);

impl Masks {
    /// Adds a text; longer ones are replaced first, so a directory and its parent may both be masked.
    pub(crate) fn add(&mut self, text: &str, mark: &str) {
        for spelling in [text.to_owned(), text.replace('\\', "/")] {
            if !spelling.is_empty() {
                self.0.push((spelling, mark.to_owned()));
            }
        }
        self.0.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
    }

    /// Returns a text with everything masked: these masks, the interpreters of the machine, rye's version, times.
    pub(crate) fn apply(&self, text: &str) -> String {
        let mut text = text.replace("\r\n", "\n");
        for (from, to) in &self.0 {
            text = text.replace(from, to);
        }
        if cfg!(windows) {
            text = text.replace('\\', "/");
        }
        text = text.replace(env!("CARGO_PKG_VERSION"), "[VERSION]");
        if text.contains("3.") {
            for (at, python) in pythons().iter().enumerate() {
                text = mask_python(&text, python, at);
            }
        }
        mask_times(&text)
    }
}

/// Masks an interpreter: the first is `[PYTHON]`, the second `[PYTHON-2]`; a version without the patch counts only as
/// part of a name (`python3.12`, `cpython@3.12`) and becomes `[PYTHON-MINOR]`.
fn mask_python(text: &str, python: &Python, at: usize) -> String {
    let number = if at == 0 { String::new() } else { format!("-{}", at + 1) };
    let bounded = |before: &str, after: &str| {
        !before.ends_with(|c: char| c.is_ascii_digit() || c == '.') && !starts_with_number(after)
    };
    let text = text.replace(&*python.path.to_string_lossy(), &format!("[PYTHON-PATH{number}]"));
    let text = replace_where(&text, &python.version, &format!("[PYTHON{number}]"), bounded);
    replace_where(&text, python.minor(), &format!("[PYTHON-MINOR{number}]"), |before, after| {
        (before.ends_with("python") || before.ends_with('@')) && bounded(before, after)
    })
}

/// Masks durations such as `12ms`, `1.2s` and `2m 03s`.
fn mask_times(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(start);
        masked.push_str(before);
        let word = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | '@' | '=');
        let free = !masked.ends_with(word);
        if let Some(length) = duration(from).filter(|_| free) {
            masked.push_str("[TIME]");
            rest = &from[length..];
        } else {
            let end = from.find(|c: char| !c.is_ascii_digit());
            let (number, after) = from.split_at(end.unwrap_or(from.len()));
            masked.push_str(number);
            rest = after;
        }
    }
    masked + rest
}

/// Returns how long the duration is that a text begins with, in bytes.
fn duration(text: &str) -> Option<usize> {
    let number = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (_, rest) = text.split_at(number);
    let unit = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
    let end = number + unit;
    match &rest[..unit] {
        "m" => {
            let seconds = text[end..].strip_prefix(' ')?;
            Some(end + 1 + duration(seconds)?)
        }
        "s" | "ms" | "us" | "µs" | "ns" => Some(end),
        _ => None,
    }
}

fn starts_with_number(text: &str) -> bool {
    let text = text.strip_prefix('.').unwrap_or(text);
    text.starts_with(|c: char| c.is_ascii_digit())
}

/// Replaces a text where what stands before and after it passes the test.
fn replace_where(text: &str, from: &str, to: &str, passes: impl Fn(&str, &str) -> bool) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut end = 0;
    for (start, _) in text.match_indices(from) {
        let after = start + from.len();
        if passes(&text[..start], &text[after..]) {
            replaced.push_str(&text[end..start]);
            replaced.push_str(to);
            end = after;
        }
    }
    replaced + &text[end..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_times() {
        #[track_caller]
        fn check(text: &str, masked: &str) {
            assert_eq!(mask_times(text), masked);
        }
        check("Resolved 9 packages in 12ms", "Resolved 9 packages in [TIME]");
        check("1.23s (0.5s)", "[TIME] ([TIME])");
        check("took 2m 03s.", "took [TIME].");
        check("flask==3.0.0s v2s 3 seconds 5m", "flask==3.0.0s v2s 3 seconds 5m");
        check("7µs", "[TIME]");
        check("42", "42");
    }

    #[test]
    fn masks_interpreters() {
        let python = Python { version: "3.12.1".to_owned(), path: "/opt/bin/python3.12".into() };
        let check = |text: &str, masked: &str| assert_eq!(mask_python(text, &python, 1), masked);
        check("cpython@3.12.1", "cpython@[PYTHON-2]");
        check("lib/python3.12/site", "lib/python[PYTHON-MINOR-2]/site");
        check("cpython@3.12", "cpython@[PYTHON-MINOR-2]");
        check("at /opt/bin/python3.12", "at [PYTHON-PATH-2]");
        check("flask==3.12 3.12.10 13.12.1 3.12.1.4", "flask==3.12 3.12.10 13.12.1 3.12.1.4");
        check("python3.12.", "python[PYTHON-MINOR-2].");
    }

    #[test]
    fn masks_the_longest_text_first() {
        let mut masks = Masks::default();
        masks.add("/tmp/a", "[ROOT]");
        masks.add("/tmp/a/rye-home", "[HOME]");
        assert_eq!(masks.apply("/tmp/a/rye-home/x /tmp/a/y\r\n"), "[HOME]/x [ROOT]/y\n");
    }
}
