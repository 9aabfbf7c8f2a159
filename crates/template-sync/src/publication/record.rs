//! Recording what came of an attempt: the publication, the templates that it changed, and the event.

use chrono::{DateTime, Utc};
use cloud_api::{ApiError, TemplateNode};
use common::feed::{AcceptedTemplate, FeedEvent, PublicationEvent, PublicationOutcome};
use serde_json::{Value, json};
use storage::StorageError;
use storage::events::FeedEntry;
use worker_storage::template_publications::{
    Acceptance, Affected, Publication, accept, postpone, refuse,
};
use worker_storage::template_sync::SyncChanges;

use super::outcome::{Accepted, Outcome, Refused};
use super::wait::Wait;
use super::{Publisher, explain};
use crate::compare::compare;
use crate::metrics::Metrics;

/// What is counted when the publication was in other hands by then.
const SUPERSEDED: &str = "superseded";

impl Publisher {
    /// Records an outcome.
    pub(super) async fn record(
        &self,
        publication: &Publication,
        started_at: DateTime<Utc>,
        outcome: Outcome,
    ) -> Result<(), StorageError> {
        let now = self.clock.now();
        let (ending, is_written) = match outcome {
            Outcome::Accepted(accepted) => {
                let ending = if accepted.is_adopted {
                    "adopted"
                } else {
                    "accepted"
                };
                let is_written = self.accept(publication, started_at, *accepted, now).await?;
                (ending, is_written)
            }
            Outcome::Refused(refused) => {
                let is_written = self.refuse(publication, &refused, now).await?;
                ("refused", is_written)
            }
            Outcome::TokenRefused(error) => {
                let explanation = explain::token_refused(&error);
                let wait = Wait::for_token(now);
                let is_written = self.postpone(publication, wait, &explanation, now).await?;
                (wait.reason.as_str(), is_written)
            }
            Outcome::Waits(wait) => {
                let explanation = explain::wait(wait);
                let is_written = self.postpone(publication, wait, &explanation, now).await?;
                (wait.reason.as_str(), is_written)
            }
        };
        let ending = if is_written { ending } else { SUPERSEDED };
        count(publication, ending);
        Ok(())
    }

    async fn accept(
        &self,
        publication: &Publication,
        started_at: DateTime<Utc>,
        accepted: Accepted,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let Accepted { affected, node, .. } = accepted;
        let template = accepted_template(&affected, node.as_ref());
        let acceptance = Acceptance {
            started_at,
            answer: json!({"status": template.status, "category": template.category}),
            affected,
        };
        let outcome = PublicationOutcome::Accepted(template);
        let entry = entry(publication, outcome, now);
        let is_shown = node.is_some() || is_deletion(&acceptance);
        accept(&self.store, publication, &acceptance, now, |known| {
            let mut changes = if is_shown {
                compare(&publication.account, node.into_iter().collect(), known, now)
            } else {
                SyncChanges::default()
            };
            changes.entries.push(entry);
            changes
        })
        .await
    }

    async fn refuse(
        &self,
        publication: &Publication,
        refused: &Refused,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let error_code = refused
            .error
            .as_ref()
            .and_then(ApiError::meta)
            .map(|it| it.code);
        tracing::info!(
            business.id = %publication.account.business_id,
            waba.id = %publication.account.waba_id,
            publication.id = %publication.publication_id,
            action = publication.action.as_str(),
            reason = refused.reason.as_str(),
            error_code,
            "a publication of a template was refused"
        );
        let outcome = PublicationOutcome::Refused {
            reason: refused.reason,
            error_code,
        };
        let explanation = explain::refusal(refused);
        let answer = refused.error.as_ref().and_then(answer_of);
        let entry = entry(publication, outcome, now);
        refuse(
            &self.store,
            publication,
            now,
            &explanation,
            answer.as_ref(),
            entry,
        )
        .await
    }

    /// The event is written when the explanation changes, and not at each attempt.
    async fn postpone(
        &self,
        publication: &Publication,
        wait: Wait,
        explanation: &common::explanation::Explanation,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let is_news = publication.explanation.as_ref() != Some(explanation);
        let outcome = PublicationOutcome::Waiting {
            reason: wait.reason,
        };
        let entry = is_news.then(|| entry(publication, outcome, now));
        postpone(
            &self.store,
            publication,
            now,
            wait.until,
            explanation,
            entry,
        )
        .await
    }
}

/// Counts an attempt.
pub(super) fn count(publication: &Publication, ending: &str) {
    Metrics::get()
        .publications
        .with_label_values(&[publication.action.as_str(), ending])
        .inc();
}

const fn is_deletion(acceptance: &Acceptance) -> bool {
    matches!(
        acceptance.affected,
        Affected::DeletedOne(_) | Affected::DeletedName
    )
}

fn accepted_template(affected: &Affected, node: Option<&TemplateNode>) -> AcceptedTemplate {
    AcceptedTemplate {
        template_id: match affected {
            Affected::Replaced(id) | Affected::DeletedOne(id) => Some(id.clone()),
            Affected::DeletedName => None,
        },
        status: node.map(|node| node.status.clone()),
        category: node.map(|node| node.category.clone()),
    }
}

fn entry(publication: &Publication, outcome: PublicationOutcome, now: DateTime<Utc>) -> FeedEntry {
    FeedEntry {
        business_id: publication.account.business_id,
        event: FeedEvent::Publication(PublicationEvent {
            publication_id: publication.publication_id,
            waba_id: publication.account.waba_id.clone(),
            action: publication.action,
            name: publication.name.clone(),
            language: publication.language.clone(),
            outcome,
        }),
        occurred_at: now,
    }
}

/// Meta's error, to be shown to the business.
fn answer_of(error: &ApiError) -> Option<Value> {
    let error = error.meta()?;
    Some(json!({
        "code": error.code,
        "subcode": error.subcode,
        "title": error.user_title,
        "message": error.user_message,
        "details": error.details,
        "fbtrace_id": error.fbtrace_id,
    }))
}
