//! The shared vocabulary of the product: ids, domain types, pure rules, and the messages that cross RabbitMQ.
//!
//! A module belongs here when it is a concept of the product or of the wire format, when two crates use it today, and
//! when it is pure: no I/O, no clock read, no environment, no global state. Code with effects belongs in a crate of its
//! own.

pub mod access;
pub mod campaign;
pub mod clock;
pub mod contact;
pub mod content;
pub mod explanation;
pub mod feed;
pub mod ids;
pub mod keyword;
pub mod media;
pub mod message;
pub mod messaging_limit;
pub mod number;
pub mod pair_rate_limit;
pub mod phone;
pub mod recipient;
pub mod retention;
pub mod secret;
pub mod send_rate;
mod serialize;
pub mod template;
pub mod trace;
pub mod wire;
