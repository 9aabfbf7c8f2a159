//! The messaging limit: the number of distinct clients that a business portfolio reached in the last day.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::Mutex;

use crate::state::locks::lock;

/// The clients reached by each portfolio.
#[derive(Default)]
pub(crate) struct Portfolios {
    by_id: Mutex<HashMap<String, Reached>>,
}

/// Time and client of a delivery.
type Delivery = Reverse<(i64, String)>;

#[derive(Default)]
struct Reached {
    /// Deliveries in the future.
    coming: BinaryHeap<Delivery>,
    /// Deliveries that count.
    counting: BinaryHeap<Delivery>,
    /// The last counted delivery, by client.
    last: HashMap<String, i64>,
}

/// The limit of a number and its window.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowance {
    /// The number of clients; unlimited when absent.
    pub(crate) clients: Option<usize>,
    pub(crate) window_ms: u64,
}

impl Portfolios {
    /// Whether a message may go to this client: the limit is not reached, or the client counts already.
    pub(crate) fn may_reach(
        &self,
        portfolio: &str,
        client: &str,
        now_ms: i64,
        allowance: Allowance,
    ) -> bool {
        let Some(most) = allowance.clients else {
            return true;
        };
        let mut by_id = lock(&self.by_id);
        let Some(reached) = by_id.get_mut(portfolio) else {
            return most > 0;
        };
        reached.pass(now_ms, allowance.window_ms);
        reached.last.len() < most || reached.last.contains_key(client)
    }

    /// Records a delivery to this client at `at_ms`, which may be in the future.
    pub(crate) fn reaches(&self, portfolio: &str, client: &str, at_ms: i64) {
        let mut by_id = lock(&self.by_id);
        let reached = by_id.entry(portfolio.to_owned()).or_default();
        reached.coming.push(Reverse((at_ms, client.to_owned())));
    }

    /// Clears everything.
    pub(crate) fn clear(&self) {
        lock(&self.by_id).clear();
    }
}

impl Reached {
    /// Counts the deliveries made meanwhile and drops the expired ones.
    fn pass(&mut self, now_ms: i64, window_ms: u64) {
        while let Some((at_ms, client)) = first_until(&mut self.coming, now_ms) {
            let last = self.last.entry(client.clone()).or_insert(at_ms);
            *last = at_ms.max(*last);
            self.counting.push(Reverse((at_ms, client)));
        }
        let window_ms = i64::try_from(window_ms).unwrap_or(i64::MAX);
        let past = now_ms.saturating_sub(window_ms);
        while let Some((at_ms, client)) = first_until(&mut self.counting, past) {
            if self.last.get(&client) == Some(&at_ms) {
                self.last.remove(&client);
            }
        }
    }
}

/// Removes the earliest delivery that is not after `until_ms`.
fn first_until(deliveries: &mut BinaryHeap<Delivery>, until_ms: i64) -> Option<(i64, String)> {
    let Reverse((at_ms, _)) = deliveries.peek()?;
    if *at_ms > until_ms {
        return None;
    }
    deliveries.pop().map(|Reverse(first)| first)
}

/// The number of clients of a tier: `TIER_250`, `TIER_2K`; `None` for `TIER_UNLIMITED` and unknown tiers.
pub(crate) fn clients_of(tier: &str) -> Option<usize> {
    let number = tier.strip_prefix("TIER_")?;
    match number.strip_suffix('K') {
        Some(thousands) => thousands.parse::<usize>().ok()?.checked_mul(1_000),
        None => number.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: Allowance = Allowance {
        clients: Some(2),
        window_ms: 1_000,
    };

    #[test]
    fn a_tier_is_a_number_of_clients() {
        let tiers = ["TIER_50", "TIER_250", "TIER_2K", "TIER_100K"];
        let clients = tiers.map(clients_of);
        assert_eq!(clients, [50, 250, 2_000, 100_000].map(Some));
        assert_eq!(clients_of("TIER_UNLIMITED"), None);
    }

    #[test]
    fn only_different_clients_that_were_reached_count() {
        let portfolios = Portfolios::default();
        let may = |client, now_ms| portfolios.may_reach("p", client, now_ms, TWO);
        portfolios.reaches("p", "a", 10);
        portfolios.reaches("p", "a", 20);
        portfolios.reaches("p", "b", 500);
        assert!(may("c", 499), "the message to b is still on its way");
        assert!(!may("c", 500));
        assert!(may("a", 500));
        assert!(portfolios.may_reach("other", "c", 500, TWO));
    }

    #[test]
    fn a_client_counts_for_a_window_after_the_last_delivery() {
        let portfolios = Portfolios::default();
        for (client, at_ms) in [("a", 0), ("b", 100), ("a", 600)] {
            portfolios.reaches("p", client, at_ms);
        }
        let may = |now_ms| portfolios.may_reach("p", "c", now_ms, TWO);
        assert!(!may(1_099));
        assert!(may(1_100), "b counts no longer");
        portfolios.reaches("p", "c", 1_100);
        assert!(!portfolios.may_reach("p", "d", 1_599, TWO));
        assert!(portfolios.may_reach("p", "d", 1_600, TWO));
    }
}
