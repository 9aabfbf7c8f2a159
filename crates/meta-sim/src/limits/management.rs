//! The budget of managing calls of each account (Meta, about the platform; Graph API, rate limiting).

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use crate::state::locks::lock;

const HOUR_MS: i64 = 60 * 60 * 1_000;
const MINUTE_MS: i64 = 60 * 1_000;
/// Meta (about the platform): calls in an hour for an account with a registered number, and for one without.
const WITH_NUMBER: u32 = 5_000;
const WITHOUT_NUMBER: u32 = 200;

/// The managing calls for an account since the start or the last reset.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagementCalls {
    /// Calls that were served.
    pub served: u64,
    /// Calls that were refused with 80008.
    pub refused: u64,
    /// Most calls that were served within an hour.
    pub peak_per_hour: u64,
}

/// The used part of a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Use {
    pub(crate) percent: u64,
    /// 0 while calls are served.
    pub(crate) regain_minutes: i64,
}

/// The calls for every account.
#[derive(Debug, Default)]
pub(crate) struct Budgets {
    by_waba: Mutex<HashMap<String, Calls>>,
}

#[derive(Debug, Default)]
struct Calls {
    /// Times of the served calls of the last hour.
    recent: VecDeque<i64>,
    counts: ManagementCalls,
}

/// Meta's budget of an account.
pub(crate) const fn of_meta(has_number: bool) -> u32 {
    if has_number {
        WITH_NUMBER
    } else {
        WITHOUT_NUMBER
    }
}

impl Budgets {
    /// Counts a call; it is refused when the use has minutes to wait.
    pub(crate) fn take(&self, waba_id: &str, now_ms: i64, budget: u32) -> Use {
        let mut by_waba = lock(&self.by_waba);
        let calls = by_waba.entry(waba_id.to_owned()).or_default();
        calls.take(now_ms, usize::try_from(budget).unwrap_or(usize::MAX))
    }

    /// The counts of every account.
    pub(crate) fn counts(&self) -> BTreeMap<String, ManagementCalls> {
        let by_waba = lock(&self.by_waba);
        let counts = by_waba.iter();
        counts
            .map(|(id, calls)| (id.clone(), calls.counts))
            .collect()
    }

    /// Clears everything.
    pub(crate) fn clear(&self) {
        lock(&self.by_waba).clear();
    }
}

impl Calls {
    fn take(&mut self, now_ms: i64, budget: usize) -> Use {
        while self.recent.front().is_some_and(|at| now_ms - at >= HOUR_MS) {
            self.recent.pop_front();
        }
        if self.recent.len() >= budget {
            self.counts.refused += 1;
            let oldest = self.recent.front().copied().unwrap_or(now_ms);
            return Use {
                percent: 100,
                regain_minutes: minutes(oldest + HOUR_MS - now_ms),
            };
        }
        self.recent.push_back(now_ms);
        self.counts.served += 1;
        let count = u64::try_from(self.recent.len()).unwrap_or(u64::MAX);
        self.counts.peak_per_hour = self.counts.peak_per_hour.max(count);
        let budget = u64::try_from(budget).unwrap_or(u64::MAX);
        Use {
            percent: count.saturating_mul(100) / budget.max(1),
            regain_minutes: 0,
        }
    }
}

/// Whole minutes, at least one.
pub(crate) fn minutes(millis: i64) -> i64 {
    millis
        .saturating_add(MINUTE_MS - 1)
        .div_euclid(MINUTE_MS)
        .max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_of_the_last_hour_count_and_refused_ones_do_not() {
        let budgets = Budgets::default();
        let take = |at: i64| budgets.take("1", at, 2);
        assert_eq!(take(0).percent, 50);
        assert_eq!(take(MINUTE_MS).percent, 100);
        let full = take(2 * MINUTE_MS);
        assert_eq!((full.percent, full.regain_minutes), (100, 58));
        assert_eq!(take(HOUR_MS).regain_minutes, 0);
        assert_eq!(budgets.take("2", 0, 2).percent, 50);
        let counts = budgets.counts()["1"];
        assert_eq!(
            (counts.served, counts.refused, counts.peak_per_hour),
            (3, 1, 2)
        );
    }
}
