//! The sender against a real Postgres, a real RabbitMQ and the simulated Meta.
#![cfg(test)]

mod breaker;
mod campaigns;
mod contacts;
mod damaged;
mod doubt;
mod held;
mod interrupted;
mod marketing;
mod media;
mod messaging_limit;
mod paced;
mod pair;
mod refused;
mod replies;
mod reread;
mod sent;
mod shared_pace;
mod stand;
