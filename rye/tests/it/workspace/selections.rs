//! Parts of a workspace: members, groups, and what they need.

use super::{append, write_member, write_root};
use crate::support::{Output, TestContext, rye_snapshot};

/// Returns a world with two members that need a third, and with groups; each distribution tells who asked for it.
fn world() -> TestContext {
    let cx = TestContext::new();
    write_root(&cx, &["libs/*", "apps/*"]);
    append(&cx, "pyproject.toml", "\n[dependency-groups]\ndocs = [\"blinker\"]\n");
    write_member(&cx, "libs/core", "core", &["idna"]);
    write_member(&cx, "apps/web", "web", &["core", "click"]);
    append(
        &cx,
        "apps/web/pyproject.toml",
        "\n[dependency-groups]\ndev = [{ include-group = \"Type_Check\" }, \"tqdm\"]\n\
         Type_Check = [\"urllib3\"]\n\n\
         [tool.rye]\ndev-dependencies = [\"python-dotenv\"]\n",
    );
    write_member(&cx, "apps/cli", "cli", &["core", "itsdangerous"]);
    append(&cx, "apps/cli/pyproject.toml", "\n[dependency-groups]\ndocs = [\"MarkupSafe\"]\n");
    cx
}

const MEMBERS: [&str; 3] = ["cli", "core", "web"];

/// What the members need: of `core`, `web`, `cli`.
const REGULAR: [&str; 3] = ["click", "idna", "itsdangerous"];

/// What development adds.
const DEVELOPMENT: [&str; 3] = ["python-dotenv", "tqdm", "urllib3"];

/// Returns the names of what is installed.
fn installed(cx: &TestContext) -> Vec<String> {
    let names = cx.installed().into_iter();
    names.map(|line| line.split('=').next().unwrap_or_default().to_owned()).collect()
}

/// Syncs and expects these to be installed then, and also after a program was run.
#[track_caller]
fn check(cx: &TestContext, args: &[&str], expected: &[&[&str]]) -> Output {
    let mut expected = expected.concat();
    expected.sort_unstable();
    let output = cx.rye(["sync"].iter().chain(args)).succeed();
    assert_eq!(installed(cx), expected, "{args:?}");
    let engine = cx.root().join("bin").join("false");
    // nothing is to do, neither for the same again nor for who says nothing about it
    cx.rye(["sync"].iter().chain(args)).env("RYE_UV", &engine).succeed();
    cx.rye(["run", "python", "-c", ""]).env("RYE_UV", &engine).succeed();
    assert_eq!(installed(cx), expected, "{args:?}");
    output
}

#[test]
fn a_member_comes_with_what_it_needs() {
    let cx = world();
    check(&cx, &["-p", "core"], &[&["core", "idna"]]);
    let web = ["web", "core", "idna", "click"];
    check(&cx, &["-p", "web"], &[&web, &DEVELOPMENT]);
    check(&cx, &["-p", "Web", "--no-dev"], &[&web]);
    check(&cx, &["-p", "cli"], &[&["cli", "core", "idna", "itsdangerous"]]);
    check(&cx, &["-p", "core", "-p", "cli"], &[&["cli", "core", "idna", "itsdangerous"]]);
    check(&cx, &["-p", "cli", "--package", "web"], &[&MEMBERS, &REGULAR, &DEVELOPMENT]);
    // the root needs nothing
    check(&cx, &["-p", "root"], &[]);
    check(&cx, &["--all"], &[&MEMBERS, &REGULAR, &DEVELOPMENT]);
}

#[test]
fn everything_is_everything_but_other_groups() {
    let cx = world();
    check(&cx, &[], &[&MEMBERS, &REGULAR, &DEVELOPMENT]);
    check(&cx, &["--no-dev"], &[&MEMBERS, &REGULAR]);
    check(
        &cx,
        &["--group", "docs"],
        &[&MEMBERS, &REGULAR, &DEVELOPMENT, &["blinker", "markupsafe"]],
    );
    check(&cx, &["--group", "docs", "--no-dev"], &[&MEMBERS, &REGULAR, &["blinker", "markupsafe"]]);
    check(&cx, &["--group", "type-check", "--no-dev"], &[&MEMBERS, &REGULAR, &["urllib3"]]);
    check(&cx, &["--all-groups"], &[&MEMBERS, &REGULAR, &DEVELOPMENT, &["blinker", "markupsafe"]]);
    check(&cx, &["--all-groups", "--no-group", "docs"], &[&MEMBERS, &REGULAR, &DEVELOPMENT]);
    check(
        &cx,
        &["--all-groups", "--no-dev"],
        &[&MEMBERS, &REGULAR, &["blinker", "markupsafe", "urllib3"]],
    );
    check(&cx, &["--no-group", "dev"], &[&MEMBERS, &REGULAR]);
}

#[test]
fn a_group_may_be_all_that_is_wanted() {
    let cx = world();
    check(&cx, &["--only-group", "docs"], &[&["blinker", "markupsafe"]]);
    check(&cx, &["--only-group", "docs", "-p", "cli"], &[&["markupsafe"]]);
    check(&cx, &["--only-group", "dev"], &[&DEVELOPMENT]);
    check(&cx, &["--only-group", "Type.Check"], &[&["urllib3"]]);
    check(
        &cx,
        &["--only-group", "docs", "--only-group", "type_check"],
        &[&["blinker", "markupsafe", "urllib3"]],
    );
}

#[test]
fn the_projects_themselves_may_be_left_out() {
    let cx = world();
    check(&cx, &["--only-deps"], &[&REGULAR, &DEVELOPMENT]);
    check(&cx, &["--only-deps", "--no-dev"], &[&REGULAR]);
    check(&cx, &["--only-deps", "--no-dev", "-p", "web"], &[&["click", "idna"]]);
    // no sources are needed for it
    std::fs::remove_dir_all(cx.path("libs/core/src")).unwrap();
    cx.rye(["sync", "--only-deps", "--force"]).succeed();
}

#[test]
fn a_selection_is_kept_until_another_sync() {
    let cx = world();
    cx.rye(["sync", "-p", "core"]).succeed();
    append(&cx, "apps/web/pyproject.toml", "# edited\n");
    write_member(&cx, "libs/core", "core", &["idna", "sniffio"]);
    rye_snapshot!(cx, ["run", "python", "-c", "import core, idna, sniffio"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
         locked requirements.lock
         locked requirements-dev.lock
          added sniffio 1.3.0
    ");
    assert_eq!(installed(&cx), ["core", "idna", "sniffio"]);
    rye_snapshot!(cx, ["add", "-p", "web", "anyio"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
          added anyio>=4.0.0 (regular dependency of `web`)
         locked requirements.lock
         locked requirements-dev.lock
        in sync root
    ");
    rye_snapshot!(cx, ["remove", "-p", "core", "sniffio"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        removed sniffio (regular dependency of `core`)
         locked requirements.lock
         locked requirements-dev.lock
        removed sniffio 1.3.0
    ");
    cx.rye(["lock", "--update-all"]).succeed();
    cx.rye(["run", "python", "-c", ""]).succeed();
    assert_eq!(installed(&cx), ["core", "idna"]);
    rye_snapshot!(cx, ["sync"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
          added anyio 4.0.0
          added cli 0.1.0
          added click 8.1.7
          added itsdangerous 2.1.2
          added python-dotenv 1.0.0
          added sniffio 1.3.0
          added tqdm 4.66.1
          added urllib3 2.1.0
          added web 0.1.0
    ");
}

#[test]
fn a_group_is_kept_too() {
    let cx = world();
    cx.rye(["sync", "--only-group", "docs"]).succeed();
    append(&cx, "apps/cli/pyproject.toml", "other = [\"sniffio\"]\n");
    cx.rye(["run", "python", "-c", "import blinker"]).succeed();
    assert_eq!(installed(&cx), ["blinker", "markupsafe"]);
    // what is kept may be gone
    let manifest = cx.read("apps/cli/pyproject.toml");
    cx.write("apps/cli/pyproject.toml", manifest.replace("docs =", "prose ="));
    let manifest = cx.read("pyproject.toml");
    cx.write("pyproject.toml", manifest.replace("docs =", "prose ="));
    rye_snapshot!(cx, ["run", "python", "-c", ""], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: what was synced last cannot be installed any more
    caused by: there is no group `docs`
    hint: bring everything with `rye sync`, or another part of it
    hint: there are Type_Check, dev, other, prose
    ");
    rye_snapshot!(cx, ["sync", "--only-group", "prose"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        in sync root
    ");
}

#[test]
fn a_member_that_is_kept_may_be_gone() {
    let cx = world();
    cx.rye(["sync", "-p", "cli"]).succeed();
    std::fs::remove_dir_all(cx.path("apps/cli")).unwrap();
    let before = cx.fingerprint();
    rye_snapshot!(cx, ["run", "python", "-c", ""], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: what was synced last cannot be installed any more
    caused by: the workspace has no member `cli`
    hint: bring everything with `rye sync`, or another part of it
    hint: it has core, root, web
    ");
    rye_snapshot!(cx, ["add", "tqdm"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing was added
    caused by: what was synced last cannot be installed any more
    caused by: the workspace has no member `cli`
    hint: bring everything with `rye sync`, or another part of it
    hint: it has core, root, web
    ");
    assert_eq!(cx.fingerprint(), before);
    cx.rye(["sync"]).succeed();
    cx.rye(["run", "python", "-c", "import web"]).succeed();
}

#[test]
fn names_that_do_not_exist_are_told() {
    let cx = world();
    let before = cx.fingerprint();
    rye_snapshot!(cx, ["sync", "-p", "weeb"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the workspace has no member `weeb`
    hint: did you mean `web`?
    ");
    rye_snapshot!(cx, ["sync", "-p", "web", "-p", "zzzzzz"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the workspace has no member `zzzzzz`
    hint: it has cli, core, root, web
    ");
    rye_snapshot!(cx, ["sync", "--group", "doc"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no group `doc`
    hint: did you mean `docs`?
    ");
    rye_snapshot!(cx, ["sync", "--no-group", "type-chek"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no group `type-chek`
    hint: did you mean `Type_Check`?
    ");
    rye_snapshot!(cx, ["sync", "--only-group", "zzzzzz"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no group `zzzzzz`
    hint: there are Type_Check, dev, docs
    ");
    // of the members that are asked for
    rye_snapshot!(cx, ["sync", "-p", "web", "--group", "docs"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no group `docs` in what is selected, but in root, cli
    hint: select that project too, with `--package`
    ");
    rye_snapshot!(cx, ["sync", "-p", "core", "--group", "docs"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no group `docs` in what is selected, but in root, cli
    hint: select that project too, with `--package`
    ");
    rye_snapshot!(cx, ["sync", "-p", "we b"], @r#"
    exit: 2
    ----- stdout -----
    ----- stderr -----
    error: invalid value 'we b' for '--package <NAME>': Not a valid package or extra name: "we b". Names must start and end with a letter or digit and may only contain -, _, ., and alphanumeric characters.

    For more information, try '--help'.
    "#);
    assert_eq!(cx.fingerprint(), before);
}

#[test]
fn flags_that_contradict_each_other_are_refused() {
    let cx = world();
    let before = cx.fingerprint();
    let contradictions: [&[&str]; 7] = [
        &["--all", "-p", "web"],
        &["--only-group", "docs", "--group", "dev"],
        &["--only-group", "docs", "--all-groups"],
        &["--only-group", "docs", "--no-dev"],
        &["--only-group", "docs", "--no-group", "dev"],
        &["--only-group", "docs", "--only-deps"],
        &["--no-lock", "--locked"],
    ];
    for args in contradictions {
        let output = cx.rye(["sync"].iter().chain(args)).fail(2);
        assert!(output.stderr.contains("cannot be used with"), "{}", output.stderr);
    }
    assert_eq!(cx.fingerprint(), before);
    rye_snapshot!(cx, ["sync", "--all", "-p", "web"], @"
    exit: 2
    ----- stdout -----
    ----- stderr -----
    error: the argument '--all' cannot be used with '--package <NAME>'

    Usage: rye sync --all

    For more information, try '--help'.
    ");
}

#[test]
fn a_selection_may_be_installed_from_the_lockfiles_alone() {
    let cx = world();
    cx.rye(["lock"]).succeed();
    let before = cx.read("requirements-dev.lock");
    rye_snapshot!(cx, ["sync", "--no-lock", "--no-dev", "-p", "cli"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        created [ROOT]/project/.venv (cpython@[PYTHON], discovered: [ROOT]/bin/python[PYTHON-MINOR])
          added cli 0.1.0
          added core 0.1.0
          added idna 3.4
          added itsdangerous 2.1.2
    ");
    rye_snapshot!(cx, ["sync", "--locked", "--dry-run", "-p", "core"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
    would remove cli 0.1.0
    would remove itsdangerous 2.1.2
    ");
    rye_snapshot!(cx, ["sync", "--locked", "-p", "core"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        removed cli 0.1.0
        removed itsdangerous 2.1.2
    ");
    assert_eq!(cx.read("requirements-dev.lock"), before);
}

#[test]
fn a_project_on_its_own_has_groups_too() {
    let cx = TestContext::new();
    cx.write_project("demo", &["idna"]);
    append(
        &cx,
        "pyproject.toml",
        "\n[dependency-groups]\ndocs = [\"tqdm\"]\ndev = [\"urllib3\"]\n",
    );
    check(&cx, &[], &[&["demo", "idna", "urllib3"]]);
    check(&cx, &["--group", "docs"], &[&["demo", "idna", "tqdm", "urllib3"]]);
    check(&cx, &["--only-group", "docs"], &[&["tqdm"]]);
    check(&cx, &["--only-deps"], &[&["idna", "urllib3"]]);
    check(&cx, &["-p", "demo", "--no-dev"], &[&["demo", "idna"]]);
    rye_snapshot!(cx, ["sync", "-p", "other"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the workspace has no member `other`
    hint: it has demo
    ");
}

#[test]
fn a_member_whose_name_only_its_build_knows_comes_with_who_needs_it() {
    let cx = TestContext::new();
    write_root(&cx, &["*"]);
    cx.write(
        "old/pyproject.toml",
        "[build-system]\nrequires = [\"setuptools\"]\nbuild-backend = \"setuptools.build_meta\"\n",
    );
    cx.write(
        "old/setup.cfg",
        "[metadata]\nname = old\nversion = 3\n\n[options]\ninstall_requires =\n  idna\n  core\n",
    );
    cx.write("old/src/old/__init__.py", "");
    write_member(&cx, "core", "core", &["tqdm"]);
    write_member(&cx, "web", "web", &["urllib3"]);
    write_member(&cx, "needs-old", "needs-old", &["old"]);
    check(&cx, &["-p", "core"], &[&["core", "tqdm"]]);
    check(&cx, &["-p", "web", "-p", "root"], &[&["urllib3", "web"]]);
    check(&cx, &["-p", "needs-old"], &[&["core", "idna", "needs-old", "old", "tqdm"]]);
    check(&cx, &[], &[&["core", "idna", "needs-old", "old", "tqdm", "urllib3", "web"]]);
    check(&cx, &["--only-deps"], &[&["idna", "tqdm", "urllib3"]]);
    check(&cx, &["--only-deps", "-p", "needs-old"], &[&["idna", "tqdm"]]);
    // nobody knows its name
    rye_snapshot!(cx, ["sync", "-p", "old"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the workspace has no member `old`
    hint: it has core, needs-old, root, web
    ");
}
