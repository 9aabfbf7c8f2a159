//! Unpausing, archiving and unarchiving templates: `POST /{template_id}/unpause`,
//! `POST /{waba_id}/message_templates/archive` and `…/unarchive` (Meta, templates: management, pausing).

use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};

use super::error::GraphError;
use super::submitted::as_text;
use super::template_changes::{template_of, waba_of};
use super::{NodeId, request_fields};
use crate::script::Endpoint;
use crate::state::State;
use crate::state::accounts::Waba;
use crate::template_life::transitions::{self, StatusChange};

/// Meta: a paused template can be unpaused after five minutes.
const UNPAUSABLE_AFTER_MS: i64 = 5 * 60 * 1_000;

pub(crate) async fn unpause(
    request: HttpRequest,
    node: Path<NodeId>,
    body: Bytes,
    state: Data<State>,
) -> HttpResponse {
    let id = node.into_inner().id;
    super::serve(&request, &state, Endpoint::Node, &id, |_| {
        let call = request_fields::read(&request, &body);
        let _guard = state.template_life.change();
        let template = template_of(&request, &call.params, &state, &id)?;
        if template.facts.status != "PAUSED" {
            return Err(GraphError::template(100, "The template is not paused."));
        }
        let paused_at = state.template_life.paused_at(&id).unwrap_or_default();
        if state.clock.now_ms() - paused_at < UNPAUSABLE_AFTER_MS {
            return Err(GraphError::template(
                100,
                "A template can be unpaused five minutes after it was paused.",
            ));
        }
        transitions::unpause(&state, &template);
        Ok(json!({"success": true}))
    })
    .await
}

pub(crate) async fn archive(
    request: HttpRequest,
    node: Path<NodeId>,
    body: Bytes,
    state: Data<State>,
) -> HttpResponse {
    move_all(&request, node.into_inner().id, &body, &state, &ARCHIVE).await
}

pub(crate) async fn unarchive(
    request: HttpRequest,
    node: Path<NodeId>,
    body: Bytes,
    state: Data<State>,
) -> HttpResponse {
    move_all(&request, node.into_inner().id, &body, &state, &UNARCHIVE).await
}

/// A move into the archive, or out of it.
struct Move {
    event: &'static str,
    /// Whether the template has to be in the archive before.
    from_archive: bool,
    moved: &'static str,
    refusal: &'static str,
}

const ARCHIVE: Move = Move {
    event: "ARCHIVED",
    from_archive: false,
    moved: "archived_templates",
    refusal: "Template is archived already",
};
const UNARCHIVE: Move = Move {
    event: "UNARCHIVED",
    from_archive: true,
    moved: "unarchived_templates",
    refusal: "Template is not archived",
};

async fn move_all(
    request: &HttpRequest,
    id: String,
    body: &[u8],
    state: &Data<State>,
    movement: &Move,
) -> HttpResponse {
    let endpoint = Endpoint::MessageTemplates;
    super::serve(request, state, endpoint, &id, |_| {
        let call = request_fields::read(request, body);
        let _guard = state.template_life.change();
        let waba = waba_of(request, &call.params, state, "post", &id)?;
        let ids = call.fields.get("hsm_ids").map(ids).unwrap_or_default();
        if ids.is_empty() {
            return Err(GraphError::parameter("The parameter hsm_ids is required."));
        }
        let (mut moved, mut failed) = (Vec::new(), Map::new());
        for id in ids {
            match move_one(state, &waba, &id, movement) {
                Ok(()) => moved.push(Value::from(id)),
                Err(reason) => {
                    failed.insert(id, Value::from(reason));
                }
            }
        }
        let moved = Value::from(moved);
        Ok(json!({movement.moved: moved, "failed_templates": failed}))
    })
    .await
}

fn move_one(state: &State, waba: &Waba, id: &str, movement: &Move) -> Result<(), &'static str> {
    let mut templates = waba.templates.iter();
    let template = templates.find(|template| template.facts.id == id);
    let template = template.ok_or("Template not found")?;
    if (template.facts.status == "ARCHIVED") != movement.from_archive {
        return Err(movement.refusal);
    }
    transitions::set_status(state, template, &StatusChange::to(movement.event));
    Ok(())
}

/// A list, or a text with commas.
fn ids(value: &Value) -> Vec<String> {
    match value {
        Value::Array(ids) => ids.iter().filter_map(as_text).collect(),
        Value::String(ids) => {
            let ids = ids.split(',').map(str::trim).filter(|id| !id.is_empty());
            ids.map(ToOwned::to_owned).collect()
        }
        other => as_text(other).into_iter().collect(),
    }
}
