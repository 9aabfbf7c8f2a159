//! The gateway is killed repeatedly while clients wait for their 202s.

use std::time::Duration;

use testkit::StackPlan;

use super::clients::RetryPolicy;
use super::fixture::{Fixture, meta, short_timeouts};
use super::report::Scenario;
use super::tier::Counts;
use crate::in_flight_probe;

const SCENARIO: Scenario = Scenario {
    name: "gateway_killed",
    bar: "R1, R5, R8",
    what: "kill -9 of the gateway while calls are in flight; clients retry under their keys",
};
const KILLS: Counts = Counts::new(3, 20, 200);
const MESSAGES: Counts = Counts::new(1_500, 10_000, 100_000);
/// 202s that a kill cut off after their commit.
const CUT_OFF: Counts = Counts::new(1, 20, 200);
/// Maximum number of kills, as a multiple of the wanted ones, until that many 202s were cut off.
const MOST: u64 = 3;
/// Kills of the control, and its messages before each.
const KILLS_WITHOUT_KEYS: u64 = 3;
const WITHOUT_KEYS: u64 = 200;
const CLIENTS: usize = 32;
/// The shortest interval between two messages of a client.
const PACE: Duration = Duration::from_millis(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn gateway_killed() {
    let plan = StackPlan {
        meta: meta(),
        settings: short_timeouts(),
    };
    let mut fixture = Fixture::open(SCENARIO, plan).await;
    let (messages, kills) = (fixture.tier.of(MESSAGES), fixture.tier.of(KILLS));
    let cut_off = fixture.tier.of(CUT_OFF);
    let clients = fixture.clients(PACE);
    let sending = tokio::spawn(clients.clone().send_all(CLIENTS));
    while fixture.injections.injected < kills || clients.replayed() < cut_off {
        assert!(
            fixture.injections.injected < MOST * kills,
            "no 202 was cut off"
        );
        clients.advance(messages / (kills + 2)).await;
        let probe =
            in_flight_probe::kill_while_accepting(&mut fixture.stack, || clients.waiting()).await;
        fixture.injections.add(probe);
    }
    clients.stop_at(messages).await;
    sending.await.unwrap();
    fixture.settle().await;

    let report = fixture.run_auditor().await;
    report.assert_clean();
    assert_eq!(report.figure("accepted"), clients.accepted());
    assert!(
        clients.retries() > 0,
        "no client called while the gateway was down"
    );
    fixture.notes.push(format!(
        "clients retried {} times; {} retries were answered with the replay of a 202 that had been cut off",
        clients.retries(),
        clients.replayed()
    ));
    without_keys(&mut fixture).await;
    fixture.finish(report);
}

/// Negative control: clients that retry with a new key. What was accepted before the kill then exists twice.
async fn without_keys(fixture: &mut Fixture) {
    let clients = fixture.clients_with(RetryPolicy::NewKey, u64::MAX, PACE);
    let sending = tokio::spawn(clients.clone().send_all(CLIENTS));
    for _ in 0..KILLS_WITHOUT_KEYS {
        clients.advance(WITHOUT_KEYS).await;
        let _ =
            in_flight_probe::kill_while_accepting(&mut fixture.stack, || clients.waiting()).await;
    }
    clients.stop();
    sending.await.unwrap();
    fixture
        .assert_auditor_detects("clients that retry with a new key", "phantom")
        .await;
}
