//! Bad input: a problem with the place, and never the value.

use reqwest::{Method, StatusCode};
use serde_json::json;
use uuid::Uuid;

use crate::harness::{Harness, send};
use crate::tenants::operations;
use gateway::GatewaySettings;

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_not_what_the_call_takes_is_refused_before_anything_happens() {
    let settings = GatewaySettings {
        max_json_bytes: 2_000,
        ..GatewaySettings::default()
    };
    let harness = Harness::start_with(settings).await;
    let call = |kind: &'static str, body: String| {
        let request = harness.request(Method::POST, "/v1/businesses", &harness.platform);
        let request = request.header("Idempotency-Key", Uuid::new_v4().to_string());
        send(request.header("Content-Type", kind).body(body))
    };
    let json = "application/json";
    let name = |length: usize| format!(r#"{{"name":"{}"}}"#, "x".repeat(length));
    assert_eq!(
        call("text/plain", name(3)).await.problem(415),
        "media_type_unsupported"
    );
    assert_eq!(
        call(json, "{".to_owned()).await.problem(400),
        "body_not_json"
    );
    assert_eq!(
        call(json, String::new()).await.problem(400),
        "body_not_json"
    );
    assert_eq!(call(json, name(2_000)).await.problem(413), "body_too_large");
    assert_eq!(call(json, name(1_000)).await.problem(422), "body_invalid");
    assert_eq!(
        call("application/json; charset=utf-8", name(3))
            .await
            .status,
        StatusCode::CREATED
    );
    let wrong = call(json, r#"{"name":22670112233}"#.to_owned()).await;
    assert_eq!(
        (wrong.problem(422).as_str(), wrong.pointers()),
        ("body_invalid", vec!["/name".to_owned()])
    );
    assert!(!String::from_utf8_lossy(&wrong.body).contains("70112233"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_creates_needs_an_idempotency_key() {
    let harness = Harness::start().await;
    let request = || {
        harness
            .request(Method::POST, "/v1/businesses", &harness.platform)
            .json(&json!({ "name": "B" }))
    };
    assert_eq!(
        send(request()).await.problem(400),
        "idempotency_key_missing"
    );
    let long = request().header("Idempotency-Key", "k".repeat(256));
    assert_eq!(send(long).await.problem(400), "idempotency_key_invalid");
    let list = harness
        .get(&harness.platform, "/v1/businesses")
        .await
        .expect(StatusCode::OK);
    assert_eq!(list["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_query_parameters_are_named() {
    let harness = Harness::start().await;
    let business = harness.business("Boutique").await;
    for (path, parameter) in [
        ("/v1/numbers?limit=0", "limit"),
        ("/v1/numbers?limit=many", "limit"),
        ("/v1/numbers?cursor=%21", "cursor"),
        ("/v1/templates?waba_id=abc", "waba_id"),
        ("/v1/events?after=-1", "after"),
        ("/v1/events?limit=1001", "limit"),
    ] {
        let refused = harness.get(&business.key, path).await;
        assert_eq!(refused.problem(400), "query_invalid");
        assert_eq!(
            refused.json()["errors"][0]["parameter"],
            parameter,
            "{path}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_parameter_that_no_call_takes_is_named_everywhere() {
    let harness = Harness::start().await;
    let business = harness.business("Boutique").await;
    for operation in operations() {
        let path = operation.path.replace("{business_id}", &business.id);
        let key = if operation.platform_only {
            &harness.platform
        } else {
            &business.key
        };
        let query = "limits=1&Limit=2";
        let request = harness.request(operation.method.clone(), &format!("{path}?{query}"), key);
        let refused = send(request.header("Idempotency-Key", "1").json(&json!({}))).await;
        let what = format!("{} {path}", operation.method);
        assert_eq!(refused.problem(400), "query_invalid", "{what}");
        let errors = refused.json()["errors"].clone();
        let named = [&errors[0]["parameter"], &errors[1]["parameter"]];
        assert_eq!(named, ["Limit", "limits"], "{what}");
        assert!(errors[0]["pointer"].is_null(), "{what}");
    }
    let keyless = send(harness.bare(Method::GET, "/v1/numbers?limits=1")).await;
    assert_eq!(keyless.problem(401), "unauthorized");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_or_method_that_no_route_has_is_a_problem_too() {
    let harness = Harness::start().await;
    let business = harness.business("Boutique").await;
    assert_eq!(
        harness.get(&business.key, "/v1/nothing").await.problem(404),
        "not_found"
    );
    assert_eq!(
        harness.get(&business.key, "/").await.problem(404),
        "not_found"
    );
    assert_eq!(
        harness
            .get(&business.key, "/v1/numbers/abc")
            .await
            .problem(404),
        "not_found"
    );
    let method = send(harness.request(Method::DELETE, "/v1/numbers", &business.key)).await;
    assert_eq!(method.problem(405), "method_not_allowed");
    assert_eq!(
        harness
            .get(&harness.platform, "/v1/numbers")
            .await
            .problem(404),
        "not_found"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_a_trace_id_and_is_kept_by_nobody() {
    let harness = Harness::start().await;
    let trace = "0af7651916cd43dd8448eb211c80319c";
    for path in ["/healthz", "/v1/numbers", "/nowhere"] {
        let request = harness.bare(Method::GET, path);
        let answer =
            send(request.header("traceparent", format!("00-{trace}-b7ad6b7169203331-01"))).await;
        assert_eq!(answer.header("trace-id"), trace, "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(
            send(harness.bare(Method::GET, path))
                .await
                .header("trace-id")
                .len(),
            32
        );
    }
}
