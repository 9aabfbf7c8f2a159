//! The deliveries of a subscription on one connection, until it is lost.
//!
//! RabbitMQ normally notifies a consumer when its queue is deleted, but not always: under load, 3.10 omitted the
//! notification to one of some forty consumers, on a connection that stayed open. So after a long silence the
//! subscription is checked, with a time limit for the answer.

use std::time::Duration;

use futures_util::StreamExt;
use lapin::message::Delivery as Raw;
use lapin::options::{BasicConsumeOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use tokio::time::{Instant, sleep_until, timeout};

use crate::connector::{Change, Link};
use crate::topology::Queue;

/// How long RabbitMQ may take to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// After this much silence it is checked whether RabbitMQ still has the subscription.
const SILENCE: Duration = Duration::from_secs(5);

/// A subscription on a connection.
pub(super) struct Stream {
    link: Link,
    queue: Queue,
    consumer: lapin::Consumer,
    /// When the last message or answer about the queue arrived.
    heard_at: Instant,
}

/// How a wait for the next delivery ended.
pub(super) enum Next {
    Arrived(Box<Raw>),
    Lost(String),
    GatheredEnough,
}

impl Stream {
    /// Subscribes; returns the reason when that fails.
    pub(super) async fn open(link: Link, queue: Queue) -> Result<Self, String> {
        let consuming = link.channel.basic_consume(
            queue.name().into(),
            "".into(),
            BasicConsumeOptions::default(),
            FieldTable::default(),
        );
        let consumer = in_time(consuming).await?;
        Ok(Self {
            link,
            queue,
            consumer,
            heard_at: Instant::now(),
        })
    }

    /// The channel on which its deliveries are acked.
    pub(super) fn channel(&self) -> &lapin::Channel {
        &self.link.channel
    }

    /// The next delivery, unless the given instant passes or the connection is lost.
    pub(super) async fn next(&mut self, until: Option<Instant>) -> Next {
        let gathered_enough = async {
            match until {
                Some(until) => sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        tokio::pin!(gathered_enough);
        loop {
            tokio::select! {
                biased;
                arrived = self.consumer.next() => {
                    self.heard_at = Instant::now();
                    return match arrived {
                        Some(Ok(raw)) => Next::Arrived(Box::new(raw)),
                        Some(Err(error)) => Next::Lost(error.to_string()),
                        None => Next::Lost("rabbitmq ended the subscription".to_owned()),
                    };
                }
                () = &mut gathered_enough => return Next::GatheredEnough,
                change = self.link.change() => {
                    if let Change::Lost(reason) = change {
                        return Next::Lost(reason);
                    }
                }
                () = sleep_until(self.heard_at + SILENCE) => {
                    if let Err(reason) = self.ask().await {
                        return Next::Lost(reason);
                    }
                    self.heard_at = Instant::now();
                }
            }
        }
    }

    /// Checks whether the queue has consumers. A consumer of another process hides that ours is missing, and does its
    /// work.
    async fn ask(&mut self) -> Result<(), String> {
        let options = QueueDeclareOptions {
            passive: true,
            ..QueueDeclareOptions::default()
        };
        let asking = self.link.channel.queue_declare(
            self.queue.name().into(),
            options,
            FieldTable::default(),
        );
        match in_time(asking).await?.consumer_count() {
            0 => Err("rabbitmq does not know of the subscription any more".to_owned()),
            _ => Ok(()),
        }
    }
}

async fn in_time<T>(answer: impl Future<Output = lapin::Result<T>>) -> Result<T, String> {
    match timeout(ANSWER_TIMEOUT, answer).await {
        Ok(answer) => answer.map_err(|error| error.to_string()),
        Err(_) => Err(format!(
            "rabbitmq did not answer within {} s",
            ANSWER_TIMEOUT.as_secs()
        )),
    }
}
