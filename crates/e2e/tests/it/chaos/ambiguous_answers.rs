//! Meta accepts a message, or refuses it, with an answer from which the outcome cannot be derived.

use meta_sim::{Fault, Match, Script};
use testkit::StackPlan;

use super::fixture::{Fixture, meta, short_timeouts};
use super::report::Scenario;
use super::tier::Counts;
use crate::sources::posted;

const SCENARIO: Scenario = Scenario {
    name: "ambiguous_answers",
    bar: "R18",
    what: "connections cut, HTML 500s, truncated JSON and timeouts, before and after Meta accepted the message",
};
const MESSAGES: Counts = Counts::new(800, 3_000, 48_000);
/// Minimum number of times each fault is injected.
const EACH: Counts = Counts::new(5, 40, 1_000);
/// Share of the POSTs, for each fault.
const SHARE: f64 = 0.03;
/// Longer than the POST timeout of this scenario.
const HOLD_MS: u64 = 5_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn ambiguous_answers() {
    let mut settings = short_timeouts();
    settings.push(("sender.in_doubt.marketing_ms", "6000".to_owned()));
    let plan = StackPlan {
        meta: meta(),
        settings,
    };
    let mut fixture = Fixture::open(SCENARIO, plan).await;
    for fault in faults() {
        let share = Match {
            share: Some(SHARE),
            ..Match::default()
        };
        fixture
            .stack
            .meta
            .script(Script::always(fault).matching(share));
    }
    let messages = fixture.tier.of(MESSAGES);
    let _ = fixture.campaign_load.start_tickets(messages / 2).await;
    let _ = fixture.campaign_load.start_advertising(messages / 2).await;
    fixture.settle().await;
    let report = fixture.run_auditor().await;
    report.assert_clean();
    let scripts = fixture.stack.meta.scripts();
    let fewest = scripts.iter().map(|script| script.hits).min().unwrap();
    let wanted = fixture.tier.of(EACH);
    assert!(fewest >= wanted, "a fault was injected {fewest} times only");
    fixture.injections.injected = scripts.iter().map(|script| script.hits).sum();
    fixture.injections.in_flight = fixture.injections.injected;
    fixture.notes.push(format!(
        "each of {} faults was injected at least {fewest} times",
        scripts.len()
    ));
    assert_posts(&fixture).await;
    let unflag = "update messages set possible_duplicate = false";
    fixture
        .control("the flags removed", unflag, "dup_unflagged")
        .await;
    fixture.finish(report);
}

/// A marketing message is posted at most once, a ticket at most twice.
pub(super) async fn assert_posts(fixture: &Fixture) {
    let posted = posted(&fixture.stack.meta.ledger());
    let advertisements = fixture.sources.advertisements().await;
    for (id, times) in &posted {
        let most = if advertisements.contains(id) { 1 } else { 2 };
        assert!(*times <= most, "{id} was posted {times} times");
    }
}

fn faults() -> [Fault; 8] {
    [
        Fault::CutAfterAcceptance,
        Fault::Html500 { accepted: true },
        Fault::TruncatedJson,
        Fault::Hold {
            millis: HOLD_MS,
            accepted: true,
        },
        Fault::CutBeforeAcceptance,
        Fault::Html500 { accepted: false },
        Fault::Hold {
            millis: HOLD_MS,
            accepted: false,
        },
        Fault::TooManyRequests { code: None },
    ]
}
