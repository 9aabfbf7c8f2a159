//! Events about a number of the business.

use serde::Serialize;

use super::{EventType, Field, FieldValue};
use crate::ids::WabaId;

/// What happened to a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum NumberEvent {
    /// It was connected, or connected again.
    Connected {
        /// Its account.
        waba_id: WabaId,
    },
    /// It cannot send until it is connected again.
    Stopped {
        /// Why, in a sentence for the business.
        reason: String,
    },
    /// The business disconnected it.
    Disconnected {
        /// Its account.
        waba_id: WabaId,
    },
    /// Its messages are held, because most of its attempts are in doubt.
    BreakerOpened {
        /// Why, in a sentence for the business.
        reason: String,
    },
    /// Meta gives clear answers again.
    BreakerClosed {},
    /// Its limits at Meta changed.
    LimitsChanged(NumberLimits),
}

/// The limits of a number, in Meta's values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NumberLimits {
    /// `GREEN`, `YELLOW`, `RED` or `UNKNOWN`.
    pub quality_rating: String,
    /// `STANDARD`, `HIGH`, `COEXISTENCE` or `UNKNOWN`.
    pub throughput_level: String,
    /// `TIER_250`, `TIER_2K`, …, `TIER_UNLIMITED` or `UNKNOWN`.
    pub messaging_limit: String,
}

impl NumberEvent {
    /// The type that reports it.
    #[must_use]
    pub const fn event_type(&self) -> EventType {
        match self {
            Self::Connected { .. } => EventType::NumberConnected,
            Self::Stopped { .. } => EventType::NumberStopped,
            Self::Disconnected { .. } => EventType::NumberDisconnected,
            Self::BreakerOpened { .. } => EventType::NumberBreakerOpened,
            Self::BreakerClosed {} => EventType::NumberBreakerClosed,
            Self::LimitsChanged(_) => EventType::NumberLimitsChanged,
        }
    }
}

/// The field of every event about a number.
pub(super) fn number_fields() -> Vec<Field> {
    vec![Field::new(
        "phone_number_id",
        FieldValue::MetaId,
        "Meta's id of the number.",
    )]
}

pub(super) fn account_fields() -> Vec<Field> {
    let account = Field::new("waba_id", FieldValue::MetaId, "Its account.");
    with(vec![account])
}

pub(super) fn reason_fields() -> Vec<Field> {
    let reason = Field::new(
        "reason",
        FieldValue::Text,
        "Why, in a sentence for the business.",
    );
    with(vec![reason])
}

pub(super) fn limits_fields() -> Vec<Field> {
    with(vec![
        Field::new(
            "quality_rating",
            FieldValue::Text,
            "`GREEN`, `YELLOW`, `RED` or `UNKNOWN`, in Meta's values.",
        ),
        Field::new(
            "throughput_level",
            FieldValue::Text,
            "`STANDARD`, `HIGH`, `COEXISTENCE` or `UNKNOWN`, in Meta's values.",
        ),
        Field::new(
            "messaging_limit",
            FieldValue::Text,
            "`TIER_250`, `TIER_2K`, `TIER_10K`, `TIER_100K`, `TIER_UNLIMITED` or another value of Meta.",
        ),
    ])
}

fn with(own: Vec<Field>) -> Vec<Field> {
    let mut fields = number_fields();
    fields.extend(own);
    fields
}
