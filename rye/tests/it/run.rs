//! `rye run`

use std::fs;
use std::path::PathBuf;

use crate::support::*;

/// Returns a world with a project that has these scripts, and nothing to install.
fn world(scripts: &str) -> TestContext {
    let cx = TestContext::builder().without_index().build();
    write_scripts(&cx, scripts);
    cx
}

fn write_scripts(cx: &TestContext, scripts: &str) {
    cx.write(
        "pyproject.toml",
        format!(
            "[project]\nname = \"demo\"\nversion = \"1\"\nrequires-python = \">=3.9\"\n\n\
             [tool.rye]\nvirtual = true\n\n[tool.rye.scripts]\n{scripts}"
        ),
    );
}

/// Code that prints its arguments.
const ECHO: &str = "import sys; print(sys.argv[1:])";

fn failing_engine(cx: &TestContext) -> PathBuf {
    cx.root().join("bin").join("false")
}

#[track_caller]
fn check(output: &Output, code: i32, stdout: &str) {
    assert_eq!(
        (output.status.code(), output.stdout.as_str()),
        (Some(code), stdout),
        "{}",
        output.stderr
    );
}

#[test]
fn scripts_of_all_kinds_run() {
    let cx = world(
        r#"
text = "python -c 'import sys; print(sys.argv[1:])' 'a b' $HOME && c"
list = ["python", "-c", "import sys; print(sys.argv[1:])", "a b", 3, true, 1.5]
table = { cmd = "echo from table" }
tables = { cmd = ["echo", "from", "a  list"] }
module = { call = "greet" }
function = { call = "greet:hello" }
arguments = { call = "greet:hello('x', times=2)" }
several = { call = "greet", chain = ["false"], cmd = "false" }
_hidden = "echo hidden"
"a b" = "echo name with a space"
"#,
    );
    let code = "import sys\ndef hello(name='?', times=1):\n    print('hello', name, times, sys.argv)\n    \
                return 3 if times == 2 else None\nif __name__ == '__main__':\n    print('main', sys.argv[1:])\n";
    cx.write("greet.py", code);
    let run = |args: &[&str]| cx.rye(["run", "-q"].iter().chain(args)).run();
    check(&run(&["text", "x"]), 0, "['a b', '$HOME', '&&', 'c', 'x']\n");
    check(&run(&["list", "x"]), 0, "['a b', '3', 'true', '1.5', 'x']\n");
    check(&run(&["table", "x"]), 0, "from table x\n");
    check(&run(&["tables"]), 0, "from a  list\n");
    check(&run(&["module", "x", "--y"]), 0, "main ['x', '--y']\n");
    check(&run(&["function", "x"]), 0, "hello ? 1 ['-c', 'x']\n");
    check(&run(&["arguments"]), 3, "hello x 2 ['-c']\n");
    check(&run(&["several"]), 0, "main []\n");
    check(&run(&["_hidden"]), 0, "hidden\n");
    check(&run(&["a b"]), 0, "name with a space\n");
}

#[test]
fn chains_run_in_order_and_stop_at_a_failure() {
    let cx = world(
        r#"
all = { chain = ["one", ["two", "a b"], "python -c 'print(3)'"] }
one = "echo 1"
two = "echo 2"
fails = { chain = ["one", "five", "two"] }
five = ["python", "-c", "raise SystemExit(5)"]
outer = { chain = ["two", "fails", "one"] }
killed = { chain = ["kill", "one"] }
kill = ["python", "-c", "import os; os.kill(os.getpid(), 9)"]
broken = { chain = ["one", "nothing"] }
"#,
    );
    assert_eq!(cx.rye(["run", "all"]).succeed().stdout, "1\n2 a b\n3\n");
    rye_snapshot!(cx, ["run", "fails"], @r"
    exit: 5
    ----- stdout -----
    1
    ----- stderr -----
    error: `fails` stopped at `[ROOT]/project/.venv/bin/python -c 'raise SystemExit(5)'` (exit status: 5)
    ");
    let output = cx.rye(["run", "outer"]).fail(5);
    assert_eq!(output.stdout, "2\n1\n");
    let output = cx.rye(["run", "killed"]).fail(137);
    assert_eq!(output.stdout, "");
    rye_snapshot!(cx, ["run", "all", "x"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the script `all` is a chain, which takes no arguments
    hint: run the steps one by one
    ");
    rye_snapshot!(cx, ["run", "broken"], @r"
    exit: 1
    ----- stdout -----
    1
    ----- stderr -----
    error: the chain `broken` cannot be run
    caused by: nothing called `nothing` can be run: it is no script of the project, no program of its environment and no `.py` file
    hint: `rye run` lists what there is; `rye add` brings the programs of a distribution
    ");
}

#[test]
fn a_chain_that_contains_itself_is_refused() {
    let cx = world(
        r#"
self = { chain = ["self"] }
a = { chain = ["echo", "b"] }
b = { chain = ["c"] }
c = { chain = ["a"] }
echo = "echo never"
twice = { chain = ["echo", "echo", "nested"] }
nested = { chain = ["echo"] }
"#,
    );
    rye_snapshot!(cx, ["run", "self"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
        created [ROOT]/project/.venv (cpython@[PYTHON], discovered: [ROOT]/bin/python[PYTHON-MINOR])
         locked requirements.lock
         locked requirements-dev.lock
    error: the script `self` runs itself
    hint: take it out of its own chain
    ");
    let output = cx.rye(["run", "a"]).fail(1);
    assert!(output.stderr.starts_with("error: the script `"), "{}", output.stderr);
    assert_eq!(output.stdout, "");
    assert_eq!(cx.rye(["run", "twice"]).succeed().stdout, "never\n".repeat(3));
}

#[test]
fn a_step_may_make_what_a_later_step_needs() {
    let cx = world(
        r#"
build = { chain = ["generate", "made.py", "use"] }
generate = ["sh", "-c", "echo 'print(\"made\")' > made.py; echo A=1 > .env"]
use = { cmd = ["sh", "-c", "echo $A"], env-file = ".env" }
"#,
    );
    let output = cx.rye(["run", "build"]).succeed();
    assert_eq!(output.stdout, "made\n1\n");
}

#[test]
fn variables_come_from_the_script_and_its_file() {
    let cx = world(
        r#"
show = { cmd = "python show.py", env = { A = "env", B = "env $HOME", N = 3, T = true }, env-file = "conf/.env" }
call = { call = "show", env = { A = "env" } }
plain = "python show.py"
chain = { chain = ["plain", "show"] }
missing = { cmd = "echo", env-file = "missing.env" }
invalid = { cmd = "echo", env-file = "invalid.env" }
"#,
    );
    cx.write("show.py", "import os\nprint(*(os.environ.get(key) for key in 'ABCNT'), sep='|')\n");
    cx.write("conf/.env", "# comment\nexport A='file'\nC=\"${A} twice\"\n");
    cx.write("invalid.env", "not a line\n");
    let run = |name: &str| cx.rye(["run", name]).env("C", "outer");
    assert_eq!(run("show").succeed().stdout, "file|env $HOME|file twice|3|true\n");
    assert_eq!(run("call").succeed().stdout, "env|None|outer|None|None\n");
    assert_eq!(run("plain").succeed().stdout, "None|None|outer|None|None\n");
    assert_eq!(
        run("chain").succeed().stdout,
        "None|None|outer|None|None\nfile|env $HOME|file twice|3|true\n"
    );
    rye_snapshot!(cx, ["run", "missing"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the script `missing` cannot be run
    caused by: cannot read the environment file `[ROOT]/project/missing.env`
    caused by: No such file or directory (os error 2)
    hint: create the file, or correct its name
    ");
    rye_snapshot!(cx, ["run", "invalid"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the script `invalid` cannot be run
    caused by: line 1 of `[ROOT]/project/invalid.env` sets no variable
    hint: write it as `NAME=value`, with quotes around a value with spaces
    ");
    // the file is the project's, wherever rye is run
    cx.write("below/show.py", cx.read("show.py"));
    let output = run("show").current_dir(cx.path("below")).succeed();
    assert_eq!(output.stdout, "file|env $HOME|file twice|3|true\n");
}

#[test]
fn wrong_definitions_are_told_when_run_and_when_listed() {
    for (definition, reason) in [
        ("3", "`3` is no command"),
        ("[]", "the command is empty"),
        ("''", "the command is empty"),
        ("'echo \"'", "the quotes in `echo \"` do not match"),
        ("{ env = { A = '1' } }", "it has none of `cmd`, `call` and `chain`"),
        ("{ chain = 'echo' }", "`chain` is no list"),
        ("{ chain = [1] }", "`1` is no command"),
        ("{ call = '' }", "`call` is empty"),
        ("{ call = 'm:' }", "`m:` lacks the module or the function"),
        ("{ cmd = 'echo', env = 'A=1' }", "`env` is no table"),
        ("{ cmd = 'echo', env-file = 1 }", "`env-file` is no text"),
    ] {
        let cx = world(&format!("good = 'echo good'\nwrong = {definition}\n"));
        if definition == "3" {
            assert_eq!(cx.rye(["run", "good"]).succeed().stdout, "good\n");
        }
        let expected = format!("`tool.rye.scripts.wrong` cannot be understood: {reason}");
        if definition == "3" {
            let output = cx.rye(["run", "--no-sync", "wrong"]).fail(1);
            assert!(output.stderr.contains(&expected), "{}", output.stderr);
            assert!(output.stderr.contains("hint: write a command"), "{}", output.stderr);
        }
        // the others are listed all the same
        let output = cx.rye(["run"]).succeed();
        assert!(output.stderr.contains(&expected), "{}", output.stderr);
        assert!(output.stdout.contains("good (echo good)"), "{}", output.stdout);
    }
}

#[test]
fn a_key_that_means_nothing_is_warned_of() {
    let cx = world("good = { cmd = 'echo good', help = 'says good' }\n");
    let output = cx.rye(["run", "good"]).succeed();
    assert_eq!(output.stdout, "good\n");
    let warning = "warning: unknown key `help` in `tool.rye.scripts.good`";
    assert!(output.stderr.contains(warning), "{}", output.stderr);
}

#[test]
fn the_format_is_that_of_the_list() {
    let cx = world("good = 'echo good'\n");
    let output = cx.rye(["run", "--format", "json", "good"]).fail(1);
    assert!(output.stderr.contains("`--format` is for the list"), "{}", output.stderr);
}

#[test]
fn a_script_beats_a_program_and_a_program_beats_a_file() {
    let cx = TestContext::new();
    cx.write_project("demo", &["tool-demo"]);
    let manifest = cx.read("pyproject.toml");
    cx.write("tool-demo.py", "print('file')\n");
    cx.rye(["sync"]).succeed();
    assert_eq!(cx.rye(["run", "tool-demo", "x"]).succeed().stdout, "tool-demo x\n");
    assert_eq!(cx.rye(["run", "tool-demo.py"]).succeed().stdout, "file\n");
    cx.write(
        "pyproject.toml",
        manifest.clone() + "[tool.rye.scripts]\ntool-demo = 'tool-demo script'\n",
    );
    assert_eq!(cx.rye(["run", "tool-demo", "x"]).succeed().stdout, "tool-demo script x\n");
    assert_eq!(cx.rye(["run", "python", "-c", "print(1)"]).succeed().stdout, "1\n");
}

#[test]
fn python_files_run_from_where_one_is() {
    let cx = world("");
    cx.write("sub/tool.py", "import os, sys\nprint(os.getcwd(), sys.argv)\n");
    let sub = cx.path("sub");
    let output = cx.rye(["run", "tool.py", "-v", "x"]).current_dir(&sub).succeed();
    assert_eq!(output.stdout, format!("{} ['tool.py', '-v', 'x']\n", sub.display()));
    let output = cx.rye(["run", "sub/tool.py"]).succeed();
    assert_eq!(output.stdout, format!("{} ['sub/tool.py']\n", cx.project().display()));
    let absolute = sub.join("tool.py").to_string_lossy().into_owned();
    cx.rye(["run", &absolute]).succeed();
    cx.rye(["run", "missing.py"]).fail(1);
    cx.rye(["run", "sub"]).fail(1);
}

#[test]
fn what_is_only_on_path_is_not_run() {
    let cx = world("tset = 'echo'\n");
    rye_snapshot!(cx, ["run", "echo"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
        created [ROOT]/project/.venv (cpython@[PYTHON], discovered: [ROOT]/bin/python[PYTHON-MINOR])
         locked requirements.lock
         locked requirements-dev.lock
    error: nothing called `echo` can be run: it is no script of the project, no program of its environment and no `.py` file
    hint: `rye run` lists what there is; `rye add` brings the programs of a distribution
    ");
    rye_snapshot!(cx, ["run", "test"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: nothing called `test` can be run: it is no script of the project, no program of its environment and no `.py` file
    hint: did you mean `tset`? `rye run` lists what there is
    ");
    let echo = cx.root().join("bin/echo").to_string_lossy().into_owned();
    for name in [".", "..", "", "/", &echo, "../../bin/echo", "../.venv/bin/python", "lib"] {
        let output = cx.rye(["run", "--", name]).fail(1);
        assert!(output.stderr.starts_with("error: nothing called"), "{name}: {}", output.stderr);
    }
}

#[test]
fn a_script_whose_program_is_missing_is_told() {
    let cx = world("lost = 'no-such-program --flag'\n");
    rye_snapshot!(cx, ["run", "lost"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
        created [ROOT]/project/.venv (cpython@[PYTHON], discovered: [ROOT]/bin/python[PYTHON-MINOR])
         locked requirements.lock
         locked requirements-dev.lock
    error: the program `no-such-program` of the script `lost` is neither in the environment nor on `PATH`
    hint: install it, or add what brings it with `rye add`
    ");
}

#[test]
fn arguments_are_passed_untouched() {
    let cx = world(&format!("args = [\"python\", \"-c\", {ECHO:?}]\n"));
    cx.write("args.py", ECHO);
    cx.rye(["sync"]).succeed();
    let arguments = ["-v", "--help", "--", "-q", "--list", "a b", "", "--version", "-"];
    let expected = "['-v', '--help', '--', '-q', '--list', 'a b', '', '--version', '-']\n";
    for name in ["args", "args.py"] {
        let output = cx.rye(["run", name].iter().chain(&arguments)).succeed();
        assert_eq!(output.stdout, expected);
        assert_eq!(output.stderr, "");
        let output = cx.rye(["run", "--", name].iter().chain(&arguments)).succeed();
        assert_eq!(output.stdout, expected);
    }
    let python = ["run", "python", "-c", ECHO];
    let output = cx.rye(python.iter().chain(&arguments)).succeed();
    assert_eq!(output.stdout, expected);
}

#[test]
#[cfg(target_os = "linux")]
fn arguments_need_not_be_text() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    let cx = world("");
    let code = "import os, sys; print(os.fsencode(sys.argv[1]))";
    let args = ["run", "python", "-c", code].map(OsStr::new);
    let output = cx.rye(args.into_iter().chain([OsStr::from_bytes(b"\xff")])).succeed();
    assert_eq!(output.stdout, "b'\\xff'\n");
    let output = cx.rye([OsStr::new("run"), OsStr::from_bytes(b"\xff")]).fail(1);
    assert!(output.stderr.contains("is not UTF-8"), "{}", output.stderr);
}

#[test]
fn exit_codes_and_input_pass_through() {
    let cx = world("fail = [\"python\", \"-c\", \"raise SystemExit(42)\"]\n");
    cx.rye(["run", "fail"]).fail(42);
    cx.rye(["run", "python", "-c", "raise SystemExit(255)"]).fail(255);
    cx.rye(["run", "python", "-c", "1/0"]).fail(1);
    let code = "import sys; print(sys.stdin.read().upper(), end='')";
    let output = cx.rye(["run", "python", "-c", code]).input("text\n").succeed();
    assert_eq!(output.stdout, "TEXT\n");
}

#[test]
#[cfg(unix)]
fn rye_becomes_the_program() {
    use std::os::unix::process::ExitStatusExt as _;

    let cx = world("parent = [\"python\", \"-c\", \"import os; print(os.getppid())\"]\n");
    cx.rye(["sync"]).succeed();
    let code = "import os, signal; os.kill(os.getpid(), signal.SIGTERM)";
    let output = cx.rye(["run", "python", "-c", code]).run();
    assert_eq!(output.status.signal(), Some(15));
    let output = cx.rye(["run", "parent"]).succeed();
    assert_eq!(output.stdout, format!("{}\n", std::process::id()));
}

#[test]
#[cfg(unix)]
fn a_chain_ends_with_the_step_that_is_told_to_end() {
    let cx = world(
        r#"
all = { chain = ["wait", "after"] }
wait = ["python", "-c", """
import os, time
open('pid.part', 'w').write(str(os.getpid()))
os.rename('pid.part', 'pid')
time.sleep(30)
"""]
after = ["python", "-c", "open('after', 'w')"]
"#,
    );
    cx.rye(["sync"]).succeed();
    let status = cx.rye(["run", "all"]).terminate_when(|| cx.exists("pid"));
    assert_eq!(status.code(), Some(128 + 15), "{status}");
    assert!(!signal(&cx.read("pid"), "0"), "the step outlives rye");
    assert!(!cx.exists("after"));
}

#[test]
#[cfg(unix)]
fn nothing_of_rye_is_left_open_in_the_program() {
    let cx = world("");
    let code = "import os\nopen_files = [n for n in range(3, 64) if os.path.exists(f'/dev/fd/{n}')]\n\
                print([os.path.realpath(f'/dev/fd/{n}') for n in open_files if 'rye' in os.path.realpath(f'/dev/fd/{n}')])";
    // with and without a sync before it
    for _ in 0..2 {
        assert_eq!(cx.rye(["run", "python", "-c", code]).succeed().stdout, "[]\n");
    }
}

#[test]
fn the_environment_is_active_for_what_runs() {
    let cx = world("show = \"python show.py\"\nchain = { chain = [\"show\"] }\n");
    cx.write(
        "show.py",
        "import os, shutil, sys\nprint(os.environ['VIRTUAL_ENV'])\nprint(os.environ['PATH'].split(os.pathsep)[0])\n\
         print(os.environ.get('PYTHONHOME'))\nprint(sys.prefix)\nprint(os.environ['OTHER'])\nprint(os.getcwd())\n",
    );
    let venv = cx.path(".venv").display().to_string();
    for name in ["show", "chain", "show.py"] {
        let run = cx.rye(["run", name]).env("PYTHONHOME", "/nowhere").env("OTHER", "stays");
        let output = run.env("VIRTUAL_ENV", "/elsewhere").succeed();
        let expected =
            format!("{venv}\n{venv}/bin\nNone\n{venv}\nstays\n{}\n", cx.project().display());
        assert_eq!(output.stdout, expected);
    }
}

#[test]
fn scripts_run_where_one_is() {
    let cx = world("where = \"pwd\"\n");
    cx.write("below/x", "");
    let below = cx.path("below");
    let output = cx.rye(["run", "where"]).current_dir(&below).succeed();
    assert_eq!(output.stdout, format!("{}\n", below.display()));
    assert!(cx.exists(".venv") && !cx.exists("below/.venv"));
    let run = cx.rye(["run", "--pyproject", "project/pyproject.toml", "where"]);
    let output = run.current_dir(cx.root()).succeed();
    assert_eq!(output.stdout, format!("{}\n", cx.root().display()));
}

#[test]
fn the_listing_names_scripts_and_programs() {
    let cx = TestContext::new();
    cx.write_project("demo", &["tool-demo"]);
    let scripts = "[tool.rye.scripts]\nBuild = { chain = [\"lint --fix\", [\"test\", \"a b\"]] }\n\
                   serve = { cmd = \"flask run\", env = { B = \"2 3\", A = \"1\" }, env-file = \".env\" }\n\
                   _hidden = \"echo\"\nmodule = { call = \"http.server\" }\ntool-demo = \"tool-demo x\"\n";
    cx.write("pyproject.toml", cx.read("pyproject.toml") + scripts);
    // a listing does not make the environment
    rye_snapshot!(cx, ["run", "--list"], @r"
    exit: 0
    ----- stdout -----
    _hidden (echo)
    Build (chain: [lint --fix], [test 'a b'])
    module (http.server)
    serve (B='2 3' A=1 flask run (env-file: .env))
    tool-demo (tool-demo x)
    ----- stderr -----
    ");
    assert!(!cx.exists(".venv"));
    cx.rye(["sync"]).succeed();
    rye_snapshot!(cx, ["run"], @r"
    exit: 0
    ----- stdout -----
    _hidden (echo)
    Build (chain: [lint --fix], [test 'a b'])
    module (http.server)
    python
    python3
    python[PYTHON-MINOR]
    serve (B='2 3' A=1 flask run (env-file: .env))
    tool-demo (tool-demo x)
    ----- stderr -----
    ");
    let listing = cx.rye(["run", "--list", "--format", "json"]).succeed();
    let listing: serde_json::Value = serde_json::from_str(&listing.stdout).unwrap();
    assert_eq!(listing["schema"], 1);
    let commands = listing["commands"].as_array().unwrap();
    let find =
        |name: &str| commands.iter().filter(|entry| entry["name"] == name).collect::<Vec<_>>();
    assert_eq!(
        find("tool-demo"),
        [&serde_json::json!({ "name": "tool-demo", "kind": "script", "command": "tool-demo x" })]
    );
    assert_eq!(
        find("python"),
        [&serde_json::json!({ "name": "python", "kind": "program", "command": null })]
    );
    assert_eq!(commands.iter().filter(|entry| entry["kind"] == "script").count(), 5);
    let output = cx.rye(["run"]).run_with_closed_stdout();
    assert_eq!(output.stderr, "");
    let output = cx.rye(["run", "--format", "json"]).run_with_closed_stdout();
    assert_eq!(output.stderr, "");
}

#[test]
fn a_program_whose_reader_is_gone_ends_as_it_likes() {
    let cx = world("");
    cx.rye(["sync"]).succeed();
    let output = cx.rye(["run", "python", "-c", "raise SystemExit(7)"]).run_with_closed_stdout();
    assert_eq!(output.status.code(), Some(7));
}

#[test]
fn run_makes_what_is_missing_and_tells_it_on_stderr() {
    let cx = TestContext::new();
    cx.write_project("demo", &["idna"]);
    rye_snapshot!(cx, ["run", "python", "-c", "import demo, idna; print('done')"], @r"
    exit: 0
    ----- stdout -----
    done
    ----- stderr -----
        created [ROOT]/project/.venv (cpython@[PYTHON], discovered: [ROOT]/bin/python[PYTHON-MINOR])
         locked requirements.lock
         locked requirements-dev.lock
          added demo 0.1.0
          added idna 3.4
    ");
    cx.write_project("demo", &["idna", "tqdm"]);
    rye_snapshot!(cx, ["run", "python", "-c", "import tqdm; print('done')"], @r"
    exit: 0
    ----- stdout -----
    done
    ----- stderr -----
         locked requirements.lock
         locked requirements-dev.lock
          added tqdm 4.66.1
    ");
    rye_snapshot!(cx, ["run", "python", "-c", "print('done')"], @r"
    exit: 0
    ----- stdout -----
    done
    ----- stderr -----
    ");
}

#[test]
fn no_sync_takes_the_environment_as_it_is() {
    let cx = TestContext::new();
    cx.write_project("demo", &["idna"]);
    rye_snapshot!(cx, ["run", "--no-sync", "python"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no virtual environment `[ROOT]/project/.venv`
    hint: make it with `rye sync`
    ");
    cx.rye(["sync"]).succeed();
    cx.write_project("demo", &["idna", "tqdm"]);
    let before = (cx.tree(), cx.installed(), cx.read("requirements.lock"));
    let run = cx.rye(["run", "--no-sync", "python", "-c", "import idna"]);
    run.env("RYE_UV", failing_engine(&cx)).succeed();
    cx.rye(["run", "--no-sync", "python", "-c", "import tqdm"]).fail(1);
    assert_eq!((cx.tree(), cx.installed(), cx.read("requirements.lock")), before);
    cx.rye(["run", "--no-sync", "--locked", "python"]).fail(2);
}

#[test]
fn locked_refuses_another_lockfile() {
    let cx = TestContext::new();
    cx.write_project("demo", &["idna"]);
    cx.rye(["run", "--locked", "python", "-c", ""]).fail(1);
    cx.rye(["sync"]).succeed();
    cx.rye(["run", "--locked", "python", "-c", "import idna"]).succeed();
    fs::remove_dir_all(cx.path(".venv")).unwrap();
    cx.rye(["run", "--locked", "python", "-c", "import idna"]).succeed();
    cx.write_project("demo", &["idna", "tqdm"]);
    let before = cx.read("requirements.lock");
    let output = cx.rye(["run", "--locked", "python", "-c", "print('ran')"]).fail(1);
    assert_eq!(output.stdout, "");
    assert!(output.stderr.contains("+ tqdm==4.66.1"), "{}", output.stderr);
    assert_eq!(cx.read("requirements.lock"), before);
}

#[test]
fn offline_stays_off_the_network() {
    let cx = TestContext::new();
    cx.write_project("demo", &["idna"]);
    cx.rye(["run", "--offline", "python", "-c", ""]).fail(1);
    assert_eq!(cx.index().requests().len(), 0);
    cx.rye(["sync"]).succeed();
    fs::remove_dir_all(cx.path(".venv")).unwrap();
    cx.index().clear_requests();
    cx.rye(["run", "--offline", "python", "-c", "import demo, idna"]).succeed();
    assert_eq!(cx.index().requests().len(), 0);
}

#[test]
fn without_autosync_only_what_is_missing_is_made() {
    let cx = TestContext::new();
    fs::create_dir_all(cx.rye_home()).unwrap();
    fs::write(cx.rye_home().join("config.toml"), "[behavior]\nautosync = false\n").unwrap();
    cx.write_project("demo", &["idna"]);
    cx.rye(["run", "python", "-c", "import idna"]).succeed();
    cx.write_project("demo", &["idna", "tqdm"]);
    cx.rye(["run", "python", "-c", "import tqdm"]).fail(1);
    assert_eq!(cx.installed(), ["demo==0.1.0", "idna==3.4"]);
}

#[test]
fn a_project_of_somebody_else_is_used_as_it_is() {
    let cx = TestContext::new();
    cx.write(
        "pyproject.toml",
        "[project]\nname = \"demo\"\nversion = \"1\"\ndependencies = [\"idna\"]\n",
    );
    let before = cx.fingerprint();
    rye_snapshot!(cx, ["run", "python", "-c", ""], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no virtual environment `[ROOT]/project/.venv`
    hint: make it with `rye sync`
    ");
    assert_eq!(cx.fingerprint(), before);
    let path = &cx.python().path;
    cx.program(path, ["-m", "venv", "--without-pip", ".venv"]).succeed();
    let before = cx.fingerprint();
    let code = "import sys; print(sys.prefix)";
    let run = cx.rye(["run", "python", "-B", "-c", code]).env("RYE_UV", failing_engine(&cx));
    assert_eq!(run.succeed().stdout, format!("{}\n", cx.path(".venv").display()));
    assert_eq!(cx.fingerprint(), before);
    // and so is a foreign environment of a project of Rye's
    cx.write("pyproject.toml", cx.read("pyproject.toml") + "[tool.rye]\n");
    let before = cx.fingerprint();
    cx.rye(["run", "python", "-B", "-c", ""]).env("RYE_UV", failing_engine(&cx)).succeed();
    assert_eq!(cx.fingerprint(), before);
    assert!(!cx.exists("requirements.lock"));
}

#[test]
fn variables_of_a_file_are_there_for_everything() {
    let cx = world(
        "show = [\"python\", \"-c\", \"import os; print(os.environ.get('A'), os.environ.get('B'))\"]\n",
    );
    cx.write("vars", "A=file\nB=file\n");
    cx.rye(["sync"]).succeed();
    let output = cx.rye(["--env-file", "vars", "run", "show"]).env("B", "set").succeed();
    assert_eq!(output.stdout, "file set\n");
    let output = cx.rye(["--env-file", "missing", "run", "show"]).fail(1);
    assert!(output.stderr.contains("missing"), "{}", output.stderr);
    assert_eq!(output.stdout, "");
}

#[test]
fn run_needs_a_project() {
    let cx = TestContext::builder().without_index().build();
    rye_snapshot!(cx, ["run", "python"], @r"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no `pyproject.toml` in `[ROOT]/project` or above it
    hint: start a project with `rye init`
    ");
}

#[test]
fn a_stale_environment_never_runs() {
    let cx = TestContext::new();
    cx.write_project("demo", &["idna"]);
    cx.rye(["sync"]).succeed();
    cx.write_project("demo", &["idna", "does-not-exist"]);
    let output = cx.rye(["run", "python", "-c", "print('ran')"]).fail(1);
    assert_eq!(output.stdout, "");
    assert!(output.stderr.contains("does-not-exist"), "{}", output.stderr);
}

#[test]
fn two_runs_at_once_both_succeed() {
    let cx = TestContext::new();
    cx.write_project("demo", &["anyio"]);
    std::thread::scope(|scope| {
        let run =
            || cx.rye(["run", "python", "-c", "import anyio, demo; print(1)"]).succeed().stdout;
        let threads = [0, 1, 2].map(|_| scope.spawn(run));
        for thread in threads {
            assert_eq!(thread.join().unwrap(), "1\n");
        }
    });
}

#[test]
fn a_running_program_keeps_nobody_waiting() {
    let cx = world("");
    let code = "import subprocess, sys; print(subprocess.run(sys.argv[1:]).returncode)";
    let rye = env!("CARGO_BIN_EXE_rye");
    let output = cx.rye(["run", "python", "-c", code, rye, "sync", "--force"]).succeed();
    assert!(output.stdout.contains('0'), "{}", output.snapshot());
}
