//! The load by which one business, or a client without a key, can exhaust shared resources.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::{Service, Services, Shop, SingleMessage};

/// The kinds of requests, and how many of each run at a time.
const ATTACKS: [(&str, usize, Attack); 11] = [
    ("calls", 48, |load| Box::pin(load.call())),
    ("files", 8, |load| Box::pin(load.upload())),
    ("silent uploads", 40, |load| {
        Box::pin(load.announce_upload())
    }),
    ("imports", 3, |load| Box::pin(load.import())),
    ("imports hung up", 2, |load| Box::pin(load.hang_up())),
    ("pauses", 12, |load| Box::pin(load.pause())),
    ("bulk calls", 4, |load| Box::pin(load.bulk())),
    ("messages in bulk", 16, |load| Box::pin(load.send_many())),
    ("unread answers", 20, |load| Box::pin(load.leave_unread())),
    ("unknown keys", 8, |load| Box::pin(load.guess_keys())),
    ("unsigned webhooks", 30, |load| {
        Box::pin(load.half_a_webhook())
    }),
];
/// How long a connection that sends nothing is held before the next one is opened.
const SILENCE: Duration = Duration::from_secs(2);
const FILE_BYTES: usize = 4_000_000;

type Attack = fn(&HostileLoad) -> Pin<Box<dyn Future<Output = Option<StatusCode>> + Send + '_>>;

/// A business that overloads the API, and a client without a key.
pub struct HostileLoad {
    http: Client,
    key: String,
    gateway: String,
    ingest: String,
    campaign: String,
    audience: Vec<u8>,
    invalid_bulk: String,
    many: Value,
    stopped: AtomicBool,
    answers: Mutex<BTreeMap<(&'static str, u16), u64>>,
}

impl HostileLoad {
    /// The idempotency key that an earlier call has used, so that the bulk calls store nothing.
    pub const SPENT_KEY: &'static str = "spent";

    /// The load of a shop, with a draft campaign into which the audience is imported.
    ///
    /// # Panics
    /// When no client can be built.
    #[must_use]
    pub fn of(shop: &Shop, services: &Services, draft: String, audience: Vec<u8>) -> Arc<Self> {
        let client = Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(60));
        Arc::new(Self {
            http: client.build().expect("a client can be built"),
            key: shop.api.key().to_owned(),
            gateway: services.url(Service::Gateway, ""),
            ingest: services.url(Service::WebhookIngest, ""),
            campaign: draft,
            audience,
            many: json!({"messages": vec![message(shop); 1_000]}),
            invalid_bulk: format!(r#"{{"messages":[{}0]}}"#, "0,".repeat(2_000_000)),
            stopped: AtomicBool::new(false),
            answers: Mutex::default(),
        })
    }

    /// Makes the call that uses [`Self::SPENT_KEY`]; returns the id of its message.
    ///
    /// # Panics
    /// When it is not accepted.
    pub async fn spend_key(shop: &Shop) -> String {
        let api = &shop.api;
        let body = message(shop);
        let answer = api.post_until_answered("/v1/messages", Self::SPENT_KEY, &body);
        let accepted = answer.await.ok();
        accepted["id"]
            .as_str()
            .expect("a message has an id")
            .to_owned()
    }

    /// Sends all kinds of requests until stopped.
    pub async fn run(self: Arc<Self>) {
        let mut all = JoinSet::new();
        for (name, at_a_time, attack) in ATTACKS {
            for _ in 0..at_a_time {
                let load = Arc::clone(&self);
                all.spawn(async move {
                    while !load.stopped.load(Ordering::SeqCst) {
                        if let Some(status) = attack(&load).await {
                            load.note(name, status);
                        }
                    }
                });
            }
        }
        let _ = all.join_all().await;
    }

    /// Stops it after the requests in flight.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
    }

    /// How often each kind of request was answered with each status.
    #[must_use]
    pub fn answers(&self) -> BTreeMap<(&'static str, u16), u64> {
        self.answers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Repeatedly sends this many bytes of an incomplete file.
    pub async fn hold_bytes(self: Arc<Self>, bytes: usize) {
        let path = format!("PUT /v1/campaigns/{}/audience", self.campaign);
        let head = format!(
            "Authorization: Bearer {}\r\nContent-Type: text/csv",
            self.key
        );
        let part = vec![b'x'; bytes];
        loop {
            let _ = hold(&self.gateway, &path, &head, bytes + 1, &part).await;
        }
    }

    fn note(&self, attack: &'static str, status: StatusCode) {
        let answers = self.answers.lock();
        let mut answers = answers.unwrap_or_else(PoisonError::into_inner);
        *answers.entry((attack, status.as_u16())).or_default() += 1;
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.gateway))
            .bearer_auth(&self.key)
            .header("Idempotency-Key", Uuid::new_v4().to_string())
    }

    async fn call(&self) -> Option<StatusCode> {
        answered(self.request(Method::GET, "/v1/messages?limit=100")).await
    }

    /// Bytes that are not an image, which is detected once all were received.
    async fn upload(&self) -> Option<StatusCode> {
        let request = self
            .request(Method::POST, "/v1/media")
            .header("Content-Type", "image/png");
        answered(request.body(vec![0; FILE_BYTES])).await
    }

    async fn announce_upload(&self) -> Option<StatusCode> {
        let path = format!("PUT /v1/campaigns/{}/audience", self.campaign);
        let head = format!(
            "Authorization: Bearer {}\r\nContent-Type: text/csv",
            self.key
        );
        hold(&self.gateway, &path, &head, 60_000_000, b"").await
    }

    async fn import(&self) -> Option<StatusCode> {
        let path = format!("/v1/campaigns/{}/audience", self.campaign);
        let request = self
            .request(Method::PUT, &path)
            .header("Content-Type", "text/csv");
        answered(request.body(self.audience.clone())).await
    }

    async fn hang_up(&self) -> Option<StatusCode> {
        let import = self.import();
        tokio::time::timeout(Duration::from_millis(300), import)
            .await
            .ok()
            .flatten()
    }

    async fn pause(&self) -> Option<StatusCode> {
        let path = format!("/v1/campaigns/{}/pause", self.campaign);
        answered(self.request(Method::POST, &path)).await
    }

    async fn bulk(&self) -> Option<StatusCode> {
        let request = self.request(Method::POST, "/v1/messages/bulk");
        let request = request.header("Content-Type", "application/json");
        answered(request.body(self.invalid_bulk.clone())).await
    }

    /// A thousand valid messages under a key that another call has used: they wait to be stored, and are not.
    async fn send_many(&self) -> Option<StatusCode> {
        let url = format!("{}/v1/messages/bulk", self.gateway);
        let request = self.http.post(url).bearer_auth(&self.key);
        let request = request.header("Idempotency-Key", Self::SPENT_KEY);
        answered(request.json(&self.many)).await
    }

    async fn leave_unread(&self) -> Option<StatusCode> {
        let head = format!("Authorization: Bearer {}", self.key);
        hold(&self.gateway, "GET /v1/messages?limit=200", &head, 0, b"").await
    }

    async fn guess_keys(&self) -> Option<StatusCode> {
        let guess = format!("djb_{}_{}", Uuid::new_v4().simple(), "0".repeat(64));
        let url = format!("{}/v1/messages", self.gateway);
        answered(self.http.get(url).bearer_auth(guess)).await
    }

    async fn half_a_webhook(&self) -> Option<StatusCode> {
        hold(
            &self.ingest,
            "POST /webhooks/meta",
            "Content-Type: application/json",
            2_000_000,
            &[b' '; 400_000],
        )
        .await
    }
}

async fn answered(request: RequestBuilder) -> Option<StatusCode> {
    let answer = request.send().await.ok()?;
    Some(answer.status())
}

/// A valid message.
fn message(shop: &Shop) -> Value {
    shop.message(&SingleMessage {
        to: "64700001",
        template: "ticket_de_caisse",
        variables: &["Awa", "T-1", "12 500"],
        reference: None,
    })
}

/// Sends the head of a call and a part of the announced body, and holds the connection.
async fn hold(
    base: &str,
    call: &str,
    head: &str,
    length: usize,
    part: &[u8],
) -> Option<StatusCode> {
    let address = base.strip_prefix("http://")?;
    let mut socket = TcpStream::connect(address).await.ok()?;
    let head =
        format!("{call} HTTP/1.1\r\nHost: api\r\n{head}\r\nContent-Length: {length}\r\n\r\n");
    socket.write_all(head.as_bytes()).await.ok()?;
    socket.write_all(part).await.ok()?;
    tokio::time::sleep(SILENCE).await;
    None
}
