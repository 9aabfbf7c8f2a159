//! The OpenAPI 3.1 document: made of the handlers' own annotations, completed from the table of routes.
//!
//! What holds for every call is added here once: who may call it, the form under which the platform acts for a business,
//! the headers, and the problems. A test compares the document with the table.

mod headers;
mod rules;

use std::sync::LazyLock;

use serde_json::{Value, json};
use utoipa::OpenApi;

use crate::api;
use crate::auth::Guard;
use crate::extract::ParameterNames;
use crate::problem::{FieldError, PROBLEM_JSON, ProblemBody, ProblemCode};
use crate::routes::{Entry, TABLE};

const DESCRIPTION: &str = "Connects the WhatsApp numbers of businesses, sends approved templates to their clients, \
answers those who write, and tells what became of each message.\n\nA business's own key calls `/v1/…`. The platform's key acts for a business under \
`/v1/businesses/{business_id}/…`, the same calls below the business.\n\nEvery creating POST takes `Idempotency-Key`: repeat \
a call with the same value within seven days and nothing happens twice. Problems are RFC 9457; decide by `type`. Lists give `next_cursor`. \
Times are RFC 3339 in UTC. No text holds the character NUL.\n\nA connection on which nothing was asked for 30 seconds may be closed, a new one with 408: then nothing was done, ask again on another.";
const PLATFORM_KEY: &str = "platform_key";
const BUSINESS_KEY: &str = "business_key";

#[derive(OpenApi)]
#[openapi(
    info(title = "Djigbachats", description = DESCRIPTION, license(name = "Apache-2.0", identifier = "Apache-2.0")),
    tags(
        (name = "businesses", description = "The tenants"),
        (name = "keys", description = "Keys of businesses to this API"),
        (name = "numbers", description = "WhatsApp numbers and their accounts"),
        (name = "templates", description = "Templates as Meta lists them"),
        (name = "media", description = "Files that messages carry"),
        (name = "messages", description = "Messages and what became of them"),
        (name = "campaigns", description = "One template to many recipients"),
        (name = "contacts", description = "The people that a business writes to, however Meta names them"),
        (name = "events", description = "What happened, in order; what clients wrote"),
    ),
    components(schemas(ProblemBody, FieldError)),
    paths(
        api::businesses::create::create_business,
        api::businesses::list::list_businesses,
        api::businesses::get::get_business,
        api::keys::create::create_key,
        api::keys::list::list_keys,
        api::keys::revoke::revoke_key,
        api::numbers::connect::connect_number,
        api::numbers::list::list_numbers,
        api::numbers::get::get_number,
        api::numbers::disconnect::disconnect_number,
        api::wabas::list::list_wabas,
        api::templates::sync::sync_templates,
        api::templates::list::list_templates,
        api::templates::get::get_template,
        api::media::create::create_media,
        api::media::list::list_media,
        api::media::get::get_media,
        api::messages::create::create_message,
        api::messages::create_bulk::create_messages,
        api::messages::list::list_messages,
        api::messages::get::get_message,
        api::messages::timeline::get_message_timeline,
        api::campaigns::create::create_campaign,
        api::campaigns::list::list_campaigns,
        api::campaigns::get::get_campaign,
        api::campaigns::put_audience::put_audience,
        api::campaigns::get_audience::get_audience,
        api::campaigns::skipped_recipients::list_skipped_recipients,
        api::campaigns::actions::start_campaign,
        api::campaigns::actions::pause_campaign,
        api::campaigns::actions::resume_campaign,
        api::campaigns::actions::cancel_campaign,
        api::contacts::erase::erase_contact,
        api::events::list::list_events,
        api::inbound_messages::list::list_inbound_messages,
        api::inbound_messages::get::get_inbound_message,
    )
)]
struct Handlers;

/// The document as it is served and checked in: the same text for the same version.
#[must_use]
pub fn openapi() -> String {
    static TEXT: LazyLock<String> = LazyLock::new(|| format!("{:#}\n", complete()));
    TEXT.clone()
}

/// The names of the query parameters that a call takes; `None` for what is no call of the API.
pub(crate) fn query_parameters(entry: &Entry) -> Option<ParameterNames> {
    static ANNOTATED: LazyLock<Value> = LazyLock::new(annotated);
    if !is_api(entry.guard) {
        return None;
    }
    let path = entry.patterns().into_iter().next()?;
    let method = entry.method.as_str().to_ascii_lowercase();
    let parameters = format!("/paths/{}/{method}/parameters", escaped(&path));
    let parameters = ANNOTATED.pointer(&parameters).and_then(Value::as_array);
    let in_query = parameters
        .into_iter()
        .flatten()
        .filter(|parameter| parameter.get("in").is_some_and(|place| place == "query"));
    let names = in_query.filter_map(|parameter| parameter.get("name")?.as_str());
    Some(names.map(str::to_owned).collect())
}

fn annotated() -> Value {
    serde_json::to_value(Handlers::openapi()).unwrap_or_default()
}

/// The document, without what depends on the settings.
pub(crate) fn complete() -> Value {
    let mut document = annotated();
    let mut paths = json!({});
    for entry in TABLE.iter().filter(|entry| is_api(entry.guard)) {
        let method = entry.method.as_str().to_ascii_lowercase();
        let patterns = entry.patterns();
        let mut forms = patterns.iter();
        let Some(own) = forms.next() else { continue };
        let annotated = document.pointer(&format!("/paths/{}/{method}", escaped(own)));
        let mut operation = annotated.cloned().unwrap_or_default();
        extend(&mut operation, entry);
        if own.ends_with("/media") && method == "post" {
            set(
                &mut operation,
                &["requestBody", "content"],
                api::media::upload_forms(),
            );
        }
        if let Some(platform) = forms.next() {
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
    rules::add(&mut document);
    document
}

/// The kinds of problems there are, for the person who reads the document.
fn problems() -> String {
    let row = |code: ProblemCode| {
        let (status, word, title) = (code.status().as_u16(), code.as_str(), code.title());
        format!("| {status} | `{word}` | {title} |\n")
    };
    let rows: String = ProblemCode::ALL.into_iter().map(row).collect();
    format!(
        "Problem details (RFC 9457). `type` is `urn:djigbachats:problem:` and one of these words, to which more may come. A \
         5xx carries `type`, `title`, `status` and `trace_id`, and a 503 a `detail` that says what was kept and what to do.\n\n| status | word | title |\n|---|---|---|\n{rows}"
    )
}

/// What holds for every call.
fn extend(operation: &mut Value, entry: &Entry) {
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
    let security = match entry.guard {
        Guard::PlatformKey => json!([{ PLATFORM_KEY: [] }]),
        _ => json!([{ BUSINESS_KEY: [] }]),
    };
    set(operation, &["security"], security);
}

/// The form under which the platform acts for a business.
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
        "description": "The business that is acted for",
        "schema": { "type": "string", "format": "uuid" },
    })];
    let own = operation.get("parameters").and_then(Value::as_array);
    parameters.extend(own.into_iter().flatten().cloned());
    set(&mut operation, &["parameters"], Value::Array(parameters));
    operation
}

/// Puts a value into an object, below objects that are made where there are none.
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

const fn is_api(guard: Guard) -> bool {
    matches!(guard, Guard::PlatformKey | Guard::BusinessOrPlatformKey)
}

/// A path as a part of a JSON pointer.
fn escaped(path: &str) -> String {
    path.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn operations(paths: &Value) -> BTreeSet<(String, String)> {
        let paths = paths.as_object().unwrap();
        let operation = |(path, item): (&String, &Value)| {
            let methods = item.as_object().unwrap().keys();
            methods
                .map(|method| (path.clone(), method.clone()))
                .collect::<Vec<_>>()
        };
        paths.iter().flat_map(operation).collect()
    }

    #[test]
    fn the_annotations_and_the_table_name_the_same_routes() {
        let annotated = serde_json::to_value(Handlers::openapi()).unwrap();
        let table = TABLE
            .iter()
            .filter(|entry| is_api(entry.guard))
            .map(|entry| {
                (
                    entry.patterns().swap_remove(0),
                    entry.method.as_str().to_ascii_lowercase(),
                )
            });
        assert_eq!(operations(&annotated["paths"]), table.collect());
    }

    #[test]
    fn every_operation_has_an_id_of_its_own_a_key_and_a_problem() {
        let document: Value = serde_json::from_str(&openapi()).unwrap();
        assert_eq!(document["openapi"], "3.1.0");
        let mut ids = BTreeSet::new();
        for (path, method) in operations(&document["paths"]) {
            let operation = &document["paths"][&path][&method];
            assert!(
                ids.insert(operation["operationId"].as_str().unwrap().to_owned()),
                "{path}"
            );
            assert!(operation["summary"].is_string(), "{method} {path}");
            assert!(
                !operation["security"].as_array().unwrap().is_empty(),
                "{method} {path}"
            );
            assert!(
                operation["responses"]["default"].is_object(),
                "{method} {path}"
            );
            for parameter in path
                .split('/')
                .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            {
                let named = |given: &&Value| given["name"] == parameter && given["in"] == "path";
                assert_eq!(
                    operation["parameters"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .filter(named)
                        .count(),
                    1,
                    "{path}"
                );
            }
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document: Value = serde_json::from_str(&openapi()).unwrap();
        let text = openapi();
        for part in text.split("\"$ref\": \"#").skip(1) {
            let pointer = part.split('"').next().unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
    }

    #[test]
    fn files_are_bytes_in_every_form_in_which_they_come() {
        let document: Value = serde_json::from_str(&openapi()).unwrap();
        for path in ["/v1/media", "/v1/businesses/{business_id}/media"] {
            let forms = &document["paths"][path]["post"]["requestBody"]["content"];
            let bytes = json!({ "type": "string", "format": "binary", "minLength": 1 });
            for media_type in common::media::MediaType::all() {
                assert_eq!(forms[media_type.as_str()]["schema"], bytes, "{path}");
            }
            let form = &forms["multipart/form-data"]["schema"];
            assert_eq!(form["properties"]["file"], bytes);
            assert_eq!(form["required"], json!(["file"]));
        }
        for (path, method) in operations(&document["paths"]) {
            let body = document["paths"][&path][&method]["requestBody"].to_string();
            let is_bytes_one_by_one = body.contains("\"array\"") && body.contains("int32");
            assert!(!is_bytes_one_by_one, "{method} {path}");
        }
    }

    #[test]
    fn what_creates_takes_an_idempotency_key() {
        let document: Value = serde_json::from_str(&openapi()).unwrap();
        for (path, method) in operations(&document["paths"]) {
            let operation = &document["paths"][&path][&method];
            let creates = method == "post" && operation["responses"].get("201").is_some();
            let takes = operation.to_string().contains("Idempotency-Key\"");
            assert!(!creates || takes, "{method} {path}");
        }
    }
}
