//! HTTP listeners that end with the process: requests in flight are finished, new ones are refused.

use std::io;

use actix_web::dev::Server;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, Responder};

use crate::shutdown::{DRAIN, Shutdown};

/// Adds `GET /healthz`: 200 while the process runs, whatever dependency is missing.
pub fn liveness(services: &mut ServiceConfig) {
    services.route("/healthz", web::get().to(healthz));
}

/// Runs a server until shutdown, then waits for the requests in flight.
///
/// Build it with `disable_signals()` and `shutdown_timeout(bootstrap::shutdown::DRAIN.as_secs())`.
///
/// # Errors
/// When the server fails.
pub async fn serve_until_shutdown(server: Server, shutdown: Shutdown) -> io::Result<()> {
    let handle = server.handle();
    let stop = tokio::spawn(async move {
        shutdown.triggered().await;
        let drained = tokio::time::timeout(DRAIN, handle.stop(true)).await;
        if drained.is_err() {
            tracing::warn!("requests were aborted: they did not end within the drain deadline");
        }
    });
    let served = server.await;
    stop.abort();
    served
}

async fn healthz() -> impl Responder {
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body("alive\n")
}
