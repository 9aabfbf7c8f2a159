//! The metrics of the connections to RabbitMQ.

use bootstrap::register::{counters, gauges, histogram};
use prometheus::{Histogram, IntCounterVec, IntGaugeVec};

/// From half a millisecond to the confirm timeout.
const SECONDS: [f64; 12] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0,
];

bootstrap::metrics! {
    /// The metrics of the connections to RabbitMQ.
    pub(crate) struct Metrics {
        connected: IntGaugeVec = gauges(
            "djigbachats_broker_connected",
            "Open connections; if it stays 0, /readyz and the log have the reason",
            &["link"],
        ),
        reconnects: IntCounterVec = counters(
            "djigbachats_broker_reconnects_total",
            "Lost connections; each is reopened",
            &["link"],
        ),
        published: IntCounterVec = counters(
            "djigbachats_broker_published_total",
            "Publishes by outcome: stored, unroutable (a queue is missing), refused (a queue is full), unconfirmed \
             (may be stored), disconnected (not sent)",
            &["queue", "outcome"],
        ),
        confirm_seconds: Histogram = histogram(
            "djigbachats_broker_confirm_seconds",
            "Time from the call of publish to the broker's confirm",
            &SECONDS,
        ),
        delivered: IntCounterVec = counters(
            "djigbachats_broker_delivered_total",
            "Messages delivered to this consumer",
            &["queue"],
        ),
        redelivered: IntCounterVec = counters(
            "djigbachats_broker_redelivered_total",
            "Messages delivered again, after a consumer restarted or lost its connection",
            &["queue"],
        ),
        acks_refused: IntCounterVec = counters(
            "djigbachats_broker_acks_refused_total",
            "Acks after their connection was lost; the messages are delivered again",
            &["queue"],
        ),
        quarantined: IntCounterVec = counters(
            "djigbachats_broker_quarantined_total",
            "Messages of a queue that could not be read or applied; their bytes are in djigbachats.quarantine",
            &["queue"],
        ),
    }
}
