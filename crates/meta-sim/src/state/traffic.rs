//! How many POSTs a number received within a second: the throughput limit, and the peak that a
//! test of pacing reads.
//!
//! The second slides in steps of 100 ms. Meta does not publish its algorithm; a tenth above the
//! level is let through, so that jitter on the way does not count as a breach.

use std::sync::Mutex;
use std::time::Instant;

use super::locks::lock;

const SLOT_MS: u128 = 100;
const SLOTS: u128 = 10;

/// The POSTs of one number.
#[derive(Debug)]
pub(crate) struct Traffic {
    started: Instant,
    window: Mutex<Window>,
}

#[derive(Debug, Default)]
struct Window {
    /// Slot number and POSTs in it, oldest first, never more than `SLOTS` of them.
    slots: std::collections::VecDeque<(u128, u64)>,
    peak: u64,
}

impl Default for Traffic {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            window: Mutex::default(),
        }
    }
}

impl Traffic {
    /// Counts a POST and says how many the last second has had, this one included.
    pub(crate) fn count(&self) -> u64 {
        lock(&self.window).count(self.started.elapsed().as_millis() / SLOT_MS)
    }

    /// Most POSTs within one second so far.
    pub(crate) fn peak(&self) -> u64 {
        lock(&self.window).peak
    }
}

impl Window {
    fn count(&mut self, slot: u128) -> u64 {
        while self
            .slots
            .front()
            .is_some_and(|(oldest, _)| oldest + SLOTS <= slot)
        {
            self.slots.pop_front();
        }
        match self.slots.back_mut() {
            Some((newest, posts)) if *newest == slot => *posts += 1,
            _ => self.slots.push_back((slot, 1)),
        }
        let posts = self.slots.iter().map(|(_, posts)| posts).sum();
        self.peak = self.peak.max(posts);
        posts
    }
}

/// POSTs a second that a throughput level allows, with the tolerance.
pub(crate) fn allowed_per_second(level: &str) -> u64 {
    match level {
        "HIGH" => 1_100,
        _ => 88,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_slides_by_tenths_of_a_second() {
        let mut window = Window::default();
        assert_eq!((0..5).map(|_| window.count(0)).last(), Some(5));
        assert_eq!(window.count(9), 6);
        assert_eq!(window.count(10), 2);
        assert_eq!(window.peak, 6);
    }
}
