//! `rye init`: starts a project, or makes one of what is there.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::ValueHint;

use crate::cli::complete::Names;
use crate::context::Context;
use crate::exit::Exit;
use crate::http::Network;
use crate::packaging::{BuildSystem, Operator, Version, VersionSpecifier, VersionSpecifiers};
use crate::process;
use crate::template::{self, Kind, License, Plan, ScriptPlan};
use crate::toolchain::Request;
use crate::ui::ConfirmError;
use crate::workspace::Above;

const NO_WORKSPACE: &str = "there is no workspace above that it could be a member of";

/// Start a project or a script, or make one of what is there
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Directory of the project, or file of the script
    #[arg(default_value = ".", value_hint = ValueHint::DirPath)]
    path: PathBuf,
    /// Start a script that stands alone: one file that says what it needs (PEP 723)
    #[arg(long, conflicts_with_all = [
        "lib", "script", "virtual", "name", "build_system", "license", "private", "no_readme", "no_pin", "member",
        "no_member", "no_import", "dev_requirements",
    ])]
    standalone: bool,
    #[command(flatten)]
    flags: Flags,
}

/// What a new project is like.
#[derive(Debug, clap::Args)]
pub(crate) struct Flags {
    /// Start a package to be imported (default)
    #[arg(long, conflicts_with_all = ["script", "virtual"])]
    lib: bool,
    /// Start a package with a program
    #[arg(long, conflicts_with = "virtual")]
    script: bool,
    /// Start without a package: a place for dependencies and scripts
    #[arg(long, conflicts_with = "build_system")]
    r#virtual: bool,
    /// Name of the project [default: that of the directory]
    #[arg(long)]
    name: Option<String>,
    /// Python to pin, or to start a script for
    #[arg(short, long, value_name = "REQUEST", add = Names::Python)]
    py: Option<Request>,
    /// Oldest Python that it is for
    #[arg(long, value_name = "VERSION", value_parser = parse_minimum)]
    min_py: Option<VersionSpecifiers>,
    /// Backend that builds the project
    #[arg(long, value_name = "NAME")]
    build_system: Option<BuildSystem>,
    /// Licence as an SPDX expression
    #[arg(long, value_name = "SPDX")]
    license: Option<License>,
    /// Keep package indexes from accepting the project
    #[arg(long)]
    private: bool,
    /// Write no README.md
    #[arg(long)]
    no_readme: bool,
    /// Write no .python-version
    #[arg(long)]
    no_pin: bool,
    /// Make it a member of the workspace above, without a question
    #[arg(long, conflicts_with = "no_member")]
    member: bool,
    /// Do not make it a member of the workspace above
    #[arg(long)]
    no_member: bool,
    /// Leave setup.py and setup.cfg alone
    #[arg(long)]
    no_import: bool,
    /// Add what a requirements file lists
    #[arg(short, long, value_name = "FILE", conflicts_with = "no_import")]
    requirements: Vec<PathBuf>,
    /// Add what a requirements file lists to the development dependencies
    #[arg(long, value_name = "FILE", conflicts_with = "no_import")]
    dev_requirements: Vec<PathBuf>,
    /// Stay off the network
    #[arg(long)]
    offline: bool,
}

fn parse_minimum(text: &str) -> Result<VersionSpecifiers, String> {
    let version: Version = text.parse().map_err(|_| "write a version, as in `3.9`".to_owned())?;
    let specifier = VersionSpecifier::from_version(Operator::GreaterThanEqual, version);
    Ok(specifier.map_err(|error| error.to_string())?.into())
}

/// Tells whether the project is to become a member of a workspace that does not have it yet.
fn joins(ctx: &Context<'_>, args: &Flags, above: Option<&Above>) -> anyhow::Result<bool> {
    let Some(above) = above.filter(|_| !args.no_member) else { return Ok(false) };
    if args.member {
        return Ok(true);
    }
    let name = above.name();
    match ctx.ui.confirm(format_args!("make it a member of the workspace `{name}`?"), "`--member`")
    {
        Err(ConfirmError::NoTerminal { .. }) => {
            ctx.ui.warn(format_args!("it is no member of the workspace `{name}` above it"));
            ctx.ui.hint("make it one with `--member`, or say `--no-member`");
            Ok(false)
        }
        answer => Ok(answer?),
    }
}

fn start_script(ctx: &Context<'_>, args: Args) -> anyhow::Result<Exit> {
    anyhow::ensure!(
        args.path != Path::new("."),
        "name the file of the script, as in `rye init --standalone script.py`"
    );
    let plan = ScriptPlan {
        path: args.path,
        python: args.flags.py,
        requires_python: args.flags.min_py,
        requirements: args.flags.requirements,
    };
    let is_new = template::create_script(ctx, &plan)?;
    let path = process::quoted(plan.path.as_os_str());
    if is_new {
        ctx.ui.status("created", format_args!("script `{}`", plan.path.display()));
    } else {
        ctx.ui.status("changed", format_args!("`{}` says what it needs now", plan.path.display()));
    }
    let is_python = plan.path.extension().is_some_and(|extension| extension == "py");
    let flag = if is_python { "" } else { "--script " };
    let next = format!(
        "`rye add --script {path} NAME` for what it needs, `rye run {flag}{path}` to run it"
    );
    ctx.ui.status("next", next);
    Ok(Exit::Success)
}

pub(crate) fn run(ctx: &Context<'_>, args: Args) -> anyhow::Result<Exit> {
    if args.standalone {
        return start_script(ctx, args);
    }
    start(ctx, args.path, args.flags)
}

/// Starts a project in a directory.
pub(crate) fn start(ctx: &Context<'_>, path: PathBuf, args: Flags) -> anyhow::Result<Exit> {
    let kind = match (args.script, args.r#virtual) {
        (_, true) => Kind::Virtual,
        (true, _) => Kind::Script,
        _ => Kind::Library,
    };
    let above = Above::find(&template::locate(&ctx.env, &path)?)?;
    anyhow::ensure!(!args.member || above.is_some(), NO_WORKSPACE);
    let is_member = above.as_ref().is_some_and(|above| above.is_member);
    anyhow::ensure!(
        !(is_member && args.no_member),
        "the globs of the workspace above make it a member: leave it out there with `exclude`"
    );
    let joins = is_member || joins(ctx, &args, above.as_ref())?;
    let guarded = match above.filter(|_| joins) {
        Some(above) => Some(above.guarded(&ctx.env, ctx.ui)?.context(NO_WORKSPACE)?),
        None => None,
    };
    let (workspace, _guard) = guarded.unzip();
    let joined = workspace.as_ref().map(Above::name);
    let plan = Plan {
        path,
        kind,
        name: args.name,
        python: args.py,
        requires_python: args.min_py,
        build_system: args.build_system,
        license: args.license,
        private: args.private,
        writes_readme: !args.no_readme,
        writes_pin: !args.no_pin,
        workspace,
        imports: !args.no_import,
        requirements: args.requirements,
        dev_requirements: args.dev_requirements,
        network: if args.offline { Network::Offline } else { Network::Online },
    };
    let created = template::create(ctx, &plan)?;
    let root = &created.root;
    let mut path = root.strip_prefix(ctx.env.working_directory()).unwrap_or(root).to_owned();
    if path.to_string_lossy().starts_with('-') {
        path = Path::new(".").join(path); // a shell takes it for an option
    }
    let (place, change) = if path == Path::new("") {
        (".".to_owned(), String::new())
    } else {
        (path.display().to_string(), format!("`cd {}`, ", process::quoted(path.as_os_str())))
    };
    ctx.ui.status("created", format_args!("project `{}` in `{place}`", created.name));
    if let Some(name) = joined {
        ctx.ui.status("joined", format_args!("the workspace `{name}`"));
    }
    let next = "`rye add NAME` for what it needs, `rye sync` to install it";
    ctx.ui.status("next", format_args!("{change}{next}"));
    Ok(Exit::Success)
}
