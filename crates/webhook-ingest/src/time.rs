//! Meta's timestamps: text or number, seconds or milliseconds, whole or fractional.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::json::Node;

/// Timestamps above this are milliseconds: as seconds they would be after the year 5000.
const MILLISECONDS_FROM: f64 = 1e11;
/// How far Meta's clock may be ahead of ours.
const AHEAD: TimeDelta = TimeDelta::minutes(5);

/// When something happened: Meta's time, but not in the future; without one, when the webhook was received.
pub(crate) fn occurred_at(told: Option<&Node<'_>>, received_at: DateTime<Utc>) -> DateTime<Utc> {
    let latest = received_at.checked_add_signed(AHEAD).unwrap_or(received_at);
    told.and_then(time_of)
        .map_or(received_at, |told| told.min(latest))
}

/// A time that Meta gives; it may be in the future.
pub(crate) fn time_of(told: &Node<'_>) -> Option<DateTime<Utc>> {
    let number: f64 = told.parsed()?;
    let seconds = if number < MILLISECONDS_FROM {
        number
    } else {
        number / 1000.0
    };
    let since = Duration::try_from_secs_f64(seconds).ok()?;
    DateTime::UNIX_EPOCH.checked_add_signed(TimeDelta::from_std(since).ok()?)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use proptest::prelude::*;

    fn received_at() -> DateTime<Utc> {
        DateTime::from_timestamp(1_796_000_000, 0).unwrap()
    }

    #[test]
    fn every_form_of_a_time_is_read() {
        for told in [
            "1750030073",
            "1750030073000",
            "1750030073.0",
            "1.750030073e9",
        ] {
            let read = occurred_at(Some(&Node::Number(told)), received_at());
            assert_eq!(read.timestamp(), 1_750_030_073, "{told}");
            let read = occurred_at(Some(&Node::Text(Cow::Borrowed(told))), received_at());
            assert_eq!(read.timestamp(), 1_750_030_073, "{told}");
        }
        let fraction = occurred_at(Some(&Node::Number("1750030073.75")), received_at());
        assert_eq!(fraction.timestamp_millis(), 1_750_030_073_750);
    }

    #[test]
    fn what_is_no_time_is_when_it_was_received() {
        for told in ["", "soon", "-1", "-8210266876799999", "NaN", "inf", "1e300"] {
            let read = occurred_at(Some(&Node::Text(Cow::Borrowed(told))), received_at());
            assert_eq!(read, received_at(), "{told}");
        }
        assert_eq!(occurred_at(None, received_at()), received_at());
    }

    #[test]
    fn the_future_is_five_minutes_away() {
        for told in [
            "1796000301",
            "8210266876799999",
            "8210266876799",
            "99999999999",
        ] {
            let read = occurred_at(Some(&Node::Number(told)), received_at());
            assert_eq!(read, received_at() + AHEAD, "{told}");
        }
        let soon = occurred_at(Some(&Node::Number("1796000200")), received_at());
        assert_eq!(soon.timestamp(), 1_796_000_200);
    }

    proptest! {
        #[test]
        fn no_number_is_too_much(number: f64, text in "-?[0-9]{1,30}(\\.[0-9]{0,9})?(e[0-9]{1,4})?") {
            let latest = received_at() + AHEAD;
            for told in [number.to_string(), text] {
                let read = occurred_at(Some(&Node::Text(Cow::Owned(told))), received_at());
                prop_assert!(read >= DateTime::UNIX_EPOCH && read <= latest);
            }
        }
    }
}
