//! Uploads: what uv is told of them, and what it tells.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use clap::ValueEnum as _;
use url::Url;

use crate::process;

use super::{Error, Uv};

/// Distributions to be uploaded.
#[derive(Debug)]
pub(crate) struct Upload<'a> {
    pub(crate) files: &'a [PathBuf],
    /// Where the index takes uploads
    pub(crate) url: &'a Url,
    /// The index that is asked what it has already, which is not uploaded again
    pub(crate) check_url: Option<&'a Url>,
    pub(crate) access: UploadAccess<'a>,
    /// A file of certificates that hold in the place of the system's
    pub(crate) certificates: Option<&'a Path>,
    /// Only look at the files, and at what the index has
    pub(crate) is_dry_run: bool,
}

/// What an upload is allowed with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum UploadAccess<'a> {
    Password {
        username: &'a str,
        password: &'a Secret,
    },
    /// What uv finds for this account: the program `keyring`
    Account(&'a str),
    /// What the service that runs this process vouches for
    Trusted(TrustedPublishing),
    /// What the netrc file has for the host, if anything
    Ambient,
}

/// Whether an index may be asked to trust the service that runs this process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum TrustedPublishing {
    /// Where the service is known, and nothing else is there to allow it
    #[default]
    Automatic,
    Always,
    Never,
}

/// A text that nobody is shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the text, for whom it is meant.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("****")
    }
}

/// What became of a file of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UploadStep<'a> {
    /// It would be uploaded.
    Checking(&'a str),
    Uploading(&'a str),
    /// The index has the same file.
    Skipped(&'a str),
}

impl<'a> UploadStep<'a> {
    /// Reads a line of uv's words.
    fn parse(line: &'a str) -> Option<Self> {
        // `Checking 2 files against …` names none
        let named = |verb: &str| Some(line.strip_prefix(verb)?.rsplit_once(" (")?.0);
        if let Some(name) = named("Uploading ") {
            return Some(Self::Uploading(name));
        }
        if let Some(name) = named("Checking ") {
            return Some(Self::Checking(name));
        }
        let name = line.strip_prefix("File ")?.strip_suffix(" already exists, skipping")?;
        Some(Self::Skipped(name))
    }
}

impl Uv<'_> {
    /// Uploads distributions, and hands on what becomes of each.
    pub(crate) fn publish(
        &self,
        upload: &Upload<'_>,
        mut on_step: impl FnMut(UploadStep<'_>),
    ) -> Result<(), Error> {
        let mut command = self.command();
        command.arg("publish");
        if upload.is_dry_run {
            command.arg("--dry-run");
        }
        command.env("UV_PUBLISH_URL", upload.url.as_str());
        if let Some(url) = upload.check_url {
            command.env("UV_PUBLISH_CHECK_URL", url.as_str());
        }
        if let Some(path) = upload.certificates {
            command.env("SSL_CERT_FILE", path).env_remove("SSL_CERT_DIR");
        }
        let mut trusted = TrustedPublishing::Never;
        match upload.access {
            UploadAccess::Password { username, password } => {
                command.env("UV_PUBLISH_USERNAME", username);
                command.env("UV_PUBLISH_PASSWORD", password.reveal());
            }
            UploadAccess::Account(username) => {
                command.env("UV_PUBLISH_USERNAME", username);
            }
            UploadAccess::Trusted(publishing) => trusted = publishing,
            UploadAccess::Ambient => {}
        }
        let value = trusted.to_possible_value().expect("no value is hidden");
        command.arg("--trusted-publishing").arg(value.get_name());
        // uv takes them for patterns
        command.arg("--").args(upload.files.iter().map(|path| literal_pattern(path)));
        let ui = self.ctx.ui;
        ui.detail(process::display(&command));
        let progress = ui.progress("publishing");
        let result = process::output_with(&mut command, |line| {
            if let Some(step) = UploadStep::parse(line) {
                on_step(step);
            }
            progress.message(line);
            ui.detail(line);
        });
        result.map(drop).map_err(|error| match super::explained(error) {
            Error::Failed(text) => Error::Upload(text),
            error => error,
        })
    }
}

/// Returns a pattern that only this path matches.
fn literal_pattern(path: &Path) -> OsString {
    let Some(text) = path.to_str() else { return path.as_os_str().to_owned() };
    let mut pattern = String::with_capacity(text.len());
    for part in text.chars() {
        match part {
            '*' | '?' | '[' | ']' => pattern.extend(['[', part, ']']),
            _ => pattern.push(part),
        }
    }
    pattern.into()
}

/// Returns what helps against the failure of an upload.
pub(super) fn hint(text: &str) -> Option<String> {
    let has = |part: &str| text.contains(part);
    let hint = if super::is_unreachable(text) {
        "check the network, the proxy (`https_proxy`) and the URL"
    } else if has("already exist") || has("do not match") || has("status code 409") {
        "raise the version with `rye version --bump patch`; what the index has as it is here can be left out: `--skip-existing`"
    } else if has("status code 401") || has("status code 403") || has("Missing credentials") {
        "check the token, and whether it is for this project and this index"
    } else if has("Trusted publishing failed") {
        "make the service known to the index as a publisher of this project, or use a token"
    } else if has("status code 404") || has("POST requests are not supported") {
        "check the URL: that of uploads is another than that of the index"
    } else {
        return None;
    };
    Some(hint.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_one_path() {
        let check = |path: &str, pattern: &str| {
            assert_eq!(literal_pattern(Path::new(path)), OsString::from(pattern));
        };
        check("/my dir/a-1.0.tar.gz", "/my dir/a-1.0.tar.gz");
        check("/[x]/a*?", "/[[]x[]]/a[*][?]");
    }

    #[test]
    fn steps_are_told_from_other_words() {
        #[track_caller]
        fn check(line: &str, expected: Option<UploadStep<'_>>) {
            assert_eq!(UploadStep::parse(line), expected);
        }
        check("Uploading a-1.0.tar.gz (1.1KiB)", Some(UploadStep::Uploading("a-1.0.tar.gz")));
        check("Checking a-1.0.tar.gz (557B)", Some(UploadStep::Checking("a-1.0.tar.gz")));
        check(
            "File a-1.0.tar.gz already exists, skipping",
            Some(UploadStep::Skipped("a-1.0.tar.gz")),
        );
        check("Checking 2 files against http://host/legacy/", None);
        check("Publishing 2 files to http://host/legacy/", None);
        check("Hashing a-1.0.tar.gz (557B)", None);
    }
}
