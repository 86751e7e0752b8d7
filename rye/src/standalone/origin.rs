//! Where a script to be run comes from, and how it is handed to an interpreter.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use url::Url;

use crate::context::Context;
use crate::env::Env;
use crate::fs;
use crate::http::{self, Answer, Network, Unprotected};
use crate::project::{self, ScriptFile};
use crate::standalone::{Error, Standalone, load};
use crate::venv::Venv;

/// The most bytes that what is at a URL may have, to be taken for a script.
const LARGEST: u64 = 10 * 1024 * 1024;

/// Where a script comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A file, as it was named
    File(PathBuf),
    Url(Url),
    /// Standard input
    Input,
}

impl Origin {
    /// Returns what a name stands for that is none of a project's file.
    ///
    /// A file ending in `.py` stands alone if it says what it needs, or if there is no project.
    pub(crate) fn find(env: &Env, name: &OsStr) -> Result<Option<Self>, Error> {
        if let Some(origin) = Self::elsewhere(name) {
            return Ok(Some(origin));
        }
        let path = Path::new(name);
        if path.extension().is_none_or(|extension| extension != "py") {
            return Ok(None);
        }
        let place = env.working_directory().join(path);
        let stands_alone = project::find(env.working_directory()).is_none()
            || (place.is_file() && ScriptFile::load(&place)?.has_metadata());
        Ok(stands_alone.then(|| Self::File(path.to_owned())))
    }

    /// Returns what a name stands for that is to be a script.
    pub(crate) fn of(name: &OsStr) -> Self {
        Self::elsewhere(name).unwrap_or_else(|| Self::File(PathBuf::from(name)))
    }

    /// Returns what is no file.
    fn elsewhere(name: &OsStr) -> Option<Self> {
        if name == "-" {
            return Some(Self::Input);
        }
        let url = name.to_str().filter(|name| name.contains("://"))?.parse::<Url>().ok()?;
        matches!(url.scheme(), "http" | "https").then_some(Self::Url(url))
    }

    /// Reads the script.
    pub(crate) fn open<'a>(
        &self,
        ctx: &'a Context<'a>,
        network: Network,
    ) -> Result<(Standalone<'a>, Launch), Error> {
        let (script, is_file, launch) = match self {
            Self::File(path) => (load(&ctx.env, path)?, true, Launch::File(path.clone())),
            Self::Url(url) => {
                let path = download(ctx, url, network)?;
                (ScriptFile::load(&path)?, false, Launch::File(path))
            }
            Self::Input => {
                let mut bytes = Vec::new();
                io::stdin().lock().read_to_end(&mut bytes).map_err(Error::Input)?;
                let path = ctx.env.working_directory().join("<stdin>");
                (ScriptFile::parse(path, bytes)?, false, Launch::Input)
            }
        };
        script.warn(ctx.ui);
        Ok((Standalone::new(ctx, script, is_file), launch))
    }
}

/// How a script is handed to an interpreter.
#[derive(Debug)]
pub(crate) enum Launch {
    File(PathBuf),
    /// By standard input, which it was read from
    Input,
}

impl Launch {
    /// Returns the command that runs the script in an environment.
    pub(crate) fn command(
        &self,
        env: &Env,
        script: &Standalone<'_>,
        venv: &Venv,
        arguments: &[OsString],
    ) -> Result<Command, Error> {
        let mut command = venv.command(env, &venv.python());
        match self {
            // one that begins like an option would be taken for it
            Self::File(path) if path.as_os_str().as_encoded_bytes().starts_with(b"-") => {
                command.arg(Path::new(".").join(path))
            }
            Self::File(path) => command.arg(path),
            Self::Input => {
                let cache = env.cache();
                let mut file = fs::temporary_file(&cache)?;
                let written = file.write_all(script.script.bytes()).and_then(|()| file.rewind());
                written.map_err(|source| fs::Error::new("write to a file in", &cache, source))?;
                command.arg("-").stdin(Stdio::from(file))
            }
        };
        command.args(arguments);
        Ok(command)
    }
}

/// Returns the file that has what is at a URL, as of now, or without the network as it was the last time.
fn download(ctx: &Context<'_>, url: &Url, network: Network) -> Result<PathBuf, Error> {
    if !http::is_protected(url) {
        return Err(Unprotected(url.into()).into());
    }
    let digest = fs::sha256(url.as_str().as_bytes());
    let path = ctx.env.cache().join("scripts").join(&digest[..32]).join(file_name(url));
    if network == Network::Offline {
        return if path.is_file() { Ok(path) } else { Err(Error::NotFetched(url.into())) };
    }
    let client = ctx.careful_client(ctx.config()?)?;
    let _progress = ctx.ui.progress("downloading the script");
    let Answer { content_type, bytes } = client.content(url, LARGEST)?;
    if content_type.to_ascii_lowercase().contains("html") {
        return Err(Error::Page(url.into()));
    }
    fs::write(&path, bytes)?;
    Ok(path)
}

/// Returns the name of the file that a URL names, if a file may be called like that everywhere.
fn file_name(url: &Url) -> &str {
    let last = url.path_segments().and_then(|mut segments| segments.next_back());
    let is_plain = |name: &&str| {
        let is_part = |part: u8| part.is_ascii_alphanumeric() || b"-_.".contains(&part);
        !name.is_empty() && name.len() < 100 && !name.starts_with('.') && name.bytes().all(is_part)
    };
    last.filter(is_plain).unwrap_or("script.py")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_a_file() {
        let name = |url: &str| file_name(&url.parse().unwrap()).to_owned();
        assert_eq!(name("https://example.org/a/tool-1.py?raw=1#L1"), "tool-1.py");
        assert_eq!(name("https://example.org/a/raw"), "raw");
        assert_eq!(name("https://example.org/"), "script.py");
        assert_eq!(name("https://example.org/.bashrc"), "script.py");
        assert_eq!(name("https://example.org/a%2F..%2Fb.py"), "script.py");
    }
}
