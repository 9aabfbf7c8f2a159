//! A template as the API shows it.

use chrono::{DateTime, Utc};
use common::ids::{TemplateId, WabaId};
use common::template::{Category, ReportedStatus, TemplateWarning, explain_status};
use serde::Serialize;
use storage::templates;
use storage::{BusinessScope, ScopedTransaction, StorageError, template_publications};
use utoipa::ToSchema;

use super::validity::Price;
use crate::api::explanation::Explanation;

/// A template in one language.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Template {
    #[schema(value_type = String, example = "1407680676729941")]
    template_id: TemplateId,
    #[schema(value_type = String, example = "102289599326934")]
    waba_id: WabaId,
    #[schema(example = "ticket_de_caisse")]
    name: String,
    /// Meta's language code.
    #[schema(example = "fr")]
    language: String,
    /// Meta's category. Consent and the price follow it.
    #[schema(example = "UTILITY")]
    category: String,
    /// The category that the published draft asked for; null when Meta has the same, or no draft was published.
    #[schema(example = "UTILITY")]
    requested_category: Option<String>,
    /// Whether Meta has another category than the published draft asked for.
    category_differs: bool,
    /// The category that Meta's detection finds correct; null when it reported none. Meta may change `category` to it.
    #[schema(example = "MARKETING")]
    detected_category: Option<String>,
    price: Price,
    /// Meta's status.
    #[schema(example = "APPROVED")]
    status: String,
    /// What Meta said of the status, such as `FIRST_PAUSE`; null when it said nothing.
    status_note: Option<String>,
    /// Until when the status holds; null when that is not known.
    status_until: Option<DateTime<Utc>>,
    /// Why Meta rejected the template, in Meta's values; null when it did not.
    #[schema(example = "INVALID_FORMAT")]
    rejected_reason: Option<String>,
    /// What the status means, until when it holds, and what to do.
    explanation: Explanation,
    /// Meta's score of its quality, such as `GREEN`; null when Meta gives none.
    #[schema(example = "GREEN")]
    quality: Option<String>,
    /// Whether the template can be sent now: it is approved, and variables can fill in all its parts.
    sendable: bool,
    /// The variables that a message has to give, in order. `header.document`, `header.image` or `header.video` is the
    /// id of a file that `POST /v1/media` returned. Those of the cards of a carousel begin with `card.0.`, `card.1.` and
    /// so on.
    #[schema(example = json!(["1", "2"]))]
    variables: Vec<String>,
    /// The variables that a message may give besides, such as the payload of a quick reply.
    #[schema(example = json!(["button.0.payload"]))]
    optional_variables: Vec<String>,
    /// The text of the body; null when Meta gives none, as for one-time codes.
    body: Option<String>,
    synced_at: DateTime<Utc>,
    /// The part that variables cannot fill in, such as `MPM button`; null when there is none.
    unsupported: Option<String>,
    /// Why variables cannot fill it in; null when they can.
    #[schema(
        example = "the template's MPM button shows products that are chosen for each message; sending them is not supported yet"
    )]
    unsupported_reason: Option<String>,
    /// Recommended changes to the template at Meta; it can be sent without them.
    warnings: Vec<Warning>,
}

/// A warning about a template.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateWarning)]
pub(crate) struct Warning {
    /// `opt_out_not_recognised`: no quick-reply button of a marketing template is recognised as an opt-out.
    #[schema(example = "opt_out_not_recognised")]
    code: &'static str,
    /// What it means and what to do, for a shop owner.
    explanation: &'static str,
}

impl Template {
    /// Templates of a business with what their drafts asked for.
    pub(super) async fn show(
        transaction: &mut ScopedTransaction,
        scope: &BusinessScope,
        templates: Vec<templates::Template>,
    ) -> Result<Vec<Self>, StorageError> {
        let ids: Vec<&str> = templates.iter().map(|it| it.template_id.as_str()).collect();
        let requested =
            template_publications::requested_categories(transaction, scope, &ids).await?;
        let show = |template: templates::Template| {
            let requested = requested.get(&template.template_id);
            Self::new(template, requested)
        };
        Ok(templates.into_iter().map(show).collect())
    }

    fn new(template: templates::Template, requested: Option<&Category>) -> Self {
        let (variables, optional_variables, unsupported) = match template.shape() {
            Ok(shape) => (
                shape.variable_names(),
                shape.optional_variable_names(),
                None,
            ),
            Err(error) => (Vec::new(), Vec::new(), Some(error)),
        };
        let explanation = explain_status(ReportedStatus {
            status: &template.status,
            note: template.status_note.as_deref(),
            until: template.status_until,
            rejected_reason: template.rejected_reason.as_deref(),
        });
        let requested = requested.filter(|requested| **requested != template.category);
        Self {
            sendable: template.status.is_sendable() && unsupported.is_none(),
            body: template.body().map(ToOwned::to_owned),
            warnings: template.warnings().into_iter().map(Warning::from).collect(),
            template_id: template.template_id,
            waba_id: template.waba_id,
            name: template.name,
            language: template.language,
            requested_category: requested.map(ToString::to_string),
            category_differs: requested.is_some(),
            detected_category: template.detected_category.map(|it| it.to_string()),
            price: Price::of(&template.category),
            category: template.category.to_string(),
            status: template.status.as_meta().to_owned(),
            status_note: template.status_note,
            status_until: template.status_until,
            rejected_reason: template.rejected_reason.filter(|reason| reason != "NONE"),
            explanation: explanation.into(),
            quality: template.quality_score,
            variables,
            optional_variables,
            synced_at: template.synced_at,
            unsupported_reason: unsupported.as_ref().map(ToString::to_string),
            unsupported: unsupported.map(|unsupported| unsupported.part),
        }
    }
}

impl From<TemplateWarning> for Warning {
    fn from(warning: TemplateWarning) -> Self {
        Self {
            code: warning.code(),
            explanation: warning.explain(),
        }
    }
}
