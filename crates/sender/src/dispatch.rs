//! The dispatch of campaigns: in small chunks, so that a pause or a cancel finds few messages to stop.
//!
//! The outstanding messages of a number are limited to what it can send in a short time; its campaigns share that. One
//! sender at a time dispatches.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bootstrap::worker_loop::WorkerLoop;
use common::ids::CampaignId;
use common::send_rate::{SendRateRules, throughput};
use storage::StorageError;
use worker_storage::dispatch::{self, Chunk, RunningCampaign};
use worker_storage::reap::{LeaderLock, Worker};

use crate::metrics::Metrics;
use crate::worker_failure::record_failure;
use crate::{SenderContext, jobs};

/// The label of its metrics.
const WORKER: &str = "dispatch";

/// The worker.
pub(crate) struct CampaignDispatch {
    shared: Arc<SenderContext>,
    /// The last dispatched row of each campaign, so that dispatched rows are not read again.
    after_rows: HashMap<CampaignId, i32>,
}

impl CampaignDispatch {
    pub(crate) fn new(shared: Arc<SenderContext>) -> Self {
        Self {
            shared,
            after_rows: HashMap::new(),
        }
    }

    /// Dispatches until the process stops.
    pub(crate) async fn run(mut self) {
        let settings = self.shared.settings.dispatch;
        let mut rounds = WorkerLoop::new(&self.shared.stop);
        let mut pause = settings.idle_ms;
        while rounds.next(Duration::from_millis(pause)).await {
            pause = match self.round().await {
                Ok(0) => settings.idle_ms,
                Ok(_) => settings.every_ms,
                Err(error) => {
                    record_failure(WORKER, "running campaigns could not be loaded", Err(error));
                    settings.idle_ms
                }
            };
        }
    }

    /// Dispatches a chunk of each running campaign; returns how many run.
    async fn round(&mut self) -> Result<usize, StorageError> {
        let shared = Arc::clone(&self.shared);
        let campaigns = dispatch::running(&shared.store).await?;
        if campaigns.is_empty() {
            self.after_rows.clear();
            return Ok(0);
        }
        let mut leader_lock = LeaderLock::new(&shared.store, Worker::CampaignDispatch).await?;
        let Some(_leader) = leader_lock.take().await? else {
            return Ok(campaigns.len());
        };
        let settings = &shared.settings;
        for (campaign, rows) in shares(
            &campaigns,
            &settings.send_rate_rules(),
            settings.dispatch.window_ms,
        ) {
            let rows = rows.min(i64::from(settings.dispatch.chunk));
            if rows > 0
                && let Err(error) = self.dispatch(campaign, rows).await
            {
                Metrics::get()
                    .worker_failures
                    .with_label_values(&[WORKER])
                    .inc();
                tracing::warn!(
                    %error,
                    campaign.id = %campaign.campaign_id,
                    "rows of a campaign could not be dispatched; the next round tries again"
                );
            }
        }
        Ok(campaigns.len())
    }

    async fn dispatch(
        &mut self,
        campaign: &RunningCampaign,
        rows: i64,
    ) -> Result<(), StorageError> {
        let after_row = self
            .after_rows
            .get(&campaign.campaign_id)
            .copied()
            .unwrap_or_default();
        let republish_after = Duration::from_millis(self.shared.settings.reaper.lost_after_ms);
        let chunk = Chunk {
            after_row,
            rows,
            republish_after,
        };
        let released =
            dispatch::dispatch(&self.shared.store, self.shared.clock.now(), campaign, chunk)
                .await?;
        self.after_rows
            .insert(campaign.campaign_id, released.last_row);
        let metrics = Metrics::get();
        metrics
            .released
            .inc_by(u64::try_from(released.messages.len()).unwrap_or_default());
        metrics
            .release_skipped
            .inc_by(u64::try_from(released.skipped).unwrap_or_default());
        jobs::publish(&self.shared.publisher, &released.messages, "released").await;
        if released.is_completed {
            self.after_rows.remove(&campaign.campaign_id);
            tracing::info!(campaign.id = %campaign.campaign_id, "every row of the campaign was dispatched");
        }
        Ok(())
    }
}

/// How many rows each campaign may dispatch: its share of the number's capacity.
fn shares<'a>(
    campaigns: &'a [RunningCampaign],
    rules: &SendRateRules,
    window_ms: u64,
) -> Vec<(&'a RunningCampaign, i64)> {
    let mut at_number: HashMap<_, i64> = HashMap::new();
    for campaign in campaigns {
        *at_number.entry(&campaign.phone_number_id).or_default() += 1;
    }
    let share = |campaign| {
        let capacity = capacity(campaign, rules, window_ms);
        let campaigns = at_number
            .get(&campaign.phone_number_id)
            .copied()
            .unwrap_or(1);
        // Rounded up, so that the last message of a number's capacity is used; a few messages more in a round are
        // harmless.
        (campaign, (capacity + campaigns - 1) / campaigns)
    };
    campaigns.iter().map(share).collect()
}

fn capacity(campaign: &RunningCampaign, rules: &SendRateRules, window_ms: u64) -> i64 {
    let a_second = rules.rate(throughput(&campaign.throughput_level));
    let window = Duration::from_millis(window_ms).mul_f64(a_second);
    let window = i64::try_from(window.as_secs()).unwrap_or(i64::MAX).max(1);
    (window - i64::try_from(campaign.outstanding).unwrap_or(i64::MAX)).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::ids::BusinessId;
    use uuid::Uuid;

    fn campaign(number: &str, level: &str, outstanding: u64) -> RunningCampaign {
        RunningCampaign {
            business_id: BusinessId::from_uuid(Uuid::nil()),
            campaign_id: CampaignId::from_uuid(Uuid::nil()),
            phone_number_id: number.parse().unwrap(),
            throughput_level: level.to_owned(),
            outstanding,
        }
    }

    fn rows(campaigns: &[RunningCampaign]) -> Vec<i64> {
        let rules = SendRateRules::new(0.8, Duration::ZERO, Duration::ZERO);
        shares(campaigns, &rules, 2_000)
            .into_iter()
            .map(|(_, rows)| rows)
            .collect()
    }

    #[test]
    fn a_number_gets_what_it_sends_in_the_window() {
        assert_eq!(rows(&[campaign("1", "STANDARD", 0)]), [128]);
        assert_eq!(rows(&[campaign("1", "HIGH", 600)]), [1_000]);
    }

    #[test]
    fn a_full_number_gets_nothing_and_delays_no_other() {
        assert_eq!(
            rows(&[
                campaign("1", "STANDARD", 128),
                campaign("2", "STANDARD", 28)
            ]),
            [0, 100]
        );
    }

    #[test]
    fn campaigns_of_one_number_share_its_window() {
        assert_eq!(
            rows(&[campaign("1", "STANDARD", 0), campaign("1", "STANDARD", 0)]),
            [64, 64]
        );
    }
}
