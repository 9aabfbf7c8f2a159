//! More clients than the gateway accepts at once, while Postgres is frozen: they are rejected with `Retry-After`,
//! nothing accepted is lost, and the service recovers fully.

use std::time::Duration;

use testkit::{OwnServer, Service, StackPlan, eventually};

use super::clients::{Clients, RetryPolicy};
use super::fixture::{Fixture, PROGRESS, meta, short_timeouts};
use super::noisy_neighbour::resident_kb;
use super::report::Scenario;
use super::tier::Counts;

const SCENARIO: Scenario = Scenario {
    name: "overload",
    bar: "R6",
    what: "more calls at once than may wait, while Postgres is frozen; each client retries after `Retry-After`",
};
/// More than the 1,000 calls of one business that may wait.
const CLIENTS: usize = 4_500;
/// Messages of the control before its freeze.
const ONE_OF_EACH: u64 = 4_500;
const MESSAGES: Counts = Counts::new(6_000, 12_000, 100_000);
const FREEZES: Counts = Counts::new(1, 3, 10);
/// Calls that are rejected before Postgres is thawed.
const REJECTED: u64 = 400;
/// Above this, memory counts as unbounded, in kilobytes. A debug build uses some 55 for each connection.
const MOST_MEMORY_KB: u64 = 512 * 1_024;
const LOAD_SHED: &str = "djigbachats_gateway_accept_load_shed_total";

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn overload() {
    let mut settings = short_timeouts();
    // The limits of one business are tested by `noisy_neighbour`.
    settings.push(("gateway.max_calls_per_business", "10000".to_owned()));
    let plan = StackPlan {
        meta: meta(),
        settings,
    };
    let mut fixture = Fixture::open(SCENARIO, plan).await;
    let (messages, freezes) = (fixture.tier.of(MESSAGES), fixture.tier.of(FREEZES));
    let clients = fixture.clients(Duration::from_secs(1));
    let sending = tokio::spawn(clients.clone().send_all(CLIENTS));
    let mut most_memory = 0;
    for _ in 0..freezes {
        clients.until_accepted_more(messages / (freezes + 2)).await;
        OwnServer::Postgres.freeze().await;
        let probe = clients.waiting();
        until_rejected(&clients).await;
        most_memory = most_memory.max(resident_kb(gateway(&fixture)));
        OwnServer::Postgres.thaw().await;
        fixture.injections.injected += 1;
        fixture.injections.in_flight += u64::try_from(probe).unwrap();
    }
    clients.stop_at(messages).await;
    sending.await.unwrap();
    most_memory = most_memory.max(resident_kb(gateway(&fixture)));
    let metrics = fixture.stack.services.scrape(Service::Gateway).await;
    let load_shed = metrics.sum(LOAD_SHED, &[]);
    fixture.settle().await;
    let report = fixture.run_auditor().await;
    report.assert_clean();
    assert_eq!(report.figure("accepted"), clients.accepted());
    assert_eq!(
        clients.started(),
        clients.accepted(),
        "a call was not retried until accepted"
    );
    assert!(
        most_memory <= MOST_MEMORY_KB,
        "the gateway used {most_memory} kB"
    );
    fixture.notes.push(format!(
        "{CLIENTS} clients were rejected {} times ({load_shed} times because too many waited), each time with \
         `Retry-After`; the gateway used {} MB at most",
        clients.rejected(),
        most_memory / 1_024
    ));
    without_retries(&mut fixture).await;
    fixture.finish(report);
}

/// Waits until `REJECTED` further calls were rejected.
async fn until_rejected(clients: &Clients) {
    let before = clients.rejected();
    eventually("clients are rejected", PROGRESS, async || {
        (clients.rejected() >= before + REJECTED).then_some(())
    })
    .await;
}

/// Negative control: clients that do not retry. Their messages are never accepted.
async fn without_retries(fixture: &mut Fixture) {
    let clients = fixture.clients_with(RetryPolicy::Never, u64::MAX, Duration::from_secs(1));
    let sending = tokio::spawn(clients.clone().send_all(CLIENTS));
    // After some idle seconds the gateway reads the API key from Postgres again, so it must be cached first.
    clients.until_accepted_more(ONE_OF_EACH).await;
    OwnServer::Postgres.freeze().await;
    until_rejected(&clients).await;
    OwnServer::Postgres.thaw().await;
    clients.stop();
    sending.await.unwrap();
    let given_up = clients.started() - clients.accepted();
    assert!(given_up >= REJECTED, "they were accepted nevertheless");
    fixture.controls.push(format!(
        "clients that do not retry: {given_up} of {} calls were never accepted",
        clients.started()
    ));
}

fn gateway(fixture: &Fixture) -> u32 {
    fixture.stack.services.process_id(Service::Gateway).unwrap()
}
