//! `rye outdated`

use std::fs;

use crate::support::*;

/// Returns a world whose index gets something new at any time.
fn world() -> TestContext {
    let index = Index::new()
        .with_cache_control("no-cache")
        .with(Wheel::new("alpha", "1.0").requires("gamma"))
        .with(Wheel::new("beta", "1.0"))
        .with(Wheel::new("gamma", "1.0"))
        .with(Wheel::new("delta", "1.0"));
    TestContext::builder().index(index).build()
}

fn publish_more(cx: &TestContext) {
    for version in ["1.5", "2.0"] {
        cx.index().publish(Wheel::new("alpha", version).requires("gamma"));
        cx.index().publish(Wheel::new("beta", version));
    }
    cx.index().publish(Wheel::new("gamma", "1.1"));
    cx.index().publish(Wheel::new("delta", "2.0rc1"));
    cx.index().publish(Wheel::new("delta", "3.0").requires_python(">=3.99"));
    cx.index().publish(Wheel::new("delta", "4.0").build().yanked("broken"));
}

/// Writes a workspace of two members, and locks it while there is nothing newer.
fn write_workspace(cx: &TestContext) {
    cx.write(
        "pyproject.toml",
        "[project]\nname = \"app\"\nversion = \"1.0\"\nrequires-python = \">=3.9\"\n\
         dependencies = [\"lib\", \"alpha<2\"]\n[dependency-groups]\ndocs = [\"beta\"]\n\
         [tool.rye]\ndev-dependencies = [\"delta\"]\nworkspace = {}\n",
    );
    cx.write(
        "libs/lib/pyproject.toml",
        "[project]\nname = \"lib\"\nversion = \"0.1\"\nrequires-python = \">=3.9\"\n\
         dependencies = [\"beta~=1.0\", \"alpha>=1\"]\n",
    );
    cx.rye(["lock"]).succeed();
    publish_more(cx);
}

#[test]
fn outdated_tells_what_is_wanted_and_what_is_latest() {
    let cx = world();
    write_workspace(&cx);
    let before = cx.fingerprint();
    rye_snapshot!(cx, ["outdated"], @"
    exit: 0
    ----- stdout -----
    name   current  wanted  latest  asked for by
    alpha  1.0      1.5     2.0     `alpha<2` in `project.dependencies` of `app`
                                    `alpha>=1` in `project.dependencies` of `lib`
    beta   1.0      1.5     2.0     `beta` in `dependency-groups.docs` of `app`
                                    `beta~=1.0` in `project.dependencies` of `lib`
    ----- stderr -----
    ");
    rye_snapshot!(cx, ["outdated", "--all", "--check"], @"
    exit: 1
    ----- stdout -----
    name   current  wanted  latest  asked for by
    alpha  1.0      1.5     2.0     `alpha<2` in `project.dependencies` of `app`
                                    `alpha>=1` in `project.dependencies` of `lib`
    beta   1.0      1.5     2.0     `beta` in `dependency-groups.docs` of `app`
                                    `beta~=1.0` in `project.dependencies` of `lib`
    gamma  1.0      1.1     1.1     alpha
    ----- stderr -----
    ");
    rye_snapshot!(cx, ["outdated", "--pre", "Delta"], @"
    exit: 0
    ----- stdout -----
    name   current  wanted  latest  asked for by
    delta  1.0      1.0     2.0rc1  `delta` in `tool.rye.dev-dependencies` of `app`
    ----- stderr -----
    ");
    rye_snapshot!(cx, ["outdated", "--package", "lib", "--no-dev", "gamma", "--format", "json"], @r#"
    exit: 0
    ----- stdout -----
    {
      "schema": 1,
      "outdated": [
        {
          "name": "gamma",
          "current": [
            "1.0"
          ],
          "wanted": [
            "1.1"
          ],
          "latest": "1.1",
          "direct": false,
          "requirements": [],
          "needed-by": [
            "alpha"
          ]
        }
      ]
    }
    ----- stderr -----
    "#);
    assert_eq!(cx.fingerprint(), before);
    cx.rye(["lock", "--update-all"]).succeed();
    rye_snapshot!(cx, ["outdated", "--package", "lib", "gamma", "--check"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        current what is locked is the newest
    ");
    rye_snapshot!(cx, ["outdated", "gamma", "--format", "json"], @r#"
    exit: 0
    ----- stdout -----
    {
      "schema": 1,
      "outdated": []
    }
    ----- stderr -----
    "#);
}

#[test]
fn a_project_of_its_own_is_not_named_in_every_line() {
    let cx = world();
    cx.write_project("demo", &["alpha<1.7"]);
    cx.rye(["lock"]).succeed();
    publish_more(&cx);
    rye_snapshot!(cx, ["outdated"], @"
    exit: 0
    ----- stdout -----
    name   current  wanted  latest  asked for by
    alpha  1.0      1.5     2.0     `alpha<1.7` in `project.dependencies`
    ----- stderr -----
    ");
}

#[test]
fn versions_of_several_pythons_are_told_together() {
    let cx = TestContext::new();
    let index = cx.index();
    cx.write(
        "pyproject.toml",
        "[project]\nname = \"demo\"\nversion = \"1.0\"\nrequires-python = \">=3.9\"\n\
         dependencies = [\"modern\"]\n[tool.rye]\nuniversal = true\n",
    );
    cx.rye(["lock"]).succeed();
    rye_snapshot!(cx, ["outdated"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        current what the manifests name is the newest
    ");
    index.publish(Wheel::new("modern", "2.5").requires_python(">=3.12"));
    let run = cx.rye(["outdated"]).env("UV_CACHE_DIR", cx.root().join("another-cache"));
    rye_snapshot!(run, @"
    exit: 0
    ----- stdout -----
    name    current   wanted    latest  asked for by
    modern  1.0, 2.0  1.0, 2.5  2.5     `modern` in `project.dependencies`
    ----- stderr -----
    ");
}

#[test]
fn a_pre_release_that_is_asked_for_is_not_newer_than_the_latest() {
    let cx = world();
    cx.write_project("demo", &["delta>=1"]);
    cx.rye(["lock"]).succeed();
    publish_more(&cx);
    cx.write_project("demo", &["delta>=2.0rc1"]);
    rye_snapshot!(cx, ["outdated"], @"
    exit: 0
    ----- stdout -----
    name   current  wanted  latest  asked for by
    delta  1.0      2.0rc1  2.0rc1  `delta>=2.0rc1` in `project.dependencies`
    ----- stderr -----
    warning: `requirements-dev.lock` is older than the manifest: nothing is locked for `delta>=2.0rc1` in `project.dependencies`; bring it up to date with `rye lock`
    ");
    cx.rye(["lock"]).succeed();
    rye_snapshot!(cx, ["outdated"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        current what the manifests name is the newest
    ");
}

#[test]
fn sources_and_limits_of_the_project_hold() {
    let cx = world();
    let other = Index::new()
        .with_cache_control("no-cache")
        .with(Wheel::new("beta", "1.0"))
        .with(Wheel::new("beta", "1.2"))
        .serve();
    let manifest = |more: &str| {
        format!(
            "[project]\nname = \"demo\"\nversion = \"1.0\"\nrequires-python = \">=3.9\"\n\
             dependencies = [\"alpha==1.*\", \"beta==1.*\"]\n[tool.rye]\nvirtual = true\n{more}\
             [[tool.rye.sources]]\nname = \"other\"\nurl = \"{}\"\npackages = [\"beta\"]\n",
            other.url()
        )
    };
    cx.write("pyproject.toml", manifest("constraints = [\"beta<1.1\"]\n"));
    cx.rye(["lock"]).succeed();
    publish_more(&cx);
    rye_snapshot!(cx, ["outdated"], @"
    exit: 0
    ----- stdout -----
    name   current  wanted  latest  asked for by
    alpha  1.0      1.5     2.0     `alpha==1.*` in `project.dependencies`
    beta   1.0      1.0     1.2     `beta==1.*` in `project.dependencies`
    ----- stderr -----
    ");
    cx.write_project("demo", &["alpha"]);
    let manifest = cx.read("pyproject.toml");
    let limit = "[tool.rye]\nexclude-newer = \"2023-11-02\"\n";
    cx.write("pyproject.toml", manifest.replace("[tool.rye]\n", limit));
    cx.rye(["lock"]).succeed();
    cx.index().publish(Wheel::new("alpha", "9.0").build().uploaded("2024-01-01T00:00:00Z"));
    let output = cx.rye(["outdated", "--check"]).fail(1);
    assert!(output.stdout.contains("\nalpha  1.0      2.0     2.0 "), "{}", output.stdout);
}

#[test]
fn what_comes_from_elsewhere_has_no_newer_version() {
    let cx = world();
    let url = cx.index().file_url("beta-1.0-py3-none-any.whl");
    cx.write_project("demo", &[&format!("beta @ {url}"), "alpha"]);
    cx.rye(["lock"]).succeed();
    rye_snapshot!(cx, ["outdated"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        current what the manifests name is the newest
    ");
    rye_snapshot!(cx, ["outdated", "beta"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `beta` is not locked in a version of an index, or not by what was selected
    ");
}

#[test]
fn outdated_says_what_keeps_it_from_an_answer() {
    let cx = world();
    rye_snapshot!(cx, ["outdated"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no `pyproject.toml` in `[ROOT]/project` or above it
    hint: start a project with `rye init`
    ");
    cx.write_project("demo", &["alpha"]);
    rye_snapshot!(cx, ["outdated"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/project/requirements-dev.lock` is missing
    hint: make it with `rye lock`
    ");
    cx.rye(["lock"]).succeed();
    rye_snapshot!(cx, ["outdated", "alph"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: `alph` is not locked in `requirements-dev.lock`
    hint: did you mean `alpha`?
    ");
    rye_snapshot!(cx, ["outdated", "--package", "dem"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the workspace has no member `dem`
    hint: did you mean `demo`?
    ");
    // what the cache has answers, and an empty one does not
    cx.rye(["outdated", "--offline"]).succeed();
    let run = cx.rye(["outdated", "--offline"]).env("UV_CACHE_DIR", cx.root().join("empty"));
    let output = run.fail(1);
    assert!(output.stderr.starts_with("error: cannot lock `demo`\n"), "{}", output.stderr);
    let run = cx.rye(["outdated"]).env("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple");
    let run = run.env("UV_CACHE_DIR", cx.root().join("empty")).env("UV_HTTP_RETRIES", "0");
    let output = run.fail(1);
    assert!(output.stderr.contains("hint: check the network"), "{}", output.stderr);
    // a project that requires nothing asks nobody
    cx.write_project("demo", &[]);
    cx.rye(["lock"]).succeed();
    let run = cx.rye(["outdated", "--check"]).env("RYE_UV", cx.root().join("no engine"));
    rye_snapshot!(run, @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        current what the manifests name is the newest
    ");
    fs::remove_file(cx.path("requirements-dev.lock")).unwrap();
    cx.rye(["outdated", "--no-dev"]).succeed();
}
