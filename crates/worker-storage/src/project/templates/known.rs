//! A locked template, and the events of what reports changed of it.

use chrono::{DateTime, Utc};
use common::feed::{
    FeedEvent, NamedTemplate, TemplateCategoryChanged, TemplateCategoryDetected, TemplateEvent,
    TemplateQualityChanged, TemplateReport, TemplateStatusChanged,
};
use common::ids::{BusinessId, TemplateId};
use common::template::{Category, ReportOutcome, TemplateAspect, TemplateState, TemplateStatus};
use tokio_postgres::Row;

use super::TemplateUpdate;
use crate::template_campaigns::TemplateKey;
use crate::template_sync::Account;
use crate::transitions::corrupt;
use database::StorageError;
use storage::events::FeedEntry;

/// A locked template, before and after the reports.
pub(super) struct Known {
    pub(super) business_id: BusinessId,
    pub(super) template_id: String,
    waba_id: String,
    name: String,
    language: String,
    before: TemplateState,
    pub(super) state: TemplateState,
    is_status_reported: bool,
}

impl Known {
    pub(super) fn read(row: &Row) -> Result<Self, StorageError> {
        let category: Option<&str> = row.try_get("detected_category")?;
        let state = TemplateState {
            synced_at: row.try_get("synced_at")?,
            status: TemplateStatus::from_meta(row.try_get("status")?),
            status_reported_at: row.try_get("status_reported_at")?,
            status_note: row.try_get("status_note")?,
            status_until: row.try_get("status_until")?,
            category: Category::from_meta(row.try_get("category")?),
            category_reported_at: row.try_get("category_reported_at")?,
            detected_category: category.map(Category::from_meta),
            category_detected_at: row.try_get("category_detected_at")?,
            category_changes_at: row.try_get("category_changes_at")?,
            quality: row.try_get("quality_score")?,
            quality_reported_at: row.try_get("quality_reported_at")?,
            components: row.try_get("components")?,
            components_reported_at: row.try_get("components_reported_at")?,
        };
        Ok(Self {
            business_id: BusinessId::from_uuid(row.try_get("business_id")?),
            template_id: row.try_get("template_id")?,
            waba_id: row.try_get("waba_id")?,
            name: row.try_get("name")?,
            language: row.try_get("language")?,
            before: state.clone(),
            state,
            is_status_reported: false,
        })
    }

    pub(super) fn has_id(&self, update: &TemplateUpdate) -> bool {
        let id = update.template_id.as_ref();
        self.is_of(update) && id.is_some_and(|id| id.as_str() == self.template_id)
    }

    /// Whether it has the name and the language of the update; a deleted template gave its name up.
    pub(super) fn has_name(&self, update: &TemplateUpdate) -> bool {
        // Webhooks write en-US where the API writes en_US.
        let is_same = |one: &str, other: &str| one.replace('-', "_") == other.replace('-', "_");
        self.is_of(update)
            && self.before.status != TemplateStatus::Deleted
            && self.name == update.name
            && is_same(&self.language, &update.language)
    }

    fn is_of(&self, update: &TemplateUpdate) -> bool {
        self.waba_id == update.waba_id.as_str()
    }

    pub(super) fn apply(&mut self, update: &TemplateUpdate) -> ReportOutcome {
        let outcome = self.state.apply(&update.aspect, update.occurred_at);
        let is_newest = matches!(outcome, ReportOutcome::Applied | ReportOutcome::Repeated);
        self.is_status_reported |= is_newest && matches!(update.aspect, TemplateAspect::Status(_));
        outcome
    }

    pub(super) fn is_changed(&self) -> bool {
        self.state != self.before
    }

    pub(super) fn became_sendable(&self) -> bool {
        self.state.status.is_sendable() && !self.before.status.is_sendable()
    }

    /// Whether messages may wait for it that can be sent. A repeated report counts too: what followed from it may have been
    /// interrupted.
    pub(super) fn may_be_released(&self) -> bool {
        self.is_status_reported && self.state.status.is_sendable()
    }

    pub(super) fn key(&self) -> TemplateKey<'_> {
        (self.business_id, &self.template_id)
    }

    pub(super) fn account(&self) -> Result<(Account, TemplateId), StorageError> {
        let NamedTemplate {
            template_id,
            waba_id,
            ..
        } = self.named()?;
        let account = Account {
            business_id: self.business_id,
            waba_id,
        };
        Ok((account, template_id))
    }

    fn named(&self) -> Result<NamedTemplate, StorageError> {
        let (template_id, waba_id) = (self.template_id.parse(), self.waba_id.parse());
        Ok(NamedTemplate {
            template_id: template_id.map_err(|_| corrupt("templates.template_id"))?,
            waba_id: waba_id.map_err(|_| corrupt("templates.waba_id"))?,
            name: self.name.clone(),
            language: self.language.clone(),
        })
    }

    /// What changed, for the feed.
    pub(super) fn entries(&self, now: DateTime<Utc>) -> Result<Vec<FeedEntry>, StorageError> {
        let named = self.named()?;
        let events = [
            self.status_changed(&named),
            self.category_changed(&named),
            self.category_detected(&named),
            self.quality_changed(&named),
            (self.state.components != self.before.components)
                .then(|| TemplateEvent::ComponentsChanged(named.clone())),
        ];
        let entry = |event| FeedEntry {
            business_id: self.business_id,
            event: FeedEvent::Template(event),
            occurred_at: now,
        };
        Ok(events.into_iter().flatten().map(entry).collect())
    }

    fn status_changed(&self, named: &NamedTemplate) -> Option<TemplateEvent> {
        let (state, before) = (&self.state, &self.before);
        if state.status == before.status {
            return None;
        }
        let (note, until) = (state.status_note.clone(), state.status_until);
        let changed = TemplateStatusChanged::noted(
            named.template_id.clone(),
            state.status.clone(),
            note,
            until,
        );
        Some(TemplateEvent::StatusChanged(changed.reported(
            TemplateReport {
                waba_id: named.waba_id.clone(),
                name: named.name.clone(),
                language: named.language.clone(),
                previous_status: before.status.clone(),
                category: state.category.clone(),
            },
        )))
    }

    fn category_changed(&self, named: &NamedTemplate) -> Option<TemplateEvent> {
        let (category, previous) = (&self.state.category, &self.before.category);
        (category != previous).then(|| {
            TemplateEvent::CategoryChanged(TemplateCategoryChanged::new(
                named.clone(),
                category.clone(),
                previous.clone(),
            ))
        })
    }

    fn category_detected(&self, named: &NamedTemplate) -> Option<TemplateEvent> {
        let (state, before) = (&self.state, &self.before);
        let detected = state.detected_category.clone()?;
        let is_known = before.detected_category.as_ref() == Some(&detected)
            && before.category_changes_at == state.category_changes_at;
        (!is_known).then(|| {
            TemplateEvent::CategoryDetected(TemplateCategoryDetected::new(
                named.clone(),
                state.category.clone(),
                detected,
                state.category_changes_at,
            ))
        })
    }

    fn quality_changed(&self, named: &NamedTemplate) -> Option<TemplateEvent> {
        let quality = self.state.quality.clone()?;
        let previous = &self.before.quality;
        (Some(&quality) != previous.as_ref()).then(|| {
            TemplateEvent::QualityChanged(TemplateQualityChanged::new(
                named.clone(),
                quality,
                previous.clone(),
            ))
        })
    }
}
