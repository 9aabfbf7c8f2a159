//! A subscription to one queue, which reconnects when its connection is lost.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use common::wire::Wire;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use lapin::Channel;
use lapin::message::Delivery as Raw;
use lapin::options::BasicQosOptions;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::acks::Acknowledger;
use super::delivery::{AckHandle, Delivery};
use super::quarantine::{decode, quarantine};
use super::stream::{Next, Stream};
use crate::connector::Connector;
use crate::metrics::Metrics;
use crate::properties;
use crate::publisher::Publisher;
use crate::topology::Queue;
use crate::watch::{LinkState, Watch};

/// Delivers the payloads of a queue in batches. When it is dropped, RabbitMQ requeues unacked messages.
pub struct Subscription<W> {
    connector: Connector,
    publisher: Publisher,
    state: LinkState,
    queue: Queue,
    prefetch: u16,
    acks: Acknowledger,
    stream: Option<Stream>,
    gathered: Vec<Delivery<W>>,
    gathering_since: Option<Instant>,
    payload: PhantomData<W>,
}

impl<W: Wire> Subscription<W> {
    pub(super) fn new(
        connector: Connector,
        publisher: Publisher,
        watch: &Watch,
        queue: Queue,
        prefetch: u16,
    ) -> Self {
        Self {
            connector,
            publisher,
            state: watch.link(format!("consumer of {}", queue.name())),
            queue,
            prefetch,
            acks: Acknowledger::new(queue),
            stream: None,
            gathered: Vec::new(),
            gathering_since: None,
            payload: PhantomData,
        }
    }

    /// Waits for a delivery, then collects deliveries for `gather`, at most `max`. `None` once `stop` is cancelled.
    ///
    /// It connects and reconnects by itself. Cancel safe: collected deliveries are in the next batch.
    pub async fn next_batch(
        &mut self,
        max: usize,
        gather: Duration,
        stop: &CancellationToken,
    ) -> Option<Vec<Delivery<W>>> {
        tokio::select! {
            biased;
            () = stop.cancelled() => None,
            batch = self.gather_batch(max, gather) => Some(batch),
        }
    }

    /// The batches of [`Self::next_batch`] as a stream, until `stop` is cancelled. For callers that wait for other
    /// events too: dropping a wait interrupts nothing, and does not restart a connection attempt.
    #[must_use]
    pub fn batches(
        self,
        max: usize,
        gather: Duration,
        stop: CancellationToken,
    ) -> BoxStream<'static, Vec<Delivery<W>>>
    where
        W: 'static,
    {
        let next = move |(mut subscription, stop): (Self, CancellationToken)| async move {
            let batch = subscription.next_batch(max, gather, &stop).await?;
            Some((batch, (subscription, stop)))
        };
        stream::unfold((self, stop), next).boxed()
    }

    /// Acks deliveries. Deliveries that can no longer be acked are counted, and RabbitMQ delivers them again.
    pub async fn ack<T: Into<AckHandle>>(&self, deliveries: impl IntoIterator<Item = T>) {
        self.acks.ack(deliveries).await;
    }

    /// Acks deliveries of this subscription from other tasks.
    #[must_use]
    pub fn acknowledger(&self) -> Acknowledger {
        self.acks.clone()
    }

    async fn gather_batch(&mut self, max: usize, gather: Duration) -> Vec<Delivery<W>> {
        while self.gathered.len() < max.max(1) {
            let Some(stream) = &mut self.stream else {
                self.connect().await;
                continue;
            };
            let until = self.gathering_since.map(|since| since + gather);
            match stream.next(until).await {
                Next::Arrived(raw) => self.take_in(*raw),
                Next::Lost(reason) => self.disconnect(&reason),
                Next::GatheredEnough => break,
            }
        }
        self.gathering_since = None;
        std::mem::take(&mut self.gathered)
    }

    async fn connect(&mut self) {
        let prefetch = self.prefetch;
        let limited = async |channel: Channel| {
            channel
                .basic_qos(prefetch, BasicQosOptions::default())
                .await
        };
        let link = self.connector.dial(&mut self.state, limited).await;
        match Stream::open(link, self.queue).await {
            Ok(stream) => {
                self.acks.begin_generation(stream.channel().clone());
                self.stream = Some(stream);
                self.state.up();
            }
            Err(reason) => self.disconnect(&reason),
        }
    }

    /// Drops the connection and the deliveries collected on it, which RabbitMQ delivers again.
    fn disconnect(&mut self, reason: &str) {
        self.state.lost(reason);
        self.stream = None;
        self.acks.end_generation();
        self.gathered.clear();
        self.gathering_since = None;
    }

    fn take_in(&mut self, raw: Raw) {
        let labels = [self.queue.name()];
        Metrics::get().delivered.with_label_values(&labels).inc();
        if raw.redelivered {
            Metrics::get().redelivered.with_label_values(&labels).inc();
        }
        let handle = self.acks.handle(raw.delivery_tag);
        match decode::<W>(&raw) {
            Ok(payload) => {
                self.gathering_since.get_or_insert_with(Instant::now);
                self.gathered.push(Delivery {
                    payload,
                    trace: properties::trace(&raw.properties),
                    published_at: properties::published_at(&raw.properties),
                    redelivered: raw.redelivered,
                    handle,
                });
            }
            Err(reason) => {
                let (publisher, acks) = (self.publisher.clone(), self.acks.clone());
                tokio::spawn(quarantine(raw, handle, self.queue, reason, publisher, acks));
            }
        }
    }
}

impl<W> fmt::Debug for Subscription<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Subscription({})", self.queue.name())
    }
}
