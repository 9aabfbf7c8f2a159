//! The client against a server that answers wrongly on purpose, and against Meta's own description of the API.
#![cfg(test)]

mod contract;
mod managing;
mod reading;
mod sending;
mod server;
mod simulated;
mod simulated_templates;
