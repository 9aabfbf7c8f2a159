//! The metrics of the connections to RabbitMQ.

use std::sync::OnceLock;

use prometheus::core::Collector;
use prometheus::{Histogram, HistogramOpts, IntCounterVec, IntGaugeVec, Opts};

/// From half a millisecond to the confirm timeout.
const SECONDS: [f64; 12] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0,
];

/// Registered in the default registry on first use.
pub(crate) struct Metrics {
    pub(crate) connected: IntGaugeVec,
    pub(crate) reconnects: IntCounterVec,
    pub(crate) published: IntCounterVec,
    pub(crate) confirm_seconds: Histogram,
    pub(crate) delivered: IntCounterVec,
    pub(crate) redelivered: IntCounterVec,
    pub(crate) acks_refused: IntCounterVec,
    pub(crate) quarantined: IntCounterVec,
}

impl Metrics {
    pub(crate) fn get() -> &'static Self {
        static METRICS: OnceLock<Metrics> = OnceLock::new();
        METRICS.get_or_init(Self::register)
    }

    fn register() -> Self {
        Self {
            connected: registered(gauge(
                "djigbachats_broker_connected",
                "Open connections; if it stays 0, /readyz and the log have the reason",
                "link",
            )),
            reconnects: registered(counter(
                "djigbachats_broker_reconnects_total",
                "Lost connections; each is reopened",
                &["link"],
            )),
            published: registered(counter(
                "djigbachats_broker_published_total",
                "Publishes by outcome: stored, unroutable (a queue is missing), refused (a queue is full), \
                 unconfirmed (may be stored), disconnected (not sent)",
                &["queue", "outcome"],
            )),
            confirm_seconds: registered(Histogram::with_opts(
                HistogramOpts::new(
                    "djigbachats_broker_confirm_seconds",
                    "Time from the call of publish to the broker's confirm",
                )
                .buckets(SECONDS.to_vec()),
            )),
            delivered: registered(counter(
                "djigbachats_broker_delivered_total",
                "Messages delivered to this consumer",
                &["queue"],
            )),
            redelivered: registered(counter(
                "djigbachats_broker_redelivered_total",
                "Messages delivered again, after a consumer restarted or lost its connection",
                &["queue"],
            )),
            acks_refused: registered(counter(
                "djigbachats_broker_acks_refused_total",
                "Acks after their connection was lost; the messages are delivered again",
                &["queue"],
            )),
            quarantined: registered(counter(
                "djigbachats_broker_quarantined_total",
                "Messages of a queue that could not be read or applied; their bytes are in djigbachats.quarantine",
                &["queue"],
            )),
        }
    }
}

fn counter(name: &str, help: &str, labels: &[&str]) -> prometheus::Result<IntCounterVec> {
    IntCounterVec::new(Opts::new(name, help), labels)
}

fn gauge(name: &str, help: &str, label: &str) -> prometheus::Result<IntGaugeVec> {
    IntGaugeVec::new(Opts::new(name, help), &[label])
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
