//! uv, the delegate that resolves and installs; the only module that knows its arguments.
//!
//! Every call states interpreter, index and cache. What uv would take from its surroundings
//! (`uv.toml`, an activated environment, its own variables) is kept from it, all but the few
//! variables that say how to reach the network and how to use the disk.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use url::Url;

use crate::config::{self, Config};
use crate::context::Context;
use crate::engine::{self, Engine};
use crate::env::{Env, NO_SYNC};
use crate::error::Hint;
use crate::fs;
use crate::http::Network;
use crate::index::{self, Indexes};
use crate::packaging::{ExtraName, PackageName};
use crate::process;
use crate::project::{Cutoff, Strategy};
use crate::ui::Verbosity;

mod upload;

pub(crate) use upload::{Secret, TrustedPublishing, Upload, UploadAccess, UploadStep};

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{0}")]
    Unsolvable(String),
    #[error("the metadata of {} have to be made anew, which uv does not do offline", names(.0))]
    Refresh(Vec<PackageName>),
    #[error("{0}")]
    Upload(String),
    #[error("{0}")]
    Failed(String),
    #[error("the build failed{}", process::indented(.0))]
    Build(String),
    #[error(transparent)]
    Engine(#[from] engine::Error),
    #[error(transparent)]
    Config(#[from] config::Error),
    #[error(transparent)]
    Index(#[from] index::Error),
    #[error(transparent)]
    Process(#[from] process::Error),
    #[error("uv's report cannot be understood")]
    Report(#[from] serde_json::Error),
    #[error(transparent)]
    Fs(#[from] fs::Error),
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Refresh(_) => Some("leave `--offline` away".to_owned()),
            Self::Engine(error) => error.hint(),
            Self::Config(error) => error.hint(),
            Self::Index(error) => error.hint(),
            Self::Fs(error) => error.hint(),
            Self::Report(_) => Some("unset `RYE_UV` to use the version that Rye knows".to_owned()),
            Self::Failed(text) | Self::Build(text) if is_unreachable(text) => Some(
                "check the network, the proxy (`https_proxy`) and the certificates, or do with what the cache has: `--offline`"
                    .to_owned(),
            ),
            Self::Upload(text) => upload::hint(text),
            Self::Unsolvable(text) if text.contains("has no publish time") => Some(
                "`exclude-newer` leaves out files whose source does not say when they were uploaded".to_owned(),
            ),
            Self::Unsolvable(_) | Self::Failed(_) | Self::Build(_) | Self::Process(_) => None,
        }
    }
}

fn names(names: &[PackageName]) -> String {
    if names.is_empty() {
        return "what is built here".to_owned();
    }
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Variables of uv that its child may see: none of them changes what is resolved or installed.
const PASSED_VARIABLES: [&str; 8] = [
    "UV_CONCURRENT_BUILDS",
    "UV_CONCURRENT_DOWNLOADS",
    "UV_CONCURRENT_INSTALLS",
    "UV_HTTP_RETRIES",
    "UV_HTTP_TIMEOUT",
    "UV_LINK_MODE",
    "UV_NATIVE_TLS",
    "UV_SYSTEM_CERTS",
];

/// Variables that would lead uv to another environment, and a token, which is no business of what is built.
const HIDDEN_VARIABLES: [&str; 6] = [
    "CONDA_DEFAULT_ENV",
    "CONDA_PREFIX",
    "PYTHONHOME",
    "PYTHONPATH",
    "RYE_PUBLISH_TOKEN",
    "VIRTUAL_ENV",
];

/// The options of the allocator (jemalloc) that uv is built with
const ALLOCATOR: &str = "_RJEM_MALLOC_CONF";

const ALLOW_PRE_RELEASES: &str = "--prerelease=allow";

/// Whether credentials may be asked of the `keyring` program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum KeyringProvider {
    #[default]
    Disabled,
    Subprocess,
}

/// How uv may reach the indexes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Access {
    pub(crate) network: Network,
    pub(crate) keyring: KeyringProvider,
}

/// uv, ready to be called for one project.
pub(crate) struct Uv<'a> {
    ctx: &'a Context<'a>,
    config: &'a Config,
    program: PathBuf,
    indexes: &'a Indexes,
    access: Access,
}

/// A resolution to make.
#[derive(Debug)]
pub(crate) struct Resolution<'a> {
    /// The directory that `file:` paths of the requirements start from; nothing is written there
    pub(crate) directory: &'a Path,
    /// What `${PROJECT_ROOT}` stands for
    pub(crate) project_root: &'a Path,
    /// The requirements, one a line
    pub(crate) requirements: &'a str,
    /// Versions that must be kept to, in the format of a lockfile
    pub(crate) locked: Option<&'a str>,
    /// Requirements that hold if something else asks for these distributions
    pub(crate) constraints: &'a [String],
    /// Requirements that stand in the place of all others of their names
    pub(crate) overrides: &'a [String],
    /// What is newer does not exist
    pub(crate) exclude_newer: Option<&'a Cutoff>,
    pub(crate) strategy: Strategy,
    /// Versions that are preferred, in the format of a lockfile
    pub(crate) preferences: &'a str,
    pub(crate) interpreter: &'a Path,
    pub(crate) scope: Scope,
    pub(crate) pre_releases: bool,
    pub(crate) hashes: bool,
    pub(crate) upgrade: &'a Upgrade,
    /// What must not be known from the cache: its metadata depend on more than its manifest
    pub(crate) refreshed: &'a [PackageName],
    /// The same, where not even the name is known before it is built
    pub(crate) refreshes_all: bool,
}

/// What is locked already, to be told more about.
#[derive(Debug)]
pub(crate) struct Pins<'a> {
    /// A temporary directory
    pub(crate) directory: &'a Path,
    /// The directory that relative paths of the answer start from
    pub(crate) base: &'a Path,
    /// What `${PROJECT_ROOT}` stands for
    pub(crate) root: &'a Path,
    /// Requirements on exact versions, or names, one a line
    pub(crate) requirements: &'a str,
    pub(crate) interpreter: &'a Path,
    pub(crate) scope: Scope,
    /// What is newer does not exist
    pub(crate) exclude_newer: Option<&'a Cutoff>,
}

/// A `pylock.toml` (PEP 751), and what of it is wanted beside the rest.
#[derive(Clone, Debug)]
pub(crate) struct Pylock {
    pub(crate) path: PathBuf,
    pub(crate) groups: Vec<ExtraName>,
    pub(crate) extras: Vec<ExtraName>,
}

/// Which distributions are built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Kinds {
    Sdist,
    /// A wheel from the project as it lies there
    Wheel,
    /// An sdist, and a wheel from that
    #[default]
    Both,
}

/// A build to make.
#[derive(Debug)]
pub(crate) struct Build<'a> {
    /// The directory of the project
    pub(crate) source: &'a Path,
    /// An empty directory for what is built
    pub(crate) output: &'a Path,
    pub(crate) kinds: Kinds,
    pub(crate) interpreter: &'a Path,
    /// Requirements that hold for what the build needs
    pub(crate) constraints: &'a [String],
    /// What is newer does not exist
    pub(crate) exclude_newer: Option<&'a Cutoff>,
}

/// Where a resolution must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// For the interpreter and its platform
    Interpreter,
    /// On every platform, for this Python version and later ones
    Universal { lower_bound: Option<String> },
}

/// Which preferences are dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Upgrade {
    #[default]
    None,
    All,
    /// Those of these distributions, and their sources are asked again what they have
    Packages(Vec<PackageName>),
}

impl Upgrade {
    /// Tells whether a distribution may come in another version.
    pub(crate) fn has(&self, name: &PackageName) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Packages(names) => names.contains(name),
        }
    }
}

/// A change that an installation made or would make.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Change {
    pub(crate) name: String,
    /// Empty for an editable that would be built
    #[serde(default)]
    pub(crate) version: String,
    pub(crate) action: Action,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Action {
    Installed,
    Uninstalled,
    #[serde(other)]
    Reinstalled,
}

/// What `pip sync` reports.
#[derive(Deserialize)]
struct Report {
    changes: Vec<Change>,
}

impl<'a> Uv<'a> {
    /// Returns uv, which is fetched first where it is missing.
    pub(crate) fn new(
        ctx: &'a Context<'a>,
        indexes: &'a Indexes,
        access: Access,
    ) -> Result<Self, Error> {
        let program = Engine::Uv.ensure(ctx, access.network)?;
        Ok(Self { ctx, config: ctx.config()?, program, indexes, access })
    }

    /// Returns the path of the program.
    pub(crate) fn program(&self) -> &Path {
        &self.program
    }

    /// Creates a relocatable virtual environment in an empty directory.
    pub(crate) fn create_venv(
        &self,
        interpreter: &Path,
        directory: &Path,
        prompt: &str,
    ) -> Result<(), Error> {
        let mut command = self.command();
        command.args(["venv", "--no-project", "--relocatable", "--quiet"]);
        command.arg("--python").arg(interpreter);
        // one that begins like an option is one all the same
        command.arg(format!("--prompt={prompt}")).arg(directory);
        self.call(&mut command, "creating the environment")?;
        Ok(())
    }

    /// Resolves requirements; returns the result in the format of a lockfile, without a header.
    pub(crate) fn resolve(&self, resolution: &Resolution<'_>, what: &str) -> Result<String, Error> {
        let Resolution { directory, upgrade, .. } = resolution;
        let is_refreshed = !resolution.refreshed.is_empty() || resolution.refreshes_all;
        if is_refreshed && self.access.network == Network::Offline {
            return Err(Error::Refresh(resolution.refreshed.to_vec()));
        }
        let lines =
            |texts: &[String]| texts.iter().flat_map(|text| [text, "\n"]).collect::<String>();
        let mut limits = vec![
            ("--constraints", "locked.txt", resolution.locked.unwrap_or_default().to_owned()),
            ("--constraints", "constraints.txt", lines(resolution.constraints)),
            ("--overrides", "overrides.txt", lines(resolution.overrides)),
        ];
        limits.retain(|(_, _, content)| !content.is_empty());
        let (input, output) = ("requirements.txt", "resolved.txt");
        let files = fs::filled_directory(|directory| {
            fs::write_new(&directory.join(input), resolution.requirements)?;
            fs::write_new(&directory.join(output), resolution.preferences)?;
            let mut limits = limits.iter();
            limits.try_for_each(|(_, name, content)| fs::write_new(&directory.join(name), content))
        })?;
        let (input, output) = (files.path().join(input), files.path().join(output));
        let mut command = self.command_with_pins()?;
        command.current_dir(directory).env("PROJECT_ROOT", project_root(resolution.project_root));
        command.args(["pip", "compile", "--no-header", "--no-sources", "--annotation-style=split"]);
        command.arg("--python").arg(resolution.interpreter);
        add_scope(&mut command, &resolution.scope);
        for (option, name, _) in &limits {
            command.arg(option).arg(files.path().join(name));
        }
        if let Some(cutoff) = resolution.exclude_newer {
            command.args(["--exclude-newer", &cutoff.argument()]);
        }
        if resolution.strategy == Strategy::LowestDirect {
            command.arg("--resolution=lowest-direct");
        }
        if resolution.pre_releases {
            command.arg(ALLOW_PRE_RELEASES);
        }
        if resolution.hashes {
            command.arg("--generate-hashes");
        }
        match upgrade {
            Upgrade::None => {}
            Upgrade::All => {
                command.arg("--upgrade");
            }
            Upgrade::Packages(names) => {
                for name in names {
                    command.arg("--upgrade-package").arg(name.to_string());
                }
            }
        }
        for name in resolution.refreshed {
            command.arg("--refresh-package").arg(name.to_string());
        }
        if resolution.refreshes_all {
            command.arg("--refresh");
        }
        command.arg("--output-file").arg(&output).arg(input);
        match self.call(&mut command, what) {
            Ok(_) => Ok(fs::read_text(&output)?),
            // uv says in words why there is no solution
            Err(process::Error::Failed { status, stderr, .. }) if status.code() == Some(1) => {
                Err(Error::Unsolvable(explanation(&stderr)))
            }
            Err(error) => Err(explained(error)),
        }
    }

    /// Returns pins with the hashes of all their files, in the format of a lockfile.
    pub(crate) fn hashes(&self, pins: &Pins<'_>) -> Result<String, Error> {
        // a pin may be a pre-release, and nothing else is there to choose from
        self.complete(
            pins,
            &["--generate-hashes", "--no-annotate", ALLOW_PRE_RELEASES],
            "exporting",
        )
    }

    /// Returns pins as a `pylock.toml` (PEP 751).
    pub(crate) fn pylock(&self, pins: &Pins<'_>) -> Result<String, Error> {
        self.complete(pins, &["--format=pylock.toml", ALLOW_PRE_RELEASES], "exporting")
    }

    /// Returns the newest version of each of some names, whatever else asks for them, in the format of a
    /// lockfile; several where no single one is for all Pythons.
    pub(crate) fn newest(&self, names: &Pins<'_>, pre_releases: bool) -> Result<String, Error> {
        let arguments: &[&str] = if pre_releases { &[ALLOW_PRE_RELEASES] } else { &[] };
        self.complete(names, &[&["--no-annotate"], arguments].concat(), "looking for versions")
    }

    fn complete(&self, pins: &Pins<'_>, arguments: &[&str], what: &str) -> Result<String, Error> {
        let requirements = pins.directory.join("requirements.txt");
        fs::write_new(&requirements, pins.requirements)?;
        let mut command = self.command_with_pins()?;
        command.current_dir(pins.base).env("PROJECT_ROOT", project_root(pins.root));
        command.args(["pip", "compile", "--no-deps", "--no-header", "--no-sources"]);
        command.args(arguments);
        add_scope(&mut command, &pins.scope);
        if let Some(cutoff) = pins.exclude_newer {
            command.args(["--exclude-newer", &cutoff.argument()]);
        }
        command.arg("--python").arg(pins.interpreter).arg(requirements);
        self.call(&mut command, what).map_err(explained)
    }

    /// Brings an environment to a lockfile; returns the changes, or those that would be made.
    pub(crate) fn sync(
        &self,
        python: &Path,
        lockfile: &Path,
        root: &Path,
        installation: &Installation,
    ) -> Result<Vec<Change>, Error> {
        let mut command = self.installing(python, root, installation)?;
        self.install(command.arg(lockfile))
    }

    /// Brings an environment to a `pylock.toml` (PEP 751), with the groups and extras of it.
    pub(crate) fn sync_pylock(
        &self,
        python: &Path,
        lockfile: &Pylock,
        root: &Path,
        installation: &Installation,
    ) -> Result<Vec<Change>, Error> {
        let mut command = self.installing(python, root, installation)?;
        command.arg("--preview-features=pylock");
        for (option, names) in [("--group", &lockfile.groups), ("--extra", &lockfile.extras)] {
            for name in names {
                command.arg(option).arg(name.to_string());
            }
        }
        self.install(command.arg(&lockfile.path))
    }

    fn installing(
        &self,
        python: &Path,
        root: &Path,
        installation: &Installation,
    ) -> Result<Command, Error> {
        let mut command = self.command_with_pins()?;
        command.current_dir(root).env("PROJECT_ROOT", project_root(root));
        command.args(["pip", "sync", "--no-sources", "--allow-empty-requirements"]);
        command.args(["--output-format", "json"]);
        for (option, is_set) in [
            ("--reinstall", installation.is_anew),
            ("--refresh", installation.is_refreshed),
            ("--dry-run", installation.is_dry_run),
        ] {
            if is_set {
                command.arg(option);
            }
        }
        for name in &installation.rebuilt {
            command.arg("--reinstall-package").arg(name.to_string());
        }
        command.arg("--python").arg(python);
        Ok(command)
    }

    fn install(&self, command: &mut Command) -> Result<Vec<Change>, Error> {
        let report = self.call(command, "installing").map_err(explained)?;
        let report: Report = serde_json::from_str(&report)?;
        Ok(report.changes)
    }

    /// Builds distributions of a project.
    pub(crate) fn build(&self, build: &Build<'_>, what: &str) -> Result<(), Error> {
        let files = fs::temporary_directory()?;
        let mut command = self.command_with_pins()?;
        command.args(["build", "--no-sources", "--no-create-gitignore"]);
        match build.kinds {
            Kinds::Sdist => {
                command.arg("--sdist");
            }
            Kinds::Wheel => {
                command.arg("--wheel");
            }
            Kinds::Both => {}
        }
        if !build.constraints.is_empty() {
            let path = files.path().join("constraints.txt");
            fs::write_new(&path, build.constraints.join("\n"))?;
            command.arg("--build-constraints").arg(path);
        }
        if let Some(cutoff) = build.exclude_newer {
            command.args(["--exclude-newer", &cutoff.argument()]);
        }
        command.arg("--python").arg(build.interpreter);
        command.arg("--out-dir").arg(build.output).arg(build.source);
        match self.call(&mut command, what) {
            Ok(_) => Ok(()),
            // what the backend said comes before uv's own words
            Err(process::Error::Failed { stderr, .. }) if has_explanation(&stderr) => {
                Err(Error::Build(stderr))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the command for arguments of the user's own.
    pub(crate) fn passthrough(&self, args: &[OsString]) -> Command {
        let mut command = self.bare_command();
        command.args(args);
        command
    }

    /// Returns the sources in force.
    pub(crate) fn indexes(&self) -> &Indexes {
        self.indexes
    }

    fn call(&self, command: &mut Command, what: &str) -> Result<String, process::Error> {
        self.ctx.ui.detail(process::display(command));
        let progress = self.ctx.ui.progress(what);
        let verbose = self.ctx.ui.verbosity() == Verbosity::Verbose;
        process::output_with(command, |line| {
            progress.message(format_args!("{what}: {}", line.trim()));
            if let Some(warning) = warning(line) {
                self.ctx.ui.warn(warning);
            }
            if verbose {
                self.ctx.ui.detail(line);
            }
        })
    }

    fn command(&self) -> Command {
        let mut command = self.bare_command();
        command.args(["--no-config", "--no-progress", "--color=never"]);
        if self.access.network == Network::Offline {
            command.arg("--offline");
        }
        if self.access.keyring == KeyringProvider::Subprocess {
            command.env("UV_KEYRING_PROVIDER", "subprocess");
        }
        command
    }

    /// Returns a command that finds pinned distributions in the sources that they are pinned to.
    fn command_with_pins(&self) -> Result<Command, Error> {
        let mut command = self.command();
        let Indexes { extra, trusted_hosts, .. } = self.indexes;
        let Access { network, .. } = self.access;
        let client = || self.ctx.client(self.config, trusted_hosts);
        let pinned = self.indexes.pinned_indexes(&self.ctx.env, network, client)?;
        if !pinned.is_empty() {
            command.env("UV_INDEX", joined(&[pinned, extra].concat(), " "));
        }
        Ok(command)
    }

    /// Returns uv without arguments, in the surroundings that it shall see.
    ///
    /// URLs go by variables: a command line can be read by every user of the machine.
    fn bare_command(&self) -> Command {
        let env = &self.ctx.env;
        let mut command = process::command(env, &self.program);
        for (name, _) in env.vars() {
            let text = name.to_string_lossy().to_uppercase();
            let is_uvs = text.starts_with("UV_") && !PASSED_VARIABLES.contains(&text.as_str());
            if is_uvs || HIDDEN_VARIABLES.contains(&text.as_str()) {
                command.env_remove(name);
            }
        }
        let Indexes { default, extra, find_links, trusted_hosts, .. } = self.indexes;
        command.env("UV_DEFAULT_INDEX", default.as_str());
        for (name, value) in [
            ("UV_INDEX", joined(extra, " ")),
            ("UV_FIND_LINKS", joined(find_links, ",")),
            ("UV_INSECURE_HOST", trusted_hosts.join(" ")),
        ] {
            if !value.is_empty() {
                command.env(name, value);
            }
        }
        command.env("UV_PYTHON_DOWNLOADS", "never");
        // the certificates that Rye goes by itself
        let says_so = ["SSL_CERT_FILE", "UV_NATIVE_TLS", "UV_SYSTEM_CERTS"];
        let is_said = says_so.iter().any(|name| env.var_os(name).is_some());
        if !is_said && self.access.network == Network::Online {
            match bundle().filter(|_| env.var_os("SSL_CERT_DIR").is_none()) {
                Some(bundle) => command.env("SSL_CERT_FILE", bundle),
                None => command.env("UV_SYSTEM_CERTS", "1"),
            };
        }
        if cfg!(target_os = "linux") && env.var_os(ALLOCATOR).is_none() {
            // fewer faults of pages, which are a fifth of what a short run takes
            command.env(ALLOCATOR, "narenas:1,thp:always");
        }
        // a build that calls a shim must not wait for the environment that it is a part of
        command.env(NO_SYNC, "1");
        if let Some(cache) = cache_directory(env) {
            command.env("UV_CACHE_DIR", cache);
        }
        for (name, other, value) in [
            ("http_proxy", "HTTP_PROXY", &self.config.proxy.http),
            ("https_proxy", "HTTPS_PROXY", &self.config.proxy.https),
        ] {
            let is_unset = env.var_os(name).is_none() && env.var_os(other).is_none();
            if let Some(value) = value.as_ref().filter(|_| is_unset) {
                command.env(name, value);
            }
        }
        command
    }
}

/// Returns the file with all certificates that a Linux trusts. To read it takes uv one millisecond at each start; to
/// ask the system, which reads the others in its directory as well, six.
fn bundle() -> Option<&'static Path> {
    let bundles = [
        "/etc/ssl/certs/ca-certificates.crt", // Debian and its kin, Arch, Gentoo
        "/etc/pki/tls/certs/ca-bundle.crt",   // Fedora and its kin
        "/etc/ssl/ca-bundle.pem",             // SUSE
        "/etc/ssl/cert.pem",                  // Alpine
    ];
    let mut bundles = bundles.into_iter().map(Path::new).filter(|_| cfg!(target_os = "linux"));
    let bundle = bundles.find(|path| path.is_file())?;
    // what is in the bundle is linked there; what somebody put there by hand may not be
    let is_extra = |path: &PathBuf| path != bundle && !path.is_symlink() && path.is_file();
    let directory = Path::new("/etc/ssl/certs");
    let has_extra = fs::list(directory).is_ok_and(|paths| paths.iter().any(is_extra));
    (!has_extra).then_some(bundle)
}

fn add_scope(command: &mut Command, scope: &Scope) {
    if let Scope::Universal { lower_bound } = scope {
        command.arg("--universal");
        if let Some(lower_bound) = lower_bound {
            command.args(["--python-version", lower_bound]);
        }
    }
}

/// Returns URLs in the form of a variable.
fn joined(urls: &[Url], separator: &str) -> String {
    let literal = |url: &Url| url.as_str().replace(',', "%2C");
    urls.iter().map(literal).collect::<Vec<_>>().join(separator)
}

/// How an environment is brought to a lockfile.
#[derive(Clone, Debug, Default)]
pub(crate) struct Installation {
    /// Install all of it, whatever is there
    pub(crate) is_anew: bool,
    /// Believe nothing that the cache knows of distributions that were built
    pub(crate) is_refreshed: bool,
    /// Only tell what would be
    pub(crate) is_dry_run: bool,
    /// What is built and installed again, whatever the cache knows of it
    pub(crate) rebuilt: Vec<PackageName>,
}

/// Returns the value of `PROJECT_ROOT`, which follows `file:///` in a URL.
fn project_root(root: &Path) -> String {
    let url = Url::from_directory_path(root).expect("a project's root is absolute");
    url.path().trim_matches('/').to_owned()
}

/// Returns the cache that uv shares with a uv of the user's own.
fn cache_directory(env: &Env) -> Option<PathBuf> {
    if let Some(path) = env.var_os("UV_CACHE_DIR") {
        return Some(env.working_directory().join(path));
    }
    if cfg!(windows) {
        return env.var_os("LOCALAPPDATA").map(|path| Path::new(path).join("uv").join("cache"));
    }
    let base = env.var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    base.or_else(|| env.user_home().map(|home| home.join(".cache"))).map(|base| base.join("uv"))
}

/// Tells whether uv failed because nobody answered.
fn is_unreachable(stderr: &str) -> bool {
    stderr.contains("error sending request") || stderr.contains("operation timed out")
}

/// Returns a warning that is about the user's requirements, not about how uv is called.
fn warning(line: &str) -> Option<&str> {
    let text = line.strip_prefix("warning: ")?;
    [" is yanked", " does not have an extra named "]
        .iter()
        .any(|part| text.contains(part))
        .then_some(text)
}

/// How the line begins with which uv says why it failed
const LABEL: &str = "error: ";

fn has_explanation(stderr: &str) -> bool {
    stderr.lines().any(|line| line.starts_with(LABEL))
}

/// Returns uv's words without its labels and without what it says about its work.
fn explanation(stderr: &str) -> String {
    let mut lines = stderr.lines().skip_while(|line| !line.starts_with(LABEL));
    let Some(first) = lines.next() else { return stderr.trim_end().to_owned() };
    let first = first.strip_prefix(LABEL).unwrap_or(first);
    let lines: Vec<_> = std::iter::once(first).chain(lines).collect();
    // Rye has no such option
    lines.join("\n").replace(EXCLUDE_NEWER_ADVICE, "").trim_end().to_owned()
}

const EXCLUDE_NEWER_ADVICE: &str =
    " Consider using `exclude-newer-package` to override the cutoff for this package.";

/// Returns why uv failed. How it was called explains nothing where it says that in words.
fn explained(error: process::Error) -> Error {
    match error {
        process::Error::Failed { stderr, .. } if has_explanation(&stderr) => {
            Error::Failed(explanation(&stderr))
        }
        error => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn project_root_follows_three_slashes() {
        if cfg!(unix) {
            assert_eq!(project_root(Path::new("/home/me/my project")), "home/me/my%20project");
        }
    }

    #[test]
    fn the_explanation_is_what_follows_the_label() {
        let stderr = "Resolved 3 packages\nerror: No solution found\n  cause: because\n";
        assert_eq!(explanation(stderr), "No solution found\n  cause: because");
        assert_eq!(explanation("warning: no error: here\n"), "warning: no error: here");
    }
}
