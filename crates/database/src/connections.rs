//! The two pools of connections to Postgres, one for requests and one for workers.
//!
//! Nothing waits for ever: neither for a free connection, nor for a server that does not answer any more.

use std::time::{Duration, Instant};

use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Metrics, RecyclingMethod, Runtime,
};
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::deadpool::Pool;
use diesel_async::pooled_connection::{self, AsyncDieselConnectionManager};
use secrecy::ExposeSecret;
use tokio_postgres::{Config, NoTls};

use crate::error::StorageError;
use crate::settings::StorageSettings;

/// How long Postgres may take to answer a new connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a caller waits for a free connection.
pub(crate) const POOL_TIMEOUT: Duration = Duration::from_secs(10);
/// After so much silence the server is asked whether it is there, and again each time that it does not answer.
const KEEPALIVE: Duration = Duration::from_secs(10);
/// After so many questions without an answer the connection is given up.
const KEEPALIVE_RETRIES: u32 = 3;
/// How long what was sent may stay unconfirmed.
const SEND_TIMEOUT: Duration = Duration::from_secs(30);
/// For how long a worker's connection keeps its plans.
const PLAN_LIFETIME: Duration = Duration::from_secs(5);

/// Where the database is, with the limits of each connection.
pub(crate) fn config(settings: &StorageSettings) -> Result<Config, StorageError> {
    let mut config: Config = settings
        .url
        .expose_secret()
        .parse()
        .map_err(|error: tokio_postgres::Error| refused(error))?;
    config
        .connect_timeout(CONNECT_TIMEOUT)
        .keepalives_idle(KEEPALIVE)
        .keepalives_interval(KEEPALIVE)
        .keepalives_retries(KEEPALIVE_RETRIES)
        .tcp_user_timeout(SEND_TIMEOUT);
    Ok(config)
}

/// The pool of requests.
pub(crate) fn requests(
    config: Config,
    size: usize,
) -> Result<Pool<AsyncPgConnection>, StorageError> {
    let mut manager = pooled_connection::ManagerConfig::<AsyncPgConnection>::default();
    manager.recycling_method = pooled_connection::RecyclingMethod::Fast;
    manager.custom_setup = Box::new(move |_| Box::pin(connect(config.clone())));
    // The address is in the configuration, which every connection is made from.
    let manager = AsyncDieselConnectionManager::new_with_config("", manager);
    Pool::builder(manager)
        .max_size(size)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(POOL_TIMEOUT))
        .build()
        .map_err(refused)
}

/// The pool of workers, whose few statements are planned once in [`PLAN_LIFETIME`] for each connection: to plan one for the
/// values of each execution costs more than to execute it, and a plan that is kept for ever goes wrong when it was made while a
/// table was nearly empty (decision 013). Without bitmap scans, because they find rows by their keys and read queues in the order of an index: a plan that does not know how few rows
/// a limit leaves would collect and sort a whole campaign.
pub(crate) fn workers(
    mut config: Config,
    size: usize,
) -> Result<deadpool_postgres::Pool, StorageError> {
    let given = config.get_options().unwrap_or_default();
    let options = format!("{given} -c plan_cache_mode=force_generic_plan -c enable_bitmapscan=off");
    config.options(&options);
    let recycling_method = RecyclingMethod::Fast;
    let manager = Manager::from_config(config, NoTls, ManagerConfig { recycling_method });
    deadpool_postgres::Pool::builder(manager)
        .max_size(size)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(POOL_TIMEOUT))
        .pre_recycle(Hook::async_fn(|client, metrics| {
            Box::pin(async move {
                if is_replan_due(metrics, Instant::now()) {
                    let discarded = client.batch_execute("discard plans").await;
                    discarded.map_err(HookError::Backend)?;
                }
                Ok(())
            })
        }))
        .build()
        .map_err(refused)
}

/// Whether a lifetime of plans, counted from the making of the connection, has ended since the connection was last taken.
fn is_replan_due(metrics: &Metrics, now: Instant) -> bool {
    let lifetimes_until =
        |at: Instant| at.duration_since(metrics.created).as_secs() / PLAN_LIFETIME.as_secs();
    lifetimes_until(metrics.recycled.unwrap_or(metrics.created)) < lifetimes_until(now)
}

async fn connect(config: Config) -> diesel::ConnectionResult<AsyncPgConnection> {
    let (client, connection) = config
        .connect(NoTls)
        .await
        .map_err(|error| diesel::ConnectionError::BadConnection(error.to_string()))?;
    AsyncPgConnection::try_from_client_and_connection(client, connection).await
}

fn refused(error: impl std::error::Error + Send + Sync + 'static) -> StorageError {
    StorageError::Refused(Box::new(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_are_made_anew_once_in_a_lifetime() {
        let created = Instant::now();
        let after = |seconds: u64| created + Duration::from_secs(seconds);
        let is_due = |taken_before: Option<u64>, now: u64| {
            let metrics = Metrics {
                created,
                recycled: taken_before.map(after),
                recycle_count: 0,
            };
            is_replan_due(&metrics, after(now))
        };
        assert!(!is_due(None, 4));
        assert!(is_due(None, 5));
        assert!(is_due(Some(4), 6));
        assert!(!is_due(Some(6), 9));
        assert!(is_due(Some(9), 3_600));
    }
}
