//! The tills of a shop: they sell while the gateway dies and comes back, and keep a log of what was promised to them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use common::ids::MessageId;
use testkit::{Shop, SingleMessage};
use tokio::task::JoinSet;

const TILLS: usize = 16;
/// How often a till sells, and how often it asks again.
const PACE: Duration = Duration::from_millis(100);
/// How long a sale may be asked for.
const PATIENCE: Duration = Duration::from_secs(60);

/// The tills of the shop, which ask again until they are answered, each sale under one key.
#[derive(Default)]
pub(super) struct Tills {
    sales: AtomicUsize,
    waiting: AtomicUsize,
    asked_again: AtomicUsize,
    closed: AtomicBool,
}

impl Tills {
    /// Sells until it is closed; gives the numbers and the ids of the 202s: the tills' own log.
    pub(super) async fn sell(self: Arc<Self>, shop: Shop) -> BTreeMap<String, MessageId> {
        let mut tills = JoinSet::new();
        for _ in 0..TILLS {
            let (all, shop) = (Arc::clone(&self), shop.clone());
            tills.spawn(async move {
                let mut log = Vec::new();
                let mut pace = tokio::time::interval(PACE);
                while !all.closed.load(Ordering::SeqCst) {
                    pace.tick().await;
                    let sale = all.sales.fetch_add(1, Ordering::SeqCst);
                    log.push((single_number(sale), all.ask(&shop, sale).await));
                }
                log
            });
        }
        tills.join_all().await.concat().into_iter().collect()
    }

    /// Ends the selling; sales under way are asked for until they are accepted.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    /// Requests that wait for their answer.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }

    /// However often each was asked for; some were, because the gateway was dead.
    pub(super) fn assert_each_sale_is_one_message(&self, log: &BTreeMap<String, MessageId>) {
        let messages: BTreeSet<_> = log.values().collect();
        let sales = self.sales.load(Ordering::SeqCst);
        assert_eq!((log.len(), messages.len()), (sales, sales));
        assert!(
            self.asked_again.load(Ordering::SeqCst) > 0,
            "no till met the dead gateway"
        );
    }

    async fn ask(&self, shop: &Shop, sale: usize) -> MessageId {
        let (number, ticket) = (single_number(sale), format!("T-{sale}"));
        let body = shop.message(&SingleMessage {
            to: &number,
            template: "ticket_de_caisse",
            variables: &["Awa", &ticket, "12 500"],
            reference: Some(&ticket),
        });
        let (key, end) = (format!("sale-{sale}"), Instant::now() + PATIENCE);
        let mut tries = tokio::time::interval(PACE);
        loop {
            tries.tick().await;
            self.waiting.fetch_add(1, Ordering::SeqCst);
            let answer = shop.api.try_post("/v1/messages", &key, &body).await;
            self.waiting.fetch_sub(1, Ordering::SeqCst);
            if let Some(accepted) = answer.ok().filter(|answer| answer.status == 202) {
                return accepted.json()["id"].as_str().unwrap().parse().unwrap();
            }
            self.asked_again.fetch_add(1, Ordering::SeqCst);
            assert!(
                Instant::now() < end,
                "within {PATIENCE:?} sale {sale} was not accepted"
            );
        }
    }
}

fn single_number(sale: usize) -> String {
    format!("76{:06}", 100_000 + sale)
}
