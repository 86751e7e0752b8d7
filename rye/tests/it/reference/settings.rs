//! The page of settings, made from the schemas and from what `rye config --list` tells.

use std::fmt::Write as _;

use serde_json::Value;

/// Returns the page.
pub(super) fn page(config: &Value, project: &Value, list: &Value) -> String {
    let mut page = "# Settings\n\nEvery setting that Rye reads: of you, of a project, of the environment. \
                    [Configuration](../config.md) tells how they work together. `rye config --list` shows those of \
                    `config.toml` and the environment that are in force, `rye config --schema` prints the schemas \
                    [of `config.toml`](config.schema.json) and [of `[tool.rye]`](rye.schema.json) for editors.\n"
        .to_owned();
    page.push_str("\n## `config.toml`\n\n");
    table(&mut page, config, "");
    page.push_str("\n## `[tool.rye]`\n\n");
    table(&mut page, project, "");
    page.push_str("\n## `[[sources]]` and `[[tool.rye.sources]]`\n\n");
    let sources = |schema: &Value| schema["properties"]["sources"]["items"].clone();
    assert_eq!(sources(config), sources(project), "a source is the same wherever it is named");
    table(&mut page, &sources(config), "");
    page.push_str(
        "\n## Environment variables\n\nA variable that is empty counts as unset. Of several in a line the first that is \
         set counts.\n\n| Variable | Meaning | Wins over |\n| --- | --- | --- |\n",
    );
    for variable in list["variables"].as_array().unwrap() {
        let names =
            variable["names"].as_array().unwrap().iter().map(|name| code(name.as_str().unwrap()));
        let names = names.collect::<Vec<_>>().join(", ");
        let setting = variable["setting"].as_str().map(code).unwrap_or_default();
        let meaning = variable["meaning"].as_str().unwrap();
        writeln!(page, "| {names} | {meaning} | {setting} |").unwrap();
    }
    page.push_str("\nAny variable can stand in the URL of a source, as `${NAME}`.\n");
    page
}

/// Writes a table of the keys of an object, those of tables in it with their dots.
fn table(page: &mut String, schema: &Value, prefix: &str) {
    if prefix.is_empty() {
        page.push_str("| Key | Type | Default | Meaning |\n| --- | --- | --- | --- |\n");
    }
    let required: Vec<_> = schema["required"].as_array().into_iter().flatten().collect();
    for (key, property) in schema["properties"].as_object().unwrap() {
        let name = format!("{prefix}{key}");
        if property["properties"].is_object() {
            table(page, property, &format!("{name}."));
            continue;
        }
        let default = match &property["default"] {
            _ if required.iter().any(|required| *required == key) => "required".to_owned(),
            Value::Null if property["type"] == "object" => "empty".to_owned(),
            Value::Null => "none".to_owned(),
            Value::Array(values) if values.is_empty() => "empty".to_owned(),
            Value::String(text) => code(text),
            value => code(&value.to_string()),
        };
        let kind = kind(property);
        let mut meaning = property["description"].as_str().unwrap().replace('|', "\\|");
        meaning.push_str(&choices(property));
        writeln!(page, "| {} | {kind} | {default} | {meaning} |", code(&name)).unwrap();
    }
}

fn kind(schema: &Value) -> &'static str {
    match schema["type"].as_str() {
        Some("boolean") => "boolean",
        Some("integer") => "number",
        Some("object") => "table",
        Some("array") if schema["items"]["type"] == "object" => "array of tables",
        Some("array") => "array of texts",
        Some("string") => "text",
        None if schema["oneOf"].is_array() => "text",
        kind => panic!("what is {kind:?}?"),
    }
}

/// Returns the values that there are, if they are few.
fn choices(schema: &Value) -> String {
    let plain = schema["enum"].as_array().into_iter().flatten();
    let plain = plain.map(|value| code(value.as_str().unwrap()));
    let told = schema["oneOf"].as_array().into_iter().flatten().map(|choice| {
        let description = choice["description"].as_str().unwrap();
        format!("{} ({description})", code(choice["const"].as_str().unwrap()))
    });
    let values: Vec<_> = plain.chain(told).collect();
    if values.is_empty() { String::new() } else { format!(": {}", values.join(", ")) }
}

fn code(text: &str) -> String {
    format!("`{text}`")
}
