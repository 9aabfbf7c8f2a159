//! Codes of onboarding and management. Meta's table has no HTTP status for most of these; the texts are the simulator's
//! own.

use super::{ErrorCode, row};

/// Codes of onboarding and management, by number.
pub(super) const CODES: &[ErrorCode] = &[
    row(
        133_000,
        400,
        "Deregistration is incomplete",
        "Deregister the phone number again.",
    ),
    row(
        133_004,
        400,
        "Server temporarily unavailable",
        "Try again later.",
    ),
    row(
        133_005,
        400,
        "Two-step verification PIN mismatch",
        "The PIN is wrong.",
    ),
    row(
        133_006,
        400,
        "Phone number re-verification needed",
        "Verify the phone number before it is registered.",
    ),
    row(
        133_008,
        400,
        "Too many two-step verification PIN guesses",
        "Wait before the next attempt.",
    ),
    row(
        133_009,
        400,
        "Two-step verification PIN guessed too fast",
        "Wait before the next attempt.",
    ),
    row(
        133_015,
        400,
        "Phone number was deregistered a moment ago",
        "Wait five minutes before it is registered again.",
    ),
    row(
        133_016,
        400,
        "Too many registrations",
        "The phone number was registered or deregistered too often within 72 hours.",
    ),
    row(
        139_100,
        400,
        "Users blocked in part",
        "Some of the users could not be blocked.",
    ),
    row(
        139_101,
        400,
        "Block list is full",
        "The list of blocked users has reached its limit.",
    ),
    row(
        139_102,
        400,
        "Block list is being changed",
        "Another change of the list is under way.",
    ),
    row(
        139_103,
        400,
        "Block list error",
        "The list of blocked users could not be changed.",
    ),
    row(
        1_752_041,
        400,
        "Duplicate onboarding request",
        "The account is being onboarded already.",
    ),
    row(
        2_388_019,
        400,
        "Too many templates",
        "The account has reached its limit of templates.",
    ),
    row(
        2_388_023,
        400,
        "Template name is blocked",
        "A template of this name was deleted: the name can be used again 30 days later.",
    ),
    row(
        2_388_024,
        400,
        "Template exists",
        "There is already content in this language for this template.",
    ),
    row(
        2_388_040,
        400,
        "Template text too long",
        "A text of the template is too long.",
    ),
    row(
        2_388_047,
        400,
        "Template header format",
        "The header is not formatted as it must be.",
    ),
    row(
        2_388_072,
        400,
        "Template body format",
        "The body is not formatted as it must be.",
    ),
    row(
        2_388_073,
        400,
        "Template footer format",
        "The footer is not formatted as it must be.",
    ),
    row(
        2_388_091,
        400,
        "Phone number in maintenance",
        "The number is being migrated or maintained.",
    ),
    row(
        2_388_093,
        400,
        "Phone number in maintenance",
        "The number is being migrated or maintained.",
    ),
    row(
        2_388_293,
        400,
        "Too many variables",
        "The template has too many variables for the length of its text.",
    ),
    row(
        2_388_299,
        400,
        "Variable at the start or the end",
        "The text may not begin or end with a variable.",
    ),
    row(
        2_494_100,
        400,
        "Phone number in maintenance",
        "The number is in maintenance for some minutes.",
    ),
];
