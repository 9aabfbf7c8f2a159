//! webhook-ingest and the status projector are killed in turn while statuses arrive.

use std::time::{Duration, Instant};

use e2e::audit::Finding;
use meta_sim::{SimConfig, WebhookBehaviour};
use testkit::StackPlan;

use super::fixture::{Fixture, meta, short_timeouts};
use super::report::Scenario;
use super::tier::Counts;
use crate::in_flight_probe;

const SCENARIO: Scenario = Scenario {
    name: "ingest_killed",
    bar: "R28",
    what: "kill -9 of webhook-ingest and of the projector, in turn, while statuses arrive",
};
const KILLS: Counts = Counts::new(4, 20, 200);
const MESSAGES: Counts = Counts::new(1_500, 10_000, 100_000);
/// So slow that the kills fall within the campaigns.
const THROUGHPUT_SHARE: &str = "0.3";
/// Time limit for the last statuses.
const STATUS_TIMEOUT: Duration = Duration::from_secs(120);
/// Messages whose statuses Meta does not retry, posted before the kill.
const UNREPEATED: u64 = 100;
/// Each message has at most one event of each type.
const DUPLICATE_EVENTS: &str =
    "select count(*) from (select from events where message_id is not null
    group by message_id, type having count(*) > 1) as twice";

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn ingest_killed() {
    let mut settings = short_timeouts();
    settings.push(("sender.throughput_share", THROUGHPUT_SHARE.to_owned()));
    let plan = StackPlan {
        meta: all_statuses(),
        settings,
    };
    let mut fixture = Fixture::open(SCENARIO, plan).await;
    let (messages, kills) = (fixture.tier.of(MESSAGES), fixture.tier.of(KILLS));
    let _ = fixture.campaign_load.start_tickets(messages).await;
    for kill in 0..kills {
        fixture.advance(messages / (kills + 2)).await;
        let Fixture {
            stack,
            sources,
            campaign_load,
            ..
        } = &mut fixture;
        let replenish = async || campaign_load.replenish(sources).await;
        let probe = match kill % 2 {
            0 => in_flight_probe::kill_while_receiving(stack, replenish).await,
            _ => in_flight_probe::kill_while_projecting(stack, sources, replenish).await,
        };
        fixture.injections.add(probe);
    }
    fixture.settle().await;
    let missing = missing_statuses(&fixture).await;
    assert_eq!(missing, [], "statuses that were answered 200 are lost");
    assert_eq!(
        fixture.sources.number(DUPLICATE_EVENTS).await,
        0,
        "an event was written twice"
    );

    let report = fixture.run_auditor().await;
    report.assert_clean();
    assert_eq!(report.figure("dup_flagged"), 0, "a kill caused a duplicate");
    fixture.notes.push(format!(
        "each of the {} statuses that Meta reported was applied, and none twice",
        fixture.stack.meta.stats().webhook_updates_accepted
    ));
    control(&mut fixture).await;
    fixture.finish(report);
}

/// Meta does not retry: statuses sent to a dead process must then be missing.
async fn control(fixture: &mut Fixture) {
    fixture.stack.meta.set_behaviour(WebhookBehaviour {
        retry_attempts: 1,
        ..all_statuses().behaviour
    });
    fixture.advance(UNREPEATED).await;
    let Fixture {
        stack,
        sources,
        campaign_load,
        ..
    } = &mut *fixture;
    let _ = in_flight_probe::kill_while_receiving(stack, async || {
        campaign_load.replenish(sources).await;
    })
    .await;
    fixture.settle().await;
    fixture.stack.meta.settled().await;
    let missing = fixture.missing_statuses().await;
    assert!(
        !missing.is_empty(),
        "statuses that nobody received are not missing"
    );
    fixture.controls.push(format!(
        "a Meta that does not retry: {} statuses missing",
        missing.len()
    ));
}

/// Waits until no status is missing, and returns the missing ones at the time limit.
async fn missing_statuses(fixture: &Fixture) -> Vec<Finding> {
    let end = Instant::now() + STATUS_TIMEOUT;
    let mut ticks = tokio::time::interval(Duration::from_millis(500));
    loop {
        ticks.tick().await;
        let missing = fixture.missing_statuses().await;
        if missing.is_empty() || Instant::now() > end {
            return missing;
        }
    }
}

/// Every message gets all of its statuses.
fn all_statuses() -> SimConfig {
    let meta = meta();
    SimConfig {
        behaviour: WebhookBehaviour {
            silent_share: 0.0,
            statuses_per_post: 1,
            ..meta.behaviour
        },
        ..meta
    }
}
