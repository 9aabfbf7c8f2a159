//! Clients that send messages one by one, retry under the same key until they are answered, and log each 202 before
//! they continue. They send until they are stopped, so that a faulted service never runs out of work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use common::ids::MessageId;
use e2e::audit::Acknowledgement;
use reqwest::StatusCode;
use reqwest::header::RETRY_AFTER;
use testkit::{Answer, Shop, SingleMessage, eventually};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::client_log::ClientLog;
use super::fixture::PROGRESS;

/// Interval between two tries.
const RETRY_INTERVAL: Duration = Duration::from_millis(100);
/// Time limit for the retries of one message.
const TIMEOUT: Duration = Duration::from_secs(120);
/// An interval must not be zero.
const SHORTEST: Duration = Duration::from_millis(1);
/// National numbers per prefix.
const PREFIX: u64 = 900_000;

/// What a client does when its call was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RetryPolicy {
    /// Retries under the same key, as documented.
    SameKey,
    /// Retries under another key.
    NewKey,
    /// Does not retry.
    Never,
}

/// Clients of one shop, with counters.
pub(super) struct Clients {
    shop: Shop,
    retry_policy: RetryPolicy,
    log: ClientLog,
    /// Maximum number of messages they send.
    total: u64,
    /// Distinguishes their keys from those of other clients.
    key_prefix: Uuid,
    /// The shortest interval between two messages of one client.
    interval: Duration,
    stopped: AtomicBool,
    started: AtomicU64,
    accepted: AtomicU64,
    waiting: AtomicUsize,
    retries: AtomicU64,
    rejected: AtomicU64,
    replayed: AtomicU64,
}

impl Clients {
    pub(super) fn new(
        shop: Shop,
        log: ClientLog,
        retry_policy: RetryPolicy,
        total: u64,
        interval: Duration,
    ) -> Arc<Self> {
        Arc::new(Self {
            shop,
            retry_policy,
            log,
            total,
            key_prefix: Uuid::new_v4(),
            interval,
            stopped: AtomicBool::new(false),
            started: AtomicU64::new(0),
            accepted: AtomicU64::new(0),
            waiting: AtomicUsize::new(0),
            retries: AtomicU64::new(0),
            rejected: AtomicU64::new(0),
            replayed: AtomicU64::new(0),
        })
    }

    /// The given number of clients send until they are stopped or have sent `total` messages.
    pub(super) async fn send_all(self: Arc<Self>, clients: usize) {
        let mut sending = JoinSet::new();
        for _ in 0..clients {
            let all = Arc::clone(&self);
            sending.spawn(async move {
                let mut interval = tokio::time::interval(all.interval.max(SHORTEST));
                while !all.stopped.load(Ordering::SeqCst) {
                    interval.tick().await;
                    let index = all.started.fetch_add(1, Ordering::SeqCst);
                    if index >= all.total {
                        return;
                    }
                    all.send(index).await;
                }
            });
        }
        let _ = sending.join_all().await;
    }

    /// Stops them once the messages they have started are accepted.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
    }

    /// Messages that were accepted and logged.
    pub(super) fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::SeqCst)
    }

    /// Calls that wait for their answer.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }

    /// Messages that were started.
    pub(super) fn started(&self) -> u64 {
        self.started.load(Ordering::SeqCst).min(self.total)
    }

    /// Waits until `more` further messages were started.
    pub(super) async fn advance(&self, more: u64) {
        let wanted = self.started() + more;
        eventually("the clients send", PROGRESS, async || {
            (self.started() >= wanted).then_some(())
        })
        .await;
    }

    /// Waits until `more` further messages were accepted.
    pub(super) async fn until_accepted_more(&self, more: u64) {
        let wanted = self.accepted() + more;
        eventually("calls are accepted", PROGRESS, async || {
            (self.accepted() >= wanted).then_some(())
        })
        .await;
    }

    /// Waits until `wanted` messages were accepted in total, then stops the clients.
    pub(super) async fn stop_at(&self, wanted: u64) {
        eventually("enough messages are accepted", PROGRESS, async || {
            (self.accepted() >= wanted).then_some(())
        })
        .await;
        self.stop();
    }

    /// 202s that were replayed because the first answer was cut off.
    pub(super) fn replayed(&self) -> u64 {
        self.replayed.load(Ordering::SeqCst)
    }

    /// Calls that had to be retried.
    pub(super) fn retries(&self) -> u64 {
        self.retries.load(Ordering::SeqCst)
    }

    /// Calls that were rejected with `Retry-After`.
    pub(super) fn rejected(&self) -> u64 {
        self.rejected.load(Ordering::SeqCst)
    }

    async fn send(&self, index: u64) {
        let Some((key, message_id)) = self.send_until_accepted(index).await else {
            return;
        };
        let acknowledgement = Acknowledgement::Message {
            business_id: self.shop.business_id.parse().unwrap(),
            key,
            message_id,
        };
        self.log.write(&acknowledgement).await;
        self.accepted.fetch_add(1, Ordering::SeqCst);
    }

    /// The gateway rejects the call for now: it has to send `Retry-After`.
    fn count_rejection(&self, refused: &Answer) {
        let again = refused.headers.get(RETRY_AFTER);
        let seconds = again.and_then(|seconds| seconds.to_str().ok()?.parse::<u64>().ok());
        assert!(
            seconds.is_some_and(|seconds| seconds <= 2),
            "{} without Retry-After: {}",
            refused.status,
            refused.text()
        );
        self.rejected.fetch_add(1, Ordering::SeqCst);
    }

    /// Tries until accepted, as far as the retry policy allows: the accepted key and the message.
    async fn send_until_accepted(&self, index: u64) -> Option<(String, MessageId)> {
        let (to, ticket) = (number(index), format!("T-{index}"));
        let body = self.shop.message(&SingleMessage {
            to: &to,
            template: "ticket_de_caisse",
            variables: &["Awa", &ticket, "12 500"],
            reference: Some(&ticket),
        });
        let first = format!("{}-{index}", self.key_prefix);
        let end = Instant::now() + TIMEOUT;
        let mut tries = tokio::time::interval(RETRY_INTERVAL);
        for again in 0_u64.. {
            tries.tick().await;
            let key = match self.retry_policy {
                RetryPolicy::NewKey => format!("{first}-{again}"),
                RetryPolicy::SameKey | RetryPolicy::Never => first.clone(),
            };
            self.waiting.fetch_add(1, Ordering::SeqCst);
            let answer = self.shop.api.try_post("/v1/messages", &key, &body).await;
            self.waiting.fetch_sub(1, Ordering::SeqCst);
            match answer {
                Ok(accepted) if accepted.status == StatusCode::ACCEPTED => {
                    let replayed = accepted.headers.contains_key("idempotency-replayed");
                    self.replayed
                        .fetch_add(u64::from(replayed), Ordering::SeqCst);
                    let message_id = accepted.json()["id"].as_str().unwrap().parse().unwrap();
                    return Some((key, message_id));
                }
                // A pooled connection was closed just as it was reused (RFC 9110, 15.5.9).
                Ok(closed) if closed.status == StatusCode::REQUEST_TIMEOUT => {}
                Ok(refused) => self.count_rejection(&refused),
                Err(_) => {}
            }
            if self.retry_policy == RetryPolicy::Never {
                return None;
            }
            self.retries.fetch_add(1, Ordering::SeqCst);
            assert!(
                Instant::now() < end,
                "{key} was not accepted in {TIMEOUT:?}"
            );
        }
        None
    }
}

/// A number of Burkina Faso outside the last six digits that trigger faults in the simulator.
fn number(index: u64) -> String {
    format!("{}{:06}", 65 + index / PREFIX, index % PREFIX)
}
