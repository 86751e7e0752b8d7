//! `rye export`, and installing what other tools locked.

use crate::support::{Index, Sdist, TestContext, Wheel, fetch, rye_snapshot};

/// The pip that the tests let install what was exported; it reads `pylock.toml` since 26.1.
const PIP: &str = "pip-26.3-py3-none-any.whl";

/// Writes a universal workspace: a library with an extra, an app with a group, and dev dependencies.
fn write_workspace(cx: &TestContext) {
    cx.write(
        "pyproject.toml",
        "[project]\nname = \"root\"\nversion = \"0.1.0\"\nrequires-python = \">=3.9\"\n\n\
         [tool.rye]\nvirtual = true\nuniversal = true\ndev-dependencies = [\"urllib3\"]\n\n\
         [tool.rye.workspace]\nmembers = [\"lib\", \"app\"]\n",
    );
    let member = |place: &str, rest: &str| {
        let name = place;
        cx.write(
            format!("{place}/pyproject.toml"),
            format!(
                "[project]\nname = \"{name}\"\nversion = \"0.1.0\"\nrequires-python = \">=3.9\"\n{rest}\n\
                 [build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n\n\
                 [tool.hatch.build.targets.wheel]\npackages = [\"src/{name}\"]\n"
            ),
        );
        cx.write(format!("{place}/src/{name}/__init__.py"), "");
    };
    member(
        "lib",
        "dependencies = [\"anyio\"]\n[project.optional-dependencies]\nx = [\"itsdangerous\"]\n",
    );
    member("app", "dependencies = [\"lib\", \"click\"]\n[dependency-groups]\ndocs = [\"tqdm\"]\n");
}

#[test]
fn requirements_have_hashes_of_all_files() {
    let cx = TestContext::new();
    write_workspace(&cx);
    rye_snapshot!(cx, ["export"], @r"
    exit: 0
    ----- stdout -----
    # made by `rye export`; what it is made from are the lockfiles

    anyio==4.0.0 \
        --hash=sha256:d1ca9f785b34bc01aa3fd45ec1851cfdb5771472f8cba50dd58a4dadbbfed411
        # via lib
    click==8.1.7 \
        --hash=sha256:33c8eb6672b41d4bf56f8e8c7ddab598af31c5fced9fa4a9f287d171fd2fb776
        # via app
    colorama==0.4.6 ; sys_platform == 'win32' \
        --hash=sha256:0c69fe76ae8fb4e451a68bf65a05cfcac5e00180781cd7416bf22d1a3f2295f6
        # via click
    idna==3.4 \
        --hash=sha256:78f0f23208fd330e94b4bf6096ee2cfd318e817cb3b9f2d939037bc3382e65c0
        # via anyio
    sniffio==1.3.0 \
        --hash=sha256:ba9f1c8e2fbe849cb0c64bde1e1c533cd1f79a4c3e2f1f882af6980aeeeff365
        # via anyio
    urllib3==2.1.0 \
        --hash=sha256:64fd3caafb14bad823521379aeac0c09578a5184f8b7c9dee30fb8b5cb1e0195
    ----- stderr -----
         locked requirements.lock
         locked requirements-dev.lock
    ");
    rye_snapshot!(cx, ["export", "--no-hashes", "--no-dev", "-p", "lib"], @"
    exit: 0
    ----- stdout -----
    # made by `rye export`; what it is made from are the lockfiles

    anyio==4.0.0
        # via lib
    idna==3.4
        # via anyio
    sniffio==1.3.0
        # via anyio
    ----- stderr -----
    ");
    rye_snapshot!(cx, ["export", "--no-hashes", "--only-group", "docs"], @"
    exit: 0
    ----- stdout -----
    # made by `rye export`; what it is made from are the lockfiles

    colorama==0.4.6 ; sys_platform == 'win32'
        # via tqdm
    tqdm==4.66.1
    ----- stderr -----
    ");
    rye_snapshot!(cx, ["export", "--no-hashes", "--no-dev", "--features", "lib/x"], @"
    exit: 0
    ----- stdout -----
    # made by `rye export`; what it is made from are the lockfiles

    anyio==4.0.0
        # via lib
    click==8.1.7
        # via app
    colorama==0.4.6 ; sys_platform == 'win32'
        # via click
    idna==3.4
        # via anyio
    itsdangerous==2.1.2
        # via lib
    sniffio==1.3.0
        # via anyio
    ----- stderr -----
    ");
    assert!(!cx.read("requirements.lock").contains("itsdangerous"));
    assert!(!cx.exists(".venv"));
}

#[test]
fn hashes_that_are_locked_are_exported_as_they_are() {
    let cx = TestContext::new();
    write_workspace(&cx);
    cx.rye(["lock", "--generate-hashes"]).succeed();
    cx.index().clear_requests();
    let exported = cx.rye(["export", "--no-dev", "--locked", "--offline"]).succeed().stdout;
    assert!(cx.index().requests().is_empty());
    assert!(exported.contains("anyio==4.0.0 \\\n    --hash=sha256:"));
}

#[test]
fn a_pylock_has_every_file_with_its_hash() {
    let cx = TestContext::new();
    write_workspace(&cx);
    rye_snapshot!(cx, ["export", "-o", "pylock.toml", "--no-dev"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
         locked requirements.lock
         locked requirements-dev.lock
       exported [ROOT]/project/pylock.toml
    ");
    insta::assert_snapshot!(cx.masked(&cx.read("pylock.toml")), @r#"
    lock-version = "1.0"
    created-by = "uv"
    requires-python = ">=3.9"

    [[packages]]
    name = "anyio"
    version = "4.0.0"
    wheels = [{ url = "[FILES]/anyio-4.0.0-py3-none-any.whl", upload-time = 2023-11-01T12:00:00Z, size = 1005, hashes = { sha256 = "d1ca9f785b34bc01aa3fd45ec1851cfdb5771472f8cba50dd58a4dadbbfed411" } }]

    [[packages]]
    name = "click"
    version = "8.1.7"
    wheels = [{ url = "[FILES]/click-8.1.7-py3-none-any.whl", upload-time = 2023-11-01T12:00:00Z, size = 1006, hashes = { sha256 = "33c8eb6672b41d4bf56f8e8c7ddab598af31c5fced9fa4a9f287d171fd2fb776" } }]

    [[packages]]
    name = "colorama"
    version = "0.4.6"
    marker = "sys_platform == 'win32'"
    wheels = [{ url = "[FILES]/colorama-0.4.6-py3-none-any.whl", upload-time = 2023-11-01T12:00:00Z, size = 990, hashes = { sha256 = "0c69fe76ae8fb4e451a68bf65a05cfcac5e00180781cd7416bf22d1a3f2295f6" } }]

    [[packages]]
    name = "idna"
    version = "3.4"
    wheels = [{ url = "[FILES]/idna-3.4-py3-none-any.whl", upload-time = 2023-11-01T12:00:00Z, size = 916, hashes = { sha256 = "78f0f23208fd330e94b4bf6096ee2cfd318e817cb3b9f2d939037bc3382e65c0" } }]

    [[packages]]
    name = "sniffio"
    version = "1.3.0"
    wheels = [{ url = "[FILES]/sniffio-1.3.0-py3-none-any.whl", upload-time = 2023-11-01T12:00:00Z, size = 977, hashes = { sha256 = "ba9f1c8e2fbe849cb0c64bde1e1c533cd1f79a4c3e2f1f882af6980aeeeff365" } }]
    "#);
    // on standard output, and with an empty cache, it is the same
    std::fs::remove_dir_all(cx.root().join("uv-cache")).unwrap();
    let output = cx.rye(["export", "--format", "pylock", "--no-dev"]).succeed();
    assert_eq!(output.stdout, cx.read("pylock.toml"));
}

#[test]
fn paths_start_from_the_file() {
    let cx = TestContext::new();
    let wheel = Wheel::new("local", "1.0").build();
    cx.write(format!("my files/{}", wheel.filename), &wheel.bytes);
    let url = format!("local @ file:///${{PROJECT_ROOT}}/my%20files/{}", wheel.filename);
    cx.write_project("demo", &[&url]);
    cx.rye(["export", "-o", "out/pylock.demo.toml"]).fail(1);
    std::fs::create_dir(cx.path("out")).unwrap();
    cx.rye(["export", "-o", "out/pylock.demo.toml"]).succeed();
    let text = cx.read("out/pylock.demo.toml");
    assert!(text.contains(&format!("../my files/{}", wheel.filename)), "{text}");
    assert!(!text.contains(&*cx.root().to_string_lossy()), "{text}");
    cx.rye(["sync", "--from", "out/pylock.demo.toml"]).succeed();
    assert_eq!(cx.installed(), ["local==1.0"]);
}

#[test]
fn pip_installs_what_is_exported() {
    let cx = TestContext::new();
    let pip = match fetch("pip", PIP) {
        Ok(pip) => pip,
        #[expect(
            clippy::print_stderr,
            reason = "a test that proves nothing must not look like one that does"
        )]
        Err(error) => return eprintln!("skipped: pip cannot be had: {error}"),
    };
    write_workspace(&cx);
    let install = |arguments: &[&str], expected: &[&str]| {
        let venv = cx.path("pip-venv");
        cx.program(&cx.python().path, ["-m", "venv", "--without-pip"]).args([&venv]).succeed();
        let python = venv.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
        cx.program(&python, [pip.join("pip")])
            .args(["install", "--isolated", "--disable-pip-version-check", "--no-cache-dir"])
            .args(["--index-url", &cx.index().url()])
            .args(arguments)
            .succeed();
        let listed =
            cx.program(&python, [pip.join("pip")]).args(["list", "--format=freeze"]).succeed();
        assert_eq!(listed.stdout.lines().collect::<Vec<_>>(), expected);
        std::fs::remove_dir_all(venv).unwrap();
    };
    let production = ["anyio==4.0.0", "click==8.1.7", "idna==3.4", "sniffio==1.3.0"];
    cx.rye(["export", "--no-dev", "-o", "all.txt"]).succeed();
    install(&["--require-hashes", "-r", "all.txt"], &production);
    cx.rye(["export", "--no-dev", "-o", "pylock.toml"]).succeed();
    install(&["-r", "pylock.toml"], &production);
    cx.rye(["export", "--only-group", "docs", "-o", "pylock.docs.toml"]).succeed();
    install(&["-r", "pylock.docs.toml"], &["tqdm==4.66.1"]);
    cx.rye(["export", "--only-group", "docs", "-o", "docs.txt"]).succeed();
    install(&["--require-hashes", "-r", "docs.txt"], &["tqdm==4.66.1"]);
    cx.rye(["export", "--no-dev", "-p", "lib", "--features", "lib/x", "-o", "pylock.lib.toml"])
        .succeed();
    install(
        &["-r", "pylock.lib.toml"],
        &["anyio==4.0.0", "idna==3.4", "itsdangerous==2.1.2", "sniffio==1.3.0"],
    );
}

#[test]
fn what_others_locked_is_installed() {
    let cx = TestContext::new();
    cx.write_project("demo", &["tqdm"]);
    cx.rye(["sync"]).succeed();
    let file = |name: &str, version: &str, marker: &str| {
        let wheel = Wheel::new(name, version).build();
        format!(
            "\n[[packages]]\nname = \"{name}\"\nversion = \"{version}\"\n{marker}\
             wheels = [{{ name = \"{0}\", url = \"{1}\", hashes = {{ sha256 = \"{2}\" }} }}]\n",
            wheel.filename,
            cx.index().file_url(&wheel.filename),
            wheel.sha256,
        )
    };
    let header = "lock-version = \"1.0\"\ncreated-by = \"somebody\"\nextras = [\"x\"]\ndependency-groups = [\"docs\"]\n";
    let text = header.to_owned()
        + &file("idna", "2.10", "")
        + &file("urllib3", "2.1.0", "marker = \"'x' in extras\"\n")
        + &file("blinker", "1.7.0", "marker = \"'docs' in dependency_groups\"\n");
    cx.write("pylock.other.toml", &text);
    rye_snapshot!(cx, ["sync", "--dry-run", "--from", "pylock.other.toml"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
      would add idna 2.10
    would remove demo 0.1.0
    would remove tqdm 4.66.1
    ");
    rye_snapshot!(cx, ["sync", "--from", "pylock.other.toml"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
          added idna 2.10
        removed demo 0.1.0
        removed tqdm 4.66.1
    ");
    assert_eq!(cx.installed(), ["idna==2.10"]);
    cx.rye(["sync", "--from", "pylock.other.toml", "--group", "docs", "--features", "x"]).succeed();
    assert_eq!(cx.installed(), ["blinker==1.7.0", "idna==2.10", "urllib3==2.1.0"]);
    // the project's own lockfiles are as they were, and come back
    cx.rye(["run", "--no-sync", "python", "-c", "import idna, blinker"]).succeed();
    cx.rye(["run", "python", "-c", "import tqdm"]).succeed();
    assert_eq!(cx.installed(), ["demo==0.1.0", "tqdm==4.66.1"]);
    // a file that is not the one that was locked
    cx.write("pylock.toml", wrong_hash(&text));
    let output = cx.rye(["sync", "--from", "pylock.toml"]).fail(1);
    assert!(output.stderr.contains("Hash mismatch"), "{}", output.stderr);
}

/// Returns a lockfile whose first digest is another one.
fn wrong_hash(text: &str) -> String {
    let start = text.find("sha256 = \"").expect("it has a hash") + "sha256 = \"".len();
    format!("{}{}{}", &text[..start], "0".repeat(64), &text[start + 64..])
}

#[test]
fn what_cannot_be_exported_or_installed_is_told() {
    let cx = TestContext::new();
    write_workspace(&cx);
    rye_snapshot!(cx, ["export", "-o", "lock.toml", "--format", "pylock"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: installers read a lockfile of this kind under the name `pylock.toml` or `pylock.NAME.toml` only
    ");
    rye_snapshot!(cx, ["export", "--format", "pylock", "--no-hashes"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: a `pylock.toml` cannot do without hashes
    ");
    rye_snapshot!(cx, ["export", "--group", "doc"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no group `doc`
    hint: did you mean `docs`?
    ");
    rye_snapshot!(cx, ["export", "-p", "ap"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the workspace has no member `ap`
    hint: did you mean `app`?
    ");
    rye_snapshot!(cx, ["export", "--locked"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot lock `root`
    caused by: `[ROOT]/project/requirements.lock` is missing
    hint: make it with `rye lock`
    ");
    rye_snapshot!(cx, ["export", "--features", "lib/y"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot lock `root`
    caused by: `lib` has no extra `y`; it has x
    hint: did you mean `x`?
    ");
    rye_snapshot!(cx, ["sync", "--from", "other.toml"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `other.toml` is not called `pylock.toml` or `pylock.NAME.toml`, as PEP 751 wants it
    ");
    rye_snapshot!(cx, ["sync", "--from", "pylock.toml"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot find `[ROOT]/project/pylock.toml`
    caused by: No such file or directory (os error 2)
    ");
    rye_snapshot!(cx, ["sync", "--from", "pylock.toml", "--no-dev"], @"
    exit: 2
    ----- stdout -----
    ----- stderr -----
    error: the argument '--from <PATH>' cannot be used with '--no-dev'

    Usage: rye sync --from <PATH>

    For more information, try '--help'.
    ");
    cx.write("pylock.toml", "lock-version = \"1.0\"\n<<<<<<< HEAD\n");
    let output = cx.rye(["sync", "--from", "pylock.toml"]).fail(1);
    assert!(output.stderr.contains("pylock.toml"), "{}", output.stderr);
}

#[test]
fn a_repository_has_no_hash() {
    let cx = TestContext::new();
    let git = |arguments: &[&str]| {
        cx.program("git", arguments).current_dir(cx.path("repo")).succeed();
    };
    cx.write("repo/pyproject.toml", "[project]\nname = \"repo\"\nversion = \"1.0\"\n");
    cx.set_git_author("Me", "me@example.invalid");
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "-m", "first"]);
    let url = url::Url::from_file_path(cx.path("repo")).unwrap();
    cx.write_project("demo", &["tqdm"]);
    let text =
        cx.read("pyproject.toml").replace("\"tqdm\"", &format!("\"tqdm\", \"repo @ git+{url}\""));
    cx.write("pyproject.toml", text);
    let output = cx.rye(["export"]).succeed();
    assert!(output.stderr.contains("warning: `repo @ git+file:///"), "{}", output.stderr);
    assert!(output.stdout.contains("tqdm==4.66.1 \\\n"), "{}", output.stdout);
}

#[test]
fn an_exported_file_has_no_credentials() {
    let cx = TestContext::new();
    let index = Index::new().with(Wheel::new("torch", "2.0")).with_login("me", "s3cret").serve();
    cx.write_project("demo", &["torch"]);
    let source = format!(
        "\n[[tool.rye.sources]]\nname = \"special\"\nurl = \"{}\"\npackages = [\"torch\"]\n",
        index.url_with_login()
    );
    cx.write("pyproject.toml", cx.read("pyproject.toml") + &source);
    cx.rye(["export", "-o", "pylock.toml"]).succeed();
    let text = cx.read("pylock.toml");
    assert!(text.contains(&format!("http://{}/files/torch", index.host())), "{text}");
    assert!(!text.contains("s3cret") && !cx.read("requirements.lock").contains("s3cret"));
}

#[test]
fn what_the_project_is_made_of_is_not_exported_to() {
    let cx = TestContext::new();
    cx.write_project("demo", &["tqdm"]);
    cx.rye(["lock"]).succeed();
    let before = cx.fingerprint();
    for path in ["pyproject.toml", "./requirements.lock", "requirements-dev.lock"] {
        let output = cx.rye(["export", "-o", path]).fail(1);
        assert!(output.stderr.contains("nothing to export to"), "{}", output.stderr);
    }
    assert_eq!(cx.fingerprint(), before);
    assert!(cx.rye(["export", "-o", "-"]).succeed().stdout.contains("tqdm==4.66.1"));
    assert!(!cx.exists("-"));
}

#[test]
#[cfg(unix)]
fn a_pipe_is_written_to_and_not_replaced() {
    use std::os::unix::fs::FileTypeExt as _;
    let cx = TestContext::new();
    cx.write_project("demo", &["tqdm"]);
    let script = "mkfifo pipe && { \"$0\" export --no-hashes -o pipe & cat pipe; wait; }";
    let mkfifo = std::env::var_os("PATH").and_then(|path| {
        std::env::split_paths(&path).map(|path| path.join("mkfifo")).find(|path| path.is_file())
    });
    let Some(mkfifo) = mkfifo else { return };
    std::os::unix::fs::symlink(mkfifo, cx.root().join("bin/mkfifo")).unwrap();
    let output = cx.program("sh", ["-c", script, env!("CARGO_BIN_EXE_rye")]).succeed();
    assert!(output.stdout.contains("tqdm==4.66.1"), "{}", output.snapshot());
    assert!(cx.path("pipe").metadata().unwrap().file_type().is_fifo());
}

#[test]
fn only_files_with_locked_hashes_are_in_a_pylock() {
    let wheel = |python: &str| Wheel::new("demo-lib", "1.0").requires_python(python).build();
    let index = Index::standard().with(wheel(">=3.9")).with_cache_control("no-cache");
    let cx = TestContext::builder().index(index).build();
    cx.write_project("demo", &["demo-lib"]);
    cx.rye(["lock", "--generate-hashes"]).succeed();
    let locked = cx.rye(["export", "--format", "pylock"]).succeed().stdout;
    assert_eq!(locked.matches("sha256 = ").count(), 1, "{locked}");
    // somebody uploads another file of the same version
    cx.index().publish(Sdist::new("demo-lib", "1.0"));
    assert_eq!(cx.rye(["export", "--format", "pylock"]).succeed().stdout, locked);
    let hashes = |text: &str| text.matches("--hash=").count();
    assert_eq!(hashes(&cx.rye(["export"]).succeed().stdout), 1);
    // or another one in the place of the one that is locked
    cx.index().withdraw("demo-lib", "1.0");
    cx.index().publish(wheel(">=3.8"));
    let output = cx.rye(["export", "--format", "pylock", "--locked"]).fail(1);
    assert!(output.stderr.contains("demo-lib==1.0"), "{}", output.stderr);
}

#[test]
fn groups_and_extras_that_a_pylock_lacks_are_refused() {
    let cx = TestContext::new();
    cx.write_project("demo", &[]);
    cx.write(
        "pylock.toml",
        "lock-version = \"1.0\"\ndependency-groups = [\"docs\"]\npackages = []\n",
    );
    rye_snapshot!(cx, ["sync", "--from", "pylock.toml", "--group", "doc"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/pylock.toml` has no group `doc`
    hint: did you mean `docs`?
    ");
    rye_snapshot!(cx, ["sync", "--from", "pylock.toml", "--features", "x"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/pylock.toml` has no extra `x`
    ");
    assert!(!cx.exists(".venv"));
}
