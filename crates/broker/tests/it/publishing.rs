//! The meaning of `Ok`, and of each error.

use std::collections::BTreeSet;

use broker::{PublishError, Queue};
use common::trace::TraceId;
use common::wire::SendMessages;
use testkit::{TestBroker, eventually};

use crate::payloads::{LIMIT, connect, job, next, number, take};

#[tokio::test]
async fn a_word_arrives_with_its_trace() {
    let vhost = TestBroker::start().await;
    let broker = connect(&vhost);
    let trace = TraceId::random();
    let publishing = broker.publisher();
    publishing
        .publish(Queue::Send, &job(7), Some(trace))
        .await
        .unwrap();
    let mut jobs = broker.consumer().subscribe::<SendMessages>(Queue::Send, 10);
    let batch = next(&mut jobs, 10).await;
    assert_eq!(batch.len(), 1);
    assert_eq!(batch[0].payload, job(7));
    assert_eq!(batch[0].trace, Some(trace));
    assert!(!batch[0].redelivered);
}

#[tokio::test]
async fn words_of_many_callers_all_arrive() {
    let vhost = TestBroker::start().await;
    let broker = connect(&vhost);
    let callers: Vec<_> = (0..1_000)
        .map(|number| {
            let publisher = broker.publisher();
            tokio::spawn(async move { publisher.publish(Queue::Send, &job(number), None).await })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap().unwrap();
    }
    let mut jobs = broker.consumer().subscribe(Queue::Send, 1_000);
    let mut numbers: Vec<_> = take(&mut jobs, 1_000).await.iter().map(number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..1_000).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_word_without_a_queue_is_unroutable_until_the_queue_is_declared_anew() {
    let vhost = TestBroker::start().await;
    let publisher = connect(&vhost).publisher();
    publisher.publish(Queue::Send, &job(1), None).await.unwrap();
    vhost.delete_queue(Queue::Send).await;
    let result = publisher.publish(Queue::Send, &job(2), None).await;
    assert_eq!(result, Err(PublishError::Unroutable));
    eventually("the word is stored", LIMIT, async || {
        publisher.publish(Queue::Send, &job(3), None).await.ok()
    })
    .await;
}

#[tokio::test]
async fn among_many_in_flight_exactly_what_is_told_stored_is_stored() {
    let vhost = TestBroker::start().await;
    let broker = connect(&vhost);
    let publisher = broker.publisher();
    publisher.publish(Queue::Send, &job(0), None).await.unwrap();
    vhost.delete_queue(Queue::Status).await;
    let callers: Vec<_> = (1..=200)
        .map(|number| {
            let publisher = broker.publisher();
            let queue = if number % 7 == 0 {
                Queue::Status
            } else {
                Queue::Send
            };
            tokio::spawn(async move {
                let result = publisher.publish(queue, &job(number), None).await;
                (queue, number, result)
            })
        })
        .collect();
    let mut told = vec![(Queue::Send, 0, Ok(()))];
    for caller in callers {
        told.push(caller.await.unwrap());
    }
    let unroutable = |(queue, _, result): &&(Queue, u128, Result<(), PublishError>)| {
        assert_ne!(*result, Err(PublishError::Unconfirmed));
        *result == Err(PublishError::Unroutable) && *queue == Queue::Status
    };
    assert!(told.iter().filter(unroutable).count() > 0);
    // The queue was declared again after the batch that missed it, so later messages may be in it.
    for queue in [Queue::Send, Queue::Status] {
        let stored = told.iter().filter(|it| it.0 == queue && it.2.is_ok());
        let stored: BTreeSet<_> = stored.map(|it| it.1).collect();
        let mut words = broker.consumer().subscribe::<SendMessages>(queue, 1_000);
        let arrived = take(&mut words, stored.len()).await;
        let arrived: BTreeSet<_> = arrived.iter().map(number).collect();
        assert_eq!(arrived, stored);
    }
}
