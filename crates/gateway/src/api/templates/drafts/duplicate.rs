//! `POST /v1/templates/drafts/{draft_id}/duplicate`

use std::fmt::Display;
use std::str::FromStr;

use actix_web::{HttpResponse, web};
use common::ids::{DraftId, WabaId};
use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize};
use storage::template_drafts;
use utoipa::ToSchema;

use super::Draft;
use super::store::{self, NewDraft};
use crate::api::templates::account;
use crate::api::templates::author::Authors;
use crate::api::templates::definition::Definition;
use crate::auth::Principal;
use crate::extract::{IdempotencyGuard, IdempotencyKey, JsonBody, PathId};
use crate::problem::Problem;
use crate::state::AppState;

/// What differs in the copy; the rest is as in the newest version of the draft.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TemplateDraftCopy)]
pub(crate) struct Copy {
    /// Another account.
    #[serde(default, deserialize_with = "optional_id")]
    #[schema(value_type = Option<String>, pattern = "^[0-9]{1,32}$", example = "102289599326934")]
    waba_id: Option<WabaId>,
    /// Another name.
    #[schema(min_length = 1, max_length = 512, example = "commande_prete_2")]
    name: Option<String>,
    /// Another language.
    #[schema(min_length = 1, max_length = 32, example = "en_US")]
    language: Option<String>,
}

/// Copies a draft
///
/// Give at least one of account, name and language: a name and language of an account has one draft.
#[utoipa::path(
    post,
    path = "/v1/templates/drafts/{draft_id}/duplicate",
    params(("draft_id" = uuid::Uuid, Path), IdempotencyKey),
    request_body = Copy,
    responses((status = 201, description = "The new draft", body = Draft))
)]
pub(crate) async fn duplicate_draft(
    state: web::Data<AppState>,
    principal: Principal,
    PathId(draft_id): PathId<DraftId>,
    key: IdempotencyKey,
    body: JsonBody<Copy>,
) -> Result<HttpResponse, Problem> {
    let business = &principal.business;
    let once = IdempotencyGuard::of_business(business, &key, body.fingerprint).await?;
    let Copy {
        waba_id,
        name,
        language,
    } = body.value;
    check_length("/name", name.as_deref(), 512)?;
    check_length("/language", language.as_deref(), 32)?;
    let authors = Authors::read(business, [principal.actor.key_id()]).await?;
    let mut transaction = business.begin().await?;
    if let Some(earlier) = once.earlier(&mut transaction).await? {
        return Ok(earlier.respond());
    }
    let original = template_drafts::find(&mut transaction, business, draft_id).await?;
    if let Some(waba_id) = &waba_id {
        account::check(&mut transaction, business, waba_id).await?;
    }
    let new = NewDraft {
        waba_id: waba_id.as_ref().unwrap_or(&original.waba_id),
        template_id: None,
        definition: Definition::new(original.newest.definition).renamed(name, language),
    };
    let work = (&once, transaction);
    store::create(&principal, work, new, (&authors, state.now())).await
}

fn check_length(pointer: &str, text: Option<&str>, most: usize) -> Result<(), Problem> {
    match text {
        Some(text) if !(1..=most).contains(&text.chars().count()) => {
            let detail = format!("should be a text of 1 to {most} characters");
            Err(Problem::body(pointer, detail))
        }
        _ => Ok(()),
    }
}

/// Reads an id of Meta's that may be missing or null.
fn optional_id<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| text.parse().map_err(D::Error::custom))
        .transpose()
}
