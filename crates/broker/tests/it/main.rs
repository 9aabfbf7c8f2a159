//! The broker crate against a real RabbitMQ, each test in a virtual host of its own.
#![cfg(test)]

mod consuming;
mod outages;
mod publishing;
mod set_aside;
mod words;
