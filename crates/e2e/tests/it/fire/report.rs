//! What a scenario tells: a block for the one who watches, and a row of the table in docs/reliability.md.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use testkit::environment;

use super::tier::Tier;
use crate::catch::Caught;
use crate::judge::Judged;
use crate::said::say;

/// A scenario and the rows of the reliability bar that it answers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scenario {
    /// The name on the command line of `scripts/chaos`.
    pub(super) name: &'static str,
    /// Such as `R17`.
    pub(super) bar: &'static str,
    /// What is done to the product.
    pub(super) what: &'static str,
}

/// Kills, freezes and wipes that fell on work in flight.
#[derive(Debug, Clone, Default)]
pub(super) struct Blows {
    /// How many.
    pub(super) struck: u64,
    /// The pieces of work that they fell on.
    pub(super) in_hand: u64,
    /// Looks that found no work in flight: nothing was killed, and they do not count.
    pub(super) vain: u64,
}

/// What came of a scenario.
pub(super) struct Outcome {
    pub(super) scenario: Scenario,
    pub(super) tier: Tier,
    pub(super) seed: u64,
    pub(super) took: Duration,
    pub(super) blows: Blows,
    pub(super) judged: Judged,
    /// What else was seen, in words.
    pub(super) notes: Vec<String>,
    /// What the auditor saw once something was taken away.
    pub(super) controls: Vec<String>,
}

impl Blows {
    pub(super) fn add(&mut self, caught: Caught) {
        self.struck += 1;
        self.in_hand += u64::try_from(caught.in_hand).unwrap();
        self.vain += u64::try_from(caught.vain).unwrap();
    }
}

impl Outcome {
    /// Shows the block, and keeps what docs/reliability.md says of it where `scripts/chaos` collects it.
    pub(super) fn tell(&self) {
        say(self.block());
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
        let Blows {
            struck,
            in_hand,
            vain,
        } = self.blows;
        let _ = writeln!(
            block,
            "{struck} blows, each on work in flight ({in_hand} pieces of it in hand); {vain} looks found none and do not count"
        );
        block.push_str(&self.judged.lines);
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

    /// From which run a row is: day and commit as `scripts/chaos` names them, and the seed.
    fn run(&self) -> String {
        let named = environment("DJIGBACHATS_CHAOS_RUN").unwrap_or_default();
        format!("{named}, seed {}", self.seed)
    }

    fn row(&self) -> String {
        let figures = self.judged.figures();
        let of = |name: &str| figures[name];
        format!(
            "| `{}`: {} | {} | {} | {} ({}) | {} | {} | {} | {} | {} | {} | {} | {} | {} |\n",
            self.scenario.name,
            self.scenario.what,
            self.scenario.bar,
            self.run(),
            self.blows.struck,
            self.blows.in_hand,
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

    /// What was seen beside the figures, and the negative controls, as an item of a list.
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
