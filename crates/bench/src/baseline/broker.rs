//! Confirmed publishing to a quorum queue and consuming from it, one envelope after another, as the product does.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use futures_util::StreamExt as _;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions,
    ConfirmSelectOptions, QueueDeclareOptions, QueuePurgeOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties};

use crate::measured::per_second;

const QUEUE: &str = "bench";
/// Envelopes that a consumer may hold unacked; they are acked together.
const PREFETCH: u16 = 64;
/// AMQP's persistent delivery mode.
const PERSISTENT: u8 = 2;

/// Envelopes per second.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rates {
    pub(crate) published: f64,
    pub(crate) consumed: f64,
}

/// Publishes envelopes of `bytes` for `time`, each confirmed before the next, then consumes them.
///
/// # Errors
/// When the broker returns an error.
pub(crate) async fn run(url: &str, bytes: usize, time: Duration) -> Result<Rates> {
    let connection = Connection::connect(url, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    let mut arguments = FieldTable::default();
    arguments.insert(
        "x-queue-type".into(),
        AMQPValue::LongString("quorum".into()),
    );
    channel
        .queue_declare(QUEUE.into(), QueueDeclareOptions::durable(), arguments)
        .await?;
    channel
        .confirm_select(ConfirmSelectOptions::default())
        .await?;
    let (count, published) = publish(&channel, &vec![7; bytes], time).await?;
    let consumed = consume(&channel, count).await?;
    channel
        .queue_purge(QUEUE.into(), QueuePurgeOptions::default())
        .await?;
    connection.close(200, "done".into()).await?;
    Ok(Rates {
        published,
        consumed,
    })
}

async fn publish(channel: &Channel, payload: &[u8], time: Duration) -> Result<(u64, f64)> {
    let properties = BasicProperties::default().with_delivery_mode(PERSISTENT);
    let (started, mut count) = (Instant::now(), 0);
    while started.elapsed() < time {
        let confirm = channel
            .basic_publish(
                "".into(),
                QUEUE.into(),
                BasicPublishOptions {
                    mandatory: true,
                    ..BasicPublishOptions::default()
                },
                payload,
                properties.clone(),
            )
            .await?
            .await?;
        ensure!(
            matches!(confirm, Confirmation::Ack(None)),
            "the broker did not confirm a publish"
        );
        count += 1;
    }
    Ok((count, per_second(count, started.elapsed())))
}

async fn consume(channel: &Channel, count: u64) -> Result<f64> {
    channel
        .basic_qos(PREFETCH, BasicQosOptions::default())
        .await?;
    let started = Instant::now();
    let mut consumer = channel
        .basic_consume(
            QUEUE.into(),
            "bench".into(),
            BasicConsumeOptions::default(),
            FieldTable::default(),
        )
        .await?;
    for taken in 1..=count {
        let delivery = consumer.next().await.context("the consumer was closed")??;
        if taken % u64::from(PREFETCH / 2) == 0 || taken == count {
            delivery.ack(BasicAckOptions { multiple: true }).await?;
        }
    }
    Ok(per_second(count, started.elapsed()))
}
