//! `PUT /v1/templates/drafts/{draft_id}`

use actix_web::{HttpResponse, web};
use common::ids::DraftId;
use serde::Deserialize;
use storage::template_drafts::{self, Draft as StoredDraft, Text};
use utoipa::ToSchema;

use super::{Draft, store};
use crate::api::templates::author::Authors;
use crate::api::templates::definition::{self, Definition, DefinitionToSave};
use crate::auth::Principal;
use crate::extract::{JsonBody, PathId};
use crate::problem::{Problem, ProblemCode};
use crate::state::AppState;

/// A new version of a draft.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TemplateVersionToSave)]
pub(crate) struct VersionToSave {
    /// The version that was changed. The call is refused if the draft has a newer one.
    #[schema(minimum = 1, maximum = 2_147_483_647, example = 3)]
    expected_version: i32,
    #[schema(schema_with = definition::schema)]
    template: DefinitionToSave,
}

/// Saves a new version of a draft
///
/// A version that another call saved in the meantime is not overwritten: the answer is 409 with `current_version`. The
/// text of the newest version saves nothing and returns the draft, so that a call can be repeated.
#[utoipa::path(
    put,
    path = "/v1/templates/drafts/{draft_id}",
    params(("draft_id" = uuid::Uuid, Path)),
    request_body = VersionToSave,
    responses((status = 200, description = "The draft", body = Draft))
)]
pub(crate) async fn save_draft(
    state: web::Data<AppState>,
    principal: Principal,
    PathId(draft_id): PathId<DraftId>,
    body: JsonBody<VersionToSave>,
) -> Result<HttpResponse, Problem> {
    let VersionToSave {
        expected_version,
        template,
    } = body.value;
    if expected_version < 1 {
        let detail = "should be the number of a version, from 1";
        return Err(Problem::body("/expected_version", detail));
    }
    let definition = template.checked()?;
    let draft = save(&state, &principal, draft_id, (expected_version, definition)).await?;
    let authors = Authors::read(&principal.business, [draft.newest.author]).await?;
    Ok(HttpResponse::Ok().json(Draft::new(draft, &authors)))
}

async fn save(
    state: &AppState,
    Principal {
        actor, business, ..
    }: &Principal,
    draft_id: DraftId,
    (expected_version, definition): (i32, Definition),
) -> Result<StoredDraft, Problem> {
    let mut transaction = business.begin().await?;
    let draft = template_drafts::lock(&mut transaction, business, draft_id).await?;
    if draft.newest.definition == definition.value {
        return Ok(draft);
    }
    let current = draft.newest.number;
    if current != expected_version {
        return Err(conflict(current));
    }
    let name = (definition.name.as_str(), definition.language.as_str());
    if name != (draft.name.as_str(), draft.language.as_str()) {
        check_free(&draft)?;
        store::check_name(&mut transaction, business, &draft.waba_id, name).await?;
    }
    let text = Text {
        name: name.0,
        language: name.1,
        definition: &definition.value,
        author: actor.key_id(),
        at: state.now(),
    };
    let number = current.saturating_add(1);
    let saved = template_drafts::save(&mut transaction, business, (draft_id, number), text).await;
    saved.map_err(store::name_taken)?;
    let draft = template_drafts::find(&mut transaction, business, draft_id).await?;
    store::record_saved(&mut transaction, business, &draft).await?;
    transaction.commit().await?;
    Ok(draft)
}

fn conflict(current: i32) -> Problem {
    Problem::new(ProblemCode::VersionConflict)
        .current_version(current)
        .detail(format!(
            "The draft is at version {current}. Nothing was saved. Read it, make the change in that version, and save it \
             with this expected_version."
        ))
}

/// Refuses another name or language for a template that Meta has.
fn check_free(draft: &StoredDraft) -> Result<(), Problem> {
    if draft.template_id.is_none() {
        return Ok(());
    }
    let detail = "cannot get another name or language, because Meta has the template: duplicate the draft instead";
    Err(Problem::body("/template", detail))
}
