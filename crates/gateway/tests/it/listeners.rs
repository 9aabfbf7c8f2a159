//! The two listeners, and the process around them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bootstrap::ops::{Ops, OpsSettings};
use gateway::GatewaySettings;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::eventually;

use crate::harness::{Harness, send};

#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_becomes_ready_and_stops_on_request() {
    let mut harness = Harness::start().await;
    let health = harness.context.health.clone();
    eventually(
        "postgres and rabbitmq are reached",
        Duration::from_secs(15),
        async || health.check().ready.then_some(()),
    )
    .await;
    let alive = send(harness.bare(Method::GET, "/healthz")).await;
    assert_eq!(alive.status, StatusCode::OK);
    harness.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documentation_is_served_to_operators_and_not_to_the_public() {
    let harness = Harness::start().await;
    let settings = OpsSettings {
        address: ([127, 0, 0, 1], 0).into(),
    };
    let context = &harness.context;
    let ops = Ops::bind(
        &settings,
        context.health.clone(),
        context.shutdown.clone(),
        Arc::new(|routes: &mut _| gateway::operations(&GatewaySettings::default(), routes)),
    );
    let ops = ops.unwrap();
    let base = format!("http://{}", ops.address());
    tokio::spawn(ops.serve());
    let mut document: Value = reqwest::get(format!("{base}/openapi.json"))
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let servers = document.as_object_mut().unwrap().remove("servers");
    assert_eq!(servers, Some(json!([{ "url": "http://127.0.0.1:8080" }])));
    assert_eq!(
        document.to_string(),
        serde_json::from_str::<Value>(&gateway::openapi())
            .unwrap()
            .to_string()
    );
    let page = reqwest::get(format!("{base}/docs/"))
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(
        page.contains("swagger-ui") && !page.contains("http://") && !page.contains("https://"),
        "{page}"
    );
    let script = reqwest::get(format!("{base}/docs/swagger-initializer.js"))
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(script.contains("/openapi.json"), "{script}");
    assert_eq!(
        reqwest::get(format!("{base}/docs/nothing"))
            .await
            .unwrap()
            .status(),
        StatusCode::NOT_FOUND
    );
    for path in ["/openapi.json", "/docs/", "/metrics", "/readyz"] {
        assert_eq!(
            send(harness.bare(Method::GET, path)).await.problem(404),
            "not_found",
            "{path}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_counted_by_route_and_bad_keys_by_reason() {
    let harness = Harness::start().await;
    let business = harness.business("Boutique").await;
    harness.get(&business.key, "/v1/numbers/4711").await;
    harness.get("nonsense", "/v1/numbers").await;
    let metrics = prometheus::TextEncoder::new()
        .encode_to_string(&prometheus::gather())
        .unwrap();
    for line in [
        r#"djigbachats_gateway_requests_total{method="GET",route="/v1/numbers/{phone_number_id}",status_class="4xx"}"#,
        r#"djigbachats_gateway_auth_failures_total{reason="malformed"}"#,
        r#"djigbachats_gateway_request_duration_seconds_count{route="/v1/businesses"}"#,
    ] {
        assert!(metrics.contains(line), "{line} is not among\n{metrics}");
    }
    assert!(!metrics.contains("4711") && !metrics.contains(&business.id));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_database_calls_get_retry_after_and_are_served_later() {
    let harness = Harness::start().await;
    let business = harness.business("Boutique").await;
    let admin = harness.db.admin().await;
    let open = async |open: bool| {
        let sql = "update pg_database set datallowconn = $1 where datname = current_database()";
        admin.execute(sql, &[&open]).await.unwrap();
        let sql = "select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid()";
        admin.execute(sql, &[]).await.unwrap();
    };
    open(false).await;
    let refused = harness.get(&business.key, "/v1/numbers").await;
    assert_eq!(refused.problem(503), "unavailable");
    assert_eq!(refused.header("retry-after"), "2");
    let detail = refused.json()["detail"].as_str().unwrap().to_owned();
    assert!(
        detail.contains("Nothing was kept") && detail.contains("same Idempotency-Key"),
        "{detail}"
    );
    assert_eq!(refused.json()["trace_id"], refused.header("trace-id"));
    assert_eq!(
        send(harness.bare(Method::GET, "/healthz")).await.status,
        StatusCode::OK
    );
    open(true).await;
    eventually(
        "calls are served again",
        Duration::from_secs(10),
        async || {
            (harness.get(&business.key, "/v1/numbers").await.status == StatusCode::OK).then_some(())
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_one_line_of_the_log_without_anything_of_a_person() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::INFO);
    subscriber.with_writer(move || writer.clone()).init();
    let harness = Harness::start().await;
    let business = harness.business("Boutique").await;
    let before = log.requests().len();
    let answer = harness
        .get(&business.key, "/v1/templates/4711?name=%2B22670112233")
        .await;
    let lines = log.requests().split_off(before);
    assert_eq!(lines.len(), 1);
    let fields = &lines[0]["fields"];
    assert_eq!(fields["route"], "/v1/templates/{template_id}");
    assert_eq!(
        (&fields["method"], &fields["status"]),
        (&"GET".into(), &400.into())
    );
    assert_eq!(fields["trace_id"], answer.header("trace-id"));
    assert_eq!(
        (&fields["business.id"], &fields["key.id"]),
        (
            &business.id.as_str().into(),
            &business.key_id.as_str().into()
        )
    );
    assert!(fields["duration_ms"].is_u64());
    for private in ["4711", "70112233", "127.0.0.1", &business.key] {
        assert!(
            !lines[0].to_string().contains(private),
            "{private} is in {}",
            lines[0]
        );
    }
}

/// The captured log.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn requests(&self) -> Vec<Value> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let lines = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines
            .filter(|line| line["fields"]["message"] == "request")
            .collect()
    }
}

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
