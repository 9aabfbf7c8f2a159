//! A shop with a connected number and a template, and a projector that can be started and stopped.

use std::sync::Arc;
use std::time::Duration;

use bootstrap::Context;
use bootstrap::clock::SystemClock;
use bootstrap::shutdown::Shutdown;
use broker::{Broker, Queue};
use common::clock::Clock as _;
use common::ids::BusinessId;
use common::wire::{Envelope, Event, EventKind};
use meta_sim::sample;
use projector::Projector;
use sealing::{OpaqueSigner, TransitKey};
use storage::Login;
use storage::businesses::{self, Business};
use testkit::{TestBroker, TestDb, eventually};
use tokio::task::JoinHandle;

/// Time limit for expected effects.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);
/// The shop's template.
pub(crate) const TEMPLATE_ID: &str = "594425479261591";

/// A shop and the dependencies of the projector.
pub(crate) struct Fixture {
    pub(crate) business_id: BusinessId,
    pub(crate) db: TestDb,
    pub(crate) vhost: TestBroker,
    pub(crate) broker: Broker,
    admin: tokio_postgres::Client,
}

/// A running projector.
pub(crate) struct Running {
    shutdown: Shutdown,
    work: Option<JoinHandle<()>>,
}

impl Fixture {
    pub(crate) async fn start() -> Self {
        let (db, vhost) = (TestDb::start().await, TestBroker::start().await);
        let fixture = Self {
            business_id: BusinessId::new(SystemClock.now()),
            admin: db.admin().await,
            broker: vhost.connect(Arc::new(SystemClock)),
            db,
            vhost,
        };
        fixture.open_shop().await;
        fixture
    }

    async fn open_shop(&self) {
        let (id, waba, number) = (self.business_id, sample::WABA_ID, sample::PHONE_NUMBER_ID);
        let store = &self.db.store;
        let business = Business {
            id,
            name: "Boutique Faso".to_owned(),
            country: "BF".to_owned(),
            created_at: SystemClock.now(),
        };
        let mut transaction = store.platform().await.unwrap();
        businesses::insert(&mut transaction, store, &business)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        self.sql(&format!(
            "insert into wabas values ('{id}', '{waba}', now());
             insert into phone_numbers values ('{id}', '{number}', '{waba}', '+226 25 30 61 00', 'Boutique Faso',
                 'GREEN', 'STANDARD', 'TIER_UNLIMITED', 1, null, now());
             insert into templates values ('{id}', '{TEMPLATE_ID}', '{waba}', 'ticket', 'fr', 'UTILITY', 'APPROVED',
                 'POSITIONAL', '[]', null, null, now());"
        ))
        .await;
    }

    /// Starts a projector with these transit keys.
    pub(crate) fn project(&self, transit: TransitKey) -> Running {
        let opaque = OpaqueSigner::generate_text().unwrap();
        let signer = OpaqueSigner::new(&opaque).unwrap();
        let shutdown = Shutdown::new();
        let context = Context::new(shutdown.clone());
        let store = self.db.store_of(Login::Gateway);
        let projector = Projector::new(store, &self.broker, transit, signer, context);
        Running {
            shutdown,
            work: Some(tokio::spawn(projector.run())),
        }
    }

    /// Publishes an event, as webhook-ingest does.
    pub(crate) async fn publish(&self, queue: Queue, event: &Event) {
        let envelope = Envelope {
            published_at: SystemClock.now(),
            events: vec![event.clone()],
        };
        let publisher = self.broker.publisher();
        eventually("the event is enqueued", LIMIT, async || {
            publisher.publish(queue, &envelope, None).await.ok()
        })
        .await;
    }

    /// Runs statements of a superuser.
    pub(crate) async fn sql(&self, statements: &str) {
        self.admin.batch_execute(statements).await.unwrap();
    }

    /// Waits until a superuser's query returns this number.
    pub(crate) async fn until_count(&self, sql: &str, expected: i64) {
        eventually("the event is applied", LIMIT, async || {
            let row = self.admin.query_one(sql, &[]).await.unwrap();
            (row.get::<_, i64>(0) == expected).then_some(())
        })
        .await;
    }
}

impl Running {
    /// Stops it as SIGTERM does, and waits for its end.
    pub(crate) async fn stop(mut self) {
        self.shutdown.trigger();
        if let Some(work) = self.work.take() {
            let ended = tokio::time::timeout(LIMIT, work).await;
            ended.expect("the projector ends in time").unwrap();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shutdown.trigger();
    }
}

/// An event of the shop's number.
pub(crate) fn event(kind: EventKind) -> Event {
    Event {
        waba_id: sample::WABA_ID.parse().ok(),
        phone_number_id: sample::PHONE_NUMBER_ID.parse().ok(),
        kind,
    }
}

/// A new transit key.
pub(crate) fn transit_key() -> TransitKey {
    TransitKey::parse(&TransitKey::generate_text().unwrap()).unwrap()
}
