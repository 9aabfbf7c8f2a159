//! The status comes before the answer to the POST, and the sender that waits for the answer is killed.

use meta_sim::{DelayMs, SimConfig, WebhookBehaviour};
use testkit::StackPlan;

use super::arena::{Arena, impatient, meta};
use super::report::Scenario;
use super::tier::Counts;
use crate::catch;

const SCENARIO: Scenario = Scenario {
    name: "webhook_first",
    bar: "R19",
    what: "`sent` is told before the POST is answered, and the sender is killed before it hears the answer",
};
const MESSAGES: Counts = Counts::new(1_000, 10_000, 100_000);
const KILLS: Counts = Counts::new(2, 10, 100);
/// So slow that the kills fall within the job.
const PACE_SHARE: &str = "0.2";
/// Messages of the control, of which nothing is heard.
const UNHEARD: u64 = 300;

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
    arena.start_campaign(messages).await;
    for kill in 0..kills {
        arena
            .until_posted(messages * (kill + 1) / (kills + 2))
            .await;
        let caught = catch::kill_while_sending(&mut arena.stack, &arena.books).await;
        arena.blows.add(caught);
    }
    assert!(
        arena.posted() < messages,
        "the last kill was after the job: nothing is proved"
    );
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

/// The same kill, and a Meta that is silent: then the messages are posted again, and flagged.
async fn control(arena: &mut Arena) {
    let silent = WebhookBehaviour {
        silent_share: 1.0,
        early_share: 0.0,
        ..hasty().behaviour
    };
    arena.stack.meta.set_behaviour(silent);
    let posted = arena.posted();
    arena.start_campaign(UNHEARD).await;
    arena.until_posted(posted + UNHEARD / 3).await;
    let _ = catch::kill_while_sending(&mut arena.stack, &arena.books).await;
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
