//! The status of a template as a webhook reports it.

use chrono::{DateTime, TimeDelta, Utc};

use crate::template::{Category, TemplateStatus};

/// Meta (template pausing): the first pause takes three hours, the second one six.
const PAUSES: [(&str, TimeDelta); 2] = [
    ("FIRST_PAUSE", TimeDelta::hours(3)),
    ("SECOND_PAUSE", TimeDelta::hours(6)),
];
/// Meta (template management): archived templates are deleted after 28 days.
const ARCHIVED_FOR: TimeDelta = TimeDelta::days(28);
const ARCHIVED: &str = "ARCHIVED";
const UNARCHIVED: &str = "UNARCHIVED";

/// An event of the status of a template (Meta, webhooks reference: `message_template_status_update`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusReport {
    /// Meta's event: `APPROVED`, `PAUSED`, `DISABLED`, …; Meta may add others.
    pub event: String,
    /// What Meta said of it: its value, such as `FIRST_PAUSE`, its text, or both with a colon between them.
    pub note: Option<String>,
    /// The category that the webhook names.
    pub category: Option<Category>,
}

impl StatusReport {
    /// The status after the event; `None` for a lock, which leaves it.
    #[must_use]
    pub fn status(&self) -> Option<TemplateStatus> {
        TemplateStatus::after_event(&self.event)
    }

    /// Whether the event does not say which status the template has now.
    pub(super) fn hides_the_status(&self) -> bool {
        self.event.eq_ignore_ascii_case(UNARCHIVED)
    }

    /// The category of an approval: it may be another than was asked for.
    pub(super) fn approved_category(&self) -> Option<Category> {
        let is_approved = self.status() == Some(TemplateStatus::Approved);
        self.category.clone().filter(|_| is_approved)
    }
}

/// What decides which of two reports holds, the greater one: a deletion is final; then the later one; of the same time the
/// end of a review, which follows its beginning; then the one that forbids sending, and then any that is always the same.
pub(super) fn rank<'r>(
    at: Option<DateTime<Utc>>,
    status: &'r TemplateStatus,
    note: Option<&'r str>,
) -> (
    bool,
    Option<DateTime<Utc>>,
    bool,
    bool,
    &'r str,
    Option<&'r str>,
) {
    let is_deleted = *status == TemplateStatus::Deleted;
    (
        is_deleted,
        at,
        *status != TemplateStatus::Pending,
        !status.is_sendable(),
        status.as_meta(),
        note,
    )
}

/// Until when a status holds that began at a time, as far as Meta says so.
pub(super) fn until(
    status: &TemplateStatus,
    note: Option<&str>,
    at: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    match status {
        TemplateStatus::Paused => {
            let (value, _) = note?.split_once(':').unwrap_or((note?, ""));
            let (_, pause) = PAUSES.iter().find(|(title, _)| *title == value)?;
            Some(at + *pause)
        }
        TemplateStatus::Other(word) if word.eq_ignore_ascii_case(ARCHIVED) => {
            Some(at + ARCHIVED_FOR)
        }
        _ => None,
    }
}
