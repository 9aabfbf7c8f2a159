//! The response body of a problem.

use serde::Serialize;
use utoipa::ToSchema;

/// An error in one part of the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// JSON pointer (RFC 6901) to the field of the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "/variables/2")]
    pub pointer: Option<String>,
    /// The name of the query parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// The code of this error, when it differs from the problem's; a code from the same list.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "recipient_invalid")]
    pub problem: Option<&'static str>,
    /// The stable name of the rule of Meta that a template breaks here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<&'static str>,
    /// What is wrong with this part.
    pub detail: String,
}

/// Problem details (RFC 9457). A 5xx carries `type`, `title`, `status` and `trace_id`, and a 503 a `detail`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody<'a> {
    /// `urn:djigbachats:problem:<code>`: stable; decide by it.
    #[serde(rename = "type")]
    #[schema(example = "urn:djigbachats:problem:body_invalid")]
    pub(super) kind: String,
    /// The title of the problem type.
    pub(super) title: &'static str,
    /// The HTTP status.
    pub(super) status: u16,
    /// What happened, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) detail: Option<&'a str>,
    /// The parts of the request that are wrong.
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    pub(super) errors: &'a [FieldError],
    /// The newest version of the draft that the call expected another version of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) current_version: Option<i32>,
    /// The trace id of the call, for support requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) trace_id: Option<String>,
}
