//! The digest of everything that decides what an environment holds.
//!
//! Whatever is left out here can make a stale environment look current: when in doubt, it goes in.

use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::config::Config;
use crate::fs;
use crate::index::Indexes;
use crate::lock;
use crate::packaging::{Requirement, VersionOrUrl};
use crate::project::{MANIFEST, Project};
use crate::sys;
use crate::toolchain::pin;

/// Changes whenever the same inputs would lead to another environment.
const SCHEMA: &str = concat!("1 rye ", env!("CARGO_PKG_VERSION"));

/// Returns the digest of a project's inputs as they are on disk now.
pub(crate) fn digest(
    project: &Project,
    config: &Config,
    indexes: &Indexes,
) -> Result<String, fs::Error> {
    let mut digest = Digest(Sha256::new());
    digest.add("schema", SCHEMA);
    digest.add("manifest", project.text());
    for path in files(project) {
        digest.file(&path)?;
    }
    let Indexes { default, extra, find_links, trusted_hosts } = indexes;
    for url in [default].into_iter().chain(extra).chain(find_links) {
        digest.add("index", url.as_str());
    }
    digest.add("counts", format!("{} {}", extra.len(), find_links.len()));
    digest.add("hosts", trusted_hosts.join(" "));
    digest.add("toolchain", config.default.toolchain.as_deref().unwrap_or_default());
    digest.add("preference", format!("{:?}", config.toolchain.preference));
    Ok(fs::hexadecimal(&digest.0.finalize()))
}

struct Digest(Sha256);

impl Digest {
    /// Adds a value; its length keeps neighbours apart.
    fn add(&mut self, label: &str, content: impl AsRef<[u8]>) {
        let content = content.as_ref();
        self.0.update(label);
        self.0.update(content.len().to_le_bytes());
        self.0.update(content);
    }

    /// Adds a file, or that there is none.
    fn file(&mut self, path: &Path) -> Result<(), fs::Error> {
        self.add("file", sys::path_bytes(path));
        match fs::find(path)? {
            Some(content) => self.add("content", content),
            None => self.add("absent", ""),
        }
        Ok(())
    }
}

/// Returns the files that decide, those included that would decide if they existed.
fn files(project: &Project) -> Vec<PathBuf> {
    let root = project.root();
    let mut files: Vec<_> = lock::Kind::ALL.map(|kind| kind.path(project)).into();
    for directory in root.ancestors() {
        let path = directory.join(pin::FILE);
        let exists = fs::exists(&path);
        files.push(path);
        if exists {
            break;
        }
    }
    let manifest = project.manifest();
    if manifest.project.as_ref().is_none_or(|project| !project.dynamic.is_empty()) {
        files.extend(dynamic_metadata(project));
    }
    for text in project.requirement_texts() {
        if let Some(directory) = local_path(root, text) {
            let names = [MANIFEST, "setup.py", "setup.cfg"];
            files.extend(names.iter().map(|name| directory.join(name)));
            if directory.is_file() {
                files.push(directory);
            }
        }
    }
    files
}

/// Returns the path of a direct reference to a directory or a file on this machine.
fn local_path(root: &Path, requirement: &str) -> Option<PathBuf> {
    let requirement: Requirement = requirement.parse().ok()?;
    let Some(VersionOrUrl::Url(url)) = requirement.version_or_url else { return None };
    let path = url.as_str().strip_prefix("file:")?.split('#').next()?;
    let inside = path.trim_start_matches('/').strip_prefix("${PROJECT_ROOT}");
    if let Some(inside) = inside {
        let relative =
            url::Url::parse(&format!("file:///{}", inside.trim_start_matches('/'))).ok()?;
        return Some(root.join(relative.to_file_path().ok()?.strip_prefix("/").ok()?));
    }
    let base = url::Url::from_directory_path(root).ok()?;
    base.join(&format!("file:{path}")).ok()?.to_file_path().ok()
}

/// Returns the files that backends read dynamic metadata from, as far as the manifest names them.
fn dynamic_metadata(project: &Project) -> Vec<PathBuf> {
    let root = project.root();
    let mut files = vec![root.join("setup.py"), root.join("setup.cfg")];
    let tool = &project.manifest().tool;
    for table in [&tool.hatch, &tool.setuptools, &tool.flit, &tool.pdm].into_iter().flatten() {
        named_files(table, root, &mut files);
    }
    // a version can come from the repository: from its tags, or from where it is
    let git = root.join(".git");
    files.extend([git.join("HEAD"), git.join("packed-refs"), git.join("logs").join("HEAD")]);
    if let Some(name) = project.manifest().name() {
        // flit and others read `__version__` of the module
        let module = name.as_dist_info_name().into_owned();
        for base in [root.to_owned(), root.join("src")] {
            files.extend([
                base.join(&module).join("__init__.py"),
                base.join(format!("{module}.py")),
            ]);
        }
    }
    files
}

/// Collects every text of a table that is the path of a file, or the module of an attribute.
fn named_files(value: &Value, root: &Path, files: &mut Vec<PathBuf>) {
    match value {
        Value::String(text) => {
            let path = root.join(text);
            if path.is_file() {
                files.push(path);
            } else if let Some((module, _)) = text.rsplit_once('.') {
                let module = module.replace('.', "/");
                for base in [root.to_owned(), root.join("src")] {
                    let package = base.join(&module).join("__init__.py");
                    let module = base.join(format!("{module}.py"));
                    files.extend([package, module].into_iter().filter(|path| path.is_file()));
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| named_files(value, root, files)),
        Value::Object(table) => table.values().for_each(|value| named_files(value, root, files)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn direct_references_lead_to_local_paths() {
        #[track_caller]
        fn check(requirement: &str, expected: Option<&str>) {
            let path = local_path(Path::new("/home/me/project"), requirement);
            assert_eq!(path.as_deref(), expected.map(Path::new));
        }
        check("a @ file:///${PROJECT_ROOT}/libs/a", Some("/home/me/project/libs/a"));
        check("a @ file:///${PROJECT_ROOT}/my%20libs/a", Some("/home/me/project/my libs/a"));
        check("a @ file:///opt/a", Some("/opt/a"));
        check("a @ file:libs/a", Some("/home/me/project/libs/a"));
        check("a @ file:///opt/a-1.whl#sha256=00", Some("/opt/a-1.whl"));
        check("a @ https://index.invalid/a.whl", None);
        check("a>=1", None);
    }
}
