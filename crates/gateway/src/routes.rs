//! How a resource declares its routes.

use actix_web::http::Method;
use common::access::Permission;
use serde_json::Value;
use utoipa::openapi::OpenApi;

use crate::auth::Access;

/// The routes of a resource of the API, declared in its folder.
pub(crate) struct Resource {
    pub(crate) tag: Tag,
    pub(crate) routes: &'static [Route],
}

/// A tag of the OpenAPI document. Resources may share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
}

/// A route of the API. Its method and path are those of the handler's annotation.
pub(crate) struct Route {
    pub(crate) access: Access,
    pub(crate) handler: Handler,
}

/// A handler and its annotation, made by [`handler!`].
pub(crate) struct Handler {
    pub(crate) service: fn() -> actix_web::Route,
    /// A document with only the annotated operation and its schemas.
    pub(crate) annotation: fn() -> OpenApi,
}

/// An operation, from the handler's annotation.
pub(crate) struct AnnotatedOperation {
    pub(crate) method: Method,
    /// The path, with `/v1`.
    pub(crate) path: String,
    pub(crate) operation: Value,
}

/// The [`Handler`] of a function that is annotated with `#[utoipa::path]`, named by its path.
macro_rules! handler {
    ($($segment:ident)::+) => {{
        #[derive(utoipa::OpenApi)]
        #[openapi(paths($($segment)::+))]
        struct Annotation;

        $crate::routes::Handler {
            service: || actix_web::web::to($($segment)::+),
            annotation: <Annotation as utoipa::OpenApi>::openapi,
        }
    }};
}

pub(crate) use handler;

impl Route {
    /// A route of the platform, for its key only.
    pub(crate) const fn of_platform(permission: Permission, handler: Handler) -> Self {
        Self {
            access: Access::Platform(permission),
            handler,
        }
    }

    /// A route of a business: for its own key, and below `/v1/businesses/{business_id}` for the platform's too.
    pub(crate) const fn of_business(permission: Permission, handler: Handler) -> Self {
        Self {
            access: Access::Business(permission),
            handler,
        }
    }

    /// One operation for each method in the annotation.
    pub(crate) fn annotated(&self) -> Vec<AnnotatedOperation> {
        let document = serde_json::to_value((self.handler.annotation)()).unwrap_or_default();
        let paths = document.get("paths").and_then(Value::as_object);
        let of_path = |(path, item): (&String, &Value)| {
            let operations = item.as_object().into_iter().flatten();
            let annotated = operations.filter_map(|(method, operation)| {
                let method = method.to_ascii_uppercase();
                Some(AnnotatedOperation {
                    method: Method::from_bytes(method.as_bytes()).ok()?,
                    path: path.clone(),
                    operation: operation.clone(),
                })
            });
            annotated.collect::<Vec<_>>()
        };
        paths.into_iter().flatten().flat_map(of_path).collect()
    }
}
