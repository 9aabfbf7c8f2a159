//! The broker crate against a real RabbitMQ, each test in a virtual host of its own.
#![cfg(test)]

mod consuming;
mod dead_letters;
mod outages;
mod payloads;
mod publishing;
