//! The entry of a table in the registry.

use chrono::{DateTime, Utc};

use super::Category;

/// A table with its content and how its rows are deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    /// Its name in the database.
    pub name: &'static str,
    /// Its purpose.
    pub purpose: &'static str,
    /// The form of its personal data and secrets.
    pub at_rest: AtRest,
    /// When and how its rows are deleted.
    pub retention: Retention,
}

/// The form in which personal data and secrets are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtRest {
    /// It has none: ids, states, times and counts.
    NoPersonalData,
    /// Texts of the business itself, such as its name and number, in clear text.
    Clear,
    /// Keyed hashes only.
    Hashed,
    /// Sealed values only.
    Sealed,
    /// Sealed values, and keyed hashes to find them.
    SealedAndHashed,
}

/// When and how rows of a table are deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retention {
    /// By the month: the table is partitioned by the month of its ids, and the janitor drops a partition when its first
    /// day is as old as the period.
    Partition(Category),
    /// Row by row, by the janitor. The columns are the primary key, by which rows are deleted.
    Rows(Category, Expiry, &'static [&'static str]),
    /// Row by row, by another service in the course of its work.
    ByService(Category, &'static str),
    /// With its row of another table.
    WithParent(&'static str),
    /// On an event, and not after a time.
    When(&'static str),
    /// Never, for the given reason.
    Never(&'static str),
}

/// The column that determines when a row expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// A period after the time in this column.
    After(&'static str),
    /// At the time in this column, which was computed from the period.
    At(&'static str),
}

/// A table whose rows the janitor deletes one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpiringTable {
    /// Its name in the database.
    pub name: &'static str,
    /// The category whose period applies.
    pub category: Category,
    /// When a row expires.
    pub expiry: Expiry,
    /// The columns of its primary key.
    pub key: &'static [&'static str],
}

impl Table {
    /// The table as an expiring one; `None` when its rows are not deleted one by one.
    #[must_use]
    pub const fn expiring(&self) -> Option<ExpiringTable> {
        match self.retention {
            Retention::Rows(category, expiry, key) => Some(ExpiringTable {
                name: self.name,
                category,
                expiry,
                key,
            }),
            Retention::Partition(_)
            | Retention::ByService(..)
            | Retention::WithParent(_)
            | Retention::When(_)
            | Retention::Never(_) => None,
        }
    }

    /// The category of a partitioned table; `None` for any other.
    #[must_use]
    pub const fn partition_category(&self) -> Option<Category> {
        match self.retention {
            Retention::Partition(category) => Some(category),
            Retention::Rows(..)
            | Retention::ByService(..)
            | Retention::WithParent(_)
            | Retention::When(_)
            | Retention::Never(_) => None,
        }
    }
}

impl ExpiringTable {
    /// Rows whose [`Self::column`] is before this have expired.
    #[must_use]
    pub fn cutoff(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self.expiry {
            Expiry::After(_) => now - self.category.default_period(),
            Expiry::At(_) => now,
        }
    }

    /// The column with the time.
    #[must_use]
    pub const fn column(&self) -> &'static str {
        match self.expiry {
            Expiry::After(column) | Expiry::At(column) => column,
        }
    }
}

impl AtRest {
    /// As text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoPersonalData => "no personal data",
            Self::Clear => "clear",
            Self::Hashed => "hashed",
            Self::Sealed => "sealed",
            Self::SealedAndHashed => "sealed and hashed",
        }
    }
}
