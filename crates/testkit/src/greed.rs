//! Everything that one business, or somebody without a key, can do to take from others what all share.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, StatusCode};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use uuid::Uuid;

use serde_json::{Value, json};

use crate::{Service, Services, Shop, SingleMessage};

/// What is done, and by how many at a time.
const ATTACKS: [(&str, usize, Attack); 11] = [
    ("calls", 48, |greed| Box::pin(greed.call())),
    ("files", 8, |greed| Box::pin(greed.upload())),
    ("silent uploads", 40, |greed| {
        Box::pin(greed.announce_upload())
    }),
    ("imports", 3, |greed| Box::pin(greed.import())),
    ("imports hung up", 2, |greed| Box::pin(greed.hang_up())),
    ("pauses", 12, |greed| Box::pin(greed.pause())),
    ("bulk calls", 4, |greed| Box::pin(greed.bulk())),
    ("messages in bulk", 16, |greed| Box::pin(greed.send_many())),
    ("unread answers", 20, |greed| Box::pin(greed.leave_unread())),
    ("unknown keys", 8, |greed| Box::pin(greed.guess_keys())),
    ("unsigned webhooks", 30, |greed| {
        Box::pin(greed.half_a_webhook())
    }),
];
/// A connection that sends nothing is held for so long before the next one.
const SILENCE: Duration = Duration::from_secs(2);
const FILE_BYTES: usize = 4_000_000;

type Attack = fn(&Greed) -> Pin<Box<dyn Future<Output = Option<StatusCode>> + Send + '_>>;

/// A business at its worst, with somebody beside it who has no key.
pub struct Greed {
    http: Client,
    key: String,
    gateway: String,
    ingest: String,
    campaign: String,
    audience: Vec<u8>,
    nothing: String,
    many: Value,
    has_to_stop: AtomicBool,
    answers: Mutex<BTreeMap<(&'static str, u16), u64>>,
}

impl Greed {
    /// The key under which a call has to be made before, so that nothing of the bulk calls is stored.
    pub const SPENT_KEY: &'static str = "spent";

    /// A shop's, with a draft to import this audience into.
    ///
    /// # Panics
    /// When no client can be made.
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
            nothing: format!(r#"{{"messages":[{}0]}}"#, "0,".repeat(2_000_000)),
            has_to_stop: AtomicBool::new(false),
            answers: Mutex::default(),
        })
    }

    /// Makes the call whose key is spent afterwards; gives the id of its message.
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

    /// Does all of it until it has to stop.
    pub async fn do_its_worst(self: Arc<Self>) {
        let mut all = JoinSet::new();
        for (name, at_a_time, attack) in ATTACKS {
            for _ in 0..at_a_time {
                let greed = Arc::clone(&self);
                all.spawn(async move {
                    while !greed.has_to_stop.load(Ordering::SeqCst) {
                        if let Some(status) = attack(&greed).await {
                            greed.note(name, status);
                        }
                    }
                });
            }
        }
        let _ = all.join_all().await;
    }

    /// Has it stop after what it is doing.
    pub fn stop(&self) {
        self.has_to_stop.store(true, Ordering::SeqCst);
    }

    /// How often each attack was answered with each status.
    #[must_use]
    pub fn answers(&self) -> BTreeMap<(&'static str, u16), u64> {
        self.answers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Sends so many bytes of a file that never ends, again and again.
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

    /// Bytes that are no picture, which shows when all have come.
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
        answered(request.body(self.nothing.clone())).await
    }

    /// A thousand good messages under a key that belongs to another call: they wait to be stored, and are not.
    async fn send_many(&self) -> Option<StatusCode> {
        let url = format!("{}/v1/messages/bulk", self.gateway);
        let request = self.http.post(url).bearer_auth(&self.key);
        let request = request.header("Idempotency-Key", Self::SPENT_KEY);
        answered(request.json(&self.many)).await
    }

    async fn leave_unread(&self) -> Option<StatusCode> {
        let head = format!("Authorization: Bearer {}", self.key);
        hold(&self.gateway, "GET /v1/messages?limit=1000", &head, 0, b"").await
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

/// A message that is accepted.
fn message(shop: &Shop) -> Value {
    shop.message(&SingleMessage {
        to: "64700001",
        template: "ticket_de_caisse",
        variables: &["Awa", "T-1", "12 500"],
        reference: None,
    })
}

/// Sends the head of a call and a part of what it announces, and holds the connection.
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
