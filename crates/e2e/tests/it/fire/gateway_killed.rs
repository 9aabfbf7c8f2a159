//! The gateway is killed again and again while clients wait for their 202s.

use std::time::Duration;

use testkit::StackPlan;

use super::arena::{Arena, impatient, meta};
use super::clients::Habit;
use super::report::Scenario;
use super::tier::Counts;
use crate::catch;

const SCENARIO: Scenario = Scenario {
    name: "gateway_killed",
    bar: "R1, R5, R8",
    what: "kill -9 of the gateway while it has calls in hand; clients ask again under their keys",
};
const KILLS: Counts = Counts::new(3, 20, 200);
const MESSAGES: Counts = Counts::new(1_500, 10_000, 100_000);
/// 202s that a kill cut off after their commit.
const CUT_OFF: Counts = Counts::new(1, 20, 200);
/// Times as many kills as are wanted, until so many 202s were cut off.
const MOST: u64 = 3;
/// Kills of the control, and its messages before each.
const KILLS_WITHOUT_KEYS: u64 = 3;
const WITHOUT_KEYS: u64 = 200;
const CLIENTS: usize = 32;
/// The shortest time between two messages of a client.
const PACE: Duration = Duration::from_millis(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn gateway_killed() {
    let plan = StackPlan {
        meta: meta(),
        settings: impatient(),
    };
    let mut arena = Arena::open(SCENARIO, plan).await;
    let (messages, kills) = (arena.tier.of(MESSAGES), arena.tier.of(KILLS));
    let cut_off = arena.tier.of(CUT_OFF);
    let clients = arena.clients(PACE);
    let sending = tokio::spawn(clients.clone().send_all(CLIENTS));
    while arena.blows.struck < kills || clients.replayed() < cut_off {
        assert!(arena.blows.struck < MOST * kills, "no 202 was cut off");
        clients.go_on(messages / (kills + 2)).await;
        let caught = catch::kill_while_accepting(&mut arena.stack, || clients.waiting()).await;
        arena.blows.add(caught);
    }
    clients.stop_at(messages).await;
    sending.await.unwrap();
    arena.come_to_rest().await;

    let judged = arena.judge().await;
    judged.assert_good();
    assert_eq!(judged.figure("accepted"), clients.accepted());
    assert!(clients.asked_again() > 0, "no client met the dead gateway");
    arena.notes.push(format!(
        "clients asked again {} times, and were told {} times that the call had been accepted before its answer was cut",
        clients.asked_again(),
        clients.replayed()
    ));
    without_keys(&mut arena).await;
    arena.conclude(judged);
}

/// The control: clients that ask again as if they had never asked. What was accepted before the kill is then there twice.
async fn without_keys(arena: &mut Arena) {
    let clients = arena.clients_who(Habit::ForgetsItsKey, u64::MAX, PACE);
    let sending = tokio::spawn(clients.clone().send_all(CLIENTS));
    for _ in 0..KILLS_WITHOUT_KEYS {
        clients.go_on(WITHOUT_KEYS).await;
        let _ = catch::kill_while_accepting(&mut arena.stack, || clients.waiting()).await;
    }
    clients.stop();
    sending.await.unwrap();
    arena
        .sees("clients that ask again without their key", "phantom")
        .await;
}
