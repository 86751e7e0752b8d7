//! `rye tools run`, or `rye x`

use std::ffi::OsString;

use anyhow::Context as _;

use crate::cli::args::AccessArgs;
use crate::cli::complete::Names;
use crate::cli::tools::install::python;
use crate::context::Context;
use crate::exit::Exit;
use crate::process;
use crate::tools::{self, Run, Source};

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
    #[arg(short, long, add = Names::Python)]
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
    let access = args.access.access();
    let python = args.python.as_deref().map(|text| python(ctx, text)).transpose()?;
    let parse = |text: &str| Source::parse(ctx, text)?.asked(ctx, python.as_ref(), access);
    let (program, from) = match (&args.from, Source::parse(ctx, name)) {
        (Some(from), _) => (name, parse(from)?),
        (None, Ok(Source::Path(_) | Source::Url(_))) => {
            let quoted = process::quoted(name.as_ref());
            anyhow::bail!(
                "`{name}` is no name of a program; give that too: `--from {quoted} PROGRAM`"
            )
        }
        (None, asked) => {
            // the name as it was typed: programs may have capital letters
            let end = name.find(|part| "[@<>=!~; (".contains(part)).unwrap_or(name.len());
            (&name[..end], asked?.asked(ctx, None, access)?)
        }
    };
    let with = args.with.iter().map(|text| Ok(parse(text)?.requirement));
    let with = with.collect::<Result<_, tools::Error>>()?;
    let run =
        Run { program: program.to_owned(), from, with, python, pre_releases: args.pre, access };
    let program = run.program(ctx).with_context(|| format!("cannot run `{program}`"))?;
    let mut command = process::command(&ctx.env, &program);
    command.args(arguments).env_remove("PYTHONHOME");
    Ok(process::exec(&mut command)?.into())
}
