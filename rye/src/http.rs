//! HTTP: pages as text, downloads with progress and checksum that survive a broken connection.
//!
//! Proxies, credentials in URLs, netrc and the platform's certificates (`SSL_CERT_FILE`,
//! `SSL_CERT_DIR`) are honoured here and nowhere else.

use std::io::{self, Read, Seek as _, SeekFrom, Write};
use std::path::Path;
use std::thread;
use std::time::Duration;

use netrc::Netrc;
use reqwest::blocking::{RequestBuilder, Response};
use reqwest::header::{CONTENT_RANGE, ETAG, HeaderValue, IF_RANGE, RANGE};
use reqwest::redirect::Policy;
use reqwest::{NoProxy, Proxy, StatusCode};
use sha2::{Digest as _, Sha256};
use url::{Host, Url};

use crate::env::Env;
use crate::error::Hint;
use crate::fs;
use crate::ui::{Progress, Ui};

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
    #[error("`{url}` is larger than {limit} bytes")]
    TooLarge { url: Redacted, limit: u64 },
    #[error("`{url}` changed while it was downloaded")]
    Changed { url: Redacted },
    #[error("`{name}` is `{value}`, which is no number")]
    Setting { name: &'static str, value: String },
    #[error("`{url}` is no proxy's address")]
    Proxy { url: String, source: reqwest::Error },
    #[error(transparent)]
    Fs(#[from] fs::Error),
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Unreachable { source, .. } if source.is_redirect() => {
                "name a URL that does not lead there"
            }
            Self::Unreachable { .. } => {
                "check the network, the proxy (`https_proxy`) and the certificates (`SSL_CERT_FILE`)"
            }
            Self::Status { status, .. } if matches!(status.as_u16(), 401 | 403 | 407) => {
                "put the credentials into the URL, the `username` and `password` of its source, or `~/.netrc`"
            }
            Self::Status { status, .. } if status.is_server_error() => {
                "try again later, or name another index or mirror"
            }
            Self::Status { .. } => "check the URL of the index or mirror",
            Self::BrokenOff { .. } | Self::Changed { .. } => "try again",
            Self::Write { .. } => "make room on the disk and try again",
            Self::TooLarge { .. } => "check that the URL is the one that you mean",
            Self::Setting { .. } => "set it to a number, or unset it",
            Self::Checksum { url, .. } if url.0.scheme() == "file" => {
                "it is another file than the one that is meant"
            }
            Self::Checksum { .. } | Self::TooLong { .. } => {
                "the server, or a proxy before it, serves a changed file"
            }
            Self::Fs(error) => return error.hint(),
            Self::Client(_) => "check what `SSL_CERT_FILE` and `SSL_CERT_DIR` name",
            Self::Proxy { .. } => "write it with its scheme, as in `http://host:8080`",
        };
        Some(text.to_owned())
    }
}

impl Error {
    /// Tells whether the answer was that there is no such thing.
    pub(crate) fn is_absence(&self) -> bool {
        match self {
            Self::Status { status, .. } => matches!(status.as_u16(), 404 | 410),
            Self::Fs(error) => {
                matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
            }
            _ => false,
        }
    }
}

/// Where nobody on the way is kept from changing what comes.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not encrypted, and whoever is on the way could change what comes")]
pub(crate) struct Unprotected(pub(crate) Redacted);

/// Tells whether nobody on the way can change what comes: it is encrypted, or nobody is on the way.
pub(crate) fn is_protected(url: &Url) -> bool {
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || is_here
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
        if url.query().is_some() {
            url.set_query(Some("****")); // signed URLs have their signature there
        }
        Self(url)
    }
}

/// Returns what was meant as a URL and is none without what may be credentials in it.
pub(crate) fn redacted_text(text: &str) -> String {
    let (text, query) = text.split_once('?').map_or((text, ""), |(text, _)| (text, "?****"));
    let Some((before, host)) = text.rsplit_once('@') else { return format!("{text}{query}") };
    let scheme = before.split_once("://").map(|(scheme, _)| format!("{scheme}://"));
    format!("{}****@{host}{query}", scheme.unwrap_or_default())
}

impl std::fmt::Display for Redacted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Returns the URL that a text means below which files are: a URL, or a directory that is there.
pub(crate) fn base(text: &str, directory: &Path) -> Option<Url> {
    let url = if text.contains("://") {
        format!("{}/", text.trim_end_matches('/')).parse().ok()
    } else {
        let directory = directory.join(text);
        Url::from_directory_path(&directory).ok().filter(|_| directory.is_dir())
    };
    let is_usable = |url: &Url| {
        let is_plain = url.query().is_none() && url.fragment().is_none();
        is_plain && matches!(url.scheme(), "http" | "https" | "file")
    };
    url.filter(is_usable)
}

/// Takes the name and the password out of a URL.
pub(crate) fn remove_credentials(url: &mut Url) {
    // a URL that has credentials can do without them
    let _always = url.set_username("").and_then(|()| url.set_password(None));
}

/// Takes the name and the password, if there is one, out of a URL and returns them as they were meant; none if there is
/// neither.
pub(crate) fn take_credentials(url: &mut Url) -> Option<(String, Option<String>)> {
    let credentials = (unescaped(url.username()), url.password().map(unescaped));
    remove_credentials(url);
    Some(credentials).filter(|(name, password)| !name.is_empty() || password.is_some())
}

/// Returns the text that a part of a URL stands for (RFC 3986).
fn unescaped(part: &str) -> String {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hexadecimal = part.get(part.len() - after.len()..).and_then(|after| after.get(..2));
        let escaped = hexadecimal.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let Some(byte) = escaped.filter(|_| *first == b'%') {
            bytes.push(byte);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Whether anything may be asked of the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Network {
    #[default]
    Online,
    Offline,
}

/// Returns the accounts of the netrc file; one that is absent or not understood grants no access.
fn netrc_of(env: &Env) -> Netrc {
    env.var_os("NETRC")
        .map(|path| env.working_directory().join(path))
        .or_else(|| Some(env.user_home()?.join(".netrc")))
        .and_then(|path| Netrc::from_file(&path).ok())
        .unwrap_or_default()
}

/// Tells whether the netrc file has an account for a URL.
pub(crate) fn has_account(env: &Env, url: &Url) -> bool {
    let hosts = netrc_of(env).hosts;
    hosts.contains_key(url.host_str().unwrap_or_default()) || hosts.contains_key("default")
}

/// A page and where it was found after redirects.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) url: Url,
    pub(crate) content_type: String,
    pub(crate) text: String,
}

/// What is at a URL.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) content_type: String,
    pub(crate) bytes: Vec<u8>,
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
    /// How often in a row something may fail that could succeed the next time
    retries: u32,
}

/// How long is waited before the first retry; before each that follows it is three times as long.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// How long is waited at most before a retry.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

impl Client {
    pub(crate) fn new(
        env: &Env,
        proxies: Proxies<'_>,
        trusted_hosts: &[String],
    ) -> Result<Self, Error> {
        Self::build(env, proxies, trusted_hosts, Policy::default)
    }

    /// Returns a client for what nothing else is known of that it must be: it follows no redirect to where somebody on
    /// the way could change it.
    pub(crate) fn careful(env: &Env, proxies: Proxies<'_>) -> Result<Self, Error> {
        Self::build(env, proxies, &[], || {
            Policy::custom(|attempt| {
                if is_protected(attempt.url()) {
                    Policy::default().redirect(attempt)
                } else {
                    let error = Unprotected(attempt.url().into());
                    attempt.error(error)
                }
            })
        })
    }

    fn build(
        env: &Env,
        proxies: Proxies<'_>,
        trusted_hosts: &[String],
        redirects: impl Fn() -> Policy,
    ) -> Result<Self, Error> {
        // the second client of a process finds the provider there already, which is fine
        drop(rustls::crypto::ring::default_provider().install_default());
        // one setting does for Rye and for uv
        let timeout =
            number(env, "UV_HTTP_TIMEOUT")?.map(|seconds| Duration::from_secs(seconds.into()));
        let timeout = timeout.unwrap_or(Duration::from_mins(1));
        let retries = number(env, "UV_HTTP_RETRIES")?.unwrap_or(3);
        let builder = || -> Result<_, Error> {
            let mut builder = reqwest::blocking::Client::builder()
                .redirect(redirects())
                .user_agent(concat!("rye/", env!("CARGO_PKG_VERSION")))
                .connect_timeout(timeout.min(Duration::from_secs(30)))
                // each wait has this limit, not the whole: a large file takes its time
                .timeout(timeout);
            for proxy in configured_proxies(env, proxies)? {
                builder = builder.proxy(proxy);
            }
            Ok(builder)
        };
        let inner = builder()?.build().map_err(Error::Client)?;
        let trusting = builder()?.tls_danger_accept_invalid_certs(true);
        let trusting = trusting.build().map_err(Error::Client)?;
        let netrc = netrc_of(env);
        Ok(Self { inner, trusting, trusted_hosts: trusted_hosts.to_vec(), netrc, retries })
    }

    /// Returns what is at a URL, as it is; more than `limit` bytes are an error.
    pub(crate) fn content(&self, url: &Url, limit: u64) -> Result<Answer, Error> {
        let response = self.get(url, |request| request)?;
        let content_type = content_type(&response);
        let mut bytes = Vec::new();
        // one more than may be; there may be no end to it
        let read = response.take(limit + 1).read_to_end(&mut bytes);
        let count = read.map_err(|source| Error::BrokenOff { url: url.into(), source })?;
        if count as u64 > limit {
            return Err(Error::TooLarge { url: url.into(), limit });
        }
        Ok(Answer { content_type, bytes })
    }

    /// Finds out whether a server answers; that it does not have the page is an answer.
    pub(crate) fn ask(&self, url: &Url) -> Result<(), Error> {
        match self.get(url, |request| request) {
            Err(Error::Status { status, .. }) if status == StatusCode::NOT_FOUND => Ok(()),
            answer => answer.map(drop),
        }
    }

    /// Returns a page; `accept` lists the media types that the caller understands.
    pub(crate) fn page(&self, url: &Url, accept: &str) -> Result<Page, Error> {
        let response = self.get(url, |request| request.header("Accept", accept))?;
        Ok(Page {
            url: response.url().clone(),
            content_type: content_type(&response),
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
        let progress = ui.download("");
        let mut download = self.open(url, &progress)?;
        download.copy_to(file, expected.size)?;
        if download.position < expected.size {
            return Err(download.broken_off(io::ErrorKind::UnexpectedEof.into()));
        }
        download.verify(expected.sha256)
    }

    /// Opens what is at a URL, which may be that of a file.
    pub(crate) fn open<'a>(
        &'a self,
        url: &'a Url,
        progress: &'a Progress,
    ) -> Result<Download<'a>, Error> {
        let mut download = Download {
            client: self,
            url,
            progress,
            body: None,
            position: 0,
            length: None,
            tag: None,
            failures: 0,
            digest: Sha256::new(),
        };
        download.connect()?;
        Ok(download)
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

fn content_type(response: &Response) -> String {
    let value = response.headers().get("Content-Type");
    value.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

/// What is at a URL, read and digested as it arrives. Where the connection breaks it is resumed.
pub(crate) struct Download<'a> {
    client: &'a Client,
    url: &'a Url,
    progress: &'a Progress,
    /// None where the connection broke
    body: Option<Box<dyn Read + Send>>,
    /// The number of bytes that were read
    position: u64,
    length: Option<u64>,
    /// What tells this content from another at the same URL
    tag: Option<HeaderValue>,
    /// How often in a row it failed
    failures: u32,
    digest: Sha256,
}

impl Download<'_> {
    /// Reads what is there next; nothing at the end.
    pub(crate) fn read_some(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        loop {
            let Some(body) = &mut self.body else {
                self.connect()?;
                continue;
            };
            let is_whole = self.length.is_none_or(|length| self.position >= length);
            match body.read(buffer) {
                Ok(0) if is_whole || buffer.is_empty() => return Ok(0),
                Ok(0) => self.break_off(io::ErrorKind::UnexpectedEof.into())?,
                Ok(count) => {
                    self.failures = 0;
                    self.position += count as u64;
                    self.digest.update(&buffer[..count]);
                    self.progress.advance(count);
                    return Ok(count);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => self.break_off(error)?,
            }
        }
    }

    /// Reads what is there to its end; more than `limit` bytes are an error.
    pub(crate) fn copy_to(&mut self, file: &mut impl Write, limit: u64) -> Result<(), Error> {
        let url = self.url;
        let mut buffer = vec![0; 128 * 1024];
        loop {
            let count = self.read_some(&mut buffer)?;
            let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else {
                return Ok(());
            };
            if self.position > limit {
                // there may be no end to it
                return Err(Error::TooLong { url: url.into(), expected: limit });
            }
            file.write_all(bytes).map_err(|source| Error::Write { url: url.into(), source })?;
        }
    }

    /// Fails unless what was read has this digest.
    pub(crate) fn verify(self, sha256: &str) -> Result<(), Error> {
        let actual = fs::hexadecimal(&self.digest.finalize());
        if actual == sha256 {
            return Ok(());
        }
        Err(Error::Checksum { url: self.url.into(), expected: sha256.to_owned(), actual })
    }

    fn broken_off(&self, source: io::Error) -> Error {
        Error::BrokenOff { url: self.url.into(), source }
    }

    fn break_off(&mut self, source: io::Error) -> Result<(), Error> {
        self.body = None;
        self.pause(self.broken_off(source))
    }

    /// Waits before the next attempt, if there is to be one.
    fn pause(&mut self, error: Error) -> Result<(), Error> {
        // a server that is not there at the beginning will not be there in a second either
        let is_passing = match &error {
            Error::Unreachable { source, .. } => !source.is_connect() || self.position > 0,
            Error::Status { status, .. } => {
                status.is_server_error() || matches!(status.as_u16(), 408 | 429)
            }
            Error::BrokenOff { .. } => true,
            _ => false,
        };
        if !is_passing || self.failures >= self.client.retries {
            return Err(error);
        }
        let factor = 3_u32.saturating_pow(self.failures.min(9));
        thread::sleep((FIRST_PAUSE * factor).min(LONGEST_PAUSE));
        self.failures += 1;
        Ok(())
    }

    /// Connects, also for what is left of a broken download.
    fn connect(&mut self) -> Result<(), Error> {
        if self.url.scheme() == "file"
            && let Ok(path) = self.url.to_file_path()
        {
            let mut file = fs::open(&path)?;
            file.seek(SeekFrom::Start(self.position)).map_err(|source| self.broken_off(source))?;
            self.length = file.metadata().ok().map(|file| file.len());
            self.progress.length(self.length);
            self.body = Some(Box::new(file));
            return Ok(());
        }
        loop {
            match self.request() {
                Ok(body) => {
                    self.body = Some(body);
                    return Ok(());
                }
                Err(error) => self.pause(error)?,
            }
        }
    }

    fn request(&mut self) -> Result<Box<dyn Read + Send>, Error> {
        let Self { client, url, position, .. } = *self;
        let range = (position > 0).then(|| format!("bytes={position}-"));
        let mut response = client.get(url, |mut request| {
            if let Some(range) = &range {
                request = request.header(RANGE, range);
                if let Some(tag) = &self.tag {
                    request = request.header(IF_RANGE, tag);
                }
            }
            request
        })?;
        if range.is_none() {
            self.length = response.content_length();
            self.progress.length(self.length);
            // a weak one (RFC 9110) does not promise the same bytes
            let tag = response.headers().get(ETAG).cloned();
            self.tag = tag.filter(|tag| !tag.as_bytes().starts_with(b"W/"));
            return Ok(Box::new(response));
        }
        let changed = || Error::Changed { url: url.into() };
        if response.status() == StatusCode::PARTIAL_CONTENT {
            let begins = format!("bytes {position}-");
            let range = response.headers().get(CONTENT_RANGE);
            let range = range.and_then(|range| range.to_str().ok());
            return match range {
                Some(range) if range.starts_with(&begins) => Ok(Box::new(response)),
                Some(_) | None => Err(changed()),
            };
        }
        // it sends the whole again, which has to be the same as before
        if self.length.is_some() && response.content_length() != self.length {
            return Err(changed());
        }
        if self.tag.is_some() && response.headers().get(ETAG) != self.tag.as_ref() {
            return Err(changed());
        }
        let failed = |source| self.broken_off(source);
        io::copy(&mut response.by_ref().take(position), &mut io::sink()).map_err(failed)?;
        Ok(Box::new(response))
    }
}

impl Read for Download<'_> {
    /// Reads what is there next; the error is one of this module in an [`io::Error`].
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.read_some(buffer).map_err(io::Error::other)
    }
}

/// Returns the number that a variable holds; none if it is not set.
fn number(env: &Env, name: &'static str) -> Result<Option<u32>, Error> {
    let parse =
        |value: &str| value.parse().map_err(|_| Error::Setting { name, value: value.to_owned() });
    env.var(name).map(parse).transpose()
}

/// Fails for a text that is no proxy's address.
pub(crate) fn check_proxy(text: &str) -> Result<(), Error> {
    let failed = |source| Error::Proxy { url: redacted_text(text), source };
    Proxy::all(text).map(drop).map_err(failed)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encrypted_or_here_is_protected() {
        let is_protected = |url: &str| is_protected(&url.parse().unwrap());
        assert!(is_protected("https://example.org/x.py"));
        assert!(is_protected("http://127.0.0.1:8000/x.py"));
        assert!(is_protected("http://[::1]/x.py"));
        assert!(is_protected("http://localhost/x.py"));
        assert!(!is_protected("http://example.org/x.py"));
        assert!(!is_protected("http://127.0.0.1.example.org/x.py"));
    }

    #[test]
    fn credentials_are_taken_out_as_they_were_meant() {
        let mut url = Url::parse("http://me:p%40ss%25w%C3%B6rd%2@host/legacy/").unwrap();
        let expected = ("me".to_owned(), Some("p@ss%wörd%2".to_owned()));
        assert_eq!(take_credentials(&mut url), Some(expected));
        assert_eq!(url.as_str(), "http://host/legacy/");
        assert_eq!(take_credentials(&mut url), None);
        let mut url = Url::parse("http://me@host/legacy/").unwrap();
        assert_eq!(take_credentials(&mut url), Some(("me".to_owned(), None)));
        assert_eq!(url.as_str(), "http://host/legacy/");
    }
}
