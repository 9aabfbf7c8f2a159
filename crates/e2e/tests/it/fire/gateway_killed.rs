//! The gateway is killed again and again while clients wait for their 202s.

use std::time::Duration;

use testkit::StackPlan;

use super::arena::{Arena, impatient, meta};
use super::report::Scenario;
use super::tier::Counts;
use crate::catch;

const SCENARIO: Scenario = Scenario {
    name: "gateway_killed",
    bar: "R1, R5",
    what: "kill -9 of the gateway while it has calls in hand; clients ask again under their keys",
};
const KILLS: Counts = Counts::new(3, 20, 200);
const MESSAGES: Counts = Counts::new(1_500, 10_000, 100_000);
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
    let clients = arena.clients(PACE);
    let sending = tokio::spawn(clients.clone().send_all(CLIENTS));
    for _ in 0..kills {
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
    arena.lying_log().await;
    arena.conclude(judged);
}
