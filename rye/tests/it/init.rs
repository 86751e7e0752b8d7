//! `rye init`

use std::fs;
use std::time::Duration;

use crate::support::*;

/// Returns a file of the project with everything masked.
#[track_caller]
fn masked(cx: &TestContext, path: &str) -> String {
    cx.masked(&cx.read(path))
}

fn configure(cx: &TestContext, text: &str) {
    cx.write(cx.rye_home().join("config.toml"), text);
}

/// Runs `rye init` with arguments that it refuses, and expects nothing to change.
#[track_caller]
fn refuse(cx: &TestContext, args: &[&str], code: i32, expected: &str) {
    let before = TestContext::fingerprint_of(cx.project());
    let output = cx.rye(["init"].iter().chain(args)).fail(code);
    let stderr = cx.masked(&output.stderr);
    assert!(stderr.contains(expected), "{stderr}");
    assert_eq!(TestContext::fingerprint_of(cx.project()), before, "{args:?}");
}

#[test]
fn init_starts_a_library() {
    let cx = TestContext::builder().project("my-project").build();
    cx.set_git_author("A. Writer", "a@example.org");
    rye_snapshot!(cx, ["init"], @r"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        created project `my-project` in `.`
           next `rye add NAME` for what it needs, `rye sync` to install it
    ");
    insta::assert_snapshot!(cx.tree(), @r"
    .git/
    .gitignore
    .python-version
    README.md
    pyproject.toml
    src/
    src/my_project/
    src/my_project/__init__.py
    ");
    insta::assert_snapshot!(masked(&cx, "pyproject.toml"), @r#"
    [project]
    name = "my-project"
    version = "0.1.0"
    description = "Add your description here"
    authors = [
        { name = "A. Writer", email = "a@example.org" }
    ]
    dependencies = []
    readme = "README.md"
    requires-python = ">=3.9"

    [build-system]
    requires = ["hatchling"]
    build-backend = "hatchling.build"

    [tool.rye]
    managed = true
    universal = true
    dev-dependencies = []

    [tool.hatch.metadata]
    allow-direct-references = true

    [tool.hatch.build.targets.wheel]
    packages = ["src/my_project"]
    "#);
    assert_eq!(cx.read(".python-version").trim(), cx.python().version);
    cx.rye(["sync", "--quiet"]).succeed();
    let code = "import my_project; print(my_project.hello())";
    assert_eq!(cx.venv("python", ["-c", code]).succeed().stdout, "Hello from my-project!\n");
    refuse(&cx, &[], 1, "error: `[ROOT]/my-project/pyproject.toml` exists already");
}

#[test]
fn init_starts_a_script_elsewhere() {
    let cx = TestContext::new();
    rye_snapshot!(cx, ["init", "--script", "--name", "Größe!", "new/with a space"], @r"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        created project `grosse` in `new/with a space`
           next `cd 'new/with a space'`, `rye add NAME` for what it needs, `rye sync` to install it
    ");
    insta::assert_snapshot!(cx.tree(), @r"
    new/
    new/with a space/
    new/with a space/.git/
    new/with a space/.gitignore
    new/with a space/.python-version
    new/with a space/README.md
    new/with a space/pyproject.toml
    new/with a space/src/
    new/with a space/src/grosse/
    new/with a space/src/grosse/__init__.py
    new/with a space/src/grosse/__main__.py
    ");
    let there = cx.path("new/with a space");
    cx.rye(["sync", "--quiet"]).current_dir(&there).succeed();
    let output = cx.rye(["run", "--quiet", "grosse"]).current_dir(&there).succeed();
    assert_eq!(output.stdout, "Hello from grosse!\n");
    let module = ["run", "--quiet", "python", "-mgrosse"];
    assert_eq!(cx.rye(module).current_dir(&there).succeed().stdout, "Hello from grosse!\n");
}

#[test]
fn init_starts_a_virtual_project() {
    let cx = TestContext::new();
    cx.rye(["init", "--virtual", "--no-readme", "--no-pin", "--private"]).succeed();
    insta::assert_snapshot!(cx.tree(), @r"
    .git/
    .gitignore
    pyproject.toml
    ");
    insta::assert_snapshot!(cx.read("pyproject.toml"), @r#"
    [project]
    name = "project"
    version = "0.1.0"
    description = "Add your description here"
    dependencies = []
    requires-python = ">=3.9"
    classifiers = ["Private :: Do Not Upload"]

    [tool.rye]
    managed = true
    universal = true
    virtual = true
    dev-dependencies = []
    "#);
    cx.rye(["sync", "--quiet"]).succeed();
    assert_eq!(cx.installed(), [""; 0]);
}

#[test]
fn init_checks_everything_before_it_writes() {
    let cx = TestContext::new();
    cx.write("bad.txt", "flask\n\n-e .\n");
    cx.write("file", "");
    refuse(&cx, &["new", "--py", "3.99"], 1, "error: no Python is known that is `3.99`");
    refuse(&cx, &["new", "--min-py", "3.99"], 1, "error: no Python is known that is `>=3.99`");
    refuse(&cx, &["new", "--min-py", "new"], 2, "write a version, as in `3.9`");
    refuse(&cx, &["new", "--license", "MTI"], 2, "unknown term; did you mean `MIT`?");
    refuse(&cx, &["new", "--build-system", "make"], 2, "invalid value 'make'");
    refuse(&cx, &["new", "--script", "--lib"], 2, "cannot be used with");
    refuse(&cx, &["new", "--script", "--virtual"], 2, "cannot be used with");
    refuse(&cx, &["new", "--no-import", "-r", "a.txt"], 2, "cannot be used with");
    refuse(&cx, &["new", "--script", "--build-system", "maturin"], 1, "error: a script is written");
    refuse(&cx, &["new", "--name", ""], 1, "error: `` has no letter or digit");
    refuse(&cx, &["file"], 1, "error: `[ROOT]/project/file` is not a directory");
    refuse(&cx, &["file/new"], 1, "error: `[ROOT]/project/file` is not a directory");
    refuse(&cx, &["new", "-r", "none.txt"], 1, "error: cannot read `[ROOT]/project/none.txt`");
    let line = "error: `[ROOT]/project/bad.txt`, line 3: `-e .` is an option for pip";
    refuse(&cx, &["new", "-r", "bad.txt"], 1, line);
    refuse(&cx, &["new", "--dev-requirements", "bad.txt"], 1, line);
    if cfg!(target_os = "linux") {
        refuse(&cx, &["/proc/new"], 1, "error: cannot create the directory `/proc/new`");
    }
}

#[test]
fn init_refuses_settings_that_it_cannot_read() {
    #[track_caller]
    fn check(setting: &str, expected: &str) {
        let cx = TestContext::new();
        configure(&cx, &format!("[default]\n{setting}\n"));
        refuse(&cx, &["new"], 1, expected);
    }
    check("build-system = \"make\"", "\nunknown variant `make`, expected one of `hatchling`, ");
    check("license = \"mit\"", "error: `default.license` in `config.toml` names no licence\n");
    check("requires-python = \"new\"", "2 | requires-python = \"new\"\n");
    check("toolchain = \"3.x\"", "error: `default.toolchain` in `config.toml` asks for no Python");
}

#[test]
fn init_follows_settings() {
    let cx = TestContext::new();
    cx.set_git_author("Git", "git@example.org");
    configure(
        &cx,
        "[default]\nbuild-system = \"setuptools\"\nlicense = \"MIT\"\nrequires-python = \"3.7\"\nauthor = \"A. Writer\"\n",
    );
    cx.rye(["init"]).succeed();
    let manifest = cx.read("pyproject.toml");
    let head = manifest.split_once("\n[tool.rye]").unwrap().0;
    insta::assert_snapshot!(head, @r#"
    [project]
    name = "project"
    version = "0.1.0"
    description = "Add your description here"
    authors = [
        { name = "A. Writer", email = "git@example.org" }
    ]
    dependencies = []
    readme = "README.md"
    requires-python = ">=3.7"
    license = "MIT"
    license-files = ["LICENSE*"]

    [build-system]
    requires = ["setuptools>=77.0.3"]
    build-backend = "setuptools.build_meta"
    "#);
    assert!(cx.read("LICENSE.txt").contains(" A. Writer\n"));
    assert!(cx.read("README.md").ends_with("\n\n* License: MIT\n"));
}

#[test]
fn init_pins_what_is_asked_for() {
    let mut cx = TestContext::builder().pythons(2).build();
    let Some((_, older)) = cx.two_pythons() else { return };
    let (version, minor) = (older.version.clone(), older.minor().to_owned());
    cx.mask(&minor, "[MINOR]");
    cx.rye(["init", "new", "--py", &minor]).succeed();
    assert_eq!(cx.read("new/.python-version").trim(), version);
    assert!(cx.read("new/pyproject.toml").contains("requires-python = \">=3.9\"\n"));

    let above = ["--py", &minor, "--min-py", cx.python().minor(), "x"];
    refuse(&cx, &above, 1, "which `--py` asks for, contradicts `requires-python");

    // a pin above counts, and says what the project is for
    cx.write(".python-version", format!("{minor}\n"));
    cx.rye(["init", "below"]).succeed();
    assert_eq!(cx.read("below/.python-version").trim(), version);
    let requires = format!("requires-python = \">={minor}\"\n");
    assert!(cx.read("below/pyproject.toml").contains(&requires));
    let newer = cx.python().version.clone();
    refuse(&cx, &["--py", &newer], 1, "pins [MINOR] already, which is not what `--py` asks for");
    cx.rye(["init"]).succeed();
    assert_eq!(cx.read(".python-version"), format!("{minor}\n"));
    assert!(cx.read("pyproject.toml").contains(&requires));
}

#[test]
fn init_lowers_a_default_that_the_pin_contradicts() {
    let cx = TestContext::new();
    configure(&cx, "[default]\nrequires-python = \">=3,<3.9\"\n");
    let version = cx.python().version.clone();
    let output = cx.rye(["init", "--py", &version]).succeed();
    let warning = "warning: Python [PYTHON] is not `>=3, <3.9`: the project gets `requires-python";
    assert!(cx.masked(&output.stderr).contains(warning), "{}", output.stderr);
    let requires = format!("requires-python = \">={}\"\n", cx.python().minor());
    assert!(cx.read("pyproject.toml").contains(&requires));
}

#[test]
fn init_pins_an_interpreter_by_its_version() {
    let cx = TestContext::new();
    let path = cx.python().path.clone();
    cx.rye(["init".as_ref(), "--py".as_ref(), path.as_os_str()]).succeed();
    assert_eq!(cx.read(".python-version").trim(), cx.python().version);
    refuse(&cx, &["new", "--py", "./none"], 1, "error: there is no file `[ROOT]/project/./none`");
}

#[test]
fn init_without_a_pin_needs_no_python() {
    let mut cx = TestContext::new();
    configure(&cx, "[toolchain]\npreference = \"only-managed\"\n");
    let catalog = cx.root().join("catalog.txt");
    std::fs::write(&catalog, "schema 1\n").unwrap();
    cx.set_env("RYE_TOOLCHAIN_CATALOG", &catalog);
    refuse(&cx, &[], 1, "error: no Python is known");
    cx.rye(["init", "--no-pin"]).succeed();
    assert!(!cx.exists(".python-version"));
}

#[test]
fn init_pins_what_can_be_fetched() {
    let cx = TestContext::new();
    configure(&cx, "[toolchain]\npreference = \"only-managed\"\n");
    cx.rye(["init", "--py", "3.12.1"]).succeed();
    assert_eq!(cx.read(".python-version").trim(), "3.12.1");
    assert!(!cx.rye_home().join("py").exists());
}

#[test]
fn init_leaves_what_is_there() {
    let cx = TestContext::new();
    for path in ["README.rst", ".gitignore", "LICENSE", "src/project/__init__.py"] {
        cx.write(path, "mine\n");
    }
    let before = TestContext::fingerprint_of(cx.project());
    cx.rye(["init", "--license", "MIT"]).succeed();
    let mut after = TestContext::fingerprint_of(cx.project());
    after.retain(|path, _| !path.starts_with(".git/"));
    for (path, state) in before {
        assert_eq!(after.remove(&path), Some(state), "{path}");
    }
    let new: Vec<_> = after.into_keys().collect();
    assert_eq!(new, [".python-version", "pyproject.toml"]);
    let manifest = cx.read("pyproject.toml");
    assert!(manifest.contains("readme = \"README.rst\"\n"));
    assert!(manifest.contains("license-files = [\"LICENSE*\"]\n"));
    assert!(manifest.contains("packages = [\"src/project\"]\n"));
}

#[test]
fn init_imports_requirements() {
    let cx = TestContext::new();
    cx.write("reqs/all.txt", "-r more.txt\nflask>=2 , <4 # web\n-c limits.txt\n");
    cx.write(
        "reqs/more.txt",
        "-r all.txt\nclick==8.1.7 \\\n    --hash=sha256:00\nFlask ; sys_platform == 'x'\n",
    );
    cx.write("dev.txt", "tqdm\n");
    cx.rye(["init", "-r", "reqs/all.txt", "--dev-requirements", "dev.txt"]).succeed();
    let manifest = cx.read("pyproject.toml");
    let lists: Vec<_> = manifest.lines().filter(|line| line.starts_with("    \"")).collect();
    insta::assert_snapshot!(lists.join("\n"), @r#"
    "click==8.1.7",
    "flask ; sys_platform == 'x'",
    "flask>=2,<4",
    "tqdm",
    "#);
    assert!(cx.exists("src/project/__init__.py"));
}

#[test]
fn init_imports_setup_cfg() {
    let cx = TestContext::new();
    cx.write(
        "setup.cfg",
        "[metadata]\nname = Old.Thing\nversion = file: VERSION\nauthor = A. Writer\n\
         author-email = a@example.org\nlicense = BSD\n\n[options]\npython_requires = >=3.8\n\
         install_requires =\n    click>=8\n    idna; python_version < '3.8'\n",
    );
    cx.write("VERSION", "1.2.3\n");
    cx.write("old_thing/__init__.py", "");
    rye_snapshot!(cx, ["init"], @r"
    exit: 0
    ----- stdout -----
    ----- stderr -----
    warning: the licence `BSD` is left out: name one with `--license`
        created project `Old.Thing` in `.`
           next `rye add NAME` for what it needs, `rye sync` to install it
    ");
    insta::assert_snapshot!(cx.read("pyproject.toml"), @r#"
    [project]
    name = "Old.Thing"
    version = "1.2.3"
    description = "Add your description here"
    authors = [
        { name = "A. Writer", email = "a@example.org" }
    ]
    dependencies = [
        "click>=8",
        "idna ; python_full_version < '3.8'",
    ]
    readme = "README.md"
    requires-python = ">=3.8"

    [build-system]
    requires = ["hatchling"]
    build-backend = "hatchling.build"

    [tool.rye]
    managed = true
    universal = true
    dev-dependencies = []

    [tool.hatch.metadata]
    allow-direct-references = true
    "#);
    assert!(!cx.exists("src"));
}

#[test]
fn init_prefers_flags_to_what_it_imports() {
    let cx = TestContext::new();
    cx.write(
        "setup.cfg",
        "[metadata]\nname = old\nlicense = MIT\nversion = attr: old.__version__\n\
         [options]\npython_requires = >=3.99\n",
    );
    refuse(&cx, &[], 1, "error: no Python is known that is `>=3.99`");
    let flags = ["--name", "new", "--license", "ISC", "--min-py", "3.9"];
    let output = cx.rye(["init"].iter().chain(&flags)).succeed();
    let warning = "warning: `version` of `setup.cfg` is left out: `attr: old.__version__` is code";
    assert!(output.stderr.contains(warning), "{}", output.stderr);
    let manifest = cx.read("pyproject.toml");
    for line in [
        "name = \"new\"",
        "license = \"ISC\"",
        "requires-python = \">=3.9\"",
        "version = \"0.1.0\"",
    ] {
        assert!(manifest.contains(&format!("{line}\n")), "{manifest}");
    }
}

const SETUP_PY: &str = r#"
import os
from distutils.core import Command
from setuptools import Extension, find_packages, setup
from setuptools.command.build_ext import build_ext

class Build(build_ext):
    pass

print("noise")
open("left-over", "w").write("x")
version = open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "old", "VERSION")).read()
setup(
    name="old",
    version=version,
    description="An\n    old thing",
    author="A. Writer",
    python_requires=">=3.9",
    license="Apache 2.0",
    packages=find_packages(),
    cmdclass={"build_ext": Build, "nothing": Command},
    ext_modules=[Extension("old._fast", ["old/fast.c"])],
    install_requires=["click", "idna>=2"],
)
"#;

#[test]
fn init_imports_setup_py() {
    let cx = TestContext::new();
    cx.write("setup.py", SETUP_PY);
    cx.write("setup.cfg", "[metadata]\nname = other\n[options]\ninstall_requires = idna>=3\n");
    cx.write("old/__init__.py", "");
    cx.write("old/VERSION", "1.2.3\n");
    rye_snapshot!(cx, ["init"], @r"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        running `[ROOT]/project/setup.py` with cpython@[PYTHON], to import what it says
    warning: `ext_modules` of `setup.py` is left out: add to `pyproject.toml` what is still needed
        created project `old` in `.`
           next `rye add NAME` for what it needs, `rye sync` to install it
    ");
    insta::assert_snapshot!(cx.tree(), @r"
    .git/
    .gitignore
    .python-version
    README.md
    old/
    old/VERSION
    old/__init__.py
    pyproject.toml
    setup.cfg
    setup.py
    ");
    let manifest = cx.read("pyproject.toml");
    insta::assert_snapshot!(manifest.split_once("\n[build-system]").unwrap().0, @r#"
    [project]
    name = "old"
    version = "1.2.3"
    description = "An old thing"
    authors = [
        { name = "A. Writer" }
    ]
    dependencies = [
        "click",
        "idna>=3",
    ]
    readme = "README.md"
    requires-python = ">=3.9"
    license = "Apache-2.0"
    "#);
}

#[test]
fn init_imports_extras_and_programs() {
    let cx = TestContext::new();
    let setup_cfg = "[metadata]\nname = old\n\n[options]\nscripts = bin/old\n\n\
        [options.extras_require]\nfull = click; idna\n\n\
        [options.entry_points]\nconsole_scripts =\n    old = old.cli:main\n    Other=old:x\n\
        gui_scripts =\n    oldg = old:gui\n";
    cx.write("old/__init__.py", "");
    cx.write("setup.cfg", setup_cfg);
    cx.write(
        "setup.py",
        "from setuptools import setup\nsetup(extras_require={'test': 'tqdm>=1', ':os_name==\"x\"': ['idna']},\n\
         entry_points='[console_scripts]\\nold = old.first:main\\n')\n",
    );
    rye_snapshot!(cx, ["init"], @r#"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        running `[ROOT]/project/setup.py` with cpython@[PYTHON], to import what it says
    warning: `extras_require[:os_name=="x"]` of `setup.py` is left out: add to `pyproject.toml` what is still needed
    warning: `scripts` of `setup.cfg` is left out: add to `pyproject.toml` what is still needed
    warning: `entry_points[gui_scripts]` of `setup.cfg` is left out: add to `pyproject.toml` what is still needed
        created project `old` in `.`
           next `rye add NAME` for what it needs, `rye sync` to install it
    "#);
    let manifest = cx.read("pyproject.toml");
    let tables = manifest.split_once("[project.optional").unwrap().1;
    insta::assert_snapshot!(tables.split_once("\n[build-system]").unwrap().0, @r#"
    -dependencies]
    full = [
        "click",
        "idna",
    ]
    test = [
        "tqdm>=1",
    ]

    [project.scripts]
    "Other" = "old:x"
    "old" = "old.first:main"
    "#);
    let output = cx.rye(["init", "--virtual", "--name", "new", "x"]).succeed();
    assert!(!output.stderr.contains("left out"), "{}", output.stderr);
    let cx = TestContext::new();
    cx.write("setup.cfg", setup_cfg);
    let output = cx.rye(["init", "--virtual"]).succeed();
    let warning = "warning: `entry_points[console_scripts]` is left out: a virtual project";
    assert!(output.stderr.contains(warning), "{}", output.stderr);
    let cx = TestContext::new();
    cx.write("setup.cfg", setup_cfg.replace("old.cli:main", "main").replace("old = ", "old "));
    refuse(&cx, &[], 1, "error: `entry_points` in `setup.cfg` holds `old main`: it has no `=`");
}

#[test]
fn init_says_why_setup_py_cannot_be_imported() {
    #[track_caller]
    fn check(cx: &TestContext, text: &str, expected: &str) {
        cx.write("setup.py", text);
        refuse(cx, &[], 1, expected);
        refuse(cx, &[], 1, "hint: leave it alone with `--no-import`");
    }
    let cx = TestContext::new();
    check(&cx, "import module_that_is_not_there", "No module named 'module_that_is_not_there'");
    check(&cx, "pass", "setup.py never calls setup()");
    check(&cx, "raise SystemExit('no')", "    no\n");
    cx.write("setup.py", "import setuptools\nsetuptools.setup(install_requires=['a b'])");
    refuse(&cx, &[], 1, "error: `install_requires` in `setup.py` holds `a b`: ");
    cx.rye(["init", "--no-import"]).succeed();
    assert!(!cx.exists("src"));
}

#[test]
fn init_starts_a_repository_unless_there_is_one() {
    let cx = TestContext::new();
    cx.rye(["init"]).succeed();
    assert!(cx.exists(".git/HEAD"));
    cx.rye(["init", "inner"]).succeed();
    assert!(!cx.exists("inner/.git"));

    let cx = TestContext::new();
    fs::remove_file(cx.root().join("bin").join(exe("git"))).unwrap();
    cx.rye(["init"]).succeed();
    assert!(!cx.exists(".git"));
    assert!(!cx.read("pyproject.toml").contains("authors"));
}

#[test]
fn init_can_be_done_again_after_being_killed() {
    let complete = {
        let cx = TestContext::new();
        cx.rye(["init", "--script"]).succeed();
        cx.tree()
    };
    for milliseconds in [1, 5, 10, 15, 20, 30, 50] {
        let cx = TestContext::new();
        if cx.kill_after(["init", "--script"], Duration::from_millis(milliseconds)) != Ended::Killed
        {
            break;
        }
        if !cx.exists("pyproject.toml") {
            cx.rye(["init", "--script"]).succeed();
        }
        assert_eq!(cx.tree(), complete);
    }
}

#[test]
fn init_is_quiet_when_told() {
    let cx = TestContext::new();
    rye_snapshot!(cx, ["init", "--quiet"], @r"
    exit: 0
    ----- stdout -----
    ----- stderr -----
    ");
    assert!(cx.exists("pyproject.toml"));
}
