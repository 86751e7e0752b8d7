//! Sources: their order, their credentials, and distributions that come from one of them alone.

use std::collections::BTreeSet;

use crate::support::{Fault, Index, RunningIndex, Sdist, TestContext, Wheel, rye_snapshot, sha256};

/// Writes a project with these requirements and sources.
fn write_project(cx: &TestContext, requirements: &[&str], sources: &str) {
    cx.write_project("demo", requirements);
    cx.write("pyproject.toml", cx.read("pyproject.toml") + sources);
}

/// Returns the names that an index was asked for.
fn asked(index: &RunningIndex) -> BTreeSet<String> {
    let name = |path: &str| Some(path.strip_prefix("/simple/")?.trim_matches('/').to_owned());
    index.requests().iter().filter_map(|request| name(&request.path)).collect()
}

fn names(texts: &[&str]) -> BTreeSet<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// An index whose `torch` is not the one of the default index, and which has what others must not take.
fn special() -> Index {
    Index::new()
        .with(Wheel::new("torch", "2.0+cpu"))
        .with(Wheel::new("torch", "1.0+cpu"))
        .with(Wheel::new("idna", "99.0"))
        .with(Wheel::new("needs-torch", "99.0"))
}

/// The default index, with another `torch` and something that needs it.
fn world() -> Index {
    Index::standard()
        .with(Wheel::new("torch", "3.0"))
        .with(Wheel::new("needs-torch", "1.0").requires("torch>=1").requires("idna"))
}

#[test]
fn a_pinned_distribution_comes_from_its_source_alone() {
    let mut cx = TestContext::builder().index(world()).build();
    let special = special().serve();
    cx.mask(special.url(), "[SPECIAL]");
    let source = format!(
        "\n[[tool.rye.sources]]\nname = \"special\"\nurl = \"{}/\"\npackages = [\"torch\", \"Torch\"]\n",
        special.url()
    );
    // nothing but the one needs it, and that is on the default index
    write_project(&cx, &["needs-torch"], &source);
    cx.rye(["sync"]).succeed();
    assert_eq!(cx.installed(), ["demo==0.1.0", "idna==3.4", "needs-torch==1.0", "torch==2.0+cpu"]);
    assert!(cx.read("requirements.lock").contains("torch==2.0+cpu\n    # via needs-torch\n"));
    assert_eq!(asked(&special), names(&["torch"]));
    let default = asked(cx.index());
    assert!(default.contains("needs-torch") && !default.contains("torch"), "{default:?}");
    rye_snapshot!(cx, ["show"], @"
    exit: 0
    ----- stdout -----
    project: demo
    path: [ROOT]/project
    venv: [ROOT]/project/.venv
    target python: >=3.9
    venv python: cpython@[PYTHON]
    virtual: false
    configured sources:
      --index-url [INDEX]
      --extra-index-url [SPECIAL]/ # only torch
    ----- stderr -----
    ");
    // installing what is locked asks in the same places
    special.clear_requests();
    cx.index().clear_requests();
    std::fs::remove_dir_all(cx.path(".venv")).unwrap();
    std::fs::remove_dir_all(cx.root().join("uv-cache")).unwrap();
    cx.rye(["sync", "--no-lock"]).succeed();
    assert_eq!(asked(&special), names(&["torch"]));
    assert!(!asked(cx.index()).contains("torch"));
    // versions move only within the source
    cx.rye(["lock", "--update-all", "--universal"]).succeed();
    assert!(cx.read("requirements.lock").contains("torch==2.0+cpu\n"));
    cx.rye(["lock", "--check"]).succeed();
    cx.rye(["lock", "--check", "--offline"]).succeed();
}

#[test]
fn a_pinned_distribution_that_its_source_lacks_is_nowhere() {
    let cx = TestContext::builder().index(world()).build();
    let special = Index::new().with(Wheel::new("other", "1.0")).serve();
    let source = format!(
        "\n[[tool.rye.sources]]\nname = \"special\"\nurl = \"{}\"\npackages = [\"torch\"]\n",
        special.url()
    );
    write_project(&cx, &["needs-torch"], &source);
    rye_snapshot!(cx, ["lock"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot lock `demo`
    caused by: the requirements cannot be resolved
    caused by: No solution found when resolving dependencies
      cause: Because there are no versions of torch and all versions of needs-torch depend on torch>=1, we can conclude that all versions of needs-torch cannot be used.
             And because you require needs-torch, we can conclude that your requirements are unsatisfiable.
    hint: `torch` comes from the source `special` alone
    ");
    assert!(!asked(cx.index()).contains("torch"));
    special.fail("/simple/torch/", Fault::Status(503));
    let output = cx.rye(["lock"]).fail(1);
    assert!(output.stderr.contains("answers 503"), "{}", output.stderr);
    assert!(!cx.exists("requirements.lock"));
}

#[test]
fn credentials_of_a_pinned_source_stay_private() {
    let cx = TestContext::builder().index(world()).build();
    let special = special().with_login("me", "s3cret/&").serve();
    let source = format!(
        "generate-hashes = true\n\n[[tool.rye.sources]]\nname = \"special\"\nurl = \"{}\"\n\
         username = \"me\"\npassword = \"s3cret/&\"\npackages = [\"torch\"]\n",
        special.url()
    );
    cx.write_project("demo", &["needs-torch"]);
    let manifest = cx.read("pyproject.toml").replace("dev-dependencies = []\n", &source);
    cx.write("pyproject.toml", manifest);
    let output = cx.rye(["sync", "--verbose"]).succeed();
    assert!(cx.installed().contains(&"torch==2.0+cpu".to_owned()));
    let lockfile = cx.read("requirements.lock");
    assert!(lockfile.contains("torch==2.0+cpu \\\n    --hash=sha256:"));
    for text in [&output.stderr, &output.stdout, &lockfile] {
        assert!(!text.contains("s3cret"), "{text}");
    }
    #[cfg(unix)]
    for page in files_with(&cx.rye_home(), "s3cret") {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = page.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", page.display());
    }
    assert_eq!(files_with(&cx.root().join("uv-cache"), "s3cret"), [] as [std::path::PathBuf; 0]);
    // a hash that is not the file's is found out
    cx.write("requirements-dev.lock", corrupted(&lockfile, "torch"));
    std::fs::remove_dir_all(cx.path(".venv")).unwrap();
    std::fs::remove_dir_all(cx.root().join("uv-cache")).unwrap();
    let output = cx.rye(["sync", "--no-lock"]).fail(1);
    assert!(output.stderr.contains("Hash mismatch"), "{}", output.stderr);
}

/// Returns a lockfile with another digest for a distribution.
fn corrupted(lockfile: &str, name: &str) -> String {
    let start = lockfile.find(&format!("\n{name}==")).expect("it is locked");
    let hash = start + lockfile[start..].find("sha256:").expect("it has a hash") + "sha256:".len();
    format!("{}{}{}", &lockfile[..hash], "0".repeat(64), &lockfile[hash + 64..])
}

/// Returns the files below a directory that hold a text.
fn files_with(directory: &std::path::Path, text: &str) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).into_iter().flatten() {
        let path = entry.expect("a directory can be read").path();
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            found.extend(files_with(&path, text));
        } else if String::from_utf8_lossy(&std::fs::read(&path).expect("a file can be read"))
            .contains(text)
        {
            found.push(path);
        }
    }
    found
}

#[test]
fn a_page_or_a_directory_of_files_can_be_pinned_to() {
    let cx = TestContext::builder().index(world()).build();
    let special = special().serve();
    let page = format!(
        "\n[[tool.rye.sources]]\nname = \"special\"\ntype = \"find-links\"\nurl = \"{}\"\npackages = [\"torch\"]\n",
        special.links_url()
    );
    write_project(&cx, &["needs-torch"], &page);
    cx.rye(["sync"]).succeed();
    assert!(cx.installed().contains(&"torch==2.0+cpu".to_owned()));
    assert!(cx.installed().contains(&"idna==3.4".to_owned()));
    let wheel = Wheel::new("torch", "4.0").build();
    cx.write(format!("my wheels/{}", wheel.filename), &wheel.bytes);
    let other = Wheel::new("idna", "98.0").build();
    cx.write(format!("my wheels/{}", other.filename), &other.bytes);
    let directory = "\n[[tool.rye.sources]]\nname = \"special\"\ntype = \"find-links\"\n\
                     url = \"my wheels\"\npackages = [\"torch\"]\n";
    write_project(&cx, &["needs-torch"], directory);
    cx.rye(["sync", "--update-all"]).succeed();
    assert!(cx.installed().contains(&"torch==4.0".to_owned()), "{:?}", cx.installed());
    assert!(cx.installed().contains(&"idna==3.4".to_owned()));
}

#[test]
fn sources_in_a_lockfile_do_not_undo_a_pin() {
    let cx = TestContext::builder().index(world()).build();
    let special = special().serve();
    let source = format!(
        "lock-with-sources = true\n\n[[tool.rye.sources]]\nname = \"special\"\nurl = \"{}\"\n\
         packages = [\"torch\"]\n",
        special.url()
    );
    cx.write_project("demo", &["needs-torch"]);
    let manifest = cx.read("pyproject.toml").replace("dev-dependencies = []\n", &source);
    cx.write("pyproject.toml", manifest);
    cx.rye(["sync"]).succeed();
    assert!(cx.read("requirements.lock").contains(&format!("--extra-index-url {}", special.url())));
    assert!(cx.installed().contains(&"torch==2.0+cpu".to_owned()));
    assert_eq!(asked(&special), names(&["torch"]));
    assert!(!asked(cx.index()).contains("torch"));
}

#[test]
fn a_cutoff_holds_for_what_is_pinned() {
    let wheel = |version: &str, time: &str| Wheel::new("torch", version).build().uploaded(time);
    let special = Index::new()
        .with(wheel("1.0+cpu", "2024-01-01T12:00:00Z"))
        .with(wheel("2.0+cpu", "2026-11-01T00:00:00.123456Z"));
    let special = special.serve();
    let mut cx = TestContext::builder().index(world()).build();
    cx.mask(special.url(), "[SPECIAL]");
    let source = |settings: &str| {
        format!(
            "\n[[tool.rye.sources]]\nname = \"special\"\nurl = \"{}\"\npackages = [\"torch\"]\n{settings}\n",
            special.url()
        )
    };
    let locked = |cutoff: &str| {
        write_project(&cx, &["torch"], &source(""));
        let manifest = cx.read("pyproject.toml");
        let setting = format!("managed = true\nexclude-newer = \"{cutoff}\"\n");
        cx.write("pyproject.toml", manifest.replace("managed = true\n", &setting));
        cx.rye(["lock", "--update-all"]).succeed();
        cx.locked("requirements.lock")
    };
    assert_eq!(locked("2026-11-01"), ["-e file:.", "torch==2.0+cpu"]);
    assert_eq!(locked("2026-10-31"), ["-e file:.", "torch==1.0+cpu"]);
    cx.rye(["sync"]).succeed();
    cx.rye(["lock", "--check", "--offline"]).succeed();
    // what has no time is none that is allowed
    write_project(&cx, &["torch"], &source("type = \"find-links\"").replace("/simple", "/links/"));
    let manifest = cx.read("pyproject.toml");
    let setting = "managed = true\nexclude-newer = \"2026-11-01\"\n";
    cx.write("pyproject.toml", manifest.replace("managed = true\n", setting));
    rye_snapshot!(cx, ["lock"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot lock `demo`
    caused by: the requirements cannot be resolved
    caused by: No solution found when resolving dependencies
      cause: Because torch==1.0+cpu has no publish time and there are no versions of torch, we can conclude that all versions of torch cannot be used.
             And because you require torch, we can conclude that your requirements are unsatisfiable.

    hint: `torch` was filtered by `exclude-newer` to only include packages uploaded before 2026-11-01T23:59:59.999999999Z. The latest version satisfying the requirement is v2.0+cpu.
    hint: `exclude-newer` leaves out files whose source does not say when they were uploaded
    ");
}

#[test]
fn a_page_that_cannot_be_read_is_an_error() {
    let mut cx = TestContext::builder().index(world()).build();
    let special = special().serve();
    cx.mask(special.url(), "[SPECIAL]");
    special.fail("/simple/torch/", Fault::Short);
    let source = format!(
        "\n[[tool.rye.sources]]\nname = \"special\"\nurl = \"{}\"\npackages = [\"torch\"]\n",
        special.url()
    );
    write_project(&cx, &["torch"], &source);
    rye_snapshot!(cx, ["lock"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot lock `demo`
    caused by: the requirements cannot be resolved
    caused by: `[SPECIAL]/torch/` is no page of an index
    caused by: EOF while parsing a string at line 1 column 408
    hint: check the URL of the source
    ");
}

#[test]
fn a_pinned_page_is_fetched_once_in_a_command() {
    let cx = TestContext::builder().index(world()).build();
    let special = special().serve();
    let source = format!(
        "\n[[tool.rye.sources]]\nname = \"special\"\nurl = \"{}\"\npackages = [\"torch\"]\n",
        special.url()
    );
    write_project(&cx, &["needs-torch"], &source);
    for args in [&["sync"][..], &["lock", "--update-all"], &["sync", "--force"]] {
        special.clear_requests();
        cx.rye(args).succeed();
        let requests = special.requests();
        let pages = requests.iter().filter(|request| request.path == "/simple/torch/");
        assert_eq!(pages.count(), 1, "{args:?}");
    }
}

#[test]
fn what_is_pinned_to_this_machine_is_read_without_a_network() {
    let cx = TestContext::builder().index(world()).build();
    write_project(&cx, &["needs-torch"], "");
    cx.rye(["sync"]).succeed(); // of all else the engine's cache knows
    let write = |directory: &str, version: &str| {
        let wheel = Wheel::new("torch", version).build();
        cx.write(format!("{directory}/{}", wheel.filename), &wheel.bytes);
        wheel.filename
    };
    let url = |path: &str| format!("file://{}", cx.path(path).display());
    let check = |kind: &str, url: &str, version: &str| {
        let source = format!(
            "\n[[tool.rye.sources]]\nname = \"special\"\ntype = \"{kind}\"\nurl = \"{url}\"\n\
             packages = [\"torch\"]\n"
        );
        write_project(&cx, &["needs-torch"], &source);
        cx.rye(["sync", "--offline", "--update", "torch"]).succeed();
        assert!(cx.installed().contains(&format!("torch=={version}")), "{:?}", cx.installed());
    };
    // pages beside the files
    let filename = write("index/files", "4.0");
    let link = format!("<a href=\"../../files/{filename}\">{filename}</a>");
    cx.write("index/simple/torch/index.html", &link);
    check("index", &url("index/simple/"), "4.0");
    // the files in the places of pages
    write("mirror/torch", "5.0");
    check("index", &url("mirror"), "5.0");
    write("mirror/torch", "6.0");
    check("index", &url("mirror"), "6.0");
    // a page, and a directory
    cx.write("index/simple/links.html", link.replace("../../", "../"));
    check("find-links", &url("index/simple/links.html"), "4.0");
    check("find-links", "mirror/torch", "6.0");
    // one that is not there
    let source = format!(
        "\n[[tool.rye.sources]]\nname = \"special\"\nurl = \"{}\"\npackages = [\"torch\"]\n",
        url("nowhere")
    );
    write_project(&cx, &["needs-torch"], &source);
    rye_snapshot!(cx, ["lock"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot lock `demo`
    caused by: the requirements cannot be resolved
    caused by: cannot find `[ROOT]/project/nowhere`
    caused by: No such file or directory (os error 2)
    ");
}

#[test]
fn a_page_and_an_index_of_one_address_are_two_sources() {
    let cx = TestContext::builder().index(world()).build();
    let special = special().serve();
    let source = |kind: &str| {
        let url = special.links_url();
        format!(
            "\n[[tool.rye.sources]]\nname = \"special\"\ntype = \"{kind}\"\nurl = \"{url}\"\n\
             packages = [\"torch\"]\n"
        )
    };
    write_project(&cx, &["needs-torch"], &source("find-links"));
    cx.rye(["lock"]).succeed();
    cx.rye(["lock", "--offline"]).succeed();
    write_project(&cx, &["needs-torch"], &source("index"));
    let output = cx.rye(["lock", "--offline"]).fail(1);
    assert!(output.stderr.contains("was never fetched"), "{}", output.stderr);
}

#[test]
fn extra_indexes_come_before_the_default_one_in_their_order() {
    let cx = TestContext::builder().index(world()).build();
    let first = Index::new().with(Wheel::new("idna", "1.0")).serve();
    let second =
        Index::new().with(Wheel::new("idna", "2.0")).with(Wheel::new("only", "2.0")).serve();
    let source = |name: &str, index: &RunningIndex| {
        format!("\n[[tool.rye.sources]]\nname = \"{name}\"\nurl = \"{}\"\n", index.url())
    };
    let sources = source("first", &first) + &source("second", &second);
    write_project(&cx, &["idna", "only", "tqdm"], &sources);
    cx.rye(["lock"]).succeed();
    let lockfile = cx.read("requirements.lock");
    for entry in ["idna==1.0\n", "only==2.0\n", "tqdm==4.66.1\n"] {
        assert!(lockfile.contains(entry), "{lockfile}");
    }
    // who has it in the first place ends the search
    assert!(!asked(&second).contains("idna"));
    assert!(!asked(cx.index()).contains("idna"));
}

#[test]
fn indexes_that_fail_are_told_as_such() {
    let cx = TestContext::builder().index(world()).build();
    let extra = Index::new().with(Wheel::new("only", "2.0")).serve();
    let source = format!("\n[[tool.rye.sources]]\nname = \"x\"\nurl = \"{}\"\n", extra.url());
    write_project(&cx, &["only", "tqdm"], &source);
    for (status, expected) in [(401, "401"), (403, "403"), (500, "500")] {
        extra.fail("/simple/*", Fault::Status(status));
        let output = cx.rye(["lock"]).fail(1);
        assert!(output.stderr.contains(expected), "{}", output.stderr);
        extra.heal();
    }
    // one that knows nothing is no failure
    extra.fail("/simple/tqdm/", Fault::Status(404));
    cx.rye(["lock"]).succeed();
}

#[test]
fn sources_that_cannot_be_are_refused() {
    let cx = TestContext::new();
    let source = |name: &str, rest: &str| {
        format!(
            "\n[[tool.rye.sources]]\nname = \"{name}\"\nurl = \"http://127.0.0.1:9/simple\"\n{rest}\n"
        )
    };
    write_project(&cx, &[], &source("default", "packages = [\"torch\"]"));
    rye_snapshot!(cx, ["lock"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the source `default` can have no `packages` of its own
    hint: give it another name, or take `packages` out
    ");
    let twice =
        source("a", "packages = [\"torch\"]") + &source("b", "packages = [\"x\", \"Torch\"]");
    write_project(&cx, &[], &twice);
    rye_snapshot!(cx, ["lock"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `torch` is in `packages` of the sources `a` and `b`
    hint: take it out of one of them
    ");
    write_project(&cx, &[], &source("a", "packages = []"));
    rye_snapshot!(cx, ["lock"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `packages` of the source `a` is empty, so that nothing would come from it
    hint: name what comes from it alone, or take `packages` out
    ");
    write_project(&cx, &[], &source("a", "packages = [\"not a name\"]"));
    rye_snapshot!(cx, ["lock"], @r#"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/pyproject.toml` cannot be understood
    caused by: TOML parse error at line 22, column 12
       |
    22 | packages = ["not a name"]
       |            ^^^^^^^^^^^^^^
    Not a valid package or extra name: "not a name". Names must start and end with a letter or digit and may only contain -, _, ., and alphanumeric characters.
    hint: correct the line in an editor
    "#);
    write_project(&cx, &["torch"], &source("a", "packages = [\"torch\"]"));
    rye_snapshot!(cx, ["lock", "--offline"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot lock `demo`
    caused by: the requirements cannot be resolved
    caused by: the page of `torch` in `http://127.0.0.1:9/simple` was never fetched, and the network is not to be used
    hint: run it once without `--offline`
    ");
    // what the system says of it is its own
    let output = cx.rye(["lock"]).fail(1);
    for part in [
        "caused by: cannot reach `http://127.0.0.1:9/simple/torch/`\n",
        "hint: check the network, the proxy",
    ] {
        assert!(output.stderr.contains(part), "{}", output.stderr);
    }
    assert!(!cx.exists("requirements.lock"));
}

#[test]
fn schemes_that_no_source_has_are_told() {
    let mut cx = TestContext::new();
    let source = |kind: &str| {
        format!(
            "\n[[tool.rye.sources]]\nname = \"x\"\ntype = \"{kind}\"\nurl = \"ftp://me:s3cret@x/y\"\n"
        )
    };
    write_project(&cx, &[], &source("find-links"));
    let as_links = cx.rye(["lock"]).snapshot();
    write_project(&cx, &[], &source("index"));
    assert_eq!(cx.rye(["lock"]).snapshot(), as_links);
    rye_snapshot!(cx, ["lock"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the source `x` has no usable URL: `ftp://****@x/y`
    caused by: `ftp` is no scheme of a source
    hint: there are `https://`, `http://` and `file://`
    ");
    // only Windows has paths on other machines
    if cfg!(unix) {
        let source =
            source("index").replace("ftp://me:s3cret@", "file://") + "packages = [\"torch\"]\n";
        write_project(&cx, &["torch"], &source);
        rye_snapshot!(cx, ["lock"], @"
        exit: 1
        ----- stdout -----
        ----- stderr -----
        error: cannot lock `demo`
        caused by: the requirements cannot be resolved
        caused by: the source `x` has no usable URL: `file://x/y`
        caused by: it is no path on this machine
        hint: write it as in `file:///directory/simple/`
        ");
    }
    write_project(&cx, &[], "");
    cx.set_env("UV_DEFAULT_INDEX", "me:s3cret@x/y");
    rye_snapshot!(cx, ["lock"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the source `UV_DEFAULT_INDEX` has no usable URL: `****@x/y`
    caused by: relative URL without a base
    hint: write it with its scheme, such as `https://`
    ");
}

#[test]
fn credentials_come_from_wherever_they_are_kept() {
    let login = || Index::standard().with_login("me", "s3cret").serve();
    let source = |index: &RunningIndex, url: &str, rest: &str| {
        let url = url.replace("HOST", &index.host());
        format!("\n[[tool.rye.sources]]\nname = \"default\"\nurl = \"{url}\"\n{rest}\n")
    };
    let check = |cx: &TestContext, arguments: &[&str]| {
        let output = cx.rye(["lock", "--update-all", "--with-sources"]).args(arguments).succeed();
        let lockfile = cx.read("requirements.lock");
        assert!(lockfile.contains("tqdm==4.66.1"), "{lockfile}");
        for text in [&output.stdout, &output.stderr, &lockfile] {
            assert!(!text.contains("s3cret"), "{text}");
        }
    };
    // in variables
    let index = login();
    let mut cx = TestContext::new();
    cx.set_env("LOGIN", "me:s3cret");
    write_project(&cx, &["tqdm"], &source(&index, "http://${LOGIN}@HOST/simple", ""));
    check(&cx, &[]);
    // beside the URL
    let (index, cx) = (login(), TestContext::new());
    let rest = "username = \"me\"\npassword = \"s3cret\"";
    write_project(&cx, &["tqdm"], &source(&index, "http://HOST/simple", rest));
    check(&cx, &[]);
    // in a netrc file
    let (index, cx) = (login(), TestContext::new());
    write_project(&cx, &["tqdm"], &source(&index, "http://HOST/simple", ""));
    cx.rye(["lock"]).fail(1);
    std::fs::write(cx.home().join(".netrc"), "machine 127.0.0.1 login me password s3cret\n")
        .unwrap();
    check(&cx, &[]);
    // in the keyring
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let (index, cx) = (login(), TestContext::new());
        write_project(&cx, &["tqdm"], &source(&index, "http://me@HOST/simple", ""));
        let keyring = cx.root().join("bin/keyring");
        std::fs::write(&keyring, "#!/bin/sh\n[ \"$1\" = get ] && echo s3cret\n").unwrap();
        std::fs::set_permissions(&keyring, std::fs::Permissions::from_mode(0o755)).unwrap();
        cx.rye(["lock"]).fail(1);
        check(&cx, &["--keyring-provider", "subprocess"]);
    }
}

#[test]
fn yanked_files_are_taken_only_by_their_version() {
    let cx = TestContext::new();
    write_project(&cx, &["withdrawn"], "");
    cx.rye(["lock"]).succeed();
    assert!(cx.read("requirements.lock").contains("withdrawn==1.0\n"));
    write_project(&cx, &["withdrawn==1.1"], "");
    let output = cx.rye(["sync"]).succeed();
    let warning = "warning: `withdrawn==1.1` is yanked (reason: \"broken\")\n";
    assert_eq!(output.stderr.matches(warning).count(), 1, "{}", output.stderr);
    assert!(cx.installed().contains(&"withdrawn==1.1".to_owned()));
    // what is locked stays
    write_project(&cx, &["withdrawn>1.0"], "");
    cx.rye(["lock"]).succeed();
    let output = cx.rye(["lock", "--update-all"]).fail(1);
    assert!(output.stderr.contains("yanked"), "{}", output.stderr);
}

#[test]
fn an_index_that_answers_with_anything_is_told() {
    let cx = TestContext::builder().index(Index::standard().with_cache_control("no-cache")).build();
    write_project(&cx, &["tqdm"], "");
    cx.index().fail("/simple/tqdm/", Fault::Cut);
    let output = cx.rye(["lock"]).fail(1);
    assert!(output.stderr.contains("tqdm"), "{}", output.stderr);
    assert!(!cx.exists("requirements.lock"));
}

#[test]
fn a_direct_url_can_have_a_subdirectory_and_a_hash() {
    let manifest = "[project]\nname = \"inner\"\nversion = \"1.0\"\ndependencies = [\"idna\"]\n\n\
                    [build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n";
    let sdist = Sdist::new("outer", "1.0")
        .file("pkg/inner/pyproject.toml", manifest)
        .file("pkg/inner/src/inner/__init__.py", "")
        .file("pyproject.toml", "[project]\nname = \"outer\"\nversion = \"1.0\"\n")
        .build();
    let digest = sha256(&sdist.bytes);
    let cx = TestContext::builder().index(Index::standard().with(sdist)).build();
    let url = cx.index().file_url("outer-1.0.tar.gz");
    let requirement = format!("inner @ {url}#sha256={digest}&subdirectory=pkg/inner");
    write_project(&cx, &[&requirement], "");
    cx.rye(["sync"]).succeed();
    assert!(cx.installed().contains(&"inner==1.0".to_owned()));
    assert!(cx.installed().contains(&"idna==3.4".to_owned()));
    let lockfile = cx.read("requirements.lock");
    assert!(lockfile.contains("subdirectory=pkg/inner"), "{lockfile}");
    cx.rye(["lock", "--check"]).succeed();
    // another file than the one that is meant
    let wrong = requirement.replace(&digest, &"0".repeat(64));
    write_project(&cx, &[&wrong], "");
    let output = cx.rye(["sync"]).fail(1);
    assert!(output.stderr.contains("Hash mismatch"), "{}", output.stderr);
}

#[test]
fn an_index_that_nobody_answers_for_is_told_with_a_way_on() {
    let cx = TestContext::builder().without_index().build();
    write_project(
        &cx,
        &["tqdm"],
        "\n[[tool.rye.sources]]\nname = \"default\"\nurl = \"http://127.0.0.1:9/simple\"\n",
    );
    let output = cx.rye(["lock"]).fail(1);
    assert!(output.stderr.contains("hint: check the network"), "{}", output.stderr);
    assert!(output.stderr.contains("--offline"), "{}", output.stderr);
}

#[test]
fn a_password_in_a_direct_url_stays_in_the_manifest() {
    let wheel = Wheel::new("private", "1.0").requires("idna").build();
    let name = wheel.filename.clone();
    let index = Index::standard().with(wheel).with_login("me", "s3cret").serve();
    let cx = TestContext::new();
    let url = format!("http://me:s3cret@{}/files/{name}", index.host());
    cx.write_project("demo", &[]);
    let output = cx.rye(["add", "private", "--url", &url]).succeed();
    assert!(!output.stderr.contains("s3cret"), "{}", output.stderr);
    for lockfile in ["requirements.lock", "requirements-dev.lock"] {
        let text = cx.read(lockfile);
        assert!(text.contains(&format!("private @ http://{}/files/", index.host())), "{text}");
        assert!(!text.contains("s3cret"), "{text}");
    }
    assert!(cx.installed().contains(&"private==1.0".to_owned()));
    cx.rye(["lock", "--check"]).succeed();
    // for installing, the manifest has it
    std::fs::remove_dir_all(cx.path(".venv")).unwrap();
    std::fs::remove_dir_all(cx.root().join("uv-cache")).unwrap();
    cx.rye(["lock", "--check"]).succeed();
    cx.rye(["add", "--dev", "tqdm"]).succeed();
    assert!(cx.installed().contains(&"private==1.0".to_owned()));
    for format in ["requirements", "pylock"] {
        let exported = cx.rye(["export", "--format", format]).succeed().stdout;
        assert!(exported.contains("private") && !exported.contains("s3cret"), "{exported}");
    }
}

#[test]
fn a_password_in_an_override_stays_in_the_manifest() {
    let wheel = Wheel::new("private", "1.0").requires("idna").build();
    let name = wheel.filename.clone();
    let index = Index::standard().with(wheel).with_login("me", "s3cret").serve();
    let cx = TestContext::new();
    cx.write_project("demo", &["private"]);
    let url = format!("http://me:s3cret@{}/files/{name}", index.host());
    let table = format!("[tool.rye]\noverrides = [\"private @ {url}\"]\n");
    cx.write("pyproject.toml", cx.read("pyproject.toml").replace("[tool.rye]\n", &table));
    cx.rye(["sync"]).succeed();
    for lockfile in ["requirements.lock", "requirements-dev.lock"] {
        let text = cx.read(lockfile);
        let header = format!("#   overrides: [\"private @ http://{}/files/", index.host());
        assert!(text.contains(&header) && !text.contains("s3cret"), "{text}");
    }
    assert!(cx.installed().contains(&"private==1.0".to_owned()));
    let metadata = cx.rye(["metadata"]).succeed();
    assert!(!metadata.stdout.contains("s3cret"), "{}", metadata.stdout);
    assert!(metadata.stdout.contains("\"stale\": null"), "{}", metadata.stdout);
    cx.rye(["lock", "--check", "--reset"]).succeed();
}
