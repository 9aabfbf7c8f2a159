//! The part of the decision that the passing of time changes: a POST that waited for its send slot and a message whose
//! timer is due are checked by it again.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::message::{EndReason, Window};
use crate::template::Category;

/// Until when a message may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeLimits<'a> {
    /// The category of its template.
    pub category: &'a Category,
    /// It must not be sent after this time.
    pub expires_at: Option<DateTime<Utc>>,
    /// The recipient's customer service window; it applies to messages without a template.
    pub window: Window,
    /// Up to when every opt-out that Meta reported has been applied.
    pub consent_applied_until: Option<DateTime<Utc>>,
}

impl TimeLimits<'_> {
    /// Whether none of the limits has passed. Marketing needs a consent watermark no older than `consent_age`.
    #[must_use]
    pub fn allow(&self, now: DateTime<Utc>, consent_age: TimeDelta) -> bool {
        self.end(now).is_none() && self.is_consent_known(now, consent_age)
    }

    /// Why a message that is not sent yet ends now, if time ended it. A closed window says more than a time that passed
    /// meanwhile, so it comes first.
    #[must_use]
    pub fn end(&self, now: DateTime<Utc>) -> Option<EndReason> {
        if self.is_window_closed(now) {
            return Some(EndReason::WindowClosed);
        }
        let is_expired = self.expires_at.is_some_and(|at| at <= now);
        is_expired.then_some(EndReason::Expired)
    }

    /// Whether it needs a customer service window, and that window is closed.
    #[must_use]
    pub fn is_window_closed(&self, now: DateTime<Utc>) -> bool {
        *self.category == Category::Service && !self.window.is_open(now)
    }

    /// Whether every opt-out that may cover it is known: the consent watermark is no older than `consent_age`, or
    /// opt-outs do not cover its category.
    #[must_use]
    pub fn is_consent_known(&self, now: DateTime<Utc>, consent_age: TimeDelta) -> bool {
        let until = self.consent_applied_until;
        !self.category.covered_by_opt_out() || until.is_some_and(|until| now - until <= consent_age)
    }
}

/// How long a message waits that should wait for `wait`: no longer than until it expires.
#[must_use]
pub fn wait_within_life(
    wait: Duration,
    expires_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Duration {
    let life_left = expires_at.map(|at| (at - now).to_std().unwrap_or_default());
    life_left.map_or(wait, |left| wait.min(left))
}
