//! Declaring Prometheus metrics: one line for each, with its name, its help and its labels.
//!
//! [`metrics!`](crate::metrics) makes the metrics of a crate one struct, which the functions here fill. Prometheus and
//! its default registry are the same for all crates of a process, so a name can be declared only once.

use prometheus::core::Collector;
use prometheus::{
    Counter, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge,
    IntGaugeVec, Opts,
};

/// Declares the metrics of a crate as a struct, and its `get()`, which registers all of them at the first call.
///
/// ```
/// use bootstrap::register::{counter, counters};
/// use prometheus::{IntCounter, IntCounterVec};
///
/// bootstrap::metrics! {
///     /// The metrics of this service.
///     pub(crate) struct Metrics {
///         calls: IntCounterVec = counters("example_calls_total", "Calls, by outcome.", &["outcome"]),
///         panics: IntCounter = counter("example_panics_total", "Panics."),
///     }
/// }
///
/// Metrics::get().calls.with_label_values(&["ok"]).inc();
/// # Metrics::get().panics.inc();
/// ```
#[macro_export]
macro_rules! metrics {
    (
        $(#[$doc:meta])*
        $vis:vis struct $name:ident {
            $($(#[$field_doc:meta])* $field:ident: $kind:ty = $declared:expr,)+
        }
    ) => {
        $(#[$doc])*
        $vis struct $name {
            $($(#[$field_doc])* $vis $field: $kind,)+
        }

        impl $name {
            /// The metrics of this process; registered in the default registry at the first call.
            $vis fn get() -> &'static Self {
                static METRICS: ::std::sync::LazyLock<$name> =
                    ::std::sync::LazyLock::new(|| $name { $($field: $declared,)+ });
                &METRICS
            }
        }
    };
}

/// A counter without labels.
#[must_use]
pub fn counter(name: &str, help: &str) -> IntCounter {
    registered(IntCounter::new(name, help))
}

/// A counter for each value of its labels.
#[must_use]
pub fn counters(name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
    registered(IntCounterVec::new(Opts::new(name, help), labels))
}

/// A counter of fractions, such as seconds.
#[must_use]
pub fn float_counter(name: &str, help: &str) -> Counter {
    registered(Counter::new(name, help))
}

/// A gauge without labels.
#[must_use]
pub fn gauge(name: &str, help: &str) -> IntGauge {
    registered(IntGauge::new(name, help))
}

/// A gauge for each value of its labels.
#[must_use]
pub fn gauges(name: &str, help: &str, labels: &[&str]) -> IntGaugeVec {
    registered(IntGaugeVec::new(Opts::new(name, help), labels))
}

/// A histogram without labels.
#[must_use]
pub fn histogram(name: &str, help: &str, buckets: &[f64]) -> Histogram {
    let options = HistogramOpts::new(name, help).buckets(buckets.to_vec());
    registered(Histogram::with_opts(options))
}

/// A histogram for each value of its labels.
#[must_use]
pub fn histograms(name: &str, help: &str, labels: &[&str], buckets: &[f64]) -> HistogramVec {
    let options = HistogramOpts::new(name, help).buckets(buckets.to_vec());
    registered(HistogramVec::new(options, labels))
}

/// Buckets of which each is twice as large as the one before it.
#[must_use]
pub fn doubling_buckets(first: f64, count: i32) -> Vec<f64> {
    (0..count)
        .map(|doublings| first * 2_f64.powi(doublings))
        .collect()
}

#[expect(
    clippy::expect_used,
    reason = "names, labels and buckets are constants: a wrong one fails the first start and all tests"
)]
fn registered<C: Collector + Clone + 'static>(collector: prometheus::Result<C>) -> C {
    let collector = collector.expect("a valid metric");
    prometheus::register(Box::new(collector.clone())).expect("a name is declared once");
    collector
}
