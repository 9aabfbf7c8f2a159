//! The principal of a call: key, business and permissions.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use common::access::{Permission, PermissionSet};
use common::ids::{ApiKeyId, BusinessId};
use storage::{BusinessScope, Store};
use uuid::Uuid;

use crate::problem::{Problem, ProblemCode};

/// The key of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A key of the platform.
    Platform {
        /// The id of the key.
        key_id: ApiKeyId,
    },
    /// A key of a business.
    Business {
        /// The id of the key.
        key_id: ApiKeyId,
        /// The business of the key.
        business_id: BusinessId,
    },
}

/// The verified identity of a call.
#[derive(Clone)]
pub struct Principal {
    /// The key.
    pub actor: Actor,
    /// The rows that the call may access: those of the key's business, or of the business in the path if the key is the
    /// platform's. On a route of the platform, see [`platform_scope`].
    pub business: BusinessScope,
    /// The permissions of the key.
    pub permissions: PermissionSet,
}

/// The scope of rows that belong to the platform and not to a business: rows with the nil id.
#[must_use]
pub fn platform_scope(store: &Store) -> BusinessScope {
    store.business(BusinessId::from_uuid(Uuid::nil()))
}

impl Actor {
    /// The key of the call.
    #[must_use]
    pub const fn key_id(self) -> ApiKeyId {
        match self {
            Self::Platform { key_id } | Self::Business { key_id, .. } => key_id,
        }
    }

    /// The permissions of the key: all permissions of its kind of key.
    #[must_use]
    pub fn permissions(self) -> PermissionSet {
        match self {
            Self::Platform { .. } => PermissionSet::all(),
            Self::Business { .. } => Permission::of_business(),
        }
    }
}

impl Principal {
    /// Checks that the key holds the permission.
    ///
    /// # Errors
    /// [`ProblemCode::PermissionMissing`], which names the permission.
    pub fn require(&self, permission: Permission) -> Result<(), Problem> {
        if self.permissions.contains(permission) {
            return Ok(());
        }
        Err(Problem::new(ProblemCode::PermissionMissing).detail(format!(
            "The key lacks the permission {permission}. Nothing was done. Use a key that holds it."
        )))
    }
}

impl FromRequest for Principal {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let principal = request.extensions().get::<Self>().cloned();
        ready(principal.ok_or(Problem::new(ProblemCode::Unauthorized)))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::MessageBody as _;
    use actix_web::http::StatusCode;
    use sealing::MasterKeys;
    use serde_json::Value;
    use storage::StorageSettings;

    use super::*;

    /// A principal with these permissions; its database is never queried.
    fn principal(permissions: PermissionSet) -> Principal {
        let key = MasterKeys::generate_text().unwrap();
        let settings = StorageSettings {
            url: "postgres://nobody@127.0.0.1:1/none".into(),
            request_connections: 1,
            request_connections_per_business: 1,
            worker_connections: 1,
        };
        let store = Store::new(&settings, MasterKeys::parse(&key).unwrap()).unwrap();
        let key_id = ApiKeyId::from_uuid(Uuid::nil());
        Principal {
            actor: Actor::Platform { key_id },
            business: platform_scope(&store),
            permissions,
        }
    }

    #[tokio::test]
    async fn a_principal_that_lacks_the_permission_gets_403_that_names_it() {
        for permission in PermissionSet::all().iter() {
            let others = PermissionSet::all() - permission;
            let problem = principal(others).require(permission).unwrap_err();
            let answer = problem.respond(None);
            assert_eq!(answer.status(), StatusCode::FORBIDDEN);
            let body = answer.into_body().try_into_bytes().unwrap();
            let body: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(body["type"], "urn:djigbachats:problem:permission_missing");
            let detail = body["detail"].as_str().unwrap();
            assert!(detail.contains(permission.as_str()), "{detail}");
            let alone = PermissionSet::only(permission);
            assert!(principal(alone).require(permission).is_ok());
        }
    }
}
