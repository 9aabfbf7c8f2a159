//! Templates as of the last synchronisation with Meta.

mod get;
mod list;
mod sync;

use chrono::{DateTime, Utc};
use common::access::Permission::{TemplatesRead, TemplatesWrite};
use common::ids::{TemplateId, WabaId};
use common::template::TemplateWarning;
use serde::Serialize;
use utoipa::ToSchema;

use crate::routes::{Resource, Route, Tag, handler};

/// The routes of the resource.
pub(super) static RESOURCE: Resource = Resource {
    tag: Tag {
        name: "templates",
        description: "Templates as Meta lists them",
    },
    routes: &[
        Route::of_business(TemplatesWrite, handler!(sync::sync_templates)),
        Route::of_business(TemplatesRead, handler!(list::list_templates)),
        Route::of_business(TemplatesRead, handler!(get::get_template)),
    ],
};

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
    #[schema(example = "UTILITY")]
    category: String,
    /// Meta's status.
    #[schema(example = "APPROVED")]
    status: String,
    /// Whether the template can be sent now: it is approved, and variables can fill in all its parts.
    sendable: bool,
    /// The variables that a message has to give, in order. `header.document`, `header.image` or `header.video` is the
    /// id of a file that `POST /v1/media` returned.
    #[schema(example = json!(["1", "2"]))]
    variables: Vec<String>,
    /// The text of the body; null when Meta gives none, as for one-time codes.
    body: Option<String>,
    synced_at: DateTime<Utc>,
    /// The part that variables cannot fill in, such as `HEADER LOCATION`; null when there is none.
    unsupported: Option<String>,
    /// Why variables cannot fill it in; null when they can.
    #[schema(example = "the template's HEADER LOCATION cannot be filled in from variables")]
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

impl From<storage::templates::Template> for Template {
    fn from(template: storage::templates::Template) -> Self {
        let (variables, unsupported) = match template.shape() {
            Ok(shape) => (shape.variable_names(), None),
            Err(error) => (Vec::new(), Some(error)),
        };
        let warnings = template.warnings().into_iter().map(Warning::from).collect();
        Self {
            sendable: template.status.is_sendable() && unsupported.is_none(),
            body: template.body().map(ToOwned::to_owned),
            template_id: template.template_id,
            waba_id: template.waba_id,
            name: template.name,
            language: template.language,
            category: template.category.as_meta().to_owned(),
            status: template.status.as_meta().to_owned(),
            variables,
            synced_at: template.synced_at,
            unsupported_reason: unsupported.as_ref().map(ToString::to_string),
            unsupported: unsupported.map(|unsupported| unsupported.part),
            warnings,
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
