//! How long each table keeps its rows: one registry, which the janitor, the database's own limits and the operator's
//! documents use.
//!
//! Time-bound rows belong to a [`Category`], whose periods come from the privacy policy, section 8: messages, webhook
//! logs and events are deleted after 12 months, backups included. Backups are kept for 14 days, so 351 days remain.
//! Settings may shorten a period and never lengthen it.

mod category;
mod table;
mod tables;

pub use category::Category;
pub use table::{AtRest, ExpiringTable, Expiry, Retention, Table};
pub use tables::{TABLES, expiring_tables, partitioned_tables, table};

#[cfg(test)]
mod tests;
