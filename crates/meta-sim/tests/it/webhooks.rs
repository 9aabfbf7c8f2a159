//! The content, signature and arrival of webhooks.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use meta_sim::{DelayMs, Fault, Inbound, Resend, Script, Step, WebhookBehaviour, sample};
use ring::hmac;
use serde_json::{Value, json};

use crate::fixture::{Fixture, ReceivedWebhook, receipt};

const PERSON: &str = "+22670000001";

fn is_signed(got: &ReceivedWebhook) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, sample::APP_SECRET.as_bytes());
    let tag = hex::decode(got.signature.strip_prefix("sha256=").unwrap()).unwrap();
    hmac::verify(&key, &got.raw, &tag).is_ok()
}

/// How often each status of each message arrived.
fn counts(statuses: &[Value]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for status in statuses {
        let key = format!(
            "{} {}",
            status["biz_opaque_callback_data"], status["status"]
        );
        *counts.entry(key).or_default() += 1;
    }
    counts
}

#[tokio::test]
async fn a_status_arrives_in_metas_envelope() {
    let fixture = Fixture::start().await;
    let wamid = fixture.accepted(&receipt(PERSON, "a")).await;
    fixture.settled().await;
    let all = fixture.inbox.all().await;
    assert_eq!(all.len(), 3);
    let sent = all
        .iter()
        .map(ReceivedWebhook::json)
        .find(|body| body["entry"][0]["changes"][0]["value"]["statuses"][0]["status"] == "sent");
    let mut sent = sent.unwrap();
    let value = &mut sent["entry"][0]["changes"][0]["value"];
    let timestamp = value["statuses"][0]["timestamp"].take();
    assert!(timestamp.as_str().unwrap().parse::<u64>().unwrap() > 1_700_000_000);
    let user_id = value["contacts"][0]["user_id"].clone();
    let expected = json!({
        "object": "whatsapp_business_account",
        "entry": [{"id": sample::WABA_ID, "changes": [{"field": "messages", "value": {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "22625306100", "phone_number_id": sample::PHONE_NUMBER_ID},
            "contacts": [{"wa_id": "22670000001", "user_id": user_id}],
            "statuses": [{
                "id": wamid, "status": "sent", "timestamp": null, "recipient_id": "22670000001",
                "recipient_user_id": user_id, "biz_opaque_callback_data": "a",
                "pricing": {"billable": true, "pricing_model": "PMP", "type": "regular", "category": "utility"},
            }],
        }}]}],
    });
    assert_eq!(sent, expected);
    fixture.stop().await;
}

#[tokio::test]
async fn a_client_writes_and_the_raw_bytes_are_what_is_signed() {
    let fixture = Fixture::start().await;
    let message = json!({"type": "text", "text": {"body": "Ça va ? 😀 https://a.b"}});
    let inbound = Inbound {
        phone_number_id: sample::PHONE_NUMBER_ID.to_owned(),
        from: PERSON.to_owned(),
        profile_name: Some("Awa Ouédraogo".to_owned()),
        message: message.as_object().unwrap().clone(),
        ..Inbound::default()
    };
    let wamid = fixture.sim.inbound(inbound).unwrap();
    fixture.settled().await;
    let got = fixture.inbox.all().await.remove(0);
    assert!(is_signed(&got));
    assert!(got.raw.is_ascii());
    let raw = String::from_utf8(got.raw.clone()).unwrap();
    assert!(
        raw.contains(r"\u00c7a va ? \ud83d\ude00 https:\/\/a.b"),
        "{raw}"
    );
    let again = ReceivedWebhook {
        raw: serde_json::to_vec(&got.json()).unwrap(),
        ..got.clone()
    };
    assert!(
        !is_signed(&again),
        "parsed and serialised again it must not verify"
    );
    let value = &got.json()["entry"][0]["changes"][0]["value"];
    assert_eq!(
        value["messages"][0]["text"]["body"],
        "Ça va ? 😀 https://a.b"
    );
    assert_eq!(value["messages"][0]["id"], wamid);
    assert_eq!(value["messages"][0]["from"], "22670000001");
    assert_eq!(value["contacts"][0]["profile"]["name"], "Awa Ouédraogo");
    fixture.stop().await;
}

#[tokio::test]
async fn every_status_arrives_twice_when_all_are_doubled() {
    let behaviour = WebhookBehaviour {
        doubled_share: 1.0,
        ..WebhookBehaviour::quick()
    };
    let fixture = Fixture::behaving(behaviour).await;
    for opaque in ["a", "b"] {
        fixture.accepted(&receipt(PERSON, opaque)).await;
    }
    fixture.settled().await;
    let counts = counts(&fixture.inbox.statuses().await);
    assert_eq!(counts.len(), 6);
    assert!(counts.values().all(|count| *count == 2), "{counts:?}");
    assert_eq!(fixture.sim.stats().doubled_statuses, 6);
    fixture.stop().await;
}

#[tokio::test]
async fn reordered_statuses_arrive_last_first() {
    let apart = DelayMs::new(60, 60);
    let behaviour = WebhookBehaviour {
        reordered_share: 1.0,
        sent: apart,
        delivered: apart,
        read: apart,
        ..WebhookBehaviour::quick()
    };
    let fixture = Fixture::behaving(behaviour).await;
    fixture.accepted(&receipt(PERSON, "a")).await;
    fixture.settled().await;
    assert_eq!(
        fixture.inbox.status_names().await,
        ["read", "delivered", "sent"]
    );
    assert_eq!(fixture.sim.stats().reordered_messages, 1);
    fixture.stop().await;
}

#[tokio::test]
async fn many_statuses_arrive_in_one_post() {
    let behaviour = WebhookBehaviour {
        statuses_per_post: 1_000,
        gather_ms: 400,
        sent: DelayMs::new(0, 0),
        ..WebhookBehaviour::quick()
    };
    let fixture = Fixture::behaving(behaviour).await;
    for number in 0..20 {
        fixture
            .accepted(&receipt(
                &format!("+226700000{number:02}"),
                &number.to_string(),
            ))
            .await;
    }
    fixture.settled().await;
    let posts = fixture.inbox.all().await;
    assert!(posts.len() < 20, "{} posts", posts.len());
    assert!(posts.iter().all(is_signed));
    let counts = counts(&fixture.inbox.statuses().await);
    assert_eq!(counts.len(), 60);
    assert!(counts.values().all(|count| *count == 1));
    fixture.stop().await;
}

#[tokio::test]
async fn an_early_sent_arrives_before_the_answer() {
    let behaviour = WebhookBehaviour {
        early_share: 1.0,
        ..WebhookBehaviour::quick()
    };
    let fixture = Fixture::behaving(behaviour).await;
    fixture.accepted(&receipt(PERSON, "a")).await;
    assert_eq!(
        fixture
            .inbox
            .status_names()
            .await
            .first()
            .map(String::as_str),
        Some("sent")
    );
    fixture.stop().await;
}

#[tokio::test]
async fn a_webhook_not_answered_200_is_retried_byte_for_byte() {
    let fixture = Fixture::start().await;
    fixture.inbox.refuse_with.store(503, Ordering::SeqCst);
    fixture.inbox.refusals_left.store(5, Ordering::SeqCst);
    fixture.accepted(&receipt(PERSON, "a")).await;
    fixture.settled().await;
    let counts = counts(&fixture.inbox.statuses().await);
    assert_eq!(counts.values().copied().collect::<Vec<_>>(), [1, 1, 1]);
    let stats = fixture.sim.stats();
    assert_eq!(stats.webhook_posts_refused.get("status"), Some(&5));
    assert_eq!(stats.webhook_updates_accepted, 3);
    fixture.stop().await;
}

#[tokio::test]
async fn a_webhook_is_given_up_after_the_last_attempt() {
    let behaviour = WebhookBehaviour {
        retry_attempts: 3,
        ..WebhookBehaviour::quick()
    };
    let fixture = Fixture::behaving(behaviour).await;
    fixture.inbox.refuse_with.store(500, Ordering::SeqCst);
    fixture
        .inbox
        .refusals_left
        .store(u16::MAX, Ordering::SeqCst);
    fixture.accepted(&receipt(PERSON, "a")).await;
    fixture.settled().await;
    let stats = fixture.sim.stats();
    assert_eq!(stats.webhook_updates_given_up, 3);
    assert_eq!(stats.webhook_posts_refused.get("status"), Some(&6));
    fixture.stop().await;
}

#[tokio::test]
async fn a_foreign_status_carries_no_id_of_ours() {
    let behaviour = WebhookBehaviour {
        foreign_share: 1.0,
        ..WebhookBehaviour::quick()
    };
    let fixture = Fixture::behaving(behaviour).await;
    fixture
        .sim
        .script(Script::always(Fault::Statuses { steps: vec![] }));
    let wamid = fixture.accepted(&receipt(PERSON, "a")).await;
    fixture.settled().await;
    let statuses = fixture.inbox.statuses().await;
    assert_eq!(statuses.len(), 1);
    assert_ne!(statuses[0]["id"], wamid);
    assert_ne!(statuses[0]["biz_opaque_callback_data"], "a");
    fixture.stop().await;
}

#[tokio::test]
async fn an_account_without_subscription_gets_no_webhooks() {
    let fixture = Fixture::start().await;
    let url = fixture.url(&format!("/v25.0/{}/subscribed_apps", sample::WABA_ID));
    fixture
        .http
        .delete(url)
        .bearer_auth(sample::TOKEN)
        .send()
        .await
        .unwrap();
    fixture.accepted(&receipt(PERSON, "a")).await;
    fixture.settled().await;
    assert!(fixture.inbox.all().await.is_empty());
    assert_eq!(fixture.sim.summary().accepted, 1);
    fixture.stop().await;
}

#[tokio::test]
async fn webhooks_are_resent_on_request() {
    let fixture = Fixture::start().await;
    fixture.accepted(&receipt(PERSON, "a")).await;
    fixture.settled().await;
    let first = fixture.inbox.all().await;
    assert_eq!(fixture.sim.resend(&Resend::Last(2)), 2);
    fixture.settled().await;
    let all = fixture.inbox.all().await;
    assert_eq!(all.len(), 5);
    for again in all.iter().skip(3) {
        assert!(
            first
                .iter()
                .any(|got| got.raw == again.raw && got.signature == again.signature)
        );
    }
    assert_eq!(
        fixture
            .sim
            .resend(&Resend::BizOpaqueCallbackData("a".to_owned())),
        1
    );
    fixture.settled().await;
    assert_eq!(fixture.inbox.statuses().await.len(), 8);
    fixture.stop().await;
}

#[tokio::test]
async fn the_same_seed_gives_the_same_statuses() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let behaviour = WebhookBehaviour {
            read_share: 0.5,
            failed_share: 0.3,
            doubled_share: 0.3,
            ..WebhookBehaviour::quick()
        };
        let fixture = Fixture::behaving(behaviour).await;
        for number in 0..30 {
            fixture
                .accepted(&receipt(PERSON, &number.to_string()))
                .await;
        }
        fixture.settled().await;
        runs.push(counts(&fixture.inbox.statuses().await));
        fixture.stop().await;
    }
    assert_eq!(runs[0], runs[1]);
    let failed = runs[0].keys().filter(|key| key.contains("failed")).count();
    assert!((1..30).contains(&failed), "{failed} of 30 failed");
}

#[tokio::test]
async fn a_failed_status_may_be_followed_by_delivered() {
    let fixture = Fixture::start().await;
    let steps = vec![Step::Failed(131_026), Step::Delivered];
    fixture
        .sim
        .script(Script::always(Fault::Statuses { steps }));
    fixture.accepted(&receipt(PERSON, "a")).await;
    fixture.settled().await;
    let mut status_names = fixture.inbox.status_names().await;
    status_names.sort();
    assert_eq!(status_names, ["delivered", "failed"]);
    fixture.stop().await;
}
