//! `rye doctor`

#![expect(clippy::unwrap_used, reason = "what a helper cannot do fails the test")]

use std::fs;

use serde_json::Value;

use crate::support::*;

/// Returns a world in which `PATH` leads to the rye that is tested.
fn world(builder: impl FnOnce() -> TestContext) -> TestContext {
    let mut cx = builder();
    let program = cx.root().join("bin").join(exe("rye"));
    fs::hard_link(env!("CARGO_BIN_EXE_rye"), &program)
        .or_else(|_| fs::copy(env!("CARGO_BIN_EXE_rye"), &program).map(drop))
        .unwrap();
    cx.mask(env!("CARGO_BIN_EXE_rye"), "[RYE]");
    cx.mask(env!("RYE_UV_VERSION"), "[UV-VERSION]");
    cx.mask(env!("RYE_RUFF_VERSION"), "[RUFF-VERSION]");
    // those that all tests have
    for name in ["https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY"] {
        cx.set_env(name, "");
    }
    cx
}

fn offline_world() -> TestContext {
    let mut cx = world(|| TestContext::builder().without_index().build());
    cx.set_env("UV_DEFAULT_INDEX", "https://index.example.org/simple/");
    cx
}

/// Returns the lines about one thing.
#[track_caller]
fn lines_of(cx: &TestContext, check: &str, run: Run) -> String {
    let before = cx.fingerprint();
    let output = run.run();
    assert_eq!(cx.fingerprint(), before);
    let has_failed = output.stdout.lines().any(|line| line.starts_with("fail "));
    assert_eq!(output.status.code(), Some(i32::from(has_failed)), "{}", output.snapshot());
    assert!(!output.stderr.contains("error"), "{}", output.stderr);
    let text = cx.masked(&output.stdout);
    let lines = text.lines().filter(|line| line[5..].starts_with(&format!("{check} ")));
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns the lines about one thing, without a network.
#[track_caller]
fn about(cx: &TestContext, check: &str) -> String {
    lines_of(cx, check, cx.rye(["doctor", "--offline"]))
}

fn configure(cx: &TestContext, text: &str) {
    fs::create_dir_all(cx.rye_home()).unwrap();
    fs::write(cx.rye_home().join("config.toml"), text).unwrap();
}

#[test]
fn a_project_in_sync_is_fine() {
    let cx = world(TestContext::new);
    cx.write_project("demo", &["flask"]);
    cx.rye(["sync", "-q"]).succeed();
    rye_snapshot!(cx, ["doctor"], @"
    exit: 0
    ----- stdout -----
    ok   config       there is no `config.toml`: the defaults hold
    ok   home         [HOME]
    skip shims        there are none: `python` is not Rye's; install them with `rye self install`
    ok   path         `rye` is `[ROOT]/bin/rye`
    ok   uv           [UV-VERSION], [UV]
    ok   ruff         [RUFF-VERSION], to be fetched from the index when needed
    ok   git          [ROOT]/bin/git
    ok   index        `[INDEX]` answers
    ok   manifest     [ROOT]/project/pyproject.toml
    ok   python       cpython@[PYTHON], [ROOT]/bin/python[PYTHON-MINOR]
    ok   environment  `[ROOT]/project/.venv` is in sync (cpython@[PYTHON])
    ok   lock         the lockfiles are what the manifest asks for
    ----- stderr -----
    ");
}

#[test]
fn outside_of_a_project_there_is_less_to_say() {
    let cx = offline_world();
    rye_snapshot!(cx, ["doctor", "--offline"], @"
    exit: 0
    ----- stdout -----
    ok   config       there is no `config.toml`: the defaults hold
    ok   home         [HOME], to be made when it is needed
    skip shims        there are none: `python` is not Rye's; install them with `rye self install`
    ok   path         `rye` is `[ROOT]/bin/rye`
    ok   uv           [UV-VERSION], [UV]
    ok   ruff         [RUFF-VERSION], to be fetched from the index when needed
    ok   git          [ROOT]/bin/git
    skip index        `https://index.example.org/simple/` was not asked
    skip manifest     there is no project here
    ok   python       cpython@[PYTHON], [ROOT]/bin/python[PYTHON-MINOR]
    ----- stderr -----
    ");
    let output = cx.rye(["doctor", "--offline", "--pyproject", "nowhere/pyproject.toml"]).fail(1);
    assert!(output.stdout.contains("fail manifest"), "{}", output.stdout);
    cx.rye(["doctor", "now"]).fail(2);
}

#[test]
fn findings_are_told_to_programs() {
    let cx = offline_world();
    cx.write("pyproject.toml", "[project]\nname = \"demo\"\nversion = \"1\"\ndependencies = []\n");
    let output = cx.rye(["doctor", "--offline", "--format", "json"]).succeed();
    let answer: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(answer["schema"], 1);
    assert_eq!(answer["status"], "ok");
    let findings = answer["findings"].as_array().unwrap();
    let finding = findings.iter().find(|finding| finding["check"] == "environment").unwrap();
    assert_eq!(finding["level"], "warn");
    assert_eq!(finding["cure"], "make it with `rye sync`");
    assert!(finding["message"].as_str().unwrap().ends_with("/.venv` is not there yet"));
    for finding in findings {
        assert!(["ok", "warn", "fail", "skip"].contains(&finding["level"].as_str().unwrap()));
        assert_eq!(finding.as_object().unwrap().len(), 4, "{finding}");
    }
    cx.write("pyproject.toml", "not toml");
    let output = cx.rye(["doctor", "--offline", "--format", "json"]).fail(1);
    let answer: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(answer["status"], "fail");
}

#[test]
fn what_is_broken_is_told_and_breaks_nothing() {
    let cx = offline_world();
    cx.write("pyproject.toml", "[project]\nname = 3\n");
    configure(&cx, "[default]\ntoolchain = [\n");
    let output = cx.rye(["doctor", "--offline"]).fail(1);
    insta::assert_snapshot!(cx.masked(&output.stdout), @"
    fail config       `[HOME]/config.toml` cannot be understood: TOML parse error at line 2, column 14: unclosed array, expected `]`; correct the line in an editor, or take the key away
    ok   home         [HOME]
    skip shims        there are none: `python` is not Rye's; install them with `rye self install`
    ok   path         `rye` is `[ROOT]/bin/rye`
    ok   uv           [UV-VERSION], [UV]
    ok   ruff         [RUFF-VERSION], to be fetched from the index when needed
    ok   git          [ROOT]/bin/git
    skip index        `https://index.example.org/simple/` was not asked
    fail manifest     `[ROOT]/project/pyproject.toml` cannot be understood: TOML parse error at line 2, column 8: invalid type: integer `3`, expected a string; correct the line in an editor
    ");
    configure(&cx, "[default]\nauthor = 3\n");
    insta::assert_snapshot!(about(&cx, "config"), @"fail config       `[HOME]/config.toml` cannot be understood: TOML parse error at line 2, column 10: invalid type: integer `3`, expected a string; correct the line in an editor, or take the key away");
    cx.write(
        "pyproject.toml",
        "[project]\nname = \"x\"\n[tool.rye]\nworkspace = { members = [\"[\"] }\n",
    );
    insta::assert_snapshot!(about(&cx, "manifest"), @r"fail manifest     `[ROOT]/project/pyproject.toml` cannot be understood: `tool.rye.workspace.members` holds `[`: unclosed character class at byte 0; missing ']' (to match a literal '[', escape it as '\[' or '[[]'); write it as in `libs/*` or `apps/{web,cli}`");
}

#[test]
fn settings_that_count_for_nothing_are_told() {
    let cx = offline_world();
    configure(&cx, "other = 1\n[behavior]\nauto = true\n[alias]\nsync = 'lock'\nxx = 'lock'\n");
    insta::assert_snapshot!(about(&cx, "config"), @"
    warn config       `[HOME]/config.toml` has the key `other`, which Rye does not know; correct it, or take it away with `rye config --unset other`
    warn config       `[HOME]/config.toml` has the key `behavior.auto`, which Rye does not know; correct it, or take it away with `rye config --unset behavior.auto`
    warn config       the alias `sync` counts for nothing: `rye sync` is a command; take it away with `rye config --unset alias.sync`
    ");
}

#[test]
#[cfg(unix)]
fn a_home_that_cannot_be_written_to_is_told() {
    let cx = offline_world();
    let home =
        |home: &str| lines_of(&cx, "home", cx.rye(["doctor", "--offline"]).env("RYE_HOME", home));
    cx.write("file", "");
    let file = cx.path("file/home");
    insta::assert_snapshot!(home(file.to_str().unwrap()), @"fail home         nothing can be written to `[ROOT]/project/file/home`: cannot create a temporary file in `[ROOT]/project/file`: Not a directory (os error 20); let this user write there, or set `RYE_HOME` to another directory");
    if cfg!(target_os = "linux") {
        assert!(home("/proc/rye").starts_with("fail home"), "{}", home("/proc/rye"));
    }
    assert_eq!(
        home(cx.root().join("a/b").to_str().unwrap()),
        "ok   home         [ROOT]/a/b, to be made when it is needed"
    );
}

#[test]
#[cfg(unix)]
fn credentials_that_others_can_read_are_told() {
    use std::os::unix::fs::PermissionsExt as _;

    let cx = offline_world();
    assert_eq!(about(&cx, "credentials"), "");
    fs::create_dir_all(cx.rye_home()).unwrap();
    let path = cx.rye_home().join("credentials");
    fs::write(&path, "").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    insta::assert_snapshot!(about(&cx, "credentials"), @"fail credentials  others can read `[HOME]/credentials`; say `chmod 600 [HOME]/credentials`");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    insta::assert_snapshot!(about(&cx, "credentials"), @"ok   credentials  its owner alone can read `[HOME]/credentials`");
    // the settings may have passwords, too
    let settings = cx.rye_home().join("config.toml");
    let source = "[[sources]]\nname = \"own\"\nurl = \"https://example.org\"\npassword = \"x\"\n";
    fs::write(&settings, source).unwrap();
    fs::set_permissions(&settings, fs::Permissions::from_mode(0o644)).unwrap();
    insta::assert_snapshot!(about(&cx, "credentials"), @"
    ok   credentials  its owner alone can read `[HOME]/credentials`
    fail credentials  others can read `[HOME]/config.toml`; say `chmod 600 [HOME]/config.toml`
    ");
}

#[test]
#[cfg(unix)]
fn path_and_shims_are_judged() {
    use std::os::unix::fs::symlink;

    let mut cx = offline_world();
    let shims = cx.rye_home().join("shims");
    let bin = cx.root().join("bin");
    cx.rye(["self", "install", "--yes", "-q"]).succeed();
    insta::assert_snapshot!(about(&cx, "path"), @r#"
    ok   path         `rye` is `[ROOT]/bin/rye`
    warn path         the shims in `[HOME]/shims` are not on `PATH`; put the shims first on `PATH`: say `. "[HOME]/env"` at the end of the shell's profile
    "#);
    assert_eq!(about(&cx, "shims"), "ok   shims        [HOME]/shims");
    // behind another Python
    symlink(&cx.python().path, bin.join("python3")).unwrap();
    cx.set_env("PATH", format!("{}:{}", bin.display(), shims.display()));
    insta::assert_snapshot!(about(&cx, "path"), @r#"
    ok   path         `rye` is `[ROOT]/bin/rye`
    ok   path         `python` is `[HOME]/shims/python`
    warn path         `python3` is `[ROOT]/bin/python3`, before the shim; put the shims first on `PATH`: say `. "[HOME]/env"` at the end of the shell's profile
    "#);
    // that of an activated environment is meant
    cx.set_env(
        "PATH",
        format!("{}:{}:{}", cx.path("v/bin").display(), shims.display(), bin.display()),
    );
    cx.write("v/bin/x", "");
    symlink(&cx.python().path, cx.path("v/bin/python3")).unwrap();
    assert!(about(&cx, "path").contains(
        "warn path         `python3` is `[ROOT]/project/v/bin/python3`, before the shim"
    ));
    let run = cx.rye(["doctor", "--offline"]).env("VIRTUAL_ENV", cx.path("v"));
    let text = lines_of(&cx, "path", run);
    assert!(
        text.contains("ok   path         `python3` is that of the activated environment"),
        "{text}"
    );
    // first, and all is well
    cx.set_env("PATH", format!("{}:{}", shims.display(), bin.display()));
    insta::assert_snapshot!(about(&cx, "path"), @"
    ok   path         `rye` is `[HOME]/shims/rye`
    ok   path         `python` is `[HOME]/shims/python`
    ok   path         `python3` is `[HOME]/shims/python3`
    ");
    // shims that are stale
    fs::remove_file(shims.join("python3")).unwrap();
    fs::remove_file(shims.join("python")).unwrap();
    fs::write(shims.join("python"), "old").unwrap();
    symlink(cx.rye_home().join("tools/x/bin/x"), shims.join("a tool")).unwrap();
    insta::assert_snapshot!(about(&cx, "shims"), @"
    warn shims        the shim `[HOME]/shims/python` is none of this installation; bring them up to date with `rye self install`
    warn shims        the shim `[HOME]/shims/python3` is missing; bring them up to date with `rye self install`
    warn shims        the shim `[HOME]/shims/a tool` leads nowhere; say `rm '[HOME]/shims/a tool'`
    ");
    fs::write(shims.join("rye"), "old").unwrap();
    assert!(about(&cx, "shims").contains("`[HOME]/shims/rye` is another Rye than this one"));
    // and a rye that comes first
    fs::remove_file(bin.join("rye")).unwrap();
    fs::write(cx.path("v/bin/rye"), "#!/bin/sh\n").unwrap();
    fs::set_permissions(cx.path("v/bin/rye"), std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .unwrap();
    cx.set_env("PATH", format!("{}:{}", cx.path("v/bin").display(), bin.display()));
    insta::assert_snapshot!(about(&cx, "path").lines().next().unwrap(), @"warn path         `rye` is `[ROOT]/project/v/bin/rye`, and this one is `[RYE]`; put the directory of the one that you want first on `PATH`, or delete the other");
    cx.set_env("PATH", "");
    assert!(about(&cx, "path").contains("is not on `PATH`"));
    assert!(about(&cx, "git").starts_with("warn git          it is not on `PATH`"));
}

#[test]
#[cfg(unix)]
fn engines_are_started() {
    use std::os::unix::fs::PermissionsExt as _;

    let cx = offline_world();
    let uv = |text: Option<&str>| {
        let path = cx.root().join("uv");
        if let Some(text) = text {
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        lines_of(&cx, "uv", cx.rye(["doctor", "--offline"]).env("RYE_UV", path))
    };
    let found = [
        uv(None),
        uv(Some("#!/bin/sh\necho uv 0.1.0 of old\n")),
        uv(Some("#!/bin/sh\necho; exit 3\n")),
        uv(Some("#!/bin/sh\n")),
        uv(Some("#!/nowhere/at/all\n")),
    ];
    insta::assert_snapshot!(found.join("\n"), @"
    fail uv           `[ROOT]/uv` is no program; say `unset RYE_UV`, or give it the path of another program
    warn uv           `[ROOT]/uv` is 0.1.0, and the pinned version is [UV-VERSION]; say `unset RYE_UV`, or give it the path of another program
    fail uv           `[ROOT]/uv` does not run: `[ROOT]/uv --version` failed (exit status: 3); say `unset RYE_UV`, or give it the path of another program
    fail uv           `[ROOT]/uv` does not tell its version; say `unset RYE_UV`, or give it the path of another program
    fail uv           `[ROOT]/uv` does not run: cannot start `[ROOT]/uv`: No such file or directory (os error 2); say `unset RYE_UV`, or give it the path of another program
    ");
    let run = cx.rye(["doctor", "--offline"]).env_remove("RYE_UV");
    let found = lines_of(&cx, "uv", run);
    assert!(found.contains(", to be fetched from the index when needed"), "{found}");
}

#[test]
fn ways_to_the_network_are_judged() {
    let cx = offline_world();
    let with = |variables: &[(&str, &str)]| {
        let run = cx.rye(["doctor", "--offline"]);
        variables.iter().fold(run, |run, (name, value)| run.env(name, value))
    };
    if cfg!(unix) {
        let run = with(&[
            ("http_proxy", "http://me:secret@proxy:8080"),
            ("HTTP_PROXY", "http://other:8080"),
            ("HTTPS_PROXY", "http://proxy:8080"),
            ("all_proxy", "::"),
            ("NO_PROXY", "localhost,.example.org"),
        ]);
        insta::assert_snapshot!(lines_of(&cx, "proxy", run), @"
        warn proxy        `http_proxy` and `HTTP_PROXY` disagree, and programs take one or the other; say `unset HTTP_PROXY`, or give both the same value
        ok   proxy        `http_proxy` is `http://****@proxy:8080`
        ok   proxy        `HTTP_PROXY` is `http://other:8080`
        ok   proxy        `HTTPS_PROXY` is `http://proxy:8080`
        fail proxy        `all_proxy`: `::` is no proxy's address: builder error: relative URL without a base; write it with its scheme, as in `http://host:8080`
        ok   proxy        `NO_PROXY` is `localhost,.example.org`
        ");
    }
    configure(&cx, "[proxy]\nhttp = '::'\nhttps = 'http://me:secret@proxy:1'\n");
    insta::assert_snapshot!(about(&cx, "proxy"), @"
    fail proxy        `proxy.http` in `config.toml`: `::` is no proxy's address: builder error: relative URL without a base; write it with its scheme, as in `http://host:8080`
    ok   proxy        `proxy.https` in `config.toml` is `http://****@proxy:1`
    ");
    cx.write("certificates.pem", "");
    let file = cx.path("certificates.pem");
    let run = with(&[
        ("SSL_CERT_FILE", file.to_str().unwrap()),
        ("SSL_CERT_DIR", file.to_str().unwrap()),
    ]);
    insta::assert_snapshot!(lines_of(&cx, "certificates", run), @"
    ok   certificates `SSL_CERT_FILE` is `[ROOT]/project/certificates.pem`
    fail certificates `SSL_CERT_DIR` names `[ROOT]/project/certificates.pem`, which is something else; correct it, or say `unset SSL_CERT_DIR`
    ");
    let run = with(&[("SSL_CERT_FILE", "nowhere.pem")]);
    insta::assert_snapshot!(lines_of(&cx, "certificates", run), @"fail certificates `SSL_CERT_FILE` names `[ROOT]/project/nowhere.pem`, which is not there; correct it, or say `unset SSL_CERT_FILE`");
}

#[test]
fn the_index_is_asked_once() {
    let cx = world(TestContext::new);
    let asked = || cx.index().requests().len();
    let index = |url: &str| lines_of(&cx, "index", cx.rye(["doctor"]).env("UV_DEFAULT_INDEX", url));
    let before = asked();
    assert_eq!(lines_of(&cx, "index", cx.rye(["doctor"])), "ok   index        `[INDEX]` answers");
    assert_eq!(asked(), before + 1);
    assert_eq!(about(&cx, "index"), "skip index        `[INDEX]` was not asked");
    assert_eq!(asked(), before + 1);
    let unreachable = index("http://me:secret@127.0.0.1:9/simple/");
    assert!(unreachable.ends_with("the certificates (`SSL_CERT_FILE`)"), "{unreachable}");
    insta::assert_snapshot!(unreachable.split(": error").next().unwrap(), @"fail index        cannot reach `http://****@127.0.0.1:9/simple/pip/`");
    insta::assert_snapshot!(index("ftp://host/"), @"fail index        the source `UV_DEFAULT_INDEX` has no usable URL: `ftp://host/`: `ftp` is no scheme of a source; there are `https://`, `http://` and `file://`");
    insta::assert_snapshot!(index("file:///nowhere/simple/"), @"fail index        `file:///nowhere/simple/` is no directory; correct the URL of the source `default`, or what overrides it");
    configure(&cx, "[[sources]]\nname = 'default'\nurl = 'https://${NOT_SET}/simple/'\n");
    insta::assert_snapshot!(lines_of(&cx, "index", cx.rye(["doctor"])), @"fail index        the URL of the source `default` names the variable `NOT_SET`, which is not set; set `NOT_SET` and try again");
}

#[test]
fn a_python_that_is_not_there_is_told() {
    let cx = offline_world();
    cx.write(".python-version", "3.99\n");
    insta::assert_snapshot!(about(&cx, "python").split(';').next().unwrap(), @"fail python       no Python is known that is `3.99`, as `[ROOT]/project/.python-version` asks");
    cx.write(".python-version", "nonsense\n");
    insta::assert_snapshot!(about(&cx, "python").split(';').next().unwrap(), @"fail python       `[ROOT]/project/.python-version` pins no Python: `nonsense` is no request for a Python: it has no version");
    cx.write(".python-version", "3.98\n");
    cx.write(
        "pyproject.toml",
        "[project]\nname = \"x\"\nversion = \"1\"\nrequires-python = \"<3.10\"\n",
    );
    insta::assert_snapshot!(about(&cx, "python"), @r#"fail python       the Python that `[ROOT]/project/.python-version` asks for, `3.98`, contradicts `requires-python = "<3.10"`; change one of them; `rye pin` keeps them in step"#);
}

#[test]
fn states_of_the_environment_are_told_apart() {
    let cx = world(TestContext::new);
    cx.write_project("demo", &["idna"]);
    let mut told = vec![about(&cx, "environment")];
    cx.rye(["sync", "-q"]).succeed();
    let marker = cx.read(".venv/rye-venv.json");
    cx.write("pyproject.toml", cx.read("pyproject.toml").replace("\"idna\"", "\"flask\""));
    told.push(about(&cx, "environment"));
    let changing = marker.replace("\"state\": \"synced\"", "\"state\": \"changing\"");
    assert_ne!(changing, marker);
    cx.write(".venv/rye-venv.json", changing);
    told.push(about(&cx, "environment"));
    cx.write(".venv/rye-venv.json", marker.replace("/.venv\"", "/elsewhere\""));
    told.push(about(&cx, "environment"));
    fs::remove_file(cx.path(".venv/rye-venv.json")).unwrap();
    told.push(about(&cx, "environment"));
    cx.write(".venv/rye-venv.json", &marker);
    let python =
        cx.path(".venv").join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    fs::remove_file(python).unwrap();
    told.push(about(&cx, "environment"));
    fs::remove_dir_all(cx.path(".venv")).unwrap();
    cx.write(".venv", "");
    told.push(about(&cx, "environment"));
    insta::assert_snapshot!(told.join("\n"), @"
    warn environment  `[ROOT]/project/.venv` is not there yet; make it with `rye sync`
    warn environment  `[ROOT]/project/.venv` is not what the last sync left, or the manifest changed; bring it up to date with `rye sync`
    fail environment  a sync of `[ROOT]/project/.venv` was interrupted, or is under way; complete it with `rye sync`
    warn environment  `[ROOT]/project/.venv` was moved here from `[ROOT]/project/elsewhere`; make it anew with `rye sync`
    warn environment  `[ROOT]/project/.venv` is a virtual environment that Rye did not make; replace it with `rye sync --force`
    fail environment  the interpreter of `[ROOT]/project/.venv` does not work; make it anew with `rye sync`
    fail environment  `[ROOT]/project/.venv` is no directory; move it away or delete it
    ");
}

#[test]
fn freshness_of_the_lockfiles_is_told() {
    let cx = world(TestContext::new);
    cx.write_project("demo", &["idna"]);
    let mut told = vec![about(&cx, "lock")];
    cx.rye(["lock", "-q"]).succeed();
    told.push(about(&cx, "lock"));
    cx.write("pyproject.toml", cx.read("pyproject.toml").replace("\"idna\"", "\"idna<3\""));
    told.push(about(&cx, "lock"));
    cx.write("pyproject.toml", cx.read("pyproject.toml").replace("\"idna<3\",", ""));
    told.push(about(&cx, "lock"));
    cx.write("requirements.lock", "<<<<<<< mine\n");
    told.push(about(&cx, "lock"));
    cx.rye(["lock", "-q"]).fail(1);
    fs::remove_file(cx.path("requirements.lock")).unwrap();
    cx.rye(["lock", "-q"]).succeed();
    let manifest = cx.read("pyproject.toml");
    cx.write(
        "pyproject.toml",
        manifest
            .replace("version =", "dynamic = [\"dependencies\"]\nversion =")
            .replace("dependencies = [\n    \n]\n", ""),
    );
    told.push(about(&cx, "lock"));
    cx.write("pyproject.toml", manifest);
    fs::remove_file(cx.path("requirements.lock")).unwrap();
    told.push(about(&cx, "lock"));
    insta::assert_snapshot!(told.join("\n"), @"
    warn lock         `requirements.lock` is missing; make it with `rye lock`
    ok   lock         the lockfiles are what the manifest asks for
    skip lock         it cannot be told without the network; find it out with `rye lock --check`
    warn lock         `requirements.lock` is not what the manifest asks for; bring it up to date with `rye lock`
    fail lock         the lockfile `[ROOT]/project/requirements.lock` cannot be understood: line 1: `<<<<<<< mine`: a conflict marker of git; settle the merge, or delete the file and run `rye lock`
    skip lock         it cannot be told without a build of the project; find it out with `rye lock --check`
    warn lock         `requirements.lock` is missing; make it with `rye lock`
    ");
}
