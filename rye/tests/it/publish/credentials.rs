//! In whose name `rye publish` uploads.

use super::*;

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
