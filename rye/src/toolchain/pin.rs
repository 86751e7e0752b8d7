//! `.python-version`: the Python that a directory and all below it are pinned to.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::Config;
use crate::fs;
use crate::packaging::{Version, VersionSpecifiers};
use crate::project::Project;
use crate::toolchain::{Error, Python, Request, Toolchains, Wanted};
use crate::workspace::Workspace;

/// The file with the pin.
pub(crate) const FILE: &str = ".python-version";

/// A project before and after its manifest was edited.
#[derive(Debug)]
pub(crate) struct Edited<'a> {
    pub(crate) from: &'a Project,
    pub(crate) to: Arc<Project>,
}

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
            let mut request =
                request.map_err(|source| Error::Pin { path: path.clone(), source })?;
            if let Some(Request::Path(program)) = &mut request {
                // whoever reads the file, from wherever, is to find the same program
                *program = directory.join(&program);
            }
            return Ok(Some(Pin { path, request }));
        }
    }
    Ok(None)
}

fn parse(text: &str) -> Result<Option<Request>, super::RequestError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    let line = lines.into_iter().find(|line| !line.is_empty());
    line.filter(|line| *line != "system").map(str::parse).transpose()
}

/// Returns the Python to pin for a request: one that is there or can be fetched, and one that the
/// project can do with, if there is one.
pub(crate) fn python(toolchains: &Toolchains<'_>, wanted: Wanted) -> Result<Python, Error> {
    let found = match toolchains.find_python(&wanted) {
        Err(Error::NoMatch { .. }) => {
            let requires_python = VersionSpecifiers::empty();
            toolchains.find_python(&Wanted { requires_python, ..wanted })?
        }
        found => found?,
    };
    // one at a path is a pin for those only who find it without being told the path
    toolchains.find_python(&found.pin().into())
}

/// Returns the pin for a request as it is.
///
/// Others read the file too, and all of them understand versions; a path holds on one machine,
/// and specifiers are beyond pyenv.
pub(crate) fn relaxed(request: Request) -> Result<Request, Error> {
    if request.release().is_some() { Ok(request) } else { Err(Error::NoVersion { request }) }
}

/// Pins the Python of a directory, and saves the manifest that the pin needs; both or neither.
pub(crate) fn write(
    directory: &Path,
    request: &Request,
    edited: Option<&Edited<'_>>,
) -> Result<PathBuf, Error> {
    let path = directory.join(FILE);
    let text = replaced(&fs::find_text(&path)?.unwrap_or_default(), request);
    // a manifest that admits more than the pin is consistent, should this process end in between
    if let Some(Edited { to, .. }) = edited {
        to.save()?;
    }
    let written = fs::write(&path, text);
    if let (Err(_), Some(Edited { to, .. })) = (&written, edited) {
        to.restore()?;
    }
    written?;
    Ok(path)
}

/// Returns the text of the file with another pin. Comments stay, and so do lines that others read.
fn replaced(text: &str, request: &Request) -> String {
    let mut replaced = String::new();
    let mut pin = Some(request.to_string());
    for line in text.split_inclusive('\n') {
        let content = line.split('#').next().unwrap_or_default().trim();
        match pin.take_if(|_| !content.is_empty()) {
            Some(pin) => replaced.push_str(&line.replacen(content, &pin, 1)),
            None => replaced.push_str(line),
        }
    }
    if let Some(pin) = pin {
        if !replaced.is_empty() && !replaced.ends_with('\n') {
            replaced.push('\n');
        }
        replaced.push_str(&pin);
    }
    if !replaced.ends_with('\n') {
        replaced.push('\n');
    }
    replaced
}

/// Returns the Python that the projects of a workspace are to be run with.
pub(crate) fn of_all(workspace: &Workspace, config: &Config) -> Result<Wanted, Error> {
    let requires_python = workspace.requires_python();
    let any = "3".parse().expect("it is a request");
    if workspace.is_shared() && contradicts(&any, &requires_python) {
        let members =
            workspace.members().map(|member| (member, member.manifest().requires_python()));
        let members = members.filter(|(_, specifiers)| !specifiers.is_empty());
        let told = |(member, specifiers): (&Project, _)| {
            format!("`{}` ({specifiers})", member.display_name())
        };
        return Err(Error::NoCommonPython(members.map(told).collect()));
    }
    wanted(workspace.directory(), requires_python, config)
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
        return Ok(Wanted { request, requires_python, pin: Some(path) });
    }
    let request = if requires_python.is_empty() { preferred(config)? } else { Request::any() };
    Ok(Wanted { request, requires_python, pin: None })
}

/// Returns the Python of what belongs to no project: `default.toolchain`, else the newest there is.
pub(crate) fn preferred(config: &Config) -> Result<Request, Error> {
    let setting = config.default.toolchain.as_deref();
    setting.map_or_else(|| Ok(Request::any()), |text| text.parse().map_err(Error::Default))
}

/// Returns the Python that a script in a directory is to be run with.
///
/// It says itself what it can do with: a pin that contradicts that was made for others.
pub(crate) fn of_script(
    directory: Option<&Path>,
    requires_python: VersionSpecifiers,
    config: &Config,
) -> Result<Wanted, Error> {
    let pin = directory.map(find).transpose()?.flatten();
    if let Some(Pin { path, request: Some(request) }) = pin
        && !contradicts(&request, &requires_python)
    {
        return Ok(Wanted { request, requires_python, pin: Some(path) });
    }
    let request = if requires_python.is_empty() { preferred(config)? } else { Request::any() };
    Ok(Wanted { request, requires_python, pin: None })
}

/// Tells whether no version can be both what is requested and what is required.
///
/// Only certain contradictions count: `3.12` and `>=3.12.4` go together.
pub(crate) fn contradicts(request: &Request, requires_python: &VersionSpecifiers) -> bool {
    let Some(release) = request.release() else { return false };
    if release.len() == 3 {
        return !requires_python.contains(&Version::new(release));
    }
    !samples(release, requires_python).any(|version| requires_python.contains(&version))
}

/// Returns versions that begin with a release, among them one that the specifiers admit if they
/// admit any: the first, a very late one, and those around each bound.
fn samples(release: &[u64], specifiers: &VersionSpecifiers) -> impl Iterator<Item = Version> {
    const LATE: u64 = 9999;
    let begins = |parts: &[u64], filler| {
        let padding = std::iter::repeat_n(filler, 3_usize.saturating_sub(parts.len()));
        Version::new(parts.iter().copied().chain(padding))
    };
    let mut samples = vec![begins(release, 0), begins(release, LATE)];
    for specifier in specifiers.iter() {
        let bound = begins(specifier.version().release(), 0);
        let Some(rest) = bound.release().strip_prefix(release) else { continue };
        for end in release.len()..release.len() + rest.len() {
            let (before, last) = (&bound.release()[..end], bound.release()[end]);
            samples.push(begins(&[before, &[last + 1]].concat(), 0));
            if let Some(last) = last.checked_sub(1) {
                samples.push(begins(&[before, &[last]].concat(), LATE));
            }
        }
        samples.push(bound);
    }
    samples.into_iter()
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
        check("pypy3.10-7.3.15\n", Some("pypy@3.10"));
        check("system\n", None);
        check("", None);
        assert!(parse("my-environment\n").is_err());
        assert!(parse("3.x").is_err());
    }

    #[test]
    fn only_the_pin_is_replaced() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            assert_eq!(replaced(text, &"3.12".parse().unwrap()), expected);
        }
        check("", "3.12\n");
        check("3.11.7\n", "3.12\n");
        check("3.11.7", "3.12\n");
        check("# why\n\n  3.11 # because 3.11\n3.10\n", "# why\n\n  3.12 # because 3.11\n3.10\n");
        check("# nothing\r\n3.11\r\n", "# nothing\r\n3.12\r\n");
        check("# only this", "# only this\n3.12\n");
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
        check("3", ">=2.7,!=3.0.*,!=3.1.*,<3.13", false);
        check("3", ">=2.7,!=3.0.*,<3.1", true);
        check("3.12", "!=3.12.0,<=3.12.5", false);
        check("3.12", "!=3.12.*", true);
        check("3", "<3", true);
    }
}
