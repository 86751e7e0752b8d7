//! A package index on the loopback interface: the Simple API (PEP 503, 592, 658, 691, 700) over distributions in memory.
//!
//! Beside `/simple/` it serves `/links/`, one flat page of all files, and `/files/…`, the files themselves. It takes uploads
//! at `/legacy/` if told whose.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::ops::Deref;
use std::sync::{Arc, LazyLock, Mutex};

use serde_json::{Value, json};

use super::server::{Request, Response, Server};
use super::wheel::{Distribution, Sdist, Wheel, base64, normalized, sha256};

const JSON: &str = "application/vnd.pypi.simple.v1+json";
const HTML: &str = "application/vnd.pypi.simple.v1+html";

/// An index to be served.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    pub(super) distributions: Vec<Distribution>,
    files: BTreeMap<String, Arc<[u8]>>,
    moved: BTreeMap<String, String>,
    login: Option<(String, String)>,
    pub(super) uploader: Option<(String, String)>,
    cache_control: String,
    only_html: bool,
}

impl Index {
    /// Returns an index without any distribution.
    pub(crate) fn new() -> Self {
        Self {
            distributions: Vec::new(),
            files: BTreeMap::new(),
            moved: BTreeMap::new(),
            login: None,
            uploader: None,
            cache_control: "max-age=600".to_owned(),
            only_html: false,
        }
    }

    /// Returns a small believable world; [`standard`] lists it.
    pub(crate) fn standard() -> Self {
        static WORLD: LazyLock<Index> = LazyLock::new(standard);
        WORLD.clone()
    }

    #[must_use]
    pub(crate) fn with(mut self, distribution: impl Into<Distribution>) -> Self {
        self.distributions.push(distribution.into());
        self
    }

    /// Makes every request without these credentials end in 401.
    #[must_use]
    pub(crate) fn with_login(mut self, user: &str, password: &str) -> Self {
        self.login = Some((user.to_owned(), password.to_owned()));
        self
    }

    /// Takes uploads of this account at [`RunningIndex::upload_url`].
    #[must_use]
    pub(crate) fn with_uploader(mut self, user: &str, password: &str) -> Self {
        self.uploader = Some((user.to_owned(), password.to_owned()));
        self
    }

    /// Changes the pages' header from `max-age=600`, with which clients do not ask twice.
    #[must_use]
    pub(crate) fn with_cache_control(mut self, value: &str) -> Self {
        value.clone_into(&mut self.cache_control);
        self
    }

    /// Makes it an index of the older kind: no JSON (PEP 691), and no metadata beside the files (PEP 658).
    #[must_use]
    pub(crate) fn only_html(mut self) -> Self {
        self.only_html = true;
        self
    }

    pub(crate) fn serve(self) -> RunningIndex {
        let login = self.login.clone();
        let index = Arc::new(Mutex::new(self));
        let server = Server::start({
            let index = Arc::clone(&index);
            move |request| index.lock().unwrap().answer(request)
        });
        RunningIndex { server, index, login }
    }

    fn answer(&mut self, request: &Request) -> Response {
        if request.method == "POST" {
            return self.upload(request);
        }
        if let Some((user, password)) = &self.login {
            let wanted = format!("Basic {}", base64(format!("{user}:{password}").as_bytes()));
            if request.header("Authorization") != Some(wanted.as_str()) {
                let realm = "Basic realm=\"index\"";
                return Response::status(401).header("WWW-Authenticate", realm);
            }
        }
        let path = request.path.trim_matches('/');
        let parts: Vec<_> = path.splitn(2, '/').collect();
        match parts[..] {
            ["simple"] => self.root(request),
            ["simple", name] => self.page(request, &normalized(name)),
            ["links"] => {
                let body = page("links", &self.distributions, |file| {
                    format!("../files/{}", file.filename)
                });
                self.text(request, "text/html", body)
            }
            ["files", path] => self.file(request, path),
            _ => Response::status(404),
        }
    }

    fn root(&self, request: &Request) -> Response {
        let names: BTreeSet<_> = self.distributions.iter().map(|file| &file.name).collect();
        if self.speaks_json(request) {
            let projects: Vec<_> = names.iter().map(|name| json!({ "name": name })).collect();
            let body = json!({ "meta": { "api-version": "1.1" }, "projects": projects });
            return self.text(request, JSON, body.to_string());
        }
        let links = names.iter().fold(String::new(), |mut text, name| {
            writeln!(text, "<a href=\"{name}/\">{name}</a><br/>").unwrap();
            text
        });
        self.text(request, html_type(request), document("index", &links))
    }

    fn page(&self, request: &Request, name: &str) -> Response {
        let of_project = self.distributions.iter().filter(|file| file.name == name);
        let files: Vec<_> = of_project.cloned().collect();
        if files.is_empty() {
            return Response::status(404);
        }
        let url = |file: &Distribution| format!("../../files/{}", file.filename);
        if !self.speaks_json(request) {
            let metadata = |mut file: Distribution| {
                file.metadata = file.metadata.filter(|_| !self.only_html);
                file
            };
            let files: Vec<_> = files.into_iter().map(metadata).collect();
            return self.text(request, html_type(request), page(name, &files, url));
        }
        let versions: BTreeSet<_> = files.iter().map(|file| &file.version).collect();
        let body = json!({
            "meta": { "api-version": "1.1" },
            "name": name,
            "versions": versions,
            "files": files.iter().map(|file| described(file, &url(file))).collect::<Vec<_>>(),
        });
        self.text(request, JSON, body.to_string())
    }

    fn file(&self, request: &Request, path: &str) -> Response {
        if let Some(url) = self.moved.get(path) {
            return Response::status(302).header("Location", url);
        }
        let mut distributions = self.distributions.iter();
        let metadata = path.strip_suffix(".metadata");
        let found = match metadata.filter(|_| !self.only_html) {
            Some(filename) => distributions
                .find(|file| file.filename == filename)
                .and_then(|file| file.metadata.clone()),
            None => {
                distributions.find(|file| file.filename == path).map(|file| Arc::clone(&file.bytes))
            }
        };
        match found.or_else(|| self.files.get(path).cloned()) {
            Some(bytes) => {
                let tag = sha256(&bytes);
                Response::ok("application/octet-stream", bytes)
                    .header("Cache-Control", "max-age=365000000, immutable")
                    .conditional(request, &tag)
            }
            None => Response::status(404),
        }
    }

    fn text(&self, request: &Request, content_type: &str, body: String) -> Response {
        let tag = sha256(body.as_bytes());
        Response::ok(content_type, body.into_bytes())
            .header("Cache-Control", self.cache_control.clone())
            .header("Vary", "Accept")
            .conditional(request, &tag)
    }

    fn speaks_json(&self, request: &Request) -> bool {
        !self.only_html && accepts(request, JSON)
    }
}

/// An index that is being served, until it is dropped; what its [`Server`] can do, it can.
#[derive(Debug)]
pub(crate) struct RunningIndex {
    server: Server,
    index: Arc<Mutex<Index>>,
    login: Option<(String, String)>,
}

impl RunningIndex {
    /// Returns the address of the Simple API, without the credentials and without a slash at the end.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/simple", self.host())
    }

    /// Returns the same with the credentials in it, if there are any.
    pub(crate) fn url_with_login(&self) -> String {
        match &self.login {
            Some((user, password)) => format!("http://{user}:{password}@{}/simple", self.host()),
            None => self.url(),
        }
    }

    /// Returns the address of the flat page for `--find-links`.
    pub(crate) fn links_url(&self) -> String {
        format!("http://{}/links/", self.host())
    }

    /// Returns the address for uploads.
    pub(crate) fn upload_url(&self) -> String {
        format!("http://{}/legacy/", self.host())
    }

    /// Returns the names of the files that are there, in the order of their arrival.
    pub(crate) fn files_of(&self, name: &str) -> Vec<String> {
        let index = self.index.lock().unwrap();
        let files = index.distributions.iter().filter(|file| file.name == name);
        files.map(|file| file.filename.clone()).collect()
    }

    /// Returns the address of a file.
    pub(crate) fn file_url(&self, path: &str) -> String {
        format!("http://{}/files/{path}", self.host())
    }

    /// Adds a distribution while the index is running.
    pub(crate) fn publish(&self, distribution: impl Into<Distribution>) {
        let distribution = distribution.into();
        self.index.lock().unwrap().distributions.push(distribution);
    }

    /// Sends whoever asks for a file somewhere else.
    pub(crate) fn redirect(&self, path: &str, url: &str) {
        self.index.lock().unwrap().moved.insert(path.to_owned(), url.to_owned());
    }

    /// Removes the distributions of a name and a version while the index is running.
    pub(crate) fn withdraw(&self, name: &str, version: &str) {
        let mut index = self.index.lock().unwrap();
        let kept = |file: &Distribution| file.name != normalized(name) || file.version != version;
        index.distributions.retain(kept);
    }
}

impl Deref for RunningIndex {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

fn accepts(request: &Request, content_type: &str) -> bool {
    let header = request.header("Accept").unwrap_or_default();
    header.split(',').any(|part| {
        let mut parts = part.split(';').map(str::trim);
        parts.next() == Some(content_type)
    })
}

fn html_type(request: &Request) -> &'static str {
    if accepts(request, HTML) { HTML } else { "text/html" }
}

fn described(file: &Distribution, url: &str) -> Value {
    let metadata = match &file.metadata {
        Some(text) => json!({ "sha256": sha256(text) }),
        None => json!(false),
    };
    json!({
        "filename": file.filename,
        "url": url,
        "hashes": { "sha256": file.sha256 },
        "requires-python": file.requires_python,
        "size": file.bytes.len(),
        "upload-time": file.upload_time,
        "yanked": file.yanked.as_ref().map_or(json!(false), |reason| json!(reason)),
        "core-metadata": metadata,
    })
}

fn page(title: &str, files: &[Distribution], url: impl Fn(&Distribution) -> String) -> String {
    let links = files.iter().fold(String::new(), |mut text, file| {
        write!(text, "<a href=\"{}#sha256={}\"", url(file), file.sha256).unwrap();
        if let Some(specifiers) = &file.requires_python {
            write!(text, " data-requires-python=\"{}\"", escaped(specifiers)).unwrap();
        }
        if let Some(reason) = &file.yanked {
            write!(text, " data-yanked=\"{}\"", escaped(reason)).unwrap();
        }
        if let Some(metadata) = &file.metadata {
            write!(text, " data-core-metadata=\"sha256={}\"", sha256(metadata)).unwrap();
        }
        writeln!(text, ">{}</a><br/>", file.filename).unwrap();
        text
    });
    document(title, &links)
}

fn document(title: &str, links: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html><head><meta name=\"pypi:repository-version\" content=\"1.1\">\
         <title>{title}</title></head><body>\n{links}</body></html>\n"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Builds the world that most tests live in.
///
/// `flask` (2.3.3, 3.0.0; extra `dotenv`), `anyio` and what they need; `tqdm` and `urllib3`, which need nothing;
/// `prerelease` (1.0.0 and 2.0.0rc1); `conflict-a` and `conflict-b`, which cannot be installed together; `modern`
/// (2.0 wants Python 3.12 or newer, 1.0 any); `withdrawn` (1.1 is yanked); `source-only`, an sdist that must be built;
/// `tool-demo`, a program that prints its arguments; and stand-ins for the build backends.
fn standard() -> Index {
    let flask = |version: &str, werkzeug: &str| {
        Wheel::new("Flask", version)
            .requires_python(">=3.8")
            .requires(werkzeug)
            .requires("Jinja2>=3.1.2")
            .requires("itsdangerous>=2.1.2")
            .requires("click>=8.1.3")
            .requires("blinker>=1.6.2")
            .extra("dotenv", "python-dotenv")
            .entry_point("flask", "flask.cli:main")
            .module("flask/__init__.py", format!("__version__ = \"{version}\"\n"))
            .module("flask/cli.py", "def main():\n    print(\"flask\")\n")
    };
    let demo = "import sys\n\n\ndef main():\n    print(\"tool-demo\", *sys.argv[1:])\n";
    Index::new()
        .with(flask("2.3.3", "Werkzeug>=2.3.7"))
        .with(flask("3.0.0", "Werkzeug>=3.0.0"))
        .with(Wheel::new("Werkzeug", "3.0.1").requires("MarkupSafe>=2.1.1"))
        .with(Wheel::new("Jinja2", "3.1.2").requires("MarkupSafe>=2.0"))
        .with(Wheel::new("MarkupSafe", "2.1.3"))
        .with(Wheel::new("itsdangerous", "2.1.2"))
        .with(Wheel::new("blinker", "1.7.0"))
        .with(Wheel::new("click", "8.1.7").requires("colorama; platform_system == \"Windows\""))
        .with(Wheel::new("python-dotenv", "1.0.0").module("dotenv/__init__.py", ""))
        .with(Wheel::new("colorama", "0.4.6"))
        .with(Wheel::new("anyio", "4.0.0").requires("idna>=2.8").requires("sniffio>=1.1"))
        .with(Wheel::new("idna", "2.10"))
        .with(Wheel::new("idna", "3.4"))
        .with(Wheel::new("sniffio", "1.3.0"))
        .with(Wheel::new("tqdm", "4.66.1").requires("colorama; platform_system == \"Windows\""))
        .with(Wheel::new("urllib3", "2.1.0"))
        .with(Wheel::new("prerelease", "1.0.0"))
        .with(Wheel::new("prerelease", "2.0.0rc1"))
        .with(Wheel::new("conflict-a", "1.0.0").requires("idna<3"))
        .with(Wheel::new("conflict-b", "1.0.0").requires("idna>=3"))
        .with(Wheel::new("modern", "1.0"))
        .with(Wheel::new("modern", "2.0").requires_python(">=3.12"))
        .with(Wheel::new("withdrawn", "1.0"))
        .with(Wheel::new("withdrawn", "1.1").build().yanked("broken"))
        .with(Sdist::new("source-only", "1.0").requires("idna"))
        .with(
            Wheel::new("tool-demo", "1.0.0")
                .entry_point("tool-demo", "tool_demo:main")
                .module("tool_demo/__init__.py", demo),
        )
        .with(Wheel::backend("hatchling", "1.18.0", "hatchling.build"))
        .with(Wheel::backend("setuptools", "69.0.2", "setuptools.build_meta"))
        .with(Wheel::backend("flit-core", "3.9.0", "flit_core.buildapi"))
        .with(Wheel::backend("pdm-backend", "2.1.7", "pdm.backend"))
        .with(Wheel::backend("maturin", "1.3.2", "maturin"))
}
