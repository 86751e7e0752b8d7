//! JSON schemas of what users write, for their editors (draft 07, which all of these know).
//!
//! They are made from the types that read it, and the comments of these.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use super::Config;

/// Older spellings of keys, and what they are called now.
const OLD_SPELLINGS: [(&str, &str); 3] = [
    ("dependency_operator", "dependency-operator"),
    ("force_rye_managed", "force-rye-managed"),
    ("verify_ssl", "verify-ssl"),
];

/// What is said of an older spelling, before the key
const OLD_SPELLING: &str = "Older spelling of";

/// Returns the schema of `config.toml`.
pub(crate) fn schema() -> Value {
    of::<Config>("Settings of Rye")
}

/// Returns the schema of what a type reads from TOML.
pub(crate) fn of<T: JsonSchema>(title: &str) -> Value {
    let settings = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    tidy(&mut schema);
    let mut whole = Map::new();
    whole.insert("$schema".to_owned(), schema["$schema"].take());
    whole.insert("title".to_owned(), title.into());
    let Value::Object(rest) = schema else { unreachable!("a struct has the schema of an object") };
    for (key, value) in rest {
        whole.entry(key).or_insert(value);
    }
    whole.into()
}

/// Takes what TOML does not know out of a schema, and puts in what the types do not tell.
fn tidy(schema: &mut Value) {
    let Value::Object(schema) = schema else { return };
    // a choice of one and nothing is that one
    if let Some(Value::Array(mut choices)) = schema.remove("anyOf") {
        choices.retain(|choice| choice["type"] != "null");
        if let [Value::Object(only)] = choices.as_slice() {
            for (key, value) in only {
                schema.entry(key.clone()).or_insert(value.clone());
            }
        } else {
            schema.insert("anyOf".to_owned(), choices.into());
        }
    }
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            schema["type"] = only.clone();
        }
    }
    // a table that is absent is one without keys
    schema.retain(|key, value| key != "default" || !(value.is_null() || value.is_object()));
    if let Some(Value::String(text)) = schema.get_mut("description") {
        let line = text.replace('\n', " ");
        line.trim_end_matches('.').clone_into(text);
    }
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        for (old, new) in OLD_SPELLINGS {
            let Some(mut same) = properties.get(new).cloned() else { continue };
            same["description"] = format!("{OLD_SPELLING} `{new}`").into();
            same["deprecated"] = true.into();
            properties.insert(old.to_owned(), same);
        }
        properties.values_mut().for_each(tidy);
    }
    for key in ["items", "additionalProperties"] {
        schema.get_mut(key).into_iter().for_each(tidy);
    }
    for key in ["anyOf", "oneOf"] {
        let choices = schema.get_mut(key).and_then(Value::as_array_mut);
        choices.into_iter().flatten().for_each(tidy);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::edit;

    #[test]
    fn the_schema_has_the_keys_that_are_read_and_their_defaults() {
        let schema = schema();
        let mut keys = std::collections::BTreeMap::new();
        for (section, table) in schema["properties"].as_object().unwrap() {
            if section == "alias" {
                continue; // whose keys are the user's
            }
            let Some(properties) = table["properties"].as_object() else {
                // keys of the user's own have no default
                if table["type"] != "object" {
                    keys.insert(section.clone(), table["default"].clone());
                }
                continue;
            };
            for (key, schema) in properties {
                let description = schema["description"].as_str().unwrap();
                if !description.starts_with(OLD_SPELLING) {
                    keys.insert(format!("{section}.{key}"), schema["default"].clone());
                }
            }
        }
        assert_eq!(keys, *edit::KNOWN);
    }

    #[test]
    fn older_spellings_are_read() {
        let texts = [
            "default = { dependency_operator = 1 }",
            "behavior = { force_rye_managed = 1 }",
            "sources = [{ name = 'a', url = 'b', verify_ssl = 1 }]",
        ];
        for text in texts {
            // a key that is read has a type
            assert!(toml_edit::de::from_str::<Config>(text).is_err(), "{text}");
        }
    }
}
