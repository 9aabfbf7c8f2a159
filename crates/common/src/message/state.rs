//! The states of a message; `transition` says which follows which.

use super::transition::Cause;

/// The state of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessageState {
    /// Durably stored; may be claimed.
    Accepted,
    /// Claimed by a sender that holds a lease.
    Sending,
    /// Proven not accepted by Meta; tried again at a stored time.
    RetryWait,
    /// Waits for an event; the reason is stored with it.
    Held,
    /// Meta may or may not have it; a status or the evidence timeout decides.
    Unknown,
    /// Meta refused it, and it is not sent again.
    Rejected,
    /// Cancelled before it was sent.
    Cancelled,
    /// The recipient opted out.
    Suppressed,
    /// Its time passed before it was sent.
    Expired,
    /// No evidence arrived, and another attempt would do more harm than none.
    Unresolved,
    /// Meta accepted it and gave it an id.
    Submitted,
    /// It left Meta's servers.
    Sent,
    /// Meta could not deliver it.
    Failed,
    /// It reached the recipient's device.
    Delivered,
    /// The recipient opened it.
    Read,
    /// The recipient played it.
    Played,
}

impl MessageState {
    /// Every state.
    pub const ALL: [Self; 16] = [
        Self::Accepted,
        Self::Sending,
        Self::RetryWait,
        Self::Held,
        Self::Unknown,
        Self::Rejected,
        Self::Cancelled,
        Self::Suppressed,
        Self::Expired,
        Self::Unresolved,
        Self::Submitted,
        Self::Sent,
        Self::Failed,
        Self::Delivered,
        Self::Read,
        Self::Played,
    ];

    /// The stable number in the database. From 20 on the state is reported by Meta, and the numbers rise with the rank,
    /// so that SQL merges a status by taking the greater number.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Accepted => 1,
            Self::Sending => 2,
            Self::RetryWait => 3,
            Self::Held => 4,
            Self::Unknown => 5,
            Self::Rejected => 10,
            Self::Cancelled => 11,
            Self::Suppressed => 12,
            Self::Expired => 13,
            Self::Unresolved => 14,
            Self::Submitted => 20,
            Self::Sent => 21,
            Self::Failed => 22,
            Self::Delivered => 23,
            Self::Read => 24,
            Self::Played => 25,
        }
    }

    /// The state of a stored number.
    #[must_use]
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// The stable value in metrics and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Sending => "sending",
            Self::RetryWait => "retry_wait",
            Self::Held => "held",
            Self::Unknown => "unknown",
            Self::Rejected => "rejected",
            Self::Cancelled => "cancelled",
            Self::Suppressed => "suppressed",
            Self::Expired => "expired",
            Self::Unresolved => "unresolved",
            Self::Submitted => "submitted",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Played => "played",
        }
    }

    /// The state of a value in the API.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether Meta has the message.
    #[must_use]
    pub const fn is_delivery(self) -> bool {
        self.code() >= Self::Submitted.code()
    }

    /// Whether a claim may take the message.
    #[must_use]
    pub const fn is_claimable(self) -> bool {
        self.after(Cause::Claimed).is_some()
    }

    /// Whether it failed: Meta refused it, or could not deliver it.
    #[must_use]
    pub const fn has_failed(self) -> bool {
        matches!(self, Self::Rejected | Self::Failed)
    }

    /// Whether the outcome is known from Meta, so that it counts in the evaluation of a campaign. That Meta accepted it
    /// says nothing yet.
    #[must_use]
    pub const fn is_verdict(self) -> bool {
        self.has_failed() || self.code() >= Self::Sent.code()
    }

    /// Whether our part of the work is done. A status of Meta may still raise the state.
    #[must_use]
    pub const fn is_settled(self) -> bool {
        !matches!(
            self,
            Self::Accepted | Self::Sending | Self::RetryWait | Self::Held | Self::Unknown
        )
    }
}
