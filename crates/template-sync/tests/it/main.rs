//! Template synchronisation with a real database, a real broker and the simulated Meta.
#![cfg(test)]

mod fixture;
mod jobs;
mod runs;
mod schedule;
mod warnings;
