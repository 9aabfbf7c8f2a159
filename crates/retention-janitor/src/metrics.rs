//! The metrics of retention-janitor.

use std::sync::OnceLock;

use prometheus::{
    IntCounter, IntCounterVec, IntGauge, register_int_counter, register_int_counter_vec,
    register_int_gauge,
};

/// The metrics of retention-janitor.
pub(crate) struct Metrics {
    pub(crate) purged: IntCounterVec,
    pub(crate) partitions_dropped: IntCounter,
    pub(crate) conservation: IntGauge,
}

static METRICS: OnceLock<Metrics> = OnceLock::new();

impl Metrics {
    pub(crate) fn get() -> &'static Self {
        METRICS.get_or_init(Self::register)
    }

    #[expect(
        clippy::expect_used,
        reason = "names and labels are fixed here; a clash shows at the first start"
    )]
    fn register() -> Self {
        Self {
            purged: register_int_counter_vec!(
                "djigbachats_janitor_purged_rows_total",
                "Rows deleted because they had expired, by table.",
                &["table"]
            )
            .expect("registered once"),
            partitions_dropped: register_int_counter!(
                "djigbachats_janitor_partitions_dropped_total",
                "Partitions dropped because they were past the retention limit."
            )
            .expect("registered once"),
            conservation: register_int_gauge!(
                "djigbachats_janitor_conservation_difference_messages",
                "Accepted minus stored messages. Anything but 0 means that messages were lost or invented."
            )
            .expect("registered once"),
        }
    }
}
