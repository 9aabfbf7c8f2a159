//! The one table of routes: how each is guarded, and what answers it. The app is built from it, the OpenAPI document is
//! completed from it, and the tests walk it.

use std::sync::Arc;

use actix_web::http::Method;
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, Resource, Route};

use crate::api::{
    businesses, campaigns, contacts, events, inbound_messages, keys, media, messages, numbers,
    templates, wabas,
};
use crate::auth::{Guard, authorize};
use crate::docs;
use crate::extract::only_named;
use crate::openapi;
use crate::problem::{Problem, ProblemCode};

/// Where the API begins.
const API: &str = "/v1";
/// Where the platform's key names the business it acts for.
const BUSINESS: &str = "/v1/businesses/{business_id}";

/// One route.
pub(crate) struct Entry {
    pub(crate) method: Method,
    /// Below `/v1` for the API.
    pub(crate) path: &'static str,
    pub(crate) guard: Guard,
    pub(crate) handler: fn() -> Route,
}

/// Every route of the gateway. A fixed path stands before one with a parameter in the same place.
#[rustfmt::skip] // A table is read line by line.
pub(crate) static TABLE: &[Entry] = &[
    public(Method::GET, "/healthz", || web::to(healthz)),
    ops(Method::GET, "/openapi.json", || web::to(docs::document)),
    ops(Method::GET, "/docs/{file:.*}", || web::to(docs::page)),
    // The platform.
    platform(Method::POST, "/businesses", || web::to(businesses::create::create_business)),
    platform(Method::GET, "/businesses", || web::to(businesses::list::list_businesses)),
    platform(Method::GET, "/businesses/{business_id}", || web::to(businesses::get::get_business)),
    platform(Method::POST, "/businesses/{business_id}/keys", || web::to(keys::create::create_key)),
    platform(Method::GET, "/businesses/{business_id}/keys", || web::to(keys::list::list_keys)),
    platform(Method::DELETE, "/businesses/{business_id}/keys/{key_id}", || web::to(keys::revoke::revoke_key)),
    // A business.
    business(Method::POST, "/numbers", || web::to(numbers::connect::connect_number)),
    business(Method::GET, "/numbers", || web::to(numbers::list::list_numbers)),
    business(Method::GET, "/numbers/{phone_number_id}", || web::to(numbers::get::get_number)),
    business(Method::DELETE, "/numbers/{phone_number_id}", || web::to(numbers::disconnect::disconnect_number)),
    business(Method::GET, "/wabas", || web::to(wabas::list::list_wabas)),
    business(Method::POST, "/templates/sync", || web::to(templates::sync::sync_templates)),
    business(Method::GET, "/templates", || web::to(templates::list::list_templates)),
    business(Method::GET, "/templates/{template_id}", || web::to(templates::get::get_template)),
    business(Method::POST, "/media", || web::to(media::create::create_media)),
    business(Method::GET, "/media", || web::to(media::list::list_media)),
    business(Method::GET, "/media/{media_id}", || web::to(media::get::get_media)),
    business(Method::POST, "/messages", || web::to(messages::create::create_message)),
    business(Method::GET, "/messages", || web::to(messages::list::list_messages)),
    business(Method::POST, "/messages/bulk", || web::to(messages::create_bulk::create_messages)),
    business(Method::GET, "/messages/{message_id}", || web::to(messages::get::get_message)),
    business(Method::GET, "/messages/{message_id}/timeline", || web::to(messages::timeline::get_message_timeline)),
    business(Method::POST, "/campaigns", || web::to(campaigns::create::create_campaign)),
    business(Method::GET, "/campaigns", || web::to(campaigns::list::list_campaigns)),
    business(Method::GET, "/campaigns/{campaign_id}", || web::to(campaigns::get::get_campaign)),
    business(Method::PUT, "/campaigns/{campaign_id}/audience", || web::to(campaigns::put_audience::put_audience)),
    business(Method::GET, "/campaigns/{campaign_id}/audience", || web::to(campaigns::get_audience::get_audience)),
    business(Method::GET, "/campaigns/{campaign_id}/skipped-recipients", || web::to(campaigns::skipped_recipients::list_skipped_recipients)),
    business(Method::POST, "/campaigns/{campaign_id}/start", || web::to(campaigns::actions::start_campaign)),
    business(Method::POST, "/campaigns/{campaign_id}/pause", || web::to(campaigns::actions::pause_campaign)),
    business(Method::POST, "/campaigns/{campaign_id}/resume", || web::to(campaigns::actions::resume_campaign)),
    business(Method::POST, "/campaigns/{campaign_id}/cancel", || web::to(campaigns::actions::cancel_campaign)),
    business(Method::POST, "/contacts/erase", || web::to(contacts::erase::erase_contact)),
    business(Method::GET, "/events", || web::to(events::list::list_events)),
    business(Method::GET, "/inbound-messages", || web::to(inbound_messages::list::list_inbound_messages)),
    business(Method::GET, "/inbound-messages/{inbound_message_id}", || web::to(inbound_messages::get::get_inbound_message)),
];

const fn public(method: Method, path: &'static str, handler: fn() -> Route) -> Entry {
    Entry {
        method,
        path,
        guard: Guard::Public,
        handler,
    }
}

const fn ops(method: Method, path: &'static str, handler: fn() -> Route) -> Entry {
    Entry {
        method,
        path,
        guard: Guard::OpsListener,
        handler,
    }
}

const fn platform(method: Method, path: &'static str, handler: fn() -> Route) -> Entry {
    Entry {
        method,
        path,
        guard: Guard::PlatformKey,
        handler,
    }
}

const fn business(method: Method, path: &'static str, handler: fn() -> Route) -> Entry {
    Entry {
        method,
        path,
        guard: Guard::BusinessOrPlatformKey,
        handler,
    }
}

impl Entry {
    /// The patterns under which the route is reached.
    pub(crate) fn patterns(&self) -> Vec<String> {
        match self.guard {
            Guard::Public | Guard::OpsListener => vec![self.path.to_owned()],
            Guard::PlatformKey => vec![format!("{API}{}", self.path)],
            Guard::BusinessOrPlatformKey => {
                vec![
                    format!("{API}{}", self.path),
                    format!("{BUSINESS}{}", self.path),
                ]
            }
        }
    }
}

/// The routes of the public listener.
pub(crate) fn public_routes(services: &mut ServiceConfig) {
    register(services, |guard| guard != Guard::OpsListener);
    services.default_service(web::to(no_route));
}

/// The routes that the gateway adds to the operations listener.
pub(crate) fn ops_routes(services: &mut ServiceConfig) {
    register(services, |guard| guard == Guard::OpsListener);
}

fn register(services: &mut ServiceConfig, wanted: impl Fn(Guard) -> bool) {
    let mut resources: Vec<(String, Resource)> = Vec::new();
    for entry in TABLE.iter().filter(|entry| wanted(entry.guard)) {
        for pattern in entry.patterns() {
            let guard = entry.guard;
            let checked = from_fn(move |request, next| authorize(guard, request, next));
            let mut route = (entry.handler)().method(entry.method.clone());
            if let Some(names) = openapi::query_parameters(entry) {
                let names = Arc::new(names);
                let named =
                    from_fn(move |request, next| only_named(Arc::clone(&names), request, next));
                route = route.wrap(named);
            }
            // Who asks comes before what is asked.
            let route = route.wrap(checked);
            let place = resources.iter().position(|(known, _)| *known == pattern);
            let resource = match place {
                Some(place) => resources.remove(place).1,
                None => web::resource(&pattern).default_service(no_method(&pattern)),
            };
            let resource = resource.route(route);
            let place = place.unwrap_or(resources.len());
            resources.insert(place, (pattern, resource));
        }
    }
    for (_, resource) in resources {
        services.service(resource);
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

/// Answers a method that a path does not take, with those that it takes (RFC 9110, 15.5.6).
fn no_method(pattern: &str) -> Route {
    let takes = |entry: &&Entry| entry.patterns().iter().any(|known| known == pattern);
    let methods = TABLE
        .iter()
        .filter(takes)
        .map(|entry| entry.method.as_str());
    let allowed: Arc<str> = methods.collect::<Vec<_>>().join(", ").into();
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
