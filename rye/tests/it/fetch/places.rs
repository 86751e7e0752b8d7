//! `--target-path`

use super::*;

#[test]
fn a_toolchain_is_unpacked_to_another_place() {
    let mirror = mirror_of(&["3.12.91"]);
    let cx = world(&mirror);
    let fetch = |cx: &TestContext, more: &[&str]| {
        cx.rye(["fetch", "3.12", "--target-path", "there"].iter().chain(more))
    };
    rye_snapshot!(fetch(&cx, &[]), @r"
    exit: 0
    ----- stdout -----
    ----- stderr -----
       fetching cpython@3.12.91
       unpacked cpython@3.12.91 ([ROOT]/project/there)
    ");
    answers(&cx, &cx.path("there"), NAME);
    assert_eq!(installed(&cx), [""; 0]);
    let output = cx.rye(["toolchain", "list"]).succeed();
    assert!(!output.stdout.contains("3.12.91"), "{}", output.stdout);
    // it is not replaced unless that is said
    cx.write("there/mine", "");
    let before = cx.fingerprint();
    rye_snapshot!(fetch(&cx, &[]), @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/there` exists
    hint: replace it with `--force`
    ");
    assert_eq!(cx.fingerprint(), before);
    mirror.fail("/mirror/*", Fault::Cut);
    fetch(&cx, &["--force"]).fail(1);
    assert_eq!(cx.fingerprint(), before);
    mirror.heal();
    fetch(&cx, &["--force"]).succeed();
    answers(&cx, &cx.path("there"), NAME);
    assert!(!cx.exists("there/mine"));
    assert_eq!(left(&cx), [""; 0]);
}

#[test]
fn another_place_is_not_taken_from_others() {
    let mirror = mirror_of(&["3.12.91", "3.13.91"]);
    let cx = world(&mirror);
    cx.write("full/important", "");
    cx.write("file", "");
    fs::create_dir(cx.path("empty")).unwrap();
    let before = cx.fingerprint();
    for place in ["full", "file", "empty"] {
        cx.rye(["fetch", "3.12", "--target-path", place]).fail(1);
    }
    for place in ["full", "file", ".", ".."] {
        cx.rye(["fetch", "3.12", "--target-path", place, "--force"]).fail(1);
    }
    cx.rye(["fetch", "3.12", "3.13", "--target-path", "there"]).fail(1);
    assert_eq!(cx.fingerprint(), before);
    assert_eq!(mirror.requests().len(), 0);
    cx.rye(["fetch", "3.12", "--target-path", "empty", "--force"]).succeed();
    answers(&cx, &cx.path("empty"), NAME);
    let deep = cx.path("a/b/c");
    cx.rye(["fetch", "3.12", "--target-path", "a/b/c"]).succeed();
    answers(&cx, &deep, NAME);
}

#[test]
fn a_home_that_looks_like_a_python_is_not_replaced() {
    let mirror = mirror_of(&["3.12.91"]);
    let cx = world(&mirror);
    cx.rye(["fetch", "3.12", "--target-path", "there"]).succeed();
    fs::remove_file(cx.path("there/.rye-toolchain")).unwrap();
    cx.write("there/documents/thesis", "");
    let before = cx.fingerprint();
    rye_snapshot!(cx, ["fetch", "3.12", "--target-path", "there", "--force"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/there` holds something that Rye did not put there
    hint: name another directory with `--target-path`
    ");
    assert_eq!(cx.fingerprint(), before);
}

#[test]
fn two_pythons_for_one_place_are_not_mixed() {
    let mirror = mirror_of(&["3.12.91", "3.13.91"]);
    let cx = world(&mirror);
    mirror.fail(&mirror.path(NAME), Fault::Stall(Duration::from_millis(700)));
    let (first, second) = thread::scope(|scope| {
        let run = cx.rye(["fetch", "3.12", "--target-path", "there"]);
        let waiting = scope.spawn(move || run.run());
        while mirror.requests().is_empty() {
            thread::sleep(Duration::from_millis(5));
        }
        let second = cx.rye(["fetch", "3.13", "--target-path", "there"]).run();
        (waiting.join().unwrap(), second)
    });
    assert!(first.status.success(), "{}", first.snapshot());
    assert_eq!(second.status.code(), Some(1), "{}", second.snapshot());
    assert!(second.stderr.contains("exists"), "{}", second.stderr);
    answers(&cx, &cx.path("there"), NAME);
}

#[test]
fn what_appears_at_another_place_meanwhile_stays() {
    let mirror = mirror_of(&["3.12.91", "3.13.91"]);
    let cx = world(&mirror);
    mirror.fail(&mirror.path(NAME), Fault::Stall(Duration::from_millis(700)));
    let meanwhile = |act: &dyn Fn()| {
        mirror.clear_requests();
        thread::scope(|scope| {
            let run = cx.rye(["fetch", "3.12", "--target-path", "there"]);
            let waiting = scope.spawn(move || run.run());
            while mirror.requests().is_empty() {
                thread::sleep(Duration::from_millis(5));
            }
            act();
            waiting.join().unwrap()
        })
    };
    let output = meanwhile(&|| cx.write("there/important", ""));
    assert_eq!(output.status.code(), Some(1), "{}", output.snapshot());
    assert_eq!(cx.tree(), "there/\nthere/important");
    fs::remove_dir_all(cx.path("there")).unwrap();
    let output = meanwhile(&|| {
        // it waits for the other, or takes what is nobody's yet
        cx.rye(["fetch", "3.13", "--target-path", "there"]).run();
    });
    let other = output.status.code() == Some(1);
    let name = if other { "cpython@3.13.91" } else { NAME };
    answers(&cx, &cx.path("there"), name);
    assert_eq!(left(&cx), [""; 0]);
}

#[test]
fn a_link_to_another_place_stays_one() {
    let mirror = mirror_of(&["3.12.91", "3.13.91"]);
    let cx = world(&mirror);
    cx.rye(["fetch", "3.12", "--target-path", "real"]).succeed();
    std::os::unix::fs::symlink("real", cx.path("there")).unwrap();
    cx.rye(["fetch", "3.13", "--target-path", "there", "--force"]).succeed();
    assert_eq!(fs::read_link(cx.path("there")).unwrap(), Path::new("real"));
    answers(&cx, &cx.path("real"), "cpython@3.13.91");
}

#[test]
fn what_runs_elsewhere_needs_another_place() {
    let foreign = Fake::new("3.12.91").script("#!/no/such/interpreter\n").build();
    let mirror = Mirror::new().with(foreign.platform("s390x-linux-gnu")).serve();
    let cx = world(&mirror);
    let request = "cpython-s390x-linux-gnu@3.12.91";
    rye_snapshot!(cx, ["fetch", request], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `cpython-s390x-linux-gnu@3.12.91` does not run on this machine
    hint: name a directory for it with `--target-path`
    ");
    fails(&cx, &["fetch", "3.12"]);
    assert_eq!(mirror.requests().len(), 0);
    rye_snapshot!(cx, ["fetch", request, "--target-path", "there"], @r"
    exit: 0
    ----- stdout -----
    ----- stderr -----
       fetching cpython-s390x@3.12.91
    warning: cpython-s390x@3.12.91 is for another platform and was not tried
       unpacked cpython-s390x@3.12.91 ([ROOT]/project/there)
    ");
    assert!(cx.exists("there/bin/python3"));
}
