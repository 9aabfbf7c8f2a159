//! Meta takes a message and answers so that nobody can tell, or refuses it so that nobody can tell either.

use meta_sim::{Fault, Match, Script};
use testkit::StackPlan;

use super::arena::{Arena, impatient, meta};
use super::report::Scenario;
use super::tier::Counts;
use crate::books::posted;

const SCENARIO: Scenario = Scenario {
    name: "ambiguous_answers",
    bar: "R18",
    what: "connections cut, HTML 500s, halves of JSON and silence, before and after Meta took the message",
};
const MESSAGES: Counts = Counts::new(800, 3_000, 48_000);
/// How often each fault is met at least.
const EACH: Counts = Counts::new(5, 40, 1_000);
/// Of the POSTs, for each fault.
const SHARE: f64 = 0.03;
/// Longer than a POST may take here.
const HOLD_MS: u64 = 5_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn ambiguous_answers() {
    let mut settings = impatient();
    settings.push(("sender.doubt.marketing_ms", "6000".to_owned()));
    let plan = StackPlan {
        meta: meta(),
        settings,
    };
    let mut arena = Arena::open(SCENARIO, plan).await;
    for fault in faults() {
        let share = Match {
            share: Some(SHARE),
            ..Match::default()
        };
        arena
            .stack
            .meta
            .script(Script::always(fault).matching(share));
    }
    let messages = arena.tier.of(MESSAGES);
    let _ = arena.job.start_tickets(messages / 2).await;
    let _ = arena.job.start_advertising(messages / 2).await;
    arena.come_to_rest().await;
    let judged = arena.judge().await;
    judged.assert_good();
    let scripts = arena.stack.meta.scripts();
    let fewest = scripts.iter().map(|script| script.hits).min().unwrap();
    let wanted = arena.tier.of(EACH);
    assert!(fewest >= wanted, "a fault was met {fewest} times only");
    arena.blows.struck = scripts.iter().map(|script| script.hits).sum();
    arena.blows.in_hand = arena.blows.struck;
    arena.notes.push(format!(
        "each of {} faults was met at least {fewest} times",
        scripts.len()
    ));
    assert_posts(&arena).await;
    let unflag = "update messages set possible_duplicate = false";
    arena
        .control("the flags taken away", unflag, "dup_unflagged")
        .await;
    arena.conclude(judged);
}

/// An advertisement is posted once at most, a ticket twice at most.
pub(super) async fn assert_posts(arena: &Arena) {
    let posted = posted(&arena.stack.meta.ledger());
    let advertisements = arena.books.advertisements().await;
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
