//! A signed webhook that cannot be parsed is answered 200, quarantined, and parsed again when it is replayed.

use std::sync::Arc;
use std::time::Duration;

use bootstrap::clock::SystemClock;
use broker::{Content, DeadLetter, DeadLetterKind, DeadLetters, Queue};
use common::clock::Clock;
use common::wire::{EventKind, QuarantinedWebhook};
use reqwest::StatusCode;
use sealing::TransitKey;
use secrecy::{ExposeSecret, SecretString};
use testkit::{TestBroker, eventually};

use crate::webhooks::{BODY, Running, SECRET, next, signature};

const LIMIT: Duration = Duration::from_secs(20);
/// The number cannot be parsed; the message contains a person's data.
const BROKEN: &str = r#"{"entry":[{"id":"1","changes":[{"field":"messages","value":{"metadata":7,"messages":[
    {"from":"22670000001","id":"wamid.B","timestamp":"1750030074","type":"text","text":{"body":"STOP"}}]}}]}]}"#;

/// The quarantined webhooks, once there are any.
async fn quarantined(broker: &TestBroker) -> (DeadLetters, DeadLetter) {
    eventually("a webhook is in quarantine", LIMIT, async || {
        let operator = DeadLetters::open(&broker.settings(), Arc::new(SystemClock))
            .await
            .unwrap();
        let mut found = operator
            .fetch(DeadLetterKind::Quarantine, 10)
            .await
            .unwrap();
        (found.len() == 1).then(|| (operator, found.remove(0)))
    })
    .await
}

/// Quarantines a webhook as a version did that could not parse it, and replays it as an operator does.
async fn replay(broker: &TestBroker, transit: &SecretString, body: &str) {
    let transit = TransitKey::parse(transit).unwrap();
    let webhook = QuarantinedWebhook {
        received_at: SystemClock.now(),
        sealed: transit.seal("webhook", body.as_bytes()).unwrap(),
    };
    let publisher = broker.connect(Arc::new(SystemClock)).publisher();
    eventually("the webhook is quarantined", LIMIT, async || {
        let origin = Queue::Webhooks;
        publisher
            .quarantine(origin, &webhook, "cannot be read", None)
            .await
            .ok()
    })
    .await;
    let (operator, message) = quarantined(broker).await;
    operator.replay(&message).await.unwrap();
}

/// The text of a key under another id.
fn numbered(key: &SecretString, id: u32) -> String {
    let (_, bytes) = key.expose_secret().split_once(':').unwrap();
    format!("{id}:{bytes}")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unparsable_signed_webhook_is_quarantined_with_its_reason() {
    for (body, reason) in [
        ("not json at all", "json"),
        (BROKEN, "value"),
        (r#"{"entry":[7]}"#, "entry"),
    ] {
        let broker = TestBroker::start().await;
        let key = TransitKey::generate_text().unwrap();
        let running = Running::start_with(broker.settings(), key.clone());
        running.post_until_accepted(body).await;
        let (_operator, kept) = quarantined(&broker).await;
        assert_eq!(kept.origin(), Some(Queue::Webhooks));
        assert!(kept.reason().contains(reason), "{}", kept.reason());
        let Content::Webhook(webhook) = kept.content() else {
            panic!("a webhook")
        };
        let opened = TransitKey::parse(&key)
            .unwrap()
            .open("webhook", &webhook.sealed);
        assert_eq!(opened.unwrap().as_slice(), body.as_bytes());
        assert!(!kept.bytes().windows(8).any(|bytes| bytes == b"22670000"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_parsable_rest_of_a_webhook_is_applied() {
    let broker = TestBroker::start().await;
    let running = Running::start(broker.settings());
    running
        .post_until_accepted(&BODY.replace(r#""statuses":["#, r#""statuses":[7,"#))
        .await;
    let inbound = next(&broker, Queue::Inbound).await;
    assert!(matches!(&inbound[..], [EventKind::MessageReceived(_)]));
    let statuses = next(&broker, Queue::Status).await;
    assert!(matches!(&statuses[..], [EventKind::StatusReported(_)]));
    let (_operator, kept) = quarantined(&broker).await;
    assert_eq!(kept.reason(), "cannot be read: 1 status");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_webhook_is_read_again_also_after_a_rotation_of_the_transit_key() {
    let (old, new) = (
        TransitKey::generate_text().unwrap(),
        TransitKey::generate_text().unwrap(),
    );
    let both = format!("{},{}", numbered(&new, 2), numbered(&old, 1));
    let broker = TestBroker::start().await;
    let running = Running::start_with(broker.settings(), both.into());
    running.post_until_accepted("{\"entry\":[]}").await;
    replay(&broker, &old, BODY).await;
    let inbound = next(&broker, Queue::Inbound).await;
    assert!(
        matches!(&inbound[..], [EventKind::MessageReceived(message)] if message.message_type == "text")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_webhook_that_still_fails_is_quarantined_again() {
    let stranger = TransitKey::generate_text().unwrap();
    for (key, body, reason) in [
        (None, "still not json", "json"),
        (Some(stranger), BODY, "transit keys"),
    ] {
        let broker = TestBroker::start().await;
        let own = TransitKey::generate_text().unwrap();
        let running = Running::start_with(broker.settings(), own.clone());
        running.post_until_accepted("{\"entry\":[]}").await;
        replay(&broker, &key.unwrap_or(own), body).await;
        let (_operator, kept) = eventually("it is quarantined again", LIMIT, async || {
            let (operator, kept) = quarantined(&broker).await;
            kept.reason().contains(reason).then_some((operator, kept))
        })
        .await;
        assert_eq!(kept.origin(), Some(Queue::Webhooks));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_full_quarantine_the_webhook_is_rejected() {
    let broker = TestBroker::start().await;
    let running = Running::start(broker.settings());
    running.post_until_accepted(BODY).await;
    broker.limit(Queue::Quarantine, 1).await;
    let signed = || Some(signature(SECRET, BROKEN));
    eventually("quarantine is full", LIMIT, async || {
        let answer = running.post(BROKEN, signed()).await;
        (answer.status() == StatusCode::SERVICE_UNAVAILABLE).then_some(())
    })
    .await;
    let whole = running.post(BODY, Some(signature(SECRET, BODY))).await;
    assert_eq!(
        whole.status(),
        StatusCode::OK,
        "the other parts are processed"
    );
}
