//! Campaigns are cancelled midway: after the answer no more leaves than was in the sender's hands.

use std::collections::BTreeSet;

use common::ids::MessageId;
use serde_json::json;
use testkit::{StackPlan, eventually};

use super::arena::{Arena, PROGRESS, impatient, meta};
use super::report::Scenario;
use super::tier::Counts;
use crate::books::attempt_of;

const SCENARIO: Scenario = Scenario {
    name: "cancelled",
    bar: "R23",
    what: "campaigns are cancelled midway, and what had not left does not leave",
};
const CANCELS: Counts = Counts::new(3, 20, 50);
/// The people of one campaign.
const PEOPLE: u64 = 800;
/// When it is cancelled.
const MIDWAY: u64 = 200;
const PACE_SHARE: &str = "0.3";
/// Messages of campaigns that a sender has in hand at most: `sender.posts_in_flight.campaign`.
const IN_FLIGHT: usize = 256;
const LEFT: &str = "select count(*) from messages where state in (1, 2)";

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn cancelled() {
    let mut settings = impatient();
    settings.push(("sender.pace_share", PACE_SHARE.to_owned()));
    let plan = StackPlan {
        meta: meta(),
        settings,
    };
    let mut arena = Arena::open(SCENARIO, plan).await;
    let mut most_after = 0;
    for _ in 0..arena.tier.of(CANCELS) {
        let campaign = begin(&arena).await;
        let left = u64::try_from(arena.books.number(LEFT).await).unwrap();
        let steering = arena.shop.steer_campaign(&campaign, "cancel").await;
        let at_the_answer = arena.stack.meta.ledger().len();
        assert_eq!(steering.ok()["state"], json!("cancelled"));
        arena.come_to_rest().await;
        let after = posted_after(&arena, &campaign, at_the_answer).await;
        assert!(after <= IN_FLIGHT, "{after} left after the cancel's answer");
        most_after = most_after.max(after);
        arena.blows.struck += 1;
        arena.blows.in_hand += left;
    }
    let judged = arena.judge().await;
    judged.assert_good();
    arena.notes.push(format!(
        "at most {most_after} messages left after the answer to a cancel, where {IN_FLIGHT} may be in hand"
    ));
    control(&mut arena).await;
    arena.conclude(judged);
}

/// The same campaign, and nobody cancels it: then more leave.
async fn control(arena: &mut Arena) {
    let campaign = begin(arena).await;
    let midway = arena.stack.meta.ledger().len();
    arena.come_to_rest().await;
    let after = posted_after(arena, &campaign, midway).await;
    assert!(after > IN_FLIGHT, "the campaign was over by itself");
    arena
        .controls
        .push(format!("a campaign that nobody cancelled: {after} left"));
}

/// Starts a campaign and waits until it is midway.
async fn begin(arena: &Arena) -> String {
    let before = arena.posted();
    let campaign = arena.job.start_tickets(PEOPLE).await;
    eventually("the campaign is midway", PROGRESS, async || {
        (arena.posted() >= before + MIDWAY).then_some(())
    })
    .await;
    campaign
}

/// Messages of the campaign in the ledger from that place on.
async fn posted_after(arena: &Arena, campaign: &str, place: usize) -> usize {
    let of_campaign: BTreeSet<MessageId> = arena.books.promised(campaign).await;
    let ledger = arena.stack.meta.ledger();
    let later = ledger.iter().skip(place).filter_map(attempt_of);
    later
        .filter(|(message, _)| of_campaign.contains(message))
        .count()
}
