//! Connections to Meta break: before they stand, in their handshake, in the middle of a request, and between Meta's answer
//! and the sender. What broke before the request is tried again without a doubt; what broke after it is doubtful.

use std::collections::{BTreeMap, BTreeSet};

use common::ids::MessageId;
use common::message::PostOutcome;
use serde_json::Value;
use testkit::{FaultProxy, Met, ProxyFault, Service, StackPlan, eventually};

use super::ambiguous_answers::assert_posts;
use super::arena::{Arena, PROGRESS, impatient, meta};
use super::fairness::send_code;
use super::report::Scenario;
use super::tier::Counts;
use crate::books::{attempt_named, attempt_of, posted};

const SCENARIO: Scenario = Scenario {
    name: "meta_unreachable",
    bar: "R18",
    what: "connections to Meta refused, reset, and broken in the handshake, in the request and before the answer",
};
/// Of each fault.
const EACH: Counts = Counts::new(10, 100, 1_000);
/// Connections that nothing happens to, for each that is broken in every way.
const UNBROKEN: usize = 4;
/// So slow that handshakes of a debug build are in time.
const PACE_SHARE: &str = "0.2";
/// Well below the 3 s that a POST may take here.
const CONNECT_MS: &str = "1500";
/// Of half of the messages nothing is heard, so that a doubt about one of them is decided without evidence.
const SILENT_SHARE: f64 = 0.5;
/// A doubt that is recorded as something else.
const MISJUDGE: &str = "update attempts set outcome = 3 where (message_id, attempt) =
    (select message_id, attempt from attempts where outcome = 6 limit 1)";

/// A message, and which attempt.
type Attempt = (MessageId, u16);

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn meta_unreachable() {
    let mut meta = meta();
    meta.behaviour.silent_share = SILENT_SHARE;
    let mut settings = impatient();
    for (key, value) in [
        ("meta.connect_timeout_ms", CONNECT_MS),
        ("sender.pace_share", PACE_SHARE),
        ("sender.doubt.marketing_ms", "6000"),
        // The doubts are wanted.
        ("sender.breaker.doubts", "1000000"),
    ] {
        settings.push((key, value.to_owned()));
    }
    let mut arena = Arena::open(SCENARIO, StackPlan { meta, settings }).await;
    let mut proxy = stand_between(&mut arena).await;
    let each = arena.tier.of(EACH);
    break_all(&arena, &proxy, usize::try_from(each).unwrap()).await;
    refuse(&arena, &mut proxy, each).await;
    arena.come_to_rest().await;

    let judged = arena.judge().await;
    judged.assert_good();
    let met = proxy.book();
    assert_eq!(misjudged(&arena, &met).await, []);
    assert_ledger(&arena, &met);
    assert_posts(&arena).await;
    let once = assert_no_doubt_no_flag(&arena).await;
    note(&mut arena, &met, once).await;
    controls(&mut arena, &met).await;
    arena.conclude(judged);
}

/// The sender reaches Meta through the proxy alone.
async fn stand_between(arena: &mut Arena) -> FaultProxy {
    let meta = arena.stack.meta.base_url();
    let address = meta.strip_prefix("http://").unwrap().parse().unwrap();
    let proxy = FaultProxy::start(address).await.unwrap();
    let services = &mut arena.stack.services;
    services.set("meta.base_url", proxy.base_url());
    services.trust(proxy.authority());
    services.kill_9(Service::Sender).await;
    services.start(Service::Sender).await;
    proxy
}

/// Breaks so many connections in each way, while tickets, advertisements and codes leave.
async fn break_all(arena: &Arena, proxy: &FaultProxy, each: usize) {
    let round = || {
        ProxyFault::ALL
            .map(Some)
            .into_iter()
            .chain([None; UNBROKEN])
    };
    let plan: Vec<_> = (0..each).flat_map(|_| round()).collect();
    let half = u64::try_from(plan.len() / 2).unwrap();
    proxy.plan(plan);
    let _ = arena.job.start_tickets(half).await;
    let _ = arena.job.start_advertising(half).await;
    for code in 0..u64::try_from(each).unwrap() {
        let _ = send_code(arena, &arena.till, code).await;
    }
    eventually("each fault is met often enough", PROGRESS, async || {
        if proxy.left() > 0 {
            return None;
        }
        let missing: Vec<_> = missing(&proxy.book(), each).collect();
        proxy.plan(missing.iter().copied().map(Some));
        missing.is_empty().then_some(())
    })
    .await;
}

/// The faults that were not met often enough: a client may give up before its request is broken.
fn missing(book: &[Met], each: usize) -> impl Iterator<Item = ProxyFault> {
    let lacking = ProxyFault::ALL.map(|fault| (fault, each.saturating_sub(times(book, fault))));
    lacking
        .into_iter()
        .flat_map(|(fault, lacking)| std::iter::repeat_n(fault, lacking))
}

/// How often a fault was met.
fn times(book: &[Met], fault: ProxyFault) -> usize {
    let met = book.iter().filter(|met| met.fault == Some(fault));
    met.filter(|met| met.body.is_some() || fault.is_before_request())
        .count()
}

/// Nobody listens where Meta should be, until so many more attempts have come to nothing.
async fn refuse(arena: &Arena, proxy: &mut FaultProxy, each: u64) {
    proxy.refuse().await;
    let taken = proxy.book().len();
    let _ = arena.job.start_tickets(each / 2).await;
    let _ = arena.job.start_advertising(each.div_ceil(2)).await;
    eventually("connections are refused", PROGRESS, async || {
        (refused(arena, &proxy.book()).await >= each).then_some(())
    })
    .await;
    assert_eq!(proxy.book().len(), taken, "nobody listened");
    proxy.listen().await.unwrap();
}

/// Attempts that came to nothing, and of which the proxy has no connection.
async fn refused(arena: &Arena, book: &[Met]) -> u64 {
    let outcomes = arena.books.outcomes().await;
    let failed = |outcome: &&PostOutcome| **outcome == PostOutcome::NotAccepted;
    let failed = outcomes.values().filter(failed).count();
    let broken = book.iter().filter(|met| met.body.is_none()).count();
    u64::try_from(failed.saturating_sub(broken)).unwrap()
}

/// The requests that reached the proxy, and what happened to them.
fn reached(book: &[Met]) -> BTreeMap<Attempt, Option<ProxyFault>> {
    let attempt = |met: &Met| {
        let body: Value = serde_json::from_slice(met.body.as_deref()?).ok()?;
        let opaque = body["biz_opaque_callback_data"].as_str()?;
        Some((attempt_named(opaque)?, met.fault))
    };
    book.iter().filter_map(attempt).collect()
}

/// Attempts of which something else was recorded than what happened to them. What never reached the proxy never left; of
/// what did, nothing but an answer tells more than a doubt.
async fn misjudged(arena: &Arena, book: &[Met]) -> Vec<(Attempt, Option<ProxyFault>, PostOutcome)> {
    let reached = reached(book);
    let outcomes = arena.books.outcomes().await;
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

/// The proxy did to Meta what its book says.
fn assert_ledger(arena: &Arena, book: &[Met]) {
    let ledger = arena.stack.meta.ledger();
    let at_meta: BTreeSet<Attempt> = ledger.iter().filter_map(attempt_of).collect();
    for (attempt, fault) in reached(book) {
        let is_cut = matches!(
            fault,
            Some(ProxyFault::HalfRequest | ProxyFault::HeldRequest)
        );
        assert_eq!(at_meta.contains(&attempt), !is_cut, "{attempt:?} {fault:?}");
    }
}

/// Messages without a doubtful attempt are not flagged and were posted once; how many there are that failed before.
async fn assert_no_doubt_no_flag(arena: &Arena) -> usize {
    let (outcomes, stored) = (arena.books.outcomes().await, arena.books.stored().await);
    let posted = posted(&arena.stack.meta.ledger());
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

async fn note(arena: &mut Arena, book: &[Met], once: usize) {
    let refused = refused(arena, book).await;
    let fewest = ProxyFault::ALL.map(|fault| times(book, fault));
    let met: usize = fewest.iter().sum();
    arena.blows.struck = u64::try_from(met).unwrap() + refused;
    arena.blows.in_hand = arena.blows.struck;
    arena.notes.push(format!(
        "{refused} connections refused, and each of {} other faults met at least {} times, by tickets, advertisements and \
         codes: of each attempt it was recorded whether it had left",
        ProxyFault::ALL.len(),
        fewest.into_iter().min().unwrap_or_default(),
    ));
    arena.notes.push(format!(
        "{once} messages failed only before their request left: each was posted once, and none is flagged"
    ));
}

async fn controls(arena: &mut Arena, book: &[Met]) {
    arena.books.spoil(MISJUDGE).await;
    let wrong = misjudged(arena, book).await;
    assert_eq!(wrong.len(), 1, "a doubt taken for a refusal is not seen");
    arena
        .controls
        .push("a doubt recorded as never left: 1 attempt misjudged".to_owned());
    let unflag = "update messages set possible_duplicate = false";
    arena
        .control("the flags taken away", unflag, "dup_unflagged")
        .await;
}
