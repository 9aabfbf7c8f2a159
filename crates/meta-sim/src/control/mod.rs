//! `/sim/…`: the control API, which Meta does not have. The library's methods and these routes share their functions.

mod accounts;
pub(crate) mod error;
pub(crate) mod handshake;
pub(crate) mod inbound;
mod ledger;
pub(crate) mod numbers;
pub(crate) mod preferences;
pub(crate) mod resend;
mod scripts;
mod sender;
mod settings;
mod system_message;
pub(crate) mod templates;

use actix_web::web::{self, Data, JsonConfig, ServiceConfig};
use actix_web::{HttpResponse, Responder, Scope};

use crate::state::State;
use error::ControlError;

const LONGEST_BODY: usize = 32 * 1_024 * 1_024;

/// The routes of the control.
pub(crate) fn routes(config: &mut ServiceConfig) {
    let json = JsonConfig::default()
        .limit(LONGEST_BODY)
        .content_type_required(false)
        .error_handler(|error, _| ControlError::Body(error.to_string()).into());
    let scripts = web::resource("/scripts")
        .route(web::get().to(scripts::list))
        .route(web::post().to(scripts::add))
        .route(web::delete().to(scripts::clear));
    let accounts = web::resource("/accounts")
        .route(web::get().to(accounts::list))
        .route(web::post().to(accounts::put));
    let behaviour = web::resource("/behaviour")
        .route(web::get().to(settings::behaviour))
        .route(web::put().to(settings::set_behaviour));
    let limits = web::resource("/limits")
        .route(web::get().to(settings::limits))
        .route(web::put().to(settings::set_limits));
    let control = web::scope("/sim")
        .app_data(json)
        .route("/ledger", web::get().to(ledger::show))
        .route("/ledger/entries", web::get().to(ledger::entries))
        .route("/ledger/messages", web::get().to(ledger::messages))
        .route("/ledger/send-rate", web::get().to(ledger::send_rate))
        .route("/stats", web::get().to(stats))
        .route("/webhook", web::put().to(settings::set_webhook))
        .route("/numbers", web::post().to(numbers::post))
        .route("/inbound", web::post().to(inbound::post_message))
        .route("/preferences", web::post().to(preferences::post))
        .route("/webhooks", web::post().to(inbound::post_change))
        .route("/webhooks/resend", web::post().to(resend::post))
        .route("/clock", web::post().to(settings::advance_clock))
        .route("/handshake", web::post().to(handshake::post))
        .route("/cursors/expire", web::post().to(settings::expire_cursors))
        .route("/state", web::delete().to(settings::reset))
        .service(templates())
        .service(behaviour)
        .service(limits)
        .service(scripts)
        .service(accounts);
    config.service(control);
}

fn templates() -> Scope {
    let review = web::resource("/review")
        .route(web::get().to(templates::status::review_behaviour))
        .route(web::put().to(templates::status::put_review_behaviour))
        .route(web::post().to(templates::status::post_review));
    web::scope("/templates")
        .route("/pacing", web::post().to(templates::pacing::post_pacing))
        .route("/verdict", web::post().to(templates::pacing::post_verdict))
        .route("/pause", web::post().to(templates::status::post_pause))
        .route("/status", web::post().to(templates::status::post_status))
        .route("/quality", web::post().to(templates::status::post_quality))
        .route("/category", web::post().to(templates::category::post))
        .service(review)
}

async fn stats(state: Data<State>) -> impl Responder {
    HttpResponse::Ok().json(state.read_stats())
}
