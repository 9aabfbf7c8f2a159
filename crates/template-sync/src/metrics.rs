//! The metrics of template-sync.

use std::sync::OnceLock;

use prometheus::{IntCounter, IntCounterVec, register_int_counter, register_int_counter_vec};

/// The metrics of template-sync.
pub(crate) struct Metrics {
    pub(crate) runs: IntCounterVec,
    pub(crate) changes: IntCounter,
    pub(crate) released: IntCounter,
    pub(crate) stopped_numbers: IntCounter,
    pub(crate) unrecognised_opt_outs: IntCounter,
}

static METRICS: OnceLock<Metrics> = OnceLock::new();

impl Metrics {
    /// The metrics of this process; registered at the first call.
    pub(crate) fn get() -> &'static Self {
        METRICS.get_or_init(Self::register)
    }

    #[expect(
        clippy::expect_used,
        reason = "names and labels are fixed here; a conflict fails the first start"
    )]
    fn register() -> Self {
        let counter =
            |name: &str, help: &str| register_int_counter!(name, help).expect("registered once");
        Self {
            runs: register_int_counter_vec!(
                "djigbachats_template_sync_runs_total",
                "Synchronisations of one account by trigger (job, schedule) and result: written, superseded by a \
                 newer run, not_connected, failed at Meta, unavailable (no database). If failed rises, \
                 djigbachats_cloud_api_errors_total has Meta's codes.",
                &["trigger", "ending"]
            )
            .expect("registered once"),
            changes: counter(
                "djigbachats_template_sync_changes_total",
                "Templates whose status or category changed, including those that Meta no longer lists.",
            ),
            released: counter(
                "djigbachats_template_sync_released_messages_total",
                "Messages that were held for their template and were released because it may be sent.",
            ),
            stopped_numbers: counter(
                "djigbachats_template_sync_stopped_numbers_total",
                "Numbers that were stopped because Meta refused their token. Their owners have to connect them again.",
            ),
            unrecognised_opt_outs: counter(
                "djigbachats_template_sync_unrecognised_opt_outs_total",
                "Marketing templates that may be sent and have quick-reply buttons of which none is recognised as \
                 an opt-out, counted in every run. A customer who taps an opt-out button with another text is not \
                 opted out: the log of the run names the templates, and GET /v1/templates warns their owner.",
            ),
        }
    }
}
