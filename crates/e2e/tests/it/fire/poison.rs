//! Bytes that nobody can read lie in the queues, and the sender is killed in quick succession: what cannot be read is
//! quarantined once, and nothing else is lost.

use broker::Queue;
use meta_sim::{SimConfig, WebhookBehaviour};
use testkit::{StackPlan, eventually};

use super::arena::{Arena, PROGRESS, impatient, meta};
use super::report::Scenario;
use super::tier::Counts;
use crate::catch;

const SCENARIO: Scenario = Scenario {
    name: "poison",
    bar: "R14",
    what: "bytes that nobody can read in the queues of jobs and of statuses, and kill -9 of the sender right after each start",
};
const BODIES: Counts = Counts::new(5, 20, 100);
const KILLS: Counts = Counts::new(3, 10, 50);
const MESSAGES: Counts = Counts::new(600, 6_000, 20_000);
const PACE_SHARE: &str = "0.25";
const POISONED: [Queue; 3] = [Queue::Send, Queue::SendCampaign, Queue::Status];

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn poison() {
    let mut settings = impatient();
    settings.push(("sender.pace_share", PACE_SHARE.to_owned()));
    let plan = StackPlan {
        meta: told_of(),
        settings,
    };
    let mut arena = Arena::open(SCENARIO, plan).await;
    let (bodies, kills, messages) = (
        arena.tier.of(BODIES),
        arena.tier.of(KILLS),
        arena.tier.of(MESSAGES),
    );
    let _ = arena.job.start_tickets(messages).await;
    arena.go_on(messages / 3).await;
    let poisoned = poison_all(&arena, bodies).await;
    until_quarantined(&arena, poisoned).await;
    assert_eq!(quarantined(&arena).await, poisoned, "not each once");
    let poisoned = poisoned + poison_all(&arena, bodies).await;
    for _ in 0..kills {
        let Arena {
            stack, books, job, ..
        } = &mut arena;
        let caught =
            catch::kill_while_sending(stack, books, async || job.provide(books).await).await;
        arena.blows.add(caught);
    }
    arena.go_on(messages / 3).await;
    arena.come_to_rest().await;
    let judged = arena.judge().await;
    judged.assert_good();
    let (twins, in_hand) = (judged.figure("dup_flagged"), arena.blows.in_hand);
    assert!(
        twins <= in_hand,
        "{twins} flagged twins of {in_hand} in hand"
    );
    until_quarantined(&arena, poisoned).await;
    let lie = quarantined(&arena).await;
    arena.notes.push(format!(
        "{poisoned} bodies were quarantined, each once, and {} a second time because of a kill between the copy and the \
         ack; {twins} flagged twins of {in_hand} messages in hand at a kill",
        lie - poisoned
    ));
    arena
        .stack
        .broker
        .publish_bytes(Queue::Send, b"one more that is none of ours")
        .await;
    until_quarantined(&arena, lie + 1).await;
    arena
        .controls
        .push("one more body: one more in quarantine".to_owned());
    arena.lying_log().await;
    arena.conclude(judged);
}

/// Lays so many bodies into each queue; gives how many that are together.
async fn poison_all(arena: &Arena, bodies: u64) -> u64 {
    for queue in POISONED {
        for body in 0..bodies {
            let bytes = format!("\u{fffd}{body}: not a word of ours");
            let broker = &arena.stack.broker;
            broker.publish_bytes(queue, bytes.as_bytes()).await;
        }
    }
    bodies * u64::try_from(POISONED.len()).unwrap()
}

/// Waits until so many lie in quarantine.
async fn until_quarantined(arena: &Arena, wanted: u64) {
    eventually("what is unreadable is quarantined", PROGRESS, async || {
        (quarantined(arena).await >= wanted).then_some(())
    })
    .await;
}

/// How many lie in quarantine; no job was given up.
async fn quarantined(arena: &Arena) -> u64 {
    let broker = &arena.stack.broker;
    assert_eq!(broker.depth(Queue::Dead).await, 0, "a job was given up");
    broker.depth(Queue::Quarantine).await
}

/// Every message is told of to its end.
fn told_of() -> SimConfig {
    let meta = meta();
    SimConfig {
        behaviour: WebhookBehaviour {
            silent_share: 0.0,
            ..meta.behaviour
        },
        ..meta
    }
}
