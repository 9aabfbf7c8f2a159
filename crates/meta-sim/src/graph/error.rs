//! Meta's error object (Graph API, error handling), with the HTTP status of its table.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use actix_web::{HttpResponse, ResponseError};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom, SystemRandom};
use serde_json::{Value, json};

use super::error_codes;
use crate::fault::Fault;

/// An error answer.
#[derive(Debug, Clone)]
pub(crate) struct GraphError {
    pub(crate) code: i64,
    status: u16,
    kind: &'static str,
    message: String,
    subcode: Option<i64>,
    details: Option<String>,
    /// What is shown to the user: title and message.
    user: Option<Box<(&'static str, String)>>,
    /// Minutes until calls are served again; 0 for other errors.
    pub(crate) regain_minutes: i64,
}

impl GraphError {
    /// The code with its own title and details, as sending reports them.
    pub(crate) fn of(code: i64) -> Self {
        let row = error_codes::of(code);
        Self {
            code,
            status: row.http_status,
            kind: "OAuthException",
            message: format!("(#{code}) {}", row.title),
            subcode: None,
            details: Some(row.details.to_owned()),
            user: None,
            regain_minutes: 0,
        }
    }

    /// A template that is refused, with a title and a reason for the user.
    pub(crate) fn template(code: i64, reason: impl Into<String>) -> Self {
        let user = Box::new((error_codes::of(code).title, reason.into()));
        Self {
            details: None,
            user: Some(user),
            ..Self::of(code)
        }
    }

    /// (#100) with this subcode, whose title and details are for the user.
    pub(crate) fn of_template_subcode(subcode: i64) -> Self {
        let row = error_codes::of(subcode);
        Self {
            message: "Invalid parameter".to_owned(),
            subcode: Some(subcode),
            details: None,
            user: Some(Box::new((row.title, row.details.to_owned()))),
            ..Self::of(100)
        }
    }

    /// The budget of managing calls, or of creations, is used up.
    pub(crate) fn too_many_calls(regain_minutes: i64) -> Self {
        Self {
            regain_minutes,
            ..Self::of(80_008)
        }
    }

    /// The code with its own title and these details.
    pub(crate) fn because(code: i64, details: impl Into<String>) -> Self {
        Self {
            details: Some(details.into()),
            ..Self::of(code)
        }
    }

    /// (#100) with this message and no `error_data`, as the Graph API refuses parameters.
    pub(crate) fn parameter(message: impl fmt::Display) -> Self {
        Self {
            message: format!("(#100) {message}"),
            details: None,
            ..Self::of(100)
        }
    }

    /// An id that does not exist or that the token does not cover: Meta does not distinguish them.
    pub(crate) fn no_such_object(method: &str, id: &str) -> Self {
        let message = format!(
            "Unsupported {method} request. Object with ID '{id}' does not exist, cannot be loaded \
             due to missing permissions, or does not support this operation. Please read the Graph \
             API documentation at https://developers.facebook.com/docs/graph-api"
        );
        Self {
            kind: "GraphMethodException",
            message,
            subcode: Some(33),
            details: None,
            ..Self::of(100)
        }
    }

    /// A path that the API does not have.
    pub(crate) fn unknown_path(path: &str) -> Self {
        let message = format!("Unknown path components: {path}");
        Self {
            code: 2_500,
            status: 400,
            message,
            details: None,
            ..Self::of(100)
        }
    }

    /// A missing (104) or invalid (190) token, in the Graph API's form.
    pub(crate) fn token(code: i64, subcode: Option<i64>, message: &str) -> Self {
        Self {
            message: message.to_owned(),
            subcode,
            details: None,
            ..Self::of(code)
        }
    }

    /// The answer of an `Error` or `TooManyRequests` fault.
    pub(crate) fn of_fault(code: i64, http_status: Option<u16>, details: Option<&str>) -> Self {
        let mut error = Self::of(code);
        if let Some(http_status) = http_status {
            error.status = http_status;
        }
        if let Some(details) = details {
            error.details = Some(details.to_owned());
        }
        error
    }

    /// The short form of an invalid token in `debug_token`.
    pub(crate) fn in_debug_token(&self) -> Value {
        let mut error = json!({"code": self.code, "message": self.message});
        if let Some(subcode) = self.subcode {
            insert(&mut error, "subcode", json!(subcode));
        }
        error
    }

    /// The whole error object.
    pub(crate) fn body(&self) -> Value {
        let mut error = json!({
            "message": self.message,
            "type": self.kind,
            "code": self.code,
        });
        if let Some(subcode) = self.subcode {
            insert(&mut error, "error_subcode", json!(subcode));
        }
        if let Some(details) = &self.details {
            let data = json!({"messaging_product": "whatsapp", "details": details});
            insert(&mut error, "error_data", data);
        }
        if let Some((title, message)) = self.user.as_deref() {
            insert(&mut error, "error_user_title", json!(title));
            insert(&mut error, "error_user_msg", json!(message));
        }
        insert(&mut error, "fbtrace_id", json!(trace_id()));
        json!({"error": error})
    }
}

impl fmt::Display for GraphError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused with code {}", self.code)
    }
}

impl ResponseError for GraphError {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST)
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status_code())
            .insert_header(ContentType::json())
            .body(self.body().to_string())
    }
}

impl Fault {
    /// The error answer of a fault, if it has one.
    pub(crate) fn refusal(&self) -> Option<GraphError> {
        match self {
            Self::Error {
                code,
                http_status,
                details,
            } => Some(GraphError::of_fault(
                *code,
                *http_status,
                details.as_deref(),
            )),
            Self::TooManyRequests { code } => {
                let code = code.unwrap_or(crate::fault::UNNAMED_THROTTLE_CODE);
                Some(GraphError::of_fault(code, Some(429), None))
            }
            _ => None,
        }
    }
}

fn insert(object: &mut Value, key: &str, value: Value) {
    if let Some(map) = object.as_object_mut() {
        map.insert(key.to_owned(), value);
    }
}

fn trace_id() -> String {
    let mut bytes = [0_u8; 16];
    // A trace id is informational; all zeros would do.
    let _ = SystemRandom::new().fill(&mut bytes);
    format!("A{}", URL_SAFE_NO_PAD.encode(bytes))
}
