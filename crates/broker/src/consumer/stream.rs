//! What a subscription gets from one connection, until that is lost.
//!
//! RabbitMQ tells a consumer when its queue is deleted, but not always: under load, 3.10 left one out of some forty without
//! a word, on a connection that stood. So a long silence is asked about, and no answer is waited for without end.

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
/// After so much silence RabbitMQ is asked whether it knows of the subscription.
const SILENCE: Duration = Duration::from_secs(5);

/// A subscription on a connection.
pub(super) struct Stream {
    link: Link,
    queue: Queue,
    consumer: lapin::Consumer,
    /// When something was heard of the queue last.
    heard_at: Instant,
}

/// What a wait for the next delivery ended with.
pub(super) enum Next {
    Arrived(Box<Raw>),
    Lost(String),
    GatheredEnough,
}

impl Stream {
    /// Subscribes; or says why it cannot.
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

    /// The channel that its deliveries are acked on.
    pub(super) fn channel(&self) -> &lapin::Channel {
        &self.link.channel
    }

    /// The next delivery, unless gathering has lasted until the given instant or the connection is lost.
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

    /// Asks whether anybody consumes the queue; that of another process hides that ours does not, and does its work.
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
