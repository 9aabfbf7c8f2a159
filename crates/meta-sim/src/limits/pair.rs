//! The pair rate limit: the rate of one number's messages to one client.

use std::collections::HashMap;
use std::sync::Mutex;

use super::Limits;
use crate::state::locks::lock;

const SWEEP_FROM: usize = 10_000;

/// The debt of each number towards each client.
#[derive(Default)]
pub(crate) struct Pairs {
    debts: Mutex<Debts>,
}

#[derive(Default)]
struct Debts {
    /// By number, then by client.
    bursts: HashMap<(String, String), Burst>,
    /// The size at which paid debts are dropped.
    sweep_at: usize,
}

/// Messages since a moment without debt.
#[derive(Debug, Clone, Copy)]
struct Burst {
    since_ms: i64,
    messages: u32,
}

impl Pairs {
    /// Counts a message, if the pair rate limit allows it.
    pub(crate) fn take(&self, number: &str, client: &str, now_ms: i64, limits: &Limits) -> bool {
        let mut debts = lock(&self.debts);
        debts.sweep(now_ms, limits);
        let key = (number.to_owned(), client.to_owned());
        let none = Burst {
            since_ms: now_ms,
            messages: 0,
        };
        debts.bursts.entry(key).or_insert(none).take(now_ms, limits)
    }

    /// Clears everything.
    pub(crate) fn clear(&self) {
        *lock(&self.debts) = Debts::default();
    }
}

impl Debts {
    /// Memory is proportional to the unpaid pairs, at most doubled.
    fn sweep(&mut self, now_ms: i64, limits: &Limits) {
        if self.bursts.len() >= self.sweep_at.max(SWEEP_FROM) {
            self.bursts
                .retain(|_, burst| !burst.is_paid(now_ms, limits));
            self.sweep_at = self.bursts.len() * 2;
        }
    }
}

impl Burst {
    fn take(&mut self, now_ms: i64, limits: &Limits) -> bool {
        if self.is_paid(now_ms, limits) {
            self.since_ms = now_ms;
            self.messages = 1;
            return true;
        }
        let every = i64::try_from(limits.pair_every_ms).unwrap_or(i64::MAX);
        let goes_on = now_ms < self.since_ms.saturating_add(every);
        let allowed = goes_on && self.messages < limits.pair_burst;
        self.messages += u32::from(allowed);
        allowed
    }

    fn is_paid(&self, now_ms: i64, limits: &Limits) -> bool {
        let owed = limits
            .pair_every_ms
            .saturating_mul(u64::from(self.messages));
        let owed = i64::try_from(owed).unwrap_or(i64::MAX);
        now_ms >= self.since_ms.saturating_add(owed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many sends at these moments are allowed.
    fn sent(pairs: &Pairs, times: impl IntoIterator<Item = i64>) -> usize {
        let limits = Limits::all();
        let taken = times
            .into_iter()
            .filter(|time| pairs.take("1", "22670000001", *time, &limits));
        taken.count()
    }

    #[test]
    fn one_message_in_six_seconds_is_never_limited() {
        assert_eq!(sent(&Pairs::default(), (0..600).map(|n| n * 6_000)), 600);
    }

    #[test]
    fn a_burst_of_twenty_is_followed_by_two_minutes_of_silence() {
        let pairs = Pairs::default();
        assert_eq!(sent(&pairs, std::iter::repeat_n(0, 20)), 20);
        assert_eq!(sent(&pairs, (6..120).map(|second| second * 1_000)), 0);
        assert_eq!(sent(&pairs, [120_000]), 1);
    }

    #[test]
    fn a_burst_has_45_messages_and_other_pairs_have_their_own() {
        let (pairs, limits) = (Pairs::default(), Limits::all());
        assert_eq!(sent(&pairs, 0..100), 45);
        assert!(pairs.take("1", "22670000002", 50, &limits));
        assert!(pairs.take("2", "22670000001", 50, &limits));
        assert_eq!(sent(&pairs, [45 * 6_000 - 1]), 0);
        assert_eq!(sent(&pairs, [45 * 6_000]), 1);
    }

    #[test]
    fn pairs_that_owe_nothing_are_dropped() {
        let (pairs, limits) = (Pairs::default(), Limits::all());
        for client in 0..50_000 {
            pairs.take("1", &client.to_string(), i64::from(client), &limits);
        }
        assert!(lock(&pairs.debts).bursts.len() < 25_000);
    }
}
