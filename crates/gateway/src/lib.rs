//! The gateway: the API of Im.Age Commerce.
//!
//! It accepts messages, and manages businesses, numbers, templates and campaigns. It never sends a message: the claim in
//! the sender decides that. The API's port is bound without waiting for Postgres and RabbitMQ: calls that need them get
//! 503 until they are reached.

mod accept;
mod access_log;
mod api;
pub mod auth;
mod body_rate;
mod cors;
mod docs;
mod event_catalogue;
pub mod extract;
mod limits;
mod metrics;
mod openapi;
pub mod problem;
mod registration;
mod routes;
mod server;
mod settings;
mod state;
mod web_address;
mod work_permit;

pub use event_catalogue::event_catalogue;
pub use openapi::openapi;
pub use server::{Gateway, GatewayError};
pub use settings::{GatewaySettings, Settings};
pub use state::AppState;
pub use web_address::{Origins, PublicUrl, WebAddressError};

use actix_web::web::{self, ServiceConfig};
use bootstrap::Context;
use broker::Publisher;
use storage::Store;

/// Runs the gateway until the process is asked to stop. It then answers the requests in progress, commits and publishes
/// their messages, and ends.
///
/// # Errors
/// When a setting is invalid, the port cannot be bound, or the server fails.
pub async fn run(
    settings: Settings,
    store: Store,
    publisher: Publisher,
    context: Context,
) -> Result<(), GatewayError> {
    let gateway = Gateway::start(settings, store, publisher, context)?;
    gateway.wait().await
}

/// The gateway's routes on the operations listener: the OpenAPI document with the server's URL from the settings, and a
/// page to browse it.
pub fn operations(settings: &GatewaySettings, services: &mut ServiceConfig) {
    services.app_data(web::Data::new(settings.clone()));
    registration::ops_routes(services);
}
