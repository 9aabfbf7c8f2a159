//! Limits of what one key, such as a business, may hold of something that all share.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

/// Shares that nobody holds are forgotten when there are so many more than after the last time.
const PRUNE_AFTER: usize = 64;

/// A number of units that all keys share, and of which each may hold a part.
#[derive(Debug)]
pub struct FairShare<K> {
    total: Arc<Semaphore>,
    total_units: usize,
    share_units: usize,
    shares: Mutex<Shares<K>>,
}

/// The semaphore of each key that holds a permit or waits for one.
#[derive(Debug)]
struct Shares<K> {
    by_key: HashMap<K, Weak<Semaphore>>,
    prune_at: usize,
}

/// Units that are held. They are given back when it is dropped.
#[derive(Debug)]
pub struct Permit {
    share: OwnedSemaphorePermit,
    total: OwnedSemaphorePermit,
}

/// Which limit was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Exhausted {
    /// The key holds its share.
    #[error("the share of the caller is exhausted")]
    Share,
    /// All keys together hold all that there is.
    #[error("everything that is shared is in use")]
    Total,
}

impl<K: Eq + Hash> FairShare<K> {
    /// So many units for all, and so many of them at most for each key. Both are at least 1.
    #[must_use]
    pub fn new(total_units: usize, share_units: usize) -> Self {
        let total_units = total_units.clamp(1, Semaphore::MAX_PERMITS);
        let by_key = HashMap::new();
        Self {
            total: Arc::new(Semaphore::new(total_units)),
            total_units,
            share_units: share_units.clamp(1, total_units),
            shares: Mutex::new(Shares {
                by_key,
                prune_at: PRUNE_AFTER,
            }),
        }
    }

    /// So many units, if they are free.
    ///
    /// # Errors
    /// The limit that was reached: nothing is held.
    pub fn try_acquire(&self, key: K, units: usize) -> Result<Permit, Exhausted> {
        let units = u32::try_from(units).map_err(|_| Exhausted::Share)?;
        let share = self.share(key);
        let share = share.try_acquire_many_owned(units);
        let share = share.map_err(|_| Exhausted::Share)?;
        let total = Arc::clone(&self.total).try_acquire_many_owned(units);
        let total = total.map_err(|_| Exhausted::Total)?;
        Ok(Permit { share, total })
    }

    /// One unit, waited for in line: first among the callers with the same key, then among all.
    ///
    /// # Errors
    /// The limit for which `patience` was not enough: nothing is held.
    pub async fn acquire(&self, key: K, patience: Duration) -> Result<Permit, Exhausted> {
        let until = Instant::now() + patience;
        let share = self.share(key).acquire_owned();
        let share = timeout_at(until, share).await;
        // The semaphores are never closed.
        let Ok(Ok(share)) = share else {
            return Err(self.exhausted());
        };
        let total = Arc::clone(&self.total).acquire_owned();
        match timeout_at(until, total).await {
            Ok(Ok(total)) => Ok(Permit { share, total }),
            _ => Err(Exhausted::Total),
        }
    }

    /// How many units are held.
    #[must_use]
    pub fn held_units(&self) -> usize {
        self.total_units
            .saturating_sub(self.total.available_permits())
    }

    /// Why a share was waited for in vain. While nothing at all is free, whoever holds the share may wait for that too.
    fn exhausted(&self) -> Exhausted {
        match self.total.available_permits() {
            0 => Exhausted::Total,
            _ => Exhausted::Share,
        }
    }

    fn share(&self, key: K) -> Arc<Semaphore> {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = shares.by_key.get(&key).and_then(Weak::upgrade) {
            return share;
        }
        let share = Arc::new(Semaphore::new(self.share_units));
        shares.insert(key, &share);
        share
    }
}

impl<K: Eq + Hash> Shares<K> {
    /// Whoever holds a permit, or waits for one, keeps the semaphore of its key alive.
    fn insert(&mut self, key: K, share: &Arc<Semaphore>) {
        if self.by_key.len() >= self.prune_at {
            self.by_key.retain(|_, share| share.strong_count() > 0);
            self.prune_at = self.by_key.len() + PRUNE_AFTER;
        }
        self.by_key.insert(key, Arc::downgrade(share));
    }
}

impl Permit {
    /// Adds what another permit of the same key holds.
    ///
    /// # Panics
    /// When the other one is of another key, or of another [`FairShare`].
    pub fn merge(&mut self, other: Self) {
        self.share.merge(other.share);
        self.total.merge(other.total);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(10);

    #[test]
    fn a_key_gets_its_share_and_no_more_and_leaves_the_rest_to_others() {
        let all = FairShare::new(5, 3);
        let first = all.try_acquire("a", 3).unwrap();
        assert_eq!(all.try_acquire("a", 1).unwrap_err(), Exhausted::Share);
        let second = all.try_acquire("b", 2).unwrap();
        assert_eq!(all.try_acquire("b", 1).unwrap_err(), Exhausted::Total);
        drop(first);
        assert!(all.try_acquire("b", 1).is_ok());
        assert_eq!(all.try_acquire("b", 2).unwrap_err(), Exhausted::Share);
        drop(second);
        assert!(all.try_acquire("a", 3).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_is_told_which_limit_was_reached() {
        let all = FairShare::new(2, 1);
        let first = all.acquire("a", PATIENCE).await.unwrap();
        assert_eq!(
            all.acquire("a", PATIENCE).await.unwrap_err(),
            Exhausted::Share
        );
        let _second = all.acquire("b", PATIENCE).await.unwrap();
        assert_eq!(
            all.acquire("c", PATIENCE).await.unwrap_err(),
            Exhausted::Total
        );
        assert_eq!(all.held_units(), 2);
        // Nobody has anything left to give.
        assert_eq!(
            all.acquire("a", PATIENCE).await.unwrap_err(),
            Exhausted::Total
        );
        let waits = all.acquire("a", PATIENCE);
        let frees = async move { drop(first) };
        let (got, ()) = tokio::join!(waits, frees);
        assert!(got.is_ok());
    }

    #[test]
    fn keys_that_hold_nothing_are_forgotten() {
        let all = FairShare::new(10, 1);
        let held = all.try_acquire(0, 1).unwrap();
        for key in 1..10_000 {
            drop(all.try_acquire(key, 1).unwrap());
        }
        assert!(all.shares.lock().unwrap().by_key.len() <= 2 * PRUNE_AFTER);
        assert_eq!(all.try_acquire(0, 1).unwrap_err(), Exhausted::Share);
        drop(held);
        assert!(all.try_acquire(0, 1).is_ok());
    }

    proptest! {
        #[test]
        fn no_order_of_calls_exceeds_a_limit_or_loses_a_unit(
            calls in prop::collection::vec((0_u8..4, 0_usize..4, any::<bool>()), 0..200),
        ) {
            let all = FairShare::new(6, 3);
            let mut held: Vec<(u8, usize, Permit)> = Vec::new();
            for (key, units, gives_back) in calls {
                if gives_back && !held.is_empty() {
                    held.remove(usize::from(key) % held.len());
                    continue;
                }
                let of_all: usize = held.iter().map(|(_, units, _)| units).sum();
                let of_key: usize = held.iter().filter(|(of, ..)| *of == key).map(|(_, units, _)| units).sum();
                match all.try_acquire(key, units) {
                    Ok(permit) => {
                        prop_assert!(of_key + units <= 3 && of_all + units <= 6);
                        held.push((key, units, permit));
                    }
                    Err(Exhausted::Share) => prop_assert!(of_key + units > 3),
                    Err(Exhausted::Total) => prop_assert!(of_all + units > 6),
                }
            }
            held.clear();
            prop_assert!(all.try_acquire(0, 3).is_ok());
        }
    }
}
