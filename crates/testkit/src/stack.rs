//! The whole product under test: a database, a virtual host, the services as processes, and the simulated Meta in the
//! test's own process (the one part that is never killed).

use std::collections::BTreeMap;

use meta_sim::{SimConfig, Simulator};
use sealing::{MasterKeys, OpaqueSigner, TransitKey};
use secrecy::{ExposeSecret, SecretString};
use storage::Login;

use crate::{ApiClient, Service, Services, TestBroker, TestDb};

/// How a stack differs from the default one.
#[derive(Debug, Clone, Default)]
pub struct StackPlan {
    /// The configuration of the simulated Meta; the webhook URL is filled in.
    pub meta: SimConfig,
    /// Settings of the services by key, such as `logs.level`.
    pub settings: Vec<(&'static str, String)>,
}

/// The keys that the services share.
pub struct StackKeys {
    /// The master key, which seals the keys of businesses.
    pub master: SecretString,
    /// The transit key, which seals what passes through the broker.
    pub transit: SecretString,
    /// The opaque key, which signs the ids sent to Meta.
    pub opaque: SecretString,
}

/// A product under test. Dropping it stops the services before their dependencies.
pub struct Stack {
    /// The processes.
    pub services: Services,
    /// The simulated Meta.
    pub meta: Simulator,
    /// The configuration it was started with.
    pub meta_config: SimConfig,
    /// The keys.
    pub keys: StackKeys,
    /// The virtual host.
    pub broker: TestBroker,
    /// The database.
    pub db: TestDb,
}

impl Stack {
    /// Prepares everything without starting a service.
    ///
    /// # Panics
    /// When Postgres or RabbitMQ is not available.
    pub async fn prepare(plan: StackPlan) -> Self {
        let (db, broker) = (TestDb::start().await, TestBroker::start().await);
        let keys = StackKeys::generate(&db);
        let meta = Simulator::start(plan.meta.clone())
            .await
            .expect("the simulator starts");
        let mut services = Services::new(settings(&db, &broker, &keys, &plan.meta, &meta));
        for (key, value) in plan.settings {
            services.set(key, value);
        }
        meta.set_webhook_url(Some(services.url(Service::WebhookIngest, "/webhooks/meta")));
        Self {
            services,
            meta,
            meta_config: plan.meta,
            keys,
            broker,
            db,
        }
    }

    /// Prepares everything and starts all services.
    ///
    /// # Panics
    /// When a part does not start.
    pub async fn start(plan: StackPlan) -> Self {
        let mut stack = Self::prepare(plan).await;
        stack.services.start_all(&Service::ALL).await;
        stack
    }

    /// The API without a key.
    #[must_use]
    pub fn api(&self) -> ApiClient {
        ApiClient::new(self.services.url(Service::Gateway, ""))
    }

    /// The API with a new platform key, created by the CLI.
    ///
    /// # Panics
    /// When the key cannot be created.
    pub async fn platform(&self) -> ApiClient {
        let made = self
            .services
            .run(&["key", "create", "--platform", "--name", "Im.Age Commerce"])
            .await;
        let complaint = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "no key was made: {complaint}");
        let key = String::from_utf8(made.stdout).expect("a key is text");
        self.api().with_key(key.trim())
    }
}

impl StackKeys {
    fn generate(db: &TestDb) -> Self {
        let _ = MasterKeys::parse(&db.master_key).expect("a generated master key is valid");
        Self {
            master: db.master_key.clone(),
            transit: TransitKey::generate_text().expect("the system has randomness"),
            opaque: OpaqueSigner::generate_text().expect("the system has randomness"),
        }
    }
}

fn settings(
    db: &TestDb,
    broker: &TestBroker,
    keys: &StackKeys,
    config: &SimConfig,
    meta: &Simulator,
) -> BTreeMap<String, String> {
    let secret = |text: &SecretString| text.expose_secret().to_owned();
    let urls = Login::ALL.map(|login| (login.setting(), db.url(login)));
    let settings = [
        ("broker.url", broker.url.clone()),
        ("sealing.master_key", secret(&keys.master)),
        ("sealing.transit_key", secret(&keys.transit)),
        ("sealing.opaque_key", secret(&keys.opaque)),
        ("meta.base_url", meta.base_url()),
        ("meta.app_id", config.app_id.clone()),
        ("meta.app_secret", config.app_secret.clone()),
        ("ingest.verify_token", config.verify_token.clone()),
        ("database.request_connections", "4".to_owned()),
        ("database.worker_connections", "6".to_owned()),
        ("gateway.workers", "2".to_owned()),
    ];
    settings
        .into_iter()
        .chain(urls)
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}
