//! The operations listener, as a probe uses it.

use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::{HttpResponse, web};
use bootstrap::Context;
use bootstrap::ops::{Ops, OpsSettings};
use bootstrap::shutdown::Shutdown;
use serde_json::Value;

struct Listener {
    context: Context,
    address: SocketAddr,
    serving: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Listener {
    fn start() -> Self {
        bootstrap::crypto::install_ring();
        let context = Context::new(Shutdown::new());
        let settings = OpsSettings {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        let hello = web::get;
        let ops = Ops::bind(
            &settings,
            context.health.clone(),
            context.shutdown.clone(),
            Arc::new(move |services| {
                services.route(
                    "/docs",
                    hello().to(async || HttpResponse::Ok().body("docs")),
                );
            }),
        )
        .unwrap();
        let address = ops.address();
        let serving = tokio::spawn(ops.serve());
        Self {
            context,
            address,
            serving,
        }
    }

    async fn get(&self, path: &str) -> (u16, String) {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let url = format!("http://{}{path}", self.address);
        let answer = client.get(url).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }
}

#[tokio::test]
async fn readiness_tells_what_is_missing_and_liveness_does_not_care() {
    let listener = Listener::start();
    let postgres = listener.context.health.dependency("postgres");
    let (status, body) = listener.get("/readyz").await;
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, &body["ready"]), (503, &Value::Bool(false)));
    assert_eq!(body["missing"][0]["dependency"], "postgres");
    assert_eq!(body["missing"][0]["reason"], "not reached yet");
    assert_eq!(listener.get("/healthz").await.0, 200);

    postgres.ok();
    let (status, body) = listener.get("/readyz").await;
    assert_eq!(
        (status, body.as_str()),
        (200, r#"{"ready":true,"missing":[]}"#)
    );

    postgres.missing("postgres://app:hunter2@db refused");
    let (status, body) = listener.get("/readyz").await;
    assert_eq!(status, 503);
    assert!(
        body.contains("refused") && !body.contains("hunter2"),
        "{body}"
    );
}

#[tokio::test]
async fn a_missing_dependency_keeps_the_time_since_which_it_is_missing() {
    let health = Context::new(Shutdown::new()).health;
    let broker = health.dependency("rabbitmq");
    broker.ok();
    broker.missing("first");
    let since = health.check().missing[0].since;
    broker.missing("second");
    let missing = &health.check().missing[0];
    assert_eq!((missing.since, missing.reason.as_str()), (since, "second"));
}

#[tokio::test]
async fn a_dependency_of_two_parts_is_missing_while_one_of_them_misses_it() {
    let health = Context::new(Shutdown::new()).health;
    let (first, second) = (health.dependency("rabbitmq"), health.dependency("rabbitmq"));
    first.ok();
    second.missing("refused");
    first.ok();
    let check = health.check();
    assert_eq!((check.ready, check.missing.len()), (false, 1));
    assert_eq!(check.missing[0].reason, "refused");
    drop(second);
    assert!(health.check().ready);
}

#[tokio::test]
async fn metrics_and_the_routes_of_a_service_are_served() {
    let listener = Listener::start();
    let rabbitmq = listener.context.health.dependency("rabbitmq");
    rabbitmq.ok();
    let (status, text) = listener.get("/metrics").await;
    assert_eq!(status, 200);
    assert!(text.contains("djigbachats_bootstrap_dependency_up{dependency=\"rabbitmq\"} 1"));
    assert!(text.contains("process_resident_memory_bytes"));
    assert_eq!(listener.get("/docs").await, (200, "docs".to_owned()));
    assert_eq!(listener.get("/nothing").await.0, 404);
}

#[tokio::test]
async fn the_listener_ends_with_the_process() {
    let listener = Listener::start();
    assert_eq!(listener.get("/healthz").await.0, 200);
    listener.context.shutdown.trigger();
    listener.serving.await.unwrap().unwrap();
    assert!(std::net::TcpStream::connect(listener.address).is_err());
}
