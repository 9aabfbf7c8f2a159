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
mod broker_away;
mod broker_control;
mod broker_struck;
mod cancelled;
mod disk_full;
mod error_codes;
mod expired;
mod fairness;
mod gateway_killed;
mod held_call;
mod ingest_killed;
mod meta_away;
mod meta_unreachable;
mod noisy_neighbour;
mod opted_out;
mod overload;
mod pace;
mod poison;
mod postgres_struck;
mod repeated_calls;
mod senders_killed;
mod token_rotated;
mod webhook_first;
