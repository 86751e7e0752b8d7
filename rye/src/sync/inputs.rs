//! The digest of everything that decides what an environment holds.
//!
//! Whatever is left out here can make a stale environment look current: when in doubt, it goes in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::config::Config;
use crate::env::Env;
use crate::fs;
use crate::index::{Indexes, Pinned};
use crate::lock;
use crate::packaging::{self, VersionOrUrl};
use crate::project::{MANIFEST, Project};
use crate::sync::Error;
use crate::sys;
use crate::toolchain::pin;
use crate::workspace::{Survey, Workspace};

/// Changes whenever the same inputs would lead to another environment.
const SCHEMA: &str = concat!("4 rye ", env!("CARGO_PKG_VERSION"));

/// The variable that Rye itself gives to the engine.
const PROJECT_ROOT: &str = "PROJECT_ROOT";

/// Returns the digest of all that lockfiles are made from, as it is now.
pub(crate) fn declared(
    env: &Env,
    survey: &Survey,
    config: &Config,
    indexes: &Indexes,
) -> Result<String, Error> {
    let mut digest = Digest(Sha256::new());
    digest.add("schema", SCHEMA);
    let directory = survey.root().root();
    for path in pins(directory) {
        digest.file(&path)?;
    }
    let mut places = Places::default();
    let files: Vec<_> = survey.files().collect();
    let looks = fs::in_parallel(&files, fs::LOOKS, |(file, _)| {
        (file.root().is_symlink(), may_refer(file.text())) // a workspace may have a thousand
    });
    for ((file, project), (is_link, may_refer)) in files.into_iter().zip(looks) {
        digest.add("member", sys::path_bytes(file.path()));
        // a link that leads elsewhere brings other sources, also where the manifests say the same
        digest.add("place", sys::path_bytes(&places.of(file.root(), is_link)?));
        digest.add("manifest", file.text());
        if !may_refer {
            continue;
        }
        match project {
            Some(project) => digest.references(env, directory, project)?,
            None => digest.references(env, directory, &Project::parse(Arc::clone(file))?)?,
        }
    }
    let Indexes { default, extra, find_links, pinned, trusted_hosts, made: _ } = indexes;
    for url in [default].into_iter().chain(extra).chain(find_links) {
        digest.add("index", url.as_str());
    }
    for Pinned { url, kind, packages, .. } in pinned {
        digest.add("pinned", url.as_str());
        digest.add("packages", format!("{kind:?} {packages:?}"));
    }
    digest.add("counts", format!("{} {} {}", extra.len(), find_links.len(), pinned.len()));
    digest.add("hosts", trusted_hosts.join(" "));
    digest.add("toolchain", config.default.toolchain.as_deref().unwrap_or_default());
    digest.add("preference", format!("{:?}", config.toolchain.preference));
    Ok(digest.finish())
}

/// Tells whether a manifest may say that the files of a build, other manifests or variables decide about the project,
/// too. Most do not, which can be seen without understanding them.
fn may_refer(text: &str) -> bool {
    // a comment may speak of the table, and a text over several lines look like it
    let has_table = text.lines().any(|line| line.trim_start().starts_with("[project]"));
    // an escape may stand for any letter
    let signs = ["\"\"\"", "'''", "dynamic", "file:", "${", "\\"];
    !has_table || signs.iter().any(|sign| text.contains(sign))
}

/// Returns the digest of a workspace's inputs, the lockfiles included.
pub(crate) fn with_lockfiles(
    declared: &str,
    env: &Env,
    directory: &Path,
) -> Result<String, fs::Error> {
    let mut digest = Digest(Sha256::new());
    digest.add("declared", declared);
    for kind in lock::Kind::ALL {
        let content = fs::find(&kind.path(directory))?;
        digest.add("lockfile", kind.file_name());
        digest.content(content.as_deref());
        let text = String::from_utf8_lossy(content.as_deref().unwrap_or_default());
        // directories that local dependencies need in their turn stand only here
        for requirement in direct_references(&text) {
            for path in local_files(env, directory, directory, requirement) {
                digest.file(&path)?;
            }
        }
    }
    Ok(digest.finish())
}

/// Returns a digest for each project, by its place, of what decides how it is installed and the engine does not look
/// at: where its sources are, and the files that decide about metadata which a build makes up.
pub(crate) fn built(workspace: &Workspace) -> Result<BTreeMap<String, String>, fs::Error> {
    let mut built = BTreeMap::new();
    for member in workspace.members().filter(|member| !member.is_virtual()) {
        let mut digest = Digest(Sha256::new());
        digest.add("place", sys::path_bytes(&fs::canonical(member.root())?));
        if is_dynamic(member) {
            digest.add("manifest", member.file().text());
            for path in dynamic_metadata(member) {
                digest.file(&path)?;
            }
        }
        built.insert(workspace.place(member), digest.finish());
    }
    Ok(built)
}

/// Knows where directories lead to, and looks no more often than it has to.
#[derive(Default)]
struct Places {
    /// The directory that the last one was in, and where that leads to
    parent: Option<(PathBuf, PathBuf)>,
}

impl Places {
    fn of(&mut self, directory: &Path, is_link: bool) -> Result<PathBuf, fs::Error> {
        let parts = directory.parent().zip(directory.file_name()).filter(|_| !is_link);
        let Some((parent, name)) = parts else { return fs::canonical(directory) };
        let known = self.parent.take().filter(|(known, _)| known == parent);
        let known = known
            .map_or_else(|| Ok((parent.to_owned(), fs::canonical(parent)?)), Ok::<_, fs::Error>)?;
        let (_, place) = self.parent.insert(known);
        Ok(place.join(name))
    }
}

struct Digest(Sha256);

impl Digest {
    fn finish(self) -> String {
        fs::hexadecimal(&self.0.finalize())
    }

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
        // a distribution may be large, and nobody edits one
        if path.extension().is_some_and(|extension| extension == "whl" || extension == "gz") {
            for part in fs::stamp(path)?.unwrap_or_default() {
                self.add("stamp", part.to_le_bytes());
            }
            return Ok(());
        }
        self.content(fs::find(path)?.as_deref());
        Ok(())
    }

    /// Adds what a manifest says that decides about the project, too.
    fn references(&mut self, env: &Env, root: &Path, project: &Project) -> Result<(), fs::Error> {
        for path in dynamic_metadata(project) {
            self.file(&path)?;
        }
        for (_, texts) in project.manifest().lists() {
            for text in texts {
                for path in local_files(env, root, project.root(), text) {
                    self.file(&path)?;
                }
                for name in variables(text) {
                    self.add("variable", name);
                    self.add("value", env.var(name).unwrap_or_default());
                }
            }
        }
        Ok(())
    }

    fn content(&mut self, content: Option<&[u8]>) {
        match content {
            Some(content) => self.add("content", content),
            None => self.add("absent", ""),
        }
    }
}

/// Returns the files that may pin the Python of a directory, those included that would if they existed.
fn pins(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for directory in directory.ancestors() {
        let path = directory.join(pin::FILE);
        // a link that leads nowhere pins nothing, as if it were not there
        let is_found = path.exists();
        files.push(path);
        if is_found {
            break;
        }
    }
    files
}

/// Returns the files that describe a direct reference to a directory or a file on this machine.
fn local_files(env: &Env, root: &Path, base: &Path, requirement: &str) -> Vec<PathBuf> {
    let value = |name: &str| env.var(name).map(str::to_owned);
    let Some(directory) = local_path(root, base, requirement, value) else { return Vec::new() };
    if directory.is_file() {
        return vec![directory];
    }
    [MANIFEST, "setup.py", "setup.cfg"].iter().map(|name| directory.join(name)).collect()
}

/// Returns what a lockfile locks by a path, as far as [`local_path`] can read it: to parse every entry would take
/// a while.
fn direct_references(lockfile: &str) -> impl Iterator<Item = &str> {
    // what begins like an option is one, the members of a workspace among them
    let lines = lockfile.lines().filter(|line| line.contains("file:") && !line.starts_with('-'));
    lines.map(|line| {
        let line = line.trim_start_matches('\u{feff}').trim_end_matches(['\\', ' ', '\t']);
        let excluded = line.strip_prefix("# ").and_then(|line| line.strip_suffix(" (excluded)"));
        excluded.unwrap_or(line)
    })
}

/// Returns the names in `${NAME}` of a requirement, as far as the environment decides about them.
fn variables(requirement: &str) -> impl Iterator<Item = &str> {
    let parts = requirement.split("${").skip(1).filter_map(|part| part.split_once('}'));
    parts.map(|(name, _)| name).filter(|name| *name != PROJECT_ROOT)
}

/// Returns the path of a direct reference to a directory or a file on this machine: `${PROJECT_ROOT}` is
/// `root`, and relative ones start from `base`.
pub(crate) fn local_path(
    root: &Path,
    base: &Path,
    requirement: &str,
    value: impl Fn(&str) -> Option<String>,
) -> Option<PathBuf> {
    if !requirement.contains("file:") {
        return None; // most name an index's, and to parse them all would take a while
    }
    let requirement = packaging::requirement(requirement).ok()?;
    let Some(VersionOrUrl::Url(url)) = requirement.version_or_url else { return None };
    let path = url.as_str().strip_prefix("file:")?.split('#').next()?;
    let inside = path.trim_start_matches('/').strip_prefix("${PROJECT_ROOT}");
    if let Some(inside) = inside {
        let relative =
            url::Url::parse(&format!("file:///{}", inside.trim_start_matches('/'))).ok()?;
        return Some(root.join(relative.to_file_path().ok()?.strip_prefix("/").ok()?));
    }
    let mut path = path.to_owned();
    for name in variables(url.as_str()) {
        path = path.replace(&format!("${{{name}}}"), &value(name)?);
    }
    let base = url::Url::from_directory_path(base).ok()?;
    base.join(&format!("file:{path}")).ok()?.to_file_path().ok()
}

/// Tells whether some metadata of a project are not in its manifest.
pub(super) fn is_dynamic(project: &Project) -> bool {
    project.manifest().project.as_ref().is_none_or(|table| !table.dynamic.is_empty())
}

/// Returns the files that backends read dynamic metadata from, as far as the manifest names them; none for
/// a project without any.
fn dynamic_metadata(project: &Project) -> Vec<PathBuf> {
    if !is_dynamic(project) {
        return Vec::new();
    }
    let root = project.root();
    let mut files = vec![root.join("setup.py"), root.join("setup.cfg")];
    let tool = &project.manifest().tool;
    for table in [&tool.hatch, &tool.setuptools, &tool.flit, &tool.pdm].into_iter().flatten() {
        named_files(table, root, &mut files);
    }
    // a `setup.py` may read them, and nothing says so
    for directory in [root.to_owned(), root.join("requirements")] {
        let paths = fs::list(&directory).unwrap_or_default().into_iter();
        files.extend(paths.filter(|path| {
            path.extension().is_some_and(|extension| extension == "txt" || extension == "in")
                && path.is_file()
        }));
    }
    files.extend(state_of_git(root));
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

/// Returns the files that tell the state of the repository that a directory is in, as far as a version can
/// come from it: where it is, and which tags there are.
fn state_of_git(root: &Path) -> Vec<PathBuf> {
    let repository = root.ancestors().find(|directory| fs::exists(&directory.join(".git")));
    let mut git = repository.unwrap_or(root).join(".git");
    // what is no file, or cannot be read, is a directory or absent
    let line = |path: &Path| fs::read_text(path).map(|text| text.trim_end().to_owned()).ok();
    // of a worktree or a submodule
    if let Some(target) = line(&git).as_deref().and_then(|line| line.strip_prefix("gitdir: ")) {
        git = git.with_file_name(target);
    }
    // worktrees have a `HEAD` of their own, and share all else
    let common = line(&git.join("commondir")).map_or_else(|| git.clone(), |path| git.join(path));
    let head = git.join("HEAD");
    let branch = line(&head).and_then(|line| Some(common.join(line.strip_prefix("ref: ")?)));
    let mut files = vec![head, git.join("logs").join("HEAD"), common.join("packed-refs")];
    files.extend(branch);
    // what has the place of all of these with `--ref-format=reftable`
    files.extend([&git, &common].map(|directory| directory.join("reftable").join("tables.list")));
    files_below(&common.join("refs").join("tags"), &mut files);
    files
}

/// Collects the files in a directory and in those in it.
fn files_below(directory: &Path, files: &mut Vec<PathBuf>) {
    for path in fs::list(directory).unwrap_or_default() {
        if path.is_dir() {
            files_below(&path, files);
        } else {
            files.push(path);
        }
    }
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
    use crate::packaging::Requirement;

    #[test]
    fn only_lines_with_a_path_are_read_of_a_lockfile() {
        let lockfile = "\u{feff}first @ file:first\n\
                        # generated by rye\n\
                        #   overrides: [\"not @ file:overrides\"]\n\
                        --find-links file:///links\n\n\
                        -e file:.\n\
                        a==1.0 \\\n    --hash=sha256:aa\n    # via b\n\
                        b @ file:libs/b \\\r\n    --hash=sha256:bb\r\n    # via -r file:requirements.txt\n\
                        # c @ file:libs/c (excluded)\n\
                        d @ file:libs/d ; python_full_version < '3.13'\n\
                        e @ https://index.invalid/e.whl\n";
        let is_requirement = |text: &&str| text.parse::<Requirement>().is_ok();
        let found: Vec<_> = direct_references(lockfile).filter(is_requirement).collect();
        let expected = [
            "first @ file:first",
            "b @ file:libs/b",
            "c @ file:libs/c",
            "d @ file:libs/d ; python_full_version < '3.13'",
        ];
        assert_eq!(found, expected);
        // as a lockfile is read that is read whole
        let entries = lockfile.parse::<lock::Lockfile>().unwrap().entries;
        let entries = entries.iter().map(|entry| entry.requirement.as_str());
        let found = entries.filter(|text| text.contains("file:")).filter(is_requirement);
        assert_eq!(found.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn direct_references_lead_to_local_paths() {
        #[track_caller]
        fn check(requirement: &str, expected: Option<&str>) {
            let root = Path::new("/home/me/project");
            let value = |name: &str| (name == "LIBS").then(|| "opt".to_owned());
            let path = local_path(root, &root.join("member"), requirement, value);
            assert_eq!(path.as_deref(), expected.map(Path::new));
        }
        check("a @ file:///${PROJECT_ROOT}/libs/a", Some("/home/me/project/libs/a"));
        check("a @ file:///${PROJECT_ROOT}/my%20libs/a", Some("/home/me/project/my libs/a"));
        check("a @ file:///opt/a", Some("/opt/a"));
        check("a @ file:///${LIBS}/a", Some("/opt/a"));
        check("a @ file:///${NOTHING}/a", None);
        check("a @ file:libs/a", Some("/home/me/project/member/libs/a"));
        check("a @ file:../libs/a", Some("/home/me/project/libs/a"));
        check("a @ file:///opt/a-1.whl#sha256=00", Some("/opt/a-1.whl"));
        check("a @ https://index.invalid/a.whl", None);
        check("a>=1", None);
    }
}
