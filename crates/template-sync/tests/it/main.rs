//! Template synchronisation with a real database, a real broker and the simulated Meta.
#![cfg(test)]

mod call_budget;
mod fixture;
mod jobs;
mod publications;
mod runs;
mod schedule;
mod warnings;
