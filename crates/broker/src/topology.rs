//! Every exchange and queue, in one table, declared on each connection.
//!
//! All queues are quorum queues. Lost jobs are published again from Postgres, so a job that fails 20 times becomes a
//! dead letter. Updates are the only copy of Meta's webhooks: their delivery limit is out of reach (RabbitMQ 3.10 reads
//! -1 as "never redeliver"), since restarts of a consumer without a fault count as deliveries too. The limits are
//! explicit because RabbitMQ's versions differ.

use common::message::Lane;
use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{Channel, ExchangeKind};

const JOBS: &str = "djigbachats.jobs";
const EVENTS: &str = "djigbachats.events";
/// Routes to the queue that the routing key names (AMQP 0-9-1, default exchange).
const DEFAULT_EXCHANGE: &str = "";

const JOB_DELIVERY_LIMIT: i32 = 20;
const OUT_OF_REACH: i32 = 1_000_000;
const DEAD_LETTER_LENGTH: i32 = 100_000;
/// 30 days: longer than a message is useful, far shorter than personal data may be kept, sealed or not.
const DEAD_LETTER_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// A queue, which messages are published to and consumed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Queue {
    /// One-time codes that may be claimed. Lanes have queues of their own, so that none waits behind another.
    SendOtp,
    /// Messages outside of campaigns that may be claimed.
    Send,
    /// Messages of campaigns that may be claimed.
    SendCampaign,
    /// Accounts whose templates have to be read from Meta.
    SyncTemplates,
    /// Statuses of messages.
    Status,
    /// Messages from customers; consumed by one consumer at a time, which keeps their order.
    Inbound,
    /// Webhooks out of quarantine, to be parsed again.
    Webhooks,
    /// Jobs that failed too often, for operators. Postgres still has their messages.
    Dead,
    /// Messages that could not be read or applied, with their bytes.
    Quarantine,
}

/// The declaration of a queue or exchange differs from the existing one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TopologyError {
    /// The queue exists with other arguments.
    #[error(
        "the queue `{queue}` exists with other arguments ({reason}); nothing was changed: \
         let it run empty and delete it; it is then declared again"
    )]
    Queue {
        queue: &'static str,
        reason: lapin::Error,
    },
    /// The exchange exists with other arguments.
    #[error("the exchange `{exchange}` cannot be declared: {reason}")]
    Exchange {
        exchange: &'static str,
        reason: lapin::Error,
    },
}

impl Queue {
    /// Every queue; the queues of dead letters come before the queues whose messages they receive.
    const ALL: [Self; 9] = [
        Self::Dead,
        Self::Quarantine,
        Self::SendOtp,
        Self::Send,
        Self::SendCampaign,
        Self::SyncTemplates,
        Self::Status,
        Self::Inbound,
        Self::Webhooks,
    ];

    /// The queue of a lane's [`SendMessages`](common::wire::SendMessages).
    #[must_use]
    pub const fn of_lane(lane: Lane) -> Self {
        match lane {
            Lane::Otp => Self::SendOtp,
            Lane::Transactional => Self::Send,
            Lane::Campaign => Self::SendCampaign,
        }
    }

    /// The name in RabbitMQ.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SendOtp => "sender.send-otp",
            Self::Send => "sender.send",
            Self::SendCampaign => "sender.send-campaign",
            Self::SyncTemplates => "template-sync.sync",
            Self::Status => "gateway.status",
            Self::Inbound => "gateway.inbound",
            Self::Webhooks => "webhook-ingest.webhooks",
            Self::Dead => "djigbachats.dead",
            Self::Quarantine => "djigbachats.quarantine",
        }
    }

    /// The queue with this name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|queue| queue.name() == name)
    }

    /// The exchange and the routing key of the queue; `None` for the default exchange.
    const fn binding(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::SendOtp => Some((JOBS, "send-otp")),
            Self::Send => Some((JOBS, "send")),
            Self::SendCampaign => Some((JOBS, "send-campaign")),
            Self::SyncTemplates => Some((JOBS, "sync")),
            Self::Status => Some((EVENTS, "status")),
            Self::Inbound => Some((EVENTS, "inbound")),
            Self::Webhooks => Some((EVENTS, "webhooks")),
            Self::Dead | Self::Quarantine => None,
        }
    }

    /// Exchange and routing key to publish with.
    pub(crate) fn address(self) -> (&'static str, &'static str) {
        self.binding().unwrap_or((DEFAULT_EXCHANGE, self.name()))
    }

    fn arguments(self) -> FieldTable {
        let mut arguments = FieldTable::default();
        let mut set = |name: &'static str, value: AMQPValue| {
            arguments.insert(ShortString::from(name), value);
        };
        set("x-queue-type", text("quorum"));
        let (limit, dead_letter_queue) = match self {
            Self::SendOtp | Self::Send | Self::SendCampaign | Self::SyncTemplates => {
                (JOB_DELIVERY_LIMIT, Self::Dead)
            }
            Self::Status | Self::Inbound | Self::Webhooks => (OUT_OF_REACH, Self::Quarantine),
            Self::Dead | Self::Quarantine => {
                // If the queue is full, a dead job is dropped (Postgres has it), and a quarantined message is refused
                // and stays in its own queue (it may be the only copy).
                let dead = self == Self::Dead;
                let overflow = if dead { "drop-head" } else { "reject-publish" };
                set("x-overflow", text(overflow));
                set("x-max-length", AMQPValue::LongInt(DEAD_LETTER_LENGTH));
                set("x-message-ttl", AMQPValue::LongLongInt(DEAD_LETTER_MS));
                // A fetch by an operator counts as a delivery, and RabbitMQ 4 drops messages after 20 deliveries by
                // default.
                set("x-delivery-limit", AMQPValue::LongInt(OUT_OF_REACH));
                return arguments;
            }
        };
        set("x-delivery-limit", AMQPValue::LongInt(limit));
        set("x-dead-letter-exchange", text(DEFAULT_EXCHANGE));
        set("x-dead-letter-routing-key", text(dead_letter_queue.name()));
        if self == Self::Inbound {
            set("x-single-active-consumer", AMQPValue::Boolean(true));
        }
        arguments
    }
}

/// Declares all exchanges and queues. Does nothing for those that exist.
pub(crate) async fn declare(channel: &Channel) -> Result<(), TopologyError> {
    for exchange in [JOBS, EVENTS] {
        declare_exchange(channel, exchange)
            .await
            .map_err(|reason| TopologyError::Exchange { exchange, reason })?;
    }
    for queue in Queue::ALL {
        declare_queue(channel, queue)
            .await
            .map_err(|reason| TopologyError::Queue {
                queue: queue.name(),
                reason,
            })?;
    }
    Ok(())
}

async fn declare_exchange(channel: &Channel, name: &'static str) -> Result<(), lapin::Error> {
    let options = ExchangeDeclareOptions {
        durable: true,
        ..ExchangeDeclareOptions::default()
    };
    let arguments = FieldTable::default();
    channel
        .exchange_declare(name.into(), ExchangeKind::Direct, options, arguments)
        .await
}

async fn declare_queue(channel: &Channel, queue: Queue) -> Result<(), lapin::Error> {
    let name = ShortString::from(queue.name());
    let durable = QueueDeclareOptions::durable();
    channel
        .queue_declare(name.clone(), durable, queue.arguments())
        .await?;
    if let Some((exchange, key)) = queue.binding() {
        let options = QueueBindOptions::default();
        let arguments = FieldTable::default();
        channel
            .queue_bind(name, exchange.into(), key.into(), options, arguments)
            .await?;
    }
    Ok(())
}

fn text(text: &'static str) -> AMQPValue {
    AMQPValue::LongString(text.into())
}
