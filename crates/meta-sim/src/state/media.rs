//! The files that were uploaded: whose they are, what they are, and for how long (Meta, media reference).

use std::collections::BTreeMap;
use std::sync::Mutex;

use actix_web::web::Bytes;
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

/// A file with what is in it.
#[derive(Debug)]
struct Stored {
    facts: UploadedMedia,
    content: Bytes,
}

/// The files.
#[derive(Debug, Default)]
pub(crate) struct Media {
    files: Mutex<BTreeMap<String, Stored>>,
}

impl Media {
    /// Takes a file in under an id of its own.
    pub(crate) fn add(&self, file: UploadedMedia, content: Bytes) -> String {
        let id = made_up_id();
        let facts = UploadedMedia {
            id: id.clone(),
            ..file
        };
        lock(&self.files).insert(id.clone(), Stored { facts, content });
        id
    }

    /// A file of the number that has not expired.
    pub(crate) fn find(&self, id: &str, phone_number_id: &str) -> Option<UploadedMedia> {
        let (file, _) = self.content(id)?;
        Some(file).filter(|file| file.phone_number_id == phone_number_id)
    }

    /// A file that has not expired, with what is in it.
    pub(crate) fn content(&self, id: &str) -> Option<(UploadedMedia, Bytes)> {
        let files = lock(&self.files);
        let file = files.get(id)?;
        let lives = now_ms() < file.facts.uploaded_at_ms + LIFE_MS;
        lives.then(|| (file.facts.clone(), file.content.clone()))
    }

    /// Deletes a file.
    pub(crate) fn remove(&self, id: &str) {
        lock(&self.files).remove(id);
    }

    /// All that are there, in the order of their coming.
    pub(crate) fn all(&self) -> Vec<UploadedMedia> {
        let files = lock(&self.files);
        let mut all: Vec<_> = files.values().map(|file| file.facts.clone()).collect();
        all.sort_by_key(|file| file.uploaded_at_ms);
        all
    }

    /// Makes every file that is there older.
    pub(crate) fn age(&self, millis: i64) {
        for file in lock(&self.files).values_mut() {
            file.facts.uploaded_at_ms -= millis;
        }
    }

    pub(crate) fn clear(&self) {
        lock(&self.files).clear();
    }
}
