//! The pair rate limit: how fast one number may message one person (Meta, pair rate limits). Pure.
//!
//! One message every six seconds; a burst of up to 45 within six seconds is borrowed from the future, so that 20 at
//! once are followed by two minutes without messages. Here a burst ends slightly earlier and the pause lasts slightly
//! longer, because a message arrives at Meta some time after it was sent: **messages that follow this rule, and arrive
//! within that margin, never exceed Meta's limit.**

use std::time::{Duration, Instant};

/// The part of the time between two messages that is kept as a margin.
const MARGIN: u32 = 6;

/// How fast a number may write to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PairRule {
    /// The time that each message costs, and the maximum length of a burst; zero disables the limit.
    pub every: Duration,
    /// The maximum number of messages of a burst.
    pub burst: u32,
}

/// The recent messages from a number to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// When the burst began.
    since: Instant,
    /// The messages of the burst.
    messages: u32,
    /// No message is sent before this time, because Meta refused one.
    silent_until: Instant,
}

impl PairRule {
    fn margin(&self) -> Duration {
        self.every / MARGIN
    }
}

impl Pair {
    /// A pair without messages.
    #[must_use]
    pub const fn new(now: Instant) -> Self {
        Self {
            since: now,
            messages: 0,
            silent_until: now,
        }
    }

    /// When the next message may be sent: `now`, or later.
    #[must_use]
    pub fn next_at(&self, rule: &PairRule, now: Instant) -> Instant {
        let goes_on = now + rule.margin() < self.since + rule.every && self.messages < rule.burst;
        let paid = self.paid_at(rule);
        let may_at = if goes_on { now } else { paid.max(now) };
        may_at.max(self.silent_until)
    }

    /// Records a message that is sent.
    pub fn leave(&mut self, rule: &PairRule, at: Instant) {
        if at >= self.paid_at(rule) {
            self.since = at;
            self.messages = 0;
        }
        self.messages = self.messages.saturating_add(1);
    }

    /// Meta refused a message: none is sent until this time.
    pub fn silence(&mut self, until: Instant) {
        self.silent_until = self.silent_until.max(until);
    }

    /// Whether the record has no further effect.
    #[must_use]
    pub fn is_over(&self, rule: &PairRule, now: Instant) -> bool {
        now >= self.paid_at(rule) && now >= self.silent_until
    }

    /// When the cost of all messages is paid off.
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

    /// Meta's limit as documented: the test's reference.
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
