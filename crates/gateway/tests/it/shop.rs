//! A business with a connected number and templates, and its calls to the gateway.

use broker::Queue;
use common::wire::{MessageRef, SendMessages};
use meta_sim::sample;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Answer, Business, Harness, send};

/// Name, category, status and components; all in French.
const TEMPLATES: [(&str, &str, &str, &str); 8] = [
    (
        "ticket",
        "UTILITY",
        "APPROVED",
        r#"[{"type":"BODY","text":"Merci {{1}}, total {{2}} FCFA."}]"#,
    ),
    (
        "promo",
        "MARKETING",
        "APPROVED",
        r#"[{"type":"BODY","text":"Bonjour {{1}}, {{2}} !"}]"#,
    ),
    (
        "rappel",
        "UTILITY",
        "APPROVED",
        r#"[{"type":"BODY","text":"Bonjour {{1}}."}]"#,
    ),
    (
        "code",
        "AUTHENTICATION",
        "APPROVED",
        r#"[{"type":"BODY","text":"{{1}} est votre code.","add_security_recommendation":true},
            {"type":"BUTTONS","buttons":[{"type":"OTP","otp_type":"COPY_CODE","text":"Copier"}]}]"#,
    ),
    (
        "pause",
        "UTILITY",
        "PAUSED",
        r#"[{"type":"BODY","text":"Bonjour."}]"#,
    ),
    (
        "image",
        "MARKETING",
        "APPROVED",
        r#"[{"type":"HEADER","format":"IMAGE"},{"type":"BODY","text":"Voir"}]"#,
    ),
    (
        "facture",
        "UTILITY",
        "APPROVED",
        r#"[{"type":"HEADER","format":"DOCUMENT"},{"type":"BODY","text":"Bonjour {{1}}."}]"#,
    ),
    (
        "vitrine",
        "UTILITY",
        "APPROVED",
        r#"[{"type":"BODY","text":"Ici"},{"type":"BUTTONS","buttons":[{"type":"MPM","text":"Voir"}]}]"#,
    ),
];

/// A gateway with such a business.
pub(crate) struct Shop {
    pub(crate) harness: Harness,
    pub(crate) business: Business,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        Self::open_in(Harness::start().await).await
    }

    pub(crate) async fn open_in(harness: Harness) -> Self {
        let business = harness.business("Boutique Faso").await;
        harness.connect_number(&business).await;
        put_templates(&harness, &business).await;
        Self { harness, business }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.harness.get(&self.business.key, path).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.harness.post(&self.business.key, path, body).await
    }

    pub(crate) async fn post_as(&self, path: &str, key: &str, body: &Value) -> Answer {
        self.harness
            .post_as(&self.business.key, path, key, body)
            .await
    }

    /// The id of an accepted message.
    pub(crate) async fn accepted(&self, body: &Value) -> String {
        let answer = self
            .post("/v1/messages", body)
            .await
            .expect(StatusCode::ACCEPTED);
        answer["id"].as_str().unwrap().to_owned()
    }

    /// A draft campaign with the template `promo`: the first name from the file, the day the same for all.
    pub(crate) async fn draft(&self) -> String {
        let body = campaign(
            "promo",
            &json!({"1": {"column": "Prénom"}, "2": {"text": "samedi"}}),
        );
        let answer = self
            .post("/v1/campaigns", &body)
            .await
            .expect(StatusCode::CREATED);
        answer["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn import(&self, campaign: &str, file: &[u8]) -> Answer {
        let path = format!("/v1/campaigns/{campaign}/audience");
        let request = self.harness.request(Method::PUT, &path, &self.business.key);
        send(request.header(CONTENT_TYPE, "text/csv").body(file.to_vec())).await
    }

    pub(crate) async fn act(&self, campaign: &str, action: &str) -> Answer {
        let request = self.harness.request(
            Method::POST,
            &format!("/v1/campaigns/{campaign}/{action}"),
            &self.business.key,
        );
        send(request).await
    }

    /// The messages of the next job in a queue.
    pub(crate) async fn published(&self, queue: Queue) -> Vec<MessageRef> {
        self.harness
            .next_payload::<SendMessages>(queue)
            .await
            .messages
    }

    /// One number returned by a superuser's query.
    pub(crate) async fn count(&self, sql: &str) -> i64 {
        self.harness
            .db
            .admin()
            .await
            .query_one(sql, &[])
            .await
            .unwrap()
            .get(0)
    }
}

/// Adds the templates to a business, in the account of the sample number.
pub(crate) async fn put_templates(harness: &Harness, business: &Business) {
    put_templates_in(harness, business, sample::WABA_ID, "59442547926159").await;
}

/// Adds the templates to a business, in one of its accounts, with ids that begin as given.
pub(crate) async fn put_templates_in(
    harness: &Harness,
    business: &Business,
    waba_id: &str,
    id_prefix: &str,
) {
    let admin = harness.db.admin().await;
    let id: uuid::Uuid = business.id.parse().unwrap();
    for (number, (name, category, status, components)) in (1..).zip(TEMPLATES) {
        let template_id = format!("{id_prefix}{number}");
        let sql = "insert into templates values ($1, $2, $3, $4, 'fr', $5, $6, 'POSITIONAL', $7::text::jsonb, null, null, now())";
        admin
            .execute(
                sql,
                &[
                    &id,
                    &template_id,
                    &waba_id,
                    &name,
                    &category,
                    &status,
                    &components,
                ],
            )
            .await
            .unwrap();
    }
}

/// A ticket for Awa.
pub(crate) fn ticket() -> Value {
    json!({
        "from": sample::PHONE_NUMBER_ID,
        "to": "70 11 22 33",
        "template": {"name": "ticket", "language": "fr"},
        "variables": {"1": "Awa", "2": "12 500"}
    })
}

/// A ticket that differs in one field.
pub(crate) fn ticket_with(field: &str, value: Value) -> Value {
    let mut body = ticket();
    body[field] = value;
    body
}

/// The body of a draft campaign.
pub(crate) fn campaign(template: &str, variables: &Value) -> Value {
    json!({
        "name": "Rentrée",
        "from": sample::PHONE_NUMBER_ID,
        "template": {"name": template, "language": "fr"},
        "variables": variables
    })
}

/// The number of transactions of the test's database that wait for a lock.
pub(crate) async fn lock_waits(shop: &Shop) -> i64 {
    let sql = "select count(*) from pg_stat_activity
        where wait_event_type = 'Lock' and datname = current_database()";
    shop.count(sql).await
}
