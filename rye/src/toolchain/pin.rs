//! `.python-version`: the Python that a directory and all below it are pinned to.

use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::fs;
use crate::packaging::VersionSpecifiers;
use crate::toolchain::{Error, Request, VersionRequest, Wanted};

/// The file with the pin.
pub(crate) const FILE: &str = ".python-version";

/// A pin and the file it stands in.
#[derive(Clone, Debug)]
pub(crate) struct Pin {
    pub(crate) path: PathBuf,
    /// None for a file that pins nothing: an empty one, or pyenv's `system`
    pub(crate) request: Option<Request>,
}

/// Returns the pin of the nearest file in `directory` or above it.
///
/// The first line that is neither blank nor a comment counts; a comment may follow on the line.
pub(crate) fn find(directory: &Path) -> Result<Option<Pin>, Error> {
    for directory in directory.ancestors() {
        let path = directory.join(FILE);
        if let Some(text) = fs::find_text(&path)? {
            let request = parse(&text);
            let request = request.map_err(|source| Error::Pin { path: path.clone(), source })?;
            return Ok(Some(Pin { path, request }));
        }
    }
    Ok(None)
}

fn parse(text: &str) -> Result<Option<Request>, super::RequestError> {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    let line = lines.into_iter().find(|line| !line.is_empty());
    line.filter(|line| *line != "system").map(str::parse).transpose()
}

/// Returns the Python that a project in `root` is to be run with.
///
/// The pin decides, else `requires-python`, else `default.toolchain`, else the newest there is.
pub(crate) fn wanted(
    root: &Path,
    requires_python: VersionSpecifiers,
    config: &Config,
) -> Result<Wanted, Error> {
    if let Some(Pin { path, request: Some(request) }) = find(root)? {
        if contradicts(&request, &requires_python) {
            return Err(Error::Contradiction { pin: path, request, requires: requires_python });
        }
        return Ok(Wanted { request, requires_python });
    }
    let request = match &config.default.toolchain {
        Some(text) if requires_python.is_empty() => text.parse().map_err(Error::Default)?,
        _ => Request::any(),
    };
    Ok(Wanted { request, requires_python })
}

/// Tells whether no version can be both what is requested and what is required.
///
/// Only certain contradictions count: `3.12` and `>=3.12.4` go together.
pub(crate) fn contradicts(request: &Request, requires_python: &VersionSpecifiers) -> bool {
    let Request::Properties(properties) = request else { return false };
    match &properties.version {
        VersionRequest::Prefix(release) if release.len() == 3 => {
            let version = pep440_rs::Version::new(release.iter().copied());
            !requires_python.contains(&version)
        }
        VersionRequest::Prefix(release) => {
            // the first and a very late version that begin like this
            let pad = |filler| {
                let padding = std::iter::repeat_n(filler, 3 - release.len());
                pep440_rs::Version::new(release.iter().copied().chain(padding))
            };
            let bound = crate::packaging::lower_bound(requires_python);
            let inside = bound.is_some_and(|bound| bound.release().starts_with(release));
            !inside && !requires_python.contains(&pad(0)) && !requires_python.contains(&pad(9999))
        }
        VersionRequest::Exact(version) => !requires_python.contains(&version.only_release()),
        VersionRequest::Any | VersionRequest::Specifiers(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_with_content_counts() {
        #[track_caller]
        fn check(text: &str, expected: Option<&str>) {
            let request = parse(text).unwrap().map(|request| request.to_string());
            assert_eq!(request.as_deref(), expected);
        }
        check("3.12.1\n", Some("3.12.1"));
        check("\n\n  3.12  \n3.11\n", Some("3.12"));
        check("# why\n3.12 # because\n", Some("3.12"));
        check("3.12\r\n", Some("3.12"));
        check("pypy3.10\n", Some("pypy@3.10"));
        check("system\n", None);
        check("", None);
        parse("my-environment\n").map(drop).unwrap_or_default();
        assert!(parse("3.x").is_err());
    }

    #[test]
    fn contradictions_are_certain() {
        #[track_caller]
        fn check(request: &str, requires: &str, expected: bool) {
            let found = contradicts(&request.parse().unwrap(), &requires.parse().unwrap());
            assert_eq!(found, expected, "{request} and {requires}");
        }
        check("3.12", ">=3.9", false);
        check("3.8", ">=3.9", true);
        check("3.12", ">=3.12.4", false);
        check("3.12", ">=3.12.4,<3.12.9", false);
        check("3.12.1", ">=3.12.4", true);
        check("3", ">=3.9,<4", false);
        check("3.13", ">=3.9,<3.13", true);
        check("pypy@3.10", "~=3.10", false);
        check(">=3.8", ">=3.9", false);
        check("3.14.0rc1", ">=3.14", false);
    }
}
