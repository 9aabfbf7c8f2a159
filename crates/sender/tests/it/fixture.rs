//! The fixture of the sender tests: a shop in Ouagadougou, its messages, and a sender that can be started and stopped.

use std::sync::Arc;
use std::time::Duration;

use bootstrap::Context;
use bootstrap::clock::SystemClock;
use bootstrap::shutdown::Shutdown;
use broker::{Broker, Queue};
use chrono::{DateTime, TimeDelta, Utc};
use cloud_api::CloudApiSettings;
use common::clock::SharedClock;
use common::ids::{BusinessId, MediaId, MessageId};
use common::media::MediaType;
use common::message::{HeldReason, Lane, MessageState, OpaqueId};
use common::recipient::Recipient;
use common::secret::{AccessToken, AppSecret};
use common::template::Category;
use common::wire::{MessageRef, SendMessages};
use meta_sim::{Account, SimConfig, Simulator, Template, sample};
use sealing::{HashDomain, OpaqueSigner};
use secrecy::SecretString;
use sender::{DispatchSettings, PairRateLimitSettings, ReaperSettings, SenderSettings, Settings};
use serde_json::{Value, json};
use storage::Login;
use storage::access_tokens::{self, ConfirmedToken};
use storage::businesses::{self, Business};
use storage::idempotency_keys::StoredAnswer;
use storage::lookup;
use storage::media::{self, Media};
use storage::messages::TemplateContent;
use testkit::{TestBroker, TestDb, eventually};
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use worker_storage::accept::{self, NewMessage, PendingAccept};

/// Time limit for expected effects.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(20);
/// A client of the shop.
pub(crate) const AWA: &str = "+22670112233";

/// The simulated account's receipt with a PDF.
const TICKET_PDF: &str = "1689556908129809";
/// The simulated account's receipt, marketing offer and one-time code.
const TEMPLATES: [(&str, &str, &str); 3] = [
    ("1689556908129801", "ticket_de_caisse", "UTILITY"),
    ("1689556908129803", "offre_fidelite", "MARKETING"),
    ("1689556908129805", "code_connexion", "AUTHENTICATION"),
];

/// A shop and the sender's dependencies.
pub(crate) struct Fixture {
    pub(crate) business_id: BusinessId,
    pub(crate) meta: Simulator,
    pub(crate) db: TestDb,
    pub(crate) admin: tokio_postgres::Client,
    pub(crate) broker: Broker,
    vhost: TestBroker,
    opaque_key: SecretString,
    clock: SharedClock,
}

/// A running sender, on a runtime of its own so that it can be killed.
pub(crate) struct Running {
    shutdown: Shutdown,
    work: JoinHandle<()>,
    runtime: Option<Runtime>,
}

/// A message as stored in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) state: MessageState,
    pub(crate) held: Option<HeldReason>,
    pub(crate) attempt: i16,
    pub(crate) possible_duplicate: bool,
    pub(crate) error_code: Option<i32>,
}

/// Settings with intervals of milliseconds.
pub(crate) fn quick() -> SenderSettings {
    SenderSettings {
        consent_lag_ms: 600_000,
        // Limits so high that a busy machine does not change the counts of a test.
        post_within_ms: 10_000,
        send_slot_ms: 1_000,
        // Many messages of a test go to the same client.
        pair_rate_limit: PairRateLimitSettings {
            every_ms: 0,
            ..PairRateLimitSettings::default()
        },
        reaper: ReaperSettings {
            due_every_ms: 30,
            sweep_every_ms: 100,
            ..ReaperSettings::default()
        },
        dispatch: DispatchSettings {
            every_ms: 30,
            idle_ms: 30,
            ..DispatchSettings::default()
        },
        ..SenderSettings::default()
    }
}

impl Fixture {
    /// A shop with a number, a token and templates, and all opt-outs applied.
    pub(crate) async fn start() -> Self {
        Self::with(SimConfig::default()).await
    }

    /// The same with a Meta without throughput limits: its ledger shows the send rate of the sender.
    pub(crate) async fn without_throttles() -> Self {
        Self::with(SimConfig {
            limits: meta_sim::Limits::none(),
            ..SimConfig::default()
        })
        .await
    }

    pub(crate) async fn with(config: SimConfig) -> Self {
        let (db, vhost) = (TestDb::start().await, TestBroker::start().await);
        let meta = Simulator::start(SimConfig {
            keep_bodies: true,
            ..config
        })
        .await
        .unwrap();
        let clock: SharedClock = Arc::new(SystemClock);
        let broker = vhost.connect(Arc::clone(&clock));
        let admin = db.admin().await;
        let business_id = BusinessId::new(clock.now());
        let opaque_key = OpaqueSigner::generate_text().unwrap();
        let fixture = Self {
            business_id,
            meta,
            db,
            admin,
            broker,
            vhost,
            opaque_key,
            clock,
        };
        fixture.open_shop().await;
        fixture.apply_opt_outs().await;
        fixture
    }

    async fn open_shop(&self) {
        let (id, waba, number) = (self.business_id, sample::WABA_ID, sample::PHONE_NUMBER_ID);
        let store = &self.db.store;
        let business = Business {
            id,
            name: "Boutique Faso".to_owned(),
            country: "BF".to_owned(),
            created_at: self.clock.now(),
        };
        let mut transaction = store.platform().await.unwrap();
        businesses::insert(&mut transaction, store, &business)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        let rows = format!(
            "insert into wabas values ('{id}', '{waba}', now());
             insert into phone_numbers values ('{id}', '{number}', '{waba}', '+226 25 30 61 00', 'Boutique Faso',
                 'GREEN', 'STANDARD', 'TIER_UNLIMITED', 1, null, now());
             insert into number_send_rates values ('{id}', '{number}', now(), 0, now());"
        );
        self.admin.batch_execute(&rows).await.unwrap();
        for (template, name, category) in TEMPLATES {
            let variables = if category == "UTILITY" {
                "{{1}} {{2}} {{3}}"
            } else {
                "{{1}} {{2}}"
            };
            let body = json!([{"type": "BODY", "text": format!("Bonjour {variables}")}]);
            let insert = "insert into templates
                values ($1, $2, $3, $4, 'fr', $5, 'APPROVED', 'POSITIONAL', $6, null, null, now())";
            let row: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
                [&id.as_uuid(), &template, &waba, &name, &category, &body];
            self.admin.execute(insert, &row).await.unwrap();
        }
        let insert = format!(
            "insert into templates values ('{id}', '{TICKET_PDF}', '{waba}', 'ticket_pdf', 'fr', 'UTILITY', 'APPROVED',
                 'POSITIONAL', '[]', null, null, now())"
        );
        self.sql(&insert).await;
        self.keep_token(sample::TOKEN).await;
    }

    /// Stores a token of the account and connects the number, as reconnecting does.
    pub(crate) async fn keep_token(&self, token: &str) {
        let scope = self.db.store.business(self.business_id);
        let confirmed = ConfirmedToken {
            waba_id: sample::WABA_ID.parse().unwrap(),
            token: AccessToken::new(token.to_owned()),
            expires_at: None,
            confirmed_at: self.clock.now(),
        };
        let keys = scope.keys().await.unwrap();
        let mut transaction = scope.begin().await.unwrap();
        access_tokens::put(&mut transaction, &scope, &keys, &confirmed)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        self.sql("update phone_numbers set connection = 1, stopped_reason = null")
            .await;
    }

    /// Advances the consent watermark to now.
    pub(crate) async fn apply_opt_outs(&self) {
        worker_storage::project::advance_consent_watermark(&self.db.store, self.clock.now())
            .await
            .unwrap();
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Records the opt-out of a client.
    pub(crate) async fn opt_out(&self, recipient: &str) {
        let keys = self.db.store.keys(self.business_id).await.unwrap();
        let hash = lookup::hash(&keys, &Recipient::from_stored(recipient).unwrap());
        let insert = "insert into suppressions values ($1, $2, $3, '', 'keyword', now(), null)";
        let bytes: &[u8] = &hash.bytes;
        self.admin
            .execute(
                insert,
                &[&self.business_id.as_uuid(), &bytes, &hash.version],
            )
            .await
            .unwrap();
    }

    /// Starts a sender.
    pub(crate) fn send(&self, settings: SenderSettings) -> Running {
        let shutdown = Shutdown::new();
        let context = Context::with_clock(Arc::clone(&self.clock), shutdown.clone());
        let settings = self.settings(settings);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let work = runtime.spawn(async move { sender::run(settings, context).await.unwrap() });
        Running {
            shutdown,
            work,
            runtime: Some(runtime),
        }
    }

    /// Returns the error with which a sender rejects these settings.
    pub(crate) async fn refused(&self, settings: SenderSettings) -> String {
        let context = Context::with_clock(Arc::clone(&self.clock), Shutdown::new());
        let run = sender::run(self.settings(settings), context).await;
        run.unwrap_err().to_string()
    }

    fn settings(&self, settings: SenderSettings) -> Settings {
        Settings {
            sender: settings,
            database: self.db.settings(Login::Sender),
            broker: self.vhost.settings(),
            cloud_api: CloudApiSettings {
                base_url: self.meta.base_url(),
                api_version: "v25.0".to_owned(),
                app_id: sample::APP_ID.parse().unwrap(),
                app_secret: AppSecret::new(sample::APP_SECRET.to_owned()),
                appsecret_proof: true,
                connect_timeout_ms: 2_000,
                request_timeout_ms: 5_000,
            },
            master_key: self.db.master_key.clone(),
            opaque_key: self.opaque_key.clone(),
        }
    }

    /// Accepts a message and publishes its job.
    pub(crate) async fn order(&self, category: Category, recipient: &str) -> MessageId {
        let id = self.accept(category.clone(), recipient, None).await;
        self.publish(Lane::of_single(&category), &[id]).await;
        id
    }

    /// Accepts a message, as the gateway does before publishing.
    pub(crate) async fn accept(
        &self,
        category: Category,
        recipient: &str,
        expires_at: Option<DateTime<Utc>>,
    ) -> MessageId {
        let (id, at) = (MessageId::new(self.clock.now()), self.clock.now());
        let (template_id, name, _) = TEMPLATES
            .into_iter()
            .find(|row| row.2 == category.as_meta())
            .unwrap();
        let message = NewMessage {
            id,
            phone_number_id: sample::PHONE_NUMBER_ID.parse().unwrap(),
            template_id: Some(template_id.parse().unwrap()),
            recipient: Recipient::from_stored(recipient).unwrap(),
            content: TemplateContent {
                template: name.to_owned(),
                language: "fr".to_owned(),
                components: components(&category),
            }
            .into(),
            category,
            media_ids: Vec::new(),
            reference: None,
            expires_at,
            offer_ends_at: None,
            accepted_at: at,
        };
        self.store(message).await;
        id
    }

    /// Accepts a message with a file in its header.
    pub(crate) async fn accept_with(&self, media_id: MediaId, recipient: &str) -> MessageId {
        let (id, at) = (MessageId::new(self.clock.now()), self.clock.now());
        let file =
            json!({"type": "document", "document": {"id": media_id, "filename": "ticket.pdf"}});
        let header = json!({"type": "header", "parameters": [file]});
        let name = json!({"type": "body", "parameters": [{"type": "text", "text": "Awa"}]});
        let message = NewMessage {
            id,
            phone_number_id: sample::PHONE_NUMBER_ID.parse().unwrap(),
            template_id: Some(TICKET_PDF.parse().unwrap()),
            recipient: Recipient::from_stored(recipient).unwrap(),
            content: TemplateContent {
                template: "ticket_pdf".to_owned(),
                language: "fr".to_owned(),
                components: json!([header, name]),
            }
            .into(),
            category: Category::Utility,
            media_ids: vec![media_id],
            reference: None,
            expires_at: None,
            offer_ends_at: None,
            accepted_at: at,
        };
        self.store(message).await;
        id
    }

    /// Adds a marketing template of these components, here and at Meta.
    pub(crate) async fn put_template(&self, template_id: &str, components: &Value) {
        let (business, waba) = (self.business_id.as_uuid(), sample::WABA_ID);
        let insert = "insert into templates
            values ($1, $2, $3, 'nouveautes', 'fr', 'MARKETING', 'APPROVED', 'POSITIONAL', $4, null, null, now())";
        self.admin
            .execute(insert, &[&business, &template_id, &waba, components])
            .await
            .unwrap();
        let template = Template {
            id: template_id.to_owned(),
            name: "nouveautes".to_owned(),
            category: "MARKETING".to_owned(),
            components: components.as_array().unwrap().clone(),
            ..Template::default()
        };
        let account = Account {
            waba_id: waba.to_owned(),
            templates: vec![template],
            ..Account::default()
        };
        self.meta.put_account(account).unwrap();
    }

    /// Stores a message as the gateway does.
    pub(crate) async fn store(&self, message: NewMessage) {
        let (id, at) = (message.id, message.accepted_at);
        let keys = self.db.store.keys(self.business_id).await.unwrap();
        let key = keys.lookup_hash(HashDomain::IdempotencyKey, id.to_string().as_bytes());
        let answer = StoredAnswer {
            fingerprint: vec![1],
            status: 202,
            body: b"{}".to_vec(),
        };
        let pending = PendingAccept::seal(&keys, &[message], key.bytes, answer).unwrap();
        accept::commit(&self.db.store, at, &[pending])
            .await
            .unwrap();
    }

    /// A client wrote to the number that long ago, as recorded by the projector and by Meta; returns Meta's id of the
    /// message. For Meta it is just now.
    pub(crate) async fn client_wrote(&self, client: &str, ago: TimeDelta) -> String {
        let keys = self.db.store.keys(self.business_id).await.unwrap();
        let hash = lookup::hash(&keys, &Recipient::from_stored(client).unwrap());
        let bytes: &[u8] = &hash.bytes;
        let at = self.clock.now() - ago;
        let insert = "insert into service_windows values ($1, $2, $3, $4, $5)";
        let row: [&(dyn tokio_postgres::types::ToSql + Sync); 5] = [
            &self.business_id.as_uuid(),
            &sample::PHONE_NUMBER_ID,
            &bytes,
            &hash.version,
            &at,
        ];
        self.admin.execute(insert, &row).await.unwrap();
        self.meta
            .record_inbound(sample::PHONE_NUMBER_ID, client)
            .unwrap()
    }

    /// Stores a PDF of the shop.
    pub(crate) async fn keep_pdf(&self, bytes: usize) -> MediaId {
        self.keep_file("application/pdf", bytes).await
    }

    /// Stores a file of the shop.
    pub(crate) async fn keep_file(&self, media_type: &str, bytes: usize) -> MediaId {
        let mut content = b"%PDF-1.7 ".to_vec();
        content.resize(bytes, b'x');
        let new = Media {
            id: MediaId::new(self.clock.now()),
            media_type: MediaType::of_content_type(media_type).unwrap(),
            size_bytes: i32::try_from(bytes).unwrap(),
            filename: None,
        };
        let scope = self.db.store.business(self.business_id);
        let keys = scope.keys().await.unwrap();
        let mut transaction = scope.begin().await.unwrap();
        media::insert(&mut transaction, &scope, &keys, &new, &content)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        new.id
    }

    /// Publishes a job.
    pub(crate) async fn publish(&self, lane: Lane, ids: &[MessageId]) {
        let refs = ids.iter().map(|id| MessageRef {
            business_id: self.business_id,
            message_id: *id,
            trace_id: None,
        });
        let job = SendMessages {
            lane,
            phone_number_id: None,
            messages: refs.collect(),
        };
        let publisher = self.broker.publisher();
        eventually("the job is published", TIMEOUT, async || {
            publisher
                .publish(Queue::of_lane(lane), &job, None)
                .await
                .ok()
        })
        .await;
    }

    /// The opaque id with which an attempt is posted.
    pub(crate) fn opaque_id(&self, message_id: MessageId, attempt: u16) -> String {
        let signer = OpaqueSigner::new(&self.opaque_key).unwrap();
        let business_id = self.business_id;
        let signature = signer.sign(&OpaqueId::signed_part(business_id, message_id, attempt));
        OpaqueId {
            business_id,
            message_id,
            attempt,
            signature,
        }
        .to_string()
    }

    /// How often Meta accepted the message, over all attempts.
    pub(crate) fn copies(&self, message_id: MessageId) -> u32 {
        (1..10)
            .map(|attempt| {
                self.meta
                    .accepted_times(&self.opaque_id(message_id, attempt))
            })
            .sum()
    }

    pub(crate) async fn sql(&self, sql: &str) {
        self.admin.batch_execute(sql).await.unwrap();
    }

    pub(crate) async fn stored(&self, id: MessageId) -> Stored {
        let sql = "select state, held_reason, attempt, possible_duplicate, error_code from messages where id = $1";
        let row = self.admin.query_one(sql, &[&id.as_uuid()]).await.unwrap();
        let held: Option<i16> = row.get(1);
        Stored {
            state: MessageState::from_code(row.get(0)).unwrap(),
            held: held.and_then(HeldReason::from_code),
            attempt: row.get(2),
            possible_duplicate: row.get(3),
            error_code: row.get(4),
        }
    }

    /// Waits until the message is in a state.
    pub(crate) async fn until(&self, id: MessageId, state: MessageState) -> Stored {
        let what = format!("the message is {}", state.as_str());
        eventually(&what, TIMEOUT, async || {
            Some(self.stored(id).await).filter(|stored| stored.state == state)
        })
        .await
    }

    /// Waits until the message is held for a reason.
    pub(crate) async fn until_held(&self, id: MessageId, reason: HeldReason) -> Stored {
        let stored = self.until(id, MessageState::Held).await;
        assert_eq!(stored.held, Some(reason));
        stored
    }

    /// The types of the events of a message, in order.
    pub(crate) async fn events(&self, id: MessageId) -> Vec<String> {
        let sql = "select type from events where message_id = $1 order by number";
        let rows = self.admin.query(sql, &[&id.as_uuid()]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// The number of due and waiting rows.
    pub(crate) async fn due_rows(&self) -> i64 {
        self.admin
            .query_one("select count(*) from due_messages", &[])
            .await
            .unwrap()
            .get(0)
    }

    /// The outcomes of a message's attempts, in order.
    pub(crate) async fn outcomes(&self, id: MessageId) -> Vec<i16> {
        let sql = "select outcome from attempts where message_id = $1 order by attempt";
        let rows = self.admin.query(sql, &[&id.as_uuid()]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }
}

impl Running {
    /// Asks the sender to stop and waits for its exit.
    pub(crate) async fn stop(mut self) {
        self.shutdown.trigger();
        tokio::time::timeout(TIMEOUT, &mut self.work)
            .await
            .unwrap()
            .unwrap();
    }

    /// Kills the sender: nothing is given back or recorded.
    pub(crate) fn kill(self) {
        drop(self);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// The parameters of the simulated account's templates.
fn components(category: &Category) -> Value {
    let text = |text: &str| json!({"type": "text", "text": text});
    let body = |parameters: Value| json!({"type": "body", "parameters": parameters});
    match category {
        Category::Authentication => json!([
            body(json!([text("482915")])),
            {"type": "button", "sub_type": "url", "index": "0", "parameters": [text("482915")]},
        ]),
        Category::Utility => json!([body(json!([text("Awa"), text("T-0412"), text("12 500")]))]),
        _ => json!([body(json!([text("Awa"), text("FASO25")]))]),
    }
}
