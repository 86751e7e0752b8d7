//! `rye fetch`, and what is fetched because it is missing.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail the test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::support::*;

mod archives;
mod network;
mod places;
mod upkeep;

/// The toolchain that most tests fetch.
const NAME: &str = "cpython@3.12.91";

/// So long that nobody waits for it.
const FOREVER: Duration = Duration::from_mins(5);

/// Returns a mirror of some versions.
fn mirror_of(versions: &[&str]) -> RunningMirror {
    let add = |mirror: Mirror, version: &&str| mirror.with(Fake::new(version));
    versions.iter().fold(Mirror::new(), add).serve()
}

/// Returns a mirror of one toolchain that arrives in several pieces.
fn large_mirror() -> RunningMirror {
    Mirror::new().with(Fake::new("3.12.91").padding(400_000)).serve()
}

/// Returns a world without Python, index and engine.
fn empty_world() -> TestContext {
    TestContext::builder().without_index().without_engine().without_python().build()
}

/// Returns a world that is told of a mirror.
fn world(mirror: &RunningMirror) -> TestContext {
    let mut cx = empty_world();
    mirror.name_to(&mut cx);
    cx
}

fn entry(cx: &TestContext, name: &str) -> PathBuf {
    cx.rye_home().join("py").join(name)
}

/// Returns what rye's home and the temporary directory have beside toolchains, locks, and what is known of interpreters.
fn left(cx: &TestContext) -> Vec<String> {
    let home = TestContext::fingerprint_of(&cx.rye_home()).into_keys().filter(|path| {
        let is_toolchain = path.strip_prefix("py/").is_some_and(|name| !name.starts_with('.'));
        let known = ["py/", "locks/", "cache/", "cache/interpreters.json", "config.toml"];
        !is_toolchain && !path.starts_with("locks/") && !known.contains(&path.as_str())
    });
    home.chain(TestContext::fingerprint_of(&cx.root().join("tmp")).into_keys()).collect()
}

/// Returns the toolchains in rye's home.
fn installed(cx: &TestContext) -> Vec<String> {
    let entries = fs::read_dir(cx.rye_home().join("py")).into_iter().flatten();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Expects a toolchain that answers, and nothing but toolchains.
#[track_caller]
fn works(cx: &TestContext, name: &str) {
    answers(cx, &entry(cx, name), name);
    assert_eq!(left(cx), [""; 0]);
}

/// Expects a toolchain of this name in a directory.
#[track_caller]
fn answers(cx: &TestContext, folder: &Path, name: &str) {
    let output = cx.program(folder.join("bin/python3"), ["-I", "-c", "pass"]).succeed();
    let said: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    let version = name.split('@').next_back().unwrap().split('+').next();
    assert_eq!(said["version"].as_str(), version);
}

/// Fetches, which must succeed.
#[track_caller]
fn fetches(cx: &TestContext, what: &str) -> Output {
    let output = cx.rye(["fetch", what]).succeed();
    assert_eq!(output.stdout, "");
    output
}

/// Runs what must fail, say why, and leave nothing.
#[track_caller]
fn fails(cx: &TestContext, args: &[&str]) -> Output {
    let before = installed(cx);
    let output = cx.rye(args).fail(1);
    assert_eq!(output.stdout, "");
    let mut lines = output.stderr.lines();
    assert!(lines.any(|line| line.starts_with("error: ")), "{}", output.stderr);
    assert!(!output.stderr.contains("panicked"), "{}", output.stderr);
    assert_eq!(installed(cx), before);
    assert_eq!(left(cx), [""; 0]);
    output
}

/// Fails to fetch the usual one for a reason that is told.
#[track_caller]
fn fails_for(cx: &TestContext, reason: &str) -> Output {
    let output = fails(cx, &["fetch", "3.12.91"]);
    assert!(output.stderr.contains(reason), "{reason}: {}", output.stderr);
    output
}

#[test]
fn a_toolchain_is_fetched_once() {
    let mirror = mirror_of(&["3.12.91"]);
    let cx = world(&mirror);
    rye_snapshot!(cx, ["fetch", "cpython@3.12.91"], @r"
    exit: 0
    ----- stdout -----
    ----- stderr -----
       fetching cpython@3.12.91
      installed cpython@3.12.91 ([HOME]/py/cpython@3.12.91/bin/python3)
    ");
    works(&cx, NAME);
    rye_snapshot!(cx, ["fetch", "3.12"], @r"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        present cpython@3.12.91 ([HOME]/py/cpython@3.12.91/bin/python3)
    ");
    assert_eq!(mirror.requests().len(), 1);
    assert_eq!(mirror.requests_for(NAME)[0].path, mirror.path(NAME));
    let output = cx.rye(["toolchain", "list"]).succeed();
    let line = format!("{NAME} ({})", entry(&cx, NAME).join("bin/python3").display());
    assert_eq!(output.stdout.lines().next(), Some(line.as_str()));
    cx.rye(["toolchain", "remove", "3.12.91"]).succeed();
    assert_eq!(installed(&cx), [""; 0]);
}

#[test]
fn fetch_is_also_a_command_of_toolchain() {
    let mirror = mirror_of(&["3.12.91"]);
    let cx = world(&mirror);
    cx.rye(["toolchain", "fetch", "3.12"]).succeed();
    works(&cx, NAME);
}

#[test]
fn the_newest_that_is_wanted_is_fetched() {
    let foreign = Fake::new("3.12.95").build().platform("s390x-linux-gnu");
    let mirror = Mirror::new()
        .with(Fake::new("3.11.99"))
        .with(Fake::new("3.12.91"))
        .with(Fake::new("3.12.93"))
        .with(Fake::new("3.12.92"))
        .with(Fake::new("3.13.91"))
        .with(Fake::new("3.14.0rc1"))
        .with(Fake::new("3.12.94").variant("freethreaded"))
        .with(Fake::new("3.12.96").family("pypy"))
        .with(foreign)
        .serve();
    let cx = world(&mirror);
    fetches(&cx, "3.12");
    works(&cx, "cpython@3.12.93");
    fetches(&cx, ">=3.11,<3.12");
    works(&cx, "cpython@3.11.99");
    fetches(&cx, "latest");
    fetches(&cx, "pypy@3.12");
    works(&cx, "pypy@3.12.96");
    fetches(&cx, "3.14.0rc1");
    let names = ["3.11.99", "3.12.93", "3.14.0rc1"].map(|version| format!("cpython@{version}"));
    // `latest` is what is there, if there is something
    assert_eq!(installed(&cx)[..3], names);
}

#[test]
fn what_the_catalog_has_not_is_told() {
    let mirror = mirror_of(&["3.12.91", "3.13.91"]);
    let cx = world(&mirror);
    rye_snapshot!(cx, ["fetch", "3.12.90"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the catalog has no `3.12.90`
    hint: the nearest is `rye fetch cpython@3.12.91`
    ");
    rye_snapshot!(cx, ["fetch", "graalpy@3"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the catalog has no `graalpy@3`
    hint: see `rye toolchain list --include-downloadable`
    ");
    fails(&cx, &["fetch", "3.x"]);
    fails(&cx, &["fetch", "cpython-s390x@3.12.91"]);
    assert_eq!(mirror.requests().len(), 0);
}

#[test]
fn a_catalog_that_cannot_be_read_is_told() {
    let mirror = mirror_of(&["3.12.91"]);
    let mut cx = world(&mirror);
    let text = fs::read_to_string(mirror.catalog()).unwrap();
    for damaged in [
        text.replace("schema 1", "schema 2"),
        text.replace(" plain ", " fast "),
        text.replace(" plain", ""),
        text.replace("http://", ""),
        "\u{0}".to_owned(),
        "schema 1\n".to_owned(),
        String::new(),
    ] {
        fs::write(mirror.catalog(), &damaged).unwrap();
        let output = fails(&cx, &["fetch", "3.12.91"]);
        assert!(output.stderr.contains("catalog"), "{damaged}: {}", output.stderr);
    }
    fs::write(mirror.catalog(), text.replace(" plain ", " fast ")).unwrap();
    rye_snapshot!(cx, ["fetch", "3.12.91"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: line 4 of `[FOLDER]/catalog.txt` is no row of a catalog
    hint: correct the file, or unset `RYE_TOOLCHAIN_CATALOG`
    ");
    fs::remove_file(mirror.catalog()).unwrap();
    rye_snapshot!(cx, ["fetch", "3.12.91"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the catalog that `RYE_TOOLCHAIN_CATALOG` names cannot be read
    caused by: cannot read `[FOLDER]/catalog.txt`
    caused by: No such file or directory (os error 2)
    hint: correct the file, or unset `RYE_TOOLCHAIN_CATALOG`
    ");
    cx.set_env("RYE_TOOLCHAIN_CATALOG", "catalog.txt");
    cx.write("catalog.txt", text);
    fetches(&cx, "3.12.91");
}

#[test]
fn a_catalog_names_where_its_archives_are() {
    let mirror = mirror_of(&["3.12.91"]);
    let mut cx = empty_world();
    mirror.name_catalog_to(&mut cx);
    fetches(&cx, "3.12");
    works(&cx, NAME);
    assert!(mirror.requests()[0].path.starts_with("/base/"));
}

#[test]
fn a_mirror_comes_from_flag_variable_and_configuration() {
    let here = mirror_of(&["3.12.91", "3.13.91"]);
    let [other, third] = [(); 2].map(|()| mirror_of(&["3.12.91", "3.13.91"]));
    let mut cx = empty_world();
    here.name_catalog_to(&mut cx);
    let asked = |mirror: &RunningMirror| {
        let count = mirror.requests().len();
        mirror.clear_requests();
        count
    };
    let remove = |cx: &TestContext| cx.rye(["toolchain", "remove", "3.12.91"]).succeed();
    let set = format!("toolchain.mirror={}/", here.url());
    cx.rye(["config", "--set", &set]).succeed();
    fetches(&cx, "3.12");
    assert!(here.requests()[0].path.starts_with("/mirror/"));
    assert_eq!([&here, &other, &third].map(asked), [1, 0, 0]);
    remove(&cx);
    cx.set_env("RYE_TOOLCHAIN_MIRROR", other.url());
    fetches(&cx, "3.12");
    assert_eq!([&here, &other, &third].map(asked), [0, 1, 0]);
    remove(&cx);
    cx.rye(["fetch", "3.12", "--mirror", &third.url()]).succeed();
    assert_eq!([&here, &other, &third].map(asked), [0, 0, 1]);
    works(&cx, NAME);
}

#[test]
fn a_directory_is_a_mirror_as_well() {
    let mirror = mirror_of(&["3.12.91"]);
    let mut cx = empty_world();
    mirror.name_catalog_to(&mut cx);
    let directory = mirror.directory();
    let remove = |cx: &TestContext| cx.rye(["toolchain", "remove", "3.12.91"]).succeed();
    let flag = [Path::new("fetch"), Path::new("3.12"), Path::new("--mirror"), &directory];
    cx.rye(flag).succeed();
    remove(&cx);
    std::os::unix::fs::symlink(&directory, cx.path("a mirror")).unwrap();
    cx.rye(["fetch", "3.12", "--mirror", "a mirror", "--offline"]).succeed();
    remove(&cx);
    cx.set_env("RYE_TOOLCHAIN_MIRROR", &directory);
    fetches(&cx, "3.12");
    remove(&cx);
    cx.set_env("RYE_TOOLCHAIN_MIRROR", "");
    let set = format!("toolchain.mirror={}", directory.display());
    cx.rye(["config", "--set", &set]).succeed();
    fetches(&cx, "3.12");
    works(&cx, NAME);
    assert_eq!(mirror.requests().len(), 0);
}

#[test]
fn a_mirror_that_is_none_is_told() {
    let mirror = mirror_of(&["3.12.91"]);
    let cx = world(&mirror);
    cx.write("file", "");
    for text in ["missing", "file", "ftp://127.0.0.1/mirror", "http://", "http://a b/"] {
        let output = fails(&cx, &["fetch", "3.12", "--mirror", text]);
        assert!(output.stderr.contains(text), "{}", output.stderr);
    }
    rye_snapshot!(cx, ["fetch", "3.12", "--mirror", "missing"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `missing` is no mirror: neither an http(s) URL nor a directory
    hint: correct `toolchain.mirror` or what overrides it
    ");
    // a directory that lacks the file
    fs::create_dir(cx.path("empty")).unwrap();
    let output = fails(&cx, &["fetch", "3.12", "--mirror", "empty"]);
    assert!(output.stderr.contains("cpython-3.12.91"), "{}", output.stderr);
    assert_eq!(mirror.requests().len(), 0);
}

#[test]
fn credentials_of_a_mirror_are_not_shown() {
    let mirror = mirror_of(&["3.12.91"]);
    let cx = world(&mirror);
    let url = mirror.url().replace("http://", "http://me:secret@");
    for fault in [Fault::Status(404), Fault::Status(503), Fault::Cut, Fault::Corrupt] {
        mirror.fail("/mirror/*", fault);
        for verbosity in ["--verbose", "--quiet"] {
            let output = fails(&cx, &["fetch", "3.12", "--mirror", &url, verbosity]);
            assert!(!output.stderr.contains("secret"), "{}", output.stderr);
        }
        mirror.heal();
    }
    let url = "http://me:secret@127.0.0.1:9/";
    let output = fails(&cx, &["fetch", "3.12", "--mirror", url]);
    assert!(!output.stderr.contains("secret"), "{}", output.stderr);
    let url = mirror.archive_url(NAME).replace("http://", "http://me:secret@");
    let output = fails(&cx, &["fetch", &format!("{url}#sha256=00")]);
    assert!(!output.stderr.contains("secret"), "{}", output.stderr);
}

#[test]
fn a_url_needs_a_digest() {
    let mirror = mirror_of(&["3.12.91"]);
    let cx = world(&mirror);
    let url = mirror.archive_url(NAME);
    let sha256 = mirror.build(NAME).sha256;
    let unlisted = Mirror::new().serve();
    let mut stranger = empty_world();
    unlisted.name_to(&mut stranger);
    stranger.mask(mirror.url(), "[MIRROR]");
    stranger.mask(mirror.build(NAME).filename.replace('+', "%2B"), "[FILE]");
    // the catalog knows a file of this name
    fetches(&cx, &url);
    works(&cx, NAME);
    rye_snapshot!(stranger, ["fetch", &url], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing says what `[MIRROR]/20240107/[FILE]` must be
    hint: append `#sha256=…` to the URL, or download the file and name its path
    ");
    assert_eq!(mirror.requests().len(), 1);
    fails(&stranger, &["fetch", &format!("{url}#md5=00")]);
    fails(&stranger, &["fetch", &format!("{url}#sha256=")]);
    for sha256 in ["00".repeat(32), "g".repeat(64), sha256[1..].to_owned()] {
        let output = fails(&stranger, &["fetch", &format!("{url}#sha256={sha256}")]);
        assert!(output.stderr.contains("sha256"), "{}", output.stderr);
    }
    fetches(&stranger, &format!("{url}#sha256={}", sha256.to_uppercase()));
    works(&stranger, NAME);
    let output = fetches(&stranger, &format!("{url}#sha256={sha256}"));
    assert!(output.stderr.contains("present cpython@3.12.91"), "{}", output.stderr);
}

#[test]
fn a_file_is_unpacked_and_asked_what_it_is() {
    let mirror = Mirror::new()
        .with(Fake::new("3.12.91"))
        .with(Fake::new("3.13.91").variant("freethreaded+debug"))
        .serve();
    let cx = world(&mirror);
    let path = mirror.file(NAME);
    fetches(&cx, &path.to_string_lossy());
    works(&cx, NAME);
    // under any name, from here
    let name = "cpython@3.13.91+freethreaded+debug";
    fs::copy(mirror.file(name), cx.path("mine.tar.gz")).unwrap();
    fetches(&cx, "mine.tar.gz");
    works(&cx, name);
    cx.rye(["toolchain", "remove", name]).succeed();
    cx.rye(["fetch", "./mine.tar.gz", "--offline"]).succeed();
    works(&cx, name);
    assert_eq!(mirror.requests().len(), 0);
    fails(&cx, &["fetch", "missing.tar.gz"]);
    fails(&cx, &["fetch", "./missing"]);
    fails(&cx, &["fetch", "./"]);
    cx.write("text.tar.gz", "no archive");
    rye_snapshot!(cx, ["fetch", "text.tar.gz"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
       fetching [ROOT]/project/text.tar.gz
    error: cannot unpack `[ROOT]/project/text.tar.gz`
    caused by: the archive is neither a zip nor a tar, plain or packed by gzip, bzip2 or zstd
    ");
    cx.write("empty.zip", "");
    fails(&cx, &["fetch", "empty.zip"]);
    // the catalog says what a file of this name is
    let build = mirror.build(NAME);
    cx.write(&build.filename, &build.bytes[..build.bytes.len() - 1]);
    cx.rye(["toolchain", "remove", NAME]).succeed();
    fails(&cx, &["fetch", &build.filename]);
}

#[test]
fn what_a_killed_process_left_goes_away() {
    // it hesitates to answer, so that it can be killed while it is asked
    let script = "#!/bin/sh\n: > \"$0.asked\"\nsleep 0.1\necho 'ANSWER'\n";
    let files = |archive| {
        let name = |number| format!("python/lib/many/{number}.py");
        (0..200).fold(archive, |archive: Archive, number| archive.file(&name(number), "pass\n"))
    };
    let fake = Fake::new("3.12.91").script(script);
    let fake = fake.padding(2_000_000).entries(files);
    let mirror = Mirror::new().with(fake).serve();
    let cx = world(&mirror);
    let size = mirror.build(NAME).bytes.len();
    let staged = || {
        let entries = fs::read_dir(cx.rye_home().join("py")).into_iter().flatten();
        let mut paths = entries.map_while(Result::ok).map(|entry| entry.path());
        paths.find(|path| path.to_string_lossy().contains(".staged-"))
    };
    let has = |file: &str| staged().is_some_and(|path| path.join(file).exists());
    let noise = |length: u64| {
        let path = staged().map(|path| path.join("share/noise"));
        path.is_some_and(|path| path.metadata().is_ok_and(|file| file.len() >= length))
    };
    let asked = || !mirror.requests().is_empty();
    let stalled = |part: usize| Some(Fault::StallAt(size / 8 * part, FOREVER));
    let moments: [(Option<Fault>, &dyn Fn() -> bool); 10] = [
        (Some(Fault::Stall(FOREVER)), &asked),
        (Some(Fault::StallAt(10, FOREVER)), &|| asked() && staged().is_some()),
        (None, &|| has("bin/python3")),
        (None, &|| has("lib/many/100.py")),
        (stalled(4), &|| noise(1)),
        (stalled(6), &|| noise(1_000_000)),
        (stalled(7), &|| noise(1_500_000)),
        (None, &|| noise(2_000_000)),
        (None, &|| has("bin/python3.asked")),
        (None, &|| entry(&cx, NAME).exists()),
    ];
    let mut killed = 0;
    for (fault, moment) in moments {
        mirror.clear_requests();
        if let Some(fault) = fault {
            mirror.fail(&mirror.path(NAME), fault);
        }
        killed += usize::from(cx.rye(["fetch", "3.12"]).kill_when(moment) == Ended::Killed);
        if entry(&cx, NAME).exists() {
            answers(&cx, &entry(&cx, NAME), NAME);
        }
        mirror.heal();
        fetches(&cx, "3.12");
        works(&cx, NAME);
        assert_eq!(installed(&cx), [NAME]);
        cx.rye(["toolchain", "remove", NAME]).succeed();
    }
    // the last moments may be missed
    assert!(killed >= 7, "{killed}");
}

#[test]
fn two_processes_at_once_fetch_it_once() {
    let mirror = mirror_of(&["3.12.91"]);
    let cx = world(&mirror);
    mirror.fail(&mirror.path(NAME), Fault::Stall(Duration::from_millis(700)));
    let outputs = thread::scope(|scope| {
        let runs = ["3.12", "cpython@3.12.91", "latest"].map(|request| {
            let run = cx.rye(["fetch", request]);
            scope.spawn(move || run.run())
        });
        runs.map(|run| run.join().unwrap())
    });
    for output in &outputs {
        assert!(output.status.success(), "{}", output.snapshot());
    }
    let count = |word: &str| outputs.iter().filter(|output| output.stderr.contains(word)).count();
    assert_eq!(count("installed "), 1);
    assert_eq!(count("present "), 2);
    assert_eq!(mirror.requests_for(NAME).len(), 1);
    works(&cx, NAME);
}

#[test]
fn several_are_fetched_at_once() {
    let mirror = mirror_of(&["3.11.91", "3.12.91", "3.13.91"]);
    let cx = world(&mirror);
    // each waits for the others
    mirror.fail("/mirror/*", Fault::Stall(Duration::from_millis(300)));
    cx.rye(["fetch", "3.13", "3.11", "3.12", "3.12.91"]).succeed();
    assert_eq!(mirror.requests().len(), 3);
    for version in ["3.11.91", "3.12.91", "3.13.91"] {
        works(&cx, &format!("cpython@{version}"));
    }
}

#[test]
fn of_several_the_good_ones_are_fetched() {
    let mirror = Mirror::new()
        .with(Fake::new("3.11.91"))
        .with(Fake::new("3.12.91"))
        .with(Fake::new("3.13.91").says("version", "3.13.92"))
        .with(Fake::new("3.14.91"))
        .serve();
    let cx = world(&mirror);
    mirror.fail(&mirror.path(NAME), Fault::Status(404));
    let output = cx.rye(["fetch", "3.11", "3.12", "3.13", "3.14", "3.15"]).fail(1);
    for words in ["404", "3.13.92", "3.15"] {
        assert!(output.stderr.contains(words), "{}", output.stderr);
    }
    assert_eq!(installed(&cx), ["cpython@3.11.91", "cpython@3.14.91"]);
    works(&cx, "cpython@3.11.91");
    works(&cx, "cpython@3.14.91");
}

#[test]
fn force_fetches_again() {
    let mirror = mirror_of(&["3.12.91"]);
    let cx = world(&mirror);
    fetches(&cx, "3.12");
    fs::write(entry(&cx, NAME).join("mine"), "").unwrap();
    cx.rye(["fetch", "3.12", "--force"]).succeed();
    works(&cx, NAME);
    assert!(!entry(&cx, NAME).join("mine").exists());
    cx.rye(["fetch", "-f", "3.12"]).succeed();
    assert_eq!(mirror.requests().len(), 3);
}

#[test]
fn what_is_there_stays_when_fetching_again_fails() {
    let mirror = large_mirror();
    let cx = world(&mirror);
    fetches(&cx, "3.12");
    let good = mirror.build(NAME).bytes;
    let before = TestContext::fingerprint_of(&entry(&cx, NAME));
    let refused = || {
        fails(&cx, &["fetch", "3.12", "--force"]);
        works(&cx, NAME);
        assert_eq!(TestContext::fingerprint_of(&entry(&cx, NAME)), before);
    };
    for fault in [Fault::Status(404), Fault::Cut, Fault::Short, Fault::Corrupt] {
        mirror.fail(&mirror.path(NAME), fault);
        refused();
        mirror.heal();
    }
    mirror.replace(NAME, *b"no archive");
    refused();
    mirror.replace(NAME, good);
    let path = mirror.path(NAME);
    mirror.fail(&path, Fault::StallAt(300_000, FOREVER));
    mirror.clear_requests();
    let run = cx.rye(["fetch", "3.12", "--force"]);
    assert_eq!(run.kill_when(|| !mirror.requests().is_empty()), Ended::Killed);
    answers(&cx, &entry(&cx, NAME), NAME);
    mirror.heal();
    cx.rye(["fetch", "3.12", "--force"]).succeed();
    works(&cx, NAME);
}

#[test]
fn a_damaged_toolchain_is_fetched_again() {
    let mirror = mirror_of(&["3.12.91"]);
    let cx = world(&mirror);
    fetches(&cx, "3.12");
    fs::remove_file(entry(&cx, NAME).join("bin/python3")).unwrap();
    fetches(&cx, "3.12");
    works(&cx, NAME);
}

#[test]
fn what_was_left_beside_a_toolchain_goes_away() {
    let mirror = mirror_of(&["3.12.91"]);
    let cx = world(&mirror);
    let leave = || {
        let old = cx.rye_home().join("py/.cpython@3.12.91.staged-x/old");
        fs::create_dir_all(old.join("bin")).unwrap();
    };
    // killed after the new one took its place, and before the old one was gone
    fetches(&cx, "3.12");
    leave();
    fetches(&cx, "3.12");
    works(&cx, NAME);
    leave();
    cx.rye(["fetch", "3.12", "--force"]).succeed();
    works(&cx, NAME);
    leave();
    cx.rye(["toolchain", "remove", NAME]).succeed();
    fetches(&cx, "3.12");
    works(&cx, NAME);
}

#[test]
fn a_registered_toolchain_that_does_not_answer_is_not_replaced() {
    let mirror = mirror_of(&["3.12.91"]);
    let cx = world(&mirror);
    let elsewhere = cx.path("opt/python3");
    cx.write("opt/python3", "no interpreter");
    fs::create_dir_all(cx.rye_home().join("py")).unwrap();
    std::os::unix::fs::symlink(&elsewhere, entry(&cx, NAME)).unwrap();
    let before = cx.fingerprint();
    for arguments in [&["fetch", "3.12"][..], &["fetch", "3.12", "--force"]] {
        let output = cx.rye(arguments).fail(1);
        assert!(output.stderr.contains("is in use already"), "{}", output.stderr);
    }
    assert_eq!(cx.fingerprint(), before);
    assert_eq!(fs::read_link(entry(&cx, NAME)).unwrap(), elsewhere);
}

#[test]
fn what_is_secret_in_a_url_is_not_shown() {
    let mirror = mirror_of(&["3.12.91"]);
    let cx = world(&mirror);
    let sha256 = "0".repeat(64);
    for url in [
        "https://user:geheim@host:99999/x.tar.gz".to_owned(),
        format!("{}/none.tar.gz?token=geheim#sha256={sha256}", mirror.url()),
    ] {
        let output = cx.rye(["fetch", "--verbose", &url]).fail(1);
        assert!(!output.stderr.contains("geheim"), "{}", output.stderr);
        assert!(output.stderr.contains("****"), "{}", output.stderr);
    }
}

#[test]
fn a_digest_that_is_none_is_told_before_anything_is_fetched() {
    let mirror = mirror_of(&["3.12.91"]);
    let cx = world(&mirror);
    cx.rye(["fetch", &format!("{}/x.tar.gz#sha256=xyz", mirror.url())]).fail(1);
    assert_eq!(mirror.requests().len(), 0);
}

#[test]
fn another_libc_is_not_taken_for_this_one() {
    let mirror = mirror_of(&["3.12.91"]);
    let cx = world(&mirror);
    cx.rye(["fetch", "3.12"]).succeed();
    let (arch, os) = (std::env::consts::ARCH, std::env::consts::OS);
    let other = if cfg!(target_env = "musl") { "gnu" } else { "musl" };
    let output = cx.rye(["fetch", &format!("cpython-{arch}-{os}-{other}@3.12")]).fail(1);
    assert!(output.stderr.contains("the catalog has no"), "{}", output.stderr);
}

#[test]
fn a_project_pinned_to_a_path_has_its_python() {
    let mirror = mirror_of(&["3.12.91"]);
    let cx = world(&mirror);
    cx.rye(["fetch", "3.12", "--target-path", "mine"]).succeed();
    cx.write(".python-version", "./mine/bin/python3\n");
    let output = cx.rye(["fetch"]).succeed();
    assert!(output.stderr.contains("present"), "{}", output.stderr);
}

#[test]
fn what_others_left_goes_away_with_the_next_fetch() {
    let mirror = mirror_of(&["3.12.91", "3.13.91"]);
    let cx = world(&mirror);
    cx.rye(["fetch", "3.13"]).succeed();
    // killed between the two renames of a replacement, and before anything had a name
    let aside = cx.rye_home().join("py/.cpython@3.13.91.staged-x");
    fs::create_dir_all(&aside).unwrap();
    fs::rename(entry(&cx, "cpython@3.13.91"), aside.join("old")).unwrap();
    fs::create_dir_all(cx.rye_home().join("py/.archive-0123.staged-y/bin")).unwrap();
    cx.rye(["fetch", "3.12"]).succeed();
    works(&cx, "cpython@3.13.91");
    assert_eq!(installed(&cx), [NAME, "cpython@3.13.91"]);
}

#[test]
fn what_is_no_url_of_an_archive_is_told() {
    let mirror = mirror_of(&["3.12.91"]);
    let cx = world(&mirror);
    for url in ["ftp://host/a.tar.gz", "file://host/a.tar.gz", "FILE:///none/a.tar.gz"] {
        let output = cx.rye(["fetch", url]).fail(1);
        assert!(
            output.stderr.contains("is neither an http(s) URL nor that of a file"),
            "{}",
            output.stderr
        );
    }
    let shouted = mirror.url().replace("http://", "HTTP://");
    let output =
        cx.rye(["fetch", &format!("{shouted}/a.tar.gz#sha256={}", "0".repeat(64))]).fail(1);
    assert!(output.stderr.contains("404"), "{}", output.stderr);
}

#[test]
fn what_is_registered_meanwhile_stays() {
    let mirror = mirror_of(&["3.12.91"]);
    let cx = world(&mirror);
    cx.rye(["fetch", "3.12", "--target-path", "mine"]).succeed();
    mirror.clear_requests();
    mirror.fail(&mirror.path(NAME), Fault::Stall(Duration::from_millis(700)));
    let output = thread::scope(|scope| {
        let run = cx.rye(["fetch", "3.12"]);
        let waiting = scope.spawn(move || run.run());
        while mirror.requests().is_empty() {
            thread::sleep(Duration::from_millis(5));
        }
        cx.rye(["toolchain", "register", "mine/bin/python3"]).succeed();
        waiting.join().unwrap()
    });
    assert!(output.stderr.contains(&format!("present {NAME}")), "{}", output.stderr);
    assert_eq!(fs::read_link(entry(&cx, NAME)).unwrap(), cx.path("mine/bin/python3"));
    assert_eq!(left(&cx), [""; 0]);
}

#[test]
fn a_registered_toolchain_is_not_replaced() {
    let mirror = mirror_of(&["3.12.91"]);
    let mut cx = world(&mirror);
    cx.rye(["fetch", "3.12", "--target-path", "mine"]).succeed();
    let mine = cx.path("mine/bin/python3");
    cx.rye(["toolchain".as_ref(), "register".as_ref(), mine.as_os_str()]).succeed();
    let link = fs::read_link(entry(&cx, NAME)).unwrap();
    mirror.clear_requests();
    let output = fetches(&cx, "3.12.91");
    assert!(output.stderr.contains("present"), "{}", output.stderr);
    cx.mask(&mine, "[MINE]");
    rye_snapshot!(cx, ["fetch", "3.12.91", "--force"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `cpython@3.12.91` is in use already, for `[MINE]`
    hint: remove that toolchain first, or choose another name with `rye toolchain register --name`
    ");
    let file = mirror.file(NAME);
    cx.rye(["fetch".as_ref(), file.as_os_str(), "--force".as_ref()]).fail(1);
    assert_eq!(fs::read_link(entry(&cx, NAME)).unwrap(), link);
    assert_eq!(mirror.requests().len(), 0);
    assert_eq!(left(&cx), [""; 0]);
}

#[test]
fn a_full_disk_leaves_nothing() {
    // a limit on the size of a file is as near as a test can come
    let mirror = large_mirror();
    let cx = world(&mirror);
    let rye = env!("CARGO_BIN_EXE_rye");
    let script = "trap '' XFSZ; ulimit -f \"$1\"; exec \"$0\" fetch 3.12";
    let output = cx.program("sh", ["-c", script, rye, "200"]).fail(1);
    assert!(output.stderr.contains("cannot"), "{}", output.stderr);
    assert_eq!(installed(&cx), [""; 0]);
    assert_eq!(left(&cx), [""; 0]);
    fetches(&cx, "3.12");
}

#[test]
fn an_interrupted_fetch_leaves_nothing() {
    let mirror = large_mirror();
    let cx = world(&mirror);
    mirror.fail("/mirror/*", Fault::StallAt(300_000, FOREVER));
    let status = cx.rye(["fetch", "3.12"]).terminate_when(|| !mirror.requests().is_empty());
    assert!(!status.success());
    assert_eq!(installed(&cx).iter().filter(|name| !name.starts_with('.')).count(), 0);
    mirror.heal();
    fetches(&cx, "3.12");
    works(&cx, NAME);
}

#[test]
fn fetch_takes_the_pin_when_nothing_is_named() {
    let mirror = mirror_of(&["3.11.91", "3.12.91", "3.13.91"]);
    let cx = world(&mirror);
    cx.write(".python-version", "3.12.91\n");
    cx.rye(["fetch"]).succeed();
    assert_eq!(installed(&cx), [NAME]);
    cx.write("sub/file", "");
    cx.write(".python-version", "3.11\n");
    cx.rye(["fetch"]).current_dir(cx.path("sub")).succeed();
    assert_eq!(installed(&cx), ["cpython@3.11.91", NAME]);
}

#[test]
fn quiet_and_verbose() {
    let mirror = mirror_of(&["3.12.91"]);
    let cx = world(&mirror);
    let output = cx.rye(["fetch", "3.12", "--quiet"]).succeed();
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("", ""));
    let output = cx.rye(["fetch", "3.12", "--force", "--verbose"]).succeed();
    assert!(output.stderr.contains(&mirror.url()), "{}", output.stderr);
}
