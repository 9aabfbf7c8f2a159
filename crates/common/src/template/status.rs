//! Whether a template may be sent now (Meta, template statuses).

use crate::serialize::serialize_as;

/// A template's status. Meta may add more.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TemplateStatus {
    /// May be sent.
    Approved,
    /// In review.
    Pending,
    /// Refused.
    Rejected,
    /// Suspended for low quality, temporarily.
    Paused,
    /// Suspended permanently.
    Disabled,
    /// Deleted at Meta, or no longer listed there.
    Deleted,
    /// Any other value of Meta.
    Other(String),
}

serialize_as!(TemplateStatus, as_meta);

impl TemplateStatus {
    /// Reads Meta's value, whatever its case.
    #[must_use]
    pub fn from_meta(word: &str) -> Self {
        match word.to_ascii_uppercase().as_str() {
            "APPROVED" => Self::Approved,
            "PENDING" => Self::Pending,
            "REJECTED" => Self::Rejected,
            "PAUSED" => Self::Paused,
            "DISABLED" => Self::Disabled,
            "DELETED" | "PENDING_DELETION" => Self::Deleted,
            _ => Self::Other(word.to_owned()),
        }
    }

    /// Meta's value.
    #[must_use]
    pub fn as_meta(&self) -> &str {
        match self {
            Self::Approved => "APPROVED",
            Self::Pending => "PENDING",
            Self::Rejected => "REJECTED",
            Self::Paused => "PAUSED",
            Self::Disabled => "DISABLED",
            Self::Deleted => "DELETED",
            Self::Other(word) => word,
        }
    }

    /// The status that an event of `message_template_status_update` puts a template into; `None` for a lock, which forbids
    /// editing and says nothing of sending.
    #[must_use]
    pub fn after_event(event: &str) -> Option<Self> {
        match event.to_ascii_uppercase().as_str() {
            "LOCKED" | "UNLOCKED" => None,
            "UNPAUSED" => Some(Self::Approved),
            event => Some(Self::from_meta(event)),
        }
    }

    /// Meta's values for templates that may be sent: approved ones, and those that Meta flagged or reinstated.
    pub const SENDABLE: [&'static str; 3] = ["APPROVED", "REINSTATED", "FLAGGED"];

    /// Whether a message with this template may be sent.
    #[must_use]
    pub fn is_sendable(&self) -> bool {
        let word = self.as_meta().to_ascii_uppercase();
        Self::SENDABLE.contains(&word.as_str())
    }
}
