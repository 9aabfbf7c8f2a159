//! Verifies, parses and durably enqueues Meta's webhooks, and only then answers 200.
//!
//! A 200 means that a quorum queue, of events or of quarantine, has confirmed the webhook. While the broker is
//! unavailable, or quarantine is full, the response is 503 and Meta sends the webhook again. Nothing is parsed before
//! its signature was verified, and no personal data leaves the process unsealed.

mod batcher;
mod error;
mod field;
mod http;
mod intake;
mod json;
mod metrics;
mod replay;
mod settings;
mod signature;
mod time;
mod unreadable;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use actix_web::dev::Server;
use actix_web::{App, HttpServer, web};
use bootstrap::Context;
use bootstrap::http::{liveness, serve_until_shutdown};
use bootstrap::service::ServiceTasks;
use bootstrap::shutdown::DRAIN;
use broker::Broker;
use sealing::TransitKey;
use tokio::task::JoinHandle;

pub use error::IngestError;
pub use settings::{IngestSettings, Settings};

use crate::http::{BodyReader, Ingest, routes};
use crate::intake::Intake;
use crate::metrics::Metrics;
use crate::signature::Verifier;

/// The running service.
pub struct WebhookIngest {
    /// The address for webhooks.
    pub address: SocketAddr,
    server: JoinHandle<io::Result<()>>,
    tasks: ServiceTasks,
}

/// Runs the service until shutdown.
///
/// # Errors
/// When it cannot start, or its listener fails.
pub async fn run(settings: Settings, context: Context) -> Result<(), IngestError> {
    WebhookIngest::start(&settings, &context)?.wait().await
}

impl WebhookIngest {
    /// Binds the port and starts to serve; the broker is connected in the background.
    ///
    /// # Errors
    /// When a setting is invalid, or the port cannot be bound.
    pub fn start(settings: &Settings, context: &Context) -> Result<Self, IngestError> {
        let cannot = |source| IngestError::Listen {
            address: settings.ingest.address,
            source,
        };
        let listener = TcpListener::bind(settings.ingest.address).map_err(cannot)?;
        let address = listener.local_addr().map_err(cannot)?;
        let transit = TransitKey::parse(&settings.transit_key).map_err(IngestError::TransitKey)?;
        let rabbitmq = context.health.dependency("rabbitmq");
        let clock = Arc::clone(&context.clock);
        let broker = Broker::connect(&settings.broker, "webhook-ingest", clock, move |state| {
            rabbitmq.report(state);
        })?;
        Metrics::get();
        let intake = Intake::start(&broker.publisher(), transit, &context.clock);
        let ingest = Arc::new(Ingest {
            verifier: Verifier::new(settings.app_secrets()),
            verify_token: settings.ingest.verify_token.clone(),
            intake: intake.clone(),
            bodies: BodyReader::new(&settings.ingest),
            clock: Arc::clone(&context.clock),
        });
        let server = serve(listener, ingest, &settings.ingest).map_err(cannot)?;
        tracing::info!(%address, "webhook-ingest is listening for webhooks");
        let server = tokio::spawn(serve_until_shutdown(server, context.shutdown.clone()));
        let mut tasks = ServiceTasks::new("webhook-ingest", context);
        let replay = (broker.consumer(), intake, context.shutdown.clone());
        tasks.start(
            "webhook-ingest replay",
            replay,
            |(consumer, intake, shutdown)| replay::run(consumer, intake, shutdown),
        );
        Ok(Self {
            address,
            server,
            tasks,
        })
    }

    /// Waits for the end: webhooks in progress are confirmed and answered first.
    ///
    /// # Errors
    /// When the listener failed.
    pub async fn wait(self) -> Result<(), IngestError> {
        let served = self.server.await.map_err(io::Error::other).flatten();
        // A listener that failed stops the process too.
        self.tasks.stop().await;
        served.map_err(IngestError::Serve)
    }
}

fn serve(
    listener: TcpListener,
    ingest: Arc<Ingest>,
    settings: &IngestSettings,
) -> io::Result<Server> {
    let server = HttpServer::new(move || {
        App::new()
            .app_data(web::Data::from(Arc::clone(&ingest)))
            .configure(liveness)
            .configure(routes)
    });
    let server = server
        .workers(settings.workers)
        .client_request_timeout(settings.client_timeout())
        .disable_signals()
        .shutdown_timeout(DRAIN.as_secs())
        .listen(listener)?;
    Ok(server.run())
}
