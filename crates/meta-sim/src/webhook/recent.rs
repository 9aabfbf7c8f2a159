//! The last webhooks that were answered 200, up to 16 MiB, for posting them again.

use std::collections::VecDeque;
use std::sync::Mutex;

use actix_web::web::Bytes;

use crate::state::locks::lock;

const MOST_BYTES: usize = 16 * 1_024 * 1_024;
const MOST_BODIES: usize = 10_000;

/// Bodies, oldest first, with the number of updates in each.
#[derive(Default)]
pub(crate) struct Recent {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    bodies: VecDeque<(Bytes, u64)>,
    bytes: usize,
}

impl Recent {
    pub(crate) fn keep(&self, body: &Bytes, updates: u64) {
        let mut kept = lock(&self.kept);
        kept.bytes += body.len();
        kept.bodies.push_back((body.clone(), updates));
        while kept.bytes > MOST_BYTES || kept.bodies.len() > MOST_BODIES {
            let Some((dropped, _)) = kept.bodies.pop_front() else {
                break;
            };
            kept.bytes -= dropped.len();
        }
    }

    /// The last `count` bodies, oldest first.
    pub(crate) fn last(&self, count: usize) -> Vec<(Bytes, u64)> {
        let kept = lock(&self.kept);
        let skipped = kept.bodies.len().saturating_sub(count);
        kept.bodies.iter().skip(skipped).cloned().collect()
    }

    pub(crate) fn clear(&self) {
        *lock(&self.kept) = Kept::default();
    }
}
