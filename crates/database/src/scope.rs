//! The scope of one business: the only way in which a request path reaches its rows.
//!
//! Two walls, each enough by itself: row-level security, which the transaction's role and setting switch on, and the
//! filter that each query writes with [`BusinessScope::owns`]. The filter can be taken out for the test that proves the
//! first wall alone.

use std::ops::{Deref, DerefMut};

use common::ids::BusinessId;
use diesel::expression::{
    AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate,
};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{Bool, Uuid as SqlUuid};
use diesel_async::pooled_connection::deadpool::Object;
use diesel_async::{
    AnsiTransactionManager, AsyncPgConnection, SimpleAsyncConnection, TransactionManager,
};
use fair_share::Permit;
use sealing::BusinessKeys;

use crate::error::StorageError;
use crate::store::{BUSINESS, Store};

/// How long a request waits for what another one has locked. Without it, a few calls on one row that something holds would
/// take every connection that their business may have.
pub(crate) const LOCK_TIMEOUT: &str = "set local lock_timeout = '3s'";

/// The rows of one business.
#[derive(Clone)]
pub struct BusinessScope {
    store: Store,
    business_id: BusinessId,
}

/// An open transaction in the scope of a business, or in the platform's. Dropped without a commit, it is rolled back.
pub struct ScopedTransaction {
    /// `None` only once it has ended.
    connection: Option<Object<AsyncPgConnection>>,
    /// What the connection takes of the share of its business.
    share: Option<Permit>,
}

impl BusinessScope {
    pub(crate) const fn new(store: Store, business_id: BusinessId) -> Self {
        Self { store, business_id }
    }

    /// Whose rows they are.
    #[must_use]
    pub const fn business_id(&self) -> BusinessId {
        self.business_id
    }

    /// The store behind the scope.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// The keys of the business.
    ///
    /// # Errors
    /// When there is no such business, or its keys cannot be read or unwrapped.
    pub async fn keys(&self) -> Result<BusinessKeys, StorageError> {
        self.store.keys(self.business_id).await
    }

    /// Begins a transaction that sees the rows of this business alone. It waits until the business holds less than its share
    /// of the connections.
    ///
    /// # Errors
    /// When the database is not available.
    pub async fn begin(&self) -> Result<ScopedTransaction, StorageError> {
        let share = self.store.connection_share(self.business_id).await?;
        let mut transaction = self.begin_beyond_share().await?;
        transaction.share = Some(share);
        Ok(transaction)
    }

    /// The same whatever the business holds.
    pub async fn begin_beyond_share(&self) -> Result<ScopedTransaction, StorageError> {
        let business_id = self.business_id;
        let setup = format!(
            "set local role {BUSINESS}; set local djigbachats.business_id = '{business_id}'; {LOCK_TIMEOUT}"
        );
        ScopedTransaction::begin(self.store.request_connection().await?, &setup).await
    }

    /// The filter by which a query says in its own words that it wants this business's rows.
    pub fn owns<C: Expression<SqlType = SqlUuid>>(&self, column: C) -> Owned<C> {
        Owned {
            column,
            business_id: self.business_id.as_uuid(),
            filter: self.store.filters_by_business(),
        }
    }
}

impl ScopedTransaction {
    pub(crate) async fn begin(
        mut connection: Object<AsyncPgConnection>,
        setup: &str,
    ) -> Result<Self, StorageError> {
        AnsiTransactionManager::begin_transaction(&mut *connection).await?;
        connection.batch_execute(setup).await?;
        Ok(Self {
            connection: Some(connection),
            share: None,
        })
    }

    /// Makes what was done durable.
    ///
    /// # Errors
    /// [`StorageError::OutcomeUnknown`] when the database is not available: the commit may have held.
    pub async fn commit(mut self) -> Result<(), StorageError> {
        if let Some(mut connection) = self.connection.take() {
            let committed = AnsiTransactionManager::commit_transaction(&mut *connection).await;
            committed.map_err(|error| StorageError::from(error).of_commit())?;
        }
        Ok(())
    }
}

/// Ends what was not committed before the connection goes back: an open transaction in the pool would keep its locks and
/// its snapshot, and the pool would throw the connection away.
impl Drop for ScopedTransaction {
    fn drop(&mut self) {
        let runtime = tokio::runtime::Handle::try_current();
        let share = self.share.take();
        if let (Some(mut connection), Ok(runtime)) = (self.connection.take(), runtime) {
            runtime.spawn(async move {
                // A connection that cannot do it is broken, and the pool sees that.
                drop(AnsiTransactionManager::rollback_transaction(&mut *connection).await);
                drop((connection, share));
            });
        }
    }
}

impl Deref for ScopedTransaction {
    type Target = AsyncPgConnection;

    #[expect(
        clippy::expect_used,
        reason = "only `commit` and `drop` take it, and both end the transaction"
    )]
    fn deref(&self) -> &AsyncPgConnection {
        self.connection.as_ref().expect("the transaction is open")
    }
}

impl DerefMut for ScopedTransaction {
    #[expect(
        clippy::expect_used,
        reason = "only `commit` and `drop` take it, and both end the transaction"
    )]
    fn deref_mut(&mut self) -> &mut AsyncPgConnection {
        self.connection.as_mut().expect("the transaction is open")
    }
}

/// `column = business`, or `true` when the filter is taken out.
#[derive(Debug, Clone, Copy)]
pub struct Owned<C> {
    column: C,
    business_id: uuid::Uuid,
    filter: bool,
}

impl<C: Expression> Expression for Owned<C> {
    type SqlType = Bool;
}

impl<C, T> AppearsOnTable<T> for Owned<C> where C: AppearsOnTable<T> {}

impl<C, T> SelectableExpression<T> for Owned<C> where C: SelectableExpression<T> {}

impl<C, G> ValidGrouping<G> for Owned<C> {
    type IsAggregate = is_aggregate::No;
}

impl<C> QueryId for Owned<C> {
    type QueryId = ();
    // Its text depends on the switch, so it is not known by its type.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C: QueryFragment<Pg>> QueryFragment<Pg> for Owned<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        if !self.filter {
            out.push_sql("true");
            return Ok(());
        }
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" = ");
        out.push_bind_param::<SqlUuid, _>(&self.business_id)
    }
}
