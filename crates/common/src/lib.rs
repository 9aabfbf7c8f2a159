//! The language of the product: ids, domain types, pure rules, and the words on the wire.
//!
//! A module belongs here when it is a word of the product or of the wire, when two crates use it today, and when it is
//! pure: no I/O, no clock read, no environment, no global state. Everything that acts lives in a crate of its own.

pub mod access;
pub mod campaign;
pub mod clock;
pub mod contact;
pub mod content;
pub mod feed;
pub mod ids;
pub mod keyword;
pub mod media;
pub mod message;
pub mod messaging_limit;
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
