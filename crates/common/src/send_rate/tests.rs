//! The throughput is never exceeded, whatever is requested and however late a POST begins in its slot.

use super::*;
use proptest::prelude::*;

const SECOND: TimeDelta = TimeDelta::seconds(1);

fn rules() -> SendRateRules {
    SendRateRules::new(0.8, Duration::from_millis(110), Duration::from_millis(100))
}

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).unwrap()
}

fn at(millis: i64) -> DateTime<Utc> {
    start() + TimeDelta::milliseconds(millis)
}

/// A number that was idle for long.
fn idle() -> NumberSendRate {
    NumberSendRate {
        free_at: start() - TimeDelta::hours(1),
        halvings: 0,
        slowed_at: start() - TimeDelta::hours(1),
    }
}

const fn others(others: u32) -> Ask {
    Ask { urgent: 0, others }
}

const fn urgent(urgent: u32) -> Ask {
    Ask { urgent, others: 0 }
}

/// The maximum number of the times within the second that begins at each of them.
fn busiest_second(mut times: Vec<DateTime<Utc>>) -> usize {
    times.sort();
    (0..times.len())
        .map(|first| {
            let end = times[first] + SECOND;
            times[first..].iter().take_while(|at| **at < end).count()
        })
        .max()
        .unwrap_or_default()
}

/// Slots granted to a caller that asks for many every 10 ms.
fn slots(
    send_rate: &mut NumberSendRate,
    throughput: u32,
    from: i64,
    millis: i64,
) -> Vec<DateTime<Utc>> {
    (from..from + millis)
        .step_by(10)
        .flat_map(|now| {
            send_rate
                .grant(&rules(), throughput, others(200), at(now))
                .slots
        })
        .collect()
}

#[test]
fn a_single_message_of_an_idle_number_leaves_at_once() {
    let granted = idle().grant(&rules(), STANDARD, others(1), start());
    assert_eq!(granted.slots, [start()]);
}

#[test]
fn a_one_time_code_leaves_at_once_where_others_wait() {
    for throughput in [STANDARD, HIGH] {
        let mut send_rate = idle();
        send_rate.grant(&rules(), throughput, others(200), start());
        let full = send_rate.grant(&rules(), throughput, others(1), start());
        assert!(full.slots.is_empty());
        let code = send_rate.grant(&rules(), throughput, urgent(1), start());
        assert_eq!(code.slots, [start()]);
    }
}

#[test]
fn the_share_is_used_up_to_a_hundredth() {
    for (throughput, share) in [(STANDARD, 64.0), (HIGH, 800.0), (UNKNOWN, 16.0)] {
        let mut send_rate = idle();
        let granted = slots(&mut send_rate, throughput, 0, 10_000).len();
        let granted = f64::from(u32::try_from(granted).unwrap()) / 10.0;
        assert!(granted >= share * 0.99, "{granted} of {share}");
    }
}

#[test]
fn a_slot_that_was_not_used_is_gone() {
    let mut send_rate = idle();
    send_rate.grant(&rules(), STANDARD, others(1), start());
    // Ten idle seconds give no more slots than none.
    let after = send_rate.grant(&rules(), STANDARD, others(200), at(10_000));
    let first = idle().grant(&rules(), STANDARD, others(200), at(10_000));
    assert_eq!(after.slots, first.slots);
    assert!(after.slots.iter().all(|slot| *slot >= at(10_000)));
}

#[test]
fn a_throttled_number_goes_slower_and_recovers() {
    let mut send_rate = idle();
    send_rate.slow_down(start());
    send_rate.slow_down(at(500));
    assert_eq!(send_rate.halvings, 1, "what was under way counts once");
    let slowed = slots(&mut send_rate, STANDARD, 0, 1_000).len();
    assert!((32..=40).contains(&slowed), "{slowed}");
    send_rate.slow_down(at(1_000));
    assert_eq!(send_rate.halvings, 2);
    let later = slots(&mut send_rate, STANDARD, 21_000, 1_000).len();
    assert!((64..=76).contains(&later), "{later}");
    assert_eq!(send_rate.halvings, 0);
}

#[test]
fn a_clock_that_was_set_back_keeps_no_number_idle() {
    let mut send_rate = idle();
    send_rate.grant(&rules(), STANDARD, others(200), at(3_600_000));
    assert!(
        send_rate
            .grant(&rules(), STANDARD, others(1), start())
            .slots
            .is_empty()
    );
    let soon = send_rate.grant(&rules(), STANDARD, others(1), at(100));
    assert_eq!(soon.slots.len(), 1);
}

#[test]
fn what_was_lost_in_a_crash_is_over_before_anything_new_is_granted() {
    let mut lost = idle();
    lost.grant(&rules(), STANDARD, others(200), start());
    lost.grant(&rules(), STANDARD, urgent(200), start());
    let fresh = NumberSendRate::fresh(&rules(), STANDARD, start());
    assert!(fresh.free_at >= lost.free_at);
}

/// An event of a number: how much later, how many messages ask, and how late in its slot each POST begins (per mille).
fn any_asks() -> impl Strategy<Value = Vec<(i64, u32, u32, u32)>> {
    prop::collection::vec((0_i64..40, 0_u32..30, 0_u32..6, 0_u32..1_000), 1..400)
}

proptest! {
    #[test]
    fn no_second_sees_more_posts_than_the_throughput(
        asks in any_asks(),
        level in prop::sample::select(vec!["STANDARD", "HIGH", "NOT_APPLICABLE"]),
        share in 0.05_f64..1.0,
        horizon in 0_u64..300,
        slot in 0_u64..400,
    ) {
        let rules = SendRateRules::new(share, Duration::from_millis(horizon), Duration::from_millis(slot));
        let throughput = throughput(level);
        let (mut send_rate, mut now, mut posts) = (idle(), 0, Vec::new());
        for (pause, others, urgent, lateness) in asks {
            now += pause;
            let granted = send_rate.grant(&rules, throughput, Ask { urgent, others }, at(now));
            for slot in granted.slots {
                posts.push(slot + rules.slot() * i32::try_from(lateness).unwrap() / 1_000);
            }
        }
        prop_assert!(busiest_second(posts) <= usize::try_from(throughput).unwrap());
    }

    #[test]
    fn a_slot_is_never_past_and_never_far_ahead(asks in any_asks()) {
        let (mut send_rate, mut now) = (idle(), 0);
        for (pause, others, urgent, _) in asks {
            now += pause;
            let granted = send_rate.grant(&rules(), STANDARD, Ask { urgent, others }, at(now));
            for slot in &granted.slots {
                prop_assert!(*slot >= at(now) && *slot <= at(now) + rules().horizon());
            }
            prop_assert!(granted.slots.len() <= usize::try_from(urgent + others).unwrap());
        }
    }

    #[test]
    fn who_asks_again_when_slots_are_free_gets_one(asks in any_asks()) {
        let (mut send_rate, mut now) = (idle(), 0);
        for (pause, others, urgent, _) in asks {
            now += pause;
            send_rate.grant(&rules(), STANDARD, Ask { urgent, others }, at(now));
        }
        let free_at = send_rate.free_at.max(at(now));
        prop_assert_eq!(send_rate.grant(&rules(), STANDARD, others(1), free_at).slots, [free_at]);
    }

    #[test]
    fn several_throttles_never_stop_a_number(times in prop::collection::vec(0_i64..100_000, 0..50)) {
        let mut send_rate = idle();
        let mut times = times;
        times.sort_unstable();
        for time in &times {
            send_rate.slow_down(at(*time));
            prop_assert!(send_rate.halvings <= MOST_HALVINGS);
        }
        let last = times.last().copied().unwrap_or_default();
        send_rate.grant(&rules(), STANDARD, others(0), at(last + 50_000));
        prop_assert_eq!(send_rate.halvings, 0);
    }
}

#[test]
fn a_late_throttle_counts_for_the_pace_at_which_its_message_left() {
    let mut send_rate = idle();
    assert!(send_rate.slow_down_for(at(-500), at(0)));
    assert!(!send_rate.slow_down_for(at(-100), at(3_000)));
    assert_eq!(send_rate.halvings, 1);
    assert!(send_rate.slow_down_for(at(100), at(3_000)));
    assert_eq!(send_rate.halvings, 2);
    // Long after it had recovered.
    assert!(!send_rate.slow_down_for(at(200), at(60_000)));
    assert_eq!(send_rate.halvings, 0);
}
