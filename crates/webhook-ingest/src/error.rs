//! Why the service cannot run.

use std::io;
use std::net::SocketAddr;

/// Why the service cannot run.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The port cannot be bound.
    #[error("webhook-ingest cannot listen on {address}; free the port or change `ingest.address`")]
    Listen {
        /// The address of the settings.
        address: SocketAddr,
        /// The system's error.
        source: io::Error,
    },
    /// The setting is not a valid key.
    #[error("`sealing.transit_key` is not a valid key; the form is <id>:<base64 of 32 bytes>")]
    TransitKey(#[source] sealing::KeyError),
    /// The broker's URL is invalid.
    #[error(transparent)]
    Broker(#[from] broker::BrokerSettingsError),
    /// The listener failed.
    #[error("the listener of webhook-ingest failed")]
    Serve(#[source] io::Error),
}
