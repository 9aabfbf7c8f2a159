//! The numbers of template-sync.

use std::sync::OnceLock;

use prometheus::{IntCounter, IntCounterVec, register_int_counter, register_int_counter_vec};

/// The numbers of template-sync.
pub(crate) struct Metrics {
    pub(crate) runs: IntCounterVec,
    pub(crate) changes: IntCounter,
    pub(crate) released: IntCounter,
    pub(crate) stopped_numbers: IntCounter,
}

static METRICS: OnceLock<Metrics> = OnceLock::new();

impl Metrics {
    /// The numbers of this process; registered at the first call.
    pub(crate) fn get() -> &'static Self {
        METRICS.get_or_init(Self::register)
    }

    #[expect(
        clippy::expect_used,
        reason = "names and labels are fixed here; a clash shows at the first start"
    )]
    fn register() -> Self {
        let counter =
            |name: &str, help: &str| register_int_counter!(name, help).expect("registered once");
        Self {
            runs: register_int_counter_vec!(
                "djigbachats_template_sync_runs_total",
                "Synchronisations of one account by what started them (job, schedule) and how they ended: written, \
                 superseded by a newer one, not_connected, failed at Meta, unavailable for want of the database. If failed \
                 rises, djigbachats_cloud_api_errors_total says with which code.",
                &["trigger", "ending"]
            )
            .expect("registered once"),
            changes: counter(
                "djigbachats_template_sync_changes_total",
                "Templates whose status or category changed, those that disappeared from Meta among them.",
            ),
            released: counter(
                "djigbachats_template_sync_released_messages_total",
                "Messages that were held for their template and were freed because it may be sent.",
            ),
            stopped_numbers: counter(
                "djigbachats_template_sync_stopped_numbers_total",
                "Numbers that were stopped because Meta refused their token. Each needs its owner to connect it again.",
            ),
        }
    }
}
