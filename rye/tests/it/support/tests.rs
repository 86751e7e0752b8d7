//! The world itself: index, wheels, build backends, engine and interpreters work together, without rye in between.

use std::path::Path;

use super::{Fault, Index, TestContext, Wheel};

#[test]
fn the_index_serves_what_uv_resolves_and_installs() {
    let cx = TestContext::new();
    cx.write("requirements.in", "flask[dotenv]\n");
    let compile = ["pip", "compile", "--quiet", "--no-header", "--no-annotate"];
    let files = ["requirements.in", "--output-file", "requirements.lock"];
    cx.uv(compile.iter().chain(&files)).succeed();
    insta::assert_snapshot!(cx.read("requirements.lock"), @r"
    blinker==1.7.0
    click==8.1.7
    flask==3.0.0
    itsdangerous==2.1.2
    jinja2==3.1.2
    markupsafe==2.1.3
    python-dotenv==1.0.0
    werkzeug==3.0.1
    ");
    cx.uv(["venv", "--quiet", "--python", &cx.python().version]).succeed();
    cx.uv(["pip", "sync", "--quiet", "requirements.lock"]).succeed();
    let installed = cx.read("requirements.lock");
    assert_eq!(cx.installed(), installed.lines().collect::<Vec<_>>());
    let code = "import dotenv, flask; print(flask.__version__)";
    assert_eq!(cx.venv("python", ["-c", code]).succeed().stdout, "3.0.0\n");
    assert_eq!(cx.venv("flask", [""; 0]).succeed().stdout, "flask\n");

    cx.index().clear_requests();
    let files = ["requirements.in", "--output-file", "again.lock"];
    cx.uv(compile.iter().chain(&files)).succeed();
    assert_eq!(cx.read("again.lock"), installed);
    assert_eq!(cx.index().requests().len(), 0);
}

#[test]
fn a_project_builds_with_the_stand_in() {
    let cx = TestContext::builder().project("with a space").build();
    cx.write_project("my-project", &["click>=8"]);
    let manifest = cx.read("pyproject.toml") + "\n[project.scripts]\nhey = \"my_project:hello\"\n";
    cx.write("pyproject.toml", &manifest);
    cx.uv(["venv", "--quiet", "--python", &cx.python().version]).succeed();
    cx.uv(["pip", "install", "--quiet", "--editable", "."]).succeed();
    assert_eq!(cx.installed(), ["click==8.1.7", "my-project==0.1.0"]);
    cx.write("src/my_project/__init__.py", "def hello():\n    print(\"edited\")\n");
    assert_eq!(cx.venv("hey", [""; 0]).succeed().stdout, "edited\n");
    cx.uv(["build", "--quiet"]).succeed();
    insta::assert_snapshot!(cx.tree(), @r"
    .venv/
    dist/
    dist/.gitignore
    dist/my_project-0.1.0-py3-none-any.whl
    dist/my_project-0.1.0.tar.gz
    pyproject.toml
    src/
    src/my_project/
    src/my_project/__init__.py
    src/my_project/__pycache__/
    ");

    let failing = manifest + "\n[tool.stand-in]\nfail = \"no compiler\"\n";
    cx.write("pyproject.toml", failing);
    let output = cx.uv(["build"]).fail(2);
    assert!(output.stderr.contains("no compiler"));
}

#[test]
fn the_backend_reads_toml_like_python_does() {
    let cx = TestContext::new();
    let backend = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/support");
    let text = r#"# a comment
title = "it's \u00e9" # another
[a."b c"]
list = [
  1, # one
  'two',
  [true],
]
d.e = { f = 1.5, g.h = """
long""" }
[[a.x]]
n = 1
[a.x.y]
z = ''
[[a.x]]
n = -2
"#;
    cx.write("all.toml", text);
    let code = "import sys, backend\n\
                if sys.version_info >= (3, 11):\n\
                \x20   import tomllib\n\
                \x20   text = open('all.toml', encoding='utf-8').read()\n\
                \x20   assert backend.Toml(text).document() == tomllib.loads(text)\n";
    cx.program(&cx.python().path, ["-B", "-c", code]).env("PYTHONPATH", backend).succeed();
}

#[test]
fn the_index_changes_and_fails_while_it_runs() {
    let index = Index::standard().with_login("me", "secret").with_cache_control("no-cache");
    let mut cx = TestContext::builder().index(index).build();
    let resolve = |cx: &TestContext| {
        let run = cx.uv(["pip", "compile", "--quiet", "--no-header", "-"]);
        run.input("tqdm\n").run()
    };
    assert!(resolve(&cx).stderr.contains("401"));
    let url = cx.index().url_with_login();
    cx.set_env("UV_DEFAULT_INDEX", url);
    assert_eq!(resolve(&cx).stdout, "tqdm==4.66.1\n");
    cx.index().publish(Wheel::new("tqdm", "5.0"));
    assert!(resolve(&cx).stdout.starts_with("tqdm==5.0\n"));
    cx.index().withdraw("tqdm", "5.0");
    assert!(resolve(&cx).stdout.starts_with("tqdm==4.66.1\n"));
    cx.index().fail("/simple/*", Fault::Cut);
    cx.uv(["cache", "clean", "--quiet"]).succeed();
    assert!(!resolve(&cx).status.success());
    cx.index().heal();
    assert!(resolve(&cx).status.success());
}

#[test]
#[cfg(unix)]
fn a_kill_waits_for_the_children() {
    use super::Ended;

    let cx = TestContext::new();
    let script = "sh -c 'touch started; sleep 0.2; touch orphan' & wait";
    let run = || cx.program("sh", ["-c", script]);
    let before = cx.fingerprint();
    assert_eq!(run().kill_when(|| cx.exists("started")), Ended::Killed);
    assert_eq!(cx.tree(), "orphan\nstarted");
    std::fs::remove_file(cx.path("orphan")).unwrap();
    std::fs::remove_file(cx.path("started")).unwrap();
    assert_eq!(cx.fingerprint(), before);
    let run = run().with_children();
    assert_eq!(run.kill_when(|| cx.exists("started")), Ended::Killed);
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(cx.tree(), "started");
}

#[test]
#[cfg(unix)]
fn a_real_toolchain_works_wherever_it_is_unpacked() {
    let Some(real) = super::relocatable() else { return };
    let cx = TestContext::builder().without_index().build();
    let unpack = |folder: &str| {
        let tar = flate2::read::GzDecoder::new(&real.archive[..]);
        tar::Archive::new(tar).unpack(cx.path(folder)).unwrap();
    };
    unpack("one");
    std::fs::rename(cx.path("one"), cx.path("an other")).unwrap();
    let program = cx.path("an other/python/bin/python3");
    let code = "import ctypes, json, platform, ssl, sys, venv; print(platform.python_version(), sys.prefix)";
    let output = cx.program(&program, ["-I", "-c", code]).succeed();
    let place = cx.path("an other/python");
    assert_eq!(output.stdout, format!("{} {}\n", real.python.version, place.display()));
    cx.uv(["venv".as_ref(), "--quiet".as_ref(), "--python".as_ref(), program.as_os_str()])
        .succeed();
    let code = "import sys; print(sys.base_prefix)";
    let output = cx.venv("python", ["-c", code]).succeed();
    assert_eq!(output.stdout, format!("{}\n", place.display()));
}

#[test]
#[cfg(unix)]
fn a_mirror_is_named_to_a_world() {
    use super::{Fake, Format, Mirror};

    let mirror = Mirror::new()
        .with(Fake::new("3.12.91").format(Format::Zip).build().announced("00"))
        .with(Fake::new("3.13.91").variant("freethreaded+debug").full().build().announced("01"))
        .with(Fake::new("3.10.91").family("pypy").format(Format::TarBz2).build().announced("02"))
        .with(Fake::new("3.12.91").build().platform("s390x-linux-gnu").announced("03"))
        .serve();
    let mut cx = TestContext::builder().without_index().without_engine().build();
    mirror.name_to(&mut cx);
    let script = "echo $RYE_TOOLCHAIN_MIRROR; cat $RYE_TOOLCHAIN_CATALOG";
    insta::assert_snapshot!(cx.program("sh", ["-c", script]).snapshot(), @r"
    exit: 0
    ----- stdout -----
    [MIRROR]
    # what the mirror of the tests has
    schema 1
    base cpython [BASE]/
    base pypy [BASE]/
    cpython 3.12.91 [PLATFORM] plain 20240107/cpython-3.12.91%2B20240107-[PLATFORM]-install_only.zip 00
    cpython 3.13.91 [PLATFORM] freethreaded+debug 20240107/cpython-3.13.91%2B20240107-[PLATFORM]-freethreaded%2Bdebug-pgo%2Blto-full.tar.gz 01
    pypy 3.10.91 [PLATFORM] plain 20240107/pypy-3.10.91%2B20240107-[PLATFORM]-install_only.tar.bz2 02
    cpython 3.12.91 s390x-linux-gnu plain 20240107/s390x-linux-gnu-cpython-3.12.91%2B20240107-[PLATFORM]-install_only.tar.gz 03
    ----- stderr -----
    ");
}
