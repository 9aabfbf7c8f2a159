//! What Meta's webhooks report about a template, and what the template is after several reports: pure.
//!
//! Webhooks come late, repeatedly and in any order. Each aspect of a template has the time of its newest report by Meta's
//! clock; a report that is older changes nothing, and of two reports with the same time the same one always wins. So the
//! state after a set of reports does not depend on their order.

mod components;
mod explain;
mod status;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use serde_json::Value;

use super::{Category, TemplateStatus};

pub use components::ReportedComponents;
pub use explain::{explain_category_change, explain_category_notice, explain_quality};
pub use status::StatusReport;

/// A synchronisation takes up to so long: it may have missed what was reported that long before its end.
const SYNC_TAKES: TimeDelta = TimeDelta::minutes(10);

/// What a webhook reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateAspect {
    /// Its status changed, or it was locked or unlocked.
    Status(StatusReport),
    /// Its quality rating changed to Meta's value, such as `YELLOW`.
    Quality(String),
    /// It was edited.
    Components(ReportedComponents),
    /// Its category changed.
    Category(Category),
    /// Meta finds another category correct. The template keeps its own until Meta changes it.
    DetectedCategory {
        /// The category that Meta finds correct.
        category: Category,
        /// When Meta changes it; `None` when it did not say so.
        changes_at: Option<DateTime<Utc>>,
    },
}

/// What is stored of a template, with Meta's times of the newest reports; `None` for what was only read from Meta.
#[derive(Debug, Clone, PartialEq)]
pub struct TemplateState {
    /// When the last synchronisation wrote it.
    pub synced_at: DateTime<Utc>,
    /// The status.
    pub status: TemplateStatus,
    /// Of the status.
    pub status_reported_at: Option<DateTime<Utc>>,
    /// What Meta said of the status.
    pub status_note: Option<String>,
    /// Until when the status holds.
    pub status_until: Option<DateTime<Utc>>,
    /// The category.
    pub category: Category,
    /// Of the category.
    pub category_reported_at: Option<DateTime<Utc>>,
    /// The category that Meta finds correct.
    pub detected_category: Option<Category>,
    /// Of the detected category.
    pub category_detected_at: Option<DateTime<Utc>>,
    /// When Meta changes the category to the detected one.
    pub category_changes_at: Option<DateTime<Utc>>,
    /// Meta's rating, such as `GREEN`.
    pub quality: Option<String>,
    /// Of the rating.
    pub quality_reported_at: Option<DateTime<Utc>>,
    /// The components.
    pub components: Value,
    /// Of the components.
    pub components_reported_at: Option<DateTime<Utc>>,
}

/// What a report did to the stored state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReportOutcome {
    /// It is the newest, and was applied.
    Applied,
    /// It is the newest, and had been applied before.
    Repeated,
    /// Something newer is known.
    Outdated,
    /// It concerns nothing that is stored.
    Ignored,
}

impl ReportOutcome {
    /// The stable value in metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Repeated => "repeated",
            Self::Outdated => "outdated",
            Self::Ignored => "ignored",
        }
    }
}

impl TemplateAspect {
    /// The stable value in metrics.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Status(_) => "status",
            Self::Quality(_) => "quality",
            Self::Components(_) => "components",
            Self::Category(_) => "category",
            Self::DetectedCategory { .. } => "detected_category",
        }
    }

    /// Whether the report does not contain all that changed, so that the template has to be read from Meta.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        match self {
            Self::Components(_) => true,
            Self::Status(report) => report.hides_the_status(),
            Self::Quality(_) | Self::Category(_) | Self::DetectedCategory { .. } => false,
        }
    }

    /// Whether it forbids or narrows sending. Such a report counts even if the last synchronisation ended a little later,
    /// because that may have missed it; one that allows more does not.
    fn restricts(&self) -> bool {
        match self {
            Self::Status(report) => report.status().is_none_or(|status| !status.is_sendable()),
            Self::Category(category) => category.covered_by_opt_out(),
            Self::Quality(_) | Self::Components(_) | Self::DetectedCategory { .. } => true,
        }
    }
}

impl TemplateState {
    /// Takes in a report of Meta's from `at`, by its clock.
    pub fn apply(&mut self, aspect: &TemplateAspect, at: DateTime<Utc>) -> ReportOutcome {
        if let TemplateAspect::Status(report) = aspect
            && let Some(category) = report.approved_category()
        {
            self.apply(&TemplateAspect::Category(category), at);
        }
        let grace = if aspect.restricts() {
            SYNC_TAKES
        } else {
            TimeDelta::zero()
        };
        // Webhooks tell whole seconds.
        if self.synced_at.trunc_subsecs(0) - grace > at {
            return ReportOutcome::Outdated;
        }
        match aspect {
            TemplateAspect::Status(report) => self.apply_status(report, at),
            TemplateAspect::Quality(quality) => self.apply_quality(quality, at),
            TemplateAspect::Components(reported) => self.apply_components(reported, at),
            TemplateAspect::Category(category) => self.apply_category(category, at),
            TemplateAspect::DetectedCategory {
                category,
                changes_at,
            } => self.apply_detected(category, *changes_at, at),
        }
    }

    fn apply_status(&mut self, report: &StatusReport, at: DateTime<Utc>) -> ReportOutcome {
        let Some(status) = report.status() else {
            return ReportOutcome::Ignored;
        };
        let note = report.note.clone();
        let known = status::rank(
            self.status_reported_at,
            &self.status,
            self.status_note.as_deref(),
        );
        let outcome = outcome_of(&status::rank(Some(at), &status, note.as_deref()), &known);
        if outcome == ReportOutcome::Applied {
            self.status_until = status::until(&status, note.as_deref(), at);
            self.status_reported_at = Some(at);
            self.status = status;
            self.status_note = note;
        }
        outcome
    }

    fn apply_quality(&mut self, quality: &str, at: DateTime<Utc>) -> ReportOutcome {
        let known = (self.quality_reported_at, self.quality.as_deref());
        let outcome = outcome_of(&(Some(at), Some(quality)), &known);
        if outcome == ReportOutcome::Applied {
            self.quality_reported_at = Some(at);
            self.quality = Some(quality.to_owned());
        }
        outcome
    }

    fn apply_components(
        &mut self,
        reported: &ReportedComponents,
        at: DateTime<Utc>,
    ) -> ReportOutcome {
        let reported = reported.beside_the_file_of(&self.components);
        let known = ReportedComponents::of(&self.components);
        let outcome = outcome_of(
            &(Some(at), Some(&reported)),
            &(self.components_reported_at, known.as_ref()),
        );
        if outcome == ReportOutcome::Applied {
            self.components_reported_at = Some(at);
            reported.replace_in(&mut self.components);
        }
        outcome
    }

    /// A change answers what was detected before it.
    fn apply_category(&mut self, category: &Category, at: DateTime<Utc>) -> ReportOutcome {
        let rank = |at, category: &Category| {
            (
                at,
                category.covered_by_opt_out(),
                category.as_meta().to_owned(),
            )
        };
        let known = rank(self.category_reported_at, &self.category);
        let outcome = outcome_of(&rank(Some(at), category), &known);
        if outcome == ReportOutcome::Applied {
            self.category_reported_at = Some(at);
            self.category = category.clone();
            if self.category_detected_at <= Some(at) {
                self.detected_category = None;
                self.category_detected_at = None;
                self.category_changes_at = None;
            }
        }
        outcome
    }

    fn apply_detected(
        &mut self,
        category: &Category,
        changes_at: Option<DateTime<Utc>>,
        at: DateTime<Utc>,
    ) -> ReportOutcome {
        if self.category_reported_at >= Some(at) {
            return ReportOutcome::Outdated;
        }
        let known = self.detected_category.as_ref().map(Category::as_meta);
        let outcome = outcome_of(
            &(Some(at), Some(category.as_meta()), changes_at),
            &(self.category_detected_at, known, self.category_changes_at),
        );
        if outcome == ReportOutcome::Applied {
            self.category_detected_at = Some(at);
            self.detected_category = Some(category.clone());
            self.category_changes_at = changes_at;
        }
        outcome
    }
}

fn outcome_of<T: Ord>(reported: &T, known: &T) -> ReportOutcome {
    match reported.cmp(known) {
        Ordering::Greater => ReportOutcome::Applied,
        Ordering::Equal => ReportOutcome::Repeated,
        Ordering::Less => ReportOutcome::Outdated,
    }
}
