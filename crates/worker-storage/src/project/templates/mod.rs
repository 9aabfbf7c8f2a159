//! What Meta reports of templates between two synchronisations, applied at once: one that it pauses is not sent any more,
//! one that it approves again is, and one whose category changes obeys the rules of the new one.
//!
//! Which of several reports holds is decided by `common::template::TemplateState`. A report about a template that is not
//! known, or one that does not contain all that changed, has the account synchronised.

mod known;
mod statements;
mod writes;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use common::ids::{TemplateId, WabaId};
use common::template::{ReportOutcome, TemplateAspect};

use crate::template_campaigns;
use crate::template_sync::Account;
use crate::{events, template_campaigns::TemplateKey};
use database::StorageError;
use database::{BatchRole, Store};
use known::Known;

/// A report of Meta's about a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateUpdate {
    /// The account.
    pub waba_id: WabaId,
    /// Meta's id of the template, when it was told.
    pub template_id: Option<TemplateId>,
    /// Its name; by it and the language a template is known whose id is not.
    pub name: String,
    /// Its language.
    pub language: String,
    /// What is reported.
    pub aspect: TemplateAspect,
    /// Meta's clock.
    pub occurred_at: DateTime<Utc>,
}

/// What became of a batch of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TemplateOutcome {
    /// How many reports had which outcome, by aspect; `None` for a template that is not known.
    pub reports: BTreeMap<(&'static str, Option<ReportOutcome>), usize>,
    /// Templates that may be sent: messages that wait for them are to be released.
    pub sendable: Vec<(Account, TemplateId)>,
    /// How many campaigns go on, because their template may be sent again.
    pub resumed_campaigns: usize,
    /// Accounts that a synchronisation was requested for.
    pub to_sync: usize,
}

impl TemplateOutcome {
    fn count(&mut self, aspect: &TemplateAspect, outcome: Option<ReportOutcome>) {
        *self.reports.entry((aspect.as_str(), outcome)).or_default() += 1;
    }
}

/// Applies a batch in one transaction, in its order.
///
/// # Errors
/// When the database is not available: nothing was changed, and the batch may be applied again.
pub async fn apply_templates(
    store: &Store,
    updates: &[TemplateUpdate],
    now: DateTime<Utc>,
) -> Result<TemplateOutcome, StorageError> {
    let mut connection = store.batch(BatchRole::Projector).await?;
    let transaction = connection.begin().await?;
    let mut templates = writes::lock(&transaction, updates).await?;
    let mut outcome = TemplateOutcome::default();
    let mut to_read = BTreeSet::new();
    for update in updates {
        if apply(&mut templates, update, &mut outcome) {
            to_read.insert(update.waba_id.as_str());
        }
    }
    let changed: Vec<&Known> = templates
        .iter()
        .filter(|known| known.is_changed())
        .collect();
    writes::write(&transaction, &changed).await?;
    outcome.to_sync = writes::request_sync(&transaction, &to_read, now).await?;
    let approved: Vec<TemplateKey<'_>> = changed
        .iter()
        .filter(|known| known.became_sendable())
        .map(|known| known.key())
        .collect();
    let resumed = template_campaigns::resume(&transaction, &approved, now).await?;
    outcome.resumed_campaigns = resumed.len();
    let mut entries = Vec::new();
    for known in changed {
        entries.extend(known.entries(now)?);
    }
    entries.extend(resumed);
    events::append(&transaction, now, &entries).await?;
    transaction.commit().await?;
    let sendable = templates.iter().filter(|known| known.may_be_released());
    outcome.sendable = sendable.map(Known::account).collect::<Result<_, _>>()?;
    Ok(outcome)
}

/// Takes an update in to the templates that it means; whether they have to be read from Meta.
fn apply(templates: &mut [Known], update: &TemplateUpdate, outcome: &mut TemplateOutcome) -> bool {
    let by_id = templates.iter().any(|known| known.has_id(update));
    let (mut is_known, mut is_applied) = (false, false);
    for known in templates.iter_mut() {
        let is_meant = if by_id {
            known.has_id(update)
        } else {
            known.has_name(update)
        };
        if !is_meant {
            continue;
        }
        is_known = true;
        let applied = known.apply(update);
        is_applied |= applied == ReportOutcome::Applied;
        outcome.count(&update.aspect, Some(applied));
    }
    if !is_known {
        outcome.count(&update.aspect, None);
    }
    !is_known || is_applied && update.aspect.is_partial()
}
