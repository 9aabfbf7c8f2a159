//! What a run measured, on which machine and of which build: kept as JSON, shown as tables.

mod document;
mod machine;
mod shown;
mod table;

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
pub(crate) use shown::tables;

/// A run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) at: DateTime<Utc>,
    /// The version of the source, as git names it.
    pub(crate) commit: String,
    /// Whether the programs were built with optimisation.
    pub(crate) optimised: bool,
    pub(crate) machine: Machine,
    pub(crate) size: Size,
    pub(crate) figures: Vec<Measured>,
}

impl Report {
    /// An empty one of this build and machine.
    ///
    /// # Errors
    /// When the machine cannot be asked.
    pub(crate) async fn begin(commit: String, size: Size) -> Result<Self> {
        Ok(Self {
            at: SystemClock.now(),
            commit,
            optimised: !cfg!(debug_assertions),
            machine: Machine::ours().await?,
            size,
            figures: Vec::new(),
        })
    }

    /// What was lost or not answered.
    pub(crate) fn wrong(&self) -> impl Iterator<Item = (&str, &str)> {
        let of = |figure: &'_ Measured| figure.wrong.len();
        let with_wrong = self.figures.iter().filter(move |figure| of(figure) > 0);
        with_wrong.flat_map(|figure| {
            let told = figure.wrong.iter();
            told.map(|wrong| (figure.figure.as_str(), wrong.as_str()))
        })
    }

    /// Writes it into the folder and gives the file.
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

    /// All that the folder holds, the oldest first.
    ///
    /// # Errors
    /// When a file is none of ours.
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
                let report: Self = serde_json::from_slice(&fs::read(&file)?)
                    .with_context(|| format!("{} is no report of this version", file.display()))?;
                reports.push(report);
            }
        }
        reports.sort_by_key(|report| report.at);
        Ok(reports)
    }
}
