//! What of a project is installed: groups, extras, and what is excluded.

use super::*;

#[test]
fn groups_are_locked_and_only_dev_is_installed() {
    let cx = TestContext::new();
    let groups = "[dependency-groups]\ndev = [\"tqdm\", { include-group = \"lint\" }]\n\
                  lint = [\"sniffio\"]\ndocs = [\"anyio\"]\n";
    write_virtual(&cx, &["idna<3"], &format!("dev-dependencies = [\"urllib3\"]\n\n{groups}"));
    cx.rye(["sync"]).succeed();
    let installed = ["idna==2.10", "sniffio==1.3.0", "tqdm==4.66.1", "urllib3==2.1.0"];
    assert_eq!(cx.installed(), installed);
    let lock = cx.read("requirements-dev.lock");
    assert!(lock.contains("\nanyio==4.0.0\n"), "{lock}");
    assert!(!cx.read("requirements.lock").contains("tqdm"));
    cx.rye(["sync", "--no-dev"]).succeed();
    assert_eq!(cx.installed(), ["idna==2.10"]);
    cx.rye(["sync", "--no-lock"]).succeed();
    assert_eq!(cx.installed(), installed);
}

#[test]
fn what_two_groups_share_is_installed_with_the_one() {
    let cx = TestContext::new();
    let groups = "[dependency-groups]\nDEV = [\"anyio\"]\ndocs = [\"flask\"]\n";
    cx.write_project("demo", &["jinja2"]);
    cx.write("pyproject.toml", cx.read("pyproject.toml") + groups);
    cx.rye(["sync"]).succeed();
    assert_eq!(
        cx.installed(),
        [
            "anyio==4.0.0",
            "demo==0.1.0",
            "idna==3.4",
            "jinja2==3.1.2",
            "markupsafe==2.1.3",
            "sniffio==1.3.0"
        ]
    );
}

#[test]
fn an_extra_of_a_requirement_is_reached() {
    let cx = TestContext::new();
    let groups = "[dependency-groups]\ndev = [\"flask[dotenv]\"]\ndocs = [\"tqdm\"]\n";
    write_virtual(&cx, &["click"], groups);
    cx.rye(["sync"]).succeed();
    assert!(cx.installed().contains(&"python-dotenv==1.0.0".to_owned()), "{:?}", cx.installed());
    assert!(!cx.installed().contains(&"tqdm==4.66.1".to_owned()));
}

#[test]
fn excluded_dependencies_are_locked_as_comments_and_never_installed() {
    let cx = TestContext::new();
    write_virtual(&cx, &["anyio"], "excluded-dependencies = [\"Sniffio\"]\n");
    cx.rye(["sync"]).succeed();
    assert_eq!(cx.installed(), ["anyio==4.0.0", "idna==3.4"]);
    let lock = cx.read("requirements.lock");
    assert!(lock.ends_with("# sniffio==1.3.0 (excluded)\n    # via anyio\n"), "{lock}");
    cx.rye(["lock", "--check"]).succeed();
    write_virtual(&cx, &["anyio"], "excluded-dependencies = [\"sniffio==1.2\", \"idna==3.4\"]\n");
    cx.rye(["sync"]).succeed();
    assert_eq!(cx.installed(), ["anyio==4.0.0", "sniffio==1.3.0"]);
    write_virtual(&cx, &["anyio"], "excluded-dependencies = [\"no name\"]\n");
    let before = cx.fingerprint();
    let output = cx.rye(["sync"]).fail(1);
    assert!(output.stderr.contains("`tool.rye.excluded-dependencies` holds `no name`"));
    assert_eq!(cx.fingerprint(), before);
}

#[test]
fn extras_of_the_project_are_installed_and_remembered() {
    let cx = TestContext::new();
    cx.write_project("demo", &["idna"]);
    let manifest = cx.read("pyproject.toml");
    let extras = "\n[project.optional-dependencies]\nWeb_App = [\"tqdm\"]\ncli = [\"click\"]\n";
    cx.write("pyproject.toml", manifest + extras);
    cx.rye(["sync", "--features", "web-app"]).succeed();
    assert_eq!(cx.installed(), ["demo==0.1.0", "idna==3.4", "tqdm==4.66.1"]);
    cx.rye(["sync", "--force"]).succeed();
    assert_eq!(cx.installed(), ["demo==0.1.0", "idna==3.4", "tqdm==4.66.1"]);
    cx.rye(["sync", "--all-features"]).succeed();
    assert_eq!(cx.installed(), ["click==8.1.7", "demo==0.1.0", "idna==3.4", "tqdm==4.66.1"]);
    cx.rye(["sync", "--features", "cli"]).succeed();
    assert_eq!(cx.installed(), ["click==8.1.7", "demo==0.1.0", "idna==3.4"]);
    let before = cx.fingerprint();
    rye_snapshot!(cx, ["sync", "--features", "cli,nope"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot lock `demo`
    caused by: `demo` has no extra `nope`; it has Web_App, cli
    hint: if the lockfiles remember it, forget it with `rye lock --reset`
    ");
    assert_eq!(cx.fingerprint(), before);
    cx.rye(["sync", "--reset"]).succeed();
    assert_eq!(cx.installed(), ["demo==0.1.0", "idna==3.4"]);
}

#[test]
fn extras_of_a_virtual_project_are_installed() {
    let cx = TestContext::new();
    let extras = "[project.optional-dependencies]\nweb = [\"tqdm\"]\n";
    write_virtual(&cx, &["idna"], &format!("{extras}\n[dependency-groups]\ndocs = [\"click\"]\n"));
    cx.rye(["sync", "--features", "web"]).succeed();
    assert_eq!(cx.installed(), ["idna==3.4", "tqdm==4.66.1"]);
}

#[test]
fn an_extra_that_is_not_selected_is_not_installed_for_a_group() {
    let cx = TestContext::new();
    let extras = "[project.optional-dependencies]\nweb = [\"tqdm\"]\ncli = [\"click\"]\n";
    let groups = "[dependency-groups]\ndocs = [\"click\", \"demo[net]\"]\n";
    write_virtual(&cx, &["idna"], &format!("{extras}net = [\"urllib3\"]\n{groups}"));
    cx.rye(["sync", "--features", "web"]).succeed();
    assert_eq!(cx.installed(), ["idna==3.4", "tqdm==4.66.1"]);
    let lock = cx.read("requirements-dev.lock");
    assert!(lock.contains("\nclick==8.1.7\n") && lock.contains("\nurllib3==2.1.0\n"), "{lock}");
    cx.rye(["sync", "--features", "web,cli"]).succeed();
    assert_eq!(cx.installed(), ["click==8.1.7", "idna==3.4", "tqdm==4.66.1"]);
}

#[test]
fn an_extra_may_name_others_of_a_virtual_project() {
    let cx = TestContext::new();
    let extras =
        "[project.optional-dependencies]\nweb = [\"tqdm\"]\nall = [\"Demo[web]\", \"click\"]\n";
    let dev = "dev-dependencies = [\"demo[net]\"]\n";
    write_virtual(&cx, &["idna"], &format!("{dev}{extras}net = [\"urllib3\", \"demo[all]\"]\n"));
    cx.rye(["sync", "--features", "all"]).succeed();
    let all = ["click==8.1.7", "idna==3.4", "tqdm==4.66.1", "urllib3==2.1.0"];
    assert_eq!(cx.installed(), all);
    assert!(!cx.read("requirements.lock").contains("urllib3"));
    let requests = cx.index().requests();
    let asked: Vec<_> = requests.iter().filter(|request| request.path.contains("demo")).collect();
    assert!(asked.is_empty(), "{asked:?}");
}

#[test]
fn extras_of_a_virtual_project_cannot_come_from_a_build() {
    let cx = TestContext::new();
    write_virtual(&cx, &["idna"], "");
    let manifest = cx.read("pyproject.toml");
    let dynamic = "dynamic = [\"optional-dependencies\"]\nrequires-python";
    cx.write("pyproject.toml", manifest.replace("requires-python", dynamic));
    let before = cx.fingerprint();
    rye_snapshot!(cx, ["sync", "--features", "x"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot lock `demo`
    caused by: `demo` has no extra `x`; it has none
    hint: if the lockfiles remember it, forget it with `rye lock --reset`
    ");
    assert_eq!(cx.fingerprint(), before);
}

#[test]
fn a_project_without_a_project_table_is_installed_without_its_groups() {
    let cx = TestContext::new();
    let config = "[metadata]\nname = demo\nversion = 1\n\n[options]\ninstall_requires =\n    anyio\n\n\
                  [options.extras_require]\nweb =\n    click\n";
    cx.write("setup.cfg", config);
    cx.write("setup.py", "import setuptools\n\nsetuptools.setup()\n");
    cx.write("src/demo/__init__.py", "");
    cx.write(
        "pyproject.toml",
        "[tool.rye]\n[dependency-groups]\ndocs = [\"tqdm\"]\ndev = [\"urllib3\"]\n\
         [build-system]\nrequires = [\"setuptools\"]\nbuild-backend = \"setuptools.build_meta\"\n",
    );
    cx.rye(["sync"]).succeed();
    let production = ["anyio==4.0.0", "demo==1", "idna==3.4", "sniffio==1.3.0"];
    assert_eq!(cx.installed(), [&production[..], &["urllib3==2.1.0"]].concat());
    assert!(cx.read("requirements-dev.lock").contains("\ntqdm==4.66.1\n"));
    cx.rye(["sync", "--no-dev"]).succeed();
    assert_eq!(cx.installed(), production);
    cx.venv("python", ["-c", "import anyio, demo, idna, sniffio"]).succeed();
    cx.rye(["sync", "--no-dev", "--features", "web"]).succeed();
    assert_eq!(
        cx.installed(),
        ["anyio==4.0.0", "click==8.1.7", "demo==1", "idna==3.4", "sniffio==1.3.0"]
    );
}
