//! Distributions made in memory: wheels, sdists, and build backends that install in milliseconds.
//!
//! The same input gives the same bytes, so hashes in snapshots hold.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// The stand-in for every build backend: see the text at its top for what it can and what steers it.
const BACKEND: &str = include_str!("backend.py");

/// Returns the module that a distribution has unless it is given others.
fn default_module(version: &str) -> Vec<u8> {
    format!("__version__ = \"{version}\"\n").into_bytes()
}

/// A file as an index has it, with what the index says about it.
#[derive(Clone, Debug)]
pub(crate) struct Distribution {
    /// Normalized (PEP 503).
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) filename: String,
    pub(crate) bytes: Arc<[u8]>,
    /// What is announced; the true one unless a test lies about it.
    pub(crate) sha256: String,
    /// Served beside the file where there is one (PEP 658).
    pub(crate) metadata: Option<Arc<[u8]>>,
    pub(crate) requires_python: Option<String>,
    /// The reason given for yanking it (PEP 592).
    pub(crate) yanked: Option<String>,
    /// An RFC 3339 time (PEP 700).
    pub(crate) upload_time: String,
}

impl Distribution {
    /// Returns a file with these bytes, whatever they are; name and version are read off its name.
    pub(crate) fn raw(filename: &str, bytes: impl Into<Vec<u8>>) -> Self {
        let stem = filename.strip_suffix(".tar.gz").unwrap_or(filename);
        let mut parts = stem.split('-');
        let name = normalized(parts.next().unwrap());
        let version = parts.next().expect("a file name with a version").to_owned();
        let bytes = bytes.into();
        Self {
            name,
            version,
            filename: filename.to_owned(),
            sha256: sha256(&bytes),
            bytes: bytes.into(),
            metadata: None,
            requires_python: None,
            yanked: None,
            upload_time: "2023-11-01T12:00:00Z".to_owned(),
        }
    }

    #[must_use]
    pub(crate) fn uploaded(mut self, time: &str) -> Self {
        time.clone_into(&mut self.upload_time);
        self
    }

    #[must_use]
    pub(crate) fn yanked(mut self, reason: &str) -> Self {
        self.yanked = Some(reason.to_owned());
        self
    }
}

/// What a wheel and an sdist say about themselves.
#[derive(Clone, Debug)]
struct Metadata {
    name: String,
    version: String,
    format: &'static str,
    requires: Vec<String>,
    requires_python: Option<String>,
    extras: Vec<String>,
    fields: Vec<(String, String)>,
}

impl Metadata {
    fn new(name: &str, version: &str) -> Self {
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            format: "2.1",
            requires: Vec::new(),
            requires_python: None,
            extras: Vec::new(),
            fields: Vec::new(),
        }
    }

    fn extra(&mut self, extra: &str, requirement: &str) {
        if !self.extras.iter().any(|known| known == extra) {
            self.extras.push(extra.to_owned());
        }
        self.requires.push(match requirement.split_once(';') {
            Some((requirement, marker)) => {
                format!("{} ; ({}) and extra == '{extra}'", requirement.trim(), marker.trim())
            }
            None => format!("{requirement} ; extra == '{extra}'"),
        });
    }

    fn stem(&self) -> String {
        format!("{}-{}", normalized(&self.name).replace('-', "_"), self.version)
    }

    fn text(&self) -> String {
        let mut text = format!(
            "Metadata-Version: {}\nName: {}\nVersion: {}\n",
            self.format, self.name, self.version
        );
        let fields = self.fields.iter().map(|(key, value)| (key.as_str(), value));
        let requires_python = self.requires_python.iter().map(|value| ("Requires-Python", value));
        let requires = self.requires.iter().map(|value| ("Requires-Dist", value));
        let extras = self.extras.iter().map(|value| ("Provides-Extra", value));
        for (key, value) in fields.chain(requires_python).chain(requires).chain(extras) {
            writeln!(text, "{key}: {value}").unwrap();
        }
        text
    }

    fn distribution(self, filename: &str, bytes: Vec<u8>) -> Distribution {
        Distribution {
            name: normalized(&self.name),
            metadata: Some(self.text().into_bytes().into()),
            requires_python: self.requires_python,
            ..Distribution::raw(filename, bytes)
        }
    }
}

/// A wheel to be built.
#[derive(Clone, Debug)]
pub(crate) struct Wheel {
    metadata: Metadata,
    tag: String,
    files: Vec<(String, Vec<u8>, u32)>,
    scripts: Vec<(String, Vec<u8>)>,
    entry_points: Vec<(String, String)>,
}

impl Wheel {
    /// Starts a wheel that holds one package of the distribution's name, with a `__version__`.
    pub(crate) fn new(name: &str, version: &str) -> Self {
        Self {
            metadata: Metadata::new(name, version),
            tag: "py3-none-any".to_owned(),
            files: Vec::new(),
            scripts: Vec::new(),
            entry_points: Vec::new(),
        }
    }

    /// Returns the stand-in for a build backend, importable as `module` (`hatchling.build`).
    pub(crate) fn backend(name: &str, version: &str, module: &str) -> Self {
        let path = module.replace('.', "/");
        match path.split_once('/') {
            Some((package, _)) => Self::new(name, version)
                .module(&format!("{package}/__init__.py"), "")
                .module(&format!("{path}.py"), BACKEND),
            None => Self::new(name, version).module(&format!("{path}/__init__.py"), BACKEND),
        }
    }

    /// Adds a dependency (PEP 508).
    #[must_use]
    pub(crate) fn requires(mut self, requirement: &str) -> Self {
        self.metadata.requires.push(requirement.to_owned());
        self
    }

    #[must_use]
    pub(crate) fn requires_python(mut self, specifiers: &str) -> Self {
        self.metadata.requires_python = Some(specifiers.to_owned());
        self
    }

    /// Adds a dependency of an extra; its marker, if it has one, is kept.
    #[must_use]
    pub(crate) fn extra(mut self, extra: &str, requirement: &str) -> Self {
        self.metadata.extra(extra, requirement);
        self
    }

    /// Adds a file at this path below `site-packages`, instead of the module that is there by default.
    #[must_use]
    pub(crate) fn module(mut self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.files.push((path.to_owned(), content.into(), 0o644));
        self
    }

    /// Adds a console script: `flask` for `flask.cli:main`.
    #[must_use]
    pub(crate) fn entry_point(mut self, name: &str, target: &str) -> Self {
        self.entry_points.push((name.to_owned(), target.to_owned()));
        self
    }

    pub(crate) fn build(mut self) -> Distribution {
        let stem = self.metadata.stem();
        let info = format!("{stem}.dist-info");
        if self.files.is_empty() && self.scripts.is_empty() {
            let package = normalized(&self.metadata.name).replace('-', "_");
            let content = default_module(&self.metadata.version);
            self = self.module(&format!("{package}/__init__.py"), content);
        }
        let mut files = self.files;
        for (name, content) in self.scripts {
            files.push((format!("{stem}.data/scripts/{name}"), content, 0o755));
        }
        let pure = self.tag.ends_with("-any");
        let wheel = format!(
            "Wheel-Version: 1.0\nGenerator: rye-tests\nRoot-Is-Purelib: {pure}\nTag: {}\n",
            self.tag
        );
        files.push((format!("{info}/METADATA"), self.metadata.text().into_bytes(), 0o644));
        files.push((format!("{info}/WHEEL"), wheel.into_bytes(), 0o644));
        if !self.entry_points.is_empty() {
            let mut text = "[console_scripts]\n".to_owned();
            for (name, target) in &self.entry_points {
                writeln!(text, "{name} = {target}").unwrap();
            }
            files.push((format!("{info}/entry_points.txt"), text.into_bytes(), 0o644));
        }
        let mut record = String::new();
        for (path, content, _) in &files {
            let digest = base64_url(&Sha256::digest(content));
            writeln!(record, "{path},sha256={digest},{}", content.len()).unwrap();
        }
        writeln!(record, "{info}/RECORD,,").unwrap();
        files.push((format!("{info}/RECORD"), record.into_bytes(), 0o644));
        let filename = format!("{stem}-{}.whl", self.tag);
        self.metadata.distribution(&filename, zipped(&files))
    }
}

impl From<Wheel> for Distribution {
    fn from(wheel: Wheel) -> Self {
        wheel.build()
    }
}

/// A source distribution to be built, whose build backend is the stand-in for hatchling.
#[derive(Clone, Debug)]
pub(crate) struct Sdist {
    metadata: Metadata,
    files: Vec<(String, Vec<u8>)>,
}

impl Sdist {
    /// Starts an sdist that must be built before anything is known of its dependencies.
    pub(crate) fn new(name: &str, version: &str) -> Self {
        Self { metadata: Metadata::new(name, version), files: Vec::new() }
    }

    /// Adds a dependency (PEP 508).
    #[must_use]
    pub(crate) fn requires(mut self, requirement: &str) -> Self {
        self.metadata.requires.push(requirement.to_owned());
        self
    }

    /// Adds a file; with a manifest among them there are only those that are added.
    #[must_use]
    pub(crate) fn file(mut self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.files.push((path.to_owned(), content.into()));
        self
    }

    pub(crate) fn build(mut self) -> Distribution {
        let stem = self.metadata.stem();
        let Metadata { name, version, .. } = &self.metadata;
        let package = normalized(name).replace('-', "_");
        if !self.files.iter().any(|(path, _)| path == "pyproject.toml") {
            let requires = &self.metadata.requires;
            let manifest = format!(
                "[project]\nname = \"{name}\"\nversion = \"{version}\"\ndependencies = {requires:?}\n\n\
                 [build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n"
            );
            self.files.push(("pyproject.toml".to_owned(), manifest.into_bytes()));
            self.files.push((format!("src/{package}/__init__.py"), default_module(version)));
        }
        self.files.push(("PKG-INFO".to_owned(), self.metadata.text().into_bytes()));
        let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::none()));
        for (path, content) in &self.files {
            let mut header = tar::Header::new_ustar();
            header.set_size(u64::try_from(content.len()).unwrap());
            header.set_mode(0o644);
            let path = format!("{stem}/{path}");
            archive.append_data(&mut header, path, content.as_slice()).unwrap();
        }
        let bytes = archive.into_inner().unwrap().finish().unwrap();
        Distribution {
            metadata: None,
            ..self.metadata.distribution(&format!("{stem}.tar.gz"), bytes)
        }
    }
}

impl From<Sdist> for Distribution {
    fn from(sdist: Sdist) -> Self {
        sdist.build()
    }
}

/// Returns a name in normalized form (PEP 503).
pub(crate) fn normalized(name: &str) -> String {
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-").to_lowercase()
}

/// Returns the digest in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// Returns base64 with the standard alphabet and padding (RFC 4648).
pub(crate) fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let index = usize::try_from(bits >> (18 - 6 * at) & 63).unwrap();
            text.push(if usize::try_from(at).unwrap() <= chunk.len() {
                char::from(ALPHABET[index])
            } else {
                '='
            });
        }
    }
    text
}

fn base64_url(bytes: &[u8]) -> String {
    base64(bytes).trim_end_matches('=').replace('+', "-").replace('/', "_")
}

fn zipped(files: &[(String, Vec<u8>, u32)]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, content, mode) in files {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .unix_permissions(*mode);
        archive.start_file(path.as_str(), options).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn encodes_base64() {
        assert_eq!(base64(b""), "");
        assert_eq!(base64(b"user:pass"), "dXNlcjpwYXNz");
        assert_eq!(base64(b"ab"), "YWI=");
        assert_eq!(base64_url(&[0xff, 0xfe, 0xfd, 0xfb]), "__79-w");
    }

    #[test]
    fn builds_a_wheel_that_is_always_the_same() {
        let wheel = || {
            Wheel::new("Python.Dotenv", "1.0")
                .requires("click>=8")
                .extra("cli", "rich; os_name == 'nt'")
                .entry_point("dotenv", "python_dotenv:main")
                .build()
        };
        let built = wheel();
        assert_eq!(built.filename, "python_dotenv-1.0-py3-none-any.whl");
        assert_eq!(built.name, "python-dotenv");
        assert_eq!(built.bytes, wheel().bytes);
        assert_eq!(
            String::from_utf8_lossy(built.metadata.as_deref().unwrap()),
            "Metadata-Version: 2.1\nName: Python.Dotenv\nVersion: 1.0\nRequires-Dist: click>=8\n\
             Requires-Dist: rich ; (os_name == 'nt') and extra == 'cli'\nProvides-Extra: cli\n"
        );
        let mut archive = zip::ZipArchive::new(Cursor::new(built.bytes.to_vec())).unwrap();
        let mut record = String::new();
        archive
            .by_name("python_dotenv-1.0.dist-info/RECORD")
            .unwrap()
            .read_to_string(&mut record)
            .unwrap();
        assert_eq!(record.lines().count(), 5);
        assert!(record.starts_with("python_dotenv/__init__.py,sha256="));
    }
}
