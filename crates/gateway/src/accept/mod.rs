//! Accepting messages: many calls share one transaction and one fsync, and what was accepted is published afterwards.
//!
//! Calls wait in a bounded queue for the committer, which takes what is there, each business in turn, whenever its last
//! commit has ended, or a group is full: nothing waits for a timer, and groups grow with the load. Bulk calls have a queue
//! and a committer of their own: a single message does not wait until the thousand of another call are written. Committers
//! are tasks of their own, so a client that hangs up takes nothing with it. What is committed is handed to the publishers;
//! if those fail, the reaper publishes it.

mod committer;
mod fair_queue;
mod header_media;
mod lookup_cache;
mod media;
mod metrics;
mod publishing;
mod sender_lookup;

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

use crate::limits::{Limit, refused};
use crate::problem::Problem;
pub(crate) use header_media::{check_life, find_media, with_filename};
pub(crate) use lookup_cache::{KnownTemplate, LookupCache, TemplateName};
pub(crate) use media::find_sent;
use metrics::Metrics;
use publishing::{Publishers, Publishing};
pub(crate) use sender_lookup::{
    check_connected, check_sendable, find_number, find_template, shape_of,
};

/// How many calls may wait for a committer. More are sent away, which is kinder than a long wait.
const WAITING_CALLS: usize = 4_000;
/// How many of them are of one business: those whose clients hung up wait too.
const WAITING_CALLS_PER_BUSINESS: usize = 1_000;
/// How many messages these calls may have together: some tens of groups, and of megabytes.
const WAITING_MESSAGES: usize = 50_000;
/// How many of them are of one business: some seconds of work.
const WAITING_MESSAGES_PER_BUSINESS: usize = 10_000;

/// Calls with more messages are bulk calls.
const SMALL_CALL_MESSAGES: usize = 20;

/// Which queue a call waits in: a label of metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CallSize {
    Small,
    Bulk,
}

/// Hands calls to the committers and messages to the publishers. Clones share both.
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
    room: Arc<Room>,
    full: Arc<Notify>,
}

/// The tasks behind an [`Acceptor`].
pub(crate) struct Accepting {
    stop: CancellationToken,
    committers: [JoinHandle<()>; 2],
    publishers: Publishers,
}

/// Why a call was not answered with an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AcceptError {
    /// Too many messages wait already; nothing was stored.
    #[error("too many messages wait to be committed: {0}")]
    Overloaded(Exhausted),
    /// It took too long before its group was committed; nothing was stored.
    #[error("the call waited for too long")]
    Expired,
    /// The process stops; nothing was stored.
    #[error("the gateway stops")]
    Stopping,
    /// The database did not answer in time, or not at all; the same call with the same key finds out.
    #[error("the group could not be committed")]
    Unavailable,
    /// The database refused a message of this call: a fault of ours; nothing was stored.
    #[error("the call was refused by the database")]
    Refused,
}

/// A call that waits for its group.
struct QueuedCall {
    call: PendingAccept,
    trace_id: TraceId,
    answer: oneshot::Sender<Result<AcceptOutcome, AcceptError>>,
    /// Given back when its group is being committed.
    _permits: [Permit; 2],
}

/// What may wait, in all and of each business.
struct Room {
    calls: FairShare<BusinessId>,
    messages: FairShare<BusinessId>,
}

/// Starts the committers and the publishers.
#[must_use]
pub(crate) fn start(
    store: Store,
    publisher: &Publisher,
    clock: SharedClock,
) -> (Acceptor, Accepting) {
    let (publishing, publishers) = publishing::start(publisher);
    let stop = CancellationToken::new();
    let queue = |size| CommitQueue::start(size, &store, &clock, &publishing, &stop);
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
    /// Waits until the messages of a call are durable, or it is known why they are not. Dropping the future does not
    /// take them back.
    ///
    /// # Errors
    /// When they are not, or when nobody knows.
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

    /// Hands durable messages to the publishers, as far as these have room; the reaper takes what they have not.
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
        // The permits are its bound.
        let (waiting, calls) = mpsc::unbounded_channel();
        let queue = Self {
            waiting,
            room: Arc::new(Room::new()),
            full: Arc::new(Notify::new()),
        };
        let committer = committer::Committer {
            size,
            store: store.clone(),
            clock: clock.clone(),
            publishing: publishing.clone(),
            room: Arc::clone(&queue.room),
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
            _permits: self.room.permits(&call)?,
            call,
            trace_id,
            answer,
        };
        self.waiting
            .send(waiting)
            .map_err(|_| AcceptError::Stopping)?;
        if self.room.waiting_messages() >= committer::GROUP {
            self.full.notify_one();
        }
        // The committer answers each call; it is gone without a word only when its group panicked.
        answered.await.unwrap_or(Err(AcceptError::Unavailable))
    }
}

impl Room {
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

    /// Messages of the calls in the queue.
    fn waiting_messages(&self) -> usize {
        self.messages.held_units()
    }
}

impl Accepting {
    /// Takes no more calls, commits those that wait, publishes what was accepted, and ends. To be called when the last
    /// request was answered.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        for committer in self.committers {
            if committer.await.is_err() {
                tracing::error!("a committer did not end by itself");
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
