//! The OpenAPI 3.1 document, generated from the routes that the resources declare and the annotations of their
//! handlers.
//!
//! What is common to all calls is added here once: security and permission, the path for calls of the platform for a
//! business, the headers, and the problems.

mod feed;
mod headers;
mod rules;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use common::access::Permission;
use serde_json::{Value, json};
use utoipa::OpenApi;

use crate::api::RESOURCES;
use crate::api::media::upload_forms;
use crate::auth::Access;
use crate::problem::{FieldError, PROBLEM_JSON, ProblemBody, ProblemCode};
use crate::registration::ROUTES;
use crate::routes::Tag;

const DESCRIPTION: &str = "Connects the WhatsApp numbers of businesses, sends approved templates and replies to their \
customers, and reports the status of each message.\n\nA business's own key calls `/v1/…`. The platform's key acts for \
a business under `/v1/businesses/{business_id}/…`, with the same calls. `x-permission` of a call is the permission that \
the key must hold; a key that lacks it gets 403, `permission_missing`.\n\nEvery creating POST takes \
`Idempotency-Key`: a call that is repeated with the same value within seven days gets the first response again and \
creates nothing. Problems are RFC 9457; decide by `type`. Lists give `next_cursor`. Times are RFC 3339 in UTC. No \
string holds the character NUL.\n\nA connection without requests for 30 seconds may be closed, a new one with 408. \
Nothing was done then: repeat the request on another connection.";
const PLATFORM_KEY: &str = "platform_key";
const BUSINESS_KEY: &str = "business_key";

#[derive(OpenApi)]
#[openapi(
    info(title = "Djigbachats", description = DESCRIPTION, license(name = "Apache-2.0", identifier = "Apache-2.0")),
    components(schemas(ProblemBody, FieldError))
)]
struct Frame;

/// The document as it is served and committed: the same text for the same version.
#[must_use]
pub fn openapi() -> String {
    static TEXT: LazyLock<String> = LazyLock::new(|| format!("{:#}\n", complete()));
    TEXT.clone()
}

/// The document without calls: the schemas of all annotations, and the tags.
fn frame() -> Value {
    let mut document = Frame::openapi();
    let mut tags: Vec<Tag> = Vec::new();
    for resource in RESOURCES {
        for route in resource.routes {
            document.merge((route.handler.annotation)());
        }
        if !tags.contains(&resource.tag) {
            tags.push(resource.tag);
        }
    }
    let mut document = serde_json::to_value(document).unwrap_or_default();
    let tags = tags
        .into_iter()
        .map(|Tag { name, description }| json!({ "name": name, "description": description }));
    set(&mut document, &["tags"], tags.collect());
    document
}

/// The document, except for what depends on the settings.
pub(crate) fn complete() -> Value {
    let mut document = frame();
    let mut paths = json!({});
    for route in ROUTES.iter() {
        let Some(declared) = &route.operation else {
            continue;
        };
        let method = route.method.as_str().to_ascii_lowercase();
        let mut patterns = route.patterns.iter();
        let Some(own) = patterns.next() else { continue };
        let mut operation = declared.annotation.clone();
        extend(&mut operation, declared.tag, route.access);
        if own.ends_with("/media") && method == "post" {
            set(&mut operation, &["requestBody", "content"], upload_forms());
        }
        if let Some(platform) = patterns.next() {
            set(&mut paths, &[platform, &method], for_business(&operation));
        }
        set(&mut paths, &[own, &method], operation);
    }
    set(&mut document, &["paths"], paths);
    let problem = json!({
        "description": "What went wrong, and where in the request",
        "headers": headers::of_problem(),
        "content": { PROBLEM_JSON: { "schema": { "$ref": "#/components/schemas/Problem" } } },
    });
    set(
        &mut document,
        &["components", "responses", "Problem"],
        problem,
    );
    set(
        &mut document,
        &["components", "schemas", "Problem", "description"],
        json!(problems()),
    );
    let keys = json!({
        PLATFORM_KEY: { "type": "http", "scheme": "bearer", "description": "The platform's key: djp_…" },
        BUSINESS_KEY: { "type": "http", "scheme": "bearer", "description": "A business's own key: djb_…" },
    });
    set(&mut document, &["components", "securitySchemes"], keys);
    set(
        &mut document,
        &["components", "headers"],
        headers::components(),
    );
    feed::add(&mut document);
    rules::add(&mut document);
    document
}

/// The list of problem types, for readers of the document.
fn problems() -> String {
    let row = |code: ProblemCode| {
        let (status, word, title) = (code.status().as_u16(), code.as_str(), code.title());
        format!("| {status} | `{word}` | {title} |\n")
    };
    let rows: String = ProblemCode::ALL.into_iter().map(row).collect();
    format!(
        "Problem details (RFC 9457). `type` is `urn:djigbachats:problem:` and one of these codes; later versions may \
         add codes. A 5xx has `type`, `title`, `status` and `trace_id`, and a 503 a `detail` that says what was kept and \
         what to do.\n\n| status | code | title |\n|---|---|---|\n{rows}"
    )
}

/// Adds what is common to all calls.
fn extend(operation: &mut Value, tag: Tag, access: Access) {
    set(operation, &["tags"], json!([tag.name]));
    let takes_key = operation
        .get("parameters")
        .and_then(Value::as_array)
        .is_some_and(|given| given.iter().any(|given| given["name"] == "Idempotency-Key"));
    let answers = operation
        .get_mut("responses")
        .and_then(Value::as_object_mut);
    for answer in answers.into_iter().flat_map(|answers| answers.values_mut()) {
        set(answer, &["headers"], headers::of_success(takes_key));
    }
    let problem = json!({ "$ref": "#/components/responses/Problem" });
    set(operation, &["responses", "default"], problem);
    let key = match access {
        Access::Platform(_) => PLATFORM_KEY,
        Access::Business(_) | Access::Public | Access::OpsListener => BUSINESS_KEY,
    };
    set(operation, &["security"], json!([{ key: [] }]));
    let permission = access.permission().map(Permission::as_str);
    set(operation, &["x-permission"], json!(permission));
}

/// The variant of a call with which the platform acts for a business.
fn for_business(operation: &Value) -> Value {
    let mut operation = operation.clone();
    let id = operation
        .get("operationId")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let id = json!(format!("{id}_for_business"));
    set(&mut operation, &["operationId"], id);
    set(
        &mut operation,
        &["security"],
        json!([{ PLATFORM_KEY: [] }, { BUSINESS_KEY: [] }]),
    );
    let mut parameters = vec![json!({
        "name": "business_id",
        "in": "path",
        "required": true,
        "description": "The business that the call is for",
        "schema": { "type": "string", "format": "uuid" },
    })];
    let own = operation.get("parameters").and_then(Value::as_array);
    parameters.extend(own.into_iter().flatten().cloned());
    set(&mut operation, &["parameters"], Value::Array(parameters));
    operation
}

/// Sets a value in an object; missing parent objects are created.
fn set(target: &mut Value, path: &[&str], value: Value) {
    let Some((first, rest)) = path.split_first() else {
        *target = value;
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    if let Some(object) = target.as_object_mut() {
        set(object.entry(*first).or_insert(Value::Null), rest, value);
    }
}
