//! All routes of the gateway: collected from the resources' declarations, and registered behind their checks. The
//! OpenAPI document is generated from the same routes.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use serde_json::Value;

use crate::api::RESOURCES;
use crate::auth::{Access, authorize};
use crate::docs;
use crate::extract::{ParameterNames, only_named};
use crate::problem::{Problem, ProblemCode};
use crate::routes::{Resource, Route, Tag};

/// The path prefix of the API.
const API: &str = "/v1";
/// The prefix under which the platform's key names the business that it acts for.
const BUSINESS: &str = "/v1/businesses/{business_id}";

/// A route as it is served.
pub(crate) struct ServedRoute {
    pub(crate) method: Method,
    /// Its path. A route of a business has two: its own, and the one below the business.
    pub(crate) patterns: Vec<String>,
    pub(crate) access: Access,
    /// Its operation in the OpenAPI document; `None` for routes that are not calls of the API.
    pub(crate) operation: Option<Operation>,
    service: fn() -> actix_web::Route,
}

/// An operation of the API, as its resource declares it.
pub(crate) struct Operation {
    pub(crate) tag: Tag,
    pub(crate) annotation: Value,
}

/// All routes, in the order of their declaration.
pub(crate) static ROUTES: LazyLock<Vec<ServedRoute>> = LazyLock::new(|| {
    let others = [
        other("/healthz", Access::Public, || web::to(healthz)),
        other("/openapi.json", Access::OpsListener, || {
            web::to(docs::document)
        }),
        other("/docs/{file:.*}", Access::OpsListener, || {
            web::to(docs::page)
        }),
    ];
    let of_resource = |resource: &&'static Resource| {
        let routes = resource.routes.iter();
        routes.flat_map(|route| served(resource.tag, route))
    };
    others
        .into_iter()
        .chain(RESOURCES.iter().flat_map(of_resource))
        .collect()
});

/// Routes for GET that are not calls of the API.
fn other(path: &str, access: Access, service: fn() -> actix_web::Route) -> ServedRoute {
    ServedRoute {
        method: Method::GET,
        patterns: vec![path.to_owned()],
        access,
        operation: None,
        service,
    }
}

fn served(tag: Tag, route: &'static Route) -> impl Iterator<Item = ServedRoute> {
    let annotated = route.annotated().into_iter();
    annotated.map(move |annotated| ServedRoute {
        method: annotated.method,
        patterns: patterns(route.access, annotated.path),
        access: route.access,
        operation: Some(Operation {
            tag,
            annotation: annotated.operation,
        }),
        service: route.handler.service,
    })
}

fn patterns(access: Access, path: String) -> Vec<String> {
    match access {
        Access::Business(_) => {
            let below = path.strip_prefix(API).unwrap_or(&path);
            let of_platform = format!("{BUSINESS}{below}");
            vec![path, of_platform]
        }
        Access::Public | Access::OpsListener | Access::Platform(_) => vec![path],
    }
}

impl Operation {
    /// The names of the query parameters that the call takes.
    fn query_parameters(&self) -> ParameterNames {
        let parameters = self.annotation.get("parameters").and_then(Value::as_array);
        let in_query = parameters
            .into_iter()
            .flatten()
            .filter(|parameter| parameter.get("in").is_some_and(|given| given == "query"));
        let names = in_query.filter_map(|parameter| parameter.get("name")?.as_str());
        names.map(str::to_owned).collect()
    }
}

impl ServedRoute {
    /// The handler behind its checks.
    fn service(&self) -> actix_web::Route {
        let mut route = (self.service)().method(self.method.clone());
        if let Some(operation) = &self.operation {
            let names = Arc::new(operation.query_parameters());
            route = route.wrap(from_fn(move |request, next| {
                only_named(Arc::clone(&names), request, next)
            }));
        }
        let access = self.access;
        // Authentication comes before the checks of the request.
        route.wrap(from_fn(move |request, next| {
            authorize(access, request, next)
        }))
    }
}

/// The routes of the public listener.
pub(crate) fn public_routes(services: &mut ServiceConfig) {
    register(services, |access| access != Access::OpsListener);
    services.default_service(web::to(no_route));
}

/// The routes that the gateway adds to the operations listener.
pub(crate) fn ops_routes(services: &mut ServiceConfig) {
    register(services, |access| access == Access::OpsListener);
}

fn register(services: &mut ServiceConfig, wanted: impl Fn(Access) -> bool) {
    // The first matching pattern is used. In this order a fixed segment comes before a parameter in the same position,
    // since `{` sorts after letters: `/v1/messages/bulk` before `/v1/messages/{message_id}`.
    let mut by_pattern: BTreeMap<&str, Vec<&ServedRoute>> = BTreeMap::new();
    for route in ROUTES.iter().filter(|route| wanted(route.access)) {
        for pattern in &route.patterns {
            by_pattern.entry(pattern).or_default().push(route);
        }
    }
    for (pattern, routes) in by_pattern {
        let methods: Vec<&str> = routes.iter().map(|route| route.method.as_str()).collect();
        let resource = web::resource(pattern).default_service(no_method(&methods.join(", ")));
        let routes = routes.into_iter().map(ServedRoute::service);
        services.service(routes.fold(resource, actix_web::Resource::route));
    }
}

async fn healthz() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body("alive\n")
}

async fn no_route() -> Result<HttpResponse, Problem> {
    Err(Problem::not_found())
}

/// Answers 405 with the methods that the path supports (RFC 9110, 15.5.6).
fn no_method(allowed: &str) -> actix_web::Route {
    let allowed: Arc<str> = allowed.into();
    web::to(move || {
        let allowed = Arc::clone(&allowed);
        async move {
            let mut answer = Problem::new(ProblemCode::MethodNotAllowed).respond(None);
            if let Ok(allowed) = HeaderValue::from_str(&allowed) {
                answer.headers_mut().insert(header::ALLOW, allowed);
            }
            answer
        }
    })
}
