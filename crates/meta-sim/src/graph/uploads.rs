//! Resumable uploads of samples for headers: `POST /{app_id}/uploads`, then `POST /upload:{session}` with the bytes, and
//! `GET /upload:{session}` to resume (Meta, resumable upload). The reference does not document the codes of refusals:
//! they are (#100) here.

use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::error::GraphError;
use super::query::Params;
use super::{NodeId, auth, request_fields};
use crate::script::Endpoint;
use crate::state::State;
use crate::state::uploads::Received;

const OFFSET: &str = "file_offset";
const TYPES: [&str; 5] = [
    "application/pdf",
    "image/jpeg",
    "image/jpg",
    "image/png",
    "video/mp4",
];
/// The part of a session's id that has to be kept with it.
const SIGNATURE: &str = "ARZsim";

pub(crate) async fn begin(
    request: HttpRequest,
    node: Path<NodeId>,
    body: Bytes,
    state: Data<State>,
) -> HttpResponse {
    let id = node.into_inner().id;
    super::serve(&request, &state, Endpoint::Upload, &id, |_| {
        let call = request_fields::read(&request, &body);
        auth::caller(&request, &call.params, &state)?;
        if id != state.config.app_id {
            return Err(GraphError::no_such_object("post", &id));
        }
        let field = |key: &str| call.fields.get(key).map(as_text).unwrap_or_default();
        let kind = field("file_type");
        if !TYPES.contains(&kind.as_str()) {
            let allowed = TYPES.join(", ");
            return Err(GraphError::parameter(format!(
                "Param file_type must be one of {{{allowed}}}"
            )));
        }
        let length = field("file_length")
            .parse()
            .ok()
            .filter(|length| *length > 0);
        let length = length
            .ok_or_else(|| GraphError::parameter("Param file_length must be a positive number"))?;
        let session = state.uploads.begin(&kind, length);
        Ok(json!({"id": format!("{session}?sig={SIGNATURE}")}))
    })
    .await
}

pub(crate) async fn send(
    request: HttpRequest,
    node: Path<NodeId>,
    body: Bytes,
    state: Data<State>,
) -> HttpResponse {
    let id = node.into_inner().id;
    super::serve(&request, &state, Endpoint::Upload, &id, |params| {
        check_session(&request, params, &state, "post", &id)?;
        let offset = request.headers().get(OFFSET);
        let offset = offset.and_then(|value| value.to_str().ok()?.parse().ok());
        let offset =
            offset.ok_or_else(|| GraphError::parameter("The header file_offset is missing"))?;
        match state.uploads.take(&id, offset, body.len()) {
            Some(Received::Whole(handle)) => Ok(json!({"h": handle})),
            Some(Received::Part(offset)) => Ok(session(&id, offset)),
            Some(Received::Misplaced(offset)) => Err(GraphError::parameter(format!(
                "The upload goes on at file_offset {offset}"
            ))),
            None => Err(GraphError::no_such_object("post", &id)),
        }
    })
    .await
}

pub(crate) async fn show(
    request: HttpRequest,
    node: Path<NodeId>,
    state: Data<State>,
) -> HttpResponse {
    let id = node.into_inner().id;
    super::serve(&request, &state, Endpoint::Upload, &id, |params| {
        check_session(&request, params, &state, "get", &id)?;
        let offset = state.uploads.offset(&id);
        let offset = offset.ok_or_else(|| GraphError::no_such_object("get", &id))?;
        Ok(session(&id, offset))
    })
    .await
}

fn check_session(
    request: &HttpRequest,
    params: &Params,
    state: &State,
    method: &str,
    id: &str,
) -> Result<(), GraphError> {
    auth::caller(request, params, state)?;
    match params.get("sig") == Some(SIGNATURE) {
        true => Ok(()),
        false => Err(GraphError::no_such_object(method, id)),
    }
}

fn session(id: &str, offset: usize) -> Value {
    json!({"id": format!("{id}?sig={SIGNATURE}"), "file_offset": offset})
}

fn as_text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), ToOwned::to_owned)
}
