//! The files that were uploaded: whose they are, what they are, and for how long (Meta, media reference).

use std::collections::BTreeMap;
use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use super::locks::lock;
use super::world::made_up_id;
use crate::clock::now_ms;

const LIFE_MS: i64 = 30 * 24 * 60 * 60 * 1_000;

/// A file that was uploaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadedMedia {
    /// The id that the upload was answered with.
    pub id: String,
    /// The number that it was uploaded for, which alone may send it.
    pub phone_number_id: String,
    /// Its media type.
    pub mime_type: String,
    /// Its size.
    pub file_size: usize,
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// When it came, in milliseconds since 1970.
    pub uploaded_at_ms: i64,
}

/// The files.
#[derive(Debug, Default)]
pub(crate) struct Media {
    files: Mutex<BTreeMap<String, UploadedMedia>>,
}

impl Media {
    /// Takes a file in under an id of its own.
    pub(crate) fn add(&self, file: UploadedMedia) -> String {
        let id = made_up_id();
        let file = UploadedMedia {
            id: id.clone(),
            ..file
        };
        lock(&self.files).insert(id.clone(), file);
        id
    }

    /// A file of the number that has not expired.
    pub(crate) fn find(&self, id: &str, phone_number_id: &str) -> Option<UploadedMedia> {
        let file = lock(&self.files).get(id).cloned()?;
        let lives = now_ms() < file.uploaded_at_ms + LIFE_MS;
        Some(file).filter(|file| lives && file.phone_number_id == phone_number_id)
    }

    /// All that were ever uploaded, in the order of their coming.
    pub(crate) fn all(&self) -> Vec<UploadedMedia> {
        let mut all: Vec<_> = lock(&self.files).values().cloned().collect();
        all.sort_by_key(|file| file.uploaded_at_ms);
        all
    }

    /// Makes every file that is there older.
    pub(crate) fn age(&self, millis: i64) {
        for file in lock(&self.files).values_mut() {
            file.uploaded_at_ms -= millis;
        }
    }

    pub(crate) fn clear(&self) {
        lock(&self.files).clear();
    }
}
