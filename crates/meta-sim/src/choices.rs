//! Seeded choices: the same seed and key always give the same sequence, on every machine.
//!
//! The generator is SplitMix64. It decides the behaviour of a simulated network, never anything secret.

const GOLDEN_GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;
const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

/// A sequence of choices for one key.
#[derive(Debug, Clone)]
pub(crate) struct Choices {
    state: u64,
}

impl Choices {
    /// The sequence of `key` under `seed`.
    pub(crate) fn new(seed: u64, key: &str) -> Self {
        let hash = key.bytes().fold(FNV_OFFSET ^ seed, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME)
        });
        Self { state: hash }
    }

    /// The next 64 bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN_GAMMA);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// True in the parts share of cases (0 never, 1 always).
    pub(crate) fn share(&mut self, share: f64) -> bool {
        let upper = u32::try_from(self.bits() >> 32).unwrap_or(u32::MAX);
        f64::from(upper) < share * (f64::from(u32::MAX) + 1.0)
    }

    /// A whole number from `min` to `max`, both included; `min` when the range is empty.
    pub(crate) fn between(&mut self, min: u64, max: u64) -> u64 {
        let bits = self.bits();
        match max.checked_sub(min).and_then(|span| span.checked_add(1)) {
            Some(width) => min + bits % width,
            None => min,
        }
    }

    /// One of `items`, or nothing when there are none.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        let last = u64::try_from(items.len()).ok()?.checked_sub(1)?;
        let index = usize::try_from(self.between(0, last)).ok()?;
        items.get(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_key_gives_the_same_choices() {
        let mut first = Choices::new(7, "a");
        let mut second = Choices::new(7, "a");
        let mut other = Choices::new(8, "a");
        let bits = first.bits();
        assert_eq!(bits, second.bits());
        assert_ne!(bits, other.bits());
    }

    #[test]
    fn a_share_is_met_over_many_draws() {
        let hits = (0..10_000)
            .filter(|key| Choices::new(1, &key.to_string()).share(0.25))
            .count();
        assert!((2_300..2_700).contains(&hits), "{hits} of 10000");
        assert!(!Choices::new(1, "x").share(0.0));
        assert!(Choices::new(1, "x").share(1.0));
    }

    #[test]
    fn a_range_includes_both_ends() {
        let mut choices = Choices::new(3, "range");
        let drawn: std::collections::BTreeSet<u64> =
            (0..200).map(|_| choices.between(4, 6)).collect();
        assert_eq!(drawn, [4, 5, 6].into());
        assert_eq!(choices.between(9, 2), 9);
    }
}
