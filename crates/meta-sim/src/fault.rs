//! Faults of a call, selected by a script or by the recipient's number.

use serde::{Deserialize, Serialize};

/// One status that a webhook reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Left Meta's servers.
    Sent,
    /// Reached the client's phone.
    Delivered,
    /// Read by the client.
    Read,
    /// A voice message was played.
    Played,
    /// Failed with this code.
    Failed(i64),
}

/// A fault of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// Refused with this code; HTTP status and texts are Meta's unless parts.
    Error {
        /// Meta's code.
        code: i64,
        /// An HTTP status other than the code's own.
        #[serde(default)]
        http_status: Option<u16>,
        /// An `error_data.details` other than the code's own.
        #[serde(default)]
        details: Option<String>,
    },
    /// HTTP 429; the code is an undocumented one unless parts.
    TooManyRequests {
        /// Meta's code.
        #[serde(default)]
        code: Option<i64>,
    },
    /// HTTP 500 with an HTML page, before or after the message was accepted.
    Html500 {
        /// Whether the message was accepted nevertheless.
        #[serde(default)]
        accepted: bool,
    },
    /// The connection is cut and the message is not accepted.
    CutBeforeAcceptance,
    /// The message is accepted, then the connection is cut without an answer.
    CutAfterAcceptance,
    /// No answer for `millis`. Accepted: accepted immediately and answered late. Otherwise the connection is cut at the
    /// end and the message is not accepted.
    Hold {
        /// The delay, milliseconds.
        millis: u64,
        /// Whether the message is accepted.
        #[serde(default)]
        accepted: bool,
    },
    /// Accepted, and half of the JSON is answered.
    TruncatedJson,
    /// Accepted, and exactly these statuses follow, in this order; none when empty.
    Statuses {
        /// The statuses.
        steps: Vec<Step>,
    },
    /// Accepted with `message_status` `held_for_quality_assessment`; these statuses follow.
    HeldForQuality {
        /// The statuses.
        #[serde(default)]
        steps: Vec<Step>,
    },
}

/// An undocumented code: the default of `TooManyRequests`.
pub const UNNAMED_THROTTLE_CODE: i64 = 139_999;
