//! A measurement, with its goal and the baselines of its components.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::{CreationError, Histogram};
use serde::{Deserialize, Serialize};

/// A measurement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Measured {
    /// Its name; a newer measurement of the same name replaces it.
    #[serde(alias = "figure")]
    pub(crate) name: String,
    /// A description.
    pub(crate) what: String,
    /// The unit of `value`, such as `messages/s`.
    pub(crate) unit: String,
    pub(crate) value: f64,
    pub(crate) goal: Option<Goal>,
    pub(crate) latency: Option<Latency>,
    /// The baseline of each component on the path, in the unit of `value`.
    #[serde(alias = "parts")]
    pub(crate) components: Vec<Component>,
    /// Microseconds of processor time per item, by process.
    pub(crate) cpu_us: BTreeMap<String, f64>,
    /// Remarks.
    pub(crate) notes: Vec<String>,
    /// Anything lost, refused or unanswered; if not empty, the run has failed.
    #[serde(alias = "wrong")]
    pub(crate) failures: Vec<String>,
    /// Samples over the run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) samples: Vec<Sample>,
}

/// The goal of a measurement.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Goal {
    pub(crate) at_least: f64,
    pub(crate) aim: f64,
    /// Whether smaller values are better, as for seconds and megabytes.
    pub(crate) less_is_better: bool,
}

/// The baseline of one component.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Component {
    pub(crate) name: String,
    pub(crate) per_second: f64,
}

/// Latency in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Latency {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
}

/// One sample of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sample {
    /// Time since the start of the run.
    pub(crate) seconds: f64,
    /// Items done by then.
    pub(crate) done: u64,
    /// Resident memory by service.
    pub(crate) rss_mb: BTreeMap<String, f64>,
}

impl Goal {
    pub(crate) const fn more(at_least: f64, aim: f64) -> Self {
        Self {
            at_least,
            aim,
            less_is_better: false,
        }
    }

    pub(crate) const fn less(at_least: f64, aim: f64) -> Self {
        Self {
            at_least,
            aim,
            less_is_better: true,
        }
    }

    /// Which bound the value reaches.
    pub(crate) fn reached_bound(&self, value: f64) -> &'static str {
        let reaches = |bound: f64| {
            if self.less_is_better {
                value <= bound
            } else {
                value >= bound
            }
        };
        match (reaches(self.aim), reaches(self.at_least)) {
            (true, _) => "aim",
            (false, true) => "at least",
            (false, false) => "short",
        }
    }
}

impl Component {
    pub(crate) fn new(name: &str, per_second: f64) -> Self {
        Self {
            name: name.to_owned(),
            per_second,
        }
    }
}

/// A histogram of microseconds, accurate to a thousandth; values above an hour count as an hour.
///
/// # Errors
/// Never with these bounds.
pub(crate) fn microseconds() -> Result<Histogram<u64>, CreationError> {
    Histogram::new_with_bounds(1, 3_600_000_000, 3)
}

impl Latency {
    /// The latency of a histogram of microseconds; `None` when it is empty.
    pub(crate) fn of(microseconds: &Histogram<u64>) -> Option<Self> {
        let at = |quantile| milliseconds(microseconds.value_at_quantile(quantile));
        (!microseconds.is_empty()).then(|| Self {
            p50: at(0.5),
            p99: at(0.99),
            max: milliseconds(microseconds.max()),
        })
    }
}

impl Measured {
    /// The rate when each item passes all components one after another on the same processors: `1 / (1/a + 1/b + …)`.
    /// `None` without components.
    pub(crate) fn sum_of_components(&self) -> Option<f64> {
        let seconds: f64 = self
            .components
            .iter()
            .map(|component| component.per_second.recip())
            .sum();
        (!self.components.is_empty()).then(|| seconds.recip())
    }

    /// The measured value relative to [`sum_of_components`](Self::sum_of_components).
    pub(crate) fn ratio(&self) -> Option<f64> {
        self.sum_of_components().map(|sum| self.value / sum)
    }
}

/// Items per second.
pub(crate) fn per_second(items: u64, took: Duration) -> f64 {
    float(items) / took.as_secs_f64().max(f64::EPSILON)
}

/// The number as a float: exact up to 2^53.
pub(crate) fn float(number: u64) -> f64 {
    let (high, low) = (number >> 32, number & u64::from(u32::MAX));
    let half_value = |half: u64| f64::from(u32::try_from(half).unwrap_or(u32::MAX));
    half_value(high) * (f64::from(u32::MAX) + 1.0) + half_value(low)
}

fn milliseconds(microseconds: u64) -> f64 {
    float(microseconds) / 1_000.0
}

#[cfg(test)]
impl Measured {
    /// A measurement for the tests of the report.
    pub(crate) fn example(name: &str, value: f64, components: &[(&str, f64)]) -> Self {
        let components = components
            .iter()
            .map(|(component, rate)| Component::new(component, *rate));
        Self {
            name: name.to_owned(),
            what: "durable accept".to_owned(),
            unit: "messages/s".to_owned(),
            value,
            goal: Some(Goal::more(18_000.0, 28_000.0)),
            latency: None,
            components: components.collect(),
            cpu_us: BTreeMap::new(),
            notes: Vec::new(),
            failures: Vec::new(),
            samples: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_of_components_is_their_sequential_rate() {
        let measured = Measured::example("x", 10_000.0, &[("http", 60_000.0), ("rows", 30_000.0)]);
        let sum = measured.sum_of_components().unwrap();
        assert!((sum - 20_000.0).abs() < 1e-6, "{sum}");
        assert!((measured.ratio().unwrap() - 0.5).abs() < 1e-9);
        assert_eq!(Measured::example("x", 1.0, &[]).ratio(), None);
    }

    #[test]
    fn a_goal_respects_its_direction() {
        let rate = Goal::more(18_000.0, 28_000.0);
        assert_eq!(
            [17_999.0, 18_000.0, 28_000.0].map(|value| rate.reached_bound(value)),
            ["short", "at least", "aim"]
        );
        let seconds = Goal::less(60.0, 20.0);
        assert_eq!(
            [60.1, 60.0, 20.0].map(|value| seconds.reached_bound(value)),
            ["short", "at least", "aim"]
        );
    }

    #[test]
    fn percentiles_are_in_milliseconds() {
        let mut histogram = microseconds().unwrap();
        assert_eq!(Latency::of(&histogram), None);
        for took in (1_000..=100_000).step_by(1_000) {
            histogram.saturating_record(took);
        }
        let latency = Latency::of(&histogram).unwrap();
        assert!((latency.p50 - 50.0).abs() < 0.1, "{latency:?}");
        assert!((latency.p99 - 99.0).abs() < 0.1, "{latency:?}");
        assert!((latency.max - 100.0).abs() < 0.1, "{latency:?}");
    }

    #[test]
    fn large_counts_stay_exact() {
        assert_eq!(float(1 << 53), 9_007_199_254_740_992.0);
        assert_eq!(float(3_000_000_001), 3_000_000_001.0);
        assert_eq!(per_second(500, Duration::from_millis(250)), 2_000.0);
    }
}
