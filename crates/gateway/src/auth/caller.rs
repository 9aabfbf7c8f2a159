//! What is known of the caller once its key was verified.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use common::ids::{ApiKeyId, BusinessId};
use storage::{BusinessScope, Store};
use uuid::Uuid;

use crate::problem::{Problem, ProblemCode};

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// The key that was shown.
    pub key_id: ApiKeyId,
    /// The business whose own key it is; `None` for the platform's.
    pub business_id: Option<BusinessId>,
}

/// The rows that the call may reach: those of the key's business, or of the business that the platform names in the path.
#[derive(Clone)]
pub struct Scope(pub BusinessScope);

/// The scope of what belongs to the platform itself and to no business: rows that bear the nil id.
#[must_use]
pub fn platform_scope(store: &Store) -> BusinessScope {
    store.business(BusinessId::from_uuid(Uuid::nil()))
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = request.extensions().get::<Self>().copied();
        ready(caller.ok_or(Problem::new(ProblemCode::Unauthorized)))
    }
}

impl FromRequest for Scope {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let scope = request.extensions().get::<Self>().cloned();
        ready(scope.ok_or(Problem::new(ProblemCode::Unauthorized)))
    }
}
