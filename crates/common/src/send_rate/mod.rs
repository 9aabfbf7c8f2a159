//! The send rate of a number: when its messages may be sent, so that it never exceeds Meta's throughput. Pure.
//!
//! All senders share one [`NumberSendRate`] for each number. A grant reserves slots in it, evenly spaced at a share of
//! the number's throughput; a slot that is not used until its end is lost. The remaining share is a reserve for
//! one-time codes, which are sent at once and delay the others afterwards, for messages that the business sends by
//! other ways, and for messages from clients, which Meta counts too.
//!
//! **No window of one second sees more POSTs than the throughput.** Slots are an interval apart; a POST begins at most
//! a slot's length after its slot began, a one-time code at most `spare` before. So a window of one second only sees
//! POSTs of slots out of `1 + length + spare` seconds, and the rules are chosen so that no more slots than the
//! throughput fit into them. All times are the database's, so that the clocks of the senders need not agree.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// Messages per second (Meta, throughput): STANDARD.
const STANDARD: u32 = 80;
/// HIGH.
const HIGH: u32 = 1_000;
/// Numbers of unknown level, and those shared with the WhatsApp Business app (20 per second).
const UNKNOWN: u32 = 20;
/// A throttled number is slowed to no less than 1/32 of its rate.
const MOST_HALVINGS: u8 = 5;
/// A slowed number doubles its rate after this time without another throttle.
const RECOVERY: TimeDelta = TimeDelta::seconds(10);
/// Throttles of messages that were in flight together count once.
const SAME_THROTTLE: TimeDelta = TimeDelta::seconds(1);
/// The smallest share of the throughput, and the lowest rate per second, that the rules accept.
const SMALLEST: f64 = 0.001;
/// The maximum of every duration of a send rate.
const LONGEST: TimeDelta = TimeDelta::hours(1);

/// How senders use the send rate of numbers. Senders that work together must have the same rules.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SendRateRules {
    share: f64,
    horizon: TimeDelta,
    slot: TimeDelta,
}

/// The send rate of one number, shared by all senders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberSendRate {
    /// From when on slots are available.
    pub free_at: DateTime<Utc>,
    /// How often its rate was halved because Meta throttled it.
    pub halvings: u8,
    /// When it was last halved or doubled.
    pub slowed_at: DateTime<Utc>,
}

/// How many messages are ready to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ask {
    /// One-time codes.
    pub urgent: u32,
    /// All others.
    pub others: u32,
}

/// The slots that were granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// When each slot begins: first the slots of urgent messages, then of the others. Messages without a slot ask
    /// again.
    pub slots: Vec<DateTime<Utc>>,
    /// From when on further slots are available.
    pub free_at: DateTime<Utc>,
    /// The time between two slots.
    pub interval: TimeDelta,
}

/// How many messages per second a number can send at Meta's level.
#[must_use]
pub fn throughput(level: &str) -> u32 {
    match level {
        "STANDARD" => STANDARD,
        "HIGH" => HIGH,
        _ => UNKNOWN,
    }
}

impl SendRateRules {
    /// Rules that use a share (0 to 1) of each number's throughput, with slots of a length, at most `horizon` ahead.
    #[must_use]
    pub fn new(share: f64, horizon: Duration, slot: Duration) -> Self {
        let delta =
            |duration| TimeDelta::from_std(duration).map_or(LONGEST, |delta| delta.min(LONGEST));
        Self {
            share: share.clamp(SMALLEST, 1.0),
            horizon: delta(horizon),
            slot: delta(slot),
        }
    }

    /// The maximum time that a slot is granted ahead.
    #[must_use]
    pub const fn horizon(&self) -> TimeDelta {
        self.horizon
    }

    /// The time in which a POST has to begin, counted from the beginning of its slot.
    #[must_use]
    pub const fn slot(&self) -> TimeDelta {
        self.slot
    }

    /// Messages per second: the share, or less if the length of the slots requires it.
    #[must_use]
    pub fn rate(&self, throughput: u32) -> f64 {
        let most = (f64::from(throughput) - 1.0) / (1.0 + seconds(self.slot));
        (f64::from(throughput) * self.share).min(most).max(SMALLEST)
    }

    /// How long urgent messages may run ahead of their slots: the remaining share.
    #[must_use]
    pub fn spare(&self, throughput: u32) -> TimeDelta {
        let window = (f64::from(throughput) - 1.0) / self.rate(throughput);
        time((window - 1.0 - seconds(self.slot)).clamp(0.0, 1.0))
    }

    fn interval(&self, throughput: u32, halvings: u8) -> TimeDelta {
        let halved = 2_f64.powi(i32::from(halvings.min(MOST_HALVINGS)));
        let exact = time(halved / self.rate(throughput));
        // Rounded up: a shorter interval would be faster than the share. Postgres keeps microseconds.
        TimeDelta::microseconds(exact.num_microseconds().unwrap_or_default() + 1)
    }

    /// The maximum time that the free slots of a number lie ahead.
    fn lead(&self, throughput: u32, halvings: u8) -> TimeDelta {
        self.horizon.max(self.spare(throughput)) + self.interval(throughput, halvings)
    }
}

impl NumberSendRate {
    /// The send rate of a number without a stored one, perhaps because the database lost it in a crash: all earlier
    /// grants have ended when its first slot begins.
    #[must_use]
    pub fn fresh(rules: &SendRateRules, throughput: u32, now: DateTime<Utc>) -> Self {
        Self {
            free_at: now + rules.lead(throughput, 0),
            halvings: 0,
            slowed_at: now,
        }
    }

    /// Grants as many slots as are available within the horizon.
    pub fn grant(
        &mut self,
        rules: &SendRateRules,
        throughput: u32,
        ask: Ask,
        now: DateTime<Utc>,
    ) -> Grant {
        self.recover(now);
        let interval = rules.interval(throughput, self.halvings);
        // The next free slot is never later than this, unless the database's clock was set back.
        let latest = now + rules.lead(throughput, self.halvings);
        self.free_at = self.free_at.min(latest);
        let (spare, mut slots) = (rules.spare(throughput), Vec::new());
        for index in 0..ask.urgent.saturating_add(ask.others) {
            let next = self.free_at.max(now);
            if index < ask.urgent && next <= now + spare {
                slots.push(now);
            } else if next <= now + rules.horizon {
                slots.push(next);
            } else {
                break;
            }
            self.free_at = next + interval;
        }
        Grant {
            slots,
            free_at: self.free_at,
            interval,
        }
    }

    /// Meta throttled the number: its rate is halved.
    pub fn slow_down(&mut self, now: DateTime<Utc>) {
        self.recover(now);
        if self.halvings == 0 || now - self.slowed_at >= SAME_THROTTLE {
            self.halvings = (self.halvings + 1).min(MOST_HALVINGS);
            self.slowed_at = now;
        }
    }

    /// Meta reports afterwards that a message exceeded the throughput. The report counts only if the message was sent
    /// at the present rate: messages sent before the number was slowed say nothing about it. Returns whether the number
    /// is slower now.
    pub fn slow_down_for(&mut self, left_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        self.recover(now);
        let is_news = left_at > self.slowed_at;
        if is_news {
            self.slow_down(now);
        }
        is_news
    }

    /// Doubles the rate for each recovery time without a throttle.
    fn recover(&mut self, now: DateTime<Utc>) {
        self.slowed_at = self.slowed_at.min(now);
        while self.halvings > 0 && now - self.slowed_at >= RECOVERY {
            self.halvings -= 1;
            self.slowed_at += RECOVERY;
        }
    }
}

fn seconds(delta: TimeDelta) -> f64 {
    delta.to_std().unwrap_or_default().as_secs_f64()
}

fn time(seconds: f64) -> TimeDelta {
    let duration = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
    TimeDelta::from_std(duration).map_or(LONGEST, |delta| delta.min(LONGEST))
}

#[cfg(test)]
mod tests;
