//! The reaper: ends leases, brings back what is due, decides doubts, frees what is held for nothing, and publishes what
//! was lost. One sender of all reaps at a time.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use common::message::{HeldReason, Lane};
use storage::StorageError;
use storage::batch::claim::MessageKey;
use storage::batch::reap::{self, Due, DueStep, Freeing, SweepLimits, Turns, Worker};
use tokio::time::Instant;

use crate::doubt::due_step;
use crate::job_age::JobAge;
use crate::metrics::Metrics;
use crate::passes::{self, Passes};
use crate::{Parts, category_label, jobs};

/// The label of its metrics.
const WORKER: &str = "reaper";
/// Messages that count as lost are at least so many times as old as the lane's jobs.
const AGE_FACTOR: u32 = 2;
/// Steps of one pass: a backlog does not keep the reaper from its other work.
const STEPS: usize = 20;

/// The worker.
pub(crate) struct Reaper {
    parts: Arc<Parts>,
    job_age: Arc<JobAge>,
    next_sweep: Instant,
    lost_after: Duration,
}

impl Reaper {
    pub(crate) fn new(parts: Arc<Parts>, job_age: Arc<JobAge>) -> Self {
        let lost_after = Duration::from_millis(parts.settings.reaper.lost_after_ms);
        Self {
            parts,
            job_age,
            next_sweep: Instant::now(),
            lost_after,
        }
    }

    /// Passes again and again until the process stops. A failed pass is counted, and the next one tries again.
    pub(crate) async fn run(mut self) {
        let mut passes = Passes::every(
            self.parts.settings.reaper.due_every_ms,
            WORKER,
            &self.parts.stop,
        );
        while passes.next().await {
            passes.note("the reaper could not take its turn", self.pass().await);
        }
    }

    async fn pass(&mut self) -> Result<(), StorageError> {
        let parts = Arc::clone(&self.parts);
        let mut turns = Turns::new(&parts.store, Worker::Reaper).await?;
        let Some(_turn) = turns.take().await? else {
            return Ok(());
        };
        note("what is due could not be taken", self.take_due().await);
        note(
            "places in messaging limits could not be kept",
            self.keep_places().await,
        );
        for reason in [
            HeldReason::ConsentLag,
            HeldReason::BreakerOpen,
            HeldReason::MessagingLimit,
        ] {
            let reserved = self.parts.settings.messaging_limit.reserved();
            self.free(reason, Some(reserved)).await;
        }
        if Instant::now() >= self.next_sweep {
            self.next_sweep =
                Instant::now() + Duration::from_millis(self.parts.settings.reaper.sweep_every_ms);
            let shortest = Duration::from_millis(self.parts.settings.reaper.lost_after_ms);
            self.lost_after = shortest.max(self.job_age.take() * AGE_FACTOR);
            for reason in [
                HeldReason::NumberStopped,
                HeldReason::CampaignPaused,
                HeldReason::TemplateNotApproved,
                HeldReason::MessagingLimit,
                HeldReason::MediaNotUploaded,
            ] {
                self.free(reason, None).await;
            }
            note("lost messages could not be looked for", self.sweep().await);
        }
        Ok(())
    }

    async fn take_due(&self) -> Result<(), StorageError> {
        let limit = self.parts.settings.reaper.batch;
        let settings = &self.parts.settings;
        let (doubt, lease) = (settings.doubt, settings.lease(Lane::Campaign));
        for _ in 0..STEPS {
            let now = self.parts.clock.now();
            let decide = |row: &_, kind, window| due_step(row, kind, window, now, doubt, lease);
            let due =
                reap::take_due(&self.parts.store, now, limit, self.lost_after, decide).await?;
            count(&due);
            report(&due.failed);
            jobs::publish(&self.parts.publisher, due.to_publish(), "due").await;
            if due.steps.len() + due.failed.len() < usize::try_from(limit).unwrap_or(usize::MAX) {
                break;
            }
        }
        Ok(())
    }

    /// The places of messaging limits, before what waits for them is freed.
    async fn keep_places(&self) -> Result<(), StorageError> {
        let kept = reap::keep_places(&self.parts.store).await?;
        if kept.counted > 0 {
            tracing::info!(
                businesses = kept.counted,
                "places in messaging limits were counted"
            );
        }
        Metrics::get().given_back_places.inc_by(kept.given_back);
        Ok(())
    }

    /// Frees what a reason holds no more. `reserved` is for a messaging limit that has room; without it, for those whose
    /// recipient wrote meanwhile.
    async fn free(&self, reason: HeldReason, reserved: Option<f64>) {
        let now = self.parts.clock.now();
        let freeing = Freeing {
            reason,
            consent_since: now - self.parts.settings.consent_lag(),
            reserved,
            limit: self.parts.settings.reaper.batch,
            republish_after: self.lost_after,
        };
        let freed = match reap::free_held(&self.parts.store, now, freeing).await {
            Ok(freed) => freed,
            Err(error) => return note("held messages could not be freed", Err(error)),
        };
        let count = u64::try_from(freed.messages.len()).unwrap_or_default();
        Metrics::get()
            .freed
            .with_label_values(&[reason.as_str()])
            .inc_by(count);
        report(&freed.failed);
        jobs::publish(&self.parts.publisher, &freed.messages, "freed").await;
    }

    async fn sweep(&self) -> Result<(), StorageError> {
        let now = self.parts.clock.now();
        let before = now - TimeDelta::from_std(self.lost_after).unwrap_or(TimeDelta::MAX);
        let limits = SweepLimits {
            accepted_before: before,
            published_before: before,
            limit: self.parts.settings.reaper.batch,
        };
        let most = usize::try_from(limits.limit).unwrap_or(usize::MAX);
        for _ in 0..STEPS {
            let lost = reap::sweep_lost(&self.parts.store, now, limits).await?;
            if !lost.messages.is_empty() {
                tracing::info!(
                    messages = lost.messages.len(),
                    "accepted messages that nobody claimed are published again"
                );
            }
            report(&lost.failed);
            jobs::publish(&self.parts.publisher, &lost.messages, "lost").await;
            if lost.messages.len() + lost.failed.len() < most {
                break;
            }
        }
        Ok(())
    }
}

/// A step that failed keeps none of the others from being done.
fn note(what: &'static str, outcome: Result<(), StorageError>) {
    passes::note(WORKER, what, outcome);
}

fn report(failed: &[(MessageKey, StorageError)]) {
    for ((business_id, message_id), error) in failed {
        Metrics::get().unreadable.inc();
        tracing::error!(
            %error,
            business.id = %business_id,
            message.id = %message_id,
            "the reaper cannot work on the message; it is left as it stands"
        );
    }
}

fn count(due: &Due) {
    let metrics = Metrics::get();
    for (row, step) in &due.steps {
        let counter = match step {
            DueStep::Doubt(_) => &metrics.lease_expiries,
            DueStep::Resend => &metrics.resends,
            DueStep::Unresolved => &metrics.unresolved,
            _ => continue,
        };
        counter
            .with_label_values(&[category_label(&row.category)])
            .inc();
    }
}
