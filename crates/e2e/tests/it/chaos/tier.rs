//! The size of a run: for the checks of every commit, for the evidence of a release, or for a night.

use testkit::environment;

/// The size of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tier {
    /// Fits into `.ci/run`.
    Short,
    /// C of the reliability bar.
    Commit,
    /// N of the reliability bar.
    Nightly,
}

/// A count for each tier.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counts {
    pub(super) short: u64,
    pub(super) commit: u64,
    pub(super) nightly: u64,
}

impl Tier {
    /// The tier named by `scripts/chaos`.
    pub(super) fn of_run() -> Self {
        let named = environment("DJIGBACHATS_CHAOS_TIER");
        match named.as_deref().unwrap_or("short") {
            "short" => Self::Short,
            "commit" => Self::Commit,
            "nightly" => Self::Nightly,
            other => panic!("DJIGBACHATS_CHAOS_TIER is short, commit or nightly, not {other}"),
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Short => "short",
            Self::Commit => "commit",
            Self::Nightly => "nightly",
        }
    }

    /// The count of this tier.
    pub(super) const fn of(self, counts: Counts) -> u64 {
        match self {
            Self::Short => counts.short,
            Self::Commit => counts.commit,
            Self::Nightly => counts.nightly,
        }
    }
}

impl Counts {
    pub(super) const fn new(short: u64, commit: u64, nightly: u64) -> Self {
        Self {
            short,
            commit,
            nightly,
        }
    }
}
