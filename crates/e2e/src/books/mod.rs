//! Where an audit reads: the clients' own logs, the database as a superuser, and the ledger of the simulated Meta.

pub mod database;
pub mod ledger;
