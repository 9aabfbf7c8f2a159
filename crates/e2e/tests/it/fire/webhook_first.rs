//! The status comes before the answer to the POST, and the sender that waits for the answer is killed.

use meta_sim::{DelayMs, SimConfig, WebhookBehaviour};
use testkit::StackPlan;

use super::arena::{Arena, impatient, meta};
use super::report::Scenario;
use super::tier::Counts;
use crate::catch::{self, Caught};

const SCENARIO: Scenario = Scenario {
    name: "webhook_first",
    bar: "R19",
    what: "`sent` is told before the POST is answered, and the sender is killed before it hears the answer",
};
const MESSAGES: Counts = Counts::new(1_000, 10_000, 100_000);
const KILLS: Counts = Counts::new(2, 10, 100);
/// So slow that the kills fall within the job.
const PACE_SHARE: &str = "0.2";
/// So many messages of the control, of which nothing is heard, are posted before the kill.
const UNHEARD: u64 = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn webhook_first() {
    let mut settings = impatient();
    settings.push(("sender.pace_share", PACE_SHARE.to_owned()));
    let plan = StackPlan {
        meta: hasty(),
        settings,
    };
    let mut arena = Arena::open(SCENARIO, plan).await;
    let (messages, kills) = (arena.tier.of(MESSAGES), arena.tier.of(KILLS));
    let _ = arena.job.start_tickets(messages).await;
    for _ in 0..kills {
        arena.go_on(messages / (kills + 2)).await;
        let caught = kill(&mut arena).await;
        arena.blows.add(caught);
    }
    arena.come_to_rest().await;
    let judged = arena.judge().await;
    judged.assert_good();
    assert_eq!(
        judged.figure("dup_flagged"),
        0,
        "sent again although a status had come"
    );
    let matched = arena.stack.meta.stats().early_messages;
    arena.notes.push(format!(
        "{matched} statuses came before their answer; none of their messages was posted again"
    ));
    control(&mut arena).await;
    arena.conclude(judged);
}

async fn kill(arena: &mut Arena) -> Caught {
    let Arena {
        stack, books, job, ..
    } = arena;
    catch::kill_while_sending(stack, books, async || job.provide(books).await).await
}

/// The same kill, and a Meta that is silent: then the messages are posted again, and flagged.
async fn control(arena: &mut Arena) {
    let silent = WebhookBehaviour {
        silent_share: 1.0,
        early_share: 0.0,
        ..hasty().behaviour
    };
    arena.stack.meta.set_behaviour(silent);
    // What is heard no more is posted from now on.
    arena.go_on(UNHEARD).await;
    let _ = kill(arena).await;
    arena.come_to_rest().await;
    let judged = arena.judge().await;
    judged.assert_good();
    let twins = judged.figure("dup_flagged");
    assert!(twins > 0, "without a status nothing was posted again");
    arena
        .controls
        .push(format!("a Meta that is silent: dup_flagged {twins}"));
}

/// Every message is told of before it is answered.
fn hasty() -> SimConfig {
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
