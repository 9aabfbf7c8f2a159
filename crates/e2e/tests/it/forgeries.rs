//! Forged input changes nothing and is counted: statuses that name another business's message, webhooks without Meta's
//! signature, keys of another business. The controls at the end show that the same statuses change the row when they
//! are genuine.

use std::time::Duration;

use common::message::OpaqueId;
use meta_sim::{Fault, Match, Script, SimConfig, Step, WebhookBehaviour};
use reqwest::StatusCode;
use serde_json::json;
use testkit::{
    ApiClient, SIGNATURE_HEADER, Service, Shop, ShopPlan, SignedWebhook, SingleMessage, Stack,
    StackPlan, StatusWebhook, eventually,
};

use crate::output::seed;
use crate::sources::Sources;

const WAIT: Duration = Duration::from_secs(30);
const VICTIM: &str = "70330033";
const STATUSES: &str = "djigbachats_gateway_statuses_total";
const WEBHOOKS: &str = "djigbachats_ingest_webhooks_total";
const AUTH_FAILURES: &str = "djigbachats_gateway_auth_failures_total";

/// A message whose last status is `sent`: any further status would change the row.
struct Victim {
    shop: Shop,
    id: String,
    opaque_id: String,
    wamid: String,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn what_is_forged_changes_nothing_and_is_counted() {
    let meta = SimConfig {
        seed: seed(),
        behaviour: WebhookBehaviour::quick(),
        ..SimConfig::default()
    };
    let stack = Stack::start(StackPlan {
        meta,
        ..StackPlan::default()
    })
    .await;
    let platform = stack.platform().await;
    let forger = Shop::open(&platform, forgers_account(&stack)).await;
    let victim = post_victim(&stack, &platform).await;
    let sources = Sources::open(&stack).await;
    let before = sources.digest().await;

    forge_statuses(&stack, &forger, &victim).await;
    forge_webhooks(&stack, &victim).await;
    use_foreign_key(&stack, &forger, &victim).await;
    assert_eq!(
        sources.digest().await,
        before,
        "a forged input changed a row"
    );

    // Controls: the same statuses, genuine this time.
    let genuine = victim.webhook(&stack, "delivered");
    assert_eq!(
        post_webhook(&stack, &genuine.body, &[&genuine.signature]).await,
        StatusCode::OK
    );
    let _ = victim.shop.await_state(&victim.id, &["delivered"]).await;
    let own = format!(
        "/v1/businesses/{}/messages/{}",
        victim.shop.business_id, victim.id
    );
    assert_eq!(victim.shop.api.get(&own).await.status, StatusCode::OK);
    assert_ne!(
        sources.digest().await,
        before,
        "the digest does not change: nothing was proved"
    );
}

/// A merchant posts with its own token and names the victim's message: unchanged, with another attempt, and signed
/// anew.
async fn forge_statuses(stack: &Stack, forger: &Shop, victim: &Victim) {
    let opaque = &victim.opaque_id;
    let genuine = OpaqueId::parse(opaque).unwrap();
    let other_attempt = OpaqueId {
        attempt: genuine.attempt + 1,
        ..genuine
    };
    let other_signature = OpaqueId {
        signature: genuine.signature.map(|byte| !byte),
        ..genuine
    };
    let forged = [
        opaque.clone(),
        other_attempt.to_string(),
        other_signature.to_string(),
    ];
    let counted = statuses(stack, "foreign").await;
    let meta = ApiClient::new(stack.meta.base_url()).with_key(&forger.plan.access_token);
    for opaque_id in &forged {
        let message = json!({
            "messaging_product": "whatsapp", "to": "+22670440044", "type": "template",
            "biz_opaque_callback_data": opaque_id,
            "template": {"name": "bienvenue", "language": {"code": "fr"}},
        });
        let _ = meta
            .post(
                &format!("/v25.0/{}/messages", forger.plan.phone_number_id),
                &message,
            )
            .await
            .ok();
    }
    stack.meta.settled().await;
    // `sent`, `delivered` and `read` of each.
    let expected = counted + 9.0;
    eventually("each forged status is counted", WAIT, async || {
        (statuses(stack, "foreign").await >= expected).then_some(())
    })
    .await;
    let unmatched = Sources::open(stack)
        .await
        .number("select count(*) from unmatched_statuses")
        .await;
    assert_eq!(unmatched, 0, "a forged status was stored");
}

/// The status that would change the row, without Meta's signature.
async fn forge_webhooks(stack: &Stack, victim: &Victim) {
    let genuine = victim.webhook(stack, "delivered");
    let by_another = SignedWebhook::new("another secret", genuine.body.clone()).signature;
    let of_another_body =
        SignedWebhook::new(&stack.meta_config.app_secret, b"{}".to_vec()).signature;
    let attempts: [&[&str]; 5] = [
        &[],
        &[&by_another],
        &[&of_another_body],
        &[""],
        // A proxy and the gateway might read different headers.
        &[&by_another, &genuine.signature],
    ];
    let counted = webhooks(stack, "bad_signature").await;
    for signatures in attempts {
        let status = post_webhook(stack, &genuine.body, signatures).await;
        assert_eq!(
            status,
            StatusCode::UNAUTHORIZED,
            "{} signatures",
            signatures.len()
        );
    }
    assert_eq!(webhooks(stack, "bad_signature").await - counted, 5.0);
}

/// A business's own key on the routes of another business.
async fn use_foreign_key(stack: &Stack, forger: &Shop, victim: &Victim) {
    let theirs = format!("/v1/businesses/{}", victim.shop.business_id);
    let to = SingleMessage {
        to: VICTIM,
        template: "bienvenue",
        variables: &[],
        reference: None,
    };
    let message = victim.shop.message(&to);
    let counted = auth_failures(stack).await;
    let answers = [
        forger
            .api
            .get(&format!("{theirs}/messages/{}", victim.id))
            .await,
        forger.api.get(&format!("{theirs}/events")).await,
        forger
            .api
            .post(&format!("{theirs}/messages"), &message)
            .await,
        forger
            .api
            .post(&format!("{theirs}/keys"), &json!({"name": "mine now"}))
            .await,
        forger
            .api
            .post("/v1/businesses", &json!({"name": "another"}))
            .await,
    ];
    for answer in &answers {
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", answer.text());
    }
    assert_eq!(auth_failures(stack).await - counted, 5.0);
    // The short form does not reveal whether such a message or number exists.
    assert_eq!(
        forger
            .api
            .get(&format!("/v1/messages/{}", victim.id))
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        forger.api.post("/v1/messages", &message).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

impl Victim {
    fn webhook(&self, stack: &Stack, status: &str) -> SignedWebhook {
        let status = StatusWebhook {
            waba_id: &self.shop.plan.waba_id,
            phone_number_id: &self.shop.plan.phone_number_id,
            wamid: &self.wamid,
            recipient: &format!("226{VICTIM}"),
            opaque_id: &self.opaque_id,
            status,
            at: 1_795_000_000,
        };
        SignedWebhook::of_status(&stack.meta_config.app_secret, &status)
    }
}

async fn post_victim(stack: &Stack, platform: &ApiClient) -> Victim {
    let matching = Match {
        recipient: Some(format!("226{VICTIM}")),
        ..Match::default()
    };
    stack.meta.script(
        Script::always(Fault::Statuses {
            steps: vec![Step::Sent],
        })
        .matching(matching),
    );
    let shop = Shop::open(platform, ShopPlan::sample_with_standard_throughput()).await;
    let to = SingleMessage {
        to: VICTIM,
        template: "bienvenue",
        variables: &[],
        reference: None,
    };
    let id = shop.send(&to).await;
    let _ = shop.await_state(&id, &["sent"]).await;
    let ledger = stack.meta.ledger();
    let entry = ledger.first().unwrap();
    let opaque_id = entry
        .biz_opaque_callback_data
        .as_deref()
        .unwrap()
        .to_owned();
    Victim {
        shop,
        id,
        opaque_id,
        wamid: entry.wamid.clone(),
    }
}

fn forgers_account(stack: &Stack) -> ShopPlan {
    let account = meta_sim::Account {
        name: Some("Chez le faussaire".to_owned()),
        subscribed_apps: Some(vec![stack.meta_config.app_id.clone()]),
        with_sample_templates: true,
        numbers: vec![meta_sim::Number::default()],
        tokens: vec![meta_sim::Token::default()],
        ..meta_sim::Account::default()
    };
    ShopPlan::of_account(&stack.meta.put_account(account).unwrap())
}

async fn post_webhook(stack: &Stack, body: &[u8], signatures: &[&str]) -> StatusCode {
    let ingest = ApiClient::new(stack.services.url(Service::WebhookIngest, ""));
    let headers: Vec<_> = signatures
        .iter()
        .map(|signature| (SIGNATURE_HEADER, *signature))
        .collect();
    ingest
        .post_raw("/webhooks/meta", &headers, body.to_vec())
        .await
        .status
}

async fn statuses(stack: &Stack, outcome: &str) -> f64 {
    stack
        .services
        .scrape(Service::Gateway)
        .await
        .sum(STATUSES, &[("outcome", outcome)])
}

async fn webhooks(stack: &Stack, outcome: &str) -> f64 {
    stack
        .services
        .scrape(Service::WebhookIngest)
        .await
        .sum(WEBHOOKS, &[("outcome", outcome)])
}

async fn auth_failures(stack: &Stack) -> f64 {
    stack
        .services
        .scrape(Service::Gateway)
        .await
        .sum(AUTH_FAILURES, &[("reason", "foreign")])
}
