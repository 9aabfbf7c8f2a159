//! Batches the events for a queue: events that arrive while the last confirm is pending share the next publish.
//!
//! The broker's cost is per message, and the projector's per envelope, so an envelope takes all waiting events, and few
//! statuses wait a few milliseconds for others; opt-outs and other inbound events do not. Each webhook still waits for
//! the confirms of its own envelopes before its 200; it has several when its events exceed one. The batcher is a
//! separate task, so a publish continues when a client disconnects.

use std::time::Duration;

use broker::{PublishError, Publisher, Queue};
use common::clock::SharedClock;
use common::trace::TraceId;
use common::wire::{Envelope, Event};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

use crate::metrics::Metrics;

/// Parts of webhooks that may wait for a publish; further webhooks get 503, and Meta sends them again.
const WAITING: usize = 4096;
/// The greatest number of events in a part, and the number at which an envelope is full.
const EVENTS: usize = 2000;
/// The greatest number of bytes in a part, and the number at which an envelope is full: an envelope is smaller than
/// twice this, and RabbitMQ accepts 16 MiB.
const BYTES: usize = 4 * 1024 * 1024;
/// Fewer events than this wait for others.
const FEW: usize = 24;
/// How long they wait.
const MOMENT: Duration = Duration::from_millis(3);

/// Why events were not enqueued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotEnqueued {
    /// Too many webhooks are waiting.
    Full,
    /// The broker did not confirm.
    Broker,
}

/// A batcher for one queue. Cheap to clone; it ends when its last clone is dropped.
#[derive(Clone)]
pub(crate) struct Lane(mpsc::Sender<Waiting>);

struct Waiting {
    part: Part,
    trace_id: TraceId,
    answer: oneshot::Sender<bool>,
}

/// Events that are published in the same envelope.
#[derive(Debug)]
struct Part {
    events: Vec<Event>,
    bytes: usize,
}

impl Lane {
    /// Starts the batcher; it ends when its last handle is dropped.
    pub(crate) fn start(publisher: Publisher, queue: Queue, clock: SharedClock) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        tokio::spawn(run(publisher, queue, clock, receiver));
        Self(sender)
    }

    /// Enqueues the events of one webhook; returns when the broker has confirmed them.
    pub(crate) async fn enqueue(
        &self,
        events: Vec<Event>,
        trace_id: TraceId,
    ) -> Result<(), NotEnqueued> {
        let confirms = split(events)
            .into_iter()
            .map(|part| self.hand_over(part, trace_id))
            .collect::<Result<Vec<_>, _>>()?;
        for confirmed in confirms {
            if !confirmed.await.unwrap_or(false) {
                return Err(NotEnqueued::Broker);
            }
        }
        Ok(())
    }

    fn hand_over(
        &self,
        part: Part,
        trace_id: TraceId,
    ) -> Result<oneshot::Receiver<bool>, NotEnqueued> {
        let (answer, confirmed) = oneshot::channel();
        let waiting = Waiting {
            part,
            trace_id,
            answer,
        };
        self.0.try_send(waiting).map_err(|_| NotEnqueued::Full)?;
        Ok(confirmed)
    }
}

impl Part {
    /// Whether the envelope is full, so that it stays within the limits of the broker.
    const fn is_full(&self) -> bool {
        self.events.len() >= EVENTS || self.bytes >= BYTES
    }

    const fn takes(&self, bytes: usize) -> bool {
        self.events.len() < EVENTS && self.bytes.saturating_add(bytes) <= BYTES
    }

    fn push(&mut self, event: Event, bytes: usize) {
        self.events.push(event);
        self.bytes += bytes;
    }

    fn append(&mut self, part: Self) {
        self.events.extend(part.events);
        self.bytes += part.bytes;
    }
}

/// Splits the events of a webhook into parts, in their order.
fn split(events: Vec<Event>) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for event in events {
        let bytes = event.encoded_len();
        match parts.last_mut() {
            Some(part) if part.takes(bytes) => part.push(event, bytes),
            _ => parts.push(Part {
                events: vec![event],
                bytes,
            }),
        }
    }
    parts
}

async fn run(
    publisher: Publisher,
    queue: Queue,
    clock: SharedClock,
    mut receiver: mpsc::Receiver<Waiting>,
) {
    while let Some(first) = receiver.recv().await {
        let trace_id = first.trace_id;
        let (part, answers) = gather(first, queue, &mut receiver).await;
        let envelope = Envelope {
            published_at: clock.now(),
            events: part.events,
        };
        let confirmed = publish(&publisher, queue, &envelope, trace_id).await;
        for answer in answers {
            // The handler may have been dropped with its client; the events are confirmed in any case.
            let _ = answer.send(confirmed);
        }
    }
}

/// The waiting parts and, while they are few, those that arrive within the linger time.
async fn gather(
    first: Waiting,
    queue: Queue,
    receiver: &mut mpsc::Receiver<Waiting>,
) -> (Part, Vec<oneshot::Sender<bool>>) {
    let few = if queue == Queue::Status { FEW } else { 0 };
    let moment = Instant::now() + MOMENT;
    let (mut part, mut answers) = (first.part, vec![first.answer]);
    while !part.is_full() {
        let next = match receiver.try_recv() {
            Ok(next) => next,
            Err(_) if part.events.len() >= few => break,
            Err(_) => match timeout_at(moment, receiver.recv()).await {
                Ok(Some(next)) => next,
                Ok(None) | Err(_) => break,
            },
        };
        part.append(next.part);
        answers.push(next.answer);
    }
    (part, answers)
}

async fn publish(
    publisher: &Publisher,
    queue: Queue,
    envelope: &Envelope,
    trace_id: TraceId,
) -> bool {
    let metrics = Metrics::get();
    let lane = queue.name();
    match publisher.publish(queue, envelope, Some(trace_id)).await {
        Ok(()) => {
            let count = u64::try_from(envelope.events.len()).unwrap_or(u64::MAX);
            metrics.events.with_label_values(&[lane]).inc_by(count);
            true
        }
        Err(error) => {
            metrics.refused.with_label_values(&[lane]).inc();
            log(lane, &error);
            false
        }
    }
}

fn log(lane: &str, error: &PublishError) {
    tracing::warn!(queue = lane, %error, "a webhook could not be enqueued; it gets 503 and Meta sends it again");
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use common::wire::{EventKind, MessageReceived, Wire};
    use proptest::prelude::*;

    use super::*;

    /// The greatest size that RabbitMQ accepts (`max_message_size`).
    const BROKER_LIMIT: usize = 16 * 1024 * 1024;

    fn event(bytes: usize) -> Event {
        Event {
            waba_id: "102290129340398".parse().ok(),
            phone_number_id: "106540352242922".parse().ok(),
            kind: EventKind::MessageReceived(MessageReceived {
                message_type: "text".to_owned(),
                occurred_at: DateTime::UNIX_EPOCH,
                sealed: vec![7; bytes],
            }),
        }
    }

    fn encoded(events: Vec<Event>) -> usize {
        let envelope = Envelope {
            published_at: DateTime::UNIX_EPOCH,
            events,
        };
        envelope.encode().len()
    }

    #[tokio::test]
    async fn webhooks_that_wait_share_an_envelope_that_the_broker_takes() {
        let (sender, mut receiver) = mpsc::channel(WAITING);
        for _ in 0..8 {
            let part = split(vec![event(3 * 1024 * 1024)]).remove(0);
            let (answer, _) = oneshot::channel();
            let trace_id = TraceId::random();
            let waiting = Waiting {
                part,
                trace_id,
                answer,
            };
            sender.try_send(waiting).unwrap();
        }
        let mut webhooks = 0;
        while let Ok(first) = receiver.try_recv() {
            let (part, answers) = gather(first, Queue::Inbound, &mut receiver).await;
            webhooks += answers.len();
            assert!(encoded(part.events) < BROKER_LIMIT);
        }
        assert_eq!(webhooks, 8);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn the_parts_of_a_webhook_are_all_of_it_in_its_order(
            sizes in prop::collection::vec(prop_oneof![400 => 0_usize..200, 1 => 0_usize..2_000_000], 0..3 * EVENTS),
        ) {
            let events: Vec<Event> = sizes.iter().copied().map(event).collect();
            let parts = split(events.clone());
            for part in &parts {
                prop_assert!(!part.events.is_empty() && part.events.len() <= EVENTS);
                prop_assert!(part.bytes <= BYTES);
                prop_assert!(encoded(part.events.clone()) <= part.bytes + 16);
            }
            let joined: Vec<Event> = parts.into_iter().flat_map(|part| part.events).collect();
            prop_assert!(joined == events);
        }
    }
}
