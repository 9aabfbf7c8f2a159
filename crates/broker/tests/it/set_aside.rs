//! What an operator sees of what was set aside, and what putting it back does.

use std::sync::Arc;

use bootstrap::clock::SystemClock;
use broker::{Content, DeadLetterKind, Queue, SetAside, SetAsideMessage};
use common::clock::Clock;
use common::wire::{Envelope, Event, EventKind, SendMessages};
use testkit::{TestBroker, eventually};

use crate::words::{AnyBytes, LIMIT, connect, job, next, number};

/// How often a job is delivered before it is set aside.
const DELIVERIES: usize = 21;

async fn open(vhost: &TestBroker) -> SetAside {
    SetAside::open(&vhost.settings(), Arc::new(SystemClock))
        .await
        .unwrap()
}

/// Sets bytes aside as a consumer of jobs does that cannot read them.
async fn set_aside(vhost: &TestBroker, bytes: &[u8]) {
    let broker = connect(vhost);
    let (publisher, garbage) = (broker.publisher(), AnyBytes(bytes.to_vec()));
    let mut jobs = broker.consumer().subscribe::<SendMessages>(Queue::Send, 1);
    publisher
        .publish(Queue::Send, &garbage, None)
        .await
        .unwrap();
    // The next job arrives only when the one before is acked, and that is when it is set aside.
    publisher.publish(Queue::Send, &job(1), None).await.unwrap();
    let batch = next(&mut jobs, 1).await;
    assert_eq!(number(&batch[0]), 1);
    jobs.ack(batch).await;
}

/// What lies there, once something does: what an earlier look fetched is back a moment after its connection ends.
async fn lying(vhost: &TestBroker, pile: DeadLetterKind) -> (SetAside, Vec<SetAsideMessage>) {
    eventually("something lies there", LIMIT, async || {
        let operator = open(vhost).await;
        let found = operator.fetch(pile, 10).await.unwrap();
        (!found.is_empty()).then_some((operator, found))
    })
    .await
}

#[tokio::test]
async fn looking_takes_nothing_away() {
    let vhost = TestBroker::start().await;
    set_aside(&vhost, b"\xff\xffnot a job").await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        let (_operator, aside) = lying(&vhost, DeadLetterKind::Quarantine).await;
        assert_eq!(aside.len(), 1);
        let message = &aside[0];
        assert_eq!(message.bytes(), b"\xff\xffnot a job");
        assert_eq!(message.word(), "djigbachats.v1.SendMessages");
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
    assert_eq!(ids.len(), 1, "it lies there under one id");
}

#[tokio::test]
async fn what_is_put_back_reaches_its_queue_and_lies_there_no_more() {
    let vhost = TestBroker::start().await;
    let broker = connect(&vhost);
    set_aside(&vhost, b"\xff\xffnot a job").await;
    let operator = open(&vhost).await;
    let aside = operator
        .fetch(DeadLetterKind::Quarantine, 10)
        .await
        .unwrap();
    operator.put_back(&aside[0]).await.unwrap();
    let mut jobs = broker.consumer().subscribe::<AnyBytes>(Queue::Send, 10);
    let back = next(&mut jobs, 10).await;
    assert_eq!(back[0].word, AnyBytes(b"\xff\xffnot a job".to_vec()));
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
async fn no_more_is_fetched_than_asked_for_and_nothing_from_an_empty_pile() {
    let vhost = TestBroker::start().await;
    set_aside(&vhost, b"\xffone").await;
    set_aside(&vhost, b"\xfftwo").await;
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
async fn a_job_that_failed_too_often_says_where_it_came_from_and_begins_anew() {
    let vhost = TestBroker::start().await;
    let broker = connect(&vhost);
    let publisher = broker.publisher();
    publisher.publish(Queue::Send, &job(7), None).await.unwrap();
    for _ in 0..DELIVERIES {
        let mut jobs = broker.consumer().subscribe::<SendMessages>(Queue::Send, 1);
        assert_eq!(number(&next(&mut jobs, 1).await[0]), 7);
    }
    let (operator, dead) = lying(&vhost, DeadLetterKind::Dead).await;
    assert_eq!(dead[0].origin(), Some(Queue::Send));
    assert_eq!(dead[0].reason(), "delivery_limit");
    assert_eq!(dead[0].content(), Content::Send(job(7)));
    operator.put_back(&dead[0]).await.unwrap();
    let mut jobs = broker.consumer().subscribe::<SendMessages>(Queue::Send, 1);
    let back = next(&mut jobs, 1).await;
    assert_eq!((number(&back[0]), back[0].redelivered), (7, false));
}

/// Ticks as a projector sets them aside.
fn ticks() -> Envelope {
    let tick = Event {
        waba_id: None,
        phone_number_id: None,
        kind: EventKind::ConsentTick,
    };
    Envelope {
        published_at: SystemClock.now(),
        events: vec![tick],
    }
}

#[tokio::test]
async fn what_is_set_aside_on_purpose_says_from_where_and_why_and_goes_back() {
    let vhost = TestBroker::start().await;
    let publisher = connect(&vhost).publisher();
    eventually("it is set aside", LIMIT, async || {
        let origin = Queue::Status;
        publisher
            .quarantine(origin, &ticks(), "no such key", None)
            .await
            .ok()
    })
    .await;
    let (operator, aside) = lying(&vhost, DeadLetterKind::Quarantine).await;
    assert_eq!(aside[0].origin(), Some(Queue::Status));
    assert_eq!(aside[0].reason(), "no such key");
    operator.put_back(&aside[0]).await.unwrap();
    let broker = connect(&vhost);
    let mut statuses = broker.consumer().subscribe::<Envelope>(Queue::Status, 1);
    assert_eq!(next(&mut statuses, 1).await.len(), 1);
}

#[tokio::test]
async fn what_does_not_say_where_it_came_from_goes_back_to_the_queue_of_such_words() {
    let vhost = TestBroker::start().await;
    let publisher = connect(&vhost).publisher();
    eventually("it is set aside", LIMIT, async || {
        publisher
            .publish(Queue::Quarantine, &ticks(), None)
            .await
            .ok()
    })
    .await;
    let (_operator, aside) = lying(&vhost, DeadLetterKind::Quarantine).await;
    assert_eq!(aside[0].origin(), Some(Queue::Inbound));
}
