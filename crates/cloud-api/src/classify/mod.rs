//! What an answer of Meta means: from error code and HTTP status to a class, and from there to what is known of the
//! message.
//!
//! The rule behind it: a message may be sent again only when it is *proven* that Meta did not accept it, which is an
//! error before the first byte left, HTTP 429, or one of [`REPLAYABLE`]. A code that refuses for good proves it too, but
//! nothing is to be repeated then; so does the one that refuses until a template is ready. All else is doubt. The code decides before the HTTP status does, which Meta does not
//! keep consistent (Meta, error codes reference).

mod table;
#[cfg(test)]
mod tests;

use common::message::PostOutcome;

use crate::error::MetaError;
pub(crate) use table::is_known;
use table::row;
pub use table::{class_of_code, explain};

/// Throttling codes with which Meta refuses a call before it looks at the message.
const REPLAYABLE: [i32; 4] = [4, 80007, 130_429, 131_056];

/// The generic code for a wrong parameter, and its subcode for an object that does not exist or may not be seen.
const INVALID_PARAMETER: i32 = 100;
const UNKNOWN_OBJECT: i32 = 33;

const REQUEST_TIMEOUT: u16 = 408;
const TOO_MANY_REQUESTS: u16 = 429;

/// Whose calls a throttle slows down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ThrottleScope {
    /// All calls of our app, or of one token.
    App,
    /// All calls for one WhatsApp Business Account.
    Waba,
    /// All messages of one number.
    Number,
    /// The messages of one number to one recipient.
    Pair,
}

/// What kind of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// This recipient cannot be reached with this message; others can.
    PermanentRecipient,
    /// The request is wrong, and will be as wrong next time.
    PermanentMessage,
    /// The template is missing, paused or disabled at Meta.
    TemplateStopped,
    /// The template and what we filled in do not fit together, or Meta objects to its text: messages like it will fail
    /// too, until the templates are synchronised or the template is changed.
    TemplateRefused,
    /// Meta is still preparing the template for the Marketing Messages API, and refuses what comes meanwhile.
    TemplateSyncing,
    /// Too many calls.
    Throttle(ThrottleScope),
    /// Meta limits the number because of its quality: a person has to look at what it sends.
    SpamLimited,
    /// The token, the number or the account is broken.
    NumberStopped,
    /// The business cannot be charged.
    Billing,
    /// Meta may or may not have done what was asked for.
    Doubt,
    /// An operation of onboarding or management was refused; not expected when sending.
    Platform,
    /// No connection to Meta: nothing was asked.
    Unreachable,
}

impl ErrorClass {
    /// The class of a refusal.
    pub(crate) fn of(error: &MetaError, http_status: u16) -> Self {
        if error.code == INVALID_PARAMETER && error.subcode == Some(UNKNOWN_OBJECT) {
            return Self::NumberStopped;
        }
        match row(error.code) {
            // Codes of other operations are no word on a message.
            Some(row) if row.class == Self::Platform && http_status == TOO_MANY_REQUESTS => {
                Self::Throttle(ThrottleScope::Number)
            }
            Some(row) => row.class,
            None => Self::of_unknown_code(http_status),
        }
    }

    /// The class of an answer that holds no error object.
    pub(crate) const fn of_unreadable(http_status: u16) -> Self {
        match http_status {
            TOO_MANY_REQUESTS => Self::Throttle(ThrottleScope::Number),
            _ => Self::Doubt,
        }
    }

    /// Whether Meta finds that the number sends too fast or too much. Too much to one recipient slows nobody else down.
    #[must_use]
    pub const fn slows_the_number(self) -> bool {
        matches!(
            self,
            Self::Throttle(ThrottleScope::Number | ThrottleScope::Waba | ThrottleScope::App)
                | Self::SpamLimited
        )
    }

    /// The stable word in metrics and logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PermanentRecipient => "permanent_recipient",
            Self::PermanentMessage => "permanent_message",
            Self::TemplateStopped => "template_stopped",
            Self::TemplateRefused => "template_refused",
            Self::TemplateSyncing => "template_syncing",
            Self::Throttle(ThrottleScope::App) => "throttle_app",
            Self::Throttle(ThrottleScope::Waba) => "throttle_waba",
            Self::Throttle(ThrottleScope::Number) => "throttle_number",
            Self::Throttle(ThrottleScope::Pair) => "throttle_pair",
            Self::SpamLimited => "spam_limited",
            Self::NumberStopped => "number_stopped",
            Self::Billing => "billing",
            Self::Doubt => "doubt",
            Self::Platform => "platform",
            Self::Unreachable => "unreachable",
        }
    }

    /// What is known of a message whose POST failed in this way; `code` and `http_status` are what Meta answered, if it
    /// did.
    pub(crate) fn post_outcome(self, code: Option<i32>, http_status: Option<u16>) -> PostOutcome {
        match self {
            Self::PermanentRecipient
            | Self::PermanentMessage
            | Self::TemplateRefused
            | Self::Platform => PostOutcome::Rejected,
            Self::TemplateStopped => PostOutcome::TemplateStopped,
            Self::NumberStopped | Self::SpamLimited | Self::Billing => PostOutcome::NumberStopped,
            Self::Unreachable | Self::TemplateSyncing => PostOutcome::NotAccepted,
            Self::Throttle(_) | Self::Doubt => {
                let replayable = code.is_some_and(|code| REPLAYABLE.contains(&code));
                if replayable || http_status == Some(TOO_MANY_REQUESTS) {
                    PostOutcome::NotAccepted
                } else {
                    PostOutcome::Doubt
                }
            }
        }
    }

    const fn of_unknown_code(http_status: u16) -> Self {
        match http_status {
            REQUEST_TIMEOUT => Self::Doubt,
            TOO_MANY_REQUESTS => Self::Throttle(ThrottleScope::Number),
            400..=499 => Self::PermanentMessage,
            _ => Self::Doubt,
        }
    }
}
