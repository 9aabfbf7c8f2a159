//! The commit of the first call under a key is blocked by a lock while others arrive with the same key: however long
//! that lasts, one message results.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::RETRY_AFTER;
use testkit::{Answer, Shop, SingleMessage, StackPlan, eventually};
use tokio::task::JoinSet;

use super::broker_faults::sustain;
use super::fixture::{Fixture, PROGRESS, meta, short_timeouts};
use super::report::Scenario;
use super::tier::Counts;

const SCENARIO: Scenario = Scenario {
    name: "held_call",
    bar: "R3",
    what: "the commit of a call is blocked by a lock while 64 others arrive with its key",
};
const HOLDS: Counts = Counts::new(1, 1, 10);
/// Longer than the gateway's commit timeout of 10 s.
const SECONDS_HELD: Counts = Counts::new(12, 30, 30);
const OTHERS: usize = 64;
/// Interval between two tries of a rejected client.
const RETRY_INTERVAL: Duration = Duration::from_millis(500);
/// The last write of a commit: the key and the message are written when it blocks.
const TAKE_LOCK: &str = "begin; select from accepted_counts for update";
const HELD: &str = "select count(*) from pg_stat_activity
    where wait_event_type = 'Lock' and datname = current_database() and query like '%into idempotency_keys%'";
const RELEASE_LOCK: &str = "commit";
/// Without it a key can be inserted twice.
const NOT_UNIQUE: &str = "alter table idempotency_keys drop constraint idempotency_keys_pkey";
/// Consecutive calls of the control.
const CONTROL_CALLS: usize = 2;

/// Calls under one key, and their answers.
struct Calls {
    shop: Shop,
    key: String,
    replayed: AtomicU64,
    rejected: AtomicU64,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn held_call() {
    let plan = StackPlan {
        meta: meta(),
        settings: short_timeouts(),
    };
    let mut fixture = Fixture::open(SCENARIO, plan).await;
    let (holds, seconds) = (fixture.tier.of(HOLDS), fixture.tier.of(SECONDS_HELD));
    let (mut replayed, mut rejected) = (0, 0);
    for hold in 0..holds {
        let calls = hold_one(&mut fixture, hold, Duration::from_secs(seconds)).await;
        replayed += calls.replayed.load(Ordering::SeqCst);
        rejected += calls.rejected.load(Ordering::SeqCst);
    }
    fixture.settle().await;
    let report = fixture.run_auditor().await;
    report.assert_clean();
    assert_eq!(report.figure("accepted"), holds, "one message per key");
    fixture.notes.push(format!(
        "each commit was blocked for {seconds} s; {rejected} calls were rejected meanwhile, each with \
         `Retry-After`, and {replayed} got the answer of the one that was accepted"
    ));
    without_the_key(&mut fixture).await;
    fixture.finish(report);
}

/// Blocks the commit of a call, sends the others, and releases the lock.
async fn hold_one(fixture: &mut Fixture, hold: u64, lasts: Duration) -> Arc<Calls> {
    let calls = Calls::under(&fixture.other_shop, format!("held-{hold}"));
    let holder = fixture.stack.db.admin().await;
    holder.batch_execute(TAKE_LOCK).await.unwrap();
    let mut calling = JoinSet::new();
    calling.spawn(Arc::clone(&calls).send_until_accepted());
    eventually("the commit is blocked", PROGRESS, async || {
        (fixture.sources.number(HELD).await > 0).then_some(())
    })
    .await;
    for _ in 0..OTHERS {
        calling.spawn(Arc::clone(&calls).send_until_accepted());
    }
    sustain(lasts).await;
    assert!(calling.try_join_next().is_none(), "a call was accepted");
    holder.batch_execute(RELEASE_LOCK).await.unwrap();
    let ids: BTreeSet<String> = calling.join_all().await.into_iter().collect();
    assert_eq!(ids.len(), 1, "the key returned several messages");
    for id in ids {
        fixture
            .log_accepted(&fixture.other_shop, &calls.key, &id)
            .await;
    }
    fixture.injections.injected += 1;
    fixture.injections.in_flight += u64::try_from(OTHERS + 1).unwrap();
    calls
}

/// Negative control: keys that are not unique.
async fn without_the_key(fixture: &mut Fixture) {
    fixture.sources.corrupt(NOT_UNIQUE).await;
    let calls = Calls::under(&fixture.other_shop, "taken twice".to_owned());
    for _ in 0..CONTROL_CALLS {
        let id = Arc::clone(&calls).send_until_accepted().await;
        fixture
            .log_accepted(&fixture.other_shop, &calls.key, &id)
            .await;
    }
    fixture
        .assert_auditor_detects("keys that are not unique", "phantom")
        .await;
}

impl Calls {
    fn under(shop: &Shop, key: String) -> Arc<Self> {
        Arc::new(Self {
            shop: shop.clone(),
            key,
            replayed: AtomicU64::new(0),
            rejected: AtomicU64::new(0),
        })
    }

    /// Retries until accepted; returns the message's id.
    async fn send_until_accepted(self: Arc<Self>) -> String {
        let body = self.shop.message(&SingleMessage {
            to: "64000001",
            template: "ticket_de_caisse",
            variables: &["Awa", &self.key, "12 500"],
            reference: None,
        });
        let mut tries = tokio::time::interval(RETRY_INTERVAL);
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
            assert_is_rejected(&answer);
            self.rejected.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// The only allowed answers are "in progress" and "outcome unknown", each with `Retry-After`.
fn assert_is_rejected(answer: &Answer) {
    let is_passing = matches!(
        answer.status,
        StatusCode::CONFLICT | StatusCode::SERVICE_UNAVAILABLE
    );
    assert!(is_passing, "{}: {}", answer.status, answer.text());
    assert!(answer.headers.contains_key(RETRY_AFTER), "no Retry-After");
}
