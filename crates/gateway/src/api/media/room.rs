//! The memory that files may take while they are taken in: each takes as much as its `Content-Length` says, so that many
//! small ones come at once and a few large ones cannot take the process over its limit.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::metrics::Metrics;
use crate::problem::{Problem, ProblemCode};

/// Permits count kilobytes.
const UNIT: usize = 1_000;
/// Seconds after which there may be room.
const ROOM_SECONDS: u32 = 3;

/// The room for files.
pub(crate) struct MediaRoom {
    free: Arc<Semaphore>,
    whole: usize,
}

impl MediaRoom {
    /// Room for so many bytes, and for one file of the greatest size in any case.
    pub(crate) fn new(room_bytes: usize, most_bytes: usize) -> Self {
        let whole = room_bytes.max(most_bytes).div_ceil(UNIT);
        let whole = whole.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            free: Arc::new(Semaphore::new(whole)),
            whole,
        }
    }

    /// Room for a file, given back when it is dropped.
    pub(super) fn take(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Problem> {
        let units = bytes.div_ceil(UNIT).clamp(1, self.whole);
        let units = u32::try_from(units).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.free).try_acquire_many_owned(units);
        room.map_err(|_| {
            Metrics::get().media_turned_away.inc();
            Problem::new(ProblemCode::Unavailable)
                .retry_after(ROOM_SECONDS)
                .caused_by("too many files are taken in at the moment")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_taken_by_size_and_given_back() {
        let room = MediaRoom::new(10_000, 4_000);
        let (large, small) = (room.take(8_000).unwrap(), room.take(1_500).unwrap());
        let refused = room.take(1).unwrap_err();
        assert_eq!(refused.code(), ProblemCode::Unavailable);
        drop(small);
        assert!(room.take(2_000).is_ok());
        drop(large);
        assert!(
            room.take(1_000_000).is_ok(),
            "a file never needs more than all"
        );
    }
}
