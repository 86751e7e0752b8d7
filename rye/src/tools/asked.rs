//! A tool as it is asked for.

use std::fmt;
use std::str::FromStr;

use crate::error::Hint;
use crate::packaging::{self, Requirement, VersionOrUrl, VersionSpecifiers};

/// A tool, and which version of it.
///
/// ```text
/// asked = requirement | name [ "[" extras "]" ] "@" ( version | "latest" )
/// ```
///
/// A requirement is one of PEP 508. `@VERSION` is short for `==VERSION`, and `@latest` is the newest that there is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) requirement: Requirement,
    pub(crate) is_latest: bool,
}

/// A text that asks for no tool.
#[derive(Debug, thiserror::Error)]
#[error("`{text}` names no tool: {reason}")]
pub(crate) struct Error {
    text: String,
    reason: String,
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        Some("write it as in `ruff`, `ruff@0.9.6`, `ruff@latest` or `'ruff>=0.9,<1'`".to_owned())
    }
}

impl FromStr for Asked {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let failed = |reason: String| Error { text: text.to_owned(), reason };
        let text = text.trim();
        let parse = |text: &str| {
            let parsed = packaging::requirement(text);
            parsed.map_err(|error| failed(error.message.to_string()))
        };
        // a URL has a scheme, which no version has
        let split = text.rsplit_once('@').filter(|(name, version)| {
            !version.contains([':', '/', ';', ' ']) && !name.contains([':', ';', ' '])
        });
        let Some((name, version)) = split else {
            return Ok(Self { requirement: parse(text)?, is_latest: false });
        };
        let mut requirement = parse(name)?;
        if requirement.version_or_url.is_some() {
            return Err(failed(format!("`{name}` has a version already")));
        }
        if version == "latest" {
            return Ok(Self { requirement, is_latest: true });
        }
        let specifiers = format!("=={version}").parse::<VersionSpecifiers>();
        let specifiers = specifiers
            .map_err(|_| failed(format!("`{version}` is neither a version nor `latest`")))?;
        requirement.version_or_url = Some(VersionOrUrl::VersionSpecifier(specifiers));
        Ok(Self { requirement, is_latest: false })
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.requirement.fmt(f)?;
        f.write_str(if self.is_latest { "@latest" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_follow_an_at_sign() {
        #[track_caller]
        fn check(text: &str, requirement: &str, is_latest: bool) {
            let asked: Asked = text.parse().unwrap();
            assert_eq!(
                (asked.requirement.to_string().as_str(), asked.is_latest),
                (requirement, is_latest)
            );
            assert_eq!(asked.to_string().parse::<Asked>().unwrap(), asked);
        }
        check("Ruff", "ruff", false);
        check("ruff@0.9.6", "ruff==0.9.6", false);
        check("ruff@0.9.*", "ruff==0.9.*", false);
        check("ruff@latest", "ruff", true);
        check("black[d]@24.1", "black[d]==24.1", false);
        check("flask>=2,<3", "flask>=2,<3", false);
        check("demo @ https://me@host/demo.whl", "demo @ https://me@host/demo.whl", false);
        check("demo @ git+https://host/demo@v1", "demo @ git+https://host/demo@v1", false);
        check("demo@git+ssh://git@host/demo@v1", "demo @ git+ssh://git@host/demo@v1", false);
    }

    #[test]
    fn what_names_no_tool_is_refused() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            assert_eq!(text.parse::<Asked>().unwrap_err().to_string(), expected);
        }
        check("ruff@", "`ruff@` names no tool: `` is neither a version nor `latest`");
        check("ruff@next", "`ruff@next` names no tool: `next` is neither a version nor `latest`");
        check("ruff==1@2", "`ruff==1@2` names no tool: `ruff==1` has a version already");
    }
}
