//! Template pacing: after a number of sends the rest is held, until Meta has made up its mind.
//!
//! Meta (template pacing, portfolio pacing) does not say after how many, nor when it decides; here
//! both are asked for by the control. What is held answers `held_for_quality_assessment` and gets
//! no status before the verdict: its usual statuses when it is good, `failed` with 132015 when not.

use std::collections::HashMap;
use std::sync::Mutex;

use crate::state::locks::lock;

/// The templates that are paced, by id.
#[derive(Default)]
pub(crate) struct Pacing {
    by_template: Mutex<HashMap<String, Paced>>,
}

struct Paced {
    /// Sends that are still let through.
    left: u64,
    /// Places in the ledger of those that are held.
    held: Vec<u64>,
}

impl Pacing {
    /// Lets so many sends of a template through and holds the rest. What is held stays held.
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

    /// Ends it and gives what was held, in the order in which it came.
    pub(crate) fn end(&self, template_id: &str) -> Vec<u64> {
        let ended = lock(&self.by_template).remove(template_id);
        ended.map(|paced| paced.held).unwrap_or_default()
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        lock(&self.by_template).clear();
    }
}
