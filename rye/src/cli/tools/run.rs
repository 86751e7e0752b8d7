//! `rye tools run`, or `rye x`

use std::ffi::OsString;

use crate::cli::args::AccessArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::process;
use crate::toolchain::Request;
use crate::tools::{self, Asked, Run};

/// Run a program without installing it
///
/// The distribution of that name is installed to the cache, and stays there. Everything after NAME is passed on to the
/// program.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The distribution that the program is in, where it has another name
    #[arg(long, value_name = "REQUIREMENT")]
    from: Option<String>,
    /// Install this too
    #[arg(long, value_name = "REQUIREMENT")]
    with: Vec<String>,
    /// The Python to run it with, such as `3.12`
    #[arg(short, long)]
    python: Option<String>,
    /// Allow pre-releases
    #[arg(long)]
    pre: bool,
    #[command(flatten)]
    access: AccessArgs,
    /// The program, as NAME, NAME@VERSION or NAME@latest, and its arguments
    #[arg(value_name = "NAME", required = true, trailing_var_arg = true)]
    command: Vec<OsString>,
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    let (name, arguments) = args.command.split_first().expect("clap requires one");
    let name = name.to_str().ok_or_else(|| {
        anyhow::anyhow!("`{}` is not UTF-8, and no program has such a name", name.display())
    })?;
    let (program, from) = if let Some(from) = &args.from {
        (name.to_owned(), from.parse()?)
    } else {
        let asked: Asked = name.parse()?;
        // the name as it was typed: programs may have capital letters
        let end = name.find(|part| "[@<>=!~; (".contains(part)).unwrap_or(name.len());
        (name[..end].to_owned(), asked)
    };
    let run = Run {
        program,
        from,
        with: args
            .with
            .iter()
            .map(|text| Ok(text.parse::<Asked>()?.requirement))
            .collect::<Result<_, tools::AskedError>>()?,
        python: args.python.as_deref().map(str::parse::<Request>).transpose()?,
        pre_releases: args.pre,
        access: args.access.access(),
    };
    let program = tools::program(ctx, &run)?;
    let mut command = process::command(&ctx.env, &program);
    command.args(arguments);
    Ok(process::exec(&mut command)?.into())
}
