//! The data fields of an event type, described for readers of the feed.

/// A field of an event's data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub value: FieldValue,
    /// Whether every event of the type has it.
    pub is_required: bool,
    /// Whether its value may be null.
    pub is_nullable: bool,
    /// Its meaning.
    pub meaning: &'static str,
}

/// The values of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldValue {
    /// A whole number.
    Integer,
    /// Text, such as one of Meta's values, to which Meta may add more.
    Text,
    /// A UUID of ours.
    Uuid,
    /// An id of Meta: decimal digits, as text.
    MetaId,
    /// A time in the form of RFC 3339, such as `2026-11-30T08:00:00Z`.
    Time,
    /// A text for a person in English and in French: an object with `en` and `fr`.
    Explanation,
    /// One of a list of values, to which a later version may add.
    OneOf(Vec<&'static str>),
}

/// Whether the events of a type have a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// All of them have.
    Always,
    /// Some of them have.
    Sometimes,
    /// None of them has.
    Never,
}

/// The subjects of the events of a type, beside their data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subjects {
    /// A message.
    pub message: Presence,
    /// A campaign.
    pub campaign: Presence,
    /// An inbound message.
    pub inbound: Presence,
}

impl Field {
    /// A field that every event of the type has, with a value.
    pub(super) const fn new(name: &'static str, value: FieldValue, meaning: &'static str) -> Self {
        Self {
            name,
            value,
            is_required: true,
            is_nullable: false,
            meaning,
        }
    }

    /// The same field, absent from some events.
    pub(super) fn optional(self) -> Self {
        Self {
            is_required: false,
            ..self
        }
    }

    /// The same field, whose value may be null.
    pub(super) fn nullable(self) -> Self {
        Self {
            is_nullable: true,
            ..self
        }
    }
}
