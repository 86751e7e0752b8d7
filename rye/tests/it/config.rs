//! `rye config`

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail the test")]

use crate::support::*;

/// Returns a world for commands that need neither an index nor an engine nor a Python.
fn world() -> TestContext {
    TestContext::builder().without_index().without_engine().without_python().build()
}

fn config_of(cx: &TestContext) -> String {
    std::fs::read_to_string(cx.rye_home().join("config.toml")).unwrap()
}

fn set_config(cx: &TestContext, text: &str) {
    std::fs::create_dir_all(cx.rye_home()).unwrap();
    std::fs::write(cx.rye_home().join("config.toml"), text).unwrap();
}

#[test]
fn config_alone_shows_the_help() {
    let cx = world();
    let output = cx.rye(["config"]).fail(2);
    assert_eq!(output.stdout, "");
    assert!(output.stderr.contains("Usage: rye config --list"), "{}", output.stderr);
    assert!(!cx.rye_home().exists());
}

#[test]
fn config_shows_the_path_of_its_file() {
    let cx = world();
    rye_snapshot!(cx, ["config", "--show-path"], @r"
    exit: 0
    ----- stdout -----
    [HOME]/config.toml
    ----- stderr -----
    ");
}

#[test]
fn config_shows_the_path_of_a_broken_file() {
    let cx = world();
    set_config(&cx, "not toml");
    rye_snapshot!(cx, ["config", "--show-path"], @r"
    exit: 0
    ----- stdout -----
    [HOME]/config.toml
    ----- stderr -----
    ");
}

#[test]
fn a_broken_config_is_told_with_its_line() {
    let cx = world();
    set_config(&cx, "[default]\nlicense = MIT\n");
    for args in [["config", "--get", "a"], ["config", "--set", "a=b"]] {
        insta::allow_duplicates! {
            rye_snapshot!(cx.rye(args), @r"
            exit: 1
            ----- stdout -----
            ----- stderr -----
            error: `[HOME]/config.toml` is not TOML
            caused by: TOML parse error at line 2, column 11
              |
            2 | license = MIT
              |           ^^^
            string values must be quoted, expected literal string
            hint: correct the line in an editor, or take the key away
            ");
        }
    }
    assert_eq!(config_of(&cx), "[default]\nlicense = MIT\n");
}

#[test]
fn options_that_exclude_each_other_are_wrong_usage() {
    #[track_caller]
    fn check(cx: &TestContext, args: &[&str], message: &str) {
        let output = cx.rye([&["config"], args].concat()).fail(2);
        assert_eq!(output.stdout, "");
        assert!(output.stderr.starts_with(message), "{}", output.stderr);
    }

    let cx = world();
    let conflict = |one: &str| format!("error: the argument '{one}' cannot be used with");
    let path = conflict("--show-path");
    check(&cx, &["--show-path", "--format=json"], &path);
    check(&cx, &["--set", "default.toolchain=cpython@3.99", "--show-path"], &path);
    check(&cx, &["--unset", "default.toolchain", "--show-path"], &path);
    check(&cx, &["--get", "a", "--set", "b=c"], &conflict("--get <KEY>"));
    check(&cx, &["--get", "a", "--show-path"], &conflict("--get <KEY>"));
    check(&cx, &["--unset", "a", "--format", "json"], &conflict("--format <FORMAT>"));
    let required = "error: the following required arguments were not provided";
    check(&cx, &["--format", "json"], required);
    check(&cx, &["--quiet"], required);
    assert!(!cx.rye_home().exists());
}

#[test]
fn what_was_set_can_be_got() {
    let cx = world();
    rye_snapshot!(
        cx,
        ["config", "--set", "default.toolchain=cpython@3.99", "--set-bool", "behavior.use-uv=true"],
        @r"
    exit: 0
    ----- stdout -----
    ----- stderr -----
    "
    );
    rye_snapshot!(
        cx,
        [
            "config",
            "--get",
            "default.toolchain",
            "--get",
            "behavior.use-uv",
            "--get",
            "default.license",
            "--format=json",
        ],
        @r#"
    exit: 0
    ----- stdout -----
    {
      "behavior.use-uv": true,
      "default.license": null,
      "default.toolchain": "cpython@3.99"
    }
    ----- stderr -----
    "#
    );
    rye_snapshot!(
        cx,
        ["config", "--get", "default.toolchain", "--get", "default.license", "--get", "behavior"],
        @r"
    exit: 0
    ----- stdout -----
    cpython@3.99
    ?
    {use-uv = true}
    ----- stderr -----
    "
    );
}

#[test]
fn config_makes_its_home() {
    let cx = world();
    cx.rye(["config", "--set", "default.toolchain=cpython@3.99"]).succeed();
    assert_eq!(config_of(&cx), "[default]\ntoolchain = \"cpython@3.99\"\n");
}

#[test]
fn without_a_config_nothing_is_set() {
    let cx = world();
    rye_snapshot!(cx, ["config", "--get", "default.toolchain", "--get", "behavior.autosync"], @r"
    exit: 0
    ----- stdout -----
    ?
    ?
    ----- stderr -----
    ");
    rye_snapshot!(cx, ["config", "--get", "behavior.autosync", "--format", "json"], @r#"
    exit: 0
    ----- stdout -----
    {
      "behavior.autosync": null
    }
    ----- stderr -----
    "#);
    assert!(!cx.rye_home().exists());
}

#[test]
fn tables_can_be_got() {
    let cx = world();
    set_config(
        &cx,
        "[proxy]\nhttp = \"http://p\"\n\n[[sources]]\nname = \"a\"\nurl = \"https://a/\"\nverify-ssl = false\n",
    );
    rye_snapshot!(cx, ["config", "--get", "sources", "--get", "proxy"], @r#"
    exit: 0
    ----- stdout -----
    [{name = "a", url = "https://a/", verify-ssl = false}]
    {http = "http://p"}
    ----- stderr -----
    "#);
    rye_snapshot!(cx, ["config", "--get", "sources", "--get", "proxy", "--format", "json"], @r#"
    exit: 0
    ----- stdout -----
    {
      "proxy": {
        "http": "http://p"
      },
      "sources": [
        {
          "name": "a",
          "url": "https://a/",
          "verify-ssl": false
        }
      ]
    }
    ----- stderr -----
    "#);
}

#[test]
fn changes_leave_the_rest_of_the_file_alone() {
    let cx = world();
    let text = "# mine\r\n[default] # of me\r\n\r\n  toolchain   = '3.99' # why\r\nlicense = \"MIT\"\r\n# end\r\n";
    set_config(&cx, text);
    let args = ["config", "--set", "default.toolchain=3.98", "--unset", "default.license"];
    cx.rye(args).succeed();
    let expected = text.replace("'3.99'", "\"3.98\"").replace("license = \"MIT\"\r\n", "");
    assert_eq!(config_of(&cx), expected);
    cx.rye(["config", "--set-bool", "behavior.autosync=false"]).succeed();
    let expected = format!("{expected}\r\n[behavior]\r\nautosync = false\r\n");
    assert_eq!(config_of(&cx), expected);
}

#[test]
fn nothing_is_set_when_one_value_is_wrong() {
    let cx = world();
    rye_snapshot!(
        cx,
        ["config", "--set", "default.license=MIT", "--set", "behavior.autosync=true"],
        @r#"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `behavior.autosync` cannot be set to `true`: invalid type: string "true", expected a boolean
    hint: set it with `--set-bool`
    "#
    );
    rye_snapshot!(cx, ["config", "--set-bool", "behavior.autosync=yes"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `yes` is no boolean, so `behavior.autosync` cannot be set to it
    hint: write `true` or `false`
    ");
    rye_snapshot!(cx, ["config", "--set", "default"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `default` is no assignment to a key
    hint: write it as `KEY=VALUE`
    ");
    assert!(!cx.rye_home().exists());
    set_config(&cx, "[[sources]]\nname = \"a\"\nurl = \"https://a/\"\n\n[mine]\nx = 1\n");
    rye_snapshot!(cx, ["config", "--set", "sources.url=x"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `sources` is no table, so `sources.url` cannot be set below it
    ");
    rye_snapshot!(cx, ["config", "--set", "mine=x"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `mine` is a table, so it cannot be set to a value
    hint: set a key in it, or take it away first, with `--unset mine`
    ");
    rye_snapshot!(cx, ["config", "--set", "mine.x.y=x"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `mine.x` is no table, so `mine.x.y` cannot be set below it
    hint: take it away first, with `--unset mine.x`
    ");
    assert!(config_of(&cx).ends_with("[mine]\nx = 1\n"));
}

#[test]
fn a_setting_that_no_command_could_use_is_refused() {
    let cx = world();
    rye_snapshot!(cx, ["config", "--set", "default.build-system=make"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `default.build-system` cannot be set to `make`: unknown variant `make`, expected one of `hatchling`, `setuptools`, `flit`, `pdm`, `maturin`, `uv`
    ");
    rye_snapshot!(cx, ["config", "--set", "default.dependency-operator=^"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `default.dependency-operator` cannot be set to `^`: unknown variant `^`, expected one of `==`, `~=`, `>=`
    ");
    rye_snapshot!(cx, ["config", "--set", "default.requires-python=new"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `default.requires-python` cannot be set to `new`: Unexpected end of version specifier, expected operator
    ");
    assert!(!cx.rye_home().exists());
    for assignment in [
        "default.build-system=uv_build",
        "default.dependency-operator=tilde",
        "default.requires-python=3.9",
        "default.requires-python=>=3.9,<4",
    ] {
        cx.rye(["config", "--set", assignment]).succeed();
    }
}

#[test]
fn a_wrong_value_in_the_file_can_be_corrected() {
    let cx = world();
    set_config(&cx, "[behavior]\nautosync = \"no\"\n");
    rye_snapshot!(cx, ["config", "--set", "default.license=MIT"], @r#"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[HOME]/config.toml` cannot be understood
    caused by: TOML parse error at line 2, column 12
      |
    2 | autosync = "no"
      |            ^^^^
    invalid type: string "no", expected a boolean
    hint: correct the line in an editor, or take the key away
    "#);
    cx.rye(["config", "--set-bool", "behavior.autosync=false"]).succeed();
    assert_eq!(config_of(&cx), "[behavior]\nautosync = false\n");
}

#[test]
fn a_key_that_rye_does_not_know_is_set_with_a_warning() {
    let cx = world();
    rye_snapshot!(cx, ["config", "--set", "default.toolchian=3.99"], @r"
    exit: 0
    ----- stdout -----
    ----- stderr -----
    warning: Rye knows no key `default.toolchian`; the nearest that it knows is `default.toolchain`
    ");
    assert_eq!(config_of(&cx), "[default]\ntoolchian = \"3.99\"\n");
}

#[test]
fn unsetting_what_is_not_set_changes_nothing() {
    let cx = world();
    rye_snapshot!(cx, ["config", "--unset", "zz.y.x"], @r"
    exit: 0
    ----- stdout -----
    ----- stderr -----
    warning: `zz.y.x` was not set
    ");
    assert!(!cx.rye_home().join("config.toml").exists());
}

#[test]
fn the_older_spelling_of_a_key_is_the_same_key() {
    let cx = world();
    set_config(&cx, "[default]\ndependency_operator = \"~=\"\n");
    cx.rye(["config", "--set", "default.dependency-operator==="]).succeed();
    assert_eq!(config_of(&cx), "[default]\ndependency_operator = \"==\"\n");
    let output = cx.rye(["config", "--get", "default.dependency-operator"]).succeed();
    assert_eq!(output.stdout, "==\n");
}

/// Returns the lines of `rye config --list` about settings, without those about variables.
fn listed(run: Run) -> String {
    let output = run.succeed();
    let is_setting = |line: &&str| !line.ends_with(" (environment)");
    output.stdout.lines().filter(is_setting).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_list_has_every_setting_and_where_it_comes_from() {
    let cx = world();
    insta::assert_snapshot!(listed(cx.rye(["config", "--list"]).env_remove("https_proxy").env_remove("HTTPS_PROXY")), @r#"
    behavior.autosync = true (default)
    behavior.fetch-with-build-info = false (default)
    behavior.force-rye-managed = false (default)
    behavior.global-python = false (default)
    behavior.prefer-activated-venv = false (default)
    behavior.use-uv = true (default)
    behavior.venv-mark-sync-ignore = true (default)
    default.author = ? (default)
    default.build-system = "hatchling" (default)
    default.dependency-operator = ">=" (default)
    default.license = ? (default)
    default.requires-python = ">=3.9" (default)
    default.toolchain = ? (default)
    proxy.http = ? (default)
    proxy.https = ? (default)
    sources = [] (default)
    toolchain.mirror = ? (default)
    toolchain.preference = "any" (default)
    update.repository = ? (default)
    update.url = ? (default)
    "#);
    assert!(!cx.rye_home().exists());
    set_config(
        &cx,
        "[default]\nrequires-python = '3.11'\ndependency_operator = '=='\n\
         [behavior]\nautosync = false\n\
         [proxy]\nhttp = 'http://me:secret@proxy:1'\n\
         [[sources]]\nname = 'corp'\nurl = 'https://me:secret@host/simple/'\npassword = 'secret'\nusername = 'me'\n",
    );
    let list = cx
        .rye(["config", "--list"])
        .env("ALL_PROXY", "http://you:secret@all:1")
        .env("RYE_TOOLCHAIN_MIRROR", "/mirror");
    let text = listed(list);
    assert!(!text.contains("secret"), "{text}");
    let changed = text.lines().filter(|line| !line.ends_with(" (default)"));
    insta::assert_snapshot!(changed.collect::<Vec<_>>().join("\n"), @r#"
    behavior.autosync = false (config.toml)
    default.dependency-operator = "==" (config.toml)
    default.requires-python = "3.11" (config.toml)
    proxy.http = "http://****@all:1" (ALL_PROXY)
    proxy.https = "http://127.0.0.1:9" (https_proxy)
    sources = [{name = "corp", url = "https://****@host/simple/", password = "****", username = "me"}] (config.toml)
    toolchain.mirror = "/mirror" (RYE_TOOLCHAIN_MIRROR)
    "#);
}

#[test]
fn the_list_has_the_variables_that_are_set() {
    let cx = world();
    let list = || cx.rye(["config", "--list"]).env("UV_INDEX_URL", "https://me:secret@host/simple");
    let text = list().succeed().stdout;
    assert!(
        text.contains("\nUV_INDEX_URL = \"https://****@host/simple\" (environment)\n"),
        "{text}"
    );
    assert!(!text.contains("PIP_INDEX_URL"), "{text}");
    let json = list().args(["--format", "json"]).succeed().stdout;
    assert!(!json.contains("secret"), "{json}");
    let answer: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(answer["schema"], 1);
    assert_eq!(answer["file"], cx.rye_home().join("config.toml").to_str().unwrap());
    let variables = answer["variables"].as_array().unwrap();
    let index = variables.iter().find(|variable| variable["names"][1] == "UV_INDEX_URL").unwrap();
    assert_eq!(index["values"], serde_json::json!({ "UV_INDEX_URL": "https://****@host/simple" }));
    let settings = answer["settings"].as_array().unwrap();
    let autosync = settings.iter().find(|setting| setting["key"] == "behavior.autosync").unwrap();
    let expected = serde_json::json!({
        "key": "behavior.autosync", "value": true, "default": true, "from": "default",
    });
    assert_eq!(*autosync, expected);
}

#[test]
fn the_list_has_no_secrets_in_what_is_no_plain_url() {
    let cx = world();
    for (name, value, told) in [
        // the scheme of a proxy may be left out
        ("HTTPS_PROXY", "me:hush@proxy:8080", "****@proxy:8080"),
        ("HTTPS_PROXY", "http://me:hu/sh@hush@proxy:1", "http://****@proxy:1"),
        ("HTTPS_PROXY", "proxy:8080", "proxy:8080"),
        ("RYE_UPDATE_URL", "https://host/rye?token=hush", "https://host/rye?****"),
        ("RYE_UPDATE_URL", "/opt/rye@1", "/opt/rye@1"),
        ("RYE_UPDATE_REPOSITORY", "git@host:rye.git", "git@host:rye.git"),
    ] {
        let run = cx.rye(["config", "--list"]).env_remove("https_proxy");
        let text = run.env(name, value).succeed().stdout;
        assert!(text.contains(&format!("\n{name} = \"{told}\" (environment)\n")), "{text}");
        assert!(!text.contains("hush") && !text.contains("hu/sh"), "{text}");
    }
}

#[test]
fn the_list_of_what_cannot_be_read_is_an_error() {
    let cx = world();
    set_config(&cx, "[behavior]\nautosync = 'no'\n");
    rye_snapshot!(cx, ["config", "--list"], @r#"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[HOME]/config.toml` cannot be understood
    caused by: TOML parse error at line 2, column 12
      |
    2 | autosync = 'no'
      |            ^^^^
    invalid type: string "no", expected a boolean
    hint: correct the line in an editor, or take the key away
    "#);
    set_config(&cx, "[behavior]\nautosink = true\n");
    let output = cx.rye(["config", "--list"]).succeed();
    assert!(output.stderr.contains("unknown key `behavior.autosink`"), "{}", output.stderr);
    // what a schema says is the same everywhere
    set_config(&cx, "not toml");
    cx.rye(["config", "--schema", "config"]).succeed();
}

#[test]
fn one_thing_is_asked_for_at_a_time() {
    #[track_caller]
    fn check(cx: &TestContext, args: &[&str], message: &str) {
        let output = cx.rye([&["config"], args].concat()).fail(2);
        assert_eq!(output.stdout, "");
        assert!(output.stderr.starts_with(message), "{}", output.stderr);
    }

    let cx = world();
    let conflict = |one: &str| format!("error: the argument '{one}' cannot be used with");
    check(&cx, &["--get", "a", "--list"], &conflict("--get <KEY>"));
    check(&cx, &["--list", "--set", "a=b"], &conflict("--list"));
    check(&cx, &["--list", "--show-path"], &conflict("--list"));
    check(&cx, &["--schema", "config", "--list"], &conflict("--schema <FILE>"));
    check(&cx, &["--schema", "config", "--unset", "a"], &conflict("--schema <FILE>"));
    check(&cx, &["--schema", "config", "--format", "json"], &conflict("--schema <FILE>"));
    check(&cx, &["--schema", "odd"], "error: invalid value 'odd' for '--schema <FILE>'");
}
