//! What each route asks of its caller, and the check that runs before the handler.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _};
use common::ids::BusinessId;
use fair_share::Permit;
use storage::{BusinessScope, StorageError};

use super::answer::AnswerBody;
use super::{Caller, Scope, platform_scope};
use crate::metrics::Metrics;
use crate::problem::Problem;
use crate::state::AppState;

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// Anybody.
    Public,
    /// The platform's key.
    PlatformKey,
    /// A business's own key at `/v1/…`; at `/v1/businesses/{business_id}/…` the platform's key, and a business's for itself.
    BusinessOrPlatformKey,
    /// Whoever reaches the operations listener, which is kept off the internet.
    OpsListener,
}

/// Lets a request through to its handler, or answers it.
pub(crate) async fn authorize<B: MessageBody + 'static>(
    guard: Guard,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    match admit(guard, &request).await {
        Ok(permit) => {
            let answer = next.call(request).await?.map_into_boxed_body();
            Ok(answer.map_body(|_, body| match permit {
                Some(permit) => AnswerBody::boxed(body, permit),
                None => body,
            }))
        }
        Err(problem) => Ok(request.error_response(problem)),
    }
}

/// Who calls goes with the request; the permit is that of a call of the business.
async fn admit(guard: Guard, request: &ServiceRequest) -> Result<Option<Permit>, Problem> {
    if matches!(guard, Guard::Public | Guard::OpsListener) {
        return Ok(None);
    }
    let state = AppState::of(request.request())?;
    let caller = state
        .api_keys
        .verify(&state.store, request.headers())
        .await?;
    request.extensions_mut().insert(caller);
    let scope = match guard {
        Guard::PlatformKey if caller.business_id.is_some() => return Err(wrong_kind()),
        Guard::PlatformKey => platform_scope(&state.store),
        _ => business(&state, caller, request).await?,
    };
    let permit = state.limits.call(scope.business_id())?;
    request.extensions_mut().insert(Scope(scope));
    Ok(Some(permit))
}

/// The business that the call is for: the key's own, or the one that the platform names.
async fn business(
    state: &AppState,
    caller: Caller,
    request: &ServiceRequest,
) -> Result<BusinessScope, Problem> {
    let named = match request.match_info().get("business_id") {
        Some(text) => Some(
            text.parse::<BusinessId>()
                .map_err(|_| Problem::not_found())?,
        ),
        None => None,
    };
    match (caller.business_id, named) {
        (Some(own), named) if named.is_none_or(|named| named == own) => {
            Ok(state.store.business(own))
        }
        (Some(_), _) => Err(wrong_kind()),
        (None, None) => Err(Problem::not_found().detail(
            "The platform's key names the business in the path: /v1/businesses/{business_id}/…",
        )),
        (None, Some(business_id)) => {
            let scope = state.store.business(business_id);
            // A business that does not exist has no keys.
            scope.keys().await.map_err(|error| match error {
                StorageError::NotFound => Problem::not_found(),
                error => error.into(),
            })?;
            Ok(scope)
        }
    }
}

/// A valid key at a door that is not its own: what it asked for does not exist for it.
fn wrong_kind() -> Problem {
    Metrics::get()
        .auth_failures
        .with_label_values(&["foreign"])
        .inc();
    Problem::not_found()
}
