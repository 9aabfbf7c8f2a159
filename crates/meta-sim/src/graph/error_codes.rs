//! Meta's error codes that sending may meet: HTTP status, title, details (Meta, Cloud API error
//! codes). Statuses are those of Meta's table, also where a better one is known.

/// One code.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ErrorCode {
    pub(crate) code: i64,
    pub(crate) http_status: u16,
    pub(crate) title: &'static str,
    pub(crate) details: &'static str,
}

const fn row(code: i64, http_status: u16, title: &'static str, details: &'static str) -> ErrorCode {
    ErrorCode {
        code,
        http_status,
        title,
        details,
    }
}

const UNNAMED: ErrorCode = row(
    0,
    400,
    "Unnamed error",
    "This code stands in no table of the simulator.",
);

const CODES: &[ErrorCode] = &[
    row(
        0,
        401,
        "AuthException",
        "We were unable to authenticate the app user.",
    ),
    row(
        1,
        400,
        "API Unknown",
        "Invalid request or possible server error.",
    ),
    row(
        2,
        503,
        "API Service",
        "Temporary due to downtime or due to being overloaded.",
    ),
    row(3, 500, "API Method", "Capability or permissions issue."),
    row(
        4,
        400,
        "API Too Many Calls",
        "The app has reached its API call rate limit.",
    ),
    row(
        10,
        403,
        "Permission denied",
        "Permission is either not granted or has been removed.",
    ),
    row(
        17,
        400,
        "User request limit reached",
        "The user's rate limit has been reached.",
    ),
    row(
        32,
        400,
        "Page request limit reached",
        "The page's rate limit has been reached.",
    ),
    row(
        33,
        400,
        "Parameter value is not valid",
        "The business phone number has been deleted.",
    ),
    row(
        100,
        400,
        "Invalid parameter",
        "One or more parameters are unsupported or misspelled.",
    ),
    row(102, 401, "API Session", "The session is no longer valid."),
    row(
        104,
        401,
        "Incorrect signature",
        "An access token is required to request this resource.",
    ),
    row(
        190,
        401,
        "Access token has expired",
        "Your access token has expired.",
    ),
    row(
        200,
        403,
        "API Permission",
        "Permission is either not granted or has been removed.",
    ),
    row(
        368,
        403,
        "Temporarily blocked for policies violations",
        "The account has been restricted for violating a platform policy.",
    ),
    row(
        613,
        400,
        "Calls to this API have exceeded the rate limit",
        "A custom rate limit has been reached.",
    ),
    row(
        803,
        404,
        "Some of the aliases you requested do not exist",
        "The object does not exist or is out of reach.",
    ),
    row(
        80_007,
        400,
        "Rate limit issues",
        "The WhatsApp Business Account has reached its rate limit.",
    ),
    row(
        80_008,
        400,
        "There have been too many calls to this WhatsApp Business account",
        "Wait a bit and try again.",
    ),
    row(
        130_403,
        400,
        "Business has blocked this user",
        "The business has blocked the recipient.",
    ),
    row(
        130_429,
        400,
        "Rate limit hit",
        "Cloud API message throughput has been reached.",
    ),
    row(
        130_472,
        400,
        "User's number is part of an experiment",
        "The message was not sent as part of an experiment.",
    ),
    row(
        130_497,
        403,
        "Business account is restricted from messaging users in this country",
        "The business may not message users in the recipient's country.",
    ),
    row(
        131_000,
        500,
        "Something went wrong",
        "The message failed to send due to an unknown error.",
    ),
    row(
        131_005,
        403,
        "Access denied",
        "Permission is either not granted or has been removed.",
    ),
    row(
        131_008,
        400,
        "Required parameter is missing",
        "The request is missing a required parameter.",
    ),
    row(
        131_009,
        400,
        "Parameter value is not valid",
        "One or more parameter values are invalid.",
    ),
    row(
        131_014,
        400,
        "Request for url failed",
        "The media's address could not be fetched.",
    ),
    row(
        131_016,
        500,
        "Service unavailable",
        "A service is temporarily unavailable.",
    ),
    row(
        131_021,
        400,
        "Recipient cannot be sender",
        "The sender's and the recipient's phone number are the same.",
    ),
    row(
        131_026,
        400,
        "Message undeliverable",
        "Unable to deliver the message.",
    ),
    row(
        131_030,
        400,
        "Recipient phone number not in allowed list",
        "The sender is a test number and the recipient is not in its list.",
    ),
    row(
        131_031,
        403,
        "Account has been locked",
        "The account has been restricted or disabled for violating a platform policy.",
    ),
    row(
        131_037,
        400,
        "WhatsApp provided number needs display name approval before message can be sent",
        "The number has no approved display name.",
    ),
    row(
        131_042,
        400,
        "Business eligibility payment issue",
        "There was an error related to your payment method.",
    ),
    row(
        131_044,
        400,
        "Business eligibility payment issue",
        "There was an error related to your payment method.",
    ),
    row(
        131_045,
        500,
        "Incorrect certificate",
        "The message failed to send due to a phone number registration error.",
    ),
    row(
        131_047,
        400,
        "Re-engagement message",
        "More than 24 hours have passed since the customer last replied to this number.",
    ),
    row(
        131_048,
        400,
        "Spam rate limit hit",
        "The message failed to send because there are restrictions on how many messages this number may send.",
    ),
    row(
        131_049,
        400,
        "This message was not delivered to maintain healthy ecosystem engagement.",
        "In order to maintain a healthy ecosystem engagement, the message failed to be delivered.",
    ),
    row(
        131_050,
        400,
        "Unable to deliver the message",
        "The recipient has chosen to stop receiving marketing messages from this business.",
    ),
    row(
        131_051,
        400,
        "Message type unknown",
        "Message type is currently not supported.",
    ),
    row(
        131_052,
        400,
        "Media download error",
        "The media sent by the user could not be downloaded.",
    ),
    row(
        131_053,
        400,
        "Media upload error",
        "The media used in the message could not be uploaded.",
    ),
    row(
        131_055,
        400,
        "Method not allowed",
        "This message cannot be sent by this method.",
    ),
    row(
        131_056,
        400,
        "(Business Account, Consumer Account) pair rate limit hit",
        "Too many messages were sent from this number to the same recipient in a short time.",
    ),
    row(
        131_057,
        500,
        "Account in maintenance mode",
        "The business account is in maintenance mode.",
    ),
    row(
        131_059,
        400,
        "Invalid cursor",
        "The cursor is invalid or has expired. Start again without it.",
    ),
    row(
        131_060,
        400,
        "This message is currently unavailable",
        "The message is available in the WhatsApp Business app only.",
    ),
    row(
        131_062,
        400,
        "Business-scoped user ID recipients are not supported for this message",
        "Authentication templates need the recipient's phone number.",
    ),
    row(
        131_063,
        400,
        "Marketing templates are disabled on Cloud API",
        "Use the Marketing Messages API.",
    ),
    row(
        131_064,
        400,
        "Messaging limited because of template classification",
        "Templates of this account have been misclassified too often.",
    ),
    row(
        132_000,
        400,
        "Number of parameters does not match the expected number of params",
        "The number of parameter values does not match the template.",
    ),
    row(
        132_001,
        404,
        "Template name does not exist in the translation",
        "The template does not exist in the specified language or has not been approved.",
    ),
    row(
        132_005,
        400,
        "Translated text too long",
        "The translated text is too long.",
    ),
    row(
        132_007,
        400,
        "Template format character policy violated",
        "The template's content violates a WhatsApp policy.",
    ),
    row(
        132_008,
        400,
        "Parameter value is not valid",
        "A parameter value does not suit the template.",
    ),
    row(
        132_012,
        400,
        "Parameter format does not match format in the created template",
        "A parameter is formatted otherwise than in the template.",
    ),
    row(
        132_015,
        400,
        "Template is paused",
        "The template is paused due to low quality.",
    ),
    row(
        132_016,
        400,
        "Template is disabled",
        "The template has been paused too many times and is now permanently disabled.",
    ),
    row(
        132_018,
        400,
        "Invalid template parameters",
        "There is an issue with the parameters of the template.",
    ),
    row(
        132_068,
        400,
        "Flow is blocked",
        "The flow is in blocked state.",
    ),
    row(
        132_069,
        400,
        "Flow is throttled",
        "The flow is in throttled state.",
    ),
    row(
        133_010,
        400,
        "Account not registered",
        "The phone number is not registered on the WhatsApp Business Platform.",
    ),
    row(
        134_011,
        400,
        "WhatsApp payments terms of service has not been accepted",
        "Accept the terms of service first.",
    ),
    row(
        134_100,
        400,
        "Only marketing messages are supported",
        "The template is not a marketing template.",
    ),
    row(
        134_101,
        400,
        "Template is still syncing",
        "Try again in ten minutes.",
    ),
    row(
        134_102,
        500,
        "Template or account not eligible",
        "The template cannot be used for marketing messages.",
    ),
    row(
        135_000,
        400,
        "Generic user error",
        "The message failed to send because of an unknown error with your request parameters.",
    ),
    row(
        137_000,
        400,
        "Identity key hash mismatch",
        "The recipient's identity has changed.",
    ),
];

/// The row of a code; an unnamed one when no table has it.
pub(crate) fn of(code: i64) -> ErrorCode {
    let found = CODES.iter().find(|row| row.code == code).copied();
    found.unwrap_or(ErrorCode { code, ..UNNAMED })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_stands_in_the_table_once() {
        assert!(CODES.is_sorted_by(|a, b| a.code < b.code));
    }

    #[test]
    fn an_unnamed_code_keeps_its_number() {
        assert_eq!(of(139_999).code, 139_999);
        assert_eq!(of(132_001).http_status, 404);
    }
}
