//! The metrics of a process about itself.

use std::sync::OnceLock;

use prometheus::core::Collector;
use prometheus::{IntCounter, IntCounterVec, IntGaugeVec, Opts};

/// Registered in the default registry on first use.
pub(crate) struct Metrics {
    pub(crate) dependency_up: IntGaugeVec,
    pub(crate) task_restarts: IntCounterVec,
    pub(crate) panics: IntCounter,
}

impl Metrics {
    pub(crate) fn get() -> &'static Self {
        static METRICS: OnceLock<Metrics> = OnceLock::new();
        METRICS.get_or_init(Self::register)
    }

    fn register() -> Self {
        Self {
            dependency_up: registered(IntGaugeVec::new(
                Opts::new(
                    "djigbachats_bootstrap_dependency_up",
                    "1 while a dependency is reachable, 0 while it is missing; /readyz has the reason",
                ),
                &["dependency"],
            )),
            task_restarts: registered(IntCounterVec::new(
                Opts::new(
                    "djigbachats_bootstrap_task_restarts_total",
                    "Failures of long-running tasks, which are restarted; the log has the error",
                ),
                &["task"],
            )),
            panics: registered(IntCounter::new(
                "djigbachats_bootstrap_panics_total",
                "Panics; each is a defect, the log has its location",
            )),
        }
    }
}

#[expect(
    clippy::expect_used,
    reason = "names and labels are constants: a wrong one fails every test"
)]
fn registered<C: Collector + Clone + 'static>(collector: prometheus::Result<C>) -> C {
    let collector = collector.expect("a valid name");
    prometheus::default_registry()
        .register(Box::new(collector.clone()))
        .expect("registered once");
    collector
}
