//! A mirror of toolchains on the loopback interface, in the layout of a release, and the catalog that lists it.
//!
//! ```ignore
//! let mirror = Mirror::new().with(Fake::new("3.12.91")).serve();
//! let mut cx = TestContext::builder().without_index().without_engine().build();
//! mirror.name_to(&mut cx); // RYE_TOOLCHAIN_CATALOG and RYE_TOOLCHAIN_MIRROR
//! cx.rye(["fetch", "3.12"]).succeed();
//! ```
//!
//! A [`Fake`] toolchain is a few files, and its interpreter a script that answers rye's question about what it is, and
//! nothing else. [`relocatable`](super::relocatable) has a real one. Patch versions from 91 on are nobody's.

use std::fmt::Write as _;
use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::TestContext;
use super::archive::{Archive, Format};
use super::server::{Request, Response, Server};
use super::wheel::sha256;

/// The directory of every location, as a release has one.
const RELEASE: &str = "20240107";

/// Returns the machine's architecture as rye calls it.
fn arch() -> &'static str {
    match std::env::consts::ARCH {
        "arm" => "armv7",
        "powerpc64" => "ppc64le",
        arch => arch,
    }
}

/// Returns the platform of the machine as a catalog has it.
fn platform() -> String {
    let libc = match (std::env::consts::OS, cfg!(target_env = "musl")) {
        ("linux", true) => "-musl",
        ("linux", false) => "-gnu",
        _ => "",
    };
    format!("{}-{}{libc}", arch(), std::env::consts::OS)
}

/// A toolchain as a mirror has it, with what the catalog says about it.
#[derive(Clone, Debug)]
pub(crate) struct Build {
    /// What rye calls it on the platform it is for: `cpython@3.12.91+debug`.
    pub(crate) name: String,
    /// The name of the archive: `cpython-3.12.91+20240107-x86_64-linux-gnu-install_only.tar.gz`.
    pub(crate) filename: String,
    pub(crate) bytes: Arc<[u8]>,
    /// What is announced; the true one unless a test lies about it.
    pub(crate) sha256: String,
    /// The first four columns of its row.
    row: [String; 4],
}

impl Build {
    /// Returns the archive of a toolchain for this machine.
    pub(crate) fn new(
        [family, version, variant]: [&str; 3],
        flavour: &str,
        format: Format,
        bytes: impl Into<Arc<[u8]>>,
    ) -> Self {
        let bytes = bytes.into();
        let platform = platform();
        let suffix = format.suffix();
        let of_variant = |sign: &str| match variant {
            "plain" => String::new(),
            variant => format!("{sign}{variant}"),
        };
        let kind = of_variant("-");
        Self {
            name: format!("{family}@{version}{}", of_variant("+")),
            filename: format!("{family}-{version}+{RELEASE}-{platform}{kind}-{flavour}{suffix}"),
            sha256: sha256(&bytes),
            bytes,
            row: [family, version, &platform, variant].map(str::to_owned),
        }
    }

    /// Changes the platform that the catalog names.
    #[must_use]
    pub(crate) fn platform(mut self, platform: &str) -> Self {
        platform.clone_into(&mut self.row[2]);
        self.filename = format!("{platform}-{}", self.filename);
        self
    }

    /// Changes the digest that the catalog names.
    #[must_use]
    pub(crate) fn announced(mut self, sha256: &str) -> Self {
        sha256.clone_into(&mut self.sha256);
        self
    }
}

impl From<Fake> for Build {
    fn from(fake: Fake) -> Self {
        fake.build()
    }
}

/// A toolchain that is none, but answers as one.
#[derive(Clone, Debug)]
pub(crate) struct Fake {
    family: String,
    version: String,
    variant: String,
    format: Format,
    answer: Value,
    script: Option<String>,
    is_full: bool,
    archive: Archive,
}

impl Fake {
    /// Returns a `CPython` of this version for this machine.
    pub(crate) fn new(version: &str) -> Self {
        Self {
            family: "cpython".to_owned(),
            version: version.to_owned(),
            variant: "plain".to_owned(),
            format: Format::TarGz,
            answer: json!({
                "family": "cpython",
                "version": version,
                "arch": arch(),
                "os": std::env::consts::OS,
                "free_threaded": false,
                "debug": false,
                "is_venv": false,
            }),
            script: Some("#!/bin/sh\necho 'ANSWER'\n".to_owned()),
            is_full: false,
            archive: Archive::default(),
        }
    }

    #[must_use]
    pub(crate) fn family(mut self, family: &str) -> Self {
        family.clone_into(&mut self.family);
        self.says("family", family)
    }

    /// Sets the kind of build: `freethreaded`, `debug`, `freethreaded+debug`.
    #[must_use]
    pub(crate) fn variant(mut self, variant: &str) -> Self {
        variant.clone_into(&mut self.variant);
        let has = |word| variant.split('+').any(|part| part == word);
        self.says("free_threaded", has("freethreaded")).says("debug", has("debug"))
    }

    #[must_use]
    pub(crate) fn format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }

    /// Changes what the interpreter says of itself, whatever the catalog says.
    #[must_use]
    pub(crate) fn says(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.answer[key] = value.into();
        self
    }

    /// Changes the interpreter; `ANSWER` in it stands for what an honest one prints.
    #[must_use]
    pub(crate) fn script(mut self, text: &str) -> Self {
        self.script = Some(text.to_owned());
        self
    }

    #[must_use]
    pub(crate) fn without_interpreter(mut self) -> Self {
        self.script = None;
        self
    }

    /// Makes it an archive with `install/` and what it was built from beside it.
    #[must_use]
    pub(crate) fn full(mut self) -> Self {
        self.is_full = true;
        self
    }

    /// Adds entries behind those that every toolchain has; the leading directory is `python`.
    #[must_use]
    pub(crate) fn entries(mut self, add: impl FnOnce(Archive) -> Archive) -> Self {
        self.archive = add(self.archive);
        self
    }

    /// Adds a file of this many bytes that does not get smaller by packing.
    #[must_use]
    pub(crate) fn padding(self, length: usize) -> Self {
        let mut state = 1_u64;
        let noise = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state.to_be_bytes()[0]
        });
        let noise: Vec<_> = noise.take(length).collect();
        self.entries(|archive| archive.file("python/share/noise", noise))
    }

    pub(crate) fn build(self) -> Build {
        let top = if self.is_full { "python/install" } else { "python" };
        let mut archive = Archive::default().folder("python/");
        if self.is_full {
            archive = archive
                .file("python/PYTHON.json", "{}\n")
                .file("python/build/Modules/main.o", "an object file\n");
        }
        if let Some(script) = &self.script {
            let script = script.replace("ANSWER", &self.answer.to_string());
            archive = archive.program(&format!("{top}/bin/python3"), script);
        }
        archive = archive
            .link(&format!("{top}/bin/python"), "python3")
            .file(&format!("{top}/lib/os.py"), "name = \"posix\"\n");
        let bytes = archive.with(self.archive).pack(self.format);
        let flavour = if self.is_full { "pgo+lto-full" } else { "install_only" };
        Build::new([&self.family, &self.version, &self.variant], flavour, self.format, bytes)
    }
}

/// A mirror to be served.
#[derive(Clone, Debug)]
pub(crate) struct Mirror {
    builds: Vec<Build>,
    has_ranges: bool,
    redirects: bool,
    resumed: Option<Arc<[u8]>>,
}

impl Mirror {
    pub(crate) fn new() -> Self {
        Self { builds: Vec::new(), has_ranges: true, redirects: false, resumed: None }
    }

    #[must_use]
    pub(crate) fn with(mut self, build: impl Into<Build>) -> Self {
        self.builds.push(build.into());
        self
    }

    /// Makes it a server that knows neither ranges nor tags, and always sends all.
    #[must_use]
    pub(crate) fn without_ranges(mut self) -> Self {
        self.has_ranges = false;
        self
    }

    /// Makes it send everybody on to the place that the catalog names.
    #[must_use]
    pub(crate) fn redirecting(mut self) -> Self {
        self.redirects = true;
        self
    }

    /// Makes it serve something else to whoever asks for the rest of a file.
    #[must_use]
    pub(crate) fn resumed_as(mut self, bytes: impl Into<Arc<[u8]>>) -> Self {
        self.resumed = Some(bytes.into());
        self
    }

    pub(crate) fn serve(self) -> RunningMirror {
        let mirror = Arc::new(Mutex::new(self));
        let server = Server::start({
            let mirror = Arc::clone(&mirror);
            move |request| mirror.lock().unwrap().answer(request)
        });
        let folder = tempfile::Builder::new().prefix("rye-it-mirror-").tempdir().unwrap();
        let running = RunningMirror { server, mirror, folder };
        running.write_catalog();
        running
    }

    fn answer(&self, request: &Request) -> Response {
        let path = request.path.trim_start_matches('/');
        let place = path.split_once('/').filter(|(top, _)| ["mirror", "base"].contains(top));
        let found = place.and_then(|(_, place)| {
            let filename = place.strip_prefix(RELEASE)?.strip_prefix('/')?;
            let filename = filename.replace("%2B", "+").replace("%2b", "+");
            self.builds.iter().find(|build| build.filename == filename)
        });
        let Some(build) = found else { return Response::status(404) };
        if self.redirects && path.starts_with("mirror/") {
            return Response::status(302).header("Location", format!("/base/{}", location(build)));
        }
        let resumed = self.resumed.as_ref().filter(|_| request.header("Range").is_some());
        let bytes = resumed.unwrap_or(&build.bytes);
        let response = Response::ok("application/octet-stream", Arc::clone(bytes));
        if self.has_ranges { response.conditional(request, &sha256(bytes)) } else { response }
    }

    fn build(&self, name: &str) -> &Build {
        let found = self.builds.iter().find(|build| build.name == name);
        found.unwrap_or_else(|| panic!("the mirror has no {name}"))
    }
}

/// A mirror that is being served, until it is dropped; what its [`Server`] can do, it can.
#[derive(Debug)]
pub(crate) struct RunningMirror {
    server: Server,
    mirror: Arc<Mutex<Mirror>>,
    folder: TempDir,
}

impl RunningMirror {
    /// Returns the address to be used as a mirror, without a slash at the end.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/mirror", self.host())
    }

    /// Returns where the catalog says that the archives are: a place of its own, so that the requests tell them apart.
    pub(crate) fn base_url(&self) -> String {
        format!("http://{}/base/", self.host())
    }

    /// Returns the path of an archive on the mirror, for requests and faults: that of `cpython@3.12.91`, say.
    #[track_caller]
    pub(crate) fn path(&self, name: &str) -> String {
        format!("/mirror/{}", self.location(name))
    }

    /// Returns the address of an archive on the mirror.
    #[track_caller]
    pub(crate) fn archive_url(&self, name: &str) -> String {
        format!("http://{}{}", self.host(), self.path(name))
    }

    /// Returns the place of an archive as the catalog has it.
    #[track_caller]
    pub(crate) fn location(&self, name: &str) -> String {
        location(self.mirror.lock().unwrap().build(name))
    }

    /// Returns what the mirror has for a name.
    #[track_caller]
    pub(crate) fn build(&self, name: &str) -> Build {
        self.mirror.lock().unwrap().build(name).clone()
    }

    /// Returns the requests for an archive, wherever they went.
    #[track_caller]
    pub(crate) fn requests_for(&self, name: &str) -> Vec<Request> {
        let location = self.location(name);
        let mut requests = self.requests();
        requests.retain(|request| request.path.ends_with(&location));
        requests
    }

    /// Serves something else in the place of a build from now on; the catalog does not change.
    #[track_caller]
    pub(crate) fn replace(&self, name: &str, bytes: impl Into<Arc<[u8]>>) {
        let mut mirror = self.mirror.lock().unwrap();
        let found = mirror.builds.iter_mut().find(|build| build.name == name);
        found.expect("a build of the mirror").bytes = bytes.into();
    }

    /// Adds a build, also to the catalog.
    pub(crate) fn publish(&self, build: impl Into<Build>) {
        self.mirror.lock().unwrap().builds.push(build.into());
        self.write_catalog();
    }

    /// Returns the file that lists the mirror.
    pub(crate) fn catalog(&self) -> PathBuf {
        self.folder.path().join("catalog.txt")
    }

    /// Returns a directory with the same files, to be used as a mirror.
    pub(crate) fn directory(&self) -> PathBuf {
        let folder = self.folder.path().join("mirror");
        fs::create_dir_all(folder.join(RELEASE)).unwrap();
        for build in &self.mirror.lock().unwrap().builds {
            fs::write(folder.join(RELEASE).join(&build.filename), &build.bytes).unwrap();
        }
        folder
    }

    /// Returns an archive in that directory.
    #[track_caller]
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.directory().join(RELEASE).join(self.build(name).filename)
    }

    /// Makes a world use the catalog and the mirror.
    pub(crate) fn name_to(&self, cx: &mut TestContext) {
        self.name_catalog_to(cx);
        cx.set_env("RYE_TOOLCHAIN_MIRROR", self.url());
    }

    /// Makes a world use the catalog, and the place that it names.
    pub(crate) fn name_catalog_to(&self, cx: &mut TestContext) {
        cx.set_env("RYE_TOOLCHAIN_CATALOG", self.catalog());
        cx.mask(self.folder.path(), "[FOLDER]");
        cx.mask(self.url(), "[MIRROR]");
        cx.mask(self.base_url().trim_end_matches('/'), "[BASE]");
        cx.mask(platform(), "[PLATFORM]");
    }

    fn write_catalog(&self) {
        let text = catalog(&self.mirror.lock().unwrap().builds, &self.base_url());
        fs::write(self.catalog(), text).unwrap();
    }
}

impl Deref for RunningMirror {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

fn location(build: &Build) -> String {
    format!("{RELEASE}/{}", build.filename.replace('+', "%2B"))
}

fn catalog(builds: &[Build], base: &str) -> String {
    let mut text = "# what the mirror of the tests has\nschema 1\n".to_owned();
    let mut families: Vec<_> = builds.iter().map(|build| &build.row[0]).collect();
    families.sort();
    families.dedup();
    for family in families {
        writeln!(text, "base {family} {base}").unwrap();
    }
    for build in builds {
        writeln!(text, "{} {} {}", build.row.join(" "), location(build), build.sha256).unwrap();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;
    use std::process::Command;

    use super::*;

    fn get(mirror: &RunningMirror, path: &str) -> Vec<u8> {
        let mut stream = TcpStream::connect(mirror.host()).unwrap();
        stream.write_all(format!("GET {path} HTTP/1.1\r\n\r\n").as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        answer
    }

    /// Returns what an interpreter answers, whatever it is asked.
    fn answer(folder: &Path, place: &str) -> Value {
        let output = Command::new(folder.join(place)).args(["-I", "-c", "pass"]).output().unwrap();
        assert!(output.status.success());
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn unpack(build: &Build) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        let tar = flate2::read::GzDecoder::new(&build.bytes[..]);
        tar::Archive::new(tar).unpack(folder.path()).unwrap();
        folder
    }

    #[test]
    fn serves_what_it_has() {
        let mirror = Mirror::new()
            .with(Fake::new("3.12.91").format(Format::Zip))
            .with(Fake::new("3.13.91").variant("freethreaded+debug").full())
            .with(Fake::new("3.10.91").family("pypy").format(Format::TarBz2))
            .serve();
        for name in ["cpython@3.12.91", "cpython@3.13.91+freethreaded+debug", "pypy@3.10.91"] {
            let build = mirror.build(name);
            let answer = get(&mirror, &mirror.path(name));
            assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n"));
            assert!(answer.ends_with(&build.bytes));
            assert!(String::from_utf8_lossy(&answer).contains("ETag"));
            assert_eq!(fs::read(mirror.file(name)).unwrap(), *build.bytes);
            assert_eq!(mirror.requests_for(name).len(), 1);
            assert!(mirror.archive_url(name).starts_with(&mirror.url()));
        }
        assert!(get(&mirror, "/mirror/other").starts_with(b"HTTP/1.1 404"));
    }

    #[test]
    fn a_mirror_changes_while_it_runs() {
        let mirror = Mirror::new().with(Fake::new("3.12.91")).without_ranges().serve();
        mirror.replace("cpython@3.12.91", *b"other");
        let answer = get(&mirror, &mirror.path("cpython@3.12.91"));
        assert!(answer.ends_with(b"\r\n\r\nother"));
        assert!(!String::from_utf8_lossy(&answer).contains("ETag"));
        mirror.publish(Fake::new("3.12.92").padding(1000));
        let catalog = fs::read_to_string(mirror.catalog()).unwrap();
        assert!(catalog.contains(&mirror.build("cpython@3.12.92").sha256), "{catalog}");
        assert!(mirror.build("cpython@3.12.92").bytes.len() > 1000);
    }

    #[test]
    fn a_fake_answers_like_an_interpreter() {
        let folder = unpack(&Fake::new("3.12.91").says("arch", "s390x").build());
        let said = answer(folder.path(), "python/bin/python");
        assert_eq!(said["version"], "3.12.91");
        assert_eq!(said["arch"], "s390x");
        let full = Fake::new("3.13.91").variant("debug").full();
        let folder = unpack(&full.script("#!/bin/sh\n: > \"$0.ran\"\necho 'ANSWER'\n").build());
        assert_eq!(answer(folder.path(), "python/install/bin/python3")["debug"], true);
        assert!(folder.path().join("python/install/bin/python3.ran").exists());
        let folder = unpack(&Fake::new("3.12.91").without_interpreter().build());
        assert!(!folder.path().join("python/bin/python3").exists());
    }
}
