//! Two senders, one of which is killed repeatedly.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use common::ids::MessageId;
use testkit::{Service, Stack, StackPlan, eventually};

use super::fixture::{Fixture, meta, short_timeouts};
use super::report::Scenario;
use super::tier::Counts;
use crate::in_flight_probe;
use crate::sources::{Sources, attempt_of};

const SCENARIO: Scenario = Scenario {
    name: "senders_killed",
    bar: "R8, R17",
    what: "kill -9 of one of two senders, in turn, while they send",
};
const KILLS: Counts = Counts::new(4, 20, 200);
const MESSAGES: Counts = Counts::new(2_500, 10_000, 100_000);
/// The shortest interval between two single messages of a client of another business.
const PACE: Duration = Duration::from_millis(200);
/// The share of a number's 1,000 messages a second that both senders use together: so slow that the kills fall within
/// the campaigns.
const THROUGHPUT_SHARE: &str = "0.3";
/// By then everything in flight in a sender is answered and recorded: Meta's longest answer takes 200 ms here.
const ALL_RECORDED: Duration = Duration::from_secs(1);
/// Time limit for the other sender to continue for that long.
const GOES_ON: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn senders_killed() {
    let mut settings = short_timeouts();
    settings.push(("sender.throughput_share", THROUGHPUT_SHARE.to_owned()));
    let plan = StackPlan {
        meta: meta(),
        settings,
    };
    let mut fixture = Fixture::open(SCENARIO, plan).await;
    fixture.stack.services.start(Service::Sender.nth(1)).await;

    let (messages, kills) = (fixture.tier.of(MESSAGES), fixture.tier.of(KILLS));
    let clients = fixture.clients(PACE);
    let sending = tokio::spawn(clients.clone().send_all(4));
    let _ = fixture.campaign_load.start_tickets(messages).await;
    for kill in 0..kills {
        fixture.advance(messages / (kills + 2)).await;
        let probe = kill_one(&mut fixture, usize::try_from(kill % 2).unwrap()).await;
        fixture.injections.add(probe);
    }
    clients.stop();
    sending.await.unwrap();
    fixture.settle().await;

    let report = fixture.run_auditor().await;
    report.assert_clean();
    let duplicates = report.figure("dup_flagged");
    let in_flight = fixture.injections.in_flight;
    assert!(
        duplicates <= in_flight,
        "{duplicates} flagged duplicates of {in_flight} messages that were in flight"
    );
    fixture.notes.push(format!(
        "{duplicates} flagged duplicates in {} messages, of {in_flight} that were in flight at a kill",
        report.figure("accepted")
    ));
    controls(&mut fixture, duplicates).await;
    fixture.finish(report);
}

/// Kills one of the two when it has messages in flight: claimed, and no result recorded.
pub(super) async fn kill_one(fixture: &mut Fixture, number: usize) -> in_flight_probe::ProbeResult {
    let Fixture {
        stack,
        sources,
        campaign_load,
        ..
    } = fixture;
    let sender = Service::Sender.nth(number);
    in_flight_probe::kill_in_flight(
        stack,
        sender,
        "sending",
        async |stack| {
            campaign_load.replenish(sources).await;
            in_flight_probe::until_posting(stack, sender).await;
        },
        async |stack| orphans(stack, sources).await.len(),
    )
    .await
}

/// Messages that only the frozen sender can still record: those in flight when it was frozen that artifact so once the
/// other sender has run long enough to record all of its own.
async fn orphans(stack: &Stack, sources: &Sources) -> BTreeSet<(MessageId, u16)> {
    let (claimed, frozen_at) = (sources.sending().await, Instant::now());
    let posted = stack.meta.summary().accepted;
    eventually("the other sender proceeds", GOES_ON, async || {
        let goes_on = stack.meta.summary().accepted > posted;
        (goes_on && frozen_at.elapsed() >= ALL_RECORDED).then_some(())
    })
    .await;
    let still = sources.sending().await;
    let posted: BTreeSet<_> = stack.meta.ledger().iter().filter_map(attempt_of).collect();
    let kept = claimed.intersection(&still).copied();
    kept.filter(|attempt| posted.contains(attempt)).collect()
}

/// The same sources, corrupted: the auditor must detect each corruption.
async fn controls(fixture: &mut Fixture, duplicates: u64) {
    if duplicates > 0 {
        let unflag = "update messages set possible_duplicate = false";
        fixture
            .control("the flags removed", unflag, "dup_unflagged")
            .await;
    }
    let back = "update messages set state = 2 where id = (select id from messages where state = 24 limit 1)";
    fixture
        .control("a message put back into the sending state", back, "stuck")
        .await;
    let delete = "delete from messages where id = (select id from messages limit 1)";
    fixture.control("a message deleted", delete, "lost").await;
}
