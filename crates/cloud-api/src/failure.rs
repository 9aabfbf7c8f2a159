//! What the failure of a managing call means for the caller: whether and when to call again.

use crate::classify::{ErrorClass, INVALID_PARAMETER, UNKNOWN_OBJECT};
use crate::error::ApiError;

/// What the failure of a managing call means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallFailure {
    /// Meta refused the call, and would refuse a repetition of it too.
    Refused,
    /// Too many calls: nothing was done. [`crate::BusinessUse`] says when to call again, if Meta did.
    TooManyCalls,
    /// Meta does not accept the token: a new one is needed.
    TokenRefused,
    /// A permission is missing, or Meta restricts the account or the business.
    AccessRefused,
    /// It is unknown whether Meta did what was requested: look before calling again.
    InDoubt,
    /// No connection to Meta: nothing was requested.
    Unavailable,
}

impl ApiError {
    /// What the failure means for the caller of a managing call.
    #[must_use]
    pub fn failure(&self) -> CallFailure {
        if self.is_token_refused() {
            return CallFailure::TokenRefused;
        }
        if self.is_unknown_object() {
            return CallFailure::Refused;
        }
        match self.class() {
            ErrorClass::Throttle(_) | ErrorClass::SpamLimited => CallFailure::TooManyCalls,
            ErrorClass::NumberStopped | ErrorClass::Billing => CallFailure::AccessRefused,
            ErrorClass::Doubt => CallFailure::InDoubt,
            ErrorClass::Unreachable => CallFailure::Unavailable,
            ErrorClass::PermanentRecipient
            | ErrorClass::PermanentMessage
            | ErrorClass::TemplateStopped
            | ErrorClass::TemplateRefused
            | ErrorClass::TemplateSyncing
            | ErrorClass::Platform => CallFailure::Refused,
        }
    }

    /// Whether the object of the call does not exist at Meta, or is not visible to the token.
    #[must_use]
    pub fn is_unknown_object(&self) -> bool {
        self.meta().is_some_and(|error| {
            error.code == INVALID_PARAMETER && error.subcode == Some(UNKNOWN_OBJECT)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(http_status: u16, body: &str) -> CallFailure {
        ApiError::of_answer(http_status, body.as_bytes(), "x").failure()
    }

    #[test]
    fn every_kind_of_failure_is_told_apart() {
        let of_code = |code: i32| failure(400, &format!(r#"{{"error":{{"code":{code}}}}}"#));
        for code in [100, 192, 2_388_040, 2_388_299, 200_002] {
            assert_eq!(of_code(code), CallFailure::Refused, "{code}");
        }
        for code in [4, 17, 32, 613, 80_007, 80_008] {
            assert_eq!(of_code(code), CallFailure::TooManyCalls, "{code}");
        }
        for code in [0, 102, 104, 190] {
            assert_eq!(of_code(code), CallFailure::TokenRefused, "{code}");
        }
        for code in [10, 200, 368] {
            assert_eq!(of_code(code), CallFailure::AccessRefused, "{code}");
        }
        for code in [1, 2] {
            assert_eq!(of_code(code), CallFailure::InDoubt, "{code}");
        }
        assert_eq!(failure(502, "<html>"), CallFailure::InDoubt);
        assert_eq!(failure(200, "{"), CallFailure::InDoubt);
        assert_eq!(failure(429, ""), CallFailure::TooManyCalls);
    }

    #[test]
    fn an_object_that_is_gone_is_no_missing_permission() {
        let body = br#"{"error":{"code":100,"error_subcode":33}}"#;
        let error = ApiError::of_answer(400, body, "x");
        assert!(error.is_unknown_object());
        assert_eq!(error.failure(), CallFailure::Refused);
        let body = br#"{"error":{"code":100,"error_subcode":2388024}}"#;
        assert!(!ApiError::of_answer(400, body, "x").is_unknown_object());
    }
}
