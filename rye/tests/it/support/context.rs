//! A test's world: a temporary home and project, a cleared environment, an index, and the interpreters it may see.

use std::collections::BTreeMap;
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::index::{Index, RunningIndex};
use super::outer::{self, Python, RYE, engine, exe, pythons};
use super::run::{Ended, Run};
use super::snapshot::Masks;

/// A place where nothing listens, for everything that would leave the machine.
const NOWHERE: &str = "http://127.0.0.1:9";

/// What Windows needs to start a program at all.
const WINDOWS: [&str; 5] = ["SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT"];

/// What a test's world is to be like.
#[derive(Debug)]
pub(crate) struct Builder {
    index: Option<Index>,
    pythons: usize,
    engine: bool,
    project: OsString,
}

impl Builder {
    /// Sets the index that `UV_DEFAULT_INDEX` points at, instead of the standard one.
    #[must_use]
    pub(crate) fn index(mut self, index: Index) -> Self {
        self.index = Some(index);
        self
    }

    /// Leaves the index away: whatever asks for one is refused at once.
    #[must_use]
    pub(crate) fn without_index(mut self) -> Self {
        self.index = None;
        self
    }

    /// Sets how many interpreters `PATH` shows, of different minor versions, the newest of the machine first.
    #[must_use]
    pub(crate) fn pythons(mut self, count: usize) -> Self {
        self.pythons = count;
        self
    }

    /// Shows no interpreter on `PATH`.
    #[must_use]
    pub(crate) fn without_python(self) -> Self {
        self.pythons(0)
    }

    /// Lets rye find its engine by itself: no `RYE_UV`.
    #[must_use]
    pub(crate) fn without_engine(mut self) -> Self {
        self.engine = false;
        self
    }

    /// Sets the name of the project's directory.
    #[must_use]
    pub(crate) fn project(mut self, name: impl AsRef<OsStr>) -> Self {
        name.as_ref().clone_into(&mut self.project);
        self
    }

    pub(crate) fn build(self) -> TestContext {
        let mut temporary = tempfile::Builder::new().prefix("rye-it-").tempdir().unwrap();
        temporary.disable_cleanup(env::var_os("RYE_IT_KEEP").is_some());
        let root = if cfg!(windows) {
            temporary.path().to_owned()
        } else {
            // A prompt, a lockfile and a child's working directory show the real path, so rye's output may as well.
            fs::canonicalize(temporary.path()).unwrap()
        };
        let project = root.join(&self.project);
        for path in [&project, &root.join("home"), &root.join("bin"), &root.join("tmp")] {
            fs::create_dir_all(path).unwrap();
        }
        fs::write(root.join("gitconfig"), "[init]\n\tdefaultBranch = main\n").unwrap();
        let visible: Vec<_> = match self.pythons {
            0 => Vec::new(),
            count => pythons().iter().take(count).cloned().collect(),
        };
        let mut context = TestContext {
            env: environment(&root, &visible),
            index: self.index.map(Index::serve),
            wanted_pythons: self.pythons,
            pythons: visible,
            masks: Masks::default(),
            project,
            root,
            _temporary: temporary,
        };
        if self.engine {
            let path = &engine().path;
            context.set_env("RYE_UV", path);
            context.mask(path, "[UV]");
        }
        context.mask(context.root.clone(), "[ROOT]");
        context.mask(context.rye_home(), "[HOME]");
        if let Some(index) = &context.index {
            let (url, files, host) = (index.url(), index.file_url(""), index.host());
            context.set_env("UV_DEFAULT_INDEX", &url);
            context.mask(url, "[INDEX]");
            context.mask(files.trim_end_matches('/'), "[FILES]");
            context.mask(host, "[HOST]");
        }
        context
    }
}

/// A world that a test has for itself; dropping it removes it (unless `RYE_IT_KEEP` is set).
#[derive(Debug)]
pub(crate) struct TestContext {
    root: PathBuf,
    project: PathBuf,
    env: BTreeMap<OsString, OsString>,
    pythons: Vec<Python>,
    wanted_pythons: usize,
    masks: Masks,
    index: Option<RunningIndex>,
    _temporary: TempDir,
}

impl TestContext {
    /// Returns a world with the standard index, the engine, and the newest interpreter of the machine.
    pub(crate) fn new() -> Self {
        Self::builder().build()
    }

    pub(crate) fn builder() -> Builder {
        Builder {
            index: Some(Index::standard()),
            pythons: 1,
            engine: true,
            project: "project".into(),
        }
    }

    /// Returns the directory that holds all the others: `home`, `rye-home`, `project`, `bin`, `tmp`, `uv-cache`.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the directory of the project, where programs run.
    pub(crate) fn project(&self) -> &Path {
        &self.project
    }

    /// Returns what `HOME` says.
    pub(crate) fn home(&self) -> PathBuf {
        self.root.join("home")
    }

    /// Returns what `RYE_HOME` says; the directory does not exist until rye makes it.
    pub(crate) fn rye_home(&self) -> PathBuf {
        self.root.join("rye-home")
    }

    /// Returns the index.
    #[track_caller]
    pub(crate) fn index(&self) -> &RunningIndex {
        self.index.as_ref().expect("a world with an index")
    }

    /// Returns the newest interpreter that `PATH` shows.
    #[track_caller]
    pub(crate) fn python(&self) -> &Python {
        self.pythons.first().expect("a world with an interpreter")
    }

    /// Returns two interpreters of different minor versions, the newer one first. Where the machine has only one it
    /// says so on stderr, and the test should return.
    #[track_caller]
    pub(crate) fn two_pythons(&self) -> Option<(&Python, &Python)> {
        assert!(self.wanted_pythons >= 2, "ask for `.pythons(2)` when building the world");
        if let [newer, older, ..] = &self.pythons[..] {
            return Some((newer, older));
        }
        let test = std::thread::current();
        let test = test.name().unwrap_or("a test");
        #[expect(
            clippy::print_stderr,
            reason = "a test that proves nothing here must not look like one that does"
        )]
        {
            eprintln!("skipped: {test} needs two interpreters, and this machine has one");
        }
        None
    }

    /// Prepares a run of rye in the project.
    pub(crate) fn rye<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Run {
        self.program(RYE, args)
    }

    /// Prepares a run of the engine in the project.
    pub(crate) fn uv<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Run {
        self.program(&engine().path, args)
    }

    /// Prepares a run of a program of the project's environment.
    pub(crate) fn venv<A: AsRef<OsStr>>(
        &self,
        name: &str,
        args: impl IntoIterator<Item = A>,
    ) -> Run {
        let folder = if cfg!(windows) { "Scripts" } else { "bin" };
        self.program(self.project.join(".venv").join(folder).join(exe(name)), args)
    }

    /// Prepares a run of any program in the project.
    pub(crate) fn program<A: AsRef<OsStr>>(
        &self,
        program: impl AsRef<OsStr>,
        args: impl IntoIterator<Item = A>,
    ) -> Run {
        let mut command = Command::new(program);
        command.args(args).current_dir(&self.project).env_clear().envs(&self.env);
        Run::new(command, self.masks.clone())
    }

    /// Runs rye and kills it when this time has passed. [`Run`] can do it at a condition.
    pub(crate) fn kill_after<A: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = A>,
        time: std::time::Duration,
    ) -> Ended {
        self.rye(args).kill_after(time)
    }

    /// Sets a variable for all runs from now on.
    pub(crate) fn set_env(&mut self, key: &str, value: impl AsRef<OsStr>) {
        self.env.insert(key.into(), value.as_ref().to_owned());
    }

    /// Masks another text in snapshots.
    pub(crate) fn mask(&mut self, text: impl AsRef<OsStr>, mark: &str) {
        self.masks.add(&text.as_ref().to_string_lossy(), mark);
    }

    /// Returns a text with everything masked, for the snapshot of a file.
    pub(crate) fn masked(&self, text: &str) -> String {
        self.masks.apply(text)
    }

    /// Gives git an author; without this it knows none.
    pub(crate) fn set_git_author(&self, name: &str, email: &str) {
        let path = self.root.join("gitconfig");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, format!("{text}[user]\n\tname = {name}\n\temail = {email}\n")).unwrap();
    }

    /// Returns a path below the project.
    pub(crate) fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.project.join(path)
    }

    /// Writes a file below the project, and the directories it needs.
    #[track_caller]
    pub(crate) fn write(&self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Reads a file below the project.
    #[track_caller]
    pub(crate) fn read(&self, path: impl AsRef<Path>) -> String {
        let path = self.path(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    pub(crate) fn exists(&self, path: impl AsRef<Path>) -> bool {
        self.path(path).exists()
    }

    /// Writes a project as `rye init` would, with one package, that needs these requirements.
    pub(crate) fn write_project(&self, name: &str, requirements: &[&str]) {
        let module = name.replace('-', "_");
        let dependencies = requirements.iter().map(|text| format!("    {text:?},\n"));
        let dependencies: String = dependencies.collect();
        let manifest = format!(
            "[project]\nname = \"{name}\"\nversion = \"0.1.0\"\nrequires-python = \">=3.9\"\n\
             dependencies = [\n{dependencies}]\n\n\
             [build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n\n\
             [tool.rye]\nmanaged = true\ndev-dependencies = []\n\n\
             [tool.hatch.build.targets.wheel]\npackages = [\"src/{module}\"]\n"
        );
        self.write("pyproject.toml", manifest);
        let greeting = format!("def hello():\n    return \"Hello from {name}!\"\n");
        self.write(format!("src/{module}/__init__.py"), greeting);
    }

    /// Returns what the project's environment has installed, as `name==version`, sorted; no process is needed for it.
    pub(crate) fn installed(&self) -> Vec<String> {
        let venv = self.path(".venv");
        let folders =
            if cfg!(windows) { vec![venv.join("Lib")] } else { children(&venv.join("lib")) };
        let site_packages = folders.iter().map(|folder| folder.join("site-packages"));
        let entries = site_packages.flat_map(|folder| children(&folder));
        let mut names: Vec<_> = entries.filter_map(|path| distribution(&path)).collect();
        names.sort();
        names
    }

    /// Returns the lines of a lockfile that name what is locked, without what needs them.
    #[track_caller]
    pub(crate) fn locked(&self, lockfile: &str) -> Vec<String> {
        let text = self.read(lockfile);
        let is_entry = |line: &&str| !line.is_empty() && !line.starts_with(['#', ' ']);
        text.lines().filter(is_entry).map(str::to_owned).collect()
    }

    /// Returns what is in the project, a line for each file, sorted. Directories end in a slash; those of git, of Python's
    /// bytecode, and the virtual environment are named, but not entered.
    pub(crate) fn tree(&self) -> String {
        let closed = |path: &Path| {
            let name = path.file_name().unwrap_or_default();
            [".git", ".venv", "__pycache__"].iter().any(|closed| name == *closed)
        };
        let mut lines = Vec::new();
        visit(&self.project, &|path| !closed(path), &mut |path| {
            lines.push(entry(&self.project, path));
        });
        lines.sort();
        lines.join("\n")
    }

    /// Returns what is in the project with kind, mode and a digest of the content, leaving nothing out. Equal
    /// fingerprints before and after prove that nothing changed.
    pub(crate) fn fingerprint(&self) -> BTreeMap<String, String> {
        Self::fingerprint_of(&self.project)
    }

    /// Returns the same for a directory that is not the project's.
    pub(crate) fn fingerprint_of(folder: &Path) -> BTreeMap<String, String> {
        let mut entries = BTreeMap::new();
        visit(folder, &|_| true, &mut |path| {
            entries.insert(entry(folder, path), fingerprint(path));
        });
        entries
    }
}

/// Returns the environment of a world, and puts what `PATH` shows into its `bin`.
fn environment(root: &Path, pythons: &[Python]) -> BTreeMap<OsString, OsString> {
    let bin = root.join("bin");
    let mut path = vec![bin.clone()];
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;

        for program in outer::programs() {
            symlink(program, bin.join(program.file_name().unwrap())).unwrap();
        }
        for python in pythons {
            symlink(&python.path, bin.join(format!("python{}", python.minor()))).unwrap();
        }
    }
    if cfg!(windows) {
        let interpreters = pythons.iter().map(|python| &python.path);
        let folders = interpreters.chain(outer::programs()).filter_map(|file| file.parent());
        path.extend(folders.map(Path::to_owned));
    }
    let below = |name: &str| root.join(name).into_os_string();
    let mut env = BTreeMap::new();
    let mut set = |key: &str, value: OsString| env.insert(OsString::from(key), value);
    set("PATH", env::join_paths(path).unwrap());
    set("GIT_CEILING_DIRECTORIES", root.into());
    for key in ["HOME", "USERPROFILE"] {
        set(key, below("home"));
    }
    for (key, name) in [
        ("RYE_HOME", "rye-home"),
        ("UV_CACHE_DIR", "uv-cache"),
        ("XDG_CONFIG_HOME", "home/.config"),
        ("XDG_CONFIG_DIRS", "home/.config/system"),
        ("XDG_CACHE_HOME", "home/.cache"),
        ("XDG_DATA_HOME", "home/.local/share"),
        ("XDG_STATE_HOME", "home/.local/state"),
        ("APPDATA", "home/AppData/Roaming"),
        ("LOCALAPPDATA", "home/AppData/Local"),
        ("TMPDIR", "tmp"),
        ("TEMP", "tmp"),
        ("TMP", "tmp"),
        ("GIT_CONFIG_GLOBAL", "gitconfig"),
    ] {
        set(key, below(name));
    }
    for (key, value) in [
        ("LANG", "C.UTF-8"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("https_proxy", NOWHERE),
        ("HTTPS_PROXY", NOWHERE),
        ("no_proxy", "127.0.0.1"),
        ("NO_PROXY", "127.0.0.1"),
        // A failing index is to be told at once, not after half a minute of retries.
        ("UV_HTTP_RETRIES", "0"),
    ] {
        set(key, value.into());
    }
    if cfg!(windows) {
        for key in WINDOWS {
            set(key, env::var_os(key).unwrap_or_default());
        }
    }
    env
}

/// Returns what a directory contains; one that does not exist contains nothing.
fn children(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// Calls `found` for everything below a directory; links, and directories that `enters` refuses, are not followed.
fn visit(folder: &Path, enters: &dyn Fn(&Path) -> bool, found: &mut dyn FnMut(&Path)) {
    for path in children(folder) {
        found(&path);
        if path.is_dir() && !path.is_symlink() && enters(&path) {
            visit(&path, enters, found);
        }
    }
}

/// Returns a path as a listing shows it.
fn entry(folder: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(folder).unwrap();
    let text = relative.to_string_lossy().replace('\\', "/");
    let is_folder = path.is_dir() && !path.is_symlink();
    if is_folder { text + "/" } else { text }
}

fn fingerprint(path: &Path) -> String {
    let metadata = fs::symlink_metadata(path).unwrap();
    #[cfg(unix)]
    let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777;
    #[cfg(not(unix))]
    let mode = u32::from(metadata.permissions().readonly());
    if metadata.is_symlink() {
        format!("link to {}", fs::read_link(path).unwrap().display())
    } else if metadata.is_dir() {
        format!("folder {mode:o}")
    } else {
        let mut hasher = DefaultHasher::new();
        fs::read(path).unwrap().hash(&mut hasher);
        format!("file {mode:o} {:016x}", hasher.finish())
    }
}

/// Returns the distribution that a `.dist-info` directory stands for.
fn distribution(path: &Path) -> Option<String> {
    let stem = path.file_name()?.to_str()?.strip_suffix(".dist-info")?;
    let (name, version) = stem.split_once('-')?;
    Some(format!("{}=={version}", name.replace('_', "-").to_lowercase()))
}
