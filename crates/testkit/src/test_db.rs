//! A database for each test, cloned from one that was migrated once.

use std::time::Duration;

use sealing::MasterKeys;
use secrecy::{ExposeSecret, SecretString};
use storage::{StorageSettings, Store};
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

use crate::environment;

/// Where the tests' Postgres is, as a superuser, unless the environment says otherwise.
const DEFAULT_URL: &str = "postgres://postgres@127.0.0.1:5432/postgres";
/// The login role of the services under test; it has no rights of its own.
const APP_USER: &str = "djigbachats_test";
/// Serialises the making of the template among the processes of a test run.
const TEMPLATE_LOCK: i64 = 0x646a_6967_6261;

/// A database of one test. It is dropped with the value.
pub struct TestDb {
    /// The store of the services, under their login role.
    pub store: Store,
    /// The settings that lead to it.
    pub settings: StorageSettings,
    /// The master key in the form of the setting.
    pub master_key: SecretString,
    name: String,
    maintenance_url: String,
}

impl TestDb {
    /// Makes the database.
    ///
    /// # Panics
    /// When Postgres is not there: `scripts/test` sets it up.
    pub async fn start() -> Self {
        let maintenance_url =
            environment("DJIGBACHATS_TEST_DATABASE_URL").unwrap_or_else(|| DEFAULT_URL.to_owned());
        let client = connect(&maintenance_url).await;
        let template = ensure_template(&client, &maintenance_url).await;
        let name = format!("djigbachats_test_{}", Uuid::new_v4().simple());
        let create = format!("create database {name} template {template}");
        client
            .batch_execute(&create)
            .await
            .expect("the template database can be cloned");
        let settings = StorageSettings {
            url: app_url(&maintenance_url, &name).into(),
            admin_url: Some(with_database(&maintenance_url, &name).into()),
            request_connections: 4,
            request_connections_per_business: 4,
            worker_connections: 8,
        };
        let master_key = MasterKeys::generate_text().expect("the system has randomness");
        let store =
            Store::new(&settings, master(&master_key)).expect("the test database's URL is one");
        Self {
            store,
            settings,
            master_key,
            name,
            maintenance_url,
        }
    }

    /// Another store on the same database, as a second process would have.
    ///
    /// # Panics
    /// Never on a database that [`TestDb::start`] made.
    #[must_use]
    pub fn another_store(&self) -> Store {
        Store::new(&self.settings, master(&self.master_key))
            .expect("the test database's URL is one")
    }

    /// A connection as a superuser, to look at what no service may see.
    ///
    /// # Panics
    /// When the database is gone.
    pub async fn admin(&self) -> Client {
        let url = self.settings.admin_url.as_ref().expect("set by start");
        connect(url.expose_secret()).await
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        let (url, name) = (self.maintenance_url.clone(), self.name.clone());
        // A thread of its own, because a test's runtime may be single-threaded and about to end.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(async {
                let client = connect(&url).await;
                let _ = client
                    .batch_execute(&format!("drop database if exists {name} with (force)"))
                    .await;
            });
            Ok::<(), std::io::Error>(())
        });
        let _ = dropping.join();
    }
}

fn master(text: &SecretString) -> MasterKeys {
    MasterKeys::parse(text).expect("a generated master key is one")
}

async fn connect(url: &str) -> Client {
    let connecting =
        tokio::time::timeout(Duration::from_secs(10), tokio_postgres::connect(url, NoTls)).await;
    let (client, connection) = connecting.expect("Postgres answers within 10 s").expect(
        "Postgres is there; scripts/test sets it up and names it in DJIGBACHATS_TEST_DATABASE_URL",
    );
    tokio::spawn(connection);
    client
}

/// The migrated database that the others are cloned from; its name tells the version of the schema.
async fn ensure_template(client: &Client, maintenance_url: &str) -> String {
    let template = format!("djigbachats_template_{}", storage::schema_version());
    client
        .execute("select pg_advisory_lock($1)", &[&TEMPLATE_LOCK])
        .await
        .expect("the lock can be taken");
    let exists = client
        .query_opt("select 1 from pg_database where datname = $1", &[&template])
        .await;
    if exists.expect("the catalogue can be read").is_none() {
        let building = format!("{template}_building");
        client
            .batch_execute(&format!("drop database if exists {building} with (force)"))
            .await
            .expect("drop");
        client
            .batch_execute(&format!("create database {building}"))
            .await
            .expect("create");
        let admin = with_database(maintenance_url, &building);
        storage::migrate(&admin, &app_url(maintenance_url, &building))
            .await
            .expect("the migrations run");
        let rename = format!("alter database {building} rename to {template}");
        crate::eventually(
            "the migration's connection has ended",
            Duration::from_secs(10),
            async || client.batch_execute(&rename).await.ok(),
        )
        .await;
    }
    client
        .execute("select pg_advisory_unlock($1)", &[&TEMPLATE_LOCK])
        .await
        .expect("the lock can be freed");
    template
}

/// `url` with another database.
fn with_database(url: &str, database: &str) -> String {
    let (server, _) = url.rsplit_once('/').expect("the URL names a database");
    format!("{server}/{database}")
}

/// `url` with another database, under the login role of the services.
fn app_url(url: &str, database: &str) -> String {
    let (scheme, rest) = url.split_once("://").expect("the URL has a scheme");
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    with_database(
        &format!("{scheme}://{APP_USER}:{APP_USER}@{host}"),
        database,
    )
}
