//! A webhook that was answered 200 is in its queue; an unsigned one is in none.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bootstrap::Context;
use bootstrap::clock::SystemClock;
use bootstrap::shutdown::Shutdown;
use broker::{BrokerSettings, Queue};
use common::secret::{AppSecret, VerifyToken};
use common::wire::{Envelope, EventKind};
use prometheus::proto::Metric;
use reqwest::{Client, Response, StatusCode};
use ring::hmac;
use sealing::TransitKey;
use secrecy::SecretString;
use testkit::{TestBroker, eventually};
use tokio_util::sync::CancellationToken;
use webhook_ingest::{IngestSettings, Settings, WebhookIngest};

pub(crate) const SECRET: &str = "test_app_secret";
pub(crate) const BODY: &str = r#"{"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[
    {"field":"messages","value":{"metadata":{"phone_number_id":"106540352242922"},
     "statuses":[{"id":"wamid.A","status":"sent","timestamp":"1750030073"}],
     "messages":[{"from":"22670000001","id":"wamid.B","timestamp":"1750030074","type":"text","text":{"body":"STOP"}}]}},
    {"field":"account_update","value":{"event":"ACCOUNT_DELETED"}}]}]}"#;

pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    url: String,
    client: Client,
    shutdown: Shutdown,
}

impl Running {
    pub(crate) fn start(broker: BrokerSettings) -> Self {
        Self::start_with(broker, TransitKey::generate_text().unwrap())
    }

    pub(crate) fn start_with(broker: BrokerSettings, transit_key: SecretString) -> Self {
        Self::start_bounded(broker, transit_key, ingest_settings())
    }

    pub(crate) fn start_bounded(
        broker: BrokerSettings,
        transit_key: SecretString,
        ingest: IngestSettings,
    ) -> Self {
        bootstrap::crypto::install_ring();
        let settings = Settings {
            ingest,
            broker,
            app_secret: AppSecret::new(SECRET.to_owned()),
            transit_key,
        };
        let shutdown = Shutdown::new();
        let running = WebhookIngest::start(&settings, &Context::new(shutdown.clone())).unwrap();
        let address = running.address;
        let url = format!("http://{address}/webhooks/meta");
        tokio::spawn(running.wait());
        Self {
            address,
            url,
            client: Client::builder().build().unwrap(),
            shutdown,
        }
    }

    pub(crate) async fn post(&self, body: &str, signature: Option<String>) -> Response {
        let mut request = self.client.post(&self.url).body(body.to_owned());
        if let Some(signature) = signature {
            request = request.header("X-Hub-Signature-256", signature);
        }
        request.send().await.unwrap()
    }

    /// Posts as Meta does: retries until the answer is 200.
    pub(crate) async fn post_until_accepted(&self, body: &str) {
        eventually(
            "the webhook is answered 200",
            Duration::from_secs(20),
            async || {
                self.post(body, Some(signature(SECRET, body)))
                    .await
                    .status()
                    .is_success()
                    .then_some(())
            },
        )
        .await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shutdown.trigger();
    }
}

pub(crate) fn ingest_settings() -> IngestSettings {
    IngestSettings {
        address: "127.0.0.1:0".parse().unwrap(),
        verify_token: VerifyToken::new("un mot".to_owned()),
        previous_app_secret: Some(AppSecret::new("the one before".to_owned())),
        workers: 1,
        body_limit_bytes: 100_000,
        body_timeout_ms: 10_000,
        max_bytes_in_flight: 1_000_000,
        client_timeout_seconds: 5,
    }
}

pub(crate) fn signature(secret: &str, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    format!("sha256={}", hex::encode(hmac::sign(&key, body.as_bytes())))
}

pub(crate) async fn next(broker: &TestBroker, queue: Queue) -> Vec<EventKind> {
    let broker = broker.connect(Arc::new(SystemClock));
    let mut subscription = broker.consumer().subscribe::<Envelope>(queue, 10);
    let stop = CancellationToken::new();
    let batch = subscription.next_batch(1, Duration::from_millis(1), &stop);
    let batch = tokio::time::timeout(Duration::from_secs(20), batch)
        .await
        .unwrap()
        .unwrap();
    batch
        .into_iter()
        .flat_map(|delivery| delivery.payload.events)
        .map(|event| event.kind)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_webhook_is_in_its_queues_when_it_is_answered() {
    let broker = TestBroker::start().await;
    let running = Running::start(broker.settings());
    running.post_until_accepted(BODY).await;
    let statuses = next(&broker, Queue::Status).await;
    assert!(
        matches!(&statuses[..], [EventKind::StatusReported(status)] if status.status == "sent")
    );
    let inbound = next(&broker, Queue::Inbound).await;
    assert!(
        matches!(&inbound[..], [EventKind::MessageReceived(message)] if message.message_type == "text")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_before_the_rotation_still_holds() {
    let broker = TestBroker::start().await;
    let running = Running::start(broker.settings());
    running.post_until_accepted(BODY).await;
    let answer = running
        .post(BODY, Some(signature("the one before", BODY)))
        .await;
    assert_eq!(answer.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unsigned_webhook_gets_the_same_answer_and_reaches_no_queue() {
    let broker = TestBroker::start().await;
    let running = Running::start(broker.settings());
    let other_body = signature(SECRET, "{}");
    for wrong in [
        None,
        Some(String::new()),
        Some(signature("wrong", BODY)),
        Some(other_body),
    ] {
        let answer = running.post(BODY, wrong).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(answer.text().await.unwrap(), "");
    }
    // The first body in the queue is the one accepted after the forged ones.
    let marker = BODY.replace("sent", "read");
    running.post_until_accepted(&marker).await;
    let statuses = next(&broker, Queue::Status).await;
    assert!(
        matches!(&statuses[..], [EventKind::StatusReported(status)] if status.status == "read")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_broker_the_webhook_is_rejected() {
    let nowhere = BrokerSettings::new("amqp://guest:guest@127.0.0.1:1/%2f".to_owned().into());
    let running = Running::start(nowhere);
    let answer = running.post(BODY, Some(signature(SECRET, BODY))).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers().contains_key("Retry-After"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_over_the_limit_is_refused() {
    let broker = TestBroker::start().await;
    let running = Running::start(broker.settings());
    let long = "x".repeat(100_001);
    let answer = running.post(&long, Some(signature(SECRET, &long))).await;
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_handshake_echoes_the_challenge_for_the_right_token_only() {
    let broker = TestBroker::start().await;
    let running = Running::start(broker.settings());
    let ask = async |mode: &str, word: &str, challenge: &str| {
        let query = [
            ("hub.mode", mode),
            ("hub.verify_token", word),
            ("hub.challenge", challenge),
        ];
        let answer = running
            .client
            .get(&running.url)
            .query(&query)
            .send()
            .await
            .unwrap();
        (answer.status(), answer.text().await.unwrap())
    };
    assert_eq!(
        ask("subscribe", "un mot", "1158201444").await,
        (StatusCode::OK, "1158201444".to_owned())
    );
    for (mode, word, challenge) in [
        ("subscribe", "un autre", "1158201444"),
        ("unsubscribe", "un mot", "1158201444"),
        ("subscribe", "un mot", "<script>"),
    ] {
        assert_eq!(
            ask(mode, word, challenge).await,
            (StatusCode::FORBIDDEN, String::new())
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_webhook_content_becomes_a_metric_label() {
    let broker = TestBroker::start().await;
    let running = Running::start(broker.settings());
    running.post_until_accepted(BODY).await;
    for (said, hostile) in [
        ("account_update", "hostile_field"),
        ("sent", "hostile_status"),
        (r#""text","text""#, r#""hostile_type","text""#),
        ("whatsapp_business_account", "hostile_object"),
        ("106540352242922", "666"),
    ] {
        running
            .post_until_accepted(&BODY.replace(said, hostile))
            .await;
    }
    for method in ["HOSTILE", "PROPFIND"] {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let request = running.client.request(method, &running.url);
        let refused = request.body("hostile").send().await.unwrap();
        assert!(refused.status().is_client_error());
    }
    for family in prometheus::gather() {
        for label in family.get_metric().iter().flat_map(Metric::get_label) {
            let value = label.value().to_lowercase();
            let is_made_up =
                value.contains("hostile") || ["propfind", "666"].contains(&value.as_str());
            assert!(!is_made_up, "{} {value}", family.name());
        }
    }
}
