//! The disk under the tables is full for a while: calls are rejected, accepted messages wait, and nothing is lost.

use std::time::Duration;

use testkit::{OwnServer, StackPlan, eventually};

use super::clients::{Clients, RetryPolicy};
use super::fixture::{Fixture, PROGRESS, meta, short_timeouts};
use super::report::Scenario;
use super::tier::Counts;

const SCENARIO: Scenario = Scenario {
    name: "disk_full",
    bar: "R69",
    what: "the disk under the tables of messages and events is full while clients send and statuses arrive, and has space again",
};
const MESSAGES: Counts = Counts::new(1_000, 6_000, 20_000);
const FILLS: Counts = Counts::new(1, 3, 10);
const CLIENTS: usize = 16;
const PACE: Duration = Duration::from_millis(100);
const THROUGHPUT_SHARE: &str = "0.2";
/// Calls that are rejected before there is space again.
const REJECTED: u64 = 100;
/// Every table that grows with each message is moved to the small disk.
const MOVE: &str = "do $$ declare one regclass; begin
    for one in select relid from pg_partition_tree('messages') where isleaf union all
        select relid from pg_partition_tree('events') where isleaf union all
        select relid from pg_partition_tree('attempts') where isleaf union all
        select 'idempotency_keys'::regclass union all select 'due_messages'::regclass
    loop execute format('alter table %s set tablespace small_disk', one); end loop; end $$";

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn disk_full() {
    let mut settings = short_timeouts();
    settings.push(("sender.throughput_share", THROUGHPUT_SHARE.to_owned()));
    let plan = StackPlan {
        meta: meta(),
        settings,
    };
    let mut fixture = Fixture::open(SCENARIO, plan).await;
    let location = OwnServer::Postgres.small_disk().await;
    let make = format!("create tablespace small_disk location '{location}'");
    fixture
        .sources
        .corrupt("drop tablespace if exists small_disk")
        .await;
    fixture.sources.corrupt(&make).await;
    fixture.sources.corrupt(MOVE).await;
    let (messages, fills) = (fixture.tier.of(MESSAGES), fixture.tier.of(FILLS));
    let clients = fixture.clients(PACE);
    let sending = tokio::spawn(clients.clone().send_all(CLIENTS));
    let _ = fixture.campaign_load.start_tickets(messages / 2).await;
    for _ in 0..fills {
        fixture.advance(messages / (fills + 2)).await;
        OwnServer::Postgres.fill_disk().await;
        until_rejected(&clients).await;
        fixture.injections.injected += 1;
        fixture.injections.in_flight += u64::try_from(clients.waiting()).unwrap();
        OwnServer::Postgres.free_disk().await;
        clients.until_accepted_more(REJECTED).await;
    }
    fixture.advance(messages / (fills + 2)).await;
    clients.stop_at(messages / 2).await;
    sending.await.unwrap();
    fixture.settle().await;
    let report = fixture.run_auditor().await;
    report.assert_clean();
    fixture.notes.push(format!(
        "{} calls were rejected while the disk was full, each with `Retry-After`; {} flagged duplicates",
        clients.rejected(),
        report.figure("dup_flagged")
    ));
    assert_eq!(
        clients.started(),
        clients.accepted(),
        "a call was not retried until accepted"
    );
    without_retries(&mut fixture).await;
    fixture.finish(report);
}

/// Waits until `REJECTED` further calls were rejected.
async fn until_rejected(clients: &Clients) {
    let before = clients.rejected();
    eventually("calls are rejected", PROGRESS, async || {
        (clients.rejected() >= before + REJECTED).then_some(())
    })
    .await;
}

/// Negative control: clients that do not retry on a full disk. Their messages are stored nowhere and acknowledged to
/// nobody.
async fn without_retries(fixture: &mut Fixture) {
    let clients = fixture.clients_with(RetryPolicy::Never, u64::MAX, PACE);
    let sending = tokio::spawn(clients.clone().send_all(CLIENTS));
    clients.until_accepted_more(1).await;
    OwnServer::Postgres.fill_disk().await;
    until_rejected(&clients).await;
    OwnServer::Postgres.free_disk().await;
    clients.stop();
    sending.await.unwrap();
    fixture.settle().await;
    fixture.run_auditor().await.assert_clean();
    let given_up = clients.started() - clients.accepted();
    assert!(
        given_up >= REJECTED,
        "calls that were not retried were accepted"
    );
    fixture.controls.push(format!(
        "clients that do not retry: {given_up} of {} calls were never accepted",
        clients.started()
    ));
}
