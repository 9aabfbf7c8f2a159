//! Chaos scenarios, run by `scripts/chaos`. Each one kills, freezes or wipes a part of the running product under load,
//! lets it settle, and runs the `auditor` over everything acknowledged to clients; then it corrupts a source or removes
//! a safeguard of the product, and the auditor has to detect it.
//!
//! A fault counts only if it was injected while work was in flight. How many there are, and on how many messages,
//! depends on the [`tier`].

mod campaign_load;
mod client_log;
mod clients;
mod fixture;
mod report;
mod tier;

mod ambiguous_answers;
mod broker_controls;
mod broker_faults;
mod broker_unavailable;
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
mod poison;
mod postgres_faults;
mod publications_killed;
mod repeated_calls;
mod send_rate;
mod senders_killed;
mod token_rotated;
mod webhook_first;
