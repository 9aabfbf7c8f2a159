//! Query parameters. Each is read as text, so that a wrong one can be named; its handler says what it should be.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::web::Query;
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;

use crate::problem::{Problem, ProblemCode};

/// The query parameters of a call; `T` has optional fields of text. What it does not name is another extractor's, such as
/// that of a page; what nobody names was refused before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameters<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Parameters<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let read = Query::<T>::from_query(request.query_string());
        let problem = Problem::new(ProblemCode::QueryInvalid)
            .detail("Give each query parameter once, percent-encoded in UTF-8.");
        ready(
            read.map(|query| Self(query.into_inner()))
                .map_err(|_| problem),
        )
    }
}
