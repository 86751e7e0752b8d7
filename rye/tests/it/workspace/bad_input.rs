//! Workspaces that are not as they should be.

use super::{append, write_member, write_root, write_workspace};
use crate::support::{TestContext, rye_snapshot};

/// Returns a world with two members.
fn world() -> TestContext {
    let cx = TestContext::new();
    write_root(&cx, &["libs/*", "web"]);
    write_member(&cx, "libs/core", "core", &[]);
    write_member(&cx, "web", "web", &["core"]);
    cx
}

/// Returns what `rye sync` says, which is the same from these directories.
#[track_caller]
fn told_from(cx: &TestContext, directories: &[&str]) -> String {
    let say = |directory: &&str| cx.rye(["sync"]).current_dir(cx.path(directory)).snapshot();
    let mut said: Vec<_> = directories.iter().map(say).collect();
    said.dedup();
    assert_eq!(said.len(), 1, "{said:#?}");
    said.remove(0)
}

#[test]
fn a_glob_that_matches_nothing_is_warned_of() {
    let cx = world();
    write_root(&cx, &["libs/*", "apps/*", "web", "{x,y}"]);
    rye_snapshot!(cx.rye(["sync"]).current_dir(cx.path("web")), @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
    warning: `apps/*` of `tool.rye.workspace.members` in `[ROOT]/project/pyproject.toml` matches no project
    warning: `{x,y}` of `tool.rye.workspace.members` in `[ROOT]/project/pyproject.toml` matches no project
        created [ROOT]/project/.venv (cpython@[PYTHON], discovered: [ROOT]/bin/python[PYTHON-MINOR])
         locked requirements.lock
         locked requirements-dev.lock
          added core 0.1.0
          added web 0.1.0
    ");
    rye_snapshot!(cx, ["run", "python", "-c", ""], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
    warning: `apps/*` of `tool.rye.workspace.members` in `[ROOT]/project/pyproject.toml` matches no project
    warning: `{x,y}` of `tool.rye.workspace.members` in `[ROOT]/project/pyproject.toml` matches no project
    ");
    // what is left out was meant to be
    write_workspace(&cx, "members = [\"web\", \"libs/*\"]\nexclude = [\"libs\", \"nothing\"]\n");
    write_member(&cx, "web", "web", &[]);
    rye_snapshot!(cx, ["sync"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
         locked requirements.lock
         locked requirements-dev.lock
        removed core 0.1.0
    ");
}

#[test]
fn a_member_that_is_not_there_is_told() {
    let cx = world();
    write_root(&cx, &["libs/*", "web", "libs/gone", "aplication"]);
    insta::assert_snapshot!(told_from(&cx, &[".", "web"]), @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/pyproject.toml` cannot be understood
    caused by: `tool.rye.workspace.members` names `libs/gone`, and there is no `pyproject.toml` in it
    hint: start a project there with `rye init libs/gone`, or take `libs/gone` out of the list
    ");
    cx.write("libs/gone/x", "");
    rye_snapshot!(cx, ["sync"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/pyproject.toml` cannot be understood
    caused by: `tool.rye.workspace.members` names `libs/gone`, and there is no `pyproject.toml` in it
    hint: start a project there with `rye init libs/gone`, or take `libs/gone` out of the list
    ");
    rye_snapshot!(cx, ["show"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/pyproject.toml` cannot be understood
    caused by: `tool.rye.workspace.members` names `libs/gone`, and there is no `pyproject.toml` in it
    hint: start a project there with `rye init libs/gone`, or take `libs/gone` out of the list
    ");
    // others on their own are not concerned
    write_member(&cx, "other", "other", &[]);
    cx.rye(["lock"]).current_dir(cx.path("other")).succeed();
}

#[test]
fn a_member_that_is_a_file_is_told() {
    let cx = world();
    write_root(&cx, &["libs/core/pyproject.toml"]);
    rye_snapshot!(cx, ["sync"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/pyproject.toml` cannot be understood
    caused by: `tool.rye.workspace.members` names `libs/core/pyproject.toml`, which is a file
    hint: name the directory of a project
    ");
}

#[test]
fn two_members_of_one_name_are_told() {
    let cx = world();
    write_member(&cx, "libs/other", "Core", &[]);
    insta::assert_snapshot!(told_from(&cx, &[".", "libs/other"]), @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: two members of the workspace are called `core`: `libs/core` and `libs/other`
    hint: rename one of them, or leave `libs/other` out with `tool.rye.workspace.exclude`
    ");
    write_member(&cx, "libs/other", "Root", &[]);
    rye_snapshot!(cx, ["lock"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: two members of the workspace are called `root`: `.` and `libs/other`
    hint: rename one of them, or leave `libs/other` out with `tool.rye.workspace.exclude`
    ");
    assert!(!cx.exists("requirements.lock"));
}

#[test]
fn a_member_outside_of_the_workspace_is_told() {
    let cx = world();
    let outside = cx.path("libs/core").display().to_string();
    for place in ["../other", "libs/../../other", outside.as_str(), "/libs/*"] {
        write_root(&cx, &[place]);
        let output = cx.rye(["sync"]).fail(1);
        let told = format!("`tool.rye.workspace.members` holds `{place}`, which leads out of");
        assert!(output.stderr.contains(&told), "{}", output.stderr);
    }
    write_root(&cx, &["../other"]);
    rye_snapshot!(cx.rye(["sync"]).current_dir(cx.path("web")), @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/pyproject.toml` cannot be understood
    caused by: `tool.rye.workspace.members` holds `../other`, which leads out of the workspace's directory
    hint: move the project below the root, or depend on it by its path
    ");
    write_workspace(&cx, "exclude = [\"../other\"]\n");
    rye_snapshot!(cx, ["sync"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/pyproject.toml` cannot be understood
    caused by: `tool.rye.workspace.exclude` holds `../other`, which leads out of the workspace's directory
    hint: move the project below the root, or depend on it by its path
    ");
}

#[test]
fn a_malformed_glob_is_told() {
    let cx = world();
    write_root(&cx, &["libs/[a"]);
    rye_snapshot!(cx, ["sync"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/pyproject.toml` cannot be understood
    caused by: `tool.rye.workspace.members` holds `libs/[a`: unclosed character class at byte 5; missing ']' (to match a literal '[', escape it as '\[' or '[[]')
    hint: write it as in `libs/*` or `apps/{web,cli}`
    ");
    write_workspace(&cx, "exclude = [\"{a,b\"]\n");
    rye_snapshot!(cx.rye(["run", "python"]).current_dir(cx.path("web")), @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/pyproject.toml` cannot be understood
    caused by: `tool.rye.workspace.exclude` holds `{a,b`: unclosed brace expansion at byte 0; missing '}' (to match a literal '{', escape it as '\{' or '[{]')
    hint: write it as in `libs/*` or `apps/{web,cli}`
    ");
}

#[test]
fn a_table_of_another_kind_is_told() {
    let cx = world();
    write_workspace(&cx, "members = \"libs/*\"\n");
    insta::assert_snapshot!(told_from(&cx, &[".", "web"]), @r#"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/pyproject.toml` cannot be understood
    caused by: TOML parse error at line 11, column 11
       |
    11 | members = "libs/*"
       |           ^^^^^^^^
    invalid type: string "libs/*", expected a sequence
    hint: correct the line in an editor
    "#);
    write_workspace(&cx, "members = [1]\n");
    rye_snapshot!(cx, ["sync"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/pyproject.toml` cannot be understood
    caused by: TOML parse error at line 11, column 12
       |
    11 | members = [1]
       |            ^
    invalid type: integer `1`, expected a string
    hint: correct the line in an editor
    ");
    write_workspace(&cx, "member = [\"web\"]\n");
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
        core (./libs/core)
        web (./web)
    configured sources:
      --index-url [INDEX]
    ----- stderr -----
    warning: unknown key `tool.rye.workspace.member` in `[ROOT]/project/pyproject.toml`
    ");
}

#[test]
fn a_malformed_manifest_of_a_member_is_told() {
    let cx = world();
    append(&cx, "libs/core/pyproject.toml", "[project\n");
    insta::assert_snapshot!(told_from(&cx, &[".", "web", "libs/core"]), @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/libs/core/pyproject.toml` cannot be understood
    caused by: TOML parse error at line 13, column 9
       |
    13 | [project
       |         ^
    unclosed table, expected `]`
    hint: correct the line in an editor
    ");
    write_member(&cx, "libs/core", "core", &["a b"]);
    rye_snapshot!(cx.rye(["run", "python"]).current_dir(cx.path("web")), @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/libs/core/pyproject.toml` cannot be understood
    caused by: `project.dependencies` holds `a b`: Expected one of `@`, `(`, `<`, `=`, `>`, `~`, `!`, `;`, found `b`
    hint: write it as PEP 508 has it: `name[extra]>=1.0; marker`
    ");
    write_member(&cx, "libs/core", "core", &[]);
    append(&cx, "libs/core/pyproject.toml", "\n[tool.rye]\ndev-dependencies = \"idna\"\n");
    rye_snapshot!(cx, ["add", "-p", "web", "idna"], @r#"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/libs/core/pyproject.toml` cannot be understood
    caused by: TOML parse error at line 15, column 20
       |
    15 | dev-dependencies = "idna"
       |                    ^^^^^^
    invalid type: string "idna", expected a sequence
    hint: correct the line in an editor
    "#);
    cx.write("libs/core/pyproject.toml", b"\xff");
    rye_snapshot!(cx, ["sync"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot read `[ROOT]/project/libs/core/pyproject.toml`
    caused by: stream did not contain valid UTF-8
    hint: save it as UTF-8
    ");
}

#[test]
fn a_member_without_a_name_is_told() {
    let cx = world();
    cx.write("libs/core/pyproject.toml", "[project]\nversion = \"1\"\n");
    write_member(&cx, "web", "web", &[]);
    rye_snapshot!(cx, ["sync"], @r#"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot lock `root`
    caused by: `project.name` is missing in `[ROOT]/project/libs/core/pyproject.toml`
    hint: add `name = "…"` to its `[project]`
    "#);
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
        core (./libs/core)
        web (./web)
    configured sources:
      --index-url [INDEX]
    ----- stderr -----
    ");
}

#[test]
fn a_virtual_member_needs_no_name() {
    let cx = world();
    cx.write(
        "libs/core/pyproject.toml",
        "[project]\ndependencies = [\"idna\"]\n[tool.rye]\nvirtual = true\n",
    );
    write_member(&cx, "web", "web", &[]);
    cx.rye(["sync"]).succeed();
    assert_eq!(cx.installed(), ["idna==3.4", "web==0.1.0"]);
    cx.rye(["sync", "-p", "web"]).succeed();
    assert_eq!(cx.installed(), ["web==0.1.0"]);
}

#[test]
fn settings_that_only_a_root_has_a_say_in_are_warned_of() {
    let cx = world();
    append(
        &cx,
        "libs/core/pyproject.toml",
        "\n[tool.rye]\nmanaged = true\nuniversal = true\nvenv = \"env\"\nconstraints = [\"idna<3\"]\n\
         overrides = [\"idna<3\"]\nresolution = \"lowest-direct\"\nunknown = 1\n\n\
         [[tool.rye.sources]]\nname = \"default\"\nurl = \"http://nowhere.invalid\"\n",
    );
    rye_snapshot!(cx.rye(["sync"]).current_dir(cx.path("libs/core")), @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
    warning: unknown key `tool.rye.unknown` in `[ROOT]/project/libs/core/pyproject.toml`
    warning: `tool.rye.sources` in `[ROOT]/project/libs/core/pyproject.toml` counts for nothing: the workspace's root decides
    warning: `tool.rye.venv` in `[ROOT]/project/libs/core/pyproject.toml` counts for nothing: the workspace's root decides
    warning: `tool.rye.constraints` in `[ROOT]/project/libs/core/pyproject.toml` counts for nothing: the workspace's root decides
    warning: `tool.rye.overrides` in `[ROOT]/project/libs/core/pyproject.toml` counts for nothing: the workspace's root decides
    warning: `tool.rye.resolution` in `[ROOT]/project/libs/core/pyproject.toml` counts for nothing: the workspace's root decides
        created [ROOT]/project/.venv (cpython@[PYTHON], discovered: [ROOT]/bin/python[PYTHON-MINOR])
         locked requirements.lock
         locked requirements-dev.lock
          added core 0.1.0
          added web 0.1.0
    ");
    assert!(cx.read("requirements.lock").contains("universal: false"));
    // alone it is its own root
    write_root(&cx, &["web"]);
    write_member(&cx, "web", "web", &[]);
    let output = cx.rye(["show"]).current_dir(cx.path("libs/core")).succeed();
    assert!(!output.stderr.contains("counts for nothing"), "{}", output.stderr);
}

#[test]
fn a_member_that_does_not_exist_is_told() {
    let cx = world();
    let before = cx.fingerprint();
    for args in [
        &["add", "-p", "weeb", "idna"][..],
        &["remove", "--package", "weeb", "idna"],
        &["run", "-p", "weeb", "python"],
        &["show", "-p", "weeb"],
        &["sync", "-p", "weeb"],
    ] {
        let output = cx.rye(args).fail(1);
        let lines: Vec<_> = output.stderr.lines().rev().take(2).collect();
        let told = ["hint: did you mean `web`?", "error: the workspace has no member `weeb`"];
        assert_eq!(lines, told, "{args:?}");
        assert_eq!(output.stdout, "");
    }
    assert_eq!(cx.fingerprint(), before);
}

#[test]
fn a_project_on_its_own_has_no_members() {
    let cx = TestContext::new();
    cx.write_project("demo", &[]);
    cx.rye(["add", "-p", "Demo", "idna", "--no-sync"]).succeed();
    assert!(cx.read("pyproject.toml").contains("idna"));
    rye_snapshot!(cx, ["add", "-p", "zzz", "idna"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the workspace has no member `zzz`
    hint: it has demo
    ");
    cx.write("pyproject.toml", "[tool.rye]\nvirtual = true\n");
    rye_snapshot!(cx, ["show", "-p", "zzz"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the workspace has no member `zzz`
    hint: give the project a name in `[project]`
    ");
}

#[test]
fn a_broken_manifest_above_is_told_where_it_might_be_a_workspace() {
    let cx = TestContext::new();
    cx.write("pyproject.toml", "[tool.rye.workspace\n");
    write_member(&cx, "web", "web", &[]);
    rye_snapshot!(cx.rye(["sync"]).current_dir(cx.path("web")), @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/pyproject.toml` cannot be understood
    caused by: TOML parse error at line 1, column 20
      |
    1 | [tool.rye.workspace
      |                    ^
    unclosed table, expected `]`
    hint: correct the line in an editor
    ");
    rye_snapshot!(cx, ["init", "other"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/pyproject.toml` cannot be understood
    caused by: TOML parse error at line 1, column 20
      |
    1 | [tool.rye.workspace
      |                    ^
    unclosed table, expected `]`
    hint: correct the line in an editor
    ");
    assert!(!cx.exists("other"));
    // one that does not mention it is nobody's business, nor is a template that has other things of this name
    for manifest in ["[tool.rye\n", "[project]\nname = {{ workspace }}\n"] {
        cx.write("pyproject.toml", manifest);
        cx.rye(["lock"]).current_dir(cx.path("web")).succeed();
        assert!(cx.exists("web/requirements.lock"));
        std::fs::remove_file(cx.path("web/requirements.lock")).unwrap();
    }
}

#[test]
fn a_manifest_above_of_somebody_else_is_none_of_our_business() {
    let cx = TestContext::new();
    for manifest in [
        "[tool.uv.workspace]\nmembers = [\"*\"]\n",
        "[tool.other]\nworkspace = true\n",
        "# workspace\n[tool.rye]\nmanaged = true\nvirtual = true\n",
    ] {
        cx.write("pyproject.toml", manifest);
        write_member(&cx, "web", "web", &[]);
        let output = cx.rye(["show"]).current_dir(cx.path("web")).succeed();
        assert!(output.stdout.contains("project: web\n"), "{}", output.stdout);
        assert!(!output.stdout.contains("workspace:"), "{}", output.stdout);
    }
}

#[test]
fn a_member_that_is_gone_is_not_taken_from_an_index() {
    let cx = TestContext::new();
    write_root(&cx, &["*"]);
    write_member(&cx, "mine", "idna", &[]);
    write_member(&cx, "also", "also", &[]);
    write_member(&cx, "app", "app", &["idna"]);
    cx.rye(["sync"]).succeed();
    // one that nobody needs may go
    std::fs::remove_dir_all(cx.path("also")).unwrap();
    std::fs::rename(cx.path("mine"), cx.root().join("gone")).unwrap();
    let before = cx.fingerprint();
    rye_snapshot!(cx, ["sync"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot lock `root`
    caused by: `idna` was the project in `mine`, which is no member any more, and would come from an index now
    hint: bring the project back; or take it from an index, if that is meant, with `rye lock --update idna`
    ");
    cx.rye(["run", "python", "-c", ""]).fail(1);
    assert_eq!(cx.fingerprint(), before);
    cx.rye(["lock", "--update", "idna"]).succeed();
    assert!(cx.read("requirements.lock").contains("idna==3.4"));
}

#[test]
fn names_and_places_of_ones_own_are_no_trouble() {
    let cx = TestContext::new();
    write_root(&cx, &["*"]);
    write_member(&cx, "requirements.txt", "a", &["idna"]);
    write_member(&cx, "resolved.txt", "b", &["a"]);
    cx.rye(["lock"]).succeed();
    cx.rye(["add", "--group", "", "tqdm"]).fail(2);
    cx.rye(["add", "-p", "b", "b"]).fail(1);
    let manifest = cx.read("pyproject.toml");
    let excluded =
        manifest.replace("managed = true", "managed = true\nexcluded-dependencies = [\"a\"]");
    cx.write("pyproject.toml", excluded);
    let output = cx.rye(["lock"]).fail(1);
    assert!(output.stderr.contains("a project of your own"), "{}", output.stderr);
}
