//! A fair queue: businesses take turns, and the calls of each are in order of arrival.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// Items of several keys. A key with many items delays the others by one item at a time.
#[derive(Debug)]
pub(super) struct FairQueue<K, T> {
    by_key: HashMap<K, VecDeque<T>>,
    /// Each key that has items, once.
    turns: VecDeque<K>,
}

impl<K, T> Default for FairQueue<K, T> {
    fn default() -> Self {
        Self {
            by_key: HashMap::new(),
            turns: VecDeque::new(),
        }
    }
}

impl<K: Copy + Eq + Hash, T> FairQueue<K, T> {
    pub(super) fn push(&mut self, key: K, item: T) {
        let items = self.by_key.entry(key).or_default();
        if items.is_empty() {
            self.turns.push_back(key);
        }
        items.push_back(item);
    }

    pub(super) fn pop(&mut self) -> Option<T> {
        let key = self.turns.pop_front()?;
        let items = self.by_key.get_mut(&key)?;
        let item = items.pop_front();
        if items.is_empty() {
            self.by_key.remove(&key);
        } else {
            self.turns.push_back(key);
        }
        item
    }

    pub(super) fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::FairQueue;

    #[test]
    fn each_key_has_its_turn_and_keeps_its_order() {
        let mut queue = FairQueue::default();
        for item in 0..3 {
            queue.push("many", item);
        }
        queue.push("one", 10);
        let all: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(all, [0, 10, 1, 2]);
        assert!(queue.is_empty());
    }

    proptest! {
        #[test]
        fn nothing_is_lost_or_overtaken_by_its_own(
            pushes in prop::collection::vec((0_u8..5, any::<bool>()), 0..200),
        ) {
            let mut queue = FairQueue::default();
            let mut taken: Vec<(u8, usize)> = Vec::new();
            let mut count = 0;
            for (key, pops) in pushes {
                queue.push(key, (key, count));
                count += 1;
                if pops {
                    taken.extend(queue.pop());
                }
            }
            taken.extend(std::iter::from_fn(|| queue.pop()));
            prop_assert_eq!(taken.len(), count);
            for key in 0..5 {
                let of_key: Vec<_> = taken.iter().filter(|(of, _)| *of == key).collect();
                prop_assert!(of_key.windows(2).all(|pair| pair[0].1 < pair[1].1));
            }
        }
    }
}
