//! The HTTP client of a test.

use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::Policy;

/// Longer than any answer should take, shorter than a test.
const TIMEOUT: Duration = Duration::from_secs(40);

/// A client without redirects and retries, so that a test sees every answer of the product. Each test has a client of
/// its own, because connections belong to the runtime that opened them.
pub(crate) fn client() -> Client {
    bootstrap::crypto::install_ring();
    let client = Client::builder()
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .timeout(TIMEOUT)
        .build();
    client.expect("a client can be built")
}
