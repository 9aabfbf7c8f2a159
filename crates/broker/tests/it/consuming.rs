//! Batches, acks, and messages that cannot be decoded.

use std::collections::BTreeSet;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::time::Duration;

use bootstrap::clock::SystemClock;
use broker::{Broker, Delivery, Queue};
use chrono::SubsecRound;
use common::clock::Clock;
use common::wire::SendMessages;
use futures_util::StreamExt;
use testkit::TestBroker;
use tokio_util::sync::CancellationToken;

use crate::payloads::{AnyBytes, LIMIT, connect, job, next, number, take};

async fn publish_jobs(broker: &Broker, numbers: std::ops::Range<u128>) {
    for number in numbers {
        let publisher = broker.publisher();
        publisher
            .publish(Queue::Send, &job(number), None)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_batch_gathers_what_waits_and_holds_no_more_than_asked_for() {
    let vhost = TestBroker::start().await;
    let broker = connect(&vhost);
    publish_jobs(&broker, 0..10).await;
    let mut jobs = broker
        .consumer()
        .subscribe::<SendMessages>(Queue::Send, 100);
    let first = take(&mut jobs, 1).await;
    assert_eq!(first.iter().map(number).collect::<Vec<_>>(), [0]);
    let rest = take(&mut jobs, 9).await;
    assert_eq!(
        rest.iter().map(number).collect::<Vec<_>>(),
        (1..10).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn a_delivery_says_when_it_was_published() {
    let vhost = TestBroker::start().await;
    let broker = connect(&vhost);
    let before = SystemClock.now();
    publish_jobs(&broker, 0..1).await;
    let after = SystemClock.now();
    let mut jobs = broker.consumer().subscribe::<SendMessages>(Queue::Send, 1);
    let published_at = next(&mut jobs, 1).await[0].published_at.unwrap();
    assert!((before.trunc_subsecs(0)..=after).contains(&published_at));
}

#[tokio::test]
async fn what_is_acked_never_returns_and_what_is_not_does() {
    let vhost = TestBroker::start().await;
    let broker = connect(&vhost);
    publish_jobs(&broker, 0..10).await;
    let mut jobs = broker
        .consumer()
        .subscribe::<SendMessages>(Queue::Send, 100);
    let batch = take(&mut jobs, 10).await;
    let (kept, acked): (Vec<_>, Vec<_>) = batch.into_iter().partition(|it| number(it) % 3 == 1);
    assert_eq!(kept.iter().map(number).collect::<Vec<_>>(), [1, 4, 7]);
    jobs.ack(acked).await;
    drop(jobs);
    publish_jobs(&broker, 99..100).await;
    let mut jobs = broker
        .consumer()
        .subscribe::<SendMessages>(Queue::Send, 100);
    let batch = take(&mut jobs, 4).await;
    let numbers: BTreeSet<_> = batch.iter().map(number).collect();
    assert_eq!(numbers, BTreeSet::from([1, 4, 7, 99]));
    let returned = batch.iter().filter(|it| number(it) != 99);
    assert!(returned.into_iter().all(|it| it.redelivered));
}

#[tokio::test]
async fn tasks_may_ack_in_any_order() {
    let vhost = TestBroker::start().await;
    let broker = connect(&vhost);
    publish_jobs(&broker, 0..200).await;
    let mut jobs = broker.consumer().subscribe::<SendMessages>(Queue::Send, 50);
    let mut tasks = Vec::new();
    let mut seen = 0;
    while seen < 200 {
        let mut batch = next(&mut jobs, 7).await;
        seen += batch.len();
        assert!(
            batch.iter().all(|it| !it.redelivered),
            "an ack went wrong and closed the channel"
        );
        let half = batch.split_off(batch.len() / 2);
        for part in [half, batch] {
            let acks = jobs.acknowledger();
            tasks.push(tokio::spawn(async move { acks.ack(part).await }));
        }
    }
    for task in tasks {
        task.await.unwrap();
    }
    drop(jobs);
    publish_jobs(&broker, 999..1_000).await;
    let mut jobs = broker.consumer().subscribe::<SendMessages>(Queue::Send, 50);
    assert_eq!(
        next(&mut jobs, 50)
            .await
            .iter()
            .map(number)
            .collect::<Vec<_>>(),
        [999]
    );
}

#[tokio::test]
async fn what_cannot_be_decoded_goes_to_quarantine_with_its_bytes() {
    let vhost = TestBroker::start().await;
    let broker = connect(&vhost);
    let garbage = AnyBytes(b"\xff\xffnot a job".to_vec());
    let publisher = broker.publisher();
    publisher
        .publish(Queue::Send, &garbage, None)
        .await
        .unwrap();
    publish_jobs(&broker, 1..2).await;
    let mut jobs = broker.consumer().subscribe::<SendMessages>(Queue::Send, 1);
    let good = next(&mut jobs, 10).await;
    assert_eq!(good.iter().map(number).collect::<Vec<_>>(), [1]);
    let mut quarantine = broker
        .consumer()
        .subscribe::<AnyBytes>(Queue::Quarantine, 10);
    let aside: Vec<Delivery<AnyBytes>> = next(&mut quarantine, 10).await;
    assert_eq!(aside[0].payload, garbage);
    drop(jobs);
    let mut jobs = broker.consumer().subscribe::<SendMessages>(Queue::Send, 1);
    let again = next(&mut jobs, 10).await;
    assert_eq!(again.iter().map(number).collect::<Vec<_>>(), [1]);
}

#[tokio::test]
async fn a_stopped_subscription_ends_and_gives_back_what_it_held() {
    let vhost = TestBroker::start().await;
    let broker = connect(&vhost);
    publish_jobs(&broker, 5..6).await;
    let mut jobs = broker.consumer().subscribe::<SendMessages>(Queue::Send, 10);
    let held = next(&mut jobs, 10).await;
    let stop = CancellationToken::new();
    stop.cancel();
    assert!(jobs.next_batch(10, Duration::ZERO, &stop).await.is_none());
    drop((held, jobs));
    let mut jobs = broker.consumer().subscribe::<SendMessages>(Queue::Send, 10);
    let again = next(&mut jobs, 10).await;
    assert_eq!((number(&again[0]), again[0].redelivered), (5, true));
}

#[tokio::test]
async fn a_connection_is_made_although_each_wait_for_it_is_dropped() {
    let vhost = TestBroker::start().await;
    let broker = connect(&vhost);
    publish_jobs(&broker, 5..6).await;
    let jobs = broker.consumer().subscribe::<SendMessages>(Queue::Send, 10);
    let mut batches = jobs.batches(10, Duration::ZERO, CancellationToken::new());
    // A new wait for each step.
    let steps = poll_fn(|context| pin!(batches.next()).poll(context));
    let batch = tokio::time::timeout(LIMIT, steps).await;
    let batch = batch.expect("a delivery within the limit").unwrap();
    assert_eq!(number(&batch[0]), 5);
}

#[tokio::test]
async fn inbound_messages_go_to_one_consumer_at_a_time() {
    let vhost = TestBroker::start().await;
    let broker = connect(&vhost);
    let publisher = broker.publisher();
    let mut first = broker
        .consumer()
        .subscribe::<SendMessages>(Queue::Inbound, 1);
    publisher
        .publish(Queue::Inbound, &job(1), None)
        .await
        .unwrap();
    let held = next(&mut first, 1).await;
    let mut second = broker
        .consumer()
        .subscribe::<SendMessages>(Queue::Inbound, 10);
    publisher
        .publish(Queue::Inbound, &job(2), None)
        .await
        .unwrap();
    first.ack(held).await;
    let never = CancellationToken::new();
    let passed_over = tokio::select! {
        _ = second.next_batch(10, Duration::ZERO, &never) => false,
        batch = next(&mut first, 1) => number(&batch[0]) == 2,
    };
    assert!(
        passed_over,
        "the second consumer was served while the first was there"
    );
    drop(first);
    assert_eq!(
        next(&mut second, 10)
            .await
            .iter()
            .map(number)
            .collect::<Vec<_>>(),
        [2]
    );
}

/// After a silence a subscription checks RabbitMQ's consumer count: a consumer that waits for acks has to be counted.
#[tokio::test]
async fn rabbitmq_counts_a_consumer_that_has_its_hands_full() {
    let vhost = TestBroker::start().await;
    let broker = connect(&vhost);
    publish_jobs(&broker, 0..2).await;
    let mut jobs = broker.consumer().subscribe::<SendMessages>(Queue::Send, 1);
    let held = take(&mut jobs, 1).await;
    let properties = lapin::ConnectionProperties::default();
    let connection = lapin::Connection::connect(&vhost.url, properties)
        .await
        .unwrap();
    let channel = connection.create_channel().await.unwrap();
    let options = lapin::options::QueueDeclareOptions {
        passive: true,
        ..Default::default()
    };
    let asked = channel.queue_declare(Queue::Send.name().into(), options, Default::default());
    let queue = asked.await.unwrap();
    assert_eq!((queue.consumer_count(), queue.message_count()), (1, 1));
    jobs.ack(held).await;
}
