//! Two senders share the pace of a number, and one of them is killed again and again: no second sees more than Meta allows.

use std::time::Duration;

use meta_sim::Limits;
use testkit::{Service, StackPlan};

use super::arena::{Arena, STANDARD_PER_SECOND, impatient, meta};
use super::report::Scenario;
use super::senders_killed::kill_one;
use super::tier::Counts;

const SCENARIO: Scenario = Scenario {
    name: "pace",
    bar: "R21",
    what: "kill -9 of one of two senders, in turn, at the pace of a number of 80 messages a second",
};
const KILLS: Counts = Counts::new(2, 10, 100);
const MESSAGES: Counts = Counts::new(600, 5_000, 48_000);
const SECOND: Duration = Duration::from_secs(1);
/// Meta's word for a number that is over its throughput.
const TOO_FAST: i64 = 130_429;
/// Messages of the control: more than a second's.
const TOO_MANY: u64 = 400;
/// The product believes that it may send 1,000 a second.
const BELIEVES: &str = "update phone_numbers set throughput_level = 'HIGH'";

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn pace() {
    let plan = StackPlan {
        meta: meta(),
        settings: impatient(),
    };
    let mut arena = Arena::open(SCENARIO, plan).await;
    arena.stack.services.start(Service::Sender.nth(1)).await;
    let number = arena.use_standard_number().await.plan.phone_number_id;
    let (messages, kills) = (arena.tier.of(MESSAGES), arena.tier.of(KILLS));
    let _ = arena.job.start_tickets(messages).await;
    for kill in 0..kills {
        arena.go_on(messages / (kills + 2)).await;
        let caught = kill_one(&mut arena, usize::try_from(kill % 2).unwrap()).await;
        arena.blows.add(caught);
    }
    arena.come_to_rest().await;
    let judged = arena.judge().await;
    judged.assert_good();
    let most = arena.stack.meta.pace(&number, SECOND).most;
    assert!(
        most <= STANDARD_PER_SECOND,
        "{most} messages were posted within a second"
    );
    let refused = arena.stack.meta.stats().refused_by_code;
    assert_eq!(refused.get(&TOO_FAST), None, "Meta found it too fast");
    arena.notes.push(format!(
        "at most {most} messages within any second, where Meta takes {STANDARD_PER_SECOND}; Meta refused none as too fast"
    ));
    control(&mut arena, &number).await;
    arena.conclude(judged);
}

/// A sender that believes that it may, and a Meta that takes it all.
async fn control(arena: &mut Arena, number: &str) {
    arena.stack.meta.set_limits(Limits::none());
    arena.books.spoil(BELIEVES).await;
    let _ = arena.job.start_tickets(TOO_MANY).await;
    arena.come_to_rest().await;
    let most = arena.stack.meta.pace(number, SECOND).most;
    assert!(most > STANDARD_PER_SECOND, "a pace of {most} is not seen");
    arena
        .controls
        .push(format!("a wrong throughput: {most} within a second"));
}
