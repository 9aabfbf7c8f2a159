//! Calls that did not do what they were made for.

use std::error::Error;
use std::path::PathBuf;

use reqwest::StatusCode;
use serde::Deserialize;

use crate::failure::Failure;

const PROBLEM_TYPE: &str = "urn:djigbachats:problem:";

/// What went wrong, of which call.
#[derive(Debug, thiserror::Error)]
#[error("{call} {what}")]
pub(crate) struct ApiError {
    call: String,
    what: What,
    log: PathBuf,
}

#[derive(Debug, thiserror::Error)]
enum What {
    #[error("was answered {status}: {detail}")]
    Refused {
        status: StatusCode,
        code: String,
        detail: String,
    },
    #[error("was not answered ({0})")]
    Unreachable(String),
    #[error("was answered with something that its description does not say: {0}")]
    Unreadable(String),
}

/// The call that errors are about.
pub(super) struct Call {
    pub(super) name: String,
    pub(super) log: PathBuf,
}

/// RFC 9457 problem details, as far as they are shown.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Problem {
    r#type: String,
    title: String,
    detail: Option<String>,
    errors: Vec<Field>,
    trace_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Field {
    pointer: Option<String>,
    parameter: Option<String>,
    detail: String,
}

impl ApiError {
    /// Whether the API does not know the key.
    pub(crate) fn is_unauthorized(&self) -> bool {
        matches!(
            self.what,
            What::Refused {
                status: StatusCode::UNAUTHORIZED,
                ..
            }
        )
    }

    /// Whether the API refused with this problem.
    pub(crate) fn is(&self, problem: &str) -> bool {
        matches!(&self.what, What::Refused { code, .. } if code == problem)
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        let failure = Self::new(format!("{error}."));
        match error.what {
            What::Refused { status, .. } if !status.is_server_error() => failure
                .kept("what the earlier steps did stays.")
                .advice("read what the API says; its description is at /docs/ of the gateway's operations listener."),
            _ => failure.advice("read the gateway's log, then start again.").log(error.log),
        }
    }
}

impl Call {
    pub(super) fn refused(&self, status: StatusCode, body: &[u8]) -> ApiError {
        let problem: Problem = serde_json::from_slice(body).unwrap_or_default();
        let code = problem
            .r#type
            .strip_prefix(PROBLEM_TYPE)
            .unwrap_or_default()
            .to_owned();
        self.error(What::Refused {
            status,
            code,
            detail: explain(problem),
        })
    }

    pub(super) fn unreachable(&self, cause: &dyn Error) -> ApiError {
        // The outermost error names the URL, whose query may name a client.
        let mut inner = cause;
        while let Some(source) = inner.source() {
            inner = source;
        }
        self.error(What::Unreachable(inner.to_string()))
    }

    pub(super) fn unreadable(&self, cause: &serde_json::Error) -> ApiError {
        self.error(What::Unreadable(cause.to_string()))
    }

    fn error(&self, what: What) -> ApiError {
        ApiError {
            call: self.name.clone(),
            what,
            log: self.log.clone(),
        }
    }
}

fn explain(problem: Problem) -> String {
    let fields = problem.errors.into_iter().map(|field| {
        let place = field.pointer.or(field.parameter).unwrap_or_default();
        format!("{place} {}", field.detail)
    });
    let trace = problem.trace_id.map(|id| format!("trace {id}"));
    let parts = problem.detail.into_iter().chain(fields).chain(trace);
    let parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
    match (problem.title.as_str(), parts.is_empty()) {
        ("", _) => "without saying why".to_owned(),
        (title, true) => title.to_owned(),
        (title, false) => format!("{title} ({})", parts.join("; ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call() -> Call {
        Call {
            name: "POST /v1/numbers".to_owned(),
            log: "gateway.log".into(),
        }
    }

    #[test]
    fn a_problem_is_told_with_the_fields_that_it_names() {
        let body = br#"{"type":"urn:djigbachats:problem:token_invalid","title":"Meta does not accept the token",
            "status":422,"errors":[{"pointer":"/access_token","detail":"it has expired"}]}"#;
        let error = call().refused(StatusCode::UNPROCESSABLE_ENTITY, body);
        let told = "POST /v1/numbers was answered 422 Unprocessable Entity: Meta does not accept the token \
                    (/access_token it has expired)";
        assert_eq!(error.to_string(), told);
        assert!(error.is("token_invalid") && !error.is_unauthorized());
    }

    #[test]
    fn the_gateways_log_is_shown_for_its_own_faults_only() {
        let shown = |status| {
            Failure::from(call().refused(status, b""))
                .to_string()
                .contains("gateway.log")
        };
        assert!(shown(StatusCode::INTERNAL_SERVER_ERROR));
        assert!(!shown(StatusCode::CONFLICT));
    }
}
