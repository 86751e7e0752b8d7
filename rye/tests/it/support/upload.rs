//! Uploads to an index: the form of the upload API, checked field by field.

use super::index::Index;
use super::server::{Request, Response};
use super::wheel::{Distribution, base64, normalized, sha256};

impl Index {
    /// Takes a distribution, or says what is wrong with the request.
    pub(super) fn upload(&mut self, request: &Request) -> Response {
        let Some((user, password)) = self.uploader.as_ref().filter(|_| request.path == "/legacy/")
        else {
            return Response::status(405);
        };
        let wanted = format!("Basic {}", base64(format!("{user}:{password}").as_bytes()));
        if request.header("Authorization") != Some(wanted.as_str()) {
            return Response::refusal(403, "Invalid or non-existent authentication information.");
        }
        match self.accept(request) {
            Ok(distribution) => {
                self.distributions.push(distribution);
                Response::ok("text/plain", *b"")
            }
            Err(words) => Response::refusal(400, &words),
        }
    }

    fn accept(&self, request: &Request) -> Result<Distribution, String> {
        let form = Form::parse(request).ok_or("no form")?;
        for (field, value) in [(":action", "file_upload"), ("protocol_version", "1")] {
            if form.text(field)? != value {
                return Err(format!("{field} is not {value}"));
            }
        }
        let content = form.find("content").ok_or("no content")?;
        let filename = content.filename.clone().ok_or("no file name")?;
        if form.text("sha256_digest")? != sha256(&content.value) {
            return Err("the digest is another one".to_owned());
        }
        let distribution = Distribution::raw(&filename, content.value.clone());
        let name = normalized(&form.text("name")?);
        if distribution.name != name || distribution.version != form.text("version")? {
            return Err("name or version are others than those of the file".to_owned());
        }
        let kind = if filename.ends_with(".tar.gz") { "sdist" } else { "bdist_wheel" };
        if form.text("filetype")? != kind {
            return Err(format!("filetype is not {kind}"));
        }
        if self.distributions.iter().any(|file| file.filename == filename) {
            return Err("File already exists".to_owned());
        }
        Ok(distribution)
    }
}

/// A form of several parts (RFC 7578).
struct Form(Vec<Part>);

struct Part {
    name: String,
    filename: Option<String>,
    value: Vec<u8>,
}

impl Form {
    fn parse(request: &Request) -> Option<Self> {
        let (_, boundary) = request.header("Content-Type")?.split_once("boundary=")?;
        let delimiter = format!("\r\n--{boundary}").into_bytes();
        let body = [b"\r\n", &request.body[..]].concat();
        let mut parts = Vec::new();
        let mut rest = after(&body, &delimiter)?;
        while let Some(part) = rest.strip_prefix(b"\r\n") {
            let end = position(part, &delimiter)?;
            rest = &part[end + delimiter.len()..];
            let head = position(part, b"\r\n\r\n")?;
            let headers = String::from_utf8_lossy(&part[..head]);
            let quoted = |key: &str| {
                let (_, value) = headers.split_once(&format!("; {key}=\""))?;
                value.split('"').next().map(str::to_owned)
            };
            let value = part[head + 4..end].to_vec();
            parts.push(Part { name: quoted("name")?, filename: quoted("filename"), value });
        }
        Some(Self(parts))
    }

    fn find(&self, name: &str) -> Option<&Part> {
        self.0.iter().find(|part| part.name == name)
    }

    fn text(&self, name: &str) -> Result<String, String> {
        let part = self.find(name).ok_or_else(|| format!("no field {name}"))?;
        String::from_utf8(part.value.clone()).map_err(|error| format!("{name}: {error}"))
    }
}

fn position(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

fn after<'a>(text: &'a [u8], part: &[u8]) -> Option<&'a [u8]> {
    position(text, part).map(|start| &text[start + part.len()..])
}
