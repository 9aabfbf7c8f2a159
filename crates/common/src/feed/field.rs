//! What the data of an event type hold, described for those who read the feed.

/// A field of an event's data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What values it has.
    pub value: FieldValue,
    /// Whether every event of the type has it.
    pub is_required: bool,
    /// Whether its value may be null.
    pub is_nullable: bool,
    /// What it says.
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
    /// One of a list of values, to which a later version may add.
    OneOf(Vec<&'static str>),
}

/// Whether the events of a type name something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Each of them does.
    Always,
    /// Some of them do.
    Sometimes,
    /// None of them does.
    Never,
}

/// What the events of a type are about, beside their data.
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

    /// The same field, which some events lack.
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
