//! Whether a number can send.

use crate::message::HeldReason;

/// The connection of a number to its business.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    /// Meta accepts its token.
    Connected,
    /// Meta refused its token, its account or the number itself: its messages are held.
    Stopped,
    /// It was taken out of service by its owner.
    Disconnected,
}

/// What decides whether a number can send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberState {
    /// Its connection.
    pub connection: Connection,
    /// Whether a token of its account is stored.
    pub has_token: bool,
    /// Whether its breaker is open.
    pub is_breaker_open: bool,
}

impl Connection {
    /// Every connection.
    pub const ALL: [Self; 3] = [Self::Connected, Self::Stopped, Self::Disconnected];

    /// The stable number in the database.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Connected => 1,
            Self::Stopped => 2,
            Self::Disconnected => 3,
        }
    }

    /// The connection of a stored number.
    #[must_use]
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|connection| connection.code() == code)
    }

    /// The stable value in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Stopped => "stopped",
            Self::Disconnected => "disconnected",
        }
    }

    /// Whether messages from the number are accepted, and whether a refusal of Meta stops it or opens its breaker.
    #[must_use]
    pub const fn can_send(self) -> bool {
        matches!(self, Self::Connected)
    }
}

impl NumberState {
    /// Why the number's messages are held; `None` when it can send.
    #[must_use]
    pub const fn hold(self) -> Option<HeldReason> {
        if !self.connection.can_send() || !self.has_token {
            return Some(HeldReason::NumberStopped);
        }
        if self.is_breaker_open {
            return Some(HeldReason::BreakerOpen);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_connection_has_its_own_code() {
        for connection in Connection::ALL {
            assert_eq!(Connection::from_code(connection.code()), Some(connection));
        }
    }

    #[test]
    fn a_number_sends_only_when_it_is_connected_with_a_token_and_its_breaker_is_closed() {
        for connection in Connection::ALL {
            for (has_token, is_breaker_open) in
                [(false, false), (false, true), (true, false), (true, true)]
            {
                let number = NumberState {
                    connection,
                    has_token,
                    is_breaker_open,
                };
                let is_stopped = connection != Connection::Connected || !has_token;
                let expected = match (is_stopped, is_breaker_open) {
                    (true, _) => Some(HeldReason::NumberStopped),
                    (false, true) => Some(HeldReason::BreakerOpen),
                    (false, false) => None,
                };
                assert_eq!(number.hold(), expected, "{number:?}");
            }
        }
    }
}
