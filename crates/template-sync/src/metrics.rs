//! The metrics of template-sync.

use bootstrap::register::{counter, counters, gauge};
use prometheus::{IntCounter, IntCounterVec, IntGauge};

bootstrap::metrics! {
    /// The metrics of template-sync.
    pub(crate) struct Metrics {
        runs: IntCounterVec = counters(
            "djigbachats_template_sync_runs_total",
            "Synchronisations of one account by trigger (job, schedule) and result: written, superseded by a newer \
             run, not_connected, failed at Meta, postponed (Meta takes no calls), unavailable (no database). If failed rises, \
             djigbachats_cloud_api_errors_total has Meta's codes.",
            &["trigger", "ending"],
        ),
        changes: IntCounter = counter(
            "djigbachats_template_sync_changes_total",
            "Templates whose status or category changed, including those that Meta no longer lists.",
        ),
        released: IntCounter = counter(
            "djigbachats_template_sync_released_messages_total",
            "Messages that were held for their template and were released because it may be sent.",
        ),
        stopped_numbers: IntCounter = counter(
            "djigbachats_template_sync_stopped_numbers_total",
            "Numbers that were stopped because Meta refused their token. Their owners have to connect them again.",
        ),
        unrecognised_opt_outs: IntCounter = counter(
            "djigbachats_template_sync_unrecognised_opt_outs_total",
            "Marketing templates that may be sent and have quick-reply buttons of which none is recognised as an \
             opt-out, counted in every run. A customer who taps an opt-out button with another text is not opted \
             out: the log of the run names the templates, and GET /v1/templates warns their owner.",
        ),
        publications: IntCounterVec = counters(
            "djigbachats_template_sync_publications_total",
            "Attempts at publications of templates by action (create, edit, delete) and result: accepted, adopted \
             (found at Meta after an interrupted attempt), refused, the reason for which it waits (call_budget, \
             creations_per_hour, edits_per_day, edits_per_month, token, unreachable, unclear), superseded, or \
             unavailable (no database). If refused rises, each business sees why.",
            &["action", "ending"],
        ),
        publications_overdue: IntGauge = gauge(
            "djigbachats_template_sync_publications_overdue_seconds",
            "For how long the publication that is due the longest has not been carried out. Should stay below a \
             minute.",
        ),
    }
}
