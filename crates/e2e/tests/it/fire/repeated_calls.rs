//! Calls that are repeated under their key: one after another, many at once, across a kill of the gateway, with another
//! body, without a key, and by another business.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use serde_json::Value;
use testkit::{Answer, Shop, SingleMessage, StackPlan, eventually};
use tokio::task::JoinSet;

use super::arena::{Arena, PROGRESS, impatient, meta};
use super::report::Scenario;
use super::tier::Counts;
use crate::catch;

const SCENARIO: Scenario = Scenario {
    name: "repeated_calls",
    bar: "R2, R3, R4",
    what: "calls repeated under their keys, one after another and 64 at once, while the gateway is killed",
};
const REPEATS: Counts = Counts::new(200, 2_000, 10_000);
const KEYS: Counts = Counts::new(20, 100, 500);
const KILLS: Counts = Counts::new(2, 10, 50);
const AT_ONCE: usize = 64;
/// The clock goes on for all keys, or for the one that was used last.
const A_DAY_PASSES: &str =
    "update idempotency_keys set created_at = created_at - interval '25 hours'";
const A_WEEK_PASSES_FOR_THE_LAST: &str =
    "update idempotency_keys set created_at = created_at - interval '7 days'
    where created_at = (select max(created_at) from idempotency_keys)";
const FORGETTABLE: &str =
    "select count(*) from idempotency_keys where created_at < now() - interval '7 days'";
const FORGET: &str = "delete from idempotency_keys";

/// Keys, each of which is used by 64 clients at the same time.
struct Waves {
    shop: Shop,
    waiting: AtomicUsize,
    done: AtomicU64,
    has_to_stop: AtomicBool,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn repeated_calls() {
    let plan = StackPlan {
        meta: meta(),
        settings: impatient(),
    };
    let mut arena = Arena::open(SCENARIO, plan).await;
    let (repeats, keys, kills) = (
        arena.tier.of(REPEATS),
        arena.tier.of(KEYS),
        arena.tier.of(KILLS),
    );
    let shop = arena.till.clone();
    let first = call(&shop, "sequential", &ticket(&shop, "T-1")).await;
    assert_eq!(first.headers.get("idempotency-replayed"), None);
    arena.promised(&shop, "sequential", &id_of(&first)).await;
    repeat(&shop, &first, repeats / 2).await;

    let waves = Waves::new(&shop);
    let running = tokio::spawn(Arc::clone(&waves).run());
    for _ in 0..kills {
        waves.go_on(keys / (kills + 1)).await;
        let caught = catch::kill_while_accepting(&mut arena.stack, || waves.waiting()).await;
        arena.blows.add(caught);
    }
    waves.until_done(keys).await;
    waves.has_to_stop.store(true, Ordering::SeqCst);
    let answers = running.await.unwrap();
    for (key, ids) in &answers {
        assert_eq!(ids.len(), 1, "{key} was answered with several messages");
        for id in ids {
            arena.promised(&shop, key, id).await;
        }
    }
    // After the restarts.
    repeat(&shop, &first, repeats / 2).await;
    grown_old(&arena, &first).await;
    other_uses(&arena, &first).await;
    arena.come_to_rest().await;
    let judged = arena.judge().await;
    judged.assert_good();
    arena.notes.push(format!(
        "one call was repeated {repeats} times, and {} keys were used by {AT_ONCE} clients at once: one message each, and \
         the same bytes",
        answers.len()
    ));
    arena.books.spoil(FORGET).await;
    let anew = call(&shop, "sequential", &ticket(&shop, "T-1")).await;
    arena.promised(&shop, "sequential", &id_of(&anew)).await;
    arena
        .sees("the keys forgotten, and one call repeated", "phantom")
        .await;
    arena.conclude(judged);
}

/// A key is remembered for a week, as the documents say: after 25 hours it is what it was, after a week it is forgotten.
async fn grown_old(arena: &Arena, first: &Answer) {
    let shop = &arena.till;
    let body = ticket(shop, "T-3");
    let old = call(shop, "grown old", &body).await;
    arena.books.spoil(A_DAY_PASSES).await;
    assert_eq!(arena.books.number(FORGETTABLE).await, 0);
    repeat(shop, first, 1).await;
    let again = call(shop, "grown old", &body).await;
    assert_eq!((&again.body, id_of(&again)), (&old.body, id_of(&old)));
    arena.books.spoil(A_WEEK_PASSES_FOR_THE_LAST).await;
    eventually(
        "what is older than a week is forgotten",
        PROGRESS,
        async || (arena.books.number(FORGETTABLE).await == 0).then_some(()),
    )
    .await;
    repeat(shop, first, 1).await;
    let anew = call(shop, "grown old", &body).await;
    assert_eq!(anew.headers.get("idempotency-replayed"), None);
    assert_ne!(id_of(&anew), id_of(&old), "it was not forgotten");
    arena.promised(shop, "grown old", &id_of(&old)).await;
    arena.promised(shop, "forgotten", &id_of(&anew)).await;
}

/// What else may come under a key.
async fn other_uses(arena: &Arena, first: &Answer) {
    let (shop, other) = (&arena.till, &arena.shop);
    let refused = call(shop, "sequential", &ticket(shop, "T-2")).await;
    assert_eq!(refused.status, 422, "another body: {}", refused.text());
    let authorization = format!("Bearer {}", shop.api.key());
    let headers = [
        ("Authorization", authorization.as_str()),
        ("Content-Type", "application/json"),
    ];
    let body = ticket(shop, "T-1").to_string().into_bytes();
    let keyless = arena
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
    arena
        .promised(other, "sequential", &id_of(&of_another))
        .await;
}

/// The same call again and again: the same bytes.
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
            has_to_stop: AtomicBool::new(false),
        })
    }

    fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }

    /// Key after key, until told to stop: the ids that its clients were answered.
    async fn run(self: Arc<Self>) -> Vec<(String, BTreeSet<String>)> {
        let mut answers = Vec::new();
        while !self.has_to_stop.load(Ordering::SeqCst) {
            let key = format!("wave-{}", answers.len());
            let mut calls = JoinSet::new();
            for _ in 0..AT_ONCE {
                let (all, key) = (Arc::clone(&self), key.clone());
                calls.spawn(async move { all.ask(&key).await });
            }
            answers.push((key, calls.join_all().await.into_iter().collect()));
            self.done.fetch_add(1, Ordering::SeqCst);
        }
        answers
    }

    async fn ask(&self, key: &str) -> String {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let answer = call(&self.shop, key, &ticket(&self.shop, key)).await;
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        id_of(&answer)
    }

    async fn go_on(&self, more: u64) {
        self.until_done(self.done.load(Ordering::SeqCst) + more)
            .await;
    }

    async fn until_done(&self, wanted: u64) {
        eventually("the waves go on", PROGRESS, async || {
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

/// Somebody else for each ticket: who gets many in a row waits for the last ones.
fn recipient(number: &str) -> String {
    let place = number
        .bytes()
        .fold(0, |place, byte| (place * 31 + u32::from(byte)) % 900_000);
    format!("64{place:06}")
}

fn id_of(answer: &Answer) -> String {
    assert_eq!(answer.status, 202, "{}", answer.text());
    answer.json()["id"].as_str().unwrap().to_owned()
}
