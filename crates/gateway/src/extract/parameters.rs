//! Query parameters. Each is read as a string, so that an error can name it; the handler parses it.

use std::future::{Ready, ready};
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::web::Query;
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;

use crate::problem::{Problem, ProblemCode};

/// The query parameters of a call; `T` has optional string fields. Parameters that are not in `T` belong to another
/// extractor, such as that of a page; unknown ones were refused before.
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

/// The id in a query parameter, if it is given.
///
/// # Errors
/// When it is not such an id.
pub(crate) fn read_id<T: FromStr>(name: &str, text: Option<String>) -> Result<Option<T>, Problem> {
    let id = text.map(|text| text.parse()).transpose();
    id.map_err(|_| Problem::query(name, "is not an id of this kind"))
}
