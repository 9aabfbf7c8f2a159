//! The pair rate: how fast one number may write to one person (Meta, pair rate limits). Pure.
//!
//! One message every six seconds; a burst of up to 45 within six seconds is borrowed from the future, so that 20 at once
//! are followed by two minutes of silence. Here a burst ends a moment earlier and silence a moment later, because a message
//! comes to Meta some time after it left: **what leaves by this rule and takes less than that moment on its way is never
//! too much.**

use std::time::{Duration, Instant};

/// The part of the time between two messages that is kept as a margin.
const MARGIN: u32 = 6;

/// How fast a number may write to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PairRule {
    /// What each message costs in time, and how long a burst may last; nothing is limited when it is zero.
    pub every: Duration,
    /// Most messages of a burst.
    pub burst: u32,
}

/// What a number sent to a person lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// When the burst began.
    since: Instant,
    /// Its messages.
    messages: u32,
    /// Nothing leaves before, because Meta refused.
    silent_until: Instant,
}

impl PairRule {
    fn margin(&self) -> Duration {
        self.every / MARGIN
    }
}

impl Pair {
    /// A number that sent nothing to the person yet.
    #[must_use]
    pub const fn new(now: Instant) -> Self {
        Self {
            since: now,
            messages: 0,
            silent_until: now,
        }
    }

    /// When the next message may leave: `now`, or later.
    #[must_use]
    pub fn next_at(&self, rule: &PairRule, now: Instant) -> Instant {
        let goes_on = now + rule.margin() < self.since + rule.every && self.messages < rule.burst;
        let paid = self.paid_at(rule);
        let may_at = if goes_on { now } else { paid.max(now) };
        may_at.max(self.silent_until)
    }

    /// A message leaves.
    pub fn leave(&mut self, rule: &PairRule, at: Instant) {
        if at >= self.paid_at(rule) {
            self.since = at;
            self.messages = 0;
        }
        self.messages = self.messages.saturating_add(1);
    }

    /// Meta refused a message: nothing leaves for a while.
    pub fn silence(&mut self, until: Instant) {
        self.silent_until = self.silent_until.max(until);
    }

    /// Whether nothing of it matters any more.
    #[must_use]
    pub fn is_over(&self, rule: &PairRule, now: Instant) -> bool {
        now >= self.paid_at(rule) && now >= self.silent_until
    }

    /// When nothing is owed any more.
    fn paid_at(&self, rule: &PairRule) -> Instant {
        match self.messages {
            0 => self.since,
            messages => self.since + rule.every.saturating_mul(messages) + rule.margin(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RULE: PairRule = PairRule {
        every: Duration::from_secs(6),
        burst: 45,
    };

    /// Meta, as its page has it: the judge.
    struct Meta {
        since: Instant,
        messages: u32,
    }

    impl Meta {
        fn takes(&mut self, at: Instant) -> bool {
            if at >= self.since + RULE.every * self.messages {
                (self.since, self.messages) = (at, 1);
                return true;
            }
            let taken = at < self.since + RULE.every && self.messages < RULE.burst;
            self.messages += u32::from(taken);
            taken
        }
    }

    #[test]
    fn twenty_at_once_are_followed_by_two_minutes_of_silence() {
        let now = Instant::now();
        let mut pair = Pair::new(now);
        for _ in 0..20 {
            assert_eq!(pair.next_at(&RULE, now), now);
            pair.leave(&RULE, now);
        }
        let later = now + Duration::from_secs(60);
        assert_eq!(pair.next_at(&RULE, later), now + Duration::from_secs(121));
        assert!(pair.is_over(&RULE, now + Duration::from_secs(121)));
    }

    #[test]
    fn without_a_time_nothing_waits_but_for_a_refusal() {
        let (now, rule) = (
            Instant::now(),
            PairRule {
                every: Duration::ZERO,
                burst: 1,
            },
        );
        let mut pair = Pair::new(now);
        for _ in 0..100 {
            assert_eq!(pair.next_at(&rule, now), now);
            pair.leave(&rule, now);
        }
        let until = now + Duration::from_secs(4);
        pair.silence(until);
        assert_eq!(pair.next_at(&rule, now), until);
    }

    proptest! {
        #[test]
        fn what_leaves_by_the_rule_is_never_too_much_for_meta(
            asks in prop::collection::vec((0_u64..9_000, 0_u64..999), 1..200),
        ) {
            let begin = Instant::now();
            let (mut now, mut pair) = (begin, Pair::new(begin));
            let mut arrivals = Vec::new();
            for (after, on_the_way) in asks {
                now += Duration::from_millis(after);
                let at = pair.next_at(&RULE, now);
                prop_assert!(at >= now);
                pair.leave(&RULE, at);
                arrivals.push(at + Duration::from_millis(on_the_way));
                now = at;
            }
            arrivals.sort();
            let mut meta = Meta { since: begin, messages: 0 };
            for at in arrivals {
                prop_assert!(meta.takes(at), "refused {:?} after the begin", at - begin);
            }
        }

        #[test]
        fn one_message_in_seven_seconds_never_waits(gaps in prop::collection::vec(7_000_u64..60_000, 1..50)) {
            let mut now = Instant::now();
            let mut pair = Pair::new(now);
            for gap in gaps {
                prop_assert_eq!(pair.next_at(&RULE, now), now);
                pair.leave(&RULE, now);
                now += Duration::from_millis(gap);
            }
        }
    }
}
