//! A database per test, cloned from a migrated template.

use std::time::Duration;

use sealing::MasterKeys;
use secrecy::SecretString;
use storage::{Login, StorageSettings, Store};
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

use crate::environment;

/// The URL of the tests' Postgres as a superuser, unless the environment sets another.
const DEFAULT_URL: &str = "postgres://postgres@127.0.0.1:5432/postgres";
/// Prefix of the names of the login roles. The role of this name is the login of the tests, which act as every service
/// and may take every role; it has no rights of its own either.
const USER: &str = "djigbachats_test";
/// Serialises the creation of the template among the processes of a test run.
const TEMPLATE_LOCK: i64 = 0x646a_6967_6261;

/// The database of one test; dropped with the value.
pub struct TestDb {
    /// The store of a test that may act as any service; those of services are created by [`TestDb::store_of`].
    pub store: Store,
    /// The master key in the form of the setting.
    pub master_key: SecretString,
    name: String,
    maintenance_url: String,
}

impl TestDb {
    /// Creates the database.
    ///
    /// # Panics
    /// When Postgres is not available: `scripts/test` sets it up.
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
        let master_key = MasterKeys::generate_text().expect("the system has randomness");
        let store = store(&user_url(&maintenance_url, &name, USER), &master_key);
        Self {
            store,
            master_key,
            name,
            maintenance_url,
        }
    }

    /// Another store on the same database, as a second process would have.
    #[must_use]
    pub fn another_store(&self) -> Store {
        let url = user_url(&self.maintenance_url, &self.name, USER);
        store(&url, &self.master_key)
    }

    /// The store of a service, under its own login role.
    #[must_use]
    pub fn store_of(&self, login: Login) -> Store {
        store(&self.url(login), &self.master_key)
    }

    /// The settings that connect a service to the database.
    #[must_use]
    pub fn settings(&self, login: Login) -> StorageSettings {
        settings(&self.url(login))
    }

    /// The URL with which a service logs in.
    #[must_use]
    pub fn url(&self, login: Login) -> String {
        user_url(&self.maintenance_url, &self.name, &user(login))
    }

    /// The URL of a superuser.
    #[must_use]
    pub fn admin_url(&self) -> String {
        with_database(&self.maintenance_url, &self.name)
    }

    /// A superuser connection, to read rows that no service may read.
    ///
    /// # Panics
    /// When the database is not available.
    pub async fn admin(&self) -> Client {
        connect(&self.admin_url()).await
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        let (url, name) = (self.maintenance_url.clone(), self.name.clone());
        // On a thread of its own, because a test's runtime may be single-threaded and about to end.
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

fn store(url: &str, master_key: &SecretString) -> Store {
    let master = MasterKeys::parse(master_key).expect("a generated master key is valid");
    Store::new(&settings(url), master).expect("the test database's URL is valid")
}

fn settings(url: &str) -> StorageSettings {
    StorageSettings {
        url: url.into(),
        request_connections: 4,
        request_connections_per_business: 4,
        worker_connections: 8,
    }
}

async fn connect(url: &str) -> Client {
    let connecting =
        tokio::time::timeout(Duration::from_secs(10), tokio_postgres::connect(url, NoTls)).await;
    let (client, connection) = connecting.expect("Postgres answers within 10 s").expect(
        "Postgres is available; scripts/test sets it up and names it in DJIGBACHATS_TEST_DATABASE_URL",
    );
    tokio::spawn(connection);
    client
}

/// Ensures the migrated template database; its name contains the version of the schema.
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
        migrate(
            with_database(maintenance_url, &building),
            Login::ALL.map(|login| user_url(maintenance_url, &building, &user(login))),
        )
        .await;
        client
            .batch_execute(&create_test_login())
            .await
            .expect("the login of the tests can be made");
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

/// Applies the migrations, on a runtime of its own: they block, and a test's runtime may be single-threaded.
async fn migrate(admin: String, urls: [String; Login::ALL.len()]) {
    let migrating = tokio::task::spawn_blocking(move || {
        let urls: Vec<_> = Login::ALL
            .into_iter()
            .zip(urls.iter().map(String::as_str))
            .collect();
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(storage::migrate(&admin, &urls))
    });
    let migrated = migrating.await.expect("migrating ends");
    migrated.expect("the migrations run");
}

/// `url` with another database.
fn with_database(url: &str, database: &str) -> String {
    let (server, _) = url.rsplit_once('/').expect("the URL names a database");
    format!("{server}/{database}")
}

/// The login role of a service under test.
fn user(login: Login) -> String {
    let (_, service) = login.setting().rsplit_once('.').expect("a setting's path");
    format!("{USER}_{service}")
}

/// Creates the login role of the tests.
fn create_test_login() -> String {
    let mut roles: Vec<_> = Login::ALL.iter().flat_map(|login| login.roles()).collect();
    roles.sort_unstable();
    roles.dedup();
    let grants = roles
        .iter()
        .map(|role| format!("grant {role} to {USER};"))
        .collect::<String>();
    format!(
        "do $$ begin
            if not exists (select from pg_roles where rolname = '{USER}') then
                create role {USER} login noinherit password '{USER}';
            end if;
        end $$;
        {grants}"
    )
}

/// `url` with another database, under a login role, whose password is its name.
fn user_url(url: &str, database: &str, user: &str) -> String {
    let (scheme, rest) = url.split_once("://").expect("the URL has a scheme");
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    with_database(&format!("{scheme}://{user}:{user}@{host}"), database)
}
