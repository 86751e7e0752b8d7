//! Members that need each other, and what they need of an index.

use super::{append, entries, write_member, write_root, write_workspace};
use crate::support::{Index, TestContext, Wheel, rye_snapshot};

/// Returns the names that the index was asked for, each once.
fn asked(cx: &TestContext) -> Vec<String> {
    let requests = cx.index().requests().into_iter();
    let pages =
        requests.filter_map(|request| request.path.strip_prefix("/simple/").map(str::to_owned));
    let mut names: Vec<_> = pages.map(|page| page.trim_matches('/').to_owned()).collect();
    names.sort();
    names.dedup();
    names
}

#[test]
fn members_need_each_other_in_a_chain() {
    let cx = TestContext::new();
    write_root(&cx, &["*"]);
    write_member(&cx, "one", "one", &["two"]);
    write_member(&cx, "two", "two", &["three"]);
    write_member(&cx, "three", "three", &["idna"]);
    cx.rye(["sync"]).succeed();
    insta::assert_snapshot!(entries(&cx, "requirements.lock"), @"
    -e file:one
    -e file:three
        # via two
    -e file:two
        # via one
    idna==3.4
        # via three
    ");
    assert_eq!(cx.installed(), ["idna==3.4", "one==0.1.0", "three==0.1.0", "two==0.1.0"]);
    cx.venv("python", ["-c", "import one, two, three, idna"]).succeed();
}

#[test]
fn members_may_need_each_other_in_a_circle() {
    let cx = TestContext::new();
    write_root(&cx, &["*"]);
    write_member(&cx, "one", "one", &["two"]);
    write_member(&cx, "two", "two", &["one", "idna"]);
    rye_snapshot!(cx, ["sync"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        created [ROOT]/project/.venv (cpython@[PYTHON], discovered: [ROOT]/bin/python[PYTHON-MINOR])
         locked requirements.lock
         locked requirements-dev.lock
          added idna 3.4
          added one 0.1.0
          added two 0.1.0
    ");
    insta::assert_snapshot!(entries(&cx, "requirements.lock"), @"
    -e file:one
        # via two
    -e file:two
        # via one
    idna==3.4
        # via two
    ");
    cx.venv("python", ["-c", "import one, two"]).succeed();
    rye_snapshot!(cx, ["lock", "--check"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        current the lockfiles are what the manifest asks for
    ");
}

#[test]
fn a_member_s_extras_are_what_a_requirement_names() {
    let cx = TestContext::new();
    write_root(&cx, &["*"]);
    write_member(&cx, "core", "core", &["idna"]);
    append(
        &cx,
        "core/pyproject.toml",
        "\n[project.optional-dependencies]\nFast_Path = [\"tqdm\"]\nother = [\"urllib3\"]\n",
    );
    write_member(&cx, "app", "app", &["core[fast-path]"]);
    cx.rye(["sync"]).succeed();
    insta::assert_snapshot!(entries(&cx, "requirements.lock"), @"
    -e file:app
    -e file:core
        # via app
    idna==3.4
        # via core
    tqdm==4.66.1
        # via core
    ");
    assert_eq!(cx.installed(), ["app==0.1.0", "core==0.1.0", "idna==3.4", "tqdm==4.66.1"]);
}

#[test]
fn a_member_may_need_extras_of_its_own() {
    let cx = TestContext::new();
    write_root(&cx, &["*"]);
    write_member(&cx, "app", "app", &["idna"]);
    append(
        &cx,
        "app/pyproject.toml",
        "\n[project.optional-dependencies]\nx = [\"tqdm\"]\nall = [\"app[x]\", \"urllib3\"]\n\n\
         [tool.rye]\ndev-dependencies = [\"app[all]\"]\n",
    );
    cx.rye(["sync"]).succeed();
    insta::assert_snapshot!(entries(&cx, "requirements-dev.lock"), @"
    -e file:app
    idna==3.4
        # via app
    tqdm==4.66.1
        # via app
    urllib3==2.1.0
        # via app
    ");
    insta::assert_snapshot!(entries(&cx, "requirements.lock"), @"
    -e file:app
    idna==3.4
        # via app
    ");
    assert_eq!(cx.installed(), ["app==0.1.0", "idna==3.4", "tqdm==4.66.1", "urllib3==2.1.0"]);
    assert_eq!(asked(&cx), ["hatchling", "idna", "tqdm", "urllib3"]);
    cx.rye(["sync", "--no-dev"]).succeed();
    assert_eq!(cx.installed(), ["app==0.1.0", "idna==3.4"]);
}

#[test]
fn no_index_is_asked_for_a_member() {
    let index = Index::standard().with(Wheel::new("core", "9.9").requires("tqdm"));
    let cx = TestContext::builder().index(index).build();
    write_root(&cx, &["*"]);
    write_member(&cx, "core", "core", &["idna"]);
    // neither the version nor the URL beside a name is looked at
    for requirement in [
        "core",
        "Core>=5",
        "core==9.9",
        "core @ https://nowhere.invalid/core-1.whl",
        "core @ file:///nowhere",
    ] {
        write_member(&cx, "app", "app", &[requirement]);
        cx.rye(["sync"]).succeed();
        assert_eq!(cx.installed(), ["app==0.1.0", "core==0.1.0", "idna==3.4"], "{requirement}");
        assert!(entries(&cx, "requirements.lock").contains("-e file:core\n    # via app\n"));
        cx.venv("python", ["-c", "import core; core.NAME"]).succeed();
    }
    assert_eq!(asked(&cx), ["hatchling", "idna"]);
    cx.rye(["sync", "--update-all"]).succeed();
    cx.rye(["add", "-p", "app", "core"]).succeed();
    cx.rye(["sync", "--reset", "--universal", "--generate-hashes"]).succeed();
    assert_eq!(asked(&cx), ["hatchling", "idna"]);
}

#[test]
fn what_others_need_by_a_member_s_name_is_the_member() {
    let index = Index::standard()
        .with(Wheel::new("core", "9.9").requires("tqdm"))
        .with(Wheel::new("friend", "1.0").requires("core"))
        .with(Wheel::new("outsider", "1.0").requires("core>=9"));
    let cx = TestContext::builder().index(index).build();
    write_root(&cx, &["*"]);
    write_member(&cx, "core", "core", &["idna"]);
    write_member(&cx, "app", "app", &["friend"]);
    cx.rye(["sync"]).succeed();
    assert_eq!(cx.installed(), ["app==0.1.0", "core==0.1.0", "friend==1.0", "idna==3.4"]);
    write_member(&cx, "app", "app", &["outsider"]);
    rye_snapshot!(cx, ["sync"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot lock `root`
    caused by: the requirements cannot be resolved
    caused by: No solution found when resolving dependencies
      cause: Because only core<9 is available and all versions of outsider depend on core>=9, we can conclude that all versions of outsider cannot be used.
             And because you require outsider, we can conclude that your requirements are unsatisfiable.
    hint: `outsider` stands in `project.dependencies` of `app`
    ");
    assert_eq!(asked(&cx), ["friend", "hatchling", "idna", "outsider"]);
}

#[test]
fn a_requirement_with_a_marker_holds_where_the_marker_does() {
    let cx = TestContext::new();
    write_root(&cx, &["*"]);
    write_member(&cx, "core", "core", &[]);
    append(
        &cx,
        "core/pyproject.toml",
        "\n[project.optional-dependencies]\nx = [\"tqdm\"]\ny = [\"urllib3\"]\n",
    );
    write_member(
        &cx,
        "app",
        "app",
        &["core[x]>=3; python_version >= '3'", "core[y]; python_version < '3'"],
    );
    cx.rye(["sync"]).succeed();
    assert_eq!(cx.installed(), ["app==0.1.0", "core==0.1.0", "tqdm==4.66.1"]);
}

#[test]
fn members_may_be_built_by_different_backends() {
    let cx = TestContext::new();
    write_root(&cx, &["*"]);
    let backends = [
        ("hatch", "hatchling", "hatchling.build"),
        ("setup", "setuptools", "setuptools.build_meta"),
        ("flit", "flit-core", "flit_core.buildapi"),
        ("pdm", "pdm-backend", "pdm.backend"),
    ];
    let mut previous = "idna";
    for (name, distribution, backend) in backends {
        cx.write(
            format!("{name}/pyproject.toml"),
            format!(
                "[project]\nname = \"{name}\"\nversion = \"1\"\ndependencies = [\"{previous}\"]\n\n\
                 [build-system]\nrequires = [\"{distribution}\"]\nbuild-backend = \"{backend}\"\n"
            ),
        );
        cx.write(format!("{name}/src/{name}/__init__.py"), "");
        previous = name;
    }
    cx.rye(["sync"]).succeed();
    assert_eq!(cx.installed(), ["flit==1", "hatch==1", "idna==3.4", "pdm==1", "setup==1"]);
    cx.venv("python", ["-c", "import flit, hatch, idna, pdm, setup"]).succeed();
    rye_snapshot!(cx, ["sync"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        in sync root
    ");
}

#[test]
fn the_version_of_a_member_may_be_dynamic() {
    let cx = TestContext::new();
    write_root(&cx, &["*"]);
    write_member(&cx, "core", "core", &["idna"]);
    let manifest = cx.read("core/pyproject.toml");
    cx.write(
        "core/pyproject.toml",
        manifest.replace("version = \"0.1.0\"", "dynamic = [\"version\"]"),
    );
    cx.write("core/src/core/__init__.py", "__version__ = \"7.0\"\n");
    write_member(&cx, "app", "app", &["core"]);
    cx.rye(["sync"]).succeed();
    assert_eq!(cx.installed(), ["app==0.1.0", "core==7.0", "idna==3.4"]);
    insta::assert_snapshot!(entries(&cx, "requirements.lock"), @"
    -e file:app
    -e file:core
        # via app
    idna==3.4
        # via core
    ");
    rye_snapshot!(cx, ["lock", "--check"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        current the lockfiles are what the manifest asks for
    ");
}

#[test]
fn a_member_may_be_known_to_its_build_alone() {
    let cx = TestContext::new();
    write_root(&cx, &["*"]);
    // the stand-in reads what a `setup.py` would say
    cx.write(
        "old/pyproject.toml",
        "[build-system]\nrequires = [\"setuptools\"]\nbuild-backend = \"setuptools.build_meta\"\n",
    );
    cx.write(
        "old/setup.cfg",
        "[metadata]\nname = old\nversion = 3\n\n[options]\ninstall_requires =\n  idna\n  core\n",
    );
    cx.write("old/src/old/__init__.py", "");
    write_member(&cx, "core", "core", &["tqdm"]);
    rye_snapshot!(cx, ["sync"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        created [ROOT]/project/.venv (cpython@[PYTHON], discovered: [ROOT]/bin/python[PYTHON-MINOR])
         locked requirements.lock
         locked requirements-dev.lock
          added core 0.1.0
          added idna 3.4
          added old 3
          added tqdm 4.66.1
    ");
    insta::assert_snapshot!(entries(&cx, "requirements.lock"), @"
    -e file:core
        # via old
    -e file:old
    idna==3.4
        # via old
    tqdm==4.66.1
        # via core
    ");
    rye_snapshot!(cx, ["sync"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        in sync root
    ");
}

#[test]
fn what_a_member_needs_may_be_known_to_its_build_alone() {
    let cx = TestContext::new();
    write_root(&cx, &["*"]);
    cx.write(
        "core/pyproject.toml",
        "[project]\nname = \"core\"\nversion = \"1\"\n\
         dynamic = [\"dependencies\", \"optional-dependencies\"]\n\n\
         [build-system]\nrequires = [\"setuptools\"]\nbuild-backend = \"setuptools.build_meta\"\n\n\
         [tool.setuptools.dynamic]\ndependencies = { file = [\"requirements.in\"] }\n\
         optional-dependencies.x = { file = [\"x.in\"] }\n",
    );
    cx.write("core/requirements.in", "idna\nother\n");
    cx.write("core/x.in", "tqdm\n");
    cx.write("core/src/core/__init__.py", "");
    write_member(&cx, "other", "other", &[]);
    write_member(&cx, "app", "app", &["core[x]"]);
    cx.rye(["sync"]).succeed();
    insta::assert_snapshot!(entries(&cx, "requirements.lock"), @"
    -e file:app
    -e file:core
        # via app
    -e file:other
        # via core
    idna==3.4
        # via core
    tqdm==4.66.1
        # via core
    ");
    assert_eq!(
        cx.installed(),
        ["app==0.1.0", "core==1", "idna==3.4", "other==0.1.0", "tqdm==4.66.1"]
    );
    assert_eq!(asked(&cx), ["hatchling", "idna", "setuptools", "tqdm"]);
}

#[test]
fn whoever_requires_a_virtual_member_gets_what_it_requires() {
    let cx = TestContext::new();
    write_root(&cx, &["*"]);
    cx.write(
        "bundle/pyproject.toml",
        "[project]\nname = \"bundle\"\nversion = \"1\"\ndependencies = [\"idna\", \"core\"]\n\n\
         [project.optional-dependencies]\nx = [\"tqdm\", \"bundle[y]\"]\ny = [\"urllib3\"]\nz = [\"blinker\"]\n\n\
         [tool.rye]\nvirtual = true\n",
    );
    write_member(&cx, "core", "core", &["itsdangerous"]);
    write_member(&cx, "app", "app", &["bundle[x]>=2"]);
    cx.rye(["sync"]).succeed();
    insta::assert_snapshot!(entries(&cx, "requirements.lock"), @"
    -e file:app
    -e file:core
        # via app
    idna==3.4
        # via app
    itsdangerous==2.1.2
        # via core
    tqdm==4.66.1
        # via app
    urllib3==2.1.0
        # via app
    ");
    cx.rye(["sync", "-p", "app"]).succeed();
    assert_eq!(
        cx.installed(),
        [
            "app==0.1.0",
            "core==0.1.0",
            "idna==3.4",
            "itsdangerous==2.1.2",
            "tqdm==4.66.1",
            "urllib3==2.1.0"
        ]
    );
    assert_eq!(asked(&cx).iter().filter(|name| *name == "bundle").count(), 0);
}

#[test]
fn a_root_may_be_a_package_itself() {
    let cx = TestContext::new();
    cx.write_project("demo", &["core", "idna"]);
    append(&cx, "pyproject.toml", "\n[tool.rye.workspace]\nmembers = [\"libs/*\"]\n");
    write_member(&cx, "libs/core", "core", &["demo"]);
    cx.rye(["sync"]).succeed();
    insta::assert_snapshot!(entries(&cx, "requirements.lock"), @"
    -e file:.
        # via core
    -e file:libs/core
        # via demo
    idna==3.4
        # via demo
    ");
    cx.venv("python", ["-c", "import core, demo"]).succeed();
}

#[test]
fn a_virtual_root_may_need_its_members() {
    let cx = TestContext::new();
    write_workspace(&cx, "");
    let manifest = cx.read("pyproject.toml");
    cx.write(
        "pyproject.toml",
        manifest.replace("\n[tool.rye]", "dependencies = [\"core[x]\", \"tqdm\"]\n\n[tool.rye]"),
    );
    write_member(&cx, "core", "core", &["idna"]);
    append(&cx, "core/pyproject.toml", "\n[project.optional-dependencies]\nx = [\"urllib3\"]\n");
    cx.rye(["sync"]).succeed();
    insta::assert_snapshot!(entries(&cx, "requirements.lock"), @"
    -e file:core
    idna==3.4
        # via core
    tqdm==4.66.1
    urllib3==2.1.0
        # via core
    ");
}

#[test]
fn a_relative_path_starts_from_the_member_that_says_so() {
    let cx = TestContext::new();
    write_root(&cx, &["apps/*"]);
    write_member(&cx, "apps/web/vendored/one", "one", &["idna"]);
    write_member(&cx, "others/two", "two", &["tqdm"]);
    write_member(&cx, "apps/web", "web", &["two @ file:///${PROJECT_ROOT}/others/two"]);
    append(
        &cx,
        "apps/web/pyproject.toml",
        "\n[tool.rye]\ndev-dependencies = [\"one @ file:vendored/one\"]\n",
    );
    cx.write(
        "apps/bundle/pyproject.toml",
        "[project]\nname = \"bundle\"\nversion = \"1\"\n\
         dependencies = [\"two @ file:../../others/two\"]\n\n[tool.rye]\nvirtual = true\n",
    );
    cx.rye(["sync"]).succeed();
    insta::assert_snapshot!(entries(&cx, "requirements-dev.lock"), @"
    -e file:apps/web
    idna==3.4
        # via one
    one @ file:///${PROJECT_ROOT}/apps/web/vendored/one
    tqdm==4.66.1
        # via two
    two @ file:///${PROJECT_ROOT}/others/two
        # via web
    ");
    assert_eq!(
        cx.installed(),
        ["idna==3.4", "one==0.1.0", "tqdm==4.66.1", "two==0.1.0", "web==0.1.0"]
    );
}

#[test]
fn members_that_cannot_agree_are_named() {
    let cx = TestContext::new();
    write_root(&cx, &["*"]);
    write_member(&cx, "one", "one", &["idna<3"]);
    write_member(&cx, "two", "two", &["idna>=3"]);
    rye_snapshot!(cx, ["sync"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot lock `root`
    caused by: the requirements cannot be resolved
    caused by: No solution found when resolving dependencies
      cause: Because you require idna<3 and idna>=3, we can conclude that your requirements are unsatisfiable.
    hint: `idna<3` stands in `project.dependencies` of `one`; `idna>=3` stands in `project.dependencies` of `two`
    ");
    assert!(!cx.exists("requirements.lock"));
    assert!(!cx.exists(".venv"));
}
