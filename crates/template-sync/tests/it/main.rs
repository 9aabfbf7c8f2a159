//! Template synchronisation on a real database and a real broker, against the simulated Meta.
#![cfg(test)]

mod jobs;
mod runs;
mod schedule;
mod shop;
mod warnings;
