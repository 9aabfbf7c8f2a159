//! The `/metrics` of a service at one point in time.

/// The text of `/metrics`.
#[derive(Debug, Clone)]
pub struct Scrape(String);

impl Scrape {
    pub(super) const fn new(text: String) -> Self {
        Self(text)
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The sum of all series of a metric whose labels have the given values; 0 when there are none.
    #[must_use]
    pub fn sum(&self, metric: &str, labels: &[(&str, &str)]) -> f64 {
        let lines = self.0.lines().filter(|line| !line.starts_with('#'));
        lines.filter_map(|line| value(line, metric, labels)).sum()
    }
}

fn value(line: &str, metric: &str, labels: &[(&str, &str)]) -> Option<f64> {
    let (series, value) = line.rsplit_once(' ')?;
    let labelled = match series.strip_prefix(metric)? {
        "" => "",
        labelled => labelled.strip_prefix('{')?,
    };
    let has = |(name, value): &(&str, &str)| labelled.contains(&format!("{name}=\"{value}\""));
    if labels.iter().all(has) {
        value.parse().ok()
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_of_one_metric_are_summed_by_their_labels() {
        let text = "# HELP a_total b\na_total{outcome=\"x\"} 1\na_total{outcome=\"y\"} 2\na_total_more 7\nb 5\n";
        let scrape = Scrape::new(text.to_owned());
        assert_eq!(scrape.sum("a_total", &[]), 3.0);
        assert_eq!(scrape.sum("a_total", &[("outcome", "y")]), 2.0);
        assert_eq!(scrape.sum("a_total", &[("outcome", "z")]), 0.0);
        assert_eq!(scrape.sum("b", &[]), 5.0);
    }
}
