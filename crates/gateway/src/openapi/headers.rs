//! The headers of responses.

use serde_json::{Map, Value, json};

/// All of them, as components.
pub(super) fn components() -> Value {
    let text =
        |description: &str| json!({ "description": description, "schema": { "type": "string" } });
    json!({
        "TraceId": {
            "description": "The trace id of this call, for support requests",
            "required": true,
            "schema": { "type": "string", "pattern": "^[0-9a-f]{32}$" },
        },
        "IdempotencyReplayed": {
            "description": "Present when this is the stored response of an earlier call, and this call did nothing",
            "schema": { "type": "string", "enum": ["true"] },
        },
        "RetryAfter": {
            "description": "The seconds after which to repeat the call",
            "schema": { "type": "integer", "minimum": 0 },
        },
        "WwwAuthenticate": text("In a 401: the authentication scheme"),
        "Allow": text("In a 405: the methods that the path supports"),
    })
}

/// Of a successful response.
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
