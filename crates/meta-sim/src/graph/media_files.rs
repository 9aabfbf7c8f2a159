//! Uploaded files: `GET /{media_id}` returns a URL valid for five minutes, from which the file is downloaded with the
//! token; `DELETE /{media_id}` (Meta, media reference).

use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde_json::{Value, json};

use super::NodeId;
use super::auth::{self, Caller};
use super::error::GraphError;
use super::query::Params;
use crate::clock::now_ms;
use crate::script::Endpoint;
use crate::state::State;
use crate::state::media::UploadedMedia;

/// The path of Meta's own URLs; the slash before the query is optional here.
pub(super) const PATH: &str = "/whatsapp_business/attachments";
const ADDRESS_LIFE_S: i64 = 5 * 60;

pub(crate) async fn delete(
    request: HttpRequest,
    node: Path<NodeId>,
    state: Data<State>,
) -> HttpResponse {
    let id = node.into_inner().id;
    super::serve(&request, &state, Endpoint::Media, &id, |params| {
        let caller = auth::caller(&request, params, &state)?;
        let file = find(&state, &caller, params, "delete", &id)?;
        let file = file.ok_or_else(|| GraphError::no_such_object("delete", &id))?;
        state.media.remove(&file.id);
        Ok(json!({"success": true}))
    })
    .await
}

/// Serves the URL shown by a file's node.
pub(crate) async fn download(request: HttpRequest, state: Data<State>) -> HttpResponse {
    let params = Params::of(&request);
    if let Err(refusal) = auth::caller(&request, &params, &state) {
        return refusal.error_response();
    }
    let (id, expires) = (params.get("mid"), params.get("ext"));
    let (id, expires) = (id.unwrap_or_default(), expires.unwrap_or_default());
    let lives = expires
        .parse()
        .is_ok_and(|expires: i64| now_ms() / 1_000 < expires);
    let is_ours = params.get("hash") == Some(hash(&state, id, expires).as_str());
    let stored = state.media.content(id).filter(|_| lives && is_ours);
    match stored {
        Some((file, content)) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, file.mime_type))
            .body(content),
        None => HttpResponse::NotFound().finish(),
    }
}

/// The file with this id, if the caller may read it; `phone_number_id` must match if parts.
pub(super) fn find(
    state: &State,
    caller: &Caller,
    params: &Params,
    method: &str,
    id: &str,
) -> Result<Option<UploadedMedia>, GraphError> {
    let Some((file, _)) = state.media.content(id) else {
        return Ok(None);
    };
    let refusal = || GraphError::no_such_object(method, id);
    let number = state.accounts().numbers.get(&file.phone_number_id).cloned();
    let number = number.ok_or_else(refusal)?;
    auth::may(caller, auth::MESSAGING, &number.waba_id, refusal)?;
    let asked = params.get("phone_number_id");
    match asked.is_none_or(|asked| asked == number.facts.id) {
        true => Ok(Some(file)),
        false => Err(refusal()),
    }
}

/// The node of a file.
pub(super) fn shown(state: &State, file: &UploadedMedia) -> Value {
    let expires = (now_ms() / 1_000 + ADDRESS_LIFE_S).to_string();
    let base = state.base_url.get().map(String::as_str).unwrap_or_default();
    let hash = hash(state, &file.id, &expires);
    let url = format!("{base}{PATH}/?mid={}&ext={expires}&hash={hash}", file.id);
    json!({
        "messaging_product": "whatsapp",
        "url": url,
        "mime_type": file.mime_type,
        "sha256": file.sha256,
        "file_size": file.file_size,
        "id": file.id,
    })
}

/// Prevents forged URLs.
fn hash(state: &State, id: &str, expires: &str) -> String {
    let signed = state.signer.header(format!("{id} {expires}").as_bytes());
    signed.trim_start_matches("sha256=").to_owned()
}
