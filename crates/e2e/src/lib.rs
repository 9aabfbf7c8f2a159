//! How whole journeys are judged: the audit of what became of every message, and the search for personal data.
//!
//! The journeys themselves are this crate's tests. The judges are here, pure and with tests of their own; `books` reads
//! what they compare, and the `auditor` is the audit as a program.

pub mod audit;
pub mod books;
pub mod canary;
