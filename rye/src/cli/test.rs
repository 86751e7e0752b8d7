//! `rye test`

use std::ffi::OsString;
use std::process::ExitStatus;

use crate::checks::pytest;
use crate::cli::args::{CommonLockArgs, FreshArgs, MembersArgs};
use crate::cli::tell;
use crate::context::Context;
use crate::exit::Exit;
use crate::process;
use crate::project::Project;
use crate::sync::{Freshness, Options, Workbench};

/// Run the project's tests with pytest
///
/// It is the pytest of the project's environment, which is brought up to date first if something changed. Each
/// project's tests run in its own directory, without those of projects below it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Let through what the tests print
    #[arg(short = 's', long)]
    no_capture: bool,
    #[command(flatten)]
    members: MembersArgs,
    #[command(flatten)]
    fresh: FreshArgs,
    #[command(flatten)]
    lock: CommonLockArgs,
    /// Arguments for pytest
    #[arg(last = true, value_name = "ARGS")]
    arguments: Vec<OsString>,
}

pub(crate) fn run(ctx: &Context<'_>, args: &Args) -> anyhow::Result<Exit> {
    let mut bench = Workbench::new(ctx, args.members.workspace(ctx)?);
    args.members.members(&bench.workspace)?; // a name that is wrong changes nothing
    let freshness = args.fresh.freshness();
    pytest::expect(&bench, freshness)?;
    let options = Options { lock: args.lock.request(), ..args.fresh.options() };
    anyhow::ensure!(
        freshness == Freshness::Current || options.lock.is_default(),
        "`--no-sync` locks nothing, and `--pre`, `--with-sources` and `--generate-hashes` are about that"
    );
    if let Some(report) = bench.prepare(freshness, &options)? {
        tell::prepared(ctx, &report, &bench);
    }
    let options = pytest::Options {
        no_capture: args.no_capture,
        verbosity: ctx.ui.verbosity(),
        arguments: &args.arguments,
    };
    let interruption = process::Interruption::watch()?;
    let mut failed: Option<ExitStatus> = None;
    for member in args.members.members(&bench.workspace)? {
        let mut command = pytest::command(&ctx.env, &bench, member, &options)?;
        ctx.ui.status("testing", describe(&bench, member));
        ctx.ui.detail(process::display(&command));
        let status = process::status(&mut command)?;
        if status.code() == Some(pytest::NO_TESTS) {
            warn_of_no_tests(ctx, &bench, member, args);
        }
        // where there are no tests none fails: what fails elsewhere says more
        if !status.success() && failed.is_none_or(|failed| failed.code() == Some(pytest::NO_TESTS))
        {
            failed = Some(status);
        }
        if interruption.has_come() {
            return Ok(if status.success() { Exit::Child(130) } else { status.into() });
        }
    }
    Ok(failed.map_or(Exit::Success, Exit::from))
}

/// Returns a project by its name, and in a workspace where it is.
fn describe(bench: &Workbench<'_>, member: &Project) -> String {
    let name = member.display_name();
    if bench.workspace.is_shared() {
        format!("{name} ({})", bench.workspace.place(member))
    } else {
        name
    }
}

fn warn_of_no_tests(ctx: &Context<'_>, bench: &Workbench<'_>, member: &Project, args: &Args) {
    let name = member.display_name();
    ctx.ui.warn(format_args!(
        "pytest found no tests in `{name}` (status 5): they are in files named `test_*.py` or `*_test.py`{}",
        if args.arguments.is_empty() { "" } else { ", and your arguments may leave them out" }
    ));
    let is_root = member.path() == bench.workspace.root().path();
    if is_root && bench.workspace.is_shared() && !args.members.is_all() {
        ctx.ui.hint("the other projects of the workspace are tested with `rye test --all`");
    }
}
