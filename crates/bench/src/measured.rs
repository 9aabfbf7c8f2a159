//! What one figure came to, and how it stands to its goal and to the bare parts it is made of.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::{CreationError, Histogram};
use serde::{Deserialize, Serialize};

/// A figure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Measured {
    /// Its name, which a newer measurement replaces.
    pub(crate) figure: String,
    /// For a person.
    pub(crate) what: String,
    /// Of `value`, such as `messages/s`.
    pub(crate) unit: String,
    pub(crate) value: f64,
    pub(crate) goal: Option<Goal>,
    pub(crate) latency: Option<Latency>,
    /// The raw limit of each part that the work has to pass, in the unit of `value`.
    pub(crate) parts: Vec<Part>,
    /// Microseconds of processor time for one item, by process.
    pub(crate) cpu_us: BTreeMap<String, f64>,
    /// What else is to be known.
    pub(crate) notes: Vec<String>,
    /// What was lost, refused or left without an answer. With any, the run has failed.
    pub(crate) wrong: Vec<String>,
    /// Samples over the run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) samples: Vec<Sample>,
}

/// What is asked of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Goal {
    pub(crate) at_least: f64,
    pub(crate) aim: f64,
    /// Whether a smaller value is the better one, as of seconds and megabytes.
    pub(crate) less_is_better: bool,
}

/// The raw limit of one part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) per_second: f64,
}

/// How long answers took, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Latency {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
}

/// One look at a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sample {
    /// Since the start of the run.
    pub(crate) seconds: f64,
    /// Done by then.
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

    /// How the value stands to it, in a word.
    pub(crate) fn judge(&self, value: f64) -> &'static str {
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

impl Part {
    pub(crate) fn new(name: &str, per_second: f64) -> Self {
        Self {
            name: name.to_owned(),
            per_second,
        }
    }
}

/// A histogram of microseconds, to a thousandth; an hour and more count as an hour.
///
/// # Errors
/// Never with these bounds.
pub(crate) fn microseconds() -> Result<Histogram<u64>, CreationError> {
    Histogram::new_with_bounds(1, 3_600_000_000, 3)
}

impl Latency {
    /// Of a histogram of microseconds; `None` when nothing was recorded.
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
    /// What the parts allow when each item passes all of them one after the other on the same processors:
    /// `1 / (1/a + 1/b + …)`. `None` without parts.
    pub(crate) fn sum_of_parts(&self) -> Option<f64> {
        let seconds: f64 = self.parts.iter().map(|part| part.per_second.recip()).sum();
        (!self.parts.is_empty()).then(|| seconds.recip())
    }

    /// The measured value in parts of [`sum_of_parts`](Self::sum_of_parts).
    pub(crate) fn ratio(&self) -> Option<f64> {
        self.sum_of_parts().map(|sum| self.value / sum)
    }
}

/// Items in a second.
pub(crate) fn per_second(items: u64, took: Duration) -> f64 {
    float(items) / took.as_secs_f64().max(f64::EPSILON)
}

/// The number as a float: exact up to 2^53.
pub(crate) fn float(number: u64) -> f64 {
    let (high, low) = (number >> 32, number & u64::from(u32::MAX));
    let part = |half: u64| f64::from(u32::try_from(half).unwrap_or(u32::MAX));
    part(high) * (f64::from(u32::MAX) + 1.0) + part(low)
}

fn milliseconds(microseconds: u64) -> f64 {
    float(microseconds) / 1_000.0
}

#[cfg(test)]
impl Measured {
    /// A figure for the tests of what shows figures.
    pub(crate) fn example(figure: &str, value: f64, parts: &[(&str, f64)]) -> Self {
        let parts = parts.iter().map(|(name, rate)| Part::new(name, *rate));
        Self {
            figure: figure.to_owned(),
            what: "durable accept".to_owned(),
            unit: "messages/s".to_owned(),
            value,
            goal: Some(Goal::more(18_000.0, 28_000.0)),
            latency: None,
            parts: parts.collect(),
            cpu_us: BTreeMap::new(),
            notes: Vec::new(),
            wrong: Vec::new(),
            samples: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_of_parts_is_the_rate_of_passing_them_one_after_the_other() {
        let measured = Measured::example("x", 10_000.0, &[("http", 60_000.0), ("rows", 30_000.0)]);
        let sum = measured.sum_of_parts().unwrap();
        assert!((sum - 20_000.0).abs() < 1e-6, "{sum}");
        assert!((measured.ratio().unwrap() - 0.5).abs() < 1e-9);
        assert_eq!(Measured::example("x", 1.0, &[]).ratio(), None);
    }

    #[test]
    fn a_goal_knows_which_side_is_the_better_one() {
        let rate = Goal::more(18_000.0, 28_000.0);
        assert_eq!(
            [17_999.0, 18_000.0, 28_000.0].map(|value| rate.judge(value)),
            ["short", "at least", "aim"]
        );
        let seconds = Goal::less(60.0, 20.0);
        assert_eq!(
            [60.1, 60.0, 20.0].map(|value| seconds.judge(value)),
            ["short", "at least", "aim"]
        );
    }

    #[test]
    fn percentiles_are_told_in_milliseconds() {
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
