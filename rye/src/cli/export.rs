//! `rye export`

use std::path::{Path, PathBuf};

use crate::cli::args::{AccessArgs, ExtrasArgs, PyprojectArgs, SelectionArgs};
use crate::cli::tell;
use crate::context::Context;
use crate::exit::Exit;
use crate::export::{self, Format, Options};
use crate::fs;
use crate::lock::Kind;
use crate::sync::{Locking, Workbench};

/// Write what is locked for other installers: requirements with hashes, or a `pylock.toml`
///
/// It has what the projects need, and not the projects themselves.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The form [default: that of the file's name, else requirements]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// The file to write instead of standard output, which is `-`
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Leave the hashes of requirements out
    #[arg(long)]
    no_hashes: bool,
    /// Fail if the lockfiles are not what the manifest asks for
    #[arg(long)]
    locked: bool,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    extras: ExtrasArgs,
    #[command(flatten)]
    access: AccessArgs,
    #[command(flatten)]
    pyproject: PyprojectArgs,
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    let output = args.output.as_ref().filter(|path| path.as_os_str() != "-");
    let output = output.map(|path| ctx.env.working_directory().join(path));
    let is_pylock = output.as_deref().is_some_and(export::is_name_of_pylock);
    let format =
        args.format.unwrap_or(if is_pylock { Format::Pylock } else { Format::Requirements });
    anyhow::ensure!(
        format != Format::Pylock || output.is_none() || is_pylock,
        "installers read a lockfile of this kind under the name `pylock.toml` or `pylock.NAME.toml` only"
    );
    anyhow::ensure!(
        format != Format::Pylock || !args.no_hashes,
        "a `pylock.toml` cannot do without hashes"
    );
    let mut bench = Workbench::new(ctx, args.pyproject.workspace(ctx)?);
    let directory = output.as_deref().and_then(Path::parent);
    if let Some(path) = &output {
        refuse_own_file(&bench, path)?;
    }
    if let Some(directory) = directory {
        fs::canonical(directory)?; // the engine is to start there
    }
    let options = Options {
        format,
        base: directory.unwrap_or(ctx.env.working_directory()),
        selection: args.selection.selection(),
        request: args.extras.request(),
        has_hashes: !args.no_hashes,
        locking: if args.locked { Locking::Locked } else { Locking::Update },
        access: args.access.access(),
    };
    let exported = export::export(&mut bench, &options)?;
    if !exported.locked.files.is_empty() {
        tell::relocked(ctx, &exported.locked);
    }
    for requirement in &exported.without_hashes {
        ctx.ui.warn(format_args!(
            "`{requirement}` has no hash, and pip takes none without beside others that have one"
        ));
    }
    match &output {
        Some(path) => {
            // a device or a pipe is written to and not replaced
            if path.exists() && !path.is_file() {
                fs::write_new(path, exported.text)?;
            } else {
                fs::write(path, exported.text)?;
            }
            ctx.ui.status("exported", path.display());
        }
        None => ctx.ui.data_text(&exported.text)?,
    }
    Ok(Exit::Success)
}

/// Fails for a file that the project is made of.
fn refuse_own_file(bench: &Workbench<'_>, path: &Path) -> anyhow::Result<()> {
    let workspace = &bench.workspace;
    let lockfiles = Kind::ALL.map(|kind| kind.path(workspace.directory()));
    let manifests = workspace.members().map(|member| member.path().to_owned());
    let mut own = manifests.chain(lockfiles);
    // by name: to open a pipe would wait for somebody at its other end
    let real = |path: &Path| fs::canonical(path).unwrap_or_else(|_| path.to_owned());
    anyhow::ensure!(
        !own.any(|own| real(&own) == real(path)),
        "`{}` is what the project is made of, and nothing to export to",
        path.display()
    );
    Ok(())
}
