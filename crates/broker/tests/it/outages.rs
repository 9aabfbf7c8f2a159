//! Lost connections, a broker that is not available, and one whose topology differs.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bootstrap::clock::SystemClock;
use broker::{Broker, BrokerSettings, BrokerSettingsError, PublishError, Queue};
use common::wire::SendMessages;
use testkit::{TestBroker, eventually};
use tokio_util::sync::CancellationToken;

use crate::payloads::{LIMIT, connect, job, next, number, take};

/// A consumer notices within 5 s that RabbitMQ lost its subscription, and waits at most 10 s for each answer.
const RESUBSCRIBE_LIMIT: Duration = Duration::from_secs(60);

/// The latest report of a broker's health.
#[derive(Clone, Default)]
struct LastWord(Arc<Mutex<Option<Result<(), String>>>>);

impl LastWord {
    fn watch(&self) -> impl Fn(Result<(), String>) + Send + Sync + 'static {
        let this = self.clone();
        move |state| *this.0.lock().unwrap() = Some(state)
    }

    fn get(&self) -> Option<Result<(), String>> {
        self.0.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn publisher_and_consumer_come_back_after_their_connections_are_closed() {
    let vhost = TestBroker::start().await;
    let last_word = LastWord::default();
    let clock = Arc::new(SystemClock);
    let broker = Broker::connect(&vhost.settings(), "test", clock, last_word.watch()).unwrap();
    let publisher = broker.publisher();
    publisher.publish(Queue::Send, &job(1), None).await.unwrap();
    let mut jobs = broker.consumer().subscribe::<SendMessages>(Queue::Send, 10);
    let before = next(&mut jobs, 1).await;
    assert_eq!(last_word.get(), Some(Ok(())));

    eventually("both connections are closed", LIMIT, async || {
        (vhost.close_connections().await >= 2).then_some(())
    })
    .await;

    eventually("publishes are confirmed again", LIMIT, async || {
        publisher.publish(Queue::Send, &job(2), None).await.ok()
    })
    .await;
    let again = take(&mut jobs, 2).await;
    let mut numbers: Vec<_> = again
        .iter()
        .map(|it| (number(it), it.redelivered))
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers[0], (1, true));
    assert_eq!(numbers[1].0, 2);
    assert_eq!(last_word.get(), Some(Ok(())));

    // The ack handles of the lost connection have the tags of current deliveries, and must not ack those.
    jobs.ack(before).await;
    drop((again, jobs));
    let mut jobs = broker.consumer().subscribe::<SendMessages>(Queue::Send, 10);
    assert_eq!(take(&mut jobs, 2).await.len(), 2);
}

#[tokio::test]
async fn without_a_broker_the_start_does_not_wait_and_publishes_fail_soon() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = port.local_addr().unwrap();
    drop(port);
    let mut settings = BrokerSettings::new(format!("amqp://guest:guest@{address}/%2f").into());
    settings.publish_wait_ms = 100;
    let last_word = LastWord::default();
    let started = Instant::now();
    let clock = Arc::new(SystemClock);
    let broker = Broker::connect(&settings, "test", clock, last_word.watch()).unwrap();
    let result = broker.publisher().publish(Queue::Send, &job(1), None).await;
    assert_eq!(result, Err(PublishError::Disconnected));
    assert!(started.elapsed() < Duration::from_secs(5));
    let reason = eventually("health tells why", LIMIT, async || {
        last_word
            .get()?
            .err()
            .filter(|reason| reason.contains("refused"))
    })
    .await;
    assert!(
        !reason.contains("guest"),
        "the reason shows the url: {reason}"
    );
}

#[tokio::test]
async fn a_queue_with_other_arguments_is_named() {
    let vhost = TestBroker::start().await;
    vhost.declare_classic(Queue::Status).await;
    let last_word = LastWord::default();
    let clock = Arc::new(SystemClock);
    let broker = Broker::connect(&vhost.settings(), "test", clock, last_word.watch()).unwrap();
    let reason = eventually("health tells why", LIMIT, async || {
        last_word
            .get()?
            .err()
            .filter(|reason| reason.contains(Queue::Status.name()))
    })
    .await;
    assert!(reason.contains("exists with other arguments"), "{reason}");
    vhost.delete_queue(Queue::Status).await;
    eventually("the connection is made", LIMIT, async || {
        broker
            .publisher()
            .publish(Queue::Status, &job(1), None)
            .await
            .ok()
    })
    .await;
}

#[tokio::test]
async fn a_deleted_queue_is_declared_anew_by_its_consumer() {
    let vhost = TestBroker::start().await;
    let broker = connect(&vhost);
    let publisher = broker.publisher();
    publisher.publish(Queue::Send, &job(1), None).await.unwrap();
    let mut jobs = broker.consumer().subscribe::<SendMessages>(Queue::Send, 10);
    let first = next(&mut jobs, 1).await;
    jobs.ack(first).await;
    vhost.delete_queue(Queue::Send).await;
    let mut consuming = tokio::spawn(async move {
        let never = CancellationToken::new();
        jobs.next_batch(1, Duration::ZERO, &never).await
    });
    // RabbitMQ confirms messages to a queue that is being deleted, so one publish proves nothing.
    let again = eventually(
        "the consumer is delivered to",
        RESUBSCRIBE_LIMIT,
        async || {
            let _ = publisher.publish(Queue::Send, &job(2), None).await;
            tokio::time::timeout(Duration::from_secs(1), &mut consuming)
                .await
                .ok()
        },
    )
    .await;
    let again = again.unwrap().expect("nobody asked to stop");
    assert_eq!(number(&again[0]), 2);
}

#[tokio::test]
async fn an_event_survives_restarts_that_set_a_job_aside() {
    let vhost = TestBroker::start().await;
    let broker = connect(&vhost);
    for queue in [Queue::Send, Queue::Status] {
        broker
            .publisher()
            .publish(queue, &job(1), None)
            .await
            .unwrap();
    }
    let restarts = 21;
    for _ in 0..restarts {
        for queue in [Queue::Send, Queue::Status] {
            let mut words = broker.consumer().subscribe::<SendMessages>(queue, 1);
            assert_eq!(take(&mut words, 1).await.len(), 1);
        }
    }
    for queue in [Queue::Dead, Queue::Status] {
        let mut words = broker.consumer().subscribe::<SendMessages>(queue, 1);
        assert_eq!(number(&take(&mut words, 1).await[0]), 1);
    }
}

#[tokio::test]
async fn a_subscription_that_ends_is_not_missed() {
    let vhost = TestBroker::start().await;
    let last_word = LastWord::default();
    let clock = Arc::new(SystemClock);
    let broker = Broker::connect(&vhost.settings(), "test", clock, last_word.watch()).unwrap();
    broker
        .publisher()
        .publish(Queue::Send, &job(1), None)
        .await
        .unwrap();
    let jobs = broker.consumer().subscribe::<SendMessages>(Queue::Send, 1);
    let reason = last_word.get().unwrap().unwrap_err();
    assert_eq!(reason, "consumer of sender.send: not reached yet");
    drop(jobs);
    assert_eq!(last_word.get(), Some(Ok(())));
}

#[tokio::test]
async fn a_url_that_cannot_be_read_is_not_shown() {
    let settings = BrokerSettings::new("http://admin:hunter2@host".to_owned().into());
    let error = Broker::connect(&settings, "test", Arc::new(SystemClock), |_| {}).unwrap_err();
    assert_eq!(error, BrokerSettingsError::Url);
    assert!(!format!("{error}{settings:?}").contains("hunter2"));
}
