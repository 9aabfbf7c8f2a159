//! Until when a message may be sent: one rule for single messages and for campaigns.

use chrono::{DateTime, TimeDelta, Utc};

use super::WINDOW;
use crate::retention;
use crate::template::Category;

/// How long a message may wait when its caller gave no end: what is held for a number or a template that never comes back
/// ends one day, and old news is not sent.
pub const DEFAULT_LIFE: TimeDelta = TimeDelta::days(7);

/// How long the variables of a one-time code live, and therefore the message that carries them.
pub const OTP_LIFE: TimeDelta = retention::Category::OneTimeCodes.default_period();

/// When a message expires: when its caller asked for, or after [`DEFAULT_LIFE`]; but never after its offer has ended, a
/// one-time code never after [`OTP_LIFE`], and a reply never after the longest time that its window may stay open.
#[must_use]
pub fn expires_at(
    category: &Category,
    accepted_at: DateTime<Utc>,
    asked: Option<DateTime<Utc>>,
    offer_ends_at: Option<DateTime<Utc>>,
) -> DateTime<Utc> {
    let longest = match category {
        Category::Service => Some(WINDOW),
        Category::Authentication => Some(OTP_LIFE),
        _ => None,
    };
    let latest = longest.map(|life| accepted_at + life);
    let wanted = asked.unwrap_or(accepted_at + DEFAULT_LIFE);
    latest
        .into_iter()
        .chain(offer_ends_at)
        .fold(wanted, Ord::min)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[test]
    fn without_a_wish_the_category_decides() {
        for (category, life) in [
            (Category::Utility, DEFAULT_LIFE),
            (Category::Marketing, DEFAULT_LIFE),
            (Category::Service, WINDOW),
            (Category::Authentication, OTP_LIFE),
        ] {
            assert_eq!(expires_at(&category, at(0), None, None), at(0) + life);
        }
    }

    proptest! {
        #[test]
        fn a_wish_and_an_offer_only_shorten_what_has_an_end(
            asked in prop::option::of(1_i64..1_000_000), offer in prop::option::of(1_i64..1_000_000),
        ) {
            let (asked, offer) = (asked.map(at), offer.map(at));
            for category in [Category::Utility, Category::Marketing, Category::Service, Category::Authentication] {
                let ends = expires_at(&category, at(0), asked, offer);
                prop_assert!(asked.is_none_or(|asked| ends <= asked));
                prop_assert!(offer.is_none_or(|offer| ends <= offer));
                let without = expires_at(&category, at(0), None, None);
                let is_code_or_reply = matches!(category, Category::Service | Category::Authentication);
                prop_assert!(!is_code_or_reply || ends <= without);
                prop_assert!(asked.is_some() || ends <= without);
            }
        }
    }
}
