//! RabbitMQ is killed, killed and emptied, or frozen in the middle of a campaign. It holds nothing that Postgres does not.

use std::time::{Duration, Instant};

use meta_sim::{SimConfig, WebhookBehaviour};
use testkit::{OwnServer, StackPlan, eventually};

use super::arena::{Arena, PROGRESS, impatient, meta};
use super::broker_control::{Unpublished, without_the_reaper};
use super::report::Scenario;
use super::tier::Counts;
use crate::catch::Caught;

/// What was published again and lost again is looked for after twice the age of the lane's jobs, which may be a minute.
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
    what: "RabbitMQ frozen while clients send: they get their 202s, and all leaves afterwards",
};
const KILLED_MESSAGES: Counts = Counts::new(1_500, 10_000, 150_000);
const WIPED_MESSAGES: Counts = Counts::new(1_500, 10_000, 50_000);
const FROZEN_MESSAGES: Counts = Counts::new(600, 4_000, 20_000);
const KILLS: Counts = Counts::new(1, 5, 25);
const WIPES: Counts = Counts::new(1, 2, 5);
const FREEZES: Counts = Counts::new(1, 2, 10);
/// From the commit tier on longer than the 20 s in which a connection is found to be dead.
const SECONDS_FROZEN: Counts = Counts::new(2, 30, 90);
/// So slow that the blows fall within the job.
const PACE_SHARE: &str = "0.25";
/// Messages whose jobs the broker holds, or has delivered and got no ack for; a few may be about to be published.
pub(super) const JOBS: &str = "select count(*) from messages where state = 1";
/// Accepted while the broker stands still.
pub(super) const ACCEPTED_MEANWHILE: u64 = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn broker_killed() {
    let mut arena = open(KILLED).await;
    let messages = arena.tier.of(KILLED_MESSAGES);
    let kills = arena.tier.of(KILLS);
    let _ = arena.job.start_tickets(messages).await;
    for _ in 0..kills {
        arena.go_on(messages / (kills + 2)).await;
        strike(&mut arena, false).await;
    }
    close(arena, Unpublished::Wiped).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn broker_wiped() {
    let mut arena = open(WIPED).await;
    let messages = arena.tier.of(WIPED_MESSAGES);
    let wipes = arena.tier.of(WIPES);
    let _ = arena.job.start_tickets(messages).await;
    for _ in 0..wipes {
        arena.go_on(messages / (wipes + 2)).await;
        strike(&mut arena, true).await;
    }
    let missing = "select count(*) from messages where state in (20, 21)";
    arena.come_to_rest().await;
    let unknown = arena.books.number(missing).await;
    arena.notes.push(format!(
        "{unknown} messages whose statuses the wiped broker alone held are shown as not known yet"
    ));
    close(arena, Unpublished::Wiped).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn broker_frozen() {
    let mut arena = open(FROZEN).await;
    let (messages, freezes) = (arena.tier.of(FROZEN_MESSAGES), arena.tier.of(FREEZES));
    let lasts = Duration::from_secs(arena.tier.of(SECONDS_FROZEN));
    let clients = arena.clients(Duration::from_millis(50));
    let sending = tokio::spawn(clients.clone().send_all(8));
    for _ in 0..freezes {
        clients.go_on(messages / (freezes + 2)).await;
        let caught = until_it_holds_work(&arena, async || {}).await;
        arena.blows.add(caught);
        let since = Instant::now();
        clients.until_accepted_more(ACCEPTED_MEANWHILE).await;
        last(lasts.saturating_sub(since.elapsed())).await;
        OwnServer::RabbitMq.thaw().await;
    }
    clients.stop_at(messages).await;
    sending.await.unwrap();
    arena.notes.push(format!(
        "at least {ACCEPTED_MEANWHILE} messages were accepted during each freeze, which lasted {lasts:?} or longer"
    ));
    close(arena, Unpublished::Frozen).await;
}

/// Of no message nothing is heard: each is told of to its end, unless the broker loses it.
pub(super) async fn open(scenario: Scenario) -> Arena {
    let meta = meta();
    let mut settings = impatient();
    settings.push(("sender.pace_share", PACE_SHARE.to_owned()));
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
    Arena::open(scenario, plan).await
}

/// Freezes the broker when something is in its hands: jobs that nobody has claimed, and statuses that wait for its confirm.
/// `provide` sees that there is work left.
pub(super) async fn until_it_holds_work(arena: &Arena, mut provide: impl AsyncFnMut()) -> Caught {
    let mut vain = 0;
    let in_hand = eventually("the broker holds work", PROGRESS, async || {
        provide().await;
        OwnServer::RabbitMq.freeze().await;
        let jobs = u64::try_from(arena.books.number(JOBS).await).unwrap();
        let held = jobs + arena.stack.meta.stats().webhook_posts_under_way;
        if held == 0 {
            OwnServer::RabbitMq.thaw().await;
            vain += 1;
        }
        usize::try_from(held).ok().filter(|held| *held > 0)
    })
    .await;
    Caught { in_hand, vain }
}

/// Lets what is done to the broker last.
pub(super) async fn last(duration: Duration) {
    let since = Instant::now();
    eventually("it has lasted", duration + PROGRESS, async || {
        (since.elapsed() >= duration).then_some(())
    })
    .await;
}

/// Kills the broker with work in its hands, and starts it, empty or with what its disk has.
async fn strike(arena: &mut Arena, wipe: bool) {
    let provide = async || arena.job.provide(&arena.books).await;
    let caught = until_it_holds_work(arena, provide).await;
    OwnServer::RabbitMq.kill_9().await;
    if wipe {
        OwnServer::RabbitMq.wipe().await;
    }
    OwnServer::RabbitMq.start().await;
    if wipe {
        arena.stack.broker.make().await;
    }
    arena.blows.add(caught);
}

/// The books close, no blow made a twin, and without the reaper the auditor sees what the broker has lost or not taken.
pub(super) async fn close(mut arena: Arena, control: Unpublished) {
    arena.come_to_rest_or_stand(REAPER_WAITS).await;
    let judged = arena.judge().await;
    judged.assert_good();
    assert_eq!(judged.figure("dup_flagged"), 0, "a blow made a twin");
    without_the_reaper(&mut arena, control).await;
    arena.conclude(judged);
}
