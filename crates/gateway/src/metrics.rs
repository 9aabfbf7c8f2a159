//! The metrics of the gateway. Labels are routes, methods and fixed values: never a business, a key or a person.

use std::sync::OnceLock;

use prometheus::core::Collector;
use prometheus::{Counter, HistogramOpts, HistogramVec, IntCounterVec, Opts};

/// From a response out of a cache to the slowest call.
const SECONDS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0,
];

/// Registers the metrics in the default registry on first use.
pub(crate) struct Metrics {
    /// Requests by route, method and class of status.
    pub(crate) requests: IntCounterVec,
    /// Seconds from the request's head to the response's.
    pub(crate) request_duration: HistogramVec,
    /// Refused keys.
    pub(crate) auth_failures: IntCounterVec,
    /// Attempts to connect a number.
    pub(crate) number_connections: IntCounterVec,
    /// Uploaded files.
    pub(crate) media_stored: IntCounterVec,
    /// Bytes of uploaded files.
    pub(crate) media_bytes: IntCounterVec,
    /// Calls that were refused because a limit was reached.
    pub(crate) limits_reached: IntCounterVec,
    /// Seconds for which reading of bodies was paused because of their business's rate.
    pub(crate) body_throttle_seconds: Counter,
}

impl Metrics {
    /// The metrics of this process.
    pub(crate) fn get() -> &'static Self {
        static METRICS: OnceLock<Metrics> = OnceLock::new();
        METRICS.get_or_init(Self::register)
    }

    #[expect(
        clippy::expect_used,
        reason = "names and labels are constants: a wrong one fails all tests"
    )]
    fn register() -> Self {
        let counter = |name: &str, help: &str, labels: &[&str]| {
            registered(IntCounterVec::new(Opts::new(name, help), labels).expect("valid"))
        };
        Self {
            requests: counter(
                "djigbachats_gateway_requests_total",
                "Requests answered; many of status_class 5xx mean an internal error: look for level=ERROR in the log",
                &["route", "method", "status_class"],
            ),
            request_duration: registered(
                HistogramVec::new(
                    HistogramOpts::new(
                        "djigbachats_gateway_request_duration_seconds",
                        "Seconds from request to response; slow accepts point to Postgres, slow number connections \
                         to Meta",
                    )
                    .buckets(SECONDS.to_vec()),
                    &["route"],
                )
                .expect("valid"),
            ),
            auth_failures: counter(
                "djigbachats_gateway_auth_failures_total",
                "Refused keys, by reason; a rise of unknown or mismatch means that somebody is guessing keys, of \
                 foreign that a business requests rows of another, of permission that a key is used for a call \
                 that it does not permit",
                &["reason"],
            ),
            number_connections: counter(
                "djigbachats_gateway_number_connections_total",
                "Attempts to connect a number, by outcome: connected, or the code of the problem",
                &["outcome"],
            ),
            media_stored: counter(
                "djigbachats_gateway_media_stored_files_total",
                "Files uploaded for messages, by kind",
                &["kind"],
            ),
            media_bytes: counter(
                "djigbachats_gateway_media_stored_bytes_total",
                "Bytes of uploaded files; they stay in Postgres for up to 70 days, so its disk needs the capacity",
                &["kind"],
            ),
            limits_reached: counter(
                "djigbachats_gateway_limits_reached_total",
                "Calls refused because a limit was reached, by limit and by scope: business means that one \
                 business exceeded its share (429); all means that the gateway is too small, or that many \
                 businesses send much at a time (503)",
                &["limit", "scope"],
            ),
            body_throttle_seconds: registered(
                Counter::new(
                    "djigbachats_gateway_body_throttle_seconds_total",
                    "Seconds for which reading of bodies was paused because their business sent more than \
                     gateway.max_body_bytes_per_second_per_business; it slows down that business only",
                )
                .expect("valid"),
            ),
        }
    }
}

#[expect(
    clippy::expect_used,
    reason = "names are constants and distinct: a wrong one fails all tests"
)]
fn registered<C: Collector + Clone + 'static>(collector: C) -> C {
    prometheus::register(Box::new(collector.clone())).expect("registered once");
    collector
}
