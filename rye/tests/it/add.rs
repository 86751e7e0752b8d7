//! `rye add`

#![expect(clippy::unwrap_used, reason = "what a helper cannot do fails the test")]

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::support::*;

/// Writes a project of which nothing itself is installed, so that nothing has to be built.
fn write_virtual(cx: &TestContext, dependencies: &str, rest: &str) {
    cx.write("pyproject.toml", virtual_manifest(dependencies, rest));
}

fn virtual_manifest(dependencies: &str, rest: &str) -> String {
    format!(
        "[project]\nname = \"demo\"\nversion = \"0.1.0\"\nrequires-python = \">=3.9\"\n\
         dependencies = {dependencies}\n\n[tool.rye]\nvirtual = true\n{rest}"
    )
}

/// Returns the lines of the manifest that were taken away and that came, in the order of the file.
fn diff(before: &str, after: &str) -> String {
    let (mut old, mut new) = (before.split_inclusive('\n'), after.split_inclusive('\n'));
    let (old, new): (Vec<_>, Vec<_>) = (old.by_ref().collect(), new.by_ref().collect());
    let start = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let ends = old[start..].iter().rev().zip(new[start..].iter().rev());
    let end = ends.take_while(|(old, new)| old == new).count();
    let show = |sign: &'static str, lines: &[&str], end: usize| {
        let changed = lines[start..lines.len() - end].iter();
        let changed = changed.flat_map(|line| [sign, line.trim_end_matches('\n'), "\n"]);
        changed.collect::<String>()
    };
    show("-", &old, end) + &show("+", &new, end)
}

/// Returns `project.dependencies`.
#[track_caller]
fn listed(cx: &TestContext) -> Vec<String> {
    let manifest: toml_edit::DocumentMut = cx.read("pyproject.toml").parse().unwrap();
    let array = manifest["project"]["dependencies"].as_array().unwrap();
    array.iter().map(|entry| entry.as_str().unwrap().to_owned()).collect()
}

/// Adds to an empty list without syncing, and returns what is in it then.
#[track_caller]
fn first_added(cx: &TestContext, args: &[&str]) -> Vec<String> {
    write_virtual(cx, "[]", "");
    added(cx, args);
    listed(cx)
}

/// Adds without syncing, and returns what it changed in the manifest.
#[track_caller]
fn added(cx: &TestContext, args: &[&str]) -> String {
    let before = cx.read("pyproject.toml");
    cx.rye(["add", "--no-sync"].iter().chain(args)).succeed();
    diff(&before, &cx.read("pyproject.toml"))
}

/// Runs rye, which must fail with status 1 and change nothing of the project.
#[track_caller]
fn refused(cx: &TestContext, run: Run) -> Output {
    let before = cx.fingerprint();
    let output = run.fail(1);
    assert_eq!(cx.fingerprint(), before, "{}", output.snapshot());
    assert_eq!(output.stdout, "");
    assert!(output.stderr.contains("error: "), "{}", output.stderr);
    output
}

#[test]
fn add_bounds_what_it_finds_and_installs_it() {
    let cx = TestContext::new();
    cx.write_project("demo", &[]);
    let before = cx.read("pyproject.toml");
    rye_snapshot!(cx, ["add", "flask", "colorama"], @r"
    exit: 0
    ----- stdout -----
    ----- stderr -----
          added flask>=3.0.0 (regular dependency)
          added colorama>=0.4.6 (regular dependency)
         locked requirements.lock
         locked requirements-dev.lock
        created [ROOT]/project/.venv (cpython@[PYTHON], discovered: [ROOT]/bin/python[PYTHON-MINOR])
          added blinker 1.7.0
          added click 8.1.7
          added colorama 0.4.6
          added demo 0.1.0
          added flask 3.0.0
          added itsdangerous 2.1.2
          added jinja2 3.1.2
          added markupsafe 2.1.3
          added werkzeug 3.0.1
    ");
    insta::assert_snapshot!(diff(&before, &cx.read("pyproject.toml")), @r#"
    +    "flask>=3.0.0",
    +    "colorama>=0.4.6",
    "#);
    insta::assert_snapshot!(cx.installed().join(" "), @r"
    blinker==1.7.0 click==8.1.7 colorama==0.4.6 demo==0.1.0 flask==3.0.0 itsdangerous==2.1.2 jinja2==3.1.2 markupsafe==2.1.3 werkzeug==3.0.1
    ");
    assert_eq!(cx.rye(["sync"]).succeed().stderr.trim(), "in sync demo");
}

#[test]
fn add_keeps_extras() {
    let cx = TestContext::new();
    write_virtual(&cx, "[]", "");
    cx.rye(["add", "-q", "flask[dotenv]", "colorama"]).succeed();
    assert_eq!(listed(&cx), ["flask[dotenv]>=3.0.0", "colorama>=0.4.6"]);
    assert!(cx.installed().contains(&"python-dotenv==1.0.0".to_owned()));
}

#[test]
fn features_become_extras_once_each_in_order() {
    let cx = TestContext::new();
    let args = ["flask[dotenv]", "--features", "Dot_Env,dotenv", "--features", "x"];
    assert_eq!(first_added(&cx, &args), ["flask[dotenv,dot-env,x]>=3.0.0"]);
}

#[test]
fn add_takes_files_from_find_links() {
    let index = Index::standard().serve();
    let cx = TestContext::builder().without_index().build();
    let sources = format!(
        "managed = true\ndev-dependencies = []\nsources = [{{ name = \"links\", url = {:?}, type = \"find-links\" }}, \
         {{ name = \"default\", url = {:?} }}]\n",
        index.links_url(),
        index.file_url("none"),
    );
    write_virtual(&cx, "[]", &sources);
    cx.rye(["add", "-q", "tqdm", "colorama"]).succeed();
    assert_eq!(listed(&cx), ["tqdm>=4.66.1", "colorama>=0.4.6"]);
    assert!(cx.read("pyproject.toml").ends_with(&format!("[tool.rye]\nvirtual = true\n{sources}")));
    assert_eq!(cx.installed(), ["colorama==0.4.6", "tqdm==4.66.1"]);
}

#[test]
fn an_activated_environment_is_none_of_its_business() {
    let mut cx = TestContext::new();
    let other = cx.root().join("other");
    fs::create_dir(&other).unwrap();
    cx.set_env("VIRTUAL_ENV", &other);
    write_virtual(&cx, "[]", "");
    cx.rye(["add", "-q", "flask==3.0.0", "colorama"]).succeed();
    assert_eq!(listed(&cx), ["flask==3.0.0", "colorama>=0.4.6"]);
    assert!(cx.installed().contains(&"flask==3.0.0".to_owned()));
    assert_eq!(fs::read_dir(other).unwrap().count(), 0);
}

#[test]
fn an_explicit_version_stays_and_the_name_is_normalized() {
    let cx = TestContext::new();
    write_virtual(&cx, "[]", "");
    added(&cx, &["werkZeug==3.0.1"]);
    added(&cx, &["Python.Dotenv>0.1,  <2"]);
    assert_eq!(listed(&cx), ["werkzeug==3.0.1", "python-dotenv>0.1, <2"]);
}

#[test]
fn a_name_replaces_its_other_spellings() {
    let index =
        Index::new().with(Wheel::new("demo-lib", "1.0")).with(Wheel::new("demo.lib", "2.0"));
    let cx = TestContext::builder().index(index).build();
    for (old, new) in [
        ("demo-lib<2", "Demo_Lib"),
        ("Demo_Lib<2", "demo-lib"),
        ("DEMO..LIB<2", "demo_lib"),
        ("demo-lib", "demo-lib"),
    ] {
        write_virtual(&cx, &format!("[{old:?}]"), "");
        let diff = added(&cx, &[new]);
        assert!(diff.contains(r#"+dependencies = ["demo-lib>=2.0"]"#), "{old} {new}: {diff}");
    }
}

#[test]
fn markers_are_kept_as_typed() {
    let cx = TestContext::new();
    write_virtual(&cx, "[]", "");
    let diff = added(
        &cx,
        &[
            "colorama; python_version>'3.1'",
            "tqdm>=4 ; os_name != \"beos\"",
            "click;sys_platform == 'plan9' or python_version >= \"3\"",
        ],
    );
    insta::assert_snapshot!(diff, @r#"
    -dependencies = []
    +dependencies = [
    +    "click>=8.1.7 ; sys_platform == 'plan9' or python_version >= \"3\"",
    +    "colorama>=0.4.6 ; python_version>'3.1'",
    +    'tqdm>=4 ; os_name != "beos"',
    +]
    "#);
    cx.rye(["sync", "-q"]).succeed();
    assert!(cx.installed().contains(&"click==8.1.7".to_owned()));
}

#[test]
fn a_marker_that_holds_nowhere_is_said() {
    let cx = TestContext::new();
    write_virtual(&cx, "[]", "");
    refused(&cx, cx.rye(["add", "colorama; python_version < '3'"]));
    rye_snapshot!(cx, ["add", "colorama; python_version < '3'"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing was added
    caused by: `colorama` was not resolved: its marker holds nowhere that the project is for
    hint: give it a version, as in `name>=1.0; marker`, to add it all the same
    ");
    // with a version there is nothing to find out
    added(&cx, &["colorama>=0.4; python_version < '3'"]);
    assert_eq!(listed(&cx), ["colorama>=0.4 ; python_version < '3'"]);
}

#[test]
fn several_requirements_are_resolved_together() {
    let cx = TestContext::new();
    assert_eq!(first_added(&cx, &["idna"]), ["idna>=3.4"]);
    assert_eq!(first_added(&cx, &["idna", "conflict-a"]), ["idna>=2.10", "conflict-a>=1.0.0"]);
}

#[test]
fn what_the_manifest_has_counts_in_the_resolution() {
    let cx = TestContext::new();
    write_virtual(&cx, r#"["conflict-a"]"#, "");
    added(&cx, &["idna"]);
    assert_eq!(listed(&cx), ["conflict-a", "idna>=2.10"]);
}

#[test]
fn add_leaves_other_locked_versions_alone() {
    let index = Index::new()
        .with(Wheel::new("first", "1.0"))
        .with(Wheel::new("second", "1.0"))
        .with_cache_control("no-cache");
    let cx = TestContext::builder().index(index).build();
    write_virtual(&cx, r#"["first"]"#, "");
    cx.rye(["sync", "-q"]).succeed();
    cx.index().publish(Wheel::new("first", "2.0"));
    cx.rye(["add", "-q", "second"]).succeed();
    assert_eq!(cx.installed(), ["first==1.0", "second==1.0"]);
}

#[test]
fn adding_what_is_there_again_bounds_it() {
    let cx = TestContext::new();
    write_virtual(&cx, r#"["flask<3", "tqdm"]"#, "");
    cx.rye(["sync", "-q"]).succeed();
    assert!(cx.installed().contains(&"flask==2.3.3".to_owned()));
    rye_snapshot!(cx, ["add", "Flask"], @r"
    exit: 0
    ----- stdout -----
    ----- stderr -----
          added flask>=3.0.0 (regular dependency)
         locked requirements.lock
         locked requirements-dev.lock
       upgraded flask 2.3.3 → 3.0.0
    ");
    assert_eq!(listed(&cx), ["flask>=3.0.0", "tqdm"]);
}

#[test]
fn each_list_has_its_flag() {
    let cx = TestContext::new();
    write_virtual(&cx, "[]", "");
    let before = cx.read("pyproject.toml");
    rye_snapshot!(cx, ["add", "--no-sync", "--dev", "tqdm"], @r"
    exit: 0
    ----- stdout -----
    ----- stderr -----
          added tqdm>=4.66.1 (dev dependency)
         locked requirements.lock
         locked requirements-dev.lock
    ");
    rye_snapshot!(cx, ["add", "--no-sync", "--optional", "Web_Ui", "flask"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
          added flask>=3.0.0 (optional (web-ui) dependency)
    ");
    rye_snapshot!(cx, ["add", "--no-sync", "--group", "docs", "click"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
          added click>=8.1.7 (group docs dependency)
         locked requirements-dev.lock
          added click 8.1.7
    ");
    rye_snapshot!(cx, ["add", "--no-sync", "--excluded", "Colorama"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
          added colorama (excluded dependency)
    ");
    insta::assert_snapshot!(diff(&before, &cx.read("pyproject.toml")), @r#"
    -[tool.rye]
    -virtual = true
    +[project.optional-dependencies]
    +web-ui = [
    +    "flask>=3.0.0",
    +]
    +
    +[tool.rye]
    +virtual = true
    +dev-dependencies = [
    +    "tqdm>=4.66.1",
    +]
    +excluded-dependencies = [
    +    "colorama",
    +]
    +
    +[dependency-groups]
    +docs = [
    +    "click>=8.1.7",
    +]
    "#);
}

#[test]
fn the_spelling_of_an_extra_and_of_a_group_stays() {
    let cx = TestContext::new();
    let rest = "[project.optional-dependencies]\nWeb_Ui = []\n\n[dependency-groups]\nDocs_X = []\n";
    write_virtual(&cx, "[]", rest);
    let diff = added(&cx, &["--optional", "web-ui", "tqdm"]);
    insta::assert_snapshot!(diff, @r#"
    -Web_Ui = []
    +Web_Ui = [
    +    "tqdm>=4.66.1",
    +]
    "#);
    let diff = added(&cx, &["--group", "docs-x", "tqdm"]);
    insta::assert_snapshot!(diff, @r#"
    -Docs_X = []
    +Docs_X = [
    +    "tqdm>=4.66.1",
    +]
    "#);
}

#[test]
fn dev_dependencies_go_where_the_project_keeps_them() {
    #[track_caller]
    fn check(rest: &str, expected: &str) {
        let cx = TestContext::new();
        write_virtual(&cx, "[]", rest);
        assert_eq!(added(&cx, &["--dev", "tqdm"]), expected);
    }
    check("", "+dev-dependencies = [\n+    \"tqdm>=4.66.1\",\n+]\n");
    check(
        "dev-dependencies = [\"click\"]\n\n[dependency-groups]\ndev = [\"TQDM<5\"]\n",
        "-dev = [\"TQDM<5\"]\n+dev = [\"tqdm>=4.66.1\"]\n",
    );
    check(
        "dev-dependencies = [\"tqdm\"]\n\n[dependency-groups]\ndev = [\"click\"]\n",
        "-dev-dependencies = [\"tqdm\"]\n+dev-dependencies = [\"tqdm>=4.66.1\"]\n",
    );
    check(
        "dev-dependencies = []\n\n[dependency-groups]\ndev = [\"click\"]\n",
        "-dev = [\"click\"]\n+dev = [\"click\", \"tqdm>=4.66.1\"]\n",
    );
    check(
        "dev-dependencies = [\"click\"]\n\n[dependency-groups]\ndev = [\"idna\"]\n",
        "-dev-dependencies = [\"click\"]\n+dev-dependencies = [\"click\", \"tqdm>=4.66.1\"]\n",
    );
    check(
        "dev-dependencies = []\n\n[dependency-groups]\ndev = []\n",
        "-dev-dependencies = []\n+dev-dependencies = [\n+    \"tqdm>=4.66.1\",\n+]\n",
    );
    // an included group is another list
    check(
        "[dependency-groups]\ntest = [\"tqdm\"]\ndev = [{ include-group = \"test\" }]\n",
        "-dev = [{ include-group = \"test\" }]\n+dev = [{ include-group = \"test\" }, \"tqdm>=4.66.1\"]\n",
    );
}

#[test]
fn dev_dependencies_are_installed_and_optional_ones_are_not() {
    let cx = TestContext::new();
    write_virtual(&cx, "[]", "");
    cx.rye(["add", "-q", "--dev", "idna"]).succeed();
    cx.rye(["add", "-q", "--optional", "web", "tqdm"]).succeed();
    assert_eq!(cx.installed(), ["idna==3.4"]);
    assert!(!cx.read("requirements.lock").contains("idna"));
    assert!(cx.read("requirements-dev.lock").contains("idna==3.4"));
}

#[test]
fn what_is_excluded_need_not_exist() {
    let cx = TestContext::new();
    write_virtual(&cx, r#"["anyio"]"#, "");
    cx.rye(["add", "--excluded", "Idna", "no-such-thing"]).succeed();
    insta::assert_snapshot!(cx.read("pyproject.toml"), @r#"
    [project]
    name = "demo"
    version = "0.1.0"
    requires-python = ">=3.9"
    dependencies = ["anyio"]

    [tool.rye]
    virtual = true
    excluded-dependencies = [
        "idna",
        "no-such-thing",
    ]
    "#);
    assert_eq!(cx.installed(), ["anyio==4.0.0", "sniffio==1.3.0"]);
}

#[test]
fn pin_takes_every_spelling() {
    let cx = TestContext::new();
    for (pin, expected) in [
        ("equal", "=="),
        ("exact", "=="),
        ("==", "=="),
        ("eq", "=="),
        ("tilde-equal", "~="),
        ("tilde", "~="),
        ("compatible", "~="),
        ("~=", "~="),
        ("greater-than-equal", ">="),
        (">=", ">="),
        ("ge", ">="),
        ("gte", ">="),
    ] {
        let listed = first_added(&cx, &["idna", "--pin", pin]);
        assert_eq!(listed, [format!("idna{expected}3.4")], "{pin}");
    }
    let output = cx.rye(["add", "idna", "--pin", "<="]).fail(2);
    assert!(output.stderr.contains("--pin"), "{}", output.stderr);
}

#[test]
fn the_configuration_can_choose_the_operator() {
    let cx = TestContext::new();
    fs::create_dir_all(cx.rye_home()).unwrap();
    let config = cx.rye_home().join("config.toml");
    for (text, expected) in [("~=", "~=3.4"), ("==", "==3.4"), (">=", ">=3.4")] {
        fs::write(&config, format!("[default]\ndependency-operator = {text:?}\n")).unwrap();
        assert_eq!(first_added(&cx, &["idna"]), [format!("idna{expected}")], "{text}");
    }
    assert_eq!(first_added(&cx, &["idna", "--pin", "=="]), ["idna==3.4"]);
    fs::write(&config, "[default]\ndependency-operator = \"^\"\n").unwrap();
    refused(&cx, cx.rye(["add", "tqdm"]));
    rye_snapshot!(cx, ["add", "tqdm"], @r#"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[HOME]/config.toml` cannot be understood
    caused by: TOML parse error at line 2, column 23
      |
    2 | dependency-operator = "^"
      |                       ^^^
    unknown variant `^`, expected one of `==`, `~=`, `>=`
    hint: correct the line in an editor, or take the key away
    "#);
}

#[test]
fn a_local_version_is_equal_to_itself_only() {
    let index = Index::new().with(Wheel::new("torchy", "1.0+cpu")).with(Wheel::new("short", "7"));
    let cx = TestContext::builder().index(index).build();
    let listed = first_added(&cx, &["torchy", "short", "--pin", "~="]);
    assert_eq!(listed, ["torchy==1.0+cpu", "short>=7"]);
    cx.rye(["sync", "-q"]).succeed();
    assert_eq!(cx.installed(), ["short==7", "torchy==1.0+cpu"]);
}

#[test]
fn pre_releases_are_for_those_who_ask() {
    let cx = TestContext::new();
    assert_eq!(first_added(&cx, &["prerelease"]), ["prerelease>=1.0.0"]);
    added(&cx, &["prerelease", "--pre"]);
    assert_eq!(listed(&cx), ["prerelease>=2.0.0rc1"]);
    cx.rye(["sync", "-q"]).succeed();
    assert_eq!(cx.installed(), ["prerelease==2.0.0rc1"]);
    cx.rye(["lock", "--check"]).succeed();
}

#[test]
fn a_universal_lower_bound_lets_in_every_platform() {
    let index = || {
        Index::new()
            .with(Wheel::new("forked", "1.0"))
            .with(Wheel::new("forked", "2.0").requires_python(">=3.10"))
            .with(Wheel::new("forked", "3.0").requires_python(">=3.11"))
    };
    let cx = TestContext::builder().index(index()).build();
    write_virtual(&cx, "[]", "universal = true\n");
    added(&cx, &["forked"]);
    assert_eq!(listed(&cx), ["forked>=1.0"]);
    let lock = cx.read("requirements.lock");
    assert!(lock.contains("forked==1.0") && lock.contains("forked==3.0"), "{lock}");
    cx.rye(["lock", "--check"]).succeed();
    // a version for one is a version for all: the others make do with it, or it is said
    write_virtual(&cx, "[]", "universal = true\n");
    let output = cx.rye(["add", "--no-sync", "forked", "--pin", "=="]).run();
    if output.status.success() {
        cx.rye(["lock", "--check"]).succeed();
    } else {
        assert_eq!(cx.read("pyproject.toml"), virtual_manifest("[]", "universal = true\n"));
    }
}

#[test]
fn without_sync_nothing_is_installed() {
    let cx = TestContext::new();
    write_virtual(&cx, "[]", "");
    rye_snapshot!(cx, ["add", "--no-sync", "flask==3.0.0", "colorama"], @r"
    exit: 0
    ----- stdout -----
    ----- stderr -----
          added flask==3.0.0 (regular dependency)
          added colorama>=0.4.6 (regular dependency)
         locked requirements.lock
         locked requirements-dev.lock
    ");
    insta::assert_snapshot!(cx.tree(), @r"
    pyproject.toml
    requirements-dev.lock
    requirements.lock
    ");
    cx.rye(["sync", "-q"]).succeed();
    assert_eq!(cx.installed().len(), 8);
}

#[test]
fn autosync_can_be_off_and_asked_for() {
    let cx = TestContext::new();
    fs::create_dir_all(cx.rye_home()).unwrap();
    fs::write(cx.rye_home().join("config.toml"), "[behavior]\nautosync = false\n").unwrap();
    write_virtual(&cx, "[]", "");
    cx.rye(["add", "-q", "idna"]).succeed();
    assert!(!cx.exists(".venv") && cx.exists("requirements.lock"));
    cx.rye(["add", "-q", "tqdm", "--sync"]).succeed();
    assert_eq!(cx.installed(), ["idna==3.4", "tqdm==4.66.1"]);
    cx.rye(["add", "tqdm", "--sync", "--no-sync"]).fail(2);
}

#[test]
fn add_keeps_to_what_the_lockfile_remembers() {
    let cx = TestContext::new();
    write_virtual(&cx, "[]", "");
    cx.rye(["sync", "-q", "--with-sources", "--all-features"]).succeed();
    cx.rye(["add", "-q", "--optional=web", "flask==3.0.0", "colorama"]).succeed();
    assert!(cx.installed().contains(&"flask==3.0.0".to_owned()));
    cx.rye(["add", "-q", "urllib3"]).succeed();
    let lock = cx.read("requirements.lock");
    insta::assert_snapshot!(cx.masked(&lock), @r"
    # generated by rye
    # use `rye lock` or `rye sync` to update this lockfile
    #
    # last locked with the following flags:
    #   pre: false
    #   features: []
    #   all-features: true
    #   with-sources: true
    #   generate-hashes: false
    #   universal: false

    --index-url [INDEX]

    blinker==1.7.0
        # via flask
    click==8.1.7
        # via flask
    colorama==0.4.6
    flask==3.0.0
    itsdangerous==2.1.2
        # via flask
    jinja2==3.1.2
        # via flask
    markupsafe==2.1.3
        # via jinja2
        # via werkzeug
    urllib3==2.1.0
    werkzeug==3.0.1
        # via flask
    ");
    let output = cx.rye(["sync", "-q"]).succeed();
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("", ""));
    assert_eq!(cx.read("requirements.lock"), lock);
}

#[test]
fn options_of_the_lockfile_are_options_of_add() {
    let cx = TestContext::new();
    write_virtual(&cx, "[]", "");
    added(&cx, &["--generate-hashes", "--with-sources", "idna"]);
    let lock = cx.read("requirements.lock");
    assert!(lock.contains("--hash=sha256:"), "{lock}");
    assert!(lock.contains(&format!("--index-url {}", cx.index().url())), "{lock}");
}

#[test]
fn the_diff_of_a_manifest_shows_only_the_edit() {
    #[track_caller]
    fn check(list: &str, expected: &str) {
        let cx = TestContext::new();
        for newline in ["\n", "\r\n"] {
            let rest =
                "# trailing  comment\n\n[tool.other]\nx  =  [ 1,2 ]   # odd\ny = '''\n a\n'''";
            let manifest = virtual_manifest(list, rest).replace('\n', newline);
            cx.write("pyproject.toml", &manifest);
            let diff = added(&cx, &["idna"]).replace('\r', "");
            assert_eq!(diff, expected);
            let after = cx.read("pyproject.toml");
            assert_eq!(after.matches("\r\n").count() == 0, newline == "\n");
            assert_eq!(after.matches('\n').count(), after.matches(newline).count());
        }
    }
    check("[]", "-dependencies = []\n+dependencies = [\n+    \"idna>=3.4\",\n+]\n");
    check(
        "[ \"tqdm\" ] # why",
        "-dependencies = [ \"tqdm\" ] # why\n+dependencies = [ \"tqdm\", \"idna>=3.4\" ] # why\n",
    );
    check("[\n  'tqdm',  # needed\n  # not this:\n  # 'flask',\n]", "+  'idna>=3.4',\n");
    check("[\n\t\"tqdm\"\n]", "-\t\"tqdm\"\n+\t\"tqdm\",\n+\t\"idna>=3.4\"\n");
    check(
        "[\n    \"idna\", # keep me\n    \"tqdm\",\n]",
        "-    \"idna\", # keep me\n+    \"idna>=3.4\", # keep me\n",
    );
}

#[test]
fn a_list_that_is_missing_is_made() {
    let cx = TestContext::new();
    cx.write(
        "pyproject.toml",
        "[project]\nname = \"demo\"\nversion = \"1\"\n\n[tool.rye]\nvirtual = true\n",
    );
    assert_eq!(added(&cx, &["idna"]), "+dependencies = [\n+    \"idna>=3.4\",\n+]\n");
    cx.write("pyproject.toml", "[tool.rye]\nvirtual = true\n");
    let output = refused(&cx, cx.rye(["add", "idna"]));
    assert!(output.stderr.contains("[project]"), "{}", output.stderr);
}

#[test]
fn dependencies_that_a_build_makes_up_are_not_edited() {
    let cx = TestContext::new();
    cx.write_project("demo", &[]);
    let manifest = cx.read("pyproject.toml");
    let manifest = manifest.replace("dependencies = [\n]\n", "dynamic = [\"dependencies\"]\n");
    let manifest =
        manifest.replace("dev-dynamic = [\"dependencies\"]\n", "dev-dependencies = []\n");
    assert!(manifest.contains("dynamic = [\"dependencies\"]"));
    cx.write("pyproject.toml", manifest);
    let output = refused(&cx, cx.rye(["add", "--no-sync", "idna"]));
    assert!(output.stderr.contains("dynamic"), "{}", output.stderr);
}

#[test]
fn a_requirement_that_does_not_parse_changes_nothing() {
    let cx = TestContext::new();
    cx.write_project("demo", &["idna"]);
    cx.rye(["sync", "-q"]).succeed();
    for requirement in ["flask=>3", "", "a b", "-r", "flask[", "flask; nonsense == 1", "==3", "./x"]
    {
        refused(&cx, cx.rye(["add", "tqdm", "--", requirement]));
    }
    rye_snapshot!(cx, ["add", "tqdm", "flask=>3"], @r#"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `flask=>3` is no requirement: no such comparison operator "=>", must be one of ~= == != <= >= < > ===
    hint: write it as in `flask`, `flask[async]>=3,<4` or `tomli; python_version < '3.11'`
    "#);
    // the environment is still what it was
    assert_eq!(cx.rye(["sync"]).succeed().stderr.trim(), "in sync demo");
}

#[test]
fn a_requirement_that_does_not_exist_changes_nothing() {
    let cx = TestContext::new();
    cx.write_project("demo", &["idna"]);
    cx.rye(["sync", "-q"]).succeed();
    for args in [["--sync"], ["--no-sync"], ["--dev"], ["--optional=x"], ["--group=x"]] {
        refused(&cx, cx.rye(["add", "tqdm", "no-such-thing"].iter().chain(&args)));
    }
    rye_snapshot!(cx, ["add", "tqdm", "no-such-thing"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing was added
    caused by: cannot lock `demo`
    caused by: the requirements cannot be resolved
    caused by: No solution found when resolving dependencies
      cause: Because no-such-thing was not found in the package registry and you require no-such-thing, we can conclude that your requirements are unsatisfiable.
    ");
    rye_snapshot!(cx, ["add", "tqdm>99"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing was added
    caused by: cannot lock `demo`
    caused by: the requirements cannot be resolved
    caused by: No solution found when resolving dependencies
      cause: Because only tqdm==4.66.1 is available and you require tqdm>99, we can conclude that your requirements are unsatisfiable.
    ");
    assert_eq!(cx.rye(["sync"]).succeed().stderr.trim(), "in sync demo");
}

#[test]
fn a_conflict_changes_nothing() {
    let cx = TestContext::new();
    cx.write_project("demo", &["conflict-a"]);
    refused(&cx, cx.rye(["add", "conflict-b"]));
    cx.rye(["sync", "-q"]).succeed();
    refused(&cx, cx.rye(["add", "conflict-b"]));
    refused(&cx, cx.rye(["add", "--dev", "conflict-b"]));
    rye_snapshot!(cx, ["add", "conflict-b"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing was added
    caused by: cannot lock `demo`
    caused by: the requirements cannot be resolved
    caused by: No solution found when resolving dependencies
      cause: Because all versions of conflict-b depend on idna>=3 and all versions of conflict-a depend on idna<3, we can conclude that all versions of conflict-a and all versions of conflict-b are incompatible.
             And because you require conflict-a and conflict-b, we can conclude that your requirements are unsatisfiable.
    ");
}

#[test]
fn an_index_that_is_down_changes_nothing() {
    let cx = TestContext::new();
    write_virtual(&cx, r#"["idna"]"#, "");
    cx.rye(["sync", "-q"]).succeed();
    for fault in [Fault::Status(500), Fault::Status(404), Fault::Cut] {
        cx.index().fail("/simple/tqdm*", fault);
        refused(&cx, cx.rye(["add", "tqdm"]));
        cx.index().heal();
    }
    // the file breaks off only when it is installed: the manifest and its lockfiles agree by then
    cx.index().fail("/files/tqdm-4.66.1-py3-none-any.whl", Fault::Cut);
    cx.rye(["add", "tqdm"]).fail(1);
    cx.index().heal();
    cx.rye(["sync", "-q"]).succeed();
    let listed = cx.read("pyproject.toml").contains("tqdm");
    assert_eq!(cx.installed().contains(&"tqdm==4.66.1".to_owned()), listed);
    cx.rye(["lock", "--check"]).succeed();
}

#[test]
fn an_environment_of_somebody_else_is_refused_before_the_edit() {
    let cx = TestContext::new();
    write_virtual(&cx, "[]", "");
    cx.uv(["venv", "-q", "--python", &cx.python().version]).succeed();
    refused(&cx, cx.rye(["add", "idna"]));
    rye_snapshot!(cx, ["add", "idna"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing was added
    caused by: `[ROOT]/project/.venv` is a virtual environment that Rye did not make
    hint: replace it with `rye sync --force`
    ");
    fs::remove_dir_all(cx.path(".venv")).unwrap();
    cx.write(".venv", "a file");
    refused(&cx, cx.rye(["add", "idna"]));
    rye_snapshot!(cx, ["add", "idna"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing was added
    caused by: `[ROOT]/project/.venv` is no directory
    hint: move it away or delete it
    ");
}

#[test]
fn without_sync_an_environment_of_somebody_else_does_not_matter() {
    let cx = TestContext::new();
    write_virtual(&cx, "[]", "");
    cx.uv(["venv", "-q", "--python", &cx.python().version]).succeed();
    let venv = TestContext::fingerprint_of(&cx.path(".venv"));
    added(&cx, &["idna"]);
    assert_eq!(listed(&cx), ["idna>=3.4"]);
    assert_eq!(TestContext::fingerprint_of(&cx.path(".venv")), venv);
}

#[test]
fn offline_takes_what_the_cache_has() {
    let cx = TestContext::new();
    write_virtual(&cx, "[]", "");
    cx.index().clear_requests();
    let output = refused(&cx, cx.rye(["add", "--offline", "idna"]));
    assert!(output.stderr.contains("network"), "{}", output.stderr);
    rye_snapshot!(cx, ["add", "--offline", "idna"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing was added
    caused by: cannot lock `demo`
    caused by: the requirements cannot be resolved
    caused by: No solution found when resolving dependencies
      cause: Because idna was not found in the cache and you require idna, we can conclude that your requirements are unsatisfiable.

    hint: Packages were unavailable because the network was disabled. When the network is disabled, registry packages may only be read from the cache.
    ");
    assert_eq!(cx.index().requests().len(), 0);
    cx.rye(["add", "-q", "idna"]).succeed();
    cx.rye(["remove", "-q", "--offline", "idna"]).succeed();
    assert!(cx.installed().is_empty());
    cx.index().clear_requests();
    cx.rye(["add", "-q", "--offline", "idna"]).succeed();
    assert_eq!(cx.installed(), ["idna==3.4"]);
    assert_eq!(cx.index().requests().len(), 0);
}

#[test]
fn a_url_is_stored_as_given() {
    let cx = TestContext::new();
    write_virtual(&cx, "[]", "");
    let file = "colorama-0.4.6-py3-none-any.whl";
    let digest = sha256(&Wheel::new("colorama", "0.4.6").build().bytes);
    let url = format!("{}#sha256={digest}", cx.index().file_url(file));
    cx.rye(["add", "-q", "Colorama", "--url", &url]).succeed();
    assert_eq!(listed(&cx), [format!("colorama @ {url}")]);
    assert_eq!(cx.installed(), ["colorama==0.4.6"]);
    let wrong = url.replace(&digest, &"0".repeat(64));
    cx.rye(["remove", "-q", "colorama"]).succeed();
    cx.uv(["cache", "clean", "-q"]).succeed();
    cx.rye(["add", "-q", "colorama", "--url", &wrong]).fail(1);
    assert!(cx.installed().is_empty());
}

/// Writes a distribution that can be built, as a directory below the root of the world.
fn write_library(directory: &Path, name: &str) {
    let manifest = format!(
        "[project]\nname = {name:?}\nversion = \"0.5\"\n\n[project.optional-dependencies]\nmore = [\"idna\"]\n\n\
         [build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n"
    );
    let package = directory.join("src").join(name.replace('-', "_"));
    fs::create_dir_all(&package).unwrap();
    fs::write(directory.join("pyproject.toml"), manifest).unwrap();
    fs::write(package.join("__init__.py"), "").unwrap();
}

#[test]
fn a_path_inside_the_project_starts_from_its_root() {
    let cx = TestContext::builder().project("with a space").build();
    write_library(&cx.path("libs/my lib"), "my-lib");
    write_virtual(&cx, "[]", "");
    cx.rye(["add", "-q", "my-lib", "--path", "libs/my lib", "--features", "more"]).succeed();
    assert_eq!(listed(&cx), ["my-lib[more] @ file:///${PROJECT_ROOT}/libs/my%20lib"]);
    assert_eq!(cx.installed(), ["idna==3.4", "my-lib==0.5"]);
    assert!(!cx.read("requirements.lock").contains(&*cx.root().to_string_lossy()));
    // relative to the working directory, also below the project and with detours
    write_virtual(&cx, "[]", "");
    let libs = cx.path("libs");
    let args = ["add", "--no-sync", "my-lib", "--path", "../libs/./my lib"];
    cx.rye(args).current_dir(&libs).succeed();
    assert_eq!(listed(&cx), ["my-lib @ file:///${PROJECT_ROOT}/libs/my%20lib"]);
    let url = format!("file://{}/with%20a%20space/libs/my%20lib", cx.root().display());
    let listed = first_added(&cx, &["my-lib", "--path", "libs/my lib", "--absolute"]);
    assert_eq!(listed, [format!("my-lib @ {url}")]);
    cx.rye(["sync", "-q"]).succeed();
    assert_eq!(cx.installed(), ["my-lib==0.5"]);
}

#[test]
fn a_path_outside_the_project_is_absolute() {
    let cx = TestContext::new();
    write_library(&cx.root().join("beside"), "beside");
    write_library(&cx.root().join("project-too"), "beside");
    write_virtual(&cx, "[]", "");
    for path in ["../beside", "../project/../beside", "../project-too"] {
        let listed = first_added(&cx, &["beside", "--path", path]);
        let name = path.rsplit('/').next().unwrap();
        assert_eq!(listed, [format!("beside @ file://{}/{name}", cx.root().display())]);
    }
    cx.rye(["sync", "-q"]).succeed();
    assert_eq!(cx.installed(), ["beside==0.5"]);
}

#[test]
fn hatchling_gets_absolute_paths() {
    let cx = TestContext::new();
    write_library(&cx.path("lib"), "lib");
    cx.write_project("demo", &[]);
    let manifest =
        cx.read("pyproject.toml") + "\n[tool.hatch.metadata]\nallow-direct-references = true\n";
    cx.write("pyproject.toml", manifest);
    cx.rye(["add", "-q", "lib", "--path", "lib"]).succeed();
    assert_eq!(listed(&cx), [format!("lib @ file://{}/project/lib", cx.root().display())]);
    assert_eq!(cx.installed(), ["demo==0.1.0", "lib==0.5"]);
}

#[test]
fn a_path_that_is_not_there_is_named() {
    let cx = TestContext::new();
    write_virtual(&cx, "[]", "");
    refused(&cx, cx.rye(["add", "lib", "--path", "nowhere/lib"]));
    rye_snapshot!(cx, ["add", "lib", "--path", "nowhere/lib"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot find `[ROOT]/project/nowhere/lib`
    caused by: No such file or directory (os error 2)
    ");
    // what is there is another distribution
    write_library(&cx.path("lib"), "lib");
    let output = refused(&cx, cx.rye(["add", "other", "--path", "lib"]));
    assert!(output.stderr.contains("other"), "{}", output.stderr);
}

#[test]
fn git_references_are_taken() {
    let cx = TestContext::new();
    cx.set_git_author("Someone", "someone@example.org");
    let repository = cx.root().join("repository");
    write_library(&repository, "from-git");
    let git = |args: &[&str]| cx.program("git", args).current_dir(&repository).succeed().stdout;
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "first"]);
    git(&["tag", "v1"]);
    let commit = git(&["rev-parse", "HEAD"]).trim().to_owned();
    let url = format!("file://{}", repository.display());
    for (args, suffix) in [
        (&[][..], String::new()),
        (&["--tag", "v1"], "@v1".to_owned()),
        (&["--branch", "main"], "@main".to_owned()),
        (&["--rev", &commit], format!("@{commit}")),
    ] {
        let listed = first_added(&cx, &[&["from-git", "--git", &url], args].concat());
        assert_eq!(listed, [format!("from-git @ git+{url}{suffix}")]);
        assert!(cx.read("requirements.lock").contains(&commit));
    }
    cx.rye(["sync", "-q"]).succeed();
    assert_eq!(cx.installed(), ["from-git==0.5"]);
    cx.rye(["remove", "-q", "from-git"]).succeed();
    refused(&cx, cx.rye(["add", "from-git", "--git", &url, "--tag", "v2"]));
}

#[test]
fn wrong_combinations_of_flags_are_usage_errors() {
    let cx = TestContext::new();
    write_virtual(&cx, "[]", "");
    let before = cx.fingerprint();
    for (args, named) in [
        (&["x", "--git", "u", "--url", "u"][..], &["--git", "--url"][..]),
        (&["x", "--git", "u", "--path", "p"], &["--git", "--path"]),
        (&["x", "--url", "u", "--path", "p"], &["--url", "--path"]),
        (&["x", "--absolute"], &["--path"]),
        (&["x", "--tag", "t"], &["--git"]),
        (&["x", "--rev", "t"], &["--git"]),
        (&["x", "--branch", "t"], &["--git"]),
        (&["x", "--git", "u", "--branch", "t", "--rev", "r"], &["--branch", "--rev"]),
        (&["x", "--git", "u", "--tag", "t", "--rev", "r"], &["--tag", "--rev"]),
        (&["x", "--git", "u", "--tag", "t", "--branch", "r"], &["--tag", "--branch"]),
        (&["x", "--dev", "--excluded"], &["--dev", "--excluded"]),
        (&["x", "--dev", "--optional", "o"], &["--dev", "--optional"]),
        (&["x", "--group", "g", "--optional", "o"], &["--group", "--optional"]),
        (&["x", "--excluded", "--optional", "o"], &["--excluded", "--optional"]),
        (&["x", "--optional", "not a name"], &["--optional"]),
        (&["x", "--quiet", "--verbose"], &["--quiet", "--verbose"]),
        (&[], &["REQUIREMENT"]),
    ] {
        let output = cx.rye(["add"].iter().chain(args)).fail(2);
        for name in named {
            assert!(output.stderr.contains(name), "{args:?}: {}", output.stderr);
        }
        assert_eq!(output.stdout, "");
    }
    assert_eq!(cx.fingerprint(), before);
}

#[test]
fn references_go_with_one_requirement_that_has_none_yet() {
    let cx = TestContext::new();
    write_virtual(&cx, "[]", "");
    write_library(&cx.path("lib"), "lib");
    refused(&cx, cx.rye(["add", "lib", "idna", "--path", "lib"]));
    refused(&cx, cx.rye(["add", "lib", "idna", "--features", "x"]));
    refused(&cx, cx.rye(["add", "lib==0.5", "--path", "lib"]));
    refused(&cx, cx.rye(["add", "lib @ file:///lib", "--url", "file:///x"]));
    rye_snapshot!(cx, ["add", "lib", "idna", "--path", "lib"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `--git`, `--url`, `--path` and `--features` go with one requirement
    ");
    rye_snapshot!(cx, ["add", "lib==0.5", "--path", "lib"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `lib` has a version or a URL already
    ");
}

#[test]
fn quiet_says_nothing() {
    let cx = TestContext::new();
    write_virtual(&cx, "[]", "");
    rye_snapshot!(cx, ["add", "--quiet", "idna"], @r"
    exit: 0
    ----- stdout -----
    ----- stderr -----
    ");
    rye_snapshot!(cx, ["-q", "add", "tqdm"], @r"
    exit: 0
    ----- stdout -----
    ----- stderr -----
    ");
}

#[test]
fn an_unknown_key_is_warned_of_once() {
    let cx = TestContext::new();
    write_virtual(&cx, "[]", "dev-dependancies = []\n");
    rye_snapshot!(cx, ["add", "--no-sync", "idna"], @r"
    exit: 0
    ----- stdout -----
    ----- stderr -----
    warning: unknown key `tool.rye.dev-dependancies` in `[ROOT]/project/pyproject.toml`
          added idna>=3.4 (regular dependency)
         locked requirements.lock
         locked requirements-dev.lock
    ");
}

#[test]
fn killed_at_any_moment_the_manifest_is_old_or_new() {
    let cx = TestContext::new();
    let old = virtual_manifest("[\"sniffio\"]", "");
    let new = virtual_manifest("[\"sniffio\", \"idna>=3.4\"]", "");
    cx.write("pyproject.toml", &old);
    cx.rye(["sync", "-q"]).succeed();
    let start = std::time::Instant::now();
    cx.rye(["add", "-q", "idna"]).succeed();
    let whole = start.elapsed();
    assert_eq!(cx.read("pyproject.toml"), new);
    for step in 1..=12 {
        cx.write("pyproject.toml", &old);
        cx.rye(["sync", "-q"]).succeed();
        cx.rye(["add", "idna"]).with_children().kill_after(whole * step / 12);
        let manifest = cx.read("pyproject.toml");
        assert!(manifest == old || manifest == new, "step {step}: {manifest}");
        cx.rye(["sync", "-q"]).succeed();
        let expected: &[&str] =
            if manifest == new { &["idna==3.4", "sniffio==1.3.0"] } else { &["sniffio==1.3.0"] };
        assert_eq!(cx.installed(), expected, "step {step}");
        cx.rye(["lock", "--check"]).succeed();
    }
}

#[test]
fn two_at_once_both_end_up_in_the_manifest() {
    let cx = TestContext::new();
    write_virtual(&cx, "[]", "");
    cx.index().fail("/simple/*", Fault::Stall(Duration::from_millis(150)));
    let output = std::thread::scope(|scope| {
        let runs = ["idna", "tqdm", "urllib3"].map(|name| {
            let run = cx.rye(["add", name]);
            scope.spawn(move || run.run())
        });
        runs.map(|run| run.join().unwrap())
    });
    for output in &output {
        assert!(output.status.success(), "{}", output.snapshot());
    }
    assert!(output.iter().any(|output| output.stderr.contains("waiting for another rye")));
    assert_eq!(cx.installed(), ["idna==3.4", "tqdm==4.66.1", "urllib3==2.1.0"]);
    let mut listed = listed(&cx);
    listed.sort();
    assert_eq!(listed, ["idna>=3.4", "tqdm>=4.66.1", "urllib3>=2.1.0"]);
    assert_eq!(cx.rye(["sync"]).succeed().stderr.trim(), "in sync demo");
}

#[test]
fn what_somebody_else_writes_meanwhile_is_not_lost() {
    let cx = TestContext::new();
    write_virtual(&cx, "[]", "");
    cx.rye(["sync", "-q"]).succeed();
    cx.index().fail("/simple/tqdm*", Fault::Stall(Duration::from_secs(2)));
    let is_asked = || {
        let requests = cx.index().requests();
        requests.iter().any(|request| request.path.starts_with("/simple/tqdm"))
    };
    let edited = cx.read("pyproject.toml") + "\n[tool.other]\nx = 1\n";
    let before = cx.fingerprint();
    let output = std::thread::scope(|scope| {
        let run = cx.rye(["add", "tqdm"]);
        let run = scope.spawn(move || run.run());
        while !is_asked() && !run.is_finished() {
            std::thread::sleep(Duration::from_millis(1));
        }
        cx.write("pyproject.toml", &edited);
        run.join().unwrap()
    });
    insta::assert_snapshot!(output.snapshot(), @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing was added
    caused by: `[ROOT]/project/pyproject.toml` was changed by somebody else in the meantime
    hint: nothing was written; run the command again
    ");
    assert_eq!(cx.read("pyproject.toml"), edited);
    let mut after = cx.fingerprint();
    after.insert("pyproject.toml".to_owned(), before["pyproject.toml"].clone());
    assert_eq!(after, before);
    cx.rye(["add", "tqdm"]).succeed();
    assert!(
        cx.read("pyproject.toml").contains("tqdm")
            && cx.read("pyproject.toml").contains("[tool.other]")
    );
}

#[test]
fn a_lockfile_that_cannot_be_written_takes_the_edit_back() {
    let cx = TestContext::new();
    write_virtual(&cx, "[]", "");
    cx.rye(["sync", "-q"]).succeed();
    let permissions = fs::metadata(cx.path("requirements.lock")).unwrap().permissions();
    let mut read_only = permissions.clone();
    read_only.set_readonly(true);
    fs::set_permissions(cx.path("requirements.lock"), read_only).unwrap();
    let output = refused(&cx, cx.rye(["add", "idna"]));
    insta::assert_snapshot!(output.snapshot(), @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing was added
    caused by: cannot lock `demo`
    caused by: cannot write `[ROOT]/project/requirements.lock`
    caused by: permission denied
    hint: check who may read and write there
    ");
    fs::set_permissions(cx.path("requirements.lock"), permissions.clone()).unwrap();
    // nor is one of the two written without the other
    let mut read_only = permissions.clone();
    read_only.set_readonly(true);
    fs::set_permissions(cx.path("requirements-dev.lock"), read_only).unwrap();
    refused(&cx, cx.rye(["add", "idna"]));
    fs::set_permissions(cx.path("requirements-dev.lock"), permissions).unwrap();
    cx.rye(["add", "idna"]).succeed();
    assert_eq!(cx.installed(), ["idna==3.4"]);
}

#[test]
fn what_cannot_be_installed_was_added_all_the_same() {
    let cx = TestContext::new();
    write_virtual(&cx, "[]", "");
    cx.rye(["sync", "-q"]).succeed();
    cx.index().fail("/files/idna-3.4-py3-none-any.whl", Fault::Status(404));
    let output = cx.rye(["add", "idna"]).fail(1);
    let told: Vec<_> = output.stderr.lines().take(4).collect();
    insta::assert_snapshot!(told.join("\n"), @"
          added idna>=3.4 (regular dependency)
         locked requirements.lock
         locked requirements-dev.lock
    error: the manifest and the lockfiles are changed, and the environment is not yet: `rye sync` tries again
    ");
    assert!(!output.stderr.contains("nothing was"), "{}", output.stderr);
    assert_eq!(listed(&cx), ["idna>=3.4"]);
    cx.index().heal();
    rye_snapshot!(cx, ["sync"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
          added idna 3.4
    ");
}

#[test]
fn another_manifest_can_be_named() {
    let cx = TestContext::new();
    write_virtual(&cx, "[]", "");
    let elsewhere = cx.root().join("home");
    let path = cx.path("pyproject.toml");
    let args = [Path::new("add"), Path::new("idna"), Path::new("--pyproject"), &path];
    cx.rye(args).current_dir(&elsewhere).succeed();
    assert_eq!(listed(&cx), ["idna>=3.4"]);
    assert_eq!(cx.installed(), ["idna==3.4"]);
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
}

#[test]
#[cfg(unix)]
fn a_manifest_behind_a_link_stays_behind_it() {
    let cx = TestContext::new();
    let real = cx.root().join("real.toml");
    fs::write(&real, virtual_manifest("[]", "")).unwrap();
    std::os::unix::fs::symlink(&real, cx.path("pyproject.toml")).unwrap();
    cx.rye(["add", "--no-sync", "idna"]).succeed();
    assert!(cx.path("pyproject.toml").is_symlink());
    assert!(fs::read_to_string(&real).unwrap().contains("idna>=3.4"));
}

#[test]
fn add_and_remove_with_locked_keep_the_lockfiles() {
    let cx = TestContext::new();
    cx.write_project("demo", &["flask"]);
    rye_snapshot!(cx, ["add", "--locked", "idna"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing was added
    caused by: the lockfiles would change
        requirements.lock:
        + -e file:.
        + blinker==1.7.0
        + click==8.1.7
        + flask==3.0.0
        + idna==3.4
        + itsdangerous==2.1.2
        + jinja2==3.1.2
        + markupsafe==2.1.3
        + werkzeug==3.0.1
        requirements-dev.lock:
        + -e file:.
        + blinker==1.7.0
        + click==8.1.7
        + flask==3.0.0
        + idna==3.4
        + itsdangerous==2.1.2
        + jinja2==3.1.2
        + markupsafe==2.1.3
        + werkzeug==3.0.1
    hint: leave `--locked` away to let them
    ");
    cx.rye(["lock", "-q"]).succeed();
    let before = cx.fingerprint();
    rye_snapshot!(cx, ["add", "--locked", "idna"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing was added
    caused by: the lockfiles would change
        requirements.lock:
        + idna==3.4
        requirements-dev.lock:
        + idna==3.4
    hint: leave `--locked` away to let them
    ");
    rye_snapshot!(cx, ["remove", "--locked", "flask"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing was removed
    caused by: the lockfiles would change
        requirements.lock:
        - blinker==1.7.0
        - click==8.1.7
        - flask==3.0.0
        - itsdangerous==2.1.2
        - jinja2==3.1.2
        - markupsafe==2.1.3
        - werkzeug==3.0.1
        requirements-dev.lock:
        - blinker==1.7.0
        - click==8.1.7
        - flask==3.0.0
        - itsdangerous==2.1.2
        - jinja2==3.1.2
        - markupsafe==2.1.3
        - werkzeug==3.0.1
    hint: leave `--locked` away to let them
    ");
    assert_eq!(cx.fingerprint(), before);
    cx.rye(["add", "--locked", "flask"]).succeed();
    cx.rye(["lock", "--locked"]).succeed();
}
