//! One lane to the broker: what arrives while the last confirm is under way shares the next publish.
//!
//! The broker's cost is per message, and the projector's per envelope, so an envelope carries all that waits, and few
//! events wait for a moment for others; opt-outs and other inbound events do not. Each webhook still waits for the confirm of
//! its own envelope before its 200. The lane is a task of its own: a client that hangs up takes nothing with it.

use std::time::Duration;

use broker::{PublishError, Publisher, Queue};
use common::clock::SharedClock;
use common::trace::TraceId;
use common::wire::{Envelope, Event};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

use crate::metrics::Metrics;

/// Webhooks that may wait for a publish; beyond that Meta is asked to come again.
const WAITING: usize = 4096;
/// Events of one envelope, about 1 MB: a webhook is never split, so one may be larger.
const EVENTS: usize = 2000;
/// Fewer events than these wait.
const FEW: usize = 24;
/// For so long.
const MOMENT: Duration = Duration::from_millis(3);

/// Why events were not enqueued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotEnqueued {
    /// Too many webhooks wait.
    Full,
    /// The broker did not confirm.
    Broker,
}

/// A lane to the broker. Cheap to clone; it ends with its last clone.
#[derive(Clone)]
pub(crate) struct Lane(mpsc::Sender<Waiting>);

struct Waiting {
    events: Vec<Event>,
    trace_id: TraceId,
    answer: oneshot::Sender<bool>,
}

impl Lane {
    /// Starts the lane; it ends with its last handle.
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
        if events.is_empty() {
            return Ok(());
        }
        let (answer, confirmed) = oneshot::channel();
        self.0
            .try_send(Waiting {
                events,
                trace_id,
                answer,
            })
            .map_err(|_| NotEnqueued::Full)?;
        if confirmed.await.unwrap_or(false) {
            Ok(())
        } else {
            Err(NotEnqueued::Broker)
        }
    }
}

async fn run(
    publisher: Publisher,
    queue: Queue,
    clock: SharedClock,
    mut receiver: mpsc::Receiver<Waiting>,
) {
    while let Some(first) = receiver.recv().await {
        let trace_id = first.trace_id;
        let (events, answers) = gather(first, queue, &mut receiver).await;
        let envelope = Envelope {
            published_at: clock.now(),
            events,
        };
        let confirmed = publish(&publisher, queue, &envelope, trace_id).await;
        for answer in answers {
            // The handler may be gone with its client; the events are safe all the same.
            let _ = answer.send(confirmed);
        }
    }
}

/// What waits, and what comes within a moment while it is little.
async fn gather(
    first: Waiting,
    queue: Queue,
    receiver: &mut mpsc::Receiver<Waiting>,
) -> (Vec<Event>, Vec<oneshot::Sender<bool>>) {
    let few = if queue == Queue::Status { FEW } else { 0 };
    let moment = Instant::now() + MOMENT;
    let (mut events, mut answers) = (first.events, vec![first.answer]);
    while events.len() < EVENTS {
        let next = match receiver.try_recv() {
            Ok(next) => next,
            Err(_) if events.len() >= few => break,
            Err(_) => match timeout_at(moment, receiver.recv()).await {
                Ok(Some(next)) => next,
                Ok(None) | Err(_) => break,
            },
        };
        events.extend(next.events);
        answers.push(next.answer);
    }
    (events, answers)
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
    tracing::warn!(queue = lane, %error, "a webhook was not enqueued; it is answered 503 and Meta sends it again");
}
