//! The address and the time limits of RabbitMQ.

use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;

/// Settings of the section `broker`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BrokerSettings {
    /// `amqp://user:password@host:5672/vhost`, or `amqps:`; a slash in the vhost is written `%2f`. The heartbeat is
    /// always 10 seconds: with RabbitMQ's own 60 seconds a dead broker would be noticed only after two minutes.
    pub url: SecretString,
    /// How long a publish waits for a connection before it fails, in milliseconds.
    #[serde(default = "default_publish_wait_ms")]
    pub publish_wait_ms: u64,
    /// How long a publish waits for its confirm, in milliseconds.
    #[serde(default = "default_confirm_timeout_ms")]
    pub confirm_timeout_ms: u64,
}

/// Settings that cannot be used for a connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokerSettingsError {
    /// The url is not shown: it holds a password.
    #[error("the broker url cannot be read; write amqp://user:password@host:5672/vhost")]
    Url,
}

impl BrokerSettings {
    /// The settings of a url, with the defaults for the rest.
    #[must_use]
    pub fn new(url: SecretString) -> Self {
        Self {
            url,
            publish_wait_ms: default_publish_wait_ms(),
            confirm_timeout_ms: default_confirm_timeout_ms(),
        }
    }

    pub(crate) const fn publish_wait(&self) -> Duration {
        Duration::from_millis(self.publish_wait_ms)
    }

    pub(crate) const fn confirm_timeout(&self) -> Duration {
        Duration::from_millis(self.confirm_timeout_ms)
    }
}

const fn default_publish_wait_ms() -> u64 {
    1_000
}

const fn default_confirm_timeout_ms() -> u64 {
    10_000
}
