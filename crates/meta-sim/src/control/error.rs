//! Errors of control calls.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use serde_json::json;

use crate::ledger::LedgerFileError;
use crate::state::StateError;
use crate::state::sample::SampleError;

/// Why a control call failed.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// The body is not valid for the call.
    #[error("the body is not valid for this call: {0}")]
    Body(String),
    /// No account has this number.
    #[error("no account has a phone number with this id; POST /sim/accounts creates one")]
    UnknownNumber,
    /// The account has no such template.
    #[error("the account has no template of this name in this language")]
    UnknownTemplate,
    /// The sender is neither a phone number nor a BSUID.
    #[error("the sender must be a phone number or a business-scoped user id")]
    UnknownSender,
    /// No webhook can be created.
    #[error(
        "no webhook can be created: either no webhook url is set (PUT /sim/webhook), or the app is \
         not subscribed to the account (POST /{{waba_id}}/subscribed_apps)"
    )]
    NotHeard,
    /// The ledger's file cannot be truncated.
    #[error(transparent)]
    Ledger(#[from] LedgerFileError),
    /// The sample account, which is part of the program, cannot be parsed.
    #[error(transparent)]
    Sample(#[from] SampleError),
    /// A webhook cannot be serialised.
    #[error("the webhook cannot be written as JSON")]
    Compose(#[from] serde_json::Error),
}

impl ResponseError for ControlError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Body(_) | Self::UnknownNumber | Self::UnknownTemplate | Self::UnknownSender => {
                StatusCode::BAD_REQUEST
            }
            Self::NotHeard => StatusCode::CONFLICT,
            Self::Ledger(_) | Self::Sample(_) | Self::Compose(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status_code()).json(json!({"error": self.to_string()}))
    }
}

impl From<StateError> for ControlError {
    fn from(error: StateError) -> Self {
        match error {
            StateError::Ledger(error) => Self::Ledger(error),
            StateError::Sample(error) => Self::Sample(error),
        }
    }
}
