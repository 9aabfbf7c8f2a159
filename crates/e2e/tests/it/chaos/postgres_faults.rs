//! Postgres is killed, or frozen, while clients send and a campaign runs. Everything it has answered is on its disk.

use std::time::{Duration, Instant};

use meta_sim::WebhookBehaviour;
use testkit::{OwnServer, Service, StackPlan, eventually};

use super::clients::Clients;
use super::fixture::{Fixture, PROGRESS, meta, short_timeouts};
use super::report::Scenario;
use super::tier::Counts;
use crate::in_flight_probe::ProbeResult;
use crate::sources::Sources;

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
/// Messages without any status, before the control's freeze.
const WITHOUT_STATUS: u64 = 200;
/// Messages of the control, and how many of them are accepted before the kill.
const UNSYNCED: u64 = 1_000;
const UNSYNCED_BEFORE: u64 = 500;
/// A 202 is sent before its commit is on the disk.
const NOT_DURABLE: &str = "do $$ begin
    execute format('alter database %I set synchronous_commit = off', current_database()); end $$";
/// Only the WAL writer flushes what no commit waits for.
const NOT_FLUSHED: [&str; 2] = [
    "alter system set bgwriter_lru_maxpages = 0",
    "alter system set autovacuum = off",
];
/// The server is also used by the next scenario, which reads the configuration at its next start.
const AS_BEFORE: &str = "alter system reset all";

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn postgres_killed() {
    let mut fixture = open(KILLED).await;
    let (messages, kills) = (fixture.tier.of(MESSAGES), fixture.tier.of(KILLS));
    let _ = fixture.campaign_load.start_tickets(messages / 4).await;
    let clients = fixture.clients(PACE);
    let sending = tokio::spawn(clients.clone().send_all(CLIENTS));
    for _ in 0..kills {
        clients.advance(messages * 3 / 4 / (kills + 2)).await;
        let probe = until_calls_wait(&clients).await;
        kill_and_start(&mut fixture).await;
        fixture.injections.add(probe);
    }
    clients.stop_at(messages * 3 / 4).await;
    sending.await.unwrap();
    fixture.settle().await;
    let report = fixture.run_auditor().await;
    report.assert_clean();
    without_durability(&mut fixture).await;
    fixture.finish(report);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn postgres_frozen() {
    let mut fixture = open(FROZEN).await;
    let (messages, freezes) = (fixture.tier.of(FROZEN_MESSAGES), fixture.tier.of(FREEZES));
    let clients = fixture.clients(PACE);
    let sending = tokio::spawn(clients.clone().send_all(CLIENTS));
    for _ in 0..freezes {
        clients.advance(messages / (freezes + 2)).await;
        let probe = until_calls_wait(&clients).await;
        let frozen_at = Instant::now();
        eventually("a lease has ended", PROGRESS, async || {
            (frozen_at.elapsed() > LONGER_THAN_A_LEASE).then_some(())
        })
        .await;
        OwnServer::Postgres.thaw().await;
        fixture.injections.add(probe);
    }
    clients.stop_at(messages).await;
    sending.await.unwrap();
    fixture.settle().await;
    let report = fixture.run_auditor().await;
    report.assert_clean();
    assert_eq!(report.figure("accepted"), clients.accepted());
    fixture.notes.push(format!(
        "{} flagged duplicates",
        report.figure("dup_flagged")
    ));
    without_the_answers(&mut fixture).await;
    fixture.finish(report);
}

async fn open(scenario: Scenario) -> Fixture {
    let plan = StackPlan {
        meta: meta(),
        settings: short_timeouts(),
    };
    Fixture::open(scenario, plan).await
}

/// Negative control: results that wait to be recorded are lost with their sender, and Meta reports nothing. The posted
/// messages are then in doubt and are posted once more.
async fn without_the_answers(fixture: &mut Fixture) {
    fixture.stack.meta.set_behaviour(WebhookBehaviour {
        silent_share: 1.0,
        ..meta().behaviour
    });
    let clients = fixture.clients(PACE);
    let sending = tokio::spawn(clients.clone().send_all(CLIENTS));
    clients.until_accepted_more(WITHOUT_STATUS).await;
    let _ = until_calls_wait(&clients).await;
    fixture.stack.services.kill_9(Service::Sender).await;
    OwnServer::Postgres.thaw().await;
    fixture.stack.services.start(Service::Sender).await;
    clients.stop();
    sending.await.unwrap();
    fixture.settle().await;
    let report = fixture.run_auditor().await;
    report.assert_clean();
    let duplicates = report.figure("dup_flagged");
    assert!(duplicates > 0, "unrecorded results caused no duplicate");
    fixture.controls.push(format!(
        "a sender killed before it could record, and no statuses from Meta: dup_flagged {duplicates}"
    ));
}

/// Freezes Postgres when calls wait for it.
async fn until_calls_wait(clients: &Clients) -> ProbeResult {
    let mut missed = 0;
    let in_flight = eventually("calls wait for Postgres", PROGRESS, async || {
        OwnServer::Postgres.freeze().await;
        let waiting = clients.waiting();
        if waiting == 0 {
            OwnServer::Postgres.thaw().await;
            missed += 1;
        }
        (waiting > 0).then_some(waiting)
    })
    .await;
    ProbeResult { in_flight, missed }
}

/// The connections of the test break with it.
async fn kill_and_start(fixture: &mut Fixture) {
    OwnServer::Postgres.kill_9().await;
    OwnServer::Postgres.start().await;
    fixture.sources = Sources::open(&fixture.stack).await;
}

/// Negative control: commits that are not on the disk when they are answered.
async fn without_durability(fixture: &mut Fixture) {
    fixture.sources.corrupt(NOT_DURABLE).await;
    for setting in NOT_FLUSHED {
        fixture.sources.corrupt(setting).await;
    }
    // They are read when a connection is opened, and when the server starts.
    kill_and_start(fixture).await;
    fixture.sources.corrupt(AS_BEFORE).await;
    // It would flush each page as soon as it is full, and flushed pages survive a kill.
    OwnServer::Postgres.freeze_wal_writer().await;
    let clients = fixture.bounded_clients(UNSYNCED, Duration::ZERO);
    let sending = tokio::spawn(clients.clone().send_all(CLIENTS));
    clients.advance(UNSYNCED_BEFORE).await;
    let _ = until_calls_wait(&clients).await;
    kill_and_start(fixture).await;
    sending.await.unwrap();
    fixture.settle().await;
    fixture
        .assert_auditor_detects("synchronous_commit = off and one more kill", "lost")
        .await;
}
