//! The engine: how uv gets here, and what happens when it cannot.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use crate::support::*;

/// The page that the engine is looked for on.
const PAGE: &str = "/simple/uv/";

/// Returns a world that has no engine yet, and whose index has these distributions.
fn world(index: Index) -> TestContext {
    masked(TestContext::builder().without_engine().without_python().index(index).build())
}

/// Returns a world that has no index.
fn lonely_world() -> TestContext {
    masked(TestContext::builder().without_engine().without_index().build())
}

fn masked(mut cx: TestContext) -> TestContext {
    cx.mask(&engine().version, "[UV-VERSION]");
    cx
}

/// Returns an index with the real wheel; without a network there may be none, and the test returns.
fn with_wheel() -> Option<Index> {
    Some(Index::new().with(engine_wheel()?.clone()))
}

/// Returns a file of the wheel's name that is something else.
fn impostor() -> Distribution {
    Distribution::raw(&engine_wheel_name(), *b"this is no wheel at all")
}

fn file_path() -> String {
    format!("/files/{}", engine_wheel_name())
}

/// Prepares the cheapest command that needs the engine.
fn rye(cx: &TestContext) -> Run {
    cx.rye(["uv", "--", "--version"])
}

fn program(cx: &TestContext) -> PathBuf {
    cx.rye_home().join("uv").join(&engine().version).join(exe("uv"))
}

/// Runs rye, which must succeed with the engine and leave nothing but that.
#[track_caller]
fn works(cx: &TestContext) -> Output {
    let output = rye(cx).succeed();
    assert!(output.stdout.starts_with(&format!("uv {}", engine().version)), "{}", output.stdout);
    let names: Vec<_> =
        TestContext::fingerprint_of(&cx.rye_home().join("uv")).into_keys().collect();
    let version = &engine().version;
    let expected = [
        format!("{version}/"),
        format!("{version}/record.json"),
        format!("{version}/{}", exe("uv")),
    ];
    assert_eq!(names, expected);
    output
}

/// Runs rye, which must fail for want of an engine and leave nothing of one.
#[track_caller]
fn fails(cx: &TestContext) -> Output {
    let output = rye(cx).fail(1);
    assert_eq!(output.stdout, "");
    assert!(
        output.stderr.starts_with("error: cannot fetch uv")
            || output.stderr.contains("\nerror: cannot fetch uv"),
        "{}",
        output.stderr
    );
    assert!(output.stderr.contains("\ncaused by: "), "{}", output.stderr);
    let left = TestContext::fingerprint_of(&cx.rye_home());
    let left: Vec<_> = left.keys().filter(|path| !path.starts_with("locks/")).collect();
    assert!(left.is_empty() || left == ["uv/"], "{left:?}");
    output
}

fn count(index: &RunningIndex, path: &str) -> usize {
    index.requests().iter().filter(|request| request.path == path).count()
}

#[test]
fn the_engine_is_fetched_once() {
    let Some(index) = with_wheel() else { return };
    let cx = world(index);
    let output = works(&cx);
    assert_eq!(output.stderr.trim(), format!("fetching uv {}", engine().version));
    assert_eq!(works(&cx).stderr, "");
    assert_eq!(count(cx.index(), PAGE), 1);
    assert_eq!(count(cx.index(), &file_path()), 1);
    let output = cx.rye(["--version"]).succeed();
    assert!(output.stdout.contains(&*program(&cx).to_string_lossy()), "{}", output.stdout);
}

#[test]
fn version_tells_where_the_engine_will_come_from() {
    let cx = world(Index::new());
    let output = cx.rye(["--version"]).succeed();
    assert!(output.stdout.contains("to be fetched from the index"), "{}", output.stdout);
    assert_eq!(cx.index().requests().len(), 0);
    assert!(!cx.rye_home().exists());
}

#[test]
fn a_damaged_engine_is_noticed_and_replaced() {
    let Some(index) = with_wheel() else { return };
    let cx = world(index);
    works(&cx);
    let program = program(&cx);
    let record = program.with_file_name("record.json");
    let cut = |path: &PathBuf| {
        let file = fs::OpenOptions::new().write(true).open(path).unwrap();
        file.set_len(file.metadata().unwrap().len() / 2).unwrap();
    };
    cut(&program);
    works(&cx);
    cut(&record);
    works(&cx);
    fs::remove_file(&program).unwrap();
    works(&cx);
    assert_eq!(count(cx.index(), &file_path()), 4);
}

#[test]
fn what_a_killed_process_left_goes_away() {
    let Some(index) = with_wheel() else { return };
    let cx = world(index);
    let parent = cx.rye_home().join("uv");
    let staged = || {
        let entries = fs::read_dir(&parent).into_iter().flatten().map_while(Result::ok);
        entries.map(|entry| entry.path()).find(|path| path.join(exe("uv")).exists())
    };
    // at the first sign of it, with the program half unpacked, and while the wheel is on its way
    assert_eq!(rye(&cx).kill_when(|| staged().is_some()), Ended::Killed);
    assert!(staged().is_some());
    let grown = || {
        let program = staged().map(|path| path.join(exe("uv")));
        program.is_some_and(|path| path.metadata().is_ok_and(|file| file.len() > 1_000_000))
    };
    assert_eq!(rye(&cx).kill_when(grown), Ended::Killed);
    cx.index().fail_times(1, &file_path(), Fault::Stall(Duration::from_secs(5)));
    cx.index().clear_requests();
    let asked = || count(cx.index(), &file_path()) > 0;
    assert_eq!(rye(&cx).kill_when(asked), Ended::Killed);
    works(&cx);
    let home = TestContext::fingerprint_of(&cx.rye_home());
    assert!(
        home.keys().all(|path| path.starts_with("uv/") || path.starts_with("locks/")),
        "{home:?}"
    );
}

#[test]
fn two_processes_at_once_fetch_it_once() {
    let Some(index) = with_wheel() else { return };
    let cx = world(index);
    cx.index().fail(&file_path(), Fault::Stall(Duration::from_millis(500)));
    let outputs = thread::scope(|scope| {
        let runs = [(); 3].map(|()| {
            let run = rye(&cx);
            scope.spawn(move || run.run())
        });
        runs.map(|run| run.join().unwrap())
    });
    for output in &outputs {
        assert!(output.status.success(), "{}", output.snapshot());
    }
    let waited = outputs.iter().filter(|output| output.stderr.contains("waiting for another rye"));
    assert_eq!(waited.count(), 2);
    assert_eq!(count(cx.index(), &file_path()), 1);
}

#[test]
fn a_download_that_goes_wrong_leaves_nothing_and_the_next_one_works() {
    let Some(index) = with_wheel() else { return };
    let cx = world(index);
    for (fault, reason) in [
        (Fault::Cut, "broke off"),
        (Fault::Short, "broke off"),
        (Fault::Overlong, "broke off"),
        (Fault::Corrupt, "does not have the expected content"),
    ] {
        cx.index().fail(&file_path(), fault);
        let output = fails(&cx);
        assert!(output.stderr.contains(reason), "{fault:?}: {}", output.stderr);
        assert!(output.stderr.contains("\nhint: "), "{fault:?}: {}", output.stderr);
        cx.index().heal();
    }
    works(&cx);
}

#[test]
fn a_refusal_leaves_nothing_and_has_a_hint() {
    let cx = world(Index::new().with(impostor()));
    for path in [PAGE, &file_path()] {
        for (status, hint) in [
            (401, "credentials"),
            (403, "credentials"),
            (404, "index"),
            (429, "index"),
            (500, "index"),
            (503, "index"),
        ] {
            cx.index().fail(path, Fault::Status(status));
            let output = fails(&cx);
            assert!(output.stderr.contains(&status.to_string()), "{}", output.stderr);
            let hints = output.stderr.lines().find(|line| line.starts_with("hint: "));
            assert!(hints.is_some_and(|line| line.contains(hint)), "{}", output.stderr);
            cx.index().heal();
        }
    }
    cx.index().fail(PAGE, Fault::Status(401));
    rye_snapshot!(rye(&cx), @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
       fetching uv [UV-VERSION]
    error: cannot fetch uv [UV-VERSION]
    caused by: `[INDEX]/uv/` answers 401 Unauthorized
    hint: put the credentials into the URL, the `username` and `password` of its source, or `~/.netrc`
    ");
}

#[test]
fn a_file_that_is_something_else_is_refused() {
    let cx = world(Index::new().with(impostor()));
    fails(&cx);
    let long = vec![0; 64 * 1024 * 1024];
    let cx = world(Index::new().with(Distribution::raw(&engine_wheel_name(), long)));
    let output = fails(&cx);
    assert!(output.stderr.contains("does not have the expected content"), "{}", output.stderr);
}

#[test]
fn a_page_that_breaks_off_or_lacks_the_file_is_told() {
    let cx = world(Index::new().with(Wheel::new("uv", "0.0.1")));
    let output = fails(&cx);
    assert!(output.stderr.contains(&engine_wheel_name()), "{}", output.stderr);
    cx.index().fail(PAGE, Fault::Cut);
    fails(&cx);
    cx.index().fail(PAGE, Fault::Short);
    fails(&cx);
}

#[test]
fn an_index_that_is_down_is_told() {
    let mut cx = lonely_world();
    cx.set_env("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple/");
    fails(&cx);
    rye_snapshot!(rye(&cx), @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
       fetching uv [UV-VERSION]
    error: cannot fetch uv [UV-VERSION]
    caused by: cannot reach `http://127.0.0.1:9/simple/uv/`
    caused by: error sending request
    caused by: client error (Connect)
    caused by: tcp connect error
    caused by: Connection refused (os error 111)
    hint: check the network, the proxy (`https_proxy`) and the certificates (`SSL_CERT_FILE`)
    ");
    cx.set_env("UV_DEFAULT_INDEX", "no url");
    rye_snapshot!(rye(&cx), @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the source `UV_DEFAULT_INDEX` has no usable URL: `no url`
    caused by: relative URL without a base
    hint: write it with its scheme, such as `https://`
    ");
}

#[test]
fn an_older_index_and_a_directory_of_files_will_do() {
    let Some(index) = with_wheel() else { return };
    let cx = world(index.only_html());
    works(&cx);
    let mut cx = lonely_world();
    cx.set_env("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple/");
    let links = cx.root().join("links");
    fs::create_dir_all(&links).unwrap();
    fs::write(links.join(engine_wheel_name()), &engine_wheel().unwrap().bytes).unwrap();
    fs::create_dir_all(cx.rye_home()).unwrap();
    let source = format!("[[sources]]\nname = \"disk\"\nurl = {links:?}\ntype = \"find-links\"\n");
    fs::write(cx.rye_home().join("config.toml"), source).unwrap();
    works(&cx);
}

#[test]
fn the_indexes_have_an_order() {
    let mut cx = lonely_world();
    let indexes = [(); 4].map(|()| Index::new().serve());
    let [configured, uv, old_uv, pip] = &indexes;
    cx.set_env("UV_DEFAULT_INDEX", uv.url());
    cx.set_env("UV_INDEX_URL", old_uv.url());
    cx.set_env("PIP_INDEX_URL", pip.url());
    fs::create_dir_all(cx.rye_home()).unwrap();
    let source = format!("[[sources]]\nname = \"default\"\nurl = {:?}\n", configured.url());
    fs::write(cx.rye_home().join("config.toml"), source).unwrap();
    for expected in 0..indexes.len() {
        rye(&cx).fail(1);
        let asked: Vec<_> = indexes.iter().map(|index| count(index, PAGE)).collect();
        let mut wanted = vec![0; indexes.len()];
        wanted[expected] = 1;
        assert_eq!(asked, wanted);
        for index in &indexes {
            index.clear_requests();
        }
        match expected {
            0 => fs::remove_file(cx.rye_home().join("config.toml")).unwrap(),
            1 => cx.set_env("UV_DEFAULT_INDEX", ""),
            _ => cx.set_env("UV_INDEX_URL", ""),
        }
    }
}

#[test]
fn a_further_index_is_asked_when_the_first_has_nothing() {
    let Some(index) = with_wheel() else { return };
    let cx = world(Index::new());
    let other = index.serve();
    fs::create_dir_all(cx.rye_home()).unwrap();
    let source = format!("[[sources]]\nname = \"other\"\nurl = {:?}\n", other.url());
    fs::write(cx.rye_home().join("config.toml"), source).unwrap();
    rye(&cx).succeed();
    assert_eq!((count(cx.index(), PAGE), count(&other, PAGE)), (1, 1));
}

const SECRET: &str = "s3cret-%+word";

#[track_caller]
fn keeps_the_secret(cx: &TestContext, encoded: &str) {
    for args in [&["uv", "--", "--version"][..], &["--verbose", "uv", "--", "--version"]] {
        cx.index().clear_requests();
        let output = cx.rye(args).fail(1);
        // the page was given, and so was the file
        assert_eq!(count(cx.index(), &file_path()), 1, "{}", output.stderr);
        for secret in [SECRET, encoded, "bWU6"] {
            assert!(!(output.stdout.clone() + &output.stderr).contains(secret));
        }
    }
}

#[test]
fn credentials_are_sent_and_never_shown() {
    let index = || Index::new().with(impostor()).with_login("me", SECRET);
    let encoded = "s3cret-%25%2Bword";
    // in the URL of the index
    let mut cx = world(index());
    let url = format!("http://me:{encoded}@{}/simple/", cx.index().host());
    cx.set_env("UV_DEFAULT_INDEX", &url);
    keeps_the_secret(&cx, encoded);
    // in a source of the configuration
    let cx = world(index());
    fs::create_dir_all(cx.rye_home()).unwrap();
    let config = cx.rye_home().join("config.toml");
    let source = format!(
        "[[sources]]\nname = \"default\"\nurl = {:?}\nusername = \"me\"\npassword = {SECRET:?}\n",
        cx.index().url()
    );
    fs::write(&config, source).unwrap();
    keeps_the_secret(&cx, encoded);
    // in the files of netrc
    for variable in [false, true] {
        let mut cx = world(index());
        let path = if variable { cx.root().join("my netrc") } else { cx.home().join(".netrc") };
        fs::write(&path, format!("machine 127.0.0.1 login me password {SECRET}\n")).unwrap();
        if variable {
            cx.set_env("NETRC", &path);
        }
        keeps_the_secret(&cx, encoded);
    }
    // wrong ones are not shown either
    let mut cx = world(index());
    let url = format!("http://me:wrong-{encoded}@{}/simple/", cx.index().host());
    cx.set_env("UV_DEFAULT_INDEX", &url);
    let output = fails(&cx);
    assert!(!output.stderr.contains("wrong-"), "{}", output.stderr);
    assert!(output.stderr.contains("401"), "{}", output.stderr);
    cx.set_env("UV_DEFAULT_INDEX", "http://me:wrong-secret@127.0.0.1:9/simple/");
    assert!(!fails(&cx).stderr.contains("wrong-"));
    // nor those in what is no URL
    for url in
        ["http://me:wrong-secret@host:port/", "me:wrong-secret@host/simple", "//a@b:wrong-@c"]
    {
        cx.set_env("UV_DEFAULT_INDEX", url);
        let output = rye(&cx).fail(1);
        assert!(!output.stderr.contains("wrong-"), "{}", output.stderr);
        assert!(output.stderr.contains("UV_DEFAULT_INDEX"), "{}", output.stderr);
    }
}

#[test]
fn offline_nothing_is_fetched() {
    let cx = world(Index::new().with(impostor()));
    cx.write_project("demo", &[]);
    let before = cx.fingerprint();
    for args in [["sync", "--offline"], ["lock", "--offline"]] {
        cx.rye(args).fail(1);
    }
    assert_eq!(cx.index().requests().len(), 0);
    assert_eq!(cx.fingerprint(), before);
    let cx = masked(TestContext::builder().without_engine().index(Index::new()).build());
    cx.write_project("demo", &[]);
    rye_snapshot!(cx, ["sync", "--offline"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: uv [UV-VERSION] is not there yet, and it cannot be fetched offline
    hint: run the command once without `--offline`, or name a copy with `RYE_UV`
    ");
    assert_eq!(cx.index().requests().len(), 0);
    assert!(!cx.exists(".venv") && !cx.exists("requirements.lock"));
}

#[test]
fn a_variable_names_another_program() {
    let mut cx = world(Index::new());
    for path in ["", "/no/such/uv", "relative/uv"] {
        cx.set_env("RYE_UV", path);
        let output = rye(&cx).fail(1);
        assert_eq!(output.stderr.contains("RYE_UV"), !path.is_empty(), "{}", output.stderr);
    }
    cx.set_env("RYE_UV", "relative/uv");
    rye_snapshot!(rye(&cx), @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `RYE_UV` names `[ROOT]/project/relative/uv`, which is no program
    hint: unset `RYE_UV`, or give it the path of the program
    ");
    let file = cx.root().join("a file");
    fs::write(&file, "no program").unwrap();
    cx.set_env("RYE_UV", &file);
    rye_snapshot!(rye(&cx), @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `RYE_UV` names `[ROOT]/a file`, which is no program
    hint: unset `RYE_UV`, or give it the path of the program
    ");
    let root = cx.root().to_owned();
    cx.set_env("RYE_UV", root);
    rye(&cx).fail(1);
    assert_eq!(cx.index().requests().len(), 1);
    cx.set_env("RYE_UV", &engine().path);
    rye(&cx).succeed();
    assert!(!program(&cx).exists());
}

#[test]
#[cfg(unix)]
fn a_relative_name_starts_from_the_working_directory() {
    let mut cx = world(Index::new());
    std::os::unix::fs::symlink(&engine().path, cx.path("my-uv")).unwrap();
    cx.set_env("RYE_UV", "./my-uv");
    rye(&cx).succeed();
    fs::create_dir(cx.path("below")).unwrap();
    rye(&cx).current_dir(cx.path("below")).fail(1);
}

#[test]
#[cfg(unix)]
fn a_full_disk_leaves_nothing() {
    // a limit on the size of a file is as near as a test can come
    let Some(index) = with_wheel() else { return };
    let cx = world(index);
    let rye = env!("CARGO_BIN_EXE_rye");
    for blocks in ["1000", "60000"] {
        let script = "trap '' XFSZ; ulimit -f \"$1\"; exec \"$0\" uv -- --version";
        let output = cx.program("sh", ["-c", script, rye, blocks]).fail(1);
        assert!(output.stderr.contains("cannot"), "{}", output.stderr);
        assert!(output.stderr.contains("\nhint: "), "{}", output.stderr);
        let left = TestContext::fingerprint_of(&cx.rye_home());
        let left: Vec<_> = left.keys().filter(|path| !path.starts_with("locks/")).collect();
        assert!(left.is_empty() || left == ["uv/"], "{left:?}");
    }
    works(&cx);
}
