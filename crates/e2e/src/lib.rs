//! The checks of the end-to-end tests: the audit of what happened to every message, and the search for personal data.
//!
//! The tests themselves are in `tests/`. The checks are pure and have tests of their own; `sources` reads what they
//! compare, and the `auditor` is the audit as a program.

pub mod audit;
pub mod canary;
pub mod sources;
