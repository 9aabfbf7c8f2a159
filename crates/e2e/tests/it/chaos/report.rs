//! The output of a scenario: a block for the terminal, and a row of the table in docs/reliability.md.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use testkit::environment;

use super::tier::Tier;
use crate::audit_report::AuditReport;
use crate::in_flight_probe::ProbeResult;
use crate::output::print_line;

/// A scenario and the rows of the reliability bar that it covers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scenario {
    /// The name on the command line of `scripts/chaos`.
    pub(super) name: &'static str,
    /// Such as `R17`.
    pub(super) bar: &'static str,
    /// What is done to the product.
    pub(super) what: &'static str,
}

/// Faults injected while work was in flight.
#[derive(Debug, Clone, Default)]
pub(super) struct Injections {
    /// Their number.
    pub(super) injected: u64,
    /// The work items that were in flight.
    pub(super) in_flight: u64,
    /// Probes that found nothing in flight: no fault was injected, so they do not count.
    pub(super) missed: u64,
}

/// The result of a scenario.
pub(super) struct Outcome {
    pub(super) scenario: Scenario,
    pub(super) tier: Tier,
    pub(super) seed: u64,
    pub(super) took: Duration,
    pub(super) injections: Injections,
    pub(super) report: AuditReport,
    /// Further observations.
    pub(super) notes: Vec<String>,
    /// What the auditor detected in the negative controls.
    pub(super) controls: Vec<String>,
}

impl Injections {
    pub(super) fn add(&mut self, probe: ProbeResult) {
        self.injected += 1;
        self.in_flight += u64::try_from(probe.in_flight).unwrap();
        self.missed += u64::try_from(probe.missed).unwrap();
    }
}

impl Outcome {
    /// Prints the block, and writes the row and the notes of docs/reliability.md to the folder of `scripts/chaos`.
    pub(super) fn publish(&self) {
        print_line(self.block());
        if let Some(folder) = environment("DJIGBACHATS_CHAOS_RESULTS") {
            let keep = |kind: &str, text: String| {
                let name = format!("{}.{kind}", self.scenario.name);
                std::fs::write(Path::new(&folder).join(name), text).unwrap();
            };
            keep("row", self.row());
            keep("notes", self.remarks());
        }
    }

    fn block(&self) -> String {
        let Scenario { name, bar, what } = self.scenario;
        let mut block = format!(
            "\n=== {name} ({bar}, tier {}, DJIGBACHATS_TEST_SEED={}): {what}\n",
            self.tier.name(),
            self.seed
        );
        let Injections {
            injected,
            in_flight,
            missed,
        } = self.injections;
        let _ = writeln!(
            block,
            "{injected} faults injected, each with work in flight ({in_flight} items in all); {missed} probes found none and do not count"
        );
        block.push_str(&self.report.lines);
        for note in &self.notes {
            let _ = writeln!(block, "note: {note}");
        }
        for control in &self.controls {
            let _ = writeln!(block, "control: {control}");
        }
        let _ = write!(
            block,
            "=== {name}: passed in {:.1} s",
            self.took.as_secs_f64()
        );
        block
    }

    /// The run of a row: day and commit as given by `scripts/chaos`, and the seed.
    fn run(&self) -> String {
        let named = environment("DJIGBACHATS_CHAOS_RUN").unwrap_or_default();
        format!("{named}, seed {}", self.seed)
    }

    fn row(&self) -> String {
        let figures = self.report.figures();
        let of = |name: &str| figures[name];
        format!(
            "| `{}`: {} | {} | {} | {} ({}) | {} | {} | {} | {} | {} | {} | {} | {} | {} |\n",
            self.scenario.name,
            self.scenario.what,
            self.scenario.bar,
            self.run(),
            self.injections.injected,
            self.injections.in_flight,
            of("accepted"),
            of("terminal"),
            of("stuck"),
            of("lost"),
            of("phantom"),
            of("posts"),
            of("dup_flagged"),
            of("dup_unflagged"),
            of("cross_tenant"),
        )
    }

    /// The notes and the negative controls, as an item of a list.
    fn remarks(&self) -> String {
        let notes = self.notes.iter().map(|note| format!("  * {note}\n"));
        let controls = self
            .controls
            .iter()
            .map(|control| format!("  * negative control: {control}\n"));
        let all: String = notes.chain(controls).collect();
        format!("* `{}`\n{all}", self.scenario.name)
    }
}
