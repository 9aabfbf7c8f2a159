//! Uploaded files: owner, type and expiry (Meta, media reference).

use std::collections::BTreeMap;
use std::sync::Mutex;

use actix_web::web::Bytes;
use serde::{Deserialize, Serialize};

use super::accounts::made_up_id;
use super::locks::lock;
use crate::clock::now_ms;

const LIFE_MS: i64 = 30 * 24 * 60 * 60 * 1_000;

/// An uploaded file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadedMedia {
    /// The id returned by the upload.
    pub id: String,
    /// The number that it was uploaded for; only this number may send it.
    pub phone_number_id: String,
    /// Its media type.
    pub mime_type: String,
    /// Its size.
    pub file_size: usize,
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// Upload time, Unix milliseconds.
    pub uploaded_at_ms: i64,
}

/// A file with its content.
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
    /// Stores a file under a new id.
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

    /// A file that has not expired, with its content.
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

    /// All files, in the order of their upload.
    pub(crate) fn all(&self) -> Vec<UploadedMedia> {
        let files = lock(&self.files);
        let mut all: Vec<_> = files.values().map(|file| file.facts.clone()).collect();
        all.sort_by_key(|file| file.uploaded_at_ms);
        all
    }

    /// Ages every stored file.
    pub(crate) fn age(&self, millis: i64) {
        for file in lock(&self.files).values_mut() {
            file.facts.uploaded_at_ms -= millis;
        }
    }

    pub(crate) fn clear(&self) {
        lock(&self.files).clear();
    }
}
