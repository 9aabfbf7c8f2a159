//! The metrics of a process about itself.

use prometheus::{IntCounter, IntCounterVec, IntGaugeVec};

use crate::register::{counter, counters, gauges};

crate::metrics! {
    /// The metrics of a process about itself.
    pub(crate) struct Metrics {
        dependency_up: IntGaugeVec = gauges(
            "djigbachats_bootstrap_dependency_up",
            "1 while a dependency is reachable, 0 while it is missing; /readyz has the reason",
            &["dependency"],
        ),
        task_restarts: IntCounterVec = counters(
            "djigbachats_bootstrap_task_restarts_total",
            "Failures of long-running tasks, which are restarted; the log has the error",
            &["task"],
        ),
        panics: IntCounter = counter(
            "djigbachats_bootstrap_panics_total",
            "Panics; each is a defect, the log has its location",
        ),
    }
}
