//! The measurements in docs/performance.md: the text between two markers is generated from the newest measurements.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use super::Report;
use super::tables::{origin, tables};

const BEGIN: &str = "<!-- The figures, written by scripts/bench --write-report. -->";
const END: &str = "<!-- The end of the figures. -->";

/// Writes the newest full measurements of a release build.
///
/// # Errors
/// When there is none, or the document lacks the markers.
pub(crate) fn write(reports: &[Report], document: &Path) -> Result<()> {
    let text = fs::read_to_string(document)
        .with_context(|| format!("{} cannot be read", document.display()))?;
    fs::write(document, with_measurements(&text, reports)?)?;
    Ok(())
}

fn with_measurements(text: &str, reports: &[Report]) -> Result<String> {
    let is_full = |report: &&Report| report.optimised && report.size.is_full();
    let reports: Vec<Report> = reports.iter().filter(is_full).cloned().collect();
    let last = reports
        .last()
        .context("there is no full measurement of a release build: run scripts/bench first")?;
    let (before, rest) = text
        .split_once(BEGIN)
        .with_context(|| format!("the document has no line {BEGIN}"))?;
    let (_, after) = rest
        .split_once(END)
        .with_context(|| format!("the document has no line {END}"))?;
    let (origin, tables) = (origin(last), tables(&reports));
    ensure!(
        !tables.contains(END),
        "a measurement contains the end marker"
    );
    Ok(format!(
        "{before}{BEGIN}\n\nMeasured on {origin}.\n\n{tables}\n{END}{after}"
    ))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::measured::Measured;
    use crate::report::machine::Machine;
    use crate::size::Size;
    use chrono::{TimeZone as _, Utc};

    /// A report of the day with measurements whose components sum up to 20,000 per second.
    pub(in crate::report) fn report(day: u32, measurements: &[(&str, f64)]) -> Report {
        let components = [("http", 60_000.0), ("rows", 30_000.0)];
        let measurements = measurements
            .iter()
            .map(|(name, value)| Measured::example(name, *value, &components));
        Report {
            at: Utc.with_ymd_and_hms(2026, 11, day, 12, 0, 0).unwrap(),
            commit: "0123abc".to_owned(),
            optimised: true,
            machine: Machine {
                cores: 2,
                processor: "a processor".to_owned(),
                postgres: "fsync on".to_owned(),
            },
            size: Size::FULL,
            measurements: measurements.collect(),
        }
    }

    fn document() -> String {
        format!("# Performance\n\n{BEGIN}\nold measurements\n{END}\n\nWhere the time goes.\n")
    }

    #[test]
    fn only_the_text_between_the_markers_is_replaced() {
        let written =
            with_measurements(&document(), &[report(1, &[("accept", 12_345.0)])]).unwrap();
        assert!(written.starts_with("# Performance\n\n<!--"), "{written}");
        assert!(
            written.ends_with("-->\n\nWhere the time goes.\n"),
            "{written}"
        );
        assert!(
            written.contains("12,345 messages/s") && !written.contains("old measurements"),
            "{written}"
        );
        let again = with_measurements(&written, &[report(1, &[("accept", 12_345.0)])]).unwrap();
        assert_eq!(again, written);
    }

    #[test]
    fn short_runs_and_debug_builds_are_excluded() {
        let debug = Report {
            optimised: false,
            ..report(1, &[("accept", 1.0)])
        };
        let short = Report {
            size: Size::SHORT,
            ..report(2, &[("accept", 2.0)])
        };
        assert!(with_measurements(&document(), &[debug.clone(), short.clone()]).is_err());
        let full = report(3, &[("accept", 12_345.0)]);
        let written = with_measurements(&document(), &[full, debug, short]).unwrap();
        assert!(written.contains("12,345 messages/s"), "{written}");
    }

    #[test]
    fn a_document_without_the_markers_is_not_changed() {
        assert!(with_measurements("# Performance\n", &[report(1, &[("accept", 1.0)])]).is_err());
    }
}
