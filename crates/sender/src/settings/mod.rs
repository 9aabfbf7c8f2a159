//! The settings of the sender. The defaults suit one small server and Meta's production.

mod breakers;
mod in_doubt;
mod limits;
mod marketing;
mod media;
mod workers;

use std::time::Duration;

use broker::BrokerSettings;
use chrono::TimeDelta;
use cloud_api::CloudApiSettings;
use common::message::Lane;
use common::send_rate::SendRateRules;
use secrecy::SecretString;
use serde::Deserialize;
use storage::StorageSettings;

pub use breakers::{BreakerSettings, CampaignBreakerSettings};
pub use in_doubt::InDoubtSettings;
pub use limits::{MessagingLimitSettings, NumberRefreshSettings, PairRateLimitSettings};
pub use marketing::MarketingSettings;
pub use media::MediaSettings;
pub use workers::{DispatchSettings, ReaperSettings};

use crate::SenderError;

/// How much older the consent watermark may be at the POST than at the claim.
const CONSENT_AGING: TimeDelta = TimeDelta::milliseconds(300);

/// How many messages may wait for each message of a claim.
const WAITING_FACTOR: usize = 20;

/// A consent watermark that is older than a day is not used.
const LONGEST_CONSENT_LAG_MS: i64 = 24 * 60 * 60 * 1_000;

/// All settings that the sender reads.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The section `sender`.
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
    /// How long jobs are collected before they are claimed together, and the minimum time between two claims of a lane
    /// other than that of one-time codes.
    pub claim_linger_ms: u64,
    /// The maximum number of messages of one claim.
    pub claim_max: usize,
    /// The maximum number of unacked jobs of a lane.
    pub prefetch: u16,
    /// The maximum number of messages in flight, for each lane, from before their claim until their result is handed
    /// on; messages that wait for their slot count. The lanes do not share them.
    pub posts_in_flight: LaneSlots,
    /// The maximum time between a claim and its POST; later messages are given back.
    pub post_within_ms: u64,
    /// How far ahead send slots are allocated: a claimed message waits at most this long. It must be the same for all
    /// senders.
    pub send_horizon_ms: u64,
    /// How long a slot is: a POST that has not begun by its end is given back. The longer the slots, the less of the
    /// share can be used, so that no second sees more than Meta allows. It must be the same for all senders.
    pub send_slot_ms: u64,
    /// Time limit of a POST with a one-time code.
    pub post_timeout_otp_ms: u64,
    /// Time limit of any other POST.
    pub post_timeout_ms: u64,
    /// Lease of a one-time code.
    pub lease_otp_ms: u64,
    /// Lease of any other message.
    pub lease_ms: u64,
    /// The minimum time that has to be left of a lease after the time limit of the POST.
    pub lease_margin_ms: u64,
    /// The share of a number's throughput that is used: the rest is for messages that the business sends by other ways,
    /// and for messages from clients, which Meta counts too. It must be the same for all senders.
    pub throughput_share: f64,
    /// How old the consent watermark may be before messages that an opt-out covers are held; at the POST itself it may
    /// be 300 ms older, so that no message is sent later than a second after the opt-out was confirmed.
    pub consent_lag_ms: u64,
    /// How long results are collected before they are recorded together.
    pub record_linger_ms: u64,
    /// The maximum number of results of one write.
    pub record_max: usize,
    /// The maximum number of results that wait while the database is not available; beyond it no new message is posted.
    pub record_buffer: usize,
    /// How messages in doubt are handled.
    pub in_doubt: InDoubtSettings,
    /// When a number's messages are held because too many are in doubt.
    pub breaker: BreakerSettings,
    /// When a campaign is paused because its messages fail.
    pub campaign_breaker: CampaignBreakerSettings,
    /// The endpoint for marketing messages.
    pub marketing: MarketingSettings,
    /// How fast a number may message one recipient.
    pub pair_rate_limit: PairRateLimitSettings,
    /// How Meta's messaging limits are applied.
    pub messaging_limit: MessagingLimitSettings,
    /// When numbers are read from Meta again.
    pub number_refresh: NumberRefreshSettings,
    /// The reaper.
    pub reaper: ReaperSettings,
    /// The dispatch of campaigns.
    pub dispatch: DispatchSettings,
    /// The uploads of files.
    pub media: MediaSettings,
    /// How long POSTs in flight are awaited when the process stops.
    pub drain_ms: u64,
}

/// The maximum numbers of messages in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LaneSlots {
    /// One-time codes.
    pub otp: usize,
    /// Messages that are requested one by one.
    pub transactional: usize,
    /// Messages of campaigns.
    pub campaign: usize,
}

impl Default for SenderSettings {
    fn default() -> Self {
        Self {
            claim_linger_ms: 20,
            claim_max: 500,
            prefetch: 2_000,
            posts_in_flight: LaneSlots::default(),
            post_within_ms: 250,
            send_horizon_ms: 110,
            send_slot_ms: 100,
            post_timeout_otp_ms: 5_000,
            post_timeout_ms: 15_000,
            lease_otp_ms: 20_000,
            lease_ms: 60_000,
            lease_margin_ms: 5_000,
            throughput_share: 0.8,
            consent_lag_ms: 600,
            record_linger_ms: 25,
            record_max: 500,
            record_buffer: 10_000,
            in_doubt: InDoubtSettings::default(),
            breaker: BreakerSettings::default(),
            campaign_breaker: CampaignBreakerSettings::default(),
            marketing: MarketingSettings::default(),
            pair_rate_limit: PairRateLimitSettings::default(),
            messaging_limit: MessagingLimitSettings::default(),
            number_refresh: NumberRefreshSettings::default(),
            reaper: ReaperSettings::default(),
            dispatch: DispatchSettings::default(),
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
    /// Checks that the settings are consistent.
    pub(crate) const fn check(&self) -> Result<(), SenderError> {
        if self.send_horizon_ms <= self.post_within_ms {
            return Ok(());
        }
        Err(SenderError::Horizon {
            send_horizon_ms: self.send_horizon_ms,
            post_within_ms: self.post_within_ms,
        })
    }

    /// The maximum number of messages of a lane that wait in this process; beyond it no more jobs are consumed.
    pub(crate) const fn most_waiting(&self) -> usize {
        self.claim_max.saturating_mul(WAITING_FACTOR)
    }

    pub(crate) const fn claim_linger(&self) -> Duration {
        Duration::from_millis(self.claim_linger_ms)
    }

    pub(crate) fn send_rate_rules(&self) -> SendRateRules {
        let millis = Duration::from_millis;
        SendRateRules::new(
            self.throughput_share,
            millis(self.send_horizon_ms),
            millis(self.send_slot_ms),
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

    /// The maximum age of the consent watermark at the POST of a message that an opt-out covers.
    pub(crate) fn consent_age_at_post(&self) -> TimeDelta {
        self.consent_lag() + CONSENT_AGING
    }

    pub(crate) const fn drain(&self) -> Duration {
        Duration::from_millis(self.drain_ms)
    }
}
