//! Pages of files, as the Simple API has them in its newer form (PEP 691, PEP 700).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::html;

#[derive(Deserialize)]
struct Page {
    files: Vec<File>,
}

/// A file, and what the page says of it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct File {
    filename: String,
    url: String,
    #[serde(default)]
    hashes: BTreeMap<String, String>,
    requires_python: Option<String>,
    size: Option<u64>,
    upload_time: Option<String>,
    /// `true`, or the reason
    #[serde(default)]
    yanked: Value,
    /// `true`, or the digests of the metadata beside the file
    core_metadata: Option<Value>,
    /// What that was called first; a page may have both (PEP 714)
    dist_info_metadata: Option<Value>,
}

/// Returns the files of a page.
pub(super) fn files(page: &str) -> Result<Vec<File>, serde_json::Error> {
    serde_json::from_str(page).map(|Page { files }| files)
}

impl File {
    pub(super) fn file_name(&self) -> &str {
        &self.filename
    }

    /// Returns where the file is; none if that is no URL. A relative one starts from that of the page.
    pub(super) fn url(&self, page: &Url) -> Option<Url> {
        page.join(&self.url).ok()
    }

    /// Returns a link of the older form to the file, which says all that the page does.
    pub(super) fn link(&self, mut url: Url) -> String {
        if let Some(digest) = digest(self.hashes.iter()) {
            url.set_fragment(Some(&digest));
        }
        let metadata = match self.core_metadata.as_ref().or(self.dist_info_metadata.as_ref()) {
            Some(Value::Bool(true)) => Some("true".to_owned()),
            Some(Value::Object(hashes)) => {
                let hashes =
                    hashes.iter().filter_map(|(name, value)| Some((name, value.as_str()?)));
                Some(digest(hashes).unwrap_or_else(|| "true".to_owned()))
            }
            _ => None,
        };
        let yanked = match &self.yanked {
            Value::Bool(true) => Some(String::new()),
            Value::String(reason) => Some(reason.clone()),
            _ => None,
        };
        let attributes = [
            ("data-requires-python", self.requires_python.clone()),
            ("data-size", self.size.map(|size| size.to_string())),
            ("data-upload-time", self.upload_time.clone()),
            ("data-yanked", yanked),
            ("data-core-metadata", metadata),
        ];
        let attributes = attributes.into_iter().filter_map(|(name, value)| Some((name, value?)));
        html::link(&self.filename, url.as_str(), attributes)
    }
}

/// Returns a digest in the form of the older pages, which have room for one: SHA-256 where there is that.
fn digest<'a, T: AsRef<str>>(
    mut hashes: impl Iterator<Item = (&'a String, T)> + Clone,
) -> Option<String> {
    let mut others = hashes.clone();
    let (name, value) = hashes.find(|(name, _)| *name == "sha256").or_else(|| others.next())?;
    Some(format!("{name}={}", value.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_says_all_that_the_page_does() {
        #[track_caller]
        fn check(file: &str, expected: &str) {
            let page = Url::parse("https://index.invalid/simple/a/").unwrap();
            let files = files(&format!("{{\"meta\": {{}}, \"files\": [{file}]}}")).unwrap();
            let [file] = files.as_slice() else { panic!("there is one") };
            assert_eq!(file.link(file.url(&page).unwrap()), expected);
        }
        check(
            r#"{"filename": "a-1.whl", "url": "../../files/a-1.whl", "hashes": {"md5": "0", "sha256": "1"},
                "requires-python": ">=3.9", "size": 7, "upload-time": "2024-01-01T12:00:00Z",
                "yanked": "\"bad\"", "core-metadata": {"sha256": "2"}, "gpg-sig": false}"#,
            "<a href=\"https://index.invalid/files/a-1.whl#sha256=1\" data-requires-python=\"&gt;=3.9\" \
             data-size=\"7\" data-upload-time=\"2024-01-01T12:00:00Z\" data-yanked=\"&quot;bad&quot;\" \
             data-core-metadata=\"sha256=2\">a-1.whl</a>\n",
        );
        check(
            r#"{"filename": "a-1.whl", "url": "a-1.whl", "hashes": {"md5": "0"}, "requires-python": null,
                "yanked": false, "dist-info-metadata": true}"#,
            "<a href=\"https://index.invalid/simple/a/a-1.whl#md5=0\" data-core-metadata=\"true\">a-1.whl</a>\n",
        );
        check(
            r#"{"filename": "a-1.whl", "url": "a-1.whl", "yanked": true, "core-metadata": false,
                "dist-info-metadata": {"sha256": "2"}}"#,
            "<a href=\"https://index.invalid/simple/a/a-1.whl\" data-yanked=\"\">a-1.whl</a>\n",
        );
    }

    #[test]
    fn what_is_no_page_is_an_error() {
        for text in ["", "[]", "{}", r#"{"files": [{"url": "x"}]}"#] {
            assert!(files(text).is_err(), "{text}");
        }
    }
}
