//! Checks that a number may send and a template may be sent, according to the lookup cache. Campaigns use the same
//! checks.

use std::sync::Arc;

use common::ids::PhoneNumberId;
use common::template::{TemplateShape, TemplateStatus};
use storage::BusinessScope;
use storage::phone_numbers::PhoneNumber;

use super::{KnownTemplate, TemplateName};
use crate::problem::{Problem, ProblemCode};
use crate::state::AppState;

/// The number of the business to send from.
pub(crate) async fn find_number(
    state: &AppState,
    scope: &BusinessScope,
    phone_number_id: &PhoneNumberId,
) -> Result<Arc<PhoneNumber>, Problem> {
    let number = state.lookup_cache.number(scope, phone_number_id).await?;
    number.ok_or_else(|| {
        Problem::new(ProblemCode::NumberUnknown).at("/from", "is not a number of this business")
    })
}

/// The template to send from a number, by name and language.
pub(crate) async fn find_template(
    state: &AppState,
    scope: &BusinessScope,
    number: &PhoneNumber,
    (name, language): (&str, &str),
) -> Result<Arc<KnownTemplate>, Problem> {
    let wanted = TemplateName {
        business_id: scope.business_id(),
        waba_id: number.waba_id.clone(),
        name: name.to_owned(),
        language: language.to_owned(),
    };
    let template = state.lookup_cache.template(scope, wanted).await?;
    template.ok_or_else(|| {
        Problem::new(ProblemCode::TemplateUnknown)
            .at("/template", "the account of this number has no such template in this language")
            .detail("GET /v1/templates lists the templates; POST /v1/templates/sync reads new ones from Meta.")
    })
}

/// The variables of a template.
pub(crate) fn shape_of(template: &KnownTemplate) -> Result<&TemplateShape, Problem> {
    template.shape.as_ref().map_err(|unsupported| {
        Problem::new(ProblemCode::TemplateUnsupported).at("/template", unsupported.to_string())
    })
}

/// Refuses a number that is not connected.
pub(crate) fn check_connected(number: &PhoneNumber) -> Result<(), Problem> {
    if number.connection.can_send() {
        return Ok(());
    }
    let connection = number.connection.as_str();
    Err(
        Problem::new(ProblemCode::NumberNotConnected).detail(format!(
            "The number is {connection}. Connect it again with a token that Meta accepts."
        )),
    )
}

/// Refuses a template that is not approved.
pub(crate) fn check_sendable(status: &TemplateStatus) -> Result<(), Problem> {
    if status.is_sendable() {
        return Ok(());
    }
    let status = status.as_meta();
    Err(Problem::new(ProblemCode::TemplateNotApproved).detail(format!(
        "Meta's status of the template is {status}; only approved templates are sent. POST /v1/templates/sync asks \
         Meta again."
    )))
}
