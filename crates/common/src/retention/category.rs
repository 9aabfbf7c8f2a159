//! Categories of rows that are kept for the same time.

use chrono::TimeDelta;

/// A category of rows with a period of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// What businesses send: 351 days.
    Messages,
    /// What customers write: 351 days.
    InboundMessages,
    /// The event feed: 351 days.
    Events,
    /// Files that messages carry: 70 days. No message with one of them may wait for longer (`common::media`), and large
    /// files are not kept without a use.
    Files,
    /// Results of uploads to Meta: as long as Meta keeps the file or a refusal is valid, at most 28 days.
    FileUploads,
    /// Content of one-time codes: 5 minutes.
    OneTimeCodes,
    /// Responses of calls that create something: 7 days, because a client may be offline for long before it repeats its
    /// call.
    IdempotencyKeys,
    /// Hashes of applied updates: 8 days, one more than Meta repeats them.
    ProcessedUpdates,
    /// Statuses whose message is not known yet: 8 days, one more than Meta repeats them.
    UnmatchedStatuses,
    /// When customers last wrote to a number: 30 days. A window is open for 24 hours; for the rest of the period the
    /// API can say when it closed.
    ServiceWindows,
    /// Contacts with their identifiers: 351 days after Meta last showed the person.
    Contacts,
    /// The people whom a business messaged outside of customer service windows: 24 hours, for which Meta counts them.
    MessagingLimit,
}

/// The periods of a category.
struct Periods {
    default: TimeDelta,
    /// No setting may be longer.
    ceiling: TimeDelta,
    /// No setting may be shorter.
    floor: TimeDelta,
}

impl Periods {
    const fn fixed(period: TimeDelta) -> Self {
        Self {
            default: period,
            ceiling: period,
            floor: period,
        }
    }

    /// Rows of monthly partitions: not dropped before their month is over, because it still receives rows.
    const fn monthly(days: i64) -> Self {
        let longest = TimeDelta::days(days);
        Self {
            default: longest,
            ceiling: longest,
            floor: TimeDelta::days(31),
        }
    }
}

impl Category {
    /// The period when no setting shortens it.
    #[must_use]
    pub const fn default_period(self) -> TimeDelta {
        self.periods().default
    }

    /// The longest period: the one of the privacy policy.
    #[must_use]
    pub const fn ceiling(self) -> TimeDelta {
        self.periods().ceiling
    }

    /// The period under a setting: never longer than the ceiling, never so short that rows in use would be deleted.
    #[must_use]
    pub fn shortened_to(self, wanted: TimeDelta) -> TimeDelta {
        let Periods { ceiling, floor, .. } = self.periods();
        wanted.clamp(floor, ceiling)
    }

    const fn periods(self) -> Periods {
        match self {
            Self::Messages | Self::InboundMessages | Self::Events => Periods::monthly(351),
            Self::Files => Periods::monthly(70),
            Self::FileUploads => Periods::fixed(TimeDelta::days(28)),
            Self::OneTimeCodes => Periods::fixed(TimeDelta::minutes(5)),
            Self::IdempotencyKeys => Periods::fixed(TimeDelta::days(7)),
            Self::ProcessedUpdates | Self::UnmatchedStatuses => Periods::fixed(TimeDelta::days(8)),
            Self::ServiceWindows => Periods::fixed(TimeDelta::days(30)),
            Self::Contacts => Periods::fixed(TimeDelta::days(351)),
            Self::MessagingLimit => Periods::fixed(crate::messaging_limit::COUNTS_FOR),
        }
    }
}
