//! Classifies Meta's responses: from error code and HTTP status to a class, and from the class to the known outcome for
//! the message.
//!
//! The rule: a message may be sent again only when it is *proven* that Meta did not accept it, which is an error before
//! the first byte was sent, HTTP 429, or one of [`REPLAYABLE`]. A code of a permanent refusal proves it too, but the
//! message is not repeated; so does the code that refuses until a template is ready. All other failures leave the
//! message in doubt. The code is evaluated before the HTTP status, because Meta does not keep the status consistent
//! (Meta, error codes reference).

mod table;
#[cfg(test)]
mod tests;

use common::message::PostOutcome;

use crate::error::MetaError;
pub(crate) use table::is_known;
use table::row;
pub use table::{class_of_code, explain};

/// Throttling codes with which Meta refuses a call before it handles the message.
const REPLAYABLE: [i32; 4] = [4, 80007, 130_429, 131_056];

/// The generic code for a wrong parameter, and its subcode for an object that does not exist or is not visible to the
/// token.
pub(crate) const INVALID_PARAMETER: i32 = 100;
pub(crate) const UNKNOWN_OBJECT: i32 = 33;

const REQUEST_TIMEOUT: u16 = 408;
const TOO_MANY_REQUESTS: u16 = 429;

/// The calls that a throttle applies to.
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

/// The kind of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// This recipient cannot get this message; others can.
    PermanentRecipient,
    /// The request is wrong, and a repetition would be too.
    PermanentMessage,
    /// The template is missing, paused or disabled at Meta.
    TemplateStopped,
    /// The template and its parameters do not fit together, or Meta objects to its text: further messages of it will
    /// fail too, until the templates are synchronised or the template is changed.
    TemplateRefused,
    /// Meta is still preparing the template for the Marketing Messages API, and refuses messages until then.
    TemplateSyncing,
    /// Too many calls.
    Throttle(ThrottleScope),
    /// Meta limits the number because of its quality: a person has to check what it sends.
    SpamLimited,
    /// The token, the number or the account is invalid or restricted.
    NumberStopped,
    /// The business cannot be charged.
    Billing,
    /// It is unknown whether Meta did what was requested.
    Doubt,
    /// An onboarding or management operation was refused; not expected when sending.
    Platform,
    /// No connection to Meta: nothing was requested.
    Unreachable,
}

impl ErrorClass {
    /// The class of a refusal.
    pub(crate) fn of(error: &MetaError, http_status: u16) -> Self {
        if error.code == INVALID_PARAMETER && error.subcode == Some(UNKNOWN_OBJECT) {
            return Self::NumberStopped;
        }
        match row(error.code) {
            // Codes of other operations say nothing about a message.
            Some(row) if row.class == Self::Platform && http_status == TOO_MANY_REQUESTS => {
                Self::Throttle(ThrottleScope::Number)
            }
            Some(row) => row.class,
            None => Self::of_unknown_code(http_status),
        }
    }

    /// The class of a response without an error object.
    pub(crate) const fn of_unreadable(http_status: u16) -> Self {
        match http_status {
            TOO_MANY_REQUESTS => Self::Throttle(ThrottleScope::Number),
            _ => Self::Doubt,
        }
    }

    /// Whether Meta reports that the number sends too fast or too much. Too many messages to one recipient do not slow
    /// the others.
    #[must_use]
    pub const fn slows_the_number(self) -> bool {
        matches!(
            self,
            Self::Throttle(ThrottleScope::Number | ThrottleScope::Waba | ThrottleScope::App)
                | Self::SpamLimited
        )
    }

    /// The stable value in metrics and logs.
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

    /// The known outcome for a message whose POST failed in this way; `code` and `http_status` are those of Meta's
    /// response, if there was one.
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
