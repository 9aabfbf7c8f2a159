//! Events about templates.

use serde::Serialize;

use super::{Field, FieldValue};
use crate::ids::{TemplateId, WabaId};
use crate::template::{Category, TemplateStatus};

/// The status or the category of a template changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TemplateStatusChanged {
    /// The template.
    pub template_id: TemplateId,
    /// Its status now.
    pub status: TemplateStatus,
    /// The change that Meta reported; `None` when the refusal of a message showed the status.
    #[serde(flatten)]
    pub report: Option<TemplateReport>,
}

/// A template as Meta lists it, and its values before.
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
    /// Its category now.
    pub category: Category,
    /// Its category before.
    pub previous_category: Category,
}

pub(super) fn status_changed_fields() -> Vec<Field> {
    let text = |name, meaning| Field::new(name, FieldValue::Text, meaning);
    let mut fields = vec![
        Field::new(
            "template_id",
            FieldValue::MetaId,
            "Meta's id of the template.",
        ),
        text(
            "status",
            "Its status now: `APPROVED`, `PENDING`, `REJECTED`, `PAUSED`, `DISABLED`, `DELETED` or another value of Meta. \
             When the refusal of a message shows it, there are no other fields.",
        ),
    ];
    let reported = [
        Field::new("waba_id", FieldValue::MetaId, "Its account."),
        text("name", "Its name."),
        text("language", "Its language."),
        text("previous_status", "Its status before."),
        text(
            "category",
            "Its category now: `AUTHENTICATION`, `UTILITY`, `MARKETING` or another value of Meta.",
        ),
        text("previous_category", "Its category before."),
    ];
    fields.extend(reported.map(Field::optional));
    fields
}
