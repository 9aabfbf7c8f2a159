//! Where the database is and how many connections a process may hold.

use secrecy::SecretString;
use serde::Deserialize;

/// Settings of the section `database`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StorageSettings {
    /// `postgres://user:password@host:port/database` of the login role that the services use. It needs no rights of its
    /// own: `djigbachats migrate` creates it and lets it take the roles of the services.
    pub url: SecretString,
    /// The same for a role that may create tables and roles; only `migrate` needs it.
    #[serde(default)]
    pub admin_url: Option<SecretString>,
    /// Connections for requests.
    #[serde(default = "default_request_connections")]
    pub request_connections: usize,
    /// How many of them one business may hold at a time; its other calls wait for them.
    #[serde(default = "default_request_connections_per_business")]
    pub request_connections_per_business: usize,
    /// Connections for the workers.
    #[serde(default = "default_worker_connections")]
    pub worker_connections: usize,
}

const fn default_request_connections() -> usize {
    12
}

const fn default_request_connections_per_business() -> usize {
    4
}

const fn default_worker_connections() -> usize {
    10
}
