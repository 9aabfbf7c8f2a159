//! The metrics of retention-janitor.

use bootstrap::register::{counter, counters, gauge};
use prometheus::{IntCounter, IntCounterVec, IntGauge};

bootstrap::metrics! {
    /// The metrics of retention-janitor.
    pub(crate) struct Metrics {
        purged: IntCounterVec = counters(
            "djigbachats_janitor_purged_rows_total",
            "Rows deleted because they had expired, by table.",
            &["table"],
        ),
        partitions_dropped: IntCounter = counter(
            "djigbachats_janitor_partitions_dropped_total",
            "Partitions dropped because they were past the retention limit.",
        ),
        conservation: IntGauge = gauge(
            "djigbachats_janitor_conservation_difference_messages",
            "Accepted minus stored messages. Anything but 0 means that messages were lost or invented.",
        ),
    }
}
