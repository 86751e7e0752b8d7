//! `rye remove`

use std::fs;
use std::time::Duration;

use crate::support::*;

/// Writes a project of which nothing itself is installed, so that nothing has to be built.
fn write_virtual(cx: &TestContext, dependencies: &str, rest: &str) {
    let manifest = format!(
        "[project]\nname = \"demo\"\nversion = \"0.1.0\"\nrequires-python = \">=3.9\"\n\
         dependencies = {dependencies}\n\n[tool.rye]\nvirtual = true\n{rest}"
    );
    cx.write("pyproject.toml", manifest);
}

/// Runs rye, which must fail with status 1 and change nothing of the project.
#[track_caller]
fn refused(cx: &TestContext, args: &[&str]) -> Output {
    let before = cx.fingerprint();
    let output = cx.rye(["remove"].iter().chain(args)).fail(1);
    assert_eq!(cx.fingerprint(), before, "{}", output.snapshot());
    assert_eq!(output.stdout, "");
    assert!(output.stderr.starts_with("error: "), "{}", output.stderr);
    output
}

#[test]
fn remove_uninstalls_what_nothing_needs_any_more() {
    let cx = TestContext::new();
    cx.write_project("demo", &["flask", "colorama"]);
    cx.rye(["sync", "-q"]).succeed();
    rye_snapshot!(cx, ["remove", "Flask"], @r"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        removed flask (regular dependency)
         locked requirements.lock
         locked requirements-dev.lock
        removed blinker 1.7.0
        removed click 8.1.7
        removed flask 3.0.0
        removed itsdangerous 2.1.2
        removed jinja2 3.1.2
        removed markupsafe 2.1.3
        removed werkzeug 3.0.1
    ");
    assert!(cx.read("pyproject.toml").contains("dependencies = [\n    \"colorama\",\n]\n"));
    assert_eq!(cx.installed(), ["colorama==0.4.6", "demo==0.1.0"]);
    assert_eq!(cx.rye(["sync"]).succeed().stderr.trim(), "in sync demo");
}

#[test]
fn what_another_one_needs_stays() {
    let cx = TestContext::new();
    write_virtual(&cx, r#"["anyio", "idna"]"#, "");
    cx.rye(["sync", "-q"]).succeed();
    rye_snapshot!(cx, ["remove", "idna"], @r"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        removed idna (regular dependency)
        in sync demo
    ");
    assert_eq!(cx.installed(), ["anyio==4.0.0", "idna==3.4", "sniffio==1.3.0"]);
}

#[test]
fn what_is_not_listed_is_said() {
    let cx = TestContext::new();
    write_virtual(&cx, r#"["anyio"]"#, "dev-dependencies = [\"tqdm\"]\n");
    refused(&cx, &["idna"]);
    cx.rye(["sync", "-q"]).succeed();
    for args in [
        &["idna"][..],
        &["anyio", "idna"],
        &["tqdm"],
        &["--dev", "anyio"],
        &["--optional", "web", "anyio"],
        &["--group", "docs", "anyio"],
        &["--excluded", "anyio"],
        &["any"],
    ] {
        refused(&cx, args);
    }
    rye_snapshot!(cx, ["remove", "anyio", "idna"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing was removed
    caused by: `idna` is not among the regular dependencies
    hint: name the list with `--dev`, `--optional`, `--group` or `--excluded`
    ");
    rye_snapshot!(cx, ["remove", "--optional", "web", "anyio"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing was removed
    caused by: `anyio` is not among the optional (web) dependencies
    hint: name the list with `--dev`, `--optional`, `--group` or `--excluded`
    ");
    assert_eq!(cx.rye(["sync"]).succeed().stderr.trim(), "in sync demo");
}

#[test]
fn names_compare_normalized_and_versions_do_not_matter() {
    let index = Index::new().with(Wheel::new("demo-lib", "1.0")).with(Wheel::new("other", "1.0"));
    let cx = TestContext::builder().index(index).build();
    for (old, new) in [
        ("Demo_Lib>=1", "demo-lib"),
        ("demo-lib", "Demo.Lib"),
        ("demo--lib[x]; python_version > '3'", "DEMO_LIB==7"),
    ] {
        write_virtual(&cx, &format!("[{old:?}, \"other\"]"), "");
        cx.rye(["remove", "--no-sync", new]).succeed();
        assert!(cx.read("pyproject.toml").contains("dependencies = [\"other\"]\n"), "{old} {new}");
    }
}

#[test]
fn every_entry_of_a_name_goes() {
    let cx = TestContext::new();
    let list = "[\n    \"idna<3; python_version < '3'\",\n    \"tqdm\",\n    \"IDNA>3; python_version >= '3'\",\n]";
    write_virtual(&cx, list, "");
    cx.rye(["remove", "--no-sync", "idna"]).succeed();
    assert!(cx.read("pyproject.toml").contains("dependencies = [\n    \"tqdm\",\n]\n"));
}

#[test]
fn comments_of_others_stay() {
    let cx = TestContext::new();
    for newline in ["\n", "\r\n"] {
        let list = "[  # ours\n    # of idna\n    \"idna\",  # also of idna\n\n    # of tqdm\n    \"tqdm\",\n    # the end\n]  # after";
        let rest = "# a comment\n[tool.other]\nx  =  1";
        write_virtual(&cx, list, rest);
        let before = cx.read("pyproject.toml").replace('\n', newline);
        cx.write("pyproject.toml", &before);
        cx.rye(["remove", "--no-sync", "idna"]).succeed();
        let gone = format!("    # of idna{newline}    \"idna\",  # also of idna{newline}{newline}");
        let after = cx.read("pyproject.toml");
        let kept = after == before.replace(&gone, "") || after == before.replace(&gone, newline);
        assert!(kept, "{after}");
        cx.rye(["remove", "--no-sync", "tqdm"]).succeed();
        let after = cx.read("pyproject.toml");
        for comment in ["[  # ours", "# the end", "]  # after", "# a comment", "x  =  1"] {
            assert!(after.contains(comment), "{after}");
        }
    }
}

#[test]
fn a_one_line_list_stays_in_one_line() {
    let cx = TestContext::new();
    for (list, expected) in
        [("[ 'idna' , 'tqdm' ]", "'tqdm' ]"), ("['tqdm','idna']", "['tqdm']"), ("[\"idna\"]", "[]")]
    {
        write_virtual(&cx, list, "");
        cx.rye(["remove", "--no-sync", "idna"]).succeed();
        let manifest = cx.read("pyproject.toml");
        let line = manifest.lines().find(|line| line.starts_with("dependencies")).unwrap();
        assert!(line.ends_with(expected), "{line}");
    }
}

#[test]
fn each_list_has_its_flag() {
    let cx = TestContext::new();
    let rest = "dev-dependencies = [\"idna\", \"tqdm\"]\nexcluded-dependencies = [\"idna\", \"colorama\"]\n\n\
                [project.optional-dependencies]\nWeb_Ui = [\"idna\", \"tqdm\"]\n\n\
                [dependency-groups]\nDocs = [\"idna\", \"tqdm\"]\n";
    write_virtual(&cx, r#"["idna", "anyio"]"#, rest);
    for args in [&["--dev"][..], &["--excluded"], &["--optional", "web-ui"], &["--group", "docs"]] {
        cx.rye(["remove", "--no-sync", "idna"].iter().chain(args)).succeed();
    }
    insta::assert_snapshot!(cx.read("pyproject.toml"), @r#"
    [project]
    name = "demo"
    version = "0.1.0"
    requires-python = ">=3.9"
    dependencies = ["idna", "anyio"]

    [tool.rye]
    virtual = true
    dev-dependencies = ["tqdm"]
    excluded-dependencies = ["colorama"]

    [project.optional-dependencies]
    Web_Ui = ["tqdm"]

    [dependency-groups]
    Docs = ["tqdm"]
    "#);
}

#[test]
fn dev_dependencies_are_removed_from_where_they_are() {
    #[track_caller]
    fn check(rye: &str, group: &str, expected: [&str; 2]) {
        let cx = TestContext::new();
        let rest = |rye: &str, group: &str| {
            format!("dev-dependencies = {rye}\n\n[dependency-groups]\ndev = {group}\n")
        };
        write_virtual(&cx, "[]", &rest(rye, group));
        cx.rye(["remove", "--no-sync", "--dev", "tqdm"]).succeed();
        let manifest = cx.read("pyproject.toml");
        assert!(manifest.ends_with(&rest(expected[0], expected[1])), "{manifest}");
    }
    check("[\"tqdm\"]", "[\"idna\"]", ["[]", "[\"idna\"]"]);
    check("[\"idna\"]", "[\"tqdm\"]", ["[\"idna\"]", "[]"]);
    check("[]", "[\"tqdm\"]", ["[]", "[]"]);
}

#[test]
fn what_is_no_longer_excluded_is_installed() {
    let cx = TestContext::new();
    write_virtual(&cx, r#"["anyio"]"#, "excluded-dependencies = [\"idna\"]\n");
    cx.rye(["sync", "-q"]).succeed();
    assert_eq!(cx.installed(), ["anyio==4.0.0", "sniffio==1.3.0"]);
    cx.rye(["remove", "-q", "--excluded", "Idna"]).succeed();
    assert_eq!(cx.installed(), ["anyio==4.0.0", "idna==3.4", "sniffio==1.3.0"]);
}

#[test]
fn a_manifest_without_the_list_is_not_given_one() {
    let cx = TestContext::new();
    cx.write("pyproject.toml", "[tool.rye]\nvirtual = true\n");
    for args in [&["idna"][..], &["--optional=x", "idna"], &["--group=x", "idna"], &["-d", "idna"]]
    {
        refused(&cx, args);
    }
}

#[test]
fn without_sync_nothing_is_uninstalled() {
    let cx = TestContext::new();
    write_virtual(&cx, r#"["idna", "tqdm"]"#, "");
    cx.rye(["sync", "-q"]).succeed();
    rye_snapshot!(cx, ["remove", "--no-sync", "idna"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        removed idna (regular dependency)
         locked requirements.lock
         locked requirements-dev.lock
        removed idna 3.4
    ");
    assert_eq!(cx.installed(), ["idna==3.4", "tqdm==4.66.1"]);
    cx.rye(["sync", "-q"]).succeed();
    assert_eq!(cx.installed(), ["tqdm==4.66.1"]);
    fs::write(cx.rye_home().join("config.toml"), "[behavior]\nautosync = false\n").unwrap();
    cx.rye(["remove", "-q", "tqdm"]).succeed();
    assert_eq!(cx.installed(), ["tqdm==4.66.1"]);
    let output = cx.rye(["remove", "tqdm", "--sync", "--no-sync"]).fail(2);
    assert!(output.stderr.contains("--sync") && output.stderr.contains("--no-sync"));
}

#[test]
fn removing_the_reason_of_a_conflict_works() {
    let cx = TestContext::new();
    write_virtual(&cx, r#"["conflict-a", "conflict-b"]"#, "");
    cx.rye(["sync", "-q"]).fail(1);
    cx.rye(["remove", "-q", "conflict-b"]).succeed();
    assert_eq!(cx.installed(), ["conflict-a==1.0.0", "idna==2.10"]);
}

#[test]
fn a_manifest_that_cannot_be_resolved_without_it_is_left_alone() {
    let cx = TestContext::new();
    write_virtual(&cx, r#"["conflict-a", "conflict-b", "tqdm"]"#, "");
    refused(&cx, &["tqdm"]);
}

#[test]
fn what_does_not_parse_is_refused() {
    let cx = TestContext::new();
    write_virtual(&cx, r#"["idna"]"#, "");
    refused(&cx, &["idna", "a b"]);
    refused(&cx, &["--", "-x"]);
    let output = cx.rye(["remove"]).fail(2);
    assert!(output.stderr.contains("NAME"), "{}", output.stderr);
}

#[test]
fn an_environment_of_somebody_else_is_refused_before_the_edit() {
    let cx = TestContext::new();
    write_virtual(&cx, r#"["idna"]"#, "");
    cx.uv(["venv", "-q", "--python", &cx.python().version]).succeed();
    refused(&cx, &["idna"]);
}

#[test]
fn killed_at_any_moment_the_manifest_is_old_or_new() {
    let cx = TestContext::new();
    write_virtual(&cx, r#"["idna", "sniffio"]"#, "");
    let old = cx.read("pyproject.toml");
    let new = old.replace("\"idna\", ", "");
    cx.rye(["sync", "-q"]).succeed();
    let start = std::time::Instant::now();
    cx.rye(["remove", "-q", "idna"]).succeed();
    let whole = start.elapsed();
    for step in 1..=6 {
        cx.write("pyproject.toml", &old);
        cx.rye(["sync", "-q"]).succeed();
        cx.rye(["remove", "idna"]).with_children().kill_after(whole * step / 6);
        let manifest = cx.read("pyproject.toml");
        assert!(manifest == old || manifest == new, "step {step}: {manifest}");
        cx.rye(["sync", "-q"]).succeed();
        assert_eq!(
            cx.installed().contains(&"idna==3.4".to_owned()),
            manifest == old,
            "step {step}"
        );
    }
}

#[test]
fn an_add_and_a_remove_at_once_both_count() {
    let cx = TestContext::new();
    write_virtual(&cx, r#"["idna"]"#, "");
    cx.rye(["sync", "-q"]).succeed();
    let (add, remove) = std::thread::scope(|scope| {
        let runs = [&["add", "tqdm"], &["remove", "idna"]].map(|args| {
            let run = cx.rye(args);
            scope.spawn(move || run.run())
        });
        let [add, remove] = runs.map(|run| run.join().unwrap());
        (add, remove)
    });
    assert!(add.status.success(), "{}", add.snapshot());
    assert!(remove.status.success(), "{}", remove.snapshot());
    let manifest = cx.read("pyproject.toml");
    assert!(manifest.contains("tqdm>=4.66.1") && !manifest.contains("idna"), "{manifest}");
    assert_eq!(cx.installed(), ["tqdm==4.66.1"]);
}

#[test]
fn what_somebody_else_writes_meanwhile_is_not_lost() {
    let index = Index::standard().with_cache_control("no-cache");
    let cx = TestContext::builder().index(index).build();
    write_virtual(&cx, r#"["idna", "tqdm"]"#, "");
    cx.rye(["sync", "-q"]).succeed();
    cx.index().clear_requests();
    cx.index().fail("/simple/tqdm*", Fault::Stall(Duration::from_secs(2)));
    let edited = cx.read("pyproject.toml") + "\n[tool.other]\nx = 1\n";
    let output = std::thread::scope(|scope| {
        let run = cx.rye(["remove", "idna"]);
        let run = scope.spawn(move || run.run());
        while cx.index().requests().is_empty() && !run.is_finished() {
            std::thread::sleep(Duration::from_millis(1));
        }
        cx.write("pyproject.toml", &edited);
        run.join().unwrap()
    });
    assert_eq!(output.status.code(), Some(1), "{}", output.snapshot());
    assert!(output.stderr.contains("was changed by somebody else"), "{}", output.stderr);
    assert_eq!(cx.read("pyproject.toml"), edited);
    assert_eq!(cx.installed(), ["idna==3.4", "tqdm==4.66.1"]);
}
