//! `rye publish`

#![expect(clippy::unwrap_used, reason = "what a helper cannot do fails the test")]

use std::fs;
use std::path::PathBuf;

use crate::support::*;

mod credentials;
use crate::workspace::{append, write_member, write_root};

/// Returns a world with a project, and an index that takes uploads with the token `secret-token`.
fn world() -> TestContext {
    let cx = with_uploader();
    cx.write_project("demo", &[]);
    cx
}

fn with_uploader() -> TestContext {
    let index = Index::standard().with_uploader("__token__", "secret-token");
    let cx = TestContext::builder().index(index.with_cache_control("no-cache")).build();
    write_config(&cx, &source(&cx));
    cx
}

fn write_config(cx: &TestContext, text: &str) {
    fs::create_dir_all(cx.rye_home()).unwrap();
    fs::write(cx.rye_home().join("config.toml"), text).unwrap();
}

/// Returns a source that is the index, under the name `corp`.
fn source(cx: &TestContext) -> String {
    let (url, upload) = (cx.index().url(), cx.index().upload_url());
    format!("[[sources]]\nname = \"corp\"\nurl = \"{url}/\"\npublish-url = \"{upload}\"\n")
}

fn credentials(cx: &TestContext) -> PathBuf {
    cx.rye_home().join("credentials")
}

fn write_credentials(cx: &TestContext, text: &str) {
    fs::create_dir_all(cx.rye_home()).unwrap();
    fs::write(credentials(cx), text).unwrap();
    #[cfg(unix)]
    set_mode(cx, 0o600);
}

#[cfg(unix)]
fn set_mode(cx: &TestContext, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(credentials(cx), fs::Permissions::from_mode(mode)).unwrap();
}

/// Prepares `rye publish` to the index with its token.
fn publish(cx: &TestContext, args: &[&str]) -> Run {
    let run = cx.rye(["publish", "-r", "corp"]).args(args);
    run.env("RYE_PUBLISH_TOKEN", "secret-token")
}

/// Writes empty files that are called like distributions.
fn write_dist(cx: &TestContext, names: &[&str]) {
    for name in names {
        cx.write(format!("dist/{name}"), "");
    }
}

#[test]
fn what_was_built_is_published_and_can_be_installed() {
    let cx = world();
    cx.rye(["build"]).succeed();
    rye_snapshot!(publish(&cx, &[]), @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
      uploading demo-0.1.0-py3-none-any.whl
      uploading demo-0.1.0.tar.gz
      published 2 files to http://[HOST]/legacy/
    ");
    assert_eq!(cx.index().files_of("demo"), ["demo-0.1.0-py3-none-any.whl", "demo-0.1.0.tar.gz"]);
    fs::create_dir(cx.path("other")).unwrap();
    cx.write(
        "other/pyproject.toml",
        "[project]\nname = \"other\"\nversion = \"1\"\n\n[tool.rye]\nvirtual = true\n",
    );
    cx.rye(["add", "demo"]).current_dir(cx.path("other")).succeed();
    assert!(cx.read("other/requirements.lock").contains("demo==0.1.0"));
}

#[test]
fn only_the_current_version_is_published() {
    let cx = world();
    rye_snapshot!(publish(&cx, &[]), @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/dist` has no distribution of `demo` 0.1.0
    hint: build it with `rye build`, or name the files
    ");
    write_dist(
        &cx,
        &["demo-0.0.9.tar.gz", "demo-0.0.10-py3-none-any.whl", "else-0.1.0.tar.gz", "notes.txt"],
    );
    rye_snapshot!(publish(&cx, &[]), @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/dist` has no distribution of `demo` 0.1.0
    hint: build it with `rye build`; to publish 0.0.9, 0.0.10, name the files
    ");
    cx.rye(["build", "--wheel"]).succeed();
    rye_snapshot!(publish(&cx, &[]), @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
       left out 3 files of other projects or versions
      uploading demo-0.1.0-py3-none-any.whl
      published 1 file to http://[HOST]/legacy/
    ");
    assert_eq!(cx.index().files_of("demo"), ["demo-0.1.0-py3-none-any.whl"]);
    // a version that a build makes up is asked for
    let manifest =
        cx.read("pyproject.toml").replace("version = \"0.1.0\"", "dynamic = [\"version\"]");
    cx.write("pyproject.toml", manifest);
    cx.write("src/demo/__init__.py", "__version__ = '0.2.0'\n");
    let output = publish(&cx, &[]).fail(1);
    assert!(output.stderr.contains("has no distribution of `demo` 0.2.0\n"), "{}", output.stderr);
}

#[test]
fn files_can_be_named_outside_of_projects() {
    let cx = world();
    cx.rye(["build", "--out", "di[s]t"]).succeed();
    fs::rename(cx.path("di[s]t"), cx.root().join("di[s]t")).unwrap();
    let outside = |args: &[&str]| publish(&cx, args).current_dir(cx.root());
    fs::write(cx.root().join("di[s]t/.gitignore"), "*\n").unwrap();
    rye_snapshot!(outside(&["di[s]t/demo-0.1.0.tar.gz"]), @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
      uploading demo-0.1.0.tar.gz
      published 1 file to http://[HOST]/legacy/
    ");
    rye_snapshot!(outside(&["di*/demo*", "di[s]t/demo-0.1.0.tar.gz", "--skip-existing"]), @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
      uploading demo-0.1.0-py3-none-any.whl
        skipped demo-0.1.0.tar.gz, which the index has
      published 1 file to http://[HOST]/legacy/
    ");
    rye_snapshot!(outside(&["dist/*"]), @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no file `dist/*`
    hint: build it with `rye build`
    ");
    rye_snapshot!(outside(&["di[s]t"]), @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `di[s]t` is neither a wheel nor an sdist
    hint: name `.whl` and `.tar.gz` files, such as `dist/*`
    ");
    rye_snapshot!(outside(&["di[s]t/.gitignore"]), @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `di[s]t/.gitignore` is neither a wheel nor an sdist
    hint: name `.whl` and `.tar.gz` files, such as `dist/*`
    ");
    rye_snapshot!(outside(&[]), @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no `pyproject.toml` in `[ROOT]` or above it
    hint: start a project with `rye init`
    ");
    rye_snapshot!(outside(&["x.whl", "--all"]), @"
    exit: 2
    ----- stdout -----
    ----- stderr -----
    error: the argument '[DIST]...' cannot be used with '--all'

    Usage: rye publish --repository <NAME> <DIST>...

    For more information, try '--help'.
    ");
}

#[test]
fn what_the_index_has_is_an_error_or_left_out() {
    let cx = world();
    cx.rye(["build"]).succeed();
    publish(&cx, &[]).succeed();
    rye_snapshot!(publish(&cx, &[]), @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
      uploading demo-0.1.0-py3-none-any.whl
    error: cannot publish to `http://[HOST]/legacy/`
    caused by: Failed to publish `dist/demo-0.1.0-py3-none-any.whl` to `http://[HOST]/legacy/`
      cause: Server returned status code 400 Bad Request. Server says: File already exists
    hint: raise the version with `rye version --bump patch`; what the index has as it is here can be left out: `--skip-existing`
    ");
    rye_snapshot!(publish(&cx, &["--skip-existing"]), @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        skipped demo-0.1.0-py3-none-any.whl, which the index has
        skipped demo-0.1.0.tar.gz, which the index has
        current http://[HOST]/legacy/ has all of it
    ");
    // another file of the same name is not what the index has
    cx.write("src/demo/__init__.py", "changed = True\n");
    cx.rye(["build"]).succeed();
    let output = publish(&cx, &["--skip-existing"]).fail(1);
    assert!(
        output.stderr.contains("do not match for `demo-0.1.0-py3-none-any.whl`"),
        "{}",
        output.stderr
    );
    assert!(output.stderr.contains("hint: raise the version"), "{}", output.stderr);
}

#[test]
fn an_upload_that_broke_off_is_taken_up_again() {
    let cx = world();
    cx.rye(["build"]).succeed();
    cx.index().fail_times(1, "/legacy/", Fault::Status(500));
    let output = publish(&cx, &[]).fail(1);
    assert!(output.stderr.contains("error: cannot publish"), "{}", output.stderr);
    cx.index().heal();
    publish(&cx, &["--skip-existing"]).succeed();
    assert_eq!(cx.index().files_of("demo").len(), 2);
}

#[test]
fn a_dry_run_uploads_nothing_and_needs_no_token() {
    let cx = world();
    cx.rye(["build"]).succeed();
    let run = || cx.rye(["publish", "-r", "corp", "--dry-run"]);
    rye_snapshot!(run(), @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
    would upload demo-0.1.0-py3-none-any.whl
    would upload demo-0.1.0.tar.gz
    ");
    assert_eq!(cx.index().files_of("demo"), [] as [&str; 0]);
    publish(&cx, &["dist/demo-0.1.0.tar.gz"]).succeed();
    rye_snapshot!(run().args(["--skip-existing"]), @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
    would upload demo-0.1.0-py3-none-any.whl
        skipped demo-0.1.0.tar.gz, which the index has
    ");
}

#[test]
fn members_are_published_together_or_one_by_one() {
    let cx = with_uploader();
    write_root(&cx, &["core", "app"]);
    write_member(&cx, "core", "core", &[]);
    write_member(&cx, "app", "app", &["core"]);
    rye_snapshot!(publish(&cx, &[]), @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
        skipped root, which is virtual
    error: there is nothing to publish: what is meant is virtual
    hint: publish all members with `--all`, or some with `--package`
    ");
    cx.rye(["build", "--all", "--sdist"]).succeed();
    rye_snapshot!(publish(&cx, &["-p", "app"]), @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
       left out 1 file of another project or version
      uploading app-0.1.0.tar.gz
      published 1 file to http://[HOST]/legacy/
    ");
    rye_snapshot!(publish(&cx, &["--all", "--skip-existing"]), @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        skipped root, which is virtual
        skipped app-0.1.0.tar.gz, which the index has
      uploading core-0.1.0.tar.gz
      published 1 file to http://[HOST]/legacy/
    ");
    rye_snapshot!(publish(&cx, &["-p", "apq"]), @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the workspace has no member `apq`
    hint: did you mean `app`?
    ");
    cx.rye(["version", "-p", "core", "--bump", "minor"]).succeed();
    rye_snapshot!(publish(&cx, &["--all", "--skip-existing"]), @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
        skipped root, which is virtual
    error: `[ROOT]/project/dist` has no distribution of `core` 0.2.0
    hint: build it with `rye build`; to publish 0.1.0, name the files
    ");
}

#[test]
fn a_repository_has_to_be_known() {
    let cx = world();
    write_dist(&cx, &["demo-0.1.0.tar.gz"]);
    rye_snapshot!(cx, ["publish", "-r", "crop", "--token", "x"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no repository `crop`, and no URL is given for it
    hint: did you mean `corp`?
    ");
    rye_snapshot!(cx, ["publish", "-r", "nobody", "--token", "x"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no repository `nobody`, and no URL is given for it
    hint: name its URL with `--repository-url`, or as `publish-url` of a source of that name
    ");
    rye_snapshot!(cx, ["publish", "-r", "pypi", "--repository-url", "http://me:pw@127.0.0.1:9/", "--token", "x"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `pypi` is the default index, and `http://****@127.0.0.1:9/` is another one
    hint: give the repository another name: `--repository NAME`
    ");
    rye_snapshot!(cx, ["publish", "--repository-url", "me:pw@host/legacy", "--token", "x"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `****@host/legacy` is no URL of an index
    caused by: relative URL without a base
    hint: begin it with `https://` or `http://`
    ");
    rye_snapshot!(cx, ["publish", "--repository-url", "ftp://host/", "--token", "x"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `ftp://host/` is no URL of an index
    caused by: `ftp` is no scheme of a source
    hint: begin it with `https://` or `http://`
    ");
    rye_snapshot!(cx, ["publish", "--repository-url", "http://127.0.0.1:9/", "--token", "x", "--skip-existing"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: it is not known which index shows what `http://127.0.0.1:9/` has already
    hint: name the index with `--check-url`
    ");
    rye_snapshot!(cx, ["publish", "--repository-url", "http://127.0.0.1:9/", "--token", "x", "--save"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: what is stored needs the name of a repository
    hint: name it with `--repository NAME`
    ");
    assert_eq!(cx.index().requests().len(), 0);
}

#[test]
fn a_repository_can_be_a_url() {
    let cx = world();
    cx.rye(["build"]).succeed();
    let url = cx.index().upload_url();
    cx.rye(["publish", "--repository-url", &url, "--token", "secret-token", "dist/*.whl"])
        .succeed();
    let run = cx.rye(["publish", "dist/*.gz"]).env("UV_PUBLISH_URL", &url);
    run.env("UV_PUBLISH_TOKEN", "secret-token").succeed();
    assert_eq!(cx.index().files_of("demo").len(), 2);
    let check = cx.index().url();
    let args = ["publish", "--repository-url", &url, "--skip-existing", "--check-url", &check];
    cx.rye(args).env("RYE_PUBLISH_TOKEN", "secret-token").succeed();
}

#[test]
fn a_wrong_token_and_a_dead_index_are_told() {
    let cx = world();
    cx.rye(["build", "--wheel"]).succeed();
    rye_snapshot!(publish(&cx, &["--token", "wrong-secret"]), @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
      uploading demo-0.1.0-py3-none-any.whl
    error: cannot publish to `http://[HOST]/legacy/`
    caused by: Failed to publish `dist/demo-0.1.0-py3-none-any.whl` to `http://[HOST]/legacy/`
      cause: Server returned status code 403 Forbidden. Server says: Invalid or non-existent authentication information.
    hint: check the token, and whether it is for this project and this index
    ");
    let output = cx
        .rye(["publish", "--repository-url", "http://127.0.0.1:9/", "--token", "my-secret"])
        .fail(1);
    assert!(output.stderr.contains("hint: check the network"), "{}", output.stderr);
    assert!(!output.stderr.contains("my-secret"), "{}", output.stderr);
    // as when the URL is that of the index
    let url = cx.index().url();
    let output = cx.rye(["publish", "--repository-url", &url, "--token", "x"]).fail(1);
    assert!(output.stderr.contains("hint: check the URL"), "{}", output.stderr);
}

#[test]
fn what_is_gone_is_told() {
    let cx = world();
    rye_snapshot!(cx, ["publish", "--sign"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `--sign` and `--identity` are gone: indexes take no signatures any more, only attestations, which lie beside the files
    ");
    cx.rye(["publish", "-i", "me"]).fail(1);
    write_dist(&cx, &["demo-0.1.0.tar.gz"]);
    rye_snapshot!(publish(&cx, &["--cert", "nowhere.pem"]), @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot find `[ROOT]/project/nowhere.pem`
    caused by: No such file or directory (os error 2)
    ");
    rye_snapshot!(publish(&cx, &["--check-url", "http://127.0.0.1:9/"]), @"
    exit: 2
    ----- stdout -----
    ----- stderr -----
    error: the following required arguments were not provided:
      --skip-existing

    Usage: rye publish --skip-existing --repository <NAME> --check-url <URL> [DIST]...

    For more information, try '--help'.
    ");
    rye_snapshot!(cx.rye(["publish"]).current_dir(cx.root()), @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no `pyproject.toml` in `[ROOT]` or above it
    hint: start a project with `rye init`
    ");
}

/// Puts a program in the place of the engine that notes its arguments and variables in two files.
#[cfg(unix)]
fn spy(cx: &TestContext) -> PathBuf {
    use std::os::unix::fs::PermissionsExt as _;

    let path = cx.root().join("spy");
    let notes = cx.root().display();
    let script = format!(
        "#!/bin/sh\nprintf '%s\\n' \"$@\" > '{notes}/arguments'\nexport -p > '{notes}/variables'\n"
    );
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[cfg(unix)]
#[test]
fn without_a_name_it_goes_to_the_default_index() {
    let cx = world();
    write_dist(&cx, &["demo-0.1.0.tar.gz"]);
    cx.write("cert.pem", "");
    let engine = spy(&cx);
    let note = |name: &str| fs::read_to_string(cx.root().join(name)).unwrap();
    let default = |name: &str| {
        let path = format!("{}/data/default-{name}.txt", env!("CARGO_MANIFEST_DIR"));
        fs::read_to_string(path).unwrap().trim_end().to_owned()
    };
    let run = || cx.rye(["publish"]).env("RYE_UV", &engine);
    run().args(["--token", "x", "--skip-existing", "--cert", "cert.pem"]).succeed();
    let variables = note("variables");
    for (name, value) in [
        ("UV_PUBLISH_URL", default("upload")),
        ("UV_PUBLISH_CHECK_URL", default("index")),
        ("SSL_CERT_FILE", cx.path("cert.pem").display().to_string()),
    ] {
        let line = variables.lines().find(|line| line.contains(&format!(" {name}=")));
        assert!(line.is_some_and(|line| line.contains(&value)), "{name}: {variables}");
    }
    assert!(note("arguments").contains("--trusted-publishing\nnever\n"));
    // a service that is known may vouch for the upload, and nobody is asked for a token then
    run().env("GITHUB_ACTIONS", "true").succeed();
    assert!(note("arguments").contains("--trusted-publishing\nautomatic\n"));
    run().args(["--trusted-publishing", "always"]).succeed();
    assert!(note("arguments").contains("--trusted-publishing\nalways\n"));
    run().args(["--trusted-publishing", "never"]).env("GITHUB_ACTIONS", "true").fail(1);
}

#[cfg(unix)]
#[test]
fn attestations_go_with_their_files() {
    let cx = world();
    let names = [
        "demo-0.1.0.tar.gz",
        "demo-0.1.0.tar.gz.publish.attestation",
        "demo-0.0.9.tar.gz.publish.attestation",
    ];
    write_dist(&cx, &names);
    let engine = spy(&cx);
    let output = publish(&cx, &[]).env("RYE_UV", &engine).succeed();
    // what is built needs no token: it stands in one variable only
    let variables = fs::read_to_string(cx.root().join("variables")).unwrap();
    assert_eq!(variables.matches("secret-token").count(), 1, "{variables}");
    assert!(output.stderr.contains("published 1 file to"), "{}", output.stderr);
    let arguments = fs::read_to_string(cx.root().join("arguments")).unwrap();
    let files: Vec<_> = arguments.lines().filter_map(|line| line.rsplit_once("/dist/")).collect();
    let files: Vec<_> = files.iter().map(|(_, name)| *name).collect();
    assert_eq!(files, names[..2]);
}

#[test]
fn the_manifest_may_name_the_repository() {
    let cx = world();
    let text = source(&cx).replace("[[sources]]", "\n[[tool.rye.sources]]").replace("corp", "own");
    append(&cx, "pyproject.toml", &text);
    cx.rye(["build", "--wheel"]).succeed();
    // but not where a token goes that is stored for nothing but a name
    write_credentials(&cx, "[own]\ntoken = \"secret-token\"\n");
    let output = cx.rye(["publish", "-r", "own"]).fail(1);
    assert!(output.stderr.contains("is for another host"), "{}", output.stderr);
    cx.rye(["publish", "-r", "own", "--token", ""]).fail(1);
    cx.rye(["publish", "-r", "own"]).env("RYE_PUBLISH_TOKEN", " secret-token\n").succeed();
    assert_eq!(cx.index().files_of("demo").len(), 1);
}
