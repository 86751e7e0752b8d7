//! `rye tree`

use std::fmt::Write as _;

use crate::support::*;

/// A workspace with an application that needs a library of its own, groups, extras and an exclusion; locked, and
/// without an engine from then on.
fn workspace() -> TestContext {
    let mut cx = TestContext::new();
    cx.write(
        "pyproject.toml",
        "[project]\nname = \"app\"\nversion = \"1.0\"\nrequires-python = \">=3.9\"\n\
         dependencies = [\"lib[web]>=0.1\", \"anyio>=4; python_version >= '3.9'\"]\n\
         [project.optional-dependencies]\nbars = [\"tqdm\"]\n\
         [dependency-groups]\ntest = [\"urllib3>=2\"]\ndev = [{ include-group = \"test\" }, \"withdrawn\"]\n\
         docs = [\"tool-demo\"]\n\
         [tool.rye]\ndev-dependencies = [\"prerelease==1.0.0\"]\nexcluded-dependencies = [\"itsdangerous\"]\n\
         workspace = {}\n",
    );
    cx.write(
        "libs/lib/pyproject.toml",
        "[project]\nname = \"lib\"\nversion = \"0.1\"\nrequires-python = \">=3.9\"\n\
         dependencies = [\"idna<3.5\"]\n[project.optional-dependencies]\nweb = [\"flask>=3\"]\n\
         [tool.rye]\ndev-dependencies = [\"colorama\"]\n",
    );
    cx.rye(["lock", "--features", "bars"]).succeed();
    cx.set_env("RYE_UV", cx.root().join("no engine"));
    cx
}

#[test]
fn tree_shows_what_needs_what() {
    let cx = workspace();
    let before = cx.fingerprint();
    rye_snapshot!(cx, ["tree"], @"
    exit: 0
    ----- stdout -----
    app v1.0 (.)
    ├── anyio v4.0.0
    │   ├── idna v3.4
    │   └── sniffio v1.3.0
    └── lib v0.1 (libs/lib)
        ├── flask v3.0.0
        │   ├── blinker v1.7.0
        │   ├── click v8.1.7
        │   ├── itsdangerous v2.1.2 (excluded)
        │   ├── jinja2 v3.1.2
        │   │   └── markupsafe v2.1.3
        │   └── werkzeug v3.0.1
        │       └── markupsafe v2.1.3
        └── idna v3.4
    [project.optional-dependencies.bars]
    └── tqdm v4.66.1
    [tool.rye.dev-dependencies]
    └── prerelease v1.0.0
    [dependency-groups.dev]
    └── withdrawn v1.0
    [dependency-groups.test]
    └── urllib3 v2.1.0

    lib v0.1 (libs/lib)
    └── idna v3.4
    [project.optional-dependencies.web]
    └── flask v3.0.0 (*)
    [tool.rye.dev-dependencies]
    └── colorama v0.4.6

    (*) what is below it is told above
    ----- stderr -----
    ");
    rye_snapshot!(cx, ["tree", "--no-dev", "--depth", "1"], @"
    exit: 0
    ----- stdout -----
    app v1.0 (.)
    ├── anyio v4.0.0
    └── lib v0.1 (libs/lib)
    [project.optional-dependencies.bars]
    └── tqdm v4.66.1

    lib v0.1 (libs/lib)
    └── idna v3.4
    [project.optional-dependencies.web]
    └── flask v3.0.0
    ----- stderr -----
    ");
    rye_snapshot!(cx, ["tree", "--only-group", "docs", "--package", "app"], @"
    exit: 0
    ----- stdout -----
    app v1.0 (.)
    [dependency-groups.docs]
    └── tool-demo v1.0.0
    ----- stderr -----
    ");
    rye_snapshot!(cx, ["tree", "--package", "lib", "--only-deps", "--depth", "0"], @"
    exit: 0
    ----- stdout -----
    colorama v0.4.6
    flask v3.0.0
    idna v3.4
    ----- stderr -----
    ");
    assert_eq!(cx.fingerprint(), before);
}

#[test]
fn tree_begins_where_it_is_told_to() {
    let cx = workspace();
    rye_snapshot!(cx, ["tree", "flask", "Lib", "--depth=1"], @"
    exit: 0
    ----- stdout -----
    flask v3.0.0
    ├── blinker v1.7.0
    ├── click v8.1.7
    ├── itsdangerous v2.1.2 (excluded)
    ├── jinja2 v3.1.2
    └── werkzeug v3.0.1

    lib v0.1 (libs/lib)
    └── idna v3.4
    [project.optional-dependencies.web]
    └── flask v3.0.0
    [tool.rye.dev-dependencies]
    └── colorama v0.4.6
    ----- stderr -----
    ");
    rye_snapshot!(cx, ["tree", "flask", "--no-dedupe"], @"
    exit: 0
    ----- stdout -----
    flask v3.0.0
    ├── blinker v1.7.0
    ├── click v8.1.7
    ├── itsdangerous v2.1.2 (excluded)
    ├── jinja2 v3.1.2
    │   └── markupsafe v2.1.3
    └── werkzeug v3.0.1
        └── markupsafe v2.1.3
    ----- stderr -----
    ");
    // one that is not selected is what others are given of it
    rye_snapshot!(cx, ["tree", "--package", "app", "--depth", "1", "lib", "Lib"], @"
    exit: 0
    ----- stdout -----
    lib v0.1 (libs/lib)
    └── idna v3.4
    [project.optional-dependencies.web]
    └── flask v3.0.0
    ----- stderr -----
    ");
    let output = cx.rye(["tree", "Lib"]).current_dir(cx.path("libs/lib")).succeed();
    assert!(output.stdout.starts_with("lib v0.1 (libs/lib)\n"), "{}", output.stdout);
}

#[test]
fn tree_can_be_turned_round() {
    let cx = workspace();
    rye_snapshot!(cx, ["tree", "--invert", "idna", "urllib3"], @"
    exit: 0
    ----- stdout -----
    idna v3.4
    ├── anyio v4.0.0
    │   └── app v1.0 (.)
    └── lib v0.1 (libs/lib)
        └── app v1.0 (.)

    urllib3 v2.1.0
    └── app v1.0 (.) [dependency-groups.test]
    ----- stderr -----
    ");
    rye_snapshot!(cx, ["tree", "--invert", "--no-dev", "--package", "lib"], @"
    exit: 0
    ----- stdout -----
    blinker v1.7.0
    └── flask v3.0.0
        └── lib v0.1 (libs/lib)

    click v8.1.7
    └── flask v3.0.0 (*)

    idna v3.4
    └── lib v0.1 (libs/lib)

    itsdangerous v2.1.2 (excluded)
    └── flask v3.0.0 (*)

    markupsafe v2.1.3
    ├── jinja2 v3.1.2
    │   └── flask v3.0.0 (*)
    └── werkzeug v3.0.1
        └── flask v3.0.0 (*)

    (*) what is below it is told above
    ----- stderr -----
    ");
}

#[test]
fn tree_is_told_to_programs() {
    let cx = workspace();
    rye_snapshot!(cx, ["tree", "--package=app", "--only-group=docs", "--format", "json"], @r#"
    exit: 0
    ----- stdout -----
    {
      "schema": 1,
      "lockfile": "requirements-dev.lock",
      "annotated": true,
      "roots": [
        "-e file:."
      ],
      "nodes": [
        {
          "id": "-e file:.",
          "name": "app",
          "version": "1.0",
          "url": null,
          "marker": null,
          "member": ".",
          "locked": true,
          "excluded": false
        },
        {
          "id": "tool-demo==1.0.0",
          "name": "tool-demo",
          "version": "1.0.0",
          "url": null,
          "marker": null,
          "member": null,
          "locked": true,
          "excluded": false
        }
      ],
      "edges": [
        {
          "from": "-e file:.",
          "to": "tool-demo==1.0.0",
          "requirements": [
            {
              "text": "tool-demo",
              "source": "manifest",
              "list": "dependency-groups.docs"
            }
          ]
        }
      ]
    }
    ----- stderr -----
    "#);
    rye_snapshot!(cx, ["tree", "--package", "app", "--depth", "1", "--format", "dot"], @r#"
    exit: 0
    ----- stdout -----
    digraph rye {
        node [shape=box];
        n0 [label="app v1.0 (.)"];
        n2 [label="anyio v4.0.0"];
        n1 [label="lib v0.1 (libs/lib)"];
        n11 [label="prerelease v1.0.0"];
        n14 [label="tqdm v4.66.1"];
        n15 [label="urllib3 v2.1.0"];
        n17 [label="withdrawn v1.0"];
        n0 -> n2;
        n0 -> n1;
        n0 -> n11 [label="tool.rye.dev-dependencies", style=dashed];
        n0 -> n14;
        n0 -> n15 [label="dependency-groups.test", style=dashed];
        n0 -> n17 [label="dependency-groups.dev", style=dashed];
    }
    ----- stderr -----
    "#);
    rye_snapshot!(cx, ["tree", "click", "urllib3", "--invert", "--format", "mermaid"], @r#"
    exit: 0
    ----- stdout -----
    flowchart TD
        n4["click v8.1.7"]
        n15["urllib3 v2.1.0"]
        n6["flask v3.0.0"]
        n0["app v1.0 (.)"]
        n1["lib v0.1 (libs/lib)"]
        n6 --> n4
        n0 -.->|"dependency-groups.test"| n15
        n1 --> n6
        n0 --> n1
    ----- stderr -----
    "#);
}

#[test]
fn tree_tells_requirements_of_what_is_installed() {
    let cx = TestContext::new();
    cx.write_project("demo", &["anyio"]);
    cx.rye(["sync"]).succeed();
    let output = cx.rye(["tree", "anyio", "--format", "json"]).succeed();
    let answer: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    let expected = serde_json::json!([
        { "text": "idna>=2.8", "source": "metadata", "list": null }
    ]);
    assert_eq!(answer["edges"][0]["requirements"], expected);
}

#[test]
fn distributions_that_are_locked_twice_are_told_apart() {
    let mut cx = TestContext::new();
    cx.write(
        "pyproject.toml",
        "[project]\nname = \"demo\"\nversion = \"1.0\"\nrequires-python = \">=3.9\"\n\
         dependencies = [\"modern>=2; python_version >= '3.12'\", \"modern<2; python_version < '3.12'\", \"click\"]\n\
         [tool.rye]\nuniversal = true\n",
    );
    cx.rye(["lock"]).succeed();
    cx.set_env("RYE_UV", cx.root().join("no engine"));
    rye_snapshot!(cx, ["tree"], @"
    exit: 0
    ----- stdout -----
    demo v1.0
    ├── click v8.1.7
    │   └── colorama v0.4.6 ; sys_platform == 'win32'
    ├── modern v1.0 ; python_full_version < '3.12'
    └── modern v2.0 ; python_full_version >= '3.12'
    ----- stderr -----
    ");
    rye_snapshot!(cx, ["tree", "--invert", "modern"], @"
    exit: 0
    ----- stdout -----
    modern v1.0 ; python_full_version < '3.12'
    └── demo v1.0

    modern v2.0 ; python_full_version >= '3.12'
    └── demo v1.0
    ----- stderr -----
    ");
}

#[test]
fn a_fork_needs_only_what_is_installed_beside_it() {
    let cx = TestContext::builder().without_engine().build();
    cx.write(
        "pyproject.toml",
        "[project]\nname = \"demo\"\nversion = \"1\"\ndependencies = [\"a\"]\n",
    );
    cx.write(
        "requirements-dev.lock",
        "-e file:.\n\
         a==1 ; python_full_version < '3.10'\n    # via demo\n\
         a==2 ; python_full_version >= '3.10'\n    # via demo\n\
         b==1 ; python_full_version < '3.10'\n    # via a\n\
         b==2 ; python_full_version >= '3.10'\n    # via a\n\
         c==1\n    # via a\n",
    );
    rye_snapshot!(cx, ["tree"], @"
    exit: 0
    ----- stdout -----
    demo v1
    ├── a v1 ; python_full_version < '3.10'
    │   ├── b v1 ; python_full_version < '3.10'
    │   └── c v1
    └── a v2 ; python_full_version >= '3.10'
        ├── b v2 ; python_full_version >= '3.10'
        └── c v1
    ----- stderr -----
    ");
}

#[test]
fn tree_goes_round_no_circle_for_ever() {
    let cx = TestContext::builder().without_engine().build();
    cx.write(
        "pyproject.toml",
        "[project]\nname = \"demo\"\nversion = \"1\"\ndependencies = [\"a\"]\n",
    );
    cx.write(
        "requirements-dev.lock",
        "-e file:.\na==1\n    # via c\n    # via demo\nb==1\n    # via a\nc==1\n    # via b\n",
    );
    rye_snapshot!(cx, ["tree"], @"
    exit: 0
    ----- stdout -----
    demo v1
    └── a v1
        └── b v1
            └── c v1
                └── a v1 (*)

    (*) what is below it is told above
    ----- stderr -----
    ");
    rye_snapshot!(cx, ["tree", "--no-dedupe"], @"
    exit: 0
    ----- stdout -----
    demo v1
    └── a v1
        └── b v1
            └── c v1
                └── a v1 (*)

    (*) what is below it is told above
    ----- stderr -----
    ");
    rye_snapshot!(cx, ["tree", "--invert", "c", "--no-dedupe"], @"
    exit: 0
    ----- stdout -----
    c v1
    └── b v1
        └── a v1
            ├── c v1 (*)
            └── demo v1

    (*) what is below it is told above
    ----- stderr -----
    ");
}

#[test]
fn what_a_lockfile_without_annotations_does_not_say_is_told() {
    let cx = TestContext::builder().without_engine().build();
    cx.write_project("demo", &["anyio"]);
    cx.write("requirements-dev.lock", "-e file:.\nanyio==4.0.0\nidna==3.4\nsniffio==1.3.0\n");
    rye_snapshot!(cx, ["tree"], @"
    exit: 0
    ----- stdout -----
    demo v0.1.0
    └── anyio v4.0.0

    [nothing is known to need these]
    ├── idna v3.4
    └── sniffio v1.3.0
    ----- stderr -----
    warning: `requirements-dev.lock` does not say what needs what; `rye lock` writes it anew
    ");
}

#[test]
fn virtual_projects_and_those_without_a_name_have_trees() {
    let cx = TestContext::builder().without_engine().build();
    // 0.44 wrote no annotation for what a virtual project asks for
    cx.write(
        "pyproject.toml",
        "[project]\nname = \"demo\"\nversion = \"1\"\ndependencies = [\"anyio\"]\n[tool.rye]\nvirtual = true\n",
    );
    let lockfile = "\
# generated by rye
# use `rye lock` or `rye sync` to update this lockfile
#
# last locked with the following flags:
#   pre: false
#   features: []
#   all-features: false
#   with-sources: false
#   generate-hashes: false
#   universal: false

anyio==4.0.0
idna==3.4
    # via anyio
local @ https://me:s3cret@host.invalid/local-1.0.whl
    # via anyio
";
    cx.write("requirements-dev.lock", lockfile);
    rye_snapshot!(cx, ["tree"], @"
    exit: 0
    ----- stdout -----
    demo v1
    └── anyio v4.0.0
        ├── idna v3.4
        └── local (https://host.invalid/local-1.0.whl)
    ----- stderr -----
    ");
    cx.write("pyproject.toml", "[build-system]\nrequires = []\n");
    cx.write("requirements-dev.lock", "-e file:.\nidna==3.4\n    # via only-its-build-knows\n");
    rye_snapshot!(cx, ["tree"], @"
    exit: 0
    ----- stdout -----
    project
    └── idna v3.4
    ----- stderr -----
    ");
}

#[test]
fn a_lockfile_that_is_older_than_the_manifest_is_told_as_such() {
    #[track_caller]
    fn check(cx: &TestContext, manifest: &str, reason: &str) {
        let head = "[project]\nname = \"demo\"\nversion = \"1\"\n";
        cx.write("pyproject.toml", format!("{head}{manifest}"));
        let stderr = cx.rye(["tree"]).succeed().stderr;
        let expected = if reason.is_empty() {
            String::new()
        } else {
            format!(
                "warning: `requirements-dev.lock` is older than the manifest: {reason}; bring it up to date with `rye lock`\n"
            )
        };
        assert_eq!(stderr, expected);
    }
    let cx = TestContext::builder().without_engine().build();
    cx.write("requirements-dev.lock", "-e file:.\nidna==3.4\n    # via demo\n");
    check(&cx, "dependencies = [\"idna>=3\", \"tqdm; os_name == 'nt'\"]", "");
    check(
        &cx,
        "dependencies = [\"idna\", \"tqdm\"]",
        "nothing is locked for `tqdm` in `project.dependencies`",
    );
    check(
        &cx,
        "dependencies = [\"idna>=4\"]",
        "nothing is locked for `idna>=4` in `project.dependencies`",
    );
    check(&cx, "", "`idna` is locked for `demo`, which does not ask for it");
    check(&cx, "dynamic = [\"dependencies\"]", "");
    cx.write("requirements-dev.lock", "-e file:.\nidna==3.4\n    # via other-name\n");
    check(&cx, "dependencies = [\"idna\"]", "what `other-name` needs is locked, and it is not");
    cx.write("requirements-dev.lock", "-e file:.\nidna==3.4\n    # via demo\n");
    check(
        &cx,
        "dependencies = [\"idna\"]\n[tool.rye]\nuniversal = true",
        "settings of `tool.rye` are not those that it was locked with",
    );
    check(
        &cx,
        "dependencies = [\"idna>=4\"]\n[tool.rye]\nconstraints = [\"a<1\"]",
        "settings of `tool.rye` are not those that it was locked with",
    );
    cx.write("requirements-dev.lock", "-e file:.\n-e file:gone\nidna==3.4\n    # via demo\n");
    check(&cx, "dependencies = [\"idna\"]", "the project in `gone` is locked, and there is none");
    cx.write("requirements-dev.lock", "idna==3.4\n    # via demo\n");
    check(&cx, "dependencies = [\"idna\"]", "the project `demo` is not locked");
}

#[test]
fn tree_says_what_it_cannot_show() {
    let cx = TestContext::builder().without_engine().build();
    rye_snapshot!(cx, ["tree"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no `pyproject.toml` in `[ROOT]/project` or above it
    hint: start a project with `rye init`
    ");
    cx.write_project("demo", &["anyio"]);
    rye_snapshot!(cx, ["tree"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/requirements-dev.lock` is missing
    hint: make it with `rye lock`
    ");
    cx.write("requirements-dev.lock", "-e file:.\nanyio==4.0.0\n    # via demo\n<<<<<<< HEAD\n");
    rye_snapshot!(cx, ["tree"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the lockfile `[ROOT]/project/requirements-dev.lock` cannot be understood
    caused by: line 4: `<<<<<<< HEAD`: a conflict marker of git
    hint: settle the merge, or delete the file and run `rye lock`
    ");
    cx.write("requirements-dev.lock", "-e file:.\nanyio==4.0.0\n    # via demo\n");
    rye_snapshot!(cx, ["tree", "anyi"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `anyi` is not locked in `requirements-dev.lock`
    hint: did you mean `anyio`?
    ");
    rye_snapshot!(cx, ["tree", "--package", "dem"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the workspace has no member `dem`
    hint: did you mean `demo`?
    ");
    rye_snapshot!(cx, ["tree", "--group", "docs"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no group `docs`
    hint: make it with `rye add --group docs NAME`
    ");
    rye_snapshot!(cx, ["tree", "--depth", "-1"], @"
    exit: 2
    ----- stdout -----
    ----- stderr -----
    error: unexpected argument '-1' found

      tip: to pass '-1' as a value, use '-- -1'

    Usage: rye tree [OPTIONS] [NAME]...

    For more information, try '--help'.
    ");
    let output = cx.rye(["tree"]).run_with_closed_stdout();
    assert_eq!(output.stderr, "");
}

#[test]
fn names_that_are_none_are_told_with_their_place() {
    let cx = TestContext::builder().without_engine().build();
    cx.write_project("demo", &["idna"]);
    cx.write("requirements-dev.lock", "-e file:.\nidna_==3.4\n");
    rye_snapshot!(cx, ["tree"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the lockfile `[ROOT]/project/requirements-dev.lock` cannot be understood
    caused by: line 2: `idna_==3.4`: a name ends with a letter or a digit, and `idna_` does not
    hint: correct the line, or delete the file and run `rye lock`; versions of other lines are kept if you correct it
    ");
    cx.write_project("demo", &["idna[x-]>=1"]);
    rye_snapshot!(cx, ["tree"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/pyproject.toml` cannot be understood
    caused by: `project.dependencies` holds `idna[x-]>=1`: a name ends with a letter or a digit, and `x-` does not
    hint: write it as PEP 508 has it: `name[extra]>=1.0; marker`
    ");
}

#[test]
fn a_large_lockfile_takes_no_time() {
    let cx = TestContext::builder().without_engine().build();
    let mut lockfile = "-e file:.\n".to_owned();
    for number in 0..5000_usize {
        writeln!(lockfile, "d{number}==1.{number} ; python_full_version >= '3.9'").unwrap();
        // each is needed by up to eight others, so that there are far more paths than could be told
        let needing = (2..10).map(|part| number / part).filter(|needing| *needing < number);
        for needing in needing.collect::<std::collections::BTreeSet<_>>() {
            writeln!(lockfile, "    # via d{needing}").unwrap();
        }
    }
    cx.write_project("demo", &["d0"]);
    cx.write("requirements-dev.lock", lockfile);
    let start = std::time::Instant::now();
    for args in [
        &["tree"][..],
        &["tree", "--invert", "d4999"],
        &["tree", "--format", "json"],
        &["why", "d4999"],
        &["why", "d4999", "--format", "json"],
    ] {
        let output = cx.rye(args).succeed();
        assert!(!output.stdout.is_empty());
    }
    // in a moment, were it not for what a debug build costs on a machine with other things to do
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}
