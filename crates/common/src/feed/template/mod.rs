//! Events about templates: what Meta changed, what it means, and what to do.

mod fields;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::EventType;
use crate::explanation::Explanation;
use crate::ids::{TemplateId, WabaId};
use crate::template::{
    Category, ReportedStatus, TemplateStatus, explain_category_change, explain_category_notice,
    explain_quality, explain_status,
};

pub(super) use fields::{
    category_changed_fields, category_detected_fields, components_changed_fields,
    quality_changed_fields, status_changed_fields,
};

/// A change of a template at Meta.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum TemplateEvent {
    /// Its status changed.
    StatusChanged(TemplateStatusChanged),
    /// Its category changed.
    CategoryChanged(TemplateCategoryChanged),
    /// Meta finds another category correct.
    CategoryDetected(TemplateCategoryDetected),
    /// Its quality rating changed.
    QualityChanged(TemplateQualityChanged),
    /// Its components changed.
    ComponentsChanged(NamedTemplate),
}

/// A template by its names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NamedTemplate {
    /// Meta's id.
    pub template_id: TemplateId,
    /// Its account.
    pub waba_id: WabaId,
    /// Its name.
    pub name: String,
    /// Its language.
    pub language: String,
}

/// The status of a template changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TemplateStatusChanged {
    /// The template.
    pub template_id: TemplateId,
    /// Its status now.
    pub status: TemplateStatus,
    /// What Meta said of it.
    pub note: Option<String>,
    /// Until when it holds.
    pub until: Option<DateTime<Utc>>,
    /// What it means, and what to do.
    pub explanation: Explanation,
    /// The change that Meta reported; `None` when the refusal of a message showed the status.
    #[serde(flatten)]
    pub report: Option<TemplateReport>,
}

/// A template as Meta lists it, and its status before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TemplateReport {
    /// Its account.
    pub waba_id: WabaId,
    /// Its name.
    pub name: String,
    /// Its language.
    pub language: String,
    /// Its status before.
    pub previous_status: TemplateStatus,
    /// Its category.
    pub category: Category,
}

/// The category of a template changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TemplateCategoryChanged {
    /// The template.
    #[serde(flatten)]
    pub template: NamedTemplate,
    /// Its category now.
    pub category: Category,
    /// Its category before.
    pub previous_category: Category,
    /// What it means, and what to do.
    pub explanation: Explanation,
}

/// Meta finds another category correct than a template has; the template keeps its own for now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TemplateCategoryDetected {
    /// The template.
    #[serde(flatten)]
    pub template: NamedTemplate,
    /// Its category.
    pub category: Category,
    /// The category that Meta finds correct.
    pub detected_category: Category,
    /// When Meta changes it; `None` when it did not say so.
    pub changes_at: Option<DateTime<Utc>>,
    /// What it means, and what to do.
    pub explanation: Explanation,
}

/// Meta's rating of a template changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TemplateQualityChanged {
    /// The template.
    #[serde(flatten)]
    pub template: NamedTemplate,
    /// Its rating now.
    pub quality: String,
    /// Its rating before; `None` when there was none.
    pub previous_quality: Option<String>,
    /// What it means, and what to do.
    pub explanation: Explanation,
}

impl TemplateEvent {
    /// The type that reports it.
    #[must_use]
    pub const fn event_type(&self) -> EventType {
        match self {
            Self::StatusChanged(_) => EventType::TemplateStatusChanged,
            Self::CategoryChanged(_) => EventType::TemplateCategoryChanged,
            Self::CategoryDetected(_) => EventType::TemplateCategoryDetected,
            Self::QualityChanged(_) => EventType::TemplateQualityChanged,
            Self::ComponentsChanged(_) => EventType::TemplateComponentsChanged,
        }
    }
}

impl TemplateStatusChanged {
    /// A status with its explanation; what Meta said of it is not known.
    #[must_use]
    pub fn new(template_id: TemplateId, status: TemplateStatus) -> Self {
        Self::noted(template_id, status, None, None)
    }

    /// A status with what Meta said of it, until when it holds, and its explanation.
    #[must_use]
    pub fn noted(
        template_id: TemplateId,
        status: TemplateStatus,
        note: Option<String>,
        until: Option<DateTime<Utc>>,
    ) -> Self {
        let explanation = explain_status(ReportedStatus {
            status: &status,
            note: note.as_deref(),
            until,
            rejected_reason: None,
        });
        Self {
            template_id,
            status,
            note,
            until,
            explanation,
            report: None,
        }
    }

    /// The same, as Meta reported it.
    #[must_use]
    pub fn reported(self, report: TemplateReport) -> Self {
        Self {
            report: Some(report),
            ..self
        }
    }
}

impl TemplateCategoryChanged {
    /// A change with its explanation.
    #[must_use]
    pub fn new(template: NamedTemplate, category: Category, previous_category: Category) -> Self {
        let explanation = explain_category_change(&category, &previous_category);
        Self {
            template,
            category,
            previous_category,
            explanation,
        }
    }
}

impl TemplateCategoryDetected {
    /// A detection with its explanation.
    #[must_use]
    pub fn new(
        template: NamedTemplate,
        category: Category,
        detected_category: Category,
        changes_at: Option<DateTime<Utc>>,
    ) -> Self {
        let explanation = explain_category_notice(&category, &detected_category, changes_at);
        Self {
            template,
            category,
            detected_category,
            changes_at,
            explanation,
        }
    }
}

impl TemplateQualityChanged {
    /// A changed rating with its explanation.
    #[must_use]
    pub fn new(template: NamedTemplate, quality: String, previous_quality: Option<String>) -> Self {
        let explanation = explain_quality(&quality);
        Self {
            template,
            quality,
            previous_quality,
            explanation,
        }
    }
}
