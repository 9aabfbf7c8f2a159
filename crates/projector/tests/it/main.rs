//! The projector with a database and a virtual host for each test.
#![cfg(test)]

mod fixture;
mod quarantine;
mod templates;
