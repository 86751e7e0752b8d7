//! What is installed in an environment, read from its files: no interpreter is started.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use url::Url;

use crate::fs;
use crate::packaging::{PackageName, Version};
use crate::venv::{Error, Venv};

mod record;

/// What the fields of nearly all metadata fit into; a description may follow that is long.
const USUAL_HEAD: u64 = 16 * 1024;

/// More of the metadata than this is no head of them.
const LONGEST_HEAD: u64 = 1024 * 1024;

/// A distribution that is installed. Prints as a line of pip's requirements, without a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Distribution {
    pub(crate) name: PackageName,
    pub(crate) version: Version,
    pub(crate) origin: Origin,
    /// The file with its metadata
    metadata: PathBuf,
}

/// Where a distribution was installed from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Index,
    /// A URL of its own (PEP 610)
    Url(String),
    /// The sources of a project, which an edit changes: a URL, or a path for one that setuptools linked
    Editable(String),
}

impl fmt::Display for Distribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, version, origin, .. } = self;
        match origin {
            Origin::Index => write!(f, "{name}=={version}"),
            Origin::Url(url) => write!(f, "{name} @ {url}"),
            Origin::Editable(place) => write!(f, "-e {place}"),
        }
    }
}

impl Distribution {
    /// Returns what the distribution requires, as its metadata have it, by name; none if they cannot be read.
    ///
    /// Of the texts no more is read than whose they are.
    pub(crate) fn requirements(&self) -> Vec<(PackageName, String)> {
        // metadata that are broken say nothing, and nobody asks them for more than words
        let head = head(&self.metadata).unwrap_or_default();
        let texts = fields(&head).filter(|(name, _)| name.eq_ignore_ascii_case("Requires-Dist"));
        let is_end = |part: char| !part.is_ascii_alphanumeric() && !matches!(part, '-' | '_' | '.');
        let named = texts.filter_map(|(_, text)| {
            let end = text.find(is_end).unwrap_or(text.len());
            let name = text.get(..end).filter(|name| !name.is_empty())?;
            Some((name.parse().ok()?, text.to_owned()))
        });
        named.collect()
    }

    /// Returns the names of the files among an environment's programs that belong to the distribution and can be
    /// run, sorted.
    pub(crate) fn programs(&self, venv: &Venv) -> Result<Vec<String>, Error> {
        Ok(record::programs(&self.metadata.with_file_name("RECORD"), venv)?)
    }
}

/// What an environment has.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    /// Sorted by name and version
    pub(crate) distributions: Vec<Distribution>,
    /// What looks like a distribution and cannot be read
    pub(crate) unreadable: Vec<PathBuf>,
}

impl Venv {
    /// Returns what is installed.
    pub(crate) fn installed(&self) -> Result<Contents, Error> {
        let mut contents = Contents::default();
        for directory in self.libraries()? {
            for path in fs::list(&directory)? {
                match read(&path) {
                    Ok(found) => contents.distributions.extend(found),
                    Err(Unreadable) => contents.unreadable.push(path),
                }
            }
        }
        contents.distributions.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
        Ok(contents)
    }

    /// Returns the directories that distributions are installed to.
    fn libraries(&self) -> Result<Vec<PathBuf>, Error> {
        let mut directories = vec![self.site_packages()?];
        // where libraries of 64 bits have their own place, those with machine code are there
        let twin = directories[0].strip_prefix(self.path.join("lib")).ok();
        let twin = twin.map(|below| self.path.join("lib64").join(below));
        let is_other = |path: &PathBuf| {
            path.is_dir() && !same_file::is_same_file(path, &directories[0]).unwrap_or(true)
        };
        directories.extend(twin.filter(is_other));
        Ok(directories)
    }
}

/// What looks like a distribution is none, or a broken one.
struct Unreadable;

/// Reads what an entry of site-packages stands for; none for what is no distribution.
fn read(path: &Path) -> Result<Option<Distribution>, Unreadable> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let Some((stem, kind)) = name.rsplit_once('.') else { return Ok(None) };
    // pip moves what it replaces aside under such a name
    if stem.starts_with('~') {
        return Ok(None);
    }
    match kind {
        "dist-info" if path.is_dir() => {
            let (name, version) = stem.split_once('-').ok_or(Unreadable)?;
            let origin = direct_url(&path.join("direct_url.json"))?.unwrap_or(Origin::Index);
            installed(name, version, origin, path.join("METADATA")).map(Some)
        }
        "egg-info" => {
            let metadata = if path.is_dir() { path.join("PKG-INFO") } else { path.to_owned() };
            let mut parts = stem.split('-');
            if let (Some(name), Some(version)) = (parts.next(), parts.next()) {
                return installed(name, version, Origin::Index, metadata).map(Some);
            }
            let (name, version) = named(&metadata)?;
            installed(&name, &version, Origin::Index, metadata).map(Some)
        }
        "egg-link" if path.is_file() => linked(path).map(Some),
        _ => Ok(None),
    }
}

fn installed(
    name: &str,
    version: &str,
    origin: Origin,
    metadata: PathBuf,
) -> Result<Distribution, Unreadable> {
    let name = name.parse().map_err(|_| Unreadable)?;
    let version = version.parse().map_err(|_| Unreadable)?;
    Ok(Distribution { name, version, origin, metadata })
}

/// Reads a link that setuptools made to the sources of a project.
fn linked(link: &Path) -> Result<Distribution, Unreadable> {
    let text = fs::read_text(link).map_err(|_| Unreadable)?;
    let sources = PathBuf::from(text.lines().next().unwrap_or_default().trim());
    let is_metadata =
        |path: &PathBuf| path.extension().is_some_and(|extension| extension == "egg-info");
    let found = fs::list(&sources).map_err(|_| Unreadable)?.into_iter().find(is_metadata);
    let metadata = found.ok_or(Unreadable)?.join("PKG-INFO");
    let (name, version) = named(&metadata)?;
    installed(&name, &version, Origin::Editable(sources.display().to_string()), metadata)
}

/// Returns the name and the version that metadata state.
fn named(metadata: &Path) -> Result<(String, String), Unreadable> {
    let head = head(metadata).ok_or(Unreadable)?;
    let field = |wanted: &str| {
        let mut found = fields(&head).filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.next().map(|(_, value)| value.to_owned())
    };
    field("Name").zip(field("Version")).ok_or(Unreadable)
}

/// Returns the fields of metadata, without the description that follows them.
fn head(metadata: &Path) -> Option<String> {
    for limit in [USUAL_HEAD, LONGEST_HEAD] {
        let beginning = fs::read_beginning(metadata, limit).ok()?;
        let text = String::from_utf8_lossy(&beginning);
        let end = text.find("\n\n").or_else(|| text.find("\r\n\r\n"));
        let is_all = beginning.len() < usize::try_from(limit).unwrap_or(usize::MAX);
        if let Some(end) = end.or_else(|| (is_all || limit == LONGEST_HEAD).then_some(text.len())) {
            return Some(text[..end].to_owned());
        }
    }
    None
}

fn fields(head: &str) -> impl Iterator<Item = (&str, &str)> {
    // a line that begins with a space goes on with the one before it, which none of those asked for has
    let lines = head.lines().filter(|line| !line.starts_with([' ', '\t']));
    lines.filter_map(|line| line.split_once(':')).map(|(name, value)| (name, value.trim()))
}

/// What PEP 610 records of a distribution that no index had.
#[derive(Deserialize)]
struct DirectUrl {
    url: String,
    #[serde(default)]
    dir_info: Directory,
    vcs_info: Option<Repository>,
    subdirectory: Option<String>,
}

#[derive(Default, Deserialize)]
struct Directory {
    #[serde(default)]
    editable: bool,
}

#[derive(Deserialize)]
struct Repository {
    vcs: String,
    commit_id: Option<String>,
    requested_revision: Option<String>,
}

fn direct_url(path: &Path) -> Result<Option<Origin>, Unreadable> {
    let Some(text) = fs::find_text(path).map_err(|_| Unreadable)? else { return Ok(None) };
    let direct: DirectUrl = serde_json::from_str(&text).map_err(|_| Unreadable)?;
    let url = match &direct.vcs_info {
        Some(Repository { vcs, .. }) => format!("{vcs}+{}", direct.url),
        None => direct.url,
    };
    let mut url = Url::parse(&url).map_err(|_| Unreadable)?;
    let revision = direct.vcs_info.and_then(|it| it.commit_id.or(it.requested_revision));
    if let Some(revision) = revision {
        url.set_path(&format!("{}@{revision}", url.path()));
    }
    if let Some(subdirectory) = direct.subdirectory {
        url.set_fragment(Some(&format!("subdirectory={subdirectory}")));
    }
    let url = without_password(url);
    Ok(Some(if direct.dir_info.editable { Origin::Editable(url) } else { Origin::Url(url) }))
}

/// Returns a URL as the engine prints it: of an account with a password the name is shown, and one without is
/// a token, but for that of git's own protocols.
fn without_password(mut url: Url) -> String {
    // a URL that has credentials has a place to put others
    if url.password().is_some() {
        let _always = url.set_password(Some("****"));
    } else if !url.username().is_empty() && url.username() != "git" {
        let _always = url.set_username("****");
    }
    url.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_below_the_head_of_metadata_is_no_field() {
        let root = fs::temporary_directory().unwrap();
        let path = root.path().join("demo-1.0.dist-info");
        let text = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n\
                    Requires-Dist: idna>=2.8\nrequires-dist: tqdm ; extra == 'x'\n\
                    Requires-Dist: ?\n\nRequires-Dist: flask\n";
        fs::write(&path.join("METADATA"), text).unwrap();
        let Ok(Some(installed)) = read(&path) else { panic!("it is a distribution") };
        let texts: Vec<_> = installed.requirements().into_iter().map(|(_, text)| text).collect();
        assert_eq!(texts, ["idna>=2.8", "tqdm ; extra == 'x'"]);
    }
}
