//! The catalog: the Pythons that can be downloaded, and where each is.
//!
//! It is data, `rye/data/toolchains.txt`, written by rye-devtools and parsed when something is
//! missing or asked for; a file of the same format may take its place.

use std::io::Read as _;
use std::path::Path;

use flate2::read::GzDecoder;
use url::Url;

use crate::env::Env;
use crate::fs;
use crate::packaging::Version;
use crate::platform::Platform;
use crate::sys;
use crate::toolchain::request::{Properties, Request, Variant, VersionRequest};
use crate::toolchain::{Error, Python, Wanted};

/// The text, compressed by the build script.
const BUILT_IN: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/toolchains.txt.gz"));

/// The variable that names another catalog.
const VARIABLE: &str = "RYE_TOOLCHAIN_CATALOG";

/// A Python that can be downloaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    pub(crate) python: Python,
    /// On Linux only
    pub(crate) libc: Option<String>,
    pub(crate) url: Url,
    /// What follows the base of its family, in a mirror as well
    pub(crate) location: String,
    pub(crate) sha256: String,
}

impl Offer {
    /// Returns the request for exactly this one.
    pub(crate) fn request(&self) -> String {
        let Self { python, libc, .. } = self;
        match libc {
            Some(libc) if libc != sys::libc() => {
                let Python { family, version, arch, os, variant } = python;
                format!("{family}-{arch}-{os}-{libc}@{version}{variant}")
            }
            Some(_) | None => python.to_string(),
        }
    }

    /// Tells whether the archive holds what the Python was built from as well.
    pub(crate) fn has_build_info(&self) -> bool {
        self.location.ends_with(".tar.zst")
    }
}

/// The Pythons that can be downloaded.
#[derive(Debug)]
pub(crate) struct Catalog {
    /// The best first: final ones, then the newest
    offers: Vec<Offer>,
    /// The C library of this machine
    libc: &'static str,
}

impl Catalog {
    /// Loads the catalog that a variable names, else the built-in one.
    pub(crate) fn load(env: &Env) -> Result<Self, Error> {
        if let Some(path) = env.var_os(VARIABLE) {
            let path = env.working_directory().join(path);
            let text = fs::read_text(&path).map_err(Error::CatalogFile)?;
            return Self::parse(&text, &path);
        }
        let mut text = String::new();
        let read = GzDecoder::new(BUILT_IN).read_to_string(&mut text);
        read.expect("the build script compressed it");
        Self::parse(&text, Path::new("toolchains.txt"))
    }

    /// Reads rows of family, version, platform, variant, location and sha256, after the bases that
    /// locations start from.
    fn parse(text: &str, path: &Path) -> Result<Self, Error> {
        let mut bases: Vec<(&str, Url)> = Vec::new();
        let mut offers = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let words: Vec<_> = line.split_whitespace().collect();
            let offer = match words.as_slice() {
                [] | ["schema", "1"] => continue,
                [comment, ..] if comment.starts_with('#') => continue,
                ["base", family, url] => {
                    let url = format!("{}/", url.trim_end_matches('/')).parse().ok();
                    url.map(|url| bases.push((family, url)))
                }
                [family, version, platform, variant, location, sha256] => {
                    let base = bases.iter().find(|(of, _)| of == family);
                    let url = base.and_then(|(_, base)| base.join(location).ok());
                    url.and_then(|url| {
                        let (libc, python) = python(family, version, platform, variant)?;
                        let (location, sha256) =
                            ((*location).to_owned(), fs::parse_sha256(sha256)?);
                        offers.push(Offer { python, libc, url, location, sha256 });
                        Some(())
                    })
                }
                _ => None,
            };
            offer.ok_or_else(|| Error::Catalog { path: path.to_owned(), line: index + 1 })?;
        }
        offers.sort_by_cached_key(|offer: &Offer| offer.python.order());
        Ok(Self { offers, libc: sys::libc() })
    }

    /// Returns the best that is wanted.
    pub(crate) fn find(&self, wanted: &Wanted) -> Option<&Offer> {
        self.matching(wanted).next()
    }

    /// Returns all that are wanted, the best first; unless said otherwise for this machine's libc.
    pub(crate) fn matching(&self, wanted: &Wanted) -> impl Iterator<Item = &Offer> {
        self.offers.iter().filter(move |offer| {
            let Request::Properties(asked) = &wanted.request else { return false };
            let libc = asked.libc.as_deref().unwrap_or(self.libc);
            asked.admit(&offer.python)
                && offer.libc.as_deref().is_none_or(|own| own == libc)
                && wanted.requires_python.contains(&offer.python.version.only_release())
        })
    }

    /// Returns the best of what is nearest to what is wanted and is not offered.
    pub(crate) fn find_near(&self, wanted: &Wanted) -> Option<&Offer> {
        let Request::Properties(asked) = &wanted.request else { return None };
        let mut release = wanted.request.release()?.to_vec();
        std::iter::from_fn(|| release.pop().map(|_| release.clone())).find_map(|release| {
            let version = match release.as_slice() {
                [] => VersionRequest::Any,
                _ => VersionRequest::Prefix(release),
            };
            let request = Request::Properties(Properties { version, ..asked.clone() });
            self.find(&Wanted { request, ..wanted.clone() })
        })
    }

    /// Returns the offer that a file's name belongs to, if it belongs to one.
    pub(crate) fn find_file(&self, name: &str) -> Option<&Offer> {
        // releases have a plus in it, and URLs write that in two ways
        let plain = |name: &str| name.replace("%2B", "+").replace("%2b", "+");
        let name = plain(name);
        self.offers
            .iter()
            .find(|offer| offer.location.rsplit('/').next().map(plain).as_ref() == Some(&name))
    }

    /// Tells whether an offer runs on this machine, as far as is known.
    pub(crate) fn runs_here(&self, offer: &Offer) -> bool {
        Platform::CURRENT.runs(&offer.python.os, &offer.python.arch)
            && offer.libc.as_deref().is_none_or(|libc| libc == self.libc)
    }

    /// Returns what runs on this machine, the best first.
    pub(crate) fn for_this_machine(&self) -> impl Iterator<Item = &Offer> {
        self.offers.iter().filter(|offer| self.runs_here(offer))
    }

    /// Returns the newest patch of a Python's minor version, if it is newer.
    pub(crate) fn find_newer(&self, python: &Python) -> Option<&Offer> {
        let minor = |version: &Version| version.release().get(..2).map(<[_]>::to_vec);
        let newest = self.for_this_machine().find(|offer| {
            let Python { family, version, arch, os, variant } = &offer.python;
            let same = (family, arch, os, variant);
            same == (&python.family, &python.arch, &python.os, &python.variant)
                && minor(version) == minor(&python.version)
        });
        newest.filter(|offer| offer.python.version > python.version)
    }
}

/// Reads the columns that say what a Python is, and the libc it needs.
fn python(
    family: &str,
    version: &str,
    platform: &str,
    variant: &str,
) -> Option<(Option<String>, Python)> {
    let mut parts = platform.split('-').map(str::to_owned);
    let (arch, os, libc) = (parts.next()?, parts.next()?, parts.next());
    let variant = match variant {
        "plain" => Variant::default(),
        "freethreaded" => Variant { free_threaded: true, debug: false },
        "debug" => Variant { free_threaded: false, debug: true },
        "freethreaded+debug" => Variant { free_threaded: true, debug: true },
        _ => return None,
    };
    let version = version.parse().ok()?;
    Some((libc, Python { family: family.to_owned(), version, arch, os, variant }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "
        # two bases
        schema 1
        base cpython https://index.invalid/c/
        base pypy https://index.invalid/p/
        cpython 3.14.0a1 x86_64-linux-gnu plain 1/e.tar.gz 5555555555555555555555555555555555555555555555555555555555555555
        cpython 3.13.1 x86_64-linux-gnu plain 1/a%2B1.tar.gz 1111111111111111111111111111111111111111111111111111111111111111
        cpython 3.13.1 x86_64-linux-musl plain 1/b.tar.gz 2222222222222222222222222222222222222222222222222222222222222222
        cpython 3.13.1 x86_64-linux-gnu freethreaded 1/c-full.tar.zst 3333333333333333333333333333333333333333333333333333333333333333
        cpython 3.12.9 x86_64-linux-gnu plain 1/d.tar.gz 4444444444444444444444444444444444444444444444444444444444444444
        pypy 3.10.2 x86_64-linux-gnu plain f.tar.bz2 6666666666666666666666666666666666666666666666666666666666666666
    ";

    fn catalog() -> Catalog {
        let catalog = Catalog::parse(TEXT, Path::new("catalog")).unwrap();
        Catalog { libc: "gnu", ..catalog }
    }

    /// Returns a request for this platform, whatever the machine is that runs the test.
    fn wanted(request: &str) -> Wanted {
        let Request::Properties(asked) = request.parse().unwrap() else { panic!("a path") };
        let (arch, os) = (Some("x86_64".to_owned()), Some("linux".to_owned()));
        Request::Properties(Properties { arch, os, ..asked }).into()
    }

    #[test]
    fn the_best_that_is_wanted_is_found() {
        #[track_caller]
        fn check(request: &str, expected: Option<&str>) {
            let catalog = catalog();
            let found = catalog.find(&wanted(request)).map(|offer| offer.url.as_str());
            let expected = expected.map(|location| format!("https://index.invalid/{location}"));
            assert_eq!(found, expected.as_deref());
        }
        check("latest", Some("c/1/a%2B1.tar.gz"));
        check("3.12", Some("c/1/d.tar.gz"));
        check("3.13t", Some("c/1/c-full.tar.zst"));
        check("3.14", Some("c/1/e.tar.gz"));
        check("<3.13", Some("c/1/d.tar.gz"));
        check("pypy", Some("p/f.tar.bz2"));
        check("cpython-x86_64-linux-musl@3.13", Some("c/1/b.tar.gz"));
        check("3.13.2", None);
        check("3.12+debug", None);
    }

    #[test]
    fn the_nearest_has_the_longest_common_beginning() {
        #[track_caller]
        fn check(request: &str, expected: Option<&str>) {
            let catalog = catalog();
            let found = catalog.find_near(&wanted(request));
            assert_eq!(found.map(|offer| offer.python.version.to_string()).as_deref(), expected);
        }
        check("3.12.99", Some("3.12.9"));
        check("3.11", Some("3.13.1"));
        check("4", Some("3.13.1"));
        check("pypy@3.11", Some("3.10.2"));
        check("graalpy@3", None);
        check(">=4", None);
    }

    #[test]
    fn a_row_that_cannot_be_read_is_told_with_its_line() {
        #[track_caller]
        fn check(text: &str, line: usize) {
            let text = text.replace(" a ", &format!(" a {}", "0".repeat(64)));
            let error = Catalog::parse(&text, Path::new("catalog")).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("line {line} of `catalog` is no row of a catalog")
            );
        }
        check("schema 2", 1);
        check("base cpython http://h/\ncpython 3.13.1 x86_64-linux-gnu plain b 00", 2);
        check("\ncpython 3.13.1 x86_64-linux-gnu plain a ", 2);
        check("base cpython nowhere", 1);
        check("base cpython http://h/\ncpython 3 x86_64 plain a ", 2);
        check("base cpython http://h/\ncpython 3.13.1 x86_64-linux-gnu fast a ", 2);
    }

    #[test]
    fn the_built_in_catalog_has_something_for_this_machine() {
        let mut text = String::new();
        GzDecoder::new(BUILT_IN).read_to_string(&mut text).unwrap();
        let catalog = Catalog::parse(&text, Path::new("toolchains.txt")).unwrap();
        assert!(catalog.for_this_machine().count() > 100);
        assert!(catalog.offers.iter().all(|offer| offer.sha256.len() == 64));
    }
}
