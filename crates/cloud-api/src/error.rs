//! Errors of calls to Meta. None of them prints personal data: of Meta's error object only code, type and trace id are
//! shown, and of a failed connection never the URL, which may hold a token.

use std::fmt;

use serde_json::Value;

use crate::classify::{ErrorClass, INVALID_PARAMETER, UNKNOWN_OBJECT, explain, is_known};
use crate::open_text::{integer, label};

/// Codes for a token that Meta does not accept.
const TOKEN_CODES: [i32; 4] = [0, 102, 104, 190];

/// Meta's error object (Meta, error codes reference). Decisions are based on `code`: Meta translates its titles and
/// does not keep HTTP statuses consistent.
#[derive(Clone, PartialEq, Eq)]
pub struct MetaError {
    /// The code.
    pub code: i32,
    /// The subcode, which Meta has deprecated but still sends.
    pub subcode: Option<i32>,
    /// Meta's type, such as `OAuthException`.
    pub kind: Option<String>,
    /// The trace id, which Meta's support needs.
    pub fbtrace_id: Option<String>,
    /// Meta's explanation in English. It may repeat parts of the request, such as a phone number: personal data, to be
    /// stored sealed and never to be logged.
    pub details: Option<String>,
    /// Meta's title for the user, in the language of the account; only to be shown, never to be compared or logged.
    pub user_title: Option<String>,
    /// Meta's explanation for the user, in the language of the account: why a template was refused stands here. It may
    /// repeat parts of the request: only to be shown, never to be compared or logged.
    pub user_message: Option<String>,
}

/// A call that Meta refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Meta's error object.
    pub error: MetaError,
    /// Its class.
    pub class: ErrorClass,
    /// The HTTP status of the answer.
    pub http_status: u16,
}

/// A call that could not be made or whose response did not arrive completely.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct TransportError(reqwest::Error);

/// Why a call to Meta failed.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// No connection: nothing was sent to Meta.
    #[error("no connection to Meta could be made")]
    NotReached(#[source] TransportError),
    /// The connection broke or the time limit passed before the response was complete.
    #[error("Meta's answer did not arrive")]
    Interrupted(#[source] TransportError),
    /// Meta answered with an error.
    #[error("Meta refused the call: {}", .0.error)]
    Refused(Box<Refusal>),
    /// Meta's response does not have the expected content.
    #[error("Meta's answer (HTTP {http_status}) is not {expected}")]
    NotUnderstood {
        /// The HTTP status of the answer.
        http_status: u16,
        /// The expected content.
        expected: &'static str,
    },
    /// A list that is longer than Meta allows.
    #[error("the list at Meta did not end after {pages} pages")]
    Endless {
        /// How many pages were read.
        pages: usize,
    },
}

impl MetaError {
    /// Parses the body of a response; `None` when it holds no error object with a code.
    pub(crate) fn parse(body: &[u8]) -> Option<Self> {
        Self::read(serde_json::from_slice::<Value>(body).ok()?.get("error")?)
    }

    /// Parses an error object.
    pub(crate) fn read(error: &Value) -> Option<Self> {
        let code = i32::try_from(integer(error.get("code")?)?).ok()?;
        let subcode = error.get("error_subcode").and_then(integer);
        let details = error.get("error_data").and_then(|data| {
            data.as_str()
                .or_else(|| data.get("details").and_then(Value::as_str))
        });
        let text = |key: &str| error.get(key)?.as_str().map(ToOwned::to_owned);
        Some(Self {
            code,
            subcode: subcode.and_then(|subcode| i32::try_from(subcode).ok()),
            kind: label(error.get("type")),
            fbtrace_id: label(error.get("fbtrace_id")),
            details: details.map(ToOwned::to_owned),
            user_title: text("error_user_title"),
            user_message: text("error_user_msg"),
        })
    }

    /// The meaning of the code, in our words: it may be shown and logged. Meta may put the code of a refused template
    /// into the subcode of its generic code for a wrong parameter.
    #[must_use]
    pub fn meaning(&self) -> &'static str {
        let subcode = self.subcode.filter(|subcode| is_known(*subcode));
        match subcode {
            Some(subcode) if self.code == INVALID_PARAMETER && subcode != UNKNOWN_OBJECT => {
                explain(subcode)
            }
            _ => explain(self.code),
        }
    }

    #[cfg(test)]
    pub(crate) const fn with_code(code: i32) -> Self {
        Self {
            code,
            subcode: None,
            kind: None,
            fbtrace_id: None,
            details: None,
            user_title: None,
            user_message: None,
        }
    }
}

impl fmt::Debug for MetaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MetaError")
            .field("code", &self.code)
            .field("subcode", &self.subcode)
            .field("kind", &self.kind)
            .field("fbtrace_id", &self.fbtrace_id)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for MetaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "code {}: {}", self.code, self.meaning())?;
        match &self.fbtrace_id {
            Some(trace) => write!(f, " (fbtrace_id {trace})"),
            None => Ok(()),
        }
    }
}

impl TransportError {
    /// Whether it is proven that no byte was sent.
    #[must_use]
    pub fn before_first_byte(&self) -> bool {
        self.0.is_connect() || self.0.is_builder()
    }
}

impl From<reqwest::Error> for TransportError {
    fn from(error: reqwest::Error) -> Self {
        Self(error.without_url())
    }
}

impl From<TransportError> for ApiError {
    fn from(error: TransportError) -> Self {
        if error.before_first_byte() {
            Self::NotReached(error)
        } else {
            Self::Interrupted(error)
        }
    }
}

impl ApiError {
    /// The error for a response without the expected content.
    pub(crate) fn of_answer(http_status: u16, body: &[u8], expected: &'static str) -> Self {
        match MetaError::parse(body) {
            Some(error) => {
                let class = ErrorClass::of(&error, http_status);
                Self::Refused(Box::new(Refusal {
                    error,
                    class,
                    http_status,
                }))
            }
            None => Self::NotUnderstood {
                http_status,
                expected,
            },
        }
    }

    /// The class of the failure.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::NotReached(_) => ErrorClass::Unreachable,
            Self::Interrupted(_) | Self::Endless { .. } => ErrorClass::Doubt,
            Self::Refused(refusal) => refusal.class,
            Self::NotUnderstood { http_status, .. } => ErrorClass::of_unreadable(*http_status),
        }
    }

    /// Meta's error object, if Meta answered with one.
    #[must_use]
    pub fn meta(&self) -> Option<&MetaError> {
        match self {
            Self::Refused(refusal) => Some(&refusal.error),
            _ => None,
        }
    }

    /// Whether Meta does not accept the token: it was never valid, expired, or was revoked.
    #[must_use]
    pub fn is_token_refused(&self) -> bool {
        self.meta()
            .is_some_and(|error| TOKEN_CODES.contains(&error.code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_error_object_is_read() {
        let body = br##"{"error":{"message":"(#130429) Rate limit hit","type":"OAuthException","code":130429,
            "error_data":{"messaging_product":"whatsapp","details":"Throughput has been reached."},
            "error_subcode":2494055,"is_transient":false,"fbtrace_id":"Az8or2yhqkZfEZ-_4Qn_Bam"}}"##;
        let error = MetaError::parse(body).unwrap();
        assert_eq!((error.code, error.subcode), (130_429, Some(2_494_055)));
        assert_eq!(error.kind.as_deref(), Some("OAuthException"));
        assert_eq!(error.fbtrace_id.as_deref(), Some("Az8or2yhqkZfEZ-_4Qn_Bam"));
        assert_eq!(
            error.details.as_deref(),
            Some("Throughput has been reached.")
        );
    }

    #[test]
    fn a_loosely_written_error_object_is_read_too() {
        let error =
            MetaError::parse(br#"{"error":{"code":"100","error_data":"Bad value"}}"#).unwrap();
        assert_eq!(
            (error.code, error.details.as_deref()),
            (100, Some("Bad value"))
        );
        for other in [
            &b""[..],
            b"<html>502</html>",
            br#"{"error":{"code":1"#,
            br#"{"error":"invalid"}"#,
            br#"{"error":{"message":"no code"}}"#,
            br#"{"messages":[]}"#,
        ] {
            assert_eq!(MetaError::parse(other), None);
        }
    }

    #[test]
    fn what_is_printed_holds_no_text_of_the_answer() {
        let body = br##"{"error":{"message":"+22670112233 is wrong","type":"for +22670112233","code":131009,
            "error_data":{"details":"+22670112233"},"error_user_msg":"+22670112233","fbtrace_id":"+22670112233"}}"##;
        let refused = ApiError::of_answer(400, body, "a message");
        let printed = format!("{refused:?} {refused}");
        assert!(
            printed.contains("131009") && !printed.contains("70112233"),
            "{printed}"
        );
    }

    #[test]
    fn a_refused_token_is_told_from_a_missing_permission() {
        let refused = |code| {
            ApiError::of_answer(
                401,
                format!(r#"{{"error":{{"code":{code}}}}}"#).as_bytes(),
                "x",
            )
        };
        assert!(refused(190).is_token_refused() && refused(0).is_token_refused());
        assert!(!refused(200).is_token_refused() && !refused(4).is_token_refused());
        assert_eq!(refused(200).class(), ErrorClass::NumberStopped);
    }
}
