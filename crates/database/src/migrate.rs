//! Brings a database to the schema of this version.
//!
//! Roles belong to the cluster and not to the database: they are made first, one caller at a time, and what another
//! database's migration made meanwhile is no error.

use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::TimeDelta;
use common::retention;
use diesel_async::{
    AsyncConnection, AsyncMigrationHarness, AsyncPgConnection, SimpleAsyncConnection,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::logins::{self, Login};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");
/// How often the roles are tried while another migration of the cluster makes the same ones.
const ROLE_ATTEMPTS: u32 = 20;

/// Why the database could not be brought to this version.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The URL is not one, or the database does not answer.
    #[error("the database does not answer, or its address is wrong; nothing was changed: {0}")]
    Connect(String),
    /// A URL does not name a login role of its own.
    #[error("the setting `{setting}` {problem}; nothing was changed")]
    Login {
        /// The setting with the URL.
        setting: &'static str,
        /// What is wrong, without the URL.
        problem: &'static str,
    },
    /// The roles could not be made.
    #[error(
        "the roles could not be made, and nothing was changed (the admin role needs CREATEROLE): {0}"
    )]
    Roles(String),
    /// A migration failed; it was rolled back, the ones before it hold.
    #[error("a migration failed and was rolled back, those before it hold: {0}")]
    Migration(String),
    /// The limits of retention could not be stored.
    #[error("the limits of retention could not be stored, the migrations hold; run it again: {0}")]
    Retention(String),
}

/// A name for the schema of this version: it changes with every edit of a migration, of the roles and of the logins.
#[must_use]
pub fn schema_version() -> String {
    let mut hasher = DefaultHasher::new();
    env!("MIGRATIONS_HASH").hash(&mut hasher);
    include_str!("roles.sql").hash(&mut hasher);
    include_str!("login.sql").hash(&mut hasher);
    Login::ALL.map(Login::roles).hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// Makes the roles and runs the migrations that are missing. `admin_url` names a role that may create roles and tables. Each of
/// `urls` names the login role of its service, which is created with the password that the URL carries, and may take the roles
/// of its service from then on, and no other.
///
/// # Errors
/// When the database does not answer or refuses a step. Running it again goes on where it stopped.
///
/// # Panics
/// On a single-threaded runtime.
pub async fn migrate(admin_url: &str, urls: &[(Login, &str)]) -> Result<Vec<String>, MigrateError> {
    let roles = logins::roles(urls)?;
    let connect = |error: diesel::ConnectionError| MigrateError::Connect(error.to_string());
    let mut connection = AsyncPgConnection::establish(admin_url)
        .await
        .map_err(connect)?;
    let mut result = Ok(());
    for _ in 0..ROLE_ATTEMPTS {
        result = connection.batch_execute(&roles).await;
        match &result {
            Err(diesel::result::Error::DatabaseError(_, info)) if concurrent(info.message()) => {}
            _ => break,
        }
    }
    result.map_err(|error| MigrateError::Roles(error.to_string()))?;
    let mut harness = AsyncMigrationHarness::new(connection);
    let run = harness.run_pending_migrations(MIGRATIONS);
    run.map(|versions| versions.iter().map(ToString::to_string).collect())
        .map_err(|error| MigrateError::Migration(error.to_string()))
}

/// Stores in the database after how long the months of each table may be dropped: it refuses to drop them earlier. `wanted`
/// shortens the periods of `common::retention`.
///
/// # Errors
/// When the database does not answer or refuses; the limits before it hold.
pub async fn set_retention(admin_url: &str, wanted: TimeDelta) -> Result<(), MigrateError> {
    let mut connection = AsyncPgConnection::establish(admin_url)
        .await
        .map_err(|error| MigrateError::Connect(error.to_string()))?;
    let sql = format!(
        "begin; set local role djigbachats_owner; {}; commit",
        retention_limit(wanted)
    );
    connection
        .batch_execute(&sql)
        .await
        .map_err(|error| MigrateError::Retention(error.to_string()))
}

/// The statement that replaces the function of the limits. A table that is not listed has none and keeps its months.
fn retention_limit(wanted: TimeDelta) -> String {
    let limits: String = retention::partitioned_tables()
        .map(|(table, category)| {
            let days = category.shortened_to(wanted).num_days();
            format!(" when '{table}' then {days}")
        })
        .collect();
    format!(
        "create or replace function public.retention_limit(parent text) returns interval language sql immutable as
             $$ select make_interval(days => case parent{limits} end) $$"
    )
}

fn concurrent(message: &str) -> bool {
    message.contains("concurrently updated")
        || message.contains("already exists")
        || message.contains("duplicate key")
}
