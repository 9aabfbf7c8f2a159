//! Pauses campaigns whose messages fail, to prevent further failures. One sender at a time does this.
//!
//! A person decides how to continue: the reason is stored with the campaign and in the feed, and resuming starts a new
//! evaluation.

use std::sync::Arc;
use std::time::Duration;

use bootstrap::worker_loop::WorkerLoop;
use cloud_api::{ErrorClass, class_of_code};
use common::campaign::PauseReason;
use storage::StorageError;
use worker_storage::campaign_breaker::{self, JudgedCampaign, VerdictCount};
use worker_storage::reap::{LeaderLock, Worker};

use crate::SenderContext;
use crate::metrics::Metrics;
use crate::settings::CampaignBreakerSettings;
use crate::worker_failure::record_failure;

/// Meta's quality rating of a number that recipients block or report.
const RED: &str = "RED";

/// The label of its metrics.
const WORKER: &str = "campaign_breaker";

/// The worker.
pub(crate) struct CampaignBreaker {
    shared: Arc<SenderContext>,
}

impl CampaignBreaker {
    pub(crate) const fn new(shared: Arc<SenderContext>) -> Self {
        Self { shared }
    }

    /// Evaluates campaigns until the process stops.
    pub(crate) async fn run(self) {
        let pause = Duration::from_millis(self.settings().every_ms);
        let mut rounds = WorkerLoop::new(&self.shared.stop);
        while rounds.next(pause).await {
            record_failure(
                WORKER,
                "running campaigns could not be evaluated",
                self.round().await,
            );
        }
    }

    async fn round(&self) -> Result<(), StorageError> {
        let store = &self.shared.store;
        let campaigns = campaign_breaker::running(store).await?;
        if campaigns.is_empty() {
            return Ok(());
        }
        let mut leader_lock = LeaderLock::new(store, Worker::CampaignBreaker).await?;
        let Some(_leader) = leader_lock.take().await? else {
            return Ok(());
        };
        let settings = self.settings();
        for campaign in &campaigns {
            let last = i64::from(settings.results());
            let verdicts = campaign_breaker::verdicts(store, campaign, last).await?;
            let Some(reason) = evaluate(campaign, &verdicts, settings) else {
                continue;
            };
            let now = self.shared.clock.now();
            if campaign_breaker::pause(store, now, campaign, reason).await? {
                Metrics::get()
                    .paused_campaigns
                    .with_label_values(&[reason.as_str()])
                    .inc();
                tracing::warn!(
                    business.id = %campaign.business_id,
                    campaign.id = %campaign.campaign_id,
                    reason = reason.as_str(),
                    "a campaign was paused"
                );
            }
        }
        Ok(())
    }

    fn settings(&self) -> CampaignBreakerSettings {
        self.shared.settings.campaign_breaker
    }
}

/// Why a running campaign has to be paused, if it has to: pure.
fn evaluate(
    campaign: &JudgedCampaign,
    verdicts: &[VerdictCount],
    settings: CampaignBreakerSettings,
) -> Option<PauseReason> {
    if !campaign.template_status.is_sendable() || verdicts.iter().any(is_of_template) {
        return Some(PauseReason::TemplateRefused);
    }
    let count = |wanted: fn(&VerdictCount) -> bool| {
        let wanted = verdicts.iter().filter(|verdict| wanted(verdict));
        wanted.map(|verdict| verdict.messages).sum::<i64>()
    };
    let (all, failed) = (count(|_| true), count(|verdict| verdict.state.has_failed()));
    let share = |part: i64, whole: i64| {
        let number = |count: i64| u32::try_from(count).map_or(f64::MAX, f64::from);
        number(part) / number(whole.max(1))
    };
    if all >= i64::from(settings.results()) && share(failed, all) > settings.failed_share {
        return Some(PauseReason::FailedShare);
    }
    let is_red =
        campaign.quality_rating == RED && campaign.overruled != Some(PauseReason::QualityRed);
    is_red.then_some(PauseReason::QualityRed)
}

/// Whether Meta's code means that every message of the template fails.
fn is_of_template(verdict: &VerdictCount) -> bool {
    let class = verdict.error_code.and_then(class_of_code);
    verdict.state.has_failed()
        && matches!(
            class,
            Some(ErrorClass::TemplateRefused | ErrorClass::TemplateStopped)
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use common::ids::{BusinessId, CampaignId};
    use common::message::MessageState;
    use common::template::TemplateStatus;
    use proptest::prelude::*;
    use uuid::Uuid;

    const SETTINGS: CampaignBreakerSettings = CampaignBreakerSettings {
        results: 100,
        failed_share: 0.5,
        every_ms: 2_000,
    };

    fn campaign() -> JudgedCampaign {
        JudgedCampaign {
            business_id: BusinessId::from_uuid(Uuid::nil()),
            campaign_id: CampaignId::from_uuid(Uuid::nil()),
            evaluated_from: DateTime::UNIX_EPOCH,
            overruled: None,
            quality_rating: "GREEN".to_owned(),
            template_status: TemplateStatus::from_meta("APPROVED"),
        }
    }

    fn verdicts(delivered: i64, failed: i64, code: i32) -> [VerdictCount; 2] {
        [
            VerdictCount {
                state: MessageState::Delivered,
                error_code: None,
                messages: delivered,
            },
            VerdictCount {
                state: MessageState::Failed,
                error_code: Some(code),
                messages: failed,
            },
        ]
    }

    #[test]
    fn one_refusal_of_the_template_pauses() {
        for code in [132_000, 132_007, 132_015] {
            let reason = evaluate(&campaign(), &verdicts(10_000, 1, code), SETTINGS);
            assert_eq!(reason, Some(PauseReason::TemplateRefused), "{code}");
        }
        let mut paused = campaign();
        paused.template_status = TemplateStatus::from_meta("PAUSED");
        let reason = evaluate(&paused, &[], SETTINGS);
        assert_eq!(reason, Some(PauseReason::TemplateRefused));
    }

    #[test]
    fn a_red_number_pauses_until_a_person_says_otherwise() {
        let mut red = campaign();
        red.quality_rating = RED.to_owned();
        assert_eq!(evaluate(&red, &[], SETTINGS), Some(PauseReason::QualityRed));
        red.overruled = Some(PauseReason::QualityRed);
        assert_eq!(evaluate(&red, &[], SETTINGS), None);
    }

    proptest! {
        #[test]
        fn more_than_the_share_of_enough_results_pauses(delivered in 0_i64..300, failed in 0_i64..300) {
            let reason = evaluate(&campaign(), &verdicts(delivered, failed, 131_026), SETTINGS);
            let expected = delivered + failed >= 100 && failed > delivered;
            prop_assert_eq!(reason == Some(PauseReason::FailedShare), expected);
        }
    }
}
