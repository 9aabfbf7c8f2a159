//! The metrics of accepting.

use bootstrap::register::{counter, counters, gauges, histogram};
use prometheus::{Histogram, IntCounter, IntCounterVec, IntGaugeVec};

const BATCH_SIZES: [f64; 11] = [
    1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 2000.0,
];

const SECONDS: [f64; 11] = [
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
];

bootstrap::metrics! {
    /// The metrics of accepting.
    pub(super) struct Metrics {
        batch_size: Histogram = histogram(
            "djigbachats_gateway_accept_group_size",
            "Messages that shared a commit; constantly near 1000 or above means that the database is the bottleneck",
            &BATCH_SIZES,
        ),
        commit_duration: Histogram = histogram(
            "djigbachats_gateway_accept_commit_duration_seconds",
            "Seconds from the start of a commit to its end; if all values rise, check the disk of Postgres",
            &SECONDS,
        ),
        queue: IntGaugeVec = gauges(
            "djigbachats_gateway_accept_queue_messages",
            "Messages queued for the next commit, of small and of bulk calls; above 50000 of them or 4000 calls \
             further calls get 503, above 10000 or 1000 of one business its calls get 429",
            &["calls"],
        ),
        load_shed: IntCounter = counter(
            "djigbachats_gateway_accept_load_shed_total",
            "Calls answered 503 or 429 because the queue was full or they waited too long; their clients repeat \
             them",
        ),
        accepted: IntCounterVec = counters(
            "djigbachats_gateway_accepted_total",
            "Messages committed, by lane",
            &["lane"],
        ),
        publish_failures: IntCounter = counter(
            "djigbachats_gateway_publish_failures_total",
            "Jobs that RabbitMQ did not confirm; the reaper publishes their messages minutes later",
        ),
        unpublished: IntCounterVec = counters(
            "djigbachats_gateway_unpublished_messages_total",
            "Messages that were not published at once, by lane; the reaper publishes them minutes later, none is \
             lost",
            &["lane"],
        ),
    }
}
