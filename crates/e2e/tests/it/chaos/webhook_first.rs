//! The status arrives before the answer to the POST, and the sender that waits for the answer is killed.

use meta_sim::{DelayMs, SimConfig, WebhookBehaviour};
use testkit::StackPlan;

use super::fixture::{Fixture, meta, short_timeouts};
use super::report::Scenario;
use super::tier::Counts;
use crate::in_flight_probe::{self, ProbeResult};

const SCENARIO: Scenario = Scenario {
    name: "webhook_first",
    bar: "R19",
    what: "`sent` is reported before the POST is answered, and the sender is killed before it reads the answer",
};
const MESSAGES: Counts = Counts::new(1_000, 10_000, 100_000);
const KILLS: Counts = Counts::new(2, 10, 100);
/// So slow that the kills fall within the campaigns.
const THROUGHPUT_SHARE: &str = "0.2";
/// Messages of the control, without any status, posted before the kill.
const WITHOUT_STATUS: u64 = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn webhook_first() {
    let mut settings = short_timeouts();
    settings.push(("sender.throughput_share", THROUGHPUT_SHARE.to_owned()));
    let plan = StackPlan {
        meta: early_statuses(),
        settings,
    };
    let mut fixture = Fixture::open(SCENARIO, plan).await;
    let (messages, kills) = (fixture.tier.of(MESSAGES), fixture.tier.of(KILLS));
    let _ = fixture.campaign_load.start_tickets(messages).await;
    for _ in 0..kills {
        fixture.advance(messages / (kills + 2)).await;
        let probe = kill(&mut fixture).await;
        fixture.injections.add(probe);
    }
    fixture.settle().await;
    let report = fixture.run_auditor().await;
    report.assert_clean();
    assert_eq!(
        report.figure("dup_flagged"),
        0,
        "sent again although a status had arrived"
    );
    let matched = fixture.stack.meta.stats().early_messages;
    fixture.notes.push(format!(
        "{matched} statuses arrived before their answer; none of their messages was posted again"
    ));
    control(&mut fixture).await;
    fixture.finish(report);
}

async fn kill(fixture: &mut Fixture) -> ProbeResult {
    let Fixture {
        stack,
        sources,
        campaign_load,
        ..
    } = fixture;
    in_flight_probe::kill_while_sending(stack, sources, async || {
        campaign_load.replenish(sources).await;
    })
    .await
}

/// The same kill, and a Meta that reports nothing: then the messages are posted again and flagged.
async fn control(fixture: &mut Fixture) {
    let no_statuses = WebhookBehaviour {
        silent_share: 1.0,
        early_share: 0.0,
        ..early_statuses().behaviour
    };
    fixture.stack.meta.set_behaviour(no_statuses);
    // Messages without a status are those posted from now on.
    fixture.advance(WITHOUT_STATUS).await;
    let _ = kill(fixture).await;
    fixture.settle().await;
    let report = fixture.run_auditor().await;
    report.assert_clean();
    let duplicates = report.figure("dup_flagged");
    assert!(duplicates > 0, "without a status nothing was posted again");
    fixture
        .controls
        .push(format!("no statuses from Meta: dup_flagged {duplicates}"));
}

/// Every status `sent` arrives before the answer.
fn early_statuses() -> SimConfig {
    let meta = meta();
    SimConfig {
        behaviour: WebhookBehaviour {
            early_share: 1.0,
            silent_share: 0.0,
            ..meta.behaviour
        },
        answer_delay: DelayMs::new(100, 500),
        ..meta
    }
}
