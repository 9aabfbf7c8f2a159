//! Campaigns are cancelled midway: after the answer no more messages are posted than the sender had in flight.

use std::collections::BTreeSet;

use common::ids::MessageId;
use serde_json::json;
use testkit::{StackPlan, eventually};

use super::fixture::{Fixture, PROGRESS, meta, short_timeouts};
use super::report::Scenario;
use super::tier::Counts;
use crate::sources::attempt_of;

const SCENARIO: Scenario = Scenario {
    name: "cancelled",
    bar: "R23",
    what: "campaigns are cancelled midway, and unsent messages are not sent",
};
const CANCELS: Counts = Counts::new(3, 20, 50);
/// Recipients of one campaign.
const PEOPLE: u64 = 800;
/// Posted messages at which it is cancelled.
const MIDWAY: u64 = 200;
const THROUGHPUT_SHARE: &str = "0.3";
/// Maximum number of campaign messages in flight in a sender: `sender.posts_in_flight.campaign`.
const IN_FLIGHT: usize = 256;
const LEFT: &str = "select count(*) from messages where state in (1, 2)";

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn cancelled() {
    let mut settings = short_timeouts();
    settings.push(("sender.throughput_share", THROUGHPUT_SHARE.to_owned()));
    let plan = StackPlan {
        meta: meta(),
        settings,
    };
    let mut fixture = Fixture::open(SCENARIO, plan).await;
    let mut most_after = 0;
    for _ in 0..fixture.tier.of(CANCELS) {
        let campaign = begin(&fixture).await;
        let left = u64::try_from(fixture.sources.number(LEFT).await).unwrap();
        let steering = fixture.shop.steer_campaign(&campaign, "cancel").await;
        let at_the_answer = fixture.stack.meta.ledger().len();
        assert_eq!(steering.ok()["state"], json!("cancelled"));
        fixture.settle().await;
        let after = posted_after(&fixture, &campaign, at_the_answer).await;
        assert!(
            after <= IN_FLIGHT,
            "{after} messages were posted after the answer to the cancel"
        );
        most_after = most_after.max(after);
        fixture.injections.injected += 1;
        fixture.injections.in_flight += left;
    }
    let report = fixture.run_auditor().await;
    report.assert_clean();
    fixture.notes.push(format!(
        "at most {most_after} messages were posted after the answer to a cancel, where {IN_FLIGHT} may be in flight"
    ));
    control(&mut fixture).await;
    fixture.finish(report);
}

/// The same campaign without a cancel: then more messages are posted.
async fn control(fixture: &mut Fixture) {
    let campaign = begin(fixture).await;
    let midway = fixture.stack.meta.ledger().len();
    fixture.settle().await;
    let after = posted_after(fixture, &campaign, midway).await;
    assert!(after > IN_FLIGHT, "the campaign ended by itself");
    fixture.controls.push(format!(
        "a campaign that nobody cancelled: {after} messages were posted"
    ));
}

/// Starts a campaign and waits until it is midway.
async fn begin(fixture: &Fixture) -> String {
    let before = fixture.posted();
    let campaign = fixture.campaign_load.start_tickets(PEOPLE).await;
    eventually("the campaign is midway", PROGRESS, async || {
        (fixture.posted() >= before + MIDWAY).then_some(())
    })
    .await;
    campaign
}

/// Messages of the campaign in the ledger from this index on.
async fn posted_after(fixture: &Fixture, campaign: &str, index: usize) -> usize {
    let of_campaign: BTreeSet<MessageId> = fixture.sources.campaign_messages(campaign).await;
    let ledger = fixture.stack.meta.ledger();
    let later = ledger.iter().skip(index).filter_map(attempt_of);
    later
        .filter(|(message, _)| of_campaign.contains(message))
        .count()
}
