//! The reference pages: they are made from what rye says about itself, and these tests fail where they differ.
//!
//! `INSTA_UPDATE=always cargo test --test it -- reference` writes them.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::*;
use crate::tidy::rust_files;

mod help;
mod schema;
mod settings;

use help::Help;
use serde_json::Value;

/// Returns a world for commands that need neither an index nor an engine nor a Python.
fn world() -> TestContext {
    TestContext::builder().without_index().without_engine().without_python().build()
}

/// Returns the directory of the pages.
fn pages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/pages/reference")
}

/// Tells whether the pages are to be written, and not only compared.
fn is_update() -> bool {
    std::env::var_os("INSTA_UPDATE").is_some_and(|value| value == "always")
}

/// Compares a directory, or some files of it, with what they should be; writes them if that is asked for.
fn compare(expected: &BTreeMap<PathBuf, String>, there: &[PathBuf]) {
    let mut wrong = Vec::new();
    for (path, text) in expected {
        if fs::read_to_string(path).is_ok_and(|found| found == *text) {
            continue;
        }
        if is_update() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        } else {
            wrong.push(path);
        }
    }
    for path in there.iter().filter(|path| !expected.contains_key(*path)) {
        if is_update() {
            fs::remove_file(path).unwrap();
        } else {
            wrong.push(path);
        }
    }
    assert!(
        wrong.is_empty(),
        "not what this rye says: {wrong:#?}\n\
         write them with `INSTA_UPDATE=always cargo test --test it -- reference`"
    );
}

fn files_in(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// Returns what `rye help` prints about a command and all below it, itself first.
fn helps(cx: &TestContext, command: &[String]) -> Vec<Help> {
    let width = "100000"; // a line ends where a paragraph does
    let ask = |args: Vec<&str>| cx.rye(args).env("COLUMNS", width).succeed().stdout;
    let words = command.iter().map(String::as_str);
    let text = ask(["help"].into_iter().chain(words.clone()).collect());
    if !command.is_empty() {
        assert_eq!(text, ask(words.chain(["--help"]).collect()), "`--help` says something else");
    }
    let help = Help::parse(command, &text);
    let below = help.commands();
    let below =
        below.iter().flat_map(|name| helps(cx, &[command, std::slice::from_ref(name)].concat()));
    let below: Vec<_> = below.collect();
    [help].into_iter().chain(below).collect()
}

#[test]
fn pages_of_commands_say_what_help_says() {
    let cx = world();
    let all = helps(&cx, &[]);
    let (root, commands) = all.split_first().unwrap();
    let directory = pages().join("commands");
    let mut expected = BTreeMap::new();
    for help in commands {
        let page: &mut String =
            expected.entry(directory.join(format!("{}.md", help.path[0]))).or_default();
        if !page.is_empty() {
            page.push('\n');
        }
        let text = help.page(root);
        let is_told = |name: &&str| {
            let is_global = name.starts_with('-') && root.names().any(|global| global == *name);
            text.contains(&format!("`{name}`")) || is_global
        };
        assert_eq!(help.names().find(|name| !is_told(name)), None, "{text}");
        page.push_str(&text);
    }
    let there = files_in(&directory);
    expected.insert(pages().join("commands.md"), help::index(root, commands));
    compare(&expected, &there);
}

/// Returns the answer of `rye config` as JSON.
fn answer(cx: &TestContext, args: &[&str]) -> Value {
    let output = cx.rye(["config"].iter().chain(args)).succeed();
    assert_eq!(output.stderr, "");
    serde_json::from_str(&output.stdout).unwrap()
}

fn schemas(cx: &TestContext) -> [Value; 2] {
    ["config", "project"].map(|file| answer(cx, &["--schema", file]))
}

#[test]
fn the_page_of_settings_and_the_schemas_are_current() {
    let cx = world();
    let [config, project] = schemas(&cx);
    let list = answer(&cx, &["--list", "--format=json"]);
    let json = |value: &Value| serde_json::to_string_pretty(value).unwrap() + "\n";
    let expected = [
        ("config.md", settings::page(&config, &project, &list)),
        ("config.schema.json", json(&config)),
        ("rye.schema.json", json(&project)),
    ];
    let expected = expected.map(|(name, text)| (pages().join(name), text));
    compare(&expected.into(), &[]);
}

/// Returns the pieces of TOML in the pages, with the page of each.
fn examples() -> Vec<(PathBuf, Value)> {
    let directory = pages().join("..");
    let mut examples = Vec::new();
    for path in files_in(&directory).into_iter().filter(|path| path.is_file()) {
        let text = fs::read_to_string(&path).unwrap();
        for piece in text.split("```toml\n").skip(1) {
            let piece = piece.split("```").next().unwrap();
            let value = toml_edit::de::from_str(piece)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            examples.push((path.clone(), value));
        }
    }
    examples
}

#[test]
fn the_schemas_hold_for_the_examples_of_the_pages() {
    let cx = world();
    let [config, project] = schemas(&cx);
    let (mut of_projects, mut of_config) = (0, 0);
    for (path, example) in examples() {
        let (value, schema) = if let Some(table) = example.pointer("/tool/rye") {
            of_projects += 1;
            (table, &project)
        } else if example
            .as_object()
            .unwrap()
            .keys()
            .all(|key| config["properties"].get(key).is_some())
        {
            of_config += 1;
            (&example, &config)
        } else {
            continue;
        };
        assert_eq!(schema::check(value, schema), [] as [String; 0], "{}: {value}", path.display());
    }
    assert!(of_projects >= 5, "{of_projects}");
    assert!(of_config >= 1, "{of_config}");
}

/// Returns a value that a schema admits, with all keys that it knows.
fn sample(schema: &Value) -> Value {
    if let Some(choices) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
        return sample(&choices[0]);
    }
    if let Some(value) = schema.get("const").or(schema["enum"].get(0)) {
        return value.clone();
    }
    match schema["type"].as_str().unwrap() {
        "object" => {
            let properties = schema["properties"].as_object().into_iter().flatten();
            properties
                .filter(|(_, schema)| schema["deprecated"] != true)
                .map(|(key, schema)| (key.clone(), sample(schema)))
                .collect()
        }
        "array" => [sample(&schema["items"])].into_iter().collect(),
        "boolean" => true.into(),
        "string" => "x".into(),
        kind => panic!("{kind}"),
    }
}

#[test]
fn rye_knows_every_key_of_the_schemas() {
    let cx = world();
    let [config, project] = schemas(&cx);
    let mut settings = sample(&config);
    settings["default"]["requires-python"] = ">=3.9".into();
    fs::create_dir_all(cx.rye_home()).unwrap();
    let text = toml_edit::ser::to_string(&settings).unwrap();
    fs::write(cx.rye_home().join("config.toml"), &text).unwrap();
    let output = cx.rye(["config", "--list"]).succeed();
    assert_eq!(output.stderr, "", "{text}");
    fs::remove_file(cx.rye_home().join("config.toml")).unwrap();
    let mut table = sample(&project);
    table["exclude-newer"] = "7 days".into();
    table["scripts"] = Value::Object(serde_json::Map::new());
    let text = toml_edit::ser::to_string(&serde_json::json!({ "tool": { "rye": table } })).unwrap();
    cx.write("pyproject.toml", &text);
    let output = cx.rye(["run", "--list"]).run();
    assert!(!output.stderr.contains("unknown key"), "{text}\n{}", output.stderr);
    cx.write("pyproject.toml", "[tool.rye]\nodd = 1\n");
    let output = cx.rye(["run", "--list"]).run();
    assert!(output.stderr.contains("unknown key `tool.rye.odd`"), "{}", output.stderr);
}

#[test]
fn scripts_are_right_to_the_schema_if_they_are_to_rye() {
    #[track_caller]
    fn check(definition: &str, is_right: bool) {
        let cx = world();
        cx.write("pyproject.toml", format!("[tool.rye.scripts]\nx = {definition}\n"));
        let value: Value = toml_edit::de::from_str(&cx.read("pyproject.toml")).unwrap();
        let [_, project] = schemas(&cx);
        let wrong = schema::check(&value["tool"]["rye"], &project);
        assert_eq!(wrong.is_empty(), is_right, "{definition}: {wrong:?}");
        let told = cx.rye(["run", "--list"]).succeed().stderr;
        assert_eq!(!told.contains("warning:"), is_right, "{definition}: {told}");
    }
    check("'pytest -q'", true);
    check("['pytest', '-n', 4]", true);
    check("{ cmd = 'x', env = { A = 1 }, env-file = '.env' }", true);
    check("{ call = 'package.module:main' }", true);
    check("{ chain = ['a', ['b', 'c']] }", true);
    check("''", false);
    check("[]", false);
    check("1", false);
    check("{}", false);
    check("{ chain = 'a' }", false);
    check("{ call = 1 }", false);
    check("{ cmd = 'x', odd = 1 }", false);
    check("{ cmd = 'x', env = { A = [] } }", false);
}

#[test]
fn aliases_are_right_to_the_schema_if_they_are_to_rye() {
    let cx = world();
    let [schema, _] = schemas(&cx);
    fs::create_dir_all(cx.rye_home()).unwrap();
    for (alias, is_right) in
        [("'run -x'", true), ("['run', 'a b']", true), ("''", false), ("[]", false), ("1", false)]
    {
        let text = format!("[alias]\nxx = {alias}\n");
        fs::write(cx.rye_home().join("config.toml"), &text).unwrap();
        let value: Value = toml_edit::de::from_str(&text).unwrap();
        let wrong = schema::check(&value, &schema);
        assert_eq!(wrong.is_empty(), is_right, "{alias}: {wrong:?}");
        let output = cx.rye(["config", "--list"]).run();
        assert_eq!(output.status.success(), is_right, "{alias}: {}", output.stderr);
    }
}

/// Names that are read by libraries, or on another system, so that no line of rye has them.
const OF_OTHERS: [&str; 9] = [
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "HOME",
    "NO_COLOR",
    "NO_PROXY",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "TMPDIR",
    "no_proxy",
];

/// Names that rye uses between its own processes, sets for others, or is built with.
const NOT_FOR_USERS: [&str; 16] = [
    "LOCALAPPDATA", // told with its sister
    "RYE_BUNDLED_RUFF",
    "RYE_BUNDLED_UV",
    "RYE_COMMIT",
    "RYE_RUFF_VERSION",
    "RYE_SHIM_ASKED",
    "RYE_SHIM_PASSED",
    "RYE_TARGET",
    "RYE_UV_VERSION",
    "UV_",
    "UV_FIND_LINKS",
    "UV_INDEX",
    "UV_INSECURE_HOST",
    "UV_KEYRING_PROVIDER",
    "UV_PUBLISH_CHECK_URL",
    "UV_PYTHON_DOWNLOADS",
];

#[test]
fn every_variable_that_rye_reads_is_told() {
    let cx = world();
    let list = answer(&cx, &["--list", "--format=json"]);
    let variables = list["variables"].as_array().unwrap();
    let names = variables.iter().flat_map(|variable| variable["names"].as_array().unwrap());
    let told: BTreeSet<_> = names.map(|name| name.as_str().unwrap().to_owned()).collect();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut read = BTreeSet::new();
    for path in rust_files(&source).iter().filter(|path| !path.ends_with("env/variables.rs")) {
        let text = fs::read_to_string(path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        for (before, name) in literals(code) {
            let is_asked = [".var(", ".var_os("].iter().any(|call| before.ends_with(call));
            let is_variable = ["RYE_", "UV_", "PIP_"].iter().any(|prefix| name.starts_with(prefix))
                || name.to_ascii_lowercase().ends_with("_proxy");
            let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            if is_name && (is_asked || is_variable) {
                read.insert(name.to_owned());
            }
        }
    }
    let untold: Vec<_> =
        read.difference(&told).filter(|name| !NOT_FOR_USERS.contains(&name.as_str())).collect();
    assert!(untold.is_empty(), "not in env/variables.rs: {untold:?}");
    let unread: Vec<_> =
        told.difference(&read).filter(|name| !OF_OTHERS.contains(&name.as_str())).collect();
    assert!(unread.is_empty(), "in env/variables.rs, and not read: {unread:?}");
}

/// Returns the texts in a piece of code, each with what stands before it in its line.
fn literals(code: &str) -> impl Iterator<Item = (&str, &str)> {
    code.lines().map(|line| line.split("//").next().unwrap()).flat_map(|line| {
        let quotes: Vec<_> = line.match_indices('"').map(|(at, _)| at).collect();
        let pairs: Vec<_> = quotes
            .chunks_exact(2)
            .map(|pair| (&line[..pair[0]], &line[pair[0] + 1..pair[1]]))
            .collect();
        pairs
    })
}
