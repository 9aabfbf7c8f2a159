//! Clients that send messages one by one, ask again under the same key until they are answered, and write down each 202
//! before they go on. They send until they are told to stop, so that what is struck never runs out of work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use common::ids::MessageId;
use e2e::audit::Promise;
use reqwest::StatusCode;
use reqwest::header::RETRY_AFTER;
use testkit::{Answer, Shop, SingleMessage, eventually};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::arena::PROGRESS;
use super::client_log::ClientLog;

/// How often a client asks again.
const AGAIN: Duration = Duration::from_millis(100);
/// How long it may have to.
const PATIENCE: Duration = Duration::from_secs(120);
/// An interval cannot be nothing.
const SHORTEST: Duration = Duration::from_millis(1);
/// National numbers of one prefix.
const PREFIX: u64 = 900_000;

/// What a client does when it was not told yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Habit {
    /// Asks again under the same key, as it is told to.
    AsksAgain,
    /// Asks again under another key.
    ForgetsItsKey,
    /// Does not ask again.
    GivesUp,
}

/// Clients of one shop, and how they fare.
pub(super) struct Clients {
    shop: Shop,
    habit: Habit,
    log: ClientLog,
    /// Messages that they send at most.
    total: u64,
    /// What tells their keys from those of other clients.
    mark: Uuid,
    /// The shortest time between two messages of one client.
    pace: Duration,
    has_to_stop: AtomicBool,
    begun: AtomicU64,
    accepted: AtomicU64,
    waiting: AtomicUsize,
    asked_again: AtomicU64,
    sent_away: AtomicU64,
    replayed: AtomicU64,
}

impl Clients {
    pub(super) fn new(
        shop: Shop,
        log: ClientLog,
        habit: Habit,
        total: u64,
        pace: Duration,
    ) -> Arc<Self> {
        Arc::new(Self {
            shop,
            habit,
            log,
            total,
            mark: Uuid::new_v4(),
            pace,
            has_to_stop: AtomicBool::new(false),
            begun: AtomicU64::new(0),
            accepted: AtomicU64::new(0),
            waiting: AtomicUsize::new(0),
            asked_again: AtomicU64::new(0),
            sent_away: AtomicU64::new(0),
            replayed: AtomicU64::new(0),
        })
    }

    /// So many clients send: until they are told to stop, or have sent all that they are to.
    pub(super) async fn send_all(self: Arc<Self>, clients: usize) {
        let mut sending = JoinSet::new();
        for _ in 0..clients {
            let all = Arc::clone(&self);
            sending.spawn(async move {
                let mut pace = tokio::time::interval(all.pace.max(SHORTEST));
                while !all.has_to_stop.load(Ordering::SeqCst) {
                    pace.tick().await;
                    let place = all.begun.fetch_add(1, Ordering::SeqCst);
                    if place >= all.total {
                        return;
                    }
                    all.send(place).await;
                }
            });
        }
        let _ = sending.join_all().await;
    }

    /// Has them stop once what they have begun is accepted.
    pub(super) fn stop(&self) {
        self.has_to_stop.store(true, Ordering::SeqCst);
    }

    /// Messages that were accepted and written down.
    pub(super) fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::SeqCst)
    }

    /// Calls that wait for their answer.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }

    /// Messages that were begun.
    pub(super) fn begun(&self) -> u64 {
        self.begun.load(Ordering::SeqCst).min(self.total)
    }

    /// Waits until so many more were begun.
    pub(super) async fn go_on(&self, more: u64) {
        let wanted = self.begun() + more;
        eventually("the clients go on", PROGRESS, async || {
            (self.begun() >= wanted).then_some(())
        })
        .await;
    }

    /// Waits until so many more were accepted.
    pub(super) async fn until_accepted_more(&self, more: u64) {
        let wanted = self.accepted() + more;
        eventually("calls are accepted", PROGRESS, async || {
            (self.accepted() >= wanted).then_some(())
        })
        .await;
    }

    /// Waits until so many were accepted, however many it were before, and has them stop.
    pub(super) async fn stop_at(&self, wanted: u64) {
        eventually("the clients have enough", PROGRESS, async || {
            (self.accepted() >= wanted).then_some(())
        })
        .await;
        self.stop();
    }

    /// 202s that came for the second time, because the first one had been cut off.
    pub(super) fn replayed(&self) -> u64 {
        self.replayed.load(Ordering::SeqCst)
    }

    /// Calls that had to be asked again.
    pub(super) fn asked_again(&self) -> u64 {
        self.asked_again.load(Ordering::SeqCst)
    }

    /// Calls that were answered with a time to come back.
    pub(super) fn sent_away(&self) -> u64 {
        self.sent_away.load(Ordering::SeqCst)
    }

    async fn send(&self, place: u64) {
        let Some((key, message_id)) = self.ask(place).await else {
            return;
        };
        let promise = Promise::Message {
            business_id: self.shop.business_id.parse().unwrap(),
            key,
            message_id,
        };
        self.log.write(&promise).await;
        self.accepted.fetch_add(1, Ordering::SeqCst);
    }

    /// The gateway is there and takes the call later: it has to say when.
    fn is_sent_away(&self, refused: &Answer) {
        let again = refused.headers.get(RETRY_AFTER);
        let seconds = again.and_then(|seconds| seconds.to_str().ok()?.parse::<u64>().ok());
        assert!(
            seconds.is_some_and(|seconds| seconds <= 2),
            "{} without a time to come back: {}",
            refused.status,
            refused.text()
        );
        self.sent_away.fetch_add(1, Ordering::SeqCst);
    }

    /// Asks until told yes, if that is its habit: the key under which it was, and the message.
    async fn ask(&self, place: u64) -> Option<(String, MessageId)> {
        let (to, ticket) = (number(place), format!("T-{place}"));
        let body = self.shop.message(&SingleMessage {
            to: &to,
            template: "ticket_de_caisse",
            variables: &["Awa", &ticket, "12 500"],
            reference: Some(&ticket),
        });
        let first = format!("{}-{place}", self.mark);
        let end = Instant::now() + PATIENCE;
        let mut tries = tokio::time::interval(AGAIN);
        for again in 0_u64.. {
            tries.tick().await;
            let key = match self.habit {
                Habit::ForgetsItsKey => format!("{first}-{again}"),
                Habit::AsksAgain | Habit::GivesUp => first.clone(),
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
                // A connection of the pool was closed when it was to be used (RFC 9110, 15.5.9).
                Ok(closed) if closed.status == StatusCode::REQUEST_TIMEOUT => {}
                Ok(refused) => self.is_sent_away(&refused),
                Err(_) => {}
            }
            if self.habit == Habit::GivesUp {
                return None;
            }
            self.asked_again.fetch_add(1, Ordering::SeqCst);
            assert!(
                Instant::now() < end,
                "{key} was not accepted in {PATIENCE:?}"
            );
        }
        None
    }
}

/// A number of Burkina Faso far from the last six digits by which the simulator is told to misbehave.
fn number(place: u64) -> String {
    format!("{}{:06}", 65 + place / PREFIX, place % PREFIX)
}
