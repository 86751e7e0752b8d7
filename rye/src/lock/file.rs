//! The format of a lockfile: pip's requirements format with a header and annotations.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::http::{Redacted, redacted_text};
use crate::lock::options::{INTRODUCTION, Options};
use crate::packaging::{self, PackageName, Requirement, VersionOrUrl};
use crate::uv::{Action, Change};

/// The content of a lockfile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lockfile {
    pub(crate) options: Options,
    /// Options of pip that say where distributions come from, one a line
    pub(crate) sources: Vec<String>,
    pub(crate) entries: Vec<Entry>,
}

/// One distribution, or the project itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// `name==1.0 ; marker`, `name @ url` or `-e file:path`
    pub(crate) requirement: String,
    /// `sha256:…`
    pub(crate) hashes: Vec<String>,
    /// The names of what needs it
    pub(crate) via: Vec<String>,
    /// It is in the resolution and never installed.
    pub(crate) is_excluded: bool,
}

#[derive(Debug, thiserror::Error)]
#[error("line {line}: `{text}`: {reason}")]
pub(crate) struct Error {
    line: usize,
    text: String,
    reason: String,
}

/// What git writes around the sides of a merge that is not settled.
const CONFLICT_MARKERS: [&str; 4] = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"];

const CONFLICT: &str = "a conflict marker of git";

impl Error {
    /// Tells whether the file is in the middle of a merge.
    pub(super) fn is_conflict(&self) -> bool {
        self.reason == CONFLICT
    }
}

impl Entry {
    fn new(requirement: &str, is_excluded: bool) -> Self {
        let requirement = requirement.to_owned();
        Self { requirement, hashes: Vec::new(), via: Vec::new(), is_excluded }
    }

    /// Returns the normalized name; none for the project itself.
    pub(crate) fn name(&self) -> Option<PackageName> {
        if self.requirement.starts_with('-') {
            return None;
        }
        let end = self.requirement.find(['=', '@', ' ', '[', ';', '<', '>', '~', '!']);
        self.requirement[..end.unwrap_or(self.requirement.len())].parse().ok()
    }

    /// Returns what is locked as a requirement; none for the project itself.
    pub(crate) fn parsed(&self) -> Option<Requirement> {
        packaging::requirement(&self.requirement).ok()
    }

    /// Tells whether an exclusion means this entry: by name, and by version or URL if it has one.
    pub(super) fn is(&self, exclusion: &Requirement) -> bool {
        self.parsed().is_some_and(|locked| {
            locked.name == exclusion.name
                && (exclusion.version_or_url.is_none()
                    || exclusion.version_or_url == locked.version_or_url)
        })
    }

    pub(super) fn exclude(&mut self) {
        self.is_excluded = true;
        self.hashes.clear();
    }
}

impl Lockfile {
    /// Returns the entries that name a version or a URL, in pip's format and without annotations.
    pub(crate) fn pins(&self) -> String {
        self.pins_but_for(&[])
    }

    /// Returns those without some names.
    pub(crate) fn pins_but_for(&self, names: &[PackageName]) -> String {
        let mut pins = String::new();
        let is_pin = |entry: &&Entry| entry.name().is_some_and(|name| !names.contains(&name));
        for entry in self.entries.iter().filter(is_pin) {
            pins.push_str(&entry.requirement);
            pins.push('\n');
        }
        pins
    }

    /// Returns what an empty environment would be given, whatever the platform.
    pub(crate) fn installations(&self) -> Vec<Change> {
        let installed = |entry: &Entry| {
            let locked = entry.parsed()?;
            let version = match locked.version_or_url? {
                VersionOrUrl::VersionSpecifier(version) => version.to_string(),
                VersionOrUrl::Url(url) => format!("@ {}", without_credentials(url.as_str())),
            };
            let version = version.trim_start_matches('=').to_owned();
            Some(Change { name: locked.name.to_string(), version, action: Action::Installed })
        };
        let entries = self.entries.iter().filter(|entry| !entry.is_excluded);
        entries.filter_map(installed).collect()
    }

    /// Returns what would be installed otherwise than by an older one; of what is locked in several versions
    /// all are told.
    pub(crate) fn changes_since(&self, old: &Self) -> Vec<Change> {
        let by_name = |lockfile: &Self| {
            let mut versions: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for Change { name, version, .. } in lockfile.installations() {
                versions.entry(name).or_default().push(version);
            }
            versions
        };
        let (old, new) = (by_name(old), by_name(self));
        let differing = |(name, versions): &(&String, &Vec<String>), other: &BTreeMap<_, _>| {
            other.get(*name) != Some(*versions)
        };
        let change = |(name, versions): (&String, &Vec<String>), action| {
            let (name, version) = (name.clone(), versions.join(", "));
            Change { name, version, action }
        };
        let gone = old.iter().filter(|entry| differing(entry, &new));
        let gone = gone.map(|entry| change(entry, Action::Uninstalled));
        let come = new.iter().filter(|entry| differing(entry, &old));
        gone.chain(come.map(|entry| change(entry, Action::Installed))).collect()
    }

    /// Tells whether everything in here is in the other one too, annotations aside.
    pub(crate) fn is_within(&self, other: &Self) -> bool {
        let pin = |entry: &Entry| (entry.requirement.clone(), entry.is_excluded);
        let all: std::collections::HashSet<_> = other.entries.iter().map(pin).collect();
        self.entries.iter().map(pin).all(|entry| all.contains(&entry))
    }

    /// Returns what would have to change to come to the other one, a line each.
    pub(crate) fn differences(&self, other: &Self) -> Vec<String> {
        let line = |entry: &Entry| {
            let requirement = match entry.requirement.split_once(" @ ") {
                Some((name, url)) => format!("{name} @ {}", without_credentials(url)),
                None => entry.requirement.clone(),
            };
            format!("{requirement}{}", if entry.is_excluded { " (excluded)" } else { "" })
        };
        let (old, new): (Vec<_>, Vec<_>) =
            (self.entries.iter().map(line).collect(), other.entries.iter().map(line).collect());
        let gone = old.iter().filter(|line| !new.contains(line)).map(|line| format!("- {line}"));
        let come = new.iter().filter(|line| !old.contains(line)).map(|line| format!("+ {line}"));
        let mut changes: Vec<_> = gone.chain(come).collect();
        changes.sort_by_cached_key(|change| change[2..].to_owned());
        if changes.is_empty() {
            changes.push("only options, hashes, sources or annotations differ".to_owned());
        }
        changes
    }
}

/// Returns a URL as it may be shown.
fn without_credentials(url: &str) -> String {
    url::Url::parse(url).map_or_else(|_| redacted_text(url), |url| Redacted::from(&url).to_string())
}

impl FromStr for Lockfile {
    type Err = Error;

    /// Reads a lockfile, or a resolution as uv prints it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut lockfile = Self::default();
        let mut in_options = false;
        // a line with what it continues
        let mut is_continued = false;
        // some editors begin a file with a byte order mark
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (index, line) in text.lines().enumerate() {
            let failed = |reason: &str| Error {
                line: index + 1,
                text: line.to_owned(),
                reason: reason.to_owned(),
            };
            let entry = lockfile.entries.last_mut();
            let content = line.trim_end();
            let (content, continues) = match content.strip_suffix('\\') {
                Some(content) => (content.trim_end(), true),
                None => (content, false),
            };
            if content == INTRODUCTION {
                in_options = true;
            } else if let Some(option) = content.strip_prefix("#   ").filter(|_| in_options) {
                let (name, json) = option.split_once(": ").ok_or_else(|| failed("no option"))?;
                lockfile.options.read(name, json).map_err(|reason| failed(&reason))?;
            } else if let Some(excluded) =
                content.strip_prefix("# ").and_then(|rest| rest.strip_suffix(" (excluded)"))
            {
                lockfile.entries.push(Entry::new(excluded, true));
            } else if let Some(comment) = content.strip_prefix("    #") {
                let via = comment.trim().strip_prefix("via").unwrap_or(comment).trim();
                // files of requirements need nothing: they are the resolver's input
                if let Some(entry) = entry.filter(|_| !via.is_empty() && !via.starts_with('-')) {
                    let name = via.split_whitespace().next().unwrap_or_default();
                    entry.via.push(name.to_owned());
                }
            } else if let Some(hash) = content.trim_start().strip_prefix("--hash=") {
                let entry = entry.filter(|_| is_continued);
                entry.ok_or_else(|| failed("a hash of nothing"))?.hashes.push(hash.to_owned());
            } else if content.is_empty() || content.starts_with('#') {
                in_options = false;
            } else if content.starts_with("-e ") {
                lockfile.entries.push(Entry::new(content, false));
            } else if content.starts_with('-') {
                lockfile.sources.push(content.to_owned());
            } else if CONFLICT_MARKERS.iter().any(|marker| content.starts_with(marker)) {
                return Err(failed(CONFLICT));
            } else {
                packaging::requirement(content)
                    .map_err(|error| failed(&error.message.to_string()))?;
                lockfile.entries.push(Entry::new(content, false));
            }
            is_continued = continues;
        }
        Ok(lockfile)
    }
}

impl fmt::Display for Lockfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, "`rye lock` or `rye sync`")
    }
}

impl Lockfile {
    /// Returns the text of the file, with the command in it that makes it anew.
    pub(crate) fn text_for(&self, command: &str) -> String {
        fmt::from_fn(|f| self.write(f, command)).to_string()
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, command: &str) -> fmt::Result {
        writeln!(f, "# generated by rye")?;
        writeln!(f, "# use {command} to update this lockfile")?;
        write!(f, "#\n{}\n", self.options)?;
        self.write_body(f)
    }

    /// Writes what an installer reads.
    pub(crate) fn write_body(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for source in &self.sources {
            writeln!(f, "{source}")?;
        }
        if !self.sources.is_empty() {
            writeln!(f)?;
        }
        for entry in &self.entries {
            if entry.is_excluded {
                write!(f, "# {} (excluded)", entry.requirement)?;
            } else {
                f.write_str(&entry.requirement)?;
            }
            for hash in &entry.hashes {
                write!(f, " \\\n    --hash={hash}")?;
            }
            writeln!(f)?;
            for via in &entry.via {
                writeln!(f, "    # via {via}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCKFILE: &str = "\
# generated by rye
# use `rye lock` or `rye sync` to update this lockfile
#
# last locked with the following flags:
#   pre: false
#   features: [\"web\"]
#   all-features: false
#   with-sources: true
#   generate-hashes: true
#   universal: false

--index-url https://index.invalid/simple/

-e file:.
anyio==4.0.0 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via my-project
# idna==3.4 (excluded)
    # via anyio
    # via other
local @ file:///${PROJECT_ROOT}/libs/local
sniffio==1.3.0 ; python_full_version < '3.13'
    # via anyio
";

    #[test]
    fn a_lockfile_prints_as_it_was_read() {
        let lockfile: Lockfile = LOCKFILE.parse().unwrap();
        assert_eq!(lockfile.to_string(), LOCKFILE);
        assert!(lockfile.entries[2].is_excluded);
        let names: Vec<_> = lockfile.entries.iter().filter_map(Entry::name).collect();
        assert_eq!(names, ["anyio", "idna", "local", "sniffio"].map(|name| name.parse().unwrap()));
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_a_lockfile() {
        let marked = format!("\u{feff}{LOCKFILE}").parse::<Lockfile>().unwrap();
        assert_eq!(marked.to_string(), LOCKFILE);
        assert_eq!("\u{feff}idna==3.4\n".parse::<Lockfile>().unwrap().entries.len(), 1);
    }

    #[test]
    fn a_resolution_of_uv_is_flattened() {
        let resolution = "\
-e file:.
    # via -r requirements.txt
click==8.1.8 ; python_full_version < '3.10'
    # via
    #   -c constraints.txt
    #   -r requirements.txt
    #   flask
    #   p1
iniconfig==2.1.0
    # via -r requirements.txt
";
        let lockfile: Lockfile = resolution.parse().unwrap();
        let via: Vec<_> = lockfile.entries.iter().map(|entry| entry.via.join(" ")).collect();
        assert_eq!(via, ["", "flask p1", ""]);
    }

    #[test]
    fn what_is_no_lockfile_is_refused_with_its_line() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            let error = text.parse::<Lockfile>().unwrap_err();
            assert!(error.to_string().starts_with(expected), "{error}");
        }
        for marker in ["<<<<<<< HEAD", "||||||| 0a1b2c3", "=======", ">>>>>>> theirs"] {
            let expected = format!("line 2: `{marker}`: a conflict marker of git");
            check(&format!("flask==3.0.0\n{marker}\n"), &expected);
        }
        check("==3.0.0\n", "line 1: `==3.0.0`: Expected package name");
        check("flask==3.0.0\n    --hash=sha256:aa\n", "line 2: `    --hash=sha256:aa`: ");
        check(&format!("{INTRODUCTION}\n#   pre: maybe\n"), "line 2: `#   pre: maybe`: `maybe`");
        check(&format!("{INTRODUCTION}\n#   features: true\n"), "line 2: ");
    }

    #[test]
    fn differences_are_told_by_entry() {
        let lockfile = |text: &str| text.parse::<Lockfile>().unwrap();
        let old = lockfile("a==1\nb==1\n    # via a\n");
        assert_eq!(old.differences(&lockfile("a==2\nb==1\n")), ["- a==1", "+ a==2"]);
        assert_eq!(old.differences(&lockfile("a==1\nb==1\n")).len(), 1);
    }
}
