//! The connections of a process to its database, and the roles under which they are used.

use std::fmt;
use std::sync::Arc;

use common::ids::BusinessId;
use diesel::QueryDsl;
use diesel_async::pooled_connection::deadpool::{Object, Pool};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use fair_share::{Exhausted, FairShare, Permit};
use futures_util::FutureExt;
use sealing::{BusinessKeys, MasterKeys, WrappedKey};

use crate::connections::{self, POOL_TIMEOUT};
use crate::error::StorageError;
use crate::keys::KeyCache;
use crate::schema::data_keys;
use crate::scope::{BusinessScope, LOCK_TIMEOUT, ScopedTransaction};
use crate::settings::StorageSettings;

/// The database of a process. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
    filters_by_business: bool,
}

struct Inner {
    requests: Pool<AsyncPgConnection>,
    /// Of the connections for requests, so that one business leaves some to the others.
    connection_shares: FairShare<BusinessId>,
    workers: deadpool_postgres::Pool,
    keys: KeyCache,
}

/// The role of a request of one business.
pub(crate) const BUSINESS: &str = "djigbachats_business";
/// The role of a group of accepted messages.
pub(crate) const ACCEPT: &str = "djigbachats_accept";
/// The role of the platform.
pub(crate) const PLATFORM: &str = "djigbachats_platform";

/// The role of a worker that crosses businesses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchRole {
    /// Claims, records results, reaps and releases campaigns.
    Sender,
    /// Applies what Meta and the clients said.
    Projector,
    /// Finds the accounts whose templates are due.
    Sync,
    /// Makes and drops partitions and deletes what is past its time.
    Janitor,
}

/// A transaction of a worker, on the driver itself: its statements are prepared once per connection and can be pipelined.
/// Dropped without a commit, it is rolled back.
pub struct BatchTransaction<'a> {
    client: &'a deadpool_postgres::Object,
    setup: &'a str,
    is_committed: bool,
}

/// A connection of the workers.
pub struct BatchConnection {
    client: deadpool_postgres::Object,
    /// Begins a transaction under the role.
    setup: String,
}

impl Store {
    /// Prepares the connections; the first one is made when it is needed.
    ///
    /// # Errors
    /// When the URL is not one.
    pub fn new(settings: &StorageSettings, master: MasterKeys) -> Result<Self, StorageError> {
        let config = connections::config(settings)?;
        let inner = Arc::new(Inner {
            requests: connections::requests(config.clone(), settings.request_connections)?,
            connection_shares: FairShare::new(
                settings.request_connections,
                settings.request_connections_per_business,
            ),
            workers: connections::workers(config, settings.worker_connections)?,
            keys: KeyCache::new(master),
        });
        Ok(Self {
            inner,
            filters_by_business: true,
        })
    }

    /// The scope of one business. Whether it exists shows when the scope is used.
    #[must_use]
    pub fn business(&self, business_id: BusinessId) -> BusinessScope {
        BusinessScope::new(self.clone(), business_id)
    }

    /// A connection under the role of a worker.
    ///
    /// # Errors
    /// When the database is not available.
    pub async fn batch(&self, role: BatchRole) -> Result<BatchConnection, StorageError> {
        let setup = begin(role.name());
        Ok(BatchConnection {
            client: self.inner.workers.get().await?,
            setup,
        })
    }

    /// A connection for one group of accepted messages, under a role that sees the given businesses alone.
    ///
    /// # Errors
    /// When the database is not available.
    pub async fn accept_connection(
        &self,
        businesses: &[BusinessId],
    ) -> Result<BatchConnection, StorageError> {
        let ids = businesses
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(",");
        let setup = begin(&format!(
            "{ACCEPT}; set local djigbachats.business_ids = '{ids}'"
        ));
        Ok(BatchConnection {
            client: self.inner.workers.get().await?,
            setup,
        })
    }

    /// A connection of a worker in the scope of one business: what a request of that business might see and do.
    ///
    /// # Errors
    /// When the database is not available.
    pub async fn business_batch(
        &self,
        business_id: BusinessId,
    ) -> Result<BatchConnection, StorageError> {
        let setup = begin(&format!(
            "{BUSINESS}; set local djigbachats.business_id = '{business_id}'"
        ));
        Ok(BatchConnection {
            client: self.inner.workers.get().await?,
            setup,
        })
    }

    /// Begins a transaction of the platform: businesses and keys, across all of them.
    ///
    /// # Errors
    /// When the database is not available.
    pub async fn platform(&self) -> Result<ScopedTransaction, StorageError> {
        ScopedTransaction::begin(
            self.request_connection().await?,
            &format!("set local role {PLATFORM}; {LOCK_TIMEOUT}"),
        )
        .await
    }

    /// Asks the database whether it is there.
    ///
    /// # Errors
    /// When it is not.
    pub async fn ping(&self) -> Result<(), StorageError> {
        let client = self.inner.workers.get().await?;
        Ok(client.simple_query("select 1").await.map(drop)?)
    }

    /// The same database without the application's own filter by business, so that a test can prove that row-level
    /// security alone keeps businesses apart. Never used by a service.
    #[doc(hidden)]
    #[must_use]
    pub fn without_application_filter(mut self) -> Self {
        self.filters_by_business = false;
        self
    }

    pub(crate) const fn filters_by_business(&self) -> bool {
        self.filters_by_business
    }

    /// New keys of a business, wrapped by the master key, to be stored with it.
    ///
    /// # Errors
    /// When the operating system gives no randomness or the master key is exhausted.
    pub fn new_business_keys(
        &self,
        business_id: BusinessId,
    ) -> Result<Vec<WrappedKey>, StorageError> {
        Ok(BusinessKeys::generate(self.master(), business_id.as_uuid())?.rows)
    }

    pub(crate) fn master(&self) -> &MasterKeys {
        &self.inner.keys.master
    }

    pub(crate) async fn request_connection(
        &self,
    ) -> Result<Object<AsyncPgConnection>, StorageError> {
        Ok(self.inner.requests.get().await?)
    }

    /// The right to one connection out of the share of a business.
    pub(crate) async fn connection_share(
        &self,
        business_id: BusinessId,
    ) -> Result<Permit, StorageError> {
        let shares = &self.inner.connection_shares;
        shares
            .acquire(business_id, POOL_TIMEOUT)
            .await
            .map_err(|exhausted| match exhausted {
                Exhausted::Share => StorageError::ShareExhausted,
                Exhausted::Total => StorageError::Unavailable(Box::new(exhausted)),
            })
    }

    /// The keys of a business.
    ///
    /// # Errors
    /// When there is no such business, or its keys cannot be read or unwrapped.
    pub async fn keys(&self, business_id: BusinessId) -> Result<BusinessKeys, StorageError> {
        let loaded = self
            .inner
            .keys
            .get(business_id, || self.load_keys(business_id))
            .await;
        loaded.map_err(|shared| {
            // Callers that shared one reading share its error: each gets one of the same kind.
            Arc::try_unwrap(shared).unwrap_or_else(|shared| match *shared {
                StorageError::NotFound => StorageError::NotFound,
                StorageError::Sealing(error) => StorageError::Sealing(error),
                StorageError::Corrupt { column } => StorageError::Corrupt { column },
                _ => StorageError::Unavailable(Box::new(shared)),
            })
        })
    }

    async fn load_keys(&self, business_id: BusinessId) -> Result<BusinessKeys, StorageError> {
        let scope = self.business(business_id);
        // Whoever needs the keys may hold the share of the business already.
        let mut transaction = scope.begin_beyond_share().await?;
        let rows: Vec<(i32, i16, Vec<u8>)> = data_keys::table
            .filter(scope.owns(data_keys::business_id))
            .order((data_keys::purpose, data_keys::key_id))
            .select((data_keys::key_id, data_keys::purpose, data_keys::key_sealed))
            .load(&mut *transaction)
            .await?;
        if rows.is_empty() {
            return Err(StorageError::NotFound);
        }
        let wrapped = rows
            .into_iter()
            .map(|(key_id, purpose, sealed)| {
                let purpose =
                    sealing::KeyPurpose::from_code(purpose).ok_or(StorageError::Corrupt {
                        column: "data_keys.purpose",
                    })?;
                Ok(WrappedKey {
                    key_id,
                    purpose,
                    sealed,
                })
            })
            .collect::<Result<Vec<_>, StorageError>>()?;
        Ok(BusinessKeys::unwrap_from(
            self.master(),
            business_id.as_uuid(),
            &wrapped,
        )?)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

/// Begins a transaction under a role. Should its process stand still (it is swapped out, or its machine is), the locks
/// that it holds keep the other workers for a few seconds only: then Postgres ends it, and what it did is tried again.
fn begin(role: &str) -> String {
    format!("begin; set local idle_in_transaction_session_timeout = '5s'; set local role {role}")
}

impl BatchRole {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sender => "djigbachats_sender",
            Self::Projector => "djigbachats_projector",
            Self::Sync => "djigbachats_sync",
            Self::Janitor => "djigbachats_janitor",
        }
    }
}

impl BatchConnection {
    /// Begins a transaction under the role.
    ///
    /// # Errors
    /// When the database is not available.
    pub async fn begin(&mut self) -> Result<BatchTransaction<'_>, StorageError> {
        let transaction = self.transaction();
        transaction.begin().await?;
        Ok(transaction)
    }

    /// A transaction whose first statement may travel together with its [`BatchTransaction::begin`].
    pub fn transaction(&mut self) -> BatchTransaction<'_> {
        BatchTransaction {
            client: &self.client,
            setup: &self.setup,
            is_committed: false,
        }
    }
}

impl BatchTransaction<'_> {
    /// Begins it under the role. Whatever is polled for the first time after this is executed after it; without it a
    /// statement has no rights and fails.
    pub async fn begin(&self) -> Result<(), StorageError> {
        Ok(self.client.batch_execute(self.setup).await?)
    }

    /// Makes what was done durable.
    ///
    /// # Errors
    /// When the database is not available; then it is not known whether the commit held.
    pub async fn commit(mut self) -> Result<(), StorageError> {
        self.client.batch_execute("commit").await?;
        self.is_committed = true;
        Ok(())
    }
}

/// Ends what was not committed before the connection goes back. The statement is on its way with the first poll; nobody
/// waits for its answer.
impl Drop for BatchTransaction<'_> {
    fn drop(&mut self) {
        if !self.is_committed {
            drop(self.client.batch_execute("rollback").now_or_never());
        }
    }
}

impl std::ops::Deref for BatchTransaction<'_> {
    type Target = deadpool_postgres::Object;

    fn deref(&self) -> &Self::Target {
        self.client
    }
}
