//! The process's operations listener: `/healthz`, `/readyz`, `/metrics`, and routes that a service adds.
//!
//! It has its own port, so that it can be closed to the internet. `/readyz` answers 503 with the missing dependencies.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use actix_web::dev::Server;
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, HttpResponse, HttpServer, Responder};
use prometheus::TextEncoder;
use serde::Deserialize;

use crate::health::Health;
use crate::http::{liveness, serve_until_shutdown};
use crate::shutdown::{DRAIN, Shutdown};

/// Adds routes of a service to the operations listener.
pub type Configure = Arc<dyn Fn(&mut ServiceConfig) + Send + Sync>;

/// The address of the operations listener.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OpsSettings {
    /// Address and port; it must not be reachable from the internet.
    pub address: SocketAddr,
}

/// A bound listener that does not serve yet.
pub struct Ops {
    server: Server,
    address: SocketAddr,
    shutdown: Shutdown,
}

impl Default for OpsSettings {
    fn default() -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], 9100)),
        }
    }
}

impl Ops {
    /// Binds the port.
    ///
    /// # Errors
    /// When the port cannot be bound.
    pub fn bind(
        settings: &OpsSettings,
        health: Health,
        shutdown: Shutdown,
        configure: Configure,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(settings.address)?;
        let address = listener.local_addr()?;
        let server = HttpServer::new(move || {
            let configure = Arc::clone(&configure);
            App::new()
                .app_data(web::Data::new(health.clone()))
                .configure(liveness)
                .route("/readyz", web::get().to(readyz))
                .route("/metrics", web::get().to(metrics))
                .configure(move |services| configure(services))
        })
        .workers(1)
        .disable_signals()
        .shutdown_timeout(DRAIN.as_secs())
        .listen(listener)?
        .run();
        Ok(Self {
            server,
            address,
            shutdown,
        })
    }

    /// The bound address.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until shutdown.
    ///
    /// # Errors
    /// When the server fails.
    pub async fn serve(self) -> io::Result<()> {
        serve_until_shutdown(self.server, self.shutdown).await
    }
}

impl fmt::Debug for Ops {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ops({})", self.address)
    }
}

async fn readyz(health: web::Data<Health>) -> impl Responder {
    let check = health.check();
    let mut response = if check.ready {
        HttpResponse::Ok()
    } else {
        HttpResponse::ServiceUnavailable()
    };
    response.json(check)
}

async fn metrics() -> impl Responder {
    match TextEncoder::new().encode_to_string(&prometheus::gather()) {
        Ok(text) => HttpResponse::Ok()
            .content_type("text/plain; version=0.0.4; charset=utf-8")
            .body(text),
        Err(error) => {
            tracing::error!(%error, "the metrics could not be written");
            HttpResponse::InternalServerError().finish()
        }
    }
}
