//! Meta cuts every connection for a while and comes back: the breaker holds what is left, and nothing is lost.

use std::time::Duration;

use meta_sim::{Endpoint, Fault, Match, Script};
use testkit::{Service, StackPlan, eventually};

use super::arena::{Arena, PROGRESS, STANDARD_PER_SECOND, impatient, meta};
use super::report::Scenario;
use super::tier::Counts;

const SCENARIO: Scenario = Scenario {
    name: "meta_away",
    bar: "R25",
    what: "Meta cuts every connection until the number's breaker is open, and comes back",
};
const OUTAGES: Counts = Counts::new(1, 5, 25);
const MESSAGES: Counts = Counts::new(600, 3_000, 50_000);
const SECOND: Duration = Duration::from_secs(1);
/// HeldReason::BreakerOpen.
const HELD: &str = "select count(*) from messages where state = 4 and held_reason = 6";

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn meta_away() {
    let mut settings = impatient();
    settings.push(("sender.breaker.ask_every_ms", "500".to_owned()));
    let plan = StackPlan {
        meta: meta(),
        settings,
    };
    let mut arena = Arena::open(SCENARIO, plan).await;
    let number = arena.use_standard_number().await.plan.phone_number_id;
    let (messages, outages) = (arena.tier.of(MESSAGES), arena.tier.of(OUTAGES));
    let _ = arena.job.start_tickets(messages).await;
    let mut most_burnt = 0;
    for _ in 0..outages {
        arena.go_on(messages / (outages + 2)).await;
        go_away(&arena);
        let held = eventually("the breaker holds what is left", PROGRESS, async || {
            arena.job.provide(&arena.books).await;
            let held = arena.books.number(HELD).await;
            (held > 0).then_some(held)
        })
        .await;
        arena.blows.struck += 1;
        arena.blows.in_hand += u64::try_from(held).unwrap();
        most_burnt = most_burnt.max(burnt(&arena));
        arena.stack.meta.clear_scripts();
        arena.go_on(messages / (outages + 2)).await;
    }
    arena.come_to_rest().await;
    let judged = arena.judge().await;
    judged.assert_good();
    let most = arena.stack.meta.pace(&number, SECOND).most;
    assert!(
        most <= STANDARD_PER_SECOND,
        "{most} messages were posted within a second"
    );
    arena.notes.push(format!(
        "an outage took {most_burnt} POSTs at most before the breaker held the rest; afterwards no second saw more than \
         {most} messages"
    ));
    control(&mut arena, most_burnt).await;
    arena.conclude(judged);
}

/// Without a breaker an outage takes whatever there is.
async fn control(arena: &mut Arena, most_burnt: u64) {
    let services = &mut arena.stack.services;
    services.set("sender.breaker.doubts", "1000000");
    services.kill_9(Service::Sender).await;
    services.start(Service::Sender).await;
    go_away(arena);
    let burnt = eventually("the outage takes more", PROGRESS, async || {
        arena.job.provide(&arena.books).await;
        let burnt = burnt(arena);
        (burnt > 2 * most_burnt).then_some(burnt)
    })
    .await;
    arena.stack.meta.clear_scripts();
    arena
        .controls
        .push(format!("no breaker: an outage took {burnt} POSTs and more"));
}

/// Messages and questions about numbers are cut off.
fn go_away(arena: &Arena) {
    let cut = Script::always(Fault::CutBeforeAcceptance);
    let _ = arena.stack.meta.script(cut.clone());
    let _ = arena.stack.meta.script(cut.matching(Match {
        endpoint: Endpoint::Node,
        ..Match::default()
    }));
}

/// POSTs that the outage has cut off so far.
fn burnt(arena: &Arena) -> u64 {
    let scripts = arena.stack.meta.scripts();
    let of_messages = scripts
        .iter()
        .filter(|report| report.script.matching.endpoint == Endpoint::Messages);
    of_messages.map(|report| report.hits).sum()
}
