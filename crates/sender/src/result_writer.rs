//! Recording results: collected for a short time, written together, and never lost while the process runs.
//!
//! While the database is not available, results wait in memory, up to a limit; beyond it their POSTs keep their
//! permits, so that nothing more is claimed. A result is never replaced by another POST: a result that cannot be
//! recorded ends as an expired lease.

use std::sync::Arc;
use std::time::Duration;

use backon::Retryable;
use bootstrap::retry;
use storage::StorageError;
use tokio::sync::mpsc;
use worker_storage::results::{self, Answer, Recorded};

use crate::metrics::Metrics;
use crate::{SenderContext, jobs};

/// Shorter than elsewhere: a result that is not recorded before its lease expires leaves its message in doubt.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Records results until every poster is dropped and none is left.
pub(crate) async fn run(shared: Arc<SenderContext>, mut answers: mpsc::Receiver<Answer>) {
    let most = shared.settings.record_max.max(1);
    let linger = Duration::from_millis(shared.settings.record_linger_ms);
    let mut batch = Vec::with_capacity(most);
    while answers.recv_many(&mut batch, most).await > 0 {
        if batch.len() < most {
            tokio::time::sleep(linger).await;
            while batch.len() < most
                && let Ok(answer) = answers.try_recv()
            {
                batch.push(answer);
            }
        }
        Metrics::get()
            .record_batch_size
            .observe(f64::from(u32::try_from(batch.len()).unwrap_or(u32::MAX)));
        record(&shared, &batch).await;
        batch.clear();
    }
}

async fn record(shared: &SenderContext, batch: &[Answer]) {
    match record_patiently(shared, batch).await {
        Ok(recorded) => follow_up(shared, recorded).await,
        Err(error) => record_one_by_one(shared, batch, &error).await,
    }
}

/// Records results, however long the database is not available.
///
/// # Errors
/// When the database is available and refuses them.
async fn record_patiently(
    shared: &SenderContext,
    batch: &[Answer],
) -> Result<Recorded, StorageError> {
    let mut is_first = true;
    (|| async {
        let recorded = results::record(&shared.store, shared.clock.now(), batch).await;
        if recorded.is_err() {
            Metrics::get().record_failures.inc();
        }
        recorded
    })
    .retry(retry::pauses_up_to(LONGEST_PAUSE))
    .when(StorageError::is_unavailable)
    .notify(|error, _| {
        if std::mem::take(&mut is_first) {
            let results = batch.len();
            tracing::warn!(%error, results, "results could not be recorded; they are kept and tried again");
        }
    })
    .await
}

/// One result prevents the others from being recorded: only that one is given up.
async fn record_one_by_one(shared: &SenderContext, batch: &[Answer], error: &StorageError) {
    let results = batch.len();
    tracing::error!(%error, results, "the database refused a batch of results; they are recorded one by one");
    for answer in batch {
        let alone = std::slice::from_ref(answer);
        match record_patiently(shared, alone).await {
            Ok(recorded) => follow_up(shared, recorded).await,
            Err(error) => {
                Metrics::get().dropped_answers.inc();
                let (business_id, message_id) = (answer.business_id, answer.message_id);
                tracing::error!(
                    %error,
                    business.id = %business_id,
                    message.id = %message_id,
                    "a result was given up; its lease ends in doubt"
                );
            }
        }
    }
}

async fn follow_up(shared: &SenderContext, recorded: Recorded) {
    let metrics = Metrics::get();
    metrics
        .late_answers
        .inc_by(u64::try_from(recorded.late).unwrap_or_default());
    metrics
        .stopped_numbers
        .inc_by(u64::try_from(recorded.stopped_numbers).unwrap_or_default());
    metrics
        .opened_breakers
        .inc_by(u64::try_from(recorded.opened_breakers).unwrap_or_default());
    metrics
        .slowed_numbers
        .inc_by(u64::try_from(recorded.slowed_numbers).unwrap_or_default());
    // A message that was given back waits for its timer: it must not be claimed in a loop.
    let is_stopping = shared.stop.is_cancelled();
    let given_back = recorded.given_back.iter();
    let at_once = given_back.filter(|(_, attempt)| is_stopping || *attempt == 1);
    let at_once = at_once.map(|(subject, _)| subject);
    jobs::publish(&shared.publisher, at_once, "given_back").await;
}
