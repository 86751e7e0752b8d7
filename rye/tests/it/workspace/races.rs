//! Several ryes at once in a workspace, and killed ones.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "what a helper cannot do fails the test")]

use std::fs;
use std::time::{Duration, Instant};

use super::{write_member, write_root};
use crate::support::{Ended, Fault, Output, Run, TestContext};

/// Returns a world with two members.
fn world() -> TestContext {
    let cx = TestContext::new();
    write_root(&cx, &["*"]);
    write_member(&cx, "core", "core", &["idna"]);
    write_member(&cx, "web", "web", &["core"]);
    cx
}

/// Runs commands at once.
fn at_once<const N: usize>(runs: [Run; N]) -> [Output; N] {
    std::thread::scope(|scope| {
        runs.map(|run| scope.spawn(move || run.run())).map(|run| run.join().unwrap())
    })
}

#[test]
fn two_in_different_members_wait_for_each_other() {
    let cx = world();
    cx.index().fail("/simple/*", Fault::Stall(Duration::from_millis(150)));
    let outputs = at_once([
        cx.rye(["add", "tqdm"]).current_dir(cx.path("core")),
        cx.rye(["add", "urllib3"]).current_dir(cx.path("web")),
        cx.rye(["sync"]),
    ]);
    for output in &outputs {
        assert!(output.status.success(), "{}", output.snapshot());
    }
    assert!(outputs.iter().any(|output| output.stderr.contains("waiting for another rye")));
    for (member, name) in [("core", "tqdm"), ("web", "urllib3")] {
        let manifest = cx.read(format!("{member}/pyproject.toml"));
        assert!(manifest.contains(name), "{manifest}");
        assert!(cx.read("requirements.lock").contains(name));
    }
    assert_eq!(
        cx.installed(),
        ["core==0.1.0", "idna==3.4", "tqdm==4.66.1", "urllib3==2.1.0", "web==0.1.0"]
    );
    for member in ["core", "web"] {
        let output = cx.rye(["sync"]).current_dir(cx.path(member)).succeed();
        assert_eq!(output.stderr.trim(), "in sync root");
    }
}

#[test]
fn members_that_are_started_at_once_all_join() {
    let cx = TestContext::new();
    write_root(&cx, &[]);
    let names: Vec<_> = (0..12).map(|number| format!("m{number:02}")).collect();
    let runs = names.iter().map(|name| cx.rye(["init", "--member", name]));
    let runs: [Run; 12] = runs.collect::<Vec<_>>().try_into().unwrap();
    for output in at_once(runs) {
        assert!(output.status.success(), "{}", output.snapshot());
    }
    let manifest = cx.read("pyproject.toml");
    for name in &names {
        assert_eq!(manifest.matches(&format!("\"{name}\"")).count(), 1, "{manifest}");
    }
    // of those that want one place or one name, one gets it
    write_root(&cx, &["libs/*"]);
    for args in [
        [["libs/a", "--name=a"], ["libs/a", "--name=b"]],
        [["libs/c", "--name=d"], ["libs/e", "--name=d"]],
    ] {
        let runs = args.map(|args| cx.rye(["init"].iter().chain(&args)));
        let outputs = at_once(runs);
        let done = outputs.iter().filter(|output| output.status.success()).count();
        assert_eq!(done, 1, "{outputs:?}");
    }
}

#[test]
fn whoever_waited_sees_a_member_that_came_meanwhile() {
    let cx = world();
    cx.index().fail("/simple/idna*", Fault::Stall(Duration::from_secs(2)));
    let is_asked = || {
        let requests = cx.index().requests();
        requests.iter().any(|request| request.path.starts_with("/simple/idna"))
    };
    std::thread::scope(|scope| {
        let first = cx.rye(["sync"]).current_dir(cx.path("core"));
        let first = scope.spawn(move || first.run());
        while !is_asked() && !first.is_finished() {
            std::thread::sleep(Duration::from_millis(1));
        }
        // it has looked who the members are by the time that it waits
        let second = cx.rye(["sync"]).current_dir(cx.path("web"));
        let second = second.run_and_when_told("waiting for another rye", || {
            write_member(&cx, "more", "more", &["tqdm"]);
        });
        for output in [first.join().unwrap(), second] {
            assert!(output.status.success(), "{}", output.snapshot());
        }
    });
    assert_eq!(
        cx.installed(),
        ["core==0.1.0", "idna==3.4", "more==0.1.0", "tqdm==4.66.1", "web==0.1.0"]
    );
    cx.rye(["run", "python", "-c", "import more, tqdm"]).succeed();
}

#[test]
fn projects_of_their_own_do_not_wait() {
    let cx = world();
    write_root(&cx, &["core"]);
    cx.write("web/pyproject.toml", "[project]\nname = \"web\"\n[tool.rye]\nvirtual = true\n");
    cx.index().fail("/simple/idna*", Fault::Stall(Duration::from_secs(2)));
    let outputs = at_once([cx.rye(["sync"]), cx.rye(["sync"]).current_dir(cx.path("web"))]);
    for output in &outputs {
        assert!(output.status.success(), "{}", output.snapshot());
        assert!(!output.stderr.contains("waiting"), "{}", output.stderr);
    }
}

#[test]
fn a_killed_sync_is_finished_by_the_next_of_another_member() {
    let cx = world();
    // the first run fills the caches, so that the kills meet the work itself
    cx.rye(["sync"]).succeed();
    let expected = (cx.tree(), cx.installed());
    let remove = || {
        fs::remove_dir_all(cx.path(".venv")).unwrap();
        fs::remove_file(cx.path("requirements-dev.lock")).unwrap();
    };
    remove();
    let start = Instant::now();
    cx.rye(["sync"]).succeed();
    let whole = start.elapsed();
    let mut killed = 0;
    for step in 0..10 {
        remove();
        let run = cx.rye(["sync"]).current_dir(cx.path("core")).with_children();
        if run.kill_after(whole * step / 10) == Ended::Killed {
            killed += 1;
        }
        let code = "import core, idna, web; web.NAME; idna.__version__";
        let run = cx.rye(["run", "python", "-B", "-c", code]).current_dir(cx.path("web"));
        let output = run.run();
        assert!(output.status.success(), "killed at step {step}\n{}", output.snapshot());
        assert_eq!((cx.tree(), cx.installed()), expected, "killed at step {step}");
        cx.rye(["lock", "--check"]).succeed();
    }
    assert!(killed > 1, "{killed}");
}

#[test]
fn a_killed_sync_of_a_part_is_finished_as_one() {
    let cx = world();
    cx.rye(["sync", "-p", "core"]).succeed();
    write_member(&cx, "core", "core", &["idna", "tqdm"]);
    cx.rye(["lock"]).succeed();
    cx.index().fail("/files/tqdm*", Fault::Stall(Duration::from_secs(30)));
    let is_changing = || cx.read(".venv/rye-venv.json").contains("\"changing\"");
    let run = cx.rye(["run", "python", "-c", ""]).current_dir(cx.path("web")).with_children();
    assert_eq!(run.kill_when(is_changing), Ended::Killed);
    cx.index().heal();
    cx.rye(["run", "python", "-c", "import core, idna, tqdm"]).succeed();
    assert_eq!(cx.installed(), ["core==0.1.0", "idna==3.4", "tqdm==4.66.1"]);
}

#[test]
fn killed_at_any_moment_a_member_s_manifest_is_old_or_new() {
    let cx = world();
    cx.rye(["sync", "-q"]).succeed();
    let old = cx.read("web/pyproject.toml");
    let start = Instant::now();
    cx.rye(["add", "-q", "-p", "web", "tqdm"]).succeed();
    let whole = start.elapsed();
    let new = cx.read("web/pyproject.toml");
    for step in 1..=8 {
        cx.write("web/pyproject.toml", &old);
        cx.rye(["sync", "-q"]).succeed();
        let run = cx.rye(["add", "-p", "web", "tqdm"]).current_dir(cx.path("core"));
        run.with_children().kill_after(whole * step / 8);
        let manifest = cx.read("web/pyproject.toml");
        assert!(manifest == old || manifest == new, "step {step}: {manifest}");
        cx.rye(["sync", "-q"]).current_dir(cx.path("core")).succeed();
        assert_eq!(cx.installed().contains(&"tqdm==4.66.1".to_owned()), manifest == new);
        cx.rye(["lock", "--check"]).succeed();
        let unfinished = cx.tree().lines().filter(|line| line.contains("unfinished")).count();
        assert_eq!(unfinished, 0, "step {step}\n{}", cx.tree());
    }
}
