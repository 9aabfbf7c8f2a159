//! Connections to Meta break: before they are established, in their handshake, in the middle of a request, and between
//! Meta's answer and the sender. A failure before the request is retried without doubt; a failure after it leaves the
//! message in doubt.

use std::collections::{BTreeMap, BTreeSet};

use common::ids::MessageId;
use common::message::PostOutcome;
use serde_json::Value;
use testkit::{FaultProxy, ProxiedConnection, ProxyFault, Service, StackPlan, eventually};

use super::ambiguous_answers::assert_posts;
use super::fairness::send_code;
use super::fixture::{Fixture, PROGRESS, meta, short_timeouts};
use super::report::Scenario;
use super::tier::Counts;
use crate::sources::{attempt_named, attempt_of, posted};

const SCENARIO: Scenario = Scenario {
    name: "meta_unreachable",
    bar: "R18",
    what: "connections to Meta refused, reset, and broken in the handshake, in the request and before the answer",
};
/// Number of each fault.
const EACH: Counts = Counts::new(10, 100, 1_000);
/// Unbroken connections for each round of all faults.
const UNBROKEN: usize = 4;
/// So slow that handshakes of a debug build are in time.
const THROUGHPUT_SHARE: &str = "0.2";
/// Well below the POST timeout of 3 s in this scenario.
const CONNECT_MS: &str = "1500";
/// Half of the messages get no status, so that one of them in doubt is resolved without evidence.
const SILENT_SHARE: f64 = 0.5;
/// Records a doubtful attempt as something else.
const MISCLASSIFY: &str = "update attempts set outcome = 3 where (message_id, attempt) =
    (select message_id, attempt from attempts where outcome = 6 limit 1)";

/// A message and its attempt number.
type Attempt = (MessageId, u16);

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn meta_unreachable() {
    let mut meta = meta();
    meta.behaviour.silent_share = SILENT_SHARE;
    let mut settings = short_timeouts();
    for (key, value) in [
        ("meta.connect_timeout_ms", CONNECT_MS),
        ("sender.throughput_share", THROUGHPUT_SHARE),
        ("sender.in_doubt.marketing_ms", "6000"),
        // The doubts are intended.
        ("sender.breaker.in_doubt", "1000000"),
    ] {
        settings.push((key, value.to_owned()));
    }
    let mut fixture = Fixture::open(SCENARIO, StackPlan { meta, settings }).await;
    let mut proxy = start_proxy(&mut fixture).await;
    let each = fixture.tier.of(EACH);
    break_all(&fixture, &proxy, usize::try_from(each).unwrap()).await;
    refuse(&fixture, &mut proxy, each).await;
    fixture.settle().await;

    let report = fixture.run_auditor().await;
    report.assert_clean();
    let connections = proxy.connections();
    assert_eq!(misclassified(&fixture, &connections).await, []);
    assert_ledger(&fixture, &connections);
    assert_posts(&fixture).await;
    let once = assert_no_doubt_no_flag(&fixture).await;
    note(&mut fixture, &connections, once).await;
    controls(&mut fixture, &connections).await;
    fixture.finish(report);
}

/// The sender reaches Meta through the proxy only.
async fn start_proxy(fixture: &mut Fixture) -> FaultProxy {
    let meta = fixture.stack.meta.base_url();
    let address = meta.strip_prefix("http://").unwrap().parse().unwrap();
    let proxy = FaultProxy::start(address).await.unwrap();
    let services = &mut fixture.stack.services;
    services.set("meta.base_url", proxy.base_url());
    services.trust(proxy.authority());
    services.kill_9(Service::Sender).await;
    services.start(Service::Sender).await;
    proxy
}

/// Breaks `each` connections in each way, while tickets, marketing messages and codes are sent.
async fn break_all(fixture: &Fixture, proxy: &FaultProxy, each: usize) {
    let round = || {
        ProxyFault::ALL
            .map(Some)
            .into_iter()
            .chain([None; UNBROKEN])
    };
    let plan: Vec<_> = (0..each).flat_map(|_| round()).collect();
    let half = u64::try_from(plan.len() / 2).unwrap();
    proxy.plan(plan);
    let _ = fixture.campaign_load.start_tickets(half).await;
    let _ = fixture.campaign_load.start_advertising(half).await;
    for code in 0..u64::try_from(each).unwrap() {
        let _ = send_code(fixture, &fixture.other_shop, code).await;
    }
    eventually(
        "each fault is injected often enough",
        PROGRESS,
        async || {
            if proxy.pending_faults() > 0 {
                return None;
            }
            let missing: Vec<_> = missing(&proxy.connections(), each).collect();
            proxy.plan(missing.iter().copied().map(Some));
            missing.is_empty().then_some(())
        },
    )
    .await;
}

/// The faults that were not injected often enough: a client may give up before its request is broken.
fn missing(connections: &[ProxiedConnection], each: usize) -> impl Iterator<Item = ProxyFault> {
    let lacking =
        ProxyFault::ALL.map(|fault| (fault, each.saturating_sub(times(connections, fault))));
    lacking
        .into_iter()
        .flat_map(|(fault, lacking)| std::iter::repeat_n(fault, lacking))
}

/// How often a fault was injected.
fn times(connections: &[ProxiedConnection], fault: ProxyFault) -> usize {
    let injected = connections
        .iter()
        .filter(|connection| connection.fault == Some(fault));
    injected
        .filter(|connection| connection.body.is_some() || fault.is_before_request())
        .count()
}

/// No process listens at Meta's address until `each` further attempts have failed.
async fn refuse(fixture: &Fixture, proxy: &mut FaultProxy, each: u64) {
    proxy.refuse().await;
    let taken = proxy.connections().len();
    let _ = fixture.campaign_load.start_tickets(each / 2).await;
    let _ = fixture
        .campaign_load
        .start_advertising(each.div_ceil(2))
        .await;
    eventually("connections are refused", PROGRESS, async || {
        (refused(fixture, &proxy.connections()).await >= each).then_some(())
    })
    .await;
    assert_eq!(
        proxy.connections().len(),
        taken,
        "a connection was accepted"
    );
    proxy.listen().await.unwrap();
}

/// Failed attempts for which the proxy has no connection.
async fn refused(fixture: &Fixture, connections: &[ProxiedConnection]) -> u64 {
    let outcomes = fixture.sources.outcomes().await;
    let failed = |outcome: &&PostOutcome| **outcome == PostOutcome::NotAccepted;
    let failed = outcomes.values().filter(failed).count();
    let broken = connections
        .iter()
        .filter(|connection| connection.body.is_none())
        .count();
    u64::try_from(failed.saturating_sub(broken)).unwrap()
}

/// The requests that reached the proxy, and the faults injected into them.
fn reached(connections: &[ProxiedConnection]) -> BTreeMap<Attempt, Option<ProxyFault>> {
    let attempt = |connection: &ProxiedConnection| {
        let body: Value = serde_json::from_slice(connection.body.as_deref()?).ok()?;
        let opaque = body["biz_opaque_callback_data"].as_str()?;
        Some((attempt_named(opaque)?, connection.fault))
    };
    connections.iter().filter_map(attempt).collect()
}

/// Attempts whose recorded outcome contradicts what happened. A request that never reached the proxy was never sent;
/// for one that did, everything except an answer is a doubt.
async fn misclassified(
    fixture: &Fixture,
    connections: &[ProxiedConnection],
) -> Vec<(Attempt, Option<ProxyFault>, PostOutcome)> {
    let reached = reached(connections);
    let outcomes = fixture.sources.outcomes().await;
    let is_right = |attempt: &Attempt, outcome: &PostOutcome| match reached.get(attempt) {
        None => matches!(outcome, PostOutcome::NotAccepted | PostOutcome::GivenBack),
        // A slow machine may answer too late.
        Some(None) => matches!(outcome, PostOutcome::Submitted | PostOutcome::Doubt),
        Some(Some(_)) => *outcome == PostOutcome::Doubt,
    };
    let mut wrong = Vec::new();
    for (attempt, outcome) in outcomes {
        if !is_right(&attempt, &outcome) {
            let fault = reached.get(&attempt).copied().flatten();
            wrong.push((attempt, fault, outcome));
        }
    }
    wrong
}

/// The ledger matches the proxy's record.
fn assert_ledger(fixture: &Fixture, connections: &[ProxiedConnection]) {
    let ledger = fixture.stack.meta.ledger();
    let at_meta: BTreeSet<Attempt> = ledger.iter().filter_map(attempt_of).collect();
    for (attempt, fault) in reached(connections) {
        let is_cut = matches!(
            fault,
            Some(ProxyFault::HalfRequest | ProxyFault::HeldRequest)
        );
        assert_eq!(at_meta.contains(&attempt), !is_cut, "{attempt:?} {fault:?}");
    }
}

/// Messages without a doubtful attempt are not flagged and were posted once; returns how many of them failed before.
async fn assert_no_doubt_no_flag(fixture: &Fixture) -> usize {
    let (outcomes, stored) = (
        fixture.sources.outcomes().await,
        fixture.sources.stored().await,
    );
    let posted = posted(&fixture.stack.meta.ledger());
    let with = |wanted: PostOutcome| -> BTreeSet<MessageId> {
        let of = outcomes.iter().filter(|(_, outcome)| **outcome == wanted);
        of.map(|((message, _), _)| *message).collect()
    };
    let (failed, doubted) = (with(PostOutcome::NotAccepted), with(PostOutcome::Doubt));
    let retried: Vec<_> = failed.difference(&doubted).collect();
    for id in &retried {
        assert!(!stored[*id].possible_duplicate, "{id} is flagged");
        assert_eq!(posted.get(*id), Some(&1), "{id} was not posted once");
    }
    retried.len()
}

async fn note(fixture: &mut Fixture, connections: &[ProxiedConnection], once: usize) {
    let refused = refused(fixture, connections).await;
    let fewest = ProxyFault::ALL.map(|fault| times(connections, fault));
    let injected: usize = fewest.iter().sum();
    fixture.injections.injected = u64::try_from(injected).unwrap() + refused;
    fixture.injections.in_flight = fixture.injections.injected;
    fixture.notes.push(format!(
        "{refused} connections refused, and each of {} other faults injected at least {} times, into tickets, marketing messages and \
         codes: the recorded outcome of each attempt matches whether it was sent",
        ProxyFault::ALL.len(),
        fewest.into_iter().min().unwrap_or_default(),
    ));
    fixture.notes.push(format!(
        "{once} messages failed only before their request was sent: each was posted once, and none is flagged"
    ));
}

async fn controls(fixture: &mut Fixture, connections: &[ProxiedConnection]) {
    fixture.sources.corrupt(MISCLASSIFY).await;
    let wrong = misclassified(fixture, connections).await;
    assert_eq!(
        wrong.len(),
        1,
        "a doubt recorded as a refusal is not detected"
    );
    fixture
        .controls
        .push("a doubt recorded as never sent: 1 attempt misclassified".to_owned());
    let unflag = "update messages set possible_duplicate = false";
    fixture
        .control("the flags removed", unflag, "dup_unflagged")
        .await;
}
