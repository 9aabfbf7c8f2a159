//! The ledger's file: one entry per line, in the order in which they were written.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::entry::LedgerEntry;
use crate::state::locks::lock;

/// The ledger's file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the ledger file cannot be used")]
pub struct LedgerFileError(#[from] std::io::Error);

/// An append-only file of entries.
pub(super) struct LedgerFile {
    file: Mutex<File>,
    path: PathBuf,
}

impl LedgerFile {
    /// Opens or creates the file and passes on its entries.
    pub(super) fn open(
        path: &Path,
        take: impl FnMut(LedgerEntry),
    ) -> Result<Self, LedgerFileError> {
        let mut options = OpenOptions::new();
        let mut file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        let whole = read_back(&file, take)?;
        // An unterminated line was being written when the process was killed, so its POST was never answered.
        file.set_len(whole)?;
        file.seek(SeekFrom::Start(whole))?;
        Ok(Self {
            file: Mutex::new(file),
            path: path.to_owned(),
        })
    }

    /// Writes an entry to the operating system.
    pub(super) fn append(&self, entry: &LedgerEntry) -> Result<(), LedgerFileError> {
        let mut line = serde_json::to_vec(entry).map_err(std::io::Error::from)?;
        line.push(b'\n');
        lock(&self.file).write_all(&line)?;
        Ok(())
    }

    /// Truncates the file.
    pub(super) fn empty(&self) -> Result<(), LedgerFileError> {
        let mut file = lock(&self.file);
        file.set_len(0)?;
        file.seek(SeekFrom::Start(0))?;
        tracing::info!(path = %self.path.display(), "the ledger file was emptied");
        Ok(())
    }
}

/// Passes on the entries of all terminated lines; returns their length in bytes.
fn read_back(file: &File, mut take: impl FnMut(LedgerEntry)) -> std::io::Result<u64> {
    let mut reader = BufReader::new(file);
    let (mut line, mut whole) = (Vec::new(), 0);
    loop {
        line.clear();
        let length = reader.read_until(b'\n', &mut line)?;
        let Some(text) = line.strip_suffix(b"\n") else {
            return Ok(whole);
        };
        whole += u64::try_from(length).unwrap_or_default();
        match serde_json::from_slice(text) {
            Ok(entry) => take(entry),
            Err(_) => tracing::warn!("a line of the ledger file is not an entry and was skipped"),
        }
    }
}
