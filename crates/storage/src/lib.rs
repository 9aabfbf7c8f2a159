//! Postgres: the truth. Only this crate speaks SQL.
//!
//! Two doors lead in. [`Store::business`] opens the scope of one business: every query of a request path runs under
//! `djigbachats_business` and sees that business alone. [`Store::batch`] opens the role of a worker that crosses
//! businesses (module [`batch`], one file per worker), with policies on just the tables it needs. No function reaches a
//! business's row by another way: a login role itself has no rights, and each service's ([`Login`]) takes its own roles only.
//!
//! Lock order for every writer of several rows: messages by `(business_id, id)`, then numbers, then access tokens, then
//! counters, then the event feed.

mod connections;
mod error;
mod keys;
mod logins;
mod migrate;
mod schema;
mod scope;
mod settings;
mod store;

pub mod access_tokens;
pub mod api_keys;
pub mod audiences;
pub mod batch;
pub mod businesses;
pub mod campaign_recipients;
pub mod campaigns;
pub mod contacts;
pub mod disconnection;
pub mod events;
pub mod idempotency_keys;
pub mod inbound_messages;
pub mod lookup;
pub mod media;
pub mod messages;
pub mod phone_numbers;
pub mod reply_targets;
pub mod seal_contexts;
pub mod service_windows;
pub mod templates;
pub mod wabas;

pub use error::{StorageError, in_time};
pub use logins::Login;
pub use migrate::{MigrateError, migrate, schema_version, set_retention};
pub use scope::{BusinessScope, Owned, ScopedTransaction};
pub use settings::{DatabaseSettings, LoginUrls, StorageSettings};
pub use store::{BatchRole, BatchTransaction, Store};
