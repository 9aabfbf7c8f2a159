//! The usage of a messaging limit: each person counts once, and a share is reserved for one-time codes.

/// How much of a limit is used. The limit may be lower than the usage: Meta lowers limits too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LimitUsage {
    /// People who were sent anything, one-time codes included.
    pub taken: u32,
    /// Those of them who were counted for a one-time code.
    pub by_codes: u32,
}

impl LimitUsage {
    /// Counts a person who does not count yet, if the limit allows it: within `limit` people, of whom the share
    /// `reserved` (0 to 1) is for one-time codes. Numbers of one portfolio may temporarily have different limits
    /// stored; each applies its own.
    pub fn take(&mut self, limit: u32, reserved: f64, for_code: bool) -> bool {
        if self.left(limit, reserved, for_code) == 0 {
            return false;
        }
        self.taken += 1;
        self.by_codes += u32::from(for_code);
        true
    }

    /// How many further people may be messaged.
    #[must_use]
    pub fn left(&self, limit: u32, reserved: f64, for_code: bool) -> u32 {
        let all = limit.saturating_sub(self.taken);
        if for_code {
            return all;
        }
        let by_others = self.taken.saturating_sub(self.by_codes);
        let for_others = limit.saturating_sub(reserve(limit, reserved));
        all.min(for_others.saturating_sub(by_others))
    }

    /// Removes people who no longer count.
    pub fn give_back(&mut self, places: u32, of_codes: u32) {
        self.taken = self.taken.saturating_sub(places);
        self.by_codes = self.by_codes.saturating_sub(of_codes);
    }
}

/// How many people are reserved for one-time codes: rounded up, so that a share of a small limit is at least one.
fn reserve(limit: u32, share: f64) -> u32 {
    let exact = (f64::from(limit) * share.clamp(0.0, 1.0)).ceil();
    // The smallest integer that is not less: without a cast, and limits are small.
    let (mut low, mut high) = (0, limit);
    while low < high {
        let middle = low + (high - low) / 2;
        if f64::from(middle) < exact {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_tenth_of_250_is_for_codes() {
        let mut places = LimitUsage::default();
        let sent = (0..300).filter(|_| places.take(250, 0.1, false)).count();
        assert_eq!((sent, places.left(250, 0.1, true)), (225, 25));
    }

    #[test]
    fn codes_beyond_their_share_take_the_others_places() {
        let mut places = LimitUsage::default();
        let codes = (0..300).filter(|_| places.take(250, 0.1, true)).count();
        assert_eq!((codes, places.left(250, 0.1, false)), (250, 0));
    }

    proptest! {
        #[test]
        fn a_reserve_is_the_share_rounded_up(limit in 0_u32..200_000, share in 0.0_f64..1.0) {
            let reserve = f64::from(reserve(limit, share));
            let exact = f64::from(limit) * share;
            prop_assert!(reserve >= exact && reserve < exact + 1.0);
        }

        #[test]
        fn nobody_is_written_to_beyond_the_limit_and_codes_find_their_share(
            limit in 0_u32..400,
            share in 0.0_f64..1.0,
            asks in prop::collection::vec(any::<bool>(), 0..600),
        ) {
            let mut places = LimitUsage::default();
            let (mut codes, mut others) = (0, 0);
            for for_code in asks {
                let taken = u32::from(places.take(limit, share, for_code));
                if for_code {
                    let has_share = codes < reserve(limit, share);
                    prop_assert!(taken == 1 || !has_share, "a one-time code was refused its reserved share");
                    codes += taken;
                } else {
                    others += taken;
                }
                prop_assert!(codes + others <= limit);
                prop_assert!(others <= limit - reserve(limit, share));
                prop_assert_eq!(places, LimitUsage { taken: codes + others, by_codes: codes });
            }
        }

        #[test]
        fn what_was_given_back_can_be_taken_again(limit in 1_u32..400, back in 1_u32..400) {
            let mut places = LimitUsage { taken: limit, by_codes: 0 };
            prop_assert!(!places.take(limit, 0.0, false));
            places.give_back(back, 0);
            prop_assert_eq!(places.left(limit, 0.0, false), back.min(limit));
        }
    }
}
