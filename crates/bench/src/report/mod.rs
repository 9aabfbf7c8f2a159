//! The results of a run with its machine and build: stored as JSON, shown as tables.

mod document;
mod machine;
mod table;
mod tables;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use bootstrap::clock::SystemClock;
use chrono::{DateTime, Utc};
use common::clock::Clock as _;
use serde::{Deserialize, Serialize};

use crate::measured::Measured;
use crate::size::Size;
use machine::Machine;

pub(crate) use document::write as write_document;
pub(crate) use tables::tables;

/// A run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) at: DateTime<Utc>,
    /// The version of the source, as git names it.
    pub(crate) commit: String,
    /// Whether it was a release build.
    pub(crate) optimised: bool,
    pub(crate) machine: Machine,
    pub(crate) size: Size,
    #[serde(alias = "figures")]
    pub(crate) measurements: Vec<Measured>,
}

impl Report {
    /// An empty report of this build and machine.
    ///
    /// # Errors
    /// When the machine cannot be read.
    pub(crate) async fn begin(commit: String, size: Size) -> Result<Self> {
        Ok(Self {
            at: SystemClock.now(),
            commit,
            optimised: !cfg!(debug_assertions),
            machine: Machine::current().await?,
            size,
            measurements: Vec::new(),
        })
    }

    /// Everything lost or unanswered.
    pub(crate) fn failures(&self) -> impl Iterator<Item = (&str, &str)> {
        let of = |measurement: &'_ Measured| measurement.failures.len();
        let failed = self
            .measurements
            .iter()
            .filter(move |measurement| of(measurement) > 0);
        failed.flat_map(|measurement| {
            let failures = measurement.failures.iter();
            failures.map(|failure| (measurement.name.as_str(), failure.as_str()))
        })
    }

    /// Writes it into the folder and returns the file.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub(crate) fn save(&self, folder: &Path) -> Result<PathBuf> {
        fs::create_dir_all(folder)?;
        let name = self.at.format("%Y%m%dT%H%M%SZ.json").to_string();
        let file = folder.join(name);
        fs::write(&file, serde_json::to_vec_pretty(self)?)
            .with_context(|| format!("{} cannot be written", file.display()))?;
        Ok(file)
    }

    /// All reports of the folder, oldest first.
    ///
    /// # Errors
    /// When a file is not a report.
    pub(crate) fn load_all(folder: &Path) -> Result<Vec<Self>> {
        let mut reports = Vec::new();
        let entries = fs::read_dir(folder).with_context(|| {
            format!(
                "{} cannot be read: nothing was measured yet",
                folder.display()
            )
        })?;
        for entry in entries {
            let file = entry?.path();
            if file
                .extension()
                .is_some_and(|extension| extension == "json")
            {
                let report: Self =
                    serde_json::from_slice(&fs::read(&file)?).with_context(|| {
                        format!("{} is not a report of this version", file.display())
                    })?;
                reports.push(report);
            }
        }
        reports.sort_by_key(|report| report.at);
        Ok(reports)
    }
}
