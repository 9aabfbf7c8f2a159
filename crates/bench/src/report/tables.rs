//! The tables of a report.

use std::collections::BTreeMap;

use super::Report;
use super::table::render;
use crate::measured::{Goal, Measured, float};

const HEAD: [&str; 9] = [
    "what",
    "at least",
    "aim",
    "measured",
    "reaches",
    "p50 / p99 / max, ms",
    "sum of the baselines",
    "ratio",
    "measured at",
];

/// The measurements, their baselines, and the processor time by process.
pub(crate) fn tables(reports: &[Report]) -> String {
    let newest = newest(reports);
    let rows: Vec<_> = newest
        .iter()
        .map(|(report, measurement)| row(report, measurement))
        .collect();
    let components: Vec<_> = newest
        .iter()
        .filter(|(_, measurement)| {
            !measurement.components.is_empty() || !measurement.notes.is_empty()
        })
        .map(|(_, measurement)| {
            vec![
                measurement.name.clone(),
                components(measurement),
                measurement.notes.join("; "),
            ]
        })
        .collect();
    let cpu: Vec<_> = newest
        .iter()
        .filter(|(_, measurement)| !measurement.cpu_us.is_empty())
        .map(|(_, measurement)| vec![measurement.name.clone(), cpu(measurement)])
        .collect();
    [
        render(&HEAD, &rows),
        render(
            &["measurement", "baselines, per second", "notes"],
            &components,
        ),
        render(
            &["measurement", "microseconds of processor time for one item"],
            &cpu,
        ),
    ]
    .join("\n")
}

/// The newest measurement of each name, in the order of first occurrence.
fn newest(reports: &[Report]) -> Vec<(&Report, &Measured)> {
    let all = reports.iter().flat_map(|report| {
        report
            .measurements
            .iter()
            .map(move |measurement| (report, measurement))
    });
    let mut newest: BTreeMap<usize, (&Report, &Measured)> = BTreeMap::new();
    let mut names: Vec<&str> = Vec::new();
    for (report, measurement) in all {
        let known = names.iter().position(|name| *name == measurement.name);
        let index = known.unwrap_or_else(|| {
            names.push(&measurement.name);
            names.len() - 1
        });
        newest.insert(index, (report, measurement));
    }
    newest.into_values().collect()
}

fn row(report: &Report, measurement: &Measured) -> Vec<String> {
    let goal = |bound: fn(&Goal) -> f64| {
        measurement
            .goal
            .as_ref()
            .map_or_else(String::new, |goal| with_unit(bound(goal), measurement))
    };
    let reaches = measurement
        .goal
        .map_or("", |goal| goal.reached_bound(measurement.value));
    let latency = measurement.latency.map_or_else(String::new, |latency| {
        let [p50, p99, max] = [latency.p50, latency.p99, latency.max].map(short);
        format!("{p50} / {p99} / {max}")
    });
    let with_baseline =
        |value: Option<f64>, show: fn(f64) -> String| value.map_or_else(String::new, show);
    vec![
        measurement.what.clone(),
        goal(|goal| goal.at_least),
        goal(|goal| goal.aim),
        with_unit(measurement.value, measurement),
        reaches.to_owned(),
        latency,
        with_baseline(measurement.sum_of_components(), short),
        with_baseline(measurement.ratio(), |ratio| format!("{ratio:.2}")),
        format!("{}, {}", report.at.format("%Y-%m-%d %H:%M"), report.commit),
    ]
}

fn components(measurement: &Measured) -> String {
    let components = measurement.components.iter();
    let components =
        components.map(|component| format!("{} {}", component.name, short(component.per_second)));
    components.collect::<Vec<_>>().join("; ")
}

fn cpu(measurement: &Measured) -> String {
    let mut used: Vec<_> = measurement.cpu_us.iter().collect();
    used.sort_by(|one, other| other.1.total_cmp(one.1));
    let all: f64 = measurement.cpu_us.values().sum();
    let each = used.into_iter().map(|(name, us)| format!("{name} {us:.1}"));
    let each: Vec<_> = each.collect();
    format!("{}; together {all:.1}", each.join(", "))
}

fn with_unit(value: f64, measurement: &Measured) -> String {
    format!("{} {}", short(value), measurement.unit)
}

/// Rounded, with thousands separators, from 100 on; with one decimal below.
fn short(value: f64) -> String {
    if value < 100.0 {
        return format!("{value:.1}");
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        let left = digits.len() - index;
        if index > 0 && left.is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The machine and the build of a run, on one line.
pub(super) fn origin(report: &Report) -> String {
    let build = if report.optimised { "release" } else { "debug" };
    let load = float(report.size.load.as_secs());
    format!(
        "{} cores ({}), {build} build, loads of {load:.0} s; Postgres: {}",
        report.machine.cores, report.machine.processor, report.machine.postgres
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::document::tests::report;

    #[test]
    fn a_newer_measurement_replaces_an_older_one() {
        let older = report(1, &[("accept", 1_000.0), ("end_to_end", 2_000.0)]);
        let newer = report(2, &[("accept", 3_000.0)]);
        let reports = [older, newer];
        let values: Vec<_> = newest(&reports)
            .iter()
            .map(|(_, measurement)| measurement.value)
            .collect();
        assert_eq!(values, [3_000.0, 2_000.0]);
    }

    #[test]
    fn the_table_shows_missed_goals_and_ratios() {
        let text = tables(&[report(1, &[("accept", 12_345.6)])]);
        let row = text.lines().nth(2).unwrap();
        for cell in [
            "12,346 messages/s",
            "18,000 messages/s",
            "short",
            "20,000",
            "0.62",
        ] {
            assert!(
                row.contains(&format!("| {cell} ")),
                "{cell} is not in {row}"
            );
        }
    }

    #[test]
    fn numbers_are_formatted_for_people() {
        assert_eq!(
            [0.25, 99.94, 100.0, 1_234_567.8].map(short),
            ["0.2", "99.9", "100", "1,234,568"]
        );
    }
}
