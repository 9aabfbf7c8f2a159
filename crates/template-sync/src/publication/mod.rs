//! Publications: what businesses asked of Meta for templates, carried out one at a time for each account.
//!
//! An attempt may end at any point, with its process: Meta has no idempotency key, so every attempt after the first one
//! looks for the template at Meta before it asks for anything again, and adopts what it finds.

mod attempt;
mod explain;
mod outcome;
mod record;
mod same_text;
mod samples;
mod wait;
mod worker;

use std::time::Duration;

use cloud_api::CloudApi;
use common::clock::SharedClock;
use storage::{StorageError, Store};
use worker_storage::template_publications::{ClaimedPublication, claim_due, load, oldest_overdue};
use worker_storage::template_sync;

use crate::metrics::Metrics;
use crate::settings::Settings;
use attempt::Attempt;

use outcome::Outcome;
use wait::{Limits, Wait};

pub(crate) use worker::Worker;

/// Carries out publications. Cloning is cheap.
#[derive(Clone)]
pub struct Publisher {
    store: Store,
    cloud_api: CloudApi,
    clock: SharedClock,
    limits: Limits,
    /// For how long a publication is this worker's.
    lease: Duration,
}

impl Publisher {
    /// A publisher with these dependencies.
    #[must_use]
    pub fn new(store: Store, cloud_api: CloudApi, clock: SharedClock, settings: &Settings) -> Self {
        Self {
            store,
            cloud_api,
            clock,
            limits: Limits {
                creations_per_hour: settings.creations_per_hour,
                edits_per_day: settings.edits_per_day,
                edits_per_month: settings.edits_per_month,
            },
            lease: settings.publication_lease(),
        }
    }

    /// Claims publications that are due, at most `limit` and at most one of each account.
    ///
    /// # Errors
    /// When the database is not available.
    pub async fn claim(&self, limit: usize) -> Result<Vec<ClaimedPublication>, StorageError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        claim_due(&self.store, self.clock.now(), self.lease, limit).await
    }

    /// An attempt is cut off shortly before its lease ends.
    fn longest_attempt(&self) -> Duration {
        self.lease.mul_f32(0.9)
    }

    /// Makes one attempt at a claimed publication. Cut off at any point, it is repeated when the lease has ended.
    ///
    /// # Errors
    /// When the database is not available.
    pub async fn carry_out(&self, claimed: &ClaimedPublication) -> Result<(), StorageError> {
        let started_at = self.clock.now();
        let Some((publication, history)) = load(&self.store, claimed, started_at).await? else {
            return Ok(());
        };
        if let Some(wait) = wait::before(&publication, &history, &self.limits, started_at) {
            return self
                .record(&publication, started_at, Outcome::Waits(wait))
                .await;
        }
        let stored = template_sync::token(&self.store, &publication.account).await?;
        let outcome = match &stored {
            Some(stored) => {
                let attempt = Attempt {
                    publisher: self,
                    publication: &publication,
                    history: &history,
                    token: &stored.token,
                };
                attempt.make().await?
            }
            None => Outcome::Waits(Wait::for_token(started_at)),
        };
        if let (Outcome::TokenRefused(error), Some(stored)) = (&outcome, &stored) {
            crate::token_refused::stop_numbers(
                &self.store,
                &publication.account,
                stored,
                error,
                self.clock.now(),
            )
            .await?;
        }
        self.record(&publication, started_at, outcome).await
    }

    /// Updates the metric of publications that are due and not carried out.
    async fn report_overdue(&self) -> Result<(), StorageError> {
        let overdue = oldest_overdue(&self.store, self.clock.now()).await?;
        Metrics::get()
            .publications_overdue
            .set(overdue.num_seconds());
        Ok(())
    }
}
