//! The service over HTTP, with a real broker behind it.
#![cfg(test)]

mod bodies;
mod quarantine;
mod webhooks;
