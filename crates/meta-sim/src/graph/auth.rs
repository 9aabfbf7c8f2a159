//! The caller and its permissions (Meta, access tokens; secure requests).

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;

use super::error::GraphError;
use super::query::Params;
use crate::clock::now_ms;
use crate::state::State;
use crate::state::account::Token;
use crate::webhook::sign::Signer;

/// Sending, media, the `messages` webhooks.
pub(crate) const MESSAGING: &str = "whatsapp_business_messaging";
/// Accounts, templates, numbers.
pub(crate) const MANAGEMENT: &str = "whatsapp_business_management";

/// Meta's upload guide uses the second, everything else the first.
const SCHEMES: [&str; 2] = ["Bearer", "OAuth"];
const PROOF_REQUIRED: &str = "API calls from the server require an appsecret_proof argument";
const PROOF_WRONG: &str = "Invalid appsecret_proof provided in the API argument";

/// The caller.
#[derive(Debug, Clone)]
pub(crate) enum Caller {
    /// The simulated app itself, by `APP_ID|APP_SECRET`.
    App,
    /// The holder of a token.
    Holder(Arc<Token>),
}

/// The caller, with a valid token.
pub(crate) fn caller(
    request: &HttpRequest,
    params: &Params,
    state: &State,
) -> Result<Caller, GraphError> {
    let text = bearer(request, params).ok_or_else(missing)?;
    if let Some((app_id, secret)) = text.split_once('|') {
        let own = app_id == state.config.app_id && secret == state.config.app_secret;
        return if own {
            Ok(Caller::App)
        } else {
            Err(malformed())
        };
    }
    let token = state
        .accounts()
        .tokens
        .get(text)
        .cloned()
        .ok_or_else(malformed)?;
    is_good(&token)?;
    proof(&token, params, state)?;
    Ok(Caller::Holder(token))
}

/// Refuses a caller whose token lacks a permission or does not cover the account.
pub(crate) fn may(
    caller: &Caller,
    permission: &str,
    waba_id: &str,
    refusal: impl FnOnce() -> GraphError,
) -> Result<(), GraphError> {
    let Caller::Holder(token) = caller else {
        return Err(refusal());
    };
    let targets = token.target_ids.as_deref().unwrap_or_default();
    if !targets.is_empty() && !targets.iter().any(|target| target == waba_id) {
        return Err(refusal());
    }
    if !token.scopes.iter().any(|scope| scope == permission) {
        let details = format!("The permission {permission} is not granted.");
        return Err(GraphError::because(200, details));
    }
    Ok(())
}

/// Refuses a token that expired or was revoked.
pub(crate) fn is_good(token: &Token) -> Result<(), GraphError> {
    if !token.is_valid {
        let message = "Error validating access token: The session has been invalidated.";
        return Err(GraphError::token(190, Some(460), message));
    }
    if token.expires_at != 0 && token.expires_at <= now_ms() / 1_000 {
        let message = "Error validating access token: Session has expired.";
        return Err(GraphError::token(190, Some(463), message));
    }
    Ok(())
}

fn bearer<'a>(request: &'a HttpRequest, params: &'a Params) -> Option<&'a str> {
    let header = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let token = header
        .and_then(|value| value.trim().split_once(' '))
        .filter(|(scheme, _)| {
            SCHEMES
                .iter()
                .any(|known| scheme.eq_ignore_ascii_case(known))
        })
        .map(|(_, token)| token.trim());
    token.or_else(|| params.get("access_token"))
}

fn proof(token: &Token, params: &Params, state: &State) -> Result<(), GraphError> {
    let Some(proof) = params.get("appsecret_proof") else {
        return match state.config.require_appsecret_proof {
            true => Err(GraphError::parameter(PROOF_REQUIRED)),
            false => Ok(()),
        };
    };
    let proven = if token.app_id == state.config.app_id {
        state.signer.proves(&token.token, proof)
    } else {
        let secret = token.app_secret.as_deref();
        secret.is_some_and(|secret| Signer::new(secret).proves(&token.token, proof))
    };
    if proven {
        Ok(())
    } else {
        Err(GraphError::parameter(PROOF_WRONG))
    }
}

fn missing() -> GraphError {
    let message = "An access token is required to request this resource.";
    GraphError::token(104, None, message)
}

fn malformed() -> GraphError {
    GraphError::token(
        190,
        None,
        "Invalid OAuth access token - Cannot parse access token",
    )
}
