//! Downloads that go wrong, and those that go on.

use super::*;

#[test]
fn a_download_that_goes_wrong_leaves_nothing_and_the_next_one_works() {
    let mirror = large_mirror();
    let cx = world(&mirror);
    for fault in [
        Fault::Cut,
        Fault::CutAt(0),
        Fault::CutAt(1),
        Fault::Short,
        Fault::Overlong,
        Fault::Corrupt,
        Fault::Status(204),
        Fault::Status(401),
        Fault::Status(403),
        Fault::Status(404),
        Fault::Status(429),
        Fault::Status(500),
        Fault::Status(503),
    ] {
        mirror.fail(&mirror.path(NAME), fault);
        mirror.clear_requests();
        let output = fails_for(&cx, NAME);
        assert!(output.stderr.contains("\ncaused by: "), "{fault:?}: {}", output.stderr);
        assert!(output.stderr.contains("\nhint: "), "{fault:?}: {}", output.stderr);
        // the world allows no retries
        assert_eq!(mirror.requests().len(), 1, "{fault:?}");
        mirror.heal();
    }
    fetches(&cx, "3.12");
    works(&cx, NAME);
}

#[test]
fn what_went_wrong_is_told() {
    let mirror = mirror_of(&["3.12.91"]);
    let mut cx = world(&mirror);
    cx.mask(mirror.location(NAME), "[LOCATION]");
    mirror.fail("/mirror/*", Fault::Status(404));
    rye_snapshot!(cx, ["fetch", "3.12"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
       fetching cpython@3.12.91
    error: cannot fetch `cpython@3.12.91`
    caused by: `[MIRROR]/[LOCATION]` answers 404 Not Found
    hint: take it from a mirror: `toolchain.mirror`, `RYE_TOOLCHAIN_MIRROR`, `rye fetch --mirror`
    hint: check the URL of the index or mirror
    ");
    mirror.heal();
    mirror.fail("/mirror/*", Fault::Cut);
    rye_snapshot!(cx, ["fetch", "3.12"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
       fetching cpython@3.12.91
    error: cannot fetch `cpython@3.12.91`
    caused by: the download of `[MIRROR]/[LOCATION]` broke off
    caused by: request or response body error
    caused by: error reading a body from connection
    caused by: end of file before message length reached
    hint: try again
    ");
    mirror.heal();
    cx.mask(&mirror.build(NAME).sha256, "[EXPECTED]");
    mirror.replace(NAME, *b"something else");
    cx.mask(sha256(b"something else"), "[ACTUAL]");
    rye_snapshot!(cx, ["fetch", "3.12"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
       fetching cpython@3.12.91
    error: cannot fetch `cpython@3.12.91`
    caused by: `[MIRROR]/[LOCATION]` does not have the expected content: sha256 is [ACTUAL], not [EXPECTED]
    hint: the server, or a proxy before it, serves a changed file
    ");
    cx.set_env("RYE_TOOLCHAIN_MIRROR", "http://127.0.0.1:9/mirror");
    cx.set_env("UV_HTTP_RETRIES", "3");
    rye_snapshot!(cx, ["fetch", "3.12"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
       fetching cpython@3.12.91
    error: cannot fetch `cpython@3.12.91`
    caused by: cannot reach `http://127.0.0.1:9/mirror/[LOCATION]`
    caused by: error sending request
    caused by: client error (Connect)
    caused by: tcp connect error
    caused by: Connection refused (os error 111)
    hint: take it from a mirror: `toolchain.mirror`, `RYE_TOOLCHAIN_MIRROR`, `rye fetch --mirror`
    hint: check the network, the proxy (`https_proxy`) and the certificates (`SSL_CERT_FILE`)
    ");
    rye_snapshot!(cx, ["fetch", "3.12", "--offline"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `cpython@3.12.91` is not there yet, and it cannot be fetched offline
    hint: run `rye fetch cpython@3.12.91` where there is a network
    ");
}

#[test]
fn a_server_that_recovers_is_asked_again() {
    let mirror = large_mirror();
    let mut cx = world(&mirror);
    cx.set_env("UV_HTTP_RETRIES", "2");
    for status in [408, 429, 500, 502, 503, 504] {
        mirror.clear_requests();
        mirror.fail_times(1, &mirror.path(NAME), Fault::Status(status));
        fetches(&cx, "3.12");
        works(&cx, NAME);
        let requests = mirror.requests_for(NAME);
        assert_eq!(requests.len(), 2, "{status}");
        assert_eq!(requests[1].header("Range"), None);
        cx.rye(["toolchain", "remove", NAME]).succeed();
    }
    mirror.clear_requests();
    mirror.fail(&mirror.path(NAME), Fault::Status(503));
    fails_for(&cx, "503");
    assert_eq!(mirror.requests().len(), 3);
    mirror.heal();
    for status in [401, 403, 404, 410] {
        mirror.clear_requests();
        mirror.fail(&mirror.path(NAME), Fault::Status(status));
        fails_for(&cx, &status.to_string());
        assert_eq!(mirror.requests().len(), 1, "{status}");
        mirror.heal();
    }
}

#[test]
fn wrong_content_is_not_asked_for_again() {
    let mirror = large_mirror();
    let mut cx = world(&mirror);
    cx.set_env("UV_HTTP_RETRIES", "2");
    mirror.fail(&mirror.path(NAME), Fault::Corrupt);
    fails_for(&cx, "expected content");
    assert_eq!(mirror.requests().len(), 1);
}

#[test]
fn a_broken_download_is_resumed() {
    let mirror = large_mirror();
    let mut cx = world(&mirror);
    cx.set_env("UV_HTTP_RETRIES", "1");
    let path = mirror.path(NAME);
    mirror.fail_times(1, &path, Fault::CutAt(300_000));
    // what is left breaks off as well; a retry is one of a row
    mirror.fail_times(1, &path, Fault::CutAt(50_000));
    fetches(&cx, "3.12");
    works(&cx, NAME);
    let requests = mirror.requests_for(NAME);
    let ranges: Vec<_> = requests.iter().map(|request| request.header("Range")).collect();
    assert_eq!(ranges, [None, Some("bytes=300000-"), Some("bytes=350000-")]);
    let tag = format!("\"{}\"", mirror.build(NAME).sha256);
    assert_eq!(requests[0].header("If-Range"), None);
    assert_eq!(requests[1].header("If-Range"), Some(tag.as_str()));
    assert_eq!(requests[2].header("If-Range"), Some(tag.as_str()));
    let noise = fs::read(entry(&cx, NAME).join("share/noise")).unwrap();
    assert_eq!(noise.len(), 400_000);
}

#[test]
fn a_server_without_ranges_sends_it_again() {
    let mirror = Mirror::new().with(Fake::new("3.12.91").padding(400_000)).without_ranges().serve();
    let mut cx = world(&mirror);
    cx.set_env("UV_HTTP_RETRIES", "1");
    mirror.fail_times(1, &mirror.path(NAME), Fault::CutAt(300_000));
    fetches(&cx, "3.12");
    works(&cx, NAME);
    let requests = mirror.requests_for(NAME);
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[1].header("Range"), Some("bytes=300000-"));
    assert_eq!(requests[1].header("If-Range"), None);
}

#[test]
fn what_changes_while_it_is_resumed_is_refused() {
    let other = Fake::new("3.12.91").padding(500_000).build().bytes;
    let build = Fake::new("3.12.91").padding(400_000).build();
    let mut same_length = build.bytes.to_vec();
    same_length[1000] ^= 1;
    let shorter = build.bytes[..200_000].to_vec();
    for resumed in [other.to_vec(), same_length, shorter] {
        for mirror in [Mirror::new(), Mirror::new().without_ranges()] {
            let mirror = mirror.with(build.clone()).resumed_as(resumed.clone()).serve();
            let mut cx = world(&mirror);
            cx.set_env("UV_HTTP_RETRIES", "1");
            mirror.fail_times(1, &mirror.path(NAME), Fault::CutAt(300_000));
            // either it is noticed, or what was there before was right and so is the rest
            let output = cx.rye(["fetch", "3.12"]).run();
            if output.status.success() {
                works(&cx, NAME);
                let noise = fs::read(entry(&cx, NAME).join("share/noise")).unwrap();
                assert_eq!(noise.len(), 400_000);
            } else {
                assert_eq!(installed(&cx), [""; 0]);
                assert_eq!(left(&cx), [""; 0]);
            }
        }
    }
}

#[test]
fn a_server_that_falls_silent_is_asked_again() {
    let mirror = large_mirror();
    let mut cx = world(&mirror);
    cx.set_env("UV_HTTP_RETRIES", "1");
    cx.set_env("UV_HTTP_TIMEOUT", "1");
    let path = mirror.path(NAME);
    mirror.fail_times(1, &path, Fault::Stall(FOREVER));
    fetches(&cx, "3.12");
    works(&cx, NAME);
    assert_eq!(mirror.requests_for(NAME).len(), 2);
    cx.rye(["toolchain", "remove", NAME]).succeed();
    mirror.clear_requests();
    mirror.fail_times(1, &path, Fault::StallAt(300_000, FOREVER));
    fetches(&cx, "3.12");
    works(&cx, NAME);
    let requests = mirror.requests_for(NAME);
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[1].header("Range"), Some("bytes=300000-"));
    cx.rye(["toolchain", "remove", NAME]).succeed();
    mirror.clear_requests();
    mirror.fail(&path, Fault::StallAt(0, FOREVER));
    fails_for(&cx, NAME);
    assert_eq!(mirror.requests_for(NAME).len(), 2);
}

#[test]
fn a_slow_server_is_not_a_silent_one() {
    let mirror = large_mirror();
    let mut cx = world(&mirror);
    cx.set_env("UV_HTTP_TIMEOUT", "2");
    // more than that in all, but never at once
    mirror.fail(&mirror.path(NAME), Fault::Trickle(10, Duration::from_millis(300)));
    fetches(&cx, "3.12");
    works(&cx, NAME);
    assert_eq!(mirror.requests_for(NAME).len(), 1);
}

#[test]
fn a_mirror_may_send_elsewhere() {
    let fake = Fake::new("3.12.91").padding(400_000);
    let mirror = Mirror::new().with(fake).redirecting().serve();
    let mut cx = world(&mirror);
    cx.set_env("UV_HTTP_RETRIES", "1");
    let elsewhere = format!("/base/{}", mirror.location(NAME));
    mirror.fail_times(1, &elsewhere, Fault::CutAt(300_000));
    fetches(&cx, "3.12");
    works(&cx, NAME);
    let mut requests = mirror.requests_for(NAME);
    requests.retain(|request| request.path == elsewhere);
    let ranges: Vec<_> = requests.iter().map(|request| request.header("Range")).collect();
    assert_eq!(ranges, [None, Some("bytes=300000-")]);
}

#[test]
fn offline_nothing_is_asked() {
    let mirror = mirror_of(&["3.12.91"]);
    let cx = world(&mirror);
    let output = fails(&cx, &["fetch", "3.12", "--offline"]);
    assert!(output.stderr.contains("offline"), "{}", output.stderr);
    let url = format!("{}#sha256={}", mirror.archive_url(NAME), mirror.build(NAME).sha256);
    fails(&cx, &["fetch", &url, "--offline"]);
    assert_eq!(mirror.requests().len(), 0);
    fetches(&cx, "3.12");
    cx.rye(["fetch", "3.12", "--offline"]).succeed();
    fails(&cx, &["fetch", "3.12", "--offline", "--force"]);
    works(&cx, NAME);
    assert_eq!(mirror.requests().len(), 1);
}

#[test]
fn settings_of_the_network_that_are_no_numbers_are_told() {
    let mirror = mirror_of(&["3.12.91"]);
    let mut cx = world(&mirror);
    cx.set_env("UV_HTTP_RETRIES", "many");
    rye_snapshot!(cx, ["fetch", "3.12"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
       fetching cpython@3.12.91
    error: `UV_HTTP_RETRIES` is `many`, which is no number
    hint: set it to a number, or unset it
    ");
}
