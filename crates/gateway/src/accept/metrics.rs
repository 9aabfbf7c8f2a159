//! The metrics of accepting.

use std::sync::OnceLock;

use prometheus::core::Collector;
use prometheus::{Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGaugeVec, Opts};

const GROUP_SIZES: [f64; 11] = [
    1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 2000.0,
];
const SECONDS: [f64; 11] = [
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
];

/// Registers the metrics in the default registry on first use.
pub(super) struct Metrics {
    pub(super) group_size: Histogram,
    pub(super) commit_duration: Histogram,
    pub(super) queue: IntGaugeVec,
    pub(super) load_shed: IntCounter,
    pub(super) accepted: IntCounterVec,
    pub(super) publish_failures: IntCounter,
    pub(super) unpublished: IntCounterVec,
}

impl Metrics {
    pub(super) fn get() -> &'static Self {
        static METRICS: OnceLock<Metrics> = OnceLock::new();
        METRICS.get_or_init(Self::register)
    }

    fn register() -> Self {
        Self {
            group_size: histogram(
                "djigbachats_gateway_accept_group_size",
                "Messages that shared a commit; constantly near 1000 or above means that the database is the \
                 bottleneck",
                &GROUP_SIZES,
            ),
            commit_duration: histogram(
                "djigbachats_gateway_accept_commit_duration_seconds",
                "Seconds from the start of a commit to its end; if all values rise, check the disk of Postgres",
                &SECONDS,
            ),
            queue: registered(IntGaugeVec::new(
                Opts::new(
                    "djigbachats_gateway_accept_queue_messages",
                    "Messages queued for the next commit, of small and of bulk calls; above 50000 of them or 4000 \
                     calls further calls get 503, above 10000 or 1000 of one business its calls get 429",
                ),
                &["calls"],
            )),
            load_shed: registered(IntCounter::new(
                "djigbachats_gateway_accept_load_shed_total",
                "Calls answered 503 or 429 because the queue was full or they waited too long; their clients repeat \
                 them",
            )),
            accepted: registered(IntCounterVec::new(
                Opts::new(
                    "djigbachats_gateway_accepted_total",
                    "Messages committed, by lane",
                ),
                &["lane"],
            )),
            publish_failures: registered(IntCounter::new(
                "djigbachats_gateway_publish_failures_total",
                "Jobs that RabbitMQ did not confirm; the reaper publishes their messages minutes later",
            )),
            unpublished: registered(IntCounterVec::new(
                Opts::new(
                    "djigbachats_gateway_unpublished_messages_total",
                    "Messages that were not published at once, by lane; the reaper publishes them minutes later, \
                     none is lost",
                ),
                &["lane"],
            )),
        }
    }
}

fn histogram(name: &str, help: &str, buckets: &[f64]) -> Histogram {
    registered(Histogram::with_opts(
        HistogramOpts::new(name, help).buckets(buckets.to_vec()),
    ))
}

#[expect(
    clippy::expect_used,
    reason = "names and labels are constants: a wrong one fails all tests"
)]
fn registered<C: Collector + Clone + 'static>(collector: prometheus::Result<C>) -> C {
    let collector = collector.expect("a valid name");
    prometheus::register(Box::new(collector.clone())).expect("registered once");
    collector
}
