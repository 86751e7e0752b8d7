//! `rye publish`

#![expect(clippy::unwrap_used, reason = "what a helper cannot do fails the test")]

use std::fs;
use std::path::PathBuf;

use crate::support::*;
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
fn without_a_token_and_a_terminal_the_flags_are_named() {
    let cx = world();
    cx.rye(["build"]).succeed();
    rye_snapshot!(cx, ["publish", "-r", "corp"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no terminal to ask on: token for http://[HOST]/legacy/
    hint: answer with `RYE_PUBLISH_TOKEN`, `--token`, or `--keyring-provider subprocess`
    ");
    rye_snapshot!(cx, ["publish", "-r", "corp", "--yes"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no token for `http://[HOST]/legacy/`
    hint: give one with `RYE_PUBLISH_TOKEN`, `--token`, or `--keyring-provider subprocess`
    ");
    rye_snapshot!(cx, ["publish", "-r", "corp", "--save"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no terminal to ask on: token for http://[HOST]/legacy/
    hint: answer with `RYE_PUBLISH_TOKEN`, `--token`, or `--keyring-provider subprocess`
    ");
    assert!(!credentials(&cx).exists());
}

#[test]
fn a_stored_token_is_used_for_its_host_alone() {
    let cx = world();
    cx.rye(["build"]).succeed();
    // as 0.44 wrote it
    let url = cx.index().upload_url();
    write_credentials(
        &cx,
        &format!(
            "[mine]\ntoken = \"secret-token\"\nrepository-url = \"{url}\"\nusername = \"__token__\"\n"
        ),
    );
    rye_snapshot!(cx, ["publish", "-r", "mine", "dist/*.whl"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
      uploading demo-0.1.0-py3-none-any.whl
      published 1 file to http://[HOST]/legacy/
    ");
    rye_snapshot!(cx, ["publish", "-r", "mine", "--repository-url", "http://127.0.0.1:9/"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    warning: the token that is stored for `mine` is for another host, and is not used
    error: there is no terminal to ask on: token for http://127.0.0.1:9/
    hint: answer with `RYE_PUBLISH_TOKEN`, `--token`, or `--keyring-provider subprocess`
    ");
    write_credentials(&cx, "[corp]\ntoken = \"secret-token\"\n");
    cx.rye(["publish", "-r", "corp", "dist/*.gz"]).succeed();
    write_credentials(&cx, "[pypi]\ntoken = \"x\"\nrepository-url = \"http://127.0.0.1:9/\"\n");
    rye_snapshot!(cx, ["publish"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `pypi` is the default index, and `http://127.0.0.1:9/` is another one
    hint: give the repository another name: `--repository NAME`
    ");
}

#[test]
fn an_encrypted_token_is_told_from_others() {
    let cx = world();
    cx.rye(["build"]).succeed();
    // `age-encryption.org/v1`, and what follows
    let hex = "6167652d656e6372797074696f6e2e6f72672f76310a2d3e20736372797074";
    write_credentials(&cx, &format!("[corp]\ntoken = \"{hex}\"\n"));
    rye_snapshot!(cx, ["publish", "-r", "corp"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the token of `corp` in `[HOME]/credentials` is encrypted
    hint: Rye encrypts tokens no more: store a new one with `rye publish --save`, or give one with `RYE_PUBLISH_TOKEN`
    ");
    // another one is as good as ever, and takes its place if that is wanted
    rye_snapshot!(publish(&cx, &["--save"]), @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
      uploading demo-0.1.0-py3-none-any.whl
      uploading demo-0.1.0.tar.gz
      published 2 files to http://[HOST]/legacy/
         stored the token in [HOME]/credentials
    ");
    cx.rye(["publish", "-r", "corp", "--skip-existing"]).succeed();
}

#[cfg(unix)]
#[test]
fn a_token_is_stored_when_that_is_wanted_and_for_nobody_else() {
    use std::os::unix::fs::PermissionsExt as _;

    let mut cx = world();
    cx.rye(["build"]).succeed();
    cx.index().fail_times(1, "/legacy/", Fault::Status(500));
    publish(&cx, &["--save"]).fail(1);
    assert!(!credentials(&cx).exists(), "nothing was proved to be right");
    cx.index().heal();
    publish(&cx, &["--skip-existing"]).succeed();
    assert!(!credentials(&cx).exists(), "nobody asked for it");
    write_credentials(&cx, "# mine\n[other]\ntoken = 'x'\n");
    set_mode(&cx, 0o644);
    publish(&cx, &["--skip-existing", "--save"]).succeed();
    let url = cx.index().upload_url();
    cx.mask(url, "[UPLOAD]");
    insta::assert_snapshot!(cx.masked(&fs::read_to_string(credentials(&cx)).unwrap()), @r#"
    # mine
    [other]
    token = 'x'

    [corp]
    token = "secret-token"
    repository-url = "[UPLOAD]"
    username = "__token__"
    "#);
    assert_eq!(fs::metadata(credentials(&cx)).unwrap().permissions().mode() & 0o777, 0o600);
    set_mode(&cx, 0o644);
    rye_snapshot!(cx, ["publish", "-r", "corp", "--skip-existing"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
    warning: others can read `[HOME]/credentials`, which has tokens in it: `chmod 600 [HOME]/credentials`
        skipped demo-0.1.0-py3-none-any.whl, which the index has
        skipped demo-0.1.0.tar.gz, which the index has
        current [UPLOAD] has all of it
    ");
}

#[test]
fn credentials_that_cannot_be_read_are_not_shown() {
    let cx = world();
    cx.rye(["build"]).succeed();
    write_credentials(&cx, "[corp]\ntoken = \"secret\n");
    rye_snapshot!(cx, ["publish", "-r", "corp"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: line 2 of `[HOME]/credentials` is not TOML
    hint: correct it in an editor, or remove the file and store the token again
    ");
    write_credentials(&cx, "[corp]\ntoken = [\"secret\"]\n");
    rye_snapshot!(cx, ["publish", "-r", "corp"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `corp.token` in `[HOME]/credentials` is no text
    hint: correct it in an editor, or remove the file and store the token again
    ");
    write_credentials(&cx, "[corp]\nrepository-url = \"secret\"\n");
    rye_snapshot!(cx, ["publish", "-r", "corp"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `corp.repository-url` in `[HOME]/credentials` is no URL
    hint: correct it in an editor, or remove the file and store the token again
    ");
}

#[cfg(unix)]
#[test]
fn a_token_is_asked_for_without_an_echo_and_offered_to_be_stored() {
    let cx = world();
    cx.rye(["build", "--wheel"]).succeed();
    let shown = cx.on_a_terminal(
        &["publish", "-r", "corp"],
        &[("token for", "secret-token\n"), ("[y/n]", "n\n")],
    );
    assert!(shown.contains("token for http://") && shown.contains("exit: 0"), "{shown}");
    assert!(!shown.contains("secret-token"), "{shown}");
    assert!(!credentials(&cx).exists());
    let args = ["publish", "-r", "corp", "--skip-existing"];
    let shown = cx.on_a_terminal(&args, &[("token for", "secret-token\n"), ("[y/n]", "y\n")]);
    assert!(shown.contains("exit: 0"), "{shown}");
    assert!(fs::read_to_string(credentials(&cx)).unwrap().contains("secret-token"));
    // with `--save` a new one is asked for, whatever is stored
    let args = ["publish", "-r", "corp", "--skip-existing", "--save"];
    let shown = cx.on_a_terminal(&args, &[("token for", "\n")]);
    assert!(shown.contains("error: there is no token for") && shown.contains("exit: 1"), "{shown}");
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

#[test]
fn the_netrc_file_and_the_url_may_have_the_account() {
    let index = Index::standard().with_uploader("me", "pass word");
    let cx = TestContext::builder().index(index).build();
    write_config(&cx, &source(&cx));
    cx.write_project("demo", &[]);
    cx.rye(["build"]).succeed();
    fs::write(cx.home().join(".netrc"), "machine 127.0.0.1 login me password \"pass word\"\n")
        .unwrap();
    cx.rye(["publish", "-r", "corp", "dist/*.whl"]).succeed();
    fs::remove_file(cx.home().join(".netrc")).unwrap();
    let url = cx.index().upload_url().replace("http://", "http://me:pass%20word@");
    let output = cx.rye(["publish", "dist/*.gz", "-v"]).env("UV_PUBLISH_URL", url).succeed();
    assert!(!output.stderr.contains("pass%20word"), "{}", output.stderr);
    let args = ["publish", "-r", "corp", "-u", "me", "--skip-existing"];
    cx.rye(args).env("UV_PUBLISH_PASSWORD", "pass word").succeed();
}

#[cfg(unix)]
#[test]
fn the_keyring_may_have_the_password() {
    use std::os::unix::fs::PermissionsExt as _;

    let cx = world();
    cx.rye(["build", "--wheel"]).succeed();
    let keyring = cx.root().join("bin/keyring");
    fs::write(&keyring, "#!/bin/sh\n[ \"$3\" = __token__ ] && echo secret-token\n").unwrap();
    fs::set_permissions(&keyring, fs::Permissions::from_mode(0o755)).unwrap();
    cx.rye(["publish", "-r", "corp", "--keyring-provider", "subprocess"]).succeed();
    assert_eq!(cx.index().files_of("demo").len(), 1);
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
fn a_token_that_goes_unencrypted_is_warned_of() {
    let cx = world();
    write_dist(&cx, &["demo-0.1.0.tar.gz"]);
    let engine = spy(&cx);
    for (url, is_told) in
        [("http://example.org/legacy/", true), ("https://example.org/legacy/", false)]
    {
        let publish = ["publish", "--repository-url", url, "--token", "secret-token"];
        let output = cx.rye(publish).env("RYE_UV", &engine).succeed();
        assert_eq!(output.stderr.contains("is not encrypted"), is_told, "{}", output.stderr);
    }
}

#[cfg(unix)]
#[test]
fn secrets_reach_the_engine_by_variables_only() {
    let cx = world();
    write_dist(&cx, &["demo-0.1.0.tar.gz"]);
    let engine = spy(&cx);
    let note = |name: &str| fs::read_to_string(cx.root().join(name)).unwrap();
    let args =
        ["publish", "-r", "corp", "--token", "secret-token", "-u", "me", "--skip-existing", "-v"];
    let output = cx.rye(args).env("RYE_UV", &engine).succeed();
    assert!(!output.stderr.contains("secret-token"), "{}", output.stderr);
    insta::assert_snapshot!(cx.masked(&note("arguments")), @"
    --no-config
    --no-progress
    --color=never
    publish
    --trusted-publishing
    never
    --
    [ROOT]/project/dist/demo-0.1.0.tar.gz
    ");
    let variables = note("variables");
    let variable = |name: &str| variables.lines().find(|line| line.contains(&format!(" {name}=")));
    assert!(variable("UV_PUBLISH_PASSWORD").unwrap().contains("secret-token"), "{variables}");
    assert!(variable("UV_PUBLISH_USERNAME").unwrap().contains("me"), "{variables}");
    assert!(variable("UV_PUBLISH_CHECK_URL").unwrap().contains("/simple/"), "{variables}");
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

#[test]
fn a_url_may_have_a_name_alone() {
    let cx = world();
    cx.rye(["build", "--wheel"]).succeed();
    let url = cx.index().upload_url().replace("http://", "http://me@");
    let run = || cx.rye(["publish", "--yes", "--repository-url", &url]);
    let output = run().env("RYE_PUBLISH_TOKEN", "secret-token").fail(1);
    assert!(output.stderr.contains("status code 403"), "{}", output.stderr);
    let output = run().fail(1);
    assert!(output.stderr.contains("error: there is no token for `http"), "{}", output.stderr);
    // another name counts more
    let run = run().args(["--username", "__token__", "--token", "secret-token"]);
    run.succeed();
}

#[test]
fn what_has_no_token_cannot_store_one() {
    let cx = world();
    rye_snapshot!(cx, ["publish", "-r", "corp", "--save", "--trusted-publishing", "always"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `--save` stores a token, and trusted publishing has none to store
    ");
}
