//! `rye upgrade`

use crate::support::*;

fn write_virtual(cx: &TestContext, place: &str, name: &str, dependencies: &str, more: &str) {
    let manifest = format!(
        "[project]\nname = \"{name}\"\nversion = \"1\"\nrequires-python = \">=3.9\"\ndependencies = [{dependencies}]\n{more}\
         \n[tool.rye]\nvirtual = true\n"
    );
    cx.write(format!("{place}/pyproject.toml"), manifest);
}

/// Returns a world with a virtual project that needs this.
fn world(dependencies: &str, more: &str) -> TestContext {
    let cx = TestContext::new();
    write_virtual(&cx, ".", "demo", dependencies, more);
    cx
}

fn dependencies(cx: &TestContext, place: &str) -> String {
    let manifest = cx.read(format!("{place}/pyproject.toml"));
    let line = manifest.lines().find(|line| line.starts_with("dependencies = "));
    line.unwrap_or_default().trim_start_matches("dependencies = ").to_owned()
}

#[test]
fn bounds_go_up_in_every_list() {
    let cx = TestContext::new();
    let manifest = r#"[project]
name = "demo"
version = "1"
requires-python = ">=3.9"
dependencies = [
    # the web
    'Flask[dotenv] ~= 2.0 ; python_version > "3"',  # why
    "idna>=2,<3",
    "anyio",
    "urllib3>=1; sys_platform == 'never'",
]

[project.optional-dependencies]
fast = ["tqdm==4.0", "flask<3"]

[dependency-groups]
test = [{ include-group = "lint" }, "sniffio>=1"]
lint = ["itsdangerous==2.0.*"]

[tool.rye]
virtual = true
dev-dependencies = ["click>8,!=8.1.0", "prerelease>=0.9"]
"#;
    cx.write("pyproject.toml", manifest);
    rye_snapshot!(cx, ["upgrade"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
         raised flask ~= 2.0 → ~= 3.0 (regular dependency)
         raised idna >=2,<3 → >=3.4,<4 (regular dependency)
         raised click >8,!=8.1.0 → >=8.1.7,!=8.1.0 (dev dependency)
         raised prerelease >=0.9 → >=1.0.0 (dev dependency)
         raised tqdm ==4.0 → ==4.66.1 (optional (fast) dependency)
         raised flask <3 → <4 (optional (fast) dependency)
         raised itsdangerous ==2.0.* → ==2.1.* (group lint dependency)
         raised sniffio >=1 → >=1.3.0 (group test dependency)
         locked requirements.lock
         locked requirements-dev.lock
        created [ROOT]/project/.venv (cpython@[PYTHON], discovered: [ROOT]/bin/python[PYTHON-MINOR])
          added anyio 4.0.0
          added blinker 1.7.0
          added click 8.1.7
          added flask 3.0.0
          added idna 3.4
          added itsdangerous 2.1.2
          added jinja2 3.1.2
          added markupsafe 2.1.3
          added prerelease 1.0.0
          added python-dotenv 1.0.0
          added sniffio 1.3.0
          added werkzeug 3.0.1
    ");
    insta::assert_snapshot!(cx.read("pyproject.toml"), @r#"
    [project]
    name = "demo"
    version = "1"
    requires-python = ">=3.9"
    dependencies = [
        # the web
        'Flask[dotenv] ~= 3.0 ; python_version > "3"',  # why
        "idna>=3.4,<4",
        "anyio",
        "urllib3>=1; sys_platform == 'never'",
    ]

    [project.optional-dependencies]
    fast = ["tqdm==4.66.1", "flask<4"]

    [dependency-groups]
    test = [{ include-group = "lint" }, "sniffio>=1.3.0"]
    lint = ["itsdangerous==2.1.*"]

    [tool.rye]
    virtual = true
    dev-dependencies = ["click>=8.1.7,!=8.1.0", "prerelease>=1.0.0"]
    "#);
    let output = cx.rye(["lock", "--check"]).succeed();
    assert!(!cx.read("requirements.lock").contains("tqdm"), "{}", output.stderr);
    rye_snapshot!(cx, ["upgrade"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        current the bounds are those of the newest versions that go together
    ");
}

#[test]
fn only_what_is_named_goes_up() {
    let cx = world("\"idna<3\", \"flask==2.3.3\", \"tqdm>=4\"", "");
    cx.rye(["sync"]).succeed();
    rye_snapshot!(cx, ["upgrade", "Flask", "tqdm", "--no-sync"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
         raised flask ==2.3.3 → ==3.0.0 (regular dependency)
         raised tqdm >=4 → >=4.66.1 (regular dependency)
         locked requirements.lock
         locked requirements-dev.lock
       upgraded flask 2.3.3 → 3.0.0
    ");
    assert_eq!(dependencies(&cx, "."), "[\"idna<3\", \"flask==3.0.0\", \"tqdm>=4.66.1\"]");
    assert!(cx.installed().contains(&"flask==2.3.3".to_owned()));
    rye_snapshot!(cx, ["upgrade", "flask"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        current the bounds are those of the newest versions that go together
       upgraded flask 2.3.3 → 3.0.0
    ");
    assert!(cx.installed().contains(&"flask==3.0.0".to_owned()));
}

#[test]
fn a_name_that_nobody_asks_for_is_an_error() {
    let cx = world("\"flask==2.3.3\"", "[tool.rye.workspace]\n");
    write_virtual(&cx, "lib", "lib", "\"demo\"", "");
    let before = cx.fingerprint();
    rye_snapshot!(cx, ["upgrade", "falsk"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing was upgraded
    caused by: nothing asks for `falsk`
    hint: did you mean `flask`?
    ");
    rye_snapshot!(cx, ["upgrade", "flask", "werkzeug"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing was upgraded
    caused by: nothing asks for `werkzeug`
    hint: add it with `rye add werkzeug`
    ");
    rye_snapshot!(cx, ["upgrade", "lib"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing was upgraded
    caused by: `lib` is a project of your own: it has no newer version than the one that is there
    hint: what it asks for is raised with `rye upgrade --package lib`
    ");
    rye_snapshot!(cx, ["upgrade", "-p", "lib", "flask"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing was upgraded
    caused by: nothing in `lib` asks for `flask`
    hint: add it with `rye add flask`
    ");
    rye_snapshot!(cx, ["upgrade", "-p", "libb"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing was upgraded
    caused by: the workspace has no member `libb`
    hint: did you mean `lib`?
    ");
    rye_snapshot!(cx, ["upgrade", ""], @"
    exit: 2
    ----- stdout -----
    ----- stderr -----
    error: invalid value '' for '[NAME]...': a name is not empty

    For more information, try '--help'.
    ");
    cx.rye(["upgrade", "--sync", "--no-sync"]).fail(2);
    assert_eq!(cx.fingerprint(), before);
    cx.rye(["lock"]).succeed();
    rye_snapshot!(cx, ["upgrade", "flask", "werkzeug"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing was upgraded
    caused by: nothing asks for `werkzeug`
    hint: others need it, and say in which versions; `rye lock --update werkzeug` brings the newest of those
    ");
}

#[test]
fn all_members_go_up_together() {
    let cx = world("\"idna>=2,<3\"", "[tool.rye.workspace]\n");
    write_virtual(&cx, "libs/a", "a", "\"idna==2.10\", \"demo\"", "");
    write_virtual(&cx, "libs/b", "b", "\"tqdm>=4\"", "");
    rye_snapshot!(cx.rye(["upgrade"]).current_dir(cx.path("libs/b")), @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
         raised idna >=2,<3 → >=3.4,<4 (regular dependency of `demo`)
         raised idna ==2.10 → ==3.4 (regular dependency of `a`)
         raised tqdm >=4 → >=4.66.1 (regular dependency of `b`)
         locked requirements.lock
         locked requirements-dev.lock
        created [ROOT]/project/.venv (cpython@[PYTHON], discovered: [ROOT]/bin/python[PYTHON-MINOR])
          added idna 3.4
          added tqdm 4.66.1
    ");
    assert_eq!(dependencies(&cx, "."), "[\"idna>=3.4,<4\"]");
    assert_eq!(dependencies(&cx, "libs/a"), "[\"idna==3.4\", \"demo\"]");
    // one alone goes as far as the others let it
    write_virtual(&cx, ".", "demo", "\"idna>=2,<3\"", "[tool.rye.workspace]\n");
    write_virtual(&cx, "libs/a", "a", "\"idna>=2,<2.10\", \"tqdm>=3\"", "");
    write_virtual(&cx, "libs/b", "b", "\"tqdm>=4\"", "");
    rye_snapshot!(cx, ["upgrade", "-p", "a", "--no-sync"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
         raised idna >=2,<2.10 → >=2.10,<2.11 (regular dependency of `a`)
         raised tqdm >=3 → >=4.66.1 (regular dependency of `a`)
         locked requirements.lock
         locked requirements-dev.lock
     downgraded idna 3.4 → 2.10
    ");
    assert_eq!(dependencies(&cx, "libs/a"), "[\"idna>=2.10,<2.11\", \"tqdm>=4.66.1\"]");
    assert_eq!(dependencies(&cx, "libs/b"), "[\"tqdm>=4\"]");
}

#[test]
fn a_dry_run_changes_nothing() {
    let cx = world("\"idna>=2,<3\"", "");
    cx.rye(["sync"]).succeed();
    let before = cx.fingerprint();
    rye_snapshot!(cx, ["upgrade", "--dry-run"], @"
    exit: 0
    ----- stdout -----
    - idna==2.10
    + idna==3.4
    - idna==2.10
    + idna==3.4
    ----- stderr -----
    would raise idna >=2,<3 → >=3.4,<4 (regular dependency)
     would lock requirements.lock
     would lock requirements-dev.lock
    ");
    rye_snapshot!(cx, ["upgrade", "--dry-run", "--format", "json"], @r#"
    exit: 0
    ----- stdout -----
    {
      "schema": 1,
      "raised": [
        {
          "name": "idna",
          "project": "demo",
          "list": "project.dependencies",
          "before": ">=2,<3",
          "after": ">=3.4,<4"
        }
      ],
      "locked": [
        {
          "name": "idna",
          "before": "2.10",
          "after": "3.4"
        }
      ]
    }
    ----- stderr -----
    "#);
    assert_eq!(cx.fingerprint(), before);
    cx.rye(["upgrade", "--format", "json"]).fail(2);
    cx.rye(["upgrade"]).succeed();
    rye_snapshot!(cx, ["upgrade", "--dry-run", "--format", "json"], @r#"
    exit: 0
    ----- stdout -----
    {
      "schema": 1,
      "raised": [],
      "locked": []
    }
    ----- stderr -----
    "#);
    rye_snapshot!(cx, ["upgrade", "--dry-run"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        current the bounds are those of the newest versions that go together
    ");
}

#[test]
fn versions_are_those_that_go_together() {
    let cx = world("\"idna>=2,<3\", \"conflict-a==1.0.0\", \"modern<2\"", "");
    cx.rye(["upgrade", "--no-sync"]).succeed();
    // `conflict-a` wants no newer idna
    assert!(dependencies(&cx, ".").starts_with("[\"idna>=2.10,<3\", \"conflict-a==1.0.0\""));
    cx.rye(["lock", "--check"]).succeed();
}

#[test]
fn what_cannot_be_resolved_changes_nothing() {
    let cx = world("\"idna>=2,<3\"", "");
    cx.rye(["sync"]).succeed();
    let manifest = cx.read("pyproject.toml").replace("idna>=2,<3\"", "idna>=2,<3\", \"nosuch>=1\"");
    cx.write("pyproject.toml", manifest);
    let before = cx.fingerprint();
    rye_snapshot!(cx, ["upgrade"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing was upgraded
    caused by: cannot lock `demo`
    caused by: the requirements cannot be resolved
    caused by: No solution found when resolving dependencies
      cause: Because nosuch was not found in the package registry and you require nosuch>=1, we can conclude that your requirements are unsatisfiable.
    ");
    rye_snapshot!(cx, ["upgrade", "--offline", "idna"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing was upgraded
    caused by: cannot lock `demo`
    caused by: the requirements cannot be resolved
    caused by: No solution found when resolving dependencies
      cause: Because nosuch was not found in the cache and you require nosuch>=1, we can conclude that your requirements are unsatisfiable.

    hint: Packages were unavailable because the network was disabled. When the network is disabled, registry packages may only be read from the cache.
    ");
    assert_eq!(cx.fingerprint(), before);
}

#[test]
fn extras_that_go_apart_stay() {
    let extras =
        "optional-dependencies = { a = [\"conflict-a<2\", \"tqdm<4\"], b = [\"conflict-b<2\"] }\n";
    let cx = world("\"urllib3>=1\"", extras);
    rye_snapshot!(cx, ["upgrade"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
    warning: the newest versions that the extras ask for do not go together, so that what only they ask for stays as it is (a, b)
         raised urllib3 >=1 → >=2.1.0 (regular dependency)
         locked requirements.lock
         locked requirements-dev.lock
        created [ROOT]/project/.venv (cpython@[PYTHON], discovered: [ROOT]/bin/python[PYTHON-MINOR])
          added urllib3 2.1.0
    ");
    assert!(cx.read("pyproject.toml").contains("tqdm<4"));
}

#[test]
fn choices_of_the_project_hold() {
    let cx = world("\"idna>=2\", \"prerelease>=1.0\", \"tqdm>=4\"", "");
    let manifest = cx.read("pyproject.toml");
    let choices = "constraints = [\"idna<3\"]\nresolution = \"lowest-direct\"\n";
    cx.write("pyproject.toml", format!("{manifest}{choices}"));
    cx.rye(["upgrade", "--no-sync"]).succeed();
    assert_eq!(dependencies(&cx, "."), "[\"idna>=2.10\", \"prerelease>=1.0\", \"tqdm>=4.66.1\"]");
    cx.rye(["lock", "--check"]).succeed();
    cx.rye(["upgrade", "--no-sync", "--pre"]).succeed();
    assert!(dependencies(&cx, ".").contains("\"prerelease>=2.0.0rc1\""));
    assert!(cx.read("requirements.lock").contains("pre: true"));
}

#[test]
fn each_platform_has_its_own_newest_version() {
    let cx = world("\"modern>=0.5,<2\", \"idna<3; python_version < '3.0'\"", "");
    let manifest = cx.read("pyproject.toml");
    cx.write("pyproject.toml", format!("{manifest}universal = true\n"));
    cx.rye(["upgrade", "--no-sync"]).succeed();
    assert_eq!(dependencies(&cx, "."), "[\"modern>=1.0,<3\", \"idna<3; python_version < '3.0'\"]");
    let lock = cx.read("requirements.lock");
    assert!(lock.contains("modern==1.0") && lock.contains("modern==2.0"), "{lock}");
    cx.rye(["lock", "--check"]).succeed();
}

#[test]
fn what_holds_nowhere_here_stays() {
    let split = "\"idna<3; python_version < '3'\", \"idna<3; python_version >= '3'\", \"tqdm<4; os_name == 'x'\"";
    let cx = world(split, "");
    cx.rye(["upgrade", "--no-sync"]).succeed();
    let (idna, rest) = ("\"idna<3; python_version < '3'\"", "\"tqdm<4; os_name == 'x'\"");
    assert_eq!(
        dependencies(&cx, "."),
        format!("[{idna}, \"idna<4; python_version >= '3'\", {rest}]")
    );
}

#[test]
fn what_others_hold_is_no_requirement_to_raise() {
    let cx = world("\"a @ https://nowhere.invalid/a.zip\"", "");
    write_virtual(&cx, ".", "demo", "\"idna\", \"tqdm===4.66.1\"", "");
    rye_snapshot!(cx, ["upgrade", "tqdm", "--no-sync"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
         locked requirements.lock
         locked requirements-dev.lock
    ");
    assert_eq!(dependencies(&cx, "."), "[\"idna\", \"tqdm===4.66.1\"]");
}

#[test]
fn a_newer_version_of_what_has_no_bounds_is_locked() {
    let index = Index::new().with(Wheel::new("a", "1")).with_cache_control("no-cache");
    let cx = TestContext::builder().index(index).build();
    write_virtual(&cx, ".", "demo", "\"a\"", "");
    cx.rye(["sync"]).succeed();
    cx.index().publish(Wheel::new("a", "2"));
    rye_snapshot!(cx, ["upgrade", "--dry-run"], @"
    exit: 0
    ----- stdout -----
    - a==1
    + a==2
    - a==1
    + a==2
    ----- stderr -----
     would lock requirements.lock
     would lock requirements-dev.lock
    ");
    rye_snapshot!(cx, ["upgrade", "a"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
         locked requirements.lock
         locked requirements-dev.lock
       upgraded a 1 → 2
    ");
}

#[test]
fn an_environment_of_somebody_else_is_not_touched() {
    let cx = world("\"idna<3\"", "");
    cx.write(".venv/pyvenv.cfg", "home = /usr/bin\n");
    let before = cx.fingerprint();
    let output = cx.rye(["upgrade"]).fail(1);
    assert!(output.stderr.contains(".venv"), "{}", output.stderr);
    assert_eq!(cx.fingerprint(), before);
    cx.rye(["upgrade", "--no-sync"]).succeed();
    assert_eq!(dependencies(&cx, "."), "[\"idna<4\"]");
}

#[test]
fn what_somebody_else_writes_meanwhile_is_not_lost() {
    use std::time::Duration;

    let index = Index::standard().with_cache_control("no-cache");
    let cx = TestContext::builder().index(index).build();
    write_virtual(&cx, ".", "demo", "\"idna<3\"", "[tool.rye.workspace]\n");
    write_virtual(&cx, "lib", "lib", "\"idna<3\", \"tqdm<4.66\"", "");
    cx.index().fail("/simple/tqdm*", Fault::Stall(Duration::from_secs(2)));
    let edited = cx.read("lib/pyproject.toml") + "\n[tool.other]\nx = 1\n";
    let root = cx.read("pyproject.toml");
    let output = std::thread::scope(|scope| {
        let run = cx.rye(["upgrade", "--no-sync"]);
        let run = scope.spawn(move || run.run());
        while cx.index().requests().is_empty() && !run.is_finished() {
            std::thread::sleep(Duration::from_millis(1));
        }
        cx.write("lib/pyproject.toml", &edited);
        run.join().expect("it does not panic")
    });
    assert_eq!(output.status.code(), Some(1), "{}", output.snapshot());
    assert!(output.stderr.contains("was changed by somebody else"), "{}", output.stderr);
    assert_eq!(cx.read("lib/pyproject.toml"), edited);
    assert_eq!(cx.read("pyproject.toml"), root);
    assert!(!cx.exists("requirements.lock"));
}

#[cfg(unix)]
#[test]
fn what_is_chosen_goes_up() {
    let cx = world("\"idna<3\", \"flask==2.3.3\"", "[dependency-groups]\ntest = [\"idna>=2\"]\n");
    rye_snapshot!(cx, ["upgrade", "-i"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no terminal to ask on: what is to be raised?
    hint: answer with the names of what to raise, or without `--interactive`
    ");
    let shown = cx.on_a_terminal(&["upgrade", "-i", "--no-sync"], &[("goes on)", "\u{1b}")]);
    assert!(shown.contains("flask ==2.3.3 → ==3.0.0"), "{shown}");
    assert!(shown.contains("idna <3 → <4, >=2 → >=3.4"), "{shown}");
    assert!(shown.ends_with("exit: 130\n"), "{shown}");
    let shown = cx.on_a_terminal(&["upgrade", "-i", "--no-sync"], &[("goes on)", "\u{3}")]);
    let has_ended = shown.ends_with("exit: 130\n") || shown.ends_with("exit: -2\n");
    assert!(has_ended && shown.contains("\u{1b}[?25h"), "{shown}");
    let shown = cx.on_a_terminal(&["upgrade", "-i", "--no-sync"], &[("goes on)", "\r")]);
    assert!(shown.contains("nothing was chosen") && shown.ends_with("exit: 1\n"), "{shown}");
    assert_eq!(dependencies(&cx, "."), "[\"idna<3\", \"flask==2.3.3\"]");
    let shown = cx.on_a_terminal(&["upgrade", "-i", "--no-sync"], &[("goes on)", " \r")]);
    assert!(shown.ends_with("exit: 0\n"), "{shown}");
    assert_eq!(dependencies(&cx, "."), "[\"idna<3\", \"flask==3.0.0\"]");
    let shown = cx.on_a_terminal(&["upgrade", "-i", "--no-sync", "flask"], &[("goes on)", " \r")]);
    assert!(shown.contains("current") && shown.ends_with("exit: 0\n"), "{shown}");
}

#[cfg(unix)]
#[test]
fn a_killed_upgrade_leaves_manifests_that_can_be_read() {
    use std::time::Duration;

    for time in [50, 150, 300, 600] {
        let cx = world("\"idna<3\"", "[tool.rye.workspace]\n");
        write_virtual(&cx, "lib", "lib", "\"idna<3\", \"tqdm<4.66\"", "");
        cx.kill_after(["upgrade"], Duration::from_millis(time));
        cx.rye(["upgrade"]).succeed();
        assert_eq!(dependencies(&cx, "."), "[\"idna<4\"]");
        assert_eq!(dependencies(&cx, "lib"), "[\"idna<4\", \"tqdm<4.67\"]");
        assert!(std::fs::read_dir(cx.project()).into_iter().flatten().count() < 7);
    }
}

#[cfg(unix)]
#[test]
fn one_manifest_that_is_read_only_keeps_all_as_they_are() {
    use std::os::unix::fs::PermissionsExt as _;

    let cx = world("\"idna<3\"", "[tool.rye.workspace]\n");
    write_virtual(&cx, "lib", "lib", "\"idna<3\"", "");
    let read_only = std::fs::Permissions::from_mode(0o444);
    std::fs::set_permissions(cx.path("lib/pyproject.toml"), read_only).expect("it is ours");
    let before = cx.fingerprint();
    rye_snapshot!(cx, ["upgrade", "--no-sync"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing was upgraded
    caused by: cannot write `[ROOT]/project/lib/pyproject.toml`
    caused by: permission denied
    hint: check who may read and write there
    ");
    assert_eq!(cx.fingerprint(), before);
}
