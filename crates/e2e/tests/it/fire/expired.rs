//! Messages whose time passes while no sender runs: none of them is posted when one does.

use std::time::Duration;

use bootstrap::clock::SystemClock;
use common::clock::Clock as _;
use serde_json::json;
use testkit::{Service, SingleMessage, StackPlan, eventually};
use uuid::Uuid;

use super::arena::{Arena, PROGRESS, impatient, meta};
use super::report::Scenario;
use super::tier::Counts;

const SCENARIO: Scenario = Scenario {
    name: "expired",
    bar: "R23",
    what: "messages expire while no sender runs; others, asked for between them, do not",
};
const PAIRS: Counts = Counts::new(100, 1_000, 10_000);
/// Their life: the sender is away for longer.
const LIFE: Duration = Duration::from_secs(3);
const LEFT: &str = "select count(*) from messages where expires_at > now() and expires_at < now() + interval '1 hour'";
const EXPIRED: &str = "select count(*) from messages where state = 13";

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn expired() {
    let plan = StackPlan {
        meta: meta(),
        settings: impatient(),
    };
    let mut arena = Arena::open(SCENARIO, plan).await;
    arena.stack.services.kill_9(Service::Sender).await;
    let pairs = arena.tier.of(PAIRS);
    for place in 0..pairs {
        order(&arena, place, Some(LIFE)).await;
        order(&arena, pairs + place, None).await;
    }
    eventually("their time has passed", PROGRESS, async || {
        (arena.books.number(LEFT).await == 0).then_some(())
    })
    .await;
    arena.stack.services.start(Service::Sender).await;
    arena.come_to_rest().await;
    let judged = arena.judge().await;
    judged.assert_good();
    assert_eq!(
        u64::try_from(arena.books.number(EXPIRED).await).unwrap(),
        pairs
    );
    assert_eq!(
        arena.posted(),
        pairs,
        "an expired message was posted, or another one was not"
    );
    arena.blows.struck = 1;
    arena.blows.in_hand = 2 * pairs;
    arena.notes.push(format!(
        "{pairs} messages expired, and none of them was posted"
    ));
    arena.controls.push(format!(
        "{pairs} messages between them that do not expire: all posted"
    ));
    arena.lying_log().await;
    arena.conclude(judged);
}

/// Has a ticket accepted that expires, or one that does not.
async fn order(arena: &Arena, place: u64, life: Option<Duration>) {
    let to = format!("64{place:06}");
    let mut body = arena.till.message(&SingleMessage {
        to: &to,
        template: "ticket_de_caisse",
        variables: &["Awa", "T-1", "500"],
        reference: None,
    });
    if let Some(life) = life {
        let at = SystemClock.now() + life;
        body["expires_at"] = json!(at);
    }
    let key = Uuid::new_v4().to_string();
    let answer = arena
        .till
        .api
        .post_until_answered("/v1/messages", &key, &body)
        .await
        .ok();
    arena
        .promised(&arena.till, &key, answer["id"].as_str().unwrap())
        .await;
}
