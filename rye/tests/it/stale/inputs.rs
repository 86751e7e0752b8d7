//! What decides what an environment holds: manifests, lockfiles, pins, sources, and the files behind them.

use std::fs;

use super::*;

#[test]
fn an_edited_manifest_is_noticed() {
    let cx = synced(&["idna<3"], "");
    replace_unseen(&cx.path("pyproject.toml"), "idna<3", "idna<4");
    check_is_noticed(&cx);
    replace_unseen(&cx.path("pyproject.toml"), "idna<4", "idna>3");
    check_is_mended(&cx, &["demo==0.1.0", "idna==3.4"]);
    replace_unseen(&cx.path("pyproject.toml"), "0.1.0", "0.2.0");
    check_is_noticed(&cx);
    check_is_mended(&cx, &["demo==0.2.0", "idna==3.4"]);
}

#[test]
fn an_edited_lockfile_is_noticed() {
    let cx = synced(&["idna"], "");
    for name in ["requirements.lock", "requirements-dev.lock"] {
        replace_unseen(&cx.path(name), "idna==3.40".get(..9).unwrap(), "idna==9.9");
        check_is_noticed(&cx);
        cx.rye(["sync"]).succeed();
        check_is_mended(&cx, &["demo==0.1.0", "idna==3.4"]);
        let text = cx.read(name);
        fs::remove_file(cx.path(name)).unwrap();
        check_is_noticed(&cx);
        check_is_mended(&cx, &["demo==0.1.0", "idna==3.4"]);
        assert_eq!(cx.read(name), text);
    }
    // an older version that the manifest allows, too, is what the lockfiles say from now on
    for name in ["requirements.lock", "requirements-dev.lock"] {
        cx.write(name, cx.read(name).replace("idna==3.4", "idna==2.10"));
    }
    check_is_mended(&cx, &["demo==0.1.0", "idna==2.10"]);
}

#[test]
fn a_pin_that_appears_above_is_noticed() {
    let cx = synced(&["idna"], "");
    fs::write(cx.root().join(".python-version"), "3.8\n").unwrap();
    check_is_noticed(&cx);
    let output = cx.rye(["sync"]).fail(1);
    assert!(output.stderr.contains("contradicts"), "{}", output.stderr);
    // one that is nearer counts
    cx.write(".python-version", cx.python().minor());
    check_is_noticed(&cx);
    check_is_mended(&cx, &["demo==0.1.0", "idna==3.4"]);
    fs::write(cx.root().join(".python-version"), "3.7\n").unwrap();
    check_is_current(&cx);
    fs::remove_file(cx.path(".python-version")).unwrap();
    check_is_noticed(&cx);
}

#[test]
fn a_pin_of_another_python_is_noticed() {
    let cx = TestContext::builder().pythons(2).build();
    let Some((_, older)) = cx.two_pythons() else { return };
    sync_with(&cx, &["idna"], "");
    cx.write(".python-version", &older.version);
    check_is_noticed(&cx);
    check_is_mended(&cx, &["demo==0.1.0", "idna==3.4"]);
    let code = "import sys; print('%d.%d.%d' % sys.version_info[:3])";
    let version = cx.venv("python", ["-c", code]).succeed().stdout;
    assert_eq!(version.trim(), older.version);
}

#[test]
fn the_file_behind_a_dynamic_version_is_noticed() {
    let cx = TestContext::new();
    cx.write_project("demo", &["idna"]);
    let manifest =
        cx.read("pyproject.toml").replace("version = \"0.1.0\"", "dynamic = [\"version\"]");
    let path = "[tool.hatch.version]\npath = \"src/demo/__about__.py\"\n";
    cx.write("pyproject.toml", format!("{manifest}\n{path}"));
    cx.write("src/demo/__about__.py", "__version__ = \"1.0\"\n");
    cx.rye(["sync"]).succeed();
    import(&cx);
    check_is_current(&cx);
    replace_unseen(&cx.path("src/demo/__about__.py"), "1.0", "2.0");
    check_is_noticed(&cx);
    check_is_mended(&cx, &["demo==2.0", "idna==3.4"]);
}

#[test]
fn the_sources_of_a_dynamic_version_without_settings_are_noticed() {
    let cx = TestContext::new();
    cx.write_project("demo", &["idna"]);
    let manifest =
        cx.read("pyproject.toml").replace("version = \"0.1.0\"", "dynamic = [\"version\"]");
    cx.write("pyproject.toml", manifest);
    cx.write("src/demo/__init__.py", "__version__ = \"1.0\"\n");
    cx.rye(["sync"]).succeed();
    import(&cx);
    check_is_current(&cx);
    replace_unseen(&cx.path("src/demo/__init__.py"), "1.0", "2.0");
    check_is_noticed(&cx);
    check_is_mended(&cx, &["demo==2.0", "idna==3.4"]);
}

/// Writes and syncs a project whose version a build makes up.
fn sync_dynamic(cx: &TestContext) {
    cx.write_project("demo", &["idna"]);
    let manifest =
        cx.read("pyproject.toml").replace("version = \"0.1.0\"", "dynamic = [\"version\"]");
    cx.write("pyproject.toml", manifest);
    cx.write("src/demo/__init__.py", "__version__ = \"1.0\"\n");
    cx.rye(["sync"]).succeed();
    check_is_current(cx);
}

#[test]
fn the_state_of_git_behind_a_dynamic_version_is_noticed() {
    for is_worktree in [false, true] {
        let cx = TestContext::new();
        let git = |args: &[&str], directory: &Path| {
            cx.program("git", args).current_dir(directory).succeed();
        };
        let commit = ["commit", "--quiet", "--allow-empty", "--message=change"];
        cx.set_git_author("Me", "me@example.org");
        let elsewhere = cx.root().join("repository");
        let repository = if is_worktree { &elsewhere } else { cx.project() };
        fs::create_dir_all(repository).unwrap();
        git(&["init", "--quiet"], repository);
        git(&["config", "core.logAllRefUpdates", "false"], repository);
        git(&commit, repository);
        if is_worktree {
            fs::remove_dir_all(cx.project()).unwrap();
            let project = cx.project().to_str().unwrap();
            git(&["worktree", "add", "--quiet", "-b", "work", project], repository);
        }
        sync_dynamic(&cx);
        for change in [
            &["tag", "v1"][..],
            &["tag", "deep/v2"],
            &commit,
            &["tag", "--force", "v1"],
            &["tag", "--delete", "deep/v2"],
            &["checkout", "--quiet", "--detach"],
            &["pack-refs", "--all"],
        ] {
            git(change, cx.project());
            check_is_noticed(&cx);
            cx.rye(["sync"]).succeed();
            check_is_current(&cx);
        }
        // nobody asks git about a version that stands in the manifest
        let manifest =
            cx.read("pyproject.toml").replace("dynamic = [\"version\"]", "version = \"1.0\"");
        cx.write("pyproject.toml", manifest);
        cx.rye(["sync"]).succeed();
        git(&["tag", "v3"], cx.project());
        check_is_current(&cx);
    }
}

#[test]
fn directories_beside_a_dynamic_manifest_are_no_requirements() {
    let cx = TestContext::new();
    for name in ["notes.txt", "x.in", "requirements/more.txt"] {
        fs::create_dir_all(cx.path(name)).unwrap();
    }
    sync_dynamic(&cx);
}

#[test]
fn dynamic_dependencies_are_noticed() {
    let cx = TestContext::new();
    cx.write(
        "pyproject.toml",
        "[project]\nname = \"demo\"\nversion = \"1\"\ndynamic = [\"dependencies\"]\n\
         [build-system]\nrequires = [\"setuptools\"]\nbuild-backend = \"setuptools.build_meta\"\n\
         [tool.setuptools.dynamic]\ndependencies = { file = [\"requirements.in\"] }\n[tool.rye]\n",
    );
    cx.write("requirements.in", "idna\n");
    cx.write("src/demo/__init__.py", "");
    cx.rye(["sync"]).succeed();
    import(&cx);
    check_is_current(&cx);
    replace_unseen(&cx.path("requirements.in"), "idna", "tqdm");
    check_is_noticed(&cx);
    check_is_mended(&cx, &["demo==1", "tqdm==4.66.1"]);
    cx.write("setup.py", "import setuptools\n");
    check_is_noticed(&cx);
}

/// Writes a distribution in a directory below the project.
fn write_local(cx: &TestContext, name: &str, version: &str, requirements: &[&str]) {
    cx.write(
        format!("libs/{name}/pyproject.toml"),
        format!(
            "[project]\nname = \"{name}\"\nversion = \"{version}\"\ndependencies = {requirements:?}\n\
             [build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n"
        ),
    );
    cx.write(format!("libs/{name}/src/{name}/__init__.py"), "");
}

#[test]
fn the_manifest_of_a_local_dependency_is_noticed() {
    let cx = TestContext::new();
    write_local(&cx, "one", "1.0", &["idna"]);
    sync_with(&cx, &["one @ file:///${PROJECT_ROOT}/libs/one"], "");
    write_local(&cx, "one", "2.0", &["tqdm"]);
    check_is_noticed(&cx);
    check_is_mended(&cx, &["demo==0.1.0", "one==2.0", "tqdm==4.66.1"]);
}

#[test]
fn the_manifest_of_what_a_local_dependency_needs_is_noticed() {
    let cx = TestContext::new();
    let two = format!("two @ file://{}", cx.path("libs/two").display());
    write_local(&cx, "two", "1.0", &["idna"]);
    write_local(&cx, "one", "1.0", &[&two]);
    sync_with(&cx, &["one @ file:///${PROJECT_ROOT}/libs/one"], "");
    write_local(&cx, "two", "2.0", &["tqdm"]);
    check_is_noticed(&cx);
    check_is_mended(&cx, &["demo==0.1.0", "one==1.0", "tqdm==4.66.1", "two==2.0"]);
}

#[test]
fn a_variable_in_a_requirement_is_noticed() {
    let mut cx = TestContext::new();
    let libs = cx.path("libs").to_string_lossy().trim_start_matches('/').to_owned();
    cx.set_env("LIBS", format!("{libs}/one"));
    write_local(&cx, "one", "1.0", &["idna"]);
    sync_with(&cx, &["one @ file:///${LIBS}"], "");
    cx.program("cp", ["-R", "libs/one", "libs/other"]).succeed();
    let manifest = cx.read("libs/other/pyproject.toml");
    cx.write("libs/other/pyproject.toml", manifest.replace("1.0", "2.0").replace("idna", "tqdm"));
    cx.set_env("LIBS", format!("{libs}/other"));
    check_is_noticed(&cx);
    check_is_mended(&cx, &["demo==0.1.0", "one==2.0", "tqdm==4.66.1"]);
    write_local(&cx, "other", "3.0", &[]);
    check_is_noticed(&cx);
}

#[test]
fn escapes_in_a_manifest_hide_nothing() {
    let cx = TestContext::new();
    write_local(&cx, "one", "1.0", &["idna"]);
    cx.write_project("demo", &["one @ file:///${PROJECT_ROOT}/libs/one"]);
    cx.write("pyproject.toml", cx.read("pyproject.toml").replace("file:", r"\u0066ile:"));
    cx.rye(["sync"]).succeed();
    check_is_current(&cx);
    write_local(&cx, "one", "2.0", &["tqdm"]);
    check_is_noticed(&cx);
    check_is_mended(&cx, &["demo==0.1.0", "one==2.0", "tqdm==4.66.1"]);

    let cx = TestContext::new();
    cx.write_project("demo", &["idna"]);
    let manifest = cx.read("pyproject.toml");
    let manifest = manifest.replace("version = \"0.1.0\"", r#""dyn\u0061mic" = ["version"]"#);
    let path = "[tool.hatch.version]\npath = \"src/demo/__about__.py\"\n";
    cx.write("pyproject.toml", format!("{manifest}\n{path}"));
    cx.write("src/demo/__about__.py", "__version__ = \"1.0\"\n");
    cx.rye(["sync"]).succeed();
    check_is_current(&cx);
    replace_unseen(&cx.path("src/demo/__about__.py"), "1.0", "2.0");
    check_is_noticed(&cx);
    check_is_mended(&cx, &["demo==2.0", "idna==3.4"]);
}

#[test]
fn a_manifest_that_only_mentions_a_table_has_none() {
    for mention in [
        "# no [project] here: see setup.py",
        "[tool.other]\ntext = \"\"\"\n[project]\n\"\"\"",
        "[tool.other]\ntext = '''\n[project]\n'''",
    ] {
        let cx = TestContext::new();
        let setup = |version: &str| format!("[metadata]\nname = demo\nversion = {version}\n");
        cx.write("setup.cfg", setup("1.0"));
        cx.write("setup.py", "import setuptools\n\nsetuptools.setup()\n");
        cx.write("src/demo/__init__.py", "");
        let manifest = "[tool.rye]\n[build-system]\nrequires = [\"setuptools\"]\n\
                        build-backend = \"setuptools.build_meta\"\n";
        cx.write("pyproject.toml", format!("{manifest}{mention}\n"));
        cx.rye(["sync"]).succeed();
        check_is_current(&cx);
        cx.write("setup.cfg", setup("2.0"));
        check_is_noticed(&cx);
        cx.rye(["sync"]).succeed();
        assert_eq!(cx.installed(), ["demo==2.0"]);
        check_is_current(&cx);
    }
}

#[test]
#[cfg(unix)]
fn a_pin_above_one_that_leads_nowhere_is_noticed() {
    let cx = TestContext::new();
    std::os::unix::fs::symlink("nowhere", cx.path(".python-version")).unwrap();
    sync_with(&cx, &["idna"], "");
    fs::write(cx.root().join(".python-version"), "3.8\n").unwrap();
    check_is_noticed(&cx);
}

#[test]
#[cfg(unix)]
fn another_interpreter_at_the_path_of_a_pin_is_noticed() {
    let cx = TestContext::builder().pythons(2).build();
    let Some((newer, older)) = cx.two_pythons() else { return };
    let link = cx.root().join("chosen");
    let config = cx.rye_home().join("config.toml");
    let request = link.display().to_string();
    for is_pin in [true, false] {
        std::os::unix::fs::symlink(&newer.path, &link).unwrap();
        cx.write_project("demo", &["idna"]);
        if is_pin {
            cx.write(".python-version", format!("{request}\n"));
        } else {
            fs::remove_file(cx.path(".python-version")).unwrap();
            let manifest = cx.read("pyproject.toml");
            let lines = manifest.lines().filter(|line| !line.starts_with("requires-python"));
            let lines: Vec<_> = lines.collect();
            cx.write("pyproject.toml", lines.join("\n") + "\n");
            fs::write(&config, format!("[default]\ntoolchain = \"{request}\"\n")).unwrap();
        }
        cx.rye(["sync"]).succeed();
        check_is_current(&cx);
        fs::remove_file(&link).unwrap();
        std::os::unix::fs::symlink(&older.path, &link).unwrap();
        check_is_noticed(&cx);
        check_is_mended(&cx, &["demo==0.1.0", "idna==3.4"]);
        fs::remove_file(&link).unwrap();
    }
}

#[test]
#[cfg(unix)]
fn a_link_to_another_member_is_noticed() {
    let cx = TestContext::new();
    cx.write_project("demo", &["one"]);
    let members = "[tool.rye.workspace]\nmembers = [\"one\"]\n";
    cx.write("pyproject.toml", cx.read("pyproject.toml") + members);
    for place in ["first", "second"] {
        cx.write(
            format!("places/{place}/pyproject.toml"),
            "[project]\nname = \"one\"\nversion = \"1\"\n\
             [build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n",
        );
        cx.write(format!("places/{place}/src/one/__init__.py"), format!("PLACE = '{place}'\n"));
    }
    let lead_to = |place: &str| {
        std::os::unix::fs::symlink(Path::new("places").join(place), cx.path("one")).unwrap();
    };
    let place = || cx.rye(["run", "python", "-c", "import one; print(one.PLACE)"]).succeed().stdout;
    lead_to("first");
    cx.rye(["sync"]).succeed();
    assert_eq!(place(), "first\n");
    fs::remove_file(cx.path("one")).unwrap();
    lead_to("second");
    assert_eq!(place(), "second\n");
    check_is_current(&cx);
}

#[test]
fn other_sources_are_noticed() {
    let mut cx = synced(&["idna"], "");
    let other = Index::standard().serve();
    let config = cx.rye_home().join("config.toml");
    let sources = |name: &str, more: &str| {
        format!("[[sources]]\nname = \"{name}\"\nurl = \"{}\"\n{more}", other.url())
    };
    let mut states = vec![
        sources("default", ""),
        sources("other", ""),
        sources("other", "type = \"find-links\"\n"),
        sources("other", "verify-ssl = false\n"),
        sources("other", "username = \"me\"\npassword = \"a\"\n"),
        sources("other", "username = \"me\"\npassword = \"b\"\n"),
        "[toolchain]\npreference = \"only-system\"\n".to_owned(),
    ];
    states.dedup();
    for state in states {
        fs::write(&config, &state).unwrap();
        let output = blind(&cx, ["sync"]);
        assert!(!output.status.success(), "{state}");
        cx.rye(["sync"]).succeed();
        check_is_current(&cx);
    }
    fs::remove_file(&config).unwrap();
    check_is_noticed(&cx);
    cx.rye(["sync"]).succeed();
    cx.set_env("UV_DEFAULT_INDEX", other.url());
    check_is_noticed(&cx);
}

#[test]
#[cfg(unix)]
fn what_is_edited_during_a_sync_is_noticed() {
    use std::os::unix::fs::PermissionsExt as _;

    let cx = TestContext::new();
    write_local(&cx, "one", "1.0", &["idna"]);
    cx.write_project("demo", &["one @ file:///${PROJECT_ROOT}/libs/one"]);
    // an engine that is overtaken by an editor: the edit comes after the resolution
    let engine = cx.root().join("engine");
    let script = format!(
        "#!/bin/sh\n'{}' \"$@\"\nstatus=$?\ncase \"$*\" in *compile*) sed -i -e s/idna/tqdm/ \
         -e 's/1[.]0/2.0/' '{}';; esac\nexit $status\n",
        engine_path(),
        cx.path("libs/one/pyproject.toml").display()
    );
    fs::write(&engine, script).unwrap();
    fs::set_permissions(&engine, fs::Permissions::from_mode(0o755)).unwrap();
    cx.rye(["sync"]).env("RYE_UV", &engine).succeed();
    assert!(cx.read("libs/one/pyproject.toml").contains("tqdm"));
    check_is_noticed(&cx);
    check_is_mended(&cx, &["demo==0.1.0", "one==2.0", "tqdm==4.66.1"]);
}

#[cfg(unix)]
fn engine_path() -> String {
    engine().path.display().to_string()
}

#[test]
#[cfg(unix)]
fn a_lockfile_edited_during_a_sync_is_noticed() {
    use std::os::unix::fs::PermissionsExt as _;

    let cx = synced(&["idna"], "");
    let engine = cx.root().join("engine");
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in *'pip sync'*) sed -i s/idna==3.4/idna==2.10/ \
         '{}';; esac\nexec '{}' \"$@\"\n",
        cx.path("requirements-dev.lock").display(),
        engine_path(),
    );
    fs::write(&engine, script).unwrap();
    fs::set_permissions(&engine, fs::Permissions::from_mode(0o755)).unwrap();
    cx.rye(["sync", "--force"]).env("RYE_UV", &engine).succeed();
    assert!(cx.read("requirements-dev.lock").contains("idna==2.10"));
    check_is_noticed(&cx);
}
