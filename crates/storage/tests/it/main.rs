//! Storage against a real Postgres.
#![cfg(test)]

mod accept;
mod campaigns;
mod feed;
mod isolation;
mod limits;
mod messages;
mod pace;
mod project;
mod retain;
mod schema;
mod scope;
mod shop;
mod stops;
mod windows;
