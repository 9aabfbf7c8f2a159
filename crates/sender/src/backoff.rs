//! How long a message or an upload waits after an attempt that was proven not accepted.
//!
//! These waits are stored with the row and outlive the process, so they are functions of the attempt; pauses of a task
//! that retries in memory are those of `bootstrap::retry`.
//!
//! Meta's advice for too many messages to one recipient is 4^X seconds (error codes reference, 131056); the waits of
//! the other throttles double. Jitter spreads the retries of messages that failed together; it is derived from the
//! message's id, whose tail is random.

use std::time::Duration;

use cloud_api::{ErrorClass, ThrottleScope};
use common::ids::{MediaId, MessageId};

/// Jitter shortens the wait by up to this share.
const JITTER: f64 = 0.3;
const LONGEST: Duration = Duration::from_secs(300);
const LONGEST_OF_NUMBER: Duration = Duration::from_secs(60);
/// Meta needs up to ten minutes to prepare a template for the Marketing Messages API.
const TEMPLATE_SYNCING: Duration = Duration::from_secs(600);
/// Missing or wrong keys have to be fixed by a person.
const KEYS: Duration = Duration::from_secs(60);
const SHORTEST_GIVE_BACK: Duration = Duration::from_secs(8);
const LONGEST_GIVE_BACK: Duration = Duration::from_secs(30);

/// The wait before the next attempt, for the attempt that failed (from 1). It never exceeds `life_left`, so that an
/// expired message is noticed as soon as it expires.
#[must_use]
pub(crate) fn retry_wait(
    class: Option<ErrorClass>,
    message_id: MessageId,
    attempt: u16,
    life_left: Option<Duration>,
) -> Duration {
    let times = u32::from(attempt.saturating_sub(1));
    let (base, longest) = match class {
        Some(ErrorClass::Throttle(ThrottleScope::Pair)) => {
            (4_u64.saturating_pow(times.saturating_add(1)), LONGEST)
        }
        Some(ErrorClass::Throttle(ThrottleScope::App | ThrottleScope::Waba)) => {
            (5 * doubled(times), LONGEST)
        }
        Some(ErrorClass::TemplateSyncing) => (TEMPLATE_SYNCING.as_secs(), TEMPLATE_SYNCING),
        _ => (doubled(times), LONGEST_OF_NUMBER),
    };
    let whole = Duration::from_secs(base).min(longest);
    let wait = whole.mul_f64(1.0 - JITTER * jitter(message_id, attempt));
    life_left.map_or(wait, |left| wait.min(left))
}

/// The wait of a message whose keys or token are not available: 42 to 60 seconds.
#[must_use]
pub(crate) fn keys_wait(message_id: MessageId, attempt: u16) -> Duration {
    KEYS.mul_f64(1.0 - JITTER * jitter(message_id, attempt))
}

/// The wait of a message that was given back, so that a message that fits into no lease is not claimed in a loop: 5 to
/// 30 seconds.
#[must_use]
pub(crate) fn give_back_wait(message_id: MessageId, attempt: u16) -> Duration {
    let doublings = u32::from(attempt.saturating_sub(1)).min(4);
    let whole = SHORTEST_GIVE_BACK * 2_u32.saturating_pow(doublings);
    whole
        .min(LONGEST_GIVE_BACK)
        .mul_f64(1.0 - JITTER * jitter(message_id, attempt))
}

/// The wait of an upload before its next attempt, for the attempt that failed (from 1): it doubles up to five minutes.
#[must_use]
pub(crate) fn upload_wait(media_id: MediaId, attempt: u32) -> Duration {
    let whole = Duration::from_secs(doubled(attempt.saturating_sub(1))).min(LONGEST);
    let [.., last] = *media_id.as_uuid().as_bytes();
    whole.mul_f64(1.0 - JITTER * f64::from(last) / 255.0)
}

fn doubled(times: u32) -> u64 {
    2_u64.saturating_pow(times.min(16))
}

/// From 0 to 1, the same for the same attempt of the same message.
fn jitter(message_id: MessageId, attempt: u16) -> f64 {
    let [.., high, low] = *message_id.as_uuid().as_bytes();
    let spread = u16::from_be_bytes([high, low]).wrapping_add(attempt.wrapping_mul(40_503));
    f64::from(spread) / f64::from(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    const PAIR: Option<ErrorClass> = Some(ErrorClass::Throttle(ThrottleScope::Pair));

    fn any_class() -> impl Strategy<Value = Option<ErrorClass>> {
        prop::sample::select(vec![
            None,
            PAIR,
            Some(ErrorClass::Throttle(ThrottleScope::App)),
            Some(ErrorClass::Throttle(ThrottleScope::Waba)),
            Some(ErrorClass::Throttle(ThrottleScope::Number)),
            Some(ErrorClass::Unreachable),
        ])
    }

    fn id(bits: u128) -> MessageId {
        MessageId::from_uuid(Uuid::from_u128(bits))
    }

    #[test]
    fn a_recipient_who_got_too_many_is_left_alone_for_longer_than_a_number() {
        for attempt in 1..6 {
            let number = retry_wait(
                Some(ErrorClass::Throttle(ThrottleScope::Number)),
                id(0),
                attempt,
                None,
            );
            assert!(retry_wait(PAIR, id(0), attempt, None) > number);
        }
    }

    #[test]
    fn a_template_that_meta_prepares_is_waited_for_some_minutes() {
        let wait = retry_wait(Some(ErrorClass::TemplateSyncing), id(7), 1, None);
        assert!(wait > LONGEST && wait <= TEMPLATE_SYNCING);
    }

    proptest! {
        #[test]
        fn the_wait_grows_up_to_five_minutes(class in any_class(), bits: u128, attempt in 1_u16..100) {
            let wait = retry_wait(class, id(bits), attempt, None);
            prop_assert!(wait >= Duration::from_millis(700) && wait <= LONGEST);
            let much_later = retry_wait(class, id(bits), attempt + 2, None);
            prop_assert!(much_later >= wait.min(LONGEST_OF_NUMBER.mul_f64(1.0 - JITTER)));
        }

        #[test]
        fn what_is_given_back_waits_for_5_to_30_seconds(bits: u128, attempt in 1_u16..10_000) {
            let wait = give_back_wait(id(bits), attempt);
            prop_assert!(wait >= Duration::from_secs(5) && wait <= Duration::from_secs(30));
        }

        #[test]
        fn the_wait_ends_with_the_life(
            class in any_class(),
            bits: u128,
            attempt in 1_u16..100,
            left_ms in 0_u64..400_000,
        ) {
            let left = Duration::from_millis(left_ms);
            prop_assert!(retry_wait(class, id(bits), attempt, Some(left)) <= left);
        }

        #[test]
        fn messages_that_failed_together_come_back_apart(first: u128, second: u128) {
            let (first, second) = (id(first), id(second));
            prop_assume!(jitter(first, 3) != jitter(second, 3));
            prop_assert_ne!(retry_wait(PAIR, first, 3, None), retry_wait(PAIR, second, 3, None));
        }
    }

    #[test]
    fn the_wait_of_an_upload_doubles_up_to_five_minutes() {
        let id = |last: u128| MediaId::from_uuid(Uuid::from_u128(last));
        let seconds = |attempt| upload_wait(id(0), attempt).as_secs();
        assert_eq!([1, 4, 1_000].map(seconds), [1, 8, 300]);
        assert!(upload_wait(id(255), 4) < upload_wait(id(0), 4));
        assert!(upload_wait(id(255), 1) >= Duration::from_millis(700));
    }
}
