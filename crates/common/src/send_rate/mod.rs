//! The pace of a number: when its messages may leave, so that it never exceeds what Meta lets it send. Pure.
//!
//! All senders share one [`NumberSendRate`] for each number. A grant reserves slots in it, evenly spaced at a share of the
//! number's throughput; a slot that is not used until its end is void. What the share leaves over is there for
//! one-time codes, which leave at once and keep the others waiting afterwards, for what the business sends by other ways
//! and for what clients write, which Meta counts too.
//!
//! **No window of one second sees more POSTs than the throughput.** Slots stand an interval apart; a POST begins at most
//! a slot's length after its slot began, a one-time code at most `spare` before. So a window of one second only sees
//! POSTs of slots out of `1 + length + spare` seconds, and the rules are chosen so that no more slots than the throughput
//! fit into them. All times are the database's, so that the clocks of the senders need not agree.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// Messages in a second (Meta, throughput): STANDARD.
const STANDARD: u32 = 80;
/// HIGH.
const HIGH: u32 = 1_000;
/// Numbers whose level is not known, as those shared with the WhatsApp Business app (20 in a second).
const UNKNOWN: u32 = 20;
/// A throttled number is slowed to the 32nd part at most.
const MOST_HALVINGS: u8 = 5;
/// A slowed number doubles its pace after this time without another throttle.
const RECOVERY: TimeDelta = TimeDelta::seconds(10);
/// Throttles of messages that were under way together count once.
const SAME_THROTTLE: TimeDelta = TimeDelta::seconds(1);
/// The smallest part of the throughput, and the fewest messages in a second, that the rules are calculated with.
const SMALLEST: f64 = 0.001;
/// Nothing of a pace is longer.
const LONGEST: TimeDelta = TimeDelta::hours(1);

/// How senders use the pace of numbers. Senders that work together have the same.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PaceRules {
    share: f64,
    horizon: TimeDelta,
    slot: TimeDelta,
}

/// The pace of one number, as all senders share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberSendRate {
    /// From when on slots are free.
    pub free_at: DateTime<Utc>,
    /// How often its pace was halved because Meta throttled it.
    pub halvings: u8,
    /// When that was done or undone last.
    pub slowed_at: DateTime<Utc>,
}

/// How many messages want to leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ask {
    /// One-time codes.
    pub urgent: u32,
    /// All others.
    pub others: u32,
}

/// What an ask got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// When each slot begins: first those of the urgent messages, then of the others. What has none asks again.
    pub slots: Vec<DateTime<Utc>>,
    /// From when on further slots are free.
    pub free_at: DateTime<Utc>,
    /// The time between two slots.
    pub interval: TimeDelta,
}

/// What a number can send in a second by Meta's word on its level.
#[must_use]
pub fn throughput(level: &str) -> u32 {
    match level {
        "STANDARD" => STANDARD,
        "HIGH" => HIGH,
        _ => UNKNOWN,
    }
}

impl PaceRules {
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

    /// How far ahead of its time a slot is granted at most.
    #[must_use]
    pub const fn horizon(&self) -> TimeDelta {
        self.horizon
    }

    /// The time in which a POST has to begin, from the begin of its slot on.
    #[must_use]
    pub const fn slot(&self) -> TimeDelta {
        self.slot
    }

    /// Messages in a second: the share, or the less that the length of the slots leaves.
    #[must_use]
    pub fn rate(&self, throughput: u32) -> f64 {
        let most = (f64::from(throughput) - 1.0) / (1.0 + seconds(self.slot));
        (f64::from(throughput) * self.share).min(most).max(SMALLEST)
    }

    /// For how long urgent messages may run ahead of their slots: what the share leaves over.
    #[must_use]
    pub fn spare(&self, throughput: u32) -> TimeDelta {
        let window = (f64::from(throughput) - 1.0) / self.rate(throughput);
        time((window - 1.0 - seconds(self.slot)).clamp(0.0, 1.0))
    }

    fn interval(&self, throughput: u32, halvings: u8) -> TimeDelta {
        let halved = 2_f64.powi(i32::from(halvings.min(MOST_HALVINGS)));
        let exact = time(halved / self.rate(throughput));
        // Rounded up: a shorter one would be faster than the share. Postgres keeps microseconds.
        TimeDelta::microseconds(exact.num_microseconds().unwrap_or_default() + 1)
    }

    /// By how much the free slots of a number lie ahead at most.
    fn lead(&self, throughput: u32, halvings: u8) -> TimeDelta {
        self.horizon.max(self.spare(throughput)) + self.interval(throughput, halvings)
    }
}

impl NumberSendRate {
    /// The pace of a number of which nothing is known, perhaps because the database lost it in a crash: whatever was
    /// granted before is over when its first slot begins.
    #[must_use]
    pub fn fresh(rules: &PaceRules, throughput: u32, now: DateTime<Utc>) -> Self {
        Self {
            free_at: now + rules.lead(throughput, 0),
            halvings: 0,
            slowed_at: now,
        }
    }

    /// Grants as many slots as there are soon.
    pub fn grant(
        &mut self,
        rules: &PaceRules,
        throughput: u32,
        ask: Ask,
        now: DateTime<Utc>,
    ) -> Grant {
        self.recover(now);
        let interval = rules.interval(throughput, self.halvings);
        // Nothing is granted further ahead: the database's clock was set back.
        let latest = now + rules.lead(throughput, self.halvings);
        self.free_at = self.free_at.min(latest);
        let (spare, mut slots) = (rules.spare(throughput), Vec::new());
        for place in 0..ask.urgent.saturating_add(ask.others) {
            let next = self.free_at.max(now);
            if place < ask.urgent && next <= now + spare {
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

    /// Meta throttled the number: it goes half as fast.
    pub fn slow_down(&mut self, now: DateTime<Utc>) {
        self.recover(now);
        if self.halvings == 0 || now - self.slowed_at >= SAME_THROTTLE {
            self.halvings = (self.halvings + 1).min(MOST_HALVINGS);
            self.slowed_at = now;
        }
    }

    /// Meta says afterwards that a message which left at a time was too much. That is a word on the pace only if the message
    /// left at the present one: what left before it was slowed is no news. Whether the number goes slower now.
    pub fn slow_down_for(&mut self, left_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        self.recover(now);
        let is_news = left_at > self.slowed_at;
        if is_news {
            self.slow_down(now);
        }
        is_news
    }

    /// Doubles the pace for each while without a throttle.
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
