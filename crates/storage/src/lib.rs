//! The rows of one business: one module for each table or resource. Every function takes the scope of a business.
//!
//! Workers that cross businesses use the crate `worker-storage`. The types of `database` that callers hold are named here
//! too.

pub mod access_tokens;
pub mod api_keys;
pub mod audiences;
pub mod businesses;
pub mod campaign_recipients;
pub mod campaigns;
pub mod contacts;
pub mod disconnection;
pub mod events;
pub mod idempotency_keys;
pub mod inbound_messages;
pub mod media;
pub mod messages;
pub mod phone_numbers;
pub mod release;
pub mod reply_targets;
pub mod service_windows;
pub mod template_drafts;
pub mod template_publications;
pub mod templates;
pub mod wabas;

pub use database::{
    BatchConnection, BatchRole, BatchTransaction, BusinessScope, DatabaseSettings, Login,
    LoginUrls, MigrateError, Owned, ScopedTransaction, StorageError, StorageSettings, Store,
    in_time, lookup, migrate, schema_version, seal_contexts, set_retention,
};
