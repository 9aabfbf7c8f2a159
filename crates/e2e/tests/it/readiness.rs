//! What is missing is named: a dependency at `/readyz`, a setting at startup.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;
use storage::Login;
use testkit::{Service, Stack, StackPlan, eventually};

const WAIT: Duration = Duration::from_secs(30);
/// No process listens there.
const NO_BROKER: &str = "amqp://guest:guest@127.0.0.1:1/%2f";
const NO_DATABASE: &str = "postgres://nobody@127.0.0.1:1/nowhere";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readiness_names_the_missing_dependency() {
    use Service::{Gateway, RetentionJanitor, Sender, TemplateSync, WebhookIngest};
    let without_broker = [Gateway, Sender, TemplateSync, WebhookIngest];
    let without_database = [Gateway, Sender, TemplateSync, RetentionJanitor];
    for (settings, wrong, dependency, other, services) in [
        (
            vec!["broker.url"],
            NO_BROKER,
            "rabbitmq",
            "postgres",
            without_broker,
        ),
        (
            Login::ALL.map(Login::setting).to_vec(),
            NO_DATABASE,
            "postgres",
            "rabbitmq",
            without_database,
        ),
    ] {
        let mut stack = Stack::prepare(StackPlan::default()).await;
        for setting in settings {
            stack.services.set(setting, wrong);
        }
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
            // A missing dependency does not keep the service from stopping.
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
        (Service::Gateway, "database.urls.gateway"),
        (Service::Gateway, "sealing.transit_key"),
        (Service::Sender, "broker.url"),
        (Service::Sender, "sealing.opaque_key"),
        (Service::WebhookIngest, "ingest.verify_token"),
        (Service::WebhookIngest, "meta.app_secret"),
        (Service::TemplateSync, "sealing.master_key"),
        (Service::Sender, "database.urls.sender"),
        (Service::TemplateSync, "database.urls.template_sync"),
        (Service::RetentionJanitor, "database.urls.retention_janitor"),
    ] {
        let mut stack = Stack::prepare(StackPlan::default()).await;
        stack.services.unset(key);
        if key == "ingest.verify_token" {
            // The section exists because of its address; without that the section itself would be missing.
            assert!(complaint(&stack, service).await.contains(key));
            stack.services.unset("ingest.address");
        }
        let complaint = complaint(&stack, service).await;
        let variable = key.to_uppercase().replace('.', "__");
        assert!(complaint.contains(key), "{key} is not named: {complaint}");
        assert!(
            complaint.contains(&variable),
            "the message does not say how to set {key}: {complaint}"
        );
        stack.services.set(key, "x");
    }
}

#[tokio::test]
async fn a_service_needs_its_own_login_alone_and_migrating_needs_all() {
    let mut stack = Stack::prepare(StackPlan::default()).await;
    for login in Login::ALL {
        stack.services.unset(login.setting());
    }
    for (login, service) in [
        (Login::Gateway, Service::Gateway),
        (Login::Sender, Service::Sender),
        (Login::TemplateSync, Service::TemplateSync),
        (Login::RetentionJanitor, Service::RetentionJanitor),
    ] {
        let url = stack.db.url(login);
        stack.services.set(login.setting(), url);
        stack.services.start(service).await;
        stack.services.terminate(service).await;
        stack.services.unset(login.setting());
    }
    let mut missing = vec!["database.admin_url"];
    missing.extend(Login::ALL.map(Login::setting));
    for setting in missing {
        let ended = stack.services.run(&["migrate"]).await;
        let complaint = String::from_utf8(ended.stderr).unwrap();
        assert!(complaint.contains(setting), "{setting}: {complaint}");
        assert!(!ended.status.success());
        let login = Login::ALL
            .into_iter()
            .find(|login| login.setting() == setting);
        let url = login.map_or(stack.db.admin_url(), |login| stack.db.url(login));
        stack.services.set(setting, url);
    }
    let ended = stack.services.run(&["migrate"]).await;
    let complaint = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{complaint}");
}

#[tokio::test]
async fn a_misspelt_setting_is_named() {
    let mut stack = Stack::prepare(StackPlan::default()).await;
    stack.services.set("gateway.adress", "127.0.0.1:8080");
    assert!(complaint(&stack, Service::Gateway).await.contains("adress"));
}

/// The error message of the binary when it refuses to run a service.
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
        "a value is printed: {complaint}"
    );
    complaint
}
