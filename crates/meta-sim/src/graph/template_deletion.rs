//! Deleting templates: `DELETE /{waba_id}/message_templates` (Meta, templates: management).

use std::sync::Arc;

use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};

use super::error::GraphError;
use super::submitted::as_text;
use super::template_changes::waba_of;
use super::{NodeId, request_fields};
use crate::script::Endpoint;
use crate::state::State;
use crate::state::accounts::StoredTemplate;
use crate::template_life::transitions;

const MOST_IDS: usize = 100;

pub(crate) async fn delete(
    request: HttpRequest,
    node: Path<NodeId>,
    body: Bytes,
    state: Data<State>,
) -> HttpResponse {
    let id = node.into_inner().id;
    let endpoint = Endpoint::MessageTemplates;
    super::serve(&request, &state, endpoint, &id, |_| {
        let call = request_fields::read(&request, &body);
        let _guard = state.template_life.change();
        let waba = waba_of(&request, &call.params, &state, "delete", &id)?;
        let wanted = Wanted::of(&call.fields)?;
        let named = waba.templates.iter().filter(|its| wanted.names(its));
        let named: Vec<&Arc<StoredTemplate>> = named.collect();
        if named.is_empty() {
            return Err(GraphError::template(
                100,
                "The message template does not exist.",
            ));
        }
        if named
            .iter()
            .all(|template| template.facts.status == "DISABLED")
        {
            return Err(GraphError::template(
                100,
                "A disabled template cannot be deleted.",
            ));
        }
        let deletable = named
            .iter()
            .filter(|template| template.facts.status != "DISABLED");
        deletable.for_each(|template| transitions::delete(&state, template));
        Ok(json!({"success": true}))
    })
    .await
}

/// The templates that a call deletes.
enum Wanted {
    /// All languages of a name.
    Name(String),
    /// One language of a name.
    One { name: String, id: String },
    /// These.
    Ids(Vec<String>),
}

impl Wanted {
    fn of(fields: &Map<String, Value>) -> Result<Self, GraphError> {
        let name = fields.get("name").and_then(as_text);
        let one = fields.get("hsm_id").and_then(as_text);
        let several = fields.get("hsm_ids").and_then(Value::as_array);
        match (name, one, several) {
            (Some(name), None, None) => Ok(Self::Name(name)),
            (Some(name), Some(id), None) => Ok(Self::One { name, id }),
            (None, None, Some(ids)) if (1..=MOST_IDS).contains(&ids.len()) => {
                Ok(Self::Ids(ids.iter().filter_map(as_text).collect()))
            }
            (_, _, Some(_)) => Err(GraphError::parameter(
                "Param hsm_ids must have 1 to 100 ids, without name and hsm_id.",
            )),
            _ => Err(GraphError::parameter("The parameter name is required.")),
        }
    }

    fn names(&self, template: &StoredTemplate) -> bool {
        let facts = &template.facts;
        match self {
            Self::Name(name) => *name == facts.name,
            Self::One { name, id } => *name == facts.name && *id == facts.id,
            Self::Ids(ids) => ids.contains(&facts.id),
        }
    }
}
