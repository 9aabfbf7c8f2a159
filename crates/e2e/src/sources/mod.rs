//! The sources of an audit: the database, read as a superuser, and the ledger of the simulated Meta.

pub mod database;
pub mod ledger;
