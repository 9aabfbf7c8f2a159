//! Two senders, and one of them is killed again and again.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use common::ids::MessageId;
use testkit::{Service, Stack, StackPlan, eventually};

use super::arena::{Arena, impatient, meta};
use super::report::Scenario;
use super::tier::Counts;
use crate::books::{Books, attempt_of};
use crate::catch;

const SCENARIO: Scenario = Scenario {
    name: "senders_killed",
    bar: "R8, R17",
    what: "kill -9 of one of two senders, in turn, while they send",
};
const KILLS: Counts = Counts::new(4, 20, 200);
const MESSAGES: Counts = Counts::new(2_500, 10_000, 100_000);
/// The shortest time between two messages that a client of another business sends one by one.
const PACE: Duration = Duration::from_millis(200);
/// The share of a number's 1,000 messages a second that the two take together: so slow that the kills fall within the job.
const PACE_SHARE: &str = "0.3";
/// What a sender has in hand is answered and recorded by then: Meta's longest answer here is 200 ms.
const ALL_RECORDED: Duration = Duration::from_secs(1);
/// How long the other sender may take to go on for that long.
const GOES_ON: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn senders_killed() {
    let mut settings = impatient();
    settings.push(("sender.pace_share", PACE_SHARE.to_owned()));
    let plan = StackPlan {
        meta: meta(),
        settings,
    };
    let mut arena = Arena::open(SCENARIO, plan).await;
    arena.stack.services.start(Service::Sender.nth(1)).await;

    let (messages, kills) = (arena.tier.of(MESSAGES), arena.tier.of(KILLS));
    let clients = arena.clients(PACE);
    let selling = tokio::spawn(clients.clone().send_all(4));
    let _ = arena.job.start_tickets(messages).await;
    for kill in 0..kills {
        arena.go_on(messages / (kills + 2)).await;
        let caught = kill_one(&mut arena, usize::try_from(kill % 2).unwrap()).await;
        arena.blows.add(caught);
    }
    clients.stop();
    selling.await.unwrap();
    arena.come_to_rest().await;

    let judged = arena.judge().await;
    judged.assert_good();
    let twins = judged.figure("dup_flagged");
    let in_hand = arena.blows.in_hand;
    assert!(
        twins <= in_hand,
        "{twins} flagged twins of {in_hand} messages that were in hand"
    );
    arena.notes.push(format!(
        "{twins} flagged twins in {} messages, of {in_hand} that were in hand at a kill",
        judged.figure("accepted")
    ));
    controls(&mut arena, twins).await;
    arena.conclude(judged);
}

/// Kills one of the two when it has messages in hand: claimed, and no result recorded.
pub(super) async fn kill_one(arena: &mut Arena, number: usize) -> catch::Caught {
    let Arena {
        stack, books, job, ..
    } = arena;
    let sender = Service::Sender.nth(number);
    catch::catch(
        stack,
        sender,
        "sending",
        async |stack| {
            job.provide(books).await;
            catch::until_posting(stack, sender).await;
        },
        async |stack| orphans(stack, books).await.len(),
    )
    .await
}

/// What only the frozen sender can still record: the messages that were in hand when it was frozen, and still are once
/// the other sender has gone on for so long that all of its own were recorded.
async fn orphans(stack: &Stack, books: &Books) -> BTreeSet<(MessageId, u16)> {
    let (claimed, frozen_at) = (books.sending().await, Instant::now());
    let posted = stack.meta.summary().accepted;
    eventually("the other sender goes on", GOES_ON, async || {
        let goes_on = stack.meta.summary().accepted > posted;
        (goes_on && frozen_at.elapsed() >= ALL_RECORDED).then_some(())
    })
    .await;
    let still = books.sending().await;
    let posted: BTreeSet<_> = stack.meta.ledger().iter().filter_map(attempt_of).collect();
    let kept = claimed.intersection(&still).copied();
    kept.filter(|attempt| posted.contains(attempt)).collect()
}

/// The same books, spoilt: the auditor must see each of it.
async fn controls(arena: &mut Arena, twins: u64) {
    if twins > 0 {
        let unflag = "update messages set possible_duplicate = false";
        arena
            .control("the flags taken away", unflag, "dup_unflagged")
            .await;
    }
    let back = "update messages set state = 2 where id = (select id from messages where state = 24 limit 1)";
    arena
        .control(
            "a message put back into a dead sender's hands",
            back,
            "stuck",
        )
        .await;
    let delete = "delete from messages where id = (select id from messages limit 1)";
    arena.control("a message deleted", delete, "lost").await;
}
