//! The trace id of the request, to be passed on with its work.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use common::trace::TraceId;

use crate::problem::Problem;

/// The trace id that the request had, or was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trace(pub TraceId);

impl FromRequest for Trace {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let trace_id = request.extensions().get::<TraceId>().copied();
        ready(Ok(Self(trace_id.unwrap_or_else(TraceId::random))))
    }
}
