//! The checks with Meta before a token is stored: that it is valid, issued for our app, and gives access to account and
//! number.

use chrono::{DateTime, Utc};
use cloud_api::{ApiError, CloudApi, ErrorClass, PhoneNumberNode, TokenInfo};
use common::ids::{AppId, PhoneNumberId, WabaId};
use common::secret::AccessToken;

use crate::problem::{Problem, ProblemCode};

/// The permissions that a token needs to send messages and to read templates and numbers (Meta, permissions reference).
const SCOPES: [&str; 2] = [
    "whatsapp_business_messaging",
    "whatsapp_business_management",
];
const CLOUD_API: &str = "CLOUD_API";
/// Meta lets no app inspect another app's token ("did not match the Viewing App").
const NOT_OURS_TO_LOOK_AT: i32 = 100;
/// Seconds after which a call to Meta may be repeated.
const META_RETRY_SECONDS: u32 = 10;
/// The pointer of the token in the request.
const TOKEN: &str = "/access_token";

/// What Meta confirmed.
pub(super) struct Verified {
    pub(super) number: PhoneNumberNode,
    pub(super) token_expires_at: Option<DateTime<Utc>>,
}

/// Checks with Meta that the token may act for the number, and subscribes our app to the account's webhooks.
pub(super) async fn verify(
    meta: &CloudApi,
    our_app: &AppId,
    token: &AccessToken,
    wanted: (&WabaId, &PhoneNumberId),
    now: DateTime<Utc>,
) -> Result<Verified, Problem> {
    let (waba_id, phone_number_id) = wanted;
    let info = meta
        .debug_token(token)
        .await
        .map_err(|error| of_look(error, our_app))?;
    judge(&info, our_app, waba_id, now)?;
    let numbers = meta
        .waba_phone_numbers(token, waba_id)
        .await
        .map_err(of_token)?;
    let number = numbers
        .into_iter()
        .find(|number| number.id == *phone_number_id);
    let number = number.ok_or_else(|| {
        Problem::new(ProblemCode::NumberNotOfWaba)
            .detail("Meta lists no such number in the account. Nothing was stored. Compare both ids with the \
                WhatsApp Manager.")
            .at("/phone_number_id", "is not a number of the account")
    })?;
    if number
        .platform_type
        .as_deref()
        .is_some_and(|platform| platform != CLOUD_API)
    {
        return Err(Problem::new(ProblemCode::NumberNotOnCloudApi)
            .detail("Register the number on the Cloud API in the WhatsApp Manager, then connect it again.")
            .at("/phone_number_id", "is not registered on the Cloud API"));
    }
    meta.subscribe_app(token, waba_id).await.map_err(of_token)?;
    Ok(Verified {
        number,
        token_expires_at: info.expires_at,
    })
}

/// Checks that the token may be used for the account.
fn judge(
    info: &TokenInfo,
    our_app: &AppId,
    waba_id: &WabaId,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    if info.app_id.as_ref().is_some_and(|app| app != our_app) {
        return Err(of_other_app(our_app));
    }
    if info.expires_at.is_some_and(|end| end <= now) {
        return Err(invalid("expired"));
    }
    if !info.is_valid {
        return Err(invalid("is not valid (any more)"));
    }
    for scope in SCOPES {
        let granted = info.scopes.iter().any(|granted| granted == scope)
            || info
                .granular_scopes
                .iter()
                .any(|granted| granted.scope == scope);
        if !granted {
            return Err(Problem::new(ProblemCode::TokenScopeMissing)
                .detail(format!("Issue the token anew with the permission {scope}."))
                .at(TOKEN, format!("lacks the permission {scope}")));
        }
        if !info.permits(scope, waba_id) {
            return Err(Problem::new(ProblemCode::TokenWithoutWaba)
                .detail(
                    "Share the account with our app when you issue the token, or correct waba_id.",
                )
                .at(
                    TOKEN,
                    format!("has the permission {scope} for other accounts only"),
                ));
        }
    }
    Ok(())
}

/// Tokens of a merchant's own app are refused; the detail explains why, because the reason is not obvious.
fn of_other_app(our_app: &AppId) -> Problem {
    Problem::new(ProblemCode::TokenOfOtherApp)
        .detail(format!(
            "The token was issued for another Meta app than ours ({our_app}). Meta signs each webhook with the \
             secret of the app that issued the token, and we do not have that secret: statuses and replies could \
             not be verified. Issue a token for our app in the Business Manager and connect the number with it."
        ))
        .at(TOKEN, "was issued for another Meta app")
}

fn invalid(what: &str) -> Problem {
    Problem::new(ProblemCode::TokenInvalid)
        .detail("Issue a new token in the Business Manager and connect the number with it.")
        .at(TOKEN, what)
}

/// An error of inspecting the token as our own app. All refusals but one are internal errors, not the caller's.
fn of_look(error: ApiError, our_app: &AppId) -> Problem {
    if is_passing(&error) {
        return unreachable_now(error);
    }
    match error.meta() {
        Some(meta) if meta.code == NOT_OURS_TO_LOOK_AT => of_other_app(our_app),
        _ => Problem::internal(error),
    }
}

/// An error of a call that was made with the caller's token.
fn of_token(error: ApiError) -> Problem {
    if is_passing(&error) {
        return unreachable_now(error);
    }
    match error.meta() {
        Some(_) if error.is_token_refused() => invalid("is refused by Meta"),
        Some(meta) => Problem::new(ProblemCode::MetaRefused)
            .detail(format!(
                "Meta refused a call with the token: {meta}. Nothing was stored."
            ))
            .at(TOKEN, format!("Meta: {}", meta.meaning())),
        None => Problem::internal(error),
    }
}

/// Whether repeating the call later may help.
fn is_passing(error: &ApiError) -> bool {
    matches!(
        error.class(),
        ErrorClass::Unreachable | ErrorClass::Doubt | ErrorClass::Throttle(_)
    )
}

fn unreachable_now(error: ApiError) -> Problem {
    Problem::new(ProblemCode::MetaUnreachable)
        .retry_after(META_RETRY_SECONDS)
        .caused_by(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use cloud_api::GranularScope;

    fn token() -> TokenInfo {
        TokenInfo {
            is_valid: true,
            app_id: "670843887433847".parse().ok(),
            expires_at: None,
            data_access_expires_at: None,
            scopes: SCOPES.map(ToOwned::to_owned).to_vec(),
            granular_scopes: SCOPES
                .map(|scope| GranularScope {
                    scope: scope.to_owned(),
                    target_ids: Some(vec!["102289599326934".parse().unwrap()]),
                })
                .to_vec(),
            error: None,
        }
    }

    fn code(info: &TokenInfo, waba_id: &str) -> Option<ProblemCode> {
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let our_app = "670843887433847".parse().unwrap();
        judge(info, &our_app, &waba_id.parse().unwrap(), now)
            .err()
            .map(|problem| problem.code())
    }

    #[test]
    fn a_token_is_judged_by_app_end_permissions_and_account() {
        const OURS: &str = "102289599326934";
        assert_eq!(code(&token(), OURS), None);
        assert_eq!(code(&token(), "7"), Some(ProblemCode::TokenWithoutWaba));
        let foreign = TokenInfo {
            app_id: "1".parse().ok(),
            ..token()
        };
        assert_eq!(code(&foreign, OURS), Some(ProblemCode::TokenOfOtherApp));
        let ended = TokenInfo {
            expires_at: DateTime::from_timestamp(1_700_000_000, 0),
            ..token()
        };
        assert_eq!(code(&ended, OURS), Some(ProblemCode::TokenInvalid));
        let refused = TokenInfo {
            is_valid: false,
            app_id: None,
            ..token()
        };
        assert_eq!(code(&refused, OURS), Some(ProblemCode::TokenInvalid));
        let mut poor = token();
        poor.scopes.pop();
        poor.granular_scopes.pop();
        assert_eq!(code(&poor, OURS), Some(ProblemCode::TokenScopeMissing));
    }
}
