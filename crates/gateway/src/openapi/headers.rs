//! The headers of answers.

use serde_json::{Map, Value, json};

/// All of them, as components.
pub(super) fn components() -> Value {
    let text =
        |description: &str| json!({ "description": description, "schema": { "type": "string" } });
    json!({
        "TraceId": {
            "description": "The id to quote when asking about this call",
            "required": true,
            "schema": { "type": "string", "pattern": "^[0-9a-f]{32}$" },
        },
        "IdempotencyReplayed": {
            "description": "Given when this answer was given before, and nothing was done now",
            "schema": { "type": "string", "enum": ["true"] },
        },
        "RetryAfter": {
            "description": "After how many seconds it is worth trying again",
            "schema": { "type": "integer", "minimum": 0 },
        },
        "WwwAuthenticate": text("Of a 401: how to authenticate"),
        "Allow": text("Of a 405: the methods that the path takes"),
    })
}

/// Of an answer to a call that went well.
pub(super) fn of_success(takes_idempotency_key: bool) -> Value {
    let mut headers = Map::new();
    headers.insert("Trace-Id".to_owned(), reference("TraceId"));
    if takes_idempotency_key {
        let replayed = reference("IdempotencyReplayed");
        headers.insert("Idempotency-Replayed".to_owned(), replayed);
    }
    Value::Object(headers)
}

/// Of a problem.
pub(super) fn of_problem() -> Value {
    json!({
        "Trace-Id": reference("TraceId"),
        "Retry-After": reference("RetryAfter"),
        "WWW-Authenticate": reference("WwwAuthenticate"),
        "Allow": reference("Allow"),
    })
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/headers/{name}") })
}
