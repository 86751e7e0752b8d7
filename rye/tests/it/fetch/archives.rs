//! What an archive must be, and may not be.

use super::*;

#[test]
fn an_interpreter_must_be_what_was_promised() {
    for (key, value) in [
        ("version", serde_json::json!("3.12.92")),
        ("version", serde_json::json!("3.12.91rc1")),
        ("family", "pypy".into()),
        ("arch", "s390x".into()),
        ("os", "plan9".into()),
        ("free_threaded", true.into()),
        ("debug", true.into()),
    ] {
        let mirror = Mirror::new().with(Fake::new("3.12.91").says(key, value)).serve();
        let cx = world(&mirror);
        let output = fails_for(&cx, NAME);
        assert!(output.stderr.contains("\nhint: "), "{key}: {}", output.stderr);
        assert_eq!(mirror.requests().len(), 1);
    }
    let mirror = Mirror::new().with(Fake::new("3.12.91").says("version", "3.13.7")).serve();
    rye_snapshot!(world(&mirror), ["fetch", "3.12"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
       fetching cpython@3.12.91
    error: what is called `cpython@3.12.91` holds `cpython@3.13.7`
    hint: the catalog, or the mirror, is wrong: name another one
    ");
}

#[test]
fn an_interpreter_must_run() {
    for script in [
        "#!/no/such/interpreter\n",
        "#!/bin/sh\nexit 3\n",
        "#!/bin/sh\nkill -9 $$\n",
        "#!/bin/sh\necho nonsense\n",
        "#!/bin/sh\n",
        "",
        "\u{7f}ELF",
    ] {
        let mirror = Mirror::new().with(Fake::new("3.12.91").script(script)).serve();
        let output = fails_for(&world(&mirror), NAME);
        assert!(output.stderr.contains("\nhint: "), "{script}: {}", output.stderr);
    }
    let script = "#!/bin/sh\necho 'libfoo.so.1: cannot open shared object file' >&2\nexit 127\n";
    let mirror = Mirror::new().with(Fake::new("3.12.91").script(script)).serve();
    let output = fails_for(&world(&mirror), "libfoo.so.1: cannot open shared object file");
    assert!(output.stderr.contains("does not run"), "{}", output.stderr);
}

#[test]
fn an_archive_must_have_an_interpreter() {
    let mirror = Mirror::new().with(Fake::new("3.12.91").without_interpreter()).serve();
    rye_snapshot!(world(&mirror), ["fetch", "3.12"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
       fetching cpython@3.12.91
    error: `cpython@3.12.91` has no interpreter in it
    hint: an archive needs `bin/python3` in its one directory
    ");
    for archive in [
        Archive::default(),
        Archive::default().folder("python"),
        Archive::default().file("file", "no leading directory"),
        Archive::default().folder("python").folder("python/bin/python3"),
        Archive::default().folder("python").link("python/bin/python3", "python3"),
    ] {
        for format in [Format::TarGz, Format::Zip] {
            let packed = archive.pack(format);
            let build = Build::new(["cpython", "3.12.91", "plain"], "install_only", format, packed);
            let mirror = Mirror::new().with(build).serve();
            fails_for(&world(&mirror), NAME);
        }
    }
}

/// Expects an archive to be refused that has these entries, and that nothing is written but in rye's home.
#[track_caller]
fn is_refused(format: Format, add: impl Fn(Archive) -> Archive) -> String {
    let mirror = Mirror::new().with(Fake::new("3.12.91").format(format).entries(&add)).serve();
    let cx = world(&mirror);
    fs::create_dir_all(cx.rye_home().join("py")).unwrap();
    fs::write(cx.rye_home().join("py/victim"), "untouched").unwrap();
    cx.write("victim", "untouched");
    let outside = || {
        let mut all = TestContext::fingerprint_of(cx.root());
        all.retain(|path, _| {
            !path.starts_with("rye-home/locks") && !path.starts_with("rye-home/cache")
        });
        all
    };
    let before = outside();
    let output = fails_for(&cx, NAME);
    assert_eq!(outside(), before);
    output.stderr
}

#[test]
fn an_archive_that_reaches_out_is_refused() {
    let absolute = std::env::temp_dir().join("rye-it-absolute");
    for format in [Format::TarGz, Format::Zip] {
        for path in [
            absolute.to_str().unwrap(),
            "../up",
            "python/../../up",
            "python/lib/../../../victim",
            "python/..",
            "..",
            "/",
        ] {
            is_refused(format, |archive| archive.file(path, "out"));
            is_refused(format, |archive| archive.link(path, "somewhere"));
            is_refused(format, |archive| archive.folder(path));
        }
        for target in ["/etc/passwd", "/", "../../victim", "../..", "lib/../../../x"] {
            is_refused(format, |archive| archive.link("python/lib/link", target));
        }
        // a link inside, and then a file behind it that is outside
        is_refused(format, |archive| {
            archive.link("python/a", "lib/..").link("python/a/b", "../..").file("python/b/c", "")
        });
        // what was a directory is a link when the file comes
        is_refused(format, |archive| {
            archive.folder("python/d").link("python/d", "../..").file("python/d/victim", "out")
        });
    }
    assert!(!absolute.exists());
}

#[test]
fn what_only_a_tar_can_do_is_refused() {
    for target in ["/etc/passwd", "../victim", "python/../../victim", "../../project/victim"] {
        is_refused(Format::TarGz, |archive| archive.hard_link("python/lib/hard", target));
    }
    is_refused(Format::TarGz, |archive| archive.device("python/device"));
    is_refused(Format::TarZst, |archive| archive.device("python/lib/device"));
}

#[test]
fn an_archive_without_measure_is_refused() {
    let links = |archive: Archive| archive.links("python/many", 150_000);
    let claim = |archive: Archive| archive.claim("python/large", 1 << 40);
    let tail = |archive: Archive| archive.tail(100 << 20);
    assert!(is_refused(Format::TarGz, links).contains("more than"));
    assert!(is_refused(Format::TarGz, claim).contains("more than"));
    is_refused(Format::TarGz, tail);
    is_refused(Format::TarZst, tail);
}

#[test]
fn links_inside_are_kept() {
    let fake = Fake::new("3.12.91").entries(|archive| {
        archive
            .link("python/lib/up", "../bin/python3")
            .hard_link("python/lib/hard.py", "python/lib/os.py")
            .program("python/bin/tool", "#!/bin/sh\n")
    });
    let mirror = Mirror::new().with(fake).serve();
    let cx = world(&mirror);
    fetches(&cx, "3.12");
    let root = entry(&cx, NAME);
    assert_eq!(fs::read_link(root.join("lib/up")).unwrap(), Path::new("../bin/python3"));
    assert_eq!(fs::read_link(root.join("bin/python")).unwrap(), Path::new("python3"));
    assert_eq!(
        fs::read(root.join("lib/hard.py")).unwrap(),
        fs::read(root.join("lib/os.py")).unwrap()
    );
    cx.program(root.join("bin/tool"), [""; 0]).succeed();
    let mode = |path: &str| {
        let metadata = root.join(path).metadata().unwrap();
        std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o111
    };
    assert_eq!(mode("bin/python3"), 0o111);
    assert_eq!(mode("lib/os.py"), 0);
}

#[test]
fn archives_come_in_many_formats() {
    for format in [Format::Tar, Format::TarGz, Format::TarBz2, Format::TarZst, Format::Zip] {
        let fake = Fake::new("3.12.91").padding(300_000).format(format);
        let mirror = Mirror::new().with(fake).serve();
        let cx = world(&mirror);
        fetches(&cx, "3.12");
        works(&cx, NAME);
        let noise = fs::read(entry(&cx, NAME).join("share/noise")).unwrap();
        assert_eq!(noise.len(), 300_000, "{format:?}");
        assert_eq!(
            fs::read_link(entry(&cx, NAME).join("bin/python")).unwrap(),
            Path::new("python3")
        );
        // the content tells what it is, not the name
        fs::copy(mirror.file(NAME), cx.path("some.tar.gz")).unwrap();
        cx.rye(["fetch", "some.tar.gz", "--force"]).succeed();
        works(&cx, NAME);
        mirror.fail("/mirror/*", Fault::Cut);
        fails(&cx, &["fetch", "3.12", "--force"]);
    }
}

#[test]
fn build_information_is_kept_when_asked_for() {
    let mirror = Mirror::new()
        .with(Fake::new("3.12.91").full().format(Format::TarZst))
        .with(Fake::new("3.13.91"))
        .serve();
    let cx = world(&mirror);
    fetches(&cx, "3.12");
    works(&cx, NAME);
    let root = entry(&cx, NAME);
    assert!(!root.join("build").exists() && !root.join("install").exists());
    assert!(!root.join("PYTHON.json").exists());
    cx.rye(["fetch", "3.12", "--build-info", "--force"]).succeed();
    assert!(root.join("build/Modules/main.o").exists());
    answers(&cx, &root.join("install"), NAME);
    assert_eq!(left(&cx), [""; 0]);
    let output = cx.rye(["toolchain", "list"]).succeed();
    let line = format!("{NAME} ({})", root.join("install/bin/python3").display());
    assert_eq!(output.stdout.lines().next(), Some(line.as_str()));
    cx.rye(["fetch", "3.12", "--no-build-info", "--force"]).succeed();
    works(&cx, NAME);
    cx.rye(["config", "--set-bool", "behavior.fetch-with-build-info=true"]).succeed();
    cx.rye(["fetch", "3.12", "--force"]).succeed();
    assert!(root.join("build").exists());
    cx.rye(["fetch", "3.12", "--no-build-info", "--target-path", "there"]).succeed();
    answers(&cx, &cx.path("there"), NAME);
    // where it is only preferred, one without will do
    fetches(&cx, "3.13");
    rye_snapshot!(cx, ["fetch", "3.13", "--build-info", "--force"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the catalog has no `3.13` with build information
    hint: leave `--build-info` away, or ask for a debug build, as in `3.13+debug`: those have it
    ");
    cx.rye(["fetch", "3.13", "--build-info", "--no-build-info"]).fail(2);
}

#[test]
fn kinds_of_builds_have_names_of_their_own() {
    let mirror = Mirror::new()
        .with(Fake::new("3.13.91"))
        .with(Fake::new("3.13.91").variant("freethreaded"))
        .with(Fake::new("3.13.91").variant("debug").full().format(Format::TarZst))
        .with(Fake::new("3.13.91").variant("freethreaded+debug").full())
        .serve();
    let cx = world(&mirror);
    for (request, variant) in [
        ("3.13t", "+freethreaded"),
        ("3.13+debug", "+debug"),
        ("cpython@3.13+freethreaded+debug", "+freethreaded+debug"),
        ("3.13", ""),
    ] {
        fetches(&cx, request);
        works(&cx, &format!("cpython@3.13.91{variant}"));
    }
    assert_eq!(installed(&cx).len(), 4);
    let output = cx.rye(["toolchain", "list"]).succeed();
    assert_eq!(output.stdout.matches("cpython@3.13.91").count(), 8, "{}", output.stdout);
}
