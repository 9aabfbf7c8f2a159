//! A business with one row of each kind.

use std::collections::BTreeMap;

use meta_sim::{Account, Number, Token};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::requests::{AUDIENCE, draft, ticket};
use crate::contents::receive;
use crate::document::IdParameter;
use crate::harness::{Answer, Business, Harness, send};
use crate::media::{PDF, pdf, post_file};
use crate::shop::put_templates_in;
use crate::template_drafts::definition;

/// A business, and the ids of its rows.
pub(super) struct Tenant {
    pub(super) business: Business,
    /// The access token that its number was connected with.
    pub(super) token: String,
    /// By the name of the parameter that takes one.
    ids: BTreeMap<&'static str, String>,
}

impl Tenant {
    pub(super) async fn create(harness: &Harness, name: &str) -> Self {
        let business = harness.business(name).await;
        let token = format!("EAAsim{}", Uuid::new_v4().simple());
        let account = harness.meta.put_account(Account {
            name: Some(name.to_owned()),
            numbers: vec![Number::default()],
            tokens: vec![Token {
                token: token.clone(),
                ..Token::default()
            }],
            ..Account::default()
        });
        let account = account.unwrap();
        let ids = BTreeMap::from([
            ("business_id", business.id.clone()),
            ("waba_id", account.waba_id.clone()),
            ("phone_number_id", account.numbers[0].id.clone()),
        ]);
        let mut tenant = Self {
            business,
            token,
            ids,
        };
        tenant.fill(harness).await;
        tenant
    }

    /// Adds a row of each kind of which there is none yet.
    async fn fill(&mut self, harness: &Harness) {
        let number = json!({
            "waba_id": self.ids["waba_id"],
            "phone_number_id": self.ids["phone_number_id"],
            "access_token": self.token,
        });
        self.post(harness, "/v1/numbers", &number).await;
        let waba_id = self.ids["waba_id"].clone();
        put_templates_in(harness, &self.business, &waba_id, &waba_id).await;
        self.ids.insert("template_id", format!("{waba_id}1"));
        self.write_template(harness, &waba_id).await;
        let keys = format!("/v1/businesses/{}/keys", self.business.id);
        let till = json!({ "name": "till 2" });
        let key = harness.post(&harness.platform, &keys, &till).await;
        self.ids.insert("key_id", id(&key));
        let wamid = format!("wamid.{}", self.business.id);
        let number = &self.ids["phone_number_id"];
        let now = harness.context.clock.now();
        let inbound = receive(harness, number, ("22670112233", &wamid), now).await;
        self.ids.insert("inbound_message_id", inbound);
        for (kind, media_type, content) in [
            ("media_id", PDF, pdf(200)),
            ("image_id", "image/jpeg", b"\xff\xd8\xff\xe0".to_vec()),
            ("video_id", "video/3gpp", b"\0\0\0\x18ftyp3gp4".to_vec()),
        ] {
            let kept = post_file(harness, &self.business.key, (kind, ""), media_type, content);
            self.ids.insert(kind, id(&kept.await));
        }
        let message = self.post(harness, "/v1/messages", &ticket(self)).await;
        self.ids.insert("message_id", message);
        let campaign = self.post(harness, "/v1/campaigns", &draft(self)).await;
        let path = format!("/v1/campaigns/{campaign}/audience");
        let import = harness.request(Method::PUT, &path, &self.business.key);
        let import = import.header(CONTENT_TYPE, "text/csv").body(AUDIENCE);
        send(import).await.expect(StatusCode::OK);
        self.ids.insert("campaign_id", campaign);
    }

    /// Adds a draft and its publication.
    async fn write_template(&mut self, harness: &Harness, waba_id: &str) {
        let wanted = json!({ "waba_id": waba_id, "template": definition("commande_prete") });
        let draft = self.post(harness, "/v1/templates/drafts", &wanted).await;
        let publish = format!("/v1/templates/drafts/{draft}/publish");
        let publication = self.post(harness, &publish, &json!({})).await;
        self.ids.insert("draft_id", draft);
        self.ids.insert("publication_id", publication);
    }

    /// The id in the response of a creating call.
    async fn post(&self, harness: &Harness, path: &str, body: &Value) -> String {
        id(&harness.post(&self.business.key, path, body).await)
    }

    /// The tenant's own id for a parameter; `call` is named when there is none.
    pub(super) fn id_for(&self, parameter: &IdParameter, call: &str) -> &str {
        let name = row_name(parameter);
        let id = self.ids.get(name);
        id.unwrap_or_else(|| {
            panic!(
                "{call} takes an id by {parameter:?}, and the tenants have no row of the kind `{name}`: add one to \
                 `Tenant::fill` in crates/gateway/tests/it/tenant_matrix/tenant.rs, and if the parameter is not called as \
                 its kind, a case to `row_name` there"
            )
        })
    }

    pub(super) fn id(&self, name: &str) -> &str {
        &self.ids[name]
    }

    /// Whether the text has an id of the tenant.
    pub(super) fn is_named_in(&self, text: &str) -> bool {
        self.ids.values().any(|id| text.contains(id.as_str()))
    }
}

/// The name of the row that a parameter takes the id of.
fn row_name(parameter: &IdParameter) -> &str {
    let pointer = match parameter {
        IdParameter::Path(name) | IdParameter::Query(name) => return name,
        IdParameter::Body(pointer) => pointer,
    };
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    let parent = parent.rsplit('/').next().unwrap();
    match (parent, field) {
        (_, "from") => "phone_number_id",
        (_, "reply_to") => "inbound_message_id",
        ("document", "id") | (_, "header.document") | ("header.document", "text") => "media_id",
        ("image", "id") => "image_id",
        ("video", "id") => "video_id",
        (_, field) => field,
    }
}

fn id(answer: &Answer) -> String {
    assert!(answer.status.is_success(), "{answer:?}");
    let body = answer.json();
    let id = body.get("id").or(body.get("phone_number_id"));
    id.unwrap().as_str().unwrap().to_owned()
}
