//! What tests need: a database and a virtual host of their own, a clock that moves by hand, and signed webhooks.
//!
//! Real parts only: Postgres and RabbitMQ are the ones that the product runs on, and Meta is the simulator.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot be set up has to stop, and says where"
)]

mod api_client;
mod fault_proxy;
mod greed;
mod http;
mod journey;
mod manual_clock;
mod own_server;
mod poll;
mod processes;
mod signed_webhook;
mod stack;
mod test_broker;
mod test_db;

pub use api_client::{Answer, ApiClient};
pub use fault_proxy::{FaultProxy, Met, ProxyFault};
pub use greed::Greed;
pub use journey::{CampaignPlan, Shop, ShopPlan, SingleMessage};
pub use manual_clock::ManualClock;
pub use own_server::OwnServer;
pub use poll::eventually;
pub use processes::{Process, Scrape, Service, Services};
pub use signed_webhook::{SIGNATURE_HEADER, SignedWebhook, StatusWebhook};
pub use stack::{Stack, StackKeys, StackPlan};
pub use test_broker::TestBroker;
pub use test_db::TestDb;

/// A value of the environment of the test run, such as `DJIGBACHATS_TEST_DATABASE_URL`.
#[expect(
    clippy::disallowed_methods,
    reason = "the test run is set up by scripts/test through its environment"
)]
#[must_use]
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
