//! Ids as types of their own, so that the compiler rejects an id of another kind.
//!
//! Our ids are UUIDv7: they sort by the time of their creation, which partitions and range scans rely on. Meta's ids
//! are decimal text, some beyond 2^53, and are therefore never stored as numbers (Meta, Graph API reference).

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::{NoContext, Timestamp, Uuid};

/// Text that is not an id of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a {kind}")]
pub struct IdError {
    kind: &'static str,
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id with the given time.
            #[must_use]
            pub fn new(at: DateTime<Utc>) -> Self {
                Self(uuid_v7(at))
            }

            /// The id of a stored or received UUID.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID of the id.
            #[must_use]
            pub const fn as_uuid(&self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Uuid::parse_str(text).map(Self).map_err(|_| IdError { kind: $kind })
            }
        }
    };
}

uuid_id!(
    /// A business: the tenant that every row belongs to.
    BusinessId,
    "business id"
);
uuid_id!(
    /// A message that was accepted for one recipient.
    MessageId,
    "message id"
);
uuid_id!(
    /// A campaign: one template to many recipients.
    CampaignId,
    "campaign id"
);
uuid_id!(
    /// The audience of a campaign: one imported file.
    AudienceId,
    "audience id"
);
uuid_id!(
    /// An API key.
    ApiKeyId,
    "api key id"
);
uuid_id!(
    /// An event of the feed.
    EventId,
    "event id"
);
uuid_id!(
    /// A message that a client sent to a business.
    InboundId,
    "inbound message id"
);
uuid_id!(
    /// A person in the contacts of a business, whatever its identifiers.
    ContactId,
    "contact id"
);
uuid_id!(
    /// A template that a business writes.
    DraftId,
    "draft id"
);
uuid_id!(
    /// One creation, edit or deletion of a template that is asked of Meta.
    PublicationId,
    "publication id"
);
uuid_id!(
    /// A file that messages carry.
    MediaId,
    "media id"
);

macro_rules! meta_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The id from the integer that Meta wrote.
            #[must_use]
            pub fn from_number(number: u64) -> Self {
                Self(number.to_string())
            }

            /// The id as Meta writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let digits = (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
                if digits { Ok(Self(text.to_owned())) } else { Err(IdError { kind: $kind }) }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            /// Meta writes its ids as text in responses and as integers in some webhooks: both are accepted.
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(DecimalText)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

meta_id!(
    /// A WhatsApp Business Account.
    WabaId,
    "waba_id"
);
meta_id!(
    /// Meta's id of a business phone number (not the phone number itself).
    PhoneNumberId,
    "phone_number_id"
);
meta_id!(
    /// A template in one language.
    TemplateId,
    "template id"
);
meta_id!(
    /// A file at Meta, for the one number that it was uploaded for.
    MetaMediaId,
    "media id of Meta"
);
meta_id!(
    /// A Meta app.
    AppId,
    "app id"
);

/// Meta's id of a message. It contains the recipient's phone number, so it is never printed.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Wamid(String);

impl Wamid {
    /// Wraps the id as Meta wrote it.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The id as text: personal data.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Wamid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wamid([masked])")
    }
}

/// Deserialises decimal text that may be written as a JSON integer.
struct DecimalText;

impl serde::de::Visitor<'_> for DecimalText {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("decimal digits, as text or as an integer")
    }

    fn visit_str<E>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_u64<E>(self, number: u64) -> Result<String, E> {
        Ok(number.to_string())
    }

    // A negative number is not an id: its sign fails the check that follows.
    fn visit_i64<E>(self, number: i64) -> Result<String, E> {
        Ok(number.to_string())
    }
}

/// A UUIDv7 with the given time; ids of one millisecond differ by 74 random bits.
fn uuid_v7(at: DateTime<Utc>) -> Uuid {
    let seconds = u64::try_from(at.timestamp()).unwrap_or(0);
    Uuid::new_v7(Timestamp::from_unix(
        NoContext,
        seconds,
        at.timestamp_subsec_nanos(),
    ))
}

/// The smallest UUIDv7 of a time: turns a time filter into a bound on ids.
#[must_use]
pub fn first_uuid_at(at: DateTime<Utc>) -> Uuid {
    let milliseconds = u64::try_from(at.timestamp_millis()).unwrap_or(0);
    Uuid::from_u128(u128::from(milliseconds) << 80)
}

/// The creation time of a UUIDv7, to the millisecond; `None` for any other UUID.
#[must_use]
pub fn time_of_uuid(uuid: Uuid) -> Option<DateTime<Utc>> {
    let (seconds, nanoseconds) = uuid.get_timestamp()?.to_unix();
    DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanoseconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_wamid_is_never_printed() {
        let wamid = Wamid::new("wamid.HBgLMjI2".to_owned());
        assert!(!format!("{wamid:?}").contains("HBgL"));
    }

    #[test]
    fn an_id_of_meta_is_read_from_text_and_from_an_integer() {
        let text: WabaId = serde_json::from_str("\"10222270944537964\"").unwrap();
        let number: WabaId = serde_json::from_str("10222270944537964").unwrap();
        assert_eq!(text, number);
        assert!(serde_json::from_str::<WabaId>("\"12/34\"").is_err());
    }

    proptest! {
        #[test]
        fn ids_sort_by_the_millisecond_of_their_making(a in 0_i64..4_000_000_000_000, b in 0_i64..4_000_000_000_000) {
            let at = |ms| DateTime::from_timestamp_millis(ms).unwrap();
            let (first, second) = (MessageId::new(at(a)), MessageId::new(at(b)));
            if a != b {
                prop_assert_eq!(first < second, a < b);
            }
            prop_assert_eq!(time_of_uuid(first.as_uuid()), Some(at(a)));
            prop_assert!(first.as_uuid() >= first_uuid_at(at(a)));
        }
    }
}
