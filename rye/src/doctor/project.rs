//! A project: its manifest, the Python that it is to be run with, its environment and lockfiles.

use super::{Examination, Findings, Level, config_of, network};
use crate::context::Context;
use crate::http::Network;
use crate::index::Indexes;
use crate::lock::{self, Kind};
use crate::packaging::VersionSpecifiers;
use crate::project::{self, Project};
use crate::sync::Workbench;
use crate::toolchain::{self, Offered, Toolchain, Toolchains, Wanted, pin};
use crate::uv::Access;
use crate::venv::{Record, State};
use crate::workspace::{self, Workspace};

pub(super) fn examine(ctx: &Context<'_>, examination: Examination<'_>, findings: &mut Findings) {
    const CHECK: &str = "manifest";
    let Examination { manifest, network, .. } = examination;
    let config = config_of(ctx);
    let workspace = Workspace::load(&ctx.env, ctx.ui, manifest);
    let sources = match &workspace {
        Ok(workspace) => workspace.root().manifest().rye().sources.as_slice(),
        Err(_) => &[],
    };
    let base = match &workspace {
        Ok(workspace) => workspace.directory(),
        Err(_) => ctx.env.working_directory(),
    };
    let indexes = Indexes::new(&ctx.env, base, sources, &config.sources);
    network::index(ctx, indexes, network, findings);
    let directory = ctx.env.working_directory();
    match workspace {
        Ok(workspace) => {
            let path = workspace.current().path().display().to_string();
            findings.add(CHECK, Level::Ok, path);
            let bench = Workbench::new(ctx, workspace);
            let wanted = interpreter(ctx, pin::of_all(&bench.workspace, config), findings);
            environment(ctx, &bench, wanted.as_ref(), findings);
            lockfiles(&bench, findings);
        }
        Err(workspace::Error::Project(project::Error::NotFound(_))) => {
            findings.add(CHECK, Level::Skip, "there is no project here");
            let any = VersionSpecifiers::empty();
            interpreter(ctx, pin::wanted(directory, any, config), findings);
        }
        Err(error) => findings.add_error(CHECK, Level::Fail, &error),
    }
}

/// Looks for the Python that is wanted, and returns what that is.
fn interpreter(
    ctx: &Context<'_>,
    wanted: Result<Wanted, toolchain::Error>,
    findings: &mut Findings,
) -> Option<Wanted> {
    const CHECK: &str = "python";
    let wanted = match wanted {
        Ok(wanted) => wanted,
        Err(error) => {
            findings.add_error(CHECK, Level::Fail, &error);
            return None;
        }
    };
    let toolchains = Toolchains::new(&ctx.env, config_of(ctx).toolchain.preference);
    match toolchains.find(&wanted) {
        Ok(Toolchain { name, interpreter, .. }) => {
            findings.add(CHECK, Level::Ok, format!("{name}, {}", interpreter.path.display()));
        }
        // it comes when it is needed
        Err(error @ toolchain::Error::NoMatch { offered: Offered::Match(_), .. }) => {
            findings.add_error(CHECK, Level::Warn, &error);
        }
        Err(error) => findings.add_error(CHECK, Level::Fail, &error),
    }
    Some(wanted)
}

fn environment(
    ctx: &Context<'_>,
    bench: &Workbench<'_>,
    wanted: Option<&Wanted>,
    findings: &mut Findings,
) {
    const CHECK: &str = "environment";
    const SYNC: &str = "bring it up to date with `rye sync`";
    let shown = bench.venv.path().display();
    let mut add = |level, message: String, cure: &str| {
        findings.add_with_cure(CHECK, level, message, cure);
    };
    let marker = match bench.venv.state() {
        Ok(State::Own(marker)) => marker,
        Ok(State::Missing) => {
            return add(
                Level::Warn,
                format!("`{shown}` is not there yet"),
                "make it with `rye sync`",
            );
        }
        Ok(State::Foreign) if bench.workspace.root().manifest().tool.rye.is_none() => {
            return findings.add(
                CHECK,
                Level::Ok,
                format!("`{shown}` is somebody else's, and used as it is"),
            );
        }
        Ok(State::Foreign) => {
            let message = format!("`{shown}` is a virtual environment that Rye did not make");
            return add(Level::Warn, message, "replace it with `rye sync --force`");
        }
        Err(error) => return findings.add_error(CHECK, Level::Fail, &error),
    };
    if let Err(error) = bench.venv.refuse_taken(&marker, bench.workspace.directory()) {
        return findings.add_error(CHECK, Level::Fail, &error);
    }
    let toolchains = Toolchains::new(&ctx.env, config_of(ctx).toolchain.preference);
    let is_broken = toolchains.probe(&bench.venv.python()).is_none();
    if bench.venv.was_moved(&marker) {
        let made_at = marker.venv_path.as_deref().unwrap_or(bench.venv.path()).display();
        add(
            Level::Warn,
            format!("`{shown}` was moved here from `{made_at}`"),
            "make it anew with `rye sync`",
        );
    } else if is_broken {
        let message = format!("the interpreter of `{shown}` does not work");
        add(Level::Fail, message, "make it anew with `rye sync`");
    } else if wanted.is_some_and(|wanted| bench.venv.fitting(&toolchains, wanted).is_none()) {
        let message = format!("`{shown}` is of {}, which is not what is wanted", marker.python);
        add(Level::Warn, message, "make it anew with `rye sync`");
    } else if matches!(marker.record, Some(Record::Changing { .. })) {
        let message = format!("a sync of `{shown}` was interrupted, or is under way");
        add(Level::Fail, message, "complete it with `rye sync`");
    } else if bench.is_current() {
        findings.add(CHECK, Level::Ok, format!("`{shown}` is in sync ({})", marker.python));
    } else {
        add(
            Level::Warn,
            format!("`{shown}` is not what the last sync left, or the manifest changed"),
            SYNC,
        );
    }
}

/// Looks whether the lockfiles are what the manifest asks for, as far as that can be told without a network.
fn lockfiles(bench: &Workbench<'_>, findings: &mut Findings) {
    const CHECK: &str = "lock";
    let directory = bench.workspace.directory();
    for kind in Kind::ALL {
        match kind.find(directory) {
            Ok(Some(_)) => {}
            Ok(None) => {
                let message = format!("`{}` is missing", kind.file_name());
                return findings.add_with_cure(
                    CHECK,
                    Level::Warn,
                    message,
                    "make it with `rye lock`",
                );
            }
            Err(error) => return findings.add_error(CHECK, Level::Fail, &error),
        }
    }
    let current = "the lockfiles are what the manifest asks for";
    if bench.is_current() {
        return findings.add(CHECK, Level::Ok, current);
    }
    // to look at a project must not run its code
    let is_built = |project: &Project| project.manifest().needs_build() && !project.is_virtual();
    if bench.workspace.members().any(is_built) {
        return findings.add_with_cure(
            CHECK,
            Level::Skip,
            "it cannot be told without a build of the project",
            "find it out with `rye lock --check`",
        );
    }
    let access = Access { network: Network::Offline, ..Access::default() };
    match bench.resolve(&lock::Request::default(), access).map(|locks| locks.check(directory)) {
        Ok(Ok(())) => findings.add(CHECK, Level::Ok, current),
        Ok(Err(lock::Error::Stale { path, .. })) => {
            let name = path.file_name().unwrap_or_default().display();
            let message = format!("`{name}` is not what the manifest asks for");
            findings.add_with_cure(
                CHECK,
                Level::Warn,
                message,
                "bring it up to date with `rye lock`",
            );
        }
        Ok(Err(error)) => findings.add_error(CHECK, Level::Warn, &error),
        // what is wrong is for `rye lock` to tell: without the network it may be that alone
        Err(_) => findings.add_with_cure(
            CHECK,
            Level::Skip,
            "it cannot be told without the network",
            "find it out with `rye lock --check`",
        ),
    }
}
