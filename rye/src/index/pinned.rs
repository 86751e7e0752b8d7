//! Distributions that come from one source and from no other.
//!
//! The engine asks one index after the other and keeps to the first that has a name. So Rye fetches the
//! pages of these distributions itself and keeps them in its cache as an index of files, which the engine
//! is given before all others: it finds their files there, and asks nobody else for them, nor this source
//! for anything else.

use std::path::{Path, PathBuf};

use url::Url;

use crate::fs;
use crate::http::{self, Client, Page};
use crate::index::html::{self, Link};
use crate::index::{Error, NoUrl, PAGES, SourceKind, json, page_of};
use crate::packaging::{PackageName, distribution_of};

/// A source, and the distributions that come from it alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pinned {
    /// The source's
    pub(crate) name: String,
    pub(crate) url: Url,
    pub(crate) kind: SourceKind,
    pub(crate) packages: Vec<PackageName>,
}

impl Pinned {
    /// Returns the directory of the pages. It has its own for each list of names: a page that was left
    /// behind would go on pinning its distribution.
    fn directory(&self, cache: &Path) -> PathBuf {
        let mut url = self.url.clone();
        http::remove_credentials(&mut url);
        let names: Vec<_> = self.packages.iter().map(AsRef::<str>::as_ref).collect();
        let key = format!("{:?} {url} {}", self.kind, names.join(" "));
        cache.join("pinned").join(&fs::sha256(key.as_bytes())[..32])
    }

    /// Tells whether a client is needed to know what the source has.
    pub(super) fn is_remote(&self) -> bool {
        self.url.scheme() != "file"
    }

    /// Brings the pages to what the source has now; those of a remote one are left as they were without a
    /// client. Returns the URL of the index that they make.
    pub(super) fn index(&self, cache: &Path, client: Option<&Client>) -> Result<Url, Error> {
        let directory = self.directory(cache);
        for name in &self.packages {
            let path = directory.join(name.to_string()).join("index.html");
            let links = match client {
                _ if !self.is_remote() => self.links_here(name)?,
                Some(client) => self.links(client, name)?,
                None if path.is_file() => continue,
                None => {
                    let (name, index) = (name.clone(), (&self.url).into());
                    return Err(Error::NotFetched { name, index });
                }
            };
            let page = format!("<!DOCTYPE html>\n<title>{name}</title>\n{links}");
            fs::write_private(&path, page)?;
        }
        Ok(Url::from_directory_path(&directory).expect("the cache has an absolute path"))
    }

    /// Returns links to the files of a distribution; none if the source does not know it: the engine must
    /// not look for it elsewhere.
    fn links(&self, client: &Client, name: &PackageName) -> Result<String, Error> {
        let (url, accept) = match self.kind {
            SourceKind::Index => (page_of(&self.url, name.as_ref()), PAGES),
            SourceKind::FindLinks => (self.url.clone(), "text/html"),
        };
        let page = match client.page(&url, accept) {
            Err(error) if error.is_absence() && self.kind == SourceKind::Index => {
                return Ok(String::new());
            }
            page => page?,
        };
        if page.content_type.contains("json") && self.kind == SourceKind::Index {
            return self.links_in(&page, name);
        }
        if !page.content_type.contains("html") {
            return Err(Error::NoPage { url: (&url).into(), content_type: page.content_type });
        }
        Ok(self.links_on(&page.text, &page.url, name))
    }

    /// Returns links to the files of a distribution that a page of the newer form has: that alone says when they were
    /// uploaded, and the engine reads files in the older one only.
    fn links_in(&self, page: &Page, name: &PackageName) -> Result<String, Error> {
        let files = json::files(&page.text)
            .map_err(|source| Error::Unreadable { url: (&page.url).into(), source })?;
        let files =
            files.iter().filter(|it| distribution_of(it.file_name()).as_ref() == Some(name));
        let links = files.filter_map(|file| {
            let url = file.url(&page.url)?;
            Some(file.link(with_credentials_of(&self.url, &url)))
        });
        Ok(links.collect())
    }

    /// Returns the same of a source on this machine: its pages are files, or directories with the
    /// distributions themselves.
    fn links_here(&self, name: &PackageName) -> Result<String, Error> {
        let root = self.url.to_file_path().map_err(|()| Error::Url {
            name: self.name.clone(),
            url: http::redacted_text(self.url.as_str()),
            source: NoUrl::Path,
        })?;
        fs::canonical(&root)?; // it may lack a distribution, and must be there itself
        let (place, page, url) = match self.kind {
            SourceKind::Index => {
                let place = root.join(name.to_string());
                let page = place.join("index.html");
                (place, page, page_of(&self.url, name.as_ref()))
            }
            SourceKind::FindLinks => (root.clone(), root, self.url.clone()),
        };
        if page.is_file() {
            return Ok(self.links_on(&fs::read_text(&page)?, &url, name));
        }
        let mut links = String::new();
        for file in fs::list(&place)? {
            let file_name = file.file_name().unwrap_or_default().to_string_lossy();
            if distribution_of(&file_name).as_ref() == Some(name) {
                let url = Url::from_file_path(&file).expect("the place has an absolute path");
                links.push_str(&html::link(&file_name, url.as_str(), []));
            }
        }
        Ok(links)
    }

    /// Returns the links on a page that lead to files of a distribution.
    fn links_on(&self, page: &str, url: &Url, name: &PackageName) -> String {
        let mut links = html::links(page, url);
        links.retain(|link| distribution_of(link.file_name()).as_ref() == Some(name));
        let complete =
            |link: Link<'_>| link.with_url(with_credentials_of(&self.url, &link.url).as_str());
        links.into_iter().map(complete).collect()
    }
}

/// Returns the URL of a file with the credentials of the index that names it, if that serves it itself.
pub(super) fn with_credentials_of(index: &Url, file: &Url) -> Url {
    let mut url = file.clone();
    if url.origin() == index.origin() && url.username().is_empty() && !index.username().is_empty() {
        let copied = url.set_username(index.username());
        let _always = copied.and_then(|()| url.set_password(index.password()));
    }
    url
}
