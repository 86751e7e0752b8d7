//! What a manifest says of the versions to choose: constraints, overrides, a cutoff, a strategy.

use crate::support::{Index, TestContext, Wheel, rye_snapshot};

/// Writes a project that needs these, with more lines for its `[tool.rye]`.
fn write_project(cx: &TestContext, requirements: &[&str], settings: &str) {
    cx.write_project("demo", requirements);
    let manifest = cx.read("pyproject.toml");
    cx.write(
        "pyproject.toml",
        manifest.replace("managed = true\n", &format!("managed = true\n{settings}\n")),
    );
}

/// Returns the options that the production lockfile records beside those that all do.
fn recorded(cx: &TestContext) -> Vec<String> {
    let lockfile = cx.read("requirements.lock");
    let options = lockfile.lines().filter_map(|line| line.strip_prefix("#   "));
    options.skip(6).map(str::to_owned).collect()
}

/// An index with versions of three days.
fn dated() -> Index {
    let wheel = |version: &str, time: &str| Wheel::new("dated", version).build().uploaded(time);
    Index::standard()
        .with(wheel("1.0", "2024-01-01T12:00:00Z"))
        .with(wheel("1.1", "2024-06-01T23:00:00Z"))
        .with(wheel("2.0", "2026-11-01T00:00:00Z"))
}

#[test]
fn constraints_hold_for_whoever_asks() {
    let cx = TestContext::new();
    write_project(&cx, &["anyio"], "constraints = [\"idna<3\", \"tqdm<1\"]");
    cx.rye(["sync"]).succeed();
    assert_eq!(
        cx.locked("requirements.lock"),
        ["-e file:.", "anyio==4.0.0", "idna==2.10", "sniffio==1.3.0"]
    );
    assert_eq!(recorded(&cx), ["constraints: [\"idna<3\",\"tqdm<1\"]"]);
    assert!(cx.installed().contains(&"idna==2.10".to_owned()));
    // what the manifest does not say any more is not remembered
    write_project(&cx, &["anyio"], "");
    cx.rye(["lock"]).succeed();
    assert_eq!(recorded(&cx), [""; 0]);
    assert!(
        cx.locked("requirements.lock").contains(&"idna==2.10".to_owned()),
        "versions stay without a reason"
    );
    cx.rye(["lock", "--check"]).succeed();
}

#[test]
fn overrides_stand_in_the_place_of_what_others_ask_for() {
    let cx = TestContext::new();
    write_project(&cx, &["conflict-a", "conflict-b"], "overrides = [\"idna==3.4\"]");
    cx.rye(["lock"]).succeed();
    assert_eq!(
        cx.locked("requirements.lock"),
        ["-e file:.", "conflict-a==1.0.0", "conflict-b==1.0.0", "idna==3.4"]
    );
    assert_eq!(recorded(&cx), ["overrides: [\"idna==3.4\"]"]);
    assert!(!cx.read("requirements.lock").contains("override:"), "nothing of the engine's files");
}

#[test]
fn nothing_newer_than_the_cutoff_exists() {
    let cx = TestContext::builder().index(dated()).build();
    for (cutoff, version) in [
        ("2024-05-31", "1.0"),
        ("2024-06-01", "1.1"),
        ("2024-06-01T22:59:59Z", "1.0"),
        ("2024-06-02T00:30:00+02:00", "1.0"),
        ("2026-11-02", "2.0"),
    ] {
        write_project(&cx, &["dated"], &format!("exclude-newer = \"{cutoff}\""));
        cx.rye(["lock", "--update-all"]).succeed();
        assert_eq!(
            cx.locked("requirements.lock"),
            ["-e file:.", &format!("dated=={version}")],
            "{cutoff}"
        );
        assert_eq!(recorded(&cx), [format!("exclude-newer: \"{cutoff}\"")]);
    }
    // as TOML writes a date
    for (cutoff, version) in [("2024-05-31", "1.0"), ("2024-06-02 01:30:00+02:00", "1.1")] {
        write_project(&cx, &["dated"], &format!("exclude-newer = {cutoff}"));
        cx.rye(["lock", "--update-all"]).succeed();
        assert!(cx.locked("requirements.lock").contains(&format!("dated=={version}")), "{cutoff}");
        assert_eq!(recorded(&cx), [format!("exclude-newer: \"{}\"", cutoff.replace(' ', "T"))]);
        cx.rye(["lock", "--check"]).succeed();
    }
    write_project(&cx, &["dated"], "exclude-newer = \"2020-01-01\"");
    cx.rye(["lock"]).fail(1);
}

#[test]
fn a_cutoff_can_be_an_age() {
    let wheel = |version: &str, time: &str| Wheel::new("aged", version).build().uploaded(time);
    let index = Index::standard()
        .with(wheel("1.0", "2024-01-01T12:00:00Z"))
        .with(wheel("2.0", "2999-01-01T12:00:00Z"));
    let cx = TestContext::builder().index(index).build();
    write_project(&cx, &["aged"], "");
    cx.rye(["lock"]).succeed();
    assert_eq!(cx.locked("requirements.lock"), ["-e file:.", "aged==2.0"]);
    // what is locked and too young goes
    write_project(&cx, &["aged"], "exclude-newer = \"1 hour\"");
    cx.rye(["lock"]).succeed();
    assert_eq!(cx.locked("requirements.lock"), ["-e file:.", "aged==1.0"]);
    assert_eq!(recorded(&cx), ["exclude-newer: \"1 hour\""]);
    cx.rye(["lock", "--check"]).succeed();
    write_project(&cx, &["aged"], "exclude-newer = \"9999 weeks\"");
    cx.rye(["lock"]).fail(1);
}

#[test]
fn the_lowest_versions_are_chosen_on_request() {
    let cx = TestContext::new();
    write_project(&cx, &["flask>=2", "idna>=2"], "");
    cx.rye(["lock"]).succeed();
    assert!(cx.locked("requirements.lock").contains(&"flask==3.0.0".to_owned()));
    write_project(&cx, &["flask>=2", "idna>=2"], "resolution = \"lowest-direct\"");
    cx.rye(["lock"]).succeed();
    assert!(
        cx.locked("requirements.lock").contains(&"flask==2.3.3".to_owned()),
        "{:?}",
        cx.locked("requirements.lock")
    );
    assert!(cx.locked("requirements.lock").contains(&"idna==2.10".to_owned()));
    assert_eq!(recorded(&cx), ["resolution: \"lowest-direct\""]);
    cx.rye(["lock", "--check"]).succeed();
    write_project(&cx, &["flask>=2", "idna>=2"], "resolution = \"highest\"");
    cx.rye(["lock"]).succeed();
    assert!(cx.locked("requirements.lock").contains(&"flask==3.0.0".to_owned()));
}

#[test]
fn choices_that_cannot_be_read_are_refused() {
    let cx = TestContext::new();
    write_project(&cx, &[], "exclude-newer = \"yesterday\"");
    rye_snapshot!(cx, ["lock"], @r#"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/pyproject.toml` cannot be understood
    caused by: TOML parse error at line 14, column 17
       |
    14 | exclude-newer = "yesterday"
       |                 ^^^^^^^^^^^
    `yesterday` is neither a date such as `2026-01-31`, nor a moment such as `2026-01-31T12:00:00Z`, nor an age such as `7 days`
    hint: correct the line in an editor
    "#);
    write_project(&cx, &[], "exclude-newer = 7");
    rye_snapshot!(cx, ["lock"], @r#"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/pyproject.toml` cannot be understood
    caused by: TOML parse error at line 14, column 17
       |
    14 | exclude-newer = 7
       |                 ^
    expected a date, a moment, or an age in quotes such as "7 days"
    hint: correct the line in an editor
    "#);
    write_project(&cx, &[], "exclude-newer = 2024-01-01T12:00:00");
    rye_snapshot!(cx, ["lock"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/pyproject.toml` cannot be understood
    caused by: TOML parse error at line 14, column 17
       |
    14 | exclude-newer = 2024-01-01T12:00:00
       |                 ^^^^^^^^^^^^^^^^^^^
    `2024-01-01T12:00:00` is neither a date such as `2026-01-31`, nor a moment such as `2026-01-31T12:00:00Z`, nor an age such as `7 days`
    hint: correct the line in an editor
    ");
    write_project(&cx, &[], "resolution = \"lowest\"");
    rye_snapshot!(cx, ["lock"], @r#"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/pyproject.toml` cannot be understood
    caused by: TOML parse error at line 14, column 14
       |
    14 | resolution = "lowest"
       |              ^^^^^^^^
    unknown variant `lowest`, expected `highest` or `lowest-direct`
    hint: correct the line in an editor
    "#);
    write_project(&cx, &[], "constraints = [\"idna<\"]");
    rye_snapshot!(cx, ["lock"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/pyproject.toml` cannot be understood
    caused by: `tool.rye.constraints` holds `idna<`: Unexpected end of version specifier, expected version
    hint: write it as PEP 508 has it: `name[extra]>=1.0; marker`
    ");
    write_project(&cx, &[], "overrides = [\"Demo==1\"]");
    rye_snapshot!(cx, ["lock"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot lock `demo`
    caused by: `tool.rye.overrides` holds `Demo==1`, which is a project of your own
    hint: take it out: the project is installed as its manifest says
    ");
    assert!(!cx.exists("requirements.lock"));
}

#[test]
fn paths_of_choices_start_from_the_project() {
    let cx = TestContext::new();
    let wheel = Wheel::new("idna", "9.0").build();
    cx.write(format!("libs/{}", wheel.filename), &wheel.bytes);
    let overrides = format!("overrides = [\"idna @ file:libs/{}\"]", wheel.filename);
    write_project(&cx, &["anyio"], &overrides);
    cx.rye(["sync"]).succeed();
    assert!(cx.installed().contains(&"idna==9.0".to_owned()), "{:?}", cx.installed());
}
