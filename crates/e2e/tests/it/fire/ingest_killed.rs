//! Who takes Meta's statuses, and who applies them, is killed in turn while they flow.

use std::time::{Duration, Instant};

use e2e::audit::Finding;
use meta_sim::{SimConfig, WebhookBehaviour};
use testkit::StackPlan;

use super::arena::{Arena, impatient, meta};
use super::report::Scenario;
use super::tier::Counts;
use crate::catch;

const SCENARIO: Scenario = Scenario {
    name: "ingest_killed",
    bar: "R28",
    what: "kill -9 of webhook-ingest and of the projector, in turn, while statuses flow",
};
const KILLS: Counts = Counts::new(4, 20, 200);
const MESSAGES: Counts = Counts::new(1_500, 10_000, 100_000);
/// So slow that the kills fall within the job.
const PACE_SHARE: &str = "0.3";
/// How long the last words may take.
const WORDS: Duration = Duration::from_secs(120);
/// So many messages whose words Meta does not repeat are posted before the kill.
const UNREPEATED: u64 = 100;
/// An event of each type is told once of each message.
const TOLD_TWICE: &str = "select count(*) from (select from events where message_id is not null
    group by message_id, type having count(*) > 1) as twice";

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn ingest_killed() {
    let mut settings = impatient();
    settings.push(("sender.pace_share", PACE_SHARE.to_owned()));
    let plan = StackPlan {
        meta: talkative(),
        settings,
    };
    let mut arena = Arena::open(SCENARIO, plan).await;
    let (messages, kills) = (arena.tier.of(MESSAGES), arena.tier.of(KILLS));
    let _ = arena.job.start_tickets(messages).await;
    for kill in 0..kills {
        arena.go_on(messages / (kills + 2)).await;
        let Arena {
            stack, books, job, ..
        } = &mut arena;
        let provide = async || job.provide(books).await;
        let caught = match kill % 2 {
            0 => catch::kill_while_receiving(stack, provide).await,
            _ => catch::kill_while_projecting(stack, books, provide).await,
        };
        arena.blows.add(caught);
    }
    arena.come_to_rest().await;
    let missing = words_missing(&arena).await;
    assert_eq!(missing, [], "words of Meta that were answered 200 are lost");
    assert_eq!(
        arena.books.number(TOLD_TWICE).await,
        0,
        "an event was told twice"
    );

    let judged = arena.judge().await;
    judged.assert_good();
    assert_eq!(judged.figure("dup_flagged"), 0, "a kill made a twin");
    arena.notes.push(format!(
        "each of the {} statuses that Meta had to tell was applied, and none twice",
        arena.stack.meta.stats().webhook_updates_accepted
    ));
    control(&mut arena).await;
    arena.conclude(judged);
}

/// Meta does not come again: what it says to a dead process must then be missing.
async fn control(arena: &mut Arena) {
    arena.stack.meta.set_behaviour(WebhookBehaviour {
        retry_attempts: 1,
        ..talkative().behaviour
    });
    arena.go_on(UNREPEATED).await;
    let Arena {
        stack, books, job, ..
    } = &mut *arena;
    let _ = catch::kill_while_receiving(stack, async || job.provide(books).await).await;
    arena.come_to_rest().await;
    arena.stack.meta.settled().await;
    let missing = arena.words_missing().await;
    assert!(
        !missing.is_empty(),
        "words that nobody heard are not missed"
    );
    arena.controls.push(format!(
        "a Meta that does not come again: {} words missing",
        missing.len()
    ));
}

/// Waits until no word is missing, and gives those that are when the time is up.
async fn words_missing(arena: &Arena) -> Vec<Finding> {
    let end = Instant::now() + WORDS;
    let mut looks = tokio::time::interval(Duration::from_millis(500));
    loop {
        looks.tick().await;
        let missing = arena.words_missing().await;
        if missing.is_empty() || Instant::now() > end {
            return missing;
        }
    }
}

/// Every message is told of to its end.
fn talkative() -> SimConfig {
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
