//! The customer service window: messages without a template may be sent to a client only within 24 hours of the
//! client's last message to the number (Meta, customer service windows).
//!
//! It belongs to one number and one client: a message to one number of a business opens no window for another.

use chrono::{DateTime, TimeDelta, Utc};

/// How long a window stays open after the client's last message.
pub const WINDOW: TimeDelta = TimeDelta::hours(24);

/// Types of inbound messages that do not open the window, or for which Meta does not say that they do: reports of
/// WhatsApp itself about a client, and reactions, edits and revocations of earlier messages.
const OPENS_NOTHING: [&str; 5] = ["system", "reaction", "edit", "revoke", "request_welcome"];

/// The window between a number and a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Window {
    /// When the client last wrote to the number, by Meta's clock; `None` when it never did.
    pub last_inbound_at: Option<DateTime<Utc>>,
}

impl Window {
    /// When it closes or closed; `None` when it was never open.
    #[must_use]
    pub fn closes_at(self) -> Option<DateTime<Utc>> {
        self.last_inbound_at.map(|at| at + WINDOW)
    }

    /// Whether a message without a template may be sent.
    #[must_use]
    pub fn is_open(self, now: DateTime<Utc>) -> bool {
        self.closes_at().is_some_and(|at| now < at)
    }
}

/// Whether an inbound message of this type opens the window.
#[must_use]
pub fn opens_window(message_type: &str) -> bool {
    !OPENS_NOTHING.contains(&message_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_open_for_less_than_24_hours() {
        let wrote_at = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
        let window = Window {
            last_inbound_at: Some(wrote_at),
        };
        assert!(window.is_open(wrote_at));
        assert!(window.is_open(wrote_at + WINDOW - TimeDelta::milliseconds(1)));
        assert!(!window.is_open(wrote_at + WINDOW));
        assert!(!Window::default().is_open(wrote_at));
    }

    #[test]
    fn a_tap_opens_the_window_and_a_reaction_does_not() {
        for word in ["text", "button", "interactive", "image", "unsupported"] {
            assert!(opens_window(word), "{word}");
        }
        assert!(!opens_window("reaction") && !opens_window("system"));
    }
}
