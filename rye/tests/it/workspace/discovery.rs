//! Which workspace a directory belongs to, and who its members are.

#[cfg(unix)]
use super::places::shim;
use super::{write_member, write_root, write_workspace};
use crate::support::{TestContext, rye_snapshot};

/// Returns the places of a workspace's members, as seen from a directory.
fn members_from(cx: &TestContext, directory: &str) -> Vec<String> {
    let output = cx.rye(["show"]).current_dir(cx.path(directory)).succeed().stdout;
    let lines = output.lines().filter_map(|line| line.strip_prefix("    ")?.split_once(" ("));
    lines.map(|(_, place)| place.trim_end_matches(')').to_owned()).collect()
}

/// Returns what `rye show` says at a key, as seen from a directory, with everything masked.
fn shown(cx: &TestContext, directory: &str, key: &str) -> Option<String> {
    let output = cx.rye(["show"]).current_dir(cx.path(directory)).succeed().stdout;
    let output = cx.masked(&output);
    output.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": ")).map(str::to_owned)
}

/// Writes a member of this name at each of these places.
fn write_members(cx: &TestContext, places: &[&str]) {
    for place in places {
        let name = place.replace(['/', '.', '_'], "-");
        write_member(cx, place, name.trim_matches('-'), &[]);
    }
}

#[test]
fn a_workspace_is_found_from_everywhere_in_it() {
    let cx = TestContext::new();
    write_root(&cx, &["libs/*"]);
    write_members(&cx, &["libs/core"]);
    cx.write("docs/deep/x", "");
    cx.write("libs/core/tests/deep/x", "");
    for (directory, project) in [
        (".", "root"),
        ("docs/deep", "root"),
        ("libs", "root"),
        ("libs/core", "libs-core"),
        ("libs/core/src/libs_core", "libs-core"),
        ("libs/core/tests/deep", "libs-core"),
    ] {
        assert_eq!(members_from(&cx, directory), [".", "./libs/core"], "{directory}");
        assert_eq!(shown(&cx, directory, "project").as_deref(), Some(project), "{directory}");
        assert_eq!(shown(&cx, directory, "venv").as_deref(), Some("[ROOT]/project/.venv"));
    }
}

#[test]
fn the_manifest_of_a_member_leads_to_the_workspace() {
    let cx = TestContext::new();
    write_root(&cx, &["libs/*"]);
    write_members(&cx, &["libs/core"]);
    let elsewhere = cx.root().join("home");
    let run = || cx.rye(["sync", "--pyproject", "../project/libs/core/pyproject.toml"]);
    rye_snapshot!(run().current_dir(&elsewhere), @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        created [ROOT]/project/.venv (cpython@[PYTHON], discovered: [ROOT]/bin/python[PYTHON-MINOR])
         locked requirements.lock
         locked requirements-dev.lock
          added libs-core 0.1.0
    ");
    rye_snapshot!(run().current_dir(&elsewhere), @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        in sync root
    ");
    assert!(cx.exists("requirements.lock"));
    assert!(!cx.exists("libs/core/requirements.lock"));
}

#[test]
fn a_project_below_that_is_no_member_is_on_its_own() {
    let cx = TestContext::new();
    write_root(&cx, &["libs/*"]);
    write_members(&cx, &["libs/core"]);
    write_member(&cx, "tools/other", "other", &["idna"]);
    cx.write(
        "tools/other/pyproject.toml",
        cx.read("tools/other/pyproject.toml") + "\n[tool.rye]\nmanaged = true\n",
    );
    cx.rye(["sync"]).succeed();
    assert_eq!(cx.installed(), ["libs-core==0.1.0"]);
    assert_eq!(shown(&cx, "tools/other", "workspace"), None);
    rye_snapshot!(cx.rye(["sync"]).current_dir(cx.path("tools/other")), @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        created [ROOT]/project/tools/other/.venv (cpython@[PYTHON], discovered: [ROOT]/bin/python[PYTHON-MINOR])
         locked requirements.lock
         locked requirements-dev.lock
          added idna 3.4
          added other 0.1.0
    ");
    assert!(cx.exists("tools/other/.venv"));
    assert!(cx.read("tools/other/requirements.lock").contains("-e file:.\n"));
    assert!(!cx.read("requirements.lock").contains("other"));
    rye_snapshot!(cx, ["sync"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        in sync root
    ");
}

#[test]
fn a_workspace_within_a_workspace_has_members_of_its_own() {
    let cx = TestContext::new();
    write_workspace(&cx, "");
    write_members(&cx, &["libs/core", "inner/own"]);
    cx.write(
        "inner/pyproject.toml",
        "[project]\nname = \"inner\"\nversion = \"1\"\n\n\
         [tool.rye]\nmanaged = true\nvirtual = true\n\n[tool.rye.workspace]\n",
    );
    assert_eq!(members_from(&cx, "."), [".", "./libs/core"]);
    assert_eq!(members_from(&cx, "inner"), [".", "./own"]);
    assert_eq!(members_from(&cx, "inner/own"), [".", "./own"]);
    assert_eq!(shown(&cx, "inner/own", "venv").as_deref(), Some("[ROOT]/project/inner/.venv"));
    cx.rye(["sync"]).current_dir(cx.path("inner/own")).succeed();
    assert!(cx.exists("inner/requirements.lock") && !cx.exists("requirements.lock"));
}

#[test]
fn a_glob_that_leads_into_another_workspace_is_warned_of() {
    let cx = TestContext::new();
    write_members(&cx, &["libs/core", "in1/leaf", "in1/other", "in1/deep/er", "in2"]);
    for place in ["in1", "in2"] {
        let table = "[tool.rye]\nvirtual = true\n[tool.rye.workspace]\nmembers = [\"leaf\"]\n";
        cx.write(format!("{place}/pyproject.toml"), table);
    }
    write_member(&cx, "in2/leaf", "in2-leaf", &[]);
    let warned = || {
        let output = cx.rye(["show"]).succeed().stderr;
        let warnings = output.lines().map(|line| {
            let (glob, rest) = line.split_once(" of `tool").unwrap_or((line, ""));
            let glob = glob.trim_start_matches("warning: ").trim_matches('`').to_owned();
            let place = rest.split_once("leads into the workspace in `").map(|(_, place)| place);
            (glob, place.and_then(|place| Some(place.split_once('`')?.0.to_owned())))
        });
        warnings
            .map(|(glob, place)| format!("{glob} in {}", place.unwrap_or_default()))
            .collect::<Vec<_>>()
    };
    for (globs, warnings) in [
        (&["**"][..], &[][..]),
        (&["libs/*", "in1/leaf"], &["in1/leaf in in1"]),
        (&["libs/*", "in1/*", "in1/deep/*"], &["in1/* in in1", "in1/deep/* in in1"]),
        (&["*/*"], &["*/* in in1", "*/* in in2"]),
        (&["**", "in2"], &["in2 in in2"]),
        (&["**/core", "*"], &["* in in1", "* in in2"]),
    ] {
        write_root(&cx, globs);
        assert_eq!(members_from(&cx, "."), [".", "./libs/core"], "{globs:?}");
        assert_eq!(warned(), warnings, "{globs:?}");
        assert_eq!(members_from(&cx, "in1/leaf"), [".", "./leaf"], "{globs:?}");
        assert_eq!(members_from(&cx, "in1/other"), [] as [&str; 0], "{globs:?}");
    }
    write_workspace(&cx, "members = [\"*/*\"]\nexclude = [\"in*\"]\n");
    assert_eq!(warned(), [] as [&str; 0]);
    write_root(&cx, &["in1/leaf"]);
    rye_snapshot!(cx, ["show"], @"
    exit: 0
    ----- stdout -----
    project: root
    path: [ROOT]/project
    venv: [ROOT]/project/.venv
    target python: >=3.9
    virtual: true
    workspace: [ROOT]/project
      members:
        root (.)
    configured sources:
      --index-url [INDEX]
    ----- stderr -----
    warning: `in1/leaf` of `tool.rye.workspace.members` in `[ROOT]/project/pyproject.toml` leads into the workspace in `in1`, whose members are its own
    ");
}

#[test]
fn what_is_excluded_is_out_with_all_below_it() {
    let cx = TestContext::new();
    write_workspace(&cx, "members = [\"**\"]\nexclude = [\"libs/old\", \"**/x*\"]\n");
    write_members(&cx, &["libs/a", "libs/old", "libs/old/deep", "libs/older", "libs/b/xy"]);
    assert_eq!(members_from(&cx, "."), [".", "./libs/a", "./libs/older"]);
    for directory in ["libs/old", "libs/old/deep", "libs/b/xy"] {
        assert_eq!(shown(&cx, directory, "workspace"), None, "{directory}");
    }
}

#[test]
fn without_globs_every_project_below_is_a_member() {
    let cx = TestContext::new();
    write_workspace(&cx, "");
    write_members(
        &cx,
        &[
            "a",
            "deep/er/b",
            ".hidden/c",
            "deep/.hidden",
            "node_modules/d",
            "a/node_modules/e",
            "f/g",
        ],
    );
    cx.write("f/pyvenv.cfg", "");
    assert_eq!(members_from(&cx, "."), [".", "./a", "./deep/er/b"]);
    assert_eq!(members_from(&cx, "deep/er/b"), [".", "./a", "./deep/er/b"]);
    for directory in [".hidden/c", "deep/.hidden", "node_modules/d", "a/node_modules/e", "f/g"] {
        assert_eq!(members_from(&cx, directory), [] as [&str; 0], "{directory}");
    }
}

#[test]
fn no_glob_leads_into_an_environment() {
    for (globs, members) in [
        (&["*/*"][..], &[".", "./libs/a"][..]),
        (&["{libs,env}/*"], &[".", "./libs/a"]),
        (&["*", "*/*"], &[".", "./env", "./libs/a"]),
        // one that is named is meant
        (&["env/x", "libs/*"], &[".", "./env/x", "./libs/a"]),
        (&["env/*"], &[".", "./env/x"]),
    ] {
        let cx = TestContext::builder().without_index().build();
        write_root(&cx, globs);
        write_members(&cx, &["env", "env/x", "libs/a"]);
        cx.write("env/pyvenv.cfg", "");
        assert_eq!(members_from(&cx, "."), members, "{globs:?}");
        for place in ["env", "env/x", "libs/a"] {
            let is_member = members.contains(&format!("./{place}").as_str());
            let expected = if is_member { members } else { &[] };
            assert_eq!(members_from(&cx, place), expected, "{globs:?} from {place}");
        }
    }
}

/// Returns where the environment is that the shim of an interpreter uses in a directory.
#[cfg(unix)]
fn shim_prefix(cx: &TestContext, directory: &str) -> String {
    let run = cx.program(shim(cx), ["-c", "import sys; print(sys.prefix)"]);
    let output = run.current_dir(cx.path(directory)).succeed();
    cx.masked(output.stdout.trim())
}

#[test]
#[cfg(unix)]
fn shims_and_links_go_by_the_same_rules() {
    let cx = TestContext::new();
    write_workspace(&cx, "");
    write_members(&cx, &["libs/a", "env/x"]);
    cx.write("env/pyvenv.cfg", "");
    cx.write("env/x/pyproject.toml", "[tool.rye]\nmanaged = true\nvirtual = true\n");
    std::fs::rename(cx.path("libs/a"), cx.root().join("far")).unwrap();
    std::os::unix::fs::symlink("../../far", cx.path("libs/a")).unwrap();
    cx.rye(["sync"]).succeed();
    assert_eq!(shim_prefix(&cx, "."), "[ROOT]/project/.venv");
    assert_eq!(shim_prefix(&cx, "env/x"), "[ROOT]/project/env/x/.venv");
    assert_eq!(members_from(&cx, "."), ["."]);
    for glob in ["libs/*", "{libs,x}/*", "libs/a"] {
        write_root(&cx, &[glob]);
        assert_eq!(members_from(&cx, "."), [".", "./libs/a"], "{glob}");
    }
}

#[test]
fn without_members_the_root_is_alone() {
    let cx = TestContext::new();
    write_workspace(&cx, "members = []\n");
    write_members(&cx, &["a"]);
    assert_eq!(members_from(&cx, "."), ["."]);
    assert_eq!(members_from(&cx, "a"), [] as [&str; 0]);
}

#[test]
fn globs_match_paths_from_the_root() {
    #[track_caller]
    fn check(globs: &[&str], expected: &[&str]) {
        let cx = TestContext::builder().without_index().build();
        write_root(&cx, globs);
        write_members(
            &cx,
            &["a", "b", "c", "libs/a", "libs/b", "libs/deep/a", "libs/.git/a", "libs/node_modules"],
        );
        let mut places = vec!["."];
        places.extend(expected);
        assert_eq!(members_from(&cx, "."), places, "{globs:?}");
        for place in expected {
            assert_eq!(members_from(&cx, place), places, "{globs:?} from {place}");
        }
    }
    check(&["a"], &["./a"]);
    check(&["./a/", "b"], &["./a", "./b"]);
    check(&["*"], &["./a", "./b", "./c"]);
    check(&["[ab]"], &["./a", "./b"]);
    check(&["{a,libs/b}"], &["./a", "./libs/b"]);
    check(&["{c,libs/*}"], &["./c", "./libs/a", "./libs/b"]);
    check(&["libs/?"], &["./libs/a", "./libs/b"]);
    check(&["libs/*"], &["./libs/a", "./libs/b"]);
    check(&["libs/**"], &["./libs/a", "./libs/b", "./libs/deep/a"]);
    check(&["**/a"], &["./a", "./libs/a", "./libs/deep/a"]);
    check(&["a", "libs/a", "**/a"], &["./a", "./libs/a", "./libs/deep/a"]);
    check(&["libs/.git/a"], &["./libs/.git/a"]);
    check(&["libs/.git/*"], &["./libs/.git/a"]);
    check(&["libs/node_modules"], &["./libs/node_modules"]);
}

#[test]
fn a_directory_without_a_manifest_is_nobody() {
    let cx = TestContext::new();
    write_root(&cx, &["libs/*"]);
    write_members(&cx, &["libs/core"]);
    cx.write("libs/notes/x", "");
    cx.write("libs/file", "");
    assert_eq!(members_from(&cx, "."), [".", "./libs/core"]);
    // the root is what is nearest
    assert_eq!(shown(&cx, "libs/notes", "project").as_deref(), Some("root"));
}

#[test]
fn members_may_lie_within_members() {
    let cx = TestContext::new();
    write_root(&cx, &["libs/**"]);
    write_members(&cx, &["libs/outer", "libs/outer/inner"]);
    assert_eq!(members_from(&cx, "libs/outer/inner"), [".", "./libs/outer", "./libs/outer/inner"]);
    assert_eq!(shown(&cx, "libs/outer/inner", "project").as_deref(), Some("libs-outer-inner"));
    cx.rye(["sync"]).current_dir(cx.path("libs/outer/inner")).succeed();
    assert_eq!(cx.installed(), ["libs-outer-inner==0.1.0", "libs-outer==0.1.0"]);
}

#[test]
#[cfg(unix)]
fn a_workspace_is_one_however_it_is_reached() {
    let cx = TestContext::new();
    write_root(&cx, &["libs/*"]);
    write_members(&cx, &["libs/core"]);
    cx.rye(["sync"]).succeed();
    let link = cx.root().join("link");
    std::os::unix::fs::symlink(cx.path("libs/core"), &link).unwrap();
    rye_snapshot!(cx.rye(["sync"]).current_dir(&link), @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        in sync root
    ");
    let link = cx.root().join("whole");
    std::os::unix::fs::symlink(cx.project(), &link).unwrap();
    rye_snapshot!(cx.rye(["sync"]).current_dir(link.join("libs/core")), @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        in sync root
    ");
}

#[test]
fn directories_may_have_spaces_in_their_names() {
    let cx = TestContext::builder().project("my projects").build();
    write_root(&cx, &["my libs/*", "the app"]);
    write_member(&cx, "my libs/the core", "core", &["idna"]);
    write_member(&cx, "my libs/50% é", "odd", &[]);
    write_member(&cx, "the app", "app", &["core", "odd"]);
    cx.rye(["sync"]).current_dir(cx.path("the app")).succeed();
    insta::assert_snapshot!(cx.read("requirements.lock"), @"
    # generated by rye
    # use `rye lock` or `rye sync` to update this lockfile
    #
    # last locked with the following flags:
    #   pre: false
    #   features: []
    #   all-features: false
    #   with-sources: false
    #   generate-hashes: false
    #   universal: false

    -e file:my%20libs/50%25%20%C3%A9
        # via app
    -e file:my%20libs/the%20core
        # via app
    -e file:the%20app
    idna==3.4
        # via core
    ");
    cx.venv("python", ["-c", "import app, core, odd, idna"]).succeed();
    rye_snapshot!(cx.rye(["sync"]).current_dir(cx.path("my libs/the core")), @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        in sync root
    ");
    cx.rye(["lock", "--check"]).succeed();
    cx.rye(["sync", "-p", "core"]).succeed();
    assert_eq!(cx.installed(), ["core==0.1.0", "idna==3.4"]);
}
