//! Whether a message may be sent now. This is the only policy: every claim gathers the context and applies its
//! decision.
//!
//! Reasons that end a message are checked before reasons that hold it, so that a message of a cancelled campaign does
//! not wait for a token. The last check of consent is here: an opt-out that was applied suppresses the message, and one
//! that may not have been applied yet holds it.

#[cfg(test)]
mod tests;
mod time_limits;

use chrono::{DateTime, TimeDelta, Utc};

use super::{ExpiredReason, HeldReason, MessageState, Window};
use crate::campaign::CampaignState;
use crate::feed::{
    CancelReason, FileRejection, MessageEvent, Rejection, Unresolved, UnresolvedReason,
};
use crate::media::MediaAtMeta;
use crate::number::NumberState;
use crate::template::Category;

pub use time_limits::{TimeLimits, wait_within_life};

/// The maximum number of attempts: a week of attempts a minute apart, and well within the column's range.
const MAX_ATTEMPTS: u16 = 10_000;

/// The inputs of the decision whether a message may be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EligibilityContext {
    /// The category of its template.
    pub category: Category,
    /// How many attempts were started before.
    pub attempt: u16,
    /// Whether it was sent a second time while the outcome of the first attempt was unknown.
    pub possible_duplicate: bool,
    /// It must not be sent after this time.
    pub expires_at: Option<DateTime<Utc>>,
    /// The state of its campaign; `None` for a message outside of campaigns.
    pub campaign: Option<CampaignState>,
    /// Whether the same campaign has an earlier message to another number of the recipient.
    pub is_second_of_campaign: bool,
    /// Whether its number can send.
    pub number: NumberState,
    /// Whether its template may be sent; a message without a template needs none.
    pub is_template_sendable: bool,
    /// Whether the recipient opted out.
    pub is_opted_out: bool,
    /// Up to when every opt-out that Meta reported has been applied.
    pub consent_applied_until: Option<DateTime<Utc>>,
    /// Whether its content is stored; a one-time code may be lost.
    pub has_content: bool,
    /// The recipient's customer service window; it applies to messages without a template.
    pub window: Window,
    /// Whether each of its files is at Meta.
    pub media: Vec<MediaAtMeta>,
}

/// Whether a message may be sent now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Eligibility {
    /// It may be sent.
    Eligible,
    /// It is held.
    Held(HeldReason),
    /// It is never sent.
    Ended(EndReason),
}

/// Why a message is never sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndReason {
    /// The recipient opted out.
    Suppressed,
    /// Its time passed.
    Expired,
    /// The content of its one-time code is no longer stored.
    CodeLost,
    /// The maximum number of attempts was reached.
    Exhausted,
    /// The recipient's window closed before it was sent.
    WindowClosed,
    /// Meta may have it, and it may not be sent again.
    Unresolved,
    /// Its campaign was cancelled.
    Cancelled,
    /// Its campaign already has a message to another number of the same person.
    SecondOfCampaign,
    /// A file of it is not at Meta, because Meta refused it with this code; without a code the file is no longer stored.
    MediaRefused(Option<i32>),
}

impl EligibilityContext {
    /// Whether the message may be sent now. Marketing is held if the consent watermark is older than `consent_lag`.
    #[must_use]
    pub fn decide(&self, now: DateTime<Utc>, consent_lag: TimeDelta) -> Eligibility {
        match self.ended(now) {
            // Meta may have the first copy, so the message cannot end as not sent.
            Some(_) if self.possible_duplicate => Eligibility::Ended(EndReason::Unresolved),
            Some(reason) => Eligibility::Ended(reason),
            None => self
                .held(now, consent_lag)
                .map_or(Eligibility::Eligible, Eligibility::Held),
        }
    }

    /// What the passing of time changes.
    #[must_use]
    pub const fn time_limits(&self) -> TimeLimits<'_> {
        TimeLimits {
            category: &self.category,
            expires_at: self.expires_at,
            window: self.window,
            consent_applied_until: self.consent_applied_until,
        }
    }

    fn ended(&self, now: DateTime<Utc>) -> Option<EndReason> {
        if self.campaign.is_some_and(CampaignState::ends_messages) {
            return Some(EndReason::Cancelled);
        }
        if let Some(reason) = self.time_limits().end(now) {
            return Some(reason);
        }
        if self.is_second_of_campaign {
            return Some(EndReason::SecondOfCampaign);
        }
        if self.category.covered_by_opt_out() && self.is_opted_out {
            return Some(EndReason::Suppressed);
        }
        if !self.has_content {
            return Some(EndReason::CodeLost);
        }
        if self.attempt >= MAX_ATTEMPTS {
            return Some(EndReason::Exhausted);
        }
        self.media.iter().find_map(|media| match media {
            MediaAtMeta::Refused(code) => Some(EndReason::MediaRefused(*code)),
            MediaAtMeta::NotUploaded | MediaAtMeta::Uploaded(_) => None,
        })
    }

    fn held(&self, now: DateTime<Utc>, consent_lag: TimeDelta) -> Option<HeldReason> {
        if let Some(reason) = self.number.hold() {
            return Some(reason);
        }
        if self.campaign.is_some_and(CampaignState::holds_messages) {
            return Some(HeldReason::CampaignPaused);
        }
        if !self.is_template_sendable {
            return Some(HeldReason::TemplateNotApproved);
        }
        if !self.time_limits().is_consent_known(now, consent_lag) {
            return Some(HeldReason::ConsentLag);
        }
        let is_missing = self.media.contains(&MediaAtMeta::NotUploaded);
        is_missing.then_some(HeldReason::MediaNotUploaded)
    }
}

impl EndReason {
    /// The label of metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Suppressed => "suppressed",
            Self::Expired => "expired",
            Self::CodeLost => "code_lost",
            Self::Exhausted => "exhausted",
            Self::WindowClosed => "window_closed",
            Self::Unresolved => "unresolved",
            Self::Cancelled => "cancelled",
            Self::SecondOfCampaign => "second_of_campaign",
            Self::MediaRefused(_) => "media_refused",
        }
    }

    /// The final state of the message.
    #[must_use]
    pub const fn state(self) -> MessageState {
        match self {
            Self::Suppressed => MessageState::Suppressed,
            Self::Expired | Self::CodeLost | Self::Exhausted | Self::WindowClosed => {
                MessageState::Expired
            }
            Self::Unresolved => MessageState::Unresolved,
            Self::Cancelled | Self::SecondOfCampaign => MessageState::Cancelled,
            Self::MediaRefused(_) => MessageState::Rejected,
        }
    }

    /// Why it expired, if it did so before its time.
    #[must_use]
    pub const fn expired_reason(self) -> Option<ExpiredReason> {
        match self {
            Self::CodeLost => Some(ExpiredReason::CodeLost),
            Self::Exhausted => Some(ExpiredReason::Exhausted),
            Self::WindowClosed => Some(ExpiredReason::WindowClosed),
            _ => None,
        }
    }

    /// The event for the business.
    #[must_use]
    pub const fn event(self) -> MessageEvent {
        match self {
            Self::Suppressed => MessageEvent::Suppressed {},
            Self::Expired | Self::CodeLost | Self::Exhausted | Self::WindowClosed => {
                MessageEvent::Expired {
                    reason: self.expired_reason(),
                }
            }
            Self::Unresolved => MessageEvent::Unresolved(Unresolved::BeforePost {
                reason: UnresolvedReason::NotSentAgain,
            }),
            Self::Cancelled => MessageEvent::Cancelled { reason: None },
            Self::SecondOfCampaign => MessageEvent::Cancelled {
                reason: Some(CancelReason::SameContact),
            },
            Self::MediaRefused(Some(error_code)) => {
                MessageEvent::Rejected(Rejection::File(FileRejection::MediaRefused { error_code }))
            }
            Self::MediaRefused(None) => {
                MessageEvent::Rejected(Rejection::File(FileRejection::MediaGone))
            }
        }
    }
}
