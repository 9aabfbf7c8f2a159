//! The runtime around a service: health over HTTP, supervision, shutdown.
#![cfg(test)]

mod health;
mod panics;
mod service;
mod signals;
mod tasks;
