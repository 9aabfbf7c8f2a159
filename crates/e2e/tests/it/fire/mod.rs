//! Under fire: what `scripts/chaos` runs. Each scenario kills, freezes or wipes a part of the running product while it
//! works, lets it come to rest, and asks the `auditor` what became of everything that clients were promised; then it
//! spoils the books, or takes away what the product owes its safety to, and the auditor has to see it.
//!
//! A kill counts only if it fell on work in flight. How many there are, and on how many messages, is the [`tier`]'s.

mod arena;
mod client_log;
mod clients;
mod job;
mod report;
mod tier;

mod ambiguous_answers;
mod broker_struck;
mod fairness;
mod gateway_killed;
mod ingest_killed;
mod postgres_struck;
mod senders_killed;
mod webhook_first;
