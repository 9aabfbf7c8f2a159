//! More clients than the gateway takes at once, while Postgres stands still: they are sent away with a time to come back,
//! nothing that was accepted is lost, and afterwards all goes as before.

use std::time::Duration;

use testkit::{OwnServer, Service, StackPlan, eventually};

use super::arena::{Arena, PROGRESS, impatient, meta};
use super::clients::{Clients, Habit};
use super::noisy_neighbour::resident_kb;
use super::report::Scenario;
use super::tier::Counts;

const SCENARIO: Scenario = Scenario {
    name: "overload",
    bar: "R6",
    what: "more calls at once than may wait, while Postgres stands still; each client comes back when it is told to",
};
/// More than the 1,000 calls of one business that may wait.
const CLIENTS: usize = 4_500;
/// Messages of the control before its freeze.
const ONE_OF_EACH: u64 = 4_500;
const MESSAGES: Counts = Counts::new(6_000, 12_000, 100_000);
const FREEZES: Counts = Counts::new(1, 3, 10);
/// Calls that are sent away before Postgres goes on.
const SENT_AWAY: u64 = 400;
/// More than this is without bound, in kilobytes. A debug build takes some 55 for each connection.
const MOST_MEMORY_KB: u64 = 512 * 1_024;
const TURNED_AWAY: &str = "djigbachats_gateway_accept_turned_away_total";

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn overload() {
    let mut settings = impatient();
    // What one business may have at a time is the subject of `noisy_neighbour`.
    settings.push(("gateway.max_calls_per_business", "10000".to_owned()));
    let plan = StackPlan {
        meta: meta(),
        settings,
    };
    let mut arena = Arena::open(SCENARIO, plan).await;
    let (messages, freezes) = (arena.tier.of(MESSAGES), arena.tier.of(FREEZES));
    let clients = arena.clients(Duration::from_secs(1));
    let sending = tokio::spawn(clients.clone().send_all(CLIENTS));
    let mut most_memory = 0;
    for _ in 0..freezes {
        clients.until_accepted_more(messages / (freezes + 2)).await;
        OwnServer::Postgres.freeze().await;
        let caught = clients.waiting();
        until_sent_away(&clients).await;
        most_memory = most_memory.max(resident_kb(gateway(&arena)));
        OwnServer::Postgres.thaw().await;
        arena.blows.struck += 1;
        arena.blows.in_hand += u64::try_from(caught).unwrap();
    }
    clients.stop_at(messages).await;
    sending.await.unwrap();
    most_memory = most_memory.max(resident_kb(gateway(&arena)));
    let metrics = arena.stack.services.scrape(Service::Gateway).await;
    let turned_away = metrics.sum(TURNED_AWAY, &[]);
    arena.come_to_rest().await;
    let judged = arena.judge().await;
    judged.assert_good();
    assert_eq!(judged.figure("accepted"), clients.accepted());
    assert_eq!(clients.begun(), clients.accepted(), "a call was given up");
    assert!(
        most_memory <= MOST_MEMORY_KB,
        "the gateway took {most_memory} kB"
    );
    arena.notes.push(format!(
        "{CLIENTS} clients were sent away {} times ({turned_away} times because too many waited), each time with \
         `Retry-After`; the gateway took {} MB at most",
        clients.sent_away(),
        most_memory / 1_024
    ));
    without_coming_back(&mut arena).await;
    arena.conclude(judged);
}

/// Waits until so many more clients were sent away.
async fn until_sent_away(clients: &Clients) {
    let before = clients.sent_away();
    eventually("clients are sent away", PROGRESS, async || {
        (clients.sent_away() >= before + SENT_AWAY).then_some(())
    })
    .await;
}

/// The control: clients that do not come back when they are told to. What they asked for is never accepted.
async fn without_coming_back(arena: &mut Arena) {
    let clients = arena.clients_who(Habit::GivesUp, u64::MAX, Duration::from_secs(1));
    let sending = tokio::spawn(clients.clone().send_all(CLIENTS));
    // A gateway that has not heard of them for some seconds reads their key from Postgres first.
    clients.until_accepted_more(ONE_OF_EACH).await;
    OwnServer::Postgres.freeze().await;
    until_sent_away(&clients).await;
    OwnServer::Postgres.thaw().await;
    clients.stop();
    sending.await.unwrap();
    let given_up = clients.begun() - clients.accepted();
    assert!(given_up >= SENT_AWAY, "they were accepted all the same");
    arena.controls.push(format!(
        "clients that do not come back: {given_up} of {} calls were never accepted",
        clients.begun()
    ));
}

fn gateway(arena: &Arena) -> u32 {
    arena.stack.services.process_id(Service::Gateway).unwrap()
}
