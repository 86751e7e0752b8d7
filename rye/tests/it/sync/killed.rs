//! Several syncs at once, and those that are killed.

use super::*;

#[cfg(target_os = "linux")]
#[test]
fn the_engine_ends_with_a_rye_that_is_killed() {
    use std::os::unix::fs::PermissionsExt as _;

    let cx = TestContext::new();
    write_virtual(&cx, &["idna"], "");
    let started = cx.root().join("started");
    let engine = cx.root().join("bin/waiting-uv");
    let script = format!("#!/bin/sh\n: > '{}'\nexec /bin/sleep 600\n", started.display());
    fs::write(&engine, script).unwrap();
    fs::set_permissions(&engine, fs::Permissions::from_mode(0o755)).unwrap();
    // whoever is left behind is waited for in vain
    let ended = cx.rye(["lock"]).env("RYE_UV", &engine).kill_when(|| started.exists());
    assert_eq!(ended, Ended::Killed);
}

#[test]
fn two_at_once_do_the_work_once() {
    let cx = TestContext::new();
    cx.write_project("demo", &["anyio"]);
    let both = std::thread::scope(|scope| {
        let threads = [0, 1].map(|_| scope.spawn(|| cx.rye(["sync"]).run()));
        threads.map(|thread| thread.join().unwrap())
    });
    for output in &both {
        assert!(output.status.success(), "{}", output.snapshot());
    }
    let created = both.iter().filter(|output| output.stderr.contains("created")).count();
    assert_eq!(created, 1);
    assert_eq!(cx.installed(), ["anyio==4.0.0", "demo==0.1.0", "idna==3.4", "sniffio==1.3.0"]);
    cx.rye(["sync"]).env("RYE_UV", failing_engine(&cx)).succeed();
}

#[test]
#[cfg(unix)]
fn a_killed_sync_is_finished_by_the_next() {
    let cx = TestContext::new();
    cx.write_project("demo", &["anyio"]);
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
    for step in 0..12 {
        remove();
        let run = cx.rye(["sync"]).with_children();
        if run.kill_after(whole * step / 12) == Ended::Killed {
            killed += 1;
        }
        let code = "import anyio, demo, idna, sniffio";
        let output = cx.rye(["run", "python", "-B", "-c", code]).run();
        assert!(output.status.success(), "killed at step {step}\n{}", output.snapshot());
        assert_eq!((cx.tree(), cx.installed()), expected, "killed at step {step}");
        cx.rye(["lock", "--check"]).succeed();
    }
    assert!(killed > 1, "{killed}");
}

#[test]
fn what_a_killed_rye_was_writing_goes_away() {
    let cx = TestContext::new();
    cx.write_project("demo", &["anyio"]);
    cx.rye(["sync"]).succeed();
    let expected = cx.tree();
    cx.write(".rye-unfinished-a1b2c3", "half a lockfile");
    cx.rye(["add", "tqdm"]).succeed();
    assert_eq!(cx.tree(), expected);
}

#[test]
#[cfg(unix)]
fn a_sync_killed_while_it_installs_is_finished_by_the_next() {
    let cx = TestContext::new();
    write_virtual(&cx, &["idna<3"], "");
    cx.rye(["sync"]).succeed();
    write_virtual(&cx, &["anyio", "tqdm", "urllib3"], "");
    cx.rye(["lock"]).succeed();
    cx.index().fail("/files/tqdm*", Fault::Stall(Duration::from_secs(30)));
    cx.index().clear_requests();
    let is_asked = || {
        let requests = cx.index().requests();
        requests.iter().any(|request| request.path.starts_with("/files/tqdm"))
    };
    assert_eq!(cx.rye(["sync"]).with_children().kill_when(is_asked), Ended::Killed);
    cx.index().heal();
    cx.rye(["run", "python", "-c", "import anyio, idna, sniffio, tqdm, urllib3"]).succeed();
    let all = ["anyio==4.0.0", "idna==2.10", "sniffio==1.3.0", "tqdm==4.66.1", "urllib3==2.1.0"];
    assert_eq!(cx.installed(), all);
}

#[test]
#[cfg(unix)]
fn a_killed_sync_of_production_is_finished_as_one() {
    let cx = TestContext::new();
    let dev = "dev-dependencies = [\"click\"]\n";
    write_virtual(&cx, &["idna", "sniffio"], dev);
    cx.rye(["sync", "--no-dev"]).succeed();
    for (command, more) in
        [(&["sync", "--no-dev"][..], "tqdm"), (&["run", "python", "-c", ""], "urllib3")]
    {
        write_virtual(&cx, &["idna", "sniffio", more], dev);
        cx.rye(["lock"]).succeed();
        cx.index().fail(&format!("/files/{more}*"), Fault::Stall(Duration::from_secs(30)));
        let is_changing = || cx.read(".venv/rye-venv.json").contains("\"changing\"");
        assert_eq!(cx.rye(command).with_children().kill_when(is_changing), Ended::Killed);
        cx.index().heal();
        // what uv had begun to replace
        fs::remove_dir_all(site_packages(&cx).join("idna")).unwrap();
        let code = format!("import idna, sniffio, {more}; idna.__version__");
        cx.rye(["run", "python", "-c", &code]).succeed();
        assert_eq!(cx.installed().len(), 3, "{:?}", cx.installed());
        assert!(!cx.installed().contains(&"click==8.1.7".to_owned()), "{:?}", cx.installed());
    }
}

#[test]
fn what_a_killed_sync_left_beside_the_environment_is_removed() {
    let cx = TestContext::new();
    write_virtual(&cx, &["idna"], "");
    cx.rye(["sync"]).succeed();
    let expected = cx.tree();
    // killed after the new environment was put in its place, before the old one was deleted
    fs::create_dir(cx.path("..venv.staged-abcdef")).unwrap();
    cx.write("..venv.staged-abcdef/old/pyvenv.cfg", "");
    let mut marker: serde_json::Value =
        serde_json::from_str(&cx.read(".venv/rye-venv.json")).unwrap();
    marker["record"] = serde_json::json!({ "state": "changing" });
    cx.write(".venv/rye-venv.json", marker.to_string());
    cx.rye(["sync"]).succeed();
    assert_eq!(cx.tree(), expected);
}
