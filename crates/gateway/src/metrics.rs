//! The metrics of the gateway. Labels are routes, methods and fixed values: never a business, a key or a person.

use bootstrap::register::{counters, float_counter, histograms};
use prometheus::{Counter, HistogramVec, IntCounterVec};

/// From a response out of a cache to the slowest call.
const SECONDS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0,
];

bootstrap::metrics! {
    /// The metrics of the gateway.
    pub(crate) struct Metrics {
        /// Requests by route, method and class of status.
        requests: IntCounterVec = counters(
            "djigbachats_gateway_requests_total",
            "Requests answered; many of status_class 5xx mean an internal error: look for level=ERROR in the log",
            &["route", "method", "status_class"],
        ),
        /// Seconds from the request's head to the response's.
        request_duration: HistogramVec = histograms(
            "djigbachats_gateway_request_duration_seconds",
            "Seconds from request to response; slow accepts point to Postgres, slow number connections to Meta",
            &["route"],
            &SECONDS,
        ),
        /// Refused keys.
        auth_failures: IntCounterVec = counters(
            "djigbachats_gateway_auth_failures_total",
            "Refused keys, by reason; a rise of unknown or mismatch means that somebody is guessing keys, of \
             foreign that a business requests rows of another, of permission that a key is used for a call that it \
             does not permit",
            &["reason"],
        ),
        /// Attempts to connect a number.
        number_connections: IntCounterVec = counters(
            "djigbachats_gateway_number_connections_total",
            "Attempts to connect a number, by outcome: connected, or the code of the problem",
            &["outcome"],
        ),
        /// Uploaded files.
        media_stored: IntCounterVec = counters(
            "djigbachats_gateway_media_stored_files_total",
            "Files uploaded for messages, by kind",
            &["kind"],
        ),
        /// Bytes of uploaded files.
        media_bytes: IntCounterVec = counters(
            "djigbachats_gateway_media_stored_bytes_total",
            "Bytes of uploaded files; they stay in Postgres for up to 70 days, so its disk needs the capacity",
            &["kind"],
        ),
        /// Calls that were refused because a limit was reached.
        limits_reached: IntCounterVec = counters(
            "djigbachats_gateway_limits_reached_total",
            "Calls refused because a limit was reached, by limit and by scope: business means that one business \
             exceeded its share (429); all means that the gateway is too small, or that many businesses send much at \
             a time (503)",
            &["limit", "scope"],
        ),
        /// Seconds for which reading of bodies was paused because of their business's rate.
        body_throttle_seconds: Counter = float_counter(
            "djigbachats_gateway_body_throttle_seconds_total",
            "Seconds for which reading of bodies was paused because their business sent more than \
             gateway.max_body_bytes_per_second_per_business; it slows down that business only",
        ),
    }
}
