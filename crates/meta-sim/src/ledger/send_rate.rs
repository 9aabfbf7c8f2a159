//! The peak send rate of a number, from the ledger.

use serde::{Deserialize, Serialize};

/// The maximum number of accepted POSTs of one number within any window of a given length.
///
/// A window of `window_ms` begins at a millisecond and ends just before the one `window_ms` later;
/// times are kept in whole milliseconds, so this is exact to the millisecond.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendRate {
    /// The number.
    pub phone_number_id: String,
    /// Accepted POSTs in all.
    pub accepted: u64,
    /// When the first of them was accepted, Unix milliseconds.
    pub from_ms: Option<i64>,
    /// When the last of them was accepted, Unix milliseconds.
    pub until_ms: Option<i64>,
    /// Length of the window, milliseconds.
    pub window_ms: u64,
    /// Accepted POSTs in the fullest window.
    pub most: u64,
    /// Start of the first such window, Unix milliseconds.
    pub most_from_ms: Option<i64>,
}

impl SendRate {
    /// From the times of the accepted POSTs, in any order.
    pub(super) fn of(phone_number_id: &str, window_ms: u64, mut times: Vec<i64>) -> Self {
        times.sort_unstable();
        let window = i64::try_from(window_ms).unwrap_or(i64::MAX);
        let (mut most, mut most_from_ms) = (0, None);
        let mut until = times.iter().enumerate().peekable();
        for (first, from) in times.iter().enumerate() {
            let end = from.saturating_add(window);
            while until.next_if(|(_, time)| **time < end).is_some() {}
            let next = until.peek().map_or(times.len(), |(index, _)| *index);
            let inside = next.saturating_sub(first);
            if inside > most {
                (most, most_from_ms) = (inside, Some(*from));
            }
        }
        Self {
            phone_number_id: phone_number_id.to_owned(),
            accepted: u64::try_from(times.len()).unwrap_or(u64::MAX),
            from_ms: times.first().copied(),
            until_ms: times.last().copied(),
            window_ms,
            most: u64::try_from(most).unwrap_or(u64::MAX),
            most_from_ms,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn most(times: &[i64]) -> (u64, Option<i64>) {
        let send_rate = SendRate::of("1", 1_000, times.to_vec());
        (send_rate.most, send_rate.most_from_ms)
    }

    #[test]
    fn a_window_holds_its_first_millisecond_and_not_the_one_a_second_later() {
        assert_eq!(most(&[]), (0, None));
        assert_eq!(most(&[5]), (1, Some(5)));
        assert_eq!(most(&[0, 999]), (2, Some(0)));
        assert_eq!(most(&[0, 1_000]), (1, Some(0)));
    }

    #[test]
    fn a_window_may_begin_anywhere_and_times_may_come_in_any_order() {
        let times = [1_700, 0, 900, 950, 1_100, 1_899];
        assert_eq!(most(&times), (5, Some(900)));
        assert_eq!(most(&[7, 7, 7]), (3, Some(7)));
    }

    #[test]
    fn the_most_is_what_counting_from_every_time_finds() {
        let times: Vec<i64> = (0_i64..500).map(|n| n * n * 7 % 4_001).collect();
        let counted = times.iter().map(|from| {
            times
                .iter()
                .filter(move |t| (*from..*from + 1_000).contains(t))
        });
        let counted = counted.map(Iterator::count).max().unwrap();
        assert_eq!(most(&times).0, u64::try_from(counted).unwrap());
    }
}
