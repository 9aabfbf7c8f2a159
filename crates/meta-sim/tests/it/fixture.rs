//! The fixture: a simulator, a client, and a receiver that stores its webhooks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web::{Bytes, Data, Query};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use meta_sim::{SimConfig, Simulator, WebhookBehaviour, sample};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use std::collections::HashMap;
use tokio::sync::Mutex;

/// A received webhook.
#[derive(Debug, Clone)]
pub(crate) struct ReceivedWebhook {
    pub(crate) raw: Vec<u8>,
    pub(crate) signature: String,
}

impl ReceivedWebhook {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.raw).unwrap()
    }
}

/// The webhook receiver.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    received: Mutex<Vec<ReceivedWebhook>>,
    /// The status answered instead of 200, unless 0.
    pub(crate) refuse_with: AtomicU16,
    /// The number of POSTs still to be refused.
    pub(crate) refusals_left: AtomicU16,
}

impl Inbox {
    pub(crate) async fn all(&self) -> Vec<ReceivedWebhook> {
        self.received.lock().await.clone()
    }

    /// Every status of every webhook, in the order of arrival.
    pub(crate) async fn statuses(&self) -> Vec<Value> {
        let mut statuses = Vec::new();
        for got in self.all().await {
            for entry in got.json()["entry"].as_array().unwrap() {
                for change in entry["changes"].as_array().unwrap() {
                    let of_change = change["value"]["statuses"].as_array();
                    statuses.extend(of_change.cloned().unwrap_or_default());
                }
            }
        }
        statuses
    }

    /// `sent`, `delivered` … of every status, in the order of arrival.
    pub(crate) async fn status_names(&self) -> Vec<String> {
        let statuses = self.statuses().await;
        statuses
            .iter()
            .map(|status| status["status"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// The fixture of a test.
pub(crate) struct Fixture {
    pub(crate) sim: Simulator,
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) http: reqwest::Client,
    receiver: ServerHandle,
}

impl Fixture {
    pub(crate) async fn start() -> Self {
        Self::with(SimConfig {
            behaviour: WebhookBehaviour::quick(),
            ..Default::default()
        })
        .await
    }

    pub(crate) async fn behaving(behaviour: WebhookBehaviour) -> Self {
        Self::with(SimConfig {
            behaviour,
            ..Default::default()
        })
        .await
    }

    pub(crate) async fn with(config: SimConfig) -> Self {
        let inbox = Arc::new(Inbox::default());
        let (receiver, url) = receive(Arc::clone(&inbox));
        let sim = Simulator::start(SimConfig {
            webhook_url: Some(url),
            ..config
        })
        .await
        .unwrap();
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(10))
            .build()
            .unwrap();
        Self {
            sim,
            inbox,
            http,
            receiver,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.sim.base_url())
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        self.get_as(sample::TOKEN, path).await
    }

    pub(crate) async fn get_as(&self, token: &str, path: &str) -> (u16, Value) {
        let response = self
            .http
            .get(self.url(path))
            .bearer_auth(token)
            .send()
            .await
            .unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let request = self
            .http
            .post(self.url(path))
            .bearer_auth(sample::TOKEN)
            .json(body);
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.json().await.unwrap_or_default())
    }

    /// Sends a message and returns the status and the body.
    pub(crate) async fn send(&self, message: &Value) -> (u16, Value) {
        self.post(&messages_path(), message).await
    }

    /// Sends a message that gets no proper answer.
    pub(crate) async fn send_raw(&self, message: &Value) -> reqwest::Result<reqwest::Response> {
        let url = self.url(&messages_path());
        self.http
            .post(url)
            .bearer_auth(sample::TOKEN)
            .json(message)
            .send()
            .await
    }

    /// Sends a message that must be accepted; returns its wamid.
    pub(crate) async fn accepted(&self, message: &Value) -> String {
        let (status, body) = self.send(message).await;
        assert_eq!(status, 200, "{body}");
        body["messages"][0]["id"].as_str().unwrap().to_owned()
    }

    /// The code with which a message is refused, and the HTTP status.
    pub(crate) async fn refused(&self, message: &Value) -> (u16, i64) {
        let (status, body) = self.send(message).await;
        (
            status,
            body["error"]["code"]
                .as_i64()
                .unwrap_or_else(|| panic!("not refused: {body}")),
        )
    }

    /// Uploads a file for the first sample number and returns the status and the body.
    pub(crate) async fn upload(&self, mime_type: &str, content: Vec<u8>) -> (u16, Value) {
        let part = Part::bytes(content).file_name("file");
        let form = Form::new()
            .text("messaging_product", "whatsapp")
            .part("file", part.mime_str(mime_type).unwrap());
        let path = format!("/v25.0/{}/media", sample::PHONE_NUMBER_ID);
        let request = self.http.post(self.url(&path)).bearer_auth(sample::TOKEN);
        let response = request.multipart(form).send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.json().await.unwrap())
    }

    /// Uploads a file that must be accepted; returns its id.
    pub(crate) async fn uploaded(&self, mime_type: &str, content: &[u8]) -> String {
        let (status, body) = self.upload(mime_type, content.to_vec()).await;
        assert_eq!(status, 200, "{body}");
        body["id"].as_str().unwrap().to_owned()
    }

    /// Waits until every webhook was posted.
    pub(crate) async fn settled(&self) {
        let settled = tokio::time::timeout(Duration::from_secs(10), self.sim.settled());
        settled
            .await
            .expect("webhooks are still outstanding after ten seconds");
    }

    pub(crate) async fn stop(self) {
        self.sim.stop().await;
        self.receiver.stop(false).await;
    }
}

pub(crate) fn messages_path() -> String {
    format!("/v25.0/{}/messages", sample::PHONE_NUMBER_ID)
}

/// A receipt for a recipient, under an id of ours.
pub(crate) fn receipt(to: &str, opaque: &str) -> Value {
    let texts = ["Awa", "T-0412", "12 500"].map(|text| json!({"type": "text", "text": text}));
    json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": to,
        "type": "template",
        "biz_opaque_callback_data": opaque,
        "template": {
            "name": "ticket_de_caisse",
            "language": {"code": "fr"},
            "components": [{"type": "body", "parameters": texts}],
        },
    })
}

/// A template with these components.
pub(crate) fn template(name: &str, components: &Value) -> Value {
    json!({
        "messaging_product": "whatsapp",
        "to": "+22670000001",
        "type": "template",
        "template": {"name": name, "language": {"code": "fr"}, "components": components},
    })
}

pub(crate) fn text(to: &str) -> Value {
    json!({
        "messaging_product": "whatsapp",
        "to": to,
        "type": "text",
        "text": {"body": "Votre commande est prête"},
    })
}

fn receive(inbox: Arc<Inbox>) -> (ServerHandle, String) {
    let server = HttpServer::new(move || {
        App::new()
            .app_data(Data::from(Arc::clone(&inbox)))
            .app_data(web::PayloadConfig::new(4 * 1_024 * 1_024))
            .route("/hook", web::post().to(take))
            .route("/hook", web::get().to(handshake))
    })
    .workers(1)
    .disable_signals()
    .bind("127.0.0.1:0")
    .unwrap();
    let url = format!("http://{}/hook", server.addrs()[0]);
    let running = server.run();
    let handle = running.handle();
    tokio::spawn(running);
    (handle, url)
}

async fn take(request: HttpRequest, body: Bytes, inbox: Data<Inbox>) -> HttpResponse {
    let left = inbox.refusals_left.load(Ordering::SeqCst);
    if left > 0 {
        inbox.refusals_left.store(left - 1, Ordering::SeqCst);
        let status = inbox.refuse_with.load(Ordering::SeqCst);
        return HttpResponse::build(status.try_into().unwrap()).finish();
    }
    let signature = request.headers().get("X-Hub-Signature-256").unwrap();
    let signature = signature.to_str().unwrap().to_owned();
    inbox.received.lock().await.push(ReceivedWebhook {
        raw: body.to_vec(),
        signature,
    });
    HttpResponse::Ok().finish()
}

async fn handshake(query: Query<HashMap<String, String>>) -> HttpResponse {
    let right = query
        .get("hub.mode")
        .is_some_and(|mode| mode == "subscribe")
        && query
            .get("hub.verify_token")
            .is_some_and(|token| token == sample::VERIFY_TOKEN);
    match query.get("hub.challenge") {
        Some(challenge) if right => HttpResponse::Ok()
            .content_type("text/plain")
            .body(challenge.clone()),
        _ => HttpResponse::Forbidden().finish(),
    }
}
