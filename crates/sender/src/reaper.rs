//! The reaper: handles expired leases and due timers, decides messages in doubt, releases held messages whose reason
//! ended, and publishes lost jobs again. One sender at a time does this.

use std::sync::Arc;
use std::time::Duration;

use bootstrap::worker_loop::WorkerLoop;
use chrono::TimeDelta;
use common::message::{DueStep, HeldReason, Lane};
use storage::StorageError;
use tokio::time::Instant;
use worker_storage::claim::MessageKey;
use worker_storage::reap::{self, Due, Freeing, LeaderLock, SweepLimits, Worker};

use crate::in_doubt::due_step;
use crate::job_age::JobAge;
use crate::metrics::Metrics;
use crate::{SenderContext, category_label, jobs, worker_failure};

/// The label of its metrics.
const WORKER: &str = "reaper";
/// A message counts as lost if it is at least this many times as old as the lane's jobs.
const AGE_FACTOR: u32 = 2;
/// Steps per round: a backlog does not keep the reaper from its other work.
const STEPS: usize = 20;

/// The worker.
pub(crate) struct Reaper {
    shared: Arc<SenderContext>,
    job_age: Arc<JobAge>,
    next_sweep: Instant,
    lost_after: Duration,
}

impl Reaper {
    pub(crate) fn new(shared: Arc<SenderContext>, job_age: Arc<JobAge>) -> Self {
        let lost_after = Duration::from_millis(shared.settings.reaper.lost_after_ms);
        Self {
            shared,
            job_age,
            next_sweep: Instant::now(),
            lost_after,
        }
    }

    /// Runs until the process stops. A failed round is counted, and the next one tries again.
    pub(crate) async fn run(mut self) {
        let pause = Duration::from_millis(self.shared.settings.reaper.due_every_ms);
        let mut rounds = WorkerLoop::new(&self.shared.stop);
        while rounds.next(pause).await {
            record_failure("the reaper could not run", self.round().await);
        }
    }

    async fn round(&mut self) -> Result<(), StorageError> {
        let shared = Arc::clone(&self.shared);
        let mut leader_lock = LeaderLock::new(&shared.store, Worker::Reaper).await?;
        let Some(_leader) = leader_lock.take().await? else {
            return Ok(());
        };
        record_failure("due timers could not be handled", self.take_due().await);
        record_failure(
            "messaging limit usage could not be updated",
            self.keep_places().await,
        );
        for reason in [
            HeldReason::ConsentLag,
            HeldReason::BreakerOpen,
            HeldReason::MessagingLimit,
        ] {
            let reserved = self.shared.settings.messaging_limit.reserved();
            self.free(reason, Some(reserved)).await;
        }
        if Instant::now() >= self.next_sweep {
            self.next_sweep =
                Instant::now() + Duration::from_millis(self.shared.settings.reaper.sweep_every_ms);
            let shortest = Duration::from_millis(self.shared.settings.reaper.lost_after_ms);
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
            record_failure(
                "lost messages could not be searched for",
                self.sweep().await,
            );
        }
        Ok(())
    }

    async fn take_due(&self) -> Result<(), StorageError> {
        let limit = self.shared.settings.reaper.batch;
        let settings = &self.shared.settings;
        let (doubt, lease) = (settings.in_doubt, settings.lease(Lane::Campaign));
        for _ in 0..STEPS {
            let now = self.shared.clock.now();
            let decide = |row: &_, kind, window| due_step(row, kind, window, now, doubt, lease);
            let due =
                reap::take_due(&self.shared.store, now, limit, self.lost_after, decide).await?;
            count(&due);
            report(&due.failed);
            jobs::publish(&self.shared.publisher, due.to_publish(), "due").await;
            if due.steps.len() + due.failed.len() < usize::try_from(limit).unwrap_or(usize::MAX) {
                break;
            }
        }
        Ok(())
    }

    /// Updates the usage of messaging limits, before messages that wait for it are released.
    async fn keep_places(&self) -> Result<(), StorageError> {
        let kept = reap::keep_places(&self.shared.store).await?;
        if kept.counted > 0 {
            tracing::info!(
                businesses = kept.counted,
                "messaging limit usage was counted"
            );
        }
        Metrics::get().released_limit_usage.inc_by(kept.given_back);
        Ok(())
    }

    /// Releases messages whose reason to be held has ended. `reserved` is the share for one-time codes of a messaging
    /// limit with capacity; without it, messages whose recipient wrote meanwhile are released.
    async fn free(&self, reason: HeldReason, reserved: Option<f64>) {
        let now = self.shared.clock.now();
        let freeing = Freeing {
            reason,
            consent_since: now - self.shared.settings.consent_lag(),
            reserved,
            limit: self.shared.settings.reaper.batch,
            republish_after: self.lost_after,
        };
        let freed = match reap::free_held(&self.shared.store, freeing).await {
            Ok(freed) => freed,
            Err(error) => return record_failure("held messages could not be released", Err(error)),
        };
        let count = u64::try_from(freed.messages.len()).unwrap_or_default();
        Metrics::get()
            .freed
            .with_label_values(&[reason.as_str()])
            .inc_by(count);
        report(&freed.failed);
        jobs::publish(&self.shared.publisher, &freed.messages, "freed").await;
    }

    async fn sweep(&self) -> Result<(), StorageError> {
        let now = self.shared.clock.now();
        let before = now - TimeDelta::from_std(self.lost_after).unwrap_or(TimeDelta::MAX);
        let limits = SweepLimits {
            accepted_before: before,
            published_before: before,
            limit: self.shared.settings.reaper.batch,
        };
        let most = usize::try_from(limits.limit).unwrap_or(usize::MAX);
        for _ in 0..STEPS {
            let lost = reap::sweep_lost(&self.shared.store, now, limits).await?;
            if !lost.messages.is_empty() {
                tracing::info!(
                    messages = lost.messages.len(),
                    "accepted messages that no sender claimed are published again"
                );
            }
            report(&lost.failed);
            jobs::publish(&self.shared.publisher, &lost.messages, "lost").await;
            if lost.messages.len() + lost.failed.len() < most {
                break;
            }
        }
        Ok(())
    }
}

/// Records a failed step; the other steps are done nevertheless.
fn record_failure(what: &'static str, outcome: Result<(), StorageError>) {
    worker_failure::record_failure(WORKER, what, outcome);
}

fn report(failed: &[(MessageKey, StorageError)]) {
    for ((business_id, message_id), error) in failed {
        Metrics::get().unreadable.inc();
        tracing::error!(
            %error,
            business.id = %business_id,
            message.id = %message_id,
            "the reaper cannot handle the message; it is left unchanged"
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
