//! Errors as RFC 9457 problem details: a stable type, what happened in plain language, and where in the request.
//!
//! A problem never repeats a value of the request; errors name the field. A 5xx has the trace id, and a 503 says what
//! was kept and what to do; the cause is logged once, where the request ends.

mod body;
mod code;
mod limit_reached;
#[cfg(test)]
mod tests;

use std::error::Error as StdError;
use std::fmt;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use common::trace::TraceId;
use fair_share::Exhausted;
use storage::StorageError;

pub use body::FieldError;
pub(crate) use body::ProblemBody;
pub use code::ProblemCode;
pub(crate) use limit_reached::{Limit, refused};

/// The media type of problem details (RFC 9457, 3).
pub const PROBLEM_JSON: &str = "application/problem+json";
/// Seconds after which to repeat a call when a dependency was unavailable.
const RETRY_AFTER_SECONDS: u32 = 2;

/// The detail of a 503 that has no other.
const NOTHING_KEPT: &str = "Nothing was kept. Repeat the call after the seconds in Retry-After, with the same \
    Idempotency-Key if it takes one.";
/// The detail when the database stopped answering during a call.
const OUTCOME_UNKNOWN: &str = "The database did not answer in time, so it is not known whether the call was kept. \
    Repeat it after the seconds in Retry-After, with the same Idempotency-Key if it takes one: then it is done once, \
    whether it was kept or not.";
/// The detail when another call holds a lock.
const LOCKED: &str = "Another call is changing the same data. Nothing was changed by this one. Repeat it after the \
    seconds in Retry-After.";
/// Seconds after which the lock may be free.
const LOCKED_SECONDS: u32 = 5;

/// How many errors a problem lists: more are of no use, and a hostile body could have millions.
pub(crate) const MOST_PLACES: usize = 100;

/// An error as the caller sees it, with its cause for the log.
#[derive(Debug)]
pub struct Problem {
    code: ProblemCode,
    detail: Option<String>,
    errors: Vec<FieldError>,
    retry_after: Option<u32>,
    current_version: Option<i32>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Problem {
    /// A problem of the given kind.
    #[must_use]
    pub const fn new(code: ProblemCode) -> Self {
        Self {
            code,
            detail: None,
            errors: Vec::new(),
            retry_after: None,
            current_version: None,
            source: None,
        }
    }

    /// An invalid field of the body.
    #[must_use]
    pub fn body(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(ProblemCode::BodyInvalid).at(pointer, detail)
    }

    /// An invalid query parameter.
    #[must_use]
    pub fn query(parameter: &str, detail: impl Into<String>) -> Self {
        let mut problem = Self::new(ProblemCode::QueryInvalid);
        let parameter = Some(parameter.to_owned());
        problem.add(FieldError {
            pointer: None,
            parameter,
            problem: None,
            rule: None,
            detail: detail.into(),
        });
        problem
    }

    /// The same response for what does not exist and for what belongs to another business.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(ProblemCode::NotFound)
            .detail("There is nothing here that this key has access to.")
    }

    /// An internal error, with its cause for the log.
    #[must_use]
    pub fn internal(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(ProblemCode::Internal).caused_by(source)
    }

    /// A dependency of the call is not available; nothing was changed.
    #[must_use]
    pub fn unavailable(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(ProblemCode::Unavailable)
            .retry_after(RETRY_AFTER_SECONDS)
            .caused_by(source)
    }

    /// It is unknown whether the call was kept, because the database stopped answering.
    #[must_use]
    pub fn outcome_unknown(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::unavailable(source).detail(OUTCOME_UNKNOWN)
    }

    /// Sets what happened and what to do. Never a value of the request.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds an error in the body.
    #[must_use]
    pub fn at(mut self, pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        let pointer = Some(pointer.into());
        self.add(FieldError {
            pointer,
            parameter: None,
            problem: None,
            rule: None,
            detail: detail.into(),
        });
        self
    }

    /// Adds a part of the body that breaks a rule of Meta.
    #[must_use]
    pub fn breaks(mut self, pointer: String, rule: &'static str, detail: String) -> Self {
        self.add(FieldError {
            pointer: Some(pointer),
            parameter: None,
            problem: None,
            rule: Some(rule),
            detail,
        });
        self
    }

    /// Sets the newest version of a draft.
    #[must_use]
    pub const fn current_version(mut self, version: i32) -> Self {
        self.current_version = Some(version);
        self
    }

    /// Combines several problems of the same body. An internal error is returned alone; otherwise the result is the
    /// first problem, with the errors of all.
    #[must_use]
    pub fn all(problems: impl IntoIterator<Item = Self>) -> Self {
        let together = problems.into_iter().reduce(|first, other| {
            match (first.is_fault(), other.is_fault()) {
                (true, _) => first,
                (false, true) => other,
                (false, false) => first.with("", other),
            }
        });
        together.unwrap_or_else(|| Self::internal("no problems were given"))
    }

    /// Adds the errors of the part of the body at `pointer`; their pointers are relative to it.
    #[must_use]
    pub fn with(mut self, pointer: &str, part: Self) -> Self {
        let kind = (part.code != self.code).then(|| part.code.as_str());
        for mut error in part.errors {
            if error.parameter.is_none() {
                let within = error.pointer.unwrap_or_default();
                error.pointer = Some(format!("{pointer}{within}"));
            }
            error.problem = error.problem.or(kind);
            if let Some(detail) = &part.detail {
                error.detail = format!("{}: {detail}", error.detail);
            }
            self.add(error);
        }
        self
    }

    fn add(&mut self, error: FieldError) {
        if self.errors.len() < MOST_PLACES {
            self.errors.push(error);
        }
    }

    /// Sets the seconds after which to repeat the call.
    #[must_use]
    pub const fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Sets the cause for the log. It must name no person and no secret.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The code of the problem.
    #[must_use]
    pub const fn code(&self) -> ProblemCode {
        self.code
    }

    /// Whether it is an internal error, and not the caller's.
    #[must_use]
    pub fn is_fault(&self) -> bool {
        self.code.status().is_server_error()
    }

    /// The chain of causes, for the log.
    pub(crate) fn cause(&self) -> String {
        let mut text = String::new();
        let mut cause: Option<&dyn StdError> = self
            .source
            .as_deref()
            .map(|source| -> &dyn StdError { source });
        while let Some(error) = cause {
            let separator = if text.is_empty() { "" } else { ": " };
            text = format!("{text}{separator}{error}");
            cause = error.source();
        }
        text
    }

    /// The detail in the response.
    fn shown_detail(&self) -> Option<&str> {
        let detail = self.detail.as_deref();
        match self.code.status() {
            StatusCode::INTERNAL_SERVER_ERROR => None,
            StatusCode::SERVICE_UNAVAILABLE => detail.or(Some(NOTHING_KEPT)),
            _ => detail,
        }
    }

    /// The response; that of an internal error has the trace id.
    pub(crate) fn respond(&self, trace_id: Option<TraceId>) -> HttpResponse {
        let status = self.code.status();
        let fault = self.is_fault();
        let body = ProblemBody {
            kind: format!("urn:djigbachats:problem:{}", self.code.as_str()),
            title: self.code.title(),
            status: status.as_u16(),
            detail: self.shown_detail(),
            errors: if fault { &[] } else { &self.errors },
            current_version: self.current_version,
            trace_id: trace_id.filter(|_| fault).map(|id| id.to_string()),
        };
        let mut response = HttpResponse::build(status);
        if let Some(seconds) = self.retry_after {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        response.insert_header((header::CONTENT_TYPE, PROBLEM_JSON));
        response.body(serde_json::to_vec(&body).unwrap_or_default())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.as_str())
    }
}

impl StdError for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    fn error_response(&self) -> HttpResponse {
        self.respond(None)
    }
}

impl From<StorageError> for Problem {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::NotFound => Self::not_found(),
            error @ StorageError::Locked(_) => Self::new(ProblemCode::WrongState)
                .detail(LOCKED)
                .retry_after(LOCKED_SECONDS)
                .caused_by(error),
            StorageError::ShareExhausted => refused(Limit::Connections, Exhausted::Share),
            error @ StorageError::OutcomeUnknown(_) => Self::outcome_unknown(error),
            error if error.is_unavailable() => Self::unavailable(error),
            error => Self::internal(error),
        }
    }
}
