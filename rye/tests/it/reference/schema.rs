//! As much of JSON Schema as the schemas of rye make use of.

use serde_json::Value;

/// Returns what is wrong with a value, with the path to it.
pub(super) fn check(value: &Value, schema: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    visit(value, schema, "", &mut wrong);
    wrong
}

fn visit(value: &Value, schema: &Value, path: &str, wrong: &mut Vec<String>) {
    let keywords = schema.as_object().unwrap();
    for (keyword, argument) in keywords {
        let is_right = match keyword.as_str() {
            "type" => match argument {
                Value::Array(types) => types.iter().any(|kind| is_of_type(value, kind)),
                kind => is_of_type(value, kind),
            },
            "enum" => argument.as_array().unwrap().contains(value),
            "const" => argument == value,
            "anyOf" => number_of_matches(value, argument) > 0,
            "oneOf" => number_of_matches(value, argument) == 1,
            "required" => {
                let names = argument.as_array().unwrap().iter();
                names.map(|name| name.as_str().unwrap()).all(|name| value.get(name).is_some())
            }
            "minLength" => {
                value.as_str().is_none_or(|text| text.len() as u64 >= argument.as_u64().unwrap())
            }
            "minItems" => {
                value.as_array().is_none_or(|list| list.len() as u64 >= argument.as_u64().unwrap())
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    visit(item, argument, &format!("{path}[{index}]"), wrong);
                }
                true
            }
            "additionalProperties" => {
                let known = keywords.get("properties");
                let is_known = |key: &str| known.is_some_and(|known| known.get(key).is_some());
                for (key, below) in value.as_object().into_iter().flatten() {
                    let path = format!("{path}.{key}");
                    match argument {
                        _ if is_known(key) => {}
                        Value::Bool(false) => wrong.push(format!("{path}: unknown")),
                        schema => visit(below, schema, &path, wrong),
                    }
                }
                true
            }
            "properties" => {
                for (key, below) in value.as_object().into_iter().flatten() {
                    if let Some(schema) = argument.get(key) {
                        visit(below, schema, &format!("{path}.{key}"), wrong);
                    }
                }
                true
            }
            "$schema" | "title" | "description" | "default" | "deprecated" => true,
            _ => panic!("a keyword that is not looked at: {keyword}"),
        };
        if !is_right {
            wrong.push(format!("{path}: {keyword}"));
        }
    }
}

fn number_of_matches(value: &Value, schemas: &Value) -> usize {
    let schemas = schemas.as_array().unwrap().iter();
    schemas.filter(|schema| check(value, schema).is_empty()).count()
}

fn is_of_type(value: &Value, kind: &Value) -> bool {
    match kind.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => value.is_i64(),
        kind => panic!("a type that is not looked at: {kind}"),
    }
}
