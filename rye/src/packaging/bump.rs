//! What follows a version (PEP 440).

use super::Version;
use pep440_rs::{Prerelease, PrereleaseKind};

/// What of a version is raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Bump {
    /// The first number of the release
    Major,
    /// The second
    Minor,
    /// The third
    Patch,
    /// To the release that a pre-release leads to
    Stable,
    /// To the next pre-release, of the same kind
    Pre,
    /// To the next alpha release
    Alpha,
    /// To the next beta release
    Beta,
    /// To the next release candidate
    Rc,
    /// To the next post-release
    Post,
    /// To the next development release
    Dev,
}

/// Why no version follows.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BumpError {
    #[error("`{0}` is stable already")]
    Stable(Version),
    #[error("a number of `{0}` is as large as it can be")]
    TooLarge(Version),
}

/// Raises a version in steps, and returns the last one.
///
/// Every step leads to a version that is greater (PEP 440), unless it only drops a local one. What a step led to is
/// not released yet, so that the next one may lead to a pre-release of it: `1.0.0` with minor and alpha becomes `1.1.0a1`.
pub(crate) fn bump(version: &Version, steps: &[Bump]) -> Result<Version, BumpError> {
    let mut next = version.clone();
    let mut is_unreleased = false;
    for step in steps {
        let raised = step.apply(&next, is_unreleased);
        next = raised.ok_or_else(|| BumpError::TooLarge(next.clone()))?;
        is_unreleased = !matches!(step, Bump::Stable | Bump::Dev);
    }
    // only this step can have nothing to do
    if steps == [Bump::Stable] && next == *version {
        return Err(BumpError::Stable(next));
    }
    Ok(next)
}

impl Bump {
    /// Returns the next version; none if a number would be too large. An unreleased one is still to come.
    fn apply(self, version: &Version, is_unreleased: bool) -> Option<Version> {
        // a local version is that of one build, and no other follows from it
        let version = version.clone().without_local();
        match self {
            Self::Major => with_release_raised(&version, 0),
            Self::Minor => with_release_raised(&version, 1),
            Self::Patch => with_release_raised(&version, 2),
            // a post-release is stable, unless it is one in development
            Self::Stable if version.pre().is_none() => Some(version.with_dev(None)),
            Self::Stable => Some(release_of(&version)),
            Self::Pre | Self::Alpha | Self::Beta | Self::Rc => {
                let wanted = self.kind().or(version.pre().map(|pre| pre.kind));
                let kind = wanted.unwrap_or(PrereleaseKind::Alpha);
                let pre = |base: Version, number| {
                    release_of(&base).with_pre(Some(Prerelease { kind, number }))
                };
                match version.pre() {
                    Some(old) if old.kind == kind => {
                        // a development release leads to what it is named after
                        let is_ahead = version.is_dev() && version.post().is_none();
                        Some(pre(version, old.number.checked_add(u64::from(!is_ahead))?))
                    }
                    Some(old) if old.kind < kind => Some(pre(version, 1)),
                    None if version.is_dev() && !version.is_post() => Some(pre(version, 1)),
                    None if is_unreleased => Some(pre(version, 1)),
                    // there is no way back from a release candidate to an alpha release
                    Some(_) | None => Some(pre(with_release_raised(&release_of(&version), 2)?, 1)),
                }
            }
            Self::Post => {
                let number = match version.post() {
                    Some(number) if version.is_dev() => number,
                    Some(number) => number.checked_add(1)?,
                    None => 1,
                };
                Some(version.with_post(Some(number)).with_dev(None))
            }
            Self::Dev => {
                if let Some(number) = version.dev() {
                    return Some(version.with_dev(Some(number.checked_add(1)?)));
                }
                let base = if is_unreleased {
                    version
                } else if let Some(number) = version.post() {
                    version.with_post(Some(number.checked_add(1)?))
                } else if let Some(Prerelease { kind, number }) = version.pre() {
                    let number = number.checked_add(1)?;
                    version.with_pre(Some(Prerelease { kind, number }))
                } else {
                    with_release_raised(&version, 2)?
                };
                Some(base.with_dev(Some(1)))
            }
        }
    }

    fn kind(self) -> Option<PrereleaseKind> {
        match self {
            Self::Alpha => Some(PrereleaseKind::Alpha),
            Self::Beta => Some(PrereleaseKind::Beta),
            Self::Rc => Some(PrereleaseKind::Rc),
            Self::Major
            | Self::Minor
            | Self::Patch
            | Self::Stable
            | Self::Pre
            | Self::Post
            | Self::Dev => None,
        }
    }
}

/// Raises a number of the release and sets those after it to 0. What leads to such a release already leads
/// to that one: `1.0.0rc1` becomes `1.0.0`.
fn with_release_raised(version: &Version, index: usize) -> Option<Version> {
    let mut release = version.release().to_vec();
    if release.len() <= index {
        release.resize(index + 1, 0);
    }
    let leads_to_release = version.is_pre() || version.is_dev() && !version.is_post();
    let is_its_first = release[index + 1..].iter().all(|number| *number == 0);
    if !(leads_to_release && is_its_first) {
        release[index] = release[index].checked_add(1)?;
        release[index + 1..].fill(0);
    }
    Some(Version::new(release).with_epoch(version.epoch()))
}

/// Returns the release with its epoch, and nothing that follows it.
fn release_of(version: &Version) -> Version {
    Version::new(version.release()).with_epoch(version.epoch())
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn each_part_is_raised() {
        #[track_caller]
        fn check(from: &str, steps: &[Bump], to: &str) {
            assert_eq!(bump(&version(from), steps).unwrap().to_string(), to, "{from} {steps:?}");
        }
        // release numbers
        check("1.2.3", &[Bump::Major], "2.0.0");
        check("1.2.3", &[Bump::Minor], "1.3.0");
        check("1.2.3", &[Bump::Patch], "1.2.4");
        check("1", &[Bump::Patch], "1.0.1");
        check("1.2", &[Bump::Major], "2.0");
        check("1.2.3.4", &[Bump::Minor], "1.3.0.0");
        check("2024.10", &[Bump::Minor], "2024.11");
        check("3!1.2.3", &[Bump::Major], "3!2.0.0");
        check("1.2.3+local.1", &[Bump::Patch], "1.2.4");
        check("1.2.3.post4", &[Bump::Patch], "1.2.4");
        check("1.2.3.post4.dev1", &[Bump::Patch], "1.2.4");
        // a pre-release leads to its release
        check("1.0.0a1", &[Bump::Patch], "1.0.0");
        check("1.0.0a1", &[Bump::Minor], "1.0.0");
        check("1.0.0rc2", &[Bump::Major], "1.0.0");
        check("1.0.0.dev3", &[Bump::Major], "1.0.0");
        check("1.0.0a1.post2.dev3", &[Bump::Patch], "1.0.0");
        check("1.1.0a1", &[Bump::Minor], "1.1.0");
        check("1.1.0a1", &[Bump::Major], "2.0.0");
        check("1.1.1a1", &[Bump::Minor], "1.2.0");
        check("1.1.1.1a1", &[Bump::Patch], "1.1.2.0");
        check("1.0a1", &[Bump::Patch], "1.0.0");
        // stable
        check("1.0.0a1", &[Bump::Stable], "1.0.0");
        check("2!1.0rc1.post2.dev3", &[Bump::Stable], "2!1.0");
        check("1.0.0.dev7", &[Bump::Stable], "1.0.0");
        check("1.0.0.post1.dev2", &[Bump::Stable], "1.0.0.post1");
        check("1.0.0+local", &[Bump::Stable], "1.0.0");
        // pre-releases
        check("1.0.0a1", &[Bump::Pre], "1.0.0a2");
        check("1.0.0rc1", &[Bump::Pre], "1.0.0rc2");
        check("1.0.0", &[Bump::Pre], "1.0.1a1");
        check("1.0.0.post1", &[Bump::Pre], "1.0.1a1");
        check("1.0.0.dev1", &[Bump::Pre], "1.0.0a1");
        check("1.0.0a1.dev3", &[Bump::Pre], "1.0.0a1");
        check("1.0.0a1.post1", &[Bump::Pre], "1.0.0a2");
        check("1.0.0a1.post1.dev3", &[Bump::Pre], "1.0.0a2");
        check("1.0.0a4", &[Bump::Beta], "1.0.0b1");
        check("1.0.0a4.dev1", &[Bump::Beta], "1.0.0b1");
        check("1.0.0b2", &[Bump::Rc], "1.0.0rc1");
        check("1.0.0rc1", &[Bump::Alpha], "1.0.1a1");
        check("1.0.0", &[Bump::Rc], "1.0.1rc1");
        // post and development releases
        check("1.0.0", &[Bump::Post], "1.0.0.post1");
        check("1.0.0.post1", &[Bump::Post], "1.0.0.post2");
        check("1.0.0a1", &[Bump::Post], "1.0.0a1.post1");
        check("1.0.0.dev2", &[Bump::Post], "1.0.0.post1");
        check("1.0.0.post1.dev2", &[Bump::Post], "1.0.0.post1");
        check("1.0.0", &[Bump::Dev], "1.0.1.dev1");
        check("1.0.0.dev1", &[Bump::Dev], "1.0.0.dev2");
        check("1.0.0a1", &[Bump::Dev], "1.0.0a2.dev1");
        check("1.0.0a1.dev1", &[Bump::Dev], "1.0.0a1.dev2");
        check("1.0.0.post1", &[Bump::Dev], "1.0.0.post2.dev1");
        // several steps
        check("1.0.0", &[Bump::Minor, Bump::Pre], "1.1.0a1");
        check("1.0.0", &[Bump::Major, Bump::Rc], "2.0.0rc1");
        check("1.0.0", &[Bump::Minor, Bump::Dev], "1.1.0.dev1");
        check("1.0.0", &[Bump::Minor, Bump::Beta, Bump::Dev], "1.1.0b1.dev1");
        check("1.0.0", &[Bump::Post, Bump::Dev], "1.0.0.post1.dev1");
        check("1.0.0a1", &[Bump::Stable, Bump::Post], "1.0.0.post1");
    }

    #[test]
    fn every_step_leads_to_a_greater_version() {
        let releases = ["0", "1.0", "1.0.0", "1.2.3", "0.0.1.1", "1!2.0"];
        let pres = ["", "a1", "b2", "rc3"];
        for release in releases {
            for pre in pres {
                for post in ["", ".post0", ".post4"] {
                    for dev in ["", ".dev0", ".dev5"] {
                        let from = version(&format!("{release}{pre}{post}{dev}"));
                        for step in Bump::value_variants() {
                            match bump(&from, &[*step]) {
                                Ok(to) => assert!(to > from, "{from} {step:?} {to}"),
                                Err(error) => {
                                    assert_eq!(error, BumpError::Stable(from.clone()));
                                    assert!(from.is_stable());
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn numbers_have_an_end() {
        let largest = version(&format!("1.0.{}", u64::MAX));
        assert_eq!(bump(&largest, &[Bump::Patch]), Err(BumpError::TooLarge(largest.clone())));
        assert_eq!(bump(&largest, &[Bump::Minor]).unwrap(), version("1.1.0"));
    }
}
