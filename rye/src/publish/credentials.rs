//! The file `credentials` in Rye's home: a table for each repository. Nothing of it gets into a message.

use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, Item, Table, TomlError, value};
use url::Url;

use crate::error::Hint;
use crate::fs;
use crate::index;
use crate::process;
use crate::ui::Ui;
use crate::uv::Secret;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    // the parser's own message shows the line, which may have a token in it
    #[error("line {line} of `{}` is not TOML", path.display())]
    Syntax { path: PathBuf, line: usize },
    #[error("`{key}` in `{}` is no text", path.display())]
    Type { path: PathBuf, key: String },
    #[error("`{name}` in `{}` is no table", path.display())]
    NoTable { path: PathBuf, name: String },
    #[error("`{name}.repository-url` in `{}` is no URL", path.display())]
    Url { path: PathBuf, name: String },
    #[error(transparent)]
    Fs(#[from] fs::Error),
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Syntax { .. } | Self::Type { .. } | Self::NoTable { .. } | Self::Url { .. } => {
                Some(
                    "correct it in an editor, or remove the file and store the token again"
                        .to_owned(),
                )
            }
            Self::Fs(error) => error.hint(),
        }
    }
}

/// What is stored for a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) url: Option<Url>,
    pub(crate) username: Option<String>,
    pub(crate) token: Option<Token>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    Plain(Secret),
    /// As Rye 0.44 stored it for whoever wanted that
    Encrypted,
}

impl Token {
    fn parse(text: &str) -> Self {
        // a file of age in hexadecimal, whose first zero 0.44 may have left out
        let padded = if text.len() % 2 == 1 { format!("0{text}") } else { text.to_owned() };
        if padded.to_ascii_lowercase().starts_with(&fs::hexadecimal(b"age-encryption.org/v1")) {
            Self::Encrypted
        } else {
            Self::Plain(Secret::new(text))
        }
    }
}

/// The file, read once.
#[derive(Debug)]
pub(crate) struct Credentials {
    path: PathBuf,
    document: DocumentMut,
}

impl Credentials {
    /// Reads the file; an absent one is empty.
    pub(crate) fn load(path: &Path) -> Result<Self, Error> {
        let text = fs::find_text(path)?.unwrap_or_default();
        let document = text.parse().map_err(|error: TomlError| {
            let end = error.span().map_or(0, |span| span.start);
            let line = text.get(..end).unwrap_or(&text).matches('\n').count() + 1;
            Error::Syntax { path: path.to_owned(), line }
        })?;
        Ok(Self { path: path.to_owned(), document })
    }

    /// Returns what is stored for a repository.
    pub(crate) fn entry(&self, name: &str) -> Result<Entry, Error> {
        let Some(item) = self.document.get(name) else { return Ok(Entry::default()) };
        let table = item
            .as_table_like()
            .ok_or_else(|| Error::NoTable { path: self.path.clone(), name: name.to_owned() })?;
        let text = |key: &str| match table.get(key) {
            None => Ok(None),
            Some(item) => {
                item.as_str().map(|text| Some(text).filter(|text| !text.is_empty())).ok_or_else(
                    || Error::Type { path: self.path.clone(), key: format!("{name}.{key}") },
                )
            }
        };
        let url = text("repository-url")?.map(|text| {
            index::parse_url(text)
                .map_err(|_| Error::Url { path: self.path.clone(), name: name.to_owned() })
        });
        Ok(Entry {
            url: url.transpose()?,
            username: text("username")?.map(str::to_owned),
            token: text("token")?.map(Token::parse),
        })
    }

    /// Returns the names of the repositories.
    pub(crate) fn names(&self) -> Vec<String> {
        self.document.iter().map(|(name, _)| name.to_owned()).collect()
    }

    /// Stores what belongs to a repository, in a file that its owner alone can read; the rest of it stays.
    pub(crate) fn store(&self, name: &str, entry: &Entry) -> Result<(), Error> {
        let _lock = fs::lock(&self.path.with_file_name("locks").join("credentials.lock"), || {})?;
        // somebody may have stored another one meanwhile
        let Self { document, path } = &mut Self::load(&self.path)?;
        let item = document.entry(name).or_insert(Item::Table(Table::new()));
        let Some(table) = item.as_table_like_mut() else {
            return Err(Error::NoTable { path: path.clone(), name: name.to_owned() });
        };
        let token = entry.token.as_ref().and_then(|token| match token {
            Token::Plain(token) => Some(token.reveal()),
            Token::Encrypted => None,
        });
        let pairs = [
            ("token", token),
            ("repository-url", entry.url.as_ref().map(Url::as_str)),
            ("username", entry.username.as_deref()),
        ];
        for (key, text) in pairs {
            if let Some(text) = text {
                table.insert(key, value(text));
            }
        }
        // a link stays, and leads to the new file
        let target = fs::canonical(path).unwrap_or_else(|_| path.clone());
        Ok(fs::write_private(&target, document.to_string())?)
    }

    /// Warns if others can read the file, as they could when 0.44 wrote it.
    pub(crate) fn warn_if_public(&self, ui: &Ui) -> Result<(), Error> {
        if fs::is_open_to_others(&self.path)? == Some(true) {
            let (path, quoted) = (self.path.display(), process::quoted(self.path.as_os_str()));
            ui.warn(format_args!(
                "others can read `{path}`, which has tokens in it: `chmod 600 {quoted}`"
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_read_again_and_the_rest_stays() {
        let root = fs::temporary_directory().unwrap();
        let path = root.path().join("credentials");
        let before =
            "# mine\n[pypi]\ntoken = 'old' # of 2024\n\n[\"my.index\"]\nusername = \"me\"\n";
        fs::write(&path, before).unwrap();
        let credentials = Credentials::load(&path).unwrap();
        assert_eq!(credentials.names(), ["pypi", "my.index"]);
        let entry = Entry {
            url: Some("https://index.invalid/legacy/".parse().unwrap()),
            username: Some("\"quoted\\\"".to_owned()),
            token: Some(Token::Plain(Secret::new("a\"b\\c"))),
        };
        credentials.store("my.index", &entry).unwrap();
        let credentials = Credentials::load(&path).unwrap();
        assert_eq!(credentials.entry("my.index").unwrap(), entry);
        assert!(
            fs::read_text(&path).unwrap().starts_with("# mine\n[pypi]\ntoken = 'old' # of 2024\n")
        );
        assert_eq!(fs::is_open_to_others(&path).unwrap(), Some(false));
        credentials.store("other", &entry).unwrap();
        assert_eq!(Credentials::load(&path).unwrap().entry("other").unwrap(), entry);
        assert_eq!(credentials.entry("absent").unwrap(), Entry::default());
    }

    #[test]
    fn encrypted_tokens_are_known() {
        #[track_caller]
        fn check(text: &str, is_encrypted: bool) {
            assert_eq!(Token::parse(text) == Token::Encrypted, is_encrypted, "{text}");
        }
        let hex = fs::hexadecimal(b"age-encryption.org/v1\n-> scrypt x 18\n");
        check(&hex, true);
        check(&hex.to_uppercase(), true);
        check("pypi-AgEIcHlwaS5vcmc", false);
        check("deadbeef", false);
        check("", false);
        check("é", false);
    }

    #[test]
    fn nothing_secret_is_in_an_error() {
        let root = fs::temporary_directory().unwrap();
        let path = root.path().join("credentials");
        fs::write(&path, "[pypi]\ntoken = \"secret\n").unwrap();
        let error = Credentials::load(&path).unwrap_err();
        assert!(matches!(error, Error::Syntax { line: 2, .. }), "{error:?}");
        fs::write(&path, "[pypi]\ntoken = [\"secret\"]\n").unwrap();
        let error = Credentials::load(&path).unwrap().entry("pypi").unwrap_err();
        assert!(!format!("{error:?}{error}").contains("secret"));
        fs::write(&path, "pypi = \"secret\"\n").unwrap();
        let error = Credentials::load(&path).unwrap().entry("pypi").unwrap_err();
        assert!(!format!("{error:?}{error}").contains("secret"));
    }
}
