//! Two senders share the send rate of a number, and one of them is killed repeatedly: no second has more POSTs than
//! Meta allows.

use std::time::Duration;

use meta_sim::Limits;
use testkit::{Service, StackPlan};

use super::fixture::{Fixture, STANDARD_PER_SECOND, meta, short_timeouts};
use super::report::Scenario;
use super::senders_killed::kill_one;
use super::tier::Counts;

const SCENARIO: Scenario = Scenario {
    name: "send_rate",
    bar: "R21",
    what: "kill -9 of one of two senders, in turn, at the send rate of a number of 80 messages a second",
};
const KILLS: Counts = Counts::new(2, 10, 100);
const MESSAGES: Counts = Counts::new(600, 5_000, 48_000);
const SECOND: Duration = Duration::from_secs(1);
/// Meta's code for a number over its throughput.
const TOO_FAST: i64 = 130_429;
/// Messages of the control: more than those of one second.
const TOO_MANY: u64 = 400;
/// The product is made to assume 1,000 messages a second.
const RAISE_THROUGHPUT: &str = "update phone_numbers set throughput_level = 'HIGH'";

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn send_rate() {
    let plan = StackPlan {
        meta: meta(),
        settings: short_timeouts(),
    };
    let mut fixture = Fixture::open(SCENARIO, plan).await;
    fixture.stack.services.start(Service::Sender.nth(1)).await;
    let number = fixture.use_standard_number().await.plan.phone_number_id;
    let (messages, kills) = (fixture.tier.of(MESSAGES), fixture.tier.of(KILLS));
    let _ = fixture.campaign_load.start_tickets(messages).await;
    for kill in 0..kills {
        fixture.advance(messages / (kills + 2)).await;
        let probe = kill_one(&mut fixture, usize::try_from(kill % 2).unwrap()).await;
        fixture.injections.add(probe);
    }
    fixture.settle().await;
    let report = fixture.run_auditor().await;
    report.assert_clean();
    let most = fixture.stack.meta.send_rate(&number, SECOND).most;
    assert!(
        most <= STANDARD_PER_SECOND,
        "{most} messages were posted within a second"
    );
    let refused = fixture.stack.meta.stats().refused_by_code;
    assert_eq!(
        refused.get(&TOO_FAST),
        None,
        "Meta refused a POST as too fast"
    );
    fixture.notes.push(format!(
        "at most {most} messages within any second, where Meta allows {STANDARD_PER_SECOND}; Meta refused none as too fast"
    ));
    control(&mut fixture, &number).await;
    fixture.finish(report);
}

/// Negative control: a sender that assumes a higher limit, and a Meta without limits.
async fn control(fixture: &mut Fixture, number: &str) {
    fixture.stack.meta.set_limits(Limits::none());
    fixture.sources.corrupt(RAISE_THROUGHPUT).await;
    let _ = fixture.campaign_load.start_tickets(TOO_MANY).await;
    fixture.settle().await;
    let most = fixture.stack.meta.send_rate(number, SECOND).most;
    assert!(
        most > STANDARD_PER_SECOND,
        "a rate of {most} is not detected"
    );
    fixture
        .controls
        .push(format!("a wrong throughput: {most} within a second"));
}
