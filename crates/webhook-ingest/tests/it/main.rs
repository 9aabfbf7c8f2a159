//! The service over HTTP, with a real broker.
#![cfg(test)]

mod bodies;
mod quarantine;
mod webhooks;
