//! Template pacing: after a number of sends the others are held until Meta's verdict.
//!
//! Meta (template pacing, portfolio pacing) does not document the number, nor the time of the verdict; here both are
//! set by the control API. Held messages are answered `held_for_quality_assessment` and get no status before the
//! verdict: their usual statuses when it is good, `failed` with 132015 when not.

use std::collections::HashMap;
use std::sync::Mutex;

use crate::state::locks::lock;

/// The templates that are paced, by id.
#[derive(Default)]
pub(crate) struct Pacing {
    by_template: Mutex<HashMap<String, Paced>>,
}

struct Paced {
    /// Further sends that are let through.
    left: u64,
    /// Ledger positions of the held ones.
    held: Vec<u64>,
}

impl Pacing {
    /// Lets this many sends of a template through and holds the others. Messages already held stay held.
    pub(crate) fn begin(&self, template_id: &str, left: u64) {
        let mut by_template = lock(&self.by_template);
        let none = Paced {
            left,
            held: Vec::new(),
        };
        by_template
            .entry(template_id.to_owned())
            .or_insert(none)
            .left = left;
    }

    /// Whether this send of the template is held.
    pub(crate) fn holds(&self, template_id: &str, sequence: u64) -> bool {
        let mut by_template = lock(&self.by_template);
        let Some(paced) = by_template.get_mut(template_id) else {
            return false;
        };
        match paced.left.checked_sub(1) {
            Some(left) => {
                paced.left = left;
                false
            }
            None => {
                paced.held.push(sequence);
                true
            }
        }
    }

    /// Ends it and returns the held messages in their order.
    pub(crate) fn end(&self, template_id: &str) -> Vec<u64> {
        let ended = lock(&self.by_template).remove(template_id);
        ended.map(|paced| paced.held).unwrap_or_default()
    }

    /// Clears everything.
    pub(crate) fn clear(&self) {
        lock(&self.by_template).clear();
    }
}
