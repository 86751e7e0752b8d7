//! What commands tell of locking and syncing.

use std::collections::BTreeMap;
use std::path::Path;

use crate::context::Context;
use crate::dependencies::{Followed, Outcome, Plan, Raise};
use crate::graph::Graph;
use crate::lock::{self, Locks, Relocked};
use crate::packaging::{PackageName, Version};
use crate::project::Project;
use crate::standalone::{self, Standalone};
use crate::sync::{self, Report, Workbench};
use crate::toolchain::{Kind, Toolchain};
use crate::uv::{Action, Change};

/// Why a command failed after it changed the manifest: that stays as it is now.
pub(crate) const BEHIND: &str = "the manifest and the lockfiles are changed, and the environment is not yet: `rye sync` tries again";

/// Tells what became of the lockfiles.
pub(crate) fn locked(ctx: &Context<'_>, written: &[lock::Kind]) {
    if written.is_empty() {
        ctx.ui.status("current", "the lockfiles are what the manifest asks for");
    }
    for kind in written {
        ctx.ui.status("locked", kind.file_name());
    }
}

/// Tells what became of the lockfiles, and what is in them now that was not.
pub(crate) fn relocked(ctx: &Context<'_>, Relocked { files, changes: told }: &Relocked) {
    locked(ctx, files);
    changes(ctx, told, Tense::Done, &[]);
}

/// Tells what became of the lockfile of a script.
pub(crate) fn script_relocked(ctx: &Context<'_>, script: &Standalone<'_>, told: Option<&[Change]>) {
    let name = script.lockfile_name();
    match told {
        Some(told) => {
            ctx.ui.status("locked", name);
            changes(ctx, told, Tense::Done, &[]);
        }
        None => script_current(ctx, script),
    }
}

/// Tells that the lockfile of a script has nothing to be changed.
pub(crate) fn script_current(ctx: &Context<'_>, script: &Standalone<'_>) {
    let (lockfile, name) = (script.lockfile_name(), script.name());
    ctx.ui.status("current", format_args!("`{lockfile}` is what `{name}` asks for"));
}

/// Tells how the metadata of a script were changed.
pub(crate) fn script_changed(
    ctx: &Context<'_>,
    verb: &str,
    script: &Standalone<'_>,
    outcome: &standalone::Outcome,
) {
    for requirement in &outcome.requirements {
        ctx.ui.status(verb, format_args!("{requirement} (dependency of `{}`)", script.name()));
    }
    if outcome.relocked.is_some() {
        script_relocked(ctx, script, outcome.relocked.as_deref());
    }
}

/// Tells what would become of the lockfiles.
pub(crate) fn lock_differences(
    ctx: &Context<'_>,
    locks: &Locks,
    directory: &Path,
) -> anyhow::Result<()> {
    let outdated = locks.outdated(directory);
    if outdated.is_empty() {
        locked(ctx, &[]);
    }
    for kind in outdated {
        ctx.ui.status("would lock", kind.file_name());
        let present = kind.find(directory)?.unwrap_or_default();
        for line in present.differences(locks.get(kind)) {
            ctx.ui.data(line)?;
        }
    }
    Ok(())
}

/// Tells what a sync did, or would have done.
pub(crate) fn synced(ctx: &Context<'_>, report: &Report, bench: &Workbench<'_>) {
    let created = if report.is_dry { "would create" } else { "created" };
    if let Some(toolchain) = &report.created {
        let path = bench.venv.path().display();
        let toolchain = self::toolchain(toolchain);
        ctx.ui.status(created, format_args!("{path} ({toolchain})"));
    }
    if report.is_dry {
        for kind in &report.locked {
            ctx.ui.status("would lock", kind.file_name());
        }
    } else if !report.locked.is_empty() {
        locked(ctx, &report.locked);
    }
    let own: Vec<_> =
        bench.workspace.members().filter_map(|member| member.manifest().name()).collect();
    let tense = if report.is_dry { Tense::Planned } else { Tense::Done };
    let has_changes = changes(ctx, &report.changes, tense, &own);
    if !has_changes && report.created.is_none() && report.locked.is_empty() {
        in_sync(ctx, bench.workspace.root());
    }
}

/// Tells what was done so that a program can be run; of an environment that was as it should be nothing.
pub(crate) fn prepared(ctx: &Context<'_>, report: &Report, bench: &Workbench<'_>) {
    if !report.was_current {
        synced(ctx, report, bench);
    }
}

/// Tells what was changed in the environment of a tool, or would be; tells whether there was anything.
pub(crate) fn tool_changes(ctx: &Context<'_>, told: &[Change], is_planned: bool) -> bool {
    changes(ctx, told, if is_planned { Tense::Planned } else { Tense::Done }, &[])
}

/// Returns what is told of a toolchain: its name, and where it is if Rye did not install it.
pub(crate) fn toolchain(toolchain: &Toolchain) -> String {
    let Toolchain { name, kind, interpreter } = toolchain;
    match kind {
        Kind::Installed => name.clone(),
        Kind::Registered | Kind::Discovered => {
            format!("{name}, {kind}: {}", interpreter.path.display())
        }
    }
}

/// Tells that the environment of a workspace with this root is as it shall be.
pub(crate) fn in_sync(ctx: &Context<'_>, root: &Project) {
    ctx.ui.status("in sync", root.display_name());
}

/// Tells why an answer that was read from a lockfile may not be what somebody expects.
pub(crate) fn doubts(ctx: &Context<'_>, graph: &Graph) {
    let file = graph.kind.file_name();
    if let Some(reason) = &graph.stale {
        ctx.ui.warn(format_args!(
            "`{file}` is older than the manifest: {reason}; bring it up to date with `rye lock`"
        ));
    }
    if !graph.is_annotated() {
        ctx.ui
            .warn(format_args!("`{file}` does not say what needs what; `rye lock` writes it anew"));
    }
}

/// The place of a group that is told by its size alone.
const REINSTALLED: u8 = 4;

/// Whether something was done or would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tense {
    Done,
    Planned,
}

/// Tells changes in groups; tells whether there were any.
///
/// That a project was installed anew with its edited manifest goes without saying, unless its version is
/// another one.
fn changes(ctx: &Context<'_>, changes: &[Change], tense: Tense, own: &[PackageName]) -> bool {
    // name → the versions that went and came
    let mut by_name: BTreeMap<&str, (Option<&str>, Option<&str>)> = BTreeMap::new();
    for Change { name, version, action } in changes {
        let entry = by_name.entry(name).or_default();
        if matches!(action, Action::Uninstalled | Action::Reinstalled) {
            entry.0 = Some(version);
        }
        if matches!(action, Action::Installed | Action::Reinstalled) {
            entry.1 = Some(version);
        }
    }
    // the version of a project that is yet to be built is not known
    for (went, came) in by_name.values_mut() {
        if came.is_some_and(str::is_empty) && went.is_some() {
            *came = *went;
        }
    }
    let mut groups: BTreeMap<(u8, &str, &str), Vec<String>> = BTreeMap::new();
    for (name, (went, came)) in by_name {
        let (group, text) = match (went, came) {
            (None, Some(came)) => {
                ((0, "added", "would add"), format!("{name} {came}").trim_end().to_owned())
            }
            (Some(went), None) => ((1, "removed", "would remove"), format!("{name} {went}")),
            (Some(went), Some(came))
                if went == came && own.iter().any(|own| own.as_ref() == name) =>
            {
                continue;
            }
            (Some(went), Some(came)) if went == came => {
                ((REINSTALLED, "reinstalled", "would reinstall"), format!("{name} {came}"))
            }
            (Some(went), Some(came)) => {
                let number = |text: &str| text.parse::<Version>().ok();
                let group = if number(came) >= number(went) {
                    (2, "upgraded", "would upgrade")
                } else {
                    (3, "downgraded", "would downgrade")
                };
                (group, format!("{name} {went} → {came}"))
            }
            (None, None) => continue,
        };
        groups.entry(group).or_default().push(text);
    }
    for ((order, done, planned), texts) in &groups {
        let verb = if tense == Tense::Planned { planned } else { done };
        if *order == REINSTALLED && texts.len() > 1 {
            ctx.ui.status(verb, format_args!("{} distributions", texts.len()));
            continue;
        }
        for text in texts {
            ctx.ui.status(verb, text);
        }
    }
    !groups.is_empty()
}

/// Tells how a manifest was changed, and what followed.
pub(crate) fn changed(ctx: &Context<'_>, verb: &str, outcome: &Outcome, bench: &Workbench<'_>) {
    let owner = if bench.workspace.is_shared() {
        format!(" of `{}`", bench.project().display_name())
    } else {
        String::new()
    };
    for requirement in &outcome.requirements {
        ctx.ui.status(verb, format_args!("{requirement} ({} dependency{owner})", outcome.list));
    }
    followed(ctx, &outcome.locked, outcome.report.as_ref(), bench);
}

/// Tells what would be raised; the lines of the lockfiles are the answer.
pub(crate) fn to_raise(ctx: &Context<'_>, plan: &Plan<'_>) -> anyhow::Result<()> {
    raises(ctx, plan, "would raise");
    lock_differences(ctx, &plan.locks, plan.bench.workspace.directory())
}

/// Tells what was raised, and what followed.
pub(crate) fn raised(ctx: &Context<'_>, plan: &Plan<'_>, Followed { locked, report }: &Followed) {
    raises(ctx, plan, "raised");
    followed(ctx, locked, report.as_ref(), &plan.bench);
}

/// Warns of extras that could not be taken into account.
pub(crate) fn apart(ctx: &Context<'_>, plan: &Plan<'_>) {
    if !plan.apart.is_empty() {
        ctx.ui.warn(format_args!(
            "the newest versions that the extras ask for do not go together, so that what only they ask for stays as it is ({})",
            plan.apart.join(", ")
        ));
    }
}

fn raises(ctx: &Context<'_>, plan: &Plan<'_>, verb: &str) {
    for Raise { name, project, list, before, after } in &plan.raises {
        let is_shared = plan.bench.workspace.is_shared();
        let owner = if is_shared { format!(" of `{project}`") } else { String::new() };
        ctx.ui.status(verb, format_args!("{name} {before} → {after} ({list} dependency{owner})"));
    }
}

/// Tells what followed from a change of a manifest.
fn followed(
    ctx: &Context<'_>,
    relocks: &Relocked,
    report: Option<&Result<Report, sync::Error>>,
    bench: &Workbench<'_>,
) {
    let files = &relocks.files;
    match report {
        // what was installed is told, and says more
        Some(report) => {
            if !files.is_empty() {
                locked(ctx, files);
            }
            if let Ok(report) = report {
                synced(ctx, report, bench);
            }
        }
        None if files.is_empty() => {}
        None => relocked(ctx, relocks),
    }
}
