//! Undecodable bodies are in the queues, and the sender is killed in quick succession: each body is quarantined once,
//! and nothing else is lost.

use broker::Queue;
use meta_sim::{SimConfig, WebhookBehaviour};
use testkit::{StackPlan, eventually};

use super::fixture::{Fixture, PROGRESS, meta, short_timeouts};
use super::report::Scenario;
use super::tier::Counts;
use crate::in_flight_probe;

const SCENARIO: Scenario = Scenario {
    name: "poison",
    bar: "R14",
    what: "undecodable bytes in the queues of jobs and of statuses, and kill -9 of the sender right after each start",
};
const BODIES: Counts = Counts::new(5, 20, 100);
const KILLS: Counts = Counts::new(3, 10, 50);
const MESSAGES: Counts = Counts::new(600, 6_000, 20_000);
const THROUGHPUT_SHARE: &str = "0.25";
const POISONED: [Queue; 3] = [Queue::Send, Queue::SendCampaign, Queue::Status];

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn poison() {
    let mut settings = short_timeouts();
    settings.push(("sender.throughput_share", THROUGHPUT_SHARE.to_owned()));
    let plan = StackPlan {
        meta: all_statuses(),
        settings,
    };
    let mut fixture = Fixture::open(SCENARIO, plan).await;
    let (bodies, kills, messages) = (
        fixture.tier.of(BODIES),
        fixture.tier.of(KILLS),
        fixture.tier.of(MESSAGES),
    );
    let _ = fixture.campaign_load.start_tickets(messages).await;
    fixture.advance(messages / 3).await;
    let poisoned = poison_all(&fixture, bodies).await;
    until_quarantined(&fixture, poisoned).await;
    assert_eq!(quarantined(&fixture).await, poisoned, "not each once");
    let poisoned = poisoned + poison_all(&fixture, bodies).await;
    for _ in 0..kills {
        let Fixture {
            stack,
            sources,
            campaign_load,
            ..
        } = &mut fixture;
        let probe = in_flight_probe::kill_while_sending(stack, sources, async || {
            campaign_load.replenish(sources).await;
        })
        .await;
        fixture.injections.add(probe);
    }
    fixture.advance(messages / 3).await;
    fixture.settle().await;
    let report = fixture.run_auditor().await;
    report.assert_clean();
    let (duplicates, in_flight) = (report.figure("dup_flagged"), fixture.injections.in_flight);
    assert!(
        duplicates <= in_flight,
        "{duplicates} flagged duplicates of {in_flight} in flight"
    );
    until_quarantined(&fixture, poisoned).await;
    let quarantined_bodies = quarantined(&fixture).await;
    fixture.notes.push(format!(
        "{poisoned} bodies were quarantined, each once, and {} a second time because of a kill between the copy and the \
         ack; {duplicates} flagged duplicates of {in_flight} messages in flight at a kill",
        quarantined_bodies - poisoned
    ));
    fixture
        .stack
        .broker
        .publish_bytes(Queue::Send, b"one more that is not ours")
        .await;
    until_quarantined(&fixture, quarantined_bodies + 1).await;
    fixture
        .controls
        .push("one more body: one more in quarantine".to_owned());
    fixture.control_false_acknowledgement().await;
    fixture.finish(report);
}

/// Publishes this many bodies to each queue; returns the total.
async fn poison_all(fixture: &Fixture, bodies: u64) -> u64 {
    for queue in POISONED {
        for body in 0..bodies {
            let bytes = format!("\u{fffd}{body}: not a message of ours");
            let broker = &fixture.stack.broker;
            broker.publish_bytes(queue, bytes.as_bytes()).await;
        }
    }
    bodies * u64::try_from(POISONED.len()).unwrap()
}

/// Waits until this many bodies are quarantined.
async fn until_quarantined(fixture: &Fixture, wanted: u64) {
    eventually("undecodable bodies are quarantined", PROGRESS, async || {
        (quarantined(fixture).await >= wanted).then_some(())
    })
    .await;
}

/// The number of quarantined bodies; no campaign_load was dead-lettered.
async fn quarantined(fixture: &Fixture) -> u64 {
    let broker = &fixture.stack.broker;
    assert_eq!(
        broker.depth(Queue::Dead).await,
        0,
        "a job was dead-lettered"
    );
    broker.depth(Queue::Quarantine).await
}

/// Every message gets all of its statuses.
fn all_statuses() -> SimConfig {
    let meta = meta();
    SimConfig {
        behaviour: WebhookBehaviour {
            silent_share: 0.0,
            ..meta.behaviour
        },
        ..meta
    }
}
