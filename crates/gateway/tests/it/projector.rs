//! What the projector cannot apply is kept, and holds up nothing.

use std::sync::Arc;
use std::time::Duration;

use bootstrap::clock::SystemClock;
use broker::Queue;
use chrono::DateTime;
use common::clock::Clock;
use common::wire::{Envelope, Event, EventKind, MessageReceived, StatusReported};
use tokio_util::sync::CancellationToken;

use crate::harness::Harness;

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
async fn what_cannot_be_opened_is_kept_in_quarantine() {
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
        testkit::eventually(
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
