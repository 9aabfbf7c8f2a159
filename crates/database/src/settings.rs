//! Where the database is and how many connections a process may hold.

use secrecy::SecretString;
use serde::Deserialize;

use crate::logins::Login;

/// Settings of the section `database`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DatabaseSettings {
    /// By which each service logs in. A service needs its own; `migrate` needs all of them.
    pub urls: LoginUrls,
    /// `postgres://user:password@host:port/database` of a role that may create tables and roles; only `migrate` needs it.
    pub admin_url: Option<SecretString>,
    /// Connections of a service for requests.
    pub request_connections: usize,
    /// How many of them one business may hold at a time; its other calls wait for them.
    pub request_connections_per_business: usize,
    /// Connections of a service for its workers.
    pub worker_connections: usize,
}

/// `postgres://user:password@host:port/database` for each service that logs in to Postgres, with a user of its own. The users
/// need no rights: `djigbachats migrate` creates them and lets each take the roles of its service.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LoginUrls {
    /// The gateway's; also for `key create`.
    pub gateway: Option<SecretString>,
    /// The sender's.
    pub sender: Option<SecretString>,
    /// template-sync's.
    pub template_sync: Option<SecretString>,
    /// retention-janitor's.
    pub retention_janitor: Option<SecretString>,
}

/// How one service reaches the database.
#[derive(Debug, Clone)]
pub struct StorageSettings {
    /// With the login role of the service.
    pub url: SecretString,
    /// Connections for requests.
    pub request_connections: usize,
    /// How many of them one business may hold at a time.
    pub request_connections_per_business: usize,
    /// Connections for the workers.
    pub worker_connections: usize,
}

impl Default for DatabaseSettings {
    fn default() -> Self {
        Self {
            urls: LoginUrls::default(),
            admin_url: None,
            request_connections: 12,
            request_connections_per_business: 4,
            worker_connections: 10,
        }
    }
}

impl DatabaseSettings {
    /// How a service reaches the database; `None` when its URL is missing.
    #[must_use]
    pub fn of(&self, login: Login) -> Option<StorageSettings> {
        let url = match login {
            Login::Gateway => &self.urls.gateway,
            Login::Sender => &self.urls.sender,
            Login::TemplateSync => &self.urls.template_sync,
            Login::RetentionJanitor => &self.urls.retention_janitor,
        };
        Some(StorageSettings {
            url: url.clone()?,
            request_connections: self.request_connections,
            request_connections_per_business: self.request_connections_per_business,
            worker_connections: self.worker_connections,
        })
    }
}
