//! What the reaper does: leases that ended, what is due, what is free again, and messages whose job was lost.
//!
//! One reaper works at a time: a [`LeaderGuard`] is an advisory lock that lives as long as a transaction of its own. Candidates
//! are read without a lock, then locked in the order of their keys and judged again, because a sender may have been
//! quicker; what it works on is skipped.

mod due;
mod messaging_limit;
mod release_held;
mod republish;

pub use due::{Due, take_due};
pub use messaging_limit::{PlacesKept, keep_places};
pub use release_held::{Freeing, free_held};
pub use republish::{SweepLimits, sweep_lost};

use super::claim::MessageKey;
use super::transitions::MessageKeys;
use database::StorageError;
use database::{BatchConnection, BatchRole, BatchTransaction, Store};

/// A turn stands still while its worker works, and keeps nobody from a row.
const IDLE_TIMEOUT: &str = "set local idle_in_transaction_session_timeout = '60s'";
const TAKE_TURN: &str = "select pg_try_advisory_xact_lock(hashtext($1))";

/// Messages that may be claimed again and are the caller's to publish.
#[derive(Debug, Default)]
pub struct Reaped {
    /// All of them.
    pub messages: Vec<MessageKeys>,
    /// Messages that could not be worked on, and why: left alone, so that they keep no other back.
    pub failed: Vec<(MessageKey, StorageError)>,
}

/// Work that one sender of all does at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worker {
    /// The reaper.
    Reaper,
    /// The release of campaigns.
    CampaignDispatch,
    /// Asking Meta about numbers whose breaker is open.
    BreakerProbe,
    /// Judging running campaigns.
    CampaignBreaker,
    /// Reading numbers from Meta again.
    NumberRefresh,
}

/// A connection to take turns on.
pub struct LeaderLock {
    connection: BatchConnection,
    worker: Worker,
}

/// The right to work, until it is dropped.
pub struct LeaderGuard<'a> {
    _transaction: BatchTransaction<'a>,
}

impl Worker {
    const fn lock_name(self) -> &'static str {
        match self {
            Self::Reaper => "djigbachats reaper",
            Self::CampaignDispatch => "djigbachats release",
            Self::BreakerProbe => "djigbachats half open",
            Self::CampaignBreaker => "djigbachats campaign breaker",
            Self::NumberRefresh => "djigbachats number refresh",
        }
    }
}

impl LeaderLock {
    /// Takes a connection out of the pool.
    ///
    /// # Errors
    /// When the database is not available.
    pub async fn new(store: &Store, worker: Worker) -> Result<Self, StorageError> {
        Ok(Self {
            connection: store.batch(BatchRole::Sender).await?,
            worker,
        })
    }

    /// Takes the turn; `None` when another process has it.
    ///
    /// # Errors
    /// When the database is not available.
    pub async fn take(&mut self) -> Result<Option<LeaderGuard<'_>>, StorageError> {
        let transaction = self.connection.begin().await?;
        transaction.batch_execute(IDLE_TIMEOUT).await?;
        let row = transaction
            .query_one(TAKE_TURN, &[&self.worker.lock_name()])
            .await?;
        let is_mine: bool = row.try_get(0)?;
        Ok(is_mine.then_some(LeaderGuard {
            _transaction: transaction,
        }))
    }
}
