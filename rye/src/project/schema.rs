//! The JSON schema of `[tool.rye]`, with what its types do not tell.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use crate::config::schema;
use crate::project::RyeTable;

/// Returns the schema of `[tool.rye]`, a table in a `pyproject.toml`.
pub(crate) fn schema() -> Value {
    schema::of::<RyeTable>("[tool.rye] in pyproject.toml")
}

/// Returns the schema of the definitions of scripts, which `scripts` reads.
pub(super) fn scripts(_: &mut SchemaGenerator) -> Schema {
    let scalar = json!({ "type": ["string", "number", "boolean"] });
    let command = json!({
        "description": "A program and its arguments: as a text, which is split as a shell would, or as a list",
        "anyOf": [
            { "type": "string", "minLength": 1 },
            { "type": "array", "items": scalar, "minItems": 1 },
        ],
    });
    let env = json!({
        "description": "Variables for it",
        "type": "object",
        "additionalProperties": scalar,
    });
    let env_file = json!({
        "description": "A file with variables for it, from the project's directory; they win",
        "type": "string",
    });
    let call = json!({
        "description": "What Python runs: `package.module`, `package.module:function` or \
                        `package.module:function(1, \"a\")`",
        "type": "string",
    });
    let chain = json!({
        "description": "Commands to run one after the other, until one fails",
        "type": "array",
        "items": command,
    });
    let table = |key: &str, value: &Value| {
        json!({
            "type": "object",
            "properties": { key: value, "env": env, "env-file": env_file },
            "required": [key],
            "additionalProperties": false,
        })
    };
    json_schema!({
        "type": "object",
        "default": {},
        "additionalProperties": {
            "anyOf": [
                command,
                table("cmd", &command),
                table("call", &call),
                {
                    "type": "object",
                    "properties": { "chain": chain },
                    "required": ["chain"],
                    "additionalProperties": false,
                },
            ],
        },
    })
}
