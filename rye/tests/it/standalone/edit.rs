//! `rye add --script` and `rye remove --script`

use super::{world, write_script};
use crate::support::{Index, TestContext, Wheel, rye_snapshot};

#[test]
fn a_requirement_gets_a_version_and_a_place() {
    let cx = world();
    cx.write("tool.py", "#!/usr/bin/env python\n# coding: utf-8\n\"\"\"Text\"\"\"\nprint()\n");
    rye_snapshot!(cx, ["add", "--script", "tool.py", "flask", "idna<3", "tqdm; os_name == 'nt'"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
          added flask>=3.0.0 (dependency of `tool.py`)
          added idna<3 (dependency of `tool.py`)
          added tqdm>=4.66.1 ; os_name == 'nt' (dependency of `tool.py`)
    ");
    insta::assert_snapshot!(cx.read("tool.py"), @r#"
    #!/usr/bin/env python
    # coding: utf-8
    # /// script
    # dependencies = [
    #     "flask>=3.0.0",
    #     "idna<3",
    #     "tqdm>=4.66.1 ; os_name == 'nt'",
    # ]
    # ///

    """Text"""
    print()
    "#);
    rye_snapshot!(cx, ["remove", "--script", "tool.py", "Flask"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        removed flask>=3.0.0 (dependency of `tool.py`)
    ");
    insta::assert_snapshot!(cx.read("tool.py"), @r#"
    #!/usr/bin/env python
    # coding: utf-8
    # /// script
    # dependencies = [
    #     "idna<3",
    #     "tqdm>=4.66.1 ; os_name == 'nt'",
    # ]
    # ///

    """Text"""
    print()
    "#);
    // neither a project nor a lockfile comes of it
    assert_eq!(cx.tree(), "tool.py");
}

#[test]
fn the_rest_of_the_file_stays() {
    let cx = world();
    let before = "\u{feff}# /// script\r\n# # why\r\n# dependencies = [\"idna<3\"] # end\r\n# \r\n# [tool.other]\r\n# x  =  1\r\n# ///\r\nprint('\\r')\r\n";
    cx.write("tool.py", before);
    cx.rye(["add", "--script", "tool.py", "--pin", "equal", "urllib3"]).succeed();
    let after = before.replace("\"idna<3\"]", "\"idna<3\", \"urllib3==2.1.0\"]");
    assert_eq!(cx.read("tool.py"), after);
    cx.rye(["remove", "--script", "tool.py", "urllib3"]).succeed();
    assert_eq!(cx.read("tool.py"), before);
    // other bytes are no text of Rye's
    let bytes = b"# coding: latin-1\n# /// script\n# dependencies = []\n# ///\nx = '\xe9'\n";
    cx.write("bytes.py", bytes);
    cx.rye(["add", "--script", "bytes.py", "idna==3.4"]).succeed();
    let file = std::fs::read(cx.path("bytes.py")).unwrap();
    assert!(file.ends_with(b"# ///\nx = '\xe9'\n"));
}

#[test]
fn what_cannot_be_resolved_changes_nothing() {
    let cx = world();
    write_script(&cx, "tool.py", "dependencies = [\"conflict-a\"]", "");
    cx.rye(["lock", "--script", "tool.py"]).succeed();
    let before = cx.fingerprint();
    rye_snapshot!(cx, ["add", "--script", "tool.py", "conflict-b"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing was added
    caused by: cannot lock `tool.py`
    caused by: the requirements cannot be resolved
    caused by: No solution found when resolving dependencies
      cause: Because all versions of conflict-b depend on idna>=3 and all versions of conflict-a depend on idna<3, we can conclude that all versions of conflict-a and all versions of conflict-b are incompatible.
             And because you require conflict-a and conflict-b, we can conclude that your requirements are unsatisfiable.
    ");
    rye_snapshot!(cx, ["add", "--script", "tool.py", "nothing-like-this"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing was added
    caused by: cannot lock `tool.py`
    caused by: the requirements cannot be resolved
    caused by: No solution found when resolving dependencies
      cause: Because nothing-like-this was not found in the package registry and you require nothing-like-this, we can conclude that your requirements are unsatisfiable.
    ");
    rye_snapshot!(cx, ["remove", "--script", "tool.py", "conflict-a", "flask"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing was removed
    caused by: `flask` is not among the dependencies of `[ROOT]/project/tool.py`
    ");
    assert_eq!(cx.fingerprint(), before);
}

#[test]
fn the_lockfile_follows() {
    let cx = world();
    write_script(&cx, "tool.py", "dependencies = [\"anyio\"]", "");
    cx.rye(["lock", "--script", "tool.py"]).succeed();
    rye_snapshot!(cx, ["add", "--script", "tool.py", "urllib3"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
          added urllib3>=2.1.0 (dependency of `tool.py`)
         locked tool.py.lock
          added urllib3 2.1.0
    ");
    assert_eq!(
        cx.locked("tool.py.lock"),
        ["anyio==4.0.0", "idna==3.4", "sniffio==1.3.0", "urllib3==2.1.0"]
    );
    rye_snapshot!(cx, ["remove", "--script", "tool.py", "anyio"], @"
    exit: 0
    ----- stdout -----
    ----- stderr -----
        removed anyio (dependency of `tool.py`)
         locked tool.py.lock
        removed anyio 4.0.0
        removed idna 3.4
        removed sniffio 1.3.0
    ");
    assert_eq!(cx.locked("tool.py.lock"), ["urllib3==2.1.0"]);
    cx.rye(["lock", "--script", "tool.py", "--check"]).succeed();
}

#[test]
fn with_locked_the_lockfile_does_not_follow() {
    let cx = world();
    write_script(&cx, "tool.py", "dependencies = [\"anyio\", \"idna\"]", "");
    cx.rye(["add", "--locked", "--script", "tool.py", "tqdm"]).succeed();
    cx.rye(["lock", "--script", "tool.py"]).succeed();
    let before = cx.fingerprint();
    rye_snapshot!(cx, ["add", "--locked", "--script", "tool.py", "urllib3"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing was added
    caused by: the lockfiles would change
        + urllib3==2.1.0
    hint: leave `--locked` away to let them
    ");
    rye_snapshot!(cx, ["remove", "--locked", "--script", "tool.py", "anyio"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing was removed
    caused by: the lockfiles would change
        - anyio==4.0.0
        - sniffio==1.3.0
    hint: leave `--locked` away to let them
    ");
    assert_eq!(cx.fingerprint(), before);
}

#[test]
fn what_is_locked_stays_and_what_is_new_is_the_newest() {
    let index = Index::new().with(Wheel::new("a", "1.0")).with(Wheel::new("b", "1.0"));
    let cx = TestContext::builder().index(index.with_cache_control("no-cache")).build();
    write_script(&cx, "tool.py", "dependencies = [\"a\"]", "");
    cx.rye(["lock", "--script", "tool.py"]).succeed();
    cx.index().publish(Wheel::new("a", "2.0").build());
    cx.index().publish(Wheel::new("b", "2.0").build());
    cx.rye(["add", "--script", "tool.py", "b"]).succeed();
    assert_eq!(cx.locked("tool.py.lock"), ["a==1.0", "b==2.0"]);
    cx.rye(["add", "--script", "tool.py", "a"]).succeed();
    assert_eq!(cx.locked("tool.py.lock"), ["a==2.0", "b==2.0"]);
}

#[test]
fn requirements_come_from_elsewhere_too() {
    let cx = world();
    write_script(&cx, "tool.py", "", "import demo; print(demo.hello())\n");
    // beside a project that is meant as a directory
    cx.write_project("demo", &[]);
    cx.rye(["add", "--script", "tool.py", "demo", "--path", "."]).succeed();
    assert!(
        cx.read("tool.py").contains("demo @ file:///${PROJECT_ROOT}"),
        "{}",
        cx.read("tool.py")
    );
    assert_eq!(cx.rye(["run", "tool.py"]).succeed().stdout, "Hello from demo!\n");
    let url = cx.index().file_url("idna-3.4-py3-none-any.whl");
    cx.rye(["add", "--script", "tool.py", "idna", "--url", &url]).succeed();
    assert!(cx.read("tool.py").contains(&format!("idna @ {url}")));
}

#[test]
fn two_at_once_both_add() {
    let cx = world();
    write_script(&cx, "tool.py", "dependencies = []", "");
    std::thread::scope(|scope| {
        for name in ["idna", "urllib3", "tqdm"] {
            let add = cx.rye(["add", "--script", "tool.py", name]);
            scope.spawn(|| add.succeed());
        }
    });
    let text = cx.read("tool.py");
    assert!(
        ["idna>=3.4", "urllib3>=2.1.0", "tqdm>=4.66.1"].iter().all(|one| text.contains(one)),
        "{text}"
    );
}

#[test]
fn killed_halfway_it_is_as_before_or_as_asked_for() {
    let cx = world();
    write_script(&cx, "tool.py", "dependencies = [\"tqdm\"]", "import tqdm\n");
    cx.rye(["lock", "--script", "tool.py"]).succeed();
    let before = cx.read("tool.py");
    cx.rye(["add", "--script", "tool.py", "idna"]).kill_when(|| cx.read("tool.py") != before);
    assert_eq!(cx.read("tool.py"), before.replace("\"tqdm\"", "\"tqdm\", \"idna>=3.4\""));
    // the lockfile follows, if it did not do so before
    cx.rye(["run", "tool.py"]).succeed();
    assert_eq!(cx.locked("tool.py.lock").last().unwrap(), "tqdm==4.66.1");
    cx.rye(["lock", "--script", "tool.py", "--check"]).succeed();
}
