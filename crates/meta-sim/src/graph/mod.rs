//! The part of the Graph API that the product uses, under any version `/vNN.0/` and without one.

mod auth;
mod budget;
mod debug_token;
mod error;
pub(crate) mod error_codes;
mod fault_response;
pub(crate) mod media;
mod media_files;
pub(crate) mod messages;
mod node;
mod page;
mod phone_numbers;
mod query;
mod request_fields;
mod submitted;
mod subscribed_apps;
mod template_actions;
mod template_changes;
mod template_deletion;
mod template_rules;
mod templates;
mod uploads;

use actix_web::web::{self, Data, PayloadConfig, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Resource, ResponseError, Scope};
use serde::Deserialize;
use serde_json::Value;

use crate::script::{Call, Endpoint};
use crate::state::State;
use error::GraphError;
use query::Params;

/// The id of an account, a number, a template or a file in a path.
#[derive(Deserialize)]
pub(crate) struct NodeId {
    pub(crate) id: String,
}

/// The routes of every version, and those without one, which use the oldest supported version.
pub(crate) fn routes(config: &mut ServiceConfig) {
    let attachments = resource(media_files::PATH).route(web::get().to(media_files::download));
    config
        .service(attachments)
        .service(endpoints(web::scope(r"/{version:v\d{1,3}\.\d}")))
        .service(endpoints(web::scope("")));
}

fn endpoints(scope: Scope) -> Scope {
    let subscribed_apps = resource("/{id}/subscribed_apps")
        .route(web::get().to(subscribed_apps::list))
        .route(web::post().to(subscribed_apps::subscribe))
        .route(web::delete().to(subscribed_apps::unsubscribe));
    let media = resource("/{id}/media")
        .app_data(PayloadConfig::new(media::LONGEST_BODY))
        .route(web::post().to(media::upload));
    let templates = resource("/{id}/message_templates")
        .route(web::get().to(templates::list))
        .route(web::post().to(template_changes::create))
        .route(web::delete().to(template_deletion::delete));
    let archive = resource("/{id}/message_templates/archive")
        .route(web::post().to(template_actions::archive));
    let unarchive = resource("/{id}/message_templates/unarchive")
        .route(web::post().to(template_actions::unarchive));
    let unpause = resource("/{id}/unpause").route(web::post().to(template_actions::unpause));
    let uploads = resource("/{id}/uploads").route(web::post().to(uploads::begin));
    let upload = resource(r"/{id:upload:[^/]+}")
        .app_data(PayloadConfig::new(media::LONGEST_BODY))
        .route(web::post().to(uploads::send))
        .route(web::get().to(uploads::show));
    let node = resource(r"/{id:\d+}")
        .route(web::get().to(node::show))
        .route(web::post().to(template_changes::edit))
        .route(web::delete().to(media_files::delete));
    scope
        .service(resource("/debug_token").route(web::get().to(debug_token::show)))
        .service(resource("/{id}/messages").route(web::post().to(messages::send)))
        .service(
            resource("/{id}/marketing_messages").route(web::post().to(messages::send_marketing)),
        )
        .service(templates)
        .service(archive)
        .service(unarchive)
        .service(unpause)
        .service(uploads)
        .service(upload)
        .service(resource("/{id}/phone_numbers").route(web::get().to(phone_numbers::list)))
        .service(subscribed_apps)
        .service(media)
        .service(node)
}

/// A resource that refuses other methods in JSON, as for all other errors.
fn resource(path: &str) -> Resource {
    web::resource(path).default_service(web::to(unknown_path))
}

/// An unsupported path, in Meta's error form.
pub(crate) async fn unknown_path(request: HttpRequest) -> HttpResponse {
    GraphError::unknown_path(request.path()).error_response()
}

/// Serves a call other than sending: applies a script's fault, or answers.
async fn serve(
    request: &HttpRequest,
    state: &Data<State>,
    endpoint: Endpoint,
    object_id: &str,
    work: impl FnOnce(&Params) -> Result<Value, GraphError>,
) -> HttpResponse {
    let call = Call {
        endpoint,
        object_id,
        recipient: "",
        user_id: "",
        opaque: "",
        template: "",
    };
    let fault = state.scripts.fault(state.config.seed, &call);
    if let Some(fault) = &fault
        && let Some(met) = fault_response::before(fault, request, state).await
    {
        return met;
    }
    let used = budget::take(state, endpoint, object_id);
    let mut response = match budget::check(used).and_then(|()| work(&Params::of(request))) {
        Ok(body) => {
            fault_response::after(fault.as_ref(), request, state, body.to_string().into()).await
        }
        Err(refusal) => {
            let mut response = refuse(state, &refusal);
            budget::show_wait(&mut response, object_id, &refusal);
            response
        }
    };
    budget::show(&mut response, object_id, used, &state.limits().templates);
    response
}

fn refuse(state: &State, refusal: &GraphError) -> HttpResponse {
    state.stats.refused(refusal.code);
    refusal.error_response()
}
