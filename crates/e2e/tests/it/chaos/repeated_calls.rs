//! Calls repeated under their key: one after another, many at once, across a kill of the gateway, with another body,
//! without a key, and by another business.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use serde_json::Value;
use testkit::{Answer, Shop, SingleMessage, StackPlan, eventually};
use tokio::task::JoinSet;

use super::fixture::{Fixture, PROGRESS, meta, short_timeouts};
use super::report::Scenario;
use super::tier::Counts;
use crate::in_flight_probe;

const SCENARIO: Scenario = Scenario {
    name: "repeated_calls",
    bar: "R2, R3, R4",
    what: "calls repeated under their keys, one after another and 64 at once, while the gateway is killed",
};
const REPEATS: Counts = Counts::new(200, 2_000, 10_000);
const KEYS: Counts = Counts::new(20, 100, 500);
const KILLS: Counts = Counts::new(2, 10, 50);
const AT_ONCE: usize = 64;
/// Ages all keys, or only the one that was used last.
const AGE_KEYS_BY_A_DAY: &str =
    "update idempotency_keys set created_at = created_at - interval '25 hours'";
const AGE_LAST_KEY_BY_A_WEEK: &str =
    "update idempotency_keys set created_at = created_at - interval '7 days'
    where created_at = (select max(created_at) from idempotency_keys)";
const EXPIRED_KEYS: &str =
    "select count(*) from idempotency_keys where created_at < now() - interval '7 days'";
const DELETE_KEYS: &str = "delete from idempotency_keys";

/// Keys, each of which is used by 64 clients at the same time.
struct Waves {
    shop: Shop,
    waiting: AtomicUsize,
    done: AtomicU64,
    stopped: AtomicBool,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn repeated_calls() {
    let plan = StackPlan {
        meta: meta(),
        settings: short_timeouts(),
    };
    let mut fixture = Fixture::open(SCENARIO, plan).await;
    let (repeats, keys, kills) = (
        fixture.tier.of(REPEATS),
        fixture.tier.of(KEYS),
        fixture.tier.of(KILLS),
    );
    let shop = fixture.other_shop.clone();
    let first = call(&shop, "sequential", &ticket(&shop, "T-1")).await;
    assert_eq!(first.headers.get("idempotency-replayed"), None);
    fixture
        .log_accepted(&shop, "sequential", &id_of(&first))
        .await;
    repeat(&shop, &first, repeats / 2).await;

    let waves = Waves::new(&shop);
    let running = tokio::spawn(Arc::clone(&waves).run());
    for _ in 0..kills {
        waves.advance(keys / (kills + 1)).await;
        let probe =
            in_flight_probe::kill_while_accepting(&mut fixture.stack, || waves.waiting()).await;
        fixture.injections.add(probe);
    }
    waves.until_done(keys).await;
    waves.stopped.store(true, Ordering::SeqCst);
    let answers = running.await.unwrap();
    for (key, ids) in &answers {
        assert_eq!(ids.len(), 1, "{key} returned several messages");
        for id in ids {
            fixture.log_accepted(&shop, key, id).await;
        }
    }
    // After the restarts.
    repeat(&shop, &first, repeats / 2).await;
    assert_retention(&fixture, &first).await;
    other_uses(&fixture, &first).await;
    fixture.settle().await;
    let report = fixture.run_auditor().await;
    report.assert_clean();
    fixture.notes.push(format!(
        "one call was repeated {repeats} times, and {} keys were used by {AT_ONCE} clients at once: one message each, and \
         the same bytes",
        answers.len()
    ));
    fixture.sources.corrupt(DELETE_KEYS).await;
    let anew = call(&shop, "sequential", &ticket(&shop, "T-1")).await;
    fixture
        .log_accepted(&shop, "sequential", &id_of(&anew))
        .await;
    fixture
        .assert_auditor_detects("the keys deleted, and one call repeated", "phantom")
        .await;
    fixture.finish(report);
}

/// A key is kept for a week, as documented: after 25 hours it still replays, after a week it is deleted.
async fn assert_retention(fixture: &Fixture, first: &Answer) {
    let shop = &fixture.other_shop;
    let body = ticket(shop, "T-3");
    let old = call(shop, "grown old", &body).await;
    fixture.sources.corrupt(AGE_KEYS_BY_A_DAY).await;
    assert_eq!(fixture.sources.number(EXPIRED_KEYS).await, 0);
    repeat(shop, first, 1).await;
    let again = call(shop, "grown old", &body).await;
    assert_eq!((&again.body, id_of(&again)), (&old.body, id_of(&old)));
    fixture.sources.corrupt(AGE_LAST_KEY_BY_A_WEEK).await;
    eventually("keys older than a week are deleted", PROGRESS, async || {
        (fixture.sources.number(EXPIRED_KEYS).await == 0).then_some(())
    })
    .await;
    repeat(shop, first, 1).await;
    let anew = call(shop, "grown old", &body).await;
    assert_eq!(anew.headers.get("idempotency-replayed"), None);
    assert_ne!(id_of(&anew), id_of(&old), "it was not deleted");
    fixture.log_accepted(shop, "grown old", &id_of(&old)).await;
    fixture.log_accepted(shop, "forgotten", &id_of(&anew)).await;
}

/// Other uses of a key.
async fn other_uses(fixture: &Fixture, first: &Answer) {
    let (shop, other) = (&fixture.other_shop, &fixture.shop);
    let refused = call(shop, "sequential", &ticket(shop, "T-2")).await;
    assert_eq!(refused.status, 422, "another body: {}", refused.text());
    let authorization = format!("Bearer {}", shop.api.key());
    let headers = [
        ("Authorization", authorization.as_str()),
        ("Content-Type", "application/json"),
    ];
    let body = ticket(shop, "T-1").to_string().into_bytes();
    let keyless = fixture
        .stack
        .api()
        .post_raw("/v1/messages", &headers, body)
        .await;
    assert_eq!(keyless.status, 400, "no key: {}", keyless.text());
    let of_another = call(other, "sequential", &ticket(other, "T-1")).await;
    assert_ne!(
        id_of(&of_another),
        id_of(first),
        "a key of another business"
    );
    fixture
        .log_accepted(other, "sequential", &id_of(&of_another))
        .await;
}

/// Repeats the call with the same bytes.
async fn repeat(shop: &Shop, first: &Answer, times: u64) {
    let body = ticket(shop, "T-1");
    for _ in 0..times {
        let again = call(shop, "sequential", &body).await;
        assert_eq!((again.status, &again.body), (first.status, &first.body));
        let of = |answer: &Answer| answer.headers.get("content-type").cloned();
        assert_eq!(of(&again), of(first));
        assert_eq!(again.headers["idempotency-replayed"], "true");
    }
}

impl Waves {
    fn new(shop: &Shop) -> Arc<Self> {
        Arc::new(Self {
            shop: shop.clone(),
            waiting: AtomicUsize::new(0),
            done: AtomicU64::new(0),
            stopped: AtomicBool::new(false),
        })
    }

    fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }

    /// Uses key after key until stopped; returns the ids that its clients got.
    async fn run(self: Arc<Self>) -> Vec<(String, BTreeSet<String>)> {
        let mut answers = Vec::new();
        while !self.stopped.load(Ordering::SeqCst) {
            let key = format!("wave-{}", answers.len());
            let mut calls = JoinSet::new();
            for _ in 0..AT_ONCE {
                let (all, key) = (Arc::clone(&self), key.clone());
                calls.spawn(async move { all.send(&key).await });
            }
            answers.push((key, calls.join_all().await.into_iter().collect()));
            self.done.fetch_add(1, Ordering::SeqCst);
        }
        answers
    }

    async fn send(&self, key: &str) -> String {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let answer = call(&self.shop, key, &ticket(&self.shop, key)).await;
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        id_of(&answer)
    }

    async fn advance(&self, more: u64) {
        self.until_done(self.done.load(Ordering::SeqCst) + more)
            .await;
    }

    async fn until_done(&self, wanted: u64) {
        eventually("the waves proceed", PROGRESS, async || {
            (self.done.load(Ordering::SeqCst) >= wanted).then_some(())
        })
        .await;
    }
}

async fn call(shop: &Shop, key: &str, body: &Value) -> Answer {
    shop.api
        .post_until_answered("/v1/messages", key, body)
        .await
}

fn ticket(shop: &Shop, number: &str) -> Value {
    shop.message(&SingleMessage {
        to: &recipient(number),
        template: "ticket_de_caisse",
        variables: &["Awa", number, "12 500"],
        reference: Some(number),
    })
}

/// Another recipient for each ticket: the pair rate limit would delay many messages to one.
fn recipient(number: &str) -> String {
    let index = number
        .bytes()
        .fold(0, |index, byte| (index * 31 + u32::from(byte)) % 900_000);
    format!("64{index:06}")
}

fn id_of(answer: &Answer) -> String {
    assert_eq!(answer.status, 202, "{}", answer.text());
    answer.json()["id"].as_str().unwrap().to_owned()
}
