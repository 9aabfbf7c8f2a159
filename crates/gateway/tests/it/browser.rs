//! The API called from a page in a browser: the description names the server, and pages of the configured origins may
//! call it.

use std::sync::Arc;

use bootstrap::ops::{Ops, OpsSettings};
use gateway::GatewaySettings;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Answer, Harness, send};

const DOCS: &str = "http://127.0.0.1:9100";

async fn open_to(origins: &str) -> Harness {
    let settings = GatewaySettings {
        cors_origins: origins.to_owned().try_into().unwrap(),
        ..GatewaySettings::default()
    };
    Harness::start_with(settings).await
}

/// The preflight request of a browser.
async fn preflight(harness: &Harness, path: &str, method: &str, origin: &str) -> Answer {
    let request = harness
        .bare(Method::OPTIONS, path)
        .header("Origin", origin)
        .header("Access-Control-Request-Method", method)
        .header(
            "Access-Control-Request-Headers",
            "authorization,content-type,idempotency-key",
        );
    send(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_a_known_origin_calls_the_api() {
    let harness = open_to(&format!("https://shop.example.org, {DOCS}")).await;
    let business = harness.business("Boutique").await;
    for (path, method) in [
        ("/v1/messages", "POST"),
        ("/v1/numbers/4711", "DELETE"),
        ("/v1/campaigns/4711/audience", "PUT"),
        ("/v1/events", "GET"),
    ] {
        let allowed = preflight(&harness, path, method, DOCS).await;
        assert_eq!(allowed.status, StatusCode::OK, "{method} {path}");
        assert_eq!(allowed.header("access-control-allow-origin"), DOCS);
        assert!(
            allowed
                .header("access-control-allow-methods")
                .contains(method)
        );
        let headers = allowed
            .header("access-control-allow-headers")
            .to_ascii_lowercase();
        for header in ["authorization", "content-type", "idempotency-key"] {
            assert!(headers.contains(header), "{headers}");
        }
        assert_eq!(allowed.header("access-control-allow-credentials"), "");
    }
    let request = harness.request(Method::GET, "/v1/events", &business.key);
    let shown = send(request.header("Origin", DOCS)).await;
    shown.expect(StatusCode::OK);
    assert_eq!(shown.header("access-control-allow-origin"), DOCS);
    assert!(
        shown
            .header("access-control-expose-headers")
            .contains("trace-id")
    );
    let keyless = harness.bare(Method::GET, "/v1/events");
    let refused = send(keyless.header("Origin", DOCS)).await;
    assert_eq!(refused.problem(401), "unauthorized");
    assert_eq!(refused.header("access-control-allow-origin"), DOCS);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_origin_does_not() {
    let evil = "https://evil.example.org";
    for origins in ["", DOCS] {
        let harness = open_to(origins).await;
        let business = harness.business("Boutique").await;
        let refused = preflight(&harness, "/v1/messages", "POST", evil).await;
        assert_eq!(refused.problem(405), "method_not_allowed");
        assert_eq!(refused.header("allow"), "POST, GET");
        assert_eq!(refused.header("access-control-allow-origin"), "");
        // A client other than a browser may send any origin; a browser would not expose the answer to the page.
        let request = harness.request(Method::GET, "/v1/events", &business.key);
        let answer = send(request.header("Origin", evil)).await;
        answer.expect(StatusCode::OK);
        assert_eq!(answer.header("access-control-allow-origin"), "");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disallowed_preflight_of_a_known_origin_is_a_problem() {
    let harness = open_to(DOCS).await;
    for (method, headers) in [
        ("PATCH", "authorization"),
        ("POST", "authorization,x-other"),
        ("POST", ""),
        ("no method", "authorization"),
    ] {
        let request = harness
            .bare(Method::OPTIONS, "/v1/messages")
            .header("Origin", DOCS)
            .header("Access-Control-Request-Method", method)
            .header("Access-Control-Request-Headers", headers);
        let refused = send(request).await;
        assert_eq!(refused.problem(405), "method_not_allowed", "{method}");
        assert_eq!(refused.header("access-control-allow-methods"), "");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_origin_that_is_not_text_is_ignored() {
    let harness = open_to(DOCS).await;
    let business = harness.business("Boutique").await;
    let request = harness.request(Method::GET, "/v1/events", &business.key);
    let strange = reqwest::header::HeaderValue::from_bytes(b"https://\xff").unwrap();
    send(request.header("Origin", strange))
        .await
        .expect(StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_description_names_the_server_and_a_call_to_it_works() {
    let harness = open_to(DOCS).await;
    let business = harness.business("Boutique").await;
    let settings = GatewaySettings {
        address: harness.address().parse().unwrap(),
        ..GatewaySettings::default()
    };
    let ops = OpsSettings {
        address: ([127, 0, 0, 1], 0).into(),
    };
    let context = &harness.context;
    let (health, shutdown) = (context.health.clone(), context.shutdown.clone());
    let docs = Arc::new(move |routes: &mut _| gateway::operations(&settings, routes));
    let ops = Ops::bind(&ops, health, shutdown, docs).unwrap();
    let base = format!("http://{}", ops.address());
    tokio::spawn(ops.serve());
    let document = reqwest::get(format!("{base}/openapi.json")).await.unwrap();
    let document: Value = document.json().await.unwrap();
    let server = document["servers"][0]["url"].as_str().unwrap();
    assert_eq!(server, format!("http://{}", harness.address()));
    let path = "/v1/events";
    assert!(document["paths"][path]["get"].is_object());
    // It is the harness's own address, so that its client reaches the server named in the document.
    let feed = harness
        .get(&business.key, path)
        .await
        .expect(StatusCode::OK);
    assert_eq!(feed["items"], json!([]));
}
