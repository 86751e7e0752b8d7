//! `rye publish`

use std::path::{Path, PathBuf};

use crate::build;
use crate::cli::args::MembersArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::fs;
use crate::http;
use crate::project;
use crate::publish::{self, Login, Repository, Sources, Target, Wanted, Wish};
use crate::sync::Workbench;
use crate::uv::{Access, KeyringProvider, TrustedPublishing, Upload, UploadStep, Uv};
use crate::workspace;

/// Upload distributions of the project to an index
///
/// Without files these are the sdists and wheels in `dist` that have the version of the project. A token is best given in
/// `RYE_PUBLISH_TOKEN`: the arguments of a program can be read by every user of the machine.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The files to upload, or patterns such as `dist/*`
    #[arg(value_name = "DIST", conflicts_with_all = ["all", "package"])]
    dist: Vec<PathBuf>,
    /// The name of the repository: the default index, a source with `publish-url`, or one that was stored
    #[arg(short, long, value_name = "NAME")]
    repository: Option<String>,
    /// Where the repository takes uploads
    #[arg(long, value_name = "URL")]
    repository_url: Option<String>,
    /// The account [default: that of tokens]
    #[arg(short, long)]
    username: Option<String>,
    /// The token, or the password of the account; better in `RYE_PUBLISH_TOKEN`
    #[arg(long)]
    token: Option<String>,
    /// Store the token in Rye's home when the upload is done; without one given it is asked for
    #[arg(long)]
    save: bool,
    /// Leave out what the index has already
    #[arg(long)]
    skip_existing: bool,
    /// The index that is asked what it has already
    #[arg(long, value_name = "URL", requires = "skip_existing")]
    check_url: Option<String>,
    /// A file of certificates to trust instead of the system's
    #[arg(long, value_name = "PATH")]
    cert: Option<PathBuf>,
    /// Whether to let the CI service vouch for the upload
    #[arg(long, value_enum, default_value_t, hide_default_value = true)]
    trusted_publishing: TrustedPublishing,
    /// Where to ask for the password of the account
    #[arg(long, value_enum, default_value_t, hide_default_value = true)]
    keyring_provider: KeyringProvider,
    /// Look at the files and at what the index has, and upload nothing
    #[arg(long, conflicts_with = "save")]
    dry_run: bool,
    /// Ask nothing
    #[arg(short, long)]
    yes: bool,
    /// Sign the files; no index takes signatures any more
    #[arg(long, hide = true)]
    sign: bool,
    /// Whose signature it is
    #[arg(short, long, hide = true)]
    identity: Option<String>,
    #[command(flatten)]
    members: MembersArgs,
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    anyhow::ensure!(
        !args.sign && args.identity.is_none(),
        "`--sign` and `--identity` are gone: indexes take no signatures any more, only attestations, which lie beside the files"
    );
    anyhow::ensure!(
        !args.save || args.trusted_publishing != TrustedPublishing::Always,
        "`--save` stores a token, and trusted publishing has none to store"
    );
    let config = ctx.config()?;
    let access = Access { keyring: args.keyring_provider, ..Access::default() };
    let bench = match args.members.workspace(ctx) {
        Ok(workspace) => Some(Workbench::new(ctx, workspace)),
        // files that are named need no project
        Err(workspace::Error::Project(project::Error::NotFound(_))) if !args.dist.is_empty() => {
            None
        }
        Err(error) => return Err(error.into()),
    };
    let (project, base) = match &bench {
        Some(bench) => {
            let workspace = &bench.workspace;
            (workspace.root().manifest().rye().sources.as_slice(), workspace.directory())
        }
        None => ([].as_slice(), ctx.env.working_directory()),
    };
    let files = match &bench {
        Some(bench) if args.dist.is_empty() => built(ctx, args, bench, access)?,
        _ => publish::named(ctx.env.working_directory(), &args.dist)?,
    };
    let target = Target {
        name: args.repository.as_deref(),
        url: args.repository_url.as_deref(),
        check_url: args.check_url.as_deref(),
        skips_existing: args.skip_existing,
    };
    let sources = Sources { project, base, config: &config.sources };
    let repository = Repository::find(&ctx.env, sources, target)?;
    let login = login(ctx, args, &repository)?;
    if !(args.dry_run || http::is_protected(&repository.url)) {
        let error = http::Unprotected((&repository.url).into());
        ctx.ui.warn(format_args!("{error}, or read the token"));
    }
    let indexes = repository.indexes(&ctx.env, sources)?;
    let uv = Uv::new(ctx, &indexes, access)?;
    upload(ctx, args, &uv, &repository, &login, &files)?;
    if !args.dry_run {
        store(ctx, args, &repository, &login)?;
    }
    Ok(Exit::Success)
}

/// Returns what the upload is allowed with; without one nothing has to be.
fn login(ctx: &Context<'_>, args: &Args, repository: &Repository) -> anyhow::Result<Login> {
    if args.dry_run {
        return Ok(Login::Ambient);
    }
    let wish = Wish {
        username: args.username.as_deref(),
        token: args.token.as_deref(),
        keyring: args.keyring_provider,
        trusted: args.trusted_publishing,
        saves: args.save,
        asks: !args.yes,
    };
    Ok(repository.login(ctx, &wish)?)
}

/// Uploads the files, and tells what becomes of each.
fn upload(
    ctx: &Context<'_>,
    args: &Args,
    uv: &Uv<'_>,
    repository: &Repository,
    login: &Login,
    files: &[PathBuf],
) -> anyhow::Result<()> {
    let certificates = args.cert.as_ref().map(|path| ctx.env.working_directory().join(path));
    let certificates = certificates.map(|path| fs::canonical(&path)).transpose()?;
    let upload = Upload {
        files,
        url: &repository.url,
        check_url: repository.check_url.as_ref(),
        access: login.access(),
        certificates: certificates.as_deref(),
        is_dry_run: args.dry_run,
    };
    let url = http::Redacted::from(&repository.url);
    let mut skipped = 0;
    let uploaded = uv.publish(&upload, |step| match step {
        UploadStep::Checking(name) => ctx.ui.status("would upload", name),
        UploadStep::Uploading(name) => ctx.ui.status("uploading", name),
        UploadStep::Skipped(name) => {
            skipped += 1;
            ctx.ui.status("skipped", format_args!("{name}, which the index has"));
        }
    });
    uploaded.map_err(|source| publish::Error::Upload { url: url.clone(), source })?;
    if args.dry_run {
        return Ok(());
    }
    let distributions = files.iter().filter(|path| !is_attestation(path)).count();
    match distributions.saturating_sub(skipped) {
        0 => ctx.ui.status("current", format_args!("{url} has all of it")),
        1 => ctx.ui.status("published", format_args!("1 file to {url}")),
        count => ctx.ui.status("published", format_args!("{count} files to {url}")),
    }
    Ok(())
}

fn is_attestation(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "attestation")
}

/// Returns what was built of the projects that are meant.
fn built(
    ctx: &Context<'_>,
    args: &Args,
    bench: &Workbench<'_>,
    access: Access,
) -> anyhow::Result<Vec<PathBuf>> {
    let workspace = &bench.workspace;
    let mut wanted = Vec::new();
    // whoever installs one of them finds what it needs
    for member in build::in_order(workspace, &args.members.members(workspace)?) {
        if member.is_virtual() {
            let name = member.display_name();
            ctx.ui.status("skipped", format_args!("{name}, which is virtual"));
            continue;
        }
        let path = || member.path().to_owned();
        let name = member.manifest().name().ok_or_else(|| publish::Error::NoProjectName(path()))?;
        let version = build::version(bench, member, access)?;
        let missing = || project::version::Error::Missing { name: member.display_name() };
        wanted.push(Wanted { name, version: version.ok_or_else(missing)? });
    }
    if wanted.is_empty() {
        return Err(publish::Error::AllVirtual.into());
    }
    let found = publish::built(&workspace.directory().join("dist"), &wanted)?;
    match found.others {
        0 => {}
        1 => ctx.ui.status("left out", "1 file of another project or version"),
        others => {
            ctx.ui.status("left out", format_args!("{others} files of other projects or versions"));
        }
    }
    Ok(found.files)
}

/// Stores a token that was used, if somebody wants that.
fn store(
    ctx: &Context<'_>,
    args: &Args,
    repository: &Repository,
    login: &Login,
) -> anyhow::Result<()> {
    let Login::Password { username, password, is_new: true, was_asked } = login else {
        return Ok(());
    };
    let path = ctx.env.credentials();
    let offers = *was_asked && repository.has_name();
    let question = || format!("store the token in {}?", path.display());
    if args.save || offers && ctx.ui.confirm(question(), "`--save`")? {
        repository.store(username, password)?;
        ctx.ui.status("stored", format_args!("the token in {}", path.display()));
    }
    Ok(())
}
