//! HTTP: pages as text, downloads to a file with progress and checksum.
//!
//! Proxies, credentials in URLs, netrc and the platform's certificates (`SSL_CERT_FILE`,
//! `SSL_CERT_DIR`) are honoured here and nowhere else.

use std::io::{self, Read, Write};
use std::time::Duration;

use netrc::Netrc;
use reqwest::blocking::{RequestBuilder, Response};
use reqwest::{NoProxy, Proxy, StatusCode};
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::env::Env;
use crate::error::Hint;
use crate::fs;
use crate::ui::Ui;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("cannot set up the connection")]
    Client(#[source] reqwest::Error),
    #[error("cannot reach `{url}`")]
    Unreachable { url: Redacted, source: reqwest::Error },
    #[error("`{url}` answers {status}")]
    Status { url: Redacted, status: StatusCode },
    #[error("the download of `{url}` broke off")]
    BrokenOff { url: Redacted, source: io::Error },
    #[error("cannot keep the download of `{url}`")]
    Write { url: Redacted, source: io::Error },
    #[error("`{url}` does not have the expected content: sha256 is {actual}, not {expected}")]
    Checksum { url: Redacted, expected: String, actual: String },
    #[error("`{url}` does not have the expected content: it is longer than {expected} bytes")]
    TooLong { url: Redacted, expected: u64 },
    #[error("`{url}` is no proxy's address")]
    Proxy { url: String, source: reqwest::Error },
    #[error(transparent)]
    Fs(#[from] fs::Error),
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Unreachable { .. } => {
                "check the network, the proxy (`https_proxy`) and the certificates (`SSL_CERT_FILE`)"
            }
            Self::Status { status, .. } if matches!(status.as_u16(), 401 | 403 | 407) => {
                "put the credentials into the index's URL, its `username` and `password`, or `~/.netrc`"
            }
            Self::Status { .. } => "check the index's URL",
            Self::BrokenOff { .. } => "try again",
            Self::Write { .. } => "make room on the disk and try again",
            Self::Checksum { .. } | Self::TooLong { .. } => {
                "the index, or a proxy before it, serves a changed file"
            }
            Self::Fs(error) => return error.hint(),
            Self::Client(_) => "check what `SSL_CERT_FILE` and `SSL_CERT_DIR` name",
            Self::Proxy { .. } => "write it with its scheme, as in `http://host:8080`",
        };
        Some(text.to_owned())
    }
}

/// A URL that prints without its credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Redacted(Url);

impl From<&Url> for Redacted {
    fn from(url: &Url) -> Self {
        let mut url = url.clone();
        if !url.username().is_empty() || url.password().is_some() {
            // a URL that has credentials has a place to put others
            let _always = url.set_username("****").and_then(|()| url.set_password(None));
        }
        Self(url)
    }
}

/// Returns what was meant as a URL and is none without what may be credentials in it.
pub(crate) fn redacted_text(text: &str) -> String {
    let Some((before, host)) = text.rsplit_once('@') else { return text.to_owned() };
    let scheme = before.split_once("://").map(|(scheme, _)| format!("{scheme}://"));
    format!("{}****@{host}", scheme.unwrap_or_default())
}

impl std::fmt::Display for Redacted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A page and where it was found after redirects.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) url: Url,
    pub(crate) content_type: String,
    pub(crate) text: String,
}

/// What a download must be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected<'a> {
    pub(crate) sha256: &'a str,
    pub(crate) size: u64,
}

/// Proxies from the configuration; those of the environment win.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Proxies<'a> {
    pub(crate) http: Option<&'a str>,
    pub(crate) https: Option<&'a str>,
}

#[derive(Debug)]
pub(crate) struct Client {
    inner: reqwest::blocking::Client,
    /// Checks no certificates; for the trusted hosts
    trusting: reqwest::blocking::Client,
    trusted_hosts: Vec<String>,
    netrc: Netrc,
}

impl Client {
    pub(crate) fn new(
        env: &Env,
        proxies: Proxies<'_>,
        trusted_hosts: &[String],
    ) -> Result<Self, Error> {
        // the second client of a process finds the provider there already, which is fine
        drop(rustls::crypto::ring::default_provider().install_default());
        let builder = || -> Result<_, Error> {
            let mut builder = reqwest::blocking::Client::builder()
                .user_agent(concat!("rye/", env!("CARGO_PKG_VERSION")))
                .connect_timeout(Duration::from_secs(30))
                // each wait has this limit, not the whole: a large file takes its time
                .timeout(Duration::from_mins(1));
            for proxy in configured_proxies(env, proxies)? {
                builder = builder.proxy(proxy);
            }
            Ok(builder)
        };
        let inner = builder()?.build().map_err(Error::Client)?;
        let trusting = builder()?.tls_danger_accept_invalid_certs(true);
        let trusting = trusting.build().map_err(Error::Client)?;
        let netrc = env
            .var_os("NETRC")
            .map(|path| env.working_directory().join(path))
            .or_else(|| Some(env.user_home()?.join(".netrc")))
            // a file that is absent or not understood grants no access
            .and_then(|path| Netrc::from_file(&path).ok())
            .unwrap_or_default();
        Ok(Self { inner, trusting, trusted_hosts: trusted_hosts.to_vec(), netrc })
    }

    /// Returns a page; `accept` lists the media types that the caller understands.
    pub(crate) fn page(&self, url: &Url, accept: &str) -> Result<Page, Error> {
        let response = self.get(url, |request| request.header("Accept", accept))?;
        let content_type = response.headers().get("Content-Type");
        let content_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
        Ok(Page {
            url: response.url().clone(),
            content_type: content_type.to_owned(),
            text: response
                .text()
                .map_err(|source| Error::Unreachable { url: url.into(), source })?,
        })
    }

    /// Downloads to `file`; what arrives is checked against `expected` on the way.
    pub(crate) fn download(
        &self,
        ui: &Ui,
        url: &Url,
        expected: Expected<'_>,
        file: &mut impl Write,
    ) -> Result<(), Error> {
        let mut response = self.open(url)?;
        let progress = ui.download(expected.size);
        let mut digest = Sha256::new();
        let mut size = 0;
        let mut buffer = vec![0; 128 * 1024];
        loop {
            let count = response
                .read(&mut buffer)
                .map_err(|source| Error::BrokenOff { url: url.into(), source })?;
            let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else { break };
            size += bytes.len() as u64;
            if size > expected.size {
                // there may be no end to it
                return Err(Error::TooLong { url: url.into(), expected: expected.size });
            }
            digest.update(bytes);
            file.write_all(bytes).map_err(|source| Error::Write { url: url.into(), source })?;
            progress.advance(count);
        }
        if size < expected.size {
            let source = io::ErrorKind::UnexpectedEof.into();
            return Err(Error::BrokenOff { url: url.into(), source });
        }
        let actual = fs::hexadecimal(&digest.finalize());
        if actual != expected.sha256 {
            let expected = expected.sha256.to_owned();
            return Err(Error::Checksum { url: url.into(), expected, actual });
        }
        Ok(())
    }

    /// Opens what is at a URL, which may be that of a file.
    fn open(&self, url: &Url) -> Result<Box<dyn Read>, Error> {
        if url.scheme() == "file"
            && let Ok(path) = url.to_file_path()
        {
            let file = fs::open(&path)?;
            return Ok(Box::new(file));
        }
        Ok(Box::new(self.get(url, |request| request)?))
    }

    fn get(
        &self,
        url: &Url,
        with: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<Response, Error> {
        let host = url.host_str().unwrap_or_default();
        let is_trusted = self.trusted_hosts.iter().any(|trusted| trusted == host);
        let client = if is_trusted { &self.trusting } else { &self.inner };
        let mut request = client.get(url.clone());
        if url.username().is_empty() && url.password().is_none() {
            let known = self.netrc.hosts.get(host).or_else(|| self.netrc.hosts.get("default"));
            if let Some(account) = known {
                request = request.basic_auth(&account.login, Some(&account.password));
            }
        }
        let response = with(request)
            .send()
            // the URL in reqwest's own message would show credentials
            .map_err(|source| Error::Unreachable {
                url: url.into(),
                source: source.without_url(),
            })?;
        if response.status().is_success() {
            Ok(response)
        } else {
            Err(Error::Status { url: url.into(), status: response.status() })
        }
    }
}

/// Returns the proxies to state to the client: none if the configuration has none, since the client
/// finds those of the environment itself. With one of its own it looks for no other.
fn configured_proxies(env: &Env, proxies: Proxies<'_>) -> Result<Vec<Proxy>, Error> {
    if proxies.http.is_none() && proxies.https.is_none() {
        return Ok(Vec::new());
    }
    let variable = |names: [&str; 4]| names.iter().find_map(|name| env.var(name));
    let http = variable(["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"]).or(proxies.http);
    let https =
        variable(["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]).or(proxies.https);
    let proxy = |url: &str, proxy: fn(&str) -> reqwest::Result<Proxy>| {
        let failed = |source| Error::Proxy { url: redacted_text(url), source };
        Ok(proxy(url).map_err(failed)?.no_proxy(NoProxy::from_env()))
    };
    let http = http.map(|url| proxy(url, |url| Proxy::http(url)));
    let https = https.map(|url| proxy(url, |url| Proxy::https(url)));
    http.into_iter().chain(https).collect()
}
