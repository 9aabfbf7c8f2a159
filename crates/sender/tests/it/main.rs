//! The sender with a real Postgres, a real RabbitMQ and the simulated Meta.
#![cfg(test)]

mod breaker;
mod campaigns;
mod carousels;
mod contacts;
mod damaged;
mod fixture;
mod held;
mod in_doubt;
mod interrupted;
mod marketing;
mod media;
mod messaging_limit;
mod number_refresh;
mod pair_rate_limit;
mod refused;
mod replies;
mod send_rate;
mod sent;
mod shared_send_rate;
