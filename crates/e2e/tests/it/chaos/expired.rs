//! Messages whose validity ends while no sender runs: none of them is posted once one does.

use std::time::Duration;

use bootstrap::clock::SystemClock;
use common::clock::Clock as _;
use serde_json::json;
use testkit::{Service, SingleMessage, StackPlan, eventually};
use uuid::Uuid;

use super::fixture::{Fixture, PROGRESS, meta, short_timeouts};
use super::report::Scenario;
use super::tier::Counts;

const SCENARIO: Scenario = Scenario {
    name: "expired",
    bar: "R23",
    what: "messages expire while no sender runs; others, sent between them, do not",
};
const PAIRS: Counts = Counts::new(100, 1_000, 10_000);
/// Their validity: the sender is down for longer.
const LIFE: Duration = Duration::from_secs(3);
const LEFT: &str = "select count(*) from messages where expires_at > now() and expires_at < now() + interval '1 hour'";
const EXPIRED: &str = "select count(*) from messages where state = 13";

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn expired() {
    let plan = StackPlan {
        meta: meta(),
        settings: short_timeouts(),
    };
    let mut fixture = Fixture::open(SCENARIO, plan).await;
    fixture.stack.services.kill_9(Service::Sender).await;
    let pairs = fixture.tier.of(PAIRS);
    for index in 0..pairs {
        order(&fixture, index, Some(LIFE)).await;
        order(&fixture, pairs + index, None).await;
    }
    eventually("their validity has ended", PROGRESS, async || {
        (fixture.sources.number(LEFT).await == 0).then_some(())
    })
    .await;
    fixture.stack.services.start(Service::Sender).await;
    fixture.settle().await;
    let report = fixture.run_auditor().await;
    report.assert_clean();
    assert_eq!(
        u64::try_from(fixture.sources.number(EXPIRED).await).unwrap(),
        pairs
    );
    assert_eq!(
        fixture.posted(),
        pairs,
        "an expired message was posted, or another one was not"
    );
    fixture.injections.injected = 1;
    fixture.injections.in_flight = 2 * pairs;
    fixture.notes.push(format!(
        "{pairs} messages expired, and none of them was posted"
    ));
    fixture.controls.push(format!(
        "{pairs} messages between them that do not expire: all posted"
    ));
    fixture.control_false_acknowledgement().await;
    fixture.finish(report);
}

/// Has a ticket accepted, with or without an expiry.
async fn order(fixture: &Fixture, index: u64, life: Option<Duration>) {
    let to = format!("64{index:06}");
    let mut body = fixture.other_shop.message(&SingleMessage {
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
    let answer = fixture
        .other_shop
        .api
        .post_until_answered("/v1/messages", &key, &body)
        .await
        .ok();
    fixture
        .log_accepted(&fixture.other_shop, &key, answer["id"].as_str().unwrap())
        .await;
}
