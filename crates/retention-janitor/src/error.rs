//! Why the service cannot run.

use storage::StorageError;

/// Why the service cannot run.
#[derive(Debug, thiserror::Error)]
pub enum JanitorError {
    /// The setting is not a valid key.
    #[error("`sealing.master_key` is not a key of the form <id>:<base64 of 32 bytes>")]
    MasterKey(#[source] sealing::KeyError),
    /// The database's address is invalid.
    #[error("`database.urls.retention_janitor` is not the address of a database")]
    Storage(#[from] StorageError),
}
