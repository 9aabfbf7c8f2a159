//! What a business asks for, and what became of it.

use chrono::{DateTime, TimeDelta, Utc};
use cloud_api::TemplateNode;
use common::clock::Clock;
use common::ids::{DraftId, PublicationId};
use common::secret::AccessToken;
use common::template::PublicationAction;
use meta_sim::{Endpoint, Fault, Match, Script, sample};
use serde_json::{Value, json};
use template_sync::{Publisher, Settings};

use crate::fixture::Fixture;

pub(crate) const WAITING: i16 = 1;
pub(crate) const ACCEPTED: i16 = 2;
pub(crate) const REFUSED: i16 = 3;
pub(crate) const CANCELLED: i16 = 4;

/// A publication as it is stored.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) state: i16,
    pub(crate) template_id: Option<String>,
    pub(crate) explanation: Option<Value>,
    pub(crate) answer: Option<Value>,
    pub(crate) due_at: Option<DateTime<Utc>>,
}

/// A template with this body.
pub(crate) fn definition(name: &str, body: &str) -> Value {
    json!({
        "name": name, "language": "fr", "category": "UTILITY",
        "components": [{"type": "BODY", "text": body}],
    })
}

impl Fixture {
    pub(crate) fn publisher(&self) -> Publisher {
        let settings = Settings::default();
        Publisher::new(
            self.store(),
            self.cloud_api(),
            self.shared_clock(),
            &settings,
        )
    }

    /// Carries out whatever is due; how many attempts were made.
    pub(crate) async fn publish_due(&self) -> usize {
        let publisher = self.publisher();
        let mut attempts = 0;
        loop {
            let claimed = publisher.claim(10).await.unwrap();
            if claimed.is_empty() {
                return attempts;
            }
            attempts += claimed.len();
            for claimed in claimed {
                publisher.carry_out(&claimed).await.unwrap();
            }
        }
    }

    pub(crate) async fn ask_to_create(&self, definition: &Value) -> PublicationId {
        self.ask_with_draft(PublicationAction::Create, None, definition)
            .await
    }

    pub(crate) async fn ask_to_edit(&self, template_id: &str, definition: &Value) -> PublicationId {
        self.ask_with_draft(PublicationAction::Edit, Some(template_id), definition)
            .await
    }

    /// One language by its id, or all of them.
    pub(crate) async fn ask_to_delete(
        &self,
        name: &str,
        template_id: Option<&str>,
    ) -> PublicationId {
        let language = template_id.map(|_| "fr");
        self.ask(PublicationAction::Delete, None, template_id, name, language)
            .await
    }

    async fn ask_with_draft(
        &self,
        action: PublicationAction,
        template_id: Option<&str>,
        definition: &Value,
    ) -> PublicationId {
        let (business_id, now) = (self.account.business_id.as_uuid(), self.clock.now());
        let draft_id = DraftId::new(now).as_uuid();
        let text = |key: &str| definition[key].as_str().unwrap();
        let draft = "insert into template_drafts
            (business_id, draft_id, waba_id, name, language, version, template_id, created_at, updated_at, discarded_at)
            values ($1, $2, $3, $4, $5, 1, $6, $7, $7, $7)";
        let (name, language) = (text("name"), text("language"));
        self.admin
            .execute(
                draft,
                &[
                    &business_id,
                    &draft_id,
                    &sample::WABA_ID,
                    &name,
                    &language,
                    &template_id,
                    &now,
                ],
            )
            .await
            .unwrap();
        let version = "insert into template_versions
            (business_id, draft_id, version, definition, author_key_id, created_at) values ($1, $2, 1, $3, $2, $4)";
        self.admin
            .execute(version, &[&business_id, &draft_id, definition, &now])
            .await
            .unwrap();
        self.ask(action, Some(draft_id), template_id, name, Some(language))
            .await
    }

    async fn ask(
        &self,
        action: PublicationAction,
        draft_id: Option<uuid::Uuid>,
        template_id: Option<&str>,
        name: &str,
        language: Option<&str>,
    ) -> PublicationId {
        let now = self.clock.now();
        let id = PublicationId::new(now);
        let publication = "insert into template_publications (business_id, publication_id, waba_id, draft_id, version,
                template_id, name, language, action, state, due_at, requested_key_id, requested_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $2, $10)";
        let version = draft_id.map(|_| 1_i32);
        self.admin
            .execute(
                publication,
                &[
                    &self.account.business_id.as_uuid(),
                    &id.as_uuid(),
                    &sample::WABA_ID,
                    &draft_id,
                    &version,
                    &template_id,
                    &name,
                    &language,
                    &action.code(),
                    &now,
                ],
            )
            .await
            .unwrap();
        self.clock.advance(TimeDelta::milliseconds(2));
        id
    }

    pub(crate) async fn publication(&self, id: PublicationId) -> Stored {
        let sql =
            "select state, template_id, explanation, meta_answer, due_at from template_publications
            where publication_id = $1";
        let row = self.admin.query_one(sql, &[&id.as_uuid()]).await.unwrap();
        Stored {
            state: row.get(0),
            template_id: row.get(1),
            explanation: row.get(2),
            answer: row.get(3),
            due_at: row.get(4),
        }
    }

    /// Meta's id of the template that the draft of a publication names.
    pub(crate) async fn template_of_draft(&self, id: PublicationId) -> Option<String> {
        let sql = "select d.template_id from template_publications p
            join template_drafts d on d.draft_id = p.draft_id where p.publication_id = $1";
        let row = self.admin.query_one(sql, &[&id.as_uuid()]).await.unwrap();
        row.get(0)
    }

    /// The templates of a name at Meta.
    pub(crate) async fn at_meta(&self, name: &str) -> Vec<TemplateNode> {
        let token = AccessToken::new(sample::TOKEN.to_owned());
        let named = self
            .cloud_api()
            .templates_named(&token, &self.account.waba_id, name)
            .await;
        named.result.unwrap()
    }

    /// The next calls for templates get a fault.
    pub(crate) fn fault(&self, fault: Fault, times: u64) {
        let matching = Match {
            endpoint: Endpoint::MessageTemplates,
            ..Match::default()
        };
        self.sim
            .script(Script::always(fault).matching(matching).times(times));
    }

    pub(crate) fn refuse_calls(&self, code: i64, times: u64) {
        let fault = Fault::Error {
            code,
            http_status: None,
            details: None,
        };
        self.fault(fault, times);
    }
}

/// The English text of an explanation.
pub(crate) fn english(stored: &Stored) -> &str {
    stored.explanation.as_ref().unwrap()["en"].as_str().unwrap()
}
