//! Events about the people that a business writes to. They identify a contact by its id, or by the message that shows
//! it.

use serde::{Serialize, Serializer};

use super::{EventType, Field, FieldValue};
use crate::contact::OptOutSource;
use crate::ids::{ContactId, InboundId, MessageId};
use crate::keyword::Keyword;

/// What happened to a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContactEvent {
    /// It opted out of marketing.
    OptedOut(OptOut),
    /// It opted in to marketing again.
    OptedIn(OptIn),
    /// Its phone number was reassigned to another person.
    NumberReassigned {
        /// The contact that had the number.
        previous_contact_id: ContactId,
        /// The contact that has the number now.
        contact_id: ContactId,
    },
}

/// How a contact opted out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OptOut {
    /// By a keyword in a message.
    Keyword(KeywordMessage),
    /// A message could not be read and may have been an opt-out.
    Unreadable,
    /// In WhatsApp's settings, as Meta reports.
    Preference,
    /// In WhatsApp's settings, as Meta's refusal of a message shows.
    Refusal {
        /// The message that Meta refused.
        message_id: MessageId,
    },
}

/// How a contact opted in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OptIn {
    /// By a keyword in a message.
    Keyword(KeywordMessage),
    /// In WhatsApp's settings, as Meta reports.
    Preference,
}

/// An inbound message that is a keyword.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeywordMessage {
    /// The message.
    pub inbound_id: InboundId,
    /// Meta's type of the message, such as `text` or `button`.
    pub message_type: String,
}

/// The data of an opt-out or opt-in.
#[derive(Serialize)]
struct Consent<'a> {
    source: OptOutSource,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    message_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    keyword: Option<Keyword>,
}

/// The data of a number that was reassigned.
#[derive(Serialize)]
struct Reassigned {
    previous_contact_id: ContactId,
    contact_id: ContactId,
}

impl ContactEvent {
    /// The type that reports it.
    #[must_use]
    pub const fn event_type(&self) -> EventType {
        match self {
            Self::OptedOut(_) => EventType::ContactOptedOut,
            Self::OptedIn(_) => EventType::ContactOptedIn,
            Self::NumberReassigned { .. } => EventType::ContactNumberReassigned,
        }
    }

    /// The inbound message that shows it.
    pub(super) const fn inbound_id(&self) -> Option<InboundId> {
        match self {
            Self::OptedOut(OptOut::Keyword(message)) | Self::OptedIn(OptIn::Keyword(message)) => {
                Some(message.inbound_id)
            }
            _ => None,
        }
    }

    /// The message whose refusal shows it.
    pub(super) const fn message_id(&self) -> Option<MessageId> {
        match self {
            Self::OptedOut(OptOut::Refusal { message_id }) => Some(*message_id),
            _ => None,
        }
    }
}

impl Serialize for ContactEvent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let plain = |source| Consent {
            source,
            message_type: None,
            keyword: None,
        };
        let consent = match self {
            Self::OptedOut(OptOut::Keyword(message)) => message.consent(Keyword::OptOut),
            Self::OptedOut(OptOut::Unreadable) => plain(OptOutSource::Unreadable),
            Self::OptedOut(OptOut::Preference) | Self::OptedIn(OptIn::Preference) => {
                plain(OptOutSource::Preference)
            }
            Self::OptedOut(OptOut::Refusal { .. }) => plain(OptOutSource::Refusal),
            Self::OptedIn(OptIn::Keyword(message)) => message.consent(Keyword::OptIn),
            Self::NumberReassigned {
                previous_contact_id,
                contact_id,
            } => {
                let reassigned = Reassigned {
                    previous_contact_id: *previous_contact_id,
                    contact_id: *contact_id,
                };
                return reassigned.serialize(serializer);
            }
        };
        consent.serialize(serializer)
    }
}

impl KeywordMessage {
    fn consent(&self, keyword: Keyword) -> Consent<'_> {
        Consent {
            source: OptOutSource::Keyword,
            message_type: Some(&self.message_type),
            keyword: Some(keyword),
        }
    }
}

pub(super) fn opted_out_fields() -> Vec<Field> {
    let sources = OptOutSource::ALL.map(OptOutSource::as_str).to_vec();
    consent_fields(
        sources,
        Keyword::OptOut,
        "A keyword in a message; a message that could not be read and may have been an opt-out; WhatsApp's settings, as \
         Meta reports; or WhatsApp's settings, as the refusal of a message shows.",
    )
}

pub(super) fn opted_in_fields() -> Vec<Field> {
    let sources = [OptOutSource::Keyword, OptOutSource::Preference];
    consent_fields(
        sources.map(OptOutSource::as_str).to_vec(),
        Keyword::OptIn,
        "A keyword in a message, or WhatsApp's settings.",
    )
}

pub(super) fn number_reassigned_fields() -> Vec<Field> {
    vec![
        Field::new(
            "previous_contact_id",
            FieldValue::Uuid,
            "The contact that had the number.",
        ),
        Field::new(
            "contact_id",
            FieldValue::Uuid,
            "The contact that has the number now.",
        ),
    ]
}

fn consent_fields(
    sources: Vec<&'static str>,
    keyword: Keyword,
    meaning: &'static str,
) -> Vec<Field> {
    let keyword = FieldValue::OneOf(vec![keyword.as_str()]);
    vec![
        Field::new("source", FieldValue::OneOf(sources), meaning),
        Field::new(
            "type",
            FieldValue::Text,
            "Meta's type of the message, such as `text` or `button`, when it was a keyword.",
        )
        .optional(),
        Field::new("keyword", keyword, "The keyword, when it was one.").optional(),
    ]
}
