//! Request bodies from anyone: their length, time and total size in memory are limited.

use std::sync::Arc;
use std::time::Duration;

use bootstrap::clock::SystemClock;
use broker::Queue;
use common::wire::{Envelope, EventKind};
use reqwest::StatusCode;
use sealing::TransitKey;
use testkit::{TestBroker, eventually};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use webhook_ingest::IngestSettings;

use crate::webhooks::{BODY, Running, SECRET, ingest_settings, signature};

const LIMIT: Duration = Duration::from_secs(20);

async fn start(broker: &TestBroker, ingest: IngestSettings) -> Running {
    let key = TransitKey::generate_text().unwrap();
    let running = Running::start_bounded(broker.settings(), key, ingest);
    running.post_until_accepted(BODY).await;
    running
}

/// Sends the head of a webhook and a part of its body, and keeps the connection open.
async fn half_sent(running: &Running, framing: &str, part: &[u8]) -> TcpStream {
    let mut socket = TcpStream::connect(running.address).await.unwrap();
    let head = format!("POST /webhooks/meta HTTP/1.1\r\nHost: ingest\r\n{framing}\r\n\r\n");
    socket.write_all(head.as_bytes()).await.unwrap();
    // The service may close before everything is written.
    drop(socket.write_all(part).await);
    socket
}

/// The whole response of the service, until it closes the connection.
async fn answer(socket: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = timeout(LIMIT, socket.read_to_end(&mut bytes)).await;
    // A connection that is closed with unread bytes may end with a reset.
    drop(read.expect("the service closes the connection"));
    String::from_utf8(bytes).unwrap()
}

fn chunk(bytes: usize) -> Vec<u8> {
    let body = "x".repeat(bytes);
    format!("{bytes:x}\r\n{body}\r\n").into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_end_is_cut_off_at_the_timeout() {
    let broker = TestBroker::start().await;
    let ingest = IngestSettings {
        body_timeout_ms: 300,
        ..ingest_settings()
    };
    let running = start(&broker, ingest).await;
    let begun = Instant::now();
    let mut announced = half_sent(&running, "Content-Length: 90000", b"{\"entry\"").await;
    let mut chunked = half_sent(&running, "Transfer-Encoding: chunked", &chunk(8)).await;
    let mut silent = half_sent(&running, "Content-Length: 5", b"").await;
    for socket in [&mut announced, &mut chunked, &mut silent] {
        let answer = answer(socket).await;
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer:?}");
    }
    assert!(begun.elapsed() >= Duration::from_millis(300));
}

#[tokio::test(flavor = "multi_thread")]
async fn partial_bodies_are_limited_and_later_ones_accepted() {
    let broker = TestBroker::start().await;
    let ingest = IngestSettings {
        max_bytes_in_flight: 200_000,
        body_timeout_ms: 60_000,
        ..ingest_settings()
    };
    let running = start(&broker, ingest).await;
    let part = [b'x'; 60_000];
    let mut held = Vec::new();
    let mut refused = 0;
    for framing in ["Content-Length: 90000", "Transfer-Encoding: chunked"].repeat(4) {
        let sent = if framing.starts_with("Content") {
            part.to_vec()
        } else {
            chunk(part.len())
        };
        let mut socket = half_sent(&running, framing, &sent).await;
        // Requests within the limit get no answer yet.
        let mut status = [0; 12];
        match timeout(Duration::from_secs(1), socket.read_exact(&mut status)).await {
            Ok(read) => {
                read.unwrap();
                assert_eq!(&status, b"HTTP/1.1 503");
                refused += 1;
            }
            Err(_) => held.push(socket),
        }
    }
    assert_eq!((held.len(), refused), (3, 5));
    let whole = BODY.replace("STOP", &"s".repeat(50_000));
    let answer = running.post(&whole, Some(signature(SECRET, &whole))).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers().contains_key("Retry-After"));
    drop(held);
    running.post_until_accepted(&whole).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunked_webhook_is_taken_and_counted_while_it_streams() {
    let broker = TestBroker::start().await;
    let running = start(&broker, ingest_settings()).await;
    let signed = signature(SECRET, BODY);
    let framing =
        format!("Transfer-Encoding: chunked\r\nConnection: close\r\nX-Hub-Signature-256: {signed}");
    let body = format!("{:x}\r\n{BODY}\r\n0\r\n\r\n", BODY.len());
    let mut socket = half_sent(&running, &framing, body.as_bytes()).await;
    let taken = answer(&mut socket).await;
    assert!(taken.starts_with("HTTP/1.1 200"), "{taken:?}");
    let mut endless = half_sent(&running, "Transfer-Encoding: chunked", &chunk(100_001)).await;
    let too_large = answer(&mut endless).await;
    assert!(too_large.starts_with("HTTP/1.1 413"), "{too_large:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_webhook_is_split_into_several_envelopes() {
    const STATUSES: usize = 5_000;
    let broker = TestBroker::start().await;
    let ingest = IngestSettings {
        body_limit_bytes: 3 * 1024 * 1024,
        ..ingest_settings()
    };
    let running = start(&broker, ingest).await;
    let status =
        |index| format!(r#"{{"id":"wamid.{index}","status":"s{index}","timestamp":"1750030073"}}"#);
    let statuses: Vec<String> = (0..STATUSES).map(status).collect();
    let body = format!(
        r#"{{"entry":[{{"id":"1","changes":[{{"field":"messages","value":{{"metadata":{{"phone_number_id":"106540352242922"}},
        "statuses":[{}]}}}}]}}]}}"#,
        statuses.join(",")
    );
    let answer = running.post(&body, Some(signature(SECRET, &body))).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let (mut envelopes, mut told) = (0, Vec::new());
    let consumer = broker.connect(Arc::new(SystemClock)).consumer();
    let mut subscription = consumer.subscribe::<Envelope>(Queue::Status, 10);
    let stop = CancellationToken::new();
    while told.len() < STATUSES + 1 {
        let batch = subscription.next_batch(1, Duration::from_millis(1), &stop);
        for delivery in timeout(LIMIT, batch).await.unwrap().unwrap() {
            envelopes += 1;
            assert!(delivery.payload.events.len() <= 2_000);
            for event in delivery.payload.events {
                if let EventKind::StatusReported(status) = event.kind {
                    told.push(status.status);
                }
            }
        }
    }
    assert!(envelopes >= 4, "{envelopes}");
    let expected: Vec<String> = (0..STATUSES).map(|index| format!("s{index}")).collect();
    assert_eq!(told[1..], expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disconnected_client_releases_its_bytes() {
    let broker = TestBroker::start().await;
    let ingest = IngestSettings {
        max_bytes_in_flight: 100_000,
        ..ingest_settings()
    };
    let running = start(&broker, ingest).await;
    let whole = BODY.replace("STOP", &"s".repeat(90_000));
    for _ in 0..3 {
        drop(half_sent(&running, "Content-Length: 90000", &[b'x'; 60_000]).await);
        eventually("the webhook is accepted", LIMIT, async || {
            let answer = running.post(&whole, Some(signature(SECRET, &whole))).await;
            (answer.status() == StatusCode::OK).then_some(())
        })
        .await;
    }
}
