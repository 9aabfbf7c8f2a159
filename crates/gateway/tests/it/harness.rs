//! A running gateway with all its dependencies, and the projector, which runs in the same process.

use std::time::Duration;

use bootstrap::Context;
use bootstrap::shutdown::Shutdown;
use broker::{Broker, Queue};
use cloud_api::CloudApiSettings;
use common::secret::AppSecret;
use common::wire::Wire;
use gateway::{Gateway, GatewaySettings, Settings};
use meta_sim::{SimConfig, Simulator, sample};
use projector::Projector;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use sealing::{OpaqueSigner, TransitKey};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use storage::{Login, Store};
use testkit::{TestBroker, TestDb};
use tokio::task::JoinSet;
use uuid::Uuid;

/// A gateway, its database, its broker, and Meta.
pub(crate) struct Harness {
    pub(crate) db: TestDb,
    pub(crate) broker: TestBroker,
    pub(crate) meta: Simulator,
    pub(crate) context: Context,
    /// The platform's key.
    pub(crate) platform: String,
    pub(crate) keys: Keys,
    settings: Settings,
    base: String,
    client: Client,
    running: JoinSet<()>,
}

/// The keys that the projector shares with other services.
pub(crate) struct Keys {
    transit: SecretString,
    opaque: SecretString,
}

/// A business with a key of its own.
pub(crate) struct Business {
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) key_id: String,
}

/// A complete answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Harness {
    pub(crate) async fn start() -> Self {
        Self::start_with(GatewaySettings::default()).await
    }

    pub(crate) async fn start_with(gateway: GatewaySettings) -> Self {
        let db = TestDb::start().await;
        let store = db.store_of(Login::Gateway);
        Self::start_on(db, store, gateway).await
    }

    /// With row-level security as the only separation between businesses.
    pub(crate) async fn start_unfiltered() -> Self {
        let db = TestDb::start().await;
        let store = db.store_of(Login::Gateway).without_application_filter();
        Self::start_on(db, store, GatewaySettings::default()).await
    }

    async fn start_on(db: TestDb, store: Store, gateway: GatewaySettings) -> Self {
        let broker = TestBroker::start().await;
        let config = SimConfig {
            require_appsecret_proof: true,
            ..SimConfig::default()
        };
        let meta = Simulator::start(config).await.unwrap();
        let context = Context::new(Shutdown::new());
        let settings = Settings {
            gateway: GatewaySettings {
                address: ([127, 0, 0, 1], 0).into(),
                workers: Some(2),
                ..gateway
            },
            cloud_api: cloud_api(&meta),
        };
        let key = storage::api_keys::create_platform(&db.store, "tests", context.clock.now())
            .await
            .unwrap();
        let mut harness = Self {
            platform: key.text.expose_secret().to_owned(),
            db,
            broker,
            meta,
            keys: Keys {
                transit: TransitKey::generate_text().unwrap(),
                opaque: OpaqueSigner::generate_text().unwrap(),
            },
            settings,
            base: String::new(),
            client: Client::builder()
                .timeout(Duration::from_secs(30))
                .build()
                .unwrap(),
            running: JoinSet::new(),
            context,
        };
        harness.run(store);
        harness
    }

    /// Starts the API and the projector.
    fn run(&mut self, store: Store) {
        let context = &self.context;
        let rabbitmq = context.health.dependency("rabbitmq");
        let told = move |state| rabbitmq.report(state);
        let settings = self.broker.settings();
        let broker = Broker::connect(&settings, "test", context.clock.clone(), told).unwrap();
        let (transit, signer) = (self.keys.transit(), self.keys.signer());
        let projector = Projector::new(store.clone(), &broker, transit, signer, context.clone());
        let settings = self.settings.clone();
        let gateway = Gateway::start(settings, store, broker.publisher(), context.clone()).unwrap();
        self.base = format!("http://{}", gateway.address());
        self.running.spawn(projector.run());
        self.running
            .spawn(async move { gateway.wait().await.unwrap() });
    }

    /// Address and port of the API.
    pub(crate) fn address(&self) -> &str {
        self.base.trim_start_matches("http://")
    }

    pub(crate) fn request(&self, method: Method, path: &str, key: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(key)
    }

    /// A request without a key.
    pub(crate) fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    pub(crate) async fn get(&self, key: &str, path: &str) -> Answer {
        send(self.request(Method::GET, path, key)).await
    }

    /// A POST under an `Idempotency-Key` of its own.
    pub(crate) async fn post(&self, key: &str, path: &str, body: &Value) -> Answer {
        self.post_as(key, path, &Uuid::new_v4().to_string(), body)
            .await
    }

    pub(crate) async fn post_as(
        &self,
        key: &str,
        path: &str,
        idempotency_key: &str,
        body: &Value,
    ) -> Answer {
        let request = self
            .request(Method::POST, path, key)
            .header("Idempotency-Key", idempotency_key);
        send(request.json(body)).await
    }

    /// A business with a key of its own.
    pub(crate) async fn business(&self, name: &str) -> Business {
        let made = self
            .post(&self.platform, "/v1/businesses", &json!({ "name": name }))
            .await;
        let id = made.expect(StatusCode::CREATED)["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let path = format!("/v1/businesses/{id}/keys");
        let made = self
            .post(&self.platform, &path, &json!({ "name": "till 1" }))
            .await;
        let key = made.expect(StatusCode::CREATED);
        Business {
            id,
            key: key["key"].as_str().unwrap().to_owned(),
            key_id: key["id"].as_str().unwrap().to_owned(),
        }
    }

    /// The sample number of the simulator, connected.
    pub(crate) async fn connect_number(&self, business: &Business) -> Value {
        let answer = self
            .post(&business.key, "/v1/numbers", &number_with(sample::TOKEN))
            .await;
        answer.expect(StatusCode::CREATED)
    }

    /// A second connection to the broker.
    pub(crate) fn connect_broker(&self) -> Broker {
        self.broker.connect(self.context.clock.clone())
    }

    /// The next payload that the gateway published to a queue.
    pub(crate) async fn next_payload<W: Wire>(&self, queue: Queue) -> W {
        let broker = self.connect_broker();
        let mut words = broker.consumer().subscribe::<W>(queue, 10);
        let stop = self.context.shutdown.token();
        let batch = words.next_batch(1, Duration::ZERO, &stop);
        let batch = tokio::time::timeout(Duration::from_secs(10), batch).await;
        let delivery = batch.expect("a payload within 10 s").unwrap().remove(0);
        words.ack([delivery.handle]).await;
        delivery.payload
    }

    /// Stops the gateway as SIGTERM does and waits for its exit.
    pub(crate) async fn stop(&mut self) {
        self.context.shutdown.trigger();
        let running = std::mem::take(&mut self.running);
        tokio::time::timeout(Duration::from_secs(20), running.join_all())
            .await
            .expect("the gateway exits within 20 s");
    }

    /// Stops the gateway and starts another one on the same database and broker, with empty caches.
    pub(crate) async fn restart(&mut self) {
        self.stop().await;
        self.context = Context::new(Shutdown::new());
        self.run(self.db.store_of(Login::Gateway));
    }
}

impl Keys {
    pub(crate) fn transit(&self) -> TransitKey {
        TransitKey::parse(&self.transit).unwrap()
    }

    pub(crate) fn signer(&self) -> OpaqueSigner {
        OpaqueSigner::new(&self.opaque).unwrap()
    }
}

impl Drop for Harness {
    fn drop(&mut self) {
        self.context.shutdown.trigger();
        // They stop by themselves.
        self.running.detach_all();
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        let text = String::from_utf8_lossy(&self.body);
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("not JSON: {} {text}", self.status))
    }

    /// The JSON of an answer that must have this status.
    pub(crate) fn expect(&self, status: StatusCode) -> Value {
        assert_eq!(
            self.status,
            status,
            "{}",
            String::from_utf8_lossy(&self.body)
        );
        self.json()
    }

    /// The code of an answer that must be a problem with this status.
    pub(crate) fn problem(&self, status: u16) -> String {
        let text = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{text}");
        assert_eq!(self.header("content-type"), "application/problem+json");
        let body = self.json();
        assert_eq!(body["status"], status);
        assert!(body["title"].is_string());
        body["type"]
            .as_str()
            .unwrap()
            .strip_prefix("urn:djigbachats:problem:")
            .unwrap()
            .to_owned()
    }

    /// The JSON pointers of a problem.
    pub(crate) fn pointers(&self) -> Vec<String> {
        let body = self.json();
        let errors = body["errors"].as_array().cloned().unwrap_or_default();
        errors
            .iter()
            .filter_map(|error| error["pointer"].as_str().map(ToOwned::to_owned))
            .collect()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }
}

pub(crate) async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    Answer {
        status,
        headers,
        body: response.bytes().await.unwrap().to_vec(),
    }
}

/// The simulator's sample number with a token.
pub(crate) fn number_with(token: &str) -> Value {
    json!({ "waba_id": sample::WABA_ID, "phone_number_id": sample::PHONE_NUMBER_ID, "access_token": token })
}

fn cloud_api(meta: &Simulator) -> CloudApiSettings {
    CloudApiSettings {
        base_url: meta.base_url(),
        api_version: "v25.0".to_owned(),
        app_id: sample::APP_ID.parse().unwrap(),
        app_secret: AppSecret::new(sample::APP_SECRET.to_owned()),
        appsecret_proof: true,
        connect_timeout_ms: 1_000,
        request_timeout_ms: 2_000,
    }
}
