//! Reads numbers from Meta again after a webhook reported a change, and periodically. One sender at a time does this.
//!
//! The values take effect within seconds: the quality pauses campaigns, the throughput sets the send rate, the
//! messaging limit holds messages.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bootstrap::worker_loop::WorkerLoop;
use chrono::TimeDelta;
use cloud_api::{CloudApi, ErrorClass, PhoneNumberNode};
use common::ids::PhoneNumberId;
use storage::StorageError;
use tokio::time::Instant;
use worker_storage::number_refresh::{self, NumberToRead, ReadOutcome, Reading};
use worker_storage::reap::{LeaderLock, Worker};
use worker_storage::results;

use crate::SenderContext;
use crate::metrics::Metrics;
use crate::worker_failure::record_failure;

/// The maximum number of numbers of one round.
const MOST: i64 = 100;
/// When a number that could not be read is tried again.
const AFTER_FAILURE: Duration = Duration::from_secs(10);

/// The label of its metrics.
const WORKER: &str = "number_refresh";

/// The worker.
pub(crate) struct NumberRefresh {
    shared: Arc<SenderContext>,
    api: CloudApi,
    not_before: HashMap<PhoneNumberId, Instant>,
}

impl NumberRefresh {
    pub(crate) fn new(shared: Arc<SenderContext>, api: CloudApi) -> Self {
        Self {
            shared,
            api,
            not_before: HashMap::new(),
        }
    }

    /// Reads numbers until the process stops.
    pub(crate) async fn run(mut self) {
        let pause = Duration::from_millis(self.shared.settings.number_refresh.every_ms);
        let mut rounds = WorkerLoop::new(&self.shared.stop);
        while rounds.next(pause).await {
            record_failure(
                WORKER,
                "numbers could not be read again",
                self.round().await,
            );
        }
    }

    async fn round(&mut self) -> Result<(), StorageError> {
        let shared = Arc::clone(&self.shared);
        let store = &shared.store;
        let age = TimeDelta::milliseconds(
            i64::try_from(shared.settings.number_refresh.at_least_every_ms).unwrap_or(i64::MAX),
        );
        let read_before = shared
            .clock
            .now()
            .checked_sub_signed(age)
            .unwrap_or_default();
        self.not_before.retain(|_, at| *at > Instant::now());
        let mut due = number_refresh::due(store, read_before, MOST).await?;
        due.retain(|to_read| {
            !self
                .not_before
                .contains_key(&to_read.number.phone_number_id)
        });
        if due.is_empty() {
            return Ok(());
        }
        let mut leader_lock = LeaderLock::new(store, Worker::NumberRefresh).await?;
        let Some(_leader) = leader_lock.take().await? else {
            return Ok(());
        };
        for to_read in &due {
            if shared.stop.is_cancelled() {
                break;
            }
            let outcome = self.read(to_read).await;
            Metrics::get()
                .number_refreshes
                .with_label_values(&[outcome])
                .inc();
            if outcome == "failed" {
                let again = Instant::now() + AFTER_FAILURE;
                let number = to_read.number.phone_number_id.clone();
                self.not_before.insert(number, again);
            }
        }
        Ok(())
    }

    /// Reads one number; returns the label for the metric. A failure for one number does not delay the others.
    async fn read(&self, to_read: &NumberToRead) -> &'static str {
        match self.try_read(to_read).await {
            Ok(outcome) => outcome,
            Err(error) => {
                let number = &to_read.number;
                tracing::warn!(
                    %error,
                    business.id = %number.business_id,
                    phone_number.id = %number.phone_number_id,
                    "a number was not read again; its stored values are kept, and it is tried again"
                );
                "failed"
            }
        }
    }

    async fn try_read(&self, to_read: &NumberToRead) -> Result<&'static str, StorageError> {
        let (store, number) = (&self.shared.store, &to_read.number);
        let token = number.token(store).await?;
        let answer = self.api.phone_number(&token, &number.phone_number_id).await;
        let now = self.shared.clock.now();
        let node = match answer {
            Ok(node) => node,
            Err(error) => {
                tracing::warn!(
                    %error,
                    business.id = %number.business_id,
                    phone_number.id = %number.phone_number_id,
                    "a number could not be read from Meta"
                );
                if error.class() == ErrorClass::NumberStopped {
                    let stopped = results::stop_number(
                        store,
                        now,
                        number.business_id,
                        &number.phone_number_id,
                        &number.token_fingerprint,
                        &error.to_string(),
                    )
                    .await?;
                    Metrics::get()
                        .stopped_numbers
                        .inc_by(u64::try_from(stopped).unwrap_or_default());
                }
                return Ok("failed");
            }
        };
        Ok(
            match number_refresh::write(store, now, to_read, &reading(node)).await? {
                ReadOutcome::Changed => "changed",
                ReadOutcome::Same => "same",
                ReadOutcome::Overtaken => "overtaken",
            },
        )
    }
}

fn reading(node: PhoneNumberNode) -> Reading {
    Reading {
        throughput_level: node.throughput_word(),
        quality_rating: node.quality_rating,
        messaging_limit: node.whatsapp_business_manager_messaging_limit,
    }
}
