//! A valid request body for each operation that takes one.

use serde_json::{Value, json};

use super::tenant::Tenant;
use crate::document::{IdParameter, Operation};
use crate::media::{PDF, pdf};
use crate::template_drafts::definition;

/// One row that gets a message, and one that is skipped.
pub(super) const AUDIENCE: &str = "Prénom;Téléphone;Consentement\nAwa;70112233;oui\nIssa;12;oui\n";

/// A body as it is sent.
pub(super) enum RequestBody {
    Json(Value),
    File(&'static str, Vec<u8>),
}

/// Bodies with which the operation succeeds for the tenant. Each id that the operation takes is in one of them.
pub(super) fn bodies(operation: &Operation, tenant: &Tenant) -> Vec<RequestBody> {
    use RequestBody::{File, Json};
    match operation.name.as_str() {
        "create_business" => vec![Json(json!({ "name": "Librairie" }))],
        "create_key" => vec![Json(json!({ "name": "till 3" }))],
        "connect_number" => vec![Json(json!({
            "waba_id": tenant.id("waba_id"),
            "phone_number_id": tenant.id("phone_number_id"),
            "access_token": tenant.token,
        }))],
        "sync_templates" => vec![Json(json!({ "waba_id": tenant.id("waba_id") }))],
        "validate_template" => vec![Json(json!({ "template": definition("offre") }))],
        "preview_template" => vec![Json(
            json!({ "template": definition("offre"), "variables": {"1": "Awa"} }),
        )],
        "install_starter_pack" => vec![Json(json!({
            "waba_id": tenant.id("waba_id"),
            "languages": ["fr"],
            "names": ["sales_ticket"],
        }))],
        "create_draft" => vec![Json(json!({
            "waba_id": tenant.id("waba_id"),
            "template": definition("offre"),
        }))],
        "save_draft" => vec![Json(json!({
            "expected_version": 1,
            "template": definition("commande_prete"),
        }))],
        "duplicate_draft" => vec![Json(
            json!({ "waba_id": tenant.id("waba_id"), "language": "en" }),
        )],
        "delete_templates" => vec![Json(
            json!({ "waba_id": tenant.id("waba_id"), "name": "vitrine" }),
        )],
        "create_media" => vec![File(PDF, pdf(200))],
        "create_message" => messages(tenant).into_iter().map(Json).collect(),
        "create_messages" => {
            let bulk = |message| Json(json!({ "messages": [message] }));
            messages(tenant).into_iter().map(bulk).collect()
        }
        "create_campaign" => vec![Json(draft(tenant))],
        "put_audience" => vec![File("text/csv", AUDIENCE.as_bytes().to_vec())],
        "erase_contact" => vec![Json(json!({ "to": "+22676543210" }))],
        name => panic!(
            "{name} takes a body: add a valid one to `bodies` in crates/gateway/tests/it/tenant_matrix/requests.rs"
        ),
    }
}

/// Ids in bodies under names that are data, so that no schema contains them.
pub(super) fn ids_without_schema(operation: &Operation) -> Vec<IdParameter> {
    let pointer = match operation.name.as_str() {
        "create_message" => "/variables/header.document",
        "create_messages" => "/messages/0/variables/header.document",
        "create_campaign" => "/variables/header.document/text",
        _ => return Vec::new(),
    };
    vec![IdParameter::Body(pointer.to_owned())]
}

impl RequestBody {
    /// Puts an id at a pointer; `false` when the body has no value there.
    pub(super) fn put(&mut self, pointer: &str, id: &str) -> bool {
        let Self::Json(body) = self else { return false };
        let found = body.pointer_mut(pointer);
        found.is_some_and(|found| {
            *found = json!(id);
            true
        })
    }
}

pub(super) fn ticket(tenant: &Tenant) -> Value {
    json!({
        "from": tenant.id("phone_number_id"),
        "to": "70 11 22 33",
        "template": {"name": "ticket", "language": "fr"},
        "variables": {"1": "Awa", "2": "12 500"},
        "reply_to": tenant.id("inbound_message_id"),
    })
}

/// A campaign with a file for all its recipients.
pub(super) fn draft(tenant: &Tenant) -> Value {
    json!({
        "name": "Rentrée",
        "from": tenant.id("phone_number_id"),
        "template": {"name": "facture", "language": "fr"},
        "variables": {"header.document": {"text": tenant.id("media_id")}, "1": {"column": "Prénom"}},
    })
}

fn messages(tenant: &Tenant) -> Vec<Value> {
    let free_form = |kind: &str, row: &str| {
        let mut message = json!({ "from": tenant.id("phone_number_id"), "to": "70 11 22 33" });
        message[kind] = json!({ "id": tenant.id(row) });
        message
    };
    let mut invoice = ticket(tenant);
    invoice["template"]["name"] = json!("facture");
    invoice["variables"] = json!({"header.document": tenant.id("media_id"), "1": "Awa"});
    vec![
        ticket(tenant),
        invoice,
        free_form("document", "media_id"),
        free_form("image", "image_id"),
        free_form("video", "video_id"),
    ]
}
