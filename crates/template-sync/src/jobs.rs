//! Synchronisations that were requested by a job.
//!
//! A job is acknowledged when its run has ended in any way: a failure at Meta is stored with the account, and the
//! schedule tries again. While the database is unavailable the job waits here, and is delivered again if the process
//! ends meanwhile.

use std::time::Duration;

use bootstrap::shutdown::Shutdown;
use broker::{Acknowledger, Consumer, Delivery, Queue, Subscription};
use common::trace::TraceId;
use common::wire::SyncTemplates;
use futures_util::StreamExt;
use tokio::task::{JoinError, JoinSet};
use tracing::Instrument;
use worker_storage::template_sync::Account;

use crate::account::Synchroniser;
use crate::metrics::Metrics;

/// How long a job waits before it retries when the database is unavailable.
const PAUSE: Duration = Duration::from_secs(1);

/// The consumer of jobs. Cloning is cheap.
#[derive(Clone)]
pub(crate) struct Jobs {
    synchroniser: Synchroniser,
    consumer: Consumer,
    concurrency: usize,
    shutdown: Shutdown,
}

impl Jobs {
    pub(crate) fn new(
        synchroniser: Synchroniser,
        consumer: Consumer,
        concurrency: usize,
        shutdown: Shutdown,
    ) -> Self {
        Self {
            synchroniser,
            consumer,
            concurrency: concurrency.max(1),
            shutdown,
        }
    }

    /// Processes jobs until shutdown; running ones end first.
    ///
    /// # Errors
    /// When a job panicked: its subscription ends, so that the job is delivered again.
    pub(crate) async fn run(self) -> Result<(), JoinError> {
        let prefetch = u16::try_from(self.concurrency).unwrap_or(u16::MAX);
        let subscription: Subscription<SyncTemplates> =
            self.consumer.subscribe(Queue::SyncTemplates, prefetch);
        let acks = subscription.acknowledger();
        let mut batches = subscription.batches(1, Duration::ZERO, self.shutdown.token());
        let mut tasks = JoinSet::new();
        loop {
            tokio::select! {
                Some(ended) = tasks.join_next() => ended?,
                batch = batches.next(), if tasks.len() < self.concurrency => {
                    let Some(batch) = batch else { break };
                    for delivery in batch {
                        self.start(&mut tasks, delivery, acks.clone());
                    }
                }
            }
        }
        while let Some(ended) = tasks.join_next().await {
            ended?;
        }
        Ok(())
    }

    fn start(
        &self,
        tasks: &mut JoinSet<()>,
        delivery: Delivery<SyncTemplates>,
        acks: Acknowledger,
    ) {
        let trace = delivery.trace.map(TraceId::traceparent).unwrap_or_default();
        let span = tracing::info_span!("job.templates.sync", trace);
        let jobs = self.clone();
        let work = async move {
            let account = Account {
                business_id: delivery.payload.business_id,
                waba_id: delivery.payload.waba_id.clone(),
            };
            if jobs.carry_out(&account).await {
                acks.ack([delivery]).await;
            }
        };
        tasks.spawn(work.instrument(span));
    }

    /// Whether the job is done; `false` when the process ends first.
    async fn carry_out(&self, account: &Account) -> bool {
        let ended = |ending: &str| {
            Metrics::get()
                .runs
                .with_label_values(&["job", ending])
                .inc();
        };
        loop {
            match self.synchroniser.synchronise(account).await {
                Ok(ending) => {
                    ended(ending.as_str());
                    return true;
                }
                Err(error) if error.is_unavailable() => {
                    ended("unavailable");
                    tracing::warn!(%error, "a synchronisation of templates waits for the database");
                }
                Err(error) => {
                    ended("unavailable");
                    tracing::error!(
                        business.id = %account.business_id,
                        waba.id = %account.waba_id,
                        %error,
                        "templates could not be stored; the next scheduled run tries again"
                    );
                    return true;
                }
            }
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                () = self.shutdown.triggered() => return false,
            }
        }
    }
}
