//! Why a run failed, for the person who asks: what happened, what was kept, what to do.

use cloud_api::{ApiError, ErrorClass};

/// An account without a token.
pub(crate) const NOT_CONNECTED: &str = "The account has no access token, so nothing was asked of Meta. What was \
                                        synchronised before is kept; connect one of its numbers again.";

/// Why the numbers of an account are stopped when its token is refused.
pub(crate) fn of_stop(error: &ApiError) -> String {
    format!(
        "Meta does not accept the access token any more ({}). Messages are kept and wait; connect the number again with \
         a new token.",
        of_meta(error)
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
            format!(
                "Meta does not let us read the account ({}).",
                of_meta(error)
            ),
            "check the account in Meta's WhatsApp Manager and that the token has the permission \
             whatsapp_business_management",
        ),
        ErrorClass::Throttle(_) => (
            "Meta takes no more calls for the account at the moment.".to_owned(),
            "nothing has to be done: it is tried again by itself",
        ),
        ErrorClass::Unreachable | ErrorClass::Doubt => (
            "Meta could not be reached or did not answer properly.".to_owned(),
            "nothing has to be done: it is tried again by itself",
        ),
        _ => (
            format!("Meta refused to list the templates ({}).", of_meta(error)),
            "synchronise again; if it fails again, tell the operator of this service the code",
        ),
    };
    format!("{happened} What was synchronised before is kept; {to_do}.")
}

fn of_meta(error: &ApiError) -> String {
    error
        .meta()
        .map_or_else(|| error.to_string(), ToString::to_string)
}
