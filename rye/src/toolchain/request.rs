//! What a user asks for when a Python is meant.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::error::{Hint, closest};
use crate::packaging::{Version, VersionSpecifiers};
use crate::platform::{ARCH_NAMES, LIBC_NAMES, OS_NAMES, Platform};
use crate::sys;
use crate::toolchain::{Interpreter, Python};

/// A request for a Python.
///
/// ```text
/// request = "latest" | path | [family ["-" arch] ["-" os ["-" libc]] "@"] [version] ["t"] *("+" variant)
/// version = major ["." minor ["." patch [pre]]] | specifiers
/// ```
///
/// `3`, `3.12`, `cpython@3.12.1`, `pypy@3.10`, `3.13t`, `3.13+freethreaded`, `>=3.11,<3.13`,
/// `cpython-x86@3.12`, `/usr/bin/python3`. Each number of a version is at most 255, the variants are
/// `freethreaded` and `debug`. A version of fewer than three parts names all that
/// begin with it. `pypy3.10`, `pypy3.10-7.3.15` and `python3.12` are understood as pyenv and uv
/// write them. A family alone needs its `@`, unless it is a known one: `mine@`, `pypy`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// The interpreter at a path
    Path(PathBuf),
    /// An interpreter of these properties
    Properties(Properties),
}

/// What an interpreter must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Properties {
    pub(crate) family: String,
    pub(crate) arch: Option<String>,
    pub(crate) os: Option<String>,
    /// On Linux only
    pub(crate) libc: Option<String>,
    pub(crate) version: VersionRequest,
    pub(crate) variant: Variant,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum VersionRequest {
    Any,
    /// All versions that begin with these numbers, one to three of them; final ones first
    Prefix(Vec<u64>),
    /// A pre-release
    Exact(Version),
    Specifiers(VersionSpecifiers),
}

/// The kind of build.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Variant {
    pub(crate) free_threaded: bool,
    pub(crate) debug: bool,
}

/// The family that is meant when none is named.
pub(crate) const CPYTHON: &str = "cpython";

/// The newest CPython
const LATEST: &str = "latest";

/// The families that are understood without a version.
const FAMILIES: [&str; 3] = [CPYTHON, "pypy", "graalpy"];

#[derive(Debug, Clone, thiserror::Error)]
#[error("`{text}` is no request for a Python: {reason}")]
pub(crate) struct Error {
    text: String,
    reason: String,
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        let nearest = nearest(&self.text).map(|nearest| format!("write `{nearest}`, or "));
        let nearest = nearest.unwrap_or_default();
        Some(format!(
            "{nearest}ask as in `3.12`, `cpython@3.12.1`, `pypy@3.10`, `3.13t` or `>=3.11,<3.13`"
        ))
    }
}

/// Returns the request that is nearest to a text that is none.
fn nearest(text: &str) -> Option<String> {
    let text: String = text.split('#').next()?.split_whitespace().collect();
    let is_request = |candidate: &String| candidate.parse::<Request>().is_ok();
    let mut candidates = vec![text.clone(), text.replace(',', ".")];
    // `312` of a wheel's tag, `3.14rc1` of an announcement
    if let Some((first, rest)) = text.split_at_checked(1).filter(|(_, rest)| !rest.is_empty()) {
        candidates.push(format!("{first}.{rest}"));
    }
    if let Some(pre) = text.find(|part: char| part.is_ascii_alphabetic()).filter(|pre| *pre > 0) {
        let (release, pre) = text.split_at(pre);
        candidates.push(format!("{}.0{pre}", release.trim_end_matches('.')));
    }
    let shortened = (1..text.len()).rev().filter_map(|end| {
        let shorter = text.get(..end)?.trim_end_matches(|last: char| !last.is_ascii_alphanumeric());
        shorter.contains(|part: char| part.is_ascii_digit()).then(|| shorter.to_owned())
    });
    let word = closest(&text, FAMILIES.into_iter().chain([LATEST])).map(str::to_owned);
    candidates.into_iter().chain(shortened).chain(word).find(is_request)
}

impl Request {
    /// Returns the request for any CPython.
    pub(crate) fn any() -> Self {
        Self::Properties(Properties::new(VersionRequest::Any))
    }

    /// Returns the numbers that the version asked for begins with; none if it names no version.
    pub(crate) fn release(&self) -> Option<&[u64]> {
        let Self::Properties(properties) = self else { return None };
        match &properties.version {
            VersionRequest::Prefix(release) => Some(release),
            VersionRequest::Exact(version) => Some(version.release()),
            VersionRequest::Any | VersionRequest::Specifiers(_) => None,
        }
    }

    /// Tells whether an interpreter is what is asked for.
    pub(crate) fn admits(&self, interpreter: &Interpreter) -> bool {
        match self {
            Self::Path(path) => *path == interpreter.path,
            // what answers here is made for the library that is here
            Self::Properties(Properties { libc: Some(libc), .. }) if libc != sys::libc() => false,
            Self::Properties(_) => self.admits_python(&interpreter.python),
        }
    }

    /// Tells whether any interpreter that is this Python is what is asked for.
    pub(crate) fn admits_python(&self, python: &Python) -> bool {
        match self {
            Self::Path(_) => false,
            Self::Properties(properties) => properties.admit(python),
        }
    }
}

impl Properties {
    fn new(version: VersionRequest) -> Self {
        let family = CPYTHON.to_owned();
        let variant = Variant::default();
        Self { family, arch: None, os: None, libc: None, version, variant }
    }

    /// Tells whether a Python is what is asked for, whatever libc it needs.
    pub(crate) fn admit(&self, python: &Python) -> bool {
        self.family == python.family
            && self.variant == python.variant
            && self.arch.as_deref().unwrap_or(Platform::CURRENT.arch) == python.arch
            && self.os.as_deref().unwrap_or(Platform::CURRENT.os) == python.os
            && self.version.admits(&python.version)
    }
}

impl VersionRequest {
    fn admits(&self, version: &Version) -> bool {
        match self {
            Self::Any => true,
            Self::Prefix(prefix) => version.release().starts_with(prefix),
            Self::Exact(exact) => version == exact,
            // `>=3.14` shall not refuse the `3.14.0rc1` that is there: finality is a preference
            Self::Specifiers(specifiers) => specifiers.contains(&version.only_release()),
        }
    }
}

impl FromStr for Request {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let trimmed = text.trim();
        let failed = |reason: &str| Error { text: text.to_owned(), reason: reason.to_owned() };
        if trimmed.is_empty() {
            return Err(failed("it is empty"));
        }
        if trimmed.eq_ignore_ascii_case(LATEST) {
            return Ok(Self::any());
        }
        if trimmed.contains(['/', '\\']) {
            return Ok(Self::Path(PathBuf::from(trimmed)));
        }
        let (family, version) = match trimmed.split_once('@') {
            Some((family, version)) => (family, version),
            None => split_attached_family(trimmed),
        };
        let (version, variant) = parse_variant(version).map_err(|reason| failed(&reason))?;
        let version = parse_version(version).map_err(|reason| failed(&reason))?;
        let mut properties = Properties { variant, ..Properties::new(version) };
        parse_family(family, &mut properties).map_err(|reason| failed(&reason))?;
        let is_word = properties.version == VersionRequest::Any && !trimmed.contains('@');
        // it could be anything, such as an environment of pyenv
        if is_word && !FAMILIES.contains(&properties.family.as_str()) {
            return Err(failed("it has no version"));
        }
        Ok(Self::Properties(properties))
    }
}

/// Splits `pypy3.10` before the first digit.
fn split_attached_family(text: &str) -> (&str, &str) {
    let is_digit = |next: char| next.is_ascii_digit();
    if let Some(version) = text.strip_prefix('v').filter(|rest| rest.starts_with(is_digit)) {
        return ("", version); // as git tags have it
    }
    if !text.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return ("", text);
    }
    let digit = text.find(is_digit).unwrap_or(text.len());
    let (family, version) = text.split_at(digit);
    match (family.trim_end_matches('-'), version.split_once('-')) {
        // what follows is the version of PyPy itself
        ("pypy", Some((version, own))) if own.trim_start_matches('v').starts_with(is_digit) => {
            ("pypy", version)
        }
        (family, _) => (family, version),
    }
}

fn parse_family(text: &str, properties: &mut Properties) -> Result<(), String> {
    let mut words: Vec<_> = text.split('-').collect();
    // a libc without its system could be anything's name
    if words.len() > 2 && OS_NAMES.contains(&words[words.len() - 2]) {
        properties.libc = words.pop_if(|word| LIBC_NAMES.contains(word)).map(str::to_owned);
    }
    if words.len() > 1 {
        properties.os = words.pop_if(|word| OS_NAMES.contains(word)).map(str::to_owned);
    }
    if words.len() > 1 {
        properties.arch = words.pop_if(|word| ARCH_NAMES.contains(word)).map(str::to_owned);
    }
    let family = words.join("-");
    let is_name = |part: char| part.is_ascii_alphanumeric() || "-_.".contains(part);
    if !family.chars().all(is_name) {
        return Err(format!("`{family}` is no family of Pythons"));
    }
    match family.to_ascii_lowercase().as_str() {
        "" | "python" => {}
        family => family.clone_into(&mut properties.family),
    }
    Ok(())
}

fn parse_variant(text: &str) -> Result<(&str, Variant), String> {
    let mut parts = text.split('+');
    let mut version = parts.next().unwrap_or_default();
    let mut variant = Variant::default();
    for part in parts {
        match part {
            "freethreaded" => variant.free_threaded = true,
            "debug" => variant.debug = true,
            _ => return Err(format!("`+{part}` is no kind of build")),
        }
    }
    if let Some(threaded) = version.strip_suffix('t')
        && threaded.ends_with(|last: char| last.is_ascii_digit())
    {
        version = threaded;
        variant.free_threaded = true;
    }
    Ok((version, variant))
}

fn parse_version(text: &str) -> Result<VersionRequest, String> {
    if text.is_empty() {
        return Ok(VersionRequest::Any);
    }
    if text.starts_with(['<', '>', '=', '!', '~']) {
        let specifiers = text.parse().map_err(|_| format!("`{text}` are no version specifiers"))?;
        return Ok(VersionRequest::Specifiers(specifiers));
    }
    let starts_with_digit = text.starts_with(|first: char| first.is_ascii_digit());
    let version: Version = text
        .parse()
        .ok()
        .filter(|_| starts_with_digit)
        .ok_or_else(|| format!("`{text}` is no version"))?;
    let plain = version.only_release() == version;
    match version.release() {
        _ if version.is_post() || version.is_local() || version.epoch() != 0 => {
            Err(format!("`{text}` is no version of a Python"))
        }
        release if release.len() > 3 => Err(format!("`{text}` has more than three parts")),
        release if release.iter().any(|part| *part > 255) => {
            Err(format!("a part of `{text}` is greater than 255"))
        }
        release if plain => Ok(VersionRequest::Prefix(release.to_vec())),
        release if release.len() == 3 => Ok(VersionRequest::Exact(version)),
        _ => Err("a pre-release needs three parts, as in `3.14.0rc1`".to_owned()),
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => path.display().fmt(f),
            Self::Properties(properties) => properties.fmt(f),
        }
    }
}

impl fmt::Display for Properties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { family, arch, os, libc, version, variant } = self;
        let foreign = arch.is_some() || os.is_some();
        let any = matches!(version, VersionRequest::Any);
        if any && !foreign && family == CPYTHON && *variant == Variant::default() {
            return f.write_str(LATEST);
        }
        if foreign || any || family != CPYTHON {
            f.write_str(family)?;
            for part in [arch, os, libc].into_iter().flatten() {
                write!(f, "-{part}")?;
            }
            f.write_str("@")?;
        }
        match version {
            VersionRequest::Any => {}
            VersionRequest::Prefix(prefix) => {
                let parts: Vec<_> = prefix.iter().map(ToString::to_string).collect();
                f.write_str(&parts.join("."))?;
            }
            VersionRequest::Exact(version) => version.fmt(f)?,
            VersionRequest::Specifiers(specifiers) => {
                f.write_str(&specifiers.to_string().replace(", ", ","))?;
            }
        }
        variant.fmt(f)
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.free_threaded { "+freethreaded" } else { "" })?;
        f.write_str(if self.debug { "+debug" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn requests_print_as_they_are_understood() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            let request: Request = text.parse().unwrap();
            assert_eq!(request.to_string(), expected);
            assert_eq!(expected.parse::<Request>().unwrap(), request);
        }
        check("3", "3");
        check(" 3.12 ", "3.12");
        check("3.12.0", "3.12.0");
        check("255.255.255", "255.255.255");
        check("03.012", "3.12");
        check("cpython@3.12.1", "3.12.1");
        check("CPython@3.12", "3.12");
        check("python@3.12", "3.12");
        check("python3.12", "3.12");
        check("python-3.12", "3.12");
        check("@3.12", "3.12");
        check("v3.12", "3.12");
        check("PyPy@3.10", "pypy@3.10");
        check("pypy3.10", "pypy@3.10");
        check("pypy-3.10", "pypy@3.10");
        check("pypy3.10-7.3.15", "pypy@3.10");
        check("pypy3.11-v7", "pypy@3.11");
        check("pypy", "pypy@");
        check("graalpy", "graalpy@");
        check("mine@", "mine@");
        check("my-tool@3.12", "my-tool@3.12");
        check("my_tool.2@3", "my_tool.2@3");
        check("latest", "latest");
        check("Latest", "latest");
        check("cpython", "latest");
        check("cpython@", "latest");
        check("@", "latest");
        check("3.13t", "3.13+freethreaded");
        check("3t", "3+freethreaded");
        check("3.14.0rc1t", "3.14.0rc1+freethreaded");
        check("cpython@3.13+freethreaded", "3.13+freethreaded");
        check("3.13+debug", "3.13+debug");
        check("3.13t+debug", "3.13+freethreaded+debug");
        check("3.13+debug+freethreaded", "3.13+freethreaded+debug");
        check("cpython@+debug", "cpython@+debug");
        check("3.14.0rc1", "3.14.0rc1");
        check("3.14.0.rc1", "3.14.0rc1");
        check("3.15.0a4", "3.15.0a4");
        check("3.14.0b2", "3.14.0b2");
        check(">=3.11,<3.13", ">=3.11,<3.13");
        check(">=3.11, <3.13", ">=3.11,<3.13");
        check("~=3.12", "~=3.12");
        check("==3.12.*", "==3.12.*");
        check("!=3.11", "!=3.11");
        check("pypy@>=3.9", "pypy@>=3.9");
        check(">=3.13+freethreaded", ">=3.13+freethreaded");
        check("cpython-x86@3.12", "cpython-x86@3.12");
        check("cpython-aarch64-macos@3.12", "cpython-aarch64-macos@3.12");
        check("cpython-windows@3.12", "cpython-windows@3.12");
        check("pypy-x86_64-linux@3.10", "pypy-x86_64-linux@3.10");
        check("cpython-x86_64-linux-musl@3.12", "cpython-x86_64-linux-musl@3.12");
        check("cpython-linux-gnu@3.12+debug", "cpython-linux-gnu@3.12+debug");
        check("my-musl@3.12", "my-musl@3.12");
        check("./python", "./python");
        check("../bin/python3", "../bin/python3");
        check("/usr/bin/python3", "/usr/bin/python3");
        check("C:\\Python312\\python.exe", "C:\\Python312\\python.exe");
    }

    #[test]
    fn what_is_no_request_is_refused() {
        #[track_caller]
        fn check(text: &str, reason: &str) {
            let error = text.parse::<Request>().unwrap_err();
            assert_eq!(error.to_string(), format!("`{text}` is no request for a Python: {reason}"));
        }
        check("", "it is empty");
        check("  ", "it is empty");
        check("3.x", "`3.x` is no version");
        check("3.12-dev", "a pre-release needs three parts, as in `3.14.0rc1`");
        check("3.14rc1", "a pre-release needs three parts, as in `3.14.0rc1`");
        check("3.12 # note", "`3.12 # note` is no version");
        check("3.12.1.1", "`3.12.1.1` has more than three parts");
        check("3.256", "a part of `3.256` is greater than 255");
        check("312", "a part of `312` is greater than 255");
        check("3.12.1.post1", "`3.12.1.post1` is no version of a Python");
        check("3.12.1.dev0+x", "`+x` is no kind of build");
        check("1!3.12.1", "`1!3.12.1` is no version of a Python");
        check("my-env", "it has no version");
        check("python-project", "it has no version");
        check("system", "it has no version");
        check("3.12+fast", "`+fast` is no kind of build");
        check("3.12+", "`+` is no kind of build");
        check("cpython@ 3.11x", "` 3.11x` is no version");
        check("cpython@three", "`three` is no version");
        check("3,12", "`3,12` is no version");
        check("3..12", "`3..12` is no version");
        check(">=3.x", "`>=3.x` are no version specifiers");
        check(">3.1<4", "`>3.1<4` are no version specifiers");
        check("my tool@3.12", "`my tool` is no family of Pythons");
        check("a+b@3.12", "`a+b` is no family of Pythons");
    }

    #[test]
    fn the_nearest_request_is_proposed() {
        #[track_caller]
        fn check(text: &str, expected: Option<&str>) {
            assert!(text.parse::<Request>().is_err());
            assert_eq!(nearest(text).as_deref(), expected);
        }
        check("3.x", Some("3"));
        check("3.12.x", Some("3.12"));
        check("3.12-dev", Some("3.12"));
        check("3.12 # note", Some("3.12"));
        check("3.12.1.1", Some("3.12.1"));
        check("3.14rc1", Some("3.14.0rc1"));
        check("cpython@ 3.12", Some("cpython@3.12"));
        check("312", Some("3.12"));
        check("3,12", Some("3.12"));
        check("3.12+fast", Some("3.12"));
        check("3.999", Some("3.99"));
        check("> 3.x", Some(">3"));
        check("latst", Some("latest"));
        check("cpyton", Some("cpython"));
        check("my-env", None);
        check("", None);
    }

    /// Any request that can be said.
    fn requests() -> impl Strategy<Value = Request> {
        let release = proptest::collection::vec(0..=255_u64, 1..=3);
        let pre = (0..=255_u64, 0..=255_u64, 0..=255_u64, "(a|b|rc)[1-9]");
        let version = prop_oneof![
            Just(VersionRequest::Any),
            release.prop_map(VersionRequest::Prefix),
            pre.prop_map(|(major, minor, patch, pre)| VersionRequest::Exact(
                format!("{major}.{minor}.{patch}{pre}").parse().unwrap()
            )),
            r"(>=|<|!=|~=)3\.[1-9](,<4)?"
                .prop_map(|text| VersionRequest::Specifiers(text.parse().unwrap())),
        ];
        let name = |names: &'static [&str]| {
            proptest::option::of(proptest::sample::select(names).prop_map(str::to_owned))
        };
        let system = name(&OS_NAMES).prop_flat_map(move |os| {
            let libc = if os.is_some() { name(&LIBC_NAMES).boxed() } else { Just(None).boxed() };
            (Just(os), libc)
        });
        let family = prop_oneof![Just("cpython".to_owned()), "pypy|[a-z][a-z0-9_.]{0,8}"];
        let is_name = |family: &String| family != "python";
        let variant = (any::<bool>(), any::<bool>());
        let variant = variant.prop_map(|(free_threaded, debug)| Variant { free_threaded, debug });
        let properties =
            (family.prop_filter("an alias", is_name), name(&ARCH_NAMES), system, version, variant)
                .prop_map(|(family, arch, (os, libc), version, variant)| {
                    Request::Properties(Properties { family, arch, os, libc, version, variant })
                });
        prop_oneof![9 => properties, 1 => "[./]{1,3}[a-z0-9@.+-]{0,9}/[a-z]".prop_map(|path| Request::Path(path.into()))]
    }

    proptest! {
        #[test]
        fn a_request_parses_back_from_what_it_prints(request in requests()) {
            prop_assert_eq!(request.to_string().parse::<Request>().unwrap(), request);
        }
    }
}
