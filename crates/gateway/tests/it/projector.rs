//! Events that the projector cannot apply are quarantined and block no others.

use std::sync::Arc;
use std::time::Duration;

use bootstrap::clock::SystemClock;
use broker::{DeadLetter, DeadLetterKind, DeadLetters, Queue};
use chrono::{DateTime, TimeDelta, Utc};
use common::clock::Clock;
use common::message::{HeldReason, MessageState};
use common::wire::{
    Envelope, Event, EventKind, Identity, InboundContent, MessageReceived, StatusReported,
    TemplateStatusReported,
};
use meta_sim::sample;
use sealing::TransitKey;
use secrecy::{ExposeSecret, SecretString};
use testkit::eventually;
use tokio_util::sync::CancellationToken;

use crate::harness::Harness;
use crate::shop::{Shop, ticket};

const LIMIT: Duration = Duration::from_secs(20);

fn event(kind: EventKind) -> Envelope {
    let event = Event {
        waba_id: "102290129340398".parse().ok(),
        phone_number_id: "106540352242922".parse().ok(),
        kind,
    };
    Envelope {
        published_at: SystemClock.now(),
        events: vec![event],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn undecryptable_events_are_quarantined() {
    let harness = Harness::start().await;
    let broker = harness.broker.connect(Arc::new(SystemClock));
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
    for (queue, envelope) in &sent {
        eventually(
            "the event is enqueued",
            Duration::from_secs(10),
            async || {
                broker
                    .publisher()
                    .publish(*queue, envelope, None)
                    .await
                    .ok()
            },
        )
        .await;
    }
    let mut quarantine = broker
        .consumer()
        .subscribe::<Envelope>(Queue::Quarantine, 10);
    let stop = CancellationToken::new();
    let mut kept = Vec::new();
    while kept.len() < sent.len() {
        let batch = quarantine.next_batch(1, Duration::ZERO, &stop);
        let batch = tokio::time::timeout(Duration::from_secs(20), batch)
            .await
            .unwrap();
        kept.extend(
            batch
                .unwrap()
                .into_iter()
                .flat_map(|delivery| delivery.word.events),
        );
    }
    for (_, envelope) in &sent {
        assert!(kept.contains(&envelope.events[0]));
    }
}

/// STOP of a customer, sealed with a key.
fn stop(key: &TransitKey, wamid: &str) -> Envelope {
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

async fn publish(harness: &Harness, queue: Queue, envelope: &Envelope) {
    let publisher = harness.connect_broker().publisher();
    eventually("the event is enqueued", LIMIT, async || {
        publisher.publish(queue, envelope, None).await.ok()
    })
    .await;
}

/// The quarantined events, once there are any.
async fn quarantined(harness: &Harness) -> (DeadLetters, Vec<DeadLetter>) {
    eventually("an event is in quarantine", LIMIT, async || {
        let operator = DeadLetters::open(&harness.broker.settings(), Arc::new(SystemClock))
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

async fn until_count(shop: &Shop, sql: &str, expected: i64) {
    eventually("the event is applied", LIMIT, async || {
        (shop.count(sql).await == expected).then_some(())
    })
    .await;
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
    let mut shop = Shop::open().await;
    let (old, new) = (key_text(8), key_text(9));
    publish(&shop.harness, Queue::Inbound, &stop(&key(&old), "wamid.A")).await;
    let (operator, kept) = quarantined(&shop.harness).await;
    assert_eq!(kept[0].origin(), Some(Queue::Inbound));
    assert!(
        kept[0].reason().contains("transit key"),
        "{}",
        kept[0].reason()
    );
    // The keys are rotated: the new one seals, both decrypt.
    let both = format!("{new},{old}");
    shop.harness.restart_with_transit_keys(both).await;
    operator.replay(&kept[0]).await.unwrap();
    let inbound = "select count(*) from inbound_messages";
    until_count(&shop, inbound, 1).await;
    publish(&shop.harness, Queue::Inbound, &stop(&key(&new), "wamid.B")).await;
    publish(&shop.harness, Queue::Inbound, &stop(&key(&old), "wamid.C")).await;
    until_count(&shop, inbound, 3).await;
}

fn template(status: &str, at: DateTime<Utc>) -> Envelope {
    let mut envelope = event(EventKind::TemplateStatusReported(TemplateStatusReported {
        occurred_at: at,
        template_id: Some("594425479261591".to_owned()),
        name: "ticket".to_owned(),
        language: "fr".to_owned(),
        status: status.to_owned(),
        reason: None,
    }));
    envelope.events[0].waba_id = sample::WABA_ID.parse().ok();
    envelope
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_paused_by_meta_stops_and_resumes_when_approved() {
    let shop = Shop::open().await;
    let id = shop.accepted(&ticket()).await;
    let at = SystemClock.now();
    publish(&shop.harness, Queue::Inbound, &template("PAUSED", at)).await;
    let paused = "select count(*) from templates where name = 'ticket' and status = 'PAUSED'";
    until_count(&shop, paused, 1).await;
    let (held, reason) = (
        MessageState::Held.code(),
        HeldReason::TemplateNotApproved.code(),
    );
    let hold = format!(
        "update messages set state = {held}, held_reason = {reason} where id = '{id}';
         insert into due_messages (business_id, message_id, phone_number_id, lane, kind, held_reason)
             select business_id, id, phone_number_id, lane, 4, {reason} from messages where id = '{id}'
             on conflict (business_id, message_id) do update set kind = 4, held_reason = {reason};"
    );
    let admin = shop.harness.db.admin().await;
    admin.batch_execute(&hold).await.unwrap();
    let later = at + TimeDelta::seconds(1);
    publish(&shop.harness, Queue::Inbound, &template("APPROVED", later)).await;
    let accepted = MessageState::Accepted.code();
    let released =
        format!("select count(*) from messages where id = '{id}' and state = {accepted}");
    until_count(&shop, &released, 1).await;
}
