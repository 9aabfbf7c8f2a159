//! RabbitMQ is killed, killed and emptied, or frozen during a campaign. It holds nothing that Postgres does not.

use std::time::{Duration, Instant};

use meta_sim::{SimConfig, WebhookBehaviour};
use testkit::{OwnServer, StackPlan, eventually};

use super::broker_controls::{Unpublished, control_without_reaper};
use super::fixture::{Fixture, PROGRESS, meta, short_timeouts};
use super::report::Scenario;
use super::tier::Counts;
use crate::in_flight_probe::ProbeResult;

/// A campaign_load republished and lost again is looked for after twice the campaign_load age of its lane, which may be a minute.
const REAPER_WAITS: Duration = Duration::from_secs(180);
const KILLED: Scenario = Scenario {
    name: "broker_killed",
    bar: "R9",
    what: "kill -9 of RabbitMQ while it holds jobs and statuses",
};
const WIPED: Scenario = Scenario {
    name: "broker_wiped",
    bar: "R12",
    what: "RabbitMQ killed, its data deleted, and started empty, in the middle of a campaign",
};
const FROZEN: Scenario = Scenario {
    name: "broker_frozen",
    bar: "R10",
    what: "RabbitMQ frozen while clients send: they get their 202s, and everything is sent afterwards",
};
const KILLED_MESSAGES: Counts = Counts::new(1_500, 10_000, 150_000);
const WIPED_MESSAGES: Counts = Counts::new(1_500, 10_000, 50_000);
const FROZEN_MESSAGES: Counts = Counts::new(600, 4_000, 20_000);
const KILLS: Counts = Counts::new(1, 5, 25);
const WIPES: Counts = Counts::new(1, 2, 5);
const FREEZES: Counts = Counts::new(1, 2, 10);
/// From the commit tier on longer than the 20 s after which a connection is considered dead.
const SECONDS_FROZEN: Counts = Counts::new(2, 30, 90);
/// So slow that the injections fall within the campaigns.
const THROUGHPUT_SHARE: &str = "0.25";
/// Messages whose jobs the broker holds or has delivered without an ack; a few may be about to be published.
pub(super) const JOBS: &str = "select count(*) from messages where state = 1";
/// Messages accepted while the broker is frozen.
pub(super) const ACCEPTED_MEANWHILE: u64 = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn broker_killed() {
    let mut fixture = open(KILLED).await;
    let messages = fixture.tier.of(KILLED_MESSAGES);
    let kills = fixture.tier.of(KILLS);
    let _ = fixture.campaign_load.start_tickets(messages).await;
    for _ in 0..kills {
        fixture.advance(messages / (kills + 2)).await;
        inject(&mut fixture, false).await;
    }
    close(fixture, Unpublished::Wiped).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn broker_wiped() {
    let mut fixture = open(WIPED).await;
    let messages = fixture.tier.of(WIPED_MESSAGES);
    let wipes = fixture.tier.of(WIPES);
    let _ = fixture.campaign_load.start_tickets(messages).await;
    for _ in 0..wipes {
        fixture.advance(messages / (wipes + 2)).await;
        inject(&mut fixture, true).await;
    }
    let missing = "select count(*) from messages where state in (20, 21)";
    fixture.settle().await;
    let unknown = fixture.sources.number(missing).await;
    fixture.notes.push(format!(
        "{unknown} messages whose statuses the wiped broker alone held are shown with an unknown status"
    ));
    close(fixture, Unpublished::Wiped).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn broker_frozen() {
    let mut fixture = open(FROZEN).await;
    let (messages, freezes) = (fixture.tier.of(FROZEN_MESSAGES), fixture.tier.of(FREEZES));
    let lasts = Duration::from_secs(fixture.tier.of(SECONDS_FROZEN));
    let clients = fixture.clients(Duration::from_millis(50));
    let sending = tokio::spawn(clients.clone().send_all(8));
    for _ in 0..freezes {
        clients.advance(messages / (freezes + 2)).await;
        let probe = until_broker_holds_work(&fixture, async || {}).await;
        fixture.injections.add(probe);
        let since = Instant::now();
        clients.until_accepted_more(ACCEPTED_MEANWHILE).await;
        sustain(lasts.saturating_sub(since.elapsed())).await;
        OwnServer::RabbitMq.thaw().await;
    }
    clients.stop_at(messages).await;
    sending.await.unwrap();
    fixture.notes.push(format!(
        "at least {ACCEPTED_MEANWHILE} messages were accepted during each freeze, which lasted {lasts:?} or longer"
    ));
    close(fixture, Unpublished::Frozen).await;
}

/// Every message gets all of its statuses, unless the broker loses one.
pub(super) async fn open(scenario: Scenario) -> Fixture {
    let meta = meta();
    let mut settings = short_timeouts();
    settings.push(("sender.throughput_share", THROUGHPUT_SHARE.to_owned()));
    let plan = StackPlan {
        meta: SimConfig {
            behaviour: WebhookBehaviour {
                silent_share: 0.0,
                ..meta.behaviour
            },
            ..meta
        },
        settings,
    };
    Fixture::open(scenario, plan).await
}

/// Freezes the broker when it holds work: jobs that nobody has claimed, and statuses that wait for its confirm.
/// `replenish` ensures that there is work left.
pub(super) async fn until_broker_holds_work(
    fixture: &Fixture,
    mut replenish: impl AsyncFnMut(),
) -> ProbeResult {
    let mut missed = 0;
    let in_flight = eventually("the broker holds work", PROGRESS, async || {
        replenish().await;
        OwnServer::RabbitMq.freeze().await;
        let jobs = u64::try_from(fixture.sources.number(JOBS).await).unwrap();
        let held = jobs + fixture.stack.meta.stats().webhook_posts_under_way;
        if held == 0 {
            OwnServer::RabbitMq.thaw().await;
            missed += 1;
        }
        usize::try_from(held).ok().filter(|held| *held > 0)
    })
    .await;
    ProbeResult { in_flight, missed }
}

/// Lets a fault last.
pub(super) async fn sustain(duration: Duration) {
    let since = Instant::now();
    eventually("the fault has lasted", duration + PROGRESS, async || {
        (since.elapsed() >= duration).then_some(())
    })
    .await;
}

/// Kills the broker while it holds work, and restarts it, empty or with its data.
async fn inject(fixture: &mut Fixture, wipe: bool) {
    let replenish = async || fixture.campaign_load.replenish(&fixture.sources).await;
    let probe = until_broker_holds_work(fixture, replenish).await;
    OwnServer::RabbitMq.kill_9().await;
    if wipe {
        OwnServer::RabbitMq.wipe().await;
    }
    OwnServer::RabbitMq.start().await;
    if wipe {
        fixture.stack.broker.make().await;
    }
    fixture.injections.add(probe);
}

/// The audit is clean, no injection caused a duplicate, and without the reaper the auditor detects what the broker lost
/// or rejected.
pub(super) async fn close(mut fixture: Fixture, control: Unpublished) {
    fixture.settle_within(REAPER_WAITS).await;
    let report = fixture.run_auditor().await;
    report.assert_clean();
    assert_eq!(
        report.figure("dup_flagged"),
        0,
        "an injection caused a duplicate"
    );
    control_without_reaper(&mut fixture, control).await;
    fixture.finish(report);
}
