//! Accepting messages: many calls share one transaction and one fsync. The messages are published after the commit.
//!
//! Calls wait in a bounded queue. The committer takes them, businesses in turn, whenever its last commit has ended or a
//! batch is full: there is no timer, and batches grow with the load. Bulk calls have their own queue and committer, so
//! that single messages do not wait for a bulk call of a thousand. Committers are separate tasks, so a commit continues
//! when a client disconnects. Committed messages are passed to the publishers; if publishing fails, the reaper does it
//! later.

mod committer;
mod fair_queue;
mod lookup_cache;
mod media;
mod metrics;
mod publishing;
mod sender_lookup;
mod template_media;

use std::sync::Arc;

use broker::Publisher;
use common::clock::SharedClock;
use common::ids::BusinessId;
use common::message::Lane;
use common::trace::TraceId;
use common::wire::MessageRef;
use fair_share::{Exhausted, FairShare, Permit};
use storage::Store;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use worker_storage::accept::{AcceptOutcome, PendingAccept};

use crate::problem::{Limit, Problem, refused};
pub(crate) use lookup_cache::{KnownTemplate, LookupCache, TemplateName};
pub(crate) use media::{find_sent, find_usable};
use metrics::Metrics;
use publishing::{Publishers, Publishing};
pub(crate) use sender_lookup::{
    check_connected, check_sendable, find_number, find_template, shape_of,
};
pub(crate) use template_media::{check_life, find_media, missing_filenames, with_filenames};

/// How many calls may wait for a committer. Further calls get 503, because a quick refusal is better than a long wait.
const WAITING_CALLS: usize = 4_000;
/// How many of them may be of one business. Calls whose clients have disconnected count too.
const WAITING_CALLS_PER_BUSINESS: usize = 1_000;
/// How many messages these calls may have together: some tens of batches, and of megabytes.
const WAITING_MESSAGES: usize = 50_000;
/// How many of them may be of one business: some seconds of work.
const WAITING_MESSAGES_PER_BUSINESS: usize = 10_000;

/// Calls with more messages are bulk calls.
const SMALL_CALL_MESSAGES: usize = 20;

/// The queue that a call waits in; a label of metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CallSize {
    Small,
    Bulk,
}

/// Queues calls for the committers and messages for the publishers. Clones share both.
#[derive(Clone)]
pub(crate) struct Acceptor {
    small: CommitQueue,
    bulk: CommitQueue,
    publishing: Publishing,
}

/// A queue and its committer. Clones share it.
#[derive(Clone)]
struct CommitQueue {
    waiting: mpsc::UnboundedSender<QueuedCall>,
    capacity: Arc<QueueCapacity>,
    full: Arc<Notify>,
}

/// The tasks behind an [`Acceptor`].
pub(crate) struct Accepting {
    stop: CancellationToken,
    committers: [JoinHandle<()>; 2],
    publishers: Publishers,
}

/// Why a call has no outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AcceptError {
    /// The queue is full; nothing was stored.
    #[error("the commit queue is full: {0}")]
    Overloaded(Exhausted),
    /// The call waited too long for its commit; nothing was stored.
    #[error("the call waited too long for its commit")]
    Expired,
    /// The process is stopping; nothing was stored.
    #[error("the gateway is stopping")]
    Stopping,
    /// The database did not answer, or not in time; repeating the call with the same key gives the outcome.
    #[error("the batch could not be committed")]
    Unavailable,
    /// The database refused a message of this call, which is an internal error; nothing was stored.
    #[error("the call was refused by the database")]
    Refused,
}

/// A call in the queue.
struct QueuedCall {
    call: PendingAccept,
    trace_id: TraceId,
    answer: oneshot::Sender<Result<AcceptOutcome, AcceptError>>,
    /// Released when its batch is taken.
    _permits: [Permit; 2],
}

/// The capacity of the queue, in all and for each business.
struct QueueCapacity {
    calls: FairShare<BusinessId>,
    messages: FairShare<BusinessId>,
}

/// Starts the committers and the publishers.
#[must_use]
pub(crate) fn start(
    store: &Store,
    publisher: &Publisher,
    clock: &SharedClock,
) -> (Acceptor, Accepting) {
    let (publishing, publishers) = publishing::start(publisher);
    let stop = CancellationToken::new();
    let queue = |size| CommitQueue::start(size, store, clock, &publishing, &stop);
    let (small, of_small) = queue(CallSize::Small);
    let (bulk, of_bulk) = queue(CallSize::Bulk);
    (
        Acceptor {
            small,
            bulk,
            publishing: publishing.clone(),
        },
        Accepting {
            stop: stop.clone(),
            committers: [of_small, of_bulk],
            publishers,
        },
    )
}

impl Acceptor {
    /// Waits until the messages of a call are committed or refused. Dropping the future does not undo the call.
    ///
    /// # Errors
    /// When they are not committed, or the outcome is unknown.
    pub(crate) async fn accept(
        &self,
        call: PendingAccept,
        trace_id: TraceId,
    ) -> Result<AcceptOutcome, AcceptError> {
        let queue = match call.messages().len() {
            ..=SMALL_CALL_MESSAGES => &self.small,
            _ => &self.bulk,
        };
        queue.commit(call, trace_id).await
    }

    /// Passes committed messages to the publishers, as far as these have capacity; the reaper publishes the others.
    pub(crate) fn publish(&self, lane: Lane, messages: impl IntoIterator<Item = MessageRef>) {
        for message in messages {
            self.publishing.offer(lane, message);
        }
    }
}

impl CallSize {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Bulk => "bulk",
        }
    }
}

impl CommitQueue {
    fn start(
        size: CallSize,
        store: &Store,
        clock: &SharedClock,
        publishing: &Publishing,
        stop: &CancellationToken,
    ) -> (Self, JoinHandle<()>) {
        // The permits bound the channel.
        let (waiting, calls) = mpsc::unbounded_channel();
        let queue = Self {
            waiting,
            capacity: Arc::new(QueueCapacity::new()),
            full: Arc::new(Notify::new()),
        };
        let committer = committer::Committer {
            size,
            store: store.clone(),
            clock: clock.clone(),
            publishing: publishing.clone(),
            capacity: Arc::clone(&queue.capacity),
            full: Arc::clone(&queue.full),
        };
        let committer = tokio::spawn(committer.run(calls, stop.clone()));
        (queue, committer)
    }

    async fn commit(
        &self,
        call: PendingAccept,
        trace_id: TraceId,
    ) -> Result<AcceptOutcome, AcceptError> {
        let (answer, answered) = oneshot::channel();
        let waiting = QueuedCall {
            _permits: self.capacity.permits(&call)?,
            call,
            trace_id,
            answer,
        };
        self.waiting
            .send(waiting)
            .map_err(|_| AcceptError::Stopping)?;
        if self.capacity.waiting_messages() >= committer::MAX_BATCH_MESSAGES {
            self.full.notify_one();
        }
        // The committer answers each call; the channel closes without an answer only when the batch panicked.
        answered.await.unwrap_or(Err(AcceptError::Unavailable))
    }
}

impl QueueCapacity {
    fn new() -> Self {
        Self {
            calls: FairShare::new(WAITING_CALLS, WAITING_CALLS_PER_BUSINESS),
            messages: FairShare::new(WAITING_MESSAGES, WAITING_MESSAGES_PER_BUSINESS),
        }
    }

    fn permits(&self, call: &PendingAccept) -> Result<[Permit; 2], AcceptError> {
        let overloaded = |exhausted| {
            Metrics::get().load_shed.inc();
            AcceptError::Overloaded(exhausted)
        };
        let business_id = call.business_id();
        let one = self.calls.try_acquire(business_id, 1);
        let messages = self
            .messages
            .try_acquire(business_id, call.messages().len());
        Ok([one.map_err(overloaded)?, messages.map_err(overloaded)?])
    }

    /// The number of messages in the queue.
    fn waiting_messages(&self) -> usize {
        self.messages.held_units()
    }
}

impl Accepting {
    /// Closes the queue, commits the queued calls, publishes what was accepted, and ends. To be called after the last
    /// request was answered.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        for committer in self.committers {
            if committer.await.is_err() {
                tracing::error!("a committer panicked");
            }
        }
        self.publishers.stop().await;
    }
}

impl From<AcceptError> for Problem {
    fn from(error: AcceptError) -> Self {
        match error {
            AcceptError::Refused => Self::internal(error),
            AcceptError::Overloaded(exhausted) => {
                refused(Limit::WaitingMessages, exhausted).retry_after(1)
            }
            AcceptError::Expired | AcceptError::Stopping => Self::unavailable(error).retry_after(1),
            AcceptError::Unavailable => Self::outcome_unknown(error).retry_after(1),
        }
    }
}
