//! What every query needs: connections, roles, the scope of a business, the schema, and how values are sealed and hashed.
//!
//! [`Store::business`] opens the scope of one business: every query of a request runs under `djigbachats_business` and
//! sees that business alone. [`Store::batch`] opens the role of a worker that crosses businesses, with policies on just
//! the tables that it needs. No function reaches a row of a business in another way: a login role has no rights of its
//! own, and each service's ([`Login`]) may take its own roles only.
//!
//! Lock order for every writer of several rows: messages by `(business_id, id)`, then numbers, then access tokens, then
//! counters, then the event feed.

mod connections;
mod error;
mod keys;
mod logins;
mod migrate;
mod scope;
mod settings;
mod store;

pub mod lookup;
pub mod schema;
pub mod seal_contexts;

pub use error::{StorageError, in_time};
pub use logins::Login;
pub use migrate::{MigrateError, migrate, schema_version, set_retention};
pub use scope::{BusinessScope, Owned, ScopedTransaction};
pub use settings::{DatabaseSettings, LoginUrls, StorageSettings};
pub use store::{BatchConnection, BatchRole, BatchTransaction, Store};
