//! What is missing is named: a dependency at `/readyz`, a setting at the start.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;
use testkit::{Service, Stack, StackPlan, eventually};

const WAIT: Duration = Duration::from_secs(30);
/// Nobody listens there.
const NO_BROKER: &str = "amqp://guest:guest@127.0.0.1:1/%2f";
const NO_DATABASE: &str = "postgres://nobody@127.0.0.1:1/nowhere";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readiness_names_the_missing_dependency() {
    use Service::{Gateway, RetentionJanitor, Sender, TemplateSync, WebhookIngest};
    let without_broker = [Gateway, Sender, TemplateSync, WebhookIngest];
    let without_database = [Gateway, Sender, TemplateSync, RetentionJanitor];
    for (setting, wrong, dependency, other, services) in [
        (
            "broker.url",
            NO_BROKER,
            "rabbitmq",
            "postgres",
            without_broker,
        ),
        (
            "database.url",
            NO_DATABASE,
            "postgres",
            "rabbitmq",
            without_database,
        ),
    ] {
        let mut stack = Stack::prepare(StackPlan::default()).await;
        stack.services.set(setting, wrong);
        for service in services {
            stack.services.spawn(service);
        }
        for service in services {
            let what = format!("{} misses {dependency} and not {other}", service.name());
            let (status, check) = eventually(&what, WAIT, async || {
                let (status, check) = stack.services.readiness(service).await;
                let missing = missing(&check);
                let names_it = missing.contains(&dependency) && !missing.contains(&other);
                names_it.then_some((status, check))
            })
            .await;
            assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{check}");
            let reason = check["missing"][0]["reason"].as_str().unwrap();
            assert!(
                !reason.is_empty() && !reason.contains("guest:guest"),
                "{reason}"
            );
            // What is away does not keep it from ending.
            let (ended, _) = stack.services.terminate(service).await;
            assert!(ended.success(), "{}: {ended}", service.name());
        }
    }
}

fn missing(check: &Value) -> Vec<&str> {
    let missing = check["missing"].as_array().unwrap().iter();
    missing
        .filter_map(|missing| missing["dependency"].as_str())
        .collect()
}

#[tokio::test]
async fn a_missing_setting_is_named_before_anything_starts() {
    for (service, key) in [
        (Service::Gateway, "database.url"),
        (Service::Gateway, "sealing.transit_key"),
        (Service::Sender, "broker.url"),
        (Service::Sender, "sealing.opaque_key"),
        (Service::WebhookIngest, "ingest.verify_token"),
        (Service::WebhookIngest, "meta.app_secret"),
        (Service::TemplateSync, "sealing.master_key"),
        (Service::RetentionJanitor, "database.url"),
    ] {
        let mut stack = Stack::prepare(StackPlan::default()).await;
        stack.services.unset(key);
        if key == "ingest.verify_token" {
            // The section is there for its address; without that it would be the section that is missing.
            assert!(complaint(&stack, service).await.contains(key));
            stack.services.unset("ingest.address");
        }
        let complaint = complaint(&stack, service).await;
        let variable = key.to_uppercase().replace('.', "__");
        assert!(complaint.contains(key), "{key} is not named: {complaint}");
        assert!(
            complaint.contains(&variable),
            "it is not said how to set {key}: {complaint}"
        );
        stack.services.set(key, "x");
    }
}

#[tokio::test]
async fn a_misspelt_setting_is_named() {
    let mut stack = Stack::prepare(StackPlan::default()).await;
    stack.services.set("gateway.adress", "127.0.0.1:8080");
    assert!(complaint(&stack, Service::Gateway).await.contains("adress"));
}

/// What the binary says when it refuses to run a service.
async fn complaint(stack: &Stack, service: Service) -> String {
    let ended = stack.services.run(&["run", service.name()]).await;
    assert!(
        !ended.status.success(),
        "{} ran without a setting that it needs",
        service.name()
    );
    let complaint = String::from_utf8(ended.stderr).unwrap();
    assert!(
        !complaint.contains("ouagadougou"),
        "a value is shown: {complaint}"
    );
    complaint
}
