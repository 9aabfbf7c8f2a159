//! Storage with a real Postgres.
#![cfg(test)]

mod accept;
mod campaigns;
mod contact_histories;
mod contacts;
mod disconnection;
mod feed;
mod fixture;
mod identity;
mod isolation;
mod limits;
mod logins;
mod messages;
mod people;
mod project;
mod registry;
mod retain;
mod schema;
mod scope;
mod send_rates;
mod shares;
mod sql_rules;
mod stops;
mod template_updates;
mod windows;
