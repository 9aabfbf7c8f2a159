//! The fields `phone_number_quality_update` and `business_capability_update`: what the numbers of an account may do changed
//! (Meta, webhooks reference).
//!
//! Neither tells the quality of a number: the event says that the numbers are to be read again. The messaging limit is
//! told as a number (-1 for unlimited) or as a word.

use std::borrow::Cow;

use common::ids::WabaId;
use common::messaging_limit::MessagingLimit;
use common::wire::{Event, EventKind, LimitsReported};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Translated, unreadable};
use crate::payload::time;

/// Something happened to a number.
pub(super) const NUMBER: &str = "phone_number_quality_update";
/// What the whole portfolio may do changed.
pub(super) const BUSINESS: &str = "business_capability_update";

#[derive(Deserialize)]
struct Value<'a> {
    #[serde(borrow, default)]
    event: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    max_daily_conversations_per_business: Option<&'a RawValue>,
}

/// Adds the event of one value. It travels with what clients wrote, in order and never behind statuses.
pub(super) fn translate(
    waba_id: Option<&WabaId>,
    at: Option<&RawValue>,
    value: &RawValue,
    into: &mut Translated,
) {
    let value = serde_json::from_str::<Value<'_>>(value.get());
    let (Some(waba_id), Some(occurred_at), Ok(value)) = (waba_id, time(at), value) else {
        return unreadable("limits");
    };
    into.inbound.push(Event {
        waba_id: Some(waba_id.clone()),
        phone_number_id: None,
        kind: EventKind::LimitsReported(LimitsReported {
            occurred_at,
            event: value.event.map(Cow::into_owned),
            messaging_limit: value.max_daily_conversations_per_business.and_then(limit),
        }),
    });
}

fn limit(raw: &RawValue) -> Option<MessagingLimit> {
    match serde_json::from_str::<i64>(raw.get()) {
        Ok(number) => MessagingLimit::from_number(number),
        Err(_) => serde_json::from_str(raw.get()).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn translated(value: &str) -> Translated {
        let (at, value) = ("1739321024".to_owned(), value.to_owned());
        let (at, value) = (
            RawValue::from_string(at).unwrap(),
            RawValue::from_string(value).unwrap(),
        );
        let mut into = Translated::default();
        let waba_id = "102290129340398".parse().unwrap();
        translate(Some(&waba_id), Some(&at), &value, &mut into);
        into
    }

    fn reported(value: &str) -> LimitsReported {
        let [Event { kind, .. }] = &translated(value).inbound[..] else {
            panic!("one event")
        };
        let EventKind::LimitsReported(limits) = kind else {
            panic!("{kind:?}")
        };
        limits.clone()
    }

    #[test]
    fn metas_samples_are_read() {
        let business = reported(
            r#"{"max_daily_conversations_per_business":2000,"max_phone_numbers_per_business":2,"max_phone_numbers_per_waba":25}"#,
        );
        assert_eq!(
            business.messaging_limit,
            Some(MessagingLimit::People(2_000))
        );
        assert_eq!(
            (business.event, business.occurred_at.timestamp()),
            (None, 1_739_321_024)
        );
        let number = reported(
            r#"{"display_phone_number":"15550783881","event":"THROUGHPUT_UPGRADE","max_daily_conversations_per_business":"TIER_UNLIMITED"}"#,
        );
        assert_eq!(number.event.as_deref(), Some("THROUGHPUT_UPGRADE"));
        assert_eq!(number.messaging_limit, Some(MessagingLimit::Unlimited));
    }

    #[test]
    fn an_unlimited_number_and_a_missing_limit_are_read() {
        let unlimited = reported(r#"{"max_daily_conversations_per_business":-1}"#);
        assert_eq!(unlimited.messaging_limit, Some(MessagingLimit::Unlimited));
        let none = reported(r#"{"display_phone_number":"15550783881","event":"FLAGGED"}"#);
        assert_eq!(none.messaging_limit, None);
    }

    #[test]
    fn what_cannot_be_read_is_left_out() {
        assert!(translated("7").inbound.is_empty());
    }
}
