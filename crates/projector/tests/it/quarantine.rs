//! Events that the projector cannot apply are quarantined and block no others.

use std::sync::Arc;
use std::time::Duration;

use bootstrap::clock::SystemClock;
use broker::{DeadLetter, DeadLetterKind, DeadLetters, Queue};
use chrono::DateTime;
use common::clock::Clock as _;
use common::wire::{
    Envelope, Event, EventKind, Identity, InboundContent, MessageReceived, StatusReported,
};
use sealing::TransitKey;
use secrecy::{ExposeSecret as _, SecretString};
use testkit::eventually;
use tokio_util::sync::CancellationToken;

use crate::fixture::{Fixture, LIMIT, event, transit_key};

#[tokio::test(flavor = "multi_thread")]
async fn undecryptable_events_are_quarantined() {
    let fixture = Fixture::start().await;
    let _running = fixture.project(transit_key());
    let status = StatusReported {
        status: "sent".to_owned(),
        occurred_at: DateTime::from_timestamp_millis(1_750_030_073_123).unwrap(),
        opaque_id: None,
        error_code: None,
        pricing_category: None,
        pricing_type: None,
        billable: false,
        sealed: b"sealed with another key".to_vec(),
    };
    let message = MessageReceived {
        message_type: "text".to_owned(),
        occurred_at: DateTime::from_timestamp_millis(1_750_030_073_123).unwrap(),
        sealed: b"sealed with another key".to_vec(),
    };
    let sent = [
        (Queue::Status, event(EventKind::StatusReported(status))),
        (Queue::Inbound, event(EventKind::MessageReceived(message))),
    ];
    for (queue, event) in &sent {
        fixture.publish(*queue, event).await;
    }
    let mut quarantine = fixture
        .broker
        .consumer()
        .subscribe::<Envelope>(Queue::Quarantine, 10);
    let stop = CancellationToken::new();
    let mut kept = Vec::new();
    while kept.len() < sent.len() {
        let batch = quarantine.next_batch(1, Duration::ZERO, &stop);
        let batch = tokio::time::timeout(LIMIT, batch).await.unwrap();
        let deliveries = batch.unwrap().into_iter();
        kept.extend(deliveries.flat_map(|delivery| delivery.payload.events));
    }
    for (_, event) in &sent {
        assert!(kept.contains(event));
    }
}

/// STOP of a customer, sealed with a key.
fn stop(key: &TransitKey, wamid: &str) -> Event {
    let content = InboundContent {
        wamid: wamid.to_owned(),
        sender: Identity {
            wa_id: Some("22670112233".to_owned()),
            ..Identity::default()
        },
        name: None,
        words: vec!["STOP".to_owned()],
        message: serde_json::json!({"type": "text", "text": {"body": "STOP"}}),
        identity_change: None,
        group_id: None,
        revoked_wamid: None,
        edited_wamid: None,
    };
    let plain = serde_json::to_vec(&content).unwrap();
    event(EventKind::MessageReceived(MessageReceived {
        message_type: "text".to_owned(),
        occurred_at: SystemClock.now(),
        sealed: key.seal("inbound", &plain).unwrap(),
    }))
}

/// The quarantined events, once there are any.
async fn quarantined(fixture: &Fixture) -> (DeadLetters, Vec<DeadLetter>) {
    eventually("an event is in quarantine", LIMIT, async || {
        let operator = DeadLetters::open(&fixture.vhost.settings(), Arc::new(SystemClock))
            .await
            .unwrap();
        let found = operator
            .fetch(DeadLetterKind::Quarantine, 10)
            .await
            .unwrap();
        (!found.is_empty()).then_some((operator, found))
    })
    .await
}

/// The text of a new key with this id.
fn key_text(id: u32) -> String {
    let text: SecretString = TransitKey::generate_text().unwrap();
    let (_, bytes) = text.expose_secret().split_once(':').unwrap();
    format!("{id}:{bytes}")
}

fn key(text: &str) -> TransitKey {
    TransitKey::parse(&text.to_owned().into()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn quarantined_events_have_origin_and_reason_and_are_applied_on_replay() {
    let fixture = Fixture::start().await;
    let running = fixture.project(transit_key());
    let (old, new) = (key_text(8), key_text(9));
    fixture
        .publish(Queue::Inbound, &stop(&key(&old), "wamid.A"))
        .await;
    let (operator, kept) = quarantined(&fixture).await;
    assert_eq!(kept[0].origin(), Some(Queue::Inbound));
    assert!(
        kept[0].reason().contains("transit key"),
        "{}",
        kept[0].reason()
    );
    // The keys are rotated: the new one seals, both decrypt.
    running.stop().await;
    let _running = fixture.project(key(&format!("{new},{old}")));
    operator.replay(&kept[0]).await.unwrap();
    let inbound = "select count(*) from inbound_messages";
    fixture.until_count(inbound, 1).await;
    fixture
        .publish(Queue::Inbound, &stop(&key(&new), "wamid.B"))
        .await;
    fixture
        .publish(Queue::Inbound, &stop(&key(&old), "wamid.C"))
        .await;
    fixture.until_count(inbound, 3).await;
}
