//! What can go wrong with the database, told apart by what the caller can do about it.

use std::time::Duration;

use sealing::SealError;
use tokio::time::timeout;

/// How long a caller waits for what is only read.
const PATIENCE: Duration = Duration::from_secs(10);
/// What the message of a lock timeout says (SQLSTATE 55P03).
const LOCK_TIMEOUT: &str = "due to lock timeout";

/// An error of storage. Its text names no person and no secret.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The database cannot be reached or broke off: nothing was changed; trying again later helps.
    #[error("the database is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The database did not say whether a commit held: what was done may be there or not, and trying again finds out.
    #[error("the database did not answer a commit")]
    OutcomeUnknown(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Another transaction holds what this one needs, and did not let it go in time: nothing was changed; trying again
    /// later helps.
    #[error("another transaction holds what is needed")]
    Locked(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The business holds its share of the connections, and did not let one go in time: nothing was changed; trying again later
    /// helps.
    #[error("the business holds its share of the connections")]
    ShareExhausted,
    /// The row must be the only one of its kind and is not; the name is that of the rule.
    #[error("the rule {constraint} allows one row only")]
    Duplicate {
        /// The name of the unique constraint or index.
        constraint: String,
    },
    /// There is no such row in this scope.
    #[error("no such row")]
    NotFound,
    /// The database refused the statement: a fault of ours.
    #[error("the database refused the statement")]
    Refused(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A sealed value could not be made or opened.
    #[error("a sealed value could not be made or opened")]
    Sealing(#[from] SealError),
    /// A stored value has no meaning to this version.
    #[error("the stored value of {column} has no meaning to this version")]
    Corrupt {
        /// `table.column`.
        column: &'static str,
    },
}

impl StorageError {
    /// Whether trying again later can help.
    #[must_use]
    pub const fn is_unavailable(&self) -> bool {
        matches!(
            self,
            Self::Unavailable(_) | Self::OutcomeUnknown(_) | Self::Locked(_) | Self::ShareExhausted
        )
    }

    /// The same error, of a commit: where the database did not answer, nobody knows whether it held.
    pub fn of_commit(self) -> Self {
        match self {
            Self::Unavailable(source) => Self::OutcomeUnknown(source),
            error => error,
        }
    }

    /// Whether the data themselves are at fault, so that no later try can help. Anything else may pass: a database that
    /// is read-only for a while, a right that is granted late, a partition that is not made yet.
    #[must_use]
    pub fn is_of_the_data(&self) -> bool {
        match self {
            Self::Unavailable(_)
            | Self::OutcomeUnknown(_)
            | Self::Locked(_)
            | Self::ShareExhausted
            | Self::NotFound => false,
            Self::Duplicate { .. } | Self::Sealing(_) | Self::Corrupt { .. } => true,
            Self::Refused(_) => self.state().is_some_and(is_of_the_data),
        }
    }

    /// The SQLSTATE of a refusal, as far as the driver tells it.
    fn state(&self) -> Option<&str> {
        let Self::Refused(source) = self else {
            return None;
        };
        let error = source.downcast_ref::<tokio_postgres::Error>()?;
        error.code().map(tokio_postgres::error::SqlState::code)
    }
}

/// What a caller waits for and is only read. A database that stands still keeps its connections open, and would keep the
/// caller waiting with it.
///
/// # Errors
/// Those of `read`, or after ten seconds that the database is not available.
pub fn in_time<T>(
    read: impl Future<Output = Result<T, StorageError>>,
) -> impl Future<Output = Result<T, StorageError>> {
    // In a place of its own: it is rarely needed, and would make whatever may need it large.
    let read = timeout(PATIENCE, Box::pin(read));
    async move {
        read.await
            .unwrap_or_else(|late| Err(StorageError::Unavailable(Box::new(late))))
    }
}

impl From<diesel::result::Error> for StorageError {
    fn from(error: diesel::result::Error) -> Self {
        use diesel::result::{DatabaseErrorKind, Error};
        match error {
            Error::NotFound => Self::NotFound,
            Error::DatabaseError(DatabaseErrorKind::UniqueViolation, info) => Self::Duplicate {
                constraint: info.constraint_name().unwrap_or_default().to_owned(),
            },
            // A command that could not be sent, or whose answer never came, is how the driver reports a lost connection.
            Error::DatabaseError(
                DatabaseErrorKind::ClosedConnection
                | DatabaseErrorKind::UnableToSendCommand
                | DatabaseErrorKind::SerializationFailure,
                _,
            )
            | Error::BrokenTransactionManager => Self::Unavailable(Box::new(error)),
            // The driver hides the SQLSTATE of a lock timeout, a shutdown, a full disk and a deadlock; their messages tell them
            // apart.
            Error::DatabaseError(DatabaseErrorKind::Unknown, ref info)
                if info.message().contains(LOCK_TIMEOUT) =>
            {
                Self::Locked(Box::new(error))
            }
            Error::DatabaseError(DatabaseErrorKind::Unknown, ref info)
                if is_passing(info.message()) =>
            {
                Self::Unavailable(Box::new(error))
            }
            // A commit that failed is the reason; that it could not be rolled back either only follows from it.
            Error::RollbackErrorOnCommit { commit_error, .. } => Self::from(*commit_error),
            other => Self::Refused(Box::new(other)),
        }
    }
}

impl From<tokio_postgres::Error> for StorageError {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(database) = error.as_db_error() else {
            return Self::Unavailable(Box::new(error));
        };
        let code = database.code().code();
        if code == "23505" {
            return Self::Duplicate {
                constraint: database.constraint().unwrap_or_default().to_owned(),
            };
        }
        // Connection exceptions, shutdowns, too many connections, and what a second try of the transaction cures
        // (serialisation failure, deadlock, a session that stood still for too long).
        let passing = code.starts_with("08")
            || code.starts_with("57")
            || code.starts_with("53")
            || code.starts_with("40");
        if code == "55P03" {
            Self::Locked(Box::new(error))
        } else if passing || code == "25P03" {
            Self::Unavailable(Box::new(error))
        } else {
            Self::Refused(Box::new(error))
        }
    }
}

impl From<deadpool_postgres::PoolError> for StorageError {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        Self::Unavailable(Box::new(error))
    }
}

impl From<diesel_async::pooled_connection::deadpool::PoolError> for StorageError {
    fn from(error: diesel_async::pooled_connection::deadpool::PoolError) -> Self {
        Self::Unavailable(Box::new(error))
    }
}

/// Data exceptions and broken constraints (SQLSTATE classes 22 and 23), but for the one that a missing partition raises.
fn is_of_the_data(state: &str) -> bool {
    const NO_PARTITION: &str = "23514";
    (state.starts_with("22") || state.starts_with("23")) && state != NO_PARTITION
}

fn is_passing(message: &str) -> bool {
    [
        "No space left on device",
        "terminating connection",
        "shutting down",
        "starting up",
        "deadlock detected",
    ]
    .iter()
    .any(|sign| message.contains(sign))
}

#[cfg(test)]
mod tests {
    use diesel::result::{DatabaseErrorKind, Error};

    use super::StorageError;

    fn of(kind: DatabaseErrorKind, message: &str) -> StorageError {
        Error::DatabaseError(kind, Box::new(message.to_owned())).into()
    }

    #[test]
    fn a_connection_lost_in_the_middle_of_a_statement_or_a_full_disk_is_worth_another_try() {
        use DatabaseErrorKind::{ClosedConnection, UnableToSendCommand, Unknown};
        for (kind, message) in [
            (UnableToSendCommand, "connection closed"),
            (UnableToSendCommand, "error communicating with the server"),
            (UnableToSendCommand, "channel closed"),
            (ClosedConnection, "connection closed"),
            (
                Unknown,
                "terminating connection due to administrator command",
            ),
            (Unknown, "the database system is starting up"),
            (
                Unknown,
                "could not extend file \"base/5/16384\": No space left on device",
            ),
        ] {
            assert!(of(kind, message).is_unavailable(), "{message}");
        }
        assert!(of(DatabaseErrorKind::SerializationFailure, "").is_unavailable());
        assert!(StorageError::from(Error::BrokenTransactionManager).is_unavailable());
    }

    #[test]
    fn a_statement_that_the_database_refuses_is_not() {
        assert!(!of(DatabaseErrorKind::Unknown, "permission denied for table").is_unavailable());
        assert!(!of(DatabaseErrorKind::CheckViolation, "").is_unavailable());
    }
}
