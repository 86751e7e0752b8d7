//! `rye metadata`

use std::fs;

use crate::support::*;

fn answer(cx: &TestContext) -> serde_json::Value {
    let output = cx.rye(["metadata"]).succeed();
    serde_json::from_str(&output.stdout).expect("an answer in JSON")
}

#[test]
#[expect(clippy::too_many_lines, reason = "the answer is shown as a whole")]
fn metadata_tells_all_of_a_workspace() {
    let mut cx = TestContext::new();
    cx.write(
        "pyproject.toml",
        "[project]\nname = \"App\"\nversion = \"1.0\"\nrequires-python = \">=3.9\"\n\
         dependencies = [\"lib\", \"idna\", \"x @ https://me:s3cret@host.invalid/x.whl ; os_name == 'no'\"]\n\
         [project.optional-dependencies]\nbars = [\"tqdm\"]\n[dependency-groups]\ntest = [\"urllib3>=2\"]\n\
         [tool.rye]\nvirtual = true\nmanaged = true\ngenerate-hashes = true\nexcluded-dependencies = [\"tqdm\"]\n\
         workspace = {}\n[tool.rye.scripts]\nserve = \"python -m app http://me:s3cret@host.invalid\"\nbroken = 1\n\
         [[tool.rye.sources]]\nname = \"extra\"\nurl = \"http://me:s3cret@127.0.0.1:9/simple\"\n\
         verify-ssl = false\npackages = [\"nothing\"]\n",
    );
    cx.write(
        "libs/lib/pyproject.toml",
        "[project]\nname = \"lib\"\ndynamic = [\"version\"]\nrequires-python = \">=3.8\"\n\
         [build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n",
    );
    let output = cx.rye(["metadata"]).succeed();
    assert!(output.stderr.contains("warning: `tool.rye.scripts.broken`"), "{}", output.stderr);
    let lockfile = "\
-e file:libs/lib
    # via app
idna==3.4 \\
    --hash=sha256:aa
    # via app
urllib3==2.1.0 ; python_full_version >= '3.9' \\
    --hash=sha256:bb
local @ https://me:s3cret@host.invalid/local.whl
";
    cx.write(
        "requirements-dev.lock",
        format!("--index-url https://me:s3cret@host.invalid/simple\n\n{lockfile}"),
    );
    cx.set_env("RYE_UV", cx.root().join("no engine"));
    let before = cx.fingerprint();
    let run = cx.rye(["metadata", "--format", "json"]).current_dir(cx.path("libs/lib"));
    rye_snapshot!(run, @r#"
    exit: 0
    ----- stdout -----
    {
      "schema": 1,
      "rye": "[VERSION]",
      "root": "[ROOT]/project",
      "is-workspace": true,
      "current": "libs/lib",
      "members": [
        {
          "name": "app",
          "version": "1.0",
          "dynamic": [],
          "path": ".",
          "manifest": "[ROOT]/project/pyproject.toml",
          "requires-python": ">=3.9",
          "managed": true,
          "virtual": true,
          "build-backend": null,
          "dependencies": {
            "project.dependencies": [
              "lib",
              "idna",
              "x @ https://host.invalid/x.whl ; os_name == 'no'"
            ],
            "project.optional-dependencies.bars": [
              "tqdm"
            ],
            "dependency-groups.test": [
              "urllib3>=2"
            ],
            "tool.rye.excluded-dependencies": [
              "tqdm"
            ]
          },
          "scripts": [
            {
              "name": "broken",
              "command": null
            },
            {
              "name": "serve",
              "command": "python -m app http://host.invalid"
            }
          ]
        },
        {
          "name": "lib",
          "version": null,
          "dynamic": [
            "version"
          ],
          "path": "libs/lib",
          "manifest": "[ROOT]/project/libs/lib/pyproject.toml",
          "requires-python": ">=3.8",
          "managed": false,
          "virtual": false,
          "build-backend": "hatchling.build",
          "dependencies": {},
          "scripts": []
        }
      ],
      "lockfiles": [
        {
          "path": "[ROOT]/project/requirements-dev.lock",
          "kind": "development",
          "stale": "settings of `tool.rye` are not those that it was locked with",
          "options": {
            "pre": false,
            "features": [],
            "all-features": false,
            "with-sources": false,
            "generate-hashes": false,
            "universal": false,
            "constraints": [],
            "overrides": [],
            "exclude-newer": null,
            "resolution": "highest"
          },
          "sources": [
            "--index-url https://host.invalid/simple"
          ],
          "entries": [
            {
              "id": "-e file:libs/lib",
              "name": "lib",
              "version": null,
              "url": null,
              "marker": null,
              "member": "libs/lib",
              "locked": true,
              "excluded": false,
              "via": [
                "app"
              ],
              "hashes": []
            },
            {
              "id": "idna==3.4",
              "name": "idna",
              "version": "3.4",
              "url": null,
              "marker": null,
              "member": null,
              "locked": true,
              "excluded": false,
              "via": [
                "app"
              ],
              "hashes": [
                "sha256:aa"
              ]
            },
            {
              "id": "urllib3==2.1.0 ; python_full_version >= '3.9'",
              "name": "urllib3",
              "version": "2.1.0",
              "url": null,
              "marker": "python_full_version >= '3.9'",
              "member": null,
              "locked": true,
              "excluded": false,
              "via": [],
              "hashes": [
                "sha256:bb"
              ]
            },
            {
              "id": "local @ https://host.invalid/local.whl",
              "name": "local",
              "version": null,
              "url": "https://host.invalid/local.whl",
              "marker": null,
              "member": null,
              "locked": true,
              "excluded": false,
              "via": [],
              "hashes": []
            }
          ]
        }
      ],
      "environment": {
        "path": "[ROOT]/project/.venv",
        "state": "missing",
        "python": null
      },
      "python": {
        "request": ">=3.8, >=3.9",
        "requires-python": ">=3.8, >=3.9",
        "pin": null
      },
      "sources": [
        {
          "type": "index",
          "url": "[INDEX]",
          "verify-ssl": false,
          "packages": null
        },
        {
          "type": "index",
          "url": "http://127.0.0.1:9/simple",
          "verify-ssl": false,
          "packages": [
            "nothing"
          ]
        }
      ]
    }
    ----- stderr -----
    warning: `tool.rye.scripts.broken` cannot be understood: `1` is no command
    "#);
    assert_eq!(cx.fingerprint(), before);
}

#[test]
fn metadata_tells_the_state_of_the_environment() {
    let cx = TestContext::new();
    cx.write_project("demo", &["idna"]);
    let environment = |cx: &TestContext| answer(cx)["environment"].clone();
    assert_eq!(environment(&cx)["state"], "missing");
    assert_eq!(answer(&cx)["lockfiles"], serde_json::json!([]));
    cx.rye(["sync"]).succeed();
    assert_eq!(environment(&cx)["state"], "current");
    assert_eq!(environment(&cx)["python"], cx.python().name());
    assert_eq!(answer(&cx)["lockfiles"][0]["stale"], serde_json::Value::Null);
    cx.write_project("demo", &["idna", "tqdm"]);
    assert_eq!(environment(&cx)["state"], "stale");
    let stale = "nothing is locked for `tqdm` in `project.dependencies`";
    assert_eq!(answer(&cx)["lockfiles"][0]["stale"], stale);
    let marker = cx.read(".venv/rye-venv.json").replace("\"synced\"", "\"changing\"");
    cx.write(".venv/rye-venv.json", marker);
    assert_eq!(environment(&cx)["state"], "changing");
    fs::remove_file(cx.path(".venv/rye-venv.json")).unwrap();
    assert_eq!(environment(&cx)["state"], "foreign");
    assert_eq!(environment(&cx)["python"], serde_json::Value::Null);
}

#[test]
fn metadata_tells_pins_and_what_cannot_be_read() {
    let cx = TestContext::builder().without_engine().build();
    let source = "[[tool.rye.sources]]\nname = \"extra\"\nurl = \"https://${NO_SUCH}/simple\"\n";
    cx.write("pyproject.toml", source);
    cx.write(".python-version", "3.99\n");
    rye_snapshot!(cx, ["metadata"], @r#"
    exit: 0
    ----- stdout -----
    {
      "schema": 1,
      "rye": "[VERSION]",
      "root": "[ROOT]/project",
      "is-workspace": false,
      "current": ".",
      "members": [
        {
          "name": null,
          "version": null,
          "dynamic": [],
          "path": ".",
          "manifest": "[ROOT]/project/pyproject.toml",
          "requires-python": null,
          "managed": false,
          "virtual": true,
          "build-backend": null,
          "dependencies": {},
          "scripts": []
        }
      ],
      "lockfiles": [],
      "environment": {
        "path": "[ROOT]/project/.venv",
        "state": "missing",
        "python": null
      },
      "python": {
        "request": "3.99",
        "requires-python": null,
        "pin": {
          "path": "[ROOT]/project/.python-version",
          "request": "3.99"
        }
      },
      "sources": null
    }
    ----- stderr -----
    warning: the URL of the source `extra` names the variable `NO_SUCH`, which is not set
    "#);
    cx.write(".python-version", "nonsense\n");
    let output = cx.rye(["metadata"]).succeed();
    assert!(output.stderr.contains("pins no Python"), "{}", output.stderr);
    assert_eq!(answer(&cx)["python"]["request"], serde_json::Value::Null);
    cx.write("requirements.lock", "<<<<<<< HEAD\n");
    rye_snapshot!(cx, ["metadata"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: the lockfile `[ROOT]/project/requirements.lock` cannot be understood
    caused by: line 1: `<<<<<<< HEAD`: a conflict marker of git
    hint: settle the merge, or delete the file and run `rye lock`
    ");
}

#[test]
fn metadata_tells_no_credentials_of_what_is_not_locked() {
    let cx = TestContext::builder().without_engine().build();
    cx.write_project("demo", &["idna @ https://me:secret@index.invalid/idna-3.4-py3-none-any.whl"]);
    cx.write("requirements-dev.lock", "-e file:.\n");
    let output = cx.rye(["metadata"]).succeed();
    assert!(output.stdout.contains("nothing is locked for `idna @ https://index.invalid/"));
    assert!(!output.stdout.contains("secret"), "{}", output.stdout);
}

#[test]
fn metadata_needs_a_project() {
    let cx = TestContext::builder().without_engine().build();
    rye_snapshot!(cx, ["metadata"], @"
    exit: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no `pyproject.toml` in `[ROOT]/project` or above it
    hint: start a project with `rye init`
    ");
    rye_snapshot!(cx, ["metadata", "--format", "text"], @"
    exit: 2
    ----- stdout -----
    ----- stderr -----
    error: invalid value 'text' for '--format <FORMAT>'
      [possible values: json]

    For more information, try '--help'.
    ");
    cx.write("pyproject.toml", "[project]\nname = 1\n");
    let output = cx.rye(["metadata"]).fail(1);
    assert!(output.stderr.contains("cannot be understood"), "{}", output.stderr);
    cx.write("pyproject.toml", "");
    let output = cx.rye(["metadata"]).run_with_closed_stdout();
    assert_eq!(output.stderr, "");
}
