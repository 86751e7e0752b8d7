//! Where distributions come from: indexes (PEP 503, PEP 691) and find-links pages.

use std::cell::OnceCell;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::env::Env;
use crate::error::Hint;
use crate::fs;
use crate::http::{self, Client, Network};
use crate::packaging::PackageName;

mod html;
mod json;
mod pinned;

pub(crate) use pinned::Pinned;

/// The index that is used when nothing names another.
const DEFAULT_INDEX: &str = include_str!("../data/default-index.txt");

/// Where the default index takes uploads
const DEFAULT_UPLOAD: &str = include_str!("../data/default-upload.txt");

/// The forms in which pages of an index are understood, the one that says most preferred
const PAGES: &str = "application/vnd.pypi.simple.v1+json, \
                     application/vnd.pypi.simple.v1+html;q=0.5, text/html;q=0.1";

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the source `{name}` has no usable URL: `{url}`")]
    Url { name: String, url: String, source: NoUrl },
    #[error("the URL of the source `{name}` names the variable `{variable}`, which is not set")]
    Variable { name: String, variable: String },
    #[error("the source `{name}` has a password and no username")]
    NoUsername { name: String },
    #[error("the source `default` can have no `packages` of its own")]
    PinnedDefault,
    #[error("`packages` of the source `{0}` is empty, so that nothing would come from it")]
    NothingPinned(String),
    #[error("`{name}` is in `packages` of the sources `{first}` and `{second}`")]
    PinnedTwice { name: PackageName, first: String, second: String },
    #[error(
        "the page of `{name}` in `{index}` was never fetched, and the network is not to be used"
    )]
    NotFetched { name: PackageName, index: http::Redacted },
    #[error("`{url}` answers with `{content_type}`, which is no page of links")]
    NoPage { url: http::Redacted, content_type: String },
    #[error("`{url}` is no page of an index")]
    Unreadable { url: http::Redacted, source: serde_json::Error },
    #[error("the index `{index}` offers no file `{file}`")]
    NotOffered { index: http::Redacted, file: String },
    #[error(transparent)]
    Http(#[from] http::Error),
    #[error(transparent)]
    Fs(#[from] fs::Error),
}

/// Why a text is no URL of a source.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoUrl {
    #[error(transparent)]
    Parse(#[from] url::ParseError),
    #[error("`{0}` is no scheme of a source")]
    Scheme(String),
    #[error("it is no path on this machine")]
    Path,
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Url { source: NoUrl::Scheme(_), .. } => {
                Some("there are `https://`, `http://` and `file://`".to_owned())
            }
            Self::Url { source: NoUrl::Path, .. } => {
                Some("write it as in `file:///directory/simple/`".to_owned())
            }
            Self::Url { .. } => Some("write it with its scheme, such as `https://`".to_owned()),
            Self::Variable { variable, .. } => Some(format!("set `{variable}` and try again")),
            Self::NoUsername { .. } => Some("add `username` to it".to_owned()),
            Self::NotOffered { .. } => Some(
                "name an index that has it with `UV_DEFAULT_INDEX` or `rye config --set`"
                    .to_owned(),
            ),
            Self::PinnedDefault => Some("give it another name, or take `packages` out".to_owned()),
            Self::NothingPinned(_) => {
                Some("name what comes from it alone, or take `packages` out".to_owned())
            }
            Self::PinnedTwice { .. } => Some("take it out of one of them".to_owned()),
            Self::NotFetched { .. } => Some("run it once without `--offline`".to_owned()),
            Self::NoPage { .. } | Self::Unreadable { .. } => {
                Some("check the URL of the source".to_owned())
            }
            Self::Http(error) => error.hint(),
            Self::Fs(error) => error.hint(),
        }
    }
}

/// A place that distributions come from.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", expecting = "a table")]
#[schemars(deny_unknown_fields)]
pub(crate) struct Source {
    /// What it is called; `default` makes it the default index
    pub(crate) name: String,
    /// `https://`, `http://` or `file://`; `${NAME}` stands for a variable, which must be set
    pub(crate) url: String,
    /// What is at the URL
    #[serde(default, rename = "type")]
    pub(crate) kind: SourceKind,
    /// Whether the certificate of the host is checked
    #[serde(default = "yes", alias = "verify_ssl")]
    pub(crate) verify_ssl: bool,
    /// Who asks; without a password it may be a token
    pub(crate) username: Option<String>,
    /// The password of that user
    pub(crate) password: Option<String>,
    /// Where it takes uploads, for `rye publish`; `${NAME}` stands for a variable
    pub(crate) publish_url: Option<String>,
    /// Names of distributions that come from here alone, and nothing else does then
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>")]
    pub(crate) packages: Option<Vec<PackageName>>,
}

fn yes() -> bool {
    true
}

/// What is at a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SourceKind {
    /// An index that speaks the Simple API
    #[default]
    Index,
    /// A page with links to files, or a directory of files; a path is taken from the directory of the project, in
    /// `config.toml` from Rye's home
    FindLinks,
}

impl Source {
    /// Returns the URL with variables expanded and credentials put in.
    pub(crate) fn resolved(&self, env: &Env, base: &Path) -> Result<Url, Error> {
        let text = self.expanded(env, &self.url)?;
        let failed = |source| {
            let url = http::redacted_text(&self.url);
            Error::Url { name: self.name.clone(), url, source }
        };
        let mut url = match parse_url(&text) {
            Ok(url) => url,
            // a directory of files may be given as a path
            Err(NoUrl::Parse(_)) if self.kind == SourceKind::FindLinks => {
                Url::from_file_path(base.join(&text))
                    .map_err(|()| failed(url::ParseError::RelativeUrlWithoutBase.into()))?
            }
            Err(error) => return Err(failed(error)),
        };
        if self.password.is_some() && self.username.is_none() {
            return Err(Error::NoUsername { name: self.name.clone() });
        }
        if let Some(username) = &self.username {
            // what looks like an escape in a name or password is none
            let literal = |text: &str| text.replace('%', "%25");
            let password = self.password.as_deref().map(literal);
            let set = url
                .set_username(&literal(username))
                .and_then(|()| url.set_password(password.as_deref()));
            set.map_err(|()| failed(url::ParseError::EmptyHost.into()))?;
        }
        Ok(url)
    }

    /// Returns where the index takes uploads, with variables expanded; none if that is not stated.
    pub(crate) fn upload_url(&self, env: &Env) -> Result<Option<Url>, Error> {
        let Some(text) = &self.publish_url else { return Ok(None) };
        let failed = |source| {
            let url = http::redacted_text(text);
            Error::Url { name: self.name.clone(), url, source }
        };
        parse_url(&self.expanded(env, text)?).map(Some).map_err(failed)
    }

    fn expanded(&self, env: &Env, text: &str) -> Result<String, Error> {
        let mut expanded = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, after)) = after.split_once('}') else { break };
            let value = env.var(name).ok_or_else(|| Error::Variable {
                name: self.name.clone(),
                variable: name.to_owned(),
            })?;
            expanded.push_str(before);
            expanded.push_str(value);
            rest = after;
        }
        Ok(expanded + rest)
    }
}

/// A source in force, as others are told of it.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Place<'a> {
    #[serde(rename = "type")]
    kind: SourceKind,
    url: String,
    verify_ssl: bool,
    /// What comes from here alone; none where that is not limited
    packages: Option<&'a [PackageName]>,
}

/// The sources in force, their variables expanded.
#[derive(Debug)]
pub(crate) struct Indexes {
    pub(crate) default: Url,
    pub(crate) extra: Vec<Url>,
    pub(crate) find_links: Vec<Url>,
    pub(crate) pinned: Vec<Pinned>,
    /// Hosts whose certificates are not checked
    pub(crate) trusted_hosts: Vec<String>,
    /// The indexes of files that were made for what is pinned, once for all that a command does
    pub(crate) made: OnceCell<Vec<Url>>,
}

impl Indexes {
    /// Returns the sources in force: a project's (paths start from `base`), then those of
    /// `config.toml` (paths start from Rye's home) whose name is new; without one named `default`, the default index is that of
    /// the environment.
    pub(crate) fn new(
        env: &Env,
        base: &Path,
        project: &[Source],
        config: &[Source],
    ) -> Result<Self, Error> {
        let hidden = |source: &&Source| project.iter().any(|other| other.name == source.name);
        let project = project.iter().map(|source| (source, base));
        let config = config.iter().filter(|source| !hidden(source));
        let config = config.map(|source| (source, env.home()));
        let mut default = None;
        let mut extra = Vec::new();
        let mut find_links = Vec::new();
        let mut pinned: Vec<Pinned> = Vec::new();
        let mut trusted_hosts = Vec::new();
        for (source, base) in project.chain(config) {
            let url = source.resolved(env, base)?;
            if !source.verify_ssl {
                trusted_hosts.extend(url.host_str().map(str::to_owned));
            }
            if let Some(packages) = &source.packages {
                if source.name == "default" {
                    return Err(Error::PinnedDefault);
                }
                if packages.is_empty() {
                    return Err(Error::NothingPinned(source.name.clone()));
                }
                let mut packages = packages.clone();
                packages.sort();
                packages.dedup();
                for name in &packages {
                    let is_same = |other: &&Pinned| other.packages.contains(name);
                    if let Some(Pinned { name: first, .. }) = pinned.iter().find(is_same) {
                        let (first, second) = (first.clone(), source.name.clone());
                        return Err(Error::PinnedTwice { name: name.clone(), first, second });
                    }
                }
                pinned.push(Pinned { name: source.name.clone(), url, kind: source.kind, packages });
                continue;
            }
            match source.kind {
                SourceKind::FindLinks => find_links.push(url),
                SourceKind::Index if source.name == "default" && default.is_none() => {
                    default = Some(url);
                }
                SourceKind::Index => extra.push(url),
            }
        }
        trusted_hosts.sort();
        trusted_hosts.dedup();
        let default = match default {
            Some(url) => url,
            None => environment_index(env)?,
        };
        let made = OnceCell::new();
        Ok(Self { default, extra, find_links, pinned, trusted_hosts, made })
    }

    /// Returns the options of pip that name the sources, without their credentials.
    pub(crate) fn lines(&self) -> Vec<String> {
        let line = |option: &str, url: &Url| {
            let mut url = url.clone();
            http::remove_credentials(&mut url);
            format!("--{option} {url}")
        };
        let mut lines = vec![line("index-url", &self.default)];
        lines.extend(self.extra.iter().map(|url| line("extra-index-url", url)));
        lines.extend(self.find_links.iter().map(|url| line("find-links", url)));
        lines.extend(self.pinned.iter().map(|Pinned { url, kind, packages, .. }| {
            let option = match kind {
                SourceKind::Index => "extra-index-url",
                SourceKind::FindLinks => "find-links",
            };
            // pip cannot tell them apart, and a reader can
            let names: Vec<_> = packages.iter().map(ToString::to_string).collect();
            format!("{} # only {}", line(option, url), names.join(", "))
        }));
        lines.extend(self.trusted_hosts.iter().map(|host| format!("--trusted-host {host}")));
        lines
    }

    /// Returns the sources as others are told of them: without their credentials.
    pub(crate) fn described(&self) -> Vec<Place<'_>> {
        let described = |url: &Url, kind, packages| {
            let is_trusted =
                url.host_str().is_some_and(|host| self.trusted_hosts.iter().any(|it| it == host));
            let mut url = url.clone();
            http::remove_credentials(&mut url);
            Place { kind, url: url.to_string(), verify_ssl: !is_trusted, packages }
        };
        let indexes = std::iter::once(&self.default).chain(&self.extra);
        let indexes = indexes.map(|url| described(url, SourceKind::Index, None));
        let links = self.find_links.iter();
        let links = links.map(|url| described(url, SourceKind::FindLinks, None));
        let pinned = self.pinned.iter();
        let pinned = pinned.map(|it| described(&it.url, it.kind, Some(it.packages.as_slice())));
        indexes.chain(links).chain(pinned).collect()
    }

    /// Returns the indexes of files that have the pinned distributions, brought to what their sources have.
    pub(crate) fn pinned_indexes(
        &self,
        env: &Env,
        network: Network,
        client: impl FnOnce() -> Result<Client, http::Error>,
    ) -> Result<&[Url], Error> {
        if let Some(made) = self.made.get() {
            return Ok(made);
        }
        let is_asked = network == Network::Online && self.pinned.iter().any(Pinned::is_remote);
        let client = is_asked.then(client).transpose()?;
        let cache = env.cache();
        let indexes = self.pinned.iter().map(|pinned| pinned.index(&cache, client.as_ref()));
        let indexes: Vec<_> = indexes.collect::<Result<_, _>>()?;
        Ok(self.made.get_or_init(|| indexes))
    }

    /// Returns the places to look for an engine's wheel, the preferred first.
    fn places(&self) -> impl Iterator<Item = (&Url, SourceKind)> {
        let indexes = std::iter::once(&self.default).chain(&self.extra);
        let links = self.find_links.iter().map(|url| (url, SourceKind::FindLinks));
        indexes.map(|url| (url, SourceKind::Index)).chain(links)
    }

    /// Returns a page of the default index that any index may have.
    pub(crate) fn any_page(&self) -> Url {
        page_of(&self.default, "pip")
    }

    /// Returns the URL of a file of the project `name`, from the first place that offers it.
    pub(crate) fn locate(&self, client: &Client, name: &str, file: &str) -> Result<Url, Error> {
        let mut first_error = None;
        for (place, kind) in self.places() {
            match locate(client, place, kind, name, file) {
                Ok(url) => return Ok(url),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        Err(first_error.expect("there is always a default index"))
    }
}

/// Parses the URL of an index. Without its scheme, `user:password@host` would have the scheme `user`.
pub(crate) fn parse_url(text: &str) -> Result<Url, NoUrl> {
    let url = Url::parse(text)?;
    match url.scheme() {
        "http" | "https" | "file" => Ok(url),
        scheme if text.contains("://") => Err(NoUrl::Scheme(scheme.to_owned())),
        _ => Err(url::ParseError::RelativeUrlWithoutBase.into()),
    }
}

fn environment_index(env: &Env) -> Result<Url, Error> {
    let names = ["UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"];
    for name in names {
        if let Some(url) = env.var(name) {
            // uv allows `name=url` here
            let url = url.split_once('=').map_or(
                url,
                |(label, rest)| {
                    if label.contains(':') { url } else { rest }
                },
            );
            let failed = |source| {
                let url = http::redacted_text(url);
                Error::Url { name: name.to_owned(), url, source }
            };
            return parse_url(url).map_err(failed);
        }
    }
    Ok(default_index())
}

/// Returns the index that is used when nothing names another.
pub(crate) fn default_index() -> Url {
    Url::parse(DEFAULT_INDEX.trim_end()).expect("the constant is a URL")
}

/// Returns where the default index takes uploads.
pub(crate) fn default_upload() -> Url {
    Url::parse(DEFAULT_UPLOAD.trim_end()).expect("the constant is a URL")
}

fn locate(
    client: &Client,
    place: &Url,
    kind: SourceKind,
    name: &str,
    file: &str,
) -> Result<Url, Error> {
    let page = match kind {
        SourceKind::Index => page_of(place, name),
        SourceKind::FindLinks => place.clone(),
    };
    let not_offered = || Error::NotOffered { index: place.into(), file: file.to_owned() };
    if page.scheme() == "file" {
        let directory = page.to_file_path().ok().map(|path| path.join(file));
        let path = directory.filter(|path| path.is_file()).ok_or_else(not_offered)?;
        return Url::from_file_path(path).map_err(|()| not_offered());
    }
    let page = client.page(&page, PAGES)?;
    let url = if page.content_type.contains("json") {
        let files = json::files(&page.text)
            .map_err(|source| Error::Unreadable { url: (&page.url).into(), source })?;
        files.iter().find(|entry| entry.file_name() == file).and_then(|entry| entry.url(&page.url))
    } else {
        let mut links = html::links(&page.text, &page.url).into_iter();
        links.find(|link| link.file_name() == file).map(|link| link.url)
    };
    let mut url = pinned::with_credentials_of(place, &url.ok_or_else(not_offered)?);
    url.set_fragment(None);
    Ok(url)
}

/// Returns the page of a distribution in an index.
fn page_of(index: &Url, name: &str) -> Url {
    let mut page = index.clone();
    if let Ok(mut segments) = page.path_segments_mut() {
        segments.pop_if_empty().push(name).push("");
    }
    page
}
