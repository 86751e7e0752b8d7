//! `rye self update`

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail the test")]

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::*;

/// Returns a world with an installed rye, and nothing else.
fn world() -> TestContext {
    let cx = TestContext::builder().without_index().without_engine().without_python().build();
    cx.rye(["self", "install", "--yes"]).succeed();
    cx
}

fn shims(cx: &TestContext) -> PathBuf {
    cx.rye_home().join("shims")
}

/// Prepares a run of the installed rye.
fn update<'a>(cx: &TestContext, args: impl IntoIterator<Item = &'a str>) -> Run {
    cx.program(shims(cx).join("rye"), ["self", "update"].into_iter().chain(args))
}

/// What the installed rye says that it is.
fn version(cx: &TestContext) -> String {
    let output = cx.program(shims(cx).join("rye"), ["--version"]).succeed();
    output.stdout.lines().next().unwrap().to_owned()
}

fn is_old(cx: &TestContext) -> bool {
    version(cx) == format!("rye {}", env!("CARGO_PKG_VERSION"))
}

/// Returns a program that says which version it is, and does nothing else.
fn program(version: &str) -> String {
    format!("#!/bin/sh\n[ \"$1\" = --version ] && echo 'rye {version}'\n")
}

/// Returns the name of the file of a release.
fn asset() -> String {
    let arch = match std::env::consts::ARCH {
        "arm" => "armv7",
        "powerpc64" => "ppc64le",
        arch => arch,
    };
    format!("rye-{arch}-{}.gz", std::env::consts::OS)
}

fn packed(content: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content.as_ref()).unwrap();
    encoder.finish().unwrap()
}

/// Adds a release to a directory below the project.
fn release(cx: &TestContext, version: &str, content: impl AsRef<[u8]>) {
    let packed = packed(content);
    let folder = Path::new("releases").join(version);
    cx.write(
        folder.join(format!("{}.sha256", asset())),
        format!("{}  {}\n", sha256(&packed), asset()),
    );
    cx.write(folder.join(asset()), packed);
}

/// Adds a release that works, and makes it the newest one.
fn newest(cx: &TestContext, version: &str) {
    release(cx, version, program(version));
    cx.write("releases/latest", format!("{version}\n"));
}

/// Returns a server with the releases of the project.
fn serve(cx: &TestContext) -> Server {
    let root = cx.path("releases");
    Server::start(move |request| match fs::read(root.join(request.path.trim_start_matches('/'))) {
        Ok(content) => Response::ok("application/octet-stream", content),
        Err(_) => Response::status(404),
    })
}

#[test]
fn the_newest_release_takes_the_place_of_rye() {
    let cx = world();
    newest(&cx, "9.0.0");
    let home = TestContext::fingerprint_of(&cx.rye_home());
    rye_snapshot!(update(&cx, ["--from", "releases"]), @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
       fetching rye 9.0.0
        updated rye [VERSION] → 9.0.0 ([HOME]/shims/rye)
    ");
    assert_eq!(version(&cx), "rye 9.0.0");
    let mode = fs::metadata(shims(&cx).join("rye")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o755);
    // nothing is left, and nothing else changed
    let mut after = TestContext::fingerprint_of(&cx.rye_home());
    after.remove("locks/update.lock");
    let changed: Vec<_> =
        home.iter().filter(|(path, print)| after.get(*path) != Some(*print)).collect();
    assert_eq!(
        changed.into_iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(),
        ["shims/rye"]
    );
    assert_eq!(after.len(), home.len());
    assert_eq!(fs::read_link(shims(&cx).join("python")).unwrap(), Path::new("rye"));
}

#[test]
fn a_server_a_variable_and_a_setting_name_the_place() {
    let cx = world();
    newest(&cx, "9.0.0");
    let server = serve(&cx);
    let url = format!("http://{}", server.host());
    update(&cx, ["--from", &url]).succeed();
    assert_eq!(version(&cx), "rye 9.0.0");
    let paths: Vec<_> = server.requests().into_iter().map(|request| request.path).collect();
    assert_eq!(
        paths,
        ["/latest".to_owned(), format!("/9.0.0/{}", asset()), format!("/9.0.0/{}.sha256", asset())]
    );
    cx.rye(["self", "install", "--yes"]).succeed();
    update(&cx, []).env("RYE_UPDATE_URL", format!("{url}/")).succeed();
    assert_eq!(version(&cx), "rye 9.0.0");
    cx.rye(["self", "install", "--yes"]).succeed();
    // from where the file with the setting is
    cx.rye(["config", "--set", "update.url=../project/releases"]).succeed();
    update(&cx, ["--offline"]).succeed();
    assert_eq!(version(&cx), "rye 9.0.0");
}

#[test]
fn what_breaks_on_the_way_is_tried_again() {
    let cx = world();
    newest(&cx, "9.0.0");
    let server = serve(&cx);
    server.fail_times(1, &format!("/9.0.0/{}", asset()), Fault::CutAt(10));
    let from = format!("http://{}", server.host());
    update(&cx, ["--from", &from]).env("UV_HTTP_RETRIES", "2").succeed();
    assert_eq!(version(&cx), "rye 9.0.0");
}

#[test]
fn what_is_current_stays() {
    let cx = world();
    newest(&cx, env!("CARGO_PKG_VERSION"));
    rye_snapshot!(update(&cx, ["--from", "releases"]), @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        current this is rye [VERSION] already
    ");
    assert!(is_old(&cx));
    rye_snapshot!(update(&cx, ["--from", "releases", "--check"]), @"
    exit: 0
    ----- stdout -----
    this is rye [VERSION] already
    ----- stderr -----
    ");
    cx.write("releases/latest", "0.1.0");
    release(&cx, "0.1.0", program("0.1.0"));
    rye_snapshot!(update(&cx, ["--from", "releases"]), @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        current this is rye [VERSION], newer than the newest release 0.1.0
    ");
    assert!(is_old(&cx));
    // unless that is said
    update(&cx, ["--from", "releases", "--version", "0.1.0"]).succeed();
    assert_eq!(version(&cx), "rye 0.1.0");
}

#[test]
fn force_puts_the_same_release_in_place() {
    let cx = world();
    newest(&cx, env!("CARGO_PKG_VERSION"));
    update(&cx, ["--from", "releases", "--force"]).succeed();
    assert!(fs::read_to_string(shims(&cx).join("rye")).unwrap().starts_with("#!"));
}

#[test]
fn check_only_tells() {
    let cx = world();
    newest(&cx, "9.0.0");
    let home = TestContext::fingerprint_of(&cx.rye_home());
    rye_snapshot!(update(&cx, ["--from", "releases", "--check"]), @"
    exit: 0
    ----- stdout -----
    rye 9.0.0 would take the place of [VERSION]
    ----- stderr -----
    ");
    rye_snapshot!(update(&cx, ["--from", "releases", "--dry-run", "--format", "json"]), @r#"
    exit: 0
    ----- stdout -----
    {
      "schema": 1,
      "current": "[VERSION]",
      "found": "9.0.0",
      "update": true,
      "from": "[ROOT]/project/releases/"
    }
    ----- stderr -----
    "#);
    // whatever program asks
    cx.rye(["self", "update", "--check", "--from", "releases"]).succeed();
    assert_eq!(TestContext::fingerprint_of(&cx.rye_home()), home);
}

#[test]
fn a_program_that_rye_did_not_install_is_left_alone() {
    let mut cx = world();
    newest(&cx, "9.0.0");
    let own = cx.root().join("usr/bin/rye");
    fs::create_dir_all(own.parent().unwrap()).unwrap();
    fs::copy(env!("CARGO_BIN_EXE_rye"), &own).unwrap();
    cx.mask(&own, "[OWN]");
    let run = || cx.program(&own, ["self", "update", "--from", "releases"]);
    rye_snapshot!(run(), @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[OWN]` was not put there by `rye self install`
    hint: update it the way it was installed, or say `rye self install` to have one of your own; `--force` replaces it all the same
    ");
    // a link in the home makes it no other program
    fs::remove_file(shims(&cx).join("rye")).unwrap();
    symlink(&own, shims(&cx).join("rye")).unwrap();
    update(&cx, ["--from", "releases"]).fail(1);
    run().args(["--force"]).succeed();
    assert_eq!(fs::read_to_string(&own).unwrap(), program("9.0.0"));
    assert!(shims(&cx).join("rye").is_symlink());
}

#[test]
fn a_place_that_has_none_is_told() {
    let cx = world();
    rye_snapshot!(update(&cx, []), @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing says where releases of Rye are
    hint: name a directory or a URL with `--from`, or once for all: `rye config --set update.url=…`
    ");
    rye_snapshot!(update(&cx, ["--from", "nowhere"]), @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `nowhere` is no place of releases
    hint: name a directory, or a URL that begins with `https://` or `http://`
    ");
    rye_snapshot!(update(&cx, ["--from", "ftp://me:secret@host/x"]), @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `ftp://****@host/x` is no place of releases
    hint: name a directory, or a URL that begins with `https://` or `http://`
    ");
    fs::create_dir_all(cx.path("releases")).unwrap();
    rye_snapshot!(update(&cx, ["--from", "releases"]), @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/releases/` has no file `latest` that tells the newest release
    hint: check the place, or say which release you want with `--version`
    ");
    cx.write("releases/latest", "<html>");
    rye_snapshot!(update(&cx, ["--from", "releases"]), @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `latest` in `[ROOT]/project/releases/` holds no version
    hint: check the place, or say which release you want with `--version`
    ");
    cx.write("releases/latest", "../../etc");
    update(&cx, ["--from", "releases"]).fail(1);
    rye_snapshot!(update(&cx, ["--from", "releases", "--version", "9.0.0"]), @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/releases/` has no release 9.0.0 for this platform, linux (x86_64)
    hint: check the place and the version
    ");
    rye_snapshot!(update(&cx, ["--from", "http://127.0.0.1:9", "--offline"]), @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `http://127.0.0.1:9/` is not to be asked offline
    hint: take `--offline` away, or name a directory with `--from`
    ");
    let output = update(&cx, ["--from", "http://127.0.0.1:9"]).fail(1);
    assert!(
        output.stderr.starts_with("error: cannot reach `http://127.0.0.1:9/latest`"),
        "{}",
        output.stderr
    );
    let open = update(&cx, ["--from", "http://host.invalid"])
        .env("http_proxy", "http://127.0.0.1:9")
        .fail(1);
    assert!(
        open.stderr.starts_with(
            "warning: what comes from `http://host.invalid/` can be changed on its way"
        ),
        "{}",
        open.stderr
    );
    update(&cx, ["--from", "releases", "--version", "odd"]).fail(2);
    update(&cx, ["--from", "releases", "--format", "json"]).fail(2);
    update(&cx, ["--version", "1.0", "--tag", "1.0"]).fail(2);
    assert!(is_old(&cx));
}

#[test]
fn a_release_that_cannot_be_trusted_replaces_nothing() {
    let cx = world();
    let folder = Path::new("releases/9.0.0");
    let digest = folder.join(format!("{}.sha256", asset()));
    newest(&cx, "9.0.0");
    cx.write(&digest, format!("{}\n", "0".repeat(64)));
    let output = update(&cx, ["--from", "releases"]).fail(1);
    assert!(
        output.stderr.contains("does not have the expected content: sha256 is "),
        "{}",
        output.stderr
    );
    cx.write(&digest, "none");
    let output = update(&cx, ["--from", "releases"]).fail(1);
    assert!(
        output.stderr.contains(".sha256` holds no sha256\nhint: a release has"),
        "{}",
        output.stderr
    );
    fs::remove_file(cx.path(&digest)).unwrap();
    let output = update(&cx, ["--from", "releases"]).fail(1);
    assert!(
        output.stderr.starts_with("error: the release 9.0.0 cannot be checked: "),
        "{}",
        output.stderr
    );
    // what is packed is no program, or none that is meant
    release(&cx, "9.0.0", program("8.0.0"));
    rye_snapshot!(update(&cx, ["--from", "releases"]), @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
       fetching rye 9.0.0
    error: the new program is refused, and nothing was replaced
    caused by: the new program calls itself `rye 8.0.0`, which is not `rye 9.0.0`
    hint: whoever offers these releases has to know
    ");
    release(&cx, "9.0.0", "#!/bin/sh\necho hello\n");
    rye_snapshot!(update(&cx, ["--from", "releases"]), @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
       fetching rye 9.0.0
    error: the new program is refused, and nothing was replaced
    caused by: the new program calls itself `hello`, which is no rye
    hint: whoever offers these releases has to know
    ");
    release(&cx, "9.0.0", "#!/bin/sh\necho broken >&2\nexit 3\n");
    let output = update(&cx, ["--from", "releases"]).fail(1);
    let stderr = &output.stderr;
    assert!(
        stderr.contains("error: the new program is refused, and nothing was replaced\ncaused by: the new program does not run\n"),
        "{stderr}"
    );
    assert!(stderr.contains("\n    broken\n"), "{stderr}");
    cx.write(folder.join(asset()), "not packed");
    cx.write(&digest, sha256(b"not packed"));
    let output = update(&cx, ["--from", "releases"]).fail(1);
    assert!(
        output.stderr.contains("error: cannot unpack the release 9.0.0\n"),
        "{}",
        output.stderr
    );
    assert!(is_old(&cx));
    assert!(
        !fs::read_dir(cx.rye_home())
            .unwrap()
            .any(|entry| { entry.unwrap().file_name().to_string_lossy().starts_with(".update") })
    );
}

#[test]
fn the_old_program_comes_back_if_the_new_one_does_not_run_in_its_place() {
    let cx = world();
    // it runs anywhere but there
    let script = format!(
        "{}case $0 in */shims/*) exit 1;; esac\n",
        program("9.0.0").replace("[ ", "case $0 in */shims/*) exit 1;; esac\n[ ")
    );
    release(&cx, "9.0.0", script);
    let before = fs::metadata(shims(&cx).join("rye")).unwrap().len();
    let output = update(&cx, ["--from", "releases", "--version", "9.0.0"]).fail(1);
    let expected = "error: the new program is refused, and the old one is back in its place\ncaused by: the new program does not run\n";
    assert!(output.stderr.contains(expected), "{}", output.stderr);
    assert!(is_old(&cx));
    assert_eq!(fs::metadata(shims(&cx).join("rye")).unwrap().len(), before);
}

#[test]
fn the_old_program_comes_back_if_a_shim_cannot_be_made() {
    let cx = world();
    newest(&cx, "9.0.0");
    let shim = shims(&cx).join("python");
    fs::remove_file(&shim).unwrap();
    fs::create_dir(&shim).unwrap();
    let output = update(&cx, ["--from", "releases"]).fail(1);
    assert!(output.stderr.contains("error: cannot create the link"), "{}", output.stderr);
    assert!(is_old(&cx));
    fs::remove_dir(&shim).unwrap();
    update(&cx, ["--from", "releases"]).succeed();
    assert_eq!(version(&cx), "rye 9.0.0");
}

#[test]
fn a_killed_update_leaves_a_program_that_works() {
    let cx = world();
    newest(&cx, "9.0.0");
    let server = serve(&cx);
    let from = format!("http://{}", server.host());
    server.fail(
        &format!("/9.0.0/{}", asset()),
        Fault::StallAt(20, std::time::Duration::from_secs(30)),
    );
    let left = || {
        let names = fs::read_dir(cx.rye_home()).unwrap().map(|entry| entry.unwrap().file_name());
        names.filter(|name| name.to_string_lossy().contains("update")).count()
    };
    let ended = update(&cx, ["--from", &from]).kill_when(|| left() > 0);
    assert!(matches!(ended, Ended::Killed));
    assert!(is_old(&cx));
    assert_eq!(left(), 1);
    server.heal();
    update(&cx, ["--from", &from]).succeed();
    assert_eq!(version(&cx), "rye 9.0.0");
    assert_eq!(left(), 0);
    fs::create_dir(cx.rye_home().join(".update.staged-1")).unwrap();
    cx.rye(["self", "uninstall", "--yes"]).succeed();
    assert_eq!(left(), 0);
}

#[test]
fn cargo_builds_a_revision() {
    let cx = world();
    // a cargo that tells what it is asked, and builds a script
    let cargo = cx.root().join("bin/cargo");
    let script = format!(
        "#!/bin/sh\nfor word; do echo \"$word\"; done > {log}\n\
         while [ \"$1\" != --root ]; do shift; done\n\
         mkdir -p \"$2/bin\"; printf '%s' '{program}' > \"$2/bin/rye\"\n",
        log = cx.path("log").display(),
        program = "#!/bin/sh\necho rye 9.1.0.dev0\n",
    );
    fs::write(&cargo, script).unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
    rye_snapshot!(update(&cx, ["--branch", "main"]), @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing says where the repository of Rye is
    hint: name its URL with `--from`, or once for all: `rye config --set update.repository=…`
    ");
    rye_snapshot!(update(&cx, ["--branch", "main", "--from", "https://me:secret@host/rye"]), @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the URL of the repository has credentials in it, which others on this machine could see
    hint: take them out; git asks its credential helpers for them
    ");
    update(&cx, ["--tag", "v9", "--rev", "abc"]).fail(2);
    cx.rye(["config", "--set", "update.repository=https://host/rye"]).succeed();
    let output = update(&cx, ["--branch", "main"]).succeed();
    assert!(output.stderr.contains("→ 9.1.0.dev0"), "{}", output.stderr);
    assert_eq!(version(&cx), "rye 9.1.0.dev0");
    let log = cx.read("log");
    let words: Vec<_> = log.lines().collect();
    assert_eq!(
        words[..6],
        ["install", "--locked", "--git", "https://host/rye", "--branch", "main"]
    );
    assert_eq!(words[8..], ["rye"]);
    // one that fails
    cx.rye(["self", "install", "--yes"]).succeed();
    fs::write(&cargo, "#!/bin/sh\nexit 101\n").unwrap();
    let output = update(&cx, ["--rev", "abc"]).fail(1);
    assert!(
        output.stderr.contains("error: cargo did not build it (exit status: 101)\n"),
        "{}",
        output.stderr
    );
    fs::remove_file(&cargo).unwrap();
    let output = update(&cx, ["--tag", "v9"]).fail(1);
    assert!(
        output.stderr.contains("error: cargo cannot build it\ncaused by: cannot start `cargo`\n"),
        "{}",
        output.stderr
    );
    assert!(is_old(&cx));
}
