//! Meta cuts every connection for a while and recovers: the breaker holds the remaining messages, and nothing is lost.

use std::time::Duration;

use meta_sim::{Endpoint, Fault, Match, Script};
use testkit::{Service, StackPlan, eventually};

use super::fixture::{Fixture, PROGRESS, STANDARD_PER_SECOND, meta, short_timeouts};
use super::report::Scenario;
use super::tier::Counts;

const SCENARIO: Scenario = Scenario {
    name: "meta_away",
    bar: "R25",
    what: "Meta cuts every connection until the number's breaker is open, and recovers",
};
const OUTAGES: Counts = Counts::new(1, 5, 25);
const MESSAGES: Counts = Counts::new(600, 3_000, 50_000);
const SECOND: Duration = Duration::from_secs(1);
/// HeldReason::BreakerOpen.
const HELD: &str = "select count(*) from messages where state = 4 and held_reason = 6";

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn meta_away() {
    let mut settings = short_timeouts();
    settings.push(("sender.breaker.ask_every_ms", "500".to_owned()));
    let plan = StackPlan {
        meta: meta(),
        settings,
    };
    let mut fixture = Fixture::open(SCENARIO, plan).await;
    let number = fixture.use_standard_number().await.plan.phone_number_id;
    let (messages, outages) = (fixture.tier.of(MESSAGES), fixture.tier.of(OUTAGES));
    let _ = fixture.campaign_load.start_tickets(messages).await;
    let mut most_failed = 0;
    for _ in 0..outages {
        fixture.advance(messages / (outages + 2)).await;
        cut_connections(&fixture);
        let held = eventually(
            "the breaker holds the remaining messages",
            PROGRESS,
            async || {
                fixture.campaign_load.replenish(&fixture.sources).await;
                let held = fixture.sources.number(HELD).await;
                (held > 0).then_some(held)
            },
        )
        .await;
        fixture.injections.injected += 1;
        fixture.injections.in_flight += u64::try_from(held).unwrap();
        most_failed = most_failed.max(failed(&fixture));
        fixture.stack.meta.clear_scripts();
        fixture.advance(messages / (outages + 2)).await;
    }
    fixture.settle().await;
    let report = fixture.run_auditor().await;
    report.assert_clean();
    let most = fixture.stack.meta.send_rate(&number, SECOND).most;
    assert!(
        most <= STANDARD_PER_SECOND,
        "{most} messages were posted within a second"
    );
    fixture.notes.push(format!(
        "an outage failed {most_failed} POSTs at most before the breaker held the rest; afterwards no second had more than \
         {most} messages"
    ));
    control(&mut fixture, most_failed).await;
    fixture.finish(report);
}

/// Without a breaker an outage fails every POST that is due.
async fn control(fixture: &mut Fixture, most_failed: u64) {
    let services = &mut fixture.stack.services;
    services.set("sender.breaker.in_doubt", "1000000");
    services.kill_9(Service::Sender).await;
    services.start(Service::Sender).await;
    cut_connections(fixture);
    let failed = eventually("the outage fails more POSTs", PROGRESS, async || {
        fixture.campaign_load.replenish(&fixture.sources).await;
        let failed = failed(fixture);
        (failed > 2 * most_failed).then_some(failed)
    })
    .await;
    fixture.stack.meta.clear_scripts();
    fixture.controls.push(format!(
        "no breaker: an outage failed {failed} POSTs and more"
    ));
}

/// Cuts off messages and reads of numbers.
fn cut_connections(fixture: &Fixture) {
    let cut = Script::always(Fault::CutBeforeAcceptance);
    let _ = fixture.stack.meta.script(cut.clone());
    let _ = fixture.stack.meta.script(cut.matching(Match {
        endpoint: Endpoint::Node,
        ..Match::default()
    }));
}

/// POSTs that the outage has cut off so far.
fn failed(fixture: &Fixture) -> u64 {
    let scripts = fixture.stack.meta.scripts();
    let of_messages = scripts
        .iter()
        .filter(|report| report.script.matching.endpoint == Endpoint::Messages);
    of_messages.map(|report| report.hits).sum()
}
