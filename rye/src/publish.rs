//! Uploading distributions: which files, to which index, and in whose name.
//!
//! The engine does the upload. What allows it goes there by environment, and is stored only when somebody asks for it.

use std::path::{Path, PathBuf};

use url::Url;

use crate::build;
use crate::config;
use crate::context::Context;
use crate::env::Env;
use crate::error::{Hint, closest};
use crate::fs;
use crate::http;
use crate::index::{self, Indexes, NoUrl, Source};
use crate::packaging::{PackageName, Version};
use crate::sync;
use crate::ui::{ConfirmError, Ui};
use crate::uv::{self, KeyringProvider, Secret, TrustedPublishing, UploadAccess};

pub(crate) mod credentials;
mod files;

use credentials::{Credentials, Entry, Token};

pub(crate) use files::{Wanted, built, named};

/// The name of the default index among the repositories.
const DEFAULT: &str = "pypi";

/// The account that a token stands for.
const TOKEN_ACCOUNT: &str = "__token__";

/// What answers when there is nobody to ask for a token
const TOKEN_FLAGS: &str = "`RYE_PUBLISH_TOKEN`, `--token`, or `--keyring-provider subprocess`";

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("there is no repository `{name}`, and no URL is given for it")]
    UnknownRepository { name: String, closest: Option<String> },
    #[error("`{DEFAULT}` is the default index, and `{0}` is another one")]
    NotDefault(http::Redacted),
    #[error("`{text}` is no URL of an index")]
    Url { text: String, source: NoUrl },
    #[error("it is not known which index shows what `{0}` has already")]
    NoCheckUrl(http::Redacted),
    #[error("what is stored needs the name of a repository")]
    NoName,
    #[error("there is no token for `{0}`")]
    NoToken(http::Redacted),
    #[error("the token of `{name}` in `{}` is encrypted", path.display())]
    Encrypted { name: String, path: PathBuf },
    #[error("there is nothing to publish: what is meant is virtual")]
    AllVirtual,
    #[error("`{}` has no name, and so no distribution can be told to be its own", .0.display())]
    NoProjectName(PathBuf),
    #[error("`{}` has no distribution of `{name}` {version}", directory.display())]
    NotBuilt { name: PackageName, version: Version, directory: PathBuf, others: Vec<Version> },
    #[error("there is no file `{}`", .0.display())]
    NoFile(PathBuf),
    #[error("`{}` is neither a wheel nor an sdist", .0.display())]
    NoDistribution(PathBuf),
    #[error(transparent)]
    Build(#[from] build::Error),
    #[error(transparent)]
    Config(#[from] config::Error),
    #[error(transparent)]
    Credentials(#[from] credentials::Error),
    #[error(transparent)]
    Index(#[from] index::Error),
    #[error(transparent)]
    Sync(#[from] sync::Error),
    #[error(transparent)]
    Ui(#[from] ConfirmError),
    #[error("cannot publish to `{url}`")]
    Upload { url: http::Redacted, source: uv::Error },
    #[error(transparent)]
    Fs(#[from] fs::Error),
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownRepository { closest: Some(closest), .. } => {
                Some(format!("did you mean `{closest}`?"))
            }
            Self::UnknownRepository { .. } => Some(
                "name its URL with `--repository-url`, or as `publish-url` of a source of that name"
                    .to_owned(),
            ),
            Self::NotDefault(_) => {
                Some("give the repository another name: `--repository NAME`".to_owned())
            }
            Self::Url { .. } => Some("begin it with `https://` or `http://`".to_owned()),
            Self::NoCheckUrl(_) => Some("name the index with `--check-url`".to_owned()),
            Self::NoName => Some("name it with `--repository NAME`".to_owned()),
            Self::NoToken(_) => Some(format!("give one with {TOKEN_FLAGS}")),
            Self::Encrypted { .. } => Some(
                "Rye encrypts tokens no more: store a new one with `rye publish --save`, or give one with `RYE_PUBLISH_TOKEN`"
                    .to_owned(),
            ),
            Self::AllVirtual => {
                Some("publish all members with `--all`, or some with `--package`".to_owned())
            }
            Self::NoProjectName(_) => Some("name the files".to_owned()),
            Self::NotBuilt { others, .. } if !others.is_empty() => {
                let others: Vec<_> = others.iter().map(ToString::to_string).collect();
                let others = others.join(", ");
                Some(format!("build it with `rye build`; to publish {others}, name the files"))
            }
            Self::NotBuilt { .. } => Some("build it with `rye build`, or name the files".to_owned()),
            Self::NoFile(_) => Some("build it with `rye build`".to_owned()),
            Self::NoDistribution(_) => {
                Some("name `.whl` and `.tar.gz` files, such as `dist/*`".to_owned())
            }
            Self::Build(error) => error.hint(),
            Self::Config(error) => error.hint(),
            Self::Credentials(error) => error.hint(),
            Self::Index(error) => error.hint(),
            Self::Sync(error) => error.hint(),
            Self::Ui(error) => error.hint(),
            Self::Upload { .. } => None, // the cause has one
            Self::Fs(error) => error.hint(),
        }
    }
}

/// The sources that may have the name of a repository.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sources<'a> {
    pub(crate) project: &'a [Source],
    pub(crate) base: &'a Path,
    pub(crate) config: &'a [Source],
}

impl<'a> Sources<'a> {
    /// Returns the source of a name, and where its paths start from.
    fn find(&self, env: &'a Env, name: &str) -> Option<(&'a Source, &'a Path)> {
        let project = self.project.iter().map(|source| (source, self.base));
        let config = self.config.iter().map(|source| (source, env.home()));
        project.chain(config).find(|(source, _)| source.name == name)
    }

    /// Tells whether a name is that of one of the manifest's sources.
    fn are_of_project(&self, name: &str) -> bool {
        self.project.iter().any(|source| source.name == name)
    }
}

/// Which index is meant, as somebody says it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'a> {
    pub(crate) name: Option<&'a str>,
    pub(crate) url: Option<&'a str>,
    pub(crate) check_url: Option<&'a str>,
    /// Leave out what the index has
    pub(crate) skips_existing: bool,
}

/// An index that takes uploads.
#[derive(Debug)]
pub(crate) struct Repository {
    /// None for one that is known by its URL alone
    name: Option<String>,
    pub(crate) url: Url,
    pub(crate) check_url: Option<Url>,
    /// The name and the password that were in the URL, which may have the first alone
    account: Option<(String, Option<String>)>,
    /// What is stored without a URL belongs to the URL: it is not the manifest that says it.
    trusts_name: bool,
    stored: Entry,
    credentials: Credentials,
}

impl Repository {
    /// Finds out which index is meant.
    pub(crate) fn find(env: &Env, sources: Sources<'_>, target: Target<'_>) -> Result<Self, Error> {
        let credentials = Credentials::load(&env.credentials())?;
        let default = index::default_upload();
        // a name that is said says more than the environment
        let url = target.url.or_else(|| match target.name {
            Some(_) => None,
            None => env.var("UV_PUBLISH_URL"),
        });
        let url = url.map(parse_url).transpose()?;
        let name = match (target.name, &url) {
            (Some(name), _) => Some(name),
            (None, Some(url)) if !is_same_place(url, &default) => None,
            (None, _) => Some(DEFAULT),
        };
        let stored = match name {
            Some(name) => credentials.entry(name)?,
            None => Entry::default(),
        };
        // the default index is what it is, whatever a source is called
        let source = name.filter(|name| *name != DEFAULT).and_then(|name| sources.find(env, name));
        let stated = match source {
            Some((source, _)) => source.upload_url(env)?,
            None => None,
        };
        let trusts_name = url.is_some()
            || name.is_none_or(|name| name == DEFAULT || !sources.are_of_project(name));
        let mut url = match (url.or(stated).or_else(|| stored.url.clone()), name) {
            (Some(url), _) => url,
            (None, Some(DEFAULT) | None) => default.clone(),
            (None, Some(name)) => return Err(unknown(name, sources, &credentials)),
        };
        if name == Some(DEFAULT) && !is_same_place(&url, &default) {
            return Err(Error::NotDefault((&url).into()));
        }
        let check_url = match (target.check_url, source) {
            _ if !target.skips_existing => None,
            (Some(text), _) => Some(parse_url(text)?),
            (None, Some((source, base))) => Some(source.resolved(env, base)?),
            (None, None) if name == Some(DEFAULT) => Some(index::default_index()),
            (None, None) => return Err(Error::NoCheckUrl((&url).into())),
        };
        let account = http::take_credentials(&mut url);
        let name = name.map(str::to_owned);
        Ok(Self { name, url, check_url, account, trusts_name, stored, credentials })
    }

    /// Returns the sources that have a say in the upload: the one of the repository's name, whose certificates may not be
    /// to be checked.
    pub(crate) fn indexes(&self, env: &Env, sources: Sources<'_>) -> Result<Indexes, Error> {
        let of = |sources: &[Source]| -> Vec<Source> {
            let name = self.name.as_ref().filter(|name| *name != DEFAULT);
            sources.iter().filter(|source| Some(&source.name) == name).cloned().collect()
        };
        Ok(Indexes::new(env, sources.base, &of(sources.project), &of(sources.config))?)
    }

    /// Returns what the upload is allowed with; somebody may be asked for it.
    pub(crate) fn login(&self, ctx: &Context<'_>, wish: &Wish<'_>) -> Result<Login, Error> {
        let Context { env, ui, .. } = ctx;
        if wish.saves && self.name.is_none() {
            return Err(Error::NoName);
        }
        let no_token = || Error::NoToken((&self.url).into());
        if wish.trusted == TrustedPublishing::Always {
            return Ok(Login::Trusted(wish.trusted));
        }
        let alone = self.account.as_ref().filter(|(_, password)| password.is_none());
        let of_url = alone.map(|(name, _)| name.as_str());
        let named = wish.username.or_else(|| env.var("UV_PUBLISH_USERNAME")).or(of_url);
        let stored = self.stored.username.as_deref().filter(|_| self.is_stored_for_url());
        let username = named.or(stored).unwrap_or(TOKEN_ACCOUNT).to_owned();
        let variables = ["RYE_PUBLISH_TOKEN", "UV_PUBLISH_TOKEN", "UV_PUBLISH_PASSWORD"];
        let given = wish.token.or_else(|| variables.iter().find_map(|name| env.var(name)));
        if let Some(token) = given.map(str::trim) {
            if token.is_empty() {
                return Err(no_token());
            }
            let password = Secret::new(token);
            return Ok(Login::Password { username, password, is_new: true, was_asked: false });
        }
        // whoever stores a token means a new one
        if !wish.saves {
            if let Some((username, Some(password))) = &self.account {
                let (username, password) = (username.clone(), Secret::new(password));
                return Ok(Login::Password { username, password, is_new: false, was_asked: false });
            }
            if let Some(password) = self.stored_token(env, ui)? {
                return Ok(Login::Password { username, password, is_new: false, was_asked: false });
            }
            if wish.keyring == KeyringProvider::Subprocess {
                return Ok(Login::Account(username));
            }
            if wish.trusted == TrustedPublishing::Automatic && is_known_service(env) {
                return Ok(Login::Trusted(wish.trusted));
            }
            if http::has_account(env, &self.url) {
                return Ok(Login::Ambient);
            }
        }
        if !wish.asks {
            return Err(no_token());
        }
        let question = format!("token for {}", http::Redacted::from(&self.url));
        let token = ui.secret(question, TOKEN_FLAGS)?;
        if token.is_empty() {
            return Err(no_token());
        }
        let password = Secret::new(token);
        Ok(Login::Password { username, password, is_new: true, was_asked: true })
    }

    /// Stores a token for the next time.
    pub(crate) fn store(&self, username: &str, token: &Secret) -> Result<(), Error> {
        let name = self.name.as_deref().ok_or(Error::NoName)?;
        let entry = Entry {
            url: Some(self.url.clone()),
            username: Some(username.to_owned()),
            token: Some(Token::Plain(token.clone())),
        };
        Ok(self.credentials.store(name, &entry)?)
    }

    /// Tells whether something can be stored: only what has a name.
    pub(crate) fn has_name(&self) -> bool {
        self.name.is_some()
    }

    fn stored_token(&self, env: &Env, ui: &Ui) -> Result<Option<Secret>, Error> {
        let (Some(token), Some(name)) = (&self.stored.token, &self.name) else { return Ok(None) };
        if !self.is_stored_for_url() {
            ui.warn(format_args!(
                "the token that is stored for `{name}` is for another host, and is not used"
            ));
            return Ok(None);
        }
        match token {
            Token::Plain(token) => {
                self.credentials.warn_if_public(ui)?;
                Ok(Some(token.clone()))
            }
            Token::Encrypted => {
                Err(Error::Encrypted { name: name.clone(), path: env.credentials() })
            }
        }
    }

    /// Tells whether what is stored may be sent to the URL.
    fn is_stored_for_url(&self) -> bool {
        match &self.stored.url {
            Some(url) => is_same_place(url, &self.url),
            None => self.trusts_name,
        }
    }
}

/// What somebody says about what an upload is allowed with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish<'a> {
    pub(crate) username: Option<&'a str>,
    pub(crate) token: Option<&'a str>,
    pub(crate) keyring: KeyringProvider,
    pub(crate) trusted: TrustedPublishing,
    /// The token is to be stored.
    pub(crate) saves: bool,
    /// A token that is missing may be asked for.
    pub(crate) asks: bool,
}

/// What an upload is allowed with.
#[derive(Debug)]
pub(crate) enum Login {
    Password {
        username: String,
        password: Secret,
        /// It is not the one that is stored.
        is_new: bool,
        was_asked: bool,
    },
    Account(String),
    Trusted(TrustedPublishing),
    Ambient,
}

impl Login {
    pub(crate) fn access(&self) -> UploadAccess<'_> {
        match self {
            Self::Password { username, password, .. } => {
                UploadAccess::Password { username, password }
            }
            Self::Account(username) => UploadAccess::Account(username),
            Self::Trusted(publishing) => UploadAccess::Trusted(*publishing),
            Self::Ambient => UploadAccess::Ambient,
        }
    }
}

/// Returns the error about a name that leads to no URL.
fn unknown(name: &str, sources: Sources<'_>, credentials: &Credentials) -> Error {
    let known = sources.project.iter().chain(sources.config);
    let known = known.filter(|source| source.publish_url.is_some());
    let known = known.map(|source| source.name.clone()).chain(credentials.names());
    let known: Vec<_> = known.filter(|known| known != name).collect();
    let known = known.iter().map(String::as_str).chain([DEFAULT]);
    let closest = closest(name, known).map(str::to_owned);
    Error::UnknownRepository { name: name.to_owned(), closest }
}

fn parse_url(text: &str) -> Result<Url, Error> {
    let url = index::parse_url(text).and_then(|url| match url.scheme() {
        "http" | "https" => Ok(url),
        scheme => Err(NoUrl::Scheme(scheme.to_owned())),
    });
    url.map_err(|source| Error::Url { text: http::redacted_text(text), source })
}

/// Tells whether two URLs lead to the same server by the same protocol: what one may know the other may.
fn is_same_place(first: &Url, second: &Url) -> bool {
    first.origin() == second.origin()
}

/// Tells whether this runs in a service that vouches for its processes.
fn is_known_service(env: &Env) -> bool {
    env.var("GITHUB_ACTIONS") == Some("true") || env.var("GITLAB_CI") == Some("true")
}
