//! The disk under the tables is full for a while: calls are sent away, what was accepted waits, and nothing is lost.

use std::time::Duration;

use testkit::{OwnServer, StackPlan, eventually};

use super::arena::{Arena, PROGRESS, impatient, meta};
use super::clients::{Clients, Habit};
use super::report::Scenario;
use super::tier::Counts;

const SCENARIO: Scenario = Scenario {
    name: "disk_full",
    bar: "R69",
    what: "the disk under the tables of messages and events is full while clients send and statuses come, and has room again",
};
const MESSAGES: Counts = Counts::new(1_000, 6_000, 20_000);
const FILLS: Counts = Counts::new(1, 3, 10);
const CLIENTS: usize = 16;
const PACE: Duration = Duration::from_millis(100);
const PACE_SHARE: &str = "0.2";
/// Calls that are sent away before there is room again.
const SENT_AWAY: u64 = 100;
/// Whatever grows with each message lies on the small disk from now on.
const MOVE: &str = "do $$ declare one regclass; begin
    for one in select relid from pg_partition_tree('messages') where isleaf union all
        select relid from pg_partition_tree('events') where isleaf union all
        select relid from pg_partition_tree('attempts') where isleaf union all
        select 'idempotency_keys'::regclass union all select 'due_messages'::regclass
    loop execute format('alter table %s set tablespace small_disk', one); end loop; end $$";

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn disk_full() {
    let mut settings = impatient();
    settings.push(("sender.pace_share", PACE_SHARE.to_owned()));
    let plan = StackPlan {
        meta: meta(),
        settings,
    };
    let mut arena = Arena::open(SCENARIO, plan).await;
    let place = OwnServer::Postgres.small_disk().await;
    let make = format!("create tablespace small_disk location '{place}'");
    arena
        .books
        .spoil("drop tablespace if exists small_disk")
        .await;
    arena.books.spoil(&make).await;
    arena.books.spoil(MOVE).await;
    let (messages, fills) = (arena.tier.of(MESSAGES), arena.tier.of(FILLS));
    let clients = arena.clients(PACE);
    let sending = tokio::spawn(clients.clone().send_all(CLIENTS));
    let _ = arena.job.start_tickets(messages / 2).await;
    for _ in 0..fills {
        arena.go_on(messages / (fills + 2)).await;
        OwnServer::Postgres.fill_disk().await;
        until_sent_away(&clients).await;
        arena.blows.struck += 1;
        arena.blows.in_hand += u64::try_from(clients.waiting()).unwrap();
        OwnServer::Postgres.free_disk().await;
        clients.until_accepted_more(SENT_AWAY).await;
    }
    arena.go_on(messages / (fills + 2)).await;
    clients.stop_at(messages / 2).await;
    sending.await.unwrap();
    arena.come_to_rest().await;
    let judged = arena.judge().await;
    judged.assert_good();
    arena.notes.push(format!(
        "{} calls were sent away while there was no room, each with `Retry-After`; {} flagged twins",
        clients.sent_away(),
        judged.figure("dup_flagged")
    ));
    assert_eq!(clients.begun(), clients.accepted(), "a call was given up");
    without_coming_back(&mut arena).await;
    arena.conclude(judged);
}

/// Waits until so many more calls were sent away.
async fn until_sent_away(clients: &Clients) {
    let before = clients.sent_away();
    eventually("calls are sent away", PROGRESS, async || {
        (clients.sent_away() >= before + SENT_AWAY).then_some(())
    })
    .await;
}

/// The control: clients that take a full disk for the last word. Their messages are nowhere, and nobody was promised them.
async fn without_coming_back(arena: &mut Arena) {
    let clients = arena.clients_who(Habit::GivesUp, u64::MAX, PACE);
    let sending = tokio::spawn(clients.clone().send_all(CLIENTS));
    clients.until_accepted_more(1).await;
    OwnServer::Postgres.fill_disk().await;
    until_sent_away(&clients).await;
    OwnServer::Postgres.free_disk().await;
    clients.stop();
    sending.await.unwrap();
    arena.come_to_rest().await;
    arena.judge().await.assert_good();
    let given_up = clients.begun() - clients.accepted();
    assert!(given_up >= SENT_AWAY, "calls that were given up are there");
    arena.controls.push(format!(
        "clients that do not come back: {given_up} of {} calls were never accepted",
        clients.begun()
    ));
}
