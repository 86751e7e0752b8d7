//! The one environment of a workspace, and attempts to fool the record of what it is in sync with.

#![expect(clippy::unwrap_used, reason = "what a helper cannot do fails the test")]

use std::fs;
use std::path::Path;

use super::{append, write_member, write_root, write_workspace};
use crate::support::{Output, TestContext, rye_snapshot};

/// Returns a world with a synced workspace of two members and a root.
fn synced() -> TestContext {
    let cx = TestContext::new();
    write_root(&cx, &["libs/*", "apps/*"]);
    write_member(&cx, "libs/core", "core", &["idna<3"]);
    write_member(&cx, "apps/web", "web", &["core", "tqdm"]);
    cx.rye(["sync"]).succeed();
    check_is_current(&cx);
    cx
}

/// Where a command may be called.
const DIRECTORIES: [&str; 5] = [".", "libs", "libs/core", "apps/web", "apps/web/src"];

/// Runs rye with an engine that fails, from a directory.
fn blind<const N: usize>(cx: &TestContext, directory: &str, args: [&str; N]) -> Output {
    let engine = cx.root().join("bin").join("false");
    cx.rye(args).current_dir(cx.path(directory)).env("RYE_UV", engine).run()
}

/// Expects that from everywhere nothing is to do.
#[track_caller]
fn check_is_current(cx: &TestContext) {
    for directory in DIRECTORIES {
        for output in [
            blind(cx, directory, ["sync"]),
            blind(cx, directory, ["run", "python", "-c", ""]),
            blind(cx, directory, ["lock", "--check"]),
        ] {
            assert!(output.status.success(), "{directory}\n{}", output.snapshot());
        }
    }
}

/// Expects that something is seen to be done, from everywhere.
#[track_caller]
fn check_is_noticed(cx: &TestContext) {
    for directory in DIRECTORIES {
        for output in
            [blind(cx, directory, ["sync"]), blind(cx, directory, ["run", "python", "-c", ""])]
        {
            assert!(!output.status.success(), "not noticed in {directory}\n{}", output.snapshot());
        }
    }
}

/// Expects that a run from a member makes everything right, and that it stays so.
#[track_caller]
fn check_is_mended(cx: &TestContext, installed: &[&str]) {
    cx.rye(["run", "python", "-c", ""]).current_dir(cx.path("libs/core")).succeed();
    assert_eq!(cx.installed(), installed);
    check_is_current(cx);
}

/// Replaces a text in a file in place, so that size and modification time stay.
#[track_caller]
fn replace_unseen(path: &Path, from: &str, to: &str) {
    assert_eq!(from.len(), to.len());
    let time = fs::metadata(path).unwrap().modified().unwrap();
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(path, text.replace(from, to)).unwrap();
    fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
}

#[test]
fn nothing_is_to_do_from_everywhere() {
    let cx = synced();
    for directory in DIRECTORIES {
        let output = cx.rye(["sync"]).current_dir(cx.path(directory)).succeed();
        assert_eq!(output.stderr.trim(), "in sync root", "{directory}");
        let code = "import os, sys; print(sys.prefix, os.getcwd())";
        let output =
            cx.rye(["run", "python", "-c", code]).current_dir(cx.path(directory)).succeed();
        let [prefix, place] =
            [".venv", directory].map(|path| fs::canonicalize(cx.path(path)).unwrap());
        assert_eq!(output.stdout.trim(), format!("{} {}", prefix.display(), place.display()));
        assert_eq!(output.stderr, "");
    }
    for name in ["requirements.lock", ".venv"] {
        assert!(!cx.exists(Path::new("libs/core").join(name)));
    }
}

#[test]
fn an_edited_manifest_of_another_member_is_noticed() {
    let cx = synced();
    replace_unseen(&cx.path("libs/core/pyproject.toml"), "idna<3", "idna>3");
    check_is_noticed(&cx);
    rye_snapshot!(cx.rye(["run", "python", "-c", ""]).current_dir(cx.path("apps/web")), @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
         locked requirements.lock
         locked requirements-dev.lock
       upgraded idna 2.10 → 3.4
    ");
    check_is_mended(&cx, &["core==0.1.0", "idna==3.4", "tqdm==4.66.1", "web==0.1.0"]);
    replace_unseen(&cx.path("apps/web/pyproject.toml"), "0.1.0", "0.2.0");
    check_is_noticed(&cx);
    check_is_mended(&cx, &["core==0.1.0", "idna==3.4", "tqdm==4.66.1", "web==0.2.0"]);
    let manifest = cx.read("pyproject.toml");
    cx.write("pyproject.toml", manifest.replace("apps/*", "apps/w*"));
    check_is_noticed(&cx);
}

#[test]
fn a_new_member_is_noticed() {
    let cx = synced();
    let before = cx.read("requirements.lock");
    write_member(&cx, "libs/more", "more", &["urllib3"]);
    check_is_noticed(&cx);
    check_is_mended(
        &cx,
        &[
            "core==0.1.0",
            "idna==2.10",
            "more==0.1.0",
            "tqdm==4.66.1",
            "urllib3==2.1.0",
            "web==0.1.0",
        ],
    );
    // it was once a directory without a manifest
    cx.write("libs/later/src/later/__init__.py", "");
    check_is_current(&cx);
    write_member(&cx, "libs/later", "later", &[]);
    check_is_noticed(&cx);
    cx.rye(["sync"]).succeed();
    for place in ["libs/later", "libs/more"] {
        fs::remove_dir_all(cx.path(place)).unwrap();
        check_is_noticed(&cx);
    }
    check_is_mended(&cx, &["core==0.1.0", "idna==2.10", "tqdm==4.66.1", "web==0.1.0"]);
    assert_eq!(cx.read("requirements.lock"), before);
}

#[test]
fn a_member_that_is_gone_is_noticed() {
    let cx = synced();
    fs::rename(cx.path("libs/core/pyproject.toml"), cx.path("libs/core/off.toml")).unwrap();
    let output = blind(&cx, "apps/web", ["sync"]);
    assert!(!output.status.success(), "{}", output.snapshot());
    // by now the requirement means a distribution of the index
    let output = cx.rye(["sync"]).fail(1);
    assert!(output.stderr.contains("core was not found"), "{}", output.stderr);
    fs::rename(cx.path("libs/core/off.toml"), cx.path("libs/core/pyproject.toml")).unwrap();
    check_is_current(&cx);
}

#[test]
fn a_member_that_moved_is_noticed() {
    let cx = synced();
    fs::rename(cx.path("apps/web"), cx.path("libs/web")).unwrap();
    let output = blind(&cx, "libs/web", ["run", "python", "-c", ""]);
    assert!(!output.status.success(), "{}", output.snapshot());
    rye_snapshot!(cx.rye(["sync"]).current_dir(cx.path("libs/web")), @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
    warning: `apps/*` of `tool.rye.workspace.members` in `[ROOT]/project/pyproject.toml` matches no project
         locked requirements.lock
         locked requirements-dev.lock
    ");
    let code = "import web; print(web.__file__)";
    let output = cx.rye(["run", "python", "-c", code]).succeed();
    assert_eq!(cx.masked(output.stdout.trim()), "[ROOT]/project/libs/web/src/web/__init__.py");
}

#[test]
fn the_file_behind_a_member_s_version_is_noticed_and_nothing_else_is_built() {
    let cx = TestContext::new();
    write_root(&cx, &["libs/*", "apps/*"]);
    for name in ["one", "two"] {
        write_member(&cx, &format!("libs/{name}"), name, &[]);
        let path = format!("libs/{name}/pyproject.toml");
        let manifest = cx.read(&path).replace("version = \"0.1.0\"", "dynamic = [\"version\"]");
        cx.write(&path, manifest + "\n[tool.hatch.version]\npath = \"version.py\"\n");
        cx.write(format!("libs/{name}/version.py"), "__version__ = \"1.0\"\n");
    }
    write_member(&cx, "libs/core", "core", &[]);
    write_member(&cx, "apps/web", "web", &["one", "core"]);
    cx.rye(["sync"]).succeed();
    check_is_current(&cx);
    replace_unseen(&cx.path("libs/one/version.py"), "1.0", "2.0");
    check_is_noticed(&cx);
    append(&cx, "libs/core/src/core/__init__.py", "# edited\n");
    cx.write("libs/two/src/two/other.py", "");
    rye_snapshot!(cx.rye(["sync"]).current_dir(cx.path("apps/web")), @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
       upgraded one 1.0 → 2.0
    ");
    assert_eq!(cx.installed(), ["core==0.1.0", "one==2.0", "two==1.0", "web==0.1.0"]);
    check_is_current(&cx);
}

#[test]
fn what_a_member_s_requirement_leads_to_is_noticed() {
    let cx = TestContext::new();
    write_root(&cx, &["libs/*", "apps/*"]);
    write_member(&cx, "libs/core", "core", &[]);
    write_member(&cx, "apps/web", "web", &[]);
    append(
        &cx,
        "apps/web/pyproject.toml",
        "\n[tool.rye]\ndev-dependencies = [\"vendored @ file:vendored\"]\n",
    );
    write_member(&cx, "apps/web/vendored", "vendored", &["idna"]);
    cx.rye(["sync"]).succeed();
    check_is_current(&cx);
    write_member(&cx, "apps/web/vendored", "vendored", &["tqdm"]);
    check_is_noticed(&cx);
    check_is_mended(&cx, &["core==0.1.0", "tqdm==4.66.1", "vendored==0.1.0", "web==0.1.0"]);
}

#[test]
fn a_pin_below_the_root_says_nothing() {
    let cx = synced();
    cx.write("libs/core/.python-version", "3.7\n");
    check_is_current(&cx);
    cx.write(".python-version", "3.7\n");
    check_is_noticed(&cx);
    rye_snapshot!(cx.rye(["sync"]).current_dir(cx.path("libs/core")), @r#"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the Python that `[ROOT]/project/.python-version` asks for, `3.7`, contradicts `requires-python = ">=3.9"`
    hint: change one of them; `rye pin` keeps them in step
    "#);
}

#[test]
fn the_pin_of_the_root_is_the_python_of_all() {
    let cx = TestContext::builder().pythons(2).build();
    let Some((newer, older)) = cx.two_pythons() else { return };
    write_root(&cx, &["libs/*", "apps/*"]);
    write_member(&cx, "libs/core", "core", &["idna"]);
    write_member(&cx, "apps/web", "web", &["core"]);
    append(&cx, "apps/web/pyproject.toml", "\n[dependency-groups]\ndev = [\"tqdm\"]\n");
    cx.rye(["sync", "--no-dev"]).succeed();
    let version = |directory: &str| {
        let code = "import sys; print('%d.%d.%d' % sys.version_info[:3])";
        let run = cx.rye(["run", "python", "-c", code]).current_dir(cx.path(directory));
        run.succeed().stdout.trim().to_owned()
    };
    assert_eq!(version("libs/core"), newer.version);
    cx.write(".python-version", format!("{}\n", older.version));
    check_is_noticed(&cx);
    assert_eq!(version("apps/web"), older.version);
    // made anew, it still holds what was asked for
    assert_eq!(cx.installed(), ["core==0.1.0", "idna==3.4", "web==0.1.0"]);
    assert!(blind(&cx, "libs/core", ["run", "python", "-c", ""]).status.success());
    // pins are the workspace's wherever they are made
    cx.rye(["pin", &newer.version]).current_dir(cx.path("libs/core")).succeed();
    assert_eq!(cx.read(".python-version").trim(), newer.version);
    assert!(!cx.exists("libs/core/.python-version"));
    assert_eq!(version("."), newer.version);
}

#[test]
fn the_pythons_of_all_members_together_count() {
    let cx = TestContext::builder().pythons(2).build();
    let Some((newer, older)) = cx.two_pythons() else { return };
    write_root(&cx, &["*"]);
    write_member(&cx, "core", "core", &[]);
    let manifest = cx.read("core/pyproject.toml");
    let bound = format!(">=3.9,<{}", newer.minor());
    cx.write("core/pyproject.toml", manifest.replace(">=3.9", &bound));
    write_member(&cx, "web", "web", &[]);
    cx.rye(["sync"]).current_dir(cx.path("web")).succeed();
    let code = "import sys; print('%d.%d.%d' % sys.version_info[:3])";
    let output = cx.rye(["run", "python", "-c", code]).succeed();
    assert_eq!(output.stdout.trim(), older.version);
    let output = cx.rye(["show"]).succeed().stdout;
    assert!(output.contains(&format!("target python: >=3.9, <{}\n", newer.minor())), "{output}");
}

#[test]
fn members_without_a_common_python_are_told() {
    let cx = TestContext::new();
    write_root(&cx, &["*"]);
    write_member(&cx, "core", "core", &[]);
    let manifest = cx.read("core/pyproject.toml");
    cx.write("core/pyproject.toml", manifest.replace(">=3.9", "<3.9"));
    write_member(&cx, "web", "web", &[]);
    let snapshot = cx.rye(["sync"]).snapshot();
    insta::assert_snapshot!(snapshot, @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no Python that all members of the workspace can do with: `root` (>=3.9), `core` (<3.9), `web` (>=3.9)
    hint: change `requires-python` of one of them, or leave it out of the workspace
    ");
    // whatever comes first to need it
    cx.write(".python-version", "3.8\n");
    for args in [&["sync"][..], &["fetch"], &["lock"]] {
        assert_eq!(cx.rye(args).snapshot(), snapshot, "{args:?}");
    }
    fs::remove_file(cx.path(".python-version")).unwrap();
    cx.write("core/pyproject.toml", manifest.replace(">=3.9", ">=3.99"));
    let output = cx.rye(["sync"]).fail(1);
    assert!(output.stderr.contains(">=3.9, >=3.99"), "{}", output.stderr);
}

#[test]
fn a_pin_that_other_members_exclude_is_warned_of() {
    let cx = TestContext::builder().without_index().build();
    write_root(&cx, &["*"]);
    for (name, bound) in [("core", ">=3.98"), ("web", ">=3.9"), ("old", ">=3.9,<3.97")] {
        write_member(&cx, name, name, &[]);
        let path = format!("{name}/pyproject.toml");
        cx.write(&path, cx.read(&path).replace(">=3.9", bound));
    }
    cx.write("pyproject.toml", cx.read("pyproject.toml").replace(">=3.9", ">=3.98"));
    rye_snapshot!(cx.rye(["pin", "--relaxed", "3.97"]).current_dir(cx.path("web")), @r#"
    exit: 0
    ----- stdout -----
    ----- stderr -----
         pinned 3.97 in [ROOT]/project/.python-version
            set requires-python = ">=3.97" (was ">=3.98")
    warning: `requires-python` of `core` (>=3.98), `old` (>=3.9, <3.97) excludes this Python
    "#);
    assert!(cx.read("pyproject.toml").contains("requires-python = \">=3.97\""));
    rye_snapshot!(cx, ["pin", "--relaxed", "3.96", "--no-update-requires-python"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
         pinned 3.96 in [ROOT]/project/.python-version
    warning: `requires-python` of `root` (>=3.97), `core` (>=3.98) excludes this Python
    ");
    // each has some 3.98, but not the same
    for (name, bound) in [("core", ">=3.98.5"), ("old", ">=3.9,<3.98.2")] {
        write_member(&cx, name, name, &[]);
        let path = format!("{name}/pyproject.toml");
        cx.write(&path, cx.read(&path).replace(">=3.9", bound));
    }
    rye_snapshot!(cx, ["pin", "--relaxed", "3.98"], @r#"
    exit: 0
    ----- stdout -----
    ----- stderr -----
         pinned 3.98 in [ROOT]/project/.python-version
    warning: `requires-python = ">=3.9, >=3.97, <3.98.2, >=3.98.5"` excludes this Python
    "#);
}

#[test]
fn a_universal_lockfile_begins_at_the_highest_lower_bound() {
    let cx = TestContext::new();
    write_workspace(&cx, "");
    let manifest = cx.read("pyproject.toml");
    cx.write("pyproject.toml", manifest.replace("virtual", "universal = true\nvirtual"));
    write_member(&cx, "one", "one", &["modern"]);
    cx.rye(["lock"]).succeed();
    let text = cx.read("requirements.lock");
    assert!(text.contains("modern==1.0") && text.contains("modern==2.0"), "{text}");
    write_member(&cx, "two", "two", &[]);
    let manifest = cx.read("two/pyproject.toml");
    cx.write("two/pyproject.toml", manifest.replace(">=3.9", ">=3.12"));
    cx.rye(["lock", "--update-all"]).succeed();
    let text = cx.read("requirements.lock");
    assert!(!text.contains("modern==1.0") && text.contains("modern==2.0"), "{text}");
}

#[test]
fn scripts_belong_to_members() {
    let cx = synced();
    for place in ["libs/core", "apps/web"] {
        append(
            &cx,
            &format!("{place}/pyproject.toml"),
            &format!("\n[tool.rye.scripts]\nwhere = \"echo {place}\"\n"),
        );
    }
    let run = |directory: &str, args: &[&str]| {
        let args = ["run", "-q"].iter().chain(args);
        let run = cx.rye(args.copied().collect::<Vec<_>>()).current_dir(cx.path(directory));
        run.succeed().stdout.trim().to_owned()
    };
    assert_eq!(run("libs/core", &["where"]), "libs/core");
    assert_eq!(run("apps/web/src", &["where"]), "apps/web");
    assert_eq!(run(".", &["-p", "web", "where"]), "apps/web");
    assert_eq!(run("libs/core", &["--package", "Web", "where"]), "apps/web");
    rye_snapshot!(cx, ["run", "where"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing called `where` can be run: it is no script of the project, no program of its environment and no `.py` file
    hint: `rye run` lists what there is; `rye add` brings the programs of a distribution
    ");
}

#[test]
fn a_workspace_that_moved_is_made_anew() {
    let cx = synced();
    let moved = cx.root().join("moved");
    fs::rename(cx.project(), &moved).unwrap();
    let code = "import core; print(core.__file__)";
    let run = cx.rye(["run", "python", "-c", code]).current_dir(moved.join("apps/web"));
    let output = run.succeed();
    assert_eq!(cx.masked(output.stdout.trim()), "[ROOT]/moved/libs/core/src/core/__init__.py");
    assert!(output.stderr.contains("created"), "{}", output.stderr);
}
