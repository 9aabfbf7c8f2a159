//! The stable codes of the API's errors. A code never changes its meaning; clients rely on it.

use actix_web::http::StatusCode;

/// The type of a problem: `urn:djigbachats:problem:<code>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProblemCode {
    /// The body is not JSON.
    BodyNotJson,
    /// A query parameter is invalid.
    QueryInvalid,
    /// A creating call came without `Idempotency-Key`.
    IdempotencyKeyMissing,
    /// The `Idempotency-Key` is empty, too long or not printable.
    IdempotencyKeyInvalid,
    /// No key, or one that is unknown or revoked.
    Unauthorized,
    /// The key lacks the permission that the route asks for.
    PermissionMissing,
    /// The resource does not exist, or the key has no access to it.
    NotFound,
    /// The path exists, but not with this method.
    MethodNotAllowed,
    /// The body did not arrive in time.
    BodyTooSlow,
    /// The same call is in progress.
    RequestInProgress,
    /// The secret of a key is shown once and cannot be shown again.
    KeyShownOnce,
    /// The account or number is connected by another business.
    NumberConnectedElsewhere,
    /// The resource is in a state that does not allow the action.
    WrongState,
    /// The number cannot send now.
    NumberNotConnected,
    /// Meta does not allow the template to be sent now.
    TemplateNotApproved,
    /// No row of the campaign's audience gets a message.
    AudienceEmpty,
    /// The account has a draft of that name and language.
    DraftExists,
    /// The draft has another version than the caller expected.
    VersionConflict,
    /// The account has a template of that name and language at Meta.
    TemplateExists,
    /// Something is asked of Meta for the template already.
    PublicationWaiting,
    /// The body is longer than allowed.
    BodyTooLarge,
    /// The body has another media type than the call takes.
    MediaTypeUnsupported,
    /// The file is incomplete or missing.
    MediaUnreadable,
    /// A field of the body is missing, unknown or invalid.
    BodyInvalid,
    /// The same `Idempotency-Key` was used with another request.
    IdempotencyKeyReused,
    /// Meta reports that the token is not valid, or no longer.
    TokenInvalid,
    /// The token was issued for another Meta app than ours.
    TokenOfOtherApp,
    /// The token lacks a permission.
    TokenScopeMissing,
    /// The token gives no access to the account.
    TokenWithoutWaba,
    /// The number does not belong to the account.
    NumberNotOfWaba,
    /// The number is not registered on the Cloud API.
    NumberNotOnCloudApi,
    /// Meta refused a call that was made for the request.
    MetaRefused,
    /// The customer service window is closed, and the message has no template.
    WindowClosed,
    /// The message to reply to was not exchanged between the number and the recipient.
    ReplyToUnknown,
    /// The business has no such number.
    NumberUnknown,
    /// The recipient is neither a valid phone number nor a user id that can be messaged.
    RecipientInvalid,
    /// The account has no such template in this language.
    TemplateUnknown,
    /// The template breaks rules of Meta.
    TemplateInvalid,
    /// The template has parts that variables, or a campaign, cannot fill in.
    TemplateUnsupported,
    /// The variables do not match the template.
    VariablesInvalid,
    /// The business has no such file, or no longer.
    MediaUnknown,
    /// The file has expired: messages can no longer refer to it.
    MediaExpired,
    /// The file's type does not suit the template's header, or the type that it is sent as.
    MediaUnsuitable,
    /// Some messages of a call were refused, and none was stored.
    MessagesRefused,
    /// No row of the file can be read.
    AudienceUnreadable,
    /// The business exceeds its share of a limit.
    TooManyRequests,
    /// An internal error.
    Internal,
    /// A dependency of the call is not available; nothing was changed.
    Unavailable,
    /// Meta does not answer; nothing was changed.
    MetaUnreachable,
}

impl ProblemCode {
    /// Every code.
    pub const ALL: [Self; 49] = [
        Self::BodyNotJson,
        Self::QueryInvalid,
        Self::IdempotencyKeyMissing,
        Self::IdempotencyKeyInvalid,
        Self::Unauthorized,
        Self::PermissionMissing,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::BodyTooSlow,
        Self::RequestInProgress,
        Self::KeyShownOnce,
        Self::NumberConnectedElsewhere,
        Self::WrongState,
        Self::NumberNotConnected,
        Self::TemplateNotApproved,
        Self::AudienceEmpty,
        Self::DraftExists,
        Self::VersionConflict,
        Self::TemplateExists,
        Self::PublicationWaiting,
        Self::BodyTooLarge,
        Self::MediaTypeUnsupported,
        Self::MediaUnreadable,
        Self::BodyInvalid,
        Self::IdempotencyKeyReused,
        Self::TokenInvalid,
        Self::TokenOfOtherApp,
        Self::TokenScopeMissing,
        Self::TokenWithoutWaba,
        Self::NumberNotOfWaba,
        Self::NumberNotOnCloudApi,
        Self::MetaRefused,
        Self::WindowClosed,
        Self::ReplyToUnknown,
        Self::NumberUnknown,
        Self::RecipientInvalid,
        Self::TemplateUnknown,
        Self::TemplateInvalid,
        Self::TemplateUnsupported,
        Self::VariablesInvalid,
        Self::MediaUnknown,
        Self::MediaExpired,
        Self::MediaUnsuitable,
        Self::MessagesRefused,
        Self::AudienceUnreadable,
        Self::TooManyRequests,
        Self::Internal,
        Self::Unavailable,
        Self::MetaUnreachable,
    ];

    /// The code as a string.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.row().1
    }

    /// The title, the same for each occurrence.
    #[must_use]
    pub const fn title(self) -> &'static str {
        self.row().2
    }

    /// The HTTP status of the response.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        self.row().0
    }

    #[rustfmt::skip] // A table is read line by line.
    const fn row(self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as Status;
        match self {
            Self::BodyNotJson => (Status::BAD_REQUEST, "body_not_json", "The body is not JSON"),
            Self::QueryInvalid => (Status::BAD_REQUEST, "query_invalid", "A query parameter is not valid"),
            Self::IdempotencyKeyMissing => (Status::BAD_REQUEST, "idempotency_key_missing", "The Idempotency-Key header is missing"),
            Self::IdempotencyKeyInvalid => (Status::BAD_REQUEST, "idempotency_key_invalid", "The Idempotency-Key header is not valid"),
            Self::Unauthorized => (Status::UNAUTHORIZED, "unauthorized", "A valid API key is required"),
            Self::PermissionMissing => (Status::FORBIDDEN, "permission_missing", "The key lacks a permission"),
            Self::NotFound => (Status::NOT_FOUND, "not_found", "Not found"),
            Self::MethodNotAllowed => (Status::METHOD_NOT_ALLOWED, "method_not_allowed", "The path does not support this method"),
            Self::BodyTooSlow => (Status::REQUEST_TIMEOUT, "body_too_slow", "The body did not arrive in time"),
            Self::RequestInProgress => (Status::CONFLICT, "request_in_progress", "The same request is in progress"),
            Self::KeyShownOnce => (Status::CONFLICT, "key_shown_once", "The key was already created and shown"),
            Self::NumberConnectedElsewhere => (Status::CONFLICT, "number_connected_elsewhere", "Another business has connected the number"),
            Self::WrongState => (Status::CONFLICT, "wrong_state", "The present state does not allow this"),
            Self::NumberNotConnected => (Status::CONFLICT, "number_not_connected", "The number is not connected"),
            Self::TemplateNotApproved => (Status::CONFLICT, "template_not_approved", "The template is not approved"),
            Self::AudienceEmpty => (Status::CONFLICT, "audience_empty", "The campaign has no recipients"),
            Self::DraftExists => (Status::CONFLICT, "draft_exists", "There is a draft of that name and language"),
            Self::VersionConflict => (Status::CONFLICT, "version_conflict", "The draft was changed in the meantime"),
            Self::TemplateExists => (Status::CONFLICT, "template_exists", "Meta has a template of that name and language"),
            Self::PublicationWaiting => (Status::CONFLICT, "publication_waiting", "A publication of the template is waiting"),
            Self::BodyTooLarge => (Status::PAYLOAD_TOO_LARGE, "body_too_large", "The body is too large"),
            Self::MediaTypeUnsupported => (Status::UNSUPPORTED_MEDIA_TYPE, "media_type_unsupported", "The media type is not supported"),
            Self::MediaUnreadable => (Status::UNPROCESSABLE_ENTITY, "media_unreadable", "The file cannot be read"),
            Self::BodyInvalid => (Status::UNPROCESSABLE_ENTITY, "body_invalid", "The body is not valid"),
            Self::IdempotencyKeyReused => (Status::UNPROCESSABLE_ENTITY, "idempotency_key_reused", "The Idempotency-Key belongs to another request"),
            Self::TokenInvalid => (Status::UNPROCESSABLE_ENTITY, "token_invalid", "Meta does not accept the token"),
            Self::TokenOfOtherApp => (Status::UNPROCESSABLE_ENTITY, "token_of_other_app", "The token was issued for another Meta app"),
            Self::TokenScopeMissing => (Status::UNPROCESSABLE_ENTITY, "token_scope_missing", "The token lacks a permission"),
            Self::TokenWithoutWaba => (Status::UNPROCESSABLE_ENTITY, "token_without_waba", "The token gives no access to the account"),
            Self::NumberNotOfWaba => (Status::UNPROCESSABLE_ENTITY, "number_not_of_waba", "The number does not belong to the account"),
            Self::NumberNotOnCloudApi => (Status::UNPROCESSABLE_ENTITY, "number_not_on_cloud_api", "The number is not on the Cloud API"),
            Self::MetaRefused => (Status::UNPROCESSABLE_ENTITY, "meta_refused", "Meta refused the request"),
            Self::WindowClosed => (Status::UNPROCESSABLE_ENTITY, "window_closed", "The customer service window is closed"),
            Self::ReplyToUnknown => (Status::UNPROCESSABLE_ENTITY, "reply_to_unknown", "The message to reply to is unknown"),
            Self::NumberUnknown => (Status::UNPROCESSABLE_ENTITY, "number_unknown", "The number is unknown"),
            Self::RecipientInvalid => (Status::UNPROCESSABLE_ENTITY, "recipient_invalid", "The recipient cannot be messaged"),
            Self::TemplateUnknown => (Status::UNPROCESSABLE_ENTITY, "template_unknown", "The template is unknown"),
            Self::TemplateInvalid => (Status::UNPROCESSABLE_ENTITY, "template_invalid", "The template breaks rules of Meta"),
            Self::TemplateUnsupported => (Status::UNPROCESSABLE_ENTITY, "template_unsupported", "The template cannot be used here"),
            Self::VariablesInvalid => (Status::UNPROCESSABLE_ENTITY, "variables_invalid", "The variables do not fit the template"),
            Self::MediaUnknown => (Status::UNPROCESSABLE_ENTITY, "media_unknown", "The file is unknown"),
            Self::MediaExpired => (Status::UNPROCESSABLE_ENTITY, "media_expired", "The file has expired"),
            Self::MediaUnsuitable => (Status::UNPROCESSABLE_ENTITY, "media_unsuitable", "The file does not suit the message"),
            Self::MessagesRefused => (Status::UNPROCESSABLE_ENTITY, "messages_refused", "Some messages were refused, and none was stored"),
            Self::AudienceUnreadable => (Status::UNPROCESSABLE_ENTITY, "audience_unreadable", "The file cannot be read"),
            Self::TooManyRequests => (Status::TOO_MANY_REQUESTS, "too_many_requests", "Too many requests"),
            Self::Internal => (Status::INTERNAL_SERVER_ERROR, "internal", "Internal error"),
            Self::Unavailable => (Status::SERVICE_UNAVAILABLE, "unavailable", "Temporarily unavailable"),
            Self::MetaUnreachable => (Status::SERVICE_UNAVAILABLE, "meta_unreachable", "Meta does not answer"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::ProblemCode;

    #[test]
    fn codes_are_distinct_snake_case_words() {
        let codes: HashSet<_> = ProblemCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(codes.len(), ProblemCode::ALL.len());
        assert!(codes.iter().all(|code| {
            code.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        }));
    }
}
