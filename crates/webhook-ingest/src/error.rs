//! Why the service cannot run.

use std::io;
use std::net::SocketAddr;

/// Why the service cannot run.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The port cannot be had.
    #[error("webhook-ingest cannot listen on {address}; free the port or change `ingest.address`")]
    Listen {
        /// The address of the settings.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The setting is not a key.
    #[error("`sealing.transit_key` is not a key of the form <id>:<base64 of 32 bytes>")]
    TransitKey(#[source] sealing::KeyError),
    /// The broker's address is not one.
    #[error(transparent)]
    Broker(#[from] broker::BrokerSettingsError),
    /// The listener failed.
    #[error("the listener of webhook-ingest failed")]
    Serve(#[source] io::Error),
}
