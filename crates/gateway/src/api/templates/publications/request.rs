//! Asking Meta for something: at most one thing at a time for a template.

use chrono::{DateTime, Utc};
use common::ids::{ApiKeyId, DraftId, PublicationId, TemplateId, WabaId};
use common::template::{PublicationAction, PublicationState};
use storage::template_publications::{self, Publication};
use storage::{BusinessScope, ScopedTransaction};

use crate::api::templates::account;
use crate::problem::{Problem, ProblemCode};

/// What is asked for.
pub(in crate::api::templates) struct Request {
    pub(in crate::api::templates) action: PublicationAction,
    pub(in crate::api::templates) waba_id: WabaId,
    /// The draft and its version, unless it is a deletion.
    pub(in crate::api::templates) source: Option<(DraftId, i32)>,
    /// The template at Meta, if there is one.
    pub(in crate::api::templates) template_id: Option<TemplateId>,
    pub(in crate::api::templates) name: String,
    /// `None` for a deletion of all languages.
    pub(in crate::api::templates) language: Option<String>,
}

impl Request {
    /// Stores the request for template-sync. A deletion that waits already is returned instead of a second one; anything
    /// else that waits for the template is a conflict.
    pub(in crate::api::templates) async fn store(
        self,
        transaction: &mut ScopedTransaction,
        scope: &BusinessScope,
        (key, now): (ApiKeyId, DateTime<Utc>),
    ) -> Result<Publication, Problem> {
        // The lock makes calls for one account see each other's requests.
        account::lock_connected(transaction, scope, &self.waba_id).await?;
        let name = (self.name.as_str(), self.language.as_deref());
        let waiting =
            template_publications::find_waiting(transaction, scope, &self.waba_id, name).await?;
        match waiting {
            None => {}
            Some(waiting) if self.is_asked_by(&waiting) => return Ok(waiting),
            Some(waiting) => return Err(conflict(&waiting)),
        }
        let publication = self.waiting(key, now);
        template_publications::insert(transaction, scope, &publication).await?;
        Ok(publication)
    }

    /// Whether the waiting publication is a deletion that covers this one.
    fn is_asked_by(&self, waiting: &Publication) -> bool {
        let covers = waiting.language.is_none() || waiting.language == self.language;
        let both_delete = [self.action, waiting.action] == [PublicationAction::Delete; 2];
        both_delete && covers
    }

    fn waiting(self, key: ApiKeyId, now: DateTime<Utc>) -> Publication {
        Publication {
            id: PublicationId::new(now),
            waba_id: self.waba_id,
            source: self.source,
            template_id: self.template_id,
            name: self.name,
            language: self.language,
            action: self.action,
            state: PublicationState::Waiting,
            attempt: 0,
            due_at: Some(now),
            explanation: None,
            meta_answer: None,
            requested_by: key,
            requested_at: now,
            ended_at: None,
        }
    }
}

fn conflict(waiting: &Publication) -> Problem {
    Problem::new(ProblemCode::PublicationWaiting).detail(format!(
        "The publication {} of the template is waiting. Nothing else was asked of Meta. Wait for its end, or cancel it \
         with POST /v1/templates/publications/{{publication_id}}/cancel.",
        waiting.id
    ))
}
