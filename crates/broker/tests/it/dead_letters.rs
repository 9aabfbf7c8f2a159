//! An operator reads and replays dead letters and quarantined messages.

use std::sync::Arc;

use bootstrap::clock::SystemClock;
use broker::{Content, DeadLetter, DeadLetterKind, DeadLetters, Queue};
use common::clock::Clock;
use common::wire::{Envelope, Event, EventKind, SendMessages};
use testkit::{TestBroker, eventually};

use crate::payloads::{AnyBytes, LIMIT, connect, job, next, number};

/// How often a job is delivered before it becomes a dead letter.
const DELIVERIES: usize = 21;

async fn open(vhost: &TestBroker) -> DeadLetters {
    DeadLetters::open(&vhost.settings(), Arc::new(SystemClock))
        .await
        .unwrap()
}

/// Quarantines bytes as a consumer does that cannot decode them.
async fn quarantine(vhost: &TestBroker, bytes: &[u8]) {
    let broker = connect(vhost);
    let (publisher, garbage) = (broker.publisher(), AnyBytes(bytes.to_vec()));
    let mut jobs = broker.consumer().subscribe::<SendMessages>(Queue::Send, 1);
    publisher
        .publish(Queue::Send, &garbage, None)
        .await
        .unwrap();
    // The next job arrives only when the one before is acked, and it is acked once it is quarantined.
    publisher.publish(Queue::Send, &job(1), None).await.unwrap();
    let batch = next(&mut jobs, 1).await;
    assert_eq!(number(&batch[0]), 1);
    jobs.ack(batch).await;
}

/// The messages, once there are any: those of an earlier fetch are requeued shortly after its connection is closed.
async fn fetched(vhost: &TestBroker, kind: DeadLetterKind) -> (DeadLetters, Vec<DeadLetter>) {
    eventually("there is a message", LIMIT, async || {
        let operator = open(vhost).await;
        let found = operator.fetch(kind, 10).await.unwrap();
        (!found.is_empty()).then_some((operator, found))
    })
    .await
}

#[tokio::test]
async fn fetching_removes_nothing() {
    let vhost = TestBroker::start().await;
    quarantine(&vhost, b"\xff\xffnot a job").await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        let (_operator, found) = fetched(&vhost, DeadLetterKind::Quarantine).await;
        assert_eq!(found.len(), 1);
        let message = &found[0];
        assert_eq!(message.bytes(), b"\xff\xffnot a job");
        assert_eq!(message.type_name(), "djigbachats.v1.SendMessages");
        assert_eq!(message.origin(), Some(Queue::Send));
        assert!(
            message.reason().contains("protobuf"),
            "{}",
            message.reason()
        );
        assert!(message.published_at().is_some());
        assert!(matches!(message.content(), Content::Unreadable { .. }));
        ids.push(message.id().unwrap());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "it keeps its id");
}

#[tokio::test]
async fn a_replayed_message_reaches_its_queue_and_is_removed() {
    let vhost = TestBroker::start().await;
    let broker = connect(&vhost);
    quarantine(&vhost, b"\xff\xffnot a job").await;
    let operator = open(&vhost).await;
    let found = operator
        .fetch(DeadLetterKind::Quarantine, 10)
        .await
        .unwrap();
    operator.replay(&found[0]).await.unwrap();
    let mut jobs = broker.consumer().subscribe::<AnyBytes>(Queue::Send, 10);
    let back = next(&mut jobs, 10).await;
    assert_eq!(back[0].payload, AnyBytes(b"\xff\xffnot a job".to_vec()));
    assert!(!back[0].redelivered);
    drop(operator);
    let left = open(&vhost)
        .await
        .fetch(DeadLetterKind::Quarantine, 10)
        .await
        .unwrap();
    assert!(left.is_empty());
}

#[tokio::test]
async fn no_more_is_fetched_than_asked_for_and_nothing_from_an_empty_queue() {
    let vhost = TestBroker::start().await;
    quarantine(&vhost, b"\xffone").await;
    quarantine(&vhost, b"\xfftwo").await;
    let operator = open(&vhost).await;
    assert!(
        operator
            .fetch(DeadLetterKind::Dead, 10)
            .await
            .unwrap()
            .is_empty()
    );
    let first = operator.fetch(DeadLetterKind::Quarantine, 1).await.unwrap();
    assert_eq!(first[0].bytes(), b"\xffone");
    let second = operator
        .fetch(DeadLetterKind::Quarantine, 10)
        .await
        .unwrap();
    assert_eq!(second.len(), 1, "what is fetched is not fetched again");
}

#[tokio::test]
async fn a_dead_letter_has_its_origin_and_is_delivered_again_after_a_replay() {
    let vhost = TestBroker::start().await;
    let broker = connect(&vhost);
    let publisher = broker.publisher();
    publisher.publish(Queue::Send, &job(7), None).await.unwrap();
    for _ in 0..DELIVERIES {
        let mut jobs = broker.consumer().subscribe::<SendMessages>(Queue::Send, 1);
        assert_eq!(number(&next(&mut jobs, 1).await[0]), 7);
    }
    let (operator, dead) = fetched(&vhost, DeadLetterKind::Dead).await;
    assert_eq!(dead[0].origin(), Some(Queue::Send));
    assert_eq!(dead[0].reason(), "delivery_limit");
    assert_eq!(dead[0].content(), Content::Send(job(7)));
    operator.replay(&dead[0]).await.unwrap();
    let mut jobs = broker.consumer().subscribe::<SendMessages>(Queue::Send, 1);
    let back = next(&mut jobs, 1).await;
    assert_eq!((number(&back[0]), back[0].redelivered), (7, false));
}

/// Consent markers as a projector quarantines them.
fn ticks() -> Envelope {
    let tick = Event {
        waba_id: None,
        phone_number_id: None,
        kind: EventKind::ConsentMarker,
    };
    Envelope {
        published_at: SystemClock.now(),
        events: vec![tick],
    }
}

#[tokio::test]
async fn a_quarantined_message_has_its_origin_and_reason_and_can_be_replayed() {
    let vhost = TestBroker::start().await;
    let publisher = connect(&vhost).publisher();
    eventually("it is quarantined", LIMIT, async || {
        let origin = Queue::Status;
        publisher
            .quarantine(origin, &ticks(), "no such key", None)
            .await
            .ok()
    })
    .await;
    let (operator, found) = fetched(&vhost, DeadLetterKind::Quarantine).await;
    assert_eq!(found[0].origin(), Some(Queue::Status));
    assert_eq!(found[0].reason(), "no such key");
    operator.replay(&found[0]).await.unwrap();
    let broker = connect(&vhost);
    let mut statuses = broker.consumer().subscribe::<Envelope>(Queue::Status, 1);
    assert_eq!(next(&mut statuses, 1).await.len(), 1);
}

#[tokio::test]
async fn a_message_without_an_origin_is_replayed_to_the_queue_of_its_type() {
    let vhost = TestBroker::start().await;
    let publisher = connect(&vhost).publisher();
    eventually("it is quarantined", LIMIT, async || {
        publisher
            .publish(Queue::Quarantine, &ticks(), None)
            .await
            .ok()
    })
    .await;
    let (_operator, found) = fetched(&vhost, DeadLetterKind::Quarantine).await;
    assert_eq!(found[0].origin(), Some(Queue::Inbound));
}
