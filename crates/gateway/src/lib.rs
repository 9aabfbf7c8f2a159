//! The gateway: the API of Im.Age Commerce, and the projection of what Meta said.
//!
//! It accepts work, keeps businesses, numbers, templates and campaigns, and applies Meta's statuses and the clients'
//! messages. It never sends a message: the claim in the sender decides that. The API's port is taken first; Postgres and
//! RabbitMQ are reached in the background, and what needs them answers 503 until then.

mod accept;
mod access_log;
mod api;
pub mod audience;
pub mod auth;
mod body_rate;
mod cors;
mod docs;
mod event_catalogue;
pub mod extract;
mod limits;
mod metrics;
mod openapi;
mod postgres;
pub mod problem;
mod projector;
mod routes;
mod server;
mod settings;
mod state;
mod web_address;

pub use event_catalogue::event_catalogue;
pub use openapi::openapi;
pub use server::{Gateway, GatewayError};
pub use settings::{GatewaySettings, Settings};
pub use state::AppState;
pub use web_address::{Origins, PublicUrl, WebAddressError};

use actix_web::web::{self, ServiceConfig};
use bootstrap::Context;

/// Runs the gateway until the process is asked to stop: then it answers the requests under way, commits what they brought,
/// and ends.
///
/// # Errors
/// When a setting cannot be used, the port cannot be had, or the server fails.
pub async fn run(settings: Settings, context: Context) -> Result<(), GatewayError> {
    Gateway::start(settings, context)?.wait().await
}

/// What the gateway adds to the operations listener: the OpenAPI document, which names the server that the settings say,
/// and a page to browse it with.
pub fn operations(settings: &GatewaySettings, services: &mut ServiceConfig) {
    services.app_data(web::Data::new(settings.clone()));
    routes::ops_routes(services);
}
