//! Resumable uploads of samples: sessions, and the handles of complete files (Meta, resumable upload).

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::accounts::made_up_id;
use super::locks::lock;

/// The uploads.
#[derive(Debug, Default)]
pub(crate) struct Uploads {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    sessions: HashMap<String, Session>,
    handles: HashSet<String>,
}

#[derive(Debug)]
struct Session {
    mime_type: String,
    length: usize,
    received: usize,
}

/// The result of sending bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Received {
    /// The file is complete.
    Whole(String),
    /// This many bytes have arrived.
    Part(usize),
    /// The bytes do not follow those that have arrived, or are more than announced.
    Misplaced(usize),
}

impl Uploads {
    /// Begins an upload and returns the id of its session.
    pub(crate) fn begin(&self, mime_type: &str, length: usize) -> String {
        let id = format!("upload:{}", STANDARD.encode(made_up_id()).replace('=', ""));
        let session = Session {
            mime_type: mime_type.to_owned(),
            length,
            received: 0,
        };
        lock(&self.inner).sessions.insert(id.clone(), session);
        id
    }

    /// How many bytes have arrived.
    pub(crate) fn offset(&self, id: &str) -> Option<usize> {
        let inner = lock(&self.inner);
        inner.sessions.get(id).map(|session| session.received)
    }

    /// Takes bytes; `None` when there is no such session.
    pub(crate) fn take(&self, id: &str, offset: usize, bytes: usize) -> Option<Received> {
        let mut inner = lock(&self.inner);
        let session = inner.sessions.get_mut(id)?;
        if offset != session.received || offset + bytes > session.length {
            return Some(Received::Misplaced(session.received));
        }
        session.received += bytes;
        if session.received < session.length {
            return Some(Received::Part(session.received));
        }
        let kind = STANDARD.encode(&session.mime_type);
        let handle = format!("4::{kind}:ARZ{}", made_up_id());
        inner.sessions.remove(id);
        inner.handles.insert(handle.clone());
        Some(Received::Whole(handle))
    }

    /// Whether an upload returned this handle.
    pub(crate) fn has(&self, handle: &str) -> bool {
        lock(&self.inner).handles.contains(handle)
    }

    /// Clears everything.
    pub(crate) fn clear(&self) {
        *lock(&self.inner) = Inner::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_taken_in_pieces_that_follow_each_other() {
        let uploads = Uploads::default();
        let id = uploads.begin("image/jpeg", 10);
        assert_eq!(uploads.take(&id, 0, 4), Some(Received::Part(4)));
        assert_eq!(uploads.take(&id, 0, 4), Some(Received::Misplaced(4)));
        assert_eq!(uploads.take(&id, 4, 7), Some(Received::Misplaced(4)));
        assert_eq!(uploads.offset(&id), Some(4));
        let Some(Received::Whole(handle)) = uploads.take(&id, 4, 6) else {
            panic!("the file is not complete");
        };
        assert!(uploads.has(&handle) && !uploads.has("4::x"));
        assert_eq!(uploads.offset(&id), None);
    }
}
