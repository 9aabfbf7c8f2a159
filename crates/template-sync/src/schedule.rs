//! The schedule: each account once in an interval, shared among all instances by the database.

use std::time::Duration;

use bootstrap::Context;
use bootstrap::health::DependencyHandle;
use bootstrap::worker_loop::WorkerLoop;
use chrono::TimeDelta;
use storage::{StorageError, Store};
use tokio::task::{JoinError, JoinSet};
use worker_storage::template_sync::{SyncRun, claim_due};

use crate::account::Synchroniser;
use crate::metrics::Metrics;
use crate::settings::Settings;

/// How often the database is queried for due accounts.
const LOOK_EVERY: Duration = Duration::from_secs(20);
/// The same while the database is unavailable.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// The schedule. Cloning is cheap.
#[derive(Clone)]
pub(crate) struct Schedule {
    store: Store,
    synchroniser: Synchroniser,
    interval: TimeDelta,
    concurrency: usize,
    postgres: DependencyHandle,
    context: Context,
}

impl Schedule {
    pub(crate) fn new(
        store: Store,
        synchroniser: Synchroniser,
        settings: &Settings,
        context: Context,
    ) -> Self {
        Self {
            store,
            synchroniser,
            interval: settings.interval(),
            concurrency: settings.concurrency.max(1),
            postgres: context.health.dependency("postgres"),
            context,
        }
    }

    /// Queries and synchronises until shutdown.
    pub(crate) async fn run(self) -> Result<(), JoinError> {
        let mut rounds = WorkerLoop::new(&self.context.shutdown.token());
        let mut pause = Duration::ZERO;
        while rounds.next(pause).await {
            pause = match self.claim().await {
                Ok(runs) => {
                    self.postgres.ok();
                    let there_may_be_more = runs.len() >= self.concurrency;
                    self.carry_out(runs).await?;
                    if there_may_be_more {
                        Duration::ZERO
                    } else {
                        LOOK_EVERY
                    }
                }
                Err(error) => {
                    self.postgres.missing(error.to_string());
                    LOOK_AGAIN
                }
            };
        }
        Ok(())
    }

    async fn claim(&self) -> Result<Vec<SyncRun>, StorageError> {
        let limit = i64::try_from(self.concurrency).unwrap_or(i64::MAX);
        claim_due(&self.store, self.context.clock.now(), self.interval, limit).await
    }

    async fn carry_out(&self, runs: Vec<SyncRun>) -> Result<(), JoinError> {
        let mut tasks = JoinSet::new();
        for run in runs {
            let synchroniser = self.synchroniser.clone();
            tasks.spawn(async move {
                let ending = match synchroniser.carry_out(&run).await {
                    Ok(ending) => ending.as_str(),
                    Err(error) => {
                        tracing::warn!(
                            business.id = %run.account.business_id,
                            waba.id = %run.account.waba_id,
                            %error,
                            "a scheduled synchronisation of templates was interrupted; it is due again soon"
                        );
                        "unavailable"
                    }
                };
                Metrics::get().runs.with_label_values(&["schedule", ending]).inc();
            });
        }
        while let Some(ended) = tasks.join_next().await {
            ended?;
        }
        Ok(())
    }
}
