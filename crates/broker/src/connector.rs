//! One connection with one channel, on which the topology is declared.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bootstrap::retry;
use futures_util::{Stream, StreamExt};
use lapin::uri::AMQPUri;
use lapin::{Channel, Connection, ConnectionProperties, Event};
use secrecy::ExposeSecret;

use crate::settings::{BrokerSettings, BrokerSettingsError};
use crate::topology::{self, TopologyError};
use crate::watch::LinkState;

const HEARTBEAT_SECONDS: u16 = 10;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How often an idle connection is checked.
const PULSE: Duration = Duration::from_secs(1);

/// Makes connections. Cloning is cheap.
#[derive(Clone)]
pub(crate) struct Connector {
    uri: AMQPUri,
    service: String,
}

/// An open connection.
pub(crate) struct Link {
    pub(crate) channel: Channel,
    connection: Connection,
    events: Pin<Box<dyn Stream<Item = Event> + Send>>,
}

/// A change of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// It was lost.
    Lost(String),
    /// RabbitMQ accepts no publishes, because it is short of memory or disk.
    Blocked(String),
    /// RabbitMQ accepts publishes again.
    Unblocked,
}

/// Why a connection could not be made.
#[derive(Debug, thiserror::Error)]
enum DialError {
    #[error("{0}")]
    Amqp(#[from] lapin::Error),
    #[error("{0}")]
    Topology(#[from] TopologyError),
    #[error("no answer within {} s", CONNECT_TIMEOUT.as_secs())]
    Timeout,
}

impl Connector {
    pub(crate) fn new(
        settings: &BrokerSettings,
        service: &str,
    ) -> Result<Self, BrokerSettingsError> {
        let url = settings.url.expose_secret();
        let mut uri: AMQPUri = url.parse().map_err(|_| BrokerSettingsError::Url)?;
        uri.query.heartbeat = Some(HEARTBEAT_SECONDS);
        Ok(Self {
            uri,
            service: service.to_owned(),
        })
    }

    /// Opens a connection, and retries until that succeeds. `prepare` prepares its channel for use.
    pub(crate) async fn dial<P>(
        &self,
        state: &mut LinkState,
        prepare: impl Fn(Channel) -> P,
    ) -> Link
    where
        P: Future<Output = Result<(), lapin::Error>>,
    {
        let mut pauses = retry::pauses();
        loop {
            let attempt = self.attempt(state.name(), &prepare);
            let error = match tokio::time::timeout(CONNECT_TIMEOUT, attempt).await {
                Ok(Ok(link)) => {
                    tracing::info!(link = state.name(), "connected to rabbitmq");
                    return link;
                }
                Ok(Err(error)) => error,
                Err(_) => DialError::Timeout,
            };
            state.down(&error.to_string());
            tokio::time::sleep(pauses.next().unwrap_or(retry::LONGEST_PAUSE)).await;
        }
    }

    async fn attempt<P>(
        &self,
        name: &str,
        prepare: impl Fn(Channel) -> P,
    ) -> Result<Link, DialError>
    where
        P: Future<Output = Result<(), lapin::Error>>,
    {
        let title = format!("{} {name}", self.service);
        let properties = ConnectionProperties::default().with_connection_name(title.into());
        let connection = Connection::connect_uri(self.uri.clone(), properties).await?;
        let events = Box::pin(connection.events_listener());
        let channel = connection.create_channel().await?;
        topology::declare(&channel).await?;
        prepare(channel.clone()).await?;
        Ok(Link {
            channel,
            connection,
            events,
        })
    }
}

impl Link {
    /// Waits for a change of the connection. Cancel safe.
    pub(crate) async fn change(&mut self) -> Change {
        loop {
            let event = tokio::time::timeout(PULSE, self.events.next()).await;
            match event {
                Ok(Some(Event::Error(error))) => return Change::Lost(error.to_string()),
                Ok(Some(Event::ConnectionBlocked(reason))) => return Change::Blocked(reason),
                Ok(Some(Event::ConnectionUnblocked)) => return Change::Unblocked,
                Ok(Some(_)) | Err(_) if self.stands() => {}
                _ => return Change::Lost("the connection was closed".to_owned()),
            }
        }
    }

    /// Whether connection and channel are open.
    pub(crate) fn stands(&self) -> bool {
        self.connection.status().connected() && self.channel.status().connected()
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Link")
    }
}
