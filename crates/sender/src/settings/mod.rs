//! The settings of the sender. Every one has a default that suits one small server and Meta's production.

mod breakers;
mod limits;
mod marketing;
mod media;

use std::time::Duration;

use broker::BrokerSettings;
use chrono::TimeDelta;
use cloud_api::CloudApiSettings;
use common::message::Lane;
use common::send_rate::PaceRules;
use common::template::Category;
use secrecy::SecretString;
use serde::Deserialize;
use storage::StorageSettings;

pub use breakers::{BreakerSettings, CampaignBreakerSettings};
pub use limits::{MessagingLimitSettings, PairSettings, RereadSettings};
pub use marketing::MarketingSettings;
pub use media::MediaSettings;

use crate::SenderError;

/// By how much the stamp of applied opt-outs may age between a claim and its POST.
const CONSENT_AGING: TimeDelta = TimeDelta::milliseconds(300);

/// Messages that may wait for each message of a claim.
const WAITING_FACTOR: usize = 20;

/// A stamp older than a day says nothing.
const LONGEST_CONSENT_LAG_MS: i64 = 24 * 60 * 60 * 1_000;

/// All that the sender needs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Its own.
    pub sender: SenderSettings,
    /// Postgres.
    pub database: StorageSettings,
    /// RabbitMQ.
    pub broker: BrokerSettings,
    /// Meta.
    pub cloud_api: CloudApiSettings,
    /// The master keys, as `sealing::MasterKeys::parse` reads them.
    pub master_key: SecretString,
    /// The keys that sign the opaque ids sent to Meta, as `sealing::OpaqueSigner::new` reads them.
    pub opaque_key: SecretString,
}

/// Settings of the section `sender`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SenderSettings {
    /// How long jobs are gathered before they are claimed together, and the least time between two claims of a lane other
    /// than that of one-time codes.
    pub claim_linger_ms: u64,
    /// The most messages of one claim.
    pub claim_max: usize,
    /// The most jobs of a lane that may be unacked at a time.
    pub prefetch: u16,
    /// Messages in hand at a time, for each lane, from before their claim until their answer is handed on; those that wait
    /// for their slot count. None takes another lane's.
    pub posts_in_flight: LaneSlots,
    /// The most time between a claim and its POST; what is later is given back.
    pub post_within_ms: u64,
    /// How far ahead of its time a slot of a number's pace is taken: a claimed message waits that long at most. The same
    /// for all senders.
    pub pace_horizon_ms: u64,
    /// How long a slot is: a POST that has not begun by its end is given back. The longer, the less of the share can be
    /// used, so that no second sees more than Meta allows. The same for all senders.
    pub pace_slot_ms: u64,
    /// Time limit of a POST with a one-time code.
    pub post_timeout_otp_ms: u64,
    /// Time limit of any other POST.
    pub post_timeout_ms: u64,
    /// Lease of a one-time code.
    pub lease_otp_ms: u64,
    /// Lease of any other message.
    pub lease_ms: u64,
    /// What has to be left of a lease beyond the time limit of the POST.
    pub lease_margin_ms: u64,
    /// The share of a number's throughput that is used: the rest is for what the business sends by other ways, and for
    /// what clients write, which Meta counts too. The same for all senders.
    pub throughput_share: f64,
    /// How old the stamp of applied opt-outs may be before what an opt-out covers is held; at the POST itself it may be
    /// 300 ms older, so that nothing leaves later than a second after the opt-out was answered.
    pub consent_lag_ms: u64,
    /// How long results are gathered before they are recorded together.
    pub record_gather_ms: u64,
    /// The most results of one recording.
    pub record_max: usize,
    /// The most results that wait while the database is away; beyond that no new message is posted.
    pub record_buffer: usize,
    /// What is done in doubt.
    pub in_doubt: InDoubtSettings,
    /// When a number's messages are held because too many are in doubt.
    pub breaker: BreakerSettings,
    /// When a campaign is paused because of what becomes of its messages.
    pub campaign_breaker: CampaignBreakerSettings,
    /// Where advertisements are posted to.
    pub marketing: MarketingSettings,
    /// How fast a number writes to one recipient.
    pub pair: PairSettings,
    /// How Meta's messaging limits are kept.
    pub messaging_limit: MessagingLimitSettings,
    /// When numbers are read from Meta again.
    pub reread: RereadSettings,
    /// The reaper.
    pub reaper: ReaperSettings,
    /// The release of campaigns.
    pub release: ReleaseSettings,
    /// The uploads of files.
    pub media: MediaSettings,
    /// How long POSTs under way are waited for when the process stops.
    pub drain_ms: u64,
}

/// Messages in hand at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LaneSlots {
    /// One-time codes.
    pub otp: usize,
    /// Messages asked for one by one.
    pub transactional: usize,
    /// Messages of campaigns.
    pub campaign: usize,
}

/// How long a message whose fate at Meta is not known waits for a status that tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InDoubtSettings {
    /// Category AUTHENTICATION: then it is sent once more.
    pub authentication_ms: u64,
    /// The life that must be left of a one-time code for that.
    pub authentication_life_ms: u64,
    /// Category UTILITY: then it is sent once more.
    pub utility_ms: u64,
    /// Messages without a template: then it is sent once more, if the client's window is still open.
    pub service_ms: u64,
    /// Category MARKETING and unknown ones: never sent again, given up after this.
    pub marketing_ms: u64,
}

/// Settings of the reaper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReaperSettings {
    /// How often it looks for what is due: leases, retries, doubts, and held messages that waited for opt-outs.
    pub due_every_ms: u64,
    /// How often it looks for lost jobs and for held messages whose reason is gone, which others free at once.
    pub sweep_every_ms: u64,
    /// After how long an accepted message that nobody claimed is published again; or after twice the age of the lane's
    /// jobs, if that is more.
    pub lost_after_ms: u64,
    /// The most messages of one step.
    pub batch: i64,
}

/// Settings of the release of campaigns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReleaseSettings {
    /// How often rows are released while a campaign runs.
    pub every_ms: u64,
    /// How often running campaigns are looked for while there is none.
    pub idle_ms: u64,
    /// The most rows of one transaction.
    pub chunk: u32,
    /// What is outstanding at a number at most, as the time in which the number can send it.
    pub window_ms: u64,
}

impl Default for SenderSettings {
    fn default() -> Self {
        Self {
            claim_linger_ms: 20,
            claim_max: 500,
            prefetch: 2_000,
            posts_in_flight: LaneSlots::default(),
            post_within_ms: 250,
            pace_horizon_ms: 110,
            pace_slot_ms: 100,
            post_timeout_otp_ms: 5_000,
            post_timeout_ms: 15_000,
            lease_otp_ms: 20_000,
            lease_ms: 60_000,
            lease_margin_ms: 5_000,
            throughput_share: 0.8,
            consent_lag_ms: 600,
            record_gather_ms: 25,
            record_max: 500,
            record_buffer: 10_000,
            in_doubt: InDoubtSettings::default(),
            breaker: BreakerSettings::default(),
            campaign_breaker: CampaignBreakerSettings::default(),
            marketing: MarketingSettings::default(),
            pair: PairSettings::default(),
            messaging_limit: MessagingLimitSettings::default(),
            reread: RereadSettings::default(),
            reaper: ReaperSettings::default(),
            release: ReleaseSettings::default(),
            media: MediaSettings::default(),
            drain_ms: 20_000,
        }
    }
}

impl Default for LaneSlots {
    fn default() -> Self {
        Self {
            otp: 32,
            transactional: 64,
            campaign: 256,
        }
    }
}

impl Default for InDoubtSettings {
    fn default() -> Self {
        Self {
            authentication_ms: 15_000,
            authentication_life_ms: 120_000,
            utility_ms: 10 * 60 * 1_000,
            service_ms: 60_000,
            marketing_ms: 24 * 60 * 60 * 1_000,
        }
    }
}

impl Default for ReaperSettings {
    fn default() -> Self {
        Self {
            due_every_ms: 1_000,
            sweep_every_ms: 15_000,
            lost_after_ms: 120_000,
            batch: 500,
        }
    }
}

impl Default for ReleaseSettings {
    fn default() -> Self {
        Self {
            every_ms: 200,
            idle_ms: 1_000,
            chunk: 500,
            window_ms: 2_000,
        }
    }
}

impl LaneSlots {
    pub(crate) const fn of(self, lane: Lane) -> usize {
        match lane {
            Lane::Otp => self.otp,
            Lane::Transactional => self.transactional,
            Lane::Campaign => self.campaign,
        }
    }
}

impl SenderSettings {
    /// Whether the settings fit together.
    pub(crate) const fn check(&self) -> Result<(), SenderError> {
        if self.pace_horizon_ms <= self.post_within_ms {
            return Ok(());
        }
        Err(SenderError::Horizon {
            pace_horizon_ms: self.pace_horizon_ms,
            post_within_ms: self.post_within_ms,
        })
    }

    /// The most messages of a lane that wait in this process; no more jobs are taken beyond that.
    pub(crate) const fn most_waiting(&self) -> usize {
        self.claim_max.saturating_mul(WAITING_FACTOR)
    }

    pub(crate) const fn claim_linger(&self) -> Duration {
        Duration::from_millis(self.claim_linger_ms)
    }

    pub(crate) fn pace_rules(&self) -> PaceRules {
        let millis = Duration::from_millis;
        PaceRules::new(
            self.throughput_share,
            millis(self.pace_horizon_ms),
            millis(self.pace_slot_ms),
        )
    }

    pub(crate) const fn post_timeout(&self, lane: Lane) -> Duration {
        Duration::from_millis(match lane {
            Lane::Otp => self.post_timeout_otp_ms,
            Lane::Transactional | Lane::Campaign => self.post_timeout_ms,
        })
    }

    pub(crate) const fn lease(&self, lane: Lane) -> Duration {
        Duration::from_millis(match lane {
            Lane::Otp => self.lease_otp_ms,
            Lane::Transactional | Lane::Campaign => self.lease_ms,
        })
    }

    pub(crate) const fn lease_margin(&self) -> Duration {
        Duration::from_millis(self.lease_margin_ms)
    }

    pub(crate) const fn post_within(&self) -> Duration {
        Duration::from_millis(self.post_within_ms)
    }

    pub(crate) fn consent_lag(&self) -> TimeDelta {
        TimeDelta::milliseconds(
            i64::try_from(self.consent_lag_ms)
                .unwrap_or(i64::MAX)
                .min(LONGEST_CONSENT_LAG_MS),
        )
    }

    /// How old the stamp of applied opt-outs must not be when a message leaves that an opt-out covers.
    pub(crate) fn consent_age_at_post(&self) -> TimeDelta {
        self.consent_lag() + CONSENT_AGING
    }

    pub(crate) const fn drain(&self) -> Duration {
        Duration::from_millis(self.drain_ms)
    }
}

impl InDoubtSettings {
    /// How long a message of the category waits for evidence.
    pub(crate) const fn window(self, category: &Category) -> Duration {
        Duration::from_millis(match category {
            Category::Authentication => self.authentication_ms,
            Category::Utility => self.utility_ms,
            Category::Service => self.service_ms,
            Category::Marketing | Category::Other(_) => self.marketing_ms,
        })
    }
}
