//! Flags that several commands share.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fmt::Display;
use std::path::PathBuf;
use std::str::FromStr;

use crate::cli::complete::Names;
use crate::config::Config;
use crate::context::Context;
use crate::dependencies::{Addition, Follow, Target};
use crate::env::Env;
use crate::fs;
use crate::http::Network;
use crate::lock::Request;
use crate::packaging::{ExtraName, PackageName, Requirement, RequirementUrl, VersionOrUrl};
use crate::project::Project;
use crate::project::edit::List;
use crate::selection::{self, Parts, Selection};
use crate::sync::{self, Freshness, Locking};
use crate::toolchain;
use crate::tools::{self, Source};
use crate::uv::{Access, KeyringProvider, Upgrade};
use crate::workspace::{self, Survey, Workspace};

/// Reads a name, which is not empty.
pub(crate) fn name<T: FromStr<Err: Display>>(text: &str) -> Result<T, String> {
    if text.is_empty() {
        return Err("a name is not empty".to_owned());
    }
    text.parse().map_err(|error: T::Err| error.to_string())
}

/// Reads what git takes for the place of a repository: a URL, or `USER@HOST:PATH`, which is none.
#[expect(clippy::unnecessary_wraps, reason = "clap asks for it")]
fn git_url(text: &str) -> Result<String, Infallible> {
    let is_host = |host: &&str| !host.contains('/') && host.contains('@');
    let parts = text.split_once(':').filter(|(host, _)| is_host(host));
    Ok(match parts {
        Some((host, path)) => format!("ssh://{host}/{}", path.trim_start_matches('/')),
        None => text.to_owned(),
    })
}

/// Which project is meant, with the workspace that it belongs to.
#[derive(Debug, clap::Args)]
pub(crate) struct PyprojectArgs {
    /// Use this `pyproject.toml` instead of the nearest one
    #[arg(long, value_name = "PATH")]
    pyproject: Option<PathBuf>,
}

impl PyprojectArgs {
    pub(crate) fn workspace(&self, ctx: &Context<'_>) -> Result<Workspace, workspace::Error> {
        Workspace::load(&ctx.env, ctx.ui, self.pyproject.as_deref())
    }

    /// Reads the manifests, and leaves what they say for later.
    pub(crate) fn survey(&self, ctx: &Context<'_>) -> Result<Survey, workspace::Error> {
        Survey::load(&ctx.env, ctx.ui, self.pyproject.as_deref())
    }
}

/// Which project is meant, also by its name.
#[derive(Debug, clap::Args)]
pub(crate) struct ProjectArgs {
    #[command(flatten)]
    pyproject: PyprojectArgs,
    /// Work on this member of the workspace
    #[arg(short, long, value_parser = name::<PackageName>, value_name = "NAME", add = Names::Member)]
    package: Option<PackageName>,
}

impl ProjectArgs {
    /// Tells whether a project is named.
    pub(crate) fn is_named(&self) -> bool {
        self.pyproject.pyproject.is_some() || self.package.is_some()
    }

    pub(crate) fn workspace(&self, ctx: &Context<'_>) -> Result<Workspace, workspace::Error> {
        let workspace = self.pyproject.workspace(ctx)?;
        match &self.package {
            Some(name) => workspace.at(name),
            None => Ok(workspace),
        }
    }

    /// Reads the manifests, and leaves what they say for later where no name has to be looked for.
    pub(crate) fn survey(&self, ctx: &Context<'_>) -> Result<Survey, workspace::Error> {
        match &self.package {
            Some(_) => Ok(self.workspace(ctx)?.survey()),
            None => self.pyproject.survey(ctx),
        }
    }
}

/// Which projects of the workspace are meant.
#[derive(Debug, clap::Args)]
pub(crate) struct MembersArgs {
    #[command(flatten)]
    pyproject: PyprojectArgs,
    /// All members of the workspace
    #[arg(short, long, conflicts_with = "package")]
    all: bool,
    /// This member of the workspace
    #[arg(short, long, value_parser = name::<PackageName>, value_name = "NAME", add = Names::Member)]
    package: Vec<PackageName>,
}

impl MembersArgs {
    pub(crate) fn workspace(&self, ctx: &Context<'_>) -> Result<Workspace, workspace::Error> {
        self.pyproject.workspace(ctx)
    }

    /// Tells whether all members are meant, whatever they are called.
    pub(crate) fn is_all(&self) -> bool {
        self.all
    }

    /// Returns the projects that are meant, sorted by name: without a flag the one that is worked on.
    pub(crate) fn members<'w>(
        &self,
        workspace: &'w Workspace,
    ) -> Result<Vec<&'w Project>, workspace::Error> {
        let mut members = match self.package.as_slice() {
            _ if self.all => workspace.members().collect(),
            [] => vec![workspace.current()],
            names => names.iter().map(|name| workspace.named(name)).collect::<Result<_, _>>()?,
        };
        members.sort_by_cached_key(|member| member.display_name());
        members.dedup_by_key(|member| member.path());
        Ok(members)
    }
}

/// What of the workspace is wanted.
#[derive(Debug, clap::Args)]
pub(crate) struct SelectionArgs {
    /// All members of the workspace (default)
    #[arg(short, long, conflicts_with = "package")]
    all: bool,
    /// Only this member of the workspace, and what it needs
    #[arg(short, long, value_parser = name::<PackageName>, value_name = "NAME", add = Names::Member)]
    package: Vec<PackageName>,
    /// Leave the development dependencies out
    #[arg(long)]
    no_dev: bool,
    /// Take this group too (PEP 735)
    #[arg(long, value_parser = name::<ExtraName>, value_name = "NAME", add = Names::Group)]
    group: Vec<ExtraName>,
    /// Take all groups
    #[arg(long)]
    all_groups: bool,
    /// Leave this group out
    #[arg(long, value_parser = name::<ExtraName>, value_name = "NAME", add = Names::Group)]
    no_group: Vec<ExtraName>,
    /// Take this group and nothing else
    #[arg(long, value_parser = name::<ExtraName>, value_name = "NAME", add = Names::Group, conflicts_with_all = ["group", "all_groups", "no_dev", "no_group", "only_deps"])]
    only_group: Vec<ExtraName>,
    /// Take what the projects need, and not the projects themselves
    #[arg(long)]
    only_deps: bool,
}

impl SelectionArgs {
    /// Returns the groups that are named.
    pub(crate) fn groups(&self) -> &[ExtraName] {
        &self.group
    }

    pub(crate) fn selection(&self) -> Selection {
        let named = |names: &[ExtraName]| names.iter().cloned().collect();
        let members = self.package.iter().cloned().collect();
        if !self.only_group.is_empty() {
            let groups = named(&self.only_group);
            return Selection { members, parts: Parts::Nothing, groups, ..Selection::nothing() };
        }
        let mut selection = Selection {
            members,
            parts: if self.only_deps { Parts::Dependencies } else { Parts::Everything },
            all_groups: self.all_groups,
            ..Selection::default()
        };
        selection.groups.extend(self.group.iter().cloned());
        selection.without = named(&self.no_group);
        if self.no_dev {
            selection.without.insert(selection::development());
        }
        selection
    }
}

/// Whose requirements count, where it is asked who needs something: everybody's, unless said otherwise.
#[derive(Debug, clap::Args)]
pub(crate) struct AskersArgs {
    /// Only what this member of the workspace needs
    #[arg(short, long, value_parser = name::<PackageName>, value_name = "NAME", add = Names::Member)]
    package: Vec<PackageName>,
    /// Only what is not for development
    #[arg(long)]
    no_dev: bool,
}

impl AskersArgs {
    pub(crate) fn selection(&self) -> Selection {
        let members = self.package.iter().cloned().collect();
        let all = Selection { members, all_groups: true, ..Selection::default() };
        if self.no_dev {
            return Selection { all_groups: false, groups: BTreeSet::new(), ..all };
        }
        all
    }
}

/// How the indexes may be reached.
#[derive(Debug, clap::Args)]
pub(crate) struct AccessArgs {
    /// Stay off the network
    #[arg(long)]
    offline: bool,
    /// Where to ask for the credentials of an index
    #[arg(long, value_enum, default_value_t, hide_default_value = true)]
    keyring_provider: KeyringProvider,
}

impl AccessArgs {
    pub(crate) fn access(&self) -> Access {
        let network = if self.offline { Network::Offline } else { Network::Online };
        Access { network, keyring: self.keyring_provider }
    }
}

/// How fresh the environment has to be that something is run in.
#[derive(Debug, clap::Args)]
pub(crate) struct FreshArgs {
    /// Take the environment as it is
    #[arg(long, conflicts_with = "locked")]
    no_sync: bool,
    /// Fail if the lockfiles are not what the manifest asks for
    #[arg(long)]
    locked: bool,
    #[command(flatten)]
    access: AccessArgs,
}

impl FreshArgs {
    pub(crate) fn freshness(&self) -> Freshness {
        if self.no_sync { Freshness::AsItIs } else { Freshness::Current }
    }

    pub(crate) fn options(&self) -> sync::Options {
        sync::Options {
            locking: if self.locked { Locking::Locked } else { Locking::Update },
            access: self.access.access(),
            ..sync::Options::default()
        }
    }
}

/// How the lockfiles are made; most of it is remembered in them.
#[derive(Debug, clap::Args)]
pub(crate) struct LockArgs {
    /// Let this distribution move to a newer version
    #[arg(long, value_parser = name::<PackageName>, value_name = "NAME", add = Names::Distribution)]
    update: Vec<PackageName>,
    /// Let all distributions move to newer versions
    #[arg(long)]
    update_all: bool,
    #[command(flatten)]
    extras: ExtrasArgs,
    /// Make lockfiles that hold on every platform (remembered)
    #[arg(long)]
    universal: bool,
    /// Forget what the lockfiles remember
    #[arg(long)]
    reset: bool,
    #[command(flatten)]
    common: CommonLockArgs,
}

/// Extras of the projects.
#[derive(Debug, clap::Args)]
pub(crate) struct ExtrasArgs {
    /// Take these extras too, as `EXTRA` or `MEMBER/EXTRA`
    #[arg(long, value_name = "EXTRA", value_delimiter = ',', add = Names::Extra)]
    features: Vec<String>,
    /// Take all extras too
    #[arg(long)]
    all_features: bool,
}

impl ExtrasArgs {
    pub(crate) fn request(&self) -> Request {
        let features = self.features.iter().map(|feature| feature.trim());
        Request {
            features: features.filter(|feature| !feature.is_empty()).map(str::to_owned).collect(),
            all_features: self.all_features,
            ..Request::default()
        }
    }
}

/// How the lockfiles are made, as far as `add` and `remove` have a say.
#[derive(Debug, clap::Args)]
pub(crate) struct CommonLockArgs {
    /// Allow pre-releases (remembered)
    #[arg(long)]
    pre: bool,
    /// Write the sources into the lockfiles (remembered)
    #[arg(long)]
    with_sources: bool,
    /// Write hashes into the lockfiles (remembered)
    #[arg(long)]
    generate_hashes: bool,
}

impl CommonLockArgs {
    pub(crate) fn request(&self) -> Request {
        Request {
            pre: self.pre,
            with_sources: self.with_sources,
            generate_hashes: self.generate_hashes,
            ..Request::default()
        }
    }
}

impl LockArgs {
    pub(crate) fn request(&self) -> Request {
        let Request { features, all_features, .. } = self.extras.request();
        Request {
            upgrade: match self.update.as_slice() {
                _ if self.update_all => Upgrade::All,
                [] => Upgrade::None,
                names => Upgrade::Packages(names.to_vec()),
            },
            updated: self.update.clone(),
            features,
            all_features,
            universal: self.universal,
            reset: self.reset,
            ..self.common.request()
        }
    }
}

/// Which list of the manifest is meant.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
pub(crate) struct TargetArgs {
    /// The development dependencies
    #[arg(short, long)]
    dev: bool,
    /// The dependencies that are never installed, whoever asks for them
    #[arg(long)]
    excluded: bool,
    /// The dependencies of an extra
    #[arg(long, value_parser = name::<ExtraName>, value_name = "EXTRA", add = Names::Extra)]
    optional: Option<ExtraName>,
    /// The dependencies of a group (PEP 735)
    #[arg(long, value_parser = name::<ExtraName>, value_name = "NAME", add = Names::Group)]
    group: Option<ExtraName>,
}

impl TargetArgs {
    pub(crate) fn target(&self) -> Target {
        Target::List(match (&self.optional, &self.group) {
            (Some(extra), _) => List::Optional(extra.clone()),
            (_, Some(group)) => List::Group(group.clone()),
            _ if self.dev => return Target::Development,
            _ if self.excluded => List::Excluded,
            _ => List::Regular,
        })
    }
}

/// Whether the environment follows a change of the manifest.
#[derive(Debug, clap::Args)]
pub(crate) struct FollowArgs {
    /// Sync afterwards, also if `behavior.autosync` is off
    #[arg(long, conflicts_with = "no_sync")]
    sync: bool,
    /// Do not sync afterwards
    #[arg(long)]
    no_sync: bool,
}

impl FollowArgs {
    pub(crate) fn follow(&self, config: &Config) -> Follow {
        if self.sync || (config.behavior.autosync && !self.no_sync) {
            Follow::Sync
        } else {
            Follow::LockOnly
        }
    }
}

/// A requirement that is not looked for on an index, and extras.
#[derive(Debug, clap::Args)]
pub(crate) struct ReferenceArgs {
    /// Take it from a git repository
    #[arg(long, value_name = "URL", value_parser = git_url, conflicts_with_all = ["url", "path"])]
    git: Option<String>,
    /// Take it from a URL
    #[arg(long, conflicts_with = "path")]
    url: Option<String>,
    /// Take it from a directory or a file
    #[arg(long)]
    path: Option<PathBuf>,
    /// Write the path as an absolute one
    #[arg(long, requires = "path")]
    absolute: bool,
    /// Take this tag of the repository
    #[arg(long, requires = "git", conflicts_with_all = ["rev", "branch"])]
    tag: Option<String>,
    /// Take this revision of the repository
    #[arg(long, requires = "git", conflicts_with = "branch")]
    rev: Option<String>,
    /// Take this branch of the repository
    #[arg(long, requires = "git")]
    branch: Option<String>,
    /// Extras of the requirement
    #[arg(long, value_name = "EXTRA", value_delimiter = ',')]
    features: Vec<ExtraName>,
}

impl ReferenceArgs {
    /// Puts what the flags say into the requirement, of which there must be one then.
    pub(crate) fn apply(
        &self,
        env: &Env,
        workspace: &Workspace,
        additions: &mut [Addition],
    ) -> anyhow::Result<()> {
        let reference = self.reference(env, workspace)?;
        if reference.is_none() && self.features.is_empty() {
            return Ok(());
        }
        let [addition] = additions else {
            anyhow::bail!("`--git`, `--url`, `--path` and `--features` go with one requirement");
        };
        self.complete(&mut addition.requirement, reference)
    }

    /// Puts what the flags say into each of the requirements; a path is written out, also that of a member.
    pub(crate) fn apply_to_each(
        &self,
        ctx: &Context<'_>,
        additions: &mut [Addition],
    ) -> anyhow::Result<()> {
        let reference = match (self.url(), &self.path) {
            (Some(url), _) => Some(url),
            (None, Some(path)) => {
                let path = fs::canonical(&ctx.env.working_directory().join(path))?;
                Some(match Workspace::load(&ctx.env, ctx.ui, None) {
                    Ok(workspace) => workspace.file_reference(&path, self.absolute),
                    Err(error) if error.is_outside() => workspace::file_url(&path),
                    Err(error) => return Err(error.into()),
                })
            }
            (None, None) => None,
        };
        for addition in additions {
            self.complete(&mut addition.requirement, reference.clone())?;
        }
        Ok(())
    }

    /// Puts the extras and what was made of the other flags into a requirement.
    fn complete(
        &self,
        requirement: &mut Requirement,
        reference: Option<String>,
    ) -> anyhow::Result<()> {
        for extra in &self.features {
            if !requirement.extras.contains(extra) {
                requirement.extras.push(extra.clone());
            }
        }
        if let Some(reference) = reference {
            anyhow::ensure!(
                requirement.version_or_url.is_none(),
                "`{}` has a version or a URL already",
                requirement.name
            );
            let url = RequirementUrl::new(reference);
            requirement.version_or_url = Some(VersionOrUrl::Url(url));
        }
        Ok(())
    }

    /// Returns the requirement that the flags make of what a user typed, if he typed anything, outside of all
    /// projects.
    pub(crate) fn requirement(
        &self,
        ctx: &Context<'_>,
        text: Option<&str>,
        python: Option<&toolchain::Request>,
        access: Access,
    ) -> anyhow::Result<Requirement> {
        let path = self.path.as_ref().map(|path| ctx.env.working_directory().join(path));
        let path = path.map(|path| fs::canonical(&path)).transpose()?;
        let (source, reference) = match (text, path) {
            (Some(text), path) => {
                let reference = self.url().or(path.as_deref().map(tools::url_of));
                (Source::parse(ctx, text)?, reference)
            }
            (None, Some(path)) => (Source::Path(path), None),
            (None, None) => (Source::Url(self.url().unwrap_or_default()), None),
        };
        let mut requirement = source.asked(ctx, python, access)?.requirement;
        self.complete(&mut requirement, reference)?;
        Ok(requirement)
    }

    /// Returns the URL that is named.
    fn url(&self) -> Option<String> {
        let Some(git) = &self.git else { return self.url.clone() };
        let version = self.tag.as_ref().or(self.rev.as_ref()).or(self.branch.as_ref());
        let version = version.map(|version| format!("@{version}")).unwrap_or_default();
        let prefix = if git.starts_with("git+") { "" } else { "git+" };
        Some(format!("{prefix}{git}{version}"))
    }

    fn reference(&self, env: &Env, workspace: &Workspace) -> anyhow::Result<Option<String>> {
        if let Some(url) = self.url() {
            return Ok(Some(url));
        }
        let Some(path) = &self.path else { return Ok(None) };
        let path = fs::canonical(&env.working_directory().join(path))?;
        // a member goes by its name: it is found wherever the workspace is
        let is_member =
            |member: &Project| member.root() == path && member.manifest().name().is_some();
        let is_member = workspace.members().any(is_member);
        Ok((!is_member).then(|| workspace.file_reference(&path, self.absolute)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_calls_a_repository_is_a_url() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            assert_eq!(git_url(text).as_deref(), Ok(expected));
        }
        check("git@example.org:a/b.git", "ssh://git@example.org/a/b.git");
        check("me@example.org:/srv/b", "ssh://me@example.org/srv/b");
        check("ssh://git@example.org/a", "ssh://git@example.org/a");
        check("https://me:pw@example.org/a", "https://me:pw@example.org/a");
        check("git+ssh://git@example.org:22/a", "git+ssh://git@example.org:22/a");
        check("file:///srv/a@b:c", "file:///srv/a@b:c");
    }
}
