//! The first call under a key is held in the middle of its commit, by a lock that somebody else has, while others come with
//! the same key: however long that lasts, one message comes of it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::RETRY_AFTER;
use testkit::{Answer, Shop, SingleMessage, StackPlan, eventually};
use tokio::task::JoinSet;

use super::arena::{Arena, PROGRESS, impatient, meta};
use super::broker_struck::last;
use super::report::Scenario;
use super::tier::Counts;

const SCENARIO: Scenario = Scenario {
    name: "held_call",
    bar: "R3",
    what: "the commit of a call is held by a lock while 64 others come with its key",
};
const HOLDS: Counts = Counts::new(1, 1, 10);
/// Longer than the 10 s after which the gateway gives a commit up.
const SECONDS_HELD: Counts = Counts::new(12, 30, 30);
const OTHERS: usize = 64;
/// How often a client that was sent away comes again.
const AGAIN: Duration = Duration::from_millis(500);
/// What a commit writes last: its key is taken and its message written when it waits.
const HOLD: &str = "begin; select from accepted_counts for update";
const HELD: &str = "select count(*) from pg_stat_activity
    where wait_event_type = 'Lock' and datname = current_database() and query like '%into idempotency_keys%'";
const LET_GO: &str = "commit";
/// Without it a key can be taken twice.
const NOT_UNIQUE: &str = "alter table idempotency_keys drop constraint idempotency_keys_pkey";
/// Calls of the control, one after another.
const NOT_ONCE: usize = 2;

/// Calls under one key, and how they were answered.
struct Calls {
    shop: Shop,
    key: String,
    replayed: AtomicU64,
    sent_away: AtomicU64,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn held_call() {
    let plan = StackPlan {
        meta: meta(),
        settings: impatient(),
    };
    let mut arena = Arena::open(SCENARIO, plan).await;
    let (holds, seconds) = (arena.tier.of(HOLDS), arena.tier.of(SECONDS_HELD));
    let (mut replayed, mut sent_away) = (0, 0);
    for hold in 0..holds {
        let calls = hold_one(&mut arena, hold, Duration::from_secs(seconds)).await;
        replayed += calls.replayed.load(Ordering::SeqCst);
        sent_away += calls.sent_away.load(Ordering::SeqCst);
    }
    arena.come_to_rest().await;
    let judged = arena.judge().await;
    judged.assert_good();
    assert_eq!(judged.figure("accepted"), holds, "a key stands for one");
    arena.notes.push(format!(
        "each commit was held for {seconds} s; {sent_away} calls were told to come again meanwhile, each with \
         `Retry-After`, and {replayed} got the answer of the one that was accepted"
    ));
    without_the_key(&mut arena).await;
    arena.conclude(judged);
}

/// Holds the commit of a call, has the others come, and lets go.
async fn hold_one(arena: &mut Arena, hold: u64, lasts: Duration) -> Arc<Calls> {
    let calls = Calls::under(&arena.till, format!("held-{hold}"));
    let holder = arena.stack.db.admin().await;
    holder.batch_execute(HOLD).await.unwrap();
    let mut asking = JoinSet::new();
    asking.spawn(Arc::clone(&calls).ask());
    eventually("the commit waits", PROGRESS, async || {
        (arena.books.number(HELD).await > 0).then_some(())
    })
    .await;
    for _ in 0..OTHERS {
        asking.spawn(Arc::clone(&calls).ask());
    }
    last(lasts).await;
    assert!(asking.try_join_next().is_none(), "a call was accepted");
    holder.batch_execute(LET_GO).await.unwrap();
    let ids: BTreeSet<String> = asking.join_all().await.into_iter().collect();
    assert_eq!(ids.len(), 1, "the key was answered with several messages");
    for id in ids {
        arena.promised(&arena.till, &calls.key, &id).await;
    }
    arena.blows.struck += 1;
    arena.blows.in_hand += u64::try_from(OTHERS + 1).unwrap();
    calls
}

/// The control: keys that can be taken twice.
async fn without_the_key(arena: &mut Arena) {
    arena.books.spoil(NOT_UNIQUE).await;
    let calls = Calls::under(&arena.till, "taken twice".to_owned());
    for _ in 0..NOT_ONCE {
        let id = Arc::clone(&calls).ask().await;
        arena.promised(&arena.till, &calls.key, &id).await;
    }
    arena.sees("keys that are not unique", "phantom").await;
}

impl Calls {
    fn under(shop: &Shop, key: String) -> Arc<Self> {
        Arc::new(Self {
            shop: shop.clone(),
            key,
            replayed: AtomicU64::new(0),
            sent_away: AtomicU64::new(0),
        })
    }

    /// Comes again until accepted: the message's id.
    async fn ask(self: Arc<Self>) -> String {
        let body = self.shop.message(&SingleMessage {
            to: "64000001",
            template: "ticket_de_caisse",
            variables: &["Awa", &self.key, "12 500"],
            reference: None,
        });
        let mut tries = tokio::time::interval(AGAIN);
        loop {
            tries.tick().await;
            let answer = self.shop.api.try_post("/v1/messages", &self.key, &body);
            let answer = answer.await.unwrap();
            if answer.status == StatusCode::ACCEPTED {
                let is_replay = answer.headers.contains_key("idempotency-replayed");
                self.replayed
                    .fetch_add(u64::from(is_replay), Ordering::SeqCst);
                return answer.json()["id"].as_str().unwrap().to_owned();
            }
            assert_is_sent_away(&answer);
            self.sent_away.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// Nothing else is answered than that the call is under way, or that nobody knows yet; and when to come again.
fn assert_is_sent_away(answer: &Answer) {
    let is_passing = matches!(
        answer.status,
        StatusCode::CONFLICT | StatusCode::SERVICE_UNAVAILABLE
    );
    assert!(is_passing, "{}: {}", answer.status, answer.text());
    assert!(answer.headers.contains_key(RETRY_AFTER), "come when?");
}
