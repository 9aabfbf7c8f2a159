//! The content of problem responses.

use actix_web::body::MessageBody;
use serde_json::Value;

use super::*;

fn detail(problem: &Problem) -> Value {
    let body = problem.respond(None).into_body().try_into_bytes().unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap();
    body["detail"].clone()
}

#[test]
fn a_503_says_what_was_kept_and_that_the_same_key_may_come_again() {
    let unavailable = || Problem::from(StorageError::Unavailable("the network".into()));
    let unknown = StorageError::OutcomeUnknown("the network".into());
    for (problem, says) in [
        (unavailable(), "Nothing was kept"),
        (unavailable().retry_after(9), "Nothing was kept"),
        (
            Problem::new(ProblemCode::MetaUnreachable),
            "Nothing was kept",
        ),
        (Problem::from(unknown), "it is not known whether"),
    ] {
        let detail = detail(&problem);
        let detail = detail.as_str().unwrap();
        assert!(detail.contains(says), "{detail}");
        assert!(detail.contains("same Idempotency-Key"), "{detail}");
        assert!(!detail.contains("network"), "{detail}");
    }
}

#[test]
fn a_fault_of_ours_says_nothing_of_itself() {
    let fault = Problem::internal("the disk").detail("the disk");
    assert_eq!(detail(&fault), Value::Null);
}

#[test]
fn a_problem_names_a_hundred_places_at_most_however_it_is_made() {
    let places = |problem: &Problem| {
        let body = problem.respond(None).into_body().try_into_bytes().unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        body["errors"].as_array().unwrap().len()
    };
    let one = || Problem::body("/a", "is wrong");
    let many = || (0..1_000).map(|_| one());
    let together = many().fold(one(), |all, part| all.with("/b", part));
    let at = (0..1_000).fold(one(), |all, _| all.at("/c", "is wrong"));
    assert_eq!(
        (
            places(&Problem::all(many())),
            places(&together),
            places(&at)
        ),
        (MOST_PLACES, MOST_PLACES, MOST_PLACES)
    );
}
