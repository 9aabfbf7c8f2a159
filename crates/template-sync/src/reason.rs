//! Why a run failed, for the owner of the account: what happened, what was kept, what to do.

use chrono::{DateTime, Utc};
use cloud_api::{ApiError, ErrorClass};

/// An account without a token.
pub(crate) const NOT_CONNECTED: &str = "The account has no access token, so Meta was not called. The templates of the \
                                        last synchronisation are kept; connect one of the account's numbers again.";

/// Why the numbers of an account are stopped when its token is refused.
pub(crate) fn of_stop(error: &ApiError) -> String {
    format!(
        "Meta does not accept the access token any more ({}). Messages are held; connect the number again with \
         a new token.",
        of_meta(error)
    )
}

/// Why a run did not call Meta.
pub(crate) fn of_pause(until: DateTime<Utc>) -> String {
    format!(
        "Meta's limit of calls for the account is reached until {}, so Meta was not called. The templates of the last \
         synchronisation are kept; nothing has to be done: the synchronisation is repeated automatically.",
        until.format("%Y-%m-%d %H:%M UTC")
    )
}

/// Why a run failed.
pub(crate) fn of_failure(error: &ApiError) -> String {
    let (happened, to_do) = match error.class() {
        _ if error.is_token_refused() => (
            format!(
                "Meta does not accept the access token any more ({}).",
                of_meta(error)
            ),
            "connect the number again with a new token",
        ),
        ErrorClass::NumberStopped | ErrorClass::Billing => (
            format!("Meta denies access to the account ({}).", of_meta(error)),
            "check the account in Meta's WhatsApp Manager and that the token has the permission \
             whatsapp_business_management",
        ),
        ErrorClass::Throttle(_) => (
            "Meta's limit of calls for the account is reached.".to_owned(),
            "nothing has to be done: the synchronisation is repeated automatically",
        ),
        ErrorClass::Unreachable | ErrorClass::Doubt => (
            "Meta could not be reached or gave no valid answer.".to_owned(),
            "nothing has to be done: the synchronisation is repeated automatically",
        ),
        _ => (
            format!("Meta refused to list the templates ({}).", of_meta(error)),
            "synchronise again; if it fails again, report the code to the operator of this service",
        ),
    };
    format!("{happened} The templates of the last synchronisation are kept; {to_do}.")
}

fn of_meta(error: &ApiError) -> String {
    error
        .meta()
        .map_or_else(|| error.to_string(), ToString::to_string)
}
