//! The access rule of each route, and the check before its handler.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _};
use common::access::Permission;
use common::ids::BusinessId;
use fair_share::Permit;
use storage::{BusinessScope, StorageError};

use super::answer::AnswerBody;
use super::{Actor, Principal, platform_scope};
use crate::metrics::Metrics;
use crate::problem::Problem;
use crate::state::AppState;

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Public,
    /// Everybody with access to the operations listener, which is not exposed to the internet.
    OpsListener,
    /// A key of the platform that holds this permission.
    Platform(Permission),
    /// A key that holds this permission. At `/v1/…` a key of a business; at `/v1/businesses/{business_id}/…` a key of
    /// the platform, or a key of that business.
    Business(Permission),
}

impl Access {
    /// The permission that the key must hold; `None` for routes without a key.
    #[must_use]
    pub const fn permission(self) -> Option<Permission> {
        match self {
            Self::Public | Self::OpsListener => None,
            Self::Platform(permission) | Self::Business(permission) => Some(permission),
        }
    }
}

/// Passes a request to its handler, or refuses it.
pub(crate) async fn authorize<B: MessageBody + 'static>(
    access: Access,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    match admit(access, &request).await {
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

/// Attaches the principal to the request; the permit is that of a call of its business.
async fn admit(access: Access, request: &ServiceRequest) -> Result<Option<Permit>, Problem> {
    let Some(permission) = access.permission() else {
        return Ok(None);
    };
    let state = AppState::of(request.request())?;
    let actor = state
        .api_keys
        .verify(&state.store, request.headers())
        .await?;
    request.extensions_mut().insert(actor);
    let business = match (access, actor) {
        (Access::Platform(_), Actor::Business { .. }) => return Err(wrong_kind()),
        (Access::Platform(_), Actor::Platform { .. }) => platform_scope(&state.store),
        _ => business(&state, actor, request).await?,
    };
    let principal = Principal {
        actor,
        business,
        permissions: actor.permissions(),
    };
    principal
        .require(permission)
        .inspect_err(|_| count_failure("permission"))?;
    let permit = state.limits.call(principal.business.business_id())?;
    request.extensions_mut().insert(principal);
    Ok(Some(permit))
}

/// The business that the call is for: that of the key, or the one in the path if the key is the platform's.
async fn business(
    state: &AppState,
    actor: Actor,
    request: &ServiceRequest,
) -> Result<BusinessScope, Problem> {
    let named = match request.match_info().get("business_id") {
        Some(text) => Some(
            text.parse::<BusinessId>()
                .map_err(|_| Problem::not_found())?,
        ),
        None => None,
    };
    match (actor, named) {
        (Actor::Business { business_id, .. }, named)
            if named.is_none_or(|it| it == business_id) =>
        {
            Ok(state.store.business(business_id))
        }
        (Actor::Business { .. }, _) => Err(wrong_kind()),
        (Actor::Platform { .. }, None) => Err(Problem::not_found().detail(
            "With the platform's key, put the business into the path: /v1/businesses/{business_id}/…",
        )),
        (Actor::Platform { .. }, Some(business_id)) => {
            let scope = state.store.business(business_id);
            // A key of a business implies that the business exists.
            scope.keys().await.map_err(|error| match error {
                StorageError::NotFound => Problem::not_found(),
                error => error.into(),
            })?;
            Ok(scope)
        }
    }
}

/// A valid key used on a route of another scope; answered 404, so that routes are not revealed.
fn wrong_kind() -> Problem {
    count_failure("foreign");
    Problem::not_found()
}

fn count_failure(reason: &str) {
    Metrics::get()
        .auth_failures
        .with_label_values(&[reason])
        .inc();
}
