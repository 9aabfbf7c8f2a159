//! The names of query parameters: a call takes those in its documentation and refuses all others, like unknown fields
//! of a body. With a misspelt filter a list would return more than was asked for.

use std::collections::BTreeSet;
use std::sync::Arc;

use actix_web::Error;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Query;

use super::text::{NO_NUL, has_nul};
use crate::problem::{Problem, ProblemCode};

/// The names of the query parameters of a call.
pub(crate) type ParameterNames = BTreeSet<String>;

/// Passes a request to its handler if all of its query parameters have these names.
pub(crate) async fn only_named<B: MessageBody + 'static>(
    names: Arc<ParameterNames>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    match check(&names, request.query_string()) {
        Ok(()) => Ok(next.call(request).await?.map_into_boxed_body()),
        Err(problem) => Ok(request.error_response(problem)),
    }
}

fn check(names: &ParameterNames, query: &str) -> Result<(), Problem> {
    if query.is_empty() {
        return Ok(());
    }
    let given = Query::<Vec<(String, String)>>::from_query(query)
        .map_err(|_| Problem::new(ProblemCode::QueryInvalid))?;
    let unknown: BTreeSet<&str> = given
        .iter()
        .map(|(name, _)| name.as_str())
        .filter(|name| !names.contains(*name))
        .collect();
    if unknown.is_empty() {
        return check_texts(&given);
    }
    let detail = if names.is_empty() {
        "is not a parameter of this call, which takes none".to_owned()
    } else {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        format!(
            "is not a parameter of this call, which takes {}",
            names.join(", ")
        )
    };
    let problems = unknown
        .into_iter()
        .map(|name| Problem::query(name, &*detail));
    Err(Problem::all(problems))
}

/// Refuses values that cannot be sent to Postgres.
fn check_texts(given: &[(String, String)]) -> Result<(), Problem> {
    let with_nul: BTreeSet<&str> = given
        .iter()
        .filter(|(_, value)| has_nul(value))
        .map(|(name, _)| name.as_str())
        .collect();
    if with_nul.is_empty() {
        return Ok(());
    }
    let problems = with_nul
        .into_iter()
        .map(|name| Problem::query(name, NO_NUL));
    Err(Problem::all(problems))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> ParameterNames {
        ["limit", "cursor"].map(str::to_owned).into()
    }

    #[test]
    fn only_the_parameters_of_the_call_pass() {
        for query in ["", "limit=1", "cursor=a%20b&limit=1", "limit=1&limit=2"] {
            assert!(check(&names(), query).is_ok(), "{query}");
        }
        for query in ["limits=1", "limit=1&Cursor=x", "limit%20=1", "&=", "x"] {
            let problem = check(&names(), query).unwrap_err();
            assert_eq!(problem.code(), ProblemCode::QueryInvalid, "{query}");
        }
        assert!(check(&ParameterNames::new(), "limit=1").is_err());
    }

    #[test]
    fn no_value_holds_a_nul() {
        for query in ["cursor=%00", "limit=1&cursor=a%00b", "cursor=a&cursor=%00"] {
            let problem = check(&names(), query).unwrap_err();
            assert_eq!(problem.code(), ProblemCode::QueryInvalid, "{query}");
        }
        assert!(check(&names(), "cursor=%2500").is_ok());
    }
}
