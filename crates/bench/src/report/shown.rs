//! The tables that a person reads.

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
    "sum of the bare parts",
    "ratio",
    "measured at",
];

/// What was measured, its bare parts, and where the processors' time went.
pub(crate) fn tables(reports: &[Report]) -> String {
    let newest = newest(reports);
    let rows: Vec<_> = newest
        .iter()
        .map(|(report, figure)| row(report, figure))
        .collect();
    let parts: Vec<_> = newest
        .iter()
        .filter(|(_, figure)| !figure.parts.is_empty() || !figure.notes.is_empty())
        .map(|(_, figure)| {
            vec![
                figure.figure.clone(),
                parts(figure),
                figure.notes.join("; "),
            ]
        })
        .collect();
    let cpu: Vec<_> = newest
        .iter()
        .filter(|(_, figure)| !figure.cpu_us.is_empty())
        .map(|(_, figure)| vec![figure.figure.clone(), cpu(figure)])
        .collect();
    [
        render(&HEAD, &rows),
        render(&["figure", "bare parts, a second", "beside it"], &parts),
        render(
            &["figure", "microseconds of processor time for one item"],
            &cpu,
        ),
    ]
    .join("\n")
}

/// The newest measurement of each figure, in the order in which figures are first met.
fn newest(reports: &[Report]) -> Vec<(&Report, &Measured)> {
    let all = reports
        .iter()
        .flat_map(|report| report.figures.iter().map(move |figure| (report, figure)));
    let mut newest: BTreeMap<usize, (&Report, &Measured)> = BTreeMap::new();
    let mut places: Vec<&str> = Vec::new();
    for (report, figure) in all {
        let known = places.iter().position(|name| *name == figure.figure);
        let place = known.unwrap_or_else(|| {
            places.push(&figure.figure);
            places.len() - 1
        });
        newest.insert(place, (report, figure));
    }
    newest.into_values().collect()
}

fn row(report: &Report, figure: &Measured) -> Vec<String> {
    let goal = |bound: fn(&Goal) -> f64| {
        figure
            .goal
            .as_ref()
            .map_or_else(String::new, |goal| with_unit(bound(goal), figure))
    };
    let reaches = figure.goal.map_or("", |goal| goal.judge(figure.value));
    let latency = figure.latency.map_or_else(String::new, |latency| {
        let [p50, p99, max] = [latency.p50, latency.p99, latency.max].map(short);
        format!("{p50} / {p99} / {max}")
    });
    let of_parts =
        |value: Option<f64>, show: fn(f64) -> String| value.map_or_else(String::new, show);
    vec![
        figure.what.clone(),
        goal(|goal| goal.at_least),
        goal(|goal| goal.aim),
        with_unit(figure.value, figure),
        reaches.to_owned(),
        latency,
        of_parts(figure.sum_of_parts(), short),
        of_parts(figure.ratio(), |ratio| format!("{ratio:.2}")),
        format!("{}, {}", report.at.format("%Y-%m-%d %H:%M"), report.commit),
    ]
}

fn parts(figure: &Measured) -> String {
    let parts = figure.parts.iter();
    let parts = parts.map(|part| format!("{} {}", part.name, short(part.per_second)));
    parts.collect::<Vec<_>>().join("; ")
}

fn cpu(figure: &Measured) -> String {
    let mut used: Vec<_> = figure.cpu_us.iter().collect();
    used.sort_by(|one, other| other.1.total_cmp(one.1));
    let all: f64 = figure.cpu_us.values().sum();
    let each = used.into_iter().map(|(name, us)| format!("{name} {us:.1}"));
    let each: Vec<_> = each.collect();
    format!("{}; together {all:.1}", each.join(", "))
}

fn with_unit(value: f64, figure: &Measured) -> String {
    format!("{} {}", short(value), figure.unit)
}

/// Whole, with commas, from 100 on; with a decimal below.
fn short(value: f64) -> String {
    if value < 100.0 {
        return format!("{value:.1}");
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        let left = digits.len() - place;
        if place > 0 && left.is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The machine and the build of a run, in a line.
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
    fn a_newer_measurement_takes_the_place_of_an_older_one() {
        let older = report(1, &[("accept", 1_000.0), ("life", 2_000.0)]);
        let newer = report(2, &[("accept", 3_000.0)]);
        let reports = [older, newer];
        let values: Vec<_> = newest(&reports)
            .iter()
            .map(|(_, figure)| figure.value)
            .collect();
        assert_eq!(values, [3_000.0, 2_000.0]);
    }

    #[test]
    fn the_table_says_what_is_short_of_its_goal_and_by_which_ratio() {
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
    fn numbers_are_as_people_write_them() {
        assert_eq!(
            [0.25, 99.94, 100.0, 1_234_567.8].map(short),
            ["0.2", "99.9", "100", "1,234,568"]
        );
    }
}
