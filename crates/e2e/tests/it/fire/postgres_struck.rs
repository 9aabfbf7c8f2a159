//! Postgres is killed, or frozen, while clients send and a campaign runs. What it has answered is on its disk.

use std::time::{Duration, Instant};

use meta_sim::WebhookBehaviour;
use testkit::{OwnServer, Service, StackPlan, eventually};

use super::arena::{Arena, PROGRESS, impatient, meta};
use super::clients::Clients;
use super::report::Scenario;
use super::tier::Counts;
use crate::books::Books;
use crate::catch::Caught;

const KILLED: Scenario = Scenario {
    name: "postgres_killed",
    bar: "R1",
    what: "kill -9 of all of Postgres while calls wait for it",
};
const FROZEN: Scenario = Scenario {
    name: "postgres_frozen",
    bar: "R1, R17",
    what: "Postgres frozen for longer than a lease while calls wait for it",
};
const MESSAGES: Counts = Counts::new(1_000, 10_000, 140_000);
const FROZEN_MESSAGES: Counts = Counts::new(600, 4_000, 10_000);
const KILLS: Counts = Counts::new(1, 5, 25);
const FREEZES: Counts = Counts::new(1, 2, 10);
const CLIENTS: usize = 16;
const PACE: Duration = Duration::from_millis(150);
/// A sender's lease is 6 s here.
const LONGER_THAN_A_LEASE: Duration = Duration::from_secs(8);
/// Messages of which nothing is heard, before the control's freeze.
const UNHEARD: u64 = 200;
/// Messages of the control, and how many of them are accepted before the kill.
const UNSYNCED: u64 = 1_000;
const UNSYNCED_BEFORE: u64 = 500;
/// A 202 is given before its commit is on the disk.
const NOT_DURABLE: &str = "do $$ begin
    execute format('alter database %I set synchronous_commit = off', current_database()); end $$";
/// Nobody but the WAL writer brings to the disk what no commit waits for.
const NOT_FLUSHED: [&str; 2] = [
    "alter system set bgwriter_lru_maxpages = 0",
    "alter system set autovacuum = off",
];
/// The server is the next scenario's too, and reads it at its next start.
const AS_BEFORE: &str = "alter system reset all";

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn postgres_killed() {
    let mut arena = open(KILLED).await;
    let (messages, kills) = (arena.tier.of(MESSAGES), arena.tier.of(KILLS));
    let _ = arena.job.start_tickets(messages / 4).await;
    let clients = arena.clients(PACE);
    let sending = tokio::spawn(clients.clone().send_all(CLIENTS));
    for _ in 0..kills {
        clients.go_on(messages * 3 / 4 / (kills + 2)).await;
        let caught = until_calls_wait(&clients).await;
        kill_and_start(&mut arena).await;
        arena.blows.add(caught);
    }
    clients.stop_at(messages * 3 / 4).await;
    sending.await.unwrap();
    arena.come_to_rest().await;
    let judged = arena.judge().await;
    judged.assert_good();
    without_durability(&mut arena).await;
    arena.conclude(judged);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn postgres_frozen() {
    let mut arena = open(FROZEN).await;
    let (messages, freezes) = (arena.tier.of(FROZEN_MESSAGES), arena.tier.of(FREEZES));
    let clients = arena.clients(PACE);
    let sending = tokio::spawn(clients.clone().send_all(CLIENTS));
    for _ in 0..freezes {
        clients.go_on(messages / (freezes + 2)).await;
        let caught = until_calls_wait(&clients).await;
        let frozen_at = Instant::now();
        eventually("a lease has ended", PROGRESS, async || {
            (frozen_at.elapsed() > LONGER_THAN_A_LEASE).then_some(())
        })
        .await;
        OwnServer::Postgres.thaw().await;
        arena.blows.add(caught);
    }
    clients.stop_at(messages).await;
    sending.await.unwrap();
    arena.come_to_rest().await;
    let judged = arena.judge().await;
    judged.assert_good();
    assert_eq!(judged.figure("accepted"), clients.accepted());
    arena
        .notes
        .push(format!("{} flagged twins", judged.figure("dup_flagged")));
    without_the_answers(&mut arena).await;
    arena.conclude(judged);
}

async fn open(scenario: Scenario) -> Arena {
    let plan = StackPlan {
        meta: meta(),
        settings: impatient(),
    };
    Arena::open(scenario, plan).await
}

/// The control: the answers that wait to be recorded are gone with their sender, and Meta is silent. What was posted is then
/// in doubt, and is posted once more.
async fn without_the_answers(arena: &mut Arena) {
    arena.stack.meta.set_behaviour(WebhookBehaviour {
        silent_share: 1.0,
        ..meta().behaviour
    });
    let clients = arena.clients(PACE);
    let sending = tokio::spawn(clients.clone().send_all(CLIENTS));
    clients.until_accepted_more(UNHEARD).await;
    let _ = until_calls_wait(&clients).await;
    arena.stack.services.kill_9(Service::Sender).await;
    OwnServer::Postgres.thaw().await;
    arena.stack.services.start(Service::Sender).await;
    clients.stop();
    sending.await.unwrap();
    arena.come_to_rest().await;
    let judged = arena.judge().await;
    judged.assert_good();
    let twins = judged.figure("dup_flagged");
    assert!(twins > 0, "answers that nobody recorded are not missed");
    arena.controls.push(format!(
        "a sender killed before it could record, and a silent Meta: dup_flagged {twins}"
    ));
}

/// Freezes Postgres when calls wait for it.
async fn until_calls_wait(clients: &Clients) -> Caught {
    let mut vain = 0;
    let in_hand = eventually("calls wait for Postgres", PROGRESS, async || {
        OwnServer::Postgres.freeze().await;
        let waiting = clients.waiting();
        if waiting == 0 {
            OwnServer::Postgres.thaw().await;
            vain += 1;
        }
        (waiting > 0).then_some(waiting)
    })
    .await;
    Caught { in_hand, vain }
}

/// The connections of the test die with it.
async fn kill_and_start(arena: &mut Arena) {
    OwnServer::Postgres.kill_9().await;
    OwnServer::Postgres.start().await;
    arena.books = Books::open(&arena.stack).await;
}

/// The control: commits that are not on the disk when they are answered.
async fn without_durability(arena: &mut Arena) {
    arena.books.spoil(NOT_DURABLE).await;
    for setting in NOT_FLUSHED {
        arena.books.spoil(setting).await;
    }
    // They are read when a connection is made, and when the server starts.
    kill_and_start(arena).await;
    arena.books.spoil(AS_BEFORE).await;
    // It would write each page as soon as it is full, and what is written outlives a kill.
    OwnServer::Postgres.freeze_wal_writer().await;
    let clients = arena.so_many(UNSYNCED, Duration::ZERO);
    let sending = tokio::spawn(clients.clone().send_all(CLIENTS));
    clients.go_on(UNSYNCED_BEFORE).await;
    let _ = until_calls_wait(&clients).await;
    kill_and_start(arena).await;
    sending.await.unwrap();
    arena.come_to_rest().await;
    arena
        .sees("synchronous_commit = off and one more kill", "lost")
        .await;
}
