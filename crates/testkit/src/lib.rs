//! Fixtures for tests: a database and a virtual host per test, a manual clock, and signed webhooks.
//!
//! No mocks: Postgres and RabbitMQ are those of the product, and Meta is the simulator.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot be set up has to fail with the location of the error"
)]

mod api_client;
mod fault_proxy;
mod hostile_load;
mod http;
mod manual_clock;
mod own_server;
mod poll;
mod processes;
mod shop;
mod signed_webhook;
mod stack;
mod test_broker;
mod test_db;

pub use api_client::{Answer, ApiClient};
pub use fault_proxy::{FaultProxy, ProxiedConnection, ProxyFault};
pub use hostile_load::HostileLoad;
pub use manual_clock::ManualClock;
pub use own_server::OwnServer;
pub use poll::eventually;
pub use processes::{Process, Scrape, Service, Services};
pub use shop::{CampaignPlan, Shop, ShopPlan, SingleMessage};
pub use signed_webhook::{SIGNATURE_HEADER, SignedWebhook, StatusWebhook};
pub use stack::{Stack, StackKeys, StackPlan};
pub use test_broker::TestBroker;
pub use test_db::TestDb;

/// An environment variable of the test run, such as `DJIGBACHATS_TEST_DATABASE_URL`.
#[expect(
    clippy::disallowed_methods,
    reason = "the test run is set up by scripts/test through its environment"
)]
#[must_use]
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
