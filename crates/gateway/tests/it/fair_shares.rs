//! A business's excess load is rejected to itself with 429, and others are served.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use futures_util::stream;
use gateway::GatewaySettings;
use reqwest::{Body, Method, StatusCode};
use testkit::eventually;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::harness::{Answer, Business, Harness, send};
use crate::media::{PDF, pdf, post_file};

const TIMEOUT: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn idle_uploads_do_not_block_other_uploads() {
    let settings = GatewaySettings {
        max_body_bytes_in_memory: 100_000,
        max_body_bytes_in_memory_per_business: 100_000,
        max_media_bytes: 100_000,
        ..GatewaySettings::default()
    };
    let harness = Harness::start_with(settings).await;
    let business = harness.business("Boutique Faso").await;
    let announce = async |path: String, length: usize| {
        let address = harness.address();
        let address = address.strip_prefix("http://").unwrap_or(address);
        let mut socket = TcpStream::connect(address).await.unwrap();
        let method = if path.contains("media") {
            "POST"
        } else {
            "PUT"
        };
        let content_type = if path.contains("media") {
            PDF
        } else {
            "text/csv"
        };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer {}\r\nIdempotency-Key: a\r\n\
             Content-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n",
            business.key
        );
        socket.write_all(head.as_bytes()).await.unwrap();
        socket
    };
    let mut idle = Vec::new();
    for _ in 0..10 {
        idle.push(announce("/v1/media".to_owned(), 100_000).await);
        let campaign = Uuid::new_v4();
        idle.push(announce(format!("/v1/campaigns/{campaign}/audience"), 60_000_000).await);
    }
    let file = post(&harness, &business, 90_000).await;
    file.expect(StatusCode::CREATED);
    drop(idle);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_business_with_too_many_bytes_is_rejected_and_others_are_served() {
    let settings = GatewaySettings {
        max_body_bytes_in_memory: 150_000,
        max_body_bytes_in_memory_per_business: 100_000,
        max_media_bytes: 100_000,
        ..GatewaySettings::default()
    };
    let harness = Harness::start_with(settings).await;
    let (overloading, other) = (
        harness.business("Boutique Faso").await,
        harness.business("Pharmacie du Progrès").await,
    );
    let (slow, refused) = half_sent(&harness, &overloading, &overloading).await;
    assert_eq!(refused.problem(429), "too_many_requests");
    assert_eq!(refused.header("retry-after"), "2");
    post(&harness, &overloading, 9_000)
        .await
        .expect(StatusCode::CREATED);
    post(&harness, &other, 90_000)
        .await
        .expect(StatusCode::CREATED);
    slow.finish().await.expect(StatusCode::CREATED);
    post(&harness, &overloading, 60_000)
        .await
        .expect(StatusCode::CREATED);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_total_of_all_businesses_is_limited_with_503() {
    let settings = GatewaySettings {
        max_body_bytes_in_memory: 100_000,
        max_body_bytes_in_memory_per_business: 100_000,
        max_media_bytes: 100_000,
        ..GatewaySettings::default()
    };
    let harness = Harness::start_with(settings).await;
    let (first, second) = (
        harness.business("Boutique Faso").await,
        harness.business("Pharmacie du Progrès").await,
    );
    let (slow, refused) = half_sent(&harness, &first, &second).await;
    assert_eq!(refused.problem(503), "unavailable");
    assert!(!refused.header("retry-after").is_empty());
    slow.finish().await.expect(StatusCode::CREATED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_business_that_sends_too_fast_is_slowed_down_and_others_are_not() {
    let settings = GatewaySettings {
        max_body_bytes_per_second_per_business: NonZeroU32::new(100_000).unwrap(),
        ..GatewaySettings::default()
    };
    let harness = Harness::start_with(settings).await;
    let (fast, other) = (
        harness.business("Boutique Faso").await,
        harness.business("Pharmacie du Progrès").await,
    );
    let began = Instant::now();
    let slowed_down = async {
        post(&harness, &fast, 400_000)
            .await
            .expect(StatusCode::CREATED);
        began.elapsed()
    };
    let not_slowed_down = async {
        post(&harness, &other, 50_000)
            .await
            .expect(StatusCode::CREATED);
        began.elapsed()
    };
    let (slowed_down, not_slowed_down) = tokio::join!(slowed_down, not_slowed_down);
    assert!(slowed_down > Duration::from_secs(2), "{slowed_down:?}");
    assert!(not_slowed_down < slowed_down, "{not_slowed_down:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_business_with_too_many_calls_is_rejected_and_others_are_served() {
    let settings = GatewaySettings {
        max_calls_per_business: 2,
        ..GatewaySettings::default()
    };
    let harness = Harness::start_with(settings).await;
    let (overloading, other) = (
        harness.business("Boutique Faso").await,
        harness.business("Pharmacie du Progrès").await,
    );
    let file = pdf(50_000);
    let slow = [(); 2].map(|()| SlowUpload::start(&harness, &overloading, &file));
    let refused = eventually("it has too many concurrent calls", TIMEOUT, async || {
        let answer = harness.get(&overloading.key, "/v1/media").await;
        (answer.status != StatusCode::OK).then_some(answer)
    })
    .await;
    assert_eq!(refused.problem(429), "too_many_requests");
    assert_eq!(refused.header("retry-after"), "2");
    // The platform's calls for the business count for the business; its own count for the platform.
    let named = format!("/v1/businesses/{}/media", overloading.id);
    let of_platform = harness.get(&harness.platform, &named).await;
    assert_eq!(of_platform.problem(429), "too_many_requests");
    harness
        .get(&harness.platform, "/v1/businesses")
        .await
        .expect(StatusCode::OK);
    harness
        .get(&other.key, "/v1/media")
        .await
        .expect(StatusCode::OK);
    for slow in slow {
        slow.finish().await.expect(StatusCode::CREATED);
    }
    harness
        .get(&overloading.key, "/v1/media")
        .await
        .expect(StatusCode::OK);
}

async fn post(harness: &Harness, business: &Business, bytes: usize) -> Answer {
    let key = Uuid::new_v4().to_string();
    post_file(harness, &business.key, (&key, ""), PDF, pdf(bytes)).await
}

/// A file of 90,000 bytes, half of which was sent, and the answer to a file of 60,000 meanwhile.
async fn half_sent(
    harness: &Harness,
    business: &Business,
    other: &Business,
) -> (SlowUpload, Answer) {
    let file = pdf(90_000);
    let mut slow = SlowUpload::start(harness, business, &file);
    let refused = eventually("the memory is used up", TIMEOUT, async || {
        // It may have been rejected itself, because of the other's last file.
        if slow.answer.is_finished() {
            slow = SlowUpload::start(harness, business, &file);
        }
        let answer = post(harness, other, 60_000).await;
        (answer.status != StatusCode::CREATED).then_some(answer)
    })
    .await;
    (slow, refused)
}

/// A file whose second half is delayed.
struct SlowUpload {
    rest: mpsc::Sender<()>,
    answer: JoinHandle<Answer>,
}

impl SlowUpload {
    fn start(harness: &Harness, business: &Business, content: &[u8]) -> Self {
        let (rest, body) = slow_body(content);
        let request = harness
            .request(Method::POST, "/v1/media", &business.key)
            .header("Idempotency-Key", Uuid::new_v4().to_string())
            .header("Content-Type", PDF)
            .header("Content-Length", content.len())
            .body(body);
        let answer = tokio::spawn(send(request));
        Self { rest, answer }
    }

    async fn finish(self) -> Answer {
        self.rest.send(()).await.unwrap();
        self.answer.await.unwrap()
    }
}

/// A body whose second half waits for a signal.
fn slow_body(content: &[u8]) -> (mpsc::Sender<()>, Body) {
    let (go, may_go) = mpsc::channel::<()>(1);
    let (first, second) = content.split_at(content.len() / 2);
    let parts = VecDeque::from([first.to_vec(), second.to_vec()]);
    let parts = stream::unfold((parts, may_go), |(mut parts, mut may_go)| async move {
        if parts.len() == 1 {
            let _ = may_go.recv().await;
        }
        let part = parts.pop_front()?;
        Some((Ok::<_, std::io::Error>(part), (parts, may_go)))
    });
    (go, Body::wrap_stream(parts))
}
