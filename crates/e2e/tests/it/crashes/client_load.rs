//! Clients that send single messages while the gateway is killed and restarted, and keep a log of the acknowledged
//! ones.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use common::ids::MessageId;
use testkit::{Shop, SingleMessage};
use tokio::task::JoinSet;

const CLIENTS: usize = 16;
/// Interval between two messages of a client, and between two tries of one message.
const INTERVAL: Duration = Duration::from_millis(100);
/// Time limit until a message is accepted.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Clients that retry each message under one idempotency key until it is accepted.
#[derive(Default)]
pub(super) struct ClientLoad {
    started: AtomicUsize,
    waiting: AtomicUsize,
    retries: AtomicUsize,
    stopped: AtomicBool,
}

impl ClientLoad {
    /// Sends until stopped; returns the numbers and message ids of the 202s: the clients' own log.
    pub(super) async fn run(self: Arc<Self>, shop: Shop) -> BTreeMap<String, MessageId> {
        let mut tasks = JoinSet::new();
        for _ in 0..CLIENTS {
            let (load, shop) = (Arc::clone(&self), shop.clone());
            tasks.spawn(async move {
                let mut log = Vec::new();
                let mut interval = tokio::time::interval(INTERVAL);
                while !load.stopped.load(Ordering::SeqCst) {
                    interval.tick().await;
                    let index = load.started.fetch_add(1, Ordering::SeqCst);
                    log.push((recipient(index), load.send(&shop, index).await));
                }
                log
            });
        }
        tasks.join_all().await.concat().into_iter().collect()
    }

    /// Stops the load; messages under way are retried until they are accepted.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
    }

    /// Requests that wait for their answer.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }

    /// Each message exists once, however often it was retried; some were, because the gateway was down.
    pub(super) fn assert_one_message_per_key(&self, log: &BTreeMap<String, MessageId>) {
        let messages: BTreeSet<_> = log.values().collect();
        let started = self.started.load(Ordering::SeqCst);
        assert_eq!((log.len(), messages.len()), (started, started));
        assert!(
            self.retries.load(Ordering::SeqCst) > 0,
            "no client called while the gateway was down"
        );
    }

    async fn send(&self, shop: &Shop, index: usize) -> MessageId {
        let (number, ticket) = (recipient(index), format!("T-{index}"));
        let body = shop.message(&SingleMessage {
            to: &number,
            template: "ticket_de_caisse",
            variables: &["Awa", &ticket, "12 500"],
            reference: Some(&ticket),
        });
        let (key, end) = (format!("message-{index}"), Instant::now() + TIMEOUT);
        let mut tries = tokio::time::interval(INTERVAL);
        loop {
            tries.tick().await;
            self.waiting.fetch_add(1, Ordering::SeqCst);
            let answer = shop.api.try_post("/v1/messages", &key, &body).await;
            self.waiting.fetch_sub(1, Ordering::SeqCst);
            if let Some(accepted) = answer.ok().filter(|answer| answer.status == 202) {
                return accepted.json()["id"].as_str().unwrap().parse().unwrap();
            }
            self.retries.fetch_add(1, Ordering::SeqCst);
            assert!(
                Instant::now() < end,
                "message {index} was not accepted within {TIMEOUT:?}"
            );
        }
    }
}

fn recipient(index: usize) -> String {
    format!("76{:06}", 100_000 + index)
}
